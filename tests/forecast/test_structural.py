"""The projection engine: its contract, its certificate against the Kalman filter, and known truths."""

from __future__ import annotations

import json

import numpy as np
import pytest
from scipy import integrate, stats
from statsmodels.tsa.statespace.kalman_filter import KalmanFilter

from kpi_lib.forecast import structural as engine
from kpi_lib.forecast.processes import (
    BREAK_VARIANCE,
    LEVEL_PRIOR,
    NOISE_SHAPE,
    GridPoint,
    covariance,
    evidence,
    factors,
    student_log_density,
)
from kpi_lib.forecast.structural import PRIOR_FILE, load_prior, structural
from kpi_lib.words.messages import KpiError

SHAPES = [GridPoint(), GridPoint(level=0.6, slope=5.0, seasonal=30.0, evolving=2.0, echo=1.0),
          GridPoint(level=2.0, slope=0.3, stamina=2.0, seasonal=3.0, echo=6.0, persistence=0.8),
          GridPoint(level=0.03, slope=0.3, evolving=0.3, memory=10.0)]  # fmt: skip


def sample(series: int = 6, years: int = 3, more: int = 3, season: int = 12, seed: int = 1) -> np.ndarray:
    """Seasonal, growing, noisy flows."""
    rng = np.random.default_rng(seed)
    t = np.arange(years * season + more)
    shape = 1.0 + 0.3 * np.sin(2 * np.pi * t / season) + 0.05 * t / season
    return rng.uniform(500, 50_000, (series, 1)) * shape * np.exp(0.08 * rng.standard_normal((series, len(t))))


def log_marginal(values: np.ndarray, cov: np.ndarray, noise_scale: float) -> np.ndarray:
    """Log density of series whose covariance is `cov` times an unknown variance, as the engine has it."""
    quadratic = np.einsum("si,ij,sj->s", np.atleast_2d(values), np.linalg.inv(cov), np.atleast_2d(values))
    return student_log_density(quadratic, np.linalg.slogdet(cov)[1], len(cov), noise_scale, NOISE_SHAPE)


def kalman(point: GridPoint, values: np.ndarray, season: int) -> KalmanFilter:
    """The grid point as a state-space model: level, slope, fixed and evolving pattern, echo; white noise of variance one."""
    rho, drift = np.exp(-1 / (season * point.stamina)), point.slope / season**2
    fade = np.exp(-1 / (season * point.memory))
    size, pattern = 3 + 2 * season, np.eye(season) - 1 / season
    model = KalmanFilter(k_endog=1, k_states=size, k_posdef=size, loglikelihood_burn=0)
    model.bind(values)
    transition, noise, start = np.eye(size), np.zeros((size, size)), np.zeros((size, size))
    transition[:2, :2] = [[1, rho], [0, rho]]
    noise[:2, :2] = (1 - rho**2) * drift
    noise[0, 0] += point.level
    start[0, 0], start[1, 1] = LEVEL_PRIOR, drift
    fixed, moving, echo = slice(2, 2 + season), slice(2 + season, 2 + 2 * season), size - 1
    start[fixed, fixed], start[moving, moving] = point.seasonal * pattern, point.evolving * pattern
    transition[moving, moving] *= fade
    noise[moving, moving] = (1 - fade**2) * point.evolving * pattern
    transition[echo, echo], start[echo, echo] = point.persistence, point.echo
    noise[echo, echo] = (1 - point.persistence**2) * point.echo
    design = np.zeros((1, size, len(values)))
    design[0, 0] = design[0, echo] = 1.0
    for t in range(len(values)):
        design[0, 2 + t % season, t] = design[0, 2 + season + t % season, t] = 1.0
    model["design"], model["transition"], model["selection"] = design, transition, np.eye(size)
    model["state_cov"], model["obs_cov"] = noise, np.eye(1)
    model.initialize_known(np.zeros(size), start)
    return model


@pytest.mark.parametrize("season", [4, 12])
@pytest.mark.parametrize("point", SHAPES)
def test_a_grid_point_has_the_likelihood_of_its_state_space_model(point: GridPoint, season: int) -> None:
    values = np.log(sample(1, 4, 2, season)[0] / 1000)
    result = kalman(point, values, season).filter()
    cov = covariance(point, range(len(values)), season)
    ours = stats.multivariate_normal(cov=cov).logpdf(values)
    assert ours == pytest.approx(result.llf, abs=1e-8)
    quadratic = float((result.forecasts_error[0] ** 2 / result.forecasts_error_cov[0, 0]).sum())
    determinant = float(np.log(result.forecasts_error_cov[0, 0]).sum())
    found = evidence(values[None], factors((point,), len(values), 2, season), 0.002)
    assert found.quadratic[0, 0, 0] == pytest.approx(quadratic, abs=1e-8)
    assert found.log_determinant[0, 0, 0] == pytest.approx(determinant, abs=1e-8)


