"""Learn the prior of `kpi_lib.forecast.structural` from public series, and say how well it does on sources it has not seen.

    python benchmarks/learn_prior.py DATA [DATA ...] [--windows 200] [--season 12|4] [--output FILE] [--left-out FOLDER] [--without SOURCE]

DATA are Parquet tables with columns series_id, source, kind, date (first day of the period), value: monthly or quarterly flows.
Monthly series also serve, summed, as quarterly ones. Every source has the same total weight, however many series it holds.

1. Windows are drawn from the series: one to ten whole years, then the year to be judged, of which zero to three quarters are known.
2. Expectation-maximisation gives the weights of a full grid (Laird, 1978, nonparametric maximum likelihood of a mixing distribution);
   the points that matter are kept and the weights learned again, without and with a break in the history.
3. For each source, a prior learned on the others; CRPS of the year's total and coverage on its windows.
4. From these left-out windows, how the traits of a series (`kpi_lib.forecast.kinds`) stretch and shift the distribution of its total.

With --season one of the two priors is learned and the other kept as it stands in the file. With --left-out the priors of step 3, each
with what step 4 makes of the other sources, are written to FOLDER, one file a source, for `by_group.py`. With --without a source is left
out as if it had not been given, to judge it afterwards (benchmarks/official.py).
"""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict, replace
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.optimize import minimize
from scipy.stats import norm

from kpi_lib.forecast.kinds import EDGE, TRAITS, Calibration, traits
from kpi_lib.forecast.processes import BREAKS, Array, GridPoint, evidence, factors
from kpi_lib.forecast.structural import (
    PRIOR_FILE,
    TRANSFORMS,
    TYPICAL_SCALE,
    Index,
    Prior,
    checked,
    log_likelihoods,
    read_prior,
    recent_mean,
    simulate,
    transformed,
    trend,
)

VERSION = 2
NOISE_SCALES = np.array([0.0002, 0.002, 0.02, 0.2])
YEARS = (1, 2, 3, 4, 5, 6, 8, 10)
POINTS_KEPT = 80
ROUNDS = 50
SMALLEST_WEIGHT = 1e-4
QUANTILES = np.array([0.025, 0.1, 0.25, 0.5, 0.75, 0.9, 0.975])  # what the calibration brings to their promise
RIDGE = 0.003  # price of a large coefficient
SHIFTED = ("smooth",)  # moving the centre of other kinds took more accuracy from left-out sources than it gave


def full_grid(season: int, file: Path | None = None) -> tuple[GridPoint, ...]:
    """Every combination of the component variances that is tried; slopes last (or are those of an earlier file) or wander."""
    levels = (0.0, 0.03, 0.15, 0.6, 2.0) if season == 12 else (0.0, 0.1, 0.5, 2.0, 8.0)
    slopes, seasonals, evolvings = (0.01, 0.3, 5.0), (0.01, 0.3, 3.0, 30.0, 300.0), (0.0, 0.3, 2.0)
    echoes = ((0.0, 0.5), (1.0, 0.5), (6.0, 0.8))
    fixed = [
        GridPoint(level=level, slope=slope, seasonal=seasonal, evolving=evolving, echo=echo, persistence=persistence)
        for level, slope, seasonal, evolving, (echo, persistence) in product(levels, slopes, seasonals, evolvings, echoes)
    ]
    if file:
        fixed = [point for point in read_prior(file, season).points if point.stamina == np.inf]
    steps = (0.0, 0.15, 1.0) if season == 12 else (0.0, 0.5, 4.0)
    wandering = product(steps, (5.0, 50.0, 500.0), (0.6, 2.5), (0.3, 30.0))
    return *fixed, *(GridPoint(level=level, slope=slope, stamina=years, seasonal=pattern) for level, slope, years, pattern in wandering)


