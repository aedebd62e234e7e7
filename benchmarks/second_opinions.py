"""What a second opinion in a share of the draws would bring the flow engine: a measurement of what is *not* in it, and why.

    python benchmarks/second_opinions.py MONTHLY QUARTERLY --left-out FOLDER --tasks TASKS PEERS [--tasks TASKS PEERS]

MONTHLY and QUARTERLY are the tables `learn_prior.py` learns from, FOLDER its priors that have not seen one source, TASKS and PEERS those of
`by_group.py`. Three opinions take a share of the draws of each task:

- airline: a grid of seasonal ARIMA (0,1,1)(0,1,1), weights learnt as the engine's are, every source left out in turn (Box and Jenkins, 1970);
- sums: the quarterly engine on the quarters of a monthly series (temporal aggregation; Athanasopoulos and others, 2017);
- short: the engine on the last three years alone.

Printed: CRPS ours / hardest single peer and ours / mixture, geometric means over sources, and the change that the share brings with its 90%
interval (tasks drawn again within each source); then South Africa's taxes after ten months (`official.py`), with the prior without `za_tax`.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
from accuracy import crps_of_sample
from by_group import MIXTURE, SEASONS, SINGLE, prior_for
from learn_prior import draw_windows, families, learn, quarterly_sums, read_series, window_likelihoods
from official import KNOWN, cases, read

from kpi_lib.forecast import processes
from kpi_lib.forecast import structural as engine

DRAWS, WINDOWS, MEMORY = 1000, 120, 3
MIXTURES: dict[str, dict[str, float]] = {
    "the engine": {},
    "airline 15%": {"airline": 0.15},
    "airline 50%": {"airline": 0.5},
    "sums 30%": {"sums": 0.3},
    "short 30%": {"short": 0.3},
    "airline 10, sums 20, short 20%": {"airline": 0.1, "sums": 0.2, "short": 0.2},
}
own_covariance = processes.covariance


@dataclass(frozen=True, slots=True)
class Airline:
    """Moving averages of a seasonal ARIMA (0,1,1)(0,1,1), and the variances of its first slope and pattern, relative to the noise."""

    theta: float
    seasonal_theta: float
    slope: float
    seasonal: float


GRID = tuple(Airline(*sizes) for sizes in product((0.2, 0.5, 0.8), (0.3, 0.6, 0.85), (0.03, 1.0, 10.0), (1.0, 10.0, 100.0)))


def covariance(point: processes.GridPoint | Airline, periods: range, season: int) -> np.ndarray:
    """The engine's covariance, and that of an airline process that begins with the first period."""
    if not isinstance(point, Airline):
        return own_covariance(point, periods, season)
    t = np.asarray(periods, dtype=float)
    number = np.arange(len(t))
    yearly = np.where(number % season == 0, 1.0 - point.seasonal_theta, 0.0)
    yearly[0] = 1.0
    response = np.convolve(np.where(number == 0, 1.0, 1.0 - point.theta), yearly)[: len(t)]
    gap = np.abs(number[:, None] - number)
    shocks = np.tril(response[gap])
    pattern = (gap % season == 0) - 1.0 / season
    start = processes.LEVEL_PRIOR + point.slope / season**2 * np.outer(t, t) + point.seasonal * pattern
    return np.asarray(start + shocks @ shocks.T)


def airline_priors(table: pd.DataFrame, season: int) -> dict[str, engine.Prior]:
    """The airline's weights without each source, and from all of them under the empty name."""
    windows = draw_windows(table, season, WINDOWS)
    family, likelihood = families(windows), window_likelihoods(windows, season, GRID)
    without = {name: (family != name).to_numpy() for name in family.unique()} | {"": np.full(len(windows), True)}
    return {name: learn(windows["source"][kept], GRID, likelihood[kept]) for name, kept in without.items()}


def opinions(history: np.ndarray, season: int, source: str, folder: Path, airlines: dict[str, engine.Prior]) -> dict[str, np.ndarray]:
    """Draws of what is missing from the year by each opinion, shape (series, draws)."""
    seen = history.shape[1] % season

    def rest(values: np.ndarray, cycle: int, prior: engine.Prior) -> np.ndarray:
        horizon = cycle - values.shape[1] % cycle
        return engine.simulate(engine.checked(values, horizon, cycle, 1), horizon, cycle, DRAWS, 0, prior).sum(axis=2)

    found = {
        "engine": rest(history, season, prior_for(season, source, folder)),
        "airline": rest(history, season, airlines.get(source, airlines[""])),
        "short": rest(history[:, -(seen + MEMORY * season) :], season, prior_for(season, source, folder)),
    }
    whole = season == 12 and seen % 3 == 0
    found["sums"] = rest(history.reshape(len(history), -1, 3).sum(axis=2), 4, prior_for(4, source, folder)) if whole else found["engine"]
    return found


def mixed(found: dict[str, np.ndarray], shares: dict[str, float]) -> np.ndarray:
    """Draws of a mixture, each place taken from one opinion: draws are in random order, and no draw serves twice where two opinions agree."""
    draws, first = found["engine"].copy(), 0
    for name, share in shares.items():
        taken = slice(first, first + round(DRAWS * share))
        draws[:, taken], first = found[name][:, taken], taken.stop
    return draws


