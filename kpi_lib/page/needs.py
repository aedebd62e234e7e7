"""What remains, until when, under which conditions and where: sentences and tables for the page.

Words only: every number comes from `needs`, and stands on the page bound to its value and its indicator.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from kpi_lib import narrative as nr
from kpi_lib import words
from kpi_lib.definitions.indicators import Unit
from kpi_lib.definitions.measures import measure_of
from kpi_lib.narrative import choices
from kpi_lib.outlook import milestones, required
from kpi_lib.outlook.areas import AreaShare, Split
from kpi_lib.outlook.milestones import Milestone
from kpi_lib.outlook.reach import reach
from kpi_lib.outlook.values.needs import of_conditions, of_milestones, of_split
from kpi_lib.outlook.verdict import GREY, Outlook
from kpi_lib.page.conditions import condition_sentences, rest_of_year
from kpi_lib.page.data import LATER_SOURCE
from kpi_lib.page.markup import NUMBER, Columns, Heading, Html, Stack, folded, table
from kpi_lib.page.phases import phased_plan
from kpi_lib.words.messages import Named, Text, Words
from kpi_lib.words.values import Values

FIRST_AREAS = 10  # rows shown at once; the others open on demand (and are printed)


def what_it_takes(outlook: Outlook, unit: Unit, lang: str = "vi") -> Stack:
    """What remains, until when it can still be caught up, what would have to be true, its split over the unit's areas, and the phased plan.

    Says in one line why there is nothing to say where the year is over, the figures are stale, or there is no target.
    """
    reason = _nothing(outlook, lang)
    phases = phased_plan(outlook, lang)
    if reason is not None:
        return Stack((reason, *phases))
    beyond = reach(outlook).state == "beyond"  # no way is mapped to what was never done
    return Stack(
        (
            remains(outlook, unit, lang),
            nr.reach_sentence(outlook, lang),
            None if beyond else milestone_table(outlook, lang),
            *condition_sentences(outlook, lang)[: 1 if beyond else None],
            *split_parts(outlook, unit, lang),
            *phases,
        )
    )


def _nothing(outlook: Outlook, lang: str) -> words.Sentence | None:
    wording: Words
    if outlook.projection.complete:
        wording = Text("The year's result is known: nothing is left to be done.")
    elif outlook.status in GREY:
        wording = outlook.reason
    else:
        return None
    return words.Sentence((words.Quoted(wording[lang]),), style="note")


# ---- what remains ------------------------------------------------------------------------------------------------------------


def remains(outlook: Outlook, unit: Unit, lang: str = "vi") -> words.Sentence | None:
    """What is still to be done, in natural units and a month; None where the gap is said by the conditions alone."""
    if outlook.indicator.adds_up:
        demanded = nr.demand(outlook, lang)
        return demanded and replace(demanded, style="fact")
    people = nr.people_missing(outlook, unit, lang)
    found = required.conditions(outlook)
    values = of_conditions(outlook)
    if people is None or found is None or "persons_a_month" not in values:
        return people and replace(people, style="fact")
    pace = words.counted(values, "persons_a_month", lang)
    rest = rest_of_year(found.since, outlook.projection.calendar)
    return words.Sentence((*people.parts, *words.filled(" That is {pace} a month over {rest}.", lang, pace=pace, rest=rest)), style="fact")


def milestone_table(outlook: Outlook, lang: str = "vi") -> Html | None:
    """What simulated years that meet the target have reached by each month's end, what the projection says, and how likely that is."""
    marks = [mark for mark in milestones.milestones(outlook) if not mark.known and np.isfinite(mark.needed)]
    if len(marks) < 2:
        return None
    values, measure = of_milestones(outlook), outlook.projection.measure[lang]
    columns: Columns = {
        Heading(Text("By the end of"), heads_row=True): lambda mark: words.date_text(mark.day, lang),
        Heading(Text("Must have reached"), NUMBER): lambda mark: nr.bare(outlook, f"milestone.{mark.day}", lang, values),
        Heading(Text("Projected (middle)"), NUMBER): lambda mark: nr.bare(outlook, f"median.{mark.day}", lang, values),
        Heading(Text("Chance of reaching it"), NUMBER): lambda mark: _likely(mark, values, lang),
    }
    caption = Text("On the way to the target: reached by then in at least nine in ten simulated years that meet it")
    return table(columns, zip(marks), caption=Named(f"{caption[lang]} ({measure})"), lang=lang, kind="milestones slim")


