"""What if the months left go better or worse, a dated sum comes in, or a level ends higher? Arithmetic on the simulated years.

The page gets every draw, sorted and scaled to whole numbers, so that its probability is that of the draws; page, JupyterLab and the table
of scenarios reckon alike. At the starting position the published figures themselves stand.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np

from kpi_lib import compare
from kpi_lib.forecast.projection import Projection
from kpi_lib.outlook.verdict import Outlook, status_word
from kpi_lib.periods import MONTHS, same_point
from kpi_lib.words.messages import Text, Words, listed

STEPS = 1_000_000  # the largest remaining amount as a whole number
THIRDS = (-1.0, -2 / 3, -1 / 3, 0.0, 1 / 3, 2 / 3, 1.0)  # of the way to either end, in the table of scenarios
SHARES = (-1.0, -0.5, -0.25, 0.0, 0.25, 0.5, 1.0)  # of a shift's range, in the table of scenarios
HALF = 0.5


@dataclass(frozen=True, slots=True)
class Event:
    """A sum that comes in a month of the year, counted from its first, with a chance of 0 to 1."""

    amount: float
    month: int = MONTHS
    chance: float = 1.0


@dataclass(frozen=True, slots=True)
class Scenario:
    """The year under a supposition: probability as published (clipped and rounded), its word, median and 80% interval."""

    probability: float
    status: str
    median: float
    low80: float
    high80: float


@dataclass(frozen=True, slots=True)
class Lever:
    """What the slider moves, in whole positions from `low` to `high`; at `start` the published figures stand.

    `mode` `last_year`: positions are percent of last year's same months, of which the projection makes `ratio` percent; `projection`:
    percent above or below the projection; `shift`: steps of `step` by which the year-end value moves. `last_left` is last year's amount
    over the months left, NaN where it is not known.
    """

    mode: Literal["last_year", "projection", "shift"]
    start: int
    low: int
    high: int
    step: float = 1.0
    ratio: float = float("nan")
    last_left: float = float("nan")

    def value(self, position: int) -> float:
        """The factor on the remaining amounts, or the shift of the year-end value, at a position."""
        if position == self.start:
            return 0.0 if self.mode == "shift" else 1.0
        if self.mode == "last_year":
            return position / self.ratio
        return position * self.step if self.mode == "shift" else 1 + position / 100


@dataclass(frozen=True, slots=True)
class Needed:
    """Where on the slider the target is met with probability 50%: `at` a position, or `always` or `never` within its range."""

    state: Literal["at", "always", "never"]
    position: int = 0


def refusal(outlook: Outlook) -> Words | None:
    """Why there is no what-if for a line; None where there is one: judged, not yet certain, with simulated years."""
    projection = outlook.projection
    if projection.complete:
        return Text("the year is over or its result is known.")
    if projection.indicator.kind.once_a_year:
        return Text("the line is assessed once a year.")
    if not outlook.judged or outlook.target is None or not np.isfinite(outlook.probability) or not projection.paths.size:
        return listed([Text("there is too little to judge it by."), *([outlook.reason] if outlook.reason["en"] else [])], " ")
    if outlook.status in ("met", "missed"):
        return Text("the target has been passed already.")
    return None


@dataclass(frozen=True)
class Draws:
    """The simulated years of a line as the page has them: sorted whole numbers and what one of them is worth."""

    outlook: Outlook

    @property
    def adds_up(self) -> bool:
        """Whether the amounts of the months left are moved, as against the year-end value."""
        return self.outlook.indicator.adds_up

    @cached_property
    def achieved(self) -> float:
        """The amount reached so far; nothing where no figure of the year is known."""
        projection = self.outlook.projection
        return projection.achieved if self.adds_up and projection.seen else 0.0

    @cached_property
    def whole(self) -> np.ndarray:
        """Remaining amounts, or year-end values, `(draws,)`, in units of `unit`."""
        return np.rint(np.sort(self._left) / self.unit)

    @property
    def _left(self) -> np.ndarray:
        return self.outlook.projection.draws - self.achieved

    @cached_property
    def unit(self) -> float:
        """What one whole number is worth: fine enough, and such that counts and figures as delivered stay exact."""
        left = self._left
        if np.array_equal(left, np.rint(left)):
            return 1.0
        if not self.adds_up:
            return float(f"1e-{self.outlook.projection.decimals + 3}")
        return max(float(np.abs(left).max()), 1e-12) / STEPS

    def totals(self, value: float) -> np.ndarray:
        """Year-end values, sorted, at a lever's value."""
        left = self.whole * self.unit
        if self.adds_up:
            return self.achieved + value * left
        return np.clip(left + value, self.outlook.indicator.lower, self.outlook.indicator.upper)

    def share(self, totals: np.ndarray, at: float) -> float:
        """Share of sorted totals that meet the target moved to `at`."""
        slack = compare.slack(self.outlook.threshold)
        below, through = (int(np.searchsorted(totals, x, side)) for x, side in ((at - slack, "left"), (at + slack, "right")))  # type: ignore[call-overload]
        counts = {"short": below, "equal": through - below, "over": len(totals) - through}
        return sum(counts[side] for side in compare.MEETING[comparator_of(self.outlook)]) / len(totals)

    def probability(self, value: float, event: Event | None) -> float:
        """The chance at a lever's value, as published: clipped by the years of evidence, in whole percent."""
        amount, chance = (event.amount, event.chance) if event else (0.0, 0.0)
        totals, threshold = self.totals(value), self.outlook.threshold
        raw = (1 - chance) * self.share(totals, threshold) + chance * self.share(totals, threshold - amount)
        return compare.published(raw, years=self.outlook.projection.evidence_years)


