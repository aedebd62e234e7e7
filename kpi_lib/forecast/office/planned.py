"""The year's plan on its way into a projection: which one is in force, what became of those before, and the paths that know it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from kpi_lib.definitions.measures import factor
from kpi_lib.definitions.targets import plans_in_force
from kpi_lib.figures.histories import FlowHistory
from kpi_lib.forecast.plan_effect import PlanRecord, applies_to, with_plan
from kpi_lib.forecast.projection import Base, Task
from kpi_lib.periods import same_day
from kpi_lib.words.messages import Text

PLAN_WORDS = Text("The year's plan and how past years ended against theirs enter.")


def plans_of(task: Task) -> tuple[Base, ...]:
    """The year's plans in force, what the unit's own council adopted first."""
    rows = plans_in_force(task.unit.id, task.ind.id, task.year, as_of=task.plans_as_of or task.as_of)
    values = [row["value"] * factor(row["measure"], task.ind.natural_measure) for row in rows]
    return tuple(
        Base(task.year, value, row["version"], row["adopted"].date(), f"plans.csv: {row['document']}")
        for value, row in zip(values, rows, strict=True)
        if np.isfinite(value)
    )


def with_plan_in_force(
    task: Task, history: FlowHistory, paths: np.ndarray, season: int, common: dict[str, Any]
) -> tuple[np.ndarray, dict[str, Any]]:
    """Paths that know the plan in force, and what the projection keeps of it, for the kinds where the backtest shows that it helps (docs/plans.md).

    Else the paths themselves and nothing.
    """
    strength = applies_to(task.ind.kind.id, money=bool(np.isfinite(task.ind.natural_measure.money)))
    bases, left = common["bases"], paths.shape[1]
    if not strength or not bases or not left:
        return paths, {}
    achieved = common["seen"][-1].value if common["seen"] else 0.0
    record = _record(task, history, left / season)
    planned = with_plan(paths, achieved, bases[0].value, season=season, seen=season - left, past_ratios=record.ratios, strength=strength)
    return planned, {"unplanned": achieved + paths.sum(axis=1), "plan_record": record}


def _record(task: Task, history: FlowHistory, left: float) -> PlanRecord:
    """How past years ended against their last plan, and how far that had been raised from this time of the year on."""
    ratios, raises = [], []
    for year, outturn in history.outturns(task.year).items():
        past = replace(task, year=year, plans_as_of=None)
        last = plans_of(replace(past, as_of=min(task.as_of, task.calendar.end(year)))) or plans_of(past)
        then = plans_of(replace(past, as_of=same_day(task.as_of, year - task.year)))
        if last and last[0].value > 0:
            ratios.append(outturn.value / (100 if history.measure.of_plan else last[0].value))
            raises += [float(np.log(last[0].value / then[0].value))] if then and then[0].value > 0 else []
    return PlanRecord(left, tuple(ratios), tuple(raises))
