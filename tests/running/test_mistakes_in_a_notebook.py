"""A mistake in a notebook is told in one sentence with the way out, and stock papermill still sees that it failed."""

from __future__ import annotations

import shutil
import warnings
from pathlib import Path

import nbformat
import pytest

from tests.conftest import PROJECT

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    ("parameters", "told"),
    [
        ({"indicator": "new_job", "lang": "vi"}, "indicator = 'new_job' (có phải là 'new_jobs'?"),
        ({"unit": "uong-bi-minh", "lang": "en"}, "There is no unit 'uong-bi-minh' (did you mean 'uong-bi-minh-hoa'?"),
    ],
    ids=["a line, in Vietnamese", "a unit, in English"],
)
def test_stock_papermill_fails_and_the_notebook_shows_one_sentence(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, parameters: dict[str, str], told: str
):
    import papermill
    from papermill.exceptions import PapermillExecutionError

    monkeypatch.delenv("KPI_BATCH", raising=False)
    shutil.copytree(PROJECT / "data" / "raw" / "uong-bi-minh-hoa", root / "data" / "raw" / "uong-bi-minh-hoa")
    asked = {"unit": "uong-bi-minh-hoa", "year": 2026, "as_of": "2026-10-15", **parameters}
    with warnings.catch_warnings(action="ignore"), pytest.raises(PapermillExecutionError):  # zmq and asyncio on the way out are not ours
        papermill.execute_notebook(
            str(root / "notebooks" / "indicator.ipynb"), str(tmp_path / "done.ipynb"), asked, kernel_name="python3", progress_bar=False
        )
    cells = nbformat.read(tmp_path / "done.ipynb", as_version=4).cells
    (error,) = [out for cell in cells if cell.cell_type == "code" for out in cell.outputs if out.output_type == "error"]
    assert len(error.traceback) == 1 and error.traceback[0].startswith(told)
