"""Figures whose period nothing states wait until somebody states it by name; then they are judged like any others."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest

from kpi_lib import cli
from kpi_lib.deliveries import store
from kpi_lib.deliveries.intake import confirm, ingest, state_period, still_waiting, withdraw
from kpi_lib.deliveries.tables.dates import parse_period
from kpi_lib.deliveries.tables.stated import month_in
from kpi_lib.words.messages import KpiError
from tests.deliveries.test_storing import HEAD, LINES, known_before, months, sheet, taken

pytestmark = pytest.mark.xdist_group("deliveries")
DAY, LATER = dt.date(2026, 10, 6), dt.date(2026, 10, 20)
SEPTEMBER = (2026, 9)
ANSWER = {"by": "Trần Thị B", "reason": "hỏi lại phòng", "on": LATER}
NAMES = {"new_jobs": "Giải quyết việc làm", "new_enterprises": "Số doanh nghiệp thành lập mới"}


@pytest.fixture(params=["new_jobs", "new_enterprises"])
def line(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def unit(make_unit: Callable[..., str], line: str, tmp_path: Path) -> str:
    other = "budget_revenue_growth"
    made = make_unit(known_before(line, other), toml=f'lines = ["{line}", "{other}"]')
    ingest([sheet(tmp_path / "nam.csv", *months(line))], made, received=DAY - dt.timedelta(days=20))
    return made


def report(path: Path, line: str, *tables: tuple[str, float, float]) -> Path:
    """A department's workbook: on each sheet a caption, a month and a sum to date."""
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for number, (caption, month, total) in enumerate(tables):
        page = book.create_sheet(f"B{'xyz'[number]}")
        page["A1"] = caption
        page.append([])
        page.append(["STT", "Chỉ tiêu", "ĐVT", "Kế hoạch năm", "Ước tháng", "Luỹ kế"])
        page.append([1, NAMES[line], LINES[line][0], None, month, total])
    book.save(path)
    return path


def untimed(path: Path, line: str) -> Path:
    """A tidy table with a month, and a row whose cell of the period is empty."""
    rows = (("2026-08", 1.0), ("", 1.1))
    body = "".join(f"{line};tháng;{period};{LINES[line][0]};thực hiện;{round(LINES[line][1] * factor)};\n" for period, factor in rows)
    path.write_text(HEAD + body, encoding="utf-8")
    return path


def waits(unit: str, number: int) -> list[str]:
    record = next(item for item in store.records(unit) if item.number == number)
    return [item.cell for items in still_waiting(unit, record) for item in items]


COVERING = "(Kèm theo Công văn số 12/CV-UBND ngày 05 tháng 10 năm 2026)"


def test_a_table_without_a_month_waits_and_counts_once_somebody_states_it(unit: str, line: str, tmp_path: Path):
    month, total = LINES[line][1], LINES[line][1] * 9
    receipt = ingest([report(tmp_path / "bao-cao.xlsx", line, (COVERING, month, total))], unit, received=DAY)[0]
    assert not receipt.accepted and not receipt.refused and waits(unit, receipt.number) == ["E4", "F4"]
    assert receipt.account is not None and (receipt.account.waiting, receipt.account.refused) == (2, 0)
    before = taken(unit)
    with pytest.raises(KpiError, match="--period 2026-09"):
        confirm(unit, receipt.number, **ANSWER)
    done = state_period(unit, receipt.number, SEPTEMBER, **ANSWER)
    assert {(item.basis, item.period): item.value for item in done.accepted} == {
        ("month", "2026-09"): month,
        ("cumulative", "2026-09-30"): total,
    }
    assert all("Trần Thị B nêu kỳ báo cáo: hỏi lại phòng" in item.note for item in done.accepted)
    assert not waits(unit, receipt.number) and not waits(unit, done.number)
    assert taken(unit, as_of="2026-10-19") == before and taken(unit)[line, "2026-09"] == month
    assert ingest([tmp_path / "bao-cao.xlsx"], unit, received=LATER)[0].repeated


def test_a_stated_period_is_withdrawn_with_its_delivery_or_alone(unit: str, line: str, tmp_path: Path):
    path, before = report(tmp_path / "bao-cao.xlsx", line, (COVERING, LINES[line][1], LINES[line][1] * 9)), taken(unit)
    number = ingest([path], unit, received=DAY)[0].number
    wrong = state_period(unit, number, (2026, 8), **ANSWER)
    assert (line, "2026-08") in taken(unit)
    withdraw(unit, wrong.number, **ANSWER)
    assert taken(unit) == before and waits(unit, number) == ["E4", "F4"], "it waits again"
    state_period(unit, number, SEPTEMBER, **ANSWER)
    assert (line, "2026-09") in taken(unit)
    withdraw(unit, number, **ANSWER)
    assert taken(unit) == before and not waits(unit, number)
    assert not ingest([path], unit, received=LATER)[0].repeated, "a delivery withdrawn whole may be sent again"


