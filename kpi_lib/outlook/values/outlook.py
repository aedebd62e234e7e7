"""The numbers said of one outlook, and how many lines of a report stand where."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np

from kpi_lib import compare
from kpi_lib.definitions.indicators import Unit
from kpi_lib.figures.histories import Point
from kpi_lib.outlook.lines import lines_of
from kpi_lib.outlook.reach import asked
from kpi_lib.outlook.required import from_below, persons_missing
from kpi_lib.outlook.verdict import GOOD, GREY, STATUSES, UNLIKELY, Outlook, verdict_word
from kpi_lib.periods import same_point
from kpi_lib.words.values import Share, Values

DANGER = (*UNLIKELY, "missed")
NOTHING = float("nan")
HUNDREDS = {"hundred": 100.0, "of_hundred80": 80.0, "of_hundred95": 95.0, "of_hundred50": 50.0}  # what the bands say of a hundred years


def of_outlook(outlook: Outlook) -> Values:
    """Every number said of an outlook by its label: `median`, `low80`, `probability`, `target_assigned`, ..."""
    found = Values(outlook.indicator.id, reckoned=_TABLE, about=outlook)
    found |= HUNDREDS
    for other in outlook.others:
        version = other.target.version
        found |= {f"target_{version}": other.target.threshold, f"threshold_{version}": other.threshold}
        found |= {f"target_{version}_low": other.target.low, f"target_{version}_high": other.target.high}
        found[f"probability_{version}"] = Share(other.probability)
    for target in filter(None, (outlook.target, *(other.target for other in outlook.others))):
        found |= {f"target_{target.version}_before": target.amends.threshold} if target.amends else {}
    for rank, check in enumerate(outlook.base_checks, start=1):
        found |= {f"other_base_{rank}": check.base.value, f"other_base_{rank}_flips": _yes(check.flips)}
    return found


def _median(outlook: Outlook) -> float:
    return outlook.projection.middle if outlook.projection.known else NOTHING


def _eventless_median(outlook: Outlook) -> float:
    return outlook.projection.eventless.quantile(0.5) if outlook.projection.eventless else NOTHING


def _median_rate(outlook: Outlook) -> float:
    return outlook.projection.rate(_median(outlook))


def _end(level: int, side: int) -> Callable[[Outlook], float]:
    """One end of the interval that holds the year's end with `level` percent."""
    return lambda outlook: outlook.projection.interval(level / 100)[side] if outlook.projection.known else NOTHING


def same_period_point(outlook: Outlook) -> Point | None:
    """Last year's figure for the same part of the year, None where none lies near by."""
    projection = outlook.projection
    points = projection.past.get(projection.year - 1, ())
    if not projection.seen or not points:
        return None
    return same_point(points, projection.seen[-1].end, -1, projection.calendar)


def _same_period_value(outlook: Outlook) -> float:
    before = same_period_point(outlook)
    return before.value if before else NOTHING


def _in_amounts(outlook: Outlook) -> bool:
    return outlook.indicator.adds_up and not outlook.projection.measure.of_plan


def _percent_of_target(outlook: Outlook) -> float:
    """The amount so far in percent of the target, NaN where amounts do not add up or are percentages themselves."""
    last = outlook.projection.seen[-1:]
    possible = last and _in_amounts(outlook) and np.isfinite(outlook.threshold) and outlook.threshold > 0
    return 100 * last[0].value / outlook.threshold if possible else NOTHING


def _percent_of_same_period(outlook: Outlook) -> float:
    """The amount so far in percent of last year's same period, NaN where there is none to compare with."""
    before = _same_period_value(outlook)
    return 100 * outlook.projection.achieved / before if _in_amounts(outlook) and before > 0 else NOTHING


def _latest_period(outlook: Outlook) -> float:
    """The amount of the latest period alone as it was published; NaN where no office published one: a difference of two sums is none."""
    part = outlook.projection.latest_part
    return part.value if part and not outlook.projection.measure.percent else NOTHING


