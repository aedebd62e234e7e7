"""What changed since the last report: amounts that add up, one cause each."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from conftest import PROJECT, row, target

from kpi_lib.definitions.indicators import read_unit
from kpi_lib.figures.estimates import Drift
from kpi_lib.figures.observations import read_observations
from kpi_lib.forecast import year_figure
from kpi_lib.outlook.changes import STEPS, Changes, Reported, changes, rounded
from kpi_lib.outlook.verdict import Outlook, outlooks, verdict_word
from kpi_lib.page import together
from kpi_lib.record import ledger
from kpi_lib.reports.proof import said_on
from tests.made import plan, three_years


def shown(items: list[Outlook]) -> dict[str, Reported]:
    return {
        i.indicator.id: Reported(float(f"{i.projection.quantile(0.5):.9g}"), i.probability, i.projection.measure["vi"])
        for i in items
        if i.projection.known
    }


def between(unit_id: str, year: int, before: str, now: str):  # type: ignore[no-untyped-def]
    unit, obs = read_unit(unit_id), read_observations(unit_id)
    then = outlooks(obs, unit, year, as_of=before)
    items = outlooks(obs, unit, year, as_of=now)
    return changes(items, obs[obs["published"] <= pd.Timestamp(now)], previous=dt.date.fromisoformat(before), published=shown(then))


@pytest.mark.parametrize(
    ("unit", "year", "before", "now"),
    [
        ("quang-ninh", 2025, "2025-07-15", "2025-10-15"),
        ("quang-ninh", 2024, "2024-07-15", "2024-10-15"),
        ("viet-nam", 2024, "2024-04-15", "2024-07-15"),
        ("uong-bi-minh-hoa", 2026, "2026-07-15", "2026-10-15"),
        ("uong-bi-minh-hoa", 2026, "2026-09-26", "2026-09-27"),
    ],
)
def test_the_amounts_add_up_exactly_on_real_reports(unit: str, year: int, before: str, now: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("KPI_ROOT", str(PROJECT))
    lines = between(unit, year, before, now)
    assert lines
    for line in lines:
        assert sum(line.median.values()) == pytest.approx(line.after.median - line.before.median, abs=1e-6 * abs(line.after.median) + 1e-9)
        decimals = line.outlook.projection.decimals
        printed = sum(line.rounded_median().values())
        assert printed == pytest.approx(round(line.after.median, decimals) - round(line.before.median, decimals), abs=1e-9)
        assert line.median["method"] == pytest.approx(0, abs=1e-6 * abs(line.after.median))  # the same code made both


@pytest.fixture
def raised(make_unit: Callable[..., str]) -> Changes:
    """Investment against its plan, which was raised by three tenths between two reports; nothing else is new."""
    money = "public_investment_disbursement"
    plans = [plan(money, 9691, "2025-01-05", measure="tỷ đồng"), plan(money, 12982, "2025-09-15", measure="tỷ đồng")]
    unit = make_unit(three_years(money, "tỷ đồng", 100), targets=[target(money, 2025, 100)], plans=plans)
    return next(line for line in between(unit, 2025, "2025-09-10", "2025-09-20") if line.outlook.indicator.id == money)


def test_a_raised_plan_is_named_with_both_values(raised: Changes):
    entry = next(a for a in raised.amended if a.what == "plan")
    assert (entry.before, entry.after) == (9691, 12982)
    assert raised.median["plan_or_target"] > 0 == raised.median["new_figures"]
    assert "tăng từ 9.691 lên 12.982" in together.amended_sentences(raised)[0].text
    assert "raised from 9,691" in together.amended_sentences(raised, "en")[0].text


def test_nothing_new_means_nothing_changed(make_unit: Callable[..., str]):
    unit = make_unit(three_years(), targets=[target("new_enterprises", 2025, 100)])
    lines = between(unit, 2025, "2025-09-20", "2025-09-21")
    assert lines and not any(line.moved for line in lines)
    assert all(abs(value) < 1e-6 for line in lines for value in line.median.values())


def test_a_revision_alone_is_told_as_a_revision(make_unit: Callable[..., str]):
    rows = [*three_years(), row("new_enterprises", "month", "2025-08", 40, "2025-09-15", measure="doanh nghiệp")]
    unit = make_unit(rows, targets=[target("new_enterprises", 2025, 100)])
    line = next(c for c in between(unit, 2025, "2025-09-10", "2025-09-20") if c.outlook.indicator.id == "new_enterprises")
    assert line.median["revisions"] != 0
    assert line.median["new_figures"] == line.median["plan_or_target"] == 0


def test_a_raised_target_moves_the_chance_and_not_the_projection(make_unit: Callable[..., str]):
    targets = [target("new_enterprises", 2025, 60), target("new_enterprises", 2025, 600, adopted="2025-09-15")]
    unit = make_unit(three_years(), targets=targets)
    line = next(c for c in between(unit, 2025, "2025-09-10", "2025-09-20") if c.outlook.indicator.id == "new_enterprises")
    assert line.median["plan_or_target"] == 0 and line.probability["plan_or_target"] < -0.5
    assert [a.what for a in line.amended] == ["target"]


def test_a_changed_method_is_told_as_one(make_unit: Callable[..., str]):
    unit_id = make_unit(three_years(), targets=[target("new_enterprises", 2025, 100)])
    unit, obs = read_unit(unit_id), read_observations(unit_id)
    items = outlooks(obs, unit, 2025, as_of="2025-09-20")
    published = {key: Reported(value.median - 7, value.probability, value.measure) for key, value in shown(items).items()}
    line = changes(items, obs, previous=dt.date(2025, 9, 19), published=published)[0]
    assert line.median["method"] == pytest.approx(7) and line.moved


@pytest.mark.parametrize("total", [-3.0, 0.0, 1.0, 7.0])
def test_rounded_parts_add_up_whatever_they_are(total: float):
    some = (total / 3, total / 7, -total / 9, total / 5)
    parts = dict(zip(STEPS, (*some, total - sum(some)), strict=True))
    assert sum(rounded(parts, total, 0).values()) == total


def test_the_page_reads_the_last_report_from_the_ledger(make_unit: Callable[..., str]):
    unit_id = make_unit(three_years(), targets=[target("new_enterprises", 2025, 100)])
    unit, obs = read_unit(unit_id), read_observations(unit_id)
    first = outlooks(obs, unit, 2025, as_of="2025-06-10")
    assert not together.changed(obs, unit, first, as_of="2025-06-10").parts  # the first report has nothing to be held against
    ledger.record(first, data_digest="x", code_version="0")
    now = outlooks(obs, unit, 2025, as_of="2025-09-20")
    stack = together.changed(obs, unit, now, as_of="2025-09-20")
    assert "10/06/2025" in stack.parts[0]  # type: ignore[attr-defined]
    one = together.changed_one(obs, unit, next(i for i in now if i.indicator.id == "new_enterprises"), as_of="2025-09-20", lang="en")
    assert "new figures" in one.parts[0].text  # type: ignore[attr-defined]


def test_a_change_of_a_rate_is_told_in_percentage_points(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("KPI_ROOT", str(PROJECT))
    lines = {line.outlook.indicator.id: line for line in between("uong-bi-minh-hoa", 2026, "2026-07-15", "2026-10-15")}
    said = together.sentence(lines["health_insurance_coverage"])
    assert "dự báo cả năm tăng 0,02 điểm phần trăm: số mới +0,02" in said.text
    assert "percentage points" in together.sentence(lines["health_insurance_coverage"], "en").text
    assert (
        "%:" not in together.sentence(lines["budget_revenue_growth"]).text
        and "tỷ đồng" in together.sentence(lines["budget_revenue_growth"]).text
    )


def test_two_targets_amended_on_one_day_are_each_told_with_their_own_values(make_unit: Callable[..., str]):
    firms = "new_enterprises"
    unit = make_unit(
        three_years(),
        targets=[target(firms, 2025, 80), target(firms, 2025, 100, version="assigned")],
        plans=[
            plan(firms, 90, "2025-08-01", measure="doanh nghiệp", document="NQ 2"),
            plan(firms, 110, "2025-08-01", measure="doanh nghiệp", version="assigned", document="CV 99"),
        ],
    )
    line = next(c for c in between(unit, 2025, "2025-07-31", "2025-08-31") if c.outlook.indicator.id == firms)
    own, given = (sentence.text for sentence in together.amended_sentences(line))
    assert "tăng từ 80 lên 90 doanh nghiệp (NQ 2" in own
    assert "mục tiêu năm (cấp trên giao) tăng từ 100 lên 110 doanh nghiệp (CV 99" in given
    assert not [
        free for sentence in together.amended_sentences(line) for free in said_on(sentence._repr_html_())[1]
    ]  # the document is quoted
    assert "raised from 80 to 90 enterprises (NQ 2" in together.amended_sentences(line, "en")[0].text


def test_a_plan_typed_in_another_unit_of_money_is_told_in_one_unit(make_unit: Callable[..., str]):
    money = "public_investment_disbursement"
    rows = [row(money, "cumulative", f"2025-0{m}-30", 10.0 * m, f"2025-0{m + 1}-06", measure="tỷ đồng") for m in (6, 7)]
    rows += [row(money, "cumulative", f"2024-{m}", 10.0 * int(m[:2]), "2025-01-06", measure="tỷ đồng") for m in ("06-30", "07-31", "12-31")]
    first = plan(money, 100, "2025-01-05", measure="tỷ đồng", document="NQ 1")
    for value, told in ((120_000, ["tăng từ 100.000 lên 120.000 triệu đồng"]), (100_000, [])):
        unit = make_unit(rows, targets=[target(money, 2025, 100)], plans=[first, plan(money, value, "2025-08-01", measure="triệu đồng")])
        line = next(c for c in between(unit, 2025, "2025-07-31", "2025-08-31") if c.outlook.indicator.id == money)
        sentences = [sentence.text for sentence in together.amended_sentences(line)]
        assert len(sentences) == len(told) and all(words in text for words, text in zip(told, sentences, strict=True))


REPORTS = [("quang-ninh", 2025, "2025-07-15", "2025-10-15"), ("uong-bi-minh-hoa", 2026, "2026-07-15", "2026-10-15")]


@pytest.mark.parametrize(("unit", "year", "before", "now"), REPORTS)
def test_no_column_of_changes_is_empty_and_no_line_in_danger_or_with_another_word_is_folded_away(
    unit: str, year: int, before: str, now: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("KPI_ROOT", str(PROJECT))
    lines = between(unit, year, before, now)
    monkeypatch.setattr(together, "since_last", lambda *given, as_of: (dt.date.fromisoformat(before), lines) if given and as_of else None)
    shown, *others = (str(part) for part in together.changed(pd.DataFrame(), read_unit(unit), [], as_of=now).parts if part is not None)
    folded_away = next((part for part in others if "<details" in part), "")
    moved = [line for line in lines if line.moved]
    for line in moved:
        name = line.outlook.indicator.headed(line.outlook.indicator.short, "vi")
        turned = verdict_word(line.before.probability) != verdict_word(line.after.probability)
        judged = not np.isnan(line.before.probability + line.after.probability)
        if line.outlook.status in ("unlikely", "very_unlikely", "missed") or (judged and turned):
            assert name in shown and name not in folded_away, name
        assert (name in shown) != (name in folded_away)
    for part in filter(None, (shown, folded_away)):
        rows = re.findall(r"<tr>(.*?)</tr>", part, re.S)
        cells = [[re.sub(r"<[^>]+>", "", cell).strip() for cell in re.findall(r"<td[^>]*>(.*?)</td>", line, re.S)] for line in rows]
        for column in zip(*[line[1:-1] for line in cells if line], strict=True):
            assert set(column) != {"0"}


def test_a_raised_plan_is_told_as_a_plan_and_not_as_news(raised: Changes):
    assert "đổi kế hoạch, mục tiêu (không phải kết quả mới) +" in together.sentence(raised).text
    assert "plan or target set anew, no news of results +" in together.sentence(raised, "en").text


@pytest.mark.parametrize(
    ("unit", "ind", "year", "before", "now"),
    [
        ("quang-ninh", "budget_revenue_growth", 2025, "2025-10-15", "2026-01-31"),
        ("viet-nam", "gross_product_growth", 2023, "2023-10-15", "2024-01-31"),
        ("viet-nam", "gross_product_growth", 2024, "2025-01-15", "2025-01-31"),  # over in both reports
    ],
)
def test_a_year_that_is_over_is_told_by_its_figure_and_not_by_what_it_may_become(
    unit: str, ind: str, year: int, before: str, now: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("KPI_ROOT", str(PROJECT))
    monkeypatch.setattr(year_figure, "habit_of", lambda *_: Drift(0.03, 0.02, 6))  # of few lines enough years are known to say so
    line = next(line for line in between(unit, year, before, now) if line.outlook.indicator.id == ind)
    projection = line.outlook.projection
    usually_revised = projection.quantile(0.5)
    assert projection.complete and usually_revised != pytest.approx(projection.achieved)
    assert line.after.median == projection.achieved
    assert line.before.median + sum(line.rounded_median().values()) == pytest.approx(projection.achieved, abs=10.0**-projection.decimals)
    assert line.median["method"] == pytest.approx(0, abs=1e-6 * projection.achieved)
