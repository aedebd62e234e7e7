"""How often the words given came true, and how often the intervals held: said beside every verdict, in numbers that are proved."""

from __future__ import annotations

import datetime as dt
import re
from functools import cache

import pandas as pd
import pytest
from conftest import row, target

import kpi_lib as kpi
from kpi_lib import words
from kpi_lib.definitions.columns import check
from kpi_lib.definitions.frames import ERRORS
from kpi_lib.outlook.verdict import Outlook, outlooks
from kpi_lib.page import record, sections, tables
from kpi_lib.record import scores, verdicts
from kpi_lib.record.values.record import of_verdict
from tests.conftest import PROJECT
from tests.made import share_rows
from tests.once import project


def replays(
    *cases: tuple[int, int, float | None, float | None, float], indicator: str = "new_enterprises", unit: str = "thu"
) -> pd.DataFrame:
    """Backtest rows: year, month of the review, probability, met, outturn; the median is 100, the 80% interval 90 to 110."""
    rows = [
        {
            "unit": unit, "indicator": indicator, "year": year, "as_of": dt.date(year, month, 15), "periods_seen": 9.0, "model": "chosen",
            "projected": 100.0, "low80": 90.0, "high80": 110.0, "low95": 80.0, "high95": 120.0, "crps": 1.0, "outturn": outturn,
            "error": 100.0 - outturn, "scale": outturn, "probability": probability, "met": met,
        }
        for year, month, probability, met, outturn in cases
    ]  # fmt: skip
    return check(pd.DataFrame(rows, columns=ERRORS.names), ERRORS)


def test_verdicts_count_every_word_and_what_came_of_it():
    errors = replays(
        (2020, 4, 0.95, 1.0, 100), (2020, 7, 0.91, 1.0, 100), (2021, 4, 0.95, 0.0, 100), (2021, 7, 0.2, 0.0, 100), (2022, 4, 1.0, 1.0, 100),
        (2023, 4, None, None, 100), (2023, 7, 0.05, 1.0, 100),
    )  # fmt: skip
    frame = verdicts.verdicts(errors)
    assert frame["status"].tolist() == ["met", "very_likely", "unlikely", "very_unlikely"]
    likely = frame.set_index("status").loc["very_likely"]
    assert (likely["given"], likely["targets"], likely["met"]) == (3, 2, 2)
    assert likely["rate"] == pytest.approx(2 / 3)
    assert likely["stated"] == pytest.approx((0.95 + 0.91 + 0.95) / 3)
    assert frame["given"].sum() == 6
    assert verdicts.verdicts(replays()).empty


def test_verdicts_of_other_models_do_not_count():
    errors = pd.concat([replays((2020, 4, 0.95, 1.0, 100)), replays((2020, 4, 0.2, 1.0, 100)).assign(model="straight_line")])
    assert verdicts.verdicts(errors)["status"].tolist() == ["very_likely"]


def item_of(make_unit) -> Outlook:
    unit = make_unit(share_rows(), targets=[target("new_enterprises", 2025, 100)])
    place = kpi.read_unit(unit)
    return kpi.outlook_for(kpi.read_observations(unit), place, place.indicators["new_enterprises"], 2025, as_of="2025-10-15")


def chance_of(item: Outlook) -> float:
    return {"very_likely": 0.95, "likely": 0.7}[item.status]


def test_the_record_of_a_verdict_takes_its_word_its_line_and_its_time_of_year(make_unit):
    item = item_of(make_unit)
    word = chance_of(item)
    errors = pd.concat(
        [
            replays((2020, 10, word, 1.0, 95), (2021, 10, word, 0.0, 79), (2022, 7, word, 1.0, 100), (2022, 10, None, None, 125)),
            replays((2025, 10, word, 1.0, 100)),  # its own year is no past year
            replays((2020, 10, word, 1.0, 100), indicator="new_jobs"),
            replays((2020, 10, word, 1.0, 100), unit="khac"),
        ]
    )
    found = verdicts.record_of_verdict(errors, item)
    assert (found.word, found.said, found.met) == (item.status, 2, 1)
    assert (found.replays, found.within80, found.within95) == (3, 1, 1)
    assert found.off == pytest.approx((5 + 21 + 25) / 3)
    assert found.off_percent == pytest.approx(100 * (5 / 95 + 21 / 79 + 25 / 125) / 3)
    assert found.few and "quá ít năm" in record.verdict_record(errors, item).text


def test_three_reviews_of_one_year_are_one_case(make_unit):
    item = item_of(make_unit)
    errors = replays(*((year, month, chance_of(item), 1.0, 100) for year in (2021, 2022) for month in (4, 7, 10)))
    assert (verdicts.record_of_verdict(errors, item).said, verdicts.record_of_verdict(errors, item).few) == (2, True)
    many = replays(*((year, 10, chance_of(item), 1.0, 100) for year in range(2018, 2025)))
    assert not verdicts.record_of_verdict(many, item).few
    assert record.verdict_record(many, item).text.startswith("Thử lại cùng thời điểm này của 7 năm đã qua: khoảng 80% chứa kết quả 7 lần;")


