"""Scenarios that last: kept by one function or by hand, read back, reckoned as the what-if does, on the page only where its author said so."""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from conftest import row, target

import kpi_lib as kpi
from kpi_lib import cli
from kpi_lib.definitions.indicators import read_unit
from kpi_lib.figures.observations import read_observations
from kpi_lib.outlook import scenarios
from kpi_lib.outlook.changes import Reported, changes
from kpi_lib.outlook.supposed import supposed
from kpi_lib.outlook.values.supposed import of_supposed
from kpi_lib.outlook.verdict import Outlook, outlook_for
from kpi_lib.page.together import amended_sentences
from kpi_lib.record.values.report import of_report
from kpi_lib.words.messages import KpiError
from tests.made import three_years

ENTERPRISES = {"indicator": "new_enterprises"}
SUM = {"amount": 6, "measure": "doanh nghiệp", "from": dt.date(2025, 11, 1), "to": dt.date(2025, 11, 30), "probability": 1.0}
CARDS = [
    row("health_insurance_coverage", "level", f"{year}-{month}", 80 + 2 * (year - 2020), f"{year}-12-31", measure="%")
    for year in range(2020, 2025)
    for month in ("06-30", "12-31")
] + [row("health_insurance_coverage", "level", "2025-09-30", 91, "2025-10-05", measure="%")]


@pytest.fixture
def unit(make_unit: Callable[..., str]) -> str:
    return make_unit(three_years() + CARDS, targets=[target("new_enterprises", 2025, 122), target("health_insurance_coverage", 2025, 92)])


def judged(unit: str, line: str = "new_enterprises", as_of: str = "2025-10-15") -> Outlook:
    place = read_unit(unit, as_of=as_of)
    return outlook_for(read_observations(unit, as_of=as_of), place, place.indicators[line], 2025, as_of=as_of)


def keep(unit: str, *assumptions: dict[str, Any], name: str = "thu", **more: Any) -> Path:
    told = {"author": "Sở Tài chính", "reason": "Xuất khẩu chậm lại", "date": "2025-10-01", "year": 2025, "publish": True}
    return kpi.save_scenario(unit, name, assumptions, **{**told, **more})


def only(unit: str, line: str = "new_enterprises") -> Outlook:
    found = [each.outlook for each in supposed(judged(unit, line), read_observations(unit))]
    assert len(found) == 1 and found[0] is not None
    return found[0]


def test_what_is_kept_is_read_back_and_may_be_written_by_hand(unit: str):
    quoted = 'Giả định "xấu"\nhai dòng \\ 100%'
    path = keep(
        unit,
        {**ENTERPRISES, "rest": 90.0, "target": 120.0, "sums": [SUM]},
        {"indicator": "health_insurance_coverage", "shift": -0.5},
        reason=quoted,
    )
    kept = kpi.read_scenarios(unit)[0]
    assert (kept.name, kept.author, kept.reason, kept.date, kept.publish) == ("thu", "Sở Tài chính", quoted, dt.date(2025, 10, 1), True)
    assert [each.indicator for each in kept.assumptions] == ["new_enterprises", "health_insurance_coverage"]
    assert kept.assumptions[0].sums[0].first == SUM["from"] and kept.assumptions[1].shift == -0.5
    by_hand = path.with_name("tay.toml")
    by_hand.write_text("\ufeff" + path.read_text(encoding="utf-8").replace("publish = true", "publish = false"), encoding="utf-8")
    assert [(each.name, each.publish) for each in kpi.read_scenarios(unit)] == [("tay", False), ("thu", True)]


def test_a_name_is_not_taken_twice_unawares_and_nothing_wrong_is_written(unit: str):
    path = keep(unit, {**ENTERPRISES, "rest": 90.0})
    with pytest.raises(KpiError, match="already"):
        keep(unit, {**ENTERPRISES, "rest": 80.0})
    keep(unit, {**ENTERPRISES, "rest": 80.0}, replace=True)
    assert tomllib.loads(path.read_text(encoding="utf-8"))["assumptions"][0]["rest"] == 80
    for name in ("../ngoai", "Hai từ", ""):
        with pytest.raises(KpiError, match="small letters"):
            keep(unit, {**ENTERPRISES, "rest": 80.0}, name=name)
    assert [each.name for each in path.parent.iterdir()] == ["thu.toml"]


WRONG: dict[str, list[dict[str, Any]]] = {
    "did you mean 'new_enterprises'": [{"indicator": "new_enterprise", "rest": 90.0}],
    "nothing is supposed": [ENTERPRISES],
    "say the same thing twice": [{**ENTERPRISES, "rest": 90.0, "growth_of_rest": 4.0}],
    "means nothing for it": [{"indicator": "health_insurance_coverage", "rest": 90.0}],
    "rest is from 0 to 1000": [{**ENTERPRISES, "rest": -5.0}],
    "within 2025": [{**ENTERPRISES, "sums": [{**SUM, "to": dt.date(2026, 1, 2)}]}],
    "cannot be added": [{**ENTERPRISES, "sums": [{**SUM, "measure": "tỷ đồng"}]}],
    "unknown field": [{**ENTERPRISES, "growth": 4.0}],
    "stands twice": [{**ENTERPRISES, "rest": 90.0}, {**ENTERPRISES, "rest": 80.0}],
    "assumptions.. is missing": [],
}


