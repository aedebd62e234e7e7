"""xlsx, xls and ods as cells: values, text made Unicode, merged blocks, hidden rows; of hidden sheets the cells are only counted."""

from __future__ import annotations

import datetime as dt
import math
import re
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import IO, Any

from kpi_lib.deliveries.delivery import Fault, fault
from kpi_lib.deliveries.files.book import Cell, Refused, Sheet, Value, letter
from kpi_lib.deliveries.files.container import WORKBOOK
from kpi_lib.deliveries.files.encodings import to_unicode
from kpi_lib.deliveries.files.formats import Look, as_shown, shown_by
from kpi_lib.words.messages import Text, plural

Read = tuple[tuple[Sheet, ...], tuple[Sheet, ...], list[Fault]]  # visible sheets, hidden ones, what there is to tell
MOST_CELLS = 500_000
_ERRORS = {"#REF!", "#DIV/0!", "#VALUE!", "#NAME?", "#N/A", "#NUM!", "#NULL!", "#GETTING_DATA", "#SPILL!", "#CALC!"}
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")


def make_cell(row: int, column: int, value: Any, *, font: str = "", **state: Any) -> Cell | None:
    """One cell from what a library gave; None when nothing stands there."""
    if value is None and not state.get("uncached") and not state.get("error"):
        return None
    if isinstance(value, str):
        if value in _ERRORS:
            return Cell(row, column, None, error=value, **state)
        plain = to_unicode(_ESCAPED.sub(lambda found: chr(int(found[1], 16)) if found[1] != "005F" else "_", value), font)
        return Cell(row, column, plain, typed=value if plain != value else "", **state) if plain.strip() else None
    if isinstance(value, dt.timedelta):
        value = value.total_seconds() / 86400
    elif isinstance(value, dt.time):
        value = (value.hour * 3600 + value.minute * 60 + value.second) / 86400
    elif isinstance(value, int) and not isinstance(value, bool):
        value = float(value) if abs(value) < 1e300 else math.inf
    if isinstance(value, float) and not math.isfinite(value):
        return Cell(row, column, None, error="#NUM!", **state)
    return Cell(row, column, value, **state)


def make_sheet(
    name: str, cells: Iterable[Cell | None], merged: Iterable[tuple[int, int, int, int]], hidden: Iterable[int], columns: Iterable[int] = ()
) -> Sheet:
    """A sheet with its merged blocks (first row, first column, last row, last column) filled by covered copies of their first cell.

    Parameters
    ----------
    hidden, columns : hidden rows and hidden columns; those without a cell are left out.
    """
    found: dict[tuple[int, int], Cell] = {}
    for cell in cells:
        if cell is not None:
            found[cell.row, cell.column] = cell
            if len(found) > MOST_CELLS:
                raise _too_many(name)
    height, width = max((r for r, _ in found), default=-1) + 1, max((c for _, c in found), default=-1) + 1
    for top, left, bottom, right in merged:
        first = found.get((top, left))
        for row in range(top, min(bottom, height) + 1) if first else ():
            for column in range(left, min(right, width + 50) + 1):
                if first and (row, column) != (top, left):  # what some programs keep below a merged block nobody sees
                    found[row, column] = Cell(row, column, first.value, first.typed, first.error, covered=True, look=first.look)
    rows, filled = ({place[way] for place in found} for way in (0, 1))
    return Sheet(name, found, frozenset(hidden) & rows, frozenset(columns) & filled)


def _too_many(sheet: str) -> Refused:
    return Refused("file_too_large", Text("sheet {sheet} has too many cells", sheet=sheet))


