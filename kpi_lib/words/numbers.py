"""Numbers, dates and probabilities as the reader writes them."""

from __future__ import annotations

import datetime as dt
import math

from kpi_lib.compare import decimals_for, half_up, rounded
from kpi_lib.periods import CALENDAR, Calendar
from kpi_lib.words.texts import Text


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


def with_measure(shown: str, measure: Text, lang: str) -> str:
    """A number with its unit: '12,5 %', '1.991 doanh nghiệp'."""
    return f"{shown} {measure[lang]}" if measure[lang] else shown
