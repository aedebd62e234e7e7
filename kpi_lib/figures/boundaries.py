"""Old territories and the new one: figures from before a boundary change, rebuilt from a stated apportionment, or blocked with the reason.

`data/raw/<unit>/perimeter.csv` is the ledger of who went where: for each old unit the share of its figures that belongs to the unit today,
with the key the share was taken by and a low and a high reading of it. Nothing is rebuilt from part of the old units.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
import pandas as pd

from kpi_lib.definitions import folders
from kpi_lib.definitions.columns import SEEN, Column, Table, cut, read_csv
from kpi_lib.definitions.indicators import Unit
from kpi_lib.words.messages import KpiError, Text, Words, listed

PERIMETER = Table(
    "perimeter",
    (
        Column("event", "date", meaning="day of the boundary change"),
        Column("old_unit", "text", meaning="as written in the perimeter column of the deliveries"),
        Column("indicator", "text", meaning="id, or * for every indicator without a line of its own"),
        Column(
            "share",
            "number",
            needed=False,
            meaning="part of the old unit's figures that belongs to the unit today, 0 to 1; empty: not known",
        ),
        Column("low", "number", needed=False),
        Column("high", "number", needed=False),
        Column("key", "text", meaning="what the share was taken by: population, area, registrations by address"),
        Column("source", "text"),
        Column("published", "date", needed=False, meaning="the day the share became known; empty: with the event"),
        SEEN,
    ),
    key=("event", "old_unit", "indicator"),
    known=("event", "published"),
)
REBUILT_WORDS = Text("reckoned anew for the present area from figures of the old ones")
REBUILT = "rebuilt"  # perimeter of figures of old areas recomputed for the unit's present boundary
SPAN = ["indicator", "series", "basis", "period", "start", "end", "measure", "status"]


@dataclass(frozen=True, slots=True)
class Blocked:
    """A comparison across a boundary change that cannot be made, and why."""

    indicator: str
    reason: Words


def read_perimeter(unit_id: str, *, as_of: dt.date | None = None) -> pd.DataFrame:
    """The unit's perimeter ledger, with `as_of` what was known of it by then; empty where there is none.

    Raises
    ------
    KpiError : a fault in its cells, or shares outside 0 to 1 or not between their low and high reading.
    """
    frame = read_csv(folders.raw(unit_id) / "perimeter.csv", PERIMETER)
    low, high = frame["low"].fillna(frame["share"]), frame["high"].fillna(frame["share"])
    bad = frame.index[frame["share"].notna() & ~((low >= 0) & (low <= frame["share"]) & (frame["share"] <= high) & (high <= 1))]
    if len(bad):
        lines = ", ".join(str(i + 2) for i in bad)
        raise KpiError("{file}, lines {lines}: 0 ≤ low ≤ share ≤ high ≤ 1 is needed.", file=f"{unit_id}/perimeter.csv", lines=lines)
    return frame if as_of is None else cut(frame, PERIMETER, as_of)


def lines_for(ledger: pd.DataFrame, indicator: str) -> pd.DataFrame:
    """The ledger's lines for an indicator: its own, else those for every indicator."""
    own = ledger[ledger["indicator"] == indicator]
    general = ledger[(ledger["indicator"] == "*") & ~ledger["old_unit"].isin(own["old_unit"])]
    return pd.concat([own, general])


def rebuild(obs: pd.DataFrame, unit: Unit, *, as_of: dt.date | None = None) -> tuple[pd.DataFrame, tuple[Blocked, ...]]:
    """Figures of the present territory from those of the old units, and what could not be rebuilt.

    Only amounts that add up are rebuilt: a share of a population is not the sum of shares. A span counts when every old unit of the
    ledger has a figure for it; it is known when the last of them became known. `seen` is the day from which the boundary, every share and every
    page quoted are known: no report of an earlier day holds the row (`observations.cut`), while past years are replayed on it.

    Returns
    -------
    rows like `obs` with perimeter "rebuilt" and precision "derived", `note` holding the band from the low and high shares; and the reasons.
    """
    ledger = read_perimeter(unit.id, as_of=as_of)
    parts, blocked = [], []
    for indicator, lines in ((key, lines_for(ledger, key)) for key in unit.indicators) if len(ledger) else ():
        old = obs[(obs["indicator"] == indicator) & obs["perimeter"].isin(lines["old_unit"])]
        reason = _reason(unit, indicator, lines, old)
        if reason:
            blocked.append(Blocked(indicator, reason))
        elif len(old):
            parts.append(_summed(old, lines))
    frame = pd.concat(parts, ignore_index=True) if parts else obs.iloc[:0]
    return frame[list(obs.columns)], tuple(blocked)


