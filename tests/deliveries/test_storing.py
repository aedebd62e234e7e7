"""What is kept of deliveries: in whole or not at all, whatever ends the run; one bad file stops no other; files of earlier versions count."""

from __future__ import annotations

import csv
import datetime as dt
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from conftest import PROJECT, row

from kpi_lib import cli
from kpi_lib.definitions import folders
from kpi_lib.deliveries import intake, store
from kpi_lib.deliveries.files.reading import read_book, read_safely
from kpi_lib.deliveries.intake import confirm, ingest, withdraw
from kpi_lib.figures.observations import read_observations
from kpi_lib.words.messages import KpiError
from tests.deliveries.left_whole import whole
from tests.kills import in_a_process

pytestmark = pytest.mark.xdist_group("deliveries")
DAY = dt.date(2026, 10, 6)
LINES = {"new_jobs": ("lượt lao động", 40), "new_enterprises": ("doanh nghiệp", 7), "budget_revenue_growth": ("tỷ đồng", 31.4)}
HEAD = "chỉ tiêu;cách tính;kỳ;đvt;loại số;giá trị;ghi chú\n"


def sheet(path: Path, *rows: tuple[str, str, float], note: str = "") -> Path:
    """A tidy file with months of lines."""
    body = "".join(f"{key};tháng;{month};{LINES[key][0]};thực hiện;{str(value).replace('.', ',')};{note}\n" for key, month, value in rows)
    path.write_text(HEAD + body, encoding="utf-8")
    return path


def months(key: str, *, year: int = 2025, factor: float = 1.0) -> list[tuple[str, str, float]]:
    """A year of a line, a little uneven."""
    usual = LINES[key][1]
    return [(key, f"{year}-{month:02d}", round(factor * usual * (1 + 0.03 * (month % 5)), 0 if usual > 5 and key != "budget_revenue_growth" else 1))
            for month in range(1, 13)]  # fmt: skip


def known_before(*lines: str) -> list[dict[str, object]]:
    """A figure of each line that was there before anything was handed in, so that nobody is asked about its size."""
    return [row(line, "month", "2024-12", LINES[line][1], "2025-01-06", measure=LINES[line][0]) for line in dict.fromkeys(lines)]


