"""Exponential smoothing with a drift: its recursion against statsmodels, its selection, and what the engine makes of it."""

from __future__ import annotations

import numpy as np
import pytest
from statsmodels.tsa.forecasting.theta import ThetaModel
from statsmodels.tsa.holtwinters import SimpleExpSmoothing

from kpi_lib.forecast import structural as engine
from kpi_lib.forecast.smoothing import DRIFTS, WEIGHTS, fitted, smoothed_paths
from kpi_lib.forecast.structural import load_prior, simulate, structural


def chance(series: int, draws: int, horizon: int, seed: int = 3) -> tuple[np.ndarray, np.ndarray]:
    """Uniform and normal numbers as the engine hands them down."""
    rng = np.random.default_rng(seed)
    return rng.random((series, draws)), rng.standard_normal((series, draws, horizon))


def sample(series: int = 5, periods: int = 51, swing: float = 0.3, noise: float = 0.05, growth: float = 0.05, seed: int = 1) -> np.ndarray:
    """Monthly flows about one, seasonal and growing."""
    rng = np.random.default_rng(seed)
    t = np.arange(periods)
    return (1 + swing * np.sin(2 * np.pi * t / 12)) * (1 + growth * t / 12) * np.exp(noise * rng.standard_normal((series, periods)))


def test_the_recursion_is_that_of_statsmodels() -> None:
    values = sample(3, swing=0.0)
    squares, level = fitted(values, 1.0)
    for row, of_weights, last in zip(values, squares, level, strict=True):
        for weight, square, end in list(zip(WEIGHTS, of_weights, last, strict=True))[:-1]:
            best = SimpleExpSmoothing(row, initialization_method="estimated").fit(smoothing_level=weight, optimized=True)
            assert square == pytest.approx(best.sse, rel=1e-5)  # statsmodels looks for the first level numerically
            assert end == pytest.approx(best.forecast(1)[0], rel=1e-4)
        assert last[-1] == row[-1]  # the whole weight on the newest period: a random walk
        assert of_weights[-1] == pytest.approx((np.diff(row) ** 2).sum())


def test_an_error_counts_by_the_factor_of_its_season() -> None:
    values, factor = sample(1, 6, swing=0.0), np.array([[1.0, 2.0, 0.5, 1.0, 2.0, 0.5]])
    level, left, errors, starts = 0.0, 1.0, [], []
    for value in values[0]:
        errors.append(value - level)
        starts.append(left)
        level, left = level + 0.3 * (value - level), left * 0.7
    first = np.linalg.lstsq((factor[0] * starts)[:, None], factor[0] * errors, rcond=None)[0]
    expected = ((factor[0] * (np.array(errors) - np.array(starts) * first)) ** 2).sum()
    assert fitted(values, factor)[0][0, list(WEIGHTS).index(0.3)] == pytest.approx(expected)


def test_with_the_drift_it_is_theta() -> None:
    """The mean path of half the slope is the theta forecast of statsmodels with the same weight, once its start has faded."""
    row = sample(1, 240, swing=0.0, noise=0.02, growth=0.02)
    uniform, normal = chance(1, 400, 12)
    ours = smoothed_paths(row, 12, 12, uniform, normal).mean(axis=1)[0]
    theirs = ThetaModel(row[0], period=12, deseasonalize=False).fit().forecast(12, theta=2)
    assert ours == pytest.approx(np.asarray(theirs), rel=0.02)
    assert list(DRIFTS) == [0.0, 0.5]


def test_a_season_is_found_and_noise_is_not_taken_for_one() -> None:
    uniform, normal = chance(5, 300, 9)
    t = np.arange(51, 60)
    seasonal = smoothed_paths(sample(), 9, 12, uniform, normal).mean(axis=(0, 1))
    assert np.corrcoef(seasonal, 1 + 0.3 * np.sin(2 * np.pi * t / 12))[0, 1] > 0.97
    plain = smoothed_paths(sample(swing=0.0, growth=0.0), 9, 12, uniform, normal).mean(axis=1)
    assert (plain.std(axis=1) < 0.02).all()


def test_a_history_of_one_year_has_no_season() -> None:
    uniform, normal = chance(4, 200, 9)
    paths = smoothed_paths(sample(4, 15), 9, 12, uniform, normal)
    assert paths.shape == (4, 200, 9) and np.isfinite(paths).all()


def test_a_neighbour_changes_nothing() -> None:
    values = np.concatenate([sample(4), np.where(sample(3, seed=2) > 1.1, sample(3, seed=2), 0.0)])
    uniform, normal = chance(7, 100, 6)
    together = smoothed_paths(values, 6, 12, uniform, normal)
    alone = [smoothed_paths(values[[i]], 6, 12, uniform[[i]], normal[[i]])[0] for i in range(7)]
    assert np.array_equal(together, np.stack(alone))


def test_empty_months_give_no_negative_ones_and_keep_the_total() -> None:
    rng = np.random.default_rng(5)
    values = rng.poisson(0.5, (20, 51)).astype(float)
    values /= np.maximum(values[:, -12:].mean(axis=1, keepdims=True), 0.1)
    uniform, normal = chance(20, 2000, 9)
    paths = smoothed_paths(values, 9, 12, uniform, normal)
    assert (paths >= 0).all() and np.isfinite(paths).all()
    total = paths.sum(axis=2)
    assert abs(np.median(total, axis=1).mean() / (9 * values[:, -24:].mean()) - 1.0) < 0.2  # cutting months off at nought would add a half
    assert not smoothed_paths(np.zeros((1, 30)), 3, 12, *chance(1, 50, 3)).max() > 1e-3


@pytest.mark.parametrize(("whole", "share"), [(False, 0.1), (True, 0.3)])
def test_its_share_of_the_draws_is_that_of_the_kind(monkeypatch: pytest.MonkeyPatch, whole: bool, share: float) -> None:
    history = np.round(sample(2) * 50) if whole else sample(2) * 5e4
    prior = load_prior(12)
    plain = engine.Prior(prior.points, prior.noise_scales, prior.plain, prior.wary)  # as drawn: neither stretched nor shifted
    told = simulate(history, 9, 12, 200, 0, plain)
    monkeypatch.setattr(engine, "SMOOTHED", 0.0)
    monkeypatch.setattr(engine, "SMOOTHED_COUNTS", 0.0)
    differs = (simulate(history, 9, 12, 200, 0, plain) != told).any(axis=2)
    assert not differs[:, round(200 * share) :].any() and differs[:, : round(200 * share)].mean() > 0.9


def test_quarters_are_left_to_the_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    history = sample(3, 17) * 5e4
    told = structural(history, 3, season=4, draws=100)
    monkeypatch.setattr(engine, "SMOOTHED", 0.5)
    assert np.array_equal(structural(history, 3, season=4, draws=100), told)


def test_the_unit_of_measure_does_not_matter() -> None:
    history = sample(4) * 5e4
    assert structural(history / 1e3, 9, season=12, draws=100) == pytest.approx(structural(history, 9, season=12, draws=100) / 1e3)
