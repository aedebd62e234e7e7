"""What do a line's own past misses say of its next one? Replays public series year by year, and scores their bands by what the record said.

    python benchmarks/own_record.py DATA [DATA ...] [--per-source 60]

DATA are Parquet tables with columns series_id, source, kind, date (first day of the period), value: monthly or quarterly flows. Of each series every
year from the third on is projected after one, two and three quarters from at most eight years before; its record are the misses of the eight years before at the
same quarter. Printed, of all years with five or more of record, of those it contradicts (`own_record.too_narrow`) and of the others: hit rates and scores
(CRPS; interval score of the 95% band) for priors worth different numbers of years, relative to the band left alone. `rule` is what `kpi_lib` does.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import pandas as pd
from learn_prior import read_series, whole_years

from kpi_lib.forecast import own_record
from kpi_lib.forecast.structural import structural

DRAWS, LONGEST, RECORD = 400, 8, 8
LEVELS = (0.025, 0.1, 0.5, 0.9, 0.975)
NAMES = ["low95", "low80", "projected", "high80", "high95"]
PRIORS = (5.0, 10.0, 20.0, 40.0)


def windows(table: pd.DataFrame, season: int, per_source: int) -> pd.DataFrame:
    """A row a series, year and quarter: what was known, and the year's total."""
    rng, rows = np.random.default_rng(5), []
    for source, group in table.groupby("source"):
        for series in rng.permutation(group["series_id"].unique())[:per_source]:
            for number, values in enumerate(whole_years(group[group["series_id"] == series], season)):
                totals = values.reshape(-1, season).sum(axis=1)
                for year in range(2, len(totals)):
                    first = max(year - LONGEST, 0)
                    for quarter in (1, 2, 3) if (totals[first:year] > 0).all() else ():
                        known = values[first * season : year * season + quarter * season // 4]
                        rows.append((source, f"{series} {number}", year, quarter, known, totals[year], totals[first:year].mean()))
    return pd.DataFrame(rows, columns=["source", "series", "year", "quarter", "known", "outturn", "size"])


def projected(rows: pd.DataFrame, season: int) -> tuple[pd.DataFrame, np.ndarray]:
    """The rows with the quantiles of their year, and a hundred quantiles a row."""
    sample = np.empty((len(rows), 99))
    for length, part in rows.groupby(rows["known"].map(len)):
        seen = length % season
        for at in np.array_split(part.index.to_numpy(), max(len(part) // 400, 1)):
            known = np.stack(rows.loc[at, "known"].to_list())
            rest = structural(known, season - seen, season=season, draws=DRAWS, seed=0).sum(axis=2)
            sample[at] = np.quantile(rest + known[:, length - seen :].sum(axis=1)[:, None], np.arange(1, 100) / 100, axis=1).T
            rows.loc[at, NAMES] = np.quantile(rest + known[:, length - seen :].sum(axis=1)[:, None], LEVELS, axis=1).T
    return rows, sample


def widths(rows: pd.DataFrame) -> pd.DataFrame:
    """Of each row with a record long enough: whether it contradicts the band, and the stretch by prior."""
    found = {}
    for _, line in rows.sort_values("year").groupby(["series", "quarter"]):
        for at, year in zip(line.index, line["year"], strict=True):
            past = line[(line["year"] < year) & (line["year"] >= year - RECORD)]
            if len(past) >= own_record.ENOUGH_YEARS:
                squares, n = float((own_record.misses(past) ** 2).sum()), len(past)
                narrow = own_record.too_narrow({level: own_record.inside(past, level) for level in (95, 80)}, n)
                found[at] = {"narrow": bool(narrow), **{p: max(np.sqrt((p + squares) / (p + n)), 1.0) for p in PRIORS}}
    return pd.DataFrame.from_dict(found, orient="index")


def scores(rows: pd.DataFrame, sample: np.ndarray, scale: np.ndarray) -> dict[str, float]:
    """Hit rates, CRPS and interval score (shares of the usual year) of bands stretched so around their middle."""
    middle, outturn = rows["projected"].to_numpy(float)[:, None], rows["outturn"].to_numpy(float)
    ends = middle + (rows[NAMES].to_numpy(float) - middle) * scale[:, None]
    draws = middle + (sample - middle) * scale[:, None]
    low, high, size, n = ends[:, 0], ends[:, 4], rows["size"].to_numpy(float), draws.shape[1]
    crps = np.abs(draws - outturn[:, None]).mean(axis=1) - draws @ (2 * np.arange(1, n + 1) - 1 - n) / n**2
    interval = high - low + 40 * np.maximum(low - outturn, 0) + 40 * np.maximum(outturn - high, 0)
    held = {f"in{level}": ((outturn >= ends[:, a]) & (outturn <= ends[:, b])).mean() for level, a, b in ((80, 1, 3), (95, 0, 4))}
    return {**held, "crps": (crps / size).mean(), "interval95": (interval / size).mean()}


def main() -> None:
    """Replay, score, print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("data", type=Path, nargs="+")
    parser.add_argument("--per-source", type=int, default=60)
    options = parser.parse_args()
    parts, samples = [], []
    for path in options.data:
        table, season = read_series(path)
        part, sample = projected(windows(table, season, options.per_source), season)
        part["series"] = part["source"] + " " + part["series"]
        parts.append(part)
        samples.append(sample)
    rows, sample = pd.concat(parts, ignore_index=True), np.concatenate(samples)
    usable = (rows["high80"] > rows["projected"] * (1 + 1e-9)) & (rows["low80"] < rows["projected"] * (1 - 1e-9))
    found = widths(rows[usable])
    told = []
    for name, which in (("all", found["narrow"] | True), ("contradicted", found["narrow"]), ("others", ~found["narrow"])):
        at = found.index[which]
        alone = scores(rows.loc[at], sample[at], np.ones(len(at)))
        ways = {"alone": np.ones(len(at)), **{f"prior of {p:.0f} years": found.loc[at, p].to_numpy() for p in PRIORS}}
        ways["rule"] = np.where(found.loc[at, "narrow"], found.loc[at, own_record.PRIOR_YEARS], 1.0)
        for way, scale in ways.items():
            got = scores(rows.loc[at], sample[at], scale.astype(float))
            ratios = {name: got[name] / alone[name] for name in ("crps", "interval95")}
            told.append({"": name, "n": len(at), "way": way, "width": scale.mean(), "in80": got["in80"], "in95": got["in95"], **ratios})
    print(pd.DataFrame(told).round(3).to_string(index=False))


if __name__ == "__main__":
    main()
