"""Run notebooks through papermill, refuse what papermill forgives, and leave nothing running behind.

Two papermill engines. `kpi-kernel` starts a real ipykernel and works everywhere. `kpi-fork` (Linux) keeps one process that has imported the
stack and forks it for every notebook: each notebook still has a process, an environment and a working folder of its own, but none of them
waits for imports. What `kpi-fork` gives up: widget messages, output while a cell runs, and the output of `!commands`.

A notebook runs in three layers, each able to kill the one below: a supervisor with the limit for the whole notebook, a job process with
papermill in it, and the process where the cells run, with the limit for a cell.
"""

from __future__ import annotations

import contextlib
import json
import math
import os
import select
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from .frames import KpiError
from .notebook_job import CELL_OUTPUT_LIMIT
from .notebook_processes import PACKAGE, Facts, command, die_with_parent, environment, fork_all, kill_tree, server, spawn_all, stop_server
from .parameters import Value, check_parameters

__all__ = [
    "ForkEngine", "Job", "KernelEngine", "check_parameters", "default_engine", "register", "run_many", "run_notebook",
    "stop_server", "warm_up",
]  # fmt: skip

START_SECONDS = 60.0
"""A kernel that has not answered by then is killed and started once more."""


@dataclass(frozen=True, slots=True)
class Job:
    """One notebook to run: where it is, where the executed copy goes, its parameters and its limits in seconds."""

    source: Path
    output: Path
    parameters: Mapping[str, Value]
    cell_seconds: float = 120
    notebook_seconds: float = 600


def default_engine() -> str:
    """Return 'fork' where a process can be forked safely, else 'kernel'."""
    return "fork" if sys.platform == "linux" and hasattr(os, "fork") else "kernel"


def run_notebook(
    source: str | Path,
    output: str | Path,
    parameters: Mapping[str, Value],
    *,
    engine: str | None = None,
    cell_seconds: float = 120,
    notebook_seconds: float = 600,
) -> Facts:
    """Run one notebook and write the executed copy to `output`, or raise and write nothing.

    Returns
    -------
    dict
        The facts of the run: `seconds`, `cells` (code cells run), `engine`, `kernel` (what ran the cells, with its version),
        `stderr` (list of texts the cells wrote there), `retries`.

    Raises
    ------
    KpiError
        Parameters refused, a cell failed, a limit was passed, the kernel died, or the notebook did not run to its last cell.
    """
    return run_many([Job(Path(source), Path(output), parameters, cell_seconds, notebook_seconds)], engine=engine, workers=1)[0]


def run_many(
    jobs: Sequence[Job],
    *,
    engine: str | None = None,
    workers: int | None = None,
    on_done: Callable[[Job, Facts], None] | None = None,
) -> list[Facts]:
    """Run several notebooks, `workers` at a time, and return their facts in the order of `jobs`.

    Nothing runs unless the parameters of all of them are right. `on_done` is called here, in the calling thread, as each one ends well,
    while the others go on: the place to export its page. All failures come in one KpiError at the end.
    """
    name = (engine or default_engine()).removeprefix("kpi-")
    if name not in {"fork", "kernel"} or (name == "fork" and default_engine() != "fork"):
        raise KpiError(f"Không có cách chạy '{name}' trên máy này; dùng 'kernel' (no such engine here).")
    checked = _collect_faults([lambda job=job: check_parameters(job.source, job.parameters) for job in jobs])  # type: ignore[misc]
    facts: list[Facts] = [{} for _ in jobs]
    faults: list[KpiError] = []
    with tempfile.TemporaryDirectory(prefix="kpi-", ignore_cleanup_errors=True) as scratch:
        folders = [_prepare(Path(scratch) / str(n), job, values, name) for n, (job, values) in enumerate(zip(jobs, checked, strict=True))]
        ends = (fork_all if name == "fork" else spawn_all)(folders, workers or min(4, os.cpu_count() or 1))
        with contextlib.closing(ends):
            for number, end in ends:
                try:
                    facts[number] = _accept(jobs[number], folders[number], end)
                except KpiError as fault:
                    faults.append(fault)
                else:
                    if on_done:
                        on_done(jobs[number], facts[number])
    _raise(faults)
    return facts


def warm_up() -> None:
    """Start importing the stack now, in the process that will be forked; worth calling before reading data."""
    if default_engine() == "fork":
        server()


def _collect_faults(calls: Sequence[Callable[[], Any]]) -> list[Any]:
    results, faults = [], []
    for call in calls:
        try:
            results.append(call())
        except KpiError as fault:
            faults.append(fault)
    _raise(faults)
    return results


