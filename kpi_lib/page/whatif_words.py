"""The words of the what-if: what a position of the slider means, the script's patterns, the table of scenarios."""

from __future__ import annotations

import math
from collections.abc import Sequence

from kpi_lib import compare, words
from kpi_lib.narrative.choices import chosen
from kpi_lib.outlook.scenarios import Draws, Lever, Needed, comparator_of, needed, positions, scenario_at
from kpi_lib.outlook.values.whatif import of_position, of_scenario
from kpi_lib.outlook.verdict import Outlook
from kpi_lib.page.markup import NUMBER, Columns, Heading, Html, table
from kpi_lib.words.messages import Text, Words, in_context, listed
from kpi_lib.words.numbers import Number
from kpi_lib.words.values import Values

_SAME_EVERYWHERE = {
    "event": Text("A separate sum (a land auction, a project, …)"),
    "known_events": Text("Count the events written down by the office"),
    "month": Text("In month"),
    "chance": Text("Chance that it comes"),
    "table": Text("Table of scenarios"),
    "reset": Text("Back to the projection"),
    "probability": Text("Chance of meeting the target"),
    "target": in_context("what-if", "target"),
    "median": in_context("what-if", "projection"),
    "supposed": in_context("what-if", "scenario"),
    "always": Text("Anywhere on the slider the chance is 50% or more."),
    "never": Text("Nowhere on the slider does the chance reach 50%."),
    "scenario": Text("SUPPOSED SCENARIO, not the projection"),
}
_LEVER = {
    "last_year": Text("Months left against the same months of last year"),
    "projection": Text("Months left above (+) or below (−) the projection"),
    "shift": Text("Year-end value above (+) or below (−) the projection"),
}
_HEADS = {
    "last_year": Text("Months left"),
    "projection": Text("Months left against the projection"),
    "shift": Text("Year-end value against the projection"),
}
_YEAR = (
    Text("The year is projected at {median} (80% interval: {low} – {high}); target: {goal}."),
    Text("The year in this scenario {median} (80% interval: {low} – {high}); target: {goal}."),
)
_END = (
    Text("The year-end value is projected at {median} (80% interval: {low} – {high}); target: {goal}."),
    Text("The year-end value in this scenario {median} (80% interval: {low} – {high}); target: {goal}."),
)
_KEYS = Text("Bands, from pale to dark: 95, 80, 50% intervals. Dashed: the median.")
_AS_PROJECTED = Text("as projected")

Piece = str | words.Shown


def script_words(outlook: Outlook, lever: Lever, lang: str, *, below: bool) -> dict[str, str]:
    """The script's words for a line; in braces stands what it fills in. `below`: whether last year is drawn under the line."""
    year, supposed = _END if lever.mode == "shift" else _YEAR
    keys: list[Words] = [_KEYS, *([Text("Dotted: last year.")] if below else [])]
    return {
        **{name: text[lang] for name, text in _SAME_EVERYWHERE.items()},
        "percent": words.chance(0.5, lang).replace("50", "{number}"),
        "lever": _LEVER[lever.mode][lang],
        "measured": words.with_measure("{number}", outlook.projection.measure, lang),
        "amount": Text("Amount ({measure})", measure=outlook.projection.measure)[lang],
        "year": year.pattern(lang),
        "supposed_year": supposed.pattern(lang),
        "rest": _rest(outlook, lever, lang, supposed=False),
        "supposed_rest": _rest(outlook, lever, lang, supposed=True),
        "keys": listed(keys, " ")[lang],
        "supposed_keys": listed([*keys, Text("Thin: the published projection.")], " ")[lang],
        "half": _half(outlook, shifted=lever.mode == "shift").pattern(lang),
        "half_at_start": _half(outlook, shifted=False).pattern(lang),
    }


def _half(outlook: Outlook, *, shifted: bool) -> Text:
    """The sentence about the position that gives an even chance; `shifted` from where the projection stands, whichever way."""
    if shifted:  # "at least −0.9 points" is said by nobody
        return Text("For a 50% chance: {where} against the projection, or better.")
    upwards = compare.upwards(comparator_of(outlook))
    return Text("For a 50% chance: at least {where}.") if upwards else Text("For a 50% chance: no more than {where}.")


def _rest(outlook: Outlook, lever: Lever, lang: str, *, supposed: bool) -> str:
    """What is still to come, beside what is projected and what last year brought."""
    projection, achieved = outlook.projection, Draws(outlook).achieved
    known = [Text("projected {amount}", amount=Number(projection.quantile(0.5) - achieved, projection.decimals))] if supposed else []
    if math.isfinite(lever.last_left):
        known.append(Text("same months last year {amount}", amount=Number(lever.last_left, projection.decimals)))
    if not known:
        return Text("Still to come: {rest}.").pattern(lang)
    return Text("Still to come: {rest} ({beside}).", rest="{rest}", beside=listed(known, "; "))[lang]


