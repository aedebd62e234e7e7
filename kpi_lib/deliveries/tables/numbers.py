"""Numbers typed as text: one column, one way of writing, decided from its unambiguous members; what stays open is refused, never guessed."""

from __future__ import annotations

import datetime as dt
import math
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from kpi_lib.deliveries.delivery import Fault, fault, seen
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
_SCIENTIFIC = re.compile(r"\d([.,]\d+)?[eE][+-]?\d{1,2}")


@dataclass(frozen=True, slots=True)
class Typed:
    """A number as typed: its sign, its digits with their marks, and which way of writing they show."""

    cell: Cell
    negative: bool
    digits: str
    style: Style


def parse_numbers(cells: Sequence[Cell], *, file: str, sheet: str) -> tuple[dict[str, float], list[Fault]]:
    """Values of the cells of one column, by address, and a fault for each cell that is not surely one number.

    True numbers pass as they are. Text is read as 1.234,5 or as 1,234.5, whichever the column's unambiguous members show; "1.234" alone
    is refused. A dash, dots or x means no figure, never zero. Percent signs are dropped (the value stays as typed).
    """
    values: dict[str, float] = {}
    faults: list[Fault] = []
    typed: list[Typed] = []
    for cell in cells:
        found = _one(cell, file, sheet)
        if isinstance(found, float):
            values[cell.address] = found
        elif isinstance(found, Typed):
            typed.append(found)
        elif isinstance(found, Fault):
            faults.append(found)
    styles: set[Style] = {item.style for item in typed} & {"comma", "point"}
    if len(styles) == 2:
        return values, [*faults, *(_mixed(item, file, sheet) for item in typed)]
    for item in typed:
        if item.style == "open" and not styles:
            faults.append(_ambiguous(item, file, sheet))
        else:
            values[item.cell.address] = _value(item, "point" if "point" in styles else "comma")
    faults += _as_text([item for item in typed if item.cell.address in values], file, sheet)
    return values, faults


def _one(cell: Cell, file: str, sheet: str) -> float | Typed | Fault | None:
    place = {"file": file, "sheet": sheet, "cell": cell.address, "holds": (cell.address,)}
    if cell.error:
        return fault("cell_error", found=cell.error, **place)  # type: ignore[arg-type]
    if cell.uncached:
        return fault("formula_uncached", found=Text("a formula without a stored result"), **place)  # type: ignore[arg-type]
    value = cell.value
    if value is None:
        return None
    if isinstance(value, bool | dt.date):
        what = Text("a day: {value}", value=str(value)) if isinstance(value, dt.date) else Text("true or false: {value}", value=str(value))
        return fault("number_bad", found=what, **place)  # type: ignore[arg-type]
    if isinstance(value, float):
        return value if math.isfinite(value) else fault("number_bad", found=str(value), **place)  # type: ignore[arg-type]
    return _text(cell, str(value), place)


def _text(cell: Cell, text: str, place: dict) -> Typed | Fault | None:
    plain = unicodedata.normalize("NFKC", text).strip()
    if plain in ABSENT or plain.strip(".… ") == "":
        return None
    if plain.lower() in _DITTO:
        again, instead = Text("{text} (a ditto mark)", text=repr(text)), Text("The number written out in every cell, without ditto marks")
        return fault("number_bad", found=again, expected=instead, **place)
    digits = _BLANKS.sub("", plain.removesuffix("%").strip())
    negative = digits.startswith(("-", "−", "–")) or digits.endswith("-") or (digits.startswith("(") and digits.endswith(")"))
    digits = digits.strip("()-−–+") if negative else digits.removeprefix("+")
    style = _style(digits)
    spaced = re.search(r"\d\s+\d", plain) and not re.fullmatch(r"[-−(+]?\d{1,3}([\s']\d{3})+([.,]\d+)?\)?%?", plain)
    if style is None or spaced:
        return fault("number_bad", found=repr(text), **place)
    return Typed(cell, negative, digits, style)


def _style(digits: str) -> Style | None:
    if not digits.isascii():
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


def _ambiguous(item: Typed, file: str, sheet: str) -> Fault:
    whole, part = re.split(r"[.,]", item.digits)
    found = seen(
        "“{typed}” (may be {whole}{part} or {decimal})",
        typed=str(item.cell.value),
        whole=whole,
        part=part,
        decimal=float(f"{whole}.{part}"),
    )
    return fault("number_ambiguous", file=file, sheet=sheet, cell=item.cell.address, found=found, holds=(item.cell.address,))


def _mixed(item: Typed, file: str, sheet: str) -> Fault:
    found = Text("“{typed}” in a column written both as 1.234,5 and as 1,234.5", typed=str(item.cell.value))
    return fault("number_mixed", file=file, sheet=sheet, cell=item.cell.address, found=found, holds=(item.cell.address,))


def _as_text(items: list[Typed], file: str, sheet: str) -> list[Fault]:
    """One note a column that numbers were typed as text."""
    if not items:
        return []
    shown = ", ".join(item.cell.address for item in items[:8])
    found = plural("{n} number typed as text: {cells}", "{n} numbers typed as text: {cells}", n=len(items), cells=shown)
    return [fault("number_text", file=file, sheet=sheet, cell=items[0].cell.address, found=found)]
