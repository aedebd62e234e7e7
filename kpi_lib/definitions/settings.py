"""What `unit.toml` may say: every key with what its value may be, held against the file before anything is made of it; all faults at once."""

from __future__ import annotations

import datetime as dt
import math
import re
import tomllib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from kpi_lib.definitions.columns import by_weeks
from kpi_lib.definitions.kinds import KINDS
from kpi_lib.periods import MONTHS
from kpi_lib.words.messages import UNFIT, KpiError, Text, Words, languages, listed, plural
from kpi_lib.words.near import near

LEVELS = (
    "ward", "commune", "special_zone", "town", "township", "village", "municipality", "district", "county", "city", "province", "region",
    "state", "country", "office",
)  # fmt: skip
FREQUENCIES, DIRECTIONS = ("month", "quarter", "half", "year"), ("higher", "lower")
ID = r"[a-z][a-z0-9_]*"
MOST_WARDS = 999
MOST_PEOPLE = 2_000_000_000
Rule = Callable[[Any], Words | None]
"""What is needed where a value will not do; None where it will."""


def _text(value: Any) -> Words | None:
    return None if isinstance(value, str) else Text("text is needed")


def _words(value: Any) -> Words | None:
    told = isinstance(value, dict) and value and set(value) <= set(languages()) and all(isinstance(part, str) for part in value.values())
    return (
        None
        if told or isinstance(value, str)
        else Text("text is needed, or text by language like {example}", example='{ vi = "...", en = "..." }')
    )


def _flag(value: Any) -> Words | None:
    return None if isinstance(value, bool) else Text("true or false is needed")


def _day(value: Any) -> Words | None:
    fits = isinstance(value, dt.date) and not isinstance(value, dt.datetime) and 1900 <= value.year <= 2200
    return None if fits else Text("a day without quotation marks is needed, like 2025-07-01")


def whole(least: int, most: int) -> Rule:
    """The rule of a whole number between two bounds."""

    def rule(value: Any) -> Words | None:
        fits = isinstance(value, int) and not isinstance(value, bool) and least <= value <= most
        return None if fits else Text("a whole number from {least} to {most} is needed", least=str(least), most=str(most))

    return rule


def _number(value: Any) -> Words | None:
    return None if isinstance(value, int | float) and not isinstance(value, bool) and not math.isnan(value) else Text("a number is needed")


def one_of(known: Iterable[str]) -> Rule:
    """The rule of one of some words."""
    words = tuple(known)

    def rule(value: Any) -> Words | None:
        if isinstance(value, str) and value in words:
            return None
        return Text("one of these is needed: {words}{hint}", words=listed(words), hint=near(str(value), words))

    return rule


def _frequency(value: Any) -> Words | None:
    if way := by_weeks(str(value)):
        return Text("month, quarter, half or year is needed{way}", way=way)
    return one_of(FREQUENCIES)(value)


def _ids(value: Any) -> Words | None:
    fits = isinstance(value, list) and all(isinstance(key, str) for key in value)
    return None if fits else Text("a list of names of lines is needed, like {example}", example='["new_jobs"]')


def _zone(value: Any) -> Words | None:
    """A time zone by its name in the IANA data base."""
    try:
        ZoneInfo(value if isinstance(value, str) else "")
        return None
    except (ZoneInfoNotFoundError, ValueError, OSError):
        hint = near(str(value), available_timezones())
        return Text("the name of a time zone is needed, like Asia/Ho_Chi_Minh{hint}", hint=hint)


def _asked(value: Any) -> Words | None:
    fits = isinstance(value, dict) and all(re.fullmatch(ID, key) and _words(text) is None for key, text in value.items())
    return None if fits else Text("questions by name are needed, like {example}", example='{ base = "...?" }')


def _id(value: Any) -> Words | None:
    return None if isinstance(value, str) and re.fullmatch(ID, value) else Text("a name of small letters, digits and _ is needed")


def _wards(value: Any) -> Words | None:
    rules = {"count": whole(1, MOST_WARDS), "seed": whole(0, 2**53)}
    fits = isinstance(value, dict) and set(value) == set(rules) and not any(rule(value[key]) for key, rule in rules.items())
    return None if fits else Text("how many and from which seed is needed, like {example}", example="{ count = 54, seed = 20261126 }")


