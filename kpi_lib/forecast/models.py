"""Models that complete a year: one signature, a history in, simulated values of the missing periods out.

`model(history, horizon, *, season, draws, seed)` takes non-negative amounts `(series, periods)`, oldest first, starting with the
first period of a year, and returns `(series, draws, horizon)`: NaN for a series that it cannot complete, never the answer of another model.
Nothing here knows an indicator or a date. `MODELS` says which there are, what each is called and which histories it can complete.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Literal

import numpy as np

from kpi_lib.forecast.shares import Points, share_of_points, spread_rest, year_total
from kpi_lib.forecast.structural import checked, structural
from kpi_lib.words.messages import KpiError, Opening, Text, Words, listed

Forecast = Callable[..., np.ndarray]


def _checked(history: np.ndarray, horizon: int, season: int, least: int = 1) -> np.ndarray:
    """The history as `structural` takes it, which together with what is missing fills whole years.

    Raises
    ------
    KpiError : it does not, or a figure is none.
    """
    values = checked(history, horizon, season, least)
    if (values.shape[1] + horizon) % season:
        raise KpiError(
            "{known:period|periods} known and {missing} missing are not whole years of {season}: a history starts with the first period of a year.",
            known=values.shape[1], missing=horizon, season=season,
        )  # fmt: skip
    return values


def straight_line(history: np.ndarray, horizon: int, *, season: int, draws: int = 1000, seed: int = 0) -> np.ndarray:
    """The rule offices use: the rest of the year goes on at the average pace so far. No spread; no answer before anything is known."""
    del seed
    history = _checked(history, horizon, season)
    seen = season - horizon
    pace = history[:, -seen:].mean(axis=1) if seen else np.full(len(history), np.nan)
    return np.broadcast_to(pace[:, None, None], (len(history), draws, horizon)).copy()


def same_period(history: np.ndarray, horizon: int, *, season: int, draws: int = 1000, seed: int = 0) -> np.ndarray:
    """The other rule offices use: last year's remaining periods times this year's growth to date. No spread; no answer without such a growth."""
    del seed
    history = _checked(history, horizon, season, season)
    seen = season - horizon
    last_year = history[:, len(history[0]) - seen - season : len(history[0]) - seen]
    so_far, before = history[:, len(history[0]) - seen :].sum(axis=1), last_year[:, :seen].sum(axis=1)
    growth = np.divide(so_far, before, out=np.full(len(history), np.nan), where=before > 0)
    rest = last_year[:, seen:] * growth[:, None]
    return np.broadcast_to(rest[:, None, :], (len(history), draws, horizon)).copy()


def seasonal_naive(history: np.ndarray, horizon: int, *, season: int, draws: int = 1000, seed: int = 0) -> np.ndarray:
    """Last year's same periods, with errors the size of past differences from one year to the next."""
    history = _checked(history, horizon, season, season)
    scale = _scale(history, season)
    scaled = history / scale[:, None]
    rest = scaled[:, scaled.shape[1] - season :][:, :horizon]
    differences = scaled[:, season:] - scaled[:, :-season]
    spread = np.sqrt((differences**2).mean(axis=1)) if differences.shape[1] else np.full(len(history), 0.2)
    noise = np.random.default_rng(seed).standard_normal((1, draws, horizon))
    return np.maximum(rest[:, None, :] + spread[:, None, None] * noise, 0.0) * scale[:, None, None]


def year_share(history: np.ndarray, horizon: int, *, season: int, draws: int = 1000, seed: int = 0) -> np.ndarray:
    """Year total = amount so far / share of the year normally done by then; shares from the series' own complete years."""
    history = _checked(history, horizon, season)
    return np.stack([_year_share_one(row, horizon, season, draws, seed) for row in history])


def _year_share_one(row: np.ndarray, horizon: int, season: int, draws: int, seed: int) -> np.ndarray:
    seen = season - horizon
    years = row[: len(row) - seen].reshape(-1, season)
    totals = years.sum(axis=1)
    whole = years[totals > 0]
    so_far = row[len(row) - seen :].sum() if seen else 0.0
    if seen == 0 or so_far <= 0 or not len(whole):
        return np.full((draws, horizon), np.nan)
    shares = whole.cumsum(axis=1) / whole.sum(axis=1)[:, None]
    total = year_total(so_far, seen / season, shares[:, seen - 1], (), totals, draws=draws, seed=seed)
    profile = np.diff(shares.mean(axis=0), prepend=0.0)[seen:]
    return spread_rest(total - so_far, profile, seed=seed)


