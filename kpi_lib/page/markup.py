"""Pieces of a page: tables, remarks, bars; every cell escaped, every number bound to its value."""

from __future__ import annotations

import datetime as dt
import html
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from kpi_lib.words.bound import Shown, Word, unbroken
from kpi_lib.words.numbers import date_text
from kpi_lib.words.texts import Text

NUMBER, WORDS = "num", "words"
_NUM = ' class="num"'


@dataclass(frozen=True, slots=True)
class Html:
    """A piece of a page made by this library, already escaped; shown as it is in a notebook."""

    markup: str

    def _repr_html_(self) -> str:
        return self.markup


@dataclass(frozen=True, slots=True)
class Stack:
    """Several things shown one below the other by one notebook cell."""

    parts: tuple[object, ...]

    def _ipython_display_(self) -> None:
        from IPython.display import display

        for part in self.parts:
            if part is not None:
                display(part)


@dataclass(frozen=True, slots=True)
class Column:
    """A table column: heading, alignment, whether it names the row, and whether it quotes words made elsewhere (sources, documents)."""

    name: Text
    align: str = WORDS
    heads_row: bool = False
    quotes: bool = False


def inner(value: object) -> str:
    """What stands in a cell: our own HTML and bound numbers as they are, several parts one after the other, anything else escaped."""
    if isinstance(value, tuple):
        return "".join(inner(part) for part in value)
    return value.markup if isinstance(value, Html | Shown | Word) else unbroken(str(value))


def _cell(value: object, column: Column, lang: str) -> str:
    content = f'<span class="v">{inner(value)}</span>' if isinstance(value, tuple) else inner(value)
    label = html.escape(column.name[lang], quote=True)
    names = " ".join(name for name, holds in (("num", column.align == NUMBER), ("quoted", column.quotes), ("none", value == "–")) if holds)
    kind = f' class="{names}"' if names else ""
    if column.heads_row:
        return f'<th scope="row"{kind} data-label="{label}">{content}</th>'
    return f'<td{kind} data-label="{label}">{content}</td>'


def table(columns: Sequence[Column], rows: Iterable[Sequence[object] | str], *, caption: str, lang: str, kind: str = "") -> Html:
    """A table; a row that is a string is a group heading across all columns. It scrolls by itself, by finger and by keyboard."""
    head = "".join(f'<th scope="col"{_NUM if c.align == NUMBER else ""}>{html.escape(c.name[lang])}</th>' for c in columns)
    body = []
    for row in rows:
        if isinstance(row, str):
            body.append(f'<tr class="group"><th scope="colgroup" colspan="{len(columns)}">{html.escape(row)}</th></tr>')
        else:
            body.append("<tr>" + "".join(_cell(value, column, lang) for value, column in zip(row, columns, strict=True)) + "</tr>")
    if not body:
        return Html(f'<p class="note">{html.escape(caption)}: {"none" if lang == "en" else "không có"}.</p>')
    label = html.escape(caption, quote=True)
    return Html(
        f'<div class="table-wrap {kind}" role="region" aria-label="{label}" tabindex="0"><table class="kpi {kind}">'
        f"<caption>{html.escape(caption)}</caption><thead><tr>{head}</tr></thead><tbody>{''.join(body)}</tbody></table></div>"
    )


def folded(summary: str, *parts: Html) -> Html:
    """Parts that a reader unfolds; on paper they stand open."""
    content = "".join(part.markup for part in parts)
    return Html(f'<details><summary class="quoted">{html.escape(summary)}</summary>{content}</details>')


def small(*parts: object) -> Html:
    """A remark in small letters on a line of its own."""
    return Html(f"<br><small>{inner(tuple(parts))}</small>")


def bar(share: float) -> Html:
    """A share between 0 and 1 as a small bar; the figure stands beside it."""
    return Html(f'<span class="bar" style="--p:{share:.3f}" aria-hidden="true"></span>')


def quoted(text: str) -> Html:
    """Words made elsewhere with numbers and dates in them: shown as they are, not walked back to a value."""
    return Html(f'<span class="quoted">{html.escape(text)}</span>')


def plain(value: object) -> str:
    """A cell as plain text."""
    if isinstance(value, tuple):
        return "".join(plain(part) for part in value)
    if isinstance(value, Html):
        return html.unescape(re.sub(r"<[^>]+>", "", value.markup.replace("<br><small>", " (").replace("</small>", ")")))
    return value.text if isinstance(value, Shown) else str(value)


def date_cell(moment: dt.date, lang: str, assumed: bool = False) -> Html:
    """A date, and whether it is assumed."""
    words = "" if not assumed else (" (assumed)" if lang == "en" else " (giả định)")
    return Html(f'<time datetime="{moment}">{date_text(moment, lang)}</time>{words}')
