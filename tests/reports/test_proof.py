"""What a page says is what it holds: every number walked back to a value, and a page that says otherwise is not published."""

from __future__ import annotations

import ast
import datetime as dt
import html
import itertools
import json
import random
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import small_unit
from babel.messages.pofile import read_po
from conftest import monthly, ship, target

import kpi_lib
from kpi_lib.definitions.indicators import INDICATORS, Unit, read_unit
from kpi_lib.figures.observations import read_observations
from kpi_lib.narrative.choices import CHOICES, case_of
from kpi_lib.outlook.values.outlook import of_outlook
from kpi_lib.outlook.verdict import outlooks
from kpi_lib.periods import month_end
from kpi_lib.record.replays import replay
from kpi_lib.record.values.report import of_report
from kpi_lib.reports.export import export_page
from kpi_lib.reports.known import words_of
from kpi_lib.reports.proof import Disagreement, Said, _numbers, faults_of, own_words, prove, said_on, says
from kpi_lib.reports.publish import publish
from kpi_lib.reports.sending.share import one_file
from kpi_lib.words.messages import KpiError, Named
from kpi_lib.words.values import named
from tests.small_unit import FIGURES, TARGETS

pytestmark = pytest.mark.slow
report = small_unit.report
PAGE = (
    """<meta http-equiv="Content-Security-Policy" content="default-src 'none'"><title>Trang</title>"""
    '<main><p class="lead">Cả năm <b><data value="413.04" data-of="x.median">413,0 tỷ đồng</data></b>.</p></main><footer></footer>'
)


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
        ("Cả năm ", "Cả năm 97,5% của "),  # a number bound to nothing
        ('value="413.04"', 'value="nan"'),
    ],
)
def test_a_page_that_disagrees_is_refused(before: str, after: str):
    assert list(faults_of("p", PAGE, "vi", {"x.median": 413.04})) == []
    with pytest.raises(Disagreement, match="p: "):
        prove({"p": PAGE.replace(before, after)}, "vi", {"x.median": 413.04})


def test_a_number_that_the_publisher_did_not_reckon_is_refused_wherever_it_stands():
    other = PAGE.replace("413.04", "413.02")
    assert prove({"a": PAGE}, "vi", {"x.median": 413.04, "x.low80": 4.0}) == {"x.median": 413.04}
    with pytest.raises(Disagreement, match=r"b: x\.median = 413\.02 here, 413\.04 as the publisher reckons it"):
        prove({"a": PAGE, "b": other}, "vi", {"x.median": 413.04})
    with pytest.raises(Disagreement, match=r"a: x\.median = 413\.04 \('413,0 tỷ đồng'\) is bound to nothing that the publisher reckoned"):
        prove({"a": PAGE}, "vi", {})


@pytest.mark.parametrize("lost", ["default-src 'none'", "<title>Trang</title>", "<main>", "<footer>"])
@pytest.mark.parametrize("answered", [False, True])
def test_a_page_without_what_every_page_has_is_refused_and_nobody_can_answer_for_it(lost: str, answered: bool):
    with pytest.raises(KpiError, match=r"b .*Something foreign") as refused:
        prove({"a": PAGE, "b": PAGE.replace(lost, "<script>1</script>" if answered else "")}, "vi", {"x.median": 413.04})
    assert not isinstance(refused.value, Disagreement)


def test_dates_periods_lines_and_quoted_words_are_no_figures():
    page = '<main><p>(10a) Đến 15/10/2025, 9 tháng, khoảng 80%, năm 2025, <span class="quoted">ô B12, 7 trang</span></p></main>'
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
    ind = replace(INDICATORS["child_malnutrition"], measure=Named(measure))
    words = Named("")
    return Unit("x", words, "ward", "", 0, "", False, (), {ind.id: ind}, {}, (), words, words)


# ---- altered pages -----------------------------------------------------------------------------------------------------------------

_DATA = re.compile(r'<data value="([^"]+)" data-of="([^"]+)">([^<]*)</data>')
_WORD = re.compile(r'<span data-of="([^"]+)" data-value="([^"]+)" data-words="([^"]+)">([^<]*)</span>')


