"""What no office published says so, how it was worked out and how far it may be off; what an office published is never replaced by it."""

from __future__ import annotations

import datetime as dt
import math

import pytest
from conftest import row, target

import kpi_lib as kpi
from kpi_lib.definitions.indicators import read_unit
from kpi_lib.figures.histories import flow_history, growth_points, known_on, line
from kpi_lib.forecast.project import project
from kpi_lib.narrative.outlooks import outlook_sentence
from kpi_lib.outlook.required import conditions
from kpi_lib.outlook.verdict import outlook_for
from kpi_lib.page.conditions import condition_sentences

FIRMS, JOBS, INCOME = (kpi.INDICATORS[key] for key in ("new_enterprises", "new_jobs", "income_per_capita_growth"))
SHIPPED = [
    ("quang-ninh", "budget_revenue_growth"),
    ("quang-ninh", "public_investment_disbursement"),
    ("viet-nam", "public_investment_disbursement"),
    ("viet-nam", "registered_workers"),
    ("uong-bi-minh-hoa", "budget_revenue_growth"),
]


def quarter(year: int, number: int, value: float, published: str, ind=INCOME, status: str = "estimate"):
    return row(ind.id, "quarter", f"{year}-Q{number}", value, published, measure="%", status=status)


def to_date(day: str, value: float, published: str, ind=INCOME):
    return row(ind.id, "cumulative", day, value, published, measure="%", status="estimate")


def seen(unit: str, ind, year: int, as_of: str):
    return project(kpi.read_observations(unit), ind, year, as_of=as_of).seen


@pytest.mark.parametrize(("unit", "indicator"), SHIPPED)
def test_every_sum_to_date_was_published_or_says_how_it_was_derived(unit, indicator):
    of = read_unit(unit)
    figures = known_on(line(kpi.read_observations(unit), indicator), of, dt.date(2026, 9, 1))
    history = flow_history(figures, of.indicators[indicator])
    for flow in history.years.values():
        for point in flow.points:
            end = [f for f in flow.figures if f.end == point.end]
            printed = [f.value for f in end if f.basis in ("cumulative", "year") or f.start == of.calendar.start(flow.year)]
            assert (point.derived is None) == any(math.isclose(value, point.value) for value in printed)
            assert point.derived is None or point.derived.exact or point.derived.error > 0


