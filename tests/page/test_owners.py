"""Who is asked to decide, who for figures, and who is called late: only whom the unit's own files name."""

from __future__ import annotations

import datetime as dt

import pytest
from conftest import PROJECT, target
from made import three_years

from kpi_lib.definitions.indicators import read_unit
from kpi_lib.figures.observations import read_observations
from kpi_lib.outlook.verdict import outlooks
from kpi_lib.page import data, deliveries, tables
from kpi_lib.page.draft import draft

NAMED = """
[override.new_enterprises.duty]
owner = { vi = "Thống kê cơ sở", en = "Statistics office" }
result_owner = { vi = "Phòng Kinh tế (đề xuất, phường xác nhận)", en = "Economy Division (proposed, to be confirmed by the ward)" }
[override.new_jobs.duty]
owner = { vi = "Thống kê cơ sở", en = "Statistics office" }
"""
DEADLINE = """
deadline_day = 6
deadline_next_month = true
deadline_document = "Quyết định 7/QĐ-UBND"
"""


@pytest.fixture
def items(make_unit):
    rows = three_years() + three_years("new_jobs", "lượt lao động", 10)
    unit = read_unit(make_unit(rows, targets=[target("new_enterprises", 2025, 190), target("new_jobs", 2025, 1900)], toml=NAMED))
    return [item for item in outlooks(read_observations(unit.id), unit, 2025, as_of="2025-10-15") if item.judged]


def test_only_who_answers_for_the_result_is_asked_to_decide_and_nobody_where_nobody_is_named(items):
    unit = items[0].projection.unit
    for lang, office, asked, nobody in (
        ("vi", "Thống kê cơ sở", "Phòng Kinh tế (đề xuất, phường xác nhận)", "chưa ghi cơ quan chịu trách nhiệm kết quả"),
        (
            "en",
            "Statistics office",
            "Economy Division (proposed, to be confirmed by the ward)",
            "no body is named as answering for the result",
        ),
    ):
        for told in (str(tables.attention(items, lang).parts[0]), draft(items, unit, lang=lang).text):
            assert asked in told and nobody in told and office not in told, (lang, told)
        assert all(part in str(data.duty(items[0], lang)) for part in (office, asked))


@pytest.mark.parametrize("unit", ["quang-ninh", "uong-bi", "uong-bi-minh-hoa", "viet-nam"])
def test_no_statistics_office_answers_for_a_result_and_what_nobody_confirmed_says_so(unit: str, monkeypatch):
    monkeypatch.setenv("KPI_ROOT", str(PROJECT))
    for ind in read_unit(unit).indicators.values():
        named = ind.duty.result_owner["vi"]
        assert "thống kê" not in named.lower(), ind.id
        assert not named or "đề xuất" in named or "mục III.5" in named, ind.id


def test_another_body_for_the_figure_does_not_inherit_who_answered_for_the_result_elsewhere(make_unit):
    unit = read_unit(make_unit([], toml=NAMED))
    assert unit.indicators["new_jobs"].duty.result_owner["vi"] == ""
    assert unit.indicators["new_enterprises"].duty.result_owner["vi"].startswith("Phòng Kinh tế")
    assert "III.5" in unit.indicators["forest_cover"].duty.result_owner["vi"]  # the catalogue's own


def test_nobody_is_late_for_a_day_that_no_document_sets(make_unit):
    rows = three_years()[:-3]  # nothing since June
    for name, toml in (("khong", ""), ("ngay", "deadline_day = 25")):
        unit = read_unit(make_unit(rows, unit=name, toml=toml, targets=[target("new_jobs", 2025, 1900)]))
        told = str(deliveries.owed(read_observations(unit.id), unit, as_of="2025-10-15"))
        assert "không cơ quan nào bị coi là chậm" in told and "<table" not in told
        assert unit.deadline(2025, 9) is None


def test_what_is_late_is_late_by_the_document_and_lines_without_target_and_figure_are_left_alone(make_unit):
    unit = read_unit(make_unit(three_years()[:-3], toml=DEADLINE, targets=[target("gross_product_growth", 2025, 8)]))
    obs = read_observations(unit.id)
    told = str(deliveries.owed(obs, unit, as_of="2025-10-15"))
    assert "Quyết định 7/QĐ-UBND" in told and "06/08/2025" in told  # July's figure of new enterprises
    assert "(5)" in told and "(11)" not in told  # growth has a target; jobs have neither target nor figure
    ind = unit.indicators["gross_product_growth"]
    assert unit.due(ind, dt.date(2025, 9, 30)) == dt.date(2025, 10, 6)
    assert unit.deadline(2025, 12) == dt.date(2026, 1, 6)


def test_nothing_of_a_quarter_is_due_before_it_ends(make_unit):
    unit = read_unit(make_unit([], toml=DEADLINE.replace("= 6", "= 25").replace("true", "false")))
    assert unit.due(unit.indicators["gross_product_growth"], dt.date(2025, 9, 30)) == dt.date(2025, 9, 30)
    assert unit.due(unit.indicators["budget_revenue_growth"], dt.date(2025, 8, 31)) == dt.date(2025, 8, 25)  # a month's estimate


@pytest.mark.parametrize("indicator", ["new_jobs", "new_enterprises"])
def test_a_line_with_neither_target_nor_figure_is_not_chased(make_unit, indicator: str):
    rows = three_years(
        "new_enterprises" if indicator == "new_jobs" else "new_jobs", "lượt lao động" if indicator != "new_jobs" else "doanh nghiệp"
    )
    for goals in ([], [target(indicator, 2025, 100)]):
        unit = read_unit(make_unit(rows, targets=goals, unit=f"u{len(goals)}"))
        told = str(data.arrived(read_observations(unit.id), unit, 2025, as_of="2025-10-15"))
        assert told.count("<tr>") == 2 + len(goals) and (unit.indicators[indicator].short["vi"] in told) == bool(goals)


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_one_body_that_answers_for_every_line_is_named_once(make_unit, lang: str):
    rows = three_years() + three_years("new_jobs", "lượt lao động", 10)
    unit = read_unit(make_unit(rows, targets=[target("new_enterprises", 2025, 190), target("new_jobs", 2025, 1900)]))
    items = outlooks(read_observations(unit.id), unit, 2025, as_of="2025-10-15")
    office = unit.indicators["new_jobs"].duty.result_owner[lang]
    overview = "".join(str(getattr(part, "_repr_html_", lambda part=part: part)()) for part in tables.attention(items, lang).parts if part)
    assert overview.count(office) == 1 and overview.count('class="due"') == 2
