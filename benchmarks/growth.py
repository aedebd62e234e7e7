"""Learn the prior of `kpi_lib.forecast.growth` from published growth rates, and say how well it does on sources it has not seen.

    python benchmarks/growth.py [TASKS] [--peers PEERS] [--draws 1000] [--output kpi_lib/forecast/growth_prior.json]

TASKS is a Parquet table of tasks with columns task_id, source, kind, series_id, history_years, seen, window (growth of the year to date in %
at 3, 6, 9, 12 months of `history_years` whole years and of the year to be judged), target, thresholds; rows of another kind than
growth_ytd are passed over. PEERS has task_id, model, crps, in80, in95, brier. Every source has the same weight, however many tasks it has.

1. Expectation-maximisation gives the weights of a full grid (Laird, 1978); the points that matter are kept and weighed again.
2. For each source everything is learnt anew from the others: weights, and of a small menu how far a past rate may surprise and how heavy
   the tails are (by the interval score of the 95% band on the other sources: Gneiting and Raftery, 2007). Printed are CRPS, intervals with the 90% interval of
   their hit rate, the share above the median and the Brier score on the source left out, beside the peers'.
3. With --output the prior learnt on all sources is written.

Without TASKS, and after all else, the product of the shipped units is replayed with the prior as it stands: after three, six and nine months of
every year, against the year's figure as known a year after its end.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
from collections.abc import Iterator
from dataclasses import astuple
from itertools import product
from pathlib import Path
from unittest import mock

import numpy as np
import pandas as pd

from kpi_lib.definitions.indicators import read_unit
from kpi_lib.figures.histories import line
from kpi_lib.figures.observations import read_observations
from kpi_lib.forecast import growth
from kpi_lib.forecast.growth import PROFILES, SCALES, Fit, GrowthPoint, covariance, fitted, simulated, tamed
from kpi_lib.forecast.processes import Array
from kpi_lib.forecast.project import project
from kpi_lib.periods import QUARTERS
from kpi_lib.record.scores import outturn_of

KEPT, ROUNDS = 40, 60
DOUBT = 0.1  # weight of lines of a kind that the sources hardly hold: whose quarters, or whose year's figure, differ in one way every year
MENU = tuple(product((4.0, 8.0), (2.0, 3.0, 4.0)))  # how far a past rate may surprise, freedom of the draws
LEVELS = ((0.0, 0.0), (0.1, 1.0), (0.5, 1.0), (0.1, 0.8), (0.5, 0.8), (2.0, 0.8))


def full_grid() -> tuple[GrowthPoint, ...]:
    """Every combination of the parts' variances that is tried."""
    parts = product(PROFILES, LEVELS, (0.0, 0.4, 0.8), (0.0, 0.05, 0.3), (0.0, 0.3), (0.0, 0.1))
    return tuple(GrowthPoint(profile, *level, *rest) for profile, level, *rest in parts)


def steady() -> tuple[GrowthPoint, ...]:
    """Lines whose quarters, or whose year's figure, differ in the same way every year: they have some weight whatever the sources say."""
    levels, echoes, ways = (0.1, 0.5, 2.0), (0.0, 0.4), ((0.3, 0.0), (2.0, 0.0), (0.0, 0.05), (0.0, 0.3))
    return tuple(GrowthPoint("usual", level, 0.8, echo, season, 0.3, lift) for level, echo, (season, lift) in product(levels, echoes, ways))


def batches(tasks: pd.DataFrame) -> list[tuple[Array, Array, int]]:
    """Row numbers, windows as a matrix and rates known, for each length."""
    groups = tasks.reset_index(drop=True).groupby(["history_years", "seen"])
    return [(part.index.to_numpy(), np.stack(part["window"].to_list()), QUARTERS * years + seen) for (years, seen), part in groups]


def fits(tasks: pd.DataFrame, points: tuple[GrowthPoint, ...], *, whole: bool) -> Iterator[tuple[int, Fit]]:
    """What each point makes of the rates known of each task, and of those with the year's own where `whole`; that one is never drawn in."""
    for rows, windows, count in batches(tasks):
        years, last = windows.shape[1] // QUARTERS, windows.shape[1] - 1
        cov = np.stack([covariance(point, years) for point in points])
        for row, window in zip(rows, windows, strict=True):
            (values, doubt, _), known = tamed(window[:count], range(count)), list(range(count))
            if whole:
                values, doubt, known = np.append(values, window[last]), np.append(doubt, 0.0), [*known, last]
            yield row, fitted(cov, values[None], known, [last], doubt)


