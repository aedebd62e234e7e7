"""Tables of a department's own workbook, read by a recipe: every figure with its cell, every doubt with a name."""

from __future__ import annotations

import datetime as dt
import difflib
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import cast

from kpi_lib.definitions.indicators import Indicator, Unit
from kpi_lib.deliveries.delivery import ClaimKind, Fault, Item, Reading, fault, has_period
from kpi_lib.deliveries.files.book import Book, Cell, address
from kpi_lib.deliveries.tables.layout import Row, TableFound, bare, measure_in, normal, tables_of
from kpi_lib.deliveries.tables.patterns import TooSlowError, limited
from kpi_lib.deliveries.tables.reader import Stated, TableReader, quoted
from kpi_lib.deliveries.tables.recipe_columns import Columns, FoundColumn, columns_of
from kpi_lib.deliveries.tables.recipes import CLAIM_ROLES, FIGURE_ROLES, Recipe, rows_for
from kpi_lib.words.messages import Text

_WORDS = ("measure", "note", "document")
_NEAR, _SHORTEST = 0.88, 8  # how alike two names are that mean one line, and how many letters a name has that can be mistaken


def read_with_recipes(book: Book, unit: Unit, recipes: Sequence[Recipe], stated: Stated) -> Reading | None:
    """Every table of the book that a recipe fits; None where none does. The first recipe that fits a table reads it.

    `stated` says the month of tables for which somebody answers by name.
    """
    tables = [table for sheet in book.sheets for table in tables_of(sheet)]
    slow: dict[str, Fault] = {}
    read = [
        next((r for recipe in recipes if (r := _in_time(book, unit, recipe, table, slow, stated)) is not None), None) for table in tables
    ]
    readings = [found for found in read if found is not None]
    names = "+".join(dict.fromkeys(found.reader for found in readings)) or "none"
    told = (*slow.values(), *_cut_off(book.file, unit, recipes, list(zip(tables, read, strict=True))))
    return Reading(book.file, "", names, faults=told).joined(readings) if readings or slow else None


def _cut_off(file: str, unit: Unit, recipes: Sequence[Recipe], tables: list[tuple[TableFound, Reading | None]]) -> Iterator[Fault]:
    """Lines asked for that stand below a table which is read, under a row of words that passed for headings and fits no recipe."""
    for (above, reading), (table, other) in pairwise(tables):
        if reading is None or other is not None or above.sheet is not table.sheet:
            continue
        wanted = rows_for(next(recipe for recipe in recipes if recipe.name == reading.reader), unit)
        if lost := [row for row in table.rows if row.label in wanted]:
            fields = {"heading": " | ".join(filter(None, table.headings.values())), "row": lost[0].typed}
            words = Text("“{heading}” passes for headings; below it “{row}” is not read", **fields)
            yield fault("header_missing", file=file, sheet=table.sheet.name, cell=address(table.first, 0), found=words, severity="warn")


def _in_time(book: Book, unit: Unit, recipe: Recipe, table: TableFound, slow: dict[str, Fault], stated: Stated) -> Reading | None:
    """A table as a recipe reads it. A recipe whose pattern does not come to an end reads nothing of the book, and nothing is taken."""
    if recipe.name in slow:
        return None
    try:
        return _read_table(book, unit, recipe, table, stated)
    except TooSlowError as error:
        found = Text("recipe “{recipe}”, columns.{key}: the pattern does not come to an end", recipe=recipe.name, key=str(error))
        slow[recipe.name] = fault("recipe_slow", file=book.file, found=found)
        return None


def missing_words(recipe: Recipe, table: TableFound) -> list[str]:
    """Words of the title that stand neither in the sheet's name nor in the caption nor in a heading; empty where the recipe is for the table."""
    caption = normal(f"{table.sheet.name} {table.caption} {' '.join(table.headings.values())}")
    return [word for word in recipe.title if word not in caption]


def _read_table(book: Book, unit: Unit, recipe: Recipe, table: TableFound, stated: Stated) -> Reading | None:
    if missing_words(recipe, table):
        return None
    wanted = rows_for(recipe, unit)
    rows = [(row, wanted[row.label]) for row in table.rows if row.label in wanted]
    with limited():
        columns = columns_of(book.file, recipe, table, _stated_of(table, stated))
    if not rows or not any(column.role in FIGURE_ROLES for column in columns.found):
        return None
    return _RecipeReader(book.file, unit, recipe, table, columns).read(rows, wanted)


