"""Every number that a report may say, reckoned by its publisher."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence

import pandas as pd

from kpi_lib.definitions.indicators import Unit
from kpi_lib.outlook.joint import joint
from kpi_lib.outlook.values.causes import of_causes
from kpi_lib.outlook.values.course import of_fan, of_futures, of_pace
from kpi_lib.outlook.values.events import of_events
from kpi_lib.outlook.values.needs import of_conditions, of_milestones, of_split
from kpi_lib.outlook.values.outlook import counts, of_outlook, of_unit
from kpi_lib.outlook.values.phases import of_phases
from kpi_lib.outlook.values.questions import of_questions
from kpi_lib.outlook.values.sums import of_sum
from kpi_lib.outlook.values.supposed import of_scenarios
from kpi_lib.outlook.values.together import of_changes, of_counts, of_joint
from kpi_lib.outlook.values.whatif import of_whatif
from kpi_lib.outlook.verdict import Outlook
from kpi_lib.record import ledger
from kpi_lib.record.official import beside_official
from kpi_lib.record.settlement import settle
from kpi_lib.record.values.data import of_data
from kpi_lib.record.values.pooled import of_pooled, pooled
from kpi_lib.record.values.record import all_of_official, of_ledger, of_record, of_settled, of_settlement, of_verdict
from kpi_lib.record.values.units import below, of_units, read_published, sums_below
from kpi_lib.record.walk import of_walk
from kpi_lib.words.values import Values, named


def of_report(items: Sequence[Outlook], obs: pd.DataFrame, unit: Unit, errors: pd.DataFrame) -> dict[str, float]:
    """Every number of a report by its name in the manifest.

    Parameters
    ----------
    items : the outlooks of the report; obs: the figures known on its day; errors: past projections of all lines (`frames.ERRORS`).
    """
    year, as_of = items[0].projection.year, items[0].projection.as_of
    tables: list[Values] = [
        counts(items),
        of_unit(unit),
        of_questions(items[0].projection.unit),
        *_of_record(obs, unit, errors, as_of),
        *of_data(obs, unit, year, as_of),
        *of_units(read_published(unit, year, as_of)),
        *map(of_sum, sums_below(unit, items)),
        *of_pooled(pooled(below(unit), as_of=as_of)),
    ]
    rounds = ledger.read_ledger(unit.id)
    for item in items:
        tables += [*_of_line(item, unit, errors), of_walk(item, rounds), *of_scenarios(item, obs)]
    held = joint(items)
    tables += [of_joint(held), *([of_counts(held)] if held.lines else [])]
    since = ledger.since_last(obs, unit, items, as_of=as_of)
    return named([*tables, *map(of_changes, since[1] if since else ())])


def _of_line(item: Outlook, unit: Unit, errors: pd.DataFrame) -> Iterator[Values]:
    """Every number of the page of one line."""
    yield from (
        of_outlook(item),
        of_fan(item),
        of_pace(item),
        of_futures(item),
        of_milestones(item),
        of_conditions(item),
        of_split(item, unit),
        of_causes(item),
        of_events(item),
        of_phases(item),
    )
    yield from (*of_whatif(item), of_verdict(errors, item))


def _of_record(obs: pd.DataFrame, unit: Unit, errors: pd.DataFrame, as_of: dt.date) -> Iterator[Values]:
    """Every number of the page on the record: past projections, published outlooks and their outturns."""
    rounds = ledger.read_ledger(unit.id)
    yield of_ledger(rounds, pd.Timestamp(as_of))
    yield from of_record(errors, unit)
    yield from all_of_official(beside_official(obs, unit, as_of=as_of), unit)
    frame = settle(rounds, obs, unit=unit, as_of=as_of)
    yield of_settlement(frame)
    yield from (of_settled(row) for row in frame.itertuples())
