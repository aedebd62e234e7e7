"""The Gaussian processes behind `structural`: one covariance a grid point, one likelihood a series.

A transformed series is level + slope + seasonal pattern + slow and fast noise. Every variance is relative to the white noise,
whose own variance has an inverse-gamma prior and is integrated out, so that the covariance depends on the grid point and on the
dates alone: one Cholesky factor serves every series of the same length.

Sources: Harvey (1989), *Forecasting, structural time series models and the Kalman filter*, section 2.3 (components);
Rasmussen and Williams (2006), *Gaussian processes for machine learning*, sections 2.2 and 2.7 (conditioning, basis functions);
Shah, Wilson and Ghahramani (2014), *Student-t processes as alternatives to Gaussian processes*, section 2 (unknown noise scale).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln

Array = NDArray[np.float64]

BREAKS = ("none", "outlier", "spell", "shift")  # nothing odd; one odd figure; a burst that fades; a lasting jump of the level
FADING = (0.0, 0.7, 1.0)  # share of an outlier, a spell, a shift that is left one period later (Chen and Liu, 1993)
BREAK_VARIANCE = 100.0  # variance of a break, relative to the white noise: ten standard deviations
LEVEL_PRIOR = 1e4  # variance of the first level: wide, yet finite, so that likelihoods of different points compare
NOISE_SHAPE = 2.0  # shape of the inverse-gamma prior of the white-noise variance


@dataclass(frozen=True, slots=True)
class GridPoint:
    """Variances of the components of a series, each divided by the variance of the white noise.

    Attributes
    ----------
    level : float
        Variance of the step the level takes from one period to the next.
    slope, stamina : float
        Variance of the slope, in units a year squared, and the number of years after which the correlation of the slope with
        itself is 1/e (infinite: one slope for the whole history).
    seasonal : float
        Prior variance of the fixed seasonal pattern.
    evolving, memory : float
        Variance of the seasonal pattern that wanders, and the number of years after which its correlation is 1/e.
    echo, persistence : float
        Variance and one-period correlation of autoregressive noise.
    """

    level: float = 0.0
    slope: float = 0.0
    stamina: float = np.inf
    seasonal: float = 0.0
    evolving: float = 0.0
    memory: float = 3.0
    echo: float = 0.0
    persistence: float = 0.5


def covariance(point: GridPoint, periods: NDArray[np.integer] | range, season: int) -> Array:
    """Covariance of a transformed series at any set of periods, relative to the white-noise variance.

    Parameters
    ----------
    point : GridPoint
        Variances of the components.
    periods : integers, shape (n,)
        Numbers of the periods, 0 being the first period of the first year. Any order, gaps allowed. Sums over spans (a
        half-year figure, a year total) on the identity scale have the covariance ``A @ covariance(...) @ A.T``, A the matrix that sums.
    season : int
        Periods a year.

    Returns
    -------
    ndarray, shape (n, n)

    Examples
    --------
    >>> covariance(GridPoint(level=0.5), range(3), 12) - LEVEL_PRIOR
    array([[1. , 0. , 0. ],
           [0. , 1.5, 0.5],
           [0. , 0.5, 2. ]])
    """
    t = np.asarray(periods, dtype=float)
    gap = np.abs(t[:, None] - t)
    pattern = (gap % season == 0) - 1.0 / season  # sums to zero over a year
    level = LEVEL_PRIOR + point.level * np.minimum(t[:, None], t)
    slope = point.slope / season**2 * _cumulated(t, np.exp(-1.0 / (season * point.stamina)))
    wander = point.evolving * np.exp(-gap / (season * point.memory))
    echo = point.echo * point.persistence**gap
    return level + slope + (point.seasonal + wander) * pattern + echo + (gap == 0)


def _cumulated(t: Array, correlation: float) -> Array:
    """Covariance of the sum of a unit-variance autoregression over periods 1 to t, for every pair of t."""
    number = np.arange(1, int(t.max()) + 1)
    steps = correlation ** np.abs(number[:, None] - number)
    sums = np.zeros((len(number) + 1, len(number) + 1))
    sums[1:, 1:] = steps.cumsum(axis=0).cumsum(axis=1)
    rows = t.astype(int)
    return sums[np.ix_(rows, rows)]


def student_log_density(quadratic: Array, log_determinant: Array | float, size: float, noise_scale: Array | float, shape: float) -> Array:
    """Log density of a multivariate Student vector from its quadratic form (arguments broadcast)."""
    constant = gammaln(shape + size / 2) - gammaln(shape) + shape * np.log(noise_scale) - size / 2 * np.log(2 * np.pi)
    return constant - log_determinant / 2 - (shape + size / 2) * np.log(noise_scale + quadratic / 2)


@dataclass(frozen=True, slots=True)
class Factors:
    """What depends on a grid point and the length only; three kinds of break may begin at each period."""

    whiten: Array  # (periods, periods), inverse of the Cholesky factor of the past
    log_determinant: float
    regression: Array  # (horizon, periods), best linear prediction of the future
    spread: Array  # (horizon, horizon), lower triangular factor of what the past cannot say
    course: Array  # (kinds, periods, periods), a unit break of each kind beginning at each place (columns)
    precision: Array  # (kinds, periods), information on the size of a break at each place
    reach: Array  # (kinds, periods, horizon), what one unit of a break at each place changes in the prediction


@lru_cache(maxsize=8)
def factors(points: tuple[GridPoint, ...], periods: int, horizon: int, season: int) -> tuple[Factors, ...]:
    """Factors of every grid point for one length of history; kept, because a batch, a backtest and a benchmark ask again."""
    return tuple(_factors(point, periods, horizon, season) for point in points)


@lru_cache(maxsize=8)
def courses(periods: int, horizon: int) -> Array:
    """What a unit break of each kind, beginning at each past period, adds to each period, shape (kinds, periods + horizon, periods)."""
    since = np.arange(periods + horizon)[:, None] - np.arange(periods)
    return np.stack([np.where(since >= 0, fading ** np.maximum(since, 0), 0.0) for fading in FADING])


@lru_cache(maxsize=128)
def _factors(point: GridPoint, periods: int, horizon: int, season: int) -> Factors:
    joint: Array = np.linalg.cholesky(covariance(point, range(periods + horizon), season)).astype(np.float64)
    past = joint[:periods, :periods]
    whiten: Array = np.tril(np.linalg.inv(past))
    regression: Array = joint[periods:, :periods] @ whiten
    course = courses(periods, horizon)
    precision = ((whiten @ course[:, :periods]) ** 2).sum(axis=1)
    reach = (course[:, periods:] - regression @ course[:, :periods]).swapaxes(1, 2)
    spread = np.asarray(joint[periods:, periods:], dtype=np.float64)
    return Factors(whiten, 2.0 * float(np.log(np.diag(past)).sum()), regression, spread, course[:, :periods], precision, reach)


@dataclass(frozen=True, slots=True)
class Evidence:
    """How each grid point explains each series, plainly and with its most likely break of each kind; m = transformed series.

    `quadratic` and `log_determinant` are of shape (m, points, breaks); `place`, `size` and `doubt` (posterior mean and relative
    variance of the break's size) of shape (m, points, breaks - 1).
    """

    quadratic: Array
    log_determinant: Array
    place: NDArray[np.intp]
    size: Array
    doubt: Array


def evidence(values: Array, parts: tuple[Factors, ...], typical_scale: float, *, breaks: bool = True) -> Evidence:
    """Quadratic forms and determinants of many series under every grid point, and the likeliest place of a break.

    Parameters
    ----------
    values : ndarray, shape (m, periods)
        Transformed series.
    parts : tuple of Factors
        One a grid point.
    typical_scale : float
        Noise scale at which the place of a break is chosen.
    breaks : bool
        Whether to look for breaks at all.

    Notes
    -----
    A break adds ``BREAK_VARIANCE * u u'`` to the covariance, u being the course of the break: one period (outlier), fading (spell),
    lasting (shift). By the
    Sherman-Morrison identity all places cost one product (Harvey and Koopman, 1992, *Diagnostic checking of unobserved-components
    time series models*, auxiliary residuals). Each place has prior probability 1 / periods.
    """
    found = [_explain(values, part, typical_scale, breaks) for part in parts]
    return Evidence(*(np.stack(column, axis=1) for column in zip(*found, strict=True)))


def _explain(values: Array, part: Factors, typical_scale: float, breaks: bool) -> tuple[Array, Array, NDArray[np.intp], Array, Array]:
    whitened = values @ part.whiten.T
    quadratic, determinant = [(whitened**2).sum(axis=1)], [np.full(len(values), part.log_determinant)]
    places: list[Array] = []
    sizes: list[Array] = []
    doubts: list[Array] = []
    if breaks:
        surprise = whitened @ part.whiten
        for fading, course, precision in zip(FADING, part.course, part.precision, strict=True):
            signal = surprise @ course if fading > 0 else surprise
            place, size, doubt, drop, extra = _likeliest(signal, precision, quadratic[0], typical_scale)
            places.append(place.astype(float))
            sizes.append(size)
            doubts.append(doubt)
            quadratic.append(np.maximum(quadratic[0] - drop, 0.0))
            determinant.append(part.log_determinant + extra + 2.0 * np.log(values.shape[1]))
    none = np.zeros((len(values), 0))
    stacked = [np.stack(column, axis=1) if column else none for column in (places, sizes, doubts)]
    return np.stack(quadratic, axis=1), np.stack(determinant, axis=1), stacked[0].astype(np.intp), stacked[1], stacked[2]


def _likeliest(
    signal: Array, precision: Array, quadratic: Array, typical_scale: float
) -> tuple[NDArray[np.intp], Array, Array, Array, Array]:
    """Place, size, doubt, fall of the quadratic form and rise of the log determinant of the likeliest break."""
    shrink = BREAK_VARIANCE / (1.0 + BREAK_VARIANCE * precision)
    drop = signal**2 * shrink
    left = typical_scale + (quadratic[:, None] - drop) / 2.0
    # The likelihood is (left)^-(shape + n/2) (1 + v precision)^-1/2: the root of it orders the places without a logarithm.
    place = np.argmin(left * (1.0 + BREAK_VARIANCE * precision) ** (0.5 / (NOISE_SHAPE + (signal.shape[1]) / 2.0)), axis=1)
    rows = np.arange(len(signal))
    return place, signal[rows, place] * shrink[place], shrink[place], drop[rows, place], np.log1p(BREAK_VARIANCE * precision[place])
