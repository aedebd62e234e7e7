"""Pieces of a page: written by templates alone, escaped, one cell like another."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import jinja2
import pytest

from kpi_lib import words
from kpi_lib.page.markup import NUMBER, Heading, Html, folded, piece, plain, small, table
from kpi_lib.reports.safe_html import TAGS
from kpi_lib.words import Values
from kpi_lib.words.html import PACKAGE
from kpi_lib.words.messages import Named

VALUES = Values("x", {"median": 1234.5, "unknown": float("nan")})
LINE = Heading(Named(vi="Chỉ tiêu", en="Target"), heads_row=True, quotes=True)
AMOUNT = Heading(Named(vi="Khoảng 80%", en="80% interval"), NUMBER)
CLEANS_HTML = {"reports/safe_html.py"}  # takes apart what was typed and puts it together again
ELEMENTS = TAGS | {
    "html",
    "head",
    "body",
    "meta",
    "script",
    "style",
    "img",
    "input",
    "label",
    "button",
    "form",
    "header",
    "footer",
    "main",
    "nav",
}


def literals(tree: ast.Module) -> Iterator[ast.Constant]:
    """Texts of a module but its docstrings and the patterns that read."""
    skipped = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and getattr(node.func.value, "id", "") == "re":
            skipped |= {id(part) for argument in node.args for part in ast.walk(argument)}
    return (node for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in skipped)


def tags(source: str) -> list[str]:
    """Texts that open or close an element of HTML."""
    found = (node.value for node in literals(ast.parse(source)))
    return [text for text in found if ELEMENTS & set(re.findall(r"(?<!\(\?P)</?([a-z][a-z0-9]*)", text))]


@pytest.mark.parametrize("path", sorted(path.relative_to(PACKAGE).as_posix() for path in PACKAGE.rglob("*.py")))
def test_no_html_is_written_in_python(path: str):
    if path not in CLEANS_HTML:
        assert tags((PACKAGE / path).read_text(encoding="utf-8")) == []


def test_the_check_finds_a_tag_however_it_is_written():
    assert tags('x = f"<td{kind}>"') and tags("x = '</ul>'") and tags('y = "a <b>"')
    assert not tags('"""A <td> in a docstring."""\nx = re.compile("<td>")\ny = "a < b, data/<unit>/"')


def lines(*things: object, caption: str = "Cột", lang: str = "vi", **more: str) -> Html:
    """A table of pairs."""
    return table({LINE: lambda name, _: name, AMOUNT: lambda _, amount: amount}, things, caption=Named(caption), lang=lang, **more)


def test_every_cell_says_its_column_and_its_kind():
    made = lines(("a<b", words.plainly(VALUES, "median", 1, "vi")), ("c", "–"), kind="wide")
    assert '<th scope="row" class="quoted" data-label="Chỉ tiêu">a&lt;b</th>' in made
    assert '<td class="num" data-label="Khoảng 80%"><data value="1234.5" data-of="x.median">1.234,5</data></td>' in made
    assert '<td class="num none" data-label="Khoảng 80%">–</td>' in made


def test_a_row_of_words_heads_a_group_and_without_rows_there_is_no_table():
    assert '<tr class="group"><th scope="colgroup" colspan="2">I. Kinh tế</th></tr>' in lines("I. Kinh tế", ("a", "1"))
    assert lines(caption="Cột <b>") == ""


def test_a_thing_is_what_every_column_asks_for():
    with pytest.raises(TypeError, match="positional argument"):
        lines(("a",))


def test_several_things_stand_in_one_cell_and_a_remark_below_them():
    made = lines((("a", small("b ", words.Quoted("<c>"))), "1"), lang="en")
    assert '<span class="v">a<br><small>b <span class="quoted">&lt;c&gt;</span></small></span>' in made


def test_a_message_without_a_language_is_refused():
    with pytest.raises(TypeError, match="no language"):
        lines(("a", Named("b")))


def test_as_plain_text_a_remark_stands_in_brackets():
    cell = ("≥ ", words.plainly(VALUES, "median", 1, "vi"), small(words.Quoted("đến 30/9")))
    assert plain(cell) == "≥ 1.234,5 (đến 30/9)"
    assert plain(piece("link", "a.html", "Việc & làm")) == "Việc & làm"


def test_a_number_that_is_not_known_is_bound_to_nothing():
    assert "<data" not in words.plainly(VALUES, "unknown", 1, "vi").__html__()


def test_hostile_words_stay_words():
    hostile = '"><script>x()</script>{0} 5%'
    for made in (
        folded(hostile, Html("")),
        piece("headline", hostile, (hostile,), hostile, hostile, (hostile,)),
        words.Quoted(hostile).__html__(),
    ):
        assert "<script" not in made and "{0} 5%" in made


def test_a_template_that_lacks_a_value_says_so():
    with pytest.raises((jinja2.UndefinedError, TypeError)):
        piece("link", "a.html")
