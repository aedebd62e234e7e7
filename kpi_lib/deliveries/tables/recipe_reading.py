"""Tables of a department's own workbook, read by a recipe: every figure with its cell, every doubt with a name."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from kpi_lib.definitions.indicators import Indicator, Unit
from kpi_lib.deliveries.delivery import ClaimKind, Reading
from kpi_lib.deliveries.files.book import Book, Cell, address
from kpi_lib.deliveries.tables.dates import month_in
from kpi_lib.deliveries.tables.layout import Row, TableFound, measure_in, normal, tables_of
from kpi_lib.deliveries.tables.reader import TableReader, quoted
from kpi_lib.deliveries.tables.recipes import CLAIM_ROLES, FIGURE_ROLES, Recipe, rows_for
from kpi_lib.periods import MONTHS
from kpi_lib.words.messages import Text

_WORDS = ("measure", "note", "document")


@dataclass(frozen=True, slots=True)
class _Column:
    """A column of a table that a rule fits: its role, the month its figures end with, their status."""

    number: int
    role: str
    year: int
    month: int
    status: str
    version: str

    @property
    def meaning(self) -> tuple[str, int, int, str]:
        """What two columns may not both hold."""
        return self.role, self.year, self.month, self.version


def read_with_recipes(book: Book, unit: Unit, recipes: Sequence[Recipe]) -> Reading | None:
    """Every table of the book that a recipe fits; None where none does. The first recipe that fits a table reads it."""
    tables = [table for sheet in book.sheets for table in tables_of(sheet)]
    read = (next((r for recipe in recipes if (r := _read_table(book, unit, recipe, table)) is not None), None) for table in tables)
    readings = [found for found in read if found is not None]
    names = "+".join(dict.fromkeys(found.reader for found in readings))
    return Reading(book.file, "", names).joined(readings) if readings else None


def _read_table(book: Book, unit: Unit, recipe: Recipe, table: TableFound) -> Reading | None:
    caption = normal(f"{table.sheet.name} {table.caption} {' '.join(table.headings.values())}")
    if not all(word in caption for word in recipe.title):
        return None
    wanted = rows_for(recipe, unit)
    rows = [(row, wanted[row.label]) for row in table.rows if row.label in wanted]
    columns = _columns(book.file, recipe, table)
    if not rows or not any(column.role in FIGURE_ROLES for column in columns):
        return None
    return _RecipeReader(book.file, unit, recipe, table, columns).read(rows)


def _columns(file: str, recipe: Recipe, table: TableFound) -> list[_Column]:
    """The columns that a rule fits."""
    named = month_in(table.caption) or month_in(table.sheet.name, bare=True) or month_in(re.sub("[-.]", "/", file)) or (0, 0)
    found = []
    for number, heading in table.headings.items():
        rule, match = recipe.rule_for(heading)
        if rule is None or match is None or rule.role == "ignore":
            continue
        groups = match.groupdict()
        found.append(_Column(number, rule.role, int(groups.get("year") or named[0]), _month(groups, named[1]), rule.status, rule.version))
    return found


def _month(groups: dict[str, str | None], named: int) -> int:
    """The month a heading's figures end with: its own, its quarter's last, December for a whole year, else the caption's."""
    if groups.get("whole"):
        return MONTHS
    if quarter := groups.get("quarter"):
        return 3 * ({"i": 1, "ii": 2, "iii": 3, "iv": 4}.get(quarter) or int(quarter))
    return int(groups.get("month") or named)


