"""The monthly review: one page, the overview in short. What is in danger and to be decided, what changed, who owes figures."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from kpi_lib import narrative as nr
from kpi_lib import words
from kpi_lib.definitions.indicators import Unit, day
from kpi_lib.outlook.changes import STEPS, Changes
from kpi_lib.outlook.lines import lines_of
from kpi_lib.outlook.reach import asked
from kpi_lib.outlook.values.together import of_changes
from kpi_lib.outlook.verdict import GOOD, Outlook, worst_first
from kpi_lib.page.deliveries import owed_rows, period_of
from kpi_lib.page.markup import LINE, NUMBER, Columns, Heading, Html, Stack, small, table
from kpi_lib.page.owners.questions import before_figures, forms_due
from kpi_lib.page.tables import answers_for, badge, chance_bar, decide, gap, line_name
from kpi_lib.page.together import STEP_WORDS, amended_sentences, moved_lines
from kpi_lib.record.ledger import since_last
from kpi_lib.record.values.data import Owed
from kpi_lib.words.messages import Opening, Text, in_context, say

MOST_CHANGES = 6  # lines told one by one, the largest change of chance first
Part = str | words.Shown


def danger(items: Sequence[Outlook], lang: str = "vi") -> Stack:
    """The judged lines that are neither met nor likely to be, the worst first, with what is to be decided; the others by their names. Before the first
    figure of a unit that keeps its questions: what to hand in, from whom, by when.
    """
    if before_figures(items):
        return forms_due(items, lang)
    lines = lines_of(items)
    ordered = sorted(worst_first(list(lines.judged)), key=lambda item: asked(item) is None)
    named = {item.indicator.duty.result_owner[lang] for item in ordered}
    one = all(named) and len(ordered) > len(named) == 1  # one body that answers for all is named once, below

    def who(item: Outlook) -> object:
        return decide(item, lang) if one else (words.Quoted(answers_for(item, lang)), decide(item, lang))

    columns: Columns = {
        LINE: lambda item: (line_name(item, lang), small(say("target: ", lang), *nr.goal(item, lang))),
        Heading(Text("Outlook")): lambda item: (badge(item, lang), *chance_bar(item, lang)),
        Heading(Text("Projected year"), NUMBER): lambda item: nr.foreseen(item, "median", lang),
        Heading(Text("Against the target"), NUMBER): lambda item: gap(item, lang),
        Heading(Text("Decision by") if one else Text("Who answers for the result, decision by")): who,
    }
    worrying = [(item,) for item in ordered if item.status not in GOOD]
    shown = table(columns, worrying, caption=Text("In danger, and what to decide"), lang=lang, kind="attention month")
    well, grey = [item for item in ordered if item.status in GOOD], lines.waiting
    others = [(Text("Met or likely to be: {lines}."), well), (Text("Cannot be judged: {lines}."), grey)]
    told = [words.sentence(text, lang, "note", lines=_names(some, lang)) for text, some in others if some]
    body = Text("Who answers for the result of every line here: {office}.")
    return Stack((shown, *told, words.sentence(body, lang, "note", office=words.Quoted(*named)) if one else None))


def _names(items: Sequence[Outlook], lang: str) -> list[Part]:
    """Lines by their names, each with its chance where it has one."""
    found: list[Part] = []
    for item in items:
        chance = words.filled(" ({chance})", lang, chance=nr.chance_of(item, lang)) if np.isfinite(item.probability) else []
        found += [*(["; "] if found else []), words.Quoted(line_name(item, lang)), *chance]
    return found


def news(obs: pd.DataFrame, unit: Unit, items: Sequence[Outlook], *, as_of: dt.date | str, lang: str = "vi") -> Stack:
    """What changed since the last report: the lines that moved most, each with its main cause, and every plan, target, event or scenario that came."""
    compared = since_last(obs, unit, items, as_of=day(as_of))
    if compared is None:
        return Stack((words.sentence("This is the first report of the year.", lang, "note"),))
    previous, lines = compared
    moved = moved_lines(lines)
    if not moved:
        return Stack((words.sentence("Not changed since the report of {day}.", lang, "note", day=previous),))
    columns: Columns = {
        LINE: lambda line: (line_name(line.outlook, lang), small(line.outlook.projection.measure[lang])),
        Heading(Text("Projection then"), NUMBER): lambda line: words.plainly(of_changes(line), "median_before", line.decimals, lang),
        Heading(Text("Now"), NUMBER): lambda line: nr.bare(line.outlook, "median", lang),
        Heading(Text("Chance then"), NUMBER): lambda line: _before(line, lang),
        Heading(in_context("chance", "Now"), NUMBER): lambda line: (
            nr.chance_of(line.outlook, lang) if np.isfinite(line.after.probability) else "–"
        ),
        Heading(Text("Above all")): lambda line: _cause(line, lang),
    }
    caption = Text("Changed since the report of {day}", day=previous)
    shown = table(columns, [(line,) for line in moved[:MOST_CHANGES]], caption=caption, lang=lang, kind="month")
    rest = ", ".join(line_name(line.outlook, lang) for line in moved[MOST_CHANGES:])
    other = words.sentence("Changed less: {lines}.", lang, "note", lines=words.Quoted(rest)) if rest else None
    return Stack((shown, other, *(sentence for line in moved for sentence in amended_sentences(line, lang))))


def _before(line: Changes, lang: str) -> object:
    return words.likely(of_changes(line), "probability_before", lang) if np.isfinite(line.before.probability) else "–"


def _cause(line: Changes, lang: str) -> str:
    """The part that moved the projection most, else the chance."""
    values = of_changes(line)
    for name in ("change", "points"):
        largest = max(STEPS, key=lambda step: abs(values[f"{name}_{step}"]))
        if values[f"{name}_{largest}"]:
            return Opening(STEP_WORDS[largest])[lang]
    return "–"


def debts(obs: pd.DataFrame, unit: Unit, *, as_of: dt.date | str, lang: str = "vi") -> Html | words.Sentence:
    """Who owes figures, body by body, with the periods missing and since when they are due."""
    if not unit.deadline_document:
        return words.sentence("No document on record sets a day for handing in figures, so nobody is called late.", lang, "note")
    found = list(_by_office(obs, unit, day(as_of), lang))
    columns: Columns = {
        Heading(Text("Who hands in the figures"), heads_row=True, quotes=True): lambda office, missing: office,
        Heading(Text("Figures owed")): lambda office, missing: words.Quoted(missing),
    }
    if not found:
        return words.sentence("Nobody owes figures.", lang, "note")
    return table(columns, found, caption=Text("Figures owed"), lang=lang, kind="month")


def _missing(row: Owed, unit: Unit, lang: str) -> str:
    return period_of(row.indicator, row.end, unit.calendar_of(row.indicator), lang)


def _by_office(obs: pd.DataFrame, unit: Unit, moment: dt.date, lang: str) -> Iterator[tuple[str, str]]:
    rows = owed_rows(obs, unit, moment)
    for office in dict.fromkeys(row.indicator.duty.owner[lang] for row in rows):
        own = [row for row in rows if row.indicator.duty.owner[lang] == office]
        told = [
            say("{line} ({period}, due {day})", lang, line=row.indicator.short, period=_missing(row, unit, lang), day=row.due)
            for row in own
        ]
        yield office, "; ".join(told)