def place_parts(outlook: Outlook, lever: Lever, position: int, lang: str) -> Sequence[Piece]:
    """What a position of the slider means, each number bound: '118% cùng kỳ năm trước (cao hơn dự báo 19%)', '+0,12 điểm phần trăm'."""
    found, decimals = of_position(outlook, lever, position), outlook.projection.decimals
    if lever.mode == "last_year":
        percent = words.counted(found, "of_last_year", lang)
        if position == lever.start:
            return words.filled("{percent}% of the same months last year (as projected)", lang, percent=percent)
        far = words.bound(found, "against", lambda value: words.number(abs(value), 0 if abs(value) >= 1 else 1, lang))
        side = words.filled("{percent}% {side}", lang, percent=far, side=chosen(found, "against", "against", lang))
        return words.filled("{percent}% of the same months last year ({far})", lang, percent=percent, far=side)
    if position == lever.start:
        return (_AS_PROJECTED[lang],)
    if lever.mode == "projection":
        signed = words.bound(found, "against", lambda value: words.signed(value, 0, lang))
        return words.filled("{percent}% against the projection", lang, percent=signed)
    shift: list[Piece] = [
        words.bound(found, "shift", lambda value: words.signed(value, decimals, lang)),
        " ",
        outlook.projection.measure.difference[lang],
    ]
    if "persons" not in found:
        return shift
    persons = words.filled("{count} {more}", lang, count=words.counted(found, "persons", lang), more=chosen(found, "shift", "more", lang))
    return [*shift, " (", *persons, ")"]


def place_words(outlook: Outlook, lever: Lever, position: int, lang: str) -> str:
    """The same as plain text."""
    return words.Sentence(tuple(place_parts(outlook, lever, position, lang))).text


def needed_said(outlook: Outlook, lever: Lever, found: Needed | None, lang: str) -> words.Sentence | None:
    """The sentence about the position with a chance of 50%, each number bound; None where the question has no answer."""
    if found is None:
        return None
    if found.state != "at":
        return words.Sentence((_SAME_EVERYWHERE[found.state][lang],), style="note")
    half = _half(outlook, shifted=lever.mode == "shift" and found.position != lever.start)
    return words.sentence(half, lang, "note", where=list(place_parts(outlook, lever, found.position, lang)))


def table_of(outlook: Outlook, lever: Lever, lang: str) -> Html:
    """The table of scenarios with the position needed above it, for paper and for a reader without scripts."""
    decimals, goal, measure = outlook.projection.decimals, outlook.threshold, outlook.projection.measure

    def near(value: float) -> str:
        return words.number(value, compare.decimals_for(value, goal, decimals), lang)

    def amount(found: Values, label: str) -> words.Shown:
        return words.bound(found, label, near)

    columns: Columns = {
        Heading(_HEADS[lever.mode], heads_row=True): lambda position, found: tuple(place_parts(outlook, lever, position, lang)),
        Heading(Text("The year"), NUMBER): lambda position, found: words.bound(
            found, "median", lambda value: words.with_measure(near(value), measure, lang)
        ),
        Heading(in_context("heading", "80% interval"), NUMBER): lambda position, found: (
            amount(found, "low80"),
            " – ",
            amount(found, "high80"),
        ),
        Heading(in_context("what-if", "Chance"), NUMBER): lambda position, found: (
            words.likely(found, "probability", lang),
            ", ",
            chosen(found, "status", "status", lang),
        ),
    }
    name = outlook.indicator.id
    every = [(position, of_scenario(name, position, scenario_at(outlook, lever, position))) for position in positions(lever)]
    said = [found["probability"] for _, found in every]
    if len(set(said)) == 1:
        return Html(_everywhere(outlook, lever, every, lang).__html__())
    things = [each for n, each in enumerate(every) if each[0] == lever.start or len({*said[max(n - 1, 0) : n + 2]}) > 1]
    note = needed_said(outlook, lever, needed(outlook, lever), lang)
    return Html(note.__html__() if note else "") + table(columns, things, caption=Text("Scenarios"), lang=lang)


def _everywhere(outlook: Outlook, lever: Lever, every: Sequence[tuple[int, Values]], lang: str) -> words.Sentence:
    """What is said where every position of the slider gives the same answer: the chance once, instead of a table that repeats it."""
    (low, found), (high, _) = every[0], every[-1]
    return words.sentence(
        "From {low} to {high} the chance of meeting the target stays at {chance}: {status}.",
        lang,
        "note",
        low=list(place_parts(outlook, lever, low, lang)),
        high=list(place_parts(outlook, lever, high, lang)),
        chance=words.likely(found, "probability", lang),
        status=chosen(found, "status", "status", lang),
    )
