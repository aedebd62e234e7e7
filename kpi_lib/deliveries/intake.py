"""From files as sent to figures that count: read safely, recognise, hold against what is known, keep the good rows, let the bad ones wait."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import msgspec

from kpi_lib.definitions import folders
from kpi_lib.definitions.indicators import Unit, read_unit
from kpi_lib.definitions.targets import plan_values, plans_taken, read_plans, with_plans
from kpi_lib.deliveries import store
from kpi_lib.deliveries.account import account
from kpi_lib.deliveries.again import identity, nothing_new, offered, settings_of, taken_of
from kpi_lib.deliveries.answers import confirm, place, record_of, still_waiting, unstated, waiting_for_size, withdraw, withdrawn_cells
from kpi_lib.deliveries.checks.holding import holding
from kpi_lib.deliveries.checks.meaning import held_against
from kpi_lib.deliveries.checks.past import past_of
from kpi_lib.deliveries.delivery import DeliveredFigure, Fault, Item, PlanFigure, Reading, Receipt, fault
from kpi_lib.deliveries.files.book import Book
from kpi_lib.deliveries.files.reading import read_safely, start_reading
from kpi_lib.deliveries.history import dated, usual_delays
from kpi_lib.deliveries.store import Record, shown
from kpi_lib.deliveries.tables.reader import Stated
from kpi_lib.deliveries.tables.recipe_reading import read_with_recipes
from kpi_lib.deliveries.tables.recipes import Recipe, load_recipes
from kpi_lib.deliveries.tables.template_form import FRAME, MARK_ROW, MONTH_COLUMNS
from kpi_lib.deliveries.tables.template_reading import read_template
from kpi_lib.deliveries.tables.tidy import read_tidy
from kpi_lib.figures.observations import read_observations
from kpi_lib.words.messages import Field, KpiError, Text, listed, plural, say
from kpi_lib.words.system import refused

__all__ = ["Receipt", "confirm", "dropped", "ingest", "recognise", "state_period", "still_waiting", "withdraw"]
WORKBOOKS = (".xlsx", ".xlsm", ".xls", ".ods")


def ingest(
    paths: Sequence[Path], unit_id: str, *, received: dt.date, sender: str = "", keep: bool = True, history: bool = False
) -> list[Receipt]:
    """Take files in for a unit, each on its own: a bad one never stops the next. The caller holds the unit's lock.

    Parameters
    ----------
    received : the day they came; figures without a day of their own count as known from it on.
    keep : False: say what would become of them, and keep nothing.
    history : figures of the past without a day of their own are taken as known when such figures of their line usually are (`history.dated`).

    Raises
    ------
    KpiError : unknown unit, a fault in its own files, or a file that is not there.
    """
    unit = read_unit(unit_id)
    missing = [shown(str(path)) for path in paths if not path.is_file()]
    if missing:
        raise KpiError("There is no file {files}. Check the path and run again.", files=", ".join(missing))
    start_reading()
    desk = _Desk(unit, received, sender, keep=keep, history=history)
    try:
        return [desk.take(path, book) for path, book in read_safely(paths, skip=desk.done_with)]
    finally:
        store.to_disk(unit_id)


def state_period(
    unit_id: str, number: int, month: tuple[int, int], *, by: str, reason: str, on: dt.date, cells: Sequence[str] = ()
) -> Receipt:
    """Read a delivery again with the month that somebody answers for, where nothing states its period or two things contradict one another.

    Parameters
    ----------
    month : year and month with which the figures end; `cells`: as for `confirm`, of a table one is enough; empty for all such cells.

    Returns
    -------
    receipt of the file as read now; what is let in counts as known from `on`, what other checks hold back waits to be confirmed as usual.

    Raises
    ------
    KpiError : no such delivery, no name or reason, no cell that waits for its period, or the file is no longer there.
    """
    before = record_of(unit_id, number, by, reason)
    stated = dict.fromkeys(unstated(unit_id, before, cells), month)
    path = folders.raw(unit_id) / before.stored
    if not before.stored or not path.is_file():
        raise KpiError("There is no file {files}. Check the path and run again.", files=before.stored or before.name)
    desk = _Desk(read_unit(unit_id), on, by.strip(), keep=True, history=False)
    return next(desk.state(book, before, stated, reason.strip()) for _, book in read_safely([path]) if book is not None)


def dropped(unit_id: str) -> list[Path]:
    """Workbooks put into the unit's `deliveries` folder by hand that are still to be taken in (CSV there are read as they are)."""
    files = sorted(
        path for path in (folders.raw(unit_id) / "deliveries").glob("*") if path.suffix.lower() in WORKBOOKS and folders.stands(path)
    )
    last, settings = offered(unit_id), settings_of(unit_id)
    before = {path: last.get(store.digest_of(path)) for path in files if not path.name.startswith("~$")}
    return [path for path, record in before.items() if record is None or (record.refused and record.settings != settings)]


