"""A value by itself: within what is possible, within its own past, and how far from what was known of the same span."""

from __future__ import annotations

import math
from collections.abc import Iterator
from statistics import median

import numpy as np

from kpi_lib.definitions.indicators import Indicator
from kpi_lib.definitions.measures import same_measure
from kpi_lib.deliveries.checks.case import Case, check, flows
from kpi_lib.deliveries.delivery import Amount, DeliveredFigure, Fault, InMeasure, seen
from kpi_lib.periods import MONTHS, NEAR_DAYS
from kpi_lib.words.messages import Field, Text


@check
def revision(case: Case) -> Iterator[Fault]:
    """A figure already known, handed in with another value."""
    for item in case.reading.figures:
        old = case.in_force(item)
        if not old:
            continue
        change, limit = item.value / old - 1.0, case.limits[item.indicator]
        if abs(change) > limit.rare:
            name = "revision_beyond" if abs(change) > limit.hardly_ever else "revision_unusual"
            size = Amount(round(100 * change, 1), sign=True)
            found = seen("{old} became {new} ({change}%)", old=old, new=item.value, change=size)
            parts: dict[str, Field] = {
                "usual": Amount(round(100 * limit.usual, 1)),
                "rare": Amount(round(100 * limit.rare, 1)),
                "count": limit.count,
            }
            yield case.told(
                name,
                item,
                found,
                Text("usually under {usual}%, nine in ten under {rare}% (learnt from {count} revisions)", **parts),
            )


@check
def natural_limits(case: Case) -> Iterator[Fault]:
    """Percentages, counts and amounts within what is possible."""
    for item in case.reading.figures:
        ind = case.indicator(item)
        own = same_measure(item.measure, ind.measure) and not ind.kind.of_amounts
        if ind.kind.growth_to_date and item.value > 60 and abs(_usual_level(case, item)) < 40:
            yield case.told("growth_as_index", item, seen("{value}%", value=item.value))
        elif own and not ind.adds_up and not ind.lower <= item.value <= ind.upper:
            yield case.told("outside_limits", item, _shown(item), _limits(ind))
        elif ind.adds_up and item.value < 0:
            yield case.told("negative_month" if item.basis == "month" else "number_negative", item, _shown(item))
        if ind.whole and same_measure(item.measure, ind.natural_measure) and item.value != round(item.value):
            yield case.told("fraction_of_whole", item, _shown(item))


def _shown(item: DeliveredFigure) -> Text:
    return seen("{value} {measure}", value=item.value, measure=InMeasure(item.measure))


def _limits(ind: Indicator) -> Text:
    """What an indicator's value may be."""
    if math.isinf(ind.upper):
        return seen("at least {low}", low=ind.lower)
    return seen("at most {high}", high=ind.upper) if math.isinf(ind.lower) else seen("from {low} to {high}", low=ind.lower, high=ind.upper)


def _usual_level(case: Case, item: DeliveredFigure) -> float:
    known = list(case.of(item).levels.values())
    return float(median(known)) if known else 0.0


@check
def odd_values(case: Case) -> Iterator[Fault]:
    """Zeros, copies and values that the series' own past does not allow."""
    for item in case.reading.figures:
        known = case.of(item)
        recent = [known.months[key] for key in sorted(known.months)[-MONTHS:]]
        if item.basis == "month" and item.value == 0 and len(recent) >= 6 and min(recent) > 0 and median(recent) > 3:
            yield case.told(
                "zero_unusual",
                item,
                seen("0, from {low} to {high} in the twelve months before", low=min(recent), high=max(recent)),
            )
        elif (reach := _reach(case, item)) is not None and item.value and not reach[0] <= item.value <= reach[1]:
            yield case.told(
                "value_unusual",
                item,
                _shown(item),
                seen("usually from {low} to {high}", low=reach[0], high=reach[1]),
            )
    runs: dict[tuple, list[DeliveredFigure]] = {}
    for item in flows(case):
        if item.basis in ("month", "quarter") and item.value:
            runs.setdefault((item.indicator, item.series, item.basis, item.value), []).append(item)
    for same in runs.values():
        if len(same) >= 4 and max(item.value for item in same) > 20:
            count, value = len(same), same[0].value
            alike = seen(
                "{count} months are {value} alike" if same[0].basis == "month" else "{count} quarters are {value} alike",
                count=count,
                value=value,
            )
            yield from (case.told("constant_copy", item, alike) for item in same)


def _reach(case: Case, item: DeliveredFigure) -> tuple[float, float] | None:
    """The range a value may take by the series' own past; None where the past is too short to say.

    A month or sum is taken against the same one last year: log ratios of the past, with their own centre and spread, and heavy tails; of a
    sum of the year's first days nothing can be said. A level is taken against the last known one and its usual steps.
    """
    (year, number), known = case.month(item), case.of(item)
    if not case.indicator(item).adds_up:
        return _level_reach(case, item)
    start, end = case.covered(item)
    if (end - start).days <= NEAR_DAYS:
        return None
    store = case.like(item)
    ratios = [
        math.log(store[y, m] / store[y - 1, m])
        for (y, m) in store
        if store[y, m] > 0 and store.get((y - 1, m), 0) > 0 and (y, m) < (year, number)
    ]
    last = case.last_year(item)
    if not last or last <= 0:
        usual = known.usual()
        return (usual / MONTHS, usual * MONTHS) if item.basis == "month" and math.isfinite(usual) and usual > 5 else None
    count = 1 / math.sqrt(max(last, 1.0)) if case.indicator(item).whole else 0.0
    if len(ratios) < 10:
        width = 1.6 + 3 * count
        return last * math.exp(-width), last * math.exp(width)
    centre = median(ratios)
    away = [abs(ratio - centre) for ratio in ratios]
    spread = max(1.4826 * median(away), 0.06, count)
    width = max(5.5 * spread, 1.05 * max(away))
    return last * math.exp(centre - width), last * math.exp(centre + width)


def _level_reach(case: Case, item: DeliveredFigure) -> tuple[float, float] | None:
    ind, known = case.indicator(item), case.of(item)
    past = [(end, value) for end, value in sorted(known.levels.items()) if end < case.end(item)]
    if len(past) < 4 or ind.kind.must_be_nil:
        return None
    values = np.array([value for _, value in past])
    steps = np.abs(np.diff(values))
    step = max(6 * float(np.median(steps)), 1.5 * float(steps.max()), ind.typical_change if math.isfinite(ind.typical_change) else 0.0, 0.5)
    if ind.kind.growth_to_date:
        return float(values.min()) - step, float(values.max()) + step
    return float(values[-1]) - step, float(values[-1]) + step
