"""What stands where on a printed page, read back from the PDF itself: pieces of text with their extent, and the boxes of marked blocks."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

MM = 72 / 25.4
_TOKEN = re.compile(rb"<([0-9A-Fa-f]+)>|/([^\s/<>\[\]()]+)|([-+]?\d*\.?\d+)|(BT|ET|Tf|Tm|Td|Tj|cm|[a-zA-Z*]+)")
Matrix = tuple[float, float, float, float, float, float]


@dataclass(frozen=True, slots=True)
class Run:
    """One glyph or run of text: its sheet (from 1), its baseline's left end and its right end in points, its size in points, its letters."""

    sheet: int
    left: float
    right: float
    y: float
    size: float
    level: bool
    text: str


@dataclass(frozen=True, slots=True)
class Box:
    """Where a piece of a marked block came to stand: sheet, and its edges in points from the sheet's lower left corner."""

    sheet: int
    left: float
    bottom: float
    right: float
    top: float


def reader(file: Path) -> Any:
    """The PDF, opened."""
    import pypdf

    return pypdf.PdfReader(file)


def boxes(pdf: Any) -> dict[str, list[Box]]:
    """The pieces of every block that was marked with a link `mark:<name>`, by name."""
    found: dict[str, list[Box]] = {}
    for number, sheet in enumerate(pdf.pages, 1):
        for entry in sheet.get("/Annots", ()):
            note = entry.get_object()
            address = str(note.get("/A", {}).get("/URI", ""))
            if address.startswith("mark:"):
                found.setdefault(address[5:], []).append(Box(number, *(float(edge) for edge in note["/Rect"])))
    return found


def runs(pdf: Any) -> list[Run]:
    """Every piece of text, in the order in which it was drawn.

    pypdf's own extraction takes a fifth of a second for a sheet; Chromium's streams are regular enough to be read in a hundredth.
    """
    return [run for number, sheet in enumerate(pdf.pages, 1) for run in _runs_of(sheet, number)]


def letters(text: str) -> str:
    """The letters a reader sees, the same whatever font drew them: no ligature, no accent apart from its letter, no blank, nothing unseen.

    A font may draw "fi" as one sign and hand that sign out again; every text that is compared with one read from a PDF goes through here.

    Examples
    --------
    >>> letters("\\ufb01gures of\\n the o\\ufb03ce") == letters("figures of the office")
    True
    """
    return re.sub("[\\s\u200b-\u200d\u2060\u00ad\ufeff]+", "", unicodedata.normalize("NFKC", text))


def text_of(pieces: list[Run], sheet: int) -> str:
    """All letters of a sheet, in the order in which they were drawn."""
    return letters("".join(run.text for run in pieces if run.sheet == sheet))


def sheets_of(file: Path) -> list[str]:
    """The letters of every sheet of a PDF."""
    pdf = reader(file)
    pieces = runs(pdf)
    return [text_of(pieces, sheet) for sheet in range(1, len(pdf.pages) + 1)]


def _times(a: Matrix, b: Matrix) -> Matrix:
    return (
        a[0] * b[0] + a[1] * b[2], a[0] * b[1] + a[1] * b[3], a[2] * b[0] + a[3] * b[2], a[2] * b[1] + a[3] * b[3],
        a[4] * b[0] + a[5] * b[2] + b[4], a[4] * b[1] + a[5] * b[3] + b[5],
    )  # fmt: skip


