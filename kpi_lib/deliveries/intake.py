"""From files as sent to figures that count: read safely, recognise, hold against what is known, keep the good rows, let the bad ones wait."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import msgspec
import pandas as pd

from kpi_lib.definitions import folders
from kpi_lib.definitions.columns import UNFIT
from kpi_lib.definitions.frames import OBSERVATIONS
from kpi_lib.definitions.indicators import Unit, read_unit
from kpi_lib.definitions.targets import plan_values, read_plans
from kpi_lib.deliveries import store
from kpi_lib.deliveries.account import account
from kpi_lib.deliveries.answers import confirm, still_waiting
from kpi_lib.deliveries.checks.meaning import held_against
from kpi_lib.deliveries.delivery import Claim, Fault, Item, PlanFigure, Reading, Receipt, fault
from kpi_lib.deliveries.files.book import Book
from kpi_lib.deliveries.files.reading import read_safely
from kpi_lib.deliveries.store import Record
from kpi_lib.deliveries.tables.recipe_reading import read_with_recipes
from kpi_lib.deliveries.tables.recipes import Recipe, load_recipes
from kpi_lib.deliveries.tables.template_form import MARK_ROW
from kpi_lib.deliveries.tables.template_reading import read_template
from kpi_lib.deliveries.tables.tidy import read_tidy
from kpi_lib.figures.observations import observed, read_observations
from kpi_lib.words.messages import KpiError, Text, listed

__all__ = ["Receipt", "confirm", "dropped", "ingest", "recognise", "still_waiting"]
WORKBOOKS = (".xlsx", ".xlsm", ".xls", ".ods")


def ingest(paths: Sequence[Path], unit_id: str, *, received: dt.date, sender: str = "") -> list[Receipt]:
    """Take files in for a unit, each on its own: a bad one never stops the next. The caller holds the unit's lock.

    Parameters
    ----------
    received : the day they came; figures without a day of their own count as known from it on.

    Raises
    ------
    KpiError : unknown unit, a fault in its own files, or a file that is not there.
    """
    unit = read_unit(unit_id)
    missing = [str(path) for path in paths if not path.is_file()]
    if missing:
        raise KpiError("There is no file {files}. Check the path and run again.", files=", ".join(missing))
    desk = _Desk(unit, received, sender)
    new = [path for path in paths if not desk.seen_before(path)]
    books = dict(zip(new, (book for _, book in read_safely(new)), strict=True))
    return [desk.take(path, books.get(path)) for path in paths]


def dropped(unit_id: str) -> list[Path]:
    """Workbooks put into the unit's `deliveries` folder by hand that were not taken in yet (CSV there are read as they are)."""
    known = {record.digest for record in store.records(unit_id)}
    files = sorted(path for path in (folders.raw(unit_id) / "deliveries").glob("*") if path.suffix.lower() in WORKBOOKS)
    return [path for path in files if not path.name.startswith("~$") and store.digest_of(path) not in known]


