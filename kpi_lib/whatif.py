"""What if the months left go better or worse, or a dated sum comes in? Arithmetic on the simulated years, the same here and in the page.

The page gets every draw's remaining amount, sorted and scaled to whole numbers, so that its probability is that of the draws; at the
starting position it shows the published figures themselves.
"""

from __future__ import annotations

import html
from dataclasses import dataclass
from typing import Any

import numpy as np

from kpi_lib import narrative as nr
from kpi_lib.indicators import Text
from kpi_lib.markup import NUMBER, Column, Html, table
from kpi_lib.outlook import BOUNDS, FEW_RANGE, FEW_YEARS, LOW_BOUNDS, STATUSES, Outlook, status_word

WHATIF_MIME = "application/vnd.kpi.whatif.v1+json"
LEVELS = (0.025, 0.1, 0.25, 0.5, 0.75, 0.9, 0.975)
STEPS = 1_000_000  # the largest remaining amount as a whole number
SHOWN = (-30, -20, -10, 0, 10, 20, 30)  # percent, in the table of scenarios
_WORDS = {
    "title": Text("Nếu… thì sao?", "What if…?"),
    "pace": Text("Các tháng còn lại cao (+) hoặc thấp (−) hơn dự báo", "Months left above (+) or below (−) the projection"),
    "event": Text("Một khoản riêng (đấu giá đất, dự án, …)", "A separate sum (a land auction, a project, …)"),
    "month": Text("vào tháng", "in month"),
    "chance": Text("khả năng có", "chance that it comes"),
    "table": Text("Bảng các kịch bản", "Table of scenarios"),
    "reset": Text("Đặt lại", "Reset"),
    "probability": Text("Khả năng đạt", "Chance of meeting the target"),
    "year": Text("Dự báo cả năm", "The year is projected at"),
    "interval": Text("khoảng 80 %", "80 % interval"),
    "needed": Text("Phần còn lại dự báo", "Still to come, projected"),
    "last": Text("so với cùng kỳ năm trước", "of the same months last year"),
    "target": Text("mục tiêu", "target"),
    "base": Text("như dự báo", "as projected"),
    "scenario": Text("KỊCH BẢN GIẢ ĐỊNH, không phải dự báo", "SUPPOSED SCENARIO, not the projection"),
}


@dataclass(frozen=True, slots=True)
class Event:
    """A sum that comes in a month with a chance; the chance is 0 to 1."""

    amount: float
    month: int = 12
    chance: float = 1.0


@dataclass(frozen=True, slots=True)
class Scenario:
    """The year under a supposition: probability as published (clipped and rounded), its word, median and 80 % interval."""

    probability: float
    status: str
    median: float
    low80: float
    high80: float


def applies(outlook: Outlook) -> bool:
    """Whether a what-if makes sense: an amount that adds up, a year not over, a target to reach from below."""
    projection, target = outlook.projection, outlook.target
    return bool(
        projection.indicator.adds_up
        and not projection.complete
        and projection.known
        and projection.seen
        and projection.paths.size
        and target is not None
        and target.comparator in (">=", ">")
        and np.isfinite(outlook.probability)
        and outlook.judged
    )


def _remaining(outlook: Outlook) -> tuple[np.ndarray, float]:
    """Remaining amounts of the draws as sorted whole numbers, and what one of them is worth."""
    rest = np.sort(outlook.projection.draws - outlook.projection.achieved)
    unit = max(float(np.abs(rest).max()), 1e-12) / STEPS
    return np.rint(rest / unit), unit


def scenario(outlook: Outlook, *, pace: float = 1.0, event: Event | None = None) -> Scenario:
    """The year if the remaining amounts are `pace` times what each simulated year says, and an event may come.

    At pace 1 without an event these are the published figures.
    """
    if pace == 1.0 and (event is None or event.amount * event.chance == 0):
        low, high = outlook.projection.interval(0.8)
        return Scenario(outlook.probability, outlook.status, outlook.projection.quantile(0.5), low, high)
    whole, unit = _remaining(outlook)
    totals = outlook.projection.achieved + pace * (whole * unit)
    amount, chance = (event.amount, event.chance) if event else (0.0, 0.0)
    slack = 1e-9 * max(1.0, abs(outlook.threshold))
    strict = outlook.target is not None and outlook.target.comparator == ">"

    def met(at: float) -> float:
        return float((totals > at + slack).mean() if strict else (totals >= at - slack).mean())

    raw = (1 - chance) * met(outlook.threshold) + chance * met(outlook.threshold - amount)
    probability = _published(outlook, raw)
    median, low, high = (_quantile(totals, amount, chance, p) for p in (0.5, 0.1, 0.9))
    return Scenario(probability, status_word(probability), median, low, high)


def _published(outlook: Outlook, raw: float) -> float:
    low, high = FEW_RANGE if outlook.projection.evidence_years <= FEW_YEARS else (0.01, 0.99)
    return float(np.floor(100 * min(max(raw, low), high) + 0.5)) / 100