def comparator_of(outlook: Outlook) -> str:
    return outlook.target.comparator if outlook.target else ">="


def hit_exactly(outlook: Outlook) -> bool:
    """Whether neither more nor less is better: the value has to be hit from both sides."""
    return comparator_of(outlook) == "=" and outlook.threshold > outlook.indicator.lower


def _nothing(event: Event | None) -> bool:
    return event is None or event.amount * event.chance == 0


def scenario(outlook: Outlook, *, pace: float = 1.0, event: Event | None = None, shift: float = 0.0) -> Scenario:
    """The year if the remaining amounts are `pace` times what each simulated year says and an event may come.

    Where figures do not add up, the year-end value moves by `shift` within its natural limits instead; the other two then mean nothing.
    With nothing supposed these are the published figures.
    """
    draws = Draws(outlook)
    value, event = (pace, event) if draws.adds_up else (shift, None)
    if value == (1.0 if draws.adds_up else 0.0) and _nothing(event):
        low, high = outlook.projection.interval(0.8)
        return Scenario(outlook.probability, outlook.status, outlook.projection.quantile(0.5), low, high)
    totals, probability = draws.totals(value), draws.probability(value, event)
    amount, chance = (event.amount, event.chance) if event else (0.0, 0.0)
    median, low, high = (quantile(totals, amount, chance, p) for p in (0.5, 0.1, 0.9))
    return Scenario(probability, status_word(probability), median, low, high)


def scenario_at(outlook: Outlook, lever: Lever, position: int, event: Event | None = None) -> Scenario:
    """The year at a position of the slider."""
    value = lever.value(position)
    return scenario(outlook, shift=value) if lever.mode == "shift" else scenario(outlook, pace=value, event=event)


def quantile(totals: np.ndarray, amount: float, chance: float, p: float) -> float:
    """Smallest total reached with probability p, of the mixture with and without the event."""
    if amount * chance == 0:
        return float(totals[max(int(np.ceil(p * len(totals) - 1e-9)) - 1, 0)])
    low, high = float(totals[0]) + min(amount, 0.0), float(totals[-1]) + max(amount, 0.0)
    for _ in range(60):
        middle = (low + high) / 2
        below = (1 - chance) * np.searchsorted(totals, middle, side="right") + chance * np.searchsorted(
            totals, middle - amount, side="right"
        )
        low, high = (low, middle) if below / len(totals) >= p else (middle, high)
    return high


