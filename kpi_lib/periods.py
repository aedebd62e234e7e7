"""What a year is: its first and last day, its months, how much of it is gone, and which figure of another year stands for the same day.

A year is twelve months and carries the number of the calendar year in which its first month lies: the year from April 2025 to March
2026 is 2025, and is printed 2025/26. The first month is a field of the unit and may be another for an indicator (a school year). So is
the day on which a month closes: where reports run from the 15th to the 14th, June is 15 May to 14 June and the year ends on 14 December.
"""

from __future__ import annotations

import calendar as days_of
import datetime as dt
import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol, TypeVar

MONTHS, QUARTERS = 12, 4  # in a year
QUARTER = MONTHS // QUARTERS  # months in one
EVERY = {"month": 1, "quarter": QUARTER, "half": 2 * QUARTER, "year": MONTHS}  # months from one figure to the next, by frequency
# How far a figure of another year may lie from the same day and still stand for it. Less than half the shortest month, so that a figure
# never stands for a month's end when it lies nearer to another; wide enough for the offices that close on the 20th in one year and at the
# month's end in the next.
NEAR_DAYS = 12
# The day of its year on which the Vietnamese lunar year begins, from 2000 on, by Vietnamese time (in 2007 and 2030 not the Chinese day).
_TET = (
    36, 24, 43, 32, 22, 40, 29, 48, 38, 26, 45, 34, 23, 41, 31, 50, 39, 28, 47, 36, 25, 43, 32, 22, 41, 29, 48, 37, 26, 44, 33, 23, 42,
    31, 50, 39, 28, 46, 35, 24, 43, 32, 22, 41, 30, 48, 37, 26, 45, 33, 23,
)  # fmt: skip
TET_DAYS = 7  # from the eve on, when offices and workshops are closed
_PERIODS = {
    "month": (re.compile(r"(\d{4})-(\d{2})"), "2025-03"),
    "quarter": (re.compile(r"(\d{4})-Q([1-4])"), "2025-Q3"),
    "year": (re.compile(r"(\d{4})"), "2025"),
    "cumulative": (re.compile(r"(\d{4})-(\d{2})-(\d{2})"), "2025-09-30"),
    "level": (re.compile(r"(\d{4})-(\d{2})-(\d{2})"), "2025-09-30"),
}


class OfADay(Protocol):
    """Anything that says what holds at the end of a day."""

    @property
    def end(self) -> dt.date:
        """The day."""


DatedT = TypeVar("DatedT", bound=OfADay)


@lru_cache(maxsize=8192)
def month_end(year: int, month: int) -> dt.date:
    """Last day of a calendar month.

    >>> month_end(2024, 2)
    datetime.date(2024, 2, 29)
    """
    return dt.date(year, month, days_of.monthrange(year, month)[1])


def tet(year: int) -> dt.date | None:
    """The first day of the lunar year that begins in a calendar year, in Viet Nam; None where it is not on record (before 2000, after 2050).

    >>> str(tet(2025)), str(tet(2026)), tet(1999)
    ('2025-01-29', '2026-02-17', None)
    """
    return dt.date(year - 1, 12, 31) + dt.timedelta(days=_TET[year - 2000]) if 0 <= year - 2000 < len(_TET) else None


