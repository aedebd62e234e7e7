"""What kind of series it is, by its own known figures, and what that has taught about the width and centre of a projection.

Traits are reckoned for a whole batch; none but the wholeness of small counts depends on the unit of measure.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Truth = NDArray[np.bool_]

TRAITS = ("every", "unseen", "history", "counts", "empty", "smooth", "seasonal")
SMALL_COUNT = 1000.0  # whole-number series below this are counts
FURTHEST = 0.4  # no series' width is changed by more than this (in logs), nor its centre by more than this (in standard deviations)
EDGE = 1.2816  # standard deviations at the edge of the 80% interval


@dataclass(frozen=True, slots=True)
class Calibration:
    """What left-out sources have shown to be missing, linear in `TRAITS`: log of the stretch, shift in standard deviations.

    `tail` is the extra stretch of a draw per standard deviation beyond the edge of the 80% interval.
    """

    stretch: tuple[float, ...] = (0.0,) * len(TRAITS)
    shift: tuple[float, ...] = (0.0,) * len(TRAITS)
    tail: float = 0.0


UNCALIBRATED = Calibration()


def are_counts(history: Array) -> Truth:
    """Which series hold whole numbers below 1,000 only.

    >>> are_counts(np.array([[3.0, 7.0], [3.0, 7.5], [3.0, 7000.0]]))
    array([ True, False, False])
    """
    whole: Truth = (history == np.round(history)).all(axis=1) & (history.max(axis=1) < SMALL_COUNT)
    return whole


def mean_step(values: Array) -> Array:
    """Mean distance between neighbouring periods, relative to the mean period, one a series.

    >>> mean_step(np.array([[4.0, 6.0, 4.0, 6.0]]))
    array([0.4])
    """
    mean = values.mean(axis=1)
    return np.divide(np.abs(np.diff(values)).mean(axis=1), mean, out=np.zeros_like(mean), where=mean > 0)


def kinship(values: Array) -> Array:
    """Correlation of each period with the one before it, all measured from the mean of the whole, one a series.

    >>> kinship(np.array([[1.0, 1.0, 3.0, 3.0]]))
    array([0.25])
    """
    away = values - values.mean(axis=1, keepdims=True)
    size = (away**2).sum(axis=1)
    return np.divide((away[:, 1:] * away[:, :-1]).sum(axis=1), size, out=np.zeros_like(size), where=size > 0)


def profiles(values: Array, season: int) -> tuple[Array, Array]:
    """How alike the profiles of successive years are, from -1 to 1, and the spread of their mean, one of each a series.

    The profile of a year is what is left of its periods, relative to its mean, once a straight line is taken away: a steady climb
    is no season. `values` are whole years.
    """
    years = values.reshape(len(values), -1, season)
    mean = years.mean(axis=2, keepdims=True)
    relative = np.divide(years, mean, out=np.ones_like(years), where=mean > 0) - 1.0
    ramp = np.arange(season) - (season - 1) / 2.0
    left = relative - (relative @ ramp / (ramp @ ramp))[..., None] * ramp
    size = np.sqrt((left**2).sum(axis=2))
    both = (size[:, 1:] * size[:, :-1]).sum(axis=1)
    alike = np.divide((left[:, 1:] * left[:, :-1]).sum(axis=(1, 2)), both, out=np.zeros_like(both), where=both > 1e-12)
    return alike, left.mean(axis=1).std(axis=1)


def traits(history: Array, horizon: int, season: int) -> Array:
    """The `TRAITS` of each series, shape (series, traits), each about nought to one in size.

    Share of the year unseen (from a half), logarithm of the years of history (from three), counts or not, share of empty periods,
    smoothness (small steps and kin neighbours), and the same season every year.
    """
    series, periods = history.shape
    alike, swing = profiles(history[:, : periods // season * season], season)
    smooth = np.clip((kinship(history) - 0.5) / 0.4, 0.0, 1.0) * np.clip(1.5 - mean_step(history) / 0.08, 0.0, 1.0)
    return np.column_stack(
        [
            np.ones(series),
            np.full(series, min(horizon / season, 1.0) - 0.5),
            np.full(series, np.log(periods / season / 3.0)),
            are_counts(history),
            (history <= 0).mean(axis=1),
            smooth,
            np.clip(alike, 0.0, 1.0) * np.clip(swing / 0.1, 0.0, 1.0),
        ]
    )


def recalibrated(paths: Array, found: Array, learned: Calibration) -> Array:
    """Stretch and shift the distribution of each series' total by what its kind has taught.

    Parameters
    ----------
    paths : ndarray, shape (series, draws, horizon)
        Changed in place: each path is multiplied so that its total moves.
    found : ndarray, shape (series, traits)
        From `traits`.
    learned : Calibration
    """
    stretch = np.exp(np.clip(found @ np.array(learned.stretch), -FURTHEST, FURTHEST))[:, None]
    shift = np.clip(found @ np.array(learned.shift), -FURTHEST, FURTHEST)[:, None]
    total = paths.sum(axis=2)
    low, middle, high = np.quantile(total, [0.16, 0.5, 0.84], axis=1)[..., None]
    away, deviation = total - middle, np.maximum((high - low) / 2.0, 1e-12)
    distance = np.minimum(np.abs(away) / deviation, 3.0)
    moved = np.maximum(middle + shift * deviation + away * stretch * (1.0 + learned.tail * (distance - EDGE)), 0.0)
    paths *= np.divide(moved, total, out=np.ones_like(total), where=total > 0)[..., None]
    return paths
