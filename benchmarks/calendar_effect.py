"""Does it help to know when Tết is, and how many working days a month has? Vietnamese monthly series, after 1, 2, 3, 6 and 9 months.

    python benchmarks/calendar_effect.py [DATA ...] [--source vn_firms] [--draws 1000]

Series: every line of the units viet-nam and quang-ninh whose years are known by their months, and those of DATA (Parquet tables as for
learn_prior.py) that come from the source. A year is judged that has two whole years before it, up to eight. Printed: CRPS of the year's total
in percent of the mean yearly total of the history, of the engine as it is and with the calendar, their ratio, and in how many tasks the
calendar is better; the same for January and February alone.

The calendar: a month's amount is taken to go with exp(b x), x the share of its working days that Tết took (seven days from its eve) or its
working days' distance from those of an average year. b is the same for all series, found on the *other* series (each series left out in turn)
from the changes of a month's share of its year. Past months are divided by exp(b x), completed by the engine, and what comes is multiplied.
Tết by the Vietnamese calendar (the package holidays 0.109 says the same; 2007 and 2030, when the Chinese day is another, included).
"""

from __future__ import annotations

import argparse
import datetime as dt
import sys
from collections.abc import Callable
from functools import cache
from itertools import groupby
from pathlib import Path

import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from accuracy import crps_of_sample
from learn_prior import read_series

import kpi_lib as kpi
from kpi_lib.figures import histories as fg
from kpi_lib.forecast.structural import structural
from kpi_lib.periods import MONTHS, tet

TET = {year: day for year in range(2007, 2031) if (day := tet(year))}
LONGEST, KNOWN = 8, (1, 2, 3, 6, 9)
Array = np.ndarray


