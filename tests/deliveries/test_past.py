"""What is known of a line through a round of deliveries is what its figures say when they are read again from the start."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import row

from kpi_lib.definitions.indicators import read_unit
from kpi_lib.deliveries import store
from kpi_lib.deliveries.checks.past import past_of
from kpi_lib.deliveries.intake import ingest
from kpi_lib.figures.observations import read_observations
from tests.deliveries.test_storing import LINES, sheet

pytestmark = pytest.mark.xdist_group("deliveries")


@pytest.mark.parametrize("line", ["new_jobs", "budget_revenue_growth"])
def test_figures_added_one_delivery_after_the_other_say_what_all_of_them_say(make_unit: Callable[..., str], line: str, tmp_path: Path):
    measure, size = LINES[line]
    before = row(line, "month", "2022-12", size, "2023-01-06", measure=measure)
    unit_id = make_unit([before], toml=f'lines = ["{line}"]')
    unit = read_unit(unit_id)
    growing = past_of(read_observations(unit_id), unit)
    for number in range(1, 40):
        year, month = 2023 + (number - 1) // 12, (number - 1) % 12 + 1
        rows = [(line, f"{year}-{month:02d}", round(size * (1 + 0.02 * (number % 7))))]
        if number > 1:  # every month is revised a little by the next delivery
            before = number - 2
            rows.append((line, f"{2023 + before // 12}-{before % 12 + 1:02d}", round(size * (1 + 0.02 * (before % 5)) + 1)))
        received = dt.date(year, month, 28) + dt.timedelta(days=12)
        path = sheet(tmp_path / f"{number}.csv", *rows)
        ingest([path], unit_id, received=received)
        growing.add_rows(store.records(unit_id)[-1].figures)
        growing.known(line, "total", measure), growing.limits(line)
        if number in (2, 13, 39):
            whole = past_of(read_observations(unit_id), unit)
            assert growing.known(line, "total", measure) == whole.known(line, "total", measure)
            assert growing.limits(line) == whole.limits(line) and growing.series_of(line) == ["total"]
    assert growing.limits(line).count >= 24 and len(growing.known(line, "total", measure).months) == 40  # type: ignore[union-attr]
    assert growing.known(line, "land", measure) is None
