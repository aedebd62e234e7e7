"""Nothing handed in is final: what was taken over, confirmed or waits can be withdrawn; a refused file comes again; a trial keeps nothing; the past has days."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
from conftest import row

from kpi_lib import cli
from kpi_lib.definitions import folders
from kpi_lib.definitions.targets import read_plans
from kpi_lib.deliveries import store
from kpi_lib.deliveries.intake import confirm, dropped, ingest, still_waiting, withdraw
from kpi_lib.figures.observations import read_observations
from kpi_lib.words.messages import KpiError
from tests.deliveries.test_storing import LINES, known_before, months, sheet, taken

pytestmark = [pytest.mark.xdist_group("deliveries"), pytest.mark.parametrize("line", ["new_jobs", "budget_revenue_growth"])]
DAY, LATER = dt.date(2026, 10, 6), dt.date(2026, 10, 20)
BEFORE_LATER, LATER_SAID = "2026-10-19", "2026-10-20"
ODD = 40.0


@pytest.fixture
def unit(make_unit: Callable[..., str], line: str) -> str:
    return make_unit(known_before(line, "new_enterprises"), toml=f'lines = ["{line}", "new_enterprises"]')


def odd_file(folder: Path, line: str) -> Path:
    """A month forty times the usual, which waits to be confirmed or mended."""
    return sheet(folder / "la.csv", (line, "2026-01", LINES[line][1] * ODD), ("new_enterprises", "2026-01", 7))


def confirmable(unit: str, line: str, folder: Path) -> int:
    """The number of a delivery with one cell that waits to be confirmed: a level far from the others would do, so does a zero."""
    ingest([sheet(folder / "nam.csv", *months(line))], unit, received=DAY)
    receipt = ingest([sheet(folder / "khong.csv", (line, "2026-01", 0.0))], unit, received=DAY)[0]
    assert [fault.check for fault in receipt.faults if fault.severity == "confirm"] and len(receipt.waiting) == 1
    return receipt.number


# ---- withdrawals -----------------------------------------------------------------------------------------------------------------


def test_a_withdrawn_delivery_counts_no_more_from_its_day_on_and_before_it_as_it_did(unit: str, line: str, tmp_path: Path):
    number = ingest([sheet(tmp_path / "nam.csv", *months(line))], unit, received=DAY)[0].number
    ingest([sheet(tmp_path / "khac.csv", ("new_enterprises", "2026-01", 7))], unit, received=DAY)
    before = taken(unit, as_of=BEFORE_LATER)
    done = withdraw(unit, number, by="Trần Thị B", reason="nhầm đơn vị", on=LATER)
    assert done.taken_back == 12 and done.closed == 0
    assert taken(unit, as_of=BEFORE_LATER) == before and len(before) == 13
    assert taken(unit, as_of=LATER_SAID) == taken(unit) == {("new_enterprises", "2026-01"): 7}
    record = store.records(unit)[-1]
    assert (record.kind, record.sender, record.reason, record.withdraws) == ("withdrawal", "Trần Thị B", "nhầm đơn vị", number)
    assert store.records(unit)[0].accepted == 12  # the record itself stays


def test_cells_of_a_delivery_can_be_withdrawn_alone(unit: str, line: str, tmp_path: Path):
    receipt = ingest([sheet(tmp_path / "nam.csv", *months(line))], unit, received=DAY)[0]
    cell = receipt.accepted[3]
    withdraw(unit, receipt.number, by="A", reason="B", on=LATER, cells=[cell.cell])
    assert (line, cell.period) not in taken(unit) and len(taken(unit)) == 11
    with pytest.raises(KpiError, match="nothing of it is left"):
        withdraw(unit, receipt.number, by="A", reason="B", on=LATER, cells=[cell.cell])


def test_a_withdrawn_confirmation_lets_the_cell_wait_again(unit: str, line: str, tmp_path: Path):
    number = confirmable(unit, line, tmp_path)
    confirmed = confirm(unit, number, by="A", reason="B", on=DAY)
    assert (line, "2026-01") in taken(unit)
    withdraw(unit, confirmed.number, by="C", reason="D", on=LATER)
    assert (line, "2026-01") not in taken(unit) and (line, "2026-01") in taken(unit, as_of=BEFORE_LATER)
    record = next(item for item in store.records(unit) if item.number == number)
    assert len(still_waiting(unit, record)[0]) == 1 and not still_waiting(unit, record, as_of=dt.date(2026, 10, 19))[0]
    confirm(unit, number, by="A", reason="doch", on=LATER)
    assert (line, "2026-01") in taken(unit)


def test_withdrawing_a_delivery_takes_what_was_confirmed_of_it_along(unit: str, line: str, tmp_path: Path):
    number = confirmable(unit, line, tmp_path)
    confirm(unit, number, by="A", reason="B", on=DAY)
    assert withdraw(unit, number, by="C", reason="D", on=LATER).taken_back == 1
    assert (line, "2026-01") not in taken(unit)


def test_every_waiting_cell_can_be_closed_with_a_reason_even_a_refused_one(unit: str, line: str, tmp_path: Path):
    ingest([sheet(tmp_path / "nam.csv", *months(line))], unit, received=DAY)
    receipt = ingest([odd_file(tmp_path, line)], unit, received=DAY)[0]
    assert receipt.waiting
    done = withdraw(unit, receipt.number, by="A", reason="đã hỏi lại, không có số", on=LATER, cells=[item.cell for item in receipt.waiting])
    assert done.closed == len(receipt.waiting) and done.taken_back == 0
    record = store.records(unit)[1]
    assert still_waiting(unit, record) == ([], []) and still_waiting(unit, record, as_of=DAY)[0]
    with pytest.raises(KpiError):
        confirm(unit, receipt.number, by="A", reason="B", on=LATER)


@pytest.mark.parametrize(
    ("by", "reason", "on", "words"), [(" ", "B", LATER, "--name"), ("A", "", LATER, "--reason"), ("A", "B", dt.date(2026, 10, 5), "before")]
)
def test_a_withdrawal_needs_name_reason_and_a_day_not_before_the_record(
    unit: str, line: str, tmp_path: Path, by: str, reason: str, on: dt.date, words: str
):
    ingest([sheet(tmp_path / "nam.csv", *months(line))], unit, received=DAY)
    with pytest.raises(KpiError, match=words):
        withdraw(unit, 1, by=by, reason=reason, on=on)
    with pytest.raises(KpiError, match="no delivery 9"):
        withdraw(unit, 9, by="A", reason="B", on=LATER)


def test_the_file_of_a_withdrawn_delivery_may_be_sent_again(unit: str, line: str, tmp_path: Path):
    path = sheet(tmp_path / "nam.csv", *months(line))
    ingest([path], unit, received=DAY)
    assert ingest([path], unit, received=DAY)[0].repeated
    for _ in range(2):  # twice on one day, too
        withdraw(unit, store.records(unit)[-1].number, by="A", reason="B", on=LATER)
        assert not taken(unit)
        assert len(ingest([path], unit, received=LATER)[0].accepted) == 12
    assert len(taken(unit)) == 12 and len(taken(unit, as_of=BEFORE_LATER)) == 12


def test_a_file_withdrawn_cell_by_cell_until_nothing_is_left_may_be_sent_again(unit: str, line: str, tmp_path: Path):
    path = sheet(tmp_path / "nam.csv", *months(line), ("new_enterprises", "2026-01", -7))
    receipt = ingest([path], unit, received=DAY)[0]
    cells = [item.cell for item in (*receipt.accepted, *receipt.waiting)]
    assert len(receipt.accepted) == 12 and len(cells) == 13
    for cell in cells:
        assert ingest([path], unit, received=LATER)[0].repeated  # something of it is left: a cell withdrawn alone does not come back
        withdraw(unit, receipt.number, by="A", reason="B", on=LATER, cells=[cell])
    assert not taken(unit)
    again = ingest([path], unit, received=LATER)[0]
    assert len(again.accepted) == 12 and len(again.waiting) == 1 and len(taken(unit)) == 12
    assert ingest([path], unit, received=LATER)[0].repeated


def test_a_file_of_which_only_what_was_confirmed_counts_does_not_come_again(unit: str, line: str, tmp_path: Path):
    number = confirmable(unit, line, tmp_path)
    confirm(unit, number, by="A", reason="B", on=DAY)
    assert ingest([tmp_path / "khong.csv"], unit, received=LATER)[0].repeated
    withdraw(unit, number, by="A", reason="B", on=LATER, cells=[store.records(unit)[-2].waiting[0].cell])
    assert not ingest([tmp_path / "khong.csv"], unit, received=LATER)[0].repeated


def test_a_withdrawn_plan_gives_the_plan_before_it_its_force_back(make_unit: Callable[..., str], line: str, tmp_path: Path):
    plan = {
        "indicator": line,
        "year": 2026,
        "value": 500,
        "measure": LINES[line][0],
        "version": "assigned",
        "document": "QĐ 1",
        "adopted": "2025-12-20",
        "source": "thử",
    }
    unit = make_unit(known_before(line), toml=f'lines = ["{line}"]', plans=[plan])
    received = folders.raw(unit) / "received"
    figure = ingest([sheet(tmp_path / "a.csv", (line, "2026-01", LINES[line][1]))], unit, received=DAY)[0].accepted[0]
    from kpi_lib.deliveries.delivery import PlanFigure

    amended = PlanFigure(line, 2026, 620.0, LINES[line][0], "assigned", "QĐ 2", dt.date(2026, 3, 1), figure.sheet, "D2")
    store.commit(unit, store.Record(2, "delivery", DAY, "b.csv", "0" * 64, "", "tidy", plans_accepted=1), (), (amended,))
    assert received.joinpath("000002", "record.json").exists()
    from kpi_lib.definitions.targets import plan_values

    def value(day: dt.date) -> float:
        return plan_values(read_plans(unit), line, 2026, LINES[line][0], as_of=day)["assigned"]

    assert value(DAY) == 620.0
    withdraw(unit, 2, by="A", reason="B", on=LATER)
    assert (value(DAY), value(LATER), value(dt.date(2026, 2, 1))) == (620.0, 500.0, 500.0)


def test_the_command_withdraws_and_the_data_page_says_why(unit: str, line: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    from kpi_lib.definitions.indicators import read_unit
    from kpi_lib.page.deliveries import received

    def shown_page(unit: str, day: str) -> str:
        return " ".join(map(str, received(read_unit(unit), as_of=day).parts))

    ingest([sheet(tmp_path / "nam.csv", *months(line))], unit, received=DAY)
    assert cli.main(["withdraw", "1", "--unit", unit, "--name", "Trần B", "--reason", "gửi nhầm", "--on", LATER_SAID]) == cli.PUBLISHED
    assert "12 số liệu" in capsys.readouterr().out and not taken(unit)
    page = shown_page(unit, LATER_SAID)
    assert "gửi nhầm" in page and "Trần B" in page and "rút lại" in page
    assert "gửi nhầm" not in shown_page(unit, BEFORE_LATER)
    assert cli.main(["withdraw", "1", "--unit", unit, "--name", "Trần B", "--reason", "lần nữa"]) == cli.REFUSED


# ---- the same file again ---------------------------------------------------------------------------------------------------------

RECIPE = 'name = "so_theo_doi"\ntitle = ["sổ theo dõi"]\n[columns.month]\nheadings = ["^phát sinh trong tháng"]\nstatus = "actual"\n[columns.measure]\nheadings = ["^đơn vị tính"]\n'


def own_table(folder: Path, line: str, name: str = "so.xlsx") -> Path:
    """A department's own table, which no shipped recipe reads."""
    from kpi_lib.definitions.indicators import read_unit

    ind = read_unit("thu").indicators[line]
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["SỔ THEO DÕI THÁNG 9 NĂM 2026"])
    sheet.append(["Chỉ tiêu", "Đơn vị tính", "Phát sinh trong tháng"])
    sheet.append([ind.flow_name["vi"] or ind.name["vi"], LINES[line][0], LINES[line][1]])
    book.save(folder / name)
    return folder / name


