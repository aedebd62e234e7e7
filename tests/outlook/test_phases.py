"""The phased plan: every month and quarter held against it, what is missing carried over by one rule, its versions and its guard."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from conftest import row, target

import kpi_lib as kpi
from kpi_lib import narrative as nr
from kpi_lib.definitions.indicators import read_unit
from kpi_lib.definitions.owners.phases import phases_in_force, read_phases
from kpi_lib.definitions.targets import read_plans, target_for
from kpi_lib.outlook.phases import phased
from kpi_lib.outlook.values.phases import of_phases
from kpi_lib.outlook.verdict import Outlook
from kpi_lib.page import draft, phases, tables
from kpi_lib.page.markup import plain
from kpi_lib.reports import door
from kpi_lib.words.messages import KpiError
from tests.made import AMENDED, three_years

AS_OF = "2025-10-15"


def phase(indicator: str, period: str, value: float, measure: str, *, adopted: str = "2025-01-20", **more: object) -> dict[str, object]:
    basis = "quarter" if "Q" in period else "month" if len(period) == 7 else "cumulative"
    return {"indicator": indicator, "year": 2025, "value": value, "measure": measure, "version": "adopted", "document": "KH 12/KH-UBND",
            "adopted": adopted, "source": "thử", "basis": basis, "period": period, **more}  # fmt: skip


def months(values: dict[int, float]) -> list[dict[str, object]]:
    return [phase("new_enterprises", f"2025-{month:02d}", value, "doanh nghiệp") for month, value in values.items()]


def jobs(*values: tuple[str, float]) -> list[dict[str, object]]:
    """Sums to date of a line known at the ends of quarters alone."""
    return [row("new_jobs", "cumulative", f"2025-{end}", value, "2025-10-06", measure="lượt lao động") for end, value in values]


QUARTERS = [phase("new_jobs", f"2025-Q{number}", value, "lượt lao động") for number, value in ((1, 300), (2, 400), (3, 500), (4, 400))]


def looked_at(unit: str, indicator: str, as_of: str = AS_OF) -> Outlook:
    place = read_unit(unit)
    return kpi.outlook_for(kpi.read_observations(unit, as_of=as_of), place, place.indicators[indicator], 2025, as_of=as_of)


def write_plans(make_unit: Callable[..., str], rows: list[dict[str, object]], plans: list[dict[str, object]], **more: object) -> str:
    import pandas as pd

    from kpi_lib.definitions import folders

    unit = make_unit(rows, **more)
    pd.DataFrame(plans).to_csv(folders.raw(unit) / "plans.csv", index=False)
    return unit


# ---- judged -----------------------------------------------------------------------------------------------------------------------


def test_every_quarter_is_what_its_sum_to_date_adds_to_the_one_before(make_unit: Callable[..., str]):
    unit = write_plans(make_unit, jobs(("03-31", 330), ("06-30", 700), ("09-30", 1182)), QUARTERS)
    found = phased(looked_at(unit, "new_jobs"))
    assert [(step.phase.period, step.reached, step.distance) for step in found.steps[:3]] == [
        ("2025-Q1", 330, 30), ("2025-Q2", 370, -30), ("2025-Q3", 482, -18),
    ]  # fmt: skip
    assert [step.judged for step in found.steps] == [True, True, True, False]
    assert nr.phase_sentence(looked_at(unit, "new_jobs"), "vi") is not None
    assert "".join(map(plain, nr.phase_brief(looked_at(unit, "new_jobs"), "vi"))) == "Quý III: 96,4% kế hoạch quý"


def test_below_its_plan_a_period_is_short_and_above_it_over(make_unit: Callable[..., str]):
    unit = write_plans(make_unit, jobs(("03-31", 330), ("06-30", 700), ("09-30", 1200)), QUARTERS)
    item = looked_at(unit, "new_jobs")
    plan = phased(item)
    said = ["".join(map(plain, nr.phases.phase_distance(of_phases(item, plan), step, item, "en"))) for step in plan.steps[:3]]
    assert said == ["over by 30 placements", "short by 30 placements", "exactly as planned"]


def test_every_month_published_is_judged_and_the_shortest_period_is_told_first(make_unit: Callable[..., str]):
    unit = write_plans(make_unit, three_years(), months({month: 10 for month in range(1, 13)}))
    found = phased(looked_at(unit, "new_enterprises"))
    assert [step.reached for step in found.steps if step.judged] == pytest.approx([10, 6, 11, 12, 10, 11, 11, 11, 10], abs=0.61)
    assert found.latest is not None and found.latest.phase.period == "2025-09"


def test_a_state_and_a_share_of_the_plan_are_held_against_their_own_kind_of_plan(make_unit: Callable[..., str]):
    insured = [row("health_insurance_coverage", "level", "2025-09-30", 95.1, "2025-10-06", measure="%")]
    spent = [row("public_investment_disbursement", "cumulative", "2025-09-30", 540, "2025-10-06", measure="tỷ đồng")]
    plans = [
        phase("health_insurance_coverage", "2025-09-30", 95.5, "%", basis="level"),
        phase("public_investment_disbursement", "2025-09-30", 60, "%"),
        {**phase("public_investment_disbursement", "", 1000, "tỷ đồng"), "basis": "year"},
    ]
    unit = write_plans(make_unit, [*insured, *spent], plans)
    distances = [phased(looked_at(unit, plan["indicator"])).steps[0].distance for plan in plans[:2]]  # type: ignore[arg-type]
    assert distances == pytest.approx([-0.4, -60.0])


# ---- carried over -------------------------------------------------------------------------------------------------------------------


def test_what_is_missing_is_spread_over_the_periods_left_in_the_plans_own_proportions(make_unit: Callable[..., str]):
    plan = months(dict.fromkeys(range(1, 10), 12) | {10: 10, 11: 20, 12: 30})
    unit = write_plans(make_unit, three_years(), plan)
    found = phased(looked_at(unit, "new_enterprises"))
    sums = kpi.read_observations(unit, as_of=AS_OF)
    done = sums[sums["period"].str.startswith("2025")]["value"].sum()
    assert found.until == dt.date(2025, 9, 30) and found.missing == pytest.approx(108 - done)
    left = [step for step in found.steps if step.carried == step.carried]
    assert [step.carried for step in left] == pytest.approx([step.planned * (1 + found.missing / 60) for step in left])
    assert sum(step.carried for step in left) + done == pytest.approx(168)  # the year's plan is reached again


def test_what_is_over_is_not_taken_off_the_periods_left(make_unit: Callable[..., str]):
    unit = write_plans(make_unit, jobs(("03-31", 900)), QUARTERS)
    found = phased(looked_at(unit, "new_jobs"))
    assert found.missing == 0 and found.next is None


def test_nothing_is_carried_over_a_gap_in_the_plan(make_unit: Callable[..., str]):
    unit = write_plans(make_unit, jobs(("03-31", 200)), [QUARTERS[0], QUARTERS[1], QUARTERS[3]])
    found = phased(looked_at(unit, "new_jobs"))
    assert found.missing == 100 and found.next is None
    assert "còn thiếu 100" in str(nr.phase_sentence(looked_at(unit, "new_jobs"), "vi"))


# ---- one register, one clock --------------------------------------------------------------------------------------------------------


def test_a_period_of_a_plan_is_never_the_years_plan(make_unit: Callable[..., str]):
    unit = write_plans(
        make_unit, jobs(("03-31", 200)), [*QUARTERS, phase("new_jobs", "2025-09-30", 1200, "lượt lao động", document=AMENDED)]
    )
    place = read_unit(unit)
    assert not len(read_plans(unit)) and target_for(unit, place.indicators["new_jobs"], 2025, as_of=AS_OF) is None


def test_a_later_version_of_one_period_counts_from_its_day_on_and_an_ambition_never(make_unit: Callable[..., str]):
    later = phase("new_jobs", "2025-Q3", 650, "lượt lao động", adopted="2025-07-10")
    wish = phase("new_jobs", "2025-Q3", 900, "lượt lao động", adopted="2025-02-01", version="ambition")
    unit = write_plans(make_unit, [], [*QUARTERS, later, wish])
    place = read_unit(unit)
    of_day = [
        {each.period: each.value for each in phases_in_force(place, place.indicators["new_jobs"], 2025, as_of=dt.date.fromisoformat(day))}
        for day in ("2025-01-19", "2025-07-09", "2025-07-10")
    ]
    assert [found.get("2025-Q3") for found in of_day] == [None, 500, 650] and of_day[2]["2025-Q2"] == 400


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"period": "2025-Q5"}, "2025-Q5"),
        ({"period": "2024-Q2"}, "does not lie in 2025"),
        ({"measure": "hộ"}, "cannot be held against new_jobs"),
        ({"indicator": "clean_water_coverage", "measure": "%"}, "a state on a day"),
        ({"basis": "quater"}, "quarter"),
    ],
)
def test_a_period_that_fits_nothing_is_refused_with_its_line(make_unit: Callable[..., str], wrong: dict[str, object], told: str):
    unit = write_plans(make_unit, [], [QUARTERS[0], {**QUARTERS[1], **wrong}])
    with pytest.raises(KpiError, match=told) as raised:
        read_phases(read_unit(unit))
    assert "line 3" in str(raised.value)
    assert door.faults(unit, dt.date(2025, 10, 15))


# ---- on the pages -------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_the_page_the_draft_and_the_familiar_table_say_the_same_of_the_latest_quarter(make_unit: Callable[..., str], lang: str):
    unit = write_plans(make_unit, jobs(("03-31", 300), ("06-30", 700), ("09-30", 1182)), QUARTERS, targets=[target("new_jobs", 2025, 1500)])
    item, place = looked_at(unit, "new_jobs"), read_unit(unit)
    share = "96,4%" if lang == "vi" else "96.4%"
    page = " ".join(plain(part.__html__() if hasattr(part, "__html__") else part) for part in phases.phased_plan(item, lang))
    assert all(share in text for text in (page, draft.draft([item], place, lang=lang).text, tables.resolution([item], lang)))
    assert ("1.600" if lang == "vi" else "1,600") in page  # the periods add up to another year than the target
    named = of_phases(item).named()
    sentence = nr.phase_sentence(item, lang)
    assert sentence is not None and {number.key for number in sentence.numbers} <= set(named)
