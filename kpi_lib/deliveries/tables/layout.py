"""Find a table on a sheet: stacked and merged headings as one text a column, the rows below with their labels, caption and unit of measure."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, replace
from functools import lru_cache

from kpi_lib.definitions.measures import measure_of
from kpi_lib.deliveries.files.book import Cell, Sheet
from kpi_lib.deliveries.tables.stated import month_in

HEADER_ROWS, CAPTION_ROWS = 9, 12
_PLACED = {
    "oà": "òa", "oá": "óa", "oả": "ỏa", "oã": "õa", "oạ": "ọa", "oè": "òe", "oé": "óe", "oẻ": "ỏe", "oẽ": "õe", "oẹ": "ọe",
    "uỳ": "ùy", "uý": "úy", "uỷ": "ủy", "uỹ": "ũy", "uỵ": "ụy",
}  # fmt: skip
_PLACES = re.compile("|".join(_PLACED))
_SPELT = {new: old for old, new in _PLACED.items()}
_MISPLACED = re.compile(rf"(?:{'|'.join(_SPELT)})(?=\w)|(?<=q)(?:{'|'.join(new for new in _SPELT if new[1] == 'y')})")
_NUMBERING = re.compile(r"^(?:\(?(?:\d{1,2}(?:\.\d{1,2})*|[ivx]{1,5}|[a-zđ])\s*[.)/]\s*)+|^[-–+*•]\s*")
_FOOTNOTE = re.compile(r"(?:[\s,;]*(?:\(\*+\)|\*+|\[[\d*]+\]|\(\d{1,2}\)|[¹²³⁰⁴-⁹⁽⁾①-⑳]+))+\s*$")
_MEASURE = re.compile(
    r"(?:(?:đơn vị(?: tính)?|đvt)\s*:?\s*)?(nghìn tỷ đồng|triệu đồng|nghìn đồng|tỷ đồng|đồng|doanh nghiệp|người|hộ|%)(?:\s*[;,]\s*%)?\)?"
)


def normal(text: object) -> str:
    """Text for comparison: NFC, lower case, one blank between words, tone marks placed one way, whole numbers without their ".0".

    >>> normal("  LUỸ  KẾ\\n9 tháng "), normal(2018.0)
    ('lũy kế 9 tháng', '2018')
    """
    if isinstance(text, float) and text == int(text):
        text = int(text)
    plain = " ".join(unicodedata.normalize("NFC", str(text)).lower().split())
    return placed(plain)


def placed(text: str) -> str:
    """Tone marks placed one way: "hoà" and "hòa", "kế hoạch" and "kế họach" become the same."""
    return _PLACES.sub(lambda found: _PLACED[found[0]], text)


@lru_cache(maxsize=16384)
def label(text: object) -> str:
    """A row's label for comparison: without numbering, leading dash, footnote mark and final colon.

    >>> label("1. Số doanh nghiệp thành lập mới (*)"), label("  - Trong đó: Thu tiền đất")
    ('số doanh nghiệp thành lập mới', 'thu tiền đất')
    """
    plain = _NUMBERING.sub("", _FOOTNOTE.sub("", normal(text)))
    plain = re.sub(r"^(?:trong đó|tr\.?đó|t\.?đó|tđ)\s*:?\s*(?=\S)", "", plain)
    return _NUMBERING.sub("", plain).strip(" :.-–+*")


def bare(text: str) -> str:
    """Text without marks on its letters, to tell how alike two names are.

    >>> bare("giải quyết việc làm")
    'giai quyet viec lam'
    """
    return "".join(char for char in unicodedata.normalize("NFD", text).replace("đ", "d") if not unicodedata.combining(char))


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table: its number on the sheet, its label as typed and for comparison, and the column of the label."""

    number: int
    typed: str
    label: str
    column: int = 0


@dataclass(frozen=True, slots=True)
class TableFound:
    """A table: caption above it, one normalised heading a column, its rows."""

    caption: str
    headings: dict[int, str]
    rows: tuple[Row, ...]
    first: int  # first row of the heading
    sheet: Sheet

    def heading(self, number: int) -> str:
        """A column's heading as it is told: tone marks where they are written, "dự toán" and "quý" for what is compared as "dự tóan", "qúy"."""
        return _MISPLACED.sub(lambda found: _SPELT[found[0]], self.headings[number])


