"""The desk in JupyterLab at which an officer chooses line, year and date and sees everything of the line.

Nothing is fetched. Where no kernel talks to a front end (a batch run, a plain Python) the same objects show what stands still.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from kpi_lib import narrative as nr
from kpi_lib.definitions.indicators import Unit, day
from kpi_lib.definitions.targets import read_targets
from kpi_lib.outlook.verdict import Outlook
from kpi_lib.page import data, live, record, tables
from kpi_lib.page.markup import Stack
from kpi_lib.page.rules import rules
from kpi_lib.page.whatif import what_if
from kpi_lib.record.replays import outlook_for, replay_line
from kpi_lib.record.scores import accuracy
from kpi_lib.words.bound import Sentence, sentence
from kpi_lib.words.messages import KpiError, Text, in_context

_WORDS = {
    "indicator": Text("Line"),
    "year": in_context("kind of period", "Year"),
    "as_of": Text("As known on"),
}


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the desk as a notebook cell shows it: live where it can be, else as it stands."""

    live: Any
    still: Callable[[], Sequence[object]]

    def _ipython_display_(self) -> None:
        from IPython.display import display

        display(self.live if self.live is not None else Stack(tuple(self.still())))


class Desk:
    """The line chosen and everything shown of it; its parts redraw when indicator, year or date is chosen anew.

    `item` is the outlook of the line chosen. What notebook cells show: `chooser`, the three choices over the verdict, its fan, the what-if and
    the figures of the line; `history`, its past; `rules`, the projection beside the office rules, now and replayed over past years.
    """

    def __init__(self, obs: pd.DataFrame, unit: Unit, indicator: str, year: int, as_of: dt.date, lang: str) -> None:
        self.obs, self.unit, self.lang = obs, unit, lang
        self.choice = (indicator, year, as_of)
        self.item = self._judged()
        self._shown = {"line": self._line, "history": self._past, "rules": self._compared}
        self._boards = {name: live.board() for name in self._shown} if live.can_display() else {}
        self._redraw()
        self.chooser = Part(self._choices() if self._boards else None, self._line)
        self.history = Part(self._boards.get("history"), self._past)
        self.rules = Part(self._boards.get("rules"), self._compared)

    def choose(self, indicator: str, year: int, as_of: dt.date | str) -> None:
        """Take another line, year or date, and redraw."""
        self.choice = (indicator, year, day(as_of))
        try:
            self.item = self._judged()
        except KpiError as error:
            if self._boards:
                self._boards["line"].parts = [live.part(Sentence((error[self.lang],), style="note"))]
        else:
            self._redraw()

    def _redraw(self) -> None:
        for name, board in self._boards.items():
            board.parts = [live.part(part) for part in self._shown[name]() if part is not None]

    def _judged(self) -> Outlook:
        indicator, year, as_of = self.choice
        return outlook_for(self.obs, self.unit, self.unit.indicators[indicator], year, as_of=as_of)

    def _line(self) -> Sequence[object]:
        from kpi_lib import charts

        return (
            nr.outlook_sentence(self.item, self.lang),
            charts.fan(self.item, self.lang),
            what_if(self.item, self.lang),
            tables.facts(self.item, self.lang),
        )

    def _past(self) -> Sequence[object]:
        from kpi_lib import charts

        drawn = charts.history(self.item, self.lang) or sentence("No figures yet.", self.lang, "note")
        return drawn, data.sources(self.obs, self.item, self.lang)

    def _compared(self) -> Sequence[object]:
        _, year, as_of = self.choice
        parts: list[object] = [rules(self.item, self.lang)]
        if not self.item.indicator.kind.once_a_year:
            errors = replay_line(self.obs, self.item.indicator, self.unit, year, as_of=as_of)
            if len(errors):
                parts.append(record.scores(accuracy(errors, by=("indicator", "model")), self.unit, self.lang))
        return parts

    def _choices(self) -> Any:
        """The three choices over the line they choose."""
        import ipywidgets as widgets

        indicator, year, as_of = self.choice
        known = {int(y) for y in read_targets(self.unit.id)["year"]} | {year}
        lines = [(ind.headed(ind.short, self.lang), key) for key, ind in self.unit.indicators.items()]
        years = [(self.unit.year_name(y), y) for y in sorted(known)]
        told = {name: {"description": text[self.lang], "style": {"description_width": "initial"}} for name, text in _WORDS.items()}
        wide, auto = widgets.Layout(width="22em"), widgets.Layout(width="auto")
        boxes = (
            widgets.Dropdown(options=lines, value=indicator, layout=wide, **told["indicator"]),
            widgets.Dropdown(options=years, value=year, layout=auto, **told["year"]),
            widgets.DatePicker(value=as_of, layout=auto, **told["as_of"]),
        )

        def chosen(_change: object) -> None:
            if boxes[-1].value is not None:
                self.choose(*(box.value for box in boxes))

        for box in boxes:
            box.observe(chosen, names="value")
        head = widgets.HBox(boxes, layout=widgets.Layout(flex_flow="row wrap"))
        return widgets.VBox([head, self._boards["line"]])


def planning_desk(obs: pd.DataFrame, unit: Unit, *, indicator: str, year: int, as_of: dt.date | str, lang: str = "vi") -> Desk:
    """Open the desk on a line. `obs` are all figures of the unit, so that a later date can be chosen, too.

    Raises
    ------
    KpiError : the unit does not track the indicator.
    """
    return Desk(obs, unit, indicator, year, day(as_of), lang)
