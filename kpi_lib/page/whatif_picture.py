"""The fan of a what-if as SVG: the same geometry as the page's script draws, so that a reader sees one picture everywhere.

Everything is drawn from the control's data (plain numbers and words); colours are the style sheet's.
"""

from __future__ import annotations

import datetime as dt
import html
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from kpi_lib import words
from kpi_lib.figures.histories import Point
from kpi_lib.forecast.projection import Projection
from kpi_lib.outlook.verdict import Outlook
from kpi_lib.page.whatif_words import goal_text, near
from kpi_lib.periods import MONTHS, QUARTER
from kpi_lib.words.numbers import month_names

LEVELS = (0.025, 0.1, 0.25, 0.5, 0.75, 0.9, 0.975)
HEIGHT, WIDE, NARROW = 320, 680, 360
TOP, BOTTOM, GAP = 26, 30, 38  # GAP: between the two labels at the right end
DIGIT, STRONG_DIGIT, LETTER = 7.4, 8.8, 7.0  # pixels of a character, for the margins
EDGE = 30  # room for half of the first month's words

Pairs = Sequence[Sequence[float]]


def frame_of(outlook: Outlook, lang: str) -> dict[str, Any]:
    """What stands still in the picture: figures so far, last year, where the fan starts, its days, and the ticks of the time axis."""
    projection = outlook.projection
    seen, before = _known(projection)
    if len(before) < 2:  # one point is no line
        before = []
    origin = seen[-1:] or ([[0.0, 0.0]] if projection.indicator.adds_up else [])
    first = float(MONTHS) * math.floor(min([0.0, *(x for x, _ in seen)]) / MONTHS + 1e-9)
    return {
        "seen": ([[0.0, 0.0]] if projection.indicator.adds_up and seen else []) + seen,
        "before": ([[0.0, 0.0]] if projection.indicator.adds_up and before else []) + before,
        "origin": origin[0] if origin else None,
        "ends": [_place(end, projection, projection.year) for end in projection.ends],
        "first": first,
        "last": MONTHS,
        "ticks": _ticks(projection, first, lang),
    }


def _place(day: dt.date, projection: Projection, year: int) -> float:
    """Months since a year began, as fine as a picture needs it."""
    return round(projection.calendar.place(day, year), 3)


def _known(projection: Projection) -> tuple[list[list[float]], list[list[float]]]:
    """Figures so far, and last year's to lay below them. A level has one line, through the last figures of last year."""

    def placed(points: Sequence[Point], year: int) -> list[list[float]]:
        return [[_place(point.end, projection, year), point.value] for point in points]

    year = projection.year
    last = projection.past.get(year - 1, ())
    if projection.indicator.kind.to_date:
        plan_percent = projection.measure.of_plan
        return placed(projection.seen, year), [] if plan_percent else placed(last, year - 1)
    points = [*(point for _, points in sorted(projection.past.items()) for point in points), *projection.seen]
    recent = [point for point in points if point.end >= projection.calendar.start(year - 1)] or points[-1:]
    return placed(recent, year), []


def _ticks(projection: Projection, first: float, lang: str) -> list[list[Any]]:
    """Place, words, and whether a phone has room for it: month ends for amounts, spans for growth, month and year for levels."""
    if projection.indicator.kind.growth_to_date:
        names = ("Q1", "6 mths", "9 mths", "Year") if lang == "en" else ("Quý I", "6 tháng", "9 tháng", "Cả năm")
        return [[float(QUARTER * k), name, True] for k, name in enumerate(names, 1)]
    if projection.indicator.adds_up:
        return [[float(m), name, m % QUARTER == 0] for m, name in enumerate(month_names(lang, projection.calendar), 1)]
    step = QUARTER if first == 0 else 2 * QUARTER if first >= -MONTHS else MONTHS
    places = [x for x in range(MONTHS, int(first) - 1, -step)][::-1]
    days = {x: projection.calendar.month_end(projection.year, x) for x in places}
    return [[float(x), f"{day.month}/{day.year}", x % (2 * step) == 0] for x, day in days.items()]


def moved_rows(
    data: Mapping[str, Any], value: float, event: tuple[float, int, float], at_end: Callable[[float], float] | None
) -> list[list[float]]:
    """The fan's quantiles at a lever's value, with an event (amount, month, chance) from its month on.

    `at_end` gives the year-end value's own quantiles, None at the starting position, where the published ones stand.
    """
    if data["lever"]["mode"] == "shift":
        rows = _shifted(data, value)
    else:
        amount, month, chance = event
        rows = []
        for (number, _), row in zip(data["months"], data["fan"], strict=True):
            plain = [data["achieved"] + value * quantile for quantile in row]
            rows.append(_mixed(plain, amount, chance) if amount * chance and number >= month else plain)
    return rows if at_end is None else [*rows[:-1], [at_end(p) for p in LEVELS]]


