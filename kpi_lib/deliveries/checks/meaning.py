"""What figures must not say: each check is one function, listed with its name in one table; `checks.csv` holds its words and severity.

A wrong figure must not enter silently, a clean one must not be kept out. Limits are the series' own past wherever there is one.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from kpi_lib.definitions.indicators import Indicator, Unit
from kpi_lib.definitions.measures import factor, measure_of, same_measure
from kpi_lib.definitions.targets import has_document, plan_values
from kpi_lib.deliveries.checks.limits import Limits, limits_for
from kpi_lib.deliveries.delivery import Claim, Fault, Figure, PlanFigure, Reading, fault
from kpi_lib.figures import histories as fg
from kpi_lib.figures.boundaries import usable
from kpi_lib.periods import MONTHS, Calendar, same_day, span


@dataclass(frozen=True, slots=True)
class Known:
    """What was known of one series before the delivery, in one unit of measure: latest values by the end of their span.

    `months` and `sums` go by year and number of the month in it, as the line's years are counted.
    """

    months: dict[tuple[int, int], float] = field(default_factory=dict)
    sums: dict[tuple[int, int], float] = field(default_factory=dict)
    levels: dict[dt.date, float] = field(default_factory=dict)
    status: dict[tuple[str, dt.date], str] = field(default_factory=dict)
    received: dict[tuple[str, dt.date], dt.date] = field(default_factory=dict)

    def usual(self) -> float:
        """Size of an ordinary month: the median of the last 24 known ones."""
        recent = [abs(self.months[key]) for key in sorted(self.months)[-24:]]
        return float(np.median(recent)) if len(recent) >= 3 else float("nan")


@dataclass(frozen=True, slots=True)
class Case:
    """Everything a check may ask for."""

    reading: Reading
    unit: Unit
    observed: pd.DataFrame
    plans: pd.DataFrame
    received: dt.date
    deadline: dt.date | None
    known: dict[tuple[str, str, str], Known]
    limits: dict[str, Limits]

    def of(self, item: Figure | Claim) -> Known:
        """What is known of a figure's series."""
        return self.known.get((item.indicator, item.series, item.measure), Known())

    def covered(self, item: Figure | Claim) -> tuple[dt.date, dt.date]:
        """First and last day that a figure covers."""
        return span(item.basis, item.period, self.unit.calendar_of(self.indicator(item)))

    def end(self, item: Figure | Claim) -> dt.date:
        """Last day that a figure covers."""
        return self.covered(item)[1]

    def month(self, item: Figure | Claim) -> tuple[int, int]:
        """The year in which a figure's span ends, and the number of its last month in it."""
        return self.unit.calendar_of(self.indicator(item)).month_of(self.end(item))

    def indicator(self, item: Figure | Claim | PlanFigure) -> Indicator:
        """The definition of what a figure measures."""
        return self.unit.indicators[item.indicator]

    def told(self, name: str, item: Figure | Claim | PlanFigure, found: str, expected: str = "", holds: tuple[str, ...] = ()) -> Fault:
        """A fault at a figure's cell."""
        return fault(name, file=self.reading.file, sheet=item.sheet, cell=item.cell, found=found, expected=expected, holds=holds)


def held_against(
    reading: Reading, known: pd.DataFrame, unit: Unit, *, plans: pd.DataFrame, received: dt.date, deadline: dt.date | None = None
) -> list[Fault]:
    """Every fault of meaning of a delivery.

    Parameters
    ----------
    known : observations of the unit before this delivery, all vintages; `plans`: all versions of its plans.
    received : day of the delivery; `deadline`: when it was due.
    """
    own = usable(known, unit) if len(known) else known
    case = Case(reading, unit, own, plans, received, deadline, _known(own, reading, unit), {})
    for key in dict.fromkeys(item.indicator for item in reading.figures):
        case.limits[key] = limits_for(own, key)
    told = [item for check in CHECKS.values() for item in check(case)]
    return _without_echoes(told)


