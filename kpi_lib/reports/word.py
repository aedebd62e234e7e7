"""A draft report as a Word document: the template of its form filled in, with the table of all lines as a landscape annex.

Templates are data: those in `forms/` beside this file, or a unit's own in `data/raw/<unit>/forms/`, which an office edits in Word. Their tags are filled by
docxtpl in a sandbox that knows names, `for`, `if` and a few filters, and calls nothing.
"""

from __future__ import annotations

import datetime as dt
import functools
import io
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from kpi_lib.definitions import folders
from kpi_lib.outlook.verdict import Outlook
from kpi_lib.page.draft import Draft
from kpi_lib.page.tables import plain_resolution
from kpi_lib.words.messages import KpiError, listed, say
from kpi_lib.words.system import MachineFault

FORMS = Path(__file__).with_name("forms")
MOST_BYTES = 20_000_000  # of a template, unpacked
MOST_LETTERS = 255  # of a property
FILTERS = ("upper", "lower", "trim", "join", "default", "length")
SPOKEN = {"vi": "vi-VN", "en": "en-GB"}  # the language by which Word checks the spelling


def write(report: Draft, items: Sequence[Outlook], path: Path) -> Path:
    """Write the draft with its annex.

    Raises
    ------
    KpiError : the template cannot be used. MachineFault : the file cannot be written (open in Word?).
    """
    unit = items[0].projection.unit
    own = folders.raw(unit.id) / "forms" / f"{report.form.template}.docx"
    document = filled(own if own.exists() else FORMS / own.name, _tags(report, items))
    _describe(document, report)
    if report.mark:
        _mark(document, report)
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        path.write_bytes(same_bytes(document))
    except PermissionError:
        raise MachineFault("{file}: cannot be written, it may be open in Word. Close it and run again.", file=path.name) from None
    return path


def _tags(report: Draft, items: Sequence[Outlook]) -> dict[str, Any]:
    """What the tags of a template stand for: words, and lists of words."""
    headings, rows = plain_resolution(items, report.lang)
    told = [{"group": row, "cells": []} if isinstance(row, str) else {"group": "", "cells": row} for row in rows]
    about = say("The targets {known}", report.lang, known=report.names["known"])
    sections = [
        {
            "heading": section.heading,
            "paragraphs": [
                {"text": p, "group": p[:1].isdigit()} if isinstance(p, str) else {"text": p.text, "group": False}
                for p in section.paragraphs
            ],
        }
        for section in report.sections
    ]
    annex = {"title": say("ANNEX", report.lang), "about": about, "headings": headings, "rows": told}
    return {**report.names, "mark": report.mark, "sections": sections, "annex": annex}


@functools.cache
def _sandbox() -> Any:
    """The environment of templates: no name but those of the report, no call, no sum that could fill the memory."""
    from jinja2 import StrictUndefined
    from jinja2.exceptions import SecurityError
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    class Forms(ImmutableSandboxedEnvironment):
        intercepted_binops = frozenset(("*", "**", "%"))

        def call_binop(self, _: Any, operator: str, left: Any, right: Any) -> Any:
            raise SecurityError(f"{left!r:.40} {operator} {right!r:.40}")

        def is_safe_callable(self, _: Any) -> bool:
            return False

    sandbox = Forms(undefined=StrictUndefined, autoescape=True)
    sandbox.globals.clear()
    sandbox.filters = {name: sandbox.filters[name] for name in FILTERS}
    return sandbox


def filled(file: Path, tags: Mapping[str, Any]) -> Any:
    """A template with its tags filled in.

    Raises
    ------
    KpiError : no Word document, or a tag that cannot be filled; the message names file, tag and way out.
    """
    from docx.oxml import parse_xml
    from docxtpl import DocxTemplate

    class Template(DocxTemplate):
        def fix_tables(self, xml: str) -> Any:
            parse_xml(xml)  # docxtpl would mend what a tag over several paragraphs tears, and lose text
            return super().fix_tables(xml)

    try:
        with zipfile.ZipFile(file) as packed:
            if sum(part.file_size for part in packed.infolist()) > MOST_BYTES:
                raise ValueError(f"> {MOST_BYTES} B")
        template = Template(file)
        template.render(dict(tags), _sandbox())
        return template.docx
    except Exception as error:  # whatever a template does, it is the template that is to be mended
        near = " ".join(" ".join(getattr(error, "docx_context", ())).split())[:200]
        fault = f"{error}{near and f' ({near})'}"
    raise KpiError(
        "{file}: the template cannot be filled: {fault}. The tags are {tags}; those of a paragraph begin with {{%p, of a row with {{%tr. Mend the file in Word, or "
        "delete it: the standard form is used then.",
        file=f"{file.parent.name}/{file.name}",
        fault=fault,
        tags=listed(sorted(tags)),
    )


def _describe(document: Any, report: Draft) -> None:
    """Title, author, day and language of the document, in place of those of the template."""
    from docx.oxml.ns import qn

    facts, day, spoken = document.core_properties, dt.datetime.combine(report.as_of, dt.time()), SPOKEN.get(report.lang, report.lang)
    facts.title, facts.author = (report.names[name][:MOST_LETTERS] for name in ("about", "unit"))
    facts.last_modified_by = facts.author
    facts.created, facts.modified, facts.language, facts.revision = day, day, spoken, 1
    facts.comments = facts.keywords = facts.subject = facts.category = ""
    for part in (document.styles.element, document.element):
        for element in part.iter(qn("w:lang")):
            element.set(qn("w:val"), spoken)


def _mark(document: Any, report: Draft) -> None:
    """The mark of made-up figures: boxed at the head of the first page, and at the foot of every page, whatever the template says."""
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.oxml import parse_xml
    from docx.oxml.ns import nsdecls
    from docx.shared import Pt

    box = document.add_paragraph()
    document.element.body.insert(0, box._p)
    sides = "".join(f'<w:{side} w:val="single" w:sz="18" w:space="4" w:color="C00000"/>' for side in ("top", "left", "bottom", "right"))
    box.paragraph_format.space_after = Pt(12)
    box._p.get_or_add_pPr().insert(0, parse_xml(f"<w:pBdr {nsdecls('w')}>{sides}</w:pBdr>"))
    why = say("Figures made up to show what a report looks like: not to be signed or issued.", report.lang)
    lines = [(box, report.mark, 18), (box, f"\n{why}", 12)]
    for number, section in enumerate(document.sections):
        footers = (section.first_page_footer, section.footer, section.even_page_footer)
        lines += [(footer.paragraphs[0], report.mark, 12) for footer in footers if not number or not footer.is_linked_to_previous]
    for paragraph, text, size in lines:
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
        run = paragraph.add_run(text)
        run.bold, run.font.size = True, Pt(size)


def same_bytes(document: Any) -> bytes:
    """The document as bytes that do not depend on the hour it was written."""
    made, kept = io.BytesIO(), io.BytesIO()
    document.save(made)
    with zipfile.ZipFile(made) as source, zipfile.ZipFile(kept, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            entry = zipfile.ZipInfo(name, (2020, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            target.writestr(entry, source.read(name))
    return kept.getvalue()
