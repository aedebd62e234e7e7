"""Words and places that the charts of an outlook share."""

from __future__ import annotations

import calendar
import datetime as dt

from kpi_lib import narrative as nr
from kpi_lib.observations import PLAN_PERCENT, Point
from kpi_lib.outlook import Outlook
from kpi_lib.projected import Projection

LEVEL_YEARS = 3  # years of a level shown before the judged one
BAND_LEVELS = (0.50, 0.80, 0.95)


def one(lang: str, vi: str, en: str) -> str:
    """The words in the reader's language."""
    return en if lang == "en" else vi


def is_level(projection: Projection) -> bool:
    """Whether the indicator is a state at the year's end, neither an amount nor a growth rate."""
    return not projection.indicator.kind.to_date


def month_place(day: dt.date, year: int) -> float:
    """Months since the judged year began: 9 at the end of September, whatever the months' lengths."""
    return 12 * (day.year - year) + day.month - 1 + day.day / calendar.monthrange(day.year, day.month)[1]


def level_points(projection: Projection) -> list[Point]:
    """The states of the last years up to now, at least the latest one there is."""
    points = [point for _, points in sorted(projection.past.items()) for point in points] + list(projection.seen)
    return [point for point in points if point.end.year >= projection.year - LEVEL_YEARS] or points[-1:]


def drawn_points(projection: Projection) -> list[Point]:
    """The published figures that are drawn: those of the year, for a level those of the last years as well."""
    return level_points(projection) if is_level(projection) else list(projection.seen)


def last_year(projection: Projection) -> tuple[Point, ...]:
    """Points of the year before, for kinds whose years are laid over one another."""
    if is_level(projection) or projection.measure.vi == PLAN_PERCENT:  # in percent of two plans, years cannot be laid over one another
        return ()
    return projection.past.get(projection.year - 1, ())


def as_known(outlook: Outlook, lang: str) -> str:
    """Whose figures they are, and on which day they were known."""
    projection = outlook.projection
    known = one(lang, f"{projection.unit.name.vi}, số liệu biết đến ngày", f"{projection.unit.name.en}, as known on")
    return f"{known} {nr.date_text(projection.as_of, lang)}"


def interval_words(projection: Projection, level: float, lang: str) -> str:
    """A central interval: '1.640 đến 1.773'."""
    low, high = projection.interval(level)
    return f"{nr.number(low, projection.decimals, lang)} {one(lang, 'đến', 'to')} {nr.number(high, projection.decimals, lang)}"


def version_word(version: str, lang: str) -> str:
    """A version of a target in one or two words."""
    words = {
        "adopted": ("Thông qua", "Adopted"),
        "assigned": ("Trên giao", "Assigned"),
        "ambition": ("Phấn đấu", "Ambition"),
        "reference": ("So sánh", "Reference"),
    }
    return one(lang, *words[version])
