"""Draft reports: the right heading, numbers bound to values, a document that Word opens."""

from __future__ import annotations

import os
import re
from importlib import import_module
from pathlib import Path

import docx
import pytest
from conftest import PROJECT

from kpi_lib import cli
from kpi_lib.definitions.indicators import read_unit
from kpi_lib.figures.observations import read_observations
from kpi_lib.outlook.verdict import Outlook, outlooks
from kpi_lib.page.draft import FORMATS, GAP, Draft, draft
from kpi_lib.reports.word import write as write_docx
from kpi_lib.words.messages import KpiError


@pytest.fixture(scope="module")
def items() -> list[Outlook]:
    os.environ["KPI_ROOT"] = str(PROJECT)
    unit = read_unit("uong-bi-minh-hoa")
    found = outlooks(read_observations(unit.id), unit, 2026, as_of="2026-10-15")
    os.environ.pop("KPI_ROOT")
    return found


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
    assert "Ủy viên Ban Thường vụ" in revenue and "Thuế cơ sở" not in revenue and "/tháng" in revenue
    assert GAP["vi"] in made(items, "state").text  # causes and measures are not invented


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
