"""`kpi run --units`: many reports in one run, several at a time; one that fails stops no other, and a run that was broken off goes on."""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, as_completed
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from kpi_lib import __version__
from kpi_lib.cli.console import ENVIRONMENT, INTERNAL, STOPPED, language, progress, tell
from kpi_lib.cli.unattended import WORST
from kpi_lib.words.messages import KpiError, Named, Text, Words, plural, say
from kpi_lib.words.system import MachineFault, refused

if TYPE_CHECKING:
    from kpi_lib.definitions.many.plan import Order
    from kpi_lib.reports.many.state import Batch, Ended

JOBS = 2


def add_many(run: argparse.ArgumentParser, lang: str) -> None:
    """What `kpi run` is told of many units."""
    units = say("many units: ids, a pattern like 'ward-*', children-of:UNIT (with commas between them), or a plan, @plan.toml", lang)
    run.add_argument("--units", default="", metavar=say("SELECTION", lang), help=units)
    jobs = say("with --units: reports made at the same time (default: {jobs})", lang, jobs=JOBS)
    run.add_argument("--jobs", type=int, default=JOBS, metavar="N", help=jobs)
    resume = say("with --units: go on with a run of the same reports that was broken off or failed in part", lang)
    run.add_argument("--resume", action="store_true", help=resume)
    scheduler = say("with --units: make the reports on the workers of this Dask scheduler, like tcp://10.0.0.5:8786", lang)
    run.add_argument("--scheduler", default="", metavar=say("ADDRESS", lang), help=scheduler)


# ---- one report, in a worker ---------------------------------------------------------------------------------------------------------

_ONE = threading.Lock()  # standard output and the project are of the process: a worker of several threads makes one report after the other


def make(order: Order, root: str, version: str) -> Ended:
    """Make one report in this process, as `kpi run` does, and say how it ended; whatever goes wrong is said, not raised.

    A process may do this many times: what was imported, compiled and started stays for the next report. What travels is in the arguments
    and in what is returned; figures and pages are read and written in the project's folder, which `KPI_WORKER_ROOT` names where a worker
    has it under another name.
    """
    from kpi_lib.reports.many.state import Ended

    if version != __version__:
        told = Text("this worker runs version {found}, the run was begun with {version}", found=__version__, version=version)
        return Ended(order, ENVIRONMENT, _every_language(told))
    with _ONE, _project(os.environ.get("KPI_WORKER_ROOT") or root):
        began, spent = time.monotonic(), _processor_seconds()
        code, out, err = _command(order.arguments)
        ended = _facts(Ended(order, code), out, err)
        return replace(ended, seconds=round(time.monotonic() - began, 1), cpu=round(_processor_seconds() - spent, 1), memory=_memory())


def _command(arguments: list[str]) -> tuple[int, str, str]:
    """Run a command in this process; its exit code and what it told."""
    from kpi_lib import cli

    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            code = cli.main(arguments)
        except SystemExit as ended:  # options that are none
            code = ended.code if isinstance(ended.code, int) else INTERNAL
    return code, out.getvalue(), err.getvalue()


def _facts(ended: Ended, out: str, err: str) -> Ended:
    """What is kept of a run beside its code: of a report its answer, warnings and digests, else the reason."""
    import json

    from kpi_lib.record.replays import reckoned_with
    from kpi_lib.reports import last_run
    from kpi_lib.reports.manifest import sha256
    from kpi_lib.reports.many.state import report_of

    if ended.good:
        manifest = report_of(ended.order) / "manifest.json"
        warned = tuple(line.removeprefix(_WARNS) for line in out.splitlines() if line.startswith(_WARNS))
        answer = json.loads(manifest.read_text(encoding="utf-8"))["answer"]
        return replace(ended, answer=answer, warnings=warned, manifest=sha256(manifest), made_with=reckoned_with())
    run = last_run.read(ended.order.unit)
    if run and run.as_of == ended.order.as_of and run.code == ended.code and run.reason:
        return replace(ended, reason=run.reason)
    said = [line.strip() for line in err.splitlines() if line.strip() and not line.startswith("[")]
    return replace(ended, reason=_every_language(Named(said[-1] if said else "?")))


