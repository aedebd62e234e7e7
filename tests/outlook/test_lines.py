"""What a unit is judged by: the targets in force for it on that day, and no other line; marks of comparison and drafts never judge."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from conftest import PROJECT, row, target

import kpi_lib as kpi
from kpi_lib import narrative as nr
from kpi_lib.definitions.indicators import read_unit
from kpi_lib.figures.observations import read_observations
from kpi_lib.outlook.joint import joint
from kpi_lib.outlook.lines import lines_of
from kpi_lib.outlook.reach import asked
from kpi_lib.outlook.values.outlook import counts
from kpi_lib.outlook.verdict import Outlook, outlooks
from kpi_lib.page import sections, tables
from kpi_lib.page.draft import draft
from tests.made import share_rows

REPORTS = [("quang-ninh", "2024-10-15"), ("viet-nam", "2023-10-15"), ("viet-nam", "2025-07-15"), ("uong-bi-minh-hoa", "2026-04-15")]


def shipped(monkeypatch: pytest.MonkeyPatch, unit: str, as_of: str) -> list[Outlook]:
    monkeypatch.setenv("KPI_ROOT", str(PROJECT))
    return outlooks(read_observations(unit, as_of=as_of), read_unit(unit), int(as_of[:4]), as_of=dt.date.fromisoformat(as_of))


def of(make_unit, rows, goals, as_of: str = "2025-10-15", **more) -> list[Outlook]:
    unit = make_unit(rows, targets=goals, **more)
    return kpi.outlooks(kpi.read_observations(unit), kpi.read_unit(unit), 2025, as_of=dt.date.fromisoformat(as_of))


def targets_known(unit: str, as_of: str) -> set[str]:
    """The lines with a target of the report's year by its table alone."""
    rows = pd.read_csv(PROJECT / "data" / "raw" / unit / "targets.csv", dtype=str, keep_default_na=False)
    known = rows[["adopted", *({"reconstructed"} & set(rows))]].max(axis=1)
    own = rows[(rows["year"] == as_of[:4]) & (known <= as_of) & rows["version"].isin(["adopted", "assigned"])]
    return set(own["indicator"])


@pytest.mark.parametrize(("unit", "as_of"), REPORTS)
def test_a_unit_is_judged_by_the_targets_in_force_and_by_no_other_line(monkeypatch, unit: str, as_of: str):
    items = shipped(monkeypatch, unit, as_of)
    found, lines, known = counts(items), lines_of(items), targets_known(unit, as_of)
    assert {item.indicator.id for item in (*lines.judged, *lines.waiting)} == known & {item.indicator.id for item in items}
    assert found["targets"] == len(lines.judged) + len(lines.waiting) > 0 and found["judged"] == len(lines.judged)
    assert found["good"] + found["uncertain"] + found["danger"] == found["judged"]
    assert found["stale"] + found["cannot_be_judged"] + found["not_yet_assessed"] == found["grey"] == len(lines.waiting)
    assert f"{len(lines.judged)}/{len(known)} mục tiêu năm {as_of[:4]} đánh giá được" in nr.answer(items).text
    held = joint(items)
    assert [item.indicator.id for item in held.lines] == [item.indicator.id for item in lines.judged]
    assert [item.indicator.id for item in held.unjudged] == [item.indicator.id for item in lines.waiting]


@pytest.mark.parametrize(("unit", "as_of"), REPORTS)
def test_a_line_without_a_target_is_in_no_count_no_decision_and_no_list_of_the_draft(monkeypatch, unit: str, as_of: str):
    items = shipped(monkeypatch, unit, as_of)
    aimed = [item for item in items if item.target]
    free = [item for item in items if not item.target]
    assert counts(items) == counts(aimed) and nr.answer(items) == nr.answer(aimed)
    assert all(asked(item) is None and np.isnan(item.probability) for item in free)
    shortcomings = draft(items, read_unit(unit), lang="vi").sections[1]
    said = "\n".join(text if isinstance(text, str) else text.text for text in shortcomings.paragraphs)
    names = said.replace("(", ";").replace(")", ";").replace(":", ";").replace(".", ";").split(";")
    assert not {item.indicator.short["vi"] for item in free} & {name.strip() for name in names}
    assert not any(item.indicator.id in str(tables.awaited(items)) for item in free)


