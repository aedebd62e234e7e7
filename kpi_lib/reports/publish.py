"""From a unit and a date to published pages: check, run the notebooks, export, append the ledger, publish in one step.

Either the new report stands whole under `reports/<as_of>/`, or the old one stands as it was.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import shutil
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

import nbformat
import pandas as pd

from kpi_lib import __version__
from kpi_lib import narrative as nr
from kpi_lib.definitions import folders
from kpi_lib.definitions.forms import forms_of
from kpi_lib.definitions.indicators import day, read_unit
from kpi_lib.definitions.targets import year_in_review
from kpi_lib.figures.observations import data_digest, read_observations
from kpi_lib.outlook.lines import reportable
from kpi_lib.page import draft
from kpi_lib.page.desk import notebooks
from kpi_lib.record import chain, hub, ledger
from kpi_lib.record.replays import outlooks, replay
from kpi_lib.record.settlement import outturns
from kpi_lib.record.values.report import of_report
from kpi_lib.record.values.units import below
from kpi_lib.reports import verify
from kpi_lib.reports.archive import reports, write, write_index
from kpi_lib.reports.export import export_page
from kpi_lib.reports.known import later_numbers, words_of
from kpi_lib.reports.live import ROUND, Live, heal, room_for
from kpi_lib.reports.lock import only_run
from kpi_lib.reports.manifest import Page, Report, kept_of, manifest, pages_of
from kpi_lib.reports.proof import Disagreement, names_on, prove
from kpi_lib.reports.safe_html import ARCHIVE
from kpi_lib.reports.sending import paper
from kpi_lib.running.notebooks import Job, run_many, warm_up
from kpi_lib.words.messages import KpiError, catalogue, say

Progress = Callable[[int, int, str], None]

PATIENCE = {"units": (900.0, 1200.0)}  # seconds for a cell and for the notebook that reads the folders of many units; others have the usual
NOTEBOOKS_SPEAK = "vi"  # the markdown of the notebooks in the folder


@dataclass(frozen=True, slots=True)
class Publication:
    """What a run published."""

    folder: Path
    answer: str
    warnings: tuple[str, ...]
    pages: tuple[Path, ...]
    new_round: bool
    telling: Callable[[], AbstractContextManager[None]]
    """Has whatever goes wrong afterwards say that the report stands (`Live.telling`)."""


def publish(
    unit_id: str,
    as_of: dt.date | str,
    *,
    year: int | None = None,
    lang: str = "",
    engine: str | None = None,
    interactive: bool = True,
    month: bool = False,
    override: str = "",
    pdf: bool = False,
    progress: Progress | None = None,
) -> Publication:
    """Publish the report of a unit as known on a date.

    Parameters
    ----------
    year : the year judged; by default that of the date, in the year's first month the year before (`targets.year_in_review`).
    lang : of the pages; by default that of the unit's office.
    interactive : charts answer to the pointer where scripts run; otherwise pictures only (smaller pages).
    month : the monthly review, one page in a folder of its own beside the report of that day; the ledger keeps one round a day, whichever made it.
    override : who answers for publishing in spite of numbers that do not agree with their values; said at the foot of every page.
    pdf : every page as PDF beside it, printed by the browser of this machine (`reports/sending/paper`).
    progress : called with steps done, steps in all, and what was done.

    Raises
    ------
    KpiError : input refused; nothing was written but the cache of what was read. Disagreement : a page says a number that is not its
    value, and nobody answers for it. Busy: another run holds the unit.
    NothingToReport : neither targets nor figures. MachineFault : no browser to print with, or it fails.
    """
    moment = day(as_of)
    unit = read_unit(unit_id, as_of=moment)
    lang = lang or unit.lang
    catalogue(lang)
    judged = year or year_in_review(unit, moment)
    printer = paper.browser() if pdf else ""  # first: what is missing is soon told
    with only_run(unit_id):
        heal(unit_id)
        room_for(unit_id)
        if broken := verify.sealed_faults(unit_id):
            raise KpiError("The ledger does not verify: {fault}. Bring it back from a copy of data/ (docs/record.md).", fault=broken[0])
        hub.write(unit_id, chain.links(unit_id))  # a unit that got another name, a version with another layout: no evidence
        warm_up()
        obs = read_observations(unit_id, as_of=moment)
        items = reportable(outlooks(obs, unit, judged, as_of=moment))
        head = ledger.head_before(items)
        report = Report(unit, judged, moment, obs, items, lang, data_digest(unit_id), override, interactive, head, month)
        return _publish(report, engine, progress or _quiet, printer)


def _quiet(*_: object) -> None:
    """Progress that nobody watches."""


def _publish(report: Report, engine: str | None, progress: Progress, printer: str) -> Publication:
    unit, items, lang = report.unit, report.items, report.lang
    staging = folders.processed(unit.id) / f".staging-{report.as_of}-{os.getpid()}"
    shutil.rmtree(staging, ignore_errors=True)
    (staging / "notebooks").mkdir(parents=True)
    try:
        pages = pages_of(items, month=report.month, units=bool(below(unit)))
        notebooks.refuse_edited({page.notebook: None for page in pages})
        if not report.month:
            _write_documents(report, staging)  # first: a template that cannot be used is soon told
        errors = replay(report.obs, unit, report.year, as_of=report.as_of)  # reckoned for the outlooks; the pages read it from disk too
        runs = _run_notebooks(report, pages, staging, engine, progress)
        proven = _proven(report, pages, staging, errors)
        for page in pages if printer else ():
            paper.print_page(printer, staging / f"{page.name}.html", report.as_of)
        told = manifest(report, pages, staging, *proven)
        write(staging / "manifest.json", json.dumps(told, ensure_ascii=False, indent=1, sort_keys=True) + "\n")
        write(staging / "run.json", json.dumps(runs, ensure_ascii=False, indent=1) + "\n")
        kept = kept_of(report, staging)
        known = outturns(ledger.read_ledger(unit.id), report.obs, unit=unit, as_of=report.as_of)
        told_of = {"data_digest": report.digest, "code_version": __version__}
        new_round = ledger.prepare(items, staging / ROUND, **told_of, pages=kept, outturns=known) is not None
        live = Live(unit.id, staging, reports(unit.id) / report.name)
        with live.telling():
            live.go(told)
            write_index(unit, lang)
    finally:
        shutil.rmtree(staging, ignore_errors=True)  # after the exchange the old report lies there
    files = tuple(live.final / f"{page.name}.html" for page in pages)
    warned = (
        *told["warnings"],
        *(fault[lang] for fault in verify.pages_faults(unit.id)),
    )  # other reports: run them again to have them back
    return Publication(live.final, nr.answer(items, lang).text, warned, files, new_round, live.telling)


def _run_notebooks(report: Report, pages: Sequence[Page], staging: Path, engine: str | None, progress: Progress) -> list[dict[str, object]]:
    """Execute every page's notebook and export it as soon as it is done."""
    common: dict[str, str | int | float] = {"unit": report.unit.id, "year": report.year, "as_of": str(report.as_of), "lang": report.lang}
    by_output = {staging / "notebooks" / f"{page.name}.ipynb": page for page in pages}
    jobs = [
        Job(notebooks.template(page.notebook), output, {**common, **page.parameters}, *PATIENCE.get(page.notebook, ()))
        for output, page in by_output.items()
    ]
    done = 0

    def export(job: Job, facts: dict[str, object]) -> None:
        nonlocal done
        page = by_output[Path(job.output)]
        if report.lang != NOTEBOOKS_SPEAK:
            _translate(Path(job.output), report.lang)
        facts["page"] = page.name
        facts |= _export(report, page, pages, Path(job.output), staging)
        done += 1
        progress(done, len(pages), page.line.indicator.short[report.lang] if page.line else page.title[report.lang])

    progress(0, len(pages), "")
    asked = {name: common[name] for name in ("unit", "year", "as_of")}
    return run_many(jobs, engine=engine, on_done=export, before=("kpi_lib.record.replays:ready", asked))


