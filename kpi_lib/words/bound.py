"""Sentences whose every number and every word of sign is bound to a value."""

from __future__ import annotations

import html
import math
from collections.abc import Callable
from dataclasses import dataclass

from kpi_lib.words.numbers import chance, number, percent
from kpi_lib.words.values import Share, Values


@dataclass(frozen=True, slots=True)
class Shown:
    """A number on a page: what it is, its value, and the characters the reader sees.

    `of` says what it belongs to (an indicator's id, a table); with `label` it is the key under which the manifest holds the value.
    `share` marks a value between 0 and 1 that is read as a percentage. `bound` makes them: a value comes from the table of values.
    """

    label: str
    value: float
    text: str
    of: str
    share: bool = False

    @property
    def key(self) -> str:
        """The name of the value in the manifest."""
        return f"{self.of}.{self.label}"

    @property
    def markup(self) -> str:
        """The characters with the value and its name beside them, for the check that the one says the other."""
        if not math.isfinite(self.value):
            return unbroken(self.text)
        value = f"{100 * self.value if self.share else self.value:.9g}"
        return f'<data value="{value}" data-of="{html.escape(self.key, quote=True)}">{unbroken(self.text)}</data>'


def bound(values: Values, label: str, form: Callable[[float], str]) -> Shown:
    """The number of that label in a table of values, written as `form` writes it. Nothing else makes a number of a page.

    >>> bound(Values("x", {"median": 2.25}), "median", lambda value: number(value, 1)).markup
    '<data value="2.25" data-of="x.median">2,3</data>'
    """
    value = values[label]
    return Shown(label, float(value), form(value), values.of, isinstance(value, Share))


def plainly(values: Values, label: str, decimals: int, lang: str, tail: str = "") -> Shown:
    """A number with its decimals and what follows it, bound."""
    return bound(values, label, lambda value: number(value, decimals, lang) + tail)


def counted(values: Values, label: str, lang: str) -> Shown:
    """A count, bound."""
    return plainly(values, label, 0, lang)


def in_percent(values: Values, label: str, decimals: int, lang: str) -> Shown:
    """A share of one, read in percent, bound."""
    return bound(values, label, lambda value: f"{percent(100 * value, lang, decimals)} %")


def likely(values: Values, label: str, lang: str) -> Shown:
    """A probability, bound."""
    return bound(values, label, lambda value: chance(value, lang))


def unbroken(text: str) -> str:
    """Words escaped for a page, a percent sign kept on the line of its number."""
    return html.escape(text).replace(" %", "\u00a0%")


class Quoted(str):
    """Words made elsewhere, with numbers and dates in them: shown as they are, not walked back to a value."""

    __slots__ = ()


class Word(str):
    """A word that says which way a value lies, or what came of it ('thiếu', 'tăng', 'không đạt'): bound, as a number is.

    `key` names the value in the manifest, `case` is what it says (-1, 0 or 1, the rank of a status), `choice` the row of `CHOICES` that the
    word was taken from. `chosen` makes them.
    """

    __slots__ = ("case", "choice", "key")
    key: str
    case: int
    choice: str

    @property
    def markup(self) -> str:
        """The word with what it is bound to beside it, for the check that the one says the other."""
        bound_to = (
            f'data-of="{html.escape(self.key, quote=True)}" data-value="{self.case}" data-words="{html.escape(self.choice, quote=True)}"'
        )
        return f"<span {bound_to}>{unbroken(self)}</span>"


def worded(key: str, case: int, choice: str, text: str) -> Word:
    """A word with what it is bound to."""
    word = Word(text)
    word.key, word.case, word.choice = key, case, choice
    return word


@dataclass(frozen=True, slots=True)
class Sentence:
    """Words and numbers; `text` is what is read, `numbers` what it is bound to. Shown in a notebook as a paragraph."""

    parts: tuple[str | Shown, ...]
    style: str = "lead"

    @property
    def text(self) -> str:
        """The sentence as plain text."""
        return "".join(part if isinstance(part, str) else part.text for part in self.parts)

    @property
    def numbers(self) -> tuple[Shown, ...]:
        """Every number said."""
        return tuple(part for part in self.parts if isinstance(part, Shown))

    def __str__(self) -> str:
        return self.text

    def _repr_html_(self) -> str:
        return f'<p class="{self.style}">{"".join(_part(part) for part in self.parts)}</p>'


def _part(part: str | Shown) -> str:
    if isinstance(part, Shown):
        return f"<b>{part.markup}</b>"
    if isinstance(part, Word):
        return part.markup
    text = unbroken(part)
    return f'<span class="quoted">{text}</span>' if isinstance(part, Quoted) else text