@pytest.mark.parametrize("version", ["reference", "draft", "revision", "ambition", "operating"])
@pytest.mark.parametrize("indicator", ["new_enterprises", "new_jobs"])
def test_what_nobody_adopted_or_assigned_is_shown_and_never_judges(make_unit, version: str, indicator: str):
    rows = [{**r, "indicator": indicator, "measure": kpi.INDICATORS[indicator].measure["vi"]} for r in share_rows()]
    items = of(make_unit, rows, [target(indicator, 2025, 75, version=version)])
    item = next(item for item in items if item.indicator.id == indicator)
    assert (item.target, item.judged, counts(items)["targets"]) == (None, False, 0)
    assert [(other.target.version, other.threshold) for other in item.others] == [(version, 75.0)]
    assert np.isnan(item.others[0].probability)
    assert asked(item) is None and joint(items).lines == joint(items).unjudged == ()
    markup = str(tables.resolution(items))
    assert "không có mục tiêu" in markup and 'class="status status-met"' not in markup
    assert ("mốc so sánh: từ " in markup) == (version == "reference") == ("ốc so sánh: từ " in nr.outlook_sentence(item).text)


def test_a_mark_of_comparison_is_not_judged_in_replays_either(monkeypatch):
    monkeypatch.setenv("KPI_ROOT", str(PROJECT))
    from kpi_lib.record.scores import backtest

    unit = read_unit("viet-nam")
    errors = backtest(read_observations(unit.id), unit.indicators["employed_persons"], unit=unit, years=[2023], as_of=dt.date(2024, 10, 15))
    assert len(errors) and errors["met"].isna().all() and errors["probability"].isna().all()


def test_a_unit_without_a_target_of_the_year_says_so_and_shows_its_figures(make_unit):
    items = of(make_unit, share_rows(), [target("new_enterprises", 2024, 100)])
    assert nr.answer(items).text == (
        "Tính đến ngày 15/10/2025: chưa có mục tiêu nào của năm 2025 được ghi cho đơn vị này; chỉ nêu số liệu, không đánh giá. "
        "Chưa nhập mục tiêu nào của năm 2025, trong khi năm 2024 đã có. Bổ sung mục tiêu năm 2025 vào data/raw/thu/targets.csv."
    )
    assert "no target of 2025 is on record" in nr.answer(items, "en").text
    told = "\n".join(str(text) for section in draft(items, items[0].projection.unit, lang="vi").sections for text in section.paragraphs)
    assert "targets.csv" not in told and "khó đạt" not in told and "Chưa có mục tiêu nào đánh giá được." in told
    assert len(sections.headline(items, items[0].projection.unit).parts) == 2  # its one line with figures: words and a fan
    assert "75 doanh nghiệp" in nr.outlook_sentence(next(item for item in items if item.reportable)).text


def test_lines_with_neither_target_nor_figure_are_folded_away_and_not_in_the_annex(make_unit):
    items = of(make_unit, share_rows(), [target("new_jobs", 2025, 1600)])
    shown, annex = str(tables.resolution(items)), str(tables.plain_resolution(items)[1])
    open_part, folded_part = shown.split("<details", 1)
    for item in items:
        told = item.indicator.id in ("new_enterprises", "new_jobs")
        assert (item.indicator.name["vi"] in open_part) == told == (item.indicator.name["vi"] in annex)
        assert (item.indicator.short["vi"] in folded_part) == (not told)


