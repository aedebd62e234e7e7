"""Every page of real published reports against axe-core, WCAG 2.2 A and AA, looked at in the visit of test_report.py."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.browser import axe
from tests.browser import reports as shared
from tests.browser.chromium import Chromium
from tests.browser.test_report import visited

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("reports")]
browser = shared.browser
BROKEN = """<!DOCTYPE html><html><head><title>x</title></head><body><main><h1>a</h1><img src="data:,"><input>
<p style="color:#999;background:#fff">too pale</p><a href="#x"></a></main></body></html>"""


@pytest.fixture(scope="module", autouse=True)
def _checker(browser: Chromium) -> None:  # noqa: ARG001
    reason = axe.source()[1]
    if reason:
        pytest.skip(reason)


def test_the_checker_finds_what_is_wrong(browser: Chromium, tmp_path: Path):
    file = tmp_path / "broken.html"
    file.write_text(BROKEN, encoding="utf-8")
    page = browser.open(file)
    found = {item.partition(":")[0] for item in axe.violations(page)}
    assert found >= {"html-has-lang", "image-alt", "label", "color-contrast", "link-name"}
    assert {item.partition(":")[0] for item in axe.violations(page, without=("image-alt",))} == found - {"image-alt"}
    page.close()


def test_no_page_breaks_a_rule(browser: Chromium):  # noqa: ARG001 - no browser, nothing to visit with
    found = visited()["accessibility"]
    assert not found, "\n".join(["", *found])
