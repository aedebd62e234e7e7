"""An English unit's outputs hold no Vietnamese, a Vietnamese unit's no English: pages, month, list, draft, forms, console, start page."""

from __future__ import annotations

import csv
import datetime as dt
import html
import json
import re
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pytest
from conftest import PROJECT, furnish, write_unit
from once import once, project
from small_unit import FIGURES, TARGETS

from kpi_lib import cli
from kpi_lib.page.desk.start import Start
from kpi_lib.reports.archive import reports
from kpi_lib.reports.publish import publish
from kpi_lib.reports.sending import paper
from tests.browser.chromium import Chromium
from tests.deliveries.languages import ENGLISH, VIETNAMESE, own

CITY, LINES = "river-city", ("property_tax", "lead_pipes", "bike_lanes")
BROWSER = next(filter(None, map(shutil.which, paper.NAMES)), "")
UNITS = {"en": (CITY, "2026-01-15"), "vi": ("thu", "2025-10-15")}
# Words of the other language that are names: of files, programs, columns as they are typed, the sources of the shipped figures.
NAMES = re.compile(r"\bkpi[-_ ]lib \S+|\bpython3?\b|\bkpi [a-z-]+|--[a-z-]+|\b[a-z]+_[a-z_]+\b|\b\w+\.(?:py|csv|toml|xlsx|docx|html|md)\b")


def _city(root: Path) -> None:
    """The illustrative city with three of its lines."""
    source, target = PROJECT / "data" / "raw" / CITY, root / "data" / "raw" / CITY
    shutil.copytree(source, target)
    text = re.sub(r"(?s)\nlines = \[.*?\]", f"\nlines = {json.dumps(LINES)}", (target / "unit.toml").read_text(encoding="utf-8"))
    text = re.sub(r"\nheadline = \[.*?\]", '\nheadline = ["property_tax"]', text)
    parts = text.split("\n[[indicator]]")
    kept = [part for part in parts[1:] if re.search(r'id = "(\w+)"', part)[1] in LINES]  # type: ignore[index]
    (target / "unit.toml").write_text("\n[[indicator]]".join([parts[0], *kept]), encoding="utf-8")
    for path in target.rglob("*.csv"):
        with path.open(encoding="utf-8", newline="") as file:
            heads, *rows = csv.reader(file)
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows([heads, *(row for row in rows if row[heads.index("indicator")] in LINES)])


def _both(root: Path) -> None:
    furnish(root)
    _city(root)
    write_unit(root, FIGURES, targets=TARGETS, unit="thu")
    with project(root):
        for unit, as_of in UNITS.values():
            publish(unit, as_of)
            publish(unit, as_of, month=True)


@pytest.fixture(params=UNITS)
def office(request: pytest.FixtureRequest, root: Path) -> tuple[str, str, str]:
    """The language of an office, its unit and the day of its report, published in a project of this test's own."""
    shutil.copytree(once("hai thứ tiếng", _both) / "data", root / "data", dirs_exist_ok=True)
    return request.param, *UNITS[request.param]


def foreign(text: str, lang: str) -> list[str]:
    """The lines that hold words of the other language."""
    wrong = VIETNAMESE if lang == "en" else ENGLISH
    return [line.strip() for line in text.splitlines() if wrong.search(NAMES.sub("", own(re.sub(r"\S*/\S+", "", line))))]


def said_by(page: str) -> str:
    """What a page says to eyes and to readers aloud, a line a piece; pictures' words too."""
    shown = re.sub(r"(?s)<(script|style)\b.*?</\1>", "", page)
    aloud = re.findall(r'(?:aria-label|title|alt|placeholder|data-label|content)="([^"]*)"', shown)
    return html.unescape("\n".join([*aloud, re.sub(r"<[^>]+>", "\n", shown)]))


def test_what_is_looked_for_is_found():
    assert foreign("<p>Targets của năm", "en") and foreign("the figures of this year", "vi") and not foreign("số của năm", "vi")
    assert said_by('<p title="of the year"><svg><text>tháng</text></svg>') == "of the year\n\n\n\ntháng\n\n"


