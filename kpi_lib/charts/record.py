"""Charts of the record and of the deliveries: past projections and outturns, stated chances, revisions, what has arrived."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Sequence
from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from kpi_lib import words
from kpi_lib.charts.base.behind import NOTHING, Cell, Figures
from kpi_lib.charts.base.style import (
    BAD,
    BANDS,
    FAINT,
    GOOD,
    INK,
    PAPER,
    PROJECTED,
    QUIET,
    RULE,
    SIZE,
    TARGET,
    WIDTH,
    Frame,
    Key,
    Label,
    Layer,
    either,
    end_labels,
    framed,
    ground,
    keyed,
    mark_of,
    padded,
    tips,
    unit_axis,
    values,
)
from kpi_lib.charts.base.words import one
from kpi_lib.definitions.indicators import Indicator, Unit, day, read_unit
from kpi_lib.definitions.measures import Measure, measure_of
from kpi_lib.narrative import choices
from kpi_lib.periods import MONTHS, QUARTER, Calendar
from kpi_lib.record.values.data import Arrival, of_arrival, of_arrivals, of_revised, of_spread, revised_estimates
from kpi_lib.record.values.data import arrivals as arrived
from kpi_lib.record.values.record import MANY, chosen, of_inside, of_reliability, of_replays, share_groups, stated, word_bounds
from kpi_lib.words.numbers import month_names
from kpi_lib.words.values import Values


def track_record(
    errors: pd.DataFrame, lang: str = "vi", *, unit: Unit | None = None, measure: Measure | None = None
) -> alt.LayerChart | None:
    """What was projected for past years on their quarterly dates (median and 80 % interval), the straight line, and how the year ended.

    Parameters
    ----------
    errors : rows of one indicator (`frames.ERRORS`); models other than the chosen one and the straight line are not drawn.
    measure : unit of the amounts when it is not the indicator's usual one (for instance percent of the plan).

    Returns
    -------
    None when no row of the chosen model is there.
    """
    ours = chosen(errors)
    if ours.empty:
        return None
    unit = unit or read_unit(str(ours["unit"].iloc[0]))
    ind = unit.indicators[str(ours["indicator"].iloc[0])]
    measure, decimals = measure or ind.natural_measure, ind.natural_decimals
    years = sorted({int(year) for year in ours["year"]})
    place = {year: 4 * position for position, year in enumerate(years)}
    calendar, straight = unit.calendar_of(ind), errors[(errors["model"] == "straight_line") & errors["year"].isin(years)]
    rows, line = ([_record_row(row, place, calendar, measure, decimals, lang) for row in _rows(some)] for some in (ours, straight))
    reviews = calendar.reviews(years[-1])
    ended = [
        {"x": place[year] + 0.45, "x2": place[year] + 3.55, "y": float(ours.loc[ours["year"] == year, "outturn"].iloc[0])} for year in years
    ]
    domain = padded([value for row in rows for value in (row["a"], row["b"])] + [row["y"] for row in [*line, *ended]], floor=ind.lower)
    said = tuple(words.counted(of_inside(errors), label, lang) for label in ("inside80", "replays"))
    inside = said[0].text
    frame = Frame(
        title=one(lang, f"{ind.short.vi}: đã dự báo và thực tế", f"{ind.short.en}: projected and realised"),
        subtitle=one(
            lang,
            f"{unit.name.vi}; mỗi năm ba lần dự báo: giữa tháng {reviews[0].month}, {reviews[1].month} và {reviews[2].month}",
            f"{unit.name.en}; three projections a year: mid {reviews[0]:%B}, {reviews[1]:%B} and {reviews[2]:%B}",
        ),
        alt=_record_alt(ours, errors, ind, calendar, measure, decimals, inside, lang),
        caption=one(
            lang,
            f"Kết quả nằm trong khoảng 80 % ở {inside} trên {len(ours)} lần dự báo. Tính lại bằng số liệu đã có vào từng ngày dự báo.",
            f"The outturn lay inside the 80 % interval {inside} times of {len(ours)}. Replayed on the figures known on each date.",
        ),
        said=said,
        height=280,
        phone_height=260,
        lang=lang,
        table=_record_figures(errors, decimals, measure, lang),
        mark=mark_of(unit),
    )
    keys = [
        Key("square", BANDS[0.80], one(lang, "khoảng 80 %", "80 % interval")),
        Key("circle", PROJECTED, one(lang, "dự báo (số giữa)", "projected (median)")),
        *([Key("hollow-diamond", QUIET, one(lang, "chia đều", "straight line"))] if line else []),
        Key("line", INK, one(lang, "kết quả", "outturn")),
    ]
    axes = _year_axis(years, calendar), alt.Y("y:Q", scale=_scale(domain), axis=unit_axis(measure[lang], domain, decimals))
    return framed([ground(*axes), *_record_layers(rows, line, ended, lang), *keyed(keys)], frame)


def _rows(frame: pd.DataFrame) -> list[Any]:
    """Rows as named tuples."""
    return list(frame.itertuples())


def _scale(domain: Sequence[float]) -> alt.Scale:
    return alt.Scale(domain=list(domain), nice=False, zero=False)


def _year_axis(years: list[int], calendar: Calendar) -> alt.X:
    names = [calendar.name(year) for year in years]
    wording = f"phone ? '’' + slice({names}[(datum.value - 2) / 4], 2) : {names}[(datum.value - 2) / 4]"
    axis = alt.Axis(
        values=[4 * i + 2 for i in range(len(years))], labelExpr=wording, title=None, grid=False, ticks=False, labelOverlap=False
    )
    return alt.X("x:Q", scale=_scale((0.1, 4 * len(years) - 0.1)), axis=axis)


def _record_row(row: Any, place: dict[int, int], calendar: Calendar, measure: Measure, decimals: int, lang: str) -> dict[str, Any]:
    def shown(value: float) -> str:
        return words.number(value, decimals, lang)

    return {
        "x": place[row.year] + int(calendar.place(row.as_of.date(), row.year)) / QUARTER,  # the three reviews stand at 1, 2 and 3
        "y": row.projected,
        "a": row.low80,
        "b": row.high80,
        "when": words.date_text(row.as_of.date(), lang),
        "said": words.with_measure(shown(row.projected), measure, lang),
        "in80": f"{shown(row.low80)} – {shown(row.high80)}",
        "was": words.with_measure(shown(row.outturn), measure, lang),
    }


def _record_layers(rows: list[dict[str, Any]], line: list[dict[str, Any]], ended: list[dict[str, Any]], lang: str) -> list[alt.Chart]:
    wording = {"when": ("Dự báo ngày", "Projected on"), "said": ("Dự báo (số giữa)", "Projected (median)")}
    tooltip = tips(lang, **wording, in80=("Khoảng 80 %", "80 % interval"), was=("Kết quả", "Outturn"))
    ours = Layer(values(rows))
    layers = [
        ours.mark_rule(color=BANDS[0.80], strokeWidth=either(11, 6), opacity=1).encode(
            x=alt.X("x:Q"), y=alt.Y("a:Q"), y2=alt.Y2("b"), tooltip=tooltip
        ),
        Layer(values(ended)).mark_rule(color=INK, strokeWidth=2.4).encode(x=alt.X("x:Q"), x2=alt.X2("x2"), y=alt.Y("y:Q")),
    ]
    if line:
        dots = Layer(values([{key: row[key] for key in ("x", "y", "when", "said", "was")} for row in line]))
        style: dict[str, Any] = {"shape": "diamond", "filled": True, "fill": PAPER, "stroke": QUIET, "strokeWidth": 1.3, "opacity": 1}
        layers.append(
            dots.mark_point(**style, size=either(48, 26)).encode(
                x=alt.X("x:Q"),
                y=alt.Y("y:Q"),
                tooltip=tips(lang, when=wording["when"], said=("Chia đều", "Straight line"), was=("Kết quả", "Outturn")),
            )
        )
    layers.append(
        ours.mark_point(filled=True, color=PROJECTED, size=either(52, 26), opacity=1).encode(
            x=alt.X("x:Q"), y=alt.Y("y:Q"), tooltip=tooltip
        )
    )
    return layers


def _record_figures(errors: pd.DataFrame, decimals: int, measure: Measure, lang: str) -> Figures:
    """Every replayed projection with its interval, the straight line of the same day, and how the year ended."""
    found = of_replays(errors)
    rows: list[tuple[Cell, ...]] = []
    for row in _rows(chosen(errors)):
        day = row.as_of.date()
        names = (
            *(f"{name}@{day}" for name in ("replayed", "replayed_low80", "replayed_high80", "replayed_straight_line")),
            f"outturn@{row.year}",
        )
        rows.append(
            (words.date_text(day, lang), *(words.plainly(found, name, decimals, lang) if name in found else NOTHING for name in names))
        )
    vi = "Dự báo ngày", f"Số giữa, {measure.vi}", "Khoảng 80 %: từ", "đến", "Chia đều", "Kết quả"
    en = "Projected on", f"Median, {measure.en}", "80 % interval: from", "to", "Straight line", "Outturn"
    return Figures(en if lang == "en" else vi, tuple(rows))


def _record_alt(
    ours: pd.DataFrame, errors: pd.DataFrame, ind: Indicator, calendar: Calendar, measure: Measure, decimals: int, inside: str, lang: str
) -> str:
    size = words.with_measure(words.number(float(ours["error"].abs().mean()), decimals, lang), measure, lang)
    line = errors.loc[errors["model"] == "straight_line", "error"].abs()
    first, last = (calendar.name(int(year)) for year in (ours["year"].min(), ours["year"].max()))
    parts = [
        one(
            lang,
            f"{ind.name.vi}, {first}–{last}: sai số bình quân của {len(ours)} lần dự báo là {size};",
            f"{ind.name.en}, {first}–{last}: the mean error of {len(ours)} projections is {size};",
        ),
        one(lang, f"kết quả nằm trong khoảng 80 % {inside} lần.", f"the outturn lay in the 80 % interval {inside} times."),
    ]
    if len(line):
        shown = words.with_measure(words.number(float(line.mean()), decimals, lang), measure, lang)
        parts.append(one(lang, f"Cách chia đều sai bình quân {shown}.", f"The straight line is off by {shown} on average."))
    return " ".join(parts)


# ---- stated chances and what happened ---------------------------------------------------------------------------------------------


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
    summary = one(
        lang,
        f"{n} lần nêu xác suất (n = {n}); bình quân nêu {words.number(mean, 0, lang)} %, đạt {words.number(100 * met / n, 0, lang)} %",
        f"{n} chances stated (n = {n}); {words.number(mean, 0, lang)} % on average, {words.number(100 * met / n, 0, lang)} % came true",
    )
    alt_many = one(lang, "Tỷ lệ đạt theo từng mức xác suất đã nêu", "Share of targets met by stated chance")
    alt_few = one(
        lang, f"Từng xác suất đã nêu: {met} lần đạt, {n - met} lần không đạt", f"Every stated chance: {met} met, {n - met} missed"
    )
    frame = Frame(
        title=one(lang, "Xác suất đã nêu có đúng không?", "Did the stated chances come true?"),
        subtitle=f"{unit.name[lang]}; {summary}",
        alt=f"{alt_many if many else alt_few}. {summary}.",
        caption=_reliability_caption(many, lang),
        height=280 if many else 170,
        phone_height=260 if many else 170,
        lang=lang,
        table=_share_figures(of_reliability(judged), lang) if many else _stated_figures(judged, unit, lang),
        mark=mark_of(unit),
        width=560 if many else WIDTH,
    )
    return framed(_shares(judged, lang) if many else _strip(judged, unit, lang), frame)


def _stated_figures(judged: pd.DataFrame, unit: Unit, lang: str) -> Figures:
    """Every stated chance and what came of it, the lowest first."""
    lines = {str(key): of_replays(own) for key, own in judged.groupby("indicator")}
    rows: list[tuple[Cell, ...]] = []
    for row in _rows(judged.sort_values(["probability", "year", "as_of", "indicator"])):
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
    vi, en = ("Chỉ tiêu, năm", "Nêu ngày", "Xác suất đã nêu", "Kết quả"), ("Target, year", "Stated on", "Stated chance", "Outcome")
    return Figures(en if lang == "en" else vi, tuple(rows))


def _short_name(unit: Unit, key: str, lang: str) -> str:
    return unit.indicators[key].short[lang] if key in unit.indicators else key


def _share_figures(found: Values, lang: str) -> Figures:
    """What was stated and what came true, by ranges of the status words."""
    rows: list[tuple[Cell, ...]] = []
    for number in (name.removeprefix("chances_") for name in found if name.startswith("chances_")):
        shares = (words.in_percent(found, f"{name}_{number}", 0, lang) for name in ("stated", "met", "met_low90", "met_high90"))
        rows.append((number, words.counted(found, f"chances_{number}", lang), *shares))
    vi = "Nhóm", "Số lần", "Nêu bình quân", "Đạt", "Khoảng 90 %: từ", "đến"
    en = "Group", "Number", "Stated, mean", "Met", "90 % interval: from", "to"
    return Figures(en if lang == "en" else vi, tuple(rows))


def _reliability_caption(many: bool, lang: str) -> str:
    if many:
        return one(
            lang,
            "Chấm trên đường chéo: nêu sao đúng vậy. Vạch đứng: khoảng 90 % của tỷ lệ thật; con số: số lần nêu.",
            "Dots on the diagonal: as often as said. Bars: 90 % interval of the true share; figures: how many chances.",
        )
    return one(
        lang,
        "Nêu xác suất tốt thì lần đạt dồn về bên phải, lần không đạt dồn về bên trái. Các lần nêu của cùng một năm không độc lập với nhau.",
        "With good chances the targets met gather on the right, those missed on the left. Chances of one year are not independent.",
    )


def _percent_axis(title: str, ticks: Sequence[float]) -> alt.X:
    axis = alt.Axis(
        values=list(ticks), labelExpr="datum.label + ' %'", format=".0f", title=title, grid=False, labelOverlap=False, ticks=False
    )
    return alt.X("x:Q", scale=_scale((-3, 103)), axis=axis)


def _strip(judged: pd.DataFrame, unit: Unit, lang: str) -> list[alt.Chart]:
    """Every stated chance as a dot, stacked where several are alike."""
    stack: dict[tuple[int, int], int] = {}
    rows = []
    for row in _rows(judged.sort_values(["probability", "year", "as_of", "indicator"])):
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
    title = one(lang, "xác suất đã nêu", "stated chance")
    y = alt.Y("y:Q", scale=_scale((-reach, reach)), axis=None)
    x = _percent_axis(title, word_bounds())
    bounds = Layer(values([{"x": bound} for bound in word_bounds()])).mark_rule(color=RULE).encode(x=x)
    middle = Layer(values([{"y": 0}])).mark_rule(color=FAINT).encode(y=y)
    tooltip = tips(lang, n=("Chỉ tiêu", "Target"), when=("Nêu ngày", "Stated on"), p=("Xác suất đã nêu", "Stated chance"))
    layers = [ground(x, y), bounds, middle]
    size = either(*(round(min(150.0, (limit / (2 * reach)) ** 2 * 0.6), 1) for limit in (170, 150)))
    for good, shape, fill, stroke in ((1, "circle", GOOD, GOOD), (0, "diamond", PAPER, BAD)):
        side = [{key: row[key] for key in ("x", "y", "n", "when", "p")} for row in rows if row["g"] == good]
        wording = (
            one(lang, f"đạt: {len(side)}", f"met: {len(side)}") if good else one(lang, f"không đạt: {len(side)}", f"missed: {len(side)}")
        )
        place = {"x": alt.XValue(2), "y": alt.YValue(6 if good else alt.ExprRef("height - 10"))}
        text = Layer(values([{}])).mark_text(text=wording, align="left", baseline="middle", fontSize=SIZE, fontWeight="bold", color=stroke)
        layers.append(text.encode(**place))
        if side:
            dots = Layer(values(side)).mark_point(shape=shape, filled=True, fill=fill, stroke=stroke, strokeWidth=1.5, opacity=1, size=size)
            layers.append(dots.encode(x=x, y=y, tooltip=tooltip))
    return layers


def _shares(judged: pd.DataFrame, lang: str) -> list[alt.Chart]:
    """Share met against chance stated, by the status words' ranges."""
    names = {"x": "stated", "y": "met", "a": "met_low90", "b": "met_high90"}
    rows: list[dict[str, Any]] = [
        {key: 100 * group[name] for key, name in names.items()} | {"n": f"{group['chances']:.0f}"} for group in share_groups(judged)
    ]
    rows = [{**row, "p": f"{words.number(row['x'], 0, lang)} %", "s": f"{words.number(row['y'], 0, lang)} %"} for row in rows]
    x = _percent_axis(one(lang, "xác suất đã nêu", "stated chance"), (0, 25, 50, 75, 100))
    axis = unit_axis(one(lang, "% số lần đạt", "% of targets met"), (0, 100), 0)
    y = alt.Y("y:Q", scale=_scale((-3, 103)), axis=axis)
    tooltip = tips(lang, p=("Nêu bình quân", "Stated, mean"), s=("Đạt", "Met"), n=("Số lần", "Number"))
    base = Layer(values(rows))
    return [
        ground(x, y),
        Layer(values([{"x": 0, "y": 0}, {"x": 100, "y": 100}])).mark_line(color=FAINT, strokeDash=[5, 4], strokeWidth=1.4).encode(x=x, y=y),
        base.mark_rule(color=BANDS[0.80], strokeWidth=7, opacity=1).encode(x=x, y=alt.Y("a:Q"), y2=alt.Y2("b"), tooltip=tooltip),
        base.mark_point(filled=True, color=PROJECTED, size=80, opacity=1).encode(x=x, y=y, tooltip=tooltip),
        base.mark_text(align="left", dx=8, dy=-1, fontSize=SIZE, color=QUIET).encode(x=x, y=y, text=alt.Text("n:N")),
    ]


