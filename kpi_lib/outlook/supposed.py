"""What a kept scenario makes of a line: the published projection moved by its suppositions, judged like any other."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from kpi_lib.definitions.owners.assumptions import Assumption, KeptScenario, published_of
from kpi_lib.forecast.office.events import with_events
from kpi_lib.forecast.project import project
from kpi_lib.forecast.projection import Projection
from kpi_lib.outlook.scenarios import last_left
from kpi_lib.outlook.verdict import Outlook, assess
from kpi_lib.words.messages import KpiError, Words


@dataclass(frozen=True, slots=True)
class Supposed:
    """A scenario, what it supposes of a line, and the outlook under it; `reason` instead where it cannot be reckoned."""

    scenario: KeptScenario
    assumption: Assumption
    outlook: Outlook | None
    reason: Words | None = None


def supposed(outlook: Outlook, obs: pd.DataFrame) -> Iterator[Supposed]:
    """Every published scenario of a line, reckoned on the figures of its report."""
    projection = outlook.projection
    for kept in published_of(projection.unit, projection.indicator, projection.year, as_of=projection.as_of):
        assumption = kept.of(projection.indicator)
        assert assumption is not None
        try:
            found = under(outlook, obs, assumption, kept)
        except KpiError as error:
            yield Supposed(kept, assumption, None, error.words)
        else:
            yield Supposed(kept, assumption, found) if found.judged else Supposed(kept, assumption, None, found.reason)


def under(outlook: Outlook, obs: pd.DataFrame, given: Assumption, kept: KeptScenario) -> Outlook:
    """The outlook of a line under a supposition: another model, then the rest of the year moved, then extra sums, then another goal.

    Raises
    ------
    KpiError : nothing is projected, the model cannot serve this line's figures, or last year's same months are not known.
    """
    projection, target = outlook.projection, outlook.target
    if given.model:
        projection = project(obs, projection.indicator, projection.year, as_of=projection.as_of, model=given.model, unit=projection.unit)
    if not projection.projected or target is None:
        raise KpiError("Nothing is projected for this line on the day of the report.")
    moved = with_events(_moved(projection, given), given.events(kept.author, kept.date))
    goal = target if math.isnan(given.target) else replace(target, threshold=given.target, low=math.nan, high=math.nan)
    return assess(moved, goal)


def _moved(projection: Projection, given: Assumption) -> Projection:
    """The rest of the year brought more or less, or the year-end value moved."""
    if not projection.indicator.adds_up:
        return projection if math.isnan(given.shift) else _shifted(projection, given.shift)
    factor = _factor(projection, given)
    if factor == 1:
        return projection
    achieved = projection.achieved if projection.seen else 0.0
    return replace(
        projection, draws=achieved + factor * (projection.draws - achieved), paths=factor * projection.paths, unplanned=np.empty(0)
    )


def _shifted(projection: Projection, shift: float) -> Projection:
    low, high = projection.indicator.lower, projection.indicator.upper
    draws, paths = (np.clip(values + shift, low, high) for values in (projection.draws, projection.paths))
    return replace(projection, draws=draws, paths=paths)


def _factor(projection: Projection, given: Assumption) -> float:
    if not math.isnan(given.rest):
        return given.rest / 100
    if math.isnan(given.growth_of_rest):
        return 1.0
    left = projection.quantile(0.5) - (projection.achieved if projection.seen else 0.0)
    last = last_left(projection)
    if not (last > 0 and left > 0):
        raise KpiError("What last year brought over the months left is not known, so growth on it says nothing. Use rest instead.")
    return (1 + given.growth_of_rest / 100) * last / left
