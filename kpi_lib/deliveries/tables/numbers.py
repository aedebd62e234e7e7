"""Numbers typed as text: one column, one way of writing, decided from its unambiguous members; what stays open is refused, never guessed."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from kpi_lib.deliveries.delivery import Fault, Said, fault, seen
from kpi_lib.deliveries.files.book import Cell
from kpi_lib.words.messages import Text, plural

Style = Literal["comma", "point", "open", "plain"]  # decimals after a comma (1.234,5), after a point (1,234.5), not certain, neither
ABSENT = {"", "-", "–", "—", "...", "…", "..", "x", "X", "*", "_", "- -", "--"}
_DITTO = {"nt", "n.t", "-nt-", "-n.t-", "như trên", '"', "''", "”", "〃", "-//-", "//"}
_BLANKS = re.compile(r"[\s\u00a0\u2007\u2009\u202f']")
_COMMA = re.compile(r"\d{1,3}(\.\d{3})+,\d+|\d+,(?!\d{3}$)\d+|\d{1,3}(\.\d{3}){2,}|0,\d+|\d{4,},\d+")
_POINT = re.compile(r"\d{1,3}(,\d{3})+\.\d+|\d+\.(?!\d{3}$)\d+|\d{1,3}(,\d{3}){2,}|0\.\d+|\d{4,}\.\d+")
_OPEN = re.compile(r"[1-9]\d{0,2}[.,]\d{3}")
_PLAIN = re.compile(r"\d+([eE][+-]?\d{1,2})?")
_MARK = re.compile(r"(.*?[\d%)])\s*([⁰¹²³⁴-⁹₀-₉①-⑳]+)")
_MOST_DIGITS = 40  # a longer row of digits is a slip of the hand, and may be more than a number can be
_SCIENTIFIC = re.compile(r"\d([.,]\d+)?[eE][+-]?\d{1,2}")


@dataclass(frozen=True, slots=True)
class Typed:
    """A number as typed: its sign, its digits with their marks, and which way of writing they show."""

    cell: Cell
    negative: bool
    digits: str
    style: Style
    mark: str = ""  # a footnote's, which stood behind it


class _NoNumberError(Exception):
    """A cell that is not surely one number."""


def parse_numbers(cells: Sequence[Cell], *, file: str, sheet: str) -> tuple[dict[str, float], list[Fault]]:
    """Values of the cells of one column, by address, and a fault for each cell that is not surely one number.

    True numbers pass as they are. Text is read as 1.234,5 or as 1,234.5, whichever the column's unambiguous members show; "1.234" alone
    is refused. A dash, dots or x means no figure, never zero. Percent signs are dropped (the value stays as typed).
    """
    values: dict[str, float] = {}
    faults: list[Fault] = []
    typed: list[Typed] = []

    def refuse(cell: Cell, check: str, found: Said, expected: Said = "") -> None:
        holds = (cell.address,)
        faults.append(fault(check, file=file, sheet=sheet, cell=cell.address, found=found, expected=expected, holds=holds))

    for cell in cells:
        try:
            found = _one(cell)
        except _NoNumberError as error:
            refuse(cell, *error.args)
            continue
        if isinstance(found, Typed):
            typed.append(found)
        elif found is not None:
            values[cell.address] = float(f"{found * cell.look.scale:.12g}")
            if cell.look.scale != 1.0:
                faults.append(_as_shown(cell, found, file, sheet))
    told = _read_alike(typed, values)
    faults += [fault(name, file=file, sheet=sheet, cell=at, found=found, holds=(at,)) for name, at, found in told]
    if read := [item.cell.address for item in typed if item.cell.address in values]:
        faults.append(_typed_as_text(read, file, sheet))
    return values, faults + [_footnote(item, file, sheet) for item in typed if item.mark]


def _read_alike(typed: Sequence[Typed], values: dict[str, float]) -> Iterator[tuple[str, str, Text]]:
    """Put the numbers typed as text among the values, all read the one way their column shows; check, cell and words of those left open."""
    styles: set[Style] = {item.style for item in typed} & {"comma", "point"}
    for item in typed:
        if len(styles) == 2:
            words = Text("“{typed}” in a column written both as 1.234,5 and as 1,234.5", typed=item.cell.written)
            yield "number_mixed", item.cell.address, words
        elif item.style == "open" and (not styles or _decimals_of_three(item, typed, styles)):
            yield "number_ambiguous", item.cell.address, _either(item)
        else:
            values[item.cell.address] = _value(item, "point" if "point" in styles else "comma")


def _typed_as_text(cells: list[str], file: str, sheet: str) -> Fault:
    shown = ", ".join(cells[:8])
    note = plural("{n} number typed as text: {cells}", "{n} numbers typed as text: {cells}", n=len(cells), cells=shown)
    return fault("number_text", file=file, sheet=sheet, cell=cells[0], found=note)


def _one(cell: Cell) -> float | Typed | None:
    """What one cell holds; None where it holds no figure.

    Raises
    ------
    _NoNumberError : a check, what was found and, where the check does not say it, what is expected.
    """
    value = cell.value
    if cell.error:
        raise _NoNumberError("cell_error", cell.error)
    if cell.uncached:
        raise _NoNumberError("formula_uncached", Text("a formula without a stored result"))
    if isinstance(value, dt.date):
        raise _NoNumberError("number_bad", Text("a day: {value}", value=str(value)))
    if isinstance(value, bool):
        raise _NoNumberError("number_bad", Text("true or false: {value}", value=str(value)))
    if isinstance(value, float) and cell.look.odd:
        raise _NoNumberError("number_shown", seen("the cell holds {stored}, but its format shows something else", stored=value))
    return _text(cell, value) if isinstance(value, str) else value


def _text(cell: Cell, text: str) -> Typed | None:
    own, mark = _without_mark(text.strip())
    plain = unicodedata.normalize("NFKC", own).strip()
    if plain in ABSENT or plain.strip(".… ") == "":
        return None
    if plain.lower() in _DITTO:
        instead = Text("The number written out in every cell, without ditto marks")
        raise _NoNumberError("number_bad", Text("“{text}” (a ditto mark)", text=cell.written), instead)
    digits = _BLANKS.sub("", plain.removesuffix("%").strip())
    negative = digits.startswith(("-", "−", "–")) or digits.endswith("-") or (digits.startswith("(") and digits.endswith(")"))
    digits = digits.strip("()-−–+") if negative else digits.removeprefix("+")
    style = _style(digits)
    spaced = re.search(r"\d\s+\d", plain) and not re.fullmatch(r"[-−(+]?\d{1,3}([\s']\d{3})+([.,]\d+)?\)?%?", plain)
    if style is None or spaced or any(unicodedata.category(char) == "No" for char in own):
        raise _NoNumberError("number_bad", Text("“{typed}”", typed=cell.written))
    return Typed(cell, negative, digits, style, mark)


def _without_mark(text: str) -> tuple[str, str]:
    """A number as typed, and the raised or circled digit behind it; a power of ten keeps its own.

    >>> _without_mark("98,4²"), _without_mark("7①"), _without_mark("10³")
    (('98,4', '²'), ('7', '①'), ('10³', ''))
    """
    found = _MARK.fullmatch(text)
    return (found[1], found[2]) if found and not re.fullmatch(r"(?:.*[^\d.,])?10", found[1]) else (text, "")


def _footnote(item: Typed, file: str, sheet: str) -> Fault:
    words = Text("“{typed}”: {mark} is read as a footnote mark and left out", typed=item.cell.written, mark=item.mark)
    return fault("footnote_mark", file=file, sheet=sheet, cell=item.cell.address, found=words)


def _as_shown(cell: Cell, stored: float, file: str, sheet: str) -> Fault:
    """A number whose format shows another one: as a percentage it is read as shown, in thousands or millions it waits."""
    found = seen("the cell shows {shown}, it holds {stored}", shown=cell.written, stored=stored)
    if cell.look.scale > 1:
        return fault("percent_shown", file=file, sheet=sheet, cell=cell.address, found=found)
    return fault("number_scaled", file=file, sheet=sheet, cell=cell.address, found=found, holds=(cell.address,))


def _decimals_of_three(item: Typed, typed: Sequence[Typed], styles: set[Style]) -> bool:
    """Whether three digits after a mark would be decimals where no other number of the column has three of them."""
    decimal = "." if "point" in styles else ","
    certain = (other.digits for other in typed if other.style in ("comma", "point"))
    return decimal in item.digits and not any(len(digits.rpartition(decimal)[2]) == 3 for digits in certain if decimal in digits)


def _style(digits: str) -> Style | None:
    if not digits.isascii() or len(digits) > _MOST_DIGITS:
        return None
    if _PLAIN.fullmatch(digits):
        return "plain"
    if _OPEN.fullmatch(digits):
        return "open"
    if _SCIENTIFIC.fullmatch(digits):
        return "comma" if "," in digits else "point"
    if _COMMA.fullmatch(digits):
        return "comma"
    return "point" if _POINT.fullmatch(digits) else None


def _value(item: Typed, style: Style) -> float:
    thousands, decimal = (".", ",") if style == "comma" else (",", ".")
    number = float(item.digits) if item.style == "plain" else float(item.digits.replace(thousands, "").replace(decimal, "."))
    return -number if item.negative else number


def _either(item: Typed) -> Text:
    """The two numbers that three digits after a mark may mean."""
    whole, part = re.split(r"[.,]", item.digits)
    both = {"whole": whole, "part": part, "decimal": float(f"{whole}.{part}")}
    return seen("“{typed}” (may be {whole}{part} or {decimal})", typed=item.cell.written, **both)
