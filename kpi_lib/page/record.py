"""How right the projections were: scores, calibration, published outlooks beside the outturn."""

from __future__ import annotations

import numpy as np
import pandas as pd

from kpi_lib import words
from kpi_lib.definitions.indicators import Unit
from kpi_lib.forecast.models import MODELS
from kpi_lib.narrative import choices
from kpi_lib.page.markup import NUMBER, Column, Html, date_cell, table
from kpi_lib.record.values.record import of_review, of_score, of_settled
from kpi_lib.words.messages import Dated, Text, in_context, say
from kpi_lib.words.values import Values

# ---- track record -------------------------------------------------------------------------------------------------------------

OURS = Text("our model")


def scores(accuracy: pd.DataFrame, unit: Unit, lang: str = "vi") -> Html:
    """Accuracy of the replayed projections, ours beside the two rules of thumb."""
    columns = (
        Column(in_context("heading of the lines", "Target"), heads_row=True, quotes=True),
        Column(Text("Method")),
        Column(Text("Cases"), NUMBER),
        Column(Text("Bias"), NUMBER),
        Column(Text("Absolute error"), NUMBER),
        Column(Text("CRPS"), NUMBER),
        Column(Text("Inside 80 %"), NUMBER),
        Column(Text("Brier"), NUMBER),
    )

    rows = [_score_row(row, unit, lang) for row in accuracy.itertuples()]
    caption = say("Replayed at 15 April, July and October of past years, in % of the outturn", lang)
    return table(columns, rows, caption=caption, lang=lang)


def _score_row(row: object, unit: Unit, lang: str) -> tuple[object, ...]:
    indicator, model = str(row.indicator), str(row.model)  # type: ignore[attr-defined]
    found = of_score(row)
    return (
        unit.indicators[indicator].short[lang],
        (MODELS[model].words if model in MODELS else OURS)[lang],
        words.counted(found, "n", lang),
        *(_percent(found, label, lang) for label in ("bias", "mae", "crps")),
        "–" if model != "chosen" else _percent(found, "in80", lang, 0),
        _brier(found, lang),
    )


def _percent(found: Values, label: str, lang: str, decimals: int = 1) -> words.Shown:
    """A percentage, bound."""
    return words.bound(found, label, lambda value: f"{words.number(value, decimals, lang)} %" if np.isfinite(value) else "–")


def _brier(found: Values, lang: str) -> object:
    if not np.isfinite(found["brier"]):
        return "–"
    return words.plainly(found, "brier", 3, lang), " (n=", words.counted(found, "judged", lang), ")"


def calibration(frame: pd.DataFrame, unit: Unit, lang: str = "vi", *, scope: str = "all") -> Html:
    """Whether intervals hold and chances come true, by the review of the year they were given at."""
    columns = (
        Column(Text("Given at"), heads_row=True),
        Column(Text("Cases"), NUMBER),
        Column(Text("Inside 50 %"), NUMBER),
        Column(Text("Inside 80 %"), NUMBER),
        Column(Text("Inside 95 %"), NUMBER),
        Column(Text("Absolute error"), NUMBER),
        Column(Text("Brier"), NUMBER),
    )
    spans = in_context("in a sentence", "Q1"), Text("6 months"), Text("9 months")
    when = {
        number: Text("{day}, after {months}", day=Dated(day, "d LLLL"), months=months)
        for number, (day, months) in enumerate(zip(unit.calendar.reviews(2001), spans, strict=True), start=1)
    }
    rows = [
        (
            when[row.quarters_seen][lang],
            words.counted(found, "n", lang),
            *(_percent(found, label, lang, 0) for label in ("in50", "in80", "in95")),
            _percent(found, "mae", lang),
            _brier(found, lang),
        )
        for row in frame.itertuples()
        for found in [of_review(row, scope)]
    ]
    caption = say("Whether the intervals hold, by the time of the year", lang)
    return table(columns, rows, caption=caption, lang=lang)


def settled(frame: pd.DataFrame, unit: Unit, lang: str = "vi") -> Html:
    """What was published, and how it ended."""
    columns = (
        Column(in_context("heading of the lines", "Target"), heads_row=True, quotes=True),
        Column(Text("Report of")),
        Column(Text("Projected (80 % interval)"), NUMBER),
        Column(in_context("heading", "Chance"), NUMBER),
        Column(Text("Outturn"), NUMBER),
        Column(Text("Error"), NUMBER),
        Column(Text("Inside")),
        Column(Text("Target met")),
    )
    rows = [_settled_row(row, unit, lang) for row in frame.itertuples()]
    caption = say("Published outlooks held against the outturn", lang)
    return table(columns, rows, caption=caption, lang=lang)


def _settled_row(row: object, unit: Unit, lang: str) -> tuple[object, ...]:
    ind = unit.indicators[row.indicator]  # type: ignore[attr-defined]
    decimals = ind.natural_decimals
    found = of_settled(row)

    def bound(label: str) -> words.Shown:
        return words.plainly(found, label, decimals, lang)

    return (
        f"{ind.short[lang]} {unit.year_name(row.target_year, ind.id)}",  # type: ignore[attr-defined]
        date_cell(row.round_id.date(), lang),  # type: ignore[attr-defined]
        (bound("projected"), " (", bound("low80"), " – ", bound("high80"), ")"),
        words.likely(found, "probability", lang),
        bound("outturn"),
        words.bound(found, "error", lambda value: words.signed(value, decimals, lang)),
        choices.chosen(found, "inside80", "inside", lang),
        choices.chosen(found, "met", "met", lang) if np.isfinite(found["met"]) else "–",
    )