def notes(book: str, sheets: Iterable[Sheet], hidden: Iterable[Sheet]) -> list[Fault]:
    """What reading has to say: hidden sheets, rows and columns, converted text, links into other workbooks."""
    told = [fault("sheet_hidden", file=book, sheet=sheet.name, found=Text("a hidden sheet, not read")) for sheet in hidden]
    for sheet in sheets:
        cells, rows = sheet.cells.values(), ", ".join(str(row + 1) for row in sorted(sheet.hidden_rows)[:12])
        linked = [cell for cell in cells if cell.external]
        old = sum(bool(cell.typed) and not cell.covered and re.search("[\u00a1-\u00ff]", cell.typed) is not None for cell in cells)
        if sheet.hidden_columns:
            columns = ", ".join(letter(column) for column in sorted(sheet.hidden_columns)[:12])
            found = plural("{n} hidden column: {columns}", "{n} hidden columns: {columns}", n=len(sheet.hidden_columns), columns=columns)
            told.append(fault("columns_hidden", file=book, sheet=sheet.name, found=found))
        if rows:
            found = plural("{n} hidden row: {rows}", "{n} hidden rows: {rows}", n=len(sheet.hidden_rows), rows=rows)
            told.append(fault("rows_hidden", file=book, sheet=sheet.name, found=found))
        if linked:
            found = plural("{n} cell points into another file", "{n} cells point into another file", n=len(linked))
            told.append(fault("formula_external", file=book, sheet=sheet.name, cell=linked[0].address, found=found))
        if old:
            found = plural("{n} cell of TCVN3/VNI converted to Unicode", "{n} cells of TCVN3/VNI converted to Unicode", n=old)
            told.append(fault("encoding_converted", file=book, sheet=sheet.name, found=found))
    return told


# ---- xlsx ------------------------------------------------------------------------------------------------------------------------


def read_xlsx(path: Path, name: str) -> Read:
    """An xlsx workbook through openpyxl; formulas are looked at only where a sheet has any."""
    import openpyxl

    with _transitional(path) as file:  # a stream: openpyxl would judge a path by its suffix
        values = openpyxl.load_workbook(file, data_only=True, keep_links=False, rich_text=True)
        formulas = openpyxl.load_workbook(file, data_only=False, keep_links=False) if _has_formulas(path) else None
    read = [(ws.sheet_state == "visible", _xlsx_sheet(ws, formulas[ws.title] if formulas else None)) for ws in values.worksheets]
    return _divided(read, name)


def _divided(read: list[tuple[bool, Sheet]], name: str) -> Read:
    """Visible sheets, hidden ones, and what there is to tell of them."""
    sheets, hidden = (tuple(sheet for visible, sheet in read if visible is wanted) for wanted in (True, False))
    return sheets, hidden, notes(name, sheets, hidden)


_STRICT = (
    (b"http://purl.oclc.org/ooxml/spreadsheetml/main", b"http://schemas.openxmlformats.org/spreadsheetml/2006/main"),
    (b"http://purl.oclc.org/ooxml/officeDocument/", b"http://schemas.openxmlformats.org/officeDocument/2006/"),
    (b"http://purl.oclc.org/ooxml/drawingml/", b"http://schemas.openxmlformats.org/drawingml/2006/"),
)


def _transitional(path: Path) -> IO[bytes]:
    """The workbook in the names openpyxl knows: Excel's "Strict Open XML" writes the same parts under other ones."""
    import io

    with zipfile.ZipFile(path) as archive:
        if not any(_STRICT[0][0] in archive.read(name) for name in filter(WORKBOOK.fullmatch, archive.namelist())):
            return path.open("rb")
        made = io.BytesIO()
        with zipfile.ZipFile(made, "w") as written:
            for name in archive.namelist():
                content = archive.read(name)
                for strict, usual in _STRICT if name.endswith((".xml", ".rels")) else ():
                    content = content.replace(strict, usual)
                written.writestr(name, content)
    made.seek(0)
    return made


def _has_formulas(path: Path) -> bool:
    with zipfile.ZipFile(path) as archive:
        return any(
            re.search(rb"<(?:\w+:)?f[ >/]", archive.read(n))
            for n in archive.namelist()
            if n.startswith("xl/worksheets/") and n.endswith(".xml")
        )


def _xlsx_sheet(ws: Any, formulas: Any) -> Sheet:
    written = formulas._cells if formulas is not None else {}
    cells = [_xlsx_cell(cell, written.get(place)) for place, cell in sorted(ws._cells.items())]  # sparse: a far cell costs one cell
    merged = [(m.min_row - 1, m.min_col - 1, m.max_row - 1, m.max_col - 1) for m in ws.merged_cells.ranges]
    rows = [number - 1 for number, row in ws.row_dimensions.items() if row.hidden]
    blocks = [block for block in ws.column_dimensions.values() if block.hidden]  # of one column or several side by side
    return make_sheet(ws.title, cells, merged, rows, (n - 1 for block in blocks for n in range(block.min, block.max + 1)))


