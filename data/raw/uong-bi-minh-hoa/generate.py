"""Rewrites the deliveries of the illustrative ward, byte for byte: python generate.py [folder]; and splits.csv beside that folder.

SỐ LIỆU MINH HỌA: every figure here is made up; only the shapes are borrowed (months of registrations, quarters of revenue, the
December rush of investment). Figures of periods before 1/7/2025 are marked `rebuilt`, as if recomputed for the new boundary.
Normal deviates are sums of twelve uniforms, so that the bytes do not depend on the version of numpy.
"""

from __future__ import annotations

import calendar
import csv
import sys
from pathlib import Path

import numpy as np

SEED = 20260701
COLUMNS = ["indicator", "series", "basis", "period", "value", "measure", "status", "published"]
COLUMNS += ["published_assumed", "grade", "precision", "perimeter", "source", "note"]
SPLIT_COLUMNS = ["indicator", "year", "area", "value", "measure", "kind", "published", "source", "note"]
KHU, POPULATION = 33, 59866  # as in unit.toml
YEARS = (2023, 2024, 2025, 2026)
LAST_MONTH = {2023: 12, 2024: 12, 2025: 12, 2026: 9}
BOUNDARY = "2025-07-01"
TET = {2023: (1, 22), 2024: (2, 10), 2025: (1, 29), 2026: (2, 17)}  # first day of the lunar year
SOURCE = "tệp minh họa, generate.py"

# Shares of the year, January to December.
REGISTRATIONS = np.array([7.8, 5.5, 9.0, 10.1, 8.2, 9.3, 8.9, 8.8, 7.7, 9.0, 8.9, 7.8])
REVENUE = np.array([12.4, 6.6, 7.0, 9.6, 6.4, 7.1, 9.4, 6.5, 7.0, 9.3, 7.6, 11.1])
PLACEMENTS = np.array([5.0, 4.6, 8.6, 9.4, 9.0, 10.2, 9.0, 8.8, 9.6, 9.4, 9.0, 7.4])
INVESTMENT = np.array([2.2, 2.6, 4.4, 6.0, 7.4, 9.6, 7.4, 7.2, 8.2, 10.6, 14.0, 20.4])

TAXES = {2023: 298.0, 2024: 322.0, 2025: 349.0, 2026: 371.0}  # tỷ đồng a year
LAND = {  # (year, month): tỷ đồng, the month a project pays
    (2023, 5): 14.2, (2023, 9): 21.6, (2023, 12): 22.9, (2024, 4): 9.8, (2024, 11): 18.3, (2024, 12): 15.1,
    (2025, 3): 12.4, (2025, 8): 61.7, (2025, 10): 8.9, (2025, 12): 27.5, (2026, 4): 11.2, (2026, 7): 19.6,
}  # fmt: skip
ENTERPRISES = {2023: 77.0, 2024: 81.0, 2025: 90.0, 2026: 96.0}
JOBS = {2023: 1470.0, 2024: 1560.0, 2025: 1650.0, 2026: 1640.0}
DISBURSED = {2023: 108.4, 2024: 99.8, 2025: 130.2, 2026: 121.0}
PARTY_MEMBERS = {2023: 4086, 2024: 4131, 2025: 4178, 2026: 4226}  # on 1 January
ADMITTED = {2023: 127.0, 2024: 130.0, 2025: 134.0, 2026: 131.0}


def bell(rng: np.random.Generator) -> float:
    """A deviate with mean 0 and variance 1, close to normal."""
    return sum(rng.random(12).tolist()) - 6.0


def count(rng: np.random.Generator, mean: float) -> int:
    """A Poisson count by inversion of one uniform."""
    target, term, number = float(rng.random()), float(np.exp(-mean)), 0
    total = term
    while total < target:
        number += 1
        term *= mean / number
        total += term
    return number


def month_end(year: int, month: int) -> str:
    return f"{year}-{month:02d}-{calendar.monthrange(year, month)[1]:02d}"


def next_month(year: int, month: int, day: int) -> str:
    return f"{year + month // 12}-{month % 12 + 1:02d}-{day:02d}"


