"""What the documents say can be done, can be done: commands are the command line's, links lead somewhere, every command and exit code has its row."""

from __future__ import annotations

import itertools
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import PROJECT

from kpi_lib import cli
from kpi_lib.cli import console
from kpi_lib.outlook.verdict import BOUNDS, LOW_BOUNDS
from tests import documents

PAGES = [PROJECT / "README.md", PROJECT / "data" / "raw" / "README.md", *sorted((PROJECT / "docs").rglob("*.md"))]
TYPED = re.compile(r"(?:python3? run\.py|py run\.py|(?:\.venv/bin/)?kpi)(?=\s|$)(.*)")
ELLIPSIS = ("...", "…", "<", ">", "TỆP", "|")
PARSER = cli._parser()
COMMANDS = next(action.choices for action in PARSER._actions if isinstance(action.choices, dict))


def name(path: Path) -> str:
    return path.relative_to(PROJECT).as_posix()


def typed(text: str) -> Iterator[list[str]]:
    """The words of every whole command in code blocks and in the first cells of tables, without comments and examples that leave something out."""
    blocks = re.findall(r"(?ms)^ *```[^\n]*\n(.*?)^ *```", text)
    lines = [line.strip().removeprefix("$ ") for block in blocks for line in block.splitlines()]
    for line in lines + re.findall(r"(?m)^\| `([^`]+)` \|", text):
        found = TYPED.match(re.sub(r" {2,}\S.*| #.*", "", line))
        if found and not any(mark in found[1] for mark in ELLIPSIS):
            yield shlex.split(found[1])


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_command_that_is_printed_is_one(page: Path):
    for words in typed(page.read_text(encoding="utf-8")):
        if words and words[0] not in ("test",) and "--help" not in words:
            try:
                PARSER.parse_args(words)
            except SystemExit:
                pytest.fail(f"{name(page)}: {' '.join(words)}")


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_commands_named_in_passing_are_there(page: Path):
    for word in re.findall(r"`(?:kpi|python3 run\.py) ([a-z][a-z-]+)\b", page.read_text(encoding="utf-8")):
        assert word in COMMANDS or word == "test", f"{name(page)}: kpi {word}"


def test_every_command_and_every_exit_code_has_its_row():
    text = (PROJECT / "docs" / "commands.md").read_text(encoding="utf-8")
    rows = re.findall(r"(?m)^\| `(?:kpi|python3 run\.py) ([a-z-]+)", text)
    assert set(COMMANDS) - set(rows) == set()
    codes = {int(code) for code in re.findall(r"(?m)^\| (\d+) \|", text)}
    told = {value for key, value in vars(console).items() if key.isupper() and type(value) is int and 0 <= value < 256}
    assert codes == told | {2, 143}


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_links_lead_to_a_file_that_is_there(page: Path):
    for link in re.findall(r"\]\((?!https?:|mailto:)([^)#\s]+)", page.read_text(encoding="utf-8")):
        assert (page.parent / link).exists(), f"{name(page)}: {link}"


def test_every_page_is_reached_from_the_list():
    text = (PROJECT / "docs" / "index.md").read_text(encoding="utf-8")
    for page in (PROJECT / "docs").rglob("*.md"):
        assert page.name == "index.md" or f"]({page.relative_to(PROJECT / 'docs').as_posix()})" in text, name(page)


def test_every_fault_of_a_scheduled_run_names_the_tests_that_hold_it():
    text = (PROJECT / "docs" / "reliability.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"(?m)^\| (\d+) \| [^|]+ \| (.+) \|$", text))
    assert list(map(int, rows)) == list(range(1, 45))
    there = {path.stem for path in (PROJECT / "tests").rglob("test_*.py")}
    for number, held in rows.items():
        named = re.findall(r"`(test_\w+)`", held)
        assert set(named) <= there, (number, set(named) - there)
        assert named or "`tests/" in held or "not automated, because" in held, number


# ---- blocks of commands ---------------------------------------------------------------------------------------------------------------

PROGRAMS = r"(?:\$ )?(?:kpi|python3?|py|papermill|pip|conda|git|export|cd|jupyter|systemctl|crontab|uv) \S"


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_block_of_commands_says_whether_it_is_run(page: Path):
    text = page.read_text(encoding="utf-8")
    marked = sum(step.kind in ("runs", "not run") and bool(step.lines) for step in documents.steps(page))
    assert len(re.findall(r"(?m)^ *```(?:console|bash|sh|shell)\b", text)) == marked
    bare = re.sub(r"(?ms)^ *```console\n.*?^ *```", "", text)
    assert re.findall(rf"(?m)^(?: {{4,}}|```\n){PROGRAMS}.*", bare) == []
    assert all(step.told for step in documents.steps(page) if step.kind == "not run")


TRIED = [page for page in PAGES if any(step.kind == "runs" and not step.slow for step in documents.steps(page))]


@pytest.mark.parametrize("page", TRIED, ids=name)
def test_the_commands_of_a_page_do_what_it_says(page: Path, tmp_path: Path):
    """In order, up to the first that takes long; tests/slow goes on to the end."""
    documents.follow(page, tmp_path, itertools.takewhile(lambda step: not step.slow, documents.steps(page)))


@pytest.mark.parametrize("page", [PROJECT / "docs" / "first-day.md", PROJECT / "docs" / "en" / "first-day.md"], ids=name)
def test_the_first_day_takes_as_many_commands_and_cells_as_it_says(page: Path):
    steps = list(documents.steps(page))
    commands, cells = sum(len(step.lines) for step in steps), sum(step.typed for step in steps if step.kind == "type")
    said = re.search(r"\*\*\D*(\d+)\D+(\d+)\D*\*\*", page.read_text(encoding="utf-8"))
    assert said and (int(said[1]), int(said[2])) == (commands, cells)
    assert commands <= 12 and cells <= 60
    own = next(step for step in steps if "new rows" in step.told)
    assert len(own.cells[1:]) == 4


# ---- facts that stand in two places ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", ["docs/probability.md", "docs/en/probability.md"])
def test_the_page_for_a_chairman_repeats_the_record_and_the_bounds(page: str):
    text = (PROJECT / page).read_text(encoding="utf-8")
    rows = re.findall(r"(?m)^\| [^|]+ \| \D*?([\d–]+)% \| (\d+) \| (\d+)% \| (\d+)% \|", text)
    engine = (PROJECT / "docs" / "engine.md").read_text(encoding="utf-8")
    measured = re.findall(r"(?m)^\| (?:very |un)?\w+(?: unlikely| likely)? \| (\d+) \(\d+\) \| (\d+)% \| (\d+)% \|", engine)
    assert [row[1:] for row in rows] == measured and len(rows) == 5
    high, low = [f"{100 * bound:.0f}" for bound, _ in BOUNDS], [f"{100 * bound:.0f}" for bound, _ in LOW_BOUNDS]
    assert [row[0] for row in rows] == [*high, f"{low[-1]}–{high[-1]}", *reversed(low)]
    held = re.search(r"\| all \([^|]*\| \d+ \| \d+ / (\d+) ", engine)
    assert held and f"{held[1]}%." in text
