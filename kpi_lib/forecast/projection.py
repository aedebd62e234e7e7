"""What a projection is: the distribution of a year-end value as it could be known on a date, and the task it answers."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from kpi_lib import compare
from kpi_lib.definitions.events import DatedEvent
from kpi_lib.definitions.indicators import Indicator, Unit
from kpi_lib.definitions.measures import Measure
from kpi_lib.figures.histories import Figure, Point
from kpi_lib.forecast.plan_effect import PlanRecord
from kpi_lib.periods import Calendar
from kpi_lib.words.messages import Words


@dataclass(frozen=True, slots=True)
class Base:
    """What a rate is reckoned on: last year's amount for a growth rate, the plan in force for a share of it."""

    year: int
    value: float
    status: str
    published: dt.date
    source: str


@dataclass(frozen=True, slots=True)
class Projection:
    """The distribution of a year-end value as it could be known on `as_of`.

    `draws` `(draws,)` are in `measure` (the natural unit), empty when nothing can be projected, all equal when the year is complete with a
    final figure. `year_figure` is what was published of the whole year, be it before its end; `complete` says that the year has ended with it. Of
    a growth rate, `rests` holds how past years grew after the same number of quarters, published or derived.
    `paths` `(draws, horizon)` are the amounts of the missing periods ending on `ends` for a flow, and the value on each of `ends`
    otherwise. Where the year's plan entered the projection, `unplanned` `(draws,)` is what it would be without and `plan_record` what became
    of past years' plans; where the last estimate was corrected by its usual revision, `uncorrected` is the median without that; `now` `(draws,)`
    is what the sum to date may prove to be, empty where it is final. The line's own record, in `errors`, stretched the band `record_scale`
    times. `events` of the office entered; `eventless` is the same projection without them. `seen` are the cumulative points (or published values) of the year so far, `past` those of earlier years;
    `alone` the growth published of single quarters of the year.
    """

    unit: Unit
    indicator: Indicator
    year: int
    as_of: dt.date
    measure: Measure
    model: str
    reason: Words
    draws: np.ndarray
    ends: tuple[dt.date, ...] = ()
    paths: np.ndarray = field(default_factory=lambda: np.empty((0, 0)))
    seen: tuple[Point, ...] = ()
    past: dict[int, tuple[Point, ...]] = field(default_factory=dict)
    alone: tuple[Point, ...] = ()
    latest_part: Figure | None = None
    bases: tuple[Base, ...] = ()
    complete: bool = False
    evidence_years: int = 0
    straight_line: float = float("nan")
    same_period: float = float("nan")
    unplanned: np.ndarray = field(default_factory=lambda: np.empty(0))
    plan_record: PlanRecord | None = None
    year_figure: Point | None = None
    rests: dict[int, Point] = field(default_factory=dict)
    uncorrected: float = float("nan")
    now: np.ndarray = field(default_factory=lambda: np.empty(0))
    record_scale: float = 1.0
    errors: pd.DataFrame | None = field(default=None, repr=False)
    events: tuple[DatedEvent, ...] = ()
    eventless: Projection | None = field(default=None, repr=False)
    _quantiles: dict[tuple[float, ...], tuple[float, ...]] = field(default_factory=dict, init=False, repr=False, compare=False)

    @property
    def calendar(self) -> Calendar:
        """How its years are counted."""
        return self.unit.calendar_of(self.indicator)

    def named(self, year: int | None = None) -> str:
        """The year judged, or another one, as readers write it: 2025, or 2025/26."""
        return self.calendar.name(self.year if year is None else year)

    @property
    def known(self) -> bool:
        """Whether there is a distribution at all."""
        return self.draws.size > 0

    @property
    def achieved(self) -> float:
        """What the last known figure of the year says, NaN without one."""
        return self.seen[-1].value if self.seen else float("nan")

    @property
    def base(self) -> Base | None:
        """The base that judges: the best-established figure."""
        return self.bases[0] if self.bases else None

    @property
    def decimals(self) -> int:
        """Decimals of values in `measure`."""
        if self.measure.of_plan:
            return 1
        return self.indicator.natural_decimals

    @property
    def middle(self) -> float:
        """The middle value of the year's end; what is known of it where the year is complete."""
        return self.achieved if self.complete else self.quantile(0.5)

    @property
    def projected(self) -> bool:
        """Whether the year's end is projected: no figure of it is known, an office's own estimate of the year included."""
        return self.known and not self.complete and self.year_figure is None

    @property
    def final(self) -> bool:
        """Whether the year's end is known for good: an actual or settled figure, no estimate."""
        return self.year_figure is not None and self.year_figure.final

    @property
    def mean(self) -> float:
        """Mean year-end value."""
        return float(self.draws.mean())

    def quantile(self, p: float) -> float:
        """Year-end value that is not exceeded with probability `p`."""
        return self.quantiles(p)[0]

    def quantiles(self, *asked: float) -> tuple[float, ...]:
        """Several of them; a page asks for the same ones many times over."""
        if asked not in self._quantiles:
            self._quantiles[asked] = tuple(np.quantile(self.draws, asked).tolist())
        return self._quantiles[asked]

    def interval(self, level: float) -> tuple[float, float]:
        """The central interval that holds the year-end value with probability `level`."""
        low, high = self.quantiles((1 - level) / 2, (1 + level) / 2)
        return low, high

    def prob(self, comparator: str, x: float) -> float:
        """Share of draws for which `draw comparator x` holds."""
        return float(compare.meets(self.draws, comparator, x).mean())

    def rate(self, amount: float, base: Base | None = None) -> float:
        """An amount as the indicator's rate (growth on the base, share of the plan); the amount itself where there is no rate."""
        base = base or self.base
        if not self.indicator.kind.of_amounts:
            return amount
        if base is None or base.value == 0:
            return float("nan")
        share = 100.0 * amount / base.value
        return share - 100.0 if self.indicator.kind.rate == "growth" else share

    def amount(self, rate: float, base: Base | None = None) -> float:
        """The amount that a rate of the indicator asks for; the inverse of `rate`."""
        base = base or self.base
        if not self.indicator.kind.of_amounts:
            return rate
        if base is None or base.value == 0:
            return float("nan")
        return base.value * (rate + 100.0 if self.indicator.kind.rate == "growth" else rate) / 100.0


@dataclass(frozen=True, slots=True)
class Task:
    """What every kind of projection is made from."""

    figures: tuple[Figure, ...]
    ind: Indicator
    unit: Unit
    year: int
    as_of: dt.date
    model: str | None
    draws: int
    seed: int
    plans_as_of: dt.date | None = None  # plans as known on an earlier day than the figures; None: on `as_of`
    ahead: tuple[Figure, ...] = ()  # figures published of periods that end with the year, before it does

    @property
    def calendar(self) -> Calendar:
        """How its years are counted."""
        return self.unit.calendar_of(self.ind)


def result(task: Task, measure: Measure, model: str, reason: Words, draws: np.ndarray, **more: object) -> Projection:
    """The projection of a task; its draws cannot be written."""
    draws = np.array(draws, dtype=float)
    draws.flags.writeable = False
    return Projection(task.unit, task.ind, task.year, task.as_of, measure, model, reason, draws, **more)  # type: ignore[arg-type]