def judged(tasks: pd.DataFrame, folder: Path, airlines: dict[int, dict[str, engine.Prior]]) -> pd.DataFrame:
    """CRPS (relative to the mean year) of every mixture, one row a task; and error of its middle in per cent of the year, as `... error`."""
    rows = []
    for (freq, source, seen, length), part in tasks.groupby(["freq", "source", "seen", tasks["window"].map(len)]):
        season, known = SEASONS[freq], length - SEASONS[freq] + seen
        windows = np.stack(part["window"].to_list()).astype(float)
        found, outturn = opinions(windows[:, :known], season, source, folder, airlines[season]), windows[:, known:].sum(axis=1)
        mean_year, year = windows[:, :-season].sum(axis=1) / (length // season - 1), windows[:, -season:].sum(axis=1)
        columns = {}
        for name, shares in MIXTURES.items():
            draws = mixed(found, shares)
            columns[name] = crps_of_sample(draws, outturn) / mean_year
            columns[f"{name} error"] = 100 * (np.median(draws, axis=1) - outturn) / np.where(year > 0, year, np.nan)
        rows.append(pd.DataFrame(columns, index=part.index))
    return tasks.drop(columns="window").join(pd.concat(rows))


def changes(table: pd.DataFrame, name: str, first: str, times: int = 400) -> np.ndarray:
    """Change of the geometric mean over sources, in per cent, each time with tasks drawn again within each source."""
    rng = np.random.default_rng(1)
    logs = np.zeros(times)
    for _, part in table.groupby("source"):
        again = part[[name, first]].to_numpy()[rng.integers(len(part), size=(times, len(part)))].mean(axis=1)
        logs += np.log(again[:, 0] / again[:, 1]) / table["source"].nunique()
    return np.asarray(100 * (np.exp(logs) - 1))


def show(table: pd.DataFrame, title: str) -> None:
    """Print one row a mixture for each frequency."""
    first = next(iter(MIXTURES))
    for freq, part in table.groupby("freq"):
        means, rows = part.groupby("source")[[*MIXTURES, *SINGLE, MIXTURE]].mean(), {}
        for name in MIXTURES:
            ratio = np.exp(np.log(means[[*SINGLE, MIXTURE]].rdiv(means[name], axis=0)).mean())
            low, high = np.quantile(changes(part, name, first), [0.05, 0.95])
            moved = 100 * (np.exp(np.log(means[name] / means[first]).mean()) - 1)
            rows[name] = {"single": ratio[list(SINGLE)].max(), "mixture": ratio[MIXTURE], "change %": moved, "from": low, "to": high}
        print(f"\n{title}, {freq}\n{pd.DataFrame(rows).T.round(3).to_string()}", flush=True)


def treasury() -> pd.DataFrame:
    """South Africa's tax-years after ten months as tasks; those with a month below nought are left out."""
    months, budgets = read()
    rows = []
    for row, seen, _, _ in cases(months, budgets, KNOWN[-1]):
        start = seen.index[-KNOWN[-1]]
        year = months.loc[start : start + pd.DateOffset(months=11), row["tax"]]
        window = np.concatenate([seen.to_numpy()[: -KNOWN[-1]], year.to_numpy()])
        if (window >= 0).all() and len(window) % 12 == 0:
            rows.append({"freq": "M", "source": "za_tax", "seen": KNOWN[-1], "window": window})
    return pd.DataFrame(rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path, nargs=2, metavar=("MONTHLY", "QUARTERLY"))
    parser.add_argument("--left-out", type=Path, required=True)
    parser.add_argument("--tasks", type=Path, nargs=2, action="append", required=True, metavar=("TASKS", "PEERS"))
    args = parser.parse_args()
    processes.covariance = covariance
    monthly, quarterly = (read_series(path)[0] for path in args.data)
    both = pd.concat([quarterly, quarterly_sums(monthly)], ignore_index=True)
    airlines = {12: airline_priors(monthly, 12), 4: airline_priors(both, 4)}
    for tasks, peers in args.tasks:
        scores = pd.read_parquet(peers).pivot(index="task_id", columns="model", values="crps")
        table = judged(pd.read_parquet(tasks).reset_index(drop=True), args.left_out, airlines)
        show(table.merge(scores, left_on="task_id", right_index=True), tasks.stem)
    official = judged(treasury(), args.left_out, airlines)
    errors = official[[f"{name} error" for name in MIXTURES]]
    told = pd.DataFrame({"mean": errors.abs().mean(), "median": errors.abs().median(), "bias": errors.mean()}).set_axis(list(MIXTURES))
    crps = 100 * official[list(MIXTURES)].mean().to_numpy() / official[next(iter(MIXTURES))].mean()
    print(f"\nSouth Africa after {KNOWN[-1]} months, {len(errors)} tax-years, % of the year; CRPS in % of the engine's")
    print(told.assign(crps=crps).round(2).to_string())


if __name__ == "__main__":
    main()
