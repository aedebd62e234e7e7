"""The two engines that papermill knows us by: a real kernel, and a fork of a process that has imported the stack."""

from __future__ import annotations

import json
import math
import os
import select
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NoReturn

from kpi_lib import disk
from kpi_lib.running.interpreter import CELL_OUTPUT_LIMIT, PACKAGE, START_SECONDS, Facts, adopt_orphans, command, die_with, kill_tree


def register() -> None:
    """Make both engines known to papermill; installing the package does the same by entry points."""
    from papermill.engines import papermill_engines

    papermill_engines.register("kpi-kernel", KernelEngine)
    papermill_engines.register("kpi-fork", ForkEngine)


class _PapermillEngine:
    """What papermill asks of an engine. Not a subclass of its own: papermill imports us while it is itself being imported."""

    @classmethod
    def execute_notebook(cls, nb: Any, kernel_name: str, *, tidy: Callable[[Any], Any] | None = None, **options: Any) -> Any:
        """Run a notebook the way every papermill engine does, with `execute_managed_notebook` for the cells; papermill writes what `tidy` leaves of it."""
        from papermill.engines import Engine

        done = Engine.execute_notebook.__func__(cls, nb, kernel_name, **options)
        return tidy(done) if tidy else done

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
        with disk.scratch() as private:
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

    adopt_orphans()
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
        parent, pid = os.getpid(), os.fork()
        if pid == 0:
            os.close(receiving)
            _play(cells, sending, parent)
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


def _play(cells: Sequence[Any], sending: int, parent: int) -> NoReturn:
    """Run the cells in this forked process and send what each put out; never returns."""
    try:
        os.setsid()
        die_with(parent)
        adopt_orphans()
        from kpi_lib.running.forked_shell import new_shell

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
