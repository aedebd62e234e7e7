"""What a report is: its pages, what stands on every one of them, and the manifest that says where it comes from and that it is whole."""

from __future__ import annotations

import datetime as dt
import hashlib
import platform
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from kpi_lib import __version__, words
from kpi_lib import narrative as nr
from kpi_lib.definitions import folders
from kpi_lib.definitions.indicators import Unit, read_unit
from kpi_lib.definitions.targets import not_entered
from kpi_lib.outlook.verdict import Outlook
from kpi_lib.page.desk import notebooks
from kpi_lib.page.markup import line_name, page_of
from kpi_lib.record import chain
from kpi_lib.record.chain import MONTH, NOTHING_YET, SHORT
from kpi_lib.record.ledger import Pages
from kpi_lib.record.values.units import below
from kpi_lib.words.messages import Text, Words, say

PIECE = 1024  # bytes
FOOT = Text("Ledger before this report")
PACKAGES = ("numpy", "pandas", "statsmodels", "altair", "vl-convert-python", "papermill", "nbconvert")


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
        return self.line.indicator.headed(self.title, lang) if self.line else self.title[lang]

    def menu(self, lang: str) -> str:
        """What the page is called in menus, a line with the shape of its status."""
        return f"{line_name(self.line, lang)} {self.line.word.symbol}" if self.line else self.title[lang]


@dataclass(frozen=True, slots=True)
class Report:
    """What is published: the lines of a unit in a year as known on a day, in a language.

    `digest` is that of the figures, `override` who answers for publishing in spite of numbers that do not agree, `interactive` whether
    charts answer to the pointer, `head` the head of the ledger before this report, `month` that it is the monthly review: one page.
    """

    unit: Unit
    year: int
    as_of: dt.date
    obs: pd.DataFrame
    items: list[Outlook]
    lang: str
    digest: str
    override: str = ""
    interactive: bool = True
    head: str = NOTHING_YET
    month: bool = False

    @property
    def name(self) -> str:
        """The name of its folder; a monthly review never takes the place of the report of that day."""
        return f"{self.as_of}{MONTH if self.month else ''}"

    @property
    def subtitle(self) -> str:
        """The line below every title: the year judged, the day of the figures."""
        date = words.date_text(self.as_of, self.lang)
        return say("Targets of {year} · figures known on {date}", self.lang, year=self.unit.year_name(self.year), date=date)

    @property
    def facts(self) -> list[tuple[str, str]]:
        """What the foot of every page says; who answers for numbers that were not walked back, if somebody does."""
        labels = (Text("Figures known on"), Text("Data digest"), Text("Version"), FOOT)
        values = (words.date_text(self.as_of, self.lang), self.digest[:12], f"kpi-lib {__version__}", self.head[:SHORT])
        answers = Text("Published in spite of numbers that do not agree, by")
        named = [(answers[self.lang], self.override)] if self.override else []
        return [(label[self.lang], value) for label, value in zip(labels, values, strict=True)] + named


def pages_of(items: Sequence[Outlook], *, month: bool = False, units: bool = False) -> list[Page]:
    """The pages of a unit's report, in reading order: the overview, one for every line there is something to say of, the record, the data.

    The monthly review is one page. `units`: with a page on the units below.
    """
    if month:
        return [Page("index", "month", Text("Monthly review"))]
    lines = [
        Page(page_of(item).removesuffix(".html"), "indicator", item.indicator.name, {"indicator": item.indicator.id}, item)
        for item in items
        if item.reportable
    ]
    return [
        Page("index", "overview", Text("Overview")),
        *([Page("units", "units", Text("Units below"))] if units else []),
        *lines,
        Page("draft", "draft", Text("Draft report")),
        Page("track-record", "track_record", Text("Track record")),
        Page("data-quality", "data_quality", Text("Data")),
    ]


def warnings(items: Sequence[Outlook], lang: str) -> list[str]:
    """Lines with a target that cannot be judged although they should be, and verdicts that hang on a base."""
    found = [
        f"{i.indicator.headed(i.indicator.short, lang)}: {i.word.name[lang]}. {i.reason[lang]}"
        for i in items
        if i.target and i.status in ("stale", "cannot_be_judged")
    ]
    if items and (entered := not_entered(items[0].projection.unit, items[0].projection.year, as_of=items[0].projection.as_of)):
        found.append(entered[lang])
    flips = Text("the verdict flips on another base")
    return found + [
        f"{i.indicator.headed(i.indicator.short, lang)}: {flips[lang]}." for i in items if any(check.flips for check in i.base_checks)
    ]


