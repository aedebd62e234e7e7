"""What estimates become: learnt from the unit's own months, corrected in the projection, and said."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from conftest import monthly, row

import kpi_lib as kpi
from kpi_lib.definitions.indicators import read_unit
from kpi_lib.figures.estimates import changes, corrected, drift, pairs
from kpi_lib.figures.histories import figures_of
from kpi_lib.figures.observations import read_observations


def estimated(rise: float, months: int = 30) -> list[dict[str, object]]:
    """Three years of months, each first estimated on the 25th and replaced a month later by a value `rise` higher."""
    rows: list[dict[str, object]] = []
    for number in range(months):
        year, month = 2022 + number // 12, number % 12 + 1
        value = 100 + 5 * (month % 4) + number * 0.3
        rows.append(
            row(
                "new_enterprises",
                "month",
                f"{year}-{month:02d}",
                round(value),
                f"{year}-{month:02d}-25",
                measure="doanh nghiệp",
                status="estimate",
            )
        )
        if number < months - 1:
            later = f"{year + month // 12}-{month % 12 + 1:02d}-25"
            rows.append(row("new_enterprises", "month", f"{year}-{month:02d}", round(value * (1 + rise)), later, measure="doanh nghiệp"))
    return rows


def test_a_known_drift_is_learnt_and_shrunk_while_pairs_are_few(make_unit: Callable[..., str]):
    unit = make_unit(estimated(0.04))
    many = drift(figures_of(read_observations(unit)))
    few = drift(figures_of(read_observations(unit, as_of="2022-12-01")))
    assert many is not None and few is not None
    assert 0.02 < many.bias < 0.04 and 0 < few.bias < many.bias
    assert drift(figures_of(read_observations(unit, as_of="2022-04-01"))) is None  # too few to speak of a habit


def test_a_pair_is_an_estimate_and_the_actual_that_replaced_it(make_unit: Callable[..., str]):
    unit = make_unit(estimated(0.1, months=3))
    known = figures_of(read_observations(unit))
    both = pairs(known)
    assert [(first.status, actual.status) for first, actual in both] == [("estimate", "actual")] * 2
    assert all(actual.published > first.published for first, actual in both)
    assert changes(known).tolist() == pytest.approx([0.1, 0.1], abs=0.01)


def test_the_projection_rises_by_the_drift_of_the_last_estimate_and_says_so(make_unit: Callable[..., str]):
    unit = make_unit(estimated(0.2))
    place, obs = read_unit(unit), read_observations(unit)
    item = kpi.project(obs, place.indicators["new_enterprises"], 2024, as_of="2024-06-30", unit=place)
    plain = make_unit([r for r in estimated(0.0)], unit="khac")
    other = kpi.project(
        read_observations(plain), read_unit(plain).indicators["new_enterprises"], 2024, as_of="2024-06-30", unit=read_unit(plain)
    )
    assert "Số ước của đơn vị" in item.reason["vi"] and "+" in item.reason["vi"]
    assert item.quantile(0.5) > other.quantile(0.5)


def test_an_actual_last_month_is_left_alone(make_unit: Callable[..., str]):
    unit = make_unit(monthly("new_enterprises", 2023, range(100, 112), measure="doanh nghiệp"))
    known = figures_of(read_observations(unit))
    paths = np.ones((5, 2))
    again, habit = corrected(paths, known, max(figure.end for figure in known), seed=0)
    assert habit is None and again is paths
