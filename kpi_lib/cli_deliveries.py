"""The commands of `kpi` for figures as departments send them: form, ingest, waiting, confirm. `options.today` is the day the command runs."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from kpi_lib.console import PUBLISHED, REFUSED, WITH_WARNINGS, language, tell
from kpi_lib.periods import MONTHS
from kpi_lib.words.messages import Text, plural, say

if TYPE_CHECKING:
    from kpi_lib.deliveries.delivery import Receipt


def add_deliveries(command: Callable[..., argparse.ArgumentParser], lang: str, date: str, file: str) -> None:
    """The commands for figures as departments send them."""
    template = command("template", Text("the workbook that departments fill in"))
    template.add_argument("--year", type=int, default=None, help=say("year of the form (default: this year)", lang))
    months, month = range(1, MONTHS + 1), say("month reported (default: this month)", lang)
    template.add_argument("--month", type=int, default=None, choices=months, metavar=say("MONTH", lang), help=month)
    template.add_argument("--as-of", default=None, metavar=date, help=say("fill in what is known on this day (default: today)", lang))
    template.add_argument("--out", default=None, metavar=file, help=say("the .xlsx to write (default: in this folder)", lang))
    ingest = command("ingest", Text("take delivered files in: forms, CSV, tables of departments"))
    ingest.add_argument("files", nargs="+", metavar=file)
    ingest.add_argument("--received", default=None, metavar=date, help=say("day of receipt, like 2025-10-15 (default: today)", lang))
    ingest.add_argument("--sender", default="", help=say("who sent it", lang))
    command("waiting", Text("figures that wait to be mended or confirmed"))
    confirm = command("confirm", Text("answer for figures that wait, with name and reason"))
    confirm.add_argument("number", type=int, metavar=say("DELIVERY", lang), help=say("number of the delivery (see: kpi waiting)", lang))
    cells = say("left out: every cell that only waits to be confirmed", lang)
    confirm.add_argument("cells", nargs="*", metavar=say("SHEET!CELL", lang), help=cells)
    confirm.add_argument("--name", required=True, help=say("who answers for it", lang))
    confirm.add_argument("--reason", required=True, help=say("the reason", lang))
    confirm.add_argument("--on", default=None, metavar=date, help=say("day of the confirmation (default: today)", lang))


def take_dropped(options: argparse.Namespace) -> None:
    """First step of a run: workbooks somebody put into the unit's `deliveries` folder are taken in, as received today."""
    from kpi_lib.deliveries.intake import dropped, ingest
    from kpi_lib.reports.lock import only_run

    with only_run(options.unit):
        paths = dropped(options.unit)
        receipts = ingest(paths, options.unit, received=options.today) if paths else []
    if receipts:
        _told(receipts, options)


def template(options: argparse.Namespace) -> int:
    from kpi_lib.definitions.indicators import day, read_unit
    from kpi_lib.definitions.targets import read_plans
    from kpi_lib.deliveries.tables.template import template_name, write_template
    from kpi_lib.figures.observations import read_observations

    as_of = day(options.as_of) if options.as_of else options.today
    unit, year, month = read_unit(options.unit), options.year or as_of.year, options.month or as_of.month
    path = Path(options.out or template_name(unit, year, month))
    obs = read_observations(unit.id, as_of=as_of)
    write_template(unit, year, path, month=month, obs=obs, plans=read_plans(unit.id), as_of=as_of)
    made = Text(
        "Form made: {path}. Send it to be filled in; take it back with: kpi ingest {path} --unit {unit}", path=str(path), unit=unit.id
    )
    tell(options, made)
    return PUBLISHED


def ingest(options: argparse.Namespace) -> int:
    from kpi_lib.definitions.indicators import day
    from kpi_lib.deliveries.intake import ingest
    from kpi_lib.reports.lock import only_run

    received = day(options.received) if options.received else options.today
    with only_run(options.unit):
        receipts = ingest([Path(name) for name in options.files], options.unit, received=received, sender=options.sender)
    return _told(receipts, options)


def _told(receipts: Sequence[Receipt], options: argparse.Namespace) -> int:
    """Print the report of all faults, keep it as a page, and say by the exit code how it went."""
    from kpi_lib.deliveries.report import as_text
    from kpi_lib.reports.archive import write_delivery_report

    print(as_text(receipts, language(options)))
    page = write_delivery_report(receipts, options.unit)
    tell(options, Text("Report of the delivery: {page}", page=str(page)))
    waiting = any(receipt.waiting or receipt.waiting_plans for receipt in receipts)
    if waiting:
        tell(options, Text("Figures wait: kpi waiting --unit {unit}", unit=options.unit))
    if receipts and all(receipt.refused for receipt in receipts):
        return REFUSED
    faults = [item for receipt in receipts for item in receipt.faults if item.severity != "note"]
    return WITH_WARNINGS if faults else PUBLISHED


def waiting(options: argparse.Namespace) -> int:
    from kpi_lib.deliveries import store
    from kpi_lib.deliveries.answers import still_waiting
    from kpi_lib.deliveries.delivery import Item

    found = 0
    for record in store.records(options.unit):
        figures, plans = still_waiting(options.unit, record)
        items: list[Item] = [*figures, *plans]
        for item in items:
            checks = sorted({f.check for f in record.faults if f.concerns(item.sheet, item.cell)})
            place = Text("delivery {number} ({day}, {file})", number=record.number, day=record.received, file=record.name)
            print(f"{place[language(options)]} {item.sheet}!{item.cell}: {item.typed or item.value} [{', '.join(checks)}]")
            found += 1
    tell(options, plural("{unit}: {n} cell waits.", "{unit}: {n} cells wait.", n=found, unit=options.unit))
    return WITH_WARNINGS if found else PUBLISHED


def confirm(options: argparse.Namespace) -> int:
    from kpi_lib.definitions.indicators import day
    from kpi_lib.deliveries.answers import confirm
    from kpi_lib.reports.lock import only_run

    on = day(options.on) if options.on else options.today
    with only_run(options.unit):
        receipt = confirm(options.unit, options.number, by=options.name, reason=options.reason, on=on, cells=options.cells)
    accepted = Text(
        "{figures} figures and {plans} plans accepted, as {name} answers for them (record no. {number}).",
        figures=len(receipt.accepted),
        plans=len(receipt.plans),
        name=options.name,
        number=receipt.number,
    )
    tell(options, accepted)
    return PUBLISHED
