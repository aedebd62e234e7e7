"""Backup, restore, another machine, upgrade and undo, as docs/installation-life.md tells them: on a real copy of what was published."""

from __future__ import annotations

import itertools
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import small_unit
from conftest import PROJECT

from kpi_lib import cli
from kpi_lib.definitions import folders
from kpi_lib.record import ledger
from kpi_lib.reports import verify
from kpi_lib.reports.archive import reports
from kpi_lib.reports.publish import publish
from tests.once import once, project

report = small_unit.report
UNIT, AS_OF, LATER = small_unit.UNIT, small_unit.AS_OF, "2025-11-15"
PARTS = ("ledger", f"reports/{LATER}", "reports/index.html")
pytestmark = pytest.mark.slow


def tree(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def _two_reports(root: Path) -> None:
    """A project before and after its second report."""
    small_unit._publish(root / "before")
    shutil.copytree(root / "before", root / "after", symlinks=True)
    with project(root / "after"):
        publish(UNIT, LATER)


@pytest.fixture
def states(root: Path) -> tuple[Path, Path]:  # noqa: ARG001
    """What stood of the unit before and after its second report; the project of the test holds neither yet."""
    kept = once("hai báo cáo", _two_reports)
    shutil.copytree(kept / "after" / "data" / "raw" / UNIT, folders.root() / "data" / "raw" / UNIT)
    return kept / "before" / "data" / "processed" / UNIT, kept / "after" / "data" / "processed" / UNIT


def bring(source: Path, part: str = "") -> None:
    """Bring a part of what was published back from a copy, in the place of what is there."""
    target = folders.processed(UNIT) / part
    if target.is_dir():
        shutil.rmtree(target)
    if (source / part).is_dir():
        shutil.copytree(source / part, target)
    elif (source / part).exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source / part, target)


def run(*arguments: str) -> int:
    return cli.main(["--lang", "en", *arguments, "--unit", UNIT])


def without_network() -> list[str]:
    """What a command is begun with to have no network at all, where the system allows it."""
    tried = ["unshare", "-rn"]
    return tried if shutil.which("unshare") and subprocess.run([*tried, "true"], check=False, capture_output=True).returncode == 0 else []


def test_a_project_moved_to_another_folder_user_zone_and_locale_without_a_network_publishes_the_same_bytes(
    report: Path, root: Path, tmp_path: Path
):
    other, home = tmp_path / "máy khác" / "kpi mới", tmp_path / "nhà"
    other.parent.mkdir()
    home.mkdir()
    packed = shutil.make_archive(str(tmp_path / "sao-luu"), "gztar", root, "data")
    shutil.unpack_archive(packed, other)
    shutil.copytree(root / "notebooks", other / "notebooks")
    assert not [name for name, content in tree(other / "data").items() if os.fsencode(root) in content and not name.endswith(".parquet")]
    surroundings = {
        **os.environ,
        "HOME": str(home),
        "USER": "khac",
        "LOGNAME": "khac",
        "TZ": "Pacific/Auckland",
        "LC_ALL": "C",
        "PYTHONHASHSEED": "7",
        "OMP_NUM_THREADS": "2",
        "PYTHONPATH": str(PROJECT),
    }
    before = tree(other / "data" / "processed" / UNIT / "reports" / AS_OF)
    shutil.rmtree(root / "data")  # nothing of it is asked for any more
    for command in (["verify"], ["run", "--as-of", AS_OF], ["verify"]):
        done = subprocess.run(
            [*without_network(), sys.executable, "-m", "kpi_lib.cli", "--root", str(other), *command, "--unit", UNIT],
            cwd=home, env={key: value for key, value in surroundings.items() if key != "KPI_ROOT"}, capture_output=True, text=True, encoding="utf-8",
        )  # fmt: skip
        assert done.returncode in (cli.PUBLISHED, cli.WITH_WARNINGS), done.stderr
    after = tree(other / "data" / "processed" / UNIT / "reports" / AS_OF)
    assert {**after, "run.json": b""} == {**before, "run.json": b""}
    assert not report.exists()


@pytest.mark.parametrize("new", list(itertools.product((False, True), repeat=3)))
def test_a_backup_taken_while_a_run_published_is_whole_or_says_what_is_missing(states: tuple[Path, Path], new: tuple[bool, ...]):
    before, after = states
    bring(before)
    for part, taken_late in zip(PARTS, new, strict=True):
        if taken_late:
            bring(after, part)
    in_the_ledger, there, _ = new
    found = [fault["en"] for fault in verify.faults(UNIT)]
    if in_the_ledger and not there:
        assert f"thu/reports/{LATER} is gone: the ledger says that it was published" in found
    elif there and not in_the_ledger:
        assert f"thu/reports/{LATER}: the ledger knows of no such report" in found
    elif new == (False, False, True):
        assert len(found) == 1 and "reports/index.html: the ledger never had the head" in found[0]
    else:
        assert found == []


@pytest.mark.parametrize("late", [PARTS[:1], PARTS[1:]])
def test_what_a_torn_backup_lacks_comes_back_with_a_run_of_that_day(states: tuple[Path, Path], late: tuple[str, ...]):
    before, after = states
    bring(before)
    for part in late:
        bring(after, part)
    assert run("verify") == cli.REFUSED
    publish(UNIT, LATER)
    assert verify.faults(UNIT) == []
    assert tree(reports(UNIT) / LATER).keys() == tree(after / PARTS[1]).keys()


def test_an_older_backup_brought_back_is_whole_and_the_head_in_a_mail_and_a_page_sent_since_tell_it(
    states: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    before, after = states
    bring(after)
    mailed = ledger.head(UNIT)
    sent = Path(shutil.copy(reports(UNIT) / LATER / "index.html", tmp_path / "đã gửi.html"))
    assert run("verify", "--head", mailed, "--against", str(sent)) == cli.PUBLISHED
    shutil.rmtree(folders.processed(UNIT))
    bring(before)
    assert tree(folders.processed(UNIT)) == tree(before)  # the undo: byte for byte what stood there
    assert run("verify") == cli.PUBLISHED
    capsys.readouterr()
    assert run("verify", "--head", mailed[:12].upper()) == cli.REFUSED
    assert f"The ledger never had the head {mailed[:12]}: an older copy of it was brought back" in capsys.readouterr().err
    assert run("verify", "--against", str(sent)) == cli.REFUSED
    assert "the ledger knows of no such page" in capsys.readouterr().err
    assert run("verify", "--head", ledger.head(UNIT)) == cli.PUBLISHED


@pytest.mark.parametrize("head", ["", " ", "không", "123", "0123456789ag", "0" * 65, "-"])
def test_what_is_no_head_is_refused(states: tuple[Path, Path], head: str, capsys: pytest.CaptureFixture[str]):
    bring(states[0])
    assert run("verify", f"--head={head}") == cli.REFUSED
    assert "is no head of a ledger" in capsys.readouterr().err
    assert run("verify", "--head", "0" * 12) == cli.PUBLISHED  # of the first report: nothing was published yet