class _Desk:
    """The state of one round of taking in: what is known so far, by indicator, and the digests already seen."""

    def __init__(self, unit: Unit, received: dt.date, sender: str) -> None:
        self.unit, self.received, self.sender = unit, received, sender
        self.recipes: list[Recipe] = load_recipes(unit.id)
        self.known = {key: [rows] for key, rows in read_observations(unit.id).groupby("indicator", sort=False)}
        self.plans = read_plans(unit.id)
        self.records = {record.digest: record for record in store.records(unit.id) if record.kind == "delivery"}
        self.number = store.next_number(unit.id)
        self.digests: dict[Path, str] = {}

    def seen_before(self, path: Path) -> bool:
        """Whether this very file was delivered before; also keeps its digest."""
        self.digests[path] = store.digest_of(path)
        return self.digests[path] in self.records

    def take(self, path: Path, book: Book | None) -> Receipt:
        """Take one file in and record it."""
        digest = self.digests[path]
        if book is None or digest in self.records:
            return self._again(path, digest)
        reading = recognise(book, self.unit, self.recipes)
        read, plans = reading, tuple(plan for plan in reading.plans if not self._in_force(plan))
        reading = replace(reading, digest=digest, plans=plans, file=path.name, faults=(*_worth_telling(book, reading), *reading.faults))
        due = self.unit.deadline(*max(reading.months)) if reading.months else None
        known = self._known_of(reading)
        meaning = held_against(reading, known, self.unit, plans=self.plans, received=self.received, deadline=due)
        receipt = _settle(reading, (*reading.faults, *meaning), self.number)
        taken: list[Item] = [*receipt.accepted, *receipt.plans]
        waiting: list[Item] = [*receipt.waiting, *receipt.waiting_plans]
        receipt = replace(receipt, account=account(book, read, taken, waiting, receipt.faults))
        self._keep(path, reading, receipt)
        return receipt

    def _again(self, path: Path, digest: str) -> Receipt:
        before = self.records[digest]
        found = Text("the very same file came on {day} (delivery {number})", day=before.received, number=before.number)
        told = fault("file_twice", file=path.name, found=found)
        return Receipt(path.name, digest, before.reader, before.number, faults=(told,), repeated=True)

    def _in_force(self, plan: PlanFigure) -> bool:
        """Whether a plan is the one already in force: repeated, it is no new version."""
        known = plan_values(self.plans, plan.indicator, plan.year, plan.measure, as_of=self.received)
        return any(abs(value - plan.value) <= 1e-9 * abs(value) for value in known.values())

    def _known_of(self, reading: Reading) -> pd.DataFrame:
        """What is known of the indicators a reading speaks about."""
        spoken: list[Item | Claim] = [*reading.figures, *reading.claims, *reading.plans]
        keys = {item.indicator for item in spoken}
        parts = [part for key in self.unit.indicators if key in keys for part in self.known.get(key, ())]
        return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=OBSERVATIONS.names)

    def _keep(self, path: Path, reading: Reading, receipt: Receipt) -> None:
        stored = store.keep_file(self.unit.id, self.number, path, path.name)
        record = Record(
            self.number, "delivery", self.received, UNFIT.sub("", path.name), receipt.digest, stored, receipt.reader, self.sender or reading.sender,
            reading.prepared, reading.months, len(receipt.accepted), len(receipt.plans), receipt.waiting, receipt.waiting_plans,
            receipt.faults, receipt.refused, account=receipt.account or msgspec.UNSET,
        )  # fmt: skip
        store.commit(self.unit.id, record, receipt.accepted, receipt.plans)
        self.records[record.digest] = record
        self.number += 1
        self._learn(record, receipt)

    def _learn(self, record: Record, receipt: Receipt) -> None:
        """What was just taken over is known to the next file."""
        if receipt.accepted:
            rows = observed(store.accepted_frame(receipt.accepted, record), self.unit)
            for key, part in rows.groupby("indicator", sort=False):
                self.known.setdefault(key, []).append(part)
        if receipt.plans:
            self.plans = read_plans(self.unit.id)


def recognise(book: Book, unit: Unit, recipes: Iterable[Recipe]) -> Reading:
    """Read a book as the template, a tidy table or a declared table; a refusal that says what was seen when it is none of them."""
    if not book.sheets:
        given = () if any(item.severity == "refuse" for item in book.faults) else (fault("file_empty", file=book.file),)
        return Reading(book.file, "", "none", faults=given)
    found = read_template(book, unit) or read_tidy(book, unit) or read_with_recipes(book, unit, list(recipes))
    if found is not None:
        return found
    sheets = (
        Text("sheet “{sheet}” of {rows} rows × {columns} columns", sheet=s.name, rows=s.height, columns=s.width) for s in book.sheets[:4]
    )
    return Reading(book.file, "", "none", faults=(fault("table_unknown", file=book.file, found=listed(sheets, "; ")),))


def _worth_telling(book: Book, reading: Reading) -> tuple[Fault, ...]:
    """What reading the book had to say, less the template's own hidden row of marks."""
    own = {sheet.name for sheet in book.sheets if reading.reader == "template" and sheet.hidden_rows == {MARK_ROW}}
    return tuple(item for item in book.faults if not (item.check == "rows_hidden" and item.sheet in own))


def _settle(reading: Reading, faults: tuple[Fault, ...], number: int) -> Receipt:
    """Divide what was read into what is taken over and what waits."""
    figures, plans = tuple(dict.fromkeys(reading.figures)), tuple(dict.fromkeys(reading.plans))
    items: list[Item] = [*figures, *plans]
    held = {item for item in items if any(f.concerns(item.sheet, item.cell) for f in faults)}
    taken = tuple(item for item in figures if item not in held)
    plans_taken = tuple(item for item in plans if item not in held)
    refused = not taken and not plans_taken and any(f.severity == "refuse" for f in faults)
    return Receipt(
        reading.file, reading.digest, reading.reader, number, taken, plans_taken, tuple(item for item in figures if item in held),
        tuple(item for item in plans if item in held), faults, refused,
    )  # fmt: skip
