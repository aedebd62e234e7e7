"""Gaussian processes of states known on any dates: yearly surveys, quarters with gaps, a figure now and then.

A transformed level is a walk + a state that is drawn back + momentum + one slope + a season + noise of the figure itself. As in
`processes`, whose likelihood serves here too, all variances share one unknown factor that is integrated out; but they are functions of
time in years, not of numbered periods, and nothing needs to be of the white noise: a level may be known exactly.

Sources: Rasmussen and Williams (2006), *Gaussian processes for machine learning*, sections 2.2 and 4.2 (conditioning, periodic
covariance); Taylor, Cumberland and Sy (1994), *A stochastic model for analysis of longitudinal AIDS data*, section 3 (momentum: the
integrated Ornstein-Uhlenbeck process).
"""

from __future__ import annotations

from dataclasses import astuple, dataclass
from functools import lru_cache

import numpy as np

from kpi_lib.forecast.processes import LEVEL_PRIOR, Array

WIDTH = 0.3  # how alike neighbouring days of the year are: correlation of the season 0.2 a month apart, none a quarter apart


@dataclass(frozen=True, slots=True)
class LevelPoint:
    """Variances of the components of a level, all relative to one factor that is integrated out.

    Attributes
    ----------
    walk : float
        Variance of the steps of a year.
    pull, memory : float
        Variance of the state that is drawn back to its mean, and the years after which 1/e of a departure is left.
    momentum, stamina : float
        Variance of the slope that wanders, in units a year squared, and the years after which 1/e of it is left.
    slope : float
        Variance of the one slope of the whole history.
    season, fading : float
        Variance of the seasonal pattern, and the years after which its correlation is 1/e (infinite: one pattern).
    noise : float
        Variance of the figure's own noise.
    """

    walk: float
    pull: float
    memory: float
    momentum: float
    stamina: float
    slope: float
    season: float
    fading: float
    noise: float


def covariances(points: tuple[LevelPoint, ...], times: Array) -> Array:
    """Covariance of a level on any dates under every grid point, shape (points, n, n); `times` (n,) in years from the first.

    Examples
    --------
    >>> point = LevelPoint(walk=1, pull=0, memory=1, momentum=0, stamina=1, slope=0.5, season=0, fading=1, noise=0.1)
    >>> covariances((point,), np.array([0.0, 2.0]))[0] - LEVEL_PRIOR
    array([[0.1, 0. ],
           [0. , 4.1]])
    """
    walk, pull, memory, momentum, stamina, slope, season, fading, noise = _fields(points)
    a, b = times[:, None], times[None, :]
    gap = np.abs(a - b)
    carried = 2.0 * np.minimum(a, b) / stamina - 1.0 + np.exp(-a / stamina) + np.exp(-b / stamina) - np.exp(-gap / stamina)
    return np.asarray(
        LEVEL_PRIOR
        + walk * np.minimum(a, b)
        + pull * np.exp(-gap / memory)
        + momentum * stamina**2 * carried
        + slope * a * b
        + season * _pattern(gap) * np.exp(-gap / fading)
        + noise * (gap == 0)
    )


@lru_cache(maxsize=8)
def _fields(points: tuple[LevelPoint, ...]) -> Array:
    """The sizes of grid points, shape (fields, points, 1, 1)."""
    return np.array([astuple(point) for point in points])[:, :, None, None].swapaxes(0, 1)


def _pattern(gap: Array) -> Array:
    """Correlation of the seasonal pattern at dates so many years apart; a pattern sums to nothing over a year."""
    mean = np.exp(-2.0 * np.sin(np.pi * np.arange(365) / 365) ** 2 / WIDTH**2).mean()
    return np.asarray((np.exp(-2.0 * np.sin(np.pi * gap) ** 2 / WIDTH**2) - mean) / (1.0 - mean))


@dataclass(frozen=True, slots=True)
class Sight:
    """What every grid point makes of states on some dates, and of those ahead; first axis: grid points."""

    whiten: Array  # (points, n, n), inverse of the Cholesky factor of the past
    log_determinant: Array  # (points,)
    regression: Array  # (points, ahead, n), best linear prediction
    spread: Array  # (points, ahead, ahead), lower triangular factor of what the past cannot say
    year: Array  # (points,), standard deviation of the change within a year before anything is known


@lru_cache(maxsize=16)
def sight(points: tuple[LevelPoint, ...], times: tuple[float, ...], ahead: tuple[float, ...]) -> Sight:
    """Factors for one set of dates, in years; kept, because a batch, a replay and a benchmark ask again."""
    n = len(times)
    dates = np.array([*times, *ahead]) - times[0]
    joint = np.linalg.cholesky(covariances(points, dates))
    past = joint[:, :n, :n]
    whiten = np.linalg.inv(past)
    year = covariances(points, np.array([0.0, 1.0]))
    change = np.sqrt(year[:, 0, 0] + year[:, 1, 1] - 2.0 * year[:, 0, 1])
    determinant = 2.0 * np.log(np.diagonal(past, axis1=1, axis2=2)).sum(axis=1)
    return Sight(
        whiten, determinant, np.asarray(joint[:, n:, :n] @ whiten, dtype=np.float64), np.ascontiguousarray(joint[:, n:, n:]), change
    )
