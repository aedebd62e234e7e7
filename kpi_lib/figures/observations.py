"""Figures with their vintages: read what was delivered, cut it at a date, keep to the unit's territory."""

from __future__ import annotations

import datetime as dt
import hashlib
from pathlib import Path

import pandas as pd

from kpi_lib import disk
from kpi_lib.definitions import columns, folders, received
from kpi_lib.definitions.columns import check, refusal
from kpi_lib.definitions.frames import ACCEPTED, DELIVERY, OBSERVATIONS
from kpi_lib.definitions.indicators import Unit, day, read_unit
from kpi_lib.figures.boundaries import REBUILT, rebuild
from kpi_lib.periods import Calendar, PeriodError, span
from kpi_lib.words.messages import KpiError, Text, Words
from kpi_lib.words.near import near


def _delivery_files(unit: str) -> list[Path]:
    return sorted((folders.raw(unit) / "deliveries").glob("*.csv"))


def data_digest(unit: str) -> str:
    """SHA-256 over everything delivered for the unit and its definitions; the same figures give the same digest."""
    folder = folders.raw(unit)
    sums = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.suffix in (".csv", ".toml", ".json") and _says(path.relative_to(folder))):
        sums.update(path.relative_to(folder).as_posix().encode())
        sums.update(hashlib.sha256(path.read_bytes()).digest())
    sums.update(read_unit(unit).taken_over.encode())
    return sums.hexdigest()


def _says(path: Path) -> bool:
    """Whether a file of a unit's folder bears on its figures: of what was received the records do (of earlier versions their tables too)."""
    if path.parts[0] != "received":
        return path.parts[0] != "scenarios" and path.name not in ("answers.csv", "notify.toml")
    return (path.name == received.RECORD and path.parent.name.isdigit()) or path.parts[1] in ("records", "accepted", "plans")


def _read_delivery(path: Path, unit: Unit) -> pd.DataFrame:
    """One delivered table as observations; every fault of the file in one message."""
    where = f"{unit.id}/deliveries/{path.name}"
    raw = columns.raw_table(path, where)
    rows = check(raw, DELIVERY, where=where)
    calendars = _calendars(unit)
    spans, faults = [], []
    for index, row in enumerate(rows.itertuples()):
        try:
            spans.append(span(row.basis, row.period, calendars.get(row.indicator, unit.calendar)))
        except PeriodError as error:
            faults.append(
                Text(
                    "line {line}: the period {period} does not fit the basis '{basis}': it looks like {example}",
                    line=index + 2,
                    period=repr(error.period),
                    basis=error.basis,
                    example=error.example,
                )
            )
            spans.append((dt.date.min, dt.date.min))
        if row.indicator not in unit.indicators:
            hint = near(row.indicator, unit.indicators)
            faults.append(
                Text(
                    "line {line}: {indicator} is not among the unit's lines{hint}", line=index + 2, indicator=repr(row.indicator), hint=hint
                )
            )
    if faults:
        raise refusal(where, faults, table=DELIVERY.name)
    value_column = _letter(list(raw.columns).index("value"))
    rows = rows.assign(
        unit=unit.id,
        start=pd.to_datetime([s for s, _ in spans]),
        end=pd.to_datetime([e for _, e in spans]),
        file=f"deliveries/{path.name}",
        withdrawn=pd.NaT,
        sheet="",
        cell=[f"{value_column}{index + 2}" for index in range(len(rows))],
    )
    return rows[OBSERVATIONS.names]


def delivery_faults(unit: Unit) -> list[Words]:
    """What is wrong with the unit's delivered tables, file by file; empty where all can be read."""
    found = []
    for file in _delivery_files(unit.id):
        try:
            _read_delivery(file, unit)
        except KpiError as error:
            found.append(error.words)
    return found


def _read_accepted(unit: Unit) -> list[pd.DataFrame]:
    """The figures that `kpi ingest` took over, in the order of arrival, with the sheet and cell they came from."""
    rows = received.rows(unit.id, "accepted")
    return [observed(pd.DataFrame(rows, dtype=object).fillna(""), unit)] if rows else []


def observed(accepted: pd.DataFrame, unit: Unit) -> pd.DataFrame:
    """Accepted figures (columns of `frames.ACCEPTED`) as observations."""
    rows = check(accepted, ACCEPTED, where=f"{unit.id}/received")
    calendars = _calendars(unit)
    named = zip(rows["basis"], rows["period"], rows["indicator"], strict=True)
    spans = [span(basis, period, calendars.get(indicator, unit.calendar)) for basis, period, indicator in named]
    rows = rows.assign(unit=unit.id, start=pd.to_datetime([s for s, _ in spans]), end=pd.to_datetime([e for _, e in spans]))
    return rows[OBSERVATIONS.names]


def _calendars(unit: Unit) -> dict[str, Calendar]:
    """How the years of each line are counted."""
    return {key: unit.calendar_of(ind) for key, ind in unit.indicators.items()}


def _letter(position: int) -> str:
    """Spreadsheet letter of a column, the first being A."""
    return (chr(64 + position // 26) if position >= 26 else "") + chr(65 + position % 26)


def _store(unit: Unit) -> pd.DataFrame:
    """All observations of a unit, kept as Parquet under a name that carries the digest of what was delivered."""
    digest = hashlib.sha256(" ".join([data_digest(unit.id), *OBSERVATIONS.names]).encode()).hexdigest()
    path = folders.processed(unit.id) / f"observations-{digest[:16]}.parquet"
    if (kept := disk.kept_table(path)) is not None:
        return kept
    parts = [_read_delivery(file, unit) for file in _delivery_files(unit.id)]
    parts += _read_accepted(unit)
    if parts and unit.boundary_events:
        every = pd.concat(parts, ignore_index=True)
        parts.append(rebuild(every[every["withdrawn"].isna()], unit)[0])
    obs = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=OBSERVATIONS.names)
    obs = (
        check(obs, OBSERVATIONS, where=unit.id)
        .sort_values(["indicator", "series", "end", "published"], kind="stable")
        .reset_index(drop=True)
    )
    for old in path.parent.glob("observations-*.parquet"):
        old.unlink(missing_ok=True)
    disk.keep_table(obs, path)
    return obs


def read_observations(unit: str, *, as_of: dt.date | str | None = None) -> pd.DataFrame:
    """All figures delivered for a unit and not withdrawn, every vintage; with `as_of`, those that counted on that day.

    Returns
    -------
    frame with the columns of `frames.OBSERVATIONS`; `attrs["unit"]` holds the unit's id.

    Raises
    ------
    KpiError : unknown unit, or faults in a delivered file (all of the file's in one message).
    """
    obs = _store(read_unit(unit)).copy()
    obs = cut(obs, day(as_of)) if as_of is not None else obs[obs["withdrawn"].isna()].reset_index(drop=True)
    obs.attrs["unit"] = unit
    return obs


def cut(obs: pd.DataFrame, as_of: dt.date) -> pd.DataFrame:
    """The figures known on `as_of`, each as it may be told on that day; nothing is rebuilt for a boundary that is still to come."""
    known = columns.cut(obs, OBSERVATIONS, as_of)
    rebuilt = (known["perimeter"] == REBUILT) & (known["seen"] > pd.Timestamp(as_of))
    return known[~rebuilt].reset_index(drop=True)
