"""Sentences whose every number and every word of sign is bound to a value."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from string import Formatter
from typing import TypeAlias

from markupsafe import escape

from kpi_lib.words.html import macros, written
from kpi_lib.words.messages import Field, Text, Words, noun, said
from kpi_lib.words.numbers import NO_MEASURE, chance, number, percent, with_measure, with_percent
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

    def __html__(self) -> str:
        """The characters with the value and its name beside them, for the check that the one says the other."""
        if not math.isfinite(self.value):
            return escape(written(self.text))
        digits = max(9, sum(sign.isdecimal() for sign in self.text) + 1)  # never fewer than are read
        return _made("number", f"{100 * self.value if self.share else self.value:.{digits}g}", self.key, self.text)


def bound(values: Values, label: str, form: Callable[[float], str]) -> Shown:
    """The number of that label in a table of values, written as `form` writes it. Nothing else makes a number of a page.

    >>> bound(Values("x", {"median": 2.25}), "median", lambda value: number(value, 1)).__html__()
    '<data value="2.25" data-of="x.median">2,3</data>'
    >>> bound(Values("x", {"sum": 1084988.726}), "sum", lambda value: number(value, 3, "en")).__html__()
    '<data value="1084988.726" data-of="x.sum">1,084,988.726</data>'
    """
    value = values[label]
    return Shown(label, float(value), form(value), values.of, isinstance(value, Share))


def plainly(values: Values, label: str, decimals: int, lang: str, measure: Words = NO_MEASURE) -> Shown:
    """A number with its decimals and its unit, bound."""
    return bound(values, label, lambda value: with_measure(number(value, decimals, lang), measure, lang))


def counted(values: Values, label: str, lang: str) -> Shown:
    """A count, bound."""
    return plainly(values, label, 0, lang)


def in_percent(values: Values, label: str, decimals: int, lang: str) -> Shown:
    """A share of one, read in percent, bound."""
    return bound(values, label, lambda value: with_percent(percent(100 * value, lang, decimals), lang))


def likely(values: Values, label: str, lang: str) -> Shown:
    """A probability, bound."""
    return bound(values, label, lambda value: chance(value, lang))


class Quoted(str):
    """Words made elsewhere, with numbers and dates in them: shown as they are, not walked back to a value."""

    __slots__ = ()

    def __html__(self) -> str:
        return _made("quoted", str(self))


class Word(str):
    """A word that says which way a value lies, or what came of it ('thiếu', 'tăng', 'không đạt'): bound, as a number is.

    `key` names the value in the manifest, `case` is what it says (-1, 0 or 1, the rank of a status), `choice` the row of `CHOICES` that the
    word was taken from. `chosen` makes them.
    """

    __slots__ = ("case", "choice", "key")
    key: str
    case: int
    choice: str

    def __html__(self) -> str:
        """The word with what it is bound to beside it, for the check that the one says the other."""
        return _made("word", self.key, self.case, self.choice, str(self))


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

    def __html__(self) -> str:
        parts = [(isinstance(part, Shown), part) for part in self.parts]
        return str(macros(_TEMPLATE).sentence(self.style, parts))

    def _repr_html_(self) -> str:
        return self.__html__()


Part: TypeAlias = "str | Shown | Field | Sequence[Part]"


def filled(message: str | Text, lang: str, /, **values: Part) -> list[str | Shown]:
    """The words of a message with what is said in the place of its fields: the order of the words is the language's own.

    A value is a bound number or word, words said in that language, or several of these one after another; the fields that a message was
    made with need not be given again.

    >>> filled("{done} of {total} targets", "en", done="3", total=Text("{n} and more", n=12))
    ['3', ' of ', '12 and more', ' targets']
    """
    text = Text(message) if isinstance(message, str) else message
    known: dict[str, Part] = {**dict(text.fields), **values}
    parts: list[str | Shown] = []
    for words, name, forms, _ in Formatter().parse(text.pattern(lang)):
        parts += [words] if words else []
        spoken = _spoken(known[name], lang) if name is not None else []
        parts += [*spoken, noun("".join(part if isinstance(part, str) else part.text for part in spoken), forms, lang)] if forms else spoken
    return parts


def _spoken(value: Part, lang: str) -> list[str | Shown]:
    if isinstance(value, list | tuple):
        return [part for each in value for part in _spoken(each, lang)]
    if isinstance(value, Shown):
        return [value]
    words = said(value, lang)  # type: ignore[arg-type]
    return [words] if words else []


def sentence(message: str | Text, lang: str, style: str = "lead", /, **values: Part) -> Sentence:
    """A message as a sentence of a page; its fields as `filled` takes them."""
    return Sentence(tuple(filled(message, lang, **values)), style)


_TEMPLATE = "words/templates/bound.html.j2"


def _made(macro: str, *values: object) -> str:
    """What a macro without conditions makes of values: there are tens of thousands, so it is asked once and its places filled since."""
    return _pattern(macro, len(values)).format(*(escape(written(value)) for value in values))


@functools.cache
def _pattern(macro: str, places: int) -> str:
    return str(getattr(macros(_TEMPLATE), macro)(*(f"{{{place}}}" for place in range(places))))