def _scale(history: np.ndarray, season: int) -> np.ndarray:
    scale = history[:, -season:].mean(axis=1)
    return np.where(scale > 0, scale, 1.0)


def _one_by_one(fit: Callable[[np.ndarray, int, int, int, np.random.Generator], np.ndarray]) -> Forecast:
    """A statsmodels fit of one scaled series as a model of the common signature, shielded from what those fits cannot take.

    NaN for constant, all-zero or short series (under two years), and for a fit that fails, does not converge to finite values or explodes
    beyond ten times the largest value seen (statsmodels answers such series with NaN, drift or zero width).
    """

    def model(history: np.ndarray, horizon: int, *, season: int, draws: int = 1000, seed: int = 0) -> np.ndarray:
        history = _checked(history, horizon, season)
        paths = np.full((len(history), draws, horizon), np.nan)
        scale = _scale(history, season)
        # Rounded, so that the optimisers inside see the very same numbers whatever unit the history was typed in.
        for index, row in enumerate(np.round(history / scale[:, None], 12)):
            if len(row) < 2 * season or np.ptp(row) < 1e-9 * max(row.max(), 1e-300):
                continue
            fitted = _attempt(fit, row, horizon, season, draws, seed)
            if fitted is not None:
                paths[index] = fitted * scale[index]
        return paths

    model.__doc__ = fit.__doc__
    model.__name__ = fit.__name__.strip("_")
    return model


def _attempt(fit: Callable[..., np.ndarray], row: np.ndarray, horizon: int, season: int, draws: int, seed: int) -> np.ndarray | None:
    from statsmodels.tools import sm_exceptions  # noqa: F401  (its import puts filters of its own before ours)

    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            paths = np.asarray(fit(row, horizon, season, draws, np.random.default_rng(seed)))
        except (ValueError, IndexError, np.linalg.LinAlgError, NotImplementedError):
            return None
    if paths.shape != (draws, horizon) or not np.isfinite(paths).all() or np.median(paths.max(axis=1)) > 10 * row.max():
        return None
    return np.clip(paths, 0.0, 10 * row.max())


def _ets(row: np.ndarray, horizon: int, season: int, draws: int, rng: np.random.Generator) -> np.ndarray:
    """Exponential smoothing (statsmodels ETS): level, damped trend and season added on the log scale, or as they are with zeros."""
    from statsmodels.tsa.exponential_smoothing.ets import ETSModel

    log = bool((row > 0).all())
    values = np.log(row) if log else row
    best: Any = None
    for trend, damped in ((None, False), ("add", True)):
        result = ETSModel(values, error="add", trend=trend, damped_trend=damped, seasonal="add", seasonal_periods=season).fit(
            disp=False, maxiter=200
        )
        best = result if best is None or result.aicc < best.aicc else best
    simulated = np.asarray(best.simulate(horizon, anchor="end", repetitions=draws, rng=rng)).reshape(horizon, draws).T
    return np.exp(simulated) if log else simulated


def _sarimax(row: np.ndarray, horizon: int, season: int, draws: int, rng: np.random.Generator) -> np.ndarray:
    """The airline model, SARIMA(0,1,1)(0,1,1), on the log scale, or as they are with zeros (statsmodels SARIMAX)."""
    from statsmodels.tsa.statespace.sarimax import SARIMAX

    log = bool((row > 0).all())
    result = SARIMAX(np.log(row) if log else row, order=(0, 1, 1), seasonal_order=(0, 1, 1, season)).fit(disp=False, maxiter=100)
    simulated = np.asarray(result.simulate(horizon, anchor="end", repetitions=draws, rng=rng)).reshape(horizon, draws).T
    return np.exp(simulated) if log else simulated


