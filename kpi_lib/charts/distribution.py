"""The year's end as equally likely futures: how many of twenty meet the target."""

from __future__ import annotations

import math
from typing import Any

import altair as alt
import numpy as np

from kpi_lib import compare, words
from kpi_lib import narrative as nr
from kpi_lib.charts.base.axes import X, scale
from kpi_lib.charts.base.frame import Cell, Figures, Frame, framed
from kpi_lib.charts.base.labels import Key, keyed
from kpi_lib.charts.base.style import BAD, GOOD, PAPER, SIZE, TARGET, WIDTH, either, layer, tips
from kpi_lib.charts.base.words import as_known, interval_words
from kpi_lib.narrative import choices
from kpi_lib.outlook.values.course import FUTURES, futures, futures_met, is_level, of_futures
from kpi_lib.outlook.verdict import Outlook
from kpi_lib.words.messages import Text, say


def distribution(outlook: Outlook, lang: str = "vi") -> alt.LayerChart | None:
    """The year-end value as 20 dots, each an equally likely future: filled circles meet the target, hollow diamonds miss it.

    None where there is no distribution (nothing projected, or the year is complete). Without a target all dots are alike.
    """
    projection, target = outlook.projection, outlook.target
    if not projection.known or projection.complete:
        return None
    goal = outlook.threshold if target is not None and math.isfinite(outlook.threshold) else float("nan")
    met = futures_met(outlook)
    rows, domain, stack = _stacked(futures(outlook), met, goal, outlook)
    columns = (domain[1] - domain[0]) / rows[0]["w"]
    levels = stack + 2.2
    sizes = [min(limit, room / columns, height / levels) for limit, room, height in ((34.0, WIDTH - 40, 270.0), (24.0, 318.0, 230.0))]
    levels = max(levels, 130 / sizes[0])
    heights = [round(levels * size) for size in sizes]
    layers = [*_dots(rows, sizes, domain, levels, outlook, lang), *_goal_line(levels, outlook, domain, lang)]
    count = _count_words(int(met.sum()), goal, lang)
    frame = Frame(
        title=say("{line}: where may {year} end?", lang, line=projection.indicator.short, year=projection.named()),
        subtitle=as_known(outlook, lang) + (f"\n{count}" if count else ""),
        alt=_dots_alt(outlook, count, lang),
        caption=_dots_caption(outlook, count, lang),
        height=heights[0],
        phone_height=heights[1],
        lang=lang,
        table=_figures(outlook, met, lang),
        mark=projection.unit.mark,
    )
    return framed([*layers, *keyed(_dot_keys(met, goal, lang), above=8)], frame)


def _stacked(ends_at: np.ndarray, met: np.ndarray, goal: float, outlook: Outlook) -> tuple[list[dict[str, Any]], tuple[float, float], int]:
    """Dots in columns whose edges include the target, so that every column is on one side of it."""
    whole = _counted(outlook)
    spread = float(ends_at[-1] - ends_at[0])
    ends = [float(ends_at[0]), float(ends_at[-1]), *([goal] if math.isfinite(goal) else [])]
    width = max(spread / 11, (max(ends) - min(ends)) / 26) or max(abs(ends[0]) * 0.01, 0.5)
    width = max(1.0, float(math.ceil(width))) if whole else max(width, 10.0**-outlook.projection.decimals)
    edge = goal if math.isfinite(goal) else float(ends_at[0])
    if outlook.target is not None and outlook.target.comparator in (">", "<=", "="):
        edge += 1.0 if whole else 0.0
    rows: list[dict[str, Any]] = []
    heights: dict[int, int] = {}
    for value, good in zip(ends_at, met, strict=True):
        column = math.floor((value - edge) / width + 1e-9)
        if math.isfinite(goal) and not whole and outlook.target is not None and outlook.target.comparator != "=":
            column = max(column, 0) if good == compare.upwards(outlook.target.comparator) else min(column, -1)
        heights[column] = heights.get(column, 0) + 1
        shift = (width - 1) / 2 if whole else width / 2
        rows.append({"x": edge + column * width + shift, "k": heights[column], "g": int(good), "v": float(value), "w": width})
    middles = [row["x"] for row in rows] + ends
    return rows, (min(middles) - 0.75 * width, max(middles) + 0.75 * width), max(heights.values())


def _dots(
    rows: list[dict[str, Any]], sizes: list[float], domain: tuple[float, float], levels: float, outlook: Outlook, lang: str
) -> list[alt.Chart]:
    projection = outlook.projection
    span = domain[1] - domain[0]
    decimals = min(projection.decimals, max(0, -math.floor(math.log10(span / 6))))
    axis = alt.Axis(
        title=say("the whole of {year}, ", lang, year=projection.named()) + projection.measure[lang],
        format=f",.{decimals}f",
        grid=False,
        tickCount=either(6, 4),
    )
    if is_level(projection):
        axis.title = say("at the end of {year}, ", lang, year=projection.named()) + projection.measure[lang]
    axis.tickMinStep = 10.0**-projection.decimals
    x = alt.X("x:Q", scale=scale(domain), axis=axis)
    y = alt.Y("k:Q", scale=scale([0.35, levels]), axis=None)
    data = [
        {
            "x": row["x"],
            "k": row["k"],
            "g": row["g"],
            "t": words.with_measure(nr.plain(row["v"], outlook, lang), projection.measure, lang),
        }
        for row in rows
    ]
    area = [round(math.pi / 4 * (0.84 * size) ** 2, 1) for size in sizes]
    layers = []
    for good, shape, fill, stroke, share in ((1, "circle", GOOD, GOOD, 1.0), (0, "diamond", PAPER, BAD, 0.72)):
        side = [row for row in data if row["g"] == good]
        if side:
            mark = layer([{key: value for key, value in row.items() if key != "g"} for row in side]).mark_point(
                shape=shape,
                filled=True,
                fill=fill,
                stroke=stroke,
                strokeWidth=1.6,
                opacity=1,
                size=either(round(area[0] * share, 1), round(area[1] * share, 1)),
            )
            layers.append(mark.encode(x=x, y=y, tooltip=tips(lang, t=Text("One possible end"))))
    return layers


