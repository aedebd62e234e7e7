"""What changed since the last report, in five amounts that add up exactly: method, revisions, new figures, events, plan or target.

Each amount is the difference of two projections that differ in one thing only; the seed is the same, so nothing else moves. The order is
fixed: first the present method on the figures known then, then new vintages of old periods, then new periods, then events written down or withdrawn, then plans and targets.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from kpi_lib import compare
from kpi_lib.definitions.columns import known_from
from kpi_lib.definitions.events import DatedEvent, events_of
from kpi_lib.definitions.frames import PLANS
from kpi_lib.definitions.indicators import Indicator, Unit
from kpi_lib.definitions.measures import Measure, measure_of, same_measure
from kpi_lib.definitions.owners.assumptions import KeptScenario, published_of
from kpi_lib.definitions.targets import Target, in_force, plan_values, plans_in_force, read_plans
from kpi_lib.forecast.project import Request, project_many
from kpi_lib.forecast.projection import Projection
from kpi_lib.outlook.verdict import Outlook, assess

Events = tuple[DatedEvent, ...]
STEPS = ("method", "revisions", "new_figures", "events", "plan_or_target")


@dataclass(frozen=True, slots=True)
class Reported:
    """What a report showed of one line: median of the year-end value and probability (NaN without), in the natural unit `measure`."""

    median: float
    probability: float
    measure: str


@dataclass(frozen=True, slots=True)
class Amended:
    """A plan or target that came between the two reports, in one unit of measure. `before` is NaN for the first of its kind."""

    what: str  # plan | target
    version: str
    before: float
    after: float
    measure: Measure
    document: str
    adopted: dt.date

    @property
    def label(self) -> str:
        """The name of its numbers: several may have come at once."""
        return f"new_{self.what}_{self.version}"


@dataclass(frozen=True, slots=True)
class Changes:
    """One line's way from the last report to this one. `median` and `probability` hold an amount for each of `STEPS`."""

    outlook: Outlook
    previous: dt.date
    before: Reported
    after: Reported
    median: Mapping[str, float]
    probability: Mapping[str, float]
    amended: tuple[Amended, ...]
    written: tuple[DatedEvent, ...] = ()  # events written down since the last report
    withdrawn: tuple[DatedEvent, ...] = ()
    kept: tuple[KeptScenario, ...] = ()  # scenarios that came to its page since

    @property
    def moved(self) -> bool:
        """Whether a reader would see a difference."""
        amounts = (*self.rounded_median().values(), *self.rounded_probability().values())
        return any(abs(value) > 0 for value in amounts) or bool(self.amended or self.written or self.withdrawn or self.kept)

    @property
    def decimals(self) -> int:
        """Decimals of both medians and of what lies between them: enough to keep each on its side of the goal."""
        return max(self.outlook.decimals(self.before.median), self.outlook.decimals(self.after.median))

    def rounded_median(self) -> dict[str, float]:
        """The amounts as printed; they add up to the difference of the printed medians."""
        total = compare.rounded(self.after.median, self.decimals) - compare.rounded(self.before.median, self.decimals)
        return rounded(self.median, total, self.decimals)

    def rounded_probability(self) -> dict[str, float]:
        """Percentage points as printed; they add up to the difference of the printed probabilities."""
        points = {key: 100 * value for key, value in self.probability.items()}
        total = 100 * (self.after.probability - self.before.probability)
        return rounded(points, total, 0) if np.isfinite(total) else dict.fromkeys(STEPS, 0.0)


def rounded(parts: Mapping[str, float], total: float, decimals: int) -> dict[str, float]:
    """Parts rounded so that they add up to a total: the largest remainders take what is left over.

    >>> rounded({"a": 0.4, "b": 0.4, "c": 0.2}, 1.0, 0)
    {'a': 1.0, 'b': 0.0, 'c': 0.0}
    """
    scale = 10.0**decimals
    steps = compare.share_out(int(compare.rounded(total * scale, 0)), [value * scale for value in parts.values()])
    return {key: compare.rounded(step / scale, decimals) for key, step in zip(parts, steps, strict=True)}


def changes(items: Sequence[Outlook], obs: pd.DataFrame, *, previous: dt.date, published: Mapping[str, Reported]) -> list[Changes]:
    """What changed for every line that the last report showed in the same unit of measure.

    Parameters
    ----------
    items : the outlooks of this report; obs: the observations they were made from.
    previous : date of the last report; published: what it showed, by indicator id.
    """
    known = [item for item in items if item.projection.known and _comparable(item, published)]
    if not known:
        return []
    unit, year, now = known[0].projection.unit, known[0].projection.year, known[0].projection.as_of
    then = obs[obs["published"] <= pd.Timestamp(previous)]
    inds = [item.indicator for item in known]
    old, new = ([events_of(unit, ind, year, as_of=moment) for ind in inds] for moment in (previous, now))
    worlds = [  # all with the line's record as known now: what it says of the band is part of the method
        list(
            project_many(
                [
                    Request(frame, item.indicator, year, unit, plans, item.projection.errors, events)
                    for item, frame, events in zip(known, frames, old, strict=True)
                ],
                as_of=moment,
            )
        )
        for frames, moment, plans in (
            ([then] * len(inds), previous, None),
            ([_revised(obs, then, ind, previous) for ind in inds], previous, None),
            ([obs] * len(inds), now, previous),
        )
    ]
    worlds.append(_with_events(known, obs, worlds[-1], old, new, previous))
    found = []
    for number, item in enumerate(known):
        target, others = in_force(unit.id, item.indicator, year, as_of=previous)
        steps = [_shown(world[number], target, others) for world in worlds]
        if all(np.isfinite(step.median) and step.measure == published[item.indicator.id].measure for step in steps):
            before = published[item.indicator.id]
            if worlds[0][number].complete:  # the ledger keeps the middle of what an estimate may become; the page told the estimate
                before = replace(before, median=steps[0].median)
            found.append(_changes(item, previous, before, steps, old[number], new[number]))
    return found


