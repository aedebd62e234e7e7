"""What is said of one outlook and of all, in Vietnamese and English: what is said cannot differ from what is shown."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from kpi_lib import compare
from kpi_lib.definitions.indicators import Unit
from kpi_lib.definitions.targets import Target
from kpi_lib.figures.histories import Point
from kpi_lib.forecast.models import MODELS, RULES
from kpi_lib.narrative.choices import COMPARATOR_WORDS, FALLING_WORDS, SIDE_WORDS, STATUS_WORDS, VERSION_WORDS, chosen
from kpi_lib.outlook.values.outlook import counts, of_outlook, of_unit
from kpi_lib.outlook.verdict import Outlook
from kpi_lib.words.bound import Quoted, Sentence, Shown, Word, bound, counted, filled, likely, sentence
from kpi_lib.words.messages import Text, Words, in_context, plural, say
from kpi_lib.words.numbers import number, over, percent, trimmed, with_measure
from kpi_lib.words.values import Values


def status_of(outlook: Outlook, lang: str) -> Word:
    """The status in words, bound."""
    return chosen(of_outlook(outlook), "status", "status", lang)


def said(outlook: Outlook, label: str, form: Callable[[float], str]) -> Shown:
    """A number of an outlook, bound under the indicator's id."""
    return bound(of_outlook(outlook), label, form)


def chance_of(outlook: Outlook, lang: str, label: str = "probability") -> Shown:
    """A probability of an outlook, bound."""
    return likely(of_outlook(outlook), label, lang)


def plain(value: float, outlook: Outlook, lang: str) -> str:
    """The characters of a value in the natural unit; rounding never moves it onto or over the goal."""
    return number(value, outlook.decimals(value), lang)


def amount(outlook: Outlook, label: str, lang: str, values: Values | None = None) -> Shown:
    """A value in the projection's natural unit, bound; of the outlook itself, or of another table of `values` about it."""
    found = of_outlook(outlook) if values is None else values
    return bound(found, label, lambda value: with_measure(plain(value, outlook, lang), outlook.projection.measure, lang))


def bare(outlook: Outlook, label: str, lang: str, values: Values | None = None) -> Shown:
    """The same without the unit's name."""
    return bound(of_outlook(outlook) if values is None else values, label, lambda value: plain(value, outlook, lang))


def lacking(outlook: Outlook, label: str, lang: str) -> Shown:
    """What is still to be done in the natural unit, bound; a nought is printed only where nothing is."""
    projection = outlook.projection
    return said(
        outlook,
        label,
        lambda value: with_measure(number(value, compare.decimals_for(value, 0.0, projection.decimals), lang), projection.measure, lang),
    )


def against(outlook: Outlook, label: str, lang: str, points: Words | None = None) -> tuple[str | Shown, ...]:
    """Where a value lies against the goal: 'thiếu 0,04 điểm phần trăm', 'vượt 12 hộ', 'đúng bằng mục tiêu'; the distance is bound.

    `label` is that of the distance; `points` names the unit where the measure is a percentage.
    """
    assert outlook.target is not None
    value = outlook.threshold + of_outlook(outlook)[label]
    side = compare.side(value, outlook.threshold)
    word = chosen(of_outlook(outlook), f"{label}_side", f"side {outlook.target.comparator}", lang)
    if side == "equal":
        return (word,)
    measure = points if points and outlook.projection.measure.points else outlook.projection.measure.difference
    decimals = outlook.decimals_apart(value)
    return word, " ", said(outlook, label, lambda distance: with_measure(number(abs(distance), decimals, lang), measure, lang))


def threshold_text(outlook: Outlook, lang: str = "vi", *, target: Target | None = None) -> str:
    """The goal as the resolution words it: 'từ 14 % trở lên', 'trên 90 %', 'bằng 0 hộ'."""
    return "".join(part if isinstance(part, str) else part.text for part in goal(outlook, lang, target=target))


def status_note(point: Point, lang: str = "vi") -> str:
    """The status of a figure in brackets: '(ước)'."""
    return f"({STATUS_WORDS[point.status][lang]})"


