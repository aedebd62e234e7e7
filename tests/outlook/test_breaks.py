"""Months from which on a line runs otherwise, and the months of Tet: found with their dates, and not where there are none."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable

import numpy as np
import pytest

from kpi_lib import charts
from kpi_lib.definitions.indicators import read_unit
from kpi_lib.definitions.schedule import keeps_tet
from kpi_lib.figures.observations import read_observations
from kpi_lib.outlook.breaks import breaks
from kpi_lib.outlook.season import taken_apart
from kpi_lib.outlook.verdict import Outlook, outlook_for
from kpi_lib.periods import Calendar, tet
from tests.conftest import monthly, target

SEASON = np.array([-8.0, -20, 4, 2, 0, 6, 1, -3, 5, 2, 3, 8])
LINES = {"new_enterprises": "doanh nghiệp", "new_jobs": "lượt lao động"}


def noise(months: int, seed: int = 3) -> np.ndarray:
    return np.random.default_rng(seed).normal(0, 3, months)


@pytest.mark.parametrize(("at", "step", "months"), [(26, 40.0, 60), (50, -30.0, 96)])
def test_a_level_that_moves_for_good_is_found_in_its_month_with_its_size(at: int, step: float, months: int):
    values = 100 + noise(months) + step * (np.arange(months) >= at)
    (found,) = breaks(values)
    assert abs(found.month - at) <= 1 and found.shares
    assert found.jump == pytest.approx(step / 100, abs=0.1)


def test_a_pace_that_turns_is_found_within_a_quarter_of_a_year():
    values = 100 * np.exp(np.r_[0.02 * np.arange(48), 0.96 - 0.01 * np.arange(48)]) * (1 + noise(96) / 100)
    (found,) = breaks(values)
    assert abs(found.month - 48) <= 3
    assert found.before == pytest.approx(0.27, abs=0.05) and found.after == pytest.approx(-0.11, abs=0.03)


@pytest.mark.parametrize("months", [40, 80, 160])
def test_a_straight_line_with_noise_one_odd_month_or_a_bad_half_year_is_not_broken(months: int):
    straight = 100 + 0.5 * np.arange(months) + noise(months)
    odd, spell = straight.copy(), straight.copy()
    odd[months // 2] += 60
    spell[months // 2 : months // 2 + 4] -= 25
    assert [breaks(each) for each in (straight, odd, spell)] == [(), (), ()]


def test_amounts_that_may_fall_below_nought_are_taken_as_they_are():
    (found,) = breaks(np.r_[np.full(24, -50.0), np.full(24, 50.0)] + noise(48))
    assert (found.month, found.shares) == (24, False) and found.jump == pytest.approx(100, abs=10)


def test_the_lunar_year_begins_at_new_moon_between_20_january_and_20_february():
    days = [tet(year) for year in range(2000, 2051)]
    assert [str(tet(year)) for year in (2007, 2023, 2024, 2025, 2026, 2030)] == [
        "2007-02-17", "2023-01-22", "2024-02-10", "2025-01-29", "2026-02-17", "2030-02-02",
    ]  # fmt: skip
    assert all(day is not None and (1, 20) <= (day.month, day.day) <= (2, 20) for day in days)
    moons = [((day - dt.date(2000, 2, 5)).days) / 29.530588853 for day in days if day]
    assert max(abs(count - round(count)) for count in moons) < 1 / 29.53 + 0.02, "within a day of the mean moon"
    assert tet(1999) is None and tet(2051) is None


def test_days_of_tet_lie_in_two_months_where_they_reach_over_and_follow_the_units_own_months():
    assert [month for month in range(1, 13) if Calendar().tet_in(2026, month)] == [2]
    assert [month for month in range(1, 13) if Calendar().tet_in(2025, month)] == [1, 2]
    assert [month for month in range(1, 13) if Calendar(1, 14).tet_in(2026, month)] == [3], "15 February to 14 March is the third month"


def line_of(make_unit: Callable[..., str], key: str, zone: str, *, jump: float = 0.0) -> Outlook:
    rows = [
        row
        for year in (2022, 2023, 2024, 2025)
        for amounts in [np.round(200 + SEASON + noise(12, year) + (jump if year >= 2024 else 0))]
        for row in monthly(key, year, list(amounts)[: 9 if year == 2025 else 12], measure=LINES[key])
    ]
    make_unit(rows, targets=[target(key, 2025, 2600)], toml=f'lines = ["{key}"]\ntime_zone = "{zone}"')
    unit = read_unit("thu")
    return outlook_for(read_observations("thu"), unit, unit.indicators[key], 2025, as_of="2025-10-15")


@pytest.mark.parametrize("key", LINES)
def test_an_officer_reads_from_which_month_on_the_line_runs_otherwise(make_unit: Callable[..., str], key: str):
    item = line_of(make_unit, key, "Asia/Ho_Chi_Minh", jump=120)
    found = taken_apart(item)
    assert found is not None and [each.month for each in found.broken] == [24]
    told = charts.parts(item, "en").to_dict()["usermeta"]["kpi"]["caption"]  # type: ignore[union-attr]
    assert "From 01/2024 on the line runs otherwise: level +" in told
    assert "level or pace changes" in json.dumps(charts.months(item, "en").to_dict())  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("key", "zone", "kept"), [("new_jobs", "Asia/Ho_Chi_Minh", True), ("new_enterprises", "Africa/Johannesburg", False)]
)
def test_tet_is_marked_and_told_where_it_is_kept_and_nowhere_else(make_unit: Callable[..., str], key: str, zone: str, kept: bool):
    item = line_of(make_unit, key, zone)
    assert keeps_tet(item.projection.unit) is kept
    drawn, said = (charts.months(item, lang).to_dict()["usermeta"]["kpi"]["caption"] for lang in ("en", "vi"))  # type: ignore[union-attr]
    assert ("compare the two months together: 2022: " in drawn) is kept and ("Tết rơi khi vào tháng 1" in said) is kept
    shown = json.dumps(charts.months(item, "vi").to_dict(), ensure_ascii=False)  # type: ignore[union-attr]
    assert ("Tết: 29/01/2025" in shown, "Tết: 10/02/2024" in shown) == (kept, kept)
    assert taken_apart(item).broken == (), "no month of this line broke"  # type: ignore[union-attr]
