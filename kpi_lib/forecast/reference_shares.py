"""The usual course of a year in the named reference areas, for units whose own years say little of it."""

from __future__ import annotations

import numpy as np

from kpi_lib.definitions.references import read_reference
from kpi_lib.figures import histories as fg
from kpi_lib.forecast.projection import Task
from kpi_lib.periods import MONTHS


def reference_shares(task: Task, last: fg.Point) -> tuple[list[np.ndarray], tuple[np.ndarray, np.ndarray]]:
    """Shares of the year done by the same point in the named reference areas, and their mean curve `(months, share)`."""
    months, years = _reference_years(task)
    if not years:
        return [], (np.array([0.0, float(MONTHS)]), np.array([0.0, 1.0]))
    at = np.array([0.0, *months])
    shares = np.array([[0.0, *(year[month] / year[MONTHS] for month in months)] for year in years.values()])
    areas: dict[str, list[float]] = {}
    for (area, _), row in zip(years, shares, strict=True):
        areas.setdefault(area, []).append(np.interp(task.calendar.months_gone(last.end), at, row))
    return [np.array(found) for found in areas.values()], (at, shares.mean(axis=0))


def _reference_years(task: Task) -> tuple[list[int], dict[tuple[str, int], dict[int, float]]]:
    """Months with figures and the sums to date by month of every area's year that has them all; none where a year's total is not among them.

    The unit itself is no reference, nor is what was not known on `as_of`.
    """
    name = task.unit.references.get(task.ind.id)
    known: dict[tuple[str, int], dict[int, float]] = {}
    for row in read_reference(name, as_of=task.as_of) if name else ():
        if row["area"] not in task.unit.name["vi"] and row["year"] < task.year:
            known.setdefault((row["area"], row["year"]), {})[row["month"]] = row["cumulative"]
    months = sorted({month for year in known.values() for month in year})
    return months, {key: year for key, year in sorted(known.items()) if len(year) == len(months) and MONTHS in year}
