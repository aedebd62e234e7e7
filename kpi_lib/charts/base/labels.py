"""Words on a plot: its key, the direct labels at the right end of its lines, the free corner beside a point."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import altair as alt

from kpi_lib.charts.base.style import INK, LETTER, LETTERS, LINE, PAPER, PHONE_WIDTH, QUIET, SIZE, WIDTH, either, layer

Spot = tuple[float, float]  # a place on a plot


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
    return layer().mark_text(text=text, align="left", baseline="middle", fontSize=SIZE, color=QUIET).encode(**_at(x, y, px, py))


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
    return layer().mark_point(**style).encode(**_at(x, y, px, py))


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
    base = layer(rows).transform_calculate(h="phone ? datum.py : datum.y", words="phone ? datum.n + '\\n' + datum.v : datum.t")
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


def beside_the_end(
    lines: Sequence[Sequence[Spot]],
    wording: str,
    domains: tuple[tuple[float, float], tuple[float, float]],
    sizes: Sequence[tuple[int, int]],
) -> list[alt.Chart]:
    """Words beside the end of the first line where they cross the fewest lines, in a plot of about those pixels, wide and on a phone."""
    (low, high), (bottom, top) = domains

    def corner(width: int, height: int) -> tuple[str, int, int]:
        drawn = [[((x - low) / (high - low) * width, (y - bottom) / (top - bottom) * height) for x, y in line] for line in lines]
        labelled = [[(width + beyond, 0.0), (width + beyond, float(height))] for beyond in range(7, 42, 7)]  # the end labels' room
        return _free_corner([*drawn, *labelled], drawn[0][-1], len(wording))

    wide, phone = (corner(*size) for size in sizes)
    place: dict[str, Any] = {name: either(*pair) for name, pair in zip(("align", "dx", "dy"), zip(wide, phone, strict=True), strict=True)}
    edges: tuple[dict[str, Any], ...] = ({"stroke": PAPER, "strokeWidth": 3.5, "opacity": 0.85}, {})
    base = layer([{"x": lines[0][-1][0], "y": lines[0][-1][1]}])  # a pale edge first: on a phone a line may pass beneath
    texts = [base.mark_text(text=wording, fontSize=either(14, 12.5), fontWeight="bold", color=INK, **place, **edge) for edge in edges]
    return [text.encode(x=alt.X("x:Q"), y=alt.Y("y:Q")) for text in texts]


def _free_corner(lines: Sequence[Sequence[Spot]], at: Spot, letters: int) -> tuple[str, int, int]:
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
