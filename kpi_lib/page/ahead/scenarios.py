"""Scenarios kept by the office, beside the projection: what each supposes, who kept it and when, and how the year would end."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import pandas as pd

from kpi_lib import narrative as nr
from kpi_lib import words
from kpi_lib.definitions.measures import Measure, measure_of
from kpi_lib.forecast.models import MODELS
from kpi_lib.narrative.choices import chosen
from kpi_lib.outlook.supposed import Supposed
from kpi_lib.outlook.supposed import supposed as reckoned
from kpi_lib.outlook.values.supposed import of_supposed
from kpi_lib.outlook.verdict import Outlook
from kpi_lib.page.markup import NUMBER, Columns, Heading, Html, small, table
from kpi_lib.words.messages import Text, in_context, say


def supposed(obs: pd.DataFrame, item: Outlook, lang: str = "vi") -> Html:
    """The published scenarios of a line under its projection; nothing where there is none."""
    found = list(reckoned(item, obs))
    columns: Columns = {
        Heading(in_context("what-if", "Scenario"), heads_row=True, quotes=True): lambda name, supposition, year, chance: name,
        Heading(Text("Supposed")): lambda name, supposition, year, chance: supposition,
        Heading(Text("The year"), NUMBER): lambda name, supposition, year, chance: year,
        Heading(in_context("what-if", "Chance"), NUMBER): lambda name, supposition, year, chance: chance,
    }
    rows = [_published(item, lang), *(_row(each, item, lang) for each in found)] if found else []
    caption = Text("Scenarios kept by the office: assumptions, not the projection")
    return table(columns, rows, caption=caption, lang=lang)


def _published(item: Outlook, lang: str) -> tuple[object, ...]:
    """The projection itself, to hold the others against."""
    said = (
        nr.foreseen(item, "median", lang),
        small("80%: ", nr.foreseen_bare(item, "low80", lang), " – ", nr.foreseen_bare(item, "high80", lang)),
    )
    known = item.projection.known and item.judged
    chance = (nr.chance_of(item, lang), ", ", nr.status_of(item, lang)) if known else nr.status_of(item, lang)
    return say("The projection", lang), say("as projected", lang), said if known else "–", chance


def _row(given: Supposed, item: Outlook, lang: str) -> tuple[object, ...]:
    kept, found = given.scenario, of_supposed(given)
    who = say("assumption of {author}, {day}", lang, author=kept.author, day=kept.date)
    name = (kept.reason, small(who))
    supposition = tuple(piece for part in _suppositions(given, item, lang) for piece in ("; ", *part))[1:]
    if given.outlook is None:
        return name, supposition, words.Quoted(given.reason[lang] if given.reason else "–"), "–"
    judged, measure = given.outlook, given.outlook.projection.measure
    middle = words.bound(found, "median", lambda value: words.with_measure(nr.plain_foreseen(value, judged, lang), measure, lang))
    if "probability" not in found:
        return name, supposition, middle, say("a rule of thumb gives no chance", lang)
    ends = [words.bound(found, label, lambda value: nr.plain_foreseen(value, judged, lang)) for label in ("low80", "high80")]
    chance = (words.likely(found, "probability", lang), ", ", chosen(found, "status", "status", lang))
    return name, supposition, (middle, small("80%: ", ends[0], " – ", ends[1])), chance


def _sum(value: float, measure: Measure, lang: str) -> str:
    return words.with_measure(words.trimmed(value, 2, lang), measure, lang)


def _suppositions(given: Supposed, item: Outlook, lang: str) -> Iterator[list[object]]:
    """What is supposed, each number bound."""
    found, ind, said = of_supposed(given), item.indicator, given.assumption

    def percent(label: str) -> words.Shown:
        return words.bound(found, label, lambda value: words.with_percent(words.trimmed(value, 1, lang), lang))

    if said.model:
        yield [say("by the model: {model}", lang, model=MODELS[said.model].words if said.model in MODELS else said.model)]
    if said.rest == said.rest:
        yield [*words.filled("the months left bring {share} of what is projected", lang, share=percent("rest"))]
    if said.growth_of_rest == said.growth_of_rest:
        growth = words.bound(found, "growth_of_rest", lambda value: words.with_percent(words.signed(value, 1, lang), lang))
        yield [*words.filled("the months left against the same months last year: {growth}", lang, growth=growth)]
    if said.shift == said.shift:
        shift = words.bound(found, "shift", lambda value: words.signed(value, item.projection.decimals, lang))
        yield [*words.filled(Text("year-end value: {shift} {measure}", measure=item.projection.measure.difference), lang, shift=shift)]
    for number, each in enumerate(said.sums, start=1):
        amount = words.bound(found, f"sum_{number}", partial(_sum, measure=measure_of(each.measure), lang=lang))
        days = Text("{amount} more from {first} to {last}, with a chance of {chance}", first=each.first, last=each.last)
        yield [*words.filled(days, lang, amount=amount, chance=words.likely(found, f"sum_{number}_chance", lang))]
    if said.target == said.target and item.target is not None:
        unit = item.target.measured_in(ind)
        goal = words.bound(found, "target", lambda value: words.with_measure(words.trimmed(value, ind.decimals, lang), unit, lang))
        yield [*words.filled("target: {goal}", lang, goal=goal)]
