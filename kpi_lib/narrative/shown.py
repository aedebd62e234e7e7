"""The numbers and words of an outlook as they are written: bound, in its own unit, never on the wrong side of its goal."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from kpi_lib import compare
from kpi_lib.definitions.targets import Target
from kpi_lib.figures.histories import Point
from kpi_lib.narrative.choices import CHOICES, COMPARATOR_WORDS, FALLING_WORDS, STATUS_WORDS, VERSION_WORDS, chosen
from kpi_lib.outlook.values.outlook import of_outlook, surplus_decimals
from kpi_lib.outlook.verdict import Outlook
from kpi_lib.words.bound import Quoted, Shown, Word, bound, filled, likely
from kpi_lib.words.messages import Text, Words
from kpi_lib.words.numbers import number, trimmed, with_measure
from kpi_lib.words.values import Values


def status_of(outlook: Outlook, lang: str) -> Word:
    """The status in words, bound; of a year that is over what its figure says, no chance."""
    by_estimate = outlook.projection.complete and outlook.word.rank in CHOICES["status by an estimate"]
    return chosen(of_outlook(outlook), "status", "status by an estimate" if by_estimate else "status", lang)


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


def foreseen(outlook: Outlook, label: str, lang: str) -> Shown:
    """A projected value in the natural unit, in digits that its uncertainty allows, bound."""
    return _foreseen(outlook, label, lambda shown: with_measure(shown, outlook.projection.measure, lang), lang)


def foreseen_bare(outlook: Outlook, label: str, lang: str) -> Shown:
    """The same without the unit's name."""
    return _foreseen(outlook, label, lambda shown: shown, lang)


def _foreseen(outlook: Outlook, label: str, form: Callable[[str], str], lang: str) -> Shown:
    decimals = outlook.decimals_foreseen(of_outlook(outlook)[label])
    return said(outlook, f"{label}_foreseen", lambda value: form(number(value, decimals, lang)))


def plain_foreseen(value: float, outlook: Outlook, lang: str) -> str:
    """The characters of a projected value in the natural unit, in digits that its uncertainty allows."""
    return number(value, outlook.decimals_foreseen(value), lang)


def lacking(outlook: Outlook, label: str, lang: str) -> Shown:
    """What is still to be done in the natural unit, bound; a nought is printed only where nothing is."""
    projection = outlook.projection
    return said(
        outlook,
        label,
        lambda value: with_measure(number(value, compare.decimals_for(value, 0.0, projection.decimals), lang), projection.measure, lang),
    )


def paced(outlook: Outlook, label: str, lang: str, *, named: bool = False) -> Shown:
    """A pace, bound, in digits that keep it apart from the paces told beside it; `named` with its unit."""
    projection, beside = outlook.projection, (0.0, outlook.pace_needed, outlook.pace_so_far, outlook.best_pace)

    def form(own: float) -> str:
        digits = max(
            (compare.decimals_for(own, other, projection.decimals) for other in beside if other != own), default=projection.decimals
        )
        return with_measure(number(own, digits, lang), projection.measure, lang) if named else number(own, digits, lang)

    return said(outlook, label, form)


def against(outlook: Outlook, label: str, lang: str, points: Words | None = None) -> tuple[str | Shown, ...]:
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
    decimals = surplus_decimals(outlook) if label == "surplus_foreseen" else outlook.decimals_apart(value)
    return word, " ", said(outlook, label, lambda distance: with_measure(number(abs(distance), decimals, lang), measure, lang))


def threshold_text(outlook: Outlook, lang: str = "vi", *, target: Target | None = None) -> str:
    """The goal as the resolution words it: 'từ 14% trở lên', 'trên 90%', 'bằng 0 hộ'."""
    return "".join(part if isinstance(part, str) else part.text for part in goal(outlook, lang, target=target))


def status_note(point: Point, lang: str = "vi") -> str:
    """The status of a figure in brackets: '(ước)'."""
    return f"({STATUS_WORDS[point.kind][lang]})"


