"""Draft paragraphs for the periodic report, in the words of offices: results, shortcomings, tasks; every number bound to its value.

The form around them is the office's and its level's (`definitions.forms`). The text is a draft for the officer to finish: causes and measures that
figures cannot know are left as marked gaps, each with who is to fill it.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from kpi_lib import narrative as nr
from kpi_lib import words
from kpi_lib.definitions import folders
from kpi_lib.definitions.forms import FORMS, SKINS, Form, bare_name, forms_of
from kpi_lib.definitions.indicators import GROUPS, Unit, read_unit
from kpi_lib.outlook.lines import lines_of, year_over
from kpi_lib.outlook.phases import phased
from kpi_lib.outlook.reach import asked, reach
from kpi_lib.outlook.values.outlook import counts
from kpi_lib.outlook.verdict import GOOD, Outlook
from kpi_lib.page.conditions import condition_sentences
from kpi_lib.page.markup import Html, answers_for, piece
from kpi_lib.page.together import how_many_sentence
from kpi_lib.words.messages import KpiError, Text, listed, plural, say

FORMATS = {"word": ("Word", ".docx")}  # of the documents beside the pages: the module of `reports` whose `write` makes one, name, suffix
HEADINGS = (
    Text("I. Results"),
    Text("II. Shortcomings and causes"),
    Text("III. Next tasks"),
)
FORM_NAMES = {
    "state": Text("form of the People's Committee (Decree 30/2020)"),
    "party": Text("form of the Party committee (Guidance 36)"),
    "plain": Text("plain form"),
}


@dataclass(frozen=True, slots=True)
class Section:
    """A numbered heading and its paragraphs; a paragraph is a Sentence (numbers bound) or plain words."""

    heading: str
    paragraphs: tuple[words.Sentence | str, ...]


@dataclass(frozen=True, slots=True)
class Draft:
    """A report to be finished: its form, what the form's tags stand for, its sections, the visible mark of made-up figures."""

    form: Form
    names: Mapping[str, str]
    sections: tuple[Section, ...]
    as_of: dt.date
    mark: str
    lang: str

    @property
    def text(self) -> str:
        """The paragraphs as plain text, to be copied."""
        parts = [self.names[name] for name in ("report", "about", "known")]
        for section in self.sections:
            parts += [section.heading, *(p if isinstance(p, str) else p.text for p in section.paragraphs)]
        return "\n".join(parts)

    @property
    def numbers(self) -> list[words.Shown]:
        """Every number of the text with the value it is bound to."""
        return [n for section in self.sections for p in section.paragraphs if isinstance(p, words.Sentence) for n in p.numbers]


def draft(items: Sequence[Outlook], unit: Unit, *, skin: str = "state", lang: str = "") -> Draft:
    """The draft of a report on all lines of a unit, by default in the language of its office; in the plain form where its level has none of that skin.

    Raises
    ------
    KpiError : unknown skin, or no outlook.
    """
    if skin not in SKINS:
        raise KpiError("skin = {skin}: only {skins}.", skin=repr(skin), skins=listed(SKINS))
    if not items:
        raise KpiError("{unit}: there is no line to report on yet.", unit=unit.id)
    lang = lang or unit.lang
    form = next((form for form in forms_of(unit, lang) if form.skin == skin), FORMS[-1])
    mark = unit.mark[lang] if unit.mark else ""
    return Draft(form, _names(items[0], unit, form, lang), _sections(list(items), unit, lang), items[0].projection.as_of, mark, lang)


def _names(item: Outlook, unit: Unit, form: Form, lang: str) -> dict[str, str]:
    """What the tags of a form stand for, beside the sections and the annex."""
    as_of = item.projection.as_of
    above = read_unit(unit.parent) if folders.is_unit(unit.parent) else None
    day = say("{day}/{month}/{year}", lang, day=_two(as_of.day), month=_two(as_of.month, 2), year=as_of.year)
    office, year = unit.reports_to[lang], unit.year_name(item.projection.year)
    return {
        "unit": bare_name(unit, lang),
        "place": form.place(unit, lang),
        "parent": bare_name(above, lang) if above else say("[…name of the unit above…]", lang),
        "parent_level": above.level if above else "",
        "reports_to": office,
        "addressed": say("To: {office}", lang, office=office) if office else "",
        "day": day,
        "report": say("REPORT", lang),
        "about": (
            Text("Results against the targets of {year}", year=year)
            if year_over([item])
            else Text("Results against the targets of {year}, and forecast for the year", year=year)
        )[lang],
        "known": say("(as known on {day})", lang, day=as_of),
    }


def _two(number: int, below: int = 9) -> str:
    """Days under 10 and months 1 and 2 are written with a zero, as offices do."""
    return f"{number:02d}" if number <= below else str(number)


def _sections(items: list[Outlook], unit: Unit, lang: str = "vi") -> tuple[Section, ...]:
    """Results, and what cannot be judged yet; shortcomings; tasks. What figures cannot know is left as a marked gap."""
    lines = lines_of(items)
    behind = [item for item in lines.judged if item.status not in GOOD]
    how_many = filter(None, [how_many_sentence(items, lang)])
    return (
        Section(HEADINGS[0][lang], (nr.answer(items, lang, within=False), *how_many, *_results(items, lines.waiting, lang))),
        Section(HEADINGS[1][lang], _shortcomings(items, behind, lang)),
        Section(HEADINGS[2][lang], _tasks(behind, unit, lang)),
    )


