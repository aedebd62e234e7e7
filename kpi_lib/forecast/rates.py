"""Values that do not add up: growth rates as published, levels and shares, counts that must be nil, yearly assessments."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import Any

import numpy as np

from kpi_lib.figures import histories as fg
from kpi_lib.figures.derived import Derived, usual_miss
from kpi_lib.forecast.models import History, asked
from kpi_lib.forecast.projection import Projection, Task, result
from kpi_lib.forecast.year_figure import announced, ended
from kpi_lib.periods import MONTHS, QUARTER, QUARTERS, Calendar
from kpi_lib.words.messages import Text

# Growth of the rest of the year less growth to date, in points: spread (Student t) before a unit's own years speak, with the weight of
# PRIOR_YEARS years; and the usual restatement of a year-to-date figure. Quảng Ninh 2020-2024 and Viet Nam 2014-2024.
REST_SPREAD, REST_YEARS, RESTATEMENT = 2.0, 4.0, 0.3
# By how much, in points, a rate chained from quarters and the rest of a year derived from the year miss what was published of them, where the
# line itself does not tell; and by how much the quarters' weights differ between areas. Viet Nam 2018-2024: 0.11 and 0.22 points.
CHAIN_MISS, REST_MISS, WEIGHT_MISS = 0.2, 0.5, 0.02
QUARTER_WEIGHTS = np.array([0.22, 0.24, 0.25, 0.29])  # share of the year's product made in each calendar quarter (Viet Nam, current prices)


def project_published_growth(task: Task) -> Projection:
    """A growth rate published for the year to date: the quarters that remain grow as the year so far did, give or take."""
    to_date = _to_date(task.figures, task.calendar)
    first = _to_date(task.figures, task.calendar, first=True)
    this = to_date.get(task.year, {})
    common: dict[str, Any] = {
        "seen": tuple(this[q] for q in sorted(this)),
        "past": {year: tuple(rates[q] for q in sorted(rates)) for year, rates in sorted(to_date.items()) if year < task.year},
        "rests": _rests(task, first, max(this, default=0)),
    }
    if QUARTERS in this:
        years = sum(4 in rates for year, rates in to_date.items() if year < task.year)
        return ended(task, task.ind.measure, this[4], Text("The year is over and its rate is known."), years=years, **common)
    _own_way(task, "growth")
    done = _growth_from_quarters(task, first, this, common) if this else _growth_without_figures(task, to_date, common)
    year = fg.growth_points((*task.figures, *task.ahead), task.calendar)[0].get(task.year, {}).get(QUARTERS)
    return announced(task, done, year) if year else done


def _own_way(task: Task, history: History) -> None:
    """These kinds are projected in their own way: refuse a model asked for by name that cannot do it."""
    if task.model is not None:
        asked(task.model, history, task.ind.id)


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
        how = Text("worked out from the growth of the year and of its first {quarters} quarters, with usual weights", quarters=quarters)
        found[year] = replace(whole, value=value, derived=Derived(how)) if quarters else whole
        if QUARTERS in single.get(year, {}):
            misses.append(value - single[year][QUARTERS].value)
            found[year] = single[year][QUARTERS]
    miss = usual_miss(misses, REST_MISS)
    drawn = {year: abs(point.value - first[year][QUARTERS].value) * WEIGHT_MISS / (1 - done) for year, point in found.items()}
    return {year: _owned_up(point, float(np.hypot(miss, drawn[year]))) for year, point in sorted(found.items())}


def _growth_from_quarters(task: Task, to_date: dict, this: dict[int, fg.Point], common: dict) -> Projection:
    quarters = max(this)
    done = float(QUARTER_WEIGHTS[:quarters].sum())
    steps = np.array(
        [
            (rates[4].value - rates[quarters].value) / (1 - done)
            for year, rates in to_date.items()
            if year < task.year and 4 in rates and quarters in rates
        ]
    )
    freedom = REST_YEARS + len(steps)
    spread = np.sqrt((REST_YEARS * REST_SPREAD**2 + np.minimum(steps**2, 25.0).sum()) / freedom)
    rng = np.random.default_rng(task.seed)
    rest = this[quarters].value + spread * rng.standard_t(freedom, task.draws)
    year = done * (this[quarters].value + RESTATEMENT * rng.standard_normal(task.draws)) + (1 - done) * rest
    ends = task.calendar.month_ends(task.year, QUARTER)[quarters:]
    part = np.array([(QUARTER_WEIGHTS[:q].sum() - done) / (1 - done) for q in range(quarters + 1, QUARTERS + 1)])
    paths = this[quarters].value + (year - this[quarters].value)[:, None] * part[None, :]
    reason = Text(
        "Growth over {quarters} quarters makes about {value}% of the year's; the rest varies as in {steps} past years.",
        quarters=quarters,
        value=f"{100 * done:.0f}",
        steps=len(steps),
    )
    return result(task, task.ind.measure, "growth_to_date", reason, year, ends=ends, paths=paths, evidence_years=len(steps), **common)


def _growth_without_figures(task: Task, to_date: dict, common: dict) -> Projection:
    past = [rates[4].value for year, rates in sorted(to_date.items()) if 4 in rates and year < task.year]
    if len(past) < 2 or 4 not in to_date.get(task.year - 1, {}):
        reason = Text("No figures for {year} yet.", year=task.calendar.name(task.year))
        return result(task, task.ind.measure, "none", reason, np.empty(0), **common)
    changes = np.diff(past)
    freedom = REST_YEARS + len(changes)
    spread = np.sqrt((REST_YEARS * REST_SPREAD**2 + (changes**2).sum()) / freedom)
    draws = past[-1] + spread * np.random.default_rng(task.seed).standard_t(freedom, task.draws)
    reason = Text("No figure this year: last year's rate, varying as past years did.")
    ends = (task.calendar.end(task.year),)
    return result(
        task, task.ind.measure, "last_year", reason, draws, ends=ends, paths=draws[:, None].copy(), evidence_years=len(past), **common
    )


def project_level(task: Task) -> Projection:
    """A state on a day: the last known one, moving as it usually does, within its natural limits."""
    points = _up_to_now(task)
    common = _by_year(points, task)
    over = _year_end_known(task, common)
    if over is not None:
        return over
    done = _level_ahead(task, points, common)
    year = next((point for point in fg.levels(task.ahead, task.ind)), None)
    return announced(task, done, year) if year else done


def _level_ahead(task: Task, points: tuple[fg.Point, ...], common: dict) -> Projection:
    _own_way(task, "level")
    if not points or not np.isfinite(_usual_change(task, points)[1]):
        reason = Text("No figures yet.") if not points else Text("Its usual change is not known.")
        return result(task, task.ind.measure, "none", reason, np.empty(0), **common)
    last = points[-1]
    drift, change = _usual_change(task, points)
    ends = tuple(end for end in task.calendar.month_ends(task.year) if end > last.end)
    gone = np.array([(end - last.end).days / 365.25 for end in ends])
    rng = np.random.default_rng(task.seed)
    steps = rng.standard_t(5, (task.draws, len(ends))) * change * np.sqrt(np.diff(gone, prepend=0.0)) * np.sqrt(3 / 5)
    paths = np.clip(last.value + drift * gone + steps.cumsum(axis=1), task.ind.lower, task.ind.upper)
    paths[_stays(points, task.draws, rng)] = last.value
    years = len(common["past"])
    reason = Text("The last known level ({day}) and its usual change within a year.", day=last.end)
    return result(
        task, task.ind.measure, "bounded_walk", reason, paths[:, -1].copy(), ends=ends, paths=paths, evidence_years=years, **common
    )


def _stays(points: tuple[fg.Point, ...], draws: int, rng: np.random.Generator) -> np.ndarray:
    """Draws in which the level does not move at all: as often as successive figures were equal (a rate held at 100% mostly stays there)."""
    same = sum(a.value == b.value for a, b in itertools.pairwise(points))
    return rng.random(draws) < (rng.beta(1 + same, 1 + len(points) - 1 - same, draws) if same else 0.0)


def _up_to_now(task: Task) -> tuple[fg.Point, ...]:
    """The states known of this year and of those before it."""
    return tuple(point for point in fg.levels(task.figures, task.ind) if point.end <= task.calendar.end(task.year))


def _by_year(points: tuple[fg.Point, ...], task: Task) -> dict:
    by_year: dict[int, tuple[fg.Point, ...]] = {}
    for point in points:
        year = task.calendar.year_of(point.end)
        by_year[year] = (*by_year.get(year, ()), point)
    return {"seen": by_year.pop(task.year, ()), "past": by_year}


def _year_end_known(task: Task, common: dict) -> Projection | None:
    seen = common["seen"]
    if not seen or seen[-1].end != task.calendar.end(task.year):
        return None
    known = Text("The year is over and its last level is known.")
    return ended(task, task.ind.measure, seen[-1], known, years=len(common["past"]), **common)


def _usual_change(task: Task, points: tuple[fg.Point, ...]) -> tuple[float, float]:
    """Drift and spread a year: from the unit's own changes, shrunk towards no drift and the definition's usual change.

    A shock (a storm that fells a quarter of the forest) widens the spread but is neither taken for the rule nor carried on as a trend.
    """
    gaps = np.array([(b.end - a.end).days / 365.25 for a, b in itertools.pairwise(points)])
    changes = np.array([b.value - a.value for a, b in itertools.pairwise(points)])
    rates = changes / np.sqrt(np.maximum(gaps, 1 / MONTHS))
    typical, span = task.ind.typical_change, float(gaps.sum())
    if not np.isfinite(typical):
        return 0.0, float(np.sqrt((rates**2).mean())) if len(rates) >= 3 else float("nan")
    drift = float(np.clip(changes.sum() / span, -typical, typical)) * span / (span + 2.0) if span >= 1 else 0.0
    return drift, float(np.sqrt((3 * typical**2 + np.minimum(rates**2, (3 * typical) ** 2).sum()) / (3 + len(rates))))


def project_zero(task: Task) -> Projection:
    """A count that must be nil: each case left is closed by the year's end as often as past years' were."""
    points = _up_to_now(task)
    common = _by_year(points, task)
    over = _year_end_known(task, common)
    if over is not None:
        return over
    _own_way(task, "cases")
    if not common["seen"]:
        return result(
            task,
            task.ind.measure,
            "none",
            Text("No figures for {year} yet.", year=task.calendar.name(task.year)),
            np.empty(0),
            **common,
        )
    last = common["seen"][-1]
    clear = [points_of for points_of in common["past"].values() if any(point.value == 0 for point in points_of[:-1])]
    kept = [points_of[-1].value == 0 for points_of in clear]  # of the years that had come to nil before their end
    rng = np.random.default_rng(task.seed)
    if last.value == 0:
        holds = rng.random(task.draws) < rng.beta(2 + sum(kept), 1 + len(kept) - sum(kept), task.draws)
        draws = np.where(holds, 0.0, 1.0)
    else:
        left = (task.calendar.end(task.year) - last.end).days / 365.25
        draws = rng.poisson(last.value * rng.beta(1, 1, task.draws) ** left).astype(float)
    reason = Text("The cases left, and how often they are closed or kept away by the year's end.")
    ends = (task.calendar.end(task.year),)
    ended = sum(task.calendar.is_year_end(points_of[-1].end) for points_of in common["past"].values())
    return result(
        task, task.ind.measure, "cases_left", reason, draws, ends=ends, paths=draws[:, None].copy(), evidence_years=ended, **common
    )


def project_assessment(task: Task) -> Projection:
    """Assessed once a year: a result, be it before the year's last day, or nothing."""
    points = _up_to_now(replace(task, figures=(*task.figures, *task.ahead)))
    common = _by_year(points, task)
    if common["seen"]:
        known = Text("The year's assessment is known.")
        return ended(task, task.ind.measure, common["seen"][-1], known, years=len(common["past"]), **common)
    _own_way(task, "assessment")
    reason = Text("Assessed once a year; this year's result is not known yet.")
    return result(task, task.ind.measure, "not_yet_assessed", reason, np.empty(0), **common)
