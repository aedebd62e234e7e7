"""What remains, until when, under which conditions and where: sentences and tables for the page, in both languages.

Words only: every number comes from `needs`, and stands on the page bound to its value and its indicator.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from kpi_lib import words
from kpi_lib.definitions.indicators import Unit
from kpi_lib.narrative import choices
from kpi_lib.narrative import outlooks as nr
from kpi_lib.outlook import milestones, required
from kpi_lib.outlook.areas import AreaShare, Split
from kpi_lib.outlook.milestones import Milestone
from kpi_lib.outlook.values.needs import of_conditions, of_milestones, of_split
from kpi_lib.outlook.verdict import GREY, STATUSES, Outlook
from kpi_lib.page.conditions import Piece, condition_sentences, filled, rest_of_year
from kpi_lib.page.markup import NUMBER, Column, Html, Stack, folded, table
from kpi_lib.record import verdicts
from kpi_lib.record.values.record import few, of_verdict, of_word
from kpi_lib.words.texts import Text
from kpi_lib.words.values import Values

FIRST_AREAS = 10  # rows shown at once; the others open on demand (and are printed)


def what_it_takes(outlook: Outlook, unit: Unit, lang: str = "vi") -> Stack:
    """What remains, until when it can still be caught up, what would have to be true, and its split over the unit's areas.

    Says in one line why there is nothing to say where the year is over, the figures are stale, or there is no target.
    """
    reason = _nothing(outlook, lang)
    if reason is not None:
        return Stack((reason,))
    marks = milestones.milestones(outlook)
    return Stack(
        (
            remains(outlook, unit, lang),
            point_of_no_return(outlook, lang),
            milestone_table(outlook, marks, lang),
            *condition_sentences(outlook, lang),
            *split_parts(outlook, unit, lang),
        )
    )


def _nothing(outlook: Outlook, lang: str) -> words.Sentence | None:
    if outlook.projection.complete:
        wording = Text("Đã có kết quả cả năm: không còn phần phải thực hiện.", "The year's result is known: nothing is left to be done.")
    elif outlook.status in GREY:
        wording = outlook.reason
    else:
        return None
    return words.Sentence((words.Quoted(wording[lang]),), style="note")


# ---- what remains ------------------------------------------------------------------------------------------------------------


def remains(outlook: Outlook, unit: Unit, lang: str = "vi") -> words.Sentence | None:
    """What is still to be done, in natural units and a month; None where the gap is said by the conditions alone."""
    if outlook.indicator.adds_up:
        known = milestones.catch_up(milestones.milestones(outlook)).state != "unknown"
        # One point of no return on a page: the one on the projected path, where it can be had.
        demanded = nr.demand(replace(outlook, no_return=None) if known else outlook, lang)
        return demanded and replace(demanded, style="fact")
    people = nr.people_missing(outlook, unit, lang)
    found = required.conditions(outlook)
    values = of_conditions(outlook)
    if people is None or found is None or "persons_a_month" not in values:
        return people and replace(people, style="fact")
    pace = words.counted(values, "persons_a_month", lang)
    rest = rest_of_year(found.since, outlook.projection.calendar)
    wording = Text(f" Bình quân phải thêm {{}} người/tháng trong {rest.vi}.", f" That is {{}} a month over {rest.en}.")
    return words.Sentence((*people.parts, *filled(wording, lang, pace)), style="fact")


# ---- until when --------------------------------------------------------------------------------------------------------------


def point_of_no_return(outlook: Outlook, lang: str = "vi") -> words.Sentence | None:
    """Until when the goal can still be caught up, on the projected path; None where no past year can be compared."""
    marks = milestones.milestones(outlook)
    found = milestones.catch_up(marks)
    if found.state == "unknown":
        return None
    if found.state == "holds":
        wording = Text(
            "Nếu các tháng tới diễn ra đúng như dự báo (mức giữa) thì cuối năm đạt mục tiêu, nên chưa có thời điểm “không còn kịp”; mức tối thiểu phải giữ ở từng tháng (tính theo {} năm có số để so sánh) xem bảng.",
            "If the months ahead go as projected (middle path), the year ends on target, so no point of no return lies ahead; the least to be held each month (number of past years compared: {}) is in the table.",
        )
        return words.Sentence(
            tuple(filled(wording, lang, words.counted(of_milestones(outlook, marks), "years_compared", lang))), style="fact"
        )
    mark = next(mark for mark in marks if mark.day == found.day)
    return words.Sentence(tuple(_late(found, mark, of_milestones(outlook, marks), outlook, lang)), style="fact")


def _late(found: milestones.Return, mark: Milestone, values: Values, outlook: Outlook, lang: str) -> list[Piece]:
    """The sentence where the middle path falls behind for good."""
    day = words.date_text(mark.day, lang)
    best, years = nr.amount(outlook, f"best_rest.{mark.day}", lang, values), words.counted(values, "years_compared", lang)
    if found.state == "gone":
        left = nr.amount(outlook, f"rest_needed.{mark.day}", lang, values)
        lead = Text("Tính đến ngày", "By") if mark.known else Text("Theo dự báo, đến ngày", "As projected, by")
        wording = Text(
            f"{lead.vi} {day}, phần còn lại ({{}}) đã lớn hơn mức cao nhất từng thực hiện từ thời điểm đó đến hết năm ({{}}, năm {outlook.projection.named(mark.best_year)}; {{}} năm có số để so sánh): chỉ đạt nếu làm được hơn mọi năm đó.",
            f"{lead.en} {day} more is left ({{}}) than was ever done from that day to a year's end ({{}}, in {outlook.projection.named(mark.best_year)}; {{}} years compared): the target is met only by doing better than all of them.",
        )
        return filled(wording, lang, left, best, years)
    past = mark.day < outlook.projection.as_of
    wording = Text(
        f"Theo dự báo (mức giữa), thời điểm cuối còn kịp {'là' if not past else 'đã qua, là'} ngày {day}; sau đó phần còn lại vượt mức cao nhất từng thực hiện từ thời điểm đó đến hết năm ({{}}, năm {outlook.projection.named(mark.best_year)}; {{}} năm có số để so sánh).",
        f"On the projected middle path the last day to catch up {'is' if not past else 'was'} {day}: after it more would be left than was ever done from that day to a year's end ({{}}, in {outlook.projection.named(mark.best_year)}; {{}} years compared).",
    )
    return filled(wording, lang, best, years)


def milestone_table(outlook: Outlook, marks: tuple[Milestone, ...], lang: str = "vi") -> Html | None:
    """What must have been reached by each month's end, what the projection says it will be, and how likely that is."""
    if len(marks) < 2:
        return None
    columns = (
        Column(Text("Đến hết ngày", "By the end of"), heads_row=True),
        Column(Text("Luỹ kế tối thiểu phải đạt", "Must have reached"), NUMBER),
        Column(Text("Dự báo (mức giữa)", "Projected (middle)"), NUMBER),
        Column(Text("Khả năng đạt mốc", "Chance of reaching it"), NUMBER),
    )
    values = of_milestones(outlook, marks)
    rows = [_milestone_row(outlook, mark, values, lang) for mark in marks]
    captions = Text(
        "Mốc phải đạt từng tháng để phần còn lại không vượt mức cao nhất từng thực hiện",
        "Least to be reached by each month's end so that the rest stays within the best ever done",
    )
    measure = outlook.projection.measure[lang]
    return table(columns, rows, caption=f"{captions[lang]} ({measure})", lang=lang, kind="milestones slim")


