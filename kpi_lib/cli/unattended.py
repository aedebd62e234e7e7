"""Runs that nobody watches: each run's state is kept from start to end, `run-due` makes up for missed reports and mails, `status` says how things stand."""

from __future__ import annotations

import argparse
import datetime as dt
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from kpi_lib.cli.console import ENVIRONMENT, PUBLISHED, RUNNING, WITH_WARNINGS, language, tell
from kpi_lib.reports import last_run
from kpi_lib.reports.last_run import LastRun
from kpi_lib.words.messages import KpiError, Named, Text, Words, listed, say
from kpi_lib.words.system import MachineFault

if TYPE_CHECKING:
    from kpi_lib.definitions.indicators import Unit
    from kpi_lib.definitions.notify import Notify

Progress = Callable[[int, int, str], None]
WORST = (0, 10, 30, 20, 75, 130, 50, 60)  # exit codes, the gravest last: what several runs end with together


def add_unattended(command: Callable[..., argparse.ArgumentParser], lang: str, date: str) -> None:
    """The commands for runs that nobody watches."""
    due = command(
        "run-due", Text("publish every report that is due and was not published, in order, each with its own day; then say so by mail")
    )
    since = say("the first day that counts (default: after the latest report; without any, the latest day that is due)", lang)
    due.add_argument("--since", default=None, metavar=date, help=since)
    due.add_argument("--pictures-only", action="store_true", help=say("pages with pictures alone (lighter, may be mailed)", lang))
    on = say("take this for today, like 2025-10-15", lang)
    due.add_argument("--on", default=None, metavar=date, help=on)
    due.set_defaults(do=run_due)
    status = command("status", Text("how the last run ended, what is due, when the next report is"))
    status.add_argument(
        "--text", action="store_true", help=say("the completion report of the latest report, to be pasted into a chat", lang)
    )
    status.add_argument("--mail", action="store_true", help=say("send it by mail now, which tries the settings of notify.toml", lang))
    status.set_defaults(do=status_of)


# ---- the state of one run ------------------------------------------------------------------------------------------------------------


def began(options: argparse.Namespace, as_of: str) -> None:
    """Keep that a run begins, and say so if the one before was broken off.

    Raises
    ------
    Busy : another run is under way; its state stays. KpiError : no such unit; nothing was written for it.
    """
    from kpi_lib.reports.lock import only_run

    with only_run(options.unit):
        before = last_run.read(options.unit)
        options.run = last_run.begin(options.unit, as_of, options.clock())
    if before and before.ended is None:
        print(f"  ! {before.broken_off()[language(options)]}", file=sys.stderr)


def kept(options: argparse.Namespace, progress: Progress) -> Progress:
    """Progress that is shown and kept, so that a run that is killed has said how far it was."""

    def both(done: int, of: int, what: str) -> None:
        progress(done, of, what)
        options.run = replace(options.run, done=done, of=of)
        last_run.keep(options.unit, options.run)

    return both


def ended(options: argparse.Namespace, code: int, reason: Words | None = None) -> None:
    """Keep how a run ended; another run's state is left alone by one that could not begin beside it."""
    if getattr(options, "run", None) is not None and code != RUNNING:
        options.run = last_run.end(options.unit, options.run, code, reason, options.clock())


def failed(options: argparse.Namespace, code: int, reason: Words) -> None:
    """Keep why a run failed and mark the list of reports; a disk that refuses that too hides nothing of what was said already."""
    if getattr(options, "run", None) is None or code == RUNNING:
        return
    with suppress(OSError):
        ended(options, code, reason)
        _mark(options)
    if getattr(options, "do", None) is run_due:
        _mail(options, [], [options.run])


def _mark(options: argparse.Namespace) -> None:
    """Write the list of reports anew where there is one, with or without the mark of a failed run."""
    from kpi_lib.definitions.indicators import read_unit
    from kpi_lib.reports.archive import reports, write_index

    with suppress(KpiError, OSError):  # a unit that cannot be read keeps its list as it is
        if (reports(options.unit) / "index.html").exists():
            write_index(read_unit(options.unit), language(options))


# ---- run-due -------------------------------------------------------------------------------------------------------------------------


