"""Kill `ingest`, `confirm` (cells, a period) and `withdraw` before a step they take on the disk, a hundred times and more, and look at what is left.

.venv/bin/python benchmarks/deliveries_kills.py [--kills 100]

Each command is killed (SIGKILL) before every step in turn: each file opened for writing, each sync, rename, copy, folder made or removed. What is
left must be whole (no figure without its record, no record without its figures or its file), and the command given again must end as if
nothing had happened. Prints a row a command; ends with 1 where anything was not whole.
"""

from __future__ import annotations

import argparse
import datetime as dt
import os
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[1]), str(Path(__file__).resolve().parents[1] / "tests")]

from conftest import write_unit  # noqa: E402

from kpi_lib.deliveries import store  # noqa: E402
from kpi_lib.deliveries.files import reading  # noqa: E402
from kpi_lib.deliveries.intake import confirm, ingest, state_period, withdraw  # noqa: E402
from kpi_lib.words.messages import KpiError  # noqa: E402
from tests.deliveries.left_whole import whole  # noqa: E402
from tests.deliveries.test_storing import HEAD, LINES, known_before, months, sheet, taken  # noqa: E402
from tests.kills import in_a_process  # noqa: E402

DAY = dt.date(2026, 10, 6)
UNIT = "thu"
LINE = "new_jobs"


def commands(folder: Path) -> dict[str, tuple[list[Path], Callable[[], object]]]:
    """What was taken in before each command, and the command."""
    year = sheet(folder / "nam.csv", *months(LINE))
    odd = sheet(folder / "la.csv", (LINE, "2026-01", LINES[LINE][1] * 40.0), ("new_enterprises", "2026-01", 7))
    strange = folder / "khong-ro.csv"
    strange.write_text("đây không phải biểu nào; x\n1;2\n", encoding="utf-8")
    untimed = folder / "khong-ky.csv"
    untimed.write_text(f"{HEAD}{LINE};tháng;;{LINES[LINE][0]};thực hiện;41;\n", encoding="utf-8")
    answer = {"by": "A", "reason": "B", "on": DAY}
    return {
        "ingest": ([year], lambda: ingest([odd, strange], UNIT, received=DAY)),
        "confirm": ([year, odd], lambda: confirm(UNIT, 2, **answer)),  # type: ignore[arg-type]
        "confirm --period": ([year, untimed], lambda: state_period(UNIT, 2, (2026, 1), **answer)),  # type: ignore[arg-type]
        "withdraw": ([year, odd], lambda: withdraw(UNIT, 1, **answer)),  # type: ignore[arg-type]
    }


def one_by_one(paths: list[Path], *, skip: Callable[[Path], bool] | None = None):  # type: ignore[no-untyped-def]
    """Read files in this process, which is the one that is killed."""
    for path in paths:
        yield path, None if skip and skip(path) else reading.read_book(path)


def killed(work: Callable[[], object], raw: Path, before: Path, kills: int) -> Counter[str]:
    """Kill a command before each of its steps in turn, so many times in all; what was found."""
    found: Counter[str] = Counter()
    _restart(raw, before)
    steps = len(in_a_process(work, raw).steps)
    wanted, records = taken(UNIT), len(store.records(UNIT))
    for number in range(kills):
        _restart(raw, before)
        found["kills"] += in_a_process(work, raw, last=number % steps + 1).killed
        try:
            whole(UNIT, raw)
            found["nothing kept" if len(store.records(UNIT)) < records else "all kept"] += 1
            if len(store.records(UNIT)) < records:
                work()
            whole(UNIT, raw)
            found["ends as if nothing had happened"] += taken(UNIT) == wanted and len(store.records(UNIT)) == records
        except (AssertionError, KpiError) as error:
            print(f"step {number % steps + 1}: {error}")
            found["not whole"] += 1
    return found + Counter({"steps": steps})


def _restart(raw: Path, before: Path) -> None:
    shutil.rmtree(raw / "received", ignore_errors=True)
    shutil.copytree(before, raw / "received")


def main() -> int:
    """Kill, look, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=100, help="kills of each command")
    options = parser.parse_args()
    columns = ("steps", "kills", "nothing kept", "all kept", "ends as if nothing had happened", "not whole")
    print(f"{'command':<17}" + "".join(f"{name:>{max(len(name), 6) + 2}}" for name in columns))
    bad = 0
    with tempfile.TemporaryDirectory() as scratch:
        root = Path(scratch)
        os.environ["KPI_ROOT"] = scratch
        from kpi_lib.deliveries import intake

        intake.read_safely = one_by_one  # type: ignore[assignment]
        for name, (before, work) in commands(root).items():
            shutil.rmtree(root / "data", ignore_errors=True)
            write_unit(root, known_before(LINE, "new_enterprises"), toml=f'lines = ["{LINE}", "new_enterprises"]', unit=UNIT)
            raw = root / "data" / "raw" / UNIT
            ingest(before, UNIT, received=DAY)
            shutil.copytree(raw / "received", root / f"before-{name}")
            found = killed(work, raw, root / f"before-{name}", options.kills)
            bad += found["kills"] - found["ends as if nothing had happened"]
            print(f"{name:<17}" + "".join(f"{found[column]:>{max(len(column), 6) + 2}}" for column in columns), flush=True)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
