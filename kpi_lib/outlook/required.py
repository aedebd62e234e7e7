"""What would have to be true for a target to be met: the rest of the year against last year, the pace so far and what past years did."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from kpi_lib import compare
from kpi_lib.figures.histories import Point
from kpi_lib.forecast.growth import QUARTER_WEIGHTS
from kpi_lib.forecast.projection import Projection
from kpi_lib.outlook.verdict import Outlook
from kpi_lib.periods import MONTHS, QUARTER, same_point

SURE = 0.8


@dataclass(frozen=True, slots=True)
class Tally:
    """In how many (`met`) of the past years that can be compared (`of`)."""

    met: int = 0
    of: int = 0


def tally(values: Iterable[float], needed: float) -> Tally:
    """How many of some past values were at least `needed`.

    >>> tally([1.1, 0.9, 1.3], 1.1)
    Tally(met=2, of=3)
    """
    values = list(values)
    return Tally(sum(compare.meets(value, ">=", needed) for value in values), len(values)) if math.isfinite(needed) else Tally()


@dataclass(frozen=True, slots=True)
class Aim:
    """What the rest of the year has to bring for the goal to be met with a chance of `sure`.

    `amount` is in the natural unit: the amount of the months left, the change still needed (towards the goal; negative where there is
    room to spare), or the growth the months left have to show. `reached` counts past years whose same months did at least that. For amounts: `of_last_year` %
    of last year's same months, with `grew` past years that grew as much on the year before them; `of_pace` times the monthly pace
    so far, with `ran` past years that did. `persons` is the change in residents.
    """

    sure: float
    amount: float
    reached: Tally = Tally()
    of_last_year: float = float("nan")
    grew: Tally = Tally()
    of_pace: float = float("nan")
    ran: Tally = Tally()
    persons: float = float("nan")


@dataclass(frozen=True, slots=True)
class Conditions:
    """What would have to be true to reach the target: `kind` is "amount", "change" or "growth".

    The rest of the year begins after `since` (None: nothing is known of the year). `aims` are for even odds (exactly the goal) and, where
    it can be said, for 80%. `best` is the most a past year did in the same months, `best_year` which, `best_error` by how much it may be
    off where no office published it; `weight` the part of the year's
    growth that is known; `upwards` whether the goal is reached from below.
    """

    kind: str
    since: dt.date | None
    months_left: float
    aims: tuple[Aim, ...]
    best: float = float("nan")
    best_year: int = 0
    best_error: float = float("nan")
    best_persons: float = float("nan")
    weight: float = float("nan")
    upwards: bool = True


def conditions(outlook: Outlook) -> Conditions | None:
    """What would have to be true; None where a figure of the year is known, the goal reached for good, or nothing is projected or aimed at."""
    projection = outlook.projection
    if not projection.projected or outlook.target is None or not np.isfinite(outlook.threshold):
        return None
    if projection.indicator.adds_up:
        return _of_amount(outlook)
    return _of_growth(outlook) if projection.indicator.kind.growth_to_date else _of_change(outlook)


def _of_amount(outlook: Outlook) -> Conditions | None:
    projection = outlook.projection
    achieved = achieved_by_now(projection)
    if not counts_up(outlook) or compare.meets(achieved, ">=", outlook.threshold):
        return None
    since = projection.seen[-1].end if projection.seen else None
    gone = projection.calendar.months_gone(since) if since else 0.0
    past = halves(projection, since)
    rests = {year: total - before for year, (before, total) in past.items()}
    left = MONTHS - gone
    paces = [(total - before) / left / (before / gone) for before, total in past.values() if before > 0 and gone and left]
    last, pace = rests.get(projection.year - 1, float("nan")), achieved / gone if gone else float("nan")
    aims = []
    for sure, amount in _amounts(outlook, outlook.threshold - achieved, achieved):
        growth = amount / last if last > 0 else float("nan")
        times = amount / left / pace if left and pace > 0 else float("nan")
        aims.append(
            Aim(sure, amount, tally(rests.values(), amount), 100 * growth, tally(growths(rests), growth), times, tally(paces, times))
        )
    return _conditions("amount", since, left, aims, rests)


def growths(amounts: dict[int, float]) -> list[float]:
    """How many times the year before it each year's amount is, where both are known.

    >>> growths({2022: 10.0, 2023: 12.0, 2025: 9.0})
    [1.2]
    """
    return [amounts[year] / amounts[year - 1] for year in amounts if amounts.get(year - 1, 0.0) > 0]


def _amounts(outlook: Outlook, remaining: float, achieved: float) -> Iterator[tuple[float, float]]:
    """The amount that meets the goal exactly, and the one to aim at for 80%: the same spread around it as the projection has."""
    yield 0.5, in_whole(outlook, remaining)
    middle, low = (outlook.projection.quantile(p) - achieved for p in (0.5, 1 - SURE))
    if low > 0:
        yield SURE, in_whole(outlook, remaining * middle / low)


def _conditions(
    kind: str, since: dt.date | None, left: float, aims: Iterable[Aim], past: dict[int, float], **more: float | bool
) -> Conditions:
    year = max(past, key=lambda number: (past[number], number)) if past else 0
    return Conditions(kind, since, left, tuple(aims), past.get(year, float("nan")), year, **more)  # type: ignore[arg-type]


def _of_growth(outlook: Outlook) -> Conditions:
    """The growth the quarters left would have to show, the year to date taken with its usual weight in the year."""
    projection, month_of = outlook.projection, outlook.projection.calendar.month_of
    seen = [point for point in projection.seen if month_of(point.end)[1] < MONTHS]
    last = seen[-1] if seen and projection.model == "growth_to_date" else None
    quarters = month_of(last.end)[1] // QUARTER if last else 0
    done = float(QUARTER_WEIGHTS[:quarters].sum())
    to_date = last.value if last else 0.0

    def rest(year: float, so_far: float) -> float:
        return (year - done * so_far) / (1 - done)

    past = projection.rests
    shortfall = projection.quantile(0.5) - projection.quantile(1 - SURE)
    needed = ((0.5, rest(outlook.threshold, to_date)), (SURE, rest(outlook.threshold + shortfall, to_date)))
    aims = [Aim(sure, amount, tally(_told_apart(past.values(), amount), amount)) for sure, amount in needed]
    values = {year: point.value for year, point in past.items()}
    found = _conditions("growth", last.end if last else None, float(MONTHS - QUARTER * quarters), aims, values, weight=done)
    best = past.get(found.best_year)
    if best and not list(_told_apart([best], needed[0][1])):
        return replace(found, best=float("nan"))
    return replace(found, best_error=best.derived.error) if best and best.derived else found


def _told_apart(points: Iterable[Point], needed: float) -> Iterator[float]:
    """The values that lie on one side of what is needed for sure: derived ones that may lie on either are left out."""
    for point in points:
        if point.derived is None or abs(point.value - needed) >= point.derived.error:
            yield point.value


def _of_change(outlook: Outlook) -> Conditions | None:
    """The change still needed, against what past years changed from the same day to their end."""
    projection = outlook.projection
    points = [point for year in sorted(projection.past) for point in projection.past[year]]
    start = projection.seen[-1] if projection.seen else points[-1] if points else None
    calendar = projection.calendar
    if start is None or start.end < calendar.end(projection.year - 1):
        return None
    upwards = from_below(outlook)
    sign = 1.0 if upwards else -1.0
    spans = dict(_spans(projection, points, start.end))
    changes = {year: sign * (end - begin) for year, (begin, end) in spans.items()}
    people = _people(outlook)
    aims = [
        Aim(sure, amount, _as_often(outlook, spans, changes, amount), persons=people(amount, sure))
        for sure, amount in _shifts(outlook, sign, sign * (outlook.threshold - start.value))
    ]
    gone = calendar.place(start.end, projection.year)
    found = _conditions("change", start.end, MONTHS - gone, aims, changes, upwards=upwards)
    return replace(found, best_persons=people(found.best, SURE) if math.isfinite(found.best) else float("nan"))


def _as_often(outlook: Outlook, spans: dict[int, tuple[float, float]], changes: dict[int, float], needed: float) -> Tally:
    """Past years that changed at least as much. Of a count that must be nil: years that came to the goal, or, once there, kept to it."""
    if not outlook.indicator.kind.must_be_nil:
        return tally(changes.values(), needed)
    goal = outlook.threshold
    ends = [end for begin, end in spans.values() if compare.meets(begin, ">", goal) == (needed > 0)]
    return Tally(sum(compare.meets(end, "<=", goal) for end in ends), len(ends))


def from_below(outlook: Outlook) -> bool:
    """Whether the goal is reached from below; of an exact one the indicator's direction says so."""
    comparator = outlook.target.comparator if outlook.target else "="
    return outlook.indicator.direction == "higher" if comparator == "=" else compare.upwards(comparator)


