"""Which units are meant: those below a unit, those whose names fit a pattern."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection
from fnmatch import fnmatchcase

from kpi_lib.definitions import folders
from kpi_lib.definitions.demo.wards import make
from kpi_lib.definitions.indicators import Unit, read_unit
from kpi_lib.words.messages import KpiError, listed

CHILDREN_OF = "children-of:"
_PARENT = re.compile(r"""(?m)^parent\s*=\s*(["'])(.*?)\1""")


def children(unit: str) -> list[str]:
    """Units whose `unit.toml` names this one as their `parent`, in the order of their ids; not their own children.

    A unit whose file holds faults is still its parent's child: it is owed a word, not silence.

    Raises
    ------
    KpiError : no such unit.
    """
    folders.raw(unit)
    return [each for each in folders.units(made=True) if each != unit and _parent(each) == unit]


def made_up(unit: str) -> bool:
    """Whether a unit's figures are an illustration, as far as its file can be read."""
    try:
        return read_unit(unit).illustrative
    except KpiError:  # told where the unit is used
        return False


def counted_below(unit: Unit) -> list[str]:
    """The units below that count in it: made-up figures in a made-up unit alone."""
    return [name for name in children(unit.id) if unit.illustrative or not made_up(name)]


def lower_first(units: Collection[str]) -> list[list[str]]:
    """The units in turns, each in a later one than all below it; those that name one another in a circle stand in the last.

    Raises
    ------
    KpiError : no such unit.
    """
    above = {unit: _parent(folders.raw(unit).name) for unit in units}
    turns, rest = [], set(above)
    while rest:
        turn = rest - {above[unit] for unit in rest} or rest
        turns.append(sorted(turn))
        rest = rest - turn
    return turns


def _parent(unit: str) -> str:
    file = folders.root() / "data" / "raw" / unit / "unit.toml"
    text = file.read_text(encoding="utf-8-sig", errors="replace")
    try:
        return str(tomllib.loads(text).get("parent", ""))
    except (tomllib.TOMLDecodeError, RecursionError):
        found = _PARENT.search(text)
        return found[2] if found else ""


def chosen(selection: str) -> list[str]:
    """The units that a selection means, in the order of their ids, each once.

    Parameters
    ----------
    selection : ids, patterns of ids (`ward-*`, `ward-0?`) and `children-of:UNIT`, with commas between them.

    Raises
    ------
    KpiError : a part of it means no unit; the message names that part.
    """
    parts = [part.strip() for part in selection.split(",") if part.strip()]
    if not parts:
        raise KpiError(
            "No unit is named. Write ids, a pattern like {pattern}, or {children}.", pattern="'ward-*'", children="children-of:UNIT"
        )
    return sorted({unit for part in parts for unit in _meant(part)})


def _meant(part: str) -> list[str]:
    if part.startswith(CHILDREN_OF):
        parent = part.removeprefix(CHILDREN_OF)
        make(parent)
        if found := children(parent):
            return found
        raise KpiError("No unit names {unit} as its parent (`parent` in unit.toml).", unit=repr(parent))
    known = folders.units(made=True)
    if any(sign in part for sign in "*?["):
        if found := [unit for unit in known if fnmatchcase(unit, part)]:
            return found
        raise KpiError("No unit fits {pattern}. The units are: {known}.", pattern=repr(part), known=listed(folders.units()) or "–")
    folders.raw(part)  # says which units there are
    return [part]
