"""What is still to be done a month, by the plan or target as it stands, and what the two rules of thumb would say."""

from __future__ import annotations

from typing import Any

import numpy as np

from kpi_lib import compare
from kpi_lib.definitions.targets import Target
from kpi_lib.forecast.projection import Projection
from kpi_lib.periods import MONTHS, same_point


def pace(projection: Projection, target: Target, threshold: float) -> dict[str, Any]:
    """What is still to be done a month, against the pace so far and the best ever recorded; only for amounts that add up."""
    if not projection.indicator.adds_up or not projection.seen or projection.complete or not compare.upwards(target.comparator):
        return {}
    last = projection.seen[-1]
    months_gone = projection.calendar.months_gone(last.end)
    months_left = MONTHS - months_gone
    remaining = 0.0 if compare.meets(last.value, ">=", threshold) else threshold - last.value
    paces = _past_paces(projection)
    return {
        "remaining": remaining,
        "months_left": months_left,
        "pace_needed": remaining / months_left if months_left else float("nan"),
        "pace_so_far": last.value / months_gone,
        "best_pace": max(paces, default=float("nan")),
        "pace_years": len(paces),
    }


def _past_paces(projection: Projection) -> list[float]:
    """The monthly averages of the same remaining months in the past years that have a figure near by."""
    calendar, last = projection.calendar, projection.seen[-1].end
    months_left = MONTHS - calendar.months_gone(last)
    paces = []
    for year, points in projection.past.items():
        then = same_point(points[:-1], last, year - projection.year, calendar)
        if then is not None and calendar.is_year_end(points[-1].end):
            paces.append((points[-1].value - then.value) / months_left)
    return paces


def office_rules(projection: Projection, target: Target, threshold: float) -> dict[str, Any]:
    """What the two rules of thumb would say."""
    line, same = projection.straight_line, projection.same_period
    return {
        "straight_line_meets": None if np.isnan(line) or projection.complete else compare.meets(line, target.comparator, threshold),
        "same_period_meets": None if np.isnan(same) or projection.complete else compare.meets(same, target.comparator, threshold),
    }