UNIT: Mapping[str, Rule] = {
    "name": _words, "level": one_of(LEVELS), "parent": _text, "population": whole(0, MOST_PEOPLE), "population_note": _text,
    "illustrative": _flag, "headline": _ids, "lines": _ids, "publication_rule": _words, "reports_to": _words, "place": _words,
    "deadline_day": whole(1, 31), "deadline_next_month": _flag, "deadline_document": _text, "language": _text,
    "year_starts": whole(1, MONTHS), "month_closes": whole(1, 31), "numbered": _flag,
    "time_zone": _zone, "report_after": whole(0, 180), "illustrative_wards": _wards,
}  # fmt: skip
TABLES = ("indicator", "override", "reference", "boundary_event", "questions")
NEEDED = ("name", "level", "publication_rule")
DUTY = ("owner", "task", "due", "result", "responsibility", "product", "result_owner")
LINE: Mapping[str, Rule] = {
    "id": _id, "number": _text, "clause": _text, "name": _words, "short": _words, "measure": _words, "kind": one_of(KINDS),
    "frequency": _frequency, "direction": one_of(DIRECTIONS), "decimals": whole(0, 6), "wording": _text, "definition": _words,
    "cut_off": _words, "source": _text, "flow_name": _words, "flow_measure": _words, "flow_decimals": whole(0, 6), "lower": _number,
    "upper": _number, "whole": _flag, "lag_days": whole(0, 800), "stale_after_days": whole(1, 4000), "typical_change": _number,
    "denominator": _words, "questions": _asked, "per_population": _flag, "year_starts": whole(1, MONTHS), "month_closes": whole(1, 31),
}  # fmt: skip
NEEDED_OF_LINE = ("id", "name", "measure", "kind")  # all else of an own line has a default (`starting.whole_line`)
OF_AMOUNTS = [kind.id for kind in KINDS.values() if kind.of_amounts]  # their amounts have a measure of their own
EXCEPTION = "exception"  # said by an own line that takes the place of one of the unit above: since when it is known, and why
REPLACES = "replaces_catalogue"  # said by an own line that takes the place of the catalogue's of the same id


def read_toml(path: Path) -> dict[str, Any]:
    """A TOML file written by hand.

    Raises
    ------
    KpiError : it is not there, is no UTF-8 or no TOML, or holds characters that cannot be shown.
    """
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8-sig"))
        _refuse_unfit(data, f"{path.parent.name}/{path.name}")
        return data
    except FileNotFoundError:
        raise KpiError(
            "{file}: there is no such file in {folder}. See docs/new-unit.md.", file=path.name, folder=path.parent.name
        ) from None
    except UnicodeDecodeError:
        raise KpiError("{file}: is no text in UTF-8. Save it as UTF-8 and run again.", file=f"{path.parent.name}/{path.name}") from None
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise KpiError("{file}: cannot be read as TOML ({error}).", file=f"{path.parent.name}/{path.name}", error=str(error)) from None


def _refuse_unfit(value: object, where: str) -> None:
    """Refuse characters that cannot be shown, wherever they stand in a TOML file."""
    if isinstance(value, dict | list):
        for key, part in value.items() if isinstance(value, dict) else enumerate(value, start=1):
            _refuse_unfit(part, f"{where}, {key}")
    elif isinstance(value, str) and (found := UNFIT.search(value)):
        raise KpiError(
            "{where}: the character {sign} cannot be shown or turns the writing round. Delete it.",
            where=where,
            sign=f"U+{ord(found[0]):04X}",
        )


def held(data: Mapping[str, Any], where: str, catalogue: Mapping[str, Iterable[str]], groups: Iterable[str]) -> None:
    """Hold a unit's file against what it may say.

    Parameters
    ----------
    catalogue : the ids of the catalogue's lines, each with those of its questions; `groups`: those of its groups.

    Raises
    ------
    KpiError : every fault, each with its key, what was found and what is needed.
    """
    refuse(where, (*_unit(data, tuple(catalogue), tuple(groups)), *_answers(data, catalogue)))


def refuse(where: str, found: Iterable[Words]) -> None:
    """Say every fault of a file at once, if it has any.

    Raises
    ------
    KpiError : it has.
    """
    if faults := list(found):
        count = plural("{n} fault", "{n} faults", n=len(faults))
        raise KpiError(
            "{where}: {count}:\n  - {faults}\nMend them and run again.", where=where, count=count, faults=listed(faults, "\n  - ")
        )


