"""Years that do not begin in January: figures, verdicts, replays and whole reports of a fiscal year, a school year, months to the 14th."""

from __future__ import annotations

import datetime as dt
import html
import json
import re
from dataclasses import replace
from itertools import chain
from pathlib import Path

import numpy as np
import openpyxl
import pytest
from conftest import row, target

import kpi_lib as kpi
from kpi_lib import charts, words
from kpi_lib import narrative as nr
from kpi_lib.definitions.targets import target_for
from kpi_lib.deliveries.checks.meaning import held_against
from kpi_lib.deliveries.delivery import DeliveredFigure, Reading
from kpi_lib.deliveries.files.reading import read_book
from kpi_lib.deliveries.tables.dates import parse_period
from kpi_lib.deliveries.tables.template import write_template
from kpi_lib.deliveries.tables.template_reading import read_template
from kpi_lib.outlook import milestones
from kpi_lib.outlook.reach import reach
from kpi_lib.outlook.values.course import of_fan
from kpi_lib.outlook.verdict import assess
from kpi_lib.page import data, whatif
from kpi_lib.page.conditions import rest_of_year
from kpi_lib.periods import Calendar
from kpi_lib.record import scores
from kpi_lib.reports.proof import own_words
from kpi_lib.reports.publish import publish
from kpi_lib.running.processes import stop_server
from kpi_lib.words.messages import KpiError
from kpi_lib.words.numbers import month_names
from tests.deliveries.template_tools import fill

FIRMS, REVENUE = "new_enterprises", "budget_revenue_growth"
JULY, APRIL = "year_starts = 7\n", "year_starts = 4\n"


def months_from(indicator: str, first: int, year: int, values, *, measure: str = "doanh nghiệp") -> list[dict[str, object]]:
    """Monthly figures from a year's first month on, each known on the 6th of the next month."""
    rows, calendar = [], Calendar(first)
    for number, value in enumerate(values, start=1):
        end = calendar.month_end(year, number)
        rows.append(row(indicator, "month", f"{end:%Y-%m}", value, str(end + dt.timedelta(days=6)), measure=measure))
    return rows


def three_years(first: int, seen: int = 9) -> list[dict[str, object]]:
    """Three complete years of 1, 2, ... 12, and some months of the fourth, 2025."""
    rows = chain.from_iterable(months_from(FIRMS, first, year, range(1, 13)) for year in (2022, 2023, 2024))
    return [*rows, *months_from(FIRMS, first, 2025, range(1, seen + 1))]


def outlook(unit: str, as_of: str, indicator: str = FIRMS, year: int = 2025):
    place = kpi.read_unit(unit)
    return kpi.outlook_for(kpi.read_observations(unit), place, place.indicators[indicator], year, as_of=as_of)


def projected(unit: str, as_of: str, indicator: str = FIRMS, year: int = 2025):
    """The projection itself, which an outlook without a target or without evidence does not tell."""
    place = kpi.read_unit(unit)
    return kpi.project(kpi.read_observations(unit), place.indicators[indicator], year, as_of=as_of, unit=place)


def test_nine_months_of_a_year_from_july_are_july_to_march(make_unit):
    item = outlook(make_unit(three_years(7), targets=[target(FIRMS, 2025, 80)], toml=JULY), "2026-04-15")
    projection = item.projection
    assert (projection.achieved, projection.seen[-1].end) == (45, dt.date(2026, 3, 31))
    assert projection.ends == (dt.date(2026, 4, 30), dt.date(2026, 5, 31), dt.date(2026, 6, 30))
    assert projection.straight_line == 45 / 9 * 12
    assert projection.same_period == 78
    assert sorted(projection.past) == [2022, 2023, 2024] and projection.past[2024][-1].end == dt.date(2025, 6, 30)
    assert (item.months_left, item.pace_so_far, item.best_pace) == (3, 5, 11)
    assert words.span(projection.seen[-1].end, projection.calendar)["en"] == "9 months"
    assert rest_of_year(projection.seen[-1].end, projection.calendar)["en"] == "the last 3 months"
    assert rest_of_year(dt.date(2026, 5, 31), projection.calendar)["vi"] == "tháng 6"


def test_a_projection_does_not_depend_on_which_month_a_year_begins_with(make_unit):
    january = outlook(make_unit(three_years(1), targets=[target(FIRMS, 2025, 80)], unit="lich"), "2025-10-15")
    april = outlook(make_unit(three_years(4), targets=[target(FIRMS, 2025, 80)], unit="tai_khoa", toml=APRIL), "2026-01-15")
    assert (january.projection.draws == april.projection.draws).all()
    assert (january.probability, january.status, january.pace_needed) == (april.probability, april.status, april.pace_needed)


