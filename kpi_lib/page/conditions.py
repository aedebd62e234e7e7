"""What would have to be true for a target to be met, in sentences; every number bound to its value and its indicator."""

from __future__ import annotations

import datetime as dt
import math

from kpi_lib import compare, words
from kpi_lib.narrative import choices
from kpi_lib.narrative import outlooks as nr
from kpi_lib.outlook import required
from kpi_lib.outlook.required import Aim, Conditions, Tally
from kpi_lib.outlook.values.needs import of_conditions
from kpi_lib.outlook.verdict import Outlook
from kpi_lib.periods import MONTHS, QUARTER, Calendar
from kpi_lib.words.texts import Text

Piece = str | words.Shown


def filled(wording: Text, lang: str, *numbers: Piece) -> list[Piece]:
    """Words with numbers in the place of each {}."""
    pieces: list[Piece] = []
    for number, text in enumerate(wording[lang].split("{}")):
        pieces += ([numbers[number - 1]] if number else []) + ([text] if text else [])
    return pieces


def condition_sentences(outlook: Outlook, lang: str = "vi") -> tuple[words.Sentence, ...]:
    """What would have to be true for the target to be met, and for an 80 % chance of it; empty where nothing can be said."""
    found = required.conditions(outlook)
    if found is None:
        return ()
    even, sure = {
        "amount": (_exact_amount, _sure_amount),
        "growth": (_exact_growth, _sure_growth),
        "change": (_exact_change, _sure_change),
    }[found.kind]
    said = [(even if aim.sure == 0.5 else sure)(outlook, found, aim, lang) for aim in found.aims]
    return tuple(words.Sentence((*parts, "."), style="fact") for parts in said if parts)


def rest_of_year(since: dt.date | None, calendar: Calendar) -> Text:
    """The months after a day as an office names them: '3 tháng cuối năm', 'tháng 12', 'cả năm'."""
    if since is None or calendar.is_year_end(since):
        return Text("cả năm", "the whole year")
    if not calendar.is_month_end(since):
        return Text(f"từ sau ngày {since:%d/%m} đến hết năm", f"the rest of the year after {since.day} {since:%B}")
    year, month = calendar.month_of(since)
    left, last = MONTHS - month, calendar.end(year)
    return Text(f"tháng {last.month}", f"{last:%B}") if left == 1 else Text(f"{left} tháng cuối năm", f"the last {left} months")


def _years(outlook: Outlook, label: str, found: Tally, lang: str) -> list[Piece]:
    """In how many of the comparable years it was so, in brackets; nothing where none can be compared."""
    if not found.of:
        return []
    met, of = (words.counted(of_conditions(outlook), f"{label}_{part}", lang) for part in ("met", "of"))
    if found.of == 1:
        yes = Text(" (năm duy nhất có số để so sánh đã làm được)", " (done in the only year that can be compared)")
        no = Text(" (năm duy nhất có số để so sánh chưa làm được)", " (not done in the only year that can be compared)")
        return [(yes if found.met else no)[lang]]
    if found.met == 0:
        return filled(
            Text(" (chưa năm nào trong {} năm có số để so sánh làm được)", " (done in none of the {} years that can be compared)"), lang, of
        )
    if found.met == found.of:
        return filled(Text(" (cả {} năm có số để so sánh đều làm được)", " (done in all {} years that can be compared)"), lang, of)
    wording = Text(" ({} trong {} năm có số để so sánh đã làm được)", " (done in {} of the {} years that can be compared)")
    return filled(wording, lang, met, of)


# ---- amounts -----------------------------------------------------------------------------------------------------------------


def _exact_amount(outlook: Outlook, found: Conditions, aim: Aim, lang: str) -> list[Piece]:
    rest = rest_of_year(found.since, outlook.projection.calendar)
    pieces: list[Piece] = []
    if math.isfinite(aim.of_last_year):
        share = words.plainly(of_conditions(outlook), "of_last_year50", 0, lang, " %")
        wording = Text(f"{rest.vi} phải bằng {{}} cùng kỳ năm trước", f"{rest.en} must bring {{}} of the same months last year")
        pieces += [*filled(wording, lang, share), *_years(outlook, "grew50", aim.grew, lang)]
    if math.isfinite(aim.of_pace):
        times = words.plainly(of_conditions(outlook), "of_pace50", 2, lang)
        short = Text("; bình quân tháng phải bằng {} lần bình quân từ đầu năm", "; a month, {} times the pace so far")
        alone = Text(
            f"bình quân tháng trong {rest.vi} phải bằng {{}} lần bình quân từ đầu năm",
            f"{rest.en} must run at {{}} times the pace so far",
        )
        pieces += [*filled(short if pieces else alone, lang, times), *_years(outlook, "ran50", aim.ran, lang)]
    return [Text("Để đạt mục tiêu, ", "To meet the target, ")[lang], *pieces] if pieces else []


