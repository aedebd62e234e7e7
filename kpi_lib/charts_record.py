"""Charts of the record and of the deliveries: past projections and outturns, stated chances, revisions, what has arrived."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence
from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from kpi_lib import narrative as nr
from kpi_lib import observations as ob
from kpi_lib.charts_behind import NOTHING, Cell, Figures, percent
from kpi_lib.charts_style import (
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
from kpi_lib.charts_words import one
from kpi_lib.indicators import Indicator, Unit, day, read_unit
from kpi_lib.measures import Measure, measure_of
from kpi_lib.outlook import BOUNDS, LOW_BOUNDS
from kpi_lib.periods import EVERY, MONTHS, QUARTER, Calendar
from kpi_lib.words import month_names

MANY = 40  # stated chances from which shares of a group say more than the single dots
PERIODS = 36


def track_record(errors: pd.DataFrame, lang: str = "vi", *, unit: Unit | None = None, measure: Measure | None = None) -> alt.LayerChart | None:
    """What was projected for past years on their quarterly dates (median and 80 % interval), the straight line, and how the year ended.

    Parameters
    ----------
    errors : rows of one indicator (`frames.ERRORS`); models other than the chosen one and the straight line are not drawn.
    measure : unit of the amounts when it is not the indicator's usual one (for instance percent of the plan).

    Returns
    -------
    None when no row of the chosen model is there.
    """
    ours = errors[errors["model"] == "chosen"].sort_values(["year", "as_of"])
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
    inside = int(((ours["outturn"] >= ours["low80"]) & (ours["outturn"] <= ours["high80"])).sum())
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
        said=_inside_numbers(inside, len(ours), ind),
        height=280,
        phone_height=260,
        lang=lang,
        table=_record_figures(ours, errors, ind, calendar, decimals, measure, lang),
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
    words = f"phone ? '’' + slice({names}[(datum.value - 2) / 4], 2) : {names}[(datum.value - 2) / 4]"
    axis = alt.Axis(values=[4 * i + 2 for i in range(len(years))], labelExpr=words, title=None, grid=False, ticks=False, labelOverlap=False)
    return alt.X("x:Q", scale=_scale((0.1, 4 * len(years) - 0.1)), axis=axis)


def _record_row(row: Any, place: dict[int, int], calendar: Calendar, measure: Measure, decimals: int, lang: str) -> dict[str, Any]:
    def shown(value: float) -> str:
        return nr.number(value, decimals, lang)

    return {
        "x": place[row.year] + int(calendar.place(row.as_of.date(), row.year)) / QUARTER,  # the three reviews stand at 1, 2 and 3
        "y": row.projected,
        "a": row.low80,
        "b": row.high80,
        "when": nr.date_text(row.as_of.date(), lang),
        "said": nr.with_measure(shown(row.projected), measure, lang),
        "in80": f"{shown(row.low80)} – {shown(row.high80)}",
        "was": nr.with_measure(shown(row.outturn), measure, lang),
    }


def _record_layers(rows: list[dict[str, Any]], line: list[dict[str, Any]], ended: list[dict[str, Any]], lang: str) -> list[alt.Chart]:
    words = {"when": ("Dự báo ngày", "Projected on"), "said": ("Dự báo (số giữa)", "Projected (median)")}
    tooltip = tips(lang, **words, in80=("Khoảng 80 %", "80 % interval"), was=("Kết quả", "Outturn"))
    ours = alt.Chart(values(rows))
    layers = [
        ours.mark_rule(color=BANDS[0.80], strokeWidth=either(11, 6), opacity=1).encode(
            x=alt.X("x:Q"), y=alt.Y("a:Q"), y2=alt.Y2("b"), tooltip=tooltip
        ),
        alt.Chart(values(ended)).mark_rule(color=INK, strokeWidth=2.4).encode(x=alt.X("x:Q"), x2=alt.X2("x2"), y=alt.Y("y:Q")),
    ]
    if line:
        dots = alt.Chart(values([{key: row[key] for key in ("x", "y", "when", "said", "was")} for row in line]))
        style: dict[str, Any] = {"shape": "diamond", "filled": True, "fill": PAPER, "stroke": QUIET, "strokeWidth": 1.3, "opacity": 1}
        layers.append(
            dots.mark_point(**style, size=either(48, 26)).encode(
                x=alt.X("x:Q"),
                y=alt.Y("y:Q"),
                tooltip=tips(lang, when=words["when"], said=("Chia đều", "Straight line"), was=("Kết quả", "Outturn")),
            )
        )
    layers.append(
        ours.mark_point(filled=True, color=PROJECTED, size=either(52, 26), opacity=1).encode(
            x=alt.X("x:Q"), y=alt.Y("y:Q"), tooltip=tooltip
        )
    )
    return layers


def _record_figures(
    ours: pd.DataFrame, errors: pd.DataFrame, ind: Indicator, calendar: Calendar, decimals: int, measure: Measure, lang: str
) -> Figures:
    """Every replayed projection with its interval, the straight line of the same day, and how the year ended."""
    rules = {(row.year, row.as_of): row.projected for row in _rows(errors[errors["model"] == "straight_line"])}

    def shown(label: str, value: float) -> nr.Shown:
        return nr.Shown(label, float(value), nr.number(float(value), decimals, lang), of=ind.id)

    rows = []
    for row in _rows(ours):
        day, rule = row.as_of.date(), rules.get((row.year, row.as_of))
        names = ("replayed", row.projected), ("replayed_low80", row.low80), ("replayed_high80", row.high80)
        cells: list[Cell] = [nr.date_text(day, lang), *(shown(f"{name}@{day}", value) for name, value in names)]
        cells += [
            NOTHING if rule is None else shown(f"replayed_straight_line@{day}", rule),
            shown(f"outturn@{calendar.end(row.year)}", row.outturn),
        ]
        rows.append(tuple(cells))
    vi = "Dự báo ngày", f"Số giữa, {measure.vi}", "Khoảng 80 %: từ", "đến", "Chia đều", "Kết quả"
    en = "Projected on", f"Median, {measure.en}", "80 % interval: from", "to", "Straight line", "Outturn"
    return Figures(en if lang == "en" else vi, tuple(rows))


def _record_alt(
    ours: pd.DataFrame, errors: pd.DataFrame, ind: Indicator, calendar: Calendar, measure: Measure, decimals: int, inside: int, lang: str
) -> str:
    size = nr.with_measure(nr.number(float(ours["error"].abs().mean()), decimals, lang), measure, lang)
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
        shown = nr.with_measure(nr.number(float(line.mean()), decimals, lang), measure, lang)
        parts.append(one(lang, f"Cách chia đều sai bình quân {shown}.", f"The straight line is off by {shown} on average."))
    return " ".join(parts)


# ---- stated chances and what happened ---------------------------------------------------------------------------------------------


def reliability(errors: pd.DataFrame, lang: str = "vi", *, unit: Unit | None = None) -> alt.LayerChart | None:
    """Whether stated chances came true: single dots (met above, missed below) while they are few, shares by status word from 40 on.

    None when the chosen model has stated no chance yet.
    """
    judged = errors[(errors["model"] == "chosen") & errors["probability"].notna() & errors["met"].notna()]
    if judged.empty:
        return None
    unit = unit or read_unit(str(judged["unit"].iloc[0]))
    many = len(judged) >= MANY
    stated, met = 100 * float(judged["probability"].mean()), int(judged["met"].sum())
    n = len(judged)
    summary = one(
        lang,
        f"{n} lần nêu xác suất (n = {n}); bình quân nêu {nr.number(stated, 0, lang)} %, đạt {nr.number(100 * met / n, 0, lang)} %",
        f"{n} chances stated (n = {n}); {nr.number(stated, 0, lang)} % on average, {nr.number(100 * met / n, 0, lang)} % came true",
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
        table=_share_figures(_shares_of(judged), lang) if many else _stated_figures(judged, unit, lang),
        mark=mark_of(unit),
        width=560 if many else WIDTH,
    )
    return framed(_shares(judged, lang) if many else _strip(judged, unit, lang), frame)


def _stated_figures(judged: pd.DataFrame, unit: Unit, lang: str) -> Figures:
    """Every stated chance and what came of it, the lowest first."""
    rows: list[tuple[Cell, ...]] = []
    for row in _rows(judged.sort_values(["probability", "year", "as_of", "indicator"])):
        day, chance = row.as_of.date(), float(row.probability)
        shown = nr.Shown(f"replayed_probability@{day}", chance, nr.chance(chance, lang), of=row.indicator, share=True)
        came = one(lang, "đạt", "met") if row.met else one(lang, "không đạt", "missed")
        rows.append((f"{_short_name(unit, row.indicator, lang)}, {unit.year_name(row.year, row.indicator)}", nr.date_text(day, lang), shown, came))
    vi, en = ("Chỉ tiêu, năm", "Nêu ngày", "Xác suất đã nêu", "Kết quả"), ("Target, year", "Stated on", "Stated chance", "Outcome")
    return Figures(en if lang == "en" else vi, tuple(rows))


def _short_name(unit: Unit, key: str, lang: str) -> str:
    return unit.indicators[key].short[lang] if key in unit.indicators else key


def _share_figures(groups: list[dict[str, Any]], lang: str) -> Figures:
    """What was stated and what came true, by ranges of the status words."""
    rows: list[tuple[Cell, ...]] = []
    for number, group in enumerate(groups, 1):
        names = ("stated", "x"), ("met", "y"), ("met_low90", "a"), ("met_high90", "b")
        shares = [percent(f"{name}_{number}", group[key] / 100, "reliability", 0, lang) for name, key in names]
        rows.append((str(number), nr.Shown(f"chances_{number}", group["count"], group["n"], of="reliability"), *shares))
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


def _word_bounds() -> list[float]:
    return sorted(100 * bound for bound, _ in (*BOUNDS, *LOW_BOUNDS))


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
                "when": nr.date_text(row.as_of.date(), lang),
                "p": nr.chance(float(row.probability), lang),
            }
        )
    reach = max(abs(row["y"]) for row in rows) + 0.6
    title = one(lang, "xác suất đã nêu", "stated chance")
    y = alt.Y("y:Q", scale=_scale((-reach, reach)), axis=None)
    x = _percent_axis(title, _word_bounds())
    bounds = alt.Chart(values([{"x": bound} for bound in _word_bounds()])).mark_rule(color=RULE).encode(x=x)
    middle = alt.Chart(values([{"y": 0}])).mark_rule(color=FAINT).encode(y=y)
    tooltip = tips(lang, n=("Chỉ tiêu", "Target"), when=("Nêu ngày", "Stated on"), p=("Xác suất đã nêu", "Stated chance"))
    layers = [ground(x, y), bounds, middle]
    size = either(*(round(min(150.0, (limit / (2 * reach)) ** 2 * 0.6), 1) for limit in (170, 150)))
    for good, shape, fill, stroke in ((1, "circle", GOOD, GOOD), (0, "diamond", PAPER, BAD)):
        side = [{key: row[key] for key in ("x", "y", "n", "when", "p")} for row in rows if row["g"] == good]
        words = (
            one(lang, f"đạt: {len(side)}", f"met: {len(side)}") if good else one(lang, f"không đạt: {len(side)}", f"missed: {len(side)}")
        )
        place = {"x": alt.XValue(2), "y": alt.YValue(6 if good else alt.ExprRef("height - 10"))}
        text = alt.Chart(values([{}])).mark_text(
            text=words, align="left", baseline="middle", fontSize=SIZE, fontWeight="bold", color=stroke
        )
        layers.append(text.encode(**place))
        if side:
            dots = alt.Chart(values(side)).mark_point(
                shape=shape, filled=True, fill=fill, stroke=stroke, strokeWidth=1.5, opacity=1, size=size
            )
            layers.append(dots.encode(x=x, y=y, tooltip=tooltip))
    return layers


def _shares_of(judged: pd.DataFrame) -> list[dict[str, Any]]:
    """Mean chance stated, share met and its interval, in percent, by the status words' ranges."""
    edges = [0.0, *(bound / 100 for bound in _word_bounds()), 1.0]
    group = np.clip(np.searchsorted(edges, judged["probability"].to_numpy(dtype=float), side="right") - 1, 0, len(edges) - 2)
    rows = []
    for _, part in judged.groupby(group):
        n, share = len(part), float(part["met"].mean())
        low, high = _wilson(share, n)
        stated = 100 * float(part["probability"].mean())
        rows.append({"x": stated, "y": 100 * share, "a": 100 * low, "b": 100 * high, "n": str(n), "count": n})
    return rows


