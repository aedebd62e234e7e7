"""The year so far against its phased plan: what each period was to bring and brought, and what the periods left have to bring for it.

The rule of carrying over: what is missing at the end of the last period that can be judged is spread over the periods left in the plan's
own proportions; what is over is not taken off them. Rates and states do not add up: of them nothing is carried over.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from kpi_lib import compare
from kpi_lib.definitions.measures import factor, measure_of
from kpi_lib.definitions.owners.phases import Phase, phases_in_force
from kpi_lib.forecast.projection import Projection
from kpi_lib.outlook.verdict import Outlook

DAY = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Step:
    """One period of the plan, in the projection's measure: what it was to bring, what it brought (NaN: not known), what it has to bring now.

    `kind` is the status of what it brought, "derived" of the difference of two sums. `carried` is the plan with its share of what is missing so far, NaN where nothing is carried over to it.
    """

    phase: Phase
    planned: float
    reached: float
    kind: str = ""
    carried: float = math.nan

    @property
    def judged(self) -> bool:
        """Whether it is known what the period brought."""
        return math.isfinite(self.reached)

    @property
    def distance(self) -> float:
        """What it brought less what it was to bring."""
        return self.reached - self.planned


@dataclass(frozen=True, slots=True)
class Phased:
    """A line's year by its phased plan: the periods in order, the day up to which it can be judged, what is missing then (0: nothing).

    `path` is what was to be reached from the year's beginning by each day the plan names, of amounts.
    """

    steps: tuple[Step, ...] = ()
    until: dt.date | None = None
    missing: float = math.nan
    path: tuple[tuple[dt.date, float], ...] = ()

    @property
    def documents(self) -> tuple[Phase, ...]:
        """One phase of each document, as they were adopted."""
        found = {(step.phase.adopted, step.phase.document): step.phase for step in self.steps}
        return tuple(found[key] for key in sorted(found))

    @property
    def next(self) -> Step | None:
        """The first period to which something is carried over."""
        return next((step for step in self.steps if math.isfinite(step.carried)), None)

    @property
    def latest(self) -> Step | None:
        """The period judged last; of several that end on one day the shortest."""
        return max((step for step in self.steps if step.judged), key=lambda step: (step.phase.end, step.phase.start), default=None)


def phased(outlook: Outlook) -> Phased:
    """The plan's periods held against what was published; empty without a phased plan."""
    projection = outlook.projection
    phases = phases_in_force(projection.unit, projection.indicator, projection.year, as_of=projection.as_of)
    steps = tuple(
        Step(phase, value, *_reached(projection, phase)) for phase in phases if math.isfinite(value := _planned(projection, phase))
    )
    if not projection.indicator.adds_up:
        return Phased(steps)
    path, sums = _path(steps, projection.calendar.start(projection.year)), {point.end: point.value for point in projection.seen}
    until = max((end for end in path if end in sums), default=None)
    if until is None:
        return Phased(steps, path=tuple(path.items()))
    missing = 0.0 if compare.meets(sums[until], ">=", path[until]) else path[until] - sums[until]
    return Phased(_carried(steps, until, missing, projection), until, missing, tuple(path.items()))


def _planned(projection: Projection, phase: Phase) -> float:
    """What a phase asks for in the projection's measure; NaN where it cannot be told in it."""
    scale = factor(phase.measure, projection.measure)
    if math.isfinite(scale):
        return phase.value * scale
    if projection.indicator.kind.rate == "share" and measure_of(phase.measure).percent:
        return phase.value if projection.measure.of_plan else projection.amount(phase.value)
    return math.nan


def _reached(projection: Projection, phase: Phase) -> tuple[float, str]:
    """What a period brought by the figures in force, and its status: of a month or quarter alone the difference of two sums to date."""
    sums = {point.end: point for point in projection.seen}
    end = sums.get(phase.end)
    if not phase.single or phase.start == projection.calendar.start(projection.year):
        return (end.value, end.kind) if end else (math.nan, "")
    if not projection.indicator.adds_up:
        alone = next((point for point in projection.alone if point.end == phase.end), None)
        return (alone.value, alone.kind) if alone else (math.nan, "")
    before = sums.get(phase.start - DAY)
    known = "estimate" if end and not end.final else "derived"
    return (end.value - before.value, known) if end and before else (math.nan, "")


def _path(steps: Sequence[Step], start: dt.date) -> dict[dt.date, float]:
    """What was to be reached by each day: as the plan says it, else its months or quarters added up from the year's beginning without a gap."""
    path: dict[dt.date, float] = {}
    for basis in ("quarter", "month"):
        total, after = 0.0, start
        for step in (step for step in steps if step.phase.basis == basis):
            if step.phase.start != after:
                break
            total, after = total + step.planned, step.phase.end + DAY
            path[step.phase.end] = total
    return dict(sorted((path | {step.phase.end: step.planned for step in steps if not step.phase.single}).items()))


def _carried(steps: Sequence[Step], until: dt.date, missing: float, projection: Projection) -> tuple[Step, ...]:
    """The steps with what is missing spread over the months, else the quarters, that lead from the day judged to the year's end without a gap."""
    left = next(
        (found for basis in ("month", "quarter") if (found := _left(steps, basis, until, projection.calendar.end(projection.year)))), ()
    )
    total = sum(step.planned for step in left)
    if not missing or total <= 0:
        return tuple(steps)
    more: Mapping[str, float] = {step.phase.key: step.planned * (1 + missing / total) for step in left}
    return tuple(replace(step, carried=more.get(step.phase.key, math.nan)) for step in steps)


def _left(steps: Sequence[Step], basis: str, until: dt.date, end: dt.date) -> tuple[Step, ...]:
    left = tuple(step for step in steps if step.phase.basis == basis and step.phase.start > until)
    ends = [until, *(step.phase.end for step in left)]
    whole = all(before + DAY == step.phase.start for before, step in zip(ends, left, strict=False))
    return left if left and whole and ends[-1] == end else ()
