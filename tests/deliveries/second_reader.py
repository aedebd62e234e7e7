"""Cells of numbers counted once more, with the libraries alone: nothing here may come from kpi_lib."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
import unicodedata
import zipfile
from pathlib import Path


def is_number(value: object) -> bool:
    """A number, or text that begins with a digit, has no letter (but the E of 9,6E+02) and is no day, period or formula."""
    if isinstance(value, bool) or value is None or isinstance(value, (dt.date, dt.datetime)):
        return False
    if isinstance(value, (int, float, dt.timedelta, dt.time)):
        return True
    text = "".join(char for char in str(value) if unicodedata.category(char) not in ("Cf", "Cc")).strip()
    text = re.sub(r"(?<=\d)[eE](?=[+-]?\d)", "", text)
    if re.fullmatch(r"\d{4}-\d\d?(-\d\d?)?|\d\d?[-.]\d\d?[-.]\d{4}", text) or any(char in "/:=" for char in text):
        return False
    bare = text.lstrip("(+-−– ")
    return bare[:1].isdecimal() and not any(unicodedata.category(char).startswith("L") for char in bare)


def in_workbook(path: Path) -> int:
    """Cells of numbers on every sheet of an xlsx file, hidden ones too."""
    import openpyxl

    with zipfile.ZipFile(path) as archive:
        sheets = [archive.read(name) for name in archive.namelist() if name.startswith("xl/worksheets/sheet")]
    if any(b"purl.oclc.org" in content for content in sheets):  # openpyxl does not know the strict names
        return sum(len(re.findall(rb"<c r=\"\w+\"(?: s=\"\d+\")?><v>", content)) for content in sheets)
    with path.open("rb") as file:
        book = openpyxl.load_workbook(file, data_only=True)
    return sum(is_number(cell.value) for sheet in book.worksheets for cell in sheet._cells.values())  # not the empty million between


def by_calamine(path: Path) -> int:
    """Cells of numbers on every sheet of a workbook of any kind that calamine opens."""
    import python_calamine

    with python_calamine.CalamineWorkbook.from_path(str(path)) as book:
        names = [sheet.name for sheet in book.sheets_metadata if sheet.typ == python_calamine.SheetTypeEnum.WorkSheet]
        return sum(is_number(value) for name in names for row in book.get_sheet_by_name(name).iter_rows() for value in row)


def in_text(path: Path) -> int:
    """Cells of numbers in a CSV file of any encoding: digits look alike in all of them."""
    content = path.read_bytes()
    wide = content[:2] in (b"\xff\xfe", b"\xfe\xff") or content.count(0) > len(content) // 4
    text = content.decode("utf-16" if wide else "latin-1") if not content.startswith(b"\xef\xbb\xbf") else content.decode("utf-8-sig")
    text = text.replace("\0", "").replace("\r\n", "\n").replace("\r", "\n")
    first = text.splitlines()[0]  # where it is empty, the headings stand further down
    separator = max(",;\t|", key=(first if first.strip() else text).count)
    return sum(is_number(value) for row in csv.reader(io.StringIO(text), delimiter=separator) for value in row)


def count(path: Path) -> int:
    """Cells of numbers in a file, by what it is."""
    return in_workbook(path) if zipfile.is_zipfile(path) else in_text(path)
