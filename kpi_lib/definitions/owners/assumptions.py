"""Scenarios that last: what somebody supposed of a year, why and when, one file each (`data/raw/<unit>/scenarios/<name>.toml`)."""

from __future__ import annotations

import datetime as dt
import json
import math
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import pandas as pd

from kpi_lib import disk
from kpi_lib.definitions import folders
from kpi_lib.definitions.columns import Column, Table
from kpi_lib.definitions.events import ID, DatedEvent, takes_events
from kpi_lib.definitions.indicators import Indicator, Unit, day, read_unit
from kpi_lib.definitions.measures import factor, measure_of
from kpi_lib.words.messages import KpiError, Text, Words, listed
from kpi_lib.words.near import near

KEPT = Table(
    "scenarios",
    (Column("name", "text"), Column("author", "text"), Column("reason", "text"), Column("date", "date"), Column("withdrawn", "date", needed=False)),
    key=("name",),
    known=("date",),
    gone="withdrawn",
)  # fmt: skip


class ExtraSum(msgspec.Struct, forbid_unknown_fields=True, rename={"first": "from", "last": "to"}):
    """A sum that is supposed to come: as an event, but nobody says that it will."""

    amount: float
    measure: str
    first: dt.date
    last: dt.date
    probability: float = 1.0


class Assumption(msgspec.Struct, forbid_unknown_fields=True):
    """What is supposed of one line; NaN or empty is as projected.

    `rest` is what the months left bring in percent of the projection, `growth_of_rest` by how many percent they grow on the same months of last
    year, `shift` by how much the year-end value of a state moves; `target` another goal in the target's own measure; `model` another model.
    """

    indicator: str
    rest: float = math.nan
    growth_of_rest: float = math.nan
    shift: float = math.nan
    target: float = math.nan
    model: str = ""
    sums: list[ExtraSum] = []

    def events(self, author: str, on: dt.date) -> tuple[DatedEvent, ...]:
        """The sums as events."""
        return tuple(
            DatedEvent(f"{self.indicator}-{number}", self.indicator, "", each.amount, measure_of(each.measure), each.first, each.last,
                       each.probability, "", author, on)
            for number, each in enumerate(self.sums, start=1)
        )  # fmt: skip


class _File(msgspec.Struct, forbid_unknown_fields=True):
    author: str
    reason: str
    date: dt.date
    year: int
    publish: bool
    assumptions: list[Assumption] = []
    withdrawn: dt.date | None = None


@dataclass(frozen=True, slots=True)
class KeptScenario:
    """What `author` supposed of a `year` on a day (`date`) and why; `publish`: it stands on the pages of its lines."""

    name: str
    author: str
    reason: str
    date: dt.date
    year: int
    publish: bool
    assumptions: tuple[Assumption, ...]
    withdrawn: dt.date | None = None

    def of(self, ind: Indicator) -> Assumption | None:
        """What it supposes of a line; None where it says nothing of it."""
        return next((each for each in self.assumptions if each.indicator == ind.id), None)


def read_scenarios(unit: str, *, as_of: dt.date | str | None = None) -> list[KeptScenario]:
    """The scenarios kept for a unit, by name; with `as_of` those kept by that day and not withdrawn.

    Raises
    ------
    KpiError : a file that is no scenario, with its key and way out.
    """
    place, moment = read_unit(unit), day(as_of) if as_of else None
    found = [_read(path, place) for path in sorted(_folder(unit).glob("*.toml"))]
    return [each for each in found if moment is None or (each.date <= moment and not (each.withdrawn and each.withdrawn <= moment))]


def published_of(unit: Unit, ind: Indicator, year: int, *, as_of: dt.date) -> list[KeptScenario]:
    """The scenarios that stand on the page of a line on a day."""
    if not _folder(unit.id).is_dir():
        return []
    found = read_scenarios(unit.id, as_of=as_of)
    return [each for each in found if each.publish and each.year == year and each.of(ind) is not None]


def kept_table(unit: str) -> pd.DataFrame:
    """Who kept which scenario when and why; columns of `KEPT`."""
    rows = [{name: getattr(each, name) for name in KEPT.names} for each in read_scenarios(unit)]
    frame = pd.DataFrame(rows, columns=KEPT.names)
    return frame.assign(date=pd.to_datetime(frame["date"]), withdrawn=pd.to_datetime(frame["withdrawn"]))


def save_scenario(
    unit: str,
    name: str,
    assumptions: Sequence[Mapping[str, Any]],
    *,
    author: str,
    reason: str,
    date: dt.date | str,
    year: int,
    publish: bool = False,
    replace: bool = False,
) -> Path:
    """Keep a scenario for a unit, as a file that may be read and changed by hand.

    Parameters
    ----------
    name : of the file: small letters, digits, - and _.
    assumptions : one of a line, with the keys of `Assumption`: indicator, rest, growth_of_rest, shift, target, model, sums.
    publish : it stands on the published pages of its lines, marked as an assumption with author and day.
    replace : it takes the place of one of that name.

    Returns
    -------
    the file written.

    Raises
    ------
    KpiError : a name or an assumption that will not do, or a name that is taken; nothing was written.
    """
    place, path = read_unit(unit), _folder(unit) / f"{name}.toml"
    if not re.fullmatch(ID, name):
        raise KpiError("name = {found}: small letters, digits, - and _ are needed.", found=repr(name))
    if path.exists() and not replace:
        raise KpiError("There is a scenario {name} already. Choose another name, or say replace=True.", name=repr(name))
    told = {"author": author, "reason": reason, "date": day(date), "year": year, "publish": publish}
    text = _written({**told, "assumptions": [dict(each) for each in assumptions]})
    _checked(tomllib.loads(text), f"{unit}/scenarios/{path.name}", place)
    path.parent.mkdir(parents=True, exist_ok=True)
    with disk.whole(path, sure=True) as being_made:
        being_made.write_text(text, encoding="utf-8", newline="\n")
    return path