def _surplus_persons(outlook: Outlook) -> float:
    """The surplus or shortfall of a share of all residents, in persons."""
    population = outlook.projection.unit.population
    shared = outlook.indicator.per_population and outlook.projection.measure.points and population
    return compare.rounded(population * abs(outlook.surplus) / 100, 0) if shared and math.isfinite(outlook.surplus) else NOTHING


def _persons_missing(outlook: Outlook) -> float:
    """Residents still to be reached, NaN where the line is no share of all residents, or no figure or goal to be reached from below is known."""
    known = outlook.indicator.per_population and outlook.projection.unit.population and outlook.target and outlook.projection.seen
    return float(persons_missing(outlook)) if known and from_below(outlook) else NOTHING


def _outturn(outlook: Outlook) -> float:
    return outlook.projection.achieved if outlook.projection.complete else NOTHING


def _achieved_error(outlook: Outlook) -> float:
    """By how much a last figure that no office published usually misses; NaN where one did, or where it only adds up final ones."""
    derived = outlook.projection.seen[-1].derived if outlook.projection.seen else None
    return derived.error if derived and derived.error else NOTHING


def _side(outlook: Outlook, distance: float) -> float:
    """Where a value at a distance from the threshold lies: -1 short of it, 0 on it, 1 over it."""
    if not math.isfinite(distance):
        return NOTHING
    return compare.SIDES.index(compare.side(outlook.threshold + distance, outlook.threshold)) - 1


def _yes(answer: bool | None) -> float:
    """1 for yes, 0 for no, NaN where the question has no answer."""
    return NOTHING if answer is None else float(answer)


def _december_status(outlook: Outlook) -> float:
    """The rank of the word for the chance by December's plan."""
    chance = outlook.december_probability
    return STATUSES[verdict_word(chance)].rank if math.isfinite(chance) else NOTHING


def _base(outlook: Outlook) -> float:
    return outlook.projection.base.value if outlook.projection.base else NOTHING


_TABLE: dict[str, Callable[[Outlook], float]] = {
    "target": lambda outlook: outlook.target.threshold if outlook.target else NOTHING,
    "target_low": lambda outlook: outlook.target.low if outlook.target else NOTHING,
    "target_high": lambda outlook: outlook.target.high if outlook.target else NOTHING,
    "threshold": lambda outlook: outlook.threshold,
    "probability": lambda outlook: Share(outlook.probability),
    "unplanned_probability": lambda outlook: Share(outlook.unplanned_probability),
    "december_probability": lambda outlook: Share(outlook.december_probability),
    "december_status": _december_status,
    "eventless_probability": lambda outlook: Share(outlook.eventless_probability),
    "eventless_median": _eventless_median,
    "achieved": lambda outlook: outlook.projection.achieved,
    "achieved_error": _achieved_error,
    "outturn": _outturn,
    "difference": lambda outlook: _outturn(outlook) - outlook.threshold,
    "percent_of_target": _percent_of_target,
    "percent_of_same_period": _percent_of_same_period,
    "same_period_value": _same_period_value,
    "latest_period": _latest_period,
    "surplus": lambda outlook: outlook.surplus,
    "surplus_persons": _surplus_persons,
    "persons_missing": _persons_missing,
    "remaining": lambda outlook: outlook.remaining,
    "months_left": lambda outlook: outlook.months_left,
    "pace_needed": lambda outlook: outlook.pace_needed,
    "pace_so_far": lambda outlook: outlook.pace_so_far,
    "best_pace": lambda outlook: outlook.best_pace,
    "pace_years": lambda outlook: outlook.pace_years or NOTHING,
    "straight_line": lambda outlook: outlook.projection.straight_line,
    "same_period": lambda outlook: outlook.projection.same_period,
    "status": lambda outlook: outlook.word.rank,
    "surplus_side": lambda outlook: _side(outlook, outlook.surplus),
    "difference_side": lambda outlook: _side(outlook, _outturn(outlook) - outlook.threshold),
    "straight_line_meets": lambda outlook: _yes(outlook.straight_line_meets),
    "same_period_meets": lambda outlook: _yes(outlook.same_period_meets),
    "evidence_years": lambda outlook: outlook.projection.evidence_years,
    "base": _base,
    "median": _median,
    "median_rate": _median_rate,
    **{f"{name}{level}": _end(level, side) for level in (50, 80, 95) for side, name in enumerate(("low", "high"))},
    "median_gap": lambda outlook: _median(outlook) - outlook.threshold,
    "straight_line_gap": lambda outlook: outlook.projection.straight_line - outlook.threshold,
    "same_period_gap": lambda outlook: outlook.projection.same_period - outlook.threshold,
}


