"""The one guard at every door of a unit's folder: settings, registers and figures written by hand, all their faults at once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import suppress

from kpi_lib.definitions.events import events_of, read_events
from kpi_lib.definitions.indicators import Unit, read_unit
from kpi_lib.definitions.measures import told_in
from kpi_lib.definitions.notify import read_notify
from kpi_lib.definitions.owners.assumptions import read_scenarios
from kpi_lib.definitions.owners.judgements import read_judgements
from kpi_lib.definitions.owners.phases import read_phases
from kpi_lib.definitions.targets import read_plans, read_register, read_targets
from kpi_lib.deliveries.by_hand import read_answers, unanswered
from kpi_lib.deliveries.delivery import Fault
from kpi_lib.deliveries.report import place
from kpi_lib.deliveries.tables.recipes import load_recipes
from kpi_lib.figures.boundaries import read_perimeter
from kpi_lib.figures.observations import delivery_faults, read_observations
from kpi_lib.forecast.models import MODELS
from kpi_lib.forecast.project import project
from kpi_lib.outlook.areas import read_splits
from kpi_lib.words.messages import KpiError, Text, Words, listed, plural
from kpi_lib.words.near import near


def faults(unit_id: str, today: dt.date) -> tuple[list[Words], list[Words]]:
    """What must be mended in a unit's folder before a report, and the questions that stay open beside it, each with its place and its way out.

    Raises
    ------
    KpiError : the unit's own file cannot be read; its faults are in one message.
    """
    unit = read_unit(unit_id)
    stops = [*_refused(unit), *delivery_faults(unit), *_unknown_lines(unit), *_other_measures(unit)]
    stops = stops or [*_events(unit, today), *_models(unit)]
    by_hand = [] if stops else [(fault.severity, words) for fault, words in _by_hand(unit, today)]
    stops += [words for severity, words in by_hand if severity == "refuse"]
    return stops, [words for severity, words in by_hand if severity != "refuse"]


def guarded(unit_id: str, today: dt.date, *, strict: bool = False) -> list[Words]:
    """The questions that stay open about a unit's folder, once nothing in it must be mended.

    Parameters
    ----------
    strict : an open question must be answered too.

    Raises
    ------
    KpiError : everything that must be mended, all at once.
    """
    stops, questions = faults(unit_id, today)
    if strict:
        stops, questions = stops + questions, []
    if stops:
        count, rest = plural("{n} fault", "{n} faults", n=len(stops)), len(stops) - MOST_TOLD
        told = stops if rest <= 0 else [*stops[:MOST_TOLD], plural("… and {n} more", "… and {n} more", n=rest)]
        raise KpiError("{unit}: {count}:\n  - {faults}", unit=unit_id, count=count, faults=listed(told, "\n  - "))
    return questions


MOST_TOLD = 100  # faults told at once: a column in another unit of measure is thousands of them and one mistake


def _refused(unit: Unit) -> Iterator[Words]:
    """What the readers of the registers refuse."""
    readers: tuple[Callable[[], object], ...] = (
        lambda: read_targets(unit.id),
        lambda: (read_plans(unit.id), read_phases(unit)),
        lambda: read_judgements(unit.id),
        lambda: read_splits(unit),
        lambda: read_perimeter(unit.id),
        lambda: read_events(unit),
        lambda: read_scenarios(unit.id),
        lambda: load_recipes(unit.id),
        lambda: read_answers(unit.id),
        lambda: read_notify(unit.id),
    )
    for read in readers:
        try:
            read()
        except KpiError as error:
            yield error.words


def _unknown_lines(unit: Unit) -> Iterator[Words]:
    """Rows of targets, plans and judgements of lines that the unit does not have."""
    for file, read in (("targets.csv", read_targets), ("plans.csv", read_register), ("judgements.csv", read_judgements)):
        try:
            rows = read(unit.id)
        except KpiError:
            continue  # told already
        for line in sorted(set(rows["indicator"]) - set(unit.indicators)):
            where = f"{unit.id}/{file}"
            yield Text(
                "{where}: {line} is not among the unit's lines{hint}", where=where, line=repr(line), hint=near(line, unit.indicators)
            )


def _events(unit: Unit, today: dt.date) -> Iterator[Words]:
    """Events beyond anything on record, as the projection of their year tells."""
    obs, found = read_observations(unit.id), read_events(unit)
    for name, first in sorted({(row["indicator"], row["from"].date()) for row in found.to_dict("records")}):
        ind = unit.indicators[name]
        year = unit.calendar_of(ind).year_of(first)
        try:
            project(obs, ind, year, as_of=today, draws=1, unit=unit, events=events_of(unit, ind, year, as_of=today))
        except KpiError as error:
            yield error.words


def _models(unit: Unit) -> Iterator[Words]:
    """Scenarios by a model that there is none of."""
    for kept in read_scenarios(unit.id):
        for each in (one for one in kept.assumptions if one.model not in ("", *MODELS)):
            yield Text(
                "{where}: There is no model {model}{hint}. The models are: {models}.",
                where=f"{unit.id}/scenarios/{kept.name}.toml", model=repr(each.model), hint=near(each.model, MODELS), models=listed(MODELS),
            )  # fmt: skip


def _other_measures(unit: Unit) -> Iterator[Words]:
    """Plans in a unit of measure that is none of their line's."""
    with suppress(KpiError):  # told already
        for number, row in enumerate(read_plans(unit.id).to_dict("records"), start=1):
            ind = unit.indicators.get(row["indicator"])
            if ind is not None and not told_in(row["measure"], ind.measure, ind.natural_measure):
                yield Text(
                    "{where}: plan {number}, {line}: the unit of measure {found} is not the line's, which is {expected}",
                    where=f"{unit.id}/plans.csv", number=number, line=ind.id, found=repr(row["measure"]), expected=ind.natural_measure,
                )  # fmt: skip


def _by_hand(unit: Unit, today: dt.date) -> Iterator[tuple[Fault, Words]]:
    """Figures written by hand that the checks of deliveries keep back."""
    for fault, answer in unanswered(unit, today):
        told = Text(
            "{place} [{check}]: {found}. Expected: {expected}.", place=place(fault), check=fault.check, found=fault.found, expected=fault.expected
        )  # fmt: skip
        file = f"{unit.id}/answers.csv"
        way_out = Text("Mend the row, or answer for it by name and reason in {file}: {line}", file=file, line=answer)
        yield fault, listed([told, way_out if answer else fault.action], " ")