_WARNS = "  ! "  # before a warning on the console


def _every_language(words: Words) -> dict[str, str]:
    from kpi_lib.reports.last_run import in_all_languages

    return in_all_languages(words)


@contextlib.contextmanager
def _project(root: str) -> Iterator[None]:
    before = os.environ.get("KPI_ROOT")
    os.environ["KPI_ROOT"] = root
    try:
        yield
    finally:
        os.environ.pop("KPI_ROOT")
        os.environ.update({"KPI_ROOT": before} if before is not None else {})


def _processor_seconds() -> float:
    """Of this process and all it has started, user and system."""
    import psutil

    spent = 0.0
    here = psutil.Process()
    for process in (here, *here.children()):
        with contextlib.suppress(psutil.Error):
            times = process.cpu_times()
            spent += times.user + times.system + times.children_user + times.children_system
    return spent


def _memory() -> int:
    """Bytes that this process and those it keeps hold."""
    import psutil

    here, held = psutil.Process(), 0
    for process in (here, *here.children(recursive=True)):
        with contextlib.suppress(psutil.Error):
            held += process.memory_info().rss
    return held


# ---- the run -------------------------------------------------------------------------------------------------------------------------


def run_units(options: argparse.Namespace) -> int:
    """Make the reports of many units; the exit code is that of the gravest end.

    Raises
    ------
    KpiError : the selection, the plan or the options do not do; nothing was begun. Busy: the same reports are being made.
    """
    from kpi_lib.definitions.indicators import day
    from kpi_lib.definitions.many import plan
    from kpi_lib.reports.many import state

    _refuse(options)
    given = str(options.today) if options.as_of in (None, "today") else options.as_of
    default = plan.Order("", str(day(given)), options.lang or "", options.year or 0, options.pictures_only, options.month, options.pdf)
    orders = plan.orders(options.units, default)
    options.unit = orders[0].unit  # whose language the run is told in, where nobody asks for one
    with state.only_batch(state.Batch(options.units, tuple(orders), options.clock())):
        batch = state.begin(options.units, orders, options.clock(), resume=options.resume)
        executor, end = _executor(options)
        try:
            return _run(options, batch, executor)
        finally:
            end()


def _refuse(options: argparse.Namespace) -> None:
    """Options of one report that many cannot have."""
    if options.jobs < 1:
        raise KpiError("--jobs {jobs}: at least 1 is needed.", jobs=str(options.jobs))
    if alone := [name for name in ("engine", "override") if getattr(options, name)]:
        raise KpiError("--{name} is for one report: name it with --unit.", name=alone[0])


def _executor(options: argparse.Namespace) -> tuple[Executor, Callable[[], object]]:
    """Who makes the reports, and how its work is ended at once, done or not."""
    from kpi_lib.running.lanes import Lanes

    if not options.scheduler:
        lanes = Lanes(options.jobs)
        return lanes, lanes.end
    try:
        from distributed import Client
    except ImportError:
        raise MachineFault("--scheduler needs the package distributed: pip install 'kpi-lib[dask]' (docs/many.md).") from None
    try:
        client = Client(options.scheduler, timeout=20)
    except Exception as error:  # whatever is wrong with an address or behind it
        raise MachineFault("The scheduler {address} does not answer: {error}", address=options.scheduler, error=str(error)) from None
    return client.get_executor(pure=False), client.close


