"""A tidy table: one row a figure, its columns named as in `frames.DELIVERY`, in Vietnamese or English."""

from __future__ import annotations

import datetime as dt
import re
from contextlib import suppress

from kpi_lib.definitions.columns import by_weeks
from kpi_lib.definitions.frames import BASES
from kpi_lib.definitions.indicators import Indicator, Unit
from kpi_lib.definitions.measures import PLAN_PERCENT
from kpi_lib.deliveries.delivery import DeliveredFigure, Reading, Said, fault, seen
from kpi_lib.deliveries.files.book import Book, Sheet, address
from kpi_lib.deliveries.tables.dates import parse_date, parse_period
from kpi_lib.deliveries.tables.layout import label, normal
from kpi_lib.deliveries.tables.reader import STATUS_WORDS, Stated, TableReader, quoted, unread
from kpi_lib.deliveries.tables.recipes import names_of, synonyms
from kpi_lib.periods import PeriodError, span
from kpi_lib.words.messages import Text, listed
from kpi_lib.words.near import near

HEADINGS = {
    "indicator": ("indicator", "chỉ tiêu", "chi_tieu", "chitieu", "mã chỉ tiêu"),
    "series": ("series", "phần", "nhóm", "phan", "chi tiết", "phân tổ", "thành phần", "part", "breakdown"),
    "basis": ("basis", "cách tính", "cach_tinh"),
    "period": ("period", "kỳ", "ky", "kỳ báo cáo", "ky_bao_cao"),
    "value": ("value", "giá trị", "gia_tri", "số liệu", "so_lieu"),
    "measure": ("measure", "đơn vị tính", "đvt", "dvt", "don_vi_tinh"),
    "status": ("status", "loại số", "loai_so"),
    "published": ("published", "ngày công bố", "ngay_cong_bo", "ngày biết"),
    "perimeter": ("perimeter", "phạm vi", "pham_vi"),
    "source": ("source", "nguồn", "nguon"),
    "note": ("note", "ghi chú", "ghi_chu"),
    "published_assumed": ("published_assumed",),
    "grade": ("grade",),
    "precision": ("precision",),
}
_KNOWN = {normal(word): name for name, words in HEADINGS.items() for word in words}
_BASES = {
    normal(word): basis
    for basis, words in (("month", ("tháng",)), ("quarter", ("quý",)), ("cumulative", ("luỹ kế", "cộng dồn")), ("year", ("năm",)), ("level", ("mức",)), ("week", ("tuần",)))
    for word in words
}  # fmt: skip
NEEDED = ("indicator", "period", "value")


def read_tidy(book: Book, unit: Unit, stated: Stated) -> Reading | None:
    """The figures of the tidy tables, one a sheet; None when no sheet has its headings in the first rows.

    `stated` says the month of figures without a period for which somebody answers by name.
    """
    places = [(sheet, _heading(sheet)) for sheet in book.sheets]
    given = [_TidyReader(book.file, unit, sheet, *found, stated).read() for sheet, found in places if found]
    if not given:
        return None
    others = [told for sheet, found in places if found is None and (told := unread(book.file, sheet)) is not None]
    return Reading(book.file, "", "tidy", faults=tuple(others)).joined(given)


def _heading(sheet: Sheet) -> tuple[int, dict[str, int]] | None:
    """The row of the headings and the column of each."""
    for row in sorted({row for row, _ in sheet.cells})[:15]:
        columns: dict[str, int] = {}
        for column in range(min(sheet.width, 60)):
            name = _KNOWN.get(normal(sheet.value(row, column) or ""))
            if name and name not in columns:
                columns[name] = column
        if set(NEEDED) <= set(columns):
            return row, columns
    return None