def _known(obs: pd.DataFrame, reading: Reading, unit: Unit) -> dict[tuple[str, str, str], Known]:
    """Figures and sums in force by series and unit of measure; money is converted to the measure the delivery uses."""
    found: dict[tuple[str, str, str], Known] = {}
    spoken: list[Figure | Claim] = [*reading.figures, *reading.claims]
    wanted = {(item.indicator, item.series, item.measure) for item in spoken}
    for key in wanted:
        indicator, series, measure = key
        figures = fg.line(obs, indicator, series) if len(obs) else ()
        if not figures:
            continue
        state, calendar = Known(), unit.calendar_of(unit.indicators[indicator])
        for known in fg.in_force(figures):
            scale = factor(known.measure, measure)
            if math.isfinite(scale):
                _add(state, known, known.value * scale, calendar)
        if unit.indicators[indicator].adds_up:
            history = fg.flow_history(figures, unit.indicators[indicator], series=series, measure=measure_of(measure), calendar=calendar)
            points = (point for flow in history.years.values() for point in flow.points)
            state.sums.update({calendar.month_of(point.end): round(point.value, 9) for point in points})
        found[key] = state
    return found


def _add(state: Known, known: fg.Figure, value: float, calendar: Calendar) -> None:
    end, basis = known.end, known.basis
    if basis == "month":
        state.months[calendar.month_of(end)] = value
    elif basis in ("cumulative", "year"):
        state.sums[calendar.month_of(end)] = value
    state.levels[end] = value if basis in ("level", "cumulative", "year") else state.levels.get(end, value)
    state.status[basis, end] = known.status
    state.received[basis, end] = known.published


def _without_echoes(told: list[Fault]) -> list[Fault]:
    """One cause, one fault: where a cell is refused for its unit or its column, weaker remarks on the same cell are left out."""
    strong = {(f.sheet, c) for f in told if f.check in _CAUSES for c in (f.cell, *f.holds)}
    return [f for f in told if f.check not in _ECHOES or not {(f.sheet, c) for c in (f.cell, *f.holds)} & strong]


_CAUSES = {
    "unit_slip",
    "cumulative_as_month",
    "month_as_cumulative",
    "growth_as_index",
    "outside_limits",
    "last_year_again",
    "figure_twice",
}
_ECHOES = {
    "cumulative_against_months", "cumulative_falls", "value_unusual", "revision_unusual", "revision_beyond", "same_period_percent_differs",
    "plan_percent_differs", "fraction_of_whole", "parts_against_total", "equal_or_increase",
}  # fmt: skip


def _number(value: float) -> str:
    """A number as staff write it.

    >>> _number(1234.5)
    '1.234,5'
    """
    text = f"{value:,.10g}" if abs(value) < 1e15 else f"{value:g}"
    return text.replace(",", "\0").replace(".", ",").replace("\0", ".")


def _flows(case: Case) -> Iterator[Figure]:
    yield from (item for item in case.reading.figures if case.indicator(item).adds_up and not measure_of(item.measure).of_plan)


def _pairs(case: Case) -> Iterator[tuple[Figure | None, Figure | None]]:
    """The month's amount and the sum to its end of the same series, where both or one are delivered."""
    by: dict[tuple, dict[str, Figure]] = {}
    for item in _flows(case):
        if item.basis in ("month", "cumulative"):
            by.setdefault((item.indicator, item.series, item.measure, case.end(item)), {})[item.basis] = item
    for pair in by.values():
        yield pair.get("month"), pair.get("cumulative")


# ---- the checks ------------------------------------------------------------------------------------------------------------------


def parts_against_total(case: Case) -> Iterator[Fault]:
    """Parts of one indicator against its total, for the same span."""
    by: dict[tuple, dict[str, Figure]] = {}
    for item in _flows(case):
        by.setdefault((item.indicator, item.basis, item.period, item.measure), {})[item.series] = item
    for group in by.values():
        total, parts = group.get("total"), [item for series, item in group.items() if series in ("land", "taxes_and_fees")]
        if total is None or not parts:
            continue
        summed = sum(item.value for item in parts)
        slack = 0.51 * 10 ** -_decimals(total.value) * (len(parts) + 1) + 1e-9 * abs(total.value)
        if summed > total.value + slack or (len(parts) == 2 and abs(summed - total.value) > slack):
            found = f"các phần cộng lại {_number(summed)}, tổng ghi {_number(total.value)}"
            yield case.told("parts_against_total", total, found, holds=(total.cell, *(item.cell for item in parts)))


def _decimals(value: float) -> int:
    text = f"{value:.6f}".rstrip("0")
    return min(len(text.split(".")[1]), 3)


