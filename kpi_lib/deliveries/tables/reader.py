"""What every reader of a table does alike: cells by row and role, numbers, kinds of figure, units of measure, and faults that name a cell."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from kpi_lib.definitions.indicators import Indicator, Unit
from kpi_lib.definitions.measures import Measure, fits, measure_of, same_measure, spelt
from kpi_lib.deliveries.delivery import (
    Claim,
    ClaimKind,
    DeliveredFigure,
    Fault,
    InMeasure,
    Item,
    PlanFigure,
    Reading,
    Said,
    fault,
    has_period,
)
from kpi_lib.deliveries.files.book import Cell, Sheet, address
from kpi_lib.deliveries.tables.layout import normal
from kpi_lib.deliveries.tables.numbers import parse_numbers
from kpi_lib.periods import MONTHS, QUARTER, Calendar
from kpi_lib.words.messages import Text, in_context, languages, listed, plural

STATUS_WORDS = {
    in_context("kind of figure", "Estimate"): "estimate",
    in_context("kind of figure", "Actual"): "actual",
    in_context("kind of figure", "Settled"): "settled",
}
_SPELLINGS = {
    "ước": "estimate", "thực hiện": "actual", "quyết toán": "settled", "ước tính": "estimate", "ước th": "estimate", "ước thực hiện": "estimate", 
    "th": "actual", "chính thức": "actual", "qt": "settled",
}  # fmt: skip

STATE_IT = Text("Write the period into the file and send it again, or state it by name: kpi confirm NUMBER --period 2026-09")
Stated = Mapping[str, tuple[int, int]]
"""Cells (as sheet!cell) whose period somebody stated by name, each with the year and the month it ends with."""


@lru_cache(maxsize=1)
def statuses() -> dict[str, str]:
    """The kind of figure that words mean, in every language and in the spellings that are met."""
    return _SPELLINGS | {normal(word[lang]): status for word, status in STATUS_WORDS.items() for lang in languages()}


def quoted(typed: object) -> Text:
    """What the sender typed, in quotation marks."""
    return Text("“{typed}”", typed=str(typed))


def unread(file: str, sheet: Sheet) -> Fault | None:
    """A sheet that nothing reads, named where numbers stand on it."""
    count = sum(cell.number_like for cell in sheet.cells.values())
    found = plural("{n} cell of numbers, none of which is read", "{n} cells of numbers, none of which is read", n=count)
    return fault("sheet_unread", file=file, sheet=sheet.name, found=found) if count else None


class TableReader:
    """One table being read, and what it gave so far; a reader says only how its table is laid out.

    Parameters
    ----------
    columns : where each role stands; a role the table has no column of reads as empty.
    """

    reader = ""

    def __init__(self, file: str, unit: Unit, sheet: Sheet, columns: dict[str, int]) -> None:
        self.file, self.unit, self.sheet, self.columns = file, unit, sheet, columns
        self.figures: list[DeliveredFigure] = []
        self.plans: list[PlanFigure] = []
        self.claims: list[Claim] = []
        self.faults: list[Fault] = []
        self.values: dict[str, float] = {}
        self.aside: dict[str, str] = {}

    def reading(self, months: Iterable[tuple[int, int]] = ()) -> Reading:
        """What the table gave. Figures and plans whose period nobody states are apart: they wait."""
        claims = [claim for claim in self.claims if claim.period]
        self.aside |= {claim.cell: "comparison" for claim in self.claims if not claim.period}
        aside = tuple((self.sheet.name, cell, reason) for cell, reason in self.aside.items())
        items: list[Item] = [*self.figures, *self.plans]
        undated = [item for item in items if not has_period(item)]
        figures, plans = [item for item in self.figures if has_period(item)], [item for item in self.plans if has_period(item)]
        return Reading(
            self.file, "", self.reader, tuple(figures), tuple(plans), tuple(claims), tuple(self.faults), tuple(undated), tuple(months),
            sheets=(self.sheet.name,), aside=aside,
        )  # fmt: skip

    def no_period(self, row: int | None, role: str, found: Said, holds: tuple[str, ...]) -> None:
        """Say that nobody states the period of these cells: they wait until somebody does, by name."""
        self.told("period_unknown", row, role, found, action=STATE_IT, holds=holds, severity="confirm")

    def left(self, cell: Cell, reason: str) -> None:
        """Say why a cell that looks like a number is no figure that is asked for (a key of `account.REASONS`)."""
        if cell.number_like:
            self.aside[cell.address] = reason

    # ---- cells

    def cell(self, row: int, role: str) -> Cell | None:
        """The cell of a role in a row."""
        return self.sheet.at(row, self.columns[role]) if role in self.columns else None

    def text(self, row: int, role: str) -> str:
        """What stands there, as words."""
        cell = self.cell(row, role)
        value = cell.value if cell is not None else None
        if isinstance(value, float) and value == int(value):
            return str(int(value))
        return "" if value is None else str(value).strip()

    def value(self, row: int, role: str) -> float | None:
        """The number read there."""
        cell = self.cell(row, role)
        return self.values.get(cell.address) if cell is not None else None

    def places(self, row: int, *roles: str) -> tuple[str, ...]:
        """Addresses of a row's roles, of all of them where none is named."""
        return tuple(address(row, column) for column in sorted({self.columns[role] for role in roles or self.columns}))

    def numbers(self, cells: Iterable[Cell]) -> list[Fault]:
        """Read the numbers of one column; what there is to tell of them."""
        own = [cell for cell in cells if not cell.covered]
        values, told = parse_numbers(own, file=self.file, sheet=self.sheet.name)
        for cell in own:
            if cell.address in values and self._spread(cell):
                del values[cell.address]
                found = Text("one number over merged cells that belong to several rows or columns")
                told.append(
                    fault("number_bad", file=self.file, sheet=self.sheet.name, cell=cell.address, found=found, holds=(cell.address,))
                )
        self.values |= values
        return [item for item in told if self.sheet.name or item.check != "number_text"]  # every cell of a CSV is text

    def _spread(self, cell: Cell) -> bool:
        """Whether a number is merged into a neighbouring column of figures, or into the row of another name."""
        right, below = (self.sheet.at(cell.row, cell.column + 1), self.sheet.at(cell.row + 1, cell.column))
        if right is not None and right.covered and right.value == cell.value and right.column in self.columns.values():
            return True
        names = (self.sheet.at(cell.row + 1, column) for column in range(cell.column))
        words = any(name is not None and not name.covered and isinstance(name.value, str) for name in names)
        return words and below is not None and below.covered and below.value == cell.value

    # ---- words

    def told(self, name: str, row: int | None, role: str = "", found: Said = "", **more: Any) -> None:
        """A fault at a row's cell, in the first column where the table lacks the role; of the sheet as a whole where no row is given."""
        cell = "" if row is None else address(row, self.columns.get(role, 0))
        self.faults.append(fault(name, file=self.file, sheet=self.sheet.name, cell=cell, found=found, **more))

    def status(self, row: int) -> str | None:
        """Whether a row's figures are estimates, actual or settled ones; None where it says nothing."""
        typed = self.text(row, "status")
        if typed and normal(typed) not in statuses():
            self.told("status_unknown", row, "status", quoted(typed), expected=listed(STATUS_WORDS, " / "), holds=self.places(row))
        return statuses().get(normal(typed))

    def measure(self, row: int, ind: Indicator, *, otherwise: str = "", also: tuple[Measure, ...] = ()) -> str | None:
        """The row's unit of measure in the library's words; a fault and None where it gives none, or one of another kind.

        Parameters
        ----------
        otherwise : the unit where the row gives none; `also` : units a figure of the indicator may have besides its natural one.
        """
        natural, typed = ind.natural_measure, self.text(row, "measure")
        spellings = [measure_of(words) for words in (typed or otherwise, normal(typed or otherwise))]  # normal also moves tone marks
        own = next((known for known in (natural, *also) if known in spellings), None)
        found = next((spelling for spelling in spellings if spelling.known), spellings[-1])
        if own is not None:
            return own["vi"]
        if found["vi"] and fits(found["vi"], natural):
            return spelt(found, natural)
        name = "measure_other" if typed and found.known else "measure_unknown"
        words = quoted(typed) if typed else Text("no unit of measure")
        self.told(name, row, "measure", words, expected=InMeasure(natural["vi"]), holds=self.places(row))
        return None

    # ---- periods

    def calendar(self, ind: Indicator) -> Calendar:
        """How the years of an indicator are counted."""
        return self.unit.calendar_of(ind)

    def span(self, ind: Indicator, role: str, year: int, month: int) -> tuple[str, str]:
        """Basis and period of a column's figure (one of `recipes.FIGURE_ROLES`) that ends with the month of this name in the calendar.

        The period is empty where nobody states year or month.
        """
        basis = role if ind.adds_up and role in ("month", "level", "quarter", "year") else ind.kind.basis
        if not (1990 <= year <= 2100 and 1 <= month <= MONTHS):
            return basis, ""
        if basis == "month":
            return basis, f"{year}-{month:02d}"
        own, number = self.calendar(ind).named(year, month)
        if basis == "quarter":
            return basis, f"{own}-Q{number // QUARTER}"
        return basis, str(own) if basis == "year" else f"{self.calendar(ind).month_end(own, number)}"

    # ---- what a cell gives

    def figure(self, cell: Cell, ind: Indicator, series: str, span: tuple[str, str], measure: str, status: str, **more: Any) -> None:
        """Keep a cell's figure."""
        value = self.values[cell.address]
        self._unit(cell, measure)
        self.figures.append(
            DeliveredFigure(ind.id, series, *span, value, measure, status, self.sheet.name, cell.address, cell.written, **more)
        )

    def _unit(self, cell: Cell, measure: str) -> None:
        """A unit that a cell shows beside the number, by its format or as typed, must be that of the row."""
        beside = "%" if isinstance(cell.value, str) and "%" in cell.value else cell.look.unit
        shown = measure_of(normal(beside).replace("₫", "đ"))
        like = same_measure(shown, measure) or (shown.percent and measure_of(measure).percent)
        part = not shown.known and normal(beside) in normal(measure)  # "visitors" beside a row of visitor arrivals
        if beside and not (like or part):
            words = quoted(cell.written)
            place = {"file": self.file, "sheet": self.sheet.name, "cell": cell.address, "holds": (cell.address,)}
            self.faults.append(fault("measure_shown", found=words, expected=InMeasure(measure), **place))  # type: ignore[arg-type]

    def plan(
        self,
        cell: Cell,
        ind: Indicator,
        month: tuple[int, int],
        measure: str,
        version: str,
        document: str,
        adopted: dt.date | None,
        note: str = "",
    ) -> None:
        """Keep a cell's plan of the year to which the month of this name belongs."""
        year, value = self.calendar(ind).named(*month)[0] if all(month) else 0, self.values[cell.address]
        self._unit(cell, measure)
        self.plans.append(
            PlanFigure(ind.id, year, value, measure, version, document, adopted, self.sheet.name, cell.address, cell.written, note)
        )

    def claim(self, kind: ClaimKind, cell: Cell, ind: Indicator, series: str, month: tuple[int, int], measure: str) -> None:
        """Keep what a cell claims about the month reported on."""
        span, unit = self.span(ind, "month" if "month" in kind else "cumulative", *month), "%" if "percent" in kind else measure
        self.claims.append(Claim(kind, ind.id, series, *span, self.values[cell.address], unit, self.sheet.name, cell.address, cell.written))
