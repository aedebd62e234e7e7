"""What a page carries with it: style sheet, scripts, the drawing library packed; and their digests, for its Content-Security-Policy."""

from __future__ import annotations

import base64
import functools
import gzip
import hashlib
import json
import re
from collections.abc import Collection, Sequence
from pathlib import Path

from markupsafe import Markup

from kpi_lib import disk
from kpi_lib.charts.base.drawing import number_locale, painter, time_locale
from kpi_lib.definitions import folders
from kpi_lib.reports.safe_html import inline_json
from kpi_lib.words.html import macros
from kpi_lib.words.messages import say

TEMPLATES = Path(__file__).resolve().parents[1] / "page" / "templates"
_LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%,()*+-;:=.?@^_`{|}~"
"""Python's base 85 with the three letters that mean something in HTML changed."""
_SNIPPET = "window.vegaEmbed = vegaEmbed;"


@functools.cache
def read(name: str) -> str:
    """A file of the page's template."""
    return (TEMPLATES / "page" / name).read_text(encoding="utf-8")


def spoken(name: str, lang: str) -> str:
    """A script of the page's template, what it says said in the page's language."""
    words = {
        "copy": say("Copy the whole draft", lang),
        "copied": say("Copied; paste it into Word.", lang),
        "selected": say("Selected; press Ctrl+C.", lang),
    }
    return re.sub(r'"@(\w+)"', lambda found: json.dumps(words[found[1]], ensure_ascii=False), read(name))


PARTS = ("whatif", "month", "matrix", "resolution", "first-steps")  # of a page, whose style only the pages that have them carry


def style(mark: str, page_word: str, parts: Collection[str]) -> str:
    """The style sheet with the words that stand in the margin of a printed page, and that of the page's `parts` (of `PARTS`)."""
    words = {"MARK": mark, "PAGE": page_word}
    rules = read("page.css") + "".join(read(f"{part}.css") for part in PARTS if part in parts)
    sheet = re.sub(r"/\*.*?\*/|(?<=[{};,])\s+|\s+(?=[{}])|\n\s*", "", rules, flags=re.DOTALL).replace(": ", ":").replace(";}", "}")
    sheet = re.sub(r"(?<![\w.])0(?=\.\d)", "", sheet)
    return re.sub(r'"@(\w+)@"', lambda found: _css_text(words[found[1]]), sheet)


def _css_text(text: str) -> str:
    return '"' + "".join(char if char.isalnum() or char == " " else f"\\{ord(char):x} " for char in text) + '"'


def policy(sheet: str, scripts: Sequence[str]) -> str:
    """Nothing but this style sheet and these scripts: what else stands on the page is inert, and nothing is fetched."""
    allowed = " ".join(map(_hash, scripts)) or "'none'"
    return f"default-src 'none'; img-src data:; style-src {_hash(sheet)}; script-src {allowed}; base-uri 'none'; form-action 'none'"


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def script(text: str, **attributes: object) -> Markup:
    """A script element; `type` and `id` make it one that holds data."""
    return macros("page/templates/figure.html.j2").script(Markup(text), {key.replace("_", "-"): value for key, value in attributes.items()})


@functools.lru_cache(4)
def data(name: str, text: str) -> Markup:
    """A script element that holds text, packed, in base 85: a sixteenth lighter than base 64."""
    packed = gzip.compress(text.encode(), 9, mtime=0)
    letters = base64.b85encode(packed + bytes(-len(packed) % 4)).translate(bytes.maketrans(b"&<>", b",:."))
    return script(letters.decode(), type="text/plain", id=name, data_bytes=len(packed))


@functools.cache
def drawing(lang: str) -> Markup:
    """What live charts are drawn with: number formats and names of months, the alphabet of packed data, the library."""
    locale = inline_json({"number": number_locale(lang), "time": time_locale(lang)})
    alphabet = script(_LETTERS, type="text/plain", id="letters")
    return Markup("\n").join([script(locale, type="application/json", id="locale"), alphabet, data("vega", library())])


def library() -> str:
    """Vega, Vega-Lite and their embedding as one script; made once for each version of vl-convert, then kept in `.cache`."""
    from importlib.metadata import version

    kept = folders.root() / ".cache" / f"vega-{version('vl-convert-python')}.js"
    try:
        return kept.read_bytes().decode()
    except OSError:
        pass
    bundle = f"(()=>{{{painter().javascript_bundle(_SNIPPET)}\n}})();"  # wrapped: its minified names would collide with ours
    try:
        kept.parent.mkdir(exist_ok=True)
        with disk.whole(kept) as being_made:
            being_made.write_bytes(bundle.encode())
    except OSError:
        pass  # a read-only project only loses a second
    return bundle
