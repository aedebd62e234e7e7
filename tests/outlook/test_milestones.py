"""What remains, until when, under which conditions: known truths on hand-made years, invariants, both languages, real units."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from conftest import monthly, row, target

import kpi_lib as kpi
from kpi_lib import narrative as nr
from kpi_lib import words
from kpi_lib.forecast.growth import QUARTER_WEIGHTS
from kpi_lib.outlook import milestones, required
from kpi_lib.outlook.verdict import assess
from kpi_lib.page import needs as page
from kpi_lib.periods import CALENDAR
from tests.made import SEASON, share_rows, three_years

FIRMS = kpi.INDICATORS["new_enterprises"]
MEASURE = "doanh nghiệp"


def outlook(unit: str, indicator: str = "new_enterprises", year: int = 2025, as_of: str = "2025-10-15"):
    place = kpi.read_unit(unit)
    return kpi.outlook_for(kpi.read_observations(unit), place, place.indicators[indicator], year, as_of=as_of)


def flat(*paces: float, this: float = 9.0, months: int = 6) -> list[dict[str, object]]:
    """Past years of an even pace each, the last one first before 2025, and some months of 2025."""
    years = [r for n, pace in enumerate(paces) for r in monthly("new_enterprises", 2025 - len(paces) + n, [pace] * 12, measure=MEASURE)]
    return years + monthly("new_enterprises", 2025, [this] * months, measure=MEASURE)


def on_path(item, monthly_amount: float):
    """The same outlook with one certain path of even months."""
    projection = item.projection
    paths = np.full((50, len(projection.ends)), monthly_amount)
    projection = replace(projection, paths=paths, draws=projection.achieved + paths.sum(axis=1))
    return assess(projection, item.target)


# ---- milestones --------------------------------------------------------------------------------------------------------------


def test_of_each_months_end_stands_what_the_best_past_year_did_after_it_and_what_that_spares(make_unit):
    item = outlook(make_unit(flat(8, 12, 10), targets=[target("new_enterprises", 2025, 111)]), as_of="2025-07-15")
    marks = milestones.milestones(item)
    assert [mark.day for mark in marks] == [
        dt.date(2025, month, day) for month, day in ((6, 30), (7, 31), (8, 31), (9, 30), (10, 31), (11, 30), (12, 31))
    ]
    assert {(mark.best, mark.best_year, mark.years) for mark in marks[:-1]} == {(12.0 * left, 2023, 3) for left in range(1, 7)}
    assert [mark.most for mark in marks] == [15.0 * left for left in (6, 5, 4, 3, 2, 1, 0)]  # ten a month, grown by half as in 2023
    assert all(mark.spare == mark.median + mark.most - 111 and mark.within == (mark.spare >= 0) for mark in marks)
    assert (marks[0].median, marks[0].known, marks[0].chance) == (54, True, 1.0)
    assert (marks[-1].needed, marks[-1].median, marks[-1].chance) == (111, item.projection.quantile(0.5), item.probability)


def test_each_month_takes_the_year_that_did_best_after_it(make_unit):
    early, late = [20.0] * 6 + [4.0] * 6, [4.0] * 9 + [12.0] * 3
    rows = [r for year, values in ((2023, early), (2024, late)) for r in monthly("new_enterprises", year, values, measure=MEASURE)]
    rows += monthly("new_enterprises", 2025, [5.0] * 3, measure=MEASURE)
    marks = {
        mark.day.month: mark
        for mark in milestones.milestones(outlook(make_unit(rows, targets=[target("new_enterprises", 2025, 150)]), as_of="2025-04-15"))
    }
    for month in range(3, 12):
        assert marks[month].best == pytest.approx(max(sum(early[month:]), sum(late[month:])))
    assert (marks[3].best_year, marks[6].best_year) == (2023, 2024)


def test_the_median_is_that_of_the_paths_and_the_chance_the_share_of_draws(make_unit):
    item = outlook(make_unit(three_years(), targets=[target("new_enterprises", 2025, 123)]))
    sums = item.projection.achieved + item.projection.paths.cumsum(axis=1)
    for number, mark in enumerate(milestones.milestones(item)[1:]):
        column = [float(value) for value in sums[:, number]]
        assert mark.median == pytest.approx(sorted(column)[1999] / 2 + sorted(column)[2000] / 2)
        share = sum(value >= mark.needed - 1e-6 for value in column) / len(column)
        assert mark.chance == (1.0 if share == 1 else pytest.approx(min(max(share, 0.05), 0.95), abs=0.0051))


@pytest.mark.parametrize(("indicator", "measure", "scale"), [("new_enterprises", MEASURE, 1.0), ("budget_revenue_growth", "tỷ đồng", 3.7)])
def test_what_must_be_reached_on_the_way_is_never_less_likely_than_the_target_it_leads_to(make_unit, indicator, measure, scale):
    flow = "flow" if indicator == "budget_revenue_growth" else "indicator"
    for threshold in (115, 123, 126, 130):
        goal = target(indicator, 2025, threshold * scale, measure=flow)
        item = outlook(make_unit(three_years(indicator, measure, scale), targets=[goal], unit=f"u{threshold}"), indicator)
        marks = milestones.milestones(item)
        assert [mark.chance for mark in marks if not mark.known and mark.chance < item.probability] == []
        needed = [mark.needed for mark in marks if np.isfinite(mark.needed)]
        assert needed == sorted(needed)
        met = item.projection.draws >= item.threshold - 1e-6
        sums = item.projection.achieved + item.projection.paths.cumsum(axis=1)
        for column, mark in zip(sums.T, marks[1:], strict=True):
            assert np.isnan(mark.needed) == (met.sum() < 20) or mark.ends_year
            assert not np.isfinite(mark.needed) or (column[met] >= mark.needed - 1e-6).mean() >= 0.9 or not met.any()


def test_what_must_be_reached_on_the_way_is_likely_enough_on_every_line_of_the_shipped_units(real):
    found = [(item, mark) for _, item in real if item.judged for mark in milestones.milestones(item)]
    assert len(found) > 10
    assert [(item.indicator.id, mark.day) for item, mark in found if mark.chance < item.probability] == []


def test_without_a_complete_past_year_there_are_no_milestones(make_unit):
    rows = monthly("new_enterprises", 2024, [8.0] * 9, measure=MEASURE) + monthly("new_enterprises", 2025, [9.0] * 9, measure=MEASURE)
    item = outlook(make_unit(rows, targets=[target("new_enterprises", 2025, 120)]))
    assert (item.status, item.reason["en"]) == ("cannot_be_judged", "No past year is known both at this time and at its end.")
    assert milestones.milestones(item) == ()


def test_there_are_no_milestones_for_a_goal_reached_a_year_over_or_a_value_that_does_not_add_up(make_unit):
    unit = make_unit(
        [*share_rows(), row("health_insurance_coverage", "level", "2025-09-30", 98.0, "2025-10-06", measure="%")],
        targets=[
            target("new_enterprises", 2025, 70),
            target("new_enterprises", 2024, 100),
            target("health_insurance_coverage", 2025, 98.5),
        ],
    )
    assert milestones.milestones(outlook(unit)) == ()
    assert required.conditions(outlook(unit)) is None
    assert milestones.milestones(outlook(unit, year=2024, as_of="2025-02-01")) == ()
    assert milestones.milestones(outlook(unit, "health_insurance_coverage")) == ()


def test_a_month_without_a_past_figure_is_left_out(make_unit):
    item = outlook(make_unit(share_rows(), targets=[target("new_enterprises", 2025, 107)]))
    assert [(mark.day.month, mark.best) for mark in milestones.milestones(item)] == [(9, 30), (12, 0)]


# ---- conditions --------------------------------------------------------------------------------------------------------------


def test_conditions_of_an_amount_are_what_a_loop_would_count(make_unit):
    rng = np.random.default_rng(4)
    years = {
        year: np.round(SEASON * scale + rng.integers(0, 4, 12), 0) for year, scale in ((2021, 0.9), (2022, 1.0), (2023, 1.15), (2024, 1.0))
    }
    rows = [r for year, values in years.items() for r in monthly("new_enterprises", year, values, measure=MEASURE)]
    rows += monthly("new_enterprises", 2025, years[2024][:8], measure=MEASURE)
    for threshold in (105, 115, 125, 140):
        item = outlook(make_unit(rows, targets=[target("new_enterprises", 2025, threshold)], unit=f"u{threshold}"), as_of="2025-09-15")
        found = required.conditions(item)
        done = years[2024][:8].sum()
        assert found.best == max(values[8:].sum() for values in years.values())
        for aim in found.aims:
            growth, times = aim.amount / years[2024][8:].sum(), aim.amount / 4 / (done / 8)
            grew = ran = 0
            for year, values in years.items():
                if year > 2021 and values[8:].sum() / years[year - 1][8:].sum() >= growth - 1e-12:
                    grew += 1
                if values[8:].sum() / 4 >= times * values[:8].sum() / 8 - 1e-9:
                    ran += 1
            assert aim.of_last_year == pytest.approx(100 * growth)
            assert aim.of_pace == pytest.approx(times)
            assert (aim.grew, aim.ran) == (required.Tally(grew, 3), required.Tally(ran, 4))
        assert found.aims[0].amount == threshold - done == item.remaining


def test_aiming_at_the_80_percent_amount_gives_an_80_percent_chance(make_unit):
    item = outlook(
        make_unit(three_years("budget_revenue_growth", "tỷ đồng"), targets=[target("budget_revenue_growth", 2025, 30)]),
        "budget_revenue_growth",
    )
    projection = item.projection
    rest = projection.draws - projection.achieved
    even, sure = required.conditions(item).aims
    for aim in (even, sure):
        scaled = projection.achieved + rest * aim.amount / np.median(rest)
        assert (scaled >= item.threshold - 1e-9).mean() == pytest.approx(aim.sure, abs=0.002)


def test_whole_things_are_aimed_at_in_whole_numbers(make_unit):
    for aim in required.conditions(outlook(make_unit(three_years(), targets=[target("new_enterprises", 2025, 121)]))).aims:
        assert aim.amount == int(aim.amount)


def test_conditions_of_a_share_are_in_points_and_persons(make_unit):
    values = {2022: (95.0, 95.6), 2023: (96.0, 96.2), 2024: (97.0, 97.7)}
    rows = [row("health_insurance_coverage", "level", f"{y}-{tail}", v, f"{y + (tail == '12-31')}-{'01' if tail == '12-31' else '10'}-06", measure="%")
            for y, pair in values.items() for tail, v in zip(("09-30", "12-31"), pair, strict=True)]  # fmt: skip
    rows += [row("health_insurance_coverage", "level", "2025-09-30", 97.9, "2025-10-06", measure="%")]
    unit = make_unit(rows, targets=[target("health_insurance_coverage", 2025, 98.5)])
    item = outlook(unit, "health_insurance_coverage")
    found = required.conditions(item)
    assert found.aims[0].amount == pytest.approx(0.6)
    assert found.aims[0].reached == required.Tally(2, 3)  # 0.6 in 2022, 0.7 in 2024
    assert (found.best, found.best_year, found.months_left) == (pytest.approx(0.7), 2024, 3)
    assert (
        found.aims[0].persons
        == next(n.value for n in nr.people_missing(item, kpi.read_unit(unit)).numbers if n.label == "persons_missing")
        == 360
    )
    assert found.best_persons == 420
    assert found.aims[1].amount > found.aims[0].amount


def test_room_to_spare_is_a_negative_change(make_unit):
    rows = [row("child_malnutrition", "level", f"{y}-{t}", v, f"{y + (t == '12-31')}-{'01' if t == '12-31' else '07'}-06", measure="%")
            for y, pair in {2023: (5.0, 5.6), 2024: (5.2, 5.1)}.items() for t, v in zip(("06-30", "12-31"), pair, strict=True)]  # fmt: skip
    rows += [row("child_malnutrition", "level", "2025-06-30", 4.7, "2025-07-06", measure="%")]
    item = outlook(
        make_unit(rows, targets=[target("child_malnutrition", 2025, 5, comparator="<=")]), "child_malnutrition", as_of="2025-07-15"
    )
    found = required.conditions(item)
    assert not found.upwards
    assert found.aims[0].amount == pytest.approx(-0.3)
    assert found.aims[0].reached == required.Tally(1, 2)  # it rose by 0.6 in 2023, fell by 0.1 in 2024


def test_cases_count_the_years_that_came_to_the_goal_not_those_that_closed_as_many(make_unit):
    rows = [row("near_poor_households", "level", f"{y}-{t}", v, f"{y + (t == '12-31')}-{'01' if t == '12-31' else '07'}-06", measure="hộ")
            for y, pair in {2022: (30, 20), 2023: (9, 0), 2024: (0, 3)}.items() for t, v in zip(("06-30", "12-31"), pair, strict=True)]  # fmt: skip
    rows += [row("near_poor_households", "level", "2025-06-30", 2, "2025-07-06", measure="hộ")]
    unit = make_unit(rows, targets=[target("near_poor_households", 2025, 0, comparator="=")])
    found = required.conditions(outlook(unit, "near_poor_households", as_of="2025-07-15"))
    assert [(aim.amount, aim.reached) for aim in found.aims] == [(2, required.Tally(1, 2))]
    assert (found.best, found.best_year) == (10, 2022)


def test_published_growth_asks_the_rest_of_the_year_for_what_is_missing(make_unit):
    rates = {2022: (10.0, 11.0), 2023: (11.0, 10.0), 2024: (10.0, 10.5)}
    rows = [r for year, (nine, whole) in rates.items() for r in (
        row("gross_product_growth", "cumulative", f"{year}-09-30", nine, f"{year}-10-06", measure="%"),
        row("gross_product_growth", "year", f"{year}", whole, f"{year + 1}-01-06", measure="%"))]  # fmt: skip
    rows += [row("gross_product_growth", "cumulative", "2025-09-30", 11.0, "2025-10-06", measure="%")]
    found = required.conditions(outlook(make_unit(rows, targets=[target("gross_product_growth", 2025, 12.2)]), "gross_product_growth"))
    done = QUARTER_WEIGHTS[:3].sum()
    assert found.weight == pytest.approx(done)
    assert found.aims[0].amount == pytest.approx((12.2 - done * 11.0) / (1 - done))
    past = [(whole - done * nine) / (1 - done) for nine, whole in rates.values()]
    assert found.best == pytest.approx(max(past))
    assert found.aims[0].reached == required.Tally(sum(value >= found.aims[0].amount for value in past), 3)
    assert done * 11.0 + (1 - done) * found.aims[0].amount == pytest.approx(12.2)


def test_growth_without_a_figure_in_the_year_asks_the_whole_year(make_unit):
    rows = [
        row("income_per_capita_growth", "year", f"{y}", v, f"{y + 1}-01-06", measure="%")
        for y, v in ((2022, 9.0), (2023, 11.0), (2024, 12.0))
    ]
    found = required.conditions(
        outlook(make_unit(rows, targets=[target("income_per_capita_growth", 2025, 11.0)]), "income_per_capita_growth")
    )
    assert (found.aims[0].amount, found.aims[0].reached, found.weight, found.since) == (11.0, required.Tally(2, 3), 0.0, None)


def test_later_vintages_change_nothing(make_unit):
    rows = three_years()
    later = [{**r, "value": 9 * float(r["value"]), "published": "2025-10-16"} for r in rows]
    goal = [target("new_enterprises", 2025, 121)]
    before, after = outlook(make_unit(rows, targets=goal)), outlook(make_unit(rows + later, targets=goal, unit="khac"))
    assert repr(milestones.milestones(before)) == repr(milestones.milestones(after))  # what is not a number equals nothing
    assert required.conditions(before) == required.conditions(after)
    assert milestones.to_do(before) == milestones.to_do(after)


# ---- the page ----------------------------------------------------------------------------------------------------------------

LINES = [("quang-ninh", 2025, "2025-10-15"), ("uong-bi-minh-hoa", 2026, "2026-10-15")]


@pytest.fixture(scope="module")
def real() -> list[tuple]:
    found = []
    for unit, year, as_of in LINES:
        place = kpi.read_unit(unit)
        found += [(place, item) for item in kpi.outlooks(kpi.read_observations(unit, as_of=as_of), place, year, as_of=as_of)]
    return found


def parts(place, item, lang: str) -> list:
    return [part for part in page.what_it_takes(item, place, lang).parts if part is not None]


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_every_line_of_the_real_units_says_something_and_every_number_is_bound_to_its_line(real, lang):
    for place, item in real:
        shown = parts(place, item, lang)
        assert shown, item.indicator.id
        for part in shown:
            markup = part._repr_html_()
            assert set(re.findall(r'data-of="([^".]+)\.', markup)) <= {item.indicator.id, "unit"}
            assert "nan" not in re.findall(r"\w+", re.sub(r"<[^>]+>", " ", markup).lower())
            assert "–" not in re.sub(r"<[^>]+>", " ", markup) or re.search("Kế hoạch từng kỳ|Phased plan", markup)  # periods to come
            if isinstance(part, words.Sentence):
                assert all(number.of in (item.indicator.id, "unit") for number in part.numbers)
                assert part.text.rstrip().endswith(".")
                assert "  " not in part.text and " ," not in part.text


def test_what_remains_is_one_amount_on_a_page(real):
    for place, item in real:
        numbers = [n for part in parts(place, item, "vi") if isinstance(part, words.Sentence) for n in part.numbers]
        said = {n.value for n in numbers if n.label in ("remaining", "split", "reach_left") and item.indicator.adds_up}
        assert len({round(value, item.projection.decimals) for value in said}) <= 1
        last = [mark for mark in milestones.milestones(item) if mark.day.month == 12]
        assert all(mark.chance == item.probability for mark in last)


def test_the_ward_reads_as_an_office_would_write(real):
    texts = {
        item.indicator.id: [part.text for part in parts(place, item, "vi") if isinstance(part, words.Sentence)]
        for place, item in real
        if place.id == "uong-bi-minh-hoa"
    }
    assert any(
        text.startswith("Để đạt mục tiêu, 3 tháng cuối năm phải bằng 127% cùng kỳ năm trước") for text in texts["budget_revenue_growth"]
    )
    assert any(text.startswith("Ngoài tầm: còn phải làm 173,1 tỷ đồng, trong khi mức cao nhất") for text in texts["budget_revenue_growth"])
    assert any("Bình quân phải thêm 37 người/tháng trong 3 tháng cuối năm." in text for text in texts["health_insurance_coverage"])
    assert any(
        "báo còn thiếu tổng cộng 1.001 người" in text and "để đạt mục tiêu cần 109 người" in text
        for text in texts["health_insurance_coverage"]
    )
    assert texts["clean_water_coverage"] == ["Số mới nhất là của ngày 31/03/2026, đã 198 ngày."]


def test_ten_areas_stand_open_and_the_others_behind_a_summary(real):
    place, item = next((place, item) for place, item in real if place.id == "uong-bi-minh-hoa" and item.indicator.id == "new_jobs")
    first, more = page.split_parts(item, place)[1:]
    rows = [re.findall(r'<th scope="row"[^>]*>([^<]*)</th>', piece) for piece in (first, more)]
    assert [len(names) for names in rows] == [10, 23]
    assert sorted({*rows[0], *rows[1]}, key=lambda name: int(name.split()[1])) == [f"Khu {n}" for n in range(1, 34)]
    assert more.startswith('<details><summary class="quoted">23 địa bàn còn lại</summary>')
    values = re.findall(r'<data value="(\d+)" data-of="new_jobs\.area\.Khu \d+"', first + more)
    assert sum(map(int, values)) == item.remaining


def test_what_an_area_is_called_cannot_become_markup(root, make_unit):
    unit = make_unit(share_rows(), targets=[target("new_enterprises", 2025, 100)])
    rows = [{"indicator": "new_enterprises", "year": 2025, "area": "<script>x</script>", "value": 1, "measure": "<b>", "kind": "weight",
             "published": "2025-01-15", "source": "<i>", "note": ""}]  # fmt: skip
    pd.DataFrame(rows).to_csv(root / "data" / "raw" / unit / "splits.csv", index=False)
    shown = "".join(part._repr_html_() for part in page.split_parts(outlook(unit), kpi.read_unit(unit)))
    assert "<script" not in shown and "<i>" not in shown and "&lt;script&gt;" in shown


@pytest.mark.parametrize(
    ("day", "wording"),
    [
        ("2026-09-30", ("3 tháng cuối năm", "the last 3 months")),
        ("2026-11-30", ("tháng 12", "December")),
        ("2026-08-18", ("từ sau ngày 18/08 đến hết năm", "the rest of the year after 18 August")),
        ("2025-12-31", ("cả năm", "the whole year")),
    ],
)
def test_the_rest_of_the_year_has_its_usual_name(day, wording):
    found = page.rest_of_year(dt.date.fromisoformat(day), CALENDAR)
    assert (found["vi"], found["en"]) == wording