def test_a_fiscal_year_is_complete_with_the_figure_of_its_last_day(make_unit):
    rows = three_years(7, 12)
    rows[-1]["published"] = "2026-06-28"
    unit = make_unit(rows, targets=[target(FIRMS, 2025, 78)], toml=JULY)
    assert not outlook(unit, "2026-06-29").projection.complete
    assert outlook(unit, "2026-06-30").projection.complete
    ended = outlook(unit, "2026-07-01")
    assert ended.projection.complete and ended.status == "met"
    assert nr.answer([ended], "en").text.startswith("2025/26: 1/1 target was met")


def test_quarters_of_a_fiscal_year_add_up_to_it(make_unit):
    rows = [
        row(FIRMS, "quarter", f"{y}-Q{q}", 10 * q, str(Calendar(7).month_end(y, 3 * q)), measure="doanh nghiệp")
        for y in (2022, 2023, 2024)
        for q in (1, 2, 3, 4)
    ]
    rows += [
        row(FIRMS, "quarter", f"2025-Q{q}", 10 * q, str(Calendar(7).month_end(2025, 3 * q)), measure="doanh nghiệp") for q in (1, 2, 3)
    ]
    projection = projected(make_unit(rows, toml=JULY), "2026-03-31")
    assert (projection.achieved, projection.ends) == (60, (dt.date(2026, 6, 30),))
    assert data.period_text("quarter", "2025-Q3", "en", projection.calendar) == "Q3 2025/26"
    assert data.period_text("quarter", "2025-Q3", "vi", projection.calendar) == "Quý III năm 2025/26"


def test_cumulative_figures_begin_with_the_fiscal_year(make_unit):
    rows = [
        row(FIRMS, "cumulative", f"{y + 1}-03-31", 70.0 + y - 2020, f"{y + 1}-04-06", measure="doanh nghiệp") for y in range(2020, 2026)
    ]
    rows += [row(FIRMS, "year", str(y), 100.0 + y - 2020, f"{y + 1}-07-06", measure="doanh nghiệp") for y in range(2020, 2025)]
    unit = make_unit(rows, toml=JULY)
    obs = kpi.read_observations(unit)
    assert set(obs.loc[obs["basis"] == "cumulative", "start"].dt.strftime("%m-%d")) == {"07-01"}
    projection = projected(unit, "2026-04-15")
    assert projection.achieved == 75 and projection.ends[0] == dt.date(2026, 4, 30) and len(projection.ends) == 3
    assert projection.same_period == pytest.approx(75 * 104 / 74)


def test_growth_is_reckoned_on_the_fiscal_year_before(make_unit):
    rows = [*chain.from_iterable(months_from(REVENUE, 4, y, [10 * (y - 2020)] * 12, measure="tỷ đồng") for y in (2022, 2023, 2024))]
    rows += months_from(REVENUE, 4, 2025, [60] * 9, measure="tỷ đồng")
    item = outlook(make_unit(rows, targets=[target(REVENUE, 2025, 4)], toml=APRIL), "2026-01-15", REVENUE)
    assert item.projection.base.value == 480 and item.threshold == pytest.approx(499.2)
    assert "2024/25" in nr.base_note(item, "en").text


def test_replays_sit_after_the_quarters_of_the_fiscal_year(make_unit):
    unit = make_unit(three_years(7, 12), targets=[target(FIRMS, y, 70) for y in range(2022, 2026)], toml=JULY)
    place = kpi.read_unit(unit)
    errors = scores.backtest(kpi.read_observations(unit), place.indicators[FIRMS], unit=place, years=[2024, 2025])
    days = sorted({str(day.date()) for day in errors["as_of"]})
    assert days == ["2024-10-15", "2025-01-15", "2025-04-15", "2025-10-15", "2026-01-15", "2026-04-15"]
    assert sorted(set(errors["periods_seen"])) == [3, 6, 9]
    assert scores.calibration(errors, place)["quarters_seen"].tolist() == [1, 2, 3]
    assert set(errors["outturn"]) == {78}


