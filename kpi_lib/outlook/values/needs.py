"""The numbers of what remains: milestones, conditions, the split over areas, and how often such a verdict was right."""

from __future__ import annotations

import math
from collections.abc import Iterator

from kpi_lib.definitions.indicators import Unit
from kpi_lib.outlook import milestones, required
from kpi_lib.outlook.milestones import Milestone
from kpi_lib.outlook.reach import reach
from kpi_lib.outlook.required import Aim, Conditions, Tally
from kpi_lib.outlook.verdict import Outlook
from kpi_lib.words.values import Share, Values


def of_milestones(outlook: Outlook, marks: tuple[Milestone, ...] | None = None) -> Values:
    """What must have been reached by each month's end (`milestone.`), the middle path, its chance, and what the best past year did after it.

    `reach_` is what is left by the latest figures, the most a past year did of it, and how many years can be compared.
    """
    found: dict[str, float] = {}
    for mark in milestones.milestones(outlook) if marks is None else marks:
        found |= {
            f"milestone.{mark.day}": mark.needed,
            f"median.{mark.day}": mark.median,
            f"milestone_chance.{mark.day}": Share(mark.chance),
        }
        found |= {f"best_rest.{mark.day}": mark.most, f"rest_needed.{mark.day}": outlook.threshold - mark.median}
    where = reach(outlook)
    found |= {"reach_left": where.left, "reach_best": where.best, "reach_years": where.years}
    return Values(outlook.indicator.id, found)


def of_conditions(outlook: Outlook) -> Values:
    """What would have to be true for the target to be met (`...50`) and for an 80% chance of it (`...80`)."""
    found = required.conditions(outlook)
    values = dict(_conditions(found)) if found else {}
    missing = required.persons_missing(outlook)
    if found and missing and found.months_left:
        values["persons_a_month"] = math.ceil(missing / found.months_left - 1e-9)
    return Values(outlook.indicator.id, values)


def _conditions(found: Conditions) -> Iterator[tuple[str, float]]:
    for aim in found.aims:
        yield from _OF_KIND[found.kind](aim, f"{100 * aim.sure:.0f}")
    if found.kind == "growth":
        yield from (("best_rest", found.best), ("best_rest_error", found.best_error), ("weight_to_date", 100 * found.weight))
    if found.kind == "change":
        yield from (("towards", 1.0 if found.upwards else -1.0), ("away", -1.0 if found.upwards else 1.0))
        yield from _change("best_change", found.best, found.best_persons)


def _tally(label: str, found: Tally) -> Iterator[tuple[str, float]]:
    yield from ((f"{label}_met", found.met), (f"{label}_of", found.of))


def _amount_aim(aim: Aim, sure: str) -> Iterator[tuple[str, float]]:
    yield from ((f"amount{sure}", aim.amount), (f"of_last_year{sure}", aim.of_last_year), (f"of_pace{sure}", aim.of_pace))
    yield from (*_tally(f"grew{sure}", aim.grew), *_tally(f"ran{sure}", aim.ran))


def _growth_aim(aim: Aim, sure: str) -> Iterator[tuple[str, float]]:
    yield from ((f"growth{sure}", aim.amount), *_tally(f"grew{sure}", aim.reached))


def _change_aim(aim: Aim, sure: str) -> Iterator[tuple[str, float]]:
    yield from (*_change(f"change{sure}", aim.amount, aim.persons), *_tally(f"changed{sure}", aim.reached))


def _change(label: str, size: float, persons: float) -> Iterator[tuple[str, float]]:
    """A change towards the goal as its size; the words beside it say which way it goes."""
    yield from ((label, abs(size)), (f"{label}_persons", abs(persons)))


_OF_KIND = {"amount": _amount_aim, "growth": _growth_aim, "change": _change_aim}


def of_split(outlook: Outlook, unit: Unit) -> Values:
    """What remains (`split`), what the areas stated of it, and each area's part and statement."""
    found = milestones.split(outlook, unit)
    if found is None:
        return Values(outlook.indicator.id)
    values = {"split": float(found.amount), "split_given": float(found.given), "areas": len(found.parts)}
    for part in found.parts:
        values |= {f"area.{part.area}": float(part.amount), f"area_given.{part.area}": float(part.given)}
    return Values(outlook.indicator.id, values)
