"""Figures of the past handed in today: on which day they are taken to have become known, by a rule that is stated and marked as assumed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace

import pandas as pd

from kpi_lib.definitions.indicators import Unit
from kpi_lib.definitions.references import DAYS_AFTER
from kpi_lib.deliveries.delivery import DeliveredFigure
from kpi_lib.periods import span

ENOUGH = 3  # spans of a line with a day of their own before its usual delay counts
Delays = Mapping[tuple[str, str, bool], int]


def usual_delays(obs: pd.DataFrame) -> Delays:
    """Days from the end of a span to the day its first figure became known: the median by line, basis and whether it is an estimate.

    Only days on record count; a line with fewer than three such spans has none.
    """
    own = obs[~obs["published_assumed"].astype(bool)]
    keys = ["indicator", "basis", "estimate"]
    days = own.assign(estimate=own["status"] == "estimate", days=(own["published"] - own["end"]).dt.days)
    first = days.groupby([*keys, "series", "end"])["days"].min().groupby(keys).agg(["median", "count"])
    return {key: round(median) for key, median, count in first.itertuples() if count >= ENOUGH}


def dated(figure: DeliveredFigure, delays: Delays, unit: Unit, received: dt.date) -> DeliveredFigure:
    """A figure of the past with the day on which it is taken to have become known; one that has a day of its own is left alone.

    The end of its span and its line's usual delay, six days where that is not known (the rule of the shipped units); never after the day it
    was received.
    """
    if figure.published is not None:
        return figure
    end = span(figure.basis, figure.period, unit.calendar_of(unit.indicators[figure.indicator]))[1]
    delay = delays.get((figure.indicator, figure.basis, figure.status == "estimate"), DAYS_AFTER)
    return replace(figure, published=min(end + dt.timedelta(days=delay), received), published_assumed=True)
