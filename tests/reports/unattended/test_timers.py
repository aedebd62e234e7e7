"""What schedulers are told: held against systemd's own check, against the five fields of cron, and against the schema's order of a Windows task."""

from __future__ import annotations

import datetime as dt
import os
import re
import shlex
import shutil
import stat
import subprocess
from pathlib import Path
from xml.etree import ElementTree

import pytest
from conftest import monthly

from kpi_lib import cli
from kpi_lib.definitions.indicators import read_unit
from kpi_lib.reports.unattended import timers

ROWS = monthly("new_enterprises", 2025, [10.0] * 9, measure="doanh nghiệp")
needs_systemd = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="no systemd-analyze on this machine (Debian package systemd)"
)
FIELDS = ((0, 59), (0, 23), (1, 31), (1, 12))  # minute, hour, day of the month, month
OTHERS = ["", "0 5 * * * backup\n", "# a remark\n0 5 * * * backup", "MAILTO=an@example.vn\n\n15 4 * * 1 x % y\n"]


def made(unit: str, at: str = "06:00", today: str = "2026-11-26") -> timers.Plan:
    return timers.plan(read_unit(unit), dt.date.fromisoformat(today), dt.time.fromisoformat(at), dt.date.fromisoformat(today))


@pytest.fixture(params=["Asia/Ho_Chi_Minh", "America/New_York"])
def unit(request, make_unit):
    return make_unit(ROWS, unit="rivertown", toml=f'time_zone = "{request.param}"\nyear_starts = 3')


@needs_systemd
def test_systemd_accepts_the_units_and_knows_every_day(unit: str, tmp_path: Path, monkeypatch):
    monkeypatch.setenv("KPI_ROOT", str(tmp_path))
    plan = made(unit, "23:30")
    plan = timers.Plan(plan.unit, plan.days, plan.at, plan.zone, (plan.command[0], 'a "b" %h $x \\', *plan.command[1:]), tmp_path)
    files = [tmp_path / "kpi-rivertown.service", tmp_path / "kpi-rivertown.timer"]
    for file, text in zip(files, (timers.service(plan), timers.timer(plan)), strict=True):
        file.write_text(text, encoding="utf-8")
    done = subprocess.run(["systemd-analyze", "verify", *map(str, files)], capture_output=True, text=True, check=False)
    assert done.returncode == 0 and not re.search(r"kpi-rivertown", done.stderr), done.stderr
    for line in re.findall(r"OnCalendar=(.*)", timers.timer(plan)):
        told = subprocess.run(["systemd-analyze", "calendar", line, "--base-time=2026-11-26"], capture_output=True, text=True, check=True)
        assert f"Normalized form: {line}" in told.stdout
    assert len(re.findall("OnCalendar", timers.timer(plan))) == 4


def test_every_line_of_cron_has_five_fields_and_names_its_moment_on_this_machine(unit: str):
    plan = made(unit, "23:30")
    *timed, reboot = timers.cron_lines(plan)
    assert reboot.startswith("@reboot ") and len(timed) == 4
    for line, when in zip(timed, plan.moments, strict=True):
        *fields, weekday, command = line.split(" ", 5)
        assert weekday == "*" and all(low <= int(field) <= high for field, (low, high) in zip(fields, FIELDS, strict=True))
        assert [int(field) for field in fields] == [when.minute, when.hour, when.day, when.month]
        theirs = when.astimezone(plan.zone)
        assert (theirs.hour, theirs.minute) == (23, 30) and theirs.date() in plan.days
        assert shlex.split(command.replace("\\%", "%"))[-4:] == ["--unit", "rivertown", "--since", "2026-11-26"]


@pytest.mark.parametrize("others", OTHERS)
def test_lines_of_others_in_a_crontab_are_never_touched(unit: str, others: str):
    lines = timers.cron_lines(made(unit))
    once = timers.with_lines(others, unit, lines)
    assert timers.with_lines(once, unit, lines) == once, "installed twice is installed once"
    both = timers.with_lines(once, "other-unit", ["@reboot x"])
    assert timers.own(both, "other-unit") and timers.without(both, unit).startswith(others)
    assert timers.without(once, unit).rstrip("\n") == others.rstrip("\n")
    begin, _ = timers.marks(unit)
    broken = f"{begin}\n{others}"
    assert timers.without(broken, unit) == broken, "a begin without an end takes nothing with it"


