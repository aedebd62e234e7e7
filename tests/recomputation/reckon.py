"""The arithmetic of a report reckoned a second time, with pandas alone: the library is neither imported nor asked.

`report` and `changed` return numbers under the names they have in a report's manifest. What rests on simulated paths is not reckoned but
`given`: medians (`<line>.median`), chances (`<line>.probability`) and, where no target's threshold is known closely enough, the verdict.
"""

from __future__ import annotations

import calendar
import functools
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pandas as pd

from tests.recomputation.sources import SUMS, Point, alone, figures, in_force, in_unit, judging, points, register, unit_of

NEAR = 12  # days within which a figure of another year stands for the same day
YEARS = 5  # complete past years that set the pace
NOTHING = float("nan")
WORDS = (
    "missed",
    "very_unlikely",
    "unlikely",
    "uncertain",
    "stale",
    "cannot_be_judged",
    "not_yet_assessed",
    "likely",
    "very_likely",
    "met",
)
GREY, GOOD, DANGER = WORDS[4:7], WORDS[7:], WORDS[:3]
UPWARDS = (">=", ">")


@dataclass(frozen=True)
class Line:
    """One line of a report: what was known of it on the day, its target, and what is given."""

    id: str
    facts: dict[str, Any]
    year: int
    as_of: pd.Timestamp
    rows: pd.DataFrame  # its figures, every version
    population: float
    part: float  # the last period alone, as published
    by_year: dict[int, list[Point]]
    whole: Point | None  # what was published of the whole year, be it before its end
    bases: list[float]  # of a rate: last year's amount in every version, the year's plan
    target: dict[str, Any] | None
    others: list[dict[str, Any]]
    given: Mapping[str, float] = field(default_factory=dict)

    @property
    def seen(self) -> list[Point]:
        return self.by_year.get(self.year, [])

    @functools.cached_property
    def past(self) -> dict[int, list[Point]]:
        return {year: found for year, found in self.by_year.items() if year < self.year}

    @property
    def sums(self) -> bool:
        return self.facts["kind"] in SUMS

    @property
    def complete(self) -> bool:
        return bool(self.seen) and (self.seen[-1].end == year_end(self.year) or self.facts["kind"] == "assessment")

    @property
    def achieved(self) -> float:
        return self.seen[-1].value if self.seen else NOTHING

    @property
    def median(self) -> float:
        return self.achieved if self.complete else NOTHING if self.silent else self.given.get(f"{self.id}.median", NOTHING)

    @functools.cached_property
    def silent(self) -> bool:
        """Whether nothing is said of what is to come: no verdict has been earned, and the year has no result."""
        return status(self) in GREY and not self.complete

    @property
    def threshold(self) -> float:
        return self.natural(self.target) if self.target else NOTHING

    def natural(self, target: Mapping[str, Any], base: float | None = None) -> float:
        """A target as an amount: growth on last year's, a share of the plan; any other as it stands."""
        if target["measure"] == "flow" or self.facts["kind"] in ("flow", "published_growth") or not self.sums:
            return target["threshold"]
        base = base if base is not None else (self.bases or [NOTHING])[0]
        return base * (target["threshold"] + (100 if self.facts["kind"] == "flow_growth" else 0)) / 100


# ---- days and comparisons ------------------------------------------------------------------------------------------------------------


def year_end(year: int) -> pd.Timestamp:
    return pd.Timestamp(year, 12, 31)


def month_ends(year: int) -> list[pd.Timestamp]:
    return [pd.Timestamp(year, month, calendar.monthrange(year, month)[1]) for month in range(1, 13)]


def gone(day: pd.Timestamp) -> float:
    """Months of the year gone by the end of a day.

    >>> gone(pd.Timestamp("2025-09-30")), gone(pd.Timestamp("2025-06-15"))
    (9.0, 5.5)
    """
    return day.month - 1 + day.day / day.days_in_month


def same_day(day: pd.Timestamp, year: int) -> pd.Timestamp:
    last = calendar.monthrange(year, day.month)[1]
    return pd.Timestamp(year, day.month, last if day.is_month_end else min(day.day, last))


def standing_for(found: Iterable[Point], day: pd.Timestamp, year: int) -> Point | None:
    """The figure that stands for the same day of another year: of that day, else the nearest within twelve days; a whole year for a whole year."""
    then, last = same_day(day, year), year_end(year)
    near = [point for point in found if abs((point.end - then).days) <= NEAR and (point.end == last) == (day == year_end(day.year))]
    return min(near, key=lambda point: (abs((point.end - then).days), point.end), default=None)


