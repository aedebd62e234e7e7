"""What was received, kept for good: the file byte for byte, the figures taken from it, and one record of what became of it.

`data/raw/<unit>/received/` holds `files/` (as received), `accepted/NNNNNN.csv` and `plans/NNNNNN.csv` (what was taken over, with sheet and
cell), and `records/NNNNNN.json`. The record is written last: figures without one do not count, so a delivery is in whole or not at all.
Nothing here is ever changed; a confirmation is a record of its own.
"""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import io
import os
import re
import shutil
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path

import msgspec
import pandas as pd

from kpi_lib import __version__
from kpi_lib.definitions import folders
from kpi_lib.definitions.columns import UNFIT
from kpi_lib.definitions.frames import ACCEPTED, PLANS
from kpi_lib.definitions.targets import NO_DOCUMENT
from kpi_lib.deliveries.delivery import Account, Fault, Figure, Item, PlanFigure
from kpi_lib.words.messages import KpiError

FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
LARGEST_KEPT = 200_000_000  # bytes; of anything larger only name, size and digest are kept


@dataclass(frozen=True, slots=True)
class Record:
    """One delivery (or confirmation) and what became of it. `waiting` figures are held back by `faults` that keep back."""

    number: int
    kind: str  # delivery | confirmation
    received: dt.date
    name: str
    digest: str
    stored: str
    reader: str
    sender: str = ""
    prepared: dt.date | None = None
    months: tuple[tuple[int, int], ...] = ()
    accepted: int = 0
    plans_accepted: int = 0
    waiting: tuple[Figure, ...] = ()
    waiting_plans: tuple[PlanFigure, ...] = ()
    faults: tuple[Fault, ...] = ()
    refused: bool = False
    confirms: int = 0  # number of the delivery a confirmation speaks of
    reason: str = ""
    account: Account | msgspec.UnsetType = msgspec.UNSET  # of a delivery: what became of every cell of numbers
    code_version: str = __version__


def digest_of(path: Path) -> str:
    """SHA-256 of a file, read in pieces."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def records(unit_id: str) -> list[Record]:
    """Every record of a unit in the order of arrival."""
    paths = sorted((folders.received(unit_id) / "records").glob("*.json"))
    return [_read(path, path.stat().st_mtime_ns) for path in paths]


def next_number(unit_id: str) -> int:
    """The number the next record gets."""
    return max((int(path.stem) for path in (folders.received(unit_id) / "records").glob("*.json")), default=0) + 1


def keep_file(unit_id: str, number: int, path: Path, name: str) -> str:
    """Keep a file byte for byte; its place relative to the unit's folder, empty for one too large to keep."""
    if path.stat().st_size > LARGEST_KEPT:
        return ""
    target = folders.received(unit_id) / "files" / f"{number:06d}-{safe_name(name)}"
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.with_name(f".{number:06d}-{os.getpid()}")
    shutil.copyfile(path, temporary)
    temporary.replace(target)
    return target.relative_to(folders.raw(unit_id)).as_posix()


_RESERVED = {"con", "prn", "aux", "nul", *(f"com{i}" for i in range(1, 10)), *(f"lpt{i}" for i in range(1, 10))}


def safe_name(name: str) -> str:
    """A file name every system can hold, still readable: letters, digits, blank, point, dash and bracket; at most 80 characters.

    >>> safe_name("../Report\\u202e of month 9?.xlsx")
    'Report of month 9.xlsx'
    """
    last = re.split(r"[\\/]", unicodedata.normalize("NFC", name))[-1]
    kept = "".join(char for char in last if char.isalnum() or char in " .-_()[]").strip(" .")
    stem, dot, suffix = kept.rpartition(".")
    short = (f"{stem[: 79 - len(suffix)].rstrip()}.{suffix}" if dot and stem and len(suffix) < 10 else kept[:80]) or "tep"
    return f"_{short}" if short.split(".")[0].strip().lower() in _RESERVED else short


