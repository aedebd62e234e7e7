"""What is said of outlooks in tables: every figure bound to its value, with its status, in the reader's language."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd

from kpi_lib import narrative as nr
from kpi_lib import words
from kpi_lib.definitions.indicators import GROUPS
from kpi_lib.definitions.targets import Target
from kpi_lib.forecast.models import MODELS
from kpi_lib.narrative import choices
from kpi_lib.outlook.lines import lines_of, year_over
from kpi_lib.outlook.reach import asked
from kpi_lib.outlook.values.outlook import of_outlook
from kpi_lib.outlook.verdict import GOOD, Outlook, worst_first
from kpi_lib.page import record
from kpi_lib.page.markup import (
    LINE,
    NUMBER,
    Columns,
    Heading,
    Html,
    Stack,
    answers_for,
    date_cell,
    folded,
    line_name,
    linked,
    piece,
    plain,
    small,
    table,
)
from kpi_lib.page.owners.judgements import owners_word, requests
from kpi_lib.page.owners.questions import before_figures
from kpi_lib.words.messages import Dated, Named, Text, Words, in_context, say


def badge(outlook: Outlook, lang: str) -> Html:
    """Status by shape, word and colour; a line without a target has none."""
    word = outlook.word
    if outlook.target is None:
        return piece("badge", "cannot_be_judged", "–", say("no target", lang))
    return piece("badge", word.key, word.symbol, nr.status_of(outlook, lang))


def chance_bar(outlook: Outlook, lang: str) -> tuple[object, ...]:
    """The chance in figures and as a small bar; nothing where there is none or the year has ended."""
    p = outlook.probability
    if not np.isfinite(p) or not outlook.judged or outlook.projection.complete:
        return ()
    bar = piece("chance", in_context("before a chance", "chance")[lang], nr.chance_of(outlook, lang), p)
    later = nr.which_plan(outlook, lang)
    return (bar, small(*later)) if later else (bar,)


def expected(outlook: Outlook, lang: str) -> object:
    """Median and 80% interval, or the outturn."""
    projection = outlook.projection
    if not projection.known:
        return "–"
    middle = nr.foreseen(outlook, "median", lang)
    if projection.complete:
        return middle, f" {nr.status_note(projection.seen[-1], lang)}"
    return middle, " (", nr.foreseen_bare(outlook, "low80", lang), " – ", nr.foreseen_bare(outlook, "high80", lang), ")"


def gap(outlook: Outlook, lang: str) -> object:
    """Surplus or shortfall of the median in natural units; of a share of all residents in persons, too."""
    if not np.isfinite(outlook.surplus) or outlook.target is None:
        return "–"
    wording = nr.against(outlook, "surplus_foreseen", lang, points=Text("points"))
    persons = of_outlook(outlook)["surplus_persons"]
    if not np.isfinite(persons) or not persons:
        return wording
    people = Text("persons") if outlook.projection.complete else Text("persons (projected)")
    return *wording, small(words.plainly(of_outlook(outlook), "surplus_persons", 0, lang, people))


def pace(outlook: Outlook, lang: str) -> object:
    """What is needed a month, and the best of past years over the same months."""
    if not np.isfinite(outlook.pace_needed) or outlook.remaining == 0:
        return "–"
    needed = nr.paced(outlook, "pace_needed", lang, named=True)
    if not outlook.pace_years:
        return (needed,)
    best, years = nr.paced(outlook, "best_pace", lang), words.counted(of_outlook(outlook), "pace_years", lang)
    return needed, small(*words.filled("best before {best} (years compared: {years})", lang, best=best, years=years))


# ---- the overview -----------------------------------------------------------------------------------------------------------------


def _attention(lang: str, over: bool, errors: pd.DataFrame | None, one: bool) -> Columns:
    def who(item: Outlook) -> object:
        return decide(item, lang) if one else (words.Quoted(answers_for(item, lang)), decide(item, lang))

    ahead: Columns = {
        Heading(Text("Needed a month"), NUMBER): lambda item: pace(item, lang),
        Heading(Text("Decision by") if one else Text("Who answers for the result, decision by")): who,
    }
    return {
        LINE: lambda item: (linked(item, line_name(item, lang)), _aim(item, lang)),
        Heading(Text("Verdict") if over else Text("Outlook")): lambda item: (
            badge(item, lang),
            *chance_bar(item, lang),
            *owners_word(item, lang),
        ),
        Heading(Text("Result of the year") if over else Text("Projected year"), NUMBER): lambda item: (
            *_year_end(item, lang),
            *_tested(item, errors, lang),
        ),
        Heading(Text("Against the target") if over else Text("Projected against the target"), NUMBER): lambda item: gap(item, lang),
        **({} if over else ahead),
    }


def _tested(item: Outlook, errors: pd.DataFrame | None, lang: str) -> tuple[object, ...]:
    """How often the line's intervals held at this time of past years, in small letters below the one of this year."""
    if errors is None or not chance_bar(item, lang):
        return ()
    return (small(*record.in_brief(errors, item, lang)),)


