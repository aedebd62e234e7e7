"""What the library says: messages written in English with named fields, and their words in every language from its catalogue."""

from __future__ import annotations

import datetime as dt
import gettext
import hashlib
import io
import itertools
import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from string import Formatter
from typing import TypeAlias

SOURCE = "en"
LOCALE = Path(__file__).parent / "locale"
UNFIT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")
"""Characters no text may hold: those that no page, drawing or Word document can show (one of them ends the drawing library and the run
with it), and those that turn the direction of what follows, so that 87 reads 78."""


class Words:
    """Whatever can be said in a language: `words["vi"]`."""

    __slots__ = ()

    def __getitem__(self, lang: str, /) -> str:
        raise NotImplementedError


Field: TypeAlias = str | int | dt.date | Words


@dataclass(frozen=True, slots=True, init=False)
class Text(Words):
    """A message with named fields; `text[lang]` says it, and every field, in that language.

    Parameters
    ----------
    message : the English words, with `{name}` where a field stands.
    fields : words shown as they are, a whole number written without separators (a year, a small count), a date, or words that are
        themselves said in the language asked for.

    A field may carry the noun that it counts, once for one and once for more (`noun`); a language without such forms writes the noun behind it.

    >>> Text("{done} of {total:month|months}", done=3, total=12)["en"], Text("{total:month|months}", total=1)["en"]
    ('3 of 12 months', '1 month')
    """

    message: str
    several: str
    context: str
    fields: tuple[tuple[str, Field], ...]

    def __init__(self, message: str, /, **fields: Field) -> None:
        self._hold(message, "", "", fields)

    def _hold(self, message: str, several: str, context: str, fields: Mapping[str, Field]) -> Text:
        for name, value in (("message", message), ("several", several), ("context", context), ("fields", tuple(fields.items()))):
            object.__setattr__(self, name, value)
        return self

    def __getitem__(self, lang: str, /) -> str:
        pattern, fields = self.pattern(lang), {name: said(value, lang) for name, value in self.fields}
        if "|" not in pattern:
            return pattern.format(**fields)
        parts = Formatter().parse(pattern)
        return "".join(
            words + ("" if name is None else fields[name] + noun(fields[name], spec or "", lang)) for words, name, spec, _ in parts
        )

    def pattern(self, lang: str) -> str:
        """The words of the language with their fields unfilled.

        Raises
        ------
        LookupError : the language's catalogue lacks the message.
        """
        words = catalogue(lang)
        if self.several:
            return words.ngettext(self.message, self.several, dict(self.fields)["n"])  # type: ignore[arg-type]
        return words.pgettext(self.context, self.message) if self.context else words.gettext(self.message)


def noun(shown: str, forms: str, lang: str) -> str:
    """The form of a noun that goes with a number as it is written, behind a space; nothing where a field carries none.

    >>> noun("1", "month|months", "en"), noun("1.0", "point|points", "en"), noun("3", "", "en")
    (' month', ' points', '')
    """
    if not forms:
        return ""
    ways, rule = forms.split("|"), getattr(catalogue(lang), "plural", None)
    number = rule(int(shown)) if rule and shown.isdigit() else int(shown != "1")
    return f" {ways[min(number, len(ways) - 1)]}"


def plural(one: str, several: str, /, *, n: int, **fields: Field) -> Text:
    """A message whose words depend on a count, the field `n`.

    >>> plural("{n} month", "{n} months", n=1)["en"], plural("{n} month", "{n} months", n=3)["en"]
    ('1 month', '3 months')
    """
    return Text.__new__(Text)._hold(one, several, "", {"n": n, **fields})


def in_context(context: str, message: str, /, **fields: Field) -> Text:
    """A message whose English words are said in more than one way elsewhere; the context tells translators which.

    >>> in_context("of a sum", "up")["en"]
    'up'
    """
    return Text.__new__(Text)._hold(message, "", context, fields)


def say(message: str, lang: str, /, **fields: Field) -> str:
    """A message said at once.

    >>> say("As known on {day}", "en", day=dt.date(2025, 10, 5))
    'As known on 5 October 2025'
    """
    return Text(message, **fields)[lang]


@dataclass(frozen=True, slots=True, init=False)
class Named(Words):
    """A name that carries its own translations, since it is data of a unit; words alone stand for every language.

    A language the unit gave no name in reads the first one given: a proper name is better said as its owner writes it than not at all.

    >>> name = Named(vi="phường Uông Bí", en="Uông Bí ward")
    >>> name["en"], name["lo"], Named("UBND")["en"]
    ('Uông Bí ward', 'phường Uông Bí', 'UBND')
    """

    names: tuple[tuple[str, str], ...]

    def __init__(self, words: str = "", /, **names: str) -> None:
        object.__setattr__(self, "names", (*((("", words),) if words or not names else ()), *names.items()))

    def __getitem__(self, lang: str, /) -> str:
        return dict(self.names).get(lang, self.names[0][1])


@dataclass(frozen=True, slots=True)
class Without(Words):
    """A text without some of its sentences, by their number; every language says it in as many.

    >>> Without(Named("One. Two: “2.5”. Three."), (1,))["en"]
    'One. Three.'
    """

    text: Words
    left_out: tuple[int, ...]

    def __getitem__(self, lang: str, /) -> str:
        return " ".join(sentence for number, sentence in enumerate(sentences(self.text[lang])) if number not in self.left_out)


