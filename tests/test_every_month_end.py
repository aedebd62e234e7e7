"""Every line of every shipped unit on the days on which something has gone wrong: month ends, New Year's Eve and Day, the end of January, leap days.

A few hundred draws do for what is asked here; `benchmarks/sweep.py --every-month-end` reckons nine years of days as reports do.
"""

from __future__ import annotations

import datetime as dt
import math
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from benchmarks import sweep
from benchmarks.oracle import publish_all
from kpi_lib.definitions.indicators import read_unit
from kpi_lib.definitions.targets import in_force
from kpi_lib.figures.histories import Figure, line
from kpi_lib.figures.observations import read_observations
from kpi_lib.forecast.project import Request, project_many
from kpi_lib.narrative.outlooks import outlook_sentence
from kpi_lib.outlook.required import conditions
from kpi_lib.outlook.values.outlook import of_outlook
from kpi_lib.outlook.verdict import GREY, Outlook, assess, verdict_word
from kpi_lib.periods import month_end

UNITS = {"quang-ninh": 2023, "viet-nam": 2023, "uong-bi": 2025, "uong-bi-minh-hoa": 2024}  # and the first of three years of days
SPECIAL = [
    dt.date(2024, 2, 29),
    dt.date(2024, 12, 31),
    dt.date(2025, 1, 1),
    dt.date(2025, 1, 31),
    dt.date(2026, 1, 1),
    dt.date(2020, 2, 29),
]


def days(first: int) -> list[dt.date]:
    ends = [month_end(year, month) for year in range(first, first + 3) for month in range(1, 13)]
    return sorted({*ends, *SPECIAL, *(dt.date(year, 1, 1) for year in range(first, first + 3))})


CASES = [(unit, day) for unit, first in UNITS.items() for day in days(first)]


@cache
def lines(unit: str) -> dict[str, tuple[Figure, ...]]:
    obs = read_observations(unit)
    return {key: line(obs, key) for key in read_unit(unit).indicators}


@cache
def outlooks(name: str, day: dt.date, year: int) -> tuple[Outlook, ...]:
    unit = read_unit(name, as_of=day)
    requests = [Request(lines(name)[ind.id], ind, year, unit) for ind in unit.indicators.values()]
    told = []
    for projection in project_many(requests, as_of=day, draws=200):
        target, others = in_force(name, projection.indicator, year, as_of=day)
        told.append(assess(projection, target, others=others))
    return tuple(told)


def of_day(name: str, day: dt.date) -> tuple[Outlook, ...]:
    return outlooks(name, day, read_unit(name).calendar.in_review(day))


@pytest.mark.parametrize(("name", "day"), CASES)
def test_every_line_is_reckoned_judged_and_told(name: str, day: dt.date):
    for item in of_day(name, day):
        holds(item)
        if (day.month + len(item.indicator.id)) % 4 == 0:  # a quarter of them, each line in some month
            assert all(outlook_sentence(item, lang).text for lang in ("vi", "en"))
            conditions(item)


def holds(item: Outlook) -> None:
    projection, probability = item.projection, item.probability
    assert np.isfinite(projection.draws).all() and np.isfinite(projection.paths).all()
    assert all(point.end <= projection.as_of and point.published <= projection.as_of for point in projection.seen)
    assert math.isnan(probability) == (item.status in GREY)
    assert math.isnan(probability) or (0 <= probability <= 1 and verdict_word(probability) == item.status)
    if item.status in ("met", "missed"):
        assert projection.final or any(point.final for point in projection.seen)
    if projection.final:
        assert np.ptp(projection.draws) == 0 and (item.status in ("met", "missed", *GREY))
    elif projection.complete:
        assert item.status not in ("met", "missed")
    if projection.known and not projection.complete:
        assert projection.ends[-1] == projection.calendar.end(projection.year) and projection.paths.shape[1] == len(projection.ends)
    assert item.target is not None or not item.judged
    assert of_outlook(item)["achieved"] == projection.achieved or not projection.seen


@pytest.mark.slow
def test_a_whole_report_of_new_years_eve_is_published(tmp_path: Path):
    report = next(case for case in sweep.REPORTS if case[1].endswith("12-31"))
    publish_all([report], tmp_path)
    assert (tmp_path.joinpath(*report) / "index.html").stat().st_size > 10_000


@pytest.mark.parametrize("name", UNITS)
@pytest.mark.parametrize("year", [2023, 2024, 2025])
def test_new_years_day_alone_moves_no_verdict(name: str, year: int):
    eve, day = dt.date(year, 12, 31), dt.date(year + 1, 1, 1)
    known = read_observations(name)
    if (known["published"].dt.date == day).any():
        pytest.fail(f"{name} publishes on New Year's Day: choose another year")
    for before, after in zip(outlooks(name, eve, year), outlooks(name, day, year), strict=True):
        if before.projection.year_figure is not None:
            assert (before.status, before.probability) == (after.status, after.probability) or math.isnan(before.probability)
