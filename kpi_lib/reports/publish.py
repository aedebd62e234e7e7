"""From a unit and a date to published pages: check, run the notebooks, export, append the ledger, publish in one step.

Either the new report stands whole under `reports/<as_of>/`, or the old one stands as it was.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import platform
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING

import nbformat
import numpy as np
import pandas as pd

from kpi_lib import __version__, words
from kpi_lib.definitions import folders
from kpi_lib.definitions.frames import KpiError
from kpi_lib.definitions.indicators import GROUPS, Unit, day, read_unit
from kpi_lib.definitions.targets import read_plans, read_targets
from kpi_lib.figures.observations import data_digest, read_observations
from kpi_lib.narrative import outlooks as nr
from kpi_lib.outlook.areas import read_splits
from kpi_lib.outlook.verdict import Outlook, outlooks
from kpi_lib.page import draft
from kpi_lib.page.tables import line_name, page_of
from kpi_lib.record import ledger
from kpi_lib.record.replays import replay
from kpi_lib.record.values.report import of_report
from kpi_lib.reports.export import PageExporter, export_page
from kpi_lib.reports.lock import only_run
from kpi_lib.reports.proof import Disagreement, names_on, own_words, prove
from kpi_lib.reports.safe_html import ARCHIVE
from kpi_lib.running.notebooks import Job, run_many, warm_up
from kpi_lib.words.html import macros
from kpi_lib.words.messages import Text, Words, languages, listed, say

if TYPE_CHECKING:
    from kpi_lib.deliveries.intake import Receipt


Progress = Callable[[int, int, str], None]
PACKAGES = ("numpy", "pandas", "statsmodels", "altair", "vl-convert-python", "papermill", "nbconvert")


class NothingToReport(KpiError):
    """The unit has neither a target nor a figure for the year."""


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a report: the notebook behind it, its title, its parameters beyond the common ones, the line it is about."""

    name: str
    notebook: str
    title: Words
    parameters: dict[str, str] = field(default_factory=dict)
    line: Outlook | None = None

    def heading(self, lang: str) -> str:
        """The title of the page, a line's with its number."""
        return f"({self.line.indicator.number}) {self.title[lang]}" if self.line else self.title[lang]

    def menu(self, lang: str) -> str:
        """What the page is called in menus, a line with the shape of its status."""
        return f"{line_name(self.line, lang)} {self.line.word.symbol}" if self.line else self.title[lang]


@dataclass(frozen=True, slots=True)
class Publication:
    """What a run published."""

    folder: Path
    answer: str
    warnings: tuple[str, ...]
    pages: tuple[Path, ...]
    new_round: bool


def pages_of(items: Sequence[Outlook]) -> list[Page]:
    """The pages of a unit's report, in reading order: the overview, one for every line there is something to say of, the record, the data."""
    lines = [
        Page(page_of(item).removesuffix(".html"), "indicator", item.indicator.name, {"indicator": item.indicator.id}, item)
        for item in items
        if item.reportable
    ]
    return [
        Page("index", "overview", Text("Overview")),
        *lines,
        Page("draft", "draft", Text("Draft report")),
        Page("track-record", "track_record", Text("Track record")),
        Page("data-quality", "data_quality", Text("Data")),
    ]


def publish(
    unit_id: str,
    as_of: dt.date | str,
    *,
    year: int | None = None,
    lang: str = "",
    engine: str | None = None,
    interactive: bool = True,
    override: str = "",
    progress: Progress | None = None,
) -> Publication:
    """Publish the report of a unit as known on a date.

    Parameters
    ----------
    year : the year judged; by default that of the date, in the year's first month the year before (`Calendar.in_review`).
    lang : of the pages; by default that of the unit's office.
    interactive : charts answer to the pointer where scripts run; otherwise pictures only (smaller pages).
    override : who answers for publishing in spite of numbers that do not agree with their values; said at the foot of every page.
    progress : called with steps done, steps in all, and what was done.

    Raises
    ------
    KpiError : input refused; nothing was written but the cache of what was read. Disagreement : a page says a number that is not its
    value, and nobody answers for it. Busy: another run holds the unit.
    NothingToReport : neither targets nor figures.
    """
    moment = day(as_of)
    unit = read_unit(unit_id)
    lang = lang or unit.lang
    if lang not in languages():
        raise KpiError("lang = {lang}: only {languages}.", lang=repr(lang), languages=listed(languages()))
    judged = year or unit.calendar.in_review(moment)
    with only_run(unit_id):
        _heal(unit_id)
        warm_up()
        obs = read_observations(unit_id, as_of=moment)
        items = outlooks(obs, unit, judged, as_of=moment)
        if not any(item.target for item in items) and not any(item.projection.seen for item in items):
            raise NothingToReport(
                f"{unit.name.vi}: năm {unit.year_name(judged)} chưa có chỉ tiêu và chưa có số liệu nào tính đến {words.date_text(moment)}."
            )
        return _publish(unit, judged, moment, obs, items, lang, engine, interactive, override, progress or _quiet)


