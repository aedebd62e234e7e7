"""Scores against one-line oracles and closed forms; backtests that cannot see the future; settled ledger rows."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest
import scoringrules
from conftest import row, target

import kpi_lib as kpi
from kpi_lib.definitions.targets import target_for
from kpi_lib.figures.histories import line
from kpi_lib.outlook.verdict import assess
from kpi_lib.record import ledger
from kpi_lib.record import scores as ev
from tests.made import share_rows, three_years

FIRMS = kpi.INDICATORS["new_enterprises"]


def crps_by_definition(draws: list[float], outcome: float) -> float:
    n = len(draws)
    return sum(abs(x - outcome) for x in draws) / n - sum(abs(a - b) for a in draws for b in draws) / (2 * n * n)


def test_crps_is_its_definition_and_that_of_scoringrules():
    rng = np.random.default_rng(0)
    for _ in range(20):
        draws, outcome = rng.normal(3, 2, 40), float(rng.normal(3, 4))
        assert ev.crps(draws, outcome) == pytest.approx(crps_by_definition(draws.tolist(), outcome), rel=1e-9)
        assert ev.crps(draws, outcome) == pytest.approx(float(scoringrules.crps_ensemble(outcome, draws)), rel=1e-9)


def test_crps_of_the_normal_reaches_the_closed_form():
    draws = np.sort(np.random.default_rng(1).standard_normal(200_000))
    for outcome, exact in ((0, 0.2336949773), (1, 0.6024413576), (2, 1.4527918217)):
        assert ev.crps(draws, outcome) == pytest.approx(exact, abs=4e-3)


def test_interval_score_and_brier_agree_with_scoringrules():
    for low, high, outcome, level in ((0.0, 0.4, 0.1, 0.5), (0.0, 0.4, 0.9, 0.5), (-1.0, 2.0, -3.0, 0.8)):
        assert ev.interval_score(low, high, outcome, level) == pytest.approx(
            float(scoringrules.interval_score(outcome, low, high, 1 - level))
        )
    assert ev.brier(np.array([0.271]), np.array([0.0])) == pytest.approx(float(scoringrules.brier_score(0.0, 0.271)))


def test_a_perfect_projection_scores_zero():
    assert ev.crps(np.full(50, 7.0), 7.0) == 0
    assert ev.brier(np.array([1.0, 0.0]), np.array([1.0, 0.0])) == 0


def test_a_backtest_sees_only_what_had_been_published(make_unit):
    rows = share_rows()
    unit = make_unit(rows)
    place = kpi.read_unit(unit)
    errors = kpi.backtest(kpi.read_observations(unit), FIRMS, unit=place, years=[2024])
    tampered = make_unit(
        [{**r, "value": 9 * float(r["value"])} if r["published"] > "2024-10-15" and r["period"] != "2024" else r for r in rows], unit="khac"
    )
    again = kpi.backtest(kpi.read_observations(tampered), FIRMS, unit=kpi.read_unit(tampered), years=[2024])
    october = errors["as_of"] == pd.Timestamp("2024-10-15")
    assert october.any()
    pd.testing.assert_series_equal(errors.loc[october, "projected"], again.loc[october, "projected"])


def test_a_backtest_is_the_projection_of_that_day(make_unit):
    unit = make_unit(share_rows(), targets=[target("new_enterprises", 2024, 100)])
    obs, place = kpi.read_observations(unit), kpi.read_unit(unit)
    errors = kpi.backtest(obs, FIRMS, unit=place, years=[2024])
    ours = errors[(errors["model"] == "chosen") & (errors["as_of"] == pd.Timestamp("2024-10-15"))].iloc[0]
    projection = kpi.project(obs, FIRMS, 2024, as_of="2024-10-15")
    assert ours["projected"] == projection.quantile(0.5)
    for level in (50, 80, 95):
        assert (ours[f"low{level}"], ours[f"high{level}"]) == projection.interval(level / 100)
    assert ours["error"] == pytest.approx(projection.quantile(0.5) - 104)
    assert ours["met"] == 1.0
    assert ours["probability"] == assess(projection, target_for(unit, FIRMS, 2024, as_of="2024-10-15")).probability


@pytest.mark.parametrize(("unit", "indicator", "year", "value"), [
    ("viet-nam", "gross_product_growth", 2017, 6.81), ("viet-nam", "gross_product_growth", 2019, 7.02), ("viet-nam", "gross_product_growth", 2020, 2.91),
    ("viet-nam", "gross_product_growth", 2012, 5.5),
])  # fmt: skip
def test_an_outturn_is_what_was_known_a_year_later_or_first_after_that(unit, indicator, year, value):
    of = kpi.read_unit(unit)
    figures = line(kpi.read_observations(unit), indicator)
    final = ev.outturn_of(figures, of.indicators[indicator], year, unit=of, as_of=dt.date(2026, 9, 1))
    assert final.achieved == value


def test_a_correction_within_the_year_counts_and_a_later_one_does_not(make_unit):
    known = {"2025-01-06": 100, "2025-11-01": 104, "2026-03-01": 150}
    rows = share_rows()[:-1] + [row("new_enterprises", "year", "2024", value, day, measure="doanh nghiệp") for day, value in known.items()]
    unit = kpi.read_unit(make_unit(rows))
    figures = line(kpi.read_observations(unit.id), FIRMS.id)
    told = [
        ev.outturn_of(figures, FIRMS, 2024, unit=unit, as_of=dt.date(*day)).achieved for day in ((2025, 6, 1), (2025, 12, 1), (2026, 9, 1))
    ]
    assert told == [100, 104, 104]


@pytest.mark.parametrize("ind", [FIRMS, kpi.INDICATORS["new_jobs"]], ids=["firms", "jobs"])
def test_nothing_is_scored_against_a_year_that_no_office_published(make_unit, ind):
    def figure(basis: str, period: str, value: float, published: str, status: str = "estimate"):
        return row(ind.id, basis, period, value, published, measure=ind.measure["vi"] if ind is FIRMS else "lượt lao động", status=status)

    quarters = [figure("quarter", f"2024-Q{q}", 25, f"{2024 + q // 4}-{3 * q % 12 + 1:02d}-06") for q in (1, 2, 3, 4)]
    unit = kpi.read_unit(make_unit(quarters))
    told = kpi.read_observations(unit.id)
    assert ev.outturn_of(line(told, ind.id), ind, 2024, unit=unit, as_of=dt.date(2026, 9, 1)) is None
    assert not len(ev.backtest(told, ind, unit=unit, years=[2024]))
    late = kpi.read_unit(make_unit([*quarters, figure("year", "2024", 103, "2026-06-15", "actual")], unit="sau"))
    final = ev.outturn_of(line(kpi.read_observations(late.id), ind.id), ind, 2024, unit=late, as_of=dt.date(2026, 9, 1))
    assert final is not None and final.achieved == 103


def test_accuracy_is_what_a_hand_would_reckon():
    base = {
        "unit": "u",
        "indicator": "i",
        "periods_seen": 9.0,
        "low80": 90.0,
        "high80": 110.0,
        "low95": 80.0,
        "high95": 120.0,
        "scale": 100.0,
    }
    rows = [
        {
            **base,
            "year": 2020,
            "as_of": dt.date(2020, 10, 15),
            "model": "chosen",
            "projected": 104,
            "crps": 2.0,
            "outturn": 100.0,
            "error": 4.0,
            "probability": 0.8,
            "met": 1.0,
        },
        {
            **base,
            "year": 2021,
            "as_of": dt.date(2021, 10, 15),
            "model": "chosen",
            "projected": 98,
            "crps": 6.0,
            "outturn": 112.0,
            "error": -2.0,
            "probability": 0.4,
            "met": 0.0,
        },
        {
            **base,
            "year": 2020,
            "as_of": dt.date(2020, 10, 15),
            "model": "straight_line",
            "projected": 110,
            "crps": 10.0,
            "outturn": 100.0,
            "error": 10.0,
            "probability": None,
            "met": None,
        },
    ]
    scores = ev.accuracy(ev.check(pd.DataFrame(rows), ev.ERRORS)).set_index("model")
    ours = scores.loc["chosen"]
    assert (ours["n"], ours["bias"], ours["mae"], ours["crps"]) == (2, 1.0, 3.0, 4.0)
    assert (ours["in80"], ours["in95"]) == (0.5, 1.0)
    assert ours["brier"] == pytest.approx((0.2**2 + 0.4**2) / 2)
    assert ours["skill"] == pytest.approx(1 - 2 / 10)
    assert np.isnan(scores.loc["straight_line", "brier"])


def _outlooks(unit: str, as_of: str = "2025-10-15"):
    return kpi.outlooks(kpi.read_observations(unit), kpi.read_unit(unit), 2025, as_of=dt.date.fromisoformat(as_of))


def test_the_same_round_twice_is_recorded_once(make_unit):
    unit = make_unit(three_years(), targets=[target("new_enterprises", 2025, 110)])
    first = ledger.record(_outlooks(unit), data_digest="a", code_version="1")
    assert first is not None
    kept = first.read_bytes()
    assert ledger.record(_outlooks(unit), data_digest="a", code_version="1") is None
    assert first.read_bytes() == kept
    assert [path.name for path in ledger.folder(unit).glob("model-output/*/*.csv")] == ["2025-10-15-kpi-v1.csv"]


def test_the_same_round_on_other_figures_is_a_new_version_and_the_first_stays(make_unit):
    unit = make_unit(three_years(), targets=[target("new_enterprises", 2025, 110)])
    first = ledger.record(_outlooks(unit), data_digest="a", code_version="1")
    kept = first.read_bytes()
    make_unit(three_years(), targets=[target("new_enterprises", 2025, 115)])
    second = ledger.record(_outlooks(unit), data_digest="b", code_version="1")
    assert second.name == "2025-10-15-kpi-v2.csv"
    assert first.read_bytes() == kept
    assert set(ledger.read_ledger(unit)["version"]) == {1, 2}


def test_quantiles_of_the_ledger_rise_and_are_those_of_the_projection(make_unit):
    unit = make_unit(three_years(), targets=[target("new_enterprises", 2025, 110)])
    items = _outlooks(unit)
    ledger.record(items, data_digest="a", code_version="1")
    rows = ledger.read_ledger(unit)
    rows = rows[(rows["indicator"] == "new_enterprises") & (rows["output_type"] == "quantile")]
    values = rows["value"].astype(float).tolist()
    assert values == sorted(values)
    projection = next(item for item in items if item.indicator.id == "new_enterprises").projection
    assert float(rows.loc[rows["output_type_id"] == "0.5", "value"].iloc[0]) == pytest.approx(projection.quantile(0.5))


def test_a_published_outlook_is_scored_when_the_outturn_arrives(make_unit):
    unit = make_unit(share_rows(), targets=[target("new_enterprises", 2025, 100)])
    place = kpi.read_unit(unit)
    items = _outlooks(unit)
    ledger.record(items, data_digest="a", code_version="1")
    before = kpi.settle(ledger.read_ledger(unit), kpi.read_observations(unit), unit=place, as_of=dt.date(2025, 12, 1))
    assert before.empty
    make_unit(
        [*share_rows(), row("new_enterprises", "year", "2025", 99, "2026-01-06", measure="doanh nghiệp")],
        targets=[target("new_enterprises", 2025, 100)],
    )
    after = kpi.settle(ledger.read_ledger(unit), kpi.read_observations(unit), unit=place, as_of=dt.date(2026, 1, 31))
    assert after["indicator"].tolist() == ["new_enterprises"]
    settled = after.iloc[0]
    assert (settled["outturn"], settled["met"]) == (99, 0.0)
    assert settled["error"] == pytest.approx(settled["projected"] - 99)
    projection = next(item for item in items if item.indicator.id == "new_enterprises").projection
    low, high = projection.interval(0.8)  # the interval that leaders saw is the one that is scored
    assert (settled["low80"], settled["high80"]) == (pytest.approx(low, rel=1e-6), pytest.approx(high, rel=1e-6))
    assert settled["inside80"] == (low <= 99 <= high)


def test_a_published_outlook_whose_outturn_is_just_its_target_was_met(make_unit):
    unit = make_unit(share_rows(), targets=[target("new_enterprises", 2025, 100)])
    ledger.record(_outlooks(unit), data_digest="a", code_version="1")
    make_unit(
        [*share_rows(), row("new_enterprises", "year", "2025", 100, "2026-01-06", measure="doanh nghiệp")],
        targets=[target("new_enterprises", 2025, 100)],
    )
    settled = kpi.settle(ledger.read_ledger(unit), kpi.read_observations(unit), unit=kpi.read_unit(unit), as_of=dt.date(2026, 1, 31))
    assert settled.iloc[0]["met"] == 1.0
