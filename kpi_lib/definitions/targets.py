"""The register of targets and plans: every version with its document and day, and which of them is in force on a date.

A plan is the path to a target and the target its end, so an amount's plan handed in with a document is a version of the target too.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal

import pandas as pd

from kpi_lib import compare
from kpi_lib.definitions import folders, received
from kpi_lib.definitions.columns import Row, Table, check, counts, cut, read_csv, read_rows, told
from kpi_lib.definitions.frames import PLANS, REGISTER, TARGETS
from kpi_lib.definitions.indicators import Indicator, Unit, day
from kpi_lib.definitions.measures import Measure, factor
from kpi_lib.words.messages import Text, Words

# By standing: what the unit's own council or committee adopted, then what was assigned from above. What the year is run by, an ambition, a
# draft, what an office itself revised its expectation of the year to, and a mark of comparison are shown and never judge; of the last three,
# which nobody set as a goal, not even a chance is told.
STANDING = ("adopted", "assigned", "operating", "ambition", "draft", "revision", "reference")
JUDGING = ("adopted", "assigned")
NO_GOAL = ("draft", "revision", "reference")
NO_DOCUMENT = "(chưa có văn bản; đã được xác nhận)"  # written for a plan that somebody answered for by name


@dataclass(frozen=True, slots=True)
class Target:
    """The goal, in the version in force at a date. `measure` says whether the threshold is in the indicator's unit or the flow's.

    `of_plan` marks a version set by a plan and its document; `amends` is the version it replaced, None where there was none.
    `reconstructed` is the day of the page it was worked out from, where its document was not read; `low` and `high` what the threshold may be
    at least and at most where that page is rounded, NaN where it is known.
    """

    indicator: str
    year: int
    threshold: float
    comparator: str
    measure: Literal["indicator", "flow"]
    version: str
    document: str
    clause: str
    adopted: dt.date
    adopted_assumed: bool
    grade: int
    precision: str
    source: str
    note: str = ""
    reconstructed: dt.date | None = None
    low: float = math.nan
    high: float = math.nan
    of_plan: bool = False
    amends: Target | None = None

    @property
    def known(self) -> dt.date:
        """The day from which on it is known."""
        return max(self.adopted, self.reconstructed or self.adopted)

    @property
    def thresholds(self) -> tuple[float, ...]:
        """The threshold, or the two ends of the range in which it is known to lie."""
        return (self.low, self.high) if self.low < self.high else (self.threshold,)

    def asks(self, ind: Indicator) -> str:
        """The comparator as it is said: of what can be no more than 100%, 100% is to be reached and not "100% or more"."""
        ends = ((">=", ind.upper), ("<=", ind.lower))
        return "=" if self.measure == "indicator" and (self.comparator, self.threshold) in ends else self.comparator

    def measured_in(self, ind: Indicator) -> Measure:
        """The unit of the threshold."""
        return ind.measure if self.measure == "indicator" else ind.natural_measure


def read_targets(unit: str) -> pd.DataFrame:
    """All versions of the unit's targets as stated in `targets.csv`; columns of `frames.TARGETS`."""
    return read_csv(folders.raw(unit) / "targets.csv", TARGETS)


def read_register(unit: str) -> pd.DataFrame:
    """All rows of `plans.csv`: the year's plans, and those of single periods; columns of `frames.REGISTER`."""
    return read_csv(folders.raw(unit) / "plans.csv", REGISTER)


def read_plans(unit: str) -> pd.DataFrame:
    """All versions of the unit's yearly plans, in the unit of the flow; columns of `frames.PLANS`.

    Those of `plans.csv`, and those that departments handed in with a document (`received`); of two with the same key the latter.
    """
    rows = read_register(unit)
    own = rows.loc[rows["basis"] == "year", PLANS.names].reset_index(drop=True)
    return with_plans(own, _handed_in(unit, received.state(unit))) if received.rows(unit, "plans") else own


@lru_cache(maxsize=8)
def _handed_in(unit: str, state: tuple[Path, int, int]) -> pd.DataFrame:
    """The plans taken over from deliveries; made again when a record was added."""
    del state
    return plans_taken(received.rows(unit, "plans"))


def plans_taken(rows: received.TakenOver) -> pd.DataFrame:
    """Rows that deliveries brought, as checked plans; of two with the same key the latter."""
    frame = pd.DataFrame(rows, dtype=object, columns=PLANS.names).fillna("")
    return check(frame.drop_duplicates(list(PLANS.key), keep="last"), PLANS, where="received")


