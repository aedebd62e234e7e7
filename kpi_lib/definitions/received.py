"""What was taken over from delivered files, as the records of deliveries hold it: which rows count, and from which day on no longer.

Every delivery is one folder `received/NNNNNN/` with the file as it came and `record.json`, which holds what was taken over too; the folder
appears by one rename, whole or not at all. Earlier versions kept `records/NNNNNN.json`, `accepted/NNNNNN.csv` and `plans/NNNNNN.csv` apart:
those count where the record says so many.
"""

from __future__ import annotations

import csv
import datetime as dt
import re
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Literal, Protocol, TypeVar

import msgspec

from kpi_lib.definitions import folders
from kpi_lib.definitions.frames import ACCEPTED, PLANS
from kpi_lib.words.messages import KpiError

RECORD = "record.json"
Drawer = Literal["accepted", "plans"]
TakenOver = tuple[dict[str, str], ...]
Kind = TypeVar("Kind")


class Kept(msgspec.Struct, frozen=True):
    """What a record says of its rows: how many were taken over, and these rows; of a withdrawal, what it withdraws."""

    number: int
    kind: str
    received: dt.date
    accepted: int = 0
    plans_accepted: int = 0
    confirms: int = 0
    withdraws: int = 0
    cells: tuple[str, ...] = ()  # of a withdrawal; none: all of it
    figures: TakenOver = ()
    plans: TakenOver = ()


def record_files(folder: Path) -> list[Path]:
    """The records below a folder `received`, in the order of arrival; those of earlier versions first."""
    earlier = sorted(folder.glob("records/*.json"))
    return earlier + sorted(path for path in folder.glob(f"*/{RECORD}") if path.parent.name.isdigit())


def state(unit_id: str) -> tuple[Path, int, int]:
    """What changes when a record is added: asked a thousand times in a backtest, so nothing is read."""
    folder = folders.received(unit_id)
    return folder, _changed(folder), _changed(folder / "records")


def _changed(folder: Path) -> int:
    try:
        return folder.stat().st_mtime_ns
    except FileNotFoundError:
        return 0


def rows(unit_id: str, drawer: Drawer) -> TakenOver:
    """The rows taken over for a unit, in the order of arrival, each with the day from which on it no longer counts (`withdrawn`).

    Raises
    ------
    KpiError : a record that was changed by hand, or whose figures are gone.
    """
    return _rows(*state(unit_id), drawer)


@lru_cache(maxsize=8)
def _rows(folder: Path, changed: int, earlier: int, drawer: Drawer) -> TakenOver:
    del changed, earlier
    kept = [read(path, Kept) for path in record_files(folder)]
    withdrawals = [record for record in kept if record.kind == "withdrawal"]
    key = (*(ACCEPTED if drawer == "accepted" else PLANS).key, "withdrawn")
    found: dict[tuple[str, ...], dict[str, str]] = {}
    for record in kept:
        for where, row in _placed(folder, record, drawer):
            day = withdrawn_on(record, where, withdrawals)
            dated = {**row, "withdrawn": day.isoformat() if day else ""}
            if day is None or day > dt.date.fromisoformat(row["adopted" if drawer == "plans" else "published"]):
                found.setdefault(tuple(dated.get(name, "") for name in key) if day else (str(len(found)),), dated)
    return tuple(found.values())


def _taken(folder: Path, record: Entry, drawer: Drawer) -> TakenOver:
    """What a record took over, as many rows as it says."""
    wanted = record.accepted if drawer == "accepted" else record.plans_accepted
    own = record.figures if drawer == "accepted" else record.plans
    path = folder / drawer / f"{record.number:06d}.csv"
    if wanted and not own and path.exists():
        with path.open(encoding="utf-8", newline="") as file:
            own = tuple(csv.DictReader(file))
    if wanted and len(own) != wanted:
        raise KpiError(
            "{unit}: delivery {number} took over {wanted:row|rows}, {found} of them are there. Put its folder back from a copy.",
            unit=folder.parent.name, number=record.number, wanted=wanted, found=len(own),
        )  # fmt: skip
    return own if wanted else ()


class Entry(Protocol):
    """What a record says of itself, of what it took over, and of the record it speaks about."""

    @property
    def number(self) -> int: ...
    @property
    def received(self) -> dt.date: ...
    @property
    def confirms(self) -> int: ...
    @property
    def withdraws(self) -> int: ...
    @property
    def cells(self) -> tuple[str, ...]: ...
    @property
    def accepted(self) -> int: ...
    @property
    def plans_accepted(self) -> int: ...
    @property
    def figures(self) -> TakenOver: ...
    @property
    def plans(self) -> TakenOver: ...


def placed(unit_id: str, record: Entry) -> list[tuple[str, dict[str, str]]]:
    """Figures and plans that a record took over, each with the sheet and cell it was read from, as sheet!cell."""
    folder = folders.received(unit_id)
    return _placed(folder, record, "accepted") + _placed(folder, record, "plans")


def _placed(folder: Path, record: Entry, drawer: Drawer) -> list[tuple[str, dict[str, str]]]:
    rows = _taken(folder, record, drawer)
    if drawer == "accepted":
        return [(f"{row.get('sheet', '')}!{row['cell']}", row) for row in rows]
    return [(row["source"].rsplit(", ", 1)[-1], row) for row in rows]


def withdrawn_on(record: Entry, cell: str, withdrawals: Iterable[Entry]) -> dt.date | None:
    """The first day from which on what a record took from a cell no longer counts; None: it counts.

    Who withdraws a delivery withdraws what was confirmed of it too.
    """
    numbers = {record.number, record.confirms} - {0}
    days = (
        one.received
        for one in withdrawals
        if one.number > record.number and one.withdraws in numbers and (not one.cells or cell in one.cells)
    )
    return min(days, default=None)


def counting(unit_id: str, record: Entry, withdrawals: Iterable[Entry]) -> list[tuple[str, dict[str, str]]]:
    """The figures and plans that a record took over and nobody withdrew, each with its place."""
    return [(where, row) for where, row in placed(unit_id, record) if withdrawn_on(record, where, withdrawals) is None]


@lru_cache(maxsize=16384)
def _decoded(path: Path, changed: int, kind: type[Kind]) -> Kind:
    del changed
    try:
        return msgspec.json.decode(path.read_bytes(), type=kind)
    except msgspec.DecodeError as error:
        place = re.sub(r".*/([^/]+/received/)", r"\1", path.as_posix())
        raise KpiError("{file}: the record is damaged or was changed by hand ({error}).", file=place, error=str(error)) from None


def read(path: Path, kind: type[Kind]) -> Kind:
    """A record from disk, read again when its file has changed.

    Raises
    ------
    KpiError : it was damaged or changed by hand.
    """
    return _decoded(path, path.stat().st_mtime_ns, kind)  # type: ignore[arg-type]
