"""Beside an official forecaster: ours knows the same months as the office, nothing later, and whoever was nearer is told so."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import replace

import pandas as pd
import pytest
from conftest import monthly, row, target

import kpi_lib as kpi
from kpi_lib import cli, words
from kpi_lib.page.record import scores
from kpi_lib.page.sections import record_of
from kpi_lib.periods import Calendar
from kpi_lib.record.official import nearer
from kpi_lib.record.scores import accuracy
from kpi_lib.record.values.report import of_report
from tests.made import SEASON

FIRMS, JOBS = "new_enterprises", "new_jobs"
TARGETS = [target(FIRMS, year, 100, adopted=f"{year}-01-10") for year in (2024, 2025)]
OFFICE = {2024: 118, 2025: 131}
REVISED = [
    target(FIRMS, year, value, version="revision", adopted=f"{year}-11-03", document="Bản điều chỉnh") for year, value in OFFICE.items()
]


def months(indicator: str, years: range, measure: str, grow: float = 1.08) -> list[dict[str, object]]:
    return [one for n, year in enumerate(years) for one in monthly(indicator, year, (SEASON * grow**n).round(), measure=measure)]


@pytest.fixture
def unit(make_unit: Callable[..., str]) -> str:
    """Five years of months, and an office that revised its own estimate of two of them on 3 November, before October's figure was out."""
    return make_unit(months(FIRMS, range(2021, 2026), "doanh nghiệp"), targets=[*TARGETS, *REVISED], toml=f'lines = ["{FIRMS}"]')


def beside(unit: str, as_of: str) -> pd.DataFrame:
    return kpi.beside_official(kpi.read_observations(unit, as_of=as_of), kpi.read_unit(unit, as_of=as_of), as_of=as_of)


def test_ours_is_that_of_the_day_on_which_the_months_the_office_had_seen_were_known(unit: str):
    found = beside(unit, "2026-02-15")
    assert list(found["year"]) == [2024, 2025] and list(found["months"]) == [10, 10]
    obs, place = kpi.read_observations(unit), kpi.read_unit(unit)
    for each in found.itertuples():
        on_the_day = kpi.project(obs, kpi.INDICATORS[FIRMS], each.year, as_of=f"{each.year}-11-06", unit=place)
        total = obs[(obs["start"].dt.year == each.year)]["value"].sum()
        assert each.projected == on_the_day.quantile(0.5)
        assert (each.revised, each.outturn) == (OFFICE[each.year], total)
        assert (each.error, each.revised_error) == (each.projected - total, OFFICE[each.year] - total)


@pytest.mark.parametrize(
    ("as_of", "years"), [("2024-12-31", []), ("2025-02-01", [2024]), ("2025-12-20", [2024]), ("2026-02-01", [2024, 2025])]
)
def test_an_estimate_is_told_once_its_year_has_ended_and_is_known(unit: str, as_of: str, years: list[int]):
    assert list(beside(unit, as_of)["year"]) == years


def test_what_was_said_or_published_later_changes_nothing(make_unit: Callable[..., str], unit: str):
    before = beside(unit, "2025-06-01")
    later = target(FIRMS, 2024, 99, version="revision", adopted="2025-07-01")
    raised = row(FIRMS, "month", "2024-03", 900, "2025-08-01", measure="doanh nghiệp")
    make_unit([*months(FIRMS, range(2021, 2026), "doanh nghiệp"), raised], targets=[*TARGETS, *REVISED, later], toml=f'lines = ["{FIRMS}"]')
    pd.testing.assert_frame_equal(beside(unit, "2025-06-01"), before)
    assert list(beside(unit, "2025-09-01")["revised"]) == [OFFICE[2024]]  # what is said after the year has ended is no estimate of it


