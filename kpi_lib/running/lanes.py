"""Workers on this machine that do many tasks each: processes that keep what is costly to begin, and are replaced before they grow.

A lane is a thread with one process of its own. A process that dies takes one task with it, which a new one does once more; the lanes beside
it notice nothing.
"""

from __future__ import annotations

import functools
import multiprocessing
import os
import queue
import signal
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from kpi_lib.running.interpreter import die_with, kill_tree
from kpi_lib.words.system import MachineFault

MOST_TASKS = 40
"""Tasks that a process does before a new one takes its place."""

MOST_MEMORY = 900_000_000
"""Bytes that a process may hold after a task; one that holds more is replaced."""

_PATIENCE = 30  # seconds, for a process that ends by itself


@dataclass(frozen=True, slots=True)
class _Call:
    """What is to be called, and who waits for its value."""

    future: Future[Any]
    function: Callable[..., Any]
    given: tuple[Any, ...]
    named: Mapping[str, Any]


class Lanes(Executor):
    """An executor of processes on this machine, as many at once as it has lanes.

    A task whose process died, and the next one's too, fails with MachineFault; whatever else it raises is raised by its future.
    """

    def __init__(self, lanes: int, *, most_tasks: int = MOST_TASKS, most_memory: int = MOST_MEMORY) -> None:
        self.calls: queue.SimpleQueue[_Call | None] = queue.SimpleQueue()
        self.pids: dict[int, int] = {}
        self.busy: set[int] = set()
        self.stopped = False
        self.lanes = [
            threading.Thread(target=self._work, args=(lane, most_tasks, most_memory), daemon=True, name=f"lane {lane}")
            for lane in range(lanes)
        ]
        for thread in self.lanes:
            thread.start()

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Have a function called in one of the processes."""
        call = _Call(Future(), fn, args, kwargs)
        self.calls.put(call)
        return call.future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Begin no more once what was submitted is done; with `cancel_futures` only what runs already is done."""
        if cancel_futures:
            with suppress(queue.Empty):
                while call := self.calls.get_nowait():
                    call.future.cancel()
        for _ in self.lanes:
            self.calls.put(None)
        for thread in self.lanes if wait else ():
            thread.join()

    def end(self) -> None:
        """Begin nothing more, and leave no process: one in the middle of a task is killed, and its task fails; an idle one ends by itself."""
        self.stopped = True
        self.shutdown(wait=False, cancel_futures=True)
        for lane in list(self.busy):
            kill_tree(self.pids.get(lane, 0))
        for thread in self.lanes:
            thread.join(_PATIENCE)

    def _work(self, lane: int, most_tasks: int, most_memory: int) -> None:
        pool, done = None, 0
        while call := self.calls.get():
            if not call.future.set_running_or_notify_cancel():
                continue
            self.busy.add(lane)
            pool, tell = self._done(call, pool or self._pool(lane), lane)
            self.busy.discard(lane)
            tell()
            done = done + 1 if pool else 0
            if pool and (done >= most_tasks or _memory(self.pids.get(lane, 0)) > most_memory):
                self._without(pool, lane)
                pool, done = None, 0
        if pool:
            self._without(pool, lane)

    def _done(self, call: _Call, pool: ProcessPoolExecutor, lane: int) -> tuple[ProcessPoolExecutor | None, Callable[[], None]]:
        """The process after a task, if it lives, and how its end is told."""
        for last in (False, True):
            try:
                value = pool.submit(call.function, *call.given, **call.named).result()
                return pool, functools.partial(call.future.set_result, value)
            except BrokenProcessPool:
                self._without(pool, lane)
                if last or self.stopped:
                    break
                pool = self._pool(lane)
            except BaseException as error:  # whatever it is belongs to who waits
                return pool, functools.partial(call.future.set_exception, error)
        died = MachineFault("The process that worked on it died; too little memory is the usual cause.")
        return None, lambda: call.future.set_exception(died)

    def _pool(self, lane: int) -> ProcessPoolExecutor:
        pool = ProcessPoolExecutor(1, multiprocessing.get_context("spawn"), initializer=_begin, initargs=(os.getpid(),))
        with suppress(BrokenProcessPool):  # is told to the task
            self.pids[lane] = pool.submit(os.getpid).result()
        return pool

    def _without(self, pool: ProcessPoolExecutor, lane: int) -> None:
        pool.shutdown()
        self.pids.pop(lane, None)


def _begin(parent: int) -> None:
    """A process of a lane dies with its owner, who alone hears the keyboard."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    die_with(parent)


def _memory(pid: int) -> int:
    import psutil

    with suppress(psutil.Error):
        return int(psutil.Process(pid).memory_info().rss)
    return 0
