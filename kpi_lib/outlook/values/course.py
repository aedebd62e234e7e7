"""The numbers of a year's course: what was published, where it may go, the pace of past years, the year's end as equally likely futures."""

from __future__ import annotations

import datetime as dt
import math
from typing import Any

import numpy as np

from kpi_lib import compare
from kpi_lib.figures.histories import Point
from kpi_lib.forecast.projection import Projection
from kpi_lib.outlook.shares import reached_by, whole_years
from kpi_lib.outlook.verdict import Outlook, Verdict
from kpi_lib.periods import MONTHS, same_day
from kpi_lib.words.values import Share, Values

LEVEL_YEARS = 3  # years of a level shown before the judged one
BAND_LEVELS = (0.50, 0.80, 0.95)
FUTURES = 20
FEWEST = 2  # of them with a figure near a month's end, for a mean or a band there


# ---- what is drawn ---------------------------------------------------------------------------------------------------------------


def is_level(projection: Projection) -> bool:
    """Whether the indicator is a state at the year's end, neither an amount nor a growth rate."""
    return not projection.indicator.kind.to_date


def level_points(projection: Projection, years: int = LEVEL_YEARS) -> list[Point]:
    """The states of so many years before the judged one and of it, at least the latest one there is."""
    points = [point for _, points in sorted(projection.past.items()) for point in points] + list(projection.seen)
    first = projection.calendar.start(projection.year - years)
    return [point for point in points if point.end >= first] or points[-1:]


def drawn_points(projection: Projection) -> list[Point]:
    """The published figures that are drawn: those of the year, for a level those of the last years as well."""
    return level_points(projection) if is_level(projection) else list(projection.seen)


def last_year(projection: Projection) -> tuple[Point, ...]:
    """Points of the year before, for kinds whose years are laid over one another."""
    if is_level(projection) or projection.measure.of_plan:  # in percent of two plans, years cannot be laid over one another
        return ()
    return projection.past.get(projection.year - 1, ())


def other_versions(outlook: Outlook) -> list[Verdict]:
    """Other versions of the target that ask for something else; one known only as a range is no line, and a draft is none any more."""
    told = [verdict for verdict in outlook.others if len(verdict.target.thresholds) == 1 and verdict.target.version != "draft"]
    return [verdict for verdict in told[:2] if math.isfinite(verdict.threshold) and verdict.threshold != outlook.threshold]


# ---- the fan ---------------------------------------------------------------------------------------------------------------------


def fan_rows(projection: Projection) -> list[dict[str, Any]]:
    """Quantiles on every day projected, from the last known figure on, which has a width where it is an estimate; the last is the year-end value."""
    if not projection.known or projection.complete or not projection.ends:
        return []
    start = projection.achieved if projection.indicator.adds_up and projection.seen else 0.0
    paths = start + projection.paths.cumsum(axis=1) if projection.indicator.adds_up else projection.paths
    rows = []
    origin = level_points(projection)[-1:] if is_level(projection) else projection.seen[-1:]
    if origin:
        rows.append(_fan_row(origin[0].end, projection, projection.now if projection.now.size else np.full(1, origin[0].value)))
    elif projection.indicator.adds_up:
        rows.append({"x": 0.0, "end": "", "y": 0.0, **{f"{side}{100 * band:.0f}": 0.0 for band in BAND_LEVELS for side in "ab"}})
    for column, end in enumerate(projection.ends):
        last = column == len(projection.ends) - 1
        rows.append(_fan_row(end, projection, projection.draws if last else paths[:, column]))
    return rows


def _fan_row(end: dt.date, projection: Projection, draws: np.ndarray) -> dict[str, Any]:
    sides = {f"{side}{100 * level:.0f}": (1 + sign * level) / 2 for level in BAND_LEVELS for side, sign in (("a", -1), ("b", 1))}
    middle, *ends = np.quantile(draws, [0.5, *sides.values()]).tolist()
    return {
        "x": projection.calendar.place(end, projection.year),
        "end": end.isoformat(),
        "y": middle,
        **dict(zip(sides, ends, strict=True)),
    }


def of_fan(outlook: Outlook) -> Values:
    """Day by day: published figures (`seen@`, of earlier years `past@`), projected quantiles (`fan50@`, `low80@`), the way to the target (`plan@`)."""
    projection = outlook.projection
    found = {f"past@{point.end}": point.value for points in projection.past.values() for point in points}
    found |= {f"seen@{point.end}": point.value for point in projection.seen}
    for row in fan_rows(projection):
        found[f"fan50@{row['end']}"] = row["y"]
        found |= {
            f"{name}{band}@{row['end']}": row[f"{key}{band}"] for band in ("50", "80", "95") for key, name in (("a", "low"), ("b", "high"))
        }
    found |= {f"plan@{projection.calendar.month_end(projection.year, month)}": value for month, value in plan_profile(outlook).items()}
    return Values(outlook.indicator.id, found)


