"""What is said of one outlook and of all, in Vietnamese and English: what is said cannot differ from what is shown."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from kpi_lib.definitions.targets import not_entered
from kpi_lib.narrative.choices import chosen
from kpi_lib.narrative.notes import december_note
from kpi_lib.narrative.shown import (
    against,
    aim,
    amount,
    by_document,
    chance_of,
    derivation,
    foreseen,
    foreseen_bare,
    goal,
    mark_of,
    said,
    status_of,
)
from kpi_lib.outlook.lines import reportable, year_over
from kpi_lib.outlook.values.outlook import counts, of_outlook, rate_decimals
from kpi_lib.outlook.verdict import Outlook
from kpi_lib.words.bound import Quoted, Sentence, Shown, bound, counted, filled, sentence
from kpi_lib.words.messages import Text, in_context, plural
from kpi_lib.words.numbers import number, over, percent, with_measure, with_percent


def answer(items: list[Outlook], lang: str = "vi", *, within: bool = True) -> Sentence:
    """The one-line answer: how many of the targets in force can be judged, how these stand, how many need a decision soon.

    `within` the office a year whose targets were not entered is pointed out with the file to enter them in; a report to others says no such thing.
    """
    projection, as_of = items[0].projection, items[0].projection.as_of
    year = projection.unit.year_name(projection.year)
    found = counts(reportable(items))
    if not found["targets"]:
        entered = not_entered(projection.unit, projection.year, as_of=as_of)
        return sentence(
            _NO_TARGET, lang, "answer", day=as_of, year=year, entered=[" ", Quoted(entered[lang])] if entered and within else ""
        )
    said = {label: counted(found, label, lang) for label in found}
    if year_over(items):
        return _year_ended(year, said, lang)
    return sentence(
        "As known on {day}, {judged}/{targets:target|targets} of {year} can be judged{stand}{wait}. {decisions}",
        lang,
        "answer",
        day=as_of,
        year=year,
        stand=_clauses(_STAND, said, ": ", ", ", lang),
        wait=_clauses(_WAIT, said, "; ", ", ", lang),
        decisions=_decisions(said, lang),
        **said,
    )


def _decisions(said: Mapping[str, Shown], lang: str) -> list[str | Shown]:
    """How many lines need a decision soon, and of how many of them the target is out of reach."""
    due, beyond = int(said["decisions_due"].value), said["beyond_reach"].value
    if not due:
        return filled("None needs a decision soon.", lang)
    some, every = Text(" ({beyond_reach} of them beyond reach of anything ever done)"), Text(", beyond reach of anything ever done")
    which = filled(every if beyond == due else some, lang, **said) if beyond else ""
    needing = plural("{decisions_due} needs a decision soon{which}.", "{decisions_due} need a decision soon{which}.", n=due)
    return filled(needing, lang, which=which, **said)


_NO_TARGET = Text("As known on {day}, no target of {year} is on record for this unit: figures are shown, nothing is judged.{entered}")
_STAND = {
    "good": Text("{good} met or likely to be"),
    "uncertain": Text("{uncertain} uncertain"),
    "unlikely": Text("{unlikely} unlikely to be met"),
    "missed": Text("{missed} missed"),
}
_WAIT = {
    "cannot_be_judged": Text("{cannot_be_judged} with too few figures to judge"),
    "stale": Text("{stale} with figures too old to judge"),
    "not_yet_assessed": Text("{not_yet_assessed} not yet due for assessment"),
}


def _clauses(table: Mapping[str, Text], said: Mapping[str, Shown], first: str, then: str, lang: str) -> list[str | Shown]:
    """The clauses whose count is not nought, one after another; nothing where all are."""
    parts: list[str | Shown] = []
    for label, clause in table.items():
        if said[label].value:
            parts += [then if parts else first, *filled(clause, lang, **said)]
    return parts


_ENDED_OF_THESE = {
    "passed": Text("{passed} passed"),
    "reached": Text("{reached} just reached"),
    "estimated": Text("{estimated} by an estimate"),
}
_ENDED_OTHERS = {
    "missed": Text("{missed} missed"),
    "unlikely": Text("{unlikely} missed by an estimate"),
    "uncertain": Text("{uncertain} open"),
    "grey": Text("{grey} without a result yet"),
}


def _year_ended(year: str, said: Mapping[str, Shown], lang: str) -> Sentence:
    """The year-end line: of the targets in force how many were met, of these how many were passed, just reached, or rest on an estimate."""
    of_these, others = (_clauses(table, said, "", ", ", lang) for table in (_ENDED_OF_THESE, _ENDED_OTHERS))
    return sentence(
        "{year}: {good}/{targets:target was|targets were} met{of_these}{others}.",
        lang,
        "answer",
        year=year,
        of_these=[" (", *of_these, ")"] if of_these else "",
        others=["; ", *others] if others else "",
        **said,
    )


def course_sentence(outlook: Outlook, lang: str = "vi") -> Sentence:
    """What was reached and where the year will end, for a place that names the line, its target and its chance already."""
    if not outlook.judged or outlook.projection.complete:
        return outlook_sentence(outlook, lang)
    first, *parts = _reached(outlook, lang) + _expected(outlook, lang)
    return Sentence((first[:1].upper() + first[1:] if isinstance(first, str) else first, *parts, "."))


def outlook_sentence(outlook: Outlook, lang: str = "vi") -> Sentence:
    """The verdict on one indicator: what was reached, where the year will end, how sure that is."""
    projection = outlook.projection
    parts: list[str | Shown]
    if projection.complete:
        parts = _ended(outlook, lang)
    elif projection.known:
        parts = [*_reached(outlook, lang), *_expected(outlook, lang), *_judged(outlook, lang)]
    else:
        reached = _reached(outlook, lang)
        closed = [*reached[:-1], str(reached[-1]).removesuffix("; ") + ". "] if reached else []
        parts = [*closed, Quoted(outlook.reason[lang]), *_goal_only(outlook, lang)]
    return Sentence((Quoted(f"{subject(outlook, lang)}: "), *parts))


def subject(outlook: Outlook, lang: str) -> str:
    """What the sentence speaks of: the amount behind a rate where amounts are said, else the indicator."""
    ind, projection = outlook.indicator, outlook.projection
    flow = ind.flow_name[lang] if ind.kind.of_amounts and projection.measure == ind.flow_measure else ""
    words = flow or ind.name[lang]
    return words[:1].upper() + words[1:]


def _told(outlook: Outlook, label: str, lang: str) -> list[str | Shown]:
    """A value and how its kind is said: a rate grows or falls, a count that must be nil is left, all else is reached."""
    if outlook.indicator.kind.verb == "grows":
        return _grown(outlook, label, lang)
    return filled(_REACHED[_case(outlook)], lang, value=amount(outlook, label, lang))


def _grown(outlook: Outlook, label: str, lang: str, decimals: int | None = None) -> list[str | Shown]:
    measure = outlook.projection.measure
    finest = outlook.decimals(of_outlook(outlook)[label]) if decimals is None else decimals
    size = said(outlook, label, lambda value: with_measure(number(abs(value), finest, lang), measure, lang))
    return [chosen(of_outlook(outlook), label, "rise", lang), " ", size]


def _case(outlook: Outlook) -> str:
    """How a value that is no growth is said: what is left of it, what it stands at, or what was reached."""
    if outlook.indicator.kind.verb == "leaves":
        return "leaves"
    return "stands" if outlook.indicator.direction == "lower" else "reaches"


_REACHED = {
    "leaves": in_context("what is left", "{value}"),
    "stands": in_context("where it stands", "{value}"),
    "reaches": in_context("what was reached", "{value}"),
}
_ENDED = {
    "leaves": in_context("what is left", "ended at {value}"),
    "stands": in_context("where it stands", "ended at {value}"),
    "reaches": in_context("what was reached", "ended at {value}"),
}
_SEEN = {
    "estimate": Text("{at} {told} (estimate){compared}; "),
    "actual": Text("{at} {told} (actual){compared}; "),
    "settled": Text("{at} {told} (settled){compared}; "),
    "derived": Text("{at} {told} (derived: {how}){compared}; "),
}


def _reached(outlook: Outlook, lang: str) -> list[str | Shown]:
    """What the last figure says, an estimate as such, against the target and the same period of last year."""
    projection = outlook.projection
    if not projection.seen:
        return []
    last = projection.seen[-1]
    at = over(last.end, projection.calendar) if outlook.indicator.kind.to_date else Text("on {day}", day=last.end)
    told, compared = _told(outlook, "achieved", lang), _compared(outlook, lang)
    return filled(_SEEN[last.kind], lang, at=at, told=told, how=derivation(outlook, lang), compared=compared)


def _compared(outlook: Outlook, lang: str) -> list[str | Shown]:
    """Percent of the target and of the same period: 'bằng 63,0% mục tiêu năm, bằng 93,9% cùng kỳ'."""
    found = of_outlook(outlook)
    clauses = (
        ("percent_of_target", Text(", {share} of the year's target")),
        ("percent_of_same_period", Text(", {share} of the same period of last year")),
    )
    return [
        part
        for label, clause in clauses
        if np.isfinite(found[label])
        for part in filled(clause, lang, share=bound(found, label, lambda value: with_percent(percent(value, lang), lang)))
    ]


def _expected(outlook: Outlook, lang: str) -> list[str | Shown]:
    """Where the year will end, by the office's own figure of it or by the projection, with its 80% interval."""
    projection, kind = outlook.projection, outlook.indicator.kind
    if projection.year_figure:
        words, day = Text("the figure of {year} published on {day}: {told}"), projection.year_figure.published
        lead = filled(words, lang, year=projection.named(), day=day, told=_told(outlook, "median", lang))
    elif kind.verb == "grows":
        lead = filled(
            "{year} is projected to be {told}",
            lang,
            year=projection.named(),
            told=_grown(outlook, "median_foreseen", lang, outlook.decimals_foreseen(projection.middle)),
        )
    elif kind.basis != "level":
        lead = filled("{year} is projected at about {value}", lang, year=projection.named(), value=foreseen(outlook, "median", lang))
    else:
        at = Text("the year is projected to end at about {value}")
        left = in_context("what is left", "the year is projected to end at about {value}")
        lead = filled(left if kind.verb == "leaves" else at, lang, value=foreseen(outlook, "median", lang))
    return [*lead, *_interval(outlook, lang), *_as_rate(outlook, lang)]


