"""Draft reports as Word documents: the right form for each level, properties and language, templates of an office, made-up figures marked."""

from __future__ import annotations

import datetime as dt
import re
import shutil
import subprocess
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import docx
import pytest
from conftest import write_unit
from docx.table import Table
from docx.text.paragraph import Paragraph

from benchmarks import forms as made_by
from kpi_lib.definitions import folders
from kpi_lib.definitions.forms import FORMS, forms_of
from kpi_lib.definitions.indicators import read_unit
from kpi_lib.figures.observations import read_observations
from kpi_lib.outlook.verdict import Outlook, outlooks
from kpi_lib.page.draft import draft, draft_report
from kpi_lib.reports import word
from kpi_lib.words.messages import KpiError, Named
from kpi_lib.words.system import MachineFault
from tests.once import project
from tests.small_unit import FIGURES, TARGETS

AS_OF = "2025-10-05"
W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
PARTY = "ĐẢNG CỘNG SẢN VIỆT NAM"
STATE = "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"


@pytest.fixture(scope="module")
def reckoned(tmp_path_factory: pytest.TempPathFactory) -> list[Outlook]:
    """The outlooks of the small unit."""
    root = tmp_path_factory.mktemp("reckoned")
    with project(root):
        unit = write_unit(root, FIGURES, targets=TARGETS)
        return outlooks(read_observations(unit, as_of=AS_OF), read_unit(unit), 2025, as_of=AS_OF)


@pytest.fixture
def place(make_unit: Callable[..., str], reckoned: list[Outlook]) -> Callable[..., list[Outlook]]:
    """The same outlooks in a unit of some name and level."""

    def make(name: str = "Xã Lộc An", level: str = "commune", *, toml: str = "", unit: str = "thu") -> list[Outlook]:
        make_unit([], unit=unit, toml=toml)
        named = replace(read_unit(unit), name=Named(vi=name, en="Test place"), level=level)
        return [replace(item, projection=replace(item.projection, unit=named)) for item in reckoned]

    return make


def written(items: list[Outlook], folder: Path, skin: str = "state", lang: str = "") -> Path:
    return word.write(draft(items, items[0].projection.unit, skin=skin, lang=lang), items, folder / f"{skin}{lang}.docx")


def text_of(path: Path) -> str:
    document, found = docx.Document(str(path)), []
    for block in document.element.body:
        if block.tag == f"{W}p":
            found.append(Paragraph(block, document).text)
        elif block.tag == f"{W}tbl":
            found += [cell.text for row in Table(block, document).rows for cell in row.cells]
    return "\n".join(found)


def own_template(unit: str, name: str, *paragraphs: str) -> Path:
    """A template which an office put into its folder."""
    document = docx.Document()
    for text in paragraphs:
        document.add_paragraph(text)
    file = folders.raw(unit) / "forms" / f"{name}.docx"
    file.parent.mkdir(exist_ok=True)
    document.save(str(file))
    return file


# ---- the form of each level --------------------------------------------------------------------------------------------------------

