"""The words of the what-if control and its table of scenarios; page and JupyterLab fill the same patterns."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from kpi_lib import compare
from kpi_lib import narrative as nr
from kpi_lib.indicators import Text
from kpi_lib.markup import NUMBER, Column, Html, table
from kpi_lib.outlook import STATUSES

if TYPE_CHECKING:
    from kpi_lib.whatif import Needed, Scenario

_WORDS = {
    "title": Text("Nếu… thì sao?", "What if…?"),
    "last_year": Text("Các tháng còn lại so với cùng kỳ năm trước", "Months left against the same months of last year"),
    "projection": Text("Các tháng còn lại cao (+) hoặc thấp (−) hơn dự báo", "Months left above (+) or below (−) the projection"),
    "shift": Text("Giá trị cuối năm cao (+) hoặc thấp (−) hơn dự báo", "Year-end value above (+) or below (−) the projection"),
    "ofLast": Text("{} % cùng kỳ năm trước", "{} % of the same months last year"),
    "ofProjection": Text("{} % so với dự báo", "{} % against the projection"),
    "asProjected": Text("như dự báo", "as projected"),
    "above": Text("cao hơn dự báo {} %", "{} % above the projection"),
    "below": Text("thấp hơn dự báo {} %", "{} % below the projection"),
    "more": Text("thêm {} người", "{} more people"),
    "fewer": Text("bớt {} người", "{} fewer people"),
    "event": Text("Một khoản riêng (đấu giá đất, dự án, …)", "A separate sum (a land auction, a project, …)"),
    "amount": Text("Số tiền, số lượng ({})", "Amount ({})"),
    "month": Text("Vào tháng", "In month"),
    "chance": Text("Khả năng có khoản này", "Chance that it comes"),
    "table": Text("Bảng các kịch bản", "Table of scenarios"),
    "reset": Text("Đặt lại như dự báo", "Back to the projection"),
    "probability": Text("Khả năng đạt", "Chance of meeting the target"),
    "year": Text("Dự báo cả năm", "The year is projected at"),
    "end": Text("Dự báo cuối năm", "The year-end value is projected at"),
    "supposedYear": Text("Cả năm theo kịch bản", "The year in this scenario"),
    "supposedEnd": Text("Cuối năm theo kịch bản", "The year-end value in this scenario"),
    "interval": Text("khoảng 80 %", "80 % interval"),
    "rest": Text("Phần còn lại", "Still to come"),
    "restProjected": Text("dự báo {}", "projected {}"),
    "restLast": Text("cùng kỳ năm trước {}", "same months last year {}"),
    "target": Text("mục tiêu", "target"),
    "median": Text("dự báo", "projection"),
    "supposed": Text("kịch bản", "scenario"),
    "half": Text("Để có khả năng đạt 50 %: ít nhất {}", "For a 50 % chance: at least {}"),
    "halfLess": Text("Để có khả năng đạt 50 %: không quá {}", "For a 50 % chance: no more than {}"),
    "halfAlways": Text(
        "Ở mọi mức trong phạm vi thanh trượt, khả năng đạt đều từ 50 % trở lên", "Anywhere on the slider the chance is 50 % or more"
    ),
    "halfNever": Text("Trong phạm vi thanh trượt, không mức nào có khả năng đạt 50 %", "Nowhere on the slider does the chance reach 50 %"),
    "against": Text("so với dự báo", "against the projection"),
    "scenario": Text("KỊCH BẢN GIẢ ĐỊNH, không phải dự báo", "SUPPOSED SCENARIO, not the projection"),
    "keys": Text(
        "Dải đậm dần: khoảng 95, 80, 50 %. Nét đứt: giá trị giữa.", "Bands, from pale to dark: 95, 80, 50 % intervals. Dashed: the median."
    ),
    "keysLast": Text("Chấm nhỏ: năm trước.", "Dotted: last year."),
    "keysGhost": Text("Nét mảnh: dự báo đã công bố.", "Thin: the published projection."),
}
_HEADS = {
    "last_year": Text("Các tháng còn lại", "Months left"),
    "projection": Text("Các tháng còn lại so với dự báo", "Months left against the projection"),
    "shift": Text("Giá trị cuối năm so với dự báo", "Year-end value against the projection"),
}


def words(lang: str) -> dict[str, str]:
    """The patterns in one language; `{}` is where a number goes."""
    return {key: text[lang] for key, text in _WORDS.items()}


def _decimals(data: Mapping[str, Any], value: float) -> int:
    return compare.decimals_for(value, data["threshold"], data["decimals"])


def near(data: Mapping[str, Any], value: float) -> str:
    """A year-end value in figures; rounding never moves it onto or over the target."""
    return nr.number(value, _decimals(data, value), data["lang"])


def goal_text(data: Mapping[str, Any], beside: float) -> str:
    """The target in figures, as finely as the value that stands beside it."""
    return nr.number(data["threshold"], _decimals(data, beside), data["lang"])


def position_text(data: Mapping[str, Any], position: int) -> str:
    """What a position of the slider means: '118 % cùng kỳ năm trước (cao hơn dự báo 19 %)', '+0,12 điểm phần trăm (thêm 72 người)'."""
    say, lang, lever = data["words"], data["lang"], data["lever"]
    if lever["mode"] == "last_year":
        head = say["ofLast"].format(nr.number(position, 0, lang))
        if position == lever["start"]:
            return f"{head} ({say['asProjected']})"
        difference = 100 * (position / lever["ratio"] - 1)
        shown = nr.number(abs(difference), 0 if abs(difference) >= 1 else 1, lang)
        return f"{head} ({say['above' if difference > 0 else 'below'].format(shown)})"
    if position == lever["start"]:
        return str(say["asProjected"])
    if lever["mode"] == "projection":
        return str(say["ofProjection"].format(nr.signed(position, 0, lang)))
    shift = position * lever["step"]
    return f"{nr.signed(shift, data['decimals'], lang)} {data['shiftUnit']}{_people(data, shift)}"


def position_parts(data: Mapping[str, Any], position: int) -> tuple[str | nr.Shown, ...]:
    """What a position means, each number bound: the share of last year and the distance from the projection, or the shift and its persons."""
    lever, of = data["lever"], f"whatif.{data['id']}.{position}"
    if lever["mode"] == "last_year":
        values = {"of_last_year": float(position), "against": 100 * (position / lever["ratio"] - 1)}
    elif lever["mode"] == "projection":
        values = {"against": float(position)}
    else:
        shift = position * lever["step"]
        values = {"shift": shift, "persons": abs(shift) * (data["people"] or 0) / 100}
    pieces = re.split(r"(\d+(?:[.,]\d+)*)", position_text(data, position))
    said = iter(values.items())
    return tuple(nr.Shown(*next(said), piece, of=of) if number % 2 else piece for number, piece in enumerate(pieces))


def _people(data: Mapping[str, Any], shift: float) -> str:
    if not data["people"]:
        return ""
    count = nr.number(abs(shift) * data["people"] / 100, 0, data["lang"])
    return f" ({data['words']['more' if shift > 0 else 'fewer'].format(count)})"


def needed_text(data: Mapping[str, Any], found: Needed | None) -> str:
    """The sentence about the position with a chance of 50 %, empty where the question has no answer."""
    if found is None:
        return ""
    say = data["words"]
    if found.state != "at":
        return say["halfAlways" if found.state == "always" else "halfNever"] + "."
    pattern = say["half" if data["upwards"] else "halfLess"]
    where = position_text(data, found.position)
    if data["lever"]["mode"] == "shift" and found.position != data["lever"]["start"]:
        where = f"{where} {say['against']}"
    return pattern.format(where) + "."


def _needed_parts(data: Mapping[str, Any], found: Needed | None) -> tuple[str | nr.Shown, ...]:
    """The same sentence with its numbers bound."""
    text = needed_text(data, found)
    if found is None or found.state != "at":
        return (text,) if text else ()
    where = position_text(data, found.position)
    before, after = text.split(where, 1)
    return before, *position_parts(data, found.position), after


def result_texts(data: Mapping[str, Any], found: Scenario, *, moved: bool) -> list[str]:
    """What the control says besides the chance: the year with its interval, and what is still to come."""
    say, lang, decimals = data["words"], data["lang"], data["decimals"]
    adds_up = data["lever"]["mode"] != "shift"

    def measured(text: str) -> str:
        return nr.with_measure(text, Text(data["measure"], data["measure"]), lang)

    lead = say[("supposedYear" if adds_up else "supposedEnd") if moved else ("year" if adds_up else "end")]
    band = f"{near(data, found.low80)} – {near(data, found.high80)}"
    goal = goal_text(data, found.median)
    lines = [f"{lead} {measured(near(data, found.median))} ({say['interval']}: {band}); {say['target']}: {goal}."]
    if adds_up:
        rest, projected = found.median - data["achieved"], data["base"]["median"] - data["achieved"]
        beside = [say["restProjected"].format(nr.number(projected, decimals, lang))] if moved else []
        if data["lastLeft"] is not None:
            beside.append(say["restLast"].format(nr.number(data["lastLeft"], decimals, lang)))
        note = f" ({'; '.join(beside)})" if beside else ""
        lines.append(f"{say['rest']}: {measured(nr.number(rest, decimals, lang))}{note}.")
    return lines


def keys_text(data: Mapping[str, Any], *, moved: bool) -> str:
    """What the lines of the picture mean."""
    names = ["keys", *(["keysLast"] if data["before"] else []), *(["keysGhost"] if moved else [])]
    return " ".join(data["words"][name] for name in names)


def table_of(data: Mapping[str, Any], rows: Sequence[tuple[int, Scenario]], found: Needed | None) -> Html:
    """The table of scenarios with the position needed above it, for paper and for a reader without scripts."""
    lang, of = data["lang"], f"whatif.{data['id']}"
    columns = (
        Column(_HEADS[data["lever"]["mode"]], heads_row=True),
        Column(Text("Cả năm", "The year"), NUMBER),
        Column(Text("Khoảng 80 %", "80 % interval"), NUMBER),
        Column(Text("Khả năng đạt", "Chance"), NUMBER),
    )
    body = []
    for position, year in rows:

        def shown(label: str, value: float, at: int = position) -> nr.Shown:
            return nr.Shown(f"{at}.{label}", value, near(data, value), of=of)

        chance = nr.Shown(f"{position}.probability", year.probability, nr.chance(year.probability, lang), of=of, share=True)
        body.append(
            (
                position_parts(data, position),
                (shown("median", year.median), f" {data['measure']}"),
                (shown("low80", year.low80), " – ", shown("high80", year.high80)),
                (chance, f", {STATUSES[year.status].name[lang]}"),
            )
        )
    note = _needed_parts(data, found)
    lead = nr.Sentence(note, style="note")._repr_html_() if note else ""
    return Html(lead + table(columns, body, caption="Scenarios" if lang == "en" else "Các kịch bản", lang=lang).markup)
