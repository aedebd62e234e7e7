"""Days and reporting periods as Vietnamese offices write them; day before month always, ISO is ISO, nothing is guessed."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata

from kpi_lib.deliveries.files.book import Value
from kpi_lib.periods import CALENDAR, MONTHS, Calendar

MONTH_WORDS = {
    "giêng": 1, "một": 1, "hai": 2, "ba": 3, "tư": 4, "bốn": 4, "năm": 5, "sáu": 6, "bảy": 7, "bẩy": 7, "tám": 8, "chín": 9, "mười": 10,
    "mười một": 11, "mười hai": 12, "chạp": 12,
}  # fmt: skip
ROMAN = {"i": 1, "ii": 2, "iii": 3, "iv": 4}
_DAY = (
    re.compile(r"(?P<d>\d{1,2})\s*[/.\-]\s*(?P<m>\d{1,2})\s*[/.\-]\s*(?P<y>\d{4})"),
    re.compile(r"(?P<y>\d{4})-(?P<m>\d{1,2})-(?P<d>\d{1,2})(?:[T ]00:00(?::00)?)?"),
    re.compile(r"(?:.*\bngày\s+)(?P<d>\d{1,2})\s+tháng\s+(?P<m>\d{1,2})\s+năm\s+(?P<y>\d{4})", re.IGNORECASE),
)


def parse_date(value: Value) -> dt.date | None:
    """A day, or None where the value is none: no such day in the calendar, another form, or a year of two digits.

    >>> parse_date("03/04/2025"), parse_date("2025-04-03"), parse_date("29/02/2025")
    (datetime.date(2025, 4, 3), datetime.date(2025, 4, 3), None)
    """
    if isinstance(value, dt.datetime):
        return value.date() if 1990 <= value.year <= 2100 else None
    if isinstance(value, dt.date):
        return value if 1990 <= value.year <= 2100 else None
    if not isinstance(value, str):
        return None
    text = " ".join(unicodedata.normalize("NFC", value).split())
    for pattern in _DAY:
        if found := pattern.fullmatch(text.strip(" .,")):
            try:
                day = dt.date(*(int(found[part]) for part in "ymd"))
            except ValueError:
                return None
            return day if 1990 <= day.year <= 2100 else None
    return None


_PERIODS: tuple[tuple[str, str], ...] = (
    ("cumulative", r"(?:lũy kế|luỹ kế|cộng dồn)?\s*(?:đến hết\s+)?(?P<n>\d{1,2})\s*tháng(?:\s+đầu)?(?:\s+năm|\s*/)?\s*(?P<y>\d{4})?"),
    ("month", r"(?:ước\s+)?tháng\s*(?P<n>\d{1,2})\s*(?:/|-|\.|năm)?\s*(?P<y>\d{4})?"),
    ("month", r"tháng\s+(?P<w>mười một|mười hai|[^\W\d]+)\s*(?:/|năm)?\s*(?P<y>\d{4})?"),
    ("month", r"t\.?\s*(?P<n>\d{1,2})\s*[/.\-]?\s*(?P<y>\d{4})?"),
    ("month", r"(?P<y>\d{4})-(?P<n>\d{1,2})"),
    ("month", r"(?P<n>\d{1,2})[/.\-](?P<y>\d{4})"),
    ("quarter", r"qu[ýyí]\s*(?P<r>iv|iii|ii|i|[1-4])\s*(?:/|-|năm)?\s*(?P<y>\d{4})?"),
    ("quarter", r"(?P<y>\d{4})-q(?P<n>[1-4])"),
    ("quarter", r"q(?P<n>[1-4])\s*[/.\-]?\s*(?P<y>\d{4})?"),
    ("year", r"(?:cả\s+)?năm\s*(?P<y>\d{4})"),
    ("year", r"(?P<y>\d{4})"),
)


def parse_period(value: Value, year: int | None = None, calendar: Calendar = CALENDAR) -> tuple[str, str] | None:
    """Basis and period (in the words of `frames.DELIVERY`) of a reporting period, None where it is none or its year is unknown.

    A cell that Excel turned into the first of a month means that month. "9 tháng" is the year to date, in a year of this calendar.

    >>> parse_period("Quý III/2025"), parse_period("9 tháng đầu năm 2025"), parse_period("Tháng Chín năm 2025")
    (('quarter', '2025-Q3'), ('cumulative', '2025-09-30'), ('month', '2025-09'))
    """
    if isinstance(value, dt.date):
        return ("month", f"{value.year}-{value.month:02d}") if value.day == 1 else None
    if isinstance(value, float) and value == int(value) and 1990 <= value <= 2100:
        return "year", str(int(value))
    if not isinstance(value, str):
        return None
    text = " ".join(unicodedata.normalize("NFC", value).lower().split()).strip(" .,:;()")
    for basis, pattern in _PERIODS:
        found = re.fullmatch(pattern, text)
        if found:
            return _period(basis, found.groupdict(), year, calendar)
    return None


def _period(basis: str, parts: dict[str, str | None], year: int | None, calendar: Calendar) -> tuple[str, str] | None:
    if word := parts.get("w"):
        if word not in MONTH_WORDS:
            return None
        number = MONTH_WORDS[word]
    elif roman := parts.get("r"):
        number = ROMAN.get(roman) or int(roman)
    else:
        number = int(parts.get("n") or 0)
    when = int(parts.get("y") or year or 0)
    if not 1990 <= when <= 2100 or (basis in ("month", "cumulative") and not 1 <= number <= MONTHS):
        return None
    return {
        "month": lambda: ("month", f"{when}-{number:02d}"),
        "cumulative": lambda: ("cumulative", f"{calendar.month_end(when, number)}"),
        "quarter": lambda: ("quarter", f"{when}-Q{number}"),
        "year": lambda: ("year", str(when)),
    }[basis]()