def tables_of(sheet: Sheet) -> list[TableFound]:
    """The tables of a sheet from top to bottom; a heading in the middle begins another table."""
    by_row: dict[int, list[Cell]] = {}
    for (row, _), cell in sorted(sheet.cells.items()):
        by_row.setdefault(row, []).append(cell)
    data = [row for row, cells in by_row.items() if _is_data(cells)]
    found: list[TableFound] = []
    at = 0
    while at < len(data):
        first = data[at]
        floor = found[-1].rows[-1].number + 1 if found else 0
        heading = _heading_rows(by_row, first, floor)
        if heading is None:
            at += 1
            continue
        last = _end(by_row, data, at, heading)
        table = _table(sheet, by_row, heading, (first, last), floor)
        if found and table.headings == found[-1].headings and not any(row in by_row for row in range(data[at - 1] + 1, heading.start)):
            table = replace(table, caption=found[-1].caption)  # the same headings again, at the top of another printed page
        found.append(table)
        at = next((i for i, row in enumerate(data) if row > last), len(data))
    return found


def _is_number(cell: Cell) -> bool:
    if isinstance(cell.value, float):
        return not (cell.value == int(cell.value) and 1990 <= cell.value <= 2100)
    return (
        isinstance(cell.value, str) and re.fullmatch(r"\(?[-−]?\d[\d.,\s]*%?\)?", cell.value.strip()) is not None and "/" not in cell.value
    )


def _is_data(cells: list[Cell]) -> bool:
    """Whether a row has a label and at least one number right of it (and is not the numbering row 1 2 3 of a form)."""
    texts = [c for c in cells if isinstance(c.value, str) and not _is_number(c) and any(char.isalpha() for char in c.value)]
    numbers = [c for c in cells if _is_number(c) or c.error or c.uncached]
    own = [c for c in texts if not c.covered]
    if not own or not any(c.column > own[0].column for c in numbers):
        return False
    return not all(
        re.fullmatch(
            r"\(?\d{1,2}\)?(?:\s*=.*)?|[A-Z]|\(?\d+\)?\s*=.*", str(c.value if not isinstance(c.value, float) else int(c.value)).strip()
        )
        for c in cells
        if c.value is not None
    )


def _texts(cells: list[Cell]) -> int:
    return len({(normal(c.value)) for c in cells if isinstance(c.value, str)})


# A row of a letterhead or a title, however many cells it fills, is never a heading of columns.
_LETTERHEAD = re.compile(
    r"cộng hòa xã hội chủ nghĩa|độc lập\s*[-–—]\s*tự do|đảng cộng sản việt nam|^(?:biểu|mẫu|phụ lục)\s*(?:số|mẫu|\d|[ivx]+\b)"
    r"|^số\s*:|^[^,]{2,40},\s*ngày\b|^\(?(?:ban hành\s+)?kèm theo"
)
_OFFICE = re.compile(
    r"^(?:ubnd|hđnd|ủy ban|hội đồng|đảng ủy|thành ủy|tỉnh ủy|huyện ủy|công an|phòng|ban|sở|chi cục|cục|thuế|kho bạc)\b(?!.*\bgiao\b)"
)
_TITLE = re.compile(r"báo cáo|^(?:biểu|bảng|phụ lục)\b|tình hình|kết quả|tiến độ|tổng hợp|^số liệu|đơn vị(?: tính)?\s*:|đvt\s*:")
_NOT_YET = re.compile(r"^(?:chưa|đang|không|chờ|sẽ|đã|hoàn thành|đạt|vượt)\b")  # words where a figure is awaited, not a heading


def _heading_rows(by_row: dict[int, list[Cell]], first: int, floor: int) -> range | None:
    """Rows of the heading above the first row of data: from the highest row with two texts or more below letterhead and title."""
    left = _label_at(by_row[first])
    above = [row for row in range(max(floor, first - HEADER_ROWS - 2), first) if row in by_row]
    top = max((row for row in above if _is_title(by_row[row], left)), default=-1)
    wide = [row for row in above if row > top and _texts(by_row[row]) >= 2 and not _is_data(by_row[row])]
    return range(min(wide), first) if wide else None