def _quiet(*_: object) -> None:
    """Progress that nobody watches."""


def _publish(
    unit: Unit, year: int, as_of: dt.date, obs: pd.DataFrame, items: list[Outlook], lang: str, engine: str | None, interactive: bool,
    override: str,
    progress: Progress,
) -> Publication:  # fmt: skip
    digest = data_digest(unit.id)
    staging = folders.processed(unit.id) / f".staging-{as_of}-{os.getpid()}"
    shutil.rmtree(staging, ignore_errors=True)
    (staging / "notebooks").mkdir(parents=True)
    try:
        pages = pages_of(items)
        facts = _facts(as_of, digest, lang, override)
        runs = _run_notebooks(pages, unit, year, as_of, lang, engine, interactive, staging, facts, progress)
        _write_documents(unit, items, as_of, lang, staging)
        numbers, faults = _proven(pages, items, obs, lang, staging, override)
        warnings = [*_warnings(items, lang), *(f"{override}: {fault}" for fault in faults)]
        answer = nr.answer(items, lang)
        manifest = _manifest(unit, year, as_of, lang, items, digest, staging, warnings)
        manifest |= {
            "numbers": numbers,
            "subtitle": _subtitle(unit.year_name(year), as_of, lang),
            "facts": _facts(as_of, digest, lang, override),
        }
        if override:
            manifest["override"] = {"name": override, "faults": list(faults)}
        manifest["pages"] = [
            {"name": page.name, "title": page.heading(lang), "menu": page.menu(lang), "line": page.line is not None} for page in pages
        ]
        _write(staging / "manifest.json", json.dumps(manifest, ensure_ascii=False, indent=1, sort_keys=True) + "\n")
        _write(staging / "run.json", json.dumps(runs, ensure_ascii=False, indent=1) + "\n")
        new_round = ledger.record(items, data_digest=digest, code_version=__version__) is not None
        final = _swap(staging, reports(unit.id) / f"{as_of}")
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    write_index(unit, lang)
    files = tuple(final / f"{page.name}.html" for page in pages)
    return Publication(final, answer.text, tuple(warnings), files, new_round)


def _write_documents(unit: Unit, items: Sequence[Outlook], as_of: dt.date, lang: str, staging: Path) -> None:
    """The draft as Word documents beside the pages, one in each skin of the Vietnamese offices."""
    from kpi_lib.reports.word import write_docx

    for skin in draft.SKINS if lang == "vi" else ():
        report = draft.draft(items, unit, skin=skin)
        write_docx(report, items, staging / draft.file_name(unit, as_of, skin))


def _proven(
    pages: Sequence[Page], items: Sequence[Outlook], obs: pd.DataFrame, lang: str, staging: Path, override: str
) -> tuple[dict[str, float], tuple[str, ...]]:
    """Every number of the pages by its name, once each has been walked back to its value, and what did not agree.

    A page that disagrees stops the publication, unless somebody answers for it by name.
    """
    unit = items[0].projection.unit
    own = of_report(items, obs, unit, replay(obs, unit, items[0].projection.year, as_of=items[0].projection.as_of))
    texts = {page.name: (staging / f"{page.name}.html").read_text(encoding="utf-8") for page in pages}
    faults: tuple[str, ...] = ()
    try:
        proven = prove(texts, lang, own, words_of(unit))
    except Disagreement as found:
        if not override:
            raise
        proven, faults = {name: own[name] for page in texts.values() for name in names_on(page) if name in own}, found.faults
    return {key: float(f"{value:.9g}") for key, value in sorted(proven.items())}, faults


def words_of(unit: Unit) -> frozenset[str]:
    """The unit's own words: of its definitions, targets, plans, figures and splits; a number in them is no number of the report."""
    tables = read_targets(unit.id), read_plans(unit.id), read_splits(unit), read_observations(unit.id)
    return own_words(unit, list(GROUPS.values()), *tables)


def reports(unit_id: str) -> Path:
    """Folder of all reports of a unit."""
    return folders.processed(unit_id) / "reports"


