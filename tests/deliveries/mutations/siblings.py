"""The same slips in every cell of figures, and on their way in by another form: for `benchmarks/deliveries_spoilt.py`, of which the tests try a spread."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import openpyxl
from openpyxl.worksheet.worksheet import Worksheet

from tests.deliveries.mutations import spoil
from tests.deliveries.mutations.base import Base, edit
from tests.deliveries.mutations.case import Case
from tests.deliveries.mutations.cases import ALL

# What becomes of a number, the format it is then shown in, and the checks that hold it.
SLIPS: dict[str, tuple[Callable[[float], object], str, tuple[str, ...]]] = {
    "a letter O for a nought": (lambda n: f"{n:.0f}".replace("0", "O") + "O", "", ("number_bad",)),
    "two numbers in one cell": (lambda n: f"{n:.0f}-{n + 4:.0f}", "", ("number_bad",)),
    "three digits behind a mark": (lambda n: f"{n % 9 + 1:.0f}.{n % 800 + 100:.0f}", "", ("number_ambiguous", "number_mixed")),
    "both marks twice": (lambda n: f"1.{n:.0f},5.2", "", ("number_bad",)),
    "a remark behind it": (lambda n: f"{n:g} (ước)", "", ("number_bad",)),
    "a reference that is lost": (lambda _: "#REF!", "", ("cell_error",)),
    "a formula nobody reckoned": (lambda n: f"={n:g}+0", "", ("formula_uncached",)),
    "true": (lambda _: True, "", ("number_bad",)),
    "a day": (lambda _: dt.date(2024, 9, 5), "dd/mm/yyyy", ("number_bad",)),
    "thousands by the format": (lambda n: n * 1000, "#,##0.0,", ("number_scaled",)),
    "a digit by the format": (lambda n: n, '"1"0.0', ("number_shown",)),
    "dollars by the format": (lambda n: n, "[$$-409]#,##0.00", ("measure_shown",)),
    "a bare currency sign": (lambda n: n, "$#,##0.00", ("measure_shown",)),
    "thousands by a word": (lambda n: n, '#,##0.0" ngàn"', ("measure_shown",)),
    "per mille by the format": (lambda n: n, '0.0"‰"', ("measure_shown",)),
    "below nought": (lambda n: -n, "", ("below_zero", "sign_unlikely", "value_unusual", "size_unlikely")),
    "a million times": (lambda n: n * 1e6, "", ("unit_slip", "size_unlikely")),
}


def _in(address: str, change: Callable[[float], object], style: str) -> Callable[[Path, Base], list[Path]]:
    """The report whose number there becomes what `change` makes of it."""

    def change_it(book: openpyxl.Workbook) -> None:
        cell = book.worksheets[0][address]
        cell.value = change(float(cell.value))  # type: ignore[arg-type, assignment]
        cell.number_format = style or cell.number_format

    return lambda folder, base: edit(base.declared, folder, change_it, "bao-cao.xlsx")


def _captioned(caption: str, change: Callable[[Worksheet], None] = lambda _: None) -> Callable[[Path, Base], list[Path]]:
    """The report under another caption, the only place where a month may stand."""

    def write(book: openpyxl.Workbook) -> None:
        sheet = book.worksheets[0]
        sheet.title, sheet["G3"].value = "BC", None
        for address, words in {"B2": caption, "D5": "Kế hoạch năm", "E5": "Ước tháng", "F5": "Luỹ kế"}.items():
            sheet[address].value = words
        change(sheet)

    return spoil.declared(write)


def _second_page(sheet: Worksheet) -> None:
    """The headings once more above the third row, as a second printed page has them."""
    sheet.insert_rows(8)
    for cell in sheet[5]:
        sheet.cell(8, cell.column).value = cell.value


def _siblings() -> list[Case]:
    found = [
        Case("number", f"{name} in {address}", _in(address, change, style), "held", checks, (address,))
        for name, (change, style, checks) in SLIPS.items()
        for address in ALL
    ]
    found += [
        Case("date", f"a month compared {name}", _captioned(f"TIẾN ĐỘ THỰC HIỆN {words}"), "held", ("period_unknown",), ALL)
        for name, words in {
            "with": "SO VỚI THÁNG 8 NĂM 2024",
            "to": "SO SÁNH VỚI THÁNG 7/2024",
            "with a year ago": "SO CÙNG THÁNG 9/2023",
        }.items()
    ]
    return [*found, Case("layout", "headings again on the next page", _captioned("BÁO CÁO THÁNG 9 NĂM 2024", _second_page), "same")]


SIBLINGS = _siblings()
