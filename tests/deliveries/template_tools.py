"""Fill a template by code, as an officer would in Excel."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import openpyxl

ROLES = {
    "month": "month",
    "cumulative": "cumulative",
    "status": "status",
    "document": "document",
    "note": "note",
    "plan": "plan_assigned",
    "own_plan": "plan_adopted",
}


def fill(
    path: Path, figures: dict[tuple[str, str], dict[str, object]], *, prepared: dt.date | None = None, target: Path | None = None
) -> Path:
    """Write values into the rows of a template.

    Parameters
    ----------
    figures : (indicator, series) -> {month, cumulative, status, plan, document, note, or a number 1 to 12 for a past month's restatement}.
    """
    book = openpyxl.load_workbook(path)
    done = set()
    for sheet in book.worksheets:
        marks = next((row for row in sheet.iter_rows(min_row=1, max_row=12) if row[0].value == "kpi-columns"), None)
        if marks is None:
            continue
        at = {str(cell.value): cell.column for cell in marks if cell.value}
        if prepared is not None:
            sheet.cell(4, at["cumulative"]).value = prepared
        for row in range(1, sheet.max_row + 1):
            code = str(sheet.cell(row, 1).value or "")
            key = tuple(code.split("|")[1:]) if code.startswith("row|") else None
            for name, value in figures.get(key, {}).items() if key else ():  # type: ignore[arg-type]
                role = f"m{name:02d}" if isinstance(name, int) else ROLES[name]
                sheet.cell(row, at[role]).value = value
                done.add(key)
    missing = set(figures) - done
    assert not missing, missing
    out = target or path
    book.save(out)
    return out


def find(path: Path, key: tuple[str, str], role: str) -> tuple[str, str]:
    """Sheet and address of a row's cell."""
    book = openpyxl.load_workbook(path)
    for sheet in book.worksheets:
        marks = next((row for row in sheet.iter_rows(min_row=1, max_row=12) if row[0].value == "kpi-columns"), None)
        if marks is None:
            continue
        at = {str(cell.value): cell.column_letter for cell in marks if cell.value}
        for row in range(1, sheet.max_row + 1):
            if sheet.cell(row, 1).value == "|".join(("row", *key)):
                return sheet.title, f"{at[role]}{row}"
    raise AssertionError((key, role))