def _interval(outlook: Outlook, lang: str) -> list[str | Shown]:
    """The 80% interval; one whose ends are written alike is not left standing as if it were sure."""
    low, high = (foreseen_bare(outlook, label, lang) for label in ("low80", "high80"))
    words = Text(" (80% interval: {low} to {high})")
    if low.text == high.text:
        words = Text(
            " (80% interval: {low} to {high}; no width shows: the figures known tell of nothing else, which does not make it certain)"
        )
    return filled(words, lang, low=low, high=high)


def _as_rate(outlook: Outlook, lang: str) -> list[str | Shown]:
    projection, rate = outlook.projection, of_outlook(outlook)["median_rate_foreseen"]
    growth = projection.indicator.kind.rate == "growth"
    if not projection.indicator.kind.of_amounts or not np.isfinite(rate) or projection.measure.percent:
        return []
    decimals = rate_decimals(outlook)
    share = said(outlook, "median_rate_foreseen", lambda value: with_percent(number(abs(value) if growth else value, decimals, lang), lang))
    if not growth:
        return filled(", {share} of the plan", lang, share=share)
    way = chosen(of_outlook(outlook), "median_rate_foreseen", "rise", lang)
    return filled(", {way} {share} on {year}", lang, way=way, share=share, year=projection.named(projection.year - 1))


