"""Verdicts: words, certainty, gaps, paces, bases, and the sentences that say them."""

from __future__ import annotations

import datetime as dt
import re

import numpy as np
import pytest
from conftest import row, target

import kpi_lib as kpi
from kpi_lib import compare, words
from kpi_lib import narrative as nr
from kpi_lib.definitions.targets import target_for
from kpi_lib.narrative import people_missing
from kpi_lib.outlook.values.outlook import rate_decimals
from kpi_lib.outlook.verdict import BOUNDS, GREY, LOW_BOUNDS, STATUSES, assess, status_word, worst_first
from kpi_lib.page import data, sections, tables
from kpi_lib.words.html import written
from kpi_lib.words.messages import KpiError
from tests.made import SEASON, share_rows, three_years

FIRMS = kpi.INDICATORS["new_enterprises"]
REVENUE = kpi.INDICATORS["budget_revenue_growth"]


def outlook(unit: str, indicator: str = "new_enterprises", year: int = 2025, as_of: str = "2025-10-15"):
    place = kpi.read_unit(unit)
    return kpi.outlook_for(kpi.read_observations(unit), place, place.indicators[indicator], year, as_of=dt.date.fromisoformat(as_of))


def test_words_follow_the_one_table():
    assert [status_word(p) for p in (1.0, 0.9, 0.8999, 0.66, 0.6599, 0.3301, 0.33, 0.1001, 0.10, 0.0)] == [
        "very_likely", "very_likely", "likely", "likely", "uncertain", "uncertain", "unlikely", "unlikely", "very_unlikely", "very_unlikely",
    ]  # fmt: skip
    assert {word for _, word in (*BOUNDS, *LOW_BOUNDS)} | {"uncertain", "met", "missed", *GREY} == set(STATUSES)


def test_a_complete_year_is_met_or_missed_with_certainty(make_unit):
    rows = [*share_rows(), row("new_enterprises", "year", "2025", 104, "2026-01-06", measure="doanh nghiệp")]
    for threshold, status, chance in ((104, "met", 1.0), (105, "missed", 0.0)):
        found = outlook(make_unit(rows, targets=[target("new_enterprises", 2025, threshold)]), as_of="2026-01-20")
        assert (found.status, found.probability) == (status, chance)


def test_an_amount_that_has_passed_the_goal_has_met_it_before_the_year_ends(make_unit):
    found = outlook(make_unit(share_rows(), targets=[target("new_enterprises", 2025, 75)]))
    assert (found.status, found.probability, found.remaining) == ("met", 1.0, 0.0)


def test_with_few_years_behind_it_a_probability_keeps_away_from_certainty(make_unit):
    rows = [r for r in share_rows() if r["period"] not in ("2020", "2021", "2022")]
    found = outlook(make_unit(rows, targets=[target("new_enterprises", 2025, 500)]))
    assert found.projection.evidence_years == 2
    assert found.raw_probability < 0.05
    assert (found.probability, found.status) == (0.11, "unlikely")
    assert outlook(make_unit(share_rows(), targets=[target("new_enterprises", 2025, 500)])).probability == 0.01


def test_without_a_target_the_status_is_grey_and_nothing_is_foretold(make_unit):
    found = outlook(make_unit(share_rows()))
    assert found.status == "cannot_be_judged"
    assert "Chưa có mục tiêu" in found.reason["vi"]
    assert not found.projection.known and found.projection.achieved == 75
    assert "dự báo" not in nr.outlook_sentence(found).text and "75 doanh nghiệp" in nr.outlook_sentence(found).text


def test_old_figures_are_stale_and_never_green(make_unit):
    rows = [r for r in share_rows() if r["period"] != "2025-09-30"] + [
        row("new_enterprises", "cumulative", "2025-03-31", 60, "2025-04-06", measure="doanh nghiệp")
    ]
    found = outlook(make_unit(rows, targets=[target("new_enterprises", 2025, 65)]))
    assert found.status == "stale"
    assert not found.judged
    assert "31/03/2025" in found.reason["vi"]


