"""Messages are data: every language says every one of them, and a language is one file."""

from __future__ import annotations

import ast
import datetime as dt
from pathlib import Path

import pytest

from benchmarks import messages as tool
from kpi_lib import cli
from kpi_lib import narrative as nr
from kpi_lib.definitions.indicators import INDICATORS, read_unit
from kpi_lib.figures.observations import read_observations
from kpi_lib.outlook.verdict import outlook_for
from kpi_lib.words import messages
from kpi_lib.words.messages import KpiError, Listed, Named, Text, in_context, listed, plural, say


@pytest.mark.parametrize("lang", [lang for lang in messages.languages() if lang != messages.SOURCE])
def test_a_catalogue_says_every_message_of_the_code_and_nothing_else(lang: str):
    assert list(tool.faults(tool.read(lang), tool.template())) == [], "run: python benchmarks/messages.py, then translate what it lists"


@pytest.mark.parametrize("lang", [lang for lang in messages.languages() if lang != messages.SOURCE])
def test_a_catalogue_is_kept_as_the_tool_writes_it(lang: str, tmp_path: Path):
    tool.write(tool.read(lang), lang, tmp_path)
    files = [folder / lang / "LC_MESSAGES" / "kpi.po" for folder in (messages.LOCALE, tmp_path)]
    assert files[0].read_bytes() == files[1].read_bytes()


@pytest.fixture
def real_units(monkeypatch: pytest.MonkeyPatch) -> None:
    """The units of this checkout instead of made-up ones."""
    monkeypatch.setenv("KPI_ROOT", str(Path(__file__).resolve().parents[2]))


def test_a_third_language_is_one_file(lao: Path):
    assert messages.languages() == ("lo", "vi", "en") and lao.exists()
    assert list(tool.faults(tool.read("lo", lao.parents[2]), tool.template())) == []
    error = KpiError(
        "{where}: language = {found}; one of {languages}", where=Named(vi="tệp", lo="file"), found=dt.date(2025, 1, 2), languages="x"
    )
    assert error["lo"] == "«file: language = 2 ມັງກອນ 2025; one of x»"
    assert str(error) == "tệp: language = 2 January 2025; one of x"


def test_a_message_that_a_language_lacks_is_an_error_and_never_another_language(lao: Path):
    lao.write_text(lao.read_text(encoding="utf-8").replace("one of {languages}»", "»"), encoding="utf-8")
    assert any("other fields" in fault for fault in tool.faults(tool.read("lo", lao.parents[2]), tool.template()))
    for message in (Text("never written"), plural("one", "more", n=2), in_context("nowhere", "never written")):
        with pytest.raises(LookupError, match="lo: the catalogue lacks"):
            message["lo"]
    with pytest.raises(KpiError, match="lang = 'km': only lo, vi, en"):
        Text("never written")["km"]


def test_a_message_without_its_field_cannot_be_said():
    with pytest.raises(KeyError):
        Text("{done} of {total}", done=1)["en"]


def test_fields_are_said_in_the_language_of_the_message():
    day = dt.date(2025, 10, 5)
    assert say("{a}", "en", a=listed([Named(vi="hộ", en="households"), day, 2025], "; ")) == "households; 5 October 2025; 2025"
    assert Listed((Named(vi="hộ", en="households"), day))["vi"] == "hộ, 05/10/2025"


def test_messages_are_values():
    assert Text("{n} months", n=3) == Text("{n} months", n=3) != Text("{n} months", n=4)
    assert len({Text("a"), Text("a"), in_context("x", "a")}) == 2


def test_a_unit_that_names_no_language_speaks_vietnamese():
    assert read_unit("quang-ninh").lang == "vi"


def test_a_language_without_a_catalogue_is_refused_in_every_language_that_has_one():
    from kpi_lib.definitions.indicators import _language

    with pytest.raises(KpiError) as refused:
        _language({"language": "km"}, "x/unit.toml")
    there = ", ".join(messages.languages())
    assert refused.value["vi"] == f"x/unit.toml: language = 'km'; chỉ có {there}" and str(refused.value).endswith(f"one of {there}")


