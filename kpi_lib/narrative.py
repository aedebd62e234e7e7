"""What is said of one outlook and of all, in Vietnamese and English: what is said cannot differ from what is shown."""

from __future__ import annotations

import datetime as dt
import math

import numpy as np

from kpi_lib import compare
from kpi_lib.indicators import Target, Text, Unit
from kpi_lib.observations import PLAN_PERCENT, Point
from kpi_lib.outlook import GOOD, GREY, Outlook
from kpi_lib.projected import Projection
from kpi_lib.words import (
    COMPARATOR_WORDS,
    STATUS_WORDS,
    VERSION_WORDS,
    Quoted,
    Sentence,
    Shown,
    chance,
    date_text,
    number,
    span_text,
    trimmed,
    with_measure,
)

__all__ = [
    "COMPARATOR_WORDS", "STATUS_WORDS", "VERSION_WORDS", "Quoted", "Sentence", "Shown", "answer", "base_note", "chance", "date_text", "decision_due",
    "demand", "goal", "method", "number", "outlook_sentence", "people_missing", "plan_note", "rules_of_thumb", "same_period_point",
    "span_text", "threshold_text", "trimmed", "with_measure",
]  # fmt: skip


def shown(outlook: Outlook, label: str, value: float, text: str) -> Shown:
    """A number that belongs to an outlook, bound under the indicator's id."""
    return Shown(label, value, text, of=outlook.indicator.id)


def chance_of(outlook: Outlook, lang: str, label: str = "probability", value: float | None = None) -> Shown:
    """A probability of an outlook, bound."""
    p = outlook.probability if value is None else value
    return Shown(label, p, chance(p, lang), of=outlook.indicator.id, share=True)


def amount(value: float, projection: Projection, label: str, lang: str) -> Shown:
    """A value in the projection's natural unit, bound."""
    words = with_measure(number(value, projection.decimals, lang), projection.measure, lang)
    return Shown(label, value, words, of=projection.indicator.id)


def bare(value: float, projection: Projection, label: str, lang: str) -> Shown:
    """A value in the projection's natural unit without the unit's name, bound."""
    return Shown(label, value, number(value, projection.decimals, lang), of=projection.indicator.id)


def threshold_text(outlook: Outlook, lang: str = "vi", *, target: Target | None = None) -> str:
    """The goal as the resolution words it: 'từ 14 % trở lên', 'trên 90 %', 'bằng 0 hộ'."""
    return "".join(part if isinstance(part, str) else part.text for part in goal(outlook, lang, target=target))


def status_note(point: Point, lang: str = "vi") -> str:
    """The status of a figure in brackets: '(ước)'."""
    return f"({STATUS_WORDS[point.status][lang]})"


def answer(items: list[Outlook], lang: str = "vi") -> Sentence:
    """The one-line answer: of all lines, how many will be met, how many are in danger, how many need a decision this month."""
    year, as_of = items[0].projection.year, items[0].projection.as_of
    if as_of > dt.date(year, 12, 31):
        return _year_ended(items, lang)
    counts = {
        "good": sum(item.status in GOOD for item in items),
        "uncertain": sum(item.status == "uncertain" for item in items),
        "danger": sum(item.status in ("unlikely", "very_unlikely", "missed") for item in items),
        "grey": sum(item.status in GREY for item in items),
        "decisions_due": sum(decision_due(item) is not None for item in items),
    }
    said = {label: Shown(label, value, str(value), of="report") for label, value in counts.items()}
    total = Shown("lines", len(items), str(len(items)), of="report")
    if lang == "en":
        parts: list[str | Shown] = [f"As known on {date_text(as_of, lang)}: ", said["good"], "/", total, f" targets of {year} are met or likely to be; "]
        parts += [said["uncertain"], " uncertain; ", said["danger"], " in danger; ", said["grey"], " cannot be judged yet. "]
        needs = " needs" if counts["decisions_due"] == 1 else " need"
        parts += [said["decisions_due"], f"{needs} a decision this month."] if counts["decisions_due"] else ["None needs a decision this month."]
        return Sentence(tuple(parts), style="answer")
    parts = [f"Tính đến ngày {date_text(as_of)}: ", said["good"], "/", total, f" chỉ tiêu năm {year} đã đạt hoặc có khả năng đạt; "]
    parts += [said["uncertain"], " chưa chắc; ", said["danger"], " khó đạt; ", said["grey"], " chưa đủ cơ sở đánh giá. "]
    due: list[str | Shown] = [said["decisions_due"], " chỉ tiêu cần quyết định trong tháng này."]
    parts += due if counts["decisions_due"] else ["Không chỉ tiêu nào cần quyết định trong tháng này."]
    return Sentence(tuple(parts), style="answer")


