"""Every step of a whole publication, killed and refused; the real command killed at random; twenty processes at once.

    python -m pytest tests/slow -s          (the default command does not collect this folder; two hours on two busy cores)

The tables of docs/reliability.md are what this prints. A kill leaves on the disk what the steps before it did, no more: the states that kills
would leave are therefore looked at in one real run, before every step it takes; real kills of the real command come beside.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import io
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from conftest import PROJECT, furnish, write_unit

from kpi_lib import cli, disk
from kpi_lib.record import chain, ledger
from kpi_lib.reports import door
from kpi_lib.reports import publish as publishing
from kpi_lib.reports.archive import reports
from kpi_lib.reports.live import ROUND, Live, heal
from kpi_lib.reports.lock import Busy, only_run
from tests.kills import in_a_process
from tests.once import once
from tests.small_unit import AS_OF, FIGURES, TARGETS, UNIT

KEPT = "KPI_SWEEP_POINTS"  # how many points of the refused sweep are tried for each error; all of them takes hours
KILLS = int(os.environ.get("KPI_SWEEP_KILLS", "100"))
SEED = int(os.environ.get("KPI_SWEEP_SEED", "17"))  # of the moments of the random kills
RUN = ["--lang", "vi", "run", "--unit", UNIT, "--as-of", AS_OF]
PUBLICATIONS = {  # the command, whether a report stands before, and whether the system exchanges two folders in one step
    "another figure": (RUN, True, True),
    "another figure, two renames": (RUN, True, False),
    "the first report": (RUN, False, True),
    "another day": ([*RUN[:-1], "2025-11-15"], True, True),
    "another language": (["--lang", "en", *RUN[2:]], True, True),
}
PHASES = ("notebooks", "export", "documents", "manifest and round", "sync", "pointer", "ledger", "list", "clearing", "other")
ASKED, LEAST = ("notebooks", "export", "documents", "sync", "pointer", "ledger", "list"), 20
FULL = "đĩa đã đầy"
TRUE = {"nothing": "Không có gì được công bố", "pending": "chưa ghi vào sổ", "unlisted": "danh sách báo cáo chưa", "all": "có trong danh sách báo cáo"}  # fmt: skip


def command(root: Path, run: Sequence[str] = RUN) -> subprocess.Popen[str]:
    """The real command, in a project folder."""
    environment = {**os.environ, "PYTHONPATH": str(PROJECT), "PYTHONUTF8": "1", "KPI_ROOT": str(root), "TMPDIR": str(root / "tmp")}
    return subprocess.Popen(
        [sys.executable, "-m", "kpi_lib.cli", *run],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )


def finished(root: Path, run: Sequence[str] = RUN) -> str:
    out, err = (process := command(root, run)).communicate()
    assert process.returncode in (cli.PUBLISHED, cli.WITH_WARNINGS), err
    return out


def tree(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != "run.json" and ROUND not in path.parts)
    return {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


class Scene:
    """A project with a published report, and figures that will change it; what stands before and what a clean run makes of it."""

    def __init__(self, folder: Path, *, torn: bool = False) -> None:
        self.old, self.new = folder / "old", folder / "new"
        self.torn = torn  # between two renames no report stands until the next run
        self.reports = {"old": self.published(self.old), "new": self.published(self.new)}
        self.ledgers = {"old": tree(self.own(self.old) / "ledger"), "new": tree(self.own(self.new) / "ledger")}
        assert self.reports["old"] != self.reports["new"] and self.ledgers["old"].get(chain.FILE) != self.ledgers["new"][chain.FILE]

    def copy(self, target: Path) -> Path:
        shutil.copytree(self.old, target, symlinks=True)
        return target

    def own(self, root: Path) -> Path:
        return root / "data" / "processed" / UNIT

    def place(self, root: Path) -> Path:
        return self.own(root) / "reports" / AS_OF

    def published(self, root: Path) -> dict[str, str]:
        """Every file of every report."""
        days = (self.own(root) / "reports").glob("[0-9]*")
        return {f"{day.name}/{name}": digest for day in days for name, digest in tree(day).items()}

    def stands(self, root: Path) -> tuple[str, str]:
        """The reports and the ledger a reader finds (what the chain names counts): old, new, absent or mixed."""
        found, rounds = self.published(root), tree(self.own(root) / "ledger").get(chain.FILE, "")
        report = next((name for name, files in self.reports.items() if files == found), "mixed" if found else "absent")
        return report, next(
            (name for name, files in self.ledgers.items() if files.get(chain.FILE, "") == rounds), "mixed" if rounds else "absent"
        )

    def left_over(self, root: Path) -> list[str]:
        own = self.own(root)
        kept = [path.name for path in own.rglob("*") if path.name.startswith(".") and path.name != ".lock"] + [
            path.name for path in own.rglob("*.tmp")
        ]
        return kept + [path.name for path in (root / "tmp").glob("kpi-*")]

    def faults(self, root: Path) -> list[str]:
        """What is wrong where a run was cut short, and after it was healed; nothing, if all is as it should be."""
        report, rounds = self.stands(root)
        found = [f"{report} report"] if report == "mixed" or (report == "absent" and not self.torn) else []
        found += [f"{rounds} ledger"] if rounds in ("mixed", "absent") else []
        found += ["round ahead of its report"] if report != "new" and rounds == "new" else []
        with at(root):
            heal(UNIT)
        report, rounds = self.stands(root)
        whole = report == rounds and tree(self.own(root) / "ledger") == self.ledgers.get(rounds)
        found += [] if whole else [f"healed to {self.stands(root)}"]
        return found + [f"left: {name}" for name in self.left_over(root)]


def lay(folder: Path) -> None:
    """Publish a report, change a figure, and publish a copy anew."""
    old = folder / "old"
    furnish(old)
    (old / "tmp").mkdir()
    write_unit(old, FIGURES, targets=TARGETS, unit=UNIT)
    finished(old)
    changed = [{**row, "value": 13} if (row["indicator"], row["period"]) == ("new_enterprises", "2025-08") else row for row in FIGURES]
    write_unit(old, changed, targets=TARGETS, unit=UNIT)
    publish_beside(folder, RUN)


def publish_beside(folder: Path, run: Sequence[str]) -> None:
    old, new = folder / "old", folder / "new"
    shutil.copytree(old, new, symlinks=True)
    finished(new, run)
    for cache in new.rglob("*.parquet"):  # reckoned anew it would be the same: the sweep is about what is published
        target = old / cache.relative_to(new)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(cache, target)


def laid(name: str) -> Scene:
    """What stands before and after one of the publications."""
    run, before, exchanged = PUBLICATIONS[name]
    folder = once("sweep", lay)
    if (run, before) != (RUN, True):

        def lay_again(again: Path) -> None:
            unpublished = None if before else shutil.ignore_patterns("processed")
            shutil.copytree(folder / "old", again / "old", symlinks=True, ignore=unpublished)
            publish_beside(again, run)

        return Scene(once(f"sweep {name}", lay_again))
    return Scene(folder, torn=not exchanged)


@contextlib.contextmanager
def at(root: Path) -> Iterator[None]:
    before = os.environ.get("KPI_ROOT")
    os.environ["KPI_ROOT"] = str(root)
    try:
        yield
    finally:
        os.environ.pop("KPI_ROOT") if before is None else os.environ.update(KPI_ROOT=before)


def phase(kind: str, path: str) -> str:
    """The part of a publication that a step belongs to."""
    rules = (
        (kind == "fsync" and ".staging" in path, "sync"),
        ((ROUND in path and ".staging" not in path) or "/ledger" in path, "ledger"),
        (".staging" not in path and "index.html" in path, "list"),
        (kind in ("unlink", "rmdir") and not path.startswith("/"), "clearing"),
        (re.search(r"/reports(/[\d-]+)?$", path) or (kind == "rename" and re.search(r"\.staging-[\d-]+$", path)), "pointer"),
        ("/notebooks" in path or "/tmp/kpi-" in path, "notebooks"),
        (path.endswith(".docx"), "documents"),
        (path.endswith(".html"), "export"),
        (".staging" in path and re.search(r"manifest\.json|run\.json|\.round", path), "manifest and round"),
    )
    return next((name for holds, name in rules if holds), "other")


def told(work: Callable[[], Any]) -> Callable[[], tuple[int, str]]:
    def telling() -> tuple[int, str]:
        err = sys.stderr = io.StringIO()
        sys.stdout = io.StringIO()
        return work(), err.getvalue()

    return telling


def untold(code: int, said: str, report: str, pending: bool) -> list[str]:
    """What is false in how a run says that it ended; its exit code and words against what stands."""
    if code in (cli.PUBLISHED, cli.WITH_WARNINGS):
        return [] if report == "new" and not pending else [f"{code} although {report} stands"]
    true = ["nothing"] if report == "old" else ["pending"] if pending else ["unlisted", "all"]  # the list is written again at the end
    return [] if code == cli.ENVIRONMENT and any(TRUE[words] in said for words in true) else [f"{code}: {said}"]


def table(title: str, rows: dict[str, dict[str, int]]) -> None:
    columns = list(dict.fromkeys(key for row in rows.values() for key in row))
    print(f"\n{title}\n| | {' | '.join(columns)} |\n|---|{'---|' * len(columns)}")
    for name, row in rows.items():
        print(f"| {name} | {' | '.join(str(row.get(key, 0)) for key in columns)} |")


@pytest.fixture(scope="module")
def scene() -> Scene:
    return Scene(once("sweep", lay))


def swept(scene: Scene, name: str, folder: Path, samples: dict[str, int]) -> list[tuple[str, str, str, list[str], str]]:
    """Every step of a publication: its part, kind and path, what was wrong in the state before it, and which report stood once that was healed.

    The states before the steps of `samples` (number within a part) are kept.
    """
    run, _, exchanged = PUBLICATIONS[name]
    root, seen, found = scene.copy(folder / "run"), folder / "seen", folder / "found.jsonl"
    counts, dead = Counter[str](), disk._dead

    def look(_: int, kind: str, path: str) -> None:
        part = phase(kind, path)
        counts[part] += 1
        (copy := seen / "state").joinpath("data").mkdir(parents=True)
        (copy / "data" / "raw").symlink_to(root / "data" / "raw")
        if scene.own(root).exists():
            shutil.copytree(scene.own(root), scene.own(copy), ignore=shutil.ignore_patterns("*.parquet"))
        if samples.get(part) == counts[part]:
            shutil.copytree(scene.own(root), scene.own(folder / f"sample-{part}"))
        with pytest.MonkeyPatch.context() as patch:  # this process is dead for the next run; its temporary folder is another matter
            patch.setattr(disk, "_dead", lambda owner, file: owner == os.getpid() or dead(owner, file))
            patch.setattr(tempfile, "tempdir", str(seen))
            wrong = scene.faults(copy)
        with found.open("a", encoding="utf-8") as file:
            file.write(json.dumps([part, kind, path, wrong, scene.stands(copy)[0]]) + "\n")
        shutil.rmtree(copy)

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KPI_ROOT", str(root))
        patch.setenv("TMPDIR", str(root / "tmp"))
        patch.setattr(tempfile, "tempdir", str(root / "tmp"))
        if not exchanged:
            patch.setattr(disk, "exchange", lambda *_: False)
        end = in_a_process(told(lambda: cli.main(run)), root / "data", root / "tmp", look=look)
    assert end.told[0] in (cli.PUBLISHED, cli.WITH_WARNINGS), end.told
    return [tuple(json.loads(line)) for line in found.read_text(encoding="utf-8").splitlines()]


def test_a_kill_before_any_step_leaves_old_and_old_or_new_and_new(tmp_path: Path):
    every, wrong, whole = Counter[str](), [], Counter[str]()
    for number, name in enumerate(PUBLICATIONS):
        samples = {"notebooks": 5, "export": 9, "sync": 12, "ledger": 3, "list": 2, "clearing": 4} if number == 0 else {}
        (folder := tmp_path / str(number)).mkdir()
        scene = laid(name)
        points = swept(scene, name, folder, samples)
        rows = {part: Counter(kind for p, kind, *_ in points if p == part) for part in PHASES}
        table(f"{name}: {len(points)} points", {part: {"points": row.total(), **dict(row)} for part, row in rows.items() if row})
        print("healed to:", dict(Counter(point[4] for point in points)), "wrong:", sum(bool(point[3]) for point in points), flush=True)
        every.update(point[0] for point in points)
        whole.update(point[4] for point in points)
        wrong += [(name, point) for point in points if point[3]]
        for part in samples:  # the next run of all of it, from the state a kill left
            state, following = folder / f"sample-{part}", folder / "next"
            shutil.copytree(scene.old, following, symlinks=True, ignore=shutil.ignore_patterns("processed"))
            shutil.move(state / "data" / "processed", following / "data" / "processed")
            finished(following)
            assert scene.stands(following) == ("new", "new") and not scene.left_over(following), part
            shutil.rmtree(following)
    print(f"{every.total()} points: {dict(every)}; healed to {dict(whole)}; wrong {len(wrong)}")
    assert not wrong, wrong
    assert every.total() >= 200 and min(every[part] for part in ASKED) >= LEAST


def reckoned_once(work: Callable[..., Any]) -> Callable[..., Any]:
    found: list[Any] = []

    def reckoned(*given: Any, **named: Any) -> Any:
        if not found:
            found.append(work(*given, **named))
        return found[0]

    return reckoned


@pytest.fixture
def prepared(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """What takes time and changes nothing on the disk is reckoned once, in the first run, and is there in every process forked after it: checks of
    what arrived, outlooks, the values of all numbers and the proof, notebooks, drawings. Every step on the disk is the program's own."""
    ready = scene.place(scene.new)
    for where, name in (
        (door, "guarded"),
        *((publishing, name) for name in ("outlooks", "replay", "of_report", "words_of", "later_numbers", "prove")),
    ):
        monkeypatch.setattr(where, name, reckoned_once(getattr(where, name)))
    facts = {job["page"]: job for job in json.loads((ready / "run.json").read_text(encoding="utf-8"))}

    def run_many(jobs: list[Any], *, on_done: Callable[[Any, dict[str, Any]], None], **_: object) -> list[dict[str, Any]]:
        for job in jobs:
            with disk.whole(job.output) as being_made:
                shutil.copyfile(ready / "notebooks" / job.output.name, being_made)
            on_done(job, {})
        return list(facts.values())

    def export_page(_: object, page: Path, **__: object) -> dict[str, Any]:
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_bytes((ready / page.name).read_bytes())
        return facts[page.stem]

    monkeypatch.setattr(publishing, "run_many", run_many)
    monkeypatch.setattr(publishing, "export_page", export_page)
    monkeypatch.setattr(publishing, "warm_up", lambda: None)


