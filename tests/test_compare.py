"""One comparator, one published chance, one rounding: every door says the same of the same value."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import kpi_lib as kpi
from kpi_lib import charts_futures, compare, evaluation, whatif
from kpi_lib.conditions import tally
from kpi_lib.indicators import Text, Unit
from kpi_lib.observations import Point
from kpi_lib.outlook import Outlook, assess
from kpi_lib.projected import Base, Projection
from kpi_lib.targets import Target
from tests.conftest import PROJECT

REVENUE = kpi.INDICATORS["budget_revenue_growth"]
FIRMS = kpi.INDICATORS["new_enterprises"]
NOTHING = Text("", "")
WARD = Unit("thu", Text("Phường Thử", "Test ward"), "ward", "", 60_000, "", False, (), {}, {}, (), NOTHING, NOTHING)
EQUAL = {">=": True, ">": False, "<=": True, "<": False, "=": True}
COMPARATORS = st.sampled_from(sorted(compare.MEETING))


def goal_of(threshold: float, comparator: str, ind=REVENUE, measure: str = "indicator") -> Target:
    return Target(ind.id, 2025, threshold, comparator, measure, "adopted", "NQ thử", "", dt.date(2024, 12, 31), False, 1, "exact", "thử")


def complete(value: float, base: float | None = None, ind=REVENUE) -> Projection:
    """A year that is over, with its outturn and the base of its growth."""
    bases = (Base(2024, base, "settled", dt.date(2025, 1, 10), "thử"),) if base is not None else ()
    point = Point(dt.date(2025, 12, 31), value, "actual", dt.date(2026, 1, 6), "thử")
    return Projection(
        WARD, ind, 2025, dt.date(2026, 2, 1), ind.flow_measure if base is not None else ind.measure, "outturn", NOTHING, np.full(10, value),
        seen=(point,), bases=bases, complete=True,
    )  # fmt: skip


def running(draws: np.ndarray, years: int = 9, ind=FIRMS) -> Projection:
    """A year that is not over, of which nothing is known yet but its simulated ends."""
    return Projection(
        WARD, ind, 2025, dt.date(2025, 10, 15), ind.measure, "sums", NOTHING, draws, ends=(dt.date(2025, 12, 31),), paths=draws[:, None],
        evidence_years=years,
    )  # fmt: skip


def settled(projection: Projection, target: Target, monkeypatch: pytest.MonkeyPatch) -> float:
    """What the ledger's settling says of a published outlook whose year has ended like this projection."""
    monkeypatch.setattr(evaluation, "target_for", lambda *_, **__: target)
    unit = replace(WARD, indicators={projection.indicator.id: projection.indicator})
    values = {("quantile", "0.5"): "1", ("quantile", "0.1"): "0", ("quantile", "0.9"): "2"}
    row = evaluation._settled(projection.indicator.id, 2025, pd.Timestamp("2025-10-15"), "m", values, float(projection.draws[0]), unit, projection)
    return float(row["met"])  # type: ignore[arg-type]


def replayed(projection: Projection, target: Target) -> float:
    """What the backtest says of a projection made in the year, on the base and outturn of this one."""
    earlier = replace(projection, complete=False, draws=np.linspace(0.5, 1.5, 11) * projection.draws[0])
    return float(evaluation._error(earlier, float(projection.draws[0]), target, None)["met"])  # type: ignore[arg-type]


def test_a_growth_target_met_to_the_last_digit_is_met_at_every_door(monkeypatch: pytest.MonkeyPatch):
    year, target = complete(279.5, base=250.0), goal_of(11.8, ">=")
    page = assess(year, target)
    assert (page.status, page.probability) == ("met", 1.0)
    assert year.rate(279.5) < 11.8  # reckoned in percent it falls short by a few units of the sixteenth digit
    assert settled(year, target, monkeypatch) == 1.0
    assert replayed(year, target) == 1.0


@pytest.mark.parametrize("comparator", EQUAL)
def test_equality_meets_what_includes_it_and_no_other_goal(comparator: str, monkeypatch: pytest.MonkeyPatch):
    for value, goal in ((90.0, 90.0), (0.1 + 0.2, 0.3), (-3.0, -3.0), (0.0, 0.0), (1e9, 1e9)):
        assert compare.meets(value, comparator, goal) is EQUAL[comparator]
        year, target = complete(value, ind=kpi.INDICATORS["clean_water_coverage"]), goal_of(goal, comparator, kpi.INDICATORS["clean_water_coverage"])
        assert assess(year, target).status == ("met" if EQUAL[comparator] else "missed")
        assert settled(year, target, monkeypatch) == EQUAL[comparator]


@given(
    base=st.floats(0.5, 1e6),
    rate=st.floats(-50, 50).map(lambda number: round(number, 1)),
    off=st.sampled_from([0.0, 1e-12, -1e-12, 1e-6, -1e-6, 0.4, -0.4]),
    comparator=COMPARATORS,
)
def test_page_settling_backtest_and_what_if_agree_on_any_outturn(base: float, rate: float, off: float, comparator: str):
    year, target = complete(base * (100 + rate) / 100 * (1 + off), base=base), goal_of(rate, comparator)
    threshold = year.amount(rate)
    page = assess(year, target)
    met = compare.meets(float(year.draws[0]), comparator, threshold)
    with pytest.MonkeyPatch.context() as patch:
        assert [page.status == "met", settled(year, target, patch), replayed(year, target)] == [met, met, met]
    assert page.probability == year.prob(comparator, threshold) == met
    assert whatif.Draws(replace(page, projection=replace(year, complete=False))).share(np.sort(year.draws), threshold) == met


