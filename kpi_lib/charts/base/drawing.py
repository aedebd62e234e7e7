"""How a chart leaves a notebook: as data in a batch run, as a picture in JupyterLab, as SVG on a page.

A specification is a Vega-Lite dictionary. Two of its fields carry what a reader who cannot see the chart needs: the top-level
`description` (alternative text) and `usermeta["kpi"]`, with `caption` (one sentence under the chart) and `narrow` (changes for phones).
"""

from __future__ import annotations

import contextlib
import functools
import os
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from kpi_lib import disk
from kpi_lib.words.messages import KpiError, listed, say
from kpi_lib.words.numbers import marks

CHART_MIME = "application/vnd.vegalite.v6+json"
VEGA_LITE = "6.4"
NARROW_WIDTH = 340
"""Pixels of the second picture, made for phones."""
COMPACT_WIDTH = 420
"""Pixels of a picture that shares the page's column with another one."""

Spec = dict[str, Any]

TIME_LOCALES = {"vi": "vi-VN"}  # as d3 names them; no axis is of dates, so any other language takes the plain one
TIME_LOCALE = "en-GB"

# Metric-compatible families first: the text was measured with one of them, so it fits wherever another is used.
FONT = 'Arial, "Helvetica Neue", "Liberation Sans", Arimo, "Noto Sans", sans-serif'
INK, QUIET, RULE = "#1b2733", "#4c5b69", "#dfe5ea"

# Vega's own descriptions of axes and marks are English and unrounded; the figure's alternative text replaces them.
CONFIG: Spec = {
    "font": FONT,
    "background": None,
    "aria": False,
    "view": {"stroke": None},
    "axis": {
        "aria": False,
        "labelColor": QUIET,
        "titleColor": QUIET,
        "labelFontSize": 12,
        "titleFontSize": 12,
        "titleFontWeight": "normal",
        "domainColor": "#9aa7b3",
        "tickColor": "#9aa7b3",
        "gridColor": RULE,
        "labelPadding": 5,
        "titlePadding": 8,
    },
    "legend": {
        "aria": False,
        "labelColor": INK,
        "titleColor": QUIET,
        "labelFontSize": 12,
        "titleFontSize": 12,
        "titleFontWeight": "normal",
    },
    "header": {"labelColor": INK, "titleColor": QUIET, "labelFontSize": 12},
    "title": {"aria": False, "color": INK, "anchor": "start", "fontSize": 15, "subtitleColor": QUIET, "subtitleFontSize": 12, "offset": 12},
    "mark": {"aria": False},
    "text": {"fontSize": 12, "color": INK},
}


def enable() -> None:
    """Make `render` the renderer Altair uses; called when the charts are imported.

    In a batch run a chart is written down without Altair's check against the schema of Vega-Lite, which takes as long as all the rest of it;
    the tests check every chart, and a specification that is none cannot be drawn.
    """
    import altair as alt
    from IPython import get_ipython

    alt.renderers.register("kpi", render)
    alt.renderers.enable("kpi")
    shell = get_ipython()
    if shell is not None and os.environ.get("KPI_BATCH") == "1":
        shell.display_formatter.mimebundle_formatter.for_type(alt.TopLevelMixin, _unchecked)


def warm() -> None:
    """Write one chart down, which makes what Altair keeps between charts; before a process is forked for each page."""
    import altair as alt

    alt.Chart(alt.Data(values=[])).mark_line().encode(x="x:Q").to_dict(validate=False)


def _unchecked(chart: Any, **_asked: Any) -> dict[str, Any]:
    own = chart.usermeta if isinstance(chart.usermeta, dict) and "kpi" in chart.usermeta else None  # long tables, plain already
    spec = chart.to_dict(validate=False, ignore=["usermeta"] if own else [], context={"pre_transform": False})
    return render({**spec, "usermeta": own} if own else spec)


def render(spec: Spec, **_metadata: Any) -> dict[str, Any]:
    """Return what a notebook cell stores for a chart, keyed by MIME type.

    A batch run (environment variable KPI_BATCH=1) stores the specification only: the exporter draws it, once, for screen, phone and paper.
    In JupyterLab a picture comes with it, because JupyterLab 4 cannot draw Vega-Lite 6 and must not fetch anything.
    """
    lang = reader_text(spec)["lang"]
    bundle: dict[str, Any] = {CHART_MIME: spec, "text/plain": f"[{say('chart', lang)}] {title_of(spec)}".rstrip()}
    if os.environ.get("KPI_BATCH") != "1":
        bundle["image/svg+xml"] = to_svg(spec, lang)
    return bundle