def _spans(projection: Projection, points: list[Point], start: dt.date) -> Iterator[tuple[int, tuple[float, float]]]:
    """Values on the same day and on the last day of each past year that has a figure for both."""
    for year in projection.past:
        end = projection.past[year][-1]
        then = same_point(points, start, year - projection.year, projection.calendar)
        if then is not None and projection.calendar.is_year_end(end.end):
            yield year, (then.value, end.value)


def _shifts(outlook: Outlook, sign: float, gap: float) -> Iterator[tuple[float, float]]:
    """The change that meets the goal exactly, and the one to aim at for 80%, where the indicator's limits leave room for it."""
    projection, ind = outlook.projection, outlook.indicator
    yield 0.5, gap
    if ind.kind.must_be_nil:
        return  # the cases left are closed or they are not
    spread = abs(projection.quantile(0.5) - projection.quantile(1 - SURE if sign > 0 else SURE))
    if ind.lower <= outlook.threshold + sign * spread <= ind.upper:
        yield SURE, gap + spread


def _people(outlook: Outlook) -> Callable[[float, float], float]:
    """Points of a share of all residents in persons; for the goal itself the very number that is missing."""
    population = outlook.projection.unit.population if outlook.indicator.per_population else 0

    def persons(points: float, sure: float) -> float:
        if not population:
            return float("nan")
        return float(persons_missing(outlook)) if sure == 0.5 and points > 0 else float(math.ceil(population * points / 100 - 1e-9))

    return persons


