"""A report and its round appear together or not at all, wherever the run is killed or the disk refuses; and what is told is what stands."""

from __future__ import annotations

import errno
import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from conftest import PROJECT

from kpi_lib import cli, disk
from kpi_lib.definitions import folders
from kpi_lib.record import ledger
from kpi_lib.reports import lock
from kpi_lib.reports.archive import reports
from kpi_lib.reports.live import ROUND, Live, heal
from kpi_lib.reports.lock import Busy, only_run
from kpi_lib.running.notebooks import run_notebook
from kpi_lib.words.messages import KpiError
from kpi_lib.words.system import MachineFault
from tests.kills import KILL, End, in_a_process

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="a process is killed here the way Linux and macOS do it")
CASES = [
    ("2025-10-15", True, "exchange"),
    ("2026-01-31", False, "exchange"),
    ("2026-04-15", True, "two renames"),
    ("2026-07-15", True, "a copy set aside"),
]
NOTHING, BACK, PENDING, UNLISTED, ALL = (
    "Nothing was published",
    "the next run puts it back",
    "the next run enters it",
    "was not renewed",
    "on the list of reports",
)


def written(folder: Path, words: str) -> Path:
    """A report as it lies ready: pages, a notebook, a document, its manifest."""
    (folder / "notebooks").mkdir(parents=True)
    for name in ("index.html", "notebooks/index.ipynb", "bao-cao.docx"):
        (folder / name).write_text(f"{words} {name}", encoding="utf-8")
    outputs = {path.relative_to(folder).as_posix(): digest(path) for path in folder.rglob("*") if path.is_file()}
    (folder / "manifest.json").write_text(json.dumps({"outputs": outputs}), encoding="utf-8")
    (folder / "run.json").write_text("[]", encoding="utf-8")
    return folder


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


class Desk:
    """A unit with an old report and its round, and a new one that lies ready; `new` is False where there was none before."""

    def __init__(self, unit: str, day: str, there_was_one: bool) -> None:
        self.unit, self.day = unit, day
        self.own, self.final = folders.processed(unit), reports(unit) / day
        self.first = "cũ" if there_was_one else None
        ledger.folder(unit).mkdir(parents=True)
        if there_was_one:
            written(self.final, "cũ")
            (ledger.folder(unit) / f"{day}.csv").write_text("cũ", encoding="utf-8")
            (self.final.parent / "index.html").write_text("cũ", encoding="utf-8")
        self.staging = written(self.own / f".staging-{day}-77", "mới")
        (self.staging / ROUND).mkdir()
        (self.staging / ROUND / f"{day}{'-v2' if there_was_one else ''}.csv").write_text("mới", encoding="utf-8")

    def publish(self) -> str:
        """What `publish` does once everything is made; what is told if it fails."""
        live = Live(self.unit, self.staging, self.final)
        try:
            with live.telling():
                live.go(json.loads((self.staging / "manifest.json").read_text(encoding="utf-8")))
                with disk.whole(self.final.parent / "index.html", sure=True) as being_made:
                    being_made.write_text("mới", encoding="utf-8")
        except (OSError, KpiError) as error:
            return str(error.reached["en"])  # type: ignore[union-attr]
        finally:
            shutil.rmtree(self.staging, ignore_errors=True)
        return ""

    def stands(self) -> tuple[str | None, bool, bool]:
        """Which report a reader finds, whether the new round is in the ledger, whether the new list stands."""
        rounds = [path.read_text(encoding="utf-8") for path in ledger.folder(self.unit).glob("[0-9]*.csv")]
        listing = self.final.parent / "index.html"
        listed = listing.exists() and listing.read_text(encoding="utf-8") == "mới"
        if not (self.final / "manifest.json").exists():
            return None, "mới" in rounds, listed
        outputs = json.loads((self.final / "manifest.json").read_text(encoding="utf-8"))["outputs"]
        assert {name: digest(self.final / name) for name in outputs} == outputs  # one report, whole
        return (self.final / "index.html").read_text(encoding="utf-8").split()[0], "mới" in rounds, listed

    def left_over(self) -> list[str]:
        every = [path.relative_to(self.own).as_posix() for path in self.own.rglob("*")]
        return [name for name in every if any(part.startswith(".") for part in Path(name).parts)]


