"""Published outlooks settled: first print and final figure, the rules of thumb of the day of the round, and what is told of all of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from conftest import row, target

import kpi_lib as kpi
from kpi_lib import cli
from kpi_lib.page.record import settled, settled_sentence
from kpi_lib.record import ledger, settlement
from kpi_lib.record.values.report import of_report
from kpi_lib.words.messages import KpiError
from tests.made import three_years

ROUNDS = ("2025-07-15", "2025-10-15")
ENDED = [
    row("new_enterprises", "year", "2025", 110, "2026-01-06", measure="doanh nghiệp", status="estimate"),
    row("new_enterprises", "year", "2025", 117, "2026-04-10", measure="doanh nghiệp"),
]


@pytest.fixture
def unit(make_unit: Callable[..., str]) -> str:
    """A unit with two published rounds, whose year ended and was printed twice."""
    made = make_unit(three_years(), targets=[target("new_enterprises", 2025, 110)])
    place = kpi.read_unit(made)
    for day in ROUNDS:
        obs = kpi.read_observations(made, as_of=day)
        ledger.record(kpi.outlooks(obs, place, 2025, as_of=dt.date.fromisoformat(day)), data_digest="a", code_version="1")
    return make_unit([*three_years(), *ENDED], targets=[target("new_enterprises", 2025, 110)])


def frame(unit: str, as_of: str) -> pd.DataFrame:
    return kpi.settle(
        kpi.read_ledger(unit), kpi.read_observations(unit, as_of=as_of), unit=kpi.read_unit(unit), as_of=dt.date.fromisoformat(as_of)
    )


def test_first_print_and_final_figure_are_both_kept(unit: str):
    early, late = frame(unit, "2026-05-01"), frame(unit, "2027-02-01")
    assert list(late["round_id"].dt.strftime("%Y-%m-%d")) == list(ROUNDS)
    assert set(late["first_print"]) == {110} and set(late["outturn"]) == {117}
    assert set(early["first_print"]) == {110}


def test_the_rules_beside_are_those_of_the_day_of_the_round(unit: str):
    found = frame(unit, "2027-02-01").set_index(frame(unit, "2027-02-01")["round_id"].dt.strftime("%Y-%m-%d"))
    obs = kpi.read_observations(unit)
    own = obs[(obs["indicator"] == "new_enterprises") & (obs["basis"] == "month")]
    months = own[(own["end"] < "2025-10-01") & (own["start"] >= "2025-01-01")]["value"].sum()
    last = own[(own["start"] >= "2024-01-01") & (own["end"] < "2025-01-01")]["value"]
    october = found.loc["2025-10-15"]
    assert october["straight_line"] == pytest.approx(months / 9 * 12)
    assert october["same_period"] == pytest.approx(last.sum() * months / last.iloc[:9].sum(), rel=1e-6)
    assert np.isnan(october["last_year"]) or october["last_year"] == pytest.approx(last.sum())


def test_the_score_of_a_round_is_that_of_its_published_quantiles(unit: str):
    late = frame(unit, "2027-02-01").iloc[-1]
    rows = kpi.read_ledger(unit)
    rows = rows[
        (rows["round_id"] == pd.Timestamp("2025-10-15")) & (rows["indicator"] == "new_enterprises") & (rows["output_type"] == "quantile")
    ]
    q = dict(zip(rows["output_type_id"].astype(float), rows["value"].astype(float), strict=True))
    by_hand = abs(117 - q[0.5]) / 2
    for level in (0.01, 0.025, *(round(0.05 * i, 2) for i in range(1, 10))):
        low, high, alpha = q[level], q[round(1 - level, 3)], 2 * level
        by_hand += alpha / 2 * ((high - low) + 2 / alpha * max(low - 117, 0) + 2 / alpha * max(117 - high, 0))
    assert late["wis"] == pytest.approx(by_hand / 11.5)


@pytest.mark.parametrize(
    ("lang", "said"),
    [("vi", "Trong 2 dự báo của các báo cáo trước nay đã hết năm, "), ("en", "Of 2 outlooks published in earlier reports")],
)
def test_all_of_them_are_told_in_one_sentence_whose_numbers_the_publisher_reckons_too(unit: str, lang: str, said: str):
    as_of = "2027-02-01"
    place, obs = kpi.read_unit(unit), kpi.read_observations(unit, as_of=as_of)
    told = settled_sentence(frame(unit, as_of), lang)
    assert told is not None and told.text.startswith(said)
    items = kpi.outlooks(obs, place, 2026, as_of=dt.date.fromisoformat(as_of))
    own = of_report(items, obs, place, kpi.replay(obs, place, 2026, as_of=as_of))
    assert {f"settlement.{number.label}": number.value for number in told.numbers}.items() <= own.items()
    assert "110" in str(settled(frame(unit, as_of), place, lang)._repr_html_())


def test_before_any_year_has_ended_nothing_is_told(unit: str):
    assert settled_sentence(frame(unit, "2025-12-01")) is None


def test_a_rule_that_could_not_serve_is_not_counted():
    some = pd.DataFrame({"error": [1.0, 5.0], "outturn": [10.0, 10.0], "inside80": [True, False], "straight_line": [12.0, np.nan]})
    assert settlement.nearer(some, "straight_line") == (1, 1)


def test_the_console_prints_the_record(unit: str, capsys: pytest.CaptureFixture[str]):
    assert cli.main(["record", "--unit", unit, "--as-of", "2027-02-01"]) == cli.PUBLISHED
    out = capsys.readouterr().out
    assert "báo cáo ngày 15/10/2025" in out and "kết quả 117 (công bố lần đầu 110)" in out and "Trong 2 dự báo" in out
    assert cli.main(["record", "--unit", unit, "--as-of", "2025-12-01", "--lang", "en"]) == cli.NOTHING
    assert "no target of them has ended its year yet" in capsys.readouterr().out
    assert cli.main(["record", "--unit", unit, "--as-of", "01/02/2027"]) == cli.REFUSED


def test_a_round_keeps_the_outturns_as_they_were_known_on_its_day(unit: str, tmp_path: Path):
    place = kpi.read_unit(unit)
    for as_of, value in (("2026-01-31", "110"), ("2026-04-15", "117")):
        obs, day = kpi.read_observations(unit, as_of=as_of), dt.date.fromisoformat(as_of)
        known = settlement.outturns(kpi.read_ledger(unit), obs, unit=place, as_of=day)
        ready = tmp_path / as_of
        ledger.prepare(kpi.outlooks(obs, place, 2026, as_of=day), ready, data_digest="a", code_version="1", outturns=known)
        ledger.enter(unit, ready)
        kept = pd.read_csv(ledger.folder(unit) / f"target-data/time-series/as_of={as_of}/outturns.csv", dtype=str)
        assert kept.to_dict("records") == [
            {"target_end_date": "2025-12-31", "location": "thu", "indicator": "new_enterprises", "target_year": "2025", "target": "year_end", "observation": value}
        ]  # fmt: skip
    path = ledger.folder(unit) / "target-data/time-series/as_of=2026-01-31/outturns.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("110", "119"), encoding="utf-8")
    with pytest.raises(KpiError, match=r"as_of=2026-01-31/outturns\.csv, line 2: is not as it was published"):
        kpi.read_ledger(unit)
