"""Values that do not add up: levels and shares, counts that must be nil, yearly assessments."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from kpi_lib.definitions.indicators import Indicator
from kpi_lib.figures import histories as fg
from kpi_lib.forecast.levels import project_states, since_shock
from kpi_lib.forecast.models import History, asked
from kpi_lib.forecast.projection import Projection, Task, result
from kpi_lib.forecast.year_figure import announced, ended
from kpi_lib.words.messages import Text, Words

DAYS = 365.25  # of a year
OWN_COURSE = 4  # figures from which on a level's own course is told of; before, what is known of such levels says more


def _own_way(task: Task, history: History) -> None:
    """These kinds are projected in their own way: refuse a model asked for by name that cannot do it."""
    if task.model is not None:
        asked(task.model, history, task.ind.id)


def project_level(task: Task) -> Projection:
    """A state on a day: the last known one, going on as its figures have so far, within its natural limits (docs/levels.md)."""
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
    if not points:
        return result(task, task.ind.measure, "none", Text("No figures yet."), np.empty(0), **common)
    ind, last = task.ind, points[-1]
    ends = tuple(end for end in task.calendar.month_ends(task.year) if end > last.end)
    times, ahead = (np.array([(end - last.end).days / DAYS for end in dates]) for dates in ([point.end for point in points], ends))
    values, whole = np.array([point.value for point in points]), ind.whole and not ind.measure.percent
    first = since_shock(values, times, ind.typical_change)
    limits: dict[str, Any] = {
        "lower": ind.lower,
        "upper": ind.upper,
        "whole": whole,
        "never_falls": ind.kind.never_falls,
        "usual": ind.typical_change,
    }
    paths = project_states(values[first:], times[first:], ahead, **limits, draws=task.draws, seed=task.seed)[0]
    for limit in (ind.lower, ind.upper):  # what is published with so many decimals is published as the limit
        paths[np.abs(paths - limit) < 0.5 * 10.0**-ind.decimals] = limit
    years = len(common["past"])
    return result(
        task, ind.measure, "level", _how(ind, points[first:]), paths[:, -1].copy(), ends=ends, paths=paths, evidence_years=years, **common
    )


def _how(ind: Indicator, points: tuple[fg.Point, ...]) -> Words:
    """What a level is projected from: its own course, or what is known of such levels where it has hardly one."""
    day = points[-1].end
    if len(points) >= OWN_COURSE:
        return Text("The last known level ({day}) and its own course so far: trend, season, and how far it usually strays.", day=day)
    if np.isfinite(ind.typical_change):
        return Text("The last known level ({day}) and its usual change within a year.", day=day)
    return Text("The last known level ({day}); with so few figures, it is expected to move as such levels usually do.", day=day)


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
