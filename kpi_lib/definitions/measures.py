"""Units of measure: their words are read here and nowhere else, and one unit of money is turned into another."""

from __future__ import annotations

import math
import unicodedata
from dataclasses import dataclass, field, replace
from functools import lru_cache

from kpi_lib.words.messages import Named, Text, Words, in_context, languages


@dataclass(frozen=True, slots=True)
class Measure(Words):
    """A unit of measure; two are the same when their `id` is, whatever their words.

    Parameters
    ----------
    name : as shown.
    money : what one of it is in đồng; NaN for anything that is not money.
    percent : values are percentages; `of_plan`: percentages of the year's plan, which no other year shares.
    """

    name: Words = field(compare=False)
    id: str
    money: float = field(default=math.nan, compare=False)
    percent: bool = field(default=False, compare=False)
    of_plan: bool = field(default=False, compare=False)

    def __getitem__(self, lang: str, /) -> str:
        return self.name[lang]

    @property
    def is_money(self) -> bool:
        """Whether it is a unit of money, which converts into the others."""
        return math.isfinite(self.money)

    @property
    def known(self) -> bool:
        """Whether it is one of the library's, and not words met for the first time."""
        return self in (PERCENT, PLAN_PERCENT, *MONEY, *COUNTS)

    @property
    def points(self) -> bool:
        """Whether differences are told in percentage points."""
        return self.percent and not self.of_plan

    @property
    def difference(self) -> Words:
        """The unit in which a difference of two values is told.

        >>> PERCENT.difference["vi"], measure_of("người").difference["vi"]
        ('điểm phần trăm', 'người')
        """
        return Text("percentage points") if self.points else self


NO_MEASURE = Measure(Named(""), "")
PERCENT = Measure(Named("%"), "percent", percent=True)
PLAN_PERCENT = Measure(Text("% of the year's plan"), "plan_percent", percent=True, of_plan=True)
MONEY = (
    Measure(Named("đồng"), "dong", 1.0),
    Measure(Text("thousand đồng"), "thousand_dong", 1e3),
    Measure(Text("million đồng"), "million_dong", 1e6),
    Measure(Text("billion đồng"), "billion_dong", 1e9),
    Measure(Text("trillion đồng"), "trillion_dong", 1e12),
)
PEOPLE = Measure(in_context("unit of measure", "people"), "people")
COUNTS = (
    PEOPLE,
    Measure(in_context("unit of measure", "households"), "households"),
    Measure(in_context("unit of measure", "enterprises"), "enterprises"),
    Measure(in_context("unit of measure", "placements"), "placements"),
)
# How delivered tables and definitions write them, beside their names in the library's languages.
_SPELLINGS = {
    "dong": ("đ", "vnđ", "vnd", "dong"),
    "thousand_dong": ("nghìn", "1000đ", "1.000đ", "1000 đồng", "1.000 đồng", "ngàn đồng", "thousand dong", "thousand vnd", "vnd thousand"),
    "million_dong": ("triệu", "tr.đ", "trđ", "tr đồng", "tr.đồng", "million dong", "million vnd", "vnd million"),
    "billion_dong": ("tỷ", "tỉ", "tỉ đồng", "billion dong", "billion vnd", "vnd billion"),
    "trillion_dong": ("nghìn tỷ", "nghìn tỉ", "nghìn tỉ đồng", "trillion dong", "trillion vnd", "vnd trillion"),
    "percent": ("phần trăm", "percent", "per cent"),
    "enterprises": ("dn",),
}
# What offices write for placements; of another line "người" and "lượt" are units of their own.
_PLACEMENTS = ("lượt", "lđ", "lao động", "lượt người", "người")


def _plain(words: str) -> str:
    return " ".join(unicodedata.normalize("NFC", words).lower().split()).strip(" .()")


@lru_cache(maxsize=1)
def _known() -> dict[str, Measure]:
    """The library's units of measure by every name they go under."""
    named = {own: (*(own[lang] for lang in languages()), *_SPELLINGS.get(own.id, ())) for own in (PERCENT, PLAN_PERCENT, *MONEY, *COUNTS)}
    return {_plain(words): own for own, names in named.items() for words in names}


@lru_cache(maxsize=4096)
def measure_of(words: str, en: str = "") -> Measure:
    """The unit of measure that words name, in any language and known spelling; unknown words are a unit of their own.

    >>> measure_of("Tỉ đồng")["vi"], measure_of("VND billion")["vi"], measure_of("lượt khách", "visits")["en"]
    ('tỷ đồng', 'tỷ đồng', 'visits')
    """
    return _known().get(_plain(words)) or Measure(Named(vi=words, en=en or words), _plain(words), percent=words.startswith("%"))


def measured(name: Words) -> Measure:
    """The unit of measure of a definition, which may have English words of its own."""
    found = measure_of(name["vi"], name["en"])
    return replace(found, name=name) if name["en"] not in (name["vi"], found["en"]) else found


def factor(given: str | Measure, wanted: str | Measure) -> float:
    """By how much a value in one unit is multiplied to be in another; NaN where the two do not convert.

    >>> factor("triệu đồng", "tỷ đồng"), factor("tỷ đồng", "triệu đồng"), factor("hộ", "người")
    (0.001, 1000.0, nan)
    """
    return 1.0 if same_measure(given, wanted) else _record(given).money / _record(wanted).money


def same_measure(one: str | Measure, other: str | Measure) -> bool:
    """Whether two units of measure are the same, each given by its words or its record.

    >>> same_measure("Tỉ đồng", "tỷ đồng"), same_measure("triệu đồng", "tỷ đồng")
    (True, False)
    """
    return _record(one) == _record(other) or not _names(one).isdisjoint(_names(other))


def _names(given: str | Measure) -> set[str]:
    """What a unit goes under: a definition's own words in every language."""
    return {_plain(given)} if isinstance(given, str) else {_plain(given[lang]) for lang in languages()}


def fits(typed: str, wanted: Measure) -> bool:
    """Whether a unit as typed may stand for the one asked for: the same, another unit of money, or the loose words for placements.

    >>> fits("triệu đồng", measure_of("tỷ đồng")), fits("người", measure_of("lượt lao động")), fits("người", measure_of("hộ"))
    (True, True, False)
    """
    loose = wanted.id == "placements" and _plain(typed) in _PLACEMENTS
    return loose or math.isfinite(factor(typed, wanted))


def told_in(typed: str, *wanted: Measure) -> bool:
    """Whether a figure of a line told in these units may be in the unit as typed: one that fits, or a percentage of the plan.

    >>> told_in("triệu đồng", measure_of("%"), measure_of("tỷ đồng")), told_in("hộ", measure_of("%"), measure_of("tỷ đồng"))
    (True, False)
    """
    return any(fits(typed, one) for one in (*wanted, PLAN_PERCENT))


def spelt(typed: Measure, wanted: Measure) -> str:
    """The word a figure is kept under: the unit of money as typed, else that of its line."""
    return (typed if typed.is_money else wanted)["vi"]


def _record(given: str | Measure) -> Measure:
    return given if isinstance(given, Measure) else measure_of(given)