def _is_title(cells: list[Cell], left: int) -> bool:
    """Whether a row belongs to the letterhead or the title: by its words, or as one text that begins at the labels and names a month."""
    own = [(c, normal(c.value)) for c in cells if isinstance(c.value, str) and not c.covered]
    if any(_LETTERHEAD.search(text) or (len(own) <= 2 and _OFFICE.search(text)) for _, text in own):
        return True
    if len(own) != 1:
        return False
    cell, text = own[0]
    if _TITLE.search(text) and (cell.column <= left or len(text) >= 15 or text.startswith("báo cáo")):
        return True
    return cell.column <= left and (month_in(text) is not None or len(text) > 40)


def _label_at(cells: list[Cell]) -> int:
    """The column of a row's name."""
    return min((c.column for c in cells if _is_words(c)), default=0)


def _is_section(cells: list[Cell], left: int) -> bool:
    """Whether a row between headings and figures only names a section: no words of its own right of the names."""
    own = [c.column for c in cells if _is_words(c)]
    return bool(own) and max(own) <= left


def _is_words(cell: Cell) -> bool:
    return isinstance(cell.value, str) and not _is_number(cell) and not cell.covered and re.search(r"[^\W\d_]{2}", cell.value) is not None


def _end(by_row: dict[int, list[Cell]], data: list[int], at: int, heading: range) -> int:
    """Last row of the table: before the next heading (two or more texts in columns of figures and no number), or the last data row."""
    columns = {c.column for row in heading for c in by_row.get(row, [])}
    first = by_row[data[at]]
    label_at = _label_at(first)
    starts = min((c.column for c in first if c.column > label_at and (_is_number(c) or c.error or c.uncached)), default=label_at + 1)
    last = data[at]
    for row in (r for r in sorted(by_row) if r > data[at]):
        texts = {normal(c.value) for c in by_row[row] if c.column in columns and c.column >= starts and _is_words(c)}
        if len({text for text in texts if not _NOT_YET.search(text)}) >= 2 and not any(_is_number(c) for c in by_row[row]):
            break
        last = row if row in data or any(isinstance(c.value, str) for c in by_row[row]) else last
    return last


def _table(sheet: Sheet, by_row: dict[int, list[Cell]], heading: range, rows_: tuple[int, int], floor: int) -> TableFound:
    first, last = rows_
    columns, left = sorted({c.column for row in heading for c in by_row.get(row, [])}), _label_at(by_row[first])
    stacked = [row for row in heading if row == heading.start or not _is_section(by_row.get(row, []), left)]
    headings = {}
    for column in columns:
        parts: list[str] = []
        for row in stacked:
            cell = sheet.at(row, column)
            text = normal(cell.value) if cell is not None and cell.value is not None else ""
            if text and (not parts or parts[-1] != text) and not re.fullmatch(r"\(?\d{1,2}\)?(\s*=.*)?|[a-zđ]", text):
                parts.append(text)
        headings[column] = " ".join(parts)
    rows = tuple(found for number in range(first, last + 1) if number in by_row and (found := _row(by_row[number])) is not None)
    above = [
        str(c.value)
        for row in range(max(floor, heading.start - CAPTION_ROWS), heading.start)
        for c in by_row.get(row, [])
        if isinstance(c.value, str) and not c.covered
    ]
    return TableFound("\n".join(above), headings, rows, heading.start, sheet)


def _row(cells: list[Cell]) -> Row | None:
    for cell in cells:
        if (
            isinstance(cell.value, str)
            and not cell.covered
            and not _is_number(cell)
            and label(cell.value)
            and not re.fullmatch(r"[ivx]+|[a-zđ]|\d+(\.\d+)*", normal(cell.value).strip(" .)"))
        ):
            return Row(cell.row, str(cell.value).strip(), label(cell.value), cell.column)
    return None


def measure_in(text: str) -> str | None:
    """The unit of measure a caption or heading names; None where none or two are.

    >>> measure_in("Đơn vị tính: Tỷ đồng; %"), measure_in("vốn đăng ký (triệu đồng)")
    ('tỷ đồng', 'triệu đồng')
    """
    found = {one for words in _MEASURE.findall(normal(text)) if not (one := measure_of(words)).percent}
    money = {one for one in found if one.is_money}
    named = money if len(money) == 1 else found
    return named.pop()["vi"] if len(named) == 1 else None
