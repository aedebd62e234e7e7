"""Hostile content of every file somebody writes by hand, and hostile arguments: refused with file and key, never an error of Python."""

from __future__ import annotations

import csv
import os
import re
import shutil
from pathlib import Path

import pytest
from conftest import row, target, write_unit

from kpi_lib import cli

JOBS = row("new_jobs", "month", "2025-08", 40, "2025-09-06", measure="lượt lao động")
PLAN = {"indicator": "public_investment_disbursement", "year": 2026, "value": 12000, "measure": "tỷ đồng", "version": "assigned",
        "document": "QĐ 1", "adopted": "2025-12-20", "source": "thử"}  # fmt: skip
NUMBERS = ("nan", "inf", "-inf", "1e308", "-1e308", "1e400", "=1+1", "0x10", "1_000", "１２", "1,5", "", "9" * 400, "12;13", "True")
DAYS = ("0001-01-01", "9999-12-31", "10000-01-01", "2026-02-30", "2026-13-01", "06/09/2025", "hôm qua", "", "20250906T00", "NaT")
WORDS = ("a\x00b", "\u202eevil")
PERIODS = ("0001-01", "9999-12", "2025-13", "2025-8-1", "tháng 8", "", "2025", "2025-W31", "../../x")
VALUES: dict[str, dict[str, tuple[str, ...]]] = {
    "deliveries/x.csv": {
        "value": NUMBERS, "period": PERIODS, "published": DAYS, "source": WORDS, "indicator": ("../../x", "new_job", ""),
        "basis": ("week", "evil", ""), "status": ("evil", ""), "measure": ("đồng Zimbabwe", "tỷ đồng", ""),
        "grade": ("99", "0", "x"),
    },
    "plans.csv": {
        "value": NUMBERS, "year": ("0", "-1", "9999", "99999999999999999999", "2026.5", "x", ""), "adopted": DAYS, "document": WORDS,
        "indicator": ("../../x", "new_job", ""), "version": ("evil", ""), "measure": ("đồng Zimbabwe",),
    },
    "targets.csv": {
        "threshold": NUMBERS, "year": ("0", "-1", "9999", "2026.5", "x", ""), "adopted": DAYS, "document": WORDS, "comparator": ("=>", "≥", ""),
        "indicator": ("../../x", "new_job", ""), "version": ("evil", ""), "measure": ("natural", ""), "precision": ("x",), "grade": ("99",),
    },
}  # fmt: skip
EVERY = [(file, column) for file, columns in VALUES.items() for column in columns]
RECIPES = {
    "no recipe": b"x = 1",
    "a name that is a number": b'name = 5\ntitle = []\n[columns.month]\nheadings = ["x"]',
    "an unknown role": b'name = "a"\ntitle = []\n[columns.moth]\nheadings = ["x"]',
    "a pattern that is none": b'name = "a"\ntitle = []\n[columns.month]\nheadings = ["("]',
    "headings in a word": b'name = "a"\ntitle = []\n[columns.month]\nheadings = "x"',
    "no column of figures": b'name = "a"\ntitle = []\n[columns.plan]\nheadings = ["x"]',
    "an unknown status": b'name = "a"\ntitle = []\n[columns.month]\nheadings = ["x"]\nstatus = "evil"',
    "rows in a number": b'name = "a"\ntitle = []\nrows = [3]\n[columns.month]\nheadings = ["x"]',
    "columns in a list": b'name = "a"\ntitle = []\ncolumns = [1]',
    "nested three thousand deep": b"a = " + b"[" * 3000,
    "UTF-16": 'name = "a"'.encode("utf-16"),
    "no text": b"\xff\xfe\x00\xd8",
    "an unclosed quote": b'name = "a',
}
UNITS = (
    "..",
    ".",
    "con",
    "a/b",
    "../thu",
    "thu/",
    "/etc",
    "",
    "x" * 5000,
    "thu\x00",
    "thu\n",
    "th\u0446",
    "$(id)",
    "reference",
    "raw",
    "~",
)
NO_DAYS = (
    "2026-13-01",
    "0001-01-01",
    "20260415",
    "2026-W16-3",
    "2026-04-15T00:00",
    "../x",
    "2026-04-15; rm -rf",
    "15/04/2026",
    "9999-12-31",
)
ARGUMENTS: dict[str, tuple[list[str], int]] = {
    **{f"run --unit {unit[:20]!r}": (["run", f"--unit={unit}", "--as-of=2026-04-15"], 20) for unit in UNITS},
    **{f"{command} --as-of {day!r}": ([command, "--unit=thu", f"--as-of={day}"], 20) for command in ("run", "draft", "share") for day in NO_DAYS},
    **{f"run --year {year}": (["run", "--unit=thu", "--as-of=2026-04-15", f"--year={year}"], 20) for year in ("-5", "0", "99999", "10000")},
    **{f"run --year {year}": (["run", "--unit=thu", f"--year={year}"], 2) for year in ("2026.5", "1e3", "x", "2" * 5000)},
    "a form of the year nought": (["template", "--unit=thu", "--year=0"], 20),
    "a form in a folder that takes none": (["template", "--unit=thu", "--year=2026", "--out=/proc/x.xlsx"], 50),
    "a form over a folder": (["template", "--unit=thu", "--year=2026", "--out=/"], 50),
    "a form of a thirteenth month": (["template", "--unit=thu", "--month=13"], 2),
    "a draft of the year minus three": (["draft", "--unit=thu", "--as-of=2026-04-15", "--year=-3"], 20),
    "a delivery that is none": (["confirm", "--unit=thu", "--name=x", "--reason=y", "--", "-1"], 20),
    "a number beyond all": (["withdraw", "9" * 40, "--unit=thu", "--name=x", "--reason=y"], 20),
    "nobody's confirmation": (["confirm", "99", "--unit=thu", "--name=", "--reason="], 20),
    "a period without a delivery": (["confirm", "--period=2026-09", "--unit=thu", "--name=x", "--reason=y"], 20),
    "a withdrawal in the year one": (["withdraw", "1", "--unit=thu", "--name=x", "--reason=y", "--on=0001-01-01"], 20),
    "a day of receipt out of this world": (["ingest", "--unit=thu", "--received=0001-01-01", os.devnull], 20),
    "a file that is not there": (["ingest", "--unit=thu", "/nonexistent"], 20),
    "a folder for a file": (["ingest", "--unit=thu", "/etc"], 20),
    "a device for a file": (["ingest", "--unit=thu", os.devnull], 20),
    "a recipe tried on a folder": (["recipe", "try", "/etc", "--unit=thu"], 20),
}  # fmt: skip