def side(value: float, goal: float) -> int:
    """-1 below the goal, 0 on it, 1 above it: equal within a billionth."""
    return 0 if abs(value - goal) <= 1e-9 * max(1.0, abs(goal)) else 1 if value > goal else -1


def meets(value: float, comparator: str, goal: float) -> bool:
    return side(value, goal) in {">=": (0, 1), ">": (1,), "<=": (-1, 0), "<": (-1,), "=": (0,)}[comparator]


def printed(value: float, decimals: int) -> float:
    """A number as printed, halves away from zero."""
    return float(Decimal(repr(float(value))).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)) + 0.0


# ---- what is known of a line ---------------------------------------------------------------------------------------------------------


def lines(unit: str, year: int, as_of: pd.Timestamp, given: Mapping[str, float]) -> list[Line]:
    """Every line of a unit as known on a day, in the order of its resolution."""
    about, rows = unit_of(unit), figures(unit, as_of)
    targets, plans = register(unit, "targets", as_of), register(unit, "plans", as_of)
    found = []
    for name, facts in about["facts"].items():
        own, versions, plan = rows[rows["indicator"] == name], in_force(targets, name, year), in_force(plans, name, year)
        assert not plan or facts["kind"] == "plan_share", (
            f"{name}: a plan of an amount may be a version of its target, which is not reckoned here"
        )
        judge = judging(versions)
        others = [row for row in versions if row is not judge]
        by_year, ahead = points(own[~own["ahead"]], facts), own["ahead"] & (own["end"] == year_end(year))
        with_year = points(own[~own["ahead"] | ahead], facts) if ahead.any() else by_year
        by_year = with_year if facts["kind"] == "assessment" else by_year
        last = with_year.get(year, [None])[-1]
        whole = last if last and (last.end == year_end(year) or facts["kind"] == "assessment") else None
        bases = _bases(own[~own["ahead"]], facts, by_year, year, plan)
        population = about["population"] if facts.get("per_population") else 0
        part = alone(own[~own["ahead"]], facts, year, by_year.get(year, [])) if facts["kind"] in SUMS else NOTHING
        found.append(Line(name, facts, year, as_of, own, population, part, by_year, whole, bases, judge, others, given))
    return found


def _bases(own: pd.DataFrame, facts: dict[str, Any], by_year: dict[int, list[Point]], year: int, plan: list[dict[str, Any]]) -> list[float]:
    """What a rate is reckoned on, the one that judges first: the plans in force, or last year's amount and what else was published of it."""
    if facts["kind"] == "plan_share":
        shares = own[own["share"] & (own["end"].dt.year == year)]
        newest = max((point.end for point in by_year.get(year, [])), default=pd.Timestamp.min)
        assert not (shares["end"] > newest).any(), "a year known by percentages of its plan is not reckoned here"
        return [row["value"] for row in plan]
    if facts["kind"] != "flow_growth":
        return []
    totals = in_unit(own[(own["end"] == year_end(year - 1)) & own["basis"].isin(["year", "cumulative"]) & ~own["share"]], facts)
    last = [point.value for point in by_year.get(year - 1, []) if point.end == year_end(year - 1)]
    newest_first = totals.sort_values("published", ascending=False, kind="stable")["value"].tolist()
    return list(dict.fromkeys([*last, *newest_first]))


# ---- the numbers of a line -----------------------------------------------------------------------------------------------------------


def numbers(line: Line) -> dict[str, float]:
    """Every number reckoned of a line, by its label; what does not exist is NaN."""
    found = {f"past@{point.end.date()}": point.value for year in line.past.values() for point in year}
    found |= {f"seen@{point.end.date()}": point.value for point in line.seen}
    rated = line.target is not None and line.target["measure"] != "flow" and not math.isnan(line.median)
    found |= {f"other_base_{rank}": base for rank, base in enumerate(line.bases[1:] if rated else [], start=1)}
    found |= {
        "achieved": line.achieved,
        "latest_period": line.part,
        "base": (line.bases or [NOTHING])[0],
        **_versions(line),
        **_rules(line),
        **_same_period(line),
    }
    found |= {**_against_goal(line), **_persons(line), **_pace(line), **_shares(line)}
    return found | {"status": WORDS.index(status(line))}


def _versions(line: Line) -> dict[str, float]:
    """The target and the other versions in force, as stated and in the unit of the line."""
    found = {"threshold": line.threshold}
    for label, row in [("", line.target), *((f"_{row['version']}", row) for row in line.others)]:
        if row:
            found |= {f"target{label}": row["threshold"], f"target{label}_low": row["low"], f"target{label}_high": row["high"]}
            found |= {f"threshold{label}": line.natural(row)}
    return found


