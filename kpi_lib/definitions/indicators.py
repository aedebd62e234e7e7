"""Indicators and units: frozen definitions, and the catalogue they are read from (TOML beside this file)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

from kpi_lib.definitions import folders, settings
from kpi_lib.definitions.columns import YEARS
from kpi_lib.definitions.kinds import KINDS, Kind
from kpi_lib.definitions.measures import NO_MEASURE, Measure, measured
from kpi_lib.definitions.questions import Question, answered, told_on
from kpi_lib.definitions.starting import NOT_NAMED, digest_of_lines, unsaid_exceptions, whole_line, with_lines_above
from kpi_lib.periods import CALENDAR, MONTHS, Calendar, month_end
from kpi_lib.words.messages import KpiError, Named, Text, Without, Words, in_context, languages, listed
from kpi_lib.words.near import near


@dataclass(frozen=True, slots=True)
class Duty:
    """Who owes what by when: the six clarities of the resolution (rõ người, việc, thời gian, kết quả, trách nhiệm, sản phẩm).

    `owner` hands in the figure and is asked for figures alone; `result_owner` can change the outcome and is the only one ever asked to
    decide or act, empty where no document or proposal names one. A proposal that nobody has confirmed says so in its own words.
    """

    owner: Words
    task: Words
    due: Words
    result: Words
    responsibility: Words
    product: Words
    result_owner: Words = field(default=Named(""))


@dataclass(frozen=True, slots=True)
class Note:
    """A remark on an indicator that quotes figures or events, and the day from which on they are known."""

    known: dt.date
    text: Words


@dataclass(frozen=True, slots=True)
class Indicator:
    """What is measured, and every fact about it that the code may ask for.

    `kind` says how a year's value comes about (`kinds.KINDS`). `flow_name` and `flow_measure` describe the amounts behind a rate. `typical_change` is the
    change of a level that half of the years exceed, in the indicator's unit: what is expected before its own figures speak, and may be left out. `per_population` marks a share of all
    residents, whose gap is printed in persons. Texts are timeless; what quotes a figure or an event is one of the `notes`. `year_starts` and `month_closes` are those of `periods.Calendar`, 0 where the unit's hold.
    """

    id: str
    number: str
    clause: str
    group: str
    name: Words
    short: Words
    measure: Measure
    kind: Kind
    frequency: Literal["month", "quarter", "half", "year"]
    direction: Literal["higher", "lower"]
    decimals: int
    wording: str
    definition: Words
    cut_off: Words
    duty: Duty
    source: str
    flow_name: Words = field(default=Named(""))
    flow_measure: Measure = NO_MEASURE
    flow_decimals: int = 0
    lower: float = float("-inf")
    upper: float = float("inf")
    whole: bool = False
    lag_days: int = 6
    stale_after_days: int = 120
    typical_change: float = float("nan")
    denominator: Words = field(default=Named(""))
    per_population: bool = False
    year_starts: int = 0
    month_closes: int = 0
    notes: tuple[Note, ...] = ()
    questions: tuple[Question, ...] = ()
    local: tuple[int, ...] = ()  # sentences of the catalogue's definition that speak of the resolution it was written for

    def headed(self, words: Words, lang: str) -> str:
        """A name with the number that the unit's own document gives the line, where it numbers its lines: '(4) Tăng thu ngân sách'."""
        return f"({self.number}) {words[lang]}" if self.number else words[lang]

    @property
    def adds_up(self) -> bool:
        """Whether the year's value is made of amounts that add up over its periods."""
        return self.kind.adds_up

    @property
    def natural_measure(self) -> Measure:
        """The unit in which figures are kept, projected and shown: the amounts' for a rate reckoned from amounts, else the indicator's."""
        return self.flow_measure if self.kind.of_amounts else self.measure

    @property
    def natural_decimals(self) -> int:
        """Decimals of values in the natural unit."""
        return self.flow_decimals if self.kind.of_amounts else self.decimals


@dataclass(frozen=True, slots=True)
class BoundaryEvent:
    """A change of the unit's territory: figures before it are of another area."""

    date: dt.date
    text: Words
    document: str
    source: str