def likelihoods(tasks: pd.DataFrame, points: tuple[GrowthPoint, ...]) -> Array:
    """Log-likelihood of each window under each point, all scales alike, `(tasks, points)`."""
    found = np.empty((len(tasks), len(points)))
    for row, fit in fits(tasks, points, whole=True):
        by_scale = fit.log_likelihood(np.array(SCALES))[0]
        top = by_scale.max(axis=1)
        found[row] = top + np.log(np.exp(by_scale - top[:, None]).mean(axis=1))
    return found


def learnt(likelihood: Array, sources: Array) -> tuple[tuple[GrowthPoint, ...], Array]:
    """The points kept and their weights, every source alike, and the steady ones."""
    counts = pd.Series(sources).map(pd.Series(sources).value_counts()).to_numpy()
    kept = np.arange(likelihood.shape[1])
    for many in (likelihood.shape[1], KEPT):
        part = np.exp(likelihood[:, kept] - likelihood[:, kept].max(axis=1, keepdims=True))
        weights = np.full(len(kept), 1 / len(kept))
        for _ in range(ROUNDS):
            share = part * weights
            share = share / share.sum(axis=1, keepdims=True) / counts[:, None]
            weights = share.sum(axis=0) / share.sum()
        if many > KEPT:
            kept = np.sort(np.argsort(-weights)[:KEPT])
    grid, more = full_grid(), steady()
    return (*(grid[number] for number in kept), *more), np.concatenate([weights * (1 - DOUBT), np.full(len(more), DOUBT / len(more))])


def drawn(tasks: pd.DataFrame, points: tuple[GrowthPoint, ...], weights: Array, draws: int) -> Array:
    """Draws of the year of each task."""
    found = np.empty((len(tasks), draws))
    for row, fit in fits(tasks, points, whole=False):
        found[row] = simulated(fit, weights, np.array(SCALES), draws=draws, seed=0)[0, :, 0]
    return found


def scored(tasks: pd.DataFrame, draws: Array) -> pd.DataFrame:
    """CRPS, intervals, their score (`reach`), the side of the median and the Brier score over a task's thresholds, one row a task."""
    ordered, count = np.sort(draws, axis=1), draws.shape[1]
    outcome = tasks["target"].to_numpy()
    spread = 2 * ordered @ ((np.arange(1, count + 1) - 0.5) / count) / count - ordered.mean(axis=1)
    low95, low80, middle, high80, high95 = np.quantile(draws, [0.025, 0.1, 0.5, 0.9, 0.975], axis=1)
    goals = np.stack(tasks["thresholds"].to_list()) - 1e-9
    chances = (draws[:, :, None] >= goals[:, None]).mean(axis=1)
    return pd.DataFrame(
        {
            "task_id": tasks["task_id"].to_numpy(),
            "source": tasks["source"].to_numpy(),
            "seen": tasks["seen"].to_numpy(),
            "crps": np.abs(ordered - outcome[:, None]).mean(axis=1) - spread,
            "in80": (low80 - 1e-9 <= outcome) & (outcome <= high80 + 1e-9),
            "in95": (low95 - 1e-9 <= outcome) & (outcome <= high95 + 1e-9),
            "reach": high95 - low95 + 40 * (np.maximum(low95 - outcome, 0) + np.maximum(outcome - high95, 0)),
            "below_median": outcome < middle,
            "brier": ((chances - (outcome[:, None] >= goals)) ** 2).mean(axis=1),
        }
    )


def left_out(tasks: pd.DataFrame, draws: int) -> pd.DataFrame:
    """Scores of every source by what was learnt from the others, the menu's constants as the others choose them."""
    grid, sources = full_grid(), tasks["source"].to_numpy()
    names = sorted(set(sources))
    by_choice: dict[tuple[float, float], Array] = {}
    for surprise in sorted({choice[0] for choice in MENU}):
        with mock.patch.object(growth, "SURPRISE", surprise):
            by_choice |= {choice: likelihoods(tasks, grid) for choice in MENU if choice[0] == surprise}
    rows = []
    for name in names:
        others = np.flatnonzero(sources != name)
        results = {}
        for (surprise, freedom), likelihood in by_choice.items():
            points, weights = learnt(likelihood[others], sources[others])
            with mock.patch.object(growth, "SURPRISE", surprise), mock.patch.object(growth, "FREEDOM", freedom):
                results[surprise, freedom] = scored(tasks, drawn(tasks, points, weights, draws))
        means = {choice: np.log(found.iloc[others].groupby("source")["reach"].mean()).mean() for choice, found in results.items()}
        best = min(means, key=means.__getitem__)
        print(f"{name}: the others choose a surprise of {best[0]:g} and {best[1]:g} degrees of freedom")
        rows.append(results[best].iloc[np.flatnonzero(sources == name)])
    return pd.concat(rows)