# ---- the pace of past years --------------------------------------------------------------------------------------------------------


def shares_by_year(projection: Projection) -> dict[int, dict[float, float]]:
    """The last complete past years: the share of its own total that each had reached, by months since it began.

    At most `YEARS` years, the earliest first; empty for what does not add up over a year.
    """
    gone = projection.calendar.months_gone
    return {year: {gone(point.end): point.value / points[-1].value for point in points} for year, points in whole_years(projection).items()}


def usual_shares(projection: Projection) -> dict[int, float]:
    """The mean share of the year that past complete years had reached by each month's end: `{9: 0.69, ..., 12: 1.0}`.

    Only months near which at least two years have a figure; empty where that holds of no month before December.
    """
    ends = enumerate(projection.calendar.month_ends(projection.year), start=1)
    by_month = {month: list(reached_by(projection, end).values()) for month, end in ends}
    usual = {month: float(np.mean(found)) for month, found in by_month.items() if len(found) >= FEWEST}
    return usual if len(usual) > 1 else {}


def plan_profile(outlook: Outlook) -> dict[int, float]:
    """The target spread over the months as past years went: what to have reached by each month's end to arrive at it.

    Empty where there is no amount to reach, or no usual pace.
    """
    if not has_goal(outlook):
        return {}
    return {month: share * outlook.threshold for month, share in usual_shares(outlook.projection).items()}


def has_goal(outlook: Outlook) -> bool:
    """Whether there is an amount to be reached by the year's end."""
    upwards = outlook.target is not None and compare.upwards(outlook.target.comparator)
    return upwards and outlook.indicator.adds_up and math.isfinite(outlook.threshold) and outlook.threshold > 0


def compared_years(outlook: Outlook) -> dict[int, dict[float, float]]:
    """Past years whose pace this year's can be held against, empty where there is no pace or nothing to compare: see `shares_by_year`."""
    projection = outlook.projection
    shares = {year: reached for year, reached in shares_by_year(projection).items() if min(reached) < MONTHS}
    if not (has_goal(outlook) and projection.seen and reached_by(projection, projection.seen[-1].end, shares)):
        return {}
    return shares


def shares_now(outlook: Outlook) -> dict[float, float]:
    """The share of the target reached by each figure of the year, by months since it began."""
    projection = outlook.projection
    return {projection.calendar.months_gone(point.end): point.value / outlook.threshold for point in projection.seen}


def pace_days(outlook: Outlook) -> list[tuple[float, dt.date, dict[int, dt.date]]]:
    """When paces are compared: months since the year began, the day, and the same day of each past year, the latest year first."""
    projection, year = outlook.projection, outlook.projection.year
    days = sorted({*projection.calendar.month_ends(year), *(point.end for point in projection.seen)})
    past = sorted(compared_years(outlook), reverse=True)
    return [(projection.calendar.place(day, year), day, {y: same_day(day, y - year) for y in past}) for day in days]


def of_pace(outlook: Outlook) -> Values:
    """Shares of the target (this year) and of their own totals (past years) reached by each day (`share@`), and their mean (`usual_share@`)."""
    shares = compared_years(outlook)
    now, usual = (shares_now(outlook), usual_shares(outlook.projection)) if shares else ({}, {})
    found: dict[str, float] = {}
    for place, day, then in pace_days(outlook) if shares else ():
        before = reached_by(outlook.projection, day, shares)
        found |= {f"share@{then[year]}": Share(share) for year, share in before.items()}
        found |= {f"share@{day}": Share(now[place])} if place in now else {}
        found |= {f"usual_share@{day}": Share(usual[int(place)])} if place in usual else {}
    return Values(outlook.indicator.id, found)


# ---- the year's end as futures -----------------------------------------------------------------------------------------------------


def futures(outlook: Outlook) -> np.ndarray:
    """The year-end value as equally likely futures, `(FUTURES,)`, the lowest first."""
    return np.array(outlook.projection.quantiles(*((i + 0.5) / FUTURES for i in range(FUTURES))))


def futures_met(outlook: Outlook) -> np.ndarray:
    """Which of the futures meet the target, `(FUTURES,)`; all of them where there is none."""
    goal = outlook.threshold
    if outlook.target is None or not math.isfinite(goal):
        return np.ones(FUTURES, dtype=bool)
    return compare.meets(futures(outlook), outlook.target.comparator, goal)


def of_futures(outlook: Outlook) -> Values:
    """Each future, how many there are and how many meet the target; nothing where nothing is projected or the year is over."""
    if not outlook.projection.known or outlook.projection.complete:
        return Values(outlook.indicator.id)
    found: dict[str, float] = {f"future{number}": float(value) for number, value in enumerate(futures(outlook), 1)}
    return Values(
        outlook.indicator.id,
        found
        | {f"future{n}_met": float(good) for n, good in enumerate(futures_met(outlook), 1)}
        | {"futures": FUTURES, "futures_met": int(futures_met(outlook).sum())},
    )
