"""Several dated events at once: tried beside what is published as they are typed, and written down together where somebody answers for them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from kpi_lib.definitions import folders
from kpi_lib.definitions.events import DatedEvent, event_name
from kpi_lib.page import live
from kpi_lib.page.desk.forms import KEEP, Field, Read, Typed, form, heard
from kpi_lib.page.desk.notes import KINDS, NoteAbout, answering_fields, event_fields, write_events
from kpi_lib.page.markup import Html
from kpi_lib.words.html import macros
from kpi_lib.words.messages import KpiError, Text, Words, say

WHICH = ("_1", "_2", "_3")  # events that one form takes
BUTTONS: tuple[tuple[str, Words], ...] = (("try", Text("Try")), *KEEP)


class Several(live.OnBoard):
    """The form of several events under a line; what stands in it is handed on as soon as it is typed.

    Parameters
    ----------
    about : the line, year and day chosen.
    tried : takes the events typed, none where all are empty.
    kept : told when events were written down.
    """

    def __init__(self, about: Callable[[], NoteAbout], tried: Callable[[Sequence[DatedEvent]], object], kept: Callable[[], object]) -> None:
        self._about, self._tried, self._kept = about, tried, kept
        self._typed: Typed = {}
        self.told = ""
        self._stand(about().lang)

    def parts(self) -> Sequence[Html]:
        """The form, folded away until it is wanted; what was told last."""
        about, made = self._about(), macros("page/templates/desk.html.j2")
        refused = KINDS["event"].refused(about)
        asked = Html(made.told(refused[about.lang])) if refused else form("events", self._fields(about), self._typed, BUTTONS, about.lang)
        told = [Html(made.told(self.told))] if self.told else []
        return [Html(made.folded(say("Events that may come", about.lang), asked, bool(self._typed or self.told))), *told]

    def begin(self) -> None:
        """Another line, year or day was chosen: an empty form."""
        self._typed, self.told = {}, ""
        self.redraw()

    def redraw(self) -> None:
        """Show the form anew."""
        if self._board is not None:
            self._redraw()

    def events(self, typed: Typed) -> tuple[DatedEvent, ...]:
        """The events typed so far: those with an amount. They are named as they would be written down, so that the same years have them.

        Raises
        ------
        KpiError : a day or a chance that is empty or none.
        """
        about = self._about()
        read = Read(self._fields(about), typed, about.lang)
        found = []
        for number, which in enumerate(self._filled(read), start=1):
            read.want(f"from{which}", f"to{which}", f"probability{which}")
            first, last, chance = (read.needed(f"{name}{which}") for name in ("from", "to", "probability"))
            calendar = about.unit.calendar_of(about.line)
            if not (calendar.start(about.year) <= first <= last <= calendar.end(about.year) and 0 <= chance <= 100):
                raise KpiError(
                    "Event {n}: from and until lie in {year}, the chance from 0 to 100%.", n=number, year=calendar.name(about.year)
                )
            name = event_name(read.text(f"what{which}")) or f"event-{number}"
            amount, measure = read.needed(f"amount{which}"), about.line.natural_measure
            found.append(DatedEvent(name, about.indicator, "", amount, measure, first, last, chance / 100, "", "", about.as_of))
        return tuple(found)

    def keep(self, typed: Typed) -> None:
        """Write the events typed down, all or none.

        Raises
        ------
        KpiError : what is empty, no number, or means nothing for the line; nothing is written.
        """
        about, self._typed, self.told = self._about(), typed, ""
        read = Read(self._fields(about), typed, about.lang)
        if not (filled := self._filled(read)):
            raise KpiError("Nothing is supposed yet: fill in at least one of the fields.")
        path = write_events(about, read, filled).relative_to(folders.root()).as_posix()
        self._kept()
        self._typed = {}
        self.told = say(
            "Written down in {file}. It stands in the next report: kpi run --unit {unit}", about.lang, file=path, unit=about.unit.id
        )

    def _filled(self, read: Read) -> list[str]:
        return [which for which in WHICH if read.has(f"amount{which}")]

    def _fields(self, about: NoteAbout) -> Sequence[Field]:
        asked = [field for which in WHICH for field in event_fields(about, which)]
        return (*asked, *answering_fields(about, needed=False))

    def _heard(self, board: Any, message: Any, _: object) -> None:
        """What was typed or pressed: a trial leaves the form as it stands."""
        act, value, typed = heard(message)
        if act != "events":
            return
        board.busy = True
        try:
            if value == "keep":
                self.keep(typed)
            else:
                self._tried(self.events(typed))
                return
        except KpiError as error:
            self._typed, self.told = typed, error[self._about().lang]
        finally:
            board.busy = False
        self.redraw()
