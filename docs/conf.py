"""The site: the Markdown of this folder as it stands, and the reference of the library from its docstrings. See site.md."""

from __future__ import annotations

import importlib
import inspect
import re
import sys
import tempfile
from pathlib import Path
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

DOCS = Path(__file__).resolve().parent
sys.path.insert(0, str(DOCS.parent))

project = "Có đạt mục tiêu năm không? · Will we meet this year's targets?"
copyright = ""
language = "vi"
extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.autosummary", "numpydoc"]
exclude_patterns = ["_build"]
autosummary_generate = False
numpydoc_show_class_members = False
autodoc_typehints = "none"
nb_execution_mode = "off"
myst_heading_anchors = 3
suppress_warnings = ["myst.header", "misc.highlighting_failure"]  # blocks of what a console prints are no programs
html_theme = "pydata_sphinx_theme"
html_title = "KPI"
html_static_path = ["site"]
html_css_files = ["site.css"]
html_sidebars = {"**": ["globaltoc.html"]}
html_show_sourcelink = False
html_show_sphinx = False
html_theme_options = {
    "show_prev_next": False,
    "navbar_align": "left",
    "navbar_center": [],
    "navbar_persistent": ["search-button"],
    "primary_sidebar_end": [],
    "secondary_sidebar_items": ["page-toc"],
    "footer_start": [],
    "footer_end": [],
    "back_to_top_button": False,
}
WORDS = DOCS / "locale" / "vi" / "LC_MESSAGES" / "sphinx.po"  # the theme's own few words, which come in English
ENGLISH = "en/"


def _compiled() -> str:
    """A folder with the catalogue of the site's words as Sphinx reads it."""
    folder = Path(tempfile.mkdtemp(prefix="kpi-site-"))
    target = folder / "vi" / "LC_MESSAGES" / "sphinx.mo"
    target.parent.mkdir(parents=True)
    with WORDS.open("rb") as words, target.open("wb") as written:
        write_mo(written, read_po(words, locale="vi"))
    return str(folder)


locale_dirs = [_compiled()]


def _links(text: str) -> list[str]:
    """The pages that a list of pages names, each once."""
    return list(dict.fromkeys(re.findall(r"\]\((?!https?:)([\w/-]+)\.md\)", text)))


def _contents(text: str) -> str:
    """Hidden tables of contents, so that what a reader finds in the list of pages is what the site holds."""
    blocks = []
    for title, pages in (("Tiếng Việt / both", [page for page in _links(text) if not page.startswith(ENGLISH)]),
                         ("English", [page for page in _links(text) if page.startswith(ENGLISH)])):  # fmt: skip
        blocks.append("\n".join(["```{toctree}", ":hidden:", f":caption: {title}", "", *pages, "```"]))
    return "\n\n".join(blocks)


def _reference() -> str:
    """Every public name of the library, by the room it is asked from."""
    parts = []
    for face in ("kpi_lib", "kpi_lib.page", "kpi_lib.charts"):
        room = importlib.import_module(face)
        parts += [f"## `{face}`", "", (inspect.getdoc(room) or "").strip(), "", "```{eval-rst}"]
        for name in sorted(name for name in room.__all__ if not name.startswith("_")):
            thing = getattr(room, name)
            if inspect.isfunction(thing) or inspect.isclass(thing):
                kind = "function" if inspect.isfunction(thing) else "class"
                parts += [f".. auto{kind}:: {thing.__module__}.{thing.__qualname__}", "   :no-index:", ""]
        parts += ["```", ""]
    return "\n".join(parts)


def _read(app: Any, page: str, source: list[str]) -> None:
    """A page as Markdown has it becomes one of the site: links to files that are no pages are words, pictures stay."""
    source[0] = re.sub(r"(?<!!)\[([^\]]+)\]\((?!https?:|#)([^)]+)\)", lambda found: _link(page, found), source[0])
    if page == "index":
        source[0] += "\n\n" + _contents(source[0])
    if page == "api":
        source[0] += "\n\n" + _reference()


def _link(page: str, found: re.Match[str]) -> str:
    target = (DOCS / page).parent / found[2].partition("#")[0]
    return found[0] if target.suffix == ".md" and target.resolve().is_relative_to(DOCS) and target.exists() else found[1]


def _spoken(app: Any, page: str, template: str, context: dict[str, Any], doctree: Any) -> None:
    """English pages say that they are."""
    if page.startswith(ENGLISH):
        context["language"] = "en"


def setup(app: Any) -> None:
    """Hook in."""
    app.connect("source-read", _read)
    app.connect("html-page-context", _spoken)
