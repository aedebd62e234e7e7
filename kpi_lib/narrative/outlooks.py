"""What is said of one outlook and of all, in Vietnamese and English: what is said cannot differ from what is shown."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from kpi_lib import compare
from kpi_lib.definitions.indicators import Unit
from kpi_lib.definitions.targets import Target
from kpi_lib.figures.histories import Point
from kpi_lib.forecast.models import MODELS, RULES
from kpi_lib.narrative.choices import COMPARATOR_WORDS, FALLING_WORDS, SIDE_WORDS, STATUS_WORDS, VERSION_WORDS, chosen
from kpi_lib.outlook.values.outlook import counts, of_outlook, of_unit
from kpi_lib.outlook.verdict import Outlook
from kpi_lib.words.bound import Quoted, Sentence, Shown, Word, bound, counted, likely
from kpi_lib.words.numbers import date_text, number, percent, span_text, trimmed, with_measure
from kpi_lib.words.texts import Text
from kpi_lib.words.values import Values


def status_of(outlook: Outlook, lang: str) -> Word:
    """The status in words, bound."""
    return chosen(of_outlook(outlook), "status", "status", lang)


def said(outlook: Outlook, label: str, form: Callable[[float], str]) -> Shown:
    """A number of an outlook, bound under the indicator's id."""
    return bound(of_outlook(outlook), label, form)


def chance_of(outlook: Outlook, lang: str, label: str = "probability") -> Shown:
    """A probability of an outlook, bound."""
    return likely(of_outlook(outlook), label, lang)


def plain(value: float, outlook: Outlook, lang: str) -> str:
    """The characters of a value in the natural unit; rounding never moves it onto or over the goal."""
    return number(value, outlook.decimals(value), lang)


def amount(outlook: Outlook, label: str, lang: str, values: Values | None = None) -> Shown:
    """A value in the projection's natural unit, bound; of the outlook itself, or of another table of `values` about it."""
    found = of_outlook(outlook) if values is None else values
    return bound(found, label, lambda value: with_measure(plain(value, outlook, lang), outlook.projection.measure, lang))


def bare(outlook: Outlook, label: str, lang: str, values: Values | None = None) -> Shown:
    """The same without the unit's name."""
    return bound(of_outlook(outlook) if values is None else values, label, lambda value: plain(value, outlook, lang))


def lacking(outlook: Outlook, label: str, lang: str) -> Shown:
    """What is still to be done in the natural unit, bound; a nought is printed only where nothing is."""
    projection = outlook.projection
    return said(
        outlook,
        label,
        lambda value: with_measure(number(value, compare.decimals_for(value, 0.0, projection.decimals), lang), projection.measure, lang),
    )


def against(outlook: Outlook, label: str, lang: str, points: Text | None = None) -> tuple[str | Shown, ...]:
    """Where a value lies against the goal: 'thiếu 0,04 điểm phần trăm', 'vượt 12 hộ', 'đúng bằng mục tiêu'; the distance is bound.

    `label` is that of the distance; `points` names the unit where the measure is a percentage.
    """
    assert outlook.target is not None
    value = outlook.threshold + of_outlook(outlook)[label]
    side = compare.side(value, outlook.threshold)
    word = chosen(of_outlook(outlook), f"{label}_side", f"side {outlook.target.comparator}", lang)
    if side == "equal":
        return (word,)
    measure = points if points and outlook.projection.measure.points else outlook.projection.measure.difference
    decimals = outlook.decimals_apart(value)
    return word, " ", said(outlook, label, lambda distance: with_measure(number(abs(distance), decimals, lang), measure, lang))


def threshold_text(outlook: Outlook, lang: str = "vi", *, target: Target | None = None) -> str:
    """The goal as the resolution words it: 'từ 14 % trở lên', 'trên 90 %', 'bằng 0 hộ'."""
    return "".join(part if isinstance(part, str) else part.text for part in goal(outlook, lang, target=target))


def status_note(point: Point, lang: str = "vi") -> str:
    """The status of a figure in brackets: '(ước)'."""
    return f"({STATUS_WORDS[point.status][lang]})"