def test_milestones_and_the_last_day_lie_in_the_fiscal_year(make_unit):
    flat = [*chain.from_iterable(months_from(FIRMS, 7, y, [pace] * 12) for y, pace in ((2022, 10), (2023, 12), (2024, 10)))]
    item = outlook(make_unit(flat + months_from(FIRMS, 7, 2025, [9] * 6), targets=[target(FIRMS, 2025, 117)], toml=JULY), "2026-01-15")
    marks = milestones.milestones(item)
    assert [str(mark.day) for mark in marks] == [
        "2025-12-31",
        "2026-01-31",
        "2026-02-28",
        "2026-03-31",
        "2026-04-30",
        "2026-05-31",
        "2026-06-30",
    ]
    assert [mark.best for mark in marks] == [12 * left for left in (6, 5, 4, 3, 2, 1, 0)]
    assert marks[-1].ends_year and not any(mark.ends_year for mark in marks[:-1])
    projection, paths = item.projection, np.full((50, 6), 9.0)
    nine = assess(replace(projection, paths=paths, draws=projection.achieved + paths.sum(axis=1)), item.target)
    assert reach(nine).day == dt.date(2026, 3, 31)  # 54 + 9 x 3 + 12 x 3 = 117, a month later 3 are missing
    assert "plan@2026-03-31" in of_fan(item)


def test_a_school_year_runs_from_september_in_a_unit_of_calendar_years(make_unit):
    toml = f"[override.{FIRMS}]\nyear_starts = 9\n"
    unit = make_unit([*months_from(FIRMS, 9, 2024, [1] * 12), *months_from(FIRMS, 9, 2025, [1] * 5)], toml=toml)
    place = kpi.read_unit(unit)
    assert place.calendar == Calendar() and place.calendar_of(place.indicators[FIRMS]) == Calendar(9)
    projection = outlook(unit, "2026-02-15").projection
    assert (projection.achieved, projection.seen[-1].end, projection.named()) == (5, dt.date(2026, 1, 31), "2025/26")
    assert projection.past[2024][-1].value == 12


def test_a_month_that_closes_on_the_14th_keeps_its_name(make_unit):
    rows = [row(FIRMS, "month", f"2026-{m:02d}", m, f"2026-{m:02d}-20", measure="doanh nghiệp") for m in range(1, 7)]
    unit = make_unit(rows, toml="month_closes = 14\n")
    obs = kpi.read_observations(unit)
    assert (str(obs["start"].iloc[-1].date()), str(obs["end"].iloc[-1].date())) == ("2026-05-15", "2026-06-14")
    projection = outlook(unit, "2026-07-01", year=2026).projection
    assert projection.achieved == 21 and projection.seen[-1].end == dt.date(2026, 6, 14)
    assert words.span(projection.seen[-1].end, projection.calendar)["vi"] == "6 tháng"


def test_a_level_is_known_at_the_end_of_the_fiscal_year(make_unit):
    rows = [row("clean_water_coverage", "level", f"{y}-06-30", 90 + y - 2020, f"{y}-07-06", measure="%") for y in range(2021, 2026)]
    unit = make_unit([*rows, row("clean_water_coverage", "level", "2026-03-31", 95.5, "2026-04-06", measure="%")], toml=JULY)
    projection = projected(unit, "2026-04-15", "clean_water_coverage")
    assert projection.seen[-1].value == 95.5 and projection.ends[-1] == dt.date(2026, 6, 30)
    assert projected(unit, "2025-07-15", "clean_water_coverage", 2024).complete


@pytest.mark.parametrize(
    "line", ["year_starts = 13", "year_starts = 0", 'year_starts = "July"', "month_closes = 32", "month_closes = true"]
)
def test_a_first_month_or_closing_day_that_is_none_is_refused_by_name(make_unit, line: str):
    for toml in (f"{line}\n", f"[override.{FIRMS}]\n{line}\n"):
        with pytest.raises(KpiError, match=line.split()[0]):
            kpi.read_unit(make_unit([], toml=toml))


# ---- the boundary day of every clock -------------------------------------------------------------------------------------------------


def test_a_figure_counts_from_the_very_day_it_is_published(make_unit):
    unit = make_unit([row(FIRMS, "cumulative", "2025-09-30", 100, "2025-10-06", measure="doanh nghiệp")])
    known = kpi.read_observations(unit)
    ind = kpi.read_unit(unit).indicators[FIRMS]
    assert kpi.project(known, ind, 2025, as_of="2025-10-06").achieved == 100
    assert not kpi.project(known, ind, 2025, as_of="2025-10-05").seen