@pytest.mark.parametrize("of", ["viet-nam", "quang-ninh"])
def test_a_published_growth_to_date_wins_over_any_that_is_weighed(of):
    unit = read_unit(of)
    ind = unit.indicators["gross_product_growth"]
    figures = known_on(line(kpi.read_observations(of), ind.id), unit, dt.date(2026, 9, 1))
    published, _ = growth_points(figures, unit.calendar)
    for year in range(2014, 2026):
        projection = project(figures, ind, year, as_of="2026-09-01", unit=unit)
        told = {point.end.month // 3: point for point in projection.seen}
        assert all(told[count] == point for count, point in published.get(year, {}).items())
        assert all(point.kind == "derived" for count, point in told.items() if count not in published.get(year, {}))


def test_quarters_after_a_sum_to_date_are_chained_to_it(make_unit):
    rows = [to_date("2025-06-30", 7.0, "2025-07-06"), quarter(2025, 3, 9.0, "2025-10-06")]
    last = seen(make_unit(rows), INCOME, 2025, "2025-10-15")[-1]
    assert (last.end, last.kind) == (dt.date(2025, 9, 30), "derived")
    assert last.value == pytest.approx((0.46 * 7.0 + 0.25 * 9.0) / 0.71)
    rows += [quarter(2025, 4, 8.0, "2025-12-27")]
    whole = project(kpi.read_observations(make_unit(rows, unit="ca-nam")), INCOME, 2025, as_of="2026-01-15")
    assert whole.complete and not whole.final
    assert whole.achieved == pytest.approx(0.71 * last.value + 0.29 * 8.0)


def test_a_line_that_publishes_both_says_by_how_much_its_own_chained_rates_miss(make_unit):
    exact = [to_date("2024-03-31", 6.0, "2024-04-06"), quarter(2024, 2, 8.0, "2024-07-06")]
    held = [*exact, to_date("2024-06-30", (0.22 * 6 + 0.24 * 8) / 0.46, "2024-07-07")]
    off = [*exact, to_date("2024-06-30", (0.22 * 6 + 0.24 * 8) / 0.46 + 1, "2024-07-07")]
    now = [to_date("2025-03-31", 6.0, "2025-04-06"), quarter(2025, 2, 8.0, "2025-07-06")]
    errors = [
        seen(make_unit(rows + now, unit=name), INCOME, 2025, "2025-07-15")[-1].derived.error
        for name, rows in (("a", held), ("b", []), ("c", off))
    ]
    assert errors == sorted(errors) and errors[0] < errors[1] < errors[2]


def test_a_mix_of_sources_inside_a_year_is_said(make_unit):
    def revenue(basis, period, value, published, source):
        return row("new_jobs", basis, period, value, published, measure="lượt lao động", status="actual") | {"source": source}

    same = [
        revenue("cumulative", "2025-06-30", 40, "2025-07-06", "https://a.vn/1"),
        revenue("quarter", "2025-Q3", 20, "2025-10-06", "https://a.vn/2"),
    ]
    mixed = [same[0], same[1] | {"source": "https://b.vn/2"}]
    points = [seen(make_unit(rows, unit=name), JOBS, 2025, "2025-10-15")[-1] for name, rows in (("mot", same), ("hai", mixed))]
    assert [point.value for point in points] == [60, 60]
    assert [point.derived.exact for point in points] == [True, False]
    assert ["different sources" in point.derived.how["en"] for point in points] == [False, True]
    assert [point.final for point in points] == [True, False]


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_the_sentence_says_derived_how_and_by_how_much_it_may_be_off(make_unit, lang):
    rows = [to_date("2025-06-30", 7.0, "2025-07-06"), quarter(2025, 3, 9.0, "2025-10-06")]
    unit = make_unit(rows, targets=[target(INCOME.id, 2025, 8)])
    text = outlook_sentence(outlook_for(kpi.read_observations(unit), read_unit(unit), INCOME, 2025, as_of="2025-10-15"), lang).text
    said = {
        "vi": ("suy ra: bình quân gia quyền", "thường lệch khoảng 0,2 điểm phần trăm"),
        "en": ("derived: weighed from", "usually off by 0.2 percentage points"),
    }[lang]
    assert all(words in text for words in said)
    assert {"vi": "ước tăng", "en": "(estimate)"}[lang] not in text


def test_a_record_that_was_derived_says_so_and_is_not_said_where_it_may_lie_on_either_side(make_unit):
    past = [to_date("2024-09-30", 7.0, "2024-10-06"), row(INCOME.id, "year", "2024", 8.0, "2025-01-06", measure="%")]
    unit = make_unit([*past, to_date("2025-09-30", 7.0, "2025-10-06")], targets=[target(INCOME.id, 2025, 9)])
    item = outlook_for(kpi.read_observations(unit), read_unit(unit), INCOME, 2025, as_of="2025-10-15")
    assert "derived, give or take" in condition_sentences(item, "en")[0].text
    near = make_unit([*past, to_date("2025-09-30", 7.0, "2025-10-06")], targets=[target(INCOME.id, 2025, 8.05)], unit="gan")
    item = outlook_for(kpi.read_observations(near), read_unit(near), INCOME, 2025, as_of="2025-10-15")
    found = conditions(item)
    assert math.isnan(found.best) and found.aims[0].reached.of == 0
    assert "the best was" not in condition_sentences(item, "en")[0].text


def test_a_quarter_that_was_published_is_the_record_itself(make_unit):
    past = [
        to_date("2024-09-30", 7.0, "2024-10-06"),
        quarter(2024, 4, 10.2, "2024-12-27"),
        row(INCOME.id, "year", "2024", 8.0, "2025-01-06", measure="%"),
    ]
    unit = make_unit([*past, to_date("2025-09-30", 7.0, "2025-10-06")], targets=[target(INCOME.id, 2025, 9)])
    item = outlook_for(kpi.read_observations(unit), read_unit(unit), INCOME, 2025, as_of="2025-10-15")
    assert conditions(item).best == 10.2
    assert "the best was 10.2% (in 2024)" in condition_sentences(item, "en")[0].text


def test_years_restated_later_are_held_against_quarters_of_their_own_time(make_unit):
    rows = [to_date("2023-09-30", 6.0, "2023-10-06"), row(INCOME.id, "year", "2023", 6.0, "2024-01-06", measure="%", status="estimate")]
    rows += [row(INCOME.id, "year", "2023", 9.0, "2025-03-01", measure="%")]
    unit = make_unit([*rows, to_date("2025-09-30", 7.0, "2025-10-06")])
    assert project(kpi.read_observations(unit), INCOME, 2025, as_of="2025-10-15").rests[2023].value == pytest.approx(6.0)
