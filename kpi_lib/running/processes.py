"""The processes notebooks run in: who starts them, who watches their time, and who makes sure that none is left.

Either one process that has imported the stack forks itself for every notebook, or every notebook gets a new interpreter. A supervisor
stands over both and kills a whole family of processes when a limit is passed, when the caller gives up, or when the caller dies.
"""

from __future__ import annotations

import atexit
import contextlib
import importlib
import json
import math
import os
import queue
import select
import subprocess
import threading
import time
from collections import deque
from collections.abc import Generator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NoReturn

from kpi_lib import disk
from kpi_lib.definitions.folders import root
from kpi_lib.running.interpreter import Facts, command, die_with, environment, kill_tree, outlive_parent
from kpi_lib.words.system import MachineFault

Before = tuple[str, Mapping[str, Any]]
"""What is done once, before processes are forked: `module:function` and what it is given."""

PRELOAD = (
    "papermill", "nbformat", "nbclient.exceptions", "jupyter_client.jsonutil", "psutil", "numpy", "pandas", "altair", "pyarrow.dataset", "pyarrow.parquet",
    "kpi_lib.charts", "kpi_lib.page.tables", "kpi_lib.narrative", "kpi_lib.record.ledger", "kpi_lib.record.scores", "kpi_lib.forecast.project",
    "kpi_lib.record.replays", "kpi_lib.page.sections", "kpi_lib.page.whatif", "kpi_lib.page.deliveries", "kpi_lib.page.draft", "kpi_lib.page.together",
    "kpi_lib.running.forked_shell", "IPython.core.application", "IPython.core.completerlib", "kpi_lib.page.markup:warm",
    "kpi_lib.charts.base.drawing:warm",
)  # fmt: skip
"""What the process that is forked has imported beforehand, or has called (`module:function`); what cannot be is skipped."""


class _Server:
    """The process that has imported the stack and forks itself for every job; it dies with this process, and its jobs with it."""

    def __init__(self) -> None:
        self.home = disk.scratch()
        self.owner = os.getpid()
        self.process = subprocess.Popen(
            command("processes.serve()"), stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=self.home.name,
            env=environment(Path(self.home.name)),
            start_new_session=True, text=True, encoding="utf-8",
        )  # fmt: skip

    def send(self, **order: object) -> None:
        assert self.process.stdin
        self.process.stdin.write(json.dumps(order) + "\n")
        self.process.stdin.flush()

    def receive(self) -> Facts:
        assert self.process.stdout
        line = self.process.stdout.readline()
        if not line:
            raise MachineFault("The process that runs notebooks died; run again.")
        return dict(json.loads(line))

    def stop(self) -> None:
        """Close its input, which makes it kill its jobs and end."""
        if self.owner != os.getpid():
            return
        for stream in (self.process.stdin, self.process.stdout):
            with contextlib.suppress(OSError):
                if stream:
                    stream.close()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            kill_tree(self.process.pid)
            self.process.wait()
        self.home.cleanup()


_servers: list[_Server] = []


def server() -> _Server:
    """Return the living server of this process, starting it if needed."""
    if _servers and (_servers[0].process.poll() is not None or _servers[0].owner != os.getpid()):
        stop_server()
    if not _servers:
        _servers.append(_Server())
        atexit.register(stop_server)
    return _servers[0]


def stop_server() -> None:
    """End the process that is kept for forking; the next run starts another."""
    while _servers:
        _servers.pop().stop()


def fork_all(folders: Sequence[Path], workers: int, before: Before | None = None) -> Generator[tuple[int, Facts], None, None]:
    """Have `before` done in the server, send it the jobs, a few ahead of need, and yield (number, end) as they finish."""
    forking, waiting, running = server(), deque(range(len(folders))), 0
    finished = False
    try:
        if before:
            forking.send(call=before[0], given=before[1], root=str(root()))
        while waiting or running:
            while waiting and running < workers + 2:
                number = waiting.popleft()
                forking.send(number=number, folder=str(folders[number]), workers=workers)
                running += 1
            end = forking.receive()
            running -= 1
            yield end.pop("number"), {**end, "retries": 0}
        finished = True
    except OSError as error:
        raise MachineFault("The process that runs notebooks died; run again.") from error
    finally:
        if not finished:
            stop_server()


