"""Sentences in Vietnamese and English in which every number is bound to a value: what is said cannot differ from what is shown."""

from __future__ import annotations

import datetime as dt
import html
import math
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

import numpy as np

from kpi_lib.indicators import Target, Text, Unit
from kpi_lib.observations import Point
from kpi_lib.outlook import GOOD, GREY, Outlook
from kpi_lib.projected import Projection

STATUS_WORDS = {
    "estimate": Text("ước", "estimate"),
    "actual": Text("thực hiện", "actual"),
    "settled": Text("quyết toán", "settled"),
    "plan": Text("kế hoạch", "plan"),
}
VERSION_WORDS = {
    "adopted": Text("địa phương thông qua", "adopted locally"),
    "assigned": Text("cấp trên giao", "assigned from above"),
    "ambition": Text("phấn đấu", "ambition"),
    "reference": Text("mốc so sánh", "mark of comparison"),
}
COMPARATOR_WORDS = {
    ">=": Text("từ {} trở lên", "{} or more"),
    ">": Text("trên {}", "more than {}"),
    "<=": Text("từ {} trở xuống", "{} or less"),
    "<": Text("dưới {}", "less than {}"),
    "=": Text("bằng {}", "exactly {}"),
}


def number(value: float, decimals: int, lang: str = "vi") -> str:
    """A number as the reader writes it; halves round away from zero, as offices round.

    >>> number(1234.55, 1), number(-0.04, 1), number(1234.55, 1, "en")
    ('1.234,6', '0,0', '1,234.6')
    """
    if not math.isfinite(value):
        return "–"
    rounded = Decimal(repr(float(value))).quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)
    text = f"{abs(rounded) if rounded == 0 else rounded:,.{decimals}f}"
    return text if lang == "en" else text.translate(str.maketrans(",.", ".,"))


def trimmed(value: float, decimals: int, lang: str = "vi") -> str:
    """A number without needless zeros, for targets: 14, 98,5, 11,8."""
    text = number(value, max(decimals, 3), lang)
    mark = "." if lang == "en" else ","
    return text.rstrip("0").rstrip(mark) if mark in text else text


def date_text(day: dt.date, lang: str = "vi") -> str:
    """A date as the reader writes it: 15/10/2025, or 15 October 2025."""
    return f"{day.day} {day:%B %Y}" if lang == "en" else f"{day:%d/%m/%Y}"


def span_text(end: dt.date, lang: str = "vi") -> str:
    """The part of a year that ends on a day: 'quý I', '6 tháng', '9 tháng', 'đến 30/10'."""
    next_day = end + dt.timedelta(days=1)
    if next_day.day != 1:
        return f"to {end.day} {end:%B}" if lang == "en" else f"đến {end:%d/%m}"
    if end.month == 12:
        return "the year" if lang == "en" else "cả năm"
    if lang == "en":
        return "the first month" if end.month == 1 else f"{end.month} months"
    return f"{end.month} tháng"


def chance(probability: float, lang: str = "vi") -> str:
    """A probability in whole percent; 'dưới 1 %' and 'trên 99 %' at the ends, never a false certainty.

    >>> chance(0.854), chance(0.004), chance(0.999, "en")
    ('85 %', 'dưới 1 %', 'over 99 %')
    """
    if not math.isfinite(probability):
        return "–"
    if 0 < probability < 0.01:
        return "under 1 %" if lang == "en" else "dưới 1 %"
    if 0.99 < probability < 1:
        return "over 99 %" if lang == "en" else "trên 99 %"
    return f"{number(100 * probability, 0, lang)} %"


@dataclass(frozen=True, slots=True)
class Shown:
    """A number on a page: what it is, its value, and the characters the reader sees.

    `of` says what it belongs to (an indicator's id, a table); with `label` it is the key under which the manifest holds the value.
    `share` marks a value between 0 and 1 that is read as a percentage.
    """

    label: str
    value: float
    text: str
    of: str = ""
    share: bool = False

    @property
    def key(self) -> str:
        """The name of the value in the manifest."""
        return f"{self.of}.{self.label}" if self.of else self.label

    @property
    def markup(self) -> str:
        """The characters with the value and its name beside them, for the check that the one says the other."""
        if not math.isfinite(self.value):
            return html.escape(self.text)
        value = f"{100 * self.value if self.share else self.value:.9g}"
        return f'<data value="{value}" data-of="{html.escape(self.key, quote=True)}">{html.escape(self.text)}</data>'