def test_two_tables_of_two_months_are_stated_one_after_the_other_and_a_withdrawn_cell_stays_out(unit: str, line: str, tmp_path: Path):
    usual = LINES[line][1]
    path = report(tmp_path / "hai.xlsx", line, ("BÁO CÁO", usual, usual * 8), ("BÁO CÁO", usual + 1, usual * 9 + 1))
    number = ingest([path], unit, received=DAY)[0].number
    withdraw(unit, number, **ANSWER, cells=["By!F4"])
    first = state_period(unit, number, (2026, 8), **ANSWER, cells=["Bx!E4"])
    assert {(item.sheet, item.period) for item in first.accepted} == {("Bx", "2026-08"), ("Bx", "2026-08-31")}
    assert waits(unit, first.number) == ["E4"]
    second = state_period(unit, first.number, SEPTEMBER, **ANSWER)
    assert {(item.cell, item.period) for item in second.accepted} == {("E4", "2026-09")} and not waits(unit, second.number)
    assert second.account is not None and "withdrawn" in {item.reason for item in second.account.left}


def test_the_empty_cell_of_a_tidy_row_waits_alone(unit: str, line: str, tmp_path: Path):
    receipt = ingest([untimed(tmp_path / "so.csv", line)], unit, received=DAY)[0]
    assert [item.period for item in receipt.accepted] == ["2026-08"] and waits(unit, receipt.number) == ["F3"]
    done = state_period(unit, receipt.number, SEPTEMBER, **ANSWER, cells=["F3"])
    assert [(item.basis, item.period) for item in done.accepted] == [("month", "2026-09")]
    with pytest.raises(KpiError, match="no cell waits for its period"):
        state_period(unit, done.number, SEPTEMBER, **ANSWER)


def test_what_contradicts_itself_is_settled_by_who_answers_for_it(unit: str, line: str, tmp_path: Path):
    path = report(tmp_path / "bao-cao-thang-8-2026.xlsx", line, ("BÁO CÁO THÁNG 9 NĂM 2026", LINES[line][1], LINES[line][1] * 9))
    receipt = ingest([path], unit, received=DAY)[0]
    assert [item.check for item in receipt.faults if item.keeps_back] == ["period_differs"]
    done = state_period(unit, receipt.number, SEPTEMBER, **ANSWER)
    assert {item.period for item in done.accepted} == {"2026-09", "2026-09-30"}


def test_a_figure_of_a_stated_period_is_judged_like_any_other(unit: str, line: str, tmp_path: Path):
    usual = LINES[line][1]
    receipt = ingest([report(tmp_path / "bao-cao.xlsx", line, (COVERING, usual * 60, usual * 66))], unit, received=DAY)[0]
    done = state_period(unit, receipt.number, SEPTEMBER, **ANSWER)
    assert not done.accepted and {"E4", "F4"} <= set(waits(unit, done.number))
    confirm(unit, done.number, by="A", reason="đúng", on=LATER)
    assert (line, "2026-09") in taken(unit)


def test_the_command_states_a_period_in_any_usual_spelling(
    unit: str, line: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(cli, "_today", lambda: LATER)
    number = ingest([report(tmp_path / "b.xlsx", line, (COVERING, LINES[line][1], LINES[line][1] * 9))], unit, received=DAY)[0].number
    answer = ["--unit", unit, "--name", "A", "--reason", "B", "--lang", "en"]
    assert cli.main(["waiting", "--unit", unit, "--lang", "en"]) == 10
    assert "E4" in capsys.readouterr().out
    assert cli.main(["confirm", str(number), *answer]) == 20
    assert "--period 2026-09" in capsys.readouterr().err
    assert cli.main(["confirm", str(number), "--period", "tháng chín", *answer]) == 20
    assert "is no period" in capsys.readouterr().err
    assert cli.main(["confirm", str(number), "--period", "2031-09", *answer]) == 20, "a period to come is refused like any other"
    assert cli.main(["confirm", str(number + 1), "--period", "Tháng 9/2026", *answer]) in (0, 10)
    assert taken(unit)[line, "2026-09"] == LINES[line][1]


@pytest.mark.parametrize("said", ["Tháng 9/2026", "9 tháng năm 2026", "9 tháng 2026", "Quý III năm 2026", "tháng chín năm 2026", "T9/2026"])
def test_a_period_is_said_alike_in_a_cell_and_in_a_caption(said: str):
    basis, period = parse_period(said) or ("", "")
    assert month_in(f"KẾT QUẢ {said}") == (2026, 9)
    assert (basis, period) in {("month", "2026-09"), ("cumulative", "2026-09-30"), ("quarter", "2026-Q3")}
