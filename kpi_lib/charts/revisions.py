"""What an estimate is worth: first estimates against the latest figures."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable
from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from kpi_lib import words
from kpi_lib.charts.base.axes import X, Y, ground, padded, scale, unit_axis
from kpi_lib.charts.base.frame import Cell, Figures, Frame, framed
from kpi_lib.charts.base.labels import Label, end_labels
from kpi_lib.charts.base.style import BAD, FAINT, GOOD, QUIET, either, layer, tips
from kpi_lib.definitions.indicators import Indicator, Unit, read_unit
from kpi_lib.periods import QUARTER, Calendar
from kpi_lib.record.values.data import of_revised, of_spread, revised_estimates
from kpi_lib.words.messages import Dated, Text, Words, in_context, say
from kpi_lib.words.values import Values


def revisions(obs: pd.DataFrame, ind: Indicator, lang: str = "vi", *, unit: Unit | None = None) -> alt.LayerChart | None:
    """First estimate of each period against its latest figure: in percent for amounts, in points for rates and shares.

    The last 36 periods of the basis that was revised most often (months, quarters or the year to date). None with fewer than three.
    """
    if not len(obs):
        return None
    unit = unit or read_unit(str(obs["unit"].iloc[0]))
    revised = revised_estimates(obs, ind, unit)
    if len(revised) < 3:
        return None
    rows: list[dict[str, Any]] = [{"x": position, **row, "y": row["change"]} for position, row in enumerate(revised)]
    points = not ind.adds_up
    change = [row["y"] for row in rows]
    spread = of_spread(ind, revised)
    low, high = spread["low80"], spread["high80"]
    decimals = max(ind.decimals, 1) if points else 1
    measure = ind.measure.difference if points else words.PERCENT

    def signed(value: float) -> str:
        return words.signed(value, decimals, lang)

    for row in rows:
        row |= {
            "t": _period_text(row["basis"], row["end"], unit.calendar_of(ind), lang),
            "r": words.with_measure(signed(row["y"]), measure, lang),
        }
        row |= {"e": words.number(row["first"], ind.natural_decimals, lang), "l": words.number(row["last"], ind.natural_decimals, lang)}
    domain = padded([*change, 0.0], share=0.12)
    frame = Frame(
        title=say("{line}: how far are estimates revised?", lang, line=ind.short),
        subtitle=say("{unit}; latest figure against first estimate, {rows:period|periods}", lang, unit=unit.name, rows=len(rows)),
        alt=_revisions_alt(ind, rows, change, measure, signed, lang),
        caption=say(
            "The grey band holds 80% of the revisions: {change} to {change2}.",
            lang,
            change=signed(low),
            change2=words.with_measure(signed(high), measure, lang),
        ),
        said=tuple(words.bound(spread, label, signed) for label in ("low80", "high80")),
        height=220,
        phone_height=210,
        lang=lang,
        table=_revision_figures(rows, of_revised(ind, revised), ind, measure, signed, lang),
        mark=unit.mark,
    )
    rows = [{key: row[key] for key in ("x", "y", "t", "r", "e", "l")} for row in rows]
    return framed(_revision_layers(rows, (low, high), domain, measure, decimals, signed, lang), frame)


def _revision_figures(
    rows: list[dict[str, Any]], found: Values, ind: Indicator, measure: Words, signed: Callable[[float], str], lang: str
) -> Figures:
    """Every period's first estimate, latest figure and the change."""
    cells: list[tuple[Cell, ...]] = []
    for row in rows:
        first, latest = (words.plainly(found, f"{name}@{row['end']}", ind.natural_decimals, lang) for name in ("first", "latest"))
        cells.append(
            (
                row["t"],
                first,
                latest,
                words.bound(found, f"revision@{row['end']}", lambda value: words.with_measure(signed(value), measure, lang)),
            )
        )
    return Figures(
        (
            say("Period", lang),
            say("First estimate", lang),
            in_context("of a period", "Latest figure")[lang],
            say("Revision, {measure}", lang, measure=measure),
        ),
        tuple(cells),
    )


def _period_text(basis: str, end: dt.date, calendar: Calendar, lang: str) -> str:
    year, month = calendar.month_of(end)
    if basis == "month":
        return Dated(end, "MMM y")[lang]
    if basis == "quarter":
        return f"Q{-(-month // QUARTER)}/{calendar.name(year)}"
    if basis == "year":
        return calendar.name(year)
    return say("to {day}", lang, day=Dated(end, "d MMM y"))


def _revisions_alt(ind: Indicator, rows: list[dict[str, Any]], change: list[float], measure: Words, signed: Any, lang: str) -> str:
    size = words.number(float(np.mean(np.abs(change))), 1, lang)
    up = sum(value > 0 for value in change)
    return say(
        "{ind}: {rows:period|periods} from {t} to {t2}; mean size {size}, {up:time|times} upwards; largest {change}, smallest {change2}.",
        lang,
        ind=ind.name,
        rows=len(rows),
        t=rows[0]["t"],
        t2=rows[-1]["t"],
        size=words.with_measure(size, measure, lang),
        up=up,
        change=signed(max(change)),
        change2=signed(min(change)),
    )


def _revision_layers(
    rows: list[dict[str, Any]],
    middle: tuple[float, float],
    domain: tuple[float, float],
    measure: Words,
    decimals: int,
    signed: Any,
    lang: str,
) -> list[alt.Chart]:
    n = len(rows)
    names = [row["t"] for row in rows]
    wide, phone = (list(range((n - 1) % step, n, step)) for step in (max(1, math.ceil(n / 8)), max(1, math.ceil(n / 3))))
    axis = alt.Axis(
        values=alt.ExprRef(f"phone ? {phone} : {wide}"), labelExpr=f"{names}[datum.value]", title=None, grid=False, labelOverlap=False
    )
    x = alt.X("x:Q", scale=scale((-0.7, n - 0.3)), axis=axis)
    y = alt.Y(
        "y:Q",
        scale=scale(domain),
        axis=unit_axis(say("revision of the first estimate, {measure}", lang, measure=measure), domain, decimals),
    )
    tooltip = tips(lang, t=Text("Period"), e=Text("First estimate"), l=in_context("of a period", "Latest figure"), r=Text("Revision"))
    band = layer([{"x": -0.7, "x2": n - 0.3, "y": middle[0], "y2": middle[1]}]).mark_rect(color="#e9edf0", opacity=1)
    zero = layer([{"y": 0}]).mark_rule(color=FAINT, strokeWidth=1.2)
    base = layer(rows)
    layers = [
        ground(x, y),
        band.encode(x=X, x2=alt.X2("x2"), y=Y, y2=alt.Y2("y2")),
        zero.encode(y=y),
        base.mark_rule(color=FAINT, strokeWidth=1.6).encode(x=x, y=y, y2=alt.Y2Datum(0), tooltip=tooltip),
    ]
    for test, shape, colour in (("> 0", "triangle-up", GOOD), ("< 0", "triangle-down", BAD), ("== 0", "circle", QUIET)):
        dots = base.transform_filter(f"datum.y {test}").mark_point(shape=shape, filled=True, color=colour, size=either(60, 32), opacity=1)
        layers.append(dots.encode(x=x, y=y, tooltip=tooltip))
    labels = [Label(value, "", signed(value), QUIET) for value in middle if middle[1] - middle[0] > 0]
    return [*layers, end_labels(labels, n - 0.3, domain, (220, 210))] if labels else layers