def test_a_figure_counts_on_the_last_day_of_its_period_and_not_before(make_unit):
    unit = make_unit([row(FIRMS, "cumulative", "2025-09-30", 100, "2025-09-20", measure="doanh nghiệp", status="estimate")])
    known = kpi.read_observations(unit)
    ind = kpi.read_unit(unit).indicators[FIRMS]
    assert kpi.project(known, ind, 2025, as_of="2025-09-30").achieved == 100
    assert not kpi.project(known, ind, 2025, as_of="2025-09-29").seen


def test_a_target_judges_from_the_very_day_it_is_adopted(make_unit):
    unit = make_unit([], targets=[target(FIRMS, 2025, 80, adopted="2025-03-10"), target(FIRMS, 2025, 90, adopted="2025-07-01")])
    ind = kpi.read_unit(unit).indicators[FIRMS]

    def threshold(day: str) -> float | None:
        found = target_for(unit, ind, 2025, as_of=day)
        return found and found.threshold

    assert [threshold(day) for day in ("2025-03-09", "2025-03-10", "2025-06-30", "2025-07-01")] == [None, 80, 80, 90]


def test_on_its_last_day_a_year_is_complete_where_its_last_figure_is_known_and_a_forecast_where_it_is_not(make_unit):
    water, growth = "clean_water_coverage", "gross_product_growth"
    early = [
        row(water, "level", "2024-12-31", 94, "2025-01-06", measure="%"),
        row(growth, "cumulative", "2025-09-30", 8, "2025-10-06", measure="%"),
    ]
    late = [row(water, "level", "2025-12-31", 96, "2025-12-31", measure="%"), row(growth, "year", "2025", 9, "2025-12-31", measure="%")]
    monthly = three_years(1, 12)
    for rows, complete in (
        (monthly[:-1] + early, False),
        ([*monthly[:-1], {**monthly[-1], "published": "2025-12-31"}, *early, *late], True),
    ):
        unit = make_unit(rows, targets=[target(FIRMS, 2025, 78)])
        for day in ("2025-12-31", "2026-01-01"):
            assert [projected(unit, day, key).complete for key in (FIRMS, water, growth)] == [complete] * 3
        assert all(projected(unit, "2025-12-31", key).known for key in (FIRMS, water, growth))


def test_an_office_rule_counts_whole_months_at_a_months_end(make_unit):
    at_end = projected(make_unit([row(FIRMS, "cumulative", "2025-02-28", 10, "2025-03-06", measure="doanh nghiệp")]), "2025-03-15")
    within = projected(make_unit([row(FIRMS, "cumulative", "2025-02-14", 9, "2025-03-06", measure="doanh nghiệp")]), "2025-03-15")
    assert (at_end.straight_line, within.straight_line) == (60, 72)


def test_the_form_of_a_fiscal_year_has_its_months_in_order_and_reads_back_into_it(make_unit, tmp_path: Path):
    unit = kpi.read_unit(make_unit(three_years(7, 8), toml=JULY))
    path = write_template(unit, 2026, tmp_path / "form.xlsx", month=3, obs=kpi.read_observations(unit.id), plans=kpi.read_plans(unit.id))
    fill(path, {(FIRMS, "total"): {"month": 9, "cumulative": 45, "status": "Thực hiện", 11: 6.0}})
    sheet = next(s for s in openpyxl.load_workbook(path).worksheets if any(c.value == f"row|{FIRMS}|total" for c in s["A"]))
    marks = next(row for row in sheet.iter_rows(min_row=1, max_row=12) if row[0].value == "kpi-columns")
    at = {cell.value: cell.column for cell in marks if cell.value}
    assert sorted((f"m{m:02d}" for m in range(1, 13)), key=at.__getitem__)[:3] == ["m07", "m08", "m09"]
    line = next(c.row for c in sheet["A"] if c.value == f"row|{FIRMS}|total")
    assert [sheet.cell(line, at[role]).value for role in ("m07", "m12", "m01", "m02", "m03")] == [1, 6, 7, 8, None]
    assert sheet.cell(line, at["same_period"]).value == 45
    assert "số từ 1/7 đến hết tháng báo cáo" in " ".join(
        str(c.value) for row in openpyxl.load_workbook(path).worksheets[0].iter_rows() for c in row
    )
    reading = read_template(read_book(path), unit)
    assert reading is not None
    assert {(f.basis, f.period): f.value for f in reading.figures if f.indicator == FIRMS} == {
        ("month", "2026-03"): 9, ("cumulative", "2026-03-31"): 45, ("month", "2025-11"): 6,
    }  # fmt: skip


