"""Every month of 2018-2026 replayed for two real units: crashes, jumps without news, intervals that widen with more data, hit rates.

    python benchmarks/sweep.py                        print the tables (several minutes)
    python benchmarks/sweep.py --keep                 and write benchmarks/sweep.csv, a row a line, from which docs/engine.md is told
    python benchmarks/sweep.py --without-record       and the bands as the models make them, before the line's own record widens or narrows them
    python benchmarks/sweep.py --every-month-end      only look for crashes: all lines of all shipped units at every month's end of 2018-2026,
                                                      on 1 January, 31 January and 29 February
    python benchmarks/sweep.py --reports F            publish whole reports on six such days into the folder F

A line is replayed on the 15th of each month with what was known then, for every year in which it has a target; a year counts for hit rates
when its outturn is known today. A jump is five points of the published chance between two months without a new figure, target or plan of the line; a
widening is an 80% interval more than 5% wider (of an amount: in percent of its middle), of the same year, after new figures have come.
"""

from __future__ import annotations

import argparse
import datetime as dt
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.oracle import publish_all
from kpi_lib.definitions import folders
from kpi_lib.definitions.indicators import Indicator, Unit, read_unit
from kpi_lib.definitions.targets import in_force
from kpi_lib.figures.histories import Figure, known_ahead, known_on, line
from kpi_lib.figures.observations import read_observations
from kpi_lib.forecast.project import project
from kpi_lib.forecast.projection import Projection
from kpi_lib.outlook.verdict import assess, outcome, outlooks
from kpi_lib.periods import month_end
from kpi_lib.record.scores import backtest, crps, outturn_of
from kpi_lib.record.values.record import wilson

UNITS, YEARS = ("quang-ninh", "viet-nam"), range(2018, 2027)
TODAY = dt.date(2026, 11, 1)  # what is known of the outturns
KEPT = Path(__file__).with_suffix(".csv")
JUMP, WIDER = 0.05, 1.05
LEVELS = (50, 80, 95)
REPLAYED = 8  # years of replays that a page has at hand
LINE = ["unit", "indicator"]
REPORTS = (  # whole reports of the days on which one has failed
    ("quang-ninh", "2024-12-31", "vi"), ("quang-ninh", "2025-01-31", "en"), ("viet-nam", "2019-01-01", "vi"), ("viet-nam", "2024-02-29", "en"),
    ("uong-bi-minh-hoa", "2025-12-31", "vi"), ("uong-bi-minh-hoa", "2026-01-01", "en"),
)  # fmt: skip


def replayed(units: Iterable[str] = UNITS, years: Iterable[int] = YEARS, *, record: bool = True) -> Iterator[dict[str, object]]:
    """A row for every month, line and year with a target; `error` holds what went wrong, if anything did."""
    for name in units:
        unit, obs = read_unit(name), read_observations(name)
        for ind in (ind for ind in unit.indicators.values() if not ind.kind.once_a_year):
            figures = line(obs, ind.id)
            errors = (
                backtest(obs, ind, unit=unit, years=range(min(years) - REPLAYED, max(years)), models=(None,))
                if figures and record
                else None
            )
            for year in years if figures else ():
                final = outturn_of(figures, ind, year, unit=unit, as_of=TODAY)
                for as_of in (dt.date(year, month, 15) for month in range(2, 13)):
                    if as_of < TODAY:
                        known = (
                            None if errors is None else known_errors(errors[errors["year"] >= year - REPLAYED], unit, ind, figures, as_of)
                        )
                        yield from _row(unit, ind, figures, year, as_of, final, known)


def known_errors(errors: pd.DataFrame, unit: Unit, ind: Indicator, figures: tuple[Figure, ...], as_of: dt.date) -> pd.DataFrame:
    """Replays of the years whose outturn was known on a day, held against it as it was known then."""
    years = [year for year in errors["year"].unique() if year < as_of.year]
    finals = {year: outturn_of(figures, ind, int(year), unit=unit, as_of=as_of) for year in years}
    outturns = errors["year"].map({year: final.achieved for year, final in finals.items() if final is not None})
    return errors.assign(outturn=outturns.astype(float))[outturns.notna()]


