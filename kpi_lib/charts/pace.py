"""How far past years had come by each month's end: the pace of this year against theirs, and the target's profile over the months."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import altair as alt
import numpy as np

from kpi_lib import narrative as nr
from kpi_lib import words
from kpi_lib.charts.base.axes import X, Y, ground, month_axis, scale, unit_axis
from kpi_lib.charts.base.frame import NOTHING, Cell, Figures, Frame, framed
from kpi_lib.charts.base.labels import Key, Label, end_labels, keyed
from kpi_lib.charts.base.style import FAINT, INK, PAPER, QUIET, SIZE, TARGET, either, layer, tips
from kpi_lib.charts.base.words import as_known
from kpi_lib.figures.histories import Point
from kpi_lib.forecast.projection import Projection
from kpi_lib.narrative import choices
from kpi_lib.outlook.shares import reached_by
from kpi_lib.outlook.values.course import FEWEST, compared_years, has_goal, of_pace, pace_days, shares_now
from kpi_lib.outlook.values.phases import of_phases, phase_marks
from kpi_lib.outlook.verdict import Outlook
from kpi_lib.periods import MONTHS, Calendar
from kpi_lib.words.messages import Dated, Text, in_context, say

LATE = 10.5  # months after which the last figure is named at the plot's end: beside it there is no room
HEIGHT, PHONE_HEIGHT = 300, 280
BAND = "#e9edf0"


# ---- the chart ---------------------------------------------------------------------------------------------------------------------


def pace(outlook: Outlook, lang: str = "vi") -> alt.LayerChart | None:
    """This year to date in percent of its target, over what past years had reached of their own totals by then.

    None for levels and rates, without a figure of the year or a target to reach, or when no complete past year has a figure near the
    day of the latest one: there is nothing to compare with then.
    """
    projection = outlook.projection
    shares = compared_years(outlook)
    if not shares:
        return None
    now = shares_now(outlook)
    summary = pace_words(outlook, lang)
    top = 1.06 * max(
        1.0, *now.values(), *phase_marks(outlook).values(), *(share for reached in shares.values() for share in reached.values())
    )
    domain = (0.0, 100 * top)
    goal = nr.plain(outlook.threshold, outlook, lang)
    years = "–".join(projection.named(year) for year in dict.fromkeys((min(shares), max(shares))))
    frame = Frame(
        title=f"{outlook.indicator.short[lang]}: {say('ahead of past years or behind?', lang)}",
        subtitle=f"{as_known(outlook, lang)}\n{summary}",
        alt=f"{say('Chart of the pace', lang)}: {outlook.indicator.name[lang]}, {projection.named()}. {summary}.",
        caption=say(
            "Bold: {year} to date against its target; thin: each past year to date against its own total.", lang, year=projection.named()
        ),
        height=HEIGHT,
        phone_height=PHONE_HEIGHT,
        lang=lang,
        table=_figures(outlook, lang),
        mark=projection.unit.mark,
    )
    labels = [Label(100.0, say("Target", lang), goal, TARGET, "bold")]
    if max(now) > LATE:
        labels.append(
            Label(100 * now[max(now)], projection.named(), words.with_percent(words.percent(100 * now[max(now)], lang), lang), INK, "bold")
        )
    layers = [
        ground(month_axis(lang, projection.calendar), alt.Y("y:Q", scale=scale(domain), axis=unit_axis("%", domain, 0))),
        *_past_layers(shares, outlook, lang),
        *_goal_layers(),
        *_phase_layers(outlook, lang),
        *_now_layers(outlook, now, reached_by(projection, projection.seen[-1].end, shares), lang),
        end_labels(labels, float(MONTHS), domain, (HEIGHT, PHONE_HEIGHT)),
        *keyed(_keys(projection.named(), years, len(shares), phased=bool(phase_marks(outlook)), lang=lang)),
    ]
    return framed(layers, frame)


def pace_words(outlook: Outlook, lang: str = "vi") -> str:
    """How far the year has come towards its target, and how far past years had come by then; empty where that cannot be said."""
    projection = outlook.projection
    if not (has_goal(outlook) and projection.seen):
        return ""
    last = projection.seen[-1]
    share = words.with_percent(words.percent(100 * last.value / outlook.threshold, lang), lang)
    before = reached_by(projection, last.end)
    where = _by_then(last, projection.calendar, lang)
    said = say("{where} {share} of the target is reached", lang, where=where, share=share)
    if not before or projection.complete:
        return said
    share = _range(before, lang)
    return said + say("; {whose} had by then reached {share} of the whole year", lang, whose=_whose(before, projection, lang), share=share)


def _whose(before: Mapping[int, float], projection: Projection, lang: str) -> str:
    return say("past years", lang) if len(before) > 1 else in_context("in a sentence", "{year}", year=projection.named(min(before)))[lang]


def _by_then(last: Point, calendar: Calendar, lang: str) -> str:
    if not calendar.is_month_end(last.end):
        return say("By {day}", lang, day=last.end)
    if calendar.is_year_end(last.end):
        return say("Over the year", lang)
    return say("By the end of {month}", lang, month=Dated(last.end, "MMMM"))


def _range(before: Mapping[int, float], lang: str) -> str:
    low, high = (words.number(100 * edge(before.values()), 1, lang) for edge in (min, max))
    return words.with_percent(low if low == high else f"{low}–{high}", lang)


def _past_layers(shares: Mapping[int, Mapping[float, float]], outlook: Outlook, lang: str) -> list[alt.Chart]:
    """The band that holds all past years, a thin line for each, and points that name it under a finger."""
    edges = [{"x": 0.0, "y": 0.0, "b": 0.0}]
    projection = outlook.projection
    for month, end in enumerate(projection.calendar.month_ends(projection.year), start=1):
        found = [100 * share for share in reached_by(projection, end, shares).values()]
        edges += [{"x": float(month), "y": min(found), "b": max(found)}] if len(found) >= FEWEST else []
    rows = [{"s": year, "x": place, "y": 100 * share} for year, reached in shares.items() for place, share in {0.0: 0.0, **reached}.items()]
    points = {(year, projection.calendar.months_gone(point.end)): point for year in shares for point in projection.past[year]}
    dots = [
        {
            "x": row["x"],
            "y": row["y"],
            "n": projection.named(int(row["s"])),
            "day": words.date_text(point.end, lang),
            "q": words.with_percent(words.percent(row["y"], lang), lang),
            "v": words.with_measure(nr.plain(point.value, outlook, lang), outlook.projection.measure, lang),
        }
        for row in rows
        if (point := points.get((int(row["s"]), row["x"]))) is not None
    ]
    wording = {"n": in_context("kind of period", "Year"), "day": Text("To"), "q": Text("Of its own total"), "v": Text("To date")}
    band = [layer(edges).mark_area(color=BAND, opacity=1).encode(x=X, y=Y, y2=alt.Y2("b"))] if len(edges) > 2 else []
    lines = layer(rows).mark_line(color=FAINT, strokeWidth=1.1).encode(x=X, y=Y, detail="s:N")
    touch = layer(dots).mark_point(filled=True, color=FAINT, size=either(24, 14), opacity=1)
    return [*band, lines, touch.encode(x=X, y=Y, tooltip=tips(lang, **wording))]


def _goal_layers() -> list[alt.Chart]:
    rule = layer([{"x": 0.0, "x2": float(MONTHS), "y": 100.0}]).mark_rule(color=TARGET, strokeWidth=2.2)
    return [rule.encode(x=X, x2=alt.X2("x2"), y=Y)]


def _phase_layers(outlook: Outlook, lang: str) -> list[alt.Chart]:
    """What the phased plan asks for by each day it names, in percent of the target."""
    rows = [
        {
            "x": outlook.projection.calendar.place(day, outlook.projection.year),
            "y": 100 * share,
            "day": words.date_text(day, lang),
            "q": words.with_percent(words.percent(100 * share, lang), lang),
        }
        for day, share in phase_marks(outlook).items()
    ]
    marks = layer(rows).mark_point(size=either(54, 40), strokeWidth=2, stroke=TARGET, fill=PAPER, filled=True, opacity=1)
    return [marks.encode(x=X, y=Y, tooltip=tips(lang, day=Text("To"), q=Text("Plan, of the target")))] if rows else []


def _now_layers(outlook: Outlook, now: Mapping[float, float], before: Mapping[int, float], lang: str) -> list[alt.Chart]:
    """The year's own line and points, the last of them in words on the side of past years where it stands, theirs on the other."""
    projection = outlook.projection
    rows: list[dict[str, Any]] = [
        {
            "x": place,
            "y": 100 * share,
            "s": int(point.final),
            "day": words.date_text(point.end, lang),
            "q": words.with_percent(words.percent(100 * share, lang), lang),
            "v": words.with_measure(nr.plain(point.value, outlook, lang), projection.measure, lang),
            "k": choices.STATUS_WORDS[point.kind][lang],
        }
        for (place, share), point in zip(now.items(), projection.seen, strict=True)
    ]
    wording = {"day": Text("To"), "q": Text("Of the target")}
    wording |= {"v": Text("To date"), "k": Text("Kind of figure")}
    line = layer([{"x": 0.0, "y": 0.0}, *({"x": row["x"], "y": row["y"]} for row in rows)])
    dots = layer(rows).mark_point(size=either(64, 46), opacity=1, strokeWidth=1.8, stroke=INK, filled=True)
    fill = alt.Fill("s:N", scale=alt.Scale(domain=[0, 1], range=[PAPER, INK]), legend=None)
    last, ahead = rows[-1], bool(before) and now[max(now)] > float(np.mean(list(before.values())))
    layers = [line.mark_line(color=INK, strokeWidth=3).encode(x=X, y=Y), dots.encode(x=X, y=Y, fill=fill, tooltip=tips(lang, **wording))]
    if last["x"] > LATE:
        return layers  # said at the end of the plot
    layers.append(_beside(last["x"], last["y"], last["q"], INK, above=ahead, bold=True))
    if before:
        edge = 100 * (min(before.values()) if ahead else max(before.values()))
        share = _range(before, lang)
        layers.append(
            _beside(last["x"], edge, either(f"{_whose(before, projection, lang)} {share}", share), QUIET, above=not ahead, bold=False)
        )
    return layers


