"""What remains, until when it can still be caught up, what would have to be true, and how often such a verdict was right: numbers only.

Everything here follows from an Outlook, hence from what was known on its date; docs/needs.md says how each number is reckoned.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from kpi_lib import compare
from kpi_lib.definitions.indicators import Unit
from kpi_lib.definitions.measures import PEOPLE, Measure
from kpi_lib.forecast.projection import Projection
from kpi_lib.outlook import areas
from kpi_lib.outlook.required import achieved_by_now, counts_up, halves, in_whole, persons_missing
from kpi_lib.outlook.verdict import Outlook


@dataclass(frozen=True, slots=True)
class Milestone:
    """The least cumulative amount by a month's end that leaves no more than the best past year did in the months after it.

    `best` is that amount, of `best_year`, of `years` complete past years that can be compared. `median` is what the projection's middle
    path has reached by `day` (the amount itself where it is known), `chance` how likely `needed` is reached, as published.
    """

    day: dt.date
    needed: float
    best: float
    best_year: int
    years: int
    median: float
    chance: float
    known: bool
    ends_year: bool = False

    @property
    def reached(self) -> bool:
        """Whether the middle path (or the known amount) is at or above what is needed."""
        return compare.meets(self.median, ">=", self.needed)


def milestones(outlook: Outlook) -> tuple[Milestone, ...]:
    """What must have been reached by each month's end left, the last known one first; amounts in the projection's measure.

    Empty for what does not add up, a year that is complete, a goal already reached, and without a complete past year. A month's end near
    which no past year has a figure is left out: nothing is interpolated.
    """
    projection = outlook.projection
    if not counts_up(outlook) or not projection.paths.size:
        return ()
    achieved = achieved_by_now(projection)
    if compare.meets(achieved, ">=", outlook.threshold):
        return ()
    found = [_milestone(outlook, day, sums) for day, sums in _course(projection, achieved)]
    return tuple(mark for mark in found if mark is not None)


def _course(projection: Projection, achieved: float) -> Iterator[tuple[dt.date, np.ndarray | None]]:
    """Month's ends from the last known one on, each with the cumulative amount in every draw; None where it is known."""
    last = projection.seen[-1].end if projection.seen else None
    if last is not None and projection.calendar.is_month_end(last):
        yield last, None
    sums = achieved + projection.paths.cumsum(axis=1)
    yield from zip(projection.ends, sums.T, strict=True)


def _milestone(outlook: Outlook, day: dt.date, sums: np.ndarray | None) -> Milestone | None:
    projection = outlook.projection
    rests = _rests(projection, day)
    if not rests:
        return None
    achieved = achieved_by_now(projection)
    best_year = max(rests, key=lambda year: (rests[year], year))
    needed = in_whole(outlook, max(outlook.threshold - rests[best_year], 0.0))
    reached = compare.meets(achieved, ">=", needed)
    if sums is None:
        median, chance = achieved, float(reached)
    elif projection.calendar.is_year_end(day):
        median, chance = projection.quantile(0.5), outlook.probability
    else:
        raw = float(compare.meets(sums, ">=", needed).mean())
        median, chance = float(np.median(sums)), compare.published(raw, years=projection.evidence_years, certain=reached and raw == 1.0)
    ends_year = projection.calendar.is_year_end(day)
    return Milestone(day, needed, rests[best_year], best_year, len(rests), median, chance, sums is None, ends_year)


def _rests(projection: Projection, day: dt.date) -> dict[int, float]:
    """What each complete past year still added after the same day; years without a figure near by are left out."""
    return {year: total - before for year, (before, total) in halves(projection, day).items()}


@dataclass(frozen=True, slots=True)
class Return:
    """Until when the goal can still be caught up, on the middle path.

    `state`: "unknown" (no milestone before the year's end), "holds" (the middle path reaches the goal), "slips" (`day` is the point of
    no return), "gone" (at `day`, the first milestone, already more is left than any past year did).
    """

    state: str
    day: dt.date | None = None


def catch_up(marks: Iterable[Milestone]) -> Return:
    """Where a set of milestones leaves the goal; see `Return`."""
    marks = tuple(marks)
    before = [mark for mark in marks if not mark.ends_year]
    if not before:
        return Return("unknown")
    if marks[-1].ends_year and marks[-1].reached:
        return Return("holds")
    within = [mark.day for mark in before if mark.reached]
    return Return("slips", max(within)) if within else Return("gone", before[0].day)


def no_return(marks: Iterable[Milestone]) -> dt.date | None:
    """The last month's end at which the middle path is still at or above its milestone; None if it never falls below or never was above."""
    found = catch_up(marks)
    return found.day if found.state == "slips" else None


def to_do(outlook: Outlook) -> tuple[float, Measure, int] | None:
    """What is still to be done, as something that can be shared out: amount, unit of measure, decimals; None where nothing is or can be."""
    projection, ind = outlook.projection, outlook.indicator
    if projection.complete or not projection.known or outlook.target is None:
        return None
    if ind.adds_up:
        found = (outlook.remaining, projection.measure, projection.decimals)
    elif ind.per_population:
        found = (float(persons_missing(outlook)), PEOPLE, 0)
    elif ind.kind.must_be_nil and projection.seen:
        found = (max(projection.achieved - outlook.threshold, 0.0), projection.measure, 0)
    else:
        return None
    return found if found[0] > 0 else None


def split(outlook: Outlook, unit: Unit, amount: float | None = None) -> areas.Split | None:
    """What remains, divided over the unit's areas as known on the projection's date, those with the most to do first.

    Parameters
    ----------
    amount : in the unit of `to_do`; that amount unless given.

    Raises
    ------
    KpiError : faults in the unit's `areas.csv`.
    """
    found = to_do(outlook)
    if found is None:
        return None
    remaining, measure, decimals = found
    projection = outlook.projection
    rows = areas.in_force(unit, outlook.indicator, projection.year, as_of=projection.as_of)
    return areas.share_out(remaining if amount is None else amount, rows, measure=measure, decimals=decimals)
