"""The outlook: a projection held against a target. Probability, status word, gap, pace needed."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from kpi_lib import compare
from kpi_lib.definitions.dues import overdue
from kpi_lib.definitions.events import events_of
from kpi_lib.definitions.indicators import Indicator, Unit, day
from kpi_lib.definitions.targets import NO_GOAL, Target, in_force
from kpi_lib.forecast.plan_effect import by_december
from kpi_lib.forecast.project import Request, project, project_many
from kpi_lib.forecast.projection import Base, Projection
from kpi_lib.outlook.paces import office_rules, pace
from kpi_lib.words.messages import KpiError, Named, Text, Words


@dataclass(frozen=True, slots=True)
class Status:
    """A status word; `symbol` is its shape, so that colour never stands alone. `rank` sorts the worst first."""

    key: str
    name: Words
    symbol: str
    rank: int


STATUSES: dict[str, Status] = {
    status.key: status
    for status in (
        Status("missed", Text("missed"), "✘", 0),
        Status("very_unlikely", Text("very unlikely"), "○", 1),
        Status("unlikely", Text("unlikely"), "◔", 2),
        Status("uncertain", Text("uncertain"), "◑", 3),
        Status("stale", Text("stale figures"), "…", 4),
        Status("cannot_be_judged", Text("cannot be judged"), "–", 5),
        Status("not_yet_assessed", Text("not yet assessed"), "–", 6),
        Status("likely", Text("likely"), "◕", 7),
        Status("very_likely", Text("very likely"), "●", 8),
        Status("met", Text("met"), "✔", 9),
    )
}
GREY = ("stale", "cannot_be_judged", "not_yet_assessed")
GOOD = ("likely", "very_likely", "met")
UNLIKELY = ("unlikely", "very_unlikely")
# Probability and word: the one table. Above the first bound that a probability reaches; below the last, very unlikely.
BOUNDS = ((0.90, "very_likely"), (0.66, "likely"))
LOW_BOUNDS = ((0.10, "very_unlikely"), (0.33, "unlikely"))


def status_word(probability: float) -> str:
    """The status of a probability of meeting the target.

    >>> [status_word(p) for p in (0.9, 0.66, 0.5, 0.33, 0.1)]
    ['very_likely', 'likely', 'uncertain', 'unlikely', 'very_unlikely']
    """
    for bound, word in BOUNDS:
        if probability >= bound:
            return word
    for bound, word in LOW_BOUNDS:
        if probability <= bound:
            return word
    return "uncertain"


def verdict_word(probability: float) -> str:
    """The status of a published chance: met or missed where it is certain.

    >>> [verdict_word(p) for p in (1.0, 0.99, 0.0)]
    ['met', 'very_likely', 'missed']
    """
    return {1.0: "met", 0.0: "missed"}.get(probability) or status_word(probability)


@dataclass(frozen=True, slots=True)
class Verdict:
    """One version of the target judged: threshold in the natural unit, probability as published (NaN when not judged)."""

    target: Target
    threshold: float
    probability: float


@dataclass(frozen=True, slots=True)
class BaseCheck:
    """What the verdict would be on another base."""

    base: Base
    threshold: float
    probability: float
    flips: bool


@dataclass(frozen=True, slots=True)
class Outlook:
    """A projection held against the target in force. Amounts are in the projection's measure, paces in it a month.

    `surplus` is the median less the threshold; `remaining` what is still to be done; `pace_needed` that over the months left;
    `pace_so_far` the pace to date; `best_pace` the best over the same months of `pace_years` past years. `unplanned_probability` is the chance if the
    plan is not taken for information, NaN where it did not enter. `probability` answers the plan as it stands, which pace and ask follow too;
    `december_probability` the plan as it will stand in December, by which the year is judged in the end, NaN where plans are not known to be raised.
    `eventless_probability` is the chance without the events that the office wrote down, NaN where none entered.
    """

    projection: Projection
    target: Target | None
    status: str
    reason: Words
    threshold: float = float("nan")
    probability: float = float("nan")
    raw_probability: float = float("nan")
    surplus: float = float("nan")
    remaining: float = float("nan")
    months_left: float = float("nan")
    pace_needed: float = float("nan")
    pace_so_far: float = float("nan")
    best_pace: float = float("nan")
    pace_years: int = 0
    straight_line_meets: bool | None = None
    same_period_meets: bool | None = None
    others: tuple[Verdict, ...] = ()
    base_checks: tuple[BaseCheck, ...] = ()
    unplanned_probability: float = float("nan")
    december_probability: float = float("nan")
    eventless_probability: float = float("nan")

    @property
    def indicator(self) -> Indicator:
        """The indicator judged."""
        return self.projection.indicator

    @property
    def word(self) -> Status:
        """The status with its words and shape."""
        return STATUSES[self.status]

    @property
    def judged(self) -> bool:
        """Whether there is a verdict, as against a grey status."""
        return self.status not in GREY

    @property
    def reportable(self) -> bool:
        """Whether there is anything to say of the line: a target, or a figure."""
        return self.target is not None or self.projection.known or bool(self.projection.seen)

    @property
    def side(self) -> compare.Side:
        """On which side of the threshold the year's middle value, or its outturn, lies."""
        return compare.side(self.projection.middle, self.threshold)

    def decimals(self, value: float) -> int:
        """Decimals with which a value in the natural unit is printed: those of the measure, more where it lies close to the goal.

        The goal itself is printed as finely as the values held against it.
        """
        projection = self.projection
        near = [value] if value != self.threshold else [projection.achieved, projection.middle if projection.known else value]
        return max(compare.decimals_for(one, self.threshold, projection.decimals) for one in near)

    def decimals_foreseen(self, value: float) -> int:
        """Decimals with which a projected value is said: as its uncertainty allows, more where it lies close to the goal.

        A figure that was published, and a year that is over, are said as they are.
        """
        projection = self.projection
        if not projection.projected:
            return self.decimals(value)
        low, high = projection.interval(0.8)
        return compare.decimals_for(value, self.threshold, compare.decimals_within(high - low, projection.decimals))

    def decimals_apart(self, value: float) -> int:
        """Decimals with which the distance of a value from the goal is printed: never a printed nought where there is a distance."""
        return max(self.decimals(value), compare.decimals_for(value - self.threshold, 0.0, self.projection.decimals))


