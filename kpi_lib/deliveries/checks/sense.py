"""What can be said of a figure that has no past: against the month beside it, the plan, the target, the people, the parent's figure."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress

from kpi_lib.definitions import folders
from kpi_lib.definitions.indicators import read_unit
from kpi_lib.definitions.measures import MONEY, factor, measure_of
from kpi_lib.definitions.targets import in_force, plan_values
from kpi_lib.deliveries.checks.case import PARTS, Case, check, decimals_of, flows, pairs
from kpi_lib.deliveries.delivery import DeliveredFigure, Fault, InMeasure, seen
from kpi_lib.figures import histories as fg
from kpi_lib.figures.observations import read_observations
from kpi_lib.periods import MONTHS, QUARTER
from kpi_lib.words.messages import Field, KpiError, Named, Text, Words

FAR_OVER = 3.0  # a sum this many times the year's plan is asked about
PACE = (1 / 8, 6.0)  # around the year's plan, month by month alike; what is spent or grows may start as slowly as
SLOWEST = 1 / 200
SLIP = (0.2, 5.0)  # around a thousandth, a thousand, a million: a slip of the unit of measure
HEADS = ("people", "households", "enterprises", "placements")  # counts that a place hardly has more of than residents
A_HEAD = (20_000.0, 1e9)  # dong a resident and year, beyond which a sum is asked about
MANY = 10.0  # things that are to be expected by now: none of them hardly ever happens
WHOLE = 12  # figures of one line in one delivery that are a past of their own


@check
def month_above_sum(case: Case) -> Iterator[Fault]:
    """A month's amount above the sum to date that holds it, delivered with it or known before, by more than either is ever revised."""
    for month, total in pairs(case):
        item = month or total
        assert item is not None
        versions, end = case.of(item).versions, case.end(item)
        one, whole = month or versions.get(("month", end), (None,))[-1], total or versions.get(("cumulative", end), (None,))[-1]
        if one is None or whole is None:
            continue
        slack = 0.0 if month and total else case.limits[item.indicator].hardly_ever * abs(whole.value)
        if one.value > whole.value + slack + 0.51 * 10 ** -decimals_of(whole.value):
            found = seen("{value} in the month, {sum} to date", value=one.value, sum=whole.value)
            yield case.told("month_above_sum", item, found, holds=tuple(each.cell for each in (month, total) if each))


@check
def part_above_total(case: Case) -> Iterator[Fault]:
    """A part above the total of the same span."""
    totals = {(f.indicator, f.basis, f.period, f.perimeter, f.measure): f for f in flows(case) if f.series == "total"}
    for item in flows(case):
        total = totals.get((item.indicator, item.basis, item.period, item.perimeter, item.measure))
        if (
            item.series in PARTS
            and total is not None
            and item.value > total.value + 0.51 * 10 ** -decimals_of(total.value)
            and total.value >= 0
        ):
            found = seen("{value} for a part, {total} in all", value=item.value, total=total.value)
            yield case.told("part_above_total", item, found, holds=(item.cell, total.cell))


@check
def size_unlikely(case: Case) -> Iterator[Fault]:
    """The size of a figure whose line has no past, against whatever there is to measure it by; of a new unit's line without any, by eye."""
    parent, counted = _Parent(case), Counter((f.indicator, f.series, f.basis) for f in case.reading.figures)
    for item in case.reading.figures:
        past, unseen = case.has_past(item), case.sized is not None and (item.indicator, item.series) not in case.sized
        if past and not unseen:
            continue  # its past is the measure (`values`)
        whole = item.series == "total" and not item.perimeter
        measured = (
            [_against_plan(case, item), _against_base(case, item), _against_target(case, item), parent.against(item)] if whole else []
        )
        if whole and not past and (item.value or _awaited(case, item)):
            told = next((words for words in (*measured, _against_people(case, item)) if words not in (None, RIGHT)), None)
            if told is not None:
                yield case.told("size_unlikely", item, told)
        alone = all(told is None for told in measured) and counted[item.indicator, item.series, item.basis] < WHOLE
        if unseen and alone:
            found = seen("{value} {measure}: the line's first figures", value=item.value, measure=InMeasure(item.measure))
            yield case.told("size_first", item, found, Text("somebody says by name that the size is right: kpi confirm --sizes"))


def _awaited(case: Case, item: DeliveredFigure) -> bool:
    """Whether a nought rather stands for a figure that is not there yet: of a level that is to rise, of a sum after spring, of many by plan."""
    ind, (_, number) = case.indicator(item), case.month(item)
    if not ind.adds_up:
        return ind.direction == "higher"
    if ind.kind.rate is not None:
        return item.basis != "month" and number > QUARTER
    return (_plan(case, item) or 0.0) * (1 if item.basis == "month" else number) / MONTHS >= MANY


RIGHT = Named("")  # what a measure says of a figure that is of its size; None: it cannot measure it


def _against_plan(case: Case, item: DeliveredFigure) -> Words | None:
    """A sum or month against the year's plan, or the target where that is an amount."""
    ind = case.indicator(item)
    if not ind.adds_up:
        return None
    number = case.month(item)[1]
    if measure_of(item.measure).of_plan:
        low = 1.0 if number > QUARTER else 0.0  # by spring a percentage below one is rather a fraction
        return (
            RIGHT if low < item.value <= 100 * FAR_OVER else seen("{value}% of the plan by month {month}", value=item.value, month=number)
        )
    plan = _plan(case, item)
    if plan is None:
        return None
    gone = 1 if item.basis == "month" else case.unit.calendar_of(ind).months_gone(case.end(item))
    pace = item.value / (plan * gone / MONTHS)
    slow = PACE[0] if ind.kind.rate is None else SLOWEST
    if slow < pace < PACE[1] and item.value <= FAR_OVER * plan:
        return RIGHT
    return seen("{value} {measure}, {plan} for the whole year", value=item.value, measure=InMeasure(item.measure), plan=plan)


