"""Amounts of months and sums to date against each other, their parts, and last year's."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator
from dataclasses import replace

from kpi_lib.deliveries.checks.case import Case, Known, check, decimals_of, flows, pairs
from kpi_lib.deliveries.delivery import Amount, DeliveredFigure, Fault, InMeasure, seen
from kpi_lib.periods import QUARTER
from kpi_lib.words.messages import Text


@check
def parts_against_total(case: Case) -> Iterator[Fault]:
    """Parts of one indicator against its total, for the same span and territory."""
    by: dict[tuple, dict[str, DeliveredFigure]] = {}
    for item in flows(case):
        by.setdefault((item.indicator, item.basis, item.period, item.perimeter, item.measure), {})[item.series] = item
    for group in by.values():
        total, parts = group.get("total"), [item for series, item in group.items() if series in ("land", "taxes_and_fees")]
        if total is None or not parts:
            continue
        summed = sum(item.value for item in parts)
        slack = 0.51 * 10 ** -decimals_of(total.value) * (len(parts) + 1) + 1e-9 * abs(total.value)
        whole = len(parts) == 2 and len(group) == 3  # where customs or others have a part too, these two are not all
        if summed > total.value + slack or (whole and abs(summed - total.value) > slack):
            found = seen("the parts add up to {parts}, the total says {total}", parts=summed, total=total.value)
            yield case.told("parts_against_total", total, found, holds=(total.cell, *(item.cell for item in parts)))


@check
def unit_slip(case: Case) -> Iterator[Fault]:
    """A jump by about a thousand or a million against the same series' own figures."""
    for item in case.reading.figures:
        if not case.indicator(item).adds_up:
            continue
        like = item if case.has_past(item) else replace(item, perimeter="")  # another territory without a past: about the unit's size
        reference = _reference(case, like)
        if not reference or item.value == 0 or not math.isfinite(reference):
            continue
        for power in (3, 6, 9):
            if 0.25 < abs(item.value) / reference / 10**power < 4 or 0.25 < abs(item.value) / reference * 10**power < 4:
                found = seen(
                    "{value} {measure}, usually about {usual}: about {times} times apart",
                    value=item.value, measure=InMeasure(item.measure), usual=float(f"{reference:.3g}"), times=10.0**power,
                )  # fmt: skip
                yield case.told("unit_slip", item, found)


def _reference(case: Case, item: DeliveredFigure) -> float | None:
    """A figure of the past to measure a size by: the same span last year, else the usual month."""
    (year, number), known = case.month(item), case.of(item)
    if same := case.last_year(item):
        return abs(same)
    usual = known.usual()
    if length := {"month": 1, "quarter": QUARTER}.get(item.basis):
        return usual * length if math.isfinite(usual) else None
    last = [known.sums[key] for key in sorted(known.sums) if key[0] == year]
    if last and last[-1]:
        return abs(last[-1])
    return usual * number if math.isfinite(usual) else None


@check
def cumulative_as_month(case: Case) -> Iterator[Fault]:
    """A month's cell that holds the year to date."""
    for month, total in pairs(case):
        if month is None or month.value == 0:
            continue
        (year, number), known = case.month(month), case.of(month)
        if number == 1:
            continue
        before = known.sums.get((year, number - 1))
        usual = known.usual()
        if total is not None and abs(month.value - total.value) <= 1e-9 * abs(total.value):
            if before == 0 or (before and month.value < 0.75 * before):
                continue  # nothing before this month; or month_as_cumulative tells it
            found = seen("the month's {value} is exactly the sum to date", value=month.value)
            fault = case.told("cumulative_as_month", month, found, holds=(month.cell, total.cell))
            yield fault if before else replace(fault, severity="confirm")  # the year's first may be true where nothing is known before it
        elif before and number > 2 and usual > 0 and month.value > 2.5 * usual and 0.9 < month.value / (before + usual) < 1.15:
            if 0.5 < month.value / (case.last_year(month) or math.inf) < 2.0:
                continue  # a month that is always as large: half a year's tax falls due
            found = seen("{value}: nearly last month's sum to date, {before}, and a month", value=month.value, before=before)
            yield case.told("cumulative_as_month", month, found)


@check
def month_as_cumulative(case: Case) -> Iterator[Fault]:
    """A cumulative cell that holds the month alone."""
    for month, total in pairs(case):
        if total is None:
            continue
        (year, number), known = case.month(total), case.of(total)
        before = known.sums.get((year, number - 1)) if number > 1 else None
        usual = known.usual()
        if not before or not 0 < total.value <= 0.75 * before or before < 2 * usual:
            continue
        if (month is not None and abs(month.value - total.value) <= 1e-6 * abs(total.value)) or total.value < 2.2 * usual:
            found = seen("{sum} to date, {before} already last month", sum=total.value, before=before)
            yield case.told("month_as_cumulative", total, found, holds=(total.cell,))


