"""What every chart is drawn with: a palette that survives grey print and colour blindness, sizes, layers and their rows.

A chart is drawn twice, wide and for a phone. The parameter `phone` of each specification says which one is being drawn; the changes in
`usermeta["kpi"]["narrow"]` set it, so that labels move by expression and the data are embedded once.
"""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from typing import Any

import altair as alt
from altair.utils.schemapi import disable_debug_mode

from kpi_lib.charts.base import drawing
from kpi_lib.words.messages import Words

if os.environ.get("KPI_BATCH") == "1":  # the tests check every chart; Altair checks every part as often as it is copied
    disable_debug_mode()

INK, QUIET, FAINT, RULE = "#1b2733", "#4c5b69", "#8795a1", "#dfe5ea"
PAPER = "#ffffff"
PROJECTED, TARGET = "#0b4a86", "#a63d00"
BANDS = {0.95: "#d3e4f2", 0.80: "#a3c7e3", 0.50: "#689fcc"}
GOOD, BAD = "#0b4a86", "#a63d00"
# What the page's style sheet gives to `.status-<key>` on paper.
STATUS_COLOURS = {
    "missed": "#7b1230",
    "very_unlikely": "#7b1230",
    "unlikely": "#83360a",
    "uncertain": "#5f4300",
    "stale": "#414d58",
    "cannot_be_judged": "#414d58",
    "not_yet_assessed": "#414d58",
    "likely": "#0a4654",
    "very_likely": "#0a4654",
    "met": "#0a5566",
}
# The wide picture fills the page's column; on A4 it shrinks to three quarters, where its 13 pixels are 7 points. A compact one is drawn
# like the phone's, for half the column.
WIDTH, PHONE_WIDTH, COMPACT_WIDTH = 890, drawing.NARROW_WIDTH, drawing.COMPACT_WIDTH
LETTERS = 13, 12  # pixels of a letter's height, wide and on a phone
LETTER = 6.4  # pixels of an average letter's width at 12 pixels, with slack
LINE = 19


class Rows(alt.InlineData):
    """The rows of a layer. Altair copies a layer at every step and its rows with it, which nobody changes: all copies share them."""

    def __deepcopy__(self, _memo: object) -> Rows:
        return self


class Layer(alt.Chart):
    """One layer of a plot. What it is made of is never changed in place, so a deep copy, of which Altair makes many, may share it."""

    def __deepcopy__(self, _memo: object) -> Layer:
        return self.copy(deep=False)


def values(rows: Sequence[dict[str, Any]]) -> Rows:
    """Rows as the data of a layer; numbers rounded to seven digits, which no pixel can show."""
    return Rows(values=[{key: _short(value) for key, value in row.items()} for row in rows])


def layer(rows: Sequence[dict[str, Any]] = ({},)) -> Layer:
    """A layer with its rows; without any it draws one thing, at a place of the plot."""
    return Layer(values(rows))


def _short(value: Any) -> Any:
    if isinstance(value, float):
        return float(f"{value:.7g}") if math.isfinite(value) else None
    return value


def tips(lang: str, **fields: Words) -> list[alt.Tooltip]:
    """Tooltip lines: field = its words; the fields hold text that is ready to read."""
    return [alt.Tooltip(field=field, type="nominal", title=words[lang]) for field, words in fields.items()]


def either(wide: object, phone: object) -> Any:
    """A mark property that differs between the wide picture and the phone's."""
    return alt.ExprRef(f"phone ? {_literal(phone)} : {_literal(wide)}")


def _literal(value: object) -> str:
    return f"'{value}'" if isinstance(value, str) else str(value)


SIZE = either(*LETTERS)
