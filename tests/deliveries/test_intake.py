"""Delivered files, whole: three writers, LibreOffice, the real messy ones, records that are never lost, confirmations."""

from __future__ import annotations

import datetime as dt
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from conftest import PROJECT

from kpi_lib import cli
from kpi_lib.definitions.indicators import read_unit
from kpi_lib.deliveries import store
from kpi_lib.deliveries.delivery import checks
from kpi_lib.deliveries.files.reading import read_book, read_safely
from kpi_lib.deliveries.intake import confirm, dropped, ingest, still_waiting
from kpi_lib.deliveries.report import as_html, as_text
from kpi_lib.figures.observations import read_observations
from kpi_lib.words.messages import KpiError, Text
from tests.deliveries.mutations.base import (
    ENTERPRISES,
    INVESTMENT,
    RECEIVED,
    REVENUE,
    UNIT,
    Base,
    clean_values,
    declared_of,
    make_base,
    template_of,
    tidy_of,
)

MESSY = PROJECT.parent / "shared" / "data" / "messy"
pytestmark = [pytest.mark.xdist_group("deliveries")]


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Base]:
    before = os.environ.get("KPI_ROOT")
    yield make_base(tmp_path_factory.mktemp("deliveries"))
    os.environ.pop("KPI_ROOT")
    if before:
        os.environ["KPI_ROOT"] = before


@pytest.fixture
def received(base: Base) -> Path:
    """An empty drawer of received files."""
    folder = base.folder.parent / "data" / "raw" / UNIT / "received"
    shutil.rmtree(folder, ignore_errors=True)
    return folder


def soffice() -> str:
    found = shutil.which("soffice") or shutil.which("libreoffice")
    if not found:
        pytest.skip("no LibreOffice on this machine: the round trip through it is not tried")
    return found


def converted(path: Path, kind: str, folder: Path) -> Path:
    """The file opened and saved by LibreOffice."""
    folder.mkdir(exist_ok=True)
    profile = f"-env:UserInstallation=file://{folder.absolute()}/profile"
    subprocess.run(
        [soffice(), profile, "--headless", "--convert-to", kind, "--outdir", str(folder), str(path)],
        check=True,
        capture_output=True,
        timeout=180,
    )
    return folder / f"{path.stem}.{kind}"


def figures(receipt) -> dict[tuple[str, str, str, str], float]:  # type: ignore[no-untyped-def]
    return {(f.indicator, f.series, f.basis, f.period): f.value for f in receipt.accepted}


def months() -> list[dict[tuple[str, str, str, str], float]]:
    """Eight clean Septembers: the same month with other, ordinary values."""
    found = []
    for number in range(8):
        values = dict(clean_values())
        for key, step in ((INVESTMENT, 6.1), (ENTERPRISES, 2.0), (REVENUE, 21.7)):
            before = values[key, "total", "cumulative", "2024-09-30"] - values[key, "total", "month", "2024-09"]
            month = round(values[key, "total", "month", "2024-09"] + step * (number - 4), 1)
            values[key, "total", "month", "2024-09"] = month
            values[key, "total", "cumulative", "2024-09-30"] = round(before + month, 1)
        found.append(values)
    return found


def test_clean_deliveries_of_three_writers_pass_without_a_refusal_and_with_one_warning_at_most(base: Base, received: Path, tmp_path: Path):
    written = []
    for number, values in enumerate(months()):
        written.append((declared_of(tmp_path / f"xlsxwriter-{number}.xlsx", values), values))
        written.append((template_of(tmp_path / f"openpyxl-{number}.xlsx", values), values))
        written.append((tidy_of(tmp_path / f"python-{number}.csv", values), values))
    assert len(written) == 24
    for path, values in written:
        shutil.rmtree(received, ignore_errors=True)
        receipt = ingest([path], UNIT, received=RECEIVED)[0]
        assert figures(receipt) == pytest.approx(values), path.name
        loud = [f for f in receipt.faults if f.severity != "note"]
        assert not [f for f in loud if f.severity != "warn"] and len(loud) <= 1, (path.name, loud)


