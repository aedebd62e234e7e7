"""How right the projections were: replay past dates and score them; published outlooks are settled in `settlement`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import pandas as pd

from kpi_lib.definitions.columns import check
from kpi_lib.definitions.events import events_of
from kpi_lib.definitions.frames import ERRORS
from kpi_lib.definitions.indicators import Indicator, Unit
from kpi_lib.definitions.targets import Target, target_for
from kpi_lib.figures.histories import Figure, line
from kpi_lib.forecast.models import RULES, CannotServeError
from kpi_lib.forecast.project import complete, project
from kpi_lib.forecast.projection import Projection
from kpi_lib.outlook.verdict import assess, outcome, threshold_of
from kpi_lib.periods import QUARTER, same_day

LATER = dt.date.max  # everything ever published: the outturn as it is known now
BENCHMARKS = RULES


def crps(draws: np.ndarray, outcome: float) -> float:
    """Continuous ranked probability score of an equally weighted sample: E|X - y| - E|X - X'| / 2, in the outcome's unit.

    Source: Gneiting and Raftery (2007), section 4.2. The score of a point forecast is its absolute error.

    >>> crps(np.array([1.0, 1.0]), 3.0)
    2.0
    """
    ordered = np.sort(np.asarray(draws, dtype=float))
    n = ordered.size
    half_spread = 2.0 * np.sum((np.arange(1, n + 1) - 0.5) / n * ordered) / n - ordered.mean()
    return float(np.abs(ordered - outcome).mean() - half_spread)


def brier(probability: np.ndarray, met: np.ndarray) -> float:
    """Mean squared difference of stated probability and what happened (0 or 1). Always saying one half scores 0.25.

    >>> round(brier(np.array([0.271]), np.array([0.0])), 6)
    0.073441
    """
    return float(np.mean((np.asarray(probability, dtype=float) - np.asarray(met, dtype=float)) ** 2))


def interval_score(low: float, high: float, outcome: float, level: float) -> float:
    """Width of the central interval plus a penalty for missing the outcome. Source: Gneiting and Raftery (2007), section 6.2.

    >>> interval_score(0.0, 0.4, 0.9, 0.5)
    2.4
    """
    alpha = 1 - level
    return (high - low) + (2 / alpha) * max(low - outcome, 0.0) + (2 / alpha) * max(outcome - high, 0.0)


def backtest(
    obs: pd.DataFrame,
    ind: Indicator,
    *,
    unit: Unit,
    years: Iterable[int],
    as_of: dt.date = LATER,
    models: Sequence[str | None] = (None, *BENCHMARKS),
    seed: int = 0,
) -> pd.DataFrame:
    """Project past years at their quarterly dates, from what had been published by then, and compare with the outturn.

    Parameters
    ----------
    as_of : outturns published later are not used; see `outturn_of`.
    models : None is the model that `project` chooses.

    Returns
    -------
    frame with the columns of `frames.ERRORS`; years without an outturn, dates without a figure, and histories that a model cannot serve give no row.
    """
    rows = []
    figures = line(obs, ind.id)
    for year in years:
        final = outturn_of(figures, ind, year, unit=unit, as_of=as_of)
        if final is None:
            continue
        for moment in unit.calendar_of(ind).reviews(year):
            target, events = target_for(unit.id, ind, year, as_of=moment), events_of(unit, ind, year, as_of=moment)
            for model in models:
                try:
                    projection = project(figures, ind, year, as_of=moment, model=model, unit=unit, seed=seed, events=events)
                except CannotServeError:
                    continue
                if projection.known and not projection.complete and projection.measure == final.measure:
                    rows.append(_error(projection, final.achieved, target, model))
    return check(pd.DataFrame(rows, columns=ERRORS.names), ERRORS)


def outturn_of(figures: tuple[Figure, ...], ind: Indicator, year: int, *, unit: Unit, as_of: dt.date) -> Projection | None:
    """The year's end as known a year after it, or on `as_of` if that is earlier; what an office published first even later, then.

    A re-evaluation of years long past (GDP 2011-2021 in 2022) changes no score of a forecast that was made before it. None where no office
    has published the year's figure: nothing is scored against a number worked out here.
    """
    settled = same_day(unit.calendar_of(ind).end(year), 1)
    for day in sorted({min(settled, as_of), as_of}):
        final = complete(figures, ind, year, as_of=day, unit=unit)
        if final and not (final.seen[-1].derived and not final.seen[-1].derived.exact):
            return final
    return None


def _error(projection: Projection, outturn: float, target: Target | None, model: str | None) -> dict[str, object]:
    low50, high50 = projection.interval(0.50)
    low80, high80 = projection.interval(0.80)
    low95, high95 = projection.interval(0.95)
    goal = threshold_of(projection, target)
    return {
        "unit": projection.unit.id,
        "indicator": projection.indicator.id,
        "year": projection.year,
        "as_of": projection.as_of,
        "periods_seen": projection.calendar.months_gone(projection.seen[-1].end) if projection.seen else 0.0,
        "model": model or "chosen",
        "projected": projection.quantile(0.5),
        "low50": low50,
        "high50": high50,
        "low80": low80,
        "high80": high80,
        "low95": low95,
        "high95": high95,
        "crps": crps(projection.draws, outturn),
        "outturn": outturn,
        "error": projection.quantile(0.5) - outturn,
        "scale": (abs(outturn) or 1.0) if projection.indicator.adds_up else 100.0,
        "probability": _stated(projection, target, goal, model),
        "met": outcome(projection, target, outturn),
    }


def _stated(projection: Projection, target: Target | None, goal: float, model: str | None) -> float | None:
    """The chance that the page of that day gave, of a rule of thumb the share of its draws; None where none was given."""
    if target is None or not np.isfinite(goal):
        return None
    given = assess(projection, target).probability if model is None else projection.prob(target.comparator, goal)
    return given if np.isfinite(given) else None


def accuracy(errors: pd.DataFrame, *, by: Sequence[str] = ("model",)) -> pd.DataFrame:
    """Scores of a set of errors, by groups.

    Returns
    -------
    frame with `by` and: n, bias, mae and crps (amounts: % of the outturn; rates and levels: their own unit), in50, in80 and in95 (share of outturns inside the intervals),
    judged (targets judged), brier, skill (1 - crps / crps of the straight line on the same dates, NaN where it has none).
    """
    dates = list(zip(*(errors[name] for name in ("unit", "indicator", "year", "as_of")), strict=True))
    line = {date: crps for date, crps, model in zip(dates, errors["crps"], errors["model"], strict=True) if model == "straight_line"}
    cells = {name: errors[name].to_numpy(dtype=float) for name in _SCORED} | {"line": np.array([line.get(date, np.nan) for date in dates])}
    groups = errors.groupby(list(by), sort=True).indices if len(errors) else {}
    rows = [
        (*(key if isinstance(key, tuple) else (key,)), *_scores({name: values[at] for name, values in cells.items()}))
        for key, at in sorted(groups.items())
    ]
    return pd.DataFrame(rows, columns=[*by, "n", "bias", "mae", "crps", "in50", "in80", "in95", "judged", "brier", "skill"])


_SCORED = (
    "error",
    "scale",
    "crps",
    "outturn",
    "probability",
    "met",
    *(f"{end}{level}" for level in (50, 80, 95) for end in ("low", "high")),
)


def _scores(own: Mapping[str, np.ndarray]) -> tuple[float, ...]:
    """The scores of some errors, in the order of `accuracy`."""
    parts = (own["error"], np.abs(own["error"]), own["crps"])
    inside = [(own["outturn"] >= own[f"low{level}"]) & (own["outturn"] <= own[f"high{level}"]) for level in (50, 80, 95)]
    judged = np.isfinite(own["probability"]) & np.isfinite(own["met"])
    score = brier(own["probability"][judged], own["met"][judged]) if judged.any() else np.nan
    matched = np.isfinite(own["line"])
    line = own["line"][matched].sum()
    skill = 1 - own["crps"][matched].sum() / line if line > 0 else np.nan
    shares = (100 * (part / own["scale"]).mean() for part in parts)
    return len(judged), *shares, *(held.mean() for held in inside), int(judged.sum()), score, skill


def calibration(errors: pd.DataFrame, unit: Unit) -> pd.DataFrame:
    """Accuracy of the chosen model by quarters seen: whether intervals and chances hold at each review of the year."""
    ours = errors[errors["model"] == "chosen"]
    calendars = {key: unit.calendar_of(ind) for key, ind in unit.indicators.items()}
    quarter = [calendars[key].month_of(day)[1] // QUARTER for key, day in zip(ours["indicator"], ours["as_of"], strict=True)]
    return accuracy(ours.assign(quarters_seen=quarter), by=("quarters_seen",))
