"""The plan is information: what the figure in the plan says about how the year will end.

Administrations work towards the number. Year ends bunch at 100% of plan, and a unit that ended past years near its plan will do so
again; a projection made of months alone does not know this. Here the engine's yearly totals are re-drawn around a centre that is pulled
towards the plan and towards the unit's own habit, and each path's remaining part is stretched to its new total. How strong the pull is
was learnt on Vietnamese public investment by ``benchmarks/plans.py --learn`` and is kept in ``plan_effect.json``.

That answers the plan as it stands. Plans are raised late in the year, so a second chance, `by_december`, answers the plan as it will stand.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import gamma, pi, sqrt
from pathlib import Path
from types import MappingProxyType

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]

EFFECT_FILE = Path(__file__).with_name("plan_effect.json")
NAMES = ("rise", "early_rise", "pull", "habit", "scale", "spread", "bunching")
FREEDOM = 5.0  # of the Student t around the centre: a year in twenty goes quite another way
BUNCH_WIDTH = 0.015  # how closely year ends bunch at the plan, on the log scale
NARROWEST = 0.012  # spread below which nothing is believed: December's figure is itself an estimate
LEARNT_UP_TO = 0.75  # of the year still to come: nothing was learnt before the end of the first quarter
USUAL_ENDING, USUAL_WEIGHT, YEARLY_MEMORY = 0.95, 0.3, 0.7  # where a unit without past years is taken to end, worth 0.3 of a year
DECEMBER_NAMES = ("level", "chance", "chance_early", "hits", "raises")
USUAL_HITS, USUAL_RAISE, USUAL_YEARS = (
    0.2,
    0.07,
    1.0,
)  # of units without past years: how often December's plan was reached, log of its raise, years' worth
LARGEST_RAISE, SUREST = 0.5, 0.98  # beyond which a raise, or the chance by the plan as it stands, says no more
# Kinds of indicator for which a backtest shows that the plan helps. Of money alone: jobs, enterprises and revenue have no such evidence yet.
STRENGTHS: Mapping[str, float] = MappingProxyType({"plan_share": 1.0})


def applies_to(kind: str, *, money: bool = True) -> float:
    """How far the plan enters the projection of a kind of indicator, told in money or not: 1 where a backtest shows that it helps, 0 elsewhere.

    Examples
    --------
    >>> applies_to("plan_share"), applies_to("plan_share", money=False), applies_to("flow")
    (1.0, 0.0, 0.0)
    """
    return STRENGTHS.get(kind, 0.0) if money else 0.0


@lru_cache(maxsize=2)
def shipped(of: str = "coefficients") -> dict[str, float]:
    """The learnt coefficients, by name: of the plan's pull, or ``"december"``, of the plan as it will stand in December."""
    stored: dict[str, float] = json.loads(EFFECT_FILE.read_text(encoding="utf-8"))[of]
    return stored


@dataclass(frozen=True, slots=True)
class PlanRecord:
    """What became of past years' plans, oldest first: each year's total over its last plan, and by what log that plan had still been raised.

    `left` is the part of the year still to come; a raise counts from the same time of its year.
    """

    left: float
    ratios: tuple[float, ...] = ()
    raises: tuple[float, ...] = ()


def by_december(probability: float, record: PlanRecord, *, share: float = 1.0, coefficients: Mapping[str, float] | None = None) -> float:
    """The chance of reaching a share of the plan as it will stand in December, from that of the plan as it stands.

    ``logit = level + (chance + chance_early left) logit(probability) + hits h + raises r``: `h` is how often past years reached that share of
    their last plan, `r` the mean log by which plans were still raised from this time of the year on; recent years count more.

    Examples
    --------
    >>> by_december(0.8, PlanRecord(0.5, raises=(0.3, 0.3))) < by_december(0.8, PlanRecord(0.5, raises=(0.0, 0.0))) < 0.8
    True
    """
    values = [(coefficients or shipped("december"))[name] for name in DECEMBER_NAMES]
    return float(1 / (1 + np.exp(-np.dot(values, december_features(probability, record, share)))))


