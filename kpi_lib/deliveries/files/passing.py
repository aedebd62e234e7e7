"""A Book as JSON and back: what the reading process sends. Plain data only, so that a hostile file can send nothing else."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict
from typing import Any

from kpi_lib.definitions.frames import UNFIT
from kpi_lib.deliveries.delivery import Fault
from kpi_lib.deliveries.files.book import Book, Cell, Sheet


def book_to(book: Book) -> dict[str, Any]:
    """The book as JSON data."""
    return {
        "file": book.file,
        "kind": book.kind,
        "hidden": list(book.hidden_sheets),
        "encoding": book.encoding,
        "faults": [asdict(item) for item in book.faults],
        "properties": book.properties,
        "sheets": [
            {
                "name": sheet.name,
                "cells": [_cell_to(cell) for cell in sheet.cells.values()],
                "merged": [list(block) for block in sheet.merged],
                "rows": sorted(sheet.hidden_rows),
                "columns": sorted(sheet.hidden_columns),
            }
            for sheet in book.sheets
        ],
    }


def _cell_to(cell: Cell) -> list[Any]:
    value = {"d": cell.value.isoformat()} if isinstance(cell.value, dt.date) else cell.value
    flags = cell.formula + 2 * cell.uncached + 4 * cell.external + 8 * cell.covered
    return [cell.row, cell.column, value, cell.typed, cell.format, cell.error, flags]


def book_from(data: dict[str, Any]) -> Book:
    """The book from JSON data, its text without characters that cannot be shown."""
    sheets = tuple(
        Sheet(
            _fit(item["name"]),
            {(row[0], row[1]): _cell_from(row) for row in item["cells"]},
            tuple((a, b, c, d) for a, b, c, d in item["merged"]),
            frozenset(item["rows"]),
            frozenset(item["columns"]),
        )
        for item in data["sheets"]
    )
    faults = tuple(Fault(**{**{name: _fit(text) for name, text in item.items()}, "holds": tuple(item["holds"])}) for item in data["faults"])
    return Book(data["file"], data["kind"], sheets, tuple(map(_fit, data["hidden"])), data["encoding"], faults, data["properties"])


def _fit(value: Any) -> Any:
    return UNFIT.sub("", value) if isinstance(value, str) else value


def _cell_from(row: list[Any]) -> Cell:
    place, column, value, typed, format, error, flags = row
    if isinstance(value, dict):
        text = value["d"]
        value = dt.datetime.fromisoformat(text) if "T" in text else dt.date.fromisoformat(text)
    elif isinstance(value, int) and not isinstance(value, bool):
        value = float(value)
    return Cell(place, column, _fit(value), _fit(typed), format, error, bool(flags & 1), bool(flags & 2), bool(flags & 4), bool(flags & 8))
