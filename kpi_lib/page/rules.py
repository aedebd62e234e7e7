"""The projection beside the office's two rules of thumb."""

from __future__ import annotations

import numpy as np

from kpi_lib import words
from kpi_lib.forecast.models import MODELS, RULES
from kpi_lib.narrative import choices
from kpi_lib.narrative import outlooks as nr
from kpi_lib.outlook.values.outlook import of_outlook
from kpi_lib.outlook.verdict import Outlook
from kpi_lib.page.markup import NUMBER, Column, Html, table
from kpi_lib.words.messages import Text, Words, say


def rules(item: Outlook, lang: str = "vi") -> Html | words.Sentence:
    """The projection and the two office rules in one table: the year, how far from the target, and what each would answer."""
    projection = item.projection
    if (not np.isfinite(projection.straight_line) and not np.isfinite(projection.same_period)) or projection.complete:
        return words.sentence(
            "The rules of thumb (straight line, same-period growth) only serve amounts that add up, while the year runs.", lang, "note"
        )
    columns = (
        Column(Text("Rule"), heads_row=True),
        Column(Text("The year"), NUMBER),
        Column(Text("Against the target"), NUMBER),
        Column(Text("Answer")),
    )
    rows = [_rule_row(item, Text("Our projection"), "median", lang)]
    rows += [_rule_row(item, MODELS[rule].title, rule, lang) for rule in RULES if np.isfinite(getattr(projection, rule))]
    return table(columns, rows, caption=say("Rules of thumb", lang), lang=lang)


def _rule_row(item: Outlook, name: Words, label: str, lang: str) -> tuple[object, ...]:
    year = nr.amount(item, label, lang)
    gap: object = "–"
    if np.isfinite(item.threshold):
        unit = item.projection.measure.difference
        gap = nr.said(
            item,
            f"{label}_gap",
            lambda gap: words.with_measure(words.signed(gap, item.decimals_apart(item.threshold + gap), lang), unit, lang),
        )
    meets = {"straight_line": item.straight_line_meets, "same_period": item.same_period_meets}.get(label)
    if label == "median" and item.judged and np.isfinite(item.probability):
        return name[lang], year, gap, (nr.chance_of(item, lang), ", ", nr.status_of(item, lang))
    return name[lang], year, gap, "–" if meets is None else choices.chosen(of_outlook(item), f"{label}_meets", "would", lang)