def assess(projection: Projection, target: Target | None, *, others: tuple[Target, ...] = ()) -> Outlook:
    """Hold a projection against a target.

    Parameters
    ----------
    target : the version that judges, None where there is none (grey). A grey line keeps its figures and loses its projection.
    others : further versions in force, each with its own probability.

    Raises
    ------
    KpiError : the target is of another indicator or year.
    """
    if target is not None and (target.indicator, target.year) != (projection.indicator.id, projection.year):
        raise KpiError(
            "The target of {line} for {year} is not that of the projection of {projected} for {projected_year}.",
            line=target.indicator,
            year=target.year,
            projected=projection.indicator.id,
            projected_year=projection.named(),
        )
    threshold = threshold_of(projection, target)
    status, reason = _grey(projection, target, threshold)
    if status or target is None:
        unsaid = tuple(Verdict(other, threshold_of(projection, other), float("nan")) for other in others)
        return Outlook(_silent(projection), target, status, reason, threshold=threshold, others=unsaid)
    raw = projection.prob(target.comparator, threshold)
    probability = _published(projection, raw, target, threshold)
    return Outlook(
        projection,
        target,
        verdict_word(probability),
        projection.reason,
        threshold=threshold,
        probability=probability,
        raw_probability=raw,
        surplus=projection.middle - threshold,
        **pace(projection, target, threshold),
        **office_rules(projection, target, threshold),
        others=tuple(_other(projection, other) for other in others),
        base_checks=_base_checks(projection, target, verdict_word(probability)),
        unplanned_probability=_unplanned(projection, target, threshold),
        december_probability=_by_december(projection, raw, target, threshold),
        eventless_probability=_eventless(projection, target, threshold),
    )


