"""The words of the what-if: what a position of the slider means, the script's patterns, the table of scenarios."""

from __future__ import annotations

import math
from collections.abc import Sequence

from kpi_lib import compare, words
from kpi_lib.narrative import choices
from kpi_lib.outlook.scenarios import Draws, Lever, Needed, comparator_of, needed, positions, scenario_at
from kpi_lib.outlook.values.whatif import of_position, of_scenario
from kpi_lib.outlook.verdict import Outlook
from kpi_lib.page.markup import NUMBER, Column, Html, table
from kpi_lib.words.texts import Text
from kpi_lib.words.values import Values

_SAME_EVERYWHERE = {
    "event": Text("Một khoản riêng (đấu giá đất, dự án, …)", "A separate sum (a land auction, a project, …)"),
    "month": Text("Vào tháng", "In month"),
    "chance": Text("Khả năng có khoản này", "Chance that it comes"),
    "table": Text("Bảng các kịch bản", "Table of scenarios"),
    "reset": Text("Đặt lại như dự báo", "Back to the projection"),
    "probability": Text("Khả năng đạt", "Chance of meeting the target"),
    "percent": Text("{number} %", "{number} %"),
    "target": Text("mục tiêu", "target"),
    "median": Text("dự báo", "projection"),
    "supposed": Text("kịch bản", "scenario"),
    "always": Text(
        "Ở mọi mức trong phạm vi thanh trượt, khả năng đạt đều từ 50 % trở lên.", "Anywhere on the slider the chance is 50 % or more."
    ),
    "never": Text("Trong phạm vi thanh trượt, không mức nào có khả năng đạt 50 %.", "Nowhere on the slider does the chance reach 50 %."),
    "scenario": Text("KỊCH BẢN GIẢ ĐỊNH, không phải dự báo", "SUPPOSED SCENARIO, not the projection"),
}
_LEVER = {
    "last_year": Text("Các tháng còn lại so với cùng kỳ năm trước", "Months left against the same months of last year"),
    "projection": Text("Các tháng còn lại cao (+) hoặc thấp (−) hơn dự báo", "Months left above (+) or below (−) the projection"),
    "shift": Text("Giá trị cuối năm cao (+) hoặc thấp (−) hơn dự báo", "Year-end value above (+) or below (−) the projection"),
}
_HEADS = {
    "last_year": Text("Các tháng còn lại", "Months left"),
    "projection": Text("Các tháng còn lại so với dự báo", "Months left against the projection"),
    "shift": Text("Giá trị cuối năm so với dự báo", "Year-end value against the projection"),
}
_AMOUNT = Text("Số tiền, số lượng ({measure})", "Amount ({measure})")
_BAND = Text(" {median} (khoảng 80 %: {low} – {high}); mục tiêu: {goal}.", " {median} (80 % interval: {low} – {high}); target: {goal}.")
_YEAR = Text("Dự báo cả năm", "The year is projected at"), Text("Cả năm theo kịch bản", "The year in this scenario")
_END = Text("Dự báo cuối năm", "The year-end value is projected at"), Text("Cuối năm theo kịch bản", "The year-end value in this scenario")
_REST = Text("Phần còn lại: {rest}", "Still to come: {rest}")
_REST_PROJECTED = Text("dự báo {}", "projected {}")
_REST_LAST = Text("cùng kỳ năm trước {}", "same months last year {}")
_KEYS = Text(
    "Dải đậm dần: khoảng 95, 80, 50 %. Nét đứt: giá trị giữa.", "Bands, from pale to dark: 95, 80, 50 % intervals. Dashed: the median."
)
_KEYS_LAST = Text(" Chấm nhỏ: năm trước.", " Dotted: last year.")
_KEYS_SUPPOSED = Text(" Nét mảnh: dự báo đã công bố.", " Thin: the published projection.")
_AT_LEAST = Text("Để có khả năng đạt 50 %: ít nhất {where}.", "For a 50 % chance: at least {where}.")
_AT_MOST = Text("Để có khả năng đạt 50 %: không quá {where}.", "For a 50 % chance: no more than {where}.")
_OF_LAST = Text("{} % cùng kỳ năm trước", "{} % of the same months last year")
_OF_PROJECTION = Text("{} % so với dự báo", "{} % against the projection")
_AS_PROJECTED = Text("như dự báo", "as projected")
_AGAINST = {1: Text("cao hơn dự báo {} %", "{} % above the projection"), -1: Text("thấp hơn dự báo {} %", "{} % below the projection")}
_PERSONS = {1: Text("thêm {} người", "{} more people"), -1: Text("bớt {} người", "{} fewer people")}
_SHIFTED = Text("{where} so với dự báo", "{where} against the projection")

Piece = str | words.Shown


def script_words(outlook: Outlook, lever: Lever, lang: str, *, below: bool) -> dict[str, str]:
    """The script's words for a line; in braces stands what it fills in. `below`: whether last year is drawn under the line."""
    lead, supposed = (lead[lang] + _BAND[lang] for lead in (_END if lever.mode == "shift" else _YEAR))
    keys, half = _KEYS[lang] + (_KEYS_LAST[lang] if below else ""), _half(outlook, lang)
    return {
        **{name: text[lang] for name, text in _SAME_EVERYWHERE.items()},
        "lever": _LEVER[lever.mode][lang],
        "amount": _AMOUNT[lang].format(measure=outlook.projection.measure[lang]),
        "year": lead,
        "supposed_year": supposed,
        "rest": _rest(outlook, lever, lang, supposed=False),
        "supposed_rest": _rest(outlook, lever, lang, supposed=True),
        "keys": keys,
        "supposed_keys": keys + _KEYS_SUPPOSED[lang],
        "half": half.replace("{where}", _SHIFTED[lang]) if lever.mode == "shift" else half,
        "half_at_start": half,
    }


