"""Numbers, dates and probabilities as the reader writes them, and sentences whose every number is bound to a value."""

from __future__ import annotations

import datetime as dt
import html
import math
from collections.abc import Callable
from dataclasses import dataclass

from kpi_lib.compare import MEETING, SIDES, Side, decimals_for, half_up, rounded, upwards
from kpi_lib.indicators import Text
from kpi_lib.outlook import STATUSES
from kpi_lib.periods import CALENDAR, Calendar
from kpi_lib.values.table import Share, Values

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
FALLING_WORDS = {  # of a growth target below nought, said of the fall
    ">=": Text("giảm không quá {}", "down by no more than {}"),
    ">": Text("giảm dưới {}", "down by less than {}"),
    "<=": Text("giảm từ {} trở lên", "down by {} or more"),
    "<": Text("giảm trên {}", "down by more than {}"),
    "=": Text("giảm đúng {}", "down by exactly {}"),
}
_FROM_BELOW: dict[Side, Text] = {"short": Text("thiếu", "short by"), "over": Text("vượt", "over by")}
_FROM_ABOVE: dict[Side, Text] = {"short": Text("thấp hơn", "below by"), "over": Text("cao hơn", "above by")}
_ON_IT = Text("đúng bằng mục tiêu", "exactly the target")
_EQUAL = {
    ">": Text("bằng mốc nhưng phải vượt mốc", "equal to the mark but has to pass it"),
    "<": Text("bằng mốc nhưng phải thấp hơn mốc", "equal to the mark but has to be below it"),
}
# Where a value lies against its goal, by the goal's comparator and the side: the one table. A distance follows all but "equal".
SIDE_WORDS: dict[tuple[str, Side], Text] = {
    (comparator, side): _EQUAL.get(comparator, _ON_IT) if side == "equal" else (_FROM_BELOW if upwards(comparator) else _FROM_ABOVE)[side]
    for comparator in MEETING
    for side in SIDES
}

# Every word that says which way a value lies, by what the value says: -1, 0, 1, or the rank of a status. `chosen` takes them from here, and
# the proof of the pages holds the words on them against it.
CHOICES: dict[str, dict[int, Text]] = {
    **{f"side {comparator}": {n - 1: SIDE_WORDS[comparator, side] for n, side in enumerate(SIDES)} for comparator in MEETING},
    "status": {status.rank: status.name for status in STATUSES.values()},
    "met": {0: Text("không đạt", "missed"), 1: Text("đạt", "met")},
    "would": {0: Text("không đạt", "would miss it"), 1: Text("đạt", "would meet it")},
    "milestone": {0: Text("không đạt mốc", "not reached"), 1: Text("đã đạt mốc", "reached")},
    "inside": {0: Text("không", "no"), 1: Text("có", "yes")},
    "flips": {0: Text("kết luận không đổi", "the verdict holds"), 1: Text("kết luận sẽ khác", "the verdict flips")},
    "beyond": {1: Text("vượt mức cao nhất từng đạt", "more than was ever reached")},
    "rise": {-1: Text("giảm", "down"), 0: Text("tăng", "up"), 1: Text("tăng", "up")},
    "moved": {-1: Text("giảm", "fell by"), 1: Text("tăng", "rose by")},
    "amended": {-1: Text("giảm", "lowered"), 1: Text("tăng", "raised")},
    "up to": {-1: Text("xuống", "to"), 1: Text("lên", "to")},
    "turn": {-1: Text("giảm", "fall"), 1: Text("tăng", "rise")},
    "a turn": {-1: Text("giảm", "a fall"), 1: Text("tăng", "a rise")},
    "against": {-1: Text("thấp hơn dự báo", "below the projection"), 1: Text("cao hơn dự báo", "above the projection")},
    "more": {-1: Text("bớt", "fewer people"), 1: Text("thêm", "more people")},
}


def number(value: float, decimals: int, lang: str = "vi") -> str:
    """A number as the reader writes it; halves round away from zero, as offices round.

    >>> number(1234.55, 1), number(-0.04, 1), number(-1234.55, 1, "en")
    ('1.234,6', '0,0', '−1,234.6')
    """
    if not math.isfinite(value):
        return "–"
    printed = half_up(value, decimals)
    text = f"{abs(printed):,.{decimals}f}"
    return ("−" if printed < 0 else "") + (text if lang == "en" else text.translate(str.maketrans(",.", ".,")))


def signed(value: float, decimals: int, lang: str = "vi") -> str:
    """A difference with its sign; none before a printed nought.

    >>> signed(2.35, 1), signed(-2.35, 1), signed(-0.04, 1)
    ('+2,4', '−2,4', '0,0')
    """
    return ("+" if rounded(value, decimals) > 0 else "") + number(value, decimals, lang)


def percent(value: float, lang: str = "vi", decimals: int = 1) -> str:
    """A percentage of a whole; a hundred is printed only where it is a hundred.

    >>> percent(63.04), percent(99.96), percent(100.0, "en")
    ('63,0', '99,96', '100.0')
    """
    return number(value, decimals_for(value, 100.0, decimals), lang)


def trimmed(value: float, decimals: int, lang: str = "vi") -> str:
    """A number without needless zeros, for targets: 14, 98,5, 11,8."""
    text = number(value, max(decimals, 3), lang)
    mark = "." if lang == "en" else ","
    return text.rstrip("0").rstrip(mark) if mark in text else text