def run_due(options: argparse.Namespace) -> int:
    """Publish what is due, one process a report, and tell whoever is to learn of it."""
    from kpi_lib.definitions import schedule
    from kpi_lib.definitions.indicators import day, read_unit

    since = day(options.since) if options.since else None
    _clock(options)
    try:
        unit = read_unit(options.unit)
        today, days = _due(unit, options, since)
    except KpiError:
        began(options, str(options.today))  # a unit whose file is at fault is told of too
        raise
    if not days:
        told = Text("{unit}: no report is due. The next one is that of {day}.", unit=unit.name, day=schedule.next_day(unit, today))
        tell(options, told)
        return PUBLISHED
    published, runs, code = _run_all(options, days)
    worst = max((run for run in runs if not run.good), key=lambda run: WORST.index(run.code or 0), default=None)
    if worst is not None:  # the mark of a failed report stays, whichever was made last
        options.run = worst
        last_run.keep(options.unit, worst)
        _mark(options)
    if published or worst is not None:
        _mail(options, published, runs)
    return code


def _clock(options: argparse.Namespace) -> None:
    """Refuse a clock that stands a day or more before the last run: by it nothing is due, and nobody would learn that no report comes.

    Raises
    ------
    MachineFault : it does; whoever is to learn of a failed run was told by mail.
    """
    last, now = last_run.read(options.unit), options.clock()
    if options.on or last is None or last.started - now < dt.timedelta(days=1):
        return
    fault = MachineFault(
        "The machine's clock says {now}, but the last run began on {started}: set the clock right. If it was wrong then, make one report by hand: {command}",
        now=now.date(), started=last.started.date(), command=f"kpi run --unit {options.unit} --as-of {options.today}",
    )  # fmt: skip
    _mail(options, [], [LastRun(str(now.date()), now, now, ENVIRONMENT, last_run.in_all_languages(fault.words))])
    raise fault


def _due(unit: Unit, options: argparse.Namespace, since: dt.date | None = None) -> tuple[dt.date, list[dt.date]]:
    """Today where the unit is, and the days of the reports that are due."""
    from kpi_lib.definitions import schedule
    from kpi_lib.definitions.indicators import day
    from kpi_lib.reports.unattended.completion import published

    asked = getattr(options, "on", None)
    today = day(asked) if asked else options.clock().astimezone(schedule.zone(unit)).date()
    return today, schedule.due(unit, today, published(unit.id), since)


def _run_all(options: argparse.Namespace, days: Sequence[dt.date]) -> tuple[list[dt.date], list[LastRun], int]:
    """Run for each day in order: the days published, how each run ended, and the exit code of all together.

    A day that fails does not hold up the next: the newest report is the one that is waited for. Another run under way does.
    """
    published, runs, codes = [], [], []
    for each in days:
        tell(options, Text("Report of {day}:", day=each))
        code, run = _run_one(options, str(each))
        codes.append(code)
        if code == RUNNING:
            break
        runs.append(run)
        published += [each] if run.good else []
    return published, runs, max(codes, key=WORST.index)


def _run_one(options: argparse.Namespace, as_of: str) -> tuple[int, LastRun]:
    """One report in a process of its own, so that nothing of it is left and its death is seen."""
    import kpi_lib
    from kpi_lib.running.interpreter import bound

    more = [*(["--lang", options.lang] if options.lang else []), *(["--pictures-only"] if options.pictures_only else [])]
    path = os.pathsep.join(filter(None, [str(Path(kpi_lib.__file__).parents[1]), os.environ.get("PYTHONPATH")]))
    started = options.clock()
    command = [sys.executable, "-P", "-m", "kpi_lib.cli", "run", "--unit", options.unit, "--as-of", as_of, *more]
    code = subprocess.run(bound(command), env={**os.environ, "PYTHONPATH": path}, check=False).returncode
    run = last_run.read(options.unit)
    if code not in WORST or (code != RUNNING and (run is None or run.as_of != as_of or run.code != code)):
        reason = Text("the run's process died (signal or code {code}); too little memory is the usual cause", code=str(code))
        begun = run if run is not None and run.as_of == as_of and run.ended is None else LastRun(as_of, started)
        code, run = ENVIRONMENT, last_run.end(options.unit, begun, ENVIRONMENT, reason, options.clock())
        print(f"  ! {run.told()[language(options)]}", file=sys.stderr)
    return code, run or LastRun(as_of, started)