def _shares(judged: pd.DataFrame, lang: str) -> list[alt.Chart]:
    """Share met against chance stated, by the status words' ranges."""
    rows = [
        {**{key: row[key] for key in "xyabn"}, "p": f"{nr.number(row['x'], 0, lang)} %", "s": f"{nr.number(row['y'], 0, lang)} %"}
        for row in _shares_of(judged)
    ]
    x = _percent_axis(one(lang, "xác suất đã nêu", "stated chance"), (0, 25, 50, 75, 100))
    axis = unit_axis(one(lang, "% số lần đạt", "% of targets met"), (0, 100), 0)
    y = alt.Y("y:Q", scale=_scale((-3, 103)), axis=axis)
    tooltip = tips(lang, p=("Nêu bình quân", "Stated, mean"), s=("Đạt", "Met"), n=("Số lần", "Number"))
    base = alt.Chart(values(rows))
    return [
        ground(x, y),
        alt.Chart(values([{"x": 0, "y": 0}, {"x": 100, "y": 100}]))
        .mark_line(color=FAINT, strokeDash=[5, 4], strokeWidth=1.4)
        .encode(x=x, y=y),
        base.mark_rule(color=BANDS[0.80], strokeWidth=7, opacity=1).encode(x=x, y=alt.Y("a:Q"), y2=alt.Y2("b"), tooltip=tooltip),
        base.mark_point(filled=True, color=PROJECTED, size=80, opacity=1).encode(x=x, y=y, tooltip=tooltip),
        base.mark_text(align="left", dx=8, dy=-1, fontSize=SIZE, color=QUIET).encode(x=x, y=y, text=alt.Text("n:N")),
    ]


