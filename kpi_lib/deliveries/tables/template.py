"""The workbook departments fill in: one sheet a department in the familiar frame, previous months filled in, a guide in Vietnamese."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from kpi_lib.definitions.frames import KpiError
from kpi_lib.definitions.indicators import Unit
from kpi_lib.definitions.measures import factor, measure_of
from kpi_lib.definitions.targets import plan_values
from kpi_lib.deliveries.tables.reader import STATUS_WORDS
from kpi_lib.deliveries.tables.template_form import (
    COLUMNS_MARK,
    FRAME,
    MARK,
    MARK_ROW,
    MONTH_COLUMNS,
    PLAN_VERSIONS,
    VERSION,
    Line,
    group_heading,
    lines_of,
    sheet_names,
)
from kpi_lib.figures import histories as fg
from kpi_lib.figures.boundaries import usable
from kpi_lib.periods import MONTHS, month_end

FILL, RESTATE, OFF = "#FFF2CC", "#DDEBF7", "#E7E6E6"
FIRST = 8  # first row of the table's rows, from 0
AT = {column.role: number for number, column in enumerate(FRAME, start=1)}
FIRST_MONTH = len(FRAME) + 2  # a narrow empty column stands between
FIRST_WAS = FIRST_MONTH + MONTHS + 1
WAS_PLAN = {"plan_assigned": FIRST_WAS + MONTHS, "plan_adopted": FIRST_WAS + MONTHS + 1}


def template_name(unit: Unit, year: int, month: int) -> str:
    """A file name every system and mail program takes."""
    return f"bieu-mau-{unit.id}-{year}-{month:02d}.xlsx"


def write_template(
    unit: Unit, year: int, path: Path, *, month: int, obs: pd.DataFrame, plans: pd.DataFrame, as_of: dt.date | None = None
) -> Path:
    """Write the form of one month for every department of a unit.

    Parameters
    ----------
    obs : observations of the unit (`frames.OBSERVATIONS`); what is known fills the previous months and last year's column.
    plans : versions of the yearly plans (`frames.PLANS`); those in force on `as_of` (by default the month's end) fill the plan columns.
    """
    import xlsxwriter

    if not 1 <= month <= MONTHS:
        raise KpiError(f"tháng {month} không có; cần 1 đến {MONTHS}.")
    own = usable(obs, unit)
    path.parent.mkdir(parents=True, exist_ok=True)
    with xlsxwriter.Workbook(str(path), {"strings_to_formulas": False, "strings_to_urls": False}) as book:
        book.set_properties({"title": f"Biểu số liệu tháng {month}/{year} – {unit.name.vi}", "created": dt.datetime(year, month, 1)})
        book.set_calc_mode("auto")
        writer = _Writer(book, unit, year, month, own, plans, as_of or month_end(year, month))
        writer.guide()
        series = set(zip(own["indicator"], own["series"], strict=True))
        departments = lines_of(unit, series)
        names = sheet_names(list(departments))
        for owner, lines in departments.items():
            writer.department(names[owner], owner, lines)
    return path


class _Writer:
    """The workbook being written, its formats and what is known."""

    def __init__(self, book: Any, unit: Unit, year: int, month: int, obs: pd.DataFrame, plans: pd.DataFrame, as_of: dt.date) -> None:
        self.book, self.unit, self.year, self.month, self.plans, self.as_of = book, unit, year, month, plans, as_of
        self.obs = obs
        self.own_year, self.number = unit.calendar.named(year, month)
        self.months = {month: number for number, month in enumerate(unit.calendar.months())}  # in the order of the unit's year
        self.formats: dict[tuple, Any] = {}

    def format(self, **more: Any) -> Any:
        """A cell format in the form's type; made once."""
        key = tuple(sorted(more.items()))
        if key not in self.formats:
            self.formats[key] = self.book.add_format({"font_name": "Times New Roman", "font_size": 11, "valign": "vcenter", **more})
        return self.formats[key]

    def guide(self) -> None:
        """The first sheet: what to do, on one page."""
        sheet = self.book.add_worksheet("Hướng dẫn")
        sheet.hide_gridlines(2)
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 1)
        sheet.set_column(0, 0, 4)
        sheet.set_column(1, 1, 100)
        sheet.write_string(
            0, 0, f"HƯỚNG DẪN ĐIỀN BIỂU THÁNG {self.month}/{self.year} – {self.unit.name.vi.upper()}", self.format(bold=True, font_size=14)
        )
        if self.unit.mark:
            sheet.write_string(1, 0, self.unit.mark.vi, self.format(bold=True, font_color="#C00000"))
        due, start = self.unit.deadline(self.year, self.month), self.unit.calendar.start(self.own_year)
        steps = (
            f"Hạn gửi: ngày {due:%d/%m/%Y}. Mỗi đầu mối điền trang mang tên mình; có thể gửi riêng tệp hoặc gửi chung một tệp.",
            "Ô màu vàng là ô phải điền của tháng này. Ô màu xanh là số các tháng trước: chỉ sửa khi số cũ được điều chỉnh. Ô xám không áp dụng trong tháng này.",
            f"“Thực hiện/Ước tháng” là số của RIÊNG tháng báo cáo; “Luỹ kế từ đầu năm” là số từ {start.day}/{start.month} đến hết tháng báo cáo (chỉ tiêu tỷ lệ: mức tại cuối tháng). Điền cả hai: hai ô kiểm tra lẫn nhau.",
            "“Loại số”: Ước (chưa hết tháng), Thực hiện (đã chốt tháng), Quyết toán. Số ước sẽ được thay bằng số thực hiện ở tháng sau: sửa ô xanh của tháng đó.",
            "Đúng đơn vị tính ghi ở cột ĐVT. Gõ số, không gõ chữ vào ô số (không “12 tỷ”, không “như trên”); phần thập phân theo máy của bạn.",
            "Chưa có số: để trống và ghi lý do ở cột Ghi chú. Không điền 0 thay cho “chưa có”.",
            "Kế hoạch năm thay đổi: sửa cột kế hoạch và ghi số, ngày văn bản ở cột Văn bản. Không có văn bản thì số kế hoạch mới sẽ chờ xác nhận.",
            "Không xoá, không chèn dòng, cột. Lỡ sửa tiêu đề hoặc đổi chỗ dòng vẫn đọc được nhờ mã ẩn; nếu không đọc được, hệ thống báo đúng ô cần sửa.",
            "Số sai không làm hỏng số đúng: ô đúng được nhận ngay, ô sai chờ sửa, và có một biên bản ghi rõ trang, ô, thấy gì, cần gì, làm gì.",
        )
        for number, text in enumerate(steps, start=1):
            sheet.write_number(number + 2, 0, number, self.format(bold=True, align="center", valign="top"))
            sheet.write_string(number + 2, 1, text, self.format(text_wrap=True, font_size=13))
            sheet.set_row(number + 2, 36)
        for offset, (colour, text) in enumerate(
            ((FILL, "phải điền"), (RESTATE, "chỉ sửa khi điều chỉnh số cũ"), (OFF, "không áp dụng, đã khoá"))
        ):
            sheet.write_blank(13 + offset, 0, None, self.format(bg_color=colour, border=1))
            sheet.write_string(13 + offset, 1, text, self.format(font_size=13))
        sheet.protect("", {"select_unlocked_cells": True})

    def department(self, name: str, owner: str, lines: Sequence[Line]) -> None:
        """One department's sheet."""
        sheet = self.book.add_worksheet(name)
        self._page(sheet, owner)
        self._headings(sheet)
        row, group = FIRST, None
        for line in lines:
            if line.indicator.group != group:
                group = line.indicator.group
                sheet.merge_range(
                    row, 1, row, len(FRAME), group_heading(line.indicator), self.format(bold=True, border=1, bg_color="#F2F2F2")
                )
                row += 1
            self._row(sheet, row, line)
            row += 1
        sheet.print_area(0, 1, row, len(FRAME))
        sheet.write_string(row + 1, AT["label"], "Người lập biểu (ký, ghi rõ họ tên)", self.format(italic=True))
        sheet.write_string(row + 1, AT["month"], "Thủ trưởng đơn vị (ký, đóng dấu)", self.format(italic=True))
        options = {"select_locked_cells": True, "select_unlocked_cells": True, "format_columns": True, "format_rows": True}
        sheet.protect("", options)

    def _page(self, sheet: Any, owner: str) -> None:
        sheet.hide_gridlines(2)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.set_margins(left=0.5, right=0.4, top=0.6, bottom=0.6)
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(6, 7)
        sheet.freeze_panes(FIRST, AT["label"] + 1)
        mark = f" – {self.unit.mark.vi}" if self.unit.mark else ""
        name = self.unit.name.vi[:90].replace("&", "&&")  # a footer holds 255 characters, and & begins a code
        sheet.set_footer(f"&L {name} – biểu tháng {self.month}/{self.year}{mark}&RTrang &P/&N")
        sheet.set_column(0, 0, 2, None, {"hidden": True})
        for column in (*FRAME, *MONTH_COLUMNS):
            place = AT.get(column.role) or FIRST_MONTH + self.months[int(column.role[1:])]
            sheet.set_column(place, place, column.width)
        sheet.set_column(len(FRAME) + 1, len(FRAME) + 1, 2)
        sheet.set_column(FIRST_WAS, WAS_PLAN["plan_adopted"], 2, None, {"hidden": True})
        sheet.write_string(0, 0, f"{MARK}|{VERSION}|{self.unit.id}|{self.year}|{self.month}")
        sheet.write_string(0, 1, owner, self.format(bold=True))
        title = self.format(bold=True, font_size=14, align="center")
        sheet.merge_range(1, 1, 1, len(FRAME), f"BIỂU SỐ LIỆU THÁNG {self.month} NĂM {self.year}", title)
        sheet.merge_range(
            2,
            1,
            2,
            len(FRAME),
            f"{self.unit.name.vi}{mark}",
            self.format(align="center", bold=bool(mark), font_color="#C00000" if mark else "#000000"),
        )
        sheet.write_string(3, AT["label"], f"Hạn gửi: {self.unit.deadline(self.year, self.month):%d/%m/%Y}", self.format(italic=True))
        fill = self.format(bg_color=FILL, border=1, locked=False, num_format="dd/mm/yyyy", align="left")
        plain = self.format(bg_color=FILL, border=1, locked=False, align="left")
        sheet.write_string(3, AT["month"], "Ngày lập:", self.format(align="right"))
        sheet.merge_range(3, AT["cumulative"], 3, AT["same_period"], "", fill)
        sheet.write_string(4, AT["month"], "Người lập:", self.format(align="right"))
        sheet.merge_range(4, AT["cumulative"], 4, AT["status"], "", plain)
        sheet.write_string(3, 0, "prepared")
        sheet.write_string(4, 0, "sender")
        calendar = self.unit.calendar
        bounds = {
            "validate": "date",
            "criteria": "between",
            "minimum": calendar.start(self.own_year),
            "maximum": calendar.end(self.own_year + 1),
        }
        sheet.data_validation(3, AT["cumulative"], 3, AT["cumulative"], {**bounds, "input_message": "Ngày lập biểu, dạng ngày/tháng/năm"})

    def _headings(self, sheet: Any) -> None:
        sheet.set_row(MARK_ROW, None, None, {"hidden": True})
        sheet.set_row(6, 44)
        sheet.write_string(MARK_ROW, 0, COLUMNS_MARK)
        head = self.format(bold=True, border=1, align="center", text_wrap=True, bg_color="#D9E1F2")
        small = self.format(border=1, align="center", italic=True, font_size=9)
        for column in (*FRAME, *MONTH_COLUMNS):
            place = AT.get(column.role) or FIRST_MONTH + self.months[int(column.role[1:])]
            sheet.write_string(MARK_ROW, place, column.role)
            sheet.write_string(6, place, column.heading, head)
            sheet.write_string(7, place, str(place) if place <= len(FRAME) else "điều chỉnh", small)
        sheet.write_string(7, AT["percent_of_plan"], "9=7/5 hoặc 7/4", small)
        sheet.write_string(7, AT["percent_of_same_period"], "10=7/8", small)
        for month, number in self.months.items():
            sheet.write_string(MARK_ROW, FIRST_WAS + number, f"was_m{month:02d}")
        for role, place in WAS_PLAN.items():
            sheet.write_string(MARK_ROW, place, f"was_{role}")

    def _row(self, sheet: Any, row: int, line: Line) -> None:
        part = line.series != "total"
        sheet.write_string(row, 0, line.code)
        sheet.set_row(row, 32 if len(line.label) > 44 else 20)
        sheet.write_string(row, AT["number"], "" if part else line.indicator.number, self.format(border=1, align="center"))
        sheet.write_string(row, AT["label"], line.label, self.format(border=1, text_wrap=True, italic=part))
        sheet.write_string(row, AT["measure"], line.measure, self.format(border=1, align="center", text_wrap=True))
        decimals = line.indicator.natural_decimals
        number = "#,##0" + ("." + "0" * max(decimals, 1) if not line.indicator.whole else "")
        history = self._history(line)
        self._plans(sheet, row, line, number)
        own_year, own_number = self.unit.calendar_of(line.indicator).named(self.year, self.month)
        asked = line.asked(own_number)
        self._fill(sheet, row, "month", asked and line.adds_up, number, line)
        self._fill(sheet, row, "cumulative", asked, number, line)
        before = history.get((own_year - 1, "cumulative", own_number))
        self._shown(sheet, row, AT["same_period"], before, number)
        self._percentages(sheet, row, line)
        self._words(sheet, row, asked)
        for month in self.months:
            self._past_month(sheet, row, line, month, history, number)

    def _plans(self, sheet: Any, row: int, line: Line, number: str) -> None:
        year = self.unit.calendar_of(line.indicator).named(self.year, self.month)[0]
        known = plan_values(self.plans, line.indicator.id, year, line.measure, as_of=self.as_of)
        for role, version in PLAN_VERSIONS.items():
            fits = line.indicator.adds_up and line.series == "total"
            value = known.get(version) if fits else None
            style = self.format(border=1, num_format=number, locked=not fits, bg_color=RESTATE if fits else OFF)
            self._value(sheet, row, AT[role], value, style)
            self._value(sheet, row, WAS_PLAN[role], value, None)

    def _fill(self, sheet: Any, row: int, role: str, on: bool, number: str, line: Line) -> None:
        sheet.write_blank(row, AT[role], None, self.format(border=1, num_format=number, locked=not on, bg_color=FILL if on else OFF))
        if not on:
            return
        low, high = line.indicator.lower, line.indicator.upper
        rule: dict[str, Any] = {
            "validate": "whole" if line.indicator.whole and not line.indicator.kind.of_amounts else "decimal",
            "criteria": "between",
        }
        limited = not line.adds_up and high < float("inf")
        rule |= {"minimum": low if limited and low > float("-inf") else -1e15, "maximum": high if limited else 1e15}
        what = "của riêng tháng" if role == "month" else "từ đầu năm đến hết tháng" if line.adds_up else "mức tại cuối kỳ"
        told = {"input_title": line.measure[:30], "input_message": f"Số {what} {self.month}/{self.year}, đơn vị: {line.measure}"[:250]}
        wrong = {
            "error_title": "Cần một số",
            "error_message": "Ô này chỉ nhận số đúng đơn vị tính ở cột ĐVT. Ghi chú viết ở cột Ghi chú.",
            "error_type": "warning",
        }
        sheet.data_validation(row, AT[role], row, AT[role], {**rule, **told, **wrong})

    def _percentages(self, sheet: Any, row: int, line: Line) -> None:
        from xlsxwriter.utility import xl_rowcol_to_cell as cell

        style = self.format(border=1, num_format="0.0", bg_color="#F2F2F2")
        total, plan, own, last = (cell(row, AT[role]) for role in ("cumulative", "plan_assigned", "plan_adopted", "same_period"))
        if not line.adds_up:
            sheet.write_blank(row, AT["percent_of_plan"], None, self.format(border=1, bg_color=OFF))
            sheet.write_blank(row, AT["percent_of_same_period"], None, self.format(border=1, bg_color=OFF))
            return
        sheet.write_formula(
            row,
            AT["percent_of_plan"],
            f'=IF(AND(ISNUMBER({total}),N({own})+N({plan})>0),{total}/IF(N({own})>0,{own},{plan})*100,"")',
            style,
            "",
        )
        sheet.write_formula(row, AT["percent_of_same_period"], f'=IF(AND(ISNUMBER({total}),N({last})>0),{total}/{last}*100,"")', style, "")

    def _words(self, sheet: Any, row: int, asked: bool) -> None:
        fill = self.format(border=1, locked=not asked, bg_color=FILL if asked else OFF, text_wrap=True)
        if asked:
            sheet.write_string(row, AT["status"], "Ước", fill)
            sheet.data_validation(row, AT["status"], row, AT["status"], {"validate": "list", "source": list(STATUS_WORDS)})
        else:
            sheet.write_blank(row, AT["status"], None, fill)
        for role in ("document", "note"):
            sheet.write_blank(
                row, AT[role], None, self.format(border=1, locked=False, text_wrap=True, bg_color=RESTATE if role == "document" else FILL)
            )

    def _past_month(self, sheet: Any, row: int, line: Line, month: int, history: dict[tuple[int, str, int], float], number: str) -> None:
        place, calendar = self.months[month], self.unit.calendar
        year, own = self.unit.calendar_of(line.indicator).named(calendar.month_end(self.own_year, place + 1).year, month)
        on, value = place + 1 < self.number and line.asked(own), history.get((year, "month", own))
        self._value(
            sheet,
            row,
            FIRST_MONTH + place,
            value if on else None,
            self.format(border=1, num_format=number, locked=not on, bg_color=RESTATE if on else OFF),
        )
        self._value(sheet, row, FIRST_WAS + place, value if on else None, None)

    def _shown(self, sheet: Any, row: int, column: int, value: float | None, number: str) -> None:
        self._value(sheet, row, column, value, self.format(border=1, num_format=number, bg_color="#F2F2F2"))

    @staticmethod
    def _value(sheet: Any, row: int, column: int, value: float | None, style: Any) -> None:
        if value is None:
            sheet.write_blank(row, column, None, style)
        else:
            sheet.write_number(row, column, value, style)

    def _history(self, line: Line) -> dict[tuple[int, str, int], float]:
        """Latest figure of every month (amount or state) and sum to its end, by year and month of the line's own years, in its unit of measure."""
        figures, calendar = fg.line(self.obs, line.indicator.id, line.series), self.unit.calendar_of(line.indicator)
        found: dict[tuple[int, str, int], float] = {}
        for figure in fg.in_force(figures):
            amount = figure.value * factor(figure.measure, line.measure)
            if math.isnan(amount) or not calendar.is_month_end(figure.end):
                continue
            year, month = calendar.month_of(figure.end)
            if line.adds_up and figure.basis == "month":
                found[year, "month", month] = amount
            elif not line.adds_up and figure.basis in ("level", "cumulative", "year"):
                found[year, "month", month] = found[year, "cumulative", month] = amount
        if line.adds_up:
            history = fg.flow_history(figures, line.indicator, series=line.series, measure=measure_of(line.measure), calendar=calendar)
            for point in (point for flow in history.years.values() for point in flow.points):
                if calendar.is_month_end(point.end):
                    year, month = calendar.month_of(point.end)
                    found[year, "cumulative", month] = point.value
        return found
