"""What a check of meaning may ask for: the delivery, what was known before it, and the list the checks enter themselves in."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

import pandas as pd

from kpi_lib.definitions.indicators import Indicator, Unit
from kpi_lib.definitions.measures import measure_of
from kpi_lib.deliveries.checks.limits import Limits
from kpi_lib.deliveries.checks.past import Known, Past
from kpi_lib.deliveries.delivery import Claim, DeliveredFigure, Fault, PlanFigure, Reading, Said, fault
from kpi_lib.figures.boundaries import REBUILT
from kpi_lib.figures.histories import Figure
from kpi_lib.periods import same_day, same_point, span
from kpi_lib.words.messages import Words

SAME_DAY = 3  # days by which an office that hands in a sum each month, always of the same day, may miss it
PARTS = ("land", "taxes_and_fees", "domestic", "import_export", "local_budget", "ward_budget")
"""The series that are parts of a line's total; others may count more widely."""


@dataclass(frozen=True, slots=True)
class Case:
    """Everything a check may ask for.

    `prepared` are the days on which delivered files were made, by where they are kept; `sized` the lines
    and series of a new unit whose size is known, None for a unit that has figures other than those handed in.
    """

    reading: Reading
    unit: Unit
    past: Past
    plans: pd.DataFrame
    received: dt.date
    deadline: dt.date | None
    known: dict[tuple[str, str, str, str], Known]  # of the series and territories the delivery speaks about
    limits: dict[str, Limits]
    prepared: Mapping[str, dt.date] = field(default_factory=dict)
    sized: frozenset[tuple[str, str]] | None = None

    def of(self, item: DeliveredFigure | Claim) -> Known:
        """What is known of a figure's series in its territory."""
        return self.known.get((item.indicator, item.series, item.measure, territory(item)), Known())

    def has_past(self, item: DeliveredFigure) -> bool:
        """Whether anything was known of a figure's series."""
        return bool(self.of(item).levels)

    def in_force(self, item: DeliveredFigure) -> float | None:
        """The value known of a figure's very span; None where there is none."""
        versions = self.versions(item)
        return versions[-1].value if versions else None

    def versions(self, item: DeliveredFigure) -> tuple[Figure, ...]:
        """What is known of a figure's very span, the one in force last."""
        return self.of(item).versions.get((item.basis, self.end(item)), ())

    def last_year(self, item: DeliveredFigure) -> float | None:
        """The amount of the same part of the year before."""
        year, number = self.month(item)
        return self.like(item).get((year - 1, number))

    def like(self, item: DeliveredFigure) -> Mapping[tuple[int, int], float]:
        """The amounts a figure can be held against, by year and month.

        A sum to a day within its month is held against those to the same day of other years, unless the line has one sum a month that is
        always of about this day: then against all of them.
        """
        year, number = self.month(item)
        known, end, calendar = self.of(item), self.end(item), self.unit.calendar_of(self.indicator(item))
        if item.basis != "cumulative" or calendar.is_month_end(end):
            return known.like(item.basis)
        sums = [versions[-1] for (basis, _), versions in known.versions.items() if basis == item.basis]
        years = [other for other, month in (calendar.month_of(each.end) for each in sums) if month == number and other < year]
        last = same_point((each for each in sums if calendar.month_of(each.end) == (year - 1, number)), end, -1, calendar)
        if len(years) == len(set(years)) and last is not None and abs((last.end - same_day(end, -1)).days) <= SAME_DAY:
            return known.like(item.basis)
        found = {(other, number): same_point(sums, end, other - year, calendar) for other in years}
        return {key: point.value for key, point in found.items() if point is not None}

    def covered(self, item: DeliveredFigure | Claim) -> tuple[dt.date, dt.date]:
        """First and last day that a figure covers."""
        return span(item.basis, item.period, self.unit.calendar_of(self.indicator(item)))

    def end(self, item: DeliveredFigure | Claim) -> dt.date:
        """Last day that a figure covers."""
        return self.covered(item)[1]

    def month(self, item: DeliveredFigure | Claim) -> tuple[int, int]:
        """The year in which a figure's span ends, and the number of its last month in it."""
        return self.unit.calendar_of(self.indicator(item)).month_of(self.end(item))

    def indicator(self, item: DeliveredFigure | Claim | PlanFigure) -> Indicator:
        """The definition of what a figure measures."""
        return self.unit.indicators[item.indicator]

    def told(
        self, name: str, item: DeliveredFigure | Claim | PlanFigure, found: Words, expected: Said = "", holds: tuple[str, ...] = ()
    ) -> Fault:
        """A fault at a figure's cell."""
        return fault(name, file=self.reading.file, sheet=item.sheet, cell=item.cell, found=found, expected=expected, holds=holds)


def territory(item: DeliveredFigure | Claim) -> str:
    """The area a figure is of; empty: the unit's own."""
    return "" if isinstance(item, Claim) or item.perimeter == REBUILT else item.perimeter


CHECKS: list[Callable[[Case], Iterator[Fault]]] = []


def check(told_by: Callable[[Case], Iterator[Fault]]) -> Callable[[Case], Iterator[Fault]]:
    """Enter a check in the list of all."""
    CHECKS.append(told_by)
    return told_by


def flows(case: Case) -> Iterator[DeliveredFigure]:
    yield from (item for item in case.reading.figures if case.indicator(item).adds_up and not measure_of(item.measure).of_plan)


def pairs(case: Case) -> Iterator[tuple[DeliveredFigure | None, DeliveredFigure | None]]:
    """The month's amount and the sum to its end of the same series and territory, where both or one are delivered."""
    by: dict[tuple, dict[str, DeliveredFigure]] = {}
    for item in flows(case):
        if item.basis in ("month", "cumulative"):
            by.setdefault((item.indicator, item.series, item.perimeter, item.measure, case.end(item)), {})[item.basis] = item
    for pair in by.values():
        yield pair.get("month"), pair.get("cumulative")


def decimals_of(value: float) -> int:
    text = f"{value:.6f}".rstrip("0")
    return min(len(text.split(".")[1]), 3)