def answer(items: list[Outlook], lang: str = "vi") -> Sentence:
    """The one-line answer: of all lines, how many will be met, how many are in danger, how many need a decision this month."""
    projection, as_of = items[0].projection, items[0].projection.as_of
    year = projection.unit.year_name(projection.year)
    if projection.unit.calendar.over(projection.year, as_of):
        return _year_ended(items, lang)
    found = counts(items)
    said = {label: counted(found, label, lang) for label in found}
    due = plural(
        "{decisions_due} needs a decision this month.", "{decisions_due} need a decision this month.", n=int(found["decisions_due"])
    )
    return sentence(
        "As known on {day}: {good}/{lines} targets of {year} are met or likely to be; {uncertain} uncertain; {danger} in danger; "
        "{grey} cannot be judged yet. {decisions}",
        lang,
        "answer",
        day=as_of,
        year=year,
        decisions=filled(due, lang, **said) if found["decisions_due"] else Text("None needs a decision this month."),
        **said,
    )


def _year_ended(items: list[Outlook], lang: str) -> Sentence:
    """The year-end line: of all lines how many were met, of these how many were passed and how many just reached."""
    year = items[0].projection.unit.year_name(items[0].projection.year)
    found = counts(items)
    said = {label: counted(found, label, lang) for label in found}
    clauses = {
        "of_these": filled(", of which {passed} passed and {reached} just reached", lang, **said) if found["good"] else "",
        "missed": filled("; {danger} missed", lang, **said),
        "open": filled("; {uncertain} open", lang, **said) if found["uncertain"] else "",
        "unjudged": filled("; {grey} cannot be judged", lang, **said),
    }
    return sentence(
        "{year}: {good}/{lines} targets were met{of_these}{missed}{open}{unjudged}.", lang, "answer", year=year, **said, **clauses
    )


def outlook_sentence(outlook: Outlook, lang: str = "vi") -> Sentence:
    """The verdict on one indicator: what was reached, where the year will end, how sure that is."""
    projection = outlook.projection
    parts: list[str | Shown]
    if projection.complete:
        parts = _ended(outlook, lang)
    elif projection.known:
        parts = [*_reached(outlook, lang), *_expected(outlook, lang), *_judged(outlook, lang)]
    else:
        parts = [*_reached(outlook, lang), Quoted(outlook.reason[lang]), *_goal_only(outlook, lang)]
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


def _grown(outlook: Outlook, label: str, lang: str) -> list[str | Shown]:
    measure = outlook.projection.measure
    size = said(outlook, label, lambda value: with_measure(number(abs(value), outlook.decimals(value), lang), measure, lang))
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
}


def _reached(outlook: Outlook, lang: str) -> list[str | Shown]:
    """What the last figure says, an estimate as such, against the target and the same period of last year."""
    projection = outlook.projection
    if not projection.seen:
        return []
    last = projection.seen[-1]
    at = over(last.end, projection.calendar) if outlook.indicator.kind.to_date else Text("on {day}", day=last.end)
    return filled(_SEEN[last.status], lang, at=at, told=_told(outlook, "achieved", lang), compared=_compared(outlook, lang))


def _compared(outlook: Outlook, lang: str) -> list[str | Shown]:
    """Percent of the target and of the same period: 'bằng 63,0 % mục tiêu năm, bằng 93,9 % cùng kỳ'."""
    found = of_outlook(outlook)
    clauses = (
        ("percent_of_target", Text(", {share} of the year's target")),
        ("percent_of_same_period", Text(", {share} of the same period of last year")),
    )
    return [
        part
        for label, clause in clauses
        if np.isfinite(found[label])
        for part in filled(clause, lang, share=bound(found, label, lambda value: f"{percent(value, lang)} %"))
    ]


