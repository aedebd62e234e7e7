"""The targets of a year as an Excel sheet: the form that an office fills in, and any table laid out as resolutions print one."""

from __future__ import annotations

import datetime as dt
import difflib
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kpi_lib.compare import MEETING
from kpi_lib.definitions.indicators import INDICATORS, Indicator
from kpi_lib.definitions.kinds import KINDS
from kpi_lib.definitions.measures import COUNTS, PERCENT, factor, fits, measured, same_measure
from kpi_lib.definitions.settings import LEVELS
from kpi_lib.deliveries.files.book import Book, Cell, Sheet
from kpi_lib.deliveries.files.reading import read_safely
from kpi_lib.deliveries.tables.layout import normal
from kpi_lib.deliveries.tables.numbers import parse_numbers
from kpi_lib.words.messages import KpiError, Named, Text, Words, languages, listed

OWN_ROWS = 30  # empty rows of the form for lines that the catalogue has not
LIKE = 0.85  # so much alike two names are one line's
FACTS: Mapping[str, Words] = {
    "id": Text("short name in small letters, the folder's (may be left empty)"),
    "name": Text("name of the unit"),
    "level": Text("level (choose from the list)"),
    "parent": Text("short name of the unit above it"),
    "population": Text("population"),
    "language": Text("language of its office (choose from the list)"),
    "reports_to": Text("to whom it reports"),
    "year": Text("year of the targets"),
    "document": Text("document that fixes the targets: kind, number, date"),
    "adopted": Text("day of that document"),
}
COLUMNS: Mapping[str, Words] = {
    "line": Text("Line of the catalogue"),
    "name": Text("Target"),
    "measure": Text("Unit of measure"),
    "comparator": Text("At least, at most"),
    "threshold": Text("Threshold"),
    "clause": Text("Clause"),
    "kind": Text("How a year comes about (own lines)"),
    "headline": Text("Main target (x)"),
}
_HEADINGS = {  # how tables of resolutions head their columns, beside the form's own words
    "threshold": r"(mục tiêu|kế hoạch|chỉ tiêu|target|goal|plan|threshold|mức)( (năm|phấn đấu|of|for|giao))*( \d{4})?|mức (cần )?đạt|năm \d{4}|\d{4}",
    "name": r"(tên )?(các )?chỉ tiêu( chủ yếu)?|nội dung|tên|indicator|name|line",
    "measure": r"đơn vị( tính)?|đvt|đ\.?v\.?t\.?|unit( of measure)?|measure",
    "comparator": r"phép so|so sánh|comparator",
    "clause": r"mục|điều|điểm|clause|số",
    "unit": r"(tên |mã )?(xã|phường|đặc khu|xã,? phường|phường,? xã|địa phương|địa bàn|đơn vị hành chính)( cấp xã)?|xã, phường, đặc khu|ward|commune|place",
}
LEVEL = r"^(phường|xã|thị trấn|đặc khu|thành phố|tỉnh|ward|commune|town|city|province)( of)? | (ward|commune|town|city|province)$"  # left out of a name
ASIDE = r"stt|tt|ghi chú|notes?|remarks?|((toàn|cả) )?(tỉnh|thành phố)|tổng( số| cộng)?|total|last year|năm trước|thực hiện.*|ước.*"  # no unit below
_SIDES = (  # words before or behind a number, the stricter first
    ("<=", r"không quá|không vượt quá|tối đa|trở xuống|at most|no more than|or less|<=|≤|giảm còn|còn"),
    ("<", r"dưới|under|below|less than|<"),
    (">=", r"trở lên|ít nhất|tối thiểu|at least|or more|no less than|>=|≥|từ"),
    (">", r"trên|hơn|over|above|more than|>"),
)
_NUMBER = re.compile(r"[-−]?\d[\d.,\u00a0\u202f ]*")


@dataclass(frozen=True, slots=True)
class Stated:
    """One target as a sheet states it: a known line, or (`line` empty) the name and facts of one that is the unit's own."""

    line: str
    name: str
    measure: str
    comparator: str
    threshold: float
    cell: str
    clause: str = ""
    kind: str = ""
    headline: bool = False


