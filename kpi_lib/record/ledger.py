"""The record of what leaders were shown: append-only, one file a round, in the long layout of the forecast hubs."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from kpi_lib import disk
from kpi_lib.definitions import folders
from kpi_lib.definitions.columns import check
from kpi_lib.definitions.frames import LEDGER
from kpi_lib.definitions.indicators import Unit
from kpi_lib.outlook.changes import Changes, Reported, changes
from kpi_lib.outlook.verdict import Outlook
from kpi_lib.words.messages import KpiError

LEVELS = (0.01, 0.025, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 0.975, 0.99)


def rows_of(outlook: Outlook, *, data_digest: str, code_version: str) -> list[dict[str, object]]:
    """One outlook as ledger rows: quantiles and mean in the natural unit, probability, status, threshold."""
    projection = outlook.projection
    common = {
        "round_id": projection.as_of,
        "unit": projection.unit.id,
        "indicator": outlook.indicator.id,
        "target_year": projection.year,
        "model": projection.model,
        "data_digest": data_digest,
        "code_version": code_version,
    }
    values = [
        ("status", "word", outlook.status),
        ("status", "complete", str(projection.complete).lower()),
        ("status", "measure", projection.measure["vi"]),
    ]
    if projection.known:
        values += [("quantile", f"{p:g}", _number(q)) for p, q in zip(LEVELS, np.quantile(projection.draws, LEVELS), strict=True)]
        values += [("mean", "", _number(projection.mean))]
    values += [("probability", "met", _number(outlook.probability)), ("threshold", "natural", _number(outlook.threshold))]
    if np.isfinite(outlook.december_probability):  # only where plans are raised late; rounds before November 2026 have none
        values += [("probability", "met_in_december", _number(outlook.december_probability))]
    if np.isfinite(outlook.eventless_probability):  # only where the office wrote events down that were counted
        values += [("probability", "met_without_events", _number(outlook.eventless_probability))]
    return [{**common, "output_type": kind, "output_type_id": key or "mean", "value": value} for kind, key, value in values if value != ""]


def _number(value: float) -> str:
    """Nine significant digits: enough to score, and the same on every machine."""
    return "" if not np.isfinite(value) else f"{value:.9g}"


def folder(unit: str) -> Path:
    """Where a unit's ledger lies."""
    return folders.processed(unit) / "ledger"


def read_ledger(unit: str) -> pd.DataFrame:
    """Every round published for a unit; columns of `frames.LEDGER`.

    Raises
    ------
    KpiError : a file of the ledger does not hold the form; it was changed by hand.
    """
    parts = []
    for path in sorted(folder(unit).glob("*.csv")):
        raw = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8")
        parts.append(check(raw, LEDGER, where=f"{unit}/ledger/{path.name}"))
    return pd.concat(parts, ignore_index=True) if parts else check(pd.DataFrame(columns=LEDGER.names), LEDGER)


def record(outlooks: Sequence[Outlook], *, data_digest: str, code_version: str) -> Path | None:
    """Append a round to the unit's ledger: `prepare` and `enter` at once. Returns its file, None where the ledger says the same already."""
    with disk.scratch() as ready:
        made = prepare(outlooks, Path(ready), data_digest=data_digest, code_version=code_version)
        if made is None:
            return None
        enter(outlooks[0].projection.unit.id, Path(ready))
        return folder(outlooks[0].projection.unit.id) / made.name


def prepare(outlooks: Sequence[Outlook], into: Path, *, data_digest: str, code_version: str) -> Path | None:
    """Write a round into a folder, under the name that it will have in the ledger.

    The same round with the same values adds nothing and returns None. Other values under the same round become its next version; the
    first one stays and is the one that is scored.

    Raises
    ------
    KpiError : outlooks of several units or rounds.
    """
    units = {(outlook.projection.unit.id, outlook.projection.as_of) for outlook in outlooks}
    if len(units) != 1:
        raise KpiError("The ledger is written for one unit and one day at a time.")
    unit, as_of = units.pop()
    rows = [row for outlook in outlooks for row in rows_of(outlook, data_digest=data_digest, code_version=code_version)]
    earlier = _versions(unit, as_of)
    frame = pd.DataFrame(rows).assign(version=len(earlier) + 1)
    frame = check(frame, LEDGER, where="ledger")
    if earlier and _same(pd.read_csv(earlier[-1], dtype=str, keep_default_na=False), frame):
        return None
    into.mkdir(exist_ok=True)
    path = into / f"{as_of:%Y-%m-%d}{'' if not earlier else f'-v{len(earlier) + 1}'}.csv"
    frame.assign(round_id=frame["round_id"].dt.strftime("%Y-%m-%d")).to_csv(path, index=False, encoding="utf-8", lineterminator="\n")
    return path


def enter(unit: str, ready: Path) -> None:
    """Move prepared rounds into the ledger; may be done again after it was cut short. The caller holds the unit's lock.

    Raises
    ------
    KpiError : the ledger holds another round under that name.
    """
    folder(unit).mkdir(parents=True, exist_ok=True)
    for path in sorted(ready.iterdir()):
        target = folder(unit) / path.name
        if target.exists() and target.read_bytes() != path.read_bytes():
            raise KpiError("{file}: another run has just written this round. Run again.", file=path.name)
        with disk.whole(target, sure=True) as being_made:
            shutil.copyfile(path, being_made)
        path.unlink()


def _versions(unit: str, as_of: dt.date) -> list[Path]:
    first = folder(unit) / f"{as_of:%Y-%m-%d}.csv"
    later = sorted(folder(unit).glob(f"{as_of:%Y-%m-%d}-v*.csv"), key=lambda path: int(path.stem.rsplit("-v", 1)[1]))
    return [path for path in (first, *later) if path.exists()]


def _same(old: pd.DataFrame, new: pd.DataFrame) -> bool:
    """Whether a round says the same: everything but version, digest and code version."""
    keys = ["unit", "indicator", "target_year", "model", "output_type", "output_type_id", "value"]
    return old[keys].astype(str).values.tolist() == new[keys].astype(str).values.tolist()


def since_last(obs: pd.DataFrame, unit: Unit, items: Sequence[Outlook], *, as_of: dt.date) -> tuple[dt.date, list[Changes]] | None:
    """Date of the last report and what changed for every line it showed; None where there was none."""
    report = last_report(unit, items[0].projection.year, as_of) if items else None
    return None if report is None else (report[0], changes(items, obs, previous=report[0], published=report[1]))


def last_report(unit: Unit, year: int, as_of: dt.date) -> tuple[dt.date, dict[str, Reported]] | None:
    """The last report of the year before a date, and what it showed of every line; None for the first."""
    rounds = read_ledger(unit.id)
    own = rounds[(rounds["round_id"] < pd.Timestamp(as_of)) & (rounds["target_year"] == year)] if len(rounds) else rounds
    if not len(own):
        return None
    previous = own["round_id"].max()
    last = own[own["round_id"] == previous]
    last = last[last["version"] == last["version"].max()]
    return previous.date(), {key: _told(rows) for key, rows in last.groupby("indicator", sort=False)}


def _told(rows: pd.DataFrame) -> Reported:
    cells = {(kind, name): value for kind, name, value in zip(rows["output_type"], rows["output_type_id"], rows["value"], strict=True)}
    median, chance = (float(cells.get(key) or "nan") for key in (("quantile", "0.5"), ("probability", "met")))
    return Reported(median, chance, cells.get(("status", "measure"), ""))
