"""A phased plan as a workbook: written for an officer to edit, read back cell by cell, and added to the register of plans."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kpi_lib import compare
from kpi_lib.definitions import folders
from kpi_lib.definitions.columns import UNFIT, add_rows, check
from kpi_lib.definitions.frames import REGISTER
from kpi_lib.definitions.indicators import Indicator, Unit
from kpi_lib.definitions.owners.phases import period_faults, read_phases
from kpi_lib.definitions.targets import has_document, read_register
from kpi_lib.deliveries.files.book import Book, Sheet
from kpi_lib.deliveries.files.reading import read_safely
from kpi_lib.deliveries.report import place
from kpi_lib.deliveries.tables.numbers import parse_numbers
from kpi_lib.words.messages import KpiError, Text, Words, listed, plural, say
from kpi_lib.words.near import near
from kpi_lib.words.numbers import Number

MARK = "kpi-plan"  # stands in the first cell, so that the sheet is known again
FACTS = ("unit", "indicator", "year", "measure")
FIRST = 8  # row of the first period, from 0
_BASES = ((r"\d{4}-\d{2}", "month"), (r"\d{4}-Q[1-4]", "quarter"), (r"\d{4}-\d{2}-\d{2}", ""))
MOST_OFF = 10  # times the target: a plan beyond that is told in another unit than it says


@dataclass(frozen=True, slots=True)
class PlanSheet:
    """A phased plan as the workbook says it: rows of `frames.REGISTER` without document and day, and what they add up to (NaN: not the year)."""

    unit: str
    ind: Indicator
    year: int
    rows: tuple[Mapping[str, Any], ...]
    total: float


def write_sheet(path: Path, unit: Unit, ind: Indicator, year: int, rows: Sequence[tuple[str, str, float]], goal: Words) -> Path:
    """Write the workbook: codes in the first column, what they mean in the second, the plan in the third, the only one to be edited.

    Parameters
    ----------
    rows : basis, period and value (NaN: left empty); goal : the target in force in words, for the eye.
    """
    import xlsxwriter

    lang = unit.lang
    with xlsxwriter.Workbook(str(path), {"strings_to_formulas": False, "strings_to_urls": False}) as book:
        sheet = book.add_worksheet(say("Phased plan", lang))
        code, bold, fill = (
            book.add_format({"font_color": "#808080"}),
            book.add_format({"bold": True}),
            book.add_format({"bg_color": "#FFF2CC", "border": 1}),
        )
        sheet.set_column(0, 0, 26, code)
        sheet.set_column(1, 1, 46)
        sheet.set_column(2, 2, 18)
        sheet.write(0, 0, MARK, code)
        sheet.write(0, 1, say("Phased plan of {year}: {line}", lang, year=unit.year_name(year, ind.id), line=ind.name), bold)
        told = (unit.id, ind.id, year, ind.natural_measure["vi"])
        for row, (name, value) in enumerate(zip(FACTS, told, strict=True), start=1):
            sheet.write(row, 0, name, code)
            sheet.write(row, 1, value)
        sheet.write(5, 1, say("Target in force: {goal}", lang, goal=goal))
        sheet.write(6, 1, say("Edit the yellow cells. A period left empty has no plan.", lang))
        for column, words in enumerate((Text("code of the period"), Text("Period"), Text("Plan ({measure})", measure=ind.natural_measure))):
            sheet.write(FIRST - 1, column, words[lang], bold)
        for row, (basis, period, value) in enumerate(rows, start=FIRST):
            sheet.write(row, 0, period, code)
            sheet.write(row, 1, BASIS[basis][lang])
            sheet.write_blank(row, 2, None, fill) if math.isnan(value) else sheet.write_number(row, 2, value, fill)
        if rows and rows[0][0] in ("month", "quarter"):
            sheet.write(FIRST + len(rows), 1, say("Sum", lang), bold)
            sheet.write_formula(FIRST + len(rows), 2, f"=SUM(C{FIRST + 1}:C{FIRST + len(rows)})", bold, sum(value for *_, value in rows))
    return path


BASIS = {
    "month": Text("this month alone"),
    "quarter": Text("this quarter alone"),
    "cumulative": Text("the year up to this day"),
    "level": Text("on this day"),
}


def read_sheet(path: Path, unit: Unit) -> PlanSheet:
    """The plan of a workbook.

    Raises
    ------
    KpiError : it cannot be read, is no such sheet, of another unit or an unknown line, or a cell is no number or period; each with its place.
    """
    if not path.is_file():
        raise KpiError("There is no file {files}. Check the path and run again.", files=str(path))
    book = next(book for _, book in read_safely([path]) if book is not None)
    sheet = next((sheet for sheet in book.sheets if sheet.value(0, 0) == MARK), None)
    if sheet is None:
        why = listed([fault.found for fault in book.faults], "; ") if book.faults else Text("its first cell does not say {mark}", mark=MARK)
        raise KpiError("{file} is no sheet of a phased plan: {why}. Make one with: kpi plan propose.", file=path.name, why=why)
    return _plan(book, sheet, unit)


def _plan(book: Book, sheet: Sheet, unit: Unit) -> PlanSheet:
    facts = {name: str(sheet.value(row, 1) or "").removesuffix(".0").strip() for row, name in enumerate(FACTS, start=1)}
    faults: list[Words] = []

    def wrong(row: int, column: int, words: Words) -> None:
        faults.append(Text("{place}: {fault}", place=_place(book, sheet, row, column), fault=words))

    ind = unit.indicators.get(facts["indicator"])
    if facts["unit"] != unit.id:
        wrong(1, 1, Text("the sheet is of the unit {found}, not of {unit}", found=repr(facts["unit"]), unit=unit.id))
    if ind is None:
        wrong(
            2,
            1,
            Text(
                "{found} is not among the unit's lines{hint}",
                found=repr(facts["indicator"]),
                hint=near(facts["indicator"], unit.indicators),
            ),
        )
    if not re.fullmatch(r"(19|20|21)\d\d", facts["year"]):
        wrong(3, 1, Text("{found} is no year", found=repr(facts["year"])))
    rows = _rows(book, sheet, unit, ind, facts, faults) if ind is not None and not faults else []
    if faults:
        count = plural("{n} fault", "{n} faults", n=len(faults))
        raise KpiError(
            "{count}, nothing was adopted:\n  - {faults}\nMend these cells and run again.", count=count, faults=listed(faults, "\n  - ")
        )
    if ind is None or not rows:
        raise KpiError("{place}: no period has a plan. Fill in the yellow cells.", place=_place(book, sheet, FIRST, 2))
    return PlanSheet(unit.id, ind, int(facts["year"]), tuple(rows), _total(rows, unit, ind, int(facts["year"])))


def _rows(book: Book, sheet: Sheet, unit: Unit, ind: Indicator, facts: Mapping[str, str], faults: list[Words]) -> list[dict[str, Any]]:
    """The periods with their values; whatever is wrong with them joins the faults, with its cell."""
    cells = [
        cell for row in range(FIRST, sheet.height) if (cell := sheet.at(row, 2)) is not None and str(sheet.value(row, 0) or "").strip()
    ]
    values, told = parse_numbers(cells, file=book.file, sheet=sheet.name)
    faults += [Text("{place}: {fault}", place=place(fault), fault=fault.found) for fault in told if fault.keeps_back]
    found: dict[str, dict[str, Any]] = {}
    for cell in (cell for cell in cells if cell.address in values):
        period, value = str(sheet.value(cell.row, 0)).strip(), values[cell.address]
        basis = next((name or ("cumulative" if ind.kind.to_date else "level") for form, name in _BASES if re.fullmatch(form, period)), "?")
        row = {
            "indicator": ind.id,
            "year": int(facts["year"]),
            "value": value,
            "measure": facts["measure"],
            "basis": basis,
            "period": period,
        }
        problems = [Text("{found} is no period", found=repr(period))] if basis == "?" else [*_problems(unit, ind, row)]
        problems += [Text("the period {found} stands twice", found=period)] if period in found else []
        faults += [Text("{place}: {fault}", place=_place(book, sheet, cell.row, 2), fault=words) for words in problems]
        found[period] = row
    return [*found.values()]


def _problems(unit: Unit, ind: Indicator, row: Mapping[str, Any]) -> list[Words]:
    below = [Text("a plan below nought: {found}", found=f"{row['value']:g}")] if row["value"] < 0 and ind.adds_up else []
    return [*period_faults(unit, ind, row), *below]


def plan_of(unit: Unit, ind: Indicator, year: int, values: Mapping[tuple[str, str], float]) -> PlanSheet:
    """A phased plan as somebody types it.

    Parameters
    ----------
    values : by basis and period, in the line's natural unit of measure.

    Raises
    ------
    KpiError : no period has a plan, or a period or value will not do.
    """
    same = {"indicator": ind.id, "year": year, "measure": ind.natural_measure["vi"]}
    rows = [{**same, "basis": basis, "period": period, "value": value} for (basis, period), value in values.items()]
    faults = [Text("{period}: {fault}", period=str(row["period"]), fault=words) for row in rows for words in _problems(unit, ind, row)]
    if faults or not rows:
        raise KpiError("{faults}. Nothing was adopted.", faults=listed(faults, "; ") if faults else Text("No period has a plan"))
    return PlanSheet(unit.id, ind, year, tuple(rows), _total(rows, unit, ind, year))


def _place(book: Book, sheet: Sheet, row: int, column: int) -> Words:
    from kpi_lib.deliveries.files.book import address

    return Text("{file}, sheet “{sheet}”, cell {cell}", file=book.file, sheet=sheet.name, cell=address(row, column))


def _total(rows: Sequence[Mapping[str, Any]], unit: Unit, ind: Indicator, year: int) -> float:
    """What months or quarters that cover the year add up to, or what is to be reached by its last day; NaN where the plan ends before."""
    if not ind.adds_up:
        return math.nan
    for basis, count in (("month", 12), ("quarter", 4)):
        own = [row["value"] for row in rows if row["basis"] == basis]
        if len(own) == count:
            return float(sum(own))
    end = f"{unit.calendar_of(ind).end(year)}"
    return next((row["value"] for row in rows if row["period"] == end), math.nan)


def difference(plan: PlanSheet, goal: float) -> float:
    """What the periods add up to less the target (NaN: cannot be told).

    Raises
    ------
    KpiError : one is ten times the other: the unit of measure is another than the sheet says.
    """
    if not (math.isfinite(plan.total) and math.isfinite(goal) and goal > 0):
        return math.nan
    if not goal / MOST_OFF < plan.total < goal * MOST_OFF:
        raise KpiError(
            "The periods add up to {total}, the target is {goal} {measure}. Check the unit of measure of the sheet and run again.",
            total=f"{plan.total:g}", goal=f"{goal:g}", measure=plan.ind.natural_measure,
        )  # fmt: skip
    return 0.0 if compare.meets(plan.total, "=", goal) else plan.total - goal


def told_off(plan: PlanSheet, goal: float) -> Words | None:
    """That the periods do not add up to the target; None where they do, or where it cannot be told. Raises as `difference`."""
    off = difference(plan, goal)
    if not off or math.isnan(off):
        return None
    decimals = plan.ind.natural_decimals
    return Text(
        "The periods add up to {total}, the target asks for {goal} {measure}: {off} of difference.",
        total=Number(plan.total, decimals), goal=Number(goal, decimals), measure=plan.ind.natural_measure, off=Number(off, decimals, signed=True),
    )  # fmt: skip


def adopt(plan: PlanSheet, unit: Unit, *, document: str, version: str, adopted: dt.date, by: str, on: dt.date) -> int:
    """Add a plan to `plans.csv`; how many rows were new. The same plan of the same day and standing again adds nothing.

    Raises
    ------
    KpiError : no document by number or day, no name, a day to come, an unknown standing, or another plan of that day and standing.
    """
    if not has_document(document):
        raise KpiError("{document} is no document: name it by its number or its day (--document).", document=repr(document))
    if not by.strip() or UNFIT.search(by + document):
        raise KpiError('Say who answers for it: --by "full name".')
    if adopted > on:
        raise KpiError("{day} is still to come: a plan is adopted on the day of its document.", day=adopted)
    source = say("adopted into the register by {name} on {day}", unit.lang, name=by.strip(), day=on)
    told = {
        "version": version,
        "document": document.strip(),
        "adopted": f"{adopted}",
        "source": source,
        "seen": f"{on}" if on > adopted else "",
    }
    rows = [{**row, **told} for row in plan.rows]
    fresh = _fresh(check(_framed(rows), REGISTER, where="plan").to_dict("records"), unit)
    if fresh:
        add_rows(folders.raw(unit.id) / "plans.csv", REGISTER, [row for row in rows if (row["basis"], row["period"]) in fresh])
        read_phases(unit)
    return len(fresh)


def _framed(rows: Sequence[Mapping[str, Any]]) -> Any:
    import pandas as pd

    return pd.DataFrame(rows)


def _fresh(rows: Sequence[Mapping[Any, Any]], unit: Unit) -> set[tuple[str, str]]:
    """The periods that the register does not hold yet with this day and standing."""
    key = ("indicator", "year", "version", "adopted", "basis", "period")
    held = {tuple(row[name] for name in key): row for row in read_register(unit.id).to_dict("records")}
    other = [
        row
        for row in rows
        if (old := held.get(tuple(row[name] for name in key))) and (old["value"], old["document"]) != (row["value"], row["document"])
    ]
    if other:
        periods = listed(row["period"] for row in other)
        raise KpiError(
            "plans.csv holds another plan of {day} for {periods}. Give the day of the new document with --date.",
            day=other[0]["adopted"].date(),
            periods=periods,
        )
    return {(row["basis"], row["period"]) for row in rows if tuple(row[name] for name in key) not in held}
