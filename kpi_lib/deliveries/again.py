"""Whether a file came before: what was taken from it then is not taken twice, and what was refused may be offered again."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path

from kpi_lib import __version__
from kpi_lib.definitions import folders, received
from kpi_lib.definitions.indicators import read_unit
from kpi_lib.deliveries import store
from kpi_lib.deliveries.answers import still_waiting
from kpi_lib.deliveries.delivery import DeliveredFigure, Fault, Receipt
from kpi_lib.deliveries.store import Record

Identity = tuple[str, ...]
IDENTITY = ("indicator", "series", "basis", "period", "status", "measure", "perimeter", "sheet", "cell")


def offered(unit_id: str) -> dict[str, Record]:
    """The last delivery of each file, by its digest; one that was withdrawn, at once or cell by cell until nothing was left, did not happen."""
    every = store.records(unit_id)
    withdrawals = [record for record in every if record.kind == "withdrawal"]
    touched = {record.withdraws for record in withdrawals}
    counts = {
        number
        for record in every
        for number in {record.number, record.confirms} & touched
        if received.counting(unit_id, record, withdrawals)
    }
    gone = touched - counts
    undone = {record.number for record in every if {record.number, record.confirms} & gone and not any(still_waiting(unit_id, record))}
    return {record.digest: record for record in every if record.kind == "delivery" and record.number not in undone}


def settings_of(unit_id: str) -> str:
    """Digest of what files are read and judged by: the unit's settings, targets and plans, recipes, limits, the version of the code."""
    own = tuple((path.name, store.digest_of(path)) for path in folders.settings(unit_id))
    return _digest((*own, *(("taken over", taken) for taken in [read_unit(unit_id).taken_over] if taken)))


@lru_cache(maxsize=8)
def _digest(own: tuple[tuple[str, str], ...]) -> str:
    here = Path(__file__).parent
    shipped = sorted(path for pattern in ("**/*.toml", "checks/*.json", "checks/*.csv") for path in here.glob(pattern))
    parts = (__version__, *(store.digest_of(path) for path in shipped), *(word for pair in own for word in pair))
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def identity(figure: DeliveredFigure) -> Identity:
    """What makes a figure of a file the same figure when the file is read again: where it stands, what it is, how much."""
    return (*(getattr(figure, name) for name in IDENTITY), repr(figure.value))


def taken_of(unit_id: str, digest: str) -> frozenset[Identity]:
    """The figures taken from a file that count today, or were let in by name."""
    every = store.records(unit_id)
    withdrawals = [record for record in every if record.kind == "withdrawal"]
    return frozenset(
        (*(row.get(name, "") for name in IDENTITY), row["value"])
        for record in every
        if record.digest == digest
        for _, row in received.counting(unit_id, record, withdrawals)
        if "basis" in row
    )


def nothing_new(receipt: Receipt, before: Record) -> bool:
    """Whether a file that came again brings what it brought before: nothing to take, no other cell that waits, no other fault."""
    if receipt.accepted or receipt.plans or receipt.refused != before.refused:
        return False
    waits = {*receipt.waiting, *receipt.waiting_plans} <= {*before.waiting, *before.waiting_plans}
    return waits and (not receipt.refused or _told(receipt.faults) == _told(before.faults))


def _told(faults: tuple[Fault, ...]) -> set[tuple[str, str, str]]:
    return {(fault.check, fault.sheet, fault.cell) for fault in faults}