def december_features(probability: float, record: PlanRecord, share: float = 1.0) -> Array:
    """What `by_december` multiplies its coefficients with, in the order of `DECEMBER_NAMES`."""
    chance = min(max(probability, 1 - SUREST), SUREST)
    odds = np.log(chance / (1 - chance))
    hits = [float(ratio >= share * (1 - 1e-6)) for ratio in record.ratios]
    raises = np.clip(record.raises, -LARGEST_RAISE, LARGEST_RAISE)
    return np.array([1.0, odds, odds * record.left, _usual(hits, USUAL_HITS, USUAL_YEARS), _usual(raises, USUAL_RAISE, USUAL_YEARS)])


def _usual(values: Sequence[float] | Array, prior: float, worth: float) -> float:
    """The mean of yearly values, oldest first, in which recent years count more and a prior counts as so many years."""
    weights = YEARLY_MEMORY ** np.arange(len(values))[::-1]
    return float((weights @ np.asarray(values, dtype=float) + worth * prior) / (weights.sum() + worth))


def with_plan(
    paths: ArrayLike,
    so_far: float,
    plan: float | None,
    *,
    season: int,
    seen: int,
    past_ratios: Sequence[float] = (),
    strength: float = 1.0,
    coefficients: Mapping[str, float] | None = None,
) -> Array:
    """Simulated paths once the year's plan is known.

    The order of the draws by their yearly total is kept, so the result needs no random numbers: the path that was the k-th largest
    still is. A plan far out of reach (or long passed) leaves the paths as they are.

    Parameters
    ----------
    paths : array_like, shape (draws, horizon)
        The engine's amounts of the missing periods.
    so_far : float
        Amount of the year to date, in the unit of `paths`.
    plan : float or None
        The year's plan in force, in the same unit; None, NaN or nothing positive changes nothing.
    season, seen : int
        Periods a year (12 or 4), and how many of them lie behind; with all of them behind nothing changes.
    past_ratios : sequence of float
        Past years' totals over the plan in force at the end of each, oldest first; may be empty.
    strength : float
        0 leaves the paths alone, 1 is what the backtest supports; see `applies_to`.
    coefficients : mapping, optional
        Other than the shipped ones (the backtest leaves the judged province out of them).

    Returns
    -------
    ndarray, shape (draws, horizon)
        In the unit of `paths`; no yearly total lies below `so_far`.

    Examples
    --------
    >>> with_plan([[30.0], [40.0], [50.0]], 40.0, None, season=4, seen=3).ravel().tolist()
    [30.0, 40.0, 50.0]
    """
    rest = np.array(paths, dtype=float, ndmin=2)
    total = so_far + rest.sum(axis=1)
    if plan is None or not np.isfinite(plan) or plan <= 0 or seen >= season or strength <= 0 or rest.size == 0 or not (total > 0).all():
        return rest
    engine = np.log(total / plan)
    gap, spread = centre_and_spread(engine)
    weight = strength * float(near(gap))
    values = np.array([(coefficients or shipped())[name] for name in NAMES])
    centre, scale = moments(values, np.array([gap]), np.array([spread]), np.array([habit(past_ratios)]), np.array([1 - seen / season]))
    floor = np.log(so_far / plan) if so_far > 0 else -np.inf
    target = quantiles(float(centre[0]), float(scale[0]), float(np.exp(values[-1])), len(engine), floor)
    order = np.argsort(engine, kind="stable")
    moved = engine.copy()
    moved[order] += weight * (target - engine[order])
    return stretched(rest, np.maximum(plan * np.exp(moved) - so_far, 0.0))


