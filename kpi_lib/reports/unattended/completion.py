"""What is said when runs are over: what was published, the answer, warnings, who owes figures, and what went wrong. Plain text for a mail or a chat."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Sequence
from contextlib import suppress

from kpi_lib.definitions.indicators import Unit, read_unit
from kpi_lib.figures.observations import read_observations
from kpi_lib.page.deliveries import period_of
from kpi_lib.record import ledger
from kpi_lib.record.values.data import owed
from kpi_lib.reports.archive import reports
from kpi_lib.reports.last_run import LastRun
from kpi_lib.words.messages import KpiError, Named, Text, Words


def published(unit_id: str) -> list[dt.date]:
    """The days of all reports of a unit that stand, the earliest first."""
    found = []
    for path in reports(unit_id).glob("[0-9]*/manifest.json"):
        with suppress(ValueError):  # a copy somebody made beside them is no report of a day
            found.append(dt.date.fromisoformat(path.parent.name))
    return sorted(found)


def completion(unit_id: str, days: Sequence[dt.date], runs: Sequence[LastRun], lang: str) -> str:
    """The report on some runs.

    Parameters
    ----------
    days : the published reports it tells of, in order. runs : those that did not publish, or found the one before them broken off.
    """
    try:
        unit = read_unit(unit_id)
    except KpiError:  # then nothing was published, and the run says why
        unit, days = None, ()
    told: list[Words] = [unit.name if unit else Named(unit_id)]
    for run in runs:
        told += [Named(**run.before)] if run.before else []
        told += [] if run.good else [run.told()]
    if unit and days:
        for day in days:
            told += [Named(""), *_of_report(unit, day)]
        told += [Named(""), *_of_owed(unit, days[-1], lang), Text("Head of the ledger: {head}", head=ledger.head(unit.id))]
    return "\n".join(line[lang] for line in told) + "\n"


def _of_report(unit: Unit, day: dt.date) -> Iterator[Words]:
    """A published report: its answer, where it stands, its warnings."""
    folder = reports(unit.id) / str(day)
    try:
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        answer, warnings = str(manifest["answer"]), [str(each) for each in manifest["warnings"]]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise KpiError("the manifest of the report of {day} cannot be read ({error})", day=day, error=str(error)) from None
    yield Text("Published: {answer}", answer=answer)
    yield Text("Open: {page}", page=str(folder / "index.html"))
    yield from (Named(f"  ! {warning}") for warning in warnings)


def _of_owed(unit: Unit, day: dt.date, lang: str) -> Iterator[Words]:
    """Who owes which figure since when, as the data page of that day says it; a unit without set days owes nothing."""
    obs = read_observations(unit.id, as_of=day)
    found = [row for ind in unit.indicators.values() if (row := owed(obs, unit, ind, day)) is not None]
    for row in sorted(found, key=lambda row: row.due):
        ind = row.indicator
        period = period_of(ind, row.end, unit.calendar_of(ind), lang)
        yield Text("Owed: {owner}: {line}, {period}, due {due}", owner=ind.duty.owner, line=ind.short, period=period, due=row.due)
