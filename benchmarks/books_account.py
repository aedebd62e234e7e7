"""Read every workbook below folders as `kpi ingest` would, for a unit, and account for every cell of numbers: what was read, what was left alone and why.

.venv/bin/python benchmarks/books_account.py FOLDER... [--unit quang-ninh] [--unit viet-nam] [--against FOLDER]

Nothing is kept and nothing is held against a past: figures that a recipe reads count as taken here, those whose period nobody states as waiting.
Made for the 289 monthly workbooks of the national statistics office in github.com/hiennguyen9874/vn-macroeconomics (folder datas/), which are
not shipped, and for any folder of messy files. Cells of numbers are counted once more by libraries alone (python-calamine, csv). Prints the
books that do not open and those whose two counts differ, then a table a unit: the account, and per recipe its books, months and figures.

`--against` names a checkout of another version (`git worktree add FOLDER COMMIT`; it runs in this environment): for each recipe the figures of
every book are held against those the other version takes from it. Ends with 1 where an account does not add up or counts differ.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

HERE = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(HERE), str(HERE / "tests")]

from kpi_lib.definitions.indicators import Unit, read_unit  # noqa: E402
from kpi_lib.deliveries.account import account  # noqa: E402
from kpi_lib.deliveries.delivery import Account, DeliveredFigure, Item, Reading  # noqa: E402
from kpi_lib.deliveries.files.book import Book  # noqa: E402
from kpi_lib.deliveries.files.reading import read_safely  # noqa: E402
from kpi_lib.deliveries.intake import recognise  # noqa: E402
from kpi_lib.deliveries.tables.recipes import load_recipes  # noqa: E402
from kpi_lib.words.messages import said  # noqa: E402
from tests.deliveries import second_reader  # noqa: E402

ENDINGS = (".xls", ".xlsx", ".xlsm", ".ods", ".csv")
Figures = dict[tuple[str, ...], float]  # of a book: by line, series, basis and period
OTHER = """
import json, sys
from pathlib import Path
try:
    from kpi_lib.definitions.indicators import read_unit
    from kpi_lib.deliveries.files.reading import read_book
    from kpi_lib.deliveries.intake import recognise
    from kpi_lib.deliveries.tables.recipes import load_recipes
    more = ({},)
except ModuleNotFoundError:  # before the rooms of November 2026
    from kpi_lib.indicators import read_unit
    from kpi_lib.deliveries.reading import read_book
    from kpi_lib.deliveries.ingest import recognise
    from kpi_lib.deliveries.recipes import load_recipes
    more = ()
units = [(read_unit(name), load_recipes(name)) for name in sys.argv[1:]]
for path in map(Path, sys.stdin.read().splitlines()):
    book = read_book(path)
    for unit, recipes in units:
        found = recognise(book, unit, recipes, *more)
        kept = [item for item in found.figures if not any(fault.concerns(item.sheet, item.cell) for fault in found.faults)]
        figures = [[[item.indicator, item.series, item.basis, str(item.period)], item.value, item.sheet, item.cell] for item in kept]
        print(json.dumps([str(path), unit.id, bool(book.sheets), found.reader, figures]), flush=True)
"""


def main() -> int:
    """Read, count, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--unit", action="append", default=[])
    parser.add_argument("--against", type=Path, default=None)
    options = parser.parse_args()
    units = [read_unit(name) for name in options.unit or ["quang-ninh", "viet-nam"]]
    files = sorted(path.resolve() for folder in options.folders for path in folder.rglob("*") if path.suffix.lower() in ENDINGS)
    told = {unit.id: _Told(unit) for unit in units}
    for number, (path, book) in enumerate(read_safely(files), start=1):
        assert book is not None
        counts = {of.add(path, book).seen for of in told.values()}
        for fault in (fault for fault in book.faults if not book.sheets and fault.severity == "refuse"):
            print(f"{path.name} does not open: {fault.check}: {said(fault.found, 'en')}", flush=True)
        for other in _count_of_others(path) if book.sheets else ():
            told[units[0].id].cells["counted by a second reader"] += other
            if counts != {other}:
                print(f"{path.name}: {counts} cells of numbers, a second reader sees {other}", flush=True)
                told[units[0].id].cells["books whose counts differ"] += 1
        if number % 50 == 0:
            print(f"{number}/{len(files)}", flush=True)
    for of in told.values():
        of.print()
    if options.against:
        hold_against(told, options.against.resolve(), files)
    return 1 if any(of.cells["books whose counts differ"] + of.cells["accounts that do not add up"] for of in told.values()) else 0