@dataclass(frozen=True, slots=True)
class Sentence:
    """Words and numbers; `text` is what is read, `numbers` what it is bound to. Shown in a notebook as a paragraph."""

    parts: tuple[str | Shown, ...]
    style: str = "lead"

    @property
    def text(self) -> str:
        """The sentence as plain text."""
        return "".join(part if isinstance(part, str) else part.text for part in self.parts)

    @property
    def numbers(self) -> tuple[Shown, ...]:
        """Every number said."""
        return tuple(part for part in self.parts if isinstance(part, Shown))

    def __str__(self) -> str:
        return self.text

    def _repr_html_(self) -> str:
        words = (html.escape(part) if isinstance(part, str) else f"<b>{part.markup}</b>" for part in self.parts)
        return f'<p class="{self.style}">{"".join(words)}</p>'


def with_measure(shown: str, measure: Text, lang: str) -> str:
    """A number with its unit: '12,5 %', '1.991 doanh nghiệp'."""
    return f"{shown} {measure[lang]}" if measure[lang] else shown


def amount(value: float, projection: Projection, label: str, lang: str) -> Shown:
    """A value in the projection's natural unit, bound."""
    return Shown(label, value, with_measure(number(value, projection.decimals, lang), projection.measure, lang))


def threshold_text(outlook: Outlook, lang: str = "vi", *, target: Target | None = None) -> str:
    """The goal as the resolution words it: 'từ 14 % trở lên', 'trên 90 %', 'bằng 0 hộ'."""
    target = target or outlook.target
    if target is None:
        return "–"
    ind = outlook.indicator
    measure = outlook.projection.measure if target.measure == "flow" else ind.measure
    shown = with_measure(trimmed(target.threshold, ind.decimals, lang), measure, lang)
    words = COMPARATOR_WORDS[target.comparator][lang].format(shown)
    return f"{words} [{VERSION_WORDS['reference'][lang]}]" if target.version == "reference" else words


def status_note(point: Point, lang: str = "vi") -> str:
    """The status of a figure in brackets: '(ước)'."""
    return f"({STATUS_WORDS[point.status][lang]})"


def answer(items: list[Outlook], lang: str = "vi") -> Sentence:
    """The one-line answer: of all lines, how many will be met, how many are in danger, how many cannot be said."""
    year, as_of = items[0].projection.year, items[0].projection.as_of
    good = sum(item.status in GOOD for item in items)
    unsure = sum(item.status == "uncertain" for item in items)
    danger = sum(item.status in ("unlikely", "very_unlikely", "missed") for item in items)
    grey = sum(item.status in GREY for item in items)
    over = as_of > dt.date(year, 12, 31)

    def count(label: str, value: int) -> Shown:
        return Shown(label, value, str(value))

    total = Shown("good", good, f"{good}/{len(items)}")
    parts: list[str | Shown]
    if lang == "en":
        parts = [
            f"As known on {date_text(as_of, lang)}: ",
            total,
            f" targets of {year} " + ("were met; " if over else "are met or likely to be; "),
        ]
        parts += [count("uncertain", unsure), " uncertain; ", count("danger", danger), " missed; " if over else " in danger; "]
        parts += [count("grey", grey), " cannot be judged yet."]
    else:
        parts = [
            f"Tính đến ngày {date_text(as_of)}: ",
            total,
            f" chỉ tiêu năm {year} " + ("đạt; " if over else "đã đạt hoặc có khả năng đạt; "),
        ]
        parts += [count("uncertain", unsure), " chưa chắc; ", count("danger", danger), " không đạt; " if over else " khó đạt; "]
        parts += [count("grey", grey), " chưa đủ cơ sở đánh giá."]
    return Sentence(tuple(parts), style="answer")


def decision_due(outlook: Outlook) -> dt.date | None:
    """The day by which a line in danger needs a decision, None where none is needed this month.

    A judged line that is not likely to be met needs one when it is unlikely, when the pace needed is above the best ever reached, or when
    its point of no return lies within a month: by that point, else by the end of the month.
    """
    as_of = outlook.projection.as_of
    if not outlook.judged or outlook.status in GOOD or outlook.projection.complete:
        return None
    month = (as_of.replace(day=28) + dt.timedelta(days=4)).replace(day=1) - dt.timedelta(days=1)
    slipping = outlook.no_return is not None and outlook.no_return <= as_of + dt.timedelta(days=31)
    beyond = np.isfinite(outlook.pace_needed) and np.isfinite(outlook.best_pace) and outlook.pace_needed > outlook.best_pace
    if not (slipping or beyond or outlook.status in ("unlikely", "very_unlikely")):
        return None
    return max(min(outlook.no_return, month), as_of) if outlook.no_return is not None else month


