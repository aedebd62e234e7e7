"""The officer's notebook runs from top to bottom with no front end, with live widgets and in a batch run."""

from __future__ import annotations

import json
import shutil
import warnings
from pathlib import Path

import nbformat
import pytest

from kpi_lib.running import notebooks
from tests.conftest import PROJECT

pytestmark = pytest.mark.slow
WIDGET = "application/vnd.jupyter.widget-view+json"


@pytest.fixture
def project(root: Path) -> Path:
    for name in ("uong-bi-minh-hoa", "reference"):
        shutil.copytree(PROJECT / "data" / "raw" / name, root / "data" / "raw" / name)
    return root


def outputs(path: Path) -> list[dict]:
    notebook = nbformat.read(path, as_version=4)
    return [output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]


def test_papermill_runs_it_in_a_kernel_and_the_widgets_are_made(project: Path, monkeypatch: pytest.MonkeyPatch):
    import papermill

    monkeypatch.delenv("KPI_BATCH", raising=False)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # zmq and asyncio on the way out of a kernel are not ours
        papermill.execute_notebook(
            str(project / "notebooks" / "explore.ipynb"), str(project / "done.ipynb"), {"lang": "en"}, kernel_name="python3",
            progress_bar=False, cwd=str(project / "notebooks"),
        )  # fmt: skip
    kinds = [output.output_type for output in outputs(project / "done.ipynb")]
    shown = [set(output.get("data", {})) for output in outputs(project / "done.ipynb")]
    assert "error" not in kinds
    assert sum(WIDGET in kind for kind in shown) == 3  # chooser, history, rules


def test_a_batch_run_shows_the_same_standing_still(project: Path):
    made = project / "done.ipynb"
    notebooks.run_notebook(project / "notebooks" / "explore.ipynb", made, {"indicator": "health_insurance_coverage"})
    text = json.dumps([output.get("data", {}) for output in outputs(made)], ensure_ascii=False)
    assert WIDGET not in text
    assert "application/vnd.kpi.whatif.v1+json" in text and "bảo hiểm y tế" in text
