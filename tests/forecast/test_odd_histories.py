"""Whatever a model is given: it refuses in a sentence, says that it has no answer, or answers in finite numbers that are not below zero."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kpi_lib.forecast.models import MODELS
from kpi_lib.words.messages import KpiError
from tests.made import SEASON

FITTED = ("ets", "sarimax", "theta")
QUICK = [name for name in MODELS if name not in FITTED]
YEARS = np.tile(SEASON, 4)


def answer(name: str, history: np.ndarray, horizon: int, season: int = 12) -> np.ndarray | None:
    """The paths; None where the model refuses in a sentence of ours."""
    try:
        paths = MODELS[name].on_grid(history[None], horizon, season=season, draws=20, seed=1)
    except KpiError:
        return None
    assert paths.shape == (1, 20, horizon)
    assert np.isnan(paths).all() or (np.isfinite(paths).all() and (paths >= 0).all())
    return paths


def at(value: float, place: int = 7, periods: int = 40) -> np.ndarray:
    history = YEARS[:periods].astype(float)
    history[place] = value
    return history


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, -1.0, 1e307, 1e308])
def test_a_figure_that_is_none_is_refused_by_every_model_wherever_it_stands(name: str, value: float):
    for place in (0, 7, 39):
        assert answer(name, at(value, place), 8) is None
    assert answer(name, np.full(40, value), 8) is None


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize(("periods", "horizon"), [(12, 11), (13, 12), (25, 10), (40, 7), (36, 13), (24, 0), (24, -1)])
def test_what_does_not_fill_whole_years_is_refused_by_every_model_that_asks_where_the_year_stands(name: str, periods: int, horizon: int):
    if name == "structural" and 1 <= horizon <= 12:
        assert answer(name, YEARS[:periods], horizon) is not None
    else:
        with pytest.raises(KpiError):
            MODELS[name].on_grid(YEARS[None, :periods], horizon, season=12, draws=20, seed=1)


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("periods", [0, 1, 5, 11, 12, 13, 23, 24, 25])
@pytest.mark.parametrize("kind", ["seasonal", "nil", "one", "constant", "smallest"])
def test_short_empty_and_constant_histories(name: str, periods: int, kind: str):
    one = np.zeros(periods)
    one[periods // 2 :][:1] = 7
    history = {
        "seasonal": YEARS[:periods],
        "nil": np.zeros(periods),
        "one": one,
        "constant": np.full(periods, 5.0),
        "smallest": np.full(periods, 5e-324),
    }
    answer(name, history[kind], 12 - periods % 12)


@pytest.mark.parametrize("name", QUICK)
@settings(max_examples=25, deadline=None, database=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_any_history_of_whole_years(name: str, data: st.DataObject):
    season = data.draw(st.sampled_from([4, 12]))
    horizon = data.draw(st.integers(1, season))
    periods = data.draw(st.integers(0, 4)) * season + season - horizon
    amount = st.one_of(st.floats(), st.just(0.0), st.floats(0, 1e12), st.floats(0, 1e99))
    answer(name, np.array(data.draw(st.lists(amount, min_size=periods, max_size=periods)), dtype=float), horizon, season)


@pytest.mark.parametrize("name", QUICK)
@pytest.mark.parametrize("scale", [1e-9, 1e-3, 1e6, 1e12])
def test_scaling_whole_and_broken_amounts_scales_what_is_answered(name: str, scale: float):
    """Whole numbers below a thousand are counts for `structural` and stay whole (docs/engine.md); broken amounts scale exactly."""
    history = YEARS[:40] * 1000.37
    small, large = answer(name, history, 8), answer(name, history * scale, 8)
    assert small is not None and large is not None
    np.testing.assert_allclose(large, small * scale, rtol=1e-6)