def decisions(items: list[Outlook], lang: str = "vi") -> Sentence:
    """How many lines need a decision this month."""
    due = sum(decision_due(item) is not None for item in items)
    if not due:
        return Sentence(
            ("No target needs a decision this month." if lang == "en" else "Không chỉ tiêu nào cần quyết định trong tháng này.",)
        )
    return Sentence(
        (
            Shown("decisions_due", due, str(due)),
            " targets need a decision this month." if lang == "en" else " chỉ tiêu cần quyết định trong tháng này.",
        )
    )


def outlook_sentence(outlook: Outlook, lang: str = "vi") -> Sentence:
    """The verdict on one indicator: what was reached, where the year will end, how sure that is."""
    projection = outlook.projection
    parts: list[str | Shown]
    if projection.complete:
        parts = _ended(outlook, lang)
    elif projection.known:
        parts = [*_reached(outlook, lang), *_expected(outlook, lang), *_judged(outlook, lang)]
    else:
        parts = [*_reached(outlook, lang), outlook.reason[lang], *_goal_only(outlook, lang)]
    name = outlook.indicator.name[lang]
    return Sentence((f"{name}: ", *parts))


def _reached(outlook: Outlook, lang: str) -> list[str | Shown]:
    projection = outlook.projection
    if not projection.seen:
        return []
    last = projection.seen[-1]
    shown = amount(last.value, projection, "achieved", lang)
    where = (
        span_text(last.end, lang)
        if outlook.indicator.adds_up or outlook.indicator.kind == "published_growth"
        else date_text(last.end, lang)
    )
    growth = outlook.indicator.kind == "published_growth"
    if lang == "en":
        lead = "over " if growth else "" if where.startswith("to ") else "after "
        return [f"{lead}{where} ", shown, f" {status_note(last, lang)}; "]
    return [f"{where} {'tăng' if growth else 'đạt'} ", shown, f" {status_note(last)}; "]


def _expected(outlook: Outlook, lang: str) -> list[str | Shown]:
    projection = outlook.projection
    low, high = projection.interval(0.80)
    middle = amount(projection.quantile(0.5), projection, "median", lang)
    bounds = [Shown("low80", low, number(low, projection.decimals, lang)), Shown("high80", high, number(high, projection.decimals, lang))]
    lead = f"cả năm {projection.year} dự báo " if lang != "en" else f"the whole of {projection.year} is projected at "
    within = " (khoảng 80 %: " if lang != "en" else " (80 % interval: "
    dash = " đến " if lang != "en" else " to "
    return [lead, middle, within, bounds[0], dash, bounds[1], ")", *_as_rate(projection, lang)]


def _as_rate(projection: Projection, lang: str) -> list[str | Shown]:
    rate = projection.rate(projection.quantile(0.5))
    if projection.indicator.kind not in ("flow_growth", "plan_share") or not np.isfinite(rate) or projection.measure.vi.startswith("%"):
        return []
    shown = Shown("median_rate", rate, f"{number(abs(rate) if projection.indicator.kind == 'flow_growth' else rate, 1, lang)} %")
    if projection.indicator.kind == "plan_share":
        return [", bằng " if lang != "en" else ", ", shown, " kế hoạch" if lang != "en" else " of the plan"]
    words = ("tăng" if rate >= 0 else "giảm") if lang != "en" else ("up" if rate >= 0 else "down")
    return [f", {words} ", shown]


def _judged(outlook: Outlook, lang: str) -> list[str | Shown]:
    if outlook.target is None:
        return [". " + outlook.reason[lang]]
    goal = threshold_text(outlook, lang)
    if not np.isfinite(outlook.probability):
        return [f". {'Mục tiêu' if lang != 'en' else 'Target'}: {goal}. {outlook.reason[lang]}"]
    if not outlook.judged:
        return [f". {'Mục tiêu' if lang != 'en' else 'Target'}: {goal}. {outlook.reason[lang]}"]
    chance_shown = Shown("probability", outlook.probability, chance(outlook.probability, lang))
    if lang == "en":
        return ["; the chance of the target ", f"({goal}) is ", chance_shown, f": {outlook.word.name.en}."]
    return ["; xác suất đạt mục tiêu ", f"({goal}) là ", chance_shown, f": {outlook.word.name.vi}."]