def hit_rate(hits: pd.Series) -> str:
    """A share of hits in % with its 90% interval (Jeffreys)."""
    from scipy.stats import beta

    low, high = beta.ppf([0.05, 0.95], hits.sum() + 0.5, (~hits).sum() + 0.5)
    return f"{100 * hits.mean():.0f} ({100 * low:.0f}-{100 * high:.0f})"


def ratio(ours: pd.DataFrame, peer: pd.Series) -> str:
    """Geometric mean over sources of our CRPS as a share of the peer's, with a 90% interval from drawing tasks anew within sources."""
    both = ours.assign(peer=peer.reindex(ours["task_id"]).to_numpy())
    rng = np.random.default_rng(0)

    def one(rows: pd.DataFrame) -> float:
        means = rows.groupby("source")[["crps", "peer"]].mean()
        return float(np.exp(np.log(means["crps"] / means["peer"]).mean()))

    groups = [part for _, part in both.groupby("source")]
    again = [one(pd.concat([part.iloc[rng.integers(len(part), size=len(part))] for part in groups])) for _ in range(400)]
    low, high = np.quantile(again, [0.05, 0.95])
    return f"{one(both):.3f} ({low:.3f}-{high:.3f})"


def report(ours: pd.DataFrame, peers: pd.DataFrame | None) -> None:
    """Tables by source and by quarters seen, and the peers."""
    for key in ("source", "seen"):
        print(f"\n{key:12} n     CRPS  in 80%           in 95%           below the median   Brier")
        for name, part in ours.groupby(key):
            rates = [f"{hit_rate(part[column]):16}" for column in ("in80", "in95", "below_median")]
            print(f"{name!s:12} {len(part):4}  {part['crps'].mean():5.2f}  {' '.join(rates)}  {part['brier'].mean():.3f}")
    print(f"\nBrier, mean over sources: ours {ours.groupby('source')['brier'].mean().mean():.4f}")
    for model, part in peers[peers["task_id"].isin(ours["task_id"])].groupby("model") if peers is not None else ():
        part = part.set_index("task_id")
        by_source = part["brier"].groupby(ours.set_index("task_id")["source"].reindex(part.index)).mean()
        print(f"{model:18} CRPS ours / theirs {ratio(ours, part['crps'])}   Brier {by_source.mean():.4f}")


def learn(args: argparse.Namespace) -> None:
    """Check on sources left out, learn, write."""
    tasks = pd.read_parquet(args.tasks)
    tasks = tasks[tasks["kind"] == "growth_ytd"].reset_index(drop=True)
    print(f"{len(tasks)} tasks of {tasks['series_id'].nunique()} lines of {tasks['source'].nunique()} sources")
    if not args.no_check:
        report(left_out(tasks, args.draws), pd.read_parquet(args.peers) if args.peers else None)
    if args.output:
        points, weights = learnt(likelihoods(tasks, full_grid()), tasks["source"].to_numpy())
        table = [[*astuple(point), round(float(weight), 5)] for point, weight in zip(points, weights, strict=True)]
        rows = ",\n  ".join(json.dumps(row) for row in table)
        args.output.write_text(f'{{"version": 1, "points": [\n  {rows}\n]}}\n', encoding="utf-8")


def replay() -> None:
    """The shipped units' product: middle and 80% band on the 15th after each quarter, and what came."""
    for name in ("viet-nam", "quang-ninh"):
        unit = read_unit(name)
        ind, figures = unit.indicators["gross_product_growth"], line(read_observations(name), "gross_product_growth")
        for month in ("04", "07", "10"):
            rows = []
            for year in range(2014, 2026):
                projection = project(figures, ind, year, as_of=f"{year}-{month}-15", unit=unit)
                came = outturn_of(figures, ind, year, unit=unit, as_of=dt.date(year + 2, 1, 1))
                if came is not None and projection.projected and projection.seen:
                    low, high = projection.interval(0.8)
                    rows.append((year, projection.achieved, low, projection.quantile(0.5), high, came.achieved))
            table = pd.DataFrame(rows, columns=["year", "to date", "low", "middle", "high", "came"]).set_index("year").round(2)
            inside, below = table["came"].between(table["low"], table["high"]).sum(), (table["middle"] < table["came"]).sum()
            print(f"\n{name}, 15/{month}: {inside} of {len(table)} within 80%, the middle below what came in {below}\n{table.to_string()}")


def main() -> None:
    """Learn, check on left-out sources, print, write; replay the shipped units."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tasks", type=Path, nargs="?")
    parser.add_argument("--peers", type=Path)
    parser.add_argument("--draws", type=int, default=1000)
    parser.add_argument("--output", type=Path)
    parser.add_argument("--no-check", action="store_true", help="learn and write only")
    args = parser.parse_args()
    if args.tasks:
        learn(args)
    replay()


if __name__ == "__main__":
    main()