def working_days(year: int, month: int, *, without_tet: bool) -> int:
    """Mondays to Fridays of a month, Tết's seven days from its eve taken out or not."""
    first = dt.date(year, month, 1)
    after = dt.date(year + month // MONTHS, month % MONTHS + 1, 1)
    tet = [TET[year] + dt.timedelta(days=day) for day in range(-1, 6)] if without_tet else []
    return int(np.busday_count(first, after, holidays=tet))


@cache
def tet_share(year: int, month: int) -> float:
    """Share of the month's working days that Tết takes: up to a third in January or February, less where it lies over a weekend or two months."""
    return working_days(year, month, without_tet=True) / working_days(year, month, without_tet=False) - 1.0


@cache
def day_share(year: int, month: int) -> float:
    """Working days of the month, Tết's among them, against its average of 2007 to 2030, on the log scale."""
    own = working_days(year, month, without_tet=False)
    return float(np.log(own / np.mean([working_days(other, month, without_tet=False) for other in TET])))


CALENDARS: dict[str, Callable[[int, int], float]] = {"Tết": tet_share, "working days": day_share}


def own_series() -> dict[str, dict[int, Array]]:
    """Whole years of months of the lines on file, by unit and line."""
    found: dict[str, dict[int, Array]] = {}
    for name in ("viet-nam", "quang-ninh"):
        unit, obs = kpi.read_unit(name), kpi.read_observations(name)
        for ind in (ind for ind in unit.indicators.values() if ind.kind.of_amounts or ind.adds_up):
            history = fg.flow_history(fg.known_on(fg.line(obs, ind.id), unit, dt.date(2026, 12, 31)), ind)
            found[f"{name} {ind.id}"] = {year: flow.months for year, flow in history.years.items() if len(flow.months) == MONTHS}
    return found


def given_series(path: Path, source: str) -> dict[str, dict[int, Array]]:
    """Whole years of the monthly series of one source of a table."""
    table, season = read_series(path)
    table = table[table["source"] == source]
    groups = table.groupby(["series_id", table["date"].dt.year])["value"]
    years = {key: values.to_numpy(float) for key, values in groups if season == MONTHS and len(values) == MONTHS and (values >= 0).all()}
    return {str(name): {year: values for (own, year), values in years.items() if own == name} for name in table["series_id"].unique()}


def runs(series: dict[str, dict[int, Array]]) -> list[tuple[str, int, Array]]:
    """Series, first year and months of every judged year with its history, oldest first; two to eight years before it."""
    found = []
    for name, years in series.items():
        for year in years:
            first = year
            while first - 1 in years and year - first < LONGEST:
                first -= 1
            if year - first >= 2 and all(years[one].sum() > 0 for one in range(first, year)):
                found.append((name, first, np.concatenate([years[one] for one in range(first, year + 1)])))
    return found


def effect(series: dict[str, dict[int, Array]], of: Callable[[int, int], float], without: str) -> float:
    """b from all series but one: changes of a month's log share of its year from one year to the next, January and February or all months."""
    xs, ys = [], []
    for name, years in series.items():
        for year in (one for one in years if name != without and one - 1 in years):
            now, before = years[year], years[year - 1]
            if (now > 0).all() and (before > 0).all():
                ys += list(np.clip(np.log(now / now.sum()) - np.log(before / before.sum()), -1.5, 1.5))
                xs += [of(year, month) - of(year - 1, month) for month in range(1, MONTHS + 1)]
    x, y = np.array(xs), np.array(ys)
    return float((x * y).sum() / (x**2).sum())


def judged(series: dict[str, dict[int, Array]], of: Callable[[int, int], float], draws: int, part: int) -> pd.DataFrame:
    """One row a task: CRPS without and with the calendar, of the first so many months that are not known yet (12: of the whole year)."""
    rows = []
    strengths = {name: effect(series, of, name) for name in series}
    for known in (0, 1) if part == 2 else KNOWN:
        wanted = part - known
        for size, same in groupby(sorted(runs(series), key=lambda run: len(run[2])), key=lambda run: len(run[2])):
            group, at = list(same), size - MONTHS + known
            values = np.stack([run[2] for run in group])
            factors = np.array(
                [[np.exp(strengths[name] * of(first + n // MONTHS, n % MONTHS + 1)) for n in range(size)] for name, first, _ in group]
            )
            scale = values[:, :-MONTHS].reshape(len(group), -1, MONTHS)[:, :, :part].sum(axis=2).mean(axis=1)
            outcome = values[:, at : at + wanted].sum(axis=1) / scale
            scores = []
            for weight in (np.ones_like(factors), factors):
                paths = structural(values[:, :at] / weight[:, :at], MONTHS - known, season=MONTHS, draws=draws) * weight[:, None, at:]
                scores.append(100 * crps_of_sample(paths[:, :, :wanted].sum(axis=2) / scale[:, None], outcome))
            names = [name.split("|")[0] for name, _, _ in group]
            rows.append(pd.DataFrame({"source": names, "known": known, "plain": scores[0], "calendar": scores[1]}))
    return pd.concat(rows, ignore_index=True)


def show(table: pd.DataFrame) -> None:
    """Print means by source and months known, their ratio, and the share of tasks that are better."""
    told = table.assign(better=100.0 * (table["calendar"] < table["plain"]), n=1)
    means = told.groupby(["source", "known"]).agg({"plain": "mean", "calendar": "mean", "better": "mean", "n": "sum"})
    print(means.assign(ratio=means["calendar"] / means["plain"]).round(3).to_string())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path, nargs="*")
    parser.add_argument("--source", default="vn_firms")
    parser.add_argument("--draws", type=int, default=1000)
    args = parser.parse_args()
    series = own_series()
    for path in args.data:
        series |= given_series(path, args.source)
    for name, of in CALENDARS.items():
        strengths = [effect(series, of, one) for one in series]
        print(f"\n{name}: b {min(strengths):.2f} to {max(strengths):.2f}, {len(runs(series))} judged years of {len(series)} series")
        for part, words in ((2, "January and February alone"), (MONTHS, "the whole year")):
            print(words)
            show(judged(series, of, args.draws, part))


if __name__ == "__main__":
    main()
