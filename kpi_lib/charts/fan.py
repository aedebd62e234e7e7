"""The fan of the year: what is known, what is projected, and the goal."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from typing import Any

import altair as alt

from kpi_lib import words
from kpi_lib.charts.base.axes import X, Y, ground, month_axis, padded, scale, unit_axis
from kpi_lib.charts.base.behind import fan_figures
from kpi_lib.charts.base.frame import Frame, framed
from kpi_lib.charts.base.labels import Key, Label, end_labels, free_corner, keyed
from kpi_lib.charts.base.style import BANDS, FAINT, INK, PAPER, PROJECTED, QUIET, TARGET, either, layer, tips
from kpi_lib.charts.base.words import as_known, interval_words, version_word
from kpi_lib.forecast.projection import Projection
from kpi_lib.narrative import choices
from kpi_lib.narrative import outlooks as nr
from kpi_lib.outlook.values.course import drawn_points, fan_rows, is_level, last_year, level_points, other_versions, plan_profile
from kpi_lib.outlook.verdict import Outlook
from kpi_lib.periods import MONTHS, QUARTER, Calendar
from kpi_lib.words.messages import Text, in_context, say

HEIGHT, PHONE_HEIGHT = 340, 290
PLOT_WIDTHS = 735, 205  # of the fan, about, beside its labels


def fan(outlook: Outlook, lang: str = "vi") -> alt.LayerChart | None:
    """The year as it went so far, the target, and where the year may end: bands that hold it with 50, 80 and 95 % probability.

    Amounts are shown cumulated, growth rates for the year to date, levels over the last years. A complete year has no bands; where
    nothing can be projected, what is known and the target are shown. None when there is neither a figure nor a past year to show.
    """
    projection = outlook.projection
    if not projection.seen and not (projection.past and (projection.known or math.isfinite(outlook.threshold))):
        return None
    rows_ahead = fan_rows(projection)
    plan = plan_profile(outlook)
    labels = _end_words(outlook, lang)
    domain = _fan_domain(outlook, rows_ahead)
    layers = [
        ground(_time_axis(projection, lang), _value_axis(projection, domain, lang)),
        *_bands(rows_ahead),
        *_past_line(projection),
        *_plan_line(plan),
        *_target_lines(outlook),
        *_straight(projection),
        *_seen(outlook, rows_ahead, plan, domain, lang),
        *([end_labels(labels, float(MONTHS), domain, (HEIGHT, PHONE_HEIGHT))] if labels else []),
        *keyed(_fan_keys(outlook, bool(rows_ahead), bool(plan), lang)),
        *_hover(outlook, rows_ahead, domain, lang),
    ]
    frame = Frame(
        title=_fan_title(projection, lang),
        subtitle=as_known(outlook, lang),
        alt=_fan_alt(outlook, lang),
        caption=_fan_caption(outlook, bool(rows_ahead), lang),
        height=HEIGHT,
        phone_height=PHONE_HEIGHT,
        lang=lang,
        table=fan_figures(outlook, rows_ahead, plan, lang),
        mark=projection.unit.mark,
    )
    return framed(layers, frame)


# ---- where things stand on the two axes ----------------------------------------------------------------------------------------


def _first_x(projection: Projection) -> float:
    if projection.indicator.adds_up:
        return 0.0
    if projection.indicator.kind.growth_to_date:
        return 2.2
    points = level_points(projection)
    first = min((projection.calendar.place(point.end, projection.year) for point in points), default=0.0)
    return min(first - 1.5, 0.0)


def _time_axis(projection: Projection, lang: str) -> alt.X:
    if projection.indicator.adds_up:
        return month_axis(lang, projection.calendar)
    low = _first_x(projection)
    ticks, phone_ticks, wording = _year_ticks(projection.year, low, projection.calendar)
    title = say("year", lang) if low <= -14 else None
    if projection.indicator.kind.growth_to_date:
        ticks = phone_ticks = list(range(QUARTER, MONTHS + 1, QUARTER))
        wording = say("['Q1','Half year','9 months','Year']", lang) + "[datum.value / 3 - 1]"
        title = say("year to date", lang)
    axis = alt.Axis(
        values=alt.ExprRef(f"phone ? {phone_ticks} : {ticks}"),
        labelExpr=wording,
        grid=False,
        title=title,
        labelOverlap=False,
        labelFlush=False,
    )
    return alt.X("x:Q", scale=scale([low, MONTHS]), axis=axis)


def _year_ticks(year: int, low: float, calendar: Calendar) -> tuple[list[int], list[int], str]:
    """Ticks of a level's axis, wide and on a phone, and their words: years in their middle, or month ends when the years are few."""
    if low <= -MONTHS - 2:
        step = MONTHS * max(1, math.ceil(-low / (6 * MONTHS)))
        ticks = [x for x in range(MONTHS // 2, int(low), -step) if x > low + 2][::-1]
        wording = f"{[calendar.name(year + x // MONTHS) for x in ticks]}[(datum.value - {ticks[0]}) / {step}]"
        return ticks, ticks[(len(ticks) - 1) % 2 :: 2] if len(ticks) > 4 else ticks, wording
    ticks = [x for x in range(MONTHS, int(low) - 1, -QUARTER) if x > low][::-1]
    ends = [calendar.month_end(year, x) for x in ticks]
    wording = f"{[f'{end.month}/{end.year}' for end in ends]}[(datum.value - {ticks[0]}) / {QUARTER}]"
    return ticks, [x for x in ticks if x % (MONTHS // 2) == 0], wording


def _value_axis(projection: Projection, domain: tuple[float, float], lang: str) -> alt.Y:
    axis = unit_axis(projection.measure[lang], domain, projection.decimals)
    return alt.Y("y:Q", scale=scale(domain), axis=axis)


def _fan_domain(outlook: Outlook, rows_ahead: list[dict[str, Any]]) -> tuple[float, float]:
    projection = outlook.projection
    shown = [point.value for point in projection.seen]
    shown += [value for row in rows_ahead for value in (row["a95"], row["b95"])]
    shown += [verdict.threshold for verdict in other_versions(outlook)] + [outlook.threshold, _straight_line(projection)]
    shown += [point.value for point in (level_points(projection) if is_level(projection) else last_year(projection))]
    shown = [value for value in shown if math.isfinite(value)] or [1.0]
    if projection.indicator.adds_up:
        return 0.0, 1.05 * max(shown)
    ind = projection.indicator
    return padded(shown, floor=ind.lower, ceiling=ind.upper)


# ---- the layers of the fan -------------------------------------------------------------------------------------------------------


def _bands(rows: list[dict[str, Any]]) -> list[alt.Chart]:
    """The three bands and the median; a single projected day, with nothing before it, is drawn as nested bars."""
    if not rows:
        return []
    base = layer([{key: value for key, value in row.items() if key != "end"} for row in rows])
    layers = []
    for width, (level, colour) in zip((10, 16, 22), BANDS.items(), strict=True):
        mark = base.mark_area(color=colour, opacity=1) if len(rows) > 1 else base.mark_rule(color=colour, strokeWidth=width, opacity=1)
        layers.append(mark.encode(x=X, y=alt.Y(f"a{100 * level:.0f}:Q"), y2=alt.Y2(f"b{100 * level:.0f}")))
    if len(rows) == 1:
        return [
            *layers,
            base.mark_point(filled=True, color=PROJECTED, size=50, opacity=1).encode(x=X, y=Y),
        ]
    return [*layers, base.mark_line(color=PROJECTED, strokeDash=[6, 4], strokeWidth=2).encode(x=X, y=Y)]


def _past_line(projection: Projection) -> list[alt.Chart]:
    points = last_year(projection)
    if not points:
        return []
    rows = [{"x": projection.calendar.months_gone(point.end), "y": point.value} for point in points]
    if projection.indicator.adds_up:
        rows.insert(0, {"x": 0.0, "y": 0.0})
    line = layer(rows).mark_line(color=FAINT, strokeWidth=1.6, point=alt.OverlayMarkDef(color=FAINT, size=14, filled=True, opacity=1))
    return [line.encode(x=X, y=Y)]


def _plan_line(plan: Mapping[int, float]) -> list[alt.Chart]:
    """The way to the target at the pace of past years."""
    if not plan:
        return []
    rows = _plan_rows(plan)
    return [layer(rows).mark_line(color=TARGET, strokeWidth=1.3, strokeDash=[5, 4]).encode(x=X, y=Y)]


def _plan_rows(plan: Mapping[int, float]) -> list[dict[str, float]]:
    return [{"x": 0.0, "y": 0.0}, *({"x": float(month), "y": value} for month, value in plan.items())]


def _target_lines(outlook: Outlook) -> list[alt.Chart]:
    layers = []
    low = _first_x(outlook.projection)
    heights = [(outlook.threshold, 2.2)] if math.isfinite(outlook.threshold) else []
    for height, width in heights + [(verdict.threshold, 1.0) for verdict in other_versions(outlook)]:
        line = layer([{"x": low, "x2": MONTHS, "y": height}]).mark_rule(color=TARGET, strokeWidth=width)
        layers.append(line.encode(x=X, x2=alt.X2("x2"), y=Y))
    return layers


def _straight_line(projection: Projection) -> float:
    return projection.straight_line if projection.indicator.adds_up and not projection.complete else float("nan")


def _straight(projection: Projection) -> list[alt.Chart]:
    end = _straight_line(projection)
    if not math.isfinite(end):
        return []
    rows = [{"x": 0.0, "y": 0.0}, {"x": float(MONTHS), "y": end}]
    return [layer(rows).mark_line(color=QUIET, strokeWidth=1.1, strokeDash=[1.5, 3]).encode(x=X, y=Y)]


def _seen(
    outlook: Outlook, rows_ahead: list[dict[str, Any]], plan: Mapping[int, float], domain: tuple[float, float], lang: str
) -> list[alt.Chart]:
    """What was published: a line through the figures, filled where actual and hollow where estimated; the last one in words."""
    projection = outlook.projection
    points = drawn_points(projection)
    if not points:
        return []
    rows = [
        {"x": projection.calendar.place(point.end, projection.year), "y": point.value, "s": int(point.status != "estimate")}
        for point in points
    ]
    start = [{"x": 0.0, "y": 0.0}] if projection.indicator.adds_up else []
    line = layer([*start, *rows]).mark_line(color=INK, strokeWidth=2.2).encode(x=X, y=Y)
    dots = layer(rows).mark_point(
        size=50 if len(rows) <= 15 else 16, opacity=1, strokeWidth=1.8 if len(rows) <= 15 else 1.2, stroke=INK, filled=True
    )
    fill = alt.Fill("s:N", scale=alt.Scale(domain=[0, 1], range=[PAPER, INK]), legend=None)
    layers = [line, dots.encode(x=X, y=Y, fill=fill)]
    if projection.complete:
        return layers  # the label at the year's end says it
    wording = nr.plain(points[-1].value, outlook, lang)
    sizes = zip(PLOT_WIDTHS, (HEIGHT, PHONE_HEIGHT), strict=True)
    corners = [_corner(outlook, [[*start, *rows], _plan_rows(plan)], rows_ahead, domain, size, len(wording)) for size in sizes]
    (align, dx, dy), (align_phone, dx_phone, dy_phone) = corners
    place: dict[str, Any] = {"align": either(align, align_phone), "dx": either(dx, dx_phone), "dy": either(dy, dy_phone)}
    edges: tuple[dict[str, Any], ...] = ({"stroke": PAPER, "strokeWidth": 3.5, "opacity": 0.85}, {})
    for edge in edges:  # a pale edge first: on a phone a line may pass beneath
        text = layer([rows[-1]]).mark_text(text=wording, fontSize=either(14, 12.5), fontWeight="bold", color=INK, **place, **edge)
        layers.append(text.encode(x=X, y=Y))
    return layers


def _corner(
    outlook: Outlook,
    drawn: list[list[dict[str, Any]]],
    rows_ahead: list[dict[str, Any]],
    domain: tuple[float, float],
    size: tuple[int, int],
    letters: int,
) -> tuple[str, int, int]:
    """The free corner beside the last figure, the end of the first line drawn, in a plot of about that many pixels."""
    projection = outlook.projection
    low = _first_x(projection)

    def pixel(x: float, y: float) -> tuple[float, float]:
        return (x - low) / (MONTHS - low) * size[0], (y - domain[0]) / (domain[1] - domain[0]) * size[1]

    lines = [[pixel(row["x"], row["y"]) for row in rows] for rows in drawn]
    lines += [[pixel(row["x"], row[key]) for row in rows_ahead] for key in ("y", "a95", "b95")]
    lines += [[pixel(projection.calendar.months_gone(point.end), point.value) for point in last_year(projection)]]
    lines += [
        [pixel(low, height), pixel(MONTHS, height)]
        for height in (outlook.threshold, *(v.threshold for v in other_versions(outlook)))
        if math.isfinite(height)
    ]
    if math.isfinite(_straight_line(projection)):
        lines.append([pixel(0, 0), pixel(MONTHS, projection.straight_line)])
    lines += [[(size[0] + beyond, 0.0), (size[0] + beyond, float(size[1]))] for beyond in range(7, 42, 7)]  # the end labels' room
    return free_corner(lines, lines[0][-1], letters)


def _hover(outlook: Outlook, rows_ahead: list[dict[str, Any]], domain: tuple[float, float], lang: str) -> list[alt.Chart]:
    """Unseen columns that answer to the pointer, in words and in the reader's number format."""
    projection = outlook.projection
    points, measure = drawn_points(projection), projection.measure

    def shown(value: float) -> str:
        return nr.plain(value, outlook, lang)

    known = [
        {
            "x": projection.calendar.place(point.end, projection.year),
            "a": domain[0],
            "b": domain[1],
            "day": words.date_text(point.end, lang),
            "reached": words.with_measure(shown(point.value), measure, lang),
            "status": choices.STATUS_WORDS[point.status][lang],
            "out": words.date_text(point.published, lang),
        }
        for point in points
    ]
    projected = [
        {
            "x": row["x"],
            "a": domain[0],
            "b": domain[1],
            "day": words.date_text(dt.date.fromisoformat(row["end"]), lang),
            "middle": words.with_measure(shown(row["y"]), measure, lang),
            **{f"in{band}": f"{shown(row[f'a{band}'])} – {shown(row[f'b{band}'])}" for band in (50, 80, 95)},
        }
        for row in rows_ahead
        if row["end"] and row["x"] > max((projection.calendar.place(point.end, projection.year) for point in points), default=-999)
    ]
    past = tips(
        lang,
        day=in_context("of a figure", "To"),
        reached=in_context("of a curve", "Figure"),
        status=Text("Kind of figure"),
        out=in_context("of a curve", "Published"),
    )
    bands = {f"in{band}": in_context("heading", "{level} % interval", level=band) for band in (50, 80, 95)}
    ahead = tips(lang, day=in_context("of a figure", "To"), middle=Text("Projected (median)"), **bands)
    layers = []
    for rows, tooltip in ((known, past), (projected, ahead)):
        if rows:
            column = layer(rows).mark_rule(strokeWidth=26, opacity=0.001, color=INK)
            layers.append(column.encode(x=X, y=alt.Y("a:Q"), y2=alt.Y2("b"), tooltip=tooltip))
    return layers


# ---- the words of the fan --------------------------------------------------------------------------------------------------------


def _end_words(outlook: Outlook, lang: str) -> list[Label]:
    """The direct labels at the year's end."""
    projection = outlook.projection

    def shown(value: float) -> str:
        return nr.plain(value, outlook, lang)

    labels = []
    if projection.complete:
        labels.append(Label(projection.quantile(0.5), say("Year", lang), shown(projection.quantile(0.5)), INK, "bold"))
    elif projection.known:
        middle = projection.quantile(0.5)
        labels.append(Label(middle, say("Projected", lang), shown(middle), PROJECTED, "bold"))
    if math.isfinite(outlook.threshold):
        labels.append(Label(outlook.threshold, say("Target", lang), shown(outlook.threshold), TARGET, "bold"))
    labels += [Label(v.threshold, version_word(v.target.version, lang), shown(v.threshold), TARGET) for v in other_versions(outlook)]
    if math.isfinite(_straight_line(projection)):
        labels.append(Label(projection.straight_line, say("Straight line", lang), shown(projection.straight_line), QUIET))
    before = last_year(projection)
    if before and projection.calendar.is_year_end(before[-1].end):
        labels.append(
            Label(
                before[-1].value,
                in_context("heading", "{year}", year=projection.named(projection.year - 1))[lang],
                shown(before[-1].value),
                QUIET,
            )
        )
    return labels


def _fan_title(projection: Projection, lang: str) -> str:
    name = projection.indicator.short[lang]
    if is_level(projection) and projection.known:
        return say("{name}: level so far and to the end of {year}", lang, name=name, year=projection.named())
    if not projection.known:
        return say("{name}: what is known, and the target of {year}", lang, name=name, year=projection.named())
    if projection.complete:
        return say("{name}: the course of {year}", lang, name=name, year=projection.named())
    return say("{name}: year to date and projection for {year}", lang, name=name, year=projection.named())


def _fan_keys(outlook: Outlook, fanned: bool, planned: bool, lang: str) -> list[Key]:
    projection = outlook.projection
    points = drawn_points(projection)
    keys = []
    if any(point.status != "estimate" for point in points):
        keys.append(Key("circle", INK, say("actual", lang)))
    if any(point.status == "estimate" for point in points):
        keys.append(Key("hollow", INK, say("estimate", lang)))
    if fanned:
        keys.append(Key("dash", PROJECTED, say("median", lang)))
        keys += [Key("square", BANDS[level], f"{100 * level:.0f} %") for level in sorted(BANDS)]
    if planned:
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
        within = ", ".join(f"{100 * level:.0f} %: {interval_words(outlook, level, lang)}" for level in sorted(BANDS))
        parts.append(say("Projected for the year:", lang) + f" {shown(projection.quantile(0.5))} ({say('intervals', lang)} {within}).")
    if outlook.target is not None:
        parts.append(f"{say('Target', lang)}: {nr.threshold_text(outlook, lang)}.")
    if outlook.judged and math.isfinite(outlook.probability) and not projection.complete:
        parts.append(f"{say('Chance of meeting it', lang)}: {words.chance(outlook.probability, lang)}.")
    before = last_year(projection)
    if before and projection.calendar.is_year_end(before[-1].end):
        parts.append(f"{say('In', lang)} {projection.named(projection.year - 1)}: {shown(before[-1].value)}.")
    return " ".join(parts)


def _fan_caption(outlook: Outlook, fanned: bool, lang: str) -> str:
    projection = outlook.projection
    parts = []
    if fanned:
        within = interval_words(outlook, 0.8, lang)
        parts.append(
            say(
                "With a probability of 80 % the year ends at {within}; the paler band holds 95 %, the darker one 50 %.", lang, within=within
            )
        )
    if math.isfinite(_straight_line(projection)):
        parts.append(say("Dotted: the straight line.", lang))
    if last_year(projection):
        parts.append(say("Grey: {year}.", lang, year=projection.named(projection.year - 1)))
    if not fanned and not projection.complete:
        parts.append(projection.reason[lang])
    return " ".join(parts)
