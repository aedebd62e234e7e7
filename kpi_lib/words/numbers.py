"""Numbers, dates and probabilities as the reader writes them."""

from __future__ import annotations

import datetime as dt
import math
import re
from dataclasses import dataclass
from functools import lru_cache

from kpi_lib.compare import decimals_for, half_up, rounded
from kpi_lib.periods import CALENDAR, Calendar
from kpi_lib.words.messages import SOURCE, Dated, KpiError, Named, Text, Words, plural, said, say

NO_MEASURE, PERCENT = Named(""), Named("%")


def number(value: float, decimals: int, lang: str = "vi") -> str:
    """A number as the reader writes it; halves round away from zero, as offices round. Negative decimals are tens, hundreds, ...

    >>> number(1234.55, 1), number(-0.04, 1), number(-1234.55, 1, "en")
    ('1.234,6', '0,0', '−1,234.6')
    """
    if not math.isfinite(value):
        return "–"
    printed = half_up(value, decimals)
    return ("−" if printed < 0 else "") + f"{abs(printed):,.{max(decimals, 0)}f}".translate(marks(lang))


@lru_cache(maxsize=16)
def marks(lang: str) -> dict[int, str]:
    """What a language writes for the comma between thousands and for the point before decimals."""
    from babel.numbers import get_decimal_symbol, get_group_symbol

    return str.maketrans({",": get_group_symbol(lang), ".": get_decimal_symbol(lang)})


def signed(value: float, decimals: int, lang: str = "vi") -> str:
    """A difference with its sign; none before a printed nought.

    >>> signed(2.35, 1), signed(-2.35, 1), signed(-0.04, 1)
    ('+2,4', '−2,4', '0,0')
    """
    return ("+" if rounded(value, decimals) > 0 else "") + number(value, decimals, lang)


@dataclass(frozen=True, slots=True)
class Number(Words):
    """A number as a field of a message, written in the language of the message.

    >>> Number(-2.35, 1)["vi"], Number(2.35, 1, signed=True)["en"]
    ('−2,4', '+2.4')
    """

    value: float
    decimals: int
    signed: bool = False

    def __getitem__(self, lang: str, /) -> str:
        return (signed if self.signed else number)(self.value, self.decimals, lang)


def percent(value: float, lang: str = "vi", decimals: int = 1) -> str:
    """A percentage of a whole; a hundred is printed only where it is a hundred.

    >>> percent(63.04), percent(99.96), percent(100.0, "en")
    ('63,0', '99,96', '100.0')
    """
    return number(value, decimals_for(value, 100.0, decimals), lang)


def with_percent(shown: str, lang: str = "vi") -> str:
    """A written number with its percent sign, as the language sets it: '6,42%' in Vietnamese, '6,42 %' in French, '%6,42' in Turkish.

    >>> with_percent("6,42"), with_percent("6.42", "en"), with_percent("6,42", "fr"), with_percent("6,42", "tr")
    ('6,42%', '6.42%', '6,42\\xa0%', '%6,42')
    """
    before, after = _percent_signs(lang)
    return before + shown + after


@lru_cache(maxsize=16)
def _percent_signs(lang: str) -> tuple[str, str]:
    from babel import Locale

    pattern = Locale.parse(lang).percent_formats[None]
    return pattern.prefix[0], pattern.suffix[0]


def trimmed(value: float, decimals: int, lang: str = "vi") -> str:
    """A number without needless zeros, for targets: 14, 98,5, 11,8."""
    text = number(value, max(decimals, 3), lang)
    mark = marks(lang)[ord(".")]
    return text.rstrip("0").rstrip(mark) if mark in text else text


def date_text(day: dt.date, lang: str = "vi") -> str:
    """A date as the reader writes it: 15/10/2025, or 15 October 2025."""
    return said(day, lang)


def month_names(lang: str, calendar: Calendar = CALENDAR) -> list[str]:
    """The months of a year in short, from its first on: 'T1', 'T2', ...; 'Jan', 'Feb', ..."""
    return [Dated(dt.date(2000, month, 1), "MMM")[lang] for month in calendar.months()]


