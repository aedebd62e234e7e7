"""What an officer knows and the figures do not, written down at the desk: an event, a body's word, a plan by period, an answer.

Each goes through the register that owns it, is held against it before a letter is written, and stands in the next report.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from kpi_lib.definitions import folders
from kpi_lib.definitions.indicators import Unit, day, read_unit
from kpi_lib.definitions.targets import read_targets
from kpi_lib.page import live
from kpi_lib.page.desk.forms import Read, Typed, form, heard
from kpi_lib.page.desk.line import trial
from kpi_lib.page.desk.notes import KINDS, YEAR, NoteAbout
from kpi_lib.page.desk.suppose import tried_out
from kpi_lib.page.markup import Html
from kpi_lib.words.html import macros
from kpi_lib.words.messages import KpiError, say


class Keeping(NoteAbout, live.OnBoard):
    """The board at which a line, a year and a kind of note are chosen, filled in and written down; what is on record stands below."""

    def __init__(self, unit: Unit, indicator: str, year: int, as_of: dt.date, lang: str) -> None:
        super().__init__(unit, indicator, year, as_of, lang)
        self.kind, self.told = "event", ""
        self._typed: Typed = {}
        self._tried = Html("")
        self._stand(lang)

    def parts(self) -> Sequence[Html]:
        """The choices, what was told last, the form, and what is on record of the line."""
        made, kinds = macros("page/templates/desk.html.j2"), [(key, each.name[self.lang]) for key, each in KINDS.items()]
        lines = [(key, ind.headed(ind.short, self.lang)) for key, ind in self.unit.indicators.items()]
        years = [(str(year), self.unit.year_name(year, self.indicator)) for year in self._years()]
        head = made.keep(say("Line", self.lang), lines, self.indicator, YEAR[self.lang], years, str(self.year), kinds, self.kind)
        told = [Html(made.told(self.told))] if self.told else []
        kind = KINDS[self.kind]
        said = Html(made.said(kind.said[self.lang]))
        why_not = kind.refused(self)
        asked = Html(made.told(why_not[self.lang])) if why_not else form(self.kind, kind.fields(self), self._typed, kind.buttons, self.lang)
        return [part for part in (Html(head), *told, said, asked, self._tried, kind.on_record(self)) if part]

    def choose(self, *, kind: str = "", indicator: str = "", year: int = 0) -> None:
        """Take another kind of note, line or year."""
        self.kind = kind if kind in KINDS else self.kind
        self.indicator = self.unit.indicators[indicator].id if indicator else self.indicator
        self.year, self.told, self._typed, self._tried = year or self.year, "", {}, Html("")

    def keep(self, typed: Typed) -> Path:
        """Write down what a form of the kind chosen holds; the file it stands in.

        Raises
        ------
        KpiError : what is empty, no number, or means nothing for the line; nothing is written.
        """
        kind, self._typed, self.told, self._tried = KINDS[self.kind], typed, "", Html("")
        if refused := kind.refused(self):
            raise KpiError("{fault}", fault=refused)
        path, more = kind.write(self, Read(kind.fields(self), typed, self.lang))
        self.unit, self._typed = read_unit(self.unit.id), {}
        self._outlooks.clear()
        where = path.relative_to(folders.root()).as_posix()
        self.told = say(
            "Written down in {file}. It stands in the next report: kpi run --unit {unit}", self.lang, file=where, unit=self.unit.id
        )
        self.told += f" {more[self.lang]}" if more else ""
        return path

    def try_out(self, typed: Typed) -> Html:
        """What a scenario makes of the line, beside what is published; nothing is written.

        Raises
        ------
        KpiError : what is empty, no number, or cannot be reckoned.
        """
        self._typed, self.told, self._tried = typed, "", Html("")
        item, held = self.published(), {"reason": "?", "author": "?", **{name: value for name, value in typed.items() if value.strip()}}
        self._tried = trial(item, tried_out(item, Read(KINDS["scenario"].fields(self), held, self.lang)), self.lang)
        return self._tried

    def _years(self) -> list[int]:
        return sorted({int(year) for year in read_targets(self.unit.id)["year"]} | {self.year, self.year + 1})

    def _heard(self, board: Any, message: Any, _: object) -> None:
        """What was chosen or pressed."""
        board.busy = True
        act, value, typed = heard(message)
        try:
            if act == "kind" or act in ("line", "year"):
                self.choose(**{"indicator" if act == "line" else act: int(value) if act == "year" else value})  # type: ignore[arg-type]
            elif act == self.kind:
                (self.try_out if value == "try" else self.keep)(typed)
        except KpiError as error:
            self.told = error[self.lang]
        finally:
            self._redraw()
            board.busy = False

    def _redraw(self) -> None:
        try:
            shown = self.parts()
        except KpiError as error:  # a register that was spoilt by hand
            shown = [Html(macros("page/templates/desk.html.j2").told(error[self.lang]))]
        self._board.parts = [live.part(part) for part in shown]


def keeping(unit: Unit, indicator: str, *, year: int, as_of: dt.date | str, lang: str = "vi") -> Keeping:
    """Open the board at which notes are written down.

    Raises
    ------
    KpiError : the unit does not track the indicator.
    """
    return Keeping(read_unit(unit.id), indicator, year, day(as_of), lang)
