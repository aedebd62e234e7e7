"""Sums over the units below: the truth is known, so the sum must be it."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from conftest import monthly, row, target, write_unit

from kpi_lib.definitions.indicators import INDICATORS, Unit, read_unit
from kpi_lib.definitions.measures import measure_of
from kpi_lib.definitions.targets import Target
from kpi_lib.figures.histories import Point
from kpi_lib.figures.observations import read_observations
from kpi_lib.forecast.projection import Base, Projection
from kpi_lib.outlook.hierarchy.reading import sums
from kpi_lib.outlook.hierarchy.sums import Child, adds_up, children_sum
from kpi_lib.outlook.verdict import assess, outlooks
from kpi_lib.words.messages import Named
from tests.made import SEASON

AS_OF = dt.date(2025, 10, 15)
NOTHING = Named("")


@pytest.fixture
def unit(root: Path) -> Unit:
    write_unit(root, [])
    return read_unit("thu")


def projection(
    unit: Unit, draws: object, *, line: str = "new_enterprises", base: float = 0.0, last: float = 0.0, people: int = 1000
) -> Projection:
    ind = INDICATORS[line]
    past = {2024: (Point(dt.date(2024, 12, 31), last, "actual", dt.date(2025, 1, 6), "thử"),)} if last else {}
    bases = (Base(2024, base, "actual", dt.date(2025, 1, 6), "thử"),) if base else ()
    own = replace(unit, id=f"u{people}", population=people)
    return Projection(own, ind, 2025, AS_OF, ind.natural_measure, "made", NOTHING, np.asarray(draws, dtype=float),
                      past=past, bases=bases, evidence_years=5,
                      seen=(Point(dt.date(2025, 9, 30), 1.0, "actual", dt.date(2025, 10, 6), "thử"),))  # fmt: skip


def child(unit: Unit, draws: object, **facts: object) -> Child:
    made = projection(unit, draws, **facts)  # type: ignore[arg-type]
    return Child(made.unit, made, NOTHING, made.past[2024][0].value if made.past else float("nan"))


def goal(line: str, threshold: float, measure: str = "indicator") -> Target:
    return Target(line, 2025, threshold, ">=", measure, "adopted", "NQ 1", "", dt.date(2024, 12, 31), False, 1, "exact", "thử")  # type: ignore[arg-type]


def own(unit: Unit, draws: object, threshold: float, **facts: object):
    made = projection(unit, draws, **facts)  # type: ignore[arg-type]
    return assess(made, goal(made.indicator.id, threshold))


def test_units_whose_years_are_known_add_up_to_their_sum_for_certain(unit: Unit):
    found = children_sum(own(unit, [100.0], 60), [child(unit, [10.0] * 7), child(unit, [20.0] * 3, people=2000), child(unit, [25.0])])
    assert set(found.draws) == {55.0}
    assert found.own.projection.middle - found.middle == 45.0 and found.chances[1] < 0.05


@pytest.fixture
def scattered(unit: Unit) -> list[Child]:
    rng = np.random.default_rng(4)
    return [child(unit, rng.gamma(9, 10, 4000), people=1000 + i) for i in range(12)]


def test_units_that_nothing_ties_scatter_as_independent_amounts_do(unit: Unit, scattered: list[Child]):
    found = children_sum(own(unit, [1.0], 1), scattered, correlation=np.eye(12))
    assert found.draws.mean() == pytest.approx(sum(each.projection.draws.mean() for each in scattered), rel=1e-9)
    assert found.draws.std() == pytest.approx(np.sqrt(sum(each.projection.draws.var() for each in scattered)), rel=0.05)


def test_shared_shocks_widen_the_sum_and_never_move_its_mean(unit: Unit, scattered: list[Child]):
    alone = children_sum(own(unit, [1.0], 1), scattered, correlation=np.eye(12))
    tied = children_sum(own(unit, [1.0], 1), scattered)
    assert tied.draws.std() > 1.5 * alone.draws.std()  # 0.3 stated among economic lines: sqrt(1 + 11 * 0.3) = 2.07
    assert tied.draws.std() == pytest.approx(2.07 * alone.draws.std(), rel=0.07)
    assert tied.draws.mean() == pytest.approx(alone.draws.mean(), rel=1e-9)


def test_units_that_move_as_one_have_the_sum_of_their_quantiles(unit: Unit, scattered: list[Child]):
    found = children_sum(own(unit, [1.0], 1), scattered, correlation=np.ones((12, 12)))
    for p in (0.05, 0.5, 0.95):
        assert np.quantile(found.draws, p) == pytest.approx(sum(np.quantile(each.projection.draws, p) for each in scattered), rel=1e-6)


def test_draws_that_stand_in_the_same_order_do_not_tie_units_by_chance(unit: Unit):
    same = np.random.default_rng(1).normal(100, 10, 4000)  # one seed for every unit: the same draws
    found = children_sum(own(unit, [1.0], 1), [child(unit, same, people=n) for n in (1, 2, 3, 4)], correlation=np.eye(4))
    assert found.draws.std() == pytest.approx(20, rel=0.05)


def test_a_rate_is_numerators_over_denominators_never_the_mean_of_rates(unit: Unit):
    large = child(unit, [110.0], line="budget_revenue_growth", base=100.0)
    small = child(unit, [2.0], line="budget_revenue_growth", base=1.0, people=10)  # doubles
    found = children_sum(own(unit, [150.0], 12.0, line="budget_revenue_growth", base=120.0), [large, small])
    assert found.rate == pytest.approx(100 * 112 / 101 - 100) and found.rate < 11
    assert found.goal == pytest.approx(101 * 1.12)  # the goal of the rate is reckoned on the units' own base


def test_a_share_of_residents_is_weighted_by_them(unit: Unit):
    line = "health_insurance_coverage"
    found = children_sum(
        own(unit, [95.0], 95.0, line=line), [child(unit, [90.0], line=line, people=9000), child(unit, [100.0], line=line, people=1000)]
    )
    assert found.middle == pytest.approx(91.0)


def test_a_rate_whose_denominator_is_not_on_record_has_no_sum(unit: Unit):
    for line in ("child_malnutrition", "party_admission_rate", "gross_product_growth", "military_recruitment"):
        assert adds_up(INDICATORS[line]) is not None
    assert children_sum(own(unit, [90.0], 95.0, line="child_malnutrition"), [child(unit, [90.0], line="child_malnutrition")]) is None


def test_a_unit_without_figures_is_bounded_by_what_the_others_have_a_head(unit: Unit):
    silent = Child(replace(unit, id="silent", population=500), None, NOTHING)
    others = [child(unit, [10.0], people=1000), child(unit, [40.0], people=2000)]
    found = children_sum(own(unit, [80.0], 56), [*others, silent])
    assert [(each.low, each.middle, each.high) for each in found.missing] == [(5.0, pytest.approx(50 * 500 / 3000), 10.0)]
    assert found.interval() == (pytest.approx(55.0), pytest.approx(60.0))
    assert found.chances == (0.01, 0.99)  # missed with it at its least, met at its most


def test_last_years_amount_says_better_than_its_residents_how_large_a_silent_unit_is(unit: Unit):
    silent = Child(replace(unit, id="silent", population=500), None, NOTHING, 100.0)
    found = children_sum(own(unit, [1.0], 1), [child(unit, [11.0], last=10.0), child(unit, [24.0], last=20.0), silent])
    assert (found.missing[0].low, found.missing[0].high) == (pytest.approx(110.0), pytest.approx(120.0))


def test_a_silent_share_lies_between_the_lowest_and_the_highest_of_the_others(unit: Unit):
    line = "health_insurance_coverage"
    silent = Child(replace(unit, id="silent", population=1000), None, NOTHING)
    found = children_sum(own(unit, [95.0], 95.0, line=line), [child(unit, [90.0], line=line), child(unit, [100.0], line=line), silent])
    assert found.middle == pytest.approx(95.0) and found.interval() == (pytest.approx(280 / 3), pytest.approx(290 / 3))


def test_a_silent_unit_of_unknown_size_leaves_nothing_sure(unit: Unit):
    silent = Child(replace(unit, id="silent", population=0), None, NOTHING)
    found = children_sum(own(unit, [80.0], 40), [child(unit, [50.0]), silent])
    assert np.isnan(found.interval()).all() and found.chances == (0.01, 0.99)


def test_the_difference_is_told_in_two_amounts_that_add_up_to_it(unit: Unit):
    parts = [child(unit, [55.0], last=50.0), child(unit, [44.0], last=40.0)]
    found = children_sum(own(unit, [120.0], 100, last=100.0), parts)
    outside, pace = found.explained
    assert outside == pytest.approx(12.0) and pace == pytest.approx(9.0)  # a tenth lay outside; the others would be 108 at the own pace
    assert outside + pace == pytest.approx(found.own.projection.middle - found.middle) == pytest.approx(21.0)


def test_money_is_added_in_the_units_of_the_sum(unit: Unit):
    line = "budget_revenue_growth"
    made = projection(unit, [5000.0], line=line, base=4000.0)
    in_millions = Child(made.unit, replace(made, measure=measure_of("triệu đồng")), NOTHING)
    found = children_sum(own(unit, [9.0], 1.0, line=line, base=8.0), [child(unit, [2.0], line=line, base=1.0), in_millions])
    assert found.middle == pytest.approx(7.0) and found.base == pytest.approx(5.0)


# ---- from files


def _ward(root: Path, name: str, scale: float, *, more: str = "", months: int = 9, rows: tuple = ()) -> None:
    figures = [
        one
        for year in (2021, 2022, 2023, 2024, 2025)
        for one in monthly("new_enterprises", year, np.round(SEASON[: months if year == 2025 else 12] * scale), measure="doanh nghiệp")
    ]
    write_unit(root, [*figures, *rows], unit=name, toml=f'parent = "thu"\n{more}', targets=[target("new_enterprises", 2025, 90 * scale)])


@pytest.fixture
def province(root: Path) -> Path:
    figures = [one for year in (2021, 2022, 2023, 2024) for one in monthly("new_enterprises", year, SEASON * 7, measure="doanh nghiệp")]
    figures += monthly("new_enterprises", 2025, SEASON[:9] * 7, measure="doanh nghiệp")
    write_unit(root, figures, targets=[target("new_enterprises", 2025, 650)])
    for name, scale in (("w1", 1), ("w2", 2), ("w3", 4)):
        _ward(root, name, scale)
    return root


def _sum(line: str = "new_enterprises"):
    unit = read_unit("thu")
    items = outlooks(read_observations("thu", as_of=AS_OF), unit, 2025, as_of=AS_OF)
    return next((found for found in sums(items) if found.indicator.id == line), None)


@pytest.mark.usefixtures("province")
def test_the_units_below_add_up_to_the_unit_that_is_their_sum():
    found = _sum()
    assert found.units == 3 and not found.missing
    assert found.last == found.own.projection.past[2024][-1].value == 100 * 7
    assert abs(found.own.projection.middle - found.middle) < 0.03 * found.middle


def test_a_unit_that_was_split_counts_once(province: Path):
    before = _sum()
    for name, share in (("w4", 0.25), ("w5", 0.75)):  # w3 was split in July: its figures until then are in the two new ones, by shares
        event = '[[boundary_event]]\ndate = 2025-07-01\nvi = "tách"\nen = "split"\n'
        figures = [
            {**one, "value": one["value"] * share, "perimeter": "rebuilt"}
            for year in (2021, 2022, 2023, 2024, 2025)
            for one in monthly("new_enterprises", year, SEASON[: 9 if year == 2025 else 12] * 4, measure="doanh nghiệp")
        ]
        write_unit(province, figures, unit=name, toml=f'parent = "thu"\n{event}')
        pd.DataFrame([{"event": "2025-07-01", "old_unit": "w3", "indicator": "*", "share": share, "key": "dân số", "source": "NQ"}]).to_csv(
            province / "data" / "raw" / name / "perimeter.csv", index=False
        )
    found = _sum()
    assert [unit.id for unit in found.merged] == ["w3"]
    assert found.units == 4 and found.last == pytest.approx(before.last)
    assert found.middle == pytest.approx(before.middle, rel=0.03)


def test_a_unit_whose_files_hold_faults_is_named_and_bounded_and_the_others_are_added(province: Path):
    (province / "data" / "raw" / "w2" / "deliveries" / "so_lieu.csv").write_text("indicator,basis\nnew_enterprises,x\n", encoding="utf-8")
    found = _sum()
    assert [each.unit.id for each in found.missing] == ["w2"] and found.missing[0].high > 0
    assert "cannot be read" in found.missing[0].reason["en"]


def test_a_unit_whose_own_file_cannot_be_read_leaves_nothing_sure(province: Path):
    (province / "data" / "raw" / "w2" / "unit.toml").write_text('parent = "thu"\nlevel = [', encoding="utf-8")
    found = _sum()
    assert [each.unit.id for each in found.missing] == ["w2"] and found.units == 3
    assert np.isnan(found.interval()).all()


def test_made_up_units_are_not_added_to_a_real_one(province: Path):
    _ward(province, "w9", 8, more="illustrative = true")
    assert _sum().units == 3


def test_units_that_hold_a_small_part_of_the_residents_are_not_held_against_the_whole(province: Path):
    path = province / "data" / "raw" / "thu" / "unit.toml"
    path.write_text(path.read_text(encoding="utf-8").replace("population = 60000", "population = 600000"), encoding="utf-8")
    assert _sum() is None


def test_what_is_known_later_changes_nothing(province: Path):
    before = _sum()
    late = row("new_enterprises", "month", "2025-09", 400, "2025-10-16", measure="doanh nghiệp")
    _ward(province, "w1", 1, rows=(late,))
    assert _sum().draws.tolist() == before.draws.tolist()
