"""Every page of real published reports, whatever pages there are: on screens, under a keyboard, without scripts, on paper."""

from __future__ import annotations

import functools
import re
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from tests.browser import axe, paper
from tests.browser import reports as shared
from tests.browser.chromium import Chromium, Page
from tests.browser.reports import Report
from tests.browser.test_pages import CONTRAST

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("reports")]
browser, reports = shared.browser, shared.reports
LOOKS = Path(__file__).with_name("looks.js").read_text(encoding="utf-8")
WIDTHS = (1280, 768, 390)
DESK_SCREEN, PHONE_SCREEN = 1024, 844  # pixels of height
MOST_BYTES = 2_000_000
SHEET_MARGIN = 8 * paper.MM  # nothing but the running words may stand nearer to the edge
Check = Callable[[Page, Report], list[str]]


def opened(browser: Chromium, report: Report, *, scripts: bool = True) -> Page:
    """A page with the questions of `looks.js` at hand."""
    page = browser.open(report.file, scripts=scripts)
    page.show_as()
    page.look(LOOKS)
    return page


# ---- what is asked of a page ---------------------------------------------------------------------------------------------------


def size(page: Page, report: Report) -> list[str]:  # noqa: ARG001
    much = report.file.stat().st_size
    return [f"{much} bytes"] if much >= MOST_BYTES else []


def frame(page: Page, report: Report) -> list[str]:
    return list(page.look(f"looks.frame({report.lang!r}, {report.mark!r})"))


def mark(page: Page, report: Report) -> list[str]:
    return list(page.look(f"looks.marked({report.mark!r})"))


def widths(page: Page, report: Report) -> list[str]:
    """Nothing sticks out sideways, with every fold open and closed, and every chart is drawn whole."""
    found = []
    for width in WIDTHS:
        page.resize(width)
        for folds in ("false", "true"):
            page.look(f"looks.unfold({folds})")
            found += [f"at {width} px: {fault}" for fault in page.look("looks.sideways()")]
        found += [f"at {width} px: {fault}" for fault in page.look(f"looks.charts({report.mark!r})")]
    page.resize(WIDTHS[0])
    return list(dict.fromkeys(found))


def short(page: Page, report: Report) -> list[str]:  # noqa: ARG001
    """The familiar table begins within four screens of a desk, the page of figures is at most eight screens of a phone, folds closed."""
    page.look("looks.unfold(false)")
    top = page.look("document.querySelector('.table-wrap.resolution')?.getBoundingClientRect().top + scrollY || 0")
    found = [f"the familiar table begins {top:.0f} px down the page"] if top > 4 * DESK_SCREEN else []
    if page.look("!!document.querySelector('h2') && location.pathname.endsWith('data-quality.html')"):
        page.resize(WIDTHS[-1])
        height = page.look("document.documentElement.scrollHeight")
        found += [f"{height} px on a phone"] if height > 8 * PHONE_SCREEN else []
        page.resize(WIDTHS[0])
    return found


def contrast(page: Page, report: Report) -> list[str]:  # noqa: ARG001
    """Every word is 4.5 times lighter or darker than its ground, whatever its size, in the light and in the dark."""
    page.look("looks.unfold(true)")
    return weak_words(page, dark=True) + weak_words(page, dark=False)


def weak_words(page: Page, *, dark: bool) -> list[str]:
    shown = f"{'dark' if dark else 'light'}, {page.width} px"
    page.show_as(dark=dark)
    light = page.look("getComputedStyle(document.body).backgroundColor.match(/\\d+/g).slice(0, 3).reduce((sum, part) => sum + +part, 0)")
    found = [f"{shown}: the page's ground has brightness {light}"] if (light > 380) is dark else []
    return found + [f"{shown}: {weak}" for weak in page.look(CONTRAST)]


def links(page: Page, report: Report) -> list[str]:
    found = []
    for address in page.look("looks.links()"):
        path, _, place = address.partition("#")
        if re.match(r"[a-z]+:|/", address, re.IGNORECASE):
            found.append(f"{address} leaves the report")
            continue
        target = (report.file.parent / unquote(path)).resolve() if path else report.file
        if not target.is_file():
            found.append(f"{address} leads nowhere")
        elif place and place not in ids_of(target):
            found.append(f"{address} names no place")
    return found


