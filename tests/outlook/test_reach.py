"""Until when a target can still be met by what was ever done, and which lines a decision is asked for: one answer on every page."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace

import pytest
from conftest import row, target

from kpi_lib import narrative as nr
from kpi_lib.outlook import required
from kpi_lib.outlook.reach import SOON, asked, reach
from kpi_lib.outlook.verdict import GOOD
from kpi_lib.page import tables
from kpi_lib.page.draft import draft
from kpi_lib.page.needs import what_it_takes
from kpi_lib.words import date_text
from tests.made import shipped, three_years
from tests.outlook.test_milestones import flat, on_path, outlook

REPORTS = [("uong-bi-minh-hoa", "2026-07-15"), ("uong-bi-minh-hoa", "2026-10-15"), ("quang-ninh", "2021-10-15")]


@pytest.fixture(scope="module", params=REPORTS, ids=lambda report: "-".join(report))
def report(request):
    yield from shipped(*request.param)


def at(make_unit, threshold: float, months: float = 9):
    """Six months at nine, ten a month in each of three past years, and one certain path of even months ahead."""
    unit = make_unit(flat(10, 10, 10), targets=[target("new_enterprises", 2025, threshold)], unit=f"u{threshold:.0f}")
    return on_path(outlook(unit, as_of="2025-07-15"), months)


def test_the_last_day_is_that_on_which_no_more_is_left_than_was_ever_done_after_it(make_unit):
    assert reach(at(make_unit, 111)).day == dt.date(2025, 9, 30)  # 54 + 3 x 9 + 3 x 10 = 111
    assert reach(at(make_unit, 112)).day == dt.date(2025, 8, 31)  # 54 + 2 x 9 + 4 x 10 = 112
    assert reach(at(make_unit, 111, 8.5)).day == dt.date(2025, 8, 31)  # 54 + 2 x 8.5 + 4 x 10 = 111
    assert reach(at(make_unit, 110, 8)).day == dt.date(2025, 8, 31)  # 54 + 2 x 8 + 4 x 10 = 110
    between = reach(at(make_unit, 109, 8.4)).day  # 54 + 3.125 x 8.4 + 2.875 x 10 = 109
    assert between == dt.date(2025, 10, 3)


def test_the_states_of_a_target_against_what_was_ever_done(make_unit):
    assert reach(at(make_unit, 108)).state == "holds"
    late = reach(at(make_unit, 114, 8))
    assert (late.state, late.mark.day, late.day) == ("now", dt.date(2025, 7, 31), None)  # within reach on 30 June, no more on 31 July
    gone = reach(at(make_unit, 130))
    assert (gone.state, gone.left, gone.best, gone.years) == ("beyond", 76, 60, 3)
    assert "Ngoài tầm: còn phải làm 76 doanh nghiệp" in nr.reach_sentence(at(make_unit, 130)).text
    assert "Việc còn lại: xin điều chỉnh có lý do, hoặc giải trình." in nr.reach_sentence(at(make_unit, 130)).text
    assert nr.reach_sentence(at(make_unit, 108)) is None


def test_one_past_year_is_not_all_that_was_ever_done(make_unit):
    unit = make_unit(flat(10), targets=[target("new_enterprises", 2025, 130)])
    assert reach(outlook(unit, as_of="2025-07-15")).state in ("open", "holds")


@pytest.mark.parametrize(("indicator", "measure"), [("new_enterprises", "doanh nghiệp"), ("new_jobs", "lượt lao động")])
def test_what_the_projection_holds_possible_is_not_out_of_reach_because_no_year_did_it(make_unit, indicator: str, measure: str):
    item = outlook(make_unit(three_years(indicator, measure), targets=[target(indicator, 2025, 126)]), indicator)
    found = required.conditions(item)
    assert found.best < found.aims[0].amount
    assert reach(replace(item, status="unlikely", probability=0.2)).state == "beyond"
    assert reach(replace(item, status="uncertain", probability=0.5)).state == "open"


def test_a_level_that_asks_for_more_than_any_year_changed_is_out_of_reach(make_unit):
    values = {2022: (95.0, 95.6), 2023: (96.0, 96.2), 2024: (97.0, 97.7)}
    rows = [
        row("health_insurance_coverage", "level", f"{year}-{tail}", value, f"{year + (tail == '12-31')}-{month}-06", measure="%")
        for year, pair in values.items()
        for (tail, month), value in zip((("09-30", "10"), ("12-31", "01")), pair, strict=True)
    ]
    rows += [row("health_insurance_coverage", "level", "2025-09-30", 96.0, "2025-10-06", measure="%")]
    far, near = (
        outlook(make_unit(rows, targets=[target("health_insurance_coverage", 2025, goal)], unit=f"u{goal}"), "health_insurance_coverage")
        for goal in (99.5, 96.6)
    )
    assert reach(far).state == "beyond" and reach(far).years == 3
    assert reach(near).state != "beyond"
    assert "trong 3 năm trước có số để so sánh, không năm nào" in nr.reach_sentence(far).text


def test_no_day_named_is_gone_or_the_reports_own_and_it_is_the_same_on_every_page(report):
    place, items = report
    overview, letter = str(tables.attention(items).parts[0]), draft(items, place, lang="vi").text
    said = 0
    for item in items:
        found, own = reach(item), " ".join(str(part) for part in what_it_takes(item, place).parts)
        ours = next((part for part in re.split(r"<tr>", overview) if tables.line_name(item, "vi") in part), "")
        if found.day is None:
            assert ("đến ngày" not in ours and "thì đến ngày" not in own) or found.state == "now", item.indicator.id
            continue
        said += 1
        assert item.projection.as_of < found.day <= item.projection.calendar.end(item.projection.year)
        assert item.status not in GOOD and date_text(found.day, "vi") in own
        if asked(item):
            assert date_text(found.day, "vi") in ours and date_text(found.day, "vi") in letter
    assert said == len([item for item in items if reach(item).state == "until"])


def test_a_decision_is_asked_for_only_where_it_is_needed_and_where_somebody_can_still_act(report):
    place, items = report
    due = [item for item in items if asked(item)]
    assert due and (len(due) <= len([item for item in items if item.judged]) / 2 or place.level != "ward")
    for item in items:
        found = reach(item)
        assert (item in due) == (
            item.judged
            and item.status not in (*GOOD, "missed")
            and (
                (found.state == "until" and found.day <= item.projection.as_of + SOON)
                or found.state in ("now", "beyond")
                or (found.state == "open" and item.status in ("unlikely", "very_unlikely"))
            )
        )
    worrying, *well = tables.attention(items).parts
    assert worrying.count('class="due"') == len(due) and 'class="due"' not in "".join(map(str, well))
    assert f" {len(due)} chỉ tiêu cần sớm quyết định" in nr.answer(items).text
    tasks = draft(items, place, lang="vi").sections[2].paragraphs
    assert len(tasks) == len(due) + 1  # and the gap for measures


def test_what_is_out_of_reach_is_never_given_a_day(report):
    _, items = report
    for item in (item for item in items if reach(item).state == "beyond"):
        assert item.status in ("unlikely", "very_unlikely")
        assert reach(item).day is None and "ngoài tầm" in nr.reach_sentence(item).text.lower()
        assert reach(item).left > reach(item).best