def serve() -> NoReturn:
    """Fork a process for each job read from standard input, watch its time, report its end; kill all when the input closes."""
    replies, arriving, waiting, running = os.fdopen(os.dup(1), "w"), b"", deque[Facts](), dict[int, Facts]()
    _point_output_at(os.devnull, to=(1,))
    _import_stack()
    outlive_parent()  # its end closes our input; a thread of it that started us may end before it does
    while True:
        while waiting and len(running) < waiting[0]["workers"]:
            job = _fork_job(waiting.popleft())
            running[job["watch"]] = job
        wait = min((job["deadline"] for job in running.values()), default=math.inf) - time.monotonic()
        ready = select.select([0, *running], [], [], None if wait == math.inf else max(0.0, wait))[0]
        if 0 in ready:
            chunk = os.read(0, 1 << 16)
            if not chunk:
                break
            *lines, arriving = (arriving + chunk).split(b"\n")
            for order in map(json.loads, lines):
                waiting.append(order) if "folder" in order else _prepare(order)
        now = time.monotonic()
        for watch in [watch for watch, job in running.items() if watch in ready or job["deadline"] <= now]:
            job = running.pop(watch)
            late = "" if watch in ready else "notebook"
            print(json.dumps({"number": job["number"], "exit": _reap(job["pid"], watch), "late": late}), file=replies, flush=True)
    for watch, job in running.items():
        _reap(job["pid"], watch)
    os._exit(0)


def _prepare(order: Facts) -> None:
    """Do once what every job of a run would do; what goes wrong here goes wrong again in the job, which tells of it."""
    os.environ["KPI_ROOT"] = order["root"]
    with contextlib.suppress(Exception):
        _called(order["call"], **order["given"])


def _called(name: str, **given: Any) -> None:
    module, _, made = name.partition(":")
    found = importlib.import_module(module)
    if made:
        getattr(found, made)(**given)


def _import_stack() -> None:
    import gc

    for name in PRELOAD:
        with contextlib.suppress(Exception):
            _called(name)
    import nbformat.v4

    nbformat.validate(nbformat.v4.new_notebook())  # makes the checker of notebooks, which costs as much as running a short one
    gc.collect()
    gc.freeze()


def _fork_job(job: Facts) -> Facts:
    parent, pid = os.getpid(), os.fork()
    if pid == 0:
        os.setsid()
        die_with(parent)
        os.closerange(3, 256)
        _point_output_at(Path(job["folder"]) / "log", to=(1, 2))
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        from kpi_lib.running.job import run_job

        run_job(job["folder"])
    seconds = json.loads((Path(job["folder"]) / "job.json").read_text(encoding="utf-8"))["notebook_seconds"]
    return {**job, "pid": pid, "watch": os.pidfd_open(pid), "deadline": time.monotonic() + seconds}


def _reap(pid: int, watch: int) -> int:
    kill_tree(pid)
    os.close(watch)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def spawn_all(folders: Sequence[Path], workers: int) -> Generator[tuple[int, Facts], None, None]:
    """Start a new interpreter for each job and yield (number, end) as they finish."""
    ends: queue.SimpleQueue[tuple[int, Facts]] = queue.SimpleQueue()
    stopped = threading.Event()

    def work(number: int) -> None:
        ends.put((number, _spawn_watched(folders[number], stopped)))

    with ThreadPoolExecutor(workers) as pool:
        try:
            for number in range(len(folders)):
                pool.submit(work, number)
            for _ in folders:
                yield ends.get()
        finally:
            stopped.set()
            pool.shutdown(cancel_futures=True)


def _spawn_watched(folder: Path, stopped: threading.Event) -> Facts:
    """Run one job under its limits; a kernel that does not start gets a second chance."""
    job = json.loads((folder / "job.json").read_text(encoding="utf-8"))
    for retries in (0, 1):
        with (folder / "log").open("ab") as log:
            process = subprocess.Popen(
                command("job.run_job(sys.argv[1])", str(folder)), stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                cwd=folder / "work", env=job["environment"], start_new_session=True,
            )  # fmt: skip
        late = _watch(process, folder, job, stopped)
        kill_tree(process.pid)
        code = process.wait()
        started = (folder / "started").exists()
        if started or retries or stopped.is_set():
            break
    return {"exit": code, "late": late or ("" if started else "start"), "retries": retries}


def _watch(process: subprocess.Popen[bytes], folder: Path, job: Facts, stopped: threading.Event) -> str:
    """Wait for the end and return '', or 'start' or 'notebook' for the limit that was passed."""
    begun = time.monotonic()
    while process.poll() is None:
        spent = time.monotonic() - begun
        if spent > job["notebook_seconds"] or stopped.is_set():
            return "notebook"
        if spent > job["start_seconds"] and not (folder / "started").exists():
            return "start"
        time.sleep(0.02)
    return ""


def _point_output_at(path: str | Path, to: Sequence[int]) -> None:
    target = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    for number in to:
        os.dup2(target, number)
    os.close(target)
