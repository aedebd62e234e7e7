"""How right the projections were: scores, calibration, published outlooks beside the outturn."""

from __future__ import annotations

import numpy as np
import pandas as pd

from kpi_lib import words
from kpi_lib.definitions.indicators import Unit
from kpi_lib.forecast.models import MODELS
from kpi_lib.narrative import choices
from kpi_lib.page.markup import LINE, NUMBER, Column, Columns, Html, date_cell, table
from kpi_lib.record.values.record import of_review, of_score, of_settled
from kpi_lib.words.messages import Dated, Text, in_context
from kpi_lib.words.values import Values

# ---- track record -------------------------------------------------------------------------------------------------------------

OURS = Text("our model")


def scores(accuracy: pd.DataFrame, unit: Unit, lang: str = "vi") -> Html:
    """Accuracy of the replayed projections, ours beside the two rules of thumb."""
    columns: Columns = {
        LINE: lambda row, found: unit.indicators[row.indicator].short[lang],
        Column(Text("Method")): lambda row, found: (MODELS[row.model].words if row.model in MODELS else OURS)[lang],
        Column(Text("Cases"), NUMBER): lambda row, found: words.counted(found, "n", lang),
        Column(Text("Bias"), NUMBER): lambda row, found: _percent(found, "bias", lang),
        Column(Text("Absolute error"), NUMBER): lambda row, found: _percent(found, "mae", lang),
        Column(Text("CRPS"), NUMBER): lambda row, found: _percent(found, "crps", lang),
        Column(Text("Inside 80%"), NUMBER): lambda row, found: _percent(found, "in80", lang, 0) if row.model == "chosen" else "–",
        Column(Text("Brier"), NUMBER): lambda row, found: _brier(found, lang),
    }
    caption = Text("Replayed at 15 April, July and October of past years, in % of the outturn")
    return table(columns, [(row, of_score(row)) for row in accuracy.itertuples()], caption=caption, lang=lang)


def _percent(found: Values, label: str, lang: str, decimals: int = 1) -> words.Shown:
    """A percentage, bound."""
    return words.bound(
        found, label, lambda value: words.with_percent(words.number(value, decimals, lang), lang) if np.isfinite(value) else "–"
    )


def _brier(found: Values, lang: str) -> object:
    if not np.isfinite(found["brier"]):
        return "–"
    return words.plainly(found, "brier", 3, lang), " (n=", words.counted(found, "judged", lang), ")"


def calibration(frame: pd.DataFrame, unit: Unit, lang: str = "vi", *, scope: str = "all") -> Html:
    """Whether intervals hold and chances come true, by the review of the year they were given at."""
    spans = in_context("in a sentence", "Q1"), Text("6 months"), Text("9 months")
    when = {
        number: Text("{day}, after {months}", day=Dated(day, "d LLLL"), months=months)
        for number, (day, months) in enumerate(zip(unit.calendar.reviews(2001), spans, strict=True), start=1)
    }
    columns: Columns = {
        Column(Text("Given at"), heads_row=True): lambda row, found: when[row.quarters_seen][lang],
        Column(Text("Cases"), NUMBER): lambda row, found: words.counted(found, "n", lang),
        Column(Text("Inside 50%"), NUMBER): lambda row, found: _percent(found, "in50", lang, 0),
        Column(Text("Inside 80%"), NUMBER): lambda row, found: _percent(found, "in80", lang, 0),
        Column(Text("Inside 95%"), NUMBER): lambda row, found: _percent(found, "in95", lang, 0),
        Column(Text("Absolute error"), NUMBER): lambda row, found: _percent(found, "mae", lang),
        Column(Text("Brier"), NUMBER): lambda row, found: _brier(found, lang),
    }
    caption = Text("Whether the intervals hold, by the time of the year")
    return table(columns, [(row, of_review(row, scope)) for row in frame.itertuples()], caption=caption, lang=lang)


def settled(frame: pd.DataFrame, unit: Unit, lang: str = "vi") -> Html:
    """What was published, and how it ended."""
    columns: Columns = {
        LINE: lambda row, found, ind: f"{ind.short[lang]} {unit.year_name(row.target_year, ind.id)}",
        Column(Text("Report of")): lambda row, found, ind: date_cell(row.round_id.date(), lang),
        Column(Text("Projected (80% interval)"), NUMBER): lambda row, found, ind: _projected(found, ind.natural_decimals, lang),
        Column(in_context("heading", "Chance"), NUMBER): lambda row, found, ind: words.likely(found, "probability", lang),
        Column(Text("Outturn"), NUMBER): lambda row, found, ind: words.plainly(found, "outturn", ind.natural_decimals, lang),
        Column(Text("Error"), NUMBER): lambda row, found, ind: _signed(found, ind.natural_decimals, lang),
        Column(Text("Inside")): lambda row, found, ind: choices.chosen(found, "inside80", "inside", lang),
        Column(Text("Target met")): lambda row, found, ind: _met(found, lang),
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