def _rules(line: Line) -> dict[str, float]:
    """The two rules of thumb: the amount so far over the part of the year gone; last year's total times this year's growth to date."""
    if line.silent or not (line.sums and line.seen):
        return {}
    straight = 12 * line.achieved / gone(line.seen[-1].end)
    before = line.by_year.get(line.year - 1, [])
    then = standing_for(before[:-1], line.seen[-1].end, line.year - 1)
    whole = bool(before) and before[-1].end == year_end(line.year - 1)
    same = before[-1].value * line.achieved / then.value if then and whole and then.value > 0 else NOTHING
    found = {
        "straight_line": straight,
        "same_period": same,
        "straight_line_gap": straight - line.threshold,
        "same_period_gap": same - line.threshold,
    }
    if line.target and not line.complete:
        rules = {"straight_line": straight, "same_period": same}
        found |= {f"{name}_meets": _yes(value, line.target, line.threshold) for name, value in rules.items()}
    return found


def _yes(value: float, target: Mapping[str, Any], goal: float) -> float:
    return NOTHING if math.isnan(value) else float(meets(value, target["comparator"], goal))


def _same_period(line: Line) -> dict[str, float]:
    """Last year's figure for the same part of the year, and the amount so far in percent of it and of the target."""
    then = standing_for(line.by_year.get(line.year - 1, []), line.seen[-1].end, line.year - 1) if line.seen else None
    before = then.value if then else NOTHING
    found = {"same_period_value": before}
    if line.sums:
        found["percent_of_same_period"] = 100 * line.achieved / before if before > 0 else NOTHING
        found["percent_of_target"] = 100 * line.achieved / line.threshold if line.threshold > 0 else NOTHING
    return found


def _against_goal(line: Line) -> dict[str, float]:
    """The middle value and the outturn against the goal; the rate that the middle value is."""
    rate = line.median
    if line.facts["kind"] in ("flow_growth", "plan_share"):
        rate = 100 * line.median / line.bases[0] - (100 if line.facts["kind"] == "flow_growth" else 0) if line.bases else NOTHING
    gap, outturn = line.median - line.threshold, line.achieved if line.complete else NOTHING
    found = {"median": line.median, "median_rate": rate, "median_gap": gap, "surplus": gap, "outturn": outturn}
    found |= {"difference": outturn - line.threshold}
    for label, value in (("surplus_side", line.median), ("difference_side", outturn)):
        found[label] = NOTHING if math.isnan(value - line.threshold) else side(value, line.threshold)
    return found


def _persons(line: Line) -> dict[str, float]:
    """A share of all residents in persons: the surplus, and how many are still to be reached."""
    goal, people = line.threshold, line.population
    if not people or math.isnan(goal):
        return {}
    found = {"surplus_persons": printed(people * abs(line.median - goal) / 100, 0)} if not math.isnan(line.median) else {}
    if line.seen and line.target["comparator"] in UPWARDS:
        missing = math.ceil(people * goal / 100 - 1e-9) - printed(people * line.achieved / 100, 0)
        reached = meets(line.achieved, line.target["comparator"], goal)
        found["persons_missing"] = max(missing, 0.0 if reached else 1.0)
    return found


def _pace(line: Line) -> dict[str, float]:
    """What is left to do a month, against the pace so far and the best of the same months of any past year."""
    if line.silent or line.complete or not (line.sums and line.seen and line.target and line.target["comparator"] in UPWARDS):
        return {}
    day, left = line.seen[-1].end, 12 - gone(line.seen[-1].end)
    remaining = 0.0 if meets(line.achieved, ">=", line.threshold) else line.threshold - line.achieved
    whole = [(standing_for(known[:-1], day, year), known[-1]) for year, known in line.past.items() if known[-1].end == year_end(year)]
    paces = [(last.value - then.value) / left for then, last in whole if then]
    found = {"remaining": remaining, "months_left": left, "pace_needed": remaining / left, "pace_years": len(paces) or NOTHING}
    found["best_pace"] = max(paces, default=NOTHING)
    return found | {"pace_so_far": line.achieved / gone(day)}


