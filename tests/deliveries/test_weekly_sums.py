"""Figures of every week as sums to date, and months that are large every year: held against the same part of other years, not against another."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator

import pytest
from conftest import monthly, row, target

import kpi_lib as kpi
from kpi_lib.definitions.indicators import read_unit
from kpi_lib.deliveries.by_hand import unanswered
from kpi_lib.periods import Calendar

TODAY = dt.date(2026, 4, 1)
JOBS, REVENUE = "new_jobs", "budget_revenue_growth"
WEEKS = {  # calendar of the unit, line, measure, size of a day
    "a calendar year": (Calendar(1), JOBS, "lượt lao động", 4.0),
    "a fiscal year": (Calendar(7), REVENUE, "tỷ đồng", 1.5),
}  # fmt: skip


def weekly(calendar: Calendar, line: str, measure: str, size: float) -> Iterator[dict[str, object]]:
    """Sums to every Sunday of four years and of a part of the fifth; weeks differ by a third."""
    for year in range(2021, 2026):
        day, done = calendar.start(year), 0.0
        while day <= min(calendar.end(year), TODAY):
            done += size * (1 + (day.toordinal() // 7 % 5 - 2) / 6)
            if day.weekday() == 6:
                yield row(line, "cumulative", str(day), round(done), str(day + dt.timedelta(days=2)), measure=measure)
            day += dt.timedelta(days=1)


def faults(unit: str) -> list[tuple[str, str]]:
    return [(told.check, line.split(",")[4] if line else "") for told, line in unanswered(read_unit(unit), TODAY)]


@pytest.mark.parametrize(("calendar", "line", "measure", "size"), WEEKS.values(), ids=WEEKS)
def test_sums_of_every_week_pass_and_one_that_is_odd_is_told(
    make_unit: Callable[..., str], calendar: Calendar, line: str, measure: str, size: float
):
    rows, start = list(weekly(calendar, line, measure, size)), f"year_starts = {calendar.year_starts}\n"
    assert faults(make_unit(rows, toml=start)) == []
    late = rows[-6]
    odd = [*rows[:-6], {**late, "value": late["value"] * 12}, *rows[-5:]]
    assert ("value_unusual", late["period"]) in faults(make_unit(odd, toml=start, unit="odd"))


def test_the_first_year_by_weeks_after_years_by_months_passes(make_unit: Callable[..., str]):
    rows = list(weekly(*WEEKS["a calendar year"]))
    ends = {str(Calendar().month_end(year, month)) for year in range(2021, 2024) for month in range(1, 13)}
    months = [row(JOBS, "cumulative", end, 122 * int(end[5:7]), end, measure="lượt lao động") for end in sorted(ends)]
    assert faults(make_unit([*months, *(each for each in rows if str(each["period"]) >= "2024")])) == []


def test_a_year_handed_in_by_weeks_is_projected(make_unit: Callable[..., str]):
    unit = read_unit(make_unit(list(weekly(*WEEKS["a calendar year"])), targets=[target(JOBS, 2025, 1200)]))
    item = kpi.outlook_for(kpi.read_observations(unit.id), unit, unit.indicators[JOBS], 2025, as_of="2025-07-10")
    assert item.judged and str(item.projection.seen[-1].end) == "2025-07-06"


def test_the_first_weeks_of_a_line_without_a_past_are_of_the_size_of_the_days_gone(make_unit: Callable[..., str]):
    first = [row(JOBS, "cumulative", "2025-01-02", 8, "2025-01-04", measure="lượt lao động")]
    assert faults(make_unit(first, targets=[target(JOBS, 2025, 1460)])) == []
    slip = [{**first[0], "value": 8000}]
    assert [check for check, _ in faults(make_unit(slip, targets=[target(JOBS, 2025, 1460)], unit="slip"))] == ["size_unlikely"]


@pytest.mark.parametrize(("line", "measure"), [(REVENUE, "tỷ đồng"), (JOBS, "lượt lao động")])
def test_a_month_that_is_large_every_year_is_asked_about_once(make_unit: Callable[..., str], line: str, measure: str):
    year = [10, 10, 10, 10, 55, 10, 10, 10, 10, 10, 10, 10]
    rows = [each for number in range(2022, 2026) for each in monthly(line, number, [v + number - 2022 for v in year], measure=measure)]
    assert faults(make_unit(rows)) == [("cumulative_as_month", "2022-05")]
    slipped = [10, 10, 10, 10, 55, 10, 10, 10, 95, 10, 10, 10]
    rows = [*rows[:-12], *monthly(line, 2025, slipped, measure=measure)]
    assert "2025-09" in [period for _, period in faults(make_unit(rows, unit="slip"))]
