"""Projection of states: shares, levels and counts that stand, known at any dates.

A level is put on the scales of its family (`scales`); every grid point of Gaussian processes over its dates (`dated`) is weighed by how
well it explains the figures and by a prior learned once on public series (`level_prior.json`, made by ``benchmarks/learn_levels.py``);
paths are drawn from the average. What was learned and how good it is: docs/levels.md.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

from kpi_lib.forecast.dated import LevelPoint, Sight, sight
from kpi_lib.forecast.growth import project_growth
from kpi_lib.forecast.processes import NOISE_SHAPE, Array, student_log_density
from kpi_lib.forecast.scales import FAMILIES, Scaled, scaled, usual_step
from kpi_lib.forecast.structural import posterior, stream
from kpi_lib.words.messages import KpiError

__all__ = ["LevelPrior", "load_level_prior", "log_likelihoods", "project_growth", "project_levels", "project_states"]

PRIOR_FILE = Path(__file__).with_name("level_prior.json")
SPREAD_PRIOR = 0.9  # weight of a usual change that a definition declares where one figure is known; n figures leave it one nth of that
FEW, SHOCK = 5, 3.0  # of fewer figures, a change beyond so many usual ones is a shock
MIDDLE = 0.741  # half of the draws of a standard Student distribution with four degrees of freedom are farther from nothing
HELD_STEPS = 3.0  # a level is held, not merely rounded, where it stays the same though it otherwise moves by more than so many last digits
CHUNK = 200  # series worked on at once


@dataclass(frozen=True, slots=True)
class LevelPrior:
    """What was learned: grid points and their weights, those of each family's scales, noise scales and theirs, and the stretch of a draw."""

    points: tuple[LevelPoint, ...]
    weights: Array
    families: dict[str, Array]
    noise_scales: Array
    noise_weights: Array
    stretch: float


@lru_cache(maxsize=1)
def load_level_prior() -> LevelPrior:
    """The shipped prior."""
    stored = json.loads(PRIOR_FILE.read_text(encoding="utf-8"))
    rows = [[np.inf if value is None else value for value in row] for row in stored["points"]]
    families = {family: np.array([stored["scales"][family][scale] for scale in scales]) for family, scales in FAMILIES.items()}
    noise, weights = np.array(stored["noise_scales"]).T
    return LevelPrior(
        tuple(LevelPoint(*row[1:]) for row in rows), np.array([row[0] for row in rows]), families, noise, weights, stored["stretch"]
    )


def project_levels(
    history: ArrayLike,
    horizon: int,
    *,
    season: int,
    lower: float = -np.inf,
    upper: float = np.inf,
    whole: bool = False,
    draws: int = 1000,
    seed: int = 0,
) -> Array:
    """Simulate the year-end value of many levels known on a regular grid.

    Parameters
    ----------
    history : array_like, shape (series, periods)
        The state at the end of each period, oldest first; the same length for the batch, nothing missing.
    horizon : int
        Periods from the last one known to the year's end.
    season : int
        Periods a year: 12, 4, 2 or 1.
    lower, upper : float
        Natural limits of the batch.
    whole : bool
        Whether the levels are counts.

    Returns
    -------
    ndarray, shape (series, draws)
        Inside the limits; a series' draws do not depend on its batch.

    Raises
    ------
    KpiError
        If a figure is missing or infinite, or the horizon is not ahead.

    Examples
    --------
    >>> project_levels([[90, 91, 92, 93, 94, 95, 96, 97]], 1, season=4, lower=0, upper=100, draws=3).shape
    (1, 3)
    """
    values = np.array(history, dtype=float, ndmin=2)
    times = np.arange(1 - values.shape[1], 1) / season
    return project_states(values, times, [horizon / season], lower=lower, upper=upper, whole=whole, draws=draws, seed=seed)[:, :, -1]


