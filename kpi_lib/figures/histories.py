"""Which figure is in force, and what a year's figures say together: running sums, states, growth rates as published (docs/figures.md).

Of figures published for one span the newest is in force; on the same day a settled one before an actual, an actual before an estimate.
A sum to date is the published one, unless all its months (or quarters) are actuals and one of them is newer: see `Sum.replaces`.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from kpi_lib.definitions.indicators import Indicator, Unit
from kpi_lib.definitions.measures import Measure, factor, measure_of, same_measure
from kpi_lib.figures.boundaries import REBUILT_WORDS, own_territory, rebuilt_error
from kpi_lib.figures.derived import Derived, added_up, origin, usual_miss
from kpi_lib.periods import CALENDAR, MONTHS, QUARTER, QUARTERS, Calendar

RANK = {"estimate": 0, "actual": 1, "settled": 2}
SUM_MISS = 0.01  # by what share sums of parts miss a published sum where the line itself does not tell: Quảng Ninh's revenue 2018-2021


@dataclass(frozen=True, slots=True)
class Figure:
    """One published figure in plain Python: a line's hundreds of them are walked through many times in a backtest."""

    indicator: str
    series: str
    basis: str
    period: str
    start: dt.date
    end: dt.date
    value: float
    measure: str
    status: str
    published: dt.date
    grade: int
    perimeter: str
    source: str
    origin: str = ""
    error: float = 0.0  # of a figure rebuilt for the present territory

    @property
    def point(self) -> Point:
        """What holds at this figure's end."""
        rebuilt = Derived(REBUILT_WORDS, error=self.error) if self.error else None
        return Point(self.end, self.value, self.status, self.published, self.source, rebuilt)


@dataclass(frozen=True, slots=True)
class Point:
    """What the year had reached by a day: cumulative amount, its status (of parts: the weakest's) and where it stands in the deliveries.

    `derived` says how it was worked out where no office published it.
    """

    end: dt.date
    value: float
    status: str
    published: dt.date
    source: str
    derived: Derived | None = None

    @property
    def final(self) -> bool:
        """Whether it is no estimate, nor worked out by more than adding up what is none."""
        return self.status != "estimate" and (self.derived is None or self.derived.exact)

    @property
    def kind(self) -> str:
        """What kind of figure it is: estimate, actual, settled as published, or derived."""
        return "derived" if self.derived else self.status


_PLAIN = ("indicator", "series", "basis", "period", "value", "measure", "status", "grade", "perimeter")
_DAYS = ("start", "end", "published")


def figures_of(obs: pd.DataFrame) -> tuple[Figure, ...]:
    """Observations as records, in their order."""
    columns = {name: obs[name].tolist() for name in _PLAIN} | {name: pd.to_datetime(obs[name]).dt.date.tolist() for name in _DAYS}
    columns["origin"] = obs["source"].tolist()
    columns["error"] = [rebuilt_error(*row) for row in zip(obs["perimeter"], obs["precision"], obs["note"], strict=True)]
    columns["source"] = (obs["file"] + ":" + obs["cell"]).tolist()
    return tuple(Figure(**dict(zip(columns, row, strict=True))) for row in zip(*columns.values(), strict=True))


def line(obs: pd.DataFrame, indicator: str, series: str | None = None) -> tuple[Figure, ...]:
    """The figures of one indicator, or of one of its series."""
    own = obs["indicator"] == indicator
    return figures_of(obs[own] if series is None else obs[own & (obs["series"] == series)])


def known_on(figures: Iterable[Figure], unit: Unit, as_of: dt.date) -> tuple[Figure, ...]:
    """What was known of the unit's territory on a day, of periods that had ended."""
    return tuple(
        figure
        for figure in figures
        if figure.published <= as_of and figure.end <= as_of and own_territory(figure.perimeter, figure.start, unit)
    )


def known_ahead(figures: Iterable[Figure], unit: Unit, as_of: dt.date, year_end: dt.date) -> tuple[Figure, ...]:
    """What was published by a day of a period that ends with the year, while the year still runs: an office's estimate of the whole year."""
    return tuple(
        figure
        for figure in figures
        if figure.published <= as_of < figure.end == year_end and own_territory(figure.perimeter, figure.start, unit)
    )


