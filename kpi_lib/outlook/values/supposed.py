"""The numbers of the scenarios kept for a line: what each supposes, and how the year would end."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from kpi_lib.forecast.models import RULES
from kpi_lib.outlook.supposed import Supposed, supposed
from kpi_lib.outlook.verdict import STATUSES, Outlook
from kpi_lib.words.values import Share, Values


def of_supposed(given: Supposed) -> Values:
    """What one scenario supposes of a line, and the outlook under it."""
    found: dict[str, float] = {name: getattr(given.assumption, name) for name in ("rest", "growth_of_rest", "shift", "target")}
    for number, each in enumerate(given.assumption.sums, start=1):
        found |= {f"sum_{number}": each.amount, f"sum_{number}_chance": Share(each.probability)}
    if given.outlook is not None:
        found["median"] = given.outlook.projection.middle
    if given.outlook is not None and given.assumption.model not in RULES:  # a rule of thumb says one number, without a spread
        low, high = given.outlook.projection.interval(0.8)
        found |= {"low80": low, "high80": high}
        found |= {"probability": Share(given.outlook.probability), "status": STATUSES[given.outlook.status].rank}
    return Values(f"supposed.{given.assumption.indicator}.{given.scenario.name}", found)


def of_scenarios(outlook: Outlook, obs: pd.DataFrame) -> Iterator[Values]:
    """Every number of the scenarios on the page of a line."""
    yield from map(of_supposed, supposed(outlook, obs))