def derivation(outlook: Outlook, lang: str) -> list[str | Shown]:
    """How the last figure was worked out and by how much such numbers usually miss; nothing where an office published it."""
    derived = outlook.projection.seen[-1].derived if outlook.projection.seen else None
    if derived is None:
        return []
    found = of_outlook(outlook)
    if derived.exact or not np.isfinite(found["achieved_error"]):
        return [Quoted(derived.how[lang])]
    return [Quoted(derived.how[lang]), *filled(", usually off by {error}", lang, error=_off(outlook, lang))]


def _off(outlook: Outlook, lang: str) -> Shown:
    """By how much the last figure may be off, in the unit of differences."""
    projection = outlook.projection
    unit, decimals = projection.measure.difference, min(projection.decimals, 1) if projection.measure.points else projection.decimals
    return said(outlook, "achieved_error", lambda value: with_measure(number(value, decimals, lang), unit, lang))


def goal(outlook: Outlook, lang: str, *, target: Target | None = None, label: str = "") -> tuple[str | Shown, ...]:
    """The goal in words with its number bound: 'từ 80 doanh nghiệp trở lên', 'tăng từ 4% trở lên', 'giảm không quá 3%'."""
    target = target or outlook.target
    if target is None:
        return ("–",)
    ind, projection = outlook.indicator, outlook.projection
    measure = projection.measure if target.measure == "flow" else ind.measure
    label = label or ("target" if target is outlook.target else f"target_{target.version}")
    growing = ind.kind.rate == "growth" and target.measure != "flow"
    falling = growing and target.threshold < 0
    shown: str | Shown | list[str | Shown] = said(
        outlook, label, lambda value: with_measure(trimmed(abs(value) if falling else value, ind.decimals, lang), measure, lang)
    )
    if len(target.thresholds) > 1:
        low, high = (said(outlook, f"{label}_{end}", lambda value: trimmed(value, ind.decimals, lang)) for end in ("low", "high"))
        shown = filled(Text("somewhere between {low} and {high} {measure}", measure=measure), lang, low=low, high=high)
    parts = filled((FALLING_WORDS if falling else COMPARATOR_WORDS)[target.asks(ind)], lang, amount=shown)
    return tuple(filled("growth of {goal}", lang, goal=parts) if growing and not falling else parts)


def mark_of(outlook: Outlook, lang: str) -> list[str | Shown]:
    """The mark of comparison of a line without a target: 'mốc so sánh: từ 157.240 doanh nghiệp trở lên'; nothing where there is none."""
    mark = next((other.target for other in outlook.others if other.target.version == "reference"), None)
    if outlook.target is not None or mark is None:
        return []
    return filled("{mark}: {goal}", lang, mark=VERSION_WORDS["reference"], goal=goal(outlook, lang, target=mark))


def goal_in_amount(outlook: Outlook, lang: str) -> tuple[str | Shown, ...]:
    """The amount a rate asks for: ', tức 467,5 tỷ đồng'; nothing where the goal is an amount already."""
    projection = outlook.projection
    same = outlook.target is None or outlook.target.measure == "flow" or projection.measure.of_plan
    same = same or projection.measure == outlook.indicator.measure
    if same or not np.isfinite(outlook.threshold):
        return ()
    return tuple(filled(", that is {amount}", lang, amount=amount(outlook, "threshold", lang)))


def by_document(target: Target, lang: str) -> tuple[Quoted, ...]:
    """The document of the plan that set or amended a target, and its day: ', theo Nghị quyết 60-NQ/ĐU, ngày 01/11/2026'."""
    if not target.of_plan:
        return ()
    dated = f"{target.adopted:%d/%m/%Y}" in target.document
    by = (
        Text(", by {document}", document=target.document)
        if dated
        else Text(", by {document}, {day}", document=target.document, day=target.adopted)
    )
    return (Quoted(by[lang]),)


def aim(outlook: Outlook, target: Target, lang: str) -> list[str | Shown]:
    return [*goal(outlook, lang), *goal_in_amount(outlook, lang), *by_document(target, lang)]