def _half(outlook: Outlook, lang: str) -> str:
    return (_AT_LEAST if compare.upwards(comparator_of(outlook)) else _AT_MOST)[lang]


def _rest(outlook: Outlook, lever: Lever, lang: str, *, supposed: bool) -> str:
    """What is still to come, beside what is projected and what last year brought."""
    projection, achieved = outlook.projection, Draws(outlook).achieved
    known = [(_REST_PROJECTED, projection.quantile(0.5) - achieved)] if supposed else []
    known += [(_REST_LAST, lever.last_left)] if math.isfinite(lever.last_left) else []
    beside = "; ".join(text[lang].format(words.number(value, projection.decimals, lang)) for text, value in known)
    return _REST[lang] + (f" ({beside})" if beside else "") + "."


def place_parts(outlook: Outlook, lever: Lever, position: int, lang: str) -> tuple[Piece, ...]:
    """What a position of the slider means, each number bound: '118 % cùng kỳ năm trước (cao hơn dự báo 19 %)', '+0,12 điểm phần trăm'."""
    found = of_position(outlook, lever, position)
    if lever.mode == "last_year":
        head = _filled(_OF_LAST[lang], words.counted(found, "of_last_year", lang))
        if position == lever.start:
            return *head, f" ({_AS_PROJECTED[lang]})"
        far = words.bound(found, "against", lambda value: words.number(abs(value), 0 if abs(value) >= 1 else 1, lang))
        return *head, " (", *_worded(found, "against", _AGAINST, far, lang), ")"
    if position == lever.start:
        return (_AS_PROJECTED[lang],)
    if lever.mode == "projection":
        return _filled(_OF_PROJECTION[lang], words.bound(found, "against", lambda value: words.signed(value, 0, lang)))
    shift = words.bound(found, "shift", lambda value: words.signed(value, outlook.projection.decimals, lang))
    points = f" {outlook.projection.measure.difference[lang]}"
    if "persons" not in found:
        return shift, points
    return shift, points, " (", *_worded(found, "shift", _PERSONS, words.counted(found, "persons", lang), lang, "more"), ")"


def place_words(outlook: Outlook, lever: Lever, position: int, lang: str) -> str:
    """The same as plain text."""
    return "".join(piece if isinstance(piece, str) else piece.text for piece in place_parts(outlook, lever, position, lang))


def _filled(pattern: str, *pieces: Piece, field: str = "{}") -> tuple[Piece, ...]:
    """A pattern with pieces in the place of its field."""
    before, after = pattern.split(field)
    return tuple(piece for piece in (before, *pieces, after) if piece != "")


def _worded(
    found: Values, label: str, patterns: dict[int, Text], shown: words.Shown, lang: str, choice: str = "against"
) -> tuple[Piece, ...]:
    """The pattern of a value's sign with a number in it, its word bound to the value that chose it."""
    word = choices.chosen(found, label, choice, lang)
    pieces: list[Piece] = []
    for piece in _filled(patterns[word.case][lang], shown):
        before, held, after = piece.partition(word) if isinstance(piece, str) else (piece, "", "")
        pieces += [part for part in (before, word if held else "", after) if part != ""]
    return tuple(pieces)


def needed_parts(outlook: Outlook, lever: Lever, found: Needed | None, lang: str) -> tuple[Piece, ...]:
    """The sentence about the position with a chance of 50 %, each number bound; empty where the question has no answer."""
    if found is None:
        return ()
    if found.state != "at":
        return (_SAME_EVERYWHERE[found.state][lang],)
    where = place_parts(outlook, lever, found.position, lang)
    if lever.mode == "shift" and found.position != lever.start:
        where = _filled(_SHIFTED[lang], *where, field="{where}")
    return _filled(_half(outlook, lang), *where, field="{where}")


def table_of(outlook: Outlook, lever: Lever, lang: str) -> Html:
    """The table of scenarios with the position needed above it, for paper and for a reader without scripts."""
    columns = (
        Column(_HEADS[lever.mode], heads_row=True),
        Column(Text("Cả năm", "The year"), NUMBER),
        Column(Text("Khoảng 80 %", "80 % interval"), NUMBER),
        Column(Text("Khả năng đạt", "Chance"), NUMBER),
    )
    note = needed_parts(outlook, lever, needed(outlook, lever), lang)
    lead = Html(words.Sentence(note, style="note").__html__() if note else "")
    body = [_row(outlook, lever, position, lang) for position in positions(lever)]
    return lead + table(columns, body, caption=Text("Các kịch bản", "Scenarios")[lang], lang=lang)


def _row(outlook: Outlook, lever: Lever, position: int, lang: str) -> Sequence[object]:
    found = of_scenario(outlook.indicator.id, position, scenario_at(outlook, lever, position))
    decimals, goal = outlook.projection.decimals, outlook.threshold
    median, low, high = (
        words.bound(found, label, lambda value: words.number(value, compare.decimals_for(value, goal, decimals), lang))
        for label in ("median", "low80", "high80")
    )
    return (
        place_parts(outlook, lever, position, lang),
        (median, f" {outlook.projection.measure[lang]}"),
        (low, " – ", high),
        (words.likely(found, "probability", lang), ", ", choices.chosen(found, "status", "status", lang)),
    )