def lever_of(outlook: Outlook) -> Lever:
    """The slider of a line: against last year's same months where they are known, else against the projection, else a shift."""
    if not outlook.indicator.adds_up:
        return _shift(outlook)
    projected = outlook.projection.quantile(0.5) - Draws(outlook).achieved
    last = last_left(outlook.projection)
    ratio = 100 * projected / last if last > 0 else float("nan")
    reach = _reach(outlook, projected)
    if not 2 <= ratio <= 1000:
        return Lever("projection", 0, -int(np.ceil(100 - 100 / reach)), int(np.ceil(100 * reach - 100)), last_left=last)
    return Lever("last_year", round(ratio), int(np.floor(ratio / reach)), int(np.ceil(reach * ratio)), ratio=ratio, last_left=last)


def _reach(outlook: Outlook, projected: float) -> float:
    """How many times the months left a slider reaches: twice what the line's own spread says, and past the target; at least 1.2, at most 2."""
    low, high = (end - Draws(outlook).achieved for end in outlook.projection.interval(0.95))
    if not (projected > 0 and low >= 0):
        return 2.0
    needed = (outlook.threshold - Draws(outlook).achieved) / projected
    return float(np.clip(1 + max(2 * (high / projected - 1), 2 * (1 - low / projected), 1.5 * abs(needed - 1)), 1.2, 2.0))


def last_left(projection: Projection) -> float:
    """What last year brought over the months still missing this year, NaN where its figures do not say."""
    points = projection.past.get(projection.year - 1, ())
    plan_percent = projection.measure.of_plan  # shares of two plans do not compare
    if not points or not projection.calendar.is_year_end(points[-1].end) or plan_percent:
        return float("nan")
    if not projection.seen:
        return points[-1].value
    then = same_point(points[:-1], projection.seen[-1].end, -1, projection.calendar)
    return points[-1].value - then.value if then is not None else float("nan")


def _shift(outlook: Outlook) -> Lever:
    """A range that covers half the spread of the year-end value and the way to the target, in at most a hundred steps either way."""
    projection = outlook.projection
    low, high = projection.interval(0.95)
    reach = max((high - low) / 2, 1.5 * abs(projection.quantile(0.5) - outlook.threshold), 5 * 10.0**-projection.decimals)
    finest = 10.0**-projection.decimals
    step = max(nice(reach / 100), finest)
    count = int(np.ceil(reach / step - 1e-9))
    return Lever("shift", 0, -count, count, step=step)


def nice(value: float) -> float:
    """The next of 1, 2, 5, 10, 20, 50, ... from a value upwards.

    >>> nice(0.03), nice(7.0), nice(1000.0)
    (0.05, 10.0, 1000.0)
    """
    power = int(np.floor(np.log10(value)))
    lead = next(m for m in (1, 2, 5, 10) if m * 10.0**power >= value * (1 - 1e-9))
    return float(f"{lead}e{power}")


def needed(outlook: Outlook, lever: Lever, *, event: Event | None = None) -> Needed | None:
    """The least favourable position at which the target is met with a published probability of 50% or more.

    None where neither more nor less is better (a value to be hit exactly).
    """
    comparator = comparator_of(outlook)
    if hit_exactly(outlook):
        return None
    draws = Draws(outlook)
    places = range(lever.low, lever.high + 1)
    for count, position in enumerate(places if compare.upwards(comparator) else reversed(places)):
        base = position == lever.start and _nothing(event)
        if (outlook.probability if base else draws.probability(lever.value(position), event)) >= HALF:
            return Needed("at", position) if count else Needed("always")
    return Needed("never")


def positions(lever: Lever) -> list[int]:
    """The positions in the table of scenarios."""
    if lever.mode == "shift":
        return sorted({round(lever.high * share) for share in SHARES})
    below, above = lever.start - lever.low, lever.high - lever.start
    return sorted({lever.start + round(share * (below if share < 0 else above)) for share in THIRDS})