def _milestone_row(outlook: Outlook, mark: Milestone, values: Values, lang: str) -> tuple[object, ...]:
    median = nr.bare(outlook, f"median.{mark.day}", lang, values)
    chance: object = words.likely(values, f"milestone_chance.{mark.day}", lang)
    reached = (median, f" {nr.status_note(outlook.projection.seen[-1], lang)}") if mark.known else (median,)
    if mark.chance in (0.0, 1.0):
        chance = choices.chosen(values, f"milestone_chance.{mark.day}", "milestone", lang)
    return (words.date_text(mark.day, lang), nr.bare(outlook, f"milestone.{mark.day}", lang, values), reached, chance)


# ---- where -------------------------------------------------------------------------------------------------------------------


def split_parts(outlook: Outlook, unit: Unit, lang: str = "vi") -> tuple[object, ...]:
    """What remains by area: a sentence with both sums, the areas with the most to do, and the others to open; empty without a split."""
    found = milestones.split(outlook, unit)
    if found is None:
        return ()
    columns = (
        Column(Text("Địa bàn", "Area"), heads_row=True, quotes=True),
        Column(_given_heading(found), NUMBER),
        Column(Text(f"Phần phải thực hiện ({found.measure.vi})", f"To be done ({found.measure.en})"), NUMBER),
    )
    values = of_split(outlook, unit)
    rows = [_area_row(found, part, values, lang) for part in found.parts]
    caption = Text("Phần còn lại chia theo địa bàn, nơi nhiều nhất xếp trước", "What remains by area, the most first")
    shown = table(columns, rows[:FIRST_AREAS], caption=caption[lang], lang=lang, kind="split slim")
    if len(rows) <= FIRST_AREAS:
        return (_split_sentence(found, values, lang), shown)
    others = Text(f"{len(rows) - FIRST_AREAS} địa bàn còn lại", f"The other {len(rows) - FIRST_AREAS} areas")
    rest = Text("Các địa bàn còn lại", "The other areas")
    more = table(columns, rows[FIRST_AREAS:], caption=rest[lang], lang=lang, kind="split slim")
    return (_split_sentence(found, values, lang), shown, folded(others[lang], more))


