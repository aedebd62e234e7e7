"""The axes of a plot: months, units of measure, percentages."""

from __future__ import annotations

import math
from collections.abc import Sequence

import altair as alt

from kpi_lib.charts.base.style import layer
from kpi_lib.periods import MONTHS, QUARTER, Calendar
from kpi_lib.words.messages import say
from kpi_lib.words.numbers import month_names, with_percent

X, Y = alt.X("x:Q"), alt.Y("y:Q")  # the places of most layers, on axes that the ground carries


def scale(domain: Sequence[float]) -> alt.Scale:
    """A scale from one end of the domain to the other, neither rounded nor drawn to zero."""
    return alt.Scale(domain=list(domain), nice=False, zero=False)


def ground(x: alt.X, y: alt.Y) -> alt.Chart:
    """The layer that carries the axes: nothing is drawn on it."""
    return layer().mark_point(opacity=0).encode(x=x, y=y)


def padded(
    numbers: Sequence[float], *, share: float = 0.07, floor: float = float("-inf"), ceiling: float = float("inf")
) -> tuple[float, float]:
    """A domain that holds the numbers with some air, not beyond what is possible at all."""
    low, high = min(numbers), max(numbers)
    air = share * (high - low) or max(abs(high) * share, 0.5)
    return max(low - air, floor), min(high + air, ceiling) if high < ceiling else high + air * 0.3


def percent_labels(lang: str) -> str:
    """The expression that writes an axis's labels with the percent sign of a language."""
    return f"datum.label + '{with_percent('', lang)}'"


def unit_axis(title: str, domain: Sequence[float], decimals: int) -> alt.Axis:
    """A value axis whose title, the unit of measure, lies flat above it; no more decimals than its steps need."""
    needed = max(0, -math.floor(math.log10((domain[1] - domain[0]) / 5)))
    return alt.Axis(
        title=title,
        format=f",.{min(decimals, needed)}f",
        tickCount=5,
        domain=False,
        ticks=False,
        titleAngle=0,
        titleAlign="left",
        titleAnchor="end",
        titleX=0,
        titleY=-15,
    )


def month_axis(lang: str, calendar: Calendar) -> alt.X:
    """The months of a year by their ends, every third on a phone."""
    words = f"{month_names(lang, calendar)}[datum.value - 1]"
    months, quarters = list(range(1, MONTHS + 1)), list(range(QUARTER, MONTHS + 1, QUARTER))
    return time_axis(0, months, quarters, words, say("year to date, end of month", lang))


def time_axis(low: float, ticks: list[int], phone_ticks: list[int], wording: str, title: str | None = None) -> alt.X:
    """Months since the year began, from `low` to its end; the ticks on a wide screen and on a phone, and an expression for their words."""
    shown = alt.ExprRef(f"phone ? {phone_ticks} : {ticks}")
    axis = alt.Axis(values=shown, labelExpr=wording, grid=False, title=title, labelOverlap=False, labelFlush=False)
    return alt.X("x:Q", scale=scale([low, MONTHS]), axis=axis)


def year_ticks(year: int, low: float, calendar: Calendar) -> tuple[list[int], list[int], str]:
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