def _expected(outlook: Outlook, lang: str) -> list[str | Shown]:
    """Where the year will end, with its 80 % interval."""
    projection, kind = outlook.projection, outlook.indicator.kind
    if kind.verb == "grows":
        lead = filled("{year} is projected to be {told}", lang, year=projection.named(), told=_grown(outlook, "median", lang))
    elif kind.basis != "level":
        lead = filled("{year} is projected at {value}", lang, year=projection.named(), value=amount(outlook, "median", lang))
    else:
        at = Text("the year is projected to end at {value}")
        left = in_context("what is left", "the year is projected to end at {value}")
        lead = filled(left if kind.verb == "leaves" else at, lang, value=amount(outlook, "median", lang))
    low, high = (bare(outlook, label, lang) for label in ("low80", "high80"))
    return [*lead, *filled(" (80 % interval: {low} to {high})", lang, low=low, high=high), *_as_rate(outlook, lang)]


def _as_rate(outlook: Outlook, lang: str) -> list[str | Shown]:
    projection, rate = outlook.projection, of_outlook(outlook)["median_rate"]
    growth = projection.indicator.kind.rate == "growth"
    if not projection.indicator.kind.of_amounts or not np.isfinite(rate) or projection.measure.percent:
        return []
    target = outlook.target
    goal_rate = target.threshold if target and target.measure != "flow" else math.nan
    decimals = compare.decimals_for(goal_rate if outlook.side == "equal" and math.isfinite(goal_rate) else rate, goal_rate, 1)
    share = said(outlook, "median_rate", lambda value: f"{number(abs(value) if growth else value, decimals, lang)} %")
    if not growth:
        return filled(", {share} of the plan", lang, share=share)
    way = chosen(of_outlook(outlook), "median_rate", "rise", lang)
    return filled(", {way} {share} on {year}", lang, way=way, share=share, year=projection.named(projection.year - 1))


def goal(outlook: Outlook, lang: str, *, target: Target | None = None, label: str = "") -> tuple[str | Shown, ...]:
    """The goal in words with its number bound: 'từ 80 doanh nghiệp trở lên', 'tăng từ 4 % trở lên', 'giảm không quá 3 %'."""
    target = target or outlook.target
    if target is None:
        return ("–",)
    ind, projection = outlook.indicator, outlook.projection
    measure = projection.measure if target.measure == "flow" else ind.measure
    label = label or ("target" if target is outlook.target else f"target_{target.version}")
    growing = ind.kind.rate == "growth" and target.measure != "flow"
    falling = growing and target.threshold < 0
    shown = said(outlook, label, lambda value: with_measure(trimmed(abs(value) if falling else value, ind.decimals, lang), measure, lang))
    parts = filled((FALLING_WORDS if falling else COMPARATOR_WORDS)[target.comparator], lang, amount=shown)
    parts = filled("growth of {goal}", lang, goal=parts) if growing and not falling else parts
    return (*parts, *([f" [{VERSION_WORDS['reference'][lang]}]"] if target.version == "reference" else []))


def goal_in_amount(outlook: Outlook, lang: str) -> tuple[str | Shown, ...]:
    """The amount a rate asks for: ', tức 467,5 tỷ đồng'; nothing where the goal is an amount already."""
    projection = outlook.projection
    same = outlook.target is None or outlook.target.measure == "flow" or projection.measure.of_plan
    same = same or projection.measure == outlook.indicator.measure
    if same or not np.isfinite(outlook.threshold):
        return ()
    return tuple(filled(", that is {amount}", lang, amount=amount(outlook, "threshold", lang)))


def by_document(target: Target, lang: str) -> tuple[Quoted, ...]:
    """The document of the plan that set or amended a target, and its day: ', theo Nghị quyết 60-NQ/ĐU, ngày 01/11/2026'."""
    if not target.of_plan:
        return ()
    dated = f"{target.adopted:%d/%m/%Y}" in target.document
    by = (
        Text(", by {document}", document=target.document)
        if dated
        else Text(", by {document}, {day}", document=target.document, day=target.adopted)
    )
    return (Quoted(by[lang]),)


def _aim(outlook: Outlook, target: Target, lang: str) -> list[str | Shown]:
    return [*goal(outlook, lang), *goal_in_amount(outlook, lang), *by_document(target, lang)]


