"""What lives in JupyterLab: parts of a page in one widget, which runs the page's own script under the page's own style sheet."""

from __future__ import annotations

import functools
import importlib.util
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypedDict

TEMPLATES = Path(__file__).resolve().parent / "templates" / "page"
# What the page asks of the reader's system, JupyterLab says with its theme; the sheet stands inside the rule `.kpi-lab { ... }`.
_IN_JUPYTERLAB = {":root": "&", "@media (prefers-color-scheme: dark)": '[data-jp-theme-light="false"] &'}


class BoardPart(TypedDict):
    """Escaped markup, and what the script is given to put a what-if above it; None where it stays as it is."""

    markup: str
    data: dict[str, Any] | None


def can_display() -> bool:
    """Whether a kernel runs that widgets can speak to, and this is no batch run."""
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    running = getattr(shell, "kernel", None) is not None and os.environ.get("KPI_BATCH") != "1"
    return running and importlib.util.find_spec("anywidget") is not None


def board(parts: Sequence[BoardPart] = ()) -> Any:
    """A widget that shows parts one below the other, and others as soon as its `parts` are set anew."""
    return _board()(parts=list(parts))


def view(parts: Sequence[BoardPart]) -> dict[str, Any]:
    """Parts as a live output of a notebook cell, by MIME type."""
    return dict(board(parts)._repr_mimebundle_()[0])


@functools.cache
def _board() -> type:
    import anywidget
    import traitlets

    class Board(anywidget.AnyWidget):
        _esm = (TEMPLATES / "whatif.js").read_text(encoding="utf-8")
        _css = style()
        parts: Any = traitlets.List().tag(sync=True)

    return Board


def style() -> str:
    """The page's style sheets for JupyterLab: under a class of their own, light or dark as its theme is."""
    sheet = "".join((TEMPLATES / name).read_text(encoding="utf-8") for name in ("page.css", "whatif.css", "lab.css"))
    for page, lab in _IN_JUPYTERLAB.items():
        sheet = sheet.replace(page, lab)
    return f".kpi-lab {{\n{sheet}}}\n"
