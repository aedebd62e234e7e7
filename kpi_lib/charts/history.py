"""The years before: amounts and growth rates laid over one another, a level from year to year, with the target."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import altair as alt

from kpi_lib import words
from kpi_lib.charts.base.axes import X, Y, ground, month_axis, padded, scale, unit_axis
from kpi_lib.charts.base.behind import Figures
from kpi_lib.charts.base.frame import Frame, framed
from kpi_lib.charts.base.labels import Key, Label, end_labels, free_corner, keyed
from kpi_lib.charts.base.style import FAINT, INK, PAPER, QUIET, SIZE, TARGET, either, layer, tips
from kpi_lib.charts.base.words import as_known, one
from kpi_lib.figures.histories import Point
from kpi_lib.forecast.projection import Projection
from kpi_lib.narrative import choices
from kpi_lib.narrative import outlooks as nr
from kpi_lib.outlook.values.course import is_level, level_points, of_fan
from kpi_lib.outlook.verdict import Outlook
from kpi_lib.periods import MONTHS

HEIGHT, PHONE_HEIGHT = 320, 290
PLOT = 735, 320  # of the lines, about, beside their labels
YEARS = 6  # past years laid over one another
LEVEL_YEARS = 9  # years of a level before the judged one
Lines = dict[int, Sequence[Point]]  # figures by the year whose line they are
_NOW: dict[str, Any] = {"color": INK, "strokeWidth": 2.4}
_STYLES: dict[int, dict[str, Any]] = {
    0: _NOW,
    -1: {"color": QUIET, "strokeWidth": 1.8, "strokeDash": [1.5, 3]},
}  # by years from the judged one


def history(outlook: Outlook, lang: str = "vi") -> alt.LayerChart | None:
    """Every year over the same months, cumulated from its start, or a level through the years; the target across. None without a figure."""
    projection = outlook.projection
    lines = _lines(projection)
    if not lines:
        return None
    shown = [point.value for points in lines.values() for point in points]
    domain = _domain(outlook, shown + ([outlook.threshold] if math.isfinite(outlook.threshold) else []))
    first = _place(projection, lines[projection.year][0], projection.year) - 0.5 if is_level(projection) else 0.0
    axis = _year_axis(projection, first) if is_level(projection) else month_axis(lang, projection.calendar)
    labels = _labels(outlook, lines, lang)
    layers = [
        ground(axis, alt.Y("y:Q", scale=scale(domain), axis=unit_axis(projection.measure[lang], domain, projection.decimals))),
        *(each for year, points in lines.items() for each in _line(outlook, year, points, lang)),
        *_goal(outlook, first),
        *_last_words(outlook, lines, domain, first, lang),
        *([end_labels(labels, float(MONTHS), domain, (HEIGHT, PHONE_HEIGHT))] if labels else []),
        *keyed(_keys(outlook, lines, lang)),
    ]
    return framed(layers, _frame(outlook, lines, lang))


def _lines(projection: Projection) -> Lines:
    """The figures drawn by the year whose line they are, the judged one last; a level is one line."""
    if is_level(projection):
        points = level_points(projection, LEVEL_YEARS)
        return {projection.year: points} if points else {}
    past = [(year, points) for year, points in sorted(projection.past.items()) if points][-YEARS:]
    return dict([*past, *([(projection.year, projection.seen)] if projection.seen else [])])


def _place(projection: Projection, point: Point, year: int) -> float:
    return projection.calendar.place(point.end, year)


def _domain(outlook: Outlook, shown: Sequence[float]) -> tuple[float, float]:
    if outlook.indicator.adds_up:
        return min(0.0, *shown), 1.06 * max(*shown, 1e-9)
    return padded(shown, floor=outlook.indicator.lower, ceiling=outlook.indicator.upper)


def _year_axis(projection: Projection, first: float) -> alt.X:
    """The years' ends, at most nine of them."""
    step = max(1, math.ceil(-first / MONTHS / 8))
    ends = {MONTHS * k: projection.calendar.end(projection.year + k - 1) for k in range(1, math.floor(first / MONTHS), -step)}
    ticks = [x for x in sorted(ends) if x >= first]
    wording = f"{[f'{ends[x].month}/{ends[x].year}' for x in ticks]}[(datum.value - {ticks[0]}) / {MONTHS * step}]"
    shown = alt.ExprRef(f"phone ? {ticks[(len(ticks) - 1) % 2 :: 2]} : {ticks}")
    axis = alt.Axis(values=shown, labelExpr=wording, grid=False, title=None, labelOverlap=False, labelFlush=False)
    return alt.X("x:Q", scale=scale([first, MONTHS]), axis=axis)


