"""Whether a figure comes when it can be known, once, for the territory it names, and before the deadline."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from kpi_lib.deliveries.checks.case import Case, check, pairs, written
from kpi_lib.deliveries.delivery import Fault, Figure, fault
from kpi_lib.periods import same_day


@check
def timing(case: Case) -> Iterator[Fault]:
    """Figures of the future, and actual figures before their period has ended."""
    for item in case.reading.figures:
        start, end = case.covered(item)
        day = item.published or case.received
        begun = end.replace(day=1) if item.basis in ("cumulative", "level") else start
        if begun > day:
            yield case.told("future_figure", item, f"kỳ {item.period}, nhận ngày {day:%d/%m/%Y}")
        elif item.status != "estimate" and end > day and item.basis != "level":
            yield case.told("actual_too_early", item, f"“thực hiện” của kỳ đến {end:%d/%m/%Y}, nhận ngày {day:%d/%m/%Y}")


@check
def figure_twice(case: Case) -> Iterator[Fault]:
    """Two values for one period in one delivery."""
    seen: dict[tuple, Figure] = {}
    for item in case.reading.figures:
        key = (item.indicator, item.series, item.basis, item.period, item.perimeter, item.status, item.published)
        other = seen.setdefault(key, item)
        if other is not item and other.value != item.value:
            for one, two in ((item, other), (other, item)):
                place = f"{two.sheet}!{two.cell}" if two.sheet else two.cell
                yield case.told("figure_twice", one, f"{written(one.value)}, nhưng ô {place} ghi {written(two.value)}")


@check
def estimates(case: Case) -> Iterator[Fault]:
    """Estimates that were never replaced, and actual figures replaced by estimates."""
    delivered = {(item.indicator, item.series, item.basis, case.end(item)) for item in case.reading.figures if item.status != "estimate"}
    for item in case.reading.figures:
        if item.status == "estimate" and case.of(item).status.get((item.basis, case.end(item))) in ("actual", "settled"):
            yield case.told("estimate_after_actual", item, f"kỳ {item.period} đã có số thực hiện")
    for (indicator, series, _), known in case.known.items():
        reported = [f for f in case.reading.figures if (f.indicator, f.series) == (indicator, series) and f.basis == "month"]
        if not reported:
            continue
        item = max(reported, key=case.end)
        year_of = case.unit.calendar_of(case.indicator(item)).year_of
        old = [
            end
            for (basis, end), word in known.status.items()
            if basis == "month" and word == "estimate" and end < case.end(item).replace(day=1) - dt.timedelta(days=31)
        ]
        old = [end for end in sorted(old) if (indicator, series, "month", end) not in delivered and year_of(end) == year_of(case.end(item))]
        if old:
            yield case.told(
                "estimate_not_replaced", item, f"còn là số ước: {', '.join(f'tháng {end.month}/{end.year}' for end in old[:6])}"
            )


@check
def boundaries(case: Case) -> Iterator[Fault]:
    """Figures and comparisons across a change of the unit's territory."""
    for event in case.unit.boundary_events:
        for item in case.reading.figures:
            if case.covered(item)[0] < event.date and not item.perimeter:
                yield case.told(
                    "boundary_crossed", item, f"kỳ {item.period} trước ngày {event.date:%d/%m/%Y}", f"ghi phạm vi; {event.text.vi}"
                )
        for claim in case.reading.claims:
            start = case.covered(claim)[0]
            if claim.kind != "percent_of_plan" and same_day(start, -1) < event.date <= start:
                yield case.told("boundary_comparison", claim, f"cùng kỳ trước ngày {event.date:%d/%m/%Y}")
                break


@check
def delivery(case: Case) -> Iterator[Fault]:
    """The deadline, and months that were skipped."""
    if case.deadline is not None and case.received > case.deadline:
        days = (case.received - case.deadline).days
        yield fault(
            "deadline_missed",
            file=case.reading.file,
            found=f"nhận ngày {case.received:%d/%m/%Y}, hạn {case.deadline:%d/%m/%Y}: muộn {days} ngày",
        )
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
            between = "/" if calendar.year_starts == 1 else " năm "
            yield case.told("months_skipped", month, f"thiếu tháng {missing}{between}{calendar.name(year)}")