def _mail(options: argparse.Namespace, days: Sequence[dt.date], runs: Sequence[LastRun]) -> None:
    """Send the completion report to whoever the unit's file names; that it could not be sent is said and kept, and changes nothing else."""
    try:
        _send(
            options, days, runs, sent_to=lambda notify: (*(notify.on_success if days else ()), *(notify.on_failure if _bad(runs) else ()))
        )
    except KpiError as error:
        told = Text("The mail was not sent: {error}", error=error.words)
        print(f"  ! {told[language(options)]}", file=sys.stderr)
        if (last := last_run.read(options.unit)) is not None:
            with suppress(OSError):
                last_run.keep(options.unit, replace(last, mail_failed=last_run.in_all_languages(told)))


def _bad(runs: Sequence[LastRun]) -> list[LastRun]:
    return [run for run in runs if not run.good]


def _send(
    options: argparse.Namespace, days: Sequence[dt.date], runs: Sequence[LastRun], sent_to: Callable[[Notify], Sequence[str]]
) -> Sequence[str]:
    """Send the completion report, and say to whom."""
    from kpi_lib.definitions.notify import read_notify
    from kpi_lib.reports.unattended.completion import completion
    from kpi_lib.reports.unattended.mail import send

    notify, lang = read_notify(options.unit), language(options)
    if notify is None or not (to := tuple(dict.fromkeys(sent_to(notify)))):
        return ()
    text = completion(options.unit, days, runs, lang)
    failed_for = Text("run for {day} failed", day=dt.date.fromisoformat(_bad(runs)[0].as_of)) if _bad(runs) else None
    what = failed_for or (Text("report of {day}", day=days[-1]) if days else Text("no report yet"))
    send(notify, to, f"{text.splitlines()[0]}: {what[lang]}", text, options.clock())
    tell(options, Text("Mail sent to {addresses}.", addresses=listed(to)))
    return to


# ---- status --------------------------------------------------------------------------------------------------------------------------


def status_of(options: argparse.Namespace) -> int:
    """Say how the last run ended, what is due and when the next report is."""
    from kpi_lib.definitions import folders
    from kpi_lib.reports.unattended.completion import completion, published

    folders.raw(options.unit)
    last, lang = last_run.read(options.unit), language(options)
    if options.text or options.mail:
        days, runs = published(options.unit)[-1:], [last] if last else []
        print(completion(options.unit, days, runs, lang), end="")
        if options.mail and not _send(options, days, runs, sent_to=lambda notify: (*notify.on_success, *notify.on_failure)):
            raise KpiError("No mail is set up: there is no {file}. See docs/setup.md.", file=f"data/raw/{options.unit}/notify.toml")
        return PUBLISHED
    told = list(_status(options, last))
    for words in told:
        print(words[lang])
    return PUBLISHED if last and last.good and not last.mail_failed and len(told) == GOOD_LINES else WITH_WARNINGS


GOOD_LINES = 3  # of a unit that is well: its name, the last run, the next report


def _status(options: argparse.Namespace, last: LastRun | None) -> Iterator[Words]:
    from kpi_lib.definitions import schedule
    from kpi_lib.definitions.indicators import read_unit

    try:
        unit = read_unit(options.unit)
    except KpiError as error:
        yield error.words
        unit = None
    if unit:
        yield unit.name
    yield last.told() if last else Text("No run is on record.")
    yield from (Named(**words) for words in (last.before, last.mail_failed) if words) if last else ()
    if unit:
        try:
            today, days = _due(unit, options)
        except KpiError as error:
            yield error.words
            return
        yield from (
            Text("Due and not published: the report of {day}. To publish it: {command}", day=each, command=f"kpi run-due --unit {unit.id}")
            for each in days
        )
        yield Text("The next report is that of {day}.", day=schedule.next_day(unit, today))


def marked(unit: str) -> Words:
    """What stands behind a unit in the list of units: that its last run failed; nothing where it published or never ran."""
    last = last_run.read(unit)
    return Text("  ▲ last run failed") if last and last.ended and not last.good else Named("")
