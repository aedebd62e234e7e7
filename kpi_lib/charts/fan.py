"""The fan of the year: what is known, what is projected, and the goal."""

from __future__ import annotations

import datetime as dt
import json
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import altair as alt

from kpi_lib import narrative as nr
from kpi_lib import words
from kpi_lib.charts.base.axes import X, Y, ground, month_axis, padded, scale, time_axis, unit_axis, year_ticks
from kpi_lib.charts.base.frame import NOTHING, Cell, Figures, Frame, framed
from kpi_lib.charts.base.labels import Key, Label, beside_the_end, end_labels, keyed
from kpi_lib.charts.base.style import BANDS, FAINT, INK, PAPER, PROJECTED, QUIET, TARGET, layer, tips
from kpi_lib.charts.base.words import as_known, in_a_hundred, interval_words, version_word
from kpi_lib.figures.histories import Point
from kpi_lib.forecast.models import MODELS
from kpi_lib.forecast.projection import Projection
from kpi_lib.narrative import choices
from kpi_lib.outlook.values import course
from kpi_lib.outlook.verdict import Outlook
from kpi_lib.periods import MONTHS, QUARTER
from kpi_lib.words.messages import Text, in_context, say

HEIGHT, PHONE_HEIGHT = 340, 290
PLOT_WIDTHS = 735, 205  # of the fan, about, beside its labels
Row = dict[str, Any]
Line = tuple[list[Row], Row]  # its points and its stroke; every line is drawn, lies within the plot, and words keep clear of it


@dataclass(frozen=True, slots=True)
class Mark:
    """A height that stands across the plot: the goal, another version of it, where the straight line ends; `label` names its value."""

    label: str
    height: float
    name: str
    version: str = ""


@dataclass(frozen=True, slots=True)
class Course:
    """What the fan shows of an outlook: published figures, those of the year before, quantiles to come, the pace to the target, the marks."""

    outlook: Outlook
    lang: str
    points: list[Point]
    before: tuple[Point, ...]
    ahead: list[Row]
    plan: dict[int, float]
    marks: list[Mark]

    @property
    def projection(self) -> Projection:
        """Whose year it is."""
        return self.outlook.projection

    def shown(self, value: float) -> str:
        """An amount as the reader sees it."""
        return nr.plain(value, self.outlook, self.lang)

    def place(self, point: Point) -> float:
        """Where a figure stands on the time axis."""
        return self.projection.calendar.place(point.end, self.projection.year)

    @property
    def first(self) -> float:
        """Where the time axis begins."""
        if self.projection.indicator.adds_up:
            return 0.0
        if self.projection.indicator.kind.growth_to_date:
            return 2.2
        return min(min(map(self.place, self.points), default=0.0) - 1.5, 0.0)


def fan(outlook: Outlook, lang: str = "vi") -> alt.LayerChart | None:
    """The year as it went so far, the target, and where the year may end: bands that hold it with 50, 80 and 95% probability.

    Amounts are shown cumulated, growth rates for the year to date, levels over the last years. A complete year has no bands; where
    nothing can be projected, what is known and the target are shown. None when there is neither a figure nor a past year to show.
    """
    projection = outlook.projection
    if not projection.seen and not (projection.past and (projection.known or math.isfinite(outlook.threshold))):
        return None
    points, before = course.drawn_points(projection), course.last_year(projection)
    told = Course(outlook, lang, points, before, course.fan_rows(projection), course.plan_profile(outlook), _marks(outlook, lang))
    lines, labels = _lines(told), _end_words(told)
    domain = _domain(told, lines)
    axis = unit_axis(projection.measure[lang], domain, projection.decimals)
    layers = [
        ground(_time_axis(told), alt.Y("y:Q", scale=scale(domain), axis=axis)),
        *_bands(told.ahead),
        *(layer(rows).mark_line(**stroke).encode(x=X, y=Y) for rows, stroke in lines),
        *_dots(told),
        *([] if projection.complete else _last_figure(told, lines, domain)),  # the label at a complete year's end says it
        *([end_labels(labels, float(MONTHS), domain, (HEIGHT, PHONE_HEIGHT))] if labels else []),
        *keyed(_keys(told)),
        *_hover(told, domain),
    ]
    frame = Frame(
        title=_fan_title(projection, lang),
        subtitle=as_known(outlook, lang),
        alt=_fan_alt(outlook, lang),
        caption=_fan_caption(told),
        height=HEIGHT,
        phone_height=PHONE_HEIGHT,
        lang=lang,
        table=_figures(told),
        said=in_a_hundred(outlook, lang)[1] if told.ahead else (),
        mark=projection.unit.mark,
    )
    return framed(layers, frame)


