"""A CSV file as cells; every cell is text, nothing is guessed."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

from kpi_lib.deliveries.delivery import Fault, fault
from kpi_lib.deliveries.files.book import Cell, Refused, Sheet
from kpi_lib.deliveries.files.encodings import decode
from kpi_lib.words.messages import Text

SEPARATORS = (",", ";", "\t", "|")
_STATED = re.compile(r"\s*sep=(.)[;,\t|]*\r?\n")  # Excel's own first line


def read_csv(path: Path, name: str) -> tuple[tuple[Sheet, ...], tuple[Sheet, ...], list[Fault]]:
    """A text table as one sheet, no hidden one, and what there is to tell of it.

    Raises
    ------
    Refused : its encoding makes no sense, nothing stands in it, or its quotation marks do not close.
    """
    read = decode(path.read_bytes())
    if read is None:
        raise Refused("encoding_unknown", Text("bytes of no known encoding"))
    text, encoding = read
    if not text.strip():
        raise Refused("file_empty", Text("no letter in it"))
    stated = _STATED.match(text)
    lines = csv.reader(io.StringIO(text), delimiter=stated[1] if stated else _separator(text), strict=True)
    try:
        rows = list(lines)
    except csv.Error:
        raise Refused("csv_ragged", Text("a quotation mark that is not closed (line {line})", line=lines.line_num)) from None
    if stated:
        rows[0] = []
    filled = ((row, column, value.strip()) for row, values in enumerate(rows) for column, value in enumerate(values) if value.strip())
    sheet = Sheet("", {(row, column): Cell(row, column, value) for row, column, value in filled})
    told = _ragged(rows, sheet, name)
    if encoding not in ("utf-8", "utf-8-sig"):
        told = [fault("encoding_converted", file=name, found=Text("a file in {encoding}", encoding=encoding)), *told]
    return (sheet,), (), told


def _separator(text: str) -> str:
    """The separator that divides the most lines into the same number of cells, outside quotes."""
    lines = text.splitlines()[:200]

    def score(mark: str) -> tuple[int, int]:
        counts = [len(next(csv.reader([line], delimiter=mark), [])) for line in lines if line.strip()]
        usual = max(set(counts), key=counts.count) if counts else 1
        return (counts.count(usual) if usual > 1 else 0, usual)

    return max(SEPARATORS, key=score)


def _ragged(rows: list[list[str]], sheet: Sheet, name: str) -> list[Fault]:
    """Lines of figures with more cells than the heading, or fewer: a comma of a number that was taken for a separator moves all after it.

    Every number of such a line waits.
    """
    numbered = sorted({cell.row for cell in sheet.cells.values() if cell.number_like})
    usual = _width(rows, numbered)
    # separators at the end that every line has are no cells; of one line alone they may be those of a number
    most = min((size for row in numbered if (size := len(rows[row])) >= usual), default=usual)
    bad = [row for row in numbered if any(map(str.strip, rows[row][usual:])) or len(rows[row]) > most or 1 < len(rows[row]) < usual]
    if not bad:
        return []
    holds = tuple(cell.address for cell in sheet.cells.values() if cell.row in bad)
    found = Text("lines {lines} have another number of cells than {usual}", lines=", ".join(str(row + 1) for row in bad[:10]), usual=usual)
    expected = Text("every line has {usual} cells", usual=usual)
    return [fault("csv_ragged", file=name, cell=f"A{bad[0] + 1}", found=found, expected=expected, holds=holds)]


def _width(rows: list[list[str]], numbered: list[int]) -> int:
    """How many cells a line has: as many as the widest line of words above the first figures, or as most have where no words stand there."""
    first = next((row for row in numbered if _filled(rows[row]) > 2), 0)
    above = [_filled(rows[row]) for row in range(first)]
    if max(above, default=0) > 1:
        return max(above)
    lengths = [len(rows[row]) for row in numbered]
    return max(set(lengths), key=lengths.count) if lengths else 0


def _filled(row: list[str]) -> int:
    """Cells up to the last one with anything in it."""
    return max((number for number, value in enumerate(row, start=1) if value.strip()), default=0)
