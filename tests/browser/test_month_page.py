"""The monthly review of twenty lines on paper: one sheet; on a phone nothing wider than the screen."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from kpi_lib.reports.publish import publish
from tests.browser import reports as shared
from tests.browser.chromium import Chromium
from tests.browser.paper import sheets_of
from tests.conftest import PROJECT, furnish
from tests.once import project

pytestmark = [pytest.mark.browser, pytest.mark.slow]
browser = shared.browser


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_the_review_of_a_ward_fits_one_sheet_and_a_phone(browser: Chromium, tmp_path: Path, lang: str):
    furnish(tmp_path)
    shutil.copytree(PROJECT / "data" / "raw", tmp_path / "data" / "raw", dirs_exist_ok=True)
    with project(tmp_path):
        for day in ("2026-09-15", "2026-10-15"):
            page = publish("uong-bi-minh-hoa", day, month=True, lang=lang).pages[0]
    shown = browser.open(page, 390, 800)
    assert shown.look("document.documentElement.scrollWidth") <= 390
    assert shown.look("document.querySelectorAll('table.month').length") == 2  # in danger, and what changed since September
    assert (shown.requests(), shown.complaints()) == ([], [])
    assert len(sheets_of(shown.pdf(tmp_path / "month.pdf"))) == 1


@pytest.mark.parametrize(("unit", "lang"), [("uong-bi", "vi"), ("phuong-khac", "en")])
def test_the_first_january_review_says_who_hands_in_what_by_when_on_one_sheet(browser: Chromium, tmp_path: Path, unit: str, lang: str):
    furnish(tmp_path)
    shutil.copytree(PROJECT / "data" / "raw", tmp_path / "data" / "raw", dirs_exist_ok=True)
    if unit != "uong-bi":  # another ward of the same resolution
        shutil.copytree(PROJECT / "data" / "raw" / "uong-bi", tmp_path / "data" / "raw" / unit)
    with project(tmp_path):
        page = publish(unit, "2026-01-15", month=True, lang=lang).pages[0]
    shown = browser.open(page, 390, 800)
    assert shown.look("document.documentElement.scrollWidth") <= 390
    told = shown.look("document.querySelector('table.month').textContent")
    assert all(
        f"({line})" in told
        for line in (*map(str, range(1, 8)), "8a", "8b", "9", "10a", "10b", "11a", "11b", "12", "13a", "13b", "14", "15", "16")
    )
    assert shown.look("document.querySelectorAll('main a[href]').length") == 0, "no page of a line lies beside this one"
    assert len(sheets_of(shown.pdf(tmp_path / "month.pdf"))) == 1
