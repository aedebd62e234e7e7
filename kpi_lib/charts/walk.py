"""How the answer walked: the chance of the target in every report of the year, with the word of each."""

from __future__ import annotations

import math
from collections.abc import Sequence

import altair as alt
import pandas as pd

from kpi_lib import words
from kpi_lib.charts.base.axes import X, Y, ground, month_axis, percent_labels, scale
from kpi_lib.charts.base.frame import NOTHING, Figures, Frame, framed
from kpi_lib.charts.base.style import INK, PAPER, PROJECTED, RULE, SIZE, either, layer, tips
from kpi_lib.charts.base.words import as_known
from kpi_lib.narrative.choices import chosen
from kpi_lib.outlook.verdict import BOUNDS, LOW_BOUNDS, STATUSES, Outlook
from kpi_lib.periods import MONTHS
from kpi_lib.record.walk import Answered, of_walk
from kpi_lib.record.walk import walk as walked
from kpi_lib.words.messages import Text, say

HEIGHT, PHONE_HEIGHT = 170, 160
FEWEST = 2  # reports that told a chance


def walk(item: Outlook, rounds: pd.DataFrame, lang: str = "vi") -> alt.LayerChart | None:
    """The chance in every report of the year; None where fewer than two told one.

    Parameters
    ----------
    rounds : the unit's ledger (`frames.LEDGER`).
    """
    said = walked(item, rounds)
    told = [one for one in said if math.isfinite(one.chance)]
    if len(told) < FEWEST:
        return None
    first, last = (say("{chance} ({word})", lang, chance=_chance(one, lang), word=STATUSES[one.status].name) for one in (told[0], told[-1]))
    summary = say(
        "From {first} on {since} to {last} on {day}, in {reports:report|reports}",
        lang,
        first=first,
        since=told[0].day,
        last=last,
        day=told[-1].day,
        reports=len(told),
    )
    frame = Frame(
        title=say("How the answer walked", lang),
        subtitle=as_known(item, lang),
        alt=f"{item.indicator.name[lang]}: {summary}.",
        caption=say("Chance of meeting the target as each report told it on its day; the thin lines part the words.", lang),
        height=HEIGHT,
        phone_height=PHONE_HEIGHT,
        lang=lang,
        table=_figures(item, rounds, said, lang),
        mark=item.projection.unit.mark,
    )
    up = alt.Axis(values=[0, 50, 100], labelExpr=percent_labels(lang), title=None, grid=False, domain=False, ticks=False)
    axes = month_axis(lang, item.projection.calendar), alt.Y("y:Q", scale=scale([-4, 108]), axis=up)
    return framed([ground(*axes), _bounds(), *_course(item, told, lang)], frame)


def _chance(one: Answered, lang: str) -> str:
    return words.chance(one.chance, lang)


def _bounds() -> alt.Chart:
    """Where one word ends and the next begins."""
    rows = [{"x": 0.0, "x2": float(MONTHS), "y": 100 * bound} for bound, _ in (*BOUNDS, *LOW_BOUNDS)]
    return layer(rows).mark_rule(color=RULE, strokeWidth=1).encode(x=X, x2=alt.X2("x2"), y=Y)


def _course(item: Outlook, told: Sequence[Answered], lang: str) -> list[alt.Chart]:
    """A line through the reports, a point for each, the first and the last with their chance."""
    calendar, year = item.projection.calendar, item.projection.year
    rows = [
        {
            "x": min(max(calendar.place(one.day, year), 0.0), float(MONTHS)),
            "y": 100 * one.chance,
            "day": words.date_text(one.day, lang),
            "q": _chance(one, lang),
            "w": STATUSES[one.status].name[lang],
        }
        for one in told
    ]
    base = layer(rows)
    dots = base.mark_point(filled=True, fill=PROJECTED, stroke=PAPER, strokeWidth=1.2, size=either(80, 60), opacity=1)
    ends = layer([rows[0], rows[-1]]).mark_text(dy=-12, fontSize=SIZE, fontWeight="bold", color=INK)
    return [
        base.mark_line(color=PROJECTED, strokeWidth=2, interpolate="step-after").encode(x=X, y=Y),
        dots.encode(x=X, y=Y, tooltip=tips(lang, day=Text("Report of"), q=Text("Chance"), w=Text("Word"))),
        ends.encode(x=X, y=Y, text=alt.Text("q:N")),
    ]


def _figures(item: Outlook, rounds: pd.DataFrame, said: Sequence[Answered], lang: str) -> Figures:
    values = of_walk(item, rounds)
    rows = tuple(
        (
            words.date_text(one.day, lang),
            words.likely(values, f"walk@{one.day}", lang) if math.isfinite(one.chance) else NOTHING,
            chosen(values, f"walk_status@{one.day}", "status", lang) if one.status in STATUSES else NOTHING,
        )
        for one in reversed(said)
    )
    return Figures((say("Report of", lang), say("Chance", lang), say("Word", lang)), rows)
