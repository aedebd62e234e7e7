"""Completing a year known only by sums over irregular spans: cumulative points at odd dates, yearly totals, a missing month.

Every published figure is the sum, over the days it covers, of one unknown monthly path. The path is a Gaussian process of
`structural_grid` around a usual profile of the year, on the scale of the amounts themselves, where a sum of normal values is normal;
so each figure is one observation with exact weights and no month is ever invented. Grid points and noise scales are weighed by the
learned prior and by how well they explain the figures; where reference areas are named, their mean profile is the usual one.

Source: Rasmussen and Williams (2006), *Gaussian processes for machine learning*, section 2.2 and, for linear observations, 9.4.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from kpi_lib.forecast.processes import NOISE_SHAPE, Array, GridPoint, covariance, student_log_density
from kpi_lib.forecast.structural import GROWTH, load_prior
from kpi_lib.periods import CALENDAR, MONTHS, Calendar

ROUNDING = 1e-4  # variance of a published sum, relative to the white noise of one month: keeps contradictory figures apart
LONGEST_YEARS = 12  # lengths of path kept at hand
LARGEST_REST = 4.0  # no simulated month exceeds this many times the usual one


@dataclass(frozen=True, slots=True)
class SpanSum:
    """A published amount: first and last day covered, and the value."""

    start: dt.date
    end: dt.date
    value: float


def weights(sums: Sequence[SpanSum], first_year: int, years: int, calendar: Calendar = CALENDAR) -> Array:
    """Part of every month that each sum covers, `(sums, months of those years)`, by days.

    >>> weights([SpanSum(dt.date(2025, 1, 1), dt.date(2025, 2, 14), 0.0)], 2025, 1)[0, :3]
    array([1. , 0.5, 0. ])
    """
    edges = np.array([calendar.month_end(first_year, number).toordinal() for number in range(MONTHS * years + 1)])
    starts, ends = (np.array([[getattr(item, side).toordinal()] for item in sums]) for side in ("start", "end"))
    covered = np.minimum(ends, edges[1:]) - np.maximum(starts - 1, edges[:-1])
    return np.maximum(covered, 0) / np.diff(edges)


def complete_year(
    sums: Sequence[SpanSum],
    year: int,
    ends: Sequence[dt.date],
    *,
    profile: Array | None = None,
    draws: int = 1000,
    seed: int = 0,
    calendar: Calendar = CALENDAR,
) -> Array:
    """Paths of the amounts of the year's remaining spans.

    Parameters
    ----------
    sums : non-overlapping or cumulative amounts of this and earlier years; at least one of `year`.
    ends : last days of the spans to simulate; the first begins the day after the furthest figure of `year`, the last ends the year.
    profile : usual amount of each month relative to the mean month, `(12,)`; even where nothing is known.
    calendar : how the years are counted.

    Returns
    -------
    `(draws, len(ends))`, non-negative.
    """
    rng = np.random.default_rng([seed, 2])
    profile = np.ones(MONTHS) if profile is None else np.asarray(profile, dtype=float) * MONTHS / np.sum(profile)
    first = min(calendar.year_of(item.start) for item in sums)
    years = year - first + 1
    seen = weights(sums, first, years, calendar)
    values = np.array([item.value for item in sums])
    furthest = max(item.end for item in sums if calendar.year_of(item.end) == year)
    starts = [furthest + dt.timedelta(days=1), *(end + dt.timedelta(days=1) for end in ends[:-1])]
    wanted = weights([SpanSum(a, b, 0.0) for a, b in zip(starts, ends, strict=True)], first, years, calendar)
    months = np.tile(profile, years)
    scale = _scale(seen * months, values, year - first)
    mean = months * (1 + GROWTH * (np.arange(MONTHS * years) / MONTHS - (years - 1)))
    paths = _conditional(seen, values / scale, wanted, mean, months, draws, rng)
    limit = LARGEST_REST * (wanted @ months)
    return np.clip(paths, 0.0, limit) * scale


def _scale(seen: Array, values: Array, last: int) -> float:
    """Size of the mean month: of the sums that reach into the last two years, by least squares through their usual share."""
    recent = seen[:, MONTHS * max(last - 1, 0) :].sum(axis=1) > 0
    usual = seen[recent].sum(axis=1)
    return float((usual * values[recent]).sum() / (usual**2).sum()) or 1.0


@lru_cache(maxsize=1)
def _grid() -> tuple[tuple[GridPoint, ...], Array, Array]:
    """Grid points, noise scales and prior weights `(points, scales)` of monthly series, whatever the transform."""
    prior = load_prior(MONTHS)
    weight = (prior.plain + prior.wary).sum(axis=(0, 2))
    keep = weight.sum(axis=1) > 1e-3 * weight.sum()
    return (
        tuple(point for point, kept in zip(prior.points, keep, strict=True) if kept),
        prior.noise_scales,
        weight[keep] / weight[keep].sum(),
    )


@lru_cache(maxsize=LONGEST_YEARS)
def _covariances(months: int) -> Array:
    """Covariance of the months of a path under every grid point, `(points, months, months)`; kept, for every year asks again."""
    return np.stack([covariance(point, range(months), MONTHS) for point in _grid()[0]])


def _conditional(seen: Array, values: Array, wanted: Array, mean: Array, months: Array, draws: int, rng: np.random.Generator) -> Array:
    """Draws of the wanted sums given the seen ones, averaged over grid points and noise scales."""
    _, scales, prior = _grid()
    cov = _covariances(len(months))
    seen_cov = (seen * months) @ cov  # covariance of the seen sums with the months, before their profile
    factor = np.linalg.cholesky(seen_cov @ (seen * months).T + ROUNDING * np.eye(len(seen)))
    whitened = np.linalg.solve(factor, np.broadcast_to((values - seen @ mean)[:, None], (len(cov), len(seen), 1)))[..., 0]
    determinant = 2 * np.log(np.diagonal(factor, axis1=1, axis2=2)).sum(axis=1)
    quadratic = (whitened**2).sum(axis=1)
    with np.errstate(divide="ignore"):
        score = student_log_density(quadratic[:, None], determinant[:, None], len(seen), scales, NOISE_SHAPE) + np.log(prior)
    posterior = np.exp(score - score.max())
    counts = rng.multinomial(draws, (posterior / posterior.sum()).ravel()).reshape(posterior.shape)
    used = np.flatnonzero(counts.sum(axis=1))
    cross = np.linalg.solve(factor[used], seen_cov[used] @ (wanted * months).T)
    centre = wanted @ mean + (cross * whitened[used, :, None]).sum(axis=1)
    left = (wanted * months) @ cov[used] @ (wanted * months).T - cross.swapaxes(1, 2) @ cross
    spread = np.linalg.cholesky(left + 1e-9 * np.trace(left, axis1=1, axis2=2)[:, None, None] * np.eye(len(wanted)))
    which = np.repeat(np.arange(len(used)), counts[used].sum(axis=1))
    scale = np.concatenate([np.repeat(scales, row) for row in counts[used]])
    deviation = np.sqrt((scale + quadratic[used][which] / 2) / rng.standard_gamma(NOISE_SHAPE + len(seen) / 2, draws))
    noise = (spread[which] @ rng.standard_normal((draws, len(wanted), 1)))[..., 0]
    return rng.permutation(centre[which] + deviation[:, None] * noise)
