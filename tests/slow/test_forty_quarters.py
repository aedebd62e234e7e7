"""Ten years unattended: forty quarters in a row by `run-due`, each a process of its own as a scheduler starts it.

    python -m pytest tests/slow/test_forty_quarters.py -s      (a quarter of an hour; KPI_SOAK_QUARTERS=4 for the last four only)

The figures of docs/reliability.md are what this prints.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from conftest import PROJECT, monthly, target

from kpi_lib.definitions import folders, schedule
from kpi_lib.definitions.indicators import day, read_unit
from kpi_lib.record import chain
from kpi_lib.reports import last_run, verify
from kpi_lib.reports.archive import reports

FIRST, LAST, QUARTERS = day("2016-01-01"), day("2025-12-31"), int(os.environ.get("KPI_SOAK_QUARTERS", "40"))
ROWS = [
    row
    for year in range(2012, 2026)
    for row in monthly("new_enterprises", year, [8 + year % 5 + month % 3 for month in range(12)], measure="doanh nghiệp")
]
TARGETS = [target("new_enterprises", year, 120) for year in range(2013, 2026)]


def run_due(unit: str, on: str, since: str, temporary: Path) -> tuple[int, float]:
    """Start the command as a scheduler does; its exit code and the most memory of any of its processes, in MB."""
    environment = {**os.environ, "PYTHONPATH": str(PROJECT), "PYTHONUTF8": "1", "TMPDIR": str(temporary)}
    process = subprocess.Popen(
        [sys.executable, "-m", "kpi_lib.cli", "run-due", "--unit", unit, "--since", since, "--on", on],
        env=environment,
        stdout=subprocess.DEVNULL,
    )
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return process.returncode, used.ru_maxrss / 1024


def size(folder: Path) -> int:
    return sum(path.lstat().st_size for path in folder.rglob("*") if path.is_file())


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="memory is asked of Linux")
def test_ten_years_leave_forty_reports_and_nothing_else(make_unit, tmp_path: Path):
    unit = make_unit(ROWS, targets=TARGETS, toml='time_zone = "Asia/Ho_Chi_Minh"')
    days = schedule.report_days(read_unit(unit), FIRST, LAST)[-QUARTERS:]
    assert len(days) == QUARTERS
    processed, told = folders.processed(unit), []
    with tempfile.TemporaryDirectory() as temporary:
        for each in days:
            before = size(processed) if processed.exists() else 0
            code, memory = run_due(unit, str(each), str(days[0]), Path(temporary))
            told.append((each, code, memory, size(processed) - before, len(list(Path(temporary).iterdir()))))
            print("{}  exit {}  {:5.0f} MB of memory  {:8,} bytes of disk  {} left in TMPDIR".format(*told[-1]), flush=True)
        shutil.move(processed, tmp_path / "kept")
        _, alone = run_due(unit, str(days[-1]), str(days[-1]), Path(temporary))
        shutil.rmtree(processed)
        shutil.move(tmp_path / "kept", processed)
    assert {code for _, code, *_ in told} <= {0, 10}
    assert sorted(path.name for path in reports(unit).glob("2*")) == [str(each) for each in days]
    assert max(left for *_, left in told) == 0
    assert not [path for path in processed.rglob("*") if re.search(r"\.tmp$|^\.(staging|previous|index|last_run)", path.name)]
    assert verify.faults(unit) == [] and len(chain.links(unit)) == 2 * QUARTERS
    last = told[-1][2]
    print(
        f"memory: {told[0][2]:.0f} MB in the first quarter, {last:.0f} MB in the last; {alone:.0f} MB in the last without any report before it"
    )
    assert last < 1.1 * alone, "what was published before costs memory"
    in_reports, ledger = size(reports(unit)), size(processed / "ledger")
    print(
        f"disk: {in_reports / QUARTERS / 1e6:.2f} MB a report, {ledger / QUARTERS / 1e3:.1f} kB a round, {(size(processed) - in_reports - ledger) / 1e6:.2f} MB else"
    )
    run = last_run.read(unit)
    assert run is not None and run.good
