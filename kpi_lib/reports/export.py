"""Executed notebooks become pages that open with the network cable pulled out.

A page is one file: text, tables, every chart as a still picture for screen, phone and paper, and, if asked for, the drawing library once,
packed, so that the charts answer to a finger. A Content-Security-Policy lets nothing else run and nothing be fetched.
"""

from __future__ import annotations

import functools
import hashlib
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from markupsafe import Markup
from nbconvert.exporters.html import HTMLExporter
from nbconvert.exporters.templateexporter import TemplateExporter
from nbconvert.filters import DataTypeFilter
from nbformat import NotebookNode
from traitlets import Bool, Unicode, default
from traitlets import List as ListTrait
from traitlets.config import Config

from kpi_lib.charts.base.drawing import CHART_MIME
from kpi_lib.page.whatif import WHATIF_MIME
from kpi_lib.reports import assets, figure
from kpi_lib.reports.safe_html import inline_json, is_local, own_html, plain_text, safe_markdown
from kpi_lib.words.messages import KpiError, Text, in_context, listed, say

BUDGETS = {False: 200_000, True: 2_000_000}
"""Bytes a page may have, without and with live charts."""

WORDS = {
    "skip": Text("Skip to content"),
    "nav": Text("Pages of this report"),
    "lines": Text("Line by line"),
    "before": in_context("of a line", "Previous"),
    "next": in_context("of a line", "Next"),
    "facts": Text("About this page"),
    "page": Text("Page"),
}