def _silent(projection: Projection) -> Projection:
    """What a grey line keeps of its projection: the figures, past and present. Nobody hears of a forecast that has earned no verdict.

    A year that is over keeps its result.
    """
    if projection.complete:
        return projection
    nothing, unknown = np.empty((0,)), float("nan")
    told = replace(projection, straight_line=unknown, same_period=unknown, uncorrected=unknown)
    return replace(told, draws=nothing, paths=np.empty((0, 0)), ends=(), unplanned=nothing, events=(), eventless=None)


def _grey(projection: Projection, target: Target | None, threshold: float) -> tuple[str, Words]:
    """The grey status that holds whatever the probability and why, or an empty one."""
    if projection.model == "not_yet_assessed":
        return "not_yet_assessed", projection.reason
    if not projection.known:
        return "cannot_be_judged", projection.reason
    if target is None:
        return "cannot_be_judged", Text("No target for {year} on record.", year=projection.named())
    if not np.isfinite(threshold):
        return "cannot_be_judged", Text("There is no base yet to turn the target into an amount.")
    status, reason = _unearned(projection, target, threshold) if projection.projected else ("", Named(""))
    if not status and _hangs_on_the_range(projection, target):
        return "cannot_be_judged", _RANGE
    return status, reason


def _unearned(projection: Projection, target: Target, threshold: float) -> tuple[str, Words]:
    """The grey status of a year of which no figure is known: over already, judged by old figures, or by no past year; or an empty one."""
    known = [projection.seen] if projection.seen else projection.past.values()
    last = max((points[-1].end for points in known if points), default=None)
    if projection.calendar.over(projection.year, projection.as_of):
        return "cannot_be_judged", Text("{year} is over; its result is not known yet.", year=projection.named())
    if missing := overdue(projection.unit, projection.indicator, last, projection.as_of):
        return "stale", Text("The figure of {end} was due on {due} and has not come.", end=missing[0], due=missing[1])
    if last is not None and (projection.as_of - last).days > projection.indicator.stale_after_days:
        return "stale", Text("The latest figure is of {day}, {days:day|days} ago.", day=last, days=(projection.as_of - last).days)
    if not compare.judges(projection.evidence_years) and not _certain(projection, target, threshold):
        return "cannot_be_judged", Text("No past year is known both at this time and at its end.")
    return "", Named("")


def threshold_of(projection: Projection, target: Target | None) -> float:
    """The target in the projection's natural unit."""
    return float("nan") if target is None else _natural(projection, target, target.threshold)


def _natural(projection: Projection, target: Target, threshold: float) -> float:
    return threshold if target.measure == "flow" else projection.amount(threshold)


def outcome(projection: Projection, target: Target | None, outturn: float) -> float:
    """1 where an outturn meets the target, 0 where it misses it; NaN without one, or where the range it is known to lie in holds the answer."""
    goals = [_natural(projection, target, threshold) for threshold in target.thresholds] if target and np.isfinite(outturn) else []
    found = {compare.meets(outturn, target.comparator, goal) for goal in goals if target and np.isfinite(goal)}
    return float(found.pop()) if len(found) == 1 else float("nan")


_RANGE = Text("The target was worked out from rounded figures and is not known closely enough to tell whether it is met.")


def _hangs_on_the_range(projection: Projection, target: Target) -> bool:
    """Whether the year is good at one end of the range in which the target is known to lie and in danger at the other."""
    goals = [_natural(projection, target, threshold) for threshold in target.thresholds]
    said = {verdict_word(_published(projection, projection.prob(target.comparator, goal), target, goal)) for goal in goals}
    return bool(said & {*GOOD}) and not said <= {*GOOD, "uncertain"}


def _certain(projection: Projection, target: Target, threshold: float) -> bool:
    """Whether the outcome is settled: the year's figure is final, or an amount that only grows has passed the goal, or the limit, by a final one.

    An estimate, of the year or on the way, may yet be revised: nothing is certain by it.
    """
    if projection.year_figure is not None:
        return projection.final
    if not projection.indicator.adds_up:
        return False
    return any(point.final and compare.settled(point.value, target.comparator, threshold) for point in projection.seen)


