"""Deliveries speak the language of the unit's office, and only that one: forms, reports, the console, records."""

from __future__ import annotations

import datetime as dt
import os
import re
from collections.abc import Iterator
from pathlib import Path

import msgspec
import openpyxl
import pytest
from conftest import PROJECT

from kpi_lib import cli
from kpi_lib.definitions import folders
from kpi_lib.deliveries import store
from kpi_lib.deliveries.delivery import Amount, InMeasure, checks, fault
from kpi_lib.deliveries.intake import ingest
from kpi_lib.words.messages import Text, listed, plural, said
from tests.deliveries.languages import ENGLISH, VIETNAMESE, own
from tests.deliveries.mutations.base import ENTERPRISES, INVESTMENT, RECEIVED, TOML, UNIT, Base, clean_values, make_base

# What parses Vietnamese input speaks Vietnamese; nothing else of the room does.
PARSERS = {
    "files/encodings.py", "tables/dates.py", "tables/layout.py", "tables/numbers.py", "tables/reader.py", "tables/recipes.py", "tables/stated.py", "tables/tidy.py", "target_sheet.py",  # tables of resolutions
}  # fmt: skip
pytestmark = pytest.mark.xdist_group("deliveries")


@pytest.fixture(scope="module", params=["en", "vi"])
def office(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Base]]:
    """A unit whose office speaks a language, and the clean files."""
    before = os.environ.get("KPI_ROOT")
    base = make_base(tmp_path_factory.mktemp(request.param), TOML.replace("population =", f'language = "{request.param}"\npopulation ='))
    yield request.param, base
    os.environ.pop("KPI_ROOT")
    if before:
        os.environ["KPI_ROOT"] = before


def foreign(text: str, lang: str) -> list[str]:
    """Lines that hold words of the other language, but for names that are data of the unit."""
    wrong, bare = (VIETNAMESE if lang == "en" else ENGLISH), text.replace("Quảng Ninh", "").replace("QUẢNG NINH", "")
    return [line for line in map(own, bare.splitlines()) if wrong.search(line)]