class _Desk:
    """The state of one round of taking in: what is known so far, by indicator, and the files already seen."""

    def __init__(self, unit: Unit, received: dt.date, sender: str, *, keep: bool, history: bool) -> None:
        self.unit, self.received, self.sender, self.keep, self.history = unit, received, sender, keep, history
        self.recipes: list[Recipe] = load_recipes(unit.id)
        obs = read_observations(unit.id)
        self.past = past_of(obs, unit)
        self.delays = usual_delays(obs) if history else None
        self.plans = read_plans(unit.id)
        self.records, self.settings = offered(unit.id), settings_of(unit.id)
        self.prepared = {record.stored: record.prepared for record in self.records.values() if record.prepared}
        self.new = obs["file"].str.startswith("received/").all()
        self.looked_at = set(zip(obs["indicator"], obs["series"], strict=True))
        for record in self.records.values() if self.new else ():
            self._add(waiting_for_size(unit.id, record), record)
        self.number = store.begin(unit.id) if keep else 0
        self.digests: dict[Path, str] = {}
        self.stated: dict[str, tuple[int, int]] = {}
        self.closed: frozenset[str] = frozenset()
        self.unreadable: dict[Path, OSError] = {}

    def done_with(self, path: Path) -> bool:
        """Whether a file need not be read: it was taken in before by the same settings (a refused one is always looked at again)."""
        try:
            self.digests[path] = store.digest_of(path)
        except OSError as error:
            self.unreadable[path] = error
            return True
        return self._settled(self.records.get(self.digests[path]))

    def _settled(self, before: Record | None) -> bool:
        return before is not None and not before.refused and before.settings == self.settings

    def take(self, path: Path, book: Book | None) -> Receipt:
        """Take one file in and record it; whatever goes wrong with it is told of this file alone."""
        name = shown(path.name)
        if path in self.unreadable:
            return _not_stored(name, "", self.unreadable[path])
        digest = self.digests[path]
        before = self.records.get(digest)
        if before is not None and (book is None or self._settled(before)):
            return self._again(name, before)
        assert book is not None
        try:
            receipt, reading = self._judged(replace(book, file=name), digest)
        except Exception as error:  # what a file makes the program do must not stop the next
            receipt, reading = _not_judged(name, digest, self.number, error), Reading(name, digest, "none")
        if before is not None and nothing_new(receipt, before):
            return self._again(name, before)
        try:
            self._keep(path, self._record(reading, receipt), receipt)
        except (OSError, KpiError) as error:
            return _not_stored(name, digest, error)
        return receipt

    def state(self, book: Book, before: Record, stated: Stated, reason: str) -> Receipt:
        """Read the file of a delivery again with periods that somebody answers for; what was held back for want of them is judged now."""
        self.stated, self.closed = dict(stated), withdrawn_cells(self.unit.id, before)
        receipt, reading = self._judged(replace(book, file=before.name), before.digest)
        word = say("period stated by {name}: {reason}", self.unit.lang, name=self.sender, reason=reason)
        let_in = tuple(
            replace(item, note="; ".join(filter(None, (item.note, word)))) if place(item) in stated else item for item in receipt.accepted
        )
        receipt = replace(receipt, accepted=let_in)
        record = replace(self._record(reading, receipt), reason=reason, confirms=before.number, stored=before.stored)
        self._keep(None, record, receipt)
        return receipt

    def _judged(self, book: Book, digest: str) -> tuple[Receipt, Reading]:
        """What becomes of a book, and what was read of it."""
        read = reading = _without(recognise(book, self.unit, self.recipes, self._stated(digest)), self.closed)
        before = taken_of(self.unit.id, digest) if digest in self.records else ()
        figures = tuple(self._dated(item) for item in reading.figures if identity(item) not in before)
        plans = tuple(plan for plan in reading.plans if not self._in_force(plan))
        faults = (*_worth_telling(book, reading), *reading.faults, *_assumed(book.file, figures))
        reading = replace(reading, digest=digest, figures=figures, plans=plans, file=book.file, faults=faults)
        due = self.unit.deadline(*max(reading.months)) if reading.months and not self.history else None
        meaning = held_against(
            reading,
            self.past,
            self.unit,
            plans=self.plans,
            received=self.received,
            deadline=due,
            prepared=self.prepared,
            sized=self._sized(),
        )
        receipt = _settle(reading, holding((*reading.faults, *meaning), reading, self.unit), self.number)
        taken: list[Item] = [*receipt.accepted, *receipt.plans]
        waiting: list[Item] = [*receipt.waiting, *receipt.waiting_plans]
        return replace(receipt, account=account(book, read, taken, waiting, receipt.faults)), reading

    def _again(self, name: str, before: Record) -> Receipt:
        came: dict[str, Field] = {"day": before.received, "number": before.number}
        found = Text("the very same file came on {day} (delivery {number})", **came)
        if before.refused:
            found = Text("the very same file came on {day} (delivery {number}) and is refused for the same reasons", **came)
        return Receipt(
            name, before.digest, before.reader, before.number, faults=(fault("file_twice", file=name, found=found),), repeated=True
        )

    def _dated(self, figure: DeliveredFigure) -> DeliveredFigure:
        return figure if self.delays is None else dated(figure, self.delays, self.unit, self.received)

    def _in_force(self, plan: PlanFigure) -> bool:
        """Whether a plan is the one already in force: repeated, it is no new version."""
        known = plan_values(self.plans, plan.indicator, plan.year, plan.measure, as_of=self.received)
        return any(abs(value - plan.value) <= 1e-9 * abs(value) for value in known.values())

    def _record(self, reading: Reading, receipt: Receipt) -> Record:
        """The record of what became of a file."""
        return Record(
            self.number, "delivery", self.received, receipt.file, receipt.digest, "", receipt.reader, self.sender or reading.sender,
            reading.prepared, reading.months, len(receipt.accepted), len(receipt.plans), receipt.waiting, receipt.waiting_plans,
            receipt.faults, receipt.refused, account=receipt.account or msgspec.UNSET, settings=self.settings,
            stated=self._stated(receipt.digest),
        )  # fmt: skip

    def _stated(self, digest: str) -> dict[str, tuple[int, int]]:
        """The periods that somebody stated for a file by name, now or before."""
        return (self.records[digest].stated if digest in self.records else {}) | self.stated

    def _keep(self, path: Path | None, record: Record, receipt: Receipt) -> None:
        """Keep the record of what became of a file; what was taken over is known to the next file."""
        if self.keep:
            record = store.commit(self.unit.id, record, receipt.accepted, receipt.plans, path)
            self.number += 1
        else:
            record = store.filled(record, receipt.accepted, receipt.plans)
        self.records[record.digest] = record
        if record.prepared:
            self.prepared[record.stored] = record.prepared
        self.looked_at |= {(item.indicator, item.series) for item in receipt.accepted}
        self._add([*receipt.accepted, *(waiting_for_size(self.unit.id, record) if self.new else ())], record)
        if record.plans:
            self.plans = with_plans(self.plans, plans_taken(record.plans))

    def _add(self, figures: Sequence[DeliveredFigure], record: Record) -> None:
        """Hold what comes next against these figures too; those whose size nobody has looked at yet are a past like any other."""
        if figures:
            self.past.add_rows(store.filled(record, figures, ()).figures)

    def _sized(self) -> frozenset[tuple[str, str]] | None:
        """The lines of a new unit that have figures in force; None where the unit has others than those handed in."""
        return frozenset(self.looked_at) if self.new else None


