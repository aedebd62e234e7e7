"""The one guard at every door of a unit's folder: settings, registers and figures written by hand, all their faults at once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator

from kpi_lib.definitions.indicators import Unit, read_unit
from kpi_lib.definitions.targets import read_plans, read_targets
from kpi_lib.deliveries.by_hand import read_answers, unanswered
from kpi_lib.deliveries.report import place
from kpi_lib.deliveries.tables.recipes import load_recipes
from kpi_lib.figures.boundaries import read_perimeter
from kpi_lib.figures.observations import delivery_faults
from kpi_lib.outlook.areas import read_splits
from kpi_lib.words.messages import KpiError, Text, Words
from kpi_lib.words.near import near


def faults(unit_id: str, today: dt.date) -> list[Words]:
    """Everything in a unit's folder that must be mended before a report, each with its place and its way out; empty where all is well.

    Raises
    ------
    KpiError : the unit's own file cannot be read; its faults are in one message.
    """
    unit = read_unit(unit_id)
    found = [*_refused(unit), *delivery_faults(unit), *_unknown_lines(unit)]
    return found or [*_by_hand(unit, today)]


def _refused(unit: Unit) -> Iterator[Words]:
    """What the readers of the registers refuse."""
    readers: tuple[Callable[[], object], ...] = (
        lambda: read_targets(unit.id),
        lambda: read_plans(unit.id),
        lambda: read_splits(unit),
        lambda: read_perimeter(unit.id),
        lambda: load_recipes(unit.id),
        lambda: read_answers(unit.id),
    )
    for read in readers:
        try:
            read()
        except KpiError as error:
            yield error.words


def _unknown_lines(unit: Unit) -> Iterator[Words]:
    """Rows of targets and plans of lines that the unit does not have."""
    for file, read in (("targets.csv", read_targets), ("plans.csv", read_plans)):
        try:
            rows = read(unit.id)
        except KpiError:
            continue  # told already
        for line in sorted(set(rows["indicator"]) - set(unit.indicators)):
            where = f"{unit.id}/{file}"
            yield Text(
                "{where}: {line} is not among the unit's lines{hint}", where=where, line=repr(line), hint=near(line, unit.indicators)
            )


def _by_hand(unit: Unit, today: dt.date) -> Iterator[Words]:
    """Figures written by hand that the checks of deliveries keep back."""
    for fault, answer in unanswered(unit, today):
        yield Text(
            "{place} [{check}]: {found}. Expected: {expected}. Mend the row, or answer for it by name and reason in {file}: {line}",
            place=place(fault), check=fault.check, found=fault.found, expected=fault.expected, file=f"{unit.id}/answers.csv", line=answer,
        )  # fmt: skip
