"""The commands of `kpi` about what was published: verify, withdraw-report."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

from kpi_lib.cli.console import PUBLISHED, language, tell
from kpi_lib.words.messages import KpiError, Text, listed, plural, say


def add_record(command: Callable[..., argparse.ArgumentParser], lang: str, date: str, file: str) -> None:
    """The commands about what was published."""
    verify = command("verify", Text("whether the ledger and every published page are still as they were published"))
    kept = say("a page (.html) or a packed report (.zip) kept elsewhere, to be held against the ledger", lang)
    verify.add_argument("--against", default=None, metavar=file, help=kept)
    verify.set_defaults(do=verify_)
    withdraw = command("withdraw-report", Text("take a published report back, with name and reason; nothing is removed"))
    withdraw.add_argument("--as-of", required=True, metavar=date, help=say("day of the published report", lang))
    withdraw.add_argument("--by", required=True, metavar=say("FULL_NAME", lang), help=say("who answers for it", lang))
    withdraw.add_argument("--reason", required=True, help=say("the reason", lang))
    withdraw.set_defaults(do=withdraw_report)


def verify_(options: argparse.Namespace) -> int:
    """Say of everything published whether it is still as it was; the first fault first."""
    from kpi_lib.definitions import folders
    from kpi_lib.record import chain
    from kpi_lib.reports import verify

    folders.raw(options.unit)
    if found := verify.faults(options.unit):
        count = plural("{n} fault", "{n} faults", n=len(found))
        raise KpiError("{unit}: {count}:\n  - {faults}", unit=options.unit, count=count, faults=listed(found[:MOST], "\n  - "))
    links = chain.links(options.unit)
    reports = sum(1 for _ in (folders.processed(options.unit) / "reports").glob("[0-9]*/manifest.json"))
    told = Text("{unit}: {links} links, {reports} reports: all as published. Head of the ledger: {head}", unit=options.unit, links=len(links),
                reports=reports, head=chain.head_of(links)[: chain.SHORT])  # fmt: skip
    tell(options, told)
    for note in verify.notes(options.unit):
        print(f"  · {note[language(options)]}")
    if options.against:
        wrong, right = verify.against(options.unit, Path(options.against))
        for fits in right:
            print(f"  ✔ {fits[language(options)]}")
        if wrong:
            raise KpiError(
                "{unit}: {count}:\n  - {faults}",
                unit=options.unit,
                count=plural("{n} fault", "{n} faults", n=len(wrong)),
                faults=listed(wrong[:MOST], "\n  - "),
            )
    return PUBLISHED


MOST = 40  # faults told at once


def withdraw_report(options: argparse.Namespace) -> int:
    """Take a published report back, by name."""
    from kpi_lib.definitions.indicators import day, read_unit
    from kpi_lib.record import ledger
    from kpi_lib.reports.archive import withdrawal, write_index
    from kpi_lib.reports.live import heal
    from kpi_lib.reports.lock import only_run

    as_of, unit = day(options.as_of), read_unit(options.unit)
    with only_run(unit.id):
        heal(unit.id)
        link = ledger.withdraw_report(unit.id, as_of, by=options.by, reason=options.reason, on=options.today)
        write_index(unit, language(options))
    tell(options, withdrawal(link))
    tell(options, Text("The ledger and the list of reports say so. Pages sent before are not changed: tell those who have them."))
    return PUBLISHED
