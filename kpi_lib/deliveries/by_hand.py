"""Figures that somebody wrote into `deliveries/*.csv` by hand: held against what was known before them, as `ingest` holds a delivery.

What may be right in spite of a fault is answered for by name in the unit's `answers.csv`; an answer holds for one value, not for its cell.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any

import pandas as pd

from kpi_lib.definitions import folders
from kpi_lib.definitions.columns import read_csv
from kpi_lib.definitions.frames import ANSWERS
from kpi_lib.definitions.indicators import Unit
from kpi_lib.definitions.measures import told_in
from kpi_lib.definitions.targets import read_plans
from kpi_lib.deliveries.checks.holding import holding
from kpi_lib.deliveries.checks.meaning import held_against
from kpi_lib.deliveries.checks.past import Past
from kpi_lib.deliveries.delivery import DeliveredFigure, Fault, Reading, fault
from kpi_lib.figures.histories import Figure, figures_of
from kpi_lib.figures.observations import read_observations
from kpi_lib.words.messages import Text

_TEXTS = ("indicator", "series", "basis", "period", "measure", "status", "cell", "perimeter", "precision", "source", "note")
Unanswered = tuple[Fault, str]
"""A fault, and the line that would answer for it but for name and reason; none where it is of no one row."""


def read_answers(unit_id: str) -> pd.DataFrame:
    """What somebody answered for by name; columns of `frames.ANSWERS`."""
    return read_csv(folders.raw(unit_id) / "answers.csv", ANSWERS)


def unanswered(unit: Unit, today: dt.date) -> list[Unanswered]:
    """The faults that keep figures of the unit's CSV files back and that nobody has answered for, in the order of publication."""
    obs, plans = read_observations(unit.id), read_plans(unit.id)
    told = {_key(row["check"], row) for row in read_answers(unit.id).to_dict("records") if row["answered"].date() <= today}
    past, found = Past(unit), list[Unanswered]()
    rows = sorted(zip(obs.to_dict("records"), figures_of(obs), strict=True), key=lambda row: row[1].published)
    for day, published in groupby(rows, key=lambda row: row[1].published):
        by_file: dict[str, list[tuple[dict[str, Any], Figure]]] = defaultdict(list)
        for row, figure in published:
            by_file[row["file"]].append((row, figure))
        typed = sorted(file for file in by_file if file.startswith("deliveries/"))
        past.add(figure for file, own in by_file.items() if file not in typed for _, figure in own)
        for file in typed:
            by_cell = {row["cell"]: row for row, _ in by_file[file]}
            reading = Reading(f"{unit.id}/{file}", "", "tidy", tuple(_figures(by_cell.values())))
            faults = [*held_against(reading, past, unit, plans=plans, received=min(day, today)), *_of_other_measures(reading, unit)]
            for told_of in holding((item for item in faults if item.keeps_back and item.check != CONTEXT), reading, unit):
                row = by_cell.get(told_of.cell)
                refused = told_of.severity == "refuse" and told_of.check not in ANSWERABLE
                if row is None or refused or _key(told_of.check, row) not in told:
                    found.append((told_of, _line(told_of.check, row, today) if row and not refused else ""))
            past.add(figure for _, figure in by_file[file])
    return found


def _of_other_measures(reading: Reading, unit: Unit) -> Iterator[Fault]:
    """Figures of a line as a whole in a unit of measure that is none of the line's."""
    for item in reading.figures:
        ind = unit.indicators[item.indicator]
        if item.series == "total" and not told_in(item.measure, ind.measure, ind.natural_measure):
            found, expected = Text("“{typed}”", typed=item.measure), ind.natural_measure
            yield fault("measure_other", file=reading.file, cell=item.cell, found=found, expected=expected)


CONTEXT = "not_used"  # by hand, figures of wider counts and older parts are kept and shown as they were published
# Two offices may publish two figures on one day, and a month in which half a year's tax falls due looks like a sum to date.
ANSWERABLE = ("figure_twice", "parts_against_total", "cumulative_as_month")


def _key(check: str, row: dict[str, Any]) -> tuple:
    return (check, *(row[name] for name in ("indicator", "series", "basis", "period", "status", "value")), row["published"].date())


def _figures(rows: Iterable[dict[str, Any]]) -> Iterator[DeliveredFigure]:
    for row in rows:
        day = row["published"].date()
        yield DeliveredFigure(value=row["value"], sheet="", published=day, grade=int(row["grade"]), **{name: row[name] for name in _TEXTS})


def _line(check: str, row: dict[str, Any], today: dt.date) -> str:
    """The line of `answers.csv` that answers for a row, name and reason left open."""
    text = io.StringIO(newline="")
    told = {**row, "check": check, "published": f"{row['published'].date()}", "value": repr(row["value"]), "answered": f"{today}"}
    csv.DictWriter(text, ANSWERS.names, extrasaction="ignore", lineterminator="").writerow({**told, "name": "…", "reason": "…"})
    return text.getvalue()