def _year_ended(items: list[Outlook], lang: str) -> Sentence:
    """The year-end line: of all lines how many were met, of these how many were passed and how many just reached."""
    year = items[0].projection.year
    met = [item for item in items if item.status in GOOD]
    passed = sum(round(abs(item.surplus), item.projection.decimals) > 0 for item in met)
    counts = {
        "good": len(met),
        "lines": len(items),
        "passed": passed,
        "reached": len(met) - passed,
        "danger": sum(item.status in ("unlikely", "very_unlikely", "missed") for item in items),
        "uncertain": sum(item.status == "uncertain" for item in items),
        "grey": sum(item.status in GREY for item in items),
    }
    said = {label: Shown(label, value, str(value), of="report") for label, value in counts.items()}
    parts: list[str | Shown]
    if lang == "en":
        parts = [f"{year}: ", said["good"], "/", said["lines"], " targets were met"]
        parts += [", of which ", said["passed"], " passed and ", said["reached"], " just reached"] if met else []
        rest = (("danger", " missed"), ("uncertain", " open"), ("grey", " cannot be judged"))
    else:
        parts = [f"Năm {year}: ", said["good"], "/", said["lines"], " chỉ tiêu đạt"]
        parts += [", trong đó ", said["passed"], " vượt, ", said["reached"], " đạt"] if met else []
        rest = (("danger", " không đạt"), ("uncertain", " chưa chắc"), ("grey", " chưa đủ cơ sở đánh giá"))
    for label, word in rest:
        parts += ["; ", said[label], word] if counts[label] or label != "uncertain" else []
    return Sentence((*parts, "."), style="answer")


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


def outlook_sentence(outlook: Outlook, lang: str = "vi") -> Sentence:
    """The verdict on one indicator: what was reached, where the year will end, how sure that is."""
    projection = outlook.projection
    parts: list[str | Shown]
    if projection.complete:
        parts = _ended(outlook, lang)
    elif projection.known:
        parts = [*_reached(outlook, lang), *_expected(outlook, lang), *_judged(outlook, lang)]
    else:
        parts = [*_reached(outlook, lang), Quoted(outlook.reason[lang]), *_goal_only(outlook, lang)]
    return Sentence((Quoted(f"{subject(outlook, lang)}: "), *parts))


def subject(outlook: Outlook, lang: str) -> str:
    """What the sentence speaks of: the amount behind a rate where amounts are said, else the indicator."""
    ind, projection = outlook.indicator, outlook.projection
    flow = ind.flow_name[lang] if ind.kind.of_amounts and projection.measure.vi == ind.flow_measure.vi else ""
    words = flow or ind.name[lang]
    return words[:1].upper() + words[1:]


def _verb(outlook: Outlook, lang: str) -> str:
    """How the kind of figure is said: a rate grows, a count that must be nil is left, all else is reached."""
    reached = "ở mức " if outlook.indicator.direction == "lower" else "đạt "
    words = {"grows": Text("tăng ", "up "), "leaves": Text("còn ", ""), "reaches": Text(reached, "")}
    return words[outlook.indicator.kind.verb][lang]


def _reached(outlook: Outlook, lang: str) -> list[str | Shown]:
    """What the last figure says, an estimate as such, against the target and the same period of last year."""
    projection = outlook.projection
    if not projection.seen:
        return []
    last = projection.seen[-1]
    value = amount(last.value, projection, "achieved", lang)
    spanned = outlook.indicator.kind.to_date
    where = span_text(last.end, lang) if spanned else date_text(last.end, lang)
    compared = _compared(outlook, lang)
    if lang == "en":
        lead = "" if where.startswith("to ") else "over " if spanned else "on "
        return [f"{lead}{where} {_verb(outlook, lang)}", value, f" {status_note(last, lang)}", *compared, "; "]
    status = {"estimate": "ước ", "actual": "", "settled": ""}[last.status]
    note = f" {status_note(last)}" if last.status == "settled" else ""
    at = where if spanned else f"đến {where}"
    return [f"{at} {status}{_verb(outlook, lang)}", value, note, *compared, "; "]