def _shares(line: Line) -> dict[str, float]:
    """Shares of the target (this year) and of their own totals (past years) reached by each day, and what that usually makes of the target."""
    goal = line.threshold
    if not (line.sums and line.target and line.target["comparator"] in UPWARDS and goal > 0):
        return {}
    whole = [(year, known) for year, known in sorted(line.past.items()) if known[-1].end == year_end(year) and known[-1].value > 0][-YEARS:]

    def reached(day: pd.Timestamp, years: Iterable[tuple[int, list[Point]]]) -> dict[int, float]:
        then = {year: (standing_for(known, day, year), known[-1].value) for year, known in years}
        return {year: point.value / total for year, (point, total) in then.items() if point}

    by_end = {end: list(reached(end, whole).values()) for end in month_ends(line.year)}
    usual = {end: sum(found) / len(found) for end, found in by_end.items() if len(found) >= 2}
    usual = usual if len(usual) > 1 else {}
    plan = {f"plan@{end.date()}": share * goal for end, share in usual.items()}
    compared = [(year, known) for year, known in whole if len(known) > 1]
    if not (line.seen and reached(line.seen[-1].end, compared)):
        return plan
    found = {f"usual_share@{end.date()}": 100 * share for end, share in usual.items()}
    found |= {f"share@{point.end.date()}": 100 * point.value / goal for point in line.seen}
    for day in {*by_end, *(point.end for point in line.seen)}:
        found |= {f"share@{same_day(day, year).date()}": 100 * share for year, share in reached(day, compared).items()}
    return plan | found


# ---- the verdict and the counts ------------------------------------------------------------------------------------------------------


def chance(line: Line) -> float:
    """The published chance in percent: certain where the year, or an amount past its goal, is final; else as given."""
    if line.target and line.whole and line.whole.final:
        return 100.0 * meets(line.whole.value, line.target["comparator"], line.threshold)
    up = line.target is not None and line.target["comparator"] in UPWARDS
    if (
        line.sums
        and not line.whole
        and up
        and any(point.final and meets(point.value, line.target["comparator"], line.threshold) for point in line.seen)
    ):
        return 100.0
    return line.given.get(f"{line.id}.probability", NOTHING)


def status(line: Line) -> str:
    """The word of a line: grey where there is nothing to judge or the figures are old, else by the chance."""
    if line.facts["kind"] == "assessment" and not line.seen:
        return "not_yet_assessed"
    if line.target is None or math.isnan(line.threshold) or not line.by_year:
        return "cannot_be_judged"
    if not line.whole:
        last = line.seen or [point for known in line.past.values() for point in known]
        old = (line.as_of - max(point.end for point in last)).days > line.facts["stale_after_days"]
        if line.as_of > year_end(line.year) or not (old or line.given[f"{line.id}.evidence_years"] or chance(line) == 100):
            return "cannot_be_judged"
        if old:
            return "stale"
    if line.target["low"] < line.target["high"]:
        return WORDS[int(line.given[f"{line.id}.status"])]  # the chances at both ends of the range are simulated
    bounds = ((100, "met"), (90, "very_likely"), (66, "likely"), (33.0001, "uncertain"), (10.0001, "unlikely"), (0.0001, "very_unlikely"))
    return next((word for bound, word in bounds if chance(line) >= bound), "missed")


def counts(found: Iterable[Line]) -> dict[str, float]:
    """How many targets are in force, how many can be judged and how they stand; lines without one never count."""
    aimed = [(line, status(line)) for line in found if line.target]
    words = [word for _, word in aimed]
    past = sum(word == "met" and side(line.median, line.threshold) != 0 for line, word in aimed)
    good, grey = sum(word in GOOD for word in words), sum(word in GREY for word in words)
    return {
        "targets": len(words), "judged": len(words) - grey, "good": good, "passed": past, "reached": words.count("met") - past,
        "estimated": good - words.count("met"), "uncertain": words.count("uncertain"), "danger": sum(word in DANGER for word in words),
        "unlikely": words.count("unlikely") + words.count("very_unlikely"), "missed": words.count("missed"), "grey": grey,
        "not_on_course": len(words) - grey - good, **{word: words.count(word) for word in GREY},
    }  # fmt: skip


def report(unit: str, year: int, as_of: str, given: Mapping[str, float]) -> dict[str, float]:
    """The numbers of a report by their names in the manifest."""
    found = lines(unit, year, pd.Timestamp(as_of), given)
    named = {f"report.{label}": float(value) for label, value in counts(found).items()}
    for line in found:
        named |= {f"{line.id}.{label}": float(value) for label, value in numbers(line).items()}
        named[f"{line.id}.probability"] = NOTHING if status(line) in GREY else chance(line)
    return {name: value for name, value in named.items() if math.isfinite(value)}
