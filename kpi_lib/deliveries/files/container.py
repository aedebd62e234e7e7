"""A look at a delivered file before anything parses it: what it is by its content, and whether it is safe to open."""

from __future__ import annotations

import re
import zipfile
from collections import Counter
from pathlib import Path

from kpi_lib.deliveries.delivery import Amount, seen
from kpi_lib.deliveries.files.book import Refused
from kpi_lib.words.messages import Text

LARGEST, LARGEST_UNPACKED, LARGEST_RATIO, SMALL_MEMBER = 20_000_000, 200_000_000, 100, 1_000_000
LAST_ROW, LAST_COLUMN = 200_000, 16_384  # no department's table is larger; a cell beyond asks for memory, not for reading
_FOREIGN = {
    b"%PDF": Text("a PDF file"), b"\x89PNG": Text("a picture"), b"\xff\xd8\xff": Text("a picture"), b"\x80\x04\x95": Text("a Python pickle"), b"\x80\x03": Text("a Python pickle"),
    b"PAR1": Text("a Parquet file"), b"MZ": Text("a program"), b"\x7fELF": Text("a program"), b"Rar!": Text("a RAR archive"), b"7z\xbc\xaf": Text("a 7z archive"),
    b"\x1f\x8b": Text("a gzip archive"), b"SQLite format 3": Text("an SQLite file"),
}  # fmt: skip
WORKBOOK = re.compile(r"xl/workbook\d*\.xml")  # the part of an .xlsx that names its sheets, as Excel and others call it
# A cell as Excel and others write it, with or without a prefix; only one that holds something counts.
_CELL = re.compile(rb"<(?:\w+:)?c\s(?:[^>]*?\s)?r=[\"']([A-Z]{1,4})(\d{1,8})[\"'][^>]*?(?:(/)>|>(?!</))")
_DIMENSION = re.compile(rb"<(?:\w+:)?row\s(?:[^>]*?\s)?r=[\"'](\d{1,9})[\"']")
_MERGED = re.compile(rb"<(?:\w+:)?mergeCell\s[^>]*?ref=[\"']([A-Z]{1,4})(\d{1,8}):([A-Z]{1,4})(\d{1,8})")
MOST_MERGED, LARGEST_MERGED = 20_000, 1_500_000  # blocks of a sheet, and cells in them: a whole column may be one
_REPEATED = re.compile(rb'number-(?:rows|columns)-repeated="(\d+)"')


def look(path: Path, name: str) -> tuple[str, bool]:
    """The kind of a file (xlsx, xls, ods, csv), and whether it holds macros. Reads at most the unpacked limit, parses nothing.

    Raises
    ------
    Refused : what is no table, or no safe one.
    """
    size = path.stat().st_size
    if name.startswith("~$"):
        raise Refused("file_kind", Text("Excel's temporary lock file (~$)"), Text("Close Excel and send the file itself"))
    if size == 0:
        raise Refused("file_empty", Text("a file of 0 bytes"))
    if size > LARGEST:
        raise Refused("file_too_large", seen("{size} MB", size=round(size / 1e6, 1)))
    with path.open("rb") as file:
        head = file.read(4096)
    if head.startswith(b"PK"):
        return _zip(path)
    if head.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        return _ole(path)
    for start, what in _FOREIGN.items():
        if head.startswith(start):
            raise Refused("file_kind", what)
    return _text(head)


def _text(head: bytes) -> tuple[str, bool]:
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith((b"<html", b"<!doctype", b"<table", b"<?xml", b"<meta", b"<head", b"<body", b"<style")):
        action = Text("Open it in Excel, choose Save As › Excel Workbook (.xlsx), and send that file")
        raise Refused("file_kind", Text("a web page (HTML/XML) under a workbook's name"), action)
    if start.startswith(b"{") and b'"cells"' in head:
        raise Refused("file_kind", Text("a Jupyter notebook"))
    if start.startswith(b"{\\rtf"):
        raise Refused("file_kind", Text("an RTF document"))
    wide = head.startswith((b"\xff\xfe", b"\xfe\xff")) or head.count(b"\0") > len(head) // 4
    if not wide and sum(byte < 9 or 13 < byte < 32 for byte in head) > len(head) // 50:
        raise Refused("file_kind", Text("binary data of no known kind"))
    return "csv", False


def _ole(path: Path) -> tuple[str, bool]:
    content = path.read_bytes()
    if "EncryptedPackage".encode("utf-16-le") in content:
        raise Refused("file_encrypted", Text("a file that opens with a password"))
    if not any(stream.encode("utf-16-le") in content for stream in ("Workbook", "Book")):
        raise Refused("file_kind", Text("an old Office file that is no workbook"))
    return "xls", "_VBA_PROJECT".encode("utf-16-le") in content


def _zip(path: Path) -> tuple[str, bool]:
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            _members(members)
            kind = _kind_of({member.filename for member in members}, archive)
            if not kind:
                raise _no_workbook({member.filename for member in members})
            _contents(archive, members)
            return kind, any(member.filename.lower().endswith("vbaproject.bin") for member in members)
    except Refused:
        raise
    except (zipfile.BadZipFile, zipfile.LargeZipFile, EOFError, NotImplementedError, RuntimeError, OSError, ValueError) as error:
        if "encrypted" in str(error) or "password" in str(error):
            raise Refused("file_encrypted", Text("an archive with a password")) from None
        raise Refused("file_damaged", Text("an archive that cannot be read (not wholly downloaded or saved?)")) from None
    except Exception as error:  # zlib.error and what a broken archive may raise besides
        raise Refused("file_damaged", Text("a broken archive ({error})", error=type(error).__name__)) from None


