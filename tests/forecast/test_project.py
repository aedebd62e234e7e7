"""Invariants of a projection first, then known truths, one kind of indicator after the other."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from conftest import row, target

import kpi_lib as kpi
from kpi_lib.forecast import models
from kpi_lib.forecast.growth import QUARTER_WEIGHTS
from kpi_lib.forecast.project import Request, project_many
from kpi_lib.words.messages import KpiError
from tests.made import plan, share_rows, three_years

FIRMS = kpi.INDICATORS["new_enterprises"]


def project(unit: str, ind=FIRMS, year: int = 2025, as_of: str = "2025-10-15", **more):
    return kpi.project(kpi.read_observations(unit), ind, year, as_of=as_of, **more)


@pytest.mark.parametrize("rows", [three_years(), share_rows()], ids=["monthly", "cumulative"])
class TestEveryFlow:
    def test_later_vintages_change_nothing(self, make_unit, rows):
        before = project(make_unit(rows))
        later = [{**r, "value": 9 * float(r["value"]), "published": "2025-10-16"} for r in rows[-5:]]
        np.testing.assert_array_equal(project(make_unit(rows + later)).draws, before.draws)

    def test_the_order_of_rows_does_not_matter(self, make_unit, rows):
        np.testing.assert_array_equal(project(make_unit(rows[::-1])).draws, project(make_unit(rows)).draws)

    def test_the_same_seed_gives_the_same_draws_and_another_seed_others(self, make_unit, rows):
        unit = make_unit(rows)
        np.testing.assert_array_equal(project(unit, seed=3).draws, project(unit, seed=3).draws)
        assert not np.array_equal(project(unit, seed=3).draws, project(unit, seed=4).draws)

    def test_intervals_nest_and_hold_the_median(self, make_unit, rows):
        projection = project(make_unit(rows))
        ends = [projection.interval(level) for level in (0.5, 0.8, 0.95)]
        assert ends[2][0] <= ends[1][0] <= ends[0][0] <= projection.quantile(0.5) <= ends[0][1] <= ends[1][1] <= ends[2][1]

    def test_the_probability_falls_as_the_target_rises(self, make_unit, rows):
        projection = project(make_unit(rows))
        chances = [projection.prob(">=", x) for x in range(60, 180, 5)]
        assert chances == sorted(chances, reverse=True)
        assert chances[0] == 1.0 and chances[-1] < 0.05

    def test_paths_and_draws_say_the_same(self, make_unit, rows):
        projection = project(make_unit(rows))
        np.testing.assert_allclose(projection.achieved + projection.paths.sum(axis=1), projection.draws, rtol=1e-9)
        assert projection.ends[-1] == dt.date(2025, 12, 31)
        assert projection.paths.shape == (projection.draws.size, len(projection.ends))

    def test_the_year_never_ends_below_what_is_done(self, make_unit, rows):
        projection = project(make_unit(rows))
        assert (projection.draws >= projection.achieved).all()

    def test_a_complete_year_has_no_spread(self, make_unit, rows):
        unit = make_unit([*rows, row("new_enterprises", "year", "2025", 130, "2026-01-06", measure="doanh nghiệp")])
        projection = project(unit, as_of="2026-01-20")
        assert projection.complete
        assert set(projection.draws) == {130.0}

    def test_draws_cannot_be_written(self, make_unit, rows):
        with pytest.raises(ValueError, match="read-only"):
            project(make_unit(rows)).draws[0] = 1


def test_scaling_data_and_target_together_leaves_the_probability(make_unit):
    revenue = kpi.INDICATORS["budget_revenue_growth"]
    one = project(make_unit(three_years("budget_revenue_growth", "tỷ đồng"), unit="mot"), revenue)
    thousand = project(make_unit(three_years("budget_revenue_growth", "tỷ đồng", scale=1000.0), unit="hai"), revenue)
    assert thousand.prob(">=", 115_000) == pytest.approx(one.prob(">=", 115), abs=0.02)


def test_a_growth_target_is_a_level_on_last_years_base(make_unit):
    projection = project(make_unit(three_years("budget_revenue_growth", "tỷ đồng")), kpi.INDICATORS["budget_revenue_growth"])
    assert projection.base is not None
    base = projection.base.value
    assert projection.amount(4.0) == pytest.approx(base * 1.04)
    assert projection.rate(base * 1.04) == pytest.approx(4.0)


def test_known_shares_are_recovered(make_unit):
    rows = [row("new_enterprises", "cumulative", f"{y}-06-30", 40, f"{y}-07-06", measure="doanh nghiệp") for y in range(2010, 2026)]
    rows += [row("new_enterprises", "year", f"{y}", 100, f"{y + 1}-01-06", measure="doanh nghiệp") for y in range(2010, 2025)]
    projection = project(make_unit(rows), as_of="2025-07-15")
    assert projection.model == "sums"
    assert projection.evidence_years == 15
    assert projection.quantile(0.5) == pytest.approx(100, rel=0.02)
    low, high = projection.interval(0.8)
    assert 80 < low < 100 < high < 125


def test_a_reference_area_speaks_where_the_unit_has_no_history(make_unit, root):
    (root / "data/raw/reference").mkdir()
    area = pd.DataFrame(
        [("a", y, m, v, "n", "thử") for y in range(2015, 2024) for m, v in ((3, 10 + y % 3), (6, 30 + y % 2), (9, 60), (12, 100))],
        columns=["area", "year", "month", "cumulative", "measure", "source"],
    )
    area.to_csv(root / "data/raw/reference/mau.csv", index=False)
    rows = [row("new_enterprises", "cumulative", "2025-06-30", 30, "2025-07-06", measure="doanh nghiệp")]
    alone = project(make_unit(rows, unit="mot"), as_of="2025-07-15")
    helped = project(make_unit(rows, unit="hai", toml='[reference]\nnew_enterprises = "mau"\n'), as_of="2025-07-15")
    assert alone.quantile(0.5) == pytest.approx(60, rel=0.1)
    assert helped.quantile(0.5) == pytest.approx(98, rel=0.1)
    assert "tham chiếu" in helped.reason["vi"]


def test_a_past_point_far_from_todays_is_not_compared(make_unit):
    rows = [
        row("new_enterprises", "cumulative", "2024-03-31", 20, "2024-04-06", measure="doanh nghiệp"),
        row("new_enterprises", "year", "2024", 100, "2025-01-06", measure="doanh nghiệp"),
    ]
    rows += [row("new_enterprises", "cumulative", "2025-06-30", 50, "2025-07-06", measure="doanh nghiệp")]
    assert project(make_unit(rows), as_of="2025-07-15").evidence_years == 0


@pytest.mark.parametrize(
    ("ind", "measure"), [(FIRMS, "doanh nghiệp"), (kpi.INDICATORS["new_jobs"], "lượt lao động")], ids=["firms", "jobs"]
)
@pytest.mark.parametrize(("regular", "odd"), [("06-30", "07-31"), ("09-30", "10-31")])
def test_a_figure_of_an_odd_day_leaves_no_wider_interval_than_the_regular_one_before(make_unit, ind, measure, regular, odd):
    def figure(basis: str, period: str, value: float, published: str):
        return row(ind.id, basis, period, value, published, measure=measure)

    rows = [figure("year", f"{y}", 1000 + 10 * (y % 3), f"{y + 1}-01-06") for y in range(2019, 2025)]
    for day, amount in (("06-30", 480), ("09-30", 730)):
        rows += [figure("cumulative", f"{y}-{day}", amount + 9 * (y % 2), f"{y}-{day[:3]}30") for y in range(2019, 2026)]
    rows += [figure("cumulative", f"2025-{odd}", {"07-31": 572, "10-31": 829}[odd], f"2025-{odd}")]
    before, after = (project(make_unit(rows), ind, as_of=f"2025-{day}") for day in (regular, odd))
    assert after.seen[-1].end > before.seen[-1].end and after.evidence_years == before.evidence_years == 6
    width = [(p.interval(0.8)[1] - p.interval(0.8)[0]) / p.quantile(0.5) for p in (before, after)]
    assert width[1] < 1.05 * width[0]


def test_nothing_is_projected_from_nothing(make_unit):
    projection = kpi.project(kpi.read_observations(make_unit([])), FIRMS, 2025, as_of="2025-10-15")
    assert not projection.known
    assert "Chưa có số liệu" in projection.reason["vi"]


def test_growth_to_date_is_most_of_the_years_growth(make_unit):
    rows = [row("gross_product_growth", "cumulative", "2025-09-30", 11.67, "2025-10-06", measure="%")]
    projection = project(make_unit(rows), kpi.INDICATORS["gross_product_growth"])
    assert projection.quantile(0.5) == pytest.approx(11.67, abs=0.15)
    assert projection.prob(">=", 14) < 0.05
    early = project(
        make_unit([{**rows[0], "period": "2025-03-31", "published": "2025-04-06"}], unit="som"),
        kpi.INDICATORS["gross_product_growth"],
        as_of="2025-04-15",
    )
    assert early.interval(0.8)[1] - early.interval(0.8)[0] > 2 * (projection.interval(0.8)[1] - projection.interval(0.8)[0])


def test_single_quarters_make_the_growth_to_date(make_unit):
    rows = [
        row("gross_product_growth", "quarter", f"2025-Q{q}", g, f"2025-{3 * q + 1:02d}-06", measure="%")
        for q, g in ((1, 8.0), (2, 10.0), (3, 12.0))
    ]
    projection = project(make_unit(rows), kpi.INDICATORS["gross_product_growth"])
    expected = float((QUARTER_WEIGHTS[:3] * [8, 10, 12]).sum() / QUARTER_WEIGHTS[:3].sum())
    assert projection.achieved == pytest.approx(expected)


def test_a_share_stays_within_its_limits(make_unit):
    rows = [row("solid_waste_collection", "level", "2025-09-30", 99.8, "2025-10-06", measure="%")]
    projection = project(make_unit(rows), kpi.INDICATORS["solid_waste_collection"])
    assert projection.known
    assert projection.draws.max() <= 100.0
    assert 0 < projection.prob(">=", 100) < 0.9


def test_a_past_year_is_projected_from_its_own_past_whatever_came_later(make_unit):
    rows = [
        row("forest_cover", "level", day, value, "2025-01-06", measure="%")
        for day, value in (("2022-12-31", 50), ("2023-06-30", 51), ("2024-12-31", 40))
    ]
    projection = project(make_unit(rows), kpi.INDICATORS["forest_cover"], year=2023, as_of="2025-02-01")
    assert projection.quantile(0.5) == pytest.approx(51, abs=1.5)


def test_an_assessment_is_awaited_until_it_comes(make_unit):
    ind = kpi.INDICATORS["party_members_rated_good"]
    assert project(make_unit([]), ind).model == "not_yet_assessed"
    done = project(make_unit([row(ind.id, "year", "2025", 93.5, "2025-12-28", measure="%")], unit="xong"), ind, as_of="2026-01-15")
    assert done.complete and set(done.draws) == {93.5}


def test_cases_left_can_be_closed_by_the_years_end(make_unit):
    ind = kpi.INDICATORS["poor_households"]
    rows = [row(ind.id, "level", "2025-06-30", 3, "2025-07-06", measure="hộ")]
    projection = project(make_unit(rows), ind)
    assert 0.05 < projection.prob("=", 0) < 0.95
    assert projection.draws.min() >= 0


def test_a_year_published_only_in_percent_of_the_plan_stays_in_percent(make_unit):
    ind = kpi.INDICATORS["public_investment_disbursement"]
    rows = [row(ind.id, "cumulative", "2025-06-30", 58.6, "2025-07-06", measure="% kế hoạch năm")]
    projection = project(make_unit(rows, targets=[target(ind.id, 2025, 100)]), ind)
    assert projection.measure["vi"] == "% kế hoạch năm"
    assert projection.amount(100) == 100
    assert 90 < projection.quantile(0.5) < 145


def test_many_at_once_are_the_same_as_one_by_one_in_any_company(make_unit):
    units = {
        name: make_unit(rows, unit=name)
        for name, rows in (("a", three_years()), ("b", share_rows()), ("c", three_years(scale=3.0)), ("d", []))
    }
    requests = [
        Request(kpi.read_observations(unit), ind, 2025)
        for unit in units.values()
        for ind in (FIRMS, kpi.INDICATORS["gross_product_growth"])
    ]
    together = list(project_many(requests, as_of="2025-10-15", draws=300, chunk=3))
    assert len(together) == len(requests)
    for request, projection in zip(requests, together, strict=True):
        alone = kpi.project(request.obs, request.indicator, 2025, as_of="2025-10-15", draws=300)
        assert (projection.unit.id, projection.indicator.id) == (alone.unit.id, alone.indicator.id)
        np.testing.assert_allclose(projection.draws, alone.draws, rtol=1e-9)


def test_a_frame_of_two_units_is_refused(make_unit):
    a, b = kpi.read_observations(make_unit(share_rows(), unit="a")), kpi.read_observations(make_unit(share_rows(), unit="b"))
    with pytest.raises(KpiError, match="must be of one unit"):
        kpi.project(pd.concat([a, b]), FIRMS, 2025, as_of="2025-10-15")


def test_an_unknown_model_is_refused_with_the_list(make_unit):
    with pytest.raises(KpiError, match="structural"):
        project(make_unit(share_rows()), model="prophet")


def test_the_two_office_rules_are_what_offices_reckon():
    history = np.concatenate([np.full(12, 10.0), np.full(9, 12.0)])[None]
    assert models.MODELS["straight_line"].on_grid(history, 3, season=12, draws=1).sum() == pytest.approx(36)
    assert models.MODELS["same_period"].on_grid(history, 3, season=12, draws=1).sum() == pytest.approx(30 * 1.2)


class TestAYearToldInAmountsAndInShares:
    IND = kpi.INDICATORS["public_investment_disbursement"]

    def rows(self, of: int = 2025) -> list[dict[str, object]]:
        amounts = [row(self.IND.id, "cumulative", f"{of}-{m}-30", 100.0 * int(m), f"{of}-{m}-30", measure="tỷ đồng") for m in ("06", "09")]
        return [*amounts, row(self.IND.id, "cumulative", f"{of}-10-31", 99.96, f"{of}-11-05", measure="% kế hoạch năm")]

    def plan(self, value: float, adopted: str, of: int = 2025) -> dict[str, object]:
        return {**plan(self.IND.id, value, adopted, measure="tỷ đồng"), "year": of}

    def test_the_newest_figure_is_used_as_that_share_of_the_plan(self, make_unit):
        unit = make_unit(self.rows(), plans=[self.plan(1200, "2024-12-10")])
        projection = kpi.project(kpi.read_observations(unit), self.IND, 2025, as_of="2025-11-20")
        assert [point.value for point in projection.seen] == pytest.approx([600, 900, 0.9996 * 1200])
        assert projection.seen[-1].derived

    def test_a_plan_raised_after_a_share_was_published_does_not_raise_what_was_done(self, make_unit):
        plans = [self.plan(1200, "2024-12-10"), self.plan(2000, "2025-11-15")]
        unit = make_unit(self.rows(), plans=plans)
        projection = kpi.project(kpi.read_observations(unit), self.IND, 2025, as_of="2025-11-20")
        assert projection.seen[-1].value == pytest.approx(0.9996 * 1200)
        assert projection.bases[0].value == 2000

    def test_a_past_year_that_ends_in_a_share_has_an_end(self, make_unit):
        past = [row(self.IND.id, "year", "2024", 95.0, "2025-01-20", measure="% kế hoạch năm")]
        unit = make_unit(
            [*self.rows(2024)[:2], *past, *self.rows()[:2]], plans=[self.plan(1000, "2023-12-10", of=2024), self.plan(1200, "2024-12-10")]
        )
        projection = kpi.project(kpi.read_observations(unit), self.IND, 2025, as_of="2025-10-15")
        assert projection.past[2024][-1].value == pytest.approx(950)
        assert projection.evidence_years == 1