class PageExporter(HTMLExporter):
    """The report page; also in JupyterLab's menu, under the name of its entry point."""

    export_from_notebook = "KPI: report page (HTML)"

    title = Unicode("", help="title of the page; the notebook's first heading if empty")
    lang = Unicode("vi", help="words, numbers and dates")
    unit_name = Unicode("", help="the unit the page is about")
    mark = Unicode("", help="a mark every page of an illustrative unit carries")
    subtitle = Unicode("", help="the line below the title: cut-off date, year judged")
    nav: Any = ListTrait([], help="sister pages: (href, label, current)")
    lines: Any = ListTrait([], help="pages of single lines, in a menu of their own: (href, label, current)")
    facts: Any = ListTrait([], help="what the foot of the page says: (label, value)")
    interactive = Bool(True, help="embed the drawing library")
    narrow = Bool(True, help="draw every chart a second time for phones whose scripts are off")

    @default("template_name")
    def _template_name_default(self) -> str:
        return "page"

    @default("extra_template_basedirs")
    def _basedirs_default(self) -> list[str]:
        return [str(assets.TEMPLATES)]

    def get_prefix_root_dirs(self) -> list[str]:
        """Templates and what they switch on come from this package alone: nothing of JUPYTER_PATH, of a home folder, of the environment."""
        return []

    @default("template_data_paths")
    def _data_paths_default(self) -> list[str]:
        return []

    @property
    def default_config(self) -> Config:
        """Show charts first, then our own HTML; never scripts, widgets or pictures from elsewhere."""
        config = super().default_config
        kinds = [CHART_MIME, WHATIF_MIME, "text/html", "text/markdown", "text/plain"]
        config.merge(Config({"NbConvertBase": {"display_data_priority": kinds}, "HTMLExporter": {"exclude_input": True}}))
        return config

    def default_filters(self) -> Any:
        """Add the filters of the template."""
        yield from super().default_filters()
        yield from {
            "own_html": own_html,
            "safe_markdown": safe_markdown,
            "plain_text": plain_text,
            "figure": self._figure,
            "whatif": figure.whatif,
        }.items()

    def _preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        """Apply the steps that are switched on; stock nbconvert copies and validates the whole notebook before and after each of them."""
        for step in self._preprocessors:
            nb, resources = step(nb, resources)
        return nb, resources

    def from_notebook_node(self, nb: Any, resources: Any = None, **kw: Any) -> tuple[str, dict[str, Any]]:  # type: ignore[override]
        """Return the page and its resources; `resources["kpi_page"]` holds what was put in the head, and the number of charts."""
        _refuse_failed(nb)
        nb, heading = without_first_heading(nb, self.lang)
        nb = NotebookNode({**nb, "cells": without_empty_sections(nb.cells)})
        self.drawn: list[dict[str, Any]] = []
        shown = [output.get("data", {}) for cell in nb.cells for output in cell.get("outputs", ())]
        resources = self._init_resources(resources)
        resources["kpi_page"] = self._page(self.title or heading or say("Report", self.lang), shown)
        self.register_filter("filter_data_type", DataTypeFilter(parent=self))
        return TemplateExporter.from_notebook_node(self, nb, resources, **kw)  # not HTMLExporter's: it re-parses the page

    def _page(self, title: str, shown: Sequence[dict[str, Any]]) -> dict[str, Any]:
        """What the template says around the cells."""
        words, charts = {key: text[self.lang] for key, text in WORDS.items()}, sum(CHART_MIME in data for data in shown)
        asks, drafts = any(WHATIF_MIME in data for data in shown), any('class="draft"' in str(data.get("text/html", "")) for data in shown)
        self.live = self.interactive and charts > 0
        drawing = [assets.read("boot.js"), assets.library()] if self.live else []
        more = [assets.spoken(name, self.lang) for name, holds in (("whatif.js", asks), ("copy.js", drafts)) if holds]
        classes = {
            name for data in shown for each in re.findall(r'class="([^"]*)', str(data.get("text/html", ""))) for name in each.split()
        }
        style = assets.style(self.mark, words["page"], classes | ({"whatif"} if asks else set()))
        return {
            "lang": self.lang, "words": words, "title": title, "unit_name": self.unit_name, "mark": self.mark, "charts": charts,
            "full_title": " · ".join(part for part in (self.mark, title, self.unit_name, self.subtitle) if part), "subtitle": self.subtitle,
            "style": style, "policy": assets.policy(style, [*drawing, *more]),
            "scripts": functools.partial(self._scripts, [*drawing[:1], *more]), "facts": self.facts, "nav": self.nav, "lines": self.lines,
            "beside": _beside(self.lines), "chart_mime": CHART_MIME, "whatif_mime": WHATIF_MIME,
        }  # fmt: skip

    def _scripts(self, run: Sequence[str]) -> Markup:
        """The script elements, asked for at the foot of the page, when its charts are known."""
        held = [assets.drawing(self.lang), assets.data("charts", inline_json([figure.live_spec(spec) for spec in self.drawn]))]
        return Markup("\n").join([*(held if self.live else []), *(assets.script(text, type="module") for text in run)])

    def _figure(self, spec: dict[str, Any]) -> Markup:
        self.drawn.append(spec)
        return figure.figure(spec, self.lang, len(self.drawn), narrow=self.narrow, live=self.live)


def _beside(lines: Sequence[tuple[str, str, bool]]) -> list[tuple[str, str, str]]:
    """The lines before and after the current one: (which, href, label)."""
    here = next((number for number, (_, _, current) in enumerate(lines) if current), None)
    if here is None:
        return []
    near = (("before", here - 1), ("next", here + 1))
    return [(which, *lines[number][:2]) for which, number in near if 0 <= number < len(lines)]


