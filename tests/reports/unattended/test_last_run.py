"""The state of the last run, from its start to its end, and what is done for reports that are due: real commands in processes of their own."""

from __future__ import annotations

import datetime as dt
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
import small_unit
from conftest import PROJECT, monthly

from kpi_lib import cli
from kpi_lib.reports import last_run
from kpi_lib.reports.archive import reports
from kpi_lib.reports.lock import only_run
from kpi_lib.words.messages import listed
from tests.small_unit import FIGURES, TARGETS

report = small_unit.report
ZONE = 'time_zone = "Asia/Ho_Chi_Minh"'
NOW = dt.datetime(2025, 10, 15, 6, 0, tzinfo=dt.UTC)
posix = pytest.mark.skipif(os.name != "posix", reason="kills by signal")


def started(*arguments: str) -> subprocess.Popen[str]:
    environment = {**os.environ, "PYTHONPATH": str(PROJECT), "PYTHONUTF8": "1"}
    command = [sys.executable, "-m", "kpi_lib.cli", *arguments]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8", env=environment)


def wait_for(unit: str, condition, seconds: float = 240) -> last_run.LastRun:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if (run := last_run.read(unit)) is not None and condition(run):
            return run
        time.sleep(0.05)
    raise AssertionError(f"not within {seconds} s: {last_run.read(unit)}")


def leftovers(unit: str) -> list[str]:
    return [path.name for path in last_run.place(unit).parent.glob(".last_run*")]


def test_a_clock_that_stands_before_the_last_run_is_told_and_keeps_no_report_waiting_unseen(make_unit, capsys, monkeypatch):
    unit = make_unit(FIGURES, targets=TARGETS, toml=ZONE)
    last_run.end(unit, last_run.begin(unit, "2025-10-15", NOW), 0, None, NOW)
    kept = last_run.place(unit).read_bytes()
    for clock in (NOW - dt.timedelta(days=1), NOW - dt.timedelta(days=4000)):
        monkeypatch.setattr(cli, "_now", lambda clock=clock: clock)
        assert cli.main(["run-due", "--unit", unit, "--lang", "en"]) == cli.ENVIRONMENT
        said = capsys.readouterr().err
        assert f"clock says {clock:%d}" in said.replace(f"{clock.day} ", f"{clock:%d} ") and "the last run began on 15 October 2025" in said
        assert last_run.place(unit).read_bytes() == kept
    started: list[str] = []
    monkeypatch.setattr("kpi_lib.cli.unattended._run_all", lambda _, days: (started.extend(map(str, days)) or [], [], 0))
    for clock in (NOW - dt.timedelta(hours=23), NOW + dt.timedelta(days=30)):  # a zone set wrongly moves no report by a day
        monkeypatch.setattr(cli, "_now", lambda clock=clock: clock)
        assert cli.main(["run-due", "--unit", unit, "--since", "2025-07-01", "--lang", "en"]) == cli.PUBLISHED
    assert started == ["2025-07-15", "2025-07-15", "2025-10-15"]


@pytest.mark.skipif(sys.platform != "linux", reason="Linux alone ends what outlives its parent")
def test_a_run_that_was_due_does_not_outlive_the_command_that_started_it(make_unit):
    unit = make_unit(FIGURES, targets=TARGETS, toml=ZONE)
    process = started("run-due", "--unit", unit, "--since", "2025-10-01", "--on", "2025-10-20")
    wait_for(unit, lambda run: run.as_of == "2025-10-15")
    children = psutil.Process(process.pid).children(recursive=True)
    process.kill()
    process.communicate()
    assert children and psutil.wait_procs(children, timeout=30)[1] == []
    assert last_run.read(unit).ended is None, "it went on to its end"


@pytest.mark.slow
@posix
def test_a_run_killed_in_the_middle_is_found_and_said_by_the_next(make_unit, capsys):
    unit = make_unit(FIGURES, targets=TARGETS, toml=ZONE)
    process = started("run", "--unit", unit, "--as-of", "2025-10-15")
    run = wait_for(unit, lambda run: run.done >= 1)
    process.kill()
    process.communicate()
    assert run.ended is None and run.of == 7
    assert cli.main(["status", "--unit", unit, "--lang", "en"]) == cli.WITH_WARNINGS
    assert "it is under way, or it was broken off" in capsys.readouterr().out
    for _ in range(2):  # said until a run has ended well
        assert cli.main(["run", "--unit", unit, "--as-of", "1990-01-01", "--lang", "en"]) == cli.NOTHING
        kept = last_run.read(unit)
        assert (
            "The run for 15 October 2025 that began on" in kept.before["en"]
            and " of 7 pages were made): it was killed" in kept.before["en"]
        )
    assert "was broken off" in capsys.readouterr().err
    assert (
        kept.code == cli.NOTHING
        and "neither a target nor a figure for 1989" in kept.reason["en"]
        and kept.reason["vi"] != kept.reason["en"]
    )
    assert leftovers(unit) == []