def _xlsx_cell(cell: Any, written: Any) -> Cell | None:
    """One cell, with what the formulas' copy of the workbook says about it."""
    formula = written is not None and written.data_type == "f"
    if cell.value is None and not formula:
        return None
    text = str(getattr(written.value, "text", written.value)) if formula else ""
    font = (cell.font.name or "") if isinstance(cell.value, str) else ""
    state = {"formula": formula, "uncached": formula and cell.value is None, "external": "[" in text and "]" in text}
    value = cell.value if isinstance(cell.value, str) or not isinstance(cell.value, list) else _marked(cell.value)
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        state["look"] = shown_by(cell.number_format, negative=value < 0)
    return make_cell(cell.row - 1, cell.column - 1, value, font=font, **state)


def _marked(runs: Iterable[Any]) -> str:
    """Text of several fonts, its raised and lowered digits as such: they are footnote marks and no part of a number."""
    return "".join(
        raised(str(run)) if getattr(getattr(run, "font", None), "vertAlign", None) in ("superscript", "subscript") else str(run)
        for run in runs
    )


def raised(text: str) -> str:
    """Digits as raised ones.

    >>> raised("12")
    '¹²'
    """
    return text.translate({ord(digit): mark for digit, mark in zip("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹", strict=True)})


# ---- xls -------------------------------------------------------------------------------------------------------------------------


def read_xls(path: Path, name: str) -> Read:
    """An Excel 97–2003 workbook through xlrd, with its fonts: they help to tell TCVN3 from Unicode."""
    import io

    import xlrd

    book = xlrd.open_workbook(path, formatting_info=True, logfile=io.StringIO(), on_demand=True)
    read = []
    for number in range(book.nsheets):
        read.append((not book._sheet_visibility[number], _xls_sheet(book, book.sheet_by_index(number))))
        book.unload_sheet(number)
    return _divided(read, name)


def _xls_sheet(book: Any, ws: Any) -> Sheet:
    cells = []
    for row in range(ws.nrows):
        for column, (kind, value) in enumerate(zip(ws.row_types(row), ws.row_values(row), strict=True)):
            if kind in (0, 6) or (kind == 1 and not value):
                continue
            xf = book.xf_list[ws.cell_xf_index(row, column)]
            font = book.font_list[xf.font_index].name if kind == 1 else ""
            if kind == 1:
                value = _xls_marked(book, value, ws.rich_text_runlist_map.get((row, column)) or [])
            code = book.format_map[xf.format_key].format_str if kind == 2 and xf.format_key in book.format_map else ""
            cells.append(_xls_cell(book, row, column, kind, value, font, code))
    merged = [(top, left, bottom - 1, right - 1) for top, bottom, left, right in ws.merged_cells]
    return make_sheet(to_unicode(ws.name), cells, merged, *_xls_hidden(ws))


def _xls_hidden(ws: Any) -> Iterator[list[int]]:
    """Hidden rows, and hidden columns."""
    yield from ([number for number, info in found.items() if info.hidden] for found in (ws.rowinfo_map, ws.colinfo_map))


def _xls_marked(book: Any, text: str, runs: list[tuple[int, int]]) -> str:
    """Text whose raised and lowered digits are such, by the fonts of its runs."""
    bounds = [*(start for start, _ in runs), len(text)]
    parts = [text[: bounds[0]]]
    for (start, font), end in zip(runs, bounds[1:], strict=True):
        parts.append(raised(text[start:end]) if book.font_list[font].escapement else text[start:end])
    return "".join(parts)


def _xls_cell(book: Any, row: int, column: int, kind: int, value: Any, font: str, code: str) -> Cell | None:
    import xlrd

    if kind == 5:
        return Cell(row, column, None, error=xlrd.error_text_from_code.get(value, "#?"))
    if kind == 4:
        return Cell(row, column, bool(value))
    if kind == 3:
        try:
            return Cell(row, column, xlrd.xldate_as_datetime(value, book.datemode))
        except (ValueError, OverflowError, xlrd.XLDateError):
            return Cell(row, column, float(value))
    return make_cell(row, column, value, font=font, look=shown_by(code, negative=value < 0) if kind == 2 else Look())


# ---- ods -------------------------------------------------------------------------------------------------------------------------

_NS = {
    "table": "urn:oasis:names:tc:opendocument:xmlns:table:1.0",
    "office": "urn:oasis:names:tc:opendocument:xmlns:office:1.0",
    "text": "urn:oasis:names:tc:opendocument:xmlns:text:1.0",
    "style": "urn:oasis:names:tc:opendocument:xmlns:style:1.0",
    "calcext": "urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0",
}