def _given_heading(found: Split) -> Text:
    if found.kind == "need":
        return Text(f"Địa bàn báo còn thiếu ({found.given_measure})", "Reported as lacking")
    return Text(f"Trọng số ({found.given_measure})", f"Weight ({found.given_measure})")


def _area_row(found: Split, part: AreaShare, values: Values, lang: str) -> tuple[object, ...]:
    decimals = max(-int(part.given.normalize().as_tuple().exponent), 0)
    return (
        part.area,
        words.plainly(values, f"area_given.{part.area}", decimals, lang),
        words.plainly(values, f"area.{part.area}", found.decimals, lang),
    )


def _split_sentence(found: Split, values: Values, lang: str) -> words.Sentence:
    """Where the split comes from; for needs the sum of what the areas reported beside what the unit has to do."""
    total = words.bound(values, "split", lambda value: words.with_measure(words.number(value, found.decimals, lang), found.measure, lang))
    areas = words.counted(values, "areas", lang)
    day = words.date_text(found.published, lang)
    source = ", ".join(found.sources)
    if found.kind == "weight":
        wording = Text(
            f"Phần còn lại {{}} chia cho {{}} địa bàn theo trọng số ({found.given_measure}; số ngày {day}; nguồn: {source}).",
            f"The remaining {{}} are divided over {{}} areas by weight ({found.given_measure}; figures of {day}; source: {source}).",
        )
        return words.Sentence(tuple(filled(wording, lang, total, areas)), style="fact")
    given = words.plainly(values, "split_given", 0 if found.given == int(found.given) else 1, lang)
    wording = Text(
        f"{{}} địa bàn báo còn thiếu tổng cộng {{}} {found.given_measure} (số ngày {day}; nguồn: {source}); để đạt mục tiêu cần {{}}{_excess(found).vi}.",
        f"{{}} areas report {{}}{f' {found.measure.en}' if found.comparable else ''} lacking in all (figures of {day}; source: {source}); the target asks for {{}}{_excess(found).en}.",
    )
    return words.Sentence(tuple(filled(wording, lang, areas, given, total)), style="fact")


def _excess(found: Split) -> Text:
    """What follows from the two sums."""
    if not found.comparable:
        return Text(", chia theo tỷ lệ số còn thiếu", ", divided in proportion to what they lack")
    if found.amount > found.given:
        return Text(
            ", nhiều hơn số các địa bàn báo: phải rà soát lại danh sách; bảng chia theo tỷ lệ số còn thiếu",
            ", more than the areas report: the lists have to be checked; the table divides in proportion to what they lack",
        )
    if found.amount == found.given:
        return Text(", đúng bằng số các địa bàn báo", ", exactly what the areas report")
    return Text(", chia theo tỷ lệ số còn thiếu của từng địa bàn", ", divided in proportion to what each area lacks")


# ---- how often right ---------------------------------------------------------------------------------------------------------


def verdict_record(errors: pd.DataFrame, outlook: Outlook, lang: str = "vi") -> words.Sentence:
    """How often such a verdict was right before, and how often the year ended inside the 80 % interval."""
    found = verdicts.record_of_verdict(errors, outlook)
    verdict = outlook.judged and outlook.status not in ("met", "missed")
    values = of_verdict(errors, outlook)
    pieces = [*([*_word_record(found, values, lang), " "] if verdict else []), *_interval_record(outlook, found, values, lang)]
    return words.Sentence(tuple(pieces), style="fact")


