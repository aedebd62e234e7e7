"""What people answer to a delivery: figures that waited are let in under a name, and what still waits on a day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace

import msgspec

from kpi_lib.definitions.indicators import read_unit
from kpi_lib.deliveries import store
from kpi_lib.deliveries.delivery import Figure, Item, PlanFigure, Receipt
from kpi_lib.deliveries.store import Record
from kpi_lib.words.messages import KpiError, Text, say


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
    if not by.strip() or not reason.strip():
        raise KpiError("A confirmation needs the name of who answers for it (--name) and the reason (--reason).")
    record = next((item for item in store.records(unit_id) if item.number == number and item.kind == "delivery"), None)
    if record is None:
        raise KpiError("{unit}: there is no delivery {number}. See the list: kpi waiting --unit {unit}.", unit=unit_id, number=number)
    open_figures, open_plans = still_waiting(unit_id, record)
    waiting: list[Item] = [*open_figures, *open_plans]
    chosen = [item for item in waiting if not cells or item.cell in cells or f"{item.sheet}!{item.cell}" in cells]
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


def _record_confirmation(unit_id: str, record: Record, let_in: Sequence[Item], by: str, reason: str, on: dt.date) -> Receipt:
    word = say("confirmed by {name}: {reason}", read_unit(unit_id).lang, name=by, reason=reason)
    noted = [replace(item, note="; ".join(filter(None, (item.note, word)))) for item in let_in]
    figures = tuple(item for item in noted if isinstance(item, Figure))
    plans = tuple(item for item in noted if isinstance(item, PlanFigure))
    answered = tuple(replace(f, severity="note") for f in record.faults if any(f.concerns(item.sheet, item.cell) for item in let_in))
    entry = replace(
        record, number=store.next_number(unit_id), kind="confirmation", received=on, sender=by, reason=reason, accepted=len(figures),
        plans_accepted=len(plans), waiting=(), waiting_plans=(), faults=answered, refused=False, confirms=record.number, account=msgspec.UNSET,
    )  # fmt: skip
    store.commit(unit_id, entry, figures, plans)
    return Receipt(record.name, record.digest, record.reader, entry.number, figures, plans, faults=answered)


def still_waiting(unit_id: str, record: Record, *, as_of: dt.date = dt.date.max) -> tuple[list[Figure], list[PlanFigure]]:
    """What of a delivery still waits on a day: neither confirmed nor replaced by a later figure of the same span."""
    known = [item for item in store.records(unit_id) if item.received <= as_of]
    later = [item.number for item in known if item.number > record.number]
    confirming = [item.number for item in known if item.confirms == record.number]
    answered = {place for number in confirming for place in store.places_taken(unit_id, number)}
    replaced = {line for number in later for line in store.lines_taken(unit_id, number)}
    figures = [item for item in record.waiting if (item.indicator, item.series, item.basis, item.period) not in replaced]
    return (
        [item for item in figures if f"{item.sheet}!{item.cell}" not in answered],
        [item for item in record.waiting_plans if f"{item.sheet}!{item.cell}" not in answered],
    )