def _plan(case: Case, item: DeliveredFigure) -> float | None:
    """The plan of the figure's year in its measure: delivered with it, in force, or the target where that is an amount; the largest."""
    ind, year = case.indicator(item), case.month(item)[0]
    plans = [p.value * factor(p.measure, item.measure) for p in case.reading.plans if (p.indicator, p.year) == (ind.id, year)]
    plans += plan_values(case.plans, ind.id, year, item.measure, as_of=case.received).values()
    target, _ = in_force(case.unit.id, ind, year, as_of=case.received)
    if target is not None and (target.measure == "flow" or ind.kind.rate is None):
        plans.append(target.threshold * factor(ind.natural_measure, item.measure))
    return max((value for value in plans if math.isfinite(value) and value > 0), default=None)


def _against_base(case: Case, item: DeliveredFigure) -> Words | None:
    """A sum against the one of last year that its own row tells."""
    if item.basis != "cumulative":
        return None
    place = (item.indicator, item.series, case.end(item), item.measure)
    own = (c for c in case.reading.claims if c.kind == "same_period" and (c.indicator, c.series, case.end(c), c.measure) == place)
    last = next((claim.value for claim in own if claim.value > 0), None)
    if last is None or 1 / 5 < item.value / last < 5:
        return None if last is None else RIGHT
    return seen("{value} to date, {last} in the same period last year", value=item.value, last=last)


def _slipped(value: float, usual: float) -> bool:
    """Whether a value is about a thousand or a million times the usual, or a part of it."""
    ratio = abs(value) / usual
    return any(SLIP[0] < ratio * scale < SLIP[1] for scale in (1e3, 1e-3, 1e6, 1e-6))


def _against_target(case: Case, item: DeliveredFigure) -> Words | None:
    """A level or rate against the target: a percentage written as a fraction, a size that is out of the question."""
    ind = case.indicator(item)
    if ind.adds_up or ind.kind.must_be_nil:
        return None
    target, _ = in_force(case.unit.id, ind, case.month(item)[0], as_of=case.received)
    goal = abs(target.threshold) if target is not None else 0.0
    if goal < 1 or 1 / 20 < abs(item.value) / goal < 20:
        return None if goal < 1 else RIGHT
    shown: dict[str, Field | float] = {"value": item.value, "measure": InMeasure(item.measure), "goal": goal}
    if ind.measure.percent and 0 < abs(item.value) <= 1 < goal:
        return seen("{value} {measure}, the target is {goal}: a percentage written as a fraction?", **shown)
    return seen("{value} {measure}, the target is {goal}", **shown)


def _against_people(case: Case, item: DeliveredFigure) -> Words | None:
    """A count against the residents, an amount of money a resident."""
    people, ind, measure = case.unit.population, case.indicator(item), measure_of(item.measure)
    if people <= 0:
        return None
    shown: dict[str, Field | float] = {"value": item.value, "measure": InMeasure(item.measure), "people": people}
    if measure.id in HEADS and item.value > people:
        return seen("{value} {measure} in a place of {people} residents", **shown)
    if not measure.is_money or not ind.adds_up:
        return None
    number = case.month(item)[1] if item.basis == "cumulative" else {"month": 1, "quarter": 3}.get(item.basis, MONTHS)
    a_head = item.value * factor(item.measure, MONEY[0]) * MONTHS / number / people
    return None if A_HEAD[0] < a_head < A_HEAD[1] else seen("{value} {measure} in a place of {people} residents", **shown)


class _Parent:
    """The figures of the unit above, read once and only where they are asked for."""

    def __init__(self, case: Case) -> None:
        self.case, self.lines = case, dict[str, list[fg.Figure]]()

    def against(self, item: DeliveredFigure) -> Words | None:
        """A figure above the parent's of the same part of a year, or a thousandth of what its people would make one expect."""
        ind, case = self.case.indicator(item), self.case
        number = case.month(item)[1]
        like = [
            f
            for f in self._line(item.indicator)
            if f.basis == item.basis and (not ind.adds_up or case.unit.calendar_of(ind).month_of(f.end)[1] == number)
        ]
        same = [f.value * factor(f.measure, item.measure) for f in like if math.isfinite(factor(f.measure, item.measure))]
        if not same or same[-1] <= 0:
            return None
        whole = same[-1]
        far = item.value > whole or _slipped(item.value, whole * self.share) if ind.adds_up else not 1 / 20 < abs(item.value) / whole < 20
        shown: dict[str, Field | float] = {"value": item.value, "measure": InMeasure(item.measure), "whole": whole}
        return seen("{value} {measure}, {whole} in the unit above", **shown) if far else RIGHT

    def _line(self, indicator: str) -> list[fg.Figure]:
        """The parent's figures of a line in force, the latest last."""
        if indicator not in self.lines:
            self.lines[indicator] = []
            with suppress(KpiError, OSError):  # a parent that cannot be read must not stop its ward
                if folders.is_unit(self.case.unit.parent):
                    obs = read_observations(self.case.unit.parent, as_of=self.case.received)
                    found = (f for f in fg.in_force(fg.line(obs, indicator, "total")) if not f.perimeter)
                    self.lines[indicator] = sorted(found, key=lambda f: f.end)
        return self.lines[indicator]

    @property
    def share(self) -> float:
        """The unit's part of the parent's people; of all where one of them is not known."""
        above, own = read_unit(self.case.unit.parent).population, self.case.unit.population
        return own / above if above > 0 and own > 0 else 1.0