@pytest.mark.slow
@posix
def test_reports_that_are_due_are_made_in_order_and_one_that_dies_holds_up_no_other(make_unit, capsys):
    unit = make_unit(FIGURES, targets=TARGETS, toml=ZONE)
    process = started("run-due", "--unit", unit, "--since", "2025-07-01", "--on", "2025-10-20", "--lang", "en")
    wait_for(unit, lambda run: run.as_of == "2025-07-15")
    (child,) = [each for each in psutil.Process(process.pid).children() if "run" in each.cmdline()]
    child.send_signal(signal.SIGKILL)
    out, err = process.communicate(timeout=400)
    assert process.returncode == cli.ENVIRONMENT, err
    assert out.index("Report of 15 July 2025:") < out.index("Report of 15 October 2025:")
    assert "the run's process died (signal or code -9)" in err
    assert [path.name for path in reports(unit).glob("2*")] == ["2025-10-15"]
    kept = last_run.read(unit)
    assert (kept.as_of, kept.code) == ("2025-07-15", cli.ENVIRONMENT), "the failed one stays on record, though the newest was published"
    page = (reports(unit) / "index.html").read_text(encoding="utf-8")
    assert "The last run, for 15 July 2025, failed on" in page and "15 October 2025" in page
    assert cli.main(["units", "--lang", "en"]) == cli.PUBLISHED and "▲ last run failed" in capsys.readouterr().out
    before = json.loads((reports(unit) / "2025-10-15" / "manifest.json").read_text(encoding="utf-8"))
    again = ["run-due", "--unit", unit, "--on", "2025-10-20", "--lang", "en"]
    assert cli.main([*again, "--since", "2025-07-01"]) in (cli.PUBLISHED, cli.WITH_WARNINGS)
    assert sorted(path.name for path in reports(unit).glob("2*")) == ["2025-07-15", "2025-10-15"]
    assert json.loads((reports(unit) / "2025-10-15" / "manifest.json").read_text(encoding="utf-8")) == before
    assert "failed" not in (reports(unit) / "index.html").read_text(encoding="utf-8")
    state = last_run.read(unit)
    assert cli.main(again) == cli.PUBLISHED and last_run.read(unit) == state, "nothing due: nothing done, nothing kept"
    assert "no report is due. The next one is that of 15 January 2026" in capsys.readouterr().out


def test_a_refused_run_marks_the_list_of_reports_until_one_publishes(root: Path, report: Path, capsys):
    every = report.parent / "index.html"
    file = root / "data" / "raw" / "thu" / "targets.csv"
    whole = file.read_text(encoding="utf-8")
    file.write_text(whole.replace("NQ thử", '<script>alert("x")</script>'.replace('"', '""')).replace(">=", ">>"), encoding="utf-8")
    assert cli.main(["run", "--unit", "thu", "--as-of", "2025-11-15"]) == cli.REFUSED
    page = every.read_text(encoding="utf-8")
    assert "Lần chạy gần nhất, cho ngày 15/11/2025, không thành công lúc" in page and "<script>alert" not in page
    assert "thu/targets.csv" in last_run.read("thu").reason["en"]
    assert ":<br>- thu/targets.csv: " in page, "faults stand one below the other"
    assert cli.main(["status", "--unit", "thu"]) == cli.WITH_WARNINGS
    assert "mã kết thúc 20" in capsys.readouterr().out


def test_a_run_beside_another_leaves_the_others_state_alone(make_unit):
    unit = make_unit(monthly("new_jobs", 2025, [10.0] * 9, measure="việc làm"), toml=ZONE)
    with only_run(unit):
        last_run.begin(unit, "2025-10-15", NOW)
        before = last_run.place(unit).read_bytes()
        assert cli.main(["run", "--unit", unit, "--as-of", "2025-07-15"]) == cli.RUNNING
    assert last_run.place(unit).read_bytes() == before


@pytest.mark.parametrize("spoilt", [b"", b"{", b'{"as_of": 3}', b"\xff\xfe", b'{"as_of": "x", "started": "nie"}'])
def test_a_state_that_cannot_be_read_is_none_and_hinders_nothing(make_unit, spoilt: bytes):
    unit = make_unit(monthly("new_jobs", 2025, [10.0] * 9, measure="việc làm"))
    last_run.place(unit).parent.mkdir(parents=True)
    last_run.place(unit).write_bytes(spoilt)
    assert last_run.read(unit) is None and last_run.mark(unit) is None
    assert last_run.begin(unit, "2025-10-15", NOW) == last_run.read(unit)


def test_a_long_reason_is_cut_on_the_list_and_kept_whole_in_the_state(make_unit):
    unit = make_unit(monthly("new_jobs", 2025, [10.0] * 9, measure="việc làm"))
    run = last_run.begin(unit, "2025-10-15", NOW)
    last_run.end(unit, run, 20, listed(("lỗi",) * 500, " "), NOW)
    assert len(last_run.mark(unit)["en"]) < 500 and len(last_run.read(unit).reason["en"]) == 1999


def test_a_unit_or_a_day_that_is_none_leaves_no_state(root: Path, make_unit):
    unit = make_unit(monthly("new_jobs", 2025, [10.0] * 9, measure="việc làm"))
    for arguments in (
        ["run", "--unit", "nowhere"],
        ["run", "--unit", unit, "--as-of", "2025-13-01"],
        ["run-due", "--unit", "nowhere"],
        ["status", "--unit", "nowhere"],
    ):
        assert cli.main(arguments) == cli.REFUSED
    assert not (root / "data" / "processed").exists() or not list((root / "data" / "processed").rglob("last_run.json"))
