"""The what-if control in a real browser without a network: the page reckons what Python reckons."""

from __future__ import annotations

import datetime as dt
import json
import re
from functools import cache
from pathlib import Path

import nbformat
import numpy as np
import pytest

from kpi_lib import compare
from kpi_lib.definitions.events import DatedEvent
from kpi_lib.definitions.indicators import read_unit
from kpi_lib.figures.observations import read_observations
from kpi_lib.forecast.project import project as forecast
from kpi_lib.outlook import scenarios
from kpi_lib.outlook.verdict import Outlook, assess, outlook_for, without_events
from kpi_lib.page import whatif
from kpi_lib.page.whatif_words import place_words
from kpi_lib.reports.export import export_page
from kpi_lib.words.numbers import number
from tests.browser import reports as shared
from tests.browser.chromium import Chromium, Page
from tests.browser.test_pages import CONTRAST
from tests.conftest import PROJECT
from tests.once import project

pytestmark = [pytest.mark.browser, pytest.mark.slow]
browser = shared.browser


@cache
def outlook(indicator: str = "budget_revenue_growth") -> Outlook:
    with project(PROJECT):
        unit = read_unit("uong-bi-minh-hoa")
        return outlook_for(read_observations(unit.id), unit, unit.indicators[indicator], 2026, as_of="2026-10-15")


def page_of(item: Outlook, folder: Path, *, lang: str = "vi", **more: object) -> Path:
    bundle = {**whatif.what_if(item, lang)._repr_mimebundle_()}  # type: ignore[union-attr]
    bundle[whatif.WHATIF_MIME] = {**bundle[whatif.WHATIF_MIME], **more}
    output = nbformat.v4.new_output("display_data", data=bundle)
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("x", execution_count=1, outputs=[output])])
    nbformat.write(notebook, folder / "n.ipynb")
    export_page(folder / "n.ipynb", folder / "p.html", title="Thử", lang=lang, interactive=False)
    return folder / "p.html"


def place(page: Page, position: int, amount: float = 0, month: int = 12, chance: float = 100) -> dict[str, str]:
    """Put the control's parts where they are told and return what it reckoned."""
    page.look(
        f"(() => {{ const [p, a, c] = document.querySelectorAll('.whatif input'), m = document.querySelector('.whatif select'); p.value = {position};"
        f" if (a) {{ a.value = {amount}; c.value = {chance}; m.value = {month}; }} p.dispatchEvent(new Event('input', {{ bubbles: true }})); }})()"
    )
    return dict(page.look("({ ...document.querySelector('section.whatif').dataset })"))


# Steps from the starting position, a sum, its month and its chance in percent; lines that do not add up have the first only.
SETTINGS = [(0, 0, 12, 100), (-40, 0, 12, 100), (-17, 0, 12, 100), (-1, 0, 12, 100), (1, 0, 12, 100), (12, 0, 12, 100), (35, 0, 12, 100), (0, 30, 11, 100), (0, 60, 12, 50), (20, 45, 10, 35), (-30, 150, 12, 100), (0, 54.5, 11, 5), (5, -20, 12, 60)]  # fmt: skip
LINES = ["budget_revenue_growth", "new_enterprises", "gross_product_growth", "near_poor_households", "health_insurance_coverage", "child_malnutrition", "solid_waste_collection", "income_per_capita_growth"]  # fmt: skip


@pytest.mark.parametrize("indicator", LINES)
def test_the_page_reckons_what_python_reckons(browser: Chromium, tmp_path: Path, indicator: str):
    item = outlook(indicator)
    lever = scenarios.lever_of(item)
    page = browser.open(page_of(item, tmp_path))
    for step, amount, month, chance in SETTINGS:
        position = min(max(lever.start + step, lever.low), lever.high)
        event = None if lever.mode == "shift" else scenarios.Event(amount, month, chance / 100)
        got, where = place(page, position, amount, month, chance), (position, event)
        want = scenarios.scenario_at(item, lever, position, event)
        assert float(got["probability"]) == pytest.approx(want.probability, abs=1e-9), where
        for name, value in (("median", want.median), ("low", want.low80), ("high", want.high80)):
            assert float(got[name]) == pytest.approx(value, rel=1e-6, abs=1e-9), (name, where)
        half = scenarios.needed(item, lever, event=event)
        assert half is not None and got["needed"] == (str(half.position) if half.state == "at" else half.state), where
        assert page.look("document.querySelector('.whatif-lever output').textContent") == place_words(item, lever, position, "vi")
    assert (page.requests(), page.complaints()) == ([], [])
    page.close()


