"""A line taken apart into its trend, its season and the rest, the months that neither explains, and those in which level or pace broke."""

from __future__ import annotations

import altair as alt
import numpy as np

from kpi_lib import narrative as nr
from kpi_lib.charts.base.axes import Y, ground, padded, scale, unit_axis
from kpi_lib.charts.base.frame import Cell, Figures, Frame, framed
from kpi_lib.charts.base.labels import Key, keyed
from kpi_lib.charts.base.style import FAINT, INK, QUIET, TARGET, layer, tips
from kpi_lib.charts.base.words import as_known
from kpi_lib.definitions.schedule import keeps_tet
from kpi_lib.outlook.breaks import Break
from kpi_lib.outlook.season import Parts, by_month, taken_apart
from kpi_lib.outlook.verdict import Outlook
from kpi_lib.periods import MONTHS
from kpi_lib.words.messages import Text, in_context, listed, say
from kpi_lib.words.numbers import signed, with_measure, with_percent

HEIGHT, PHONE_HEIGHT = 300, 270
SHOWN = 3 * MONTHS  # months in the table behind
NAMED = 6  # odd months told by their dates: those furthest off


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
    breaks = (
        layer([{"x": each.month + 0.5} for each in found.broken])
        .mark_rule(color=TARGET, strokeWidth=1.4, strokeDash=[4, 3])
        .encode(x="x:Q")
    )
    more = [*([breaks] if found.broken else []), *([marks] if found.odd else [])]
    return framed([ground(x, y), *lines, *more, *keyed(_keys(found, lang))], _frame(outlook, found, lang))


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
    keys += [Key("dash", TARGET, Text("level or pace changes")[lang])] if found.broken else []
    return keys + ([Key("hollow", TARGET, Text("out of line")[lang])] if found.odd else [])


def _odd(outlook: Outlook, found: Parts, month: int, lang: str) -> str:
    """A month out of line, how far, and whether Tet lay in it."""
    projection, at = outlook.projection, _month(outlook, found, month)
    tet = keeps_tet(projection.unit) and projection.calendar.tet_in(found.year + month // MONTHS, month % MONTHS + 1)
    off = signed(float(found.rest[month]), outlook.decimals(float(found.rest[month])), lang)
    return say("{month} ({off}, Tet)", lang, month=at, off=off) if tet else f"{at} ({off})"


def _broke(outlook: Outlook, found: Parts, each: Break, lang: str) -> str:
    """From when on the line runs otherwise, and how."""

    def size(value: float) -> str:
        measure = outlook.projection.measure
        return with_percent(signed(100 * value, 0, lang), lang) if each.shares else with_measure(signed(value, 0, lang), measure, lang)

    return say(
        "From {month} on the line runs otherwise: level {jump} against its old course, a year adds {after} (before: {before}).",
        lang, month=_month(outlook, found, each.month), jump=size(each.jump), after=size(each.after), before=size(each.before),
    )  # fmt: skip


def _frame(outlook: Outlook, found: Parts, lang: str) -> Frame:
    projection = outlook.projection
    title = Text("{name}: trend, season and the rest", name=projection.indicator.short)
    named = sorted(sorted(found.odd, key=lambda month: -abs(found.rest[month]))[:NAMED])
    odd = Text("Neither trend nor season explains: {months}.", months=listed(_odd(outlook, found, month, lang) for month in named))
    if more := len(found.odd) - len(named):
        odd = Text("{odd} Ringed besides: {more}.", odd=odd, more=more)
    none = Text("No month falls out of trend and season.")
    broken = [_broke(outlook, found, each, lang) for each in found.broken] or [say("Level and pace hold throughout.", lang)]
    caption = " ".join([(odd if found.odd else none)[lang], *broken])
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
    said = (title[lang], as_known(outlook, lang), f"{title[lang]}. {caption}", caption)
    return Frame(*said, HEIGHT, PHONE_HEIGHT, lang, table=Figures(columns, rows[-SHOWN:]), mark=projection.unit.mark)
