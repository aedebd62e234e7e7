"""Edits of settings by hand are seen, dated, and told on the data page of the next report."""

from __future__ import annotations

import datetime as dt
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import row, target

from kpi_lib import cli
from kpi_lib.definitions import trail
from kpi_lib.definitions.indicators import read_unit
from kpi_lib.page.deliveries import received

MONDAY, FRIDAY = dt.date(2026, 3, 2), dt.date(2026, 3, 6)


@pytest.fixture
def unit(make_unit: Callable[..., str]) -> str:
    return make_unit(
        [row("forest_cover", "level", "2025-12-31", 41.2, "2026-01-06", measure="%")], targets=[target("new_jobs", 2026, 1600)]
    )


def raise_the_target(root: Path, unit: str) -> None:
    path = root / "data" / "raw" / unit / "targets.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("1600", "1700"), encoding="utf-8")


def test_the_trail_begins_with_the_first_look_and_keeps_every_change_with_its_day(unit: str, root: Path):
    assert trail.note(unit, MONDAY) == [] and {edit.file for edit in trail.edits(unit)} == {
        "unit.toml",
        "targets.csv",
        "deliveries/so_lieu.csv",
    }
    raise_the_target(root, unit)
    (root / "data" / "raw" / unit / "deliveries" / "so_lieu.csv").unlink()
    assert [(edit.file, bool(edit.digest)) for edit in trail.note(unit, FRIDAY)] == [
        ("deliveries/so_lieu.csv", False),
        ("targets.csv", True),
    ]
    assert trail.note(unit, FRIDAY) == []


def test_a_page_tells_the_changes_by_its_day_and_after_the_last_report(unit: str, root: Path):
    trail.note(unit, MONDAY)
    raise_the_target(root, unit)
    trail.note(unit, FRIDAY)
    place = read_unit(unit)
    assert "targets.csv" in str(received(place, as_of=FRIDAY, lang="en")) and "6 March 2026" in str(
        received(place, as_of=FRIDAY, lang="en")
    )
    assert "targets.csv" not in str(received(place, as_of=dt.date(2026, 3, 5), lang="en"))
    assert [edit.file for edit in trail.since(unit, MONDAY, FRIDAY)] == ["targets.csv"] and trail.since(unit, FRIDAY, FRIDAY) == []


@pytest.mark.skipif(shutil.which("git") is None, reason="no git on this machine")
def test_where_git_is_there_the_author_of_a_committed_change_is_named(unit: str, root: Path):
    git = ["git", "-C", str(root), "-c", "user.name=Trần B", "-c", "user.email=b@example.org"]
    subprocess.run([*git, "init", "-q"], check=True)
    trail.note(unit, MONDAY)
    raise_the_target(root, unit)
    subprocess.run([*git, "add", "data/raw"], check=True)
    subprocess.run([*git, "commit", "-q", "-m", "x"], check=True)
    assert [edit.author for edit in trail.note(unit, FRIDAY)] == ["Trần B"]


def test_kpi_check_says_what_was_changed(unit: str, root: Path, capsys: pytest.CaptureFixture[str]):
    assert cli.main(["check", "--unit", unit, "--lang", "en"]) == 0
    assert "changed by hand" not in capsys.readouterr().out
    raise_the_target(root, unit)
    assert cli.main(["check", "--unit", unit, "--lang", "en"]) == 0
    assert "changed by hand since the last look: targets.csv" in capsys.readouterr().out