def _folder(unit: str) -> Path:
    return folders.raw(unit) / "scenarios"


def _written(told: Mapping[str, Any], heading: str = "") -> str:
    """A table of TOML: plain values first, then lists of tables under their headings. Text as JSON writes it is text of TOML."""
    lists = {key: value for key, value in told.items() if isinstance(value, list | tuple)}
    plain = "".join(f"{key} = {toml_value(value)}\n" for key, value in told.items() if key not in lists)
    below = [(f"{heading}{key}", dict(each)) for key, some in lists.items() for each in some]
    return plain + "".join(f"\n[[{key}]]\n{_written(each, f'{key}.')}" for key, each in below)


def toml_value(value: object) -> str:
    """A value as TOML writes it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dt.date):
        return value.isoformat()
    return repr(value) if isinstance(value, int | float) else json.dumps(str(value), ensure_ascii=False).replace("\x7f", "\\u007f")


def _read(path: Path, unit: Unit) -> KeptScenario:
    where = f"{unit.id}/scenarios/{path.name}"
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise KpiError("{file}: this is no TOML ({error}).", file=where, error=str(error)) from None
    given = _checked(data, where, unit)
    return KeptScenario(
        path.stem, given.author, given.reason, given.date, given.year, given.publish, tuple(given.assumptions), given.withdrawn
    )


def _checked(data: Mapping[str, Any], where: str, unit: Unit) -> _File:
    """The file as its type, held against the unit's lines."""
    try:
        given = msgspec.convert(data, _File)
    except msgspec.ValidationError as error:
        raise KpiError(
            "{file}: {error}. Needed: author, reason, date = 2025-10-15, year, publish = true or false, and [[assumptions]] with indicator and "
            "rest, growth_of_rest, shift, target, model or [[assumptions.sums]].",
            file=where, error=str(error),
        ) from None  # fmt: skip
    faults = [fault for each in given.assumptions for fault in _faults(each, given, unit)]
    faults += [Text("{key} is empty", key=key) for key in ("author", "reason") if not getattr(given, key).strip()]
    faults += [] if given.assumptions else [Text("[[assumptions]] is missing")]
    lines = [each.indicator for each in given.assumptions]
    faults += [Text("{line} stands twice", line=line) for line in sorted({line for line in lines if lines.count(line) > 1})]
    if faults:
        raise KpiError("{file}: {faults}.", file=where, faults=listed(faults, "; "))
    return given


def _faults(given: Assumption, file: _File, unit: Unit) -> Iterator[Words]:
    ind = unit.indicators.get(given.indicator)
    if ind is None:
        found, hint = repr(given.indicator), near(given.indicator, unit.indicators)
        yield Text("{line} is not among the unit's lines{hint}", line=found, hint=hint)
        return
    numbers = {key: getattr(given, key) for key in ("rest", "growth_of_rest", "shift", "target")}
    told = [key for key, value in numbers.items() if not math.isnan(value)]
    if not told and not given.model and not given.sums:
        yield Text("{line}: nothing is supposed", line=ind.id)
    if len({"rest", "growth_of_rest"} & set(told)) > 1:
        yield Text("{line}: rest and growth_of_rest say the same thing twice", line=ind.id)
    wrong = [key for key in told if key in (("shift",) if ind.adds_up else ("rest", "growth_of_rest"))]
    if wrong:
        yield Text(
            "{line}: {keys} means nothing for it: amounts have rest or growth_of_rest, all others shift", line=ind.id, keys=listed(wrong)
        )
    if given.rest < 0 or given.growth_of_rest < -HUNDRED or max(given.rest, given.growth_of_rest) > MOST:
        yield Text("{line}: rest is from 0 to {most} percent, growth_of_rest from -100 to {most}", line=ind.id, most=str(MOST))
    for each in given.sums:
        yield from _sum_faults(each, ind, file.year, unit)


HUNDRED, MOST = 100, 1000  # percent


def _sum_faults(given: ExtraSum, ind: Indicator, year: int, unit: Unit) -> Iterator[Words]:
    calendar = unit.calendar_of(ind)
    if not takes_events(ind) or not math.isfinite(factor(given.measure, ind.natural_measure)):
        yield Text("{line}: a sum in {measure} cannot be added to it", line=ind.id, measure=repr(given.measure))
    if not calendar.start(year) <= given.first <= given.last <= calendar.end(year):
        yield Text("{line}: from and to are needed within {year}", line=ind.id, year=calendar.name(year))
    if not 0 <= given.probability <= 1:
        yield Text("{line}: probability is from 0 to 1", line=ind.id)