class _RecipeReader(TableReader):
    """One table being read: where it stands, its columns, and the month it reports on."""

    def __init__(self, file: str, unit: Unit, recipe: Recipe, table: TableFound, found: list[_Column]) -> None:
        roles = {column.role: column.number for column in reversed(found)} | {f"column {c.number}": c.number for c in found}
        super().__init__(file, unit, table.sheet, roles)
        self.reader, self.recipe, self.table, self.found = recipe.name, recipe, table, found
        self.month = max(((c.year, c.month) for c in found if c.role in ("month", "cumulative", "level")), default=(0, 0))

    def read(self, rows: list[tuple[Row, tuple[str, str]]]) -> Reading:
        """The figures, plans and claims of the rows asked for."""
        self._aside({row.number for row, _ in rows})
        self._headings()
        if not (1990 <= self.month[0] <= 2100 and 1 <= self.month[1] <= MONTHS):
            caption = self.table.caption.replace("\n", " ")[:120]
            self.told("period_unknown", None, found=quoted(caption) if caption else Text("no month and year"))
            return self.reading()
        self._numbers({row.number for row, _ in rows})
        seen: dict[tuple[str, str], Row] = {}
        for row, place in rows:
            if place in seen:
                lines, cells = (seen[place].number + 1, row.number + 1), self.places(row.number) + self.places(seen[place].number)
                found = Text("“{typed}” stands in lines {first} and {second}", typed=row.typed, first=lines[0], second=lines[1])
                self.told("row_twice", row.number, found=found, holds=cells)
                continue
            seen[place] = row
            self._row(row, self.unit.indicators[place[0]], place[1])
        return self.reading([self.month])

    def _aside(self, wanted: set[int]) -> None:
        """Why the cells of the table that bring no figure bring none."""
        found, rows = {column.number: column.role for column in self.found}, {row.number for row in self.table.rows}
        first, last, left = min(rows), max(rows), min(found)
        for (number, column), cell in self.sheet.cells.items():
            if not self.table.first <= number <= last:
                continue
            role = found.get(column, "")
            if number < first:
                self.left(cell, "heading")
            elif column < left and not role:
                self.left(cell, "ordinal")
            elif number not in wanted:
                self.left(cell, "row")
            elif role in CLAIM_ROLES or not role or role in _WORDS:
                self.left(cell, "comparison" if role in CLAIM_ROLES else "column")

    def _headings(self) -> None:
        """Two columns that claim the same figures; a column of figures under a strange heading where the sum to date is missing."""
        first, seen = self.table.first, dict[tuple[str, int, int, str], _Column]()
        for column in self.found:
            twin = seen.setdefault(column.meaning, column)
            if twin is not column and column.role in (*FIGURE_ROLES, "plan"):
                holds = tuple(address(row.number, number) for row in self.table.rows for number in (column.number, twin.number))
                words = Text("“{heading}” stands over two columns", heading=self.table.headings[column.number])
                self.told("header_twice", first, f"column {column.number}", words, holds=holds)
        roles = {column.role for column in self.found}
        if "month" in roles and "cumulative" not in roles:
            for number, heading in self.table.headings.items():
                if self.recipe.rule_for(heading)[0] is None and self._has_numbers(number):
                    self.columns[f"column {number}"] = number
                    words = Text("“{heading}” is not known, and no column of sums to date is found", heading=heading)
                    self.told("header_missing", first, f"column {number}", words, severity="warn")

    def _has_numbers(self, number: int) -> bool:
        return any(isinstance(self.sheet.value(row.number, number), float) for row in self.table.rows)

    def _numbers(self, wanted: set[int]) -> None:
        """Values of every column of figures; the whole column decides how its numbers are written, only wanted rows are told of."""
        for column in self.found:
            if column.role not in _WORDS:
                told = self.numbers(cell for row in self.table.rows if (cell := self.sheet.at(row.number, column.number)) is not None)
                self.faults += [f for f in told if f.severity == "note" or int(re.sub(r"\D", "", f.cell)) - 1 in wanted]

    def _row(self, row: Row, ind: Indicator, series: str) -> None:
        natural = ind.natural_measure
        named = measure_in(self.table.caption) or measure_in(" ".join(self.table.headings.values())) or self.recipe.measure
        measure = self.measure(row.number, ind, otherwise=named if natural.is_money else natural["vi"]) or natural["vi"]
        for column in self.found:
            cell = self.sheet.at(row.number, column.number)
            if cell is not None and cell.address in self.values and not cell.covered:
                self._take(column, cell, ind, series, measure)

    def _take(self, column: _Column, cell: Cell, ind: Indicator, series: str, measure: str) -> None:
        """What one cell gives: a plan, a claim or a figure."""
        if column.role == "plan":
            self.plan(cell, ind, self.month, measure, column.version, self.text(cell.row, "document"), self._published())
        elif kind := self._claim_kind(column):
            self.claim(kind, cell, ind, series, self.month, measure)
        else:
            own = (column.year, column.month) == self.month or column.role == "before"
            role = "month" if column.role == "before" else column.role
            self.figure(
                cell, ind, series, self.span(ind, role, column.year, column.month), measure, column.status if own else "actual",
                note=self.text(cell.row, "note"), published=self._published(),
            )  # fmt: skip

    def _claim_kind(self, column: _Column) -> ClaimKind | None:
        """What a column claims about the reported month, None for one that brings figures; last year's columns only claim."""
        if column.role in CLAIM_ROLES:
            return cast(ClaimKind, column.role)
        if column.year < self.month[0] and column.role in ("month", "cumulative"):
            return "same_period" if column.role == "cumulative" else "month_last_year"
        return None

    def _published(self) -> dt.date | None:
        found = re.search(r"((?:19|20)\d\d)-(\d\d)-(\d\d)", self.file) if self.recipe.published_from_file else None
        try:
            return dt.date(*(int(part) for part in found.groups())) if found else None
        except ValueError:
            return None
