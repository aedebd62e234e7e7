"""A grey line tells what was reached and why it is not judged, and nothing ahead; a finished year is told as finished."""

from __future__ import annotations

import datetime as dt
import math
import re
from dataclasses import replace
from functools import cache

import pytest
from conftest import monthly, row, target

import kpi_lib as kpi
from kpi_lib import charts
from kpi_lib import narrative as nr
from kpi_lib.outlook import milestones, required, scenarios
from kpi_lib.outlook.joint import joint
from kpi_lib.outlook.reach import asked
from kpi_lib.outlook.values.course import of_fan, of_futures
from kpi_lib.outlook.values.outlook import of_outlook
from kpi_lib.outlook.verdict import Outlook, outlooks
from kpi_lib.page import draft, tables, together
from kpi_lib.page.markup import plain
from kpi_lib.record import ledger
from kpi_lib.record.values import data as values
from tests.conftest import PROJECT
from tests.once import project

REPORTS = (("viet-nam", 2019, "2019-07-15"), ("uong-bi-minh-hoa", 2026, "2026-10-15"), ("quang-ninh", 2025, "2025-10-15"))
AHEAD = ("median", "low80", "high80", "low95", "straight_line", "same_period", "probability", "surplus", "pace_needed", "months_left")
FORETOLD = re.compile(r"dự báo|xác suất|khả năng đạt|vượt|thiếu|phải (?:bằng|đạt)")


@cache
def report(unit: str, year: int, as_of: str) -> list[Outlook]:
    with project(PROJECT):
        return outlooks(kpi.read_observations(unit), kpi.read_unit(unit), year, as_of=as_of)


def grey(unit: str, year: int, as_of: str) -> list[Outlook]:
    found = [item for item in report(unit, year, as_of) if not item.judged and not item.projection.complete]
    assert found
    return found


@pytest.mark.parametrize(("unit", "year", "as_of"), REPORTS)
def test_a_grey_line_has_no_forecast_no_chance_no_advice_at_any_door(unit: str, year: int, as_of: str):
    for item in grey(unit, year, as_of):
        values = of_outlook(item)
        assert all(math.isnan(values[label]) for label in AHEAD), item.indicator.id
        assert not [label for label in (*of_futures(item), *of_fan(item)) if label.startswith(("future", "fan", "low", "high"))]
        assert milestones.milestones(item) == () and required.conditions(item) is None and milestones.to_do(item) is None
        assert (nr.demand(item), nr.plan_note(item), nr.rules_of_thumb(item), asked(item)) == (None,) * 4
        assert scenarios.refusal(item) is not None and charts.distribution(item) is None
        assert item not in joint(report(unit, year, as_of)).lines
        said = nr.outlook_sentence(item).text.removeprefix(item.indicator.name["vi"])
        assert not FORETOLD.search(said.split("Mục tiêu:")[0]), said
        assert {kind for _, kind, _ in told(item)} <= {"status", "threshold"}


def told(item: Outlook) -> list[tuple[str, str, str]]:
    """What the ledger keeps of a line."""
    rows = ledger.rows_of(item, data_digest="", code_version="")
    return [(str(r["indicator"]), str(r["output_type"]), str(r["output_type_id"])) for r in rows]


@pytest.mark.parametrize(("unit", "year", "as_of"), REPORTS)
def test_the_familiar_table_and_the_facts_of_a_grey_line_foretell_nothing(unit: str, year: int, as_of: str):
    for item in grey(unit, year, as_of):
        columns = {column.name["en"]: says for column, says in tables._familiar([item], "vi").items()}
        assert columns["Projected year"](item) == "–"
        facts = tables.facts(item)
        assert "80%" not in facts.replace(" ", "").replace("\xa0", "") and "chance" not in facts


def finished(make_unit) -> list[Outlook]:
    """The year 2025 on the last day of January: one line with its result, one with nine months, one with a level of
    November, and two whose year is known by an estimate, one of them below its goal."""
    rows = [r for y in (2023, 2024, 2025) for r in monthly("new_enterprises", y, [9.0] * 12, measure="doanh nghiệp")]
    rows += [r for y in (2023, 2024) for r in monthly("budget_revenue_growth", y, [20.0] * 12, measure="tỷ đồng")]
    rows += monthly("budget_revenue_growth", 2025, [22.0] * 11, measure="tỷ đồng")
    rows += [row("health_insurance_coverage", "level", day, 97.0, day, measure="%") for day in ("2024-12-31", "2025-11-30")]
    rows += [
        row("new_jobs", "year", str(y), 100 + y, f"{y + 1}-01-06", measure="lượt lao động", status="estimate") for y in range(2020, 2026)
    ]
    rows += [row("gross_product_growth", "year", "2025", 7.5, "2026-01-06", measure="%", status="estimate")]
    goals = [
        target("new_jobs", 2025, 1000),
        target("gross_product_growth", 2025, 20),
        target("new_enterprises", 2025, 100),
        target("budget_revenue_growth", 2025, 4),
        target("health_insurance_coverage", 2025, 98),
    ]
    unit = make_unit(rows, targets=goals)
    return outlooks(kpi.read_observations(unit), kpi.read_unit(unit), 2025, as_of=dt.date(2026, 1, 31))


