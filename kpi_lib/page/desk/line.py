"""The desk in JupyterLab at which an officer chooses line, year and date and sees everything of the line.

Nothing is fetched. Where no kernel talks to a front end (a batch run, a plain Python) the same objects show what stands still.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import functools
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from kpi_lib import narrative as nr
from kpi_lib.definitions.events import DatedEvent
from kpi_lib.definitions.indicators import Unit, day
from kpi_lib.definitions.targets import read_targets
from kpi_lib.figures.observations import cut
from kpi_lib.forecast.models import MODELS
from kpi_lib.outlook.trials import tried
from kpi_lib.outlook.verdict import Outlook
from kpi_lib.page import data, live, record, tables
from kpi_lib.page.desk.notes import NoteAbout
from kpi_lib.page.desk.several import Several
from kpi_lib.page.markup import NUMBER, Columns, Heading, Html, Stack, table
from kpi_lib.page.rules import rules
from kpi_lib.page.whatif import what_if
from kpi_lib.record.replays import outlook_for, replay_line
from kpi_lib.record.scores import accuracy
from kpi_lib.words.bound import Sentence, sentence
from kpi_lib.words.messages import KpiError, Text, in_context, say
from kpi_lib.words.numbers import a_number, chance, with_measure

_WORDS = {
    "indicator": Text("Line"),
    "year": in_context("kind of period", "Year"),
    "as_of": Text("As known on"),
    "without": Text("Leave out the year"),
    "model": Text("Reckoned by"),
    "threshold": Text("Another target"),
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

    `item` is the outlook of the line chosen. What notebook cells show: `chooser`, the choices over the verdict, its fan, the what-if and
    the figures of the line; `history`, its past and its season; `rules`, the projection beside the office rules, now and replayed over past
    years. What was shown once is kept, so that it is there at once the next time.
    """

    def __init__(
        self, obs: pd.DataFrame, unit: Unit, indicator: str, year: int, as_of: dt.date, lang: str, items: Sequence[Outlook]
    ) -> None:
        self.obs, self.unit, self.lang = obs, unit, lang
        self.choice = (indicator, year, as_of)
        self._judged = {(item.indicator.id, item.projection.year, item.projection.as_of): item for item in items}
        self._drawn: dict[tuple[str, tuple[str, int, dt.date]], list[live.BoardPart]] = {}
        self.item = self._outlook()
        self._shown = {"line": self._line, "history": self._past, "rules": self._compared}
        self._boards = {name: live.board(lang=lang) for name in ("trial", *self._shown)} if live.can_display() else {}
        self._out_of_sight: set[str] = set()
        self._wanted: dict[str, Any] = {}
        for name in ("history", "rules") if self._boards else ():
            self._boards[name].watched = True
            self._boards[name].on_msg(functools.partial(self._looked_at, name))
        self._redraw()
        self.several = Several(self._about, lambda events: self._try(events=tuple(events)), self._written_down)
        self.chooser = Part(self._choices() if self._boards else None, self._line)
        self.history = Part(self._boards.get("history"), self._past)
        self.rules = Part(self._boards.get("rules"), self._compared)

    def choose(self, indicator: str, year: int, as_of: dt.date | str) -> None:
        """Take another line, year or date, and redraw."""
        self.choice = (indicator, year, day(as_of))
        with self._working("trial", *(name for name in self._shown if name not in self._out_of_sight)):
            self.item, self._wanted = self._outlook(), {}
            self._redraw()
        self.several.begin()

    def suppose(
        self, *, without: int | None = None, model: str | None = None, threshold: float | None = None, events: Sequence[DatedEvent] = ()
    ) -> Outlook:
        """The line judged without a past year, by another model, against another target, with events that come; shown beside what is published.

        Raises
        ------
        KpiError : the model is none, or cannot complete what is left of the line's history.
        """
        errors = None if model or not without or self.item.indicator.kind.once_a_year else self._errors()
        dropped = {without} if without else set()
        found = tried(self.obs, self.item, without=dropped, model=model, threshold=threshold, events=events, errors=errors)
        if self._boards:
            self._boards["trial"].parts = [live.part(trial(self.item, found, self.lang))]
        return found

    def _try(self, **changed: object) -> None:
        """Suppose something more or otherwise of the line; nothing any more clears what was supposed."""
        self._wanted |= changed
        with self._working("trial"):
            if any(value not in (None, ()) for value in self._wanted.values()):
                self.suppose(**self._wanted)
            elif self._boards:
                self._boards["trial"].parts = []

    def _about(self) -> NoteAbout:
        indicator, year, as_of = self.choice
        return NoteAbout(self.unit, indicator, year, as_of, self.lang)

    def _written_down(self) -> None:
        """Events came on record: the line is judged and drawn anew."""
        self._judged.pop(self.choice, None)
        self._drawn = {at: parts for at, parts in self._drawn.items() if at[1] != self.choice}
        self.choose(*self.choice)

    @contextlib.contextmanager
    def _working(self, *names: str) -> Iterator[None]:
        """Say at once that work goes on, and afterwards what could not be done."""
        boards = [self._boards[name] for name in names if name in self._boards]
        for board in boards:
            board.busy = True
        try:
            yield
        except KpiError as error:
            if not boards:
                raise
            boards[0].parts = [live.part(Sentence((error[self.lang],), style="note"))]
        finally:
            for board in boards:
                board.busy = False

    def _redraw(self) -> None:
        if self._boards:
            self._boards["trial"].parts = []
        for name in self._shown if self._boards else ():
            self._boards[name].stale = name in self._out_of_sight and (name, self.choice) not in self._drawn
            if not self._boards[name].stale:
                self._draw(name)

    def _draw(self, name: str) -> None:
        """Show a part of the desk, drawn where it was not yet; the library's own check of every drawing is the tests' work."""
        from kpi_lib.charts.base.drawing import unchecked

        if (name, self.choice) not in self._drawn:
            with unchecked():
                self._drawn[name, self.choice] = [live.part(part) for part in self._shown[name]() if part is not None]
        self._boards[name].parts = self._drawn[name, self.choice]
        self._boards[name].busy = False

    def _looked_at(self, name: str, board: Any, message: Any, _: object) -> None:
        """A part came into the window or left it: what nobody looks at is drawn when somebody does."""
        if message.get("act") != "seen":
            return
        if not message["value"]:
            self._out_of_sight.add(name)
            return
        self._out_of_sight.discard(name)
        if board.stale:
            with self._working(name):
                self._draw(name)
            board.stale = False

    def _outlook(self) -> Outlook:
        indicator, year, as_of = self.choice
        if self.choice not in self._judged:
            self._judged[self.choice] = outlook_for(self.obs, self.unit, self.unit.indicators[indicator], year, as_of=as_of)
        return self._judged[self.choice]

    def _errors(self) -> pd.DataFrame:
        return replay_line(self.obs, self.item.indicator, self.unit, self.choice[1], as_of=self.choice[2])

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

        item, lang = self.item, self.lang
        known = cut(self.obs, item.projection.as_of)
        return (
            charts.history(item, lang) or sentence("No figures yet.", lang, "note"),
            charts.pace(item, lang),
            charts.months(item, lang),
            charts.parts(item, lang),
            charts.revisions(known, item.indicator, lang, unit=self.unit),
            data.sources(self.obs, item, lang),
        )

    def _compared(self) -> Sequence[object]:
        parts: list[object] = [rules(self.item, self.lang)]
        if not self.item.indicator.kind.once_a_year and len(errors := self._errors()):
            parts.append(record.scores(accuracy(errors, by=("indicator", "model")), self.unit, self.lang))
        return parts

    def _choices(self) -> Any:
        """The choices over the line they choose, and what may be supposed of it."""
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
        models = [(model.title[self.lang], key) for key, model in MODELS.items()]
        supposed = (
            widgets.Dropdown(options=self._years_to_drop(), value=0, layout=auto, **told["without"]),
            widgets.Dropdown(options=[(say("as published", self.lang), ""), *models], value="", layout=auto, **told["model"]),
            widgets.Text(continuous_update=False, layout=widgets.Layout(width="14em"), **told["threshold"]),
        )
        self._listen(boxes, supposed)
        rows = [widgets.HBox(row, layout=widgets.Layout(flex_flow="row wrap")) for row in (boxes, supposed)]
        return widgets.VBox([*rows, self.several.board, self._boards["trial"], self._boards["line"]])

    def _listen(self, boxes: Sequence[Any], supposed: Sequence[Any]) -> None:
        """Have the choices take effect: another line clears what was supposed of the one before."""
        quiet = False

        def chosen(_change: object) -> None:
            nonlocal quiet
            if boxes[-1].value is not None:
                quiet = True
                self.choose(*(box.value for box in boxes))
                supposed[0].options, supposed[1].value, supposed[2].value = self._years_to_drop(), "", ""
                quiet = False

        def tried_out(_change: object) -> None:
            if not quiet:
                with self._working("trial"):
                    threshold = a_number(supposed[2].value, self.lang)
                    self._try(without=supposed[0].value or None, model=supposed[1].value or None, threshold=threshold)

        for box in boxes:
            box.observe(chosen, names="value")
        for box in supposed:
            box.observe(tried_out, names="value")

    def _years_to_drop(self) -> list[tuple[str, int]]:
        past = sorted(self.item.projection.past, reverse=True)
        return [(say("none", self.lang), 0), *((self.unit.year_name(year, self.item.indicator.id), year) for year in past)]