@check
def cumulative_against_months(case: Case) -> Iterator[Fault]:
    """The sum to date against last month's sum and the month, and that it does not fall."""
    delivered = {(item.indicator, item.series, item.perimeter, item.basis, case.end(item)): item for item in flows(case)}
    for month, total in pairs(case):
        if total is None:
            continue
        (year, number), known = case.month(total), case.of(total)
        if number == 1 and month is not None and abs(month.value - total.value) > 0.011 * abs(total.value) + 0.06:
            figures = {"sum": total.value, "value": month.value}
            found = seen("month {month}: {sum} to date, {value} in the month", month=case.end(total).month, **figures)
            yield case.told("cumulative_against_months", total, found, holds=(total.cell, month.cell))
        earlier = delivered.get((total.indicator, total.series, total.perimeter, "cumulative", _month_before(case, total)))
        before = earlier.value if earlier is not None else known.sums.get((year, number - 1)) if number > 1 else None
        if before is None and number > 1 and all((year, m) in known.months for m in range(1, number)):
            before = sum(known.months[year, m] for m in range(1, number))
        if before is None:
            continue
        restated = _restatement(case, delivered, total)
        if total.value < (before + min(restated, 0.0)) * (1 - max(0.02, case.limits[total.indicator].usual)) - 1e-9:
            yield case.told("cumulative_falls", total, seen("{sum} to date, {before} last month", sum=total.value, before=before))
        elif month is not None:
            slack = _slack(case, total, known, min(abs(month.value), abs(total.value - before))) + 0.5 * abs(restated)
            gap = total.value - before - restated - month.value
            stood_still = total.value == before and month.value != 0 and not restated  # last month's sum, typed again
            if abs(gap) > slack or stood_still:
                parts = {"before": before, "month": month.value, "both": before + month.value, "sum": total.value}
                found = seen("{before} + {month} = {both}, the sum to date says {sum}", **parts)
                yield case.told("cumulative_against_months", total, found, holds=(total.cell, month.cell))


def _month_before(case: Case, total: DeliveredFigure) -> dt.date:
    year, number = case.month(total)
    return case.unit.calendar_of(case.indicator(total)).month_end(year, number - 1)


def _restatement(case: Case, delivered: dict, total: DeliveredFigure) -> float:
    """How much the delivery restates earlier months of the year, against what was known of them."""
    known, moved = case.of(total), 0.0
    for (*line, when), item in delivered.items():
        same_line = line == [total.indicator, total.series, total.perimeter, "month"]
        if same_line and case.month(item)[0] == case.month(total)[0] and when < case.end(total):
            moved += item.value - known.months.get(case.month(item), item.value)
    return moved


def _slack(case: Case, total: DeliveredFigure, known: Known, month: float) -> float:
    """How far a sum may stand from last month's plus the month: rounding for counts, usual revisions of the last months for amounts.

    `month` is the smaller of the two sizes the month may have: one typed too large must not widen what is allowed.
    """
    usual = known.usual()
    size = max(month, usual if math.isfinite(usual) else 0.0)
    limit = case.limits[total.indicator]
    rounding = 1.5 * 10 ** -decimals_of(total.value)
    return rounding + min(max(limit.hardly_ever, 0.03), 0.5) * size + 0.01 * abs(total.value) * (limit.usual > 0.005)


@check
def last_year_again(case: Case) -> Iterator[Fault]:
    """The same numbers as a year before: month and sum both, or three figures and more of the delivery. Small counts are often the same."""
    equal = [item for item in flows(case) if item.value and case.last_year(item) == item.value]
    several = len({(item.indicator, item.series) for item in equal if case.month(item)[1] == 1 or item.basis == "month"}) >= 3
    for month, total in pairs(case):
        same = [item for item in (month, total) if item is not None and item in equal]
        both = len(same) == 2
        exact = [item for item in same if abs(item.value) >= 1000 and decimals_of(item.value) > 0]
        for item in same if both or several or len(equal) >= 3 else exact[:1]:
            yield _last_year_told(case, item, alone=not several)


OFTEN = 0.02  # a chance from which on a count that is last year's again is no question by itself


def _last_year_told(case: Case, item: DeliveredFigure, *, alone: bool) -> Fault:
    """The remark on a figure that is last year's; for a count with the chance of that, were the year like the last."""
    found = seen("{value} is exactly the figure of the same period last year", value=item.value)
    if not case.indicator(item).whole:
        return case.told("last_year_again", item, found)
    chance = math.exp(item.value * math.log(item.value) - item.value - math.lgamma(item.value + 1))
    words = Text(
        "For a count of this size the chance of that by itself is about {chance}%",
        chance=Amount(round(100 * chance, 1 if chance < 0.1 else 0)),
    )
    told = case.told("last_year_again", item, found, words)
    first = case.month(item)[1] == 1  # in the year's first month the sum is the month
    return replace(told, severity="note") if alone and chance >= OFTEN and (first or item.value <= 3) else told