def _judged(outlook: Outlook, lang: str) -> list[str | Shown]:
    assert outlook.target is not None  # a line without one holds no projection
    asked, chance, status = aim(outlook, outlook.target, lang), chance_of(outlook, lang), status_of(outlook, lang)
    later = december_note(outlook, lang)
    if later is None:
        return filled("; the chance of meeting the target ({aim}) is {chance}: {status}.", lang, aim=asked, chance=chance, status=status)
    words = Text("; the chance of meeting the target ({aim}) by the plan in force today is {chance}: {status}. {later}")
    return filled(words, lang, aim=asked, chance=chance, status=status, later=[*later.parts])


def _goal_only(outlook: Outlook, lang: str) -> list[str | Shown]:
    """What a grey line aims at; without a target the mark of comparison, where there is one."""
    if outlook.target is None:
        mark = mark_of(outlook, lang)
        return [" ", str(mark[0])[:1].upper() + str(mark[0])[1:], *mark[1:], "."] if mark else []
    return filled(" Target: {aim}.", lang, aim=[*goal(outlook, lang), *by_document(outlook.target, lang)])


_OUTTURN = {
    "estimate": Text("{year} {told} (estimate){rate}"),
    "actual": Text("{year} {told} (actual){rate}"),
    "settled": Text("{year} {told} (settled){rate}"),
    "derived": Text("{year} {told} (derived: {how}){rate}"),
}


def _ended(outlook: Outlook, lang: str) -> list[str | Shown]:
    """Where the year ended, as an amount and as a rate, and what that says of the goal."""
    projection = outlook.projection
    grown = outlook.indicator.kind.verb == "grows"
    told = _grown(outlook, "outturn", lang) if grown else filled(_ENDED[_case(outlook)], lang, value=amount(outlook, "outturn", lang))
    how, rate = derivation(outlook, lang), _as_rate(outlook, lang)
    parts = filled(_OUTTURN[projection.seen[-1].kind], lang, year=projection.named(), told=told, how=how, rate=rate)
    if outlook.target is None or not np.isfinite(outlook.threshold):
        return [*parts, "."]
    distance = against(outlook, "difference", lang)
    verdict = Text(", {distance} ({aim}): {status}.") if len(distance) == 1 else Text(", {distance} against the target ({aim}): {status}.")
    return [*parts, *filled(verdict, lang, distance=distance, aim=aim(outlook, outlook.target, lang), status=status_of(outlook, lang))]
