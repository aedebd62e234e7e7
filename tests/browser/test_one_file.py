"""A report in one file, and its draft page, in a real browser without a network."""

from __future__ import annotations

from pathlib import Path

import pytest
import small_unit

from kpi_lib.reports.sending.share import one_file
from tests.browser import paper
from tests.browser import reports as shared
from tests.browser.chromium import Chromium, Page

pytestmark = [pytest.mark.browser, pytest.mark.slow]
browser, report = shared.browser, small_unit.report
OPEN = "[...document.querySelectorAll('.leaf')].filter((leaf) => leaf.offsetParent !== null).map((leaf) => leaf.id)"


def turn(page: Page, name: str) -> None:
    """Follow the menu to a leaf, as a finger would."""
    page.look(f"document.querySelector('nav a[href=\"#{name}\"]').click()")
    page._wait(f"String({OPEN}) === {name!r}")


@pytest.mark.usefixtures("report")
def test_one_leaf_is_open_at_a_time_and_its_charts_are_drawn_when_it_is(browser: Chromium):
    file = one_file("thu", "2025-10-15")
    page = browser.open(file, 390)
    assert page.look(OPEN) == ["index"]
    drawn = int(page.look("document.documentElement.dataset.live"))
    turn(page, "new-enterprises")
    page._wait(f"Number(document.documentElement.dataset.live) > {drawn}")
    assert page.look(OPEN) == ["new-enterprises"]
    assert page.look("document.querySelectorAll('#new-enterprises .live svg').length") >= 3
    assert page.look("document.querySelectorAll('#new-enterprises .whatif input[type=range]').length") >= 1
    for name in page.look("[...document.querySelectorAll('.leaf')].map((leaf) => leaf.id)"):
        turn(page, name)
        assert page.look(OPEN) == [name]
        assert page.look("document.documentElement.scrollWidth") == 390, name
    assert (page.requests(), page.complaints()) == ([], [])
    ids = page.look("[...document.querySelectorAll('[id]')].map((part) => part.id)")
    assert len(ids) == len(set(ids)), "an id stands twice in the file"
    page.close()


@pytest.mark.usefixtures("report")
def test_without_scripts_the_leaves_turn_and_the_pictures_stand(browser: Chromium):
    page = browser.open(one_file("thu", "2025-10-15"), 390, scripts=False)
    assert page.look(OPEN) == ["index"]
    page.call("Page.navigate", url=page.look("location.href") + "#new-enterprises")
    page._wait(f"String({OPEN}) === 'new-enterprises'")
    shown = "[...document.querySelectorAll('.still svg')].filter((drawing) => drawing.getBoundingClientRect().height > 100).length"
    assert page.look(shown) >= 2
    page.close()


@pytest.mark.usefixtures("report")
def test_paper_gets_the_open_leaf_only(browser: Chromium, tmp_path: Path):
    page = browser.open(one_file("thu", "2025-10-15"))
    turn(page, "draft")
    text = "".join(paper.sheets_of(page.pdf(tmp_path / "leaf.pdf")))
    assert paper.letters("I. KẾT QUẢ THỰC HIỆN") in text and paper.letters("Cần chú ý trước hết") not in text
    page.close()


def test_the_draft_is_copied_with_one_button(browser: Chromium, report: Path):
    page = browser.open(report / "draft.html")
    page.look("document.querySelector('button.copy').click()")
    assert page.look("document.querySelector('[role=status]').textContent").strip() in {"Đã chép; dán vào Word.", "Đã chọn; bấm Ctrl+C."}
    chosen = page.look("window.getSelection().toString()")
    assert chosen.startswith("I. KẾT QUẢ THỰC HIỆN") and "9 tháng ước tăng 11,67" in chosen and "III. NHIỆM VỤ" in chosen
    for name in page.look("[...document.querySelectorAll('.documents a')].map((link) => link.getAttribute('href'))"):
        assert (report / name).read_bytes()[:2] == b"PK"
    assert (page.requests(), page.complaints()) == ([], [])
    page.close()
