"""The outlooks of many units as one tidy table for other systems: a row an outlook, as the ledgers hold it; with its data dictionary."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from kpi_lib import disk
from kpi_lib.definitions.columns import YEARS, Column, Table, check
from kpi_lib.definitions.indicators import Indicator, Unit, read_unit
from kpi_lib.definitions.targets import Target, target_for
from kpi_lib.outlook.verdict import STATUSES
from kpi_lib.record import chain
from kpi_lib.record.hub import LEVELS
from kpi_lib.record.ledger import read_ledger, withdrawn

NAME = "outlooks"


def quantile_name(level: float) -> str:
    """The column of a quantile, by its percentage.

    >>> quantile_name(0.025), quantile_name(0.5)
    ('p2_5', 'p50')
    """
    return f"p{100 * level:g}".replace(".", "_")


_said = partial(Column, needed=False)
OUTLOOKS = Table(
    NAME,
    (
        Column("unit", "text", meaning="id of the unit, its folder"),
        Column("unit_name", "text", meaning="its name, in the language of its office"),
        _said("parent", "text", default="", meaning="id of the unit above; empty without one"),
        Column("level", "text", meaning="ward, commune, province ..."),
        _said("population", "number", meaning="residents; empty where not stated"),
        Column("illustrative", "flag", default=False, meaning="made-up figures: to be left out of anything that is reckoned for real"),
        Column("as_of", "date", meaning="day of the report: nothing published later is in it"),
        Column("version", "whole", meaning="1, or higher where the report of that day was published again on other figures; version 1 is scored"),
        Column("withdrawn", "flag", default=False, meaning="the report was taken back by name"),
        Column("indicator", "text", meaning="id of the line"),
        Column("line", "text", meaning="its short name, in the language of the unit's office"),
        _said("group", "text", default="", meaning="party, economy, society, environment, task or other; empty of a line no longer tracked"),
        Column("year", "whole", least=YEARS[0], most=YEARS[1], meaning="the year judged, by the calendar year in which it begins"),
        _said("comparator", "text", default="", meaning="how a value must stand to the target: >=, >, <=, <; empty without a target"),
        _said("target", "number", meaning="the threshold as its document states it; empty without a target in force on that day"),
        _said("target_measure", "text", default="", meaning="unit of measure of the target, in Vietnamese"),
        _said("threshold", "number", meaning="the threshold in the unit of the quantiles"),
        Column("measure", "text", default="", needed=False, meaning="unit of measure of threshold, mean and quantiles, in Vietnamese"),
        Column("word", "text", words=tuple(STATUSES), meaning="the verdict"),
        _said("chance", "number", least=0, most=1, meaning="published chance of meeting the target; empty where the line was not judged"),
        _said("chance_in_december", "number", least=0, most=1, meaning="the same by the plan as it will stand in December, where plans are raised late"),
        _said("chance_without_events", "number", least=0, most=1, meaning="the same without the events that the office wrote down, where some counted"),
        Column("complete", "flag", default=False, meaning="the year had ended and its figure was known"),
        Column("model", "text", meaning="how it was projected"),
        _said("mean", "number", meaning="mean of the year-end value; this and the quantiles are empty where nothing was told"),
        *(_said(quantile_name(p), "number", meaning=f"year-end value that is not exceeded with probability {p:g}") for p in LEVELS),
        Column("data_digest", "text", meaning="digest of the figures it was made from"),
        Column("code_version", "text", meaning="version of the code"),
    ),
    key=("unit", "as_of", "version", "indicator", "year"),
)  # fmt: skip


def tidy(unit: str, *, as_of: dt.date | None = None, every: bool = False) -> pd.DataFrame:
    """The outlooks of a unit, a row each.

    Parameters
    ----------
    as_of : the newest report up to this day; by default the newest.
    every : every report up to that day, in every version, instead of the newest in its latest.

    Returns
    -------
    columns of `OUTLOOKS`; no row where nothing was published.

    Raises
    ------
    KpiError : no such unit, or a ledger that does not verify.
    """
    rounds, taken = read_ledger(unit), withdrawn(chain.links(unit))
    if as_of is not None:
        rounds = rounds[rounds["round_id"] <= pd.Timestamp(as_of)]
    if not every and len(rounds):
        rounds = rounds[rounds["round_id"] == rounds["round_id"].max()]
        rounds = rounds[rounds["version"] == rounds["version"].max()]
    place = read_unit(unit)
    groups = rounds.groupby(["round_id", "version", "indicator", "target_year"], sort=True)
    rows = [_row(place, group, taken) for _, group in groups]
    return check(pd.DataFrame(rows, columns=OUTLOOKS.names, dtype=object), OUTLOOKS, where=unit)


def _row(unit: Unit, group: pd.DataFrame, taken: Mapping[dt.date, Any]) -> dict[str, object]:
    first = group.iloc[0]
    said = dict(zip(zip(group["output_type"], group["output_type_id"], strict=True), group["value"], strict=True))
    ind, day = unit.indicators.get(first["indicator"]), first["round_id"].date()

    def number(kind: str, name: str) -> float:
        return float(said.get((kind, name)) or "nan")

    return {
        "unit": unit.id, "unit_name": unit.name[unit.lang], "parent": unit.parent, "level": unit.level, "population": unit.population or np.nan,
        "illustrative": unit.illustrative, "as_of": str(day), "version": first["version"],
        "withdrawn": day in taken and taken[day].version == first["version"],
        "indicator": first["indicator"], "line": ind.short[unit.lang] if ind else first["indicator"], "group": ind.group if ind else "",
        "year": first["target_year"], **_target(target_for(unit.id, ind, int(first["target_year"]), as_of=day) if ind else None, ind),
        "threshold": number("threshold", "natural"), "measure": said.get(("status", "measure"), ""), "word": said[("status", "word")],
        "chance": number("probability", "met"), "chance_in_december": number("probability", "met_in_december"),
        "chance_without_events": number("probability", "met_without_events"), "complete": said.get(("status", "complete")) == "true",
        "model": first["model"], "mean": number("mean", "mean"),
        **{quantile_name(p): number("quantile", f"{p:g}") for p in LEVELS},
        "data_digest": first["data_digest"], "code_version": first["code_version"],
    }  # fmt: skip


def _target(target: Target | None, ind: Indicator | None) -> dict[str, object]:
    if target is None or ind is None:
        return {"comparator": "", "target": np.nan, "target_measure": ""}
    return {"comparator": target.comparator, "target": target.threshold, "target_measure": target.measured_in(ind)["vi"]}


def write(frame: pd.DataFrame, folder: Path) -> list[Path]:
    """Write the table as Parquet and CSV, and its data dictionary (`datapackage.json`), each file whole or not at all."""
    folder.mkdir(parents=True, exist_ok=True)
    told = frame.assign(as_of=frame["as_of"].dt.date)
    made = [folder / name for name in (f"{NAME}.parquet", f"{NAME}.csv", "datapackage.json")]
    with disk.whole(made[0]) as path:
        told.to_parquet(path, index=False)
    with disk.whole(made[1]) as path:
        told.to_csv(path, index=False, lineterminator="\n", encoding="utf-8")
    with disk.whole(made[2]) as path:
        path.write_text(json.dumps(dictionary(), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return made


_TYPES = {"text": "string", "number": "number", "date": "date", "flag": "boolean", "whole": "integer"}


def dictionary() -> dict[str, Any]:
    """The data dictionary in the form of the Frictionless Data Package: every column with its type, its bounds and what it means."""
    schema = {"fields": list(_fields()), "primaryKey": list(OUTLOOKS.key), "missingValues": [""]}
    resource = {"name": NAME, "path": f"{NAME}.csv", "encoding": "utf-8", "schema": schema}
    return {"name": NAME, "title": "Year-end outlooks as published", "resources": [resource]}


def _fields() -> Iterator[dict[str, Any]]:
    for column in OUTLOOKS.columns:
        bounds: dict[str, Any] = {"required": True} if column.needed else {}
        bounds |= {"enum": list(column.words)} if column.words else {}
        bounds |= {"minimum": column.least, "maximum": column.most} if (column.least, column.most) == (0, 1) else {}
        yield {
            "name": column.name,
            "type": _TYPES[column.kind],
            "description": column.meaning,
            **({"constraints": bounds} if bounds else {}),
        }
