"""What a page says is what it holds: every number walked back to a value, and a page that says otherwise is not published."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
import small_unit
from small_unit import FIGURES, TARGETS

from kpi_lib.indicators import INDICATORS, Text, Unit, read_unit
from kpi_lib.observations import read_observations
from kpi_lib.outlook import outlooks
from kpi_lib.proof import Disagreement, Said, faults_of, own_words, prove, said_on, says
from kpi_lib.publish import publish
from kpi_lib.sharing import one_file
from kpi_lib.values.outlook import of_outlook
from kpi_lib.values.table import named

pytestmark = pytest.mark.slow
report = small_unit.report
PAGE = '<main><p class="lead">Cả năm <b><data value="413.04" data-of="x.median">413,0 tỷ đồng</data></b>.</p></main>'


def test_every_number_of_every_page_is_a_value_of_the_manifest(report: Path):
    manifest = json.loads((report / "manifest.json").read_text(encoding="utf-8"))
    unit = read_unit("thu")
    items = outlooks(read_observations("thu", as_of="2025-10-15"), unit, 2025, as_of="2025-10-15")
    own = named(map(of_outlook, items))
    seen = 0
    for page in report.glob("*.html"):
        said, free = said_on(page.read_text(encoding="utf-8"))
        shown = {token for one in said for token in re.findall(r"\d+(?:[.,]\d+)*", one.text)}
        assert [token for token, _ in free if token not in shown] == [], page.name
        for one in said:
            assert manifest["numbers"][one.key] == pytest.approx(one.value, rel=1e-8), one
            assert says(one, "vi"), one
            if one.key in own:
                assert one.value == pytest.approx(own[one.key], rel=1e-8), one
        seen += len(said)
    assert seen > 150


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("413,0 tỷ", "431,0 tỷ"),  # the text disagrees with its value
        ('value="413.04"', 'value="431.04"'),  # the value with the manifest, and with its text
        ("Cả năm ", "Cả năm 97,5 % của "),  # a number bound to nothing
        ('value="413.04"', 'value="nan"'),
    ],
)
def test_a_page_that_disagrees_is_refused(before: str, after: str):
    assert list(faults_of("p", PAGE, "vi", {"x.median": 413.04})) == []
    with pytest.raises(Disagreement, match="p: "):
        prove({"p": PAGE.replace(before, after)}, "vi", {"x.median": 413.04})


def test_two_pages_may_not_say_two_values_of_one_number():
    other = PAGE.replace("413.04", "413.02")
    assert prove({"a": PAGE}, "vi", {"x.median": 413.04}) == {"x.median": 413.04}
    with pytest.raises(Disagreement, match=r"b: x\.median"):
        prove({"a": PAGE, "b": other}, "vi", {"x.median": 413.04})


def test_dates_periods_lines_and_quoted_words_are_no_figures():
    page = '<main><p>(10a) Đến 15/10/2025, 9 tháng, khoảng 80 %, năm 2025, <span class="quoted">ô B12, 7 trang</span></p></main>'
    assert list(faults_of("p", page, "vi", {})) == []
    assert list(faults_of("p", page.replace("ô B12", '</span>12<span class="quoted">'), "vi", {}))


def test_the_units_own_words_may_hold_numbers_and_their_neighbours_may_not():
    words = own_words(read_unit_with("ca/1.000 trẻ dưới 5 tuổi"))
    page = '<main><p><data value="12.4" data-of="x.median">12,4 ca/1.000 trẻ dưới 5 tuổi</data> (ca/1.000 trẻ dưới 5 tuổi)</p></main>'
    own = {"x.median": 12.4}
    assert list(faults_of("p", page, "vi", own, words)) == []
    assert len(list(faults_of("p", page, "vi", own))) == 1  # without the words the bound text holds three numbers, the free ones repeat it
    assert list(faults_of("p", page.replace("(ca", "(7 ca"), "vi", own, words))
    assert list(faults_of("p", PAGE, "vi", {"x.median": 413.04}, {"4", "413", "413,0"})) == []  # a line's number is no word of its own


def read_unit_with(measure: str) -> Unit:
    """Any unit, one of whose indicators is measured so."""
    ind = replace(INDICATORS["child_malnutrition"], measure=Text(measure, measure))
    words = Text("", "")
    return Unit("x", words, "ward", "", 0, "", False, (), {ind.id: ind}, {}, (), words, words)


@pytest.mark.parametrize(
    ("value", "text", "lang", "good"),
    [
        (54.46, "54,5 tỷ đồng", "vi", True),
        (54.46, "54.5 billion", "en", True),
        (1253.0, "1.253 lượt", "vi", True),
        (1253.0, "1,253 placements", "en", True),
        (-2.43, "−2,4", "vi", True),
        (-2.43, "2,4 điểm %", "vi", True),
        (-2.43, "+2,4", "vi", False),
        (2.43, "−2,4", "vi", False),
        (2.46, "2,4", "vi", False),
        (0.4, "dưới 1 %", "vi", True),
        (1.4, "under 1 %", "en", False),
        (99.7, "trên 99 %", "vi", True),
        (8.0, "8/20", "vi", False),
    ],
)
def test_a_text_says_its_value_or_it_does_not(value: float, text: str, lang: str, good: bool):
    assert says(Said("k", value, text), lang) is good


def test_a_number_typed_into_a_notebook_stops_the_publication_and_the_old_report_stands(report: Path, root: Path):
    before = {path.name: path.read_bytes() for path in report.glob("*.html")}
    notebook = root / "notebooks" / "overview.ipynb"
    content = json.loads(notebook.read_text(encoding="utf-8"))
    content["cells"][-1]["source"] = ["'Thu ngân sách đạt 431,7 tỷ đồng'"]
    notebook.write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(Disagreement, match="431,7"):
        publish("thu", "2025-10-15")
    assert {path.name: path.read_bytes() for path in report.glob("*.html")} == before
    assert not list(report.parent.parent.glob(".staging-*"))


@pytest.mark.usefixtures("report")
def test_somebody_may_answer_for_numbers_that_do_not_agree_and_is_named_on_every_page(root: Path):
    notebook = root / "notebooks" / "overview.ipynb"
    content = json.loads(notebook.read_text(encoding="utf-8"))
    content["cells"][-1]["source"] = ["'Thu ngân sách đạt 431,7 tỷ đồng'"]
    notebook.write_text(json.dumps(content), encoding="utf-8")
    publication = publish("thu", "2025-10-15", override="Nguyễn Văn An")
    manifest = json.loads((publication.folder / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["override"]["name"] == "Nguyễn Văn An" and any("431,7" in fault for fault in manifest["override"]["faults"])
    assert any("431,7" in warning for warning in publication.warnings)
    for page in publication.pages:
        assert "<dt>Công bố dù con số chưa khớp, người chịu trách nhiệm</dt><dd>Nguyễn Văn An</dd>" in page.read_text(encoding="utf-8")
    assert "--override" in str(Disagreement(["x"]))


def test_documents_and_sources_may_hold_numbers_wherever_they_are_named(make_unit):
    plans = [
        {"indicator": "new_enterprises", "year": 2025, "value": value, "measure": "doanh nghiệp", "version": "adopted", "document": document,
         "adopted": day, "source": "Công báo số 77+78"}
        for value, document, day in ((110, "Quyết định 145/QĐ-UBND", "2025-01-05"), (120, "Quyết định 1.377/QĐ-UBND", "2025-09-20"))
    ]  # fmt: skip
    figures = [{**figure, "source": "Báo cáo 412/BC-TK, biểu 3.2", "note": "trang 17, dòng 41"} for figure in FIGURES]
    unit = make_unit(figures, targets=[{**goal, "document": "Nghị quyết 09-NQ/ĐU, mục 2.4"} for goal in TARGETS], plans=plans)
    publish(unit, "2025-09-10")
    publication = publish(unit, "2025-10-15")
    assert "1.377/QĐ-UBND" in (publication.folder / "index.html").read_text(encoding="utf-8")
    assert one_file(unit, "2025-10-15").exists()


def test_the_one_file_holds_every_page_and_every_number(report: Path):
    manifest = json.loads((report / "manifest.json").read_text(encoding="utf-8"))
    made = one_file("thu", "2025-10-15")
    text = made.read_text(encoding="utf-8")
    assert re.findall(r'<section class="leaf" id="([^"]+)"', text) == [page["name"] for page in manifest["pages"]]
    pages = [said_on(page.read_text(encoding="utf-8"))[0] for page in report.glob("*.html")]
    assert {(one.key, one.value) for one in said_on(text)[0]} == {(one.key, one.value) for said in pages for one in said}
    assert not re.search(r'href="[a-z-]+\.html"', text), "a link leads out of the file"
    assert len(re.findall('id="vega"', text)) == 1
    assert one_file("thu", "2025-10-15").read_bytes() == made.read_bytes() and made.stat().st_size < 2_000_000