LEVELS = [
    (
        "Xã Lộc An",
        "commune",
        "state",
        [STATE, "ỦY BAN NHÂN DÂN\nXÃ LỘC AN", "/BC-UBND", "Lộc An, ngày 05 tháng 10 năm 2025", "CHỦ TỊCH", "Lưu: VT."],
    ),
    ("Phường 12", "ward", "state", ["ỦY BAN NHÂN DÂN\nPHƯỜNG 12", "Phường 12, ngày 05"]),
    ("Đặc khu Cô Tô", "special_zone", "state", ["ỦY BAN NHÂN DÂN\nĐẶC KHU CÔ TÔ", "Cô Tô, ngày"]),
    ("Tỉnh Lào Cai", "province", "state", ["ỦY BAN NHÂN DÂN\nTỈNH LÀO CAI", "Lào Cai, ngày", "/BC-UBND"]),
    ("Thành phố Đà Nẵng", "city", "state", ["ỦY BAN NHÂN DÂN\nTHÀNH PHỐ ĐÀ NẴNG", "Đà Nẵng, ngày"]),
    (
        "Xã Lộc An",
        "commune",
        "party",
        [PARTY, "ĐẢNG BỘ", "ĐẢNG ỦY XÃ LỘC AN", "-BC/ĐU", "T/M BAN THƯỜNG VỤ", "BÍ THƯ", "Lưu Văn phòng Đảng ủy."],
    ),
    ("Tỉnh Lào Cai", "province", "party", [PARTY, "TỈNH ỦY LÀO CAI\n*\nSố        -BC/TU", "T/M BAN THƯỜNG VỤ", "Lưu Văn phòng Tỉnh ủy."]),
    ("Thành phố Đà Nẵng", "city", "party", ["THÀNH ỦY ĐÀ NẴNG\n*", "-BC/TU", "Lưu Văn phòng Thành ủy."]),
]


@pytest.mark.parametrize(("name", "level", "skin", "lines"), LEVELS)
def test_each_level_has_the_words_of_its_form(place, tmp_path: Path, name: str, level: str, skin: str, lines: list[str]):
    text = text_of(written(place(name, level), tmp_path, skin))
    assert [line for line in lines if line not in text] == []
    assert "CẤP TRÊN TRỰC TIẾP" not in text
    assert (STATE in text, PARTY in text) == (skin == "state", skin == "party")
    if level in ("province", "city"):
        assert not re.search("ĐẢNG BỘ|ĐẢNG ỦY|Đảng ủy|/ĐU", text)


@pytest.mark.parametrize("level", ["country", "canton"])
@pytest.mark.parametrize("skin", ["state", "party"])
def test_a_country_and_a_level_nobody_knows_have_a_plain_form(place, tmp_path: Path, level: str, skin: str):
    items = place("Lào", level)
    text = text_of(written(items, tmp_path, skin))
    assert text.startswith("LÀO") and "BÁO CÁO" in text and "Kính gửi: Ban Thường vụ" in text
    assert not re.search("ỦY BAN NHÂN DÂN|UBND|ĐẢNG|CỘNG HÒA|CHỦ TỊCH|BÍ THƯ|Nơi nhận", text)
    assert [form.skin for form in forms_of(items[0].projection.unit, "vi")] == ["plain"]


def test_a_unit_of_another_language_has_a_plain_form_whatever_its_level(place):
    unit = place("River Town", "city", toml='language = "en"')[0].projection.unit
    assert [form.skin for form in forms_of(unit, "en")] == ["plain"] == [form.skin for form in forms_of(unit, "vi")]


def test_an_english_report_has_a_plain_english_document(place, tmp_path: Path):
    items = place("Xã Lộc An", "commune")
    unit, file = items[0].projection.unit, "report-thu-2025-10-05.docx"
    path = written(items, tmp_path, "state", "en")
    text = text_of(path)
    assert "TEST PLACE" in text and "REPORT" in text and "To: Standing Committee" in text and "I. Results" in text
    assert not re.search("[ăđơưạảấầẩậắếềểệịọỏốồổộớờởợụủứừửữự]", re.sub(r"đồng|NQ thử", "", text))
    assert docx.Document(str(path)).core_properties.language == "en-GB"
    assert file in str(draft_report(items, unit, "en")._repr_html_()) and "ubnd" not in str(draft_report(items, unit, "en")._repr_html_())


def test_the_party_of_a_ward_stands_below_that_of_its_province(place, make_unit, tmp_path: Path):
    above(make_unit, "Tỉnh Lào Cai", "province")
    text = text_of(written(place("Phường Sa Pa", "ward", toml='parent = "tinh"'), tmp_path, "party"))
    assert "ĐẢNG BỘ TỈNH LÀO CAI\nĐẢNG ỦY PHƯỜNG SA PA\n*" in text and "Ban Thường vụ Tỉnh ủy" in text
    above(make_unit, "Thành phố Đà Nẵng", "city")
    assert "- Ban Thường vụ Thành ủy" in text_of(written(place("Phường Hải Châu", "ward", toml='parent = "tinh"'), tmp_path, "party"))


