"""The office's own figure of a year, before the year's end and after: used at once, with the doubt that an estimate leaves, until a final one."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest
from conftest import row, target

import kpi_lib as kpi
from kpi_lib.definitions.indicators import read_unit
from kpi_lib.figures.estimates import FEWEST, habit, later_changes
from kpi_lib.figures.histories import known_on, line
from kpi_lib.outlook.verdict import outlook_for
from tests.made import share_rows, three_years

FIRMS, INCOME = kpi.INDICATORS["new_enterprises"], kpi.INDICATORS["income_per_capita_growth"]
EARLY = [
    ("viet-nam", "registered_workers", 2023, "2023-12-30", 1_052_575),
    ("viet-nam", "public_investment_disbursement", 2022, "2022-12-30", 511_562.13),
    ("viet-nam", "gross_product_growth", 2019, "2019-12-28", 7.02),
    ("quang-ninh", "public_investment_disbursement", 2021, "2021-12-30", 18_094.314),
]


def year(value: float, published: str, status: str = "estimate") -> dict[str, object]:
    return row("new_enterprises", "year", "2025", value, published, measure="doanh nghiệp", status=status)


def outlook(unit: str, as_of: str, ind=FIRMS, of: int = 2025):
    return outlook_for(kpi.read_observations(unit), read_unit(unit), ind, of, as_of=as_of)


@pytest.mark.parametrize(("unit", "indicator", "of", "as_of", "value"), EARLY)
def test_an_estimate_of_the_year_is_the_middle_of_its_projection_from_the_day_it_is_published(unit, indicator, of, as_of, value):
    place = read_unit(unit)
    projection = kpi.project(kpi.read_observations(unit), place.indicators[indicator], of, as_of=as_of, unit=place)
    assert not projection.complete and not projection.final
    assert projection.quantile(0.5) == pytest.approx(value, rel=0.005, abs=0.11)
    low, high = projection.interval(0.8)
    assert low < value < high or projection.year_figure.final
    assert projection.seen[-1].end < dt.date(of, 12, 31) and projection.ends[-1] == dt.date(of, 12, 31)
    assert outlook(unit, as_of, place.indicators[indicator], of).status not in ("met", "missed")


@pytest.mark.parametrize("rows", [three_years(), share_rows()], ids=["monthly", "cumulative"])
class TestEveryFlow:
    def test_new_year_alone_changes_nothing(self, make_unit, rows):
        unit = make_unit([*rows, year(130, "2025-12-10")], targets=[target("new_enterprises", 2025, 128)])
        days = ["2025-12-30", "2025-12-31", "2026-01-01", "2026-01-20"]
        told = [outlook(unit, day) for day in days]
        assert {item.probability for item in told} == {told[0].probability}
        assert {item.status for item in told} == {told[0].status}
        assert [item.projection.complete for item in told] == [False, True, True, True]

    def test_only_a_final_figure_ends_the_doubt(self, make_unit, rows):
        far = [target("new_enterprises", 2025, 60)]
        estimated = outlook(make_unit([*rows, year(130, "2026-01-06")], targets=far, unit="mot"), "2026-01-20")
        final = outlook(make_unit([*rows, year(130, "2026-01-06", "actual")], targets=far, unit="hai"), "2026-01-20")
        assert (estimated.probability, estimated.status) == (0.99, "very_likely")
        assert (final.probability, final.status) == (1.0, "met")
        assert estimated.projection.quantile(0.5) == final.projection.quantile(0.5) == 130
        assert np.ptp(estimated.projection.draws) > 0 == np.ptp(final.projection.draws)

    def test_a_final_figure_known_before_the_year_has_ended_is_certain(self, make_unit, rows):
        item = outlook(make_unit([*rows, year(130, "2025-12-29", "actual")], targets=[target("new_enterprises", 2025, 131)]), "2025-12-30")
        assert (item.probability, item.status, item.projection.complete) == (0.0, "missed", False)

    def test_the_months_left_are_those_that_reach_the_estimate_and_never_less_than_nothing(self, make_unit, rows):
        unit = make_unit([*rows, year(130, "2025-12-10")])
        projection = kpi.project(kpi.read_observations(unit), FIRMS, 2025, as_of="2025-12-20")
        np.testing.assert_allclose(projection.achieved + projection.paths.sum(axis=1), projection.draws, rtol=1e-9)
        assert (projection.paths >= 0).all()

    def test_a_rule_of_thumb_asked_for_by_name_is_not_told_the_estimate(self, make_unit, rows):
        unit = make_unit([*rows, year(999, "2025-12-10")])
        projection = kpi.project(kpi.read_observations(unit), FIRMS, 2025, as_of="2025-12-20", model="straight_line")
        assert projection.quantile(0.5) < 200


def test_an_amount_that_has_passed_its_goal_by_an_estimate_is_not_certain_to_have(make_unit):
    rows = share_rows()
    passed = {**rows[5], "value": 130}
    goal = [target("new_enterprises", 2025, 100)]
    by_estimate = outlook(
        make_unit([*rows, {**passed, "status": "estimate", "published": "2025-10-07"}], targets=goal, unit="mot"), "2025-10-15"
    )
    by_actual = outlook(make_unit([*rows, {**passed, "published": "2025-10-07"}], targets=goal, unit="hai"), "2025-10-15")
    assert by_estimate.status == "very_likely" and by_estimate.probability < 1
    assert by_actual.status == "met" and by_actual.probability == 1


def test_a_growth_rate_estimated_for_the_year_keeps_its_usual_change(make_unit):
    rows = [row(INCOME.id, "year", "2025", 8.4, "2025-12-05", measure="%", status="estimate")]
    for as_of in ("2025-12-06", "2026-02-01"):
        projection = kpi.project(kpi.read_observations(make_unit(rows)), INCOME, 2025, as_of=as_of)
        assert projection.quantile(0.5) == pytest.approx(8.4)
        low, high = projection.interval(0.8)
        assert 0.3 < high - low < 1.5


def test_an_assessment_known_before_the_year_has_ended_is_told_at_once(make_unit):
    ind = kpi.INDICATORS["party_members_rated_good"]
    unit = make_unit([row(ind.id, "year", "2025", 93.5, "2025-12-28", measure="%")])
    assert kpi.project(kpi.read_observations(unit), ind, 2025, as_of="2025-12-29").final


def test_a_bias_is_learnt_from_six_years_on_and_a_spread_from_the_first():
    few, many = np.full(FEWEST - 1, 0.3), np.full(FEWEST, 0.3)
    assert habit(few, 0.4).bias == 0 < habit(many, 0.4).bias < 0.3
    assert habit(np.array([]), 0.4).spread == pytest.approx(0.4)
    assert habit(np.zeros(100), 0.4).spread < 0.1


def test_changes_of_the_year_are_those_known_on_the_day_and_a_re_evaluation_of_years_long_past_is_none():
    unit, ind = read_unit("viet-nam"), read_unit("viet-nam").indicators["gross_product_growth"]
    figures = line(kpi.read_observations("viet-nam"), ind.id)
    for day, count in ((dt.date(2022, 12, 28), 0), (dt.date(2022, 12, 30), 2)):
        found = later_changes(known_on(figures, unit, day), ind.measure, relative=False, year=True, calendar=unit.calendar_of(ind))
        assert len(found) == count
    assert found.round(2).tolist() == [-0.04, -0.02]  # 2020 and 2021; 2011 to 2019 were re-evaluated with them


def test_a_settled_account_of_the_second_year_is_a_change(make_unit):
    rows = [
        row("budget_revenue_growth", "year", "2019", 100, "2020-01-06", measure="tỷ đồng", status="estimate"),
        row("budget_revenue_growth", "year", "2019", 103, "2021-06-15", measure="tỷ đồng", status="settled"),
        row("budget_revenue_growth", "year", "2019", 160, "2025-06-15", measure="tỷ đồng", status="settled"),
    ]
    ind = kpi.INDICATORS["budget_revenue_growth"]
    found = later_changes(line(kpi.read_observations(make_unit(rows)), ind.id), ind.natural_measure, relative=True, year=True)
    assert found.tolist() == pytest.approx([0.03])
