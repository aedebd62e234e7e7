"""Forms at the desk: what is asked, how it stands in the page, and what was typed, read as the officer's language writes it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from kpi_lib.definitions.indicators import day
from kpi_lib.page.markup import Html
from kpi_lib.words.html import macros
from kpi_lib.words.messages import KpiError, Text, Words
from kpi_lib.words.numbers import a_number

Typed = Mapping[str, str]
"""What a form holds, by the names of its fields."""


@dataclass(frozen=True, slots=True)
class Field:
    """What one field asks. `choices` are values and words; `usual` stands in it at first; `after` is said behind it, a unit of measure."""

    name: str
    label: Words
    kind: Literal["text", "long", "number", "date", "choice", "tick"] = "text"
    needed: bool = True
    usual: str = ""
    after: str = ""
    choices: tuple[tuple[str, str], ...] = ()


def form(kind: str, fields: Sequence[Field], typed: Typed, buttons: Sequence[tuple[str, Words]], lang: str) -> Html:
    """A form with what was typed into it; a press of a button sends all of it under the name `kind`."""
    shown = [(each, each.label[lang], typed.get(each.name, each.usual)) for each in fields]
    return Html(macros("page/templates/desk.html.j2").form(kind, shown, [(act, words[lang]) for act, words in buttons]))


class Read:
    """What was typed into a form, field by field as its kind; an empty or unreadable one is refused by its name."""

    def __init__(self, fields: Sequence[Field], typed: Typed, lang: str) -> None:
        self._lang, self._fields = lang, {each.name: each for each in fields}
        self._typed = {name: " ".join(str(typed.get(name, "")).split()) for name in self._fields}
        self.want(*(each.name for each in fields if each.needed))

    def want(self, *names: str) -> None:
        """Refuse the form where one of these fields is empty, by the name of the first."""
        missing = [name for name in names if not self._typed[name]]
        if missing:
            raise KpiError("“{field}” is still empty.", field=self._fields[missing[0]].label)

    def has(self, name: str) -> bool:
        """Whether there is such a field and something was typed into it."""
        return bool(self._typed.get(name))

    def text(self, name: str) -> str:
        """The words typed, on one line; of a choice its value."""
        found, field = self._typed[name], self._fields[name]
        if field.kind == "choice" and found not in dict(field.choices):
            raise self._refused(name, KpiError("{found} is none of the choices", found=repr(found)))
        return found

    def number(self, name: str) -> float | None:
        """The number typed; None for an empty field."""
        try:
            return a_number(self._typed[name], self._lang)
        except KpiError as error:
            raise self._refused(name, error) from None

    def day(self, name: str) -> dt.date | None:
        """The day chosen; None for an empty field."""
        try:
            return day(self._typed[name]) if self._typed[name] else None
        except KpiError as error:
            raise self._refused(name, error) from None

    def needed(self, name: str) -> Any:
        """The number or day of a field that must not be empty."""
        return self.number(name) if self._fields[name].kind == "number" else self.day(name)

    def ticked(self, name: str) -> bool:
        """Whether a box is ticked."""
        return bool(self._typed[name])

    def _refused(self, name: str, error: KpiError) -> KpiError:
        return KpiError("“{field}”: {fault}", field=self._fields[name].label, fault=error.words)


def heard(message: Any) -> tuple[str, str, Typed]:
    """What was done at a board: the act, its value, and the fields of the form around it as text."""
    fields = message.get("fields") or {}
    return str(message["act"]), str(message["value"]), {str(name): str(value) for name, value in fields.items()}


KEEP: tuple[tuple[str, Words], ...] = (("keep", Text("Write down")),)
