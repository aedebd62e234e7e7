"""Every spoilt delivery, and the clean oddities that must pass."""

from __future__ import annotations

import datetime as dt
import io
import unicodedata
import zipfile
from pathlib import Path

import openpyxl
from openpyxl.styles import Font

from tests.deliveries.mutations import spoil
from tests.deliveries.mutations.base import ENTERPRISES, INSURANCE, INVESTMENT, Base, copy_of
from tests.deliveries.mutations.case import Case

E6, F6, E7, F7, E8, F8, F9 = "E6", "F6", "E7", "F7", "E8", "F8", "F9"
ALL = (E6, F6, E7, F7, E8, F8, F9)


def _nfd(content: str) -> str:
    return unicodedata.normalize("NFD", content)


def _half(content: str) -> str:
    """Vowels with their own mark composed, tones apart: what windows-1258 programs leave."""
    return spoil.cp1258(content).decode("cp1258")


def _fonts(convert, font: str):  # type: ignore[no-untyped-def]
    def change(book: openpyxl.Workbook) -> None:
        for sheet in book.worksheets:
            for row in sheet.iter_rows():
                for cell in row:
                    if isinstance(cell.value, str):
                        capitals = cell.value.isupper() and convert is spoil.tcvn3  # TCVN3 has capitals by font only
                        cell.value = convert(cell.value.lower() if capitals else cell.value)
                        cell.font = Font(name=f"{font}H" if capitals and font.startswith(".Vn") else font)

    return change


OLD = ("encoding_converted",)
ENCODING = [
    Case("encoding", "utf-8 with a mark", spoil.text(lambda t: t, encoding="utf-8-sig"), "same", OLD),
    Case("encoding", "utf-16 little endian with a mark", spoil.text(lambda t: t, encoding="utf-16"), "same", OLD),
    Case("encoding", "utf-16 big endian with a mark", spoil.text(lambda t: "\ufeff" + t, encoding="utf-16-be"), "same", OLD),
    Case("encoding", "utf-16 little endian without a mark", spoil.text(lambda t: t, encoding="utf-16-le"), "same", OLD),
    Case("encoding", "windows-1258", spoil.raw(lambda b: spoil.cp1258(b.tidy.read_text(encoding="utf-8")), "so.csv"), "same", OLD),
    Case(
        "encoding",
        "TCVN3 bytes",
        spoil.raw(lambda b: spoil.tcvn3(b.tidy.read_text(encoding="utf-8")).encode("latin-1"), "so.csv"),
        "same",
        OLD,
    ),
    Case(
        "encoding", "VNI bytes", spoil.raw(lambda b: spoil.vni(b.tidy.read_text(encoding="utf-8")).encode("latin-1"), "so.csv"), "same", OLD
    ),
    Case("encoding", "decomposed text", spoil.text(_nfd), "same", OLD),
    Case("encoding", "half decomposed text", spoil.text(_half), "same", OLD),
    Case("encoding", "TCVN3 saved as UTF-8", spoil.text(spoil.tcvn3), "same", OLD),
    Case("encoding", "a workbook in .VnTime", spoil.declared(_fonts(spoil.tcvn3, ".VnTime")), "same", OLD),
    Case("encoding", "a workbook in VNI-Times", spoil.declared(_fonts(spoil.vni, "VNI-Times")), "same", OLD),
    Case("encoding", "TCVN3 letters in an ordinary font", spoil.declared(_fonts(spoil.tcvn3, "Arial")), "same", OLD),
    Case("encoding", "Unicode in a .Vn font", spoil.declared(_fonts(lambda t: t, ".VnTime")), "same", OLD),
    Case("encoding", "decomposed text in a workbook", spoil.declared(_fonts(_nfd, "Arial")), "same", OLD),
    Case(
        "encoding",
        "hard blanks and zero-width marks",
        spoil.declared(_fonts(lambda t: "\u200b" + t.replace(" ", "\u00a0"), "Arial")),
        "same",
    ),
    Case(
        "encoding",
        "bytes of no encoding",
        spoil.raw(b"Ch\x80\x81ti\x8du,K\x90,Gi\x9d\xc1\xff\xfe\xd0\n" * 40, "so.csv"),
        "refused",
        ("encoding_unknown", "table_unknown", "file_kind"),
    ),
]


def _bomb() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("xl/workbook.xml", "<workbook/>")
        archive.writestr("xl/worksheets/sheet1.xml", b"<c>" + b" " * 150_000_000)
    return out.getvalue()