def _marks(outlook: Outlook, lang: str) -> list[Mark]:
    projection = outlook.projection
    version = version_word(outlook.target.version, lang) if outlook.target else ""
    marks = [Mark("threshold", outlook.threshold, say("Target", lang), version)]
    for verdict in course.other_versions(outlook):
        name = version_word(verdict.target.version, lang)
        marks.append(Mark(f"threshold_{verdict.target.version}", verdict.threshold, name, name))
    if projection.indicator.adds_up and not projection.complete:
        marks.append(Mark("straight_line", projection.straight_line, say("Straight line", lang)))
    return [mark for mark in marks if math.isfinite(mark.height)]


# ---- the axes ------------------------------------------------------------------------------------------------------------------


def _time_axis(told: Course) -> alt.X:
    projection, low, lang = told.projection, told.first, told.lang
    if projection.indicator.adds_up:
        return month_axis(lang, projection.calendar)
    ticks, phone_ticks, wording = year_ticks(projection.year, low, projection.calendar)
    title = say("year", lang) if low <= -14 else None
    if projection.indicator.kind.growth_to_date:
        ticks = phone_ticks = list(range(QUARTER, MONTHS + 1, QUARTER))
        spans = [say("Q1", lang), say("Half year", lang), say("9 months", lang), say("Year", lang)]
        wording = f"{json.dumps(spans, ensure_ascii=False)}[datum.value / 3 - 1]"
        title = say("year to date", lang)
    return time_axis(low, ticks, phone_ticks, wording, title)


def _domain(told: Course, lines: list[Line]) -> tuple[float, float]:
    """Heights from the lowest to the highest shown, an amount's from nothing."""
    ind = told.projection.indicator
    shown = [row["y"] for rows, _ in lines for row in rows] + [row[edge] for row in told.ahead for edge in ("a95", "b95")]
    if ind.adds_up:
        return 0.0, 1.05 * max(shown, default=1.0)
    return padded(shown or [1.0], floor=ind.lower, ceiling=ind.upper)


# ---- the layers ----------------------------------------------------------------------------------------------------------------


def _bands(rows: list[dict[str, Any]]) -> list[alt.Chart]:
    """The three bands and the median; a single projected day, with nothing before it, is drawn as nested bars."""
    if not rows:
        return []
    base = layer([{key: value for key, value in row.items() if key != "end"} for row in rows])
    layers = []
    for width, (level, colour) in zip((10, 16, 22), BANDS.items(), strict=True):
        mark = base.mark_area(color=colour, opacity=1) if len(rows) > 1 else base.mark_rule(color=colour, strokeWidth=width, opacity=1)
        layers.append(mark.encode(x=X, y=alt.Y(f"a{100 * level:.0f}:Q"), y2=alt.Y2(f"b{100 * level:.0f}")))
    alone = base.mark_point(filled=True, color=PROJECTED, size=50, opacity=1)
    median = alone if len(rows) == 1 else base.mark_line(color=PROJECTED, strokeDash=[6, 4], strokeWidth=2)
    return [*layers, median.encode(x=X, y=Y)]


