"""How right the projections were: scores, calibration, published outlooks beside the outturn."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import pandas as pd

from kpi_lib import words
from kpi_lib.definitions.indicators import Indicator, Unit
from kpi_lib.forecast.models import MODELS
from kpi_lib.narrative import choices
from kpi_lib.outlook.verdict import STATUSES, UNLIKELY, Outlook
from kpi_lib.page.markup import LINE, NUMBER, Columns, Heading, Html, date_cell, folded_table, table
from kpi_lib.periods import Calendar
from kpi_lib.record import verdicts
from kpi_lib.record.settlement import LAST_YEAR
from kpi_lib.record.values.record import (
    amounts_of,
    few,
    of_official,
    of_review,
    of_revision,
    of_score,
    of_settled,
    of_settlement,
    of_verdict,
    of_word,
)
from kpi_lib.words.messages import Dated, Text, Words, in_context, plural, say
from kpi_lib.words.values import Values

# ---- beside a verdict ----------------------------------------------------------------------------------------------------------


def verdict_record(errors: pd.DataFrame, outlook: Outlook, lang: str = "vi") -> words.Sentence:
    """How often such bands and such words were right for this line at this time of past years; first, where it was, that the band was too narrow."""
    found, values = verdicts.record_of_verdict(errors, outlook), of_verdict(errors, outlook)
    narrow = words.filled(_NARROW[found.too_narrow], lang, **_counts(values, lang)) if found.too_narrow else []
    if not found.replays:
        return words.sentence("No past year has enough figures to be replayed at this time of the year.", lang, "fact")
    held = words.filled(
        "At this time of {years} the 80% interval held the outturn {inside}{said}{few}.",
        lang,
        years=words.filled(plural("{replays} past year", "{replays} past years", n=found.replays), lang, **_counts(values, lang)),
        inside=_times(values, "replays_inside80", lang),
        said=_said(outlook, found, values, lang),
        few=Text("; too few years to judge by") if found.few else "",
    )
    wider = words.plainly(values, "record_wider", 0, lang, words.PERCENT)
    stretched = words.filled(" For that, this year's interval was made {wider} wider.", lang, wider=wider) if wider.value >= TOLD else []
    return words.Sentence((*narrow, *stretched, *([" "] if narrow else []), *held), style="fact")


TOLD = 5.0  # percent of width that are worth a word


def in_brief(errors: pd.DataFrame, outlook: Outlook, lang: str = "vi") -> list[str | words.Shown]:
    """The same in a few words, for a table: the intervals alone."""
    found, values = verdicts.record_of_verdict(errors, outlook), of_verdict(errors, outlook)
    if not found.replays:
        return [say("no past year to test it on", lang)]
    held = plural(
        "replayed: it held in {replays_inside80}/{replays} year{narrow}",
        "replayed: it held in {replays_inside80}/{replays} years{narrow}",
        n=found.replays,
    )
    inside = words.counted(values, "replays_inside80", lang)
    wider = values["record_wider"] >= TOLD
    narrow = (
        Text("; too narrow, so made wider this year") if found.too_narrow and wider else Text("; too narrow") if found.too_narrow else ""
    )
    return words.filled(held, lang, replays=words.counted(values, "replays", lang), replays_inside80=inside, narrow=narrow)


_NARROW = {
    95: Text(
        "The intervals of this line have been too narrow: in {replays_outside95} of {replays:year|years} the outturn lay outside the 95% interval."
    ),
    80: Text(
        "The intervals of this line have been too narrow: in {replays_outside80} of {replays:year|years} the outturn lay outside the 80% interval."
    ),
}


_MET = Text("; “{word}” was said {given}, and {met} the target was met")
_MISSED = Text("; “{word}” was said {given}, and {missed} the target was missed")


def _counts(values: Values, lang: str) -> dict[str, words.Shown]:
    return {label: words.counted(values, label, lang) for label in ("replays", "replays_outside80", "replays_outside95")}


def _said(outlook: Outlook, found: verdicts.VerdictRecord, values: Values, lang: str) -> list[str | words.Shown]:
    """How often the word of this verdict was said then, and what came of it; nothing where there is no word, or nothing was left to chance."""
    if not outlook.judged or outlook.status in ("met", "missed"):
        return []
    word = outlook.word.name
    if not found.said:
        return [] if found.few else words.filled("; “{word}” was never said then of a target on record", lang, word=word)
    given, met, missed = (_times(values, label, lang) for label in ("verdicts", "verdicts_met", "verdicts_missed"))
    then = _MISSED if outlook.status in UNLIKELY else _MET
    return words.filled(then, lang, word=word, given=given, met=met, missed=missed)


def _times(values: Values, label: str, lang: str) -> list[str | words.Shown]:
    return words.filled(plural("{count} time", "{count} times", n=int(values[label])), lang, count=words.counted(values, label, lang))


def _off(outlook: Outlook, values: Values, lang: str) -> words.Shown:
    """Amounts in percent of the outturn; rates, levels and counts in their own unit, for a percentage of a percentage misleads."""
    if outlook.indicator.adds_up and np.isfinite(values["off_percent"]):
        return words.plainly(values, "off_percent", 1, lang, words.PERCENT)
    unit = outlook.indicator.measure.difference
    return words.plainly(values, "off", max(outlook.projection.decimals, 1), lang, unit)


def usual_miss(errors: pd.DataFrame, outlook: Outlook, lang: str = "vi") -> words.Sentence | None:
    """How far the middle was off at this time of past years; None where none can be replayed, or this year is over."""
    values = of_verdict(errors, outlook)
    if not values["replays"] or outlook.projection.complete:
        return None
    return words.sentence(
        "At this time of past years the middle was off by {off} on average.", lang, "note", off=_off(outlook, values, lang)
    )


# ---- track record -------------------------------------------------------------------------------------------------------------

OURS = Text("our model")


def explained(lang: str = "vi") -> words.Sentence:
    """What the two measures of the record page are."""
    return words.sentence(
        "CRPS: how far the whole spread of a projection lay from the outturn, in % of it or in the line's own unit. Brier: the mean squared distance between the "
        "chance stated and what came of it; whoever always says fifty-fifty scores a quarter. Of both, less is better.",
        lang,
        "note",
    )


def scores(accuracy: pd.DataFrame, unit: Unit, lang: str = "vi", *, measures: bool = False) -> Html:
    """Accuracy of the replayed projections, ours beside the two rules of thumb; statisticians' `measures` where they are explained."""
    crps: Columns = {Heading(Text("CRPS"), NUMBER): lambda row, found: _size(found, "crps", unit.indicators[row.indicator], lang)}
    columns: Columns = {
        LINE: lambda row, found: unit.indicators[row.indicator].short[lang],
        Heading(Text("Method")): lambda row, found: (MODELS[row.model].words if row.model in MODELS else OURS)[lang],
        Heading(Text("Cases"), NUMBER): lambda row, found: words.counted(found, "n", lang),
        Heading(Text("Bias"), NUMBER): lambda row, found: _size(found, "bias", unit.indicators[row.indicator], lang),
        Heading(Text("Absolute error"), NUMBER): lambda row, found: _size(found, "mae", unit.indicators[row.indicator], lang),
        **(crps if measures else {}),
        Heading(Text("Inside 80%"), NUMBER): lambda row, found: _percent(found, "in80", lang, 0) if row.model == "chosen" else "–",
        **(_brier(lang) if measures else {}),
    }
    things = [(row, of_score(row)) for row in accuracy.itertuples()]
    return table(columns, things, caption=_replayed({unit.calendar_of(unit.indicators[row.indicator]) for row, _ in things}), lang=lang)


