"""A line of a unit as the sum of the units below it, simulated year by simulated year.

Shared shocks tie the units (the copula of `outlook.joint`), rates are the sum of numerators over the sum of denominators, and what a unit without
figures may add is bounded by those that have some (docs/hierarchy.md).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kpi_lib import compare
from kpi_lib.definitions.indicators import Indicator, Unit
from kpi_lib.definitions.measures import COUNTS, factor
from kpi_lib.forecast.projection import Projection
from kpi_lib.outlook.joint import correlations, shared_ranks
from kpi_lib.outlook.verdict import Outlook
from kpi_lib.words.messages import Text, Words

DRAWS = 4000
_NAN = float("nan")


@dataclass(frozen=True, slots=True)
class Child:
    """A unit below, and its projection of the line; None where it has none that may be told, and why.

    `last` is its amount of last year, NaN where none is known.
    """

    unit: Unit
    projection: Projection | None
    reason: Words
    last: float = _NAN


@dataclass(frozen=True, slots=True)
class Missing:
    """A unit without figures: what it may add to the sum, at least, in the middle and at most; NaN where nothing says how large it is."""

    unit: Unit
    reason: Words
    low: float
    middle: float
    high: float


@dataclass(frozen=True, slots=True)
class ChildrenSum:
    """The units below held against the unit's own target and its own projection, in the own projection's natural unit.

    `draws` are simulated years of the sum with each of the `missing` at its middle; `low` and `high` are what the missing may take from it or
    add. `merged` are units whose territory lies in others by now and is counted there. `base` is the denominator of a rate (last year's amounts, the plans), of a share
    the people it is reckoned on; NaN without one. `last` is the amount of last year of all that are counted, `goal` what the own target asks of these units.
    """

    own: Outlook
    children: tuple[Projection, ...]
    missing: tuple[Missing, ...]
    merged: tuple[Unit, ...]
    draws: np.ndarray
    low: float
    high: float
    base: float
    last: float
    goal: float

    @property
    def indicator(self) -> Indicator:
        """The line."""
        return self.own.indicator

    @property
    def units(self) -> int:
        """How many units there are below, those counted elsewhere left out."""
        return len(self.children) + len(self.missing)

    @property
    def middle(self) -> float:
        """The middle of the sum."""
        return float(np.median(self.draws))

    def interval(self, level: float = 0.8) -> tuple[float, float]:
        """The central interval of the sum, the missing at their least at its lower end and at their most at its upper."""
        low, high = np.quantile(self.draws, [(1 - level) / 2, (1 + level) / 2])
        return float(low + self.low), float(high + self.high)

    @property
    def rate(self) -> float:
        """The middle as the indicator's rate, numerators over denominators; the middle itself where there is no rate."""
        kind = self.indicator.kind
        if not kind.of_amounts:
            return self.middle
        share = 100.0 * self.middle / self.base if self.base > 0 else _NAN
        return share - 100.0 if kind.rate == "growth" else share

    @property
    def chances(self) -> tuple[float, float]:
        """The published chance that the units together meet the goal: with the missing at their worst, and at their best; NaN without a goal."""
        target = self.own.target
        if target is None or not np.isfinite(self.goal):
            return _NAN, _NAN
        years = min((child.evidence_years for child in self.children), default=0)
        ends = [np.nan_to_num(shift, nan=unknown) for shift, unknown in ((self.low, -np.inf), (self.high, np.inf))]
        raw = [float(compare.meets(self.draws + end, target.comparator, self.goal).mean()) for end in ends]
        low, high = sorted(compare.published(one, years=years) for one in raw)
        return low, high

    @property
    def explained(self) -> tuple[float, float]:
        """How far the own projection lies above the sum, at their middles, in two amounts that add up to it: what lay outside these units last year, at the own pace; and another pace than theirs.

        NaN where last year's amounts are not known of every unit and of the own line.
        """
        before, own = own_last(self.own.projection), self.own.projection
        if not self.indicator.adds_up or not own.known or not (before > 0 and self.last > 0):
            return _NAN, _NAN
        pace = own.middle / before
        return (before - self.last) * pace, self.last * pace - self.middle


def adds_up(ind: Indicator) -> Words | None:
    """Why a line of several units has no sum; None where it has one: amounts, counts, and shares of all residents, weighted by these."""
    if ind.kind.once_a_year:
        return Text("it is assessed for each unit")
    if ind.per_population and ind.measure.percent:
        return None
    if ind.natural_measure.percent:
        denominator = ind.denominator or ind.short
        return Text("a rate whose denominator ({denominator}) is not on record for every unit is not averaged", denominator=denominator)
    counted = ind.whole or ind.kind.never_falls or ind.kind.must_be_nil or ind.natural_measure in COUNTS
    return None if ind.adds_up or counted else Text("a level that is no count does not add up")


def own_last(projection: Projection) -> float:
    """A line's value at the end of last year, in the projection's unit; NaN where none is known."""
    points = projection.past.get(projection.year - 1, ())
    return points[-1].value if points and projection.calendar.is_year_end(points[-1].end) else _NAN


def children_sum(
    own: Outlook, children: Sequence[Child], *, merged: Sequence[Unit] = (), draws: int = DRAWS, correlation: np.ndarray | None = None
) -> ChildrenSum | None:
    """Add up the units below a unit.

    Parameters
    ----------
    own : the unit's own outlook of the line.
    children : the units that are counted, each once.
    merged : units that are counted in others.
    correlation : of the units' shocks; by default as `joint.correlations` states it and the units' own past years move it.

    Returns
    -------
    the sum; None where the line has none (`adds_up`) or no unit has figures.
    """
    if adds_up(own.indicator) is not None:
        return None
    found = [_part(own.projection, child) for child in children]
    told = [part for part in found if part.draws.size]
    if not told:
        return None
    tied = correlations([part.projection for part in told if part.projection]) if correlation is None else correlation
    ranks = shared_ranks(tied, draws)
    years = np.column_stack([np.sort(part.draws)[ranks[:, i] * part.draws.size // draws] for i, part in enumerate(told)])
    silent = [part for part in found if not part.draws.size]
    return (
        _shares(own, told, silent, years, merged) if own.indicator.natural_measure.percent else _amounts(own, told, silent, years, merged)
    )


@dataclass(frozen=True, slots=True)
class _Part:
    """A unit below in the unit of the sum: its simulated years (empty without), its denominator, last year's amount."""

    unit: Unit
    projection: Projection | None
    reason: Words
    draws: np.ndarray
    base: float
    last: float


def _part(own: Projection, child: Child) -> _Part:
    projection, reason, last = child.projection, child.reason, child.last
    if projection is None or not projection.known:
        return _Part(child.unit, None, reason, np.empty(0), _NAN, last)
    turned = factor(projection.measure, own.measure)
    draws = projection.draws * turned
    if not np.isfinite(turned) or projection.measure.of_plan:
        draws = np.empty(0)
        reason = Text("its figures are in {measure}", measure=projection.measure)
    base = projection.base.value * turned if projection.base and projection.indicator.kind.rate == own.indicator.kind.rate else _NAN
    return _Part(child.unit, projection, reason, draws, base, last * turned)


def _amounts(own: Outlook, told: list[_Part], silent: list[_Part], years: np.ndarray, merged: Sequence[Unit]) -> ChildrenSum:
    """The sum of amounts or counts; the silent by their size: last year's amount where all have one, else residents."""
    missing = tuple(_bounded(part, told) for part in silent)
    middles = [each.middle for each in missing]
    rates = own.indicator.kind.of_amounts
    base = _total(told, silent, "base") if rates else _NAN
    last = _total(told, silent, "last")
    return ChildrenSum(
        own=own,
        children=_projections(told),
        missing=missing,
        merged=tuple(merged),
        draws=years.sum(axis=1) + np.nansum(middles),
        low=float(np.sum([each.low - np.nan_to_num(each.middle) for each in missing])),
        high=float(np.sum([each.high - np.nan_to_num(each.middle) for each in missing])),
        base=base,
        last=last,
        goal=_goal(own, base),
    )


def _total(told: list[_Part], silent: list[_Part], name: str) -> float:
    """The denominators, or last year's amounts, of all units; of one that has none by its residents. NaN where one of those with figures has none."""
    known = [getattr(part, name) for part in told]
    people = sum(part.unit.population for part in told)
    a_head = sum(known) / people if people else _NAN
    rest = [value if np.isfinite(value := getattr(part, name)) else a_head * (part.unit.population or _NAN) for part in silent]
    return float(sum(known) + sum(rest))


def _bounded(part: _Part, told: list[_Part]) -> Missing:
    """What a unit without figures may add: its size times what those with figures have for each of theirs, the least and the most of them."""
    by_last = np.isfinite(part.last) and all(np.isfinite(each.last) and each.last > 0 for each in told)
    size = part.last if by_last else float(part.unit.population)
    sizes = np.array([each.last if by_last else float(each.unit.population) for each in told])
    if not size > 0 or not (sizes > 0).all():
        return Missing(part.unit, part.reason, _NAN, _NAN, _NAN)
    middles = np.array([float(np.median(each.draws)) for each in told])
    each = middles / sizes
    return Missing(part.unit, part.reason, float(size * each.min()), float(size * middles.sum() / sizes.sum()), float(size * each.max()))


def _shares(own: Outlook, told: list[_Part], silent: list[_Part], years: np.ndarray, merged: Sequence[Unit]) -> ChildrenSum | None:
    """The share of all residents: numerators over denominators, the silent between the lowest and the highest share of the others."""
    people = np.array([float(part.unit.population) for part in told])
    if not (people > 0).all():
        return None
    middles = np.median(years, axis=0)
    all_people = people.sum() + sum(part.unit.population for part in silent)
    ends = (float(middles.min()), float(middles @ people / people.sum()), float(middles.max()))
    missing = tuple(Missing(part.unit, part.reason, *(end if part.unit.population else _NAN for end in ends)) for part in silent)
    unheard = all_people - people.sum()
    unsized = any(not part.unit.population for part in silent)
    low, high = ((end - ends[1]) * unheard / all_people if not unsized else _NAN for end in (ends[0], ends[2]))
    return ChildrenSum(
        own=own,
        children=_projections(told),
        missing=missing,
        merged=tuple(merged),
        draws=(years @ people + ends[1] * unheard) / all_people,
        low=low,
        high=high,
        base=float(all_people),
        last=_NAN,
        goal=own.threshold,
    )


def _projections(told: list[_Part]) -> tuple[Projection, ...]:
    return tuple(part.projection for part in told if part.projection)


def _goal(own: Outlook, base: float) -> float:
    """What the own target asks of the units: a rate of their own base, an amount as it stands."""
    target, kind = own.target, own.indicator.kind
    if target is None or target.measure == "flow" or not kind.of_amounts or not np.isfinite(base):
        return own.threshold
    return base * (target.threshold + 100.0 if kind.rate == "growth" else target.threshold) / 100.0