SAID = {  # indicator, language, steps from the start, sum, month, chance: the answer and the key of the picture
    ("budget_revenue_growth", "vi", 0, 0, 12, 100): (
        "Khả năng đạt: 5%○ rất khó đạt",
        "Dự báo cả năm 411,5 tỷ đồng (khoảng 80%: 378,3 – 449,0); mục tiêu: 467,5.",
        "Phần còn lại: 117,1 tỷ đồng (cùng kỳ năm trước 136,0).",
        "Để có khả năng đạt 50%: ít nhất 128% cùng kỳ năm trước (cao hơn dự báo 49%).",
        "Dải đậm dần: khoảng 95, 80, 50%. Nét đứt: số giữa. Chấm nhỏ: năm trước.",
    ),
    ("budget_revenue_growth", "en", 20, 45, 10, 35): (
        "Chance of meeting the target: 37%◑ uncertain",
        "The year in this scenario 452.4 billion đồng (80% interval: 405.7 – 509.5); target: 467.5.",
        "Still to come: 158.0 billion đồng (projected 117.1; same months last year 136.0).",
        "For a 50% chance: at least 117% of the same months last year (36% above the projection).",
        "SUPPOSED SCENARIO, not the projection",
        "Bands, from pale to dark: 95, 80, 50% intervals. Dashed: the median. Dotted: last year. Thin: the published projection.",
    ),
    ("health_insurance_coverage", "vi", 35, 0, 12, 100): (
        "Khả năng đạt: 95%● rất có khả năng đạt",
        "Cuối năm theo kịch bản 98,71% (khoảng 80%: 98,56 – 98,85); mục tiêu: 98,50.",
        "Để có khả năng đạt 50%: +0,07 điểm phần trăm (thêm 42 người) so với dự báo, hoặc tốt hơn.",
        "KỊCH BẢN GIẢ ĐỊNH, không phải dự báo",
        "Dải đậm dần: khoảng 95, 80, 50%. Nét đứt: số giữa. Nét mảnh: dự báo đã công bố.",
    ),
    ("near_poor_households", "en", -3, 0, 12, 100): (
        "Chance of meeting the target: 94%● very likely",
        "The year-end value in this scenario 0 households (80% interval: 0 – 0); target: 0.",
        "For a 50% chance: −1 households against the projection, or better.",
        "SUPPOSED SCENARIO, not the projection",
        "Bands, from pale to dark: 95, 80, 50% intervals. Dashed: the median. Thin: the published projection.",
    ),
}


@pytest.mark.parametrize("case", SAID, ids=lambda case: f"{case[0]}-{case[1]}")
def test_the_page_says_of_a_position(browser: Chromium, tmp_path: Path, case: tuple[str, str, int, float, int, float]):
    indicator, lang, step, *event = case
    item = outlook(indicator)
    page = browser.open(page_of(item, tmp_path, lang=lang))
    place(page, scenarios.lever_of(item).start + step, *event)
    assert tuple(page.look("[...document.querySelectorAll('.whatif-result p, .whatif > .note')].map((p) => p.textContent)")) == SAID[case]
    page.close()


def drawn(page: Page, name: str) -> list[list[float]]:
    """The points of a path of the fan, in pixels."""
    d = page.look(f"document.querySelector('.whatif-fan .{name}').getAttribute('d')")
    return [[float(n) for n in re.findall(r"-?\d+\.?\d*", point)] for point in re.split("[ML]", d)[1:]]


@pytest.mark.parametrize("indicator", ["budget_revenue_growth", "health_insurance_coverage"])
def test_the_fan_is_drawn_at_the_figures_its_ticks_and_its_quantiles(browser: Chromium, tmp_path: Path, indicator: str):
    item = outlook(indicator)
    lever = scenarios.lever_of(item)
    page = browser.open(page_of(item, tmp_path))
    for step in (0, 10):
        place(page, lever.start + step)
        ticks = page.look("[...document.querySelectorAll('.whatif-fan text.tick')].filter((t) => t.getAttribute('text-anchor') === 'end').map((t) => [t.textContent, t.getAttribute('y')])")  # fmt: skip
        values, heights = zip(*((float(word.replace(".", "").replace(",", ".")), float(y) - 4) for word, y in ticks), strict=True)
        slope, foot = np.polyfit(values, heights, 1)
        median = scenarios.scenario_at(item, lever, lever.start + step).median
        assert drawn(page, "median")[-1][1] == pytest.approx(foot + slope * median, abs=0.3)
        assert drawn(page, "actual")[-1][1] == pytest.approx(foot + slope * item.projection.seen[-1].value, abs=0.3)
        goal = page.look("document.querySelector('.whatif-fan .goal').getAttribute('d')")
        assert float(re.search(r",(.*)H", goal)[1]) == pytest.approx(foot + slope * item.threshold, abs=0.3)
        assert (page.look("document.querySelectorAll('.whatif-fan .ghost').length") == 1) is (step != 0)
    page.close()