@dataclass(frozen=True, slots=True)
class TargetSheet:
    """What a workbook of targets says: of the unit, by the keys of `FACTS`, and of each target."""

    facts: Mapping[str, str]
    targets: tuple[Stated, ...]
    faults: tuple[Words, ...] = field(default=())


# ---- written


def write_form(path: Path, lang: str, *, facts: Mapping[str, str], lines: Sequence[tuple[Indicator, float | None]]) -> Path:
    """Write the form: what the unit is, and its targets.

    Parameters
    ----------
    facts : what is known of the unit, by the keys of `FACTS`.
    lines : those that stand in the form, each with last year's threshold, which is shown and never read.
    """
    import xlsxwriter

    with xlsxwriter.Workbook(str(path), {"strings_to_formulas": False, "strings_to_urls": False}) as book:
        book.set_properties({"title": COLUMNS["threshold"][lang], "created": dt.datetime(2000, 1, 1)})
        plain = {"font_name": "Times New Roman", "font_size": 12, "valign": "vcenter", "text_wrap": True, "border": 1}
        given, head = book.add_format({**plain, "bg_color": "#F2F2F2"}), book.add_format({**plain, "bold": True, "bg_color": "#DDEBF7"})
        fill = book.add_format({**plain, "bg_color": "#FFF2CC"})
        unit = book.add_worksheet(Text("The unit")[lang])
        unit.set_column(0, 0, 58)
        unit.set_column(1, 1, 60)
        for row, (key, words) in enumerate(FACTS.items()):
            unit.write_string(row, 0, words[lang], given)
            unit.write_string(row, 1, facts.get(key, ""), fill)
        _choose(unit, list(FACTS).index("level"), 1, 1, LEVELS)
        _choose(unit, list(FACTS).index("language"), 1, 1, languages())
        sheet = book.add_worksheet(COLUMNS["name"][lang])
        _write_targets(sheet, lang, lines, (given, head, fill))
    return path


def _write_targets(sheet: Any, lang: str, lines: Sequence[tuple[Indicator, float | None]], formats: tuple[Any, Any, Any]) -> None:
    given, head, fill = formats
    widths = (28, 60, 14, 14, 14, 14, 46, 12, 14)
    for column, (words, width) in enumerate(zip([*COLUMNS.values(), Text("last year")], widths, strict=True)):
        sheet.set_column(column, column, width)
        sheet.write_string(0, column, words[lang], head)
    sheet.freeze_panes(1, 2)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    at = {key: column for column, key in enumerate(COLUMNS)}
    last = len(lines) + OWN_ROWS
    for row in range(1, last + 1):
        for column in range(len(COLUMNS)):
            sheet.write_blank(row, column, None, fill)
    for row, (ind, before) in enumerate(lines, start=1):
        for key, text in (("line", ind.id), ("name", ind.name[lang]), ("measure", ind.measure[lang]), ("kind", "–")):
            sheet.write_string(row, at[key], text, given)
        sheet.write_string(row, at["comparator"], ">=" if ind.direction == "higher" else "<=", fill)
        if before is not None:
            sheet.write_number(row, len(COLUMNS), before, given)
    _choose(sheet, 1, at["comparator"], last, MEETING)
    kinds = [kind.told[lang] for kind in KINDS.values()]
    sheet.set_column(20, 20, None, None, {"hidden": True})
    sheet.write_column(0, 20, kinds)
    sheet.data_validation(len(lines) + 1, at["kind"], last, at["kind"], {"validate": "list", "source": f"=$U$1:$U${len(kinds)}"})


def _choose(sheet: Any, row: int, column: int, last: int, words: Any) -> None:
    sheet.data_validation(row, column, max(row, last), column, {"validate": "list", "source": list(words)})


# ---- read