def attention(items: Sequence[Outlook], lang: str = "vi", *, errors: pd.DataFrame | None = None) -> Stack:
    """The judged lines, the worst first: status, chance, gap in natural units, pace needed, owner, next decision date.

    Lines that are met or likely to be are folded away; on paper they stand open. One body that answers for all is named once, below.
    """
    ordered = worst_first(list(lines_of(items).judged))
    ordered = sorted(ordered, key=lambda item: asked(item) is None)
    worrying = [(item,) for item in ordered if item.status not in GOOD]
    well = [(item,) for item in ordered if item.status in GOOD]
    over = year_over(items)
    wording = Text("Targets that were not met or are still open") if over else Text("Lines that need attention, the worst first")
    fine = (
        Text("{well:target met|targets met}", well=len(well)) if over else Text("{well:line met|lines met} or likely to be", well=len(well))
    )
    named = {item.indicator.duty.result_owner[lang] for item in ordered}
    columns = _attention(lang, over, errors, one := not over and all(named) and len(ordered) > len(named) == 1)
    shown = table(columns, worrying, caption=wording, lang=lang, kind="attention")
    rest = (folded(fine[lang], table(columns, well, caption=fine, lang=lang, kind="attention")),) if well else ()
    wording = Text("Who answers for the result of every line here: {office}.")
    every = (words.sentence(wording, lang, "note", office=words.Quoted(*named)),) if one else ()
    return Stack((shown, *rest, *every, requests(items, lang)))


def _aim(item: Outlook, lang: str) -> object:
    return small(say("target: ", lang), *nr.goal(item, lang), *nr.goal_in_amount(item, lang))


def _year_end(item: Outlook, lang: str) -> tuple[object, ...]:
    """Median or outturn; the 80% interval in small letters below."""
    projection = item.projection
    middle = nr.foreseen(item, "median", lang)
    if projection.complete:
        return middle, small(nr.status_note(projection.seen[-1], lang))
    return middle, small("80%: ", nr.foreseen_bare(item, "low80", lang), " – ", nr.foreseen_bare(item, "high80", lang))


def decide(item: Outlook, lang: str) -> object:
    """What is asked of a line in danger: a decision, by its last day where one is known; or, out of reach, to amend or explain."""
    found = asked(item)
    if found is None:
        return ""
    if found.day:
        return piece("due", say("decide by ", lang), found.day, words.date_text(found.day, lang))
    return piece("due", _UNDATED[found.state][lang], "", "")


_UNDATED = {
    "now": Text("decide at once"),
    "open": Text("decide soon"),
    "beyond": Text("beyond reach: amend with reasons, or explain"),
}


def awaited(items: Sequence[Outlook], lang: str = "vi") -> Html:
    """The targets in force that cannot be judged: what is awaited, and from whom."""
    columns: Columns = {
        LINE: lambda item: linked(item, line_name(item, lang)),
        Heading(Text("State")): lambda item: (badge(item, lang), *owners_word(item, lang)),
        Heading(Text("Target for the year"), NUMBER): lambda item: nr.goal(item, lang),
        Heading(Text("Why, and what is awaited")): lambda item: words.Quoted(item.reason[lang]),
        Heading(Text("Who hands in the figures")): lambda item: words.Quoted(item.indicator.duty.owner[lang]),
    }
    waiting = [] if before_figures(items) else [(item,) for item in lines_of(items).waiting]  # then `first_steps` says it all
    return table(columns, waiting, caption=Text("What cannot be judged, and what is awaited"), lang=lang)


# ---- the familiar table ------------------------------------------------------------------------------------------------------------


def _familiar(items: Sequence[Outlook], lang: str) -> Columns:
    """The columns; a unit whose documents do not number its lines has them counted."""
    told, over = [item.indicator.id for _, own in _grouped(items, lang) for item in own], year_over(items)

    def percent(label: str) -> Callable[[Outlook], words.Shown]:
        return lambda item: words.bound(of_outlook(item), label, lambda value: words.percent(value, lang))

    return {
        Heading(Text("No."), quotes=True): lambda item: item.indicator.number or str(told.index(item.indicator.id) + 1),
        LINE: lambda item: linked(item, item.indicator.name[lang]),
        Heading(Text("Unit")): lambda item: item.projection.measure[lang],
        Heading(Text("Year's target"), NUMBER): lambda item: _year_target(item, lang),
        Heading(in_context("amount of the period", "Period"), NUMBER): lambda item: _latest_period(item, lang),
        Heading(Text("To date"), NUMBER): lambda item: _to_date(item, lang),
        Heading(Text("Same period"), NUMBER): lambda item: (
            nr.bare(item, "same_period_value", lang) if np.isfinite(of_outlook(item)["same_period_value"]) else "–"
        ),
        Heading(Text("% of target"), NUMBER): percent("percent_of_target"),
        Heading(Text("% of same period"), NUMBER): percent("percent_of_same_period"),
        Heading(Text("Result of the year") if over else Text("Projected year"), NUMBER): lambda item: (
            nr.foreseen_bare(item, "median", lang) if item.projection.known else "–"
        ),
        Heading(Text("Verdict") if over else Text("Outlook")): lambda item: badge(item, lang),
    }


