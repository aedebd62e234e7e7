"""A line's own record: bands that it contradicts are wider, all others stay as the model makes them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from conftest import monthly, row, target
from made import SEASON, plan, three_years

import kpi_lib as kpi
from kpi_lib.forecast import own_record
from kpi_lib.forecast.projection import Projection
from kpi_lib.outlook import verdict
from kpi_lib.page import record

FIRMS, GROWTH, SCHOOLS = "new_enterprises", "gross_product_growth", "national_standard_schools"


def growth_rows() -> list[dict[str, object]]:
    found = []
    for year in range(2016, 2026):
        for quarter, (month, value) in enumerate(((3, 6.0), (6, 6.4), (9, 6.9), (12, 7.1)), 1):
            if (year, quarter) < (2025, 4):
                published = f"{year + month // 12}-{month % 12 + 1:02d}-06"
                day = {3: 31, 6: 30, 9: 30, 12: 31}[month]
                found.append(row(GROWTH, "cumulative", f"{year}-{month:02d}-{day}", value + 0.3 * np.sin(year), published, measure="%"))
    return found


def level_rows() -> list[dict[str, object]]:
    return [
        row(
            SCHOOLS,
            "level",
            f"{year}-{month:02d}-{day}",
            min(60 + 2 * (year - 2016) + month / 6, 99),
            f"{year}-{month:02d}-{day}",
            measure="%",
        )
        for year in range(2016, 2026)
        for month, day in ((6, 30), (9, 30), (12, 31))
        if (year, month) < (2025, 12)
    ]


LINES: dict[str, Callable[[], list[dict[str, object]]]] = {FIRMS: three_years, GROWTH: growth_rows, SCHOOLS: level_rows}


def errors_of(indicator: str, outturns: tuple[float, ...], *, unit: str = "thu", month: int = 10, first: int = 2017) -> pd.DataFrame:
    """Replays whose 80% interval was 90 to 110 and whose 95% one 85 to 115 around 100."""
    return pd.DataFrame(
        {
            "unit": unit, "indicator": indicator, "year": first + n, "as_of": pd.Timestamp(first + n, month, 15), "model": "chosen",
            "projected": 100.0, "low80": 90.0, "high80": 110.0, "low95": 85.0, "high95": 115.0, "outturn": float(outturn),
        }
        for n, outturn in enumerate(outturns)
    )  # fmt: skip


def projected(make_unit: Callable[..., str], indicator: str, errors: pd.DataFrame | None, **more: object) -> Projection:
    name = make_unit(LINES[indicator](), targets=[target(indicator, 2025, 5)], **more)
    place = kpi.read_unit(name)
    return kpi.project(kpi.read_observations(name), place.indicators[indicator], 2025, as_of="2025-10-15", unit=place, errors=errors)


WILD, CALM = (100, 130, 75, 135, 101, 99, 70), (100, 101, 99, 98, 103, 100, 100)


@pytest.mark.parametrize("indicator", [FIRMS, GROWTH, SCHOOLS])
def test_a_band_that_the_record_contradicts_is_wider_around_the_same_middle(make_unit, indicator: str):
    alone = projected(make_unit, indicator, None)
    wide = projected(make_unit, indicator, errors_of(indicator, WILD))
    assert alone.record_scale == 1.0 < wide.record_scale
    assert wide.quantile(0.5) == pytest.approx(alone.quantile(0.5), abs=1.0 if indicator == FIRMS else 1e-9)
    for level in (0.5, 0.8, 0.95):
        (low, high), (lower, higher) = alone.interval(level), wide.interval(level)
        assert lower <= low and higher >= high and higher - lower > high - low
    if indicator == FIRMS:
        np.testing.assert_allclose(wide.achieved + wide.paths.sum(axis=1), wide.draws)
        assert wide.draws.min() >= wide.achieved
    else:
        assert wide.draws.max() <= wide.indicator.upper


@pytest.mark.parametrize("indicator", [FIRMS, GROWTH])
def test_a_record_that_is_no_reproach_changes_nothing(make_unit, indicator: str):
    alone = projected(make_unit, indicator, None)
    for errors in (
        errors_of(indicator, CALM),
        errors_of(indicator, WILD[:4]),  # four years are too few
        errors_of(indicator, WILD, month=4),  # of another time of the year
        errors_of(indicator, WILD, unit="khac"),
        errors_of("new_jobs", WILD),
        errors_of(indicator, WILD, first=2025),  # of the year itself and later ones
    ):
        np.testing.assert_array_equal(projected(make_unit, indicator, errors).draws, alone.draws)


def test_the_longer_a_record_contradicts_the_wider_the_band():
    wild = np.array([3.0, 0.5, -3.0, 0.5])
    widths = [own_record.width(np.tile(wild, times)) for times in (1, 2, 4, 20)]
    assert widths == sorted(widths) and widths[-1] == pytest.approx(np.sqrt((wild**2).mean()), rel=0.12)  # the record wins in time


def test_lines_that_a_plan_pulls_and_years_that_are_known_keep_their_band(make_unit):
    money = "public_investment_disbursement"
    rows = [one for year in range(2021, 2025) for one in monthly(money, year, SEASON * 100, measure="tỷ đồng")]
    rows += monthly(money, 2025, SEASON[:9] * 100, measure="tỷ đồng")
    name = make_unit(rows, targets=[target(money, 2025, 100)], plans=[plan(money, 10_000, "2025-01-05", measure="tỷ đồng")])
    place, obs = kpi.read_unit(name), kpi.read_observations(name)
    pulled = kpi.project(obs, place.indicators[money], 2025, as_of="2025-10-15", unit=place, errors=errors_of(money, WILD))
    assert pulled.unplanned.size and pulled.record_scale == 1.0
    over = kpi.project(obs, place.indicators[money], 2024, as_of="2025-10-15", unit=place, errors=errors_of(money, WILD))
    assert over.complete and over.record_scale == 1.0


def test_a_rule_of_thumb_asked_for_by_name_knows_no_record(make_unit):
    name = make_unit(three_years(), targets=[target(FIRMS, 2025, 5)])
    place, obs = kpi.read_unit(name), kpi.read_observations(name)
    asked = {"as_of": "2025-10-15", "unit": place, "model": "straight_line"}
    plain, told = (kpi.project(obs, place.indicators[FIRMS], 2025, errors=errors, **asked) for errors in (None, errors_of(FIRMS, WILD)))
    np.testing.assert_array_equal(plain.draws, told.draws)


def test_the_toolbox_hands_outlooks_their_own_record(make_unit):
    """Steady years of figures, then outturns that jump after October: the replays are wrong, and this year's band knows it."""
    jump = (1.0, 1.0, 1.9, 0.3, 1.9, 0.3, 1.9, 0.3)
    rows = []
    for year, times in zip(range(2017, 2025), jump, strict=True):
        values = SEASON * 10
        rows += [row(FIRMS, "cumulative", f"{year}-09-30", float(values[:9].sum()), f"{year}-10-06", measure="doanh nghiệp")]
        total = float(values[:9].sum() + values[9:].sum() * times)
        rows += [row(FIRMS, "year", f"{year}", round(total), f"{year + 1}-01-06", measure="doanh nghiệp")]
    rows += [row(FIRMS, "cumulative", "2025-09-30", 750, "2025-10-06", measure="doanh nghiệp")]
    name = make_unit(rows, targets=[target(FIRMS, 2025, 900, measure="flow")])
    place, obs = kpi.read_unit(name), kpi.read_observations(name)
    errors = kpi.replay(obs, place, 2025, as_of="2025-10-15")
    handed = verdict.outlook_for(obs, place, place.indicators[FIRMS], 2025, as_of="2025-10-15", errors=errors)
    one = kpi.outlook_for(obs, place, place.indicators[FIRMS], 2025, as_of="2025-10-15")
    among = next(item for item in kpi.outlooks(obs, place, 2025, as_of="2025-10-15") if item.indicator.id == FIRMS)
    for item in (one, among):
        np.testing.assert_array_equal(item.projection.draws, handed.projection.draws)
    narrow = own_record.too_narrow({level: own_record.inside(own_record.same_time(errors, one.projection), level) for level in (95, 80)}, 7)
    assert (one.projection.record_scale > 1) == bool(narrow)


