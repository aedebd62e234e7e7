"""A delivered file as cells: what every reader produces and everything above it works on."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

from kpi_lib.deliveries.delivery import Fault
from kpi_lib.deliveries.files.formats import AS_IT_IS, Look
from kpi_lib.words.messages import Text

Value = str | float | bool | dt.date | dt.datetime | None
_NUMBER_LIKE = re.compile(r"[(+\-−–]*\s*\d")
_NO_NUMBER = re.compile(r"[/:=]|^\d{4}-\d{1,2}(?:-\d{1,2})?$|^\d{1,2}[.-]\d{1,2}[.-]\d{4}$")
_POWER = re.compile(r"(?<=\d)[eE](?=[+-]?\d)")


@dataclass(frozen=True, slots=True)
class Cell:
    """One non-empty cell. Text is already decoded to NFC Unicode; `typed` is what stands in the file where that differs.

    `error` holds an Excel error value ('#REF!'); `uncached` marks a formula whose result was never stored; `external` a formula that
    points into another workbook (its stored result is used). `covered` marks a copy of a merged block's first cell. `look` is what
    the number's format makes of it.
    """

    row: int
    column: int
    value: Value
    typed: str = ""
    error: str = ""
    formula: bool = False
    uncached: bool = False
    external: bool = False
    covered: bool = False
    look: Look = AS_IT_IS

    @property
    def written(self) -> str:
        """What stands there as the sender sees it.

        >>> Cell(0, 0, 26.0).written, Cell(0, 0, 0.985, look=Look(100.0, "%")).written
        ('26', '98.5 %')
        """
        if not isinstance(self.value, float):
            return self.typed or str(self.value)
        return f"{self.value * self.look.scale:.12g} {self.look.unit}".strip()

    @property
    def address(self) -> str:
        """The cell as a spreadsheet names it.

        >>> Cell(6, 27, 1.0).address
        'AB7'
        """
        return address(self.row, self.column)

    @property
    def number_like(self) -> bool:
        """Whether it looks like a number: one, or text that begins with a digit and holds no letter and no day. A copy is no cell.

        >>> [Cell(0, 0, value).number_like for value in (9.5, "1.234,5", "98,4²", "12%", "9 months", "30/09/2026", "2026-09")]
        [True, True, True, True, False, False, False]
        """
        if self.covered or isinstance(self.value, bool):
            return False
        if isinstance(self.value, float):
            return True
        text = _POWER.sub("", self.value.strip()) if isinstance(self.value, str) else ""
        return _NUMBER_LIKE.match(text) is not None and not _NO_NUMBER.search(text) and not any(char.isalpha() for char in text)


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet (or a CSV file): cells by (row, column), both from 0; merged blocks are filled with covered copies."""

    name: str
    cells: dict[tuple[int, int], Cell]
    hidden_rows: frozenset[int] = frozenset()
    hidden_columns: frozenset[int] = frozenset()

    @property
    def height(self) -> int:
        """Rows up to the last one with anything in it."""
        return max((row for row, _ in self.cells), default=-1) + 1

    @property
    def width(self) -> int:
        """Columns up to the last one with anything in it."""
        return max((column for _, column in self.cells), default=-1) + 1

    def at(self, row: int, column: int) -> Cell | None:
        """The cell there, or None where nothing stands."""
        return self.cells.get((row, column))

    def value(self, row: int, column: int) -> Value:
        """The value there; None where nothing stands."""
        found = self.cells.get((row, column))
        return found.value if found else None


@dataclass(frozen=True, slots=True)
class Book:
    """A whole file: its visible sheets, its hidden ones (only their cells are counted), and what reading it had to say."""

    file: str
    sheets: tuple[Sheet, ...] = ()
    faults: tuple[Fault, ...] = ()
    hidden: tuple[Sheet, ...] = ()


class Refused(Exception):
    """A file that is not read: by what check, and what was found."""

    def __init__(self, check: str, found: Text, action: Text | str = "") -> None:
        self.check, self.found, self.action = check, found, action


def address(row: int, column: int) -> str:
    """A place as a spreadsheet names it, rows and columns counted from 0."""
    return f"{letter(column)}{row + 1}"


def letter(position: int) -> str:
    """Spreadsheet letters of a column, the first being A.

    >>> letter(0), letter(25), letter(26), letter(701), letter(702)
    ('A', 'Z', 'AA', 'ZZ', 'AAA')
    """
    letters = ""
    position += 1
    while position:
        position, rest = divmod(position - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
