"""The owner's word: what the body that answers for a line says of its year, and explanations asked for and given. It changes no verdict."""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import pandas as pd

from kpi_lib.definitions import folders
from kpi_lib.definitions.columns import Row, add_rows, cut, read_csv, refusal
from kpi_lib.definitions.frames import JUDGEMENTS
from kpi_lib.definitions.indicators import Unit
from kpi_lib.words.messages import KpiError, Text, Words, in_context, languages, listed
from kpi_lib.words.near import near

WORDS: dict[str, Words] = {
    "on_track": in_context("owner's word", "on track"),
    "at_risk": in_context("owner's word", "at risk"),
    "will_miss": in_context("owner's word", "will miss the target"),
    "met": in_context("owner's word", "met"),
    "asked": in_context("owner's word", "asked to explain"),
    "explained": in_context("owner's word", "explained"),
}
SAID = ("on_track", "at_risk", "will_miss", "met")  # the other two ask for an explanation and give it
REASONED = ("at_risk", "will_miss", "asked")  # nobody says or asks these without words


@dataclass(frozen=True, slots=True)
class Judgement:
    """What somebody said of a line's year on a day, or asked about it. `due` may be None."""

    indicator: str
    year: int
    date: dt.date
    who: str
    status: str
    reason: str = ""
    action: str = ""
    due: dt.date | None = None


def _plain(words: str) -> str:
    return " ".join(unicodedata.normalize("NFC", words).lower().replace("_", " ").split())


@lru_cache(maxsize=1)
def _statuses() -> dict[str, str]:
    """The statuses by every way of writing them: the id, and the words of each language."""
    return {_plain(text): key for key, words in WORDS.items() for text in (key, *(words[lang] for lang in languages()))}


def read_judgements(unit_id: str) -> pd.DataFrame:
    """All rows of `judgements.csv`, each status by its id; columns of `frames.JUDGEMENTS`.

    Raises
    ------
    KpiError : as `columns.check`; a status that is none, a status that needs a reason without one, a day due before it was said.
    """
    return _held(read_csv(folders.raw(unit_id) / "judgements.csv", JUDGEMENTS), unit_id)


def add_judgement(unit: Unit, said: Mapping[str, Any]) -> Path:
    """Write down what a body says of a line's year, or asks about it (columns of `frames.JUDGEMENTS`); the file it stands in.

    Raises
    ------
    KpiError : a line the unit does not have; as `read_judgements`, of the file with the row; nothing is written.
    """
    if said["indicator"] not in unit.indicators:
        found, hint = repr(said["indicator"]), near(said["indicator"], unit.indicators)
        raise KpiError("{found} is not among the unit's lines{hint}", found=found, hint=hint)
    path = folders.raw(unit.id) / "judgements.csv"
    add_rows(path, JUDGEMENTS, [said], lambda rows: _held(rows, unit.id))
    return path


def _held(rows: pd.DataFrame, unit_id: str) -> pd.DataFrame:
    """The register with every status by its id, once nothing in it must be mended."""
    rows["status"] = [_statuses().get(_plain(word), word) for word in rows["status"]]
    faults = [words for index, row in zip(rows.index, rows.to_dict("records"), strict=True) for words in _faults(row, int(index) + 2)]
    if faults:
        raise refusal(f"{unit_id}/judgements.csv", faults, table=JUDGEMENTS.name)
    return rows


def _faults(row: Row, line: int) -> Iterator[Words]:
    if row["status"] not in WORDS:
        known = listed([*_statuses()])
        hint = near(_plain(row["status"]), _statuses())
        yield Text("line {line}: the status {found} is none of {known}{hint}", line=line, found=repr(row["status"]), known=known, hint=hint)
    if row["status"] in REASONED and not row["reason"]:
        yield Text("line {line}: the status {found} needs a reason", line=line, found=row["status"])
    if row["due"] < row["date"]:
        yield Text("line {line}: due on {due}, before it was said on {day}", line=line, due=row["due"].date(), day=row["date"].date())


def _known(unit: Unit, year: int, as_of: dt.date) -> list[Judgement]:
    """What was said and asked of a year by a day, in the order of the days."""
    rows = cut(read_judgements(unit.id), JUDGEMENTS, as_of)
    rows = rows[(rows["year"] == year) & rows["indicator"].isin(list(unit.indicators))].sort_values("date", kind="stable")
    return [_judgement(row) for row in rows.to_dict("records")]


def _judgement(row: Row) -> Judgement:
    due = None if row["due"] != row["due"] else row["due"].date()
    return Judgement(**{**row, "date": row["date"].date(), "due": due})


def owners_words(unit: Unit, indicator: str, year: int, *, as_of: dt.date) -> tuple[Judgement, ...]:
    """The last word of everybody who said one of a line's year by a day, the latest first."""
    last = {said.who: said for said in _known(unit, year, as_of) if said.indicator == indicator and said.status in SAID}
    return tuple(sorted(last.values(), key=lambda said: said.date, reverse=True))


def open_requests(unit: Unit, year: int, *, as_of: dt.date) -> tuple[Judgement, ...]:
    """The explanations asked for and not given by a day, those due first; what is explained closes all that was asked of the line before."""
    waiting: dict[str, list[Judgement]] = {}
    for said in _known(unit, year, as_of):
        if said.status == "asked":
            waiting.setdefault(said.indicator, []).append(said)
        elif said.status == "explained":
            waiting.pop(said.indicator, None)
    return tuple(sorted((one for every in waiting.values() for one in every), key=lambda one: (one.due or dt.date.max, one.date)))


def explanations(unit: Unit, indicator: str, year: int, *, as_of: dt.date) -> tuple[Judgement, ...]:
    """What was asked of a line and explained by a day, in the order of the days."""
    return tuple(said for said in _known(unit, year, as_of) if said.indicator == indicator and said.status not in SAID)
