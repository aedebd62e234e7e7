"""How right the flow engine is for each kind of series, on tasks whose peers' scores are on file.

    python benchmarks/by_group.py --tasks TASKS.parquet PEERS.parquet [--tasks ...] [--draws 1000] [--left-out FOLDER]

TASKS: task_id, freq (M, Q), source, seen, window (whole past years, then the year to be judged). PEERS: task_id, model, crps. For each
file and frequency: geometric mean over sources of the CRPS ours / peer; ours / mixture of each source; and by group of `groups.py` the
number of tasks, the share inside the 80% and the 95% interval and below the median, each with its 90% interval, and the CRPS ours /
mixture. With --left-out a source is judged by the prior of that name in FOLDER, where there is one (`learn_prior.py --left-out FOLDER`).
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import pandas as pd
from accuracy import crps_of_sample
from groups import GROUPS, groups
from scipy.stats import beta

from kpi_lib.forecast import structural as engine

SEASONS = {"M": 12, "Q": 4}
SINGLE = ("AutoETS", "AutoTheta", "AutoCES", "AutoARIMA")
MIXTURE = "Ensemble4"


def judged(tasks: pd.DataFrame, draws: int, folder: Path | None) -> pd.DataFrame:
    """One row a task: CRPS, whether the intervals held, whether the outturn came below the median, and its groups."""
    rows = []
    for (freq, source, seen, length), part in tasks.groupby(["freq", "source", "seen", tasks["window"].map(len)]):
        season, known = SEASONS[freq], length - SEASONS[freq] + seen
        windows = np.stack(part["window"].to_list()).astype(float)
        prior = prior_for(season, source, folder)
        paths = engine.simulate(engine.checked(windows[:, :known], season - seen, season), season - seen, season, draws, 0, prior)
        rest, outturn = paths.sum(axis=2), windows[:, known:].sum(axis=1)
        mean_year = windows[:, :-season].sum(axis=1) / (length // season - 1)
        low95, low80, middle, high80, high95 = np.quantile(rest, [0.025, 0.1, 0.5, 0.9, 0.975], axis=1)
        found = pd.DataFrame(
            {
                "crps": crps_of_sample(rest, outturn) / mean_year,
                "in80": (low80 <= outturn) & (outturn <= high80),
                "in95": (low95 <= outturn) & (outturn <= high95),
                "below": np.where(outturn == middle, 0.5, outturn < middle),
            },
            index=part.index,
        )
        rows.append(found.join(pd.DataFrame([groups(row[:known], season) for row in windows], index=part.index)))
    return tasks.drop(columns="window").join(pd.concat(rows))


def prior_for(season: int, source: str, folder: Path | None) -> engine.Prior:
    """The shipped prior, or the one learned without the source."""
    without = folder / f"{source}.json" if folder else None
    return engine.read_prior(without, season) if without and without.exists() else engine.load_prior(season)


def with_interval(hits: pd.Series) -> str:
    """Share in per cent and its 90% interval (Jeffreys)."""
    right, n = hits.sum(), len(hits)
    low, high = beta.ppf([0.05, 0.95], right + 0.5, n - right + 0.5)
    return f"{100 * right / n:5.1f} ({100 * low:.0f}-{100 * high:.0f})"


def by_group(table: pd.DataFrame) -> pd.DataFrame:
    """One row a group; peers' mixture in column `MIXTURE`."""
    rows = {}
    for name, part in [("all", table), *((name, table[table[name]]) for name in GROUPS)]:
        if len(part):
            shares = {column: with_interval(part[column]) for column in ("in80", "in95", "below")}
            rows[name] = {"n": len(part), **shares, "ours / mixture": round(part["crps"].sum() / part[MIXTURE].sum(), 3)}
    return pd.DataFrame(rows).T


def show(table: pd.DataFrame, name: str) -> None:
    """Print the tables of one file."""
    for freq, part in table.groupby("freq"):
        peers = [column for column in (*SINGLE, MIXTURE) if column in part]
        means = part.groupby("source")[["crps", *peers]].mean()
        ratio = means[peers].rdiv(means["crps"], axis=0)
        print(f"\n{name}, {freq}: ours / peer, geometric mean over sources")
        print(np.exp(np.log(ratio).mean()).round(3).to_frame().T.to_string(index=False))
        print("ours / mixture by source:", ratio[MIXTURE].round(2).to_dict())
        print(by_group(part).to_string())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tasks", type=Path, nargs=2, action="append", required=True, metavar=("TASKS", "PEERS"))
    parser.add_argument("--draws", type=int, default=1000)
    parser.add_argument("--left-out", type=Path, help="folder of priors, each learned without the source it is named after")
    args = parser.parse_args()
    for tasks, peers in args.tasks:
        scores = pd.read_parquet(peers).pivot(index="task_id", columns="model", values="crps")
        table = judged(pd.read_parquet(tasks).reset_index(drop=True), args.draws, args.left_out)
        show(table.merge(scores, left_on="task_id", right_index=True), tasks.stem)


if __name__ == "__main__":
    main()