def unit_slip(case: Case) -> Iterator[Fault]:
    """A jump by about a thousand or a million against the same series' own figures."""
    for item in case.reading.figures:
        if not case.indicator(item).adds_up:
            continue
        reference = _reference(case, item)
        if not reference or item.value == 0 or not math.isfinite(reference):
            continue
        for power in (3, 6, 9):
            if 0.25 < abs(item.value) / reference / 10**power < 4 or 0.25 < abs(item.value) / reference * 10**power < 4:
                found = f"{_number(item.value)} {item.measure}, thường khoảng {_number(float(f'{reference:.3g}'))}: lệch khoảng {10**power:,} lần".replace(
                    ",", "."
                )
                yield case.told("unit_slip", item, found)


def _reference(case: Case, item: Figure) -> float | None:
    """A figure of the past to measure a size by: the same span last year, else the usual month."""
    (year, number), known = case.month(item), case.of(item)
    store = known.months if item.basis == "month" else known.sums
    same = store.get((year - 1, number))
    if same:
        return abs(same)
    usual = known.usual()
    if item.basis == "month":
        return usual if math.isfinite(usual) else None
    last = [known.sums[key] for key in sorted(known.sums) if key[0] == year]
    if last and last[-1]:
        return abs(last[-1])
    return usual * number if math.isfinite(usual) else None


def cumulative_as_month(case: Case) -> Iterator[Fault]:
    """A month's cell that holds the year to date."""
    for month, total in _pairs(case):
        if month is None or month.value == 0:
            continue
        (year, number), known = case.month(month), case.of(month)
        if number == 1:
            continue
        before = known.sums.get((year, number - 1))
        usual = known.usual()
        if total is not None and abs(month.value - total.value) <= 1e-9 * abs(total.value):
            if before and month.value < 0.75 * before:
                continue  # month_as_cumulative tells it
            yield case.told(
                "cumulative_as_month", month, f"số tháng {_number(month.value)} bằng đúng luỹ kế", holds=(month.cell, total.cell)
            )
        elif (
            before
            and math.isfinite(usual)
            and usual > 0
            and month.value > 2.5 * usual
            and 0.9 < month.value / (before + usual) < 1.15
            and number > 2
        ):
            found = f"{_number(month.value)}: gần bằng luỹ kế tháng trước {_number(before)} cộng một tháng"
            yield case.told("cumulative_as_month", month, found)


def month_as_cumulative(case: Case) -> Iterator[Fault]:
    """A cumulative cell that holds the month alone."""
    for month, total in _pairs(case):
        if total is None:
            continue
        (year, number), known = case.month(total), case.of(total)
        before = known.sums.get((year, number - 1)) if number > 1 else None
        if (
            not before
            or total.value <= 0
            or total.value > 0.75 * before
            or before < 2 * (known.usual() if math.isfinite(known.usual()) else 0)
        ):
            continue
        if (month is not None and abs(month.value - total.value) <= 1e-6 * abs(total.value)) or total.value < 2.2 * known.usual():
            yield case.told(
                "month_as_cumulative", total, f"luỹ kế {_number(total.value)}, tháng trước đã {_number(before)}", holds=(total.cell,)
            )


def cumulative_against_months(case: Case) -> Iterator[Fault]:
    """The sum to date against last month's sum and the month, and that it does not fall."""
    delivered = {(item.indicator, item.series, item.basis, case.end(item)): item for item in _flows(case)}
    for month, total in _pairs(case):
        if total is None:
            continue
        (year, number), known = case.month(total), case.of(total)
        if number == 1 and month is not None and abs(month.value - total.value) > 0.011 * abs(total.value) + 0.06:
            yield case.told(
                "cumulative_against_months",
                total,
                f"tháng {case.end(total).month}: luỹ kế {_number(total.value)}, số tháng {_number(month.value)}",
                holds=(total.cell, month.cell),
            )
        earlier = delivered.get((total.indicator, total.series, "cumulative", _month_before(case, total)))
        before = earlier.value if earlier is not None else known.sums.get((year, number - 1)) if number > 1 else None
        if before is None and number > 1 and all((year, m) in known.months for m in range(1, number)):
            before = sum(known.months[year, m] for m in range(1, number))
        if before is None:
            continue
        restated = _restatement(case, delivered, total)
        if total.value < (before + min(restated, 0.0)) * (1 - max(0.02, case.limits[total.indicator].usual)) - 1e-9:
            yield case.told("cumulative_falls", total, f"luỹ kế {_number(total.value)}, tháng trước {_number(before)}")
        elif month is not None:
            slack = _slack(case, total, known, month) + 0.5 * abs(restated)
            gap = total.value - before - restated - month.value
            if abs(gap) > slack:
                found = f"{_number(before)} + {_number(month.value)} = {_number(before + month.value)}, luỹ kế ghi {_number(total.value)}"
                yield case.told("cumulative_against_months", total, found, holds=(total.cell, month.cell))