def _goal_only(outlook: Outlook, lang: str) -> list[str | Shown]:
    if outlook.target is None:
        return []
    return [f" {'Mục tiêu' if lang != 'en' else 'Target'}: {threshold_text(outlook, lang)}."]


def _ended(outlook: Outlook, lang: str) -> list[str | Shown]:
    projection = outlook.projection
    last = projection.seen[-1]
    shown = amount(last.value, projection, "outturn", lang)
    growth = outlook.indicator.kind == "published_growth"
    verb = ("tăng" if growth else "đạt") if lang != "en" else ("grew" if growth else "ended at")
    parts: list[str | Shown] = [
        f"năm {projection.year} {verb} " if lang != "en" else f"{projection.year} {verb} ",
        shown,
        f" {status_note(last, lang)}",
    ]
    parts += _as_rate(projection, lang)
    if outlook.target is None or not np.isfinite(outlook.threshold):
        return [*parts, "."]
    difference = last.value - outlook.threshold
    points = projection.measure.vi == "%"
    unit = ("điểm phần trăm" if lang != "en" else "percentage points") if points else projection.measure[lang]
    shown_difference = Shown("difference", abs(difference), f"{number(abs(difference), projection.decimals, lang)} {unit}".strip())
    if round(difference, projection.decimals) == 0:
        exact = "đúng bằng mục tiêu" if lang != "en" else "exactly the target"
        return [*parts, f", {exact} ({threshold_text(outlook, lang)}): {outlook.word.name[lang]}."]
    more = ("cao hơn" if difference >= 0 else "thấp hơn") if lang != "en" else ("above" if difference >= 0 else "below")
    goal = threshold_text(outlook, lang)
    if lang == "en":
        return [*parts, ", ", shown_difference, f" {more} the target ({goal}): {outlook.word.name.en}."]
    return [*parts, f", {more} mục tiêu ({goal}) ", shown_difference, f": {outlook.word.name.vi}."]


def demand(outlook: Outlook, lang: str = "vi") -> Sentence | None:
    """What it would take: what remains, a month, against the pace so far and the best ever recorded; None where it does not apply."""
    projection = outlook.projection
    if not np.isfinite(outlook.remaining) or outlook.months_left <= 0 or outlook.status == "stale":
        return None
    if outlook.remaining == 0:
        return Sentence(("Mức mục tiêu đã đạt trước thời hạn." if lang != "en" else "The target has been passed already.",))
    remaining = amount(outlook.remaining, projection, "remaining", lang)
    pace = amount(outlook.pace_needed, projection, "pace_needed", lang)
    so_far = Shown("pace_so_far", outlook.pace_so_far, number(outlook.pace_so_far, projection.decimals, lang))
    months = Shown(
        "months_left", outlook.months_left, number(outlook.months_left, 0 if float(outlook.months_left).is_integer() else 1, lang)
    )
    if lang == "en":
        parts: list[str | Shown] = [
            "Still to be done: ",
            remaining,
            " in ",
            months,
            " months, ",
            pace,
            " a month, against ",
            so_far,
            " a month so far",
        ]
    else:
        parts = [
            "Còn phải thực hiện ",
            remaining,
            " trong ",
            months,
            " tháng, bình quân ",
            pace,
            "/tháng; từ đầu năm bình quân ",
            so_far,
            "/tháng",
        ]
    if np.isfinite(outlook.best_pace):
        best = Shown("best_pace", outlook.best_pace, number(outlook.best_pace, projection.decimals, lang))
        parts += (
            [" and at best ", best, " in the same months of a past year"]
            if lang == "en"
            else ["; cao nhất cùng các tháng này của những năm trước ", best, "/tháng"]
        )
    if outlook.no_return:
        day = date_text(outlook.no_return, lang)
        parts += (
            [f". After {day}, at the present pace, the target would ask for more than was ever reached"]
            if lang == "en"
            else [f". Sau ngày {day}, nếu vẫn giữ nhịp hiện nay thì phần còn lại vượt mức cao nhất từng đạt"]
        )
    return Sentence((*parts, "."), style="note")