def _run_notebooks(
    pages: Sequence[Page], unit: Unit, year: int, as_of: dt.date, lang: str, engine: str | None, interactive: bool, staging: Path,
    about: list[tuple[str, str]], progress: Progress,
) -> list[dict[str, object]]:  # fmt: skip
    """Execute every page's notebook and export it as soon as it is done."""
    common: dict[str, str | int | float] = {"unit": unit.id, "year": year, "as_of": str(as_of), "lang": lang}
    source = folders.root() / "notebooks"
    outputs = {page.name: staging / "notebooks" / f"{page.name}.ipynb" for page in pages}
    jobs = [Job(source / f"{page.notebook}.ipynb", outputs[page.name], {**common, **page.parameters}) for page in pages]
    by_output = {outputs[page.name]: page for page in pages}
    done = 0

    def export(job: Job, facts: dict[str, object]) -> None:
        nonlocal done
        page = by_output[Path(job.output)]
        if lang != "vi":
            _translate(Path(job.output), lang)
        facts["page"] = page.name
        facts |= _export(page, pages, unit, year, as_of, lang, about, Path(job.output), staging, interactive)
        done += 1
        progress(done, len(pages), page.line.indicator.short[lang] if page.line else page.title[lang])

    progress(0, len(pages), "")
    return run_many(jobs, engine=engine, on_done=export)


def _export(
    page: Page, pages: Sequence[Page], unit: Unit, year: int, as_of: dt.date, lang: str, about: list[tuple[str, str]], notebook: Path,
    staging: Path, interactive: bool,
) -> dict[str, object]:  # fmt: skip
    nav = [(f"{other.name}.html", other.menu(lang), other.name == page.name) for other in pages if other.line is None]
    nav.append((ARCHIVE, say("All reports", lang), False))
    lines = [(f"{other.name}.html", other.menu(lang), other.name == page.name) for other in pages if other.line]
    return export_page(
        notebook,
        staging / f"{page.name}.html",
        title=page.heading(lang),
        subtitle=_subtitle(unit.year_name(year), as_of, lang),
        lang=lang,
        unit_name=unit.name[lang],
        mark=unit.mark[lang] if unit.mark else None,
        nav=nav,
        lines=lines,
        facts=about,
        interactive=interactive and (page.line is None or page.line.indicator.id in unit.headline),
    )


def _subtitle(year: str, as_of: dt.date, lang: str) -> str:
    """The line below every title: the year judged, the day of the figures."""
    date = words.date_text(as_of, lang)
    return say("Targets of {year} · figures known on {date}", lang, year=year, date=date)


def _facts(as_of: dt.date, digest: str, lang: str, override: str) -> list[tuple[str, str]]:
    """What the foot of every page says; who answers for numbers that were not walked back, if somebody does."""
    labels = (Text("Figures known on"), Text("Data digest"), Text("Version"))
    values = (words.date_text(as_of, lang), digest[:12], f"kpi-lib {__version__}")
    answers = Text("Published in spite of numbers that do not agree, by")
    named = [(answers[lang], override)] if override else []
    return [(label[lang], value) for label, value in zip(labels, values, strict=True)] + named


def _translate(path: Path, lang: str) -> None:
    """Put the markdown of an executed notebook into the reader's language; each cell carries its translation in its metadata."""
    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source = cell.metadata.get("kpi", {}).get(lang, cell.source)
    nbformat.write(notebook, path)


def _warnings(items: Sequence[Outlook], lang: str) -> list[str]:
    """Lines with a target that cannot be judged although they should be, and verdicts that hang on a base."""
    found = [
        f"({i.indicator.number}) {i.indicator.short[lang]}: {i.word.name[lang]}. {i.reason[lang]}"
        for i in items
        if i.target and i.status in ("stale", "cannot_be_judged")
    ]
    flips = Text("the verdict flips on another base")
    return found + [
        f"({i.indicator.number}) {i.indicator.short[lang]}: {flips[lang]}." for i in items if any(check.flips for check in i.base_checks)
    ]


def _manifest(
    unit: Unit, year: int, as_of: dt.date, lang: str, items: Sequence[Outlook], digest: str, staging: Path, warnings: Sequence[str]
) -> dict[str, object]:
    """Everything needed to say where the report comes from and to check that it is whole; nothing in it depends on the clock."""
    files = sorted(path for path in staging.rglob("*") if path.is_file())
    inputs = sorted(path for path in folders.raw(unit.id).rglob("*") if path.is_file() and path.suffix in (".csv", ".toml"))
    return {
        "unit": unit.id,
        "year": year,
        "as_of": str(as_of),
        "lang": lang,
        "answer": nr.answer(list(items), lang).text,
        "data_digest": digest,
        "inputs": {path.relative_to(folders.raw(unit.id)).as_posix(): _sha256(path) for path in inputs},
        "versions": {"kpi-lib": __version__, "python": platform.python_version(), **{name: _version(name) for name in PACKAGES}},
        "outputs": {path.relative_to(staging).as_posix(): _sha256(path) for path in files},
        "warnings": list(warnings),
        "outlooks": [_outlook_facts(item, lang) for item in items],
    }