def read_targets_of(path: Path, known: Mapping[str, Indicator] = INDICATORS) -> TargetSheet:
    """Read a workbook of targets, in a process of its own; `known` are the lines that a row may be.

    Raises
    ------
    KpiError : no file, a file that cannot be read, or no table that has a name and a threshold in every row.
    """
    book = book_of(path)
    facts: dict[str, str] = {}
    targets: list[Stated] = []
    faults: list[Words] = []
    for sheet in book.sheets:
        if found := _header(sheet):
            targets += _targets(book, sheet, *found, faults, known)
        else:
            facts |= _facts(sheet)
    if not targets and not faults:
        raise KpiError(
            "{file}: no table of targets was found. One row must head the columns: the target's name, its unit of measure and its threshold;"
            " `kpi new-unit --form FILE.xlsx` writes a form to fill in.",
            file=path.name,
        )
    return TargetSheet(facts, tuple(targets), tuple(faults))


def book_of(path: Path) -> Book:
    """A workbook as it lies there, read in a process of its own.

    Raises
    ------
    KpiError : no file, or one that cannot be read.
    """
    if not path.is_file():
        raise KpiError("There is no file {path}.", path=str(path))
    ((_, book),) = read_safely([path])
    if book is None or not book.sheets:
        told = [fault.found for fault in book.faults] if book else []
        raise KpiError("{file} cannot be read: {faults}", file=path.name, faults=listed(told) if told else Text("its reader died"))
    return book


def _header(sheet: Sheet) -> tuple[int, dict[str, int]] | None:
    """The row that heads a table of targets, and where its columns stand."""
    for row in range(min(sheet.height, 40)):
        columns = roles(sheet, row)
        if {"name", "threshold"} <= set(columns):
            return row, columns
    return None


def roles(sheet: Sheet, row: int, *, without: int = -1) -> dict[str, int]:
    """Where the columns of a table of targets stand, if this row heads one; a column `without` a say plays no part."""
    own = {normal(words[lang]): key for key, words in COLUMNS.items() for lang in languages()}
    columns: dict[str, int] = {}
    for column in range(sheet.width):
        text = normal(sheet.value(row, column) or "")
        role = own.get(text) or next((role for role, form in _HEADINGS.items() if text and re.fullmatch(normal(form), text)), None)
        if role == "threshold" and text in ("chỉ tiêu", "target", "mục tiêu") and "name" not in columns:
            role = "name"
        if role and role not in columns and column != without:
            columns[role] = column
    return columns


def _facts(sheet: Sheet) -> dict[str, str]:
    keys = {normal(words[lang]): key for key, words in FACTS.items() for lang in languages()}
    found = {}
    for row in range(sheet.height):
        key, value = keys.get(normal(sheet.value(row, 0) or "")), sheet.value(row, 1)
        if key and value not in (None, ""):
            found[key] = str(value.date() if isinstance(value, dt.datetime) else int(value) if isinstance(value, float) else value).strip()
    return found


def _targets(
    book: Book, sheet: Sheet, header: int, columns: Mapping[str, int], faults: list[Words], known: Mapping[str, Indicator]
) -> Iterator[Stated]:
    """The targets of a table; a row without a threshold is a heading or a line without a target."""
    for row_cell, found in stated_in(book, sheet, range(header + 1, sheet.height), columns, faults, known):
        faults += [
            Text("{file}, {sheet}, {cell}: {found}", file=book.file, sheet=sheet.name, cell=row_cell, found=fault)
            for fault in _unfit(found, known)
        ]
        yield found


def stated_in(
    book: Book, sheet: Sheet, rows: Sequence[int], columns: Mapping[str, int], faults: list[Words], known: Mapping[str, Indicator]
) -> Iterator[tuple[str, Stated]]:
    """The targets that these rows of a table state, each with its cell; thresholds that are no number are added to `faults`."""
    numbers = {row: _number_in(sheet.at(row, columns["threshold"])) for row in rows}
    values, told = parse_numbers([cell for cell in numbers.values() if cell], file=book.file, sheet=sheet.name)
    for fault in told:
        if fault.holds:
            faults.append(Text("{file}, {sheet}, {cell}: {found}", file=book.file, sheet=sheet.name, cell=fault.cell, found=fault.found))
    for row, cell in numbers.items():
        if cell and cell.address in values:
            yield cell.address, _stated(sheet, row, columns, values[cell.address], cell, known)