def row(indicator: str, basis: str, period: str, value: float, measure: str, published: str, **more: str) -> dict[str, str]:
    """One delivered figure; `rebuilt` where its span begins before the ward existed."""
    start = {"level": period, "month": f"{period}-01", "cumulative": f"{period[:4]}-01-01", "year": f"{period}-01-01"}[basis]
    fixed = {"series": "total", "status": "actual", "published_assumed": "false", "grade": "1", "precision": "exact"}
    made = {"perimeter": "rebuilt" if start < BOUNDARY else "", "source": SOURCE, "note": "SỐ LIỆU MINH HỌA"}
    own = {"indicator": indicator, "basis": basis, "period": period, "value": f"{value:g}", "measure": measure, "published": published}
    return {**fixed, **made, **own, **more}


def around_tet(year: int) -> np.ndarray:
    """Registrations by month with the trough moved to the two weeks before and after Tết."""
    month, day = TET[year]
    weights = REGISTRATIONS.copy()
    weights[:2] = 8.6
    early = min(max((day - 1) / 28, 0.0), 1.0)  # share of the slack weeks that falls before the month's middle
    weights[month - 1] *= 0.55
    weights[month - 2 if month == 2 else 1] *= 0.75 + 0.15 * early
    return weights / weights.sum()


def months() -> list[tuple[int, int]]:
    return [(year, month) for year in YEARS for month in range(1, LAST_MONTH[year] + 1)]


def budget_revenue(rng: np.random.Generator) -> list[dict[str, str]]:
    """Month estimates on the 25th, actuals a month later, cumulative actuals, settled years."""
    rows, running = [], 0.0
    shares = REVENUE / REVENUE.sum()
    totals: dict[int, float] = {}
    for year, month in months():
        taxes = round(TAXES[year] * shares[month - 1] * (1 + 0.05 * bell(rng)), 1)
        land = LAND.get((year, month), 0.0)
        total = round(taxes + land, 1)
        guess = round(taxes * (1 + 0.03 + 0.03 * bell(rng)), 1)
        running = round(total + (running if month > 1 else 0.0), 1)
        totals[year] = running
        when, later, period = f"{year}-{month:02d}-25", next_month(year, month, 25), f"{year}-{month:02d}"
        name = "budget_revenue_growth"
        rows.append(row(name, "month", period, round(guess + land, 1), "tỷ đồng", when, status="estimate"))
        rows.append(row(name, "month", period, guess, "tỷ đồng", when, status="estimate", series="taxes_and_fees"))
        rows.append(row(name, "month", period, land, "tỷ đồng", when, status="estimate", series="land"))
        if (year, month) != (2026, 9):
            rows.append(row(name, "month", period, total, "tỷ đồng", later))
            rows.append(row(name, "month", period, taxes, "tỷ đồng", later, series="taxes_and_fees"))
            rows.append(row(name, "month", period, land, "tỷ đồng", later, series="land"))
            rows.append(row(name, "cumulative", month_end(year, month), running, "tỷ đồng", later))
    rows += [
        row("budget_revenue_growth", "year", str(year), round(totals[year] * factor, 1), "tỷ đồng", f"{year + 2}-06-15", status="settled")
        for year, factor in ((2023, 1.003), (2024, 0.998))
    ]
    return rows


def gross_product() -> list[dict[str, str]]:
    """Growth of the year to date, published on the 6th after each quarter."""
    rates = {
        2023: (10.62, 10.94, 11.21, 11.43),
        2024: (11.18, 11.57, 10.36, 10.12),
        2025: (11.02, 11.41, 11.92, 12.18),
        2026: (11.34, 11.61, 11.72),
    }
    rows = []
    for year, values in rates.items():
        for quarter, value in enumerate(values, start=1):
            status = "estimate"
            if quarter == 4:
                rows.append(row("gross_product_growth", "year", str(year), value, "%", f"{year + 1}-01-06", status=status))
            else:
                rows.append(
                    row(
                        "gross_product_growth",
                        "cumulative",
                        month_end(year, 3 * quarter),
                        value,
                        "%",
                        next_month(year, 3 * quarter, 6),
                        status=status,
                    )
                )
    return rows


