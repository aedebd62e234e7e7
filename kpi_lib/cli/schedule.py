"""`kpi schedule`: have the system's own scheduler start `kpi run-due` on the unit's days. Installed twice is installed once; removed leaves nothing."""

from __future__ import annotations

import argparse
import datetime as dt
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from kpi_lib.cli.console import PUBLISHED, WITH_WARNINGS, tell
from kpi_lib.words.messages import KpiError, Text, listed, say

if TYPE_CHECKING:
    from kpi_lib.reports.unattended.timers import Plan

SYSTEMS = ("systemd", "cron", "windows")


def add_schedule(command: Callable[..., argparse.ArgumentParser], lang: str, date: str) -> None:
    """The command for the scheduler."""
    made = command("schedule", Text("have the reports of a unit made on its days by the scheduler of this machine (kpi run-due)"))
    made.add_argument("action", choices=("install", "show", "remove"))
    system = say("which scheduler (default: the one this machine has); for windows a file is written, and what to type is said", lang)
    made.add_argument("--system", default=None, choices=SYSTEMS, help=system)
    made.add_argument(
        "--at", default="06:00", metavar="HH:MM", help=say("time of day where the unit is (default: {time})", lang, time="06:00")
    )
    since = say("the first day whose report is made up for if it was missed (default: today, or as installed before)", lang)
    made.add_argument("--since", default=None, metavar=date, help=since)
    made.set_defaults(do=schedule)


def schedule(options: argparse.Namespace) -> int:
    """Install, show or remove what the scheduler is told of a unit."""
    from kpi_lib.definitions import folders

    folders.raw(options.unit)
    system = options.system or _here()
    place = {"systemd": _Systemd, "cron": _Cron, "windows": _Windows}[system](options.unit)
    if options.action == "remove":
        return _remove(options, place)
    plan = _plan(options, place)
    if options.action == "install":
        missing = place.install(plan)
        tell(options, Text("Installed for {system}: {place}", system=system, place=place.where))
        for command in missing:
            tell(options, Text("Still to be typed: {command}", command=command))
    else:
        missing = ()
        standing = place.text()
        tell(
            options,
            Text("Installed for {system}: {place}", system=system, place=place.where)
            if standing
            else Text("Not installed for {system}.", system=system),
        )
        print(standing or place.made(plan), end="")
    zone, days = plan.zone.key, listed(plan.days[:4], "; ")
    tell(options, Text("The next reports: {days}, at {time}, {zone}.", days=days, time=f"{plan.at:%H:%M}", zone=zone))
    return WITH_WARNINGS if missing else PUBLISHED


def _remove(options: argparse.Namespace, place: _Place) -> int:
    if not place.text():
        tell(options, Text("Nothing is installed for {unit}.", unit=options.unit))
        return PUBLISHED
    missing = place.remove()
    tell(options, Text("Removed: {place}", place=place.where))
    for command in missing:
        tell(options, Text("Still to be typed: {command}", command=command))
    return WITH_WARNINGS if missing else PUBLISHED


def _plan(options: argparse.Namespace, place: _Place) -> Plan:
    """The plan, made up for from the day that was installed before, if none is given."""
    from kpi_lib.definitions import schedule
    from kpi_lib.definitions.indicators import day, read_unit
    from kpi_lib.reports.unattended.timers import plan

    if not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", options.at):
        raise KpiError("{found} is no time of day. Write it as 06:00.", found=repr(options.at))
    unit = read_unit(options.unit)
    today = options.clock().astimezone(schedule.zone(unit)).date()
    before = re.search(r"--since\W+(\d{4}-\d{2}-\d{2})", place.text())
    since = day(options.since or (before[1] if before else str(today)))
    return plan(unit, today, dt.time.fromisoformat(options.at), since)


def _here() -> str:
    """The scheduler this machine has."""
    if sys.platform == "win32":
        return "windows"
    if Path("/run/systemd/system").is_dir() and shutil.which("systemctl"):
        return "systemd"
    if shutil.which("crontab"):
        return "cron"
    raise KpiError("This machine has neither systemd nor cron. Name the scheduler: {systems}", systems="--system " + "|".join(SYSTEMS))


def _done(*command: str, text: str | None = None) -> bool:
    """Whether a command of the system did what it was asked."""
    if shutil.which(command[0]) is None:
        return False
    return subprocess.run(command, input=text, text=True, capture_output=True, timeout=60, check=False).returncode == 0