def _replayed(calendars: Collection[Calendar]) -> Words:
    """When past years were projected again: by the days of the year of all lines told of, where it is one."""
    days = {tuple(Dated(day, "d LLLL") for day in calendar.reviews(2001)) for calendar in calendars}
    if len(days) != 1:
        return Text("Replayed at the review after each of the first three quarters of past years; errors in % of the outturn, or in the line's own unit")  # fmt: skip
    first, second, third = days.pop()
    return Text(
        "Replayed on {first}, {second} and {third} of past years; errors in % of the outturn, or in the line's own unit",
        first=first, second=second, third=third,
    )  # fmt: skip


def _percent(found: Values, label: str, lang: str, decimals: int = 1) -> words.Shown:
    """A percentage, bound."""
    return words.bound(
        found, label, lambda value: words.with_percent(words.number(value, decimals, lang), lang) if np.isfinite(value) else "–"
    )


def _size(found: Values, label: str, ind: Indicator, lang: str, *, more: int = 0) -> words.Shown:
    """The size of an error: of amounts in percent of the outturn, of rates and levels in points or their own unit; with `more` decimals."""
    if ind.adds_up:
        return _percent(found, label, lang, 1 + more)
    unit = Text("points") if ind.measure.points else ind.measure.difference
    decimals = max(ind.decimals, 1) + more
    return words.bound(
        found, label, lambda value: words.with_measure(words.number(value, decimals, lang), unit, lang) if np.isfinite(value) else "–"
    )


