"""Why the projection answers otherwise than a rule of thumb: parts that add up, last year's odd month by its name, one sentence."""

from __future__ import annotations

import datetime as dt
from functools import cache

import numpy as np
import pytest
from conftest import monthly, target

import kpi_lib as kpi
from kpi_lib import compare, words
from kpi_lib import narrative as nr
from kpi_lib.outlook.causes import PARTS, causes
from kpi_lib.outlook.values.causes import of_causes
from kpi_lib.outlook.verdict import Outlook, outlooks
from kpi_lib.page import sections
from tests.conftest import PROJECT
from tests.made import SEASON
from tests.once import project

REPORTS = (("uong-bi-minh-hoa", 2026, "2026-04-15"), ("uong-bi-minh-hoa", 2026, "2026-07-15"), ("quang-ninh", 2025, "2025-07-15"))
LINES = (("new_jobs", "lượt lao động"), ("new_enterprises", "doanh nghiệp"), ("budget_revenue_growth", "tỷ đồng"))


@cache
def report(unit: str, year: int, as_of: str) -> list[Outlook]:
    with project(PROJECT):
        return outlooks(kpi.read_observations(unit), kpi.read_unit(unit), year, as_of=as_of)


@pytest.mark.parametrize(("unit", "year", "as_of"), REPORTS)
def test_wherever_a_rule_of_thumb_answers_otherwise_the_page_says_why_in_parts_that_add_up(unit: str, year: int, as_of: str):
    told = 0
    for item in report(unit, year, as_of):
        found, projection = causes(item), item.projection
        answers = {item.same_period_meets, item.straight_line_meets} - {None}
        met = bool(item.target) and projection.known and compare.meets(projection.quantile(0.5), item.target.comparator, item.threshold)
        assert (found is not None) == bool(item.judged and answers - {met}), item.indicator.id
        if found is None:
            assert nr.why(item) is None and not dict(of_causes(item))
            continue
        told += 1
        rule = getattr(projection, found.rule)
        assert sum(found.parts.values()) == pytest.approx(projection.quantile(0.5) - rule)
        decimals = max(item.decimals(found.median), item.decimals(rule))
        printed = sum(of_causes(item)[f"why_{name}"] for name in PARTS)
        apart = compare.rounded(found.median, decimals) - compare.rounded(rule, decimals)
        assert printed == pytest.approx(apart) and compare.rounded(printed, decimals) == compare.rounded(apart, decimals)
        sentence = nr.why(item)
        assert all(number.value == {**of_causes(item), found.rule: rule}[number.label] for number in sentence.numbers)
    assert told


def odd(make_unit, line: str, measure: str, month: int, factor: float) -> Outlook:
    """Four even years, but for one month of the last; this year goes a tenth better, and nothing odd is known of it."""
    rows = [r for year in (2021, 2022, 2023) for r in monthly(line, year, SEASON * 10, measure=measure)]
    rows += monthly(line, 2024, SEASON * 10 * np.where(np.arange(1, 13) == month, factor, 1.0), measure=measure)
    rows += monthly(line, 2025, (SEASON * 11)[:6], measure=measure)
    past, same = 10 * SEASON.sum(), 11 / 10 * (10 * SEASON.sum() + 10 * SEASON[month - 1] * (factor - 1))
    goal = (past * 1.1 + same) / 2 if line != "budget_revenue_growth" else 0.0
    unit = make_unit(rows, targets=[target(line, 2025, round(goal, 2))], unit=f"thu-{line[:4]}-{month}".replace("_", "-"))
    place = kpi.read_unit(unit)
    return kpi.outlook_for(kpi.read_observations(unit), place, place.indicators[line], 2025, as_of=dt.date(2025, 7, 15))


@pytest.mark.parametrize(("line", "measure"), LINES[:2])
@pytest.mark.parametrize(("month", "factor", "direction"), [(8, 4.0, -1), (11, 4.0, -1)])
def test_last_years_odd_month_is_named_with_its_amount_and_what_is_usual(make_unit, line, measure, month, factor, direction):
    item = odd(make_unit, line, measure, month, factor)
    found = causes(item)
    assert found.rule == "same_period" and np.sign(found.parts["pattern"]) == direction
    assert found.unusual.end.month == month and found.unusual.amount == pytest.approx(10 * SEASON[month - 1] * factor)
    assert found.unusual.usual < found.unusual.amount / 2
    assert f"nhất là tháng {month}/2024" in nr.why(item).text
    assert abs(found.parts["pattern"]) > abs(found.parts["pace"])


def test_where_both_rules_agree_with_the_projection_nothing_needs_a_reason(make_unit):
    rows = [r for year in (2022, 2023, 2024) for r in monthly("new_jobs", year, SEASON * 10, measure="lượt lao động")]
    rows += monthly("new_jobs", 2025, (SEASON * 10)[:6], measure="lượt lao động")
    unit = make_unit(rows, targets=[target("new_jobs", 2025, 100)])
    place = kpi.read_unit(unit)
    item = kpi.outlook_for(kpi.read_observations(unit), place, place.indicators["new_jobs"], 2025, as_of="2025-07-15")
    assert item.judged and causes(item) is None


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_the_reason_stands_on_the_lines_page_and_on_its_card(lang: str):
    items = report("uong-bi-minh-hoa", 2026, "2026-07-15")
    place = items[0].projection.unit
    cards = " ".join(str(part) for part in sections.headline(items, place, lang).parts)
    explained = [item for item in items if nr.why(item, lang)]
    for item in explained:
        on_page = [part.text for part in sections.verdict(item, lang).parts if isinstance(part, words.Sentence)]
        assert nr.why(item, lang).text in on_page
        assert (f'data-of="{item.indicator.id}.why_' in cards) == (item.indicator.id in place.headline)
    assert any(item.indicator.id in place.headline for item in explained)
