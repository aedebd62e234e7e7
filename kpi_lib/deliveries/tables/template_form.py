"""The form of the template as data, shared by its writer and its reader: columns with their marks, words, and which lines ask for what."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

from kpi_lib.definitions.indicators import Indicator, Unit
from kpi_lib.periods import CALENDAR, EVERY
from kpi_lib.words.messages import Named, Text, Words, in_context, languages, say

MARK, VERSION = "kpi-template", "1"
COLUMNS_MARK, ROW_MARK = "kpi-columns", "row"
MARK_ROW = 5  # the hidden row, from 0, that carries the columns' marks
GUIDE = in_context("form", "Guide")
PLAN_VERSIONS = {"plan_assigned": "assigned", "plan_adopted": "adopted"}
SERIES_WORDS = {"land": Text("of which: land use fees"), "taxes_and_fees": Text("of which: taxes, fees and other revenue")}


@dataclass(frozen=True, slots=True)
class FormColumn:
    """A column of the form: the mark it carries in the hidden row, its heading, its width."""

    role: str
    heading: Text
    width: float


FRAME = (
    FormColumn("number", in_context("form", "No."), 6),
    FormColumn("label", in_context("form", "Indicator"), 44),
    FormColumn("measure", in_context("form", "Measure"), 11),
    FormColumn("plan_assigned", in_context("form", "Year's plan\n(from above)"), 13),
    FormColumn("plan_adopted", in_context("form", "Year's plan\n(our own)"), 13),
    FormColumn("month", in_context("form", "Actual/estimate\nof the month"), 13),
    FormColumn("cumulative", in_context("form", "Sum from the\nstart of the year"), 13),
    FormColumn("same_period", in_context("form", "Sum of the\nsame period"), 13),
    FormColumn("percent_of_plan", in_context("form", "% of\nplan"), 9),
    FormColumn("percent_of_same_period", in_context("form", "% of same\nperiod"), 9),
    FormColumn("status", in_context("form", "Kind of figure"), 11),
    FormColumn("document", in_context("form", "Document (if the\nplan changes)"), 18),
    FormColumn("note", in_context("form", "Note"), 22),
)
MONTH_COLUMNS = tuple(FormColumn(f"m{month:02d}", in_context("form", "Month {month}", month=month), 11) for month in CALENDAR.months())


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
    def label(self) -> Words:
        """What stands in the column of names: for a rate made of amounts, the amounts."""
        ind = self.indicator
        if self.series != "total":
            return SERIES_WORDS.get(self.series) or Text("of which: {part}", part=self.series)
        names = {lang: ind.flow_name[lang][:1].upper() + ind.flow_name[lang][1:] if ind.adds_up else "" for lang in languages()}
        return Named(**{lang: name or ind.name[lang] for lang, name in names.items()})

    @property
    def measure(self) -> str:
        """Unit of measure of the figures asked for, by the word they are kept under."""
        return self.indicator.natural_measure["vi"]

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
        found.setdefault(department_of(ind, unit.lang), []).extend(Line(ind, part) for part in parts)
    return found


def department_of(ind: Indicator, lang: str) -> str:
    """The department that answers first for a line: what stands before the first semicolon or bracket of its owner."""
    return re.sub(r"\s+", " ", re.split(r"[;(]", ind.duty.owner[lang])[0]).strip()


def sheet_names(owners: list[str], lang: str) -> dict[str, str]:
    """A short, legal and unique sheet name for each department."""
    names: dict[str, str] = {}
    taken = {GUIDE[lang].lower(), "history"}
    for owner in owners:
        base = re.sub(r"\s+", " ", re.sub(r"[\[\]:*?/\\']", " ", owner)).strip()[:28].strip() or say("Department", lang)
        name, number = base, 2
        while name.lower() in taken:
            name, number = f"{base[:27]} {number}", number + 1
        names[owner] = name
        taken.add(name.lower())
    return names


def guide(due: dt.date | None, start: dt.date) -> tuple[Text, ...]:
    """What the first sheet tells departments to do.

    Parameters
    ----------
    due : when the form is due, None where no document sets a day; `start`: first day of the unit's year.
    """
    return (
        Text("Send it by {due}. Each department fills in the sheet that bears its name, in a file of its own or in one for all.", due=due)
        if due
        else Text("Each department fills in the sheet that bears its name, in a file of its own or in one for all."),
        Text("Yellow cells are this month's to fill in. Blue cells are figures of earlier months: change them only where an old figure is revised. Grey cells do not apply this month."),
        Text("“Actual/estimate of the month” is the amount of THIS MONTH ALONE; “Sum from the start of the year” counts from {first} to the end of the month (of a rate: the level at the end of the month). Fill in both: they check each other.", first=f"{start.day}/{start.month}"),
        Text("“Kind of figure”: Estimate (the month is not over), Actual (the month is closed), Settled. Next month the actual figure replaces the estimate: change that month's blue cell."),
        Text("Use the unit of measure in its column. Type numbers, never words, into number cells (no “12 billion”, no “as above”); decimals as your computer writes them."),
        Text("No figure yet: leave the cell empty and say why in the column of notes. Never write 0 for “not yet”."),
        Text("The year's plan has changed: change its column, and write number and day of the document in the column of documents. Without a document the new plan waits to be confirmed."),
        Text("Do not delete or insert rows or columns. Changed headings and moved rows are still read, by hidden marks; what cannot be read is named cell by cell."),
        Text("A wrong figure spoils no right one: right cells are taken over at once, wrong ones wait, and one report says which sheet and cell, what was found, what is expected, what to do."),
    )  # fmt: skip
