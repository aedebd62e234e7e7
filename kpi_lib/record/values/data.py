"""The numbers of the data page: figures and targets as delivered, what arrived and what is owed, revisions, what estimates become."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from kpi_lib.definitions.dues import overdue
from kpi_lib.definitions.indicators import Indicator, Unit
from kpi_lib.definitions.targets import Target, in_force, listed
from kpi_lib.deliveries import store
from kpi_lib.deliveries.answers import still_waiting
from kpi_lib.figures import boundaries, estimates
from kpi_lib.figures import histories as fg
from kpi_lib.figures import observations as ob
from kpi_lib.figures.histories import Figure
from kpi_lib.periods import EVERY, QUARTER
from kpi_lib.words.values import Values

LARGEST = 15  # revisions shown, the largest first
PERIODS = 36  # the latest periods whose estimates are held against what they became


# ---- figures and targets as delivered ----------------------------------------------------------------------------------------------


def place_of(row: Any) -> str:
    """Where a figure stands: file, sheet where there are sheets, and cell."""
    sheet = f"{row.sheet}!" if row.sheet else ""
    return f"{row.file.removeprefix('deliveries/')}:{sheet}{row.cell}"


def of_figure(row: Any) -> Values:
    """One figure by the cell it stands in."""
    return Values("figure", {place_of(row): row.value})


def of_figures(obs: pd.DataFrame) -> Values:
    """Every figure by the cell it stands in."""
    return Values("figure", {place_of(row): row.value for row in obs.itertuples()})


def of_target(target: Target) -> Values:
    """One version of a target, as the register lists it."""
    label = f"target_{target.version}_{target.known}"
    return Values(target.indicator, {f"{label}{'_low' * n}": value for n, value in enumerate(reversed(target.thresholds))})


def of_file(file: str, rows: pd.DataFrame) -> Values:
    """How the figures of one delivered file are known."""
    counts = {
        "rows": len(rows),
        "estimates": (rows["status"] == "estimate").sum(),
        "second_grade": (rows["grade"] > 1).sum(),
        "assumed_dates": rows["published_assumed"].sum(),
        "not_exact": (rows["precision"] != "exact").sum(),
    }
    return Values(f"file.{file}", {label: int(count) for label, count in counts.items()})


# ---- what arrived, what is owed ----------------------------------------------------------------------------------------------------


def rows_of_year(obs: pd.DataFrame, unit: Unit, ind: Indicator, year: int, moment: dt.date) -> pd.DataFrame:
    """The figures of a line for periods of the year that ended by `moment`, in the order of their ends."""
    own = boundaries.usable(obs[(obs["indicator"] == ind.id) & (obs["published"] <= pd.Timestamp(moment))], unit)
    first, last = pd.Timestamp(unit.calendar_of(ind).start(year)), min(pd.Timestamp(unit.calendar_of(ind).end(year)), pd.Timestamp(moment))
    this = own[(own["series"] == "total") & (own["end"] >= first) & (own["end"] <= last)]
    return this.sort_values(["end", "published"])


def of_year_rows(ind: Indicator, rows: pd.DataFrame, moment: dt.date) -> Values:
    """How many figures of the year arrived, how many are estimates, how old in days the latest is; nothing where none did."""
    if not len(rows):
        return Values(ind.id)
    age = (moment - rows.iloc[-1]["end"].date()).days
    return Values(ind.id, {"figures": len(rows), "estimates": int((rows["status"] == "estimate").sum()), "age": age})


@dataclass(frozen=True, slots=True)
class Owed:
    """The first period of a line that is due and has no figure: its end, the day it was due, the end of the latest figure."""

    indicator: Indicator
    end: dt.date
    due: dt.date
    last: dt.date | None


def latest(obs: pd.DataFrame, unit: Unit, ind: Indicator) -> dt.date | None:
    """The last day of the latest period of a line that has a figure."""
    own = boundaries.usable(obs[(obs["indicator"] == ind.id) & (obs["series"] == "total")], unit)
    return own["end"].max().date() if len(own) else None


def followed(obs: pd.DataFrame, unit: Unit, ind: Indicator, year: int, moment: dt.date) -> bool:
    """Whether anybody is asked for figures of a line: it has a target in force for the year, or had a figure before."""
    return latest(obs, unit, ind) is not None or in_force(unit.id, ind, year, as_of=moment)[0] is not None


def owed(obs: pd.DataFrame, unit: Unit, ind: Indicator, moment: dt.date) -> Owed | None:
    """The first period owed of a line that is followed: the one after the latest figure, if the day set for it is gone."""
    if not followed(obs, unit, ind, unit.calendar_of(ind).year_of(moment), moment):
        return None
    last = latest(obs, unit, ind)
    missing = overdue(unit, ind, last, moment)
    return Owed(ind, *missing, last) if missing else None


def of_owed(found: Owed, moment: dt.date) -> Values:
    """How many days a figure is overdue."""
    return Values(found.indicator.id, {"overdue": (moment - found.due).days})


def of_delivery(record: store.Record, unit: Unit, moment: dt.date) -> Values:
    """How many figures and plans of a delivery were accepted, how many wait on a day."""
    figures, plans = still_waiting(unit.id, record, as_of=moment)
    return Values(f"delivery.{record.number}", {"accepted": record.accepted + record.plans_accepted, "waiting": len(figures) + len(plans)})


@dataclass(frozen=True, slots=True)
class Arrival:
    """One month of the year, by its number and its end, of one line: `state` is actual, estimate, missing (overdue) or waiting.

    `value` is the latest figure, published on `day` and first `late` days after it was due; without a figure `day` is when it is due.
    Where no document sets a day nothing is due: no figure is missing, none was late, and `day` is None. `alone` marks the growth of a single
    quarter of a line that is told for the year to date.
    """

    indicator: Indicator
    month: int
    end: dt.date
    state: str
    day: dt.date | None
    value: float = float("nan")
    measure: str = ""
    late: int = 0
    alone: bool = False


def arrivals(obs: pd.DataFrame, unit: Unit, year: int, moment: dt.date) -> list[Arrival]:
    """What arrived by `moment` for every month of the year of every line that is followed, and what is due; in the order of the resolution."""
    own = boundaries.usable(ob.cut(obs, moment), unit)
    calendar = unit.calendar
    first, last = pd.Timestamp(calendar.start(year)), pd.Timestamp(calendar.end(year))
    own = own[(own["end"] >= first) & (own["end"] <= last) & (own["series"] == "total")]
    by_month = dict(list(own.groupby(["indicator", own["end"].map(lambda end: calendar.month_of(end)[1])])))
    months = list(enumerate(calendar.month_ends(year), start=1))
    lines = [ind for ind in unit.indicators.values() if followed(obs, unit, ind, year, moment)]
    cells = (_arrival(by_month.get((ind.id, month)), ind, unit, month, end, moment) for ind in lines for month, end in months)
    return [cell for cell in cells if cell is not None]


def _arrival(rows: pd.DataFrame | None, ind: Indicator, unit: Unit, month: int, end: dt.date, moment: dt.date) -> Arrival | None:
    """One month of one line, None where nothing is due and nothing came."""
    due = unit.due(ind, end)
    awaited = unit.calendar_of(ind).month_of(end)[1] % EVERY[ind.frequency] == 0
    if rows is None:
        return Arrival(ind, month, end, "missing" if due is not None and moment > due else "waiting", due) if awaited else None
    to_date = rows[rows["basis"] != "quarter"] if ind.kind.growth_to_date and month > QUARTER else rows
    last = (to_date if len(to_date) else rows).sort_values(["end", "published"], kind="stable").iloc[-1]
    late = max((rows["published"].min().date() - due).days, 0) if awaited and due is not None else 0
    state = "estimate" if last["status"] == "estimate" else "actual"
    return Arrival(ind, month, end, state, last["published"].date(), float(last["value"]), str(last["measure"]), late, not len(to_date))


def of_arrival(cell: Arrival) -> Values:
    """The figure that stands in a cell of the calendar."""
    return Values(cell.indicator.id, {f"received@{cell.end}": cell.value})


def of_arrivals(cells: list[Arrival], year: int) -> Values:
    """How many figures are overdue, how many came late."""
    return Values(f"arrivals.{year}", {"overdue": sum(c.state == "missing" for c in cells), "late": sum(c.late > 0 for c in cells)})


# ---- revisions ---------------------------------------------------------------------------------------------------------------------


def revisions(obs: pd.DataFrame, unit: Unit, moment: dt.date, most: int = LARGEST) -> list[tuple[Figure, Figure]]:
    """First and latest figure of the spans of the last three years that a later figure changed, the largest changes first."""
    since = pd.Timestamp(unit.calendar.start(unit.calendar.year_of(moment) - 2))
    known = boundaries.usable(obs[(obs["published"] <= pd.Timestamp(moment)) & (obs["end"] >= since) & (obs["series"] == "total")], unit)
    ends = [(versions[0], versions[-1]) for versions in fg.revisions(fg.figures_of(known))]
    changed = [(first, latest) for first, latest in ends if first.value not in (0, latest.value)]
    return sorted(changed, key=lambda pair: (-abs(_percent_changed(*pair)), pair[0].indicator, pair[0].basis, pair[0].period))[:most]


def _percent_changed(first: Figure, latest: Figure) -> float:
    return 100 * (latest.value / first.value - 1)


def of_revision(first: Figure, latest: Figure) -> Values:
    """One pair of `revisions`."""
    about = f"revision.{latest.indicator}.{latest.series}.{latest.basis}.{latest.period}"
    return Values(about, {"first": first.value, "latest": latest.value, "change": _percent_changed(first, latest)})


def revised_estimates(obs: pd.DataFrame, ind: Indicator, unit: Unit) -> list[dict[str, Any]]:
    """Periods whose first figure was an estimate and that were published again: `basis`, `end`, `first`, `last`, `change`.

    The change is in percent of the first figure for amounts, else a difference. Of the basis with the most such periods the last 36.
    """
    found: dict[str, list[dict[str, Any]]] = {}
    for versions in fg.revisions(fg.line(boundaries.usable(obs, unit), ind.id, "total")):
        first, last = versions[0], versions[-1]
        if first.status == "estimate" and (first.value or not ind.adds_up):
            change = _percent_changed(first, last) if ind.adds_up else last.value - first.value
            row = {"basis": first.basis, "end": first.end, "first": first.value, "last": last.value, "change": change}
            found.setdefault(first.basis, []).append(row)
    rows = max(found.values(), key=len, default=[])
    return sorted(rows, key=lambda row: row["end"])[-PERIODS:]


def of_revised(ind: Indicator, rows: list[dict[str, Any]]) -> Values:
    """First estimate, latest figure and the change, period by period."""
    found: dict[str, float] = {}
    for row in rows:
        found |= {f"first@{row['end']}": row["first"], f"latest@{row['end']}": row["last"], f"revision@{row['end']}": row["change"]}
    return Values(ind.id, found)


def of_spread(ind: Indicator, rows: list[dict[str, Any]]) -> Values:
    """The range that holds 80% of the changes."""
    low, high = np.quantile([row["change"] for row in rows], [0.1, 0.9])
    return Values(f"revisions.{ind.id}", {"low80": float(low), "high80": float(high)})


def of_drift(known: pd.DataFrame, ind: Indicator) -> Values:
    """How the month estimates of a line end, in percent; nothing with fewer than three pairs, no habit with too few."""
    figures = fg.line(known, ind.id)
    changes = estimates.changes(figures)
    if len(changes) < 3:
        return Values(f"drift.{ind.id}")
    sizes, habit = np.abs(changes), estimates.drift(figures)
    found: dict[str, float] = {"pairs": len(changes), "mean": 100 * float(changes.mean()), "typical": 100 * float(np.median(sizes))}
    found["largest"] = 100 * float(changes[sizes.argmax()])
    return Values(f"drift.{ind.id}", found | ({"bias": 100 * habit.bias, "spread": 100 * habit.spread} if habit else {}))


# ---- all of it ---------------------------------------------------------------------------------------------------------------------


def of_data(obs: pd.DataFrame, unit: Unit, year: int, moment: dt.date) -> Iterator[Values]:
    """Everything said on the data page, and the figures and targets of every line."""
    known, cells = boundaries.usable(ob.cut(obs, moment), unit), arrivals(obs, unit, year, moment)
    yield of_figures(obs)
    yield from map(of_target, listed(unit, year, as_of=moment))
    yield from (of_file(str(file), rows) for file, rows in obs.groupby("file", sort=True))
    yield from (of_revision(*pair) for pair in revisions(obs, unit, moment))
    yield from (of_delivery(record, unit, moment) for record in deliveries(unit, moment))
    yield from (of_arrivals(cells, year), *(of_arrival(cell) for cell in cells))
    for ind in unit.indicators.values():
        missing, changed = owed(obs, unit, ind, moment), revised_estimates(obs, ind, unit)
        yield from (of_year_rows(ind, rows_of_year(obs, unit, ind, year, moment), moment), of_drift(known, ind))
        yield from [of_owed(missing, moment)] if missing else []
        yield from [of_revised(ind, changed), of_spread(ind, changed)] if changed else []


def deliveries(unit: Unit, moment: dt.date) -> list[store.Record]:
    """The deliveries taken in by `kpi ingest` by a day, in the order received."""
    return [record for record in store.records(unit.id) if record.received <= moment]
