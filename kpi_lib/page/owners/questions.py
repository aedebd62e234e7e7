"""A unit before its first figure: which form each body fills in, by when; and the questions that only the unit can answer, open or settled."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

from kpi_lib import narrative as nr
from kpi_lib import words
from kpi_lib.definitions.indicators import Indicator, Unit
from kpi_lib.definitions.questions import Question
from kpi_lib.deliveries.tables.template_form import department_of, sheet_names
from kpi_lib.outlook.lines import lines_of
from kpi_lib.outlook.values.questions import of_questions
from kpi_lib.outlook.verdict import Outlook
from kpi_lib.page.markup import LINE, NUMBER, Columns, Heading, Html, Stack, date_cell, folded, line_name, linked, small, table
from kpi_lib.words.messages import Named, Text, in_context, say


def before_figures(items: Sequence[Outlook]) -> bool:
    """Whether a unit that keeps its questions has no figure of the year yet: then its page says how to begin."""
    return items[0].projection.unit.asks and not any(item.projection.seen for item in items)


def first_steps(items: Sequence[Outlook], lang: str = "vi") -> Stack:
    """Before the first figure: every line with its form, who fills it in and by when; then the open and settled questions.

    Once there are figures the questions alone, folded; nothing of a unit that keeps none.
    """
    unit = items[0].projection.unit
    if not unit.asks:
        return Stack(())
    listed = _checklist(unit, lang)
    if not before_figures(items):
        return Stack((_counts(unit, lang), folded(say("Questions to the unit", lang), listed) if listed else None))
    return Stack((_opening(items, lang), _forms(items, lang), _counts(unit, lang), listed))


def forms_due(items: Sequence[Outlook], lang: str) -> Stack:
    """Before the first figure, on one page: body by body the lines it hands in, by when, and how many questions of them are open."""
    names, due = _sheets(items)
    bodies: dict[str, list[Outlook]] = {}
    for item in lines_of(items).waiting:
        bodies.setdefault(item.indicator.duty.owner[lang], []).append(item)

    def lines(own: list[Outlook]) -> tuple[object, ...]:
        """The lines of a body, those handed in on the same days together."""
        days = dict.fromkeys(item.indicator.duty.due[lang] for item in own)
        groups = [[item for item in own if item.indicator.duty.due[lang] == each] for each in days]
        told = [
            (words.Quoted("; ".join(line_name(item, lang) for item in some)), small(*_days(some[0].indicator, due, lang)))
            for some in groups
        ]
        return tuple(part for each in told for part in each)

    columns: Columns = {
        Heading(Text("Who fills it in"), heads_row=True): lambda own: (
            words.Quoted(own[0].indicator.duty.owner[lang]), _sheet(own[0].indicator, names, lang)
        ),
        Heading(Text("Figures of which lines, by when")): lines,
        Heading(Text("Open questions"), NUMBER, quotes=True): _open,
    }  # fmt: skip
    shown = table(columns, [(own,) for own in bodies.values()], caption=_HAND_IN, lang=lang, kind="month hand-in")
    return Stack((_opening(items, lang), shown, _counts(items[0].projection.unit, lang)))


def _opening(items: Sequence[Outlook], lang: str) -> words.Sentence:
    wording = Text(
        "No figure of {year} has come yet. Each body fills in the sheet of the form that bears its name; the first figures make this page begin to judge."
    )
    return words.sentence(wording, lang, "fact", year=items[0].projection.named())


def _forms(items: Sequence[Outlook], lang: str) -> Html:
    """Every line that waits: the sheet of the form, who fills it in, by when, how many questions of it are open."""
    names, due = _sheets(items)
    columns: Columns = {
        LINE: lambda item: (linked(item, line_name(item, lang)), small(say("target: ", lang), *nr.goal(item, lang))),
        Heading(Text("Who fills it in")): lambda item: (words.Quoted(item.indicator.duty.owner[lang]), _sheet(item.indicator, names, lang)),
        Heading(Text("By when")): lambda item: _when(item.indicator, due, lang),
        Heading(Text("Open questions"), NUMBER, quotes=True): lambda item: _open([item]),
    }
    return table(columns, [(item,) for item in lines_of(items).waiting], caption=_HAND_IN, lang=lang, kind="first-steps")


_HAND_IN = Text("What to hand in, from whom, by when")


def _sheets(items: Sequence[Outlook]) -> tuple[dict[str, str], dt.date | None]:
    """The sheet of the form by line, and the day that the unit's document sets for the month."""
    projection = items[0].projection
    unit = projection.unit
    departments = {ind.id: department_of(ind, unit.lang) for ind in unit.indicators.values()}
    sheets = sheet_names([*dict.fromkeys(departments.values())], unit.lang)
    return {line: sheets[name] for line, name in departments.items()}, unit.deadline(projection.as_of.year, projection.as_of.month)


