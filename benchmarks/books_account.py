"""Read every workbook below folders as `kpi ingest` would, for a unit, and account for every cell of numbers: what was read, what was left alone and why.

.venv/bin/python benchmarks/books_account.py FOLDER... [--unit quang-ninh] [--unit viet-nam]

Nothing is kept and nothing is held against a past: figures that a recipe reads count as taken here, those whose period nobody states as waiting.
Made for the 287 monthly workbooks of the national statistics office in github.com/hiennguyen9874/vn-macroeconomics (folder datas/), which are
not shipped, and for any folder of messy files. Prints a table a unit: the account, and per recipe its books, months and figures.
"""

from __future__ import annotations

import argparse
from collections import Counter, defaultdict
from pathlib import Path

from kpi_lib.definitions.indicators import read_unit
from kpi_lib.deliveries.account import account
from kpi_lib.deliveries.delivery import Item
from kpi_lib.deliveries.files.reading import read_safely
from kpi_lib.deliveries.intake import recognise
from kpi_lib.deliveries.tables.recipes import load_recipes

ENDINGS = (".xls", ".xlsx", ".xlsm", ".ods", ".csv")


def main() -> None:
    """Read, count, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--unit", action="append", default=[])
    options = parser.parse_args()
    units = [read_unit(name) for name in options.unit or ["quang-ninh", "viet-nam"]]
    recipes = {unit.id: load_recipes(unit.id) for unit in units}
    files = sorted(path for folder in options.folders for path in folder.rglob("*") if path.suffix.lower() in ENDINGS)
    cells: dict[str, Counter[str]] = defaultdict(Counter)
    read: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    months: dict[tuple[str, str], set[tuple[int, int]]] = defaultdict(set)
    for number, (path, book) in enumerate(read_safely(files), start=1):
        assert book is not None
        for unit in units:
            found = recognise(book, unit, recipes[unit.id], {})
            items: list[Item] = [*found.figures, *found.plans]
            held = [item for item in items if any(fault.concerns(item.sheet, item.cell) for fault in found.faults)]
            told = account(
                book, found, [item for item in items if item not in held], [*held, *found.undated], (*book.faults, *found.faults)
            )
            assert told.seen == told.taken + told.waiting + told.refused + told.alone, path
            counted = {"seen": told.seen, "taken": told.taken, "waiting": told.waiting, "refused": told.refused}
            cells[unit.id].update(counted | {"books": 1, "books that open": bool(book.sheets)})
            cells[unit.id].update({f"left alone: {left.reason}": 0 for left in told.left})
            for left in told.left:
                cells[unit.id][f"left alone: {left.reason}"] += left.count
            if found.reader != "none":
                read[unit.id, found.reader].update(
                    {"books": 1, "figures": len(found.figures), "plans": len(found.plans), "claims": len(found.claims)}
                )
                months[unit.id, found.reader].update(found.months)
        if number % 50 == 0:
            print(f"{number}/{len(files)}", flush=True)
    for unit in units:
        print(f"\n{unit.id}")
        for name, count in cells[unit.id].items():
            print(f"  {name:<28}{count:>9}")
        for (of, reader), counts in sorted(read.items()):
            if of == unit.id:
                parts = ", ".join(f"{count} {name}" for name, count in counts.items())
                print(f"  recipe {reader}: {parts}, {len(months[of, reader])} months")


if __name__ == "__main__":
    main()