@given(values=st.lists(st.integers(0, 30), min_size=1, max_size=40), goal=st.integers(0, 30), comparator=COMPARATORS)
def test_of_simulated_years_every_reader_counts_the_same_as_met(values: list[int], goal: int, comparator: str):
    draws = np.array(values, dtype=float)
    one_by_one = np.mean([compare.meets(value, comparator, goal) for value in values])
    projection = running(draws)
    outlook = Outlook(projection, goal_of(goal, comparator, FIRMS), "uncertain", NOTHING, threshold=float(goal))
    assert projection.prob(comparator, goal) == one_by_one
    assert whatif.Draws(outlook).share(np.sort(draws), goal) == pytest.approx(one_by_one, abs=1e-12)
    if comparator == ">=":
        assert tally(values, goal).met == round(one_by_one * len(values))


@given(value=st.floats(-1e6, 1e6), goal=st.floats(-1e6, 1e6))
def test_a_value_lies_on_one_side_and_meets_by_it(value: float, goal: float):
    where = compare.side(value, goal)
    assert [compare.meets(value, c, goal) for c in compare.MEETING] == [where in sides for sides in compare.MEETING.values()]
    assert compare.meets(np.array([value]), "=", goal).tolist() == [where == "equal"]


def test_a_raw_chance_of_an_eighth_is_thirteen_percent_everywhere():
    draws = np.array([1.0] * 125 + [0.0] * 875)
    outlook = assess(running(draws), goal_of(1, ">=", FIRMS))
    assert outlook.raw_probability == 0.125
    assert outlook.probability == compare.published(0.125, years=9) == 0.13
    assert whatif.scenario(outlook, pace=1.0, event=whatif.Event(0.0, 12, 1.0)).probability == 0.13
    assert whatif.Draws(outlook).probability(1.0, None) == 0.13


@given(thousandth=st.integers(0, 1000), years=st.integers(0, 12))
def test_a_chance_is_published_in_whole_percent_halves_up_within_what_the_years_allow(thousandth: int, years: int):
    found = compare.published(thousandth / 1000, years=years)
    low, high = (5, 95) if years <= 3 else (1, 99)
    assert found == min(max((thousandth + 5) // 10, low), high) / 100
    assert compare.published(thousandth / 1000, years=years, certain=True) in (0.0, 1.0)


def test_three_past_years_are_few_and_four_are_not():
    assert [compare.published(raw, years=years) for years in (3, 4) for raw in (0.0, 1.0)] == [0.05, 0.95, 0.01, 0.99]


@given(value=st.floats(-1000, 1000), goal=st.one_of(st.integers(-100, 100), st.floats(-1000, 1000)), decimals=st.integers(0, 2))
def test_rounding_never_moves_a_number_onto_or_over_its_goal(value: float, goal: float, decimals: int):
    shown = compare.decimals_for(value, goal, decimals)
    assert decimals <= shown <= compare.FINEST
    if shown < compare.FINEST:
        assert compare.side(compare.rounded(value, shown), goal) == compare.side(value, goal)


@given(total=st.integers(-50, 50), quotas=st.lists(st.floats(-20, 20), min_size=1, max_size=8))
def test_what_is_shared_out_adds_up_exactly(total: int, quotas: list[float]):
    assert sum(compare.share_out(total, quotas)) == total


def test_equal_remainders_go_to_the_first():
    assert compare.share_out(2, [Fraction(1, 2)] * 4) == [1, 1, 0, 0]


@pytest.mark.parametrize("comparator", sorted(compare.MEETING))
def test_the_chart_of_futures_fills_the_circles_that_meet_the_goal(comparator: str):
    draws = np.repeat(np.arange(20.0), 50)
    outlook = assess(running(draws), goal_of(10, comparator, FIRMS))
    spec = charts_futures.distribution(outlook)
    assert spec is not None
    futures = [outlook.projection.quantile((i + 0.5) / 20) for i in range(20)]
    assert f", {sum(compare.meets(value, comparator, 10) for value in futures)} khả năng đạt mục tiêu" in str(spec.to_dict())


def test_nothing_else_compares_with_a_goal():
    """No second comparator, no second rule of the published chance, in Python or in scripts."""
    for path in sorted([*(PROJECT / "kpi_lib").rglob("*.py"), *(PROJECT / "kpi_lib" / "templates").rglob("*.js")]):
        if path.name == "compare.py":
            continue
        text = path.read_text(encoding="utf-8")
        for sign in ('in (">=", ">")', '">=": ', "tolerance = 1e-9", "1e-9 * Math.max", "Math.floor(100", "met_by", "ROUND_HALF_UP"):
            assert sign not in text or (sign == '">=": ' and path.name in ("words.py", "tables.py")), f"{path.name}: {sign}"
