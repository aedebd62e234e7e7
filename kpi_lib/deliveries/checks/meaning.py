"""What figures must not say: every check of meaning on one delivery.

A wrong figure must not enter silently, a clean one must not be kept out. Limits are the series' own past wherever there is one. A check is
one function of a subject (`amounts`, `claims`, `order`, `sense`, `timing`, `used`, `values`) that enters itself in the list, and rows of `checks.csv` with the words
and severity of what it may tell.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

import pandas as pd

from kpi_lib.definitions.indicators import Unit
from kpi_lib.deliveries.checks import amounts, claims, order, sense, timing, used, values  # noqa: F401  each enters its checks
from kpi_lib.deliveries.checks.case import CHECKS, Case, territory
from kpi_lib.deliveries.checks.past import Past, past_of
from kpi_lib.deliveries.delivery import Claim, DeliveredFigure, Fault, Reading, checks


def held_against(
    reading: Reading,
    known: pd.DataFrame | Past,
    unit: Unit,
    *,
    plans: pd.DataFrame,
    received: dt.date,
    deadline: dt.date | None = None,
    prepared: Mapping[str, dt.date] | None = None,
    sized: frozenset[tuple[str, str]] | None = None,
) -> list[Fault]:
    """Every fault of meaning of a delivery.

    Parameters
    ----------
    known : observations of the unit before this delivery, all vintages, or its `Past`; `plans`: all versions of its plans.
    received : day of the delivery; `deadline`: when it was due.
    prepared : on which day earlier files were made, by where they are kept; `sized`: as `Case`.
    """
    past = known if isinstance(known, Past) else past_of(known, unit)
    spoken: list[DeliveredFigure | Claim] = [*reading.figures, *reading.claims]
    places = ((item.indicator, item.series, item.measure, area) for item in spoken for area in ("", territory(item)))
    asked = {key: past.known(*key) for key in dict.fromkeys(places)}
    limits = {key: past.limits(key) for key in dict.fromkeys(item.indicator for item in reading.figures)}
    case = Case(
        reading, unit, past, plans, received, deadline, {key: found for key, found in asked.items() if found}, limits, prepared or {}, sized
    )
    return _without_echoes([item for check in CHECKS for item in check(case)])


def _without_echoes(told: list[Fault]) -> list[Fault]:
    """One cause, one fault: where a cell is refused for its unit or its column, weaker remarks on the same cell are left out."""
    table = checks()
    causes = {(f.sheet, cell) for f in told if table[f.check].echo == "cause" for cell in (f.cell, *f.holds)}
    return [f for f in told if table[f.check].echo != "echo" or not {(f.sheet, cell) for cell in (f.cell, *f.holds)} & causes]