def _with_events(
    items: Sequence[Outlook], obs: pd.DataFrame, before: list[Projection], old: list[Events], new: list[Events], previous: dt.date
) -> list[Projection]:
    """The last world with the events known now: projected again only where they are others than those known then."""
    other = [number for number, (one, two) in enumerate(zip(old, new, strict=True)) if one != two]
    lines = [items[number] for number in other]
    requests = [
        Request(obs, line.indicator, line.projection.year, line.projection.unit, previous, line.projection.errors, new[number])
        for number, line in zip(other, lines, strict=True)
    ]
    found = dict(zip(other, project_many(requests, as_of=items[0].projection.as_of), strict=True))
    return [found.get(number, projection) for number, projection in enumerate(before)]


def _comparable(item: Outlook, published: Mapping[str, Reported]) -> bool:
    shown = published.get(item.indicator.id)
    return shown is not None and np.isfinite(shown.median) and same_measure(shown.measure, item.projection.measure)


def _changes(item: Outlook, previous: dt.date, before: Reported, steps: Sequence[Reported], old: Events, new: Events) -> Changes:
    after = Reported(item.projection.middle, item.probability, item.projection.measure["vi"])
    way = [before, *steps, after]
    pairs = list(zip(STEPS, way, way[1:], strict=False))
    median = {key: two.median - one.median for key, one, two in pairs}
    chance = {key: _finite(two.probability) - _finite(one.probability) for key, one, two in pairs}
    written, withdrawn = (tuple(event for event in some if event not in others) for some, others in ((new, old), (old, new)))
    of, year, now = item.projection.unit, item.projection.year, item.projection.as_of
    kept = tuple(each for each in published_of(of, item.indicator, year, as_of=now) if each.date > previous)
    return Changes(item, previous, before, after, median, chance, tuple(amendments(item, previous)), written, withdrawn, kept)


def _finite(value: float) -> float:
    return value if np.isfinite(value) else 0.0


def _shown(projection: Projection, target: Target | None, others: tuple[Target, ...]) -> Reported:
    if not projection.known:
        return Reported(float("nan"), float("nan"), projection.measure["vi"])
    outlook = assess(projection, target, others=others)
    return Reported(projection.middle, outlook.probability, projection.measure["vi"])


def _revised(obs: pd.DataFrame, then: pd.DataFrame, ind: Indicator, previous: dt.date) -> pd.DataFrame:
    """What was known then, with the later vintages of the same periods as if they had come by then."""
    own, old = obs[obs["indicator"] == ind.id], then[then["indicator"] == ind.id]
    if not len(old):
        return then
    later = own[(own["published"] > pd.Timestamp(previous)) & (own["end"] <= old["end"].max())]
    if not len(later):
        return then
    before = old.assign(
        published=old["published"].where(old["published"] < pd.Timestamp(previous), pd.Timestamp(previous) - pd.Timedelta(days=1))
    )
    frame = pd.concat([before, later.assign(published=pd.Timestamp(previous))], ignore_index=True)
    frame.attrs["unit"] = obs.attrs.get("unit")
    return frame


def amendments(item: Outlook, previous: dt.date) -> list[Amended]:
    """Plans and targets adopted after the last report and by this one; a plan that amends the target is told as the target."""
    unit, ind, year, now = item.projection.unit, item.indicator, item.projection.year, item.projection.as_of
    targets, plans = _amended_targets(unit, ind, year, previous, now), read_plans(unit.id)
    found = []
    for row in plans_in_force(unit.id, ind.id, year, as_of=now):
        version, value, measure, adopted = row["version"], row["value"], row["measure"], row["adopted"].date()
        old = plan_values(plans, ind.id, year, measure, as_of=previous).get(version, float("nan"))
        if known_from(row, PLANS) > previous and not compare.meets(old, "=", value):
            found.append(Amended("plan", version, old, value, measure_of(measure), row["document"], adopted))
    told = {(entry.version, entry.document, entry.adopted) for entry in targets}
    return [entry for entry in found if (entry.version, entry.document, entry.adopted) not in told] + targets


def _amended_targets(unit: Unit, ind: Indicator, year: int, previous: dt.date, now: dt.date) -> list[Amended]:
    old = {(target.version, target.measure): target.threshold for target in _versions(unit, ind, year, previous)}
    found = []
    for target in _versions(unit, ind, year, now):
        before = old.get((target.version, target.measure), float("nan"))
        if target.known > previous and before != target.threshold:
            measure = target.measured_in(ind)
            found.append(Amended("target", target.version, before, target.threshold, measure, target.document, target.adopted))
    return found


def _versions(unit: Unit, ind: Indicator, year: int, as_of: dt.date) -> list[Target]:
    judging, others = in_force(unit.id, ind, year, as_of=as_of)
    return [judging, *others] if judging else [*others]
