"""Exponential smoothing with a drift, for a whole batch of series at once: the engine's second opinion on monthly series.

Simple exponential smoothing whose level drifts by nought or by half the slope of the straight line through the series, the latter being
the theta method (Assimakopoulos and Nikolopoulos, 2000, *The theta model*; Hyndman and Billah, 2003, *Unmasking the theta method*), on a
series without season, with an additive or with a multiplicative one (classical decomposition). Every combination is fitted by least
squares on a grid of smoothing weights and counts by its Akaike weight, corrected for short series (Hurvich and Tsai, 1989; Burnham and
Anderson, 2002): two years hardly allow twelve seasonal indices. It works on the scale of the amounts
themselves, without transform, prior or break: what it gets wrong is unlike what the engine gets wrong.
"""

from __future__ import annotations

import numpy as np

from kpi_lib.forecast.processes import Array

WEIGHTS = np.array([0.02, 0.06, 0.12, 0.2, 0.3, 0.42, 0.56, 0.72, 0.88, 1.0])  # of the newest period in the level
DRIFTS = np.array([0.0, 0.5])  # share of the straight line's slope: simple smoothing, and theta
FITTED = 3  # numbers fitted to every series: first level, weight, drift; the seasonal indices and the variance come on top
LEAST_INDEX = 0.2  # no factor of a season is below this: what is divided by next to nothing explodes
LEAST_SQUARE = 1e-9  # least mean square of the errors, relative to the recent mean squared


def smoothed_paths(relative: Array, horizon: int, season: int, uniform: Array, normal: Array) -> Array:
    """Simulate the missing periods of many series.

    Parameters
    ----------
    relative : ndarray, shape (series, periods)
        Non-negative, in units of the recent mean; a season is looked for from two whole years on.
    horizon, season : int
        Periods to simulate, periods a year.
    uniform : ndarray, shape (series, draws)
        What picks the combination of each draw, from 0 to 1.
    normal : ndarray, shape (series, draws, horizon)
        Standard normal errors.

    Returns
    -------
    ndarray, shape (series, draws, horizon)
        Not negative: what a path lacks below nought is taken from its other periods in proportion.
    """
    series, periods = relative.shape
    added, factor = _seasons(relative, season, horizon)
    clean = (relative[:, None] - added[..., :periods]) / factor[..., :periods]
    t = np.arange(periods) - (periods - 1) / 2.0
    step = (clean * t).sum(axis=2)[..., None] / (t @ t) * DRIFTS
    squares, level = fitted(clean[:, :, None] - step[..., None] * np.arange(periods), factor[:, :, None, :periods])
    level += (step * (periods - 1))[..., None]
    squares = np.maximum(squares, LEAST_SQUARE * periods)
    score = -periods / 2.0 * np.log(squares)
    score[:, 1:] -= _price(FITTED + season, periods) - _price(FITTED + 1, periods)
    score[(relative <= 0).any(axis=1), 2:] = -np.inf
    form, drift, weight = _picked(score, uniform)
    row = np.arange(series)[:, None]
    error = normal * np.sqrt(squares[row, form, drift, weight] / max(periods - FITTED, 1))[..., None]
    paths = error + WEIGHTS[weight][..., None] * (np.cumsum(error, axis=2) - error)
    paths += level[row, form, drift, weight][..., None] + step[row, form, drift][..., None] * np.arange(1, horizon + 1)
    return _not_negative(paths * factor[row, form, periods:] + added[row, form, periods:])


def fitted(values: Array, factor: Array | float) -> tuple[Array, Array]:
    """Simple exponential smoothing with each of `WEIGHTS`, the first level by least squares.

    Parameters
    ----------
    values : ndarray, shape (..., periods)
    factor : ndarray, broadcast against `values`
        What an error is multiplied by before it is squared (a seasonal index).

    Returns
    -------
    squares, level : ndarray, shape (..., weights)
        Sum of the squared errors one period ahead, and the level after the last period.

    Examples
    --------
    >>> squares, level = fitted(np.array([1.0, 3.0, 1.0]), 1.0)
    >>> squares[-1], level[-1]
    (np.float64(8.0), np.float64(1.0))
    """
    level = np.zeros((*values.shape[:-1], len(WEIGHTS)))  # from a first level of nought; `left` is what remains of a first level of one
    left = np.ones(len(WEIGHTS))
    own, cross, unit = np.zeros_like(level), np.zeros_like(level), np.zeros_like(level)
    importance = np.broadcast_to(np.square(factor), values.shape)
    for period in range(values.shape[-1]):
        error, counts = values[..., period, None] - level, importance[..., period, None]
        own += counts * error**2
        cross += counts * error * left
        unit += counts * left**2
        level += WEIGHTS * error
        left = left * (1.0 - WEIGHTS)
    first = cross / unit
    return own - cross * first, level + left * first


def _price(numbers: int, periods: int) -> float:
    """What so many fitted numbers cost in log-likelihood: half of the second-order Akaike correction."""
    return numbers + numbers * (numbers + 1) / max(periods - numbers - 1, 1)


def _seasons(relative: Array, season: int, horizon: int) -> tuple[Array, Array]:
    """What each form (none, additive, multiplicative) adds to and multiplies each period by, both (series, forms, periods + horizon)."""
    series, periods = relative.shape
    forms = 3 if periods >= 2 * season else 1
    added, factor = np.zeros((series, forms, periods + horizon)), np.ones((series, forms, periods + horizon))
    if forms > 1:
        total = np.cumsum(np.concatenate([np.zeros((series, 1)), relative], axis=1), axis=1)
        mean = (total[:, season:] - total[:, :-season]) / season
        centred, first = (mean[:, 1:] + mean[:, :-1]) / 2.0, season // 2
        inside = relative[:, first : first + centred.shape[1]]
        cycle = np.arange(periods + horizon) % season
        added[:, 1] = _pattern(inside - centred, first, season)[:, cycle]
        added[:, 1] -= added[:, 1, :season].mean(axis=1, keepdims=True)
        index = _pattern(np.divide(inside, centred, out=np.ones_like(inside), where=centred > 0), first, season)
        index = np.maximum(index / np.maximum(index.mean(axis=1, keepdims=True), LEAST_INDEX), LEAST_INDEX)
        factor[:, 2] = index[:, cycle]
    return added, factor


def _pattern(values: Array, first: int, season: int) -> Array:
    """Mean of each season of the year, shape (series, season); `values` begin with season number `first`."""
    number = (first + np.arange(values.shape[1])) % season
    return np.stack([values[:, number == k].mean(axis=1) for k in range(season)], axis=1)


def _picked(score: Array, uniform: Array) -> tuple[np.ndarray, ...]:
    """The combination of each draw, by inverting the cumulated weights; a tuple of indices of shape (series, draws)."""
    flat = score.reshape(len(score), -1)
    edges = np.cumsum(np.exp(flat - flat.max(axis=1, keepdims=True)), axis=1)
    edges /= edges[:, -1:]
    number = np.stack([np.searchsorted(row, u, side="right") for row, u in zip(edges, uniform, strict=True)])
    return np.unravel_index(np.minimum(number, flat.shape[1] - 1), score.shape[1:])


def _not_negative(paths: Array) -> Array:
    """Paths without negative periods and with the same total, or with none where the total is not positive."""
    total = np.maximum(paths.sum(axis=2, keepdims=True), 0.0)
    np.maximum(paths, 0.0, out=paths)
    above = paths.sum(axis=2, keepdims=True)
    paths *= np.divide(total, above, out=np.zeros_like(total), where=above > 0)
    return paths