def _line(outlook: Outlook, year: int, points: Sequence[Point], lang: str) -> list[alt.Chart]:
    """The line of a year with its figures, each in words under the pointer."""
    projection = outlook.projection
    style = _STYLES.get(year - projection.year, {"color": FAINT, "strokeWidth": 1.1})
    rows: list[dict[str, Any]] = [
        {
            "x": _place(projection, point, year),
            "y": point.value,
            "day": words.date_text(point.end, lang),
            "v": words.with_measure(nr.plain(point.value, outlook, lang), projection.measure, lang),
            "k": choices.STATUS_WORDS[point.status][lang],
        }
        for point in points
    ]
    start = [{"x": 0.0, "y": 0.0}] if outlook.indicator.adds_up else []
    line = layer([*start, *({"x": row["x"], "y": row["y"]} for row in rows)]).mark_line(**style)
    few = year == projection.year and len(rows) <= 2 * MONTHS
    dots = layer(rows).mark_point(filled=True, color=style["color"], size=either(40, 30) if few else 12, opacity=1)
    tooltip = tips(lang, day=("Đến ngày", "To"), v=("Kết quả", "Figure"), k=("Loại số", "Kind of figure"))
    return [line.encode(x=X, y=Y), dots.encode(x=X, y=Y, tooltip=tooltip)]


def _last_words(outlook: Outlook, lines: Lines, domain: tuple[float, float], first: float, lang: str) -> list[alt.Chart]:
    """The year that still runs, where its line ends, and how far it has come; a whole one is said at the end of the plot."""
    projection = outlook.projection
    year, points = [*lines.items()][-1]
    if year != projection.year or projection.calendar.is_year_end(points[-1].end):
        return []
    goal = [[(first, outlook.threshold), (float(MONTHS), outlook.threshold)]] if math.isfinite(outlook.threshold) else []
    drawn = [[(_place(projection, point, own), point.value) for point in of] for own, of in lines.items()] + goal
    width, height = PLOT
    scaled = [
        [((x - first) / (MONTHS - first) * width, (y - domain[0]) / (domain[1] - domain[0]) * height) for x, y in one] for one in drawn
    ]
    last = scaled[len(lines) - 1][-1]
    said = ("" if is_level(projection) else f"{projection.named()} ") + nr.plain(points[-1].value, outlook, lang)
    align, dx, dy = free_corner(scaled, last, len(said))
    row = [{"x": _place(projection, points[-1], year), "y": points[-1].value}]
    edges: tuple[dict[str, Any], ...] = (
        {"stroke": PAPER, "strokeWidth": 3.5, "opacity": 0.85},
        {},
    )  # a pale edge first: a line may pass beneath
    return [
        layer(row)
        .mark_text(text=said, align=align, dx=dx, dy=dy, fontSize=SIZE, fontWeight="bold", color=INK, **edge)  # type: ignore[arg-type]
        .encode(x=X, y=Y)
        for edge in edges
    ]