def read_series(path: Path) -> tuple[pd.DataFrame, int]:
    """A long table with plain text columns, and its periods a year."""
    table = pd.read_parquet(path, columns=["series_id", "source", "date", "value"])
    table = table.assign(date=pd.to_datetime(table["date"]), source=table["source"].astype(str), series_id=table["series_id"].astype(str))
    table = table.sort_values(["series_id", "date"], ignore_index=True)
    gap = table.groupby("series_id")["date"].diff().dt.days.median()
    return table, 12 if gap < 45 else 4


def quarterly_sums(table: pd.DataFrame) -> pd.DataFrame:
    """Whole quarters of monthly series; the source's name says that they are sums."""
    quarter = table["date"].dt.to_period("Q").dt.to_timestamp()
    sums = table.groupby(["source", "series_id", quarter])["value"].agg(["sum", "size"]).reset_index()
    sums = sums[sums["size"] == 3].rename(columns={"sum": "value"})
    return sums.assign(source=sums["source"] + " (sums)")[["series_id", "source", "date", "value"]]


def whole_years(part: pd.DataFrame, season: int) -> list[Array]:
    """Unbroken non-negative stretches of whole calendar years of one series."""
    month = part["date"].dt.year.to_numpy() * 12 + part["date"].dt.month.to_numpy() - 1
    breaks = np.flatnonzero(np.diff(month) != 12 // season) + 1
    stretches = []
    for months, values in zip(np.split(month, breaks), np.split(part["value"].to_numpy(dtype=float), breaks), strict=True):
        skip = (-(months[0] % 12) % 12) * season // 12
        values = values[skip:][: (len(values) - skip) // season * season]
        if len(values) >= 2 * season and (values >= 0).all():
            stretches.append(values)
    return stretches


def draw_windows(table: pd.DataFrame, season: int, per_source: int, seed: int = 1) -> pd.DataFrame:
    """Random windows, columns source, years, seen (periods of the last year that are known), window (values, last year whole)."""
    rng = np.random.default_rng(seed)
    rows = []
    for source, group in table.groupby("source"):
        stretches = [values for _, part in group.groupby("series_id") for values in whole_years(part, season)]
        for _ in range(per_source if stretches else 0):
            values = stretches[rng.integers(len(stretches))]
            years = int(rng.choice([y for y in YEARS if (y + 1) * season <= len(values)]))
            end = int(rng.integers(years + 1, len(values) // season + 1))
            window = values[(end - years - 1) * season : end * season]
            if (window[:-season].reshape(-1, season).sum(axis=1) > 0).all():
                rows.append((source, years, int(rng.integers(4)) * season // 4, window))
    return pd.DataFrame(rows, columns=["source", "years", "seen", "window"])


def batches(windows: pd.DataFrame) -> list[tuple[Index, Array, int]]:
    """Row numbers, windows as a matrix, and periods seen, for each length."""
    groups = windows.reset_index(drop=True).groupby(["years", "seen"])
    return [(part.index.to_numpy(), np.stack(part["window"].to_list()), int(seen)) for (_, seen), part in groups]


def window_likelihoods(windows: pd.DataFrame, season: int, points: tuple[GridPoint, ...]) -> Array:
    """Log-likelihood of each history, shape (windows, transforms, points, breaks, scales), in single precision."""
    found = np.empty((len(windows), len(TRANSFORMS), len(points), len(BREAKS), len(NOISE_SCALES)), dtype=np.float32)
    for rows, values, seen in batches(windows):
        history = checked(values[:, : values.shape[1] - season + seen], season - seen, season) if seen < season else values
        relative = history / recent_mean(history, season)[:, None]
        periods = relative.shape[1]
        scaled = (transformed(relative)[0] - trend(history, 0, season)).reshape(-1, periods)
        parts = factors(points, periods, season - seen, season)
        found[rows] = log_likelihoods(relative, evidence(scaled, parts, TYPICAL_SCALE), NOISE_SCALES)
        factors.cache_clear()
    return found


def source_weights(sources: pd.Series) -> Array:
    """Weight of each window, so that every source counts the same."""
    weights = 1.0 / sources.map(sources.value_counts()).to_numpy(dtype=float)
    return weights / weights.sum()


def expectation_maximisation(log_likelihood: Array, weights: Array) -> Array:
    """Mixing weights, shape of one row of `log_likelihood`, that make the windows most likely."""
    flat = log_likelihood.reshape(len(log_likelihood), -1)
    density = np.exp(flat - flat.max(axis=1, keepdims=True))
    mixing = np.full(flat.shape[1], 1.0 / flat.shape[1], dtype=np.float32)
    alive = np.arange(flat.shape[1])
    for step in range(ROUNDS):
        share = (weights / (density @ mixing)).astype(np.float32) @ density
        mixing = mixing * share / (mixing * share).sum()
        if step in (15, 30):  # what has almost no weight left is dropped, to save time
            keep = mixing > 1e-6
            alive, mixing, density = alive[keep], mixing[keep] / mixing[keep].sum(), density[:, keep]
    learned = np.zeros(flat.shape[1])
    learned[alive] = mixing
    return learned.reshape(log_likelihood.shape[1:])


def learn(sources: pd.Series, grid: tuple[GridPoint, ...], likelihood: Array) -> Prior:
    """Prior from the sources of windows and their likelihoods: the points that matter, and their weights learned again."""
    weights = source_weights(sources)
    mass = expectation_maximisation(likelihood[:, :, :, :1], weights).sum(axis=(0, 2, 3))
    kept = np.sort(np.argsort(-mass)[:POINTS_KEPT])
    at_kept = likelihood[:, :, kept]
    plain = np.zeros(at_kept.shape[1:])
    plain[:, :, :1] = expectation_maximisation(at_kept[:, :, :, :1], weights)
    return Prior(tuple(grid[k] for k in kept), NOISE_SCALES, pruned(plain), pruned(expectation_maximisation(at_kept, weights)))


def learned(windows: pd.DataFrame, season: int, grid: tuple[GridPoint, ...]) -> tuple[Prior, dict[str, Prior]]:
    """Prior of all sources, and without each family (a monthly source and the quarterly sums made of it)."""
    family = families(windows)
    likelihood = window_likelihoods(windows, season, grid)
    without = {name: learn(windows["source"][family != name], grid, likelihood[family != name]) for name in sorted(family.unique())}
    return learn(windows["source"], grid, likelihood), without


def families(windows: pd.DataFrame) -> pd.Series:
    """Source of each window without the mark of quarterly sums."""
    return windows["source"].str.removesuffix(" (sums)")


def pruned(weights: Array) -> Array:
    """Weights without the smallest ones, in two significant digits, as they are written to the file."""
    return np.array([float(f"{w:.2g}") if w > SMALLEST_WEIGHT else 0.0 for w in weights.ravel()]).reshape(weights.shape)


def judge(windows: pd.DataFrame, season: int, prior: Prior, draws: int = 400) -> pd.DataFrame:
    """CRPS (relative to the mean yearly total of the history) and probability integral transform of each window's outturn."""
    rows = []
    for index, values, seen in batches(windows):
        known = values.shape[1] - season + seen
        paths = simulate(values[:, :known], season - seen, season, draws, 0, prior)
        rest, outturn = np.sort(paths.sum(axis=2), axis=1), values[:, known:].sum(axis=1)
        rank = np.arange(1, draws + 1) - 0.5
        score = np.abs(rest - outturn[:, None]).mean(axis=1) + rest.mean(axis=1) - 2.0 * (rest * rank).mean(axis=1) / draws
        mean_year = values[:, :-season].sum(axis=1) / (values.shape[1] // season - 1)
        below = ((rest < outturn[:, None]).sum(axis=1) + (rest <= outturn[:, None]).sum(axis=1) + 1) / (2 * draws + 2)
        found = pd.DataFrame({"crps": score / mean_year, "pit": below}, index=index)
        rows.append(found.join(pd.DataFrame(traits(values[:, :known], season - seen, season), columns=TRAITS, index=index)))
    return windows.reset_index(drop=True).join(pd.concat(rows)).drop(columns="window")


def cross_validated(windows: pd.DataFrame, season: int, without: dict[str, Prior]) -> pd.DataFrame:
    """Windows judged by a prior that has not seen their source (nor the months behind its quarterly sums)."""
    parts = [part for _, same in windows.groupby(["years", "seen"]) for part in same.groupby(families(same))]  # one length after the other
    return pd.concat([judge(part, season, without[name]) for name, part in parts], ignore_index=True)


def coverage_table(judged: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """Mean CRPS, coverage and tails by group."""
    centre = (judged["pit"] - 0.5).abs()
    told = judged.assign(in80=centre < 0.4, in95=centre < 0.475, low=judged["pit"] < 0.1, high=judged["pit"] > 0.9, n=1)
    return told.groupby(by).agg({"crps": "mean", "in80": "mean", "in95": "mean", "low": "mean", "high": "mean", "n": "sum"}).round(4)


def fitted(judged: pd.DataFrame) -> Calibration:
    """The stretch and shift by trait that bring the quantiles of left-out windows to their promise.

    Normal scores of the outturns are compared with shifted and stretched normal quantiles by the (slightly rounded) quantile loss,
    every source with the same weight; a ridge keeps small what the windows do not ask for.
    """
    score = norm.ppf(judged["pit"].clip(0.002, 0.998).to_numpy())
    found, weights, edges = judged[list(TRAITS)].to_numpy(), source_weights(judged["source"]), norm.ppf(QUANTILES)
    size = len(TRAITS)

    def loss(numbers: Array) -> float:
        stretch, shift = np.exp(found @ numbers[:size]), found @ numbers[size : 2 * size]
        quantile = shift[:, None] + stretch[:, None] * edges * (1.0 + numbers[-1] * (np.abs(edges) - EDGE))
        miss = score[:, None] - quantile
        rounded = (QUANTILES - 0.5) * miss + 0.5 * np.sqrt(miss**2 + 0.01)
        return float((weights[:, None] * rounded).sum() + RIDGE * (numbers[:-1] ** 2).sum())

    numbers = minimize(loss, np.zeros(2 * size + 1), method="L-BFGS-B").x.round(3).tolist()
    shift = tuple(number if name in SHIFTED else 0.0 for name, number in zip(TRAITS, numbers[size:], strict=False))
    return Calibration(tuple(numbers[:size]), shift, numbers[-1])


def stored(prior: Prior) -> dict[str, object]:
    """The prior as plain rows."""
    rows = [
        [TRANSFORMS[i], int(j), BREAKS[k], int(m), float(prior.plain[i, j, k, m]), float(prior.wary[i, j, k, m])]
        for i, j, k, m in np.argwhere(prior.plain + prior.wary > 0)
    ]
    points = [{name: None if value == np.inf else value for name, value in asdict(point).items()} for point in prior.points]
    return {"points": points, "noise_scales": prior.noise_scales.tolist(), "weights": rows} | {
        "stretch": dict(zip(TRAITS, prior.calibration.stretch, strict=True)),
        "shift": dict(zip(TRAITS, prior.calibration.shift, strict=True)),
        "tail": prior.calibration.tail,
    }


def describe(prior: Prior) -> None:
    """Print what the weights say."""
    for name, weights in (("plain", prior.plain), ("wary", prior.wary)):
        total = weights.sum()
        print(f"{name}: transforms", dict(zip(TRANSFORMS, (weights.sum(axis=(1, 2, 3)) / total).round(3), strict=True)))
        print(f"{name}: breaks", dict(zip(BREAKS, (weights.sum(axis=(0, 1, 3)) / total).round(3), strict=True)))
    mass = prior.plain.sum(axis=(0, 2, 3)) / prior.plain.sum()
    for name in ("level", "slope", "seasonal", "evolving", "echo"):
        print(f"plain: {name}", pd.Series(mass).groupby([getattr(point, name) for point in prior.points]).sum().round(3).to_dict())


def provenance(table: pd.DataFrame) -> list[dict[str, object]]:
    """Series, first and last month of each source."""
    span = table.groupby("source").agg(series=("series_id", "nunique"), first=("date", "min"), last=("date", "max")).reset_index()
    return [{**row, "first": f"{row['first']:%Y-%m}", "last": f"{row['last']:%Y-%m}"} for row in span.to_dict("records")]


def write(path: Path, season: int, prior: Prior, sources: list[dict[str, object]]) -> None:
    """Put one season into a file, one line a grid point and a weight, so that a change can be read; the other season stays."""
    old = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    head = {"made_by": f"benchmarks/learn_prior.py version {VERSION}", "weights": "transform, point, break, noise scale, plain, wary"}
    known, seasons = old.get("sources", {}) | {str(season): sources}, old.get("seasons", {}) | {str(season): stored(prior)}
    text = json.dumps({**head, "sources": known, "seasons": seasons})
    for before, after in (("], [", "],\n["), ("}, {", "},\n{"), ('"weights": [', '"weights": [\n'), ('"points": [', '"points": [\n')):
        text = text.replace(before, after)
    path.write_text(text + "\n", encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path, nargs="+")
    parser.add_argument("--windows", type=int, default=200, help="windows a source")
    parser.add_argument("--output", type=Path, default=PRIOR_FILE)
    parser.add_argument(
        "--candidates", type=Path, help="prior whose lasting slopes are taken instead of the full grid: a third of the time"
    )
    parser.add_argument("--season", type=int, choices=(12, 4), help="learn monthly or quarterly only")
    parser.add_argument("--left-out", type=Path, help="folder for the priors that have not seen one source")
    parser.add_argument("--without", help="a source to leave out")
    args = parser.parse_args()
    tables = [(table[table["source"] != args.without], season) for table, season in map(read_series, args.data)]
    monthly = [table for table, season in tables if season == 12]
    quarterly = [table for table, season in tables if season == 4] + [quarterly_sums(table) for table in monthly]
    for season, parts in ((12, monthly), (4, quarterly)):
        if parts and args.season in (None, season):
            grid = full_grid(season, args.candidates)
            one_season(pd.concat(parts, ignore_index=True), season, grid, args.windows, args.output, args.left_out)


def one_season(table: pd.DataFrame, season: int, grid: tuple[GridPoint, ...], per_source: int, output: Path, folder: Path | None) -> None:
    """Learn, judge and write the prior of one season."""
    windows = draw_windows(table, season, per_source)
    print(f"\nseason {season}: {len(windows)} windows of {windows['source'].nunique()} sources", flush=True)
    prior, without = learned(windows, season, grid)
    describe(prior)
    judged = cross_validated(windows, season, without)
    report(judged)
    prior = replace(prior, calibration=fitted(judged))
    print("stretch and shift by trait\n", pd.DataFrame(asdict(prior.calibration), index=TRAITS).to_string())
    write(output, season, prior, provenance(table))
    for name, other in without.items() if folder else ():
        folder.mkdir(parents=True, exist_ok=True)
        rest = judged[families(judged) != name]
        write(folder / f"{name}.json", season, replace(other, calibration=fitted(rest)), provenance(table[families(table) != name]))


def report(judged: pd.DataFrame) -> None:
    """Print the cross-validated scores."""
    for by in ("source", "seen", "years"):
        print(f"\nleft-out sources, by {by}\n{coverage_table(judged, [by]).to_string()}")
    by_source = judged.groupby("source")["crps"].mean()
    print(f"geometric mean over sources of CRPS {np.exp(np.log(by_source).mean()):.5f}, with no window above 0.5 "
          f"{np.exp(np.log(judged['crps'].clip(upper=0.5).groupby(judged['source']).mean()).mean()):.5f}")  # fmt: skip


if __name__ == "__main__":
    main()