def test_the_console_and_the_report_of_a_delivery_speak_the_offices_language(
    office: tuple[str, Base], tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    lang, base = office
    book = openpyxl.load_workbook(base.template)
    sheets = [sheet for sheet in book.worksheets if sheet.cell(6, 1).value == "kpi-columns"]
    for sheet in sheets:
        at = {str(cell.value): cell.column for cell in sheet[6] if cell.value}
        for row in range(9, sheet.max_row + 1):
            if sheet.cell(row, 1).value == f"row|{ENTERPRISES}|total":
                sheet.cell(row, at["month"]).value = "1.234"
                sheet.cell(row, at["m03"]).value = 999
            if sheet.cell(row, 1).value == f"row|{INVESTMENT}|total":
                sheet.cell(row, at["month"]).value = 6000.0
                sheet.cell(row, at["plan_assigned"]).value = 13000
    book.save(tmp_path / "x.xlsx")
    (tmp_path / "y.xlsx").write_bytes(b"%PDF-1.4")
    code = cli.main(["ingest", str(tmp_path / "x.xlsx"), str(tmp_path / "y.xlsx"), "--unit", UNIT, "--received", "2024-10-05"])
    told = capsys.readouterr().out
    page = Path(re.findall(r"\S+\.html", told)[0]).read_text(encoding="utf-8")
    assert code == cli.WITH_WARNINGS and cli.main(["waiting", "--unit", UNIT]) == cli.WITH_WARNINGS
    assert cli.main(["check", "--unit", UNIT]) == cli.PUBLISHED
    again = cli.main(["ingest", str(tmp_path / "y.xlsx"), "--unit", UNIT])
    console = told + capsys.readouterr().out
    assert again == cli.PUBLISHED and console.count("[") > 8
    assert not foreign(re.sub(r"\S*/\S+", "", console), lang)
    main = re.sub(r"<[^>]+>", "\n", page.split("<main", 1)[1].split("</main>")[0])
    assert f'lang="{lang}"' in page and not foreign(main, lang)


def test_the_form_speaks_the_offices_language_and_is_read_back(office: tuple[str, Base]):
    lang, base = office
    book = openpyxl.load_workbook(base.template)
    texts = [str(cell.value) for sheet in book.worksheets for row in sheet.iter_rows() for cell in row if isinstance(cell.value, str)]
    texts += [sheet.title for sheet in book.worksheets] + [str(book.properties.title)]
    texts += [str(rule.prompt) for sheet in book.worksheets for rule in sheet.data_validations.dataValidation]
    marks = [
        text for text in texts if "|" in text or "_" in text or text in ("prepared", "sender", "number", "label", "measure", "kpi-columns")
    ]
    roles = {"month", "cumulative", "status", "document", "note", *(f"m{month:02d}" for month in range(1, 13))}
    shown = [text for text in texts if text not in marks and text not in roles and not text.startswith("=")]
    assert len(shown) > 60 and not [line for text in shown for line in foreign(text, lang)]
    receipt = ingest([base.template], UNIT, received=RECEIVED)[0]
    got = {(f.indicator, f.series, f.basis, f.period): f.value for f in receipt.accepted}
    assert got == pytest.approx(clean_values()) and not [f for f in receipt.faults if f.severity in ("refuse", "confirm")]


def test_a_record_keeps_checks_and_fields_and_is_said_in_any_language(office: tuple[str, Base], tmp_path: Path):
    _, base = office
    book = openpyxl.load_workbook(base.declared)
    book.worksheets[0]["E8"].value = 470.25
    book.save(tmp_path / "z.xlsx")
    receipt = ingest([tmp_path / "z.xlsx"], UNIT, received=RECEIVED)[0]
    record = next(item for item in store.records(UNIT) if item.number == receipt.number)
    assert record.faults == receipt.faults
    unusual = next(item for item in record.faults if item.check == "value_unusual")
    assert said(unusual.found, "vi") == "470,25 tỷ đồng" and said(unusual.found, "en") == "470.25 billion đồng"


def test_every_kind_of_field_survives_the_record():
    fields = {
        "value": Amount(-0.5), "day": dt.date(2025, 9, 30), "measure": InMeasure("tỷ đồng"), "both": 3,
        "months": listed([Text("month {month}/{year}", month=1, year=2025), "x\ud800"]),
    }  # fmt: skip
    told = fault(
        "file_kind", file="a", found=Text("{value} {measure} {day} {months} {both}", **fields), action=plural("{n} plan", "{n} plans", n=2)
    )
    back = msgspec.json.decode(msgspec.json.encode(told), type=type(told))
    assert back.action == told.action and said(back.action, "en") == "2 plans"
    assert said(back.found, "en") == "−0.5 billion đồng 30 September 2025 month 1/2025, x 3"


def test_a_message_this_version_no_longer_says_is_told_in_the_words_it_was_written_in():
    told = fault("file_kind", file="a", found=Text("{n} words of long ago", n=7))
    back = msgspec.json.decode(msgspec.json.encode(told), type=type(told))
    assert said(back.found, "vi") == "7 words of long ago"


def test_only_what_parses_vietnamese_holds_vietnamese():
    room = PROJECT / "kpi_lib" / "deliveries"
    found = {path.relative_to(room).as_posix() for path in room.rglob("*.py") if VIETNAMESE.search(path.read_text(encoding="utf-8"))}
    assert found == PARSERS
    assert not VIETNAMESE.search(own((room / "checks" / "checks.csv").read_text(encoding="utf-8")))
    assert all(Text(words)[lang] for check in checks().values() for words in (check.rule, check.way_out) for lang in ("vi", "en"))


def test_an_error_of_a_delivery_is_said_in_the_offices_language(office: tuple[str, Base], capsys: pytest.CaptureFixture[str]):
    lang, _ = office
    assert cli.main(["confirm", "77", "--unit", UNIT, "--name", "A", "--reason", "B", "--on", "2024-09-26"]) == cli.REFUSED
    words = capsys.readouterr().err.split(": ", 1)[1]
    assert not foreign(words, lang) and folders.root()
