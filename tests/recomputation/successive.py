"""What changed between two reports of a year: totals, the parts that must be nil, and the last part as what is left of the total.

The parts that rest on two simulations of the same figures are `given`, all but one.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import pandas as pd

from tests.recomputation.reckon import Line, lines, printed, side
from tests.recomputation.sources import in_force, register

STEPS = ("method", "revisions", "new_figures", "events", "plan_or_target")
FINEST, STATED = 6, 3  # decimals printed at most; decimals with which a goal may be stated


def changed(unit: str, year: int, days: tuple[str, str], before: Mapping[str, float], after: Mapping[str, float]) -> dict[str, float]:
    """The numbers of the changes by their names in the manifest; medians and chances of both reports are given."""
    first, second = (pd.Timestamp(day) for day in days)
    found: dict[str, float] = {}
    for line in lines(unit, year, second, after):
        median = before.get(f"{line.id}.median", math.nan)
        if math.isnan(line.median) or math.isnan(median):
            continue
        own = _of_line(line, median, before.get(f"{line.id}.probability", math.nan), _may_move(unit, line, first), after)
        found |= {f"{line.id}.{label}": value for label, value in (own | _amended(unit, line, first)).items()}
    return found


def _of_line(line: Line, median: float, chance: float, free: list[str], given: Mapping[str, float]) -> dict[str, float]:
    digits = max(_decimals(value, line) for value in (median, line.median))
    total = printed(line.median, digits) - printed(median, digits)
    points = line.given.get(f"{line.id}.probability", math.nan) - chance
    found = {"median_before": median, "probability_before": chance, "change_total": total}
    for name, amount in (("change", total), ("points", 0.0 if math.isnan(points) else points)):
        parts = {step: given.get(f"{line.id}.{name}_{step}", math.nan) if step in free[:-1] else 0.0 for step in STEPS}
        parts |= {free[-1]: amount - sum(parts.values())} if free else {}
        found |= {f"{name}_{step}": value for step, value in parts.items()}
    return {label: value for label, value in found.items() if not math.isnan(value)}


def _may_move(unit: str, line: Line, since: pd.Timestamp) -> list[str]:
    """The parts that need not be nil. Both reports are reckoned by one method, so that part always is."""
    late = line.rows[line.rows["published"] > since]
    old = line.rows[line.rows["published"] <= since]
    revised = len(old) and (late["end"] <= old["end"].max()).any()
    found = {"revisions": revised, "new_figures": len(late), "plan_or_target": _amended(unit, line, since)}
    return [step for step in STEPS if found.get(step)]


def _amended(unit: str, line: Line, since: pd.Timestamp) -> dict[str, float]:
    """Plans and targets of the year that came between the two reports: before, after, and the step."""
    found: dict[str, float] = {}
    for what, table, column in (("plan", "plans", "value"), ("target", "targets", "threshold")):
        old, new = (in_force(register(unit, table, day), line.id, line.year) for day in (since, line.as_of))
        stood = {row["version"]: row[column] for row in old}
        for row in new:
            if stood.get(row["version"]) != row[column]:
                label, value = f"new_{what}_{row['version']}", stood.get(row["version"], math.nan)
                found |= {f"{label}_before": value, f"{label}_after": row[column], f"{label}_step": row[column] - value}
    return {label: value for label, value in found.items() if not math.isnan(value)}


def _decimals(value: float, line: Line) -> int:
    """Decimals with which a median is printed: those of its line, or as many more as keep it on its side of the goal."""
    facts, goal = line.facts, line.threshold
    usual = facts["flow_decimals"] if "flow_decimals" in facts else facts["decimals"]
    if math.isnan(goal):
        return usual
    for digits in range(usual, STATED + 1 if side(value, goal) == 0 else FINEST):
        shown = printed(value, digits)
        if side(shown, goal) == side(value, goal) == side(shown, printed(goal, digits)):
            return digits
    return usual if side(value, goal) == 0 else FINEST
