"""The monthly review: one page in a folder of its own, with the proof, the list and the ledger of every report."""

from __future__ import annotations

import hashlib
import json
import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import row, target

import kpi_lib as kpi
from kpi_lib.definitions.indicators import read_unit
from kpi_lib.figures.observations import read_observations
from kpi_lib.outlook.verdict import outlooks
from kpi_lib.record import ledger
from kpi_lib.reports import verify
from kpi_lib.reports.archive import reports
from kpi_lib.reports.publish import publish
from kpi_lib.reports.sending.share import zip_report
from tests.made import three_years
from tests.small_unit import AS_OF, UNIT, report  # noqa: F401


def digests(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir() if path.is_file()}


def test_it_stands_beside_the_report_of_its_day_on_the_same_list_and_adds_no_round_of_its_own(report: Path):  # noqa: F811
    before, rounds = digests(report), len(ledger.read_ledger(UNIT))
    publish(UNIT, AS_OF, month=True, lang="en")
    month = reports(UNIT) / f"{AS_OF}-month"
    assert [path.name for path in month.glob("*.html")] == ["index.html"] and digests(report) == before
    told = json.loads((month / "manifest.json").read_text(encoding="utf-8"))
    assert told["review"] == "month" and [page["name"] for page in told["pages"]] == ["index"] and told["numbers"]
    assert len(ledger.read_ledger(UNIT)) == rounds  # one round a day, whichever made it
    listed = (reports(UNIT) / "index.html").read_text(encoding="utf-8")
    assert re.findall(r'href="([^"]+)/index.html">([^<]+)<', listed) == [
        (f"{AS_OF}-month", "15 October 2025 (monthly review)"), (AS_OF, "15 October 2025"),
    ]  # fmt: skip
    packed = zip_report(UNIT, f"{AS_OF}-month")
    assert f"{AS_OF}-month/index.html" in zipfile.ZipFile(packed).namelist()
    assert verify.faults(UNIT) == []
    page = (month / "index.html").read_text(encoding="utf-8")
    assert 'href="new-enterprises.html"' not in page and "In danger, and what to decide" in page


@pytest.fixture
def ward(make_unit: Callable[..., str]) -> str:
    rows = [*three_years(), row("gross_product_growth", "cumulative", "2025-09-30", 11.67, "2025-10-06", measure="%", status="estimate")]
    deadline = 'deadline_day = 6\ndeadline_next_month = true\ndeadline_document = "Công văn 12/UBND"'
    return make_unit(rows, targets=[target("new_enterprises", 2025, 160), target("new_jobs", 2025, 1600)], toml=deadline)


def test_a_line_in_danger_stands_in_the_table_the_others_are_named_with_their_chance(ward: str):
    unit, obs = read_unit(ward), read_observations(ward)
    shown, *notes = kpi.page.danger(outlooks(obs, unit, 2025, as_of="2025-10-15"), "en").parts
    name = unit.indicators["new_enterprises"].short["en"]
    assert name in shown and unit.indicators["new_jobs"].short["en"] not in shown
    assert any("Cannot be judged" in note.text and unit.indicators["new_jobs"].short["en"] in note.text for note in notes if note)


def test_bodies_that_owe_figures_are_named_once_with_all_they_owe(ward: str):
    unit, obs = read_unit(ward), read_observations(ward, as_of="2025-12-20")
    shown = kpi.page.debts(obs, unit, as_of="2025-12-20", lang="en")
    office = unit.indicators["new_enterprises"].duty.owner["en"]
    assert shown.count(f">{office}<") == 1 and "New enterprises (October 2025, due 6 November 2025)" in shown


def test_what_changed_is_told_with_its_main_cause_and_a_first_report_says_that_it_is_one(ward: str):
    unit, obs = read_unit(ward), read_observations(ward)
    then, now = (outlooks(obs, unit, 2025, as_of=day) for day in ("2025-07-15", "2025-10-15"))
    assert "first report" in kpi.page.news(obs, unit, then, as_of="2025-07-15", lang="en").parts[0].text
    ledger.record(then, data_digest="x", code_version="0")
    shown = kpi.page.news(obs, unit, now, as_of="2025-10-15", lang="en").parts[0]
    assert "Changed since the report of 15 July 2025" in shown and "New figures" in shown