def test_only_what_is_in_force_counts_and_a_wait_is_named(make_unit):
    goals = [
        target("new_enterprises", 2025, 75),
        target("new_jobs", 2025, 1600),
        target("party_members_rated_good", 2025, 90),
        target("poor_households", 2025, 0, comparator="<=", adopted="2025-11-01"),
    ]
    rows = [*share_rows(), row("new_jobs", "cumulative", "2025-03-31", 300, "2025-04-06", measure="lượt lao động")]
    items = of(make_unit, rows, goals)
    assert nr.answer(items).text.startswith(
        "Tính đến ngày 15/10/2025: 1/3 mục tiêu năm 2025 đánh giá được: 1 đạt hoặc có khả năng đạt; 1 có số liệu đã cũ, 1 chưa đến kỳ đánh giá."
    )


def ranged(indicator: str, threshold: float, low: float, high: float, *, known: str, measure: str = "indicator") -> dict[str, object]:
    """A target worked out from rounded figures of a later page."""
    return {**target(indicator, 2025, threshold, measure=measure), "low": low, "high": high, "reconstructed": known, "precision": "derived"}


@pytest.mark.parametrize(("indicator", "measure"), [("new_enterprises", "indicator"), ("budget_revenue_growth", "flow")])
@pytest.mark.parametrize(("outturn", "status", "met"), [(104, "cannot_be_judged", None), (110, "met", 1.0), (90, "missed", 0.0)])
def test_a_target_known_only_in_a_range_is_not_judged_where_the_range_holds_the_answer(make_unit, indicator, measure, outturn, status, met):
    from kpi_lib.record.scores import backtest

    unit_of_measure = kpi.INDICATORS[indicator].natural_measure["vi"]
    rows = [{**r, "indicator": indicator, "measure": unit_of_measure} for r in share_rows()]
    rows.append(row(indicator, "cumulative", "2025-03-31", 20, "2025-04-06", measure=unit_of_measure))
    rows.append(row(indicator, "year", "2025", outturn, "2026-01-06", measure=unit_of_measure))
    items = of(make_unit, rows, [ranged(indicator, 103, 100, 106, known="2025-07-06", measure=measure)], as_of="2026-01-20")
    item = next(item for item in items if item.indicator.id == indicator)
    assert (item.status, item.judged) == (status, met is not None)
    assert "từ một mức trong khoảng 100 đến 106" in nr.threshold_text(item) and "100</data> – <data" in str(tables.resolution(items))
    unit = item.projection.unit
    errors = backtest(read_observations(unit.id), item.indicator, unit=unit, years=[2025], as_of=dt.date(2026, 1, 20))
    october = errors[(errors["model"] == "chosen") & (errors["as_of"].dt.month == 10)]
    assert list(october["met"].isna()) == [met is None] and (met is None or list(october["met"]) == [met])
    april = errors[errors["as_of"].dt.month < 7]
    assert len(april) and april["met"].isna().all()  # nobody could work it out yet


def test_of_several_reconstructions_the_last_known_is_in_force(make_unit):
    goals = [ranged("new_jobs", 1600, 1500, 1700, known="2025-07-06"), ranged("new_jobs", 1620, 1580, 1660, known="2025-11-06")]
    for as_of, found in (("2025-07-01", None), ("2025-10-15", (1500, 1700)), ("2025-12-15", (1580, 1660))):
        item = next(item for item in of(make_unit, share_rows(), goals, as_of=as_of) if item.indicator.id == "new_jobs")
        assert (item.target.thresholds if item.target else None) == found


@pytest.mark.parametrize(
    ("line", "goal"), [("budget_revenue_growth", "tăng từ 5% trở lên"), ("public_investment_disbursement", "từ 95% trở lên")]
)
def test_a_rates_goal_keeps_its_percent_in_a_row_told_in_amounts(make_unit, line: str, goal: str):
    threshold = 5 if line == "budget_revenue_growth" else 95
    items = of(make_unit, share_rows(), [target(line, 2025, threshold)])
    (row_of,) = [row for row in tables.plain_resolution(items)[1] if not isinstance(row, str) and row[3] != "–"]
    assert row_of[3] == goal and row_of[2] == "tỷ đồng"
