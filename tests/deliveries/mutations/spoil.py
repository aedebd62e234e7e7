"""Ways to spoil a clean delivery: small functions that return a Case's `build`."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import openpyxl

from tests.deliveries.mutations.base import Base, copy_of, edit

Build = Callable[[Path, Base], list[Path]]


def template(change: Callable[[openpyxl.Workbook], None], name: str = "bieu.xlsx") -> Build:
    """Spoil the template with openpyxl."""
    return lambda folder, base: edit(base.template, folder, change, name)


def declared(change: Callable[[openpyxl.Workbook], None], name: str = "bao-cao.xlsx") -> Build:
    """Spoil the department's own report with openpyxl."""
    return lambda folder, base: edit(base.declared, folder, change, name)


def declared_cell(address: str, value: object, style: str = "") -> Build:
    """Another value in one cell of the report."""

    def change(book: openpyxl.Workbook) -> None:
        book.worksheets[0][address].value = value
        if style:
            book.worksheets[0][address].number_format = style
        if isinstance(value, str) and value.startswith(("=", "+", "-", "@")):
            book.worksheets[0][address].data_type = "s"

    return declared(change)


def cell_of(book: openpyxl.Workbook, key: str, role: str, series: str = "total") -> openpyxl.cell.Cell:
    """A row's cell of the template, by its marks."""
    for sheet in book.worksheets:
        marks = next((row for row in sheet.iter_rows(min_row=1, max_row=12) if row[0].value == "kpi-columns"), None)
        if marks is None:
            continue
        at = {str(cell.value): cell.column for cell in marks if cell.value}
        for row in range(1, sheet.max_row + 1):
            if sheet.cell(row, 1).value == f"row|{key}|{series}":
                return sheet.cell(row, at[role])
    raise AssertionError((key, role))


def template_cell(key: str, role: str, value: object) -> Build:
    """Another value in one cell of the template."""

    def change(book: openpyxl.Workbook) -> None:
        cell_of(book, key, role).value = value  # type: ignore[assignment]

    return template(change)


def text(change: Callable[[str], str], *, encoding: str = "utf-8", name: str = "so.csv") -> Build:
    """Spoil the text of the tidy CSV, and write it in an encoding."""

    def build(folder: Path, base: Base) -> list[Path]:
        path = folder / name
        path.write_bytes(change(base.tidy.read_text(encoding="utf-8")).encode(encoding))
        return [path]

    return build


def field(line: int, column: int, value: str) -> Build:
    """Another value in one field of the tidy CSV (line 1 is the first figure)."""

    def change(whole: str) -> str:
        import csv

        rows = list(csv.reader(io.StringIO(whole)))
        rows[line][column] = value
        out = io.StringIO(newline="")
        csv.writer(out).writerows(rows)
        return out.getvalue()

    return text(change)


def column(number: int, change: Callable[[str], str]) -> Build:
    """Every value of a column of the tidy CSV changed."""

    def whole(content: str) -> str:
        import csv

        rows = list(csv.reader(io.StringIO(content)))
        for row in rows[1:]:
            row[number] = change(row[number])
        out = io.StringIO(newline="")
        csv.writer(out).writerows(rows)
        return out.getvalue()

    return text(whole)


def raw(content: bytes | Callable[[Base], bytes], name: str) -> Build:
    """A file of these bytes."""

    def build(folder: Path, base: Base) -> list[Path]:
        path = folder / name
        path.write_bytes(content(base) if callable(content) else content)
        return [path]

    return build


def member(name: str, change: Callable[[bytes], bytes], *, of: str = "declared") -> Build:
    """One member of the workbook's archive changed."""

    def build(folder: Path, base: Base) -> list[Path]:
        path = copy_of(getattr(base, of), folder)
        with zipfile.ZipFile(getattr(base, of)) as old, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
            for item in old.infolist():
                new.writestr(item.filename, change(old.read(item)) if item.filename == name else old.read(item))
        return [path]

    return build


def added(name: str, content: bytes) -> Build:
    """One more member in the archive."""

    def build(folder: Path, base: Base) -> list[Path]:
        path = copy_of(base.declared, folder)
        with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(name, content)
        return [path]

    return build


def tcvn3(content: str) -> str:
    """Unicode text in TCVN3 letters (lower case and the seven capitals it has)."""
    from kpi_lib.deliveries.files.encodings import TCVN3

    back = {new: chr(old) for old, new in TCVN3.items()}
    return "".join(back.get(char, char) for char in content)


def vni(content: str) -> str:
    """Unicode text in VNI's two letters."""
    from kpi_lib.deliveries.files.encodings import VNI

    back: dict[str, str] = {}
    for old, new in VNI.items():
        back.setdefault(new, old)
    return "".join(back.get(char, char) for char in content)


def cp1258(content: str) -> bytes:
    """Windows-1258: base letters composed, tones as combining marks."""
    import unicodedata

    out = []
    for char in content:
        try:
            out.append(char.encode("cp1258"))
        except UnicodeEncodeError:
            parts = unicodedata.normalize("NFD", char)
            base = unicodedata.normalize("NFC", "".join(p for p in parts if p not in "\u0300\u0301\u0303\u0309\u0323"))
            out.append((base + "".join(p for p in parts if p in "\u0300\u0301\u0303\u0309\u0323")).encode("cp1258"))
    return b"".join(out)


def ole(*streams: str) -> bytes:
    """An OLE container's look, with the names of these streams and nothing in it."""
    return (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
        + bytes(504)
        + b"".join(name.encode("utf-16-le") + bytes(64) for name in streams)
        + struct.pack("<I", 0) * 256
    )
