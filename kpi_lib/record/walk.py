"""How the answer walked: the chance of a line's target in every report published of the year, up to the one being made."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass

import pandas as pd

from kpi_lib.outlook.verdict import STATUSES, Outlook
from kpi_lib.words.values import Share, Values


@dataclass(frozen=True, slots=True)
class Answered:
    """What one report said of a line: its day, the chance (NaN: none was told) and the word."""

    day: dt.date
    chance: float
    status: str


def walk(item: Outlook, rounds: pd.DataFrame) -> tuple[Answered, ...]:
    """What earlier reports of the year said of a line, each in its last version, and what this one says; in order.

    Parameters
    ----------
    rounds : the unit's ledger (`frames.LEDGER`); rounds of this day and later ones change nothing.
    """
    projection = item.projection
    own = rounds[(rounds["indicator"] == item.indicator.id) & (rounds["target_year"] == projection.year)]
    own = own[own["round_id"] < pd.Timestamp(projection.as_of)]
    found = []
    for day, rows in own.groupby("round_id"):
        last = rows[rows["version"] == rows["version"].max()]
        cells = {(kind, name): value for kind, name, value in zip(last["output_type"], last["output_type_id"], last["value"], strict=True)}
        found.append(Answered(day.date(), float(cells.get(("probability", "met")) or "nan"), cells.get(("status", "word"), "")))
    return (*found, Answered(projection.as_of, item.probability, item.status))


def of_walk(item: Outlook, rounds: pd.DataFrame) -> Values:
    """By day of report: the chance (`walk@`) and the rank of the word (`walk_status@`)."""
    said = walk(item, rounds)
    found = {f"walk@{one.day}": Share(one.chance) for one in said if math.isfinite(one.chance)}
    return Values(
        item.indicator.id, found | {f"walk_status@{one.day}": STATUSES[one.status].rank for one in said if one.status in STATUSES}
    )