def _brier(lang: str) -> Columns:
    def said(found: Values) -> object:
        if not np.isfinite(found["brier"]):
            return "–"
        return words.plainly(found, "brier", 3, lang), " (n=", words.counted(found, "judged", lang), ")"

    return {Heading(Text("Brier"), NUMBER): lambda row, found: said(found)}


def calibration(frame: pd.DataFrame, unit: Unit, lang: str = "vi", *, scope: str = "all", measures: bool = False) -> Html:
    """Whether intervals hold and chances come true, by the review of the year they were given at; of one line also how far off it was."""
    ind = unit.indicators.get(scope)
    spans = in_context("in a sentence", "Q1"), Text("6 months"), Text("9 months")
    when = {
        number: Text("{day}, after {months}", day=Dated(day, "d LLLL"), months=months)
        for number, (day, months) in enumerate(
            zip((unit.calendar_of(ind) if ind else unit.calendar).reviews(2001), spans, strict=True), start=1
        )
    }
    columns: Columns = {
        Heading(Text("Given at"), heads_row=True): lambda row, found: when[row.quarters_seen][lang],
        Heading(Text("Cases"), NUMBER): lambda row, found: words.counted(found, "n", lang),
        Heading(Text("Inside 50%"), NUMBER): lambda row, found: _percent(found, "in50", lang, 0),
        Heading(Text("Inside 80%"), NUMBER): lambda row, found: _percent(found, "in80", lang, 0),
        Heading(Text("Inside 95%"), NUMBER): lambda row, found: _percent(found, "in95", lang, 0),
        **({Heading(Text("Absolute error"), NUMBER): lambda row, found: _size(found, "mae", ind, lang)} if ind else {}),
        **(_brier(lang) if measures else {}),
    }
    caption = Text("Whether the intervals hold, by the time of the year")
    return table(columns, [(row, of_review(row, scope)) for row in frame.itertuples()], caption=caption, lang=lang)


_NEARER = {
    "straight_line": Text("than the straight line in {nearer} of {served}"),
    "same_period": Text("than same-period growth in {nearer} of {served}"),
    LAST_YEAR: Text("than last year's figure in {nearer} of {served}"),
}


def settled_sentence(frame: pd.DataFrame, lang: str = "vi") -> words.Sentence | None:
    """What the published outlooks whose year has ended were worth, beside three rules of thumb; None where none has."""
    values = of_settlement(frame)
    if not values["settled"]:
        return None
    beside: list[str | words.Shown] = []
    for rule, wording in _NEARER.items():
        if values[f"served@{rule}"]:
            nearer, served = (words.counted(values, f"{label}@{rule}", lang) for label in ("nearer", "served"))
            beside += [", ", *words.filled(wording, lang, nearer=nearer, served=served)]
    return words.sentence(
        Text(
            "Of {settled:outlook|outlooks} published in earlier reports whose year has ended, {inside} ended inside the 80% interval{nearer}."
        ),
        lang,
        "fact",
        settled=words.counted(values, "settled", lang),
        inside=words.counted(values, "settled_inside80", lang),
        nearer=[*words.filled(Text("; the middle was nearer to the outturn"), lang), " ", *beside[1:]] if beside else "",
    )


