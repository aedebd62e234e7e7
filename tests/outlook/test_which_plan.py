"""Two chances where plans are raised late: by the plan as it stands, and by the plan as it will stand in December."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable

import pytest
from conftest import monthly, target
from made import SEASON, plan

import kpi_lib as kpi
from kpi_lib import narrative as nr
from kpi_lib.outlook.values.outlook import of_outlook
from kpi_lib.outlook.verdict import STATUSES, Outlook, verdict_word
from kpi_lib.page import sections, tables
from kpi_lib.record import ledger

MONEY, DONG = "public_investment_disbursement", "tỷ đồng"


def rows(indicator: str = MONEY) -> list[dict[str, object]]:
    """Four whole years of about 10,100 and nine months of the fifth."""
    found = [one for year in range(2021, 2025) for one in monthly(indicator, year, SEASON * 100 * (1 + 0.01 * (year % 3)), measure=DONG)]
    return found + monthly(indicator, 2025, SEASON[:9] * 101, measure=DONG)


def plans(late: float, indicator: str = MONEY) -> list[dict[str, object]]:
    """A plan of 10,000 for 2025; in past years that was the plan of November, after one `late` times smaller."""
    past = [(10_000 / late, year, f"{year}-01-05") for year in range(2021, 2025)]
    past += [(10_000, year, f"{year}-11-20") for year in range(2021, 2025) if late != 1]
    return [plan(indicator, value, day, measure=DONG) | {"year": year} for value, year, day in [*past, (10_000, 2025, "2025-01-05")]]


def outlook(make_unit: Callable[..., str], late: float, *, unit: str = "thu", aim: float = 100) -> Outlook:
    name = make_unit(rows(), targets=[target(MONEY, 2025, aim)], plans=plans(late), unit=unit)
    place = kpi.read_unit(name)
    return kpi.outlook_for(kpi.read_observations(name), place, place.indicators[MONEY], 2025, as_of="2025-10-15")


@pytest.mark.parametrize("late", [1.15, 1.4])
def test_a_unit_whose_plans_were_raised_late_is_told_a_lower_chance_by_decembers_plan(make_unit, late: float):
    raised, kept = outlook(make_unit, late, unit="nang"), outlook(make_unit, 1.0, unit="giu")
    assert raised.projection.plan_record.raises == pytest.approx([math.log(late)] * 4)
    assert kept.projection.plan_record.raises == pytest.approx([0.0] * 4)
    assert raised.probability == kept.probability  # by the plan as it stands they are the same
    assert raised.december_probability < min(kept.december_probability, raised.probability)


def test_both_chances_stand_on_the_page_each_with_its_name_and_its_word(make_unit):
    item = outlook(make_unit, 1.3)
    said, later = nr.outlook_sentence(item, "en"), STATUSES[verdict_word(item.december_probability)]
    assert f"by the plan in force today is {100 * item.probability:.0f}%: {item.word.name['en']}." in said.text
    assert f"the chance is {100 * item.december_probability:.0f}%: {later.name['en']}." in said.text
    assert {"probability", "december_probability"} <= {shown.label for shown in said.numbers}
    assert of_outlook(item)["december_probability"] == item.december_probability
    for part in (sections.headline_text(item, (), "vi"), tables.chance_bar(item, "vi")[-1], tables.facts(item, "vi")):
        assert "theo kế hoạch hiện hành" in str(part) and "tháng 12" in str(part)
    assert "Shown(" not in str(tables.facts(item, "vi"))  # bound numbers, no list of them


def test_pace_and_ask_follow_the_plan_as_it_stands(make_unit):
    raised, kept = outlook(make_unit, 1.3, unit="nang"), outlook(make_unit, 1.0, unit="giu")
    assert (raised.threshold, raised.remaining, raised.pace_needed) == (kept.threshold, kept.remaining, kept.pace_needed)
    assert raised.status == verdict_word(raised.probability)


def test_a_plan_that_has_been_reached_may_still_be_raised(make_unit):
    item = outlook(make_unit, 1.3, aim=50)
    assert item.status == "met" and item.probability == 1.0
    assert 0 < item.december_probability < 1


@pytest.mark.parametrize("indicator", ["budget_revenue_growth", "new_jobs"])
def test_lines_whose_plans_are_no_evidence_have_one_chance_and_no_pull(make_unit, indicator: str):
    measure = "lượt lao động" if indicator == "new_jobs" else DONG
    data = [one | {"measure": measure} for one in rows(indicator)]
    aims = [one | {"measure": measure} for one in plans(1.3, indicator)]
    place = kpi.read_unit(name := make_unit(data, targets=[target(indicator, 2025, 10_000, measure="flow")], plans=aims))
    item = kpi.outlook_for(kpi.read_observations(name), place, place.indicators[indicator], 2025, as_of="2025-10-15")
    assert math.isfinite(item.probability) and math.isnan(item.december_probability)
    assert not item.projection.unplanned.size and math.isnan(item.unplanned_probability)
    assert "December" not in nr.outlook_sentence(item, "en").text


def test_the_years_end_is_scored_against_the_second_chance(make_unit):
    """The ledger keeps both; a round of before has only the first, and stays readable."""
    item = outlook(make_unit, 1.3)
    ledger.record([item], data_digest="a", code_version="1")
    kept = ledger.read_ledger("thu")
    chances = kept[kept["output_type"] == "probability"].set_index("output_type_id")["value"]
    assert float(chances["met"]) == item.probability and float(chances["met_in_december"]) == item.december_probability
    ended = [*rows(), *monthly(MONEY, 2025, SEASON * 101, measure=DONG)[9:]]
    raised = [*plans(1.3), plan(MONEY, 13_000, "2025-11-20", measure=DONG)]
    make_unit(ended, targets=[target(MONEY, 2025, 100)], plans=raised)
    place, obs = kpi.read_unit("thu"), kpi.read_observations("thu")
    later = kept[kept["output_type_id"] != "met_in_december"]
    both, before = (kpi.settle(rounds, obs, unit=place, as_of=dt.date(2026, 2, 15)) for rounds in (kept, later))
    assert both["probability"].tolist() == [item.december_probability] and before["probability"].tolist() == [item.probability]
    assert both["met"].tolist() == [0.0]  # against the plan of December