# ---- what an estimate is worth ------------------------------------------------------------------------------------------------------


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
    measure = ind.measure.difference[lang] if points else "%"

    def signed(value: float) -> str:
        return words.signed(value, decimals, lang)

    for row in rows:
        row |= {
            "t": _period_text(row["basis"], row["end"], unit.calendar_of(ind), lang),
            "r": f"{signed(row['y'])} {measure}",
        }
        row |= {"e": words.number(row["first"], ind.natural_decimals, lang), "l": words.number(row["last"], ind.natural_decimals, lang)}
    domain = padded([*change, 0.0], share=0.12)
    frame = Frame(
        title=one(lang, f"{ind.short.vi}: số ước được sửa bao nhiêu?", f"{ind.short.en}: how far are estimates revised?"),
        subtitle=one(
            lang,
            f"{unit.name.vi}; số mới nhất so với số ước đầu tiên của {len(rows)} kỳ",
            f"{unit.name.en}; latest figure against first estimate, {len(rows)} periods",
        ),
        alt=_revisions_alt(ind, rows, change, measure, signed, lang),
        caption=one(
            lang,
            f"Vùng xám chứa 80 % số lần sửa: từ {signed(low)} đến {signed(high)} {measure}.",
            f"The grey band holds 80 % of the revisions: {signed(low)} to {signed(high)} {measure}.",
        ),
        said=tuple(words.bound(spread, label, signed) for label in ("low80", "high80")),
        height=220,
        phone_height=210,
        lang=lang,
        table=_revision_figures(rows, of_revised(ind, revised), ind, measure, signed, lang),
        mark=mark_of(unit),
    )
    rows = [{key: row[key] for key in ("x", "y", "t", "r", "e", "l")} for row in rows]
    return framed(_revision_layers(rows, (low, high), domain, measure, decimals, signed, lang), frame)


