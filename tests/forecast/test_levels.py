"""States that do not add up: invariants of their projection, then what a sane person says of lines with a course."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import numpy as np
import pytest
from conftest import row

import kpi_lib as kpi
from kpi_lib.definitions.kinds import KINDS
from kpi_lib.forecast.dated import LevelPoint, covariances
from kpi_lib.forecast.levels import load_level_prior, project_levels, project_states
from kpi_lib.forecast.processes import LEVEL_PRIOR, GridPoint, covariance
from kpi_lib.forecast.scales import scaled
from kpi_lib.periods import month_end
from kpi_lib.words.messages import KpiError

RNG = np.random.default_rng(4)
SHARES = np.clip(80 + RNG.normal(0, 1, (4, 30)).cumsum(axis=1), 0, 100)
STEADY = 58.5 + 0.745 * np.arange(30)  # a line of a ward that rose every month: 58.5 to 80.1


def ends(history, horizon=6, season=12, **more):
    return project_levels(history, horizon, season=season, **({"lower": 0.0, "upper": 100.0} | more))


def middle(draws) -> float:
    return float(np.median(draws))


def test_the_same_seed_gives_the_same_draws_and_another_seed_others():
    np.testing.assert_array_equal(ends(SHARES, seed=3), ends(SHARES, seed=3))
    assert not np.array_equal(ends(SHARES, seed=3), ends(SHARES, seed=4))


def test_a_series_does_not_depend_on_its_batch():
    np.testing.assert_allclose(ends(SHARES)[2], ends(SHARES[2])[0], rtol=1e-9)


@pytest.mark.parametrize("factor", [1e-3, 7.0, 1e6])
def test_a_change_of_unit_changes_nothing(factor):
    np.testing.assert_allclose(ends(SHARES * factor, upper=np.inf), factor * ends(SHARES, upper=np.inf), rtol=1e-6)
    np.testing.assert_allclose(ends(SHARES * factor, upper=100 * factor), factor * ends(SHARES), rtol=1e-6)


def test_draws_stay_inside_the_limits_and_do_not_pile_up_where_the_line_never_stood():
    near = np.clip(99.2 + RNG.normal(0, 0.3, (1, 24)), 98, 99.9)
    draws = ends(near, draws=4000)[0]
    assert (draws >= 0).all() and (draws <= 100).all()
    assert (draws > 99.99).mean() < 0.02 and (draws == 100).mean() == 0


@pytest.mark.parametrize("limit", [0.0, 100.0])
def test_what_has_always_stood_at_its_limit_mostly_stays_there(limit):
    always, mostly = np.full(12, limit), np.where(np.arange(12) == 5, 97.0 if limit else 3.0, limit)
    assert (ends(always, 1, 4)[0] == limit).mean() > 0.85
    assert (ends(always, 1, 4)[0] == limit).mean() > (ends(mostly, 1, 4)[0] == limit).mean() > 0.5


def test_a_count_is_whole_and_has_no_value_below_its_limit():
    draws = ends([[3, 4, 3, 5, 4, 4, 2, 3, 4, 5, 3, 4]], upper=np.inf, whole=True)
    assert (draws == np.round(draws)).all() and draws.min() >= 0


def test_thirty_months_of_the_same_rise_go_on():
    draws = ends(STEADY, 5, draws=4000)[0]
    assert STEADY[-1] == pytest.approx(80.1, abs=0.01)
    assert middle(draws) == pytest.approx(83.8, abs=0.9)
    assert np.quantile(draws, 0.1) > 81.5


@pytest.mark.parametrize(
    ("values", "apart", "ahead", "straight"),
    [
        (96.0 + 0.1 * np.arange(18), 1 / 12, 0.5, 98.3),  # insurance: a tenth of a point a month
        (240 - 6.0 * np.arange(9), 1 / 4, 0.75, 174.0),  # cases of another kind, falling by six a quarter
        (12.0 + 3.0 * np.arange(8), 1.0, 1.0, 36.0),  # kilometres, three a year
    ],
)
def test_a_line_with_a_course_follows_it_in_any_frequency(values, apart, ahead, straight):
    times = apart * np.arange(1 - len(values), 1)
    upper = 100.0 if values.max() < 100 and apart < 0.2 else np.inf
    draws = project_states(values, times, [ahead], lower=0.0, upper=upper, draws=4000)[0, :, 0]
    assert abs(middle(draws) - straight) < 0.4 * abs(straight - values[-1])


def test_a_level_that_only_wanders_stays_where_it_is():
    draws = ends([[70, 72, 69, 71, 70, 68, 71, 70, 72, 69, 70, 71]], 2, 4, draws=4000)
    assert middle(draws) == pytest.approx(70.5, abs=0.8)


def test_a_seasonal_state_comes_back_to_its_season():
    month = np.arange(5 * 12 + 6)
    unemployment = 5 + 1.5 * np.cos(2 * np.pi * month / 12) + RNG.normal(0, 0.1, month.size)
    draws = ends(unemployment, 6, draws=4000)[0]
    assert middle(draws) == pytest.approx(5 + 1.5 * np.cos(2 * np.pi * 71 / 12), abs=0.5)
    assert unemployment[-1] < 4.5


def test_missing_figures_and_odd_dates_change_little():
    times = np.arange(-29, 1) / 12
    kept = np.r_[0:7, 9:15, 18, 22:30]
    whole, thinned = (project_states(STEADY[k], times[k], [5 / 12], lower=0, upper=100)[0, :, 0] for k in (np.arange(30), kept))
    assert middle(thinned) == pytest.approx(middle(whole), abs=0.5)


def test_a_usual_change_sets_the_spread_of_one_figure_and_none_of_thirty():
    def width(values, usual):
        times = np.arange(1 - len(values), 1) / 12
        low, high = np.quantile(project_states(values, times, [0.5], lower=0, upper=100, usual=usual, draws=4000), [0.1, 0.9])
        return high - low

    assert width([95.0], 0.5) < 0.4 * width([95.0], 4.0)
    assert width(SHARES[0], 0.5) == pytest.approx(width(SHARES[0], 4.0), rel=0.25)


def test_a_bad_history_is_refused_by_name():
    for values, times, ahead in (([1.0, np.nan], [0, 1], [2]), ([1.0], [0], [0]), ([1.0, 2.0], [1, 0], [2])):
        with pytest.raises(KpiError, match=r"finite figure|dates must rise"):
            project_states(values, times, ahead)


def test_the_likelihood_is_of_the_figures_themselves_whatever_the_scale():
    """Jacobians: a share's log density integrates to what numerical differentiation of its scales says."""
    share = np.array([[40.0, 55.0, 61.0]])
    recent, small = np.array([False, False, True]), 1e-5
    for column in range(3):
        moved = share.copy()
        moved[0, column] += small
        before, after = (scaled(x, recent, lower=0, upper=100, whole=False) for x in (share, moved))
        slope = (after.values + after.centre[..., None] - before.values - before.centre[..., None])[:, 0, column] / small * 100
        alone = scaled(share[:, [column]], np.array([True]), lower=0, upper=100, whole=False)
        np.testing.assert_allclose(np.log(slope), alone.jacobian[0], rtol=1e-4)


