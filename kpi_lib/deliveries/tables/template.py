"""The workbook departments fill in: one sheet a department in the familiar frame, previous months filled in, a guide."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from kpi_lib.definitions.indicators import GROUPS, Unit
from kpi_lib.definitions.measures import factor, measure_of
from kpi_lib.definitions.targets import plan_values
from kpi_lib.deliveries.tables.reader import STATUS_WORDS
from kpi_lib.deliveries.tables.template_form import (
    COLUMNS_MARK,
    FRAME,
    GUIDE,
    MARK,
    MARK_ROW,
    MONTH_COLUMNS,
    PLAN_VERSIONS,
    VERSION,
    Line,
    guide,
    lines_of,
    sheet_names,
)
from kpi_lib.figures import histories as fg
from kpi_lib.figures.boundaries import usable
from kpi_lib.periods import MONTHS, month_end
from kpi_lib.words.messages import Field, KpiError, Text, Words, say

FILL, RESTATE, OFF, SHOWN = "#FFF2CC", "#DDEBF7", "#E7E6E6", "#F2F2F2"
FIRST = 8  # first row of the table's rows, from 0
LAST = len(FRAME)  # the last column that is printed
LEGEND = ((FILL, Text("to fill in")), (RESTATE, Text("only where an old figure is revised")), (OFF, Text("does not apply, locked")))


def template_name(unit: Unit, year: int, month: int) -> str:
    """A file name every system and mail program takes."""
    return f"bieu-mau-{unit.id}-{year}-{month:02d}.xlsx"


def write_template(
    unit: Unit, year: int, path: Path, *, month: int, obs: pd.DataFrame, plans: pd.DataFrame, as_of: dt.date | None = None
) -> Path:
    """Write the form of one month for every department of a unit, in the unit's language.

    Parameters
    ----------
    obs : observations of the unit (`frames.OBSERVATIONS`); what is known fills the previous months and last year's column.
    plans : versions of the yearly plans (`frames.PLANS`); those in force on `as_of` (by default the month's end) fill the plan columns.
    """
    import xlsxwriter

    if not 1 <= month <= MONTHS:
        raise KpiError("there is no month {month}; 1 to {last} are needed.", month=month, last=MONTHS)
    own = usable(obs, unit)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file, xlsxwriter.Workbook(file, {"strings_to_formulas": False, "strings_to_urls": False}) as book:
        title = say("Figures of month {month}/{year} – {unit}", unit.lang, month=month, year=year, unit=unit.name)
        book.set_properties({"title": title, "created": dt.datetime(year, month, 1)})
        book.set_calc_mode("auto")
        writer = _Writer(book, unit, year, month, own, plans, as_of or month_end(year, month))
        writer.guide()
        departments = lines_of(unit, set(zip(own["indicator"], own["series"], strict=True)))
        names = sheet_names(list(departments), unit.lang)
        for owner, lines in departments.items():
            writer.department(names[owner], owner, lines)
    return path


class _Writer:
    """The workbook being written: its present sheet, where its roles stand, its formats and what is known."""

    sheet: Any

    def __init__(self, book: Any, unit: Unit, year: int, month: int, obs: pd.DataFrame, plans: pd.DataFrame, as_of: dt.date) -> None:
        self.book, self.unit, self.year, self.month, self.plans, self.as_of = book, unit, year, month, plans, as_of
        self.obs, self.lang = obs, unit.lang
        self.own_year, self.number = unit.calendar.named(year, month)
        months = [f"m{month:02d}" for month in unit.calendar.months()]  # in the order of the unit's year
        filled = [f"was_{role}" for role in (*months, *PLAN_VERSIONS)]
        roles = [*(column.role for column in FRAME), "", *months, " ", *filled]  # a narrow empty column stands between
        self.at = {role: column for column, role in enumerate(roles, start=1)}
        self.formats: dict[tuple, Any] = {}

    def say(self, words: Words) -> str:
        """Words in the unit's language."""
        return words[self.lang]

    def format(self, **more: Any) -> Any:
        """A cell format in the form's type; made once."""
        key = tuple(sorted(more.items()))
        if key not in self.formats:
            self.formats[key] = self.book.add_format({"font_name": "Times New Roman", "font_size": 11, "valign": "vcenter", **more})
        return self.formats[key]

    def put(self, row: int, place: str | int, value: Words | str | float | None = None, **style: Any) -> None:
        """Write words, a number or nothing into a role's cell (or a column's, by its number)."""
        column, look = self.at[place] if isinstance(place, str) else place, self.format(**style) if style else None
        if value is None:
            self.sheet.write_blank(row, column, None, look)
        elif isinstance(value, Words | str):
            self.sheet.write_string(row, column, value if isinstance(value, str) else self.say(value), look)
        else:
            self.sheet.write_number(row, column, value, look)

    def merge(self, row: int, first: int, last: int, words: str, **style: Any) -> None:
        """Write words across columns."""
        self.sheet.merge_range(row, first, row, last, words, self.format(**style))

    def guide(self) -> None:
        """The first sheet: what to do, on one page."""
        self.sheet = self.book.add_worksheet(self.say(GUIDE))
        self.sheet.hide_gridlines(2)
        self.sheet.set_paper(9)
        self.sheet.fit_to_pages(1, 1)
        self.sheet.set_column(0, 0, 4)
        self.sheet.set_column(1, 1, 100)
        unit = self.say(self.unit.name).upper()
        title = Text("HOW TO FILL IN THE FORM OF MONTH {month}/{year} – {unit}", month=self.month, year=self.year, unit=unit)
        self.put(0, 0, title, bold=True, font_size=14)
        if self.unit.mark:
            self.put(1, 0, self.unit.mark, bold=True, font_color="#C00000")
        steps = guide(self.unit.deadline(self.year, self.month), self.unit.calendar.start(self.own_year))
        for number, text in enumerate(steps, start=1):
            self.put(number + 2, 0, number, bold=True, align="center", valign="top")
            self.put(number + 2, 1, text, text_wrap=True, font_size=13)
            self.sheet.set_row(number + 2, 36)
        for row, (colour, text) in enumerate(LEGEND, start=len(steps) + 4):
            self.put(row, 0, bg_color=colour, border=1)
            self.put(row, 1, text, font_size=13)
        self.sheet.protect("", {"select_unlocked_cells": True})

    def department(self, name: str, owner: str, lines: Sequence[Line]) -> None:
        """One department's sheet."""
        self.sheet = self.book.add_worksheet(name)
        mark = f" – {self.say(self.unit.mark)}" if self.unit.mark else ""
        self._page(mark)
        self._head(owner, mark)
        self._headings()
        row, group = FIRST, None
        for line in lines:
            if line.indicator.group != group:
                group = line.indicator.group
                self.merge(row, 1, LAST, self.say(GROUPS[group]) if group in GROUPS else "", bold=True, border=1, bg_color=SHOWN)
                row += 1
            self._row(row, line)
            row += 1
        self.sheet.print_area(0, 1, row, LAST)
        self.put(row + 1, "label", Text("Made by (signature, full name)"), italic=True)
        self.put(row + 1, "month", Text("Head of the unit (signature, seal)"), italic=True)
        options = ("select_locked_cells", "select_unlocked_cells", "format_columns", "format_rows")
        self.sheet.protect("", dict.fromkeys(options, True))

    def _page(self, mark: str) -> None:
        """Paper, margins, footer and columns."""
        sheet = self.sheet
        sheet.hide_gridlines(2)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.set_margins(left=0.5, right=0.4, top=0.6, bottom=0.6)
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(6, 7)
        sheet.freeze_panes(FIRST, self.at["label"] + 1)
        name = self.say(self.unit.name)[:90].replace("&", "&&")  # a footer holds 255 characters, and & begins a code
        form = say("form of month {month}/{year}", self.lang, month=self.month, year=self.year)
        sheet.set_footer(f"&L {name} – {form}{mark}&R{say('Page', self.lang)} &P/&N")
        sheet.set_column(0, 0, 2, None, {"hidden": True})
        for column in (*FRAME, *MONTH_COLUMNS):
            sheet.set_column(self.at[column.role], self.at[column.role], column.width)
        sheet.set_column(self.at[""], self.at[""], 2)
        sheet.set_column(self.at[" "] + 1, max(self.at.values()), 2, None, {"hidden": True})

    def _head(self, owner: str, mark: str) -> None:
        """Above the table: whose form it is, when it is due, who filled it in and when."""
        self.put(0, 0, f"{MARK}|{VERSION}|{self.unit.id}|{self.year}|{self.month}")
        self.put(0, 1, owner, bold=True)
        title = say("FIGURES OF MONTH {month}, {year}", self.lang, month=self.month, year=self.year)
        self.merge(1, 1, LAST, title, bold=True, font_size=14, align="center")
        colour = "#C00000" if mark else "#000000"
        self.merge(2, 1, LAST, f"{self.say(self.unit.name)}{mark}", align="center", bold=bool(mark), font_color=colour)
        if due := self.unit.deadline(self.year, self.month):
            self.put(3, "label", Text("Due: {day}", day=due), italic=True)
        first, filled = self.at["cumulative"], {"bg_color": FILL, "border": 1, "locked": False, "align": "left"}
        for row, name, words in ((3, "prepared", Text("Made on:")), (4, "sender", Text("Made by:"))):
            self.put(row, 0, name)
            self.put(row, "month", words, align="right")
        self.merge(3, first, self.at["same_period"], "", num_format="dd/mm/yyyy", **filled)
        self.merge(4, first, self.at["status"], "", **filled)
        calendar, told = self.unit.calendar, say("Day the form was made, as day/month/year", self.lang)
        bounds = {"minimum": calendar.start(self.own_year), "maximum": calendar.end(self.own_year + 1)}
        self.sheet.data_validation(3, first, 3, first, {"validate": "date", "criteria": "between", **bounds, "input_message": told})

    def _headings(self) -> None:
        self.sheet.set_row(MARK_ROW, None, None, {"hidden": True})
        self.sheet.set_row(6, 44)
        self.put(MARK_ROW, 0, COLUMNS_MARK)
        for role in self.at:
            if role.strip():
                self.put(MARK_ROW, role, role)
        below: dict[str, Words | str] = {"percent_of_plan": Text("9=7/5 or 7/4"), "percent_of_same_period": "10=7/8"}
        for column in (*FRAME, *MONTH_COLUMNS):
            place = self.at[column.role]
            self.put(6, place, column.heading, bold=True, border=1, align="center", text_wrap=True, bg_color="#D9E1F2")
            small = below.get(column.role) or (str(place) if place <= LAST else Text("revision"))
            self.put(7, place, small, border=1, align="center", italic=True, font_size=9)

    def _row(self, row: int, line: Line) -> None:
        ind, part, name = (
            line.indicator,
            line.series != "total",
            self.say(line.label) if line.series == "total" else f"   {self.say(line.label)}",
        )
        number = "#,##0" + ("" if ind.whole else "." + "0" * max(ind.natural_decimals, 1))
        own_year, own_number = self.unit.calendar_of(ind).named(self.year, self.month)
        asked, history = line.asked(own_number), self._history(line)
        self.sheet.set_row(row, 32 if len(name) > 44 else 20)
        self.put(row, 0, line.code)
        self.put(row, "number", "" if part else ind.number, border=1, align="center")
        self.put(row, "label", name, border=1, text_wrap=True, italic=part)
        self.put(row, "measure", ind.natural_measure, border=1, align="center", text_wrap=True)
        known = plan_values(self.plans, ind.id, own_year, line.measure, as_of=self.as_of)
        for role, version in PLAN_VERSIONS.items():
            self._before(row, role, number, known.get(version), on=line.adds_up and not part)
        self._fill(row, "month", number, line, on=asked and line.adds_up)
        self._fill(row, "cumulative", number, line, on=asked)
        self.put(row, "same_period", history.get((own_year - 1, "cumulative", own_number)), border=1, num_format=number, bg_color=SHOWN)
        self._percentages(row, line)
        self._words(row, asked)
        for place, month in enumerate(self.unit.calendar.months(), start=1):
            year, own = self.unit.calendar_of(ind).named(self.unit.calendar.month_end(self.own_year, place).year, month)
            on, value = place < self.number and line.asked(own), history.get((year, "month", own))
            self._before(row, f"m{month:02d}", number, value, on=on)

    def _before(self, row: int, role: str, number: str, value: float | None, *, on: bool) -> None:
        """A figure already known, to be changed only where it was revised; a hidden copy tells whether it was."""
        self.put(row, role, value if on else None, border=1, num_format=number, locked=not on, bg_color=RESTATE if on else OFF)
        self.put(row, f"was_{role}", value if on else None)

    def _fill(self, row: int, role: str, number: str, line: Line, *, on: bool) -> None:
        """A cell to fill in, with what it takes; a locked one where the month does not ask for it."""
        self.put(row, role, border=1, num_format=number, locked=not on, bg_color=FILL if on else OFF)
        if not on:
            return
        ind, place = line.indicator, self.at[role]
        bounded = not line.adds_up and math.isfinite(ind.upper)
        fields: dict[str, Field] = {"month": self.month, "year": self.year, "measure": ind.natural_measure}
        what = Text("The level at the end of month {month}/{year}, in {measure}", **fields)
        if line.adds_up:
            what = Text("The sum to the end of month {month}/{year}, in {measure}", **fields)
        if role == "month":
            what = Text("The amount of month {month}/{year} alone, in {measure}", **fields)
        wrong = Text("This cell takes a number in the unit of measure of its row. Write notes in the column of notes.")
        rule = {
            "validate": "whole" if ind.whole and not ind.kind.of_amounts else "decimal", "criteria": "between",
            "minimum": ind.lower if bounded and math.isfinite(ind.lower) else -1e15, "maximum": ind.upper if bounded else 1e15,
            "input_title": self.say(ind.natural_measure)[:30], "input_message": self.say(what)[:250],
            "error_title": say("A number is needed", self.lang), "error_message": self.say(wrong), "error_type": "warning",
        }  # fmt: skip
        self.sheet.data_validation(row, place, row, place, rule)

    def _percentages(self, row: int, line: Line) -> None:
        from xlsxwriter.utility import xl_rowcol_to_cell as cell

        roles = ("cumulative", "plan_assigned", "plan_adopted", "same_period")
        total, plan, own, last = (cell(row, self.at[role]) for role in roles)
        formulas = {
            "percent_of_plan": f'=IF(AND(ISNUMBER({total}),N({own})+N({plan})>0),{total}/IF(N({own})>0,{own},{plan})*100,"")',
            "percent_of_same_period": f'=IF(AND(ISNUMBER({total}),N({last})>0),{total}/{last}*100,"")',
        }
        for role, formula in formulas.items():
            if line.adds_up:
                style = self.format(border=1, num_format="0.0", bg_color=SHOWN)
                self.sheet.write_formula(row, self.at[role], formula, style, "")
            else:
                self.put(row, role, border=1, bg_color=OFF)

    def _words(self, row: int, asked: bool) -> None:
        words, place = [self.say(word) for word in STATUS_WORDS], self.at["status"]
        self.put(row, place, words[0] if asked else None, border=1, locked=not asked, bg_color=FILL if asked else OFF, text_wrap=True)
        if asked:
            self.sheet.data_validation(row, place, row, place, {"validate": "list", "source": words})
        for role, colour in (("document", RESTATE), ("note", FILL)):
            self.put(row, role, border=1, locked=False, text_wrap=True, bg_color=colour)

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