def test_a_refused_file_is_read_once_its_recipe_is_written(unit: str, line: str, tmp_path: Path):
    path = own_table(tmp_path, line)
    assert ingest([path], unit, received=DAY)[0].refused
    again = ingest([path], unit, received=DAY)[0]
    assert again.repeated and "same reasons" in str(again.faults[0].found["en"]) and len(store.records(unit)) == 1  # no answer twice
    recipes = folders.raw(unit) / "recipes"
    recipes.mkdir()
    (recipes / "so.toml").write_text(RECIPE, encoding="utf-8")
    receipt = ingest([path], unit, received=DAY)[0]
    assert [item.value for item in receipt.accepted] == [LINES[line][1]]
    assert ingest([path], unit, received=DAY)[0].repeated


def test_a_file_refused_for_a_wrong_day_of_receipt_is_read_with_the_right_one(unit: str, line: str, tmp_path: Path):
    path = sheet(tmp_path / "a.csv", (line, "2026-09", LINES[line][1]))
    assert ingest([path], unit, received=dt.date(2025, 10, 6))[0].refused
    assert len(ingest([path], unit, received=DAY)[0].accepted) == 1 and len(store.records(unit)) == 2
    first, second = store.records(unit)
    assert first.waiting and still_waiting(unit, first) == ([], [])  # it waits under its last delivery alone
    assert not second.waiting


