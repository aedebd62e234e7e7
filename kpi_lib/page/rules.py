"""The projection beside the office's two rules of thumb."""

from __future__ import annotations

import numpy as np

from kpi_lib import narrative as nr
from kpi_lib import words
from kpi_lib.forecast.models import MODELS, RULES
from kpi_lib.narrative import choices
from kpi_lib.outlook.values.outlook import of_outlook
from kpi_lib.outlook.verdict import Outlook
from kpi_lib.page.markup import NUMBER, Columns, Heading, Html, table
from kpi_lib.words.messages import Text


def rules(item: Outlook, lang: str = "vi") -> Html | words.Sentence:
    """The projection and the two office rules in one table: the year, how far from the target, and what each would answer."""
    projection = item.projection
    if (not np.isfinite(projection.straight_line) and not np.isfinite(projection.same_period)) or projection.complete:
        return words.sentence(
            "The rules of thumb (straight line, same-period growth) only serve amounts that add up, while the year runs.", lang, "note"
        )
    columns: Columns = {
        Heading(Text("Rule"), heads_row=True): lambda name, label: name[lang],
        Heading(Text("The year"), NUMBER): lambda name, label: nr.amount(item, label, lang),
        Heading(Text("Against the target"), NUMBER): lambda name, label: _gap(item, label, lang),
        Heading(Text("Answer")): lambda name, label: _answer(item, label, lang),
    }
    told = [(MODELS[rule].title, rule) for rule in RULES if np.isfinite(getattr(projection, rule))]
    return table(columns, [(Text("Our projection"), "median"), *told], caption=Text("Rules of thumb"), lang=lang)


def _gap(item: Outlook, label: str, lang: str) -> object:
    if not np.isfinite(item.threshold):
        return "–"
    unit, goal = item.projection.measure.difference, item.threshold

    def shown(gap: float) -> str:
        return words.with_measure(words.signed(gap, item.decimals_apart(goal + gap), lang), unit, lang)

    return nr.said(item, f"{label}_gap", shown)


def _answer(item: Outlook, label: str, lang: str) -> object:
    if label == "median" and item.judged and np.isfinite(item.probability):
        return nr.chance_of(item, lang), ", ", nr.status_of(item, lang)
    meets = {"straight_line": item.straight_line_meets, "same_period": item.same_period_meets}.get(label)
    return "–" if meets is None else choices.chosen(of_outlook(item), f"{label}_meets", "would", lang)
