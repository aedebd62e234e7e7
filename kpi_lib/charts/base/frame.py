"""What stands around a plot: title, alternative text, caption, the figures behind it, the mark of made-up ones."""

from __future__ import annotations

import functools
import math
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, cast

import altair as alt

from kpi_lib import words
from kpi_lib.charts.base import drawing
from kpi_lib.charts.base.style import INK, LETTER, LETTERS, PHONE_WIDTH, WIDTH, either, layer
from kpi_lib.words.bound import Shown
from kpi_lib.words.messages import Words

Cell = str | words.Shown
NOTHING = "–"


@dataclass(frozen=True, slots=True)
class Figures:
    """Headings and rows; the first cell of a row names it."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]

    def packed(self) -> dict[str, Any]:
        """The table as it travels with a specification: words, and numbers with their value, name and owner."""
        return {"columns": list(self.columns), "rows": [[packed(cell) for cell in row] for row in self.rows]}


def packed(cell: Cell) -> str | dict[str, Any]:
    """A cell as it travels with a specification."""
    if isinstance(cell, words.Word):
        return {"text": str(cell), "of": cell.key, "case": cell.case, "choice": cell.choice}
    if isinstance(cell, str):
        return cell
    if not math.isfinite(cell.value):
        return cell.text
    return {"value": float(cell.value), "text": cell.text, "label": cell.label, "of": cell.of, "share": cell.share}


@dataclass(frozen=True, slots=True)
class Frame:
    """What stands around a plot. Labels outside it need no room of their own: the width fits everything drawn.

    `said` are the numbers of the caption, in its order, that stand in no cell of the table behind the chart.
    """

    title: str
    subtitle: str
    alt: str
    caption: str
    height: int
    phone_height: int
    lang: str
    table: Figures
    mark: Words | None = None
    width: int = WIDTH
    said: tuple[Shown, ...] = ()


@functools.cache
def _renderer() -> None:
    drawing.enable()


def framed(layers: Sequence[alt.Chart], frame: Frame) -> alt.LayerChart:
    """Layers on top of one another with title, alternative text, caption and the changes for a phone."""
    _renderer()
    marked = [*layers, _watermark(frame)] if frame.mark else layers
    title = _titled(frame.title, frame)
    chart = cast(alt.LayerChart, alt.layer(*marked)).properties(
        width=frame.width,
        height=frame.height,
        autosize=alt.AutoSizeParams(type="fit-x", contains="padding"),
        padding={"left": 4, "right": 6, "top": 5, "bottom": 5},
        title=alt.TitleParams(
            text=_wrap(title, frame.width, 16), subtitle=_wrap(frame.subtitle, frame.width, 13), fontSize=16, subtitleFontSize=13, offset=14
        ),
        description=_titled(frame.alt, frame),
        config=alt.Config(axis=alt.AxisConfig(labelFontSize=LETTERS[0], titleFontSize=LETTERS[0])),
        usermeta={
            "kpi": {
                "caption": _titled(frame.caption, frame),
                "lang": frame.lang,
                "narrow": _narrow(title, frame),
                "table": frame.table.packed(),
                **({"said": [packed(number) for number in frame.said]} if frame.said else {}),
            }
        },
    )
    chart.params = [alt.VariableParameter(name="phone", value=False)]
    return chart


def _titled(text: str, frame: Frame) -> str:
    return f"{frame.mark[frame.lang]} – {text}" if frame.mark and text else text


def _narrow(title: str, frame: Frame) -> dict[str, Any]:
    return {
        "height": frame.phone_height,
        "params": [{"name": "phone", "value": True}],
        "title": {
            "text": _wrap(title, PHONE_WIDTH, 15),
            "subtitle": _wrap(frame.subtitle, PHONE_WIDTH, 12),
            "fontSize": 15,
            "subtitleFontSize": 12,
        },
        "config": {"axis": {"labelFontSize": LETTERS[1], "titleFontSize": LETTERS[1]}},
    }


def _wrap(text: str, width: int, size: int) -> list[str]:
    """A title in lines that fit; the larger size is set bold."""
    letters = int(width / (LETTER * size / 12 * (1.05 if size > 12 else 0.95)))
    return [line for part in text.split("\n") for line in textwrap.wrap(part, letters, break_long_words=False, break_on_hyphens=False)] or [
        ""
    ]


def _watermark(frame: Frame) -> alt.Chart:
    """The mark of made-up figures across the plot, so that a cut-out of it carries the mark too."""
    assert frame.mark is not None
    x, y = alt.XValue(alt.ExprRef("width / 2")), alt.YValue(alt.ExprRef("height / 2"))
    text = layer().mark_text(
        text=frame.mark[frame.lang], fontSize=either(40, 19), fontWeight="bold", color=INK, opacity=0.11, align="center"
    )
    return text.encode(x=x, y=y)


def compact(chart: alt.LayerChart | None, place: Literal["beside", "tile"] = "beside") -> alt.LayerChart | None:
    """The same chart marked for the page to show small, beside the text or as a tile among tiles; None stays None.

    Beside the text that names it a chart has no title of its own.
    """
    if chart is None:
        return None
    small, own = chart.copy(deep=False), chart.usermeta["kpi"]
    narrow = {**own["narrow"], "title": None} if place == "beside" else own["narrow"]
    small.usermeta = {**chart.usermeta, "kpi": {**own, "narrow": narrow, "compact": place}}
    return small
