"""On which days a unit reports, by whose clock, and which reports are due."""

from __future__ import annotations

import datetime as dt

import pytest
from conftest import monthly

from kpi_lib.definitions import schedule
from kpi_lib.definitions.indicators import read_unit
from kpi_lib.words.messages import KpiError

ROWS = monthly("new_enterprises", 2025, [10.0] * 9, measure="doanh nghiệp")


def iso(days: list[dt.date]) -> list[str]:
    return [str(day) for day in days]


def d(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


@pytest.mark.parametrize(
    ("toml", "days"),
    [
        ("", ["2025-01-15", "2025-04-15", "2025-07-15", "2025-10-15"]),
        ("report_after = 20", ["2025-01-20", "2025-04-20", "2025-07-20", "2025-10-20"]),
        ("year_starts = 2", ["2025-02-15", "2025-05-15", "2025-08-15", "2025-11-15"]),
        ("month_closes = 14", ["2025-03-29", "2025-06-29", "2025-09-29", "2025-12-29"]),
        (
            'deadline_day = 28\ndeadline_next_month = true\ndeadline_document = "QĐ thử"',
            ["2025-01-28", "2025-04-28", "2025-07-28", "2025-10-28"],
        ),
        (
            'deadline_day = 5\ndeadline_next_month = true\ndeadline_document = "QĐ thử"',
            ["2025-01-15", "2025-04-15", "2025-07-15", "2025-10-15"],
        ),
        ("deadline_day = 28\ndeadline_next_month = true", ["2025-01-15", "2025-04-15", "2025-07-15", "2025-10-15"]),
    ],
)
def test_a_report_is_made_some_days_after_a_quarter_and_not_before_its_figures_are_due(make_unit, toml: str, days: list[str]):
    unit = read_unit(make_unit(ROWS, toml=toml))
    assert iso(schedule.report_days(unit, d("2025-01-01"), d("2025-12-31"))) == days
    assert str(schedule.next_day(unit, d(days[0]))) == days[1]


def test_reports_due_are_those_after_the_latest_one_in_order(make_unit):
    unit = read_unit(make_unit(ROWS))
    today = d("2026-04-20")
    assert iso(schedule.due(unit, today, [d("2025-07-15")])) == ["2025-10-15", "2026-01-15", "2026-04-15"]
    assert iso(schedule.due(unit, today, [])) == ["2026-04-15"], "a new installation does not publish its past"
    assert iso(schedule.due(unit, today, [], d("2025-10-15"))) == ["2025-10-15", "2026-01-15", "2026-04-15"]
    assert iso(schedule.due(unit, today, [d("2026-01-15")], d("2025-10-01"))) == ["2025-10-15", "2026-04-15"], "a gap is made up for"
    assert schedule.due(unit, today, [d("2026-04-15")]) == []
    assert iso(schedule.due(unit, d("2026-04-14"), [d("2026-01-15")])) == []
    assert iso(schedule.due(unit, d("2026-04-15"), [d("2026-01-15")])) == ["2026-04-15"]


def test_a_unit_lives_by_the_clock_of_the_nearest_unit_above_it_that_names_one(make_unit):
    make_unit(ROWS, unit="land", toml='time_zone = "Africa/Maputo"')
    make_unit(ROWS, unit="province", toml='parent = "land"')
    assert schedule.zone(read_unit(make_unit(ROWS, unit="ward", toml='parent = "province"'))).key == "Africa/Maputo"
    assert schedule.zone(read_unit(make_unit(ROWS, unit="own", toml='parent = "land"\ntime_zone = "Asia/Tokyo"'))).key == "Asia/Tokyo"


@pytest.mark.parametrize("parent", ["", "nowhere", "ring"])
def test_nobodys_country_is_guessed(make_unit, parent: str):
    make_unit(ROWS, unit="ring", toml='parent = "lost"')
    unit = read_unit(make_unit(ROWS, unit="lost", toml=f'parent = "{parent}"'))
    with pytest.raises(KpiError, match=r"data/raw/lost/unit.toml, for instance: time_zone"):
        schedule.zone(unit)


@pytest.mark.parametrize(
    ("zone", "hint"), [('"Asia/Ho_Chi_Min"', "did you mean 'Asia/Ho_Chi_Minh'"), ('""', ""), ('"../etc"', ""), ("7", ""), ('"Asia"', "")]
)
def test_a_zone_that_is_none_is_refused_with_the_nearest(make_unit, zone: str, hint: str):
    with pytest.raises(KpiError, match=rf"time_zone = .*{hint}"):
        read_unit(make_unit(ROWS, toml=f"time_zone = {zone}"))
