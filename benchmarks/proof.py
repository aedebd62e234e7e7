"""How many numbers and words of sign the pages of the oracle's reports say, and that their publisher reckoned every one of them.

    python benchmarks/proof.py                      publish the reports of `benchmarks/oracle.py` and count
    python benchmarks/proof.py --only uong-bi       some of them: unit, or unit/date, or unit/date/lang

Each report is published after those before it of the same unit, so that what changed since the last one is proved, too. A report with a
number that its publisher did not reckon is not published: its faults are printed, and the command ends with 1.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
from collections import Counter
from pathlib import Path

from oracle import DATES, PROJECT

from kpi_lib.reports.proof import Disagreement, said_on, told_on
from kpi_lib.reports.publish import publish
from kpi_lib.running.processes import stop_server


def count(unit: str, day: str, lang: str) -> str:
    """Publish one report and say how many numbers its pages say, how many different ones, on how many pages."""
    publication = publish(unit, day, lang=lang)
    said = [said_on(page.read_text(encoding="utf-8"))[0] for page in publication.pages]
    keys = Counter(one.key for page in said for one in page)
    words = sum(len(told_on(page.read_text(encoding="utf-8"))) for page in publication.pages)
    return (
        f"{unit} {day} {lang}: {keys.total()} numbers, {len(keys)} different ones, and {words} words of sign and status on {len(said)} pages, "
        "all reckoned by the publisher"
    )


def main() -> int:
    """Publish and count."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default="")
    only = parser.parse_args().only
    reports = [(unit, day, lang) for lang in ("vi", "en") for unit, days in DATES.items() for day in days]
    root, failed = Path(tempfile.mkdtemp(prefix="proof ")), 0
    os.environ["KPI_ROOT"] = str(root)
    try:
        shutil.copytree(PROJECT / "data" / "raw", root / "data" / "raw")
        shutil.copytree(PROJECT / "notebooks", root / "notebooks", ignore=shutil.ignore_patterns(".ipynb_checkpoints"))
        for unit, day, lang in reports:
            if not f"{unit}/{day}/{lang}".startswith(only):
                continue
            try:
                print(count(unit, day, lang), flush=True)
            except Disagreement as found:
                failed += 1
                print(f"{unit} {day} {lang}: {len(found.faults)} faults", *found.faults, sep="\n  ", flush=True)
        stop_server()
    finally:
        shutil.rmtree(root, ignore_errors=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