def same_period_point(outlook: Outlook) -> Point | None:
    """Last year's figure for the same part of the year, None where none lies near by."""
    projection = outlook.projection
    points = projection.past.get(projection.year - 1, ())
    if not projection.seen or not points:
        return None
    last = projection.seen[-1]
    near = [point for point in points if abs(point.share_of_year - last.share_of_year) <= 0.03]
    return near[-1] if near else None


def _in_amounts(outlook: Outlook) -> bool:
    return outlook.indicator.adds_up and outlook.projection.measure.vi != PLAN_PERCENT


def percent_of_target(outlook: Outlook) -> float:
    """The amount so far in percent of the target, NaN where amounts do not add up or are percentages themselves."""
    last = outlook.projection.seen[-1:]
    possible = last and _in_amounts(outlook) and np.isfinite(outlook.threshold) and outlook.threshold > 0
    return 100 * last[0].value / outlook.threshold if possible else float("nan")


def percent_of_same_period(outlook: Outlook) -> float:
    """The amount so far in percent of last year's same period, NaN where there is none to compare with."""
    before = same_period_point(outlook)
    if before is None or not _in_amounts(outlook) or before.value <= 0:
        return float("nan")
    return 100 * outlook.projection.achieved / before.value


def _compared(outlook: Outlook, lang: str) -> list[str | Shown]:
    """Percent of the target and of the same period: 'bằng 63,0 % mục tiêu năm, bằng 93,9 % cùng kỳ'."""
    parts: list[str | Shown] = []
    words = (
        ("percent_of_target", percent_of_target(outlook), Text("mục tiêu năm", "the year's target")),
        ("percent_of_same_period", percent_of_same_period(outlook), Text("cùng kỳ", "the same period of last year")),
    )
    for label, value, name in words:
        if np.isfinite(value):
            said = shown(outlook, label, value, f"{number(value, 1, lang)} %")
            parts += [", bằng ", said, f" {name.vi}"] if lang != "en" else [", ", said, f" of {name.en}"]
    return parts


def _expected(outlook: Outlook, lang: str) -> list[str | Shown]:
    projection = outlook.projection
    low, high = projection.interval(0.80)
    middle = amount(projection.quantile(0.5), projection, "median", lang)
    bounds = bare(low, projection, "low80", lang), bare(high, projection, "high80", lang)
    spanned = outlook.indicator.kind.basis != "level"
    if lang == "en":
        lead = f"{projection.year} is projected at " if spanned else "the year is projected to end at "
        return [lead, middle, " (80 % interval: ", bounds[0], " to ", bounds[1], ")", *_as_rate(projection, lang)]
    verb = _verb(outlook, lang) if outlook.indicator.kind.verb != "reaches" else ""
    lead = f"dự báo {'cả' if spanned else 'cuối'} năm {verb}"
    return [lead, middle, " (khoảng 80 %: ", bounds[0], " đến ", bounds[1], ")", *_as_rate(projection, lang)]


def _as_rate(projection: Projection, lang: str) -> list[str | Shown]:
    rate = projection.rate(projection.quantile(0.5))
    growth = projection.indicator.kind.rate == "growth"
    if not projection.indicator.kind.of_amounts or not np.isfinite(rate) or projection.measure.vi.startswith("%"):
        return []
    said = Shown("median_rate", rate, f"{number(abs(rate) if growth else rate, 1, lang)} %", of=projection.indicator.id)
    if not growth:
        return [", bằng " if lang != "en" else ", ", said, " kế hoạch" if lang != "en" else " of the plan"]
    if lang == "en":
        return [f", {'up' if rate >= 0 else 'down'} ", said, f" on {projection.year - 1}"]
    return [f", {'tăng' if rate >= 0 else 'giảm'} ", said, f" so với năm {projection.year - 1}"]


def goal(outlook: Outlook, lang: str, *, target: Target | None = None) -> tuple[str | Shown, ...]:
    """The goal in words with its number bound: 'từ 80 doanh nghiệp trở lên', 'tăng từ 4 % trở lên, tức từ 467,5 tỷ đồng'."""
    target = target or outlook.target
    if target is None:
        return ("–",)
    ind, projection = outlook.indicator, outlook.projection
    measure = projection.measure if target.measure == "flow" else ind.measure
    label = "target" if target is outlook.target else f"target_{target.version}"
    said = shown(outlook, label, target.threshold, with_measure(trimmed(target.threshold, ind.decimals, lang), measure, lang))
    before, after = COMPARATOR_WORDS[target.comparator][lang].split("{}")
    growing = ind.kind.rate == "growth" and target.measure != "flow"
    lead = ("tăng " if lang != "en" else "growth of ") if growing else ""
    mark = f" [{VERSION_WORDS['reference'][lang]}]" if target.version == "reference" else ""
    parts = (lead + before, said, after + mark)
    return tuple(part for part in parts if part != "")