def _revision_figures(
    rows: list[dict[str, Any]], found: Values, ind: Indicator, measure: str, signed: Callable[[float], str], lang: str
) -> Figures:
    """Every period's first estimate, latest figure and the change."""
    cells: list[tuple[Cell, ...]] = []
    for row in rows:
        first, latest = (words.plainly(found, f"{name}@{row['end']}", ind.natural_decimals, lang) for name in ("first", "latest"))
        cells.append((row["t"], first, latest, words.bound(found, f"revision@{row['end']}", lambda value: f"{signed(value)} {measure}")))
    vi, en = ("Kỳ", "Ước đầu tiên", "Số mới nhất", f"Sửa, {measure}"), ("Period", "First estimate", "Latest figure", f"Revision, {measure}")
    return Figures(en if lang == "en" else vi, tuple(cells))


def _period_text(basis: str, end: dt.date, calendar: Calendar, lang: str) -> str:
    year, month = calendar.month_of(end)
    if basis == "month":
        return one(lang, f"T{end.month}/{end.year}", f"{end:%b} {end.year}")
    if basis == "quarter":
        return f"Q{-(-month // QUARTER)}/{calendar.name(year)}"
    if basis == "year":
        return calendar.name(year)
    return one(lang, f"đến {end:%d/%m/%Y}", f"to {end.day} {end:%b} {end.year}")