# ---- vintages ------------------------------------------------------------------------------------------------------------------------


def _strength(figure: Figure) -> tuple[dt.date, int, int]:
    return figure.published, RANK[figure.status], -figure.grade


def vintages(figures: Iterable[Figure]) -> list[tuple[Figure, ...]]:
    """The figures published for each span of a line, oldest first: the last of each is in force.

    Amounts in đồng and in tỷ đồng are figures of one kind; a percentage of the plan is of another kind than an amount.
    """
    found: dict[tuple[object, ...], list[Figure]] = {}
    for figure in sorted(figures, key=_strength):
        measure = measure_of(figure.measure)
        kind = "money" if measure.is_money else measure.id
        found.setdefault((figure.indicator, figure.series, figure.basis, figure.start, figure.end, kind), []).append(figure)
    return [tuple(versions) for versions in found.values()]


def in_force(figures: Iterable[Figure]) -> list[Figure]:
    """For every span the figure in force, in the order of publication."""
    newest = sorted((versions[-1] for versions in vintages(figures)), key=_strength)
    return sorted(newest, key=lambda figure: (figure.published, figure.series, figure.end, figure.start))


def revisions(figures: Iterable[Figure]) -> list[tuple[Figure, ...]]:
    """The spans published more than once, each with its figures from the first to the one in force, all in the unit of the latter."""
    return [tuple(in_measure(versions, measure_of(versions[-1].measure))) for versions in vintages(figures) if len(versions) > 1]


def in_measure(figures: Iterable[Figure], wanted: Measure) -> list[Figure]:
    """Figures told in one unit of measure; those that cannot be told in it are left out."""
    scaled = ((figure, factor(figure.measure, wanted)) for figure in figures)
    return [figure if scale == 1.0 else replace(figure, value=figure.value * scale) for figure, scale in scaled if scale == scale]


# ---- amounts of a year ----------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class FlowYear:
    """One year of a flow as known at a date: sums to date, amounts of its months or quarters where all are known, the figures in force.

    `months` and `quarters` are what a model completes: scaled to the furthest point, a missing one the difference of two points. They are
    no published figures; those are `figures`.
    """

    year: int
    points: tuple[Point, ...]
    months: np.ndarray
    quarters: np.ndarray
    calendar: Calendar = CALENDAR
    figures: tuple[Figure, ...] = ()

    def amounts(self, season: int) -> np.ndarray:
        """Amounts of its months or of its quarters, by how many a year has."""
        return self.months if season == MONTHS else self.quarters

    @property
    def last(self) -> Point | None:
        """The point that reaches furthest into the year."""
        return self.points[-1] if self.points else None

    @property
    def outturn(self) -> Point | None:
        """The point that covers the whole year, if there is one."""
        last = self.last
        return last if last and self.calendar.is_year_end(last.end) else None

    @property
    def latest_part(self) -> Figure | None:
        """The published figure of the shortest period that ends with the last point; None where no office published one."""
        alone = len(self.points) == 1  # the year's first sum to date is a period of its own
        ending = [figure for figure in self.figures if self.last and figure.end == self.last.end]
        return max((f for f in ending if alone or f.basis in ("month", "quarter")), key=lambda figure: figure.start, default=None)


@dataclass(frozen=True, slots=True)
class FlowHistory:
    """All years of a flow in one unit of measure, as known at a date."""

    years: dict[int, FlowYear]
    measure: Measure

    def whole_years(self, before: int, season: int) -> np.ndarray:
        """Amounts of the unbroken run of complete years that ends just before a year, `(years * season,)`; empty if there is none."""
        rows: list[np.ndarray] = []
        year = before - 1
        while year in self.years:
            amounts = self.years[year].amounts(season)
            if len(amounts) < season:
                break
            rows.insert(0, amounts)
            year -= 1
        return np.concatenate(rows) if rows else np.empty(0)

    def outturns(self, before: int) -> dict[int, Point]:
        """Yearly totals of the years before one."""
        return {year: flow.outturn for year, flow in sorted(self.years.items()) if year < before and flow.outturn is not None}


