"""The axes of a plot: months, units of measure, percentages."""

from __future__ import annotations

import math
from collections.abc import Sequence

import altair as alt

from kpi_lib.charts.base.style import layer
from kpi_lib.periods import MONTHS, QUARTER, Calendar
from kpi_lib.words.messages import say
from kpi_lib.words.numbers import month_names

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
    title = say("year to date, end of month", lang)
    ticks = alt.ExprRef(f"phone ? {list(range(QUARTER, MONTHS + 1, QUARTER))} : {list(range(1, MONTHS + 1))}")
    axis = alt.Axis(values=ticks, labelExpr=words, grid=False, title=title, labelOverlap=False, labelFlush=False)
    return alt.X("x:Q", scale=scale([0, MONTHS]), axis=axis)
