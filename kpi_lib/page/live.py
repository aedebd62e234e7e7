"""What lives in JupyterLab: parts of a page in one widget, which runs the page's own script under the page's own style sheet."""

from __future__ import annotations

import functools
import importlib.util
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypedDict

from markupsafe import Markup

from kpi_lib.page.markup import Stack
from kpi_lib.words.html import macros
from kpi_lib.words.messages import say

TEMPLATES = Path(__file__).resolve().parent / "templates" / "page"
# What the page asks of the reader's system, JupyterLab says with its theme; the sheet stands inside the rule `.kpi-lab { ... }`.
_IN_JUPYTERLAB = {":root": "&", "@media (prefers-color-scheme: dark)": '[data-jp-theme-light="false"] &'}

_ON_A_PAGE = "export default { render };"  # what desk.js puts its own in place of


class BoardPart(TypedDict):
    """Escaped markup, and what the script is given to put a what-if above it; None where it stays as it is."""

    markup: str
    data: dict[str, Any] | None


def can_display() -> bool:
    """Whether a kernel runs that widgets can speak to, and this is no batch run."""
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    running = getattr(shell, "kernel", None) is not None and os.environ.get("KPI_BATCH") != "1"
    return running and importlib.util.find_spec("anywidget") is not None


def board(parts: Sequence[BoardPart] = (), lang: str = "") -> Any:
    """A widget that shows parts one below the other, and others as soon as its `parts` are set anew.

    At the desk, in its language, it says when Python is `busy`, and every table may be copied to a worksheet.
    """
    return _board()(parts=list(parts), **({"working": say("Working …", lang), "copy": say("Copy for Excel", lang)} if lang else {}))


class OnBoard:
    """What stands on a board at the desk and hears what is pressed there; where no front end listens, its parts stand still."""

    _board: Any = None

    def parts(self) -> Sequence[Any]:
        """What is shown, one below the other."""
        raise NotImplementedError

    def _stand(self, lang: str) -> None:
        """Begin, once all that the parts need is known."""
        if can_display():
            self._board = board(lang=lang)
            self._board.on_msg(self._heard)
            self._redraw()

    @property
    def board(self) -> Any:
        """The widget; None where no front end listens."""
        return self._board

    def _heard(self, board: Any, message: Any, buffers: object) -> None:
        raise NotImplementedError

    def _redraw(self) -> None:
        self._board.parts = [part(each) for each in self.parts()]

    def _ipython_display_(self) -> None:
        from IPython.display import display

        display(self._board if self._board is not None else Stack(tuple(self.parts())))


def view(parts: Sequence[BoardPart]) -> dict[str, Any]:
    """Parts as a live output of a notebook cell, by MIME type."""
    return dict(board(parts)._repr_mimebundle_()[0])


def part(shown: Any) -> BoardPart:
    """A sentence, table, chart or what-if as a part of what JupyterLab shows."""
    if hasattr(shown, "part"):
        return dict(shown.part)  # type: ignore[return-value]
    if hasattr(shown, "to_dict"):
        from kpi_lib.charts.base.drawing import reader_text, to_svg

        spec = shown.to_dict(validate=False)  # by the tests of charts; here it is two thirds of an answer's time
        text = reader_text(spec)
        picture = [("wide", Markup(to_svg(spec, text["lang"])))]
        figure = macros("page/templates/figure.html.j2").figure("chart", text["alt"], picture, False, "", text["caption"])
        return {"markup": str(figure), "data": None}
    return {"markup": shown._repr_html_(), "data": None}


@functools.cache
def _board() -> type:
    import anywidget
    import traitlets

    scripts = ((TEMPLATES / name).read_text(encoding="utf-8") for name in ("whatif.js", "desk.js"))

    class Board(anywidget.AnyWidget):
        _esm = "\n".join(scripts).replace(_ON_A_PAGE, "", 1)
        _css = style()
        parts: Any = traitlets.List().tag(sync=True)
        busy: Any = traitlets.Bool(False).tag(sync=True)
        working: Any = traitlets.Unicode().tag(sync=True)
        copy: Any = traitlets.Unicode().tag(sync=True)
        watched: Any = traitlets.Bool(False).tag(sync=True)  # tells whether it stands in the window
        stale: Any = traitlets.Bool(False).tag(sync=True)  # what it shows is of an earlier choice

    return Board


def style() -> str:
    """The page's style sheets for JupyterLab: under a class of their own, light or dark as its theme is."""
    sheet = "".join((TEMPLATES / name).read_text(encoding="utf-8") for name in ("page.css", "whatif.css", "lab.css"))
    for page, lab in _IN_JUPYTERLAB.items():
        sheet = sheet.replace(page, lab)
    return f"@keyframes kpi-working {{ from {{ background-position-x: -40%; }} to {{ background-position-x: 140%; }} }}\n.kpi-lab {{\n{sheet}}}\n"
