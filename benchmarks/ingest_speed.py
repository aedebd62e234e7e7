"""Take 3,000 deliveries in, in one run: figures a second, computing and memory, beside reading the same files with pandas alone.

.venv/bin/python benchmarks/ingest_speed.py [--deliveries 300 1000 3000] [--each 100] [--against FOLDER]

`--against` names a checkout of another version (`git worktree add FOLDER COMMIT`; it runs in this environment): both take every unit in, one
after the other in turn, each in a process of its own, so that what else the machine does slows both. A line is printed after each number of
deliveries. Of computing the reading processes are counted too: it hardly depends on what else the machine does.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pandas as pd
import xlsxwriter

BEFORE = (
    ("new_enterprises", "month", "2017-12", 7, "doanh nghiệp"), ("budget_revenue_growth", "month", "2017-12", 31.4, "tỷ đồng"),
    ("public_investment_disbursement", "month", "2017-12", 9.2, "tỷ đồng"), ("health_insurance_coverage", "level", "2017-12-31", 93, "%"),
)  # fmt: skip
HERE = Path(__file__).resolve().parents[1]
CODE = """
import atexit, datetime as dt, json, resource, sys, time
from pathlib import Path
try:
    from kpi_lib.deliveries.intake import ingest
except ModuleNotFoundError:  # before the rooms of November 2026
    from kpi_lib.deliveries.ingest import ingest
began, started = time.perf_counter(), time.process_time()
receipts = ingest([Path(name) for name in sys.argv[2:]], sys.argv[1], received=dt.date(2027, 1, 31))
wall = time.perf_counter() - began
atexit._run_exitfuncs()  # the reading processes end, so that they can be counted
own, children = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
computing = time.process_time() - started + children.ru_utime + children.ru_stime
print(json.dumps({"wall": wall, "computing": computing, "accepted": sum(len(r.accepted) for r in receipts),
                  "waiting": sum(len(r.waiting) for r in receipts), "memory": own.ru_maxrss / 1024, "reader": children.ru_maxrss / 1024}))
"""
TOML = """
level = "ward"
population = 60000
deadline_day = 31
name = {{vi = "Phường {0}", en = "Ward {0}"}}
publication_rule = {{vi = "như ghi", en = "as dated"}}
reports_to = {{vi = "Ban Thường vụ", en = "Standing Committee"}}
headline = ["new_enterprises"]
lines = ["new_enterprises", "budget_revenue_growth", "public_investment_disbursement", "health_insurance_coverage"]
"""


def write(path: Path, step: int, sums: dict[str, float]) -> None:
    """A department's report of one month, in the frame `report.toml` reads."""
    year, month = 2018 + step // 12, step % 12 + 1
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet("Báo cáo")
        sheet.write(0, 1, f"BÁO CÁO THÁNG {month} NĂM {year}")
        for column, text in enumerate(
            ("STT", "Chỉ tiêu", "ĐVT", f"Ước tháng {month} năm {year}", f"Luỹ kế {month} tháng năm {year}", "Ghi chú")
        ):
            sheet.write(2, column, text)
        rows = (
            ("Số doanh nghiệp thành lập mới", "doanh nghiệp", 7),
            ("Thu ngân sách nhà nước trên địa bàn", "tỷ đồng", 31.4),
            ("Vốn đầu tư công", "tỷ đồng", 9.2),
        )
        for number, (name, measure, size) in enumerate(rows):
            wobble = 1 + 0.02 * ((step * 31 + number * 7) % 9 - 4)
            value = round(size * (1 + 0.05 * (year - 2018)) * (1 + 0.1 * ((month * 7 + number) % 5)) * wobble, 1 if number else 0)
            sums[name] = round((sums.get(name, 0.0) if month > 1 else 0.0) + value, 1)
            for column, cell in enumerate((number + 1, name, measure, value, sums[name])):
                sheet.write(3 + number, column, cell)
        sheet.write_row(6, 0, [4, "Tỷ lệ bao phủ BHYT", "%", "", round(93 + 0.01 * (12 * (year - 2018) + month), 2)])


