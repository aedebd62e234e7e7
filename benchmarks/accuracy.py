"""Compare year-end projections on any long table of series.

    python benchmarks/accuracy.py DATA [DATA ...] [--per-source 60] [--draws 500] [--seed 7] [--no-peers]

DATA are Parquet tables with columns series_id, source, kind, date (first day of the period), value: monthly or quarterly flows.
From every source tasks are drawn: 2, 3, 5 or 8 whole past years, then a year of which one to three quarters are known. Every
model of `kpi_lib.forecast.models.MODELS` projects the year's total; where statsforecast is installed (extra ``compare``), so do AutoETS,
AutoTheta, AutoCES, AutoARIMA and their equal mixture. A series for which a model has no answer counts with last year's same periods.
Printed: CRPS relative to the mean yearly total of the history, by source;
geometric means over sources of the ratio to ours; coverage of the 80% and 95% intervals, overall, by periods seen, by history.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
from learn_prior import read_series, whole_years

Array = np.ndarray
Model = Callable[..., Array]
YEARS = (2, 3, 5, 8)
PEERS = ("AutoETS", "AutoTheta", "AutoCES", "AutoARIMA")


def make_tasks(table: pd.DataFrame, season: int, per_source: int, seed: int) -> pd.DataFrame:
    """Random tasks, columns freq, source, history_years, seen, window; each series at most a few times."""
    rng = np.random.default_rng(seed)
    rows = []
    for source, group in table.groupby("source"):
        stretches = [values for _, part in group.groupby("series_id") for values in whole_years(part, season)]
        stretches = [values for values in stretches if len(values) >= 3 * season]
        for _ in range(per_source if stretches else 0):
            values = stretches[rng.integers(len(stretches))]
            years = int(rng.choice([y for y in YEARS if (y + 1) * season <= len(values)]))
            end = int(rng.integers(years + 1, len(values) // season + 1))
            window = values[(end - years - 1) * season : end * season]
            if (window[:-season].reshape(-1, season).sum(axis=1) > 0).all():
                rows.append(("M" if season == 12 else "Q", source, years, int(rng.integers(1, 4)) * season // 4, window))
    return pd.DataFrame(rows, columns=["freq", "source", "history_years", "seen", "window"])


def our_models() -> dict[str, Model]:
    """Every model of the library by name, the structural engine first."""
    try:
        models = {name: model.on_grid for name, model in importlib.import_module("kpi_lib.forecast.models").MODELS.items()}
    except ModuleNotFoundError:
        models = {}
    from kpi_lib.forecast.structural import structural

    return {"structural": structural} | {name: model for name, model in models.items() if name != "structural"}


def peer(name: str) -> Model:
    """A statsforecast model with the signature of ours: simulated paths, seasonal naive errors where it cannot be fitted."""
    automatic = getattr(importlib.import_module("statsforecast.models"), name)

    def forecast(history: Array, horizon: int, *, season: int, draws: int, seed: int) -> Array:
        return np.stack([one(row, horizon, season, draws, seed) for row in history])

    def one(row: Array, horizon: int, season: int, draws: int, seed: int) -> Array:
        try:
            model = automatic(season_length=season)
            model.fit(row)
            paths = np.asarray(model.simulate(horizon, draws, seed=seed), dtype=float)
            paths = paths if paths.shape == (draws, horizon) else paths.T
            if np.isfinite(paths).all():
                return paths
        except Exception as failure:  # the peers raise many kinds; each is told, none may stop the comparison
            print(f"{name}: {type(failure).__name__}: {failure}; seasonal naive used")
        return np.tile(row[len(row) - season : len(row) - season + horizon], (draws, 1))

    return forecast


def totals_of(model: Model, tasks: pd.DataFrame, draws: int, seed: int) -> tuple[Array, float]:
    """Year totals, shape (tasks, draws), and CPU seconds a series."""
    totals, started = np.empty((len(tasks), draws)), time.process_time()
    for (freq, years, seen), group in tasks.groupby(["freq", "history_years", "seen"]):
        season, windows = (12 if freq == "M" else 4), np.stack(group["window"].to_list())
        known = years * season + seen
        paths = np.array(model(windows[:, :known], season - seen, season=season, draws=draws, seed=seed))
        silent = ~np.isfinite(paths).all(axis=(1, 2))
        paths[silent] = windows[silent, None, known - season : known - seen]
        totals[group.index] = windows[:, years * season : known].sum(axis=1)[:, None] + paths.sum(axis=2)
    return totals, (time.process_time() - started) / len(tasks)


def crps_of_sample(draws: Array, outcome: Array) -> Array:
    """CRPS of equally weighted samples, one a row: E|X - y| - E|X - X'| / 2 (Gneiting and Raftery, 2007, equation 20)."""
    ordered, n = np.sort(draws, axis=1), draws.shape[1]
    half_spread = 2.0 * ((np.arange(1, n + 1) - 0.5) / n * ordered).sum(axis=1) / n - ordered.mean(axis=1)
    return np.asarray(np.abs(ordered - outcome[:, None]).mean(axis=1) - half_spread)


