"""Every number of a page walked back to a value: what the text says, what the table says and what the manifest holds are one.

A number on a page is either bound (`<data value data-of>`), or it repeats a bound number of that page, or it is a date, a period, the
number of a line of the resolution, the level of an interval, or stands in quoted words (sources, definitions, documents).
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html.parser import HTMLParser


class Disagreement(RuntimeError):
    """A page says a number that is not the value it stands for; the report is not published."""


@dataclass(frozen=True, slots=True)
class Said:
    """A bound number of a page: its name in the manifest, its value, the characters the reader sees."""

    key: str
    value: float
    text: str


_SKIPPED = {"script", "style", "svg", "time", "nav", "header", "title", "footer"}
_VOID = {"meta", "br", "hr", "col", "link", "img", "input"}
_QUOTED = {"quoted", "text", "status", "still", "mark", "watermark", "skip"}
_PERIODS = re.compile(
    r"""
      \d{1,2}/\d{1,2}/\d{4} | \d{1,2}/\d{4} | \d{1,2}/\d{1,2}(?!\d)            # 15/10/2025, 9/2025, 15/4
    | \d{1,2}\s(?:January|February|March|April|May|June|July|August|September|October|November|December)(?:\s\d{4})?
    | \b(?:19|20)\d\d\b                                                       # a year
    | \b[Tt]háng\s\d{1,2}\b | \b\d{1,2}\stháng\b | \bT\d{1,2}\b | \bQ[1-4]\b
    | \bmonth\s\d{1,2}\b | \b\d{1,2}\smonths\b
    | \(\d{1,2}[a-z]?\)                                                       # (11a), a line of the resolution
    | \b(?:50|80|90|95)\s%                                                     # the level of an interval
    | \bn\s?=\s?
    """,
    re.VERBOSE,
)
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")


class _Walk(HTMLParser):
    """The bound numbers of a page, and the numbers that stand free in its running text."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[tuple[str, bool]] = []
        self.said: list[Said] = []
        self.free: list[tuple[str, str]] = []
        self.bound: tuple[str, float, list[str]] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _VOID:
            return
        found = dict(attrs)
        classes = set((found.get("class") or "").split())
        inherited = bool(self.open) and self.open[-1][1]
        self.open.append((tag, inherited or tag in _SKIPPED or bool(classes & _QUOTED)))
        if tag == "data":
            self.bound = (found.get("data-of") or "", float(found.get("value") or "nan"), [])

    def handle_endtag(self, tag: str) -> None:
        if tag == "data" and self.bound:
            key, value, texts = self.bound
            self.said.append(Said(key, value, "".join(texts)))
            self.bound = None
        while self.open and self.open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        if self.bound:
            self.bound[2].append(data)
        elif not (self.open and self.open[-1][1]):
            self.free += [(token, data) for token in _NUMBER.findall(_PERIODS.sub(" ", data))]


def said_on(page: str) -> tuple[list[Said], list[tuple[str, str]]]:
    """The bound numbers of a page, and each free number with the words around it."""
    walk = _Walk()
    walk.feed(re.sub(r"(?s)<(script|style|svg)\b.*?</\1>", "", page))
    walk.close()
    return walk.said, walk.free


def says(said: Said, lang: str) -> bool:
    """Whether the characters are the value, rounded as printed. A sign, where one is written, must be the value's own.

    >>> says(Said("a", 54.46, "54,5 tỷ đồng"), "vi"), says(Said("a", -2.4, "+2,4"), "vi"), says(Said("p", 0.3, "dưới 1 %"), "vi")
    (True, False, True)
    """
    tokens = _NUMBER.findall(said.text)
    if len(tokens) != 1 or not math.isfinite(said.value):
        return False
    shown, decimals = _parsed(tokens[0], lang)
    if re.match(r"dưới|under", said.text):
        return 0 <= said.value < shown
    if re.match(r"trên|over", said.text):
        return said.value > shown
    sign = said.text.strip()[:1]
    if sign in "+−-" and shown and (said.value < 0) != (sign in "−-"):
        return False
    slack = 0.5 * 10.0**-decimals
    return abs(shown - abs(said.value)) <= slack * (1 + 1e-6) + 1e-9 * abs(said.value)


def _parsed(token: str, lang: str) -> tuple[float, int]:
    """A number as written, and its decimals."""
    plain = token.replace(",", "") if lang == "en" else token.replace(".", "").replace(",", ".")
    return float(plain), len(plain.partition(".")[2])


def faults_of(name: str, page: str, lang: str, values: Mapping[str, float]) -> Iterator[str]:
    """What is wrong on a page: a text that is not its value, a value that is not the manifest's, a number bound to nothing."""
    said, free = said_on(page)
    for one in said:
        if not says(one, lang):
            yield f"{name}: {one.key} = {one.value:g} is printed as {one.text!r}"
        if one.key in values and f"{values[one.key]:.9g}" != f"{one.value:.9g}":
            yield f"{name}: {one.key} = {one.value:.9g} here, {values[one.key]:.9g} in the manifest"
    shown = {token for one in said for token in _NUMBER.findall(one.text)}
    for token, around in free:
        if token not in shown:
            yield f"{name}: {token!r} in {' '.join(around.split())[:80]!r} is bound to no value"


def prove(pages: Mapping[str, str], lang: str, values: Mapping[str, float]) -> dict[str, float]:
    """Walk every number of a report back to its value.

    Parameters
    ----------
    pages : text of each page by name; values: what the publisher itself reckoned, by key.

    Returns
    -------
    every bound number of the report by key, for the manifest.

    Raises
    ------
    Disagreement : naming the page, the number and what it should be; all faults at once.
    """
    known, faults = dict(values), []
    for name, page in pages.items():
        faults += list(faults_of(name, page, lang, known))
        known |= {one.key: one.value for one in said_on(page)[0] if one.key not in known}
    if faults:
        raise Disagreement("\n- ".join([f"{len(faults)} numbers do not agree:", *faults[:40]]))
    return known