def _zip(*names: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name in names:
            archive.writestr(name, "x")
    return out.getvalue()


CONTAINER = [
    Case("container", "empty file", spoil.raw(b"", "trong.xlsx"), "refused", ("file_empty",)),
    Case(
        "container",
        "a page of HTML named xls",
        spoil.raw(b"<html><table><tr><td>1</td></tr></table></html>", "bao-cao.xls"),
        "refused",
        ("file_kind",),
    ),
    Case("container", "a PDF named xlsx", spoil.raw(b"%PDF-1.7 ...", "bao-cao.xlsx"), "refused", ("file_kind",)),
    Case("container", "a picture named xlsx", spoil.raw(b"\x89PNG\r\n\x1a\n", "bao-cao.xlsx"), "refused", ("file_kind",)),
    Case("container", "a notebook named csv", spoil.raw(b'{"cells": [], "nbformat": 4}', "so.csv"), "refused", ("file_kind",)),
    Case("container", "a pickle named csv", spoil.raw(b"\x80\x04\x95\x10\x00\x00\x00", "so.csv"), "refused", ("file_kind",)),
    Case(
        "container",
        "a Word file named xlsx",
        spoil.raw(lambda _base: _zip("word/document.xml", "[Content_Types].xml"), "bao-cao.xlsx"),
        "refused",
        ("file_kind",),
    ),
    Case(
        "container",
        "an encrypted workbook",
        spoil.raw(lambda _base: spoil.ole("EncryptedPackage", "EncryptionInfo"), "mat.xlsx"),
        "refused",
        ("file_encrypted",),
    ),
    Case(
        "container",
        "an old Word file named xls",
        spoil.raw(lambda _base: spoil.ole("WordDocument"), "bao-cao.xls"),
        "refused",
        ("file_kind",),
    ),
    Case(
        "container", "a workbook cut off", spoil.raw(lambda b: b.declared.read_bytes()[:3000], "bao-cao.xlsx"), "refused", ("file_damaged",)
    ),
    Case(
        "container",
        "a workbook with a broken byte",
        spoil.raw(lambda b: b.declared.read_bytes()[:1500] + b"\0\0\0\0\0\0\0\0" + b.declared.read_bytes()[1508:], "bao-cao.xlsx"),
        "refused",
        ("file_damaged", "file_hostile", "file_too_large"),
    ),
    Case("container", "a sheet that is not XML", spoil.member("xl/worksheets/sheet1.xml", lambda c: c[:300]), "refused", ("file_damaged",)),
    Case("container", "Excel's lock file", spoil.raw(b"\x05user" + bytes(160), "~$bao-cao.xlsx"), "refused", ("file_kind",)),
    Case("container", "binary rubbish named csv", spoil.raw(bytes(range(1, 32)) * 100, "so.csv"), "refused", ("file_kind",)),
    Case("container", "an xlsx named xls", lambda f, b: [copy_of(b.declared, f, "bao-cao.xls")], "same"),
    Case("container", "an xlsx named csv", lambda f, b: [copy_of(b.declared, f, "bao-cao.csv")], "same"),
    Case("container", "an old xls cut off", spoil.raw(lambda _base: spoil.ole("Workbook"), "bao-cao.xls"), "refused", ("file_damaged",)),
    Case("container", "a RAR archive", spoil.raw(b"Rar!\x1a\x07\x00", "bao-cao.xlsx"), "refused", ("file_kind",)),
    Case("container", "blanks only", spoil.raw(b"   \n \n", "so.csv"), "refused", ("file_empty",)),
]


def _hide_all(book: openpyxl.Workbook) -> None:
    book.create_sheet("Trống")
    book.worksheets[0].sheet_state = "hidden"


def _rename(old: str, new: object):  # type: ignore[no-untyped-def]
    def change(book: openpyxl.Workbook) -> None:
        for row in book.worksheets[0].iter_rows():
            for cell in row:
                if cell.value == old:
                    cell.value = new

    return change


def _title_lines(book: openpyxl.Workbook) -> None:
    sheet = book.worksheets[0]
    sheet.insert_rows(1, 3)
    sheet["B1"] = "CỘNG HOÀ XÃ HỘI CHỦ NGHĨA VIỆT NAM"
    sheet["B2"] = "Độc lập – Tự do – Hạnh phúc"


def _two_rows(book: openpyxl.Workbook) -> None:
    """The heading over two rows, merged as offices do."""
    sheet = book.worksheets[0]
    sheet.insert_rows(5)
    for column, (top, low) in {5: ("Ước", "tháng 9 năm 2024"), 6: ("Luỹ kế", "9 tháng năm 2024")}.items():
        sheet.cell(5, column).value, sheet.cell(6, column).value = top, low
    for column in (1, 2, 3, 4, 7, 8):
        sheet.cell(5, column).value = sheet.cell(6, column).value
        sheet.cell(6, column).value = None
        sheet.merge_cells(start_row=5, end_row=6, start_column=column, end_column=column)


def _duplicate(row: int):  # type: ignore[no-untyped-def]
    def change(book: openpyxl.Workbook) -> None:
        sheet = book.worksheets[0]
        for column in range(1, 9):
            sheet.cell(11, column).value = sheet.cell(row, column).value
        sheet.cell(11, 5).value = 999.0

    return change


def _move_template_row(book: openpyxl.Workbook) -> None:
    """Two rows of a template sheet exchanged, marks and all."""
    a, b = spoil.cell_of(book, INVESTMENT, "label"), spoil.cell_of(book, ENTERPRISES, "label")
    sheet = a.parent
    assert b.parent is sheet
    for column in range(1, sheet.max_column + 1):
        one, two = sheet.cell(a.row, column), sheet.cell(b.row, column)
        one.value, two.value = two.value, one.value


def _insert_column(book: openpyxl.Workbook) -> None:
    for sheet in book.worksheets[1:]:
        sheet.insert_cols(4)


def _delete_row(book: openpyxl.Workbook) -> None:
    cell = spoil.cell_of(book, ENTERPRISES, "label")
    cell.parent.delete_rows(cell.row)


def _copy_sheet(book: openpyxl.Workbook) -> None:
    sheet = spoil.cell_of(book, INSURANCE, "label").parent
    copy = book.create_sheet("Bản sao")
    for row in sheet.iter_rows():
        for cell in row:
            if cell.value is not None:
                copy.cell(cell.row, cell.column).value = cell.value


def _drop_marks(book: openpyxl.Workbook) -> None:
    for sheet in book.worksheets[1:]:
        sheet.delete_rows(6)


def _heading_swap(book: openpyxl.Workbook) -> None:
    cell = spoil.cell_of(book, INVESTMENT, "month")
    sheet = cell.parent
    one, two = sheet.cell(7, cell.column), sheet.cell(7, cell.column + 1)
    one.value, two.value = two.value, one.value


def _paste_label(book: openpyxl.Workbook) -> None:
    spoil.cell_of(book, ENTERPRISES, "label").value = spoil.cell_of(book, INVESTMENT, "label").value


def _stranger(book: openpyxl.Workbook) -> None:
    cell = spoil.cell_of(book, INSURANCE, "cumulative")
    sheet = cell.parent
    sheet.cell(cell.row + 3, cell.column - 5).value = "Số thẻ bảo hiểm mới"
    sheet.cell(cell.row + 3, cell.column).value = 1234.0


def _renamed_sheets(book: openpyxl.Workbook) -> None:
    for number, sheet in enumerate(book.worksheets[1:]):
        sheet.title = f"Sheet{number}"


def _other_month_mark(mark: str):  # type: ignore[no-untyped-def]
    def change(book: openpyxl.Workbook) -> None:
        for sheet in book.worksheets[1:]:
            sheet["A1"] = mark

    return change


LAYOUT = [
    Case("layout", "title lines above", spoil.declared(_title_lines), "same"),
    Case("layout", "heading over two merged rows", spoil.declared(_two_rows), "same"),
    Case("layout", "empty column between", spoil.declared(lambda book: book.worksheets[0].insert_cols(4)), "same"),
    Case("layout", "rows in another order", spoil.declared(lambda book: book.worksheets[0].move_range("A6:H6", rows=6)), "same"),
    Case(
        "layout",
        "numbering row below the heading",
        spoil.declared(lambda book: (book.worksheets[0].insert_rows(6), [book.worksheets[0].cell(6, c, f"({c})") for c in range(1, 9)])),
        "same",
    ),  # type: ignore[arg-type, return-value]
    Case("layout", "synonym of a heading", spoil.declared(_rename("Luỹ kế 9 tháng năm 2024", "Cộng dồn 9 tháng năm 2024")), "same"),
    Case(
        "layout",
        "unknown heading of the sum",
        spoil.declared(_rename("Luỹ kế 9 tháng năm 2024", "Cột này quên tên")),
        "held",
        ("header_missing", "value_missing"),
        (F6, F7, F8, F9),
    ),
    Case(
        "layout",
        "two columns for the month",
        spoil.declared(_rename("Luỹ kế 9 tháng năm 2024", "Ước tháng 9 năm 2024")),
        "held",
        ("header_twice",),
        ALL,
        "F5",
    ),
    Case("layout", "all sheets hidden but an empty one", spoil.declared(_hide_all), "refused", ("file_empty",)),
    Case("layout", "a line twice with another value", spoil.declared(_duplicate(7)), "held", ("row_twice",), (E7, F7, "E11", "F11"), "A11"),
    Case("layout", "headings gone", spoil.declared(lambda book: book.worksheets[0].delete_rows(5)), "refused", ("table_unknown",)),
    Case(
        "layout",
        "unknown table",
        spoil.declared(lambda book: [setattr(book.worksheets[0].cell(r, 2), "value", f"Mục {r}") for r in range(6, 10)]),
        "refused",
        ("table_unknown",),
    ),
    Case(
        "layout",
        "no month anywhere",
        spoil.declared(
            lambda book: [
                _rename(old, new)(book)
                for old, new in (
                    ("BÁO CÁO KẾT QUẢ THỰC HIỆN THÁNG 9 NĂM 2024", "BÁO CÁO"),
                    ("Ước tháng 9 năm 2024", "Ước tháng"),
                    ("Luỹ kế 9 tháng năm 2024", "Luỹ kế"),
                )
            ],
            name="bao-cao.xlsx",
        ),
        "held",
        ("period_unknown",),
        ALL,
    ),
    Case("layout", "template rows exchanged", spoil.template(_move_template_row), "same"),
    Case("layout", "template column inserted", spoil.template(_insert_column), "same"),
    Case("layout", "template row deleted", spoil.template(_delete_row), "held", ("row_missing",), ("G12", "H12")),
    Case("layout", "template sheet copied", spoil.template(_copy_sheet), "held", ("row_twice",), (), "C10"),
    Case("layout", "template's row of marks deleted", spoil.template(_drop_marks), "refused", ("template_changed",)),
    Case(
        "layout",
        "template headings exchanged",
        spoil.template(_heading_swap),
        "held",
        ("template_changed",),
        ("G12", "H12"),
        "G7",
    ),
    Case("layout", "template label of another line pasted", spoil.template(_paste_label), "held", ("row_unknown",), ("G12", "H12"), "C12"),
    Case("layout", "a row typed below the template", spoil.template(_stranger), "same", ("row_unknown",)),
    Case("layout", "template sheets renamed", spoil.template(_renamed_sheets), "same"),
    Case(
        "layout",
        "a sheet of the template taken out",
        spoil.template(lambda book: book.remove(spoil.cell_of(book, INSURANCE, "label").parent)),
        "held",
        (),
        ("insurance",),
    ),
    Case(
        "layout",
        "tidy columns in another order",
        spoil.text(lambda t: "\n".join(",".join(reversed(line.split(","))) for line in t.replace('"', "").splitlines()).replace("x", "x")),
        "refused",
        ("csv_ragged", "table_unknown", "header_missing"),
    ),
]


def _hidden_row(book: openpyxl.Workbook) -> None:
    book.worksheets[0].row_dimensions[7].hidden = True


def _number_cases() -> list[Case]:
    found = []
    bad = {
        "words after the number": "961,4 tỷ",
        "about": "khoảng 961",
        "two numbers": "961-962",
        "a range": "960 đến 962",
        "letter O for zero": "96O",
        "three marks": "1.2.3,4,5",
        "as above": "nt",
        "ditto mark": '"',
        "a date": dt.datetime(2024, 9, 25),
        "true": True,
        "a footnote mark": "961,4 (*)",
        "currency sign": "961,4 đ",
        "infinite": "1e999",
        "two commas": "9,61,4",
        "a formula as text": "=961,4",
        "a question": "961,4?",
    }
    for name, value in bad.items():
        found.append(Case("number", name, spoil.declared_cell(E6, value), "held", ("number_bad", "number_ambiguous"), (E6,), E6))
    found.append(Case("number", "1.234 alone", spoil.declared_cell(E6, "1.046"), "held", ("number_ambiguous",), (E6,), E6))
    found.append(Case("number", "1,234 alone", spoil.declared_cell(E6, "1,046"), "held", ("number_ambiguous",), (E6,), E6))
    found.append(
        Case(
            "number",
            "two ways of writing in a column",
            spoil.declared(lambda b: [setattr(b.worksheets[0][E6], "value", "961,4"), setattr(b.worksheets[0][E8], "value", "4702.5")]),
            "held",
            ("number_mixed",),
            (E6, E8),
            E6,
        )
    )
    for name, value in {
        "comma decimals": "961,4",
        "point decimals": "961.4",
        "blank thousands": "961,40",
        "hard blank": "\u00a0961,4\u00a0",
        "full-width digits": "９６１,４",
        "leading apostrophe": "961,4",
        "plus sign": "+961,4",
        "scientific": "9,614E+02",
    }.items():
        found.append(Case("number", f"text with {name}", spoil.declared_cell(E6, value), "same", ("number_text",)))
    for name, value in {"a dash": "-", "dots": "...", "an x": "x", "an em dash": "—"}.items():
        found.append(Case("number", f"{name} for no figure", spoil.declared_cell(E6, value), "held", (), (E6,)))
    return found


def _date_cases() -> list[Case]:
    found = []
    bad = {
        "29/02/2023": "29/02/2023", "31/09/2024": "31/09/2024", "month 13": "30/13/2024", "two-digit year": "30/09/24", "American": "09/30/2024",
        "words": "cuối tháng chín", "day missing": "09/2024", "zero day": "00/09/2024", "a number": "45565", "empty": "",
    }  # fmt: skip
    for name, value in bad.items():
        found.append(Case("date", f"sum to {name}", spoil.field(2, 2, value), "held", ("date_bad", "period_unknown"), ("D3",), "C3"))
    months = {
        "month 13": "2024-13",
        "month 0": "2024-00",
        "no year": "tháng 9",
        "words": "vừa rồi",
        "a day": "25/09/2024 10:00",
        "quarter for month": "Quý III/2024",
        "two-digit year": "9/24",
        "empty": "",
    }
    for name, value in months.items():
        found.append(
            Case("date", f"month given as {name}", spoil.field(1, 2, value), "held", ("period_unknown", "date_bad"), ("D2",), "C2")
        )
    good = {"tháng 9 năm 2024": "Tháng 9 năm 2024", "T9/2024": "T9/2024", "9/2024": "9/2024", "Tháng Chín năm 2024": "Tháng Chín năm 2024"}
    for name, value in good.items():
        found.append(Case("date", f"month written {name}", spoil.field(1, 2, value), "same"))
    for name, value in {
        "2024-09-30": "2024-09-30",
        "30.9.2024": "30.9.2024",
        "in words": "ngày 30 tháng 9 năm 2024",
        "9 tháng": "9 tháng năm 2024",
    }.items():
        found.append(Case("date", f"sum to {name}", spoil.field(2, 2, value), "same"))
    return found


def _meaning_cases() -> list[Case]:
    values = [
        ("unit a thousand times too large", E6, 961_400.0, "unit_slip", (E6,)),
        ("unit a thousand times too small", E6, 0.9614, "unit_slip", (E6,)),
        ("unit a million times too large", E6, 961_400_000.0, "unit_slip", (E6,)),
        ("sum a thousand times too large", F6, 7_962_600.0, "unit_slip", (F6,)),
        ("revenue in triệu", E8, 4_702_500.0, "unit_slip", (E8,)),
        ("month holds the sum", E6, 7962.6, "cumulative_as_month", (E6, F6)),
        ("sum holds the month", F6, 961.4, "month_as_cumulative", (F6,)),
        ("decimal comma lost in the month", E6, 9614.0, "value_unusual", (E6,)),
        ("a digit doubled", E8, 47025.5, "value_unusual", (E8,)),
        ("month ten times too small", E8, 470.25, "value_unusual", (E8,)),
        ("negative month", E6, -961.4, "negative_month", (E6,)),
        ("negative sum", F6, -7962.6, "number_negative", (F6,)),
        ("half an enterprise", E7, 203.5, "fraction_of_whole", (E7,)),
        ("insurance above 100", F9, 195.7, "outside_limits", (F9,)),
        ("insurance below 0", F9, -5.0, "outside_limits", (F9,)),
        ("insurance as a share of one", F9, 0.957, "value_unusual", (F9,)),
        ("sum falls", F8, 29000.0, "cumulative_falls", (F8,)),
        ("sum does not follow from the months", F8, 45000.0, "cumulative_against_months", (E8, F8)),
        ("zero where there never was one", E8, 0.0, "zero_unusual", (E8,)),
        ("enterprises three times as many", E7, 990.0, "value_unusual", (E7,)),
        ("percent of plan of another plan", "G6", 41.2, "plan_percent_differs", ()),
    ]
    found = [
        Case("meaning", name, spoil.declared_cell(at, value), "held" if held else "same", (check,), held, at)
        for name, at, value, check, held in values
    ]
    found += [
        Case("meaning", "another unit of measure typed", spoil.declared_cell("C6", "doanh nghiệp"), "held", ("measure_other",), (E6, F6), "C6"),
        Case("meaning", "triệu đồng typed, tỷ meant", spoil.declared_cell("C6", "triệu đồng"), "held", ("unit_slip",), (E6, F6), E6),
        Case("meaning", "persons for households", spoil.declared_cell("C7", "người"), "held", ("measure_other",), (E7, F7), "C7"),
        Case("meaning", "a plan without a document", spoil.template_cell(INVESTMENT, "plan_assigned", 15000.0), "same", ("plan_changed",), (), "E10"),
        Case("meaning", "a plan in triệu", spoil.template_cell(INVESTMENT, "plan_assigned", 12_000_000.0), "same", ("plan_unlikely",), (), "E10"),
        Case("meaning", "an old month revised beyond belief", spoil.template_cell(INVESTMENT, "m07", 2500.0), "held", ("revision_beyond",), ("V10",), "V10"),
        Case("meaning", "a month erased", spoil.template_cell(INVESTMENT, "m07", None), "same", ("value_missing",), (), "V10"),
        Case("meaning", "figures of a month to come", spoil.column(2, lambda t: t.replace("2024-09", "2024-11").replace("30/09/2024", "30/11/2024")), "refused", ("future_figure",), (), "D2"),
        Case("meaning", "actual before the month has ended", spoil.column(5, lambda _text: "thực hiện"), "held", ("actual_too_early",), tuple(f"D{n}" for n in range(2, 8)), "D2"),
        Case("meaning", "two values for one month", spoil.text(lambda t: t + t.splitlines()[1].replace("961,4", "871,4") + "\n"), "held", ("row_twice", "figure_twice"), ("D2", "D9"), "D9"),
        Case("meaning", "last year's figures again", _last_year, "held", ("last_year_again",), (E6, F6, E8, F8, E7, F7), E6),
        Case("meaning", "an unknown kind of figure", spoil.field(1, 5, "tạm tính"), "held", ("status_unknown",), ("D2",), "F2"),
        Case("meaning", "a month above its sum", spoil.declared_cell(F7, 120.0), "held", ("month_above_sum", "cumulative_falls", "month_as_cumulative"), (E7, F7)),
        Case("meaning", "another month above its sum", spoil.declared_cell(F8, 3000.0), "held", ("month_above_sum", "month_as_cumulative", "cumulative_falls"), (E8, F8)),
        Case("meaning", "a share of the plan for amounts", spoil.field(5, 4, "% kế hoạch năm"), "held", ("not_used",), ("D6",), "D6"),
        Case("meaning", "a share of the plan for a count", spoil.field(4, 4, "% kế hoạch năm"), "held", ("not_used",), ("D5",), "D5"),
        Case("meaning", "a month of a level", spoil.field(7, 1, "tháng"), "held", ("not_used", "period_unknown"), ("D8",)),
        Case("meaning", "a decimal comma unquoted", spoil.text(lambda t: t.replace('"4702,5"', "4702,5")), "held", ("csv_ragged",), ("D6",)),
        Case("meaning", "another decimal comma unquoted", spoil.text(lambda t: t.replace('"961,4"', "961,4")), "held", ("csv_ragged",), ("D2",)),
        Case("meaning", "every decimal comma unquoted", spoil.text(lambda t: t.replace('"', "")), "refused", ("csv_ragged",)),
        Case("meaning", "no unit of measure", spoil.field(1, 4, ""), "held", ("measure_unknown",), ("D2",), "E2"),
    ]  # fmt: skip
    return found


def _last_year(folder: Path, base: Base) -> list[Path]:
    from tests.deliveries.mutations.base import amounts, edit

    def change(book: openpyxl.Workbook) -> None:
        sheet = book.worksheets[0]
        for row, (start, growth, decimals) in {6: (880, 0.02, 1), 7: (170, 0.05, 0), 8: (3900, 0.05, 1)}.items():
            history = amounts(start, growth, decimals)
            sheet.cell(row, 5).value = history["2023-09"]
            sheet.cell(row, 6).value = round(sum(v for p, v in history.items() if p[:4] == "2023" and p <= "2023-09"), 1)

    return edit(base.declared, folder, change)


def _formula(address: str, text: str):  # type: ignore[no-untyped-def]
    def change(book: openpyxl.Workbook) -> None:
        book.worksheets[0][address].value = text

    return spoil.declared(change)


def _error(address: str, word: str):  # type: ignore[no-untyped-def]
    def change(book: openpyxl.Workbook) -> None:
        book.worksheets[0][address].value = word
        book.worksheets[0][address].data_type = "e"

    return spoil.declared(change)


def _cached(formula: str):  # type: ignore[no-untyped-def]
    """A formula with its stored result, as Excel writes it."""
    return spoil.member("xl/worksheets/sheet1.xml", lambda c: c.replace(b"<v>961.4</v>", f"<f>{formula}</f><v>961.4</v>".encode()))


FORMULA = [
    Case("formula", "no stored result", _formula(E6, "=100+861.4"), "held", ("formula_uncached",), (E6,), E6),
    Case("formula", "a sum without a stored result", _formula(F6, "=SUM(E6:E6)"), "held", ("formula_uncached",), (F6,), F6),
    *(
        Case("formula", f"error {word}", _error(E6, word), "held", ("cell_error",), (E6,), E6)
        for word in ("#REF!", "#DIV/0!", "#VALUE!", "#N/A")
    ),
    Case("formula", "with a stored result", _cached("500+461.4"), "same"),
    Case("formula", "into another workbook, with its result", _cached("[1]Sheet1!A1"), "same", ("formula_external",)),
    Case("formula", "in a cell nobody needs", _formula("K3", "=1+1"), "same"),
    Case("formula", "an error in a cell nobody needs", _error("H8", "#REF!"), "same"),
]

_LABELS = {
    "upper case": str.upper,
    "trailing blanks": lambda t: f"  {t}   ",
    "numbered": lambda t: f"1. {t}",
    "a dash before": lambda t: f"- {t}",
    "a footnote mark": lambda t: f"{t} (*)",
    "a colon": lambda t: f"{t}:",
    "decomposed": _nfd,
}


def _labelled(how):  # type: ignore[no-untyped-def]
    def change(book: openpyxl.Workbook) -> None:
        for row in range(6, 10):
            book.worksheets[0].cell(row, 2).value = how(book.worksheets[0].cell(row, 2).value)

    return change


NAME = [
    *(Case("name", f"labels with {name}", spoil.declared(_labelled(how)), "same") for name, how in _LABELS.items()),
    Case("name", "a habitual name", spoil.declared_cell("B7", "Số DN thành lập mới"), "same"),
    Case("name", "another habitual name", spoil.declared_cell("B9", "Tỷ lệ bao phủ BHYT"), "same"),
    Case("name", "tone marks the other way", spoil.declared(_rename("Luỹ kế 9 tháng năm 2024", "Lũy kế 9 tháng năm 2024")), "same"),
    Case(
        "name",
        "a misspelt indicator in a tidy table",
        spoil.field(3, 0, "Số doanh nghịêp thành lập"),
        "held",
        ("row_unknown",),
        ("D4",),
        "A4",
    ),
    Case("name", "an empty indicator in a tidy table", spoil.field(3, 0, ""), "held", ("row_unknown",), ("D4",), "A4"),
    Case(
        "name",
        "an unknown code in the template",
        spoil.template(
            lambda b: setattr(b[spoil.cell_of(b, ENTERPRISES, "label").parent.title].cell(12, 1), "value", "row|khong_co|total")
        ),
        "held",
        ("row_unknown",),
        ("G12", "H12"),
        "C12",
    ),
    Case(
        "name",
        "the template of another unit",
        spoil.template(_other_month_mark("kpi-template|1|don-vi-khac|2024|9")),
        "refused",
        ("unit_other",),
        (),
        "A1",
    ),
    Case(
        "name",
        "another version of the template",
        spoil.template(_other_month_mark("kpi-template|9|thu-nghiem|2024|9")),
        "refused",
        ("template_changed",),
    ),
    Case("name", "a file name with commands", spoil.raw(lambda b: b.declared.read_bytes(), "=cmd|' _C calc'!A0 <img src=x>.xlsx"), "same"),
]

_FAR = b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
ATTACK = [
    Case("attack", "zip bomb", spoil.raw(lambda _base: _bomb(), "bom.xlsx"), "refused", ("file_too_large",)),
    Case("attack", "a cell at the end of the grid", spoil.member("xl/worksheets/sheet1.xml", lambda c: c.replace(b"</sheetData>", _FAR)), "refused", ("cell_far",)),
    Case("attack", "DOCTYPE in the sheet", spoil.member("xl/worksheets/sheet1.xml", lambda c: c.replace(b"?>", b'?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">]>', 1)), "refused", ("file_hostile",)),
    Case("attack", "an external entity", spoil.member("xl/sharedStrings.xml", lambda c: c.replace(b"?>", b'?><!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>', 1)), "refused", ("file_hostile",)),
    Case("attack", "a member that climbs out", spoil.added("../../thoat.txt", b"x"), "refused", ("file_hostile",)),
    Case("attack", "an absolute member", spoil.added("/etc/x", b"x"), "refused", ("file_hostile",)),
    Case("attack", "a drive letter in a member", spoil.added("C:/x", b"x"), "refused", ("file_hostile",)),
    Case("attack", "macros", spoil.added("xl/vbaProject.bin", b"x" * 100), "same", ("file_macro",)),
    Case("attack", "script in a note", spoil.declared_cell("H6", "<script>alert(1)</script>"), "same"),
    Case("attack", "a formula as a note", spoil.declared_cell("H6", "=HYPERLINK(1)"), "same"),
    Case("attack", "a note that is a command", spoil.field(1, 6, "=cmd|'/c calc'!A0"), "same"),
    Case("attack", "null bytes in a CSV", spoil.raw(lambda b: b.tidy.read_bytes().replace(b"\n", b"\n\0", 1), "so.csv"), "same", ()),
    Case("attack", "a CSV of one endless quote", spoil.text(lambda t: t.replace("\n", '\n"', 1)), "refused", ("csv_ragged", "table_unknown")),
]  # fmt: skip


def _sections(book: openpyxl.Workbook) -> None:
    """Rows of sections, numbered in capitals, among the rows of figures."""
    sheet = book.worksheets[0]
    for row, number, words in ((8, "II", "LĨNH VỰC XÃ HỘI"), (6, "I", "LĨNH VỰC KINH TẾ")):
        sheet.insert_rows(row)
        sheet.cell(row, 1).value, sheet.cell(row, 2).value = number, words


def _merged_section(book: openpyxl.Workbook) -> None:
    """The first section as one merged cell over the whole table, right below the headings."""
    sheet = book.worksheets[0]
    sheet.insert_rows(6)
    sheet.cell(6, 1).value = "I. LĨNH VỰC KINH TẾ"
    sheet.merge_cells("A6:H6")


def _letterhead(book: openpyxl.Workbook) -> None:
    """A letterhead over two cells a row, and a numbered form."""
    sheet = book.worksheets[0]
    sheet.insert_rows(1, 4)
    for row, (left, right) in enumerate(
        (("UBND TỈNH QUẢNG NINH", "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"), ("SỞ TÀI CHÍNH", "Độc lập - Tự do - Hạnh phúc"),
         ("Số: 12/BC-STC", "Quảng Ninh, ngày 25 tháng 10 năm 2024"), ("Biểu số 01", "Đơn vị tính: như cột ĐVT")), start=1,
    ):  # fmt: skip
        sheet.cell(row, 1).value, sheet.cell(row, 4).value = left, right


def _said_only(caption: str):  # type: ignore[no-untyped-def]
    """A caption of these words, headings and a sheet's name without a month."""

    def change(book: openpyxl.Workbook) -> None:
        for old, new in (
            ("BÁO CÁO KẾT QUẢ THỰC HIỆN THÁNG 9 NĂM 2024", caption), ("Ước tháng 9 năm 2024", "Ước tháng"), ("Luỹ kế 9 tháng năm 2024", "Luỹ kế"),
        ):  # fmt: skip
            _rename(old, new)(book)
        book.worksheets[0].title = "BC"

    return change


def _row_of(number: int, **texts: str):  # type: ignore[no-untyped-def]
    """One more row of words: its texts by their columns."""

    def change(book: openpyxl.Workbook) -> None:
        sheet = book.worksheets[0]
        sheet.insert_rows(number)
        for column, text in texts.items():
            sheet[f"{column}{number}"].value = text

    return change


def _ahead(book: openpyxl.Workbook) -> None:
    """A title that also names the month to come, and headings without a month."""
    for old, new in (
        ("BÁO CÁO KẾT QUẢ THỰC HIỆN THÁNG 9 NĂM 2024", "KẾT QUẢ THÁNG 9, PHƯƠNG HƯỚNG NHIỆM VỤ THÁNG 10 NĂM 2024"),
        ("Ước tháng 9 năm 2024", "Ước tháng"), ("Luỹ kế 9 tháng năm 2024", "Luỹ kế"),
    ):  # fmt: skip
        _rename(old, new)(book)


def _titled(name: str):  # type: ignore[no-untyped-def]
    return lambda book: setattr(book.worksheets[0], "title", name)


def _merged_headings(book: openpyxl.Workbook) -> None:
    """The month's column as two merged ones, as tables copied out of Word are."""
    sheet = book.worksheets[0]
    sheet.insert_cols(6)
    for row in range(5, 10):
        sheet.merge_cells(start_row=row, end_row=row, start_column=5, end_column=6)


def _merged_number(book: openpyxl.Workbook) -> None:
    book.worksheets[0].merge_cells("E6:E7")


def _mark_column(book: openpyxl.Workbook) -> None:
    cell = spoil.cell_of(book, INSURANCE, "label")
    cell.parent.delete_cols(1)


def _raised(book: openpyxl.Workbook) -> None:
    from openpyxl.cell.rich_text import CellRichText, TextBlock
    from openpyxl.cell.text import InlineFont

    book.worksheets[0][E6].value = CellRichText("961,4", TextBlock(InlineFont(vertAlign="superscript"), "2"))


def _two_tidy_sheets(folder: Path, base: Base) -> list[Path]:
    import csv

    rows = list(csv.reader(io.StringIO(base.tidy.read_text(encoding="utf-8"))))
    book = openpyxl.Workbook()
    for name, part in (("Phần 1", rows[1:4]), ("Phần 2", rows[4:])):
        sheet = book.create_sheet(name)
        for row in (rows[0], *part):
            sheet.append(row)
    book.create_sheet("Nháp")["B2"] = 17
    book.save(folder / "hai-trang.xlsx")
    return [folder / "hai-trang.xlsx"]


def _strict(folder: Path, base: Base, part: bytes = b"workbook.xml") -> list[Path]:
    """The report as Excel's "Strict Open XML" names its parts; `part` is what its list of sheets is called."""
    path = folder / "bao-cao.xlsx"
    with zipfile.ZipFile(base.declared) as old, zipfile.ZipFile(path, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            for usual, strict in (
                (b"http://schemas.openxmlformats.org/spreadsheetml/2006/main", b"http://purl.oclc.org/ooxml/spreadsheetml/main"),
                (b"http://schemas.openxmlformats.org/officeDocument/2006/", b"http://purl.oclc.org/ooxml/officeDocument/"),
            ):
                content = content.replace(usual, strict)
            new.writestr(name.replace("workbook.xml", part.decode()), content.replace(b"workbook.xml", part))
    return [path]


def _prefixed(content: bytes) -> bytes:
    """A sheet whose every name has a prefix; one figure is a formula without its result."""
    import re

    content = re.sub(rb"<v>961.4</v>", b"<f>500+461.4</f>", content)
    return re.sub(rb"<(/?)(\w)", rb"<\1x:\2", content).replace(b"xmlns=", b"xmlns:x=")


def _unquoted(line: int | None = None):  # type: ignore[no-untyped-def]
    """A decimal comma without its quotation marks, in one line or in all."""
    return lambda t: "\n".join(text.replace('"', "") if line is None or n == line else text for n, text in enumerate(t.splitlines())) + "\n"


SEEN = [
    Case("layout", "rows of sections", spoil.declared(_sections), "same"),
    Case("layout", "a section merged over the whole table", spoil.declared(_merged_section), "same"),
    Case("layout", "a letterhead in two cells", spoil.declared(_letterhead), "same"),
    Case("layout", "no month but a letter's day", spoil.declared(_said_only("(Kèm theo Báo cáo số 9/BC-STC ngày 05 tháng 8 năm 2024)")), "held", ("period_unknown",), ALL),
    Case("layout", "no month but a day of signing", spoil.declared(_said_only("Quảng Ninh, 05 tháng 8 năm 2024")), "held", ("period_unknown",), ALL),
    Case("layout", "no month but the day a table was made", spoil.declared(_said_only("Ngày lập biểu: 5 tháng 8 năm 2024")), "held", ("period_unknown",), ALL),
    Case("layout", "no month but a resolution's", spoil.declared(_said_only("Theo Nghị quyết 43/NQ-HĐND tháng 12 năm 2023")), "held", ("period_unknown",), ALL),
    Case("layout", "no month but a decision's", spoil.declared(_said_only("(Ban hành theo QĐ 15/QĐ-UBND tháng 1/2024)")), "held", ("period_unknown",), ALL),
    Case("layout", "a month without its year", spoil.declared(_said_only("BÁO CÁO THÁNG 9")), "held", ("period_unknown",), ALL),
    Case("layout", "a year without its month", spoil.declared(_said_only("BÁO CÁO NĂM 2024")), "held", ("period_unknown",), ALL),
    Case("layout", "a month left blank", spoil.declared(_said_only("BÁO CÁO THÁNG ... NĂM 2024")), "held", ("period_unknown",), ALL),
    Case("layout", "a thirteenth month", spoil.declared(_said_only("BÁO CÁO THÁNG 13 NĂM 2024")), "held", ("period_unknown",), ALL),
    Case("date", "a month with no period", spoil.field(1, 2, ""), "held", ("period_unknown",), ("D2",), "C2"),
    Case("date", "a sum with no period", spoil.field(4, 2, ""), "held", ("period_unknown",), ("D5",), "C5"),
    Case("date", "a level with no period", spoil.field(7, 2, ""), "held", ("period_unknown",), ("D8",), "C8"),
    Case("date", "no period in any row", spoil.column(2, lambda _: ""), "held", ("period_unknown",), ("D2", "D3", "D4", "D5", "D6", "D7", "D8")),
    Case("date", "a month left blank in a cell", spoil.field(3, 2, "tháng năm 2024"), "held", ("period_unknown",), ("D4",), "C4"),
    Case("layout", "a title that counts months", spoil.declared(_said_only("KẾT QUẢ 9 THÁNG 2024")), "same"),
    Case("layout", "a title from the first month to the last", spoil.declared(_said_only("KẾT QUẢ TỪ THÁNG 1 ĐẾN THÁNG 9 NĂM 2024")), "same"),
    Case("layout", "a quarter in the older spelling", spoil.declared(_said_only("KẾT QUẢ QUÍ III/2024")), "same"),
    Case("layout", "a row that numbers the columns by letters", spoil.declared(_row_of(6, A="A", B="B", C="C", D="1", E="2", F="3", G="4=3/1")), "same"),
    Case("layout", "a section with words in columns of figures", spoil.declared(_row_of(8, A="II", B="XÃ HỘI", D="Sở Y tế", H="theo báo cáo")), "held", ("header_missing",), (E8, F8, F9)),
    Case("layout", "two footnote marks behind a name", spoil.declared_cell("B7", "Số doanh nghiệp thành lập mới (1), (*)"), "same"),
    Case("layout", "a raised bracket behind a name", spoil.declared_cell("B7", "Số doanh nghiệp thành lập mới⁽¹⁾"), "same"),
    Case("layout", "a title that plans ahead", spoil.declared(_ahead), "same"),
    Case("layout", "a heading left from the month before", spoil.declared(_rename("Luỹ kế 9 tháng năm 2024", "Luỹ kế 8 tháng năm 2024")), "held", ("period_differs",), ALL),
    Case("layout", "a sheet's name left from the month before", spoil.declared(_titled("T8")), "held", ("period_differs",), ALL),
    Case("layout", "a file's name of another month", lambda f, b: [copy_of(b.declared, f, "bao-cao-thang-8.xlsx")], "held", ("period_differs",), ALL),
    Case("layout", "a sheet and a file named by the month", spoil.declared(_titled("T9"), name="bao-cao-thang-9-2024.xlsx"), "same"),
    Case("layout", "merged columns under one heading", spoil.declared(_merged_headings), "same"),
    Case("layout", "one number over two merged rows", spoil.declared(_merged_number), "held", ("number_bad",), (E6, E7), E6),
    Case("layout", "two tidy sheets and a sheet of notes", _two_tidy_sheets, "same", ("sheet_unread",)),
    Case("layout", "a sheet of the template without its column of marks", spoil.template(_mark_column), "held", ("template_changed",), ("insurance",)),
    Case("name", "a misspelt indicator in a department's table", spoil.declared_cell("B7", "Số danh nghiệp thành lập mới"), "held", ("row_unknown",), (E7, F7), "B7"),
    Case("name", "an indicator without its marks", spoil.declared_cell("B7", "So doanh nghiep thanh lap moi"), "held", ("row_unknown",), (E7, F7), "B7"),
    Case("number", "a percent cell", spoil.declared_cell(F9, 0.957, "0.0%"), "same"),
    Case("number", "a percent cell in a row of money", spoil.declared_cell(E6, 9.614, "0.0%"), "held", ("measure_shown",), (E6,), E6),
    Case("number", "a percent sign typed in a row of money", spoil.declared_cell(E6, "961,4%"), "held", ("measure_shown",), (E6, F6), E6),
    Case("number", "a percent sign typed in another row of money", spoil.declared_cell(E8, "4702,5 %"), "held", ("measure_shown",), (E8, F8), E8),
    Case("number", "a percent sign typed in a row of percent", spoil.declared_cell(F9, "95,7%"), "same"),
    Case("number", "another unit behind a general format", spoil.declared_cell(E6, 961.4, 'General" triệu đồng"'), "held", ("measure_shown",), (E6, F6), E6),
    Case("number", "a format that changes by size", spoil.declared_cell(E6, 961.4, '[>=1000000]#,##0.0,,;#,##0.0'), "held", ("number_shown",), (E6, F6), E6),
    Case("number", "more digits than a number has", spoil.declared_cell(E8, "9" * 400), "held", ("number_bad",), (E8, F8), E8),
    Case("number", "shown in millions", spoil.declared_cell(E6, 961_400_000.0, "#,##0.0,,"), "held", ("number_scaled",), (E6,), E6),
    Case("number", "shown in thousands", spoil.declared_cell(E8, 4_702_500.0, "#,##0.0,"), "held", ("number_scaled",), (E8,), E8),
    Case("number", "another unit in the format", spoil.declared_cell(E6, 961.4, '#,##0.0" triệu đồng"'), "held", ("measure_shown",), (E6,), E6),
    Case("number", "the row's unit in the format", spoil.declared_cell(E6, 961.4, '#,##0.0" tỷ đồng"'), "same"),
    Case("number", "a percent sign in the format", spoil.declared_cell(F9, 95.7, '0.0"%"'), "same"),
    Case("number", "a format that hides", spoil.declared_cell(E6, 961.4, ";;;"), "held", ("number_shown",), (E6,), E6),
    Case("number", "a format that adds a digit", spoil.declared_cell(E6, 961.4, '"1"0.0'), "held", ("number_shown",), (E6,), E6),
    Case("number", "a raised footnote digit", spoil.declared_cell(E6, "961,4²"), "same"),
    Case("number", "a circled footnote digit", spoil.declared_cell(E6, "961,4 ①"), "same"),
    Case("number", "a footnote digit in a raised font", spoil.declared(_raised), "same"),
    Case("number", "a raised digit inside", spoil.declared_cell(E6, "96²1,4"), "held", ("number_bad",), (E6,), E6),
    Case("number", "a vulgar fraction", spoil.declared_cell(E6, "961½"), "held", ("number_bad",), (E6,), E6),
    Case("number", "a decimal comma that splits a line", spoil.text(_unquoted(1)), "held", ("csv_ragged",), ("D2",), "A2"),
    Case("number", "decimal commas that split every line", spoil.text(_unquoted()), "refused", ("csv_ragged",)),
    Case("formula", "names with a prefix, no stored result", spoil.member("xl/worksheets/sheet1.xml", _prefixed), "held", ("formula_uncached",), (E6,), E6),
    Case("container", "strict Open XML", _strict, "same"),
    Case("container", "strict Open XML with another name for its sheets", lambda f, b: _strict(f, b, b"workbook2.xml"), "same"),
    Case("container", "a formatted empty cell at the end of the grid", spoil.member("xl/worksheets/sheet1.xml", lambda c: c.replace(b"</sheetData>", b'<row r="1048576"><c r="F1048576" s="0"/></row></sheetData>')), "same"),
    Case("attack", "two contents in one cell", spoil.member("xl/worksheets/sheet1.xml", lambda c: c.replace(b"</sheetData>", b'<row r="6"><c r="E6"><v>7</v></c></row></sheetData>')), "refused", ("cell_twice",)),
]  # fmt: skip

CASES: list[Case] = [*SEEN, *ENCODING, *CONTAINER, *LAYOUT, *_number_cases(), *_date_cases(), *_meaning_cases(), *FORMULA, *NAME, *ATTACK]
