"""What a report costs in CPU seconds, against another checkout of this project measured in turn with it.

    git worktree add ../old 1d317da
    python benchmarks/run_cost.py ../old                      five rounds, old and new in turn
    python benchmarks/run_cost.py ../old --unit quang-ninh --as-of 2025-10-15 --rounds 3

Each run is `kpi run` of a checkout in a project folder of its own, which holds that checkout's figures and notebooks and nothing reckoned
before, by the Python of that checkout's own `.venv` where it has one (`python3 run.py test --collect-only` there makes it): papermill finds its
engines by what is installed. Counted are user and system seconds of the command and of all the processes it waits for. Only the ratio travels to another machine.
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

PROJECT = Path(__file__).resolve().parents[1]
PUBLISHED = (0, 10)  # exit codes of `kpi run`: published, and published with warnings


def cost(checkout: Path, unit: str, as_of: str) -> float:
    """CPU seconds, user and system, of one report."""
    with tempfile.TemporaryDirectory(prefix="kpi-cost-") as folder:
        shutil.copytree(checkout / "data" / "raw", Path(folder) / "data" / "raw")
        shutil.copytree(checkout / "notebooks", Path(folder) / "notebooks", ignore=shutil.ignore_patterns(".ipynb_checkpoints"))
        environment = {**os.environ, "KPI_ROOT": folder, "PYTHONPATH": str(checkout), "OPENBLAS_NUM_THREADS": "1"}
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        command = [python_of(checkout), "-m", "kpi_lib.cli", "run", "--unit", unit, "--as-of", as_of]
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode not in PUBLISHED:
        raise SystemExit(f"kpi run in {checkout} ended with code {done.returncode}:\n{done.stderr[-3000:]}")
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def python_of(checkout: Path) -> str:
    """The interpreter of a checkout's own environment, else the one that runs this."""
    own = checkout / ".venv" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    return str(own if own.exists() else sys.executable)


def main() -> None:
    """Measure in turn and print the median of each checkout and of the rounds' ratios."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("other", type=Path, help="the checkout to compare with")
    parser.add_argument("--unit", default="uong-bi-minh-hoa")
    parser.add_argument("--as-of", default="2026-10-15")
    parser.add_argument("--rounds", type=int, default=5)
    chosen = parser.parse_args()
    other, own, ratios = [], [], []
    for _ in range(chosen.rounds):
        other.append(cost(chosen.other.resolve(), chosen.unit, chosen.as_of))
        own.append(cost(PROJECT, chosen.unit, chosen.as_of))
        ratios.append(own[-1] / other[-1])
        print(f"{other[-1]:7.1f} s   {own[-1]:7.1f} s   {ratios[-1]:.3f}", file=sys.stderr, flush=True)
    found = {"other": other, "own": own, "ratio": ratios}
    rounded = {
        name: {"median": round(statistics.median(v), 3), "from": round(min(v), 3), "to": round(max(v), 3)} for name, v in found.items()
    }
    print(
        json.dumps({"unit": chosen.unit, "as_of": chosen.as_of, "rounds": chosen.rounds, "load": os.getloadavg()[0], **rounded}, indent=1)
    )


if __name__ == "__main__":
    main()
