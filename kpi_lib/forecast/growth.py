"""Growth rates published for the year to date: the whole year's from what is known of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from kpi_lib.figures import histories as fg
from kpi_lib.figures.derived import Derived, usual_miss
from kpi_lib.forecast.models import asked
from kpi_lib.forecast.projection import Projection, Task, result
from kpi_lib.forecast.year_figure import announced, ended
from kpi_lib.periods import QUARTER, QUARTERS, Calendar
from kpi_lib.words.messages import Text

# Growth of the rest of the year less growth to date, in points: spread (Student t) before a unit's own years speak, with the weight of
# PRIOR_YEARS years; and the usual restatement of a year-to-date figure. Quảng Ninh 2020-2024 and Viet Nam 2014-2024.
REST_SPREAD, REST_YEARS, RESTATEMENT = 2.0, 4.0, 0.3
# By how much, in points, a rate chained from quarters and the rest of a year derived from the year miss what was published of them, where the
# line itself does not tell; and by how much the quarters' weights differ between areas. Viet Nam 2018-2024: 0.11 and 0.22 points.
CHAIN_MISS, REST_MISS, WEIGHT_MISS = 0.2, 0.5, 0.02
QUARTER_WEIGHTS = np.array([0.22, 0.24, 0.25, 0.29])  # share of the year's product made in each calendar quarter (Viet Nam, current prices)


def project_published_growth(task: Task) -> Projection:
    """A growth rate published for the year to date: the quarters that remain grow as the year so far did, give or take."""
    to_date = _to_date(task.figures, task.calendar)
    first = _to_date(task.figures, task.calendar, first=True)
    this = to_date.get(task.year, {})
    common: dict[str, Any] = {
        "seen": tuple(this[q] for q in sorted(this)),
        "past": {year: tuple(rates[q] for q in sorted(rates)) for year, rates in sorted(to_date.items()) if year < task.year},
        "rests": _rests(task, first, max(this, default=0)),
    }
    if QUARTERS in this:
        years = sum(4 in rates for year, rates in to_date.items() if year < task.year)
        return ended(task, task.ind.measure, this[4], Text("The year is over and its rate is known."), years=years, **common)
    if task.model is not None:
        asked(task.model, "growth", task.ind.id)
    done = _growth_from_quarters(task, first, this, common) if this else _growth_without_figures(task, to_date, common)
    year = fg.growth_points((*task.figures, *task.ahead), task.calendar)[0].get(task.year, {}).get(QUARTERS)
    return announced(task, done, year) if year else done


def _to_date(figures: tuple[fg.Figure, ...], calendar: Calendar, *, first: bool = False) -> dict[int, dict[int, fg.Point]]:
    """Year-to-date rates; where none was published, the last one and the quarter since, by the quarters' weights.

    They say by how much such rates miss the published ones: by the line's own misses, where both are known.
    """
    published, single = fg.growth_points(figures, calendar, first=first)
    rates = {year: dict(published.get(year, {})) for year in {*published, *single}}
    misses: list[float] = []
    for year, quarters in single.items():
        for count in range(2, QUARTERS + 1):
            before, part = rates[year].get(count - 1), quarters.get(count)
            if before and part:
                chained = _chained(before, part, count)
                misses += [chained.value - rates[year][count].value] if count in rates[year] else []
                rates[year].setdefault(count, chained)
    return {year: {count: _owned_up(point, usual_miss(misses, CHAIN_MISS)) for count, point in own.items()} for year, own in rates.items()}


def _chained(before: fg.Point, part: fg.Point, count: int) -> fg.Point:
    """The rate of the year to a quarter's end, from the one before and the quarter's own, by the quarters' weights."""
    weights = QUARTER_WEIGHTS[: count - 1].sum(), QUARTER_WEIGHTS[count - 1]
    value = float((weights[0] * before.value + weights[1] * part.value) / sum(weights))
    how = Text("weighed from the growth published of its parts, with usual weights of the quarters")
    status = min(before.status, part.status, key=fg.RANK.__getitem__)
    return fg.Point(part.end, value, status, max(before.published, part.published), part.source, Derived(how))