def _raise(faults: Sequence[KpiError]) -> None:
    if len(faults) == 1:
        raise faults[0]
    if faults:
        error = KpiError("\n".join(dict.fromkeys(map(str, faults))))
        for fault in faults:
            for note in getattr(fault, "__notes__", ()):
                error.add_note(note)
        raise error


def _prepare(folder: Path, job: Job, parameters: Mapping[str, Value], engine: str) -> Path:
    """Write the job into a private folder, with an empty working folder beside it."""
    for part in ("work", "home"):
        (folder / part).mkdir(parents=True)
    order = {
        "source": str(job.source.resolve()), "parameters": parameters, "engine": engine, "environment": environment(folder / "home"),
        "cell_seconds": job.cell_seconds, "notebook_seconds": job.notebook_seconds, "start_seconds": START_SECONDS,
    }  # fmt: skip
    (folder / "job.json").write_text(json.dumps(order), encoding="utf-8")
    return folder


def _accept(job: Job, folder: Path, end: Facts) -> Facts:
    """Put the executed notebook in its place, or say in the reader's words why there is none."""
    name, late = job.source.name, end["late"]
    result = _result(folder)
    if result and not late and "fault" not in result:
        job.output.parent.mkdir(parents=True, exist_ok=True)
        staged = job.output.with_name(f".{job.output.name}.{os.getpid()}.part")
        shutil.copyfile(folder / "executed.ipynb", staged)
        staged.replace(job.output)
        return {**result, "retries": end["retries"]}
    if result and not late:
        raise _failure(name, result["fault"], result["detail"])
    limits = {
        "notebook": f"quá {job.notebook_seconds:g} giây (the whole notebook took too long)",
        "start": "không khởi động được (no kernel started)",
    }
    log = (folder / "log").read_text(encoding="utf-8", errors="replace")[-4000:] if (folder / "log").exists() else ""
    log = result.get("detail", "") + log
    raise _failure(name, limits.get(late, f"tiến trình chạy sổ tay dừng đột ngột, mã {end['exit']} (the process died)"), log)


