"""What the plan may and may not do to a projection, and whether what is learnt can be found again."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from kpi_lib.forecast import plan_effect as pe

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def paths() -> np.ndarray:
    """Three months to go, each about 10: the year ends near 100 from 70 in September."""
    return np.random.default_rng(7).lognormal(np.log(9.5), 0.25, (800, 3))


def probability(paths: np.ndarray, so_far: float, plan: float, **more: object) -> float:
    moved = pe.with_plan(paths, so_far, plan, season=12, seen=9, **more)  # type: ignore[arg-type]
    return float((so_far + moved.sum(axis=1) >= plan).mean())


@pytest.mark.parametrize("plan", [None, float("nan"), 0.0, -5.0])
def test_no_plan_changes_nothing(paths: np.ndarray, plan: float | None):
    np.testing.assert_array_equal(pe.with_plan(paths, 70, plan, season=12, seen=9), paths)


def test_an_ineffective_plan_changes_nothing(paths: np.ndarray):
    np.testing.assert_array_equal(pe.with_plan(paths, 70, 100, season=12, seen=9, strength=0), paths)


def test_a_complete_year_is_left_alone():
    assert pe.with_plan(np.empty((5, 0)), 70, 100, season=12, seen=12).shape == (5, 0)


@pytest.mark.parametrize("plan", [3000.0, 3.0])
def test_a_plan_absurdly_far_away_leaves_the_engine_its_answer(paths: np.ndarray, plan: float):
    moved = pe.with_plan(paths, 70, plan, season=12, seen=9)
    np.testing.assert_allclose(70 + moved.sum(axis=1), 70 + paths.sum(axis=1), rtol=0.02)


@pytest.mark.parametrize("unit", [1e-9, 1e3, 1e12])
def test_the_unit_of_measure_does_not_matter(paths: np.ndarray, unit: float):
    once = pe.with_plan(paths, 70, 100, season=12, seen=9)
    np.testing.assert_allclose(pe.with_plan(unit * paths, unit * 70, unit * 100, season=12, seen=9), unit * once, rtol=1e-9)


def test_the_same_paths_give_the_same_answer(paths: np.ndarray):
    first, second = (pe.with_plan(paths, 70, 100, season=12, seen=9, past_ratios=[0.9, 1.0]) for _ in range(2))
    np.testing.assert_array_equal(first, second)


def test_the_probability_rises_when_more_is_done(paths: np.ndarray):
    said = [probability(paths, so_far, 100) for so_far in (50, 60, 65, 70, 75, 80, 90)]
    assert said == sorted(said)
    assert said[0] < 0.1 < 0.9 < said[-1]


def test_the_probability_falls_as_the_plan_rises(paths: np.ndarray):
    said = [probability(paths, 70, plan) for plan in (80, 90, 95, 100, 105, 110, 130)]
    assert said == sorted(said, reverse=True)


def test_a_unit_that_kept_its_plans_is_trusted_more(paths: np.ndarray):
    assert probability(paths, 70, 100, past_ratios=[1.02, 1.05, 1.03]) > probability(paths, 70, 100, past_ratios=[0.8, 0.75, 0.8])


def test_recent_years_count_more():
    assert pe.habit([0.7, 1.1]) > pe.habit([1.1, 0.7])


def test_no_year_ends_below_what_is_already_done(paths: np.ndarray):
    assert pe.with_plan(paths * 0.01, 99, 60, season=12, seen=9).min() >= 0
    assert pe.with_plan(paths, 99, 100, season=12, seen=9).min() >= 0


def test_year_ends_bunch_at_the_plan():
    """With no bump the share within 1% of the plan is smaller."""
    smooth, bunched = (np.abs(pe.quantiles(0.0, 0.1, height, 4000)) < 0.01 for height in (0.0, 2.0))
    assert bunched.mean() > 1.8 * smooth.mean()


def test_quantiles_without_a_bump_are_those_of_the_student_t():
    table = {0.5: 0.0, 0.75: 0.7267, 0.9: 1.4759, 0.975: 2.5706}  # Student t with 5 degrees of freedom, any textbook
    found = pe.quantiles(0.0, 1.0, 0.0, 200_000)
    for level, value in table.items():
        assert np.interp(level, (np.arange(200_000) + 0.5) / 200_000, found) == pytest.approx(value, abs=2e-3)


def test_intervals_nest_and_the_order_of_the_paths_is_kept(paths: np.ndarray):
    total = pe.with_plan(paths, 70, 100, season=12, seen=9).sum(axis=1)
    edges = np.quantile(total, [0.025, 0.1, 0.25, 0.5, 0.75, 0.9, 0.975])
    assert (np.diff(edges) > 0).all()
    np.testing.assert_array_equal(np.argsort(total), np.argsort(paths.sum(axis=1)))


def test_each_path_keeps_its_shape(paths: np.ndarray):
    moved = pe.with_plan(paths, 70, 100, season=12, seen=9)
    np.testing.assert_allclose(moved / moved.sum(axis=1, keepdims=True), paths / paths.sum(axis=1, keepdims=True), rtol=1e-9)


def test_the_plan_matters_less_as_the_year_runs_out():
    engine = np.log(np.linspace(0.7, 0.9, 101))
    early, late = (
        pe.moments(
            np.array(list(pe.shipped().values())), np.array([np.median(engine)]), np.array([0.1]), np.array([0.0]), np.array([left])
        )[0]
        for left in (0.75, 0.01)
    )
    assert early > late > np.median(engine)


def test_quarters_and_months_agree_on_how_much_of_the_year_is_left():
    paths = np.random.default_rng(1).lognormal(3, 0.3, (500, 1))
    np.testing.assert_allclose(pe.with_plan(paths, 70, 100, season=4, seen=3), pe.with_plan(paths, 70, 100, season=12, seen=9))


def test_paths_of_nothing_can_still_be_stretched():
    moved = pe.with_plan(np.zeros((50, 3)), 80, 100, season=12, seen=9)
    assert np.isfinite(moved).all()
    assert moved.min() >= 0


def test_the_plan_enters_only_where_a_backtest_shows_that_it_helps():
    assert pe.applies_to("plan_share") == 1.0
    assert all(pe.applies_to(kind) == 0.0 for kind in ("flow", "flow_growth", "level", "zero", "assessment", "unknown"))


def test_plans_that_were_raised_late_are_harder_to_reach_in_december():
    kept, raised = (pe.PlanRecord(0.5, (0.9, 1.0, 0.95), (raise_, raise_, raise_)) for raise_ in (0.0, 0.2))
    assert pe.by_december(0.7, raised) < pe.by_december(0.7, kept) < 0.7


def test_units_that_reached_their_last_plan_do_so_again():
    often, never = (pe.PlanRecord(0.5, (ratio,) * 3) for ratio in (1.01, 0.9))
    assert pe.by_december(0.7, often) > pe.by_december(0.7, never)
    assert pe.by_december(0.7, never, share=0.85) > pe.by_december(0.7, never)  # of 85% of the plan it fell short in no year


def test_what_is_likelier_by_todays_plan_is_likelier_by_decembers():
    for left in (0.9, 0.75, 0.5, 0.25, 1 / 12):
        said = [pe.by_december(chance, pe.PlanRecord(left)) for chance in (0.0, 0.1, 0.3, 0.5, 0.7, 0.9, 1.0)]
        assert said == sorted(said) and 0 < said[0] < said[-1] < 1


def test_the_rule_for_december_is_found_again_in_made_up_decisions(plans):
    rng, true = np.random.default_rng(3), np.array([-1.0, 0.8, 0.0, 2.0, -3.0])
    records = [pe.PlanRecord(0.5, tuple(rng.uniform(0.8, 1.1, 3)), tuple(rng.uniform(0, 0.4, 3))) for _ in range(4000)]
    x = np.array([pe.december_features(p, record) for p, record in zip(rng.uniform(0.02, 0.98, 4000), records, strict=True)])
    hit = (rng.random(4000) < 1 / (1 + np.exp(-x @ true))).astype(float)
    found = plans.learn_december({"x": x, "hit": hit}, np.ones(4000, dtype=bool))
    np.testing.assert_allclose(x @ found, x @ true, atol=0.5)


def test_the_shipped_file_says_what_it_was_learnt_from():
    stored = json.loads(pe.EFFECT_FILE.read_text(encoding="utf-8"))
    assert set(stored["coefficients"]) == set(pe.NAMES)
    assert all(set(values) == set(pe.NAMES) for values in stored["without"].values())
    assert all(set(values) == set(pe.DECEMBER_NAMES) for values in (stored["december"], *stored["december_without"].values()))
    assert {"learnt_from", "first_month", "last_month", "script", "written", "decisions", "units", "base_rate"} <= set(stored)


@pytest.fixture(scope="module")
def plans():
    """The benchmark script as a module."""
    spec = importlib.util.spec_from_file_location("plans", ROOT / "benchmarks" / "plans.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_what_is_learnt_can_be_found_again(plans):
    rng, n = np.random.default_rng(3), 3000
    true = np.array([0.0, 0.15, 0.5, 0.4, -2.3, 0.8, -9.0])
    data = {
        "gap": rng.normal(-0.1, 0.25, n),
        "spread": rng.uniform(0.04, 0.25, n),
        "habits": rng.normal(-0.05, 0.1, n),
        "left": rng.choice([0.25, 0.5, 0.75], n),
    }
    centre, scale = pe.moments(true, data["gap"], data["spread"], data["habits"], data["left"])
    data |= {"ended": centre + scale * rng.standard_t(pe.FREEDOM, n)}
    learnt = plans.learn(data, np.ones(n, dtype=bool))
    np.testing.assert_allclose(learnt[:4], true[:4], atol=0.06)
    np.testing.assert_allclose(learnt[4:6], true[4:6], atol=0.08)
    assert learnt[6] < -1  # hardly any bump where there is none


def table(years: range = range(2015, 2020)) -> pd.DataFrame:
    rows = []
    for name, pace in (("A", 1.0), ("B", 0.9)):
        for year in years:
            for month in range(1, 13):
                rows.append({"geo": name, "level": "province", "date": f"{year}-{month:02d}-01", "value": 8.0 * pace, "first_estimate": 8.0 * pace,
                             "ytd_reported": 8.0 * pace * month, "pct_of_annual_plan": 8.0 * pace * month, "implied_annual_plan": 100.0, "ytd_yoy_pct": 0.0})  # fmt: skip
    return pd.DataFrame(rows)


def test_a_decision_knows_nothing_published_later(plans, tmp_path: Path):
    file, changed = tmp_path / "a.csv", tmp_path / "b.csv"
    frame = table()
    frame.to_csv(file, index=False)
    late = (frame["date"] > "2019-06-01").to_numpy()
    frame.loc[late, ["value", "first_estimate", "implied_annual_plan"]] *= 3.0
    frame.loc[frame["date"] == "2019-06-01", "value"] *= 5.0  # June's figure in July's report
    frame.to_csv(changed, index=False)
    before, after = ([d for d in plans.decisions(plans.read(f)) if d["year"] == 2019 and d["month"] == 6] for f in (file, changed))
    assert len(before) == 2
    for one, other in zip(before, after, strict=True):
        np.testing.assert_array_equal(one["history"], other["history"])
        assert (one["plan"], one["so_far"], one["ratios"]) == (other["plan"], other["so_far"], other["ratios"])


def test_the_benchmark_ends_with_its_summary(plans, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    file = tmp_path / "plans.csv"
    table().to_csv(file, index=False)
    plans.main([str(file)])
    words = capsys.readouterr().out.strip().splitlines()[-1].split()
    assert words[0::2][:1] == ["brier"]
    assert [words[i] for i in (1, 3, 5, 7, 9)] == ["ours", "straight_line", "same_period", "base_rate", "n"]
    assert int(words[-1]) == 2 * 3 * 3  # two units, three years with two before, three dates
