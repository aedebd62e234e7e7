"""The months of several years laid over one another: the season of a line, and the months that fall out of it."""

from __future__ import annotations

import datetime as dt

import altair as alt
import numpy as np

from kpi_lib import narrative as nr
from kpi_lib import words
from kpi_lib.charts.base.axes import X, Y, ground, scale, time_axis, unit_axis
from kpi_lib.charts.base.frame import Figures, Frame, framed
from kpi_lib.charts.base.labels import Key, keyed
from kpi_lib.charts.base.style import FAINT, INK, QUIET, layer, tips
from kpi_lib.charts.base.words import as_known
from kpi_lib.outlook.season import by_month, month_amounts
from kpi_lib.outlook.verdict import Outlook
from kpi_lib.periods import MONTHS
from kpi_lib.words.messages import Text, in_context, say
from kpi_lib.words.numbers import month_names

HEIGHT, PHONE_HEIGHT = 300, 270
YEARS = 6


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
    lines = [each for year, amounts in years.items() for each in _line(outlook, year, amounts, lang)]
    return framed([ground(axis, y), *lines, *keyed(_keys(outlook, years, lang))], _frame(outlook, years, lang))


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


def _frame(outlook: Outlook, years: dict[int, np.ndarray], lang: str) -> Frame:
    projection = outlook.projection
    title = Text("{name}: month by month, from {year} on", name=projection.indicator.short, year=projection.named(min(years)))
    caption = Text("What each month alone brought: its sum to date less that of the month before.")
    rows = tuple(
        (f"{dt.date.fromisoformat(label.partition('@')[2]):%m/%Y}", nr.bare(outlook, label, lang, found))
        for year, amounts in years.items()
        for found in [by_month(projection, year, "month", amounts)]
        for label in found
    )
    columns = (Text("Month")[lang], f"{in_context('of a curve', 'Figure')[lang]}, {projection.measure[lang]}")
    told = (title[lang], as_known(outlook, lang), f"{title[lang]}. {caption[lang]}", caption[lang])
    return Frame(*told, HEIGHT, PHONE_HEIGHT, lang, table=Figures(columns, rows), mark=projection.unit.mark)