def _result(folder: Path) -> Facts:
    try:
        return dict(json.loads((folder / "result.json").read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return {}


def _failure(name: str, fault: str, detail: str) -> KpiError:
    error = KpiError(f"Sổ tay {name} chưa chạy xong, không xuất bản gì (not finished, nothing was published): {fault}")
    if detail:
        error.add_note(detail)
    return error


def register() -> None:
    """Make both engines known to papermill; installing the package does the same by entry points."""
    from papermill.engines import papermill_engines

    papermill_engines.register("kpi-kernel", KernelEngine)
    papermill_engines.register("kpi-fork", ForkEngine)


class _PapermillEngine:
    """What papermill asks of an engine. Not a subclass of its own: papermill imports us while it is itself being imported."""

    @classmethod
    def execute_notebook(cls, nb: Any, kernel_name: str, **options: Any) -> Any:
        """Run a notebook the way every papermill engine does, with `execute_managed_notebook` for the cells."""
        from papermill.engines import Engine

        return Engine.execute_notebook.__func__(cls, nb, kernel_name, **options)

    @classmethod
    def nb_kernel_name(cls, nb: Any, name: str | None = None) -> str:
        """Return the kernel's name; the notebook need not carry one."""
        return name or nb.metadata.get("kernelspec", {}).get("name", "python3")

    @classmethod
    def nb_language(cls, nb: Any, language: str | None = None) -> str:  # noqa: ARG003
        """Return the language, which is always Python here."""
        return language or "python"


class KernelEngine(_PapermillEngine):
    """A real ipykernel, stopped at once at the end, talking through files in a private folder where the system can."""

    @classmethod
    def execute_managed_notebook(
        cls,
        nb_man: Any,
        kernel_name: str,
        *,
        execution_timeout: float | None = None,
        start_timeout: float = START_SECONDS,
        on_start: Callable[[], None] | None = None,
        **_ignored: Any,
    ) -> None:
        """Run the cells; `on_start` is called when the kernel has answered."""
        client_class, manager_class = _kernel_classes()
        with tempfile.TemporaryDirectory(prefix="kpi-", ignore_cleanup_errors=True) as private:
            manager_class.private = private
            client = client_class(
                nb_man, timeout=math.ceil(execution_timeout) if execution_timeout else None,
                startup_timeout=math.ceil(start_timeout), kernel_name=kernel_name, kernel_manager_class=manager_class,
                shutdown_kernel="immediate", record_timing=False, ipython_hist_file=":memory:",
            )  # fmt: skip
            client.on_start = on_start or (lambda: None)
            client.execute()


def _kernel_classes() -> tuple[Any, Any]:
    """Build the papermill client and the kernel manager; here, because their packages are heavy."""
    from jupyter_client.manager import AsyncKernelManager
    from papermill.clientwrap import PapermillNotebookClient

    class Client(PapermillNotebookClient):
        on_start: Callable[[], None]

        def papermill_execute_cells(self) -> None:
            self.on_start()
            super().papermill_execute_cells()

        def process_message(self, msg: Facts, cell: Any, cell_index: int) -> Any:
            if msg["msg_type"] == "stream":
                seen = getattr(self, "seen", {})
                room = CELL_OUTPUT_LIMIT + 1 - seen.get(cell_index, 0)
                msg["content"]["text"] = msg["content"]["text"][: max(0, room)]
                self.seen = {**seen, cell_index: seen.get(cell_index, 0) + len(msg["content"]["text"])}
            return super().process_message(msg, cell, cell_index)

    class Manager(AsyncKernelManager):
        private = ""

        def __init__(self, **options: Any) -> None:
            super().__init__(**options)
            if os.name == "posix" and len(self.private) < 80:  # a socket's name may have about 100 bytes
                self.transport, self.ip = "ipc", str(Path(self.private) / "k")
            self.connection_file = str(Path(self.private) / "kernel.json")

        def format_kernel_cmd(self, extra_arguments: list[str] | None = None) -> list[str]:
            return [*command("engines.launch_kernel()", "-f", self.connection_file), *(extra_arguments or [])]

        async def _async_pre_start_kernel(self, **options: Any) -> Any:
            command, options = await super()._async_pre_start_kernel(**options)
            own = {"KPI_PACKAGE": str(PACKAGE), "KPI_BATCH": "1", "OPENBLAS_NUM_THREADS": "1"}
            options["env"] = {**os.environ, **options.get("env", {}), **own}
            return command, options

    return Client, Manager


def launch_kernel() -> None:
    """Become an ipykernel; the command of `KernelEngine`."""
    from ipykernel.kernelapp import IPKernelApp

    die_with_parent()
    IPKernelApp.launch_instance()


class ForkEngine(_PapermillEngine):
    """Linux: the cells run in a fork of this process, in a plain IPython shell; outputs come back through a pipe."""

    @classmethod
    def execute_managed_notebook(
        cls,
        nb_man: Any,
        kernel_name: str,  # noqa: ARG003
        *,
        execution_timeout: float | None = None,
        on_start: Callable[[], None] | None = None,
        **_ignored: Any,
    ) -> None:
        """Run the cells, each within `execution_timeout` seconds."""
        cells = nb_man.nb.cells
        receiving, sending = os.pipe()
        pid = os.fork()
        if pid == 0:
            os.close(receiving)
            _play(cells, sending)
        os.close(sending)
        if on_start:
            on_start()
        try:
            for index, cell in enumerate(cells):
                nb_man.cell_start(cell, index)
                try:
                    if cell.cell_type == "code" and cell.source.strip() and not _fill(cell, receiving, execution_timeout):
                        nb_man.cell_exception(cell, cell_index=index)
                        break
                finally:
                    nb_man.cell_complete(cell, cell_index=index)
        finally:
            os.close(receiving)
            kill_tree(pid)
            os.waitpid(pid, 0)


def _fill(cell: Any, receiving: int, seconds: float | None) -> bool:
    """Put the outputs that arrive next into the cell; say whether it went well."""
    import nbformat

    deadline = time.monotonic() + (seconds or math.inf)
    size = int.from_bytes(_read(receiving, 4, deadline), "big")
    answer = json.loads(_read(receiving, size, deadline))
    cell.outputs = [nbformat.from_dict(output) for output in answer["outputs"]]
    cell.execution_count = answer["execution_count"]
    return bool(answer["ok"])


def _read(receiving: int, size: int, deadline: float) -> bytes:
    from nbclient.exceptions import CellTimeoutError, DeadKernelError

    data = b""
    while len(data) < size:
        wait = deadline - time.monotonic()
        if not select.select([receiving], [], [], None if wait == math.inf else max(0.0, wait))[0]:
            raise CellTimeoutError("a cell took too long")
        chunk = os.read(receiving, min(size - len(data), 1 << 20))
        if not chunk:
            raise DeadKernelError("the process running the cells died")
        data += chunk
    return data


def _play(cells: Sequence[Any], sending: int) -> NoReturn:
    """Run the cells in this forked process and send what each put out; never returns."""
    try:
        os.setsid()
        die_with_parent()
        from .forked_shell import new_shell

        shell = new_shell(CELL_OUTPUT_LIMIT)
        for cell in cells:
            if cell.cell_type != "code" or not cell.source.strip():
                continue
            answer = shell.play(cell.source)
            data = json.dumps(answer).encode()
            with os.fdopen(sending, "wb", closefd=False) as pipe:
                pipe.write(len(data).to_bytes(4, "big") + data)
            if not answer["ok"]:
                break
    finally:
        os._exit(0)