@pytest.fixture(params=["new_jobs", "budget_revenue_growth"])
def line(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def unit(make_unit: Callable[..., str], line: str) -> str:
    return make_unit(known_before(line, "new_enterprises"), toml=f'lines = ["{line}", "new_enterprises"]')


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Read files in this process: what is tried here is what becomes of them."""

    def read(paths: list[Path], *, skip: Callable[[Path], bool]) -> Iterator[tuple[Path, object]]:
        for path in paths:
            yield path, None if skip(path) else read_book(path)

    monkeypatch.setattr(intake, "read_safely", read)
    monkeypatch.setattr(intake, "start_reading", lambda: None)


def taken(unit: str, **cut: object) -> dict[tuple[str, str], float]:
    """The figures that were handed in and count."""
    obs = read_observations(unit, **cut)  # type: ignore[arg-type]
    own = obs[obs["file"].str.startswith("received/")]
    return dict(zip(zip(own["indicator"], own["period"], strict=True), own["value"], strict=True))


def restart(folder: Path, before: Path) -> None:
    shutil.rmtree(folder / "received", ignore_errors=True)
    shutil.copytree(before, folder / "received")


# ---- kills -----------------------------------------------------------------------------------------------------------------------


@pytest.mark.skipif(not hasattr(os, "fork"), reason="a process is killed here the way Linux and macOS do it")
@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("command", ["ingest", "confirm", "withdraw"])
def test_killed_at_any_step_no_figure_is_without_its_record_and_no_record_without_its_figures(
    unit: str, line: str, tmp_path: Path, command: str
):
    folder = folders.raw(unit)
    first = sheet(tmp_path / "nam.csv", *months(line))
    odd = sheet(tmp_path / "la.csv", (line, "2026-01", LINES[line][1] * 40.0), ("new_enterprises", "2026-01", 7))
    refused = tmp_path / "khong-ro.csv"
    refused.write_text("đây không phải biểu nào; x\n1;2\n", encoding="utf-8")
    ingest([first, *([odd] if command != "ingest" else [])], unit, received=DAY)
    work = {
        "ingest": lambda: ingest([odd, refused], unit, received=DAY),
        "confirm": lambda: confirm(unit, 2, by="A", reason="B", on=DAY),
        "withdraw": lambda: withdraw(unit, 1, by="A", reason="B", on=DAY),
    }[command]
    before = tmp_path / "before"
    shutil.copytree(folder / "received", before)
    steps = len(in_a_process(work, folder).steps)
    assert steps >= 6
    wanted, numbers = taken(unit), [record.number for record in store.records(unit)]
    for step in range(1, steps + 1, 1 if line == "new_jobs" else 3):
        restart(folder, before)
        assert in_a_process(work, folder, last=step).killed
        whole(unit, folder)
        if len(store.records(unit)) < len(numbers):
            (ingest([odd, refused], unit, received=DAY) if command == "ingest" else work())
        whole(unit, folder)
        assert taken(unit) == wanted and len(store.records(unit)) == len(numbers)
        assert not list((folder / "received").glob(".*"))


def test_a_number_that_a_killed_run_had_begun_is_not_given_to_the_next_file(unit: str, line: str, tmp_path: Path):
    left = folders.raw(unit) / "received" / ".000001-4711"
    left.mkdir(parents=True)
    (left / "record.json").write_text("{}", encoding="utf-8")
    assert not read_observations(unit)["file"].str.startswith("received/").any() and not store.records(unit)
    receipt = ingest([sheet(tmp_path / "a.csv", (line, "2026-01", LINES[line][1]))], unit, received=DAY)[0]
    assert receipt.number == 2 and not left.exists()


def test_nothing_is_left_in_the_folder_for_temporary_files_after_a_kill(line: str, tmp_path: Path):
    path, scratch = sheet(tmp_path / "a.csv", (line, "2026-01", LINES[line][1])), tmp_path / "scratch"
    scratch.mkdir()
    code = (
        "import os, signal, sys; from pathlib import Path; from kpi_lib.deliveries.files.reading import read_safely; "
        f"print([len(book.sheets) for _, book in read_safely([Path({str(path)!r})])], flush=True); os.kill(os.getpid(), signal.SIGKILL)"
    )
    environment = {**os.environ, "PYTHONPATH": str(PROJECT), "TMPDIR": str(scratch)}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=False)
    assert done.stdout.strip() == "[1]" and done.returncode != 0
    assert not list(scratch.iterdir())


# ---- files of earlier versions ---------------------------------------------------------------------------------------------------


def earlier(unit: str, number: int, line: str, value: float, *, accepted: int) -> None:
    """A delivery as versions before this one kept it: record, figures and file apart."""
    folder = folders.raw(unit) / "received"
    for drawer in ("records", "accepted", "files"):
        (folder / drawer).mkdir(parents=True, exist_ok=True)
    (folder / "files" / f"{number:06d}-cu.csv").write_text("cũ", encoding="utf-8")
    record = json.loads(Path(__file__).with_name("record_of_an_earlier_version.json").read_text(encoding="utf-8"))
    record |= {"number": number, "accepted": accepted, "received": "2026-02-03", "waiting": [], "waiting_plans": [], "plans_accepted": 0}
    (folder / "records" / f"{number:06d}.json").write_text(json.dumps(record), encoding="utf-8")
    kept = {"indicator": line, "series": "total", "basis": "month", "period": "2026-01", "value": value, "measure": LINES[line][0],
           "status": "actual", "published": "2026-02-03", "source": "cũ #1234", "file": f"received/files/{number:06d}-cu.csv", "cell": "F2"}  # fmt: skip
    with (folder / "accepted" / f"{number:06d}.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(kept))
        writer.writeheader()
        writer.writerow(kept)


def test_what_earlier_versions_took_over_counts_and_can_be_withdrawn(unit: str, line: str, tmp_path: Path):
    earlier(unit, 1, line, 25.0, accepted=1)
    assert taken(unit) == {(line, "2026-01"): 25.0}
    assert ingest([sheet(tmp_path / "a.csv", ("new_enterprises", "2026-01", 7))], unit, received=DAY)[0].number == 2
    withdraw(unit, 1, by="A", reason="B", on=DAY)
    assert taken(unit) == {("new_enterprises", "2026-01"): 7.0}
    assert taken(unit, as_of="2026-10-05") == {(line, "2026-01"): 25.0}


def test_figures_that_a_dead_run_of_an_earlier_version_left_do_not_count_under_the_record_of_another_file(unit: str, line: str):
    earlier(unit, 1, line, 25.0, accepted=0)
    assert not taken(unit)


def test_a_record_whose_figures_are_gone_is_told(unit: str, line: str):
    earlier(unit, 1, line, 25.0, accepted=1)
    (folders.raw(unit) / "received" / "accepted" / "000001.csv").unlink()
    with pytest.raises(KpiError, match="delivery 1 took over 1 row, 0"):
        read_observations(unit)


# ---- one bad file stops no other -------------------------------------------------------------------------------------------------


def test_a_name_of_any_bytes_is_read_kept_and_shown(unit: str, line: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    plain = sheet(tmp_path / "plain.csv", (line, "2026-01", LINES[line][1]))
    strange = os.fsdecode(os.fsencode(tmp_path) + b"/b\xe1o c\xe1o \x07\xff.csv")
    plain.rename(strange)
    after = sheet(tmp_path / "sau.csv", ("new_enterprises", "2026-01", 7))
    code = cli.main(["ingest", strange, str(after), "--unit", unit, "--received", str(DAY)])
    told = capsys.readouterr().out
    assert code in (cli.PUBLISHED, cli.WITH_WARNINGS) and "b\ufffdo c\ufffdo" in told and "\x07" not in told
    assert taken(unit) == {(line, "2026-01"): LINES[line][1], ("new_enterprises", "2026-01"): 7}
    first = store.records(unit)[0]
    assert (folders.raw(unit) / first.stored).read_bytes() == Path(strange).read_bytes()
    assert first.name.encode("utf-8") and first.stored.isascii()


@pytest.mark.parametrize("fails", ["held_against", "recognise"])
def test_a_file_on_which_the_program_fails_is_refused_by_name_and_the_next_is_taken(
    unit: str, line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fails: str
):
    good = getattr(intake, fails)

    def failing(first: object, *more: object, **named: object) -> object:
        if getattr(first, "file", "") == "hong.csv":
            raise ZeroDivisionError("by nothing")
        return good(first, *more, **named)

    monkeypatch.setattr(intake, fails, failing)
    bad, next_one = (sheet(tmp_path / name, (line, f"2026-0{i}", LINES[line][1])) for i, name in ((1, "hong.csv"), (2, "sau.csv")))
    receipts = ingest([bad, next_one], unit, received=DAY)
    assert [fault.check for fault in receipts[0].faults] == ["not_judged"] and receipts[0].refused
    assert taken(unit) == {(line, "2026-02"): LINES[line][1]} and [record.refused for record in store.records(unit)] == [True, False]
    monkeypatch.setattr(intake, fails, good)
    assert ingest([bad], unit, received=DAY)[0].accepted


def test_a_file_that_cannot_be_kept_is_told_and_the_next_is_taken(
    unit: str, line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    good = shutil.copyfile

    def full(source: Path, target: Path) -> object:
        if "day" in Path(source).name:
            raise OSError(28, "No space left on device")
        return good(source, target)

    monkeypatch.setattr(shutil, "copyfile", full)
    bad, next_one = (sheet(tmp_path / name, (line, f"2026-0{i}", LINES[line][1])) for i, name in ((1, "day.csv"), (2, "sau.csv")))
    assert cli.main(["ingest", str(bad), str(next_one), "--unit", unit, "--received", str(DAY)]) == cli.ENVIRONMENT
    assert "[not_stored]" in capsys.readouterr().out
    assert taken(unit) == {(line, "2026-02"): LINES[line][1]} and len(store.records(unit)) == 1
    monkeypatch.undo()


def test_a_file_that_changes_while_it_is_read_is_not_kept_as_something_else(
    unit: str, line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    path = sheet(tmp_path / "a.csv", (line, "2026-01", LINES[line][1]))

    def read(paths: list[Path], *, skip: Callable[[Path], bool]) -> Iterator[tuple[Path, object]]:
        for one in paths:
            skip(one)
            book = read_book(one)
            one.write_text(HEAD, encoding="utf-8")
            yield one, book

    monkeypatch.setattr(intake, "read_safely", read)
    assert [fault.check for fault in ingest([path], unit, received=DAY)[0].faults] == ["not_stored"]
    assert not taken(unit) and not store.records(unit)


def test_the_reading_process_reads_ahead_and_loses_no_file_when_it_dies_over_one(line: str, tmp_path: Path):
    from kpi_lib.deliveries.files import reading

    paths = [sheet(tmp_path / f"{number}.csv", (line, f"2026-{number:02d}", number)) for number in range(1, 8)]
    found = []
    for number, (path, book) in enumerate(read_safely(paths, skip=lambda path: path.name == "3.csv")):
        found.append((path.name, book and len(book.sheets)))
        if number == 3:
            reading._READER[0].process.kill()
            reading._READER[0].process.wait()
    assert [name for name, _ in found] == [path.name for path in paths]
    assert found[2][1] is None and [count for _, count in found].count(1) >= 5  # one, or none, was being read when it died
    assert [len(book.sheets) for _, book in read_safely(paths[:2]) if book] == [1, 1]