def _goal_line(levels: float, outlook: Outlook, domain: tuple[float, float], lang: str) -> list[alt.Chart]:
    """The target, drawn between the columns that meet it and those that miss it."""
    goal, target = outlook.threshold, outlook.target
    if target is None or not math.isfinite(goal):
        return []
    at = goal
    if _counted(outlook):
        at += 0.5 if target.comparator in (">", "<=", "=") else -0.5
    rule = (
        layer([{"x": at, "a": 0.35, "b": levels - 0.9}])
        .mark_rule(color=TARGET, strokeWidth=2.2)
        .encode(x=X, y=alt.Y("a:Q"), y2=alt.Y2("b"))
    )
    right = (at - domain[0]) / (domain[1] - domain[0]) > 0.55
    wording = f"{say('Target', lang)} {target.comparator.replace('>=', '≥').replace('<=', '≤')} {nr.plain(goal, outlook, lang)}"
    place = layer([{"x": at, "b": levels - 0.9}]).mark_text(
        text=wording, color=TARGET, fontWeight="bold", fontSize=SIZE, align="right" if right else "left", dx=5 if right else -5, dy=-8
    )
    return [rule, place.encode(x=X, y=alt.Y("b:Q"))]


def _counted(outlook: Outlook) -> bool:
    """Whether the year-end value is a whole number of things."""
    return outlook.indicator.whole and outlook.projection.measure == outlook.indicator.measure


def _dot_keys(met: np.ndarray, goal: float, lang: str) -> list[Key]:
    if not math.isfinite(goal):
        return [Key("circle", GOOD, say("one of {FUTURES} equally likely ends", lang, FUTURES=FUTURES))]
    good, bad = int(met.sum()), int((~met).sum())
    return [
        Key("circle", GOOD, say("target met: {good}", lang, good=good)),
        Key("hollow-diamond", BAD, say("missed: {bad}", lang, bad=bad)),
    ]


def _count_words(good: int, goal: float, lang: str) -> str:
    if not math.isfinite(goal):
        return ""
    return say("In {good} of {FUTURES} equally likely futures the target is met", lang, good=good, FUTURES=FUTURES)


def _dots_alt(outlook: Outlook, count: str, lang: str) -> str:
    projection = outlook.projection
    shown = words.with_measure(nr.plain_foreseen(projection.quantile(0.5), outlook, lang), projection.measure, lang)
    parts = [say("Dot chart: {indicator}, {year}.", lang, indicator=projection.indicator.name, year=projection.named())]
    parts += [f"{count}."] if count else []
    parts.append(say("Median {shown}, 80% interval: {interval}.", lang, shown=shown, interval=interval_words(outlook, 0.8, lang)))
    if outlook.target is not None:
        parts.append(f"{say('Target', lang)}: {nr.threshold_text(outlook, lang)}.")
    return " ".join(parts)


def _dots_caption(outlook: Outlook, count: str, lang: str) -> str:
    wording = say("Each dot is one equally likely end of the year.", lang)
    held = count and math.isfinite(outlook.probability) and abs(outlook.probability - outlook.raw_probability) > 0.005
    if held:
        shown = words.chance(outlook.probability, lang)
        wording += say(" The published chance is {shown}, as few past years stand behind it.", lang, shown=shown)
    return wording


def _figures(outlook: Outlook, met: np.ndarray, lang: str) -> Figures:
    """The year's end in a few figures, then every equally likely future, and whether it meets the target, `(futures,)`."""
    projection, values = outlook.projection, of_futures(outlook)
    named = [(say("Median", lang), "median")]
    named += [(say("80% interval, from", lang), "low80")]
    named += [(say("80% interval, to", lang), "high80")]
    judged = outlook.target is not None and math.isfinite(outlook.threshold)
    named += [(say("Target", lang), "threshold")] if judged else []
    rows: list[tuple[Cell, ...]] = [(name, nr.bare(outlook, label, lang), "") for name, label in named]
    if judged and math.isfinite(outlook.probability):
        rows.append((say("Chance of meeting it", lang), nr.chance_of(outlook, lang), ""))
    for number in range(1, len(met) + 1):
        name = say("Future {number}", lang, number=number)
        rows.append(
            (
                name,
                nr.bare(outlook, f"future{number}", lang, values),
                choices.chosen(values, f"future{number}_met", "met", lang) if judged else "",
            )
        )
    when = say("end of", lang) if is_level(projection) else say("the whole of", lang)
    head = f"{when} {projection.named()}, {projection.measure[lang]}".rstrip(", ")
    return Figures(("", head[:1].upper() + head[1:], say("Against the target", lang)), tuple(rows))
