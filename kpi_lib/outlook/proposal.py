"""A phased plan to begin with: the target in force, spread as complete past years usually went."""

from __future__ import annotations

import math
from collections.abc import Sequence

from kpi_lib import compare
from kpi_lib.outlook.values.course import has_goal, usual_shares
from kpi_lib.outlook.verdict import Outlook
from kpi_lib.periods import MONTHS, QUARTER, Calendar


def proposed(outlook: Outlook) -> list[tuple[str, str, float]]:
    """A phased plan for the target in force, as complete past years usually went: `(basis, period, value)`, values in the projection's measure.

    Months where past years have a figure near every month's end, else quarters, else sums to date; rounded so that they add up to the target.
    Of a line whose past tells no share, and of rates and states, the ends of quarters without a value.
    """
    projection = outlook.projection
    calendar, year = projection.calendar, projection.year
    shares = usual_shares(projection) if has_goal(outlook) else {}
    for basis, length in (("month", 1), ("quarter", QUARTER)):
        ends = range(length, MONTHS + 1, length)
        if shares and set(ends) <= set(shares):
            shared = _shared(outlook, [shares[end] - shares.get(end - length, 0.0) for end in ends])
            return [(basis, _named(basis, calendar, year, end), value) for end, value in zip(ends, shared, strict=True)]
    to_day = "cumulative" if projection.indicator.kind.to_date else "level"
    known = [end for end in shares if end < MONTHS] or range(QUARTER, MONTHS, QUARTER)
    return [
        (to_day, f"{calendar.month_end(year, end)}", outlook.threshold * shares[end] if shares else math.nan) for end in (*known, MONTHS)
    ]


def _named(basis: str, calendar: Calendar, year: int, month: int) -> str:
    """The period that ends with a month of the year, as tables write it."""
    end = calendar.month_end(year, month)
    return f"{end:%Y-%m}" if basis == "month" else f"{year}-Q{month // QUARTER}"


def _shared(outlook: Outlook, quotas: Sequence[float]) -> list[float]:
    """The target shared out in steps of its last printed digit."""
    step = 10.0**-outlook.projection.decimals
    total = math.ceil(round(outlook.threshold / step, 6))
    return [
        compare.rounded(part * step, outlook.projection.decimals)
        for part in compare.share_out(total, [total * max(quota, 0.0) for quota in quotas])
    ]