def title_of(spec: Spec) -> str:
    """Return the chart's title as one line, or an empty string."""
    title = spec.get("title", "")
    text = title.get("text", "") if isinstance(title, dict) else title
    return " ".join(text) if isinstance(text, list) else str(text)


def reader_text(spec: Spec) -> dict[str, str]:
    """Return `caption`, `alt` and `lang` of a specification; the title stands in for a missing alternative text."""
    own = (spec.get("usermeta") or {}).get("kpi") or {}
    alt = spec.get("description") or own.get("caption") or title_of(spec)
    return {"caption": str(own.get("caption", "")), "alt": str(alt), "lang": str(own.get("lang", "vi"))}


def themed(spec: Spec) -> Spec:
    """Return the specification with the house style under its own configuration, which wins."""
    return {**spec, "config": merge(CONFIG, spec.get("config") or {})}


def narrowed(spec: Spec, width: int = NARROW_WIDTH) -> Spec:
    """Return the specification for a phone: the author's own changes, side-by-side views stacked, and a total width in pixels."""
    own = ((spec.get("usermeta") or {}).get("kpi") or {}).get("narrow") or {}
    spec = _fit(spec, width) if not {"hconcat", "concat", "vconcat"} & spec.keys() else _stack(spec, width)
    return merge(spec, own)


def _stack(spec: Spec, width: int) -> Spec:
    views = next(spec[key] for key in ("hconcat", "concat", "vconcat") if key in spec)
    spec = {key: value for key, value in spec.items() if key not in ("hconcat", "concat", "vconcat", "columns")}
    axis_room = 70  # a part of a concatenation cannot be fitted: leave room for its labels
    parts = [_stack(view, width) if "hconcat" in view else {**view, "width": width - axis_room} for view in views]
    return {**spec, "vconcat": parts}


def _fit(spec: Spec, width: int) -> Spec:
    if "facet" in spec or "repeat" in spec:
        inner = {**spec.get("spec", {}), "width": width - 70}
        return {**spec, "columns": 1, "spec": inner}
    return {**spec, "width": width, "autosize": {"type": "fit-x", "contains": "padding"}}


def merge(base: Spec, changes: Spec) -> Spec:
    """Return `base` with `changes` on top, dictionaries merged key by key.

    >>> merge({"axis": {"grid": True, "tick": 1}}, {"axis": {"grid": False}})
    {'axis': {'grid': False, 'tick': 1}}
    """
    merged = dict(base)
    for key, value in changes.items():
        both = isinstance(value, dict) and isinstance(merged.get(key), dict)
        merged[key] = merge(merged[key], value) if both else value
    return merged


def to_svg(spec: Spec, lang: str = "vi", width: int | None = None) -> str:
    """Draw a specification as SVG, in the number and date style of `lang`; with `width`, for a screen that narrow.

    The same specification gives the same bytes on every Linux machine. Nothing is fetched: one that refers to data elsewhere fails.
    """
    refuse_addresses(spec)
    svg = painter().vegalite_to_svg(
        themed(narrowed(spec, width) if width else spec),
        vl_version=VEGA_LITE,
        allowed_base_urls=[],
        format_locale=number_locale(lang),
        time_format_locale=TIME_LOCALES.get(lang, TIME_LOCALE),
    )
    return _light(svg)


def unchecked() -> contextlib.AbstractContextManager[None]:
    """Make drawings without holding each against Vega-Lite's schema, which is most of their work and done by the tests of charts."""
    from altair.utils.schemapi import debug_mode

    return debug_mode(False)


@functools.cache
def painter() -> Any:
    """vl-convert, made to measure words in the letters it brings along (those of Arial), whatever fonts the machine has.

    A picture is then the same with Noto fonts and without; and it costs half, because vl-convert opens a font of the machine anew for
    every letter it measures, and for a Vietnamese one looks for it in all of them.
    """
    import vl_convert

    before = os.environ.get("FONTCONFIG_FILE")
    with disk.scratch() as nothing:
        told = Path(nothing) / "fonts.conf"
        told.write_text(f"<fontconfig><dir>{nothing}</dir></fontconfig>", encoding="utf-8")
        os.environ["FONTCONFIG_FILE"] = str(told)  # read once, with the first word
        try:
            vl_convert.vegalite_to_svg({"data": {"values": [{}]}, "mark": {"type": "text", "text": "a"}}, vl_version=VEGA_LITE)
        finally:
            os.environ.pop("FONTCONFIG_FILE")
            os.environ.update({} if before is None else {"FONTCONFIG_FILE": before})
    return vl_convert