def taken(checkout: Path, root: Path, unit: str, files: list[Path]) -> dict[str, float]:
    """What one version makes of a unit's files, in a project folder and a process of its own."""
    with tempfile.TemporaryDirectory() as name:
        shutil.copytree(root / "data", Path(name) / "data")
        environment = {**os.environ, "KPI_ROOT": name, "PYTHONPATH": str(checkout)}
        command = [sys.executable, "-c", CODE, unit, *map(str, files)]
        done = subprocess.run(command, cwd=checkout, env=environment, capture_output=True, text=True, check=True)
    return dict(json.loads(done.stdout.splitlines()[-1]))


def make(root: Path, number: int, each: int) -> tuple[str, list[Path]]:
    """A unit and its monthly files."""
    folder = root / "data" / "raw" / f"p{number:02d}"
    (folder / "deliveries").mkdir(parents=True)
    folder.joinpath("unit.toml").write_text(TOML.format(number), encoding="utf-8")
    known = "".join(f"{key},{basis},{period},{value},{measure},actual,2018-01-06,thử\n" for key, basis, period, value, measure in BEFORE)
    head = "indicator,basis,period,value,measure,status,published,source\n"  # a unit that has figures is not asked about their size
    (folder / "deliveries" / "truoc.csv").write_text(head + known, encoding="utf-8")
    sums: dict[str, float] = {}
    files = [root / f"p{number:02d}-{2018 + step // 12}-{step % 12 + 1:02d}.xlsx" for step in range(each)]
    for step, path in enumerate(files):
        write(path, step, sums)
    return folder.name, files


def told(found: dict[Path, list[dict[str, float]]], plain: float, deliveries: int) -> None:
    """Print what was found so far."""
    print(f"{deliveries} deliveries; pandas.read_excel alone {plain:.1f} s", flush=True)
    for checkout, parts in found.items():
        wall, computing, accepted, waiting = (sum(part[key] for part in parts) for key in ("wall", "computing", "accepted", "waiting"))
        memory, reader = (max(part[key] for part in parts) for key in ("memory", "reader"))
        print(
            f"  {checkout.name}: {accepted:.0f} figures accepted, {waiting:.0f} waiting in {wall:.1f} s, {accepted / wall:.0f} a second; "
            f"computing {computing:.1f} s; memory {memory:.0f} MB, reading {reader:.0f} MB"
        )
    if len(found) > 1:
        new, old = ([sum(part[key] for part in parts) for key in ("wall", "computing")] for parts in found.values())
        print(f"  {old[0] / new[0]:.1f} times as fast, {old[1] / new[1]:.1f} times less computing", flush=True)


def main() -> None:
    """Make the files, take them in, print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--deliveries", type=int, nargs="+", default=[300, 1000, 3000])
    parser.add_argument("--each", type=int, default=100, help="deliveries of one unit")
    parser.add_argument("--against", type=Path, default=None)
    options = parser.parse_args()
    checkouts = [HERE, *([options.against.resolve()] if options.against else [])]
    found: dict[Path, list[dict[str, float]]] = {checkout: [] for checkout in checkouts}
    with tempfile.TemporaryDirectory() as name:
        root, plain, done = Path(name), 0.0, 0
        while done < max(options.deliveries):
            unit, files = make(root, done // options.each, options.each)
            began = time.perf_counter()
            for path in files:
                pd.read_excel(path, header=None, engine="openpyxl")
            plain += time.perf_counter() - began
            for checkout in checkouts:
                found[checkout].append(taken(checkout, root, unit, files))
            done += options.each
            if any(done - options.each < wanted <= done for wanted in options.deliveries):
                told(found, plain, done)


if __name__ == "__main__":
    main()
