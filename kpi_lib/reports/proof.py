"""Every number of a page walked back to a value: what the text says, what the table says and what the manifest holds are one.

A word that says which way a value lies ("thiếu", "tăng", "không đạt", a status) is bound to that value and held against the one table of
such words (`words.CHOICES`). A number on a page is either bound (`<data value data-of>`), or it repeats a bound number of that page, or it is a date, a period, the
number of a line of the resolution, the level of an interval, or stands in quoted words (sources, definitions, documents) or in the unit's
own words (the name of an indicator, its unit of measure: "trẻ dưới 5 tuổi", "ca/1.000 dân").
"""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from functools import lru_cache
from html.parser import HTMLParser

import pandas as pd

from kpi_lib.narrative.choices import CHOICES, case_of
from kpi_lib.periods import MONTHS
from kpi_lib.words.messages import SOURCE, Dated, KpiError, Text, Words, languages, listed, plural, say
from kpi_lib.words.numbers import marks


class Disagreement(RuntimeError):
    """A page says a number that is not the value it stands for; the report is not published. `faults` holds every one."""

    def __init__(self, faults: Sequence[str]) -> None:
        self.faults = tuple(faults)
        self.words = Text(
            "{count:number does not agree with its value|numbers do not agree with their values}:\n- {faults}\nTell who answers for the notebooks, with the lines above. If it must be "
            'published at once: kpi run --override "full name of who answers for it"; the name stands at the foot of every page and in manifest.json.',
            count=len(faults),
            faults=listed(self.faults[:40], "\n- "),
        )
        super().__init__(self.words[SOURCE])


@dataclass(frozen=True, slots=True)
class Said:
    """A bound number of a page: its name in the manifest, its value, the characters the reader sees."""

    key: str
    value: float
    text: str


@dataclass(frozen=True, slots=True)
class Told:
    """A bound word of a page: the name of the value it tells of, what it says of it, the row of `words.CHOICES`, its characters."""

    key: str
    case: str
    choice: str
    text: str


_SKIPPED = {"script", "style", "svg", "time", "nav", "header", "title", "footer"}
_NOT_OF_FIGURES = {"script", "style", "svg", "time", "footer"}
_VOID = {"meta", "br", "hr", "col", "link", "img", "input"}
_QUOTED = {"quoted", "text", "status", "still", "mark", "watermark", "skip"}
_PERIODS = re.compile(
    r"""
      \b(?:19|20)\d\d/\d\d\b(?![\d/])                                          # 2025/26, a year that does not begin in January
    | \d{1,2}/\d{1,2}/\d{4} | \d{1,2}/\d{4} | \d{1,2}/\d{1,2}(?!\d)            # 15/10/2025, 9/2025, 15/4
    | \b(?:19|20)\d\d\b                                                       # a year
    | \b[Tt]háng\s\d{1,2}\b | \b\d{1,2}\stháng\b | \bT\d{1,2}\b | \bQ[1-4]\b
    | \bmonth\s\d{1,2}\b | \b\d{1,2}\smonths\b
    | \(\d{1,2}[a-z]?\)                                                       # (11a), a line of the resolution
    | \b(?:50|80|90|95)\s?%                                                     # the level of an interval
    | \bn\s?=\s?
    """,
    re.VERBOSE,
)
_LANDMARKS = {
    "Content-Security-Policy": re.compile(r"""<meta http-equiv="Content-Security-Policy" content="default-src (?:'|&#39;)none"""),
    "title": re.compile(r"<title>\s*[^<\s]"),
    "main": re.compile(r"<main\b[^>]*>\s*\S"),
    "footer": re.compile(r"<footer\b"),
}
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_THOUSANDS = re.compile(r"(?<=\d)[\u00a0\u202f\u2019](?=\d{3}(?!\d))")  # what is neither point nor comma between them: 69 117 in French
_ALONE = re.compile(r"(?<!\w)\d+(?:[.,]\d+)*(?!\w|/[^\W\d])")  # no cell, no document's number


@lru_cache(maxsize=4)
def _dates(spoken: tuple[str, ...]) -> re.Pattern[str]:
    """Dates and spans of months as languages write them in words: '15 October 2025', '9 months'; `_PERIODS` knows those in digits."""
    ends = [dt.date(2888, month, 28) for month in range(1, MONTHS + 1)]  # digits that no name of a month holds
    written = {Dated(end, pattern)[lang] for lang in spoken for end in ends for pattern in ("d MMMM y", "d MMMM", "MMMM y")}
    written |= {plural("the first month", "{n} months", n=28)[lang] for lang in spoken}
    forms = {re.escape(text).replace("2888", r"\d{4}").replace("28", r"\d{1,2}") for text in written}
    return re.compile("|".join(sorted(forms, key=len, reverse=True)))