class _Place:
    """Where a scheduler keeps what it is told of a unit."""

    where: str

    def text(self) -> str:
        """What stands there of ours; empty where nothing does."""
        raise NotImplementedError

    def made(self, plan: Plan) -> str:
        """What would stand there."""
        raise NotImplementedError

    def install(self, plan: Plan) -> tuple[str, ...]:
        """Put it there; the commands that are still to be typed."""
        raise NotImplementedError

    def remove(self) -> tuple[str, ...]:
        """Take it away; the commands that are still to be typed."""
        raise NotImplementedError


class _Systemd(_Place):
    """A service and a timer of the user; without a system that listens they are written and what to type is said."""

    def __init__(self, unit: str) -> None:
        home = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
        self.files = tuple(home / "systemd" / "user" / f"kpi-{unit}.{kind}" for kind in ("service", "timer"))
        self.where = ", ".join(map(str, self.files))

    def text(self) -> str:
        return "".join(file.read_text(encoding="utf-8") for file in self.files if file.is_file())

    def made(self, plan: Plan) -> str:
        from kpi_lib.reports.unattended.timers import service, timer

        return service(plan) + "\n" + timer(plan)

    def install(self, plan: Plan) -> tuple[str, ...]:
        from kpi_lib.reports.unattended.timers import service, timer

        self.files[0].parent.mkdir(parents=True, exist_ok=True)
        for file, text in zip(self.files, (service(plan), timer(plan)), strict=True):
            file.write_text(text, encoding="utf-8", newline="\n")
        name = self.files[1].name
        commands = (
            ("systemctl", "--user", "daemon-reload"),
            ("systemctl", "--user", "enable", "--now", name),
            ("loginctl", "enable-linger"),
        )
        return tuple(" ".join(command) for command in commands if not _done(*command))

    def remove(self) -> tuple[str, ...]:
        commands = [("systemctl", "--user", "disable", "--now", self.files[1].name)]
        missing = [" ".join(command) for command in commands if not _done(*command)]
        for file in self.files:
            file.unlink(missing_ok=True)
        (self.files[0].parent / "timers.target.wants" / self.files[1].name).unlink(missing_ok=True)
        reload = ("systemctl", "--user", "daemon-reload")
        return tuple(missing) if _done(*reload) else (*missing, " ".join(reload))


class _Cron(_Place):
    """Lines of the user's crontab between two marks; what else stands in it is never touched."""

    where = "crontab"

    def __init__(self, unit: str) -> None:
        self.unit = unit

    def text(self) -> str:
        from kpi_lib.reports.unattended.timers import own

        return own(self._crontab(), self.unit)

    def made(self, plan: Plan) -> str:
        from kpi_lib.reports.unattended.timers import cron_lines, with_lines

        return with_lines("", self.unit, cron_lines(plan))

    def install(self, plan: Plan) -> tuple[str, ...]:
        from kpi_lib.reports.unattended.timers import cron_lines, with_lines

        return self._write(with_lines(self._crontab(), self.unit, cron_lines(plan)))

    def remove(self) -> tuple[str, ...]:
        from kpi_lib.reports.unattended.timers import without

        return self._write(without(self._crontab(), self.unit))

    def _crontab(self) -> str:
        if shutil.which("crontab") is None:
            raise KpiError("There is no cron on this machine. Name another scheduler: {systems}", systems="--system systemd|windows")
        found = subprocess.run(["crontab", "-l"], text=True, capture_output=True, timeout=60, check=False)
        if found.returncode and "no crontab" not in found.stderr:
            raise KpiError("The crontab cannot be read ({error}); nothing was changed.", error=found.stderr.strip())
        return found.stdout if found.returncode == 0 else ""

    def _write(self, text: str) -> tuple[str, ...]:
        command = ("crontab", "-") if text else ("crontab", "-r")
        if not _done(*command, text=text or None):
            raise KpiError("The crontab cannot be written; it is as it was.")
        return ()


class _Windows(_Place):
    """A file for the Task Scheduler beside the unit's reports; it is written on any machine, and registered by hand."""

    def __init__(self, unit: str) -> None:
        from kpi_lib.definitions import folders

        self.unit, self.file = unit, folders.processed(unit) / f"kpi-{unit}.xml"
        self.where = str(self.file)

    def text(self) -> str:
        return self.file.read_text(encoding="utf-16") if self.file.is_file() else ""

    def made(self, plan: Plan) -> str:
        from kpi_lib.reports.unattended.timers import task

        return task(plan)

    def install(self, plan: Plan) -> tuple[str, ...]:
        self.file.parent.mkdir(parents=True, exist_ok=True)
        self.file.write_text(self.made(plan), encoding="utf-16")
        return (f'schtasks /Create /F /TN kpi-{self.unit} /XML "{self.file}"',)

    def remove(self) -> tuple[str, ...]:
        self.file.unlink(missing_ok=True)
        return (f"schtasks /Delete /F /TN kpi-{self.unit}",)
