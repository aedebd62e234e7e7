"""The years before: amounts and growth rates laid over one another, a level from year to year, with the target."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Literal

import altair as alt

from kpi_lib import narrative as nr
from kpi_lib import words
from kpi_lib.charts.base.axes import X, Y, ground, month_axis, padded, scale, time_axis, unit_axis, year_ticks
from kpi_lib.charts.base.frame import Figures, Frame, framed
from kpi_lib.charts.base.labels import Key, Label, beside_the_end, end_labels, keyed
from kpi_lib.charts.base.style import FAINT, INK, QUIET, TARGET, either, layer, tips
from kpi_lib.charts.base.words import as_known
from kpi_lib.figures.histories import Point
from kpi_lib.forecast.projection import Projection
from kpi_lib.narrative import choices
from kpi_lib.outlook.values.course import is_level, level_points, of_fan
from kpi_lib.outlook.verdict import Outlook
from kpi_lib.periods import MONTHS
from kpi_lib.words.messages import Field, Text, in_context, say

HEIGHT, PHONE_HEIGHT = 320, 290
PLOT_WIDTHS = 735, 205  # of the lines, about, beside their labels
YEARS = 6  # past years laid over one another
LEVEL_YEARS = 9  # years of a level before the judged one
Lines = dict[int, Sequence[Point]]  # figures by the year whose line they are, the judged one last
_STYLES: dict[int, dict[str, Any]] = {  # by years from the judged one
    0: {"color": INK, "strokeWidth": 2.4},
    -1: {"color": QUIET, "strokeWidth": 1.8, "strokeDash": [1.5, 3]},
}


def history(outlook: Outlook, lang: str = "vi") -> alt.LayerChart | None:
    """Every year over the same months, cumulated from its start, or a level through the years; the target across. None without a figure."""
    projection = outlook.projection
    lines = _lines(projection)
    if not lines:
        return None
    domain = _domain(outlook, lines)
    first = _place(projection, lines[projection.year][0], projection.year) - 0.5 if is_level(projection) else 0.0
    calendar = projection.calendar
    years = time_axis(first, *year_ticks(projection.year, first, calendar)) if is_level(projection) else month_axis(lang, calendar)
    labels = _labels(outlook, lines, lang)
    layers = [
        ground(years, alt.Y("y:Q", scale=scale(domain), axis=unit_axis(projection.measure[lang], domain, projection.decimals))),
        *(each for year, points in lines.items() for each in _line(outlook, year, points, lang)),
        *_goal(outlook, first),
        *_last_words(outlook, lines, ((first, MONTHS), domain), lang),
        *([end_labels(labels, float(MONTHS), domain, (HEIGHT, PHONE_HEIGHT))] if labels else []),
        *keyed(_keys(outlook, lines, lang)),
    ]
    return framed(layers, _frame(outlook, lines, lang))


def _lines(projection: Projection) -> Lines:
    """A line for every year, or one for a level."""
    if is_level(projection):
        points = level_points(projection, LEVEL_YEARS)
        return {projection.year: points} if points else {}
    past = [(year, points) for year, points in sorted(projection.past.items()) if points][-YEARS:]
    return dict([*past, *([(projection.year, projection.seen)] if projection.seen else [])])


def _place(projection: Projection, point: Point, year: int) -> float:
    return projection.calendar.place(point.end, year)


def _domain(outlook: Outlook, lines: Lines) -> tuple[float, float]:
    shown = [point.value for points in lines.values() for point in points]
    shown += [outlook.threshold] if math.isfinite(outlook.threshold) else []
    if outlook.indicator.adds_up:
        return min(0.0, *shown), 1.06 * max(*shown, 1e-9)
    return padded(shown, floor=outlook.indicator.lower, ceiling=outlook.indicator.upper)


def _line(outlook: Outlook, year: int, points: Sequence[Point], lang: str) -> list[alt.Chart]:
    """The line of a year with its figures, each in words under the pointer."""
    projection = outlook.projection
    style = _STYLES.get(year - projection.year, {"color": FAINT, "strokeWidth": 1.1})
    rows = [
        {
            "x": _place(projection, point, year),
            "y": point.value,
            "day": words.date_text(point.end, lang),
            "v": words.with_measure(nr.plain(point.value, outlook, lang), projection.measure, lang),
            "k": choices.STATUS_WORDS[point.kind][lang],
        }
        for point in points
    ]
    start = [{"x": 0.0, "y": 0.0}] if outlook.indicator.adds_up else []
    line = layer([*start, *({"x": row["x"], "y": row["y"]} for row in rows)]).mark_line(**style)
    few = year == projection.year and len(rows) <= 2 * MONTHS
    dots = layer(rows).mark_point(filled=True, color=style["color"], size=either(40, 30) if few else 12, opacity=1)
    tooltip = tips(lang, day=Text("To"), v=in_context("of a curve", "Figure"), k=Text("Kind of figure"))
    return [line.encode(x=X, y=Y), dots.encode(x=X, y=Y, tooltip=tooltip)]


def _goal(outlook: Outlook, first: float) -> list[alt.Chart]:
    if not math.isfinite(outlook.threshold):
        return []
    rule = layer([{"x": first, "x2": float(MONTHS), "y": outlook.threshold}]).mark_rule(color=TARGET, strokeWidth=2.0)
    return [rule.encode(x=X, x2=alt.X2("x2"), y=Y)]


def _last_words(outlook: Outlook, lines: Lines, domains: tuple[tuple[float, float], tuple[float, float]], lang: str) -> list[alt.Chart]:
    """The year that still runs and how far it has come, where its line ends; a whole one is said at the end of the plot."""
    projection, last = outlook.projection, lines.get(outlook.projection.year, ())
    if not last or projection.calendar.is_year_end(last[-1].end):
        return []
    drawn = [[(_place(projection, point, year), point.value) for point in points] for year, points in reversed(lines.items())]
    drawn += [[(domains[0][0], outlook.threshold), (domains[0][1], outlook.threshold)]] if math.isfinite(outlook.threshold) else []
    said = ("" if is_level(projection) else f"{projection.named()} ") + nr.plain(last[-1].value, outlook, lang)
    return beside_the_end(drawn, said, domains, list(zip(PLOT_WIDTHS, (HEIGHT, PHONE_HEIGHT), strict=True)))


def _labels(outlook: Outlook, lines: Lines, lang: str) -> list[Label]:
    """Words at the right end: the years that are whole, and the target."""
    projection, labels = outlook.projection, []
    for year, points in lines.items():
        if points[-1].end == projection.calendar.end(year):
            value, own = points[-1].value, year == projection.year
            weight: Literal["normal", "bold"] = "bold" if own else "normal"
            labels.append(Label(value, projection.named(year), nr.plain(value, outlook, lang), INK if own else QUIET, weight))
    if math.isfinite(outlook.threshold):
        labels.append(Label(outlook.threshold, say("Target", lang), nr.plain(outlook.threshold, outlook, lang), TARGET, "bold"))
    return labels


def _keys(outlook: Outlook, lines: Lines, lang: str) -> list[Key]:
    projection = outlook.projection
    if is_level(projection):
        return [Key("circle", INK, say("delivered figure", lang))]
    keys = [Key("line", INK, projection.named())] if projection.year in lines else []
    keys += [Key("dot", QUIET, projection.named(projection.year - 1))] if projection.year - 1 in lines else []
    return keys + ([Key("line", FAINT, say("years before", lang))] if min(lines) < projection.year - 1 else [])


def _frame(outlook: Outlook, lines: Lines, lang: str) -> Frame:
    projection = outlook.projection
    first, last = next(iter(lines.values()))[0], [*lines.values()][-1][-1]
    since: dict[str, Field] = {"name": projection.indicator.short, "year": projection.named(projection.calendar.year_of(first.end))}
    if is_level(projection):
        title, caption = Text("{name}: from {year} on", **since), Text("Each dot is a delivered figure; red: the target.")
    else:
        title = Text("{name}: the years from {year} on", **since)
        caption = Text("Cumulated from the start of each year. Bold: this year; dotted: last year; red: the target.")
    so_far = words.with_measure(nr.plain(last.value, outlook, lang), projection.measure, lang)
    known = say("To {day}: {amount} {status}.", lang, day=last.end, amount=so_far, status=nr.status_note(last, lang))
    return Frame(
        title=title[lang],
        subtitle=as_known(outlook, lang),
        alt=f"{title[lang]}. {known} {caption[lang]}",
        caption=caption[lang],
        height=HEIGHT,
        phone_height=PHONE_HEIGHT,
        lang=lang,
        table=_figures(outlook, lines, lang),
        mark=projection.unit.mark,
    )


def _figures(outlook: Outlook, lines: Lines, lang: str) -> Figures:
    """Every figure drawn, the oldest first."""
    seen, found, measure = outlook.projection.seen, of_fan(outlook), outlook.projection.measure[lang]
    columns = (say("To", lang), f"{in_context('of a curve', 'Figure')[lang]}, {measure}".rstrip(", "), say("Kind", lang))
    rows = tuple(
        (
            words.date_text(point.end, lang),
            nr.bare(outlook, f"{'seen' if point in seen else 'past'}@{point.end}", lang, found),
            choices.STATUS_WORDS[point.kind][lang],
        )
        for points in lines.values()
        for point in points
    )
    return Figures(columns, rows)