def _judged(outlook: Outlook, lang: str) -> list[str | Shown]:
    reason = Quoted(outlook.reason[lang])
    if outlook.target is None:
        return [". ", reason]
    aim = _aim(outlook, outlook.target, lang)
    if not np.isfinite(outlook.probability) or not outlook.judged:
        return filled(". Target: {aim}. {reason}", lang, aim=aim, reason=reason)
    words = Text("; the chance of meeting the target ({aim}) is {chance}: {status}.")
    return filled(words, lang, aim=aim, chance=chance_of(outlook, lang), status=status_of(outlook, lang))


def _goal_only(outlook: Outlook, lang: str) -> list[str | Shown]:
    if outlook.target is None:
        return []
    return filled(" Target: {aim}.", lang, aim=[*goal(outlook, lang), *by_document(outlook.target, lang)])


_OUTTURN = {
    "estimate": Text("{year} {told} (estimate){rate}"),
    "actual": Text("{year} {told} (actual){rate}"),
    "settled": Text("{year} {told} (settled){rate}"),
}


def _ended(outlook: Outlook, lang: str) -> list[str | Shown]:
    """Where the year ended, as an amount and as a rate, and what that says of the goal."""
    projection = outlook.projection
    grown = outlook.indicator.kind.verb == "grows"
    told = _grown(outlook, "outturn", lang) if grown else filled(_ENDED[_case(outlook)], lang, value=amount(outlook, "outturn", lang))
    parts = filled(_OUTTURN[projection.seen[-1].status], lang, year=projection.named(), told=told, rate=_as_rate(outlook, lang))
    if outlook.target is None or not np.isfinite(outlook.threshold):
        return [*parts, "."]
    distance = against(outlook, "difference", lang)
    verdict = Text(", {distance} ({aim}): {status}.") if len(distance) == 1 else Text(", {distance} against the target ({aim}): {status}.")
    return [*parts, *filled(verdict, lang, distance=distance, aim=_aim(outlook, outlook.target, lang), status=status_of(outlook, lang))]


def demand(outlook: Outlook, lang: str = "vi") -> Sentence | None:
    """What it would take: what remains, a month, against the pace so far and the best ever recorded; None where it does not apply."""
    if not np.isfinite(outlook.remaining) or outlook.months_left <= 0 or outlook.status == "stale":
        return None
    if outlook.remaining == 0:
        return _nothing_left(outlook, lang)
    months = said(outlook, "months_left", lambda left: number(left, 0 if float(left).is_integer() else 1, lang))
    best = bare(outlook, "best_pace", lang) if np.isfinite(outlook.best_pace) else None
    return sentence(
        "Still to be done: {remaining} in {months} months, {pace} a month, against {so_far} a month so far{best}{late}.",
        lang,
        "note",
        remaining=lacking(outlook, "remaining", lang),
        months=months,
        pace=lacking(outlook, "pace_needed", lang),
        so_far=bare(outlook, "pace_so_far", lang),
        best=filled(" and at best {best} in the same months of a past year", lang, best=best) if best else "",
        late=_too_late(outlook, lang),
    )


def _too_late(outlook: Outlook, lang: str) -> list[str | Shown]:
    if not outlook.no_return:
        return []
    beyond = chosen(of_outlook(outlook), "beyond_best", "beyond", lang)
    words = Text(". After {day}, at the present pace, the target would ask for {beyond}")
    return filled(words, lang, day=outlook.no_return, beyond=beyond)


def _nothing_left(outlook: Outlook, lang: str) -> Sentence:
    """The goal is reached before the end; or only its threshold is, where that is not enough."""
    assert outlook.target is not None
    if outlook.status == "met":
        return Sentence((say("The target has been met already.", lang),))
    if compare.meets(outlook.projection.achieved, outlook.target.comparator, outlook.threshold):
        return Sentence((say("By the estimate the target has been reached.", lang),))
    return sentence("What has been reached is {equal}.", lang, equal=SIDE_WORDS[outlook.target.comparator, "equal"])


