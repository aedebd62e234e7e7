"""Run notebooks through papermill, refuse what papermill forgives, and leave nothing running behind.

Two papermill engines. `kpi-kernel` starts a real ipykernel and works everywhere. `kpi-fork` (Linux) keeps one process that has imported the
stack and forks it for every notebook: each notebook still has a process, an environment and a working folder of its own, but none of them
waits for imports. What `kpi-fork` gives up: widget messages, output while a cell runs, and the output of `!commands`.

A notebook runs in three layers, each able to kill the one below: a supervisor with the limit for the whole notebook, a job process with
papermill in it, and the process where the cells run, with the limit for a cell.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import shutil
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kpi_lib import disk
from kpi_lib.running.interpreter import START_SECONDS, Facts, environment
from kpi_lib.running.parameters import Value, check_parameters
from kpi_lib.running.processes import Before, fork_all, server, spawn_all
from kpi_lib.words.messages import KpiError, Text, listed
from kpi_lib.words.system import MACHINE, MachineFault, refused


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
    before: Before | None = None,
) -> list[Facts]:
    """Run several notebooks, `workers` at a time, and return their facts in the order of `jobs`.

    Nothing runs unless the parameters of all of them are right. `on_done` is called here, in the calling thread, as each one ends well,
    while the others go on: the place to export its page. `before` is done once in the process that is forked, so that no notebook has to;
    where none is forked it is left out. All failures come in one KpiError at the end.
    """
    name = (engine or default_engine()).removeprefix("kpi-")
    if name not in {"fork", "kernel"} or (name == "fork" and default_engine() != "fork"):
        raise KpiError("There is no engine '{name}' on this machine; use 'kernel'.", name=name)
    checked = _collect_faults([lambda job=job: check_parameters(job.source, job.parameters) for job in jobs])  # type: ignore[misc]
    facts: list[Facts] = [{} for _ in jobs]
    faults: list[KpiError] = []
    with disk.scratch() as scratch:
        folders = [_prepare(Path(scratch) / str(n), job, values, name) for n, (job, values) in enumerate(zip(jobs, checked, strict=True))]
        at_once = workers or min(4, os.cpu_count() or 1)
        ends = fork_all(folders, at_once, before) if name == "fork" else spawn_all(folders, at_once)
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
        kind = MachineFault if any(isinstance(fault, MachineFault) for fault in faults) else KpiError
        error = kind(listed(dict.fromkeys(fault.words for fault in faults), "\n"))
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
        message, fields = result["fault"]
        raise _failure(name, Text(message, **fields), result["detail"], result["errno"])
    limits = {
        "notebook": Text("the whole notebook took more than {seconds:second|seconds}", seconds=f"{job.notebook_seconds:g}"),
        "start": Text("no kernel started"),
    }
    log = (folder / "log").read_text(encoding="utf-8", errors="replace")[-4000:] if (folder / "log").exists() else ""
    log = result.get("detail", "") + log
    died = Text("the process of the notebook died with code {code}", code=str(end["exit"]))
    number = 0 if late == "notebook" else end["exit"] if end["exit"] in MACHINE else errno.ECHILD
    raise _failure(name, limits.get(late, died), log, number)


def _result(folder: Path) -> Facts:
    try:
        return dict(json.loads((folder / "result.json").read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return {}


def _failure(name: str, fault: Text, detail: str, number: int = 0) -> KpiError:
    """What became of a notebook; with the number of the system's error where the machine is at fault."""
    if number in MACHINE:
        fault = Text("{reason} ({fault})", reason=refused(OSError(number, os.strerror(number))), fault=fault)
    told = Text("Notebook {name} did not finish: {fault}", name=name, fault=fault)
    error = MachineFault(told) if number else KpiError(told)
    if detail:
        error.add_note(detail)
    return error
