"""A phased plan goes out as a workbook and comes back into the register: the proposal adds up, the edited sheet is read cell by cell, once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from conftest import monthly, target

from kpi_lib.cli import main
from kpi_lib.definitions import folders
from kpi_lib.definitions.indicators import read_unit
from kpi_lib.definitions.owners.phases import read_phases
from kpi_lib.deliveries.phased_plan import FIRST, read_sheet
from tests.made import SEASON, three_years

DOCUMENT = ("--document", "Kế hoạch 12/KH-UBND", "--date", "2025-01-20", "--by", "Nguyễn An")


@pytest.fixture
def unit(make_unit: Callable[..., str]) -> str:
    spent = [row for year in (2022, 2023, 2024) for row in monthly("budget_revenue_growth", year, SEASON * 10, measure="tỷ đồng")]
    goals = [target("new_enterprises", 2025, 115), target("budget_revenue_growth", 2025, 4), target("health_insurance_coverage", 2025, 96)]
    return make_unit([*three_years(), *spent], targets=goals)


def proposed(unit: str, indicator: str, path: Path) -> Path:
    given = ("plan", "propose", "--unit", unit, "--indicator", indicator, "--year", "2025", "--as-of", "2025-01-15", "--out", str(path))
    assert main(given) == 0
    return path


def edited(path: Path, **cells: object) -> Path:
    book = openpyxl.load_workbook(path)
    for place, value in cells.items():
        book.worksheets[0][place] = value
    book.save(path)
    return path


def adopted(unit: str, path: Path, *more: str) -> int:
    return main(("plan", "adopt", str(path), "--unit", unit, *DOCUMENT, *more))


def values(unit: str, indicator: str) -> dict[str, float]:
    rows = read_phases(read_unit(unit))
    return dict(rows.loc[rows["indicator"] == indicator, ["period", "value"]].to_numpy())


@pytest.mark.parametrize(("indicator", "total"), [("new_enterprises", 115), ("budget_revenue_growth", 1040)])
def test_the_proposal_follows_the_lines_own_season_and_adds_up_to_the_target(unit: str, tmp_path: Path, indicator: str, total: float):
    path = proposed(unit, indicator, tmp_path / "kh.xlsx")
    assert adopted(unit, path) == 0
    plan = values(unit, indicator)
    assert len(plan) == 12 and sum(plan.values()) == pytest.approx(total)
    assert list(plan.values()) == pytest.approx(list(SEASON * total / SEASON.sum()), abs=total * 0.02)


def test_a_line_without_a_season_goes_out_empty_and_an_empty_sheet_is_not_adopted(
    unit: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    path = proposed(unit, "health_insurance_coverage", tmp_path / "kh.xlsx")
    assert adopted(unit, path, "--lang", "en") == 20 and "no period has a plan" in capsys.readouterr().err
    assert adopted(unit, edited(path, **{f"C{FIRST + 1}": 94.5})) == 0
    assert values(unit, "health_insurance_coverage") == {"2025-03-31": 94.5}


def test_an_edited_sheet_that_misses_the_target_is_taken_and_told(unit: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    path = edited(proposed(unit, "new_enterprises", tmp_path / "kh.xlsx"), C9="20")
    capsys.readouterr()
    assert adopted(unit, path, "--lang", "en") == 10
    assert "of difference" in capsys.readouterr().out and values(unit, "new_enterprises")["2025-01"] == 20


@pytest.mark.parametrize(
    ("cell", "value", "told"),
    [
        ("C10", "mười", "cell C10"), ("C11", -3, "below nought"), ("A12", "2025-13", "cell C12"), ("A12", "2024-04", "does not lie in 2025"),
        ("A12", "2025-03", "stands twice"), ("B3", "new_enterprise", "did you mean"), ("B2", "elsewhere", "cell B2"), ("B5", "hộ", "cannot be held"),
        ("A1", "x", "no sheet of a phased plan"), ("C9", 90000, "Check the unit of measure"),
    ],
)  # fmt: skip
def test_a_sheet_that_cannot_be_taken_is_refused_whole_with_its_cell(
    unit: str, tmp_path: Path, cell: str, value: object, told: str, capsys: pytest.CaptureFixture[str]
):
    path = edited(proposed(unit, "new_enterprises", tmp_path / "kh.xlsx"), **{cell: value})
    assert adopted(unit, path, "--lang", "en") == 20
    assert told.lower() in capsys.readouterr().err.lower()
    assert not (folders.raw(unit) / "plans.csv").exists()


@pytest.mark.parametrize(
    "answer", [("--document", "chưa có văn bản"), ("--date", "2031-01-01"), ("--by", " "), ("--document", "dự thảo 12/KH")]
)
def test_a_plan_without_a_document_a_name_or_a_day_that_has_come_is_refused(unit: str, tmp_path: Path, answer: tuple[str, str]):
    assert adopted(unit, proposed(unit, "new_enterprises", tmp_path / "kh.xlsx"), *answer) == 20
    assert not (folders.raw(unit) / "plans.csv").exists()


def test_adopting_twice_adds_nothing_and_another_plan_of_the_same_day_is_refused(unit: str, tmp_path: Path):
    path = proposed(unit, "new_enterprises", tmp_path / "kh.xlsx")
    file = folders.raw(unit) / "plans.csv"
    assert adopted(unit, path) == 0
    before = file.read_bytes()
    assert adopted(unit, path) == 0 and file.read_bytes() == before
    assert adopted(unit, edited(path, C9=20)) == 20 and file.read_bytes() == before
    assert adopted(unit, path, "--date", "2025-06-30") == 10
    assert len(pd.read_csv(file)) == 24


def test_the_sheet_says_what_it_was_given(unit: str, tmp_path: Path):
    plan = read_sheet(proposed(unit, "new_enterprises", tmp_path / "kh.xlsx"), read_unit(unit))
    assert (plan.ind.id, plan.year, plan.total, plan.rows[0]["measure"]) == ("new_enterprises", 2025, 115, "doanh nghiệp")
