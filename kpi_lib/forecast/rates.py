"""Values that do not add up: levels and shares, counts that must be nil, yearly assessments."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np

from kpi_lib.figures import histories as fg
from kpi_lib.forecast.models import History, asked
from kpi_lib.forecast.projection import Projection, Task, result
from kpi_lib.forecast.year_figure import announced, ended
from kpi_lib.periods import MONTHS
from kpi_lib.words.messages import Text


def _own_way(task: Task, history: History) -> None:
    """These kinds are projected in their own way: refuse a model asked for by name that cannot do it."""
    if task.model is not None:
        asked(task.model, history, task.ind.id)


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