@pytest.mark.usefixtures("prepared")
@pytest.mark.parametrize("error", [errno.ENOSPC, errno.EIO, errno.EACCES], ids=["ENOSPC", "EIO", "EACCES"])
def test_a_disk_that_refuses_any_step_is_told_truly_and_leaves_one_report(
    scene: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: int
):
    monkeypatch.setattr(disk, "_WAITS", (0.0,) * 5)
    root = scene.copy(tmp_path / "run")
    monkeypatch.setattr(tempfile, "tempdir", str(root / "tmp"))
    monkeypatch.setenv("KPI_ROOT", str(root))
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        cli.main(RUN)  # what is imported and made once is there before the processes are forked
    shutil.rmtree(root)
    scene.copy(root)
    steps = in_a_process(told(lambda: cli.main(RUN)), root / "data", root / "tmp").steps
    keep = int(os.environ.get(KEPT, "0")) or len(steps)
    chosen = range(len(steps), 0, -max(1, len(steps) // keep))
    rows: dict[str, Counter[str]] = {}
    wrong = []
    for number in chosen:
        shutil.rmtree(root)
        scene.copy(root)
        end = in_a_process(told(lambda: cli.main(RUN)), root / "data", root / "tmp", last=number, error=error)
        code, said = end.told
        report, rounds = scene.stands(root)
        faults = untold(code, said, report, rounds == "old" or (scene.place(root) / ROUND).exists())
        faults += [f"not told as a full disk: {said}"] if error == errno.ENOSPC and code == cli.ENVIRONMENT and FULL not in said else []
        faults += scene.faults(root)
        part = phase(*steps[number - 1])
        rows.setdefault(part, Counter()).update(
            {
                "points": 1,
                "published all the same": int(code != cli.ENVIRONMENT),
                "old stands": int(report == "old"),
                "wrong": int(bool(faults)),
            }
        )
        print(
            f"{errno.errorcode[error]} {part} {steps[number - 1][0]}: exit code {code}, {report} stands, {faults or 'told truly'}",
            flush=True,
        )
        if faults:
            wrong.append((steps[number - 1], faults))
    table(f"{errno.errorcode[error]}: {len(chosen)} of {len(steps)} points", {part: dict(rows[part]) for part in PHASES if part in rows})
    assert not wrong, wrong


def test_the_real_command_killed_at_random_leaves_one_report_and_no_process(scene: Scene, tmp_path: Path):
    import psutil

    rng, ends, wrong = random.Random(SEED), Counter[str](), []
    root = scene.copy(tmp_path / "run")
    begun = time.monotonic()
    finished(root)
    lasts = time.monotonic() - begun
    for number in range(KILLS):
        shutil.rmtree(root)
        scene.copy(root)
        process = command(root)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(rng.uniform(0.02, 1.0) * lasts)
        family = psutil.Process(process.pid).children(recursive=True) if process.poll() is None else []
        process.send_signal(signal.SIGKILL)
        process.communicate()
        _, alive = psutil.wait_procs(family, timeout=15)
        faults = [f"alive: {other.pid}" for other in alive] + [fault for fault in scene.faults(root) if not fault.startswith("left: kpi-")]
        with at(root):
            os.environ["TMPDIR"], before = str(root / "tmp"), os.environ.get("TMPDIR")
            subprocess.run(
                [sys.executable, "-c", "from kpi_lib import disk; disk.sweep()"], env={**os.environ, "PYTHONPATH": str(PROJECT)}, check=True
            )
            os.environ.pop("TMPDIR") if before is None else os.environ.update(TMPDIR=before)
        faults += scene.left_over(root)
        ends[scene.stands(root)[0]] += 1
        print(f"killed {number + 1}: {scene.stands(root)[0]} stands, {faults or 'right'}", flush=True)
        if faults:
            wrong.append((number, faults))
        if number % 10 == 9:
            begun = time.monotonic()
            finished(root)
            lasts = time.monotonic() - begun  # other jobs come and go: kills are to fall into every part of a run
            assert scene.stands(root) == ("new", "new") and not scene.left_over(root)
    print(f"\n{KILLS} random kills over {lasts:.0f} s: report after healing {dict(ends)}, wrong {len(wrong)}")
    assert not wrong, wrong


@pytest.mark.parametrize(("processes", "rounds"), [(20, 50)])
def test_of_many_processes_one_publishes_a_round_and_the_others_are_told(scene: Scene, tmp_path: Path, processes: int, rounds: int):
    root, ready = scene.copy(tmp_path / "run"), scene.place(scene.new)
    manifest = json.loads((ready / "manifest.json").read_text(encoding="utf-8"))
    winners, others = Counter[int](), 0

    def one(day: str, tried: Path, who: int) -> int:
        try:
            with only_run(UNIT):
                heal(UNIT)
                staging = scene.own(root) / f".staging-{day}-{os.getpid()}"
                shutil.copytree(ready, staging)
                (staging / ROUND).mkdir()
                (staging / ROUND / f"{day}.csv").write_text(f"{who}", encoding="utf-8")
                Live(UNIT, staging, reports(UNIT) / day).go(manifest)
                deadline = time.monotonic() + 60
                while len(list(tried.iterdir())) < processes - 1 and time.monotonic() < deadline:
                    time.sleep(0.01)
                return 0
        except Busy:
            (tried / str(who)).touch()
            return 75

    with at(root):
        for number in range(rounds):
            day, tried = f"2031-{number % 12 + 1:02d}-{number // 12 + 1:02d}", tmp_path / f"tried-{number}"
            tried.mkdir()
            children = []
            for who in range(processes):
                if (child := os.fork()) == 0:
                    os._exit(one(day, tried, who))
                children.append(child)
            codes = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
            winners[codes.count(0)] += 1
            others += codes.count(75)
            assert tree(reports(UNIT) / day) == tree(ready)
            assert (ledger.folder(UNIT) / f"{day}.csv").read_text(encoding="utf-8") == str(codes.index(0))
    print(f"\n{processes} processes x {rounds} rounds: publishers a round {dict(winners)}, told that another runs: {others}")
    assert winners == {1: rounds} and others == rounds * (processes - 1)
    assert not [name for name in scene.left_over(root) if not name.startswith("kpi-")]
