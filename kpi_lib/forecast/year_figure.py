"""A year whose figure is known, before its end or after: a final one without spread, an estimate with its usual revision.

An office that has estimated the whole year knows more of it than any model: the estimate takes the place of the projection
(docs/irregular.md has the replay), and only an actual or settled figure ends the doubt.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import numpy as np

from kpi_lib.definitions.measures import Measure
from kpi_lib.figures.estimates import YEAR_AMOUNT, YEAR_GROWTH, Drift, habit, later_changes
from kpi_lib.figures.histories import Point
from kpi_lib.forecast.plan_effect import stretched
from kpi_lib.forecast.projection import Projection, Task, result
from kpi_lib.words.messages import Text, Words, listed
from kpi_lib.words.numbers import Number


def habit_of(task: Task, measure: Measure) -> Drift:
    """What usually becomes of the line's first estimates of a year, in shares of an amount, in points of a rate or level.

    A level's estimate has no usual change before the line itself has shown one: none was found in the shipped units.
    """
    relative = task.ind.adds_up
    changes = later_changes(task.figures, measure, relative=relative, year=True, calendar=task.calendar)
    return habit(changes, YEAR_AMOUNT if relative else YEAR_GROWTH if task.ind.kind.growth_to_date else 0.0)


def year_draws(task: Task, point: Point, measure: Measure, *, least: float = -np.inf) -> tuple[np.ndarray, Words | None]:
    """Draws of the year's final value once a figure of it is known, `(draws,)`, none below `least`; and what is said of their spread."""
    if point.final:
        return np.full(task.draws, point.value), None
    usual = habit_of(task, measure) if point.status == "estimate" else Drift(0.0, 0.0, 0)
    if point.derived:
        error = float(np.nan_to_num(point.derived.error)) / (abs(point.value) if task.ind.adds_up and point.value else 1.0)
        usual = replace(usual, spread=float(np.hypot(usual.spread, error)))
    change = _changes(task, usual)
    draws = point.value * (1 + change) if task.ind.adds_up else np.clip(point.value + change, task.ind.lower, task.ind.upper)
    draws = np.round(draws) if task.ind.whole and not measure.percent else draws
    return np.maximum(draws, least), _habit_words(point, usual, task.ind.adds_up)


def _changes(task: Task, usual: Drift) -> np.ndarray:
    """Draws of what becomes of an estimate: as much above its usual change as below, so that the middle is the estimate itself with that change."""
    half = np.random.default_rng([task.seed, 11]).standard_t(6, task.draws // 2) / np.sqrt(1.5)
    return usual.bias + usual.spread * np.concatenate([half, -half, np.zeros(task.draws % 2)])


def revision(task: Task, measure: Measure) -> np.ndarray:
    """Draws of what the first figure of the year, not known yet, will be revised by."""
    return _changes(task, habit_of(task, measure))


def ended(task: Task, measure: Measure, point: Point, known: Text, *, years: int, least: float = -np.inf, **common: Any) -> Projection:
    """The projection of a year that has come to its end: what is known of it, and how far an estimate of it may still move."""
    draws, said = year_draws(task, point, measure, least=least)
    reason = listed([known, said], " ") if said else known
    return result(task, measure, "outturn", reason, draws, complete=True, evidence_years=years, year_figure=point, **common)


def announced(task: Task, projection: Projection, point: Point) -> Projection:
    """A projection whose year the office has already estimated: the estimate in its place, the months left stretched to it."""
    adds_up, floor = task.ind.adds_up, projection.achieved if projection.seen else 0.0
    draws, said = year_draws(task, point, projection.measure, least=floor if adds_up else -np.inf)
    ends: tuple[dt.date, ...] = (task.calendar.end(task.year),)
    paths = (draws - floor if adds_up else draws)[:, None].copy()
    if adds_up and projection.paths.size:
        ends, paths = projection.ends, stretched(projection.paths, draws - floor)
    words = Text("The office published a figure of the whole year on {day}; it takes the place of the model's.", day=point.published)
    draws.flags.writeable = False
    return replace(
        projection,
        model="year_figure",
        reason=listed([words, said], " ") if said else words,
        draws=draws,
        ends=ends,
        paths=paths,
        year_figure=point,
        unplanned=np.empty(0),
        plan_record=None,
    )


def _habit_words(point: Point, usual: Drift, relative: bool) -> Words:
    what = Text("No office has published it; it is {how}.", how=point.derived.how) if point.derived else Text("It is an estimate.")
    size = Number(100 * usual.spread if relative else usual.spread, 1)
    if not usual.spread:
        said = Text("It may be revised.")
    elif point.status != "estimate":
        said = (
            Text("It may be off by {size}% or so.", size=size)
            if relative
            else Text("It may be off by {size:point|points} or so.", size=size)
        )
    else:
        share = Text("By the final figure such figures change by {size}% or so ({count} of this line known).", size=size, count=usual.count)
        points = Text(
            "By the final figure such figures change by {size:point|points} or so ({count} of this line known).",
            size=size,
            count=usual.count,
        )
        said = share if relative else points
    return listed([what, said], " ")
