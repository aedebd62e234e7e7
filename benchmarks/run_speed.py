"""How long a report takes, against two others measured in the same minutes on the same machine.

    python benchmarks/run_speed.py --rounds 5 --job notebooks/overview.ipynb '{"unit": "quang-ninh"}' --job notebooks/indicator.ipynb '{...}'

* ours: every notebook through the fork engine, and its page with live charts; a new process, all imports counted
* plain: the same cells in one script, one after the other, no notebooks, no pages; the floor under any notebook
* stock: one `papermill` command a notebook, then one `jupyter nbconvert` for all of them

Only the ratios travel: seconds depend on the machine and on who else uses it. The three ways take turns, so that all meet the same load.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

OURS = """
import json, sys
from pathlib import Path
from kpi_lib.engines import Job, run_many, stop_server, warm_up
warm_up()
from kpi_lib.export import export_page
folder = Path(sys.argv[1])
jobs = [Job(Path(source), folder / f"{n}.ipynb", parameters) for n, (source, parameters) in enumerate(json.loads(sys.argv[2]))]
run_many(jobs, engine="fork", on_done=lambda job, facts: export_page(job.output, job.output.with_suffix(".html"), title=job.source.stem, interactive=len(sys.argv) < 4))
stop_server()
"""

PLAIN = """
import json, sys
for source, parameters in json.loads(sys.argv[2]):
    names = {"__name__": "__main__"}
    for cell in json.load(open(source, encoding="utf-8"))["cells"]:
        if cell["cell_type"] == "code":
            exec("".join(cell["source"]), names)
            if "parameters" in cell["metadata"].get("tags", []):
                names.update(parameters)
"""

STILL = False
"""Whether our pages get pictures only; set by --still."""

Jobs = list[tuple[str, dict[str, object]]]


def ours(folder: Path, jobs: Jobs) -> None:
    """Run the whole pipeline of this project in a new process."""
    _python(OURS, folder, jobs, *(["still"] if STILL else []))


def plain(folder: Path, jobs: Jobs) -> None:
    """Run the cells in one script."""
    _python(PLAIN, folder, jobs)


def stock(folder: Path, jobs: Jobs) -> None:
    """Run papermill once a notebook, then nbconvert once for all."""
    outputs = [str(folder / f"{number}.ipynb") for number in range(len(jobs))]
    for (source, parameters), output in zip(jobs, outputs, strict=True):
        _call(
            sys.executable,
            "-m",
            "papermill",
            "--no-progress-bar",
            "-k",
            "python3",
            "-l",
            "python",
            "-y",
            json.dumps(parameters),
            source,
            output,
        )
    _call(sys.executable, "-m", "nbconvert", "--to", "html", *outputs)


def _python(code: str, folder: Path, jobs: Jobs, *more: str) -> None:
    _call(sys.executable, "-c", code, str(folder), json.dumps(jobs), *more)


def _call(*command: str) -> None:
    environment = {**os.environ, "KPI_BATCH": "1", "KPI_ROOT": str(ROOT), "OPENBLAS_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(command[:4])} … failed:\n{done.stderr[-3000:]}")


def measure(jobs: Jobs, rounds: int) -> dict[str, list[float]]:
    """Return the seconds of each way, round by round, after one round that only fills the caches."""
    seconds: dict[str, list[float]] = {"ours": [], "plain": [], "stock": []}
    for turn in range(rounds + 1):
        for name, way in (("ours", ours), ("plain", plain), ("stock", stock)):
            if turn == 0 and name == "stock":
                continue
            with tempfile.TemporaryDirectory(prefix="kpi-speed-") as folder:
                begun = time.perf_counter()
                way(Path(folder), jobs)
                if turn:
                    seconds[name].append(time.perf_counter() - begun)
    return seconds


def main() -> None:
    """Measure and print a table, or JSON with --json."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--job", nargs=2, action="append", required=True, metavar=("NOTEBOOK", "PARAMETERS"), help="a notebook and JSON parameters"
    )
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--still", action="store_true", help="our pages with pictures only")
    chosen = parser.parse_args()
    global STILL
    STILL = chosen.still
    jobs = [(str(Path(source).resolve()), json.loads(parameters)) for source, parameters in chosen.job]
    seconds = measure(jobs, chosen.rounds)
    middle = {name: statistics.median(values) for name, values in seconds.items()}
    result = {
        "notebooks": len(jobs), "rounds": chosen.rounds, "load": round(os.getloadavg()[0], 2),
        "seconds": {name: round(value, 2) for name, value in middle.items()},
        "spread": {name: [round(min(values), 2), round(max(values), 2)] for name, values in seconds.items()},
        "ours_to_plain": round(middle["ours"] / middle["plain"], 2), "ours_to_stock": round(middle["ours"] / middle["stock"], 3),
    }  # fmt: skip
    if chosen.json:
        print(json.dumps(result, indent=1))
        return
    for name, value in result["seconds"].items():
        print(f"{name:6} {value:7.2f} s   {result['spread'][name]}")
    print(
        f"ours / plain = {result['ours_to_plain']}   ours / stock = {result['ours_to_stock']}   ({len(jobs)} notebooks, load {result['load']})"
    )


if __name__ == "__main__":
    main()