def _beside(x: float, y: float, wording: Any, colour: str, *, above: bool, bold: bool) -> alt.Chart:
    """Words in the corner that a rising line leaves free: above it to the left, or below it to the right."""
    left = above and x >= 3
    text = layer([{"x": x, "y": y}]).mark_text(
        text=wording,
        color=colour,
        fontSize=either(15, 14) if bold else SIZE,
        fontWeight="bold" if bold else "normal",
        align="right" if left else "left",
        dx=-9 if left else 9,
        dy=-11 if left else -14 if above else 14,
    )
    return text.encode(x=X, y=Y)


def _keys(year: str, years: str, n: int, *, phased: bool, lang: str) -> list[Key]:
    keys = [
        Key("line", INK, in_context("key of a chart", "{year}, % of the target", year=year)[lang]),
        Key("line", FAINT, say("{years}, % of the whole year", lang, years=years)),
    ]
    keys += [Key("hollow", TARGET, say("plan by period", lang))] if phased else []
    return [*keys, Key("square", BAND, say("lowest to highest", lang))] if n >= FEWEST else keys


def _figures(outlook: Outlook, lang: str) -> Figures:
    """By month's end: this year of its target, each past year of its total, and their mean."""
    projection, values, planned, marks = outlook.projection, of_pace(outlook), of_phases(outlook), phase_marks(outlook)
    rows: list[tuple[Cell, ...]] = []

    def share(label: str) -> Cell:
        return words.in_percent(values, label, 1, lang) if label in values else NOTHING

    for place, day, then in pace_days(outlook):
        cells = [share(f"share@{day}"), *(share(f"share@{then[y]}") for y in then), share(f"usual_share@{day}")]
        cells += [words.in_percent(planned, f"phase_path.{day}", 1, lang) if day in marks else NOTHING] if marks else []
        if any(cell != NOTHING for cell in cells):
            rows.append(
                (
                    words.date_text(day, lang)
                    if place != int(place)
                    else in_context("end of a month", "{month}", month=Dated(day, "MMMM"))[lang],
                    *cells,
                )
            )
    past = [say("{year}, % of the year", lang, year=projection.named(y)) for y in sorted(compared_years(outlook), reverse=True)]
    mine = say("{year}, % of the target", lang, year=projection.named())
    plan = (say("Plan by period, % of the target", lang),) if marks else ()
    return Figures((in_context("heading", "By")[lang], mine, *past, say("Mean of past years", lang), *plan), tuple(rows))
