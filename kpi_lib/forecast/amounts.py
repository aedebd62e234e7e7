"""Amounts that add up to the year: budget revenue, new enterprises, jobs, investment disbursed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from kpi_lib.definitions.measures import PLAN_PERCENT, Measure, same_measure
from kpi_lib.figures import histories as fg
from kpi_lib.figures.derived import Derived
from kpi_lib.figures.estimates import FEWEST_SUMS, Drift, correction
from kpi_lib.forecast import models
from kpi_lib.forecast.models import CHOSEN, History, Model, asked, refused
from kpi_lib.forecast.office.planned import PLAN_WORDS, plans_of, with_plan_in_force
from kpi_lib.forecast.projection import Base, Projection, Task, result
from kpi_lib.forecast.shares import Points, bridged, of_reference_areas, share_of_points, spread_rest
from kpi_lib.forecast.sums import IN_PART, PartMonth, SpanSum, complete_year, part_of_month, share_reason
from kpi_lib.forecast.year_figure import announced, ended
from kpi_lib.periods import MONTHS, QUARTERS, same_point
from kpi_lib.words.messages import Text, Words, listed
from kpi_lib.words.numbers import Number

LONGEST_HISTORY = 8  # years: shapes change, and the engine's prior was learnt on up to eight


def project_flow(task: Task) -> Projection | Pending:
    """A year's amounts: complete, or completed by the engine on months or quarters, or by the usual share of the year."""
    history, bases, note = _flow_and_bases(task)
    done = _project_flow(task, history, bases)
    done = replace(done, reason=listed([done.reason, note], " ")) if note and isinstance(done, Projection) else done
    return _with_year(task, done, history.measure) if task.ahead else done


def _with_year(task: Task, done: Projection | Pending, measure: Measure) -> Projection | Pending:
    """The projection with the office's own figure of the whole year in its place, where there is one in the same measure."""
    history, _, _ = _flow_and_bases(replace(task, figures=(*task.figures, *task.ahead)))
    flow = history.years.get(task.year)
    point = flow.outturn if flow and history.measure == measure else None
    if point is None:
        return done
    if isinstance(done, Projection):
        return announced(task, done, point)
    finish = done.finish
    return replace(done, finish=lambda paths: announced(task, finish(paths), point))


def _project_flow(task: Task, history: fg.FlowHistory, bases: tuple[Base, ...]) -> Projection | Pending:
    measure = history.measure
    flow = history.years.get(task.year)
    common = {
        "seen": flow.points if flow else (),
        "past": {year: past.points for year, past in sorted(history.years.items()) if year < task.year},
        "latest_part": flow.latest_part if flow else None,
        "bases": bases,
        "straight_line": _straight_line(flow),
        "same_period": _same_period(history, task.year),
    }
    if flow and flow.outturn:  # a figure counts from the last day of its period on, so the year has come to its end
        before = max((point.value for point in flow.points[:-1] if point.final), default=-np.inf)
        known = Text("The year is over and its total is known.")
        return ended(task, measure, flow.outturn, known, years=len(history.outturns(task.year)), least=before, **common)
    season, grid = _grid(history, task)
    part = part_of_month(history, task.calendar, task.year, grid, whole=task.ind.whole) if season == MONTHS else None
    if season and not (part and task.model and models.MODELS[task.model].rule):  # a rule counts the days of the month as it does elsewhere
        return _on_grid(task, history, season, grid, measure, common, part)
    return _by_share(task, history, measure, common, "negative" if len(grid) and not season else "points")


def _flow_and_bases(task: Task) -> tuple[fg.FlowHistory, tuple[Base, ...], Words | None]:
    """The flow in one measure, the base its rate is reckoned on, and what is to be said of figures that are told in percent of the plan."""
    history = fg.flow_history(task.figures, task.ind, calendar=task.calendar)
    if task.ind.kind.rate == "share":
        return _with_shares(task, history)
    return history, _growth_bases(task, history) if task.ind.kind.rate == "growth" else (), None