@pytest.mark.slow
def test_pages_month_list_and_documents(office: tuple[str, str, str]):
    lang, unit, as_of = office
    pages = [*reports(unit).rglob("*.html")]
    assert len(pages) >= 9
    for page in pages:
        text = page.read_text(encoding="utf-8")
        assert f'<html lang="{lang}"' in text, page
        assert foreign(said_by(text), lang) == [], page
    for document in (reports(unit) / as_of).glob("*.docx"):
        with zipfile.ZipFile(document) as packed:
            body = packed.read("word/document.xml").decode("utf-8")
        assert foreign("\n".join(re.findall(r"<w:t[^>]*>([^<]*)", body)), lang) == [], document


def commands(unit: str, as_of: str, out: Path) -> Iterator[list[str]]:
    """What an office types, but for the run itself."""
    yield from (["check", "--unit", unit], ["waiting", "--unit", unit], ["status", "--unit", unit], ["status", "--text", "--unit", unit])
    yield from (["verify", "--unit", unit], ["record", "--unit", unit, "--as-of", "2026-11-26"], ["schedule", "show", "--unit", unit])
    yield from (["share", "--unit", unit, "--as-of", as_of, "--out", str(out / "a.zip")], ["due", "--units", unit])
    yield from (
        ["draft", "--unit", unit, "--as-of", as_of, "--skin", "plain", "--out", str(out / "a.docx")],
        ["status", "--unit", "nowher"],
    )
    yield ["template", "--unit", unit, "--year", "2026", "--month", "2", "--as-of", "2026-02-10", "--out", str(out / "form.xlsx")]
    yield ["new-year", "--unit", unit, "--year", "2027", "--form", str(out / "targets.xlsx")]
    yield ["withdraw-report", "--unit", unit, "--as-of", as_of, "--by", "A", "--reason", "B"]


@pytest.mark.slow
def test_the_console_the_forms_and_the_completion_report(
    office: tuple[str, str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    lang, unit, as_of = office
    monkeypatch.setattr(cli, "_today", lambda: dt.date(2026, 11, 26))
    for typed in commands(unit, as_of, tmp_path):
        spoken = [*typed, "--lang", lang] if "nowher" in typed else typed
        try:
            code = cli.main(spoken)
        except SystemExit as ended:
            code = int(ended.code or 0)
        told = capsys.readouterr()
        assert code in (cli.PUBLISHED, cli.WITH_WARNINGS, cli.NOTHING, cli.REFUSED), (typed, told)
        assert (told.out + told.err).strip(), typed
        assert foreign(told.out + told.err, lang) == [], typed
    for book in ("form.xlsx", "targets.xlsx"):
        sheets = openpyxl.load_workbook(tmp_path / book).worksheets
        cells = [str(cell.value) for sheet in sheets for row in sheet.iter_rows() for cell in row if isinstance(cell.value, str)]
        shown = [text for text in cells if "|" not in text and not text.startswith("=") and len(text.split()) > 1]
        assert len(shown) > 20 and foreign("\n".join(shown + [sheet.title for sheet in sheets]), lang) == [], book


@pytest.mark.slow
def test_the_officers_start_page(office: tuple[str, str, str], root: Path):
    lang, unit, as_of = office
    other = next(name for name, _ in UNITS.values() if name != unit)
    shutil.rmtree(root / "data" / "raw" / other)  # its name is its own
    for asked in ("", as_of):
        shown = "".join(part._repr_html_() for part in Start(unit, asked, "").parts())
        assert len(shown) > 1000 and foreign(said_by(shown), lang) == []


# What an English page may hold in one row: nobody who answers for the result, amounts of a measure of two words.
LONG = """(() => {
  const long = {3: '2,860 thousand meals', 4: '60 thousand meals', 5: '225.9 thousand meals'};
  for (const row of document.querySelectorAll('.attention tbody tr')) {
    row.querySelector('td:last-child .v').textContent = 'no body is named as answering for the result';
    for (const [at, words] of Object.entries(long)) {
      const number = row.querySelector(`td:nth-child(${at}) data`);
      if (number) number.textContent = words;
    }
  }
  return [...document.querySelectorAll('.table-wrap:has(.attention)')].map((each) => each.scrollWidth - each.clientWidth);
})()"""


@pytest.mark.slow
@pytest.mark.skipif(not BROWSER, reason="no Chromium on this machine")
def test_the_table_of_what_needs_attention_stays_within_the_page(office: tuple[str, str, str]):
    _, unit, as_of = office
    browser = Chromium(BROWSER)
    try:
        over = browser.open(reports(unit) / as_of / "index.html", 1280, 900).look(LONG)
    finally:
        browser.close()
    assert over and max(over) <= 0
