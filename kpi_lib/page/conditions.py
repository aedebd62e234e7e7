"""What would have to be true for a target to be met, in sentences; every number bound to its value and its indicator."""

from __future__ import annotations

import datetime as dt
import math

from kpi_lib import compare, words
from kpi_lib import narrative as nr
from kpi_lib.narrative import choices
from kpi_lib.outlook import required
from kpi_lib.outlook.required import Aim, Conditions, Tally
from kpi_lib.outlook.values.needs import of_conditions
from kpi_lib.outlook.verdict import Outlook
from kpi_lib.periods import MONTHS, QUARTER, Calendar
from kpi_lib.words.messages import Dated, Text, Words

Piece = str | words.Shown


def condition_sentences(outlook: Outlook, lang: str = "vi") -> tuple[words.Sentence, ...]:
    """What would have to be true for the target to be met, and for an 80% chance of it; empty where nothing can be said."""
    found = required.conditions(outlook)
    if found is None:
        return ()
    even, sure = {
        "amount": (_exact_amount, _sure_amount),
        "growth": (_exact_growth, _sure_growth),
        "change": (_exact_change, _sure_change),
    }[found.kind]
    said = [(even if aim.sure == 0.5 else sure)(outlook, found, aim, lang) for aim in found.aims]
    return tuple(words.Sentence((*parts, "."), style="fact") for parts in said if parts)


def rest_of_year(since: dt.date | None, calendar: Calendar) -> Words:
    """The months after a day as an office names them: '3 tháng cuối năm', 'tháng 12', 'cả năm'."""
    if since is None or calendar.is_year_end(since):
        return Text("the whole year")
    if not calendar.is_month_end(since):
        return Text("the rest of the year after {day}", day=Dated(since, "d MMMM"))
    year, month = calendar.month_of(since)
    left, last = MONTHS - month, calendar.end(year)
    return Dated(last, "MMMM") if left == 1 else Text("the last {left:month|months}", left=left)


def _years(outlook: Outlook, label: str, found: Tally, lang: str) -> list[Piece]:
    """In how many of the comparable years it was so, in brackets; nothing where none can be compared."""
    if not found.of:
        return []
    met, of = (words.counted(of_conditions(outlook), f"{label}_{part}", lang) for part in ("met", "of"))
    if found.of == 1:
        yes, no = Text(" (done in the only year that can be compared)"), Text(" (not done in the only year that can be compared)")
        return [(yes if found.met else no)[lang]]
    if found.met == 0:
        return words.filled(" (done in none of the {years:year|years} that can be compared)", lang, years=of)
    if found.met == found.of:
        return words.filled(" (done in all {years:year|years} that can be compared)", lang, years=of)
    return words.filled(" (done in {met} of the {years:year|years} that can be compared)", lang, met=met, years=of)


# ---- amounts -----------------------------------------------------------------------------------------------------------------


def _exact_amount(outlook: Outlook, found: Conditions, aim: Aim, lang: str) -> list[Piece]:
    rest, values = rest_of_year(found.since, outlook.projection.calendar), of_conditions(outlook)
    pieces: list[Piece] = []
    told = _yardsticks(outlook, aim)
    if "grew" in told:
        share, years = words.plainly(values, "of_last_year50", 0, lang, words.PERCENT), _years(outlook, "grew50", aim.grew, lang)
        pieces += words.filled("{rest} must bring {share} of the same months last year{years}", lang, rest=rest, share=share, years=years)
    if "ran" in told:
        times, years = words.plainly(values, "of_pace50", 2, lang), _years(outlook, "ran50", aim.ran, lang)
        alone = Text("{rest} must run at {times:time|times} the pace so far{years}", rest=rest)
        pieces += words.filled(
            Text("; a month, {times:time|times} the pace so far{years}") if pieces else alone, lang, times=times, years=years
        )
    return words.filled("To meet the target, {conditions}", lang, conditions=pieces) if pieces else []


