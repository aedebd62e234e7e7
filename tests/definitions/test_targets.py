"""One register of targets and plans: which version judges on a day, and how a plan with its document amends the target."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import row, target

from kpi_lib import narrative, outlook_for, outlooks
from kpi_lib.definitions.indicators import INDICATORS, read_unit
from kpi_lib.definitions.targets import has_document, in_force, listed, not_entered, plans_in_force, read_plans, target_for, year_in_review
from kpi_lib.deliveries.intake import confirm, ingest
from kpi_lib.deliveries.tables.template import write_template
from kpi_lib.figures.observations import read_observations
from kpi_lib.outlook.changes import amendments
from kpi_lib.page import data, draft, tables
from kpi_lib.record.replays import replay_line
from kpi_lib.reports.manifest import warnings
from tests.deliveries.template_tools import fill
from tests.made import AMENDED, plan, three_years

FIRMS, REVENUE = INDICATORS["new_enterprises"], INDICATORS["budget_revenue_growth"]
INVESTMENT = INDICATORS["public_investment_disbursement"]


def firms(value: float, adopted: str = "2025-07-01", **more: str) -> dict[str, object]:
    return plan("new_enterprises", value, adopted, measure="doanh nghiệp", **more)


def goal(unit: str, as_of: str, ind=FIRMS) -> tuple[float, str]:  # type: ignore[no-untyped-def]
    found = target_for(unit, ind, 2025, as_of=as_of)
    assert found is not None
    return found.threshold, found.measure


# ---- the boundary day ------------------------------------------------------------------------------------------------------------


def test_a_target_adopted_on_the_day_counts_and_not_the_day_before(make_unit: Callable[..., str]):
    unit = make_unit([], targets=[target("new_enterprises", 2025, 80), target("new_enterprises", 2025, 90, adopted="2025-03-31")])
    assert [goal(unit, day)[0] for day in ("2025-03-30", "2025-03-31")] == [80, 90]


def test_a_plan_adopted_on_the_day_counts_and_not_the_day_before(make_unit: Callable[..., str]):
    unit = make_unit([], plans=[firms(80, "2025-01-01"), firms(90, "2025-03-31")])
    found = [[plan["value"] for plan in plans_in_force(unit, FIRMS.id, 2025, as_of=dt.date(2025, 3, day))] for day in (30, 31)]
    assert found == [[80], [90]]


# ---- known later than adopted -------------------------------------------------------------------------------------------------------


def test_a_target_worked_out_from_later_figures_judges_from_their_day_on(make_unit: Callable[..., str]):
    later = target("new_enterprises", 2025, 90, adopted="2025-01-20", reconstructed="2025-11-05")
    unit = make_unit([], targets=[target("new_enterprises", 2025, 80), later])
    assert [goal(unit, day)[0] for day in ("2025-02-01", "2025-11-04", "2025-11-05")] == [80, 80, 90]
    place = read_unit(unit)
    assert [len(listed(place, 2025, as_of=dt.date(2025, 11, day))) for day in (4, 5)] == [1, 2]


def test_a_plan_worked_out_from_later_figures_is_in_force_and_sets_the_target_from_their_day_on(make_unit: Callable[..., str]):
    unit = make_unit([], plans=[{**firms(80, "2025-01-01"), "reconstructed": "2025-09-30"}])
    found = [plans_in_force(unit, FIRMS.id, 2025, as_of=dt.date(2025, 9, day)) for day in (29, 30)]
    assert [len(plans) for plans in found] == [0, 1]
    assert [target_for(unit, FIRMS, 2025, as_of=f"2025-09-{day}") is not None for day in (29, 30)] == [False, True]


def test_the_track_record_is_not_judged_by_a_target_reconstructed_since(make_unit: Callable[..., str]):
    """A hundred of 2024, worked out in March 2026, is no target of any replay of 2024; the same one without that day is."""
    for later, judged in ({"reconstructed": "2026-03-01"}, False), ({}, True):
        unit = make_unit(three_years(), targets=[target("new_enterprises", 2024, 100, **later)])
        replayed = replay_line(read_observations(unit), FIRMS, read_unit(unit), 2025, as_of="2026-04-01")
        assert replayed.loc[replayed["year"] == 2024, "met"].notna().any() == judged


def test_a_reconstructed_target_says_so_where_it_is_shown(make_unit: Callable[..., str]):
    versions = {"assigned": 80, "adopted": 90}
    worked_out = {"reconstructed": "2025-10-01", "precision": "derived"}
    two = [{**target("new_enterprises", 2025, value, version=version), **worked_out} for version, value in versions.items()]
    unit = make_unit(three_years(), targets=two)
    item = outlook_for(read_observations(unit), read_unit(unit), FIRMS, 2025, as_of="2025-10-15")
    for lang, words in ("vi", "dựng lại ngày 01/10/2025"), ("en", "reconstructed on 1 October 2025"):
        for shown in (
            data.targets(read_unit(unit), 2025, as_of="2025-10-15", lang=lang),
            tables.versions(item, lang),
            tables.facts(item, lang),
        ):
            assert words in str(shown).replace("\u00a0", " ")


def test_source_and_note_of_a_later_page_are_not_told_before_its_day(make_unit: Callable[..., str]):
    quoted = {"source": "trang 12", "note": "918.273 vào cuối năm", "seen": "2025-12-17"}
    unit = read_unit(make_unit([], targets=[target("new_jobs", 2025, 1600, **quoted), target("new_enterprises", 2025, 70, **quoted)]))
    before, after = (str(data.targets(unit, 2025, as_of=f"2025-12-{day}", lang="en")) for day in (16, 17))
    assert "trang 12" not in before and "918.273" not in before and before.count("named by a page of a later day") == 2
    assert after.count("918.273 vào cuối năm") == 2 and "later day" not in after


# ---- which version judges ----------------------------------------------------------------------------------------------------------


def test_what_the_council_adopted_judges_before_what_was_assigned_later(make_unit: Callable[..., str]):
    given = [target("new_enterprises", 2025, 80), target("new_enterprises", 2025, 95, version="assigned", adopted="2025-06-01")]
    judging, others = in_force(make_unit([], targets=given), FIRMS, 2025, as_of="2025-10-15")
    assert judging is not None and judging.threshold == 80
    assert [other.threshold for other in others] == [95]


def test_an_ambition_is_shown_and_never_judges(make_unit: Callable[..., str]):
    unit = make_unit(three_years(), targets=[target("new_enterprises", 2025, 80, version="ambition")])
    item = outlook_for(read_observations(unit), read_unit(unit), FIRMS, 2025, as_of="2025-10-15")
    assert item.target is None and not item.judged
    assert [other.target.threshold for other in item.others] == [80]
    assert "phấn đấu" in str(tables.versions(item))


# ---- a plan amends the target ----------------------------------------------------------------------------------------------------


def test_a_plan_with_its_document_amends_the_target_from_its_day_on(make_unit: Callable[..., str]):
    unit = make_unit([], targets=[target("new_enterprises", 2025, 80)], plans=[firms(90)])
    assert [goal(unit, day)[0] for day in ("2025-06-30", "2025-07-01")] == [80, 90]
    found = target_for(unit, FIRMS, 2025, as_of="2025-10-15")
    assert found is not None and found.amends is not None
    assert (found.document, found.comparator, found.amends.threshold) == (AMENDED, ">=", 80)


@pytest.mark.parametrize("words", ["(chưa có văn bản; đã được xác nhận)", "chưa có văn bản", "Không có"])
def test_a_plan_without_a_document_amends_nothing(make_unit: Callable[..., str], words: str):
    unit = make_unit([], targets=[target("new_enterprises", 2025, 80)], plans=[firms(90, document=words)])
    assert goal(unit, "2025-10-15")[0] == 80 and not has_document(words)


def test_a_plan_of_lower_standing_is_listed_and_does_not_override(make_unit: Callable[..., str]):
    plans = [firms(95, version="assigned"), firms(99, version="ambition")]
    judging, others = in_force(make_unit([], targets=[target("new_enterprises", 2025, 80)], plans=plans), FIRMS, 2025, as_of="2025-10-15")
    assert judging is not None and judging.threshold == 80
    assert [(other.version, other.threshold) for other in others] == [("assigned", 95), ("ambition", 99)]


def test_the_councils_own_plan_judges_before_an_assigned_target(make_unit: Callable[..., str]):
    unit = make_unit([], targets=[target("new_enterprises", 2025, 80, version="assigned")], plans=[firms(90)])
    assert goal(unit, "2025-10-15")[0] == 90


def test_a_target_adopted_after_the_plan_stands(make_unit: Callable[..., str]):
    given = [target("new_enterprises", 2025, 80), target("new_enterprises", 2025, 85, adopted="2025-08-01")]
    unit = make_unit([], targets=given, plans=[firms(90)])
    assert [goal(unit, day)[0] for day in ("2025-07-31", "2025-08-01")] == [90, 85]


def test_a_plan_sets_the_target_of_a_line_that_has_none(make_unit: Callable[..., str]):
    found = target_for(make_unit([], plans=[firms(90)]), FIRMS, 2025, as_of="2025-10-15")
    assert found is not None and (found.threshold, found.comparator, found.amends) == (90, ">=", None)


def test_a_plan_in_millions_amends_a_target_in_billions(make_unit: Callable[..., str]):
    given = [target(REVENUE.id, 2025, 250, measure="flow")]
    unit = make_unit([], targets=given, plans=[plan(REVENUE.id, 260_000, "2025-07-01", measure="triệu đồng")])
    assert goal(unit, "2025-10-15", REVENUE) == (pytest.approx(260), "flow")


def test_the_first_plan_of_a_year_does_not_replace_a_growth_target_and_its_amendment_does(make_unit: Callable[..., str]):
    plans = [plan(REVENUE.id, value, day, measure="tỷ đồng") for value, day in ((250, "2025-01-15"), (265, "2025-07-01"))]
    unit = make_unit([], targets=[target(REVENUE.id, 2025, 4)], plans=plans)
    assert [goal(unit, day, REVENUE) for day in ("2025-06-30", "2025-07-01")] == [(4, "indicator"), (265, "flow")]


def test_a_target_in_percent_of_the_plan_is_never_amended_by_the_plan(make_unit: Callable[..., str]):
    plans = [plan(INVESTMENT.id, value, day, measure="tỷ đồng") for value, day in ((120, "2025-01-15"), (141, "2025-07-01"))]
    unit = make_unit([], targets=[target(INVESTMENT.id, 2025, 100)], plans=plans)
    assert goal(unit, "2025-10-15", INVESTMENT) == (100, "indicator")
    assert target_for(make_unit([], plans=plans, unit="khong"), INVESTMENT, 2025, as_of="2025-10-15") is None


# ---- what the reader sees --------------------------------------------------------------------------------------------------------


@pytest.fixture
def amended(make_unit: Callable[..., str]) -> str:
    return make_unit(three_years(), targets=[target("new_enterprises", 2025, 100)], plans=[firms(120, document="Nghị quyết 60-NQ/ĐU")])


def test_page_and_draft_say_by_which_document(amended: str):
    unit, obs = read_unit(amended), read_observations(amended)
    item = outlook_for(obs, unit, FIRMS, 2025, as_of="2025-10-15")
    assert "theo Nghị quyết 60-NQ/ĐU, ngày 01/07/2025" in narrative.outlook_sentence(item).text
    assert "by Nghị quyết 60-NQ/ĐU, 1 July 2025" in narrative.outlook_sentence(item, "en").text
    assert "theo Nghị quyết 60-NQ/ĐU, ngày 01/07/2025" in str(draft.draft_report([item], unit)._repr_html_())
    before = outlook_for(obs, unit, FIRMS, 2025, as_of="2025-06-30")
    assert "Nghị quyết 60" not in narrative.outlook_sentence(before).text


def test_both_versions_are_listed(amended: str):
    unit = read_unit(amended)
    item = outlook_for(read_observations(amended), unit, FIRMS, 2025, as_of="2025-10-15")
    for page in (tables.versions(item), data.targets(unit, 2025, as_of="2025-10-15")):
        text = page._repr_html_() if page else ""
        assert "từ <" in text and 'value="100"' in text and 'value="120"' in text and "Nghị quyết 60-NQ/ĐU" in text
    assert "đã được thay" in str(tables.versions(item)) and "điều chỉnh theo kế hoạch năm" in str(
        data.targets(unit, 2025, as_of="2025-10-15")
    )


def test_the_change_is_told_once_as_the_targets(amended: str):
    item = outlook_for(read_observations(amended), read_unit(amended), FIRMS, 2025, as_of="2025-10-15")
    told = amendments(item, dt.date(2025, 6, 30))
    assert [(entry.what, entry.before, entry.after) for entry in told] == [("target", 100, 120)]


# ---- from the template to the verdict --------------------------------------------------------------------------------------------


def filled(unit_id: str, path: Path, cells: dict[str, object]) -> Path:
    unit = read_unit(unit_id)
    write_template(unit, 2025, path, month=7, obs=read_observations(unit_id), plans=read_plans(unit_id))
    return fill(path, {("new_enterprises", "total"): cells})


def test_a_plan_amended_as_the_template_instructs_reaches_the_target(make_unit: Callable[..., str], tmp_path: Path):
    unit = make_unit(three_years(), targets=[target("new_enterprises", 2025, 100)])
    receipts = ingest([filled(unit, tmp_path / "a.xlsx", {"own_plan": 120, "document": AMENDED})], unit, received=dt.date(2025, 8, 5))
    assert "plan_amended" in [fault.check for receipt in receipts for fault in receipt.faults]
    assert [goal(unit, day)[0] for day in ("2025-06-30", "2025-07-01", "2025-12-15")] == [100, 120, 120]


def test_a_plan_confirmed_by_name_alone_leaves_the_target(make_unit: Callable[..., str], tmp_path: Path):
    unit = make_unit(three_years(), targets=[target("new_enterprises", 2025, 100)])
    receipt = ingest([filled(unit, tmp_path / "a.xlsx", {"own_plan": 120})], unit, received=dt.date(2025, 8, 5))[0]
    assert receipt.waiting_plans
    confirm(unit, receipt.number, by="Nguyễn Văn A", reason="đã gọi điện", on=dt.date(2025, 8, 6), cells=[receipt.waiting_plans[0].cell])
    assert len(read_plans(unit)) == 1 and goal(unit, "2025-12-15")[0] == 100


def test_words_that_say_there_is_no_document_are_none(make_unit: Callable[..., str], tmp_path: Path):
    unit = make_unit(three_years(), targets=[target("new_enterprises", 2025, 100)])
    receipt = ingest(
        [filled(unit, tmp_path / "a.xlsx", {"own_plan": 120, "document": "chưa có văn bản"})], unit, received=dt.date(2025, 8, 5)
    )[0]
    assert receipt.waiting_plans and not receipt.plans


def test_figures_of_a_plan_in_another_unit_of_money_are_the_same_plan(make_unit: Callable[..., str]):
    rows = [row(INVESTMENT.id, "cumulative", "2025-09-30", 60, "2025-10-06", measure="tỷ đồng")]
    both = [outlook_for(read_observations(unit), read_unit(unit), INVESTMENT, 2025, as_of="2025-10-15").threshold for unit in (
        make_unit(rows, unit=name, targets=[target(INVESTMENT.id, 2025, 100)], plans=[plan(INVESTMENT.id, value, "2025-01-15", measure=measure)])
        for name, value, measure in (("mot", 120, "tỷ đồng"), ("hai", 120_000, "triệu đồng")))]  # fmt: skip
    assert both == [120, 120]


def test_a_plan_that_says_the_first_amount_again_leaves_a_growth_target(make_unit: Callable[..., str]):
    revenue = "budget_revenue_growth"
    first = plan(revenue, 112, "2025-01-05", measure="tỷ đồng")
    again, other = plan(revenue, 112_000, "2025-07-01", measure="triệu đồng"), plan(revenue, 115, "2025-07-01", measure="tỷ đồng")
    back = plan(revenue, 112, "2025-09-01", measure="tỷ đồng")
    for plans, expected in (([first, again], 4), ([first, other], 115), ([first, other, back], 4)):
        unit = make_unit([], targets=[target(revenue, 2025, 4)], plans=plans)
        found = in_force(unit, read_unit(unit).indicators[revenue], 2025, as_of="2025-12-01")[0]
        assert found and found.threshold == expected


# ---- the yearly roll-over ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("line", ["new_jobs", "new_enterprises"])
def test_a_year_without_targets_after_one_with_targets_is_told(make_unit: Callable[..., str], line: str):
    given = [target(line, 2025, 80), target(line, 2026, 90, adopted="2026-02-10")]
    unit = read_unit(make_unit([], targets=given))
    told = [not_entered(unit, 2026, as_of=dt.date(2026, 2, day)) for day in (9, 10)]
    assert told[1] is None and told[0] is not None
    assert (
        told[0]["en"].startswith("No target of 2026 is entered, although 2025 had its own.") and "data/raw/thu/targets.csv" in told[0]["vi"]
    )
    assert not_entered(unit, 2025, as_of=dt.date(2026, 2, 9)) is None and not_entered(unit, 2024, as_of=dt.date(2026, 2, 9)) is None


def test_marks_of_comparison_and_ambitions_are_no_roll_over(make_unit: Callable[..., str]):
    given = [
        target("new_jobs", 2025, 80),
        target("new_jobs", 2026, 80, version="reference"),
        target("new_jobs", 2026, 99, version="ambition"),
    ]
    assert not_entered(read_unit(make_unit([], targets=given)), 2026, as_of=dt.date(2026, 3, 1)) is not None


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_a_forgotten_roll_over_is_on_the_overview_and_among_the_warnings(make_unit: Callable[..., str], lang: str):
    unit = read_unit(make_unit(three_years(), targets=[target("new_enterprises", 2024, 80)]))
    items = outlooks(read_observations(unit.id, as_of="2025-10-15"), unit, 2025, as_of="2025-10-15")
    words = not_entered(unit, 2025, as_of=dt.date(2025, 10, 15))
    assert words is not None and words[lang] in narrative.answer(items, lang).text and words[lang] in warnings(items, lang)


# ---- the year a January report judges ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("line", ["new_jobs", "health_insurance_coverage"])
def test_a_unit_in_its_first_january_is_judged_by_its_first_targets_and_an_older_one_by_those_of_the_year_that_closes(
    make_unit: Callable[..., str], line: str
):
    early, ahead = dt.date(2026, 1, 15), {**target(line, 2026, 90), "adopted": "2025-12-31"}
    make_unit([], targets=[ahead])
    new = read_unit("thu")
    assert [year_in_review(new, each) for each in (early, dt.date(2025, 12, 30), dt.date(2026, 2, 1))] == [2026, 2025, 2026]
    make_unit([], targets=[{**target(line, 2025, 80), "adopted": "2024-12-31"}, ahead], unit="cu")
    assert year_in_review(read_unit("cu"), early) == 2025
    make_unit([], targets=[{**ahead, "adopted": "2026-01-20"}], unit="chua")
    assert year_in_review(read_unit("chua"), early) == 2025, "not known yet on that day"
    make_unit([], unit="trong")
    assert year_in_review(read_unit("trong"), early) == 2025