def commit(unit_id: str, record: Record, figures: Sequence[Figure], plans: Sequence[PlanFigure]) -> Record:
    """Write what was taken over, then the record that makes it count.

    Raises
    ------
    KpiError : the number is taken: another process has written meanwhile.
    """
    folder = folders.received(unit_id)
    name = f"{record.number:06d}"
    if figures:
        _write_csv(folder / "accepted" / f"{name}.csv", ACCEPTED.names, (_accepted_row(figure, record) for figure in figures))
    if plans:
        _write_csv(folder / "plans" / f"{name}.csv", PLANS.names, (_plan_row(plan, record) for plan in plans))
    written = msgspec.json.format(msgspec.json.encode(record), indent=1).decode("utf-8")
    _write(folder / "records" / f"{name}.json", f"{written}\n", new=True)
    return record


def accepted_frame(figures: Sequence[Figure], record: Record) -> pd.DataFrame:
    """Figures as they stand in `accepted`; columns of `frames.ACCEPTED`."""
    return pd.DataFrame([_accepted_row(figure, record) for figure in figures], columns=ACCEPTED.names)


def places_taken(unit_id: str, number: int) -> list[str]:
    """Where the figures and plans that a record let in stand in its file, as sheet!cell."""
    figures, plans = (_rows(unit_id, drawer, number) for drawer in ("accepted", "plans"))
    return [f"{row['sheet']}!{row['cell']}" for row in figures] + [row["source"].rsplit(", ", 1)[-1] for row in plans]


def lines_taken(unit_id: str, number: int) -> list[tuple[str, str, str, str]]:
    """Indicator, series, basis and period of the figures that a record let in."""
    return [(row["indicator"], row["series"], row["basis"], row["period"]) for row in _rows(unit_id, "accepted", number)]


def _rows(unit_id: str, drawer: str, number: int) -> list[dict[str, str]]:
    path = folders.received(unit_id) / drawer / f"{number:06d}.csv"
    return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8")))) if path.exists() else []


def _source(record: Record) -> str:
    return f"{record.name} #{record.digest[:8]}"


def _accepted_row(figure: Figure, record: Record) -> dict[str, object]:
    return {
        **_known(figure, ACCEPTED.names), "published": figure.published or record.received, "file": record.stored,
        "seen": record.received if figure.published and figure.published < record.received else "",
        "published_assumed": str(figure.published_assumed).lower(),
        "source": f"{figure.source}; {_source(record)}" if figure.source else _source(record),
    }  # fmt: skip


def _plan_row(plan: PlanFigure, record: Record) -> dict[str, object]:
    return {
        **_known(plan, PLANS.names), "adopted": plan.adopted or record.received, "document": plan.document or NO_DOCUMENT,
        "adopted_assumed": str(plan.adopted is None).lower(), "source": f"{_source(record)}, {plan.sheet}!{plan.cell}",
        "seen": record.received if plan.adopted and plan.adopted < record.received else "",
    }  # fmt: skip


def _known(item: Item, columns: list[str]) -> dict[str, object]:
    return {key: value for key, value in asdict(item).items() if key in columns} | {"value": repr(item.value)}


def _write_csv(path: Path, columns: list[str], rows: Iterable[dict[str, object]]) -> None:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, columns, lineterminator="\n", restval="")
    writer.writeheader()
    writer.writerows({key: _plain(value) if key != "value" else value for key, value in row.items()} for row in rows)
    _write(path, text.getvalue(), new=False)


def _plain(value: object) -> object:
    """Text that a spreadsheet would take for a formula gets an apostrophe before it, characters nobody can see go; figures are left alone."""
    text = UNFIT.sub("", value) if isinstance(value, str) else value
    return f"'{text}" if isinstance(text, str) and text[:1] in FORMULA_SIGNS else text


def _write(path: Path, text: str, *, new: bool) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    with temporary.open("w", encoding="utf-8", newline="\n") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    if new and path.exists():
        temporary.unlink()
        raise KpiError("{file}: another run has just taken this number. Run again.", file=path.name)
    temporary.replace(path)


@lru_cache(maxsize=4096)
def _read(path: Path, changed: int) -> Record:
    del changed  # read again when it has; what waits of each record asks for all others
    try:
        return msgspec.json.decode(path.read_bytes(), type=Record)
    except msgspec.DecodeError as error:
        place = f"{path.parent.parent.parent.name}/received/records/{path.name}"
        raise KpiError("{file}: the record is damaged or was changed by hand ({error}).", file=place, error=str(error)) from None
