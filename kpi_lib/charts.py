"""Charts of an outlook: the fan of the year, the year's end as equally likely futures, all lines at a glance.

Those of the record and of the deliveries are in `charts_record`; every chart function of the library can be had from here.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt

from kpi_lib import narrative as nr
from kpi_lib.charts_behind import fan_figures, overview_figures
from kpi_lib.charts_futures import distribution
from kpi_lib.charts_pace import pace
from kpi_lib.charts_record import arrivals, reliability, revisions, track_record
from kpi_lib.charts_style import (
    BANDS,
    FAINT,
    INK,
    PAPER,
    PROJECTED,
    QUIET,
    RULE,
    SIZE,
    STATUS_COLOURS,
    TARGET,
    Frame,
    Key,
    Label,
    Layer,
    either,
    end_labels,
    framed,
    free_corner,
    ground,
    keyed,
    month_axis,
    padded,
    tips,
    unit_axis,
    values,
)
from kpi_lib.charts_together import together
from kpi_lib.charts_words import as_known, interval_words, one, version_word
from kpi_lib.outlook import BOUNDS, LOW_BOUNDS, Outlook, worst_first
from kpi_lib.periods import MONTHS, QUARTER, Calendar
from kpi_lib.projected import Projection
from kpi_lib.values.course import (
    drawn_points,
    fan_rows,
    is_level,
    last_year,
    level_points,
    other_versions,
    plan_profile,
)

__all__ = ["arrivals", "distribution", "fan", "overview", "pace", "reliability", "revisions", "together", "track_record"]

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
    ticks, phone_ticks, words = _year_ticks(projection.year, low, projection.calendar)
    title = one(lang, "năm", "year") if low <= -14 else None
    if projection.indicator.kind.growth_to_date:
        ticks = phone_ticks = list(range(QUARTER, MONTHS + 1, QUARTER))
        words = one(lang, "['Quý I','6 tháng','9 tháng','Cả năm']", "['Q1','Half year','9 months','Year']") + "[datum.value / 3 - 1]"
        title = one(lang, "từ đầu năm đến hết", "year to date")
    axis = alt.Axis(
        values=alt.ExprRef(f"phone ? {phone_ticks} : {ticks}"),
        labelExpr=words,
        grid=False,
        title=title,
        labelOverlap=False,
        labelFlush=False,
    )
    return alt.X("x:Q", scale=alt.Scale(domain=[low, MONTHS], nice=False, zero=False), axis=axis)


def _year_ticks(year: int, low: float, calendar: Calendar) -> tuple[list[int], list[int], str]:
    """Ticks of a level's axis, wide and on a phone, and their words: years in their middle, or month ends when the years are few."""
    if low <= -MONTHS - 2:
        step = MONTHS * max(1, math.ceil(-low / (6 * MONTHS)))
        ticks = [x for x in range(MONTHS // 2, int(low), -step) if x > low + 2][::-1]
        words = f"{[calendar.name(year + x // MONTHS) for x in ticks]}[(datum.value - {ticks[0]}) / {step}]"
        return ticks, ticks[(len(ticks) - 1) % 2 :: 2] if len(ticks) > 4 else ticks, words
    ticks = [x for x in range(MONTHS, int(low) - 1, -QUARTER) if x > low][::-1]
    ends = [calendar.month_end(year, x) for x in ticks]
    words = f"{[f'{end.month}/{end.year}' for end in ends]}[(datum.value - {ticks[0]}) / {QUARTER}]"
    return ticks, [x for x in ticks if x % (MONTHS // 2) == 0], words


def _value_axis(projection: Projection, domain: tuple[float, float], lang: str) -> alt.Y:
    axis = unit_axis(projection.measure[lang], domain, projection.decimals)
    return alt.Y("y:Q", scale=alt.Scale(domain=list(domain), nice=False, zero=False), axis=axis)


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
    data = values([{key: value for key, value in row.items() if key != "end"} for row in rows])
    layers = []
    for width, (level, colour) in zip((10, 16, 22), BANDS.items(), strict=True):
        base = Layer(data)
        mark = base.mark_area(color=colour, opacity=1) if len(rows) > 1 else base.mark_rule(color=colour, strokeWidth=width, opacity=1)
        layers.append(mark.encode(x=alt.X("x:Q"), y=alt.Y(f"a{100 * level:.0f}:Q"), y2=alt.Y2(f"b{100 * level:.0f}")))
    if len(rows) == 1:
        return [
            *layers,
            Layer(data).mark_point(filled=True, color=PROJECTED, size=50, opacity=1).encode(x=alt.X("x:Q"), y=alt.Y("y:Q")),
        ]
    return [*layers, Layer(data).mark_line(color=PROJECTED, strokeDash=[6, 4], strokeWidth=2).encode(x=alt.X("x:Q"), y=alt.Y("y:Q"))]


def _past_line(projection: Projection) -> list[alt.Chart]:
    points = last_year(projection)
    if not points:
        return []
    rows = [{"x": projection.calendar.months_gone(point.end), "y": point.value} for point in points]
    if projection.indicator.adds_up:
        rows.insert(0, {"x": 0.0, "y": 0.0})
    line = Layer(values(rows)).mark_line(
        color=FAINT, strokeWidth=1.6, point=alt.OverlayMarkDef(color=FAINT, size=14, filled=True, opacity=1)
    )
    return [line.encode(x=alt.X("x:Q"), y=alt.Y("y:Q"))]


def _plan_line(plan: Mapping[int, float]) -> list[alt.Chart]:
    """The way to the target at the pace of past years."""
    if not plan:
        return []
    rows = _plan_rows(plan)
    return [Layer(values(rows)).mark_line(color=TARGET, strokeWidth=1.3, strokeDash=[5, 4]).encode(x=alt.X("x:Q"), y=alt.Y("y:Q"))]


def _plan_rows(plan: Mapping[int, float]) -> list[dict[str, float]]:
    return [{"x": 0.0, "y": 0.0}, *({"x": float(month), "y": value} for month, value in plan.items())]


def _target_lines(outlook: Outlook) -> list[alt.Chart]:
    layers = []
    low = _first_x(outlook.projection)
    heights = [(outlook.threshold, 2.2)] if math.isfinite(outlook.threshold) else []
    for height, width in heights + [(verdict.threshold, 1.0) for verdict in other_versions(outlook)]:
        line = Layer(values([{"x": low, "x2": MONTHS, "y": height}])).mark_rule(color=TARGET, strokeWidth=width)
        layers.append(line.encode(x=alt.X("x:Q"), x2=alt.X2("x2"), y=alt.Y("y:Q")))
    return layers


def _straight_line(projection: Projection) -> float:
    return projection.straight_line if projection.indicator.adds_up and not projection.complete else float("nan")


def _straight(projection: Projection) -> list[alt.Chart]:
    end = _straight_line(projection)
    if not math.isfinite(end):
        return []
    rows = [{"x": 0.0, "y": 0.0}, {"x": float(MONTHS), "y": end}]
    return [Layer(values(rows)).mark_line(color=QUIET, strokeWidth=1.1, strokeDash=[1.5, 3]).encode(x=alt.X("x:Q"), y=alt.Y("y:Q"))]


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
    line = Layer(values([*start, *rows])).mark_line(color=INK, strokeWidth=2.2).encode(x=alt.X("x:Q"), y=alt.Y("y:Q"))
    dots = Layer(values(rows)).mark_point(
        size=50 if len(rows) <= 15 else 16, opacity=1, strokeWidth=1.8 if len(rows) <= 15 else 1.2, stroke=INK, filled=True
    )
    fill = alt.Fill("s:N", scale=alt.Scale(domain=[0, 1], range=[PAPER, INK]), legend=None)
    layers = [line, dots.encode(x=alt.X("x:Q"), y=alt.Y("y:Q"), fill=fill)]
    if projection.complete:
        return layers  # the label at the year's end says it
    words = nr.plain(points[-1].value, outlook, lang)
    sizes = zip(PLOT_WIDTHS, (HEIGHT, PHONE_HEIGHT), strict=True)
    corners = [_corner(outlook, [[*start, *rows], _plan_rows(plan)], rows_ahead, domain, size, len(words)) for size in sizes]
    (align, dx, dy), (align_phone, dx_phone, dy_phone) = corners
    place: dict[str, Any] = {"align": either(align, align_phone), "dx": either(dx, dx_phone), "dy": either(dy, dy_phone)}
    edges: tuple[dict[str, Any], ...] = ({"stroke": PAPER, "strokeWidth": 3.5, "opacity": 0.85}, {})
    for edge in edges:  # a pale edge first: on a phone a line may pass beneath
        text = Layer(values([rows[-1]])).mark_text(text=words, fontSize=either(14, 12.5), fontWeight="bold", color=INK, **place, **edge)
        layers.append(text.encode(x=alt.X("x:Q"), y=alt.Y("y:Q")))
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
            "day": nr.date_text(point.end, lang),
            "reached": nr.with_measure(shown(point.value), measure, lang),
            "status": nr.STATUS_WORDS[point.status][lang],
            "out": nr.date_text(point.published, lang),
        }
        for point in points
    ]
    projected = [
        {
            "x": row["x"],
            "a": domain[0],
            "b": domain[1],
            "day": nr.date_text(dt.date.fromisoformat(row["end"]), lang),
            "middle": nr.with_measure(shown(row["y"]), measure, lang),
            **{f"in{band}": f"{shown(row[f'a{band}'])} – {shown(row[f'b{band}'])}" for band in (50, 80, 95)},
        }
        for row in rows_ahead
        if row["end"] and row["x"] > max((projection.calendar.place(point.end, projection.year) for point in points), default=-999)
    ]
    past = tips(
        lang,
        day=("Tính đến ngày", "To"),
        reached=("Kết quả", "Figure"),
        status=("Loại số", "Kind of figure"),
        out=("Công bố ngày", "Published"),
    )
    bands = {f"in{band}": (f"Khoảng {band} %", f"{band} % interval") for band in (50, 80, 95)}
    ahead = tips(lang, day=("Tính đến ngày", "To"), middle=("Dự báo (số giữa)", "Projected (median)"), **bands)
    layers = []
    for rows, tooltip in ((known, past), (projected, ahead)):
        if rows:
            column = Layer(values(rows)).mark_rule(strokeWidth=26, opacity=0.001, color=INK)
            layers.append(column.encode(x=alt.X("x:Q"), y=alt.Y("a:Q"), y2=alt.Y2("b"), tooltip=tooltip))
    return layers


# ---- the words of the fan --------------------------------------------------------------------------------------------------------


def _end_words(outlook: Outlook, lang: str) -> list[Label]:
    """The direct labels at the year's end."""
    projection = outlook.projection

    def shown(value: float) -> str:
        return nr.plain(value, outlook, lang)

    labels = []
    if projection.complete:
        labels.append(Label(projection.quantile(0.5), one(lang, "Cả năm", "Year"), shown(projection.quantile(0.5)), INK, "bold"))
    elif projection.known:
        middle = projection.quantile(0.5)
        labels.append(Label(middle, one(lang, "Dự báo", "Projected"), shown(middle), PROJECTED, "bold"))
    if math.isfinite(outlook.threshold):
        labels.append(Label(outlook.threshold, one(lang, "Mục tiêu", "Target"), shown(outlook.threshold), TARGET, "bold"))
    labels += [Label(v.threshold, version_word(v.target.version, lang), shown(v.threshold), TARGET) for v in other_versions(outlook)]
    if math.isfinite(_straight_line(projection)):
        labels.append(Label(projection.straight_line, one(lang, "Chia đều", "Straight line"), shown(projection.straight_line), QUIET))
    before = last_year(projection)
    if before and projection.calendar.is_year_end(before[-1].end):
        labels.append(
            Label(
                before[-1].value,
                one(lang, f"Năm {projection.named(projection.year - 1)}", f"{projection.named(projection.year - 1)}"),
                shown(before[-1].value),
                QUIET,
            )
        )
    return labels


def _fan_title(projection: Projection, lang: str) -> str:
    name = projection.indicator.short[lang]
    if is_level(projection) and projection.known:
        return one(
            lang,
            f"{name}: mức đã đạt và dự báo đến cuối năm {projection.named()}",
            f"{name}: level so far and to the end of {projection.named()}",
        )
    if not projection.known:
        return one(
            lang,
            f"{name}: những số đã biết và mục tiêu {projection.named()}",
            f"{name}: what is known, and the target of {projection.named()}",
        )
    if projection.complete:
        return one(lang, f"{name}: diễn biến từ đầu năm {projection.named()}", f"{name}: the course of {projection.named()}")
    return one(
        lang, f"{name}: từ đầu năm và dự báo cả năm {projection.named()}", f"{name}: year to date and projection for {projection.named()}"
    )


def _fan_keys(outlook: Outlook, fanned: bool, planned: bool, lang: str) -> list[Key]:
    projection = outlook.projection
    points = drawn_points(projection)
    keys = []
    if any(point.status != "estimate" for point in points):
        keys.append(Key("circle", INK, one(lang, "thực hiện", "actual")))
    if any(point.status == "estimate" for point in points):
        keys.append(Key("hollow", INK, one(lang, "ước", "estimate")))
    if fanned:
        keys.append(Key("dash", PROJECTED, one(lang, "số giữa", "median")))
        keys += [Key("square", BANDS[level], f"{100 * level:.0f} %") for level in sorted(BANDS)]
    if planned:
        keys.append(Key("dash", TARGET, one(lang, "nhịp các năm trước để đạt mục tiêu", "past years’ pace to the target")))
    return keys or [Key("line", TARGET, one(lang, "mục tiêu", "target"))]


def _fan_alt(outlook: Outlook, lang: str) -> str:
    projection = outlook.projection
    parts = [f"{one(lang, 'Biểu đồ', 'Chart')}: {projection.indicator.name[lang]}, {projection.unit.name[lang]}, {projection.named()}."]

    def shown(value: float) -> str:
        return nr.with_measure(nr.plain(value, outlook, lang), projection.measure, lang)

    if projection.seen:
        last = projection.seen[-1]
        parts.append(f"{one(lang, 'Đến ngày', 'To')} {nr.date_text(last.end, lang)}: {shown(last.value)} {nr.status_note(last, lang)}.")
    if projection.known and not projection.complete:
        within = ", ".join(f"{100 * level:.0f} %: {interval_words(outlook, level, lang)}" for level in sorted(BANDS))
        parts.append(
            one(lang, "Cả năm dự báo", "Projected for the year:")
            + f" {shown(projection.quantile(0.5))} ({one(lang, 'khoảng', 'intervals')} {within})."
        )
    if outlook.target is not None:
        parts.append(f"{one(lang, 'Mục tiêu', 'Target')}: {nr.threshold_text(outlook, lang)}.")
    if outlook.judged and math.isfinite(outlook.probability) and not projection.complete:
        parts.append(f"{one(lang, 'Xác suất đạt', 'Chance of meeting it')}: {nr.chance(outlook.probability, lang)}.")
    before = last_year(projection)
    if before and projection.calendar.is_year_end(before[-1].end):
        parts.append(f"{one(lang, 'Năm', 'In')} {projection.named(projection.year - 1)}: {shown(before[-1].value)}.")
    return " ".join(parts)


def _fan_caption(outlook: Outlook, fanned: bool, lang: str) -> str:
    projection = outlook.projection
    parts = []
    if fanned:
        within = interval_words(outlook, 0.8, lang)
        parts.append(
            one(
                lang,
                f"Với xác suất 80 %, năm kết thúc ở mức {within}; vùng nhạt hơn là 95 %, đậm hơn là 50 %.",
                f"With a probability of 80 % the year ends at {within}; the paler band holds 95 %, the darker one 50 %.",
            )
        )
    if math.isfinite(_straight_line(projection)):
        parts.append(one(lang, "Nét chấm: chia đều theo thời gian.", "Dotted: the straight line."))
    if last_year(projection):
        parts.append(
            one(lang, f"Đường xám: năm {projection.named(projection.year - 1)}.", f"Grey: {projection.named(projection.year - 1)}.")
        )
    if not fanned and not projection.complete:
        parts.append(projection.reason[lang])
    return " ".join(parts)


# ---- all lines at a glance -------------------------------------------------------------------------------------------------------

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
            "q": nr.chance(item.probability, lang),
            "goal": nr.threshold_text(item, lang),
        }
        for position, item in enumerate(judged)
    ]
    projection = judged[0].projection
    frame = Frame(
        title=one(lang, f"Xác suất đạt chỉ tiêu năm {projection.named()}", f"The chance of meeting each target of {projection.named()}"),
        subtitle=as_known(judged[0], lang),
        alt=_overview_alt(judged, lang),
        caption=one(
            lang,
            "Đáng lo nhất ở trên cùng; vạch dọc là ranh giới giữa các mức. Không vẽ chỉ tiêu chưa đủ cơ sở đánh giá.",
            "The most worrying on top; the vertical lines divide the status words. Targets that cannot be judged are left out.",
        ),
        height=ROW * len(rows),
        phone_height=PHONE_ROW * len(rows),
        lang=lang,
        table=overview_figures(judged, lang),
        mark=projection.unit.mark,
    )
    return framed(_overview_layers(rows, lang), frame)