def with_plans(plans: pd.DataFrame, handed_in: pd.DataFrame) -> pd.DataFrame:
    """Plans and those handed in after them; of two with the same key the latter."""
    frame = pd.concat([plans, handed_in], ignore_index=True)
    return frame.drop_duplicates(list(PLANS.key), keep="last").reset_index(drop=True)


_NOT_YET = re.compile(r"\b(chưa|dự thảo|đang trình|xin ý kiến|draft|pending)\b", re.IGNORECASE)  # wherever it stands, there is none yet
_NONE = re.compile(r"^\D*\b(không|no|none|not|without)\b", re.IGNORECASE)  # before the number; behind it, it is what the document is about


def has_document(words: str) -> bool:
    """Whether words name a document, by its number or its day, and do not say that there is none or only a draft.

    >>> has_document("Resolution 60-NQ/HDND"), has_document("Decision 12/QD on homes without water")
    (True, True)
    >>> has_document("no document yet (2026)"), has_document("draft of 12/9"), has_document("x")
    (False, False, False)
    """
    return any(sign.isdigit() for sign in words) and not _NOT_YET.search(words) and not _NONE.search(words)


def newest(rows: Iterable[Row], table: Table, as_of: dt.date) -> list[Row]:
    """Of versions of one fact those in force on a day, the day of adoption included: of each standing the last one, the highest first.

    One that was reconstructed from later pages is in force from their day on.
    """
    known = sorted((told(row, as_of) for row in rows if counts(row, table, as_of)), key=lambda row: row["adopted"])
    newest = {row["version"]: row for row in known}
    return sorted(newest.values(), key=lambda row: STANDING.index(row["version"]))


def plans_in_force(unit: str, indicator: str, year: int, *, as_of: dt.date) -> list[Row]:
    """The plans of a year in force on a day, of each standing the last one, what the unit's own council adopted first."""
    return newest(_every_plan(unit, indicator, year), PLANS, as_of)


def _every_plan(unit: str, indicator: str, year: int) -> list[Row]:
    """All versions of the plans of a line's year (`read_plans`); rows shared by all who ask, for a replay asks at every date."""
    file = folders.raw(unit) / "plans.csv"
    changed = file.stat().st_mtime_ns if file.exists() else 0
    rows = _plan_rows(unit, file, changed, received.state(unit))
    return [row for row in rows if row["indicator"] == indicator and row["year"] == year]


@lru_cache(maxsize=8)
def _plan_rows(unit: str, file: Path, changed: int, state: tuple[Path, int, int]) -> tuple[Row, ...]:
    del file, changed, state
    return tuple(read_plans(unit).to_dict("records"))


def plan_values(plans: pd.DataFrame, indicator: str, year: int, measure: str | Measure, *, as_of: dt.date) -> dict[str, float]:
    """The plans of a table (`read_plans`) in force by version, in a unit of measure; those that cannot be told in it are left out."""
    own = plans[(plans["indicator"] == indicator) & (plans["year"] == year)].to_dict("records")
    values = {row["version"]: row["value"] * factor(row["measure"], measure) for row in newest(own, PLANS, as_of)}
    return {version: value for version, value in values.items() if math.isfinite(value)}


def in_force(unit: str, ind: Indicator, year: int, *, as_of: dt.date | str) -> tuple[Target | None, tuple[Target, ...]]:
    """The target that judges a year on a day, None without one, and all other versions in force, which are shown beside it.

    A plan in amounts with a document, adopted later than the target of its own standing, amends that target from its day on: the target
    is the plan's end. A target in percent of the plan is never amended (the plan is what it is reckoned on). A growth target in percent is
    amended only by a plan of another amount than the year's first: the first says how the growth is to be reached. Where no target is on
    record, the plan sets it.
    """
    moment = day(as_of)
    stated = _stated(unit, ind, year, moment)
    found = sorted((stated | _of_plans(unit, ind, year, moment, stated)).values(), key=lambda target: STANDING.index(target.version))
    judging = next((target for target in found if target.version in JUDGING), None)
    return judging, tuple(target for target in found if target is not judging)


def target_for(unit: str, ind: Indicator, year: int, *, as_of: dt.date | str) -> Target | None:
    """The target that judges: adopted before assigned, the latest version in force on `as_of`; None without one."""
    return in_force(unit, ind, year, as_of=as_of)[0]


def listed(unit: Unit, year: int, *, as_of: dt.date) -> list[Target]:
    """Every version of a year's targets known on a day, as the register states them, then those that plans set or amended."""
    rows = cut(read_targets(unit.id), TARGETS, as_of)
    rows = rows[(rows["year"] == year) & rows["indicator"].isin(list(unit.indicators))]
    amended = [_of_plans(unit.id, ind, year, as_of, _stated(unit.id, ind, year, as_of)) for ind in unit.indicators.values()]
    return [*map(_target, rows.to_dict("records")), *(target for versions in amended for target in versions.values())]


