"""A unit as it starts: the text of its `unit.toml` with a comment at each key, what an own line is where it does not say, and which lines it takes over from above."""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from kpi_lib.definitions import folders
from kpi_lib.definitions.kinds import KINDS
from kpi_lib.definitions.measures import measured
from kpi_lib.definitions.settings import DUTY, EXCEPTION, read_toml
from kpi_lib.words.messages import Named, Text, Words

NOT_NAMED = Text("office not named")  # who hands a figure in, where the unit's file does not say
RULE = Text(
    "A figure without a publication date counts as known on the 6th of the month after its period ends; a target without a date as adopted on"
    " the last day of the year before. Every date set by rule is marked as assumed."
)
_HEAD = Text("What the unit is. After every change: kpi check. All keys: docs/settings.md")
_COMMENTS: Mapping[str, Words] = {
    "level": Text("ward, commune, town, city, province, country ...: the forms of documents follow it"),
    "parent": Text("folder of the unit above; may be left out"),
    "population": Text("residents; turns shares of all residents into persons"),
    "headline": Text("the main targets: first on every page"),
    "lines": Text("the lines that are tracked, in the order of the tables"),
    "publication_rule": Text("said where a figure has no day of its own"),
    "reports_to": Text("to whom the report goes"),
    "year_starts": Text("first month of the year (7: a fiscal year from July)"),
}
_OWN = Text("An own line. Left out: group, short, frequency, direction, decimals, definition, duty, limits (docs/settings.md)")


def slug(name: str, joint: str = "-") -> str:
    """A name in small letters without accents, for a folder or an id.

    >>> slug("Phường Uông Bí"), slug("Đường bê tông (km)", "_")
    ('phuong-uong-bi', 'duong_be_tong_km')
    """
    plain = unicodedata.normalize("NFD", name.lower().replace("đ", "d"))
    return re.sub(r"[^a-z0-9]+", joint, "".join(sign for sign in plain if not unicodedata.combining(sign))).strip(joint)


def whole_line(entry: Mapping[str, Any]) -> dict[str, Any]:
    """An own line with a default for every fact that its unit leaves out: what its kind and its measure say already."""
    kind, name, measure = KINDS[entry["kind"]], entry["name"], entry["measure"]
    percent = kind.rate is not None or measured(Named(measure) if isinstance(measure, str) else Named(**measure)).percent
    usual: dict[str, Any] = dict.fromkeys(("number", "clause", "wording", "cut_off", "source"), "")
    usual |= {"group": "other", "short": name, "definition": name, "decimals": 1 if percent else 0}
    usual |= {"frequency": "year" if kind.once_a_year else "month", "direction": "lower" if kind.must_be_nil else "higher"}
    if kind.of_amounts:
        usual["flow_name"] = name
    if kind.basis == "level":
        usual["lower"] = 0.0
    if kind.basis == "level" and percent:
        usual["upper"] = 100.0
    duty = dict.fromkeys(DUTY, "") | entry.get("duty", {})
    return usual | dict(entry) | {"duty": duty}


def unit_toml(facts: Mapping[str, Any], own: Iterable[Mapping[str, Any]], lang: str) -> str:
    """The text of `unit.toml`.

    Parameters
    ----------
    facts : the keys of a unit (`settings.UNIT`), those that are empty are left out.
    own : lines that the catalogue has not, as `[[indicator]]` tables.
    """
    lines = [f"# {_HEAD[lang]}"]
    for key, value in facts.items():
        if key != "id" and value not in ("", None, ()):
            comment = f"  # {_COMMENTS[key][lang]}" if key in _COMMENTS else ""
            lines.append(f"{key} = {_value(value)}{comment}")
    for entry in own:
        lines += ["", f"# {_OWN[lang]}", f"# {KINDS[entry['kind']].told[lang]}", "[[indicator]]"]
        lines += [f"{key} = {_value(value)}" for key, value in entry.items()]
    return "\n".join(lines) + "\n"


def _value(value: object) -> str:
    """A value as TOML writes it; JSON writes text, numbers, truth and lists of text alike."""
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "[\n" + "".join(f"  {json.dumps(part, ensure_ascii=False)},\n" for part in value) + "]"
    return json.dumps(value, ensure_ascii=False)


# ---- lines of a unit above: taken over by the units below that name them ----------------------------------------------------

_OWN_AFFAIR = ("number", "clause", "notes", "duty", "questions")
"""What is said of a line in the unit above alone: the numbers of its document, remarks on its figures, who hands them in there."""


def units_above(data: Mapping[str, Any]) -> Iterator[tuple[Path, dict[str, Any]]]:
    """The files of the units above, the nearest first, each with what it says; a circle ends where it closes.

    Raises
    ------
    KpiError : one of them cannot be read.
    """
    seen: set[str] = set()
    while (parent := data.get("parent")) and isinstance(parent, str) and parent not in seen and folders.is_unit(parent):
        seen.add(parent)
        file = folders.raw(parent) / "unit.toml"
        folders.stands(file)
        data = read_toml(file)
        yield file, data


def with_lines_above(data: dict[str, Any], catalogue: Mapping[str, object]) -> tuple[dict[str, Any], list[Path]]:
    """What a unit's file says, with the lines that it names and a unit above defines; and the files that these stand in.

    Of two units above the nearer one's line counts. Nothing above is read where every line is the catalogue's.
    """
    own = {str(entry.get("id")) for entry in _lines(data)}
    asked = {key for name in ("lines", "headline") for key in _listed(data.get(name))} - own - set(catalogue)
    found: dict[str, dict[str, Any]] = {}
    files = []
    for file, told in units_above(data) if asked else ():
        new = {entry["id"]: entry for entry in _lines(told) if entry.get("id") in asked - set(found)}
        found |= {key: {name: value for name, value in entry.items() if name not in _OWN_AFFAIR} for key, entry in new.items()}
        files += [file] if new else []
    return (data | {"indicator": [*data.get("indicator", []), *found.values()]} if found else data), files


def unsaid_exceptions(data: Mapping[str, Any]) -> Iterator[Words]:
    """Own lines of the same id as a line of a unit above, without a word why; and words why where there is nothing to differ from."""
    own = {str(entry.get("id")): entry for entry in _lines(data)}
    defined = {str(entry.get("id")): file.parent.name for file, told in units_above(data) for entry in _lines(told)} if own else {}
    for key, entry in own.items():
        if key in defined and EXCEPTION not in entry:
            yield Text(
                "indicator {line}: {above} defines this line for all units below it. Leave it out here and name it in lines, or say why it differs: {example}",
                line=key, above=defined[key], example=f'{EXCEPTION} = {{ known = 2026-02-10, text = "..." }}',
            )  # fmt: skip
        elif EXCEPTION in entry and key not in defined:
            yield Text("indicator {line}: {key} is said, but no unit above defines this line", line=key, key=EXCEPTION)


def digest_of_lines(data: Mapping[str, Any], files: list[Path]) -> str:
    """Digest of the lines that were taken over; empty where none was."""
    return hashlib.sha256(repr(data["indicator"]).encode()).hexdigest() if files else ""


def _lines(data: Mapping[str, Any]) -> list[dict[str, Any]]:
    lines = data.get("indicator", [])
    return [entry for entry in lines if isinstance(entry, dict)] if isinstance(lines, list) else []


def _listed(value: Any) -> list[str]:
    return [key for key in value if isinstance(key, str)] if isinstance(value, list) else []
