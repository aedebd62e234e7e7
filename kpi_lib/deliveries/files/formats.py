"""What a number format makes of a stored number: what an officer sees is what counts."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

_QUOTED = re.compile(r'"([^"]*)"|\\(.)|_.|\*.|\[\$([^\]-]*)[^\]]*\]|\[[^\]]*\]')


@dataclass(frozen=True, slots=True)
class Look:
    """How a number is shown: times `scale`, before the words `unit`. `odd` marks a format that shows something else than its number."""

    scale: float = 1.0
    unit: str = ""
    odd: bool = False


AS_IT_IS = Look()


@lru_cache(maxsize=4096)
def shown_by(code: str, *, negative: bool = False) -> Look:
    """How a spreadsheet's format shows a number.

    >>> shown_by("0.0%").scale, shown_by("#,##0.0,,").scale, shown_by('#,##0" million"').unit, shown_by(";;;").odd
    (100.0, 1e-06, 'million', True)
    """
    if code in ("", "@"):
        return Look()
    sections = _sections(re.sub("General|Standard", "0", code, flags=re.IGNORECASE))
    section = sections[1] if negative and len(sections) > 1 else sections[0]
    words = [next((part for part in found.groups() if part), "") for found in _QUOTED.finditer(section)]
    bare = _QUOTED.sub("", section)
    digits = re.search(r"[0#?]", bare)
    words += [char for char in bare if unicodedata.category(char) == "Sc"]
    unit = " ".join(word.strip() for word in words if any(map(_says_unit, word)))
    conditional = re.search(r"\[[<>=]", code) is not None and len(set(map(_scale, sections))) > 1
    invented = any(char.isdigit() for word in words for char in word) or (
        not negative and any(word.strip() in ("-", "−") for word in words)
    )
    unsigned = negative and len(sections) > 1 and not re.search(r"[-−(]", section)
    odd = digits is None or invented or conditional or unsigned
    return Look(_scale(section), "%" if "%" in bare else unit, odd)


def _says_unit(char: str) -> bool:
    return char.isalpha() or char in "%‰" or unicodedata.category(char) == "Sc"


def _scale(section: str) -> float:
    """What a part of a format multiplies its number by."""
    bare = _QUOTED.sub("", section)
    tail = re.search(r"[0#?](,+)(?![0#?,])", bare)
    return 100.0 ** bare.count("%") / 1000.0 ** (len(tail[1]) if tail else 0)


def _sections(code: str) -> list[str]:
    """The parts of a format: for positive numbers, negative ones, nought, text."""
    parts, inside, start = [], False, 0
    for at, char in enumerate(code):
        inside ^= char == '"'
        if char == ";" and not inside:
            parts.append(code[start:at])
            start = at + 1
    return [*parts, code[start:]]


def as_shown(value: float, text: str) -> Look:
    """How a number is shown, from what stands in the cell: formats of OpenDocument keep the text beside the value.

    >>> as_shown(0.985, "98,5 %").scale, as_shown(31400000000.0, "31.400,0").scale, as_shown(31.4, "31,40 km").unit
    (100.0, 1e-06, 'km')
    """
    digits = re.search(r"\d[\d.,\s]*", text)
    if digits is None or (value < 0) != (re.search(r"[-−(]", text[: digits.start()]) is not None):
        return Look(odd=bool(text.strip()))
    if re.fullmatch(r"[-−(]?[\d.,]+E[+-]?\d+\)?", text.strip(), re.IGNORECASE):
        return Look()
    unit = "%" if "%" in text else re.sub(r"[\d.,\s()+−-]+", " ", text).strip()
    tries = [float(f"1e{power}") for power in (0, -3, -6, -9)]
    for scale in ([100.0] if "%" in text else []) + tries:
        if any(abs(abs(value * scale) - number) <= 0.5 * step + 1e-9 for number, step in _readings(digits[0])):
            return Look(scale, unit)
    return Look(1.0, unit, odd=True)


def _readings(digits: str) -> list[tuple[float, float]]:
    """The numbers that digits with marks may mean, each with the size of its last place."""
    found = []
    for thousands, decimal in ((".", ","), (",", ".")):
        plain = re.sub(r"\s", "", digits).rstrip(".,").replace(thousands, "")
        if plain.count(decimal) <= 1:
            whole, _, part = plain.partition(decimal)
            found.append((float(f"{whole or 0}.{part or 0}"), 10.0 ** -len(part)))
    return found