def _theta(row: np.ndarray, horizon: int, season: int, draws: int, rng: np.random.Generator) -> np.ndarray:
    """The Theta method (statsmodels), with errors of its own one-step size growing with the square root of the distance."""
    from statsmodels.tsa.forecasting.theta import ThetaModel

    result = ThetaModel(row, period=season, deseasonalize=True, use_test=False, method="auto" if (row > 0).all() else "additive").fit(
        disp=0
    )
    centre = np.asarray(result.forecast(horizon), dtype=float)
    steps = np.sqrt(1 + result.params["alpha"] ** 2 * np.arange(horizon))
    return centre + np.sqrt(result.sigma2) * steps * rng.standard_normal((draws, horizon))


# ---- the models by name ------------------------------------------------------------------------------------------------------------

History = Literal["grid", "odd", "points", "negative", "growth", "level", "cases", "assessment"]
HISTORIES: Mapping[History, Words] = MappingProxyType(
    {
        "grid": Text("all months or quarters of the years before are known"),
        "odd": Text("it has no answer to these figures (they never change, there are too few, or nothing is known to reckon from)"),
        "points": Text("only cumulative figures are known"),
        "negative": Text("a period's amount is below zero, so only the cumulative figures count"),
        "growth": Text("it is a growth rate as published"),
        "level": Text("it is a state on a day that does not add up"),
        "cases": Text("it is a count that must be nil"),
        "assessment": Text("it is assessed once a year"),
    }
)


@dataclass(frozen=True, slots=True)
class Model:
    """A model that may be asked for by name, and all that is said and asked of it.

    Parameters
    ----------
    words : what a reader calls it.
    on_grid : completes amounts of months or quarters, `(history, horizon, *, season, draws, seed)`; see the top of this module.
    on_points : the year's total, `(draws,)`, where only cumulative figures are known; None where it cannot say.
    rule : a rule of thumb of the offices, without spread: shown beside the projection and the benchmark of its record.
    informed : the drift of the last estimate and the year's plan are brought to its paths.
    """

    id: str
    words: Words
    on_grid: Forecast
    on_points: Callable[[Points], np.ndarray] | None = None
    rule: bool = False
    informed: bool = False

    @property
    def title(self) -> Words:
        """Its name at the head of a row."""
        return Opening(self.words)

    def serves(self, history: History) -> bool:
        """Whether it can complete a year of such a history."""
        return history == "grid" or (history in ("points", "negative") and self.on_points is not None)


class CannotServeError(KpiError):
    """A model was asked for by name for a history that it cannot complete."""


def asked(name: str, history: History, line: str) -> Model:
    """The model of that name, if it can complete such a history.

    Raises
    ------
    CannotServeError : naming the line, the model, why, and the models that can.
    """
    model = MODELS[name]
    if not model.serves(history):
        raise refused(model, history, line)
    return model


def refused(model: Model, history: History, line: str) -> CannotServeError:
    """What to raise where a model asked for by name cannot complete a line: which, why, and the models that can."""
    able = [other.id for other in MODELS.values() if other.serves(history)]
    way: Words = Text("Leave model empty: this kind is projected in its own way.")
    if history == "odd":
        way = Text("Leave model empty, or ask for another.")
    elif able:
        way = Text("Models that can: {models}; or leave model empty.", models=listed(able))
    return CannotServeError(
        "{line}: the model {name} ({words}) cannot be used because {history}. {way}",
        line=line,
        name=model.id,
        words=model.words,
        history=HISTORIES[history],
        way=way,
    )


MODELS: Mapping[str, Model] = MappingProxyType(
    {
        model.id: model
        for model in (
            Model(
                "structural",
                Text("Bayesian average of structural models"),
                structural,
                informed=True,
            ),
            Model("year_share", Text("the usual share of the year"), year_share, share_of_points),
            Model("seasonal_naive", Text("last year's same periods"), seasonal_naive),
            Model(
                "straight_line",
                Text("straight line"),
                straight_line,
                lambda known: known.as_rule(known.straight_line),
                rule=True,
            ),
            Model(
                "same_period",
                Text("same-period growth"),
                same_period,
                lambda known: known.as_rule(known.same_period),
                rule=True,
            ),
            Model("ets", Text("exponential smoothing (ETS)"), _one_by_one(_ets)),
            Model("sarimax", Text("SARIMA"), _one_by_one(_sarimax)),
            Model("theta", Text("Theta"), _one_by_one(_theta)),
        )
    }
)
CHOSEN = "structural"  # what completes a grid unless another is asked for
RULES = tuple(model.id for model in MODELS.values() if model.rule)