def _word_record(found: verdicts.VerdictRecord, values: Values, lang: str) -> list[Piece]:
    word = STATUSES[found.word].name
    if not found.n:
        wording = Text(
            f"Dự báo lại các năm trước chưa lần nào cho kết luận “{word.vi}” ở chỉ tiêu này mà có mục tiêu năm đó để đối chiếu.",
            f"Replays of past years never gave the verdict “{word.en}” here with a target of that year to hold it against.",
        )
        return [wording[lang]]
    n, years, met = (words.counted(values, label, lang) for label in ("verdicts", "verdict_years", "verdicts_met"))
    wording = Text(
        f"Dự báo lại các năm trước, chỉ tiêu này {{}} lần (của {{}} năm) được kết luận “{word.vi}”, trong đó {{}} lần cuối năm đạt mục tiêu",
        f"In replays of past years this line was called “{word.en}” {{}} {_many('time', found.n)} (in {{}} {_many('year', found.years)}), and {{}} {_many('time', found.met)} the target was then met",
    )
    tail = Text("; quá ít năm để coi là tỷ lệ", "; too few years to make a rate of")[lang] if found.few_verdicts else ""
    return [*filled(wording, lang, n, years, met), f"{tail}."]


def _many(word: str, number: int) -> str:
    return word if number == 1 else f"{word}s"


def _interval_record(outlook: Outlook, found: verdicts.VerdictRecord, values: Values, lang: str) -> list[Piece]:
    if not found.within80_n:
        return [
            Text(
                "Chưa có năm nào đủ số để dự báo lại ở thời điểm này.",
                "No past year has enough figures to be replayed at this time of the year.",
            )[lang]
        ]
    n, inside = words.counted(values, "replays", lang), words.counted(values, "replays_inside80", lang)
    wording = Text(
        "Ở cùng thời điểm của {} năm trước, kết quả cả năm {} lần nằm trong khoảng 80 %; mức giữa lệch bình quân {}",
        f"At this time of {{}} past {_many('year', found.within80_n)} the outturn lay inside the 80 % interval {{}} {_many('time', found.within80)}; the middle was off by {{}} on average",
    )
    tail = Text("; quá ít năm để đánh giá", "; too few years to judge by")[lang] if found.few_replays else ""
    return [*filled(wording, lang, n, inside, _off(outlook, values, lang)), f"{tail}."]


def _off(outlook: Outlook, values: Values, lang: str) -> words.Shown:
    """Amounts in percent of the outturn; rates, levels and counts in their own unit, for a percentage of a percentage misleads."""
    if outlook.indicator.adds_up and np.isfinite(values["off_percent"]):
        return words.plainly(values, "off_percent", 1, lang, " %")
    unit = outlook.indicator.measure.difference
    return words.plainly(values, "off", max(outlook.projection.decimals, 1), lang, f" {unit[lang]}")


def verdict_table(errors: pd.DataFrame, lang: str = "vi") -> Html:
    """Every status word given in replays: how often, on how many targets, and how often the target was then met."""
    columns = (
        Column(Text("Kết luận", "Verdict"), heads_row=True),
        Column(Text("Số lần", "Times given"), NUMBER),
        Column(Text("Số mục tiêu", "Targets"), NUMBER),
        Column(Text("Sau đó đạt", "Then met"), NUMBER),
        Column(Text("Tỷ lệ đạt", "Share met"), NUMBER),
        Column(Text("Xác suất đã nêu, bình quân", "Mean chance stated"), NUMBER),
    )
    rows = [_verdict_row(row, lang) for row in verdicts.verdicts(errors).to_dict("records")]
    caption = Text("Kết luận những lần dự báo lại và kết quả cuối năm", "Verdicts in replays of past years, and what came of them")
    return table(columns, rows, caption=caption[lang], lang=lang, kind="verdicts")


def _verdict_row(row: dict, lang: str) -> tuple[object, ...]:
    found = of_word(row)
    return (
        STATUSES[row["status"]].name[lang],
        *(words.counted(found, label, lang) for label in ("given", "targets", "met")),
        Text("quá ít", "too few")[lang] if few(row) else words.likely(found, "rate", lang),
        words.likely(found, "stated", lang),
    )