def _goal(outlook: Outlook, first: float) -> list[alt.Chart]:
    if not math.isfinite(outlook.threshold):
        return []
    rule = layer([{"x": first, "x2": float(MONTHS), "y": outlook.threshold}]).mark_rule(color=TARGET, strokeWidth=2.0)
    return [rule.encode(x=X, x2=alt.X2("x2"), y=Y)]


def _labels(outlook: Outlook, lines: Lines, lang: str) -> list[Label]:
    """Words at the right end: the years that are whole, and the target."""
    projection, labels = outlook.projection, []
    for year, points in lines.items():
        if points[-1].end == projection.calendar.end(year):
            colour, weight = (INK, "bold") if year == projection.year else (QUIET, "normal")
            value = points[-1].value
            labels.append(Label(value, projection.named(year), nr.plain(value, outlook, lang), colour, weight))  # type: ignore[arg-type]
    if math.isfinite(outlook.threshold):
        labels.append(Label(outlook.threshold, one(lang, "Mục tiêu", "Target"), nr.plain(outlook.threshold, outlook, lang), TARGET, "bold"))
    return labels


def _keys(outlook: Outlook, lines: Lines, lang: str) -> list[Key]:
    projection = outlook.projection
    if is_level(projection):
        return [Key("circle", INK, one(lang, "số đã giao", "delivered figure"))]
    keys = [Key("line", INK, projection.named())] if projection.year in lines else []
    keys += [Key("dot", QUIET, projection.named(projection.year - 1))] if projection.year - 1 in lines else []
    return keys + ([Key("line", FAINT, one(lang, "các năm trước đó", "years before"))] if min(lines) < projection.year - 1 else [])


def _frame(outlook: Outlook, lines: Lines, lang: str) -> Frame:
    projection = outlook.projection
    name, first = projection.indicator.short[lang], next(iter(lines.values()))[0]
    since = projection.named(projection.calendar.year_of(first.end))
    if is_level(projection):
        title = one(lang, f"{name}: diễn biến từ năm {since}", f"{name}: from {since} on")
        caption = one(lang, "Mỗi chấm là một số đã giao; đường đỏ: mục tiêu.", "Each dot is a delivered figure; red: the target.")
    else:
        title = one(lang, f"{name}: các năm từ {since}", f"{name}: the years from {since} on")
        caption = one(
            lang,
            "Luỹ kế từ đầu mỗi năm. Đậm: năm nay; chấm nhỏ: năm trước; đường đỏ: mục tiêu.",
            "Cumulated from the start of each year. Bold: this year; dotted: last year; red: the target.",
        )
    last = [*lines.values()][-1][-1]
    so_far = words.with_measure(nr.plain(last.value, outlook, lang), projection.measure, lang)
    known = one(lang, f"Đến ngày {words.date_text(last.end, lang)}: {so_far}", f"To {words.date_text(last.end, lang)}: {so_far}")
    return Frame(
        title=title,
        subtitle=as_known(outlook, lang),
        alt=f"{title}. {known} {nr.status_note(last, lang)}. {caption}",
        caption=caption,
        height=HEIGHT,
        phone_height=PHONE_HEIGHT,
        lang=lang,
        table=_figures(outlook, lines, lang),
        mark=projection.unit.mark,
    )


def _figures(outlook: Outlook, lines: Lines, lang: str) -> Figures:
    """Every figure drawn, the oldest first."""
    seen, found, measure = outlook.projection.seen, of_fan(outlook), outlook.projection.measure[lang]
    result = one(lang, "Kết quả", "Figure")
    columns = (one(lang, "Đến ngày", "To"), f"{result}, {measure}".rstrip(", "), one(lang, "Loại số", "Kind"))
    rows = tuple(
        (
            words.date_text(point.end, lang),
            nr.bare(outlook, f"{'seen' if point in seen else 'past'}@{point.end}", lang, found),
            choices.STATUS_WORDS[point.status][lang],
        )
        for points in lines.values()
        for point in points
    )
    return Figures(columns, rows)
