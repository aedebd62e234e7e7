"""Names of lines: the numbers of one unit's resolution stand in no other unit, a name says what its row holds, a version says who adopted it."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from conftest import PROJECT, row, target

import kpi_lib as kpi
from kpi_lib.charts.arrivals import arrivals
from kpi_lib.definitions.indicators import read_unit
from kpi_lib.figures.observations import read_observations
from kpi_lib.outlook.verdict import Outlook, outlooks
from kpi_lib.page import data, tables
from kpi_lib.page.together import how_many_sentence
from kpi_lib.record.values.data import arrivals as arrived
from tests.made import share_rows

RATES = {"vi": ("Tốc độ", "Tỷ lệ", "Tăng "), "en": ("Growth", "Share", "Rate", "% of")}


def shipped(monkeypatch: pytest.MonkeyPatch, unit: str, as_of: str) -> list[Outlook]:
    monkeypatch.setenv("KPI_ROOT", str(PROJECT))
    return outlooks(read_observations(unit, as_of=as_of), read_unit(unit), int(as_of[:4]), as_of=dt.date.fromisoformat(as_of))


@pytest.mark.parametrize(("unit", "as_of"), [("quang-ninh", "2024-07-15"), ("viet-nam", "2023-10-15")])
def test_the_wards_numbers_stand_in_no_unit_whose_documents_number_otherwise(monkeypatch, unit: str, as_of: str):
    items = shipped(monkeypatch, unit, as_of)
    said = (
        str(tables.resolution(items)) + str(tables.attention(items).parts[0]) + str(tables.awaited(items)) + how_many_sentence(items).text
    )
    assert not re.search(r"\(\d+[a-z]?\) ", re.sub(r"<[^>]+>", " ", said)) and "nhóm của nghị quyết" not in said
    numbers = re.findall(r'<tr><td class="quoted" data-label="STT">([^<]+)</td>', str(tables.resolution(items)))
    assert numbers == [str(n) for n in range(1, len(numbers) + 1)] and len(numbers) > 4


def test_a_unit_whose_resolution_numbers_its_lines_keeps_its_numbers(monkeypatch):
    items = shipped(monkeypatch, "uong-bi-minh-hoa", "2026-07-15")
    assert tables.line_name(next(i for i in items if i.indicator.id == "new_jobs"), "vi").startswith("(11a) ")
    assert "theo thứ tự của nghị quyết" in str(tables.resolution(items)) and "nhóm của nghị quyết" in how_many_sentence(items).text


@pytest.mark.parametrize("lang", ["vi", "en"])
@pytest.mark.parametrize(("unit", "as_of"), [("quang-ninh", "2023-10-15"), ("quang-ninh", "2025-07-15"), ("viet-nam", "2024-04-15")])
def test_a_line_told_in_amounts_is_not_called_a_rate(monkeypatch, unit: str, as_of: str, lang: str):
    amounts = [item for item in shipped(monkeypatch, unit, as_of) if item.reportable and not item.projection.measure.percent]
    assert len(amounts) > 2
    for item in amounts:
        for name in (item.indicator.name[lang], item.indicator.short[lang]):
            assert not name.startswith(RATES[lang]), (name, item.projection.measure[lang])


@pytest.mark.parametrize(
    ("unit", "as_of", "words"),
    [
        ("quang-ninh", "2024-10-15", "tỉnh quyết định"),
        ("viet-nam", "2023-10-15", "Quốc hội quyết định"),
        ("uong-bi", "2026-04-15", "địa phương thông qua"),
    ],
)
def test_who_adopted_a_target_is_said_by_the_level_of_the_unit(monkeypatch, unit: str, as_of: str, words: str):
    items = shipped(monkeypatch, unit, as_of)
    item = next(item for item in items if item.target and item.target.version == "adopted")
    register = str(data.targets(read_unit(unit), int(as_of[:4]), as_of=as_of))
    assert words in str(tables.facts(item)) and words in register
    assert not {"tỉnh quyết định", "Quốc hội quyết định", "địa phương thông qua"} - {words} & set(re.findall(r">([^<>]+)<", register))


@pytest.mark.parametrize(
    ("unit", "as_of", "line", "day"),
    [("viet-nam", "2023-10-15", "employed_persons", "30/09/2023"), ("quang-ninh", "2025-08-15", "health_insurance_coverage", "30/06/2025")],
)
def test_a_level_stands_on_a_day_and_not_over_months(monkeypatch, unit: str, as_of: str, line: str, day: str):
    item = next(item for item in shipped(monkeypatch, unit, as_of) if item.indicator.id == line)
    markup = str(tables.resolution([item]))
    assert f"{day}, " in markup and "9 tháng, " not in markup and "6 tháng, " not in markup


def test_growth_of_a_quarter_alone_is_told_apart_from_growth_to_date(make_unit):
    rows = [
        row("gross_product_growth", "cumulative", "2025-06-30", 9.1, "2025-07-06", measure="%"),
        row("gross_product_growth", "quarter", "2025-Q2", 8.2, "2025-07-08", measure="%"),
        row("gross_product_growth", "quarter", "2025-Q3", 7.3, "2025-10-06", measure="%"),
        row("new_enterprises", "quarter", "2025-Q3", 30, "2025-10-06", measure="doanh nghiệp"),
    ]
    unit = kpi.read_unit(make_unit(rows, targets=[target("gross_product_growth", 2025, 10)]))
    found = {
        (cell.indicator.id, cell.month): (cell.value, cell.alone)
        for cell in arrived(read_observations(unit.id), unit, 2025, dt.date(2025, 10, 15))
        if cell.value == cell.value
    }
    assert found[("gross_product_growth", 6)] == (9.1, False) and found[("gross_product_growth", 9)] == (7.3, True)
    assert found[("new_enterprises", 9)] == (30, False)
    assert "riêng quý" in str(arrivals(read_observations(unit.id), unit, 2025, "2025-10-15").to_dict())


def test_a_version_that_was_only_read_later_is_not_called_reconstructed(make_unit):
    goals = [
        {**target("new_enterprises", 2025, 75), "reconstructed": "2025-03-05"},
        {**target("new_jobs", 2025, 1600), "reconstructed": "2025-03-05", "precision": "derived"},
    ]
    unit = kpi.read_unit(make_unit(share_rows(), targets=goals))
    register = str(data.targets(unit, 2025, as_of="2025-10-15"))
    firms, jobs = register.split("Doanh nghiệp mới")[1].split("</tr>")[0], register.split("Việc làm mới")[1].split("</tr>")[0]
    assert "biết từ ngày 05/03/2025" in firms and "dựng lại ngày 05/03/2025" in jobs
    assert not any(item.target for item in kpi.outlooks(read_observations(unit.id), unit, 2025, as_of=dt.date(2025, 3, 4)))
