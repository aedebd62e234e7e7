"""A line taken apart into its trend, its season and the rest, and the months that neither explains."""

from __future__ import annotations

from dataclasses import dataclass

import altair as alt
import numpy as np

from kpi_lib import narrative as nr
from kpi_lib.charts.base.axes import Y, ground, padded, scale, unit_axis
from kpi_lib.charts.base.frame import Cell, Figures, Frame, framed
from kpi_lib.charts.base.labels import Key, keyed
from kpi_lib.charts.base.style import FAINT, INK, QUIET, TARGET, layer, tips
from kpi_lib.charts.base.words import as_known
from kpi_lib.outlook.season import by_month, month_amounts, unbroken
from kpi_lib.outlook.verdict import Outlook
from kpi_lib.periods import MONTHS
from kpi_lib.words.messages import Text, in_context, listed

HEIGHT, PHONE_HEIGHT = 300, 270
FEWEST = 2 * MONTHS + 1  # months that can be told apart into trend and season at all
FAR = 3.5  # robust standard deviations of the rest beyond which a month is named
SHOWN = 3 * MONTHS  # months in the table behind
LEAST = 0.1  # of a middling month: what is smaller is not worth a name, however even the others are


@dataclass(frozen=True, slots=True)
class Parts:
    """Amounts by month from the first month of `year` on, and what they are made of; `odd` are months that neither trend nor season explains."""

    year: int
    amounts: np.ndarray
    trend: np.ndarray
    season: np.ndarray
    rest: np.ndarray
    odd: tuple[int, ...]


def taken_apart(outlook: Outlook) -> Parts | None:
    """Trend, season and rest by STL (robust, of statsmodels) of the months known without a gap; None where there are too few."""
    year, amounts = unbroken(month_amounts(outlook.projection))
    if len(amounts) < FEWEST:
        return None
    from statsmodels.tsa.seasonal import STL

    found = STL(amounts, period=MONTHS, robust=True).fit()
    rest = np.asarray(found.resid)
    off = np.abs(rest - np.median(rest))
    bound = max(FAR * 1.4826 * float(np.median(off)), LEAST * float(np.median(np.abs(amounts))))
    odd = tuple(int(month) for month in np.flatnonzero(off > bound))
    return Parts(year, amounts, np.asarray(found.trend), np.asarray(found.seasonal), rest, odd)


def parts(outlook: Outlook, lang: str = "vi") -> alt.LayerChart | None:
    """The trend over the months themselves, the trend with its season, and the odd months marked. None where too few months are known."""
    found = taken_apart(outlook)
    if found is None:
        return None
    projection = outlook.projection
    smooth = found.trend + found.season
    domain = padded([*found.amounts, *smooth])
    years = list(range(found.year, found.year + -(-len(found.amounts) // MONTHS)))
    names = f"{[projection.calendar.name(year) for year in years]}[(datum.value - {MONTHS // 2}) / {MONTHS}]"
    ticks = [MONTHS // 2 + MONTHS * n for n in range(len(years))]
    shown = alt.ExprRef(f"phone ? {ticks[:: 1 + len(ticks) // 5]} : {ticks}")
    axis = alt.Axis(values=shown, labelExpr=names, grid=False, title=None, labelFlush=False)
    x = alt.X("x:Q", scale=scale([0, MONTHS * len(years)]), axis=axis)
    y = alt.Y("y:Q", scale=scale(domain), axis=unit_axis(projection.measure[lang], domain, projection.decimals))
    drawn = (
        _course(found.amounts).mark_line(color=FAINT, strokeWidth=1.1),
        _course(smooth).mark_line(color=QUIET, strokeWidth=1.3, strokeDash=[1.5, 3]),
        _course(found.trend).mark_line(color=INK, strokeWidth=2.4),
    )
    odd = layer([{"x": m + 1, "y": float(found.amounts[m]), "day": _month(outlook, found, m)} for m in found.odd])
    marks = odd.mark_point(color=TARGET, size=70, strokeWidth=2, filled=False).encode(x="x:Q", y=Y, tooltip=tips(lang, day=Text("Month")))
    lines = [line.encode(x="x:Q", y=Y) for line in drawn]
    return framed([ground(x, y), *lines, *([marks] if found.odd else []), *keyed(_keys(found, lang))], _frame(outlook, found, lang))


def _course(values: np.ndarray) -> alt.Chart:
    return layer([{"x": month + 1, "y": float(value)} for month, value in enumerate(values)])


def _month(outlook: Outlook, found: Parts, month: int) -> str:
    return f"{outlook.projection.calendar.month_end(found.year + month // MONTHS, month % MONTHS + 1):%m/%Y}"


def _keys(found: Parts, lang: str) -> list[Key]:
    keys = [
        Key("line", INK, Text("trend")[lang]),
        Key("dot", QUIET, Text("trend with season")[lang]),
        Key("line", FAINT, Text("each month")[lang]),
    ]
    return keys + ([Key("circle", TARGET, Text("out of line")[lang])] if found.odd else [])


def _frame(outlook: Outlook, found: Parts, lang: str) -> Frame:
    projection = outlook.projection
    title = Text("{name}: trend, season and the rest", name=projection.indicator.short)
    odd = Text("Neither trend nor season explains: {months}.", months=listed(_month(outlook, found, month) for month in found.odd))
    caption = odd if found.odd else Text("No month falls out of trend and season.")
    columns = tuple(
        words[lang]
        for words in (
            Text("Month"),
            in_context("of a curve", "Figure"),
            Text("trend"),
            Text("season"),
            Text("rest"),
        )
    )
    told = (("month", found.amounts), ("trend", found.trend), ("season", found.season), ("rest", found.rest))
    values = [by_month(projection, found.year, name, series) for name, series in told]
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (_month(outlook, found, month), *(nr.bare(outlook, label, lang, own) for own, label in zip(values, labels, strict=True)))
        for month, labels in enumerate(zip(*values, strict=True))
    )
    said = (title[lang], as_known(outlook, lang), f"{title[lang]}. {caption[lang]}", caption[lang])
    return Frame(*said, HEIGHT, PHONE_HEIGHT, lang, table=Figures(columns, rows[-SHOWN:]), mark=projection.unit.mark)
