"""What a page of the documents tells its reader to do, as steps that can be done: commands to run, cells to type into a workbook."""

from __future__ import annotations

import datetime as dt
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import openpyxl
from openpyxl.worksheet.worksheet import Worksheet

PROJECT = Path(__file__).resolve().parents[1]
MARKED = re.compile(
    r"(?ms)^ *<!-- (runs|not run|type)(?:: |, )?([^\n]*?) *-->\n(?: *```console\n(.*?)^ *```|((?: *\|[^\n]*\n)+))|^ *!\[[^\]]*\]\(([^)]*first-day/[^)]+)\)"
)


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do, or to look at: what kind, what its mark says of it (of a picture its file), lines typed at the console, or rows of cells with their headings first."""

    kind: str
    told: str
    lines: tuple[str, ...] = ()
    cells: tuple[tuple[str, ...], ...] = ()

    @property
    def slow(self) -> bool:
        """Whether it publishes, or takes long otherwise."""
        return "slow" in self.told

    @property
    def book(self) -> str:
        """The workbook that its cells are typed into."""
        return self.told.partition(",")[0]

    @property
    def typed(self) -> int:
        """How many cells its table has to be typed: all with something in them, of rows that are there already without their label."""
        first = 0 if "new rows" in self.told else 1
        return sum(bool(cell) for row in self.cells[1:] for cell in row[first:])

    @property
    def codes(self) -> set[int]:
        """The exit codes that a command of it may end with."""
        return {int(code) for code in re.findall(r"exit (\d+)", self.told)} or {0, 10}


def steps(page: Path) -> Iterator[Step]:
    """The steps of a page, in its order."""
    for kind, told, lines, table, picture in MARKED.findall(page.read_text(encoding="utf-8")):
        rows = [tuple(cell.strip() for cell in row.strip().strip("|").split("|")) for row in table.splitlines()]
        typed = tuple(line.strip() for line in lines.splitlines() if line.strip() and not line.strip().startswith("#"))
        yield Step(kind or "picture", told or picture, typed, tuple(row for row in rows if not set(row[0]) <= set("-: ")))


def done(line: str, folder: Path, root: Path) -> subprocess.CompletedProcess[str]:
    """Run a line as it is typed, by a shell in a folder; `python3 run.py` and `kpi` are this project's command, in an environment that is set up already."""
    shim = 'kpi() { "$PYTHON" -m kpi_lib.cli "$@"; }; python3() { if [ "$1" = run.py ]; then shift; kpi "$@"; else "$PYTHON" "$@"; fi; }; python() { python3 "$@"; }; '
    environment = os.environ | {"PYTHON": sys.executable, "PYTHONPATH": str(PROJECT), "KPI_ROOT": str(root), "PYTHONUTF8": "1"}
    return subprocess.run(["bash", "-c", shim + line], cwd=folder, env=environment, capture_output=True, encoding="utf-8", check=False)


def follow(page: Path, folder: Path, wanted: Iterable[Step]) -> None:
    """Do the steps of a page in a scratch project, and see that every command ends as the page says.

    Raises
    ------
    AssertionError : a command ended otherwise, or a cell that is to be typed has no place.
    """
    root = scratch(folder, page)
    for step in wanted:
        if step.kind == "type":
            assert len(type_in(root / step.book, step.cells)) == step.typed
        for line in step.lines if step.kind == "runs" else ():
            told = done(line, root, root)
            assert told.returncode in step.codes, f"{page.name}: {line}: {told.returncode}\n{told.stdout}\n{told.stderr}"


def scratch(folder: Path, page: Path) -> Path:
    """A project to try a page in: its own example files, the units that it names, nothing of this project's results."""
    shutil.copytree(PROJECT / "data" / "raw" / "reference", folder / "data" / "raw" / "reference")
    (folder / "data" / "raw" / ".kpi-project").touch()
    text = page.read_text(encoding="utf-8")
    for unit in (PROJECT / "data" / "raw").iterdir():
        if (unit / "unit.toml").is_file() and re.search(rf"\b{unit.name}\b", text):
            shutil.copytree(unit, folder / "data" / "raw" / unit.name)
    shutil.copytree(PROJECT / "docs" / "first-day", folder / "docs" / "first-day", ignore=shutil.ignore_patterns("*.png"))
    return folder


# ---- typing into a workbook ---------------------------------------------------------------------------------------------------


def _plain(value: object) -> str:
    return " ".join(str("" if value is None else value).split())


def _value(text: str) -> object:
    if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
        return dt.date.fromisoformat(text)
    if re.fullmatch(r"\d+([.,]\d+)?", text):
        number = float(text.replace(",", "."))
        return int(number) if number.is_integer() else number
    return text


def _place(sheet: Worksheet, label: str) -> tuple[int, int] | None:
    return next(((cell.row, cell.column) for row in sheet.iter_rows() for cell in row if _plain(cell.value) == label), None)


def type_in(path: Path, cells: tuple[tuple[str, ...], ...]) -> list[tuple[str, str]]:
    """Type a table of cells into a workbook: beside a label, or where a row and a heading meet; a row that is not there goes to the first empty one.

    Returns the cells typed, as (sheet, address).
    """
    book, typed = openpyxl.load_workbook(path), []
    headings, *rows = cells
    for row in rows:
        sheet, label = _sheet(book, headings, row[0])
        columns = [_place(sheet, heading) for heading in headings]
        if columns[1] is None:  # no headings: a list of labels, to be answered beside them
            assert label is not None, row[0]
            targets = [(label[0], label[1] + 1)]
        else:
            assert all(columns), f"{sheet.title}: {headings}"
            at = label[0] if label else next(n for n in range(columns[0][0] + 1, 999) if not _plain(sheet.cell(n, columns[0][1]).value))
            targets = [(at, column[1]) for column in columns[1:]]
            if label is None:
                sheet.cell(at, columns[0][1]).value = row[0]
                typed.append((sheet.title, sheet.cell(at, columns[0][1]).coordinate))
        for (line, column), text in zip(targets, row[1:], strict=True):
            if text:
                sheet.cell(line, column).value = _value(text)
                typed.append((sheet.title, sheet.cell(line, column).coordinate))
    book.save(path)
    return typed


def _sheet(book: openpyxl.Workbook, headings: tuple[str, ...], label: str) -> tuple[Worksheet, tuple[int, int] | None]:
    """The sheet that has a row of this label, else the one that has the headings."""
    for sheet in book.worksheets:
        if place := _place(sheet, label):
            return sheet, place
    return next(sheet for sheet in book.worksheets if _place(sheet, headings[1])), None
