"""The first page an officer sees in JupyterLab: units and dates, the last report, what arrived, what is due, and ways to everything else."""

from __future__ import annotations

import datetime as dt
import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from kpi_lib.definitions import folders
from kpi_lib.definitions.indicators import day, read_unit
from kpi_lib.definitions.many.selection import made_up
from kpi_lib.definitions.targets import year_in_review
from kpi_lib.figures.observations import cut, read_observations
from kpi_lib.page import deliveries, live
from kpi_lib.page.desk import notebooks
from kpi_lib.page.markup import Html
from kpi_lib.words.bound import Sentence
from kpi_lib.words.html import macros
from kpi_lib.words.messages import KpiError, Text, Words, in_context, say
from kpi_lib.words.numbers import date_text

_TILES = {
    "overview": (Text("Overview"), Text("Every target at a glance, as the report will say it.")),
    "explore": (Text("Explore"), Text("A line from every side: past years, season, what if.")),
    "compare": (Text("Compare"), Text("The same line of other units and of the level above.")),
    "keep": (Text("Write down"), Text("An event, the owner's word, a plan by period, an answer: it stands in the next report.")),
    "report": (Text("The last report"), Text("The pages as they were published.")),
}
_WORDS: dict[str, Words] = {
    "unit": in_context("of government", "Unit"),
    "day": Text("As known on"),
    "line": Text("One line"),
    "line_said": Text("Its verdict, what it takes, its record and its figures."),
    "choose": Text("Choose a line …"),
}


class Start(live.OnBoard):
    """The start page of a unit as known on a day; where no front end listens it stands still."""

    def __init__(self, unit: str, as_of: dt.date | str | None, lang: str) -> None:
        self.unit, self._asked, self.told = read_unit(unit), lang, ""
        self.as_of = day(as_of or self._newest())
        self._stand(self.lang)

    @property
    def lang(self) -> str:
        """The language asked for, else that of the unit's office."""
        return self._asked or self.unit.lang

    def parts(self) -> Sequence[Html | Sentence]:
        """What the page shows, from the top."""
        known = cut(read_observations(self.unit.id), self.as_of)
        made = macros("page/templates/desk.html.j2")
        told = [_note(self.told)] if self.told else []
        arrived, due = Html(made.heading(say("What arrived", self.lang))), Html(made.heading(say("What is due", self.lang)))
        return [Html(self._head(made)), *told, arrived, *self._arrived(known), due, *self._owed(known)]

    def choose(self, unit: str, as_of: dt.date | str) -> None:
        """Show another unit, or the same as known on another day."""
        self.unit, self.as_of, self.told = read_unit(unit), day(as_of), ""

    def open(self, name: str, indicator: str = "") -> Path | None:
        """The officer's notebook for a question about the unit and day chosen, made where there is none; or the last report.

        None where no report was published yet.
        """
        if name == "report":
            return next(iter(self._reports()), None)
        year = year_in_review(self.unit, self.as_of)
        asked: dict[str, str | int] = {"unit": self.unit.id, "year": year, "as_of": str(self.as_of), "lang": self.lang}
        where = f"{self.unit.id}/{self.as_of}" + ("" if self.lang == self.unit.lang else f"/{self.lang}")
        called = indicator.replace("_", "-")
        path, beside = notebooks.take(name, where, asked | ({"indicator": indicator} if indicator else {}), called)
        if beside:
            self.told = say("A newer {name} lies beside the one you changed; yours is as you left it.", self.lang, name=path.name)
        return path

    def _heard(self, board: Any, message: dict[str, str], _: object) -> None:
        """What was chosen or pressed."""
        board.busy, act, value = True, message["act"], message["value"]
        try:
            self._do(board, act, value)
        except KpiError as error:
            self.told = error[self.lang]
        finally:
            self._redraw()
            board.busy = False

    def _do(self, board: Any, act: str, value: str) -> None:
        if act in ("unit", "as_of"):
            self.choose(value if act == "unit" else self.unit.id, value if act == "as_of" else self.as_of)
        elif value:
            self.told = ""
            path = self.open(value) if act == "open" else self.open("indicator", value)
            if path is None:
                self.told = say("No report of this unit has been published yet: kpi run --unit {unit}", self.lang, unit=self.unit.id)
            else:
                board.send({"open": path.relative_to(folders.root()).as_posix()})

    def _head(self, made: Any) -> Any:
        words = {key: text[self.lang] for key, text in _WORDS.items()} | {"title": self.unit.name[self.lang]}
        units = [(name, _name(name, self.lang)) for name in sorted({*folders.units(), self.unit.id})]
        tiles = [(act, name[self.lang], said[self.lang]) for act, (name, said) in _TILES.items()]
        lines = [(key, ind.headed(ind.short, self.lang)) for key, ind in self.unit.indicators.items()]
        return made.start(words, units, self.unit.id, str(self.as_of), tiles, lines, self._last())

    def _last(self) -> str:
        """What the last report said, and of which day it is."""
        for page in self._reports():
            told = json.loads((page.parent / "manifest.json").read_text(encoding="utf-8"))
            date = date_text(day(told["as_of"]), self.lang)
            return say("Last report, figures known on {date}: {answer}", self.lang, date=date, answer=told["answer"])
        return say("No report of this unit has been published yet.", self.lang)

    def _reports(self) -> list[Path]:
        found = (folders.processed(self.unit.id) / "reports").glob("[0-9]*/manifest.json")
        return [path.parent / "index.html" for path in sorted(found, reverse=True)]

    def _newest(self) -> str:
        """Where nobody says a day: that of the newest figure."""
        obs = read_observations(self.unit.id)
        return os.environ.get("KPI_AS_OF") or str(max(obs["published"].dropna(), default=dt.date(1990, 1, 1)))[:10]

    def _arrived(self, known: pd.DataFrame) -> Sequence[Any]:
        received = deliveries.received(self.unit, as_of=self.as_of, lang=self.lang).parts
        if not len(known):
            return [_note(say("No figure is known yet.", self.lang)), *received]
        newest = known.loc[known["published"].idxmax()]
        line = self.unit.indicators.get(newest["indicator"])
        name = line.headed(line.short, self.lang) if line else str(newest["indicator"])
        date = date_text(day(str(newest["published"])[:10]), self.lang)
        return [_note(say("The newest figure is of {date}: {line}.", self.lang, date=date, line=name)), *received]

    def _owed(self, known: pd.DataFrame) -> Sequence[Any]:
        found = deliveries.owed(known, self.unit, as_of=self.as_of, lang=self.lang).parts
        return [part for part in found if part] or [_note(say("Nothing is due.", self.lang))]


def start(unit: str = "", as_of: str = "", lang: str = "") -> Start:
    """The start page; left blank: the unit and day that `kpi lab` was opened with.

    Raises
    ------
    KpiError : no such unit, or no such day.
    """
    return Start(unit or os.environ.get("KPI_UNIT") or _first(), as_of, lang or os.environ.get("KPI_LANG", ""))


def _first() -> str:
    """The first unit of real figures; the first of all where every one is made up."""
    units = folders.units()
    return next((unit for unit in units if not made_up(unit)), units[0])


def _name(unit: str, lang: str) -> str:
    try:
        return read_unit(unit).name[lang]
    except KpiError:  # told when it is chosen
        return unit


def _note(words: str) -> Html:
    return Html(macros("page/templates/desk.html.j2").told(words))
