"""Kill a process at any step it takes on the disk, and say whether what is left is whole."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

from kpi_lib.deliveries import store
from kpi_lib.figures.observations import read_observations

STEPS = {"os.rename", "os.mkdir", "os.remove", "os.rmdir", "shutil.copyfile", "shutil.rmtree"}


def count_steps(folder: Path, last: int) -> list[int]:
    """Count every step on the disk below a folder in this process; before step number `last` the process kills itself. The count grows."""
    done, below, sync = [0], str(folder), os.fsync

    def step() -> None:
        done[0] += 1
        if done[0] == last:
            os.kill(os.getpid(), signal.SIGKILL)

    def hear(event: str, arguments: tuple[object, ...]) -> None:
        written = event == "open" and isinstance(arguments[2], int) and arguments[2] & (os.O_WRONLY | os.O_RDWR)
        if (written or event in STEPS) and below in str(arguments[:2]):
            step()

    def synced(descriptor: int) -> None:
        step()
        sync(descriptor)

    sys.addaudithook(hear)
    os.fsync = synced
    return done


def in_a_process(work: Callable[[], object], folder: Path, last: int = 0) -> int | None:
    """Do something in a process of its own that is killed before a step; how many steps it took, None where it was killed."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        code = 1
        try:
            done = count_steps(folder, last)
            work()
            os.write(writing, str(done[0]).encode())
            code = 0
        finally:
            os._exit(code)
    os.close(writing)
    told = os.read(reading, 20)
    os.close(reading)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) or status == 0, status
    return int(told) if told else None


def whole(unit: str, folder: Path) -> None:
    """Every figure has its record, every record its figures and its file, every number one record."""
    records, obs = store.records(unit), read_observations(unit)
    assert len({record.number for record in records}) == len(records)
    undone = {record.withdraws for record in records}
    handed_in = obs[obs["file"].str.startswith("received/")]
    for record in records:
        own = handed_in[(handed_in["file"] == record.stored) & handed_in["source"].str.contains(record.digest[:8])]
        same_file = [one for one in records if one.digest == record.digest and one.number not in undone]
        assert len(own) == sum(one.accepted for one in same_file), (record.number, record.name)
        assert store.digest_of(folder / record.stored) == record.digest
    assert set(handed_in["file"]) <= {record.stored for record in records}