def answer(items: list[Outlook], lang: str = "vi") -> Sentence:
    """The one-line answer: of all lines, how many will be met, how many are in danger, how many need a decision this month."""
    projection, as_of = items[0].projection, items[0].projection.as_of
    year = projection.unit.year_name(projection.year)
    if projection.unit.calendar.over(projection.year, as_of):
        return _year_ended(items, lang)
    found = counts(items)
    said = {label: counted(found, label, lang) for label in found}
    total = said["lines"]
    if lang == "en":
        parts: list[str | Shown] = [
            f"As known on {date_text(as_of, lang)}: ",
            said["good"],
            "/",
            total,
            f" targets of {year} are met or likely to be; ",
        ]
        parts += [said["uncertain"], " uncertain; ", said["danger"], " in danger; ", said["grey"], " cannot be judged yet. "]
        needs = " needs" if found["decisions_due"] == 1 else " need"
        parts += (
            [said["decisions_due"], f"{needs} a decision this month."] if found["decisions_due"] else ["None needs a decision this month."]
        )
        return Sentence(tuple(parts), style="answer")
    parts = [f"Tính đến ngày {date_text(as_of)}: ", said["good"], "/", total, f" chỉ tiêu năm {year} đã đạt hoặc có khả năng đạt; "]
    parts += [said["uncertain"], " chưa chắc; ", said["danger"], " khó đạt; ", said["grey"], " chưa đủ cơ sở đánh giá. "]
    due: list[str | Shown] = [said["decisions_due"], " chỉ tiêu cần quyết định trong tháng này."]
    parts += due if found["decisions_due"] else ["Không chỉ tiêu nào cần quyết định trong tháng này."]
    return Sentence(tuple(parts), style="answer")


def _year_ended(items: list[Outlook], lang: str) -> Sentence:
    """The year-end line: of all lines how many were met, of these how many were passed and how many just reached."""
    year = items[0].projection.unit.year_name(items[0].projection.year)
    found = counts(items)
    said = {label: counted(found, label, lang) for label in found}
    parts: list[str | Shown]
    if lang == "en":
        parts = [f"{year}: ", said["good"], "/", said["lines"], " targets were met"]
        parts += [", of which ", said["passed"], " passed and ", said["reached"], " just reached"] if found["good"] else []
        rest = (("danger", " missed"), ("uncertain", " open"), ("grey", " cannot be judged"))
    else:
        parts = [f"Năm {year}: ", said["good"], "/", said["lines"], " chỉ tiêu đạt"]
        parts += [", trong đó ", said["passed"], " vượt, ", said["reached"], " đạt"] if found["good"] else []
        rest = (("danger", " không đạt"), ("uncertain", " chưa chắc"), ("grey", " chưa đủ cơ sở đánh giá"))
    for label, word in rest:
        parts += ["; ", said[label], word] if found[label] or label != "uncertain" else []
    return Sentence((*parts, "."), style="answer")


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
    flow = ind.flow_name[lang] if ind.kind.of_amounts and projection.measure == ind.flow_measure else ""
    words = flow or ind.name[lang]
    return words[:1].upper() + words[1:]


def _told(outlook: Outlook, label: str, lang: str) -> tuple[tuple[str, ...], Shown]:
    """A value and how its kind is said: a rate grows or falls, a count that must be nil is left, all else is reached."""
    verb = outlook.indicator.kind.verb
    if verb == "grows":
        word = chosen(of_outlook(outlook), label, "rise", lang)
        measure = outlook.projection.measure
        return (word, " "), said(
            outlook, label, lambda value: with_measure(number(abs(value), outlook.decimals(value), lang), measure, lang)
        )
    reached = Text("ở mức " if outlook.indicator.direction == "lower" else "đạt ", "")
    return ((Text("còn ", "") if verb == "leaves" else reached)[lang],), amount(outlook, label, lang)