def recognise(book: Book, unit: Unit, recipes: Iterable[Recipe], stated: Stated) -> Reading:
    """Read a book as the template, a tidy table or a declared table; a refusal that says what was seen when it is none of them."""
    if not book.sheets:
        given = () if any(item.severity == "refuse" for item in book.faults) else (fault("file_empty", file=book.file),)
        return Reading(book.file, "", "none", faults=given)
    found = read_template(book, unit) or read_tidy(book, unit, stated) or read_with_recipes(book, unit, list(recipes), stated)
    if found is not None:
        return found
    sheets = (
        Text("sheet “{sheet}” of {rows} rows × {columns} columns", sheet=s.name, rows=s.height, columns=s.width) for s in book.sheets[:4]
    )
    return Reading(book.file, "", "none", faults=(fault("table_unknown", file=book.file, found=listed(sheets, "; ")),))


def _without(reading: Reading, closed: frozenset[str]) -> Reading:
    """A reading less what stands in cells that somebody has withdrawn."""
    items: list[Item] = [*reading.figures, *reading.plans, *reading.undated]
    aside = tuple((item.sheet, item.cell, "withdrawn") for item in items if place(item) in closed)
    figures, plans = (tuple(item for item in some if place(item) not in closed) for some in (reading.figures, reading.plans))
    undated = tuple(item for item in reading.undated if place(item) not in closed)
    return replace(reading, figures=figures, plans=plans, undated=undated, aside=reading.aside + aside) if aside else reading  # type: ignore[arg-type]