def goal_in_amount(outlook: Outlook, lang: str) -> tuple[str | Shown, ...]:
    """The amount a rate asks for: ', tức 467,5 tỷ đồng'; nothing where the goal is an amount already."""
    projection = outlook.projection
    same = outlook.target is None or outlook.target.measure == "flow" or projection.measure.vi == PLAN_PERCENT
    same = same or projection.measure.vi == outlook.indicator.measure.vi
    if same or not np.isfinite(outlook.threshold):
        return ()
    return (", tức " if lang != "en" else ", that is ", amount(outlook.threshold, projection, "threshold", lang))


def _judged(outlook: Outlook, lang: str) -> list[str | Shown]:
    if outlook.target is None:
        return [". ", Quoted(outlook.reason[lang])]
    aim = [*goal(outlook, lang), *goal_in_amount(outlook, lang)]
    if not np.isfinite(outlook.probability) or not outlook.judged:
        return [f". {'Mục tiêu' if lang != 'en' else 'Target'}: ", *aim, ". ", Quoted(outlook.reason[lang])]
    said = chance_of(outlook, lang)
    if lang == "en":
        return ["; the chance of meeting the target (", *aim, ") is ", said, f": {outlook.word.name.en}."]
    return ["; xác suất đạt mục tiêu (", *aim, ") là ", said, f": {outlook.word.name.vi}."]


def _goal_only(outlook: Outlook, lang: str) -> list[str | Shown]:
    if outlook.target is None:
        return []
    return [f" {'Mục tiêu' if lang != 'en' else 'Target'}: ", *goal(outlook, lang), "."]


def _ended(outlook: Outlook, lang: str) -> list[str | Shown]:
    projection = outlook.projection
    last = projection.seen[-1]
    value = amount(last.value, projection, "outturn", lang)
    if lang == "en":
        verb = "grew " if outlook.indicator.kind.verb == "grows" else "ended at "
        parts: list[str | Shown] = [f"{projection.year} {verb}", value, f" {status_note(last, lang)}", *_as_rate(projection, lang)]
    else:
        note = f" {status_note(last)}" if last.status == "settled" else ""
        status = "ước " if last.status == "estimate" else ""
        parts = [f"năm {projection.year} {status}{_verb(outlook, lang)}", value, note, *_as_rate(projection, lang)]
    if outlook.target is None or not np.isfinite(outlook.threshold):
        return [*parts, "."]
    aim = [*goal(outlook, lang), *goal_in_amount(outlook, lang)]
    difference = last.value - outlook.threshold
    if round(difference, projection.decimals) == 0:
        exact = "đúng bằng mục tiêu" if lang != "en" else "exactly the target"
        return [*parts, f", {exact} (", *aim, f"): {outlook.word.name[lang]}."]
    points = projection.measure.vi == "%"
    unit = ("điểm phần trăm" if lang != "en" else "percentage points") if points else projection.measure[lang]
    by = shown(outlook, "difference", abs(difference), f"{number(abs(difference), projection.decimals, lang)} {unit}".strip())
    more = ("cao hơn" if difference >= 0 else "thấp hơn") if lang != "en" else ("above" if difference >= 0 else "below")
    if lang == "en":
        return [*parts, ", ", by, f" {more} the target (", *aim, f"): {outlook.word.name.en}."]
    return [*parts, f", {more} mục tiêu (", *aim, ") ", by, f": {outlook.word.name.vi}."]