def threshold_in(typed: str, ind: Indicator) -> tuple[str, float] | None:
    """Whether a threshold is in the line's own unit or in that of its amounts, and by what it is multiplied; None where it is in neither."""
    if not typed or same_measure(typed, ind.measure):
        return "indicator", 1.0
    if ind.kind.of_amounts and math.isfinite(times := factor(typed, ind.flow_measure)):
        return "flow", times
    if math.isfinite(times := factor(typed, ind.measure)):
        return "indicator", times
    if ind.kind.of_amounts and fits(typed, ind.flow_measure):
        return "flow", 1.0
    return ("indicator", 1.0) if fits(typed, ind.measure) else None


def _unfit(found: Stated, known: Mapping[str, Indicator]) -> Iterator[Words]:
    """What keeps a row from being a target of its line, or a line of the unit's own."""
    if found.line:
        ind = known[found.line]
        if threshold_in(found.measure, ind) is None:
            yield Text("“{name}” is in {found}; {wanted} is needed", name=found.name, found=repr(found.measure), wanted=ind.measure)
        return
    if not found.name:
        yield Text("a threshold without the name of its target")
    elif not found.measure:
        yield Text("“{name}” is no line of the catalogue and has no unit of measure", name=found.name)
    elif KINDS[found.kind].of_amounts and measured(Named(found.measure)).percent:
        yield Text(
            "“{name}”: the unit of measure of the amounts is needed (million đồng, people ...); the rate itself is in %", name=found.name
        )


def _number_in(cell: Cell | None) -> Cell | None:
    """The cell with the number alone: of words around one, the first that stands there."""
    if cell is None or not isinstance(cell.value, str):
        return cell if cell and isinstance(cell.value, float) else None
    found = _NUMBER.search(cell.value)
    return Cell(cell.row, cell.column, found[0].strip().rstrip(".,")) if found else None


def _stated(sheet: Sheet, row: int, columns: Mapping[str, int], value: float, cell: Cell, known: Mapping[str, Indicator]) -> Stated:
    def text(role: str) -> str:
        found = sheet.value(row, columns[role]) if role in columns else None
        return "" if found is None else str(int(found) if isinstance(found, float) and found == int(found) else found).strip()

    name, written = text("name"), str(sheet.value(row, columns["threshold"]))
    line = text("line") if text("line") in known else _line_of(name, known)
    measure = text("measure") or (PERCENT["en"] if "%" in written else "")
    kind = _kind_of(text("kind"), name, measure)
    lower = known[line].direction == "lower" if line else KINDS[kind].must_be_nil
    side = text("comparator") if text("comparator") in MEETING else _side(written) or _side(name)
    return Stated(line, name, measure, side or ("<=" if lower else ">="), value, cell.address, text("clause"), kind, bool(text("headline")))


def _line_of(name: str, known: Mapping[str, Indicator]) -> str:
    """The known line of a name as written, where one is so much alike that it is surely meant; else nothing."""
    wanted = normal(name)
    names = {normal(words[lang]): ind.id for ind in known.values() for words in (ind.name, ind.short) for lang in languages()}
    if wanted in names:
        return names[wanted]
    like = difflib.get_close_matches(wanted, list(names), n=1, cutoff=LIKE)
    return names[like[0]] if like else ""


def _side(text: str) -> str:
    return next((side for side, words in _SIDES if re.search(rf"(?<!\w)({normal(words)})(?!\w)", normal(text))), "")


def _kind_of(told: str, name: str, measure: str) -> str:
    """The kind chosen in the form, or the one that name and measure speak for; said to the officer, who may choose another."""
    chosen = {normal(kind.told[lang]): kind.id for kind in KINDS.values() for lang in languages()} | {key: key for key in KINDS}
    if found := chosen.get(normal(told)):
        return found
    if re.search(normal(r"bình quân|per capita|average"), normal(name)):
        return "assessment"
    if not measured(Named(measure)).percent:
        return "flow" if measured(Named(measure)) in COUNTS or measured(Named(measure)).is_money else "level"
    return "published_growth" if re.search(r"tốc độ tăng|^tăng |growth|increase", normal(name)) else "population_share"