def _lines(told: Course) -> list[Line]:
    """The year before, the way to the target at the pace of past years, the targets, the straight line; the year's own figures last."""
    origin = [{"x": 0.0, "y": 0.0}] if told.projection.indicator.adds_up else []
    lines: list[Line] = []
    if told.before:
        dots, gone = alt.OverlayMarkDef(color=FAINT, size=14, filled=True, opacity=1), told.projection.calendar.months_gone
        before = [{"x": gone(point.end), "y": point.value} for point in told.before]
        lines.append(([*origin, *before], {"color": FAINT, "strokeWidth": 1.6, "point": dots}))
    if told.plan:
        way = [{"x": float(month), "y": value} for month, value in told.plan.items()]
        lines.append(([*origin, *way], {"color": TARGET, "strokeWidth": 1.3, "strokeDash": [5, 4]}))
    for mark in told.marks:
        straight, end = mark.label == "straight_line", {"x": float(MONTHS), "y": mark.height}
        level: Row = {"color": TARGET, "strokeWidth": 2.2 if mark.label == "threshold" else 1.0}
        dotted: Row = {"color": QUIET, "strokeWidth": 1.1, "strokeDash": [1.5, 3]}
        lines.append(([*origin, end], dotted) if straight else ([{**end, "x": told.first}, end], level))
    seen = [{"x": told.place(point), "y": point.value} for point in told.points]
    return [*lines, ([*origin, *seen], {"color": INK, "strokeWidth": 2.2})] if seen else lines


def _dots(told: Course) -> list[alt.Chart]:
    """The published figures, filled where actual and hollow where estimated."""
    if not told.points:
        return []
    rows = [{"x": told.place(point), "y": point.value, "s": int(point.final)} for point in told.points]
    size, edge = (50, 1.8) if len(rows) <= 15 else (16, 1.2)
    fill = alt.Fill("s:N", scale=alt.Scale(domain=[0, 1], range=[PAPER, INK]), legend=None)
    return [layer(rows).mark_point(size=size, opacity=1, strokeWidth=edge, stroke=INK, filled=True).encode(x=X, y=Y, fill=fill)]


def _last_figure(told: Course, lines: list[Line], domain: tuple[float, float]) -> list[alt.Chart]:
    """The last published figure in words, beside it where the fewest lines cross."""
    if not told.points:
        return []
    drawn = [[(row["x"], row["y"]) for row in rows] for rows, _ in reversed(lines)]
    drawn += [[(row["x"], row[key]) for row in told.ahead] for key in ("y", "a95", "b95")]
    sizes = list(zip(PLOT_WIDTHS, (HEIGHT, PHONE_HEIGHT), strict=True))
    return beside_the_end(drawn, told.shown(told.points[-1].value), ((told.first, MONTHS), domain), sizes)


def _hover(told: Course, domain: tuple[float, float]) -> list[alt.Chart]:
    """Unseen columns that answer to the pointer, in words and in the reader's number format."""
    lang, measure, column = told.lang, told.projection.measure, {"a": domain[0], "b": domain[1]}
    known = [
        {
            "x": told.place(point),
            **column,
            "day": words.date_text(point.end, lang),
            "reached": words.with_measure(told.shown(point.value), measure, lang),
            "status": choices.STATUS_WORDS[point.kind][lang],
            "out": words.date_text(point.published, lang),
        }
        for point in told.points
    ]
    projected = [
        {
            "x": row["x"],
            **column,
            "day": words.date_text(dt.date.fromisoformat(row["end"]), lang),
            "middle": words.with_measure(told.shown(row["y"]), measure, lang),
            **{f"in{band}": f"{told.shown(row[f'a{band}'])} – {told.shown(row[f'b{band}'])}" for band in (50, 80, 95)},
        }
        for row in _to_come(told)
    ]
    past = tips(
        lang,
        day=in_context("of a figure", "To"),
        reached=in_context("of a curve", "Figure"),
        status=Text("Kind of figure"),
        out=in_context("of a curve", "Published"),
    )
    bands = {f"in{band}": in_context("heading", "{level}% interval", level=band) for band in (50, 80, 95)}
    ahead = tips(lang, day=in_context("of a figure", "To"), middle=Text("Projected (median)"), **bands)
    unseen: Row = {"strokeWidth": 26, "opacity": 0.001, "color": INK}
    told_of = [(layer(rows).mark_rule(**unseen), tip) for rows, tip in ((known, past), (projected, ahead)) if rows]
    return [base.encode(x=X, y=alt.Y("a:Q"), y2=alt.Y2("b"), tooltip=tip) for base, tip in told_of]


