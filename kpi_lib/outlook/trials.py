"""A line judged anew under an officer's own supposition: a past year left out, another model, another target. Never published."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

import pandas as pd

from kpi_lib.definitions.events import events_of
from kpi_lib.forecast.project import project
from kpi_lib.outlook.verdict import Outlook, assess


def tried(
    obs: pd.DataFrame,
    outlook: Outlook,
    *,
    without: Collection[int] = (),
    model: str | None = None,
    threshold: float | None = None,
    errors: pd.DataFrame | None = None,
) -> Outlook:
    """The outlook of the same line, year and day with these years' figures left out, by this model, against this target.

    Parameters
    ----------
    errors : replays of the line, which widen its band as in its outlook; of no use with another model.

    Raises
    ------
    KpiError : the model is none, or cannot complete what is left of the line's history.
    """
    old, calendar = outlook.projection, outlook.projection.calendar
    years = pd.to_datetime(obs["end"]).dt.date.map(calendar.year_of)
    events = events_of(old.unit, old.indicator, old.year, as_of=old.as_of)
    made = project(
        obs[~years.isin(set(without))], old.indicator, old.year, as_of=old.as_of, model=model, unit=old.unit, errors=errors, events=events
    )
    target = (
        outlook.target
        if threshold is None or outlook.target is None
        else replace(outlook.target, threshold=threshold, low=threshold, high=threshold)
    )
    return assess(made, target)