def _reason(unit: Unit, indicator: str, lines: pd.DataFrame, old: pd.DataFrame) -> Words | None:
    """Why an indicator cannot be rebuilt; None where it can, or where there is nothing to rebuild."""
    if not unit.indicators[indicator].adds_up:
        return Text("rates and levels cannot be added up over old territories; the office has to reckon them again") if len(old) else None
    unknown = lines.loc[lines["share"].isna(), "old_unit"]
    if len(unknown):
        return Text("what part of {territories} belongs to the present area is not known", territories=listed(unknown))
    missing = sorted(set(lines["old_unit"]) - set(old["perimeter"]))
    return Text("there are no figures of {territories}", territories=listed(missing)) if missing else None


def _summed(old: pd.DataFrame, lines: pd.DataFrame) -> pd.DataFrame:
    shares = lines.set_index("old_unit")[["share", "low", "high"]]
    shares = shares.assign(low=shares["low"].fillna(shares["share"]), high=shares["high"].fillna(shares["share"]))
    newest = old.sort_values("published", kind="stable").drop_duplicates([*SPAN, "perimeter"], keep="last")
    rows = newest.join(shares, on="perimeter")
    weighted = rows.assign(**{name: rows["value"] * rows[name] for name in ("share", "low", "high")})
    found = []
    for _, group in weighted.groupby(SPAN, sort=True):
        if set(group["perimeter"]) == set(lines["old_unit"]):
            found.append(_one(group, lines))
    return pd.DataFrame(found)


def _one(group: pd.DataFrame, lines: pd.DataFrame) -> dict[str, object]:
    """The row of one span."""
    last = group.sort_values("published").iloc[-1]
    total, low, high = (float(group[name].sum()) for name in ("share", "low", "high"))
    keys = ", ".join(dict.fromkeys(lines["key"]))
    note = f"tính lại từ {len(group)} địa bàn cũ theo {keys}; khoảng {low:g} đến {high:g}"
    seen = pd.concat([lines["event"], lines["published"], lines["seen"], group["seen"]]).max()
    own = {"value": total, "perimeter": REBUILT, "precision": "derived", "note": note, "seen": seen}
    return {**last.drop(["share", "low", "high"]).to_dict(), **own}


def rebuilt_error(perimeter: str, precision: str, note: str) -> float:
    """By how much a figure rebuilt here may be off: half the band that its note gives (NaN without one); 0 for any other figure, also one the office rebuilt.

    >>> rebuilt_error("rebuilt", "derived", "... 35 to 40"), rebuilt_error("rebuilt", "exact", "")
    (2.5, 0.0)
    """
    if perimeter != REBUILT or precision != "derived":
        return 0.0
    low, _, high = note.split()[-3:]
    return (float(high) - float(low)) / 2 or float("nan")  # shares without a band: not known


def own_territory(perimeter: str, start: dt.date, unit: Unit) -> bool:
    """Whether a figure is of the unit's present territory: no other perimeter, nothing from before a boundary event unless rebuilt."""
    return perimeter == REBUILT or (perimeter == "" and all(start >= event.date for event in unit.boundary_events))


def usable(obs: pd.DataFrame, unit: Unit) -> pd.DataFrame:
    """Figures of the unit's present territory."""
    own = [own_territory(perimeter, start.date(), unit) for perimeter, start in zip(obs["perimeter"], obs["start"], strict=True)]
    return obs[np.array(own, dtype=bool)]