def _reached(outlook: Outlook, lang: str) -> list[str | Shown]:
    """What the last figure says, an estimate as such, against the target and the same period of last year."""
    projection = outlook.projection
    if not projection.seen:
        return []
    last = projection.seen[-1]
    verb, value = _told(outlook, "achieved", lang)
    spanned = outlook.indicator.kind.to_date
    where = span_text(last.end, lang, projection.calendar) if spanned else date_text(last.end, lang)
    compared = _compared(outlook, lang)
    if lang == "en":
        lead = "" if where.startswith("to ") else "over " if spanned else "on "
        return [f"{lead}{where} ", *verb, value, f" {status_note(last, lang)}", *compared, "; "]
    status = {"estimate": "ước ", "actual": "", "settled": ""}[last.status]
    note = f" {status_note(last)}" if last.status == "settled" else ""
    at = where if spanned else f"đến {where}"
    return [f"{at} {status}", *verb, value, note, *compared, "; "]


def _compared(outlook: Outlook, lang: str) -> list[str | Shown]:
    """Percent of the target and of the same period: 'bằng 63,0 % mục tiêu năm, bằng 93,9 % cùng kỳ'."""
    parts: list[str | Shown] = []
    found = of_outlook(outlook)
    words = (
        ("percent_of_target", Text("mục tiêu năm", "the year's target")),
        ("percent_of_same_period", Text("cùng kỳ", "the same period of last year")),
    )
    for label, name in words:
        if np.isfinite(found[label]):
            share = bound(found, label, lambda value: f"{percent(value, lang)} %")
            parts += [", bằng ", share, f" {name.vi}"] if lang != "en" else [", ", share, f" of {name.en}"]
    return parts


def _expected(outlook: Outlook, lang: str) -> list[str | Shown]:
    projection = outlook.projection
    verb, middle = _told(outlook, "median", lang)
    bounds = [bare(outlook, label, lang) for label in ("low80", "high80")]
    spanned = outlook.indicator.kind.basis != "level"
    if lang == "en":
        lead = f"{projection.named()} is projected at " if spanned else "the year is projected to end at "
        return [lead, amount(outlook, "median", lang), " (80 % interval: ", bounds[0], " to ", bounds[1], ")", *_as_rate(outlook, lang)]
    lead = f"dự báo {'cả' if spanned else 'cuối'} năm "
    return [
        lead,
        *(verb if outlook.indicator.kind.verb != "reaches" else ()),
        middle,
        " (khoảng 80 %: ",
        bounds[0],
        " đến ",
        bounds[1],
        ")",
        *_as_rate(outlook, lang),
    ]


def _as_rate(outlook: Outlook, lang: str) -> list[str | Shown]:
    projection, rate = outlook.projection, of_outlook(outlook)["median_rate"]
    growth = projection.indicator.kind.rate == "growth"
    if not projection.indicator.kind.of_amounts or not np.isfinite(rate) or projection.measure.percent:
        return []
    target = outlook.target
    goal_rate = target.threshold if target and target.measure != "flow" else math.nan
    decimals = compare.decimals_for(goal_rate if outlook.side == "equal" and math.isfinite(goal_rate) else rate, goal_rate, 1)
    shown = said(outlook, "median_rate", lambda value: f"{number(abs(value) if growth else value, decimals, lang)} %")
    if not growth:
        return [", bằng " if lang != "en" else ", ", shown, " kế hoạch" if lang != "en" else " of the plan"]
    way = chosen(of_outlook(outlook), "median_rate", "rise", lang)
    if lang == "en":
        return [", ", way, " ", shown, f" on {projection.named(projection.year - 1)}"]
    return [", ", way, " ", shown, f" so với năm {projection.named(projection.year - 1)}"]


def goal(outlook: Outlook, lang: str, *, target: Target | None = None, label: str = "") -> tuple[str | Shown, ...]:
    """The goal in words with its number bound: 'từ 80 doanh nghiệp trở lên', 'tăng từ 4 % trở lên', 'giảm không quá 3 %'."""
    target = target or outlook.target
    if target is None:
        return ("–",)
    ind, projection = outlook.indicator, outlook.projection
    measure = projection.measure if target.measure == "flow" else ind.measure
    label = label or ("target" if target is outlook.target else f"target_{target.version}")
    growing = ind.kind.rate == "growth" and target.measure != "flow"
    falling = growing and target.threshold < 0
    shown = said(outlook, label, lambda value: with_measure(trimmed(abs(value) if falling else value, ind.decimals, lang), measure, lang))
    before, after = (FALLING_WORDS if falling else COMPARATOR_WORDS)[target.comparator][lang].split("{}")
    lead = ("tăng " if lang != "en" else "growth of ") if growing and not falling else ""
    mark = f" [{VERSION_WORDS['reference'][lang]}]" if target.version == "reference" else ""
    parts = (lead + before, shown, after + mark)
    return tuple(part for part in parts if part != "")