@dataclass(frozen=True, slots=True)
class Calendar:
    """How a year and its months are counted: the first month, 1 to 12, and the day on which a month closes (31: its last day).

    Months of the year are numbered from 1, whatever their name; places on the year are months since it began, 9.0 at the end of the
    ninth whatever the months' lengths, and within a month by days.

    >>> fiscal = Calendar(year_starts=4)
    >>> fiscal.name(2025), str(fiscal.start(2025)), str(fiscal.end(2025)), fiscal.year_of(dt.date(2026, 2, 28))
    ('2025/26', '2025-04-01', '2026-03-31', 2025)
    """

    year_starts: int = 1
    month_closes: int = 31

    def name(self, year: int) -> str:
        """The year as readers write it: 2025, or 2025/26 where it does not begin in January."""
        return str(year) if self.year_starts == 1 else f"{year}/{(year + 1) % 100:02d}"

    def month_end(self, year: int, number: int) -> dt.date:
        """Last day of a month of the year; 0 is the last month of the year before, and so on.

        >>> str(Calendar(7).month_end(2025, 9)), str(Calendar(1, 14).month_end(2026, 6))
        ('2026-03-31', '2026-06-14')
        """
        place = self.year_starts - 1 + number - 1
        last = month_end(year + place // MONTHS, place % MONTHS + 1)
        return last.replace(day=min(self.month_closes, last.day))

    def month_ends(self, year: int, step: int = 1) -> tuple[dt.date, ...]:
        """Last days of the year's months, or of its quarters with a step of three."""
        return tuple(self.month_end(year, number) for number in range(step, MONTHS + 1, step))

    def start(self, year: int) -> dt.date:
        """First day of the year."""
        return self.month_end(year, 0) + dt.timedelta(days=1)

    def end(self, year: int) -> dt.date:
        """Last day of the year."""
        return self.month_end(year, MONTHS)

    def months(self) -> tuple[int, ...]:
        """The calendar's months, 1 to 12, in the order in which the year passes them."""
        return tuple((self.year_starts - 1 + number) % MONTHS + 1 for number in range(MONTHS))

    def month_of(self, day: dt.date) -> tuple[int, int]:
        """The year a day lies in, and the number of its month in that year.

        >>> Calendar(7).month_of(dt.date(2026, 3, 31)), Calendar(1, 14).month_of(dt.date(2025, 12, 15))
        ((2025, 9), (2026, 1))
        """
        later = day.day > self.month_closes
        place = MONTHS * day.year + day.month - 1 + later - (self.year_starts - 1)
        return place // MONTHS, place % MONTHS + 1

    def named(self, year: int, month: int) -> tuple[int, int]:
        """The year, and the number in it, of the month that has this name in the calendar.

        >>> Calendar(7).named(2026, 3)
        (2025, 9)
        """
        return self.month_of(dt.date(year, month, 1))

    def year_of(self, day: dt.date) -> int:
        """The year a day lies in."""
        return self.month_of(day)[0]

    def over(self, year: int, as_of: dt.date) -> bool:
        """Whether the year has ended on a day: not on its last day, but on the day after."""
        return as_of > self.end(year)

    def is_month_end(self, day: dt.date) -> bool:
        """Whether a day is the last of its month."""
        return day == self.month_end(*self.month_of(day))

    def is_year_end(self, day: dt.date) -> bool:
        """Whether a day is the last of its year."""
        return day == self.end(self.year_of(day))

    def place(self, day: dt.date, year: int) -> float:
        """Months since a year began: 9.0 at the end of its ninth month; negative before it, above 12 after it.

        >>> Calendar().place(dt.date(2025, 2, 14), 2025), Calendar(7).place(dt.date(2026, 3, 31), 2025)
        (1.5, 9.0)
        """
        own, number = self.month_of(day)
        first, last = self.month_end(own, number - 1), self.month_end(own, number)
        return MONTHS * (own - year) + number - 1 + (day - first).days / (last - first).days

    def day_at(self, place: float, year: int) -> dt.date:
        """The day at a place of the year; the inverse of `place`."""
        months = math.floor(place)
        if place == months:
            return self.month_end(year, months)
        first, last = self.month_end(year, months), self.month_end(year, months + 1)
        return first + dt.timedelta(days=max(round((place - months) * (last - first).days), 1))

    def months_gone(self, day: dt.date) -> float:
        """Months of its year gone by the end of a day: whole at a month's end, within a month by days."""
        return self.place(day, self.year_of(day))

    def tet_in(self, year: int, number: int) -> dt.date | None:
        """The day of Tet where some of its seven days from the eve on lie in a month of the year.

        >>> [str(Calendar().tet_in(2025, month)) for month in (1, 2, 3)], str(Calendar(7).tet_in(2025, 8))
        (['2025-01-29', '2025-01-29', 'None'], '2026-02-17')
        """
        first, last = _months(year, number, 1, self)
        day = tet(last.year)
        eve = day - dt.timedelta(days=1) if day else None
        return day if eve and eve <= last and first < eve + dt.timedelta(days=TET_DAYS) else None

    def reviews(self, year: int) -> tuple[dt.date, ...]:
        """The middle of the month after each of the year's first three quarters: when a quarterly review sits."""
        return tuple(end + dt.timedelta(days=15) for end in self.month_ends(year, QUARTER)[:-1])

    def in_review(self, as_of: dt.date) -> int:
        """The year a report judges: that of its date, and all through the first month the year before, whose books close then."""
        year = self.year_of(as_of)
        return year - (as_of <= month_end(year, self.year_starts))


CALENDAR = Calendar()  # January to December, months to their last day


class PeriodError(ValueError):
    """A period that is not of the form its basis asks for; `example` is one that is."""

    def __init__(self, basis: str, period: str, example: str) -> None:
        super().__init__(f"period {period!r} does not fit basis '{basis}': it looks like {example}")
        self.basis, self.period, self.example = basis, period, example


@lru_cache(maxsize=16384)
@lru_cache(maxsize=65536)
def span(basis: str, period: str, calendar: Calendar = CALENDAR) -> tuple[dt.date, dt.date]:
    """First and last day a period covers. Quarters and years are the calendar's own; a sum to date runs from the year's first day.

    Raises
    ------
    PeriodError : the text is not of the form the basis asks for.

    >>> span("quarter", "2025-Q3")
    (datetime.date(2025, 7, 1), datetime.date(2025, 9, 30))
    >>> span("cumulative", "2026-03-31", Calendar(year_starts=7))
    (datetime.date(2025, 7, 1), datetime.date(2026, 3, 31))
    """
    pattern, example = _PERIODS[basis]
    found = pattern.fullmatch(period)
    try:
        if not found:
            raise ValueError
        year, *rest = (int(part) for part in found.groups())
        if not 1900 <= year <= 2200:
            raise ValueError
        if basis == "year":
            return calendar.start(year), calendar.end(year)
        if basis == "month":
            return _months(*calendar.named(year, rest[0]), 1, calendar)
        if basis == "quarter":
            return _months(year, QUARTER * rest[0], QUARTER, calendar)
        last = dt.date(year, *rest)
    except ValueError:
        raise PeriodError(basis, period, example) from None
    return (calendar.start(calendar.year_of(last)) if basis == "cumulative" else last), last


def _months(year: int, number: int, count: int, calendar: Calendar) -> tuple[dt.date, dt.date]:
    """First and last day of so many months that end with one."""
    return calendar.month_end(year, number - count) + dt.timedelta(days=1), calendar.month_end(year, number)


def same_day(day: dt.date, years: int) -> dt.date:
    """The same day so many years later, or earlier where negative; a month's last day stays one.

    >>> str(same_day(dt.date(2024, 2, 29), -1)), str(same_day(dt.date(2023, 2, 28), 1)), str(same_day(dt.date(2024, 2, 28), -1))
    ('2023-02-28', '2024-02-29', '2023-02-28')
    """
    last = month_end(day.year + years, day.month)
    return last if day == month_end(day.year, day.month) else last.replace(day=min(day.day, last.day))


def same_point(points: Iterable[DatedT], like: dt.date, years: int, calendar: Calendar = CALENDAR) -> DatedT | None:
    """Of another year's figures the one that stands for the same day of that year; None where none lies near. Nothing is interpolated.

    It is the figure of the same day, else the nearest within `NEAR_DAYS`, of two as near the earlier. A figure of a whole year stands for
    nothing but a whole year.

    Parameters
    ----------
    like : the day of this year; `years` says which other year is asked, -1 being the year before.
    """
    day = same_day(like, years)
    near = [
        point
        for point in points
        if abs((point.end - day).days) <= NEAR_DAYS
        and calendar.year_of(point.end) == calendar.year_of(day)
        and calendar.is_year_end(point.end) == calendar.is_year_end(like)
    ]
    return min(near, key=lambda point: (abs((point.end - day).days), point.end), default=None)