def _open(items: Sequence[Outlook]) -> str:
    return str(sum(one.answer is None for item in items for one in item.indicator.questions) or "–")


def _sheet(ind: Indicator, names: Mapping[str, str], lang: str) -> object:
    return small(words.Quoted(say("sheet “{sheet}” of the form", lang, sheet=names[ind.id])))


def _when(ind: Indicator, due: dt.date | None, lang: str) -> object:
    """The day set by the unit's document for the month, where it names one; else what the line's duty says."""
    usual = words.Quoted(ind.duty.due[lang])
    return (date_cell(due, lang), small(usual)) if due and ind.frequency == "month" else usual


def _days(ind: Indicator, due: dt.date | None, lang: str) -> tuple[object, ...]:
    """The same on one line."""
    usual = words.Quoted(ind.duty.due[lang])
    return (date_cell(due, lang), "; ", usual) if due and ind.frequency == "month" else (usual,)


def _counts(unit: Unit, lang: str) -> words.Sentence | None:
    """How many questions are open and settled."""
    values = of_questions(unit)
    if not values:
        return None
    said = {name: words.counted(values, name, lang) for name in ("asked", "open", "settled")}
    wording = Text(
        "Of {asked:question|questions} that only the unit can answer {open} are open and {settled} settled: until then figures may be counted in two ways."
    )
    return words.sentence(wording if values["open"] else Text("All {asked} questions to the unit are settled."), lang, "fact", **said)


def _checklist(unit: Unit, lang: str) -> Html:
    """The questions by line, each open or settled with the answer, by whom and when."""
    rows = [(ind, question) for ind in unit.indicators.values() for question in ind.questions]
    return _table(rows, lang, with_line=True)


def _table(rows: Sequence[tuple[Indicator, Question]], lang: str, *, with_line: bool) -> Html:
    line: Columns = {LINE: lambda ind, question: ind.headed(ind.short, lang)}
    columns: Columns = {
        **(line if with_line else {}),
        Heading(Text("Question"), heads_row=not with_line, quotes=True): lambda ind, question: question.text[lang],
        Heading(in_context("of a question", "State")): lambda ind, question: _state(question, lang),
    }
    caption = Text("Questions that only the unit can answer") if with_line else Text("Questions on this line that only the unit can answer")
    return table(columns, rows, caption=Named(caption[lang]), lang=lang, kind="questions")


def _state(question: Question, lang: str) -> object:
    if question.answer is None or question.on is None:
        return say("☐ open", lang)
    who = Text("{who}, {day}", who=question.who, day=question.on)
    return say("☑ settled: ", lang), words.Quoted(question.answer[lang]), small(words.Quoted(who[lang]))


def questions_of(item: Outlook, lang: str) -> Html | None:
    """The questions on one line; None where there are none, or its unit keeps no list."""
    own = [(item.indicator, question) for question in item.indicator.questions]
    return _table(own, lang, with_line=False) if own and item.projection.unit.asks else None