def sentences(text: str) -> list[str]:
    """The sentences of a text: each ends in a stop, and the next begins with a capital or a quotation."""
    pieces = re.split(r"(?<=[.”]) ", text)
    begins = [number for number, piece in enumerate(pieces) if number == 0 or piece[:1].isupper() or piece[:1] == "“"]
    return [" ".join(pieces[start:end]) for start, end in itertools.pairwise([*begins, len(pieces)])]


@dataclass(frozen=True, slots=True)
class Listed(Words):
    """Words said one after another.

    >>> Listed(("a", Named("b")))["en"]
    'a, b'
    """

    parts: tuple[Field, ...] = field(default=())
    between: str = ", "

    def __getitem__(self, lang: str, /) -> str:
        return self.between.join(said(part, lang) for part in self.parts)


@dataclass(frozen=True, slots=True)
class Opening(Words):
    """Words at the head of a line, their first letter a capital.

    >>> Opening(Text("straight line"))["en"]
    'Straight line'
    """

    words: Words

    def __getitem__(self, lang: str, /) -> str:
        words = self.words[lang]
        return words[:1].upper() + words[1:]


def listed(parts: Iterable[Field], between: str = ", ") -> Listed:
    """Words said one after another, from any collection of them."""
    return Listed(tuple(parts), between)


class KpiError(ValueError):
    """Something the reader can mend: the rule, what was found and where, and the way out.

    `error[lang]` says it in the reader's language, `str(error)` in English.
    """

    def __init__(self, message: str | Words, /, **fields: Field) -> None:
        self.words = Text(message, **fields) if isinstance(message, str) else message
        super().__init__(self.words)

    def __getitem__(self, lang: str, /) -> str:
        return self.words[lang]

    def __str__(self) -> str:
        return self.words[SOURCE]


def said(value: Field, lang: str) -> str:
    """The words of a field in a language."""
    if isinstance(value, str):
        return value
    if isinstance(value, dt.date):
        return Dated(value, "d MMMM y")[lang]
    return value[lang] if isinstance(value, Words) else str(int(value))


@dataclass(frozen=True, slots=True)
class Dated(Words):
    """A day, or the month it lies in, by a pattern of CLDR; the catalogue says how its language writes that.

    >>> Dated(dt.date(2025, 10, 5), "MMMM y")["en"], Dated(dt.date(2025, 10, 5), "d MMMM y")["vi"]
    ('October 2025', '05/10/2025')
    """

    day: dt.date
    pattern: str

    def __getitem__(self, lang: str, /) -> str:
        return _dated(self.day, self.pattern, lang)


@lru_cache(maxsize=4096)
def _dated(day: dt.date, pattern: str, lang: str) -> str:
    from babel.dates import format_date

    return format_date(day, Text.__new__(Text)._hold(pattern, "", "pattern of a date", {}).pattern(lang), locale=lang)


def languages() -> tuple[str, ...]:
    """Every language the library speaks: those with a catalogue, then that of the messages themselves."""
    return _languages(LOCALE)


@lru_cache(maxsize=8)
def _languages(locale: Path) -> tuple[str, ...]:
    return (*sorted(path.parts[-3] for path in locale.glob("*/LC_MESSAGES/kpi.po")), SOURCE)


def catalogue(lang: str) -> gettext.NullTranslations:
    """The messages of a language.

    Raises
    ------
    KpiError : there is no catalogue of that language. LookupError : from the catalogue, a message it lacks.
    """
    return _catalogue(lang, LOCALE)


@lru_cache(maxsize=16)
def _catalogue(lang: str, folder: Path) -> gettext.NullTranslations:
    if lang == SOURCE:
        return gettext.NullTranslations()
    file = folder / lang / "LC_MESSAGES" / "kpi.po"
    if not file.exists():
        raise KpiError("lang = {lang}: only {languages}.", lang=repr(lang), languages=listed(languages()))
    found = gettext.GNUTranslations(io.BytesIO(_compiled(file)))
    found.add_fallback(_Lacking(lang))
    return found


def _compiled(file: Path) -> bytes:
    """The catalogue as gettext reads it, kept beside it as Python keeps its own: reading the text costs a quarter of a second a process."""
    words = file.read_bytes()
    kept = file.parent / "__pycache__" / f"kpi.{hashlib.sha256(words).hexdigest()[:16]}.mo"
    with suppress(OSError):
        return kept.read_bytes()
    from babel.messages import mofile, pofile

    made = io.BytesIO()
    mofile.write_mo(made, pofile.read_po(io.BytesIO(words)))
    with suppress(OSError):
        kept.parent.mkdir(exist_ok=True)
        for old in kept.parent.glob("kpi.*.mo"):
            old.unlink(missing_ok=True)
        part = kept.with_suffix(f".{id(made)}.part")
        part.write_bytes(made.getvalue())
        part.replace(kept)
    return made.getvalue()


class _Lacking(gettext.NullTranslations):
    """What is asked when a catalogue lacks a message: never silently another language."""

    def __init__(self, lang: str) -> None:
        super().__init__()
        self.lang = lang

    def gettext(self, message: str) -> str:
        raise LookupError(f"{self.lang}: the catalogue lacks {message!r}")

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:  # noqa: ARG002
        return self.gettext(msgid1)

    def pgettext(self, context: str, message: str) -> str:  # noqa: ARG002
        return self.gettext(message)
