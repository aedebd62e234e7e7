"""The commands of `kpi` about what was published: verify, record, withdraw-report."""

from __future__ import annotations

import argparse
import datetime as dt
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kpi_lib.cli.console import NOTHING, PUBLISHED, WITH_WARNINGS, language, tell
from kpi_lib.words.messages import KpiError, Text, listed, plural, say
from kpi_lib.words.numbers import Number

if TYPE_CHECKING:
    import pandas as pd

    from kpi_lib.definitions.indicators import Unit


def add_record(command: Callable[..., argparse.ArgumentParser], lang: str, date: str, file: str) -> None:
    """The commands about what was published."""
    verify = command("verify", Text("whether the ledger and every published page are still as they were published"))
    kept = say("a page (.html) or a packed report (.zip) kept elsewhere, to be held against the ledger", lang)
    verify.add_argument("--against", default=None, metavar=file, help=kept)
    head = say("a head of the ledger from a mail, from minutes or from a printed page, to be held against the ledger", lang)
    verify.add_argument("--head", default=None, metavar="HEAD", help=head)
    verify.set_defaults(do=verify_)
    record = command("record", Text("every published outlook whose year has ended, beside what came of it"))
    record.add_argument("--as-of", default=None, metavar=date, help=say("outturns as known on this day (default: today)", lang))
    many = say("the record of many units held together: ids, patterns, children-of:UNIT, with commas between them", lang)
    record.add_argument("--units", default=None, metavar=say("UNITS", lang), help=many)
    record.set_defaults(do=record_)
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
    told = Text("{unit}: {links:link|links}, {reports:report|reports}: all as published. Head of the ledger: {head}", unit=options.unit, links=len(links),
                reports=reports, head=chain.head_of(links)[: chain.SHORT])  # fmt: skip
    tell(options, told)
    for note in verify.notes(options.unit):
        print(f"  · {note[language(options)]}")
    if options.head is not None:
        print(f"  ✔ {verify.of_head(options.unit, options.head)[language(options)]}")
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


def record_(options: argparse.Namespace) -> int:
    """Every published outlook whose year has ended beside what came of it, the rules of thumb beside both; then all of them in one sentence."""
    from kpi_lib.definitions.indicators import day, read_unit
    from kpi_lib.figures.observations import read_observations
    from kpi_lib.page.record import settled_sentence
    from kpi_lib.record import official
    from kpi_lib.record.ledger import read_ledger
    from kpi_lib.record.settlement import settle

    as_of, lang = day(options.as_of) if options.as_of else options.today, language(options)
    if options.units:
        return _record_of_many(options, as_of)
    unit, rounds = read_unit(options.unit, as_of=as_of), read_ledger(options.unit)
    obs = read_observations(unit.id, as_of=as_of)
    frame, beside = settle(rounds, obs, unit=unit, as_of=as_of), official.beside_official(obs, unit, as_of=as_of)
    for row in frame.to_dict("records"):
        print(f"  {_settled_line(row, unit)[lang]}")
    if told := settled_sentence(frame, lang):
        print(told.text)
    if len(beside):
        _tell_official(beside, unit, lang)
    if told or len(beside):
        return PUBLISHED
    held = rounds["round_id"].nunique()
    tell(
        options,
        plural(
            "The ledger holds {n} report; no target of it has ended its year yet.",
            "The ledger holds {n} reports; no target of them has ended its year yet.",
            n=held,
        ),
    )
    return NOTHING


def _tell_official(beside: pd.DataFrame, unit: Unit, lang: str) -> None:
    """Every official estimate beside our middle value after the same months and the outturn; then who was nearer how often."""
    from kpi_lib.page.record import official_sentences

    for row in beside.to_dict("records"):
        ind = unit.indicators[row["indicator"]]
        numbers = {name: Number(row[name], ind.natural_decimals) for name in ("revised", "projected", "outturn")}
        told = Text("{line} {year}: the office's estimate of {day} {revised}, our middle value from the same months {projected}, ended at {outturn}",
                    line=ind.short, year=unit.year_name(row["year"], ind.id), day=row["revised_on"].date(), **numbers)  # fmt: skip
        print(f"  {told[lang]}")
    for sentence in official_sentences(beside, unit, lang):
        print(sentence.text)


def _record_of_many(options: argparse.Namespace, as_of: dt.date) -> int:
    """The settled outlooks of many units held together: intervals, Brier score, and by the words' ranges what was stated and what came true."""
    from kpi_lib.definitions.many.selection import chosen
    from kpi_lib.page.units import pooled_sentences
    from kpi_lib.record.values.pooled import pooled

    lang, found = language(options), pooled(chosen(options.units), as_of=as_of)
    for sentence in pooled_sentences(found, lang) if len(found.settled) else ():
        print(sentence.text)
    for group in found.groups:
        stated, met, low, high = (Number(100 * group[name], 0) for name in ("stated", "met", "met_low90", "met_high90"))
        row = Text("stated {stated}% on average: met {met}% (90% interval {low}% to {high}%), {n:chance|chances}",
                   stated=stated, met=met, low=low, high=high, n=int(group["chances"]))  # fmt: skip
        print(f"  {row[lang]}")
    for words in found.faults:
        print(f"  ! {words[lang]}")
    if not len(found.settled):
        return NOTHING
    return WITH_WARNINGS if found.faults else PUBLISHED


def _settled_line(row: Mapping[str, Any], unit: Unit) -> Text:
    """A published outlook and its year in one line of the console; a dash where a rule could not serve."""
    ind = unit.indicators[row["indicator"]]

    def number(name: str) -> Number | str:
        return Number(row[name], ind.natural_decimals) if row[name] == row[name] else "–"

    return Text(
        "{line} {year}, report of {day}: projected {projected} ({low} to {high}), ended at {outturn} (first print {first}); "
        "straight line {straight}, same-period growth {same}, last year {last}",
        line=ind.short, year=unit.year_name(row["target_year"], ind.id), day=row["round_id"].date(), projected=number("projected"), low=number("low80"),
        high=number("high80"), outturn=number("outturn"), first=number("first_print"), straight=number("straight_line"), same=number("same_period"),
        last=number("last_year"),
    )  # fmt: skip