def _row(
    unit: Unit,
    ind: Indicator,
    figures: tuple[Figure, ...],
    year: int,
    as_of: dt.date,
    final: Projection | None,
    errors: pd.DataFrame | None,
) -> Iterator[dict[str, object]]:
    target, others = in_force(unit.id, ind, year, as_of=as_of)
    if target is None:
        return
    key = {"unit": unit.id, "indicator": ind.id, "year": year, "as_of": as_of, "error": ""}
    try:
        projection = project(figures, ind, year, as_of=as_of, unit=unit, errors=errors)
        outlook = assess(projection, target, others=others)
    except Exception as error:
        yield key | {"error": repr(error)[:200]}
        return
    if not projection.known:
        return
    own = [*known_on(figures, unit, as_of), *known_ahead(figures, unit, as_of, unit.calendar_of(ind).end(year))]
    bases = tuple(base.value for base in projection.bases)
    ends = {
        f"{side}{level}": value for level in LEVELS for side, value in zip(("low", "high"), projection.interval(level / 100), strict=True)
    }
    known = final is not None and final.measure == projection.measure and not projection.complete
    outturn = final.achieved if known and final else np.nan
    met = outcome(projection, target, outturn) if known else np.nan
    news = (len(own), target.threshold, bases, projection.measure.id)
    yield key | {
        "news": str(news),
        "measure": projection.measure.id,
        "size": projection.middle if ind.adds_up else 1.0,
        "crps": crps(projection.draws, outturn) / (abs(outturn) / 100 if ind.adds_up else 1.0) if known else np.nan,
        "status": outlook.status,
        "probability": outlook.probability,
        "outturn": outturn,
        "met": float(met),
        **ends,
    }


def months_apart(rows: pd.DataFrame) -> pd.DataFrame:
    """Each row beside the one before it of the same line and year: what changed, and by how much."""
    before = rows.groupby([*LINE, "year"])[["news", "probability", "low80", "high80", "as_of", "measure", "size"]].shift(1)
    width, was = ((of["high80"] - of["low80"]) / of["size"] for of in (rows, before))
    return rows.assign(
        before=before["as_of"],
        fresh=(rows["news"] != before["news"]) & before["news"].notna(),
        moved=(rows["probability"] - before["probability"]).abs(),
        ratio=np.where((was > 0) & (rows["measure"] == before["measure"]), width / was.where(was > 0), np.nan),
    )


def by_line(rows: pd.DataFrame) -> pd.DataFrame:
    """Crashes, jumps, widenings, the share of outturns inside the intervals and the mean CRPS (% of an amount, points of a rate), a row a line."""
    told = months_apart(rows)
    held = {
        f"in{level}": ((told["outturn"] >= told[f"low{level}"]) & (told["outturn"] <= told[f"high{level}"])).where(told["outturn"].notna())
        for level in LEVELS
    }
    told = told.assign(
        crashes=told["error"] != "",
        jumps=~told["fresh"] & (told["moved"] >= JUMP - 1e-9),
        compared=told["fresh"] & told["ratio"].notna(),
        wider=told["fresh"] & (told["ratio"] > WIDER),
        scored=told["outturn"].notna(),
        **held,
    )
    counts = ["crashes", "jumps", "compared", "wider", "scored"]
    groups = [*told.groupby(LINE), (("all", "all"), told.assign(crps=np.nan))]  # percent and points have no mean
    return pd.DataFrame(
        [
            {
                **dict(zip(LINE, key, strict=True)),
                "months": len(own),
                **{name: int(own[name].sum()) for name in counts},
                "years": own.loc[own["scored"], "year"].nunique()
                if key[0] != "all"
                else len(own.loc[own["scored"], [*LINE, "year"]].drop_duplicates()),
                **{name: round(float(own[name].astype(float).mean()), 3) for name in (*held, "crps")},
            }
            for key, own in groups
        ]
    )