def test_a_month_skipped_is_told_by_its_name_in_the_fiscal_year(make_unit):
    rows = [r for r in three_years(7, 8) if r["period"] != "2025-12"]
    unit = kpi.read_unit(make_unit(rows, toml=JULY))
    figure = DeliveredFigure(FIRMS, "total", "month", "2026-03", 9, "doanh nghiệp", "estimate", "", "F2", "9")
    told = held_against(
        Reading("a.csv", "", "tidy", (figure,)),
        kpi.read_observations(unit.id),
        unit,
        plans=kpi.read_plans(unit.id),
        received=dt.date(2026, 3, 25),
    )
    assert [fault.found["vi"] for fault in told if fault.check == "months_skipped"] == ["thiếu tháng 12 năm 2025/26"]


def test_nine_months_typed_by_an_office_are_those_of_its_own_year():
    assert parse_period("9 tháng đầu năm 2025", calendar=Calendar(7)) == ("cumulative", "2026-03-31")
    assert parse_period("Tháng 3/2026", calendar=Calendar(7)) == ("month", "2026-03")


def test_charts_of_a_fiscal_year_begin_with_its_first_month(make_unit):
    item = outlook(make_unit(three_years(7), targets=[target(FIRMS, 2025, 80)], toml=JULY), "2026-04-15")
    months = str(month_names("en", Calendar(7)))
    assert months.startswith("['Jul', 'Aug'")
    for chart in (charts.fan, charts.pace):
        assert f"{months}[datum.value - 1]" in json.dumps(chart(item, "en").to_dict())
    place = item.projection.unit
    arrived = json.dumps(charts.arrivals(kpi.read_observations(place.id), place, 2025, "2026-04-15", "en").to_dict())
    assert months in arrived and "Figures of 2025/26 received" in arrived
    ticks = whatif.what_if(item, "en").data.ticks
    assert [(place, name) for place, name, _ in ticks][:2] == [(1.0, "Jul"), (2.0, "Aug")]
    assert [name for _, name in whatif.what_if(item, "en").data.months] == ["Apr", "May", "Jun"]


_DATES = re.compile(r"\d{1,2} [A-Z][a-z]+ 20\d\d|[A-Z][a-z]+ 20\d\d|\d{1,2}/20\d\d|20\d\d-\d\d-\d\d|\d{4}-Q\d")

# ---- the whole way -------------------------------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize(("toml", "first", "as_of"), [(JULY, 7, "2026-04-15"), (APRIL, 4, "2026-01-15")], ids=["from July", "from April"])
def test_a_report_of_a_fiscal_year_names_no_wrong_year_month_or_day(make_unit, toml: str, first: int, as_of: str):
    rows = three_years(first)
    rows += [
        row("gross_product_growth", "quarter", f"{y}-Q{q}", 6.0 + q / 10, str(Calendar(first).month_end(y, 3 * q)), measure="%")
        for y in (2022, 2023, 2024, 2025)
        for q in (1, 2, 3, 4)
        if (y, q) < (2025, 4)
    ]
    rows += [
        row("clean_water_coverage", "level", str(Calendar(first).end(y)), 90 + y - 2020, str(Calendar(first).end(y)), measure="%")
        for y in range(2020, 2025)
    ]
    unit = make_unit(
        rows,
        targets=[target(FIRMS, 2025, 80), target("gross_product_growth", 2025, 6), target("clean_water_coverage", 2025, 100)],
        toml=toml,
    )
    own = [" ".join(wording.split()) for wording in own_words(*kpi.read_unit(unit).indicators.values()) if re.search(r"20\d\d", wording)]
    own.sort(key=len, reverse=True)  # definitions and wordings are of other years
    try:
        pages = publish(unit, as_of, lang="en").pages
    finally:
        stop_server()
    for page in pages:
        markup = page.read_text(encoding="utf-8")
        text = " ".join(html.unescape(re.sub(r"<[^>]+>", " ", re.sub(r"(?s)<(script|style)\b.*?</\1>", "", markup))).split())
        assert "12 months" not in text and "31 December 2026" not in text, page.name
        for wording in own:
            text = text.replace(wording, "")
        bare = re.findall(r".{0,60}(?<![\d/–-])\b20\d\d\b(?![\d/-]).{0,40}", _DATES.sub("", text))
        assert not bare, f"{page.name}: a year without its second half: {bare}"
    overview = next(page for page in pages if page.name == "index.html").read_text(encoding="utf-8")
    assert "Targets of 2025/26" in overview and "2024/25" in overview
    line = next(page for page in pages if page.name == "new-enterprises.html").read_text(encoding="utf-8")
    assert words.date_text(Calendar(first).end(2025), "en") in line
