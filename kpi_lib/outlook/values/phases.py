"""The numbers of a phased plan: what each period was to bring and brought, by how much it fell short, what the periods left have to bring."""

from __future__ import annotations

import datetime as dt
import math

from kpi_lib import compare
from kpi_lib.outlook.phases import Phased, Step, phased
from kpi_lib.outlook.values.course import has_goal
from kpi_lib.outlook.verdict import Outlook
from kpi_lib.words.values import Share, Values


def of_phases(outlook: Outlook, found: Phased | None = None) -> Values:
    """By period: `phase_planned.`, `phase_reached.`, `phase_distance.`, `phase_side.`, `phase_share.`, `phase_carried.`; what is missing in all."""
    plan = phased(outlook) if found is None else found
    numbers: dict[str, float] = {}
    for step in plan.steps:
        numbers |= {f"{name}.{step.phase.key}": value for name, value in _of_step(step, outlook).items()}
    numbers |= {f"phase_path.{day}": Share(share) for day, share in phase_marks(outlook, plan).items()}
    return Values(outlook.indicator.id, numbers | {"phase_missing": plan.missing, "phase_total": _total(outlook, plan)})


def phase_marks(outlook: Outlook, found: Phased | None = None) -> dict[dt.date, float]:
    """What the plan asks for by each day it names, as a share of the target; empty where there is no amount to reach."""
    plan, goal = phased(outlook) if found is None else found, outlook.threshold
    return {day: value / goal for day, value in plan.path} if has_goal(outlook) else {}


def _total(outlook: Outlook, plan: Phased) -> float:
    """What the plan asks of the whole year, NaN where it does not reach to its end."""
    return dict(plan.path).get(outlook.projection.calendar.end(outlook.projection.year), math.nan)


def _of_step(step: Step, outlook: Outlook) -> dict[str, float]:
    amounts = outlook.indicator.adds_up and step.planned > 0
    side = compare.SIDES.index(compare.side(step.reached, step.planned)) - 1 if step.judged else math.nan
    return {
        "phase_planned": step.planned,
        "phase_reached": step.reached,
        "phase_distance": step.distance,
        "phase_side": side,
        "phase_share": 100 * step.reached / step.planned if amounts else math.nan,
        "phase_carried": step.carried,
    }