def date_text(day: dt.date, lang: str = "vi") -> str:
    """A date as the reader writes it: 15/10/2025, or 15 October 2025."""
    return f"{day.day} {day:%B %Y}" if lang == "en" else f"{day:%d/%m/%Y}"


def month_names(lang: str, calendar: Calendar = CALENDAR) -> list[str]:
    """The months of a year in short, from its first on: 'T1', 'T2', ...; 'Jan', 'Feb', ..."""
    return [f"{dt.date(2000, month, 1):%b}" if lang == "en" else f"T{month}" for month in calendar.months()]


def span_text(end: dt.date, lang: str = "vi", calendar: Calendar = CALENDAR) -> str:
    """The part of a year that ends on a day: '1 tháng', '6 tháng', '9 tháng', 'đến 30/10'."""
    if not calendar.is_month_end(end):
        return f"to {end.day} {end:%B}" if lang == "en" else f"đến {end:%d/%m}"
    if calendar.is_year_end(end):
        return "the year" if lang == "en" else "cả năm"
    months = calendar.month_of(end)[1]
    if lang == "en":
        return "the first month" if months == 1 else f"{months} months"
    return f"{months} tháng"


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
    `share` marks a value between 0 and 1 that is read as a percentage. `bound` makes them: a value comes from the table of values.
    """

    label: str
    value: float
    text: str
    of: str
    share: bool = False

    @property
    def key(self) -> str:
        """The name of the value in the manifest."""
        return f"{self.of}.{self.label}"

    @property
    def markup(self) -> str:
        """The characters with the value and its name beside them, for the check that the one says the other."""
        if not math.isfinite(self.value):
            return unbroken(self.text)
        value = f"{100 * self.value if self.share else self.value:.9g}"
        return f'<data value="{value}" data-of="{html.escape(self.key, quote=True)}">{unbroken(self.text)}</data>'


def bound(values: Values, label: str, form: Callable[[float], str]) -> Shown:
    """The number of that label in a table of values, written as `form` writes it. Nothing else makes a number of a page.

    >>> bound(Values("x", {"median": 2.25}), "median", lambda value: number(value, 1)).markup
    '<data value="2.25" data-of="x.median">2,3</data>'
    """
    value = values[label]
    return Shown(label, float(value), form(value), values.of, isinstance(value, Share))


def plainly(values: Values, label: str, decimals: int, lang: str, tail: str = "") -> Shown:
    """A number with its decimals and what follows it, bound."""
    return bound(values, label, lambda value: number(value, decimals, lang) + tail)


def counted(values: Values, label: str, lang: str) -> Shown:
    """A count, bound."""
    return plainly(values, label, 0, lang)


def in_percent(values: Values, label: str, decimals: int, lang: str) -> Shown:
    """A share of one, read in percent, bound."""
    return bound(values, label, lambda value: f"{percent(100 * value, lang, decimals)} %")


def likely(values: Values, label: str, lang: str) -> Shown:
    """A probability, bound."""
    return bound(values, label, lambda value: chance(value, lang))


def unbroken(text: str) -> str:
    """Words escaped for a page, a percent sign kept on the line of its number."""
    return html.escape(text).replace(" %", "\u00a0%")


class Quoted(str):
    """Words made elsewhere, with numbers and dates in them: shown as they are, not walked back to a value."""

    __slots__ = ()


class Word(str):
    """A word that says which way a value lies, or what came of it ('thiếu', 'tăng', 'không đạt'): bound, as a number is.

    `key` names the value in the manifest, `case` is what it says (-1, 0 or 1, the rank of a status), `choice` the row of `CHOICES` that the
    word was taken from. `chosen` makes them.
    """

    __slots__ = ("case", "choice", "key")
    key: str
    case: int
    choice: str

    @property
    def markup(self) -> str:
        """The word with what it is bound to beside it, for the check that the one says the other."""
        bound_to = (
            f'data-of="{html.escape(self.key, quote=True)}" data-value="{self.case}" data-words="{html.escape(self.choice, quote=True)}"'
        )
        return f"<span {bound_to}>{unbroken(self)}</span>"


def worded(key: str, case: int, choice: str, text: str) -> Word:
    """A word with what it is bound to."""
    word = Word(text)
    word.key, word.case, word.choice = key, case, choice
    return word


def case_of(value: float, choice: str) -> int:
    """What a value says by a row of `CHOICES`: its sign, or itself where the row counts further.

    >>> case_of(-2.5, "rise"), case_of(0.0, "flips"), case_of(7.0, "status")
    (-1, 0, 7)
    """
    return round(value) if max(CHOICES[choice]) > 1 else (value > 0) - (value < 0)


def chosen(values: Values, label: str, choice: str, lang: str) -> Word:
    """The word that a value asks for, bound."""
    case = case_of(values[label], choice)
    return worded(f"{values.of}.{label}", case, choice, CHOICES[choice][case][lang])


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
        return f'<p class="{self.style}">{"".join(_part(part) for part in self.parts)}</p>'


def _part(part: str | Shown) -> str:
    if isinstance(part, Shown):
        return f"<b>{part.markup}</b>"
    if isinstance(part, Word):
        return part.markup
    text = unbroken(part)
    return f'<span class="quoted">{text}</span>' if isinstance(part, Quoted) else text


def with_measure(shown: str, measure: Text, lang: str) -> str:
    """A number with its unit: '12,5 %', '1.991 doanh nghiệp'."""
    return f"{shown} {measure[lang]}" if measure[lang] else shown