# They read Vietnamese, but for two notes about figures that are kept with the figures.
VIETNAMESE_STANDS_IN = {
    "definitions/columns.py",  # yes and no as delivered tables write them
    "definitions/measures.py",  # spellings of units of measure
    "definitions/targets.py",  # what a cell says where there is no document
    "deliveries/files/encodings.py",
    "definitions/starting.py",  # names of units made into names of folders
    "deliveries/target_sheet.py",  # tables of resolutions
    "deliveries/tables/dates.py",
    "deliveries/tables/layout.py",
    "deliveries/tables/stated.py",
    "deliveries/tables/numbers.py",
    "deliveries/tables/reader.py",
    "deliveries/tables/recipes.py",
    "deliveries/tables/tidy.py",
    "figures/boundaries.py",  # the note of a rebuilt figure
    "reports/proof.py",  # dates as pages write them
}


def spoken(file: Path) -> list[str]:
    """Texts in a file with a Vietnamese letter in them, docstrings left out."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef)
    told = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, documented) and node.body and isinstance(node.body[0], ast.Expr)
    }
    texts = [node for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in told]
    return [node.value for node in texts if tool.VIETNAMESE.search(node.value)]


def test_vietnamese_stands_in_its_catalogue_and_not_in_the_code():
    found = {file.relative_to(tool.PACKAGE).as_posix() for file in tool.PACKAGE.rglob("*.py") if spoken(file)}
    assert found == VIETNAMESE_STANDS_IN


def test_what_is_said_is_a_message_and_not_put_together_in_the_code():
    found = [
        f"{file.name}:{node.lineno}"
        for file in tool.PACKAGE.rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if tool._maker(node) in tool.MAKERS - {"in_context"} and node.args and isinstance(node.args[0], ast.JoinedStr | ast.BinOp)  # type: ignore[attr-defined]
    ]
    assert found == []


def test_every_line_of_the_catalogue_is_named_in_a_third_language(lao: Path):
    assert lao.exists()
    assert {ind.short["lo"] for ind in INDICATORS.values()} == {f"«{ind.short['en']}»" for ind in INDICATORS.values()}
    assert INDICATORS["new_enterprises"].measure["lo"] == "«enterprises»"


@pytest.mark.usefixtures("real_units")
def test_the_console_speaks_the_language_it_is_asked_for_and_no_other(capsys: pytest.CaptureFixture[str], lao: Path):
    assert lao.exists()
    told = {}
    for lang in ("vi", "en", "lo"):
        assert cli.main(["--lang", lang, "check", "--unit", "viet-nam"]) == cli.PUBLISHED
        assert cli.main(["check", "--unit", "nowhere", "--lang", lang]) == cli.REFUSED
        told[lang] = "".join(capsys.readouterr())
    assert not tool.VIETNAMESE.search(told["en"]) and "figures" in told["en"] and "There is no unit 'nowhere'" in told["en"]
    assert "số liệu" in told["vi"] and "Không có đơn vị" in told["vi"] and "figures" not in told["vi"]
    assert told["lo"].startswith("«viet-nam: ") and "«Refused»: «There is no unit 'nowhere'" in told["lo"]


@pytest.mark.usefixtures("real_units")
def test_a_verdict_is_said_in_a_third_language(lao: Path):
    assert lao.exists()
    item = outlook_for(
        read_observations("quang-ninh", as_of="2025-10-15"),
        read_unit("quang-ninh"),
        INDICATORS["new_enterprises"],
        2025,
        as_of="2025-10-15",
    )
    said = nr.outlook_sentence(item, "lo").text
    assert said.startswith("«Newly registered enterprises»: ««over 6 months» «1.150 «enterprises»» (estimate)")
    assert "«The latest figure is of 30 ມິຖຸນາ 2025, 107 days ago.»" in said and not tool.VIETNAMESE.search(said)
