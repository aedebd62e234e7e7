"""Projection engine: Bayesian averaging over structural time-series models, batched over series.

Each series is divided by its recent mean and transformed (logarithm, square root, identity). Every point of a grid of Gaussian
processes (`structural_grid`) is weighed by how well it explains the history and by a prior learned once on public series
(`structural_prior.json`, made by ``benchmarks/learn_prior.py``); paths of the missing periods are drawn from the average. On monthly
series exponential smoothing (`smoothing`) has a share of the draws.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

from kpi_lib.forecast.kinds import TRAITS, UNCALIBRATED, Calibration, Truth, are_counts, recalibrated, traits
from kpi_lib.forecast.processes import BREAKS, NOISE_SHAPE, Array, Evidence, Factors, GridPoint, evidence, factors, student_log_density
from kpi_lib.forecast.smoothing import smoothed_paths
from kpi_lib.words.messages import KpiError

Index = NDArray[np.intp]


PRIOR_FILE = Path(__file__).with_name("structural_prior.json")
TRANSFORMS = ("log", "root", "identity")
GROWTH = 0.03  # yearly growth expected of amounts before they are seen (learned: docs/engine.md)
COUNT_GROWTH = 0.0  # the same of small counts, which no prices drive up
CONFIDENCE = 0.7  # power of the likelihood: no real series is exactly one of the processes (Gruenwald and van Ommen, 2017)
TYPICAL_SCALE = 0.002  # noise scale at which the place of a break is looked for
ZERO_GUARD = 0.05  # added before the logarithm of a series that has zeros, in units of its recent mean
ROOT_GUARD = 0.02  # the same before the square root, whose derivative has no bound at zero
LARGEST_JUMP = 3.0  # no simulated period exceeds this many times the largest one seen
SMOOTHED, SMOOTHED_COUNTS = 0.1, 0.3  # share of the draws that exponential smoothing has on monthly amounts, on counts (docs/engine.md)
CHUNK_VALUES = 1_000_000  # simulated values worked on at once: 8 MB, what a processor's cache likes


@dataclass(frozen=True, slots=True)
class Prior:
    """What was learned: grid points, noise scales, and two sets of weights of shape (transforms, points, breaks, scales).

    `plain` takes every history at its word, `wary` allows for one odd figure or one lasting jump in it.
    """

    points: tuple[GridPoint, ...]
    noise_scales: Array
    plain: Array
    wary: Array
    calibration: Calibration = UNCALIBRATED


def structural(history: ArrayLike, horizon: int, *, season: int, draws: int = 1000, seed: int = 0) -> Array:
    """Simulate the missing periods of many series.

    Parameters
    ----------
    history : array_like, shape (series, periods)
        Non-negative flows, oldest first, starting with the first period of a year; the same length for the batch.
    horizon : int
        Periods to simulate.
    season : int
        Periods a year: 12 or 4.
    draws : int
        Paths a series.
    seed : int
        Same seed, same paths. Each series has its own random stream, made of the seed and its figures, so the batch does not matter.

    Returns
    -------
    ndarray, shape (series, draws, horizon)
        In the unit of the history. Whole numbers below 1,000 give whole-number paths.

    Raises
    ------
    KpiError
        If a figure is missing, infinite, negative or immense, there is less than one year, or more than a year is asked for.

    Examples
    --------
    >>> structural([[7, 9, 8, 12] * 3 + [8]], 3, season=4, draws=2).shape
    (1, 2, 3)
    """
    values = checked(history, horizon, season)
    paths = np.empty((len(values), draws, horizon))
    step = max(1, CHUNK_VALUES // (draws * max(horizon, 1)))
    for start in range(0, len(values), step):
        paths[start : start + step] = simulate(values[start : start + step], horizon, season, draws, seed, load_prior(season))
    return paths


LARGEST, SMALLEST = 1e100, 1e-100
"""Amounts beyond the one are no figures (their squares overflow), amounts below the other are none."""


def checked(history: ArrayLike, horizon: int, season: int, least: int | None = None) -> Array:
    """The history as a matrix of non-negative finite numbers, or an error that says what to mend; `least` periods are needed, a year by default."""
    values = np.array(history, dtype=float, ndmin=2)
    least = season if least is None else least
    if values.ndim != 2 or not values.shape[1]:
        raise KpiError("Nothing is known to project from; found an array of shape {shape}.", shape=str(values.shape))
    if values.shape[1] < least:
        raise KpiError(
            "A projection needs at least one whole year ({season:period|periods}); found an array of shape {shape}.",
            season=season,
            shape=str(values.shape),
        )
    with np.errstate(invalid="ignore"):
        unfit = ~(values <= LARGEST).all(axis=1) | ~(values >= 0).all(axis=1)
    if unfit.any():
        raise KpiError(
            "Missing, infinite, negative or immense figures in series {rows}: give whole periods only, or leave the series out.",
            rows=str(np.flatnonzero(unfit)[:10].tolist()),
        )
    if not 1 <= horizon <= season:
        raise KpiError("Nothing to project, or more than a year: the horizon is {horizon:period|periods}.", horizon=horizon)
    return np.where(values < SMALLEST, 0.0, values)


def recent_mean(values: Array, season: int) -> Array:
    """Mean of the last year of each series (of all years where that is next to nothing): the unit in which it is modelled."""
    last, overall = values[:, -season:].mean(axis=1), values.mean(axis=1)
    scale = np.where(last > 1e-3 * overall, last, overall)
    return np.where(scale > 0, scale, 1.0)


def transformed(relative: Array) -> tuple[Array, Array]:
    """Logarithm, square root and identity of relative values, and the log Jacobian of each.

    Returns
    -------
    values : ndarray, shape (3, series, periods)
    jacobian : ndarray, shape (series, 3)
    """
    guard = log_guard(relative)
    log = np.log(relative + guard)
    root = np.sqrt(relative + ROOT_GUARD)
    jacobian = np.stack([-log.sum(axis=1), -np.log(root).sum(axis=1), np.zeros(len(relative))], axis=1)
    return np.stack([log, 2.0 * (root - 1.0), relative - 1.0]), jacobian


def restore(values: Array, transform: int, guard: Array) -> None:
    """Undo `transformed` in place for rows of values of one transform; `guard` (rows, 1) is what was added before the logarithm."""
    if transform == 0:
        np.exp(np.minimum(values, 50.0, out=values), out=values)
        values -= guard
    elif transform == 1:
        values /= 2.0
        np.square(np.maximum(np.add(values, 1.0, out=values), 0.0, out=values), out=values)
        values -= ROOT_GUARD
    else:
        values += 1.0
    np.maximum(values, 0.0, out=values)


def log_guard(relative: Array) -> Array:
    """What is added before the logarithm, shape (series, 1): nothing unless the series has zeros."""
    return np.where((relative <= 0).any(axis=1, keepdims=True), ZERO_GUARD, 0.0)


@lru_cache(maxsize=4)
def load_prior(season: int) -> Prior:
    """The shipped prior for monthly (12) or quarterly (4) series."""
    return read_prior(PRIOR_FILE, season)


def by_month(season: int) -> bool:
    """Whether series of so many periods a year are reckoned as monthly ones are."""
    return season > 6


def read_prior(path: Path, season: int) -> Prior:
    """The prior of a file made by ``benchmarks/learn_prior.py``."""
    stored = json.loads(path.read_text(encoding="utf-8"))["seasons"]["12" if by_month(season) else "4"]
    points = tuple(GridPoint(**{name: np.inf if value is None else value for name, value in point.items()}) for point in stored["points"])
    shape = len(TRANSFORMS), len(points), len(BREAKS), len(stored["noise_scales"])
    plain, wary = np.zeros(shape), np.zeros(shape)
    for transform, point, kind, scale, plain_weight, wary_weight in stored["weights"]:
        at = TRANSFORMS.index(transform), point, BREAKS.index(kind), scale
        plain[at], wary[at] = plain_weight, wary_weight
    stretch, shift = (tuple(stored[name][trait] for trait in TRAITS) for name in ("stretch", "shift"))
    return Prior(points, np.array(stored["noise_scales"]), plain, wary, Calibration(stretch, shift, stored["tail"]))


def log_likelihoods(relative: Array, found: Evidence, noise_scales: Array) -> Array:
    """Log-likelihood of each series, shape (series, transforms, points, breaks, scales), Jacobians included."""
    series, periods = relative.shape
    jacobian = transformed(relative)[1]
    density = student_log_density(found.quadratic[..., None], found.log_determinant[..., None], periods, noise_scales, NOISE_SHAPE)
    return density.reshape(len(TRANSFORMS), series, *density.shape[1:]).swapaxes(0, 1) + jacobian[:, :, None, None, None]


def posterior(log_likelihood: Array, prior_weights: Array) -> Array:
    """Posterior weights, shape (series, components), summing to one a series; the likelihood counts to the power `CONFIDENCE`."""
    with np.errstate(divide="ignore"):
        score = CONFIDENCE * log_likelihood + np.log(prior_weights)
    weights: Array = np.exp(score - score.max(axis=1, keepdims=True))
    return weights / weights.sum(axis=1, keepdims=True)


def _averaged(relative: Array, found: Evidence, prior: Prior) -> tuple[Array, tuple[Index, Index, Index, Index]]:
    """Posterior weights (series, components) of the components that have a prior weight, and what each component is."""
    live = np.nonzero(prior.plain + prior.wary)
    transform, point, kind, scale = live
    series, periods = relative.shape
    shape = len(TRANSFORMS), series, len(prior.points), len(BREAKS)
    quadratic = found.quadratic.reshape(shape)[transform, :, point, kind].T
    determinant = found.log_determinant.reshape(shape)[transform, :, point, kind].T
    density = student_log_density(quadratic, determinant, periods, prior.noise_scales[scale], NOISE_SHAPE)
    density = density + transformed(relative)[1][:, transform]
    weights = (posterior(density, prior.plain[live]) + posterior(density, prior.wary[live])) / 2.0
    return weights, (transform, point, kind, scale)


def trend(history: Array, horizon: int, season: int) -> Array:
    """The growth each series is expected to have, on the transformed scale, zero at the last period seen; shape (series, periods)."""
    growth = np.where(are_counts(history), COUNT_GROWTH, GROWTH)
    return growth[:, None] * np.arange(1 - history.shape[1], horizon + 1) / season


def simulate(history: Array, horizon: int, season: int, draws: int, seed: int, prior: Prior) -> Array:
    """Paths of one chunk under a given prior, shape (series, draws, horizon)."""
    periods, scale = history.shape[1], recent_mean(history, season)[:, None]
    relative = history / scale
    expected = trend(history, horizon, season)
    parts = factors(prior.points, periods, horizon, season)
    values = (transformed(relative)[0] - expected[:, :periods]).reshape(-1, periods)
    found = evidence(values, parts, TYPICAL_SCALE)
    weights, components = _averaged(relative, found, prior)
    chance = _random(relative, draws, horizon, seed)
    chosen = _pick(weights, components, chance.uniform)
    paths = _futures(values, parts, found, chosen, prior.noise_scales, chance, expected[:, periods:], log_guard(relative))
    if by_month(season):  # of quarters it knows no more than the grid does (docs/engine.md)
        _smooth_some(paths, relative, are_counts(history), season, chance)
    paths = recalibrated(paths, traits(history, horizon, season), prior.calibration)
    np.minimum(paths, LARGEST_JUMP * relative.max(axis=1)[:, None, None], out=paths)
    return _whole(paths * scale[..., None], history, chance.streams)


@dataclass(frozen=True, slots=True)
class Chance:
    """All random numbers of a chunk, drawn series by series."""

    uniform: Array  # (series, draws), stratified, in random order
    normal: Array  # (series, draws, horizon)
    jump: Array  # (series, draws)
    gamma: Array  # (series, draws)
    streams: list[np.random.Generator]  # what is left of each series' stream


def _random(relative: Array, draws: int, horizon: int, seed: int) -> Chance:
    """Random numbers of each series from the seed and its figures, rounded past what a change of unit does to the last digit."""
    shape, series = NOISE_SHAPE + relative.shape[1] / 2, len(relative)
    flat, deep = (series, draws), (series, draws, horizon)
    chance = Chance(np.empty(flat), np.empty(deep), np.empty(flat), np.empty(flat), [])
    for i, row in enumerate(relative):
        rng = stream(row, seed)
        chance.uniform[i] = (rng.permutation(draws) + rng.random()) / draws
        rng.standard_normal(out=chance.normal[i])
        rng.standard_normal(out=chance.jump[i])
        rng.standard_gamma(shape, out=chance.gamma[i])
        chance.streams.append(rng)
    return chance


def stream(figures: Array, seed: int) -> np.random.Generator:
    """The random stream of one series, made of the seed and its scaled figures."""
    digest = hashlib.blake2b((np.round(figures, 7) + 0.0).tobytes(), digest_size=16, salt=int(seed).to_bytes(8, "little", signed=True))
    return np.random.Generator(np.random.SFC64(int.from_bytes(digest.digest(), "little")))


def _pick(weights: Array, components: tuple[Index, Index, Index, Index], uniform: Array) -> tuple[Index, Index, Index, Index]:
    """Transform, grid point, break and noise scale of each draw, each of shape (series * draws,), by inverting the cumulated weights."""
    total = np.cumsum(weights, axis=1)
    number = np.concatenate([np.searchsorted(edges / edges[-1], u, side="right") for edges, u in zip(total, uniform, strict=True)])
    number = np.minimum(number, weights.shape[1] - 1)
    transform, point, kind, scale = (component[number] for component in components)
    return transform, point, kind, scale


def _futures(
    values: Array,
    parts: tuple[Factors, ...],
    found: Evidence,
    chosen: tuple[Index, Index, Index, Index],
    scales: Array,
    chance: Chance,
    expected: Array,
    guard: Array,
) -> Array:
    """Conditional mean plus correlated noise of each draw, on the scale of relative values, shape (series, draws, horizon).

    Draws are sorted by transform and grid point, so that each of them is one block of rows.
    """
    series, draws, horizon = chance.normal.shape
    transform, point, kind, scale = chosen
    order = np.argsort(transform * len(parts) + point, kind="stable")
    transform, point, kind, scale = transform[order], point[order], kind[order], scale[order]
    owner = order // draws
    row = transform * series + owner
    deviation = np.sqrt((scales[scale] + found.quadratic[row, point, kind] / 2.0) / chance.gamma.ravel()[order])
    normal = chance.normal.reshape(-1, horizon)[order] * deviation[:, None]
    shock = chance.jump.ravel()[order] * deviation
    edges = np.flatnonzero(np.diff(row // series * len(parts) + point, prepend=-1, append=-1))
    for first, last in pairwise(edges):
        block, g, t = slice(first, last), point[first], transform[first]
        mean = values[t * series : (t + 1) * series] @ parts[g].regression.T + expected
        normal[block] = normal[block] @ parts[g].spread.T + mean[owner[block]]
    _add_breaks(normal, parts, found, row, point, kind, shock)
    for t, (first, last) in enumerate(pairwise(np.searchsorted(transform, range(len(TRANSFORMS) + 1)))):
        restore(normal[first:last], t, guard[owner[first:last]])
    paths = np.empty_like(normal)
    paths[order] = normal
    return paths.reshape(series, draws, horizon)


def _add_breaks(paths: Array, parts: tuple[Factors, ...], found: Evidence, row: Index, point: Index, kind: Index, shock: Array) -> None:
    """Add, in place, what the break of a draw (if it has one) leaves in its future."""
    some = np.flatnonzero(kind)
    at = row[some], point[some], kind[some] - 1
    size = found.size[at] + np.sqrt(found.doubt[at]) * shock[some]
    reach = np.stack([part.reach for part in parts])
    paths[some] += size[:, None] * reach[point[some], kind[some] - 1, found.place[at]]


def _smooth_some(paths: Array, relative: Array, counts: Truth, season: int, chance: Chance) -> None:
    """Put exponential smoothing in the place of the first draws of each series (draws are in random order)."""
    for share, rows in ((SMOOTHED, np.flatnonzero(~counts)), (SMOOTHED_COUNTS, np.flatnonzero(counts))):
        some = slice(0, round(share * paths.shape[1]))
        if len(rows):
            paths[rows, some] = smoothed_paths(
                relative[rows], paths.shape[2], season, chance.uniform[rows, some], chance.normal[rows, some]
            )


def _whole(paths: Array, history: Array, streams: list[np.random.Generator]) -> Array:
    """Round the paths of small whole-number series at random up or down, which keeps their mean."""
    for i in np.flatnonzero(are_counts(history)):
        paths[i] = np.floor(paths[i] + streams[i].random(paths[i].shape))
    return paths
