"""The exported page in a real browser with the network taken away: it shows everything, asks for nothing and obeys nobody."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest

from kpi_lib.reports.export import export_page
from kpi_lib.running import notebooks
from tests.browser import paper
from tests.browser import reports as shared
from tests.demo_notebook import build
from tests.reports.test_export import PAYLOADS, SPEC, TABLE, executed, hostile_table

pytestmark = [pytest.mark.browser, pytest.mark.slow]
browser = shared.browser
OPTIONS: dict[str, Any] = {
    "title": "Triển vọng thực hiện các chỉ tiêu năm 2026", "unit_name": "Phường Uông Bí, tỉnh Quảng Ninh", "mark": "SỐ LIỆU MINH HỌA",
    "nav": [("live.html", "Tổng quan", True), ("still.html", "Bản tĩnh", False)], "facts": [("Tính đến ngày", "15/10/2026"), ("Mã số liệu", "4f1c09aa")],
}  # fmt: skip


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("trang báo cáo")
    run = folder / "run.ipynb"
    notebooks.run_notebook(build(folder), run, {"unit": "uong-bi-minh-hoa"})
    made = {"live": True, "still": False}
    for name, interactive in made.items():
        export_page(run, folder / f"{name}.html", interactive=interactive, **OPTIONS)
    return {name: folder / f"{name}.html" for name in made}


def test_charts_live_and_the_page_asks_for_nothing_and_complains_of_nothing(browser, pages):
    page = browser.open(pages["live"])
    assert page.look("document.documentElement.dataset.live") == "2"
    marks = page.look(
        "[...document.querySelectorAll('.live svg .mark-rect path, .live svg .mark-symbol path, .live svg .mark-line path')].length"
    )
    assert marks >= 4 + 9 + 2
    assert page.look("getComputedStyle(document.querySelector('.still.wide')).display") == "none"
    assert page.look("document.querySelector('.live svg').textContent.includes('10.000')")
    assert (page.requests(), page.complaints()) == ([], [])
    page.close()


@pytest.mark.parametrize("width", [390, 768, 1280])
@pytest.mark.parametrize("name", ["live", "still"])
def test_nothing_sticks_out_sideways(browser, pages, width, name):
    page = browser.open(pages[name], width)
    page.look("document.querySelectorAll('details').forEach((part) => { part.open = true })")
    assert page.look("document.documentElement.scrollWidth") == width
    outside = "[...document.querySelectorAll('main *')].filter((part) => part.getBoundingClientRect().right > innerWidth + 1 && !part.closest('.table-wrap, svg')).length"
    assert page.look(outside) == 0
    page.close()


def test_a_phone_gets_the_narrow_drawing(browser, pages):
    page = browser.open(pages["live"], 390)
    assert page.look("[...document.querySelectorAll('.live svg')].every((drawing) => +drawing.getAttribute('width') <= 360)")
    assert page.look("getComputedStyle(document.querySelector('td[data-label]'), '::before').content") == '"Mục tiêu"'
    page.close()


@pytest.mark.parametrize(("width", "kind"), [(1280, "wide"), (390, "narrow")])
def test_without_scripts_the_pictures_stand(browser, pages, width, kind):
    page = browser.open(pages["live"], width, scripts=False)
    shown = f"[...document.querySelectorAll('.still.{kind} svg')].filter((drawing) => drawing.getBoundingClientRect().height > 100).length"
    assert page.look(shown) == 2
    assert page.look("document.querySelectorAll('.is-live').length") == 0
    page.close()


def test_a_finger_on_a_mark_shows_its_value_in_the_readers_style(browser, pages):
    page = browser.open(pages["live"])
    dots = "document.querySelectorAll('.live svg .mark-symbol path')"
    page.look(f"{dots}[8].scrollIntoView({{block: 'center', behavior: 'instant'}})")
    where = page.look(
        f"(() => {{ const box = {dots}[8].getBoundingClientRect(); return [box.x + box.width / 2, box.y + box.height / 2] }})()"
    )
    for _ in range(2):
        page.call("Input.dispatchMouseEvent", type="mouseMoved", x=where[0], y=where[1])
    assert "7.120,5" in page.look("document.getElementById('vg-tooltip-element').textContent")
    assert page.look("getComputedStyle(document.getElementById('vg-tooltip-element')).visibility") == "visible"
    assert page.complaints() == []
    page.close()


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_every_word_has_enough_contrast(browser, pages, dark):
    page = browser.open(pages["live"], dark=dark)
    weak = page.look(CONTRAST)
    assert weak == []
    page.close()


CONTRAST = """(() => {
  const parse = (text) => { const n = text.match(/[\\d.]+/g).map(Number); return n.length < 4 ? [...n, 1] : n; };
  const light = (c) => [0, 1, 2].map((i) => c[i] / 255).map((v) => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const over = (top, under) => [0, 1, 2].map((i) => top[i] * top[3] + under[i] * (1 - top[3])).concat(1);
  const ground = (part) => { if (!part) return [255, 255, 255, 1]; const c = parse(getComputedStyle(part).backgroundColor); return c[3] > 0.99 ? c : over(c, ground(part.parentElement)); };
  const faded = (part) => part ? getComputedStyle(part).opacity * faded(part.parentElement) : 1;
  const weak = new Set();
  for (const part of document.querySelectorAll('body *:not(svg *):not(script)')) {
    if (![...part.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim()) || !part.offsetParent || part.closest('.mark')) continue;
    const under = ground(part), [r, g, b, alpha] = parse(getComputedStyle(part).color);
    const [a, c] = [light(over([r, g, b, alpha * faded(part)], under)), light(under)];
    const ratio = (Math.max(a, c) + 0.05) / (Math.min(a, c) + 0.05);
    if (ratio < 4.5) weak.add(`${part.tagName}.${part.className} ${ratio.toFixed(2)}`);
  }
  return [...weak];
})()"""


def _hostile(folder: Path, payloads: list[str], number: int) -> Path:
    values = [{"q": payload, "v": 1, "image": "https://example.org/x.png", "href": "javascript:window.hit=1"} for payload in payloads]
    payload = " ".join(payloads)
    spec = {
        **SPEC,
        "title": payloads,
        "description": payload,
        "data": {"values": values},
        "usermeta": {"kpi": {"caption": payload, "table": hostile_table(payload)}},
    }
    spec["encoding"] = {**SPEC["encoding"], "tooltip": [{"field": "q"}, {"field": "image"}], "color": {"field": "q"}}  # type: ignore[dict-item]
    source = executed(
        folder, *({"text/html": f'<p class="note">{each}</p>'} for each in payloads), *({"text/markdown": each} for each in payloads),
        {"text/plain": repr(payload)}, {"application/vnd.vegalite.v6+json": spec}, markdown=f"# A\n\n{payload}", name=f"{number}.ipynb",
    )  # fmt: skip
    target = folder / f"{number}.html"
    export_page(source, target, title=payload, mark=payload, unit_name=payload, facts=[(payload, payload)])
    return target


def test_no_payload_runs_or_fetches_even_when_hovered_and_clicked(browser, tmp_path):
    for number in range(4):
        payload = PAYLOADS[number::4]
        page = browser.open(_hostile(tmp_path, payload, number))
        assert page.look("document.documentElement.dataset.live") == "1", payload
        page.look("""document.querySelectorAll('.live svg path, a, summary').forEach((part) => { for (const kind of ['mouseover', 'mousemove', 'click'])
            part.dispatchEvent(new MouseEvent(kind, {bubbles: true, clientX: part.getBoundingClientRect().x, clientY: part.getBoundingClientRect().y})) })""")
        assert page.look("window.hit === undefined && location.protocol === 'file:'"), payload
        outside = [address for address in page.requests() if not address.startswith("file:")]
        assert outside == [], payload
        page.close()


def test_the_figures_behind_a_chart_open_on_demand_and_stay_off_paper(browser, tmp_path):
    spec = {**SPEC, "usermeta": {"kpi": {"caption": "Hai quý", "table": TABLE}}}
    export_page(executed(tmp_path, {"application/vnd.vegalite.v6+json": spec}), tmp_path / "p.html", title="A")
    page = browser.open(tmp_path / "p.html", 390)
    height = "document.querySelector('.behind table').getBoundingClientRect().height"
    below = "document.querySelector('.behind').getBoundingClientRect().top >= document.querySelector('figcaption').getBoundingClientRect().bottom"
    assert (page.look("document.querySelector('.behind').open"), page.look(below)) == (False, True)
    page.look("document.querySelector('.behind summary').click()")
    assert page.look(height) > 40
    assert page.look("document.documentElement.scrollWidth") == 390
    page.call("Emulation.setEmulatedMedia", media="print")
    assert page.look("getComputedStyle(document.querySelector('.behind')).display") == "none"
    page.close()


def test_even_an_injected_script_is_stopped_by_the_policy(browser, pages, tmp_path):
    html = (
        pages["live"]
        .read_text(encoding="utf-8")
        .replace("</main>", "<script>window.hit=1</script><img src=x onerror='window.hit=1'></main>")
    )
    broken = tmp_path / "broken.html"
    broken.write_text(html, encoding="utf-8")
    page = browser.open(broken)
    assert page.look("window.hit === undefined")
    assert any("Content Security Policy" in text for text in page.complaints())
    page.close()


@pytest.fixture(scope="module")
def printed(browser, pages, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    folder = tmp_path_factory.mktemp("print")

    def make(name: str) -> Path:
        page = browser.open(pages[name])
        file = page.pdf(folder / f"{name}.pdf")
        page.close()
        return file

    return make


@pytest.mark.parametrize("name", ["live", "still"])
def test_on_paper_it_is_a4_with_text_numbers_and_mark_on_every_page(printed, name):
    file = printed(name)
    sheets, texts = paper.reader(file).pages, paper.sheets_of(file)
    assert 2 <= len(sheets) <= 6
    for number, (sheet, text) in enumerate(zip(sheets, texts, strict=True), 1):
        assert (round(float(sheet.mediabox.width)), round(float(sheet.mediabox.height))) == (595, 842)
        assert paper.letters(f"Trang {number} / {len(sheets)}") in text
        assert paper.letters("SỐ LIỆU MINH HỌA") in text
    whole = "".join(texts)
    for said in ("Triển vọng thực hiện các chỉ tiêu năm 2026", "1,4 điểm phần trăm", "Bảo hiểm y tế", "15/10/2026", "10.000"):
        assert paper.letters(said) in whole, said
    assert whole.count(paper.letters("Thu ngân sách nhà nước theo tháng")) == 1  # the still, not the live one as well


def test_no_chart_is_cut_on_paper(browser, pages):
    page = browser.open(pages["live"])
    page.call("Emulation.setEmulatedMedia", media="print")
    page.call("Emulation.setDeviceMetricsOverride", width=680, height=1000, deviceScaleFactor=1, mobile=False)
    boxes = page.look(
        "[...document.querySelectorAll('.still.wide svg')].map((drawing) => { const b = drawing.getBoundingClientRect(); return [b.width, b.right, b.height] })"
    )
    assert len(boxes) == 2
    for width, right, height in boxes:
        assert width > 300
        assert right <= 680
        assert height < 800
    assert page.look("getComputedStyle(document.querySelector('.live')).display") == "none"
    assert page.look("getComputedStyle(document.querySelector('figure.chart')).breakInside") == "avoid"
    page.close()


@pytest.mark.skipif(not shutil.which("pdftoppm"), reason="pdftoppm is not installed: pages are not looked at, only read")
def test_printed_pages_are_not_blank(printed, tmp_path):
    subprocess.run(["pdftoppm", "-r", "20", "-gray", str(printed("still")), str(tmp_path / "p")], check=True)
    for picture in tmp_path.glob("p*.pgm"):
        data = picture.read_bytes()[-20_000:]
        assert min(data) < 200, picture


def test_a_page_of_the_english_reader(browser, pages, tmp_path):
    run = pages["live"].with_name("run.ipynb")
    export_page(run, tmp_path / "en.html", title="Outlook", lang="en")
    page = browser.open(tmp_path / "en.html")
    assert page.look("document.documentElement.lang") == "en"
    assert page.look("document.querySelector('.live svg').textContent.includes('10,000')")
    page.close()


def test_the_demo_notebook_is_a_valid_notebook(tmp_path):
    nbformat.validate(nbformat.read(build(tmp_path), 4))