def goal_in_amount(outlook: Outlook, lang: str) -> tuple[str | Shown, ...]:
    """The amount a rate asks for: ', tức 467,5 tỷ đồng'; nothing where the goal is an amount already."""
    projection = outlook.projection
    same = outlook.target is None or outlook.target.measure == "flow" or projection.measure.of_plan
    same = same or projection.measure == outlook.indicator.measure
    if same or not np.isfinite(outlook.threshold):
        return ()
    return (", tức " if lang != "en" else ", that is ", amount(outlook, "threshold", lang))


def by_document(target: Target, lang: str) -> tuple[Quoted, ...]:
    """The document of the plan that set or amended a target, and its day: ', theo Nghị quyết 60-NQ/ĐU, ngày 01/11/2026'."""
    if not target.of_plan:
        return ()
    dated = f"{target.adopted:%d/%m/%Y}" in target.document
    date = "" if dated else f", {date_text(target.adopted, lang)}" if lang == "en" else f", ngày {date_text(target.adopted)}"
    return (Quoted(f"{', by ' if lang == 'en' else ', theo '}{target.document}{date}"),)


def _judged(outlook: Outlook, lang: str) -> list[str | Shown]:
    if outlook.target is None:
        return [". ", Quoted(outlook.reason[lang])]
    aim = [*goal(outlook, lang), *goal_in_amount(outlook, lang), *by_document(outlook.target, lang)]
    if not np.isfinite(outlook.probability) or not outlook.judged:
        return [f". {'Mục tiêu' if lang != 'en' else 'Target'}: ", *aim, ". ", Quoted(outlook.reason[lang])]
    shown = chance_of(outlook, lang)
    if lang == "en":
        return ["; the chance of meeting the target (", *aim, ") is ", shown, ": ", status_of(outlook, lang), "."]
    return ["; xác suất đạt mục tiêu (", *aim, ") là ", shown, ": ", status_of(outlook, lang), "."]


def _goal_only(outlook: Outlook, lang: str) -> list[str | Shown]:
    if outlook.target is None:
        return []
    return [f" {'Mục tiêu' if lang != 'en' else 'Target'}: ", *goal(outlook, lang), *by_document(outlook.target, lang), "."]


def _ended(outlook: Outlook, lang: str) -> list[str | Shown]:
    projection = outlook.projection
    last = projection.seen[-1]
    verb, value = _told(outlook, "outturn", lang)
    if lang == "en":
        verb = verb if outlook.indicator.kind.verb == "grows" else ("ended at ",)
        parts: list[str | Shown] = [f"{projection.named()} ", *verb, value, f" {status_note(last, lang)}", *_as_rate(outlook, lang)]
    else:
        note = f" {status_note(last)}" if last.status == "settled" else ""
        status = "ước " if last.status == "estimate" else ""
        parts = [f"năm {projection.named()} {status}", *verb, value, note, *_as_rate(outlook, lang)]
    if outlook.target is None or not np.isfinite(outlook.threshold):
        return [*parts, "."]
    aim = [*goal(outlook, lang), *goal_in_amount(outlook, lang), *by_document(outlook.target, lang)]
    words = against(outlook, "difference", lang)
    to = "" if len(words) == 1 else " so với mục tiêu" if lang != "en" else " against the target"
    return [*parts, ", ", *words, f"{to} (", *aim, "): ", status_of(outlook, lang), "."]


