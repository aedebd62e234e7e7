"""The tables of a round, in the layout of the forecast hubs: what was projected as a distribution, and beside it what else was said.

`model-output/kpi-v1/<day>-kpi-v1.csv` holds means, quantiles and the chances of being met and missed; `auxiliary-data/<day>-kpi-v1.csv` the words, the
model, the goal. A round published again on other figures is version 2 and stands under `kpi-v2`. Rounds of before November 2026 lie in one file
each beside the chain and are read where they are.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path

import pandas as pd

from kpi_lib.definitions.columns import check, raw_table, refusal
from kpi_lib.definitions.frames import AUXILIARY, LEDGER, MODEL_OUTPUT
from kpi_lib.record.chain import EarlierLink, Link, RoundLink, broken, folder, place
from kpi_lib.words.messages import KpiError, Text, Words

VALUE, MET = "year_end", "target_met"
NO_ID = "NA"  # a mean has no number of its own
SUM = 1e-6
Said = tuple[int, tuple[str, int], str, str, str]  # line, line of the plan and year, type, id, value


def names(as_of: dt.date, version: int) -> tuple[str, str]:
    """The files of a round in the ledger's folder.

    >>> names(dt.date(2025, 10, 15), 1)[0]
    'model-output/kpi-v1/2025-10-15-kpi-v1.csv'
    """
    model = f"kpi-v{version}"
    return f"model-output/{model}/{as_of}-{model}.csv", f"auxiliary-data/{as_of}-{model}.csv"


def tables(frame: pd.DataFrame) -> dict[str, bytes]:
    """The files of one round by name.

    Parameters
    ----------
    frame : its rows, columns of `frames.LEDGER`.
    """
    first = frame.iloc[0]
    output: list[tuple[str, ...]] = []
    beside: list[tuple[str, ...]] = []
    for row in frame.itertuples(index=False):
        common = (row.indicator, str(row.target_year))
        kind, name = row.output_type, row.output_type_id
        if kind == "probability" and name == "met":
            missed = f"{1 - float(row.value):.9g}"
            output += [(*common, MET, "pmf", "met", row.value), (*common, MET, "pmf", "missed", missed)]
        elif kind in ("mean", "quantile"):
            output.append((*common, VALUE, kind, NO_ID if kind == "mean" else name, row.value))
        else:
            beside.append((*common, row.model, kind, name, row.value))
    day = first.round_id.date()
    distribution = pd.DataFrame(output, columns=["indicator", "target_year", "target", "output_type", "output_type_id", "value"])
    distribution.insert(0, "location", first.unit)
    distribution.insert(0, "origin_date", str(day))
    said = pd.DataFrame(beside, columns=AUXILIARY.names)
    one, two = names(day, int(first.version))
    return {one: as_csv(distribution), two: as_csv(said)}


def as_csv(frame: pd.DataFrame) -> bytes:
    """A table as the ledger writes it."""
    return frame.to_csv(index=False, lineterminator="\n").encode("utf-8")


def rows_of_link(unit: str, link: Link) -> Iterator[pd.DataFrame]:
    """The rounds that a link brings, columns of `frames.LEDGER`, each sealed and sound.

    Raises
    ------
    KpiError : a table is not as it was published, or holds what no round can hold, with file and line.
    """
    for fault in broken(unit, link):
        raise KpiError(fault)
    if isinstance(link, EarlierLink):
        for name, kept in link.files.items():
            yield _earlier(folder(unit) / name, unit, kept.sha256).copy()
    elif isinstance(link, RoundLink):
        output, beside = names(link.as_of, link.version)
        rows = _rows(folder(unit) / output, folder(unit) / beside, unit, link.as_of, "".join(seal.sha256 for seal in link.files.values()))
        yield rows.assign(version=link.version, data_digest=link.inputs, code_version=link.code)[LEDGER.names]


@lru_cache(maxsize=256)
def _earlier(path: Path, unit: str, digest: str) -> pd.DataFrame:
    """A round of before the chain, one file; read once for its digest."""
    del digest
    where = place(unit, path.name)
    rows = check(_table(path, where), LEDGER, where=where)
    day, _, version = path.stem.partition("-v")
    faults: list[Words] = [
        Text(
            "line {line}: is of {found}, the file of {day}",
            line=line,
            found=f"{row.unit} {row.round_id:%Y-%m-%d} v{row.version}",
            day=f"{unit} {path.stem}",
        )
        for line, row in enumerate(rows.itertuples(), start=2)
        if (row.unit, f"{row.round_id:%Y-%m-%d}", str(row.version)) != (unit, day, version or "1")
    ]
    said = zip(rows["indicator"], rows["target_year"], rows["output_type"], rows["output_type_id"], rows["value"], strict=True)
    faults += _unsound((line, (key, int(year)), kind, name, value) for line, (key, year, kind, name, value) in enumerate(said, start=2))
    if faults:
        raise refusal(where, faults, table=LEDGER.name)
    return rows


@lru_cache(maxsize=256)
def _rows(output: Path, beside: Path, unit: str, as_of: dt.date, digest: str) -> pd.DataFrame:
    """A round from its two tables, without version, digest and code; read once for its digest."""
    del digest
    said = _auxiliary(beside, unit)
    models = dict(zip(zip(said["indicator"], said["target_year"], strict=True), said["model"], strict=True))
    found = _distribution(output, unit, as_of)
    rows = pd.concat(
        [found.assign(model=[models.get(key, "") for key in zip(found["indicator"], found["target_year"], strict=True)]), said]
    )
    return rows.assign(round_id=pd.Timestamp(as_of), unit=unit).reset_index(drop=True)


def _auxiliary(path: Path, unit: str) -> pd.DataFrame:
    where = place(unit, path.parent.name + "/" + path.name)
    rows = check(_table(path, where), AUXILIARY, where=where)
    said = zip(rows["indicator"], rows["target_year"], rows["output_type"], rows["output_type_id"], rows["value"], strict=True)
    if faults := list(
        _unsound((line, (key, year), kind, name, value) for line, (key, year, kind, name, value) in enumerate(said, start=2))
    ):
        raise refusal(where, faults, table=AUXILIARY.name)
    return rows


def _distribution(path: Path, unit: str, as_of: dt.date) -> pd.DataFrame:
    """Means, quantiles and chances as the ledger's rows; chances of one line add up to one."""
    where = place(unit, f"model-output/{path.parent.name}/{path.name}")
    rows = check(_table(path, where), MODEL_OUTPUT, where=where)
    faults: list[Words] = []
    said: list[Said] = []
    sums: dict[tuple[str, int], float] = {}
    for line, row in enumerate(rows.itertuples(), start=2):
        if (row.location, row.origin_date.date()) != (unit, as_of):
            found = f"{row.location} {row.origin_date:%Y-%m-%d}"
            faults.append(Text("line {line}: is of {found}, the file of {day}", line=line, found=found, day=f"{unit} {as_of}"))
        key = (row.indicator, int(row.target_year))
        if row.output_type == "pmf":
            sums[key] = sums.get(key, 0.0) + (finite(row.value) or 0.0)
        kind, name = ("probability", row.output_type_id) if row.output_type == "pmf" else (row.output_type, row.output_type_id)
        said.append((line, key, kind, "mean" if kind == "mean" else name, row.value))
    faults += [
        *_unsound(said),
        *(
            Text("{line} {year}: the chances do not add up to one", line=key, year=year)
            for (key, year), total in sums.items()
            if abs(total - 1) > SUM
        ),
    ]
    if faults:
        raise refusal(where, faults, table=MODEL_OUTPUT.name)
    kept = [(*key, kind, name, value) for _, key, kind, name, value in said if (kind, name) != ("probability", "missed")]
    return pd.DataFrame(kept, columns=["indicator", "target_year", "output_type", "output_type_id", "value"])