def _printed(found: Values, decimals: int, lang: str) -> object:
    return words.plainly(found, "first_print", decimals, lang) if np.isfinite(found["first_print"]) else "–"


def settled(frame: pd.DataFrame, unit: Unit, lang: str = "vi") -> Html:
    """What was published, and how it ended."""
    columns: Columns = {
        LINE: lambda row, found, ind: f"{ind.short[lang]} {unit.year_name(row.target_year, ind.id)}",
        Heading(Text("Report of")): lambda row, found, ind: date_cell(row.round_id.date(), lang),
        Heading(Text("Projected (80% interval)"), NUMBER): lambda row, found, ind: _projected(found, ind.natural_decimals, lang),
        Heading(in_context("heading", "Chance"), NUMBER): lambda row, found, ind: words.likely(found, "probability", lang),
        Heading(Text("First print"), NUMBER): lambda row, found, ind: _printed(found, ind.natural_decimals, lang),
        Heading(Text("Outturn"), NUMBER): lambda row, found, ind: words.plainly(found, "outturn", ind.natural_decimals, lang),
        Heading(Text("Error"), NUMBER): lambda row, found, ind: _signed(found, ind.natural_decimals, lang),
        Heading(Text("Inside")): lambda row, found, ind: choices.chosen(found, "inside80", "inside", lang),
        Heading(Text("Target met")): lambda row, found, ind: _met(found, lang),
    }
    things = [(row, of_settled(row), unit.indicators[row.indicator]) for row in frame.itertuples()]
    return table(columns, things, caption=Text("Published outlooks held against the outturn"), lang=lang)


def _projected(found: Values, decimals: int, lang: str) -> object:
    middle, low, high = (words.plainly(found, label, decimals, lang) for label in ("projected", "low80", "high80"))
    return middle, " (", low, " – ", high, ")"


def _signed(found: Values, decimals: int, lang: str) -> words.Shown:
    return words.bound(found, "error", lambda value: words.signed(value, decimals, lang))


def _met(found: Values, lang: str) -> str:
    return choices.chosen(found, "met", "met", lang) if np.isfinite(found["met"]) else "–"


def verdict_table(errors: pd.DataFrame, lang: str = "vi") -> Html:
    """Every status word given in replays: how often, on how many targets, and how often the target was then met."""
    columns: Columns = {
        Heading(Text("Verdict"), heads_row=True): lambda row, found: STATUSES[row["status"]].name[lang],
        Heading(Text("Times given"), NUMBER): lambda row, found: words.counted(found, "given", lang),
        Heading(Text("Targets"), NUMBER): lambda row, found: words.counted(found, "targets", lang),
        Heading(Text("Then met"), NUMBER): lambda row, found: words.counted(found, "met", lang),
        Heading(Text("Share met"), NUMBER): lambda row, found: say("too few", lang) if few(row) else words.likely(found, "rate", lang),
        Heading(Text("Mean chance stated"), NUMBER): lambda row, found: words.likely(found, "stated", lang),
    }
    things = [(row, of_word(row)) for row in verdicts.verdicts(errors).to_dict("records")]
    return table(columns, things, caption=Text("Verdicts in replays of past years, and what came of them"), lang=lang, kind="verdicts")


# ---- beside an official forecaster ---------------------------------------------------------------------------------------------------

_AMOUNTS = Text("For amounts the typical error was {median_ours} of the outturn, the office's {median_office}; the mean error {mean_ours}, the office's {mean_office}.")  # fmt: skip
_NOTE = Text("Ours is reckoned anew for the day on which the figures of all months that had ended when the office spoke were known; it does not know what else the office knew, such as payments due.")  # fmt: skip


