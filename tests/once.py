"""What is costly and the same for many tests is made once a run, by the process that needs it first; the others wait for it and read it."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from kpi_lib.reports.lock import _try_lock

SHARED, KEPT = "KPI_TESTS_SHARED", "KPI_TESTS_KEPT"


def begin(config: pytest.Config) -> None:
    """Make the folder that all processes of this run share; it goes at the end, unless `KPI_TESTS_KEPT` names one to work with again."""
    if hasattr(config, "workerinput"):  # a process of pytest-xdist: its run has begun
        return
    kept = os.environ.get(KEPT)
    folder = Path(kept or tempfile.mkdtemp(prefix="kpi tests "))  # a space in the path, as on a desk
    folder.mkdir(exist_ok=True)
    os.environ[SHARED] = str(folder)
    if not kept:
        config.add_cleanup(lambda: shutil.rmtree(folder, ignore_errors=True))


def once(name: str, make: Callable[[Path], object]) -> Path:
    """The folder that `make(folder)` fills, made by one process of the run only; to be read, or copied before it is changed."""
    shared = Path(os.environ[SHARED])
    folder, made = shared / name, shared / f"{name}.made"
    with (shared / f"{name}.lock").open("a+", encoding="utf-8") as lock:
        while not _try_lock(lock):
            time.sleep(0.1)
        if not made.exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            make(folder)
            made.touch()
    return folder


@contextmanager
def project(root: Path) -> Iterator[Path]:
    """Another project folder for a while."""
    before = os.environ.get("KPI_ROOT")
    os.environ["KPI_ROOT"] = str(root)
    try:
        yield root
    finally:
        os.environ.pop("KPI_ROOT") if before is None else os.environ.update(KPI_ROOT=before)
