"""What is said of a phased plan: how the latest period stands against it, and what the periods left have to bring for it."""

from __future__ import annotations

import math

from kpi_lib import compare
from kpi_lib.definitions.owners.phases import Phase
from kpi_lib.narrative.choices import chosen
from kpi_lib.outlook.phases import Phased, Step, phased
from kpi_lib.outlook.values.phases import of_phases
from kpi_lib.outlook.verdict import Outlook
from kpi_lib.words.bound import Quoted, Sentence, Shown, bound, filled, sentence
from kpi_lib.words.messages import Dated, Opening, Text, Words, in_context
from kpi_lib.words.numbers import number, percent, span, with_measure, with_percent
from kpi_lib.words.values import Values

_QUARTERS = (Text("the first quarter"), Text("the second quarter"), Text("the third quarter"), Text("the fourth quarter"))


def period_of(phase: Phase, outlook: Outlook) -> Words:
    """A period of the plan in short: 'tháng 9', 'quý III', '9 tháng'."""
    if phase.basis == "month":
        return in_context("in a sentence", "{month}", month=Dated(phase.end, "MMMM"))
    if phase.basis == "quarter":
        return _QUARTERS[int(phase.period[-1]) - 1]
    return span(phase.end, outlook.projection.calendar) if outlook.indicator.kind.to_date else Text("on {day}", day=phase.end)


def phase_amount(values: Values, label: str, outlook: Outlook, lang: str) -> Shown:
    """An amount, rate or state of a period with its unit, bound."""
    projection = outlook.projection
    return bound(values, label, lambda value: with_measure(number(value, projection.decimals, lang), projection.measure, lang))


def phase_bare(values: Values, label: str, outlook: Outlook, lang: str) -> Shown:
    """The same without the unit's name."""
    return bound(values, label, lambda value: number(value, outlook.projection.decimals, lang))


def phase_share(values: Values, step: Step, lang: str) -> Shown:
    """What a period brought in percent of its plan, bound."""
    return bound(values, f"phase_share.{step.phase.key}", lambda value: with_percent(percent(value, lang), lang))


def phase_distance(values: Values, step: Step, outlook: Outlook, lang: str, measure: Words | None = None) -> tuple[str | Shown, ...]:
    """On which side of its plan a period came out, and by how much: 'thiếu 1.234 tỷ đồng'; in other words of `measure` where they are given."""
    better = outlook.indicator.direction == "higher"
    word = chosen(values, f"phase_side.{step.phase.key}", "against the plan" if better else "against the plan, less is better", lang)
    if compare.side(step.reached, step.planned) == "equal":
        return (word,)
    unit = outlook.projection.measure.difference if measure is None else measure
    decimals = compare.decimals_for(step.distance, 0.0, outlook.projection.decimals)
    label = f"phase_distance.{step.phase.key}"
    return word, " ", bound(values, label, lambda value: with_measure(number(abs(value), decimals, lang), unit, lang))


_SHARE = {
    "month": Text("{period}: {share} of the month's plan"),
    "quarter": Text("{period}: {share} of the quarter's plan"),
    "cumulative": Text("{period}: {share} of the plan so far"),
    "level": Text("{period}: {share} of the plan so far"),
}


def phase_brief(outlook: Outlook, lang: str) -> list[str | Shown]:
    """The latest period against its plan in a few words; nothing without a phased plan or a figure."""
    plan = phased(outlook)
    step = plan.latest
    if step is None:
        return []
    values, period = of_phases(outlook, plan), Quoted(Opening(period_of(step.phase, outlook))[lang])
    if math.isfinite(values[f"phase_share.{step.phase.key}"]):
        return filled(_SHARE[step.phase.basis], lang, period=period, share=phase_share(values, step, lang))
    reached, planned = (phase_amount(values, f"phase_{name}.{step.phase.key}", outlook, lang) for name in ("reached", "planned"))
    return filled("{period}: {reached}, planned {planned}", lang, period=period, reached=reached, planned=planned)


def phase_sentence(outlook: Outlook, lang: str, plan: Phased | None = None) -> Sentence | None:
    """How the latest period stands against the phased plan, and what of it is carried over; None without a plan or a figure."""
    plan = phased(outlook) if plan is None else plan
    step = plan.latest
    if step is None:
        return None
    values = of_phases(outlook, plan)
    reached, planned = (phase_amount(values, f"phase_{name}.{step.phase.key}", outlook, lang) for name in ("reached", "planned"))
    share = values[f"phase_share.{step.phase.key}"]
    return sentence(
        Text("{period} against its plan: {reached} of {planned}{share}, {distance}.{carried}"),
        lang,
        "fact",
        period=Quoted(Opening(period_of(step.phase, outlook))[lang]),
        reached=reached,
        planned=planned,
        share=filled(" ({share})", lang, share=phase_share(values, step, lang)) if math.isfinite(share) else "",
        distance=phase_distance(values, step, outlook, lang),
        carried=_carried(outlook, plan, values, lang),
    )


def _carried(outlook: Outlook, plan: Phased, values: Values, lang: str) -> list[str | Shown]:
    """What is missing in all and where it goes; nothing where nothing is."""
    if not plan.missing > 0 or plan.until is None:
        return []
    missing = phase_amount(values, "phase_missing", outlook, lang)
    step = plan.next
    if step is None:
        return filled(" By {day}, {missing} is missing in all against the phased plan.", lang, day=plan.until, missing=missing)
    return filled(
        " By {day}, {missing} is missing in all; it is spread over the periods left in the plan's own proportions: {period} now has to bring "
        "{carried} instead of {planned}.",
        lang,
        day=plan.until,
        missing=missing,
        period=Quoted(period_of(step.phase, outlook)[lang]),
        carried=phase_amount(values, f"phase_carried.{step.phase.key}", outlook, lang),
        planned=phase_amount(values, f"phase_planned.{step.phase.key}", outlook, lang),
    )
