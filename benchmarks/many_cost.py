"""What a report costs in a run of many units, beside a run of its own: processor seconds, memory of the workers, room on the disk.

    python benchmarks/many_cost.py                               eight small made-up wards, three of them also one by one
    python benchmarks/many_cost.py --wards 40 --alone 3
    python benchmarks/many_cost.py --wards 500 --alone 3 -- --month      one page each
    python benchmarks/many_cost.py --units 'children-of:demo-province' --as-of 2026-10-15 --alone 3      wards of this project

The two are measured side by side on the same wards: first some of them by `kpi run` alone, a process each, then all by `kpi run --units`.
Counted are user and system seconds of the command and of all processes it waits for. Only the ratio travels to another machine.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).resolve().parents[1]
PUBLISHED = (0, 10)


def made_up(root: Path, wards: int) -> str:
    """A province of small wards with three lines and three years each, no two alike."""
    sys.path[:0] = [str(PROJECT), str(PROJECT / "tests")]
    from conftest import furnish, write_unit

    from tests.small_unit import FIGURES, TARGETS

    furnish(root)
    write_unit(root, [], unit="made-up")
    for number in range(wards):
        rows = [{**row, "value": row["value"] if row["measure"] == "%" else round(row["value"] * (1 + number / 50))} for row in FIGURES]  # type: ignore[operator]
        write_unit(root, rows, targets=TARGETS, unit=f"ward-{number:04d}", toml='parent = "made-up"')
    return "children-of:made-up"


def run(root: Path, *arguments: str) -> tuple[float, int]:
    """Processor seconds and exit code of a command."""
    environment = {**os.environ, "KPI_ROOT": str(root), "PYTHONPATH": str(PROJECT), "OPENBLAS_NUM_THREADS": "1"}
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        [sys.executable, "-m", "kpi_lib.cli", "run", *arguments], cwd=root, env=environment, stdout=subprocess.DEVNULL, check=False
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, done.returncode


def room(folder: Path) -> dict[str, float]:
    """Megabytes below a unit's processed folder by what they hold."""
    found: dict[str, int] = {}
    for path in folder.rglob("*"):
        if path.is_file():
            parts = path.relative_to(folder).parts
            kind = parts[0] if len(parts) == 1 or parts[0] != "reports" else f"reports, {path.suffix or parts[-2]}"
            found[kind] = found.get(kind, 0) + path.stat().st_size
    return {kind: round(size / 1e6, 2) for kind, size in sorted(found.items(), key=lambda one: -one[1]) if size > 5000}


def measure(root: Path, selection: str, as_of: str, alone: int, more: list[str]) -> dict[str, Any]:
    """Some wards alone, then all of them together."""
    sys.path.insert(0, str(PROJECT))
    os.environ["KPI_ROOT"] = str(root)
    from kpi_lib.definitions.many.selection import chosen

    units = chosen(selection)
    single = []
    for unit in units[:alone]:
        spent, code = run(root, "--unit", unit, "--as-of", as_of, *more)
        single += [spent] if code in PUBLISHED else []
        shutil.rmtree(root / "data" / "processed" / unit, ignore_errors=True)
    spent, code = run(root, "--units", selection, "--as-of", as_of, *more)
    summary = json.loads(
        max((root / "data/processed/runs").glob("*/summary.json"), key=lambda path: path.stat().st_mtime).read_text("utf-8")
    )
    good = [each for each in summary["results"] if each["code"] in PUBLISHED]
    memory = [round(each["memory"] / 1e6) for each in good]
    return {
        "units": len(units), "published": len(good), "code": code,
        "alone": {"runs": len(single), "processor_seconds": round(statistics.median(single), 1) if single else None},
        "together": {"processor_seconds_a_unit": round(spent / max(1, len(good)), 1), "of_the_worker": round(statistics.median(e["cpu"] for e in good), 1)},
        "ratio": round(spent / max(1, len(good)) / statistics.median(single), 3) if single else None,
        "memory_mb": {"after_10": memory[:10][-1], "largest": max(memory), "last": memory[-1], "by_tens": memory[::10]},
        "disk_mb": room(root / "data" / "processed" / good[-1]["order"]["unit"]), "load": os.getloadavg()[0],
    }  # fmt: skip


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--wards", type=int, default=8, help="made-up wards")
    parser.add_argument("--units", default="", help="a selection of this project instead")
    parser.add_argument("--as-of", default="2025-10-15")
    parser.add_argument("--alone", type=int, default=3, help="wards that are also run alone")
    parser.add_argument("more", nargs="*", help="more options of kpi run, after --")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="kpi-many-") as folder:
        root = Path(folder)
        if chosen.units:
            shutil.copytree(PROJECT / "data" / "raw", root / "data" / "raw")
            shutil.copytree(PROJECT / "notebooks", root / "notebooks", ignore=shutil.ignore_patterns(".ipynb_checkpoints"))
        selection = chosen.units or made_up(root, chosen.wards)
        print(json.dumps(measure(root, selection, chosen.as_of, chosen.alone, chosen.more), indent=1))


if __name__ == "__main__":
    main()
