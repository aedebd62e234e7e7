"""The filled template as figures: found by its hidden marks, so that moved rows, columns and renamed sheets do no harm."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from kpi_lib.definitions.indicators import Unit
from kpi_lib.definitions.measures import same_measure
from kpi_lib.deliveries.delivery import Fault, InMeasure, Reading, fault, named, seen
from kpi_lib.deliveries.files.book import Book, Cell, Sheet, address
from kpi_lib.deliveries.tables.dates import parse_date
from kpi_lib.deliveries.tables.layout import label, normal
from kpi_lib.deliveries.tables.reader import TableReader, quoted, unread
from kpi_lib.deliveries.tables.template_form import (
    COLUMNS_MARK,
    FRAME,
    GUIDE,
    MARK,
    MONTH_COLUMNS,
    PLAN_VERSIONS,
    VERSION,
    Line,
    department_of,
)
from kpi_lib.words.messages import Field, Text, languages

_FIGURES = ("month", "cumulative")
_CLAIMS = ("same_period", "percent_of_plan", "percent_of_same_period")
_FILLED = (*PLAN_VERSIONS, *_FIGURES, *(column.role for column in MONTH_COLUMNS))


@dataclass(frozen=True, slots=True)
class _Form:
    """A sheet of the template: its mark, where each role stands, its coded rows."""

    sheet: Sheet
    unit: str
    month: tuple[int, int]
    roles: dict[str, int]
    rows: tuple[tuple[int, str, str], ...]  # row, indicator, series
    heading: int


def read_template(book: Book, unit: Unit) -> Reading | None:
    """The figures of a filled template; None when no sheet carries its mark.

    A cell that was filled in beforehand and not changed is no new figure. Every fault names its cell.
    """
    marked = [(sheet, _form(sheet, mark)) for sheet in book.sheets if (mark := _mark(sheet)) is not None]
    if not marked:
        return None
    forms = [form for _, form in marked if form is not None]
    lost = [sheet.name for sheet, form in marked if form is None]
    faults = [
        fault("template_changed", file=book.file, sheet=name, found=Text("the hidden row or column of marks is gone")) for name in lost
    ]
    if wrong := next((form for form in forms if form.unit != unit.id), None):
        faults += _of_another(book.file, wrong, unit)
        return Reading(book.file, "", "template", faults=tuple(faults), unit=wrong.unit)
    months = sorted({form.month for form in forms})
    for form in forms if len(months) > 1 else ():
        mixed = Text("a sheet of {month}/{year} among those of another month", month=form.month[1], year=form.month[0])
        faults.append(fault("unit_other", file=book.file, sheet=form.sheet.name, cell="A1", found=mixed))
    given = [_FormReader(book.file, unit, form).read() for form in forms]
    guides = {GUIDE[lang] for lang in languages()}
    others = [sheet for sheet in book.sheets if sheet.name not in {*guides, *(sheet.name for sheet, _ in marked)}]
    told = (*faults, *_unmarked(book.file, unit, others), *_missing(book.file, unit, forms), *_twice(book.file, forms))
    own = tuple((s.name, c.address, "form") for s in book.sheets if s.name in guides for c in s.cells.values() if c.number_like)
    return Reading(book.file, "", "template", faults=told, months=tuple(months), unit=unit.id, aside=own).joined(given)


def _unmarked(file: str, unit: Unit, others: list[Sheet]) -> list[Fault]:
    """Sheets beside the form's that carry no mark: one that was the form's is refused, any other with numbers is named."""
    labels = {label(Line(ind, "total").label[lang]) for ind in unit.indicators.values() for lang in languages()}
    told = []
    for sheet in others:
        texts = [cell.value for cell in sheet.cells.values() if isinstance(cell.value, str)]
        if any(re.match(r"row\|[^|]+\||was_m\d\d$", text) or label(text) in labels for text in texts):
            found = Text("the hidden row or column of marks is gone")
            told.append(fault("template_changed", file=file, sheet=sheet.name, found=found))
        elif told_of := unread(file, sheet):
            told.append(told_of)
    return told


def _of_another(file: str, form: _Form, unit: Unit) -> list[Fault]:
    """A form of another unit: nothing of the file is taken."""
    found, expected = (Text("a form of {unit}", unit=repr(name)) for name in (form.unit, unit.id))
    nothing, way_out = (
        Text("a form of another unit: no cell of it is taken"),
        Text("Choose the right unit (--unit), or send the right form"),
    )
    return [
        fault("unit_other", file=file, sheet=form.sheet.name, cell="A1", found=found, expected=expected),
        fault("table_unknown", file=file, found=nothing, action=way_out),
    ]


def _mark(sheet: Sheet) -> list[str] | None:
    for (row, column), cell in sheet.cells.items():
        if row < 12 and column < 40 and isinstance(cell.value, str) and cell.value.startswith(f"{MARK}|"):
            parts = cell.value.split("|")
            return parts if len(parts) == 5 and parts[1] == VERSION and parts[3].isdigit() and parts[4].isdigit() else []
    return None


def _form(sheet: Sheet, mark: list[str]) -> _Form | None:
    """Where everything stands on a sheet, by its marks."""
    cells = sheet.cells.values()
    start = next((cell for cell in cells if cell.value == COLUMNS_MARK), None)
    if start is None or not mark:
        return None
    roles = {str(c.value): c.column for c in cells if c.row == start.row and c.column != start.column and isinstance(c.value, str)}
    if not {"label", *_FIGURES} <= set(roles):
        return None
    codes = ((c.row, re.fullmatch(r"row\|([^|]+)\|([^|]+)", str(c.value))) for c in cells if c.column == start.column)
    rows = sorted((row, code[1], code[2]) for row, code in codes if code)
    return _Form(sheet, mark[2], (int(mark[3]), int(mark[4])), roles, tuple(rows), start.row + 1)


def _missing(file: str, unit: Unit, forms: list[_Form]) -> list[Fault]:
    """Rows that the sheets handed in should have; sheets of other departments may be left out."""
    owners: dict[str, str] = {}
    present = {key: form.sheet.name for form in forms for _, key, _ in form.rows if key in unit.indicators}
    for key, sheet in present.items():
        owners.setdefault(department_of(unit.indicators[key], unit.lang), sheet)
    return [
        fault(
            "row_missing",
            file=file,
            sheet=owners[department_of(ind, unit.lang)],
            found=Text("row ({number}) {name} is missing", number=ind.number, name=named(ind.name)),
        )
        for ind in unit.indicators.values()
        if department_of(ind, unit.lang) in owners and ind.id not in present
    ]


def _twice(file: str, forms: list[_Form]) -> list[Fault]:
    """Rows that stand twice, on one sheet or on two: both wait."""
    firsts: dict[tuple[str, str], tuple[_Form, int]] = {}
    told = []
    for form in forms:
        for row, key, series in form.rows:
            first = firsts.setdefault((key, series), (form, row))
            if first != (form, row):
                told += [_twin(file, key, (form, row), first), _twin(file, key, first, (form, row))]
    return told


def _twin(file: str, key: str, place: tuple[_Form, int], other: tuple[_Form, int]) -> Fault:
    (form, row), (against, line) = place, other
    text = str(form.sheet.value(row, form.roles["label"]) or key).strip()
    return fault(
        "row_twice", file=file, sheet=form.sheet.name, cell=address(row, form.roles["label"]),
        found=Text("“{text}” stands also on “{sheet}”, line {line}", text=text, sheet=against.sheet.name, line=line + 1), holds=tuple(address(row, c) for c in form.roles.values()),
    )  # fmt: skip


class _FormReader(TableReader):
    """One sheet of the template being read."""

    reader = "template"

    def __init__(self, file: str, unit: Unit, form: _Form) -> None:
        super().__init__(file, unit, form.sheet, form.roles)
        self.form, self.month = form, form.month

    def read(self) -> Reading:
        """Everything of the sheet."""
        prepared, sender = self._given("prepared"), self._given("sender")
        day = parse_date(prepared.value) if prepared is not None else None
        if prepared is not None and day is None:
            place = {"file": self.file, "sheet": self.sheet.name, "cell": prepared.address}
            self.faults.append(fault("date_bad", found=quoted(prepared.written), severity="warn", **place))  # type: ignore[arg-type]
        self._headings()
        self._aside()
        for role in self.columns:
            self._numbers(role)
        for row, key, series in self.form.rows:
            if key not in self.unit.indicators:
                found = Text("the unit has no indicator {key}", key=repr(key))
                self.told("row_unknown", row, "label", found, holds=self.places(row))
            else:
                self._row(row, Line(self.unit.indicators[key], series))
        self._strangers()
        if not self.figures and not self.plans:  # a department that handed nothing in yet owes its sheet, not each cell
            self.faults = [item for item in self.faults if item.check != "value_missing"]
        return replace(self.reading([self.month]), prepared=day, sender=str(sender.value).strip() if sender is not None else "")

    def _given(self, name: str) -> Cell | None:
        """What the sender wrote beside a word of the head, marked in the hidden column."""
        rows = [row for (row, column), cell in self.sheet.cells.items() if column == 0 and cell.value == name]
        places = ((row, column) for row in rows[:1] for column in range(self.columns["month"] + 1, self.sheet.width))
        cells = (self.sheet.at(*place) for place in places)
        return next((cell for cell in cells if cell is not None and not cell.covered and cell.value is not None), None)

    def _headings(self) -> None:
        """A visible heading that says another column's name means that figures may stand in the wrong column."""
        own = {normal(column.heading[lang]): column.role for column in FRAME for lang in languages()}
        for column in FRAME:
            role, shown, heading = column.role, normal(self.text(self.form.heading, column.role)), column.heading[self.unit.lang]
            if shown in own and own[shown] != role and role in (*_FILLED, *_CLAIMS):
                holds, found = (
                    tuple(address(row, self.columns[role]) for row, _, _ in self.form.rows),
                    Text("heading “{shown}” over the column of “{own}”", shown=shown, own=normal(heading)),
                )
                self.told("template_changed", self.form.heading, role, found, expected=quoted(normal(heading)), holds=holds)

    def _aside(self) -> None:
        """What the form itself holds: its headings, its numbering, what it was filled with, its formulas."""
        rows, asked = {row for row, _, _ in self.form.rows}, {self.columns[role] for role in _FIGURES}
        for (row, column), cell in self.sheet.cells.items():
            if row <= self.form.heading + 1 or (row in rows and column not in asked):
                self.left(cell, "form")

    def _numbers(self, role: str) -> None:
        """The numbers of a column; what the form filled in itself counts only where it is a true number."""
        ours = role in _CLAIMS or role.startswith("was_")
        if ours or role in _FILLED:
            cells = (cell for row, _, _ in self.form.rows if (cell := self.cell(row, role)) is not None)
            self.faults += self.numbers(c for c in cells if not ours or (isinstance(c.value, float) and not c.formula))

    def _row(self, row: int, line: Line) -> None:
        self._label(row, line)
        status, note, typed = self.status(row) or "estimate", self.text(row, "note"), self.text(row, "measure")
        if typed and not same_measure(typed, line.measure):
            self.told("measure_other", row, "measure", quoted(typed), expected=InMeasure(line.measure), holds=self.places(row))
        self._asked(row, line, note)
        for role in _FIGURES:
            if self.value(row, role) is not None:
                self._figure(row, role, line, self.span(line.indicator, role, *self.month), status, note)
        self._restated(row, line, note)
        for role, version in PLAN_VERSIONS.items():
            if (cell := self._changed(row, role)) is not None:
                document = self.text(row, "document")
                dated = re.search(r"(\d{1,2}[/.-]\d{1,2}[/.-]\d{4})", document)
                adopted = parse_date(dated[1]) if dated else None
                self.plan(cell, line.indicator, self.month, line.measure, version, document, adopted, note)
        for kind in _CLAIMS if line.adds_up else ():
            if self.value(row, kind) is not None:
                self.claim(kind, self._sure(row, kind), line.indicator, line.series, self.month, line.measure)  # type: ignore[arg-type]

    def _label(self, row: int, line: Line) -> None:
        """Whether the visible label is this row's: pasted over, a row would carry another line's figures."""
        shown = self.text(row, "label")
        ours = {label(line.label[lang]) for lang in languages()}
        others = {label(Line(ind, "total").label[lang]): ind for ind in self.unit.indicators.values() for lang in languages()}
        other = others.get(label(shown)) if label(shown) not in ours else None
        if other is not None and other.id != line.indicator.id:
            found = Text("“{shown}” in the row of “{own}”", shown=shown, own=line.label)
            self.told("row_unknown", row, "label", found, expected=line.label, holds=self.places(row))

    def _asked(self, row: int, line: Line, note: str) -> None:
        """The figure the month asks for, where its cells are empty."""
        number = self.calendar(line.indicator).named(*self.month)[1]
        cells = [self.cell(row, role) for role in _FIGURES]
        if line.series == "total" and line.asked(number) and all(cell is None or cell.covered for cell in cells):
            fields: dict[str, Field] = {"line": line.label, "month": self.month[1], "year": self.month[0]}
            found = Text("“{line}” has no figure of {month}/{year}", **fields)
            self.told("value_missing", row, "cumulative", Text("{found}; note: {note}", found=found, note=note) if note else found)

    def _restated(self, row: int, line: Line, note: str) -> None:
        """Figures of past months that no longer say what the form was filled with."""
        calendar = self.unit.calendar
        own_year = calendar.named(*self.month)[0]
        for number, month in enumerate(calendar.months(), start=1):
            role = f"m{month:02d}"
            was = self.value(row, f"was_{role}")
            if was is not None and self.cell(row, role) is None:
                self.told("value_missing", row, role, seen("the figure of month {month} was deleted (it was {was})", month=month, was=was))
            if self._changed(row, role) is not None:
                year = calendar.month_end(own_year, number).year
                span = self.span(line.indicator, "month" if line.adds_up else "cumulative", year, month)
                self._figure(row, role, line, span, "actual", note)

    def _changed(self, row: int, role: str) -> Cell | None:
        """A cell whose number is not the one the form was filled with; None where it is, and where there is none."""
        now, was = self.value(row, role), self.value(row, f"was_{role}")
        same = now is None or (was is not None and abs(now - was) <= 1e-9 * max(1.0, abs(was)))
        return None if same else self.cell(row, role)

    def _figure(self, row: int, role: str, line: Line, span: tuple[str, str], status: str, note: str) -> None:
        self.figure(self._sure(row, role), line.indicator, line.series, span, line.measure, status, note=note)

    def _sure(self, row: int, role: str) -> Cell:
        return self.sheet.cells[row, self.columns[role]]

    def _strangers(self) -> None:
        """Rows with a label and a figure but no code: typed below or between."""
        known = {row for row, _, _ in self.form.rows}
        for row in sorted({row for row, _ in self.sheet.cells if row > self.form.heading + 1 and row not in known}):
            filled = [role for role in (*_FIGURES, *_FILLED) if (c := self.cell(row, role)) is not None and c.number_like]
            if filled:
                typed = self.text(row, "label")
                found = Text("“{row}” is no row of the form", row=typed) if typed else Text("a row without a name is no row of the form")
                self.told("row_unknown", row, filled[0], found, holds=self.places(row, *filled))