def _with_shares(task: Task, history: fg.FlowHistory) -> tuple[fg.FlowHistory, tuple[Base, ...], Words | None]:
    """Amounts and the year's plans; in every year what is known further as a percentage of its plan is that share of it.

    A year whose plan is not known is told in percent altogether, so that its newest figure counts.
    """
    plans, percent = plans_of(task), fg.flow_history(task.figures, task.ind, measure=PLAN_PERCENT, calendar=task.calendar)
    if not plans and _newer(history, percent, task.year):
        told = fg.FlowHistory({**_in_percent(task, history), **percent.years}, PLAN_PERCENT)
        return told, (Base(task.year, 100.0, "plan", task.as_of, ""),), _SHARE_ALONE
    years, nothing = dict(history.years), np.empty(0)
    for year in percent.years:
        amounts = tuple(point for share in _newer(history, percent, year) for point in _of_plan(replace(task, year=year), share))
        if amounts:
            flow = years.get(year) or fg.FlowYear(year, (), nothing, nothing, task.calendar)
            years[year] = replace(flow, points=(*flow.points, *amounts))
    told_so = _SHARE_WORDS if _newer(history, percent, task.year) else None
    return replace(history, years=dict(sorted(years.items()))), plans, told_so


def _newer(amounts: fg.FlowHistory, shares: fg.FlowHistory, year: int) -> list[fg.Point]:
    """The shares of its plan that tell a year further than its amounts do."""
    own, told = amounts.years.get(year), shares.years.get(year)
    return [point for point in told.points if own is None or own.last is None or point.end > own.last.end] if told else []


def _of_plan(task: Task, point: fg.Point) -> Iterator[fg.Point]:
    """The amount that a published share of the plan means, by the plan in force that day, else the first one known after; nothing without one.

    The share was rounded to a tenth at best.
    """
    for plan in (plans_of(replace(task, plans_as_of=min(point.published, task.as_of))) or plans_of(task))[:1]:
        yield replace(point, value=point.value * plan.value / 100, derived=Derived(_FROM_SHARE, error=SHARE_ROUNDING * plan.value / 100))


SHARE_ROUNDING = 0.05  # percent of the plan
_FROM_SHARE = Text("the published share of the plan, times the plan in force that day")
_SHARE_WORDS = Text(
    "The newest figure was published in percent of the year's plan; the amount is that share of the plan in force that day."
)
_FROM_AMOUNT = Text("the published amount over the plan of its year")
_SHARE_ALONE = Text("The year's plan is not known, so the share is kept as published.")


def _in_percent(task: Task, history: fg.FlowHistory) -> dict[int, fg.FlowYear]:
    """Past years in percent of their own plan as last known; a year without a plan on record is left out."""
    found = {}
    for year, flow in history.years.items():
        plans = plans_of(replace(task, year=year))
        if plans and plans[0].value > 0:
            points = tuple(
                replace(point, value=100 * point.value / plans[0].value, derived=Derived(_FROM_AMOUNT, exact=True)) for point in flow.points
            )
            found[year] = replace(
                flow, points=points, months=100 * flow.months / plans[0].value, quarters=100 * flow.quarters / plans[0].value
            )
    return found


def _growth_bases(task: Task, history: fg.FlowHistory) -> tuple[Base, ...]:
    """Last year's total in every status published by now, the best-established first."""
    end, measure = task.calendar.end(task.year - 1), task.ind.natural_measure
    totals = [f for f in task.figures if f.series == "total" and f.end == end and f.basis in ("year", "cumulative")]
    bases = []
    last = history.outturns(task.year).get(task.year - 1)
    if last:
        bases.append(Base(task.year - 1, last.value, last.kind, last.published, last.source))
    for total in sorted(totals, key=lambda figure: figure.published, reverse=True):
        if all(abs(total.value - base.value) > 1e-9 * abs(base.value) for base in bases) and same_measure(total.measure, measure):
            bases.append(Base(task.year - 1, total.value, total.status, total.published, total.source))
    return tuple(bases)


