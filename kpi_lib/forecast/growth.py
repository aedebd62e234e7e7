"""Growth of the year to date as a process: the whole year's from every rate published of this and earlier years.

The growth of a single quarter is a level that wanders, a shock, what is left of the shock a year before (a weak quarter makes the next
year's strong), a part of its own in every year and a part of its own in every quarter of the year; the growth to date is their weighted
mean. So the line's own years say how far the year usually moves after this quarter, and which way; how much each of these parts weighs
was learnt from public series (`benchmarks/growth.py`), and nothing is a number of points: a line that moves ten times as much is
projected ten times as wide. A past rate that its neighbours contradict (a misprint) counts as far as the line's surprises reach, and a
year of crisis teaches less than a calm one.

Source: Rasmussen and Williams (2006), *Gaussian processes for machine learning*, section 2.2; the scale is integrated out as in O'Hagan
(1973), so that draws are Student's.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from kpi_lib.figures import histories as fg
from kpi_lib.figures.derived import Derived, usual_miss
from kpi_lib.figures.estimates import FEWEST_SUMS, GROWTH_TO_DATE, habit, later_changes
from kpi_lib.forecast.models import asked
from kpi_lib.forecast.processes import Array, student_log_density
from kpi_lib.forecast.projection import Projection, Task, result
from kpi_lib.forecast.year_figure import announced, ended, revision
from kpi_lib.periods import QUARTER, QUARTERS, Calendar
from kpi_lib.words.messages import Text, Words, listed
from kpi_lib.words.numbers import Number

PROFILES = {"usual": (0.22, 0.24, 0.25, 0.29), "late": (0.12, 0.22, 0.26, 0.40)}  # parts of the year's amount made in its quarters
ANY_MEAN, NOISE = 1e4, 0.01  # variance of the line's usual growth, which may be anything, and of the rounding of a rate
SHAPE = 1.5  # what the prior of the scale is worth, as half so many rates
SCALES = (0.02, 0.1, 0.5, 2.0, 8.0, 30.0, 120.0, 500.0)  # variances of a quarter's shock, in points squared: a line of any kind
FREEDOM = 3.0  # of the draws: years in which all is different are part of it
SURPRISE, ROUNDS = 4.0, 3  # a past rate is off by no more than so many usual surprises; how many of a line's may be
RESTLESS, FEWEST_RATES = 1.5, 3  # times the usual surprise on average: a year that moved more teaches less; rates of it to say so
LOWEST = -100.0
PRIOR = Path(__file__).with_name("growth_prior.json")


@dataclass(frozen=True, slots=True)
class GrowthPoint:
    """One guess at what a line's quarters are made of, in variances relative to that of a quarter's shock.

    `profile`: the quarters' parts of the year; `level` and its `persistence` from quarter to quarter (1: it never comes back); `echo`: the part of
    a shock that is taken back a year later; `season`, `year`: what a quarter of the year, a year has of its own; `lift`: what the year's figure
    adds every year, as where it brings corrections of the quarters before.
    """

    profile: str
    level: float
    persistence: float
    echo: float
    season: float
    year: float
    lift: float


COMMON = GrowthPoint("usual", 0.5, 0.8, 0.4, 0.05, 0.3, 0.0)  # a line like many, to tell misprints by


def covariance(point: GrowthPoint, years: int) -> Array:
    """Covariance of the growth to date after each quarter of so many years, `(4 * years, 4 * years)`, oldest first.

    >>> covariance(COMMON, 3).shape
    (12, 12)
    """
    time = np.arange(QUARTERS * years)
    year, quarter, apart = time // QUARTERS, time % QUARTERS, np.abs(time[:, None] - time)
    rising = np.minimum(time[:, None], time)
    wandering = rising if point.persistence == 1 else point.persistence**apart / (1 - point.persistence**2)
    quarters = (
        ANY_MEAN
        + (1 + point.echo**2) * (apart == 0)
        - point.echo * (apart == QUARTERS)
        + point.level * wandering
        + point.season * (quarter[:, None] == quarter)
        + point.year * (year[:, None] == year)
    )
    parts = np.tril(np.ones((QUARTERS, QUARTERS))) * PROFILES[point.profile]
    to_date = np.kron(np.eye(years), parts / parts.sum(axis=1, keepdims=True))
    ending = quarter == QUARTERS - 1
    return to_date @ quarters @ to_date.T + point.lift * np.outer(ending, ending) + NOISE * np.eye(QUARTERS * years)


@lru_cache(maxsize=1)
def load_prior() -> tuple[tuple[GrowthPoint, ...], Array]:
    """The points and their weights, as learnt."""
    table = json.loads(PRIOR.read_text(encoding="utf-8"))
    names = [field.name for field in fields(GrowthPoint)]
    return tuple(GrowthPoint(**dict(zip(names, row[:-1], strict=True))) for row in table["points"]), np.array(
        [row[-1] for row in table["points"]]
    )


@lru_cache(maxsize=16)
def _covariances(years: int) -> Array:
    return np.stack([covariance(point, years) for point in load_prior()[0]])


@dataclass(frozen=True, slots=True)
class Fit:
    """What each point makes of each line's rates: `middle` `(points, series, wanted)`, `left` `(points, wanted, wanted)` unscaled, `quadratic`
    `(points, series)` and `determinant` `(points,)` of the rates known, `known` how many there are."""

    middle: Array
    left: Array
    quadratic: Array
    determinant: Array
    known: int

    def log_likelihood(self, scales: Array) -> Array:
        """`(series, points, scales)`; one rate is spent on the mean."""
        quadratic, determinant = self.quadratic.T[:, :, None], self.determinant[:, None]
        return student_log_density(quadratic, determinant, self.known - 1, SHAPE * scales, SHAPE)


def fitted(cov: Array, values: Array, known: Sequence[int], wanted: Sequence[int], doubt: Array | float = 0.0) -> Fit:
    """Condition the growth after some quarters on that after others (both as places in the years covered).

    Parameters
    ----------
    cov : `(points, places, places)`; values : `(series, known)`; doubt : variance of each value relative to a quarter's shock.
    """
    factor = np.linalg.cholesky(cov[:, known][:, :, known] + doubt * np.eye(len(known)))
    whitened = np.linalg.solve(factor, np.broadcast_to(values.T, (len(cov), *values.T.shape)))
    cross = np.linalg.solve(factor, cov[:, known][:, :, wanted])
    left = cov[:, wanted][:, :, wanted] - cross.swapaxes(1, 2) @ cross
    determinant = 2 * np.log(np.diagonal(factor, axis1=1, axis2=2)).sum(axis=1)
    return Fit(whitened.swapaxes(1, 2) @ cross, left, (whitened**2).sum(axis=1), determinant, len(known))


def tamed(values: Array, known: Sequence[int]) -> tuple[Array, Array, float]:
    """One line's rates of which those that their neighbours contradict are drawn in, how much less each is to be believed, and the usual surprise.

    A misprint is drawn in; a year that moved far more than the others teaches less about usual years (its rates' extra variance, relative
    to a quarter's shock). The last year known is left as it is: nothing came after it yet.

    Parameters
    ----------
    values : `(known,)`; known : their places.
    """
    years = known[-1] // QUARTERS + 1
    precision = np.linalg.inv(covariance(COMMON, years)[np.ix_(known, known)])
    size, year = np.sqrt(np.diag(precision)), np.array(known) // QUARTERS
    settled, values = np.flatnonzero(year < years - 1), np.array(values, dtype=float)
    for _ in range(ROUNDS if len(settled) > 1 else 0):
        surprise = precision @ values / size
        worst = settled[np.argmax(np.abs(surprise[settled]))]
        beyond = max(abs(surprise[worst]) - SURPRISE * _usual(surprise), 0.0)
        values[worst] -= np.sign(surprise[worst]) * beyond / size[worst]
    surprise = precision @ values / size
    usual = _usual(surprise)
    doubt = np.zeros(len(values))
    for number, count in zip(*np.unique(year[settled], return_counts=True), strict=True):
        if count >= FEWEST_RATES:
            wild = float(np.mean(surprise[year == number] ** 2)) / max(usual * RESTLESS, 1e-9) ** 2
            doubt[year == number] = max(wild - 1.0, 0.0)
    return values, doubt, usual


def _usual(surprise: Array) -> float:
    return float(np.median(np.abs(surprise))) / 0.6745


def completed_growth(
    values: Array,
    known: Sequence[int],
    wanted: Sequence[int],
    *,
    errors: Array | None = None,
    scales: Sequence[float] = SCALES,
    draws: int = 1000,
    seed: int = 0,
) -> Array:
    """Draws of the growth to date after some quarters, given that after others.

    Parameters
    ----------
    values : rates in %, `(series, known)`.
    known, wanted : places of the rates: 0 is the first quarter of the first year, 3 that whole year, 4 the next year's first quarter.
    errors : of one line, by how much each rate may be off, in points, `(known,)`.
    scales : how far a quarter moves in lines of this kind, as variances, each as likely as the next.

    Returns
    -------
    `(series, draws, wanted)`, none below -100%.
    """
    rows = []
    for line in np.asarray(values, dtype=float):
        told, doubt, usual = tamed(line, known)
        doubt = doubt + (errors / max(usual, np.sqrt(min(scales)))) ** 2 if errors is not None else doubt
        fit = fitted(_covariances(max(*known, *wanted) // QUARTERS + 1), told[None], known, wanted, doubt)
        rows.append(simulated(fit, load_prior()[1], np.array(scales), draws=draws, seed=seed))
    return np.concatenate(rows)


def simulated(fit: Fit, weights: Array, scales: Array, *, draws: int, seed: int) -> Array:
    """Draws of the wanted rates, `(series, draws, wanted)`: a point and a scale by how well they explain the line, then its Student's draw."""
    rng = np.random.default_rng([seed, 13])
    score = fit.log_likelihood(scales) + np.log(weights)[:, None]
    chance = np.exp(score - score.max(axis=(1, 2), keepdims=True)).reshape(len(score), -1).cumsum(axis=1)
    places = rng.permutation((np.arange(draws) + 0.5) / draws)
    half = rng.standard_normal((draws // 2, fit.left.shape[-1]))
    noise = np.concatenate([half, -half, np.zeros((draws % 2, half.shape[1]))])  # as much above as below
    freedom = min(FREEDOM, 2 * SHAPE + fit.known - 1)
    noise = noise / np.sqrt(rng.chisquare(freedom, (draws, 1)) / freedom)
    spread = np.linalg.cholesky(fit.left + 1e-9 * np.eye(fit.left.shape[-1]))
    size = np.sqrt((SHAPE * scales + fit.quadratic.T[:, :, None] / 2) / (SHAPE + (fit.known - 1) / 2))  # (series, points, scales)
    found = np.empty((len(score), draws, fit.left.shape[-1]))
    for row, steps in enumerate(chance):
        point, scale = np.unravel_index(np.searchsorted(steps, places * steps[-1]), score.shape[1:])
        found[row] = fit.middle[point, row] + size[row, point, scale][:, None] * (spread[point] @ noise[..., None])[..., 0]
    return np.maximum(found, LOWEST)


def project_growth(history: Array, horizon: int, *, draws: int = 1000, seed: int = 0) -> Array:
    """Draws of the whole year's growth.

    Parameters
    ----------
    history : growth of the year to date in %, at three, six, nine and twelve months of each year, oldest first, `(series, 4 * years + seen)`.
    horizon : quarters left, 4 - seen.

    Returns
    -------
    `(series, draws)`; the same for a seed, whatever else is in the batch.

    >>> steady = np.tile([6.0, 6.2, 6.3, 6.4], (1, 3))[:, :11]
    >>> bool(6.3 < np.median(project_growth(steady, 1)) < 6.5)
    True
    """
    history = np.asarray(history, dtype=float)
    known = range(history.shape[1])
    return completed_growth(history, known, [history.shape[1] + horizon - 1], draws=draws, seed=seed)[..., 0]


PUBLISHED_SCALES = SCALES[
    1:5
]  # a province's or a country's product neither stands still nor moves by five points a quarter before it has shown it
LONGEST_HISTORY, FEWEST_STEPS = 12, 3  # years; of them to say what usually happens
# By how much, in points, a rate chained from quarters and the rest of a year derived from the year miss what was published of them, where the
# line itself does not tell; and by how much the quarters' weights differ between areas. Viet Nam 2018-2024: 0.11 and 0.22 points.
CHAIN_MISS, REST_MISS, WEIGHT_MISS = 0.2, 0.5, 0.02
QUARTER_WEIGHTS = np.array(PROFILES["usual"])  # share of the year's product made in each calendar quarter (Viet Nam, current prices)


def project_published_growth(task: Task) -> Projection:
    """A growth rate published for the year to date: the year's from the line's own rates of this and earlier years."""
    to_date = _to_date(task.figures, task.calendar)
    first = _to_date(task.figures, task.calendar, first=True)
    this = to_date.get(task.year, {})
    common: dict[str, Any] = {
        "seen": tuple(this[q] for q in sorted(this)),
        "past": {year: tuple(rates[q] for q in sorted(rates)) for year, rates in sorted(to_date.items()) if year < task.year},
        "rests": _rests(task, first, max(this, default=0)),
        "alone": tuple(fg.growth_points(task.figures, task.calendar)[1].get(task.year, {}).values()),
    }
    if QUARTERS in this:
        years = sum(4 in rates for year, rates in to_date.items() if year < task.year)
        return ended(task, task.ind.measure, this[4], Text("The year is over and its rate is known."), years=years, **common)
    if task.model is not None:
        asked(task.model, "growth", task.ind.id)
    done = _growth_from_quarters(task, first, this, common) if this else _growth_without_figures(task, first, common)
    year = fg.growth_points((*task.figures, *task.ahead), task.calendar)[0].get(task.year, {}).get(QUARTERS)
    return announced(task, done, year) if year else done


def _to_date(figures: tuple[fg.Figure, ...], calendar: Calendar, *, first: bool = False) -> dict[int, dict[int, fg.Point]]:
    """Year-to-date rates; where none was published, the last one and the quarter since, by the quarters' weights.

    They say by how much such rates miss the published ones: by the line's own misses, where both are known.
    """
    published, single = fg.growth_points(figures, calendar, first=first)
    rates = {year: dict(published.get(year, {})) for year in {*published, *single}}
    misses: list[float] = []
    for year, quarters in single.items():
        for count in range(2, QUARTERS + 1):
            before, part = rates[year].get(count - 1), quarters.get(count)
            if before and part:
                chained = _chained(before, part, count)
                misses += [chained.value - rates[year][count].value] if count in rates[year] else []
                rates[year].setdefault(count, chained)
    return {year: {count: _owned_up(point, usual_miss(misses, CHAIN_MISS)) for count, point in own.items()} for year, own in rates.items()}


def _chained(before: fg.Point, part: fg.Point, count: int) -> fg.Point:
    """The rate of the year to a quarter's end, from the one before and the quarter's own, by the quarters' weights."""
    weights = QUARTER_WEIGHTS[: count - 1].sum(), QUARTER_WEIGHTS[count - 1]
    value = float((weights[0] * before.value + weights[1] * part.value) / sum(weights))
    how = Text("weighed from the growth published of its parts, with usual weights of the quarters")
    status = min(before.status, part.status, key=fg.RANK.__getitem__)
    return fg.Point(part.end, value, status, max(before.published, part.published), part.source, Derived(how))


def _owned_up(point: fg.Point, miss: float) -> fg.Point:
    return replace(point, derived=replace(point.derived, error=miss)) if point.derived else point


def _rests(task: Task, first: dict[int, dict[int, fg.Point]], quarters: int) -> dict[int, fg.Point]:
    """Growth of the quarters after the first so many, in every past year that has both: as published, else derived from the year's and theirs."""
    done = float(QUARTER_WEIGHTS[:quarters].sum())
    single = fg.growth_points(task.figures, task.calendar, first=True)[1] if quarters == QUARTERS - 1 else {}
    found: dict[int, fg.Point] = {}
    misses = []
    for year, rates in first.items():
        whole, so_far = rates.get(QUARTERS), rates.get(quarters)
        if year >= task.year or quarters >= QUARTERS or whole is None or (quarters and so_far is None):
            continue
        value = (whole.value - done * so_far.value) / (1 - done) if so_far else whole.value
        how = Text(
            "worked out from the growth of the year and of its first {quarters:quarter|quarters}, with usual weights", quarters=quarters
        )
        found[year] = replace(whole, value=value, derived=Derived(how)) if quarters else whole
        if QUARTERS in single.get(year, {}):
            misses.append(value - single[year][QUARTERS].value)
            found[year] = single[year][QUARTERS]
    miss = usual_miss(misses, REST_MISS)
    drawn = {year: abs(point.value - first[year][QUARTERS].value) * WEIGHT_MISS / (1 - done) for year, point in found.items()}
    return {year: _owned_up(point, float(np.hypot(miss, drawn[year]))) for year, point in sorted(found.items())}


def _growth_from_quarters(task: Task, to_date: dict[int, dict[int, fg.Point]], this: dict[int, fg.Point], common: dict) -> Projection:
    quarters = max(this)
    paths = _paths(task, to_date, this, range(quarters + 1, QUARTERS + 1))
    steps = [rates[QUARTERS].value - rates[quarters].value for rates in _before(task, to_date) if {quarters, QUARTERS} <= set(rates)]
    reason: Words = Text(
        "Growth over {quarters:quarter|quarters} makes about {value}% of the year's; how the rest goes was learnt from the line's own years and from other lines.",
        quarters=quarters,
        value=f"{100 * float(QUARTER_WEIGHTS[:quarters].sum()):.0f}",
    )
    if len(steps) >= FEWEST_STEPS:
        change = Text(
            "From there the rate changed by {size:point|points} on average to the year's end ({count:past year|past years}, as first published).",
            size=Number(float(np.mean(steps)), 2, signed=True),
            count=len(steps),
        )
        reason = listed([reason, change], " ")
    ends = task.calendar.month_ends(task.year, QUARTER)[quarters:]
    return result(
        task, task.ind.measure, "growth_to_date", reason, paths[:, -1].copy(), ends=ends, paths=paths, evidence_years=len(steps), **common
    )


def _growth_without_figures(task: Task, to_date: dict[int, dict[int, fg.Point]], common: dict) -> Projection:
    years = [year for year, rates in to_date.items() if QUARTERS in rates and year < task.year]
    if len(years) < 2 or task.year - 1 not in years:
        reason = Text("No figures for {year} yet.", year=task.calendar.name(task.year))
        return result(task, task.ind.measure, "none", reason, np.empty(0), **common)
    paths = _paths(task, to_date, {}, [QUARTERS])
    reason = Text("No figure this year: from the rates of past years, varying as they did.")
    ends = (task.calendar.end(task.year),)
    return result(
        task, task.ind.measure, "last_year", reason, paths[:, -1].copy(), ends=ends, paths=paths, evidence_years=len(years), **common
    )


def _before(task: Task, to_date: dict[int, dict[int, fg.Point]]) -> list[dict[int, fg.Point]]:
    return [rates for year, rates in sorted(to_date.items()) if year < task.year]


def _paths(task: Task, to_date: dict[int, dict[int, fg.Point]], this: dict[int, fg.Point], left: Sequence[int]) -> Array:
    """Growth to date after each of the quarters left, `(draws, left)`: of past years as first published, like the first figure of this one's end.

    What such growth to date is usually corrected by, to the year's end, is added with its weight in the year, and what the first figure of
    the year is.
    """
    first = max(min(to_date, default=task.year), task.year - LONGEST_HISTORY)
    years = {year: rates for year, rates in to_date.items() if first <= year < task.year} | {task.year: this}
    points = {QUARTERS * (year - first) + count - 1: rates[count] for year, rates in years.items() for count in rates}
    known = sorted(points)
    errors = np.array([points[place].derived.error if points[place].derived else 0.0 for place in known])  # type: ignore[union-attr]
    paths = completed_growth(
        np.array([[points[place].value for place in known]]),
        known,
        [QUARTERS * (task.year - first) + count - 1 for count in left],
        errors=errors,
        scales=PUBLISHED_SCALES,
        draws=task.draws,
        seed=task.seed,
    )[0]
    if this and this[max(this)].status == "estimate":
        changes = later_changes(task.figures, task.ind.measure, relative=False, year=False, calendar=task.calendar)
        paths += float(QUARTER_WEIGHTS[: max(this)].sum()) * habit(changes, GROWTH_TO_DATE, fewest=FEWEST_SUMS).bias
    paths[:, -1] += revision(task, task.ind.measure)
    return paths