def _shifted(data: Mapping[str, Any], value: float) -> list[list[float]]:
    """The move reaches its full size at the year's end, in even steps from the last known figure."""
    start = data["origin"][0] if data["origin"] else 0.0
    low, high = (limit if limit is not None else sign * math.inf for limit, sign in zip(data["limits"], (-1, 1), strict=True))
    parts = [(end - start) / (data["last"] - start) for end in data["ends"]]
    return [[min(max(q + value * part, low), high) for q in row] for part, row in zip(parts, data["fan"], strict=True)]


def _mixed(plain: Sequence[float], amount: float, chance: float) -> list[float]:
    """Quantiles of the mixture with and without a sum, from the band's own."""

    def cumulated(x: float) -> float:
        if x < plain[0]:
            return 0.0
        for i in range(1, len(plain)):
            if x < plain[i]:
                return LEVELS[i - 1] + (LEVELS[i] - LEVELS[i - 1]) * (x - plain[i - 1]) / max(plain[i] - plain[i - 1], 1e-12)
        return 1.0

    mixed = []
    for p in LEVELS:
        low, high = plain[0] + min(amount, 0.0), plain[-1] + max(amount, 0.0)
        for _ in range(40):
            middle = (low + high) / 2
            reached = (1 - chance) * cumulated(middle) + chance * cumulated(middle - amount) >= p
            low, high = (low, middle) if reached else (middle, high)
        mixed.append(high)
    return mixed


def value_ticks(data: Mapping[str, Any], rows: Pairs) -> tuple[float, float, list[float], int]:
    """Lower and upper end of the value axis, its ticks and their decimals."""
    published = [q for row in data["fan"] for q in (row[0], row[-1])]
    adds_up = data["lever"]["mode"] != "shift"
    shown = [data["threshold"], *(q for row in rows for q in (row[0], row[-1])), *(v for _, v in (*data["seen"], *data["before"]))]
    shown += [data["achieved"] + q for q in published] if adds_up else published
    low, high = (min(0.0, *shown), max(shown)) if adds_up else (min(shown), max(shown))
    room = (high - low or 1.0) * 0.06
    low, high = low if adds_up and low == 0 else low - room, high + room
    step = tick_step((high - low) / 6)
    floor, ceiling = (limit if limit is not None else sign * math.inf for limit, sign in zip(data["limits"], (-1, 1), strict=True))
    if adds_up:
        floor = ceiling = math.nan
    ticks = [k * step for k in range(math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9) + 1)]
    ticks = [tick for tick in ticks if not (tick < floor - 1e-9 or tick > ceiling + 1e-9)]
    decimals = next((d for d in range(5) if abs(step * 10**d - round(step * 10**d)) < 1e-9), 5)
    return low, high, ticks, decimals


def tick_step(raw: float) -> float:
    """The next of 1, 2, 2.5, 5, 10, ... from a distance upwards."""
    size = 10.0 ** math.floor(math.log10(raw))
    lead = raw / size
    return size * next((m for m in (1, 2, 2.5, 5) if lead <= m), 10)


def picture(data: Mapping[str, Any], rows: Pairs, median: float, *, moved: bool, label: str, width: int = WIDE) -> str:
    """The fan as an SVG element; `label` is what a reader who cannot see it gets."""
    lang = data["lang"]
    low, high, ticks, places = value_ticks(data, rows)
    tick_words = [words.number(tick, places, lang) for tick in ticks]
    goal, middle = goal_text(data, median), near(data, median)
    name = data["words"]["supposed" if moved else "median"]
    left = max(10 + DIGIT * max((len(word) for word in tick_words), default=1), EDGE if data["lever"]["mode"] == "shift" else 0)
    right = 12 + max(STRONG_DIGIT * max(len(goal), len(middle)), LETTER * max(len(name), len(data["words"]["target"])))

    def x(month: float) -> float:
        return left + (width - left - right) * (month - data["first"]) / (data["last"] - data["first"])

    def y(value: float) -> float:
        return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * (value - low) / (high - low)

    parts = [_grid(data, x, y, width, right, list(zip(ticks, tick_words, strict=True)), narrow=width < WIDE)]
    parts.append(_lines(data, rows, x, y, moved=moved))
    parts.append(f'<path class="goal" d="M{x(data["first"]):.1f},{y(data["threshold"]):.1f}H{x(data["last"]):.1f}"/>')
    heights = apart(y(data["threshold"]), y(median))
    end = width - right + 8
    for at, kind, head, shown in (
        (heights[0], "goal-word", data["words"]["target"], goal),
        (heights[1], "strong", name, middle),
    ):
        parts.append(f'<text class="{kind} small" x="{end:.1f}" y="{at - 4:.1f}">{html.escape(head)}</text>')
        parts.append(f'<text class="{kind}" x="{end:.1f}" y="{at + 12:.1f}">{shown}</text>')
    return (
        f'<svg viewBox="0 0 {width} {HEIGHT}" width="{width}" role="img" aria-label="{html.escape(label, quote=True)}">'
        f"{''.join(parts)}</svg>"
    )