def _stated_of(table: TableFound, stated: Stated) -> tuple[int, int] | None:
    """The month that somebody stated for a cell of the table."""
    rows, name = {row.number + 1 for row in table.rows}, table.sheet.name
    places = ((place.rpartition("!"), month) for place, month in stated.items())
    return next((month for (sheet, _, cell), month in places if sheet == name and int(re.sub(r"\D", "", cell)) in rows), None)


class _RecipeReader(TableReader):
    """One table being read: where it stands, its columns, and the month it reports on."""

    def __init__(self, file: str, unit: Unit, recipe: Recipe, table: TableFound, columns: Columns) -> None:
        found = columns.found
        roles = {column.role: column.number for column in reversed(found)} | {f"column {c.number}": c.number for c in found}
        super().__init__(file, unit, table.sheet, roles)
        self.reader, self.recipe, self.table, self.all, self.found, self.month = recipe.name, recipe, table, columns, found, columns.month

    def read(self, rows: list[tuple[Row, tuple[str, str]]], wanted: dict[str, tuple[str, str]]) -> Reading:
        """The figures, plans and claims of the rows asked for."""
        self._aside({row.number for row, _ in rows})
        self._strangers(wanted, {place for _, place in rows})
        self._headings()
        if self.all.against is not None:
            self.told("period_differs", None, found=self.all.against, holds=self._held(row for row, _ in rows))
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
        self._undated()
        return self.reading([self.month] if self.all.known else ())

    def _undated(self) -> None:
        """The cells whose period nothing states: all of the table, or those of a column apart from the others."""
        items: list[Item] = [*self.figures, *self.plans]
        cells = tuple(item.cell for item in items if not has_period(item))
        if cells:
            caption = self.table.caption.replace("\n", " ")[:120]
            self.no_period(None, "", quoted(caption) if caption else Text("no month and year"), cells)

    def _held(self, rows: Iterable[Row]) -> tuple[str, ...]:
        """The cells of figures of rows."""
        return tuple(address(row.number, column.number) for row in rows for column in self.found if column.role not in _WORDS)

    def _strangers(self, wanted: dict[str, tuple[str, str]], present: set[tuple[str, str]]) -> None:
        """Rows with figures whose name is nearly that of a line which the table does not hold: misspelt, and not passed over in silence."""
        missing = {bare(text): text for text, place in wanted.items() if place not in present and len(text) >= _SHORTEST}
        for row in self.table.rows:
            if row.label in wanted or not any((c := self.sheet.at(row.number, at.number)) and c.number_like for at in self.found):
                continue
            if near := difflib.get_close_matches(bare(row.label), missing, 1, _NEAR):
                self.columns["label"] = row.column
                self.told("row_unknown", row.number, "label", quoted(row.typed), expected=quoted(missing[near[0]]), holds=self._held([row]))

    def _aside(self, wanted: set[int]) -> None:
        """Why the cells of the table that bring no figure bring none."""
        found, rows = {column.number: column for column in self.found}, {row.number for row in self.table.rows}
        first, last, left = min(rows), max(rows), min(found)
        for (number, at), cell in self.sheet.cells.items():
            column = found.get(at)
            if not self.table.first <= number <= last:
                continue
            if number < first:
                self.left(cell, "heading")
            elif column is None and at < left:
                self.left(cell, "ordinal")
            elif number not in wanted:
                self.left(cell, "row")
            elif column is None or column.role in _WORDS:
                self.left(cell, "column")
            elif column.role in CLAIM_ROLES:
                self.left(cell, "comparison")

    def _headings(self) -> None:
        """Two columns that claim the same figures; a column of figures under a strange heading where the sum to date is missing."""
        first, seen = self.table.first, dict[tuple[str, int, int, str], FoundColumn]()
        for column in self.found:
            twin = seen.setdefault(column.meaning, column)
            if twin is not column and column.role in (*FIGURE_ROLES, "plan"):
                holds = tuple(address(row.number, number) for row in self.table.rows for number in (column.number, twin.number))
                words = Text("“{heading}” stands over two columns", heading=self.table.heading(column.number))
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

    def _take(self, column: FoundColumn, cell: Cell, ind: Indicator, series: str, measure: str) -> None:
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

    def _claim_kind(self, column: FoundColumn) -> ClaimKind | None:
        """What a column claims about the reported month, None for one that brings figures; last year's column of the month only claims."""
        if column.role in CLAIM_ROLES:
            return cast(ClaimKind, column.role)
        if self.all.compares(column):
            return "same_period" if column.role == "cumulative" else "month_last_year"
        return None

    def _published(self) -> dt.date | None:
        found = re.search(r"((?:19|20)\d\d)-(\d\d)-(\d\d)", self.file) if self.recipe.published_from_file else None
        try:
            return dt.date(*(int(part) for part in found.groups())) if found else None
        except ValueError:
            return None
