"""A sum on any day within a month is a part of that month: the months before stay what the model completes, and the part is never lost."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator

import numpy as np
import pytest
from conftest import monthly, row

import kpi_lib as kpi
from kpi_lib.definitions.indicators import Indicator, Unit
from kpi_lib.figures.histories import Figure, line
from kpi_lib.figures.histories import flow_history as history_of
from kpi_lib.forecast.projection import Projection
from kpi_lib.forecast.sums import PartMonth, part_of_month
from tests.made import SEASON

FIRMS, MONEY = "new_enterprises", "budget_revenue_growth"
CASES = {FIRMS: ("doanh nghiệp", 30.0), MONEY: ("tỷ đồng", 113.7)}


@pytest.fixture(params=CASES)
def made(request: pytest.FixtureRequest, make_unit: Callable[..., str]) -> tuple[Unit, Indicator, list[dict[str, object]]]:
    """Four years of months of a line and nine of the fifth, in two units of measure; what a sum on a later day adds to them."""
    measure, scale = CASES[request.param]
    rows = [one for n in range(4) for one in monthly(request.param, 2021 + n, np.round(SEASON * scale * 1.04**n), measure=measure)]
    rows += monthly(request.param, 2025, np.round(SEASON[:9] * scale * 1.17), measure=measure)
    unit = make_unit(rows, toml=f'lines = ["{request.param}"]')
    return kpi.read_unit(unit), kpi.INDICATORS[request.param], rows


def told(made: tuple[Unit, Indicator, list[dict[str, object]]], make_unit: Callable[..., str], day: str, part: float) -> Projection:
    """The projection once a sum to a day is known that lies `part` of a usual October above that of September."""
    unit, ind, rows = made
    measure, scale = CASES[ind.id]
    so_far = sum(float(one["value"]) for one in rows[-9:])
    later = (dt.date.fromisoformat(day) + dt.timedelta(days=2)).isoformat()
    sum_row = row(ind.id, "cumulative", day, round(so_far + part * SEASON[9] * scale * 1.17), later, measure=measure)
    make_unit([*rows, sum_row], toml=f'lines = ["{ind.id}"]')
    return kpi.project(kpi.read_observations(unit.id), ind, 2025, as_of="2025-10-30", unit=unit, draws=2000)


def width(projection: Projection) -> float:
    low, high = projection.interval(0.80)
    return high - low


@pytest.mark.parametrize("day", ["2025-10-01", "2025-10-12", "2025-10-19", "2025-10-27"])
def test_a_sum_on_any_day_leaves_the_interval_as_narrow_as_the_months_alone(made, make_unit, day: str):
    unit, ind, _ = made
    alone = kpi.project(kpi.read_observations(unit.id), ind, 2025, as_of="2025-10-30", unit=unit, draws=2000)
    gone = int(day[-2:]) / 31
    found = told(made, make_unit, day, gone)
    assert found.model == alone.model == "structural"
    assert found.seen[-1].end == dt.date.fromisoformat(day) and found.ends == alone.ends
    assert width(found) <= 1.1 * width(alone)
    assert found.quantile(0.5) == pytest.approx(alone.quantile(0.5), rel=0.02)
    assert found.draws.min() >= found.seen[-1].value and (found.paths >= 0).all()


def test_what_is_there_already_is_never_lost(made, make_unit):
    usual, strong, burst = (told(made, make_unit, "2025-10-16", part) for part in (0.5, 0.9, 6.0))
    assert strong.quantile(0.5) >= 0.999 * usual.quantile(0.5)
    assert burst.model == "structural"  # five months' worth in a fortnight: the rest of the year as it was, on top
    assert burst.quantile(0.5) >= usual.quantile(0.5) + 0.8 * (burst.seen[-1].value - usual.seen[-1].value)


def test_a_strong_beginning_of_a_month_raises_it_and_the_months_tied_to_it():
    rng = np.random.default_rng(0)
    level = rng.normal(100, 15, (4000, 1))
    paths = level + rng.normal(0, 3, (4000, 3))
    usual, strong = (PartMonth(part, 0.5, 0.03, False).rest(paths, 1).mean(axis=0) for part in (50.0, 60.0))
    assert 60 + strong[0] == pytest.approx(120, abs=5) and (strong[1:] > usual[1:] + 10).all()


def test_what_the_days_of_earlier_months_told_says_how_even_a_month_runs():
    paths = np.random.default_rng(0).normal(100, 10, (4000, 3))
    even = PartMonth(50.0, 0.5, 0.01, False).rest(paths, 1)
    loose = PartMonth(50.0, 0.5, 0.30, False).rest(paths, 1)
    assert even[:, 0].std() < 0.3 * paths[:, 0].std() < loose[:, 0].std()
    assert (even[:, 0] + 50).mean() == pytest.approx(100, abs=1)


def weeks(ind: str, calendar_year: int, amounts: np.ndarray, shape: float) -> Iterator[dict[str, object]]:
    """Sums to the 10th, 20th and last day of each month; of a month's amount `shape` is there on the 10th."""
    total = 0.0
    for month, amount in enumerate(amounts, start=1):
        for day, share in ((10, shape), (20, (1 + shape) / 2)):
            yield row(ind, "cumulative", f"{calendar_year}-{month:02d}-{day}", total + share * amount, f"{calendar_year}-{month:02d}-{day + 2}", measure="tỷ đồng")  # fmt: skip
        total += amount
        end = dt.date(calendar_year + month // 12, month % 12 + 1, 1) - dt.timedelta(days=1)
        yield row(ind, "cumulative", end.isoformat(), total, (end + dt.timedelta(days=3)).isoformat(), measure="tỷ đồng")


@pytest.mark.parametrize("shape", [0.05, 0.7])
def test_a_line_whose_months_begin_late_or_early_is_read_by_its_own_months(make_unit: Callable[..., str], shape: float):
    rows = [one for n in range(3) for one in weeks(MONEY, 2022 + n, SEASON * 100 * 1.05**n, shape)]
    rows += [one for one in weeks(MONEY, 2025, SEASON[:10] * 100 * 1.05**3, shape) if str(one["period"]) <= "2025-10-10"]
    unit = kpi.read_unit(make_unit(rows, toml=f'lines = ["{MONEY}"]'))
    figures: tuple[Figure, ...] = line(kpi.read_observations(unit.id), MONEY)
    flow = history_of(figures, kpi.INDICATORS[MONEY])
    grid = np.concatenate([flow.whole_years(2025, 12), flow.years[2025].months])
    part = part_of_month(flow, unit.calendar, 2025, grid, whole=False)
    assert part is not None and part.share == pytest.approx(shape, abs=0.03) and part.spread < 0.08
    found = kpi.project(figures, kpi.INDICATORS[MONEY], 2025, as_of="2025-10-12", unit=unit)
    assert found.quantile(0.5) == pytest.approx(SEASON.sum() * 100 * 1.05**3, rel=0.02)


def test_a_rule_of_thumb_counts_the_days_as_before(made, make_unit):
    unit, ind, _ = made
    told(made, make_unit, "2025-10-16", 0.5)
    figures = line(kpi.read_observations(unit.id), ind.id)
    rule = kpi.project(figures, ind, 2025, as_of="2025-10-30", unit=unit, model="straight_line")
    assert rule.quantile(0.5) == pytest.approx(rule.straight_line)