def _yardsticks(outlook: Outlook, aim: Aim) -> list[str]:
    """By what the months left are measured: last year's same months ("grew") and the pace so far ("ran"), where they are known.

    Where past years say that the one is usual and the other is not, the one that sides with the chance: a sentence answers once.
    """
    found = {name: tally for name, tally, at in (("grew", aim.grew, aim.of_last_year), ("ran", aim.ran, aim.of_pace)) if math.isfinite(at)}
    usual = {name: 2 * tally.met >= tally.of for name, tally in found.items() if tally.of}
    if len({*usual.values()}) < 2:
        return [*found]
    return [name for name, is_usual in usual.items() if is_usual == (outlook.probability >= 0.5)]


def _sure_amount(outlook: Outlook, found: Conditions, aim: Aim, lang: str) -> list[Piece]:
    """The amount to aim at for 80%: results miss their aim as the projection misses its middle."""
    rest, values = rest_of_year(found.since, outlook.projection.calendar), of_conditions(outlook)
    aimed: list[Piece] = [nr.amount(outlook, "amount80", lang, values)]
    if math.isfinite(aim.of_last_year):
        share = words.plainly(values, "of_last_year80", 0, lang, words.PERCENT)
        aimed += words.filled(", {share} of the same months last year", lang, share=share)
    if outlook.probability >= aim.sure:
        even = Text("Even if one aims for {rest} at only {amount}, the chance of the target is still 80%")
        return words.filled(even, lang, rest=rest, amount=aimed)
    years = _years(outlook, "grew80", aim.grew, lang) if "grew" in _yardsticks(outlook, found.aims[0]) else ""
    return words.filled("For an 80% chance one must aim for {rest} at {amount}{years}", lang, rest=rest, amount=aimed, years=years)


# ---- growth as published -----------------------------------------------------------------------------------------------------


def _growing(outlook: Outlook, found: Conditions) -> Words:
    if found.months_left == QUARTER:
        return Text("the fourth quarter")
    return rest_of_year(found.since, outlook.projection.calendar)


def _rate(outlook: Outlook, label: str, lang: str) -> words.Shown:
    """A growth rate without its sign; the words beside it say whether it is a rise or a fall."""
    return words.bound(of_conditions(outlook), label, lambda value: words.with_percent(words.number(abs(value), 1, lang), lang))


def _exact_growth(outlook: Outlook, found: Conditions, aim: Aim, lang: str) -> list[Piece]:
    growth: list[Piece] = [_rate(outlook, "growth50", lang)]
    growth = words.filled("about {amount}", lang, amount=growth) if found.weight else growth
    rises, falls = (
        Text("To meet the target, {rest} must grow by {growth}"),
        Text("To meet the target, {rest} may fall by no more than {growth}"),
    )
    pieces = words.filled(rises if aim.amount >= 0 else falls, lang, rest=_growing(outlook, found), growth=growth)
    pieces += _years(outlook, "grew50", aim.reached, lang)
    if math.isfinite(found.best):
        best = words.plainly(of_conditions(outlook), "best_rest", 1, lang, words.PERCENT)
        error = words.plainly(of_conditions(outlook), "best_rest_error", 1, lang) if math.isfinite(found.best_error) else ""
        published, derived = (
            Text("; the best was {best} (in {year})"),
            Text("; the best was {best} (in {year}; derived, give or take {error:point|points})"),
        )
        best_year = outlook.projection.named(found.best_year)
        pieces += words.filled(derived if error else published, lang, best=best, year=best_year, error=error)
    if found.weight:
        weight = words.plainly(of_conditions(outlook), "weight_to_date", 0, lang, words.PERCENT)
        pieces += words.filled("; what is known is taken as about {weight} of the year", lang, weight=weight)
    return pieces


