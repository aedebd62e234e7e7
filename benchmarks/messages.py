"""Bring the catalogues up to date with the messages of the code: `python benchmarks/messages.py`.

Translations are kept, messages that are gone go, and what a language lacks is printed. A new language: `python benchmarks/messages.py lo`.
"""

from __future__ import annotations

import ast
import io
import itertools
import json
import re
import sys
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po, write_po

from kpi_lib.deliveries.delivery import checks
from kpi_lib.words import messages

PACKAGE = Path(messages.__file__).resolve().parents[1]
ROOT = PACKAGE.parent
CATALOGUE = PACKAGE / "definitions" / "catalogue.toml"
NOT_SAID = {
    "id",
    "number",
    "clause",
    "group",
    "kind",
    "frequency",
    "direction",
    "wording",
    "source",
}  # the resolution's own words, and keys
MAKERS = {
    "Text",
    "seen",
    "say",
    "sentence",
    "filled",
    "plural",
    "in_context",
    "Dated",
    "KpiError",
    "MachineFault",
    "Busy",
    "NothingToReport",
    "CannotServeError",
}
VIETNAMESE = re.compile("[à-ãè-êìíò-õùúýăđĩũơưạ-ỹ]", re.I)
FIELD = re.compile(r"(?<!{){(\w*)(?::[^{}]*)?}")
HEADER = "# {lang}: the words of kpi_lib in this language. Made by benchmarks/messages.py; only msgstr is written by hand.\n"


def template() -> Catalog:
    """Every message of the code, without translations."""
    found = Catalog()
    for file in sorted(PACKAGE.rglob("*.py")):
        for message, context in said(file.read_text(encoding="utf-8")):
            found.add(message, locations=[(file.relative_to(ROOT).as_posix(), 1)], context=context)
    for check in checks().values():  # their table is code too
        for words in (check.rule, check.way_out):
            found.add(words, locations=[("kpi_lib/deliveries/checks/checks.csv", 1)])
    for message, context in catalogue(tomllib.loads(CATALOGUE.read_text(encoding="utf-8"))):
        found.add(message, locations=[(CATALOGUE.relative_to(ROOT).as_posix(), 1)], context=context)
    for file in sorted((ROOT / "notebooks").glob("*.ipynb")):
        for words in markdown(json.loads(file.read_text(encoding="utf-8"))):
            found.add(words, locations=[(file.relative_to(ROOT).as_posix(), 1)], context="notebook")
    return found


def markdown(notebook: dict[str, Any]) -> Iterator[str]:
    """The English of a notebook's markdown cells; the cells themselves speak Vietnamese, for those who open them."""
    for cell in notebook["cells"]:
        if words := cell["metadata"].get("kpi", {}).get("en"):
            yield words


def catalogue(entries: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """The words of the catalogue of indicators, each with its field as context."""
    yield from ((name, "indicator group") for name in entries["groups"].values())
    for entry in entries["indicator"]:
        for key, value in (*entry.items(), *entry["duty"].items()):
            if isinstance(value, str) and value and key not in NOT_SAID:
                yield value, f"indicator {key}"
        yield from ((text, "indicator question") for text in entry.get("questions", {}).values())


def said(code: str) -> Iterator[tuple[str | tuple[str, str], str | None]]:
    """The messages that a file makes from literal arguments, each with its context; of "a" if x else "b", both."""
    for node in ast.walk(ast.parse(code)):
        name = _maker(node)
        if not isinstance(node, ast.Call) or name not in MAKERS:
            continue
        ways = [list(_literals(argument)) for argument in node.args[:2]]
        if name == "in_context":
            yield from ((message, context) for context, message in itertools.product(*ways))
        elif name == "plural":
            yield from ((both, None) for both in itertools.product(*ways))
        elif name == "Dated":
            yield from ((pattern, "pattern of a date") for pattern in ways[1])
        elif ways:
            yield from ((message, None) for message in ways[0])


def _maker(node: ast.AST) -> str:
    """The function that a call names, also as `words.sentence`; nothing where a module of another kind has one of the name (`alt.Text`)."""
    if not isinstance(node, ast.Call):
        return ""
    if isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Name) and node.func.value.id in ("words", "messages"):
        return node.func.attr
    return node.func.id if isinstance(node.func, ast.Name) else ""