def flow_history(
    figures: Iterable[Figure], ind: Indicator, *, series: str = "total", measure: Measure | None = None, calendar: Calendar = CALENDAR
) -> FlowHistory:
    """The years of a flow from the figures in force (all of one line, already cut at a date and of one territory).

    What a model completes adds up to the sum in force: the months or quarters of a year are scaled to its furthest cumulative point. A
    month that is missing is the difference of the two points around it, or stays missing; nothing is interpolated.

    Parameters
    ----------
    measure : take the figures typed in this unit of measure instead of the flow's own (for instance percent of the plan).
    calendar : how its years are counted.
    """
    measure = measure or ind.natural_measure
    by_year: dict[int, list[Figure]] = {}
    for figure in in_measure(in_force(figure for figure in figures if figure.series == series), measure):
        by_year.setdefault(calendar.year_of(figure.end), []).append(figure)
    misses: list[float] = []
    years = {year: _flow_year(year, own, calendar, misses) for year, own in sorted(by_year.items())}
    return FlowHistory({year: _owning_up(flow, usual_miss(misses, SUM_MISS)) for year, flow in years.items()}, measure)


def _owning_up(flow: FlowYear, miss: float) -> FlowYear:
    """A year whose derived sums say by how much such sums miss the published ones, `miss` being a share of them."""
    points = (
        replace(point, derived=replace(point.derived, error=miss * abs(point.value)))
        if point.derived and not point.derived.exact
        else point
        for point in flow.points
    )
    return replace(flow, points=tuple(points))


@dataclass(frozen=True, slots=True)
class Sum:
    """A sum to date: a published one (`base`, None: none) and the parts since; `published` is the day of the newest, `rank` that of the weakest."""

    base: Figure | None
    parts: tuple[Figure, ...]
    value: float
    published: dt.date
    rank: int

    def plus(self, part: Figure) -> Sum:
        """The sum one period later."""
        value, rank = self.value + part.value, min(self.rank, RANK[part.status])
        return Sum(self.base, (*self.parts, part), value, max(self.published, part.published), rank)

    def replaces(self, published: Sum) -> bool:
        """Whether the sum of all parts is in force instead of the published one: one part is newer, and none is an estimate or of lesser status.

        A sum of estimates does not: a later sum of the office holds corrections of months that it never published one by one.
        """
        return self.published > published.published and self.rank >= max(published.rank, RANK["actual"])

    @property
    def point(self) -> Point:
        """What holds at its end; a year's first part is the published sum to date itself."""
        last = self.parts[-1] if self.parts else self.base
        assert last is not None
        if not self.parts or (self.base is None and len(self.parts) == 1):
            return last.point
        status = next(status for status, rank in RANK.items() if rank == self.rank)
        used = [figure for figure in (self.base, *self.parts) if figure]
        origins = {origin(figure.origin) for figure in used}
        words = added_up(self.base.end if self.base else None, len(self.parts), months=last.basis == "month", origins=origins)
        error = sum(figure.error for figure in used)  # those of one rebuilding go the same way
        exact = status != "estimate" and len(origins) == 1 and not error
        return replace(
            last.point, value=self.value, published=self.published, status=status, derived=Derived(words, error=error, exact=exact)
        )


_NOTHING = Sum(None, (), 0.0, dt.date.min, max(RANK.values()))


