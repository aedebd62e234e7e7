"""The units below a unit as they are known on a day: each counted once, whatever its boundaries did, with its projection or why there is none."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from kpi_lib.definitions.events import events_of
from kpi_lib.definitions.indicators import Unit, read_unit
from kpi_lib.definitions.many.selection import counted_below
from kpi_lib.definitions.targets import Target, target_for
from kpi_lib.figures.boundaries import lines_for, read_perimeter
from kpi_lib.figures.observations import read_observations
from kpi_lib.forecast.project import Request, project_many
from kpi_lib.forecast.projection import Projection
from kpi_lib.outlook.hierarchy.sums import Child, ChildrenSum, adds_up, children_sum, own_last
from kpi_lib.outlook.verdict import Outlook, assess
from kpi_lib.words.messages import KpiError, Named, Text, Words, languages

COVERED = 0.8  # the least part of a unit's residents that the units below must have for their sum to be held against it
WHOLE = 1 - 1e-9  # shares of a territory that add up to one, written with a few decimals


@dataclass(frozen=True, slots=True)
class Below:
    """The units below a unit, and of each its lines as known on a day; those whose files hold faults with these alone.

    `covered` is the part of the unit's residents that live in them, NaN where its own number is not known.
    """

    units: tuple[Unit, ...]
    lines: Mapping[str, Mapping[str, Child]]
    faults: Mapping[str, Words]
    covered: float = float("nan")


def sums(items: Sequence[Outlook]) -> list[ChildrenSum]:
    """The sums of the units below, of every line of a report that has one, in its order; none where the units below are none, or but a small part."""
    summed = [item for item in items if adds_up(item.indicator) is None]
    below = read_below(summed)
    told = bool(below.units) and not below.covered < COVERED
    return [found for item in summed if (found := sum_of(item, below)) is not None] if told else []


def sum_of(own: Outlook, below: Below) -> ChildrenSum | None:
    """One line's sum; None where it has none."""
    merged = _merged(own.indicator.id, below.units, own.projection.as_of)
    counted = [unit for unit in below.units if unit not in merged]
    return children_sum(own, [_child(own.indicator.id, unit, below) for unit in counted], merged=merged)


def _child(line: str, unit: Unit, below: Below) -> Child:
    untracked = Text("it does not track the line")
    return below.lines[unit.id].get(line) or Child(unit, None, below.faults.get(unit.id, untracked))


def read_below(items: Sequence[Outlook]) -> Below:
    """Every unit below with its projections of these lines, as known on their day; made-up units count in a made-up unit alone.

    A unit without a target of its own is asked by its parent's whether its figures can be judged; a faulty file silences one unit, not the sum.
    """
    if not items:
        return Below((), {}, {})
    above, as_of = items[0].projection.unit, items[0].projection.as_of
    units: list[Unit] = []
    lines: dict[str, Mapping[str, Child]] = {}
    faults: dict[str, Words] = {}
    for name in counted_below(above):
        try:
            unit = read_unit(name, as_of=as_of)
            units.append(unit)
            lines[name] = _lines_of(unit, items)
        except KpiError as error:
            lines[name], faults[name] = {}, Text("its figures cannot be read: {faults}", faults=error.words)
            if not units or units[-1].id != name:  # the file that says who it is: then not even how large it is is known
                units.append(replace(above, id=name, name=Named(name), population=0, parent=above.id))
    covered = sum(unit.population for unit in units) / above.population if above.population else float("nan")
    return Below(tuple(units), lines, faults, covered)


def _lines_of(unit: Unit, items: Sequence[Outlook]) -> dict[str, Child]:
    year, as_of = items[0].projection.year, items[0].projection.as_of
    obs = read_observations(unit.id, as_of=as_of)
    asked = {item.indicator.id: item.target for item in items if item.indicator.id in unit.indicators}
    own = {key: unit.indicators[key] for key in asked}
    requests = [Request(obs, ind, year, unit, events=events_of(unit, ind, year, as_of=as_of)) for ind in own.values()]
    found = project_many(requests, as_of=as_of)
    return {key: _told(projection, asked[key]) for key, projection in zip(own, found, strict=True)}


def _told(projection: Projection, parents: Target | None) -> Child:
    """A projection that has earned being told; else why it has not."""
    unit, ind = projection.unit, projection.indicator
    target = target_for(unit.id, ind, projection.year, as_of=projection.as_of) or parents
    judged = assess(projection, target)
    known = judged.projection if target else projection
    return Child(unit, known if known.known else None, judged.reason, own_last(projection))


def _merged(line: str, units: Sequence[Unit], as_of: dt.date) -> tuple[Unit, ...]:
    """The units whose whole territory lies in others by what these say of their boundaries: their figures are in the others' and count there."""
    given = dict.fromkeys((unit.id for unit in units), 0.0)
    named = {words.casefold(): unit.id for unit in units for words in (unit.id, *(unit.name[lang] for lang in languages()))}
    for unit in units:
        for row in _boundaries(unit, line, as_of):
            old = named.get(str(row["old_unit"]).strip().casefold())
            if old is not None and old != unit.id and row["share"] == row["share"]:
                given[old] += row["share"]
    return tuple(unit for unit in units if given[unit.id] >= WHOLE)


def _boundaries(unit: Unit, line: str, as_of: dt.date) -> list[dict]:
    try:
        return lines_for(read_perimeter(unit.id, as_of=as_of), line).to_dict("records")
    except KpiError:  # told as the unit's fault where its figures are read
        return []
