"""Whether a figure comes when it can be known, once, for the territory it names, and before the deadline."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from kpi_lib.deliveries.checks.case import Case, check, pairs, territory
from kpi_lib.deliveries.delivery import DeliveredFigure, Fault, fault, named, seen
from kpi_lib.periods import same_day
from kpi_lib.words.messages import Text, listed, plural


@check
def timing(case: Case) -> Iterator[Fault]:
    """Figures of the future, and actual figures before their period has ended; what is assessed once a year may be known before its last day."""
    for item in case.reading.figures:
        start, end = case.covered(item)
        day = min(item.published or case.received, case.received)
        begun = end.replace(day=1) if item.basis in ("cumulative", "level") else start
        if begun > day:
            yield case.told("future_figure", item, seen("period {period}, received on {day}", period=item.period, day=day))
        elif item.status != "estimate" and end > day and item.basis != "level" and case.indicator(item).frequency != "year":
            yield case.told("actual_too_early", item, seen("“actual” of a period to {end}, received on {day}", end=end, day=day))


@check
def figure_twice(case: Case) -> Iterator[Fault]:
    """Two values for one period in one delivery."""
    firsts: dict[tuple, DeliveredFigure] = {}
    for item in case.reading.figures:
        key = (item.indicator, item.series, item.basis, item.period, item.perimeter, item.status, item.published)
        other = firsts.setdefault(key, item)
        if other is not item and other.value != item.value:
            for one, two in ((item, other), (other, item)):
                place = f"{two.sheet}!{two.cell}" if two.sheet else two.cell
                found = seen("{value}, but cell {cell} says {other}", value=one.value, cell=place, other=two.value)
                yield case.told("figure_twice", one, found)


@check
def estimates(case: Case) -> Iterator[Fault]:
    """Estimates that were never replaced, and actual figures replaced by estimates."""
    delivered = {
        (item.indicator, item.series, territory(item), item.basis, case.end(item))
        for item in case.reading.figures
        if item.status != "estimate"
    }
    for item in case.reading.figures:
        versions = case.versions(item)
        if item.status == "estimate" and versions and versions[-1].status != "estimate":
            yield case.told("estimate_after_actual", item, Text("period {period} has an actual figure", period=item.period))
    for (indicator, series, _, area), known in case.known.items():
        line = (indicator, series, area)
        reported = [f for f in case.reading.figures if (f.indicator, f.series, territory(f)) == line and f.basis == "month"]
        if not reported:
            continue
        item = max(reported, key=case.end)
        year_of, last = case.unit.calendar_of(case.indicator(item)).year_of, case.end(item)
        year, before = year_of(last), last.replace(day=1) - dt.timedelta(days=31)
        old = sorted(
            end for (basis, end), own in known.versions.items() if basis == "month" and own[-1].status == "estimate" and end < before
        )
        old = [end for end in old if year_of(end) == year and (*line, "month", end) not in delivered]
        if old:
            months = listed(Text("month {month}/{year}", month=end.month, year=end.year) for end in old[:6])
            yield case.told("estimate_not_replaced", item, Text("still estimates: {months}", months=months))


@check
def boundaries(case: Case) -> Iterator[Fault]:
    """Figures and comparisons across a change of the unit's territory."""
    for event in case.unit.boundary_events:
        for item in case.reading.figures:
            if case.covered(item)[0] < event.date and not item.perimeter:
                found = seen("period {period} before {day}", period=item.period, day=event.date)
                yield case.told("boundary_crossed", item, found, Text("name the area; {event}", event=named(event.text)))
        for claim in case.reading.claims:
            start = case.covered(claim)[0]
            if claim.kind != "percent_of_plan" and same_day(start, -1) < event.date <= start:
                yield case.told("boundary_comparison", claim, seen("the same period last year is before {day}", day=event.date))
                break


@check
def delivery(case: Case) -> Iterator[Fault]:
    """The deadline, and months that were skipped."""
    if case.deadline is not None and case.received > case.deadline:
        found = plural(
            "received on {day}, due on {due}: {n} day late", "received on {day}, due on {due}: {n} days late",
            n=(case.received - case.deadline).days, day=case.received, due=case.deadline,
        )  # fmt: skip
        yield fault("deadline_missed", file=case.reading.file, found=found)
    for month, _ in pairs(case):
        if month is None or month.status != "estimate" or case.indicator(month).frequency != "month":
            continue
        (year, number), known = case.month(month), case.of(month)
        delivered = {
            case.month(f)[1] for f in case.reading.figures if (f.indicator, f.series, f.basis) == (month.indicator, month.series, "month")
        }
        gaps = [m for m in range(1, number) if (year, m) not in known.months and (year, m) not in known.sums and m not in delivered]
        if gaps and known.months:
            calendar = case.unit.calendar_of(case.indicator(month))
            missing = ", ".join(str(calendar.months()[m - 1]) for m in gaps)
            yield case.told("months_skipped", month, Text("missing: months {months} of {year}", months=missing, year=calendar.name(year)))
