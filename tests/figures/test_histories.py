"""Which figure is in force: the latest vintage of each span, and of a sum either the published one or that of its newer parts."""

from __future__ import annotations

import datetime as dt

import pytest
from conftest import monthly, row

import kpi_lib as kpi
from kpi_lib.figures import histories as fg

INVESTED = kpi.INDICATORS["public_investment_disbursement"]


def spent(basis, period, value, published, *, status="actual", measure="tỷ đồng"):
    return row(INVESTED.id, basis, period, value, published, status=status, measure=measure)


def months(year, values, status="actual", day=28):
    """Months handed in on a day of the next month."""
    return monthly(INVESTED.id, year, values, measure="tỷ đồng", status=status, day=day)


def year_of(make_unit, rows, as_of="2026-12-31", year=2025):
    known = fg.line(kpi.read_observations(make_unit(rows), as_of=as_of), INVESTED.id)
    return fg.flow_history(known, INVESTED).years[year]


def sums(flow):
    return {point.end.month: (point.value, point.status) for point in flow.points}


def test_a_first_estimate_of_a_sum_gives_way_to_the_sum_of_later_actual_months(make_unit):
    rows = [spent("cumulative", "2025-02-28", 64, "2025-02-27", status="estimate"), *months(2025, [30, 31])]
    flow = year_of(make_unit, rows)
    assert sums(flow) == {1: (30, "actual"), 2: (61, "actual")}
    assert flow.months.tolist() == [30, 31]  # nothing is left to scale
    assert flow.last.published == dt.date(2025, 3, 28)


def test_as_long_as_one_month_is_no_newer_the_published_sum_stands(make_unit):
    rows = [spent("cumulative", "2025-02-28", 64, "2025-02-27", status="estimate"), *months(2025, [30, 31])]
    assert sums(year_of(make_unit, rows, as_of="2025-03-27"))[2] == (64, "estimate")


def test_a_sum_published_with_its_last_month_or_after_it_stands(make_unit):
    for day in ("2025-03-28", "2025-04-10"):
        rows = [*months(2025, [30, 31]), spent("cumulative", "2025-02-28", 64, day, status="estimate")]
        assert sums(year_of(make_unit, rows))[2] == (64, "estimate")


def test_an_actual_sum_does_not_give_way_to_months_of_which_one_is_still_an_estimate(make_unit):
    rows = [
        spent("cumulative", "2025-02-28", 64, "2025-03-06"),
        *months(2025, [30], status="estimate"),
        spent("month", "2025-02", 31, "2025-03-28"),
    ]
    assert sums(year_of(make_unit, rows))[2] == (64, "actual")


def test_a_month_missing_from_the_middle_leaves_the_published_sum(make_unit):
    rows = [
        spent("cumulative", "2025-03-31", 90, "2025-03-30", status="estimate"),
        *(r for r in months(2025, [30, 31, 32]) if r["period"] != "2025-02"),
    ]
    assert sums(year_of(make_unit, rows))[3] == (90, "estimate")


def test_a_corrected_month_corrects_every_later_sum_that_is_made_of_it(make_unit):
    rows = [*months(2025, [30, 31, 32]), spent("month", "2025-01", 20, "2025-06-01")]
    flow = year_of(make_unit, rows)
    assert [point.value for point in flow.points] == [20, 51, 83]
    assert flow.last.published == dt.date(2025, 6, 1)  # known so since January was corrected


def quarters_and_rounded(day):
    """Quarters estimated one after the other, and a rounded sum of nine months (34, not 33) published on a day."""
    known = ("2025-04-06", "2025-07-06", "2025-10-06", "2026-01-06")
    quarters = [spent("quarter", f"2025-Q{q}", 9 + q, known[q - 1], status="estimate") for q in (1, 2, 3, 4)]
    return [*quarters, spent("cumulative", "2025-09-30", 34, day, status="estimate")]


def test_a_sum_of_estimates_never_replaces_a_published_one(make_unit):
    assert sums(year_of(make_unit, quarters_and_rounded("2025-09-30")))[9] == (34, "estimate")


def test_a_year_without_a_published_sum_is_that_of_its_quarters_or_goes_on_from_a_newer_sum(make_unit):
    assert year_of(make_unit, quarters_and_rounded("2025-09-30")).outturn.value == 46  # 10 + 11 + 12 + 13, not 34 + 13
    assert year_of(make_unit, quarters_and_rounded("2025-10-20")).outturn.value == 47  # the office's later sum, and what followed


def test_amounts_in_two_units_of_money_are_versions_of_one_figure(make_unit):
    rows = [spent("month", "2025-01", 30_000, "2025-02-01", measure="triệu đồng"), spent("month", "2025-01", 31, "2025-02-28")]
    (versions,) = fg.revisions(fg.figures_of(kpi.read_observations(make_unit(rows))))
    assert [figure.value for figure in versions] == pytest.approx([30, 31])


def test_a_share_of_the_plan_does_not_replace_the_amount_of_its_day(make_unit):
    rows = [
        spent("cumulative", "2025-09-30", 64, "2025-10-06"),
        spent("cumulative", "2025-09-30", 53, "2025-10-10", measure="% kế hoạch năm"),
    ]
    assert sums(year_of(make_unit, rows)) == {9: (64, "actual")}


PLAN = {
    "indicator": INVESTED.id, "year": 2025, "version": "adopted", "value": 1000, "measure": "tỷ đồng", "document": "NQ thử",
    "adopted": "2024-12-20", "source": "thử",
}  # fmt: skip


# ---- percent of the plan -------------------------------------------------------------------------------------------------------------

MIXED = [
    spent("cumulative", "2025-06-30", 400, "2025-07-06"),
    spent("cumulative", "2025-09-30", 700, "2025-10-06"),
    spent("cumulative", "2025-10-31", 80.5, "2025-11-06", measure="% kế hoạch năm"),
]


def projected(make_unit, plans):
    unit = make_unit(MIXED, plans=plans)
    return kpi.project(kpi.read_observations(unit), INVESTED, 2025, as_of="2025-11-15")


def test_a_newer_share_of_the_plan_is_the_amount_it_makes_of_the_plan_in_force(make_unit):
    item = projected(make_unit, [PLAN])
    assert [point.value for point in item.seen] == [400, 700, 805]
    assert item.measure["vi"] == "tỷ đồng" and "phần trăm kế hoạch năm" in item.reason["vi"] and "share of the plan" in item.reason["en"]


def test_without_a_plan_the_newer_share_itself_is_shown_and_said(make_unit):
    item = projected(make_unit, [])
    assert [point.value for point in item.seen] == [80.5]
    assert item.measure.of_plan and "Chưa biết kế hoạch năm" in item.reason["vi"]


@pytest.mark.parametrize(("end", "known"), [("2025-09-30", True), ("2025-10-31", False)])
def test_a_figure_of_a_period_that_has_not_ended_is_not_yet_known(make_unit, end: str, known: bool):
    """A sum that was told for October on the ninth of October is no fact of that day."""
    sums = (("2025-06-30", 60, "2025-07-06"), (end, 99, "2025-10-09"))
    unit = make_unit([row("new_enterprises", "cumulative", *told, measure="doanh nghiệp") for told in sums])
    figures = fg.line(kpi.read_observations(unit), "new_enterprises")
    found = fg.known_on(figures, kpi.read_unit(unit), dt.date(2025, 10, 15))
    assert [figure.value for figure in found] == ([60, 99] if known else [60])