@pytest.mark.parametrize(
    ("outturns", "level"),
    [
        ((100,) * 5 + (125, 75, 125), 95),  # outside 95% three times in eight years
        ((100,) * 6 + (125, 75), 0),  # twice is not yet against it
        ((100,) * 3 + (115,) * 5, 80),  # outside 80% five times in eight
        ((100,) * 4 + (115,) * 4, 0),
        ((125,) * 4, 0),  # four years are too few to say so
    ],
)
def test_an_interval_that_the_own_record_contradicts_is_called_too_narrow_beside_the_verdict(make_unit, outturns, level: int):
    item = item_of(make_unit)
    errors = replays(*((2024 - n, 10, None, None, outturn) for n, outturn in enumerate(outturns)))
    said, misses = record.verdict_record(errors, item), of_verdict(errors, item)
    assert verdicts.record_of_verdict(errors, item).too_narrow == level
    assert said.text.startswith("Khoảng dự báo của chỉ tiêu này đã hẹp:") == bool(level)
    assert ("; khoảng này đã hẹp" in "".join(getattr(part, "text", part) for part in record.in_brief(errors, item))) == bool(level)
    if level:
        assert f"{misses[f'replays_outside{level}']:.0f} trong {len(outturns)} năm kết quả nằm ngoài khoảng {level}%" in said.text
        assert "outside the" in record.verdict_record(errors, item, "en").text


def test_an_empty_record_says_so_in_both_languages(make_unit):
    item = item_of(make_unit)
    found = verdicts.record_of_verdict(replays(), item)
    assert (found.said, found.replays, found.too_narrow) == (0, 0, 0)
    assert "Chưa có năm nào" in record.verdict_record(replays(), item).text
    assert "No past year" in record.verdict_record(replays(), item, "en").text
    assert not record.verdict_table(replays())


REPORTS = (("viet-nam", 2023, "2023-07-15"), ("uong-bi-minh-hoa", 2026, "2026-04-15"))


@cache
def report(unit: str, year: int, as_of: str) -> tuple[list[Outlook], pd.DataFrame]:
    """The outlooks of a report and made-up past projections of every line of it."""
    with project(PROJECT):
        items = outlooks(kpi.read_observations(unit), kpi.read_unit(unit), year, as_of=as_of)
    month = int(as_of[5:7])
    cases = [(year - n, month, 0.7, float(n % 2), 100 + 4 * n) for n in range(1, 8)]
    return items, pd.concat([replays(*cases, indicator=item.indicator.id, unit=unit) for item in items])


@pytest.mark.parametrize("lang", ["vi", "en"])
@pytest.mark.parametrize(("unit", "year", "as_of"), REPORTS)
def test_beside_every_verdict_stands_how_often_such_verdicts_were_right(unit: str, year: int, as_of: str, lang: str):
    """On the line's page, on the cards and in the table of the overview; never beside a grey line; every number bound and proved."""
    items, errors = report(unit, year, as_of)
    judged = [item for item in items if item.judged and item.status not in ("met", "missed")]
    cards = " ".join(str(part) for part in sections.headline(items, items[0].projection.unit, lang, errors=errors).parts)
    overview = " ".join(str(part) for part in tables.attention(items, lang, errors=errors).parts)
    assert judged
    for item in items:
        name = f'data-of="{item.indicator.id}.replays_inside80"'
        page = [part for part in sections.verdict(item, lang, errors=errors).parts if isinstance(part, words.Sentence)]
        told = " ".join(part.__html__() for part in page)
        assert (name in told) == (name in overview) == (item in judged), item.indicator.id
        if item.indicator.id in items[0].projection.unit.headline and item.target:
            assert (name in cards) == (item in judged)
        found = of_verdict(errors, item)
        assert all(number.value == found[number.label] for part in page for number in part.numbers if number.label.startswith("replays"))


@pytest.mark.parametrize(
    ("line", "measure", "unit"),
    [("health_insurance_coverage", "%", "điểm phần trăm"), ("near_poor_households", "hộ", "hộ"), ("new_jobs", "lượt lao động", "%")],
)
def test_errors_of_rates_and_levels_are_told_in_their_own_unit_those_of_amounts_in_percent(make_unit, line: str, measure: str, unit: str):
    """A percentage of a percentage misleads: nowhere in the tables of the record does one stand."""
    ends = [f"{year}-{end}" for year in range(2019, 2025) for end in ("06-30", "12-31")]
    basis = "cumulative" if line == "new_jobs" else "level"
    rows = [row(line, basis, end, (4 + n % 3) * (1 + (end[5:7] == "12")), end, measure=measure) for n, end in enumerate(ends)]
    place = kpi.read_unit(make_unit(rows, targets=[target(line, 2025, 5)]))
    errors = scores.backtest(kpi.read_observations(place.id), place.indicators[line], unit=place, years=range(2021, 2025), models=(None,))
    found = scores.accuracy(errors, by=("indicator", "model"))
    distance = errors["error"].abs()
    assert found["mae"].iloc[0] == pytest.approx((100 * distance / errors["outturn"]).mean() if unit == "%" else distance.mean())
    row_told = re.sub(r"<[^>]+>", "|", str(record.scores(found, place, measures=True)).split("</thead>")[1])
    sizes = [cell for cell in row_told.split("|") if re.match(r"^[−–]?[\d.,]+", cell)][1:4]
    assert all(re.sub(r"^[−–]?[\d.,]+\s?", "", cell.replace("\xa0", " ")) == unit for cell in sizes), sizes
    by_review = str(record.calibration(scores.calibration(errors, place), place, scope=line)).replace("\xa0", " ")
    assert "Sai số tuyệt đối" in by_review and ("điểm phần trăm" in by_review) == (unit == "điểm phần trăm")
    assert "Sai số tuyệt đối" not in str(record.calibration(scores.calibration(errors, place), place))
