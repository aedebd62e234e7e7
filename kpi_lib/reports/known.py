"""What of a unit's folder is known on the day of a report: its own words, the numbers no page may quote yet, texts that quote too early."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields

import pandas as pd

from kpi_lib.definitions.columns import QUOTED, SEEN, Table, cut
from kpi_lib.definitions.events import read_events
from kpi_lib.definitions.frames import EVENTS, JUDGEMENTS, OBSERVATIONS, PLANS, REFERENCE, REGISTER, SPLITS, TARGETS
from kpi_lib.definitions.indicators import GROUPS, INDICATORS, Duty, Indicator, Unit, read_unit
from kpi_lib.definitions.owners.assumptions import KEPT, kept_table
from kpi_lib.definitions.owners.judgements import read_judgements
from kpi_lib.definitions.owners.phases import read_phases
from kpi_lib.definitions.references import read_reference
from kpi_lib.definitions.targets import not_entered, read_plans, read_targets, year_in_review
from kpi_lib.deliveries import store
from kpi_lib.figures.boundaries import PERIMETER, read_perimeter
from kpi_lib.figures.observations import read_observations
from kpi_lib.outlook.areas import read_splits
from kpi_lib.reports.proof import own_words, quoted_figures, telling_figure, telling_numbers
from kpi_lib.words.messages import Text, Words, languages, listed, said

END = dt.date(2262, 1, 1)  # later than any day
Days = Mapping[str, dt.date]


@dataclass(frozen=True, slots=True)
class _Register:
    """A table of a unit: where it stands, its rows, from when each of them is known, and from when its words are told."""

    file: str
    rows: pd.DataFrame
    table: Table
    known: pd.Series
    told: pd.Series

    def place(self, index: int) -> str:
        """Where a row stands."""
        row = self.rows.loc[index]
        return f"{row['file']}, {row['cell']}" if "cell" in row else f"{self.file}, {index + 2}"


def _registers(unit: Unit) -> Iterator[_Register]:
    """Every table of a unit, whole."""
    references = ((f"reference/{name}.csv", read_reference(name, as_of=END)) for name in unit.references.values())
    tables: list[tuple[str, pd.DataFrame, Table]] = [
        ("targets.csv", read_targets(unit.id), TARGETS),
        ("plans.csv", read_plans(unit.id), PLANS),
        ("events.csv", read_events(unit), EVENTS),
        ("plans.csv", read_phases(unit), REGISTER),
        ("judgements.csv", read_judgements(unit.id), JUDGEMENTS),
        ("scenarios", kept_table(unit.id), KEPT),
        ("splits.csv", read_splits(unit), SPLITS),
        ("perimeter.csv", read_perimeter(unit.id), PERIMETER),
        ("deliveries", read_observations(unit.id), OBSERVATIONS),
        *((file, pd.DataFrame(rows, columns=REFERENCE.names), REFERENCE) for file, rows in references),
    ]
    for file, rows, table in tables:
        known = rows[list(table.known)].max(axis=1)
        told = rows[[*table.known, *([SEEN.name] if SEEN.name in rows else [])]].max(axis=1)
        yield _Register(file, rows, table, known, told)


def words_of(unit: Unit, as_of: dt.date) -> frozenset[str]:
    """The unit's own words as known on a day: of its definitions and tables; a number in them is no number of the report."""
    return own_words(unit, list(GROUPS.values()), *(cut(each.rows, each.table, as_of) for each in _registers(unit)))


# ---- numbers and their days --------------------------------------------------------------------------------------------------------


def days_of_numbers(unit_id: str) -> Days:
    """The day from which on each telling number in a unit's folder is known: of the first figure, else of the first text.

    A text without a day makes no number known. Nor does one known before the figure it quotes: it is the text that lacks its day.
    """
    figures: dict[str, dt.date] = {}
    texts: dict[str, dt.date] = {}
    unit = read_unit(unit_id)
    for each in _registers(unit):
        for column in (each.rows[column.name] for column in each.table.columns if column.kind in ("number", "text")):
            if column.dtype == float:
                _enter(figures, each.known, column, telling_figure)
            else:
                _enter(texts, each.told if column.name in QUOTED else each.known, column, telling_numbers)
    for day, text in _remarks(unit):
        _enter(texts, pd.Series([pd.Timestamp(day)]), pd.Series([text]), telling_numbers)
    return texts | figures