def _month_before(case: Case, total: Figure) -> dt.date:
    year, number = case.month(total)
    return case.unit.calendar_of(case.indicator(total)).month_end(year, number - 1)


def _restatement(case: Case, delivered: dict, total: Figure) -> float:
    """How much the delivery restates earlier months of the year, against what was known of them."""
    known, moved = case.of(total), 0.0
    for (indicator, series, basis, when), item in delivered.items():
        same_line = (indicator, series, basis) == (total.indicator, total.series, "month")
        if same_line and case.month(item)[0] == case.month(total)[0] and when < case.end(total):
            moved += item.value - known.months.get(case.month(item), item.value)
    return moved


def _slack(case: Case, total: Figure, known: Known, month: Figure) -> float:
    """How far a sum may stand from last month's plus the month: rounding for counts, usual revisions of the last months for amounts."""
    usual = known.usual()
    size = max(abs(month.value), usual if math.isfinite(usual) else 0.0)
    limit = case.limits[total.indicator]
    rounding = 1.5 * 10 ** -_decimals(total.value)
    return rounding + min(max(limit.hardly_ever, 0.03), 0.5) * size + 0.01 * abs(total.value) * (limit.usual > 0.005)


def last_year_again(case: Case) -> Iterator[Fault]:
    """The same numbers as a year before: month and sum both, or three figures and more of the delivery."""
    equal = [item for item in _flows(case) if item.value and _last_year(case, item) == item.value]
    several = len(equal) >= 3
    for month, total in _pairs(case):
        both = month in equal and total in equal and month is not None and total is not None
        exact = next(
            (
                item
                for item in (month, total)
                if item is not None and item in equal and abs(item.value) >= 1000 and _decimals(item.value) > 0
            ),
            None,
        )
        for item in (month, total) if both or several else (exact,):
            if item is not None and item in equal:
                yield case.told("last_year_again", item, f"{_number(item.value)} trùng khớp số cùng kỳ năm trước")


def _last_year(case: Case, item: Figure) -> float | None:
    (year, number), known = case.month(item), case.of(item)
    return (known.months if item.basis == "month" else known.sums).get((year - 1, number))


def revision(case: Case) -> Iterator[Fault]:
    """A figure already known, handed in with another value."""
    for item in case.reading.figures:
        old = _value_known(case, item)
        if not old:
            continue
        change, limit = item.value / old - 1.0, case.limits[item.indicator]
        if abs(change) > limit.rare:
            name = "revision_beyond" if abs(change) > limit.hardly_ever else "revision_unusual"
            found = f"{_number(old)} thành {_number(item.value)} ({change:+.1%})".replace(".1%", "")
            yield case.told(
                name,
                item,
                found,
                f"thường dưới {limit.usual:.1%}, chín phần mười dưới {limit.rare:.1%} (học từ {limit.count} lần điều chỉnh)",
            )


def _value_known(case: Case, item: Figure) -> float | None:
    end, known = case.end(item), case.of(item)
    if (item.basis, end) not in known.status:
        return None
    store = {"month": known.months, "cumulative": known.sums, "year": known.sums}.get(item.basis)
    return store.get(case.month(item)) if store is not None else known.levels.get(end)


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


def figure_twice(case: Case) -> Iterator[Fault]:
    """Two values for one period in one delivery."""
    seen: dict[tuple, Figure] = {}
    for item in case.reading.figures:
        key = (item.indicator, item.series, item.basis, item.period, item.perimeter, item.status, item.published)
        other = seen.setdefault(key, item)
        if other is not item and other.value != item.value:
            for one, two in ((item, other), (other, item)):
                place = f"{two.sheet}!{two.cell}" if two.sheet else two.cell
                yield case.told("figure_twice", one, f"{_number(one.value)}, nhưng ô {place} ghi {_number(two.value)}")


def natural_limits(case: Case) -> Iterator[Fault]:
    """Percentages, counts and amounts within what is possible."""
    for item in case.reading.figures:
        ind = case.indicator(item)
        own = same_measure(item.measure, ind.measure) and not ind.kind.of_amounts
        if ind.kind.growth_to_date and item.value > 60 and abs(_usual_level(case, item)) < 40:
            yield case.told("growth_as_index", item, f"{_number(item.value)} %")
        elif own and not ind.adds_up and not ind.lower <= item.value <= ind.upper:
            yield case.told(
                "outside_limits", item, f"{_number(item.value)} {item.measure}", f"từ {_number(ind.lower)} đến {_number(ind.upper)}"
            )
        elif ind.adds_up and item.value < 0:
            yield case.told("negative_month" if item.basis == "month" else "number_negative", item, _number(item.value))
        if ind.whole and same_measure(item.measure, ind.natural_measure) and item.value != round(item.value):
            yield case.told("fraction_of_whole", item, f"{_number(item.value)} {item.measure}")


