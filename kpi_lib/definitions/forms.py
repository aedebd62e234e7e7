"""Which forms a unit's draft report has: by its level, the office that asks, and the language (`forms.toml` beside this file)."""

from __future__ import annotations

import datetime as dt
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path

from kpi_lib.definitions.indicators import Unit
from kpi_lib.words.messages import in_context


@dataclass(frozen=True, slots=True)
class Form:
    """A form: its template (a file's name without .docx), who asks for it, for whom it is, the pattern of its documents' names."""

    template: str
    skin: str
    language: str
    levels: Mapping[str, str]
    document: str

    def place(self, unit: Unit, lang: str) -> str:
        """The unit as it stands before a date: without the word for its level, unless its name is a number or `unit.toml` says otherwise."""
        name = bare_name(unit, lang)
        short = name.removeprefix(self.levels.get(unit.level, "")).strip()
        return unit.place[lang] or (name if short.isdigit() else short)

    def file_name(self, unit: Unit, as_of: dt.date, lang: str, suffix: str = ".docx") -> str:
        """The name of a document of this form."""
        return self.document.format(unit=unit.id, day=as_of, report=in_context("a file's name", "report")[lang]) + suffix


def bare_name(unit: Unit, lang: str) -> str:
    """The unit's name without what stands in brackets."""
    return re.sub(r"\s*\(.*\)$", "", unit.name[lang])


def _forms() -> tuple[Form, ...]:
    table = tomllib.loads(Path(__file__).with_name("forms.toml").read_text(encoding="utf-8"))
    return tuple(Form(**{f.name: row[f.name] for f in fields(Form)}) for row in table["form"])


FORMS = _forms()
SKINS = tuple(dict.fromkeys(form.skin for form in FORMS))


def forms_of(unit: Unit, lang: str) -> tuple[Form, ...]:
    """The forms of a unit's report: in the language of its office those of its level, else the plain one."""
    own = tuple(form for form in FORMS if form.language == lang == unit.lang and unit.level in form.levels)
    return own or FORMS[-1:]
