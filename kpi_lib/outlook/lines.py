"""Which lines of a report count: those with a target in force on its day; what can be judged of them, and what stands beside them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from kpi_lib.outlook.verdict import Outlook
from kpi_lib.words.messages import KpiError


class NothingToReport(KpiError):
    """The unit has neither a target nor a figure for the year."""


@dataclass(frozen=True, slots=True)
class Lines:
    """The lines of a report by what can be said of them, each in the order of the report.

    `judged` and `waiting` have a target in force and are what a unit is judged by; `untargeted` have figures alone, `bare` neither.
    """

    judged: tuple[Outlook, ...]
    waiting: tuple[Outlook, ...]
    untargeted: tuple[Outlook, ...]
    bare: tuple[Outlook, ...]


def lines_of(items: Iterable[Outlook]) -> Lines:
    """Sort the outlooks of a report: counts, tables, drafts and the joint section all ask here."""
    every = tuple(items)
    aimed = [item for item in every if item.target is not None]
    free = [item for item in every if item.target is None]
    return Lines(
        tuple(item for item in aimed if item.judged),
        tuple(item for item in aimed if not item.judged),
        tuple(item for item in free if item.reportable),
        tuple(item for item in free if not item.reportable),
    )


def reportable(items: list[Outlook]) -> list[Outlook]:
    """The outlooks of a report, if there is anything to report on.

    Raises
    ------
    NothingToReport : no line has a target in force or a figure of the year.
    """
    if any(item.target or item.projection.seen for item in items):
        return items
    found = items[0].projection
    raise NothingToReport(
        "{unit}: neither a target nor a figure for {year} as known on {day}.",
        unit=found.unit.name,
        year=found.unit.year_name(found.year),
        day=found.as_of,
    )


def year_over(items: Sequence[Outlook]) -> bool:
    """Whether the year of a report has ended: it is told as finished."""
    projection = items[0].projection
    return projection.unit.calendar.over(projection.year, projection.as_of)