def test_the_noise_variance_is_integrated_out_of_the_kalman_likelihood() -> None:
    values, point, scale = np.log(sample(1, 2, 2, 4)[0] / 1000), SHAPES[1], 0.05
    result = kalman(point, values, 4).filter()
    quadratic = float((result.forecasts_error[0] ** 2 / result.forecasts_error_cov[0, 0]).sum())

    def likelihood_times_prior(log_variance: float) -> float:
        variance = np.exp(log_variance)
        log = result.llf + quadratic / 2 * (1 - 1 / variance) - len(values) / 2 * log_variance
        return float(np.exp(log) * stats.invgamma(2.0, scale=scale).pdf(variance) * variance)

    integral = integrate.quad(likelihood_times_prior, -15, 15, epsabs=0, epsrel=1e-11, limit=500)[0]
    ours = log_marginal(values[None], covariance(point, range(len(values)), 4), scale)[0]
    assert ours == pytest.approx(np.log(integral), abs=1e-8)


def test_the_marginal_likelihood_is_a_multivariate_student() -> None:
    values = sample(3, 2, 0, 4) / 1000
    cov = covariance(SHAPES[1], range(8), 4)
    reference = stats.multivariate_t(shape=cov * 0.05 / 2.0, df=4).logpdf(values)
    np.testing.assert_allclose(log_marginal(values, cov, 0.05), reference, atol=1e-8)


@pytest.mark.parametrize(("kind", "fading"), [(1, 0.0), (2, 0.7), (3, 1.0)])
def test_a_break_is_scored_as_an_explicit_component_of_the_covariance(kind: int, fading: float) -> None:
    values, point = np.log(sample(1, 3, 3)[0] / 1000), SHAPES[1]
    values[20:] += 2.0 * fading ** np.arange(len(values) - 20)
    parts, t = factors((point,), len(values), 3, 12), np.arange(len(values) + 3)
    found = evidence(values[None], parts, 0.002)
    direction = np.where(t >= 20, fading ** np.maximum(t - 20.0, 0.0), 0.0)
    cov = covariance(point, range(len(t)), 12) + BREAK_VARIANCE * np.outer(direction, direction)
    past = cov[: len(values), : len(values)]
    assert found.place[0, 0, kind - 1] == 20
    assert found.quadratic[0, 0, kind] == pytest.approx(values @ np.linalg.solve(past, values), rel=1e-8)
    assert found.log_determinant[0, 0, kind] == pytest.approx(np.linalg.slogdet(past)[1] + 2 * np.log(len(values)), abs=1e-8)
    mean = cov[len(values) :, : len(values)] @ np.linalg.solve(past, values)
    reach = parts[0].reach[kind - 1][found.place[0, 0, kind - 1]]
    np.testing.assert_allclose(parts[0].regression @ values + found.size[0, 0, kind - 1] * reach, mean, rtol=1e-7)


def test_the_covariance_of_some_months_is_a_part_of_the_covariance_of_all() -> None:
    every = covariance(SHAPES[2], range(20), 12)
    some = np.array([3, 17, 0, 8])
    np.testing.assert_allclose(covariance(SHAPES[2], some, 12), every[np.ix_(some, some)], rtol=1e-12)


@pytest.mark.parametrize("factor", [1e-9, 1e-3, 7.3, 1e12])
def test_scaling_a_history_scales_the_paths(factor: float) -> None:
    history = sample() + 0.123
    history[0, 5] = 0.0
    plain = structural(history, 9, season=12, draws=50)
    np.testing.assert_allclose(structural(history * factor, 9, season=12, draws=50), plain * factor, rtol=1e-8, atol=1e-9 * factor)


def test_paths_do_not_depend_on_the_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    history = sample(9)
    together = structural(history, 9, season=12, draws=40)
    alone = np.concatenate([structural(row, 9, season=12, draws=40) for row in history])
    np.testing.assert_allclose(alone, together, rtol=1e-9)
    monkeypatch.setattr(engine, "CHUNK_VALUES", 720)
    np.testing.assert_allclose(structural(history[::-1], 9, season=12, draws=40)[::-1], together, rtol=1e-9)


def test_same_seed_same_paths_and_another_seed_other_paths() -> None:
    history = sample(2)
    first = structural(history, 9, season=12, draws=30, seed=5)
    np.testing.assert_array_equal(structural(history, 9, season=12, draws=30, seed=5), first)
    assert not np.allclose(structural(history, 9, season=12, draws=30, seed=6), first)


def test_errors_of_two_unlike_series_are_unrelated() -> None:
    totals = structural(sample(2), 9, season=12, draws=4000).sum(axis=2)
    assert abs(np.corrcoef(totals)[0, 1]) < 0.06