def _quantile(totals: np.ndarray, amount: float, chance: float, p: float) -> float:
    """Smallest total reached with probability p, of the mixture with and without the event."""
    low, high = float(totals[0]) + min(amount, 0.0), float(totals[-1]) + max(amount, 0.0)
    for _ in range(60):
        middle = (low + high) / 2
        below = (1 - chance) * np.searchsorted(totals, middle, side="right") + chance * np.searchsorted(
            totals, middle - amount, side="right"
        )
        low, high = (low, middle) if below / len(totals) >= p else (middle, high)
    return high


@dataclass(frozen=True, slots=True)
class Control:
    """The control of a page: data for the page's script, and a table of scenarios for every other reader."""

    data: dict[str, Any]
    fallback: Html

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, Any]:
        del include, exclude
        return {
            WHATIF_MIME: {**self.data, "table": self.fallback.markup},
            "text/html": self.fallback.markup,
            "text/plain": self.data["words"]["title"],
        }


def control(outlook: Outlook, lang: str = "vi") -> Control | Html:
    """The what-if control of one indicator; a note where none makes sense."""
    if not applies(outlook):
        words = Text(
            "Không có kịch bản cho chỉ tiêu này: số liệu không cộng dồn, năm đã kết thúc hoặc chưa đủ căn cứ.",
            "No scenarios here: the figures do not add up over the year, the year is over, or there is too little to go on.",
        )
        return Html(f'<p class="note">{html.escape(words[lang])}</p>')
    return Control(_data(outlook, lang), _table(outlook, lang))


def _table(outlook: Outlook, lang: str) -> Html:
    columns = (
        Column(Text("Các tháng còn lại so với dự báo", "Months left against the projection"), heads_row=True),
        Column(Text("Cả năm", "The year"), NUMBER),
        Column(Text("Khoảng 80 %", "80 % interval"), NUMBER),
        Column(Text("Khả năng đạt", "Chance"), NUMBER),
    )
    rows = [_row(outlook, percent, lang) for percent in SHOWN]
    return table(columns, rows, caption="Scenarios" if lang == "en" else "Các kịch bản", lang=lang)


def _row(outlook: Outlook, percent: int, lang: str) -> tuple[object, ...]:
    found, of = scenario(outlook, pace=1 + percent / 100), f"{outlook.indicator.id}.whatif{percent:+d}"
    name: object = _WORDS["base"][lang]
    if percent:
        name = nr.Shown("pace", percent, ("+" if percent > 0 else "−") + f"{abs(percent)} %", of=of)
    decimals, measure = outlook.projection.decimals, outlook.projection.measure[lang]
    low, high = (nr.Shown(key, value, nr.number(value, decimals, lang), of=of) for key, value in (("low80", found.low80), ("high80", found.high80)))
    chance = nr.Shown("probability", found.probability, nr.chance(found.probability, lang), of=of, share=True)
    median = nr.Shown("median", found.median, f"{nr.number(found.median, decimals, lang)} {measure}", of=of)
    return name, (median,), (low, " – ", high), (chance, f", {STATUSES[found.status].name[lang]}")


def _data(outlook: Outlook, lang: str) -> dict[str, Any]:
    """Everything the page's script needs; no markup, no code."""
    projection = outlook.projection
    whole, unit = _remaining(outlook)
    base = scenario(outlook)
    increments = np.cumsum(projection.paths, axis=1)
    fan = np.quantile(increments, LEVELS, axis=0).T
    last = projection.past.get(projection.year - 1, ())
    low, high = FEW_RANGE if projection.evidence_years <= FEW_YEARS else (0.01, 0.99)
    return {
        "lang": lang,
        "name": outlook.indicator.short[lang],
        "measure": projection.measure[lang],
        "decimals": projection.decimals,
        "achieved": projection.achieved,
        "threshold": outlook.threshold,
        "strict": bool(outlook.target and outlook.target.comparator == ">"),
        "clip": [low, high],
        "unit": unit,
        "remaining": np.diff(whole, prepend=0).astype(int).tolist(),
        "base": {
            "probability": outlook.probability,
            "status": outlook.status,
            "median": base.median,
            "low80": base.low80,
            "high80": base.high80,
        },
        "ends": [end.month for end in projection.ends],
        "fan": [[float(f"{value:.6g}") for value in row] for row in fan],
        "seen": [[_month(point), point.value] for point in projection.seen],
        "lastYear": [[_month(point), point.value] for point in last],
        "bounds": [[bound, word] for bound, word in BOUNDS],
        "lowBounds": [[bound, word] for bound, word in LOW_BOUNDS],
        "statuses": {key: [status.name[lang], status.symbol] for key, status in STATUSES.items()},
        "words": {key: text[lang] for key, text in _WORDS.items()},
    }


def _month(point: Any) -> float:
    return round(12 * point.share_of_year, 2)
