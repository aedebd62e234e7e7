"""The owner's word beside the computed verdict, differences in words, and the explanations that are asked for. The verdict stays as it is."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from kpi_lib import narrative as nr
from kpi_lib import words
from kpi_lib.definitions.owners.judgements import SAID, WORDS, Judgement, explanations, open_requests, owners_words
from kpi_lib.outlook.verdict import GOOD, UNLIKELY, Outlook
from kpi_lib.page.markup import LINE, Columns, Heading, Html, date_cell, line_name, linked, small, table
from kpi_lib.words.messages import Text, in_context, say


def _words_of(item: Outlook) -> tuple[Judgement, ...]:
    projection = item.projection
    return owners_words(projection.unit, item.indicator.id, projection.year, as_of=projection.as_of)


# The computed verdicts that each word of an owner agrees with.
_AGREES = {
    "on_track": GOOD,
    "met": GOOD,
    "at_risk": ("uncertain", "unlikely"),
    "will_miss": (*UNLIKELY, "missed"),
}


def differs(said: Judgement, item: Outlook) -> bool:
    """Whether the owner's word says otherwise than the figures; never where these say nothing."""
    return item.judged and item.status not in _AGREES[said.status]


def owners_word(item: Outlook, lang: str) -> tuple[object, ...]:
    """The owner's latest word in small letters below a badge, beside the figures' where the two differ."""
    return tuple(small(*_brief(said, item, lang)) for said in _words_of(item)[:1])


def _brief(said: Judgement, item: Outlook, lang: str) -> list[str | words.Shown]:
    owner = words.Quoted(f"{said.who}: {WORDS[said.status][lang]}")
    if not differs(said, item):
        return [owner]
    return words.filled("{owner}; the figures: {verdict}", lang, owner=owner, verdict=nr.status_of(item, lang))


def owners_part(item: Outlook, lang: str = "vi") -> tuple[object, ...]:
    """All that was said of the line by those who answer for it, and what they were asked; empty where nobody said or asked anything."""
    projection = item.projection
    asked = explanations(projection.unit, item.indicator.id, projection.year, as_of=projection.as_of)
    return *(_sentence(said, item, lang) for said in _words_of(item)), *(_asked(one, lang) for one in asked)


def _sentence(said: Judgement, item: Outlook, lang: str) -> words.Sentence:
    wording = Text("Owner's word: {owner} ({day}): {word}{reason}{action}{due}.{differs}")
    other = Text(" The figures say otherwise: {verdict}; the computed verdict stands as it is.")
    return words.sentence(
        wording, lang, "fact", owner=words.Quoted(said.who), day=said.date, word=words.Quoted(WORDS[said.status][lang]), **_details(said, lang),
        differs=words.filled(other, lang, verdict=nr.status_of(item, lang)) if differs(said, item) else "",
    )  # fmt: skip


def _details(said: Judgement, lang: str) -> dict[str, str]:
    """Reason, action and day due, each only where it is given."""
    told = {
        "reason": Text("; reason: {words}", words=said.reason.rstrip(". ")),
        "action": Text("; action: {words}", words=said.action.rstrip(". ")),
    }
    given = {name: words.Quoted(text[lang]) if getattr(said, name) else "" for name, text in told.items()}
    if said.reason and said.status not in SAID:  # a question, or its answer
        given["reason"] = words.Quoted(f": {said.reason.rstrip('. ')}")
    return {**given, "due": words.Quoted(say(", by {day}", lang, day=said.due)) if said.due else ""}


def _asked(one: Judgement, lang: str) -> words.Sentence:
    wording = Text("{day}, {who}: {word}{reason}{action}{due}.")
    return words.sentence(
        wording, lang, "note", day=one.date, who=words.Quoted(one.who), word=words.Quoted(WORDS[one.status][lang]), **_details(one, lang)
    )


def requests(items: Sequence[Outlook], lang: str = "vi") -> Html | None:
    """The explanations asked for and not given yet; None where there are none."""
    projection = items[0].projection
    lines = {item.indicator.id: item for item in items}
    waiting = [(one,) for one in open_requests(projection.unit, projection.year, as_of=projection.as_of) if one.indicator in lines]
    columns: Columns = {
        LINE: lambda one: linked(lines[one.indicator], line_name(lines[one.indicator], lang)),
        Heading(Text("Asked on")): lambda one: date_cell(one.date, lang),
        Heading(Text("Asked by")): lambda one: words.Quoted(one.who),
        Heading(Text("What is to be explained")): lambda one: words.Quoted(one.reason),
        Heading(in_context("of an explanation", "Due")): lambda one: _due(one, projection.as_of, lang),
    }
    return table(columns, waiting, caption=Text("Explanations asked for and not given yet"), lang=lang) if waiting else None


def _due(one: Judgement, as_of: dt.date, lang: str) -> object:
    if one.due is None:
        return "–"
    return (date_cell(one.due, lang), small(say("overdue", lang))) if one.due < as_of else date_cell(one.due, lang)