def test_on_whole_periods_the_covariance_is_that_of_the_flow_engine():
    periods = np.arange(8)
    dated = covariances((LevelPoint(4 * 0.5, 0, 1, 0, 1, 0, 0, np.inf, 1.0),), periods / 4)[0]
    np.testing.assert_allclose(dated, covariance(GridPoint(level=0.5), periods, 4), atol=1e-8)
    assert np.linalg.eigvalsh(covariances(load_level_prior().points, periods / 4) - LEVEL_PRIOR).min() > -1e-6


def monthly(ind: str, values, last: tuple[int, int], measure: str = "%"):
    rows = []
    for back, value in enumerate(np.round(values, 2)[::-1]):
        month = last[0] * 12 + last[1] - 1 - back
        end = month_end(month // 12, month % 12 + 1)
        rows.append(row(ind, "level", end.isoformat(), value, (end + dt.timedelta(days=6)).isoformat(), measure=measure))
    return rows


def test_a_line_of_the_page_follows_its_own_rise_whatever_change_was_declared(make_unit):
    unit = make_unit(monthly("health_insurance_coverage", STEADY, (2025, 7)))
    for usual in (float("nan"), 0.6, 8.6):
        ind = replace(kpi.INDICATORS["health_insurance_coverage"], typical_change=usual)
        projection = kpi.project(kpi.read_observations(unit), ind, 2025, as_of="2025-08-15")
        assert projection.middle == pytest.approx(83.8, abs=0.9)
        assert "its own course" in str(projection.reason["en"])
        assert projection.paths.shape == (4000, 5) and projection.ends[-1] == dt.date(2025, 12, 31)
        assert (np.diff(np.median(projection.paths, axis=0)) > 0).all()


@pytest.mark.parametrize(("counts", "least", "most"), [([4, 6, 8], 9, 10), ([2, 5, 8, 11], 13, 14), ([30, 31, 31, 32, 33], 33, 34)])
def test_a_count_that_only_grows_goes_on_in_whole_steps(counts, least, most):
    times = np.arange(1 - len(counts), 1) / 2
    loose, held = (project_states(counts, times, [1 / 6, 0.5], lower=0, whole=True, never_falls=n, draws=4000)[0] for n in (False, True))
    assert loose.min() < counts[-1] <= held.min()
    assert (np.diff(held, axis=1) >= 0).all() and (held == np.round(held)).all()
    assert least <= middle(held[:, 1]) <= most


def test_a_line_of_the_page_that_is_counted_up_never_falls(make_unit):
    days, ind = ("2023-12-31", "2024-06-30", "2024-12-31", "2025-06-30"), kpi.INDICATORS["national_standard_schools"]
    rows = [row(ind.id, "level", day, value, "2025-07-06", measure="%") for day, value in zip(days, (4, 6, 7, 9), strict=True)]
    figures = kpi.read_observations(make_unit(rows))
    counted = replace(ind, upper=float("inf"), typical_change=float("nan"))
    loose, held = (kpi.project(figures, replace(counted, kind=KINDS[kind]), 2025, as_of="2025-07-15") for kind in ("level", "counted_up"))
    assert loose.draws.min() < 9 <= held.draws.min()
    assert (np.diff(held.paths, axis=1) >= 0).all()
    assert 9.5 < held.middle < 11.5


@pytest.mark.parametrize("ind_id", ["forest_cover", "clean_water_coverage"])
def test_a_shock_is_no_trend_and_no_usual_change(make_unit, ind_id: str):
    ind = replace(kpi.INDICATORS[ind_id], typical_change=1.0)
    states = (("2024-09-06", 75.5), ("2024-09-08", 58.0), ("2024-09-30", 62.0), ("2024-12-31", 65.5))
    unit = make_unit([row(ind.id, "level", day, value, "2025-03-06", measure="%") for day, value in states])
    projection = kpi.project(kpi.read_observations(unit), ind, 2025, as_of="2025-10-15")
    low, high = projection.interval(0.8)
    assert projection.quantile(0.5) == pytest.approx(65.5, abs=0.3) and 1 < high - low < 5
    assert "usual change within a year" in projection.reason["en"]


def test_a_line_without_a_usual_change_is_projected_from_its_first_figure(make_unit):
    ind = replace(kpi.INDICATORS["trained_labour_rate"], typical_change=float("nan"))
    unit = make_unit([row(ind.id, "level", "2025-06-30", 86.4, "2025-07-06", measure="%")])
    projection = kpi.project(kpi.read_observations(unit), ind, 2025, as_of="2025-07-15")
    assert projection.known and projection.evidence_years == 0
    low, high = projection.interval(0.8)
    assert 81 < low < 86.4 < high < 91