@pytest.fixture(params=CASES, ids=lambda case: " ".join(map(str, case)))
def case(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> tuple[str, bool, str]:
    """The report's day, whether there is an earlier one, and how folders change places: at once, as where no exchange is known, or as in a
    container, where a folder of the image can be emptied and removed and neither exchanged nor renamed."""
    day, _, way = request.param
    rename = Path.rename

    def renamed(path: Path, target: Path) -> Path:
        if path.name == day:
            raise OSError(errno.EXDEV, os.strerror(errno.EXDEV), str(path))
        return rename(path, target)

    monkeypatch.setattr(disk, "_WAITS", (0.0,) * 3)
    if way != "exchange":
        monkeypatch.setattr(disk, "_renameat2", lambda *_: errno.EXDEV if way == "a copy set aside" else errno.ENOSYS)
    if way == "a copy set aside":
        monkeypatch.setattr(Path, "rename", renamed)
    return request.param


@pytest.fixture
def desk(make_unit: Callable[..., str], case: tuple[str, bool, str]) -> Callable[[], Desk]:
    unit, (day, there_was_one, _) = make_unit([]), case

    def laid() -> Desk:
        shutil.rmtree(folders.processed(unit), ignore_errors=True)
        return Desk(unit, day, there_was_one)

    return laid


def each_step(desk: Callable[[], Desk], error: int, *, every: int = 1) -> Iterator[tuple[Desk, End]]:
    """Publish once for every step, ended or refused at that step; the desk as it was left."""
    first = desk()
    steps = len(in_a_process(first.publish, first.own).steps)
    assert first.stands() == ("mới", True, True) and not first.left_over() and steps > 25
    for step in range(steps, 0, -every):
        own = desk()
        yield own, in_a_process(own.publish, own.own, last=step, error=error)


def test_killed_at_any_step_report_and_round_are_both_old_or_both_new_and_no_reader_sees_a_round_without_its_report(
    desk: Callable[[], Desk], case: tuple[str, bool, str]
):
    seen = set()
    for own, end in each_step(desk, KILL):
        assert end.killed
        found, in_ledger, _ = own.stands()
        assert not (in_ledger and found != "mới"), end.steps[-1]
        assert found is not None or own.first is None or case[2] != "exchange", end.steps[-1]
        heal(own.unit)
        found, in_ledger, _ = own.stands()
        assert (found, in_ledger) in ((own.first, False), ("mới", True)), end.steps[-1]
        assert not own.left_over(), end.steps[-1]
        seen.add(found)
    assert seen == {own.first, "mới"}


@pytest.mark.parametrize("error", [errno.ENOSPC, errno.EIO, errno.EACCES], ids=["full", "failing", "held"])
def test_whatever_the_disk_refuses_the_old_report_stands_or_the_new_and_what_is_told_is_true(
    desk: Callable[[], Desk], case: tuple[str, bool, str], error: int
):
    for own, end in each_step(desk, error, every=3):
        assert not end.killed
        found, in_ledger, listed = own.stands()
        held = found is None and own.first is not None  # what was to be taken away could not be, nor its copy brought back
        assert not held or (error == errno.EACCES and case[2] == "a copy set aside"), end
        assert not (in_ledger and found != "mới")
        true = (
            BACK
            if held
            else NOTHING
            if found != "mới"
            else PENDING
            if not in_ledger or (own.final / ROUND).exists()
            else ALL
            if listed
            else UNLISTED
        )
        assert (true in end.told) if end.told else (found, in_ledger, listed) == ("mới", True, True), (
            end.told,
            own.stands(),
            end.steps[-1],
        )
        heal(own.unit)
        assert own.stands()[:2] in ((own.first, False), ("mới", True)) and not own.left_over()


def test_what_the_disk_does_not_give_back_is_not_published(desk: Callable[[], Desk]):
    for spoil in ("index.html", "bao-cao.docx", "extra.html"):
        own = desk()
        (own.staging / spoil).write_text("khác", encoding="utf-8")
        assert NOTHING in own.publish() and own.stands() == (own.first, False, False)


def test_a_file_that_another_program_holds_for_a_moment_is_waited_for(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setattr(disk, "_WAITS", (0.0,) * 5)
    left = [13, 1, 16]

    def held() -> str:
        if left:
            raise OSError(left.pop(), "held")
        return "done"

    assert disk.retried(held) == "done"
    with pytest.raises(FileNotFoundError):
        disk.retried(lambda: (tmp_path / "a").rename(tmp_path / "b"))


def test_no_link_is_asked_for_so_that_disks_without_links_will_do(desk: Callable[[], Desk]):
    own = desk()
    assert "link" not in {kind for kind, _ in in_a_process(own.publish, own.own).steps}


# ---- left-overs, locks, disks --------------------------------------------------------------------------------------------------


def test_what_dead_runs_left_goes_and_what_living_ones_are_making_stays(make_unit: Callable[..., str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path):  # fmt: skip
    unit, temporary = make_unit([]), tmp_path / "tạm"
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    dead = subprocess.run(
        [sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, text=True, check=True
    ).stdout.strip()
    own = folders.processed(unit)
    for folder in (own / "ledger", own / "replays", own / "reports"):
        folder.mkdir(parents=True)
    left = [f"observations-1a.{dead}.tmp", f".observations-1a.parquet.{dead}.tmp", f"replays/x-1.{dead}.tmp", f"ledger/.2025-10-15.csv.{dead}",
            f"reports/.index-{dead}.html", f"reports/.index.html.{dead}.tmp"]  # fmt: skip
    kept = [f"ledger/.2025-10-15.csv.{os.getpid()}.tmp", "ledger/2025-10-15.csv", "observations-1a.parquet"]
    for name in (*left, *kept):
        (own / name).write_text("x", encoding="utf-8")
    for name in (f"kpi-{dead}-abc", f"kpi-{os.getpid()}-abc", "kpi-others", "chrome-12"):
        (temporary / name / "work").mkdir(parents=True)
    heal(unit)
    assert not [name for name in left if (own / name).exists()] and all((own / name).exists() for name in kept)
    assert {path.name for path in temporary.iterdir()} == {f"kpi-{os.getpid()}-abc", "kpi-others", "chrome-12"}


@pytest.mark.parametrize("number", [errno.ENOLCK, errno.EOPNOTSUPP])
def test_a_disk_without_locks_is_not_called_another_run(make_unit: Callable[..., str], monkeypatch: pytest.MonkeyPatch, number: int):
    def refuse(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(fcntl, "flock", refuse)
    with pytest.raises(MachineFault, match="knows no locks") as told, only_run(make_unit([])):
        pass
    assert not isinstance(told.value, Busy) and lock._UNKNOWN.isdisjoint(lock._TAKEN)


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["fork", "kernel"])
@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ("raise OSError(28, 'No space left on device')", "the disk is full"),
        ("raise MemoryError", "no memory is left"),
        ("import os; os.kill(os.getpid(), 9)", "died"),
    ],
)
def test_a_full_disk_or_want_of_memory_in_a_cell_is_a_fault_of_the_machine(tmp_path: Path, engine: str, cell: str, said: str):
    import nbformat

    parameters = nbformat.v4.new_code_cell("x: int = 1  # x", metadata={"tags": ["parameters"]})
    nbformat.write(nbformat.v4.new_notebook(cells=[parameters, nbformat.v4.new_code_cell(cell)]), tmp_path / "a.ipynb")
    with pytest.raises(MachineFault, match=said):
        run_notebook(tmp_path / "a.ipynb", tmp_path / "o.ipynb", {}, engine=engine)


@pytest.mark.parametrize("arguments", [["units"], ["check", "--unit", "thu"]])
def test_only_a_run_that_was_to_publish_says_that_nothing_was_published(
    make_unit: Callable[..., str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], arguments: list[str]
):
    make_unit([])
    monkeypatch.setattr(folders, "units", lambda: (_ for _ in ()).throw(OSError(28, "full")))
    monkeypatch.setattr("kpi_lib.reports.door.faults", lambda *_: (_ for _ in ()).throw(OSError(28, "full")))
    assert cli.main(["--lang", "en", *arguments]) == cli.ENVIRONMENT
    told = capsys.readouterr().err
    assert "the disk is full" in told and "published" not in told


def test_room_for_a_report_is_asked_for_before_anything_is_made(
    make_unit: Callable[..., str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    unit, usage = make_unit([]), shutil.disk_usage("/")
    standing = reports(unit) / "2025-07-15"
    standing.mkdir(parents=True)
    (standing / "index.html").write_bytes(bytes(3_000_000))
    begun: list[str] = []
    monkeypatch.setattr("kpi_lib.reports.publish.warm_up", lambda: begun.append("begun") or 1 / 0)
    for free, code in ((10_900_000, cli.ENVIRONMENT), (11_000_000, cli.INTERNAL)):  # twice the report that stands, and five million bytes
        monkeypatch.setattr(shutil, "disk_usage", lambda _, free=free: usage._replace(free=free))
        assert cli.main(["run", "--unit", unit, "--as-of", "2025-10-15", "--lang", "en"]) == code
        said = capsys.readouterr().err
        assert ("10.9 MB left and a report asks for 11.0 MB" in said) == (code == cli.ENVIRONMENT) and "Nothing was published." in said
    assert begun == ["begun"] and not list(folders.processed(unit).glob(".staging-*"))


def test_no_room_for_temporary_files_is_told_as_the_disk():
    code = (
        "import errno, tempfile; from kpi_lib import disk; tempfile._candidate_tempdir_list = lambda: ['/nowhere']\n"
        "try: disk.scratch()\nexcept OSError as error: print(errno.errorcode[error.errno], error.filename)"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True,
                          env={**os.environ, "PYTHONPATH": str(PROJECT), "TMPDIR": "/nowhere"})  # fmt: skip
    assert told.stdout.split() == ["ENOSPC", "/nowhere"]