def test_of_quarters_too_and_of_another_line(make_unit: Callable[..., str]):
    quarters = [
        row(JOBS, "quarter", f"{year}-Q{q}", 300 + 20 * q + 10 * (year - 2020), str(dt.date(year + q // 4, 3 * q % 12 + 1, 15)), measure=kpi.INDICATORS[JOBS].measure.name["vi"])
        for year in range(2020, 2025) for q in (1, 2, 3, 4)
    ]  # fmt: skip
    said = target(JOBS, 2024, 1500, version="revision", adopted="2024-10-01")
    unit = make_unit(quarters, targets=[said], unit="lang", toml=f'lines = ["{JOBS}"]')
    found = beside(unit, "2025-06-01")
    assert list(found["months"]) == [9] and list(found["revised_error"]) == [1500 - (4 * 340 + 200)]


def test_the_revised_estimate_never_judges_and_has_no_chance(unit: str):
    item = kpi.outlook_for(
        kpi.read_observations(unit, as_of="2025-12-10"), kpi.read_unit(unit), kpi.INDICATORS[FIRMS], 2025, as_of="2025-12-10"
    )
    assert item.target is not None and item.target.version == "adopted"
    assert [(one.target.version, one.probability == one.probability) for one in item.others] == [("revision", False)]


@pytest.mark.parametrize(("lang", "said"), [("vi", "của cơ quan gần hơn ở 2 trường hợp"), ("en", "the office's own in 2.")])
def test_the_page_says_who_was_nearer_and_every_number_is_the_publishers(unit: str, lang: str, said: str):
    as_of = "2026-02-15"
    obs, place = kpi.read_observations(unit, as_of=as_of), kpi.read_unit(unit)
    frame = beside(unit, as_of)
    frame["error"], frame["revised_error"] = 1.0, 0.0  # an office that was never wrong
    errors = kpi.replay(obs, place, 2025, as_of=as_of)
    told = [part.text for part in record_of(errors, place, lang, official=frame).parts if isinstance(part, words.Sentence)]
    assert any(said in each for each in told)
    own = of_report(kpi.outlooks(obs, place, 2025, as_of=dt.date.fromisoformat(as_of)), obs, place, errors)
    parts = record_of(errors, place, lang, official=beside(unit, as_of)).parts
    labels = set(re.findall(r'data-of="(official[^"]*)"', "".join(part._repr_html_() for part in parts if hasattr(part, "_repr_html_"))))
    assert len(labels) >= 20 and labels <= own.keys()


def test_where_no_office_spoke_nothing_is_told(make_unit: Callable[..., str]):
    unit = make_unit(months(FIRMS, range(2022, 2026), "doanh nghiệp"), targets=TARGETS, toml=f'lines = ["{FIRMS}"]')
    frame = beside(unit, "2026-02-15")
    place, obs = kpi.read_unit(unit), kpi.read_observations(unit, as_of="2026-02-15")
    errors = kpi.replay(obs, place, 2025, as_of="2026-02-15")
    assert not len(frame)
    assert len(record_of(errors, place, official=frame).parts) == len(record_of(errors, place).parts)


def test_a_tie_counts_for_nobody():
    rows = pd.DataFrame({"error": [1.0, -1.0], "revised_error": [-1.0, 3.0]})
    assert (nearer(rows), nearer(rows, office=True)) == (1, 0)


def test_the_console_sets_ours_beside_the_offices(unit: str, capsys: pytest.CaptureFixture[str]):
    assert cli.main(["record", "--unit", unit, "--as-of", "2026-02-15", "--lang", "en"]) == cli.PUBLISHED
    out = capsys.readouterr().out
    assert "the office's estimate of 3 November 2024 118, our middle value" in out and "Of 2 revised estimates that offices made" in out
    assert cli.main(["record", "--unit", unit, "--as-of", "2024-12-15", "--lang", "en"]) == cli.NOTHING


@pytest.mark.parametrize(("starts", "said"), [(7, "15 October, 15 January and 15 April"), (4, "15 July, 15 October and 15 January")])
def test_the_table_of_scores_names_the_days_of_the_units_own_year(unit: str, starts: int, said: str):
    place, obs = kpi.read_unit(unit), kpi.read_observations(unit, as_of="2026-02-15")
    errors = kpi.replay(obs, place, 2025, as_of="2026-02-15")
    city = replace(place, calendar=Calendar(starts))
    assert f"Replayed on {said} of past years" in scores(accuracy(errors, by=("indicator", "model")), city, "en")