def _sure_amount(outlook: Outlook, found: Conditions, aim: Aim, lang: str) -> list[Piece]:
    """The amount to aim at for 80 %: results miss their aim as the projection misses its middle."""
    rest = rest_of_year(found.since, outlook.projection.calendar)
    aimed: list[Piece] = [nr.amount(outlook, "amount80", lang, of_conditions(outlook))]
    if math.isfinite(aim.of_last_year):
        share = words.plainly(of_conditions(outlook), "of_last_year80", 0, lang, " %")
        aimed += filled(Text(", bằng {} cùng kỳ năm trước", ", {} of the same months last year"), lang, share)
    if outlook.probability >= aim.sure:
        lead = Text(f"Kể cả khi {rest.vi} chỉ nhắm tới ", f"Even if one aims for {rest.en} at only ")
        tail = Text(", khả năng đạt mục tiêu vẫn là 80 %", ", the chance of the target is still 80 %")
        return [lead[lang], *aimed, tail[lang]]
    lead = Text(f"Để có 80 % khả năng đạt, {rest.vi} phải nhắm tới ", f"For an 80 % chance one must aim for {rest.en} at ")
    return [lead[lang], *aimed, *_years(outlook, "grew80", aim.grew, lang)]


# ---- growth as published -----------------------------------------------------------------------------------------------------


def _growing(outlook: Outlook, found: Conditions) -> Text:
    if found.months_left == QUARTER:
        return Text("quý IV", "the fourth quarter")
    return rest_of_year(found.since, outlook.projection.calendar)


def _rate(outlook: Outlook, label: str, lang: str) -> words.Shown:
    """A growth rate without its sign; the words beside it say whether it is a rise or a fall."""
    return words.bound(of_conditions(outlook), label, lambda value: f"{words.number(abs(value), 1, lang)} %")


def _exact_growth(outlook: Outlook, found: Conditions, aim: Aim, lang: str) -> list[Piece]:
    rest, about = _growing(outlook, found), Text("khoảng ", "about ") if found.weight else Text("", "")
    growth = _rate(outlook, "growth50", lang)
    must = Text("phải tăng", "must grow by") if aim.amount >= 0 else Text("giảm không quá", "may fall by no more than")
    wording = Text(f"Để đạt mục tiêu, {rest.vi} {must.vi} {about.vi}{{}}", f"To meet the target, {rest.en} {must.en} {about.en}{{}}")
    pieces = [*filled(wording, lang, growth), *_years(outlook, "grew50", aim.reached, lang)]
    if math.isfinite(found.best):
        best = words.plainly(of_conditions(outlook), "best_rest", 1, lang, " %")
        pieces += filled(
            Text(
                f"; cao nhất là {{}} (năm {outlook.projection.named(found.best_year)})",
                f"; the best was {{}} (in {outlook.projection.named(found.best_year)})",
            ),
            lang,
            best,
        )
    if found.weight:
        weight = words.plainly(of_conditions(outlook), "weight_to_date", 0, lang, " %")
        wording = Text("; coi phần đã biết chiếm khoảng {} của cả năm", "; what is known is taken as about {} of the year")
        pieces += filled(wording, lang, weight)
    return pieces


def _sure_growth(outlook: Outlook, found: Conditions, aim: Aim, lang: str) -> list[Piece]:
    rest, growth = _growing(outlook, found), _rate(outlook, "growth80", lang)
    if outlook.probability >= aim.sure:
        return []
    aimed = (
        Text("mức tăng khoảng", "growth of about") if aim.amount >= 0 else Text("mức giảm không quá khoảng", "a fall of no more than about")
    )
    wording = Text(
        f"Để có 80 % khả năng đạt, {rest.vi} phải nhắm {aimed.vi} {{}}",
        f"For an 80 % chance one must aim for {rest.en} at {aimed.en} {{}}",
    )
    return [*filled(wording, lang, growth), *_years(outlook, "grew80", aim.reached, lang)]