@functools.cache
def ids_of(file: Path) -> frozenset[str]:
    return frozenset(re.findall(r'\bid="([^"]+)"', file.read_text(encoding="utf-8")))


def keyboard(page: Page, report: Report) -> list[str]:  # noqa: ARG001
    """Tab reaches everything in order, back and forth, and shows where it is."""
    page.look("looks.unfold(true)")
    found, count = [], page.look("looks.start()")
    forth, faults = walk(page, count)
    found += faults
    if forth != list(range(count)):
        found.append(f"Tab goes {forth}, not 0 to {count - 1}")
    back, faults = walk(page, count, shift=True)
    found += [f"backwards: {fault}" for fault in faults]
    if back != list(reversed(range(count))):
        found.append(f"Shift and Tab go {back}, not {count - 1} to 0")
    return found


def walk(page: Page, count: int, *, shift: bool = False) -> tuple[list[int], list[str]]:
    """The stops of the Tab key by number, and what is wrong with any; scrolling boxes that the browser adds are passed over."""
    seen, faults, patience = [], [], 100
    for _ in range(2 * count + 20):
        page.press("Tab", 9, shift=shift)
        at, fault = page.look("looks.stop()")
        while fault and patience:  # a busy machine may draw the ring a little later; what never shows is not waited for again and again
            patience -= 1
            time.sleep(0.05)
            at, fault = page.look("looks.stop()")
        if at is None or at in seen[:1]:  # beyond the last stop, or round again
            break
        seen += [at] if at >= 0 else []
        faults += [fault] if fault else []
    return seen, faults


def skip_link(page: Page, report: Report) -> list[str]:  # noqa: ARG001
    page.look("looks.start()")
    page.press("Tab", 9)
    first = page.look("[document.activeElement.getAttribute('href') ?? '', document.activeElement.getBoundingClientRect().left]")
    if not first[0].startswith("#") or first[1] < 0:
        return [f"the first stop is {first}, no visible link to a place of the page"]
    page.press("Enter", 13)
    page.press("Tab", 9)
    inside = f"document.querySelector({first[0]!r}).contains(document.activeElement)"
    stops = f"[...document.querySelector({first[0]!r}).querySelectorAll('a[href], button, input, select, summary, [tabindex]')].some((part) => part.checkVisibility())"
    if page.look("location.hash") != first[0] or (page.look(stops) and not page.look(inside)):
        return ["after the skip link the keyboard is not in the content"]
    return []


def accessibility(page: Page, report: Report) -> list[str]:  # noqa: ARG001
    """WCAG 2.2 on a wide screen in the light and on a phone in the dark; where the checker cannot be had, test_accessibility.py says so.

    axe-core takes longest over contrast, so it is asked for it once a page; the other settings are held by `weak_words`, which asks for more.
    """
    page.look("looks.unfold(true)")
    checked = bool(axe.source()[0])
    found = [f"at {page.width} px, light: {fault}" for fault in axe.violations(page)] if checked else []
    page.resize(WIDTHS[-1])
    found += weak_words(page, dark=True)
    found += [f"at {page.width} px, dark: {fault}" for fault in axe.violations(page, without=("color-contrast",))] if checked else []
    page.resize(WIDTHS[0])
    page.show_as()
    return found


def quiet(page: Page, report: Report) -> list[str]:  # noqa: ARG001
    return [*(f"asks for {address}" for address in page.requests()), *page.complaints()]


SCREEN: dict[str, Check] = {
    "size": size, "frame": frame, "mark": mark, "widths": widths, "short": short, "contrast": contrast, "links": links,
    "skip link": skip_link, "keyboard": keyboard, "accessibility": accessibility, "quiet": quiet,
}  # fmt: skip


def without_scripts(page: Page, report: Report) -> list[str]:
    found = []
    page.look("looks.unfold(true)")
    for width in (1280, 390):
        page.resize(width)
        found += [f"at {width} px: {fault}" for fault in page.look(f"[...looks.charts({report.mark!r}), ...looks.readable()]")]
    page.resize(1280)
    return [*found, *quiet(page, report)]