def _outlook_facts(item: Outlook, lang: str) -> dict[str, object]:
    projection = item.projection
    return {
        "indicator": item.indicator.id,
        "status": item.status,
        "model": projection.model,
        "probability": _finite(item.probability),
        "threshold": _finite(item.threshold),
        "median": _finite(projection.quantile(0.5)) if projection.known else None,
        "interval80": [_finite(x) for x in projection.interval(0.8)] if projection.known else None,
        "evidence_years": projection.evidence_years,
        "sentence": nr.outlook_sentence(item, lang).text,
        "numbers": [[n.label, _finite(n.value), n.text] for n in nr.outlook_sentence(item, lang).numbers],
        "figures": [{"end": str(p.end), "value": p.value, "status": p.status, "source": p.source} for p in projection.seen],
    }


def _finite(value: float) -> float | None:
    return float(f"{value:.9g}") if np.isfinite(value) else None


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "?"


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _write(path: Path, text: str) -> None:
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


# ---- one step, one run at a time -----------------------------------------------------------------------------------------------


def _swap(staging: Path, final: Path) -> Path:
    """Put a finished report in its place. An older one is set aside first and removed last; `_heal` undoes a swap cut in two."""
    final.parent.mkdir(parents=True, exist_ok=True)
    aside = final.with_name(f".previous-{final.name}")
    shutil.rmtree(aside, ignore_errors=True)
    if final.exists():
        final.rename(aside)
    staging.rename(final)
    shutil.rmtree(aside, ignore_errors=True)
    return final


def _heal(unit_id: str) -> None:
    """Clean up after a run that was killed: its staging folders go, a report it had set aside comes back."""
    for leftover in folders.processed(unit_id).glob(".staging-*"):
        shutil.rmtree(leftover, ignore_errors=True)
    for aside in reports(unit_id).glob(".previous-*"):
        final = aside.with_name(aside.name.removeprefix(".previous-"))
        if final.exists():
            shutil.rmtree(aside, ignore_errors=True)
        else:
            aside.rename(final)


# ---- the archive ---------------------------------------------------------------------------------------------------------------


def write_index(unit: Unit, lang: str = "vi") -> Path:
    """The page that lists every report of a unit, by year, the newest first, each with its one-line answer."""
    target = reports(unit.id) / "index.html"
    temporary = target.with_name(f".index-{os.getpid()}.html")
    _write(temporary, archive_page(unit, sorted(reports(unit.id).glob("[0-9]*/manifest.json"), reverse=True), lang))
    temporary.replace(target)
    return target


def archive_page(unit: Unit, manifests: Sequence[Path], lang: str = "vi") -> str:
    """The list of these reports as a page that stands one level above them."""
    years: dict[str, list[tuple[str, str, str]]] = {}
    for path in manifests:
        manifest = json.loads(path.read_text(encoding="utf-8"))
        entry = (path.parent.name, words.date_text(day(manifest["as_of"]), lang), manifest["answer"])
        years.setdefault(unit.year_name(manifest["year"]), []).append(entry)
    told = macros("page/templates/figure.html.j2").archive(list(years.items()))
    return _list_page(told, say("All reports", lang), unit, lang)


def write_delivery_report(receipts: Sequence[Receipt], unit_id: str) -> Path:
    """The report of what became of delivered files, as a page beside the unit's reports."""
    from kpi_lib.deliveries.report import as_html

    unit = read_unit(unit_id)
    number = max((receipt.number for receipt in receipts), default=0)
    target = folders.processed(unit_id) / "deliveries" / f"bien-ban-{number:06d}.html"
    target.parent.mkdir(parents=True, exist_ok=True)
    _write(target, _list_page(as_html(receipts), "Biên bản tiếp nhận số liệu", unit, "vi"))
    return target


def _list_page(markup: str, title: str, unit: Unit, lang: str) -> str:
    """A page that is one piece of HTML, in the form of the report's pages."""
    output = nbformat.v4.new_output("display_data", data={"text/html": markup})
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("pass", execution_count=1, outputs=[output])])
    exporter = PageExporter(title=title, lang=lang, unit_name=unit.name[lang], mark=unit.mark[lang] if unit.mark else "", interactive=False)
    return str(exporter.from_notebook_node(notebook)[0])