def _flow_year(year: int, figures: Sequence[Figure], calendar: Calendar, misses: list[float]) -> FlowYear:
    sums = {
        figure.end: Sum(figure, (), figure.value, figure.published, RANK[figure.status])
        for figure in figures
        if figure.basis in ("cumulative", "year")
    }
    parts: dict[int, dict[int, Figure]] = {MONTHS: {}, QUARTERS: {}}
    for figure in figures:
        if figure.basis in ("month", "quarter"):
            season = MONTHS if figure.basis == "month" else QUARTERS
            parts[season][-(-calendar.month_of(figure.end)[1] // (MONTHS // season))] = figure
    for season, known in parts.items():
        misses += _sum_up(sums, known, calendar.month_ends(year, MONTHS // season))
    points = tuple(sums[end].point for end in sorted(sums))
    months = {month: figure.value for month, figure in parts[MONTHS].items()}
    quarters = _quarters(months) | {quarter: figure.value for quarter, figure in parts[QUARTERS].items()}
    by_month, by_quarter = (_amounts(points, known, calendar.month_ends(year, step)) for known, step in ((months, 1), (quarters, QUARTER)))
    return FlowYear(year, points, by_month, by_quarter, calendar, tuple(figures))


def _sum_up(sums: dict[dt.date, Sum], known: dict[int, Figure], ends: Sequence[dt.date]) -> list[float]:
    """Put the sum in force at each period's end: a published one, or the sum of all parts where that replaces it.

    Where none was published it is the sum of all parts, or the last sum in force and the part since, whichever knows more lately of the
    time before. Returns by what share of it the sums of all parts missed each published one.
    """
    whole: Sum | None = _NOTHING  # of parts alone, from the year's first
    before: Sum | None = _NOTHING
    missed: list[float] = []
    for number, end in enumerate(ends, start=1):
        part, published = known.get(number), sums.get(end)
        if published is None and part and (base := max(filter(None, (before, whole)), key=lambda total: total.published, default=None)):
            sums[end] = base.plus(part)
        whole = whole.plus(part) if whole and part else None
        if whole and published and not published.parts and published.value and number > 1:
            missed.append(whole.value / published.value - 1.0)
        if whole and whole.replaces(sums[end]) and not math.isclose(whole.value, sums[end].value):
            sums[end] = whole
        before = sums.get(end)
    return missed


def _quarters(months: dict[int, float]) -> dict[int, float]:
    """Quarters as the sum of their three months, where all are known."""
    threes = {quarter: range(QUARTER * (quarter - 1) + 1, QUARTER * quarter + 1) for quarter in range(1, QUARTERS + 1)}
    return {quarter: sum(months[month] for month in three) for quarter, three in threes.items() if all(month in months for month in three)}


def _amounts(points: tuple[Point, ...], known: dict[int, float], ends: Sequence[dt.date]) -> np.ndarray:
    """Amounts of the periods from the year's first on, up to the first unknown one, scaled to the furthest cumulative figure among them."""
    at = {point.end: point.value for point in points}
    amounts: list[float] = []
    for number, end in enumerate(ends, start=1):
        before = at.get(ends[number - 2]) if number > 1 else 0.0
        if number in known:
            amounts.append(known[number])
        elif end in at and before is not None:
            amounts.append(at[end] - before)
        else:
            break
    for count in range(len(amounts), 0, -1):
        summed = sum(amounts[:count])
        if ends[count - 1] in at and summed > 0:
            scale = at[ends[count - 1]] / summed
            return np.array([amount * scale for amount in amounts[:count]] + amounts[count:])
    return np.array(amounts)


# ---- states and growth rates -----------------------------------------------------------------------------------------------------------


def levels(figures: Iterable[Figure], ind: Indicator) -> tuple[Point, ...]:
    """States on a day (a share, a count, a yearly assessment) in the indicator's unit, the one in force of each, in time order."""
    own = (
        figure for figure in figures if figure.series == "total" and figure.basis != "month" and same_measure(figure.measure, ind.measure)
    )
    points = {figure.end: figure.point for figure in in_force(own)}
    return tuple(points[end] for end in sorted(points))


def growth_points(
    figures: Iterable[Figure], calendar: Calendar = CALENDAR, *, first: bool = False
) -> tuple[dict[int, dict[int, Point]], dict[int, dict[int, Point]]]:
    """Published growth rates: for the year to date and for single quarters, each as `{year: {quarters seen or quarter: Point}}`.

    The first quarter is both. A whole year's rate is the year to date at four quarters. With `first`, each as it was published first: a
    year restated later belongs with quarters that were not.
    """
    to_date: dict[int, dict[int, Point]] = {}
    single: dict[int, dict[int, Point]] = {}
    total = [figure for figure in figures if figure.series == "total"]
    for figure in [versions[0] for versions in vintages(total)] if first else in_force(total):
        year, month = calendar.month_of(figure.end)
        quarter = -(-month // QUARTER)
        if figure.basis in ("cumulative", "year") and month % QUARTER == 0:
            to_date.setdefault(year, {})[quarter] = figure.point
        elif figure.basis == "quarter":
            single.setdefault(year, {})[quarter] = figure.point
            if quarter == 1:
                to_date.setdefault(year, {}).setdefault(1, figure.point)
    return to_date, single