def test_the_version_in_force_judges_and_the_others_stand_beside_it(make_unit):
    versions = [
        target("new_enterprises", 2025, 90, version="assigned"),
        target("new_enterprises", 2025, 100),
        target("new_enterprises", 2025, 110, adopted="2025-08-01"),
        target("new_enterprises", 2025, 900, adopted="2025-11-01"),
    ]
    unit = make_unit(share_rows(), targets=versions)
    found = outlook(unit)
    assert found.target.threshold == 110
    assert [other.target.threshold for other in found.others] == [90]
    assert found.others[0].probability > found.probability
    assert outlook(unit, as_of="2025-12-15").target.threshold == 900


def test_a_target_of_another_year_is_refused(make_unit):
    unit = make_unit(share_rows(), targets=[target("new_enterprises", 2024, 100)])
    wrong = target_for(unit, FIRMS, 2024, as_of="2025-10-15")
    with pytest.raises(KpiError, match="is not that of the projection"):
        assess(kpi.project(kpi.read_observations(unit), FIRMS, 2025, as_of="2025-10-15"), wrong)


def test_the_pace_needed_is_what_remains_over_the_months_left(make_unit):
    found = outlook(make_unit(three_years(), targets=[target("new_enterprises", 2025, 120)]))
    done = SEASON[:9].sum() * 1.2
    assert found.remaining == pytest.approx(120 - done)
    assert found.pace_needed == pytest.approx((120 - done) / 3)
    assert found.pace_so_far == pytest.approx(done / 9)
    assert found.best_pace >= 25 / 3


def test_a_growth_verdict_says_whether_another_base_flips_it(make_unit):
    rows = [
        *three_years("budget_revenue_growth", "tỷ đồng"),
        row("budget_revenue_growth", "year", "2024", 140, "2025-01-20", measure="tỷ đồng", status="estimate"),
    ]
    rows += [row("budget_revenue_growth", "year", "2024", 100, "2025-07-01", measure="tỷ đồng", status="settled")]
    found = outlook(make_unit(rows, targets=[target("budget_revenue_growth", 2025, 4)]), "budget_revenue_growth")
    assert found.projection.base.value == 100
    assert found.threshold == pytest.approx(104)
    assert [check.base.value for check in found.base_checks] == [140]
    assert found.base_checks[0].threshold == pytest.approx(145.6)
    assert found.status in ("very_likely", "likely") and found.base_checks[0].flips


def test_the_worst_come_first_and_grey_never_stands_among_the_good(make_unit):
    growth = [
        row("gross_product_growth", "cumulative", f"{year}-{end}", 9, "2025-10-06", measure="%")
        for year, end in ((2024, "09-30"), (2024, "12-31"), (2025, "09-30"))
    ]
    unit = make_unit(
        [*share_rows(), *growth],
        targets=[target("new_enterprises", 2025, 75), target("gross_product_growth", 2025, 14), target("new_jobs", 2025, 100)],
    )
    items = worst_first(kpi.outlooks(kpi.read_observations(unit), kpi.read_unit(unit), 2025, as_of=dt.date(2025, 10, 15)))
    order = [item.status for item in items]
    assert order[0] in ("very_unlikely", "unlikely")
    assert order[-1] == "met"
    assert all(status in GREY for status in order[1:-1])


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_every_number_of_a_sentence_is_a_value_of_the_outlook(make_unit, lang: str):
    unit = make_unit(three_years("budget_revenue_growth", "tỷ đồng"), targets=[target("budget_revenue_growth", 2025, 4)])
    found = outlook(unit, "budget_revenue_growth")
    projection = found.projection
    values = {shown.label: shown.value for shown in nr.outlook_sentence(found, lang).numbers}
    raw = {"median": projection.quantile(0.5), **dict(zip(("low80", "high80"), projection.interval(0.8), strict=True))}
    assert all(values[f"{label}_foreseen"] == compare.rounded(raw[label], found.decimals_foreseen(raw[label])) for label in raw)
    assert values["probability"] == found.probability
    assert values["achieved"] == projection.achieved
    assert values["median_rate_foreseen"] == compare.rounded(projection.rate(projection.quantile(0.5)), rate_decimals(found))
    for shown in nr.outlook_sentence(found, lang).numbers:
        assert shown.text in nr.outlook_sentence(found, lang).text


