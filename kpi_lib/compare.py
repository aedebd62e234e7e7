"""Does a value meet a goal, on which side of it does it lie, which chance is published, how is it rounded: asked here, nowhere else.

Knows no indicator and no words. What a page's script needs of these rules it gets as data (`MEETING`, `slack`, `chance_steps`).
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from functools import lru_cache
from typing import Literal, overload

import numpy as np

Side = Literal["short", "equal", "over"]
SIDES: tuple[Side, ...] = ("short", "equal", "over")  # below the threshold, on it, above it
MEETING: dict[str, tuple[Side, ...]] = {  # the sides of the threshold that meet a goal
    ">=": ("equal", "over"),
    ">": ("over",),
    "<=": ("short", "equal"),
    "<": ("short",),
    "=": ("equal",),
}
TOLERANCE = 1e-9  # two figures are equal when they differ by no more than this share of the goal's size
# Evidence and chance: the one table. From so many past years with a comparable figure on, a chance stays within these whole percents; with
# fewer than the first row asks for, nothing is judged.
EVIDENCE: tuple[tuple[int, tuple[int, int]], ...] = ((1, (11, 89)), (3, (5, 95)), (5, (1, 99)))
FINEST = 6  # decimals printed at most to keep a number on its side of a goal
STATED = 3  # decimals with which a goal may be stated


def slack(goal: float) -> float:
    """How far a figure may lie from `goal` and still be equal to it.

    >>> slack(0.0), slack(-1.0)
    (1e-09, 1e-09)
    """
    return TOLERANCE * max(1.0, abs(goal))


def side(value: float, goal: float) -> Side:
    """Where a value lies: short of the goal's threshold, equal to it within the tolerance, or over it. Whether that is good, `meets` says.

    >>> side(99.96, 100), side(100 - 1e-9, 100), side(5.1, 5)
    ('short', 'equal', 'over')
    """
    return "equal" if abs(value - goal) <= slack(goal) else "over" if value > goal else "short"


@overload
def meets(value: float, comparator: str, goal: float) -> bool: ...
@overload
def meets(value: np.ndarray, comparator: str, goal: float) -> np.ndarray: ...
def meets(value: float | np.ndarray, comparator: str, goal: float) -> bool | np.ndarray:
    """Whether a value, or each of an array of them, meets a goal; both in one unit. NaN meets none.

    >>> [meets(90.0, comparator, 90.0) for comparator in MEETING]
    [True, False, True, False, True]
    >>> meets(np.array([89.0, 91.0]), ">", 90.0).tolist()
    [False, True]
    """
    values, tolerance = np.asarray(value, dtype=float), slack(goal)
    distance = values - goal
    held = {"short": distance < -tolerance, "equal": np.abs(distance) <= tolerance, "over": distance > tolerance}
    met = np.logical_or.reduce([held[name] for name in MEETING[comparator]])
    return met if isinstance(value, np.ndarray) else bool(met)


def settled(amount: float, comparator: str, goal: float) -> bool:
    """Whether what is still added to an amount cannot change its answer: the goal is met, or missed, for good.

    >>> [settled(80.0, comparator, 80.0) for comparator in MEETING], [settled(81.0, comparator, 80.0) for comparator in MEETING]
    ([True, False, False, True, False], [True, True, True, True, True])
    """
    still = SIDES[SIDES.index(side(amount, goal)) :]
    return len({name in MEETING[comparator] for name in still}) == 1


def upwards(comparator: str) -> bool:
    """Whether a goal is reached from below: more is better."""
    return comparator in (">=", ">")


def half_up(value: float, decimals: int) -> Decimal:
    """A number as it is printed: halves away from zero, as offices round, of the digits that the number shows.

    >>> [str(half_up(value, 1)) for value in (0.25, -0.25, 1.05)]
    ['0.3', '-0.3', '1.1']
    """
    return Decimal(repr(float(value))).quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)


def rounded(value: float, decimals: int) -> float:
    """A number as it is printed, to reckon and to compare with; never a negative nought; not finite as it came.

    >>> rounded(2.5, 0), rounded(-0.04, 1)
    (3.0, 0.0)
    """
    return float(half_up(value, decimals)) + 0.0 if math.isfinite(value) else value


def decimals_for(value: float, goal: float, decimals: int) -> int:
    """The decimals that keep a printed number on its side of a goal: `decimals`, or as many more as that takes, up to `FINEST`.

    The printed number lies on its side both of the goal itself and of the goal printed as finely. A number equal to the goal is printed with
    the goal's own decimals, where these are no more than `STATED`.

    >>> decimals_for(99.96, 100, 1), decimals_for(99.94, 100, 1), decimals_for(100.0, 100, 0), decimals_for(98.44, 98.44, 1)
    (2, 1, 0, 2)
    """
    if not (math.isfinite(value) and math.isfinite(goal)):
        return decimals
    true = side(value, goal)
    if true == "equal":
        return next((finer for finer in range(decimals, STATED + 1) if side(rounded(goal, finer), goal) == "equal"), decimals)
    for finer in range(decimals, FINEST):
        printed = rounded(value, finer)
        if side(printed, goal) == true == side(printed, rounded(goal, finer)):
            return finer
    return max(decimals, FINEST)


def judges(years: int) -> bool:
    """Whether so many past years of evidence allow a chance at all."""
    return years >= EVIDENCE[0][0]


def decimals_within(width: float, decimals: int) -> int:
    """The decimals in which a projected value is said whose interval is so wide: a tenth of it, down to a power of ten.

    Negative ones are tens, hundreds, ...; never finer than `decimals`, those of the measure. No width, no uncertainty: `decimals`.

    >>> decimals_within(11854.0, 0), decimals_within(2.21, 2), decimals_within(15.0, 0), decimals_within(0.0, 1)
    (-3, 1, 0, 1)
    """
    if not math.isfinite(width) or width <= 0:
        return decimals
    return min(decimals, -math.floor(math.log10(width / 10)))


def chance_range(years: int) -> tuple[int, int]:
    """The least and the greatest chance, in percent, that so many past years of evidence allow to be published.

    >>> chance_range(2), chance_range(4), chance_range(5)
    ((11, 89), (5, 95), (1, 99))
    """
    return max(row for row in EVIDENCE if row[0] <= max(years, EVIDENCE[0][0]))[1]


@lru_cache(maxsize=len(EVIDENCE))
def _steps(low: int, high: int) -> tuple[tuple[float, float], ...]:
    return ((0.0, low / 100), *(((percent - 0.5) / 100 - TOLERANCE, percent / 100) for percent in range(low + 1, high + 1)))


def chance_steps(years: int) -> tuple[tuple[float, float], ...]:
    """The rule by which a chance is published, as a table: (from this raw share on, the published chance), in rising order.

    Whole percent, halves up (a share and its half are equal within the tolerance), never nearer to 0 or 1 than the evidence allows.
    """
    return _steps(*chance_range(years))


def published(raw: float, *, years: int, certain: bool = False) -> float:
    """The chance that is published for a raw share of simulated years, with so many past years behind it; 0 or 1 only where it is certain.

    NaN where there is no share, or too little evidence for any chance.

    >>> published(0.125, years=9), published(0.999, years=3), published(1.0, years=0, certain=True)
    (0.13, 0.95, 1.0)
    """
    if certain:
        return float(raw >= 0.5)
    if not (math.isfinite(raw) and judges(years)):
        return float("nan")
    steps = chance_steps(years)
    return steps[max(bisect_right(steps, raw, key=lambda step: step[0]) - 1, 0)][1]


def share_out(total: int, quotas: Sequence[Fraction | float]) -> list[int]:
    """Whole numbers near their quotas that add up to `total`: the method of the largest remainder (Hamilton).

    Each quota is rounded down; what is then left of the total goes to the largest remainders, of equal ones to the first. Quotas may be
    negative, and need not quite add up to the total.

    >>> share_out(10, [Fraction(10, 3)] * 3), share_out(1, [0.4, 0.4, 0.2]), share_out(-2, [-1.5, -0.6])
    ([4, 3, 3], [1, 0, 0], [-1, -1])
    """
    parts = [math.floor(quota) for quota in quotas]
    left = total - sum(parts)
    order = sorted(range(len(parts)), key=lambda index: (parts[index] - quotas[index], index))
    for step in range(abs(left)):
        parts[order[step % len(order)] if left > 0 else order[-1 - step % len(order)]] += 1 if left > 0 else -1
    return parts


def counts_met(chances: Sequence[float]) -> np.ndarray:
    """The chance that exactly 0, 1, ... of independent goals are met, `(goals + 1,)`: exact, one goal after another (Poisson-binomial).

    >>> counts_met([0.5, 0.5]).tolist(), counts_met([1.0, 0.25]).tolist(), counts_met([]).tolist()
    ([0.25, 0.5, 0.25], [0.0, 0.75, 0.25], [1.0])
    """
    found = np.ones(1)
    for chance in chances:
        found = np.append(found * (1 - chance), 0.0) + np.append(0.0, found * chance)
    return found


FEW = 5  # a count below it may be about persons one could name
TOTAL = ""  # stands among the names withheld where the total must be, too


def withheld(amounts: Mapping[str, float]) -> frozenset[str]:
    """Whose counts a public table withholds so that nobody can work out a small one: the small ones that are not nil, then the next smallest.

    All of them get the same mark. With the total and the others shown, a withheld count must still be able to be any number below `FEW`; the next
    smallest joins them until it is, and at last the total (`TOTAL`) goes as well.

    >>> sorted(withheld({"a": 3, "b": 7, "c": 30, "d": 0})), sorted(withheld({"a": 8, "b": 9})), sorted(withheld({"a": 3, "b": 0}))
    (['a', 'b'], [], ['', 'a'])
    """
    rising = sorted((value, name) for name, value in amounts.items() if value > 0)
    count = sum(value < FEW for value, _ in rising)
    if not count:
        return frozenset()
    while count < len(rising) and not _open(rising, count):
        count += 1
    names = frozenset(name for _, name in rising[:count])
    return names if _open(rising, count) else names | {TOTAL}


def _open(rising: Sequence[tuple[float, str]], count: int) -> bool:
    """Whether the first so many, of which their sum and that none exceeds the next one are known, leave any of them open from 1 to below `FEW`."""
    whole, others = sum(value for value, _ in rising[:count]), count - 1
    most = rising[count][0] if count < len(rising) else math.inf
    return others > 0 and most > rising[count - 1][0] >= FEW and others <= whole - 2 * (FEW - 1) and whole - 1 <= others * most