@pytest.mark.parametrize("told", WRONG)
def test_a_supposition_that_means_nothing_is_refused_with_its_reason(unit: str, told: str):
    with pytest.raises(KpiError, match=told):
        keep(unit, *WRONG[told])
    assert kpi.read_scenarios(unit) == []


def test_check_names_the_file_of_a_scenario_spoilt_by_hand(unit: str, capsys: pytest.CaptureFixture[str]):
    path = keep(unit, {**ENTERPRISES, "model": "arima_of_all"})
    assert cli.main(["--lang", "en", "check", "--unit", unit]) == 20
    said = capsys.readouterr().err
    assert "scenarios/thu.toml" in said and "There is no model 'arima_of_all'" in said
    path.write_text("author = ", encoding="utf-8")
    assert cli.main(["--lang", "en", "check", "--unit", unit]) == 20 and "scenarios/thu.toml: this is no TOML" in capsys.readouterr().err


def test_the_rest_of_a_year_is_moved_as_the_what_if_moves_it(unit: str):
    keep(unit, {**ENTERPRISES, "rest": 110.0})
    item, found = judged(unit), only(unit)
    want = scenarios.scenario(item, pace=1.1)
    assert found.projection.draws - item.projection.achieved == pytest.approx(1.1 * (item.projection.draws - item.projection.achieved))
    assert found.probability == want.probability and found.projection.quantile(0.5) == pytest.approx(want.median, rel=1e-4)


def test_growth_of_the_rest_is_growth_on_last_years_same_months(unit: str):
    keep(unit, {**ENTERPRISES, "growth_of_rest": 20.0})
    item, found = judged(unit), only(unit)
    assert found.projection.quantile(0.5) - item.projection.achieved == pytest.approx(1.2 * scenarios.last_left(item.projection))


def test_a_shift_a_sum_and_another_goal(unit: str):
    keep(unit, {"indicator": "health_insurance_coverage", "shift": 1.5, "target": 93.0}, {**ENTERPRISES, "sums": [SUM]})
    item, found = judged(unit, "health_insurance_coverage"), only(unit, "health_insurance_coverage")
    assert found.threshold == 93 and found.projection.quantile(0.5) == pytest.approx(item.projection.quantile(0.5) + 1.5)
    assert only(unit).projection.draws - judged(unit).projection.draws == pytest.approx(6)


def test_a_rule_of_thumb_says_a_number_and_no_chance(unit: str):
    keep(unit, {**ENTERPRISES, "model": "straight_line"})
    given = next(iter(supposed(judged(unit), read_observations(unit))))
    assert "probability" not in of_supposed(given) and of_supposed(given)["median"] == pytest.approx(judged(unit).projection.straight_line)
    assert "a rule of thumb gives no chance" in kpi.page.supposed(read_observations(unit), judged(unit), "en")


def test_it_stands_on_the_page_with_author_and_day_if_its_author_said_so_and_from_its_day_on(unit: str):
    obs, page = read_observations(unit), kpi.page.supposed
    keep(unit, {**ENTERPRISES, "rest": 90.0})
    keep(unit, {**ENTERPRISES, "rest": 80.0}, name="rieng", reason="Chỉ để thử", publish=False)
    told = page(obs, judged(unit), "en").striptags()
    assert "assumptions, not the projection" in told and "assumption of Sở Tài chính, 1 October 2025" in told and "Chỉ để thử" not in told
    assert "the months left bring 90% of what is projected" in told
    assert not page(obs, judged(unit, as_of="2025-09-30"), "en") and not page(obs, judged(unit, "health_insurance_coverage"), "en")
    keep(unit, {**ENTERPRISES, "rest": 90.0}, replace=True, year=2024)
    assert not page(obs, judged(unit), "en")


def test_every_number_of_it_is_one_the_publisher_reckons(unit: str):
    keep(unit, {**ENTERPRISES, "growth_of_rest": 20.0, "sums": [SUM], "target": 118.0})
    place, obs, item = read_unit(unit), read_observations(unit), judged(unit)
    known = of_report([item], obs, place, pd.DataFrame(kpi.replay(obs, place, 2025, as_of="2025-10-15")))
    for given in supposed(item, obs):
        assert {name: known[name] for name in of_supposed(given).named()} == of_supposed(given).named()


def test_what_changed_names_a_scenario_that_came_since(unit: str):
    keep(unit, {**ENTERPRISES, "rest": 90.0})
    obs, then, now = read_observations(unit), judged(unit, as_of="2025-07-15"), judged(unit)
    for previous, told in (("2025-07-15", ["Xuất khẩu chậm lại"]), ("2025-10-02", [])):
        shown = {"new_enterprises": Reported(then.projection.middle, then.probability, then.projection.measure["vi"])}
        line = changes([now], obs, previous=dt.date.fromisoformat(previous), published=shown)[0]
        assert [each.reason for each in line.kept] == told and len(amended_sentences(line, "en")) == len(told)
