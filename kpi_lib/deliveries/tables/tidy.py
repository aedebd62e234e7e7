"""A tidy table: one row a figure, its columns named as in `frames.DELIVERY`, in Vietnamese or English."""

from __future__ import annotations

import datetime as dt

from kpi_lib.definitions.frames import BASES
from kpi_lib.definitions.indicators import Indicator, Unit
from kpi_lib.definitions.measures import PLAN_PERCENT, fits, measure_of, spelt
from kpi_lib.deliveries.delivery import Fault, Figure, Reading, fault
from kpi_lib.deliveries.files.book import Book, Cell, Sheet
from kpi_lib.deliveries.tables.dates import parse_date, parse_period
from kpi_lib.deliveries.tables.layout import label, normal
from kpi_lib.deliveries.tables.numbers import parse_numbers
from kpi_lib.deliveries.tables.recipes import synonyms
from kpi_lib.periods import Calendar, PeriodError, span

HEADINGS = {
    "indicator": ("indicator", "chỉ tiêu", "chi_tieu", "chitieu", "mã chỉ tiêu"),
    "series": ("series", "phần", "nhóm", "phan"),
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
_BASES = {"tháng": "month", "quý": "quarter", "luỹ kế": "cumulative", "năm": "year", "mức": "level", "cộng dồn": "cumulative"}
_STATUSES = {
    "ước": "estimate", "ước tính": "estimate", "estimate": "estimate", "thực hiện": "actual", "chính thức": "actual", "actual": "actual",
    "quyết toán": "settled", "settled": "settled",
}  # fmt: skip
NEEDED = ("indicator", "period", "value")


def read_tidy(book: Book, unit: Unit) -> Reading | None:
    """The figures of a tidy table; None when no sheet has its headings in the first rows."""
    for sheet in book.sheets:
        found = _heading(sheet)
        if found is not None:
            return _TidyReader(book.file, unit, sheet, *found).read()
    return None


def _heading(sheet: Sheet) -> tuple[int, dict[str, int]] | None:
    """The row of the headings and the column of each."""
    known = {normal(word): name for name, words in HEADINGS.items() for word in words}
    for row in sorted({row for row, _ in sheet.cells})[:15]:
        columns: dict[str, int] = {}
        for column in range(min(sheet.width, 60)):
            name = known.get(normal(sheet.value(row, column) or ""))
            if name and name not in columns:
                columns[name] = column
        if set(NEEDED) <= set(columns):
            return row, columns
    return None


class _TidyReader:
    """One tidy table being read."""

    def __init__(self, file: str, unit: Unit, sheet: Sheet, heading: int, columns: dict[str, int]) -> None:
        self.file, self.unit, self.sheet, self.heading, self.columns = file, unit, sheet, heading, columns
        self.faults: list[Fault] = []
        names = [
            (label(text), key)
            for key, ind in unit.indicators.items()
            for text in (ind.id, ind.name.vi, ind.short.vi, ind.flow_name.vi)
            if text
        ]
        names += [(label(text), key) for key, more in synonyms().items() if key in unit.indicators for text in more.get("total", ())]
        self.names = dict(names)

    def read(self) -> Reading:
        """Every row that is whole; a fault for each that is not."""
        rows = [row for row in sorted({row for row, _ in self.sheet.cells}) if row > self.heading]
        self._double_headings()
        cells = [cell for row in rows if (cell := self.sheet.at(row, self.columns["value"])) is not None]
        values, told = parse_numbers(cells, file=self.file, sheet=self.sheet.name)
        self.faults += [item for item in told if self.sheet.name or item.check != "number_text"]  # every cell of a CSV is text
        figures: list[Figure] = []
        seen: dict[tuple, Figure] = {}
        for row in rows:
            figure = self._figure(row, values)
            if figure is None:
                continue
            key = (figure.indicator, figure.series, figure.basis, figure.period, figure.status, figure.perimeter, figure.published)
            if key in seen and seen[key].value != figure.value:
                self._told(
                    "row_twice",
                    row,
                    "value",
                    f"{figure.value:g}, khác {seen[key].value:g} ở ô {seen[key].cell}",
                    (seen[key].cell, figure.cell),
                )
            seen[key] = figure
            figures.append(figure)
        ends = [(span(f.basis, f.period, self._calendar(f.indicator))[1], f.status) for f in figures]
        months = {(end.year, end.month) for end, status in ends if status == "estimate"} or {(end.year, end.month) for end, _ in ends}
        return Reading(self.file, "", "tidy", tuple(figures), faults=tuple(self.faults), months=(max(months),) if months else ())

    def _calendar(self, key: str) -> Calendar:
        """How the years of a line are counted."""
        return self.unit.calendar_of(self.unit.indicators[key]) if key in self.unit.indicators else self.unit.calendar

    def _double_headings(self) -> None:
        known = {normal(word): name for name, words in HEADINGS.items() for word in words}
        for column in range(min(self.sheet.width, 60)):
            name = known.get(normal(self.sheet.value(self.heading, column) or ""))
            if name and self.columns[name] != column:
                place = Cell(self.heading, column, "").address
                self.faults.append(fault("header_twice", file=self.file, sheet="", cell="", found=f"cột “{name}” có hai lần (ô {place})"))

    def _told(self, name: str, row: int, column: str, found: str, holds: tuple[str, ...] = (), expected: str = "") -> None:
        own = Cell(row, self.columns["value"], "").address
        place = Cell(row, self.columns[column], "").address if column in self.columns else own
        self.faults.append(
            fault(name, file=self.file, sheet=self.sheet.name, cell=place, found=found, expected=expected, holds=holds or (own, place))
        )

    def _text(self, row: int, name: str) -> str:
        value = self.sheet.value(row, self.columns[name]) if name in self.columns else None
        if isinstance(value, float) and value == int(value):
            return str(int(value))
        return "" if value is None else str(value).strip()

    def _figure(self, row: int, values: dict[str, float]) -> Figure | None:
        cell = self.sheet.at(row, self.columns["value"])
        key = self.names.get(label(self._text(row, "indicator")))
        if not self._text(row, "indicator") and cell is None:
            return None
        if key is None:
            self._told("row_unknown", row, "indicator", f"“{self._text(row, 'indicator')}”")
            return None
        period = self._period(row)
        if cell is None:
            self._told("value_missing", row, "value", f"dòng {row + 1} không có giá trị")
        if cell is None or cell.address not in values or period is None:
            return None
        ind = self.unit.indicators[key]
        status = self._status(row)
        measure = self._measure(row, ind)
        known, published = self._published(row)
        if status is None or measure is None or not known:
            return None
        return Figure(
            key, self._text(row, "series") or "total", period[0], period[1], values[cell.address], measure, status, self.sheet.name, cell.address,
            str(cell.value), perimeter=self._text(row, "perimeter"), source=self._text(row, "source"), note=self._text(row, "note"), published=published,
        )  # fmt: skip

    def _period(self, row: int) -> tuple[str, str] | None:
        value = self.sheet.value(row, self.columns["period"])
        basis = normal(self._text(row, "basis"))
        basis = {normal(word): name for word, name in _BASES.items()}.get(basis, basis)
        if basis and basis not in BASES:
            self._told(
                "period_unknown", row, "basis", f"“{self._text(row, 'basis')}”", expected=f"cách tính là một trong: {', '.join(BASES)}"
            )
            return None
        if basis in ("cumulative", "level"):
            day = parse_date(value)
            if day is not None:
                return basis, f"{day}"
        calendar = self._calendar(self.names.get(label(self._text(row, "indicator")), ""))
        found = parse_period(value, calendar=calendar)
        if found is None and basis in BASES:
            try:
                span(basis, self._text(row, "period"), calendar)
                return basis, self._text(row, "period")
            except PeriodError:
                pass
        if found is None or (basis and basis != found[0] and not (basis == "level" and found[0] == "cumulative")):
            name = "date_bad" if basis in ("cumulative", "level") else "period_unknown"
            self._told(name, row, "period", f"“{value}”", expected="Ngày có thật, dạng 30/09/2025" if name == "date_bad" else "")
            return None
        return (basis or found[0]), found[1]

    def _status(self, row: int) -> str | None:
        text = self._text(row, "status")
        found = {normal(word): name for word, name in _STATUSES.items()}.get(normal(text)) if text else None
        if found is None:
            self._told("status_unknown", row, "status", repr(text), expected="ước / thực hiện / quyết toán")
        return found

    def _measure(self, row: int, ind: Indicator) -> str | None:
        typed = self._text(row, "measure")
        natural = ind.natural_measure
        if not typed:
            self._told("measure_unknown", row, "measure", "không ghi đơn vị tính", expected=natural.vi)
            return None
        found = measure_of(normal(typed))
        if found in (natural, ind.measure, PLAN_PERCENT):
            return next(own.vi for own in (natural, ind.measure, PLAN_PERCENT) if own == found)
        if fits(found.vi, natural):
            return spelt(found, natural)
        self._told("measure_other" if found.known else "measure_unknown", row, "measure", f"“{typed}”", expected=natural.vi)
        return None

    def _published(self, row: int) -> tuple[bool, dt.date | None]:
        """Whether the day is in order, and the day given, None where none is."""
        value = self.sheet.value(row, self.columns["published"]) if "published" in self.columns else None
        if value is None:
            return True, None
        day = parse_date(value)
        if day is None:
            self._told("date_bad", row, "published", f"“{value}”")
        return day is not None, day
