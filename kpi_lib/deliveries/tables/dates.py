"""Days and reporting periods as Vietnamese offices write them; day before month always, ISO is ISO, nothing is guessed."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata

from kpi_lib.deliveries.files.book import Value
from kpi_lib.periods import CALENDAR, MONTHS, Calendar, span
from kpi_lib.words.messages import KpiError

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


_WORD = "|".join(sorted((word for word in MONTH_WORDS if word != "năm"), key=len, reverse=True))
YEAR = r"(?:\s*(?:/|-|\.|,|năm)?\s*(?P<y>(?:19|20)\d\d)(?!\d))?"
SPOKEN: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (basis, re.compile(pattern + YEAR))
    for basis, pattern in (
        ("month", r"(?P<ahead>ước\s+(?:tính\s+|thực hiện\s+)?)?\bth[áa]ng\s*(?P<n>\d{1,2})(?!\d)"),
        ("month", rf"(?P<ahead>ước\s+)?\btháng\s+(?P<w>{_WORD}|năm(?=\s*(?:/|năm)\s*\d))\b"),
        ("cumulative", r"(?<!\d)(?<!\d[/.-])(?P<n>\d{1,2})\s*th[áa]ng(?!\s*(?:cuối|\d{1,2}(?!\d)))(?:\s+đầu)?"),
        ("quarter", r"\bqu[ýyí]\s*(?P<q>iv|iii|ii|i|[1-4])\b"),
        ("month", r"\bt\.?\s?(?P<n>\d{1,2})(?=\s*[/.-]?\s*20\d\d)"),
    )
)
"""How a period is said in words, in a caption as in a cell: basis and pattern, with the groups `number_said` and `year_said` read."""
BARE = re.compile(r"(?P<n>\d{1,2})[\s./-](?P<y>(?:19|20)\d\d)")
_WRITTEN = (
    *SPOKEN,
    ("month", BARE),
    ("month", re.compile(r"(?P<y>\d{4})-(?P<n>\d{1,2})")),
    ("quarter", re.compile(r"(?P<y>\d{4})-q(?P<q>[1-4])")),
    ("quarter", re.compile(r"q(?P<q>[1-4])\s*[/.\-]?\s*(?P<y>\d{4})")),
    ("year", re.compile(r"(?:(?:cả\s+)?năm\s*)?(?P<y>\d{4})")),
)
_TO_DATE = re.compile(r"^(?:l[ũu]y kế|luỹ kế|cộng dồn)?\s*(?:đến hết\s+)?(?=\d{1,2}\s*th[áa]ng)")


def number_said(found: re.Match[str]) -> int:
    """The month or the quarter that a pattern of periods found; 0 where it found none."""
    parts = found.groupdict()
    if word := parts.get("w"):
        return MONTH_WORDS[word]
    if quarter := parts.get("q"):
        return ROMAN.get(quarter) or int(quarter)
    return int(parts.get("n") or 0)


def year_said(found: re.Match[str]) -> int:
    """The year that a pattern of periods found; 0 where it found none."""
    return int(found["y"] or 0)


def parse_period(value: Value, calendar: Calendar = CALENDAR) -> tuple[str, str] | None:
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
    text = _TO_DATE.sub("", " ".join(unicodedata.normalize("NFC", value).lower().split()).strip(" .,:;()"))
    for basis, pattern in _WRITTEN:
        if found := pattern.fullmatch(text):
            return _period(basis, year_said(found), number_said(found), calendar)
    return None


def month_named(typed: str) -> tuple[int, int]:
    """Year and month with which a period ends that somebody names.

    >>> month_named("2026-09"), month_named("quý III/2026")
    ((2026, 9), (2026, 9))

    Raises
    ------
    KpiError : it is no period, or its year is not said.
    """
    found = parse_period(typed)
    if found is None:
        raise KpiError("{found} is no period. Write it as 2026-09.", found=repr(typed))
    end = span(*found)[1]
    return end.year, end.month


def _period(basis: str, year: int, number: int, calendar: Calendar) -> tuple[str, str] | None:
    if not 1990 <= year <= 2100 or (basis in ("month", "cumulative") and not 1 <= number <= MONTHS):
        return None
    return {
        "month": lambda: ("month", f"{year}-{number:02d}"),
        "cumulative": lambda: ("cumulative", f"{calendar.month_end(year, number)}"),
        "quarter": lambda: ("quarter", f"{year}-Q{number}"),
        "year": lambda: ("year", str(year)),
    }[basis]()
