"""Which figures of the year have arrived."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import altair as alt
import pandas as pd

from kpi_lib import words
from kpi_lib.charts.base.axes import ground, scale
from kpi_lib.charts.base.frame import Cell, Figures, Frame, framed
from kpi_lib.charts.base.labels import Key, keyed
from kpi_lib.charts.base.style import INK, PAPER, RULE, SIZE, TARGET, either, layer, tips
from kpi_lib.definitions.indicators import Indicator, Unit, day
from kpi_lib.definitions.measures import measure_of
from kpi_lib.periods import MONTHS
from kpi_lib.record.values.data import Arrival, of_arrival, of_arrivals
from kpi_lib.record.values.data import arrivals as arrived
from kpi_lib.words.messages import Text, in_context, say
from kpi_lib.words.numbers import month_names

CELLS = {"actual": ("#1d5f99", INK), "estimate": ("#b7d3ea", INK), "missing": (PAPER, TARGET), "waiting": ("#f1f4f6", "#f1f4f6")}
ROW, PHONE_ROW = 24, 40


def arrivals(obs: pd.DataFrame, unit: Unit, year: int, as_of: dt.date | str, lang: str = "vi") -> alt.LayerChart | None:
    """Which figures of the year have arrived by `as_of`: the lines that are followed by months, actual, estimate, overdue or not there yet; None
    where no line is followed.

    A figure stands in the month its period ends. Where a document sets a day for it, it is overdue when that day has passed without any
    figure for that month; a small mark says that it came after that day.
    """
    moment, judged = day(as_of), bool(unit.deadline_document)
    cells = arrived(obs, unit, year, moment)
    lines = list({cell.indicator.id: cell.indicator for cell in cells}.values())
    if not lines:
        return None
    months = month_names(lang, unit.calendar)
    rows = [_cell_row(cell, lines.index(cell.indicator), lang) for cell in cells]
    wording = {
        "actual": say("actual", lang),
        "estimate": say("estimate", lang),
        **({"missing": say("overdue", lang)} if judged else {}),
        "waiting": say("not due yet" if judged else "no figure yet", lang),
    }
    summary = ", ".join(f"{words_of}: {sum(row['s'] == state for row in rows)}" for state, words_of in wording.items())
    caption, said = _caption(cells, year, judged, lang)
    frame = Frame(
        title=say("Figures of {year} received", lang, year=unit.calendar.name(year)),
        subtitle=f"{unit.name[lang]}, {in_context('a day', 'to')[lang]} {words.date_text(moment, lang)}",
        alt=say("Calendar of figures for {indicators:target|targets}", lang, indicators=len(lines)) + f": {summary}.",
        caption=caption,
        said=said,
        height=ROW * len(lines),
        phone_height=PHONE_ROW * len(lines),
        lang=lang,
        table=_arrival_figures(cells, lines, months, wording, lang),
        mark=unit.mark,
    )
    return framed(_arrival_layers(rows, lines, months, wording, lang), frame)


def _caption(cells: Sequence[Arrival], year: int, judged: bool, lang: str) -> tuple[str, tuple[words.Shown, ...]]:
    """What a cell is, and how many are overdue or came late where a document sets a day."""
    if not judged:
        return say("Each cell is the month in which the period ends.", lang), ()
    said = tuple(words.counted(of_arrivals(list(cells), year), label, lang) for label in ("overdue", "late"))
    wording = Text(
        "Each cell is the month in which the period ends. Overdue: {text}; arrived late (white dot): {text2}.",
        text=said[0].text,
        text2=said[1].text,
    )
    return wording[lang], said


def _arrival_figures(
    cells: Sequence[Arrival], lines: Sequence[Indicator], months: list[str], wording: dict[str, str], lang: str
) -> Figures:
    """What arrived for every line and month, or why nothing stands there."""
    found = {(cell.indicator.id, cell.month): cell for cell in cells}

    def shown(cell: Arrival | None) -> Cell:
        if cell is None or cell.state not in ("actual", "estimate"):
            return "" if cell is None else wording[cell.state]
        tail = _own_measure(cell, lang) + (f" ({wording['estimate']})" if cell.state == "estimate" else "")
        values = of_arrival(cell)
        return words.bound(values, next(iter(values)), lambda value: words.trimmed(value, cell.indicator.natural_decimals, lang) + tail)

    table = [(ind.short[lang], *(shown(found.get((ind.id, m))) for m, _ in enumerate(months, start=1))) for ind in lines]
    return Figures((in_context("heading of the lines", "Target")[lang], *months), tuple(table))


def _own_measure(cell: Arrival, lang: str) -> str:
    """The unit of a figure that is not in the line's usual one, and whether it is of its quarter alone where the others are to date."""
    given = measure_of(cell.measure)
    alone = say(" (this quarter alone)", lang) if cell.alone else ""
    return (words.with_measure("", given, lang) if alone or given != cell.indicator.natural_measure else "") + alone


def _cell_row(cell: Arrival, line: int, lang: str) -> dict[str, Any]:
    """A cell of the calendar as the chart has it: line, month, state, day, and the figure in words."""
    row: dict[str, Any] = {"i": line, "m": cell.month, "s": cell.state}
    row |= {"u": words.date_text(cell.day, lang)} if cell.day else {}
    if cell.state in ("actual", "estimate"):
        row["t"] = words.trimmed(cell.value, cell.indicator.natural_decimals, lang)
        row |= {"q": own} if (own := _own_measure(cell, lang)) else {}
    return row | ({"d": cell.late} if cell.late else {})


def _arrival_layers(
    rows: list[dict[str, Any]], lines: Sequence[Indicator], months: list[str], wording: dict[str, str], lang: str
) -> list[alt.Chart]:
    names = [ind.short[lang] for ind in lines]
    units = [words.with_measure("", ind.natural_measure, lang) for ind in lines]
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
        return alt.X(field, scale=scale((0.45, MONTHS + 0.55)), axis=axis)

    def y_of(field: str) -> alt.Y:
        return alt.Y(field, scale=scale((len(names) - 0.5, -0.5)), axis=None)

    x, y = x_of("m:Q"), y_of("i:Q")
    rule = layer([{"i": i} for i in range(len(names))]).mark_rule(color=RULE, opacity=either(1, 0))
    layers = [ground(x, y), rule.encode(y=y)]
    words_of = {"n": in_context("heading of the lines", "Target"), "w": Text("Month"), "k": Text("State")}
    came = tips(lang, **words_of, v=Text("Figure"), u=Text("Published"))
    awaited = tips(lang, **words_of, **({"u": in_context("of a period", "Due")} if "missing" in wording else {}))
    base = layer([{**row, "s": list(CELLS).index(row["s"])} for row in rows])
    for code, (state, (fill, stroke)) in enumerate(CELLS.items()):
        if state not in wording:
            continue
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
        part = part.transform_calculate(v=f"datum.t + (datum.q || {units}[datum.i])") if arrived else part
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
    label = layer([{"i": i, "n": name} for i, name in enumerate(names)]).mark_text(
        align=either("right", "left"), baseline="middle", dx=either(-10, 2), dy=either(0, -11), fontSize=SIZE, color=INK
    )
    layers.append(label.encode(x=alt.XValue(0), y=y, text=alt.Text("n:N")))
    shapes = {"actual": "square", "estimate": "square", "missing": "hollow-square", "waiting": "square"}
    return [*layers, *keyed([Key(shapes[state], CELLS[state][state == "missing"], told) for state, told in wording.items()], above=24)]
