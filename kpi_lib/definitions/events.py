"""The register of events: dated one-offs to come whose effect no past pattern holds, each written down by somebody on a day (`events.csv`)."""

from __future__ import annotations

import datetime as dt
import itertools
import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from kpi_lib.definitions import folders
from kpi_lib.definitions.columns import Row, add_rows, counts, read_csv, read_rows, refusal
from kpi_lib.definitions.frames import EVENTS
from kpi_lib.definitions.indicators import Indicator, Unit
from kpi_lib.definitions.measures import Measure, factor, measure_of
from kpi_lib.definitions.starting import slug
from kpi_lib.words.messages import KpiError, Text, Words
from kpi_lib.words.near import near

ID = r"[a-z0-9][a-z0-9_-]*"


@dataclass(frozen=True, slots=True)
class DatedEvent:
    """An event: what it adds to the year of its line with `probability`, on a day from `first` to `last`; written down `on` a day by `who`."""

    id: str
    indicator: str
    what: str
    amount: float
    measure: Measure
    first: dt.date
    last: dt.date
    probability: float
    document: str
    who: str
    on: dt.date


def takes_events(ind: Indicator) -> bool:
    """Whether a sum that comes on a day means something for a line: its figures are amounts, or states on a day that may take a step."""
    return not (ind.kind.growth_to_date or ind.kind.must_be_nil or ind.kind.once_a_year)


def read_events(unit: Unit) -> pd.DataFrame:
    """Every event ever written down for a unit, held against its lines; columns of `frames.EVENTS`.

    Raises
    ------
    KpiError : a cell of the wrong kind, an id that stands twice, a line the unit does not have or that takes no events, a measure that is not
        the line's, days outside one year; all faults at once, each with its row.
    """
    return _held(read_csv(folders.raw(unit.id) / "events.csv", EVENTS), unit)


def add_events(unit: Unit, events: Sequence[Mapping[str, Any]], *, more: Callable[[pd.DataFrame], object] = lambda _: None) -> Path:
    """Write events down (columns of `frames.EVENTS`, without `id`, which their words give), all or none; the file they stand in.

    Parameters
    ----------
    more : refuses the events with the new ones last, for a reason that the register does not know.

    Raises
    ------
    KpiError : as `read_events`, of the file with the events; nothing is written.
    """
    path = folders.raw(unit.id) / "events.csv"
    taken = set(read_csv(path, EVENTS)["id"])
    rows = []
    for event in events:
        name = event_name(str(event["what"]))
        if not name:
            raise KpiError("Say in words what is to come.")
        free = next(each for number in itertools.count(1) if (each := name if number == 1 else f"{name}-{number}") not in taken)
        taken.add(free)
        rows.append({"id": free, **event})
    add_rows(path, EVENTS, rows, lambda rows: more(_held(rows, unit)))
    return path


def event_name(what: str) -> str:
    """The id that an event's words give; empty where they hold no letter."""
    return slug(what)[:LONGEST].strip("-")


LONGEST = 40  # letters of an id made from words


def _held(frame: pd.DataFrame, unit: Unit) -> pd.DataFrame:
    """The register, once nothing in it must be mended."""
    faults = [
        Text("line {line}: {fault}", line=str(number + 2), fault=fault)
        for number, row in enumerate(frame.to_dict("records"))
        for fault in _faults(row, unit)
    ]
    if faults:
        raise refusal(f"{unit.id}/events.csv", faults, table=EVENTS.name)
    return frame


def _faults(row: Row, unit: Unit) -> Iterator[Words]:
    if not re.fullmatch(ID, row["id"]):
        yield Text("id = {found}: small letters, digits, - and _ are needed", found=repr(row["id"]))
    ind = unit.indicators.get(row["indicator"])
    if ind is None:
        found, hint = repr(row["indicator"]), near(row["indicator"], unit.indicators)
        yield Text("{line} is not among the unit's lines{hint}", line=found, hint=hint)
        return
    first, last, calendar = row["from"].date(), row["to"].date(), unit.calendar_of(ind)
    if not first <= last or calendar.year_of(first) != calendar.year_of(last):
        yield Text("from {first} to {last}: the last day is needed in the same year as the first and not before it", first=first, last=last)
    yield from _meaning(row, ind)


def _meaning(row: Row, ind: Indicator) -> Iterator[Words]:
    """Why the amount of an event means nothing for its line."""
    if not takes_events(ind):
        yield Text(
            "{line} takes no events: it is a growth rate as published, a count that must be nil or an assessment, to which a sum cannot be added. "
            "Write the event down for the line whose amounts it adds to",
            line=ind.id,
        )
    elif not math.isfinite(factor(row["measure"], ind.natural_measure)):
        yield Text("measure = {found}: {line} is in {measure}", found=repr(row["measure"]), line=ind.id, measure=ind.natural_measure)
    if ind.kind.never_falls and row["amount"] < 0:
        yield Text("amount = {found}: {line} only grows", found=f"{row['amount']:g}", line=ind.id)


def events_of(unit: Unit, ind: Indicator, year: int, *, as_of: dt.date) -> tuple[DatedEvent, ...]:
    """The events of a line's year written down by a day and not withdrawn, in the order of the file.

    Raises
    ------
    KpiError : as `read_events`.
    """
    path = folders.raw(unit.id) / "events.csv"
    if not (rows := read_rows(path, EVENTS)):
        return ()
    read_events(unit)
    calendar = unit.calendar_of(ind)
    own = (row for row in rows if row["indicator"] == ind.id and calendar.year_of(row["from"].date()) == year)
    return tuple(event_of(row) for row in own if counts(row, EVENTS, as_of))


def event_of(row: Row) -> DatedEvent:
    """A row of the register as an event."""
    return DatedEvent(
        row["id"], row["indicator"], row["what"], row["amount"], measure_of(row["measure"]), row["from"].date(), row["to"].date(),
        row["probability"], row["document"], row["who"], row["on"].date(),
    )  # fmt: skip
