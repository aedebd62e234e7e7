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
