"""All lines of a report at a glance."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import altair as alt

from kpi_lib import narrative as nr
from kpi_lib import words
from kpi_lib.charts.base.axes import percent_labels, scale
from kpi_lib.charts.base.frame import Figures, Frame, framed
from kpi_lib.charts.base.style import INK, RULE, SIZE, STATUS_COLOURS, either, layer, tips
from kpi_lib.charts.base.words import as_known
from kpi_lib.outlook.verdict import BOUNDS, LOW_BOUNDS, Outlook, worst_first
from kpi_lib.words.messages import Text, in_context, say

ROW, PHONE_ROW = 27, 42


def overview(outlooks: Sequence[Outlook], lang: str = "vi") -> alt.LayerChart | None:
    """The chance of every judged line, worst first, on the scale of the status words; None when no line is judged.

    Lines that cannot be judged (grey) are left out; the table names them.
    """
    judged = [item for item in worst_first(list(outlooks)) if item.judged and math.isfinite(item.probability)]
    if not judged:
        return None
    rows = [
        {
            "i": position,
            "p": 100 * item.probability,
            "c": STATUS_COLOURS[item.status],
            "n": item.indicator.short[lang],
            "s": f"{item.word.symbol} {item.word.name[lang]}",
            "q": words.chance(item.probability, lang),
            "goal": nr.threshold_text(item, lang),
        }
        for position, item in enumerate(judged)
    ]
    projection = judged[0].projection
    frame = Frame(
        title=say("The chance of meeting each target of {year}", lang, year=projection.named()),
        subtitle=as_known(judged[0], lang),
        alt=_overview_alt(judged, lang),
        caption=say(
            "The most worrying on top; the vertical lines divide the status words. Targets that cannot be judged are left out.", lang
        ),
        height=ROW * len(rows),
        phone_height=PHONE_ROW * len(rows),
        lang=lang,
        table=_figures(judged, lang),
        mark=projection.unit.mark,
    )
    return framed(_overview_layers(rows, lang), frame)


def _overview_layers(rows: list[dict[str, Any]], lang: str) -> list[alt.Chart]:
    bounds = sorted(100 * bound for bound, _ in (*BOUNDS, *LOW_BOUNDS))
    axis = alt.Axis(
        values=bounds,
        orient="top",
        format=".0f",
        labelExpr=percent_labels(lang),
        grid=False,
        domain=False,
        ticks=False,
        title=None,
    )
    axis.labelOverlap = False
    x = alt.X("p:Q", scale=alt.Scale(domain=[0, 100], nice=False), axis=axis)
    y = alt.Y("i:Q", scale=scale([len(rows) - 0.5, -0.5]), axis=None)
    grid = layer([{"p": bound} for bound in (0, *bounds, 100)]).mark_rule(color=RULE, strokeWidth=1).encode(x=x)
    base = layer(rows)
    colour = alt.Color("c:N", scale=None)
    low = either(0, 9)
    tooltip = tips(
        lang,
        n=in_context("heading of the lines", "Target"),
        s=in_context("of a chance", "Status"),
        q=Text("Chance of meeting it"),
        goal=Text("Asked for"),
    )
    stems = base.mark_rule(strokeWidth=3, opacity=0.55, yOffset=low).encode(x=x, x2=alt.X2Datum(0), y=y, color=colour)
    dots = base.mark_point(filled=True, size=150, opacity=1, yOffset=low).encode(x=x, y=y, color=colour, tooltip=tooltip)
    names = base.mark_text(
        align=either("right", "left"), baseline="middle", dx=either(-12, 0), dy=either(0, -10), fontSize=either(13.5, 12.5), color=INK
    )
    chances = base.mark_text(
        align="right", baseline="middle", dx=either(58, 0), dy=either(0, -10), fontSize=either(13.5, 12.5), fontWeight="bold"
    )
    wording = base.mark_text(align=either("left", "right"), baseline="middle", dx=either(70, -52), dy=either(0, -10), fontSize=SIZE)
    end = alt.XValue(alt.ExprRef("width"))
    return [
        grid,
        stems,
        dots,
        names.encode(x=alt.XValue(0), y=y, text=alt.Text("n:N")),
        chances.encode(x=end, y=y, text=alt.Text("q:N"), color=colour),
        wording.encode(x=end, y=y, text=alt.Text("s:N"), color=colour),
    ]


def _overview_alt(judged: list[Outlook], lang: str) -> str:
    lines = "; ".join(f"{item.indicator.short[lang]}: {words.chance(item.probability, lang)}, {item.word.name[lang]}" for item in judged)
    return say("Chance of meeting {judged:target|targets}, the most worrying first: {lines}.", lang, judged=len(judged), lines=lines)


def _figures(judged: Sequence[Outlook], lang: str) -> Figures:
    """Every judged line with its chance and word, in the order drawn."""
    columns = (
        in_context("heading of the lines", "Target")[lang],
        say("Chance of meeting it", lang),
        in_context("of a chance", "Status")[lang],
        say("Asked for", lang),
    )
    rows = [
        (
            item.indicator.headed(item.indicator.short, lang),
            nr.chance_of(item, lang),
            nr.status_of(item, lang),
            nr.threshold_text(item, lang),
        )
        for item in judged
    ]
    return Figures(columns, tuple(rows))