def _unit(data: Mapping[str, Any], catalogue: tuple[str, ...], groups: tuple[str, ...]) -> Iterator[Words]:
    yield from keys(data, (*UNIT, *TABLES), "")
    yield from (Text("{key} is missing", key=key) for key in NEEDED if key not in data)
    yield from values(data, UNIT, "")
    own = data.get("indicator", [])
    if not isinstance(own, list) or not all(isinstance(entry, dict) for entry in own):
        yield _found("indicator", own, Text("tables headed [[indicator]] are needed"))
        own = []
    ids = [str(entry.get("id", "?")) for entry in own]
    yield from (Text("[[indicator]] {line} stands {count:time|times}", line=key, count=n) for key, n in Counter(ids).items() if n > 1)
    for entry, key in zip(own, ids, strict=True):
        yield from _line(entry, f"indicator {key}, ", catalogue, groups)
    yield from _overrides(data.get("override", {}), (*catalogue, *ids), groups)
    yield from _named(data, (*catalogue, *ids))
    yield from _events(data.get("boundary_event", []))


def keys(data: Mapping[str, Any], known: Iterable[str], place: str) -> Iterator[Words]:
    """What a table of settings says under no known key."""
    known = tuple(known)
    for key in sorted(set(data) - set(known)):
        yield Text("{place}{key} is no key{hint}; the keys are: {known}", place=place, key=key, hint=near(key, known), known=listed(known))


def values(data: Mapping[str, Any], rules: Mapping[str, Rule], place: str) -> Iterator[Words]:
    """What a table of settings says that will not do."""
    for key, rule in rules.items():
        if key in data and (needed := rule(data[key])) is not None:
            yield _found(f"{place}{key}", data[key], needed)


def _found(key: str, value: Any, needed: Words) -> Words:
    return Text("{key} = {found}, {needed}", key=key, found=repr(value)[:60], needed=needed)


def _line(entry: Mapping[str, Any], place: str, catalogue: tuple[str, ...], groups: tuple[str, ...]) -> Iterator[Words]:
    """An own line, whole."""
    yield from _facts(entry, place, (*LINE, "group", "duty", "notes", REPLACES, EXCEPTION), groups)
    needed = (*NEEDED_OF_LINE, *(["flow_measure"] if entry.get("kind") in OF_AMOUNTS else []))
    missing = [key for key in needed if key not in entry]
    if missing:
        yield Text("{place}missing: {keys}", place=place, keys=listed(missing))
    if entry.get("id") in catalogue and entry.get(REPLACES) is not True:
        yield Text(
            "{place}the catalogue has a line of this id; choose another id, change single facts in [override.{line}], or say {word} = true",
            place=place, line=entry["id"], word=REPLACES,
        )  # fmt: skip


def _facts(entry: Mapping[str, Any], place: str, known: Iterable[str], groups: tuple[str, ...]) -> Iterator[Words]:
    """The facts of a line as far as they are given."""
    yield from keys(entry, known, place)
    yield from values(entry, {**LINE, "group": one_of(groups), REPLACES: _flag}, place)
    low, high = entry.get("lower", -math.inf), entry.get("upper", math.inf)
    if _number(low) is None and _number(high) is None and low >= high:
        yield Text("{place}lower = {low} is not below upper = {high}", place=place, low=str(low), high=str(high))
    duty = entry.get("duty", {})
    if isinstance(duty, dict):
        yield from keys(duty, DUTY, f"{place}duty.")
        yield from values(duty, dict.fromkeys(DUTY, _words), f"{place}duty.")
    else:
        yield _found(f"{place}duty", duty, Text("a table with {keys} is needed", keys=listed(DUTY)))
    notes = entry.get("notes", [])
    notes = [*notes, entry[EXCEPTION]] if EXCEPTION in entry and isinstance(notes, list) else notes
    rule = {"known": _day, "text": _words}
    if not isinstance(notes, list) or not all(isinstance(note, dict) and set(note) == set(rule) for note in notes):
        yield _found(f"{place}notes", notes, Text("a list of {example} is needed", example='{ known = 2025-11-06, text = "..." }'))
    else:
        for note in notes:
            day = str(note["known"]) if isinstance(note["known"], str) else note["known"]
            yield from values({**note, "known": _iso(day)}, rule, f"{place}notes, ")


def _iso(value: Any) -> Any:
    """A day that stands in quotation marks, as those of remarks may."""
    try:
        return dt.date.fromisoformat(value) if isinstance(value, str) else value
    except ValueError:
        return value


