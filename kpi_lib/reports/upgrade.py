"""What this version does with what an earlier one left: what it reads as it is, what it makes anew, what it refuses, with the way out. Nothing is changed."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from kpi_lib import __version__
from kpi_lib.definitions import folders, received
from kpi_lib.deliveries import store
from kpi_lib.page.desk import notebooks
from kpi_lib.record import chain
from kpi_lib.record.chain import EarlierLink, Link
from kpi_lib.reports import door, last_run, verify
from kpi_lib.reports.archive import reports
from kpi_lib.words.messages import KpiError, Text, Words, listed, plural

_LISTED = {"unit", "year", "as_of", "answer"}  # what the list of reports asks of a manifest
_SENT = {"lang", "subtitle", "pages", "facts", "numbers"}  # what a report is bound into one file with


@dataclass(frozen=True, slots=True)
class Found:
    """One thing an earlier version left, and what becomes of it."""

    fate: Literal["read", "anew", "refused"]
    told: Words


def of_project() -> list[Found]:
    """The notebooks that reports are made from: as this version ships them, or refused."""
    try:
        notebooks.refuse_edited(path.stem for path in sorted(folders.notebooks().glob("*.ipynb")) if notebooks.is_shipped(path.stem))
    except KpiError as error:
        return [Found("refused", error.words)]
    return [Found("read", Text("Notebooks: as this version ships them."))]


def of_unit(unit: str, today: dt.date) -> list[Found]:
    """What stands of a unit, from what is written by hand to what was published.

    >>> {found.fate for found in of_unit("no such unit", dt.date(2026, 1, 1))}
    {'refused'}
    """
    found = [*_deliveries(unit), *_by_hand(unit, today), *_ledger(unit), *_reports(unit), *_working(unit)]
    return list({each.told["en"]: each for each in found}.values())


def _deliveries(unit: str) -> Iterator[Found]:
    """The records of deliveries, of whichever form."""
    files = received.record_files(folders.root() / "data" / "raw" / unit / "received")
    try:
        if files:
            store.records(unit)
    except KpiError as error:
        yield Found("refused", listed([error.words, Text("Bring its folder back from a backup.")], " "))
        return
    if earlier := sum(path.parent.name == "records" for path in files):
        yield Found("read", plural("Deliveries: {n} record of an earlier form.", "Deliveries: {n} records of an earlier form.", n=earlier))
    if now := len(files) - earlier:
        yield Found("read", plural("Deliveries: {n} record.", "Deliveries: {n} records.", n=now))


def _by_hand(unit: str, today: dt.date) -> Iterator[Found]:
    """Settings, registers and figures, as every run reads them."""
    try:
        stops, _ = door.faults(unit, today)
    except KpiError as error:
        stops = [error.words]
    for told in stops:
        yield Found("refused", listed([told, Text("Mend it in data/raw/{unit}; kpi check says when all is well.", unit=unit)], " "))
    if not stops:
        yield Found("read", Text("Settings, registers and figures."))


def _ledger(unit: str) -> Iterator[Found]:
    """The ledger: its links, rounds of before the chain, and what of it is made anew."""
    if unit not in folders.units():
        return
    if wrong := verify.sealed_faults(unit):
        out = Text(
            "No run publishes until it fits: go back to the version before, or bring data/processed/{unit} back from a backup.", unit=unit
        )
        yield from (Found("refused", listed([told, out], ". ")) for told in wrong)
        return
    links = chain.links(unit)
    begun = (chain.folder(unit) / chain.FILE).is_file()
    if begun:
        yield Found("read", plural("Ledger: {n} link.", "Ledger: {n} links.", n=len(links)))
    if earlier := [name for link in links if isinstance(link, EarlierLink) for name in link.files]:
        told = plural("Ledger: {n} round of before the chain.", "Ledger: {n} rounds of before the chain.", n=len(earlier))
        begins = Text("The next run begins the chain with it.")
        yield Found("read" if begun else "anew", told if begun else listed([told, begins], " "))
    yield from (Found("anew", told) for told in verify.to_make_anew(unit))


def _reports(unit: str) -> Iterator[Found]:
    """Every published report: whole, by which version, and whether it can still be listed and sent."""
    try:
        links = chain.links(unit) if unit in folders.units() else []
    except KpiError:
        return  # told of the ledger
    whole = 0
    for path in sorted(reports(unit).glob("[0-9]*/manifest.json")):
        found = list(_report(unit, path.parent, links))
        whole += not any(each.fate == "refused" for each in found)
        yield from found
    if whole:
        yield Found("read", Text("Reports as published: {n}. A run changes no other day's.", n=whole))


def _report(unit: str, folder: Path, links: list[Link]) -> Iterator[Found]:
    again = Text("Run its day again (kpi run --as-of {day}), or bring its folder back from a backup.", day=folder.name)
    if wrong := verify.report_faults(unit, folder, links):
        yield Found("refused", listed([wrong[0], again], ". "))
        return
    manifest: dict[str, Any] = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    if missing := sorted(_LISTED - set(manifest)):
        told = Text(
            "Report of {day}: its manifest lacks {keys}, without which no list of reports can be made",
            day=folder.name,
            keys=listed(missing),
        )
        yield Found("refused", listed([told, again], ". "))
        return
    made_by = str(manifest.get("versions", {}).get("kpi-lib", "?"))
    if missing := sorted(_SENT - set(manifest)):
        told = Text(
            "Report of {day}, made by version {version}: it is read and listed; to be sent with kpi share it must be made anew",
            day=folder.name,
            version=made_by,
        )
        yield Found("anew", listed([told, again], ". "))
    elif _number(made_by) > _number(__version__):
        told = Text("Report of {day}: version {version} made it, this one is {own}", day=folder.name, version=made_by, own=__version__)
        yield Found("read", told)


def _number(version: str) -> tuple[int, ...]:
    """A version in the order of versions.

    >>> _number("0.10.1") > _number("0.9")
    True
    """
    return tuple(int(part) for part in version.split(".") if part.isdigit())


def _working(unit: str) -> Iterator[Found]:
    """What may be deleted at any time."""
    own = folders.processed(unit)
    if kept := len(list(own.glob("**/*.parquet"))):
        told = Text("Working files: {n}. What another version made is made anew when needed.", n=kept)
        yield Found("read", told)
    if last_run.place(unit).exists() and last_run.read(unit) is None:
        yield Found(
            "anew", Text("{file} cannot be read: what it said of the last run is lost.", file=f"{unit}/{last_run.place(unit).name}")
        )
