"""Draft paragraphs for the periodic report, in the words of offices: results, shortcomings, tasks; every number bound to its value.

The form around them is the office's and its level's (`definitions.forms`). The text is a draft for the officer to finish: causes and measures that
figures cannot know are left as marked gaps, each with who is to fill it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from kpi_lib import narrative as nr
from kpi_lib import words
from kpi_lib.definitions import folders
from kpi_lib.definitions.forms import FORMS, SKINS, Form, bare_name, forms_of
from kpi_lib.definitions.indicators import GROUPS, Unit, read_unit
from kpi_lib.outlook.lines import lines_of
from kpi_lib.outlook.values.outlook import counts
from kpi_lib.outlook.verdict import GOOD, Outlook
from kpi_lib.page.conditions import condition_sentences
from kpi_lib.page.markup import Html, piece
from kpi_lib.page.tables import answers_for
from kpi_lib.page.together import how_many_sentence
from kpi_lib.words.messages import KpiError, Text, listed, say

FORMATS = {"word": ("Word", ".docx")}  # of the documents beside the pages: the module of `reports` whose `write` makes one, name, suffix
GAP = Text("[…to be completed…]")
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
    above = read_unit(unit.parent) if unit.parent in folders.units() else None
    day = say("{day}/{month}/{year}", lang, day=_two(as_of.day), month=_two(as_of.month, 2), year=as_of.year)
    office = unit.reports_to[lang]
    return {
        "unit": bare_name(unit, lang),
        "place": form.place(unit, lang),
        "parent": bare_name(above, lang) if above else say("[…name of the unit above…]", lang),
        "parent_level": above.level if above else "",
        "reports_to": office,
        "addressed": say("To: {office}", lang, office=office) if office else "",
        "day": day,
        "report": say("REPORT", lang),
        "about": say("Results of the targets of {year} and projection of the year", lang, year=unit.year_name(item.projection.year)),
        "known": say("(as known on {day})", lang, day=as_of),
    }


def _two(number: int, below: int = 9) -> str:
    """Days under 10 and months 1 and 2 are written with a zero, as offices do."""
    return f"{number:02d}" if number <= below else str(number)


def _sections(items: list[Outlook], unit: Unit, lang: str = "vi") -> tuple[Section, ...]:
    """Results, shortcomings, tasks; what figures cannot know is left as a marked gap."""
    lines = lines_of(items)
    danger, waiting = [item for item in lines.judged if item.status not in GOOD], list(lines.waiting)
    causes, measures = (say("Causes: ", lang), say("Main measures: ", lang))
    return (
        Section(
            HEADINGS[0][lang], (nr.answer(items, lang), *([how_many_sentence(items, lang)] if lines.judged else []), *_results(items, lang))
        ),
        Section(HEADINGS[1][lang], (*_shortcomings(items, danger, waiting, lang), causes + GAP[lang])),
        Section(HEADINGS[2][lang], (*_tasks(danger, unit, lang), measures + GAP[lang])),
    )


def _results(items: list[Outlook], lang: str) -> list[words.Sentence | str]:
    """Each group of the resolution with the sentences of its lines that have figures."""
    found: list[words.Sentence | str] = []
    number = 0
    for group in dict.fromkeys(item.indicator.group for item in items):
        told = [item for item in items if item.indicator.group == group and item.projection.seen]
        if told:
            number += 1
            name = GROUPS[group][lang] if group in GROUPS else group
            found += [f"{number}. {name}", *(words.Sentence(("- ", *nr.outlook_sentence(item, lang).parts)) for item in told)]
    return found


def _shortcomings(items: list[Outlook], danger: list[Outlook], waiting: list[Outlook], lang: str) -> list[words.Sentence | str]:
    found: list[words.Sentence | str] = []
    if danger:
        names = "; ".join(f"{item.indicator.short[lang]} ({item.word.name[lang]})" for item in danger)
        count = words.counted(counts(items), "not_on_course", lang)
        unlikely = Text("{count} targets are uncertain or unlikely at the present pace: {names}.")
        found.append(words.sentence(unlikely, lang, count=count, names=words.Quoted(names)))
    if waiting:
        names = "; ".join(item.indicator.short[lang] for item in waiting)
        count = words.counted(counts(items), "grey", lang)
        found.append(words.sentence("{count} targets cannot be judged yet: {names}.", lang, count=count, names=words.Quoted(names)))
    return found


def _tasks(danger: list[Outlook], unit: Unit, lang: str) -> list[words.Sentence | str]:
    """For each line in danger who must do how much by when."""
    found: list[words.Sentence | str] = []
    for item in danger:
        need = nr.demand(item, lang) or nr.people_missing(item, unit, lang) or next(iter(condition_sentences(item, lang)), None)
        head = f"- {item.indicator.short[lang]} – {answers_for(item, lang)}: "
        found.append(words.Sentence((words.Quoted(head), *(need.parts if need else (GAP[lang],)))))
    return found


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
