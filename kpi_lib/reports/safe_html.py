"""What may stand on a page: nothing a department typed becomes live HTML."""

from __future__ import annotations

import ast
import json
import re
from html import escape
from html.parser import HTMLParser
from typing import Any

import mistune

TAGS = frozenset(
    {
        "a", "abbr", "article", "b", "br", "caption", "code", "col", "colgroup", "data", "dd", "details", "div", "dl", "dt", "em",
        "figcaption", "figure", "h2", "h3", "h4", "h5", "h6", "hr", "i", "li", "ol", "p", "pre", "section", "small", "span",
        "strong", "sub", "summary", "sup", "table", "tbody", "td", "tfoot", "th", "thead", "time", "tr", "ul", "svg", "g", "path",
        "line", "rect", "circle", "polyline", "polygon", "text", "tspan", "title",
    }
)  # fmt: skip
VOID = frozenset({"br", "hr", "col"})
ATTRIBUTES = frozenset(
    {
        "class", "id", "scope", "colspan", "rowspan", "span", "lang", "dir", "title", "role", "datetime", "data-label",
        "data-of", "data-value", "data-words", "open", "start", "reversed", "value", "tabindex", "hidden", "href", "viewbox", "preserveaspectratio", "width",
        "height", "x", "y", "x1", "x2", "y1", "y2", "cx", "cy", "r", "rx", "ry", "d", "points", "transform", "fill", "stroke",
        "stroke-width", "stroke-dasharray", "stroke-linecap", "stroke-linejoin", "fill-opacity", "stroke-opacity", "text-anchor",
        "dominant-baseline", "font-size", "font-weight", "dx", "dy",
    }
)  # fmt: skip
_CASED = {"viewbox": "viewBox", "preserveaspectratio": "preserveAspectRatio"}
_SHARE = re.compile(r"\s*--p:\s*(\d*\.?\d+)\s*;?\s*")
ARCHIVE = "../index.html"  # the list of a unit's reports, one level above each of them
REPORT = re.compile(
    r"(?:\.\./){2,3}([\w-]+)/reports/(\d{4}-\d\d-\d\d(?:-month)?)/index\.html"
)  # a report, from one of another unit or of many
_LOCAL = re.compile(r"(?![A-Za-z][A-Za-z0-9+.-]*:)(?!/)[^\s\\\x00-\x1f]+")


def is_local(address: str) -> bool:
    """Say whether a link stays among the reports: relative, no scheme, no host, and not upwards but to the list of reports or to a report.

    >>> is_local("overview.html#thu"), is_local(ARCHIVE), is_local("../x.html"), is_local("//example.org"), is_local("javascript:alert(1)")
    (True, True, False, False, False)
    >>> is_local("../../uong-bi/reports/2025-10-15/index.html"), is_local("../../uong-bi/unit.toml")
    (True, False)
    """
    return address == ARCHIVE or bool(REPORT.fullmatch(address)) or (bool(_LOCAL.fullmatch(address)) and ".." not in address.split("/"))


class _OwnVocabulary(HTMLParser):
    """Writes out the tags and attributes our tables use; anything else comes out as text the reader can see."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in TAGS:
            self.parts.append(escape(self.get_starttag_text() or ""))
            return
        self.parts.append(f"<{tag}{''.join(_attribute(name, value) for name, value in attrs)}>")
        if tag not in VOID:
            self.open.append(tag)
        style = dict(attrs).get("style") or ""
        if share := _SHARE.fullmatch(style):
            self.parts.append(_bar(float(share[1])))

    def handle_endtag(self, tag: str) -> None:
        if tag not in TAGS:
            self.parts.append(escape(f"</{tag}>"))
        elif tag in self.open:
            while (last := self.open.pop()) != tag:
                self.parts.append(f"</{last}>")
            self.parts.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        self.parts.append(escape(data, quote=False))

    def handle_comment(self, data: str) -> None: ...

    def text(self) -> str:
        return "".join(self.parts) + "".join(f"</{tag}>" for tag in reversed(self.open))


def _attribute(name: str, value: str | None) -> str:
    allowed = name in ATTRIBUTES or name.startswith("aria-")
    if not allowed or (name == "href" and not is_local(value or "")):
        return ""
    return f' {_CASED.get(name, name)}="{escape(value or "")}"'


def _bar(share: float) -> str:
    """Draw a share as two rectangles: unlike a background, they are printed, and they need no style attribute."""
    width = f"{100 * min(1.0, share):.1f}".rstrip("0").rstrip(".")
    return (
        '<svg class="share" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">'
        '<rect class="track" width="100" height="8"></rect>'
        f'<rect class="fill" width="{width}" height="8"></rect></svg>'
    )


def own_html(html: str) -> str:
    """Return HTML of our own objects with only the page's vocabulary live; `style="--p:0.8"` becomes a drawn bar.

    >>> own_html('<p class="note">a<script>x()</script></p>')
    '<p class="note">a&lt;script&gt;x()&lt;/script&gt;</p>'
    """
    parser = _OwnVocabulary()
    parser.feed(html)
    parser.close()
    return parser.text()


class _Renderer(mistune.HTMLRenderer):
    """Markdown without live HTML, without pictures from elsewhere, with links inside the report only."""

    def __init__(self) -> None:
        super().__init__(escape=True, allow_harmful_protocols=False)

    def link(self, text: str, url: str, title: str | None = None) -> str:  # noqa: ARG002
        """Keep a link to a sister page; print any other address as text, which also survives on paper."""
        if is_local(url):
            return f'<a href="{escape(url)}">{text}</a>'
        address = escape(url)
        return text if address == text else f'{text} <span class="address">({address})</span>'

    def image(self, text: str, url: str, title: str | None = None) -> str:  # noqa: ARG002
        """Leave the picture's words: a page shows charts, never files."""
        return text

    def table(self, text: str) -> str:
        """Give a wide table its own scroll bar."""
        return f'<div class="table-wrap" tabindex="0"><table class="kpi">{text}</table></div>'


_markdown: Any = mistune.create_markdown(renderer=_Renderer(), plugins=["strikethrough", "table"])


def safe_markdown(source: str) -> str:
    """Return Markdown as HTML in which raw HTML is visible text.

    >>> safe_markdown("a <b>b</b>").strip()
    '<p>a &lt;b&gt;b&lt;/b&gt;</p>'
    """
    return str(_markdown(source))


def plain_text(text: str) -> str:
    """Return a text output as a paragraph if it is a sentence (a Python string), else as it was printed."""
    if text[:1] in "'\"":
        try:
            return f'<p class="sentence">{escape(str(ast.literal_eval(text)), quote=False)}</p>'
        except (ValueError, SyntaxError):
            pass
    return f'<div class="table-wrap" tabindex="0"><pre>{escape(text, quote=False)}</pre></div>'


def inline_json(value: object) -> str:
    """Return JSON that cannot end the script element it stands in."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return re.sub("[<>&\u2028\u2029]", lambda char: f"\\u{ord(char[0]):04x}", text)
