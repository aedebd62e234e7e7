"""The look every chart shares: a palette that survives grey print and colour blindness, keys, end labels, and the frame around them.

A chart is drawn twice, wide and for a phone. The parameter `phone` of each specification says which one is being drawn; the changes in
`usermeta["kpi"]["narrow"]` set it, so that labels move by expression and the data are embedded once.
"""

from __future__ import annotations

import functools
import itertools
import math
import os
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, cast

import altair as alt
from altair.utils.schemapi import disable_debug_mode

from kpi_lib.charts.base import drawing
from kpi_lib.charts.base.behind import Figures, packed
from kpi_lib.charts.base.words import one
from kpi_lib.definitions.indicators import Unit
from kpi_lib.periods import MONTHS, QUARTER, Calendar
from kpi_lib.words.bound import Shown
from kpi_lib.words.numbers import month_names
from kpi_lib.words.texts import Text

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
    mark: Text | None = None
    width: int = WIDTH
    said: tuple[Shown, ...] = ()


@dataclass(frozen=True, slots=True)
class Key:
    """One entry of a key: a shape ('square', 'circle', 'hollow', 'dash', ...) and its words."""

    shape: str
    colour: str
    text: str


@dataclass(frozen=True, slots=True)
class Label:
    """A direct label at the right end of a plot: words, a number as shown, and the height it belongs to."""

    value: float
    name: str
    shown: str
    colour: str
    weight: Literal["normal", "bold"] = "normal"


@functools.cache
def _renderer() -> None:
    drawing.enable()


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


def _short(value: Any) -> Any:
    if isinstance(value, float):
        return float(f"{value:.7g}") if math.isfinite(value) else None
    return value


def tips(lang: str, **fields: tuple[str, str]) -> list[alt.Tooltip]:
    """Tooltip lines: field = (Vietnamese, English) words; the fields hold text that is ready to read."""
    return [alt.Tooltip(field=field, type="nominal", title=one(lang, *words)) for field, words in fields.items()]


def either(wide: object, phone: object) -> Any:
    """A mark property that differs between the wide picture and the phone's."""
    return alt.ExprRef(f"phone ? {_literal(phone)} : {_literal(wide)}")


def _literal(value: object) -> str:
    return f"'{value}'" if isinstance(value, str) else str(value)


SIZE = either(*LETTERS)


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
    text = Layer(values([{}])).mark_text(
        text=frame.mark[frame.lang], fontSize=either(40, 19), fontWeight="bold", color=INK, opacity=0.11, align="center"
    )
    return text.encode(x=x, y=y)


def keyed(keys: Sequence[Key], *, above: int = 38) -> list[alt.Chart]:
    """The key over a plot, as layers; `above` pixels are kept free under it, by default room for the unit of a value axis."""
    wide, phone = (_flow(keys, width, size) for width, size in zip((WIDTH - 60, PHONE_WIDTH - 46), LETTERS, strict=True))
    rows, phone_rows = 1 + wide[-1][1], 1 + phone[-1][1]
    layers = []
    for key, (x, row), (px, prow) in zip(keys, wide, phone, strict=True):
        y, py = -above - LINE * (rows - row) + 9, -above - LINE * (phone_rows - prow) + 9
        layers += [_swatch(key, x + 6, y, px + 6, py), _words(key.text, x + 17, y, px + 17, py)]
    return layers


def _flow(keys: Sequence[Key], width: int, size: int) -> list[tuple[float, int]]:
    """Left edge and row of every entry when they are set one after the other."""
    places, x, row = [], 0.0, 0
    for key in keys:
        room = 17 + LETTER * size / 12 * len(key.text)
        if x > 0 and x + room > width:
            x, row = 0.0, row + 1
        places.append((round(x, 1), row))
        x += room + 14
    return places


def _at(x: float, y: float, px: float, py: float) -> dict[str, Any]:
    return {"x": alt.XValue(either(x, px)), "y": alt.YValue(either(y, py))}


