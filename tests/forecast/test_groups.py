"""The groups by which the engine is judged: each from what is known before the year ends, whatever the unit of measure."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.groups import GROUPS, groups

MONTH = np.arange(39)


def named(known: np.ndarray, season: int = 12) -> set[str]:
    return {name for name, member in groups(known, season).items() if member}


def test_each_kind_of_series_is_put_into_its_group() -> None:
    rng = np.random.default_rng(4)
    wave = 1 + 0.5 * np.sin(2 * np.pi * MONTH / 12)
    swell = 100 + 30 * np.sin(2 * np.pi * MONTH / 50) + rng.standard_normal(39)
    assert named(swell) == {"smooth", "three years", "first quarter"}
    assert named(900.5 * wave * np.exp(0.1 * rng.standard_normal(39))) == {"seasonal", "three years", "first quarter"}
    assert named(rng.poisson(0.8, 30).astype(float)) == {"intermittent", "two years", "second quarter"}
    assert named(rng.poisson(40, 69).astype(float)) == {"counts", "third quarter"}
    assert named(rng.lognormal(3, 0.4, 11) + 0.5, 4) == {"two years", "third quarter"}


def test_a_steady_climb_is_neither_a_season_nor_a_count() -> None:
    climb = np.round(50 * 1.02**MONTH)
    assert "seasonal" not in named(climb)
    assert "counts" not in named(climb)


@pytest.mark.parametrize("season", [4, 12])
def test_a_group_other_than_the_counts_does_not_hang_on_the_unit(season: int) -> None:
    known = np.random.default_rng(season).lognormal(2, 0.5, 3 * season + season // 4)
    assert groups(known, season) == groups(known * 1e6, season)


def test_an_empty_history_belongs_to_the_empty() -> None:
    assert named(np.zeros(27)) == {"intermittent", "two years", "first quarter"}
    assert list(groups(np.zeros(27), 12)) == list(GROUPS)
