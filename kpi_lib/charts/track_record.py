"""What was projected for past years, and how they ended."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from kpi_lib import words
from kpi_lib.charts.base.axes import X, Y, ground, padded, scale, unit_axis
from kpi_lib.charts.base.frame import NOTHING, Cell, Figures, Frame, framed
from kpi_lib.charts.base.labels import Key, keyed
from kpi_lib.charts.base.style import BANDS, INK, PAPER, PROJECTED, QUIET, either, layer, tips
from kpi_lib.definitions.indicators import Indicator, Unit, read_unit
from kpi_lib.definitions.measures import Measure
from kpi_lib.periods import QUARTER, Calendar
from kpi_lib.record.values.record import chosen, of_inside, of_replays
from kpi_lib.words.messages import Dated, Text, in_context, say


def track_record(
    errors: pd.DataFrame, lang: str = "vi", *, unit: Unit | None = None, measure: Measure | None = None
) -> alt.LayerChart | None:
    """What was projected for past years on their quarterly dates (median and 80% interval), the straight line, and how the year ended.

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
    rows, line = ([_record_row(row, place, calendar, measure, decimals, lang) for row in some.itertuples()] for some in (ours, straight))
    reviews = calendar.reviews(years[-1])
    ended = [
        {"x": place[year] + 0.45, "x2": place[year] + 3.55, "y": float(ours.loc[ours["year"] == year, "outturn"].iloc[0])} for year in years
    ]
    domain = padded([value for row in rows for value in (row["a"], row["b"])] + [row["y"] for row in [*line, *ended]], floor=ind.lower)
    said = tuple(words.counted(of_inside(errors), label, lang) for label in ("inside80", "replays"))
    inside = said[0].text
    frame = Frame(
        title=say("{line}: projected and realised", lang, line=ind.short),
        subtitle=say(
            "{unit}; three projections a year: mid {first}, {second} and {third}",
            lang,
            unit=unit.name,
            first=Dated(reviews[0], "LLLL"),
            second=Dated(reviews[1], "LLLL"),
            third=Dated(reviews[2], "LLLL"),
        ),
        alt=_record_alt(ours, errors, ind, calendar, measure, decimals, inside, lang),
        caption=say(
            "The outturn lay inside the 80% interval {inside:time|times} of {ours}. Replayed on the figures known on each date.",
            lang,
            inside=inside,
            ours=len(ours),
        ),
        said=said,
        height=280,
        phone_height=260,
        lang=lang,
        table=_record_figures(errors, decimals, measure, lang),
        mark=unit.mark,
    )
    keys = [
        Key("square", BANDS[0.80], say("80% interval", lang)),
        Key("circle", PROJECTED, say("projected (median)", lang)),
        *([Key("hollow-diamond", QUIET, in_context("key of a chart", "straight line")[lang])] if line else []),
        Key("line", INK, say("outturn", lang)),
    ]
    axes = _year_axis(years, calendar), alt.Y("y:Q", scale=scale(domain), axis=unit_axis(measure[lang], domain, decimals))
    return framed([ground(*axes), *_record_layers(rows, line, ended, lang), *keyed(keys)], frame)


def _year_axis(years: list[int], calendar: Calendar) -> alt.X:
    names = [calendar.name(year) for year in years]
    wording = f"phone ? '’' + slice({names}[(datum.value - 2) / 4], 2) : {names}[(datum.value - 2) / 4]"
    axis = alt.Axis(
        values=[4 * i + 2 for i in range(len(years))], labelExpr=wording, title=None, grid=False, ticks=False, labelOverlap=False
    )
    return alt.X("x:Q", scale=scale((0.1, 4 * len(years) - 0.1)), axis=axis)


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
    wording = {"when": Text("Projected on"), "said": Text("Projected (median)")}
    tooltip = tips(lang, **wording, in80=in_context("heading", "80% interval"), was=Text("Outturn"))
    ours = layer(rows)
    layers = [
        ours.mark_rule(color=BANDS[0.80], strokeWidth=either(11, 6), opacity=1).encode(
            x=X, y=alt.Y("a:Q"), y2=alt.Y2("b"), tooltip=tooltip
        ),
        layer(ended).mark_rule(color=INK, strokeWidth=2.4).encode(x=X, x2=alt.X2("x2"), y=Y),
    ]
    if line:
        dots = layer([{key: row[key] for key in ("x", "y", "when", "said", "was")} for row in line])
        style: dict[str, Any] = {"shape": "diamond", "filled": True, "fill": PAPER, "stroke": QUIET, "strokeWidth": 1.3, "opacity": 1}
        layers.append(
            dots.mark_point(**style, size=either(48, 26)).encode(
                x=X,
                y=Y,
                tooltip=tips(lang, when=wording["when"], said=Text("Straight line"), was=Text("Outturn")),
            )
        )
    layers.append(ours.mark_point(filled=True, color=PROJECTED, size=either(52, 26), opacity=1).encode(x=X, y=Y, tooltip=tooltip))
    return layers


def _record_figures(errors: pd.DataFrame, decimals: int, measure: Measure, lang: str) -> Figures:
    """Every replayed projection with its interval, the straight line of the same day, and how the year ended."""
    found = of_replays(errors)
    rows: list[tuple[Cell, ...]] = []
    for row in chosen(errors).itertuples():
        day = row.as_of.date()
        names = (
            *(f"{name}@{day}" for name in ("replayed", "replayed_low80", "replayed_high80", "replayed_straight_line")),
            f"outturn@{row.year}",
        )
        rows.append(
            (words.date_text(day, lang), *(words.plainly(found, name, decimals, lang) if name in found else NOTHING for name in names))
        )
    return Figures(
        (
            say("Projected on", lang),
            say("Median, {measure}", lang, measure=measure),
            say("80% interval: from", lang),
            say("to", lang),
            say("Straight line", lang),
            say("Outturn", lang),
        ),
        tuple(rows),
    )


def _record_alt(
    ours: pd.DataFrame, errors: pd.DataFrame, ind: Indicator, calendar: Calendar, measure: Measure, decimals: int, inside: str, lang: str
) -> str:
    size = words.with_measure(words.number(float(ours["error"].abs().mean()), decimals, lang), measure, lang)
    line = errors.loc[errors["model"] == "straight_line", "error"].abs()
    first, last = (calendar.name(int(year)) for year in (ours["year"].min(), ours["year"].max()))
    parts = [
        say(
            "{ind}, {first}–{last}: the mean error of {ours:projection|projections} is {size};",
            lang,
            ind=ind.name,
            first=first,
            last=last,
            ours=len(ours),
            size=size,
        ),
        say("the outturn lay in the 80% interval {inside:time|times}.", lang, inside=inside),
    ]
    if len(line):
        shown = words.with_measure(words.number(float(line.mean()), decimals, lang), measure, lang)
        parts.append(say("The straight line is off by {shown} on average.", lang, shown=shown))
    return " ".join(parts)