def _export(report: Report, page: Page, pages: Sequence[Page], notebook: Path, staging: Path) -> dict[str, object]:
    unit, lang = report.unit, report.lang
    shared, lines = (
        [(f"{other.name}.html", other.menu(lang), other.name == page.name) for other in pages if (other.line is None) == common]
        for common in (True, False)
    )
    return export_page(
        notebook,
        staging / f"{page.name}.html",
        title=page.heading(lang),
        subtitle=report.subtitle,
        lang=lang,
        unit_name=unit.name[lang],
        mark=unit.mark[lang] if unit.mark else None,
        nav=[*shared, (ARCHIVE, say("All reports", lang), False)],
        lines=lines,
        facts=report.facts,
        interactive=report.interactive and (page.line is None or page.line.indicator.id in unit.headline),
    )


def _translate(path: Path, lang: str) -> None:
    """Put the markdown of an executed notebook into the reader's language."""
    notebook = nbformat.read(path, as_version=4)
    notebooks.in_language(notebook.cells, lang)
    nbformat.write(notebook, path)


def _write_documents(report: Report, staging: Path) -> None:
    """The draft as documents beside the pages, in every form of the unit and every format."""
    for form in forms_of(report.unit, report.lang):
        made = draft.draft(report.items, report.unit, skin=form.skin, lang=report.lang)
        for module, (_, suffix) in draft.FORMATS.items():
            write_as = import_module(f"kpi_lib.reports.{module}").write
            write_as(made, report.items, staging / form.file_name(report.unit, report.as_of, report.lang, suffix))


def _proven(report: Report, pages: Sequence[Page], staging: Path, errors: pd.DataFrame) -> tuple[dict[str, float], tuple[str, ...]]:
    """Every number of the pages by its name, once each has been walked back to its value, and what did not agree.

    A page that disagrees stops the publication, unless somebody answers for it by name.
    """
    unit, obs = report.unit, report.obs
    faults: tuple[str, ...] = ()
    own = of_report(report.items, obs, unit, errors)
    texts = {page.name: (staging / f"{page.name}.html").read_text(encoding="utf-8") for page in pages}
    if others := verify.other_feet(texts, report.head):
        raise Disagreement(others)
    try:
        proven = prove(texts, report.lang, own, words_of(unit, report.as_of), later_numbers(unit.id, report.as_of))
    except Disagreement as found:
        if not report.override:
            raise
        proven, faults = {name: own[name] for page in texts.values() for name in names_on(page) if name in own}, found.faults
    return {key: float(f"{value:.9g}") for key, value in sorted(proven.items())}, faults
