"""A treasury beside us: nine South African taxes, twenty fiscal years, judged after 3, 6, 9 and 10 months.

    python benchmarks/learn_prior.py MONTHLY QUARTERLY --without za_tax --output PRIOR      (a prior that has not seen these taxes)
    python benchmarks/official.py [--prior PRIOR] [--draws 1000] [--models ets ...] [--by-tax]

Years run from April to March. What is known after so many months is the months themselves, back to eight years before; the year's end is
projected by `kpi_lib.forecast.project` as for any unit, without the Budget's figure. Beside it
the two rules of the offices, last year's total and, after ten months, the revision that the Treasury publishes each February with the same
ten months known (2024/25 has none). Printed: absolute error of the median in percent of the outturn, mean, median and
what one in ten exceeds; bias; share of the
50, 80 and 95% intervals that held; Brier score of "the Budget of the February before is met". Once for all tax-years, once without the
years whose known months hold a month below nought (refunds of corporate tax in October 2010, April 2012 and November 2018).

Tables: official_months.csv (million rand a month) and official_budgets.csv (the Budget's figure, and the revision after ten months), from the
National Treasury by way of the public repository chrisaxelson/tax4sa.
"""

from __future__ import annotations

import argparse
import datetime as dt
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import kpi_lib as kpi
from kpi_lib.definitions.indicators import Unit
from kpi_lib.figures.histories import Figure
from kpi_lib.forecast import structural
from kpi_lib.forecast.project import Request, project_many
from kpi_lib.periods import MONTHS, Calendar

HERE = Path(__file__).resolve().parent
KNOWN = (3, 6, 9, 10)
YEARS_BEFORE = 8
CALENDAR = Calendar(4)
LINE = kpi.INDICATORS["budget_revenue_growth"]  # amounts of money that add up to the year; a million rand is written as its unit
TREASURY = "Treasury's revision"
RULES = ("same period", "straight line", "last year")