def scored(tasks: pd.DataFrame, totals: Array, name: str) -> pd.DataFrame:
    """One row a task: scaled CRPS and whether the intervals held the outturn."""
    season = tasks["freq"].map({"M": 12, "Q": 4}).to_numpy()
    outcome = np.array([window[-s:].sum() for window, s in zip(tasks["window"], season, strict=True)])
    scale = np.array([window[:-s].sum() / (len(window) // s - 1) for window, s in zip(tasks["window"], season, strict=True)])
    low95, low80, high80, high95 = np.quantile(totals, [0.025, 0.1, 0.9, 0.975], axis=1)
    in80, in95 = (low80 <= outcome) & (outcome <= high80), (low95 <= outcome) & (outcome <= high95)
    score = crps_of_sample(totals / scale[:, None], outcome / scale)
    return tasks.drop(columns="window").assign(model=name, crps=score, in80=in80, in95=in95)


def show(table: pd.DataFrame, seconds: dict[str, float]) -> None:
    """Print the tables of the comparison."""
    means = table.groupby(["freq", "source", "model"])["crps"].mean().unstack()
    print("CRPS by source, relative to the mean yearly total of the history")
    print(means.round(4).to_string())
    ratios = means.rdiv(means["structural"], axis=0).drop(columns="structural")
    print("\ngeometric mean over sources of CRPS structural / model (below 1: structural is better)")
    print(np.exp(np.log(ratios).groupby("freq").mean()).round(3).to_string())
    for by in ("model", "seen", "history_years"):
        part = table if by == "model" else table[table["model"] == "structural"]
        print(f"\ncoverage of the 80% and 95% intervals by {by}" + ("" if by == "model" else ", structural"))
        print(part.groupby(["freq", by])[["in80", "in95"]].mean().round(3).to_string())
    print("\nCPU milliseconds a series:", {name: round(1000 * value, 2) for name, value in seconds.items()})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path, nargs="+")
    parser.add_argument("--per-source", type=int, default=60)
    parser.add_argument("--draws", type=int, default=500)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--no-peers", action="store_true")
    args = parser.parse_args()
    warnings.filterwarnings("ignore", module="statsforecast|statsmodels")
    tables = [read_series(path) for path in args.data]
    tasks = pd.concat([make_tasks(table, season, args.per_source, args.seed) for table, season in tables], ignore_index=True)
    models = our_models()
    if not args.no_peers and importlib.util.find_spec("statsforecast"):
        models |= {name: peer(name) for name in PEERS}
    totals, seconds, parts = {}, {}, []
    for name, model in models.items():
        totals[name], seconds[name] = totals_of(model, tasks, args.draws, args.seed)
        parts.append(scored(tasks, totals[name], name))
    if set(PEERS) <= set(totals):
        parts.append(scored(tasks, np.concatenate([totals[name] for name in PEERS], axis=1), "Ensemble4"))
    show(pd.concat(parts, ignore_index=True), seconds)


if __name__ == "__main__":
    main()
