"""Whether stated chances came true."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt
import pandas as pd

from kpi_lib import words
from kpi_lib.charts.base.axes import ground, percent_labels, scale, unit_axis
from kpi_lib.charts.base.frame import Cell, Figures, Frame, framed
from kpi_lib.charts.base.style import BAD, BANDS, FAINT, GOOD, PAPER, PROJECTED, QUIET, RULE, SIZE, WIDTH, either, layer, tips
from kpi_lib.definitions.indicators import Unit, read_unit
from kpi_lib.narrative import choices
from kpi_lib.record.values.record import MANY, of_reliability, of_replays, share_groups, stated, word_bounds
from kpi_lib.words.messages import Text, in_context, say
from kpi_lib.words.values import Values


def reliability(errors: pd.DataFrame, lang: str = "vi", *, unit: Unit | None = None) -> alt.LayerChart | None:
    """Whether stated chances came true: single dots (met above, missed below) while they are few, shares by status word from 40 on.

    None when the chosen model has stated no chance yet.
    """
    judged = stated(errors)
    if judged.empty:
        return None
    unit = unit or read_unit(str(judged["unit"].iloc[0]))
    many = len(judged) >= MANY
    mean, met = 100 * float(judged["probability"].mean()), int(judged["met"].sum())
    n = len(judged)
    summary = say(
        "{n:chance|chances} stated (n = {n}); {number}% on average, {number2}% came true",
        lang,
        n=n,
        number=words.number(mean, 0, lang),
        number2=words.number(100 * met / n, 0, lang),
    )
    alt_many = say("Share of targets met by stated chance", lang)
    alt_few = say("Every stated chance: {met} met, {n} missed", lang, met=met, n=n - met)
    frame = Frame(
        title=say("Did the stated chances come true?", lang),
        subtitle=f"{unit.name[lang]}; {summary}",
        alt=f"{alt_many if many else alt_few}. {summary}.",
        caption=_reliability_caption(many, lang),
        height=280 if many else 170,
        phone_height=260 if many else 170,
        lang=lang,
        table=_share_figures(of_reliability(judged), lang) if many else _stated_figures(judged, unit, lang),
        mark=unit.mark,
        width=560 if many else WIDTH,
    )
    return framed(_shares(judged, lang) if many else _strip(judged, unit, lang), frame)


def _stated_figures(judged: pd.DataFrame, unit: Unit, lang: str) -> Figures:
    """Every stated chance and what came of it, the lowest first."""
    lines = {str(key): of_replays(own) for key, own in judged.groupby("indicator")}
    rows: list[tuple[Cell, ...]] = []
    for row in judged.sort_values(["probability", "year", "as_of", "indicator"]).itertuples():
        day = row.as_of.date()
        shown = words.likely(lines[row.indicator], f"replayed_probability@{day}", lang)
        came = choices.chosen(lines[row.indicator], f"replayed_met@{day}", "met", lang)
        rows.append(
            (
                f"{_short_name(unit, row.indicator, lang)}, {unit.year_name(row.year, row.indicator)}",
                words.date_text(day, lang),
                shown,
                came,
            )
        )
    return Figures((say("Target, year", lang), say("Stated on", lang), say("Stated chance", lang), say("Outcome", lang)), tuple(rows))


def _short_name(unit: Unit, key: str, lang: str) -> str:
    return unit.indicators[key].short[lang] if key in unit.indicators else key


def _share_figures(found: Values, lang: str) -> Figures:
    """What was stated and what came true, by ranges of the status words."""
    rows: list[tuple[Cell, ...]] = []
    for number in (name.removeprefix("chances_") for name in found if name.startswith("chances_")):
        shares = (words.in_percent(found, f"{name}_{number}", 0, lang) for name in ("stated", "met", "met_low90", "met_high90"))
        rows.append((number, words.counted(found, f"chances_{number}", lang), *shares))
    return Figures(
        (
            say("Group", lang),
            say("Number", lang),
            say("Stated, mean", lang),
            say("Met", lang),
            say("90% interval: from", lang),
            say("to", lang),
        ),
        tuple(rows),
    )


def _reliability_caption(many: bool, lang: str) -> str:
    if many:
        return say("Dots on the diagonal: as often as said. Bars: 90% interval of the true share; figures: how many chances.", lang)
    return say(
        "With good chances the targets met gather on the right, those missed on the left. Chances of one year are not independent.", lang
    )


def _percent_axis(title: str, ticks: Sequence[float], lang: str) -> alt.X:
    axis = alt.Axis(
        values=list(ticks),
        labelExpr=percent_labels(lang),
        format=".0f",
        title=title,
        grid=False,
        labelOverlap=False,
        ticks=False,
    )
    return alt.X("x:Q", scale=scale((-3, 103)), axis=axis)


def _strip(judged: pd.DataFrame, unit: Unit, lang: str) -> list[alt.Chart]:
    """Every stated chance as a dot, stacked where several are alike."""
    stack: dict[tuple[int, int], int] = {}
    rows = []
    for row in judged.sort_values(["probability", "year", "as_of", "indicator"]).itertuples():
        good, column = int(row.met), round(100 * row.probability / 3)
        height = stack[good, column] = stack.get((good, column), 0) + 1
        name = _short_name(unit, row.indicator, lang)
        rows.append(
            {
                "x": 3 * column,
                "y": (height - 0.3) * (1 if good else -1),
                "g": good,
                "n": f"{name}, {unit.year_name(row.year, row.indicator)}",
                "when": words.date_text(row.as_of.date(), lang),
                "p": words.chance(float(row.probability), lang),
            }
        )
    reach = max(abs(row["y"]) for row in rows) + 0.6
    title = say("stated chance", lang)
    y = alt.Y("y:Q", scale=scale((-reach, reach)), axis=None)
    x = _percent_axis(title, word_bounds(), lang)
    bounds = layer([{"x": bound} for bound in word_bounds()]).mark_rule(color=RULE).encode(x=x)
    middle = layer([{"y": 0}]).mark_rule(color=FAINT).encode(y=y)
    tooltip = tips(lang, n=in_context("heading of the lines", "Target"), when=Text("Stated on"), p=Text("Stated chance"))
    layers = [ground(x, y), bounds, middle]
    size = either(*(round(min(150.0, (limit / (2 * reach)) ** 2 * 0.6), 1) for limit in (170, 150)))
    for good, shape, fill, stroke in ((1, "circle", GOOD, GOOD), (0, "diamond", PAPER, BAD)):
        side = [{key: row[key] for key in ("x", "y", "n", "when", "p")} for row in rows if row["g"] == good]
        wording = say("met: {side}", lang, side=len(side)) if good else say("missed: {side}", lang, side=len(side))
        place = {"x": alt.XValue(2), "y": alt.YValue(6 if good else alt.ExprRef("height - 10"))}
        text = layer().mark_text(text=wording, align="left", baseline="middle", fontSize=SIZE, fontWeight="bold", color=stroke)
        layers.append(text.encode(**place))
        if side:
            dots = layer(side).mark_point(shape=shape, filled=True, fill=fill, stroke=stroke, strokeWidth=1.5, opacity=1, size=size)
            layers.append(dots.encode(x=x, y=y, tooltip=tooltip))
    return layers


def _shares(judged: pd.DataFrame, lang: str) -> list[alt.Chart]:
    """Share met against chance stated, by the status words' ranges."""
    names = {"x": "stated", "y": "met", "a": "met_low90", "b": "met_high90"}
    rows: list[dict[str, Any]] = [
        {key: 100 * group[name] for key, name in names.items()} | {"n": f"{group['chances']:.0f}"} for group in share_groups(judged)
    ]
    rows = [
        {
            **row,
            "p": words.with_percent(words.number(row["x"], 0, lang), lang),
            "s": words.with_percent(words.number(row["y"], 0, lang), lang),
        }
        for row in rows
    ]
    x = _percent_axis(say("stated chance", lang), (0, 25, 50, 75, 100), lang)
    axis = unit_axis(say("% of targets met", lang), (0, 100), 0)
    y = alt.Y("y:Q", scale=scale((-3, 103)), axis=axis)
    tooltip = tips(lang, p=Text("Stated, mean"), s=Text("Met"), n=Text("Number"))
    base = layer(rows)
    return [
        ground(x, y),
        layer([{"x": 0, "y": 0}, {"x": 100, "y": 100}]).mark_line(color=FAINT, strokeDash=[5, 4], strokeWidth=1.4).encode(x=x, y=y),
        base.mark_rule(color=BANDS[0.80], strokeWidth=7, opacity=1).encode(x=x, y=alt.Y("a:Q"), y2=alt.Y2("b"), tooltip=tooltip),
        base.mark_point(filled=True, color=PROJECTED, size=80, opacity=1).encode(x=x, y=y, tooltip=tooltip),
        base.mark_text(align="left", dx=8, dy=-1, fontSize=SIZE, color=QUIET).encode(x=x, y=y, text=alt.Text("n:N")),
    ]
