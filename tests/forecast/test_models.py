"""Models by name: each serves the histories it says, is refused by name for others, and its words stand in its record alone."""

from __future__ import annotations

from types import MappingProxyType

import numpy as np
import pytest
from conftest import PROJECT

import kpi_lib as kpi
from kpi_lib.forecast import models
from kpi_lib.forecast.models import HISTORIES, MODELS, CannotServeError, Model
from kpi_lib.record import scores
from kpi_lib.words.messages import KpiError, Named
from tests.made import SEASON, three_years


@pytest.fixture
def real_units(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KPI_ROOT", str(PROJECT))


def of_every_line(model: str, unit: str = "quang-ninh", year: int = 2025, as_of: str = "2025-10-15") -> dict[str, str]:
    """The model that each line of a real unit was projected with, or the words of its refusal."""
    place, obs, found = kpi.read_unit(unit), kpi.read_observations(unit, as_of=as_of), {}
    for ind in place.indicators.values():
        try:
            found[ind.id] = kpi.project(obs, ind, year, as_of=as_of, model=model, unit=place, draws=50).model
        except CannotServeError as refusal:
            found[ind.id] = refusal["vi"]
    return found


@pytest.mark.usefixtures("real_units")
def test_exponential_smoothing_is_refused_by_name_where_it_cannot_serve():
    found = of_every_line("ets")
    for line in ("budget_revenue_growth", "new_enterprises"):
        assert line in found[line] and "ets" in found[line] and "chỉ có số luỹ kế" in found[line]
        assert "year_share, straight_line, same_period" in found[line]
    assert "tốc độ tăng đã công bố" in found["gross_product_growth"] and "Bỏ trống model" in found["gross_product_growth"]


def median_year(history: np.ndarray, horizon: int, *, season: int, draws: int = 1000, seed: int = 0) -> np.ndarray:
    """The median of past years' same periods, without spread."""
    del seed
    years = np.atleast_2d(history)[:, : history.shape[1] // season * season].reshape(len(history), -1, season)
    return np.repeat(np.median(years, axis=1)[:, None, -horizon:], draws, axis=1)


@pytest.mark.usefixtures("real_units")
@pytest.mark.parametrize("unit", ["quang-ninh", "viet-nam", "uong-bi-minh-hoa"])
def test_a_new_model_works_on_every_line_or_is_refused_by_name(monkeypatch: pytest.MonkeyPatch, unit: str):
    new = Model("median_year", Named(vi="trung vị các năm trước", en="the median year"), median_year)
    monkeypatch.setattr(models, "MODELS", MappingProxyType({**MODELS, new.id: new}))
    year, as_of = (2026, "2026-10-15") if unit == "uong-bi-minh-hoa" else (2025, "2025-10-15")
    for line, answer in of_every_line("median_year", unit, year, as_of).items():
        refused = line in answer and "median_year (trung vị các năm trước)" in answer
        assert answer in ("median_year", "outturn") or refused, (line, answer)


def test_a_new_model_is_named_by_its_own_words(make_unit, monkeypatch: pytest.MonkeyPatch):
    from tests.made import three_years

    new = Model("median_year", Named(vi="trung vị các năm trước", en="the median year"), median_year)
    monkeypatch.setattr(models, "MODELS", MappingProxyType({**MODELS, new.id: new}))
    unit = make_unit(three_years())
    found = kpi.project(kpi.read_observations(unit), kpi.INDICATORS["new_enterprises"], 2025, as_of="2025-10-15", model="median_year")
    assert (found.model, found.reason["en"].endswith(": the median year.")) == ("median_year", True)


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("history", HISTORIES)
def test_what_a_model_serves_it_is_given_and_nothing_else(name: str, history: models.History):
    if MODELS[name].serves(history):
        assert models.asked(name, history, "line") is MODELS[name]
    else:
        with pytest.raises(KpiError, match=f"line: the model {name}"):
            models.asked(name, history, "line")


def test_the_rules_of_thumb_are_those_whose_record_says_so(make_unit):
    from tests.made import share_rows

    assert scores.BENCHMARKS == tuple(name for name, model in MODELS.items() if model.rule) == ("straight_line", "same_period")
    unit = make_unit(share_rows())
    errors = kpi.backtest(kpi.read_observations(unit), kpi.INDICATORS["new_enterprises"], unit=kpi.read_unit(unit), years=[2024], models=(None, "ets", "straight_line"))  # fmt: skip
    assert set(errors["model"]) == {"chosen", "straight_line"}


def test_the_words_of_a_model_stand_in_its_record_alone():
    for path in sorted((PROJECT / "kpi_lib").rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        for model in MODELS.values():
            assert path.name == "models.py" or len(model.words["vi"]) < 8 or f'"{model.words["vi"]}"' not in text, (path.name, model.id)


@pytest.mark.parametrize("name", list(models.MODELS))
@pytest.mark.parametrize(
    "history",
    [
        np.full(40, 5.0),
        np.zeros(40),
        np.tile(SEASON, 4)[:40],
        np.concatenate([np.tile(SEASON, 3), SEASON[:4] * 10]),
        np.tile(SEASON, 2)[:16],
        np.tile(SEASON, 4)[:40] * 1e-9,
        np.tile(SEASON, 4)[:40] * 1e12,
    ],
    ids=["constant", "zeros", "seasonal", "jump", "short", "tiny", "huge"],
)
def test_every_model_answers_odd_series_or_says_that_it_has_no_answer(name: str, history: np.ndarray):
    paths = models.MODELS[name].on_grid(history[None], 8, season=12, draws=50, seed=0)
    assert paths.shape == (1, 50, 8)
    fitted, nil = name in ("ets", "sarimax", "theta"), not history.any()
    if (fitted and (np.ptp(history) == 0 or len(history) < 24)) or (nil and name in ("year_share", "same_period")):
        assert np.isnan(paths).all()
        return
    assert np.isfinite(paths).all()
    assert (paths >= 0).all()
    assert paths.max() <= 30 * max(history.max(), 1e-300)


@pytest.mark.parametrize("name", [n for n in models.MODELS if n not in ("structural", "ets", "sarimax")])
def test_scaling_a_history_scales_the_paths(name: str):
    history = np.tile(SEASON, 4)[None, :40] + np.random.default_rng(0).random((1, 40))
    small = models.MODELS[name].on_grid(history, 8, season=12, draws=20, seed=0)
    large = models.MODELS[name].on_grid(history * 1e6, 8, season=12, draws=20, seed=0)
    np.testing.assert_allclose(large, small * 1e6, rtol=1e-6)


FITS = {
    "ets": "statsmodels.tsa.exponential_smoothing.ets.ETSModel.fit",
    "sarimax": "statsmodels.tsa.statespace.sarimax.SARIMAX.fit",
    "theta": "statsmodels.tsa.forecasting.theta.ThetaModel.fit",
}


@pytest.mark.parametrize("failure", [np.linalg.LinAlgError("singular matrix"), ValueError("no convergence"), IndexError("out of bounds")])
@pytest.mark.parametrize("model", FITS)
def test_a_fit_that_fails_in_the_middle_is_refused_by_name(make_unit, monkeypatch: pytest.MonkeyPatch, model: str, failure: Exception):
    def fails(*_: object, **__: object) -> None:
        raise failure

    unit = kpi.read_unit(make_unit(three_years()))
    obs, ind = kpi.read_observations(unit.id), unit.indicators["new_enterprises"]
    asked = {"as_of": "2025-10-15", "unit": unit, "draws": 50}
    assert kpi.project(obs, ind, 2025, model=model, **asked).model == model
    monkeypatch.setattr(FITS[model], fails)
    with pytest.raises(KpiError, match=model):
        kpi.project(obs, ind, 2025, model=model, **asked)
    assert kpi.project(obs, ind, 2025, **asked).model == "structural"  # what pages are made with does not hang on it