def manifest(report: Report, pages: Sequence[Page], staging: Path, numbers: dict[str, float], faults: Sequence[str]) -> dict[str, Any]:
    """Everything needed to say where the report comes from and to check that it is whole; nothing in it depends on the clock.

    `numbers` are those that the pages say, by name; `faults` what did not agree and was published all the same.
    """
    unit, lang = report.unit, report.lang
    files = sorted(path for path in staging.rglob("*") if path.is_file())
    told = [{"name": page.name, "title": page.heading(lang), "menu": page.menu(lang), "line": page.line is not None} for page in pages]
    found: dict[str, Any] = {
        "unit": unit.id,
        "year": report.year,
        "as_of": str(report.as_of),
        "lang": lang,
        "review": "month" if report.month else "quarter",
        "answer": nr.answer(report.items, lang).text,
        "data_digest": report.digest,
        "ledger": report.head,
        "inputs": inputs(unit.id, [page.notebook for page in pages]),
        "versions": {"kpi-lib": __version__, "python": platform.python_version(), **{name: _version(name) for name in PACKAGES}},
        "outputs": {path.relative_to(staging).as_posix(): sha256(path) for path in files},
        "pieces": {path.relative_to(staging).as_posix(): "".join(pieces(path.read_bytes())) for path in files},
        "warnings": [*warnings(report.items, lang), *(f"{report.override}: {fault}" for fault in faults)],
        "outlooks": [_outlook_facts(item, lang) for item in report.items],
        "numbers": numbers,
        "subtitle": report.subtitle,
        "facts": report.facts,
        "pages": told,
    }
    return found | ({"override": {"name": report.override, "faults": list(faults)}} if report.override else {})


def inputs(unit: str, templates: Iterable[str]) -> dict[str, str]:
    """Digests of what a report is made from, by file: all that is written about a unit, and the notebooks of its pages.

    Of each unit that a page on units below tells of: one digest of all that is written about it, and of its ledger.
    """
    names = sorted(templates)
    counted = below(read_unit(unit)) if "units" in names else []
    return (
        _written(folders.raw(unit))
        | ({"lines of the units above": taken} if (taken := read_unit(unit).taken_over) else {})
        | {f"notebooks/{name}.ipynb": notebooks.digest(notebooks.template(name)) for name in names}
        | {f"units/{child}": _all_of(child) for child in counted}
    )


def _written(raw: Path) -> dict[str, str]:
    given = sorted(path for path in raw.rglob("*") if path.is_file() and path.suffix in (".csv", ".toml"))
    return {path.relative_to(raw).as_posix(): sha256(path) for path in given}


def _all_of(unit: str) -> str:
    ledger = sorted(path for path in chain.folder(unit).rglob("*.csv") if path.is_file())
    digests = [*_written(folders.raw(unit)).items(), *((path.name, sha256(path)) for path in ledger)]
    return hashlib.sha256("\n".join(f"{name} {digest}" for name, digest in digests).encode()).hexdigest()


def kept_of(report: Report, staging: Path) -> Pages:
    """What the ledger keeps of the pages of a report that lies ready: enough to know each of them again wherever it was sent."""
    settings = hashlib.sha256("".join(sha256(path) for path in folders.settings(report.unit.id)).encode()).hexdigest()
    travelling = sorted(path for path in staging.iterdir() if path.is_file() and path.suffix != ".json")
    return Pages(report.lang, sha256(staging / "manifest.json"), settings, {path.name: sha256(path) for path in travelling}, report.month)


def _outlook_facts(item: Outlook, lang: str) -> dict[str, object]:
    projection = item.projection
    return {
        "indicator": item.indicator.id,
        "status": item.status,
        "model": projection.model,
        "probability": _finite(item.probability),
        "threshold": _finite(item.threshold),
        "median": _finite(projection.middle) if projection.known else None,
        "interval80": [_finite(x) for x in projection.interval(0.8)] if projection.known else None,
        "evidence_years": projection.evidence_years,
        "sentence": nr.outlook_sentence(item, lang).text,
        "numbers": [[n.label, _finite(n.value), n.text] for n in nr.outlook_sentence(item, lang).numbers],
        "figures": [{"end": str(p.end), "value": p.value, "status": p.status, "source": p.source} for p in projection.seen],
    }


def pieces(content: bytes) -> list[str]:
    """Four digits for every kilobyte of a file: not what proves it (its whole digest does), but where to look once it does not fit.

    >>> [len(piece) for piece in pieces(bytes(2500))]
    [4, 4, 4]
    """
    return [hashlib.sha256(content[at : at + PIECE]).hexdigest()[:4] for at in range(0, len(content), PIECE)]


def _finite(value: float) -> float | None:
    return float(f"{value:.9g}") if np.isfinite(value) else None


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "?"


def sha256(path: Path) -> str:
    """Digest of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()