def by_years(table: pd.DataFrame) -> pd.DataFrame:
    """The 90% interval of each line's hit rates with its years as the number of cases, and whether it lies wholly below the band's level."""
    rows = []
    for row in table[table["years"] > 0].to_dict("records"):
        told = {level: wilson(row[f"in{level}"], row["years"]) for level in LEVELS}
        ends = {f"in{level}": f"{low:.2f}-{high:.2f}{' BELOW' if high < level / 100 else ''}" for level, (low, high) in told.items()}
        rows.append({**{name: row[name] for name in (*LINE, "years")}, **ends})
    return pd.DataFrame(rows)


def by_word(rows: pd.DataFrame) -> pd.DataFrame:
    """How often what was called so came true: months, years, mean chance stated, share met."""
    judged = rows[rows["probability"].notna() & rows["met"].notna() & ~rows["status"].isin(("stale", "cannot_be_judged"))]
    found = judged.groupby("status").agg(months=("met", "size"), stated=("probability", "mean"), met=("met", "mean"))
    years = judged.drop_duplicates([*LINE, "year", "status"]).groupby("status").size().rename("years")
    return found.join(years).sort_values("stated", ascending=False).round(2)


def month_ends(years: Iterable[int] = YEARS) -> list[dt.date]:
    """Every month's end of some years, and the days around New Year and in a leap February that have gone wrong."""
    days = {month_end(year, month) for year in years for month in range(1, 13)}
    return sorted(days | {dt.date(year, 1, 1) for year in years})


def crashes(units: Iterable[str], days: Iterable[dt.date]) -> Iterator[str]:
    """What goes wrong where all lines of some units are reckoned on some days, for the year in review and the year of the day."""
    for name in units:
        obs = read_observations(name)
        for day in days:
            unit = read_unit(name, as_of=day)
            for year in sorted({unit.calendar.in_review(day), unit.calendar.year_of(day)}):
                try:
                    outlooks(obs, unit, year, as_of=day)
                except Exception as error:
                    yield f"{name} {day} {year}: {error!r}"


def main(arguments: list[str]) -> int:
    """Print, and with `--keep` write; 1 where something crashed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--keep", action="store_true")
    parser.add_argument("--without-record", action="store_true")
    parser.add_argument("--every-month-end", action="store_true")
    parser.add_argument("--reports", type=Path)
    options = parser.parse_args(arguments)
    if options.reports:
        publish_all(REPORTS, options.reports)
        return 0
    if options.every_month_end:
        found = list(crashes(folders.units(), month_ends()))
        print(*found, f"{len(found)} crashes", sep="\n")
        return 1 if found else 0
    rows = pd.DataFrame(replayed(record=not options.without_record))
    table, told = by_line(rows), months_apart(rows)
    wider = told[told["fresh"] & (told["ratio"] > WIDER)].sort_values("ratio", ascending=False)
    with pd.option_context("display.width", 200, "display.max_columns", 30, "display.max_rows", 200):
        print(table.to_string(index=False), by_years(table).to_string(index=False), by_word(rows).to_string(), sep="\n\n")
        print(
            "\nwidest after more data", wider[[*LINE, "year", "before", "as_of", "ratio", "news"]].head(25).to_string(index=False), sep="\n"
        )
        print("\njumps", told[~told["fresh"] & (told["moved"] >= JUMP - 1e-9)][[*LINE, "as_of", "moved"]].to_string(index=False), sep="\n")
        print(*rows.loc[rows["error"] != "", "error"].unique(), sep="\n")
    if options.keep:
        table.to_csv(KEPT, index=False, lineterminator="\n")
    return 1 if (rows["error"] != "").any() else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
