"""Pieces of a page, as `templates/parts.html.j2` writes them: every cell escaped, every number bound to its value."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup, escape

from kpi_lib.outlook.verdict import Outlook
from kpi_lib.record.replays import code_digest
from kpi_lib.words.bound import Shown
from kpi_lib.words.html import macros, written
from kpi_lib.words.messages import Text, Words, in_context, languages, say
from kpi_lib.words.numbers import date_text, number, with_percent

NUMBER, WORDS = "num", "words"


class Html(Markup):
    """A piece of a page made by this library, already escaped; shown as it is in a notebook."""

    __slots__ = ()

    def _repr_html_(self) -> str:
        return str(self)


def warm() -> None:
    """Do once what every page wants: its macros compiled, its languages' data read, the digest of the code; before a process is forked for each page."""
    for lang in languages():
        date_text(dt.date.min, lang), with_percent(number(0.0, 1, lang), lang)
    for name in ("parts", "figure"):
        macros(f"page/templates/{name}.html.j2")
    code_digest()


def piece(macro: str, *values: object) -> Html:
    """A piece of a page: what that macro makes of these values."""
    return Html(getattr(macros("page/templates/parts.html.j2"), macro)(*values))


@dataclass(frozen=True, slots=True)
class Stack:
    """Several things shown one below the other by one notebook cell."""

    parts: tuple[object, ...]

    def _ipython_display_(self) -> None:
        from IPython.display import display

        for each in self.parts:
            if each is not None and each != "":
                display(each)


@dataclass(frozen=True, slots=True, eq=False)
class Heading:
    """A table column: heading, alignment, whether it names the row, and whether it quotes words made elsewhere (sources, documents)."""

    name: Words
    align: str = WORDS
    heads_row: bool = False
    quotes: bool = False

    def kind(self, value: object) -> str:
        """The classes of a cell."""
        return " ".join(name for name, holds in (("num", self.align == NUMBER), ("quoted", self.quotes), ("none", value == "–")) if holds)


@dataclass(frozen=True, slots=True)
class Small:
    """A remark in small letters on a line of its own; in plain text in brackets."""

    parts: tuple[object, ...]

    def __html__(self) -> str:
        return piece("small", self.parts)


def small(*parts: object) -> Small:
    """A remark in small letters on a line of its own."""
    return Small(parts)


Columns = Mapping[Heading, Callable[..., object]]
LINE = Heading(in_context("heading of the lines", "Target"), heads_row=True, quotes=True)


def table(columns: Columns, things: Iterable[tuple[Any, ...] | str], *, caption: Words, lang: str, kind: str = "") -> Html:
    """A table of things: every column with what it says of one. A thing that is a string is a group heading across all columns.

    It scrolls by itself, by finger and by keyboard. Without a thing there is no table.
    """
    heads = [(column.align == NUMBER, escape(written(column.name[lang]))) for column in columns]
    told = list(zip(columns, heads, columns.values(), strict=True))
    rows = [each if isinstance(each, str) else [_cell(column, head, says(*each)) for column, head, says in told] for each in things]
    return piece("table", heads, rows, caption[lang], kind) if rows else Html("")


def folded_table(columns: Columns, things: Sequence[tuple[Any, ...] | str], *, caption: Words, lang: str, first: int = 0) -> Html:
    """A table to look things up in: its first rows, and the others on demand, under a heading that says how many; on paper all stand open."""
    shown = table(columns, things[:first], caption=caption, lang=lang)
    rest = things[first:]
    if not rest:
        return shown
    wording = Text("{caption}: {n} more", caption=caption, n=len(rest)) if first else Text("{caption}: {n}", caption=caption, n=len(rest))
    return shown + folded(wording[lang], table(columns, rest, caption=caption, lang=lang))


def _cell(column: Heading, head: tuple[bool, Markup], value: object) -> tuple[object, ...]:
    return column.heads_row, column.kind(value), head[1], isinstance(value, tuple), value


def folded(summary: str, *parts: Html) -> Html:
    """Parts that a reader unfolds; on paper they stand open."""
    return piece("folded", summary, parts)


def plain(value: object) -> str:
    """A cell as plain text."""
    if isinstance(value, tuple):
        return "".join(map(plain, value))
    if isinstance(value, Small):
        return f" ({plain(value.parts)})"
    if isinstance(value, Html):
        return value.striptags()
    return value.text if isinstance(value, Shown) else str(value)


def page_of(item: Outlook) -> str:
    """File name of the line's own page."""
    return f"{item.indicator.id.replace('_', '-')}.html"


def linked(item: Outlook, wording: str) -> Html | str:
    """Words that lead to the line's own page, where it has one."""
    return piece("link", page_of(item), wording) if item.reportable else wording


def line_name(item: Outlook, lang: str) -> str:
    """Number and short name of a line."""
    return item.indicator.headed(item.indicator.short, lang)


def answers_for(item: Outlook, lang: str) -> str:
    """Who can change the outcome, with the remark that it is a proposal where it is one; that nobody is named, where nobody is."""
    return item.indicator.duty.result_owner[lang] or say("no body is named as answering for the result", lang)


def date_cell(moment: dt.date, lang: str, assumed: bool = False) -> Html:
    """A date, and whether it is assumed."""
    return piece("day", moment, date_text(moment, lang), say(" (assumed)", lang) if assumed else "")
