"""Executed notebooks become pages that open with the network cable pulled out.

A page is one file: text, tables, every chart as a still picture for screen, phone and paper, and, if asked for, the drawing library once,
packed, so that the charts answer to a finger. A Content-Security-Policy lets nothing else run and nothing be fetched.
"""

from __future__ import annotations

import base64
import functools
import gzip
import hashlib
import os
import re
from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Any

from nbconvert.exporters.html import HTMLExporter
from nbconvert.exporters.templateexporter import TemplateExporter
from nbconvert.filters import DataTypeFilter
from nbformat import NotebookNode
from traitlets import Bool, Unicode, default
from traitlets import Dict as DictTrait
from traitlets.config import Config

from kpi_lib.charts.base.drawing import (
    CHART_MIME,
    COMPACT_WIDTH,
    NARROW_WIDTH,
    NUMBER_LOCALES,
    narrowed,
    painter,
    reader_text,
    themed,
    time_locale,
    title_of,
    to_svg,
)
from kpi_lib.definitions import folders
from kpi_lib.definitions.frames import KpiError
from kpi_lib.page.whatif import WHATIF_MIME
from kpi_lib.reports.safe_html import inline_json, is_local, own_html, plain_text, safe_markdown
from kpi_lib.words.bound import Shown, Word, worded

TEMPLATES = Path(__file__).resolve().parents[1] / "page" / "templates"
BUDGETS = {False: 200_000, True: 2_000_000}
"""Bytes a page may have, without and with live charts."""

WORDS = {
    "vi": {
        "skip": "Đến nội dung", "nav": "Các trang của báo cáo", "lines": "Từng chỉ tiêu", "before": "Trước", "next": "Tiếp",
        "facts": "Về trang này", "page": "Trang", "behind": "Bảng số liệu",
    },
    "en": {
        "skip": "Skip to content", "nav": "Pages of this report", "lines": "Line by line", "before": "Previous", "next": "Next",
        "facts": "About this page", "page": "Page", "behind": "Table of figures",
    },
}  # fmt: skip