def revisions(unit: Unit, *, as_of: dt.date) -> list[Target]:
    """Every estimate of a year's end that an office had published by a day while the year still ran, in the order of the register."""
    rows = cut(read_targets(unit.id), TARGETS, as_of)
    rows = rows[(rows["version"] == "revision") & rows["indicator"].isin(list(unit.indicators))]
    found = map(_target, rows.to_dict("records"))
    return [one for one in found if one.known < unit.calendar_of(unit.indicators[one.indicator]).end(one.year)]


def year_in_review(unit: Unit, as_of: dt.date) -> int:
    """The year a report of a day judges (`Calendar.in_review`); in a unit's first January, with no target of a year before, the new one."""
    year, new = unit.calendar.in_review(as_of), unit.calendar.year_of(as_of)
    if year == new:
        return year
    known = cut(read_targets(unit.id), TARGETS, as_of)["year"]
    return new if (known == new).any() and not (known < new).any() else year


def not_entered(unit: Unit, year: int, *, as_of: dt.date) -> Words | None:
    """That a year has no target on a day although the year before had some: nobody entered them yet; None where all is well."""

    def any_of(one: int) -> bool:
        return any(target.version in JUDGING for target in listed(unit, one, as_of=as_of))

    if any_of(year) or not any_of(year - 1):
        return None
    return Text(
        "No target of {year} is entered, although {last} had its own. Add those of {year} to {file}.",
        year=unit.year_name(year),
        last=unit.year_name(year - 1),
        file=f"data/raw/{unit.id}/targets.csv",
    )


def _target(row: Row) -> Target:
    fields = {name: value for name, value in row.items() if name != "seen"}
    return Target(**{**fields, "adopted": row["adopted"].date(), "reconstructed": _day(row["reconstructed"])})


def _day(moment: pd.Timestamp) -> dt.date | None:
    """A day that may be left empty."""
    return moment.date() if moment == moment else None


def _stated(unit: str, ind: Indicator, year: int, as_of: dt.date) -> dict[str, Target]:
    """The targets of `targets.csv` in force, by version."""
    stated = read_rows(folders.raw(unit) / "targets.csv", TARGETS)
    rows = newest((row for row in stated if row["indicator"] == ind.id and row["year"] == year), TARGETS, as_of)
    return {row["version"]: _target(row) for row in rows}


def _of_plans(unit: str, ind: Indicator, year: int, as_of: dt.date, stated: Mapping[str, Target]) -> dict[str, Target]:
    """The versions of the target that plans with a document set or amend."""
    if not ind.adds_up:
        return {}
    plans = [plan for plan in _every_plan(unit, ind.id, year) if has_document(plan["document"]) and counts(plan, PLANS, as_of)]
    found = {}
    for plan in newest(plans, PLANS, as_of):
        amount = plan["value"] * factor(plan["measure"], ind.natural_measure)
        first = min((other for other in plans if other["version"] == plan["version"]), key=lambda other: other["adopted"])
        same = compare.meets(amount, "=", first["value"] * factor(first["measure"], ind.natural_measure))
        if math.isfinite(amount) and _sets(plan, amount, ind, stated, first=same):
            found[plan["version"]] = _as_target(plan, amount, ind, stated.get(plan["version"]))
    return found


def _sets(plan: Row, amount: float, ind: Indicator, stated: Mapping[str, Target], *, first: bool) -> bool:
    """Whether a plan with a document is a version of the target; `first`: it is, or says again, the first plan of the year."""
    goal = stated.get(plan["version"])
    in_amounts = goal.measure == "flow" or ind.kind.rate is None if goal else False
    if goal and (plan["adopted"].date() <= goal.adopted or (in_amounts and compare.meets(amount, "=", goal.threshold))):
        return False
    if in_amounts or ind.kind.rate is None:
        return True
    return ind.kind.rate == "growth" and (not first or not stated)


def _as_target(plan: Row, amount: float, ind: Indicator, goal: Target | None) -> Target:
    own = {
        key: plan[key] for key in ("indicator", "year", "version", "document", "adopted_assumed", "grade", "precision", "source", "note")
    }
    usual = ">=" if ind.direction == "higher" else "<="
    measure: Literal["indicator", "flow"] = "flow" if ind.kind.of_amounts else "indicator"
    return Target(
        **own, threshold=amount, comparator=goal.comparator if goal else usual, measure=measure, clause="", adopted=plan["adopted"].date(),
        reconstructed=_day(plan["reconstructed"]), of_plan=True, amends=goal,
    )  # fmt: skip
