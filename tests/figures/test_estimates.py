"""What estimates become: learnt from the unit's own months, corrected in the projection, and said."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from conftest import monthly, row

import kpi_lib as kpi
from kpi_lib.definitions.indicators import read_unit
from kpi_lib.figures.estimates import changes, correction, drift, habit, later_changes, pairs
from kpi_lib.figures.histories import figures_of, flow_history
from kpi_lib.figures.observations import read_observations
from kpi_lib.outlook.values.course import fan_rows


def estimated(rise: float, months: int = 30) -> list[dict[str, object]]:
    """Three years of months, each first estimated on the 25th and replaced a month later by a value `rise` higher."""
    rows: list[dict[str, object]] = []
    for number in range(months):
        year, month = 2022 + number // 12, number % 12 + 1
        value = 100 + 5 * (month % 4) + number * 0.3
        rows.append(
            row(
                "new_enterprises",
                "month",
                f"{year}-{month:02d}",
                round(value),
                f"{year}-{month:02d}-25",
                measure="doanh nghiệp",
                status="estimate",
            )
        )
        if number < months - 1:
            later = f"{year + month // 12}-{month % 12 + 1:02d}-25"
            rows.append(row("new_enterprises", "month", f"{year}-{month:02d}", round(value * (1 + rise)), later, measure="doanh nghiệp"))
    return rows


def test_a_known_drift_is_learnt_and_shrunk_while_pairs_are_few(make_unit: Callable[..., str]):
    unit = make_unit(estimated(0.04))
    many = drift(figures_of(read_observations(unit)))
    few = drift(figures_of(read_observations(unit, as_of="2022-12-01")))
    assert many is not None and few is not None
    assert 0.02 < many.bias < 0.04 and 0 < few.bias < many.bias
    assert drift(figures_of(read_observations(unit, as_of="2022-04-01"))) is None  # too few to speak of a habit


def test_a_pair_is_an_estimate_and_the_actual_that_replaced_it(make_unit: Callable[..., str]):
    unit = make_unit(estimated(0.1, months=3))
    known = figures_of(read_observations(unit))
    both = pairs(known)
    assert [(first.status, actual.status) for first, actual in both] == [("estimate", "actual")] * 2
    assert all(actual.published > first.published for first, actual in both)
    assert changes(known).tolist() == pytest.approx([0.1, 0.1], abs=0.01)


def test_the_projection_rises_by_the_drift_of_the_last_estimate_and_says_so(make_unit: Callable[..., str]):
    unit = make_unit(estimated(0.2))
    place, obs = read_unit(unit), read_observations(unit)
    item = kpi.project(obs, place.indicators["new_enterprises"], 2024, as_of="2024-06-30", unit=place)
    plain = make_unit([r for r in estimated(0.0)], unit="khac")
    other = kpi.project(
        read_observations(plain), read_unit(plain).indicators["new_enterprises"], 2024, as_of="2024-06-30", unit=read_unit(plain)
    )
    assert "số ước" in item.reason["vi"] and "+" in item.reason["vi"]
    assert item.quantile(0.5) > other.quantile(0.5)


def sums(
    rise: float, *, last_status: str = "estimate", indicator: str = "new_enterprises", measure: str = "doanh nghiệp"
) -> list[dict[str, object]]:
    """Five years known at six months and at the end, the half year of each but the last corrected a month later to a value `rise` higher."""
    rows = []
    for year in range(2020, 2026):
        half, end = 50.0 * 20 + year - 2020, 100.0 * 20 + year - 2020
        rows.append(
            row(
                indicator,
                "cumulative",
                f"{year}-06-30",
                half,
                f"{year}-07-01",
                measure=measure,
                status=last_status if year == 2025 else "estimate",
            )
        )
        if year < 2025:
            rows.append(row(indicator, "cumulative", f"{year}-06-30", round(half * (1 + rise), 3), f"{year}-08-01", measure=measure))
            rows.append(row(indicator, "year", str(year), round(end * (1 + rise), 3), f"{year + 1}-02-01", measure=measure))
    return rows


LINES = [("new_enterprises", "doanh nghiệp"), ("budget_revenue_growth", "tỷ đồng"), ("new_jobs", "lượt lao động")]


@pytest.mark.parametrize(("indicator", "measure"), LINES)
class TestSumsToDate:
    def project(self, unit: str, indicator: str, as_of: str = "2025-07-15"):
        place = read_unit(unit)
        return kpi.project(read_observations(unit), place.indicators[indicator], 2025, as_of=as_of, unit=place)

    def test_a_line_whose_half_years_end_lower_is_projected_lower_and_says_so(self, make_unit, indicator, measure):
        falling = self.project(make_unit(sums(-0.05, indicator=indicator, measure=measure), unit="mot"), indicator)
        steady = self.project(make_unit(sums(0.0, indicator=indicator, measure=measure), unit="hai"), indicator)
        assert falling.quantile(0.5) < falling.uncorrected
        assert np.median(falling.now) == pytest.approx(1005 * (1 - 0.05 * 5 / 9), rel=0.01)
        assert np.median(steady.now) == pytest.approx(1005, rel=0.001)
        assert "5 times" in falling.reason["en"] and "-2" in falling.reason["en"].replace("\N{MINUS SIGN}", "-")

    def test_an_estimate_has_a_width_from_the_first_and_an_actual_none(self, make_unit, indicator, measure):
        told = sums(0.0, indicator=indicator, measure=measure)
        actual = self.project(make_unit([*told[:-1], {**told[-1], "status": "actual"}], unit="hai"), indicator)
        estimated = self.project(make_unit(told, unit="ba"), indicator)
        assert actual.now.size == 0 < estimated.now.size
        assert np.ptp(estimated.draws) > 0 and "estimate" in estimated.reason["en"]

    def test_the_fan_begins_with_the_width_of_the_estimate(self, make_unit, indicator, measure):
        told = sums(-0.05, indicator=indicator, measure=measure)
        first = fan_rows(self.project(make_unit(told, unit="mot"), indicator))[0]
        sure = fan_rows(self.project(make_unit([*told[:-1], {**told[-1], "status": "actual"}], unit="hai"), indicator))[0]
        assert first["a95"] < first["a80"] < first["y"] < first["b80"] and sure["a95"] == sure["b95"] == 1005

    def test_paths_still_add_up_to_the_draws(self, make_unit, indicator, measure):
        item = self.project(make_unit(sums(-0.05, indicator=indicator, measure=measure)), indicator)
        np.testing.assert_allclose(item.achieved + item.paths.sum(axis=1), item.draws, rtol=1e-9)

    def test_a_rule_of_thumb_takes_the_sum_as_it_stands(self, make_unit, indicator, measure):
        unit = make_unit(sums(-0.05, indicator=indicator, measure=measure))
        place = read_unit(unit)
        rule = kpi.project(
            read_observations(unit), place.indicators[indicator], 2025, as_of="2025-07-15", unit=place, model="straight_line"
        )
        assert rule.quantile(0.5) == pytest.approx(2010) and rule.now.size == 0


def test_half_years_of_quang_ninh_end_below_their_estimates_by_a_third_of_a_month():
    place = read_unit("quang-ninh")
    ind = place.indicators["budget_revenue_growth"]
    figures = [f for f in figures_of(read_observations("quang-ninh", as_of="2025-08-31")) if f.indicator == ind.id]
    found = later_changes(figures, ind.natural_measure, relative=True, year=False)
    assert sorted(found.round(2).tolist())[:3] == [-0.32, -0.32, -0.31]
    assert -0.15 < habit(found, 0.15, fewest=3).bias < -0.05


def test_an_actual_last_month_is_left_alone(make_unit: Callable[..., str]):
    unit = make_unit(monthly("new_enterprises", 2023, range(100, 112), measure="doanh nghiệp"))
    known = figures_of(read_observations(unit))
    ind = kpi.INDICATORS["new_enterprises"]
    last = flow_history(known, ind).years[2023].points[-1]
    assert correction(known, last, ind.natural_measure, draws=10, seed=0) is None
