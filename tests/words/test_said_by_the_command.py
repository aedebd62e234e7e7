"""What the command line says of its ends and of words it does not know: every exit code on the page of commands, a suggestion wherever something is typed."""

from __future__ import annotations

import errno
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import PROJECT, row, target

from kpi_lib import cli
from kpi_lib.cli import console

CODES = {value for name, value in vars(console).items() if name.isupper() and isinstance(value, int)}


def test_every_exit_code_is_told_by_the_command_and_on_its_page(capsys: pytest.CaptureFixture[str]):
    page = (PROJECT / "docs" / "commands.md").read_text(encoding="utf-8")
    told = {int(code): (vi, en) for code, vi, en in re.findall(r"^\| (\d+) \| (.+?) \| (.+?) \|$", page, re.MULTILINE)}
    assert told == {code: (words["vi"], words["en"]) for code, words in console.ENDS.items()} and set(told) == CODES
    for lang, words in (("vi", "dừng bằng Ctrl-C"), ("en", "stopped with Ctrl-C")):
        with pytest.raises(SystemExit):
            cli.main(["--lang", lang, "--help"])
        assert f"130  {words}" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (OSError(errno.ENOSPC, "x"), console.ENVIRONMENT),
        (MemoryError(), console.ENVIRONMENT),
        (PermissionError(errno.EACCES, "x"), console.ENVIRONMENT),
        (KeyboardInterrupt(), console.STOPPED),
        (ZeroDivisionError(), console.INTERNAL),
    ],
)
@pytest.mark.usefixtures("root")
def test_an_end_that_was_not_meant_has_its_code(error: BaseException, code: int, monkeypatch: pytest.MonkeyPatch):
    def ends(_: object) -> int:
        raise error

    monkeypatch.setattr(cli, "_units", ends)
    assert cli.main(["units"]) == code


def test_a_process_that_is_stopped_by_the_system_ends_with_143():
    waits = [sys.executable, "-c", "import kpi_lib.cli, time; print(1, flush=True); time.sleep(60)"]
    with subprocess.Popen(waits, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.terminate()
        assert 128 - process.wait(60) == console.TERMINATED


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        (["runn"], "did you mean 'run'?"),
        (["run", "--as-fo", "2025-10-15"], "did you mean '--as-of'?"),
        (["share", "--as-of", "2025-10-15", "--onefile"], "did you mean '--one-file'?"),
        (["plan", "propos"], "did you mean 'propose'?"),
        (["draft", "--as-of", "2025-10-15", "--skin", "stat"], "did you mean 'state'?"),
    ],
)
def test_a_mistyped_command_or_option_is_told_with_what_was_probably_meant(typed: list[str], told: str, capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit) as ended:
        cli.main([typed[0], *typed[1:], "--lang", "en"])
    assert ended.value.code == console.MISTYPED and told in capsys.readouterr().err


def test_it_is_told_in_the_language_of_the_command(capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit):
        cli.main(["--lang", "vi", "chek"])
    assert "có phải là 'check'?" in capsys.readouterr().err


FIRMS = "new_enterprises"
TYPED: dict[str, tuple[list[str], str]] = {  # what an officer types, and what is told; {unit} stands for the unit
    "a unit": (["run", "--unit", "rivertwn", "--as-of", "2025-10-15", "--lang", "en"], "did you mean 'rivertown'"),
    "a unit of status": (["status", "--unit", "rivertonw", "--lang", "en"], "did you mean 'rivertown'"),
    "a line of a plan": (["plan", "propose", "--unit", "rivertown", "--indicator", "new_enterprise"], f"did you mean '{FIRMS}'"),
}


@pytest.mark.parametrize(("typed", "told"), TYPED.values(), ids=TYPED)
def test_a_mistyped_unit_or_line_is_told_with_the_one_that_is_like_it(
    typed: list[str], told: str, make_unit: Callable[..., str], capsys: pytest.CaptureFixture[str]
):
    make_unit([row(FIRMS, "month", "2025-01", 9, "2025-02-06", measure="doanh nghiệp")], unit="rivertown", toml='language = "en"\n')
    assert cli.main(typed) == console.REFUSED
    assert told in capsys.readouterr().err