def _overrides(data: Any, lines: tuple[str, ...], groups: tuple[str, ...]) -> Iterator[Words]:
    if not isinstance(data, dict):
        yield _found("override", data, Text("tables headed [override.{line}] are needed", line="new_jobs"))
        return
    for key, entry in data.items():
        if key not in lines:
            yield Text("override.{line} is not among the lines of the catalogue{hint}", line=key, hint=near(key, lines))
        elif not isinstance(entry, dict):
            yield _found(f"override.{key}", entry, Text("a table of facts of the line is needed"))
        else:
            known = [name for name in (*LINE, "group", "duty", "notes") if name != "id"]
            yield from _facts(entry, f"override.{key}, ", known, groups)


def _named(data: Mapping[str, Any], lines: tuple[str, ...]) -> Iterator[Words]:
    """The lines that are named, and the series they refer to."""
    for key in ("lines", "headline"):
        for name in data.get(key, []) if _ids(data.get(key, [])) is None else []:
            if name not in lines:
                yield Text("{key}: {line} is not among the lines of the catalogue{hint}", key=key, line=name, hint=near(name, lines))
    references = data.get("reference", {})
    if not isinstance(references, dict):
        yield _found("reference", references, Text("a table of names of files in {folder} is needed", folder="data/raw/reference"))
        return
    for line, file in references.items():
        if line not in lines:
            yield Text("reference: {line} is not among the lines of the catalogue{hint}", line=line, hint=near(line, lines))
        if not isinstance(file, str) or not re.fullmatch(r"[\w-]+", file):
            yield _found(f"reference.{line}", file, Text("the name of a file in {folder} is needed", folder="data/raw/reference"))


def _events(entries: Any) -> Iterator[Words]:
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        yield _found("boundary_event", entries, Text("tables headed [[boundary_event]] are needed"))
        return
    rules: dict[str, Rule] = {"date": _day, "document": _text, "source": _text, **dict.fromkeys(languages(), _text)}
    for number, entry in enumerate(entries, start=1):
        place = f"boundary_event {number}, "
        yield from keys(entry, rules, place)
        yield from values(entry, rules, place)
        if "date" not in entry:
            yield Text("{key} is missing", key=f"{place}date")
        if not set(entry) & set(languages()):
            yield Text("{place}its text is missing, in one of: {languages}", place=place, languages=listed(languages()))


ANSWER: Mapping[str, Rule] = {"answer": _words, "who": _text, "on": _day}


def _answers(data: Mapping[str, Any], catalogue: Mapping[str, Iterable[str]]) -> Iterator[Words]:
    """The answers to questions that only the unit can settle: of a line it has, to a question of that line, by whom and when."""
    asked, own = {line: tuple(names) for line, names in catalogue.items()}, data.get("indicator", [])
    lines = [(each.get("id"), each) for each in (own if isinstance(own, list) else ()) if isinstance(each, dict)]
    for line, entry in [*lines, *_tables(data.get("override", {})).items()]:
        if isinstance(entry, dict) and isinstance(entry.get("questions"), dict):
            asked[str(line)] = tuple(entry["questions"])
    if not isinstance(data.get("questions", {}), dict):
        yield _found("questions", data["questions"], Text("tables headed [questions.{line}] are needed", line="new_jobs"))
    for line, answers in _tables(data.get("questions", {})).items():
        if line not in asked:
            yield Text("questions.{line} is not among the lines of the catalogue{hint}", line=line, hint=near(line, asked))
        elif not isinstance(answers, dict) or not all(isinstance(told, dict) for told in answers.values()):
            yield _found(
                f"questions.{line}",
                answers,
                Text("answers like {example} are needed", example='base = { answer = "...", who = "...", on = 2026-02-10 }'),
            )
        else:
            yield from _of_line(answers, line, asked[line])


def _tables(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _of_line(answers: Mapping[str, Mapping[str, Any]], line: str, asked: tuple[str, ...]) -> Iterator[Words]:
    """What is wrong with the answers to the questions of one line."""
    for name, told in answers.items():
        place = f"questions.{line}.{name}"
        if name not in asked:
            yield Text(
                "{place}: {line} has no such question{hint}; it has: {known}",
                place=place,
                line=line,
                hint=near(name, asked),
                known=listed(asked) if asked else "–",
            )
        yield from keys(told, ANSWER, f"{place}, ")
        yield from values(told, ANSWER, f"{place}, ")
        yield from (Text("{key} is missing", key=f"{place}, {key}") for key in ANSWER if key not in told)
