"""A draft report as a Word document: A4, Times New Roman, the heading of its skin, the table of all lines as a landscape annex."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from kpi_lib.outlook.verdict import Outlook
from kpi_lib.page.draft import Draft, Section
from kpi_lib.page.tables import plain_resolution
from kpi_lib.words.messages import KpiError, say

MARGINS_MM = {"top_margin": 20, "bottom_margin": 20, "left_margin": 30, "right_margin": 20}  # Decree 30/2020/NĐ-CP, annex I
BODY_POINTS = 14
ANNEX_POINTS = 10
ANNEX_MM = (11, 56, 18, 26, 20, 25, 16, 13, 15, 17, 28)  # the familiar table on a landscape page


def write(report: Draft, items: Sequence[Outlook], path: Path) -> Path:
    """Write the draft with its annex.

    Raises
    ------
    KpiError : the file cannot be written (open in Word?).
    """
    import docx

    document = docx.Document()
    _page(document, report)
    _heading(document, report)
    for number, line in enumerate(report.title):
        _line(document, line, bold=number < 2, size=BODY_POINTS, centre=True, italic=number == 2)
    for section in report.sections:
        _section(document, section)
    _signature(document, report)
    _annex(document, items, report)
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        path.write_bytes(_same_bytes(document))
    except PermissionError:
        raise KpiError("{file}: cannot be written, it may be open in Word. Close it and run again.", file=path.name) from None
    return path


def _same_bytes(document: Any) -> bytes:
    """The document as bytes that do not depend on the hour it was written."""
    made, kept = io.BytesIO(), io.BytesIO()
    document.save(made)
    with zipfile.ZipFile(made) as source, zipfile.ZipFile(kept, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            entry = zipfile.ZipInfo(name, (2020, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            target.writestr(entry, source.read(name))
    return kept.getvalue()


def _page(document: Any, report: Draft) -> None:
    from docx.oxml.ns import qn
    from docx.shared import Mm, Pt

    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    for name, value in MARGINS_MM.items():
        setattr(section, name, Mm(value))
    style = document.styles["Normal"]
    style.font.name, style.font.size = "Times New Roman", Pt(BODY_POINTS)
    style.element.rPr.rFonts.set(qn("w:eastAsia"), "Times New Roman")
    document.core_properties.title = report.title[1]
    document.core_properties.author = ""
    section.different_first_page_header_footer = True  # no number on page one
    _page_number(section.header.paragraphs[0])
    if report.mark:
        for part in (section.first_page_footer, section.footer):
            _run(part.paragraphs[0], report.mark, bold=True, size=11)


def _page_number(paragraph: Any) -> None:
    """The page's number, centred in the top margin."""
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    run = paragraph.add_run()
    for kind, text in (("begin", ""), ("", "PAGE"), ("end", "")):
        element = OxmlElement("w:fldChar" if kind else "w:instrText")
        if kind:
            element.set(qn("w:fldCharType"), kind)
        else:
            element.text = text
        run._r.append(element)


def _heading(document: Any, report: Draft) -> None:
    """Issuing body on the left, national name or Party name on the right, place and day below."""
    from docx.enum.text import WD_ALIGN_PARAGRAPH

    block = document.add_table(rows=2, cols=2)
    _widths(block, (55, 105))
    for place, lines in ((0, report.left), (1, report.right)):
        cell = block.cell(0, place)
        for number, text in enumerate(lines):
            paragraph = cell.paragraphs[0] if not number else cell.add_paragraph()
            paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
            run = _run(paragraph, text, bold=place == 1 or number < len(lines) - 1, size=13 if number else 12)
            run.underline = (report.skin == "party" and place == 1) or (report.skin == "state" and place == 1 and number == 1)
    day = block.cell(1, 1).paragraphs[0]
    day.alignment = WD_ALIGN_PARAGRAPH.CENTER
    _run(day, report.place_and_day, italic=True, size=13)
    document.add_paragraph()