def _straight_line(flow: fg.FlowYear | None) -> float:
    """The amount so far over the part of the year gone, whole months at a month's end."""
    if flow is None or flow.last is None:
        return float("nan")
    return flow.last.value / (flow.calendar.months_gone(flow.last.end) / MONTHS)


def _same_period(history: fg.FlowHistory, year: int) -> float:
    """Last year's total times this year's growth to date, NaN where last year has no figure for the same point."""
    this, before = history.years.get(year), history.years.get(year - 1)
    if not (this and this.last and before and before.outturn):
        return float("nan")
    share = _share_at(before, this.last, year)
    return float("nan") if share is None else this.last.value / share


def _share_at(flow: fg.FlowYear, point: fg.Point, year: int) -> float | None:
    """Share of a complete year done by the same day as a point of another `year`; None where no figure stands for that day."""
    outturn = flow.outturn
    if outturn is None or outturn.value <= 0:
        return None
    then = same_point(flow.points[:-1], point.end, flow.year - year, flow.calendar)
    return then.value / outturn.value if then is not None and then.value > 0 else None


def _grid(history: fg.FlowHistory, task: Task) -> tuple[int, np.ndarray]:
    """12 or 4 and the amounts up to the last known period, where complete years lead without a gap to this year; else 0.

    A year that is known further by cumulative points than by its months or quarters is not cut back to them; a sum within the month that
    runs is a part of that month (`sums.part_of_month`). Months that hold an amount below zero (refunds) give way to quarters; where these
    will not do either, the amounts come back with 0: sums take them as they are.
    """
    flow, below = history.years.get(task.year), np.empty(0)
    for season in (MONTHS, QUARTERS):
        whole = history.whole_years(task.year, season)
        this_year = flow.amounts(season) if flow else np.empty(0)
        reached = task.calendar.month_end(task.year, len(this_year) * MONTHS // season + (season == MONTHS))
        up_to_date = flow is None or flow.last is None or (flow.last.end < reached if season == MONTHS else flow.last.end <= reached)
        grid = np.concatenate([whole[-LONGEST_HISTORY * season :], this_year])
        if len(whole) >= 2 * season and len(this_year) < season and up_to_date:
            if (grid >= 0).all():
                return season, grid
            below = grid
    return 0, below


@dataclass(frozen=True, slots=True)
class Pending:
    """A projection that waits for its paths: the amounts known, how to complete them, and what to make of the paths.

    Flows on a complete grid are left pending so that thousands of them can be completed in one call of the engine.
    """

    amounts: np.ndarray
    season: int
    model: str
    draws: int
    seed: int
    finish: Callable[[np.ndarray], Projection]

    @property
    def horizon(self) -> int:
        """Periods missing from the year."""
        return self.season - len(self.amounts) % self.season


def completed(pending: Sequence[Pending]) -> list[Projection]:
    """Projections of pending flows, those of the same shape in one call of their model."""
    groups: dict[tuple, list[int]] = {}
    for number, item in enumerate(pending):
        groups.setdefault((item.model, item.season, len(item.amounts), item.draws, item.seed), []).append(number)
    done: dict[int, Projection] = {}
    for (model, season, _, draws, seed), numbers in groups.items():
        grid = np.stack([pending[number].amounts for number in numbers])
        paths = models.MODELS[model].on_grid(grid, pending[numbers[0]].horizon, season=season, draws=draws, seed=seed)
        done |= {number: pending[number].finish(paths[row]) for row, number in enumerate(numbers)}
    return [done[number] for number in range(len(pending))]


def _on_grid(
    task: Task, history: fg.FlowHistory, season: int, grid: np.ndarray, measure: Measure, common: dict, part: PartMonth | None
) -> Pending:
    model = asked(task.model or CHOSEN, "grid", task.ind.id)
    horizon = season - len(grid) % season
    ends = task.calendar.month_ends(task.year, MONTHS // season)[-horizon:]
    years = len(grid) // season
    reason: Words = Text(
        "All months of the {years:year|years} before are known: {model}."
        if season == MONTHS
        else "All quarters of the {years:year|years} before are known: {model}.",
        years=years,
        model=model.words,
    )
    achieved = common["seen"][-1].value if common["seen"] else 0.0

    def finish(paths: np.ndarray) -> Projection:
        if not np.isfinite(paths).all():
            raise refused(model, "odd", task.ind.id)
        paths = part.rest(paths, task.seed) if part else paths
        paths, said, more = _corrected(task, paths, measure, common) if model.informed else (paths, None, {})
        said = listed([reason, *([IN_PART] if part else []), *([said] if said else [])], " ")
        planned, plans = with_plan_in_force(task, history, paths, season, common) if model.informed else (paths, {})
        said = listed([said, PLAN_WORDS], " ") if plans else said
        total = achieved + planned.sum(axis=1)
        return result(task, measure, model.id, said, total, ends=ends, paths=planned, evidence_years=years, **common, **more, **plans)

    return Pending(grid, season, model.id, task.draws, task.seed, finish)


def _corrected(task: Task, paths: np.ndarray, measure: Measure, common: dict) -> tuple[np.ndarray, Words | None, dict[str, Any]]:
    """Paths whose next period carries what the last sum still has before it; what is said of it, and what the projection keeps of it."""
    last = common["seen"][-1] if common["seen"] else None
    found = last and correction(task.figures, last, measure, draws=len(paths), seed=task.seed, calendar=task.calendar)
    if not last or not found or not paths.shape[1]:
        return paths, None, {}
    change, usual = found
    change = np.round(change) if task.ind.whole and not measure.of_plan else change
    more: dict[str, Any] = {"now": last.value + change}
    if usual.bias:
        more["uncorrected"] = float(np.quantile(last.value + paths.sum(axis=1), 0.5))
    return np.concatenate([paths[:, :1] + change[:, None], paths[:, 1:]], axis=1), _habit_words(last, usual), more


def _habit_words(last: fg.Point, usual: Drift) -> Words | None:
    """What is said of the correction of the last sum; nothing of one that is no estimate (pages say how it was worked out)."""
    if last.status != "estimate":
        return None
    spread = Number(100 * usual.spread, 1)
    if usual.count < FEWEST_SUMS:
        return Text("The last figure is an estimate: by the final one {spread}% of it or so may change.", spread=spread)
    return Text(
        "The last figure is an estimate; such estimates of this line changed before ({count:time|times}), so it is taken to change by {bias}%, give or take {spread}%.",
        count=usual.count,
        bias=Number(100 * usual.bias, 1, signed=True),
        spread=spread,
    )


def _by_share(task: Task, history: fg.FlowHistory, measure: Measure, common: dict, kind: History) -> Projection:
    """A year known by cumulative points only, or with amounts below zero: the model asked for, else two views of the same figures, mixed.

    One divides the amount so far by the share of the year usually done by then; the other completes the path whose sums the figures
    are (`irregular`). The mixture scored better than either, and its intervals held, on 24 provinces' revenue (docs/irregular.md); the
    second view counts for more the more years of its own the unit has.
    """
    model = asked(task.model, kind, task.ind.id) if task.model else None
    flow = history.years.get(task.year)
    last = flow.last if flow else None
    if flow is None or last is None or last.value <= 0:
        nothing = Text("No figures for {year} yet.", year=task.calendar.name(task.year))
        return result(task, measure, "none", nothing, np.empty(0), **common)
    areas, curve = of_reference_areas(task, last)
    own = _own_shares(task, history, last, curve)
    ends = tuple(end for end in task.calendar.month_ends(task.year) if end > last.end)
    known, profile = _points(task, history, last, own, areas, common), _profile(task, curve, last, ends)
    if model and model.rule:
        return _by_rule(task, model, known, profile, measure, {**common, "ends": ends, "evidence_years": len(own)})
    totals = model.on_points(known) if model and model.on_points else share_of_points(known)
    paths = spread_rest(totals - last.value, profile, seed=task.seed)
    if model is None:
        others = _sum_paths(task, history, curve, ends)
        mine = np.arange(task.draws) < round(task.draws * (len(own) + 2) / (len(own) + 4))
        paths = np.random.default_rng([task.seed, 3]).permutation(np.where(mine[:, None], others, paths))
    paths, said, more = _corrected(task, paths, measure, common) if model is None else (paths, None, {})
    paths, plans = with_plan_in_force(task, history, paths, MONTHS, common) if model is None else (paths, {})
    reason = listed([share_reason(kind, own, areas), *([said] if said else []), *([PLAN_WORDS] if plans else [])], " ")
    if task.ind.whole and not measure.of_plan:
        paths = np.round(paths)
    total = last.value + paths.sum(axis=1)
    name = model.id if model else "sums"
    return result(task, measure, name, reason, total, ends=ends, paths=paths, evidence_years=len(own), **common, **more, **plans)


def _by_rule(task: Task, model: Model, known: Points, profile: np.ndarray, measure: Measure, common: dict) -> Projection:
    """What a rule of thumb says of the year, to the digit; its rest spread over the months as usual."""
    assert model.on_points is not None
    total = model.on_points(known)
    if not len(total):
        raise refused(model, "odd", task.ind.id)
    paths = spread_rest(total - known.so_far, profile, seed=task.seed)
    return result(task, measure, model.id, model.words, total, paths=paths, **common)


def _points(
    task: Task, history: fg.FlowHistory, last: fg.Point, own: dict[int, tuple[float, float]], areas: list[np.ndarray], common: dict
) -> Points:
    """What cumulative figures say of the year so far and of years before it."""
    outturns = history.outturns(task.year)
    past = [outturns[year].value for year in sorted(outturns)] if task.year - 1 in outturns else []
    gone = task.calendar.months_gone(last.end) / MONTHS
    shares, doubts = np.array(list(own.values())).reshape(-1, 2).T
    straight, same = common["straight_line"], common["same_period"]
    return Points(last.value, gone, shares, areas, np.array(past), straight, same, task.draws, task.seed, doubts)


def _own_shares(
    task: Task, history: fg.FlowHistory, last: fg.Point, curve: tuple[np.ndarray, np.ndarray]
) -> dict[int, tuple[float, float]]:
    """Of each complete past year the share done by the same day, and the doubt about it: none at a figure of that day, some between two.

    So a figure of an odd day is not held against fewer years than the regular one before it.
    """
    found = {}
    for year, past in history.years.items():
        if year >= task.year or past.outturn is None or past.outturn.value <= 0:
            continue
        near = _share_at(past, last, task.year)
        places = np.array([task.calendar.place(point.end, year) for point in past.points])
        shares = np.array([point.value for point in past.points]) / past.outturn.value
        known = (near, 0.0) if near is not None else bridged(places, shares, task.calendar.months_gone(last.end), curve)
        if known is not None:
            found[year] = known
    return found


def _sum_paths(task: Task, history: fg.FlowHistory, curve: tuple[np.ndarray, np.ndarray], ends: tuple[dt.date, ...]) -> np.ndarray:
    """Paths of the remaining months from every cumulative figure of the last years, each as the sum it is."""
    years = [flow for year, flow in sorted(history.years.items()) if task.year - LONGEST_HISTORY <= year <= task.year]
    sums = [SpanSum(task.calendar.start(flow.year), point.end, point.value) for flow in years for point in flow.points]
    profile = np.maximum(np.diff(np.interp(np.arange(MONTHS + 1), *curve)), 1e-3)
    return complete_year(sums, task.year, ends, profile=profile, draws=task.draws, seed=task.seed, calendar=task.calendar)


def _profile(task: Task, curve: tuple[np.ndarray, np.ndarray], last: fg.Point, ends: tuple[dt.date, ...]) -> np.ndarray:
    """How the remaining amount usually spreads over the periods that end on `ends`."""
    positions = np.array([task.calendar.place(end, task.year) for end in (last.end, *ends)])
    return np.maximum(np.diff(np.interp(positions, *curve)), 1e-3)