def _run(options: argparse.Namespace, batch: Batch, executor: Executor) -> int:
    """Have every missing report made, those of units below first; keep each end as it comes, tell all at the end."""
    from kpi_lib.definitions.many.selection import lower_first

    keeping = _Keeping(options, batch)
    keeping.show("")
    try:
        for units in lower_first({order.unit for order in batch.missing}):  # a unit above others tells what these have published
            futures = {executor.submit(make, order, str(_root()), __version__): order for order in batch.missing if order.unit in units}
            for future in as_completed(futures):
                keeping.ended(_end_of(future, futures[future]))
    except KeyboardInterrupt:
        return keeping.close(STOPPED)
    return keeping.close()


def _root() -> Path:
    from kpi_lib.definitions import folders

    return folders.root().resolve()


def _end_of(future: Future[Ended], order: Order) -> Ended:
    """How a report ended, also where its worker said nothing; a report that stands nowhere to be seen is none."""
    from kpi_lib.reports.many.state import Ended, stands

    try:
        ended = future.result()
    except Exception as error:  # the worker's death, or that of the way to it
        words = error.words if isinstance(error, KpiError) else Text("{kind}: {error}", kind=type(error).__name__, error=str(error))
        return Ended(order, ENVIRONMENT, _every_language(words))
    if ended.good and not stands(ended):
        told = Text(
            "what the worker published is not what stands here: either the worker does not work in this shared folder (docs/many.md), or figures or code changed meanwhile"
        )
        return replace(ended, code=ENVIRONMENT, reason=_every_language(told))
    return ended


class _Keeping:
    """A run under way: every end is kept and shown as it comes."""

    def __init__(self, options: argparse.Namespace, batch: Batch) -> None:
        self.options, self.batch, self.lang = options, batch, language(options)
        self.began, self.trouble = time.monotonic(), dict[str, Words]()
        self._keep()

    def ended(self, end: Ended) -> None:
        """One more report has ended."""
        from kpi_lib.reports.many.summary import RESULTS

        self.batch = self.batch.with_(end)
        self._keep()
        sign, word = RESULTS.get(end.code, RESULTS[INTERNAL])
        self.show(f"{sign} {end.order.unit}: {word[self.lang]}")

    def show(self, what: str) -> None:
        """Progress, with the time that is left at this pace."""
        done, of = len(self.batch.results), len(self.batch.orders)
        made = done - self.batch.kept
        minutes = round((time.monotonic() - self.began) / made * (of - done) / 60) if made else 0
        left = plural("about {n} minute left", "about {n} minutes left", n=minutes)[self.lang] if made and done < of and minutes else ""
        progress(done, of, f"{what}{' · ' if what and left else ''}{left}")

    def _keep(self) -> None:
        """A disk that takes no word of the run does not end it: that is told when it is over."""
        from kpi_lib.reports.many import state

        try:
            state.keep(self.batch)
            self.trouble.pop("kept", None)
        except OSError as error:
            self.trouble["kept"] = Text("What became of the run could not be kept: {error}.", error=refused(error))

    def close(self, code: int = 0) -> int:
        """Tell how all ended; the exit code, the gravest of all."""
        from kpi_lib.reports.many import summary

        codes = [each.code for each in self.batch.results] or [code]
        code = code or max((each if each in WORST else INTERNAL for each in codes), key=WORST.index)
        self.batch = replace(self.batch, ended=self.options.clock(), code=code)
        self._keep()
        print()
        for line in summary.lines(self.batch, self.lang):
            print(line)
        print()
        for words in summary.told(self.batch):
            tell(self.options, words)
        try:
            tell(self.options, Text("All of it as a page: {path}", path=str(summary.write_page(self.batch, self.lang))))
        except OSError as error:
            self.trouble["page"] = Text("The page of the run could not be written: {error}.", error=refused(error))
        for words in self.trouble.values():
            print(f"  ! {words[self.lang]}", file=sys.stderr)
        again = Text("To make what is missing: the same command with --resume.")
        if self.batch.missing or any(not each.good for each in self.batch.results):
            tell(self.options, again)
        return max((code, ENVIRONMENT), key=WORST.index) if self.trouble and code != STOPPED else code