def _sure_growth(outlook: Outlook, found: Conditions, aim: Aim, lang: str) -> list[Piece]:
    if outlook.probability >= aim.sure:
        return []
    rises = Text("For an 80% chance one must aim for {rest} at growth of about {growth}{years}")
    falls = Text("For an 80% chance one must aim for {rest} at a fall of no more than about {growth}{years}")
    growth, years = _rate(outlook, "growth80", lang), _years(outlook, "grew80", aim.reached, lang)
    return words.filled(rises if aim.amount >= 0 else falls, lang, rest=_growing(outlook, found), growth=growth, years=years)


# ---- levels, shares, cases -----------------------------------------------------------------------------------------------------


def _points(outlook: Outlook, label: str, lang: str) -> list[Piece]:
    """A change in the indicator's unit, and in persons where it is a share of all residents."""
    unit = outlook.projection.measure.difference
    found = of_conditions(outlook)
    pieces: list[Piece] = [words.plainly(found, label, compare.decimals_for(found[label], 0.0, outlook.projection.decimals), lang, unit)]
    if math.isfinite(found[f"{label}_persons"]) and found[f"{label}_persons"]:
        people = words.counted(found, f"{label}_persons", lang)
        pieces += words.filled(", some {people} people", lang, people=people)
    return pieces


def _exact_change(outlook: Outlook, found: Conditions, aim: Aim, lang: str) -> list[Piece]:
    until = Text("from {day} to the year's end", day=found.since or outlook.projection.as_of)
    years, size = _years(outlook, "changed50", aim.reached, lang), _points(outlook, "change50", lang)
    side = compare.side(aim.amount, 0.0)
    assert outlook.target is not None
    if side == "over":
        return words.filled(
            "The level does not meet the target yet, {short} {size}; {until} it must {move} by that much{left}{years}{best}",
            lang,
            short=choices.chosen(of_conditions(outlook), "away", f"side {outlook.target.comparator}", lang),
            size=size,
            until=until,
            move=choices.chosen(of_conditions(outlook), "towards", "turn", lang),
            left=_down_to(outlook, lang),
            years=years,
            best=_best_change(outlook, found, lang),
        )
    return words.filled(
        "The level {reached}; {until} it must not {move}{size}{years}",
        lang,
        reached=_reached(outlook.target.comparator, side),
        until=until,
        move=choices.chosen(of_conditions(outlook), "away", "turn", lang),
        size=[] if side == "equal" else words.filled(" by more than {size}", lang, size=size),
        years=years,
    )


def _reached(comparator: str, side: compare.Side) -> Text:
    """What a level on its threshold, or beyond it, says of the goal: some goals are not met on it."""
    if side == "equal" and "equal" not in compare.MEETING[comparator]:
        return Text("is {equal}", equal=choices.SIDE_WORDS[comparator, "equal"])
    return Text("meets the target")


def _down_to(outlook: Outlook, lang: str) -> list[Piece]:
    """Of cases: what must be left, for past years are counted by that and not by how many they closed."""
    if not outlook.indicator.kind.must_be_nil:
        return []
    return words.filled(", down to {goal}", lang, goal=nr.amount(outlook, "threshold", lang))


def _sure_change(outlook: Outlook, _found: Conditions, aim: Aim, lang: str) -> list[Piece]:
    if compare.meets(aim.amount, "<=", 0.0) or outlook.probability >= aim.sure:
        return []
    return words.filled(
        "For an 80% chance one must aim at {move} of {size}{years}",
        lang,
        move=choices.chosen(of_conditions(outlook), "towards", "a turn", lang),
        size=_points(outlook, "change80", lang),
        years=_years(outlook, "changed80", aim.reached, lang),
    )


def _best_change(outlook: Outlook, found: Conditions, lang: str) -> list[Piece]:
    """The most that a past year changed over the same part of the year."""
    move = Text("rise") if found.upwards else Text("fall")
    if not math.isfinite(found.best):
        return []
    if compare.meets(found.best, "<=", 0.0):
        return words.filled("; in no past year was there a {move} over the same months", lang, move=move)
    best, year = _points(outlook, "best_change", lang), outlook.projection.named(found.best_year)
    return words.filled("; the largest {move} over the same months was {best} (in {year})", lang, move=move, best=best, year=year)
