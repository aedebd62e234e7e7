"""A Book as bytes and back: what the reading process sends. Only plain data of the types stated here, so that a hostile file can send nothing else."""

from __future__ import annotations

import datetime as dt
from functools import lru_cache

import msgspec

from kpi_lib.deliveries.delivery import Fault
from kpi_lib.deliveries.files.book import Book, Cell, Sheet, Value
from kpi_lib.deliveries.files.formats import Look
from kpi_lib.words.messages import UNFIT


class _Day(msgspec.Struct, array_like=True, frozen=True):
    """A day or moment, told apart from text."""

    iso: str


_Plain = str | float | bool | _Day | None


class _Sheet(msgspec.Struct, array_like=True):
    name: str
    hidden_rows: frozenset[int]
    hidden_columns: frozenset[int]
    cells: list[tuple[int, int, _Plain, str, str, int, float, str]]


class _Book(msgspec.Struct, array_like=True):
    file: str
    sheets: list[_Sheet]
    faults: tuple[Fault, ...]
    hidden: list[_Sheet]


_DECODER = msgspec.msgpack.Decoder(_Book)


def book_to(book: Book) -> bytes:
    """The book as bytes, its text without characters that cannot be shown."""
    sheets, hidden = ([_sheet_to(sheet) for sheet in given] for given in (book.sheets, book.hidden))
    return msgspec.msgpack.encode(_Book(_fit(book.file), sheets, book.faults, hidden))


def book_from(data: bytes) -> Book:
    """The book from bytes.

    Raises
    ------
    msgspec.ValidationError : anything but a book.
    """
    given = _DECODER.decode(data)
    sheets, hidden = (tuple(_sheet_from(item) for item in items) for items in (given.sheets, given.hidden))
    return Book(given.file, sheets, given.faults, hidden)


def _fit(text: str) -> str:
    return UNFIT.sub("", text)


def _sheet_to(sheet: Sheet) -> _Sheet:
    return _Sheet(_fit(sheet.name), sheet.hidden_rows, sheet.hidden_columns, [_cell_to(cell) for cell in sheet.cells.values()])


def _sheet_from(item: _Sheet) -> Sheet:
    return Sheet(item.name, {row[:2]: _cell_from(*row) for row in item.cells}, item.hidden_rows, item.hidden_columns)


def _cell_to(cell: Cell) -> tuple[int, int, _Plain, str, str, int, float, str]:
    value: Value = cell.value
    plain = _Day(value.isoformat()) if isinstance(value, dt.date) else _fit(value) if isinstance(value, str) else value
    flags = cell.formula + 2 * cell.uncached + 4 * cell.external + 8 * cell.covered + 16 * cell.look.odd
    return cell.row, cell.column, plain, _fit(cell.typed), _fit(cell.error), flags, cell.look.scale, _fit(cell.look.unit)


def _cell_from(row: int, column: int, plain: _Plain, typed: str, error: str, flags: int, scale: float, unit: str) -> Cell:
    value: Value
    if isinstance(plain, _Day):
        value = dt.datetime.fromisoformat(plain.iso) if "T" in plain.iso else dt.date.fromisoformat(plain.iso)
    else:
        value = plain
    states = {name: bool(flags & bit) for name, bit in (("formula", 1), ("uncached", 2), ("external", 4), ("covered", 8))}
    return Cell(row, column, value, typed, error, look=_look(scale, unit, bool(flags & 16)), **states)


@lru_cache(maxsize=1024)
def _look(scale: float, unit: str, odd: bool) -> Look:
    return Look(scale, unit, odd)