# ---- on paper --------------------------------------------------------------------------------------------------------------------


class Printed:
    """A page printed as a reader prints it, its blocks marked so that the PDF tells where each came to stand."""

    def __init__(self, page: Page, folder: Path) -> None:
        page.show_as()
        page.look("looks.unfold(false)")
        self.said: list[str] = page.look("looks.said()")
        self.marked: list[str] = page.look("looks.tag()")
        self.pdf: Any = paper.reader(page.pdf(folder / "page.pdf"))
        self.boxes = paper.boxes(self.pdf)
        self.runs = paper.runs(self.pdf)
        self.sheets = range(1, len(self.pdf.pages) + 1)

    def of(self, kind: str) -> dict[str, list[paper.Box]]:
        """The boxes of one kind of block."""
        return {name: boxes for name, boxes in self.boxes.items() if name.startswith(f"{kind}-")}


def numbered(print_: Printed, report: Report) -> list[str]:
    """A4, upright or lying; number and mark on every sheet."""
    word, found = {"vi": "Trang", "en": "Page"}[report.lang], []
    for sheet, made in zip(print_.sheets, print_.pdf.pages, strict=True):
        text = paper.text_of(print_.runs, sheet)
        if sorted((round(float(made.mediabox.width)), round(float(made.mediabox.height)))) != [595, 842]:
            found.append(f"sheet {sheet} is not A4")
        if paper.letters(f"{word} {sheet} / {len(print_.sheets)}") not in text:
            found.append(f"sheet {sheet} has no number")
        if paper.letters(report.mark) not in text:
            found.append(f"sheet {sheet} has no mark")
    return found


def everything_printed(print_: Printed, report: Report) -> list[str]:  # noqa: ARG001
    missing = [name for name in print_.marked if name not in print_.boxes]
    return [f"not printed: {', '.join(missing[:5])}"] if missing else []


def everything_said(print_: Printed, report: Report) -> list[str]:  # noqa: ARG001
    """The words of every block stand on some sheet, none cut off: Chromium leaves out what lies beyond the edge."""
    sheets = [running_text(print_, sheet) for sheet in print_.sheets]
    whole = "".join(sheets)
    missing = [text for text in print_.said if paper.letters(text) not in whole]
    return [f"not on paper as it should be: “{' '.join(text.split())[:70]}”" for text in missing][:5]


MARGINS = {True: (16 * paper.MM, 17 * paper.MM), False: (14 * paper.MM, 14 * paper.MM)}  # top and foot of an upright and of a lying sheet


def running_text(print_: Printed, sheet: int) -> str:
    """The letters of a sheet without what stands in its margins."""
    height = float(print_.pdf.pages[sheet - 1].mediabox.height)
    top, foot = height - MARGINS[height > 700][0], MARGINS[height > 700][1]
    return paper.letters("".join(run.text for run in print_.runs if run.sheet == sheet and run.level and foot < run.y < top))


def full_size(print_: Printed, report: Report) -> list[str]:  # noqa: ARG001
    """100 px are 75 points: a page with something too wide for the sheet is shrunk as a whole, and its text with it."""
    ruler = print_.boxes["ruler"][0]
    share = (ruler.right - ruler.left) / 75
    return [f"printed at {share:.0%} because something is too wide for the sheet"] if share < 0.995 else []


def no_chart_cut(print_: Printed, report: Report) -> list[str]:  # noqa: ARG001
    figures = print_.of("figure").items()
    return [f"{name} stands on sheets {[box.sheet for box in boxes]}" for name, boxes in figures if len({box.sheet for box in boxes}) > 1]


def no_row_cut(print_: Printed, report: Report) -> list[str]:  # noqa: ARG001
    """No row on two sheets, unless it is higher than a sheet."""
    room = 240 * paper.MM
    return [
        f"{name} is cut between sheets {[box.sheet for box in boxes]}"
        for name, boxes in print_.of("row").items()
        if len({box.sheet for box in boxes}) > 1 and sum(box.top - box.bottom for box in boxes) < room
    ]