def _published(projection: Projection, raw: float, target: Target, threshold: float) -> float:
    """The probability as published, so that the word follows from the figure the reader sees.

    An office's own figure of the whole year is evidence enough, however few past years are known.
    """
    years = max(projection.evidence_years, compare.EVIDENCE[-1][0]) if projection.year_figure else projection.evidence_years
    return compare.published(raw, years=years, certain=_certain(projection, target, threshold))


def _unplanned(projection: Projection, target: Target, threshold: float) -> float:
    """The chance from the pace alone, where the plan entered the projection."""
    if not projection.unplanned.size or _certain(projection, target, threshold):
        return float("nan")
    raw = replace(projection, draws=projection.unplanned).prob(target.comparator, threshold)
    return _published(projection, raw, target, threshold)


def _eventless(projection: Projection, target: Target, threshold: float) -> float:
    """The chance without the events written down, where some entered the projection."""
    without = projection.eventless
    return _published(without, without.prob(target.comparator, threshold), target, threshold) if without else float("nan")


def without_events(outlook: Outlook) -> Outlook | None:
    """The outlook as it would be without the events written down; None where none entered."""
    return assess(outlook.projection.eventless, outlook.target) if outlook.projection.eventless else None


def _by_december(projection: Projection, raw: float, target: Target, threshold: float) -> float:
    """The published chance by the plan as it will stand in December: never certain, for a plan that was reached may still be raised."""
    base, record = projection.base, projection.plan_record
    if record is None or base is None or not compare.upwards(target.comparator):
        return float("nan")
    chance = by_december(raw, record, share=threshold / base.value)
    return compare.published(chance, years=projection.evidence_years)


def _other(projection: Projection, target: Target) -> Verdict:
    threshold = threshold_of(projection, target)
    if not projection.known or not np.isfinite(threshold) or target.version in NO_GOAL:
        return Verdict(target, threshold, float("nan"))
    return Verdict(target, threshold, _published(projection, projection.prob(target.comparator, threshold), target, threshold))


def _base_checks(projection: Projection, target: Target, status: str) -> tuple[BaseCheck, ...]:
    """The verdict on every other base known: a growth target is only as firm as the figure it is reckoned on."""
    if target.measure == "flow" or len(projection.bases) < 2:
        return ()
    checks = []
    for base in projection.bases[1:]:
        threshold = projection.amount(target.threshold, base)
        probability = _published(projection, projection.prob(target.comparator, threshold), target, threshold)
        flips = status not in GREY and (verdict_word(probability) in GOOD) != (status in GOOD)
        checks.append(BaseCheck(base, threshold, probability, flips))
    return tuple(checks)


def outlook_for(
    obs: pd.DataFrame, unit: Unit, ind: Indicator, year: int, *, as_of: dt.date | str, seed: int = 0, errors: pd.DataFrame | None = None
) -> Outlook:
    """Project one indicator of a unit and hold it against every version of its target in force; `errors` as in `project`."""
    events = events_of(unit, ind, year, as_of=day(as_of))
    return _judged(project(obs, ind, year, as_of=as_of, seed=seed, unit=unit, errors=errors, events=events))


def outlooks(
    obs: pd.DataFrame, unit: Unit, year: int, *, as_of: dt.date | str, seed: int = 0, errors: pd.DataFrame | None = None
) -> list[Outlook]:
    """The outlook of every line the unit tracks, in the order of its resolution; `errors` as in `project`, of all lines."""
    moment, lines = day(as_of), unit.indicators.values()
    requests = [Request(obs, ind, year, unit, errors=errors, events=events_of(unit, ind, year, as_of=moment)) for ind in lines]
    return [_judged(projection) for projection in project_many(requests, as_of=as_of, seed=seed)]


def _judged(projection: Projection) -> Outlook:
    target, others = in_force(projection.unit.id, projection.indicator, projection.year, as_of=projection.as_of)
    return assess(projection, target, others=others)


def worst_first(items: list[Outlook]) -> list[Outlook]:
    """The lines in danger first, then what cannot be judged, then what goes well; within a status the less probable first."""
    return sorted(items, key=lambda item: (item.word.rank, item.probability if np.isfinite(item.probability) else 2.0))
