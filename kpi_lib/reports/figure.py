"""A chart on a page: a still picture for screen, phone and paper, the place of the live one, its caption and the figures behind it."""

from __future__ import annotations

import re
from typing import Any

from markupsafe import Markup

from kpi_lib.charts.base.drawing import COMPACT_WIDTH, NARROW_WIDTH, narrowed, reader_text, themed, title_of, to_svg
from kpi_lib.reports.safe_html import inline_json, own_html
from kpi_lib.words.bound import Shown, Word, worded
from kpi_lib.words.html import macros
from kpi_lib.words.messages import say

Spec = dict[str, Any]
_TEMPLATE = "page/templates/figure.html.j2"


def figure(spec: Spec, lang: str, number: int, *, narrow: bool, live: bool) -> Markup:
    """The figure of a chart, the page's `number`th; `narrow` draws it a second time for phones whose scripts are off.

    A compact chart (`usermeta.kpi.compact`), "beside" the text or a "tile" among tiles, is drawn like a phone's, for half the column.
    """
    text, own = reader_text(spec), _own(spec)
    compact = compact_of(spec)
    kinds = [("wide", COMPACT_WIDTH if compact else None), ("narrow", NARROW_WIDTH)][: 1 + narrow]
    stills = [(kind, Markup(_own_ids(to_svg(spec, lang, width), f"c{number}{kind[0]}"))) for kind, width in kinds]
    caption = _caption(text["caption"], own.get("said", ())) if compact != "beside" else ()
    made = macros(_TEMPLATE)
    behind = (
        made.behind(*_table(own["table"]), title_of(spec), say("Table of figures", lang)) if (own.get("table") or {}).get("rows") else ""
    )
    return made.figure(f"chart compact {compact}" if compact else "chart", text["alt"] or title_of(spec), stills, live, behind, caption)


def compact_of(spec: Spec) -> str:
    """Where a compact chart stands, "beside" or "tile"; empty for one that fills the column."""
    return str(place) if (place := _own(spec).get("compact")) in ("beside", "tile") else ""


def _own(spec: Spec) -> Spec:
    """What the library says of a chart beside its specification."""
    return (spec.get("usermeta") or {}).get("kpi") or {}


def _own_ids(svg: str, prefix: str) -> str:
    """Give the ids in a picture a prefix, so that two charts on a page do not share a clipping path."""
    svg = re.sub(r'(<[^>]*\bid=")([^"]+")', rf"\g<1>{prefix}-\g<2>", svg)
    return re.sub(r'="url\(#([^)]+)\)"', rf'="url(#{prefix}-\g<1>)"', svg)


def _caption(caption: str, said: Any) -> tuple[Shown | str, ...]:
    """The sentence under a chart, the numbers it says bound in their order."""
    parts: list[Shown | str] = []
    for number in map(_bound, said):
        place = re.search(rf"(?<![\d.,]){re.escape(number.text)}(?!\d)", caption) if isinstance(number, Shown) else None
        if isinstance(number, Shown) and place:
            parts += [caption[: place.start()], number]
            caption = caption[place.end() :]
    return tuple(part for part in (*parts, caption) if part)


def _table(table: Spec) -> tuple[list[tuple[str, bool]], list[list[Shown | str]]]:
    """Headings of the figures behind a chart, each with whether numbers stand below it, and the rows."""
    rows = [[_bound(cell) for cell in row] for row in table["rows"]]
    return [(str(name), any(isinstance(row[i], Shown) for row in rows)) for i, name in enumerate(table["columns"])], rows


def _bound(cell: object) -> Shown | Word | str:
    """A cell of the table as it travelled: a number with its value and name, or words; a number without a value is only its words."""
    if not isinstance(cell, dict):
        return str(cell)
    if "choice" in cell:
        return worded(str(cell.get("of", "")), int(cell.get("case", 0)), str(cell.get("choice", "")), str(cell.get("text", "")))
    value, text = cell.get("value"), str(cell.get("text", ""))
    if not isinstance(value, int | float):
        return text
    return Shown(str(cell.get("label", "")), float(value), text, of=str(cell.get("of", "")), share=bool(cell.get("share")))


def whatif(data: dict[str, Any]) -> Markup:
    """The place of a what-if control: its data for the page's script, and its table of scenarios, which needs none."""
    facts = inline_json({key: value for key, value in data.items() if key != "table"})
    return macros(_TEMPLATE).whatif(Markup(facts), Markup(own_html(str(data.get("table", "")))))


def live_spec(spec: Spec) -> Spec:
    """What the page needs to draw a chart: the specification less the figures that stand on it already, and what changes on a phone."""
    own = {key: value for key, value in _own(spec).items() if key not in ("table", "said")}
    spec = {**spec, "usermeta": {**(spec.get("usermeta") or {}), "kpi": own}}
    narrow, full = themed(narrowed(spec)), themed(narrowed(spec, COMPACT_WIDTH) if compact_of(spec) else spec)
    changed = {key: value for key, value in narrow.items() if full.get(key) != value}
    return {"spec": full, "narrow": {**dict.fromkeys(full.keys() - narrow.keys()), **changed}}
