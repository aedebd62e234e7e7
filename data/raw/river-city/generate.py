"""Rewrites every table of the illustrative city, byte for byte: python generate.py [folder].

ILLUSTRATIVE FIGURES: the city does not exist and every figure here is made up; only the shapes are borrowed (property tax paid in two
instalments, potholes after the winter, an investment plan that is spent late). Nothing but the standard library, whose generator gives the
same numbers in every version.
"""

from __future__ import annotations

import calendar
import csv
import datetime as dt
import random
import sys
from collections.abc import Iterator
from pathlib import Path

SEED = 20260701
FIRST, LAST = 2018, 2026  # fiscal years from July to June, by the year in which they begin
KNOWN_TO = dt.date(2026, 9, 30)
SOURCE, MARK = "made up by generate.py", "ILLUSTRATIVE FIGURES"
DELIVERY = ["indicator", "series", "basis", "period", "value", "measure", "status", "published"]
DELIVERY += ["published_assumed", "grade", "precision", "source", "note"]
TARGETS = [
    "indicator",
    "year",
    "threshold",
    "comparator",
    "measure",
    "version",
    "document",
    "adopted",
    "grade",
    "precision",
    "source",
    "note",
]
PLANS = ["indicator", "year", "value", "measure", "version", "document", "adopted", "grade", "precision", "source", "note"]

# Shares of the year from July to June, in percent; those of school meals from September to August.
TAX = (2, 2, 3, 6, 17, 22, 5, 4, 8, 21, 7, 3)
HOMES = (9, 9, 9, 9, 7, 6, 5, 6, 9, 10, 11, 10)
CRIMES = (10, 10, 9, 9, 8, 8, 7, 6, 7, 8, 9, 9)
POTHOLES = (7, 6, 5, 5, 4, 4, 6, 9, 16, 17, 12, 9)
MEALS = (11, 11, 9, 7, 10, 10, 11, 9, 10, 6, 3, 3)

# What the budgets ask of each year, 2018/19 first.
ASKED: dict[str, tuple[str, tuple[float, ...]]] = {
    "property_tax": (">=", (212, 219, 227, 233, 242, 252, 262, 272, 283)),
    "sales_tax_growth": (">=", (3, 3, -5, 4, 4, 3.5, 3, 3.5, 3)),
    "homes_permitted": (">=", (900, 950, 850, 900, 950, 1000, 1000, 1050, 1050)),
    "serious_crimes": ("<=", (4100, 4000, 3950, 3900, 3850, 3800, 3700, 3600, 3500)),
    "potholes_repaired": (">=", (9000, 9000, 9200, 9500, 9500, 9800, 10000, 10200, 10400)),
    "capital_spending": (">=", (85,) * 9),
    "unemployment_rate": ("<=", (4.5, 4.2, 8, 5.5, 4.5, 4.2, 4.2, 4.2, 4.1)),
    "response_time": ("<=", (8.5, 8.4, 8.4, 8.4, 8.2, 8.2, 8, 8, 7.9)),
    "residents_insured": (">=", (90, 90.5, 91, 91.5, 92, 92.5, 93, 93.5, 94)),
    "bike_lanes": (">=", (70, 76, 82, 88, 94, 100, 106, 112, 118)),
    "lead_pipes": ("<=", (0,) * 9),
    "school_meals": (">=", (2600, 2600, 1900, 2500, 2650, 2700, 2750, 2800, 2850)),
    "bus_trips_growth": (">=", (2, 2, -20, 15, 6, 4, 3, 3, 3)),
    "residents_satisfied": (">=", (68, 68, 68, 68, 69, 69, 70, 70, 70)),
}
# What came of it, 2018/19 first.
TAXED = (213.4, 220.1, 226.0, 235.2, 243.9, 251.0, 263.5, 270.8, 281.0)
PERMITTED = (930, 905, 840, 960, 985, 940, 1035, 1060, 1020)
COMMITTED = (4080, 3940, 3990, 3960, 3790, 3770, 3640, 3610, 3520)
REPAIRED = (9100, 8900, 9400, 9350, 9700, 9900, 9850, 10350, 10300)
SERVED = (2620, 2310, 1850, 2540, 2690, 2680, 2790, 2770, 2860)
SOLD = (61.0, 59.4, 57.8, 63.9, 67.6, 70.1, 72.0, 74.4, 76.6)  # million dollars of sales tax
PLANNED = (78, 80, 74, 82, 84, 86, 88, 92, 96)  # million dollars of the capital budget
SPENT = (86, 81, 84, 88, 83, 87, 85, 82, 86)  # percent of it
LATE = (12, 32, 55, 100)  # percent of the year's spending that is paid by the end of each quarter
RIDDEN = ((2.1, 2.4, 2.2, 2.3), (1.8, 2.0, 0.4, -6.1), (-31.0, -29.4, -27.9, -22.6), (19.5, 18.2, 17.4, 16.8), (7.1, 6.6, 6.4, 6.2))
RIDDEN += ((4.6, 4.4, 4.3, 4.1), (2.9, 3.1, 3.3, 3.2), (3.6, 3.5, 3.3, 3.4), (2.8,))
LANES = (
    65,
    67,
    68,
    70,
    71,
    73,
    74,
    76,
    77,
    78,
    80,
    82,
    83,
    85,
    86,
    89,
    90,
    92,
    93,
    95,
    96,
    98,
    99,
    101,
    102,
    103,
    105,
    107,
    108,
    109,
    110,
    112,
    113,
)
INSURED = (89.6, 90.3, 91.2, 91.4, 92.1, 92.4, 92.9, 93.3, 93.6)  # in July
PIPES = (1240, 1110, 960, 905, 830, 690, 560, 455, 350, 262, 170, 118, 61, 34, 12, 3, 0)  # at each half-year's end
JOBLESS = {2018: 4.3, 2019: 4.0, 2020: 7.9, 2021: 5.4, 2022: 4.3, 2023: 4.1, 2024: 4.2, 2025: 4.3, 2026: 4.2}
MINUTES = {2018: 8.5, 2019: 8.4, 2020: 8.3, 2021: 8.4, 2022: 8.3, 2023: 8.1, 2024: 8.0, 2025: 7.9, 2026: 7.9}
SATISFIED = (67.8, 69.1, 66.4, 68.2, 69.5, 70.4, 69.2, 71.0)  # the survey of each May
Row = dict[str, object]