class PageExporter(HTMLExporter):
    """The report page; also in JupyterLab's menu, under the name of its entry point."""

    export_from_notebook = "KPI: trang báo cáo (HTML)"

    title = Unicode("", help="title of the page; the notebook's first heading if empty")
    lang = Unicode("vi", help="vi or en: words, numbers and dates")
    unit_name = Unicode("", help="the unit the page is about")
    mark = Unicode("", help="a mark every page of an illustrative unit carries")
    subtitle = Unicode("", help="the line below the title: cut-off date, year judged")
    nav = DictTrait({}, help="sister pages: {href: (label, current)}")
    lines = DictTrait({}, help="pages of single lines, in a menu of their own: {href: (label, current)}")
    facts = DictTrait({}, help="what the foot of the page says: {label: value}")
    interactive = Bool(True, help="embed the drawing library")
    narrow = Bool(True, help="draw every chart a second time for phones whose scripts are off")

    @default("template_name")
    def _template_name_default(self) -> str:
        return "page"

    @default("extra_template_basedirs")
    def _basedirs_default(self) -> list[str]:
        return [str(TEMPLATES)]

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
            "whatif": _whatif,
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
        self.drawn = 0
        self.specs: list[dict[str, Any]] = []
        charts = sum(CHART_MIME in output.get("data", {}) for cell in nb.cells for output in cell.get("outputs", ()))
        self.asks = any(WHATIF_MIME in output.get("data", {}) for cell in nb.cells for output in cell.get("outputs", ()))
        self.copies = any(
            'class="draft"' in str(o.get("data", {}).get("text/html", "")) for cell in nb.cells for o in cell.get("outputs", ())
        )
        resources = self._init_resources(resources)
        resources["kpi_page"] = self._page(self.title or heading or "Báo cáo", charts)
        self.register_filter("filter_data_type", DataTypeFilter(parent=self))
        html, resources = TemplateExporter.from_notebook_node(self, nb, resources, **kw)  # not HTMLExporter's: it re-parses the page
        if self.specs:
            html = html.replace(_PLACE, _data("charts", inline_json(self.specs)), 1)
        return html, resources

    def _page(self, title: str, charts: int) -> dict[str, Any]:
        words = WORDS[self.lang]
        scripts, hashes = _scripts(self.lang) if self.interactive and charts else ("", "'none'")
        if self.asks:
            ask = _read("whatif.js")
            scripts, hashes = f"{scripts}\n<script>{ask}</script>", f"{hashes} {_hash(ask)}".replace("'none' ", "")
        if self.copies:
            copy = _read("copy.js")
            scripts, hashes = f"{scripts}\n<script>{copy}</script>", f"{hashes} {_hash(copy)}".replace("'none' ", "")
        style = _style(self.mark, words["page"], self.asks)
        return {
            "lang": self.lang, "words": words, "title": title, "unit_name": self.unit_name, "mark": self.mark, "charts": charts,
            "full_title": " · ".join(part for part in (self.mark, title, self.unit_name, self.subtitle) if part), "subtitle": self.subtitle,
            "style": style, "scripts": scripts, "facts": list(self.facts.items()),
            "nav": [(href, label, current) for href, (label, current) in self.nav.items()],
            "lines": [(href, label, current) for href, (label, current) in self.lines.items()], "beside": _beside(self.lines),
            "chart_mime": CHART_MIME,
            "whatif_mime": WHATIF_MIME,
            "policy": f"default-src 'none'; img-src data:; style-src {_hash(style)}; script-src {hashes}; {_CLOSED}",
        }  # fmt: skip

    def _figure(self, spec: dict[str, Any]) -> str:
        """Return a figure: a still picture, a narrow one for phones, the place and data of the live chart, and the figures behind it.

        A compact chart (`usermeta.kpi.compact`), "beside" the text or a "tile" among tiles, is drawn like a phone's, for half the column.
        """
        self.drawn += 1
        text = reader_text(spec)
        compact = ((spec.get("usermeta") or {}).get("kpi") or {}).get("compact")
        compact = compact if compact in ("beside", "tile") else ""
        label = escape(text["alt"] or title_of(spec))
        kinds = [("wide", COMPACT_WIDTH if compact else None), ("narrow", NARROW_WIDTH)]
        stills = "".join(
            f'<div class="still {kind}" role="img" aria-label="{label}">{_own_ids(to_svg(spec, self.lang, width), f"c{self.drawn}{kind[0]}")}</div>'
            for kind, width in (kinds if self.narrow else kinds[:1])
        )
        live = ""
        if self.interactive:
            self.specs.append(_live(spec, bool(compact)))
            live = '<div class="live"></div>'
        caption = f"<figcaption>{_caption(spec, text['caption'])}</figcaption>" if text["caption"] and compact != "beside" else ""
        shape = f"chart compact {compact}" if compact else "chart"
        return f'<figure class="{shape}"><div class="panel">{stills}{live}</div>{_behind(spec, self.lang)}{caption}</figure>'


def _caption(spec: dict[str, Any], caption: str) -> str:
    """The sentence under a chart, the numbers it says bound in their order."""
    written = ""
    for cell in ((spec.get("usermeta") or {}).get("kpi") or {}).get("said", ()):
        number = _bound(cell)
        place = re.search(rf"(?<![\d.,]){re.escape(number.text)}(?!\d)", caption) if isinstance(number, Shown) else None
        if isinstance(number, Shown) and place:
            written += escape(caption[: place.start()]) + number.markup
            caption = caption[place.end() :]
    return written + escape(caption)


def _behind(spec: dict[str, Any], lang: str) -> str:
    """The figures behind a chart as a table that opens on demand; nothing where the chart brought none."""
    table = ((spec.get("usermeta") or {}).get("kpi") or {}).get("table") or {}
    if not table.get("rows"):
        return ""
    rows = [[_bound(cell) for cell in row] for row in table["rows"]]
    numbers = [any(isinstance(row[i], Shown) for row in rows) for i in range(len(table["columns"]))]
    kinds = [' class="num"' if number else "" for number in numbers]
    head = "".join(f'<th scope="col"{kind}>{escape(str(name))}</th>' for name, kind in zip(table["columns"], kinds, strict=True))
    body = "".join(
        f'<tr><th scope="row" class="quoted">{_cell(row[0])}</th>'
        + "".join(f"<td{kind}>{_cell(cell)}</td>" for cell, kind in zip(row[1:], kinds[1:], strict=True))
        + "</tr>"
        for row in rows
    )
    name, title = WORDS[lang]["behind"], escape(title_of(spec))
    return (
        f'<details class="behind"><summary>{name}</summary><div class="table-wrap" tabindex="0" role="region" aria-label="{name}: {title}">'
        f"<table><caption>{title}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div></details>"
    )