def project_states(
    values: ArrayLike,
    times: ArrayLike,
    ahead: ArrayLike,
    *,
    lower: float = -np.inf,
    upper: float = np.inf,
    whole: bool = False,
    never_falls: bool = False,
    usual: ArrayLike = np.nan,
    draws: int = 1000,
    seed: int = 0,
    prior: LevelPrior | None = None,
) -> Array:
    """Simulate levels on dates ahead from what was known of them on any dates.

    Parameters
    ----------
    values : array_like, shape (series, n)
        States, oldest first.
    times : array_like, shape (n,)
        Their dates in years, rising; the same for the batch. One is enough.
    ahead : array_like, shape (horizon,)
        Dates in years, rising, after the last known one.
    never_falls : bool
        Whether the levels are only ever added to.
    usual : array_like
        Usual change within a year, of the batch or of each series, where a definition declares one: what is expected of the spread
        before the figures speak.
    prior : LevelPrior, optional
        Another one than the shipped prior.

    Returns
    -------
    ndarray, shape (series, draws, horizon)
        Paths inside the limits.

    Raises
    ------
    KpiError
        If a figure is missing or infinite, or dates do not rise.
    """
    known = np.array(values, dtype=float, ndmin=2)
    past, future = np.asarray(times, dtype=float), np.asarray(ahead, dtype=float)
    _check(known, past, future)
    prior = prior or load_level_prior()
    recent = past > past[-1] - 0.999
    declared = np.broadcast_to(np.asarray(usual, dtype=float), len(known))
    seen = sight(prior.points, tuple(np.round(past - past[-1], 6)), tuple(np.round(future - past[-1], 6)))
    paths = np.empty((len(known), draws, len(future)))
    for start in range(0, len(known), CHUNK):
        part = slice(start, start + CHUNK)
        batch = scaled(known[part], recent, lower=lower, upper=upper, whole=whole)
        step = usual_step(known[part], recent, declared[part], lower=lower, upper=upper, whole=whole)
        paths[part] = _simulated(batch, seen, prior, step, draws, seed)
    paths = _held(paths, known, past, future, (lower, upper), seed)
    return never_falling(paths, known[:, -1]) if never_falls else paths


def since_shock(values: Array, times: Array, usual: float) -> int:
    """From which of few figures on no change was a shock (a storm that fells a quarter of the forest): what was before says nothing of now.

    Examples
    --------
    >>> since_shock(np.array([55.0, 42.0, 42.5]), np.array([-2.0, -1.0, 0.0]), 1.0)
    1
    """
    if len(values) >= FEW or not usual > 0:
        return 0
    shocks = np.abs(np.diff(values)) > SHOCK * usual * np.sqrt(np.maximum(np.diff(times), 1 / 12))
    return int(np.flatnonzero(shocks)[-1]) + 1 if shocks.any() else 0


def never_falling(paths: Array, last: Array) -> Array:
    """Paths `(series, draws, horizon)` of what is only ever added to: none falls or is below the last figure, the year's end stays as it is.

    Examples
    --------
    >>> never_falling(np.array([[[11.0, 9.0, 12.0], [8.0, 9.0, 9.0]]]), np.array([10.0]))
    array([[[10., 10., 12.],
            [10., 10., 10.]]])
    """
    return np.asarray(np.maximum(np.minimum.accumulate(paths[:, :, ::-1], axis=2)[:, :, ::-1], last[:, None, None]))


def _check(values: Array, times: Array, ahead: Array) -> None:
    if values.ndim != 2 or values.shape[1] != len(times) or not len(times) or not np.isfinite(values).all():
        raise KpiError("A level needs a finite figure on each of its dates; found figures of shape {shape}.", shape=str(values.shape))
    if not len(ahead) or not (np.diff([*times, *ahead]) > 0).all():
        raise KpiError("Nothing to project: dates must rise, and those ahead lie after the last figure.")


def log_likelihoods(batch: Scaled, seen: Sight, noise_scales: Array) -> tuple[Array, Array]:
    """Log-likelihoods (series, scales, points, noise scales), Jacobians included, and quadratic forms (series, scales, points)."""
    scales, series, n = batch.values.shape
    whitened = batch.values.reshape(1, -1, n) @ seen.whiten.swapaxes(1, 2)
    quadratic = (whitened**2).sum(axis=2).T.reshape(scales, series, -1).swapaxes(0, 1)
    density = student_log_density(quadratic[..., None], seen.log_determinant[:, None], speaking(n), noise_scales, NOISE_SHAPE)
    return density + batch.jacobian[:, :, None, None], quadratic


def speaking(figures: int) -> float:
    """How many of so many figures speak of how a level moves: one alone says where it is and nothing else, of many all do.

    Examples
    --------
    >>> speaking(1), speaking(2), speaking(20)
    (0.0, 1.0, 19.99)
    """
    return figures - min(1.0, (2.0 / figures) ** 2)


