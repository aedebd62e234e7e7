"""The real `papermill` command with a wrong parameter: the notebook stops before it reckons and says why in one sentence."""

from __future__ import annotations

import json
import warnings
from pathlib import Path

import pytest
from click.testing import CliRunner
from conftest import PROJECT
from papermill.cli import papermill

WRONG = {  # what is typed behind the notebook, and what it says
    "a name": ("-p untit viet-nam", "there is no parameter 'untit' (did you mean 'unit'?)"),
    "another name": ("-p asof 2024-10-15", "there is no parameter 'asof' (did you mean 'as_of'?)"),
    "a name in capitals": ("-p Lang en", "the name 'Lang' is no plain name in small letters"),
    "a unit": ("-p unit quangninh", "There is no unit 'quangninh' (did you mean 'quang-ninh'?)"),
    "a way out of the folder": ("-p unit ../quang-ninh", "There is no unit '../quang-ninh'"),
    "a line": ("-p indicator new_enterprise", "indicator = 'new_enterprise' (did you mean 'new_enterprises'?)"),
    "a day that is none": ("-p as_of 2025-02-30", "'2025-02-30' is no date"),
    "a day as offices write it": ("-p as_of 15/10/2025", "'15/10/2025' is no date"),
    "a year as text": ("-r year 2025", "'year' must be int, not str"),
    "a year with a point": ("-p year 2025.5", "'year' must be int, not float"),
    "a year to come": ("-p year 2030", "year = 2030 begins after 15 October 2025 and has no target"),
    "a language": ("-p lang fr", "lang = 'fr': only vi, en"),
}


@pytest.mark.slow
@pytest.mark.parametrize(("typed", "told"), WRONG.values(), ids=WRONG)
def test_it_is_refused_with_a_sentence(typed: str, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("KPI_BATCH", raising=False)
    done, english = tmp_path / "done.ipynb", [] if " lang " in typed else ["-p", "lang", "en"]
    arguments = [str(PROJECT / "notebooks" / "indicator.ipynb"), str(done), *typed.split(), *english, "-k", "python3", "--no-progress-bar"]
    with warnings.catch_warnings(action="ignore"):  # zmq and asyncio on the way out are not ours
        ended = CliRunner().invoke(papermill, [*arguments, "--cwd", str(PROJECT)])
    assert ended.exit_code == 1 and told in str(ended.exception)
    cells = [cell for cell in json.loads(done.read_text(encoding="utf-8"))["cells"] if cell["cell_type"] == "code"]
    ran = [cell for cell in cells if cell["execution_count"] is not None]
    assert [out["output_type"] for cell in ran for out in cell["outputs"]] == ["error"] and len(ran) < len(cells)
