"""Which columns of a declared table bring what, of which period, and whether everything that names a period names the same one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kpi_lib.deliveries.tables.dates import ROMAN
from kpi_lib.deliveries.tables.layout import TableFound
from kpi_lib.deliveries.tables.recipes import FIGURE_ROLES, Recipe
from kpi_lib.deliveries.tables.stated import Month, differ, month_in, month_of_name, year_in
from kpi_lib.periods import MONTHS, QUARTER
from kpi_lib.words.messages import Text, Words

_WIDE = 3  # months of an earlier year from which on they are its figures, not columns to compare with


@dataclass(frozen=True, slots=True)
class FoundColumn:
    """A column of a table that a rule fits: its role, the month its figures end with, their status; `own`: its heading says the month."""

    number: int
    role: str
    year: int
    month: int
    status: str
    version: str
    own: bool

    @property
    def meaning(self) -> tuple[str, int, int, str]:
        """What two columns may not both hold."""
        return self.role, self.year, self.month, self.version

    @property
    def reports(self) -> bool:
        """Whether it is of the period reported, not of the month before and no comparison."""
        return self.role in FIGURE_ROLES and self.role != "before"


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of a table, the month reported on (the last one that any of them has figures of), and what contradicts it."""

    found: tuple[FoundColumn, ...]
    month: Month
    against: Words | None = None

    @property
    def known(self) -> bool:
        """Whether year and month are certain."""
        return 1990 <= self.month[0] <= 2100 and 1 <= self.month[1] <= MONTHS

    def compares(self, column: FoundColumn) -> bool:
        """Whether a column only repeats the month reported, a year before. A year with many months brings figures of its own."""
        if column.role not in ("month", "cumulative") or (column.year, column.month) != (self.month[0] - 1, self.month[1]):
            return False
        return len({c.month for c in self.found if (c.role, c.year) == (column.role, column.year)}) < _WIDE


def columns_of(file: str, recipe: Recipe, table: TableFound, stated: Month | None = None) -> Columns:
    """The columns that a rule fits. A heading without a month has that of the caption, else of the sheet's, else of the file's name.

    What somebody stated by name takes the place of all three.
    """
    said: dict[str, Month | None] = {"caption": month_in(table.caption), "sheet": month_of_name(table.sheet.name, sheet=True)}
    said = {"person": stated} if stated else {**said, "file": month_of_name(file)}
    named = next((month for month in said.values() if month), (0, 0))
    year = named[0] or next((month[0] for month in said.values() if month and month[0]), 0) or year_in(table.caption)
    found = [
        column for number in table.headings if (column := _column(number, recipe, table, (year, named[1]))) and not _copied(column, table)
    ]
    filled = [column for column in found if column.reports and any((row.number, column.number) in table.sheet.cells for row in table.rows)]
    month = max(((c.year, c.month) for c in filled or found if c.reports), default=(0, 0))
    return Columns(tuple(found), month, _against(said, filled, table, month))


def _column(number: int, recipe: Recipe, table: TableFound, named: Month) -> FoundColumn | None:
    rule, match = recipe.rule_for(table.headings[number])
    if rule is None or match is None or rule.role == "ignore":
        return None
    groups = match.groupdict()
    if rule.role in ("month", "before", "cumulative") and not any(groups.get(name) for name in ("whole", "quarter", "month")):
        said = month_in(table.heading(number)) or (0, 0)  # a heading that names a month means it, whether or not the rule asks
        groups |= {"month": str(said[1] or ""), "year": groups.get("year") or str(said[0] or "")}
    own = any(groups.get(name) for name in ("whole", "quarter", "month")) or (rule.role == "year" and bool(groups.get("year")))
    return FoundColumn(
        number, rule.role, int(groups.get("year") or named[0]), _month(rule.role, groups, named[1]), rule.status, rule.version, own
    )


def _month(role: str, groups: dict[str, str | None], named: int) -> int:
    """The month a heading's figures end with: its own, its quarter's last, December for a whole year, else the caption's."""
    if groups.get("whole") or role == "year":
        return MONTHS
    if quarter := groups.get("quarter"):
        return QUARTER * (ROMAN.get(quarter) or int(quarter))
    return int(groups.get("month") or named)


def _copied(column: FoundColumn, table: TableFound) -> bool:
    """Whether a column is only the right part of merged cells: its heading and everything in it are copies."""
    cells = [cell for (row, at), cell in table.sheet.cells.items() if at == column.number and table.first <= row <= table.rows[-1].number]
    return all(cell.covered for cell in cells)


def _against(said: dict[str, Month | None], filled: Sequence[FoundColumn], table: TableFound, month: Month) -> Words | None:
    """The first two statements of the month reported that contradict one another."""
    names = {
        "person": Text("who answers for it"),
        "caption": Text("the caption"),
        "sheet": Text("the sheet's name"),
        "file": Text("the file's name"),
    }
    told: list[tuple[Words, Month]] = [(names[name], stated) for name, stated in said.items() if stated is not None]
    for role in ("month", "cumulative", "quarter"):  # a whole year may be foreseen long before its end
        if own := [column for column in filled if column.own and (column.role, column.year) == (role, month[0])]:
            last = max(own, key=lambda column: column.month)
            told.append((Text("heading “{heading}”", heading=table.heading(last.number)), (last.year, last.month)))
    for one, first in told:
        for other, second in told:
            if differ(first, second):
                fields = {"one": one, "other": other, "first": _shown(first), "second": _shown(second)}
                return Text("{one} says {first}, {other} says {second}", **fields)
    return None


def _shown(month: Month) -> Words:
    return Text("{month}/{year}", month=month[1], year=month[0]) if month[0] else Text("month {month}", month=month[1])