def _results(items: list[Outlook], waiting: Sequence[Outlook], lang: str) -> list[words.Sentence | str]:
    """Each group of the resolution with the sentences of its lines that have figures; then the targets that cannot be judged, each with its reason."""
    found: list[words.Sentence | str] = []
    number = 0
    for group in dict.fromkeys(item.indicator.group for item in items):
        told = [item for item in items if item.indicator.group == group and item.projection.seen and item not in waiting]
        if told:
            number += 1
            name = GROUPS[group][lang] if group in GROUPS else group
            found += [f"{number}. {name}", *(_point(_told(item, lang)) for item in told)]
    if waiting:
        head = plural("{grey} target cannot be judged yet:", "{grey} targets cannot be judged yet:", n=len(waiting))
        found += [_headed(head, items, "grey", lang), *(_point(_told(item, lang)) for item in waiting)]
    return found


def _told(item: Outlook, lang: str) -> list[str | words.Shown]:
    """What is said of a line: its outlook, what the chance would be without the events counted in it, its latest period against the phased plan."""
    plan = phased(item)
    current = plan.latest is not None and item.projection.seen[-1].end == plan.latest.phase.end  # no figure has come since
    phase = nr.phase_sentence(item, lang, plan) if current else None
    said = [sentence for sentence in (nr.outlook_sentence(item, lang), nr.events_note(item, lang), phase) if sentence is not None]
    return [piece for sentence in said for piece in (" ", *sentence.parts)][1:]


def _headed(message: Text, items: list[Outlook], label: str, lang: str) -> words.Sentence:
    """The line above a list: how many it holds."""
    return words.sentence(message, lang, **{label: words.counted(counts(items), label, lang)})


def _point(parts: Sequence[str | words.Shown]) -> words.Sentence:
    return words.Sentence(("- ", *parts))


def _shortcomings(items: list[Outlook], behind: list[Outlook], lang: str) -> tuple[words.Sentence | str, ...]:
    """The targets in danger or missed, each with a gap for its causes and who knows them."""
    if not behind:
        judged = counts(items)["judged"]
        return (say("No target that can be judged is behind.", lang) if judged else say("No target can be judged yet.", lang),)
    if year_over(items):
        head = plural(
            "{not_on_course} target was missed or is still open:", "{not_on_course} targets were missed or are still open:", n=len(behind)
        )
    else:
        head = plural(
            "{not_on_course} target is uncertain or unlikely to be met at the present pace:",
            "{not_on_course} targets are uncertain or unlikely to be met at the present pace:",
            n=len(behind),
        )
    causes = [
        f"{item.indicator.short[lang]} ({nr.status_of(item, lang)}): {say('[…{office} to state the causes…]', lang, office=_office(item, lang))}"
        for item in behind
    ]
    return _headed(head, items, "not_on_course", lang), *(_point((words.Quoted(cause),)) for cause in causes)


def _office(item: Outlook, lang: str) -> str:
    """Who can fill a gap in what is said of a line; remarks on the office stand where its task does."""
    return re.split("[;(]", item.indicator.duty.result_owner[lang])[0].strip() or say("the body in charge", lang)


def _tasks(behind: list[Outlook], unit: Unit, lang: str) -> tuple[words.Sentence | str, ...]:
    """For each line that needs a decision who must do how much by when, and who is to add how; of a year that is over, for each line."""
    found: list[words.Sentence | str] = []
    for item in (item for item in behind if year_over([item]) or asked(item)):
        need = [] if year_over([item]) else _needed(item, unit, lang)
        gap = words.Quoted(say("[…what will be done, who is in charge, until when…]", lang))
        head = words.Quoted(f"{item.indicator.short[lang]} – {answers_for(item, lang)}: ")
        found.append(_point((head, *(need or (gap,)))))
    if found and year_over(behind):
        return (*found,)
    if found:
        return *found, say("Main measures: […each body named above to add what it will do, who is in charge, until when…]", lang)
    return (say("[…the office that writes the report to add the tasks ahead…]", lang),)


def _needed(item: Outlook, unit: Unit, lang: str) -> list[str | words.Shown]:
    """What a line in danger still takes and until when; of one out of reach, what is left to do."""
    out = reach(item).state == "beyond"
    ask = nr.demand(item, lang) or nr.people_missing(item, unit, lang) or next(iter(condition_sentences(item, lang)), None)
    said = [part for part in (None if out else ask, nr.reach_sentence(item, lang)) if part is not None]
    return [piece for part in said for piece in (" ", *part.parts)][1:]


def draft_report(items: Sequence[Outlook], unit: Unit, lang: str = "vi") -> Html:
    """The paragraphs on a page, to be copied into Word, and the documents that stand beside it."""
    as_of = items[0].projection.as_of
    documents = [
        (form.file_name(unit, as_of, lang, suffix), say("{kind} document, {form}", lang, kind=kind, form=FORM_NAMES[form.skin]))
        for kind, suffix in FORMATS.values()
        for form in forms_of(unit, lang)
    ]
    sections = [(section.heading, [_drafted(text) for text in section.paragraphs]) for section in _sections(list(items), unit, lang)]
    return piece("draft", documents, sections)


def _drafted(text: words.Sentence | str) -> words.Sentence | str:
    return text if isinstance(text, str) else replace(text, style="draft")
