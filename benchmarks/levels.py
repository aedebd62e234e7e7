"""How good the projection of levels, shares and counts is, every source judged by a prior and a stretch that have not seen it.

    python benchmarks/levels.py LEVELS TASKS PEERS [--draws 1000] [--windows 150] [--shipped]

LEVELS is the table `learn_levels.py` learns from; TASKS and PEERS are Parquet tables: task_id, source, kind, freq, season's values a year in
`window`, `seen` periods of the last year, lower, upper, target, scale, thresholds; and task_id, model, crps, in80, in95, brier.

Printed: by kind and source, CRPS of ours and of the November product ("today" in PEERS), how often intervals held, Brier; the same with a
usual change declared (the source's median change from one year end to the next); then every peer on the tasks it has; then lines of one to
four figures on odd dates, without and with a usual change; and the cost. With --shipped the shipped prior is judged, which has seen all.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np
import pandas as pd
from learn_levels import LIMITS, SEASONS, draw_windows, full_grid, left_out, window_likelihoods

from kpi_lib.forecast.dated import sight
from kpi_lib.forecast.levels import LevelPrior, load_level_prior, project_states
from kpi_lib.forecast.processes import Array

SCORES = ["crps", "in80", "in95", "above", "below", "brier"]
FEW = (1, 2, 3, 4)


def crps(draws: Array, outcome: float) -> float:
    """CRPS of an equally weighted sample: E|X - y| - E|X - X'| / 2."""
    ordered, n = np.sort(draws), len(draws)
    return float(np.abs(ordered - outcome).mean() - 2.0 * np.sum((np.arange(1, n + 1) - 0.5) / n * ordered) / n + ordered.mean())


def scored(draws: Array, outcome: float, scale: float, thresholds: Array) -> tuple[float, ...]:
    """CRPS over the scale, whether the 80 and 95 % intervals held, whether the outcome lay above or below the 80 % one, Brier."""
    low95, low80, high80, high95 = np.quantile(draws, [0.025, 0.1, 0.9, 0.975])
    slack, reach = 1e-9 * max(1.0, abs(outcome)), thresholds - 1e-9 * np.maximum(1.0, np.abs(thresholds))
    brier = float(np.mean(((draws[:, None] >= reach).mean(axis=0) - (outcome >= reach)) ** 2))
    held = low80 - slack <= outcome <= high80 + slack, low95 - slack <= outcome <= high95 + slack
    return crps(draws, outcome) / scale, *held, outcome > high80 + slack, outcome < low80 - slack, brier


def judged(tasks: pd.DataFrame, priors: dict[str, LevelPrior], usual: pd.Series | None, draws: int) -> tuple[pd.DataFrame, float]:
    """Scores of every task, in the order of `tasks`, and CPU seconds of the projections."""
    found, spent = {}, 0.0
    for (source, kind, freq, length, seen), part in tasks.groupby(["source", "kind", "freq", tasks["window"].map(len), "seen"]):
        season = SEASONS[freq]
        known = length - season + seen
        history = np.stack(part["window"].to_list())[:, :known]
        lower, upper = LIMITS[kind]
        declared = np.nan if usual is None else np.array([usual_change(usual[source], kind, row) for row in history])
        started = time.process_time()
        times, ahead, whole = np.arange(1 - known, 1) / season, [(season - seen) / season], kind == "count"
        ends = project_states(
            history, times, ahead, lower=lower, upper=upper, whole=whole, usual=declared, draws=draws, prior=priors[source]
        )[:, :, 0]
        spent += time.process_time() - started
        for task, row in zip(part.itertuples(), ends, strict=True):
            found[task.Index] = scored(row, task.target, task.scale, np.asarray(task.thresholds, dtype=float))
    return tasks[["task_id", "kind", "source"]].join(pd.DataFrame.from_dict(found, orient="index", columns=SCORES)), spent


def usual_change(share: float, kind: str, history: Array) -> float:
    """A source's usual change as a definition would declare it: points of a share, else relative to the last level."""
    return share if kind == "share" else share * max(history[-1], 1.0 if kind == "count" else 1e-9)


def usual_of(tasks: pd.DataFrame) -> pd.Series:
    """Median change from one known year end to the next by source, in points or relative to the earlier one."""
    rows = []
    for task in tasks.itertuples():
        season = SEASONS[task.freq]
        ends = np.asarray(task.window, dtype=float)[season - 1 : -season or None : season]
        change = np.abs(np.diff(ends)) if task.kind == "share" else np.abs(np.diff(ends)) / np.maximum(ends[:-1], 1e-9)
        rows += [(task.source, value) for value in change if np.isfinite(value)]
    return pd.DataFrame(rows, columns=["source", "change"]).groupby("source")["change"].median()


