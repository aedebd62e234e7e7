"""The filled template as figures: found by its hidden marks, so that moved rows, columns and renamed sheets do no harm."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

from kpi_lib.definitions.indicators import Unit
from kpi_lib.deliveries.delivery import Claim, Fault, Figure, PlanFigure, Reading, fault
from kpi_lib.deliveries.files.book import Book, Cell, Sheet
from kpi_lib.deliveries.tables.dates import parse_date
from kpi_lib.deliveries.tables.layout import label, normal
from kpi_lib.deliveries.tables.numbers import parse_numbers
from kpi_lib.deliveries.tables.template_form import COLUMNS_MARK, FRAME, MARK, MONTH_COLUMNS, STATUS_WORDS, VERSION, Line, department_of
from kpi_lib.periods import Calendar

_STATUS = {normal(word): status for word, status in STATUS_WORDS.items()} | {
    "th": "actual",
    "ước th": "estimate",
    "ước thực hiện": "estimate",
    "qt": "settled",
}
_NUMBERS = ("plan_assigned", "plan_adopted", "month", "cumulative", "same_period", "percent_of_plan", "percent_of_same_period")
_VERSIONS = {"plan_assigned": "assigned", "plan_adopted": "adopted"}


@dataclass(frozen=True, slots=True)
class _Form:
    """A sheet of the template: its mark, where each role stands, its coded rows."""

    sheet: Sheet
    unit: str
    year: int
    month: int
    roles: dict[str, int]
    rows: tuple[tuple[int, str, str], ...]  # row, indicator, series
    heading: int


def read_template(book: Book, unit: Unit) -> Reading | None:
    """The figures of a filled template; None when no sheet carries its mark.

    A cell that was filled in beforehand and not changed is no new figure. Every fault names its cell.
    """
    marked = [(sheet, mark) for sheet in book.sheets if (mark := _mark(sheet)) is not None]
    if not marked:
        return None
    forms, faults = [], []
    for sheet, mark in marked:
        form = _form(sheet, mark)
        if form is None:
            faults.append(fault("template_changed", file=book.file, sheet=sheet.name, found="mất hàng hoặc cột mã ẩn"))
        else:
            forms.append(form)
    if wrong := [form for form in forms if form.unit != unit.id]:
        told = fault(
            "unit_other",
            file=book.file,
            sheet=wrong[0].sheet.name,
            cell="A1",
            found=f"biểu mẫu của {wrong[0].unit!r}",
            expected=f"biểu mẫu của {unit.id!r}",
        )
        return Reading(book.file, "", "template", faults=(*faults, told, _whole(book)), unit=wrong[0].unit)
    periods = {(form.year, form.month) for form in forms}
    if len(periods) > 1:
        faults += [
            fault(
                "unit_other",
                file=book.file,
                sheet=form.sheet.name,
                cell="A1",
                found=f"trang của tháng {form.month}/{form.year}, lẫn với tháng khác",
            )
            for form in forms
        ]
    readers = [_SheetReader(book.file, unit, form) for form in forms]
    for reader in readers:
        reader.read()
    faults += _missing(book.file, unit, forms) + _twice(book.file, forms)
    prepared = next((reader.prepared for reader in readers if reader.prepared), None)
    sender = next((reader.sender for reader in readers if reader.sender), "")
    return Reading(
        book.file, "", "template", tuple(x for r in readers for x in r.figures), tuple(x for r in readers for x in r.plans),
        tuple(x for r in readers for x in r.claims), (*faults, *(x for r in readers for x in r.faults)), tuple(sorted(periods)), prepared, sender, unit.id,
    )  # fmt: skip


def _whole(book: Book) -> Fault:
    return fault(
        "table_unknown",
        file=book.file,
        found="biểu mẫu không phải của đơn vị này: không nhận ô nào",
        action="Chọn đúng đơn vị (--unit) hoặc gửi đúng biểu mẫu",
    )


def _mark(sheet: Sheet) -> list[str] | None:
    for (row, column), cell in sheet.cells.items():
        if row < 12 and column < 40 and isinstance(cell.value, str) and cell.value.startswith(f"{MARK}|"):
            parts = cell.value.split("|")
            return parts if len(parts) == 5 and parts[1] == VERSION and parts[3].isdigit() and parts[4].isdigit() else []
    return None


def _form(sheet: Sheet, mark: list[str]) -> _Form | None:
    """Where everything stands on a sheet, by its marks."""
    start = next((cell for cell in sheet.cells.values() if cell.value == COLUMNS_MARK), None)
    if start is None or not mark:
        return None
    roles = {
        str(c.value): c.column for c in sheet.cells.values() if c.row == start.row and c.column != start.column and isinstance(c.value, str)
    }
    if not {"label", "cumulative", "month"} <= set(roles):
        return None
    coded = [
        (c.row, *str(c.value).split("|")[1:])
        for c in sheet.cells.values()
        if c.column == start.column and re.fullmatch(r"row\|[^|]+\|[^|]+", str(c.value))
    ]
    return _Form(sheet, mark[2], int(mark[3]), int(mark[4]), roles, tuple(sorted(coded)), start.row + 1)  # type: ignore[arg-type]


def _missing(file: str, unit: Unit, forms: list[_Form]) -> list[Fault]:
    """Rows that the sheets handed in should have; sheets of other departments may be left out."""
    present = {key for form in forms for _, key, _ in form.rows}
    owners = {department_of(unit.indicators[key]) for key in present if key in unit.indicators}
    told = []
    for ind in unit.indicators.values():
        if department_of(ind) in owners and ind.id not in present:
            sheet = next(
                form.sheet.name
                for form in forms
                if any(department_of(unit.indicators[k]) == department_of(ind) for _, k, _ in form.rows if k in unit.indicators)
            )
            told.append(fault("row_missing", file=file, sheet=sheet, found=f"thiếu dòng ({ind.number}) {ind.name.vi}"))
    return told


def _twice(file: str, forms: list[_Form]) -> list[Fault]:
    """Rows that stand twice, on one sheet or on two: both wait."""
    seen: dict[tuple[str, str], tuple[_Form, int]] = {}
    told = []
    for form in forms:
        for row, key, series in form.rows:
            if (key, series) not in seen:
                seen[key, series] = (form, row)
                continue
            other, before = seen[key, series]
            for where, at, against in (
                (form, row, f"{other.sheet.name}, dòng {before + 1}"),
                (other, before, f"{form.sheet.name}, dòng {row + 1}"),
            ):
                cells = tuple(Cell(at, column, "").address for column in where.roles.values())
                text = str(where.sheet.value(at, where.roles["label"]) or key)
                told.append(
                    fault(
                        "row_twice",
                        file=file,
                        sheet=where.sheet.name,
                        cell=Cell(at, where.roles["label"], "").address,
                        found=f"“{text.strip()}” cũng có ở {against}",
                        holds=cells,
                    )
                )
    return told


class _SheetReader:
    """One sheet being read."""

    def __init__(self, file: str, unit: Unit, form: _Form) -> None:
        self.file, self.unit, self.form, self.sheet = file, unit, form, form.sheet
        self.figures: list[Figure] = []
        self.plans: list[PlanFigure] = []
        self.claims: list[Claim] = []
        self.faults: list[Fault] = []
        self.prepared: dt.date | None = None
        self.sender = ""
        self.values: dict[str, float] = {}

    def read(self) -> None:
        """Everything of the sheet."""
        self._head()
        self._headings()
        months = [column.role for column in MONTH_COLUMNS]
        hidden = [role for role in self.form.roles if role.startswith("was_")]
        for role in (*_NUMBERS, *months, *hidden):
            if role in self.form.roles:
                self._numbers(role)
        for row, key, series in self.form.rows:
            if key not in self.unit.indicators:
                self._told("row_unknown", row, "label", found=f"mã {key!r} không có trong danh mục của đơn vị", holds=self._row_cells(row))
            elif self._label_fits(row, key, series):
                self._row(row, Line(self.unit.indicators[key], series))
        self._strangers()
        if not self.figures and not self.plans:  # a department that handed nothing in yet owes its sheet, not each cell
            self.faults = [item for item in self.faults if item.check != "value_missing"]

    def _told(self, name: str, row: int, role: str, *, found: str, expected: str = "", holds: tuple[str, ...] = ()) -> None:
        cell = Cell(row, self.form.roles[role], "").address
        self.faults.append(fault(name, file=self.file, sheet=self.sheet.name, cell=cell, found=found, expected=expected, holds=holds))

    def _row_cells(self, row: int) -> tuple[str, ...]:
        return tuple(Cell(row, column, "").address for column in self.form.roles.values())

    def _cell(self, row: int, role: str) -> Cell | None:
        column = self.form.roles.get(role)
        return self.sheet.at(row, column) if column is not None else None

    def _text(self, row: int, role: str) -> str:
        cell = self._cell(row, role)
        return str(cell.value).strip() if cell is not None and cell.value is not None else ""

    def _value(self, row: int, role: str) -> float | None:
        cell = self._cell(row, role)
        return self.values.get(cell.address) if cell is not None else None

    def _head(self) -> None:
        for (row, column), cell in self.sheet.cells.items():
            if cell.value in ("prepared", "sender") and column == 0:
                given = next(
                    (
                        c
                        for c in sorted(self.sheet.cells.values(), key=lambda c: c.column)
                        if c.row == row and c.column > self.form.roles["month"] and not c.covered
                    ),
                    None,
                )
                if given is None or given.value is None:
                    continue
                if cell.value == "sender":
                    self.sender = str(given.value).strip()
                    continue
                self.prepared = parse_date(given.value)
                if self.prepared is None:
                    self.faults.append(
                        fault(
                            "date_bad", file=self.file, sheet=self.sheet.name, cell=given.address, found=repr(given.value), severity="warn"
                        )
                    )

    def _headings(self) -> None:
        """A visible heading that says another column's name means that figures may stand in the wrong column."""
        own = {column.role: normal(column.heading) for column in FRAME}
        for role, text in own.items():
            cell = self._cell(self.form.heading, role)
            shown = normal(cell.value) if cell is not None and cell.value is not None else ""
            other = next((r for r, t in own.items() if t == shown and r != role), None)
            if other and role in _NUMBERS:
                cells = tuple(Cell(row, self.form.roles[role], "").address for row, _, _ in self.form.rows)
                self._told(
                    "template_changed",
                    self.form.heading,
                    role,
                    found=f"tiêu đề “{shown}” ở cột của “{text}”",
                    expected=f"“{text}”",
                    holds=cells,
                )

    def _numbers(self, role: str) -> None:
        rows = {row for row, _, _ in self.form.rows}
        cells = [c for c in self.sheet.cells.values() if c.column == self.form.roles[role] and c.row in rows and not c.covered]
        if role in ("percent_of_plan", "percent_of_same_period", "same_period") or role.startswith("was_"):
            cells = [c for c in cells if isinstance(c.value, float) and not c.formula]
        values, told = parse_numbers(cells, file=self.file, sheet=self.sheet.name)
        self.values |= values
        self.faults += told

    def _label_fits(self, row: int, key: str, series: str) -> bool:
        """Whether the visible label is this row's: pasted over, a row would carry another line's figures."""
        shown, line = self._text(row, "label"), Line(self.unit.indicators[key], series)
        if label(shown) in ("", label(line.label)):
            return True
        others = {label(Line(ind, "total").label): ind for ind in self.unit.indicators.values()}
        other = others.get(label(shown))
        if other is None or other.id == key:
            return True
        self._told(
            "row_unknown",
            row,
            "label",
            found=f"“{shown}” ở dòng của “{line.label.strip()}”",
            expected=line.label.strip(),
            holds=self._row_cells(row),
        )
        self._row(row, line)
        return False

    def _row(self, row: int, line: Line) -> None:
        status = self._status(row)
        year, month = self.form.year, self.form.month
        asked, note, measure = line.asked(self._calendar(line).named(year, month)[1]), self._text(row, "note"), line.measure
        if not self._measure_fits(row, line):
            return
        common = {
            "indicator": line.indicator.id,
            "series": line.series,
            "measure": measure,
            "status": status,
            "sheet": self.sheet.name,
            "note": note,
        }
        given = {role: self._value(row, role) for role in ("month", "cumulative")}
        empty = all((c := self._cell(row, role)) is None or c.covered for role in given)
        if asked and empty and line.series == "total":
            self._told(
                "value_missing",
                row,
                "cumulative",
                found=f"“{line.label.strip()}” chưa có số tháng {month}/{year}" + (f"; ghi chú: {note}" if note else ""),
            )
        for role, value in given.items():
            if value is None:
                continue
            basis, period = self._span(line, role, year, month)
            cell = self._cell(row, role)
            assert cell is not None
            self.figures.append(Figure(basis=basis, period=period, value=value, cell=cell.address, typed=str(cell.value), **common))  # type: ignore[arg-type]
        self._restated(row, line, {**common, "status": "actual"})
        self._plan(row, line)
        self._claims(row, line)

    def _calendar(self, line: Line) -> Calendar:
        return self.unit.calendar_of(line.indicator)

    def _span(self, line: Line, role: str, year: int, month: int) -> tuple[str, str]:
        """Basis and period of a figure of the month that has this name in the calendar."""
        own, number = self._calendar(line).named(year, month)
        if role == "month" and line.adds_up:
            return "month", f"{year}-{month:02d}"
        basis = line.indicator.kind.basis
        return basis, str(own) if basis == "year" else f"{self._calendar(line).month_end(own, number)}"

    def _status(self, row: int) -> str:
        text = self._text(row, "status")
        if not text:
            return "estimate"
        found = _STATUS.get(normal(text))
        if found is None:
            cells = tuple(Cell(row, self.form.roles[role], "").address for role in ("month", "cumulative"))
            self._told("status_unknown", row, "status", found=repr(text), expected=" / ".join(STATUS_WORDS), holds=cells)
        return found or "estimate"

    def _measure_fits(self, row: int, line: Line) -> bool:
        typed = self._text(row, "measure")
        if not typed or normal(typed) == normal(line.measure):
            return True
        self._told("measure_other", row, "measure", found=f"“{typed}”", expected=f"“{line.measure}”", holds=self._row_cells(row))
        return True

    def _restated(self, row: int, line: Line, common: dict) -> None:
        own_year = self.unit.calendar.named(self.form.year, self.form.month)[0]
        for number, month in enumerate(self.unit.calendar.months(), start=1):
            year = self.unit.calendar.month_end(own_year, number).year
            now, was = self._value(row, f"m{month:02d}"), self._value(row, f"was_m{month:02d}")
            cell = self._cell(row, f"m{month:02d}")
            if now is None and was is not None and cell is None:
                self._told("value_missing", row, f"m{month:02d}", found=f"số tháng {month} đã bị xoá (trước là {was:g})")
            if now is None or cell is None or (was is not None and abs(now - was) <= 1e-9 * max(1.0, abs(was))):
                continue
            basis, period = self._span(line, "month" if line.adds_up else "cumulative", year, month)
            self.figures.append(Figure(basis=basis, period=period, value=now, cell=cell.address, typed=str(cell.value), **common))

    def _plan(self, row: int, line: Line) -> None:
        for role, version in _VERSIONS.items():
            now, was = self._value(row, role), self._value(row, f"was_{role}")
            cell = self._cell(row, role)
            if now is None or cell is None or (was is not None and abs(now - was) <= 1e-9 * max(1.0, abs(was))):
                continue
            document = self._text(row, "document")
            found = re.search(r"(\d{1,2}[/.-]\d{1,2}[/.-]\d{4})", document)
            adopted = parse_date(found[1]) if found else None
            self.plans.append(
                PlanFigure(
                    line.indicator.id,
                    self._calendar(line).named(self.form.year, self.form.month)[0],
                    now,
                    line.measure,
                    version,
                    document,
                    adopted,
                    self.sheet.name,
                    cell.address,
                    str(cell.value),
                    self._text(row, "note"),
                )
            )

    def _claims(self, row: int, line: Line) -> None:
        calendar = self._calendar(line)
        end = f"{calendar.month_end(*calendar.named(self.form.year, self.form.month))}"
        for role in ("same_period", "percent_of_plan", "percent_of_same_period"):
            value, cell = self._value(row, role), self._cell(row, role)
            if value is None or cell is None or not line.adds_up:
                continue
            measure = line.measure if role == "same_period" else "%"
            self.claims.append(
                Claim(
                    role, line.indicator.id, line.series, "cumulative", end, value, measure, self.sheet.name, cell.address, str(cell.value)
                )
            )

    def _strangers(self) -> None:
        """Rows with a label and a figure but no code: typed below or between."""
        known = {row for row, _, _ in self.form.rows}
        for row in sorted({row for row, _ in self.sheet.cells if row > self.form.heading + 1 and row not in known}):
            cells = [
                c
                for role in ("month", "cumulative")
                if (c := self._cell(row, role)) is not None and isinstance(c.value, float) and not c.covered
            ]
            if cells:
                text = self._text(row, "label") or "dòng không tên"
                self.faults.append(
                    fault(
                        "row_unknown",
                        file=self.file,
                        sheet=self.sheet.name,
                        cell=cells[0].address,
                        found=f"“{text}” không phải dòng của biểu mẫu",
                    )
                )