def _wilson(share: float, n: int, z: float = 1.645) -> tuple[float, float]:
    """Interval of a share. Source: Wilson (1927).

    >>> [round(x, 3) for x in _wilson(0.5, 10)]
    [0.269, 0.731]
    """
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return max(middle - half, 0.0), min(middle + half, 1.0)


def _inside_numbers(inside: int, replays: int, ind: Indicator) -> tuple[nr.Shown, ...]:
    """How often of how many replays the outturn lay inside the 80 % interval."""
    return tuple(nr.Shown(label, n, str(n), of=f"replays.{ind.id}") for label, n in (("inside80", inside), ("replays", replays)))


# ---- what an estimate is worth ------------------------------------------------------------------------------------------------------


def revisions(obs: pd.DataFrame, ind: Indicator, lang: str = "vi", *, unit: Unit | None = None) -> alt.LayerChart | None:
    """First estimate of each period against its latest figure: in percent for amounts, in points for rates and shares.

    The last 36 periods of the basis that was revised most often (months, quarters or the year to date). None with fewer than three.
    """
    rows = _revised(obs, ind)
    if len(rows) < 3:
        return None
    unit = unit or read_unit(str(obs["unit"].iloc[0]))
    points = not ind.adds_up
    change = [row["y"] for row in rows]
    low, high = (float(value) for value in np.quantile(change, [0.1, 0.9]))
    decimals = max(ind.decimals, 1) if points else 1
    measure = ind.measure.difference[lang] if points else "%"

    def signed(value: float) -> str:
        return nr.signed(value, decimals, lang)

    for row in rows:
        row |= {
            "t": _period_text(row["basis"], row["end"], unit.calendar_of(ind), lang),
            "r": signed(row["y"]) + (f" {measure}" if points else " %"),
        }
        row |= {"e": nr.number(row["first"], ind.natural_decimals, lang), "l": nr.number(row["last"], ind.natural_decimals, lang)}
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
        said=tuple(nr.Shown(f"{side}80", value, signed(value), of=f"revisions.{ind.id}") for side, value in (("low", low), ("high", high))),
        height=220,
        phone_height=210,
        lang=lang,
        table=_revision_figures(rows, ind, measure, lang),
        mark=mark_of(unit),
    )
    rows = [{key: row[key] for key in ("x", "y", "t", "r", "e", "l")} for row in rows]
    return framed(_revision_layers(rows, (low, high), domain, measure, decimals, signed, lang), frame)