def reckoned(unit: str, as_of: str) -> dict[str, float]:
    """What a publisher would reckon, from the figures alone."""
    place, obs = read_unit(unit), read_observations(unit, as_of=as_of)
    items = outlooks(obs, place, 2025, as_of=as_of)
    return of_report(items, obs, place, replay(obs, place, 2025, as_of=as_of))


def other_number(found: re.Match[str], way: int, values: dict[str, float], rng: random.Random) -> str:
    """A bound number altered: its text, its value, both so that they still agree, or what it is bound to."""
    value, key, text = found.groups()
    tokens = list(re.finditer(r"\d+(?:[.,]\d+)*", text))
    last = tokens[-1].end() - 1
    turned = text[:last] + str((int(text[last]) + rng.randint(1, 9)) % 10) + text[last + 1 :]
    if way == 0:
        return f'<data value="{value}" data-of="{key}">{turned}</data>'
    if way == 1:
        return f'<data value="{float(value) * 1.01 + 0.5:.9g}" data-of="{key}">{text}</data>'
    if way == 2:
        agreed = float(re.search(r"\d+(?:[.,]\d+)*", turned)[0].replace(".", "").replace(",", "."))  # type: ignore[index]
        return f'<data value="{"-" if value.startswith("-") else ""}{agreed:.9g}" data-of="{key}">{turned}</data>'
    other = rng.choice([name for name, reckons in values.items() if f"{reckons:.9g}" != f"{float(value):.9g}"])
    return f'<data value="{value}" data-of="{other}">{text}</data>'


def other_word(found: re.Match[str], way: int, values: dict[str, float], rng: random.Random) -> str:
    """A bound word altered: the word, the case, both so that they still agree, or what it is bound to."""
    key, case, choice, text = (html.unescape(group) for group in found.groups())
    said, at = rng.choice([(n, word["vi"]) for n, word in CHOICES[choice].items() if word["vi"] != text] or [(int(case) + 1, "ngược lại")])
    if way == 3:
        key = rng.choice([name for name, reckons in values.items() if case_of(reckons, choice) != int(case)])
    return f'<span data-of="{key}" data-value="{said if way in (1, 2) else case}" data-words="{html.escape(choice)}">{at if way in (0, 2) else text}</span>'


@pytest.mark.parametrize(("pattern", "alter", "count"), [(_DATA, other_number, 300), (_WORD, other_word, 100)])
def test_every_number_and_every_word_altered_at_random_is_refused(report: Path, pattern: re.Pattern, alter: Callable[..., str], count: int):
    pages = {
        page.name: re.sub(r"(?s)<(script|style|svg)\b.*?</\1>", "", page.read_text(encoding="utf-8")) for page in report.glob("*.html")
    }
    values, rng = reckoned("thu", "2025-10-15"), random.Random(20251015)
    own = words_of(read_unit("thu"), dt.date(2025, 10, 15))
    assert [fault for name, page in pages.items() for fault in faults_of(name, page, "vi", values, own)] == []
    places = [(name, found) for name, page in pages.items() for found in pattern.finditer(page)]
    for (name, found), way in rng.sample(list(itertools.product(places, range(4))), count):
        page, altered = pages[name], alter(found, way, values, rng)
        assert altered != found[0]
        page = page[: found.start()] + altered + page[found.end() :]
        assert list(faults_of(name, page, "vi", values, own)), (name, found[0], altered)


def test_a_number_altered_in_an_executed_notebook_does_not_reach_a_page(report: Path, tmp_path: Path):
    values, own = reckoned("thu", "2025-10-15"), words_of(read_unit("thu"), dt.date(2025, 10, 15))
    source = (report / "notebooks" / "new-enterprises.ipynb").read_text(encoding="utf-8")
    html_cell = re.search(r'<data value=\\"([\d.]+)\\" data-of=\\"new_enterprises\.achieved\\">([\d.,]+)', source)
    chart_cell = re.search(
        r'"label": "future7",\s*"of": "new_enterprises",\s*"share": false,\s*"text": "([\d.,]+)",\s*"value": ([\d.]+)', source
    )
    assert html_cell and chart_cell
    altered = html_cell[0].replace(html_cell[1], "12345").replace(html_cell[2], "12.345")
    drawn = chart_cell[0].replace(f'"value": {chart_cell[2]}', '"value": 54321.0').replace(f'"text": "{chart_cell[1]}"', '"text": "54.321"')
    for before, after in ((html_cell[0], altered), (chart_cell[0], drawn)):
        notebook = tmp_path / "altered.ipynb"
        notebook.write_text(source.replace(before, after), encoding="utf-8")
        export_page(notebook, tmp_path / "altered.html", title="x", interactive=False, narrow=False)
        with pytest.raises(Disagreement, match="as the publisher reckons it"):
            prove({"p": (tmp_path / "altered.html").read_text(encoding="utf-8")}, "vi", values, own)