def _q(name: str) -> str:
    space, local = name.split(":")
    return f"{{{_NS[space]}}}{local}"


def read_ods(path: Path, name: str) -> Read:
    """An OpenDocument spreadsheet from its content.xml, parsed without entities or declarations."""
    from defusedxml.ElementTree import fromstring

    with zipfile.ZipFile(path) as archive:
        root = fromstring(archive.read("content.xml"), forbid_dtd=True)
    shown = {}
    for style in root.iter(_q("style:style")):
        of_table = style.find(_q("style:table-properties"))
        shown[style.get(_q("style:name"))] = of_table is None or of_table.get(_q("table:display")) != "false"
    tables = root.iter(_q("table:table"))
    return _divided([(shown.get(table.get(_q("table:style-name")), True), _ods_sheet(table)) for table in tables], name)


def _ods_sheet(table: Any) -> Sheet:
    cells: list[Cell | None] = []
    merged: list[tuple[int, int, int, int]] = []
    hidden: list[int] = []
    unseen: list[int] = []
    row = column = 0
    for element in table.iter(_q("table:table-column")):
        repeat = int(element.get(_q("table:number-columns-repeated"), "1"))
        if element.get(_q("table:visibility")) in ("collapse", "filter"):
            unseen += range(column, column + min(repeat, 2000))
        column += repeat
    for element in table.iter(_q("table:table-row")):
        repeat = int(element.get(_q("table:number-rows-repeated"), "1"))
        filled = _ods_row(element, row)
        if element.get(_q("table:visibility")) in ("collapse", "filter"):
            hidden += range(row, row + min(repeat, 1000))
        if len(cells) + min(repeat, 1000) * len(filled) > MOST_CELLS:  # before they are made: a line of XML may ask for millions
            raise _too_many(table.get(_q("table:name"), ""))
        for again in range(min(repeat, 1000) if filled else 0):
            for cell, rows, columns in filled:
                cells.append(replace(cell, row=cell.row + again))
                if rows > 1 or columns > 1:
                    merged.append((cell.row + again, cell.column, cell.row + again + rows - 1, cell.column + columns - 1))
        row += repeat
    return make_sheet(to_unicode(table.get(_q("table:name"), "")), cells, merged, hidden, unseen)


def _ods_row(element: Any, row: int) -> list[tuple[Cell, int, int]]:
    found, column = [], 0
    for item in element:
        if item.tag not in (_q("table:table-cell"), _q("table:covered-table-cell")):
            continue
        repeat = int(item.get(_q("table:number-columns-repeated"), "1"))
        value, error = _ods_value(item)
        formula = item.get(_q("table:formula"), "")
        state: dict[str, Any] = {
            "formula": bool(formula),
            "uncached": bool(formula) and value is None and not error,
            "external": "file:" in formula,
        }
        if isinstance(value, float):
            state["look"] = as_shown(value, _ods_text(item))
        for again in range(min(repeat, 2000) if value is not None or error or formula else 0):
            cell = Cell(row, column + again, None, error=error) if error else make_cell(row, column + again, value, **state)
            spans = (int(item.get(_q(f"table:number-{what}-spanned"), "1")) for what in ("rows", "columns"))
            found += [(cell, *spans)] if cell is not None else []
        column += repeat
    return found  # type: ignore[return-value]


def _ods_text(item: Any) -> str:
    """What an OpenDocument cell shows."""
    return "\n".join("".join(part.itertext()) for part in item.findall(_q("text:p")))


def _ods_value(item: Any) -> tuple[Value, str]:
    kind = item.get(_q("office:value-type"))
    shown = _ods_text(item)
    if item.get(_q("calcext:value-type")) == "error" or shown.strip() in _ERRORS or re.fullmatch(r"(Err:\d+)", shown.strip()):
        return None, shown.strip() or "#?"
    if kind in ("float", "currency", "percentage"):
        return float(item.get(_q("office:value"))), ""
    if kind == "date":
        text = item.get(_q("office:date-value"))
        return (dt.datetime.fromisoformat(text) if "T" in text else dt.date.fromisoformat(text)), ""
    if kind == "boolean":
        return item.get(_q("office:boolean-value")) == "true", ""
    return (item.get(_q("office:string-value")) or shown or None), ""
