"""The same line of several units beside one another: how far each has come, how fast, how likely its target, how much a head."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence
from typing import Any

from kpi_lib import narrative as nr
from kpi_lib.definitions import folders
from kpi_lib.definitions.indicators import Unit, day, read_unit
from kpi_lib.definitions.targets import year_in_review
from kpi_lib.figures.observations import read_observations
from kpi_lib.outlook.verdict import Outlook
from kpi_lib.page import live
from kpi_lib.page.markup import NUMBER, Columns, Heading, Html, table
from kpi_lib.periods import same_point
from kpi_lib.record.replays import outlook_for
from kpi_lib.words.html import macros
from kpi_lib.words.messages import KpiError, Text, in_context, say
from kpi_lib.words.numbers import chance, date_text, number, signed, with_measure, with_percent

THOUSAND = 1000


class Comparison(live.OnBoard):
    """A line of a unit beside the same line of the level above and of all others that track it; another line is chosen at the top."""

    def __init__(self, unit: Unit, indicator: str, as_of: dt.date, lang: str) -> None:
        self.unit, self.indicator, self.as_of, self.lang = unit, indicator, as_of, lang
        self._drawn: dict[str, list[live.BoardPart]] = {}
        self._stand(lang)

    def parts(self) -> Sequence[Html]:
        """The choice of a line, and the units beside one another."""
        made = macros("page/templates/desk.html.j2")
        shared = [key for key in self.unit.indicators if len(self._others(key)) > 1]
        lines = [(key, self.unit.indicators[key].headed(self.unit.indicators[key].short, self.lang)) for key in shared]
        head = Html(made.line(say("Line", self.lang), lines, self.indicator))
        if self.indicator not in shared:
            told = say("No other unit in this project tracks this line.", self.lang)
            return [head, Html(made.told(told))]
        return [head, self._table()]

    def _others(self, indicator: str) -> list[Unit]:
        """The unit itself, the level above, then the others that track the line, by name."""
        found = [unit for name in folders.units() if (unit := _readable(name)) is not None and indicator in unit.indicators]
        return sorted(found, key=lambda unit: (unit.id != self.unit.id, unit.id != self.unit.parent, unit.name[self.lang]))

    def _table(self) -> Html:
        items = [(unit, self._outlook(unit)) for unit in self._others(self.indicator)]
        columns: Columns = {
            Heading(in_context("of government", "Unit"), heads_row=True, quotes=True): lambda unit, item: unit.name[self.lang],
            Heading(Text("Figure"), NUMBER): lambda unit, item: _so_far(item, self.lang),
            Heading(Text("Figures to")): lambda unit, item: (
                date_text(item.projection.seen[-1].end, self.lang) if item.projection.seen else "–"
            ),
            Heading(Text("Against last year"), NUMBER): lambda unit, item: _growth(item, self.lang),
            Heading(Text("A thousand people"), NUMBER): lambda unit, item: _a_head(item, unit, self.lang),
            Heading(Text("The year, projected"), NUMBER): lambda unit, item: _amount(
                item, item.projection.middle if item.projection.known else math.nan, self.lang
            ),
            Heading(Text("Target"), NUMBER): lambda unit, item: _amount(item, item.threshold, self.lang),
            Heading(Text("Probability of meeting it"), NUMBER): lambda unit, item: (
                chance(item.probability, self.lang) if math.isfinite(item.probability) else "–"
            ),
        }
        caption = Text("{line}, as known on {day}", line=self.unit.indicators[self.indicator].name, day=self.as_of)
        return table(columns, items, caption=caption, lang=self.lang)

    def _outlook(self, unit: Unit) -> Outlook:
        return outlook_for(
            read_observations(unit.id), unit, unit.indicators[self.indicator], year_in_review(unit, self.as_of), as_of=self.as_of
        )

    def _heard(self, board: Any, message: dict[str, str], _: object) -> None:
        """Another line was chosen."""
        board.busy = True
        try:
            if message["value"] in self.unit.indicators:
                self.indicator = message["value"]
            self._redraw()
        except KpiError as error:
            board.parts = [live.part(Html(macros("page/templates/desk.html.j2").told(error[self.lang])))]
        finally:
            board.busy = False

    def _redraw(self) -> None:
        if self.indicator not in self._drawn:
            self._drawn[self.indicator] = [live.part(part) for part in self.parts()]
        self._board.parts = self._drawn[self.indicator]


def comparison(unit: Unit, indicator: str, *, as_of: dt.date | str, lang: str = "vi") -> Comparison:
    """Lay a line of a unit beside the same line of the level above and of the other units of the project.

    Raises
    ------
    KpiError : the unit does not track the indicator.
    """
    return Comparison(unit, unit.indicators[indicator].id, day(as_of), lang)


def _readable(name: str) -> Unit | None:
    try:
        return read_unit(name)
    except KpiError:  # a fault of another unit's folder is told by its own check
        return None


def _amount(item: Outlook, value: float, lang: str) -> str:
    return with_measure(nr.plain(value, item, lang), item.projection.measure, lang) if math.isfinite(value) else "–"


def _so_far(item: Outlook, lang: str) -> str:
    return _amount(item, item.projection.seen[-1].value, lang) if item.projection.seen else "–"


def _growth(item: Outlook, lang: str) -> str:
    """How the figure stands to that of the same day last year; a level by the difference."""
    projection = item.projection
    before = (
        same_point(projection.past.get(projection.year - 1, ()), projection.seen[-1].end, -1, projection.calendar)
        if projection.seen
        else None
    )
    if before is None or (item.indicator.adds_up and before.value <= 0):
        return "–"
    if item.indicator.adds_up:
        return with_percent(signed(100 * (projection.seen[-1].value / before.value - 1), 1, lang), lang)
    return with_measure(
        signed(projection.seen[-1].value - before.value, item.indicator.decimals, lang), projection.measure.difference, lang
    )


def _a_head(item: Outlook, unit: Unit, lang: str) -> str:
    """Amounts a thousand inhabitants; nothing for a rate, or where the population is not on record."""
    if not (item.indicator.adds_up and unit.population and item.projection.seen):
        return "–"
    share = THOUSAND * item.projection.seen[-1].value / unit.population
    return with_measure(number(share, 2 if share < 10 else 1, lang), item.projection.measure, lang)
