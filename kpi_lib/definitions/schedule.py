"""On which days a unit reports, by whose clock, and which of these reports are still to be made."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from zoneinfo import ZoneInfo

from kpi_lib.definitions import folders
from kpi_lib.definitions.indicators import Unit, read_unit
from kpi_lib.periods import QUARTER
from kpi_lib.words.messages import KpiError


def zone(unit: Unit) -> ZoneInfo:
    """The clock a unit lives by: its own `time_zone`, else that of the nearest unit above it that names one.

    Raises
    ------
    KpiError : neither it nor a unit above it names one; nobody's country is guessed.
    """
    above, seen = unit, {""}
    while not above.time_zone and above.id not in seen and folders.is_unit(above.parent):
        seen.add(above.id)
        above = read_unit(above.parent)
    if not above.time_zone:
        raise KpiError(
            "{unit}: which time zone it lives by is not on record. Write it into {file}, for instance: {line}",
            unit=unit.name, file=f"data/raw/{unit.id}/unit.toml", line='time_zone = "Asia/Ho_Chi_Minh"',
        )  # fmt: skip
    return ZoneInfo(above.time_zone)


def keeps_tet(unit: Unit) -> bool:
    """Whether a unit lives by the Vietnamese clock, and so has Tet among its months; not where no clock is on record."""
    try:
        return zone(unit).key in VIETNAMESE
    except KpiError:
        return False


VIETNAMESE = ("Asia/Ho_Chi_Minh", "Asia/Saigon")


def report_day(unit: Unit, year: int, quarter: int) -> dt.date:
    """The day of a quarter's report: `report_after` days after its end, or the day set for its figures where that is later.

    Quarters are those of the unit's own year; 0 is the last one of the year before, and so on.
    """
    end = unit.calendar.month_end(year, QUARTER * quarter)
    day = end + dt.timedelta(days=unit.report_after)
    return max(day, unit.deadline(end.year, end.month) or day)


def report_days(unit: Unit, first: dt.date, last: dt.date) -> list[dt.date]:
    """The days of all reports from one day to another, both included, in order."""
    years = range(unit.calendar.year_of(first) - 1, unit.calendar.year_of(last) + 1)
    return [day for year in years for quarter in (1, 2, 3, 4) if first <= (day := report_day(unit, year, quarter)) <= last]


def due(unit: Unit, today: dt.date, published: Collection[dt.date], since: dt.date | None = None) -> list[dt.date]:
    """The reports that are due by today and were not published, the earliest first, each with its own day.

    Parameters
    ----------
    since : the first day asked for; without it the day after the latest report, and where there is none only the latest report is due.
    """
    first = since or (max(published) + dt.timedelta(days=1) if published else today - dt.timedelta(days=2 * 366))
    missing = [day for day in report_days(unit, first, today) if day not in published]
    return missing if since or published else missing[-1:]


def next_day(unit: Unit, today: dt.date) -> dt.date:
    """The day of the next report, after today."""
    return report_days(unit, today + dt.timedelta(days=1), today + dt.timedelta(days=2 * 366))[0]