def _enter(found: dict[str, dt.date], days: pd.Series, column: pd.Series, numbers_of: Callable[..., frozenset[str]]) -> None:
    """The first day of every number in a column."""
    for value, moment in days.groupby(column.to_numpy()).min().items():
        for number in numbers_of(value):
            found[number] = min(moment.date(), found.get(number, END))


def _remarks(unit: Unit) -> Iterator[tuple[dt.date, str]]:
    """What else has a day: remarks and boundary changes, and who sent deliveries and why they were confirmed."""
    for ind in unit.indicators.values():
        yield from ((note.known, note.text[lang]) for note in ind.notes for lang in languages())
    for event in unit.boundary_events:
        yield from ((event.date, text) for text in (*(event.text[lang] for lang in languages()), event.document, event.source))
    for record in store.records(unit.id):
        yield from ((record.received, text) for text in (record.name, record.sender, record.reason))


def later_numbers(unit_id: str, as_of: dt.date) -> frozenset[str]:
    """The numbers that became known after a day only: no text of a page of that day may hold one."""
    return frozenset(number for number, day in days_of_numbers(unit_id).items() if day > as_of)


# ---- what to mend in a unit's files ----------------------------------------------------------------------------------------------------


def to_mend(unit_id: str, today: dt.date) -> Iterator[Words]:
    """What `kpi check` warns of: a year whose targets nobody entered, and texts that quote figures without their day."""
    unit = read_unit(unit_id)
    if entered := not_entered(unit, year_in_review(unit, today), as_of=today):
        yield entered
    yield from early_quotes(unit_id)


def early_quotes(unit_id: str) -> Iterator[Words]:
    """The texts of a unit's files that quote a figure before its day, or without a day, each with its way out."""
    unit, days = read_unit(unit_id), days_of_numbers(unit_id)
    for ind in unit.indicators.values():
        for key, text in _undated(ind, unit.lang):
            if numbers := quoted_figures(text, days):
                yield Text(
                    "{file}, {line}, {key}: {numbers} has no day. What quotes a figure belongs into a remark with its day: "
                    'notes = [{{ known = 2025-11-06, text = "..." }}].',
                    file=f"{unit_id}/unit.toml", line=ind.id, key=key, numbers=listed(numbers),
                )  # fmt: skip
    for each in _registers(unit):
        yield from _early_rows(each, days)


def _undated(ind: Indicator, lang: str) -> Iterator[tuple[str, str]]:
    """The unit's own texts about a line that have no day, with their keys, in the unit's language; what is the catalogue's is left out."""
    usual, parts = INDICATORS.get(ind.id), [(f"duty.{part.name}", getattr(ind.duty, part.name)) for part in fields(Duty)]
    for key in ("definition", "denominator", "cut_off", "wording", "clause", "source"):
        parts += [(key, getattr(ind, key))] if usual is None or getattr(ind, key) != getattr(usual, key) else []
    yield from ((key, said(words, lang)) for key, words in parts)


def _early_rows(register: _Register, days: Days) -> Iterator[Words]:
    """The rows of a table whose source or note quotes a figure of a later day."""
    for name in (name for name in QUOTED if name in register.rows):
        for index, text, told in zip(register.rows.index, register.rows[name], register.told, strict=True):
            early = {number: days[number] for number in telling_numbers(text) if days[number] > told.date()}
            if early and not re.fullmatch(r"\S+://\S+", text):
                yield Text(
                    "{place}, {column}: quotes {numbers}, known from {day} on, in a row told from {told} on. Write that day into the column "
                    "{seen}, or leave the remark out.",
                    place=register.place(index), column=name, numbers=listed(sorted(early)), day=max(early.values()), told=told.date(),
                    seen=SEEN.name,
                )  # fmt: skip
