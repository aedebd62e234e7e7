"""Beside an official forecaster: what offices revised their own estimate of a year to, our projection from the same months, and the outturn.

An estimate is a version `revision` of a target (`definitions.targets.revisions`). Ours is reckoned for the first day on which the figures of
all periods that had ended when the office spoke were known, and without anything published later; where they were known before, for that day.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pandas as pd

from kpi_lib.definitions.events import events_of
from kpi_lib.definitions.indicators import Indicator, Unit, day
from kpi_lib.definitions.targets import Target, revisions
from kpi_lib.figures.histories import Figure, line
from kpi_lib.forecast.project import Request, project_many
from kpi_lib.forecast.projection import Projection
from kpi_lib.outlook.verdict import threshold_of
from kpi_lib.record.replays import figures_digest, kept
from kpi_lib.record.scores import outturn_of

COLUMNS = ("indicator", "year", "revised_on", "months", "projected", "revised", "outturn", "error", "revised_error", "scale")


def beside_official(obs: pd.DataFrame, unit: Unit, *, as_of: dt.date | str) -> pd.DataFrame:
    """Every official estimate of a year that has ended, our middle value after the same months, and what came.

    Returns
    -------
    frame: indicator, year, revised_on (day of the office's estimate), months (months of the year that ours knew), projected, revised,
    outturn, error and revised_error (each less the outturn), scale (what errors are a share of: of amounts the outturn, else 100); in the
    natural unit, by line and year. No row where the line could not be projected then, or the year's end is not known on `as_of`.
    """
    moment = day(as_of)
    if not (told := revisions(unit, as_of=moment)):
        return pd.DataFrame(columns=COLUMNS)
    own = obs[obs["indicator"].isin({target.indicator for target in told})]
    return kept(unit.id, f"official-{moment}", figures_digest(own), lambda: _reckoned(own, unit, told, moment))


def _reckoned(obs: pd.DataFrame, unit: Unit, told: list[Target], as_of: dt.date) -> pd.DataFrame:
    figures = {key: line(obs, key) for key in unit.indicators}
    asked: dict[dt.date, list[tuple[Target, Projection]]] = {}
    for target in told:
        ind = unit.indicators[target.indicator]
        if final := outturn_of(figures[ind.id], ind, target.year, unit=unit, as_of=as_of):
            asked.setdefault(_same_months(figures[ind.id], ind, target, unit), []).append((target, final))
    rows = [row for moment, cases in asked.items() for row in _of_a_day(cases, moment, unit, figures)]
    order = {key: place for place, key in enumerate(unit.indicators)}
    rows.sort(key=lambda row: (order[row["indicator"]], row["year"], row["revised_on"]))
    return pd.DataFrame(rows, columns=COLUMNS)


def _same_months(figures: tuple[Figure, ...], ind: Indicator, target: Target, unit: Unit) -> dt.date:
    """The first day, not before the office's own, on which the figures of the last period that had ended by then were known."""
    calendar = unit.calendar_of(ind)
    ended = [figure for figure in figures if figure.end <= target.known and calendar.year_of(figure.end) == target.year]
    last = max((figure.end for figure in ended), default=target.known)
    return max(target.known, min((figure.published for figure in ended if figure.end == last), default=target.known))


def _of_a_day(
    cases: list[tuple[Target, Projection]], moment: dt.date, unit: Unit, figures: dict[str, tuple[Figure, ...]]
) -> Iterator[dict[str, Any]]:
    requests = [_asked(figures[target.indicator], unit.indicators[target.indicator], target.year, unit, moment) for target, _ in cases]
    for (target, final), ours in zip(cases, project_many(requests, as_of=moment), strict=True):
        revised = threshold_of(ours, target)
        if ours.known and not ours.complete and ours.measure == final.measure and revised == revised:
            middle, outturn = ours.quantile(0.5), final.achieved
            yield {
                "indicator": target.indicator,
                "year": target.year,
                "revised_on": pd.Timestamp(target.known),
                "months": ours.calendar.months_gone(ours.seen[-1].end) if ours.seen else 0.0,
                "projected": middle,
                "revised": revised,
                "outturn": outturn,
                "error": middle - outturn,
                "revised_error": revised - outturn,
                "scale": (abs(outturn) or 1.0) if ours.indicator.adds_up else 100.0,
            }


def _asked(figures: tuple[Figure, ...], ind: Indicator, year: int, unit: Unit, moment: dt.date) -> Request:
    return Request(figures, ind, year, unit, events=tuple(events_of(unit, ind, year, as_of=moment)))


def nearer(frame: pd.DataFrame, *, office: bool = False) -> int:
    """In how many rows our middle value lay nearer to the outturn than the office's estimate; with `office` the other way round.

    >>> rows = pd.DataFrame({"error": [1.0, -3.0, 2.0], "revised_error": [-2.0, 1.0, -2.0]})
    >>> nearer(rows), nearer(rows, office=True)
    (1, 1)
    """
    ours, theirs = frame["error"].abs(), frame["revised_error"].abs()
    return int((theirs < ours).sum() if office else (ours < theirs).sum())
