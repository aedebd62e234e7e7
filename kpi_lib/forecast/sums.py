"""Completing a year known only by sums over irregular spans: cumulative points at odd dates, yearly totals, a missing month.

Every published figure is the sum, over the days it covers, of one unknown monthly path. The path is a Gaussian process of
`structural_grid` around a usual profile of the year, on the scale of the amounts themselves, where a sum of normal values is normal;
so each figure is one observation with exact weights and no month is ever invented. Grid points and noise scales are weighed by the
learned prior and by how well they explain the figures; where reference areas are named, their mean profile is the usual one.

Source: Rasmussen and Williams (2006), *Gaussian processes for machine learning*, section 2.2 and, for linear observations, 9.4.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence, Sized
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from kpi_lib.figures import histories as fg
from kpi_lib.forecast.models import History
from kpi_lib.forecast.processes import NOISE_SHAPE, Array, GridPoint, covariance, student_log_density
from kpi_lib.forecast.structural import GROWTH, load_prior
from kpi_lib.periods import CALENDAR, MONTHS, Calendar
from kpi_lib.words.messages import Text, Words

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


_WHY_SUMS: dict[History, Words] = {
    "points": Text("Only cumulative figures"),
    "negative": Text("A period's amount is below zero, so only the cumulative figures count"),
}


def share_reason(kind: History, own: Sized, areas: list[np.ndarray]) -> Words:
    """Why a year is completed from sums alone, and from how many years."""
    others = sum(len(area) for area in areas)
    if others:
        return Text(
            "{why}: from the share of the year usually done by now and from every cumulative figure known "
            "({years:own year|own years}, {others:year|years} of {areas:reference area|reference areas}).",
            why=_WHY_SUMS[kind],
            years=len(own),
            others=others,
            areas=len(areas),
        )
    return Text(
        "{why}: from the share of the year usually done by now and from every cumulative figure known ({years:own year|own years}).",
        why=_WHY_SUMS[kind],
        years=len(own),
    )


# ---- a month that runs --------------------------------------------------------------------------------------------------------------

IN_PART = Text("The month that runs is counted as far as it is known.")
UNEVEN = 0.5  # how far a month known in part strays from an even course, per square root of the days gone and left, before anything of it is seen
PRIOR_PARTS = 2  # for how many parts of earlier months that counts
NEAR = 0.15  # parts of earlier months known as far, give or take so much of a month, tell what share is usual
FEWEST_PATHS = 40  # paths that must agree with the part; else the rest of the month is taken as usual


@dataclass(frozen=True, slots=True)
class PartMonth:
    """What of the month that runs is known: its `amount`, usually `share` of the month, give or take `spread` of it."""

    amount: float
    share: float
    spread: float
    whole: bool

    def rest(self, paths: np.ndarray, seed: int) -> np.ndarray:
        """Paths that agree with the part, `(draws, horizon)`, their first period less what is known of it.

        Paths are drawn again by how likely the part is if their month comes true, so that a strong beginning raises the months after it as far
        as the model ties them together. Where hardly any path agrees, the month's rest is as usual and the beginning an exception.
        """
        month = paths[:, 0]
        spread = (self.spread * month) ** 2 + (month * self.share * (1 - self.share) + 0.25 if self.whole else 0.0) + 1e-12
        weights = np.where(month >= self.amount, np.exp(-0.5 * (self.amount - self.share * month) ** 2 / spread) / np.sqrt(spread), 0.0)
        total = weights.sum()
        if not total > 0 or total**2 / (weights**2).sum() < FEWEST_PATHS:
            left = (1 - self.share) * month
            return np.concatenate([(np.round(left) if self.whole else left)[:, None], paths[:, 1:]], axis=1)
        at = (np.arange(len(paths)) + np.random.default_rng([seed, 5]).random()) / len(paths)
        chosen = paths[np.minimum(np.searchsorted(weights.cumsum() / total, at), len(paths) - 1)]
        return np.concatenate([chosen[:, :1] - self.amount, chosen[:, 1:]], axis=1)


def part_of_month(history: fg.FlowHistory, calendar: Calendar, year: int, grid: np.ndarray, *, whole: bool) -> PartMonth | None:
    """The month that runs as far as the last sum knows it; None where the last sum is that of a month's end.

    What share is usual comes from months of this and earlier years that were known as far on some day, else from an even course.
    """
    flow = history.years.get(year)
    last = flow.last if flow else None
    if flow is None or last is None or calendar.is_month_end(last.end):
        return None
    gone = calendar.months_gone(last.end) % 1
    amount = last.value - float(grid[len(grid) - len(grid) % MONTHS :].sum())
    ahead = [share - place for past in history.years.values() for place, share in _parts(past) if abs(place - gone) <= NEAR]
    usual = sum(ahead) / (len(ahead) + PRIOR_PARTS)  # of an even course
    strayed = sum((one - usual) ** 2 for one in ahead) + PRIOR_PARTS * UNEVEN**2 * gone * (1 - gone)
    share = float(np.clip(gone + usual, 0.01, 0.99))
    return PartMonth(max(amount, 0.0), share, (strayed / (len(ahead) + PRIOR_PARTS)) ** 0.5, whole)


def _parts(flow: fg.FlowYear) -> Iterator[tuple[float, float]]:
    """Of every whole month the days within it that have a sum: how much of the month was gone, and what share of its amount was there."""
    sums = {flow.calendar.months_gone(point.end): point.value for point in flow.points} | {0.0: 0.0}
    for place, value in sums.items():
        before, after = sums.get(float(int(place))), sums.get(float(int(place) + 1))
        if place % 1 and before is not None and after is not None and after > before:
            yield place % 1, (value - before) / (after - before)