def above(make_unit: Callable[..., str], name: str, level: str) -> None:
    """A unit above, with a folder of its own."""
    make_unit([], unit="tinh")
    file = folders.raw("tinh") / "unit.toml"
    text = file.read_text(encoding="utf-8").replace('level = "ward"', f'level = "{level}"').replace("Phường Thử", name)
    file.write_text(text, encoding="utf-8")


def test_a_place_named_after_a_person_stands_before_the_date_as_its_unit_says(place, tmp_path: Path):
    text = text_of(written(place("Phường Trần Phú", "ward", toml='place = "Phường Trần Phú"'), tmp_path))
    assert "Phường Trần Phú, ngày 05 tháng 10 năm 2025" in text


# ---- what stands in every document ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", FORMS, ids=[form.template for form in FORMS])
def test_sheets_letters_and_page_numbers_are_those_of_the_rules(form):
    document = docx.Document(str(word.FORMS / f"{form.template}.docx"))
    first, annex = document.sections
    assert (
        (round(first.page_width.mm), round(first.page_height.mm)) == (210, 297) == (round(annex.page_height.mm), round(annex.page_width.mm))
    )
    for section in (first, annex):
        assert 20 <= section.top_margin.mm <= 25.1 and 20 <= section.bottom_margin.mm <= 25.1
        assert 30 <= section.left_margin.mm <= 35 and 15 <= section.right_margin.mm <= 20.1
    fonts = {found.get(f"{W}ascii") for found in document.styles.element.iter(f"{W}rFonts")}
    assert fonts == {"Times New Roman"} and document.styles["Normal"].font.size.pt == 14
    number = first.header.paragraphs[0]
    assert "PAGE" in number._p.xml and number.alignment == 1 and first.different_first_page_header_footer
    assert "PAGE" not in first.first_page_header._element.xml
    body = document.styles["Body Text"].paragraph_format
    assert body.alignment == 3 and 9.9 <= body.first_line_indent.mm <= 12.7 and body.space_after.pt >= 6


ORDER = [
    "pStyle",
    "keepNext",
    "keepLines",
    "pageBreakBefore",
    "widowControl",
    "numPr",
    "pBdr",
    "shd",
    "tabs",
    "spacing",
    "ind",
    "contextualSpacing",
    "jc",
    "outlineLvl",
    "rPr",
    "sectPr",
]


def test_paragraphs_say_how_they_stand_in_the_order_that_word_reads(place, tmp_path: Path):
    items = place("Tỉnh Lào Cai", "province", toml="illustrative = true")
    for skin in ("state", "party", "plain"):
        document = docx.Document(str(written(items, tmp_path, skin)))
        for manner in document.element.iter(f"{W}pPr"):
            found = [ORDER.index(each.tag.removeprefix(W)) for each in manner]
            assert found == sorted(found), [each.tag for each in manner]


def test_the_templates_are_those_of_the_table():
    for name, content in made_by.templates().items():
        made, kept = (text_and_styles(each) for each in (content, (word.FORMS / name).read_bytes()))
        assert made == kept, f"{name}: run python benchmarks/forms.py"


def text_and_styles(content: bytes) -> list[str]:
    import io

    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        return [packed.read(f"word/{part}.xml").decode() for part in ("document", "styles", "header1")]