def test_a_difference_of_rates_is_in_percentage_points(make_unit):
    rows = [row("gross_product_growth", "year", "2025", 11.89, "2026-01-06", measure="%", status="estimate")]
    found = outlook(make_unit(rows, targets=[target("gross_product_growth", 2025, 14)]), "gross_product_growth", as_of="2026-01-20")
    assert "2,11 điểm phần trăm" in nr.outlook_sentence(found, "vi").text
    assert "năm 2025 ước tăng 11,89%" in nr.outlook_sentence(found, "vi").text
    assert "2.11 percentage points" in nr.outlook_sentence(found, "en").text


def test_what_is_missing_of_a_share_of_the_population_is_said_in_persons(make_unit):
    rows = [row("health_insurance_coverage", "level", "2025-09-30", 97.0, "2025-10-06", measure="%")]
    unit = make_unit(rows, targets=[target("health_insurance_coverage", 2025, 98.5)])
    said = people_missing(outlook(unit, "health_insurance_coverage"), kpi.read_unit(unit))
    assert {shown.label: shown.value for shown in said.numbers} == {"persons_missing": 900, "population": 60000}


def test_the_answer_counts_every_target_once(make_unit):
    unit = make_unit(share_rows(), targets=[target("new_enterprises", 2025, 75), target("new_jobs", 2025, 1600)])
    items = kpi.outlooks(kpi.read_observations(unit), kpi.read_unit(unit), 2025, as_of=dt.date(2025, 10, 15))
    numbers = {shown.label: shown.value for shown in nr.answer(items).numbers}
    assert numbers == {"judged": 1, "targets": 2, "good": 1, "cannot_be_judged": 1}


def test_numbers_are_written_as_the_reader_writes_them():
    assert words.number(51465, 0) == "51.465"
    assert words.number(7.25, 1) == "7,3"
    assert words.number(-9.52, 2) == "−9,52"
    assert words.number(np.nan, 1) == "–"
    assert words.trimmed(98.5, 1) == "98,5" and words.trimmed(14.0, 1) == "14" and words.trimmed(1600, 0) == "1.600"
    assert words.date_text(dt.date(2025, 8, 18)) == "18/08/2025"
    assert (
        words.span(dt.date(2025, 9, 30))["vi"] == "9 tháng"
        and words.span(dt.date(2025, 10, 29))["vi"] == "đến 29/10"
        and words.span(dt.date(2025, 12, 31))["vi"] == "cả năm"
    )


def test_text_from_data_is_escaped_wherever_it_is_shown(make_unit):
    hostile = "<script>alert(1)</script><img src=x onerror=alert(1)>"
    rows = [row("new_enterprises", "cumulative", "2025-09-30", 70, "2025-10-06", measure="doanh nghiệp", note=hostile)]
    rows[0]["source"] = hostile
    unit = make_unit(rows, targets=[{**target("new_enterprises", 2025, 90), "document": hostile, "note": hostile}])
    found = outlook(unit)
    obs, place = kpi.read_observations(unit), kpi.read_unit(unit)
    pieces = [
        data.sources(obs, found),
        tables.facts(found),
        data.targets(place, 2025, as_of="2025-10-15"),
        *tables.attention([found]).parts,
        tables.resolution([found]),
        sections.headline_text(found, ()),
    ]
    for piece in filter(None, pieces):  # a part that has nothing to say is none
        assert "<script" not in piece and "<img" not in piece
    assert "&lt;script&gt;" in pieces[0]


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_the_familiar_table_has_a_row_for_every_line_with_a_target_in_the_order_of_the_resolution(make_unit, lang: str):
    goals = [target(key, 2025, 100) for key in reversed(kpi.INDICATORS)]
    unit = make_unit(share_rows(), targets=goals)
    items = kpi.outlooks(kpi.read_observations(unit), kpi.read_unit(unit), 2025, as_of=dt.date(2025, 10, 15))
    markup = tables.resolution(items, lang)
    numbers = re.findall(r'<tr><td class="quoted" data-label="(?:STT|No\.)">([^<]+)</td>', markup)
    assert numbers == [ind.number for ind in kpi.INDICATORS.values()]
    said = "75,0" if lang == "vi" else "75.0"
    assert f'data-of="new_enterprises.percent_of_target">{said}</data>' in markup  # 75 of 100
    headings = re.findall(r'<th scope="col"[^>]*>([^<]+)</th>', markup)
    if lang == "vi":
        assert headings == [
            "STT",
            "Chỉ tiêu",
            "ĐVT",
            "KH năm",
            "Thực hiện kỳ",
            "Luỹ kế",
            "Cùng kỳ",
            "% KH",
            "% cùng kỳ",
            "Dự báo cả năm",
            "Khả năng đạt",
        ]