def new_enterprises(rng: np.random.Generator) -> list[dict[str, str]]:
    """Months and cumulative counts, known on the 6th of the next month."""
    rows, running = [], 0
    for year, month in months():
        number = count(rng, ENTERPRISES[year] * float(around_tet(year)[month - 1]))
        running = number + (running if month > 1 else 0)
        when = next_month(year, month, 6)
        rows.append(row("new_enterprises", "month", f"{year}-{month:02d}", number, "doanh nghiệp", when))
        rows.append(row("new_enterprises", "cumulative", month_end(year, month), running, "doanh nghiệp", when))
    return rows


def cumulative_only(
    rng: np.random.Generator, name: str, totals: dict[int, float], shares: np.ndarray, spread: float, measure: str, decimals: int
) -> list[dict[str, str]]:
    """A department that reports the year to date and nothing else."""
    rows, running = [], 0.0
    shares = shares / shares.sum()
    for year, month in months():
        amount = round(totals[year] * float(shares[month - 1]) * max(1 + spread * bell(rng), 0.1), decimals)
        running = round(amount + (running if month > 1 else 0.0), decimals)
        rows.append(row(name, "cumulative", month_end(year, month), running, measure, next_month(year, month, 6)))
    return rows


def levels(name: str, values: list[tuple[str, float]], measure: str = "%", **more: str) -> list[dict[str, str]]:
    """States on a day, known on the 6th of the next month."""
    return [row(name, "level", day, value, measure, next_month(int(day[:4]), int(day[5:7]), 6), **more) for day, value in values]


def half_years(*values: float) -> list[tuple[str, float]]:
    days = [f"{year}-{tail}" for year in YEARS for tail in ("06-30", "12-31")]
    return list(zip(days, values, strict=False))


def quarters(*values: float) -> list[tuple[str, float]]:
    days = [month_end(year, 3 * quarter) for year in YEARS for quarter in range(1, 5)]
    return list(zip(days, values, strict=False))


def health_insurance(rng: np.random.Generator) -> list[dict[str, str]]:
    """A slow rise with a dip when cards lapse in January and September."""
    values = []
    for index, (year, month) in enumerate(months()):
        dip = {1: -0.35, 2: -0.15, 9: -0.12}.get(month, 0.0)
        values.append((month_end(year, month), round(96.9 + 1.55 * index / 44 + dip + 0.05 * bell(rng), 2)))
    return levels("health_insurance_coverage", values)


def party(rng: np.random.Generator) -> list[dict[str, str]]:
    """Ratings in December only; admissions as a share of the members at the year's start."""
    rows = [
        row("party_organisations_rated_good", "year", str(y), v, "%", f"{y}-12-28") for y, v in ((2023, 94.7), (2024, 95.1), (2025, 95.6))
    ]
    rows += [row("party_members_rated_good", "year", str(y), v, "%", f"{y}-12-28") for y, v in ((2023, 92.9), (2024, 93.3), (2025, 93.8))]
    admitted = 0
    weights = np.array([3, 6, 8, 8, 12, 9, 8, 8, 10, 10, 11, 7]) / 100
    for year, month in months():
        admitted = count(rng, ADMITTED[year] * float(weights[month - 1])) + (admitted if month > 1 else 0)
        rows.append(
            row(
                "party_admission_rate",
                "cumulative",
                month_end(year, month),
                round(100 * admitted / PARTY_MEMBERS[year], 2),
                "%",
                next_month(year, month, 6),
            )
        )
    return rows


def social() -> list[dict[str, str]]:
    rows = levels("poor_households", half_years(9, 6, 4, 2, 1, 0, 0), "hộ")
    rows += levels("near_poor_households", half_years(34, 27, 19, 14, 9, 4, 2), "hộ")
    rows += levels("national_standard_schools", half_years(92.3, 96.2, 100, 100, 96.2, 100, 100))
    rows += levels("trained_labour_rate", half_years(89.6, 90.0, 90.4, 90.9, 91.3, 91.6, 91.9))
    return rows + [
        row("income_per_capita_growth", "year", str(y), v, "%", f"{y + 1}-01-06") for y, v in ((2023, 9.8), (2024, 10.9), (2025, 12.6))
    ]


