"""A CSV file as cells; every cell is text, nothing is guessed."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from kpi_lib.deliveries.delivery import Fault, fault
from kpi_lib.deliveries.files.book import Cell, Refused, Sheet
from kpi_lib.deliveries.files.encodings import decode
from kpi_lib.words.messages import Text

SEPARATORS = (",", ";", "\t", "|")


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
    try:
        rows = list(csv.reader(io.StringIO(text), delimiter=_separator(text), strict=True))
    except csv.Error as error:
        raise Refused("csv_ragged", Text("a quotation mark that is not closed ({error})", error=str(error))) from None
    filled = ((row, column, value.strip()) for row, values in enumerate(rows) for column, value in enumerate(values) if value.strip())
    told = _ragged(rows, name)
    if encoding not in ("utf-8", "utf-8-sig"):
        told = [fault("encoding_converted", file=name, found=Text("a file in {encoding}", encoding=encoding)), *told]
    return (Sheet("", {(row, column): Cell(row, column, value) for row, column, value in filled}),), (), told


def _separator(text: str) -> str:
    """The separator that divides the most lines into the same number of cells, outside quotes."""
    lines = text.splitlines()[:200]

    def score(mark: str) -> tuple[int, int]:
        counts = [len(next(csv.reader([line], delimiter=mark), [])) for line in lines if line.strip()]
        usual = max(set(counts), key=counts.count) if counts else 1
        return (counts.count(usual) if usual > 1 else 0, usual)

    return max(SEPARATORS, key=score)


def _ragged(rows: list[list[str]], name: str) -> list[Fault]:
    """Lines whose cells do not match the widest heading: more cells than the usual number, or fewer."""
    filled = [(number, row) for number, row in enumerate(rows, start=1) if any(value.strip() for value in row)]
    lengths = [len(row) for _, row in filled]
    if not lengths:
        return []
    usual = max(set(lengths), key=lengths.count)
    bad = [number for number, row in filled if any(value.strip() for value in row[usual:]) or 1 < len(row) < usual]
    if not bad:
        return []
    shown = ", ".join(map(str, bad[:10]))
    found = Text("lines {lines} have another number of cells than {usual}", lines=shown, usual=usual)
    return [fault("csv_ragged", file=name, cell=f"A{bad[0]}", found=found, expected=Text("every line has {usual} cells", usual=usual))]
