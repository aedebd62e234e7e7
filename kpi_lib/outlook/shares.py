"""Which share of its own total a past year had reached by a day: what the usual pace is."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection

from kpi_lib.figures.histories import Point
from kpi_lib.forecast.projection import Projection
from kpi_lib.periods import same_point

YEARS = 5  # complete past years that set the pace


def whole_years(projection: Projection) -> dict[int, tuple[Point, ...]]:
    """The last complete past years of an amount, at most `YEARS`, the earliest first."""
    past = sorted(projection.past.items()) if projection.indicator.adds_up else []
    whole = [(year, points) for year, points in past if points and projection.calendar.is_year_end(points[-1].end) and points[-1].value > 0]
    return dict(whole[-YEARS:])


def reached_by(projection: Projection, day: dt.date, years: Collection[int] | None = None) -> dict[int, float]:
    """What complete past years (all, or some) had reached of their own totals by the same day as one of this year; none without a figure for it."""
    found = {}
    for year, points in whole_years(projection).items():
        then = same_point(points, day, year - projection.year, projection.calendar)
        if then is not None and (years is None or year in years):
            found[year] = then.value / points[-1].value
    return found