class _Walk(HTMLParser):
    """The bound numbers of a page, and the numbers that stand free in its running text."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[tuple[str, bool]] = []
        self.said: list[Said] = []
        self.free: list[str] = []
        self.quoted: list[str] = []
        self.bound: tuple[str, float, list[str]] | None = None
        self.told: list[Told] = []
        self.word: tuple[int, str, str, str, list[str]] | None = None  # how deep it stands, then as in `Told`

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _VOID:
            return
        found = dict(attrs)
        classes = set((found.get("class") or "").split())
        inherited = bool(self.open) and self.open[-1][1]
        self.open.append((tag, inherited or tag in _SKIPPED or bool(classes & _QUOTED)))
        if "data-words" in found:
            self.word = (len(self.open), found.get("data-of") or "", found.get("data-value") or "", found["data-words"] or "", [])
        if tag == "data":
            self.bound = (found.get("data-of") or "", float(found.get("value") or "nan"), [])

    def handle_endtag(self, tag: str) -> None:
        if tag == "data" and self.bound:
            key, value, texts = self.bound
            self.said.append(Said(key, value, "".join(texts)))
            self.bound = None
        while self.open and self.open.pop()[0] != tag:
            pass
        if self.word and len(self.open) < self.word[0]:
            self.told.append(Told(*self.word[1:4], "".join(self.word[4])))
            self.word = None

    def handle_data(self, data: str) -> None:
        if self.word:
            self.word[4].append(data)
        if self.bound:
            self.bound[2].append(data)
        elif not (self.open and self.open[-1][1]):
            self.free.append(data)
        elif not _NOT_OF_FIGURES & {tag for tag, _ in self.open}:
            self.quoted.append(data)


def said_on(page: str, words: Collection[str] = ()) -> tuple[list[Said], list[tuple[str, str]]]:
    """The bound numbers of a page, and each free number with the words around it; numbers in the unit's own `words` are neither."""
    walk, own = _walked(page), _own(frozenset(words))
    free = [(token, text) for text in walk.free if _numbers(text) for token in _numbers(_without(text, own))]
    said = [Said(one.key, one.value, _without(one.text, own) if len(_NUMBER.findall(one.text)) > 1 else one.text) for one in walk.said]
    return said, free


def told_on(page: str) -> list[Told]:
    """The bound words of a page."""
    return _walked(page).told


@lru_cache(maxsize=1)
def _walked(page: str) -> _Walk:
    """A page walked once, for its numbers, its words and their names."""
    walk = _Walk()
    walk.feed(_THOUSANDS.sub("", re.sub(r"(?s)<(script|style|svg)\b.*?</\1>", "", page)))
    walk.close()
    return walk


def _numbers(text: str) -> list[str]:
    """The numbers in a text that are no dates, periods, line numbers or levels."""
    return list(_NUMBER.findall(_undated(text)))


def _undated(text: str) -> str:
    """A text without its dates, periods, line numbers and levels."""
    return _PERIODS.sub(" ", _dates(languages()).sub(" ", _THOUSANDS.sub("", text)))


@lru_cache(maxsize=1)
def _own(words: frozenset[str]) -> list[tuple[str, str]]:
    """Those words that hold a digit among letters, the longest first, each with itself in lower case. A bare number is nobody's own word."""
    spaced = {" ".join(word.split()) for word in words if re.search(r"\d", word) and len(re.findall(r"[^\W\d_]", word)) >= 3}
    return [(word, word.casefold()) for word in sorted(spaced, key=lambda word: (-len(word), word))]


def _without(text: str, own: list[tuple[str, str]]) -> str:
    """The text less the unit's own words, wherever they stand whole; blanks as one space each."""
    text = " ".join(text.split())
    lower = text.casefold()
    for word, low in own:
        if low in lower:
            text = re.sub(rf"(?<!\w){re.escape(word)}(?!\w)", " ", text, flags=re.IGNORECASE)
            lower = text.casefold()
    return text


