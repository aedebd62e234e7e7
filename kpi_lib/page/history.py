"""The history of one line: every year over the same months, or a level through the years; and the rules of thumb beside the projection."""

from __future__ import annotations

import html
import math
from collections.abc import Sequence

import numpy as np

from kpi_lib import words
from kpi_lib.figures.histories import Point
from kpi_lib.forecast.models import MODELS, RULES
from kpi_lib.forecast.projection import Projection
from kpi_lib.narrative import choices
from kpi_lib.narrative import outlooks as nr
from kpi_lib.outlook.values.outlook import of_outlook
from kpi_lib.outlook.verdict import Outlook
from kpi_lib.page.markup import NUMBER, Column, Html, table
from kpi_lib.page.whatif_picture import DIGIT, HEIGHT, STRONG_DIGIT, WIDE, tick_step
from kpi_lib.periods import MONTHS
from kpi_lib.words.messages import Words
from kpi_lib.words.numbers import month_names
from kpi_lib.words.texts import Text

YEARS = 6  # years drawn over one another
LEVEL_YEARS = 10
TOP, BOTTOM, LABEL_GAP = 26, 30, 16

Line = tuple[str, str, list[tuple[float, float]]]  # style, words at its end, points


def picture(item: Outlook, lang: str = "vi") -> Html:
    """The years of an amount or a growth rate laid over one another, or the figures of a level one after the other, with the target."""
    projection = item.projection
    overlaid = projection.indicator.kind.to_date
    lines = _years(item) if overlaid else _level(item)
    if not lines:
        return Html(f'<p class="note">{"No figures yet." if lang == "en" else "Chưa có số liệu."}</p>')
    if overlaid:
        first = 0.0
        ticks = [(float(m), name) for m, name in enumerate(month_names(lang, projection.calendar), start=1)]
    else:
        first = float(MONTHS) * math.floor(min(x for _, _, points in lines for x, _ in points) / MONTHS)
        step = max(1, math.ceil(-first / MONTHS / 8))
        ends = {k: projection.calendar.end(projection.year + k - 1) for k in range(1, int(first / MONTHS) - 1, -step)}
        ticks = [(float(MONTHS * k), f"{end.month}/{end.year}") for k, end in ends.items()]
    return Html(f'<figure class="kpi-lab whatif-fan">{_svg(item, lines, first, ticks, lang)}{_caption(overlaid, lang)}</figure>')


def _years(item: Outlook) -> list[Line]:
    projection = item.projection
    zero = [(0.0, 0.0)] if projection.indicator.adds_up else []
    past = [(year, points) for year, points in sorted(projection.past.items()) if points][-YEARS:]
    lines: list[Line] = []
    for year, points in [*past, *([(projection.year, projection.seen)] if projection.seen else [])]:
        kind = "actual" if year == projection.year else "last-year" if year == projection.year - 1 else "ghost"
        lines.append((kind, projection.named(year), zero + _placed(projection, points, year)))
    return lines


def _level(item: Outlook) -> list[Line]:
    projection = item.projection
    points = [point for year, points in sorted(projection.past.items()) if year > projection.year - LEVEL_YEARS for point in points]
    placed = _placed(projection, [*points, *projection.seen], projection.year)
    return [("actual", "", placed)] if placed else []


def _placed(projection: Projection, points: Sequence[Point], year: int) -> list[tuple[float, float]]:
    return [(projection.calendar.place(point.end, year), point.value) for point in points]


def _svg(item: Outlook, lines: list[Line], first: float, ticks: list[tuple[float, str]], lang: str) -> str:
    projection = item.projection
    low, high = _domain(item, lines)
    step = tick_step((high - low) / 6)
    marks = [k * step for k in range(math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9) + 1)]
    decimals = next((d for d in range(5) if abs(step * 10**d - round(step * 10**d)) < 1e-9), 5)
    wording = [words.number(mark, decimals, lang) for mark in marks]
    goal = nr.plain(item.threshold, item, lang) if np.isfinite(item.threshold) else ""
    left = max(10 + DIGIT * max(map(len, wording)), 30)
    right = 12 + max(STRONG_DIGIT * len(goal), 52)
    foot = HEIGHT - BOTTOM

    def x(month: float) -> float:
        return left + (WIDE - left - right) * (month - first) / (MONTHS - first)

    def y(value: float) -> float:
        return foot - (foot - TOP) * (value - low) / (high - low)

    parts = [f'<text class="tick" x="2" y="13">{html.escape(projection.measure[lang])}</text>']
    made_up = projection.unit.mark[lang] if projection.unit.mark else ""
    parts.append(f'<text class="made-up" text-anchor="end" x="{WIDE - right:.1f}" y="13">{html.escape(made_up)}</text>')
    for mark, word in zip(marks, wording, strict=True):
        parts.append(f'<path class="grid" d="M{left:.1f},{y(mark):.1f}H{WIDE - right:.1f}"/>')
        parts.append(f'<text class="tick" text-anchor="end" x="{left - 6:.1f}" y="{y(mark) + 4:.1f}">{word}</text>')
    parts.append(f'<path class="axis" d="M{left:.1f},{foot}H{x(MONTHS):.1f}"/>')
    for at, word in ticks:
        parts.append(f'<path class="axis" d="M{x(at):.1f},{foot}v5"/>')
        parts.append(f'<text class="tick" text-anchor="middle" x="{x(at):.1f}" y="{foot + 19}">{word}</text>')
    ends: list[tuple[float, float, str, str]] = []
    for kind, word, points in lines:
        d = "".join(f"{'L' if i else 'M'}{x(month):.1f},{y(value):.1f}" for i, (month, value) in enumerate(points))
        parts.append(f'<path class="{kind}" d="{d}"/>')
        if kind == "actual":
            parts += [f'<circle class="dot" cx="{x(month):.1f}" cy="{y(value):.1f}" r="2.6"/>' for month, value in points]
        ends.append((x(points[-1][0]), y(points[-1][1]), word, "strong" if kind == "actual" else ""))
    if goal:
        parts.append(f'<path class="goal" d="M{left:.1f},{y(item.threshold):.1f}H{x(MONTHS):.1f}"/>')
        ends.append((x(MONTHS), y(item.threshold), goal, "goal-word"))
    parts += _end_words(ends, x(MONTHS))
    alt = html.escape(f"{item.indicator.short[lang]}: {'history' if lang == 'en' else 'diễn biến'}", quote=True)
    return f'<svg viewBox="0 0 {WIDE} {HEIGHT}" width="{WIDE}" role="img" aria-label="{alt}">{"".join(parts)}</svg>'