def demand(outlook: Outlook, lang: str = "vi") -> Sentence | None:
    """What it would take: what remains, a month, against the pace so far and the best ever recorded; None where it does not apply."""
    if not np.isfinite(outlook.remaining) or outlook.months_left <= 0 or outlook.status == "stale":
        return None
    if outlook.remaining == 0:
        return _nothing_left(outlook, lang)
    remaining, pace = lacking(outlook, "remaining", lang), lacking(outlook, "pace_needed", lang)
    so_far = bare(outlook, "pace_so_far", lang)
    months = said(outlook, "months_left", lambda left: number(left, 0 if float(left).is_integer() else 1, lang))
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
        best = bare(outlook, "best_pace", lang)
        parts += (
            [" and at best ", best, " in the same months of a past year"]
            if lang == "en"
            else ["; cao nhất cùng các tháng này của những năm trước ", best, "/tháng"]
        )
    if outlook.no_return:
        day, beyond = date_text(outlook.no_return, lang), chosen(of_outlook(outlook), "beyond_best", "beyond", lang)
        parts += (
            [f". After {day}, at the present pace, the target would ask for ", beyond]
            if lang == "en"
            else [f". Sau ngày {day}, nếu vẫn giữ nhịp hiện nay thì phần còn lại ", beyond]
        )
    return Sentence((*parts, "."), style="note")


def _nothing_left(outlook: Outlook, lang: str) -> Sentence:
    """The goal is reached before the end; or only its threshold is, where that is not enough."""
    assert outlook.target is not None
    if outlook.status == "met":
        return Sentence(("Mức mục tiêu đã đạt trước thời hạn." if lang != "en" else "The target has been met already.",))
    if compare.meets(outlook.projection.achieved, outlook.target.comparator, outlook.threshold):
        return Sentence(("Theo số ước thì mức mục tiêu đã đạt." if lang != "en" else "By the estimate the target has been reached.",))
    words = SIDE_WORDS[outlook.target.comparator, "equal"][lang]
    return Sentence((f"Mức đã đạt {words}." if lang != "en" else f"What has been reached is {words}.",))


def people_missing(outlook: Outlook, unit: Unit, lang: str = "vi") -> Sentence | None:
    """A share of the population in persons: how many are still missing; None where the share is not of the population, or is not to rise."""
    if not np.isfinite(of_outlook(outlook)["persons_missing"]):
        return None
    missing = counted(of_outlook(outlook), "persons_missing", lang)
    people = counted(of_unit(unit), "population", lang)
    if lang == "en":
        return Sentence(("In persons: ", missing, " more of ", people, " residents are needed."), style="note")
    return Sentence(("Quy ra người: còn thiếu ", missing, " người trên tổng số ", people, " dân."), style="note")


def rules_of_thumb(outlook: Outlook, lang: str = "vi") -> Sentence | None:
    """What the two office rules would say, beside ours."""
    parts: list[str | Shown] = []
    for rule in RULES:
        if np.isfinite(of_outlook(outlook)[rule]) and not outlook.projection.complete:
            parts += ["; " if parts else "", f"{MODELS[rule].words[lang]}: ", amount(outlook, rule, lang)]
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
    ours, pace = chance_of(outlook, lang), chance_of(outlook, lang, "unplanned_probability")
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
    if base is None or projection.measure.percent:
        return None
    shown = amount(outlook, "base", lang)
    growth = outlook.indicator.kind.rate == "growth"
    name = (
        (f"Số gốc năm {projection.named(base.year)}" if growth else f"Kế hoạch năm {projection.named(base.year)}")
        if lang != "en"
        else (f"Base ({projection.named(base.year)})" if growth else f"Plan of {projection.named(base.year)}")
    )
    parts: list[str | Shown] = [f"{name}: ", shown, f" ({_base_status(base.status, lang)}, {date_text(base.published, lang)})"]
    for rank, check in enumerate(outlook.base_checks, start=1):
        other = amount(outlook, f"other_base_{rank}", lang)
        parts += [
            "; nếu lấy " if lang != "en" else "; on ",
            other,
            f" ({_base_status(check.base.status, lang)}, {date_text(check.base.published, lang)}): ",
            chosen(of_outlook(outlook), f"other_base_{rank}_flips", "flips", lang),
        ]
    return Sentence((*parts, "."), style="note")


def method(outlook: Outlook, lang: str = "vi") -> Sentence:
    """Which model was used and why, and how many past years stand behind it."""
    projection = outlook.projection
    years = counted(of_outlook(outlook), "evidence_years", lang)
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
