"""A small golden run: what is projected and judged for every line of the shipped units on two dates, to six digits.

    python benchmarks/golden.py            print what differs from tests/golden.csv, a line each
    python benchmarks/golden.py --keep     write it anew: a reviewed diff, with a line in the CHANGELOG under "Data and methods"

No notebooks and no pages: a change of one per cent in one projection shows here first.
"""

from __future__ import annotations

import argparse
import csv
import math
import sys
from collections.abc import Iterator
from pathlib import Path

import kpi_lib as kpi
from kpi_lib.outlook.verdict import Outlook

KEPT = Path(__file__).resolve().parents[1] / "tests" / "golden.csv"
RUNS = (
    ("quang-ninh", 2025, "2025-07-15"), ("quang-ninh", 2025, "2025-10-15"), ("viet-nam", 2024, "2024-04-15"), ("viet-nam", 2024, "2024-10-15"),
    ("uong-bi-minh-hoa", 2026, "2026-07-15"), ("uong-bi-minh-hoa", 2026, "2026-10-15"),
)  # fmt: skip
KEYS = ("unit", "as_of", "indicator")
NUMBERS = ("threshold", "probability", "low80", "median", "high80", "surplus", "pace_needed", "straight_line", "same_period")
COLUMNS = (*KEYS, "status", "model", "evidence_years", *NUMBERS)
SAME = 1e-5  # relative: wider than the arithmetic of other machines, far narrower than any change of method


def rows() -> Iterator[dict[str, str]]:
    """Every line with a target or a figure, as text."""
    for unit_id, year, as_of in RUNS:
        unit = kpi.read_unit(unit_id)
        for item in kpi.outlooks(kpi.read_observations(unit_id, as_of=as_of), unit, year, as_of=as_of):
            if item.reportable:
                yield _row(unit_id, as_of, item)


def _row(unit_id: str, as_of: str, item: Outlook) -> dict[str, str]:
    projection = item.projection
    low, high = projection.interval(0.80) if projection.known else (math.nan, math.nan)
    numbers = {
        "threshold": item.threshold,
        "probability": item.raw_probability,
        "low80": low,
        "median": projection.quantile(0.5) if projection.known else math.nan,
        "high80": high,
        "surplus": item.surplus,
        "pace_needed": item.pace_needed,
        "straight_line": projection.straight_line,
        "same_period": projection.same_period,
    }
    words = (unit_id, as_of, item.indicator.id, item.status, projection.model, str(projection.evidence_years))
    return dict(zip(COLUMNS[:6], words, strict=True)) | {
        name: f"{value:.6g}" if math.isfinite(value) else "" for name, value in numbers.items()
    }


def kept() -> list[dict[str, str]]:
    """The rows on record."""
    with KEPT.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def differences(now: list[dict[str, str]], before: list[dict[str, str]]) -> list[str]:
    """What the two say otherwise, a line a value."""
    found = {tuple(row[key] for key in KEYS): row for row in now}
    known = {tuple(row[key] for key in KEYS): row for row in before}
    told = [f"{' '.join(key)}: {'new' if key in found else 'gone'}" for key in found.keys() ^ known.keys()]
    for key in found.keys() & known.keys():
        old, new = known[key], found[key]
        told += [
            f"{' '.join(key)}: {name} {old[name] or '-'} -> {new[name] or '-'}"
            for name in COLUMNS[3:]
            if not _same(name, old[name], new[name])
        ]
    return sorted(told)


def _same(name: str, old: str, new: str) -> bool:
    if old == new or name not in NUMBERS or not old or not new:
        return old == new
    return math.isclose(float(old), float(new), rel_tol=SAME, abs_tol=SAME)


def main() -> int:
    """Compare, or keep."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--keep", action="store_true")
    now = list(rows())
    told = differences(now, kept()) if KEPT.exists() else [f"{KEPT.name} does not exist yet"]
    print(*told, f"{len(now)} lines, {len(told)} values otherwise", sep="\n")
    if not parser.parse_args().keep:
        return 1 if told else 0
    with KEPT.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(now)
    return 0


if __name__ == "__main__":
    sys.exit(main())