def test_properties_and_language_are_the_units_own(place, tmp_path: Path):
    path = written(place(), tmp_path)
    facts = docx.Document(str(path)).core_properties
    assert (
        facts.title == "Kết quả thực hiện các chỉ tiêu năm 2025 và dự báo cả năm" and facts.author == "Xã Lộc An" == facts.last_modified_by
    )
    assert facts.created.date() == facts.modified.date() == dt.date(2025, 10, 5) and facts.language == "vi-VN"
    with zipfile.ZipFile(path) as packed:
        parts = {name: packed.read(name).decode() for name in packed.namelist() if name.endswith(".xml")}
    assert re.findall(r'<w:lang w:val="([^"]*)"', parts["word/styles.xml"]) == ["vi-VN"]
    assert not re.search("python-docx|en-US", parts["docProps/core.xml"] + parts["word/document.xml"] + parts["word/styles.xml"])
    assert "thumbnail" not in "".join(zipfile.ZipFile(path).namelist())


def test_a_document_is_written_twice_in_the_same_bytes(place, tmp_path: Path):
    items = place("Tỉnh Lào Cai", "province", toml="illustrative = true")
    for skin in ("state", "party"):
        assert written(items, tmp_path, skin).read_bytes() == written(items, tmp_path / "again", skin).read_bytes()


@pytest.mark.parametrize("own", [False, True])
def test_made_up_figures_are_marked_at_the_head_of_page_one_whatever_the_template(place, tmp_path: Path, own: bool):
    items = place("Xã Lộc An", "commune", toml="illustrative = true")
    if own:
        own_template("thu", "state", "{{ about }}")
    document = docx.Document(str(written(items, tmp_path)))
    head = document.element.body[0]
    assert "SỐ LIỆU MINH HỌA" in Paragraph(head, document).text and head.find(f".//{W}pBdr") is not None
    assert max(run.font.size.pt for run in Paragraph(head, document).runs) >= 16
    for footer in (document.sections[0].first_page_footer, document.sections[0].footer, document.sections[-1].footer):
        assert footer.paragraphs[0].text == "SỐ LIỆU MINH HỌA"
    assert "MINH HỌA" not in text_of(written(place(), tmp_path / "real"))


# ---- templates of an office ---------------------------------------------------------------------------------------------------------


def test_an_office_edits_its_own_template(place, tmp_path: Path):
    items = place()
    file = folders.raw("thu") / "forms" / "state.docx"
    file.parent.mkdir()
    document = docx.Document(str(word.FORMS / "state.docx"))
    for paragraph in document.tables[0].cell(0, 1).paragraphs:
        if "{{ place }}" in paragraph.text:
            paragraph.runs[0].text = "{{ pl"  # Word cuts a tag it has marked into runs
            paragraph.add_run("ace }} (trụ sở), {{ day }}")
    document.save(str(file))
    assert "Lộc An (trụ sở), ngày 05 tháng 10 năm 2025" in text_of(written(items, tmp_path))
    assert "(trụ sở)" not in text_of(written(place("Xã Lộc Sơn", unit="khac"), tmp_path))


def test_an_office_of_another_country_has_its_own_plain_form(place, tmp_path: Path):
    items = place("River Town", "city", toml='language = "en"')
    own_template("thu", "plain", "River Town Council", "{%p for section in sections %}", "{{ section.heading }}", "{%p endfor %}")
    assert text_of(written(items, tmp_path)).splitlines()[:2] == ["River Town Council", "I. Results"]


ATTACKS = [
    "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "{{ cycler.__init__.__globals__.os.popen('touch hacked').read() }}",
    "{{ self.__init__.__globals__ }}",
    "{{ unit.__class__ }}",
    "{{ unit.format(unit) }}",
    "{{ unit|attr('__class__') }}",
    "{% set x = sections.append(1) %}",
    "{% include '/etc/passwd' %}",
    "{{ unit * 999999999 }}",
    "{{ '%999999999d' % 1 }}",
    "{{ unit.ljust(999999999) }}",
    "{{ unit|center(999999999) }}",
    "{% for n in range(999999999) %}{% endfor %}",
    "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
]


