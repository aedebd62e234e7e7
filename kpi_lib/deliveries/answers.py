"""What people answer to a delivery: what waited is let in, or what was handed in is withdrawn, each by name; what still waits on a day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path

import msgspec

from kpi_lib.definitions import received
from kpi_lib.definitions.indicators import read_unit
from kpi_lib.deliveries import store
from kpi_lib.deliveries.delivery import DeliveredFigure, Item, PlanFigure, Receipt, has_period
from kpi_lib.deliveries.store import Record
from kpi_lib.words.messages import KpiError, Text, say

Line = tuple[str, str, str, str]


def confirm(unit_id: str, number: int, *, by: str, reason: str, on: dt.date, cells: Sequence[str] = ()) -> Receipt:
    """Let figures in that waited for a confirmation: somebody answers for them by name, and the record says why.

    Parameters
    ----------
    cells : "Trang!C7" or "C7"; empty for all that only wait for a confirmation. A refused figure cannot be confirmed: it must be mended.

    Returns
    -------
    receipt of the confirmation; its figures count as known from `on`.

    Raises
    ------
    KpiError : no such delivery, no name or reason, nothing to confirm, or a cell that is refused or does not wait.
    """
    record = record_of(unit_id, number, by, reason)
    chosen = _chosen(unit_id, record, cells)
    undated = [item for item in chosen if not has_period(item)]
    if undated and (cells or len(undated) == len(chosen)):
        raise KpiError(
            "Delivery {number}: nothing states the period of {cells}. Say it: kpi confirm {number} --period 2026-09 --name ... --reason ...",
            number=number,
            cells=", ".join(map(place, undated)),
        )
    chosen = [item for item in chosen if item not in undated]
    refused = [item for item in chosen if any(f.severity == "refuse" and f.concerns(item.sheet, item.cell) for f in record.faults)]
    let_in = [item for item in chosen if item not in refused]
    if not let_in or (cells and refused):
        named = ", ".join(f"{item.sheet}!{item.cell}" for item in refused) or ", ".join(cells)
        what = named or Text("anything: no cell waits to be confirmed")
        raise KpiError(
            "Delivery {number}: cannot confirm {cells}. A refused cell must be mended in the file and sent again.",
            number=number,
            cells=what,
        )
    return _record_confirmation(unit_id, record, let_in, by.strip(), reason.strip(), on)


def record_of(unit_id: str, number: int, by: str, reason: str) -> Record:
    """The delivery that somebody answers for by name.

    Raises
    ------
    KpiError : no such delivery, no name or no reason.
    """
    if not by.strip() or not reason.strip():
        raise KpiError("A confirmation needs the name of who answers for it (--name) and the reason (--reason).")
    return _record(unit_id, number, ("delivery",))


def _chosen(unit_id: str, record: Record, cells: Sequence[str]) -> list[Item]:
    """What of a delivery waits in the cells named, in any where none is."""
    waiting = [item for items in still_waiting(unit_id, record) for item in items]
    return [item for item in waiting if not cells or item.cell in cells or place(item) in cells]


def unstated(unit_id: str, record: Record, cells: Sequence[str]) -> list[str]:
    """The cells, as sheet!cell, that wait because nothing states their period, because statements of it contradict one another, or under
    a period that somebody stated before; of a table all.

    Raises
    ------
    KpiError : none of the cells waits for that.
    """
    asked = [fault for fault in record.faults if fault.check in ("period_unknown", "period_differs") and fault.severity == "confirm"]
    found = dict.fromkeys(place(item) for item in _chosen(unit_id, record, cells) if place(item) in record.stated)
    for item in _chosen(unit_id, record, cells):
        for fault in asked:
            if fault.concerns(item.sheet, item.cell):
                found |= dict.fromkeys([place(item), *(cell if "!" in cell else f"{fault.sheet}!{cell}" for cell in fault.holds)])
    if not found:
        raise KpiError(
            "Delivery {number}: no cell waits for its period to be stated. A period that the file states wrongly is mended in the file, which is sent again.",
            number=record.number,
        )
    return list(found)


def withdrawn_cells(unit_id: str, record: Record) -> frozenset[str]:
    """The cells of a delivery's file, as sheet!cell, that somebody has withdrawn one by one."""
    own = {record.number, record.confirms}
    return frozenset(cell for one in store.records(unit_id) if one.kind == "withdrawal" and one.withdraws in own for cell in one.cells)


def confirm_sizes(unit_id: str, *, by: str, reason: str, on: dt.date) -> list[Receipt]:
    """Let in, of all deliveries, the first figures of new lines that wait only until somebody has looked at their size.

    Raises
    ------
    KpiError : no name or reason, or nothing waits for that.
    """
    found = []
    for record in store.records(unit_id):
        cells = [f"{item.sheet}!{item.cell}" for item in waiting_for_size(unit_id, record)]
        if cells:
            found.append(confirm(unit_id, record.number, by=by, reason=reason, on=on, cells=cells))
    if not found:
        raise KpiError("{unit}: no figure waits until somebody has looked at its size.", unit=unit_id)
    return found


def waiting_for_size(unit_id: str, record: Record) -> list[DeliveredFigure]:
    """The figures of a delivery that wait for nothing but a look at their size."""
    if not any(item.check == "size_first" for item in record.faults):
        return []
    open_figures, _ = still_waiting(unit_id, record)
    return [item for item in open_figures if {f.check for f in record.faults if f.concerns(item.sheet, item.cell)} == {"size_first"}]