def people_missing(outlook: Outlook, unit: Unit, lang: str = "vi") -> Sentence | None:
    """A share of the population in persons: how many are still missing; None where the share is not of the population, or is not to rise."""
    if not np.isfinite(of_outlook(outlook)["persons_missing"]):
        return None
    missing, people = counted(of_outlook(outlook), "persons_missing", lang), counted(of_unit(unit), "population", lang)
    return sentence("In persons: {missing} more of {people} residents are needed.", lang, "note", missing=missing, people=people)


def rules_of_thumb(outlook: Outlook, lang: str = "vi") -> Sentence | None:
    """What the two office rules would say, beside ours."""
    parts: list[str | Shown] = []
    for rule in RULES:
        if np.isfinite(of_outlook(outlook)[rule]) and not outlook.projection.complete:
            parts += ["; " if parts else "", f"{MODELS[rule].words[lang]}: ", amount(outlook, rule, lang)]
    if not parts:
        return None
    return sentence("Rules of thumb – {rules}.", lang, "note", rules=parts)


def _base_status(status: str) -> Words:
    """What kind of figure a base is: the status of an amount, the version of a plan."""
    return {**STATUS_WORDS, **VERSION_WORDS}[status]


def plan_note(outlook: Outlook, lang: str = "vi") -> Sentence | None:
    """Both answers where the plan entered the projection and changes the chance; None where it did not or makes no difference."""
    with_plan, without = outlook.probability, outlook.unplanned_probability
    if not np.isfinite(without) or not np.isfinite(with_plan) or abs(with_plan - without) < 0.02:
        return None
    return sentence(
        "Units work towards their plan: with the plan taken into account the chance is {ours}, from the pace of the months alone {pace}.",
        lang,
        "note",
        ours=chance_of(outlook, lang),
        pace=chance_of(outlook, lang, "unplanned_probability"),
    )


def base_note(outlook: Outlook, lang: str = "vi") -> Sentence | None:
    """The base a rate is reckoned on, its status, and whether the verdict flips on another one."""
    projection, base = outlook.projection, outlook.projection.base
    if base is None or projection.measure.percent:
        return None
    growth = outlook.indicator.kind.rate == "growth"
    others = [
        part
        for rank, check in enumerate(outlook.base_checks, start=1)
        for part in filled(
            "; on {amount} ({status}, {day}): {flips}",
            lang,
            amount=amount(outlook, f"other_base_{rank}", lang),
            status=_base_status(check.base.status),
            day=check.base.published,
            flips=chosen(of_outlook(outlook), f"other_base_{rank}_flips", "flips", lang),
        )
    ]
    return sentence(
        Text("Base ({year}): {amount} ({status}, {day}){others}.")
        if growth
        else Text("Plan of {year}: {amount} ({status}, {day}){others}."),
        lang,
        "note",
        year=projection.named(base.year),
        amount=amount(outlook, "base", lang),
        status=_base_status(base.status),
        day=base.published,
        others=others,
    )


def method(outlook: Outlook, lang: str = "vi") -> Sentence:
    """Which model was used and why, and how many past years stand behind it."""
    reason, years = Quoted(outlook.projection.reason[lang]), counted(of_outlook(outlook), "evidence_years", lang)
    return sentence("{reason} Past years behind it: {years}.", lang, "note", reason=reason, years=years)


def caveats(outlook: Outlook, lang: str = "vi") -> Sentence:
    """What the answer does not know, said where it is read."""
    projection = outlook.projection
    found = [
        Text("The projection rests on figures published by the day of the report; it knows of no decision, project or policy to come.")
    ]
    if projection.seen and projection.seen[-1].status == "estimate":
        found.append(Text("The latest figure is an estimate and may be revised."))
    if 0 < projection.evidence_years <= compare.FEW_YEARS:
        found.append(Text("With few years behind it the chance is never said to be near certainty."))
    if projection.unit.boundary_events:
        found.append(Text("The boundary has changed: earlier years compare only where they were rebuilt for the present area."))
    return Sentence((" ".join(text[lang] for text in found),), style="note")
