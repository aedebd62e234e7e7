"""Processes that do many tasks each: what dies takes one task with it, and none grows without end."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import psutil
import pytest

from kpi_lib.running.lanes import Lanes
from kpi_lib.words.system import MachineFault


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def die_once(mark: str) -> int:
    """Die in the first process that is asked, answer in the next."""
    if not Path(mark).exists():
        Path(mark).touch()
        die()
    return os.getpid()


def divide(one: int, by: int) -> float:
    return one / by


def sleep(mark: str) -> None:
    Path(mark).write_text(str(os.getpid()))
    time.sleep(600)


def test_a_process_does_many_tasks_and_a_fault_stops_no_other():
    with Lanes(1) as lanes:
        pids = [lanes.submit(os.getpid) for _ in range(3)]
        fault, value = lanes.submit(divide, 1, by=0), lanes.submit(divide, 1, by=4)
    assert len({each.result() for each in pids}) == 1 and pids[0].result() != os.getpid()
    assert isinstance(fault.exception(), ZeroDivisionError) and value.result() == 0.25


def test_a_task_whose_process_died_is_done_once_more_and_then_given_up(tmp_path: Path):
    with Lanes(2) as lanes:
        beside = [lanes.submit(divide, 1, 2) for _ in range(4)]
        again, given_up = lanes.submit(die_once, str(tmp_path / "died")), lanes.submit(die)
        after = lanes.submit(divide, 1, 8)
    assert again.result() > 0 and after.result() == 0.125 and {each.result() for each in beside} == {0.5}
    with pytest.raises(MachineFault, match="died; too little memory"):
        given_up.result()


@pytest.mark.parametrize("limits", [{"most_tasks": 2}, {"most_memory": 1}])
def test_a_process_is_replaced_after_so_many_tasks_or_once_it_has_grown(limits: dict[str, int]):
    with Lanes(1, **limits) as lanes:
        pids = [each.result() for each in [lanes.submit(os.getpid) for _ in range(4)]]
    assert len(set(pids)) == (2 if "most_tasks" in limits else 4)


def test_ended_lanes_leave_no_process_and_what_waited_is_not_begun(tmp_path: Path):
    lanes = Lanes(1)
    idle = Lanes(1)
    at_rest = idle.submit(os.getpid).result()
    idle.end()
    assert not psutil.pid_exists(at_rest)
    running, waiting = lanes.submit(sleep, str(tmp_path / "pid")), lanes.submit(divide, 1, 2)
    while not (tmp_path / "pid").exists() or not (tmp_path / "pid").read_text():
        time.sleep(0.05)
    lanes.end()
    with pytest.raises(MachineFault):
        running.result(30)
    assert waiting.cancelled() and not psutil.pid_exists(int((tmp_path / "pid").read_text()))