def _record_confirmation(unit_id: str, record: Record, let_in: Sequence[Item], by: str, reason: str, on: dt.date) -> Receipt:
    word = say("confirmed by {name}: {reason}", read_unit(unit_id).lang, name=by, reason=reason)
    noted = [replace(item, note="; ".join(filter(None, (item.note, word)))) for item in let_in]
    figures = tuple(item for item in noted if isinstance(item, DeliveredFigure))
    plans = tuple(item for item in noted if isinstance(item, PlanFigure))
    answered = tuple(replace(f, severity="note") for f in record.faults if any(f.concerns(item.sheet, item.cell) for item in let_in))
    entry = replace(
        record, number=store.begin(unit_id), kind="confirmation", received=on, sender=by, reason=reason, accepted=len(figures),
        plans_accepted=len(plans), waiting=(), waiting_plans=(), faults=answered, refused=False, confirms=record.number, account=msgspec.UNSET,
    )  # fmt: skip
    store.commit(unit_id, entry, figures, plans)
    store.to_disk(unit_id)
    return Receipt(record.name, record.digest, record.reader, entry.number, figures, plans, faults=answered)


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """What a withdrawal took back: how many figures and plans no longer count, how many cells no longer wait."""

    number: int
    taken_back: int
    closed: int


def withdraw(unit_id: str, number: int, *, by: str, reason: str, on: dt.date, cells: Sequence[str] = ()) -> Withdrawal:
    """Take back what was handed in, or a confirmation: it stops counting from a day on, and nothing of it waits any more.

    The record stays, and reports of earlier days say what they said. A cell whose confirmation is withdrawn waits again; the file of a
    delivery that was withdrawn whole may be sent again.

    Parameters
    ----------
    cells : "Trang!C7" or "C7", taken over or waiting; empty for everything of the record.

    Raises
    ------
    KpiError : no such record, no name or reason, a day before it was received, or nothing of it left to withdraw.
    """
    if not by.strip() or not reason.strip():
        raise KpiError("A withdrawal needs the name of who answers for it (--name) and the reason (--reason).")
    record = _record(unit_id, number, ("delivery", "confirmation"))
    if on < record.received:
        raise KpiError("Record {number} is of {day}: it cannot be withdrawn before.", number=number, day=record.received)
    every = store.records(unit_id)
    withdrawals = [one for one in every if one.kind == "withdrawal"]
    counting = [where for one in every if number in (one.number, one.confirms) for where, _ in received.counting(unit_id, one, withdrawals)]
    waiting = [place(item) for items in still_waiting(unit_id, record) for item in items] if record.kind == "delivery" else []
    back, closed = ([where for where in some if not cells or {where, where.rsplit("!", 1)[-1]} & {*cells}] for some in (counting, waiting))
    if not back and not closed:
        raise KpiError("Record {number}: nothing of it is left to withdraw.", number=number)
    entry = Record(
        store.begin(unit_id), "withdrawal", on, record.name, record.digest, record.stored, record.reader, by.strip(),
        reason=reason.strip(), withdraws=number, cells=tuple(sorted({*back, *closed})) if cells else (),
    )  # fmt: skip
    store.commit(unit_id, entry, (), ())
    store.to_disk(unit_id)
    return Withdrawal(entry.number, len(back), len(closed))


def _record(unit_id: str, number: int, kinds: Sequence[str]) -> Record:
    found = next((item for item in store.records(unit_id) if item.number == number and item.kind in kinds), None)
    if found is None:
        raise KpiError("{unit}: there is no delivery {number}. See the list: kpi waiting --unit {unit}.", unit=unit_id, number=number)
    return found


def place(item: Item) -> str:
    """Sheet and cell of a figure or plan, as sheet!cell."""
    return f"{item.sheet}!{item.cell}"


# ---- what waits ------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Since:
    """What came of deliveries by a day: the cells confirmed of each, the last record that took a line over, the last of each file."""

    confirmed: dict[int, set[str]] = field(default_factory=dict)
    taken: dict[Line, int] = field(default_factory=dict)
    offered: dict[str, int] = field(default_factory=dict)
    withdrawals: list[Record] = field(default_factory=list)


@lru_cache(maxsize=8)
def _since(unit_id: str, state: tuple[Path, int, int], as_of: dt.date) -> _Since:
    del state
    known = [item for item in store.records(unit_id) if item.received <= as_of]
    since = _Since(withdrawals=[item for item in known if item.kind == "withdrawal"])
    for record in known:
        rows = received.counting(unit_id, record, since.withdrawals)
        since.taken.update(
            {(row["indicator"], row["series"], row["basis"], row["period"]): record.number for _, row in rows if "basis" in row}
        )
        if record.kind == "delivery":
            if not any(
                one.withdraws in (record.number, record.confirms) and not one.cells
                for one in since.withdrawals
                if one.number > record.number
            ):
                since.offered[record.digest] = record.number
        elif record.confirms:
            since.confirmed.setdefault(record.confirms, set()).update(where for where, _ in rows)
    return since


def still_waiting(unit_id: str, record: Record, *, as_of: dt.date = dt.date.max) -> tuple[list[DeliveredFigure], list[PlanFigure]]:
    """What of a delivery still waits on a day: not confirmed, not withdrawn, not replaced by a later figure of its span or the file sent again."""
    since = _since(unit_id, received.state(unit_id), as_of)
    if record.kind != "delivery" or since.offered.get(record.digest, 0) > record.number:
        return [], []
    done = since.confirmed.get(record.number, set())

    def waits(item: Item) -> bool:
        return place(item) not in done and received.withdrawn_on(record, place(item), since.withdrawals) is None

    figures = [item for item in record.waiting if waits(item) and since.taken.get(_line(item), 0) <= record.number]
    return figures, [item for item in record.waiting_plans if waits(item)]


def _line(item: DeliveredFigure) -> Line:
    return item.indicator, item.series, item.basis, item.period
