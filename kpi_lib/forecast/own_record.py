"""A line's own record widens its band: where replays of past years at this time contradict it, this year's is wider.

What past misses say of the next one is little, for the model knows most of it already: bands that the record does not contradict gain nothing by it,
those that it does hold their name once the misses count beside a prior worth twenty years (benchmarks/own_record.py, docs/engine.md).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd

from kpi_lib.forecast.plan_effect import stretched
from kpi_lib.forecast.projection import Projection

NEEDED = (
    "unit",
    "indicator",
    "year",
    "as_of",
    "model",
    "projected",
    "low80",
    "high80",
    "outturn",
)  # columns of `frames.ERRORS` that are read
ENOUGH_YEARS = 5  # years below which a record is no judge of an interval
DOUBT = 0.05  # an interval is called too narrow where an honest one would have a record as bad less often than this
PRIOR_YEARS = 20.0  # what the band itself is worth against a year of the record
WILDEST = 4.0  # beyond which a miss, in standard deviations, counts no more: one wild year is no habit
NORMAL80 = 1.2815515594  # half of an 80% interval, in standard deviations


def same_time(errors: pd.DataFrame, projection: Projection) -> pd.DataFrame:
    """The replays of the line by the model that pages use, of years before, at the review of the year that lies nearest to the projection's day."""
    key, day = (projection.unit.id, projection.indicator.id), projection.as_of
    reviews = projection.calendar.reviews(projection.calendar.year_of(day))
    month = min(reviews, key=lambda review: abs((review - day).days)).month
    line = (errors["model"] == "chosen") & (errors["unit"] == key[0]) & (errors["indicator"] == key[1])
    return errors[line & (errors["year"] < projection.year) & (errors["as_of"].dt.month == month)]


def contradicted(misses: int, n: int, level: int) -> bool:
    """Whether so many misses of n are more than an interval of that level allows: as many or more would come in less than one of twenty honest records.

    >>> contradicted(3, 8, 95), contradicted(2, 8, 95), contradicted(5, 8, 80), contradicted(4, 8, 80)
    (True, False, True, False)
    """
    miss = 1 - level / 100
    return sum(math.comb(n, k) * miss**k * (1 - miss) ** (n - k) for k in range(misses, n + 1)) < DOUBT


def too_narrow(held: Mapping[int, int], years: int) -> int:
    """The interval that the record contradicts, the widest first, by how many of the years each held; 0 where none is, or where years are few.

    >>> too_narrow({95: 5, 80: 5}, 8), too_narrow({95: 8, 80: 3}, 8), too_narrow({95: 2, 80: 2}, 4)
    (95, 80, 0)
    """
    return next((level for level, inside in held.items() if contradicted(years - inside, years, level)), 0) if years >= ENOUGH_YEARS else 0


def inside(errors: pd.DataFrame, level: int) -> int:
    """How many outturns lay inside the interval of that level."""
    return int(((errors["outturn"] >= errors[f"low{level}"]) & (errors["outturn"] <= errors[f"high{level}"])).sum())


def misses(errors: pd.DataFrame) -> np.ndarray:
    """Each outturn's distance from its projection's middle in standard deviations, as the 80% interval of its side says, at most `WILDEST`.

    >>> row = {"projected": [100.0, 100.0], "low80": [90.0, 90.0], "high80": [105.0, 105.0], "outturn": [90.0, 200.0]}
    >>> misses(pd.DataFrame(row)).round(2).tolist()
    [-1.28, 4.0]
    """
    middle, outturn = errors["projected"].to_numpy(dtype=float), errors["outturn"].to_numpy(dtype=float)
    half = np.where(outturn > middle, errors["high80"].to_numpy(dtype=float) - middle, middle - errors["low80"].to_numpy(dtype=float))
    usable = np.isfinite(outturn) & (half > 0)
    return np.clip(NORMAL80 * (outturn - middle)[usable] / half[usable], -WILDEST, WILDEST)


def width(past: np.ndarray) -> float:
    """By how much a band is stretched after past misses in standard deviations: the posterior of a variance with an inverse-gamma prior around 1.

    >>> width(np.zeros(5)), round(width(np.array([3.0, -3.0, 3.0, 0.5, 0.5, 1.0, 0.0])), 2)
    (1.0, 1.34)
    """
    return max(float(np.sqrt((PRIOR_YEARS + (past**2).sum()) / (PRIOR_YEARS + len(past)))), 1.0)


def with_own_record(projection: Projection, errors: pd.DataFrame | None) -> Projection:
    """The projection with its band stretched around its middle by the line's own record.

    Left alone are a year whose figure is known, assessments, and lines that a plan pulls: what was learnt of those has past year ends in it.

    Parameters
    ----------
    errors : replays made without a record, with outturns known on the projection's day (columns `NEEDED`); None changes nothing.
    """
    if errors is None or not projection.projected or projection.indicator.kind.once_a_year or projection.plan_record is not None:
        return projection
    past = same_time(errors, projection)
    scale = width(misses(past)) if too_narrow({level: inside(past, level) for level in (95, 80)}, len(past)) else 1.0
    if scale == 1.0:
        return replace(projection, errors=errors)
    draws, paths = _stretched(projection, scale) if projection.indicator.adds_up else _spread(projection, scale)
    draws.flags.writeable = False
    return replace(projection, draws=draws, paths=paths, record_scale=scale, errors=errors)


def _stretched(projection: Projection, scale: float) -> tuple[np.ndarray, np.ndarray]:
    """Of an amount: what is still to come, never less than nothing, each path keeping its shape."""
    so_far = projection.now if projection.now.size else projection.achieved if projection.seen else 0.0
    paths = _counted(projection, stretched(projection.paths, np.maximum(_around(projection.draws, scale) - so_far, 0.0)))
    return so_far + paths.sum(axis=1), paths


def _spread(projection: Projection, scale: float) -> tuple[np.ndarray, np.ndarray]:
    """Of a rate or level: the year's end and the way to it, within what is possible."""
    low, high = projection.indicator.lower, projection.indicator.upper
    draws, paths = (np.clip(_counted(projection, _around(values, scale)), low, high) for values in (projection.draws, projection.paths))
    return draws, paths


def _counted(projection: Projection, values: np.ndarray) -> np.ndarray:
    """In whole numbers where the projection was in such."""
    return np.round(values) if projection.indicator.whole and (projection.draws == np.round(projection.draws)).all() else values


def _around(values: np.ndarray, scale: float) -> np.ndarray:
    """Draws, or paths date by date, spread around their middle."""
    return np.asarray((middle := np.median(values, axis=0)) + scale * (values - middle)) if values.size else values