def trial(item: Outlook, found: Outlook, lang: str) -> Html:
    """What is published beside what was supposed: the chance, the middle and the range of eight in ten."""
    rows: list[tuple[object, ...]] = []
    for name, each in ((Text("As published"), item), (Text("As supposed"), found)):
        rows.append((name[lang], *_answers(each, lang)))
    columns: Columns = {
        Heading(Text("Way"), heads_row=True): lambda *row: row[0],
        Heading(Text("Target"), NUMBER): lambda *row: row[1],
        Heading(Text("Probability of meeting it"), NUMBER): lambda *row: row[2],
        Heading(Text("Middle of the projection"), NUMBER): lambda *row: row[3],
        Heading(Text("Eight in ten between"), NUMBER): lambda *row: row[4],
        Heading(Text("Remark"), quotes=True): lambda *row: row[5],
    }
    return table(columns, rows, caption=Text("SUPPOSED: not published, kept nowhere"), lang=lang)


def _answers(each: Outlook, lang: str) -> tuple[str, ...]:
    projection = each.projection

    def amount(value: float) -> str:
        return with_measure(nr.plain(value, each, lang), projection.measure, lang) if math.isfinite(value) else "–"

    low, high = projection.interval(0.8) if projection.known else (math.nan, math.nan)
    between = f"{nr.plain(low, each, lang)} – {amount(high)}" if math.isfinite(low) else "–"
    likely = chance(each.probability, lang) if math.isfinite(each.probability) else "–"
    middle = projection.middle if projection.known else math.nan
    return amount(each.threshold), likely, amount(middle), between, each.reason[lang] if not each.judged else "–"


def planning_desk(
    obs: pd.DataFrame,
    unit: Unit,
    *,
    indicator: str,
    year: int,
    as_of: dt.date | str,
    lang: str = "vi",
    items: Sequence[Outlook] = (),
) -> Desk:
    """Open the desk on a line. `obs` are all figures of the unit, so that a later date can be chosen, too; `items` are outlooks at hand.

    Raises
    ------
    KpiError : the unit does not track the indicator.
    """
    return Desk(obs, unit, indicator, year, day(as_of), lang, items)
