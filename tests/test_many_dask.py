"""Many reports on a Dask cluster: a real scheduler and real workers, one killed in the middle, the same bytes as on one machine."""

from __future__ import annotations

import contextlib
import importlib.util
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from conftest import furnish, write_unit

from tests.small_unit import FIGURES, TARGETS

PROJECT = Path(__file__).resolve().parents[1]
WARDS = ("xa-a", "xa-b", "xa-c")
WAIT = 900  # seconds
pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("distributed") is None, reason="distributed is not installed: pip install 'kpi-lib[dask]' to run it"
)


def environment(root: Path) -> dict[str, str]:
    path = os.pathsep.join(filter(None, [str(PROJECT), os.environ.get("PYTHONPATH")]))
    return {**os.environ, "KPI_ROOT": str(root), "PYTHONPATH": path, "OPENBLAS_NUM_THREADS": "1"}


def command(*more: str) -> list[str]:
    return [sys.executable, "-m", "kpi_lib.cli", "run", "--units", "xa-*", "--as-of", "2025-10-15", "--month", "--lang", "en", *more]


def until(holds: Callable[[], object], what: str) -> None:
    end = time.monotonic() + WAIT
    while not holds():
        assert time.monotonic() < end, f"waited in vain for {what}"
        time.sleep(0.2)


def published(root: Path) -> dict[str, bytes]:
    """Every file of reports and ledgers but those that tell the clock's time."""
    folders = [path for ward in WARDS for path in (root / "data" / "processed" / ward).glob("*") if path.name in ("reports", "ledger")]
    files = [path for folder in folders for path in folder.rglob("*") if path.is_file() and path.name != "run.json"]
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in files}


def results(root: Path) -> list[dict[str, object]]:
    with contextlib.suppress(OSError, ValueError):
        for kept in root.glob("data/processed/runs/*/summary.json"):
            return list(json.loads(kept.read_text(encoding="utf-8"))["results"])
    return []


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[tuple[str, list[subprocess.Popen[bytes]]]]:
    """The address of a scheduler, and its two workers."""
    told = tmp_path / "scheduler.json"
    plain = {**environment(tmp_path / "elsewhere"), "DASK_DISTRIBUTED__ADMIN__TICK__LIMIT": "1h"}
    run = [sys.executable, "-m", "distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard"]
    with (tmp_path / "log").open("ab") as log, contextlib.ExitStack() as ending:

        def start(words: list[str]) -> subprocess.Popen[bytes]:
            process = subprocess.Popen(words, env=plain, cwd=tmp_path, stdout=log, stderr=log, start_new_session=True)
            ending.callback(process.wait)
            ending.callback(process.kill)
            return process

        start([*run, "--scheduler-file", str(told)])
        until(lambda: told.exists() and told.read_text(encoding="utf-8").strip().endswith("}"), "the scheduler")
        address = json.loads(told.read_text(encoding="utf-8"))["address"]
        work = [sys.executable, "-m", "distributed.cli.dask_worker", address, "--nthreads", "1", "--no-nanny", "--no-dashboard"]
        yield address, [start([*work, "--name", name]) for name in ("first", "second")]


def test_a_killed_worker_loses_nothing_and_the_bytes_are_those_of_one_machine(
    tmp_path: Path, cluster: tuple[str, list[subprocess.Popen[bytes]]]
):
    address, workers = cluster
    here, there = tmp_path / "one machine", tmp_path / "cluster"
    furnish(here)
    for ward in WARDS:
        write_unit(here, FIGURES, targets=TARGETS, unit=ward)
    shutil.copytree(here, there, symlinks=True)
    alone = subprocess.run(command(), env=environment(here), cwd=here, capture_output=True, text=True, check=False)
    assert alone.returncode == 10, alone.stdout + alone.stderr
    with subprocess.Popen(command("--scheduler", address), env=environment(there), cwd=there, stdout=subprocess.PIPE, text=True) as running:
        until(lambda: results(there) or running.poll() is not None, "the first report")
        until(lambda: list(there.glob("data/processed/xa-*/.staging-*")) or running.poll() is not None, "a report in the making")
        workers[0].send_signal(signal.SIGKILL)
        told, _ = running.communicate(timeout=WAIT)
    assert running.returncode == 10, told
    assert {str(each["order"]["unit"]): each["code"] for each in results(there)} == dict.fromkeys(WARDS, 10)  # type: ignore[index]
    assert workers[0].wait() == -signal.SIGKILL and workers[1].poll() is None
    mine, theirs = published(here), published(there)
    assert set(mine) == set(theirs) and len(mine) > 8 * len(WARDS)
    assert [name for name in mine if mine[name] != theirs[name]] == []


def test_a_scheduler_that_does_not_answer_is_named(tmp_path: Path):
    furnish(tmp_path)
    write_unit(tmp_path, FIGURES, unit="xa-a")
    done = subprocess.run(
        command("--scheduler", "tcp://127.0.0.1:9"), env=environment(tmp_path), cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 50 and "The scheduler tcp://127.0.0.1:9 does not answer" in done.stderr
