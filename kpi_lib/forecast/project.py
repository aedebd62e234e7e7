"""The projection of a year: everything known on a date in, the distribution of the year-end value out.

Every model gives paths of what is missing; a year's total, a growth rate, a share of the plan and a year-end level are functions of
them. Amounts are projected in their natural unit (đồng, enterprises, persons); `Projection.rate` turns them into the indicator's.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import pandas as pd

from kpi_lib.definitions.events import DatedEvent
from kpi_lib.definitions.indicators import Indicator, Unit, day, read_unit
from kpi_lib.definitions.kinds import KINDS
from kpi_lib.figures.histories import Figure, known_ahead, known_on, line
from kpi_lib.forecast import models
from kpi_lib.forecast.amounts import Pending, completed, project_flow
from kpi_lib.forecast.growth import project_published_growth
from kpi_lib.forecast.office.events import with_events
from kpi_lib.forecast.own_record import with_own_record
from kpi_lib.forecast.projection import Base, Projection, Task
from kpi_lib.forecast.rates import project_assessment, project_level, project_zero
from kpi_lib.words.messages import KpiError, listed
from kpi_lib.words.near import near

__all__ = ["DRAWS", "Base", "Projection", "Request", "project", "project_many"]

DRAWS = 4000


def project(
    obs: pd.DataFrame | tuple[Figure, ...],
    ind: Indicator,
    year: int,
    *,
    as_of: dt.date | str,
    model: str | None = None,
    draws: int = DRAWS,
    seed: int = 0,
    unit: Unit | None = None,
    errors: pd.DataFrame | None = None,
    events: Sequence[DatedEvent] = (),
) -> Projection:
    """Project the year-end value of an indicator from what was published by `as_of`.

    Parameters
    ----------
    obs : observations of one unit (`frames.OBSERVATIONS`); later vintages and other indicators may be in it and change nothing.
    model : name in `models.MODELS` to use instead of the one chosen for this history.
    seed : the same seed gives the same draws.
    errors : replays of the line (columns `own_record.NEEDED` of `frames.ERRORS`) with outturns known on `as_of`, made without errors
        themselves; a record that contradicts the line's band widens it. Nothing is looked up: without them it stays as the model makes it.
    events : those of the line's year written down by `as_of` (`definitions.events.events_of`), which enter the draws of the chosen model.

    Returns
    -------
    Projection; `known` is False where nothing can be projected, and `reason` says why.

    Raises
    ------
    KpiError : the frame does not say whose figures it holds; unknown model, or one that cannot complete this line's history,
        or an event beyond anything on record.
    """
    request = Request(obs, ind, year, unit, errors=errors, events=tuple(events))
    return next(project_many([request], as_of=as_of, model=model, draws=draws, seed=seed))


@dataclass(frozen=True, slots=True)
class Request:
    """One projection asked for: observations of a unit, an indicator, a year; the unit is read from its folder unless given.

    Whoever asks for one line at many dates hands over its figures as `figures.line` makes them once, with the unit.

    `plans_as_of` asks for the yearly plans as known on an earlier day than the figures, to tell what a new plan alone changes. `errors` and
    `events` as in `project`.
    """

    obs: pd.DataFrame | tuple[Figure, ...]
    indicator: Indicator
    year: int
    unit: Unit | None = None
    plans_as_of: dt.date | None = None
    errors: pd.DataFrame | None = None
    events: tuple[DatedEvent, ...] = ()


def project_many(
    requests: Iterable[Request],
    *,
    as_of: dt.date | str,
    model: str | None = None,
    draws: int = DRAWS,
    seed: int = 0,
    chunk: int = 500,
) -> Iterator[Projection]:
    """Project thousands of indicators, the same numbers as `project` gives one by one, and faster.

    Projections come in the order of the requests, `chunk` of them worked on at a time, so that memory does not grow with their number;
    take from each what is needed and let it go.

    Raises
    ------
    KpiError : as `project`.
    """
    if model is not None and model not in models.MODELS:
        raise KpiError(
            "There is no model {model}{hint}. The models are: {models}.",
            model=repr(model),
            hint=near(model, models.MODELS),
            models=listed(models.MODELS),
        )
    moment = day(as_of)
    waiting = iter(requests)
    while part := list(islice(waiting, chunk)):
        found = [_begun(request, moment, model, draws, seed) for request in part]
        done = iter(completed([item for item in found if isinstance(item, Pending)]))
        for request, item in zip(part, found, strict=True):
            projection = next(done) if isinstance(item, Pending) else item
            yield projection if model else with_events(with_own_record(projection, request.errors), request.events, seed=seed)


def complete(figures: tuple[Figure, ...], ind: Indicator, year: int, *, as_of: dt.date, unit: Unit) -> Projection | None:
    """The year as it ended by what was known on a day, as `project` gives it; None where it would have to be projected."""
    found = _begun(Request(figures, ind, year, unit), as_of, None, 1, 0)
    return found if isinstance(found, Projection) and found.complete else None


def _begun(request: Request, as_of: dt.date, model: str | None, draws: int, seed: int) -> Projection | Pending:
    """The projection, or what is needed to complete it together with others."""
    unit = request.unit or read_unit(_unit_of(request.obs))
    figures = request.obs if isinstance(request.obs, tuple) else line(request.obs, request.indicator.id)
    known = known_on(figures, unit, as_of)
    ahead = () if model else known_ahead(figures, unit, as_of, unit.calendar_of(request.indicator).end(request.year))
    return _BY_KIND[request.indicator.kind.id](
        Task(known, request.indicator, unit, request.year, as_of, model, draws, seed, request.plans_as_of, ahead)
    )


def _unit_of(obs: pd.DataFrame | tuple[Figure, ...]) -> str:
    if isinstance(obs, tuple):
        raise KpiError("Figures of one line alone need their unit beside them (unit=...).")
    found = obs["unit"].unique() if len(obs) else [obs.attrs.get("unit")]
    if len(found) != 1 or not found[0]:
        raise KpiError("A table of figures must be of one unit. Read it with read_observations('<unit>').")
    return str(found[0])


_FUNCTIONS: dict[str, Callable[[Task], Projection | Pending]] = {
    "flow": project_flow,
    "flow_growth": project_flow,
    "plan_share": project_flow,
    "published_growth": project_published_growth,
    "level": project_level,
    "counted_up": project_level,
    "population_share": project_level,
    "zero": project_zero,
    "assessment": project_assessment,
}
_BY_KIND = {kind: _FUNCTIONS[kind] for kind in KINDS}  # a kind without a projection stops the import, by its name
