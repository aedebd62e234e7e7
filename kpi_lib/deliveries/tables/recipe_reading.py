"""Tables of a department's own workbook, read by a recipe: every figure with its cell, every doubt with a name."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from kpi_lib.definitions.indicators import Indicator, Unit
from kpi_lib.definitions.measures import fits, measure_of, same_measure, spelt
from kpi_lib.deliveries.delivery import Claim, ClaimKind, Fault, Figure, PlanFigure, Reading, fault
from kpi_lib.deliveries.files.book import Book, Cell
from kpi_lib.deliveries.tables.dates import month_in
from kpi_lib.deliveries.tables.layout import Row, TableFound, measure_in, normal, tables_of
from kpi_lib.deliveries.tables.numbers import parse_numbers
from kpi_lib.deliveries.tables.recipes import CLAIM_ROLES, FIGURE_ROLES, Recipe, rows_for
from kpi_lib.periods import MONTHS


@dataclass(frozen=True, slots=True)
class _Column:
    """A column of a table that a rule fits: its role, the month its figures end with, their status."""

    number: int
    role: str
    year: int
    month: int
    status: str
    version: str


def read_with_recipes(book: Book, unit: Unit, recipes: Sequence[Recipe]) -> Reading | None:
    """Every table of the book that a recipe fits; None where none does. The first recipe that fits a table reads it."""
    readings = []
    for sheet in book.sheets:
        for table in tables_of(sheet):
            found = next((r for recipe in recipes if (r := _read_table(book, unit, recipe, table)) is not None), None)
            if found is not None:
                readings.append(found)
    if not readings:
        return None
    return Reading(
        book.file, "", "+".join(dict.fromkeys(item.reader for item in readings)),
        figures=tuple(x for item in readings for x in item.figures), plans=tuple(x for item in readings for x in item.plans),
        claims=tuple(x for item in readings for x in item.claims), faults=tuple(x for item in readings for x in item.faults),
        months=tuple(dict.fromkeys(x for item in readings for x in item.months)),
    )  # fmt: skip


def _read_table(book: Book, unit: Unit, recipe: Recipe, table: TableFound) -> Reading | None:
    caption = normal(f"{table.sheet.name} {table.caption} {' '.join(table.headings.values())}")
    if not all(word in caption for word in recipe.title):
        return None
    wanted = rows_for(recipe, unit)
    rows = [(row, wanted[row.label]) for row in table.rows if row.label in wanted]
    columns, faults = _columns(book, recipe, table)
    if not rows or not any(column.role in FIGURE_ROLES for column in columns):
        return None
    return _TableReader(book, unit, recipe, table, columns).read(rows, faults)


def _columns(book: Book, recipe: Recipe, table: TableFound) -> tuple[list[_Column], list[Fault]]:
    """Columns that a rule fits, and a fault where two claim the same figures."""
    named = (
        month_in(table.caption)
        or month_in(f"tháng {table.sheet.name}")
        or month_in(book.file.replace("-", "/").replace(".", "/"))
        or (0, 0)
    )
    found: list[_Column] = []
    faults: list[Fault] = []
    strange: list[int] = []
    for number, heading in table.headings.items():
        rule, match = next(((r, m) for r in recipe.columns for p in r.patterns if (m := p.search(heading))), (None, None))
        if rule is None or match is None:
            strange.append(number)
            continue
        if rule.role == "ignore":
            continue
        groups = match.groupdict()
        column = _Column(number, rule.role, int(groups.get("year") or named[0]), _month(groups, named[1]), rule.status, rule.version)
        same = (column.role, column.year, column.month, column.version)
        twin = next((c for c in found if (c.role, c.year, c.month, c.version) == same), None)
        if twin and column.role in (*FIGURE_ROLES, "plan"):
            place = Cell(table.first, number, "").address
            cells = tuple(Cell(row.number, n, "").address for row in table.rows for n in (number, twin.number))
            faults.append(
                fault("header_twice", file=book.file, sheet=table.sheet.name, cell=place, found=f"“{heading}” có ở hai cột", holds=cells)
            )
        found.append(column)
    if any(column.role == "month" for column in found) and not any(column.role == "cumulative" for column in found):
        faults += [_strange(book, table, number) for number in strange if _has_numbers(table, number)]
    return found, faults


def _has_numbers(table: TableFound, number: int) -> bool:
    return any(isinstance(table.sheet.value(row.number, number), float) for row in table.rows)


def _strange(book: Book, table: TableFound, number: int) -> Fault:
    """A column with figures under a heading no rule knows, where the sum to date is missing: it may be the one."""
    place = Cell(table.first, number, "").address
    found = f"“{table.headings[number]}” không được nhận ra; chưa thấy cột luỹ kế"
    return fault("header_missing", file=book.file, sheet=table.sheet.name, cell=place, found=found, severity="warn")


def _month(groups: dict[str, str | None], named: int) -> int:
    """The month a heading's figures end with: its own, its quarter's last, December for a whole year, else the caption's."""
    if groups.get("whole"):
        return MONTHS
    if quarter := groups.get("quarter"):
        return 3 * ({"i": 1, "ii": 2, "iii": 3, "iv": 4}.get(quarter) or int(quarter))
    return int(groups.get("month") or named)