def test_what_a_file_brought_before_is_not_taken_twice_when_its_settings_changed(unit: str, line: str, tmp_path: Path):
    path = sheet(tmp_path / "a.csv", (line, "2026-08", LINES[line][1]), (line, "2026-09", LINES[line][1] + 1))
    ingest([path], unit, received=DAY)
    corrected = sheet(tmp_path / "b.csv", (line, "2026-08", LINES[line][1] + 0.0 + 2))
    ingest([corrected], unit, received=dt.date(2026, 10, 7))
    settings = folders.raw(unit) / "unit.toml"
    settings.write_text(settings.read_text(encoding="utf-8") + "\n# sửa\n", encoding="utf-8")
    again = ingest([path], unit, received=dt.date(2026, 10, 8))[0]
    assert again.repeated and not again.accepted and len(store.records(unit)) == 2
    assert taken(unit)[line, "2026-08"] == LINES[line][1] + 2  # what corrected it is still in force


def test_a_refused_workbook_among_the_deliveries_is_tried_again_only_when_something_changed(unit: str, line: str):
    folder = folders.raw(unit) / "deliveries"
    own_table(folder, line)
    assert [path.name for path in dropped(unit)] == ["so.xlsx"]
    assert ingest(dropped(unit), unit, received=DAY)[0].refused
    assert not dropped(unit)
    (folders.raw(unit) / "recipes").mkdir()
    (folders.raw(unit) / "recipes" / "so.toml").write_text(RECIPE, encoding="utf-8")
    assert ingest(dropped(unit), unit, received=DAY)[0].accepted
    assert not dropped(unit)


