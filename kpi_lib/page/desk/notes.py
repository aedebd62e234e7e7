"""The kinds of notes that may be written down at the desk: what each asks, how its register takes it, what is on record of a line."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from kpi_lib.definitions import folders
from kpi_lib.definitions.events import add_events, event_of, read_events, takes_events
from kpi_lib.definitions.indicators import Indicator, Unit
from kpi_lib.definitions.measures import measure_of
from kpi_lib.definitions.owners.answers import answer
from kpi_lib.definitions.owners.assumptions import read_scenarios
from kpi_lib.definitions.owners.judgements import WORDS, add_judgement, read_judgements
from kpi_lib.definitions.owners.phases import Phase, phases_in_force
from kpi_lib.deliveries.phased_plan import adopt, plan_of, told_off
from kpi_lib.figures.observations import read_observations
from kpi_lib.forecast.project import project
from kpi_lib.outlook.proposal import proposed
from kpi_lib.outlook.verdict import Outlook, outlook_for
from kpi_lib.page.data import period_text
from kpi_lib.page.desk.forms import KEEP, Field, Read
from kpi_lib.page.desk.suppose import kept_scenario, scenario_fields
from kpi_lib.page.markup import NUMBER, Columns, Heading, Html, small, table
from kpi_lib.record import replays
from kpi_lib.words.messages import Named, Text, Words, in_context, say
from kpi_lib.words.numbers import date_text, trimmed, with_measure, with_percent

YEAR = in_context("kind of period", "Year")
_ON = Text("Written down on (reports of earlier days do not know it)")
_WHO = Text("Who answers for it")


class NoteAbout:
    """The line, year and day that a note is about."""

    def __init__(self, unit: Unit, indicator: str, year: int, as_of: dt.date, lang: str) -> None:
        self.unit, self.indicator, self.year, self.as_of, self.lang = unit, unit.indicators[indicator].id, year, as_of, lang
        self._outlooks: dict[tuple[str, int], Outlook] = {}

    @property
    def line(self) -> Indicator:
        """The line chosen."""
        return self.unit.indicators[self.indicator]

    def published(self) -> Outlook:
        """The line as a report of the day judges it."""
        return replays.outlook_for(read_observations(self.unit.id), self.unit, self.line, self.year, as_of=self.as_of)

    def outlook(self) -> Outlook:
        """The line on the day of the desk: its target, and how past years went."""
        if (key := (self.indicator, self.year)) not in self._outlooks:
            self._outlooks[key] = outlook_for(read_observations(self.unit.id), self.unit, self.line, self.year, as_of=self.as_of)
        return self._outlooks[key]


@dataclass(frozen=True, slots=True)
class NoteKind:
    """A kind of note: its name, what it is for, why a line takes none, what is asked, how it is written, what is on record."""

    name: Words
    said: Words
    refused: Callable[[NoteAbout], Words | None]
    fields: Callable[[NoteAbout], Sequence[Field]]
    write: Callable[[NoteAbout, Read], tuple[Path, Words | None]]
    on_record: Callable[[NoteAbout], Html]
    buttons: tuple[tuple[str, Words], ...] = KEEP


# ---- events


def _no_events(desk: NoteAbout) -> Words | None:
    return None if takes_events(desk.line) else Text("Nothing can be added to this line. Choose the line whose amounts the event adds to.")


def event_fields(desk: NoteAbout, which: str = "") -> Sequence[Field]:
    """What is asked of an event; with `which` behind each name, in short words and none of it needed: one of several."""
    first, last = _days_left(desk)
    measure, several = desk.line.natural_measure[desk.lang], bool(which)
    what = in_context("of an event", "What") if several else in_context("of an event", "What is to come")
    adds = Text("Adds") if several else Text("Adds to the year (below nought: takes away)")
    chance = in_context("of an event", "Chance") if several else Text("Chance that it comes in these days")
    return (
        Field(f"what{which}", what, "text" if several else "long", needed=not several),
        Field(f"amount{which}", adds, "number", needed=not several, after=measure),
        Field(f"from{which}", Text("From"), "date", needed=not several, usual=first),
        Field(f"to{which}", Text("Until"), "date", needed=not several, usual=last),
        Field(f"probability{which}", chance, "number", needed=not several, usual="100", after="%"),
    )


def answering_fields(desk: NoteAbout, *, needed: bool = True) -> Sequence[Field]:
    """What events rest on, who answers for them, and when they were written down."""
    return (
        Field("document", Text("Document it rests on"), needed=needed),
        Field("who", _WHO, needed=needed),
        Field("on", _ON, "date", needed=needed, usual=str(desk.as_of)),
    )


def write_events(desk: NoteAbout, read: Read, some: Sequence[str] = ("",)) -> Path:
    """Write down the events whose fields have these behind their names, all or none; the file they stand in.

    Raises
    ------
    KpiError : what is empty, no number, means nothing for the line, or is beyond anything on record; nothing is written.
    """
    read.want(*(f"{name}{which}" for which in some for name in ("what", "amount", "from", "to", "probability")), "document", "who", "on")
    rows = [
        {
            "indicator": desk.indicator, "what": read.text(f"what{which}"), "amount": f"{read.needed(f'amount{which}'):.15g}",
            "measure": desk.line.natural_measure["vi"], "from": read.needed(f"from{which}"), "to": read.needed(f"to{which}"),
            "probability": f"{read.needed(f'probability{which}') / 100:.15g}", "document": read.text("document"), "who": read.text("who"),
            "on": read.needed("on"),
        }
        for which in some
    ]  # fmt: skip
    return add_events(desk.unit, rows, more=lambda table: _refuse_beyond(desk, table.tail(len(rows))))


def _refuse_beyond(desk: NoteAbout, rows: pd.DataFrame) -> None:
    """Refuse events beyond anything on record, as the projection of their year does."""
    obs = read_observations(desk.unit.id)
    for event in map(event_of, rows.to_dict("records")):
        year = desk.unit.calendar_of(desk.line).year_of(event.first)
        project(obs, desk.line, year, as_of=max(desk.as_of, event.on), draws=1, unit=desk.unit, events=(event,))


def _events_kept(desk: NoteAbout) -> Html:
    rows = read_events(desk.unit)
    rows = rows[rows["indicator"] == desk.indicator]
    lang = desk.lang
    columns: Columns = {
        Heading(in_context("of an event", "What"), heads_row=True, quotes=True): lambda row: (
            row["what"],
            small(say("{document}; written down by {who}, {day}", lang, document=row["document"], who=row["who"], day=row["on"].date())),
        ),
        Heading(Text("Adds"), NUMBER): lambda row: with_measure(trimmed(row["amount"], 2, lang), measure_of(row["measure"]), lang),
        Heading(in_context("of an event", "When")): lambda row: say(
            "{first} to {last}", lang, first=row["from"].date(), last=row["to"].date()
        ),
        Heading(in_context("of an event", "Chance"), NUMBER): lambda row: with_percent(trimmed(100 * row["probability"], 1, lang), lang),
        Heading(Text("Withdrawn on")): lambda row: _date(row["withdrawn"], lang),
    }
    return _recorded(columns, rows, lang)


# ---- scenarios


def _no_scenario(desk: NoteAbout) -> Words | None:
    return Text("Nothing may be supposed of a yearly assessment.") if desk.line.kind.once_a_year else None


def _days_left(desk: NoteAbout) -> tuple[str, str]:
    calendar = desk.unit.calendar_of(desk.line)
    start, end = calendar.start(desk.year), calendar.end(desk.year)
    return str(max(start, min(desk.as_of, end))), str(end)


def _scenario_fields(desk: NoteAbout) -> Sequence[Field]:
    return scenario_fields(desk.line, _days_left(desk), str(desk.as_of), desk.lang)


def _write_scenario(desk: NoteAbout, read: Read) -> tuple[Path, Words | None]:
    unseen = Text("It stays with the desk: it was not ticked for the published page.")
    return kept_scenario(desk.published(), read), None if read.ticked("publish") else unseen


def _scenarios_kept(desk: NoteAbout) -> Html:
    rows, lang = [each for each in read_scenarios(desk.unit.id) if each.of(desk.line)], desk.lang
    columns: Columns = {
        Heading(in_context("what-if", "Scenario"), heads_row=True, quotes=True): lambda each: (
            each.reason,
            small(say("assumption of {author}, {day}", lang, author=each.author, day=each.date)),
        ),
        Heading(YEAR): lambda each: desk.unit.year_name(each.year, desk.indicator),
        Heading(Text("On the published page")): lambda each: say("yes", lang) if each.publish else say("no", lang),
        Heading(Text("Withdrawn on")): lambda each: date_text(each.withdrawn, lang) if each.withdrawn else "–",
    }
    return table(columns, zip(rows), caption=_ON_RECORD, lang=lang)


# ---- a body's word


def _word_fields(desk: NoteAbout) -> Sequence[Field]:
    return (
        Field("who", Text("Who says it, or asks")),
        Field("status", Text("What is said"), "choice", choices=tuple((key, words[desk.lang]) for key, words in WORDS.items())),
        Field("reason", Text("Reason; of a request the question"), "long", needed=False),
        Field("action", Text("What is done about it"), "long", needed=False),
        Field("due", Text("By when"), "date", needed=False),
        Field("date", Text("Said on (reports of earlier days do not know it)"), "date", usual=str(desk.as_of)),
    )


def _write_word(desk: NoteAbout, read: Read) -> tuple[Path, Words | None]:
    said = {name: read.text(name) for name in ("who", "status", "reason", "action")}
    return add_judgement(
        desk.unit, {"indicator": desk.indicator, "year": desk.year, **said, "date": read.needed("date"), "due": read.day("due") or ""}
    ), None


def _words_kept(desk: NoteAbout) -> Html:
    rows, lang = read_judgements(desk.unit.id), desk.lang
    rows = rows[(rows["indicator"] == desk.indicator) & (rows["year"] == desk.year)]
    told = {field.name: field.label for field in _word_fields(desk)}
    columns: Columns = {
        Heading(told["who"], heads_row=True, quotes=True): lambda row: row["who"],
        Heading(told["status"]): lambda row: WORDS[row["status"]][lang],
        Heading(told["reason"], quotes=True): lambda row: row["reason"] or "–",
        Heading(told["action"], quotes=True): lambda row: row["action"] or "–",
        Heading(told["due"]): lambda row: _date(row["due"], lang),
        Heading(Text("Said on")): lambda row: _date(row["date"], lang),
    }
    return _recorded(columns, rows, lang)


# ---- the plan by period


def _no_plan(desk: NoteAbout) -> Words | None:
    none = Text("No target of this line and year is in force on this day: enter it in targets.csv first.")
    return none if desk.outlook().target is None else None


def _periods(desk: NoteAbout) -> list[tuple[str, str, float]]:
    """The plan in force, else the one proposed: basis, period, value in the line's own amounts."""
    phases = _in_force(desk)
    own = [(each.basis, each.period, each.value) for each in phases if each.measure == desk.line.natural_measure["vi"]]
    return own or proposed(desk.outlook())


