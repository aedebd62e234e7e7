"""What would have to be true: a sentence that answers once."""

from __future__ import annotations

import numpy as np
import pytest
from conftest import monthly, target

import kpi_lib as kpi
from kpi_lib.outlook import required
from kpi_lib.outlook.verdict import outlooks
from kpi_lib.page import conditions
from tests.conftest import PROJECT
from tests.once import project


def test_of_two_yardsticks_that_past_years_answer_differently_the_one_that_sides_with_the_chance_is_told(make_unit):
    """Two growing years made four months' rest easy to repeat, but never at this multiple of the pace so far; and the other way round."""
    told = {}
    for name, months in (("fast", [20.0] * 6 + [10.0] * 6), ("slow", [5.0] * 6 + [10.0] * 6)):
        rows = [
            r
            for n, year in enumerate((2021, 2022, 2023, 2024))
            for r in monthly("new_jobs", year, np.array([10.0] * 6 + [12.0 + n] * 6), measure="lượt lao động")
        ]
        rows += monthly("new_jobs", 2025, np.array(months)[:6], measure="lượt lao động")
        unit = make_unit(rows, targets=[target("new_jobs", 2025, sum(months[:6]) + 87)], unit=f"thu-{name}")
        place = kpi.read_unit(unit)
        item = kpi.outlook_for(kpi.read_observations(unit), place, place.indicators["new_jobs"], 2025, as_of="2025-07-15")
        aim = required.conditions(item).aims[0]
        kept = conditions._yardsticks(item, aim)
        usual = {label: 2 * tally.met >= tally.of for label, tally in (("grew", aim.grew), ("ran", aim.ran))}
        told[name] = (kept, usual, item.probability)
    for kept, usual, chance in told.values():
        assert len({usual[label] for label in kept}) == 1, "one answer"
        if len({*usual.values()}) == 2:
            assert [usual[label] for label in kept] == [chance >= 0.5]
    assert any(len({*usual.values()}) == 2 for _, usual, _ in told.values())


@pytest.mark.parametrize(("unit", "year", "as_of"), [("uong-bi-minh-hoa", 2026, "2026-07-15"), ("viet-nam", 2019, "2019-07-15")])
def test_no_shipped_line_says_usual_and_never_in_one_sentence(unit: str, year: int, as_of: str):
    with project(PROJECT):
        items = outlooks(kpi.read_observations(unit), kpi.read_unit(unit), year, as_of=as_of)
    for item in items:
        found = required.conditions(item)
        if found and found.kind == "amount":
            tallies = {"grew": found.aims[0].grew, "ran": found.aims[0].ran}
            kept = [tallies[label] for label in conditions._yardsticks(item, found.aims[0]) if tallies[label].of]
            assert len({2 * tally.met >= tally.of for tally in kept}) <= 1, item.indicator.id
