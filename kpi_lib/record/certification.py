"""Numbers that nobody here wrote, reached again: the check that this installation reckons rightly (`kpi certify`).

The reference figures and their sources stand in `certification.json`.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from kpi_lib.record.scores import brier, crps, interval_score

FILE = Path(__file__).with_name("certification.json")


@dataclass(frozen=True, slots=True)
class ReferenceCheck:
    """One figure: what it is, what was reached, what is right, and how near it must come."""

    name: str
    reached: float
    expected: float
    tolerance: float

    @property
    def held(self) -> bool:
        """Whether the figure was reached."""
        return bool(abs(self.reached - self.expected) <= self.tolerance)


def certify() -> list[ReferenceCheck]:
    """Every check, in the order of the file; takes a few seconds."""
    reference = json.loads(FILE.read_text(encoding="utf-8"))
    return [*_airline(reference), *_ets(reference), *_scores(reference)]


def _airline(reference: dict[str, Any]) -> Iterator[ReferenceCheck]:
    """SARIMA(0,1,1)(0,1,1)12 on the logarithm of the airline passengers, against Stata."""
    expected = reference["airline"]
    reached = airline_model(np.log(reference["series"]["air_passengers"]))
    tolerances = {"ma": 1e-4, "seasonal_ma": 1e-4, "sigma": 1e-4, "log_likelihood": 1e-3}
    for name, tolerance in tolerances.items():
        yield ReferenceCheck(f"airline {name}", reached[name], expected[name], tolerance)


def _ets(reference: dict[str, Any]) -> Iterator[ReferenceCheck]:
    """Smoothing with R's parameters gives R's forecasts, and a free fit is no less likely than R's."""
    for row in reference["ets"]:
        values = np.array(reference["series"][row["series"]])
        season = 4 if row["series"] == "tourists" else None
        forecast, likelihood, best = ets_forecast(values, season, row)
        for step, (reached, expected) in enumerate(zip(forecast, row["forecast"], strict=True), start=1):
            yield ReferenceCheck(f"ETS {row['name']} forecast {step}", float(reached), expected, 1e-3)
        n = len(values)
        shift = n / 2 * (np.log(2 * np.pi / n) + 1)  # R leaves this constant out of the likelihood
        yield ReferenceCheck(f"ETS {row['name']} log-likelihood", likelihood + shift, row["log_likelihood"], 1e-3)
        yield ReferenceCheck(f"ETS {row['name']} free fit falls short of R's by", max(row["log_likelihood"] - best - shift, 0.0), 0.0, 1e-4)


def _scores(reference: dict[str, Any]) -> Iterator[ReferenceCheck]:
    """Scores against closed forms: a sample of normal quantiles stands for the normal."""
    from scipy.stats import norm

    sample = norm.ppf((np.arange(20_000) + 0.5) / 20_000)
    for outcome, expected in reference["crps_normal"]:
        yield ReferenceCheck(f"CRPS N(0,1) at {outcome}", crps(sample, outcome), expected, 2e-4)
    for probability, outcome, expected in reference["brier"]:
        yield ReferenceCheck(f"Brier {probability} when {outcome}", brier(np.array([probability]), np.array([outcome])), expected, 1e-12)
    for low, high, outcome, level, expected in reference["interval"]:
        yield ReferenceCheck(f"interval score [{low}, {high}] at {outcome}", interval_score(low, high, outcome, level), expected, 1e-12)


def airline_model(log_values: np.ndarray) -> dict[str, float]:
    """SARIMA(0,1,1)(0,1,1)12 fitted to a logged monthly series: its coefficients, shock size and log-likelihood."""
    from statsmodels.tsa.statespace.sarimax import SARIMAX

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fit = SARIMAX(log_values, order=(0, 1, 1), seasonal_order=(0, 1, 1, 12)).fit(disp=False, maxiter=500, method="bfgs", gtol=1e-8)
    named = dict(zip(fit.param_names, fit.params, strict=True))
    return {
        "ma": float(named["ma.L1"]),
        "seasonal_ma": float(named["ma.S.L12"]),
        "sigma": float(np.sqrt(named["sigma2"])),
        "log_likelihood": float(fit.llf),
    }


def ets_forecast(values: np.ndarray, season: int | None, form: Mapping[str, Any]) -> tuple[np.ndarray, float, float]:
    """Four forecasts and the log-likelihood of an ETS model at given parameters, and the log-likelihood of a free fit.

    `form` holds error, trend, seasonal, damped, alpha, beta, gamma, phi and the initial states as R orders them.
    """
    from statsmodels.tools import sm_exceptions  # noqa: F401  (its import puts filters of its own before ours)
    from statsmodels.tsa.exponential_smoothing.ets import ETSModel

    model = ETSModel(
        values, error=form["error"], trend=form["trend"], damped_trend=form["damped"], seasonal=form["seasonal"], seasonal_periods=season
    )
    # R's gamma is statsmodels' gamma; its beta is on the level's scale as here; initial seasonals stand newest first in R.
    parameters = [form[name] for name in ("alpha", "beta", "gamma", "phi") if form[name] is not None]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        smoothed = model.smooth(np.array([*parameters, *form["initial"]], dtype=float))
        best = model.fit(disp=False, maxiter=2000)
    return np.asarray(smoothed.forecast(4)), float(smoothed.llf), float(best.llf)
