"""Draft paragraphs for the periodic report, in the words of offices: results, shortcomings, tasks; every number bound to its value.

Two skins differ in heading and signature: the People's Committee (Decree 30/2020/NĐ-CP) and the Party committee (Guidance 36-HD/VPTW).
The text is a draft for the officer to finish: causes and measures that figures cannot know are left as marked gaps.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from kpi_lib import narrative as nr
from kpi_lib import words
from kpi_lib.definitions.indicators import GROUPS, Unit
from kpi_lib.outlook.lines import lines_of
from kpi_lib.outlook.values.outlook import counts
from kpi_lib.outlook.verdict import GOOD, Outlook
from kpi_lib.page.conditions import condition_sentences
from kpi_lib.page.markup import Html, piece
from kpi_lib.page.tables import answers_for
from kpi_lib.page.together import how_many_sentence
from kpi_lib.words.messages import KpiError, Named, Text, Words, languages, listed, say

SKINS = ("state", "party")
FORMATS = {"word": ("Word", ".docx")}  # of the documents beside the pages: the module of `reports` whose `write` makes one, name, suffix
GAP = Text("[…to be completed…]")
HEADINGS = (
    Text("I. Results"),
    Text("II. Shortcomings and causes"),
    Text("III. Next tasks"),
)


@dataclass(frozen=True, slots=True)
class Section:
    """A numbered heading and its paragraphs; a paragraph is a Sentence (numbers bound) or plain words."""

    heading: str
    paragraphs: tuple[words.Sentence | str, ...]


@dataclass(frozen=True, slots=True)
class Draft:
    """A report to be finished: heading blocks as lines, title, sections, signature, recipients."""

    skin: str
    left: tuple[str, ...]
    right: tuple[str, ...]
    place_and_day: str
    title: tuple[str, ...]
    sections: tuple[Section, ...]
    signature: tuple[str, ...]
    recipients: tuple[str, ...]
    mark: str
    lang: str

    @property
    def text(self) -> str:
        """The paragraphs as plain text, to be copied."""
        parts = ["\n".join(self.title)]
        for section in self.sections:
            parts += [section.heading, *(p if isinstance(p, str) else p.text for p in section.paragraphs)]
        return "\n".join(parts)

    @property
    def numbers(self) -> list[words.Shown]:
        """Every number of the text with the value it is bound to."""
        return [n for section in self.sections for p in section.paragraphs if isinstance(p, words.Sentence) for n in p.numbers]


def draft(items: Sequence[Outlook], unit: Unit, *, skin: str = "state", lang: str = "") -> Draft:
    """The draft of a report on all lines of a unit, by default in the language of its office.

    Raises
    ------
    KpiError : unknown skin, or no outlook.
    """
    if skin not in SKINS:
        raise KpiError("skin = {skin}: only {skins}.", skin=repr(skin), skins=listed(SKINS))
    if not items:
        raise KpiError("{unit}: there is no line to report on yet.", unit=unit.id)
    lang, as_of, year = lang or unit.lang, items[0].projection.as_of, unit.year_name(items[0].projection.year)
    left, right, signature, recipients = _party(unit) if skin == "party" else _state(unit)
    about = Text("Results of the targets of {year} and projection of the year", year=year)
    title = (Text("REPORT"), about, Text("(as known on {day})", day=as_of))
    blocks = [tuple(text[lang] for text in block) for block in (left, right, title, signature, recipients)]
    place = re.sub(say(r"\s+(ward|commune|province|city)\b.*$|\s*\(.*\)$", lang), "", unit.name[lang])
    day = say("{place}, {day}/{month}/{year}", lang, place=place, day=_two(as_of.day), month=_two(as_of.month, 2), year=as_of.year)
    mark = unit.mark[lang] if unit.mark else ""
    return Draft(skin, blocks[0], blocks[1], day, blocks[2], _sections(list(items), unit, lang), blocks[3], blocks[4], mark, lang)


def _two(number: int, below: int = 9) -> str:
    """Days under 10 and months 1 and 2 are written with a zero, as offices do."""
    return f"{number:02d}" if number <= below else str(number)


Block = tuple[Words, ...]


def _named(unit: Unit) -> Words:
    """The unit's name in capitals, without what stands in brackets."""
    return Named(**{lang: re.sub(r"\s*\(.*\)$", "", unit.name[lang]).upper() for lang in languages()})


def _state(unit: Unit) -> tuple[Block, Block, Block, Block]:
    left = (Text("PEOPLE'S COMMITTEE"), _named(unit), Text("No.:        /BC-UBND"))
    right = (Text("SOCIALIST REPUBLIC OF VIET NAM"), Text("Independence - Freedom - Happiness"))
    recipients = (Text("- {office} (report);", office=unit.reports_to), Text("- The People's Council (report);"), Text("- Files."))
    return left, right, (Text("FOR THE PEOPLE'S COMMITTEE"), Text("CHAIR")), recipients


def _party(unit: Unit) -> tuple[Block, Block, Block, Block]:
    left = (
        Text("PARTY COMMITTEE OF THE LEVEL ABOVE"),
        Text("PARTY COMMITTEE OF {unit}", unit=_named(unit)),
        Named("*"),
        Text("No.        -BC"),
    )
    recipients = (Text("- {office} (report),", office=unit.reports_to), Text("- Files of the Party committee's office."))
    return left, (Text("COMMUNIST PARTY OF VIET NAM"),), (Text("FOR THE PARTY COMMITTEE"), Text("SECRETARY")), recipients


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
    """The paragraphs on a page, to be copied into Word, and the Word documents that stand beside it."""
    as_of = items[0].projection.as_of
    offices = say("the People's Committee (Decree 30/2020)", lang), say("the Party committee (Guidance 36)", lang)
    ways = [(kind, suffix, skin, office) for kind, suffix in FORMATS.values() for skin, office in zip(SKINS, offices, strict=True)]
    told = [
        (file_name(unit, as_of, skin, suffix), say("{kind} document of {office}", lang, kind=kind, office=o))
        for kind, suffix, skin, o in ways
    ]
    documents = told if lang == unit.lang else []
    sections = [(section.heading, [_drafted(text) for text in section.paragraphs]) for section in _sections(list(items), unit, lang)]
    return piece("draft", documents, sections)


def _drafted(text: words.Sentence | str) -> words.Sentence | str:
    return text if isinstance(text, str) else replace(text, style="draft")


def file_name(unit: Unit, as_of: dt.date, skin: str, suffix: str = ".docx") -> str:
    """A plain name for the document."""
    return f"bao-cao-{unit.id}-{as_of}-{'dang' if skin == 'party' else 'ubnd'}{suffix}"
