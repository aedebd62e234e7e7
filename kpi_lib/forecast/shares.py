"""A year's total from the share of it that is usually done by a date, and paths of what remains."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kpi_lib.definitions.references import read_reference
from kpi_lib.figures import histories as fg
from kpi_lib.forecast.projection import Task
from kpi_lib.periods import MONTHS

# Spread of the share of the year done by a date, on the logit scale, where nothing better is known: between units, and from year to
# year within one. Middle values of 51 province-years of Vietnamese budget revenue (data/raw/reference/budget_revenue_provinces.csv).
BETWEEN_UNITS, WITHIN_UNIT, PRIOR_YEARS = 0.30, 0.20, 4.0
# Yearly growth where a unit has no history: a middle value and a wide spread, on the log scale.
USUAL_GROWTH, GROWTH_SPREAD, GROWTH_YEARS = 0.06, 0.15, 3.0
# Doubt about a past year's share on a day between two of its figures, on the logit scale: BRIDGE f (1 - f) of the part of a year between
# them, f being how far along the day lies. Those of the same provinces at six and nine months: 0.1 to 0.5.
BRIDGE, LONGEST_BRIDGE = 0.3, 8.0
CONCENTRATION = 60.0  # how closely the months that remain keep to the usual profile (Dirichlet)


def year_total(
    so_far: float,
    gone: float,
    own_shares: np.ndarray,
    reference_shares: Sequence[np.ndarray],
    past_totals: np.ndarray,
    *,
    doubts: np.ndarray | float = 0.0,
    draws: int,
    seed: int,
) -> np.ndarray:
    """Yearly total from one cumulative amount: amount / share, the share being uncertain, held against the usual growth.

    The share (logit scale) is normal around the unit's own mean, which is itself normal around the mean of the reference areas; its
    spread from year to year is pooled over own and reference years with a weak prior. The growth on last year is Student t(4).

    Parameters
    ----------
    so_far : cumulative amount, > 0.
    gone : part of the calendar year gone, 0 to 1; the share where no past year is known at all.
    own_shares : share done by the same point in the unit's own complete years, `(years,)`.
    reference_shares : the same for other areas, one array an area.
    doubts : variance of each own share on the logit scale, above nought where it was read between two figures (`bridged`).
    past_totals : the unit's totals of the years before, oldest first, the last one being last year's; may be empty.

    Returns
    -------
    `(draws,)` totals, each >= `so_far`.
    """
    rng = np.random.default_rng(seed)
    many = 10 * draws
    share = _share_draws(gone, own_shares, doubts, reference_shares, many, rng)
    total = so_far / share
    weights = _growth_weights(total, np.asarray(past_totals, dtype=float))
    picked = np.searchsorted(np.cumsum(weights), (np.arange(draws) + rng.random()) / draws)
    return rng.permutation(total[np.minimum(picked, many - 1)])


def _share_draws(
    gone: float, own: np.ndarray, doubts: np.ndarray | float, areas: Sequence[np.ndarray], many: int, rng: np.random.Generator
) -> np.ndarray:
    own_logit = _logit(np.asarray(own, dtype=float))
    doubt = np.broadcast_to(doubts, own_logit.shape)
    area_logits = [_logit(np.asarray(area, dtype=float)) for area in areas if len(area)]
    samples = [own_logit, *area_logits]
    squares = (
        sum(((sample - sample.mean()) ** 2).sum() for sample in samples if len(sample)) + doubt.sum()
    )  # what reading between smooths away
    freedom = PRIOR_YEARS + sum(max(len(sample) - 1, 0) for sample in samples)
    within = (PRIOR_YEARS * WITHIN_UNIT**2 + squares) / freedom
    means = np.array([area.mean() for area in area_logits])
    centre = means.mean() if len(means) else _logit(np.array([gone]))[0]
    between = max(means.var(ddof=1), 0.05**2) if len(means) > 2 else BETWEEN_UNITS**2
    weights = 1 / (within + doubt)
    precision = 1 / between + weights.sum()
    mean = (centre / between + (own_logit * weights).sum()) / precision
    draws = mean + np.sqrt(1 / precision + within) * rng.standard_t(freedom, many)
    return 1 / (1 + np.exp(-draws))


def bridged(places: np.ndarray, shares: np.ndarray, at: float, curve: tuple[np.ndarray, np.ndarray]) -> tuple[float, float] | None:
    """A past year's share on a day between two of its figures, by the usual curve between them, and the doubt about it; None far from both.

    Parameters
    ----------
    places, shares : months since the year began and shares of the year at its figures, in time order.
    at : months since the year began; curve : months and usual shares.

    >>> bridged(np.array([6.0, 12.0]), np.array([0.4, 1.0]), 9.0, (np.array([0.0, 12.0]), np.array([0.0, 1.0])))
    (0.7, 0.0375)
    """
    after = int(np.searchsorted(places, at))
    if not 0 < after < len(places) or places[after] - places[after - 1] > LONGEST_BRIDGE:
        return None
    first, here, last = np.interp([places[after - 1], at, places[after]], *curve)
    way = float((here - first) / (last - first)) if last > first else 0.5
    share = shares[after - 1] + way * (shares[after] - shares[after - 1])
    return float(round(share, 12)), float(BRIDGE * way * (1 - way) * (places[after] - places[after - 1]) / 12)


def _logit(share: np.ndarray) -> np.ndarray:
    share = np.clip(share, 0.002, 0.998)
    return np.log(share / (1 - share))


def _growth_weights(total: np.ndarray, past: np.ndarray) -> np.ndarray:
    """How likely each total is as growth on last year's; even weights where last year is not known."""
    if not len(past) or past[-1] <= 0:
        return np.full(len(total), 1 / len(total))
    growth = np.diff(np.log(past[past > 0]))
    n = len(growth)
    centre = (growth.sum() + 2 * USUAL_GROWTH) / (n + 2)
    spread = np.sqrt((((growth - centre) ** 2).sum() + GROWTH_YEARS * GROWTH_SPREAD**2) / (n + GROWTH_YEARS))
    distance = (np.log(total / past[-1]) - centre) / spread
    weights = (1 + distance**2 / 4) ** -2.5
    return weights / weights.sum()


