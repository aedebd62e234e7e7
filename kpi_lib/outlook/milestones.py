"""What remains: the course of the months left, and its split over areas; numbers only.

Everything here follows from an Outlook, hence from what was known on its date; docs/needs.md says how each number is reckoned.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from kpi_lib import compare
from kpi_lib.definitions.indicators import Unit
from kpi_lib.definitions.measures import PEOPLE, Measure
from kpi_lib.forecast.projection import Projection
from kpi_lib.outlook import areas
from kpi_lib.outlook.required import achieved_by_now, counts_up, growths, halves, in_whole, persons_missing
from kpi_lib.outlook.verdict import Outlook

OF_TEN = 0.9  # of the simulated years that meet the target, how many had passed a milestone by its day
FEWEST_MET = 20  # simulated years that meet the target, below which their course says nothing


@dataclass(frozen=True, slots=True)
class Milestone:
    """A month's end on the way to the target: what simulated years that meet it had reached by then, and what any past year did after it.

    `needed` is what at least nine in ten of those years had reached (NaN where too few meet the target); it is never less likely to be
    reached (`chance`, as published) than the target itself. `median` is where the middle path has come by `day` (the amount itself where
    it is `known`). `best` is the most that one of `years` complete past years still did after that day, in `best_year`; `most` the same, or
    last year's amount grown as the best of them grew, if that is more; `spare` what that is more than what would be left.
    """

    day: dt.date
    needed: float
    best: float
    best_year: int
    years: int
    median: float
    chance: float
    known: bool
    ends_year: bool
    most: float
    spare: float

    @property
    def within(self) -> bool:
        """Whether what is left on the middle path is no more than was ever done."""
        return compare.meets(self.spare, ">=", 0.0)


def milestones(outlook: Outlook) -> tuple[Milestone, ...]:
    """The months' ends left, the last known one first; amounts in the projection's measure.

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
    best_year = max(rests, key=lambda year: (rests[year], year))
    ends_year = projection.calendar.is_year_end(day)
    if sums is None:
        needed, median, chance = float("nan"), achieved_by_now(projection), 1.0
    elif ends_year:
        needed, median, chance = in_whole(outlook, outlook.threshold), projection.quantile(0.5), outlook.probability
    else:
        needed, median = _needed(outlook, sums), float(np.median(sums))
        reached = float(compare.meets(sums, ">=", needed).mean()) if np.isfinite(needed) else float("nan")
        chance = compare.published(reached, years=projection.evidence_years, certain=reached == 1.0)
    most = max(rests[best_year], rests.get(projection.year - 1, 0.0) * max(growths(rests), default=0.0))
    spare = median + most - outlook.threshold
    return Milestone(day, needed, rests[best_year], best_year, len(rests), median, chance, sums is None, ends_year, most, spare)


def _needed(outlook: Outlook, sums: np.ndarray) -> float:
    """What nine in ten of the simulated years that meet the target had reached, lowered to where it is no less likely than the target."""
    assert outlook.target is not None
    met = compare.meets(outlook.projection.draws, outlook.target.comparator, outlook.threshold)
    if met.sum() < FEWEST_MET:
        return float("nan")
    least = np.quantile(sums[met], 1 - OF_TEN, method="lower")
    least = min(least, np.quantile(sums, 1 - met.mean(), method="lower"))
    whole = outlook.indicator.whole and outlook.projection.decimals == 0
    return float(np.floor(least + 1e-9)) if whole else float(least)


def _rests(projection: Projection, day: dt.date) -> dict[int, float]:
    """What each complete past year still added after the same day; years without a figure near by are left out."""
    return {year: total - before for year, (before, total) in halves(projection, day).items()}


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