HALVES = [1.15, -1.15, 8.25, 1234.55, 0.05, -0.04]  # as digits they end in a half, as binary numbers most lie beside it
RULES = ["number", "rounded", "side", "decimalsFor", "total", "count", "share", "published"]


def rules_of_the_script() -> str:
    """The functions of the page's script that hold a rule, as they stand in it."""
    script = (PROJECT / "kpi_lib" / "page" / "templates" / "page" / "whatif.js").read_text(encoding="utf-8")
    found = [re.search(rf"(?ms)^  function {name}\([^\n]*\}}$|^  function {name}\(.*?^  \}}$", script) for name in RULES]
    assert all(found), RULES
    return "\n".join(part[0] for part in found if part)


def test_the_script_compares_publishes_and_rounds_as_python_does(browser: Chromium, tmp_path: Path):
    rng = np.random.default_rng(5)
    cases = []
    for comparator in compare.MEETING:
        for years in (2, 9):
            for goal, decimals in ((10.0, 0), (0.3, 1), (-3.0, 1), (98.44, 1)):
                near = goal + rng.choice([0.0, 1e-12, -1e-12, 0.04, -0.04, 0.004, -1.0, 1.0], 40)
                data = {
                    "threshold": goal, "slack": compare.slack(goal), "meeting": compare.MEETING[comparator], "achieved": 0.0, "decimals": decimals,
                    "chances": compare.chance_steps(years), "stated": compare.STATED, "finest": compare.FINEST, "lang": "vi",
                }  # fmt: skip
                chances = [float(raw) for raw in rng.integers(0, 1001, 20) / 1000]
                want = (
                    float(compare.meets(near, comparator, goal).mean()),
                    [compare.published(raw, years=years) for raw in chances],
                    [compare.decimals_for(float(value), goal, decimals) for value in near],
                    [number(value, 1) for value in (*HALVES, *(1000 * float(value) for value in near))],
                )
                cases.append((data, sorted(near.tolist()), near.tolist(), chances, want))
    page = browser.open(page_of(outlook(), tmp_path))
    asked = json.dumps([case[:4] for case in cases])
    got = page.look(
        f"{asked}.map(([data, draws, values, raws]) => {{ const shifts = false, floor = -Infinity, ceiling = Infinity, formats = new Map();"
        f" {rules_of_the_script()}\n return [share(1, data.threshold), raws.map(published), values.map(decimalsFor), [...{HALVES}, ...values.map((value) => 1000 * value)].map((value) => number(value, 1))]; }})"
    )
    for (data, *_, want), found in zip(cases, got, strict=True):
        assert found[0] == pytest.approx(want[0], abs=1e-12), data
        assert found[1:] == list(want[1:]), data
    page.close()


def test_the_control_starts_with_the_published_figures_and_returns_to_them(browser: Chromium, tmp_path: Path):
    item = outlook()
    page = browser.open(page_of(item, tmp_path))
    start = page.look("document.querySelector('.whatif-result').textContent")
    assert f"{round(100 * item.probability)}%" in start and "411,5" in start
    assert page.look("document.querySelector('.whatif-lever output').textContent").endswith("% cùng kỳ năm trước (như dự báo)")
    place(page, 140, 20, 11, 60)
    moved = page.look("document.querySelector('.whatif-result').textContent")
    assert moved != start and "GIẢ ĐỊNH" in moved
    page.look("document.querySelector('.whatif button').click()")
    assert page.look("document.querySelector('.whatif-result').textContent") == start
    page.close()


@pytest.mark.parametrize("indicator", ["budget_revenue_growth", "health_insurance_coverage"])
def test_a_keyboard_moves_it_and_a_screen_reader_hears_what_it_means(browser: Chromium, tmp_path: Path, indicator: str):
    page = browser.open(page_of(outlook(indicator), tmp_path))
    page.look("document.querySelector('.whatif input').focus()")
    before = page.look("document.querySelector('section.whatif').dataset.median")
    said = page.look("document.querySelector('.whatif input').getAttribute('aria-valuetext')")
    for kind in ("keyDown", "keyUp"):
        page.call("Input.dispatchKeyEvent", type=kind, key="ArrowRight", code="ArrowRight", windowsVirtualKeyCode=39)
    assert float(page.look("document.querySelector('section.whatif').dataset.median")) > float(before)
    assert page.look("document.querySelector('.whatif input').getAttribute('aria-valuetext')") not in (said, None, "")
    assert page.look("[...document.querySelectorAll('.whatif input, .whatif select')].every((part) => part.labels[0].textContent.trim())")
    assert page.look("[...document.querySelectorAll('.whatif input[type=range]')].every((part) => part.getAttribute('aria-valuetext'))")
    small = "[...document.querySelectorAll('.whatif input, .whatif select, .whatif button, .whatif summary')].filter((p) => p.getBoundingClientRect().height < 44)"
    assert page.look(f"{small}.length") == 0
    page._wait("document.querySelector('.whatif-said').textContent.includes('%')")
    page.close()


