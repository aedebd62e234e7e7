"""A plan of many runs: which reports, of which units, of which days; a TOML file whose entries inherit what stands above them."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from kpi_lib.definitions import settings
from kpi_lib.definitions.columns import YEARS
from kpi_lib.definitions.indicators import day
from kpi_lib.definitions.many.selection import chosen
from kpi_lib.definitions.settings import read_toml
from kpi_lib.words.messages import KpiError, Text, Words, languages

PLAN = "@"  # before the name of a plan's file
RUNS = "runs"


@dataclass(frozen=True, slots=True)
class Order:
    """One report to be made: what `kpi run` is told. `lang` is empty for the language of the unit's office, `year` 0 for that of the day."""

    unit: str
    as_of: str
    lang: str = ""
    year: int = 0
    pictures_only: bool = False
    month: bool = False
    pdf: bool = False

    @property
    def report(self) -> tuple[str, str, bool]:
        """Which report it makes: another order for the same one would take its place."""
        return self.unit, self.as_of, self.month

    @property
    def arguments(self) -> list[str]:
        """The command that makes it."""
        given = [*(["--lang", self.lang] if self.lang else []), *(["--year", str(self.year)] if self.year else [])]
        flags = [f"--{name.replace('_', '-')}" for name in ("pictures_only", "month", "pdf") if getattr(self, name)]
        return ["run", "--unit", self.unit, "--as-of", self.as_of, *given, *flags]


def digest(orders: Sequence[Order]) -> str:
    """Eight letters that tell one list of orders from another."""
    return hashlib.sha256(repr([asdict(order) for order in orders]).encode()).hexdigest()[:8]


def _units(value: Any) -> Words | None:
    fits = isinstance(value, str) or (isinstance(value, list) and value and all(isinstance(part, str) for part in value))
    return None if fits else Text("names of units are needed, like {example}", example='"children-of:quang-ninh" or ["ward-*", "uong-bi"]')


def _dates(value: Any) -> Words | None:
    given = value if isinstance(value, list) else [value]
    fits = given and all(isinstance(each, str | dt.date) and not isinstance(each, dt.datetime) for each in given)
    return None if fits else Text("a day or a list of days is needed, like {example}", example='2025-10-15 or ["2025-07-15", "2025-10-15"]')


_FLAG = settings.UNIT["illustrative"]
RULES: Mapping[str, settings.Rule] = {
    "units": _units, "dates": _dates, "language": settings.one_of(languages()), "year": settings.whole(*YEARS), "pictures_only": _FLAG,
    "month": _FLAG, "pdf": _FLAG,
}  # fmt: skip


def read_plan(file: Path, default: Order) -> list[Order]:
    """The orders of a plan, each report once, in the order of the file.

    Parameters
    ----------
    default : what holds where neither an entry nor anything above it says otherwise; its unit is not used.

    Raises
    ------
    KpiError : no such file, a key that is none, a value that will not do, an entry without units, one report asked for in two ways.
    """
    data = read_toml(file.resolve())
    entries = list(_entries(data, {}, ""))
    settings.refuse(file.name, (fault for place, own, _ in entries for fault in _faults(place, own)))
    orders = [order for place, own, merged in entries if RUNS not in own for order in _orders(place, merged, default, file.name)]
    found: dict[tuple[str, str, bool], Order] = {}
    for order in orders:
        if found.setdefault(order.report, order) != order:
            raise KpiError(
                "{file}: the report of {unit} of {day} is asked for in two ways, and the second would take the place of the first. Leave one out.",
                file=file.name, unit=order.unit, day=day(order.as_of),
            )  # fmt: skip
    return list(found.values())


def _entries(data: Mapping[str, Any], above: Mapping[str, Any], place: str) -> Iterator[tuple[str, Mapping[str, Any], dict[str, Any]]]:
    """Every entry with its place, what it says itself, and that with what stands above it."""
    merged = {**above, **{key: value for key, value in data.items() if key != RUNS}}
    yield place, data, merged
    below = data.get(RUNS, [])
    for number, entry in enumerate(below if isinstance(below, list) else [], start=1):
        if isinstance(entry, Mapping):
            yield from _entries(entry, merged, f"{place}{RUNS} {number}, ")


def _faults(place: str, own: Mapping[str, Any]) -> Iterator[Words]:
    yield from settings.keys(own, (*RULES, RUNS), place)
    yield from settings.values(own, RULES, place)
    below = own.get(RUNS, [])
    if not isinstance(below, list) or not all(isinstance(entry, Mapping) for entry in below):
        yield Text("{place}tables headed [[runs]] are needed", place=place)


def _orders(place: str, merged: Mapping[str, Any], default: Order, file: str) -> Iterator[Order]:
    try:
        units, dates = merged["units"], merged.get("dates", [default.as_of])
        named = units if isinstance(units, str) else ",".join(units)
        days = [str(day(each)) for each in (dates if isinstance(dates, list) else [dates])]
        every = chosen(named)
    except KeyError:
        raise KpiError("{file}: {place}units is missing, and nothing above names any.", file=file, place=place) from None
    except KpiError as error:
        raise KpiError("{file}: {place}{fault}", file=file, place=place, fault=error.words) from None
    told = {"lang": "language", "year": "year", "pictures_only": "pictures_only", "month": "month", "pdf": "pdf"}
    asked = {name: merged[key] for name, key in told.items() if key in merged}
    yield from (replace(default, unit=unit, as_of=each, **asked) for each in days for unit in every)


def orders(selection: str, default: Order) -> list[Order]:
    """The reports that `--units` asks for: one a unit of a selection, or those of a plan (`@plan.toml`).

    Raises
    ------
    KpiError : it means no unit, or the plan has a fault.
    """
    if selection.startswith(PLAN):
        file = Path(selection.removeprefix(PLAN))
        if planned := read_plan(file, default):
            return planned
        raise KpiError("{file}: no report is asked for.", file=file.name)
    return [replace(default, unit=unit) for unit in chosen(selection)]
