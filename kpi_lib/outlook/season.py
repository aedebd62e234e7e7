"""Amounts of single months, of this year and those before: trend, season and rest, months out of line, months in which the line broke."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kpi_lib.forecast.projection import Projection
from kpi_lib.outlook.breaks import Break, breaks
from kpi_lib.outlook.verdict import Outlook
from kpi_lib.periods import MONTHS
from kpi_lib.words.values import Values

FEWEST = 2 * MONTHS + 1  # months that can be told apart into trend and season at all
FAR = 3.5  # robust standard deviations of the rest beyond which a month is named
LEAST = 0.1  # of a middling month: what is smaller is not worth a name, however even the others are


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


@dataclass(frozen=True, slots=True)
class Parts:
    """Amounts by month from the first month of `year` on, and what they are made of; `odd` are months that neither trend nor
    season explains, `broken` those from which on another level or pace holds.
    """

    year: int
    amounts: np.ndarray
    trend: np.ndarray
    season: np.ndarray
    rest: np.ndarray
    odd: tuple[int, ...]
    broken: tuple[Break, ...]


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
    trend, season = np.asarray(found.trend), np.asarray(found.seasonal)
    return Parts(year, amounts, trend, season, rest, odd, breaks(amounts - season))
