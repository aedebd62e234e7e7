"""Whether a target is still within what was ever done here, until when, and which lines a decision is asked for."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass

from kpi_lib import compare
from kpi_lib.outlook.milestones import Milestone, milestones
from kpi_lib.outlook.required import conditions
from kpi_lib.outlook.verdict import GOOD, UNLIKELY, Outlook

FEWEST = 3  # past years below which "more than was ever done" says nothing
SOON = dt.timedelta(days=62)  # two monthly reports


@dataclass(frozen=True, slots=True)
class Reach:
    """Where a target stands against the most that any past year did over the same part of the year, as an amount or as growth on the year before.

    `state` "holds": met, likely to be, or reached on the middle path, so no day has to be named; "until": `day` is the last on which, things
    going on as projected, no more is left than was ever done after it; "now": that day has come although by the latest figures the target
    is within reach, and by `mark` more will be left; "beyond": unlikely to be met, and by the latest figures more is left (`left`) than any of `years`
    past years did (`best`, in `best_year`); "open": no day can be named. Amounts are in the projection's measure.
    """

    state: str
    day: dt.date | None = None
    mark: Milestone | None = None
    left: float = float("nan")
    best: float = float("nan")
    best_year: int = 0
    years: int = 0


def reach(outlook: Outlook) -> Reach:
    """Whether and until when a target can still be met by what was ever done here; one answer for every page."""
    projection = outlook.projection
    if not outlook.judged or projection.calendar.over(projection.year, projection.as_of):
        return Reach("open")
    if outlook.status in GOOD:
        return Reach("holds")
    found = conditions(outlook)
    if found is None:
        return Reach("open")
    aim = found.aims[0]
    left, years = aim.amount, aim.reached.of
    if not math.isfinite(found.best) or compare.meets(found.best, ">=", left) or aim.grew.met:
        return _along(outlook, milestones(outlook))
    if years < FEWEST or outlook.status not in UNLIKELY:
        return Reach("open")  # the projection goes further than so few years ever did
    return Reach("beyond", left=left, best=found.best, best_year=found.best_year, years=years)


def _along(outlook: Outlook, marks: tuple[Milestone, ...]) -> Reach:
    """The last day along the middle path, days between two months' ends counted evenly."""
    if len(marks) < 2 or min(mark.years for mark in marks) < FEWEST:
        return Reach("open")
    if marks[-1].within:
        return Reach("holds")
    last = max((number for number, mark in enumerate(marks) if mark.within), default=-1)
    after = marks[last + 1]
    if last >= 0:
        before = marks[last]
        part = before.spare / (before.spare - after.spare)
        day = before.day + dt.timedelta(days=math.floor(part * (after.day - before.day).days + 1e-9))
        if day > outlook.projection.as_of:
            return Reach("until", day, before, years=before.years)
    return Reach("open") if after.ends_year else Reach("now", mark=after, years=after.years)


def asked(outlook: Outlook) -> Reach | None:
    """How a line needs a decision soon; None where it needs none.

    It does where a judged target is not likely to be met and its last day lies within two monthly reports, has come or is past; or where,
    no day being known, it is unlikely. A line whose middle path reaches the target, or whose year is over, needs none.
    """
    projection = outlook.projection
    over = projection.complete or projection.calendar.over(projection.year, projection.as_of)
    if not outlook.judged or outlook.status in GOOD or over:
        return None
    found = reach(outlook)
    if found.state == "until":
        assert found.day is not None
        return found if found.day <= projection.as_of + SOON else None
    if found.state == "open":
        return found if outlook.status in UNLIKELY else None
    return found if found.state in ("now", "beyond") else None