def _not_judged(name: str, digest: str, number: int, error: Exception) -> Receipt:
    """The receipt of a file on which the program fails."""
    found = Text("the program fails on it: {kind}: {error}", kind=type(error).__name__, error=getattr(error, "words", None) or str(error))
    return Receipt(name, digest, "none", number, faults=(fault("not_judged", file=name, found=found),), refused=True)


def _not_stored(name: str, digest: str, error: Exception) -> Receipt:
    """The receipt of a file that the machine cannot read or keep."""
    told = fault("not_stored", file=name, found=getattr(error, "words", None) or refused(error))
    return Receipt(name, digest, "none", 0, faults=(told,), refused=True)


def _assumed(file: str, figures: Sequence[DeliveredFigure]) -> tuple[Fault, ...]:
    """The remark that days were assumed for figures of the past."""
    days = [figure.published for figure in figures if figure.published_assumed and figure.published]
    if not days:
        return ()
    count = plural("{n} figure counts as known between {first} and {last}", "{n} figures count as known between {first} and {last}",
                   n=len(days), first=min(days), last=max(days))  # fmt: skip
    return (fault("day_assumed", file=file, found=count),)


def _worth_telling(book: Book, reading: Reading) -> tuple[Fault, ...]:
    """What reading the book had to say, less the template's own hidden row of marks and the columns behind it."""
    form, shown_roles = reading.reader == "template", {column.role for column in (*FRAME, *MONTH_COLUMNS)}
    rows = {("rows_hidden", sheet.name) for sheet in book.sheets if form and sheet.hidden_rows == {MARK_ROW}}
    columns = {
        ("columns_hidden", sheet.name)
        for sheet in book.sheets
        if form and not shown_roles & {sheet.value(MARK_ROW, column) for column in sheet.hidden_columns}
    }
    return tuple(item for item in book.faults if (item.check, item.sheet) not in rows | columns)


def _settle(reading: Reading, faults: tuple[Fault, ...], number: int) -> Receipt:
    """Divide what was read into what is taken over and what waits."""
    figures, plans = tuple(dict.fromkeys(reading.figures)), tuple(dict.fromkeys(reading.plans))
    items: list[Item] = [*figures, *plans]
    held = {item for item in items if any(f.concerns(item.sheet, item.cell) for f in faults)}
    taken = tuple(item for item in figures if item not in held)
    plans_taken = tuple(item for item in plans if item not in held)
    refused = not taken and not plans_taken and any(f.severity == "refuse" for f in faults)
    waiting = [*(item for item in items if item in held), *dict.fromkeys(reading.undated)]
    return Receipt(
        reading.file, reading.digest, reading.reader, number, taken, plans_taken,
        tuple(item for item in waiting if isinstance(item, DeliveredFigure)), tuple(item for item in waiting if isinstance(item, PlanFigure)),
        faults, refused,
    )  # fmt: skip