def _likely(mark: Milestone, values: Values, lang: str) -> object:
    if mark.chance in (0.0, 1.0):
        return choices.chosen(values, f"milestone_chance.{mark.day}", "milestone", lang)
    return words.likely(values, f"milestone_chance.{mark.day}", lang)


# ---- where -------------------------------------------------------------------------------------------------------------------


def split_parts(outlook: Outlook, unit: Unit, lang: str = "vi") -> tuple[object, ...]:
    """What remains by area: a sentence with both sums, the areas with the most to do, and the others to open; empty without a split."""
    found = milestones.split(outlook, unit)
    if found is None:
        return ()
    values = of_split(outlook, unit)
    columns: Columns = {
        Heading(Text("Area"), heads_row=True, quotes=True): lambda part: part.area,
        Heading(_given_heading(found), NUMBER): lambda part: words.plainly(values, f"area_given.{part.area}", _decimals(part), lang),
        Heading(Text("To be done ({measure})", measure=found.measure), NUMBER): lambda part: words.plainly(
            values, f"area.{part.area}", found.decimals, lang
        ),
    }
    first, rest = found.parts[:FIRST_AREAS], found.parts[FIRST_AREAS:]
    shown = table(columns, zip(first), caption=Text("What remains by area, the most first"), lang=lang, kind="split slim")
    more = table(columns, zip(rest), caption=Text("The other areas"), lang=lang, kind="split slim")
    others = Text("The other {rows:area|areas}", rows=len(rest))
    return _split_sentence(found, values, lang), shown, *((folded(others[lang], more),) if rest else ())


def _given_heading(found: Split) -> Words:
    if found.kind == "need":
        return Text("Reported as lacking ({measure})", measure=measure_of(found.given_measure))
    return Text("Weight ({measure})", measure=measure_of(found.given_measure))


def _decimals(part: AreaShare) -> int:
    """Decimals of what an area gave, as it wrote it."""
    return max(-int(part.given.normalize().as_tuple().exponent), 0)


def _split_sentence(found: Split, values: Values, lang: str) -> words.Sentence:
    """Where the split comes from; for needs the sum of what the areas reported beside what the unit has to do."""
    total = words.bound(values, "split", lambda value: words.with_measure(words.number(value, found.decimals, lang), found.measure, lang))
    areas = words.counted(values, "areas", lang)
    given_in, source = measure_of(found.given_measure), ", ".join(found.sources) or LATER_SOURCE[lang]
    if found.kind == "weight":
        return words.sentence(
            "The remaining {total} are divided over {areas:area|areas} by weight ({measure}; figures of {day}; source: {source}).",
            lang,
            "fact",
            total=total,
            areas=areas,
            measure=given_in,
            day=found.published,
            source=source,
        )
    return words.sentence(
        "{areas:area reports|areas report} {given} {measure} lacking in all (figures of {day}; source: {source}); by the latest figure the target asks for {total}{excess}.",
        lang,
        "fact",
        areas=areas,
        given=words.plainly(values, "split_given", 0 if found.given == int(found.given) else 1, lang),
        measure=given_in,
        day=found.published,
        source=source,
        total=total,
        excess=_excess(found),
    )


def _excess(found: Split) -> Words:
    """What follows from the two sums."""
    if not found.comparable:
        return Text(", divided in proportion to what they lack")
    if found.amount > found.given:
        return Text(", more than the areas report: the lists have to be checked; the table divides in proportion to what they lack")
    if found.amount == found.given:
        return Text(", exactly what the areas report")
    return Text(", divided in proportion to what each area lacks")