def _revision_figures(rows: list[dict[str, Any]], ind: Indicator, measure: str, lang: str) -> Figures:
    """Every period's first estimate, latest figure and the change."""
    cells = [
        (row["t"], *(nr.Shown(f"{name}@{row['end']}", float(row[key]), row[text], of=ind.id) for name, key, text in _REVISION_CELLS))
        for row in rows
    ]
    vi, en = ("Kỳ", "Ước đầu tiên", "Số mới nhất", f"Sửa, {measure}"), ("Period", "First estimate", "Latest figure", f"Revision, {measure}")
    return Figures(en if lang == "en" else vi, tuple(cells))


_REVISION_CELLS = ("first", "first", "e"), ("latest", "last", "l"), ("revision", "y", "r")


def _revised(obs: pd.DataFrame, ind: Indicator) -> list[dict[str, Any]]:
    """Periods whose first figure was an estimate and that were published again: first, latest, change."""
    own = obs[(obs["indicator"] == ind.id) & (obs["series"] == "total")].sort_values(
        ["published", "status"], ascending=[True, False], kind="stable"
    )
    found: dict[str, list[dict[str, Any]]] = {}
    for _, group in own.groupby(["basis", "start", "end", "perimeter", "measure"], sort=True):
        first, last = group.iloc[0], group.iloc[-1]
        basis, end = str(first["basis"]), first["end"].date()
        if len(group) < 2 or first["status"] != "estimate" or (ind.adds_up and not first["value"]):
            continue
        change = last["value"] - first["value"]
        change = 100 * change / abs(first["value"]) if ind.adds_up else change
        found.setdefault(basis, []).append({"basis": basis, "end": end, "y": float(change), "first": first["value"], "last": last["value"]})
    rows = max(found.values(), key=len, default=[])
    rows = sorted(rows, key=lambda row: row["end"])[-PERIODS:]
    return [{"x": position, **row} for position, row in enumerate(rows)]


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
    size = nr.number(float(np.mean(np.abs(change))), 1, lang)
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
    band = alt.Chart(values([{"x": -0.7, "x2": n - 0.3, "y": middle[0], "y2": middle[1]}])).mark_rect(color="#e9edf0", opacity=1)
    zero = alt.Chart(values([{"y": 0}])).mark_rule(color=FAINT, strokeWidth=1.2)
    base = alt.Chart(values(rows))
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
    moment = day(as_of)
    own = ob.usable(ob.cut(obs, moment), unit)
    calendar = unit.calendar
    own = own[(own["end"] >= pd.Timestamp(calendar.start(year))) & (own["end"] <= pd.Timestamp(calendar.end(year)))]
    own = own[own["series"] == "total"]
    by_month = dict(list(own.groupby(["indicator", own["end"].map(lambda end: calendar.month_of(end)[1])])))
    rows = []
    for i, ind in enumerate(unit.indicators.values()):
        for month, end in enumerate(calendar.month_ends(year), start=1):
            row = _cell(by_month.get((ind.id, month)), ind, end, unit.calendar_of(ind), moment, lang)
            rows += [{"i": i, "m": month, **row}] if row else []
    counts = {state: sum(row["s"] == state for row in rows) for state in CELLS}
    words = {
        "actual": one(lang, "thực hiện", "actual"),
        "estimate": one(lang, "ước", "estimate"),
        "missing": one(lang, "quá hạn, chưa có", "overdue"),
        "waiting": one(lang, "chưa đến hạn", "not due yet"),
    }
    summary = ", ".join(f"{words[state]}: {count}" for state, count in counts.items())
    late = sum("d" in row for row in rows)
    frame = Frame(
        title=one(lang, f"Số liệu năm {calendar.name(year)} đã nhận được", f"Figures of {calendar.name(year)} received"),
        subtitle=f"{unit.name[lang]}, {one(lang, 'đến ngày', 'to')} {nr.date_text(moment, lang)}",
        alt=one(lang, f"Lịch nhận số liệu của {len(unit.indicators)} chỉ tiêu", f"Calendar of figures for {len(unit.indicators)} targets")
        + f": {summary}.",
        caption=one(
            lang,
            f"Mỗi ô là tháng mà kỳ số liệu kết thúc. Quá hạn: {counts['missing']}; đến muộn (chấm trắng): {late}.",
            f"Each cell is the month in which the period ends. Overdue: {counts['missing']}; arrived late (white dot): {late}.",
        ),
        said=tuple(nr.Shown(label, n, str(n), of=f"arrivals.{year}") for label, n in (("overdue", counts["missing"]), ("late", late))),
        height=ROW * len(unit.indicators),
        phone_height=PHONE_ROW * len(unit.indicators),
        lang=lang,
        table=_arrival_figures(rows, unit, words, year, lang),
        mark=mark_of(unit),
    )
    rows = [{key: value for key, value in row.items() if key != "value"} for row in rows]
    return framed(_arrival_layers(rows, unit, words, lang), frame)