def heads_repeat(print_: Printed, report: Report) -> list[str]:  # noqa: ARG001
    """A table that goes on has its head on each of its sheets, and a head has a row under it."""
    rows: dict[str, set[int]] = defaultdict(set)
    heads: dict[str, set[int]] = defaultdict(set)
    for kind, sheets in (("row", rows), ("head", heads)):
        for name, boxes in print_.of(kind).items():
            sheets[name.split("-")[1]] |= {box.sheet for box in boxes}
    found = [f"table {table}: rows on sheets {sorted(rows[table])}, its head on {sorted(heads[table])}" for table in heads]
    return [fault for table, fault in zip(heads, found, strict=True) if rows[table] != heads[table]]


def no_heading_alone(print_: Printed, report: Report) -> list[str]:  # noqa: ARG001
    """Under every heading something of its section stands on the same sheet."""
    blocks = [box for kind in ("figure", "row", "words") for boxes in print_.of(kind).values() for box in boxes]
    return [
        f"{name} stands alone at the foot of sheet {boxes[0].sheet}"
        for name, boxes in print_.of("heading").items()
        if not any(box.sheet == boxes[0].sheet and box.bottom < boxes[0].bottom for box in blocks)
    ]


def within_the_sheet(print_: Printed, report: Report) -> list[str]:  # noqa: ARG001
    """No letter nearer to an edge than the margin (the running words may stand in it at top and foot), none too small to read."""
    wide = {sheet: float(made.mediabox.width) for sheet, made in zip(print_.sheets, print_.pdf.pages, strict=True)}
    out = [r for r in print_.runs if r.level and r.text.strip() and (r.right > wide[r.sheet] - SHEET_MARGIN or r.left < SHEET_MARGIN)]
    return [f"sheet {run.sheet}: “{run.text}” from {run.left:.0f} to {run.right:.0f} pt of {wide[run.sheet]:.0f}" for run in out[:3]]


PAPER: dict[str, Callable[[Printed, Report], list[str]]] = {
    "numbered": numbered, "everything printed": everything_printed, "everything said": everything_said, "full size": full_size, "no chart cut": no_chart_cut,
    "no row cut": no_row_cut, "heads repeat": heads_repeat, "no heading alone": no_heading_alone, "within the sheet": within_the_sheet,
}  # fmt: skip


# ---- every page is visited once --------------------------------------------------------------------------------------------------

Faults = dict[str, list[str]]


@pytest.fixture(scope="module")
def faults(browser: Chromium) -> Faults:  # noqa: ARG001 - no browser, nothing to visit with
    return visited()


@functools.cache
def visited() -> Faults:
    """What is wrong with any page, by check: one visit with scripts, one without, one printing, in this process only once."""
    found: Faults = {name: [] for name in (*SCREEN, *PAPER, "without scripts")}
    browser = shared.running()
    for report in shared.published():
        page = opened(browser, report)
        for name, check in SCREEN.items():
            found[name] += [f"{report.name}: {fault}" for fault in check(page, report)]
        with tempfile.TemporaryDirectory(prefix="kpi-print-") as folder:
            print_ = Printed(page, Path(folder))
        page.close()
        for name, look in PAPER.items():
            found[name] += [f"{report.name}: {fault}" for fault in look(print_, report)]
        page = opened(browser, report, scripts=False)
        found["without scripts"] += [f"{report.name}: {fault}" for fault in without_scripts(page, report)]
        page.close()
    return found


def told(found: list[str]) -> str:
    return "\n".join(["", *found])


def test_the_reports_have_pages_charts_and_a_marked_unit(browser, reports):
    assert len(reports) >= 20 and {page.lang for page in reports} == {"vi", "en"}
    assert any(page.mark for page in reports) and not all(page.mark for page in reports)
    page = opened(
        browser, next(page for page in reports if page.file.name == "index.html" and (page.file.parent / "manifest.json").exists())
    )
    assert page.look("looks.count()") > 50
    page.close()


@pytest.mark.parametrize("name", [*(name for name in SCREEN if name != "accessibility"), "without scripts"])
def test_on_a_screen_no_page_fails(faults: Faults, name: str):
    assert not faults[name], told(faults[name])


@pytest.mark.parametrize("name", PAPER)
def test_on_paper_no_page_fails(faults: Faults, name: str):
    assert not faults[name], told(faults[name])