def official_sentences(frame: pd.DataFrame, unit: Unit, lang: str = "vi") -> list[words.Sentence]:
    """Who was nearer how often, and how far off both were; what is compared with what."""
    values, amounts = of_official(frame), of_official(amounts_of(frame, unit), "amounts")
    nearer = plural(
        "Of {cases} revised estimate that an office made while the year still ran, our middle value from the same months was nearer to the outturn in {nearer}, the office's own in {office_nearer}.",
        "Of {cases} revised estimates that offices made while the year still ran, our middle value from the same months was nearer to the outturn in {nearer}, the office's own in {office_nearer}.",
        n=len(frame),
    )  # fmt: skip
    counts = {label: words.counted(values, label, lang) for label in ("cases", "nearer", "office_nearer")}
    told = [words.sentence(nearer, lang, "fact", **counts)]
    if amounts["cases"]:
        labels = ("median_ours", "median_office", "mean_ours", "mean_office")
        told.append(
            words.sentence(_AMOUNTS, lang, "fact", **{label: words.plainly(amounts, label, 2, lang, words.PERCENT) for label in labels})
        )
    return [*told, words.sentence(_NOTE, lang, "note")]


def beside_official(frame: pd.DataFrame, unit: Unit, lang: str = "vi") -> tuple[object, ...]:
    """The sentences, a table by line, and every year of every line on demand."""
    return (*official_sentences(frame, unit, lang), _by_line(frame, unit, lang), _by_year(frame, unit, lang))


def _by_line(frame: pd.DataFrame, unit: Unit, lang: str) -> Html:
    def both(ind: Indicator, found: Values, how: str) -> object:
        return _size(found, f"{how}_ours", ind, lang, more=1), " / ", _size(found, f"{how}_office", ind, lang, more=1)

    columns: Columns = {
        LINE: lambda ind, found: ind.short[lang],
        Heading(Text("Estimates of the office"), NUMBER): lambda ind, found: words.counted(found, "cases", lang),
        Heading(Text("Ours nearer"), NUMBER): lambda ind, found: words.counted(found, "nearer", lang),
        Heading(Text("Typical error, ours / the office"), NUMBER): lambda ind, found: both(ind, found, "median"),
        Heading(Text("Mean error, ours / the office"), NUMBER): lambda ind, found: both(ind, found, "mean"),
    }
    things = [(unit.indicators[key], of_official(own, key)) for key, own in frame.groupby("indicator", sort=False)]
    return table(columns, things, caption=Text("Beside the office's own revised estimates"), lang=lang)


def _by_year(frame: pd.DataFrame, unit: Unit, lang: str) -> Html:
    columns: Columns = {
        LINE: lambda row, ind, found: f"{ind.short[lang]} {unit.year_name(row.year, ind.id)}",
        Heading(Text("Revised on")): lambda row, ind, found: date_cell(row.revised_on.date(), lang),
        Heading(Text("Our middle value"), NUMBER): lambda row, ind, found: words.plainly(found, "projected", ind.natural_decimals, lang),
        Heading(Text("The office's estimate"), NUMBER): lambda row, ind, found: words.plainly(found, "revised", ind.natural_decimals, lang),
        Heading(Text("Outturn"), NUMBER): lambda row, ind, found: words.plainly(found, "outturn", ind.natural_decimals, lang),
        Heading(Text("Our error"), NUMBER): lambda row, ind, found: _size(found, "error_percent", ind, lang, more=1),
        Heading(Text("The office's error"), NUMBER): lambda row, ind, found: _size(found, "revised_error_percent", ind, lang, more=1),
    }
    things = [(row, unit.indicators[str(row.indicator)], of_revision(row)) for row in frame.itertuples()]
    return folded_table(columns, things, caption=Text("Year by year beside the office's own revised estimates"), lang=lang)
