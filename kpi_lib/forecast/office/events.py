"""Events written down by the office on their way into a projection: each comes or not in every simulated year, on a day of its own.

The day is drawn evenly from those named, whether it comes from its probability. A day that the figures already cover adds nothing: had it
come by then, its sum would be in them. So an event is never counted twice, and fades from the projection as figures pass through its days.
"""

from __future__ import annotations

import datetime as dt
import math
import zlib
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from kpi_lib.definitions.events import DatedEvent, takes_events
from kpi_lib.definitions.measures import factor
from kpi_lib.forecast.projection import Projection
from kpi_lib.words.messages import KpiError, Text, listed
from kpi_lib.words.numbers import Number

BEYOND = 3.0  # times the largest year on record: an event of more is a slip of the unit of measure
EVENT_WORDS = Text("Events written down by the office enter.")


def known_until(projection: Projection) -> dt.date:
    """The last day that the line's figures cover, this year's or, of a state, one before; the eve of the year without any."""
    points = projection.seen or (() if projection.indicator.adds_up else next(reversed(projection.past.values()), ()))
    return points[-1].end if points else projection.calendar.start(projection.year) - dt.timedelta(days=1)


def still_open(event: DatedEvent, projection: Projection) -> float:
    """The part of an event's days that lies after the last figure; 0 where it does not enter: the year's figure is known, or its unit does not convert."""
    if not projection.projected or not math.isfinite(factor(event.measure, projection.measure)):
        return 0.0
    days, left = (event.last - event.first).days + 1, (event.last - known_until(projection)).days
    return min(max(left, 0), days) / days


def with_events(projection: Projection, events: Sequence[DatedEvent], *, seed: int = 0) -> Projection:
    """The projection with the events in it; as it would be without them in `eventless`.

    Parameters
    ----------
    events : those of the line's year written down by the projection's day; those that no longer matter change nothing.

    Raises
    ------
    KpiError : an event larger than any year on record by far.
    """
    open_ones = tuple(event for event in events if still_open(event, projection) > 0)
    if not open_ones or not takes_events(projection.indicator) or not projection.ends:
        return projection
    for event in open_ones:
        _hold(event, projection)
    steps = sum((_steps(event, projection, seed) for event in open_ones), np.zeros_like(projection.paths))
    paths = _added(projection, steps) if projection.indicator.adds_up else _stepped(projection, steps)
    draws = projection.draws + (paths - projection.paths).sum(axis=1) if projection.indicator.adds_up else paths[:, -1].copy()
    unplanned = projection.unplanned + (draws - projection.draws) if projection.unplanned.size else projection.unplanned
    draws.flags.writeable = False
    reason = listed([projection.reason, EVENT_WORDS], " ")
    return replace(projection, draws=draws, paths=paths, unplanned=unplanned, reason=reason, events=open_ones, eventless=projection)


def _steps(event: DatedEvent, projection: Projection, seed: int) -> np.ndarray:
    """What an event adds to the periods still missing, `(draws, horizon)`; the same seed and name give the same days."""
    rng = np.random.default_rng([seed, 17, zlib.crc32(event.id.encode())])
    count, since = len(projection.draws), known_until(projection).toordinal()
    days = rng.integers(event.first.toordinal(), event.last.toordinal() + 1, count)
    comes = (rng.random(count) < event.probability) & (days > since)
    column = np.searchsorted([end.toordinal() for end in projection.ends], days)
    amount = event.amount * factor(event.measure, projection.measure)
    amount = round(amount) if projection.indicator.whole and not projection.measure.percent else amount
    return np.asarray(np.where(comes[:, None] & (column[:, None] == np.arange(len(projection.ends))), amount, 0.0))


def _added(projection: Projection, steps: np.ndarray) -> np.ndarray:
    """Amounts with the sums in their periods. What an event takes away it takes from its own and later periods; below nothing none is left."""
    paths = projection.paths + steps
    if (steps >= 0).all() or (projection.paths < 0).any():
        return paths
    lacking = np.zeros(len(paths))
    for column in paths.T:
        lacking += column
        column[:], lacking = np.maximum(lacking, 0.0), np.minimum(lacking, 0.0)
    return paths


def _stepped(projection: Projection, steps: np.ndarray) -> np.ndarray:
    """States that take a step on the day and stay there, within what is possible."""
    return np.clip(projection.paths + steps.cumsum(axis=1), projection.indicator.lower, projection.indicator.upper)


def _hold(event: DatedEvent, projection: Projection) -> None:
    """Refuse an event that is beyond anything on record."""
    known = [abs(point.value) for points in (projection.seen, *projection.past.values()) for point in points]
    amount, largest = abs(event.amount) * factor(event.measure, projection.measure), max(known, default=math.inf)
    if amount > BEYOND * largest:
        decimals = projection.decimals
        raise KpiError(
            "{where}: {amount} {measure} is more than {times:time|times} the largest figure of {line} on record ({largest}). "
            "Is the unit of measure right? Mend amount or measure.",
            where=f"{projection.unit.id}/events.csv, {event.id}" if event.document else event.id, amount=Number(amount, decimals), measure=projection.measure, times=Number(BEYOND, 0),
            line=projection.indicator.id, largest=Number(largest, decimals),
        )  # fmt: skip