def resolution(items: Sequence[Outlook], lang: str = "vi") -> Html:
    """The familiar table, in the order and numbering of the resolution; folded below it the lines without a target or a figure."""
    things: list[tuple[Outlook] | str] = []
    for name, own in _grouped(items, lang):
        things += [name, *((item,) for item in own)]
    numbered = any(item.indicator.number for item in items)
    caption = Text("All lines, in the order of the resolution") if numbered else Text("All lines with a target or a figure")
    shown = table(_familiar(items, lang), things, caption=caption, lang=lang, kind="resolution wide")
    bare = "; ".join(line_name(item, lang) for item in lines_of(items).bare)
    return (
        shown
        + folded(say("Lines with neither target nor figure of {year}", lang, year=items[0].projection.named()), piece("left_out", bare))
        if bare
        else shown
    )


def _grouped(items: Sequence[Outlook], lang: str) -> list[tuple[str, list[Outlook]]]:
    """The lines there is something to say of by the resolution's groups, in its order."""
    told = [item for item in items if item.reportable]
    groups = dict.fromkeys(item.indicator.group for item in told)
    return [(GROUPS[g][lang] if g in GROUPS else g, [item for item in told if item.indicator.group == g]) for g in groups]


def plain_resolution(items: Sequence[Outlook], lang: str = "vi") -> tuple[list[str], list[list[str] | str]]:
    """The same table as plain text: headings and rows, a group as one string; for documents."""
    *told, _ = (columns := _familiar(items, lang)).values()
    rows: list[list[str] | str] = []
    for name, own in _grouped(items, lang):
        rows.append(name)
        for item in own:
            chance = f" ({words.chance(item.probability, lang)})" if chance_bar(item, lang) else ""
            verdict = nr.status_of(item, lang) if item.target else say("no target", lang)
            rows.append([*(plain(says(item)) for says in told), f"{verdict}{chance}"])
    return [column.name[lang] for column in columns], rows


def _year_target(item: Outlook, lang: str) -> object:
    """The goal in the line's natural unit; a rate's own figure in small letters below the amount it asks for."""
    target = item.target
    if target is None:
        mark = nr.mark_of(item, lang)
        return ("–", small(*mark)) if mark else "–"
    sign = SYMBOLS[target.asks(item.indicator)]

    def figure(label: str) -> object:
        return nr.said(item, label, lambda value: words.trimmed(value, item.indicator.decimals, lang))

    if len(target.thresholds) > 1:
        return sign, figure("target_low"), " – ", figure("target_high")
    if nr.goal_in_amount(item, lang):
        return sign, nr.bare(item, "threshold", lang), small(*nr.goal(item, lang))
    if item.indicator.kind.of_amounts and target.measure == "indicator":  # the row's measure is that of the amounts
        return nr.goal(item, lang)
    return sign, figure("target")


SYMBOLS = {">=": "≥ ", ">": "> ", "<=": "≤ ", "<": "< ", "=": ""}


def _latest_period(item: Outlook, lang: str) -> object:
    """The amount of the latest period alone as published, with the period and its status; a dash where none was published."""
    part = item.projection.latest_part
    if part is None or not np.isfinite(of_outlook(item)["latest_period"]):
        return "–"
    calendar = item.projection.calendar
    amount = nr.bare(item, "latest_period", lang)
    months = calendar.month_of(part.end)[1] - calendar.month_of(part.start)[1] + 1
    wording = Dated(part.end, "MMMM")[lang] if months == 1 else say("{months:month|months}", lang, months=months)
    return amount, small(words.Quoted(wording + (f", {choices.STATUS_WORDS['estimate'][lang]}" if part.status == "estimate" else "")))


def _to_date(item: Outlook, lang: str) -> object:
    if not item.projection.seen:
        return "–"
    last = item.projection.seen[-1]
    until = words.span(last.end, item.projection.calendar)[lang] if item.indicator.kind.to_date else words.date_text(last.end, lang)
    wording = f"{until}, {choices.STATUS_WORDS[last.kind][lang]}"
    phase = nr.phase_brief(item, lang)
    return nr.bare(item, "achieved", lang), small(words.Quoted(wording)), *((small(*phase),) if phase else ())