def habit(past_ratios: Sequence[float]) -> float:
    """Log of the usual year end over plan: recent years count more, and without any it is the usual 95%.

    Examples
    --------
    >>> round(float(np.exp(habit([]))), 2)
    0.95
    """
    ratios = np.array([ratio for ratio in past_ratios if np.isfinite(ratio) and ratio > 0], dtype=float)
    return _usual(np.log(np.clip(ratios, 0.3, 3.0)), float(np.log(USUAL_ENDING)), USUAL_WEIGHT)


def centre_and_spread(engine: Array) -> tuple[float, float]:
    """Median and half-width of the central 68% of log(total / plan), the latter within what was learnt on."""
    low, middle, high = np.quantile(engine, [0.16, 0.5, 0.84])
    return float(middle), float(np.clip((high - low) / 2, 0.01, 0.6))


def near(gap: ArrayLike) -> Array:
    """How much a plan matters whose reach the engine puts at exp(gap): all of it nearby, half at a third or threefold of the plan."""
    return np.asarray(1 / (1 + np.asarray(gap, dtype=float) ** 4))


def moments(values: Array, gap: Array, spread: Array, habits: Array, left: Array) -> tuple[Array, Array]:
    """Centre and scale of log(year end / plan), element by element.

    ``centre = gap + near(gap) sqrt(left) (rise + early_rise left - pull gap + habit habits)`` and
    ``log(scale) = scale + spread log(spread / 0.1)``, where `left` is the part of the year still to come.

    Parameters
    ----------
    values : in the order of `NAMES`.
    gap, spread : the engine's median and spread of log(total / plan).
    """
    rise, early, pull, usual, level, slope, _ = values
    left = np.clip(left, 0.0, LEARNT_UP_TO)
    centre = gap + near(gap) * np.sqrt(left) * (rise + early * left - pull * gap + usual * habits)
    return centre, np.maximum(np.exp(np.clip(level + slope * np.log(spread / 0.1), -6.0, 1.0)), NARROWEST)


def student(x: Array, centre: ArrayLike, scale: ArrayLike) -> Array:
    """Density of the Student t that year ends follow but for their bunching."""
    constant = gamma((FREEDOM + 1) / 2) / gamma(FREEDOM / 2) / sqrt(FREEDOM * pi)
    distance = (x - np.asarray(centre)) / np.asarray(scale)
    return np.asarray(constant * (1 + distance**2 / FREEDOM) ** (-(FREEDOM + 1) / 2) / np.asarray(scale))


def bunched(x: Array, height: float) -> Array:
    """By how much a year end of exp(x) times the plan is likelier because the plan is there."""
    return np.asarray(1 + height * np.exp(-0.5 * (x / BUNCH_WIDTH) ** 2))


def quantiles(centre: float, scale: float, height: float, count: int, floor: float = -np.inf) -> Array:
    """Evenly spread quantiles of log(year end / plan) above `floor`, shape (count,)."""
    # The tails need reach and the bunching a fine mesh: the union of both meshes, and trapezoids between.
    mesh = np.concatenate([centre + scale * np.sinh(np.linspace(-5.0, 5.0, 1201)), BUNCH_WIDTH * np.linspace(-5.0, 5.0, 301)])
    mesh = np.unique(np.maximum(mesh, floor))
    if len(mesh) < 2:
        return np.full(count, floor)
    density = student(mesh, centre, scale) * bunched(mesh, height)
    mass = np.concatenate([[0.0], np.cumsum((density[1:] + density[:-1]) / 2 * np.diff(mesh))])
    return np.interp((np.arange(count) + 0.5) / count, mass / mass[-1], mesh)


def stretched(rest: Array, wanted: Array) -> Array:
    """Paths whose sums are `wanted`, each keeping its shape; a path of nothing takes the mean shape of the others."""
    sums = rest.sum(axis=1)
    mean = rest.mean(axis=0)
    shape = mean / mean.sum() if mean.sum() > 0 else np.full(rest.shape[1], 1 / rest.shape[1])
    with np.errstate(divide="ignore", invalid="ignore"):
        kept = rest * (wanted / sums)[:, None]
    return np.where((sums > 0)[:, None], kept, wanted[:, None] * shape)
