"""The form of the template as data, shared by its writer and its reader: columns with their marks, words, and which lines ask for what."""

from __future__ import annotations

import re
from dataclasses import dataclass

from kpi_lib.definitions.indicators import GROUPS, Indicator, Unit
from kpi_lib.periods import CALENDAR, EVERY

MARK, VERSION = "kpi-template", "1"
COLUMNS_MARK, ROW_MARK = "kpi-columns", "row"
MARK_ROW = 5  # the hidden row, from 0, that carries the columns' marks
PLAN_VERSIONS = {"plan_assigned": "assigned", "plan_adopted": "adopted"}
SERIES_WORDS = {"land": "Trong đó: thu tiền sử dụng đất", "taxes_and_fees": "Trong đó: thuế, phí và thu khác"}


@dataclass(frozen=True, slots=True)
class FormColumn:
    """A column of the form: the mark it carries in the hidden row, its heading, its width."""

    role: str
    heading: str
    width: float


FRAME = (
    FormColumn("number", "STT", 6),
    FormColumn("label", "Chỉ tiêu", 44),
    FormColumn("measure", "ĐVT", 11),
    FormColumn("plan_assigned", "Kế hoạch năm\n(cấp trên giao)", 13),
    FormColumn("plan_adopted", "Kế hoạch năm\n(đơn vị giao)", 13),
    FormColumn("month", "Thực hiện/\nƯớc tháng", 13),
    FormColumn("cumulative", "Luỹ kế từ\nđầu năm", 13),
    FormColumn("same_period", "Luỹ kế\ncùng kỳ", 13),
    FormColumn("percent_of_plan", "% kế\nhoạch", 9),
    FormColumn("percent_of_same_period", "% cùng\nkỳ", 9),
    FormColumn("status", "Loại số", 11),
    FormColumn("document", "Văn bản (nếu\nđổi kế hoạch)", 18),
    FormColumn("note", "Ghi chú", 22),
)
MONTH_COLUMNS = tuple(FormColumn(f"m{month:02d}", f"Tháng {month}", 11) for month in CALENDAR.months())


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the form: an indicator's series, and whether the month's amount and the state or sum to date are asked for."""

    indicator: Indicator
    series: str

    @property
    def code(self) -> str:
        """The mark in the hidden column."""
        return f"{ROW_MARK}|{self.indicator.id}|{self.series}"

    @property
    def label(self) -> str:
        """What stands in the column of names: for a rate made of amounts, the amounts."""
        if self.series != "total":
            return f"   {SERIES_WORDS.get(self.series, 'Trong đó: ' + self.series)}"
        return (
            self.indicator.flow_name.vi[:1].upper() + self.indicator.flow_name.vi[1:]
            if self.adds_up and self.indicator.flow_name.vi
            else self.indicator.name.vi
        )

    @property
    def measure(self) -> str:
        """Unit of measure of the figures asked for."""
        return self.indicator.natural_measure.vi

    @property
    def adds_up(self) -> bool:
        """Whether months add up to the year."""
        return self.indicator.adds_up

    def asked(self, month: int) -> bool:
        """Whether the report of a month asks for it; months by their number in the line's own year."""
        return month % EVERY[self.indicator.frequency] == 0 or self.indicator.frequency == "month"


def lines_of(unit: Unit, series: set[tuple[str, str]]) -> dict[str, list[Line]]:
    """The form's rows by department, in the order of the resolution; `series` are the (indicator, part) pairs the unit has figures of."""
    found: dict[str, list[Line]] = {}
    for ind in unit.indicators.values():
        parts = ["total", *(part for part in SERIES_WORDS if (ind.id, part) in series)]
        found.setdefault(department_of(ind), []).extend(Line(ind, part) for part in parts)
    return found


def department_of(ind: Indicator) -> str:
    """The department that answers first for a line: what stands before the first semicolon or bracket of its owner."""
    return re.sub(r"\s+", " ", re.split(r"[;(]", ind.duty.owner.vi)[0]).strip()


def sheet_names(owners: list[str]) -> dict[str, str]:
    """A short, legal and unique sheet name for each department."""
    names: dict[str, str] = {}
    for owner in owners:
        base = re.sub(r"\s+", " ", re.sub(r"[\[\]:*?/\\']", " ", owner)).strip()[:28].strip() or "Đầu mối"
        name, number = base, 2
        while name.lower() in {other.lower() for other in names.values()} | {"hướng dẫn", "history"}:
            name, number = f"{base[:27]} {number}", number + 1
        names[owner] = name
    return names


def group_heading(ind: Indicator) -> str:
    """The resolution's group of a line."""
    return GROUPS[ind.group].vi if ind.group in GROUPS else ""