def _in_force(desk: NoteAbout) -> tuple[Phase, ...]:
    return phases_in_force(desk.unit, desk.line, desk.year, as_of=desk.as_of)


def _plan_fields(desk: NoteAbout) -> Sequence[Field]:
    calendar, measure = desk.unit.calendar_of(desk.line), desk.line.natural_measure[desk.lang]
    asked = [
        Field(
            f"{basis}@{period}",
            Named(period_text(basis, period, desk.lang, calendar)),
            "number", needed=False, usual=trimmed(value, desk.line.natural_decimals, desk.lang) if value == value else "", after=measure,
        )
        for basis, period, value in _periods(desk)
    ]  # fmt: skip
    standing = (("adopted", Text("adopted")), ("assigned", Text("assigned from above")), ("operating", Text("what the year is run by")))
    return (
        *asked,
        Field("document", Text("Document that adopts it, with its number or day")),
        Field("date", Text("Day of the document"), "date", usual=str(desk.as_of)),
        Field("version", Text("Standing"), "choice", choices=tuple((key, words[desk.lang]) for key, words in standing)),
        Field("who", _WHO),
    )


def _write_plan(desk: NoteAbout, read: Read) -> tuple[Path, Words | None]:
    typed = {(basis, period): read.number(f"{basis}@{period}") for basis, period, _ in _periods(desk)}
    plan = plan_of(desk.unit, desk.line, desk.year, {key: value for key, value in typed.items() if value is not None})
    off, by = told_off(plan, desk.outlook().threshold), read.text("who")
    document, version, date = read.text("document"), read.text("version"), read.needed("date")
    added = adopt(plan, desk.unit, document=document, version=version, adopted=date, by=by, on=desk.as_of)
    return folders.raw(desk.unit.id) / "plans.csv", off if added else Text("plans.csv holds this plan already: nothing was added.")