def persons_missing(outlook: Outlook) -> int:
    """Residents still to be reached for a share of the population (as `narrative.people_missing` says it); 0 where none are known."""
    projection = outlook.projection
    population = projection.unit.population if outlook.indicator.per_population else 0
    if not population or outlook.target is None or not projection.seen or not from_below(outlook):
        return 0
    goal = outlook.target.threshold
    missing = math.ceil(population * goal / 100 - 1e-9) - int(compare.rounded(population * projection.achieved / 100, 0))
    return max(missing, 0 if compare.meets(projection.achieved, ">" if outlook.target.comparator == ">" else ">=", goal) else 1)


def counts_up(outlook: Outlook) -> bool:
    """An amount that adds up, held against a target to be reached from below, in a year that is not over."""
    projection, target = outlook.projection, outlook.target
    return bool(
        projection.indicator.adds_up
        and projection.known
        and not projection.complete
        and target is not None
        and compare.upwards(target.comparator)
        and np.isfinite(outlook.threshold)
    )


def achieved_by_now(projection: Projection) -> float:
    """The amount of the year so far, nil before its first figure."""
    return projection.achieved if projection.seen else 0.0


def in_whole(outlook: Outlook, value: float) -> float:
    """Enterprises and persons come whole: half a one more is one more."""
    whole = outlook.indicator.whole and outlook.projection.decimals == 0
    return float(math.ceil(value - 1e-9)) if whole and math.isfinite(value) else value


def halves(projection: Projection, day: dt.date | None) -> dict[int, tuple[float, float]]:
    """Of each complete past year the amount by the same day as one of this year (None: nothing yet), and that of the whole year."""
    found = {}
    for year, points in projection.past.items():
        if not points or not projection.calendar.is_year_end(points[-1].end):
            continue
        then = same_point(points, day, year - projection.year, projection.calendar) if day else None
        if then is not None or day is None:
            found[year] = (then.value if then is not None else 0.0, points[-1].value)
    return found