class _TableReader:
    """One table being read: where it stands, its columns, and the month it reports on."""

    def __init__(self, book: Book, unit: Unit, recipe: Recipe, table: TableFound, columns: list[_Column]) -> None:
        self.book, self.unit, self.recipe, self.table, self.columns = book, unit, recipe, table, columns
        ends = [(c.year, c.month) for c in columns if c.role in ("month", "cumulative", "level")]
        self.year, self.month = max(ends, default=(0, 0))
        self.faults: list[Fault] = []
        self.values: dict[str, float] = {}

    def read(self, rows: list[tuple[Row, tuple[str, str]]], faults: list[Fault]) -> Reading:
        """The figures, plans and claims of the rows asked for."""
        self.faults += faults
        if not (1990 <= self.year <= 2100 and 1 <= self.month <= MONTHS):
            self._told(
                "period_unknown", self.table.first, 0, self.table.caption.replace("\n", " ")[:120] or "không thấy tháng, năm", whole=True
            )
            return Reading(self.book.file, "", self.recipe.name, faults=tuple(self.faults))
        self._numbers({row.number for row, _ in rows})
        items: list[Figure | PlanFigure | Claim] = []
        seen: dict[tuple[str, str], Row] = {}
        for row, place in rows:
            if place in seen:
                cells = self._cells(row) + self._cells(seen[place])
                self._told("row_twice", row.number, 0, f"“{row.typed}” có ở dòng {seen[place].number + 1} và {row.number + 1}", holds=cells)
                continue
            seen[place] = row
            items += self._items(row, self.unit.indicators[place[0]], place[1])
        return Reading(
            self.book.file, "", self.recipe.name, tuple(x for x in items if isinstance(x, Figure)),
            tuple(x for x in items if isinstance(x, PlanFigure)), tuple(x for x in items if isinstance(x, Claim)), tuple(self.faults),
            ((self.year, self.month),),
        )  # fmt: skip

    def _told(
        self, name: str, row: int, column: int, found: str, *, expected: str = "", holds: tuple[str, ...] = (), whole: bool = False
    ) -> None:
        cell = "" if whole else Cell(row, column, "").address
        self.faults.append(
            fault(name, file=self.book.file, sheet=self.table.sheet.name, cell=cell, found=found, expected=expected, holds=holds)
        )

    def _cells(self, row: Row) -> tuple[str, ...]:
        return tuple(Cell(row.number, column.number, "").address for column in self.columns)

    def _numbers(self, wanted: set[int]) -> None:
        """Values of every column of figures; the whole column decides how its numbers are written, only wanted rows are told of."""
        for column in self.columns:
            if column.role in ("measure", "note", "document"):
                continue
            cells = [c for row in self.table.rows if (c := self.table.sheet.at(row.number, column.number)) is not None and not c.covered]
            values, told = parse_numbers(cells, file=self.book.file, sheet=self.table.sheet.name)
            self.values |= values
            self.faults += [f for f in told if f.severity == "note" or int(re.sub(r"\D", "", f.cell)) - 1 in wanted]

    def _measure(self, row: Row, ind: Indicator) -> str:
        """The row's unit of measure in the library's words; a fault where it is of another kind than the indicator's."""
        natural = ind.natural_measure
        column = next((c for c in self.columns if c.role == "measure"), None)
        cell = self.table.sheet.at(row.number, column.number) if column else None
        typed = normal(cell.value) if cell is not None and cell.value is not None else ""
        if natural.is_money:
            found = typed or measure_in(self.table.caption) or measure_in(" ".join(self.table.headings.values())) or self.recipe.measure
            if found and fits(found, natural):
                return spelt(measure_of(found), natural)
        elif not typed or fits(typed, natural) or same_measure(typed, ind.measure):
            return natural.vi
        where = (cell.row, cell.column) if cell is not None else (row.number, 0)
        name = "measure_other" if typed else "measure_unknown"
        self._told(name, *where, f"“{typed}”" if typed else "không ghi đơn vị tính", expected=natural.vi, holds=self._cells(row))
        return natural.vi

    def _items(self, row: Row, ind: Indicator, series: str) -> list[Figure | PlanFigure | Claim]:
        measure = self._measure(row, ind)
        found: list[Figure | PlanFigure | Claim] = []
        for column in self.columns:
            cell = self.table.sheet.at(row.number, column.number)
            if cell is not None and cell.address in self.values and not cell.covered:
                found.append(self._item(column, cell, row, ind, series, measure))
        return found

    def _item(self, column: _Column, cell: Cell, row: Row, ind: Indicator, series: str, measure: str) -> Figure | PlanFigure | Claim:
        sheet, typed, value = self.table.sheet.name, str(cell.value), self.values[cell.address]
        if column.role == "plan":
            document = self._text("document", row)
            year = self.unit.calendar_of(ind).named(self.year, self.month)[0]
            return PlanFigure(ind.id, year, value, measure, column.version, document, self._published(), sheet, cell.address, typed)
        kind = self._claim_kind(column)
        if kind:
            basis = "month" if "month" in kind else "cumulative"
            unit = "%" if "percent" in kind else measure
            return Claim(
                kind, ind.id, series, basis, self._period(ind, basis, self.year, self.month), value, unit, sheet, cell.address, typed
            )
        basis = self._basis(column, ind)
        status = column.status if (column.year, column.month) == (self.year, self.month) or column.role == "before" else "actual"
        period, note = self._period(ind, basis, column.year, column.month), self._text("note", row)
        return Figure(
            ind.id, series, basis, period, value, measure, status, sheet, cell.address, typed, note=note, published=self._published()
        )

    def _claim_kind(self, column: _Column) -> ClaimKind | None:
        """What a column claims about the reported month, None for one that brings figures; last year's columns only claim."""
        if column.role in CLAIM_ROLES:
            return cast(ClaimKind, column.role)
        if column.year < self.year and column.role in ("month", "cumulative"):
            return "same_period" if column.role == "cumulative" else "month_last_year"
        return None

    @staticmethod
    def _basis(column: _Column, ind: Indicator) -> str:
        if not ind.adds_up:
            return ind.kind.basis
        if column.role == "cumulative":
            return "cumulative"
        return "level" if column.role == "level" else "month"

    def _period(self, ind: Indicator, basis: str, year: int, month: int) -> str:
        """The period of a column that names a month of the calendar."""
        calendar = self.unit.calendar_of(ind)
        own, number = calendar.named(year, month)
        return f"{year}-{month:02d}" if basis == "month" else f"{own}" if basis == "year" else f"{calendar.month_end(own, number)}"

    def _text(self, role: str, row: Row) -> str:
        column = next((c for c in self.columns if c.role == role), None)
        value = self.table.sheet.value(row.number, column.number) if column else None
        return str(value).strip() if value is not None else ""

    def _published(self) -> dt.date | None:
        found = re.search(r"((?:19|20)\d\d)-(\d\d)-(\d\d)", self.book.file) if self.recipe.published_from_file else None
        try:
            return dt.date(*(int(part) for part in found.groups())) if found else None
        except ValueError:
            return None
