"""Every spoilt delivery of the tests, handed in to a unit with a history and to one without any figure: what became of it, by kind.

.venv/bin/python benchmarks/deliveries_spoilt.py [--every 1] [--first 0] [--past with|without]

A wrong figure that counts without a question is a silent error; in the unit without a past somebody then answers once for the sizes
(`kpi confirm --sizes`), and a clean delivery must count whole after that. The account of the cells must add up and see as many as a reader
that knows nothing of the library. Ends with 1 where any of this does not hold.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections import Counter, defaultdict
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[1]), str(Path(__file__).resolve().parents[1] / "tests")]

from tests.deliveries.mutations.base import make_base  # noqa: E402
from tests.deliveries.mutations.cases import CASES  # noqa: E402
from tests.deliveries.mutations.judged import judged  # noqa: E402
from tests.deliveries.mutations.siblings import SIBLINGS  # noqa: E402

COLUMNS = (
    "spoilt",
    "clean",
    "silent errors",
    "clean ones kept out",
    "accounts that do not add up",
    "asked about sizes",
    "only a past could tell",
)


def main() -> int:
    """Hand in, judge, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--every", type=int, default=1, help="only every so many cases")
    parser.add_argument("--first", type=int, default=0, help="leave out so many cases at the start")
    parser.add_argument(
        "--past", choices=["with", "without"], default="", help="only the unit with a history, or the one without any figure"
    )
    options, bad = parser.parse_args(), 0
    for past in (True, False) if not options.past else (options.past == "with",):
        found: dict[str, Counter[str]] = defaultdict(Counter)
        with tempfile.TemporaryDirectory() as scratch:
            base = make_base(Path(scratch) / "project", past=past)
            for number, case in enumerate([*CASES, *SIBLINGS][options.first :: options.every]):
                folder = Path(scratch) / str(number)
                folder.mkdir()
                verdict = judged(case, base, folder, past=past)
                found[case.group].update(verdict)
                if verdict["silent errors"] or verdict["clean ones kept out"] or verdict["accounts that do not add up"]:
                    print(f"{case.group}: {case.name}: {dict(verdict)}", flush=True)
            os.environ.pop("KPI_ROOT")
        print("\nunit with a history\n" if past else "\nunit without any figure\n")
        print(f"{'kind':<11}" + "".join(f"{name:>{len(name) + 2}}" for name in COLUMNS))
        total = sum(found.values(), Counter[str]())
        for group, counted in [*sorted(found.items()), ("all", total)]:
            print(f"{group:<11}" + "".join(f"{counted[name]:>{len(name) + 2}}" for name in COLUMNS), flush=True)
        bad += sum(total[name] for name in COLUMNS[2:5])
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