def _overview_layers(rows: list[dict[str, Any]], lang: str) -> list[alt.Chart]:
    bounds = sorted(100 * bound for bound, _ in (*BOUNDS, *LOW_BOUNDS))
    axis = alt.Axis(
        values=bounds, orient="top", format=".0f", labelExpr="datum.label + ' %'", grid=False, domain=False, ticks=False, title=None
    )
    axis.labelOverlap = False
    x = alt.X("p:Q", scale=alt.Scale(domain=[0, 100], nice=False), axis=axis)
    y = alt.Y("i:Q", scale=alt.Scale(domain=[len(rows) - 0.5, -0.5], nice=False, zero=False), axis=None)
    grid = Layer(values([{"p": bound} for bound in (0, *bounds, 100)])).mark_rule(color=RULE, strokeWidth=1).encode(x=x)
    base = Layer(values(rows))
    colour = alt.Color("c:N", scale=None)
    low = either(0, 9)
    tooltip = tips(
        lang, n=("Chỉ tiêu", "Target"), s=("Mức", "Status"), q=("Xác suất đạt", "Chance of meeting it"), goal=("Yêu cầu", "Asked for")
    )
    stems = base.mark_rule(strokeWidth=3, opacity=0.55, yOffset=low).encode(x=x, x2=alt.X2Datum(0), y=y, color=colour)
    dots = base.mark_point(filled=True, size=150, opacity=1, yOffset=low).encode(x=x, y=y, color=colour, tooltip=tooltip)
    names = base.mark_text(
        align=either("right", "left"), baseline="middle", dx=either(-12, 0), dy=either(0, -10), fontSize=either(13.5, 12.5), color=INK
    )
    chances = base.mark_text(
        align="right", baseline="middle", dx=either(58, 0), dy=either(0, -10), fontSize=either(13.5, 12.5), fontWeight="bold"
    )
    words = base.mark_text(align=either("left", "right"), baseline="middle", dx=either(70, -52), dy=either(0, -10), fontSize=SIZE)
    end = alt.XValue(alt.ExprRef("width"))
    return [
        grid,
        stems,
        dots,
        names.encode(x=alt.XValue(0), y=y, text=alt.Text("n:N")),
        chances.encode(x=end, y=y, text=alt.Text("q:N"), color=colour),
        words.encode(x=end, y=y, text=alt.Text("s:N"), color=colour),
    ]


def _overview_alt(judged: list[Outlook], lang: str) -> str:
    lines = "; ".join(f"{item.indicator.short[lang]}: {nr.chance(item.probability, lang)}, {item.word.name[lang]}" for item in judged)
    return one(
        lang,
        f"Xác suất đạt của {len(judged)} chỉ tiêu, đáng lo nhất trước: {lines}.",
        f"Chance of meeting {len(judged)} targets, the most worrying first: {lines}.",
    )