@pytest.mark.parametrize("kind", ["xlsx", "ods", "xls"])
def test_a_template_saved_by_libreoffice_reads_back_equal(base: Base, received: Path, tmp_path: Path, kind: str):
    again = converted(base.template, kind, tmp_path / "lo")
    receipt = ingest([again], UNIT, received=RECEIVED)[0]
    assert figures(receipt) == pytest.approx(clean_values())
    assert not [f for f in receipt.faults if f.severity != "note"]
    assert receipt.reader == "template"


def test_libreoffice_computes_the_locked_percentages(base: Base, tmp_path: Path):
    book = openpyxl.load_workbook(converted(base.template, "xlsx", tmp_path / "lo"), data_only=True)
    total = clean_values()[INVESTMENT, "total", "cumulative", "2024-09-30"]
    shown = [cell.value for sheet in book.worksheets for row in sheet.iter_rows() for cell in row if isinstance(cell.value, float)]
    assert any(abs(value - total / 12000 * 100) < 1e-6 for value in shown)


def test_every_template_of_the_shipped_units_is_written_and_read_back_empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    from kpi_lib.definitions.targets import read_plans
    from kpi_lib.deliveries.tables.template import write_template
    from kpi_lib.deliveries.tables.template_reading import read_template

    monkeypatch.setenv("KPI_ROOT", str(PROJECT))
    for unit_id, year in (("uong-bi", 2026), ("uong-bi-minh-hoa", 2026), ("quang-ninh", 2025), ("viet-nam", 2024)):
        unit = read_unit(unit_id)
        for month in (3, 12):
            path = write_template(
                unit, year, tmp_path / f"{unit_id}-{month}.xlsx", month=month, obs=read_observations(unit_id), plans=read_plans(unit_id)
            )
            book = read_book(path)
            reading = read_template(book, unit)
            assert reading is not None and not reading.figures and not reading.plans and not reading.faults
            names = [sheet.name for sheet in book.sheets]
            assert names[0] == "Hướng dẫn" and len(names) > 1
            words = {str(c.value) for sheet in book.sheets for c in sheet.cells.values()}
            assert not unit.mark or any(unit.mark["vi"] in word for word in words)


# ---- nothing is lost -------------------------------------------------------------------------------------------------------------


def test_the_file_as_received_is_kept_byte_for_byte_even_when_refused(base: Base, received: Path, tmp_path: Path):
    bad = tmp_path / "bao-cao.xlsx"
    bad.write_bytes(b"%PDF-1.4 not a workbook")
    receipt = ingest([bad, base.declared], UNIT, received=RECEIVED)
    assert receipt[0].refused and not receipt[1].refused
    records = store.records(UNIT)
    assert [record.number for record in records] == [1, 2]
    kept = received.parent / records[0].stored
    assert kept.read_bytes() == bad.read_bytes() and records[0].digest == store.digest_of(bad)


def test_the_same_file_twice_adds_nothing(base: Base, received: Path):
    first = ingest([base.tidy], UNIT, received=RECEIVED)[0]
    second = ingest([base.tidy], UNIT, received=RECEIVED)[0]
    assert first.accepted and second.repeated and not second.accepted
    assert len(store.records(UNIT)) == 1


def test_accepted_figures_carry_their_sheet_and_cell_into_the_observations(base: Base, received: Path):
    ingest([base.declared], UNIT, received=RECEIVED)
    obs = read_observations(UNIT, as_of="2024-09-25")
    row = obs[(obs["indicator"] == INVESTMENT) & (obs["period"] == "2024-09")].iloc[0]
    assert (row["sheet"], row["cell"]) == ("Bao cao T9", "E6") and row["file"].startswith("received/000001/000001-")
    assert row["status"] == "estimate" and str(row["published"].date()) == "2024-09-25"
    assert not (read_observations(UNIT, as_of="2024-09-24")["period"] == "2024-09").any()