def test_a_shortfall_of_a_share_of_all_residents_is_said_in_persons(make_unit):
    rows = [row("health_insurance_coverage", "level", day, 97.0, day, measure="%") for day in ("2024-12-31", "2025-09-30")]
    unit = make_unit(rows, targets=[target("health_insurance_coverage", 2025, 98.5)])
    found = outlook(unit, "health_insurance_coverage")
    said = tables.gap(found, "vi")
    persons = next(number for number in re.findall(r"surplus_persons\">([\d.]+) người", written(said)))
    assert float(persons.replace(".", "")) == round(60000 * abs(found.surplus) / 100)


def test_the_year_end_line_says_how_many_were_passed_and_how_many_just_reached(make_unit):
    rows = [
        row("new_enterprises", "year", "2025", 112, "2026-01-06", measure="doanh nghiệp"),
        row("new_jobs", "year", "2025", 1600, "2026-01-06", measure="lượt lao động"),
        row("gross_product_growth", "year", "2025", 11.89, "2026-01-06", measure="%"),
    ]
    goals = [target("new_enterprises", 2025, 80), target("new_jobs", 2025, 1600), target("gross_product_growth", 2025, 14)]
    items = kpi.outlooks(
        kpi.read_observations(unit := make_unit(rows, targets=goals)), kpi.read_unit(unit), 2025, as_of=dt.date(2026, 1, 31)
    )
    assert nr.answer(items).text == "Năm 2025: 2/3 mục tiêu đạt (1 vượt, 1 vừa đạt); 1 không đạt."
    assert nr.answer(items, "en").text.startswith("2025: 2/3 targets were met (1 passed, 1 just reached); 1 missed.")


def jobs(basis, period, value, published, status="actual"):
    return row("new_jobs", basis, period, value, published, measure="lượt lao động", status=status)


def familiar(make_unit, rows):
    """The familiar table of one line on 15/10/2025."""
    found = outlook(make_unit(rows, targets=[target("new_jobs", 2025, 1600)]), "new_jobs")
    return tables.resolution([found])


def test_the_latest_period_is_shown_as_published_and_not_as_the_difference_of_two_sums(make_unit):
    sums = [jobs("cumulative", "2025-08-31", 900, "2025-09-06"), jobs("cumulative", "2025-09-30", 1010, "2025-10-06", "estimate")]
    month = jobs("month", "2025-09", 104, "2025-10-06", "estimate")
    markup = familiar(make_unit, [*sums, month])
    assert 'data-of="new_jobs.latest_period">104</data><br><small><span class="quoted">tháng 9, ước</span>' in markup


def test_where_only_sums_are_published_no_amount_of_a_period_is_shown(make_unit):
    sums = [
        jobs("cumulative", f"2025-{end}", value, f"2025-{known}")
        for end, value, known in (("08-31", 900, "09-06"), ("09-30", 1010, "10-06"))
    ]
    markup = familiar(make_unit, sums)
    assert "latest_period" not in markup and ">110<" not in markup


def test_the_first_sum_of_a_year_is_the_amount_of_its_months(make_unit):
    markup = familiar(make_unit, [jobs("cumulative", "2025-09-30", 1010, "2025-10-06")])
    assert 'data-of="new_jobs.latest_period">1.010</data><br><small><span class="quoted">9 tháng</span>' in markup