@pytest.mark.parametrize("attack", ATTACKS)
@pytest.mark.parametrize("where", ["body", "header", "property"])
def test_a_template_runs_no_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, attack: str, where: str):
    monkeypatch.chdir(tmp_path)
    file, document = tmp_path / "forms" / "state.docx", docx.Document()
    if where == "body":
        document.add_paragraph(attack)
    elif where == "header":
        document.sections[0].header.paragraphs[0].text = attack
    else:
        document.core_properties.subject = attack
    file.parent.mkdir()
    document.save(str(file))
    with pytest.raises(KpiError, match=r"forms/state\.docx"):
        word.filled(file, {"unit": "x", "sections": [{"heading": "y"}]})
    assert not (tmp_path / "hacked").exists()


@pytest.mark.parametrize(
    ("paragraphs", "told"),
    [
        (["{{ uint }}"], "uint"),
        (["{{ annex.titel }}"], "titel"),
        (["{{ unit "], r"\{\{ unit"),
        (["{% for s in sections %}", "{{ s.heading }}"], "endfor"),
        (["{{ sections + 1 }}"], "list"),
    ],
)
def test_a_template_that_cannot_be_filled_names_file_tag_and_way_out(make_unit, paragraphs: list[str], told: str):
    file = own_template(make_unit([]), "state", *paragraphs)
    with pytest.raises(KpiError, match=rf"(?s)forms/state\.docx: .*{told}.*The tags are .*unit.*delete it"):
        word.filled(file, {"unit": "x", "sections": [{"heading": "y"}], "annex": {}})


def test_a_tag_that_tears_the_document_is_refused_instead_of_mended(make_unit):
    file = own_template(make_unit([]), "state", "{% if not unit %}")
    document = docx.Document(str(file))
    document.add_table(1, 1).cell(0, 0).text = "{% endif %}"
    document.save(str(file))
    with pytest.raises(KpiError, match=r"forms/state\.docx"):
        word.filled(file, {"unit": "x"})


def test_a_file_that_is_no_word_document_is_refused_by_name(place, tmp_path: Path):
    items = place()
    file = own_template("thu", "state")
    file.write_bytes(b"no zip")
    with pytest.raises(KpiError, match=r"forms/state\.docx"):
        written(items, tmp_path)
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("word/document.xml", b" " * (word.MOST_BYTES + 1))
    with pytest.raises(KpiError, match=r"forms/state\.docx"):
        written(items, tmp_path)


def test_what_a_unit_writes_is_words_in_a_document_and_no_tag(place, tmp_path: Path):
    items = place("Xã {{ 7*7 }} <w:p> & {% if %}", "commune")
    assert "XÃ {{ 7*7 }} <W:P> & {% IF %}" in text_of(written(items, tmp_path))
    long = "Xã " + "rất dài " * 50
    assert long.upper().strip() in text_of(written(place(long), tmp_path))  # longer than a property of a document may be


def test_libreoffice_opens_the_documents(place, tmp_path: Path):
    office = shutil.which("soffice")
    if not office:
        pytest.skip("no LibreOffice on this machine: the document is only read back, not opened")
    path = written(place(), tmp_path, "party")
    profile = f"-env:UserInstallation=file://{tmp_path}/profile"
    subprocess.run(
        [office, profile, "--headless", "--convert-to", "pdf", "--outdir", str(tmp_path), str(path)],
        check=True,
        capture_output=True,
        timeout=180,
    )
    assert path.with_suffix(".pdf").stat().st_size > 20_000


@pytest.mark.parametrize("skin", ["state", "party", "plain"])
def test_a_document_that_may_not_be_written_is_a_fault_of_the_machine_not_of_what_was_handed_in(
    place: Callable[..., list[Outlook]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, skin: str
):
    items = place()
    monkeypatch.setattr(Path, "write_bytes", lambda self, _: (_ for _ in ()).throw(PermissionError(13, "Permission denied", str(self))))
    with pytest.raises(MachineFault, match=rf"{skin}\.docx: cannot be written, it may be open in Word"):
        written(items, tmp_path, skin)