def span(end: dt.date, calendar: Calendar = CALENDAR) -> Text:
    """The part of a year that ends on a day.

    >>> span(dt.date(2025, 9, 30))["vi"], span(dt.date(2025, 10, 30))["vi"], span(dt.date(2025, 12, 31))["en"]
    ('9 tháng', 'đến 30/10', 'the year')
    """
    if not calendar.is_month_end(end):
        return Text("to {day}", day=Dated(end, "d MMMM"))
    months = calendar.month_of(end)[1]
    return Text("the year") if calendar.is_year_end(end) else plural("the first month", "{n} months", n=months)


def over(end: dt.date, calendar: Calendar = CALENDAR) -> Text:
    """The same, in which something was done.

    >>> over(dt.date(2025, 9, 30))["en"], over(dt.date(2025, 10, 30))["en"], over(dt.date(2025, 1, 31))["vi"]
    ('over 9 months', 'to 30 October', '1 tháng')
    """
    if not calendar.is_month_end(end):
        return span(end, calendar)
    months = calendar.month_of(end)[1]
    return Text("over the year") if calendar.is_year_end(end) else plural("over the first month", "over {n} months", n=months)


def chance(probability: float, lang: str = "vi") -> str:
    """A probability in whole percent; 'dưới 1%' and 'trên 99%' at the ends, never a false certainty.

    >>> chance(0.854), chance(0.004), chance(0.999, "en")
    ('85%', 'dưới 1%', 'over 99%')
    """
    if not math.isfinite(probability):
        return "–"
    if 0 < probability < 0.01:
        return say("under 1%", lang)
    if 0.99 < probability < 1:
        return say("over 99%", lang)
    return with_percent(number(100 * probability, 0, lang), lang)


_SCALES = ("hundred", "thousand", "million", "billion", "trillion")
_WITH_ES = ("ches", "shes", "sses", "xes", "zzes", "buses", "puses", "ruses")  # endings that take -es for more than one
_ALIKE = ("ss", "us", "is", "gas", "series", "species", "means")  # words whose last s is no plural, or that are alike of one and of more


def _of_one(unit: str) -> str:
    """An English unit of measure as it is said of one: 'households' of one is 'household'."""
    things, *rest = re.split(r"( of | per | in )", unit, maxsplit=1)
    before, _, word = things.rpartition(" ")
    if before.split(" ")[0] in _SCALES:
        return unit
    if word.endswith(_ALIKE):
        return unit
    cut = -2 if word.endswith(_WITH_ES) else -1 if word.endswith("s") else len(word)
    one = "person" if word == "people" else f"{word[:-3]}y" if word.endswith("ies") else word[:cut]
    return " ".join(filter(None, (before, one))) + "".join(rest)


def with_measure(shown: str, measure: Words, lang: str) -> str:
    """A number with its unit: '12,5%', '1.991 doanh nghiệp'; of a single one an English unit loses its plural.

    >>> from kpi_lib.words.messages import Named
    >>> [with_measure(shown, Named("miles of road"), "en") for shown in ("1", "1.0", "12")], with_measure("1", Named("million dollars"), "en")
    (['1 mile of road', '1.0 miles of road', '12 miles of road'], '1 million dollars')
    """
    unit = _of_one(measure[lang]) if lang == SOURCE and shown == "1" else measure[lang]
    if unit.startswith("%"):
        return with_percent(shown, lang) + unit[1:]
    return f"{shown} {unit}" if unit else shown


def a_number(typed: str, lang: str = "vi") -> float | None:
    """The number that somebody typed as their language writes it; None where nothing was typed.

    >>> a_number("1.600,5", "vi"), a_number(" "), a_number("11.8", "en")
    (1600.5, None, 11.8)

    Raises
    ------
    KpiError : it is no number, or written another language's way.
    """
    from babel.numbers import NumberFormatError, parse_decimal

    if not typed.strip():
        return None
    try:
        if math.isfinite(found := float(parse_decimal(typed.strip(), locale=lang, strict=True))):
            return found
    except NumberFormatError:
        pass  # told below, as words that stand for no number are
    raise KpiError("{found} is no number. Write it as {example}.", found=repr(typed), example=number(1234.5, 1, lang))