def test_the_task_of_windows_is_xml_with_a_trigger_a_day_and_makes_up_for_what_was_missed(unit: str):
    text = timers.task(made(unit))
    root = ElementTree.fromstring(text.replace('encoding="UTF-16"', ""))
    names = {"t": "http://schemas.microsoft.com/windows/2004/02/mit/task"}
    triggers = root.findall("t:Triggers/t:CalendarTrigger", names)
    assert len(triggers) == 4 and root.findtext("t:Settings/t:StartWhenAvailable", namespaces=names) == "true"
    for trigger in triggers:
        start = dt.datetime.fromisoformat(trigger.findtext("t:StartBoundary", "", names))
        assert trigger.findtext("t:ScheduleByMonth/t:DaysOfMonth/t:Day", "", names) == str(start.day)
    assert [child.tag.rpartition("}")[2] for child in root] == ["RegistrationInfo", "Triggers", "Settings", "Actions"]


@pytest.fixture
def crontab(tmp_path: Path, monkeypatch) -> Path:
    """A crontab in a file, behind a command of that name that knows what the real one knows of -l, -r and standard input."""
    file, program = tmp_path / "crontab.txt", tmp_path / "bin" / "crontab"
    program.parent.mkdir()
    program.write_text(
        f'#!/bin/sh\ncase "$1" in\n-l) [ -f "{file}" ] && cat "{file}" || {{ echo "no crontab for you" >&2; exit 1; }};;\n-r) rm "{file}";;\n-) cat > "{file}";;\nesac\n',
        encoding="utf-8",
    )
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")
    return file


@pytest.mark.parametrize("before", [None, "0 5 * * * backup\n"])
def test_the_command_installs_once_shows_and_removes_without_a_trace(unit: str, crontab: Path, before: str | None, capsys):
    if before:
        crontab.write_text(before, encoding="utf-8")
    command = ["schedule", "install", "--unit", unit, "--system", "cron", "--lang", "en"]
    assert cli.main([*command, "--since", "2026-01-01"]) == cli.PUBLISHED
    first = crontab.read_text(encoding="utf-8")
    assert cli.main([*command, "--at", "07:15"]) == cli.PUBLISHED
    second = crontab.read_text(encoding="utf-8")
    assert second.count("begin, written by") == 1 and second != first
    assert "--since 2026-01-01" in second, "installed anew, what was missed since the first time is still made up for"
    assert cli.main(["schedule", "show", "--unit", unit, "--system", "cron", "--lang", "en"]) == cli.PUBLISHED
    assert "@reboot" in capsys.readouterr().out
    assert cli.main(["schedule", "remove", "--unit", unit, "--system", "cron"]) == cli.PUBLISHED
    assert (crontab.read_text(encoding="utf-8") if crontab.exists() else None) == before


def test_systemd_files_are_written_once_and_gone_when_removed(unit: str, tmp_path: Path, monkeypatch, capsys):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("PATH", "/nonexistent")  # no systemctl: the files are written, and what to type is said
    command = ["schedule", "install", "--unit", unit, "--system", "systemd", "--lang", "en"]
    assert cli.main(command) == cli.WITH_WARNINGS
    assert "Still to be typed: systemctl --user enable --now kpi-rivertown.timer" in capsys.readouterr().out
    assert cli.main(command) == cli.WITH_WARNINGS
    folder = tmp_path / "config" / "systemd" / "user"
    assert sorted(path.name for path in folder.iterdir()) == ["kpi-rivertown.service", "kpi-rivertown.timer"]
    cli.main(["schedule", "remove", "--unit", unit, "--system", "systemd"])
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("at", ["6:00", "24:00", "06:60", "6", "06:00:00", "٠٦:٠٠"])
def test_a_time_that_is_none_is_refused(unit: str, at: str, capsys):
    assert cli.main(["schedule", "install", "--unit", unit, "--system", "windows", "--at", at, "--lang", "en"]) == cli.REFUSED
    assert "is no time of day. Write it as 06:00" in capsys.readouterr().err
    assert not list((Path(os.environ["KPI_ROOT"]) / "data").rglob("*.xml"))
