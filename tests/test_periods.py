"""What a year is, and which figure of another year stands for the same day: every reader gives the same answer."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
import pytest

import kpi_lib as kpi
from kpi_lib.definitions.targets import Target
from kpi_lib.figures.histories import FlowYear, Point
from kpi_lib.forecast.amounts import _share_at
from kpi_lib.forecast.projection import Projection
from kpi_lib.outlook import milestones, required, scenarios
from kpi_lib.outlook.shares import reached_by
from kpi_lib.outlook.values.outlook import of_outlook
from kpi_lib.outlook.verdict import Outlook, assess
from kpi_lib.page import whatif
from kpi_lib.periods import CALENDAR, NEAR_DAYS, Calendar, same_day, same_point, span

FIRMS = kpi.INDICATORS["new_enterprises"]
FISCAL = Calendar(year_starts=7)


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


@dataclass(frozen=True)
class Figure:
    end: dt.date


def figures(*days: str) -> list[Figure]:
    return [Figure(day(text)) for text in days]


def stands_for(points: list[Figure], like: str, years: int = -1, calendar: Calendar = CALENDAR) -> str | None:
    found = same_point(points, day(like), years, calendar)
    return str(found.end) if found else None


# ---- the same day of another year ------------------------------------------------------------------------------------------------


def test_the_same_day_comes_before_any_that_lies_near():
    assert stands_for(figures("2024-09-20", "2024-09-30", "2024-10-08"), "2025-09-30") == "2024-09-30"


def test_without_the_same_day_the_nearest_stands_for_it():
    assert stands_for(figures("2024-09-20", "2024-10-08"), "2025-09-30") == "2024-10-08"


def test_of_two_as_near_the_earlier_stands_for_it_in_whatever_order_they_come():
    assert stands_for(figures("2024-09-25", "2024-10-05"), "2025-09-30") == "2024-09-25"
    assert stands_for(figures("2024-10-05", "2024-09-25"), "2025-09-30") == "2024-09-25"


def test_the_tolerance_holds_its_last_day_and_not_the_next():
    edge = dt.date(2024, 9, 15)
    like = str(same_day(edge + dt.timedelta(days=NEAR_DAYS), 1))
    assert stands_for(figures(str(edge)), like) == str(edge)
    assert stands_for(figures(str(edge - dt.timedelta(days=1))), like) is None


def test_the_ends_of_two_months_are_the_same_day_whatever_their_length():
    assert stands_for(figures("2024-02-28", "2024-02-29"), "2025-02-28") == "2024-02-29"
    assert stands_for(figures("2023-02-27", "2023-02-28"), "2024-02-29") == "2023-02-28"
    assert str(same_day(day("2024-02-29"), -4)) == "2020-02-29"


def test_a_whole_year_stands_for_a_whole_year_only():
    assert stands_for(figures("2024-12-25", "2024-12-31"), "2025-12-28") == "2024-12-25"
    assert stands_for(figures("2024-12-31"), "2025-12-28") is None
    assert stands_for(figures("2024-12-28", "2024-12-31"), "2025-12-31") == "2024-12-31"


def test_a_figure_of_the_year_before_that_stands_for_nothing():
    assert stands_for(figures("2023-12-28", "2024-01-15"), "2025-01-05") == "2024-01-15"
    assert stands_for(figures("2025-06-30", "2025-07-09"), "2026-07-05", calendar=FISCAL) == "2025-07-09"


def test_in_a_fiscal_year_the_same_day_lies_in_the_other_fiscal_year():
    assert stands_for(figures("2025-03-20", "2025-03-31"), "2026-03-31", calendar=FISCAL) == "2025-03-31"


def outlook_of(past: tuple[str, ...], this: str = "2025-09-30") -> Outlook:
    """A line whose last year stood at 700, 750, 790, ... on given days and ended at 1,000, and which has 800 now."""
    unit = kpi.read_unit("quang-ninh")

    def point(text: str, value: float) -> Point:
        return Point(day(text), value, "actual", day(text), "x")

    values = dict(zip(("2024-09-20", "2024-09-30", "2024-10-08"), (700.0, 750.0, 790.0), strict=True))
    points = (*(point(text, values[text]) for text in past), point("2024-12-31", 1000.0))
    projection = Projection(
        unit, FIRMS, 2025, day("2025-10-15"), FIRMS.measure, "sums", FIRMS.name, np.full(10, 1100.0), seen=(point(this, 800.0),),
        past={2024: points}, evidence_years=3, ends=(day("2025-12-31"),), paths=np.full((10, 1), 300.0),
    )  # fmt: skip
    goal = Target("new_enterprises", 2025, 1150.0, ">=", "indicator", "adopted", "x", "", day("2024-12-31"), False, 1, "exact", "x")
    return assess(projection, goal)


@pytest.mark.parametrize(
    ("past", "stood"),
    [(("2024-09-20", "2024-09-30", "2024-10-08"), 750.0), (("2024-09-20", "2024-10-08"), 790.0), (("2024-09-20",), 700.0)],
    ids=["the same day is there", "two near it", "one near it"],
)
def test_every_reader_compares_with_the_same_figure_of_last_year(past, stood):
    item = outlook_of(past)
    projection, now = item.projection, item.projection.seen[-1]
    flow = FlowYear(2024, projection.past[2024], np.empty(0), np.empty(0))
    assert of_outlook(item)["same_period_value"] == stood
    assert of_outlook(item)["percent_of_same_period"] == pytest.approx(100 * 800 / stood)
    assert _share_at(flow, now, 2025) == stood / 1000
    assert item.best_pace == pytest.approx((1000 - stood) / 3)
    assert required.halves(projection, now.end) == {2024: (stood, 1000.0)}
    assert scenarios.last_left(projection) == 1000 - stood
    assert scenarios.lever_of(item).last_left == 1000 - stood
    assert f"same months last year {1000 - stood:.0f}" in whatif.what_if(item, "en").data.words["rest"]
    assert reached_by(projection, now.end) == {2024: stood / 1000}
    assert milestones.milestones(item)[0].best == 1000 - stood


# ---- years and months ------------------------------------------------------------------------------------------------------------

CALENDARS = [Calendar(first, closes) for first in (1, 4, 7, 9, 12) for closes in (31, 28, 14)]


@pytest.mark.parametrize("calendar", CALENDARS, ids=str)
def test_every_day_lies_in_one_year_and_one_month_of_it(calendar: Calendar):
    for number in range(366 * 5):
        one = dt.date(2022, 12, 1) + dt.timedelta(days=number)
        year, month = calendar.month_of(one)
        assert calendar.start(year) <= one <= calendar.end(year)
        assert calendar.month_end(year, month - 1) < one <= calendar.month_end(year, month)
        assert calendar.day_at(calendar.place(one, 2024), 2024) == one
        assert calendar.is_year_end(one) == (calendar.year_of(one + dt.timedelta(days=1)) == year + 1)
    assert len(calendar.month_ends(2024)) == 12 and calendar.month_ends(2024, 3) == calendar.month_ends(2024)[2::3]
    assert calendar.months_gone(calendar.end(2024)) == 12.0


def test_a_month_end_counts_whole_months_and_any_other_day_by_days():
    assert CALENDAR.months_gone(day("2025-09-30")) == 9.0
    assert CALENDAR.months_gone(day("2025-10-15")) == pytest.approx(9 + 15 / 31)
    assert FISCAL.months_gone(day("2026-03-31")) == 9.0
    assert Calendar(1, 14).months_gone(day("2026-06-14")) == 6.0


def test_a_year_is_over_on_the_day_after_its_last_and_not_on_its_last():
    assert not CALENDAR.over(2025, day("2025-12-31")) and CALENDAR.over(2025, day("2026-01-01"))
    assert not FISCAL.over(2025, day("2026-06-30")) and FISCAL.over(2025, day("2026-07-01"))


def test_a_year_carries_the_number_of_its_first_months_calendar_year():
    assert [Calendar(first).name(2025) for first in (1, 4, 7)] == ["2025", "2025/26", "2025/26"]
    assert Calendar(4).name(1999) == "1999/00"
    assert FISCAL.year_of(day("2026-06-30")) == 2025 and FISCAL.year_of(day("2026-07-01")) == 2026
    assert (str(Calendar(1, 14).start(2026)), str(Calendar(1, 14).end(2026))) == ("2025-12-15", "2026-12-14")


def test_a_report_of_the_first_month_speaks_of_the_year_just_ended():
    assert [CALENDAR.in_review(day(text)) for text in ("2026-01-31", "2026-02-01", "2025-10-15")] == [2025, 2026, 2025]
    assert [FISCAL.in_review(day(text)) for text in ("2026-06-30", "2026-07-31", "2026-08-01")] == [2025, 2025, 2026]
    assert [Calendar(1, 14).in_review(day(text)) for text in ("2025-12-14", "2025-12-20", "2026-02-01")] == [2025, 2025, 2026]


def test_a_month_that_closes_on_the_14th_runs_from_the_15th():
    assert span("month", "2026-06", Calendar(1, 14)) == (day("2026-05-15"), day("2026-06-14"))
    assert span("quarter", "2026-Q1", Calendar(1, 14)) == (day("2025-12-15"), day("2026-03-14"))


def test_quarters_and_years_of_a_fiscal_year_are_its_own():
    assert span("quarter", "2025-Q3", FISCAL) == (day("2026-01-01"), day("2026-03-31"))
    assert span("year", "2025", FISCAL) == (day("2025-07-01"), day("2026-06-30"))
    assert span("month", "2026-02", FISCAL) == (day("2026-02-01"), day("2026-02-28"))
