"""The months of several years laid over one another: the season of a line, the months of Tet, and those from which on it runs otherwise."""

from __future__ import annotations

import datetime as dt
from typing import Any

import altair as alt
import numpy as np

from kpi_lib import narrative as nr
from kpi_lib import words
from kpi_lib.charts.base.axes import X, Y, ground, scale, time_axis, unit_axis
from kpi_lib.charts.base.frame import Figures, Frame, framed
from kpi_lib.charts.base.labels import Key, keyed
from kpi_lib.charts.base.style import FAINT, INK, PAPER, QUIET, TARGET, layer, tips
from kpi_lib.charts.base.words import as_known
from kpi_lib.definitions.schedule import keeps_tet
from kpi_lib.outlook.season import by_month, month_amounts, taken_apart
from kpi_lib.outlook.verdict import Outlook
from kpi_lib.periods import MONTHS
from kpi_lib.words.messages import Text, in_context, listed, say
from kpi_lib.words.numbers import month_names

HEIGHT, PHONE_HEIGHT = 300, 270
YEARS = 6
Months = dict[tuple[int, int], str]  # year and month of the year, from 1: words


def months(outlook: Outlook, lang: str = "vi") -> alt.LayerChart | None:
    """What each month brought, a line a year. None where no month is known or the line does not add up."""
    projection = outlook.projection
    years = dict(list(month_amounts(projection).items())[-YEARS:])
    if not years:
        return None
    shown = np.concatenate([amounts[np.isfinite(amounts)] for amounts in years.values()])
    domain = (min(0.0, float(shown.min())), 1.06 * max(float(shown.max()), 1e-9))
    names = f"{month_names(lang, projection.calendar)}[datum.value - 1]"
    axis = time_axis(0.5, list(range(1, MONTHS + 1)), [3, 6, 9, 12], names, say("month", lang))
    y = alt.Y("y:Q", scale=scale(domain), axis=unit_axis(projection.measure[lang], domain, projection.decimals))
    tet, broken = _tet(outlook, years, lang), _broken(outlook, years)
    lines = [each for year, amounts in years.items() for each in _line(outlook, year, amounts, lang)]
    marks = [*_marks(years, tet, "circle", QUIET, lang), *_marks(years, broken, "diamond", TARGET, lang)]
    keys = [("hollow", QUIET, Text("Tet"), tet), ("hollow-diamond", TARGET, Text("level or pace changes"), broken)]
    more = [Key(shape, colour, words[lang]) for shape, colour, words, some in keys if some]
    return framed([ground(axis, y), *lines, *marks, *keyed([*_keys(outlook, years, lang), *more])], _frame(outlook, years, tet, lang))


def _tet(outlook: Outlook, years: dict[int, np.ndarray], lang: str) -> Months:
    """The months with days of Tet, each with its first day; none where it is not kept."""
    calendar, unit = outlook.projection.calendar, outlook.projection.unit
    if not keeps_tet(unit):
        return {}
    found = {(year, month): calendar.tet_in(year, month) for year in years for month in range(1, MONTHS + 1)}
    return {at: say("Tet: {day}", lang, day=day) for at, day in found.items() if day}


def _broken(outlook: Outlook, years: dict[int, np.ndarray]) -> Months:
    found = taken_apart(outlook)
    at = [divmod(each.month, MONTHS) for each in found.broken] if found else []
    return {(found.year + year, month + 1): "" for year, month in at if found and found.year + year in years}


def _marks(years: dict[int, np.ndarray], some: Months, shape: str, colour: str, lang: str) -> list[alt.Chart]:
    """Months marked on the lines of their years."""
    rows = [
        {"x": month, "y": float(years[year][month - 1]), "day": words_of} for (year, month), words_of in some.items() if np.isfinite(years[year][month - 1])
    ]  # fmt: skip
    style: dict[str, Any] = {"shape": shape, "size": 70, "filled": True, "fill": PAPER, "stroke": colour, "strokeWidth": 1.6, "opacity": 1}
    return [layer(rows).mark_point(**style).encode(x=X, y=Y, tooltip=tips(lang, day=Text("Remark")))] if rows else []


def _line(outlook: Outlook, year: int, amounts: np.ndarray, lang: str) -> list[alt.Chart]:
    projection = outlook.projection
    color = {0: INK, 1: QUIET}.get(projection.year - year, FAINT)
    rows = [
        {
            "x": month + 1,
            "y": float(amount),
            "day": f"{projection.calendar.month_end(year, month + 1):%m/%Y}",
            "v": words.with_measure(nr.plain(float(amount), outlook, lang), projection.measure, lang),
        }
        for month, amount in enumerate(amounts)
        if np.isfinite(amount)
    ]
    line = layer(rows).mark_line(color=color, strokeWidth=2.4 if year == projection.year else 1.3)
    dots = layer(rows).mark_point(filled=True, color=color, size=26 if year == projection.year else 12, opacity=1)
    tooltip = tips(lang, day=Text("Month"), v=in_context("of a curve", "Figure"))
    return [line.encode(x=X, y=Y), dots.encode(x=X, y=Y, tooltip=tooltip)]


def _keys(outlook: Outlook, years: dict[int, np.ndarray], lang: str) -> list[Key]:
    projection = outlook.projection
    keys = [Key("line", INK, projection.named())] if projection.year in years else []
    keys += [Key("line", QUIET, projection.named(projection.year - 1))] if projection.year - 1 in years else []
    return keys + ([Key("line", FAINT, say("years before", lang))] if min(years) < projection.year - 1 else [])


def _said(outlook: Outlook, years: dict[int, np.ndarray], tet: Months, lang: str) -> str:
    """What a month is; and, where Tet moves between two months, what the two brought together, which compares."""
    told = Text("What each month alone brought: its sum to date less that of the month before.")
    calendar, projection = outlook.projection.calendar, outlook.projection
    both = {}
    for year, amounts in years.items():
        pair = [amounts[number - 1] for number in range(1, MONTHS + 1) if calendar.month_end(year, number).month in (1, 2)]
        if tet and np.isfinite(pair).all():
            both[year] = float(np.sum(pair))
    if len(both) < 2:
        return told[lang]
    amount = [Text("{year}: {amount}", year=projection.named(year), amount=nr.plain(value, outlook, lang)) for year, value in both.items()]
    moves = Text(
        "Tet moves between January and February, so compare the two months together: {amounts} ({measure}).",
        amounts=listed(amount, "; "), measure=projection.measure,
    )  # fmt: skip
    return f"{told[lang]} {moves[lang]}"


def _frame(outlook: Outlook, years: dict[int, np.ndarray], tet: Months, lang: str) -> Frame:
    projection = outlook.projection
    title = Text("{name}: month by month, from {year} on", name=projection.indicator.short, year=projection.named(min(years)))
    caption = _said(outlook, years, tet, lang)
    rows = tuple(
        (f"{dt.date.fromisoformat(label.partition('@')[2]):%m/%Y}", nr.bare(outlook, label, lang, found))
        for year, amounts in years.items()
        for found in [by_month(projection, year, "month", amounts)]
        for label in found
    )
    columns = (Text("Month")[lang], f"{in_context('of a curve', 'Figure')[lang]}, {projection.measure[lang]}")
    told = (title[lang], as_known(outlook, lang), f"{title[lang]}. {caption}", caption)
    return Frame(*told, HEIGHT, PHONE_HEIGHT, lang, table=Figures(columns, rows), mark=projection.unit.mark)