def environment() -> list[dict[str, str]]:
    """The water company has sent nothing since its report of the first quarter of 2026."""
    rows = levels("clean_water_coverage", quarters(97.6, 97.7, 97.8, 97.9, 98.0, 98.1, 98.1, 98.3, 98.35, 98.4, 98.5, 98.55, 98.6))
    rows += levels(
        "solid_waste_collection", quarters(97.4, 97.6, 97.9, 98.1, 98.2, 98.4, 96.8, 98.5, 98.7, 98.9, 99.0, 99.1, 99.2, 99.3, 99.3)
    )
    return rows + levels("forest_cover", [("2023-12-31", 15.3), ("2024-12-31", 14.1), ("2025-12-31", 14.5)])


def health() -> list[dict[str, str]]:
    return levels("child_malnutrition", half_years(5.9, 5.7, 5.4, 5.3, 5.0, 4.9, 4.7)) + levels(
        "medical_waste_treatment", quarters(*[100.0] * 15)
    )


def recruitment() -> list[dict[str, str]]:
    days = ("2023-02-06", "2024-02-26", "2025-02-14", "2026-03-04")
    return [row("military_recruitment", "level", day, 100, "%", f"{day[:8]}{int(day[8:]) + 1:02d}") for day in days]


def tables() -> dict[str, list[dict[str, str]]]:
    """File name and rows of every delivery. Each table draws from a stream of its own."""
    streams = [np.random.Generator(np.random.PCG64([SEED, number])) for number in range(6)]
    return {
        "thu_ngan_sach.csv": budget_revenue(streams[0]),
        "gia_tri_san_pham.csv": gross_product(),
        "doanh_nghiep_moi.csv": new_enterprises(streams[1]),
        "viec_lam.csv": cumulative_only(streams[2], "new_jobs", JOBS, PLACEMENTS, 0.12, "lượt lao động", 0),
        "von_dau_tu_cong.csv": cumulative_only(streams[3], "public_investment_disbursement", DISBURSED, INVESTMENT, 0.10, "tỷ đồng", 1),
        "bao_hiem_y_te.csv": health_insurance(streams[4]),
        "xay_dung_dang.csv": party(streams[5]),
        "xa_hoi.csv": social(),
        "moi_truong.csv": environment(),
        "y_te.csv": health(),
        "giao_quan.csv": recruitment(),
    }


def splits() -> list[dict[str, str]]:
    """What each of 33 made-up khu still lacks, and the weights by which work is shared out. Draws from a stream of its own.

    The lists of people without a card do not add up to the ward's own figure, as lists kept by hand rarely do.
    """
    rng = np.random.Generator(np.random.PCG64([SEED, 6]))
    sizes = np.cumsum([1800 + 420 * bell(rng) for _ in range(KHU)])
    ends = [0, *(round(POPULATION * float(size / sizes[-1])) for size in sizes)]
    residents = [end - start for start, end in zip(ends, ends[1:], strict=False)]
    without = [count(rng, people * 0.0185) for people in residents]
    found = [max(number - count(rng, 1.5), 0) for number in without]  # three months later, some have been reached
    shops = [round(10 + 3 * people / 600 + 6 * rng.random()) for people in residents]
    columns = (
        ("health_insurance_coverage", without, "người", "need", "2026-07-06"),
        ("health_insurance_coverage", found, "người", "need", "2026-10-06"),
        ("new_jobs", residents, "dân số", "weight", "2026-01-15"),
        ("new_enterprises", shops, "hộ kinh doanh", "weight", "2026-01-15"),
    )
    return [
        {"indicator": name, "year": "2026", "area": f"Khu {number}", "value": f"{value:g}", "measure": measure, "kind": kind}
        | {"published": published, "source": SOURCE, "note": "SỐ LIỆU MINH HỌA"}
        for name, values, measure, kind, published in columns
        for number, value in enumerate(values, start=1)
    ]


def write(path: Path, columns: list[str], rows: list[dict[str, str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in tables().items():
        write(folder / name, COLUMNS, rows)


if __name__ == "__main__":
    deliveries = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).with_name("deliveries")
    main(deliveries)
    write(deliveries.with_name("splits.csv"), SPLIT_COLUMNS, splits())
