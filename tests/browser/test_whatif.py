"""The what-if control in a real browser without a network: the page reckons what Python reckons."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest

from kpi_lib import whatif
from kpi_lib.export import export_page
from kpi_lib.indicators import read_unit
from kpi_lib.observations import read_observations
from kpi_lib.outlook import Outlook, outlook_for
from tests.browser.chromium import Chromium, find

pytestmark = [pytest.mark.browser, pytest.mark.slow]
PROJECT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def browser() -> Iterator[Chromium]:
    path, reason = find()
    if not path:
        pytest.skip(reason)
    running = Chromium(path)
    yield running
    running.close()


def outlook(indicator: str = "budget_revenue_growth") -> Outlook:
    before = os.environ.get("KPI_ROOT")
    os.environ["KPI_ROOT"] = str(PROJECT)
    unit = read_unit("uong-bi-minh-hoa")
    found = outlook_for(read_observations(unit.id), unit, unit.indicators[indicator], 2026, as_of="2026-10-15")
    os.environ.pop("KPI_ROOT") if before is None else os.environ.update(KPI_ROOT=before)
    return found


def page_of(item: Outlook, folder: Path, *, interactive: bool = False, **more: object) -> Path:
    bundle = {**whatif.control(item)._repr_mimebundle_()}  # type: ignore[union-attr]
    bundle[whatif.WHATIF_MIME] = {**bundle[whatif.WHATIF_MIME], **more}
    output = nbformat.v4.new_output("display_data", data=bundle)
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("x", execution_count=1, outputs=[output])])
    nbformat.write(notebook, folder / "n.ipynb")
    export_page(folder / "n.ipynb", folder / "p.html", title="Thử", interactive=interactive)
    return folder / "p.html"


SETTINGS = [(0, 0, 100), (-50, 0, 100), (-20, 0, 100), (-3, 0, 100), (12, 0, 100), (35, 0, 100), (100, 0, 100), (0, 30, 100), (0, 60, 50), (20, 45, 35), (-30, 150, 100), (0, 54.5, 5)]  # fmt: skip


@pytest.mark.parametrize("indicator", ["budget_revenue_growth", "new_enterprises"])
def test_the_page_and_python_reckon_the_same(browser: Chromium, tmp_path: Path, indicator: str):
    item = outlook(indicator)
    page = browser.open(page_of(item, tmp_path))
    for pace, amount, chance in SETTINGS:
        page.look(
            f"(() => {{ const [p, a, c] = document.querySelectorAll('.whatif input'); p.value = {pace}; a.value = {amount}; c.value = {chance};"
            " p.dispatchEvent(new Event('input', { bubbles: true })); })()"
        )
        want = whatif.scenario(item, pace=1 + pace / 100, event=whatif.Event(amount, chance=chance / 100))
        got = page.look("({ ...document.querySelector('section.whatif').dataset })")
        assert float(got["probability"]) == pytest.approx(want.probability, abs=1e-9), (pace, amount, chance)
        for name, value in (("median", want.median), ("low", want.low80), ("high", want.high80)):
            assert float(got[name]) == pytest.approx(value, rel=1e-6), (name, pace, amount, chance)
        assert page.look("document.querySelectorAll('.whatif-fan path').length") >= 6
    assert (page.requests(), page.complaints()) == ([], [])
    page.close()


def test_the_control_starts_with_the_published_figures_and_returns_to_them(browser: Chromium, tmp_path: Path):
    item = outlook()
    page = browser.open(page_of(item, tmp_path))
    start = page.look("document.querySelector('.whatif-result').textContent")
    assert f"{round(100 * item.probability)} %" in start and "413,0" in start
    page.look(
        "(() => { const p = document.querySelector('.whatif input'); p.value = 40; p.dispatchEvent(new Event('input', { bubbles: true })); })()"
    )
    moved = page.look("document.querySelector('.whatif-result').textContent")
    assert moved != start and "GIẢ ĐỊNH" in moved
    page.look("document.querySelector('.whatif button').click()")
    assert page.look("document.querySelector('.whatif-result').textContent") == start
    page.close()


def test_a_keyboard_moves_it(browser: Chromium, tmp_path: Path):
    page = browser.open(page_of(outlook(), tmp_path))
    page.look("document.querySelector('.whatif input').focus()")
    before = page.look("document.querySelector('section.whatif').dataset.median")
    for kind in ("keyDown", "keyUp"):
        page.call("Input.dispatchKeyEvent", type=kind, key="ArrowRight", code="ArrowRight", windowsVirtualKeyCode=39)
    assert float(page.look("document.querySelector('section.whatif').dataset.median")) > float(before)
    assert page.look(
        "[...document.querySelectorAll('.whatif input, .whatif select')].every((part) => part.closest('label').textContent.trim())"
    )
    page.close()


@pytest.mark.parametrize("width", [390, 768, 1280])
def test_it_fits_every_screen(browser: Chromium, tmp_path: Path, width: int):
    page = browser.open(page_of(outlook(), tmp_path), width)
    assert page.look("document.documentElement.scrollWidth") == width
    page.close()


def test_without_scripts_a_table_of_scenarios_stands_in_its_place(browser: Chromium, tmp_path: Path):
    page = browser.open(page_of(outlook(), tmp_path), scripts=False)
    assert page.look("document.querySelectorAll('.whatif table tbody tr').length") == len(whatif.SHOWN)
    assert not page.look("document.querySelectorAll('.whatif input').length")
    page.close()


def test_hostile_names_are_only_text(browser: Chromium, tmp_path: Path):
    hostile = "</script><script>window.__hit=1</script><img src=x onerror='window.__hit=1'>"
    file = page_of(outlook(), tmp_path, name=hostile, measure=hostile, table=f"<p>{hostile}</p>")
    page = browser.open(file)
    page.look(
        "(() => { const p = document.querySelector('.whatif input'); p.value = 10; p.dispatchEvent(new Event('input', { bubbles: true })); })()"
    )
    assert page.look("window.__hit") is None and page.requests() == []
    assert page.look("document.querySelectorAll('img').length") == 0
    page.close()


def test_a_year_that_is_over_has_no_control():
    before = os.environ.get("KPI_ROOT")
    os.environ["KPI_ROOT"] = str(PROJECT)
    unit = read_unit("quang-ninh")
    item = outlook_for(read_observations(unit.id), unit, unit.indicators["new_enterprises"], 2024, as_of="2025-03-31")
    os.environ.pop("KPI_ROOT") if before is None else os.environ.update(KPI_ROOT=before)
    assert "kịch bản" in whatif.control(item).markup  # type: ignore[union-attr]