def _foreseen(label: str) -> Callable[[Outlook], float]:
    """A projected value as it is said: rounded to what its uncertainty allows."""

    def said(outlook: Outlook) -> float:
        value = _TABLE[label](outlook)
        return compare.rounded(value, outlook.decimals_foreseen(value)) if math.isfinite(value) else NOTHING

    return said


def _surplus_foreseen(outlook: Outlook) -> float:
    return compare.rounded(outlook.surplus, surplus_decimals(outlook)) if math.isfinite(outlook.surplus) else NOTHING


def surplus_decimals(outlook: Outlook) -> int:
    """Decimals in which the distance of a projected value from the goal is said: never a printed nought where there is a distance."""
    return compare.decimals_for(outlook.surplus, 0.0, outlook.decimals_foreseen(outlook.projection.middle))


def _rate_foreseen(outlook: Outlook) -> float:
    rate = _median_rate(outlook)
    return compare.rounded(rate, rate_decimals(outlook)) if math.isfinite(rate) else NOTHING


def rate_decimals(outlook: Outlook) -> int:
    """Decimals in which the projected rate of a year is said; more where it lies close to a goal that is a rate."""
    projection, target = outlook.projection, outlook.target
    goal = target.threshold if target and target.measure != "flow" else NOTHING
    low, high = (projection.rate(end) for end in projection.interval(0.8)) if projection.projected else (0.0, 0.0)
    rate = goal if outlook.side == "equal" and math.isfinite(goal) else _median_rate(outlook)
    return compare.decimals_for(rate, goal, compare.decimals_within(high - low, 1))


FORESEEN = ("median", "eventless_median", "low80", "high80", "low95", "high95")
_TABLE |= {f"{label}_foreseen": _foreseen(label) for label in FORESEEN}
_TABLE |= {"surplus_foreseen": _surplus_foreseen, "median_rate_foreseen": _rate_foreseen}
_TABLE["surplus_foreseen_side"] = _TABLE["surplus_side"]


def of_unit(unit: Unit) -> Values:
    """What is said of the unit itself."""
    return Values("unit", {"population": unit.population})


# ---- of all lines ----------------------------------------------------------------------------------------------------------------


def counts(items: Sequence[Outlook]) -> Values:
    """How many targets are in force, how many of them can be judged, how these stand, and why the others wait; lines without one never count.

    `good` of those judged are met or likely to be: met for certain and `passed` or just `reached`, or `estimated` without a final figure.
    """
    lines = lines_of(items)
    judged, waiting = lines.judged, lines.waiting
    needed = [need for item in judged if (need := asked(item))]
    good = sum(item.status in GOOD for item in judged)
    met = [item for item in judged if item.status == "met"]
    passed = sum(item.side != "equal" for item in met)
    found = {
        "targets": len(judged) + len(waiting),
        "judged": len(judged),
        "good": good,
        "passed": passed,
        "reached": len(met) - passed,
        "estimated": good - len(met),
        "uncertain": sum(item.status == "uncertain" for item in judged),
        "danger": sum(item.status in DANGER for item in judged),
        "unlikely": sum(item.status in UNLIKELY for item in judged),
        "missed": sum(item.status == "missed" for item in judged),
        "grey": len(waiting),
        **{status: sum(item.status == status for item in waiting) for status in GREY},
        "decisions_due": len(needed),
        "beyond_reach": sum(need.state == "beyond" for need in needed),
        "not_on_course": sum(item.status not in GOOD for item in judged),
    }
    return Values("report", found)