def _plan_kept(desk: NoteAbout) -> Html:
    calendar, lang = desk.unit.calendar_of(desk.line), desk.lang
    columns: Columns = {
        Heading(Text("Period"), heads_row=True, quotes=True): lambda each: period_text(each.basis, each.period, lang, calendar),
        Heading(Text("Plan"), NUMBER): lambda each: with_measure(trimmed(each.value, 4, lang), measure_of(each.measure), lang),
        Heading(Text("Document"), quotes=True): lambda each: each.document,
        Heading(Text("Day of the document")): lambda each: date_text(each.adopted, lang),
    }
    return table(columns, zip(_in_force(desk)), caption=_ON_RECORD, lang=lang)


# ---- answers


def _no_questions(desk: NoteAbout) -> Words | None:
    if not desk.unit.asks:
        return Text("This unit keeps no list of questions. To begin one, write [questions] into its unit.toml.")
    return None if desk.line.questions else Text("There is no question about this line that only the unit can answer.")


def _answer_fields(desk: NoteAbout) -> Sequence[Field]:
    choices = sorted(desk.line.questions, key=lambda one: one.answer is not None)
    return (
        Field("question", Text("Question"), "choice", choices=tuple((one.id, one.text[desk.lang]) for one in choices)),
        Field("answer", Text("Answer"), "long"),
        Field("who", Text("Who answers")),
        Field("on", Text("Answered on (reports of earlier days do not know it)"), "date", usual=str(desk.as_of)),
    )