@dataclass(frozen=True, slots=True)
class Unit:
    """A ward, province, country or whatever an office reports on: a folder of data.

    `level` is one of `settings.LEVELS`; those of `forms.toml` have forms of their own. `place` stands before a document's date where the name without its level will not do
    (a place named after a person or a number). `time_zone` is empty where the unit above says it; `report_after` are the days from a quarter's
    end to its report.
    """

    id: str
    name: Words
    level: str
    parent: str
    population: int
    population_note: str
    illustrative: bool
    headline: tuple[str, ...]
    indicators: Mapping[str, Indicator]
    references: Mapping[str, str]
    boundary_events: tuple[BoundaryEvent, ...]
    publication_rule: Words
    reports_to: Words
    place: Words = field(default=Named(""))
    deadline_day: int = 25
    deadline_next_month: bool = False
    deadline_document: str = ""
    calendar: Calendar = CALENDAR
    lang: str = "vi"
    time_zone: str = ""
    report_after: int = 15
    asks: bool = False  # whether it keeps a list of the questions that only it can answer
    taken_over: str = ""  # digest of the lines that a unit above defines, and where these stand
    taken_from: tuple[tuple[Path, int], ...] = ()

    def calendar_of(self, ind: Indicator) -> Calendar:
        """How an indicator's years are counted: as it says itself, else as the unit does."""
        return Calendar(ind.year_starts or self.calendar.year_starts, ind.month_closes or self.calendar.month_closes)

    def year_name(self, year: int, indicator: str = "") -> str:
        """A year of the unit, or of one of its indicators, as readers write it: 2025, or 2025/26."""
        return (self.calendar_of(self.indicators[indicator]) if indicator in self.indicators else self.calendar).name(int(year))

    def deadline(self, year: int, month: int) -> dt.date | None:
        """The day by which the figures of a month are due: the unit's day of that month or the next, or the month's last.

        None where the unit's file names no document that says so: nobody is late for a day that nobody set.
        """
        if not self.deadline_document:
            return None
        last = month_end(year, month)
        if self.deadline_next_month:
            last = month_end(last.year + last.month // MONTHS, last.month % MONTHS + 1)
        return last.replace(day=min(self.deadline_day, last.day))

    def due(self, ind: Indicator, end: dt.date) -> dt.date | None:
        """The day by which a line's figure of a period is due: nothing of a quarter, half or year before it has ended; None as `deadline`."""
        deadline = self.deadline(end.year, end.month)
        return deadline if deadline is None or ind.frequency == "month" else max(deadline, end)

    @property
    def mark(self) -> Words | None:
        """The visible mark of a unit whose figures are made up for illustration."""
        return Text("ILLUSTRATIVE FIGURES") if self.illustrative else None


def _text(value: object, where: str, key: str = "") -> Words:
    """Words of a TOML file: the catalogue's are messages in English, by their field; a unit's carry their translations."""
    if isinstance(value, str):
        return in_context(f"indicator {key}", value) if where.startswith(CATALOGUE) and value else Named(value)
    if isinstance(value, dict) and value and set(value) <= set(languages()):
        return Named(**value)
    raise KpiError("{where}: text is needed, or {{vi = '...', en = '...'}}; found {found}", where=where, found=repr(value))


CATALOGUE = "catalogue.toml"
_TEXTS = ("name", "short", "measure", "definition", "cut_off", "flow_name", "flow_measure", "denominator")


def _indicator(entry: dict[str, Any], where: str) -> Indicator:
    """One `[[indicator]]` of a TOML file, held against what it may say (`settings`), as an Indicator."""
    place = f"{where}: indicator {entry['id']}"
    told = {key: value for key, value in entry.items() if key not in (settings.REPLACES, settings.EXCEPTION)}
    why = [entry[settings.EXCEPTION]] if settings.EXCEPTION in entry else []
    values = _facts(told | ({"notes": [*entry.get("notes", []), *why]} if why else {}), place)
    duty = {key: _text(value, f"{place}, duty.{key}", key) for key, value in values["duty"].items()}
    values["duty"] = Duty(**duty | ({} if values["duty"]["owner"] else {"owner": NOT_NAMED}))
    return Indicator(**values)


def _facts(entry: Mapping[str, Any], place: str) -> dict[str, Any]:
    """The fields of an indicator as TOML writes them, as the definition holds them."""
    return {key: _fact(key, value, place) for key, value in entry.items()}


def _fact(key: str, value: Any, place: str) -> Any:
    if key in _TEXTS:
        words = _text(value, f"{place}, {key}", key)
        return measured(words) if key.endswith("measure") else words
    if key == "notes":
        notes = (Note(day(str(each["known"])), _text(each["text"], place)) for each in value)
        return tuple(sorted(notes, key=lambda note: note.known))
    if key == "questions":
        return tuple(Question(name, _text(words, place, "question")) for name, words in value.items())
    return KINDS[str(value)] if key == "kind" else tuple(value) if key == "local" else value


_CATALOGUE = settings.read_toml(Path(__file__).with_name(CATALOGUE))
GROUPS: Mapping[str, Words] = MappingProxyType({key: _text(value, CATALOGUE, "group") for key, value in _CATALOGUE["groups"].items()})
INDICATORS: Mapping[str, Indicator] = MappingProxyType(
    {ind.id: ind for ind in (_indicator(entry, CATALOGUE) for entry in _CATALOGUE["indicator"])}
)
COMMUNES = ("ward", "commune", "special_zone")  # levels whose offices the catalogue names
NOBODY = Duty(NOT_NAMED, *(Named(""),) * 5)
HEADLINE = ("gross_product_growth", "budget_revenue_growth", "new_enterprises", "new_jobs")


def hold(file: Path) -> dict[str, Any]:
    """What a `unit.toml` says, held against what it may say of the catalogue's lines and its own; KpiError with every fault."""
    return _held(file)[0]


def _held(file: Path) -> tuple[dict[str, Any], list[Path]]:
    """The same with the lines taken over from units above, and the files these stand in."""
    folders.stands(file)
    data, where = settings.read_toml(file), f"{file.parent.name}/{file.name}"
    _language(data, where)
    whole, files = with_lines_above(data, INDICATORS)
    settings.held(whole, where, {key: [each.id for each in ind.questions] for key, ind in INDICATORS.items()}, GROUPS)
    settings.refuse(where, unsaid_exceptions(data))
    return whole, files


@lru_cache(maxsize=64)
def _read_unit(unit: str, folder: Path, modified: int) -> Unit:
    del modified  # the file is read again when it has changed
    (data, files), where = _held(folder / "unit.toml"), f"{unit}/unit.toml"
    lang = _language(data, where)
    own = {ind.id: ind for ind in (_indicator(whole_line(entry), where) for entry in data.get("indicator", []))}
    indicators = {**INDICATORS, **own}
    if not data.get("numbered", True):  # the catalogue's numbers, words and clauses are those of another unit's resolution
        indicators = {key: replace(ind, number="") if key in own else _elsewhere(ind, data) for key, ind in indicators.items()}
    for key, changes in data.get("override", {}).items():
        changed = _facts(changes, where)
        if "duty" in changed:
            told = {name: _text(value, where) for name, value in changed["duty"].items()}
            # Another body for the figure: whoever answered for the result elsewhere does not here, unless the unit says so.
            changed["duty"] = replace(indicators[key].duty, **({"result_owner": Named("")} if "owner" in told else {}) | told)
        indicators[key] = replace(indicators[key], **changed)
    for key, told in data.get("questions", {}).items():
        indicators[key] = replace(indicators[key], questions=answered(indicators[key].questions, told, lambda words: _text(words, where)))
    lines = data.get("lines", [*INDICATORS, *own])
    headline = tuple(data.get("headline", HEADLINE))
    return Unit(
        id=unit,
        name=_text(data["name"], where),
        level=data["level"],
        parent=data.get("parent", ""),
        population=int(data.get("population", 0)),
        population_note=data.get("population_note", ""),
        illustrative=bool(data.get("illustrative", False)),
        headline=headline,
        indicators=MappingProxyType(_Lines(unit, {key: indicators[key] for key in dict.fromkeys((*lines, *headline))})),
        references=MappingProxyType(dict(data.get("reference", {}))),
        boundary_events=tuple(
            BoundaryEvent(
                e["date"], _text({key: e[key] for key in e if key in languages()}, where), e.get("document", ""), e.get("source", "")
            )
            for e in data.get("boundary_event", [])
        ),
        publication_rule=_text(data["publication_rule"], where),
        reports_to=_text(data.get("reports_to", ""), where),
        place=_text(data.get("place", ""), where),
        deadline_day=data.get("deadline_day", 25),
        deadline_next_month=bool(data.get("deadline_next_month", False)),
        deadline_document=str(data.get("deadline_document", "")),
        lang=lang,
        time_zone=data.get("time_zone", ""),
        report_after=data.get("report_after", 15),
        asks="questions" in data,
        taken_over=digest_of_lines(data, files),
        taken_from=tuple((file, file.stat().st_mtime_ns) for file in files),
        calendar=Calendar(data.get("year_starts", 1), data.get("month_closes", 31)),
    )


def _elsewhere(ind: Indicator, data: Mapping[str, Any]) -> Indicator:
    """A line of the catalogue for a unit of another resolution: without what quotes the one it was written for, and without offices of another level.

    Where the unit's own document sets a day, the catalogue's proposal of one falls away.
    """
    offices, cut_off = (ind.duty, ind.cut_off) if data["level"] in COMMUNES else (NOBODY, Named(""))
    due = Named("") if data.get("deadline_document") else offices.due
    duty = Duty(offices.owner, offices.task, due, offices.result, Named(""), Named(""))
    return replace(ind, number="", wording="", source="", definition=Without(ind.definition, ind.local), cut_off=cut_off, duty=duty)


class _Lines(dict[str, Indicator]):
    """The lines of a unit by their ids, in its order; one that it does not track is refused with those it does."""

    def __init__(self, unit: str, lines: Mapping[str, Indicator]) -> None:
        super().__init__(lines)
        self.unit = unit

    def __missing__(self, indicator: str) -> Indicator:
        raise KpiError(
            "{unit} does not track {indicator}{hint}; it tracks {indicators}",
            unit=self.unit, indicator=repr(indicator), hint=near(str(indicator), self), indicators=listed(self),
        )  # fmt: skip


def _language(data: Mapping[str, Any], where: str) -> str:
    """The language of the unit's office: that of its pages, its console and its errors where nobody asks for another."""
    lang = str(data.get("language", "vi"))
    if lang not in languages():
        raise KpiError("{where}: language = {found}; one of {languages}", where=where, found=repr(lang), languages=listed(languages()))
    return lang


def read_unit(unit: str, *, as_of: dt.date | str | None = None) -> Unit:
    """The unit's definition from `data/raw/<unit>/unit.toml`, with the catalogue's indicators and its own; with `as_of` as known by then.

    Raises
    ------
    KpiError : unknown unit, or a fault in its file.
    """
    file = folders.raw(unit) / "unit.toml"
    found = _read_unit(unit, file.parent, file.stat().st_mtime_ns)
    if any(not above.exists() or above.stat().st_mtime_ns != when for above, when in found.taken_from):
        _read_unit.cache_clear()
        found = _read_unit(unit, file.parent, file.stat().st_mtime_ns)
    return found if as_of is None else _known_on(found, day(as_of))


def _known_on(unit: Unit, as_of: dt.date) -> Unit:
    """A unit without the remarks, answers and boundary changes that are still to come."""
    lines = {key: _line_known_on(ind, as_of) if ind.notes or ind.questions else ind for key, ind in unit.indicators.items()}
    events = tuple(event for event in unit.boundary_events if event.date <= as_of)
    return replace(unit, indicators=MappingProxyType(_Lines(unit.id, lines)), boundary_events=events)


def _line_known_on(ind: Indicator, as_of: dt.date) -> Indicator:
    return replace(ind, notes=tuple(note for note in ind.notes if note.known <= as_of), questions=told_on(ind.questions, as_of))


def day(value: dt.date | str) -> dt.date:
    """A date from ISO text (2025-10-15).

    Raises
    ------
    KpiError : the text is no date; the way out names the form.
    """
    if isinstance(value, dt.datetime):
        return value.date()
    if isinstance(value, dt.date):
        return value
    try:
        found = dt.date.fromisoformat(value)
        if len(value) != len("2025-10-15") or not value.replace("-", "").isdecimal():  # Python knows weeks (2025-W42-3), offices do not
            raise ValueError(value)
        if not YEARS[0] <= found.year <= YEARS[1]:
            raise ValueError(value)
        return found
    except (TypeError, ValueError):
        raise KpiError("{found} is no date. Write it as 2025-10-15 (year-month-day).", found=repr(value)) from None


def a_year(value: int) -> int:
    """The year itself, where it can be one; KpiError otherwise."""
    if not YEARS[0] <= value <= YEARS[1]:
        raise KpiError("{found} is no year. Write it as 2025.", found=str(value))
    return value