def _arrival_figures(rows: list[dict[str, Any]], unit: Unit, words: dict[str, str], year: int, lang: str) -> Figures:
    """What arrived for every line and month, or why nothing stands there."""
    cells = {(row["i"], row["m"]): row for row in rows}

    def shown(i: int, ind: Indicator, month: int) -> Cell:
        row = cells.get((i, month))
        if row is None or "value" not in row:
            return "" if row is None else words[row["s"]]
        mark = f" ({words['estimate']})" if row["s"] == "estimate" else ""
        measure = f" {row['q']}" if "q" in row else ""
        return nr.Shown(f"received@{unit.calendar.month_end(year, month)}", row["value"], f"{row['t']}{measure}{mark}", of=ind.id)

    months = month_names(lang, unit.calendar)
    table = [(ind.short[lang], *(shown(i, ind, m) for m, _ in enumerate(months, start=1))) for i, ind in enumerate(unit.indicators.values())]
    return Figures((one(lang, "Chỉ tiêu", "Target"), *months), tuple(table))


def _cell(
    found: pd.DataFrame | None, ind: Indicator, end: dt.date, calendar: Calendar, moment: dt.date, lang: str
) -> dict[str, Any] | None:
    """The month that ends on a day, of one indicator; None where nothing is due and nothing came."""
    due = end + dt.timedelta(days=ind.lag_days)
    awaited = calendar.month_of(end)[1] % EVERY[ind.frequency] == 0
    if found is None:
        return {"s": "missing" if moment > due else "waiting", "u": nr.date_text(due, lang)} if awaited else None
    last = found.sort_values(["end", "published"], kind="stable").iloc[-1]
    row = {
        "s": "estimate" if last["status"] == "estimate" else "actual",
        "value": float(last["value"]),
        "t": nr.trimmed(last["value"], ind.natural_decimals, lang),
        "u": nr.date_text(last["published"].date(), lang),
    }
    if (given := measure_of(last["measure"])) != ind.natural_measure:
        row["q"] = given[lang]
    days = (found["published"].min().date() - due).days
    return row | ({"d": days} if awaited and days > 0 else {})