def test_of_a_year_that_is_over_a_line_without_its_result_awaits_it_and_foretells_nothing(make_unit):
    items = {item.indicator.id: item for item in finished(make_unit)}
    assert items["new_enterprises"].status == "met"
    for key in ("budget_revenue_growth", "health_insurance_coverage"):
        assert items[key].status == "cannot_be_judged" and not items[key].projection.known
        assert "chưa có kết quả năm" in nr.outlook_sentence(items[key]).text
        assert "its result is not known yet" in nr.outlook_sentence(items[key], "en").text


def test_a_finished_year_is_told_as_finished(make_unit):
    """No forecast, no advice, no distribution of what is certain, no scenario, on the overview and in the draft alike."""
    items = finished(make_unit)
    place = items[0].projection.unit
    pages = " ".join(
        plain(part._repr_html_() if hasattr(part, "_repr_html_") else part)
        for part in (tables.resolution(items), *tables.attention(items).parts, *together.all_lines(items).parts, *map(tables.facts, items))
    )
    text = re.sub(r"<[^>]+>", " ", pages) + draft.draft(items, place, lang="vi").text
    text += " ".join(nr.outlook_sentence(item).text for item in items) + " ".join(map(str, tables.plain_resolution(items)[1]))
    assert not re.search(r"dự báo|khả năng (?!năm)|xác suất|cần quyết định|hạn quyết định|Cần mỗi tháng", text.replace("Khả năng ", ""))
    assert "đạt theo số ước" in text and "không đạt theo số ước" in text
    assert not together.all_lines(items).parts and "Kết quả năm" in text
    assert together.how_many_sentence(items) is None
    assert all(scenarios.refusal(item) is not None for item in items)


SCHEDULE = 'deadline_day = 6\ndeadline_next_month = true\ndeadline_document = "Quyết định 7/QĐ-UBND"'


@pytest.mark.parametrize(("day", "status"), [("2025-10-06", "judged"), ("2025-10-07", "stale")])
@pytest.mark.parametrize(("line", "measure"), [("new_enterprises", "doanh nghiệp"), ("new_jobs", "lượt lao động")])
def test_a_figure_past_its_due_date_is_grey_and_both_tables_say_so(make_unit, line: str, measure: str, day: str, status: str):
    """The verdict and the table of what is owed ask one question; where no document sets a day nothing is overdue."""
    rows = [r for y in (2022, 2023, 2024) for r in monthly(line, y, [9.0] * 12, measure=measure)]
    rows += monthly(line, 2025, [9.5] * 8, measure=measure)
    unit = make_unit(rows, targets=[target(line, 2025, 110)], toml=SCHEDULE)
    place, obs, moment = kpi.read_unit(unit), kpi.read_observations(unit, as_of=day), dt.date.fromisoformat(day)
    found = kpi.outlook_for(obs, place, place.indicators[line], 2025, as_of=moment)
    owed = values.owed(obs, place, place.indicators[line], moment)
    assert (found.status == "stale", owed is not None) == ((status == "stale"),) * 2
    assert found.projection.known == (status == "judged")
    if owed:
        assert (owed.end, owed.due) == (dt.date(2025, 9, 30), dt.date(2025, 10, 6)) and "06/10/2025" in found.reason["vi"]
    free = replace(place, deadline_document="")
    assert kpi.outlook_for(obs, free, place.indicators[line], 2025, as_of=moment).judged
    assert values.owed(obs, free, place.indicators[line], moment) is None


@pytest.mark.parametrize(("given", "owed"), [("2025-02-20", None), ("2024-02-20", dt.date(2025, 12, 31)), ("2025-12-31", None)])
def test_what_is_known_once_a_year_is_not_asked_for_again_whatever_day_it_came(make_unit, given: str, owed: dt.date | None):
    given_once = row("military_recruitment", "level", given, 100.0, given, measure="%")
    unit = make_unit([given_once], targets=[target("military_recruitment", 2026, 100, comparator="=")], toml=SCHEDULE)
    place, obs = kpi.read_unit(unit), kpi.read_observations(unit, as_of="2026-10-15")
    found = values.owed(obs, place, place.indicators["military_recruitment"], dt.date(2026, 10, 15))
    assert (found.end if found else None) == owed