def _usual_level(case: Case, item: Figure) -> float:
    known = list(case.of(item).levels.values())
    return float(np.median(known)) if known else 0.0


def claimed(case: Case) -> Iterator[Fault]:
    """Percentages and last year's figures of the same row against the figures."""
    totals = {(item.indicator, item.series, case.end(item)): item for item in _flows(case) if item.basis == "cumulative"}
    months = {(item.indicator, item.series, case.end(item)): item for item in _flows(case) if item.basis == "month"}
    bases = {(c.indicator, c.series, case.end(c)): c.value for c in case.reading.claims if c.kind == "same_period"}
    for claim in case.reading.claims:
        place = (claim.indicator, claim.series, case.end(claim))
        total = totals.get(place) or (months.get(place) if case.month(claim)[1] == 1 else None)
        if claim.kind == "percent_of_plan" and total is not None:
            yield from _plan_claim(case, claim, total)
        elif claim.kind == "percent_of_same_period" and total is not None:
            yield from _same_period_claim(case, claim, total, bases.get(place))
        elif claim.kind == "same_period":
            year, number = case.month(claim)
            known = case.of(claim).sums.get((year - 1, number))
            if known and abs(claim.value / known - 1) > max(
                0.02, case.limits[claim.indicator].rare if claim.indicator in case.limits else 0.1
            ):
                yield case.told("same_period_differs", claim, f"biểu ghi {_number(claim.value)}, đã biết {_number(known)}")


def _plan_claim(case: Case, claim: Claim, total: Figure) -> Iterator[Fault]:
    plans = [p.value for p in case.reading.plans if p.indicator == claim.indicator and p.measure == total.measure]
    plans += plan_values(case.plans, claim.indicator, case.month(claim)[0], total.measure, as_of=case.received).values()
    if not plans or claim.value <= 0:
        return
    computed = [total.value / plan * 100 for plan in plans if plan]
    if any(abs(claim.value - value) <= 0.006 * value + 0.06 for value in computed):
        return
    implied = total.value / claim.value * 100
    found = f"{_number(round(claim.value, 2))} %, tính ra {_number(round(computed[0], 2))} %: kế hoạch hàm ý {_number(round(implied, 1))} thay vì {_number(plans[0])}"
    yield case.told("plan_percent_differs", claim, found)


def _same_period_claim(case: Case, claim: Claim, total: Figure, base: float | None) -> Iterator[Fault]:
    year, number = case.month(claim)
    last = base or case.of(total).sums.get((year - 1, number))
    if not last:
        return
    computed = total.value / last * 100
    slack = 0.6 + 0.01 * computed + 100 * min(case.limits[total.indicator].rare, 0.35) * (base is None) * computed / 100
    if abs(claim.value - computed) <= slack:
        return
    if abs(claim.value + 100 - computed) <= slack or abs(claim.value - 100 - computed) <= slack:
        yield case.told("equal_or_increase", claim, f"{_number(round(claim.value, 2))} %, tính ra bằng {_number(round(computed, 2))} %")
        return
    found = f"{_number(round(claim.value, 2))} %, tính ra {_number(round(computed, 2))} % (luỹ kế {_number(total.value)}, cùng kỳ {_number(last)})"
    yield case.told("same_period_percent_differs", claim, found, holds=(total.cell,))


def plan_changes(case: Case) -> Iterator[Fault]:
    """A plan other than the one in force, with or without a document."""
    for plan in case.reading.plans:
        old = plan_values(case.plans, plan.indicator, plan.year, plan.measure, as_of=case.received).get(plan.version)
        if old is not None and abs(plan.value - old) <= 1e-9 * max(1.0, abs(old)):
            continue
        found = f"{_number(plan.value)} {plan.measure}" + (
            f", trước là {_number(old)}" if old is not None else " (kế hoạch đầu tiên của năm)"
        )
        if plan.value <= 0 or (old and not 0.2 < plan.value / old < 5):
            yield case.told("plan_unlikely", plan, found)
        elif has_document(plan.document):
            yield case.told("plan_amended", plan, f"{found}; văn bản: {plan.document}")
        else:
            yield case.told("plan_changed", plan, found)


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