def _words(text: str, x: float, y: float, px: float, py: float) -> alt.Chart:
    return Layer(values([{}])).mark_text(text=text, align="left", baseline="middle", fontSize=SIZE, color=QUIET).encode(**_at(x, y, px, py))


def _swatch(key: Key, x: float, y: float, px: float, py: float) -> alt.Chart:
    hollow = key.shape.startswith("hollow")
    shape = {
        "hollow": "circle",
        "hollow-diamond": "diamond",
        "hollow-square": "square",
        "line": "stroke",
        "dash": "stroke",
        "dot": "stroke",
    }.get(key.shape, key.shape)
    style: dict[str, Any] = {"shape": shape, "size": {"square": 130, "stroke": 170}.get(shape, 60), "opacity": 1}
    if shape == "stroke":
        style |= {"stroke": key.colour, "strokeWidth": 2.2, "strokeDash": {"dash": [4, 3], "dot": [1.5, 2.5]}.get(key.shape, [1, 0])}
    else:
        style |= {"filled": True, "fill": PAPER if hollow else key.colour, "stroke": key.colour, "strokeWidth": 1.6 if hollow else 0}
    return Layer(values([{}])).mark_point(**style).encode(**_at(x, y, px, py))


def apart(heights: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Heights moved as little as possible so that neighbours are `gap` apart and all stay between `low` and `high`.

    >>> apart([10.0, 12.0, 50.0], 10, 0, 100)
    [6.0, 16.0, 50.0]
    """
    order = sorted(range(len(heights)), key=lambda i: heights[i])
    blocks: list[list[float]] = []  # middle, number of labels
    for i in order:
        blocks.append([min(max(heights[i], low), high), 1.0])
        while len(blocks) > 1 and blocks[-1][0] - blocks[-2][0] < gap * (blocks[-1][1] + blocks[-2][1]) / 2:
            (upper, m), (lower, n) = blocks.pop(), blocks.pop()
            blocks.append([(lower * n + upper * m) / (n + m), n + m])
        middle, n = blocks[-1]
        half = gap * (n - 1) / 2
        blocks[-1][0] = min(max(middle, low + half), max(high - half, low + half))
    placed = [middle + gap * (k - (n - 1) / 2) for middle, n in blocks for k in range(int(n))]
    result = [0.0] * len(heights)
    for i, height in zip(order, placed, strict=True):
        result[i] = round(height, 2)
    return result


def end_labels(labels: Sequence[Label], x: float, domain: tuple[float, float], frame_heights: tuple[int, int]) -> alt.Chart:
    """Words at the right end of the lines they belong to, none over another: one line wide, two lines on a phone."""
    low, high = domain
    placed = []
    for height, gap in zip(frame_heights, (17, 29), strict=True):
        scale = height / (high - low)
        pixels = apart([(label.value - low) * scale for label in labels], gap, gap / 2 - 4, height - gap / 2 + 8)
        placed.append([low + pixel / scale for pixel in pixels])
    rows = [
        {
            "x": x,
            "y": y,
            "py": py,
            "c": label.colour,
            "w": label.weight,
            "t": f"{label.name} {label.shown}".strip(),
            "n": label.name,
            "v": label.shown,
        }
        for label, y, py in zip(labels, *placed, strict=True)
    ]
    base = Layer(values(rows)).transform_calculate(h="phone ? datum.py : datum.y", words="phone ? datum.n + '\\n' + datum.v : datum.t")
    texts = []
    for weight in sorted({label.weight for label in labels}):
        text = base.transform_filter(f"datum.w == '{weight}'").mark_text(
            align="left",
            baseline="middle",
            dx=9,
            dy=either(0, -7),
            fontSize=SIZE,
            lineBreak="\n",
            lineHeight=14,
            fontWeight=weight,
        )
        texts.append(text.encode(x=alt.X("x:Q"), y=alt.Y("h:Q"), text=alt.Text("words:N"), color=alt.Color("c:N", scale=None)))
    return alt.layer(*texts)  # type: ignore[return-value]


def ground(x: alt.X, y: alt.Y) -> alt.Chart:
    """The layer that carries the axes: nothing is drawn on it."""
    return Layer(values([{}])).mark_point(opacity=0).encode(x=x, y=y)


def free_corner(lines: Sequence[Sequence[tuple[float, float]]], at: tuple[float, float], letters: int) -> tuple[str, int, int]:
    """Where words beside a point cross the fewest lines: alignment and offsets. All in pixels, heights counted upwards."""
    dots = [dot for line in lines for dot in _stroked(line)]
    width = 7.2 * letters

    def crossed(corner: tuple[str, int, int]) -> int:
        align, dx, dy = corner
        left = at[0] + dx - (width if align == "right" else 0)
        middle = at[1] - dy
        return sum(left - 2 <= x <= left + width + 2 and abs(y - middle) <= 9 for x, y in dots)

    return min((("right", -7, -13), ("left", 8, 14), ("left", 4, -14), ("right", -4, 15)), key=crossed)


def _stroked(line: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """A line as dots three pixels apart."""
    dots = []
    for (x, y), (x2, y2) in itertools.pairwise(line):
        steps = max(int(math.hypot(x2 - x, y2 - y) / 3), 1)
        dots += [(x + (x2 - x) * k / steps, y + (y2 - y) * k / steps) for k in range(steps + 1)]
    return dots


def padded(
    numbers: Sequence[float], *, share: float = 0.07, floor: float = float("-inf"), ceiling: float = float("inf")
) -> tuple[float, float]:
    """A domain that holds the numbers with some air, not beyond what is possible at all."""
    low, high = min(numbers), max(numbers)
    air = share * (high - low) or max(abs(high) * share, 0.5)
    return max(low - air, floor), min(high + air, ceiling) if high < ceiling else high + air * 0.3


def mark_of(unit: Unit | None) -> Text | None:
    """The unit's mark of illustrative figures, if it has one."""
    return unit.mark if unit else None


def unit_axis(title: str, domain: Sequence[float], decimals: int) -> alt.Axis:
    """A value axis whose title, the unit of measure, lies flat above it; no more decimals than its steps need."""
    needed = max(0, -math.floor(math.log10((domain[1] - domain[0]) / 5)))
    return alt.Axis(
        title=title,
        format=f",.{min(decimals, needed)}f",
        tickCount=5,
        domain=False,
        ticks=False,
        titleAngle=0,
        titleAlign="left",
        titleAnchor="end",
        titleX=0,
        titleY=-15,
    )


def month_axis(lang: str, calendar: Calendar) -> alt.X:
    """The months of a year by their ends, every third on a phone."""
    words = f"{month_names(lang, calendar)}[datum.value - 1]"
    title = one(lang, "từ đầu năm đến hết tháng", "year to date, end of month")
    ticks = alt.ExprRef(f"phone ? {list(range(QUARTER, MONTHS + 1, QUARTER))} : {list(range(1, MONTHS + 1))}")
    axis = alt.Axis(values=ticks, labelExpr=words, grid=False, title=title, labelOverlap=False, labelFlush=False)
    return alt.X("x:Q", scale=alt.Scale(domain=[0, MONTHS], nice=False, zero=False), axis=axis)


def compact(chart: alt.LayerChart | None, place: Literal["beside", "tile"] = "beside") -> alt.LayerChart | None:
    """The same chart marked for the page to show small, beside the text or as a tile among tiles; None stays None."""
    if chart is None:
        return None
    small = chart.copy(deep=False)
    small.usermeta = {**chart.usermeta, "kpi": {**chart.usermeta["kpi"], "compact": place}}
    return small