def test_a_constant_history_continues_and_zeros_stay_zeros() -> None:
    paths = structural(np.array([[0.0] * 27, [5.5] * 27]), 9, season=12, draws=200)
    assert (paths[0] == 0.0).all()
    assert np.median(paths[1]) == pytest.approx(5.5, rel=0.03)


@pytest.mark.parametrize(("season", "years", "more"), [(12, 1, 0), (12, 1, 7), (12, 10, 11), (4, 1, 0), (4, 1, 1), (4, 10, 3), (4, 2, 1)])
def test_every_length_of_history_gives_finite_paths_within_reach(season: int, years: int, more: int) -> None:
    history = sample(4, years, more, season)
    history[1, ::3] = 0.0
    history[2, season // 2] *= 1000.0
    history[3] = 0.0
    history[3, -1] = 1e-12
    paths = structural(history, season - more, season=season, draws=100)
    assert paths.shape == (4, 100, season - more)
    assert np.isfinite(paths).all()
    assert (paths >= 0).all()
    assert (paths <= 3.0001 * history.max(axis=1)[:, None, None]).all()


def test_small_counts_give_whole_numbers_with_the_spread_of_counts() -> None:
    history = np.random.default_rng(0).poisson(7.0, (40, 36)).astype(float)
    paths = structural(history, 12, season=12, draws=300)
    assert (paths == np.round(paths)).all()
    assert paths.mean() == pytest.approx(7.0, rel=0.08)
    assert 5.0 < paths.var(axis=1).mean() < 14.0


def test_a_single_odd_figure_or_a_lasting_jump_is_recognised() -> None:
    history = np.full((3, 51), 100.0) + np.random.default_rng(3).normal(0, 2, (3, 51))
    history[1, 20] = 900.0  # an odd figure in the past says nothing about the rest of this year
    history[2, 30:] += 100.0  # a jump that has lasted does
    medians = np.median(structural(history, 9, season=12, draws=400).sum(axis=2), axis=1) / 9
    np.testing.assert_allclose(medians, [100, 100, 200], rtol=0.05)


def test_intervals_hold_what_they_promise_on_series_made_by_the_model() -> None:
    rng = np.random.default_rng(11)
    cov = covariance(GridPoint(level=0.15, slope=0.3, seasonal=3.0), range(48), 12) - LEVEL_PRIOR
    values = 1000 * np.exp(0.08 * rng.multivariate_normal(np.zeros(48), cov, size=600))
    totals = structural(values[:, :42], 6, season=12, draws=300).sum(axis=2)
    low, high = np.quantile(totals, [0.1, 0.9], axis=1)
    outturn = values[:, 42:].sum(axis=1)
    assert ((low <= outturn) & (outturn <= high)).mean() == pytest.approx(0.8, abs=0.06)


def test_smooth_series_whose_slope_wanders_get_the_width_they_are_promised() -> None:
    rng = np.random.default_rng(5)
    cov = covariance(GridPoint(level=0.5, slope=500.0, stamina=0.6, seasonal=0.3), range(36), 4) - LEVEL_PRIOR
    values = 1000 * np.exp(0.003 * rng.multivariate_normal(np.zeros(36), cov, size=600, method="cholesky"))
    totals = structural(values[:, :34], 2, season=4, draws=300).sum(axis=2)
    low, high = np.quantile(totals, [0.1, 0.9], axis=1)
    outturn = values[:, 34:].sum(axis=1)
    assert ((low <= outturn) & (outturn <= high)).mean() == pytest.approx(0.8, abs=0.06)


def test_the_centre_of_counts_that_do_not_grow_is_not_pulled_up() -> None:
    counts = np.random.default_rng(6).poisson(60.0, (800, 72)).astype(float)
    medians = np.median(structural(counts[:, :63], 9, season=12, draws=200).sum(axis=2), axis=1)
    below = (counts[:, 63:].sum(axis=1) < medians).mean() + (counts[:, 63:].sum(axis=1) == medians).mean() / 2
    assert below == pytest.approx(0.5, abs=0.05)


def test_a_missing_figure_is_refused_with_the_row_named() -> None:
    history = sample(3)
    history[1, 4] = np.nan
    with pytest.raises(KpiError, match=r"series \[1\]"):
        structural(history, 9, season=12)
    with pytest.raises(KpiError, match="one whole year"):
        structural(np.ones((1, 11)), 1, season=12)


def test_the_shipped_prior_is_readable_and_says_where_it_comes_from() -> None:
    stored = json.loads(PRIOR_FILE.read_text(encoding="utf-8"))
    assert "learn_prior.py" in stored["made_by"]
    assert {row["source"] for row in stored["sources"]["12"]} >= {"m3", "brazil_fed", "vn_firms"}
    for season in (4, 12):
        prior = load_prior(season)
        for weights in (prior.plain, prior.wary):
            assert weights.sum() == pytest.approx(1.0, abs=0.05)
        assert prior.plain[:, :, 1:].sum() == 0.0