def people_missing(outlook: Outlook, unit: Unit, lang: str = "vi") -> Sentence | None:
    """A share of the population in persons: how many are still missing; None where the share is not of the population."""
    projection, target = outlook.projection, outlook.target
    if (
        outlook.indicator.kind != "population_share"
        or not outlook.indicator.per_population
        or not unit.population
        or target is None
        or not projection.seen
    ):
        return None
    needed = math.ceil(unit.population * target.threshold / 100 - 1e-9)
    covered = round(unit.population * projection.achieved / 100)
    missing = Shown("persons_missing", max(needed - covered, 0), number(max(needed - covered, 0), 0, lang))
    people = Shown("population", unit.population, number(unit.population, 0, lang))
    if lang == "en":
        return Sentence(("In persons: ", missing, " more of ", people, " residents are needed."), style="note")
    return Sentence(("Quy ra người: còn thiếu ", missing, " người trên tổng số ", people, " dân."), style="note")


def rules_of_thumb(outlook: Outlook, lang: str = "vi") -> Sentence | None:
    """What the two office rules would say, beside ours."""
    projection = outlook.projection
    parts: list[str | Shown] = []
    rules = (
        (projection.straight_line, "straight_line", Text("chia đều theo thời gian", "the straight line")),
        (projection.same_period, "same_period", Text("tăng như cùng kỳ", "same-period growth")),
    )
    for value, label, name in rules:
        if np.isfinite(value) and not projection.complete:
            parts += ["; " if parts else "", f"{name[lang]}: ", amount(value, projection, label, lang)]
    if not parts:
        return None
    lead = "Cách tính nhanh thường dùng – " if lang != "en" else "Rules of thumb – "
    return Sentence((lead, *parts, "."), style="note")


def _base_status(status: str, lang: str) -> str:
    """What kind of figure a base is: the status of an amount, the version of a plan."""
    return {**STATUS_WORDS, **VERSION_WORDS}[status][lang]


def plan_note(outlook: Outlook, lang: str = "vi") -> Sentence | None:
    """Both answers where the plan entered the projection and changes the chance; None where it did not or makes no difference."""
    with_plan, without = outlook.probability, outlook.unplanned_probability
    if not np.isfinite(without) or not np.isfinite(with_plan) or abs(with_plan - without) < 0.02:
        return None
    ours, pace = Shown("probability", with_plan, chance(with_plan, lang)), Shown("unplanned_probability", without, chance(without, lang))
    if lang == "en":
        return Sentence(
            (
                "Units work towards their plan: with the plan taken into account the chance is ",
                ours,
                ", from the pace of the months alone ",
                pace,
                ".",
            ),
            style="note",
        )
    return Sentence(
        ("Các đơn vị thường dồn sức về đích: có tính đến kế hoạch thì xác suất là ", ours, ", chỉ theo nhịp các tháng thì là ", pace, "."),
        style="note",
    )


def base_note(outlook: Outlook, lang: str = "vi") -> Sentence | None:
    """The base a rate is reckoned on, its status, and whether the verdict flips on another one."""
    projection, base = outlook.projection, outlook.projection.base
    if base is None or projection.measure.vi.startswith("%"):
        return None
    shown = amount(base.value, projection, "base", lang)
    growth = outlook.indicator.kind == "flow_growth"
    name = (
        (f"Số gốc năm {base.year}" if growth else f"Kế hoạch năm {base.year}")
        if lang != "en"
        else (f"Base ({base.year})" if growth else f"Plan of {base.year}")
    )
    parts: list[str | Shown] = [f"{name}: ", shown, f" ({_base_status(base.status, lang)}, {date_text(base.published, lang)})"]
    for check in outlook.base_checks:
        other = amount(check.base.value, projection, "other_base", lang)
        flips = (
            ("kết luận sẽ khác" if check.flips else "kết luận không đổi")
            if lang != "en"
            else ("the verdict flips" if check.flips else "the verdict holds")
        )
        parts += [
            "; nếu lấy " if lang != "en" else "; on ",
            other,
            f" ({_base_status(check.base.status, lang)}, {date_text(check.base.published, lang)}): {flips}",
        ]
    return Sentence((*parts, "."), style="note")


def method(outlook: Outlook, lang: str = "vi") -> Sentence:
    """Which model was used and why, and how many past years stand behind it."""
    projection = outlook.projection
    years = Shown("evidence_years", projection.evidence_years, str(projection.evidence_years))
    if lang == "en":
        return Sentence((f"{projection.reason.en} Past years behind it: ", years, "."), style="note")
    return Sentence((f"{projection.reason.vi} Số năm trước làm căn cứ: ", years, "."), style="note")
