"""One workbook with the targets of many units: a row for each unit and target, or a column for each unit; read with the rules of one unit's sheet."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from kpi_lib.definitions.indicators import Unit
from kpi_lib.deliveries.files.book import Sheet, letter
from kpi_lib.deliveries.tables.layout import normal
from kpi_lib.deliveries.target_sheet import ASIDE, LEVEL, Stated, book_of, roles, stated_in, threshold_in
from kpi_lib.words.messages import KpiError, Text, Words, languages
from kpi_lib.words.near import near


@dataclass(frozen=True, slots=True)
class Goal:
    """A target of one unit in the words of `targets.csv`: line, threshold, whether in the line's own unit or the amounts'; and where it stands."""

    unit: str
    line: str
    threshold: float
    comparator: str
    measure: str
    clause: str
    place: str


@dataclass(frozen=True, slots=True)
class Goals:
    """What a workbook states for the units, and every fault: with one, nothing of it may be taken."""

    goals: tuple[Goal, ...]
    faults: tuple[Words, ...]


def read_goals(path: Path, units: Sequence[Unit]) -> Goals:
    """The targets that a workbook states for these units.

    Raises
    ------
    KpiError : no file, one that cannot be read, or no table of targets of several units in it.
    """
    book, names = book_of(path), _names(units)
    found: list[tuple[Unit, str, Stated]] = []
    faults: list[Words] = []
    headed = False
    for sheet in book.sheets:
        if parts := _parts(sheet, names, faults):
            headed = True
            for unit, rows, columns in parts:
                stated = stated_in(book, sheet, rows, columns, faults, unit.indicators)
                found += [(unit, f"{sheet.name}!{cell}", target) for cell, target in stated]
    if not headed and not faults:
        raise KpiError(
            "{file}: no table of targets of several units was found. One row must head the columns: the target's name, and either the unit and its"
            " threshold, or a column for each unit under its name as the units have it.",
            file=path.name,
        )
    goals: dict[tuple[str, str], Goal] = {}
    for unit, place, target in found:
        goal = _goal(unit, place, target)
        if isinstance(goal, Goal) and (goal.unit, goal.line) in goals:
            goal = Text("{unit} has this target already in {place}", unit=unit.name, place=goals[goal.unit, goal.line].place)
        if isinstance(goal, Goal):
            goals[goal.unit, goal.line] = goal
        else:
            faults.append(Text("{place}: {fault}", place=place, fault=goal))
    return Goals(tuple(goals.values()), tuple(faults))


Part = tuple[Unit, Sequence[int], Mapping[str, int]]


def _parts(sheet: Sheet, names: Mapping[str, Unit], faults: list[Words]) -> list[Part]:
    """Rows and columns of each unit in a table of targets; nothing where the sheet has none."""
    for row in range(min(sheet.height, 40)):
        columns = roles(sheet, row)
        if "name" not in columns:
            continue
        across = {column: unit for column in range(sheet.width) if (unit := names.get(_plain(sheet.value(row, column)))) is not None}
        if across:
            faults += _strange(sheet, row, columns, across, names)
            rows = range(row + 1, sheet.height)
            return [(unit, rows, {**columns, "threshold": column}) for column, unit in across.items()]
        if "threshold" in columns and (place := _unit_column(sheet, row, columns, names)) is not None:
            return list(_down(sheet, row, roles(sheet, row, without=place), place, names, faults))
    return []


def _unit_column(sheet: Sheet, header: int, columns: Mapping[str, int], names: Mapping[str, Unit]) -> int | None:
    """The column that names the units: headed so, or filled with their names whatever heads it."""
    if "unit" in columns:
        return columns["unit"]
    below = range(header + 1, sheet.height)
    free = [column for column in range(sheet.width) if column not in (columns["name"], columns["threshold"])]
    return next((column for column in free if any(_plain(sheet.value(row, column)) in names for row in below)), None)


def _down(
    sheet: Sheet, header: int, columns: Mapping[str, int], place: int, names: Mapping[str, Unit], faults: list[Words]
) -> Iterator[Part]:
    """The rows of each unit; one whose unit is left empty belongs to the unit above it."""
    rows: dict[str, list[int]] = {}
    unit: Unit | None = None
    for row in range(header + 1, sheet.height):
        written = sheet.value(row, place)
        if written not in (None, ""):
            unit = names.get(_plain(written))
            if unit is None and sheet.value(row, columns["threshold"]) not in (None, ""):
                faults.append(_unknown(f"{sheet.name}!{letter(place)}{row + 1}", str(written), names))
        if unit is not None:
            rows.setdefault(unit.id, []).append(row)
    by_id = {each.id: each for each in names.values()}
    yield from ((by_id[name], own, columns) for name, own in rows.items())


def _strange(
    sheet: Sheet, header: int, columns: Mapping[str, int], across: Mapping[int, Unit], names: Mapping[str, Unit]
) -> Iterator[Words]:
    """Columns with numbers whose heading is no unit and nothing that a table of targets has: a name slightly wrong must not be passed over."""
    for column in range(columns["name"] + 1, sheet.width):
        text = normal(sheet.value(header, column) or "")
        if column in across or column in columns.values() or not text or re.fullmatch(normal(ASIDE), text):
            continue
        if any(isinstance(sheet.value(row, column), float) for row in range(header + 1, sheet.height)):
            yield _unknown(f"{sheet.name}!{letter(column)}{header + 1}", str(sheet.value(header, column)), names)


def _unknown(place: str, written: str, names: Mapping[str, Unit]) -> Text:
    hint = near(_plain(written), {key: key for key in names})
    return Text("{place}: {found} is none of the units{hint}", place=place, found=repr(written), hint=hint)


def _names(units: Sequence[Unit]) -> dict[str, Unit]:
    """Every way a table may name a unit: its id, its name in each language, the name without its level where that is one unit's alone."""
    found = {normal(name): unit for unit in units for name in (unit.id, *(unit.name[lang] for lang in languages()))}
    short: dict[str, set[str]] = {}
    for name, unit in found.items():
        short.setdefault(re.sub(LEVEL, "", name).strip(), set()).add(unit.id)
    by_id = {unit.id: unit for unit in units}
    return {name: by_id[min(ids)] for name, ids in short.items() if len(ids) == 1 and name} | found


def _plain(written: object) -> str:
    return normal(written) if written not in (None, "") else ""


def _goal(unit: Unit, place: str, target: Stated) -> Goal | Words:
    """A target in the words of `targets.csv`; or why it cannot be one."""
    if not target.line:
        return Text("{unit} does not track “{name}” (lines in its unit.toml)", unit=unit.name, name=target.name)
    ind = unit.indicators[target.line]
    measured = threshold_in(target.measure, ind)
    if measured is None:
        return Text("“{name}” is in {found}; {wanted} is needed", name=target.name, found=repr(target.measure), wanted=ind.measure)
    measure, times = measured
    return Goal(unit.id, target.line, target.threshold * times, target.comparator, measure, target.clause, place)
