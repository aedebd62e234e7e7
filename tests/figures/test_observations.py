"""Reading, vintages, and undoing cumulative reporting."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from conftest import monthly, row

import kpi_lib as kpi
from kpi_lib.figures import boundaries
from kpi_lib.figures import histories as fg
from kpi_lib.figures import observations as ob
from kpi_lib.periods import PeriodError, span
from kpi_lib.words.messages import KpiError

FIRMS = kpi.INDICATORS["new_enterprises"]
REVENUE = kpi.INDICATORS["budget_revenue_growth"]


def history_of(unit, ind):
    """The years of a line as known today."""
    return fg.flow_history(fg.line(kpi.read_observations(unit), ind.id), ind)


def firms(*args: object, **more: object) -> dict[str, object]:
    return row("new_enterprises", *args, measure="doanh nghiệp", **more)  # type: ignore[arg-type]


def money(*args: object, measure: str = "tỷ đồng", **more: object) -> dict[str, object]:
    return row("budget_revenue_growth", *args, measure=measure, **more)  # type: ignore[arg-type]


def test_a_period_is_read_only_in_its_own_form():
    assert span("month", "2024-02") == (dt.date(2024, 2, 1), dt.date(2024, 2, 29))
    assert span("cumulative", "2025-10-30") == (dt.date(2025, 1, 1), dt.date(2025, 10, 30))
    for basis, period in (("month", "2025-13"), ("month", "02/2025"), ("quarter", "2025-Q5"), ("year", "25"), ("cumulative", "2025-02-30")):
        with pytest.raises(PeriodError, match="it looks like"):
            span(basis, period)


def test_every_figure_knows_its_file_and_cell(make_unit):
    unit = make_unit([firms("month", "2025-01", 7, "2025-02-06"), firms("month", "2025-02", 5, "2025-03-06")])
    obs = kpi.read_observations(unit)
    raw = pd.read_csv(ob.folders.raw(unit) / "deliveries" / "so_lieu.csv")
    for seen in obs.itertuples():
        column, line = seen.cell[0], int(seen.cell[1:])
        assert raw.iloc[line - 2, ord(column) - 65] == seen.value
        assert seen.file == "deliveries/so_lieu.csv"


def test_all_faults_of_a_delivery_come_in_one_message_that_names_the_lines(make_unit):
    unit = make_unit(
        [
            firms("month", "2025-01", "bảy", "2025-02-06"),
            firms("tháng", "2025-02", 5, "06/03/2025"),
            firms("month", "2025-03", "", "2025-04-06"),
        ]
    )
    with pytest.raises(KpiError) as caught:
        kpi.read_observations(unit)
    message = str(caught.value)
    for expected in (
        "so_lieu.csv",
        "line 2, column value",
        "'bảy'",
        "line 3, column basis",
        "line 3, column published",
        "line 4, column value: an empty cell",
    ):
        assert expected in message


def test_an_unknown_indicator_is_refused(make_unit):
    unit = make_unit([row("doanh_nghiep", "month", "2025-01", 7, "2025-02-06", measure="doanh nghiệp")])
    with pytest.raises(KpiError, match="is not among the unit"):
        kpi.read_observations(unit)


def test_the_cut_keeps_what_was_known_on_the_day(make_unit):
    unit = make_unit([firms("month", "2025-01", 7, "2025-02-06"), firms("month", "2025-01", 8, "2025-03-06")])
    assert kpi.read_observations(unit, as_of="2025-02-05").empty
    assert kpi.read_observations(unit, as_of="2025-02-06")["value"].tolist() == [7]
    assert [figure.value for figure in fg.in_force(fg.figures_of(kpi.read_observations(unit)))] == [8]


def test_on_the_same_day_a_settled_figure_replaces_an_estimate(make_unit):
    unit = make_unit(
        [firms("year", "2024", 90, "2025-06-01", status="settled"), firms("year", "2024", 80, "2025-06-01", status="estimate")]
    )
    assert [figure.value for figure in fg.in_force(fg.figures_of(kpi.read_observations(unit)))] == [90]


def test_a_changed_delivery_is_read_again(make_unit):
    unit = make_unit([firms("month", "2025-01", 7, "2025-02-06")])
    assert kpi.read_observations(unit)["value"].tolist() == [7]
    make_unit([firms("month", "2025-01", 9, "2025-02-06")])
    assert kpi.read_observations(unit)["value"].tolist() == [9]
    assert len(list(ob.folders.processed(unit).glob("observations-*.parquet"))) == 1


def test_months_are_scaled_to_the_furthest_cumulative_figure(make_unit):
    rows = [*monthly("new_enterprises", 2025, [10, 20, 30], measure="doanh nghiệp"), firms("cumulative", "2025-03-31", 66, "2025-04-06")]
    history = history_of(make_unit(rows), FIRMS)
    assert history.years[2025].months.tolist() == pytest.approx([11, 22, 33])
    assert history.years[2025].last.value == 66


def test_a_missing_month_is_the_difference_of_its_cumulative_neighbours_and_is_never_interpolated(make_unit):
    rows = [
        firms("cumulative", "2025-01-31", 10, "2025-02-06"),
        firms("cumulative", "2025-02-28", 25, "2025-03-06"),
        firms("cumulative", "2025-04-30", 60, "2025-05-06"),
    ]
    year = history_of(make_unit(rows), FIRMS).years[2025]
    assert year.months.tolist() == [10, 15]
    assert [point.value for point in year.points] == [10, 25, 60]


def test_months_that_follow_a_cumulative_figure_extend_it(make_unit):
    rows = [
        firms("cumulative", "2025-02-28", 25, "2025-03-06"),
        firms("month", "2025-03", 12, "2025-04-06"),
        firms("month", "2025-05", 9, "2025-06-06"),
    ]
    year = history_of(make_unit(rows), FIRMS).years[2025]
    assert [(point.end.month, point.value) for point in year.points] == [(2, 25), (3, 37)]


def test_quarters_are_published_or_the_sum_of_three_months(make_unit):
    rows = monthly("new_enterprises", 2024, range(1, 13), measure="doanh nghiệp")
    year = history_of(make_unit(rows), FIRMS).years[2024]
    assert year.quarters.tolist() == [6, 15, 24, 33]
    assert year.outturn.value == 78


def test_money_is_converted_to_the_unit_of_the_flow_and_other_measures_are_left_out(make_unit):
    rows = [money("month", "2025-01", 35357, "2025-02-06", measure="triệu đồng"), money("month", "2025-02", 1, "2025-03-06", measure="USD")]
    year = history_of(make_unit(rows), REVENUE).years[2025]
    assert [point.value for point in year.points] == pytest.approx([35.357])


def test_whole_years_run_back_without_a_gap(make_unit):
    rows = [r for y in (2021, 2023, 2024) for r in monthly("new_enterprises", y, [y - 2000] * 12, measure="doanh nghiệp")]
    history = history_of(make_unit(rows), FIRMS)
    assert history.whole_years(2025, 12).tolist() == [23.0] * 12 + [24.0] * 12
    assert history.whole_years(2023, 12).size == 0


def test_figures_of_another_territory_or_from_before_a_boundary_event_are_not_used(make_unit):
    toml = '[[boundary_event]]\ndate = 2025-07-01\nvi = "sáp nhập"\nen = "merger"\n'
    rows = [
        firms("month", "2025-06", 5, "2025-07-06"),
        firms("month", "2025-05", 4, "2025-06-06", perimeter="rebuilt"),
        firms("month", "2025-08", 7, "2025-09-06"),
        firms("month", "2025-09", 9, "2025-10-06", perimeter="thành phố cũ"),
    ]
    unit = make_unit(rows, toml=toml)
    kept = boundaries.usable(kpi.read_observations(unit), kpi.read_unit(unit))
    assert sorted(kept["value"]) == [4, 7]


def test_growth_to_date_and_single_quarters_are_kept_apart(make_unit):
    rows = [
        row("gross_product_growth", "quarter", "2025-Q1", 10.9, "2025-04-06", measure="%"),
        row("gross_product_growth", "cumulative", "2025-06-30", 11.0, "2025-07-06", measure="%"),
        row("gross_product_growth", "quarter", "2025-Q3", 12.9, "2025-10-06", measure="%"),
    ]
    to_date, single = fg.growth_points(fg.figures_of(kpi.read_observations(make_unit(rows))))
    assert {q: p.value for q, p in to_date[2025].items()} == {1: 10.9, 2: 11.0}
    assert {q: p.value for q, p in single[2025].items()} == {1: 10.9, 3: 12.9}


def test_the_order_of_delivered_rows_does_not_matter(make_unit):
    rows = [*monthly("new_enterprises", 2024, range(3, 15), measure="doanh nghiệp"), firms("cumulative", "2024-12-31", 110, "2025-02-06")]
    first = history_of(make_unit(rows), FIRMS).years[2024].months
    second = history_of(make_unit(rows[::-1]), FIRMS).years[2024].months
    np.testing.assert_array_equal(first, second)


# ---- what a row says, and from when ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("line", [firms, money])
def test_a_figure_of_an_assumed_day_does_not_quote_the_later_page_it_was_read_on(make_unit, line):
    """The amount counts from the day by rule; the page that repeats it, and what else that page says, from its own day on."""
    unit = make_unit(
        [line("year", "2024", 100, "2025-01-06", published_assumed=True, seen="2025-12-17", source="trang x", note="tăng 55%")]
    )
    before, after = (kpi.read_observations(unit, as_of=f"2025-12-{day}").iloc[0] for day in (16, 17))
    assert (before["value"], before["source"], before["note"]) == (100, "", "")
    assert (after["value"], after["source"], after["note"]) == (100, "trang x", "tăng 55%")


def test_a_delivery_without_the_column_reads_as_before(make_unit):
    unit = make_unit([firms("year", "2024", 100, "2025-01-06")])
    assert kpi.read_observations(unit, as_of="2025-01-06")["source"].tolist() == ["thử"]