def _bound(cell: object) -> Shown | str:
    """A cell of the table as it travelled: a number with its value and name, or words; a number without a value is only its words."""
    if not isinstance(cell, dict):
        return str(cell)
    if "choice" in cell:
        return worded(str(cell.get("of", "")), int(cell.get("case", 0)), str(cell.get("choice", "")), str(cell.get("text", "")))
    value, text = cell.get("value"), str(cell.get("text", ""))
    if not isinstance(value, int | float):
        return text
    return Shown(str(cell.get("label", "")), float(value), text, of=str(cell.get("of", "")), share=bool(cell.get("share")))


def _cell(cell: Shown | str) -> str:
    return cell.markup if isinstance(cell, Shown | Word) else escape(cell)


def _beside(lines: dict[str, tuple[str, bool]]) -> list[tuple[str, str, str]]:
    """The lines before and after the current one: (which, href, label)."""
    order = list(lines.items())
    here = [number for number, (_, (_, current)) in enumerate(order) if current]
    if not here:
        return []
    near = (("before", here[0] - 1), ("next", here[0] + 1))
    return [(which, order[number][0], order[number][1][0]) for which, number in near if 0 <= number < len(order)]


def _whatif(data: dict[str, Any]) -> str:
    """The place of a what-if control: its data for the page's script, and its table of scenarios, which needs none."""
    table = own_html(str(data.get("table", "")))
    return f'<section class="whatif"><script type="application/json">{inline_json({k: v for k, v in data.items() if k != "table"})}</script>{table}</section>'


def _live(spec: dict[str, Any], compact: bool) -> dict[str, Any]:
    """What the page needs to draw a chart: the specification, and what changes in it on a phone."""
    spec = {**spec, "usermeta": _without_table(spec)}
    narrow = themed(narrowed(spec))
    full = themed(narrowed(spec, COMPACT_WIDTH) if compact else spec)
    return {
        "spec": full,
        "narrow": {**dict.fromkeys(full.keys() - narrow.keys()), **{key: value for key, value in narrow.items() if full.get(key) != value}},
    }


def _without_table(spec: dict[str, Any]) -> dict[str, Any]:
    """The remarks of a specification less the figures behind it, which stand on the page already."""
    own = (spec.get("usermeta") or {}).get("kpi") or {}
    return {**(spec.get("usermeta") or {}), "kpi": {key: value for key, value in own.items() if key not in ("table", "said")}}


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
        raise KpiError(f"Liên kết giữa các trang phải là đường dẫn tương đối (links must be relative): {foreign}")
    exporter = _exporter()
    wanted: dict[str, Any] = {
        "title": title, "lang": lang, "unit_name": unit_name, "mark": mark or "", "interactive": interactive, "narrow": narrow,
        "subtitle": subtitle, "facts": dict(facts), "nav": {href: (label, current) for href, label, current in nav},
        "lines": {href: (label, current) for href, label, current in lines},
    }  # fmt: skip
    for name, value in wanted.items():
        setattr(exporter, name, value)
    notebook = nbformat.read(notebook_path, as_version=4) if isinstance(notebook_path, str | Path) else notebook_path
    html, resources = exporter.from_notebook_node(notebook)
    data = html.encode("utf-8")
    if interactive and len(data) > budget:
        return export_page(
            notebook_path, page_path, title=title, lang=lang, unit_name=unit_name, mark=mark, subtitle=subtitle, nav=nav, lines=lines,
            facts=facts, interactive=False, budget=budget, narrow=narrow,
        )  # fmt: skip
    Path(page_path).parent.mkdir(parents=True, exist_ok=True)
    Path(page_path).write_bytes(data)
    charts = resources["kpi_page"]["charts"]
    return {"bytes": len(data), "charts": charts, "live": interactive and charts > 0, "sha256": hashlib.sha256(data).hexdigest()}


@functools.cache
def _exporter() -> PageExporter:
    """The exporter of this process: its templates are compiled once, not once a page."""
    return PageExporter()