def _to_come(told: Course) -> list[Row]:
    """The projected days after the last published one."""
    return [row for row in told.ahead if row["end"] and row["x"] > max(map(told.place, told.points), default=-math.inf)]


# ---- the words -----------------------------------------------------------------------------------------------------------------


def _end_words(told: Course) -> list[Label]:
    """The direct labels at the year's end."""
    projection, lang = told.projection, told.lang
    labels = []
    if projection.known:
        middle = projection.middle
        name, colour = (say("Year", lang), INK) if projection.complete else (say("Projected", lang), PROJECTED)
        labels.append(Label(middle, name, nr.plain_foreseen(middle, told.outlook, lang), colour, "bold"))
    for mark in told.marks:
        colour = QUIET if mark.label == "straight_line" else TARGET
        labels.append(Label(mark.height, mark.name, told.shown(mark.height), colour, "bold" if mark.label == "threshold" else "normal"))
    if told.before and projection.calendar.is_year_end(told.before[-1].end):
        year, value = projection.named(projection.year - 1), told.before[-1].value
        labels.append(Label(value, in_context("heading", "{year}", year=year)[lang], told.shown(value), QUIET))
    return labels


def _fan_title(projection: Projection, lang: str) -> str:
    name = projection.indicator.short[lang]
    if course.is_level(projection) and projection.known:
        return say("{name}: level so far and to the end of {year}", lang, name=name, year=projection.named())
    if not projection.known:
        return say("{name}: what is known, and the target of {year}", lang, name=name, year=projection.named())
    if projection.complete:
        return say("{name}: the course of {year}", lang, name=name, year=projection.named())
    return say("{name}: year to date and projection for {year}", lang, name=name, year=projection.named())


def _keys(told: Course) -> list[Key]:
    firm, lang = {point.final for point in told.points}, told.lang
    open_kinds = {point.kind for point in told.points if not point.final}
    keys = [Key("circle", INK, say("actual", lang))] if True in firm else []
    keys += (
        [Key("hollow", INK, ", ".join(choices.STATUS_WORDS[kind][lang] for kind in choices.STATUS_WORDS if kind in open_kinds))]
        if open_kinds
        else []
    )
    if told.ahead:
        keys.append(Key("dash", PROJECTED, say("median", lang)))
        keys += [Key("square", BANDS[level], f"{100 * level:.0f}%") for level in sorted(BANDS)]
    if told.plan:
        keys.append(Key("dash", TARGET, say("past years’ pace to the target", lang)))
    return keys or [Key("line", TARGET, say("target", lang))]


def _fan_alt(outlook: Outlook, lang: str) -> str:
    projection = outlook.projection
    parts = [f"{say('Chart', lang)}: {projection.indicator.name[lang]}, {projection.unit.name[lang]}, {projection.named()}."]

    def shown(value: float) -> str:
        return words.with_measure(nr.plain(value, outlook, lang), projection.measure, lang)

    if projection.seen:
        last = projection.seen[-1]
        parts.append(f"{say('To', lang)} {words.date_text(last.end, lang)}: {shown(last.value)} {nr.status_note(last, lang)}.")
    if projection.known and not projection.complete:
        within = ", ".join(f"{100 * level:.0f}%: {interval_words(outlook, level, lang)}" for level in sorted(BANDS))
        middle = words.with_measure(nr.plain_foreseen(projection.quantile(0.5), outlook, lang), projection.measure, lang)
        parts.append(say("Projected for the year:", lang) + f" {middle} ({say('intervals', lang)} {within}).")
    if outlook.target is not None:
        parts.append(f"{say('Target', lang)}: {nr.threshold_text(outlook, lang)}.")
    if outlook.judged and math.isfinite(outlook.probability) and not projection.complete:
        parts.append(f"{say('Chance of meeting it', lang)}: {words.chance(outlook.probability, lang)}.")
    before = course.last_year(projection)
    if before and projection.calendar.is_year_end(before[-1].end):
        parts.append(f"{say('In', lang)} {projection.named(projection.year - 1)}: {shown(before[-1].value)}.")
    return " ".join(parts)


