"""Learn the prior of `kpi_lib.forecast.levels` from public series of levels, shares and counts.

    python benchmarks/learn_levels.py LEVELS [--windows 150] [--output kpi_lib/forecast/level_prior.json] [--without SOURCE]

LEVELS is a Parquet table with columns series_id, source, kind (share, level, count; other kinds are left alone), freq (M, Q, H, A), date
(last day of the period), value. Every source has the same total weight, however many series it holds.

1. Windows are drawn from the series: whole years, the last of them as the year to be judged.
2. Expectation-maximisation gives the weights of a full grid (Laird, 1978, nonparametric maximum likelihood of a mixing distribution), as a
   product: weight of the grid point x weight of the scale within its family x weight of the noise scale. The points that matter are kept.
3. The stretch of a draw: windows of each source, judged by a prior that has not seen it; the 80 and 95 % intervals are brought to their
   promise, every source with the same weight. It is printed without each source in turn.

`benchmarks/levels.py` says how good it is, by priors and stretches that have not seen the source that is judged.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import astuple, replace
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd

from kpi_lib.forecast.dated import LevelPoint, sight
from kpi_lib.forecast.levels import LevelPrior, log_likelihoods, project_states
from kpi_lib.forecast.processes import Array
from kpi_lib.forecast.scales import FAMILIES, scaled

SEASONS = {"M": 12, "Q": 4, "H": 2, "A": 1}
LIMITS = {"share": (0.0, 100.0), "level": (0.0, np.inf), "count": (0.0, np.inf)}
NOISE_SCALES = 10.0 ** np.arange(-5.0, 1.0)
YEARS, LONGER = (2, 3, 5, 8), (5, 8, 12)  # past years of a window; of yearly figures
ROUNDS, KEPT = 50, {6: 200, 20: 64}  # rounds of expectation-maximisation, and how many points are kept after which of them
FLAT = 0.1  # share of the noise scales' weight that is spread evenly, so that another kind of level is not ruled out
LEVELS = 0.8, 0.95
STRETCHES = np.arange(0.6, 1.41, 0.02)


def full_grid() -> tuple[LevelPoint, ...]:
    """Every combination of the component variances that is tried."""
    walks = ((0.0, 1.0, 0.25), (0.0, 1.0, 1.0), (0.0, 1.0, 4.0), (1.0, 0.0, 1.0), (1.0, 1.0, 0.25))
    momenta = ((0.0, 1.0), (0.5, 0.3), (3.0, 0.3), (1.0, 2.0))
    seasons = ((0.0, np.inf), (0.1, np.inf), (1.0, np.inf), (0.3, 4.0), (3.0, 4.0))
    return tuple(
        LevelPoint(walk, pull, memory, momentum, stamina, slope, season, fading, noise)
        for (walk, pull, memory), (momentum, stamina), slope, (season, fading), noise in product(
            walks, momenta, (0.0, 0.3, 5.0, 50.0), seasons, (0.003, 0.05, 0.5)
        )
    )


def whole_years(part: pd.DataFrame, season: int) -> list[Array]:
    """Unbroken stretches of whole calendar years of one series."""
    month = part["date"].dt.year.to_numpy() * 12 + part["date"].dt.month.to_numpy() - 1
    breaks = np.flatnonzero(np.diff(month) != 12 // season) + 1
    stretches = []
    for months, values in zip(np.split(month, breaks), np.split(part["value"].to_numpy(dtype=float), breaks), strict=True):
        skip = (-(months[0] + 1 - 12 // season) % 12) * season // 12
        values = values[skip:][: max(len(values) - skip, 0) // season * season]
        if len(values) >= max(3 * season, 5):
            stretches.append(values)
    return stretches


def draw_windows(table: pd.DataFrame, per_source: int, seed: int = 1) -> pd.DataFrame:
    """Random windows of whole years, columns source, kind, season, years (past ones), seen (periods of the last year that are known), window."""
    table = table[table["kind"].isin(list(LIMITS))].assign(date=pd.to_datetime(table["date"])).sort_values(["series_id", "date"])
    rng = np.random.default_rng(seed)
    rows = []
    for (source, kind, frequency), group in table.groupby(["source", "kind", "freq"]):
        season = SEASONS[frequency]
        stretches = [values for _, part in group.groupby("series_id") for values in whole_years(part, season)]
        for _ in range(per_source):
            values = stretches[rng.integers(len(stretches))]
            fitting = [y for y in (YEARS if season > 1 else LONGER) if (y + 1) * season <= len(values)] or [len(values) // season - 1]
            years = int(rng.choice(fitting))
            end = int(rng.integers(years + 1, len(values) // season + 1))
            seen = int(rng.integers(1, 4)) * season // 4 if season > 1 else 0
            rows.append((source, kind, season, years, seen, values[(end - years - 1) * season : end * season]))
    return pd.DataFrame(rows, columns=["source", "kind", "season", "years", "seen", "window"])


def window_likelihoods(windows: pd.DataFrame, points: tuple[LevelPoint, ...]) -> Array:
    """Log-likelihood of each window, shape (windows, scales, points, noise scales); impossible on scales that its family has not."""
    most = max(len(scales) for scales in FAMILIES.values())
    found = np.full((len(windows), most, len(points), len(NOISE_SCALES)), -np.inf, dtype=np.float32)
    for (kind, season, length), part in windows.groupby(["kind", "season", windows["window"].map(len)]):
        times = np.arange(1 - length, 1) / season
        lower, upper = LIMITS[kind]
        batch = scaled(np.stack(part["window"].to_list()), times > -0.999, lower=lower, upper=upper, whole=kind == "count")
        for start in range(0, len(points), 150):
            some = slice(start, start + 150)
            seen = sight.__wrapped__(points[some], tuple(np.round(times, 6)), (1.0,))
            found[part.index, : len(batch.values), some] = log_likelihoods(batch, seen, NOISE_SCALES)[0]
    return found


def source_weights(sources: pd.Series) -> Array:
    """Weight of each window, so that every source counts the same."""
    weights = 1.0 / sources.map(sources.value_counts()).to_numpy(dtype=float)
    return (weights / weights.sum()).astype(np.float32)


def learn(windows: pd.DataFrame, grid: tuple[LevelPoint, ...], likelihood: Array) -> LevelPrior:
    """Prior from windows and their likelihoods on the full grid."""
    density = np.exp(likelihood - likelihood.reshape(len(likelihood), -1).max(axis=1)[:, None, None, None])
    family = np.where(windows["kind"] == "share", "share", "quantity")
    own = {name: family == name for name in ("share", "quantity")}
    counted = source_weights(windows["source"])
    kept, points = np.arange(len(grid)), np.full(len(grid), 1.0 / len(grid), dtype=np.float32)
    scales = {name: np.where(np.arange(density.shape[1]) < len(FAMILIES[name]), 1.0 / len(FAMILIES[name]), 0.0) for name in own}
    noise = np.full(len(NOISE_SCALES), 1.0 / len(NOISE_SCALES), dtype=np.float32)
    for step in range(ROUNDS):
        each = np.stack([scales[name] for name in family]).astype(np.float32)
        joint = ((density @ noise) @ points) * each
        importance = counted / joint.sum(axis=1)
        scales = {name: _smoothed((joint * importance[:, None])[rows].sum(axis=0), scales[name]) for name, rows in own.items()}
        share = ((importance[:, None] * each).ravel() @ density.reshape(-1, density.shape[2] * density.shape[3])).reshape(len(points), -1)
        points, noise = points * (share @ noise), noise * (points @ share)
        points, noise = points / points.sum(), noise / noise.sum()
        if step in KEPT:  # what has almost no weight left is dropped, to save time
            best = np.sort(np.argsort(-points)[: KEPT[step]])
            kept, points, density = kept[best], points[best] / points[best].sum(), np.ascontiguousarray(density[:, :, best])
    families = {name: scales[name][: len(FAMILIES[name])] for name in own} | {"any": np.ones(1)}
    flat = (1.0 - FLAT) * noise + FLAT / len(noise)
    return LevelPrior(tuple(grid[k] for k in kept), points.astype(float), families, NOISE_SCALES, flat.astype(float), 1.0)


def _smoothed(weight: Array, before: Array) -> Array:
    weight = (weight + 0.02) * (before > 0)
    return np.asarray(weight / weight.sum())


def judged(windows: pd.DataFrame, prior: LevelPrior, draws: int = 400) -> pd.DataFrame:
    """How far each year end lies from the median, in half-widths of the 80 and 95 % intervals of a prior with stretch 1; columns 0.8, 0.95."""
    found = pd.DataFrame(index=windows.index, columns=list(LEVELS), dtype=float)
    for (kind, season, seen, length), part in windows.groupby(["kind", "season", "seen", windows["window"].map(len)]):
        values = np.stack(part["window"].to_list())
        known = length - season + seen
        lower, upper = LIMITS[kind]
        times, ahead = np.arange(1 - known, 1) / season, [(season - seen) / season]
        ends = project_states(values[:, :known], times, ahead, lower=lower, upper=upper, whole=kind == "count", draws=draws, prior=prior)
        away = values[:, -1] - np.median(ends[:, :, 0], axis=1)
        for level in LEVELS:
            edges = np.abs(np.quantile(ends[:, :, 0], [(1 - level) / 2, (1 + level) / 2], axis=1) - np.median(ends[:, :, 0], axis=1))
            half = np.where(away > 0, edges[1], edges[0])
            found.loc[part.index, level] = np.where(away == 0, 0.0, np.abs(away) / np.maximum(half, 1e-12))
    return found


def fitted_stretch(windows: pd.DataFrame, distance: pd.DataFrame) -> float:
    """The stretch that brings the intervals of left-out windows to their promise, by the quantile (pinball) loss of the distance."""
    weights = source_weights(windows["source"])

    def loss(stretch: float) -> float:
        miss = {level: np.minimum(distance[level].to_numpy(), 4.0) - stretch for level in LEVELS}
        return float(sum((weights * np.maximum(level * part, (level - 1.0) * part)).sum() for level, part in miss.items()))

    return float(min(STRETCHES, key=loss).round(2))


def left_out(windows: pd.DataFrame, grid: tuple[LevelPoint, ...], likelihood: Array) -> tuple[dict[str, LevelPrior], float]:
    """For every source a prior and a stretch that have not seen it; and the stretch of all of them."""
    priors: dict[str, LevelPrior] = {}
    distance = []
    for source in sorted(windows["source"].unique()):
        others = (windows["source"] != source).to_numpy()
        priors[source] = learn(windows[others].reset_index(drop=True), grid, likelihood[others])
        distance.append(judged(windows[~others], priors[source]))
    far = pd.concat(distance).sort_index()
    for source in priors:
        others = windows["source"] != source
        priors[source] = replace(priors[source], stretch=fitted_stretch(windows[others], far[others]))
        print(f"without {source:13} stretch {priors[source].stretch}", flush=True)
    stretch = fitted_stretch(windows, far)
    print(f"all sources           stretch {stretch}")
    return priors, stretch


def stored(prior: LevelPrior) -> dict[str, object]:
    """The prior as plain rows: weight, then the variances of a point."""
    rows = [
        [float(f"{weight:.3g}"), *(None if value == np.inf else value for value in astuple(point))]
        for weight, point in zip(prior.weights, prior.points, strict=True)
    ]
    scales = {family: dict(zip(FAMILIES[family], weights.round(3).tolist(), strict=True)) for family, weights in prior.families.items()}
    noise = [
        [float(f"{scale:.3g}"), round(float(weight), 4)] for scale, weight in zip(prior.noise_scales, prior.noise_weights, strict=True)
    ]
    return {"stretch": prior.stretch, "scales": scales, "noise_scales": noise, "points": rows}


def describe(prior: LevelPrior) -> None:
    """Print what the weights say."""
    print("scales", {family: weights.round(2).tolist() for family, weights in prior.families.items()})
    print("noise scales", dict(zip(prior.noise_scales.tolist(), prior.noise_weights.round(3).tolist(), strict=True)))
    for name in ("walk", "pull", "memory", "momentum", "slope", "season", "fading", "noise"):
        print(name, pd.Series(prior.weights).groupby([getattr(point, name) for point in prior.points]).sum().round(2).to_dict())


def main() -> None:
    """Learn, print, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("levels", type=Path)
    parser.add_argument("--windows", type=int, default=150)
    parser.add_argument("--output", type=Path, default=Path(__file__).resolve().parents[1] / "kpi_lib" / "forecast" / "level_prior.json")
    args = parser.parse_args()
    table = pd.read_parquet(args.levels)
    windows, grid = draw_windows(table, args.windows), full_grid()
    likelihood = window_likelihoods(windows, grid)
    print(f"{len(windows)} windows of {windows['source'].nunique()} sources, {len(grid)} grid points", flush=True)
    stretch = left_out(windows, grid, likelihood)[1]
    prior = replace(learn(windows, grid, likelihood), stretch=stretch)
    describe(prior)
    write(args.output, prior, provenance(table))


def provenance(table: pd.DataFrame) -> list[dict[str, object]]:
    """Kind, series, first and last month of each source."""
    table = table[table["kind"].isin(list(LIMITS))].assign(date=pd.to_datetime(table["date"]))
    span = table.groupby(["source", "kind"]).agg(series=("series_id", "nunique"), first=("date", "min"), last=("date", "max")).reset_index()
    return [{**row, "first": f"{row['first']:%Y-%m}", "last": f"{row['last']:%Y-%m}"} for row in span.to_dict("records")]


def write(path: Path, prior: LevelPrior, sources: list[dict[str, object]]) -> None:
    """One line a source and a grid point, so that a change can be read."""
    fields = ["weight", *(name for name in LevelPoint.__dataclass_fields__)]
    head = {"made_by": "benchmarks/learn_levels.py version 1", "points_hold": fields} | stored(prior)
    rows = {"sources": sources, "points": head.pop("points")}
    lines = [f" {json.dumps(key)}: {json.dumps(value)}" for key, value in head.items()]
    lines += [f" {json.dumps(key)}: [\n  " + ",\n  ".join(json.dumps(row) for row in part) + "\n ]" for key, part in rows.items()]
    path.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