# ---- the headline questions, and one indicator ----------------------------------------------------------------------------------------


def facts(item: Outlook, lang: str = "vi") -> Html:
    """One indicator's outlook in figures: target, chance, interval, gap, pace, rules of thumb, base, evidence."""
    projection = item.projection
    pairs: list[tuple[str, object]] = [
        (say("Status", lang), badge(item, lang)),
        (say("Chance", lang), nr.chance_of(item, lang) if chance_bar(item, lang) else "–"),
        (say("Which plan", lang), tuple(nr.which_plan(item, lang)) or "–"),
        (say("Target", lang), (*nr.goal(item, lang), *nr.goal_in_amount(item, lang), _version_note(item, lang))),
        (say("Result of the year" if projection.complete else "Projected year (80% interval)", lang), expected(item, lang)),
    ]
    if projection.known and not projection.complete:
        pairs.append((say("95% interval", lang), (nr.foreseen_bare(item, "low95", lang), " – ", nr.foreseen(item, "high95", lang))))
    pairs += [
        (say("Median against target", lang), gap(item, lang)),
        (say("Pace needed", lang), pace(item, lang)),
        (MODELS["straight_line"].title[lang], _rule("straight_line", item, item.straight_line_meets, lang)),
        (MODELS["same_period"].title[lang], _rule("same_period", item, item.same_period_meets, lang)),
        (say("Past years behind it", lang), words.counted(of_outlook(item), "evidence_years", lang)),
        (say("Who hands in the figures", lang), words.Quoted(item.indicator.duty.owner[lang])),
        (say("Who answers for the result", lang), words.Quoted(answers_for(item, lang))),
    ]
    columns: Columns = {
        Heading(Text("What"), heads_row=True, quotes=True): lambda name, value: name,
        Heading(Text("Figure")): lambda name, value: value,
    }
    return table(columns, [pair for pair in pairs if pair[1] != "–"], caption=Text("In figures"), lang=lang, kind="facts")


def _version_note(item: Outlook, lang: str) -> object:
    target = item.target
    if target is None:
        return ""
    derived = {"derived": Text(", derived from published figures"), "about": Text(", about")}.get(target.precision, Named(""))
    told = f", {_since(target)[lang]}" if target.reconstructed else derived[lang]
    return words.Quoted(
        f" ({choices.version_words(target.version, item.projection.unit)[lang]}, {target.document}, {words.date_text(target.adopted, lang)}{told})"
    )


def _rule(label: str, item: Outlook, meets: bool | None, lang: str) -> object:
    if not np.isfinite(of_outlook(item)[label]) or item.projection.complete:
        return "–"
    return nr.amount(item, label, lang), *(
        (" → ", choices.chosen(of_outlook(item), f"{label}_meets", "would", lang)) if meets is not None else ()
    )


def versions(item: Outlook, lang: str = "vi") -> Html | None:
    """Every version of the target in force, each with its own chance, and those that a plan replaced; None where one alone is known."""
    targets = [*([item.target] if item.target else []), *(other.target for other in item.others)]
    replaced = [target.amends for target in targets if target.amends]
    if len(targets) + len(replaced) < (2 if item.target else 1):
        return None
    chance: Columns = {
        Heading(in_context("heading", "Chance"), NUMBER): lambda target, old: (
            "–" if old else nr.chance_of(item, lang, "probability" if target is item.target else f"probability_{target.version}")
        ),
    }
    columns: Columns = {
        Heading(Text("Version"), heads_row=True): lambda target, old: (
            choices.version_words(target.version, item.projection.unit)[lang] + old
        ),
        Heading(Text("Threshold"), NUMBER): lambda target, old: (
            nr.goal(item, lang, target=target, label=f"target_{target.version}_before") if old else nr.goal(item, lang, target=target)
        ),
        **({} if item.projection.complete else chance),
        Heading(Text("Document")): lambda target, old: words.Quoted(target.document),
        Heading(Text("Date")): lambda target, old: adopted_cell(target, lang),
    }
    things = [(target, "") for target in targets] + [(old, say(", replaced", lang)) for old in replaced]
    return table(columns, things, caption=Text("Versions of the target"), lang=lang)


def adopted_cell(target: Target, lang: str) -> Html | tuple[object, ...]:
    """The day a version was adopted; beside it the day of the later page it was worked out from."""
    cell = date_cell(target.adopted, lang, target.adopted_assumed)
    if target.reconstructed is None:
        return cell
    return cell, small(_since(target)[lang])


def _since(target: Target) -> Words:
    """From which day on a version is known that its document did not tell: worked out from a page of that day, or read on it."""
    day = target.reconstructed or target.adopted
    return Text("reconstructed on {day}", day=day) if target.precision == "derived" else Text("known since {day}", day=day)
