"""The Word templates of draft reports, made from the table of forms: `python benchmarks/forms.py` writes kpi_lib/reports/forms/*.docx anew.

An office edits a copy of one in Word and puts it into data/raw/<unit>/forms/; whoever wants another form for all edits kpi_lib/definitions/forms.toml and
runs this. tests/reports/test_word.py holds the templates against the table.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import docx
from docx.enum.section import WD_ORIENT, WD_SECTION
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Mm, Pt

from kpi_lib.definitions import forms
from kpi_lib.reports.word import FORMS, same_bytes

MARGINS_MM = {"top_margin": 20, "bottom_margin": 20, "left_margin": 30, "right_margin": 20}
ANNEX_MM = (11, 56, 18, 26, 20, 25, 16, 13, 15, 17, 28)  # the familiar table on a landscape page
NUMBERS = range(3, 10)  # its columns of numbers
KEPT_PARTS = ("/word/styles.xml", "/word/settings.xml", "/word/fontTable.xml", "/word/theme/theme1.xml")
STYLES = """
<w:styles {names}>
  <w:docDefaults>
    <w:rPrDefault><w:rPr>
      <w:rFonts w:ascii="{font}" w:hAnsi="{font}" w:eastAsia="{font}" w:cs="{font}"/><w:color w:val="000000"/><w:sz w:val="28"/><w:szCs w:val="28"/>
      <w:lang w:val="vi-VN" w:eastAsia="vi-VN" w:bidi="ar-SA"/>
    </w:rPr></w:rPrDefault>
    <w:pPrDefault><w:pPr><w:spacing w:after="0" w:line="240" w:lineRule="auto"/></w:pPr></w:pPrDefault>
  </w:docDefaults>
  <w:style w:type="paragraph" w:default="1" w:styleId="Normal"><w:name w:val="Normal"/><w:qFormat/>
    <w:rPr><w:rFonts w:ascii="{font}" w:hAnsi="{font}" w:eastAsia="{font}" w:cs="{font}"/><w:sz w:val="28"/></w:rPr></w:style>
  <w:style w:type="paragraph" w:styleId="BodyText"><w:name w:val="Body Text"/><w:basedOn w:val="Normal"/><w:qFormat/>
    <w:pPr><w:spacing w:after="120"/><w:ind w:firstLine="567"/><w:jc w:val="both"/></w:pPr></w:style>
  <w:style w:type="paragraph" w:styleId="Heading1"><w:name w:val="heading 1"/><w:basedOn w:val="BodyText"/><w:next w:val="BodyText"/><w:qFormat/>
    <w:pPr><w:keepNext/><w:outlineLvl w:val="0"/></w:pPr><w:rPr><w:b/></w:rPr></w:style>
  <w:style w:type="paragraph" w:styleId="Heading2"><w:name w:val="heading 2"/><w:basedOn w:val="BodyText"/><w:next w:val="BodyText"/><w:qFormat/>
    <w:pPr><w:keepNext/><w:outlineLvl w:val="1"/></w:pPr><w:rPr><w:b/></w:rPr></w:style>
  <w:style w:type="paragraph" w:styleId="Header"><w:name w:val="header"/><w:basedOn w:val="Normal"/></w:style>
  <w:style w:type="paragraph" w:styleId="Footer"><w:name w:val="footer"/><w:basedOn w:val="Normal"/></w:style>
  <w:style w:type="table" w:default="1" w:styleId="TableNormal"><w:name w:val="Normal Table"/>
    <w:tblPr><w:tblCellMar><w:left w:w="0" w:type="dxa"/><w:right w:w="0" w:type="dxa"/></w:tblCellMar></w:tblPr></w:style>
  <w:style w:type="table" w:styleId="TableGrid"><w:name w:val="Table Grid"/><w:basedOn w:val="TableNormal"/>
    <w:tblPr><w:tblBorders>{borders}</w:tblBorders>
      <w:tblCellMar><w:left w:w="85" w:type="dxa"/><w:right w:w="85" w:type="dxa"/></w:tblCellMar></w:tblPr></w:style>
</w:styles>
"""


def template(form: dict[str, Any]) -> bytes:
    """The template of one form as bytes."""
    document = docx.Document()
    _bare(document)
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    for name, value in MARGINS_MM.items():
        setattr(section, name, Mm(value))
    section.different_first_page_header_footer = True  # no number on page one
    _page_number(section.header.paragraphs[0])
    _columns(document, form["widths"], form["left"], form["right"])
    document.add_paragraph()
    _lines(document.add_paragraph, form["title"])
    document.add_paragraph()
    _sections(document)
    if form["signature"]:
        document.add_paragraph()
        _columns(document, (80, 80), form["recipients"], form["signature"], at_left=True)
    _annex(document, form["annex"])
    return same_bytes(document)


def _bare(document: Any) -> None:
    """Only the styles a report uses, and none of the parts and properties that python-docx's own template brings."""
    sides = "".join(
        f'<w:{side} w:val="single" w:sz="4" w:space="0" w:color="auto"/>'
        for side in ["top", "left", "bottom", "right", "insideH", "insideV"]
    )
    made = parse_xml(STYLES.format(names=nsdecls("w"), font="Times New Roman", borders=sides))
    styles = document.styles.element
    for child in list(styles):
        styles.remove(child)
    styles.extend(list(made))
    for key, relation in list(document.part.rels.items()):
        if relation.target_part.partname not in KEPT_PARTS:
            del document.part.rels[key]
    for key, relation in list(document.part.package.rels.items()):
        if "thumbnail" in relation.reltype:
            del document.part.package.rels[key]
    document.core_properties.comments = document.core_properties.author = ""