def _end_words(ends: list[tuple[float, float, str, str]], edge: float) -> list[str]:
    """Words at the lines' ends: beside the plot pushed apart, above the point where a line stops before."""
    beside = sorted((y, word, kind) for x, y, word, kind in ends if word and x > edge - 1)
    inside = [(x, y, word, kind) for x, y, word, kind in ends if word and x <= edge - 1]
    parts = [f'<text class="{kind}" text-anchor="middle" x="{x:.1f}" y="{y - 9:.1f}">{word}</text>' for x, y, word, kind in inside]
    heights: list[float] = []
    for y, _, _ in beside:
        heights.append(max(y + 4, heights[-1] + LABEL_GAP) if heights else y + 4)
    over = max(heights[-1] - (HEIGHT - BOTTOM), 0.0) if heights else 0.0
    return parts + [
        f'<text class="{kind}" x="{edge + 8:.1f}" y="{height - over:.1f}">{word}</text>'
        for height, (_, word, kind) in zip(heights, beside, strict=True)
    ]


def _domain(item: Outlook, lines: list[Line]) -> tuple[float, float]:
    shown = [value for _, _, points in lines for _, value in points]
    shown += [item.threshold] if np.isfinite(item.threshold) else []
    if item.indicator.adds_up:
        return min(0.0, *shown), 1.06 * max(*shown, 1e-9)
    room = (max(shown) - min(shown) or 1.0) * 0.08
    return min(shown) - room, max(shown) + room


def _caption(overlaid: bool, lang: str) -> str:
    if not overlaid:
        text = "Mỗi chấm là một số đã giao; đường đỏ: mục tiêu." if lang != "en" else "Each dot is a delivered figure; red: the target."
    elif lang == "en":
        text = "Cumulated from the start of each year. Bold: this year; dotted: last year; red: the target."
    else:
        text = "Luỹ kế từ đầu mỗi năm. Đậm: năm nay; chấm nhỏ: năm trước; đường đỏ: mục tiêu."
    return f"<figcaption>{text}</figcaption>"


def rules(item: Outlook, lang: str = "vi") -> Html:
    """The projection and the two office rules in one table: the year, how far from the target, and what each would answer."""
    projection = item.projection
    if (not np.isfinite(projection.straight_line) and not np.isfinite(projection.same_period)) or projection.complete:
        wording = Text(
            "Cách tính nhanh (chia đều, tăng như cùng kỳ) chỉ dùng cho số cộng dồn đang có trong năm.",
            "The rules of thumb (straight line, same-period growth) only serve amounts that add up, while the year runs.",
        )
        return Html(f'<p class="note">{html.escape(wording[lang])}</p>')
    columns = (
        Column(Text("Cách tính", "Rule"), heads_row=True),
        Column(Text("Cả năm", "The year"), NUMBER),
        Column(Text("So với mục tiêu", "Against the target"), NUMBER),
        Column(Text("Trả lời", "Answer")),
    )
    rows = [_rule_row(item, Text("Dự báo của bộ sổ tay", "Our projection"), "median", lang)]
    rows += [_rule_row(item, MODELS[rule].title, rule, lang) for rule in RULES if np.isfinite(getattr(projection, rule))]
    return table(columns, rows, caption="Rules of thumb" if lang == "en" else "So với cách tính nhanh", lang=lang)


def _rule_row(item: Outlook, name: Words, label: str, lang: str) -> tuple[object, ...]:
    year = nr.amount(item, label, lang)
    gap: object = "–"
    if np.isfinite(item.threshold):
        unit = item.projection.measure.difference
        gap = nr.said(
            item,
            f"{label}_gap",
            lambda gap: words.with_measure(words.signed(gap, item.decimals_apart(item.threshold + gap), lang), unit, lang),
        )
    meets = {"straight_line": item.straight_line_meets, "same_period": item.same_period_meets}.get(label)
    if label == "median" and item.judged and np.isfinite(item.probability):
        return name[lang], year, gap, (nr.chance_of(item, lang), ", ", nr.status_of(item, lang))
    return name[lang], year, gap, "–" if meets is None else choices.chosen(of_outlook(item), f"{label}_meets", "would", lang)