def says(said: Said, lang: str) -> bool:
    """Whether the characters are the value, rounded as printed. A sign, where one is written, must be the value's own.

    >>> says(Said("a", 54.46, "54,5 tỷ đồng"), "vi"), says(Said("a", -2.4, "+2,4"), "vi"), says(Said("p", 0.3, "dưới 1%"), "vi")
    (True, False, True)
    """
    tokens = _NUMBER.findall(said.text)
    if len(tokens) != 1 or not math.isfinite(said.value):
        return False
    shown, decimals = _parsed(tokens[0], lang)
    under, over = say("under 1%", lang), say("over 99%", lang)
    if (text := said.text.replace("\u00a0", " ").strip()) in (under, over):
        return 0 <= said.value < shown if text == under else said.value > shown
    sign = said.text.lstrip(" \u00a0%")[:1]
    if sign in "+−-" and shown and (said.value < 0) != (sign in "−-"):
        return False
    slack = 0.5 * 10.0**-decimals
    return abs(shown - abs(said.value)) <= slack * (1 + 1e-6) + 1e-9 * abs(said.value)


def _parsed(token: str, lang: str) -> tuple[float, int]:
    """A number as written, and its decimals."""
    signs = marks(lang)
    plain = token.replace(signs[ord(",")], "").replace(signs[ord(".")], ".")
    return float(plain), len(plain.partition(".")[2])


def faults_of(
    name: str, page: str, lang: str, values: Mapping[str, float], words: Collection[str] = (), later: frozenset[str] = frozenset()
) -> Iterator[str]:
    """What is wrong on a page: a text that is not its value, a value that is not the publisher's, a number bound to nothing or of later."""
    said, free = said_on(page, words)
    for one in said:
        if not says(one, lang):
            yield f"{name}: {one.key} = {one.value:g} is printed as {one.text!r}"
        if one.key not in values:
            yield f"{name}: {one.key} = {one.value:g} ({one.text!r}) is bound to nothing that the publisher reckoned"
        elif f"{values[one.key]:.9g}" != f"{one.value:.9g}":
            yield f"{name}: {one.key} = {one.value:.9g} here, {values[one.key]:.9g} as the publisher reckons it"
    yield from (f"{name}: {fault}" for told in told_on(page) if (fault := _untrue(told, lang, values)))
    shown = {token for one in said for token in _NUMBER.findall(one.text)}
    for token, around in free:
        if token not in shown:
            yield f"{name}: {token!r} in {' '.join(around.split())[:80]!r} is bound to no value"
    yield from (f"{name}: {fault}" for fault in _too_early(_walked(page), later))


def _too_early(walk: _Walk, later: frozenset[str]) -> Iterator[str]:
    """The numbers in running and quoted words that are known from a later day on only."""
    bound = set().union(*(telling_numbers(one.text) for one in walk.said))
    for text in (*walk.free, *walk.quoted) if later else ():
        if early := sorted((telling_numbers(text) & later) - bound):
            yield f"{', '.join(early)} in {' '.join(text.split())[:80]!r} is known from a later day on only (kpi check names the text)"


@lru_cache(maxsize=4096)
def telling_numbers(text: str) -> frozenset[str]:
    """The numbers in a text that are told apart from others, each as it may be read: the text may be of another language than the page.

    They have four digits or more, or three with a mark among them, and are no round ones; dates are none.

    >>> sorted(telling_numbers("10 tháng 69.117 tỷ (125%), 9,2 lần; năm 2025; ngày 6/11/2025; +12,88%; trên 70.000"))
    ['12.88', '69.117', '69117']
    """
    found = [token for token in _ALONE.findall(_undated(text)) if len(re.sub(r"\D", "", token)) >= (4 if token.isdigit() else 3)]
    return frozenset(reading for token in found if not _round(token) for reading in _readings(token))


def _round(written: str) -> bool:
    """Whether a number has fewer than three digits before and after its noughts: it may be anybody's."""
    return len(re.sub(r"\D", "", written).strip("0")) < 3


def _readings(token: str) -> set[str]:
    """What a number as written may be: its marks part thousands, or the last of them parts the decimals.

    >>> sorted(_readings("1.847,8")), sorted(_readings("69.117")), sorted(_readings("032011"))
    (['1847.8'], ['69.117', '69117'], [])
    """
    *groups, last = re.split(r"[.,]", token)
    if not groups:
        return set() if token.startswith("0") else {token}
    whole = "".join(groups)
    found = {f"{whole}.{last}".rstrip("0").rstrip(".")} if len(groups) == 1 or token.count(re.sub(r"\d", "", token)[-1]) == 1 else set()
    return found | ({whole + last} if all(len(group) == 3 for group in (*groups[1:], last)) else set())