@dataclass(frozen=True, slots=True)
class Points:
    """A year known by cumulative figures only, as `year_total` asks for it, and what the two rules of thumb say of the year."""

    so_far: float
    gone: float
    own_shares: np.ndarray
    reference_shares: Sequence[np.ndarray]
    past_totals: np.ndarray
    straight_line: float
    same_period: float
    draws: int
    seed: int
    doubts: np.ndarray | float = 0.0

    def as_rule(self, total: float) -> np.ndarray:
        """A rule's answer as draws without spread; none where the rule has no answer."""
        return np.full(self.draws if np.isfinite(total) else 0, total)


def share_of_points(known: Points) -> np.ndarray:
    """Year total = amount so far / share of the year normally done by then; shares from own and reference years."""
    return year_total(
        known.so_far,
        known.gone,
        known.own_shares,
        known.reference_shares,
        known.past_totals,
        doubts=known.doubts,
        draws=known.draws,
        seed=known.seed,
    )


def spread_rest(rest: np.ndarray, profile: np.ndarray, *, seed: int) -> np.ndarray:
    """Paths of the remaining periods whose sum is `rest`, `(draws,)`; they keep near `profile`, `(horizon,)`. Returns `(draws, horizon)`."""
    profile = np.maximum(np.asarray(profile, dtype=float), 1e-6)
    rng = np.random.default_rng([seed, 1])
    shares = rng.dirichlet(CONCENTRATION * profile / profile.sum(), size=len(rest))
    return np.maximum(rest, 0.0)[:, None] * shares


def of_reference_areas(task: Task, last: fg.Point) -> tuple[list[np.ndarray], tuple[np.ndarray, np.ndarray]]:
    """Shares of the year done by the same point in the named reference areas, and their mean curve `(months, share)`."""
    months, years = _reference_years(task)
    if not years:
        return [], (np.array([0.0, float(MONTHS)]), np.array([0.0, 1.0]))
    at = np.array([0.0, *months])
    shares = np.array([[0.0, *(year[month] / year[MONTHS] for month in months)] for year in years.values()])
    areas: dict[str, list[float]] = {}
    for (area, _), row in zip(years, shares, strict=True):
        areas.setdefault(area, []).append(np.interp(task.calendar.months_gone(last.end), at, row))
    return [np.array(found) for found in areas.values()], (at, shares.mean(axis=0))


def _reference_years(task: Task) -> tuple[list[int], dict[tuple[str, int], dict[int, float]]]:
    """Months with figures and the sums to date by month of every area's year that has them all; none where a year's total is not among them.

    The unit itself is no reference, nor is what was not known on `as_of`.
    """
    name = task.unit.references.get(task.ind.id)
    known: dict[tuple[str, int], dict[int, float]] = {}
    for row in read_reference(name, as_of=task.as_of) if name else ():
        if row["area"] not in task.unit.name["vi"] and row["year"] < task.year:
            known.setdefault((row["area"], row["year"]), {})[row["month"]] = row["cumulative"]
    months = sorted({month for year in known.values() for month in year})
    return months, {key: year for key, year in sorted(known.items()) if len(year) == len(months) and MONTHS in year}
