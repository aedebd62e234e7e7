"""The account of a delivery: every cell of numbers of a book is taken, waits, is refused, or is left alone with its place and the reason."""

from __future__ import annotations

import datetime as dt
import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter

from kpi_lib.definitions import folders
from kpi_lib.definitions.indicators import read_unit
from kpi_lib.definitions.targets import read_plans
from kpi_lib.deliveries import account, store
from kpi_lib.deliveries.delivery import DeliveredFigure, Reading, fault
from kpi_lib.deliveries.files.book import Book, Cell, Sheet
from kpi_lib.deliveries.intake import Receipt, ingest
from kpi_lib.deliveries.report import as_html, as_text
from kpi_lib.deliveries.tables.template import write_template
from kpi_lib.figures.observations import read_observations
from kpi_lib.words.messages import said
from tests.deliveries import second_reader

TIDY = ("chỉ tiêu", "cách tính", "kỳ", "đvt", "loại số", "giá trị")
Sheets = dict[str, list[tuple[object, ...]]]


@pytest.fixture
def ward(make_unit: Callable[..., str]) -> str:
    return make_unit([], toml="", unit="so-cai")


def workbook(path: Path, sheets: Sheets, hidden: str = "") -> Path:
    with xlsxwriter.Workbook(str(path)) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for number, row in enumerate(rows):
                sheet.write_row(number, 0, row)
            if name == hidden:
                sheet.hide()
    return path


def take(unit: str, path: Path) -> Receipt:
    (receipt,) = ingest([path], unit, received=dt.date(2026, 10, 6))
    found = receipt.account
    assert found is not None and found.seen == found.taken + found.waiting + found.refused + found.alone == second_reader.count(path)
    return receipt


def left(receipt: Receipt) -> dict[str, tuple[str, ...]]:
    assert receipt.account is not None
    return {f"{item.sheet}: {item.reason}": item.places for item in receipt.account.left}


def test_every_tidy_sheet_is_read_and_what_no_reader_knows_is_named(ward: str, tmp_path: Path):
    sheets: Sheets = {
        "T9": [TIDY, ("new_enterprises", "tháng", "2026-09", "doanh nghiệp", "thực hiện", 7)],
        "T8": [TIDY, ("new_jobs", "tháng", "2026-08", "lượt lao động", "thực hiện", 90), ("new_jobs", "tháng", "2026-07", "hộ", "thực hiện", 81)],
        "Nháp": [("tạm tính", 12, 13), ("", 14, 15)],
        "Cũ": [("x", 3)],
    }  # fmt: skip
    receipt = take(ward, workbook(tmp_path / "gon.xlsx", sheets, hidden="Cũ"))
    assert {(f.indicator, f.value) for f in (*receipt.accepted, *receipt.waiting)} == {("new_enterprises", 7.0), ("new_jobs", 90.0)}
    assert receipt.account is not None and (receipt.account.taken + receipt.account.waiting, receipt.account.refused) == (2, 1)
    assert left(receipt) == {"Nháp: sheet": ("B1:C2",), "Cũ: hidden": ("B1",)}
    assert [f.sheet for f in receipt.faults if f.check == "sheet_unread"] == ["Nháp"]


def test_a_column_of_words_that_nobody_knows_is_named_and_one_of_parts_is_read(ward: str, tmp_path: Path):
    """A part is no total, by whatever heading it is told."""
    revenue, jobs = (
        ("budget_revenue_growth", "tháng", "2026-09", "tỷ đồng", "thực hiện"),
        ("new_jobs", "tháng", "2026-09", "lượt lao động", "thực hiện"),
    )
    sheets: Sheets = {
        "Thu": [("STT", *TIDY, "Chi tiết"), (1, *revenue, 3.5, "land"), (2, *revenue, 9.5, "")],
        "Lao động": [(*TIDY, "Giới tính"), (*jobs, 60, "nữ")],
    }  # fmt: skip
    receipt = take(ward, workbook(tmp_path / "phan.xlsx", sheets))
    read = {(f.indicator, f.series): f.value for f in (*receipt.accepted, *receipt.waiting)}
    assert read == {("budget_revenue_growth", "land"): 3.5, ("budget_revenue_growth", "total"): 9.5, ("new_jobs", "total"): 60.0}
    assert [(f.sheet, f.cell, f.found["en"]) for f in receipt.faults if f.check == "column_unread"] == [("Lao động", "G1", "“Giới tính”")]


def test_a_departments_table_names_rows_columns_and_cells_outside_it(ward: str, tmp_path: Path):
    rows: list[tuple[object, ...]] = [
        ("BÁO CÁO THÁNG 9 NĂM 2026",),
        ("STT", "Chỉ tiêu", "ĐVT", "Ước tháng 9", "Luỹ kế 9 tháng", "So cùng kỳ (%)", "Cột riêng"),
        (1, "Số doanh nghiệp thành lập mới", "doanh nghiệp", 7, 65, 103.5, 2),
        (2, "Số chuyến xe buýt", "chuyến", 700, 6100, 101.5, 3),
    ]
    receipt = take(ward, workbook(tmp_path / "bao-cao.xlsx", {"BC": rows}))
    assert left(receipt) == {"BC: ordinal": ("A3:A4",), "BC: comparison": ("F3",), "BC: column": ("G3",), "BC: row": ("D4:G4",)}