@pytest.mark.parametrize(("indicator", "misses"), [(FIRMS, 4), (GROWTH, 4)])
def test_the_page_says_that_the_band_was_widened_because_so_many_were_missed(make_unit, indicator: str, misses: int):
    errors = errors_of(indicator, WILD).assign(
        scale=100.0, probability=np.nan, met=np.nan, error=0.0, crps=1.0, periods_seen=9.0, low50=95.0, high50=105.0
    )
    item = verdict.assess(projected(make_unit, indicator, errors), None)
    said = record.verdict_record(errors, item, "en")
    wider = 100 * (item.projection.record_scale - 1)
    assert said.text.startswith(f"The intervals of this line have been too narrow: in {misses} of 7 years the outturn lay outside the 95%")
    assert f"For that, this year's interval was made {wider:.0f}% wider." in said.text
    assert "record_wider" in {shown.label for shown in said.numbers}
    assert "nới rộng thêm" in record.verdict_record(errors, item, "vi").text
    calm = verdict.assess(projected(make_unit, indicator, None), None)
    assert "wider" not in record.verdict_record(errors, calm, "en").text


def test_replays_themselves_know_no_record(make_unit):
    name = make_unit(three_years(), targets=[target(FIRMS, 2025, 5)])
    place, obs = kpi.read_unit(name), kpi.read_observations(name)
    errors = kpi.backtest(obs, place.indicators[FIRMS], unit=place, years=[2024], as_of=dt.date(2025, 10, 15), models=(None,))
    alone = kpi.project(obs, place.indicators[FIRMS], 2024, as_of="2024-10-15", unit=place)
    assert errors.loc[errors["as_of"] == "2024-10-15", "high95"].tolist() == pytest.approx(
        [alone.interval(0.95)[1]] * (errors["as_of"] == "2024-10-15").sum()
    )