def _columns(document: Any, widths: tuple[int, ...], *blocks: list[list[str]], at_left: bool = False) -> None:
    """Blocks of lines beside each other."""
    grid = document.add_table(rows=1, cols=len(widths))
    _widths(grid, widths)
    for number, (cell, width, lines) in enumerate(zip(grid.rows[0].cells, widths, blocks, strict=False)):
        first = [cell.paragraphs[0]]
        _lines(
            lambda first=first, cell=cell: first.pop() if first else cell.add_paragraph(), lines, width, centre=number > 0 or not at_left
        )


def _lines(new: Any, lines: list[list[str]], width: float = 160, *, centre: bool = True) -> None:
    for text, manner in lines:
        paragraph, how = new(), manner.split()
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER if centre else WD_ALIGN_PARAGRAPH.LEFT
        if how == ["rule"]:
            _rule(paragraph, width)
            continue
        run = paragraph.add_run(text)
        run.font.size, run.bold, run.italic, run.underline = (
            Pt(int(how[0])),
            "bold" in how or None,
            "italic" in how or None,
            "underline" in how or None,
        )


def _rule(paragraph: Any, width: float) -> None:
    """A line drawn over the middle third of the width."""
    paragraph._p.get_or_add_pPr().insert(
        0, parse_xml(f'<w:pBdr {nsdecls("w")}><w:top w:val="single" w:sz="6" w:space="1" w:color="000000"/></w:pBdr>')
    )
    paragraph.paragraph_format.left_indent = paragraph.paragraph_format.right_indent = Mm(width / 3)
    paragraph.paragraph_format.space_before = Pt(2)
    paragraph.paragraph_format.line_spacing = Pt(6)


def _sections(document: Any) -> None:
    for text, style in (
        ("{%p for section in sections %}", "Body Text"),
        ("{{ section.heading }}", "Heading 1"),
        ("{%p for paragraph in section.paragraphs %}", "Body Text"),
        ("{%p if paragraph.group %}", "Body Text"),
        ("{{ paragraph.text }}", "Heading 2"),
        ("{%p else %}", "Body Text"),
        ("{{ paragraph.text }}", "Body Text"),
        ("{%p endif %}", "Body Text"),
        ("{%p endfor %}", "Body Text"),
        ("{%p endfor %}", "Body Text"),
    ):
        document.add_paragraph(text, style=style)


def _annex(document: Any, title: list[list[str]]) -> None:
    """The familiar table on landscape pages, its heading repeated."""
    section = document.add_section(WD_SECTION.NEW_PAGE)
    section.orientation = WD_ORIENT.LANDSCAPE
    section.page_width, section.page_height = section.page_height, section.page_width
    section.different_first_page_header_footer = False
    _lines(document.add_paragraph, title)
    document.add_paragraph()
    columns = len(ANNEX_MM)
    grid = document.add_table(rows=0, cols=columns)
    grid.style = "Table Grid"
    _row(grid, [f"{{{{ annex.headings[{n}] }}}}" for n in range(columns)], "w:tblHeader", bold=True)
    _row(grid, ["{%tr for row in annex.rows %}"])
    _row(grid, ["{%tr if row.group %}"])
    _row(grid, ["{{ row.group }}"], bold=True)
    _row(grid, ["{%tr else %}"])
    _row(grid, [f"{{{{ row.cells[{n}] }}}}" for n in range(columns)], "w:cantSplit")
    _row(grid, ["{%tr endif %}"])
    _row(grid, ["{%tr endfor %}"])
    _widths(grid, ANNEX_MM)


def _row(grid: Any, texts: list[str], mark: str = "", *, bold: bool = False) -> None:
    """A row of as many cells as it has texts, the only one as wide as the table."""
    row = grid.add_row()
    if mark:
        row._tr.get_or_add_trPr().append(OxmlElement(mark))
    cells = row.cells if len(texts) > 1 else [row.cells[0].merge(row.cells[-1])]
    for number, (cell, text) in enumerate(zip(cells, texts, strict=True)):
        paragraph = cell.paragraphs[0]
        paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT if number in NUMBERS and not bold else WD_ALIGN_PARAGRAPH.LEFT
        run = paragraph.add_run(text)
        run.font.size, run.bold = Pt(10), bold or None


def _widths(grid: Any, millimetres: tuple[int, ...]) -> None:
    """Fixed column widths: of the columns for LibreOffice, of every cell for Word."""
    grid.autofit = False
    for column, width in zip(grid.columns, millimetres, strict=True):
        column.width = Mm(width)
    for row in grid.rows:
        if len(row._tr.tc_lst) == len(millimetres):
            for cell, width in zip(row.cells, millimetres, strict=True):
                cell.width = Mm(width)


def _page_number(paragraph: Any) -> None:
    """The page's number, centred in the top margin."""
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    run = paragraph.add_run()
    for kind, text in (("begin", ""), ("", "PAGE"), ("end", "")):
        element = OxmlElement("w:fldChar" if kind else "w:instrText")
        if kind:
            element.set(qn("w:fldCharType"), kind)
        else:
            element.text = text
        run._r.append(element)


def templates() -> dict[str, bytes]:
    """Every template by its file's name."""
    table = tomllib.loads(Path(forms.__file__).with_suffix(".toml").read_text(encoding="utf-8"))
    return {f"{form['template']}.docx": template(form) for form in table["form"]}


if __name__ == "__main__":
    FORMS.mkdir(exist_ok=True)
    for name, made in templates().items():
        (FORMS / name).write_bytes(made)
        print(f"{name}: {len(made)} bytes")