UNIT = "thu"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with one sound unit, kept aside."""
    root = tmp_path_factory.mktemp("hostile")
    write_unit(root, [JOBS], targets=[target("new_jobs", 2026, 1600)], unit=UNIT)
    shutil.copytree(root / "data" / "raw" / UNIT, root / "sound")
    return root


@pytest.fixture
def folder(project: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The unit's folder, sound again."""
    monkeypatch.setenv("KPI_ROOT", str(project))
    made = project / "data" / "raw" / UNIT
    shutil.rmtree(made)
    shutil.copytree(project / "sound", made)
    return made


def refused(capsys: pytest.CaptureFixture[str], *told: str, lang: str = "en") -> str:
    """A check ends with 20 and says where; what it said."""
    ended = cli.main(["check", f"--unit={UNIT}", f"--lang={lang}"])
    said = capsys.readouterr().err
    assert ended == 20 and all(word in said for word in told), (ended, said)
    assert not re.search(r"Traceback|\w+Error\b|[Ee]xception|Errno", said), said
    return said


def written(folder: Path, file: str, column: str, value: str) -> None:
    """One row of a table with this value in a column."""
    given = {
        "deliveries/x.csv": {**JOBS, "period": "2025-09", "published": "2025-10-06"},
        "plans.csv": PLAN,
        "targets.csv": target("new_jobs", 2026, 1600),
    }[file]
    with (folder / file).open("w", encoding="utf-8", newline="") as out:
        table = csv.DictWriter(out, [*given, *([column] if column not in given else [])])
        table.writeheader()
        table.writerow({**given, column: value})


@pytest.mark.parametrize(("file", "column"), EVERY)
def test_a_value_that_cannot_be_is_refused_with_its_file(file: str, column: str, folder: Path, capsys: pytest.CaptureFixture[str]):
    for number, value in enumerate(VALUES[file][column]):
        written(folder, file, column, value)
        refused(capsys, file, lang="vi" if number % 3 else "en")


def test_recipes_that_are_none_are_refused_with_their_file(folder: Path, capsys: pytest.CaptureFixture[str]):
    (folder / "recipes").mkdir()
    for number, (name, content) in enumerate(RECIPES.items()):
        (folder / "recipes" / f"{number}.toml").write_bytes(content)
        said = refused(capsys, f"{number}.toml")
        assert UNIT in said, name
        (folder / "recipes" / f"{number}.toml").unlink()


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("name", ARGUMENTS)
def test_hostile_arguments_end_as_the_readme_says(name: str, capsys: pytest.CaptureFixture[str]):
    arguments, code = ARGUMENTS[name]
    try:
        ended = cli.main([*arguments[:1], "--lang=en", *arguments[1:]])
    except SystemExit as stop:
        ended = int(str(stop.code))
    said = capsys.readouterr()
    assert ended == code and said.err + said.out, said
    assert not re.search(r"Traceback|\bValueError|\bOverflow|[Ee]xception", said.err), said


FILES = (
    "deliveries/x.csv",
    "targets.csv",
    "plans.csv",
    "answers.csv",
    "recipes/x.toml",
    "splits.csv",
    "perimeter.csv",
    "unit.toml",
    "deliveries/x.xlsx",
)
LINKS = {
    "another file": "../../../secret.txt",
    "a file of the machine": "/etc/hostname",
    "nothing": "nowhere",
    "itself": "",
    "a folder": ".",
}


@pytest.mark.parametrize("file", FILES)
def test_a_link_out_of_the_folder_is_not_followed(file: str, folder: Path, project: Path, capsys: pytest.CaptureFixture[str]):
    (project / "secret.txt").write_text("indicator,secret-word\nnew_jobs,1\n", encoding="utf-8")
    place = folder / file
    place.parent.mkdir(exist_ok=True)
    for name, goal in LINKS.items():
        place.unlink(missing_ok=True)
        place.symlink_to(os.path.relpath(project / "secret.txt", place.parent) if name == "another file" else goal or place.name)
        command = ["run", "--as-of=2026-04-15"] if file.endswith(".xlsx") else ["check"]
        if file == "unit.toml" and name in ("nothing", "itself"):
            continue  # no unit of this name
        assert cli.main([*command, f"--unit={UNIT}", "--lang=en"]) == 20, name
        said = capsys.readouterr().err
        assert place.name in said and "link" in said and "secret-word" not in said, (name, said)


def test_a_link_within_the_folder_is_read(folder: Path):
    (folder / "deliveries" / "so_lieu.csv").rename(folder / "deliveries" / "kept.txt")
    (folder / "deliveries" / "so_lieu.csv").symlink_to("kept.txt")
    assert cli.main(["check", f"--unit={UNIT}"]) == 0