class _Font:
    """What is needed of a font: letters and widths of its codes."""

    def __init__(self, entry: Any) -> None:
        self.bytes = 2 if entry["/Subtype"] == "/Type0" else 1
        self.letters = _letters(entry["/ToUnicode"].get_data().decode("latin1")) if "/ToUnicode" in entry else {}
        self.widths: dict[int, float] = {}
        self.usual = 0.0
        if self.bytes == 2:
            inner = entry["/DescendantFonts"][0].get_object()
            self.usual = float(inner.get("/DW", 1000)) / 1000
            self._composite(list(inner.get("/W", ())))
        else:
            unit = float(entry["/FontMatrix"][0]) if "/FontMatrix" in entry else 0.001
            first = int(entry.get("/FirstChar", 0))
            self.widths = {first + at: float(width) * unit for at, width in enumerate(entry.get("/Widths", ()))}

    def _composite(self, entries: list[Any]) -> None:
        while entries:
            first, second = int(entries.pop(0)), entries.pop(0)
            if isinstance(second, list):
                self.widths |= {first + at: float(width) / 1000 for at, width in enumerate(second)}
            else:
                self.widths |= dict.fromkeys(range(first, int(second) + 1), float(entries.pop(0)) / 1000)

    def codes(self, hexes: str) -> Iterator[int]:
        step = 2 * self.bytes
        return (int(hexes[at : at + step], 16) for at in range(0, len(hexes), step))


def _letters(cmap: str) -> dict[int, str]:
    found: dict[int, str] = {}
    for block in re.findall(r"beginbfchar(.*?)endbfchar", cmap, re.DOTALL):
        found |= {int(code, 16): bytes.fromhex(text).decode("utf-16-be") for code, text in re.findall(r"<(\w+)>\s*<(\w+)>", block)}
    for block in re.findall(r"beginbfrange(.*?)endbfrange", cmap, re.DOTALL):
        for low, high, text in re.findall(r"<(\w+)>\s*<(\w+)>\s*<(\w+)>", block):
            start = int(low, 16)
            found |= {code: chr(int(text, 16) + code - start) for code in range(start, int(high, 16) + 1)}
    return found


@dataclass(slots=True)
class _Pen:
    """What a content stream has set so far: the page's matrix and its stack, the line's matrix, the font."""

    fonts: dict[str, _Font]
    now: Matrix = (1, 0, 0, 1, 0, 0)
    line: Matrix = (1, 0, 0, 1, 0, 0)
    stack: list[Matrix] = field(default_factory=list)
    font: _Font | None = None
    size: float = 0.0

    def obey(self, word: bytes, numbers: list[float], name: str) -> None:
        """Change the state as an operator says; operators that draw no text are passed over."""
        if word == b"q":
            self.stack.append(self.now)
        elif word == b"Q":
            self.now = self.stack.pop()
        elif word == b"cm":
            self.now = _times(_matrix(numbers), self.now)
        elif word == b"Tf":
            self.font, self.size = self.fonts["/" + name], numbers[-1]
        elif word == b"Tm":
            self.line = _matrix(numbers)
        elif word == b"Td":
            self.line = _times((1, 0, 0, 1, numbers[-2], numbers[-1]), self.line)


def _matrix(numbers: list[float]) -> Matrix:
    a, b, c, d, e, f = numbers[-6:]
    return a, b, c, d, e, f


def _runs_of(sheet: Any, number: int) -> Iterator[Run]:
    pen = _Pen({name: _Font(entry.get_object()) for name, entry in sheet.get("/Resources", {}).get("/Font", {}).items()})
    numbers: list[float] = []
    name = letters = ""
    for hexes, called, figure, word in _TOKEN.findall(sheet.get_contents().get_data()):
        if figure:
            numbers.append(float(figure))
        elif hexes or called:
            name, letters = called.decode() or name, hexes.decode() or letters
        else:
            if word == b"Tj" and pen.font:
                yield _run(pen.font, pen.size, letters, _times(pen.line, pen.now), number)
            else:
                pen.obey(word, numbers, name)
            numbers.clear()


def _run(font: _Font, size: float, hexes: str, at: Matrix, number: int) -> Run:
    codes = list(font.codes(hexes))
    wide = size * sum(font.widths.get(code, font.usual) for code in codes)
    text = "".join(font.letters.get(code, "") for code in codes)
    ends = sorted((at[4], at[4] + wide * at[0]))
    return Run(number, ends[0], ends[1], at[5], size * abs(at[3]), abs(at[1]) + abs(at[2]) < 1e-6, text)