def _table(path: Path, where: str) -> pd.DataFrame:
    """A file of the ledger as text; whatever is wrong with it is an error of ours, with its name."""
    try:
        return raw_table(path, where)
    except KpiError:
        raise
    except (OSError, ValueError) as error:  # pandas' own are ValueErrors
        raise KpiError("{file}: cannot be read as a table ({why}).", file=where, why=str(error)) from None


def finite(text: str) -> float | None:
    """A number as the ledger writes it; None for anything else.

    >>> finite("0.25"), finite("nan"), finite("1_0"), finite("")
    (0.25, None, None, None)
    """
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) and "_" not in text else None


def _unsound(said: Iterable[Said]) -> Iterator[Words]:
    """What no round can say: a number that is none, a chance beyond nought and one, quantiles out of order."""
    last: dict[tuple[str, int], tuple[float, float]] = {}
    for line, key, kind, name, value in said:
        if kind == "status" or value == "":
            continue
        number = finite(value)
        if number is None:
            yield Text("line {line}: {found} is no number", line=line, found=repr(value))
        elif kind == "probability" and not 0 <= number <= 1:
            yield Text("line {line}: {found} is no chance: from 0 to 1 is needed", line=line, found=value)
        elif kind == "quantile":
            level = finite(name)
            if level is None or not 0 < level < 1:
                yield Text("line {line}: {found} is no share of a distribution", line=line, found=repr(name))
                continue
            if key in last and (level <= last[key][0] or number < last[key][1]):
                yield Text("line {line}: the quantiles are out of order", line=line)
            last[key] = (level, number)