class _Told:
    """What the books are for one unit."""

    def __init__(self, unit: Unit) -> None:
        self.unit, self.recipes = unit, load_recipes(unit.id)
        self.cells: Counter[str] = Counter()
        self.read: dict[str, Counter[str]] = defaultdict(Counter)
        self.months: dict[str, set[tuple[int, int]]] = defaultdict(set)
        self.figures: dict[str, Figures] = {}
        self.waits: dict[str, set[tuple[str, str]]] = {}

    def add(self, path: Path, book: Book) -> Account:
        """Count a book."""
        found = recognise(book, self.unit, self.recipes, {})
        held = _held(found)
        kept = [item for item in (*found.figures, *found.plans) if item not in held]
        told = account(book, found, kept, [*held, *found.undated], (*book.faults, *found.faults))
        self.cells["accounts that do not add up"] += told.seen != told.taken + told.waiting + told.refused + told.alone
        self.cells.update({"seen": told.seen, "taken": told.taken, "waiting": told.waiting, "refused": told.refused})
        self.cells.update({"books": 1, "books that open": bool(book.sheets)})
        for left in told.left:
            self.cells[f"left alone: {left.reason}"] += left.count
        if found.reader != "none":
            parts = {"books": 1, "figures": len(found.figures), "plans": len(found.plans), "claims": len(found.claims)}
            self.read[found.reader].update(parts)
            self.months[found.reader].update(found.months)
        figures = [item for item in kept if isinstance(item, DeliveredFigure)]
        self.figures[str(path)] = {(item.indicator, item.series, item.basis, str(item.period)): item.value for item in figures}
        self.waits[str(path)] = {(item.sheet, item.cell) for item in (*held, *found.undated)}
        return told

    def print(self) -> None:
        """The account, and what each recipe read."""
        print(f"\n{self.unit.id}")
        for name, count in self.cells.items():
            print(f"  {name:<28}{count:>9}")
        for reader, counts in sorted(self.read.items()):
            parts = ", ".join(f"{count} {name}" for name, count in counts.items())
            print(f"  recipe {reader}: {parts}, {len(self.months[reader])} months")


def _held(found: Reading) -> list[Item]:
    items: list[Item] = [*found.figures, *found.plans]
    return [item for item in items if any(fault.concerns(item.sheet, item.cell) for fault in found.faults)]


def _count_of_others(path: Path) -> Iterator[int]:
    """Cells of numbers in a file as a reader sees them that knows nothing of the library; nothing where it cannot open the file."""
    try:
        yield second_reader.by_calamine(path) if path.suffix.lower() != ".csv" else second_reader.in_text(path)
    except Exception as error:  # of a library that is only asked for a second count
        print(f"{path.name}: the second reader cannot open it: {type(error).__name__}: {error}", flush=True)


def hold_against(told: dict[str, _Told], checkout: Path, files: list[Path]) -> None:
    """Print, by unit and recipe of the other version, which of its figures are taken here too, which wait and which are gone."""
    command, given = [sys.executable, "-c", OTHER, *told], "\n".join(map(str, files))
    environment = {**os.environ, "PYTHONPATH": str(checkout)}
    done = subprocess.run(command, cwd=checkout, env=environment, input=given, capture_output=True, text=True, check=True)
    found: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for path, unit, opens, reader, figures in map(json.loads, done.stdout.splitlines()):
        here, waits, counted = told[unit].figures[path], told[unit].waits[path], found[unit, reader]
        counted.update({"books": 1, "of them opened": opens, "figures": len(figures)})
        for key, value, sheet, cell in figures:
            mine = here.get(tuple(key))
            same = mine is not None and math.isclose(mine, value, rel_tol=1e-9)
            ending = "the same here" if same else "another value here" if mine is not None else ""
            ending = ending or ("waiting here" if (sheet, cell) in waits else "not read here")
            counted[ending] += 1
            if ending != "the same here":
                print(f"{Path(path).name}, {unit}: {' '.join(key)} = {value} ({sheet}!{cell}): {ending} {'' if mine is None else mine}")
        counted["read here alone"] += len(here.keys() - {tuple(key) for key, *_ in figures})
    for (unit, reader), counts in sorted(found.items()):
        print(f"{checkout.name}, {unit}, {reader}: " + ", ".join(f"{count} {name}" for name, count in counts.items()))


if __name__ == "__main__":
    sys.exit(main())