def _literals(node: ast.expr) -> Iterator[str]:
    if isinstance(node, ast.IfExp):
        yield from _literals(node.body)
        yield from _literals(node.orelse)
    elif isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value


def read(lang: str, folder: Path = messages.LOCALE) -> Catalog:
    """The catalogue of a language as it stands; an empty one of a new language."""
    file = folder / lang / "LC_MESSAGES" / "kpi.po"
    with file.open("rb") if file.exists() else io.BytesIO() as stream:
        return read_po(stream, locale=lang)


def write(catalog: Catalog, lang: str, folder: Path = messages.LOCALE) -> None:
    """A catalogue as it is kept: by source file, without line numbers and without dates, so that a diff shows words alone."""
    made = io.BytesIO()
    write_po(made, catalog, width=0, include_lineno=False, sort_by_file=True, ignore_obsolete=True, omit_header=True)
    plurals = catalog.plural_forms
    head = f'msgid ""\nmsgstr ""\n"Language: {lang}\\n"\n"Plural-Forms: {plurals}\\n"\n"Content-Type: text/plain; charset=utf-8\\n"\n\n'
    file = folder / lang / "LC_MESSAGES" / "kpi.po"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(HEADER.format(lang=lang) + head + made.getvalue().decode("utf-8"), encoding="utf-8", newline="\n")


def faults(catalog: Catalog, code: Catalog) -> Iterator[str]:
    """What a catalogue lacks or says of other fields than the message, one line a fault."""
    for message in code:
        if message.id:
            yield from _faults(message, catalog.get(_id(message), message.context))
    for message in catalog:
        if message.id and code.get(_id(message), message.context) is None:
            yield f"nothing in the code says {message.id!r}"


def _faults(message: Message, own: Message | None) -> Iterator[str]:
    words = [] if own is None else [own.string] if isinstance(own.string, str) else list(own.string)
    if own is None or own.fuzzy or not words or not all(words):
        yield f"lacks {message.id!r}" + (f" (of {message.context})" if message.context else "")
        return
    wanted = set(FIELD.findall(message.id if isinstance(message.id, str) else message.id[1]))
    left_out = set(FIELD.findall(" ".join(own.user_comments)))  # "# without {year}" above a message whose language does not say the year
    for said in words:
        if not wanted - left_out <= set(FIELD.findall(said)) <= wanted:
            yield f"other fields than {message.id!r}: {said!r}"


def _id(message: Message) -> str:
    return message.id if isinstance(message.id, str) else message.id[0]


def update(languages: Iterable[str], folder: Path = messages.LOCALE) -> int:
    """Bring the catalogues of some languages up to date; the number of faults they are left with."""
    code, left = template(), 0
    for lang in sorted(languages):
        catalog = read(lang, folder)
        gone = [m for m in catalog if m.id and m.string and code.get(_id(m), m.context) is None]
        catalog.update(code, no_fuzzy_matching=True, update_header_comment=False)
        write(catalog, lang, folder)
        lacking = list(faults(read(lang, folder), code))
        print(*(f"{lang}: gone: {m.id!r} = {m.string!r}" for m in gone), *(f"{lang}: {fault}" for fault in lacking), sep="\n")
        print(f"{lang}: {len(code)} messages, {len(lacking)} faults")
        left += len(lacking)
    return left


if __name__ == "__main__":
    sys.exit(1 if update({*messages.languages(), *sys.argv[1:]} - {messages.SOURCE}) else 0)
