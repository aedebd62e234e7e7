"""Is a figure overdue: asked by the verdict, which then falls silent, and by the table of what is owed."""

from __future__ import annotations

import datetime as dt

from kpi_lib.definitions.indicators import Indicator, Unit
from kpi_lib.periods import EVERY


def overdue(unit: Unit, ind: Indicator, last: dt.date | None, moment: dt.date) -> tuple[dt.date, dt.date] | None:
    """The first period after a line's latest figure whose day for it has gone by: its end, and that day; None where nothing is overdue.

    `last` is the end of the latest figure, None where there is none: then the year of `moment` is asked from its first period on. What is known
    once a year is given for its year on whatever day it came. Where no document sets a day (`Unit.due`) nothing is ever overdue.
    """
    calendar, step = unit.calendar_of(ind), EVERY[ind.frequency]
    start = last or calendar.end(calendar.year_of(moment) - 1)
    if ind.kind.once_a_year:
        start = calendar.end(calendar.year_of(start))
    year, month = calendar.month_of(start + dt.timedelta(days=1))
    end = calendar.month_end(year, -(-month // step) * step)
    due = unit.due(ind, end)
    return (end, due) if due is not None and due < moment else None
