"""A ward without any past: twelve months by template, filled in and corrected as people do. What counted wrongly, what was kept out, who was asked.

.venv/bin/python benchmarks/first_year.py [--wards 10]

Real forms (`kpi template`), filled in with openpyxl; each ward slips in six months of ten in one row, by a seeded choice among twelve usual
slips, and sends the file again as it should be two days later. Ends with 1 where a wrong figure counted, a true one was kept out for good or
more than two questions were asked in a month.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections import Counter
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[1]), str(Path(__file__).resolve().parents[1] / "tests")]

from conftest import write_unit  # noqa: E402

from tests.deliveries.first_year import year  # noqa: E402
from tests.deliveries.test_without_a_past import PLANS, TARGETS  # noqa: E402

COLUMNS = ("slips", "wrong figures that counted", "true figures kept out", "questions", "most questions in a month")


def main() -> int:
    """Fill in a year for each ward and print a row."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--wards", type=int, default=10)
    bad = 0
    print(f"{'ward':<5}" + "".join(f"{name:>{len(name) + 2}}" for name in COLUMNS))
    for seed in range(1, parser.parse_args().wards + 1):
        with tempfile.TemporaryDirectory() as scratch:
            os.environ["KPI_ROOT"] = scratch
            found: Counter[str] = year(write_unit(Path(scratch), [], targets=TARGETS, plans=PLANS), Path(scratch), seed)
        print(f"{seed:<5}" + "".join(f"{found[name]:>{len(name) + 2}}" for name in COLUMNS), flush=True)
        for name in (name for name in found if name.startswith("  ")):
            print(name)
        bad += found["wrong figures that counted"] + found["true figures kept out"] + (found["most questions in a month"] > 2)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
