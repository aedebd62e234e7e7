"""`kpi due`: what many units owe on a day, the longest owed first, and a reminder for each in its own language."""

from __future__ import annotations

import argparse
import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from kpi_lib.cli.console import PUBLISHED, WITH_WARNINGS, language, tell
from kpi_lib.words.messages import KpiError, Text, Words, plural, say

if TYPE_CHECKING:
    from kpi_lib.definitions.indicators import Unit
    from kpi_lib.record.values.data import Owed


def add_due(command: Callable[..., argparse.ArgumentParser], lang: str, date: str) -> None:
    """The command."""
    due = command("due", Text("which figures many units owe, the longest owed first, with a reminder for each unit"), unit=False)
    chosen = say("ids of units, patterns, children-of:UNIT, with commas between them", lang)
    due.add_argument("--units", required=True, metavar=say("UNITS", lang), help=chosen)
    due.add_argument("--as-of", default=None, metavar=date, help=say("what is owed on this day (default: today)", lang))
    due.add_argument("--text", action="store_true", help=say("print the reminders, to be pasted into messages", lang))
    folder = say("write the reminders into this folder, a text file a unit", lang)
    due.add_argument("--to", default=None, metavar=say("FOLDER", lang), help=folder)
    due.set_defaults(do=due_)


@dataclass(frozen=True, slots=True)
class OwedBy:
    """What one unit owes, the longest owed first."""

    unit: Unit
    rows: tuple[Owed, ...]


def due_(options: argparse.Namespace) -> int:
    """List what is owed by the units chosen; print or write the reminders where asked. A unit that cannot be read is named and the others go on."""
    from kpi_lib.definitions.indicators import day
    from kpi_lib.definitions.many.selection import chosen

    moment, lang = day(options.as_of) if options.as_of else options.today, language(options)
    names = chosen(options.units)
    owing, told = owed_by(names, moment)
    for unit, row in sorted(((each.unit, row) for each in owing for row in each.rows), key=lambda pair: pair[1].due):
        print(_line(unit, row, moment, lang)[lang])
    rows = sum(len(found.rows) for found in owing)
    units = plural("{n} unit", "{n} units", n=len(names))
    nothing = Text("Of {units}, none owes a figure.", units=units)
    count = plural("{n} figure", "{n} figures", n=rows)
    behind = plural("{n} owes", "{n} owe", n=len(owing))
    tell(options, Text("Of {units}, {behind} {count}.", units=units, behind=behind, count=count) if rows else nothing)
    for words in told:
        print(f"  ! {words[lang]}")
    _remind(options, owing, moment)
    return WITH_WARNINGS if told else PUBLISHED


def owed_by(names: Sequence[str], moment: dt.date) -> tuple[list[OwedBy], list[Words]]:
    """What each unit owes on a day, the unit that is longest behind first, those that owe nothing left out; and why some cannot be asked."""
    from kpi_lib.definitions.indicators import read_unit
    from kpi_lib.figures.observations import read_observations
    from kpi_lib.page.deliveries import owed_rows

    found: list[OwedBy] = []
    told: list[Words] = []
    for name in names:
        try:
            unit = read_unit(name, as_of=moment)
            rows = tuple(owed_rows(read_observations(name, as_of=moment), unit, moment))
        except KpiError as error:
            told.append(Text("{unit}: what it owes is not known: {faults}", unit=name, faults=error.words))
            continue
        if not unit.deadline_document:
            told.append(Text("{unit}: no document on record sets a day for its figures (deadline_document in unit.toml)", unit=name))
        if rows:
            found.append(OwedBy(unit, rows))
    return sorted(found, key=lambda each: (each.rows[0].due, -len(each.rows))), told


def _line(unit: Unit, row: Owed, moment: dt.date, lang: str) -> Text:
    return Text("{unit}: {what}", unit=unit.name, what=_owed(unit, row, moment, lang))


def _owed(unit: Unit, row: Owed, moment: dt.date, lang: str) -> Text:
    from kpi_lib.page.deliveries import period_of

    ind = row.indicator
    late = plural("{n} day late", "{n} days late", n=(moment - row.due).days)
    period = period_of(ind, row.end, unit.calendar_of(ind), lang)
    return Text(
        "{line}, {period}, due {due}, {late} ({owner})", line=ind.short, period=period, due=row.due, late=late, owner=ind.duty.owner
    )


def reminder(owed: OwedBy, moment: dt.date) -> str:
    """The reminder of a unit, in its own language."""
    unit, lang = owed.unit, owed.unit.lang
    return "\n".join(words[lang] for words in _reminder(owed, moment, unit, lang))


def _reminder(owed: OwedBy, moment: dt.date, unit: Unit, lang: str) -> Iterator[Words]:
    yield Text("To: {unit}", unit=unit.name)
    count = plural("{n} figure", "{n} figures", n=len(owed.rows))
    yield Text("On {day}, {count} had not come that were due by {document}:", day=moment, count=count, document=unit.deadline_document)
    for row in owed.rows:
        yield Text("- {what}", what=_owed(unit, row, moment, lang))
    yield Text("Please send them, or say when they will come and why they are late.")


def _remind(options: argparse.Namespace, owing: Sequence[OwedBy], moment: dt.date) -> None:
    from kpi_lib import disk

    for found in owing if options.text else ():
        print(f"\n{reminder(found, moment)}")
    if options.to and owing:
        folder = Path(options.to)
        folder.mkdir(parents=True, exist_ok=True)
        for found in owing:
            with disk.whole(folder / f"{found.unit.id}.txt") as being_made:
                being_made.write_text(reminder(found, moment) + "\n", encoding="utf-8")
        tell(options, Text("Reminders: {folder}", folder=str(folder)))
