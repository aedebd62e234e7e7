"""The traits of a series and what they do to the width and the centre of its projection."""

from __future__ import annotations

import numpy as np
import pytest

from kpi_lib.forecast.kinds import TRAITS, Calibration, recalibrated, traits


def learned(stretch: dict[str, float], shift: dict[str, float], tail: float = 0.0) -> Calibration:
    return Calibration(tuple(stretch.get(name, 0.0) for name in TRAITS), tuple(shift.get(name, 0.0) for name in TRAITS), tail)


def test_the_traits_tell_a_climbing_a_seasonal_and_an_empty_series_apart() -> None:
    month, rng = np.arange(39), np.random.default_rng(1)
    climb = 100 * 1.01**month
    wave = 100.5 * (1 + 0.5 * np.sin(2 * np.pi * month / 12)) * np.exp(0.05 * rng.standard_normal(39))
    seldom = np.where(rng.random(39) < 0.5, 0.0, 7.0)
    found = dict(zip(TRAITS, traits(np.stack([climb, wave, seldom]), 9, 12).T, strict=True))
    assert found["smooth"].argmax() == 0
    assert found["seasonal"].argmax() == 1
    assert found["empty"].argmax() == 2
    assert found["smooth"][0] > 0.9 > 0.1 > found["smooth"][2]
    assert found["seasonal"][1] > 0.9 > 0.1 > found["seasonal"][0]
    np.testing.assert_array_equal(found["counts"], [0, 0, 1])
    np.testing.assert_allclose(found["unseen"], 0.25)


@pytest.mark.parametrize("season", [4, 12])
def test_traits_hang_neither_on_the_batch_nor_on_the_unit(season: int) -> None:
    history = np.random.default_rng(season).lognormal(2, 0.5, (5, 3 * season + 1))
    together = traits(history, 2, season)
    np.testing.assert_allclose(np.concatenate([traits(row[None] * 1e7, 2, season) for row in history]), together, rtol=1e-9)


def test_a_history_of_zeros_has_finite_traits() -> None:
    assert np.isfinite(traits(np.zeros((2, 15)), 9, 12)).all()


def test_a_learned_stretch_widens_and_a_learned_shift_moves_the_total_of_its_kind_only() -> None:
    rng = np.random.default_rng(2)
    paths = 100.0 + rng.standard_normal((2, 4000, 3))
    found = np.zeros((2, len(TRAITS)))
    found[0, TRAITS.index("smooth")] = 1.0
    before = paths.sum(axis=2)
    after = recalibrated(paths.copy(), found, learned({"smooth": np.log(1.3)}, {"smooth": -0.2})).sum(axis=2)
    np.testing.assert_allclose(after[1], before[1])
    assert after[0].std() == pytest.approx(1.3 * before[0].std(), rel=1e-3)
    assert np.median(after[0]) - np.median(before[0]) == pytest.approx(-0.2 * np.sqrt(3.0), rel=0.05)


def test_no_kind_is_stretched_or_shifted_out_of_hand_and_nothing_stays_nothing() -> None:
    paths = np.abs(np.random.default_rng(3).standard_normal((1, 1000, 2))) + 50.0
    before = paths.sum(axis=2)
    after = recalibrated(paths.copy(), np.ones((1, len(TRAITS))), learned({"every": 9.0}, {"every": 9.0})).sum(axis=2)
    assert after.std() < 1.5 * before.std()
    assert (recalibrated(np.zeros((1, 10, 2)), np.ones((1, len(TRAITS))), learned({"every": 0.1}, {"every": 0.1})) == 0.0).all()
