"""A whole report as one file: every page a leaf of it, the style sheet and the drawing library once, links between pages inside.

The executed notebooks are bound into one, which the page exporter then exports as it exports any other. Without scripts, and in a mail's
preview, the leaves still turn: a leaf is shown when the address points at it, the first when it points nowhere.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat

from kpi_lib.reports.export import without_first_heading

_PAGE_LINK = re.compile(r'href="([a-z0-9-]+)\.html"')
_DOCUMENTS = re.compile(r'<ul class="documents">.*?</ul>', re.DOTALL)


@dataclass(frozen=True, slots=True)
class Leaf:
    """One page of the report: the name of its file without ending, its title, its executed notebook."""

    name: str
    title: str
    notebook: Path


def bound(leaves: Sequence[Leaf], lang: str) -> Any:
    """The executed notebooks as one, each between a cell that opens its leaf and one that closes it."""
    names = {leaf.name for leaf in leaves}
    cells: list[Any] = []
    for number, leaf in enumerate(leaves):
        notebook, _ = without_first_heading(nbformat.read(leaf.notebook, as_version=4), lang)
        title = leaf.title if number else ""
        cells.append(nbformat.v4.new_raw_cell("", id=f"{leaf.name}-open"[-64:], metadata={"kpi_leaf": {"name": leaf.name, "title": title}}))
        for cell in notebook.cells:
            cell.id = f"{number:02d}-{cell.get('id', '')}"[:64]
            for output in cell.get("outputs", ()):
                _inside(output.get("data", {}), names)
            cells.append(cell)
        cells.append(nbformat.v4.new_raw_cell("", id=f"{leaf.name}-close"[-64:], metadata={"kpi_leaf": {"name": ""}}))
    return nbformat.v4.new_notebook(cells=cells)


def _inside(data: dict[str, Any], names: set[str]) -> None:
    """Let links between pages point inside the file; documents that stand beside the pages are not in it."""
    if isinstance(text := data.get("text/html"), str):
        text = _DOCUMENTS.sub("", text)
        data["text/html"] = _PAGE_LINK.sub(lambda found: f'href="#{found[1]}"' if found[1] in names else found[0], text)