class _TidyReader(TableReader):
    """One tidy table being read."""

    reader = "tidy"

    def __init__(self, file: str, unit: Unit, sheet: Sheet, heading: int, columns: dict[str, int], stated: Stated) -> None:
        super().__init__(file, unit, sheet, columns)
        self.heading, self.names, self.stated = heading, _names(unit), stated

    def read(self) -> Reading:
        """Every row that is whole; a fault for each that is not."""
        rows = [row for row in sorted({row for row, _ in self.sheet.cells}) if row > self.heading]
        for (number, column), other in self.sheet.cells.items():
            if number > self.heading and column != self.columns["value"]:
                self.left(other, "column")
        self._double_headings()
        self._unread_columns(rows)
        self.faults += self.numbers(cell for row in rows if (cell := self.cell(row, "value")) is not None)
        for row in rows:
            self._row(row)
        self._twice()
        ends = [(span(f.basis, f.period, self.calendar(self.unit.indicators[f.indicator]))[1], f.status) for f in self.figures if f.period]
        months = {(end.year, end.month) for end, status in ends if status == "estimate"} or {(end.year, end.month) for end, _ in ends}
        return self.reading([max(months)] if months else ())

    def _double_headings(self) -> None:
        for column in range(min(self.sheet.width, 60)):
            name = _KNOWN.get(normal(self.sheet.value(self.heading, column) or ""))
            if name and self.columns[name] != column:
                found = Text("column “{name}” stands twice (cell {cell})", name=name, cell=address(self.heading, column))
                self.told("header_twice", None, found=found)

    def _unread_columns(self, rows: list[int]) -> None:
        """Columns of words under a heading that nobody knows: they may say of which part a figure is."""
        for column in range(min(self.sheet.width, 60)):
            heading = str(self.sheet.value(self.heading, column) or "")
            words = any(isinstance(found := self.sheet.value(row, column), str) and any(map(str.isalpha, found)) for row in rows)
            if heading and normal(heading) not in _KNOWN and words:
                where = address(self.heading, column)
                self.faults.append(fault("column_unread", file=self.file, sheet=self.sheet.name, cell=where, found=quoted(heading)))

    def _twice(self) -> None:
        """Two values under one key."""
        latest: dict[tuple, DeliveredFigure] = {}
        for figure in (one for one in self.figures if one.period):
            key = (figure.indicator, figure.series, figure.basis, figure.period, figure.status, figure.perimeter, figure.published)
            other = latest.get(key, figure)
            if other.value != figure.value:
                found = seen("{value}, but {other} in cell {cell}", value=figure.value, other=other.value, cell=other.cell)
                row = int(re.sub(r"\D", "", figure.cell)) - 1
                self.told("row_twice", row, "value", found, holds=(other.cell, figure.cell))
            latest[key] = figure

    def _wrong(self, name: str, row: int, role: str, found: Said, expected: Said = "") -> None:
        """A fault of one cell that holds the row's figure."""
        place = role if role in self.columns else "value"
        self.told(name, row, place, found, expected=expected, holds=self.places(row, "value", place))

    def _row(self, row: int) -> None:
        cell, typed = self.cell(row, "value"), self.text(row, "indicator")
        if not typed and cell is None:
            return
        key = self.names.get(label(typed))
        if key is None:
            self._wrong("row_unknown", row, "indicator", listed((quoted(typed), near(label(typed), self.names)), ""))
            return
        ind = self.unit.indicators[key]
        period = self._period(row, ind)
        if cell is None:
            self._wrong("value_missing", row, "value", Text("line {line} has no value", line=row + 1))
        if cell is None or cell.address not in self.values or period is None:
            return
        if not self.text(row, "status"):
            self._wrong("status_unknown", row, "status", "''", listed(STATUS_WORDS, " / "))
        status, measure = self.status(row), self.measure(row, ind, also=(ind.measure, PLAN_PERCENT))
        known, published = self._published(row)
        if status is None or measure is None or not known:
            return
        self.figure(
            cell, ind, self.text(row, "series") or "total", period, measure, status, published=published,
            perimeter=self.text(row, "perimeter"), source=self.text(row, "source"), note=self.text(row, "note"),
        )  # fmt: skip

    def _period(self, row: int, ind: Indicator) -> tuple[str, str] | None:
        value, typed = self.sheet.value(row, self.columns["period"]), self.text(row, "basis")
        basis, calendar = _BASES.get(normal(typed), normal(typed)), self.calendar(ind)
        if value is None and basis in ("", *BASES):
            return self._not_said(row, ind, basis or "month")
        if basis and basis not in BASES:
            self._wrong(
                "period_unknown", row, "basis", quoted(typed), Text("one of: {bases}{way}", bases=", ".join(BASES), way=by_weeks(basis))
            )
            return None
        to_day = basis in ("cumulative", "level")
        if to_day and (day := parse_date(value)) is not None:
            return basis, f"{day}"
        found = parse_period(value, calendar=calendar)
        if found is None and basis:
            with suppress(PeriodError):
                span(basis, self.text(row, "period"), calendar)
                return basis, self.text(row, "period")
        if found is None or (basis and basis != found[0] and not (basis == "level" and found[0] == "cumulative")):
            expected = Text("A day that exists, as in 30/09/2025") if to_day else ""
            self._wrong("date_bad" if to_day else "period_unknown", row, "period", quoted(value), expected)
            return None
        return (basis or found[0]), found[1]

    def _not_said(self, row: int, ind: Indicator, basis: str) -> tuple[str, str]:
        """The span of a figure without a period: as somebody stated it by name, else none, and the figure waits."""
        place = self.places(row, "value")[0]
        found = self.span(ind, basis, *self.stated.get(f"{self.sheet.name}!{place}", (0, 0)))
        if not found[1] and self.value(row, "value") is not None:
            self.no_period(row, "period", Text("no month and year"), (place,))
        return found

    def _published(self, row: int) -> tuple[bool, dt.date | None]:
        """Whether the day is in order, and the day given, None where none is."""
        value = self.sheet.value(row, self.columns["published"]) if "published" in self.columns else None
        day = parse_date(value)
        if value is not None and day is None:
            self._wrong("date_bad", row, "published", quoted(value))
        return value is None or day is not None, day


def _names(unit: Unit) -> dict[str, str]:
    """Label for comparison -> indicator: ids, names and the other names reports use."""
    named = [(text, key) for key, ind in unit.indicators.items() for text in (ind.id, *names_of(ind))]
    named += [(text, key) for key, more in synonyms().items() if key in unit.indicators for text in more.get("total", ())]
    return {label(text): key for text, key in named}
