"""Draft reports: the right heading, numbers bound to values, a document that Word opens."""

from __future__ import annotations

import functools
import re
from importlib import import_module
from pathlib import Path

import docx
import pytest
from conftest import PROJECT

from kpi_lib import cli
from kpi_lib.definitions.indicators import read_unit
from kpi_lib.figures.observations import read_observations
from kpi_lib.outlook.lines import lines_of
from kpi_lib.outlook.reach import asked
from kpi_lib.outlook.verdict import GOOD, Outlook, outlooks
from kpi_lib.page.draft import FORMATS, Draft, Section, draft
from kpi_lib.reports.word import write as write_docx
from kpi_lib.words.messages import KpiError, say
from tests.once import project


@functools.cache
def of(unit: str, year: int, day: str) -> list[Outlook]:
    """The outlooks of a shipped unit."""
    with project(PROJECT):
        return outlooks(read_observations(unit, as_of=day), read_unit(unit), year, as_of=day)


@pytest.fixture(scope="module")
def items() -> list[Outlook]:
    return of("uong-bi-minh-hoa", 2026, "2026-10-15")


def made(items: list[Outlook], skin: str) -> Draft:
    return draft(items, items[0].projection.unit, skin=skin)


def words_of(path: Path) -> str:
    document = docx.Document(str(path))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return "\n".join([*(p.text for p in document.paragraphs), *cells])


def test_each_skin_is_the_form_of_the_units_level(items: list[Outlook]):
    state, party = made(items, "state"), made(items, "party")
    assert (state.form.template, party.form.template) == ("state", "party")
    assert f"{state.names['place']}, {state.names['day']}" == "Uông Bí, ngày 15 tháng 10 năm 2026"
    assert party.names["parent"] == "Tỉnh Quảng Ninh" and state.names["unit"] == "Phường Uông Bí"
    with pytest.raises(KpiError, match="skin"):
        draft(items, items[0].projection.unit, skin="x")


def test_every_number_of_the_text_is_bound_to_its_value(items: list[Outlook]):
    report = made(items, "state")
    assert len(report.numbers) > 60
    for shown in report.numbers:
        assert shown.text in report.text
        plain = re.sub(r"[^0-9,−-]", "", shown.text.split("/")[0].replace("dưới", "").replace("trên", ""))
        if plain and shown.label in ("median", "low80", "high80", "pace_needed", "remaining"):
            assert abs(float(plain.replace("−", "-").replace(",", ".")) - shown.value) <= 0.51


def test_lines_in_danger_are_named_with_who_and_how_much(items: list[Outlook]):
    tasks = made(items, "state").sections[2].paragraphs
    revenue = next(p.text for p in tasks if not isinstance(p, str) and "Tăng thu ngân sách" in p.text)
    owner = next(item.indicator.duty.result_owner["vi"] for item in items if item.indicator.id == "budget_revenue_growth")
    assert owner in revenue and "Ngoài tầm: còn phải làm 173,1 tỷ đồng" in revenue


def said(section: Section) -> list[str]:
    return [p if isinstance(p, str) else p.text for p in section.paragraphs]


@pytest.mark.parametrize("lang", ["vi", "en"])
@pytest.mark.parametrize(("unit", "year", "day"), [("uong-bi-minh-hoa", 2026, "2026-10-15"), ("quang-ninh", 2025, "2025-10-15")])
def test_only_judged_targets_that_are_behind_are_shortcomings(unit: str, year: int, day: str, lang: str):
    items = of(unit, year, day)
    lines = lines_of(items)
    results, shortcomings, tasks = map(said, draft(items, items[0].projection.unit, lang=lang).sections)
    behind = [item for item in lines.judged if item.status not in GOOD]
    due = [item for item in behind if asked(item)]
    assert len(shortcomings) == 1 + len(behind) and len(tasks) == len(due) + 1
    for item, task in zip(due, tasks, strict=False):
        assert task.startswith(f"- {item.indicator.short[lang]} – ")
    for item, cause in zip(behind, shortcomings[1:], strict=True):
        office = item.indicator.duty.result_owner[lang].partition(" (")[0] or say("the body in charge", lang)
        assert cause.startswith(f"- {item.indicator.short[lang]} (") and f"[…{office} " in cause and cause.endswith("…]")
    at = next(n for n, text in enumerate(results) if text == f"{len(lines.waiting)} " + text.partition(" ")[2] and text.endswith(":"))
    assert len(results) - at - 1 == len(lines.waiting) > 0
    for item, text in zip(lines.waiting, results[at + 1 :], strict=True):
        assert item.reason[lang] in text or item.reason[lang][:1].lower() + item.reason[lang][1:] in text
    for item in (*lines.untargeted, *lines.bare):
        assert item.indicator.short[lang] not in "".join((*shortcomings, *tasks, *results[at:]))


def test_a_unit_with_nothing_behind_says_so_and_leaves_the_tasks_to_its_office(items: list[Outlook]):
    good = [item for item in items if item.status in GOOD]
    _, shortcomings, tasks = map(said, draft(good, good[0].projection.unit).sections)
    assert shortcomings == ["Trong các mục tiêu đánh giá được, chưa có mục tiêu nào khó đạt."]
    assert tasks == ["[…cơ quan soạn báo cáo ghi các nhiệm vụ thời gian tới…]"]


@pytest.mark.parametrize(("unit", "year", "day"), [("uong-bi-minh-hoa", 2026, "2027-01-31"), ("quang-ninh", 2024, "2025-02-15")])
def test_a_year_that_is_over_is_told_as_over(unit: str, year: int, day: str):
    ended = of(unit, year, day)
    report = draft(ended, ended[0].projection.unit)
    shortcomings, tasks = map(said, report.sections[1:])
    assert report.names["about"] == f"Kết quả thực hiện các chỉ tiêu năm {year}"
    assert "nhịp hiện nay" not in shortcomings[0] and all("…]" in task for task in tasks)
    assert not re.search("Còn phải|Để đạt|hết năm|còn thiếu", "".join(tasks))


def test_the_annex_of_the_document_holds_all_lines(items: list[Outlook], tmp_path: Path):
    text = words_of(write_docx(made(items, "state"), items, tmp_path / "a.docx"))
    assert all(item.indicator.name["vi"] in text for item in items)


def test_the_command_writes_the_draft(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("KPI_ROOT", str(PROJECT))
    out = tmp_path / "b.docx"
    assert cli.main(["draft", "--unit", "quang-ninh", "--as-of", "2025-10-15", "--skin", "party", "--out", str(out)]) == cli.PUBLISHED
    assert "I. KẾT QUẢ" in capsys.readouterr().out and "TỈNH ỦY QUẢNG NINH" in words_of(out)


def test_every_format_of_the_draft_has_a_writer():
    for module in FORMATS:
        assert callable(import_module(f"kpi_lib.reports.{module}").write)