def _simulated(batch: Scaled, seen: Sight, prior: LevelPrior, step: Array, draws: int, seed: int) -> Array:
    """Paths of one chunk, shape (series, draws, horizon); `step` (scales, series) is a usual change on each scale, NaN if none is known."""
    likelihood, quadratic = log_likelihoods(batch, seen, prior.noise_scales)
    weights = prior.families[batch.family][:, None, None] * prior.weights[:, None] * prior.noise_weights
    mean = np.einsum("ghn,tsn->stgh", seen.regression, batch.values)
    freedom = NOISE_SHAPE + speaking(batch.values.shape[2]) / 2
    found = np.empty((batch.values.shape[1], draws, seen.regression.shape[1]))
    for i, rng in enumerate(stream(row, seed) for row in batch.values[0]):
        own, noise, score = weights, np.broadcast_to(prior.noise_scales, weights.shape), likelihood[i]
        if np.isfinite(step[:, i]).all():
            own, noise, score = _declared(own, noise, score, batch, seen, step[:, i], quadratic[i], i)
        scale, point, variance = _chosen(score, own, noise, quadratic[i], draws, rng)
        # The tails of the prior stay, however long the history: what has not happened yet is not in it.
        deviation = prior.stretch * np.sqrt(variance / freedom * NOISE_SHAPE / rng.standard_gamma(NOISE_SHAPE, draws))
        shock = rng.standard_normal((draws, mean.shape[-1])) * deviation[:, None]
        path = mean[i, scale, point] + np.einsum("dhk,dk->dh", seen.spread[point], shock)
        for number in range(len(batch.values)):
            rows = scale == number
            found[i, rows] = batch.back(number, i, path[rows])
    return found


def _declared(
    weights: Array, noise: Array, score: Array, batch: Scaled, seen: Sight, step: Array, quadratic: Array, series: int
) -> tuple[Array, Array, Array]:
    """The components and one more a grid point: the noise scale under which a level moves within a year as its definition says."""
    own = NOISE_SHAPE * (step[:, None] / seen.year / MIDDLE) ** 2
    density = student_log_density(quadratic, seen.log_determinant, speaking(batch.values.shape[2]), own, NOISE_SHAPE)
    density = density + batch.jacobian[series][:, None]
    believed = SPREAD_PRIOR / batch.values.shape[2]
    shares = np.concatenate([weights * (1.0 - believed), weights.sum(axis=2, keepdims=True) * believed], axis=2)
    return shares, np.concatenate([noise, own[..., None]], axis=2), np.concatenate([score, density[..., None]], axis=2)


def _chosen(
    score: Array, weights: Array, noise: Array, quadratic: Array, draws: int, rng: np.random.Generator
) -> tuple[NDArray[np.intp], NDArray[np.intp], Array]:
    """Scale and grid point of each draw, and the scale of its variance, by inverting the cumulated posterior weights."""
    edges = posterior(score.reshape(1, -1), weights.reshape(1, -1))[0].cumsum()
    uniform = (rng.permutation(draws) + rng.random()) / draws
    number = np.minimum(np.searchsorted(edges / edges[-1], uniform, side="right"), edges.size - 1)
    scale, point, deep = np.unravel_index(number, weights.shape)
    return scale, point, noise[scale, point, deep] + quadratic[scale, point] / 2.0


def _held(paths: Array, values: Array, times: Array, ahead: Array, limits: tuple[float, float], seed: int) -> Array:
    """The paths, some of which stay at the last level for a while, as often as the line itself has stayed from one figure to the next.

    Only a level that is held stays: at a limit (all schools at standard, which mostly remain so), or the same again though it otherwise
    moves by far more than its last digit. What is rounded alone is the same by chance.
    """
    steps: Array = np.arange(1.0, len(ahead) + 1) if len(times) < 2 else (ahead - times[-1]) / np.median(np.diff(times))
    for i, row in enumerate(values):
        stayed, moved = stays(row, limits)
        if stayed:
            rng = stream(row, seed + 1)
            chance = rng.beta(0.5 + stayed, 0.5 + moved, (paths.shape[1], 1))
            still = rng.random((paths.shape[1], 1)) < chance**steps
            paths[i] = np.where(still, row[-1], paths[i])
    return paths


def stays(row: Array, limits: tuple[float, float]) -> tuple[int, int]:
    """How often a held level stayed from one figure to the next, and how often it moved; nothing of one that is not held.

    Examples
    --------
    >>> stays(np.array([100.0, 100.0, 98.0, 100.0, 100.0]), (0.0, 100.0))
    (2, 1)
    >>> stays(np.array([4.1, 4.1, 4.2, 4.1]), (0.0, 100.0))
    (0, 0)
    """
    change = np.abs(np.diff(row))
    if row[-1] in limits:
        change = change[row[:-1] == row[-1]]
    elif (change > 0).any() and np.median(change[change > 0]) <= HELD_STEPS * last_digit(row):
        return 0, 0
    same = int((change == 0).sum())
    return same, len(change) - same


def last_digit(row: Array) -> float:
    """The unit of the last digit that a line is published in: 0.1 for 97.5 and 98.0; nothing beyond four decimals.

    Examples
    --------
    >>> last_digit(np.array([97.5, 98.0]))
    0.1
    """
    units = (10.0**-decimals for decimals in range(5))
    return next((unit for unit in units if np.allclose(row / unit, np.round(row / unit), rtol=0.0, atol=1e-6)), 0.0)