FILES = {  # a file of the unit with one word of its own mistyped, and what is told
    "a line of targets.csv": (lambda unit: _targets(unit, indicator="new_enterprse"), "did you mean 'new_enterprises'"),
    "a column of targets.csv": (lambda unit: _heading(unit, "threshold", "treshold"), "did you mean 'threshold'"),
    "a word of targets.csv": (lambda unit: _targets(unit, version="adoptd"), "did you mean 'adopted'"),
    "a key of unit.toml": (lambda unit: _append(unit, "healine = []\n"), "did you mean 'headline'"),
    "a level of unit.toml": (lambda unit: _swap(unit, 'level = "ward"', 'level = "word"'), "did you mean 'ward'"),
    "a series of reference": (lambda unit: _append(unit, f'[reference]\n{FIRMS} = "new_enterprises_vietnam"\n'), "did you mean 'new_enterprises_viet_nam'"),
    "weeks as the basis of a figure": (lambda unit: _basis(unit, "week"), "handed in as sums to date (basis cumulative)"),
}  # fmt: skip


def _replace(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def _targets(folder: Path, **changed: str) -> None:
    for key, value in changed.items():
        _replace(folder / "targets.csv", {"indicator": FIRMS, "version": "adopted"}[key], value)


def _heading(folder: Path, old: str, new: str) -> None:
    _replace(folder / "targets.csv", old, new)


def _append(folder: Path, text: str) -> None:
    path = folder / "unit.toml"
    path.write_text(path.read_text(encoding="utf-8") + text, encoding="utf-8")


def _swap(folder: Path, old: str, new: str) -> None:
    _replace(folder / "unit.toml", old, new)


def _basis(folder: Path, word: str) -> None:
    _replace(folder / "deliveries" / "so_lieu.csv", "month", word)


@pytest.mark.parametrize(("spoil", "told"), FILES.values(), ids=FILES)
def test_a_word_mistyped_in_a_file_is_told_with_the_one_that_is_like_it(
    spoil: Callable[[Path], None], told: str, root: Path, make_unit: Callable[..., str], capsys: pytest.CaptureFixture[str]
):
    (root / "data" / "raw" / "reference").mkdir()
    name = "new_enterprises_viet_nam.csv"
    (root / "data" / "raw" / "reference" / name).write_bytes((PROJECT / "data" / "raw" / "reference" / name).read_bytes())
    figures = [row(FIRMS, "month", f"2025-0{m}", 9 + m, f"2025-0{m + 1}-06", measure="doanh nghiệp") for m in range(1, 4)]
    unit = make_unit(figures, targets=[target(FIRMS, 2025, 120)], unit="rivertown")
    spoil(root / "data" / "raw" / unit)
    assert cli.main(["run", "--unit", unit, "--as-of", "2025-10-15", "--lang", "en"]) == console.REFUSED
    assert told in capsys.readouterr().err


def test_a_line_and_a_basis_mistyped_in_a_delivered_file_are_told_with_the_way_out(
    tmp_path: Path, make_unit: Callable[..., str], capsys: pytest.CaptureFixture[str]
):
    unit = make_unit([], unit="rivertown", toml='language = "en"\n')
    sent = tmp_path / "sent.csv"
    sent.write_text(
        "indicator,basis,period,value,measure,status,published\n"
        "new_enterprses,month,2025-01,9,doanh nghiệp,actual,2025-02-06\n"
        "new_jobs,week,2025-01-05,9,lượt lao động,actual,2025-02-06\n",
        encoding="utf-8",
    )
    cli.main(["ingest", str(sent), "--unit", unit, "--dry-run"])
    told = " ".join(capsys.readouterr().out.split())
    assert "did you mean 'new_enterprises'" in told and "handed in as sums to date" in told