def told(name: str, scores: pd.DataFrame, today: pd.DataFrame) -> None:
    """Print the scores by kind and source beside the November product's, and means over sources."""
    both = scores.merge(today[["task_id", "crps"]].rename(columns={"crps": "today"}), on="task_id", how="left")
    table = both.groupby(["kind", "source"])[["today", *SCORES]].mean()
    table.insert(0, "ours/today", table["crps"] / table["today"])
    kinds = table.groupby("kind").mean()
    kinds["ours/today"] = np.exp(np.log(table["ours/today"]).groupby("kind").mean())
    print(f"\n{name}\n{table.round(3).to_string()}\nmeans over sources (geometric for ours/today)\n{kinds.round(3).to_string()}")


def against(scores: pd.DataFrame, peers: pd.DataFrame) -> None:
    """Print every peer, by kind, on the tasks it has: CRPS ours / peer (geometric over sources), its intervals, both Briers."""
    rows = []
    for (kind, model), part in peers.merge(scores, on="task_id", suffixes=("", " ours")).groupby(["kind", "model"]):
        means = part.groupby("source")[["crps", "crps ours", "in80", "in95", "brier", "brier ours"]].mean()
        ratio = float(np.exp(np.log(means["crps ours"] / means["crps"]).mean()))
        rows.append((kind, model, len(part), ratio, *means[["in80", "in95", "brier", "brier ours"]].mean()))
    names = ["kind", "model", "tasks", "ours/peer", "in80", "in95", "brier", "brier ours"]
    print(f"\npeers\n{pd.DataFrame(rows, columns=names).round(4).to_string(index=False)}")


def few_figures(tasks: pd.DataFrame, priors: dict[str, LevelPrior], usual: pd.Series, draws: int) -> None:
    """Print how lines of one to four figures on odd dates fare, without and with a usual change: years or parts of a year apart."""
    rng, rows = np.random.default_rng(5), []
    for task in tasks.itertuples():
        season, window = SEASONS[task.freq], np.asarray(task.window, dtype=float)
        last = len(window) - 1 - (season - task.seen)
        for count in FEW:
            places = np.sort(rng.choice(last, min(count - 1, last), replace=False)) if count > 1 else np.empty(0, dtype=int)
            places = np.append(places[places >= last - 3 * season], last)
            times, ahead, (lower, upper) = (places - last) / season, [(season - task.seen) / season], LIMITS[task.kind]
            seen, whole = window[places], task.kind == "count"
            for declared in (np.nan, usual_change(usual[task.source], task.kind, seen)):
                ends = project_states(
                    seen, times, ahead, lower=lower, upper=upper, whole=whole, usual=declared, draws=draws, prior=priors[task.source]
                )[0, :, 0]
                score = scored(ends, task.target, task.scale, np.asarray(task.thresholds, dtype=float))
                rows.append((task.kind, task.source, len(places), bool(np.isfinite(declared)), *score))
        if len(rows) % 400 < 8:
            sight.cache_clear()
    table = pd.DataFrame(rows, columns=["kind", "source", "figures", "declared", *SCORES])
    means = table.groupby(["kind", "figures", "declared", "source"])[SCORES].mean().groupby(["kind", "figures", "declared"]).mean()
    print(f"\nfew figures on odd dates, means over sources\n{means.round(3).to_string()}")


def main() -> None:
    """Judge and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", type=Path, nargs=3, metavar=("LEVELS", "TASKS", "PEERS"))
    parser.add_argument("--draws", type=int, default=1000)
    parser.add_argument("--windows", type=int, default=150)
    parser.add_argument("--shipped", action="store_true")
    args = parser.parse_args()
    series, tasks, peers = (pd.read_parquet(path) for path in args.files)
    tasks = tasks[tasks["kind"].isin(list(LIMITS))].reset_index(drop=True)
    today = peers[peers["model"] == "today"]
    sources = sorted(tasks["source"].unique())
    if args.shipped:
        priors = dict.fromkeys(sources, load_level_prior())
    else:
        windows, grid = draw_windows(series, args.windows), full_grid()
        priors = left_out(windows, grid, window_likelihoods(windows, grid))[0]
    usual = usual_of(tasks)
    scores, spent = judged(tasks, priors, None, args.draws)
    told("no usual change declared", scores, today)
    told("usual change declared", judged(tasks, priors, usual, args.draws)[0], today)
    against(scores, peers)
    few_figures(tasks.groupby("source").head(40), priors, usual, 400)
    print(f"\nCPU {1000 * spent / len(tasks):.2f} ms a task, {args.draws} draws")


if __name__ == "__main__":
    main()
