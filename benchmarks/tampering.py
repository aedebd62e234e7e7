"""How many bytes changed at random in what was published `kpi verify` finds and names; and processes that race for the rounds of one ledger.

    python benchmarks/tampering.py [--changes 1000] [--processes 20] [--rounds 50]

A small made-up unit is published twice, for real, in a temporary folder; forgeries made on purpose are in tests/record/test_chain.py and
tests/reports/test_verify.py.
"""

from __future__ import annotations

import argparse
import datetime as dt
import multiprocessing
import os
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]


def spoilt(files: Sequence[Path], changes: int, unit: str, seed: int = 17) -> tuple[Counter[str], Counter[str]]:
    """Change one byte of one of the files, many times over: how often each kind of file was hit, and how often that was found and named.

    A file is drawn by its kind first, so that the short ones (chain, manifest) are hit as often as the long pages.
    """
    from kpi_lib.reports import verify

    dice, hit, found = random.Random(seed), Counter[str](), Counter[str]()
    kinds: dict[str, list[Path]] = {}
    for path in files:
        kinds.setdefault(_kind(path), []).append(path)
    for _ in range(changes):
        kind = dice.choice(sorted(kinds))
        path = dice.choice(kinds[kind])
        content = path.read_bytes()
        at = dice.randrange(len(content))
        path.write_bytes(content[:at] + bytes([content[at] ^ dice.randrange(1, 256)]) + content[at + 1 :])
        told = verify.faults(unit)
        hit[kind] += 1
        found[kind] += bool(told) and path.name in told[0]["en"]
        path.write_bytes(content)
    return hit, found


def _kind(path: Path) -> str:
    if "ledger" in path.parts:
        return {".jsonl": "chain", ".csv": "tables of rounds"}.get(path.suffix, "hub's configuration")
    return "manifest" if path.name == "manifest.json" else {".html": "pages", ".ipynb": "notebooks"}.get(path.suffix, "documents")


def race(rounds: Sequence[tuple[str, list[Any]]], processes: int, unit: str) -> list[Counter[str]]:
    """Let many processes at once write each round: of each round how many wrote it, found it there, or were told to wait.

    Parameters
    ----------
    rounds : the day and the outlooks of each.
    """
    context, results = multiprocessing.get_context("fork"), []
    for _, items in rounds:
        ends = context.SimpleQueue()
        start = context.Event()
        running = [context.Process(target=_one, args=(items, unit, start, ends)) for _ in range(processes)]
        for process in running:
            process.start()
        start.set()
        results.append(Counter(ends.get() for _ in running))
        for process in running:
            process.join()
    return results


def _one(items: list[Any], unit: str, start: Any, ends: Any) -> None:
    from kpi_lib.record import ledger
    from kpi_lib.reports.lock import Busy, only_run

    start.wait()
    try:
        with only_run(unit):
            told = "wrote" if ledger.record(items, data_digest="a", code_version="1") else "found it there"
    except Busy:
        told = "told to wait"
    except BaseException as error:
        told = f"{type(error).__name__}: {error}"
    ends.put(told)
    os._exit(0)


def main() -> None:
    """Print what was found."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, default in (("changes", 1000), ("processes", 20), ("rounds", 50)):
        options.add_argument(f"--{name}", type=int, default=default)
    asked = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["KPI_ROOT"] = folder
        _measure(Path(folder), asked.changes, asked.processes, asked.rounds)


def _measure(root: Path, changes: int, processes: int, rounds: int) -> None:
    import small_unit
    from conftest import furnish, write_unit

    import kpi_lib as kpi
    from kpi_lib.record import chain, ledger
    from kpi_lib.reports import verify
    from kpi_lib.reports.publish import publish

    unit = small_unit.UNIT
    furnish(root)
    write_unit(root, small_unit.FIGURES, targets=small_unit.TARGETS, unit=unit)
    for day in (small_unit.AS_OF, "2025-11-15"):
        publish(unit, day)
    own = root / "data" / "processed" / unit
    files = [path for part in ("ledger", "reports") for path in sorted((own / part).rglob("*")) if path.is_file()]
    files = [path for path in files if path.name not in ("run.json",) and path.parent.name != "reports"]
    assert verify.faults(unit) == [], verify.faults(unit)[0]["en"]
    began = time.monotonic()
    hit, found = spoilt(files, changes, unit)
    print(
        f"{sum(hit.values())} bytes changed, {sum(found.values())} found and named, {(time.monotonic() - began) / max(changes, 1):.2f} s each"
    )
    for kind in sorted(hit):
        print(f"  {kind:<22} {found[kind]:>4} of {hit[kind]}")
    place = kpi.read_unit(unit)
    days = [dt.date(2024, 1, 5) + dt.timedelta(days=7 * number) for number in range(rounds)]
    made = [(str(day), kpi.outlooks(kpi.read_observations(unit, as_of=day), place, day.year, as_of=day)) for day in days]
    before = len(chain.links(unit))
    results = race(made, processes, unit)
    total = sum(results, Counter[str]())
    alone = sum(result["wrote"] == 1 for result in results)
    links = len(chain.links(unit)) - before
    print(
        f"{processes} processes x {rounds} rounds: {alone} rounds with one writer, {links} links more, {len(verify.ledger_faults(unit))} faults; {dict(total)}"
    )
    print(f"chain of {before + links} links: {(ledger.folder(unit) / chain.FILE).stat().st_size / 1e3:.0f} kB")


if __name__ == "__main__":
    main()