def quoted_figures(text: str, known: Collection[str]) -> list[str]:
    """The numbers that a text quotes as figures: those whose digits are among the known ones, or with a mark or percent sign near a year.

    >>> quoted_figures("Đã có 69.117 tỷ. Năm 2023 đạt 86,46 %; từ 15 tuổi trở lên. Chuẩn 30 %.", {"69117"})
    ['69.117', '86,46']
    """
    found = []
    for part in re.split(r"(?<=[.;:!?])\s+", text):
        dated = re.search(r"\b(?:19|20)\d\d\b", part)
        for token in _ALONE.finditer(_undated(part)):
            measured = not token[0].isdigit() or token.string[token.end() :].lstrip().startswith("%")
            if (dated and measured) or telling_numbers(token[0]) & set(known):
                found.append(token[0])
    return found


def telling_figure(value: float) -> frozenset[str]:
    """A figure of a table as `telling_numbers` has it, where it is of four digits or more and no round one."""
    written = f"{abs(value):.12g}"
    return frozenset({written} if len(written.replace(".", "").lstrip("0")) >= 4 and not _round(written) else ())


def _untrue(told: Told, lang: str, values: Mapping[str, float]) -> str:
    """What is wrong with a bound word: bound to nothing, not what the value asks for, or no word of its row; empty where it is true."""
    if told.key not in values:
        return f"{told.key} ({told.text!r}) is bound to nothing that the publisher reckoned"
    if told.choice not in CHOICES:
        return f"{told.key}: {told.text!r} is of no known row of words ({told.choice!r})"
    case = case_of(values[told.key], told.choice)
    word = CHOICES[told.choice].get(case)
    if word is None or told.case != str(case) or " ".join(told.text.split()) != word[lang]:
        return (
            f"{told.key} = {values[told.key]:.9g} is told as {told.text!r} ({told.case}), should be {word[lang] if word else 'nothing'!r}"
        )
    return ""


def own_words(*things: object) -> frozenset[str]:
    """Every text in these definitions and tables (units, indicators, plans, figures), and the pieces between semicolons and brackets."""
    found: set[str] = set()
    for thing in things:
        if isinstance(thing, str):
            found |= {thing, *(piece.strip() for piece in re.split(r"[;()]", thing) if len(piece.strip()) > 3)}
        elif isinstance(thing, Words):
            found |= own_words(*(thing[lang] for lang in languages()))
        elif is_dataclass(thing):
            found |= own_words(*(getattr(thing, part.name) for part in fields(thing)))
        elif isinstance(thing, Mapping):
            found |= own_words(*thing.values())
        elif isinstance(thing, tuple | list):
            found |= own_words(*thing)
        elif isinstance(thing, pd.DataFrame):
            texts = thing.select_dtypes(exclude=["number", "bool", "datetime"])
            found |= own_words(*(str(value) for column in texts for value in texts[column].dropna().unique()))
    return frozenset(found)


def prove(
    pages: Mapping[str, str], lang: str, values: Mapping[str, float], words: Collection[str] = (), later: frozenset[str] = frozenset()
) -> dict[str, float]:
    """Walk every number of a report back to its value.

    Parameters
    ----------
    pages : text of each page by name; values: what the publisher itself reckoned, by key.
    words : the unit's own words, whose numbers say nothing: names, units of measure. later: digits of the numbers known from a later day on
        (`known.later_numbers`).

    Returns
    -------
    the numbers that the pages say, by key, for the manifest.

    Raises
    ------
    Disagreement : naming the page, the number and what it should be; all faults at once. KpiError : a page lacks what every page has; nobody
        can answer for that.
    """
    if bare := [f"{name} ({', '.join(lacks)})" for name, page in pages.items() if (lacks := lacking(page))]:
        raise KpiError(
            "Pages without what every page has: {pages}. Something foreign made them: set the program up anew and run again.",
            pages=listed(bare),
        )
    faults: list[str] = []
    names: set[str] = set()
    for name, page in pages.items():
        faults += faults_of(name, page, lang, values, words, later)
        names |= names_on(page)
    if faults:
        raise Disagreement(faults)
    return {name: values[name] for name in names}


def lacking(page: str) -> list[str]:
    """The parts that every page of ours has and this one lacks: a page that holds nothing at all says no wrong number either.

    >>> lacking("<title>a</title><main>b</main>")
    ['Content-Security-Policy', 'footer']
    """
    return [part for part, mark in _LANDMARKS.items() if not mark.search(page)]


def names_on(page: str) -> set[str]:
    """The names of the values that the numbers and words of a page are bound to."""
    walk = _walked(page)
    return {one.key for one in walk.said} | {told.key for told in walk.told}