# ---- and every check can fail ----------------------------------------------------------------------------------------------------

RULE = "document.styleSheets[0].insertRule({!r}, document.styleSheets[0].cssRules.length)"
SPOILT = {
    "frame": "document.querySelector('main h2').outerHTML = '<h4>x</h4>'",
    "mark": "document.querySelectorAll('.mark').forEach((part) => part.remove())",
    "widths": "Object.assign(document.querySelector('main p').style, { width: '1500px', maxWidth: 'none' })",
    "short": RULE.format("main h2 { padding-bottom: 1200px }"),
    "contrast": RULE.format("main p { color: rgb(0 0 0 / 0.4) !important }"),
    "links": "document.querySelector('main').innerHTML += \"<a href='nowhere.html'>x</a>\"",
    "skip link": "document.querySelector('a[href^=\"#\"]').remove()",
    "keyboard": RULE.format(":focus-visible { outline: none !important; box-shadow: none !important }"),
    "quiet": "console.error('x')",
}
SPOILT_CHARTS = (
    "document.querySelectorAll('figure.chart svg').forEach((part) => { part.style.display = 'none' })",
    "document.querySelectorAll('figure.chart svg > *').forEach((part) => part.remove())",
    "document.querySelectorAll('figure.chart svg text').forEach((part) => { part.textContent = 'x' })",
)
SPOILT_PAPER = {
    "numbered": RULE.format("@page { size: A5 landscape }"),
    "everything printed": RULE.format("@media print { tbody tr:last-child { display: none } }"),
    "everything said": RULE.format("@media print { main p { transform: translateX(-15mm) } }"),
    "full size": RULE.format("@media print { main p { width: 900px; max-width: none } }"),
    "no chart cut": RULE.format("@media print { figure.chart .panel { min-height: 330mm } }"),
    "no row cut": "document.querySelectorAll('tbody tr').forEach((row) => { row.style.breakInside = 'auto'; row.lastChild.innerHTML += '<br>x'.repeat(25) })",
    "heads repeat": RULE.format("@media print { thead { display: table-row-group !important } }"),
    "no heading alone": "document.querySelectorAll('main h2').forEach((part) => { part.style.height = '245mm' })",
    "within the sheet": RULE.format("@page { margin: 4mm }"),
}


@pytest.fixture(scope="module")
def page_to_spoil(reports: tuple[Report, ...]) -> Report:
    return next(
        report for report in reports if report.mark and (report.file.parent / "manifest.json").exists() and report.file.name == "index.html"
    )


@pytest.mark.parametrize("name", SPOILT)
def test_a_check_of_the_screen_sees_a_spoilt_page(browser: Chromium, page_to_spoil: Report, name: str):
    page = opened(browser, page_to_spoil)
    page.look(f"void ({SPOILT[name]})")
    assert SCREEN[name](page, page_to_spoil)
    page.close()


@pytest.mark.parametrize("spoil", SPOILT_CHARTS, ids=range(len(SPOILT_CHARTS)))
def test_a_chart_that_is_hidden_empty_or_unmarked_is_seen(browser: Chromium, page_to_spoil: Report, spoil: str):
    page = opened(browser, page_to_spoil)
    page.look(f"void ({spoil})")
    assert len(page.look(f"looks.charts({page_to_spoil.mark!r})")) >= page.look("document.querySelectorAll('figure.chart').length") > 0
    page.close()


@pytest.mark.parametrize("name", SPOILT_PAPER)
def test_a_check_of_the_paper_sees_a_spoilt_page(browser: Chromium, page_to_spoil: Report, tmp_path: Path, name: str):
    page = opened(browser, page_to_spoil)
    page.look(f"void ({SPOILT_PAPER[name]})")
    assert PAPER[name](Printed(page, tmp_path), page_to_spoil)
    page.close()


def test_a_page_that_is_too_heavy_is_seen(page_to_spoil: Report, tmp_path: Path, browser: Chromium):
    heavy = tmp_path / "nặng.html"
    heavy.write_bytes(page_to_spoil.file.read_bytes() + b" " * MOST_BYTES)
    page = browser.open(heavy)
    assert size(page, Report(heavy, "vi", ""))
    page.close()
