"""Whether some line reads a figure: what is taken over and never used would be lost without a word."""

from __future__ import annotations

from collections.abc import Iterator

from kpi_lib.definitions.indicators import Indicator
from kpi_lib.definitions.measures import measure_of
from kpi_lib.definitions.targets import plan_values
from kpi_lib.deliveries.checks.case import PARTS, Case, check
from kpi_lib.deliveries.delivery import DeliveredFigure, Fault, InMeasure, seen
from kpi_lib.deliveries.tables.recipes import synonyms
from kpi_lib.words.messages import Text, Words, listed
from kpi_lib.words.near import near


@check
def not_used(case: Case) -> Iterator[Fault]:
    """A figure in a form that no line reads: a percentage of the plan, a month of a level, a part nobody knows."""
    for item in case.reading.figures:
        ind = case.indicator(item)
        words = _share(case, ind, item) or _basis(ind, item) or _series(case, ind, item)
        if words is not None:
            yield case.told("not_used", item, words)


def _share(case: Case, ind: Indicator, item: DeliveredFigure) -> Words | None:
    """A percentage of the plan for a line that is told in amounts; with the amount, where the plan is known."""
    if not measure_of(item.measure).of_plan or ind.kind.rate == "share":
        return None
    plan = next(iter(plan_values(case.plans, ind.id, case.month(item)[0], ind.natural_measure, as_of=case.received).values()), None)
    if plan is None:
        return seen("{value}% of the plan; the line takes {measure}", value=item.value, measure=InMeasure(ind.natural_measure["vi"]))
    amount = round(plan * item.value / 100, ind.natural_decimals)
    shown = InMeasure(ind.natural_measure["vi"])
    return seen(
        "{value}% of the plan; the line takes {measure}: {amount} of {plan}?", value=item.value, measure=shown, amount=amount, plan=plan
    )


def _basis(ind: Indicator, item: DeliveredFigure) -> Words | None:
    bases = (
        ("month", "quarter", "cumulative", "year")
        if ind.adds_up
        else ("quarter", "cumulative", "year")
        if ind.kind.to_date
        else ("level", "year")
    )
    if item.basis in bases:
        return None
    return Text("basis {basis}; the line takes: {bases}", basis=repr(item.basis), bases=listed(bases))


def _series(case: Case, ind: Indicator, item: DeliveredFigure) -> Words | None:
    """A part that neither the library nor the unit's own figures or recipe know."""
    if case.reading.reader not in ("template", "tidy"):
        return None  # a recipe declares its parts
    known = dict.fromkeys(["total", *synonyms().get(ind.id, ()), *case.past.series_of(ind.id), *(PARTS if ind.adds_up else ())])
    if item.series in known:
        return None
    return Text("part {part}{hint}; known parts: {parts}", part=repr(item.series), hint=near(item.series, known), parts=listed(known))