def _arrival_layers(rows: list[dict[str, Any]], unit: Unit, words: dict[str, str], lang: str) -> list[alt.Chart]:
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
    rule = alt.Chart(values([{"i": i} for i in range(len(names))])).mark_rule(color=RULE, opacity=either(1, 0))
    layers = [ground(x, y), rule.encode(y=y)]
    words_of = {"n": ("Chỉ tiêu", "Target"), "w": ("Tháng", "Month"), "k": ("Tình trạng", "State")}
    came = tips(lang, **words_of, v=("Số liệu", "Figure"), u=("Công bố", "Published"))
    awaited = tips(lang, **words_of, u=("Hạn nhận", "Due"))
    base = alt.Chart(values([{**row, "s": list(CELLS).index(row["s"])} for row in rows]))
    for code, (state, (fill, stroke)) in enumerate(CELLS.items()):
        part = base.transform_filter(f"datum.s == {code}").transform_calculate(
            n=f"{names}[datum.i]",
            w=f"{months}[datum.m - 1]",
            k=f"'{words[state]}'",
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
    label = alt.Chart(values([{"i": i, "n": name} for i, name in enumerate(names)])).mark_text(
        align=either("right", "left"), baseline="middle", dx=either(-10, 2), dy=either(0, -11), fontSize=SIZE, color=INK
    )
    layers.append(label.encode(x=alt.XValue(0), y=y, text=alt.Text("n:N")))
    shapes = {"actual": "square", "estimate": "square", "missing": "hollow-square", "waiting": "square"}
    return [*layers, *keyed([Key(shapes[state], CELLS[state][state == "missing"], words[state]) for state in CELLS], above=24)]
