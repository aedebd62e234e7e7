"""Answers to the questions that only a unit can answer, written into its `unit.toml` without touching another line of it."""

from __future__ import annotations

import datetime as dt
import re
import tomllib
from pathlib import Path

from kpi_lib import disk
from kpi_lib.definitions import folders
from kpi_lib.definitions.indicators import Unit, hold
from kpi_lib.definitions.owners.assumptions import toml_value
from kpi_lib.words.messages import KpiError
from kpi_lib.words.near import near


def answer(unit: Unit, line: str, question: str, *, text: str, who: str, on: dt.date) -> Path:
    """Settle a question of a line, or settle it anew; the file it stands in.

    Raises
    ------
    KpiError : the line has no such question, an empty answer or name, or a file laid out in a way that only a hand can add to; nothing is written.
    """
    asked = [one.id for one in unit.indicators[line].questions]
    if question not in asked:
        raise KpiError("{line} has no question {found}{hint}.", line=line, found=repr(question), hint=near(question, asked))
    if not (text.strip() and who.strip()):
        raise KpiError("An answer and the name of who answers are needed.")
    told = {"answer": text.strip(), "who": who.strip(), "on": on}
    path = folders.raw(unit.id) / "unit.toml"
    with disk.alone(path.parent):
        before = path.read_text(encoding="utf-8-sig")
        entry = f"{question} = {{ {', '.join(f'{key} = {toml_value(value)}' for key, value in told.items())} }}"
        after, wanted = _with(before, line, question, entry), tomllib.loads(before)
        wanted.setdefault("questions", {}).setdefault(line, {})[question] = told
        if _read(after) != wanted:
            raise KpiError(
                "{file} is laid out so that the answer can only be added by hand: under [questions.{line}] write {entry}",
                file=f"{unit.id}/unit.toml", line=line, entry=entry,
            )  # fmt: skip
        with disk.whole(path, sure=True) as being_made:
            being_made.write_text(after, encoding="utf-8", newline="\n")
            hold(being_made)
    return path


def _with(text: str, line: str, question: str, entry: str) -> str:
    """The text with the entry in the table of its line: in place of an older answer on one line, else first in the table, else in a new one.

    >>> _with("[questions]\\n", "new_jobs", "base", "base = 1")
    '[questions]\\n\\n[questions.new_jobs]\\nbase = 1\\n'
    """
    lines = text.splitlines()
    head = re.compile(rf"\s*\[\s*questions\s*\.\s*{re.escape(line)}\s*\]\s*(#.*)?")
    at = next((number for number, each in enumerate(lines) if head.fullmatch(each)), None)
    if at is None:
        return text.rstrip("\n") + f"\n\n[questions.{line}]\n{entry}\n"
    end = next((number for number in range(at + 1, len(lines)) if lines[number].lstrip().startswith("[")), len(lines))
    old = [number for number in range(at + 1, end) if re.match(rf"\s*{re.escape(question)}\s*=", lines[number])]
    lines[old[0] if old else at + 1 : old[0] + 1 if old else at + 1] = [entry]
    return "\n".join(lines) + "\n"


def _read(text: str) -> object:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return None