# ---- levels, shares, cases -----------------------------------------------------------------------------------------------------


def _points(outlook: Outlook, label: str, lang: str) -> list[Piece]:
    """A change in the indicator's unit, and in persons where it is a share of all residents."""
    unit = outlook.projection.measure.difference
    found = of_conditions(outlook)
    pieces: list[Piece] = [
        words.plainly(found, label, compare.decimals_for(found[label], 0.0, outlook.projection.decimals), lang, f" {unit[lang]}")
    ]
    if math.isfinite(found[f"{label}_persons"]) and found[f"{label}_persons"]:
        people = words.counted(found, f"{label}_persons", lang)
        pieces += filled(Text(", tức khoảng {} người", ", some {} people"), lang, people)
    return pieces


def _exact_change(outlook: Outlook, found: Conditions, aim: Aim, lang: str) -> list[Piece]:
    since = found.since or outlook.projection.as_of
    until = Text(f"từ ngày {since:%d/%m/%Y} đến hết năm", f"from {words.date_text(since, 'en')} to the year's end")
    years = _years(outlook, "changed50", aim.reached, lang)
    size = _points(outlook, "change50", lang)
    side = compare.side(aim.amount, 0.0)
    assert outlook.target is not None
    if side == "over":
        move = choices.chosen(of_conditions(outlook), "towards", "turn", lang)
        short = choices.chosen(of_conditions(outlook), "away", f"side {outlook.target.comparator}", lang)
        opening = Text("Mức hiện nay chưa đạt mục tiêu, còn ", "The level does not meet the target yet, ")[lang], short, " "
        must = Text(f"; {until.vi} phải ", f"; {until.en} it must ")[lang], move, Text(" đủ mức đó", " by that much")[lang]
        return [*opening, *size, *must, *_down_to(outlook, lang), *years, *_best_change(outlook, found, lang)]
    back = choices.chosen(of_conditions(outlook), "away", "turn", lang)
    reached = _reached(outlook.target.comparator, side)
    lead = Text(f"Mức hiện nay {reached.vi}; {until.vi} không được ", f"The level {reached.en}; {until.en} it must not ")
    return [lead[lang], back, *([] if side == "equal" else [Text(" quá ", " by more than ")[lang], *size]), *years]


def _reached(comparator: str, side: compare.Side) -> Text:
    """What a level on its threshold, or beyond it, says of the goal: some goals are not met on it."""
    if side == "equal" and "equal" not in compare.MEETING[comparator]:
        wording = choices.SIDE_WORDS[comparator, "equal"]
        return Text(wording.vi, f"is {wording.en}")
    return Text("đã đạt mục tiêu", "meets the target")


def _down_to(outlook: Outlook, lang: str) -> list[Piece]:
    """Of cases: what must be left, for past years are counted by that and not by how many they closed."""
    if not outlook.indicator.kind.must_be_nil:
        return []
    goal = nr.amount(outlook, "threshold", lang)
    return filled(Text(", còn {}", ", down to {}"), lang, goal)


def _sure_change(outlook: Outlook, _found: Conditions, aim: Aim, lang: str) -> list[Piece]:
    if compare.meets(aim.amount, "<=", 0.0) or outlook.probability >= aim.sure:
        return []
    move = choices.chosen(of_conditions(outlook), "towards", "a turn", lang)
    lead = Text("Để có 80 % khả năng đạt, phải nhắm mức ", "For an 80 % chance one must aim at ")
    size = _points(outlook, "change80", lang)
    return [lead[lang], move, Text(" ", " of ")[lang], *size, *_years(outlook, "changed80", aim.reached, lang)]


def _best_change(outlook: Outlook, found: Conditions, lang: str) -> list[Piece]:
    """The most that a past year changed over the same part of the year."""
    move = Text("tăng", "rise") if found.upwards else Text("giảm", "fall")
    if not math.isfinite(found.best):
        return []
    if compare.meets(found.best, "<=", 0.0):
        return [Text(f"; cùng thời gian này chưa năm nào {move.vi}", f"; in no past year was there a {move.en} over the same months")[lang]]
    best = _points(outlook, "best_change", lang)
    lead = Text(f"; cùng thời gian này {move.vi} nhiều nhất ", f"; the largest {move.en} over the same months was ")
    return [lead[lang], *best, f" ({'in' if lang == 'en' else 'năm'} {outlook.projection.named(found.best_year)})"]
