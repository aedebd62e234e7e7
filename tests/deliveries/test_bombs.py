"""A small file that asks for millions of cells is refused before they are made, whatever it is written as."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from kpi_lib.deliveries.files import container, workbooks
from kpi_lib.deliveries.files.book import Refused
from kpi_lib.deliveries.files.reading import read_book

MERGES = {
    "a hundred thousand blocks": [f"A{2 * n + 10}:B{2 * n + 11}" for n in range(100_000)],
    "one block over the whole sheet": ["A1:XFD1048576"],
    "blocks over one another": ["A1:ZZ1000"] * 40,
}
NAMES = {
    "office": "urn:oasis:names:tc:opendocument:xmlns:office:1.0",
    "table": "urn:oasis:names:tc:opendocument:xmlns:table:1.0",
    "text": "urn:oasis:names:tc:opendocument:xmlns:text:1.0",
}


def workbook(folder: Path, merged: list[str]) -> Path:
    """A workbook of one figure whose sheet says that so many blocks are merged."""
    plain, path = folder / "plain.xlsx", folder / "merged.xlsx"
    book = openpyxl.Workbook()
    book.active["A1"] = 5  # type: ignore[index]
    book.save(plain)
    blocks = "".join(f'<mergeCell ref="{block}"/>' for block in merged)
    with zipfile.ZipFile(plain) as source, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target:
        for part in source.namelist():
            content = source.read(part)
            if part.endswith("sheet1.xml"):
                content = content.replace(b"</sheetData>", f"</sheetData><mergeCells>{blocks}</mergeCells>".encode())
            target.writestr(part, content)
    return path


@pytest.mark.parametrize("merged", MERGES.values(), ids=MERGES)
def test_merged_blocks_that_would_cost_a_minute_are_refused_before_anything_parses_them(tmp_path: Path, merged: list[str]):
    with pytest.raises(Refused) as refused:
        container.look(workbook(tmp_path, merged), "merged.xlsx")
    assert refused.value.check == "file_too_large" and "merged blocks" in refused.value.found["en"]


def test_a_title_merged_over_a_table_and_a_whole_column_are_ordinary(tmp_path: Path):
    assert container.look(workbook(tmp_path, ["A1:H1", "J1:J1048576"]), "merged.xlsx")[0] == "xlsx"


def test_repeated_cells_are_counted_before_they_are_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    made: list[Any] = []
    whole = workbooks.replace
    monkeypatch.setattr(workbooks, "replace", lambda *given, **changed: made.append(1) or whole(*given, **changed))
    cell = '<table:table-cell office:value-type="float" office:value="5" table:number-columns-repeated="1500"><text:p>5</text:p></table:table-cell>'
    spaces = " ".join(f'xmlns:{name}="{space}"' for name, space in NAMES.items())
    row = f'<table:table-row table:number-rows-repeated="900">{cell}</table:table-row>'
    body = f'<office:body><office:spreadsheet><table:table table:name="S">{row}</table:table></office:spreadsheet></office:body>'
    path = tmp_path / "repeated.ods"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", f'<?xml version="1.0"?><office:document-content {spaces}>{body}</office:document-content>')
    book = read_book(path)
    assert [item.check for item in book.faults] == ["file_too_large"] and not made
