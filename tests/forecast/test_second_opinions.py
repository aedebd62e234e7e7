"""The opinions that the flow engine is measured with are what they are called."""

import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "benchmarks"))
from second_opinions import DRAWS, Airline, covariance, mixed


@pytest.mark.parametrize(("season", "theta", "yearly"), [(12, 0.5, 0.85), (4, 0.2, 0.3)])
def test_an_airline_differenced_twice_is_its_moving_average(season: int, theta: float, yearly: float) -> None:
    """Box and Jenkins: what (1 - B)(1 - B^s) leaves has these autocovariances, whatever the first slope and pattern."""
    size = 3 * season + 2
    step, year = np.eye(size)[1:] - np.eye(size)[:-1], np.eye(size - 1)[season:] - np.eye(size - 1)[:-season]
    left = year @ step @ covariance(Airline(theta, yearly, 10.0, 100.0), range(size), season) @ step.T @ year.T
    wanted = {0: (1 + theta**2) * (1 + yearly**2), 1: -theta * (1 + yearly**2), season: -yearly * (1 + theta**2)}
    wanted |= {season - 1: theta * yearly, season + 1: theta * yearly}
    gap = np.abs(np.subtract.outer(np.arange(len(left)), np.arange(len(left))))
    assert np.allclose(left, np.vectorize(lambda lag: wanted.get(lag, 0.0))(gap), atol=1e-6)


def test_a_mixture_takes_each_opinion_for_its_share_and_no_draw_twice() -> None:
    numbers = np.arange(1.0, DRAWS + 1)[None]
    found = mixed({"engine": numbers, "sums": -numbers, "short": numbers}, {"sums": 0.2, "short": 0.3})
    assert (found < 0).sum() == round(0.2 * DRAWS)
    assert len(np.unique(np.abs(found))) == DRAWS