def test_a_delivery_without_its_record_does_not_count(base: Base, received: Path):
    ingest([base.declared], UNIT, received=RECEIVED)
    (received / "000001" / "record.json").unlink()
    assert not (read_observations(UNIT)["period"] == "2024-09").any()


def test_a_record_changed_by_hand_is_told(base: Base, received: Path):
    ingest([base.declared], UNIT, received=RECEIVED)
    (received / "000001" / "record.json").write_text("{", encoding="utf-8")
    with pytest.raises(KpiError, match="000001"):
        store.records(UNIT)


def test_a_record_of_an_earlier_version_reads_unchanged(base: Base, received: Path):
    old = Path(__file__).with_name("record_of_an_earlier_version.json")
    (received / "records").mkdir(parents=True)
    shutil.copy(old, received / "records" / "000001.json")
    record = store.records(UNIT)[0]
    assert (record.received, record.months, record.accepted, record.prepared) == (dt.date(2024, 9, 25), ((2024, 9),), 5, None)
    assert [(item.cell, item.value) for item in (*record.waiting, *record.waiting_plans)] == [
        ("E8", 470.25),
        ("F8", 38862.3),
        ("D6", 12500),
    ]
    first = record.faults[0]
    assert (first.check, first.holds, first.keeps_back) == ("cumulative_against_months", ("F8", "E8"), True)
    assert first.found == "34.159,8 + 470,25 = 34.630,05, luỹ kế ghi 38.862,3"
    store.commit(UNIT, replace(record, number=2, accepted=0), (), ())
    again = json.loads((received / "000002" / "record.json").read_text(encoding="utf-8"))
    given = json.loads(old.read_text(encoding="utf-8")) | {"number": 2, "accepted": 0}
    assert {key: again[key] for key in given} == given


def wrong_digit(base: Base, tmp_path: Path) -> Path:
    book = openpyxl.load_workbook(base.declared)
    book.worksheets[0]["E8"].value = 470.25
    book.save(tmp_path / "sai.xlsx")
    return tmp_path / "sai.xlsx"


def test_a_confirmation_lets_figures_in_with_name_and_reason(base: Base, received: Path, tmp_path: Path):
    receipt = ingest([wrong_digit(base, tmp_path)], UNIT, received=RECEIVED)[0]
    assert {f.cell for f in receipt.waiting} >= {"E8"}
    with pytest.raises(KpiError, match="--name"):
        confirm(UNIT, receipt.number, by=" ", reason="x", on=RECEIVED)
    done = confirm(UNIT, receipt.number, by="Nguyễn Văn A", reason="hoàn thuế tháng 9", on=dt.date(2024, 9, 27))
    assert {f.cell for f in done.accepted} >= {"E8"}
    assert not still_waiting(UNIT, store.records(UNIT)[0])[0]
    row = read_observations(UNIT).query("indicator == @REVENUE and period == '2024-09'").iloc[0]
    assert "Nguyễn Văn A" in row["note"] and str(row["published"].date()) == "2024-09-27"


def test_a_refused_figure_cannot_be_confirmed(base: Base, received: Path, tmp_path: Path):
    book = openpyxl.load_workbook(base.declared)
    book.worksheets[0]["E6"].value = "khoảng 900"
    book.worksheets[0]["E7"].value = 203.5
    book.save(tmp_path / "sai.xlsx")
    receipt = ingest([tmp_path / "sai.xlsx"], UNIT, received=RECEIVED)[0]
    with pytest.raises(KpiError, match="must be mended"):
        confirm(UNIT, receipt.number, by="A", reason="B", on=RECEIVED, cells=["E7"])


def test_a_corrected_delivery_replaces_what_waited(base: Base, received: Path, tmp_path: Path):
    ingest([wrong_digit(base, tmp_path)], UNIT, received=RECEIVED)
    ingest([base.declared], UNIT, received=dt.date(2024, 9, 26))
    assert not still_waiting(UNIT, store.records(UNIT)[0])[0]


