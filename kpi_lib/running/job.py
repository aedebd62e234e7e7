"""The process of one notebook: papermill runs it, then we judge what papermill calls a success."""

from __future__ import annotations

import ast
import contextlib
import errno
import json
import os
import re
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn

from kpi_lib.running.interpreter import CELL_OUTPUT_LIMIT, Facts, adopt_orphans
from kpi_lib.running.parameters import Value
from kpi_lib.words.messages import Text
from kpi_lib.words.system import MACHINE


def run_job(folder_name: str) -> NoReturn:
    """Do the job described in a folder and leave `result.json` and `executed.ipynb` there; ends the process."""
    folder = Path(folder_name)
    try:
        adopt_orphans()
        job = json.loads((folder / "job.json").read_text(encoding="utf-8"))
        os.environ.clear()
        os.environ.update(job["environment"])
        result = _execute(job, folder)
    except BaseException as error:  # whatever happened must reach the report
        import traceback

        fault = error.fault if isinstance(error, _Refused) else _explain(error)
        detail = "".join(traceback.format_exception(error))[-20_000:]
        result = {"fault": (fault.message, dict(fault.fields)), "detail": detail, "errno": _refused_by_the_machine(error)}
    try:
        (folder / "result.json").write_text(json.dumps(result), encoding="utf-8")
    except OSError as error:
        os._exit(error.errno or 1)  # a full disk takes no word of it: the number is all that can be told
    import psutil

    for child in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.Error):
            child.kill()
    os._exit(0)


def _execute(job: Facts, folder: Path) -> Facts:
    import nbformat
    import papermill

    from kpi_lib.running.engines import register

    register()
    notebook = nbformat.read(job["source"], as_version=4)
    expected = sum(cell.cell_type == "code" and bool(cell.source.strip()) for cell in notebook.cells) + bool(job["parameters"])
    begun = time.perf_counter()
    done = papermill.execute_notebook(
        notebook, folder / "executed.ipynb", job["parameters"], engine_name=f"kpi-{job['engine']}", kernel_name="python3", language="python",
        progress_bar=False, request_save_on_cell_execute=False, cwd=folder / "work", start_timeout=job["start_seconds"],
        execution_timeout=job["cell_seconds"], on_start=(folder / "started").touch, tidy=_without_traces,
    )  # fmt: skip
    seconds = time.perf_counter() - begun
    _judge(done, expected, job["parameters"])
    cells = [cell for cell in done.cells if cell.cell_type == "code"]
    noise = [out.text[:2000] for cell in cells for out in cell.outputs if out.output_type == "stream" and out.name == "stderr"]
    kernel = _kernel_version(job["engine"])
    return {"seconds": round(seconds, 3), "cells": expected, "engine": job["engine"], "kernel": kernel, "stderr": noise}


class _Refused(Exception):
    """A run that papermill would call a success, or could not name; `fault` is for the reader."""

    def __init__(self, fault: Text) -> None:
        super().__init__(fault)
        self.fault = fault


def _judge(notebook: Any, expected: int, parameters: Mapping[str, Value]) -> None:
    """Refuse a notebook that did not run, whole and in order, with the values that were asked for."""
    cells = [cell for cell in notebook.cells if cell.cell_type == "code" and cell.source.strip()]
    for cell in cells:
        error = next((out for out in cell.outputs if out.output_type == "error"), None)
        if error:
            raise _Refused(_failed(cell.source, error.ename, error.evalue))
        if len(json.dumps(cell.outputs)) > CELL_OUTPUT_LIMIT:
            raise _Refused(
                Text("cell «{cell}» printed more than {most} MB", cell=_first_line(cell.source), most=CELL_OUTPUT_LIMIT // 1_000_000)
            )
    if [cell.execution_count for cell in cells] != list(range(1, expected + 1)):
        raise _Refused(Text("a code cell has not run, or not in order"))
    injected = [cell.source for cell in cells if "injected-parameters" in cell.metadata.get("tags", [])]
    found = {node.targets[0].id: ast.literal_eval(node.value) for source in injected for node in ast.parse(source).body}
    if found != dict(parameters):
        raise _Refused(Text("the injected parameters are not those asked for"))


def _without_traces(notebook: Any) -> Any:
    """Remove what papermill and a kernel note about paths, times and machines; give the injected cell a fixed id."""
    notebook.metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    for cell in notebook.cells:
        for key in ("papermill", "execution"):
            cell.metadata.pop(key, None)
        if cell.cell_type == "code":
            cell.outputs = _joined(cell.outputs)
        if "injected-parameters" in cell.metadata.get("tags", []):
            cell.id = "injected-parameters"
    return notebook


def _joined(outputs: Sequence[Any]) -> list[Any]:
    """Join pieces of one stream, which a kernel cuts by the clock."""
    joined: list[Any] = []
    for output in outputs:
        if joined and output.output_type == "stream" == joined[-1].output_type and output.name == joined[-1].name:
            joined[-1].text += output.text
        else:
            joined.append(output)
    return joined


def _first_line(source: str) -> str:
    """What a reader finds a cell by."""
    return source.strip().splitlines()[0][:60]


def _failed(source: str, kind: str, said: object) -> Text:
    return Text("cell «{cell}» failed with {kind}: {said}", cell=_first_line(source), kind=kind, said=str(said)[:300])


def _refused_by_the_machine(error: BaseException) -> int:
    """The number of the system's error if the machine, not the notebook, is at fault: here or in a cell; else 0."""
    kind, said = getattr(error, "ename", type(error).__name__), str(getattr(error, "evalue", error))
    if kind in ("MemoryError", "DeadKernelError"):
        return errno.ENOMEM if kind == "MemoryError" else errno.ECHILD
    number = re.match(r"\[Errno (\d+)\]", said)
    return int(number[1]) if number and int(number[1]) in MACHINE else 0


def _explain(error: BaseException) -> Text:
    """Return what happened in one sentence."""
    kind = type(error).__name__
    if kind == "PapermillExecutionError":
        return _failed(error.source, error.ename, error.evalue)  # type: ignore[attr-defined]
    known = {
        "CellTimeoutError": Text("a cell took too long and was stopped"),
        "DeadKernelError": Text("the kernel died, perhaps for want of memory"),
        "MemoryError": Text("out of memory"),
    }
    return known.get(kind, Text("internal error {kind}", kind=kind))


def _kernel_version(engine: str) -> str:
    from importlib.metadata import version

    package = "IPython" if engine == "fork" else "ipykernel"
    return f"Python {sys.version_info.major}.{sys.version_info.minor}.{sys.version_info.micro}, {package} {version(package)}"
