"""Amounts of single months, of this year and those before: what the season of a line is seen in."""

from __future__ import annotations

import numpy as np

from kpi_lib.forecast.projection import Projection
from kpi_lib.periods import MONTHS
from kpi_lib.words.values import Values


def month_amounts(projection: Projection) -> dict[int, np.ndarray]:
    """The amounts of a line's months by year, `(12,)`, NaN where a month is not known; the year judged last. Empty for a line that does not add up.

    A month is what its sum to date is above that of the month before; nothing is interpolated.
    """
    if not projection.indicator.adds_up:
        return {}
    found = {}
    for year, points in [*sorted(projection.past.items()), (projection.year, projection.seen)]:
        sums = {round(projection.calendar.place(point.end, year), 6): point.value for point in points} | {0.0: 0.0}
        amounts = np.array([sums.get(float(month), np.nan) - sums.get(float(month - 1), np.nan) for month in range(1, MONTHS + 1)])
        if np.isfinite(amounts).any():
            found[year] = amounts
    return found


def unbroken(amounts: dict[int, np.ndarray]) -> tuple[int, np.ndarray]:
    """The first year, and the amounts month by month from its start to the last known one, of the longest run without a gap that ends there."""
    years = sorted(amounts)
    known = [amounts[year] for year in years]
    tail = np.isfinite(known[-1]).cumprod().sum() if known else 0
    run, first = list(known[-1][:tail]) if known else [], years[-1] if years else 0
    for year, whole in zip(reversed(years[:-1]), reversed(known[:-1]), strict=True):
        if year != first - 1 or not np.isfinite(whole).all():
            break
        run, first = [*whole, *run], year
    return first, np.array(run)


def by_month(projection: Projection, first: int, name: str, amounts: np.ndarray) -> Values:
    """Numbers by month from the first month of a year on, under `name@` and the month's last day; unknown ones are left out."""
    ends = [projection.calendar.month_end(first + month // MONTHS, month % MONTHS + 1) for month in range(len(amounts))]
    return Values(projection.indicator.id, {f"{name}@{end}": float(x) for end, x in zip(ends, amounts, strict=True) if np.isfinite(x)})