_CLOSED = "base-uri 'none'; form-action 'none'"


def _refuse_failed(nb: Any) -> None:
    """Refuse a notebook that failed or never ran: stock nbconvert makes a handsome page of it."""
    for number, cell in enumerate((cell for cell in nb.cells if cell.cell_type == "code" and cell.source.strip()), 1):
        if any(output.output_type == "error" for output in cell.outputs):
            raise KpiError(f"Sổ tay có ô mã {number} báo lỗi, không xuất trang (the notebook failed in cell {number}, no page was made).")
        if cell.execution_count is None:
            raise KpiError(f"Sổ tay có ô mã {number} chưa chạy, không xuất trang (code cell {number} has not run, no page was made).")


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


def _own_ids(svg: str, prefix: str) -> str:
    """Give the ids in a picture a prefix, so that two charts on a page do not share a clipping path."""
    svg = re.sub(r'(<[^>]*\bid=")([^"]+")', rf"\g<1>{prefix}-\g<2>", svg)
    return re.sub(r'="url\(#([^)]+)\)"', rf'="url(#{prefix}-\g<1>)"', svg)


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


@functools.cache
def _read(name: str) -> str:
    return (TEMPLATES / "page" / name).read_text(encoding="utf-8")


def _style(mark: str, page_word: str, asks: bool) -> str:
    """Return the style sheet with the words that stand in the margin of a printed page; that of the what-if only where there is one."""
    words = {"MARK": mark, "PAGE": page_word}
    rules = _read("page.css") + (_read("whatif.css") if asks else "")
    sheet = re.sub(r"/\*.*?\*/|(?<=[{};,])\s+|\s+(?=[{}])|\n\s*", "", rules, flags=re.DOTALL).replace(": ", ":").replace(";}", "}")
    return re.sub(r'"@(\w+)@"', lambda found: _css_text(words[found[1]]), sheet)


def _css_text(text: str) -> str:
    return '"' + "".join(char if char.isalnum() or char == " " else f"\\{ord(char):x} " for char in text) + '"'


@functools.cache
def _scripts(lang: str) -> tuple[str, str]:
    """Return the script elements of an interactive page and their hashes for the policy."""
    boot, bundle = _read("boot.js"), _bundle()
    locale = inline_json({"number": NUMBER_LOCALES[lang], "time": time_locale(lang)})
    alphabet = f'<script type="text/plain" id="letters">{_LETTERS}</script>'
    scripts = "\n".join(
        [
            f'<script type="application/json" id="locale">{locale}</script>',
            alphabet,
            _data("vega", bundle),
            _PLACE,
            f"<script>{boot}</script>",
        ]
    )
    return scripts, f"{_hash(boot)} {_hash(bundle)}"


_LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%,()*+-;:=.?@^_`{|}~"
"""Python's base 85 with the three letters that mean something in HTML changed."""


_PLACE = '<script type="text/plain" id="charts"></script>'


@functools.lru_cache(4)
def _data(name: str, text: str) -> str:
    """Return a script element that holds text, packed, in base 85: a sixteenth lighter than base 64."""
    data = gzip.compress(text.encode(), 9, mtime=0)
    letters = base64.b85encode(data + bytes(-len(data) % 4)).translate(bytes.maketrans(b"&<>", b",:."))
    return f'<script type="text/plain" id="{name}" data-bytes="{len(data)}">{letters.decode()}</script>'


_SNIPPET = "window.vegaEmbed = vegaEmbed;"


def _bundle() -> str:
    """Return Vega, Vega-Lite and their embedding as one script; made once for each version of vl-convert, then kept in `.cache`."""
    from importlib.metadata import version

    kept = folders.root() / ".cache" / f"vega-{version('vl-convert-python')}.js"
    try:
        return kept.read_bytes().decode()
    except OSError:
        pass
    bundle = f"(()=>{{{painter().javascript_bundle(_SNIPPET)}\n}})();"  # wrapped: its minified names would collide with ours
    try:
        kept.parent.mkdir(exist_ok=True)
        staged = kept.with_suffix(f".{os.getpid()}")
        staged.write_bytes(bundle.encode())
        staged.replace(kept)
    except OSError:
        pass  # a read-only project only loses a second
    return bundle