def bell(rng: random.Random) -> float:
    """A deviate with mean 0 and variance 1, close to normal."""
    return sum(rng.random() for _ in range(12)) - 6.0


def ends(year: int, first: int = 7) -> list[dt.date]:
    """The last days of the twelve months of a year that begins with month `first`, as far as they are known."""
    months = [((first - 1 + step) // 12 + year, (first - 1 + step) % 12 + 1) for step in range(12)]
    days = [dt.date(y, m, calendar.monthrange(y, m)[1]) for y, m in months]
    return [day for day in days if day <= KNOWN_TO]


def figure(indicator: str, basis: str, period: object, value: float, measure: str, published: dt.date, status: str = "actual") -> Row:
    fixed = {"series": "total", "published_assumed": "false", "grade": 1, "precision": "exact", "source": SOURCE, "note": MARK}
    own = {"indicator": indicator, "basis": basis, "period": period, "value": f"{value:g}", "measure": measure}
    return {**fixed, **own, "published": published, "status": status}


def later(day: dt.date, days: int) -> dt.date:
    return day + dt.timedelta(days=days)


def by_month(
    rng: random.Random,
    name: str,
    totals: tuple[float, ...],
    shares: tuple[int, ...],
    measure: str,
    spread: float,
    decimals: int,
    first: int = 7,
) -> Iterator[Row]:
    """What each month brought, known on the 15th or so of the next."""
    for year, total in enumerate(totals, FIRST):
        for end, share in zip(ends(year, first), shares, strict=False):
            amount = total * share / sum(shares) * (1 + spread * bell(rng))
            yield figure(name, "month", f"{end:%Y-%m}", round(amount, decimals), measure, later(end, 15))


def by_week(rng: random.Random) -> Iterator[Row]:
    """Potholes filled from 1 July to each Sunday and to each month's last day, known three days later; before 2022/23 months only."""
    for year, total in enumerate(REPAIRED, FIRST):
        day, last, done = dt.date(year, 7, 1), min(dt.date(year + 1, 6, 30), KNOWN_TO), 0.0
        while day <= last:
            share = POTHOLES[(day.month - 7) % 12] / sum(POTHOLES) / calendar.monthrange(day.year, day.month)[1]
            done += total * share * max(1 + 0.35 * bell(rng), 0)
            if later(day, 1).day == 1 or (day.weekday() == 6 and year >= 2022):
                yield figure("potholes_repaired", "cumulative", day, round(done), "repairs", later(day, 3))
            day = later(day, 1)


def sales_tax(rng: random.Random) -> Iterator[Row]:
    """Quarters only: an estimate after six weeks, the State's settlement a quarter later."""
    for year, total in enumerate(SOLD, FIRST):
        for quarter, end in enumerate(ends(year)[2::3], start=1):
            settled = total * (0.238, 0.262, 0.236, 0.264)[quarter - 1] * (1 + 0.008 * bell(rng))
            guess = settled * (1 + 0.006 * bell(rng))
            period = f"{year}-Q{quarter}"
            yield figure("sales_tax_growth", "quarter", period, round(guess, 2), "million dollars", later(end, 40), "estimate")
            if later(end, 130) <= later(KNOWN_TO, 40):
                yield figure("sales_tax_growth", "quarter", period, round(settled, 2), "million dollars", later(end, 130))


def quarters() -> Iterator[Row]:
    """Lines of which a figure comes each quarter."""
    lanes = iter(LANES)
    for year in range(FIRST, LAST + 1):
        for quarter, end in enumerate(ends(year)[2::3], start=1):
            at = year - FIRST
            paid = PLANNED[at] * SPENT[at] / 100 * LATE[quarter - 1] / 100
            yield figure("capital_spending", "cumulative", end, round(paid, 1), "million dollars", later(end, 25))
            yield figure("bus_trips_growth", "cumulative", end, RIDDEN[at][quarter - 1], "%", later(end, 20))
            yield figure("bike_lanes", "level", end, next(lanes), "miles", later(end, 10))
            insured = INSURED[at] + (0.1, 0.5, 0.7, 0.9)[quarter - 1] * 0.7
            yield figure("residents_insured", "level", end, round(insured, 1), "%", later(end, 30))


def states(rng: random.Random) -> Iterator[Row]:
    """Lines that are a state on a day."""
    for year in range(FIRST, LAST + 1):
        for end in ends(year):
            jobless = JOBLESS[year] + 0.12 * bell(rng)
            yield figure("unemployment_rate", "level", end, round(jobless, 1), "%", later(end, 22))
            minutes = MINUTES[year] + 0.09 * bell(rng)
            yield figure("response_time", "level", end, round(minutes, 1), "minutes", later(end, 12))
    days = (end for year in range(FIRST, LAST + 1) for end in ends(year)[5::6])
    for end, left in zip(days, PIPES, strict=False):
        yield figure("lead_pipes", "level", end, left, "pipes", later(end, 30))
    for year, share in enumerate(SATISFIED, FIRST):
        yield figure("residents_satisfied", "year", year, share, "%", dt.date(year + 1, 7, 10))


def deliveries() -> dict[str, list[Row]]:
    """File name and rows of every department; each draws from a stream of its own."""
    streams = [random.Random(SEED + number) for number in range(7)]  # noqa: S311
    return {
        "finance.csv": [*by_month(streams[0], "property_tax", TAXED, TAX, "million dollars", 0.03, 1), *sales_tax(streams[1])],
        "planning.csv": list(by_month(streams[2], "homes_permitted", PERMITTED, HOMES, "homes", 0.09, 0)),
        "police.csv": list(by_month(streams[3], "serious_crimes", COMMITTED, CRIMES, "crimes", 0.04, 0)),
        "public_works.csv": list(by_week(streams[4])),
        "schools.csv": list(by_month(streams[5], "school_meals", SERVED, MEALS, "thousand meals", 0.03, 1, first=9)),
        "quarterly.csv": list(quarters()),
        "states.csv": list(states(streams[6])),
    }


def asked() -> Iterator[Row]:
    """The targets: those of a budget adopted on the second Tuesday of June, and one raised in the course of its year."""
    fixed = {"measure": "indicator", "version": "adopted", "grade": 1, "precision": "exact", "source": SOURCE, "note": MARK}
    for indicator, (side, values) in ASKED.items():
        for year, threshold in enumerate(values, FIRST):
            own = {"indicator": indicator, "year": year, "threshold": f"{threshold:g}", "comparator": side}
            yield {**fixed, **own, "document": f"Budget {year}/{(year + 1) % 100}", "adopted": dt.date(year, 6, 10)}
    own = {"indicator": "homes_permitted", "year": 2025, "threshold": 1080, "comparator": ">="}
    yield {**fixed, **own, "document": "Council resolution 26-04", "adopted": dt.date(2026, 1, 27)}


def planned() -> Iterator[Row]:
    """The capital budget of each year, and its amendment in 2025/26."""
    fixed = {"indicator": "capital_spending", "measure": "million dollars", "version": "adopted", "grade": 1, "precision": "exact"}
    fixed |= {"source": SOURCE, "note": MARK}
    for year, value in enumerate(PLANNED, FIRST):
        yield {
            **fixed,
            "year": year,
            "value": value,
            "document": f"Capital budget {year}/{(year + 1) % 100}",
            "adopted": dt.date(year, 6, 10),
        }
    yield {**fixed, "year": 2025, "value": 95, "document": "Capital budget 2025/26, first amendment", "adopted": dt.date(2025, 11, 18)}


def write(path: Path, columns: list[str], rows: list[Row]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def main(folder: Path) -> None:
    (folder / "deliveries").mkdir(parents=True, exist_ok=True)
    for name, rows in deliveries().items():
        write(folder / "deliveries" / name, DELIVERY, rows)
    write(folder / "targets.csv", TARGETS, list(asked()))
    write(folder / "plans.csv", PLANS, list(planned()))


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
