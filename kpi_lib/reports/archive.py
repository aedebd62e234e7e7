"""The folder of a unit's reports: the list of them as a page, and the reports of what became of delivered files."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import nbformat

from kpi_lib import disk, words
from kpi_lib.definitions import folders
from kpi_lib.definitions.indicators import Unit, day, read_unit
from kpi_lib.record import chain
from kpi_lib.record.chain import SHORT, Link, WithdrawnLink, head_of
from kpi_lib.record.ledger import withdrawn
from kpi_lib.reports import last_run
from kpi_lib.reports.export import PageExporter
from kpi_lib.words.html import macros
from kpi_lib.words.messages import KpiError, Text, Words, say

if TYPE_CHECKING:
    from kpi_lib.deliveries.delivery import Receipt


def reports(unit_id: str) -> Path:
    """Folder of all reports of a unit."""
    return folders.processed(unit_id) / "reports"


def write(path: Path, text: str) -> None:
    """Write a text, its lines ended as everywhere in a report."""
    path.write_text(text, encoding="utf-8", newline="\n")


def write_index(unit: Unit, lang: str = "vi") -> Path:
    """The page that lists every report of a unit, by year, the newest first, each with its one-line answer."""
    target = reports(unit.id) / "index.html"
    try:
        links = chain.links(unit.id)
    except KpiError:  # a run that failed for it is marked on this very list
        links = []
    manifests = sorted(reports(unit.id).glob("[0-9]*/manifest.json"), reverse=True)
    with disk.whole(target, sure=True) as being_made:
        write(being_made, archive_page(unit, manifests, lang, last_run.mark(unit.id), links))
    return target


def archive_page(unit: Unit, manifests: Sequence[Path], lang: str = "vi", mark: Words | None = None, links: Sequence[Link] = ()) -> str:
    """The list of these reports as a page that stands one level above them, headed by a mark where the last run failed.

    With the `links` of the ledger it tells its head, and which reports were withdrawn.
    """
    years: dict[str, list[tuple[str, str, str, str]]] = {}
    gone = {str(day): withdrawal(link)[lang] for day, link in withdrawn(links).items()}
    for path in manifests:
        manifest = json.loads(path.read_text(encoding="utf-8"))
        told = gone.get(manifest["as_of"], "")
        date = words.date_text(day(manifest["as_of"]), lang)
        shown = say("{day} (monthly review)", lang, day=date) if manifest.get("review") == "month" else date
        entry = (path.parent.name, shown, manifest["answer"], told)
        years.setdefault(unit.year_name(manifest["year"]), []).append(entry)
    years_told = list(years.items())
    about = say("Head of the ledger after the newest of these reports, to be compared with pages kept elsewhere (kpi verify):", lang)
    listed = macros("page/templates/figure.html.j2").archive(
        years_told, mark[lang] if mark else "", about if links else "", head_of(links)[:SHORT]
    )
    return _list_page(listed, say("All reports", lang), unit, lang)


def withdrawal(link: WithdrawnLink) -> Text:
    """What is said of a report that somebody took back."""
    return Text(
        "The report of {day} was withdrawn on {on} by {name}: {reason}", day=link.as_of, on=link.on, name=link.by, reason=link.reason
    )


def write_delivery_report(receipts: Sequence[Receipt], unit_id: str) -> Path:
    """The report of what became of delivered files, as a page beside the unit's reports."""
    from kpi_lib.deliveries.report import as_html

    unit = read_unit(unit_id)
    number = max((receipt.number for receipt in receipts), default=0)
    target = folders.processed(unit_id) / "deliveries" / f"bien-ban-{number:06d}.html"
    target.parent.mkdir(parents=True, exist_ok=True)
    write(target, _list_page(as_html(receipts, unit.lang), say("Report of figures received", unit.lang), unit, unit.lang))
    return target


def _list_page(markup: str, title: str, unit: Unit, lang: str) -> str:
    return plain_page(markup, title, lang, unit.name[lang], unit.mark[lang] if unit.mark else "")


def plain_page(markup: str, title: str, lang: str, name: str, mark: str = "") -> str:
    """A page that is one piece of HTML, in the form of the report's pages; whose it is, and what it is marked with."""
    output = nbformat.v4.new_output("display_data", data={"text/html": markup})
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("pass", execution_count=1, outputs=[output])])
    exporter = PageExporter(title=title, lang=lang, unit_name=name, mark=mark, interactive=False)
    return str(exporter.from_notebook_node(notebook)[0])