def _write_answer(desk: NoteAbout, read: Read) -> tuple[Path, Words | None]:
    told = {"text": read.text("answer"), "who": read.text("who"), "on": read.needed("on")}
    return answer(desk.unit, desk.indicator, read.text("question"), **told), None


def _answers_kept(desk: NoteAbout) -> Html:
    lang = desk.lang
    columns: Columns = {
        Heading(Text("Question"), heads_row=True, quotes=True): lambda one: one.text[lang],
        Heading(Text("Answer"), quotes=True): lambda one: one.answer[lang] if one.answer else say("open", lang),
        Heading(Text("Who answers"), quotes=True): lambda one: one.who or "–",
        Heading(Text("Answered on")): lambda one: date_text(one.on, lang) if one.on else "–",
    }
    return table(columns, zip(desk.line.questions), caption=_ON_RECORD, lang=lang)


_ON_RECORD = Text("On record of this line")


def _recorded(columns: Columns, rows: pd.DataFrame, lang: str) -> Html:
    return table(columns, zip(rows.to_dict("records")), caption=_ON_RECORD, lang=lang)


def _date(moment: pd.Timestamp, lang: str) -> str:
    return date_text(moment.date(), lang) if moment == moment else "–"


KINDS = {
    "event": NoteKind(
        Text("An event to come"),
        Text(
            "What is to come and is not in past figures: a plant, a land auction, a tax holiday. The projection counts it, and the page says"
            " both chances."
        ),
        _no_events, lambda desk: (*event_fields(desk), *answering_fields(desk)), lambda desk, read: (write_events(desk, read), None), _events_kept,
    ),
    "scenario": NoteKind(
        in_context("what-if", "Scenario"),
        Text(
            "What may be supposed: the months left go otherwise, sums come, another target. Try it beside what is published; keep it, and it"
            " moves with the figures. The verdict stays that of the projection."
        ),
        _no_scenario, _scenario_fields, _write_scenario, _scenarios_kept, (("try", Text("Try")), *KEEP),
    ),
    "word": NoteKind(
        Text("The owner's word"),
        Text(
            "What the body that answers for the line says of its year, a request for an explanation, or the explanation. It stands beside the"
            " verdict and changes no number."
        ),
        lambda desk: None, _word_fields, _write_word, _words_kept,
    ),
    "plan": NoteKind(
        Text("The plan by period"),
        Text(
            "The plan in force, else the target spread as past years went. Change the periods, name the document, write it down: each period is"
            " then held against it."
        ),
        _no_plan, _plan_fields, _write_plan, _plan_kept,
    ),
    "answer": NoteKind(
        Text("An answer of the unit"),
        Text("What only the unit can settle: a base, a denominator, who issues a figure."),
        _no_questions, _answer_fields, _write_answer, _answers_kept,
    ),
}  # fmt: skip