def export_page(
    notebook_path: str | Path | NotebookNode,
    page_path: str | Path,
    *,
    title: str,
    lang: str = "vi",
    unit_name: str = "",
    mark: str | None = None,
    subtitle: str = "",
    nav: Sequence[tuple[str, str, bool]] = (),
    lines: Sequence[tuple[str, str, bool]] = (),
    facts: Sequence[tuple[str, str]] = (),
    interactive: bool = True,
    budget: int = BUDGETS[True],
    narrow: bool = True,
) -> dict[str, Any]:
    """Write the page of an executed notebook.

    Parameters
    ----------
    mark
        Words every page of an illustrative unit must carry: banner, title, watermark and margin of each printed page.
    subtitle
        The line below the title: cut-off date, year judged.
    nav, lines
        (href, label, current) of the pages of the same report, and of those of single lines (a menu); only relative addresses.
    facts
        (label, value) for the foot of the page: cut-off date, digest of the data, versions, engine, who made it.
    narrow
        Whether every chart is drawn a second time for phones whose scripts are off; without it the wide picture shrinks.

    Returns
    -------
    dict
        `bytes`, `charts`, `live` (whether the charts answer to a finger), `sha256`. A page whose live charts would take it over its budget
        keeps their pictures only: a page that opens on a slow phone is worth more.

    Raises
    ------
    KpiError
        The notebook failed or was not run, or a link leaves the report.
    """
    import nbformat

    if foreign := [href for href, _, _ in (*nav, *lines) if not is_local(href)]:
        raise KpiError("Links between pages must be relative: {foreign}", foreign=listed(foreign))
    exporter = _exporter()
    wanted: dict[str, Any] = {
        "title": title, "lang": lang, "unit_name": unit_name, "mark": mark or "", "subtitle": subtitle, "nav": list(nav), "lines": list(lines),
        "facts": list(facts), "interactive": interactive, "narrow": narrow,
    }  # fmt: skip
    for name, value in wanted.items():
        setattr(exporter, name, value)
    notebook = nbformat.read(notebook_path, as_version=4) if isinstance(notebook_path, str | Path) else notebook_path
    html, resources = exporter.from_notebook_node(notebook)
    if interactive and len(html.encode("utf-8")) > budget:
        exporter.interactive = False
        html, resources = exporter.from_notebook_node(notebook)
    data, charts = html.encode("utf-8"), resources["kpi_page"]["charts"]
    Path(page_path).parent.mkdir(parents=True, exist_ok=True)
    Path(page_path).write_bytes(data)
    return {"bytes": len(data), "charts": charts, "live": exporter.live, "sha256": hashlib.sha256(data).hexdigest()}


@functools.cache
def _exporter() -> PageExporter:
    """The exporter of this process: its templates are compiled once, not once a page."""
    return PageExporter()


def _refuse_failed(nb: Any) -> None:
    """Refuse a notebook that failed or never ran: stock nbconvert makes a handsome page of it."""
    for number, cell in enumerate((cell for cell in nb.cells if cell.cell_type == "code" and cell.source.strip()), 1):
        if any(output.output_type == "error" for output in cell.outputs):
            raise KpiError("The notebook failed in cell {number}, no page was made.", number=number)
        if cell.execution_count is None:
            raise KpiError("Code cell {number} of the notebook has not run, no page was made.", number=number)


def without_empty_sections(cells: Sequence[Any]) -> list[Any]:
    """Cells without those headings under which nothing came out: a page has no section that says that it is empty."""
    kept: list[Any] = []
    heading: list[Any] = []  # of the section that has not shown anything yet
    for cell in cells:
        if cell.cell_type == "markdown" and re.match(r"\s*##\s", cell.source):
            heading = [cell]
        elif cell.cell_type == "code" and not any(_shows(output) for output in cell.outputs):
            continue
        elif cell.cell_type == "raw":  # the end of a leaf ends its last section too
            heading = []
            kept.append(cell)
        elif cell.cell_type == "markdown" and heading:
            heading.append(cell)
        else:
            kept += [*heading, cell]
            heading = []
    return kept


def _shows(output: Any) -> bool:
    """Whether an output is anything to see."""
    data = output.get("data")
    return data is None or any(str(value).strip() for kind, value in data.items() if kind != "text/plain" or len(data) == 1)


def without_first_heading(nb: Any, lang: str) -> tuple[Any, str]:
    """Return the notebook without its first level-one heading, and that heading; cells for other readers are left out."""
    hidden = {"lab-only", *({"lang-vi", "lang-en"} - {f"lang-{lang}"})}
    cells = [cell for cell in nb.cells if not hidden & set(cell.metadata.get("tags", []))]
    title = ""
    for number, cell in enumerate(cells):
        found = re.search(r"^# +(.+?)\s*$", cell.source, flags=re.MULTILINE) if cell.cell_type == "markdown" else None
        if found:
            cells[number] = NotebookNode({**cell, "source": (cell.source[: found.start()] + cell.source[found.end() :]).strip()})
            title = found[1]
            break
    return NotebookNode({**nb, "cells": cells}), title