def refuse_addresses(part: object) -> None:
    """Refuse a specification that points anywhere: a link, a picture or data by address. Figures named so inside the data are only figures.

    Raises
    ------
    KpiError
        `href` or `url` stands outside the data. (vl-convert, told to fetch nothing, would fail at the chart drawn *after* such a one.)
    """
    if isinstance(part, list):
        for item in part:
            refuse_addresses(item)
    if not isinstance(part, dict):
        return
    if found := {"href", "url"} & part.keys():
        raise KpiError("A chart must not point to anything outside: {channels}; leave that channel out.", channels=listed(sorted(found)))
    for key, value in part.items():
        if key not in {"values", "datasets", "usermeta"}:
            refuse_addresses(value)


def number_locale(lang: str) -> Spec:
    """Return the marks of a language's numbers, as d3 is told them."""
    signs = marks(lang)
    return {"decimal": signs[ord(".")], "thousands": signs[ord(",")], "grouping": [3], "currency": ["", "\u00a0₫"]}


@functools.cache
def time_locale(lang: str) -> Spec:
    """Return the names of days and months and the date orders, for a chart drawn in the reader's browser."""
    return dict(painter().get_time_format_locale(TIME_LOCALES.get(lang, TIME_LOCALE)))


def _light(svg: str) -> str:
    """Make the picture a third as heavy without a visible change: two decimals, no defaults, what siblings share said once by their group."""
    root = ElementTree.fromstring(svg)
    families = {node.attrib["font-family"] for node in root.iter() if "font-family" in node.attrib}
    if len(families) == 1:
        for node in root.iter():
            node.attrib.pop("font-family", None)
        root.set("font-family", families.pop())
    _tidy(root)
    names = {node.get("id", ""): f"k{number}" for number, node in enumerate(node for node in root.iter() if "id" in node.attrib)}
    for node in root.iter():  # Vega counts ids through a whole process; a picture counts its own
        for key, value in node.attrib.items():
            found = names.get(value if key == "id" else value.removeprefix("url(#").removesuffix(")"))
            if found:
                node.set(key, found if key == "id" else f"url(#{found})")
    return ElementTree.tostring(root, encoding="unicode").replace(" />", "/>")


def _tidy(node: ElementTree.Element) -> None:
    for key, value in list(node.attrib.items()):
        if key in _GEOMETRY:
            node.set(key, _NUMBER.sub(_shorten, value))
        if key in _DROPPED or _DEFAULTS.get(key) == value or key.startswith("aria-") or (key == "role" and value.startswith("graphics")):
            del node.attrib[key]
    for child in list(node):
        _tidy(child)
        name = child.tag.rpartition("}")[2]
        nothing = (name == "g" and not len(child)) or (name == "path" and child.get("d", "").strip() in {"", "M0,0h0v0h0Z"})
        if nothing or child.get("display") == "none":
            node.remove(child)
    if node.tag.rpartition("}")[2] in {"g", "svg"} and len(node):
        _lift(node)


def _lift(group: ElementTree.Element) -> None:
    """Move a style that all children have to their group."""
    first = group[0]
    for key in sorted(_INHERITED & first.attrib.keys()):
        value = first.attrib[key]
        if all(child.get(key) == value for child in group):
            for child in group:
                del child.attrib[key]
            group.set(key, value)


ElementTree.register_namespace("", "http://www.w3.org/2000/svg")
_NUMBER = re.compile(r"-?\d+\.\d{3,}(?:e-?\d+)?")
_GEOMETRY = frozenset({"d", "transform", "x", "y", "x1", "x2", "y1", "y2", "width", "height", "cx", "cy", "r", "points"})
_DROPPED = frozenset({"class", "pointer-events", "version", "stroke-miterlimit"})
_DEFAULTS = {
    "opacity": "1", "stroke-opacity": "1", "fill-opacity": "1", "font-weight": "normal", "transform": "translate(0,0)", "x2": "0", "y2": "0",
}  # fmt: skip
_INHERITED = frozenset(
    {
        "stroke",
        "fill",
        "font-size",
        "font-family",
        "font-weight",
        "font-style",
        "text-anchor",
        "stroke-width",
        "stroke-dasharray",
        "stroke-linecap",
    }
)


def _shorten(number: re.Match[str]) -> str:
    return f"{float(number[0]):.2f}".rstrip("0").rstrip(".")
