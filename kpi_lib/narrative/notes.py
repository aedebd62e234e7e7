"""What is said beside a verdict: what it asks for, on what base, by which plan and method, and what it does not know."""

from __future__ import annotations

import numpy as np

from kpi_lib import compare
from kpi_lib.definitions.indicators import Unit
from kpi_lib.forecast.models import MODELS, RULES
from kpi_lib.narrative.choices import SIDE_WORDS, STATUS_WORDS, VERSION_WORDS, chosen
from kpi_lib.narrative.shown import amount, chance_of, foreseen, lacking, paced, said
from kpi_lib.outlook.reach import reach
from kpi_lib.outlook.values.needs import of_milestones
from kpi_lib.outlook.values.outlook import of_outlook, of_unit
from kpi_lib.outlook.verdict import Outlook
from kpi_lib.words.bound import Quoted, Sentence, Shown, counted, filled, sentence
from kpi_lib.words.messages import Text, Words, say
from kpi_lib.words.numbers import number

_BEST = Text(" and at best {best} in the same months of past years (years compared: {years})")


def demand(outlook: Outlook, lang: str = "vi") -> Sentence | None:
    """What it would take: what remains, a month, against the pace so far and the best of past years; None where it does not apply."""
    if not np.isfinite(outlook.remaining) or outlook.months_left <= 0 or outlook.status == "stale":
        return None
    if outlook.remaining == 0:
        return _nothing_left(outlook, lang)
    months = said(outlook, "months_left", lambda left: number(left, 0 if float(left).is_integer() else 1, lang))
    best, years = paced(outlook, "best_pace", lang), counted(of_outlook(outlook), "pace_years", lang)
    return sentence(
        "Still to be done: {remaining} in the {months:month|months} after {day}, {pace} a month, against {so_far} a month so far{best}.",
        lang,
        "note",
        remaining=lacking(outlook, "remaining", lang),
        months=months,
        day=outlook.projection.seen[-1].end,
        pace=paced(outlook, "pace_needed", lang, named=True),
        so_far=paced(outlook, "pace_so_far", lang),
        best=filled(_BEST, lang, best=best, years=years) if outlook.pace_years else "",
    )


def reach_sentence(outlook: Outlook, lang: str = "vi") -> Sentence | None:
    """Until when the target can still be met by what was ever done here, or that it no longer can; None where no day has to be named."""
    found = reach(outlook)
    if found.state in ("holds", "open"):
        return None
    values = of_milestones(outlook)
    years = counted(values, "reach_years", lang)
    if found.day:
        return sentence(_UNTIL, lang, "fact", day=found.day, years=years)
    if found.mark:
        mark = found.mark
        left, best = (amount(outlook, f"{label}.{mark.day}", lang, values) for label in ("rest_needed", "best_rest"))
        return sentence(_NOW, lang, "fact", day=mark.day, left=left, best=best, years=years)
    if not outlook.indicator.adds_up:
        return sentence(_BEYOND_ANY, lang, "fact", years=years)
    left, best = (amount(outlook, label, lang, values) for label in ("reach_left", "reach_best"))
    return sentence(_BEYOND, lang, "fact", left=left, best=best, year=outlook.projection.named(found.best_year), years=years)


_UNTIL = Text(
    "Going on as projected, until {day} no more is left than was ever done in the rest of a year, as an amount or as growth on the year before "
    "(years compared: {years}); after that the target is beyond reach."
)
_NOW = Text(
    "By the latest figures the target is within what was ever done, but no time is left: going on as projected, by {day} more is left ({left}) "
    "than was ever done from that day to a year's end, as an amount or as growth ({best}; years compared: {years})."
)
_BEYOND = Text(
    "Beyond reach of anything ever done here: {left} is left, and the most that any of {years:past year|past years} did over the same months is {best} "
    "(in {year}); none grew as much on the year before either. What remains is to ask, with reasons, for the target to be amended, or to explain."
)
_BEYOND_ANY = Text(
    "Beyond reach of anything ever done here: none of the {years:past year|past years} that can be compared did as much over the same months. "
    "What remains is to ask, with reasons, for the target to be amended, or to explain."
)


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
    return sentence(
        "In persons, by the latest figure: {missing} more of {people:resident|residents} are needed.",
        lang,
        "note",
        missing=missing,
        people=people,
    )


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
        "By the plan in force today: units work towards their plan, and with that taken into account the chance is {ours}; from the pace of the "
        "months alone it is {pace}.",
        lang,
        "note",
        ours=chance_of(outlook, lang),
        pace=chance_of(outlook, lang, "unplanned_probability"),
    )


def events_note(outlook: Outlook, lang: str = "vi") -> Sentence | None:
    """Which events written down by the office the chance counts, and what it would be without them; None where it counts none."""
    if not np.isfinite(outlook.eventless_probability):
        return None
    return sentence(
        "Counted in it, as written down by the office: {events}. Without: a chance of {chance}, the year projected at {median}.",
        lang,
        "fact",
        events=Quoted("; ".join(event.what for event in outlook.projection.events)),
        chance=chance_of(outlook, lang, "eventless_probability"),
        median=foreseen(outlook, "eventless_median", lang),
    )


def december_note(outlook: Outlook, lang: str = "vi") -> Sentence | None:
    """The chance by the plan as it will stand in December, by which the year is judged in the end; None where plans are not known to be raised."""
    if not np.isfinite(outlook.december_probability):
        return None
    return sentence(
        "By the plan as it will stand in December, for plans are often raised late in the year, the chance is {chance}: {word}.",
        lang,
        "fact",
        chance=chance_of(outlook, lang, "december_probability"),
        word=chosen(of_outlook(outlook), "december_status", "status", lang),
    )


def which_plan(outlook: Outlook, lang: str = "vi") -> list[str | Shown]:
    """Beside a chance which plan it answers, with the chance by the plan as it will stand in December; nothing where one answers both."""
    if not np.isfinite(outlook.december_probability):
        return []
    later = chance_of(outlook, lang, "december_probability")
    return filled("by the plan in force today; by December's plan {later}", lang, later=later)


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


def method(outlook: Outlook, lang: str = "vi") -> Sentence | None:
    """Which model was used and why, and how many past years stand behind it; None where nothing is told of the year's end."""
    if not outlook.projection.known:
        return None
    reason, years = Quoted(outlook.projection.reason[lang]), counted(of_outlook(outlook), "evidence_years", lang)
    return sentence("{reason} Past years behind it: {years}.", lang, "note", reason=reason, years=years)


_NOTHING_TO_COME = Text(
    "The projection rests on figures published by the day of the report; it knows of no decision, project or policy to come."
)
_EVENTS_ALONE = Text(
    "The projection rests on figures published and events written down by the day of the report; it knows of no other decision, project or policy to come."
)


def caveats(outlook: Outlook, lang: str = "vi") -> Sentence | None:
    """What the answer does not know, said where it is read; None where there is nothing of the kind."""
    projection = outlook.projection
    ahead = projection.known and not projection.complete
    found = [_EVENTS_ALONE if projection.events else _NOTHING_TO_COME] if ahead else []
    if projection.seen and projection.seen[-1].status == "estimate":
        found.append(Text("The latest figure is an estimate and may be revised."))
    if ahead and compare.chance_range(projection.evidence_years) != compare.EVIDENCE[-1][1]:
        found.append(Text("With few years behind it the chance is never said to be near certainty."))
    if projection.unit.boundary_events:
        found.append(Text("The boundary has changed: earlier years compare only where they were rebuilt for the present area."))
    return Sentence((" ".join(text[lang] for text in found),), style="note") if found else None