def demand(outlook: Outlook, lang: str = "vi") -> Sentence | None:
    """What it would take: what remains, a month, against the pace so far and the best ever recorded; None where it does not apply."""
    projection = outlook.projection
    if not np.isfinite(outlook.remaining) or outlook.months_left <= 0 or outlook.status == "stale":
        return None
    if outlook.remaining == 0:
        return Sentence(("Mức mục tiêu đã đạt trước thời hạn." if lang != "en" else "The target has been passed already.",))
    remaining = amount(outlook.remaining, projection, "remaining", lang)
    pace = amount(outlook.pace_needed, projection, "pace_needed", lang)
    so_far = bare(outlook.pace_so_far, projection, "pace_so_far", lang)
    left = outlook.months_left
    months = shown(outlook, "months_left", left, number(left, 0 if float(left).is_integer() else 1, lang))
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
        best = bare(outlook.best_pace, projection, "best_pace", lang)
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
        not outlook.indicator.per_population
        or not unit.population
        or target is None
        or not projection.seen
    ):
        return None
    needed = math.ceil(unit.population * target.threshold / 100 - 1e-9)
    covered = round(unit.population * projection.achieved / 100)
    missing = shown(outlook, "persons_missing", max(needed - covered, 0), number(max(needed - covered, 0), 0, lang))
    people = Shown("population", unit.population, number(unit.population, 0, lang), of="unit")
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
    ours, pace = chance_of(outlook, lang), chance_of(outlook, lang, "unplanned_probability", without)
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
    growth = outlook.indicator.kind.rate == "growth"
    name = (
        (f"Số gốc năm {base.year}" if growth else f"Kế hoạch năm {base.year}")
        if lang != "en"
        else (f"Base ({base.year})" if growth else f"Plan of {base.year}")
    )
    parts: list[str | Shown] = [f"{name}: ", shown, f" ({_base_status(base.status, lang)}, {date_text(base.published, lang)})"]
    for rank, check in enumerate(outlook.base_checks, start=1):
        other = amount(check.base.value, projection, f"other_base_{rank}", lang)
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
    years = shown(outlook, "evidence_years", projection.evidence_years, str(projection.evidence_years))
    if lang == "en":
        return Sentence((Quoted(f"{projection.reason.en} "), "Past years behind it: ", years, "."), style="note")
    return Sentence((Quoted(f"{projection.reason.vi} "), "Số năm trước làm căn cứ: ", years, "."), style="note")


def caveats(outlook: Outlook, lang: str = "vi") -> Sentence:
    """What the answer does not know, said where it is read."""
    projection = outlook.projection
    found = [
        Text(
            "Dự báo chỉ dựa vào số liệu đã công bố đến ngày báo cáo, không biết trước quyết định, dự án hay chính sách mới.",
            "The projection rests on figures published by the day of the report; it knows of no decision, project or policy to come.",
        )
    ]
    if projection.seen and projection.seen[-1].status == "estimate":
        found.append(Text("Số mới nhất là số ước, có thể được điều chỉnh.", "The latest figure is an estimate and may be revised."))
    if 0 < projection.evidence_years <= compare.FEW_YEARS:
        found.append(
            Text(
                "Có ít năm làm căn cứ nên xác suất không bao giờ được nói là gần như chắc chắn.",
                "With few years behind it the chance is never said to be near certainty.",
            )
        )
    if projection.unit.boundary_events:
        found.append(
            Text(
                "Địa giới đã thay đổi: số của các năm trước chỉ so sánh được ở phần đã tính lại theo địa giới hiện nay.",
                "The boundary has changed: earlier years compare only where they were rebuilt for the present area.",
            )
        )
    return Sentence((" ".join(text[lang] for text in found),), style="note")


def values_of(outlook: Outlook) -> dict[str, float]:
    """Every number that pages say of an outlook, by its label; the manifest keeps them, and a page that says otherwise is not published."""
    projection = outlook.projection
    found = {
        "target": outlook.target.threshold if outlook.target else math.nan,
        "achieved": projection.achieved,
        "percent_of_target": percent_of_target(outlook),
        "percent_of_same_period": percent_of_same_period(outlook),
        "straight_line": projection.straight_line,
        "same_period": projection.same_period,
        "evidence_years": projection.evidence_years,
    }
    found |= {
        name: getattr(outlook, name)
        for name in ("threshold", "probability", "unplanned_probability", "surplus", "remaining", "months_left")
    }
    found |= {name: getattr(outlook, name) for name in ("pace_needed", "pace_so_far", "best_pace")}
    if projection.known:
        found["median"] = projection.quantile(0.5)
        found["median_rate"] = projection.rate(found["median"])
        for level in (50, 80, 95):
            found[f"low{level}"], found[f"high{level}"] = projection.interval(level / 100)
    if projection.complete:
        found["outturn"] = projection.achieved
    return {label: float(value) for label, value in found.items() if np.isfinite(value)}