def test_what_lies_below_its_goal_is_short_of_it_and_what_lies_above_is_over():
    # The words themselves, told apart from the table that page and proof share.
    assert [CHOICES[f"side {comparator}"][case]["vi"] for comparator in (">=", "<=") for case in (-1, 1)] == [
        "thiếu",
        "vượt",
        "thấp hơn",
        "cao hơn",
    ]
    assert [CHOICES[f"side {comparator}"][case]["en"] for comparator in (">=", "<=") for case in (-1, 1)] == [
        "short by", "over by", "below by", "above by",
    ]  # fmt: skip
    assert [CHOICES["rise"][case]["vi"] for case in (-1, 1)] == ["giảm", "tăng"] and CHOICES["rise"][-1]["en"] == "down"
    assert [CHOICES[row][case]["vi"] for row in ("met", "would") for case in (0, 1)] == ["không đạt", "đạt"] * 2
    assert [CHOICES["flips"][case]["vi"] for case in (0, 1)] == ["kết luận không đổi", "kết luận sẽ khác"]


PAGE_ROOMS = ("page", "charts", "narrative")
LITERALS = {
    "Event : from and until lie in , the chance from 0 to 100%.",  # asked of an officer at the desk, on no page
    "Việc : từ ngày và đến ngày phải nằm trong năm , khả năng có từ 0 đến 100%.",
    # levels of intervals, and the number of a guidance in quoted words
    "Dải đậm dần: khoảng 95, 80, 50%. Nét đứt: số giữa.", "Bands, from pale to dark: 95, 80, 50% intervals. Dashed: the median.",
    "thể thức của cấp ủy (Hướng dẫn 36)", "form of the Party committee (Guidance 36)",
}  # fmt: skip


def test_no_fixed_text_of_a_page_holds_a_number_of_its_own():
    """Neither in the code of the rooms that pages are made in, nor in the catalogues."""
    package, texts = Path(kpi_lib.__file__).parent, set()
    for path in (path for room in PAGE_ROOMS for path in (package / room).rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        described = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}  # docstrings
        constants = (node for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str))
        texts |= {node.value for node in constants if id(node) not in described}
    for path in (package / "words" / "locale").rglob("*.po"):
        with path.open("rb") as stream:
            for message in read_po(stream):
                if any(place.split("/")[1] in PAGE_ROOMS for place, _ in message.locations):
                    said = message.string if isinstance(message.string, tuple) else (message.string,)
                    texts |= set(said)
    texts = {re.sub(r"{\w*}", "", text) for text in texts}
    read = {text for text in texts if len(re.findall(r"[^\W\d_]{2,} ", text)) > 1 and not re.search(r'datum|phone|"|\n|{', text)}
    assert len(read) > 300  # texts for readers, not code
    assert {text for text in read if _numbers(text)} == LITERALS


RIVERTOWN = """
level = "city"
population = 310000
name = "City of Rivertown"
illustrative = true
headline = ["permits_issued", "unemployment_rate"]
lines = ["permits_issued", "sales_tax", "unemployment_rate"]
publication_rule = "day 6 of the next month"
reports_to = "City Council"
"""
RIVERTOWN_LINE = """
[[indicator]]
id = "{id}"
number = "{number}"
clause = "{number}"
group = "economy"
name = "{name}"
short = "{name}"
measure = "{measure}"
kind = "{kind}"
frequency = "month"
direction = "{direction}"
decimals = {decimals}
lower = 0.0
{more}
lag_days = 6
stale_after_days = 75
wording = "{name}"
source = "Council plan"
definition = "{name}"
cut_off = "month end"
[indicator.duty]
owner = "Department"
task = "Report"
due = "day 6"
result = "Figures"
responsibility = "Head"
product = "Table"
"""