def _members(members: list[zipfile.ZipInfo]) -> None:
    """Sizes and names of an archive's members, as its directory states them."""
    size = sum(member.file_size for member in members)
    if size > LARGEST_UNPACKED or len(members) > 10_000:
        raise Refused("file_too_large", seen("{size} MB unpacked", size=round(size / 1e6)))
    for member in members:
        times = member.file_size // max(member.compress_size, 1)
        if member.file_size > SMALL_MEMBER and member.file_size > LARGEST_RATIO * max(member.compress_size, 1):
            raise Refused("file_too_large", Text("part {part} packed {times} times", part=repr(member.filename), times=times))
        parts = re.split(r"[\\/]", member.filename)
        if ".." in parts or member.filename.startswith(("/", "\\")) or ":" in parts[0]:
            raise Refused("file_hostile", Text("a strange path inside: {part}", part=repr(member.filename)))
    names = [member.filename for member in members]
    if len(set(names)) < len(names):
        raise Refused("file_hostile", Text("two parts of one name inside"))


def _no_workbook(names: set[str]) -> Refused:
    """An archive that is no workbook, or one whose parts another program named in its own way."""
    if any(name.replace("\\", "/").lower() == "xl/workbook.xml" for name in names):
        way_out = Text("Open it in Excel or LibreOffice, save it as a new .xlsx and send that")
        return Refused("file_damaged", Text("a workbook whose parts are named in a way that is not Excel's"), way_out)
    return Refused("file_kind", Text("a zip archive that is no workbook"))


def _kind_of(names: set[str], archive: zipfile.ZipFile) -> str:
    if any(map(WORKBOOK.fullmatch, names)):
        return "xlsx"
    if "mimetype" in names and archive.read("mimetype").startswith(b"application/vnd.oasis.opendocument.spreadsheet"):
        return "ods"
    return ""


def _contents(archive: zipfile.ZipFile, members: list[zipfile.ZipInfo]) -> None:
    """Every XML part, read in full and to its stated size only: declarations, cells beyond the bounds, repeats beyond reason."""
    for member in members:
        if not member.filename.endswith((".xml", ".rels", ".vml")):
            continue
        with archive.open(member) as part:
            content = part.read(member.file_size + 1)
        if len(content) > member.file_size:
            raise Refused("file_hostile", Text("part {part} is larger than it says", part=repr(member.filename)))
        plain = content.replace(b"\0", b"")
        if b"<!DOCTYPE" in plain or b"<!ENTITY" in plain:
            raise Refused("file_hostile", Text("a DOCTYPE in part {part}", part=repr(member.filename)))
        if "worksheets/" in member.filename:
            _cells(content)
            _merged(content)
        if member.filename == "content.xml" and _too_many(content):
            raise Refused("file_hostile", Text("cells repeated beyond all bounds"))


def _cells(content: bytes) -> None:
    """Refuses a sheet with a filled cell or row beyond the bounds, or with two cells in one place."""
    filled = [(column, int(row)) for column, row, empty in _CELL.findall(content) if not empty]
    places = Counter(filled)
    far = next((place for place in places if place[1] > LAST_ROW or _column(place[0]) > LAST_COLUMN), None)
    row = next((int(row) for row in _DIMENSION.findall(content) if int(row) > 1_048_576), 0)
    if far or row:
        most = {"rows": Amount(LAST_ROW), "columns": Amount(LAST_COLUMN)}
        cell = f"{far[0].decode()}{far[1]}" if far else f"A{row}"
        raise Refused("cell_far", Text("cell {cell} beyond {rows} rows, {columns} columns", cell=cell, **most))
    if len(places) < len(filled):
        (column, line), _ = places.most_common(1)[0]
        raise Refused("cell_twice", Text("cell {cell} stands twice, with two contents", cell=f"{column.decode()}{line}"))


def _merged(content: bytes) -> None:
    """Refuses a sheet whose merged blocks would cost a minute: the program that reads it makes every cell of them."""
    blocks = _MERGED.findall(content)
    area = sum((_column(right) - _column(left) + 1) * (int(low) - int(top) + 1) for left, top, right, low in blocks)
    if len(blocks) > MOST_MERGED or area > LARGEST_MERGED:
        found = Text("{blocks} merged blocks of {cells} cells", blocks=Amount(len(blocks)), cells=Amount(area))
        raise Refused("file_too_large", found, Text("Unmerge what is merged outside the table, save and send again"))


def _column(letters: bytes) -> int:
    number = 0
    for char in letters:
        number = number * 26 + char - 64
    return number


def _too_many(content: bytes) -> bool:
    """Whether a repeat is beyond what a sheet can have (an empty tail of 1,048,576 rows is ordinary)."""
    return any(int(count) > 1_048_576 for count in _REPEATED.findall(content))
