"""Why the projection is not what a rule of thumb says: the parts that lie between the two, in amounts that add up exactly."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from kpi_lib import compare
from kpi_lib.forecast.projection import Projection
from kpi_lib.outlook.changes import rounded
from kpi_lib.outlook.shares import reached_by
from kpi_lib.outlook.verdict import Outlook
from kpi_lib.periods import same_day

PARTS = ("pattern", "pace", "estimate", "plan", "events")


@dataclass(frozen=True, slots=True)
class Unusual:
    """A part of last year, up to `end` and `months` long, that brought `amount` where the shares of other years make `usual` of its total."""

    end: dt.date
    months: float
    amount: float
    usual: float


@dataclass(frozen=True, slots=True)
class Causes:
    """What lies between a rule of thumb and the projection's median, `parts` by `PARTS`.

    The pattern is the amount so far over the share of the year usually done by now, less the rule; the pace what the model makes of the
    year's own pace; then the usual revision of the last estimate, the plan, and events that the office wrote down. `unusual` is the part of last year that a rule of growth
    on the same period takes for usual.
    """

    rule: str
    median: float
    parts: Mapping[str, float]
    unusual: Unusual | None

    def printed(self, rule: float, decimals: int) -> dict[str, float]:
        """The parts as printed: they add up to the difference of the printed median and the printed rule."""
        total = compare.rounded(self.median, decimals) - compare.rounded(rule, decimals)
        return rounded(self.parts, total, decimals)


def causes(outlook: Outlook) -> Causes | None:
    """Why the projection is on the other side of the goal than a rule of thumb; None where both rules agree with it, or none can be had."""
    projection, target = outlook.projection, outlook.target
    told = outlook.judged and projection.projected and projection.indicator.adds_up and projection.seen
    if target is None or not told:
        return None
    median = projection.quantile(0.5)
    met = compare.meets(median, target.comparator, outlook.threshold)
    answers = {"same_period": outlook.same_period_meets, "straight_line": outlook.straight_line_meets}
    rule = next((name for name, answer in answers.items() if answer is not None and answer != met), "")
    shares = reached_by(projection, projection.seen[-1].end)
    if not rule or not shares or np.mean(list(shares.values())) <= 0:
        return None
    usual = projection.achieved / float(np.mean(list(shares.values())))
    known = projection.eventless or projection
    planned = known.quantile(0.5)
    unplanned = float(np.quantile(known.unplanned, 0.5)) if known.unplanned.size else planned
    uncorrected = projection.uncorrected if np.isfinite(projection.uncorrected) else unplanned
    ends = (getattr(projection, rule), usual, uncorrected, unplanned, planned, median)
    parts = {name: after - before for name, before, after in zip(PARTS, ends[:-1], ends[1:], strict=True)}
    return Causes(rule, median, parts, _unusual(projection, parts["pattern"]) if rule == "same_period" else None)


def _unusual(projection: Projection, pattern: float) -> Unusual | None:
    """The part of last year that did most to make its course unlike that of other years, in the direction that the pattern says."""
    now = projection.calendar.place(projection.seen[-1].end, projection.year)

    def weight(part: Unusual) -> float:
        """How much a part speaks for the pattern: more than usual after this day lifts the rule, before it lowers it."""
        after = projection.calendar.place(part.end, projection.year - 1) > now
        return (part.amount - part.usual) * (-1 if after else 1) * np.sign(pattern)

    return max((part for part in _parts_of_last_year(projection) if weight(part) > 0), key=weight, default=None)


def _parts_of_last_year(projection: Projection) -> Iterator[Unusual]:
    """Last year from one figure to the next, each part beside what the same part of other years makes of last year's total."""
    points, gone = projection.past.get(projection.year - 1, ()), projection.calendar.months_gone
    before: dict[int, float] = {}
    begun, so_far = 0.0, 0.0
    for point in points:
        shares = reached_by(projection, same_day(point.end, 1))
        reached = {year: share for year, share in shares.items() if year < projection.year - 1}
        common = [share - before.get(year, 0.0) for year, share in reached.items() if year in before or not begun]
        if common:
            usual = points[-1].value * float(np.mean(common))
            yield Unusual(point.end, gone(point.end) - begun, point.value - so_far, usual)
        before, begun, so_far = reached, gone(point.end), point.value