def _fan_caption(told: Course) -> str:
    projection, lang = told.projection, told.lang
    parts = []
    if told.ahead:
        parts.append(in_a_hundred(told.outlook, lang)[0])
    if any(mark.label == "straight_line" for mark in told.marks):
        parts.append(say("Dotted: the straight line.", lang))
    if told.before:
        parts.append(say("Grey: {year}.", lang, year=projection.named(projection.year - 1)))
    return " ".join(parts)


# ---- the figures behind it -----------------------------------------------------------------------------------------------------


def _figures(told: Course) -> Figures:
    """What the fan shows, day by day: published figures, projected quantiles, last year, the pace to the target; then the marks."""
    projection, lang, calendar = told.projection, told.lang, told.projection.calendar
    seen = {told.place(point): point for point in told.points}
    ahead = {row["x"]: row for row in _to_come(told)}
    past = {calendar.months_gone(point.end): point for point in told.before}
    groups = _column_groups(told, seen, ahead, past)
    columns = [say("To", lang), *(name for names, _ in groups for name in names)]
    rows: list[tuple[Cell, ...]] = [
        (words.date_text(calendar.day_at(x, projection.year), lang), *(cell for _, cells in groups for cell in cells(x)))
        for x in sorted({*seen, *ahead, *past, *told.plan})
    ]
    goal = f"{say('Target of', lang)} {projection.named()}"
    for mark in told.marks:
        name = goal if mark.version else MODELS["straight_line"].title[lang]
        said = nr.bare(told.outlook, mark.label, lang), mark.version.lower() or NOTHING
        rows.append((name, *said, *[NOTHING] * (len(columns) - 3)))
    return Figures(tuple(columns), tuple(rows))


def _column_groups(
    told: Course, seen: dict[float, Point], ahead: dict[float, Row], past: dict[float, Point]
) -> list[tuple[list[str], Callable[[float], list[Cell]]]]:
    """Headings and what stands below them on a day: the figure or the projected median with its kind, then what the fan has of the rest."""
    projection, lang, values = told.projection, told.lang, course.of_fan(told.outlook)

    def cell(label: str) -> Cell:
        return nr.bare(told.outlook, label, lang, values)

    def figure(x: float) -> list[Cell]:
        if x in seen:
            which = "seen" if seen[x] in projection.seen else "past"
            return [cell(f"{which}@{seen[x].end}"), choices.STATUS_WORDS[seen[x].kind][lang]]
        return [cell(f"fan50@{ahead[x]['end']}"), say("projected", lang)] if x in ahead else [NOTHING, NOTHING]

    def bands(x: float) -> list[Cell]:
        names = [f"{side}{100 * level:.0f}" for level in course.BAND_LEVELS for side in ("low", "high")]
        return [cell(f"{name}@{ahead[x]['end']}") if x in ahead else NOTHING for name in names]

    what = f"{say('Figure or median', lang)}, {projection.measure[lang]}".rstrip(", ")
    year, end = projection.named(projection.year - 1), projection.calendar.month_end
    sides = say("from", lang), say("to", lang)
    groups: list[tuple[list[str], Callable[[float], list[Cell]]]] = [([what, say("Kind", lang)], figure)]
    if past:
        groups.append(
            ([in_context("heading", "{year}", year=year)[lang]], lambda x: [cell(f"past@{past[x].end}") if x in past else NOTHING])
        )
    if told.plan:
        pace = say("Pace to the target", lang)
        groups.append(([pace], lambda x: [cell(f"plan@{end(projection.year, int(x))}") if x in told.plan else NOTHING]))
    if ahead:
        groups.append(([f"{100 * level:.0f}%: {side}" for level in course.BAND_LEVELS for side in sides], bands))
    return groups