def test_a_city_with_lines_of_its_own_and_no_hundred_on_its_overview_publishes(make_unit: Callable[..., str], root: Path):
    lines = (("permits_issued", "Permits", "permits", "flow", "higher", 0, "whole = true"), ("sales_tax", "Sales tax", "USD million", "flow", "higher", 1, ""),
             ("unemployment_rate", "Unemployment", "%", "level", "lower", 1, "upper = 99.0\ntypical_change = 0.6"))  # fmt: skip
    names = ("id", "name", "measure", "kind", "direction", "decimals", "more")
    toml = RIVERTOWN + "".join(RIVERTOWN_LINE.format(number=n, **dict(zip(names, line, strict=True))) for n, line in enumerate(lines, 1))
    figures = [
        row
        for year, months in ((2023, 12), (2024, 12), (2025, 9))
        for row in (
            *monthly("permits_issued", year, [79 + (7 * m + 3 * year) % 23 for m in range(months)], measure="permits"),
            *monthly("sales_tax", year, [7.1 + 0.1 * ((5 * m + year) % 9) for m in range(months)], measure="USD million"),
            *level_months("unemployment_rate", year, [4.4 + 0.1 * ((3 * m + year) % 5) for m in range(months)]),
        )
    ]
    goals = [target("permits_issued", 2025, 1080), target("sales_tax", 2025, 91), target("unemployment_rate", 2025, 4.6, comparator="<=")]
    unit = make_unit(figures, targets=goals, unit="rivertown")
    (root / "data" / "raw" / unit / "unit.toml").write_text(toml, encoding="utf-8")
    publication = publish(unit, "2025-10-15", lang="en")
    overview = said_on((publication.folder / "index.html").read_text(encoding="utf-8"))[0]
    assert overview and not any(re.search(r"(?<![\d.,])100(?![\d.,])", one.text) for one in overview)


def level_months(indicator: str, year: int, values: list[float]) -> list[dict[str, object]]:
    """A level at the end of each month, known on day 6 of the next."""
    return [
        {**figure, "basis": "level", "period": str(month_end(year, n))}
        for n, figure in enumerate(monthly(indicator, year, values, measure="%"), 1)
    ]


# ---- texts and values --------------------------------------------------------------------------------------------------------------


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
        (0.4, "dưới 1%", "vi", True),
        (1.4, "under 1%", "en", False),
        (99.7, "trên 99%", "vi", True),
        (8.0, "8/20", "vi", False),
    ],
)
def test_a_text_says_its_value_or_it_does_not(value: float, text: str, lang: str, good: bool):
    assert says(Said("k", value, text), lang) is good


def ship_overview_with_a_number(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A version whose own overview says a number that is nobody's."""
    notebook = root / "notebooks" / "overview.ipynb"
    content = json.loads(notebook.read_text(encoding="utf-8"))
    content["cells"][-1]["source"] = ["'Thu ngân sách đạt 431,7 tỷ đồng'"]
    notebook.write_text(json.dumps(content), encoding="utf-8")
    ship(root, monkeypatch)


def test_a_number_typed_into_a_notebook_stops_the_publication_and_the_old_report_stands(
    report: Path, root: Path, monkeypatch: pytest.MonkeyPatch
):
    before = {path.name: path.read_bytes() for path in report.glob("*.html")}
    ship_overview_with_a_number(root, monkeypatch)
    with pytest.raises(Disagreement, match="431,7"):
        publish("thu", "2025-10-15")
    assert {path.name: path.read_bytes() for path in report.glob("*.html")} == before
    assert not list(report.parent.parent.glob(".staging-*"))


@pytest.mark.usefixtures("report")
def test_somebody_may_answer_for_numbers_that_do_not_agree_and_is_named_on_every_page(root: Path, monkeypatch: pytest.MonkeyPatch):
    ship_overview_with_a_number(root, monkeypatch)
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
