"""A line judged anew under an officer's own supposition: a past year left out, another model, another target, events that come. Never published."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

import pandas as pd

from kpi_lib.definitions.events import DatedEvent, events_of
from kpi_lib.forecast.office.events import with_events
from kpi_lib.forecast.project import project
from kpi_lib.forecast.projection import Projection
from kpi_lib.outlook.verdict import Outlook, assess


def tried(
    obs: pd.DataFrame,
    outlook: Outlook,
    *,
    without: Collection[int] = (),
    model: str | None = None,
    threshold: float | None = None,
    events: Sequence[DatedEvent] = (),
    errors: pd.DataFrame | None = None,
) -> Outlook:
    """The outlook of the same line, year and day with these years' figures left out, by this model, against this target, with these events more.

    Parameters
    ----------
    errors : replays of the line, which widen its band as in its outlook; of no use with another model.

    Raises
    ------
    KpiError : the model is none, or cannot complete what is left of the line's history; an event larger than any year on record by far.
    """
    made = _anew(obs, outlook, without, model, errors) if without or model else outlook.projection
    target = (
        outlook.target
        if threshold is None or outlook.target is None
        else replace(outlook.target, threshold=threshold, low=threshold, high=threshold)
    )
    return assess(with_events(made, events), target)


def _anew(obs: pd.DataFrame, outlook: Outlook, without: Collection[int], model: str | None, errors: pd.DataFrame | None) -> Projection:
    old = outlook.projection
    years = pd.to_datetime(obs["end"]).dt.date.map(old.calendar.year_of)
    known = events_of(old.unit, old.indicator, old.year, as_of=old.as_of)
    left = obs[~years.isin(set(without))]
    return project(left, old.indicator, old.year, as_of=old.as_of, model=model, unit=old.unit, errors=errors, events=known)
