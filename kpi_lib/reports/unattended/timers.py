"""What the schedulers of three systems are told: systemd's user timers, lines of a crontab, a task of Windows."""

from __future__ import annotations

import datetime as dt
import re
import shlex
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape
from zoneinfo import ZoneInfo

from kpi_lib.definitions import folders
from kpi_lib.definitions.indicators import Unit
from kpi_lib.definitions.schedule import report_days, zone


@dataclass(frozen=True, slots=True)
class Plan:
    """When a unit's reports are made: the next two years' days, the time of day, in the unit's zone, and the command that makes them."""

    unit: str
    days: tuple[dt.date, ...]
    at: dt.time
    zone: ZoneInfo
    command: tuple[str, ...]
    root: Path

    @property
    def name(self) -> str:
        """What the scheduler calls it."""
        return f"kpi-{self.unit}"

    @property
    def dates(self) -> list[tuple[int, int]]:
        """The months and days of the year, each once."""
        return sorted({(day.month, day.day) for day in self.days})

    @property
    def moments(self) -> list[dt.datetime]:
        """The same on the clock of this machine, for schedulers that know no other: of each month and day the next one."""
        first = {(day.month, day.day): day for day in sorted(self.days, reverse=True)}
        return sorted(dt.datetime.combine(day, self.at, self.zone).astimezone() for day in first.values())


def plan(unit: Unit, today: dt.date, at: dt.time, since: dt.date) -> Plan:
    """When the reports of a unit are made from today on; those missed since a day are made up for.

    Raises
    ------
    KpiError : nobody says in which zone the unit lives.
    """
    clock = zone(unit)
    days = report_days(unit, today, today + dt.timedelta(days=2 * 366))
    return Plan(
        unit.id, tuple(days), at, clock, (*_program(), "run-due", "--unit", unit.id, "--since", str(since)), folders.root().resolve()
    )


def _program() -> tuple[str, ...]:
    """What starts the library: the project's `run.py`, which keeps its environment, by the Python that environment was made with; else this one."""
    starter = folders.root().resolve() / "run.py"
    if starter.is_file():
        return getattr(sys, "_base_executable", sys.executable), str(starter)
    return sys.executable, "-m", "kpi_lib.cli"


# ---- systemd -------------------------------------------------------------------------------------------------------------------------


def service(plan: Plan) -> str:
    """The service: one run; one that was killed or found another under way is tried again three times that day."""
    return f"""[Unit]
Description=kpi: reports of {plan.unit}
StartLimitIntervalSec=1d
StartLimitBurst=4

[Service]
Type=oneshot
WorkingDirectory={_percents(str(plan.root))}
Environment={_quoted(f"KPI_ROOT={plan.root}")} PYTHONUNBUFFERED=1
ExecStart={" ".join(_quoted(part) for part in plan.command)}
SuccessExitStatus=10
Restart=on-failure
RestartSec=10min
RestartPreventExitStatus=20 30 60
"""


def timer(plan: Plan) -> str:
    """The timer: the unit's days by the unit's clock, made up for when the machine was off."""
    days = "\n".join(f"OnCalendar=*-{month:02d}-{day:02d} {plan.at:%H:%M}:00 {plan.zone.key}" for month, day in plan.dates)
    return f"""[Unit]
Description=kpi: reports of {plan.unit}

[Timer]
{days}
Persistent=true

[Install]
WantedBy=timers.target
"""


def _percents(text: str) -> str:
    return text.replace("%", "%%")


def _quoted(text: str) -> str:
    """A word as systemd reads it."""
    return '"' + _percents(text).replace("\\", "\\\\").replace('"', '\\"').replace("$", "$$") + '"'


# ---- cron ----------------------------------------------------------------------------------------------------------------------------


def cron_lines(plan: Plan) -> list[str]:
    """Lines of a crontab: the unit's days on the machine's clock, and once after each start of the machine. cron mails what is printed."""
    words = " ".join(shlex.quote(part) for part in plan.command)
    command = f"cd {shlex.quote(str(plan.root))} && KPI_ROOT={shlex.quote(str(plan.root))} {words}".replace("%", "\\%")
    times = [f"{when.minute} {when.hour} {when.day} {when.month} *" for when in plan.moments]
    return [f"{time} {command}" for time in (*times, "@reboot")]


def marks(unit: str) -> tuple[str, str]:
    """The lines between which ours stand in a crontab."""
    return f"# kpi {unit}: begin, written by kpi schedule install", f"# kpi {unit}: end"


def own(crontab: str, unit: str) -> str:
    """The lines of a unit in a crontab, with their marks; empty where both marks do not stand."""
    begin, end = marks(unit)
    found = re.search(rf"^{re.escape(begin)}\n.*?^{re.escape(end)}(?:\n|\Z)", crontab, re.MULTILINE | re.DOTALL)
    return found[0] if found else ""


def without(crontab: str, unit: str) -> str:
    """A crontab without the lines of a unit, however often they stand; every other line as it was."""
    while lines := own(crontab, unit):
        crontab = crontab.replace(lines, "", 1)
    return crontab


def with_lines(crontab: str, unit: str, lines: Sequence[str]) -> str:
    """A crontab with the lines of a unit at its end, once, however often it is asked."""
    begin, end = marks(unit)
    kept = without(crontab, unit)
    return kept + ("\n" if kept and not kept.endswith("\n") else "") + "\n".join((begin, *lines, end)) + "\n"


# ---- Windows -------------------------------------------------------------------------------------------------------------------------

_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December",
)  # fmt: skip


def task(plan: Plan) -> str:
    """The task as `schtasks /Create /XML` reads it: the unit's days on the machine's clock, made up for when the machine was off."""
    program, *arguments = plan.command
    triggers = "".join(_trigger(when) for when in plan.moments)
    return f"""<?xml version="1.0" encoding="UTF-16"?>
<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">
  <RegistrationInfo><Description>kpi: reports of {escape(plan.unit)}</Description></RegistrationInfo>
  <Triggers>{triggers}
  </Triggers>
  <Settings>
    <MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy>
    <DisallowStartIfOnBatteries>false</DisallowStartIfOnBatteries>
    <StopIfGoingOnBatteries>false</StopIfGoingOnBatteries>
    <StartWhenAvailable>true</StartWhenAvailable>
    <ExecutionTimeLimit>PT6H</ExecutionTimeLimit>
    <RestartOnFailure><Interval>PT10M</Interval><Count>3</Count></RestartOnFailure>
  </Settings>
  <Actions>
    <Exec>
      <Command>{escape(program)}</Command>
      <Arguments>{escape(" ".join(f'"{part}"' for part in arguments))}</Arguments>
      <WorkingDirectory>{escape(str(plan.root))}</WorkingDirectory>
    </Exec>
  </Actions>
</Task>
"""


def _trigger(when: dt.datetime) -> str:
    return f"""
    <CalendarTrigger>
      <StartBoundary>{when:%Y-%m-%dT%H:%M:%S}</StartBoundary>
      <ScheduleByMonth><DaysOfMonth><Day>{when.day}</Day></DaysOfMonth><Months><{_MONTHS[when.month - 1]} /></Months></ScheduleByMonth>
    </CalendarTrigger>"""
