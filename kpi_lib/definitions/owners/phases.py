"""The phased plan: what is to be reached in each month or quarter, or by a day; rows of the register of plans that name a period."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd

from kpi_lib.definitions.columns import Row, refusal
from kpi_lib.definitions.frames import REGISTER
from kpi_lib.definitions.indicators import Indicator, Unit
from kpi_lib.definitions.measures import factor, measure_of
from kpi_lib.definitions.targets import newest, read_register
from kpi_lib.periods import PeriodError, span
from kpi_lib.words.messages import Text, Words

PHASING = ("adopted", "assigned", "operating")  # months are judged by what the year is run by, too; ambitions, drafts and marks are no path


@dataclass(frozen=True, slots=True)
class Phase:
    """What is to be reached in one period: a month or quarter alone, or the year up to a day (the state on it, of a level)."""

    basis: str
    period: str
    start: dt.date
    end: dt.date
    value: float
    measure: str
    version: str
    document: str
    adopted: dt.date
    adopted_assumed: bool

    @property
    def key(self) -> str:
        """Its name among the numbers of a page."""
        return f"{self.basis}@{self.period}"

    @property
    def single(self) -> bool:
        """Whether it speaks of a month or quarter alone."""
        return self.basis in ("month", "quarter")


def fits(measure: str, ind: Indicator) -> bool:
    """Whether a phase in this unit of measure can be held against the line: its own unit, or percent of the year's plan.

    >>> from kpi_lib.definitions.indicators import INDICATORS
    >>> fits("tỷ đồng", INDICATORS["budget_revenue_growth"]), fits("%", INDICATORS["budget_revenue_growth"])
    (True, False)
    """
    of_plan = ind.kind.rate == "share" and measure_of(measure).percent
    return of_plan or math.isfinite(factor(measure, ind.natural_measure))


def read_phases(unit: Unit) -> pd.DataFrame:
    """The rows of `plans.csv` that name a period; columns of `frames.REGISTER`.

    Raises
    ------
    KpiError : periods that are none, of another year or too long for their line, units of measure that cannot be told in the line's; all at once.
    """
    rows = read_register(unit.id)
    faults = [words for index, row in zip(rows.index, rows.to_dict("records"), strict=True) for words in _faults(unit, row, int(index) + 2)]
    if faults:
        raise refusal(f"{unit.id}/plans.csv", faults, table=REGISTER.name)
    return rows[rows["basis"] != "year"]


def _faults(unit: Unit, row: Row, line: int) -> Iterator[Words]:
    ind = unit.indicators.get(row["indicator"])
    if ind is None or (row["basis"] == "year" and not row["period"]):
        return  # a line the unit does not have is told by its name elsewhere
    yield from (Text("line {line}: {fault}", line=line, fault=words) for words in period_faults(unit, ind, row))


def period_faults(unit: Unit, ind: Indicator, row: Row) -> Iterator[Words]:
    """What is wrong with the period or the unit of measure of one row (`basis`, `period`, `year`, `measure`)."""
    calendar = unit.calendar_of(ind)
    try:
        end = span(row["basis"], row["period"], calendar)[1]
    except PeriodError as error:
        yield Text(
            "the period {found} does not fit {basis}; it looks like {example}",
            found=repr(error.period),
            basis=error.basis,
            example=error.example,
        )
        return
    if calendar.year_of(end) != row["year"]:
        yield Text("the period {found} does not lie in {year}", found=repr(row["period"]), year=calendar.name(int(row["year"])))
    if row["basis"] in ("month", "quarter") and ind.kind.basis != "cumulative":
        yield Text("{line} is a state on a day: a month or quarter alone has none; write basis level and the day", line=ind.id)
    if row["basis"] != "year" and not fits(row["measure"], ind):
        yield Text(
            "{found} cannot be held against {line}, which is counted in {measure}",
            found=repr(row["measure"]),
            line=ind.id,
            measure=ind.natural_measure,
        )


def phases_in_force(unit: Unit, ind: Indicator, year: int, *, as_of: dt.date) -> tuple[Phase, ...]:
    """The phased plan of a line in force on a day, in the order of its periods; of each period the version of the highest standing."""
    rows = read_phases(unit)
    rows = rows[(rows["indicator"] == ind.id) & (rows["year"] == year)]
    periods: dict[tuple[str, str], list[Row]] = {}
    for row in rows.to_dict("records"):
        periods.setdefault((row["basis"], row["period"]), []).append(row)
    found = (next((row for row in newest(own, REGISTER, as_of) if row["version"] in PHASING), None) for own in periods.values())
    phases = [_phase(row, *span(row["basis"], row["period"], unit.calendar_of(ind))) for row in found if row is not None]
    return tuple(sorted(phases, key=lambda phase: (phase.end, phase.start)))


def _phase(row: Row, start: dt.date, end: dt.date) -> Phase:
    names = ("basis", "period", "value", "measure", "version", "document", "adopted_assumed")
    return Phase(**{name: row[name] for name in names}, start=start, end=end, adopted=row["adopted"].date())
