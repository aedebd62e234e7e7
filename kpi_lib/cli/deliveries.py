"""The commands of `kpi` for figures as departments send them: form, ingest, waiting, confirm, withdraw. `options.today` is the day the command runs."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

from kpi_lib.cli.console import ENVIRONMENT, PUBLISHED, REFUSED, WITH_WARNINGS, language, tell
from kpi_lib.periods import MONTHS
from kpi_lib.words.messages import KpiError, Text, plural, said, say

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
    trial = say("say what would become of the files, and keep nothing", lang)
    ingest.add_argument("--dry-run", action="store_true", help=trial)
    history = say("figures of the past without a day of their own count as known when their line usually is (marked as assumed)", lang)
    ingest.add_argument("--history", action="store_true", help=history)
    recipe = command("recipe", Text("try the recipes for departments' own tables on a file; nothing is taken in"))
    recipe.add_argument("action", choices=("try",))
    recipe.add_argument("file", metavar=file)
    command("waiting", Text("figures that wait to be mended or confirmed"))
    confirm = command("confirm", Text("answer for figures that wait, with name and reason"))
    cells = say("left out: every cell that only waits to be confirmed", lang)
    sizes = say("of all deliveries, the first figures of new lines whose size somebody has looked at", lang)
    confirm.add_argument("--sizes", action="store_true", help=sizes)
    stated = say("month like 2026-09 with which figures end whose period the file does not state", lang)
    confirm.add_argument("--period", default=None, metavar=say("MONTH", lang), help=stated)
    _add_answer(confirm, cells, say("day of the confirmation (default: today)", lang), lang)
    withdraw = command("withdraw", Text("take back a delivery, a confirmation or cells that wait, with name and reason"))
    cells = say("left out: everything of it that counts or waits", lang)
    _add_answer(withdraw, cells, say("day from which on it no longer counts (default: today)", lang), lang)


def _add_answer(command: argparse.ArgumentParser, cells: str, on: str, lang: str) -> None:
    """What every answer to a delivery says: of which, by whom, why, from when on."""
    command.add_argument(
        "number",
        type=int,
        nargs="?" if command.prog.endswith("confirm") else None,
        metavar=say("DELIVERY", lang),
        help=say("number of the delivery (see: kpi waiting)", lang),
    )
    command.add_argument("cells", nargs="*", metavar=say("SHEET!CELL", lang), help=cells)
    command.add_argument("--name", required=True, help=say("who answers for it", lang))
    command.add_argument("--reason", required=True, help=say("the reason", lang))
    command.add_argument("--on", default=None, metavar=say("DATE", lang), help=on)


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
    """Take delivered files in; with `--dry-run` only say what would become of them."""
    from kpi_lib.definitions.indicators import day
    from kpi_lib.deliveries.intake import ingest
    from kpi_lib.reports.lock import only_run

    received, paths = day(options.received) if options.received else options.today, [Path(name) for name in options.files]
    with nullcontext() if options.dry_run else only_run(options.unit):
        receipts = ingest(paths, options.unit, received=received, sender=options.sender, keep=not options.dry_run, history=options.history)
    return _told(receipts, options)


def recipe(options: argparse.Namespace) -> int:
    """Say, table by table and recipe by recipe, which part fits a file and which does not."""
    from kpi_lib.definitions.indicators import read_unit
    from kpi_lib.deliveries.files.reading import read_safely
    from kpi_lib.deliveries.tables.recipe_trial import trial
    from kpi_lib.deliveries.tables.recipes import load_recipes

    path = Path(options.file)
    if not path.is_file():
        raise KpiError("There is no file {files}. Check the path and run again.", files=str(path))
    books = [book for _, book in read_safely([path]) if book is not None]
    unit, lang = read_unit(options.unit), language(options)
    for book in books:
        for item in book.faults:
            print(f"[{item.check}] {said(item.found, lang)}")
        for depth, words in trial(book, unit, load_recipes(unit.id)) if book.sheets else ():
            print("  " * depth + words[lang])
    return PUBLISHED if any(book.sheets for book in books) else REFUSED


def _told(receipts: Sequence[Receipt], options: argparse.Namespace) -> int:
    """Print the report of all faults, keep it as a page, and say by the exit code how it went."""
    from kpi_lib.deliveries.report import as_text
    from kpi_lib.reports.archive import write_delivery_report

    print(as_text(receipts, language(options)))
    if getattr(options, "dry_run", False):
        tell(options, Text("A trial: nothing was kept. Without --dry-run the files are taken in."))
    else:
        tell(options, Text("Report of the delivery: {page}", page=str(write_delivery_report(receipts, options.unit))))
        if any(receipt.waiting or receipt.waiting_plans for receipt in receipts):
            tell(options, Text("Figures wait: kpi waiting --unit {unit}", unit=options.unit))
    faults = [item for receipt in receipts for item in receipt.faults if item.severity != "note"]
    if any(item.check == "not_stored" for item in faults):
        return ENVIRONMENT
    if receipts and all(receipt.refused for receipt in receipts):
        return REFUSED
    return WITH_WARNINGS if faults else PUBLISHED


def waiting(options: argparse.Namespace) -> int:
    from kpi_lib.deliveries import store
    from kpi_lib.deliveries.answers import still_waiting
    from kpi_lib.deliveries.delivery import Item

    found, lang = 0, language(options)
    for record in store.records(options.unit):
        figures, plans = still_waiting(options.unit, record)
        items: list[Item] = [*figures, *plans]
        for item in items:
            checks = sorted({f.check for f in record.faults if f.concerns(item.sheet, item.cell)})
            place = Text("delivery {number} ({day}, {file})", number=record.number, day=record.received, file=record.name)
            print(f"{place[lang]} {item.sheet}!{item.cell}: {item.typed or item.value} [{', '.join(checks)}]")
            found += 1
    tell(options, plural("{unit}: {n} cell waits.", "{unit}: {n} cells wait.", n=found, unit=options.unit))
    return WITH_WARNINGS if found else PUBLISHED


def confirm(options: argparse.Namespace) -> int:
    from kpi_lib.definitions.indicators import day
    from kpi_lib.deliveries.answers import confirm, confirm_sizes
    from kpi_lib.deliveries.intake import state_period
    from kpi_lib.deliveries.tables.dates import month_named
    from kpi_lib.reports.lock import only_run

    on = day(options.on) if options.on else options.today
    with only_run(options.unit):
        answer = {"by": options.name, "reason": options.reason, "on": on}
        if options.sizes:
            receipts = confirm_sizes(options.unit, **answer)
        elif options.number is None:
            raise KpiError("Say which delivery is confirmed (see the list: kpi waiting --unit {unit}), or --sizes.", unit=options.unit)
        elif options.period is not None:
            return _told([state_period(options.unit, options.number, month_named(options.period), cells=options.cells, **answer)], options)
        else:
            receipts = [confirm(options.unit, options.number, cells=options.cells, **answer)]
    accepted = Text(
        "{figures:figure|figures} and {plans:plan|plans} accepted, as {name} answers for them (record no. {number}).",
        figures=sum(len(receipt.accepted) for receipt in receipts),
        plans=sum(len(receipt.plans) for receipt in receipts),
        name=options.name,
        number=", ".join(str(receipt.number) for receipt in receipts),
    )
    tell(options, accepted)
    return PUBLISHED


def withdraw(options: argparse.Namespace) -> int:
    """Take back what was handed in or confirmed, by name."""
    from kpi_lib.definitions.indicators import day
    from kpi_lib.deliveries.answers import withdraw
    from kpi_lib.reports.lock import only_run

    on = day(options.on) if options.on else options.today
    with only_run(options.unit):
        done = withdraw(options.unit, options.number, by=options.name, reason=options.reason, on=on, cells=options.cells)
    told = Text(
        "Record no. {number}: {taken_back} figures and plans no longer count from {day} on, {closed} cells no longer wait, as {name} answers for it.",
        number=done.number,
        taken_back=done.taken_back,
        closed=done.closed,
        day=on,
        name=options.name,
    )
    tell(options, told)
    return PUBLISHED
