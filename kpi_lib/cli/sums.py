"""`kpi sums`: what the units below a unit come to together, beside its own targets and projections."""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from kpi_lib.cli.console import NOTHING, PUBLISHED, language, tell
from kpi_lib.words.messages import Named, Text, Words, listed, say
from kpi_lib.words.numbers import Number

if TYPE_CHECKING:
    from kpi_lib.outlook.hierarchy.sums import ChildrenSum
    from kpi_lib.words.values import Values


def add_sums(command: Callable[..., argparse.ArgumentParser], lang: str, date: str) -> None:
    """The command."""
    made = command("sums", Text("what the units below come to together, beside the unit's own targets and projections"))
    made.add_argument("--as-of", default=None, metavar=date, help=say("as known on this day (default: today)", lang))
    made.add_argument(
        "--year", type=int, default=None, help=say("the year judged (default: that of the day; in January the year before)", lang)
    )
    made.set_defaults(do=sums_)


def sums_(options: argparse.Namespace) -> int:
    """Print the sums, line by line; the units without figures stand under each, with what they may add."""
    from kpi_lib.definitions.indicators import day, read_unit
    from kpi_lib.definitions.targets import year_in_review
    from kpi_lib.figures.observations import read_observations
    from kpi_lib.outlook.hierarchy.reading import sums
    from kpi_lib.record.replays import outlooks

    as_of, lang = day(options.as_of) if options.as_of else options.today, language(options)
    unit = read_unit(options.unit, as_of=as_of)
    year = options.year or year_in_review(unit, as_of)
    found = sums(outlooks(read_observations(unit.id, as_of=as_of), unit, year, as_of=as_of))
    for one in found:
        for words in _told(one):
            print(words[lang])
    if not found:
        tell(options, Text("{unit}: no sum is told: no units below it, or units that hold too few of its residents.", unit=unit.name))
    return PUBLISHED if found else NOTHING


def _told(found: ChildrenSum) -> Iterator[Words]:
    from kpi_lib.outlook.values.sums import of_sum

    ind, decimals = found.indicator, found.indicator.natural_decimals
    low, high = (_number(value, decimals) for value in found.interval())
    yield Text(
        "{line}: {known} of {units:unit|units} with figures come to {middle} (80%: {low} to {high})",
        line=ind.short, known=len(found.children), units=found.units, middle=_measured(found),
        low=low, high=high,
    )  # fmt: skip
    if found.chances[0] == found.chances[0]:
        worst, best = (Number(100 * chance, 0) for chance in found.chances)
        goal = _number(found.goal, decimals)
        yield Text("  asked of them: {goal}; chance that they come to it: {worst}% to {best}%", goal=goal, worst=worst, best=best)
    told = of_sum(found)
    if math.isfinite(told["difference"]):
        own, apart = (Number(told[name], decimals) for name in ("own", "difference"))
        yield Text("  the unit's own projection: {own}; difference {apart}{why}", own=own, apart=apart, why=_why(told, decimals))
    for each in found.missing:
        least, most = (_number(value, decimals) for value in (each.low, each.high))
        yield Text("  ! {unit}: {reason} Counted at {least} to {most}", unit=each.unit.name, reason=each.reason, least=least, most=most)
    if found.merged:
        yield Text("  counted in others: {units}", units=listed([unit.name for unit in found.merged]))


def _measured(found: ChildrenSum) -> Words:
    value, measure = Number(found.middle, found.indicator.natural_decimals), found.indicator.natural_measure
    return Text("{value}%", value=value) if measure.percent else Text("{value} {measure}", value=value, measure=measure)


def _why(told: Values, decimals: int) -> Words:
    if not math.isfinite(told["outside"]):
        return Named("")
    parts = {name: Number(told[name], decimals) for name in ("outside", "pace")}
    return Text(" ({outside} lay outside these units last year, {pace} is another pace than theirs)", **parts)


def _number(value: float, decimals: int) -> Number | str:
    return Number(value, decimals) if value == value else "–"