def _widths(grid: Any, millimetres: Sequence[int]) -> None:
    """Fixed column widths: of the columns for LibreOffice, of every cell for Word."""
    from docx.shared import Mm

    grid.autofit = False
    for column, width in zip(grid.columns, millimetres, strict=True):
        column.width = Mm(width)
        for cell in column.cells:
            cell.width = Mm(width)


def _run(paragraph: Any, text: str, *, bold: bool = False, italic: bool = False, size: float = BODY_POINTS) -> Any:
    from docx.shared import Pt

    run = paragraph.add_run(text.replace(" %", "\u00a0%"))
    run.bold, run.italic, run.font.size = bold, italic, Pt(size)
    return run


def _line(document: Any, text: str, *, bold: bool = False, italic: bool = False, size: float = BODY_POINTS, centre: bool = False) -> Any:
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.shared import Mm, Pt

    paragraph = document.add_paragraph()
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER if centre else WD_ALIGN_PARAGRAPH.JUSTIFY
    paragraph.paragraph_format.space_after = Pt(6)
    if not centre:
        paragraph.paragraph_format.first_line_indent = Mm(10)
    _run(paragraph, text, bold=bold, italic=italic, size=size)
    return paragraph


def _section(document: Any, section: Section) -> None:
    _line(document, section.heading, bold=True).paragraph_format.keep_with_next = True
    for paragraph in section.paragraphs:
        words = paragraph if isinstance(paragraph, str) else paragraph.text
        group = isinstance(paragraph, str) and words[:1].isdigit()
        _line(document, words, bold=group).paragraph_format.keep_with_next = group


def _signature(document: Any, report: Draft) -> None:
    from docx.enum.text import WD_ALIGN_PARAGRAPH

    document.add_paragraph()
    block = document.add_table(rows=1, cols=2)
    left, right = block.rows[0].cells
    _run(left.paragraphs[0], say("Recipients:", report.lang), bold=True, italic=True, size=12)
    for text in report.recipients:
        _run(left.add_paragraph(), text, size=11)
    for number, text in enumerate(report.signature):
        paragraph = right.paragraphs[0] if not number else right.add_paragraph()
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
        _run(paragraph, text, bold=True)


def _annex(document: Any, items: Sequence[Outlook], report: Draft) -> None:
    """The familiar table on landscape pages, its heading repeated."""
    from docx.enum.section import WD_ORIENT, WD_SECTION
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.oxml import OxmlElement

    section = document.add_section(WD_SECTION.NEW_PAGE)
    section.orientation = WD_ORIENT.LANDSCAPE
    section.page_width, section.page_height = section.page_height, section.page_width
    _line(document, say("ANNEX", report.lang), bold=True, centre=True)
    _line(document, say("The targets {known}", report.lang, known=report.title[2]), italic=True, centre=True)
    headings, rows = plain_resolution(items, report.lang)
    grid = document.add_table(rows=1, cols=len(headings))
    grid.style = "Table Grid"
    mark = OxmlElement("w:tblHeader")
    grid.rows[0]._tr.get_or_add_trPr().append(mark)
    for cell, text in zip(grid.rows[0].cells, headings, strict=True):
        _run(cell.paragraphs[0], text, bold=True, size=ANNEX_POINTS)
    for row in rows:
        line = grid.add_row()
        line._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))
        cells = line.cells
        if isinstance(row, str):
            _run(cells[0].merge(cells[-1]).paragraphs[0], row, bold=True, size=ANNEX_POINTS)
            continue
        for number, (cell, text) in enumerate(zip(cells, row, strict=True)):
            paragraph = cell.paragraphs[0]
            paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT if 3 <= number < len(cells) - 1 else WD_ALIGN_PARAGRAPH.LEFT
            _run(paragraph, text, size=ANNEX_POINTS)
    _widths(grid, ANNEX_MM)