# ---- the report, the command, the table of checks --------------------------------------------------------------------------------


def test_the_report_names_place_finding_expectation_and_way_out(base: Base, received: Path, tmp_path: Path):
    receipts = ingest([wrong_digit(base, tmp_path)], UNIT, received=RECEIVED)
    text, page = as_text(receipts, "vi"), as_html(receipts, "vi")
    for part in ("sai.xlsx", "Bao cao T9", "ô E8", "thấy:", "470,25", "cần:", "làm:"):
        assert part in text
    assert "470,25" in page and "<script" not in page


def test_hostile_names_stay_text_in_the_report(base: Base, received: Path, tmp_path: Path):
    path = tmp_path / "<img src=x onerror=alert(1)>.csv"
    path.write_text("<script>alert(1)</script>,b\n1,2\n", encoding="utf-8")
    page = as_html(ingest([path], UNIT, received=RECEIVED), "vi")
    assert "<img" not in page and "&lt;img" in page


def test_the_command_ingests_tells_and_keeps_the_report(base: Base, received: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    code = cli.main(["ingest", str(wrong_digit(base, tmp_path)), "--unit", UNIT, "--received", "2024-09-25"])
    out = capsys.readouterr().out
    assert code == cli.WITH_WARNINGS and "ô E8" in out
    report = Path(out.split("Biên bản tiếp nhận: ")[1].splitlines()[0])
    assert "470,25" in report.read_text(encoding="utf-8") and "Content-Security-Policy" in report.read_text(encoding="utf-8")
    assert cli.main(["waiting", "--unit", UNIT]) == cli.WITH_WARNINGS
    assert "E8" in capsys.readouterr().out
    assert cli.main(["confirm", "1", "--unit", UNIT, "--name", "A", "--reason", "B", "--on", "2024-09-26"]) == cli.PUBLISHED
    assert (
        cli.main(
            ["template", "--unit", UNIT, "--year", "2024", "--month", "10", "--as-of", "2024-10-20", "--out", str(tmp_path / "t.xlsx")]
        )
        == 0
    )
    assert (tmp_path / "t.xlsx").stat().st_size > 5000


def test_workbooks_dropped_beside_the_deliveries_are_found_once(base: Base, received: Path):
    folder = received.parent / "deliveries"
    shutil.copy(base.declared, folder / "bao-cao-t9.xlsx")
    try:
        assert [path.name for path in dropped(UNIT)] == ["bao-cao-t9.xlsx"]
        ingest(dropped(UNIT), UNIT, received=RECEIVED)
        assert not dropped(UNIT)
    finally:
        (folder / "bao-cao-t9.xlsx").unlink()


def test_the_table_of_checks_is_whole_and_its_page_is_up_to_date():
    table = checks()
    assert len(table) > 60
    assert all(c.severity in ("refuse", "confirm", "warn", "note") and c.rule and c.way_out for c in table.values())
    used = "".join(path.read_text(encoding="utf-8") for path in (PROJECT / "kpi_lib" / "deliveries").rglob("*.py"))
    assert not [name for name in table if f'"{name}"' not in used], "a check nobody makes"
    page = (PROJECT / "docs" / "checks.md").read_text(encoding="utf-8")
    said = {name: (Text(c.rule)["vi"], c.rule, Text(c.way_out)["vi"]) for name, c in table.items()}
    assert all(f"`{name}`" in page and all(words in page for words in said[name]) for name in table), (
        "run: python benchmarks/checks_page.py"
    )


# ---- real files nobody here wrote ------------------------------------------------------------------------------------------------


def messy() -> Path:
    if not MESSY.is_dir():
        pytest.skip("the real messy spreadsheets are not on this machine")
    return MESSY


def test_every_messy_file_ends_in_data_or_a_named_refusal():
    paths = sorted(path for path in messy().rglob("*") if path.is_file() and path.name != "README.md")
    assert len(paths) > 30
    for path, book in read_safely(paths):
        assert book.sheets or [f for f in book.faults if f.severity == "refuse" and f.check in checks()], path.name


def test_the_budget_books_agree_with_an_independent_key():
    """Figures of the key that stand in the final-account books of the same year, to the rounded unit."""
    key = pd.read_csv(messy() / "vn-budget" / "state_budget_balance.csv", dtype=str, encoding="utf-8-sig")
    found = total = 0
    for year in (2004, 2005, 2008, 2014, 2019):
        path = next((messy() / "vn-budget").glob(f"QT-{year}-*"))
        values = {round(c.value) for s in read_book(path).sheets for c in s.cells.values() if isinstance(c.value, float)}
        column = pd.to_numeric(key[str(year)].str.strip(), errors="coerce").dropna()
        wanted = [round(value) for value in column if value != 0]
        total += len(wanted)
        found += sum(value in values or -value in values for value in wanted)
    assert total > 100 and found / total > 0.88, (found, total)


def test_a_hostile_file_in_the_reading_process_does_not_stop_the_next(tmp_path: Path, base: Base):
    from tests.deliveries.mutations.cases import ATTACK

    bombs = [case.build(tmp_path, base)[0] for case in ATTACK if case.name in ("zip bomb", "a cell at the end of the grid")]
    books = [book for _, book in read_safely([*bombs, base.declared])]
    assert [bool(book.sheets) for book in books] == [False, False, True]


def test_the_reading_process_cannot_be_fed_a_module_from_the_working_folder(tmp_path: Path, base: Base):
    (tmp_path / "openpyxl.py").write_text("open('pwned', 'w').write('x')", encoding="utf-8")
    code = f"from pathlib import Path; from kpi_lib.deliveries.files.reading import read_safely; print(len(list(read_safely([Path({str(base.declared)!r})]))[0][1].sheets))"
    done = subprocess.run(
        [sys.executable, "-P", "-c", code],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": str(PROJECT)},
    )
    assert done.stdout.strip() == "1" and not (tmp_path / "pwned").exists()


def test_a_book_survives_the_way_through_the_pipe(base: Base):
    from kpi_lib.deliveries.files.passing import book_from, book_to

    for path in (base.template, base.declared, base.tidy):
        book = read_book(path)
        assert book_from(book_to(book)) == book


def test_days_and_numbers_without_value_survive_the_pipe_and_what_no_page_can_show_does_not():
    from kpi_lib.deliveries.files.book import Book, Cell, Sheet
    from kpi_lib.deliveries.files.passing import book_from, book_to

    given = (dt.date(2025, 9, 30), dt.datetime(2025, 9, 30, 7, 15), "2025-09-30", float("inf"), True, None, "a\ud800\u202eb")
    cells = {(0, number): Cell(0, number, value) for number, value in enumerate(given)}
    back = book_from(book_to(Book("a.xlsx", (Sheet("Trang\ud800", cells, frozenset({4})),))))
    assert [back.sheets[0].value(0, number) for number in range(7)] == [*given[:6], "ab"]
    assert back.sheets[0].name == "Trang" and back.sheets[0].hidden_rows == {4}


def test_a_note_that_looks_like_a_formula_is_kept_as_text(base: Base, received: Path, tmp_path: Path):
    book = openpyxl.load_workbook(base.declared)
    book.worksheets[0]["H6"].value = "=cmd|'/c calc'!A0"
    book.worksheets[0]["H6"].data_type = "s"
    book.save(tmp_path / "cong-thuc.xlsx")
    ingest([tmp_path / "cong-thuc.xlsx"], UNIT, received=RECEIVED)
    written = (received / "000001" / "record.json").read_text(encoding="utf-8")
    assert "\"'=cmd" in written and '"=cmd' not in written