def _owned_up(point: fg.Point, miss: float) -> fg.Point:
    return replace(point, derived=replace(point.derived, error=miss)) if point.derived else point


def _rests(task: Task, first: dict[int, dict[int, fg.Point]], quarters: int) -> dict[int, fg.Point]:
    """Growth of the quarters after the first so many, in every past year that has both: as published, else derived from the year's and theirs."""
    done = float(QUARTER_WEIGHTS[:quarters].sum())
    single = fg.growth_points(task.figures, task.calendar, first=True)[1] if quarters == QUARTERS - 1 else {}
    found: dict[int, fg.Point] = {}
    misses = []
    for year, rates in first.items():
        whole, so_far = rates.get(QUARTERS), rates.get(quarters)
        if year >= task.year or quarters >= QUARTERS or whole is None or (quarters and so_far is None):
            continue
        value = (whole.value - done * so_far.value) / (1 - done) if so_far else whole.value
        how = Text("worked out from the growth of the year and of its first {quarters} quarters, with usual weights", quarters=quarters)
        found[year] = replace(whole, value=value, derived=Derived(how)) if quarters else whole
        if QUARTERS in single.get(year, {}):
            misses.append(value - single[year][QUARTERS].value)
            found[year] = single[year][QUARTERS]
    miss = usual_miss(misses, REST_MISS)
    drawn = {year: abs(point.value - first[year][QUARTERS].value) * WEIGHT_MISS / (1 - done) for year, point in found.items()}
    return {year: _owned_up(point, float(np.hypot(miss, drawn[year]))) for year, point in sorted(found.items())}


def _growth_from_quarters(task: Task, to_date: dict, this: dict[int, fg.Point], common: dict) -> Projection:
    quarters = max(this)
    done = float(QUARTER_WEIGHTS[:quarters].sum())
    steps = np.array(
        [
            (rates[4].value - rates[quarters].value) / (1 - done)
            for year, rates in to_date.items()
            if year < task.year and 4 in rates and quarters in rates
        ]
    )
    freedom = REST_YEARS + len(steps)
    spread = np.sqrt((REST_YEARS * REST_SPREAD**2 + np.minimum(steps**2, 25.0).sum()) / freedom)
    rng = np.random.default_rng(task.seed)
    rest = this[quarters].value + spread * rng.standard_t(freedom, task.draws)
    year = done * (this[quarters].value + RESTATEMENT * rng.standard_normal(task.draws)) + (1 - done) * rest
    ends = task.calendar.month_ends(task.year, QUARTER)[quarters:]
    part = np.array([(QUARTER_WEIGHTS[:q].sum() - done) / (1 - done) for q in range(quarters + 1, QUARTERS + 1)])
    paths = this[quarters].value + (year - this[quarters].value)[:, None] * part[None, :]
    reason = Text(
        "Growth over {quarters} quarters makes about {value}% of the year's; the rest varies as in {steps} past years.",
        quarters=quarters,
        value=f"{100 * done:.0f}",
        steps=len(steps),
    )
    return result(task, task.ind.measure, "growth_to_date", reason, year, ends=ends, paths=paths, evidence_years=len(steps), **common)


def _growth_without_figures(task: Task, to_date: dict, common: dict) -> Projection:
    past = [rates[4].value for year, rates in sorted(to_date.items()) if 4 in rates and year < task.year]
    if len(past) < 2 or 4 not in to_date.get(task.year - 1, {}):
        reason = Text("No figures for {year} yet.", year=task.calendar.name(task.year))
        return result(task, task.ind.measure, "none", reason, np.empty(0), **common)
    changes = np.diff(past)
    freedom = REST_YEARS + len(changes)
    spread = np.sqrt((REST_YEARS * REST_SPREAD**2 + (changes**2).sum()) / freedom)
    draws = past[-1] + spread * np.random.default_rng(task.seed).standard_t(freedom, task.draws)
    reason = Text("No figure this year: last year's rate, varying as past years did.")
    ends = (task.calendar.end(task.year),)
    return result(
        task, task.ind.measure, "last_year", reason, draws, ends=ends, paths=draws[:, None].copy(), evidence_years=len(past), **common
    )