def test_the_month_ends_stand_at_their_ticks_and_labels_keep_apart(browser: Chromium, tmp_path: Path):
    page = browser.open(page_of(outlook(), tmp_path))
    september = page.look("[...document.querySelectorAll('.whatif-fan text.tick')].find((t) => t.textContent === 'T9').getAttribute('x')")
    assert page.look("document.querySelector('.whatif-fan .dot').getAttribute('cx')") == september
    for position in (60, 87, 120, 127, 135, 170):  # median below, at and above the target
        place(page, position)
        boxes = page.look("[...document.querySelectorAll('.whatif-fan .strong, .whatif-fan .goal-word')].map((t) => { const b = t.getBBox(); return [b.y, b.y + b.height, t.getAttribute('class')]; })")  # fmt: skip
        spans = {kind: [box for box in boxes if kind in box[2]] for kind in ("strong", "goal-word")}
        (top, bottom), (other_top, other_bottom) = ((min(b[0] for b in of), max(b[1] for b in of)) for of in spans.values())
        assert bottom <= other_top + 1 or other_bottom <= top + 1, position
    page.close()


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_every_word_of_it_has_enough_contrast(browser: Chromium, tmp_path: Path, dark: bool):
    page = browser.open(page_of(outlook(), tmp_path), dark=dark)
    place(page, 130)
    assert page.look(CONTRAST) == []
    page.close()


@pytest.mark.parametrize("width", [390, 768, 1280])
@pytest.mark.parametrize("indicator", ["budget_revenue_growth", "health_insurance_coverage"])
def test_it_fits_every_screen(browser: Chromium, tmp_path: Path, width: int, indicator: str):
    page = browser.open(page_of(outlook(indicator), tmp_path), width)
    page.look("document.querySelectorAll('details').forEach((part) => { part.open = true })")
    assert page.look("document.documentElement.scrollWidth") == width
    outside = "[...document.querySelectorAll('.whatif *')].filter((part) => part.getBoundingClientRect().right > innerWidth + 1 && !part.closest('.table-wrap'))"
    assert page.look(f"{outside}.length") == 0
    page.close()


def test_without_scripts_a_table_of_scenarios_stands_in_its_place(browser: Chromium, tmp_path: Path):
    page = browser.open(page_of(outlook(), tmp_path), scripts=False)
    assert page.look("document.querySelectorAll('.whatif table tbody tr').length") == 4  # those of seven that repeat no neighbour's answer
    assert not page.look("document.querySelectorAll('.whatif input').length")
    page.close()


def test_hostile_names_are_only_text(browser: Chromium, tmp_path: Path):
    hostile = "</script><script>window.__hit=1</script><img src=x onerror='window.__hit=1'>"
    file = page_of(outlook(), tmp_path, name=hostile, measure=hostile, table=f"<p>{hostile}</p>")
    page = browser.open(file)
    place(page, 100)
    assert page.look("window.__hit") is None and page.requests() == []
    assert page.look("document.querySelectorAll('img').length") == 0
    page.close()


def test_a_year_that_is_over_has_no_control():
    with project(PROJECT):
        unit = read_unit("quang-ninh")
        item = outlook_for(read_observations(unit.id), unit, unit.indicators["new_enterprises"], 2024, as_of="2025-03-31")
    assert "kịch bản" in whatif.what_if(item).text  # type: ignore[union-attr]


def test_the_page_leaves_events_out_as_python_does(browser: Chromium, tmp_path: Path):
    plain, day = outlook("new_enterprises"), dt.date(2026, 11, 20)
    unit, ind, at = plain.projection.unit, plain.indicator, plain.projection.as_of
    event = DatedEvent("x", ind.id, "x", 30.0, plain.projection.measure, day, day, 0.7, "x", "x", at)
    with project(PROJECT):
        item = assess(forecast(read_observations(unit.id), ind, 2026, as_of=at, unit=unit, events=(event,)), plain.target)
    bare, lever = without_events(item), scenarios.lever_of(item)
    assert bare is not None and bare.projection.quantile(0.5) < item.projection.quantile(0.5)
    page = browser.open(page_of(item, tmp_path))
    for counted, judged in ((True, item), (False, bare), (True, item)):
        page.look(f"document.querySelector('.whatif-events input').checked = {str(counted).lower()}")
        for step in (0, 12, -17):
            position = min(max(lever.start + step, lever.low), lever.high)
            got, want = place(page, position), scenarios.scenario_at(judged, lever, position)
            assert float(got["probability"]) == pytest.approx(want.probability, abs=1e-9)
            assert float(got["median"]) == pytest.approx(want.median, rel=1e-6)
    assert (page.requests(), page.complaints()) == ([], [])