def test_the_account_stands_in_the_console_the_report_and_the_record(ward: str, tmp_path: Path):
    receipt = take(
        ward, workbook(tmp_path / "gon.xlsx", {"S": [TIDY, ("new_jobs", "tháng", "2026-09", "hộ", "thực hiện", 4)], "B": [(1, 2)]})
    )
    line = "Cells of numbers: 3 seen = 0 taken + 0 waiting + 1 refused + 2 left alone (2: a sheet that no reader knows, “B”!A1:B1)"
    assert line in as_text([receipt], "en") and line in as_html([receipt], "en")
    (path,) = folders.received(ward).glob("*/record.json")
    kept = json.loads(path.read_text(encoding="utf-8"))["account"]
    assert (kept["seen"], kept["refused"], kept["left"][0]["places"]) == (3, 1, ["A1:B1"])
    assert store.records(ward)[0].account == receipt.account


def test_blocks_hold_each_cell_once():
    cells = [(row, column) for row in range(7) for column in range(5) if (row * column) % 3 != 1]
    named = account._blocks(cells)
    from openpyxl.utils import range_boundaries

    spread = [
        (r - 1, c - 1) for place in named for a, b, x, y in [range_boundaries(place)] for r in range(b, y + 1) for c in range(a, x + 1)
    ]
    assert sorted(spread) == sorted(cells) and len(named) < len(cells)


def test_a_cell_refused_together_with_one_of_another_sheet_is_counted_as_refused():
    sheets = tuple(Sheet(name, {(1, 1): Cell(1, 1, 4.0)}) for name in ("S", "T"))
    held = [DeliveredFigure("jobs", "total", "month", "2026-09", 4.0, "người", "actual", name, "B2") for name in ("S", "T")]
    told = [fault("figure_twice", file="f", sheet="S", cell="B2", holds=("B2", "T!B2"))]
    found = account.account(Book("f", sheets), Reading("f", "", "tidy", tuple(held), sheets=("S", "T")), [], held, told)
    assert (found.refused, found.waiting) == (2, 0)


ODS = """<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"
 xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0">
<office:body><office:spreadsheet><table:table table:name="T9"><table:table-column table:number-columns-repeated="6"/>
<table:table-column table:visibility="collapse" table:number-columns-repeated="2"/>{rows}</table:table></office:spreadsheet></office:body>
</office:document-content>"""


def opendocument(path: Path, rows: list[tuple[object, ...]]) -> Path:
    """An OpenDocument table whose seventh and eighth column are hidden."""

    def cell(value: object) -> str:
        kind = f'office:value-type="float" office:value="{value}"' if isinstance(value, int) else 'office:value-type="string"'
        return f"<table:table-cell {kind}><text:p>{value}</text:p></table:table-cell>"

    body = "".join(f"<table:table-row>{''.join(map(cell, own))}</table:table-row>" for own in rows)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", ODS.format(rows=body))
    return path


@pytest.mark.parametrize("kind", ["xlsx", "ods"])
@pytest.mark.parametrize(("line", "measure"), [("new_enterprises", "doanh nghiệp"), ("new_jobs", "lượt lao động")])
def test_what_is_left_alone_because_nobody_sees_it_is_said_to_be_hidden(ward: str, tmp_path: Path, line: str, measure: str, kind: str):
    rows: list[tuple[object, ...]] = [(*TIDY, "tháng trước", "ghi nhớ"), (line, "tháng", "2026-09", measure, "thực hiện", 7, 6, 5)]
    if kind == "ods":
        (receipt,) = ingest([opendocument(tmp_path / "an.ods", rows)], ward, received=dt.date(2026, 10, 6))
    else:
        path = workbook(tmp_path / "an.xlsx", {"T9": rows})
        book = openpyxl.load_workbook(path)
        book["T9"].column_dimensions.group("G", "H", hidden=True)
        book.save(path)
        receipt = take(ward, path)
    assert left(receipt) == {"T9: unseen": ("G2:H2",)}
    assert [said(item.found, "en") for item in receipt.faults if item.check == "columns_hidden"] == ["2 hidden columns: G, H"]
    assert "2: a hidden row or column" in as_text([receipt], "en")


def test_the_columns_a_form_hides_itself_are_not_told_of_and_one_hidden_by_its_sender_is(ward: str, tmp_path: Path):
    unit, path, told = read_unit(ward), tmp_path / "bieu.xlsx", []
    write_template(unit, 2026, path, month=9, obs=read_observations(ward), plans=read_plans(ward), as_of=dt.date(2026, 9, 25))
    for hidden in (False, True):
        book = openpyxl.load_workbook(path)
        if hidden:
            place = next(cell.column_letter for row in book.worksheets[1].iter_rows() for cell in row if cell.value == "month")
            book.worksheets[1].column_dimensions[place].hidden = True
        book.save(path)
        (receipt,) = ingest([path], ward, received=dt.date(2026, 10, 6), keep=False)
        assert receipt.reader == "template"
        told.append([item.sheet for item in receipt.faults if item.check == "columns_hidden"])
    assert told == [[], [book.worksheets[1].title]]