def apart(goal: float, middle: float) -> tuple[float, float]:
    """Heights of the two labels at the right end, pushed apart and kept inside."""
    upper, lower = min(goal, middle), max(goal, middle)
    if lower - upper < GAP:
        centre = (upper + lower) / 2
        upper, lower = centre - GAP / 2, centre + GAP / 2
    down = max(TOP + 4 - upper, 0.0) - max(lower - (HEIGHT - BOTTOM - 12), 0.0)
    upper, lower = upper + down, lower + down
    return (upper, lower) if goal <= middle else (lower, upper)


def _grid(
    data: Mapping[str, Any],
    x: Callable[[float], float],
    y: Callable[[float], float],
    width: float,
    right: float,
    ticks: Sequence[tuple[float, str]],
    *,
    narrow: bool,
) -> str:
    foot = HEIGHT - BOTTOM
    parts = [f'<text class="tick" x="2" y="13">{html.escape(data["measure"])}</text>']
    parts.append(f'<text class="made-up" text-anchor="end" x="{width - right:.1f}" y="13">{html.escape(data["mark"])}</text>')
    for tick, word in ticks:
        parts.append(f'<path class="grid" d="M{x(data["first"]):.1f},{y(tick):.1f}H{width - right:.1f}"/>')
        parts.append(f'<text class="tick" text-anchor="end" x="{x(data["first"]) - 6:.1f}" y="{y(tick) + 4:.1f}">{word}</text>')
    parts.append(f'<path class="axis" d="M{x(data["first"]):.1f},{foot}H{x(data["last"]):.1f}"/>')
    for month, word, phone in data["ticks"]:
        parts.append(f'<path class="axis" d="M{x(month):.1f},{foot}v5"/>')
        if phone or not narrow:
            parts.append(f'<text class="tick" text-anchor="middle" x="{x(month):.1f}" y="{foot + 19}">{html.escape(word)}</text>')
    return "".join(parts)


def _lines(data: Mapping[str, Any], rows: Pairs, x: Callable[[float], float], y: Callable[[float], float], *, moved: bool) -> str:
    def line(points: Pairs) -> str:
        return "".join(f"{'L' if i else 'M'}{x(month):.1f},{y(value):.1f}" for i, (month, value) in enumerate(points))

    origin, ends = [data["origin"]] if data["origin"] else [], data["ends"]
    if not origin and len(ends) == 1:  # nothing before it: nested bars at the year's end
        bars = ((0, 6, 22), (1, 5, 16), (2, 4, 10))
        parts = [
            f'<path class="band" d="M{x(data["last"]) - wide:.1f},{y(rows[0][a]):.1f}H{x(data["last"]):.1f}V{y(rows[0][b]):.1f}H{x(data["last"]) - wide:.1f}Z"/>'
            for a, b, wide in bars
        ]
        parts.append(f'<path class="median" d="M{x(data["last"]) - 22:.1f},{y(rows[0][3]):.1f}H{x(data["last"]):.1f}"/>')
    else:
        parts = []
        for a, b in ((0, 6), (1, 5), (2, 4)):
            up = [*origin, *([end, row[b]] for end, row in zip(ends, rows, strict=True))]
            down = [[end, row[a]] for end, row in zip(ends, rows, strict=True)][::-1]
            parts.append(f'<path class="band" d="{line([*up, *down])}Z"/>')
        if moved:
            base = data["achieved"] if data["lever"]["mode"] != "shift" else 0.0
            ghost = [[end, base + row[3]] for end, row in zip(ends, data["fan"], strict=True)]
            parts.append(f'<path class="ghost" d="{line([*origin, *ghost])}"/>')
        parts.append(f'<path class="median" d="{line([*origin, *([end, row[3]] for end, row in zip(ends, rows, strict=True))])}"/>')
    if data["before"]:
        parts.append(f'<path class="last-year" d="{line(data["before"])}"/>')
    if data["seen"]:
        parts.append(f'<path class="actual" d="{line(data["seen"])}"/>')
        dots = data["seen"] if data["lever"]["mode"] == "shift" else data["seen"][-1:]
        parts += [f'<circle class="dot" cx="{x(month):.1f}" cy="{y(value):.1f}" r="3.2"/>' for month, value in dots]
    return "".join(parts)