def read() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Amounts by first day of the month (columns: taxes), and the rows of Budgets and revisions."""
    months = pd.read_csv(HERE / "official_months.csv", index_col="month").drop(columns="source")
    months.index = pd.to_datetime(months.index)
    return months, pd.read_csv(HERE / "official_budgets.csv")


def place() -> Unit:
    """A unit whose years run from April to March, with nothing else known of it."""
    return replace(kpi.read_unit("viet-nam"), id="south-africa", calendar=CALENDAR, references={}, boundary_events=())


def figures_of(amounts: pd.Series) -> tuple[Figure, ...]:
    """Monthly amounts as delivered figures, each published on the last day of its month."""
    found = []
    for start, value in amounts.items():
        end = (start + pd.offsets.MonthEnd(0)).date()
        found.append(Figure(LINE.id, "total", "month", f"{start:%Y-%m}", start.date(), end, float(value), LINE.natural_measure.id, "actual", end, 1, "", ""))  # fmt: skip
    return tuple(found)


def cases(months: pd.DataFrame, budgets: pd.DataFrame, known: int) -> Iterator[tuple[dict[str, object], pd.Series, Request, dt.date]]:
    """Every tax-year: what is judged, the months known, and the question for `project_many`."""
    unit = place()
    for row in budgets.to_dict("records"):
        start = pd.Timestamp(CALENDAR.start(row["year"]))
        series = months[row["tax"]]
        seen = series[(series.index >= start - pd.DateOffset(years=YEARS_BEFORE)) & (series.index < start + pd.DateOffset(months=known))]
        year = series[(series.index >= start) & (series.index < start + pd.DateOffset(years=1))]
        yield {**row, "known": known, "outturn": year.sum()}, seen, Request(figures_of(seen), LINE, row["year"], unit), seen.index[-1] + pd.offsets.MonthEnd(0)  # fmt: skip


def judged(months: pd.DataFrame, budgets: pd.DataFrame, known: int, draws: int, models: list[str]) -> pd.DataFrame:
    """One row a tax-year and way: error in percent of the outturn, where the outturn lies among the draws, and the chance of the Budget."""
    rows = []
    for row, seen, request, day in cases(months, budgets, known):
        so_far, last = seen.iloc[-known:].sum(), seen.iloc[-known - MONTHS : -known]
        outturn, goal = float(row["outturn"]), float(row["budget"])
        common = {**row, "negative": bool((seen < 0).any())}
        for name in (None, *models):
            found = next(project_many([request], as_of=day.date(), model=name, draws=draws))
            common_to_ours = {"met": outturn >= goal, "chance": found.prob(">=", goal), "rank": float((found.draws < outturn).mean())}
            rows.append({**common, **common_to_ours, "way": name or "ours", "by": found.model, "said": found.quantile(0.5)})
        points = dict(zip(RULES, (last.sum() * so_far / last.iloc[:known].sum(), so_far * MONTHS / known, last.sum()), strict=True))
        for name, said in {**points, **({TREASURY: row["revised"]} if known == KNOWN[-1] else {})}.items():
            if np.isfinite(said):
                rows.append(
                    {**common, "met": outturn >= goal, "chance": float(said >= goal), "rank": np.nan, "way": name, "by": name, "said": said}
                )
    table = pd.DataFrame(rows)
    return table.assign(error=100 * (table["said"] / table["outturn"] - 1))


def summary(table: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """The figures of each group, in the order in which the ways were judged."""
    told = table.assign(size=table["error"].abs(), brier=(table["chance"] - table["met"]) ** 2, n=1)
    for level in (50, 80, 95):
        told[f"in{level}"] = ((told["rank"] - 0.5).abs() < level / 200).where(told["rank"].notna())
    groups = told.groupby(by, sort=False)
    return pd.DataFrame(
        {
            "n": groups["n"].sum(),
            "mean": groups["size"].mean(),
            "median": groups["size"].median(),
            "tenth": groups["size"].quantile(0.9),
            "bias": groups["error"].mean(),
            "brier": groups["brier"].mean().round(3),
            **{f"in{level}": 100 * groups[f"in{level}"].mean() for level in (50, 80, 95)},
        }
    ).round(3)


def show(table: pd.DataFrame, by_tax: bool) -> None:
    """Print the tables."""
    for words, part in (("all tax-years", table), ("without years whose known months hold one below nought", table[~table["negative"]])):
        print(f"\n{words}\n{summary(part, ['known', 'way']).to_string()}")
    last = table[(table["known"] == KNOWN[-1]) & table["revised"].notna()]
    print(f"\nafter {KNOWN[-1]} months, the years that the Treasury revised\n{summary(last, ['way']).to_string()}")
    wide = last.pivot_table(index=["year", "tax"], columns="way", values="error").abs()
    print(f"ours is nearer than the revision in {100 * (wide['ours'] < wide[TREASURY]).mean():.0f}% of {len(wide)}")
    if by_tax:
        print(f"\n{summary(last[last['way'].isin(['ours', TREASURY])], ['tax', 'way']).to_string()}")
        below = table[table["negative"] & (table["way"] == "ours")]
        print(f"\nyears with a month below nought, ours\n{summary(below, ['known', 'by']).to_string()}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--prior", type=Path, help="prior learnt without these taxes; without it the shipped one, which has seen some of them"
    )
    parser.add_argument("--draws", type=int, default=1000)
    parser.add_argument("--models", nargs="*", default=[], help="models of the library to ask by name beside the chosen one")
    parser.add_argument("--by-tax", action="store_true")
    args = parser.parse_args()
    structural.PRIOR_FILE = args.prior or structural.PRIOR_FILE
    months, budgets = read()
    show(pd.concat([judged(months, budgets, known, args.draws, args.models) for known in KNOWN], ignore_index=True), args.by_tax)


if __name__ == "__main__":
    main()
