"""The parameters of a notebook are refused inside the notebook too: stock papermill, which checks nothing, keeps the promises of `kpi run`."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import papermill
import pytest
from conftest import PROJECT

import kpi_lib as kpi
from kpi_lib.words.messages import KpiError

ASKED = {"unit": "quang-ninh", "year": 2025, "as_of": "2025-10-15", "lang": "vi"}
KINDS = {"unit": str, "year": int, "as_of": str, "lang": str, "indicator": str}


def accepted(given: dict[str, object], *, papermill_cell: str = "") -> dict[str, object]:
    """The globals of a notebook after its second cell, with the declared parameters and those given."""
    asked: dict[str, object] = {**ASKED, **given}
    asked["__annotations__"] = {name: KINDS[name] for name in asked if name in KINDS}
    asked["In"] = ["", 'unit: str = "quang-ninh"', f"# Parameters\n{papermill_cell}\n"] if papermill_cell else []
    kpi.accept_parameters(asked)
    return asked


@pytest.mark.parametrize(
    ("given", "cell", "told"),
    [
        ({}, 'untit = "viet-nam"', "no parameter 'untit' (did you mean 'unit'"),
        ({}, 'asof = "2024-10-15"', "no parameter 'asof' (did you mean 'as_of'"),
        ({"year": "2025"}, "", "'year' must be int, not str"),
        ({"year": 2025.0}, "", "'year' must be int, not float"),
        ({"year": True}, "", "'year' must be int, not bool"),
        ({"as_of": dt.date(2025, 10, 15)}, "", "'as_of' must be str, not date"),
        ({"as_of": "15/10/2025"}, "", "'15/10/2025' is no date"),
        ({"as_of": "2025-02-30"}, "", "'2025-02-30' is no date"),
        ({"unit": "quangninh"}, "", "no unit 'quangninh' (did you mean 'quang-ninh'"),
        ({"unit": "../quang-ninh"}, "", "no unit '../quang-ninh'"),
        ({"lang": "fr"}, "", "lang = 'fr': only vi, en"),
        ({"year": 2030}, "", "2030 begins after 15 October 2025 and has no target"),
        ({"year": 99999}, "", "99999 is no year"),
        ({"indicator": "new_enterprise"}, "", "did you mean 'new_enterprises'"),
    ],
)
def test_a_wrong_parameter_is_refused_with_a_sentence(given: dict[str, object], cell: str, told: str):
    with pytest.raises(KpiError) as refused:
        accepted(given, papermill_cell=cell)
    assert told in str(refused.value)


def test_all_wrong_names_and_types_are_told_at_once():
    with pytest.raises(KpiError) as refused:
        accepted({"year": "x", "lang": 3}, papermill_cell='untit = "viet-nam"')
    assert all(name in str(refused.value) for name in ("untit", "'year'", "'lang'"))


@pytest.mark.parametrize(
    ("unit", "as_of", "year"),
    [
        ("uong-bi", "2026-04-15", 2026),
        ("quang-ninh", "2026-01-31", 2025),
        ("viet-nam", "2024-10-15", 2024),
        ("quang-ninh", "2025-12-31", 2025),
    ],
)
def test_the_year_follows_the_date(unit: str, as_of: str, year: int):
    assert accepted({"unit": unit, "as_of": as_of, "year": 0})["year"] == year


def test_a_year_to_come_is_judged_once_it_has_a_target():
    assert accepted({"unit": "quang-ninh", "as_of": "2025-12-20", "year": 2026})["year"] == 2026


@pytest.mark.parametrize(("name", "meant"), [("untit", "unit"), ("asof", "as_of")])
def test_a_name_that_a_scheduler_puts_in_without_a_mark_of_its_own_is_refused_too(name: str, meant: str):
    given = {**ASKED, "__annotations__": {key: KINDS[key] for key in ASKED}, name: "x"}
    declares, asks = 'unit: str = "quang-ninh"', "kpi.accept_parameters(globals())"
    with pytest.raises(KpiError, match=f"no parameter '{name}' .did you mean '{meant}'"):
        kpi.accept_parameters({**given, "In": ["", declares, f'{name} = "x"', asks]})
    kpi.accept_parameters({**given, "In": ["", declares, 'as_of = "2025-10-15"', asks]})
    for other in (
        ["", declares, "obs = kpi.read_observations(unit)", "mine = 3", asks],
        ["", declares, "%time mine = 3", asks],
        ["", declares, asks],
    ):
        kpi.accept_parameters({**given, "In": other})


def test_what_other_cells_name_is_nobodys_parameter():
    assert accepted({"items": [1], "my_note": "x"})["unit"] == "quang-ninh"


def test_every_notebook_asks_before_it_reckons():
    for path in sorted(
        set((PROJECT / "notebooks").glob("*.ipynb")) - {PROJECT / "notebooks" / "start.ipynb"}
    ):  # its parameters may be left blank
        code = ["".join(cell["source"]) for cell in json.loads(path.read_text(encoding="utf-8"))["cells"] if cell["cell_type"] == "code"]
        assert "kpi.accept_parameters(globals())" in code[1], path.name


@pytest.mark.slow
def test_stock_papermill_stops_at_a_year_of_which_nothing_is_known(tmp_path: Path):
    with pytest.raises(papermill.PapermillExecutionError, match="neither a target nor a figure for 1950"):
        papermill.execute_notebook(
            str(PROJECT / "notebooks" / "overview.ipynb"), str(tmp_path / "done.ipynb"), {"year": 1950, "lang": "en"}, kernel_name="python3",
            progress_bar=False, cwd=str(PROJECT),
        )  # fmt: skip