def delivery(case: Case) -> Iterator[Fault]:
    """The deadline, and months that were skipped."""
    if case.deadline is not None and case.received > case.deadline:
        days = (case.received - case.deadline).days
        yield fault(
            "deadline_missed",
            file=case.reading.file,
            found=f"nhận ngày {case.received:%d/%m/%Y}, hạn {case.deadline:%d/%m/%Y}: muộn {days} ngày",
        )
    for month, _ in _pairs(case):
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


def odd_values(case: Case) -> Iterator[Fault]:
    """Zeros, copies and values that the series' own past does not allow."""
    for item in case.reading.figures:
        known = case.of(item)
        recent = [known.months[key] for key in sorted(known.months)[-MONTHS:]]
        if item.basis == "month" and item.value == 0 and len(recent) >= 6 and min(recent) > 0 and float(np.median(recent)) > 3:
            yield case.told("zero_unusual", item, f"0, mười hai tháng trước từ {_number(min(recent))} đến {_number(max(recent))}")
        elif (reach := _reach(case, item)) is not None and item.value and not reach[0] <= item.value <= reach[1]:
            yield case.told(
                "value_unusual",
                item,
                f"{_number(item.value)} {item.measure}",
                f"khoảng thường gặp {_number(reach[0])} đến {_number(reach[1])}",
            )
    runs: dict[tuple, list[Figure]] = {}
    for item in _flows(case):
        if item.basis == "month" and item.value:
            runs.setdefault((item.indicator, item.series, item.value), []).append(item)
    for same in runs.values():
        if len(same) >= 4 and max(item.value for item in same) > 20:
            yield from (case.told("constant_copy", item, f"{len(same)} tháng cùng là {_number(item.value)}") for item in same)


def _reach(case: Case, item: Figure) -> tuple[float, float] | None:
    """The range a value may take by the series' own past; None where the past is too short to say.

    A month or sum is taken against the same one last year: log ratios of the past, with their own centre and spread, and heavy tails. A
    level is taken against the last known one and its usual steps.
    """
    (year, number), known = case.month(item), case.of(item)
    if not case.indicator(item).adds_up:
        return _level_reach(case, item)
    store = known.months if item.basis == "month" else known.sums
    ratios = [
        math.log(store[y, m] / store[y - 1, m])
        for (y, m) in store
        if store[y, m] > 0 and store.get((y - 1, m), 0) > 0 and (y, m) < (year, number)
    ]
    last = store.get((year - 1, number))
    if not last or last <= 0:
        usual = known.usual()
        return (usual / MONTHS, usual * MONTHS) if item.basis == "month" and math.isfinite(usual) and usual > 5 else None
    count = 1 / math.sqrt(max(last, 1.0)) if case.indicator(item).whole else 0.0
    if len(ratios) < 10:
        width = 1.6 + 3 * count
        return last * math.exp(-width), last * math.exp(width)
    centre = float(np.median(ratios))
    spread = max(1.4826 * float(np.median(np.abs(np.array(ratios) - centre))), 0.06, count)
    width = max(5.5 * spread, 1.05 * float(np.max(np.abs(np.array(ratios) - centre))))
    return last * math.exp(centre - width), last * math.exp(centre + width)


def _level_reach(case: Case, item: Figure) -> tuple[float, float] | None:
    ind, known = case.indicator(item), case.of(item)
    past = [(end, value) for end, value in sorted(known.levels.items()) if end < case.end(item)]
    if len(past) < 4 or ind.kind.must_be_nil:
        return None
    values = np.array([value for _, value in past])
    steps = np.abs(np.diff(values))
    step = max(6 * float(np.median(steps)), 1.5 * float(steps.max()), ind.typical_change if math.isfinite(ind.typical_change) else 0.0, 0.5)
    if ind.kind.growth_to_date:
        return float(values.min()) - step, float(values.max()) + step
    return float(values[-1]) - step, float(values[-1]) + step


CHECKS: dict[str, Callable[[Case], Iterator[Fault]]] = {
    check.__name__: check
    for check in (
        parts_against_total, unit_slip, cumulative_as_month, month_as_cumulative, cumulative_against_months, last_year_again, revision,
        timing, figure_twice, natural_limits, claimed, plan_changes, estimates, boundaries, delivery, odd_values,
    )
}  # fmt: skip