# ---- a trial ---------------------------------------------------------------------------------------------------------------------


def test_a_trial_says_what_would_become_of_the_files_and_keeps_nothing(
    unit: str, line: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    first, second = sheet(tmp_path / "nam.csv", *months(line)), odd_file(tmp_path, line)
    code = cli.main(["ingest", str(first), str(second), "--unit", unit, "--received", str(DAY), "--dry-run"])
    trial = capsys.readouterr().out
    assert "12 số liệu" in trial and "--dry-run" in trial
    assert not (folders.raw(unit) / "received").exists() and not taken(unit)
    assert not list(folders.processed(unit).glob("reports/**/*.html"))
    assert cli.main(["ingest", str(first), str(second), "--unit", unit, "--received", str(DAY)]) == code
    told = capsys.readouterr().out
    said = [part for part in told.splitlines() if part.lstrip().startswith(("?", "✘", "!"))]
    assert said and said == [part for part in trial.splitlines() if part.lstrip().startswith(("?", "✘", "!"))]


# ---- history ---------------------------------------------------------------------------------------------------------------------


def test_history_handed_in_today_is_known_on_the_days_such_figures_usually_are(make_unit: Callable[..., str], line: str, tmp_path: Path):
    known = [
        row(line, "month", f"2026-0{month}", LINES[line][1] + month, f"2026-0{month + 1}-12", measure=LINES[line][0])
        for month in range(1, 8)
    ]
    unit = make_unit([*known, *known_before("new_enterprises")], toml=f'lines = ["{line}", "new_enterprises"]')
    path = sheet(tmp_path / "lich-su.csv", *months(line, factor=0.9), *months("new_enterprises"))
    receipt = ingest([path], unit, received=DAY, history=True)[0]
    assert len(receipt.accepted) == 24 and [fault.check for fault in receipt.faults if fault.severity != "note"] == []
    obs = read_observations(unit)
    own = obs[obs["file"].str.startswith("received/")].set_index(["indicator", "period"])
    assert str(own.loc[(line, "2025-03"), "published"].date()) == "2025-04-12"  # twelve days, as on record
    assert str(own.loc[("new_enterprises", "2025-03"), "published"].date()) == "2025-04-06"  # six, where nothing is on record
    assert own["published_assumed"].all() and (own["seen"] == str(DAY)).all()
    then = taken(unit, as_of="2025-06-10")
    assert (line, "2025-04") in then and (line, "2025-05") not in then
    assert ("new_enterprises", "2025-05") in then


def test_without_history_figures_of_the_past_are_known_from_the_day_they_came(unit: str, line: str, tmp_path: Path):
    ingest([sheet(tmp_path / "nam.csv", *months(line))], unit, received=DAY)
    assert not taken(unit, as_of="2026-10-05") and len(taken(unit, as_of="2026-10-06")) == 12


def test_a_column_of_publication_is_kept_and_never_replaced_by_an_assumption(unit: str, line: str, tmp_path: Path):
    path = tmp_path / "co-ngay.csv"
    path.write_text(
        "chỉ tiêu;cách tính;kỳ;đvt;loại số;giá trị;ngày công bố\n"
        + "".join(
            f"{line};tháng;2025-0{month};{LINES[line][0]};thực hiện;{int(LINES[line][1])};{month + 20}/0{month + 1}/2025\n"
            for month in (1, 2, 3)
        ),
        encoding="utf-8",
    )
    ingest([path], unit, received=DAY, history=True)
    obs = read_observations(unit).query("period.str[:4] == '2025'")
    assert [str(day.date()) for day in obs.sort_values("period")["published"]] == ["2025-02-21", "2025-03-22", "2025-04-23"]
    assert not obs["published_assumed"].any()


def test_an_assumed_day_is_never_after_the_day_of_receipt(unit: str, line: str, tmp_path: Path):
    ingest([sheet(tmp_path / "moi.csv", (line, "2026-09", LINES[line][1]))], unit, received=dt.date(2026, 10, 2), history=True)
    assert str(read_observations(unit)["published"].max().date()) == "2026-10-02"


def test_the_command_takes_history(unit: str, line: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    path = sheet(tmp_path / "nam.csv", *months(line))
    assert cli.main(["ingest", str(path), "--unit", unit, "--received", str(DAY), "--history"]) == cli.PUBLISHED
    assert "[day_assumed]" in capsys.readouterr().out and len(taken(unit, as_of="2026-02-01")) == 12
    shutil.rmtree(folders.raw(unit) / "received")