def _revisions_alt(ind: Indicator, rows: list[dict[str, Any]], change: list[float], measure: str, signed: Any, lang: str) -> str:
    size = words.number(float(np.mean(np.abs(change))), 1, lang)
    up = sum(value > 0 for value in change)
    return one(
        lang,
        f"{ind.name.vi}: {len(rows)} kỳ từ {rows[0]['t']} đến {rows[-1]['t']}; sửa bình quân {size} {measure}, {up} lần sửa lên; lớn nhất {signed(max(change))}, nhỏ nhất {signed(min(change))}.",
        f"{ind.name.en}: {len(rows)} periods from {rows[0]['t']} to {rows[-1]['t']}; mean size {size} {measure}, {up} times upwards; largest {signed(max(change))}, smallest {signed(min(change))}.",
    )


def _revision_layers(
    rows: list[dict[str, Any]],
    middle: tuple[float, float],
    domain: tuple[float, float],
    measure: str,
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
    x = alt.X("x:Q", scale=_scale((-0.7, n - 0.3)), axis=axis)
    y = alt.Y(
        "y:Q",
        scale=_scale(domain),
        axis=unit_axis(one(lang, f"sửa so với số ước đầu tiên, {measure}", f"revision of the first estimate, {measure}"), domain, decimals),
    )
    tooltip = tips(
        lang, t=("Kỳ", "Period"), e=("Ước đầu tiên", "First estimate"), l=("Số mới nhất", "Latest figure"), r=("Sửa", "Revision")
    )
    band = Layer(values([{"x": -0.7, "x2": n - 0.3, "y": middle[0], "y2": middle[1]}])).mark_rect(color="#e9edf0", opacity=1)
    zero = Layer(values([{"y": 0}])).mark_rule(color=FAINT, strokeWidth=1.2)
    base = Layer(values(rows))
    layers = [
        ground(x, y),
        band.encode(x=alt.X("x:Q"), x2=alt.X2("x2"), y=alt.Y("y:Q"), y2=alt.Y2("y2")),
        zero.encode(y=y),
        base.mark_rule(color=FAINT, strokeWidth=1.6).encode(x=x, y=y, y2=alt.Y2Datum(0), tooltip=tooltip),
    ]
    for test, shape, colour in (("> 0", "triangle-up", GOOD), ("< 0", "triangle-down", BAD), ("== 0", "circle", QUIET)):
        dots = base.transform_filter(f"datum.y {test}").mark_point(shape=shape, filled=True, color=colour, size=either(60, 32), opacity=1)
        layers.append(dots.encode(x=x, y=y, tooltip=tooltip))
    labels = [Label(value, "", signed(value), QUIET) for value in middle if middle[1] - middle[0] > 0]
    return [*layers, end_labels(labels, n - 0.3, domain, (220, 210))] if labels else layers


# ---- what has arrived ---------------------------------------------------------------------------------------------------------------

CELLS = {"actual": ("#1d5f99", INK), "estimate": ("#b7d3ea", INK), "missing": (PAPER, TARGET), "waiting": ("#f1f4f6", "#f1f4f6")}
ROW, PHONE_ROW = 24, 40


def arrivals(obs: pd.DataFrame, unit: Unit, year: int, as_of: dt.date | str, lang: str = "vi") -> alt.LayerChart:
    """Which figures of the year have arrived by `as_of`: indicators by months, actual, estimate, overdue or not yet due.

    A figure stands in the month its period ends. It is overdue when the indicator's time for delivery after a due period has passed
    without any figure for that month; a small mark says that it came after that time.
    """
    moment, lines = day(as_of), list(unit.indicators.values())
    cells = arrived(obs, unit, year, moment)
    rows = [_cell_row(cell, lines.index(cell.indicator), lang) for cell in cells]
    counts = {state: sum(row["s"] == state for row in rows) for state in CELLS}
    wording = {
        "actual": one(lang, "thực hiện", "actual"),
        "estimate": one(lang, "ước", "estimate"),
        "missing": one(lang, "quá hạn, chưa có", "overdue"),
        "waiting": one(lang, "chưa đến hạn", "not due yet"),
    }
    summary = ", ".join(f"{wording[state]}: {count}" for state, count in counts.items())
    said = tuple(words.counted(of_arrivals(cells, year), label, lang) for label in ("overdue", "late"))
    frame = Frame(
        title=one(lang, f"Số liệu năm {unit.calendar.name(year)} đã nhận được", f"Figures of {unit.calendar.name(year)} received"),
        subtitle=f"{unit.name[lang]}, {one(lang, 'đến ngày', 'to')} {words.date_text(moment, lang)}",
        alt=one(lang, f"Lịch nhận số liệu của {len(unit.indicators)} chỉ tiêu", f"Calendar of figures for {len(unit.indicators)} targets")
        + f": {summary}.",
        caption=one(
            lang,
            f"Mỗi ô là tháng mà kỳ số liệu kết thúc. Quá hạn: {said[0].text}; đến muộn (chấm trắng): {said[1].text}.",
            f"Each cell is the month in which the period ends. Overdue: {said[0].text}; arrived late (white dot): {said[1].text}.",
        ),
        said=said,
        height=ROW * len(unit.indicators),
        phone_height=PHONE_ROW * len(unit.indicators),
        lang=lang,
        table=_arrival_figures(cells, unit, wording, lang),
        mark=mark_of(unit),
    )
    return framed(_arrival_layers(rows, unit, wording, lang), frame)


def _arrival_figures(cells: Sequence[Arrival], unit: Unit, wording: dict[str, str], lang: str) -> Figures:
    """What arrived for every line and month, or why nothing stands there."""
    found = {(cell.indicator.id, cell.month): cell for cell in cells}

    def shown(cell: Arrival | None) -> Cell:
        if cell is None or cell.state not in ("actual", "estimate"):
            return "" if cell is None else wording[cell.state]
        tail = _own_measure(cell, lang) + (f" ({wording['estimate']})" if cell.state == "estimate" else "")
        values = of_arrival(cell)
        return words.bound(values, next(iter(values)), lambda value: words.trimmed(value, cell.indicator.natural_decimals, lang) + tail)

    months = month_names(lang, unit.calendar)
    table = [(ind.short[lang], *(shown(found.get((ind.id, m))) for m, _ in enumerate(months, start=1))) for ind in unit.indicators.values()]
    return Figures((one(lang, "Chỉ tiêu", "Target"), *months), tuple(table))


def _own_measure(cell: Arrival, lang: str) -> str:
    """The unit of a figure that is not in the line's usual one."""
    given = measure_of(cell.measure)
    return "" if given == cell.indicator.natural_measure else f" {given[lang]}"


def _cell_row(cell: Arrival, line: int, lang: str) -> dict[str, Any]:
    """A cell of the calendar as the chart has it: line, month, state, day, and the figure in words."""
    row: dict[str, Any] = {"i": line, "m": cell.month, "s": cell.state, "u": words.date_text(cell.day, lang)}
    if cell.state in ("actual", "estimate"):
        row["t"] = words.trimmed(cell.value, cell.indicator.natural_decimals, lang)
        row |= {"q": own.strip()} if (own := _own_measure(cell, lang)) else {}
    return row | ({"d": cell.late} if cell.late else {})


def _arrival_layers(rows: list[dict[str, Any]], unit: Unit, wording: dict[str, str], lang: str) -> list[alt.Chart]:
    lines = list(unit.indicators.values())
    names = [ind.short[lang] for ind in lines]
    units = [ind.natural_measure[lang] for ind in lines]
    months = month_names(lang, unit.calendar)
    axis = alt.Axis(
        values=list(range(1, MONTHS + 1)),
        labelExpr=f"{months}[datum.value - 1]",
        orient="top",
        grid=False,
        domain=False,
        ticks=False,
        title=None,
        labelOverlap=False,
        labelFontSize=SIZE,
    )

    def x_of(field: str) -> alt.X:
        return alt.X(field, scale=_scale((0.45, MONTHS + 0.55)), axis=axis)

    def y_of(field: str) -> alt.Y:
        return alt.Y(field, scale=_scale((len(names) - 0.5, -0.5)), axis=None)

    x, y = x_of("m:Q"), y_of("i:Q")
    rule = Layer(values([{"i": i} for i in range(len(names))])).mark_rule(color=RULE, opacity=either(1, 0))
    layers = [ground(x, y), rule.encode(y=y)]
    words_of = {"n": ("Chỉ tiêu", "Target"), "w": ("Tháng", "Month"), "k": ("Tình trạng", "State")}
    came = tips(lang, **words_of, v=("Số liệu", "Figure"), u=("Công bố", "Published"))
    awaited = tips(lang, **words_of, u=("Hạn nhận", "Due"))
    base = Layer(values([{**row, "s": list(CELLS).index(row["s"])} for row in rows]))
    for code, (state, (fill, stroke)) in enumerate(CELLS.items()):
        part = base.transform_filter(f"datum.s == {code}").transform_calculate(
            n=f"{names}[datum.i]",
            w=f"{months}[datum.m - 1]",
            k=f"'{wording[state]}'",
            a="datum.m - 0.44",
            b="datum.m + 0.44",
            top="phone ? datum.i - 0.02 : datum.i - 0.38",
            low="phone ? datum.i + 0.42 : datum.i + 0.38",
        )
        arrived = state in ("actual", "estimate")
        part = part.transform_calculate(v=f"datum.t + ' ' + (datum.q || {units}[datum.i])") if arrived else part
        style: dict[str, Any] = {"fill": fill, "stroke": stroke, "strokeWidth": 1.6 if state == "missing" else 0, "opacity": 1}
        layers.append(
            part.mark_rect(**style).encode(
                x=x_of("a:Q"), x2=alt.X2("b"), y=y_of("top:Q"), y2=alt.Y2("low"), tooltip=came if arrived else awaited
            )
        )
    marked = base.transform_calculate(h="phone ? datum.i + 0.2 : datum.i")
    late = marked.transform_filter("datum.d > 0").mark_point(filled=True, fill=PAPER, stroke=INK, strokeWidth=0.8, size=26, opacity=1)
    cross = marked.transform_filter(f"datum.s == {list(CELLS).index('missing')}").mark_text(text="✕", fontSize=SIZE, color=TARGET)
    layers += [late.encode(x=x, y=y_of("h:Q")), cross.encode(x=x, y=y_of("h:Q"))]
    label = Layer(values([{"i": i, "n": name} for i, name in enumerate(names)])).mark_text(
        align=either("right", "left"), baseline="middle", dx=either(-10, 2), dy=either(0, -11), fontSize=SIZE, color=INK
    )
    layers.append(label.encode(x=alt.XValue(0), y=y, text=alt.Text("n:N")))
    shapes = {"actual": "square", "estimate": "square", "missing": "hollow-square", "waiting": "square"}
    return [*layers, *keyed([Key(shapes[state], CELLS[state][state == "missing"], wording[state]) for state in CELLS], above=24)]
