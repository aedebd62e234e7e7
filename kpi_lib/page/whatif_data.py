"""What the what-if's script is given of a line: one record, whose fields `whatif.js` reads by these very names."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from kpi_lib import compare
from kpi_lib.forecast.projection import Projection
from kpi_lib.outlook.scenarios import HALF, Draws, Lever, comparator_of, hit_exactly, scenario
from kpi_lib.outlook.values.course import fan_rows, is_level, last_year, level_points
from kpi_lib.outlook.verdict import BOUNDS, LOW_BOUNDS, STATUSES, Outlook, without_events
from kpi_lib.page.whatif_words import place_words, script_words
from kpi_lib.periods import MONTHS, QUARTER
from kpi_lib.words.messages import Text, in_context
from kpi_lib.words.numbers import month_names

Pair = list[float]  # months since the year began, and a value
_LEVELS = ("a95", "a80", "a50", "y", "b50", "b80", "b95")  # the quantiles drawn, the lowest first, by their names in `fan_rows`


@dataclass(frozen=True, slots=True)
class ScriptData:
    """Everything the script needs to answer and to draw; plain numbers and words, no markup. Values are in the line's natural unit."""

    lang: str  # of the numbers, as browsers know it
    name: str  # the line
    measure: str  # its unit of measure
    mark: str  # of made-up figures; empty where they are real
    words: dict[str, str]  # the script's words, in braces what it fills in
    statuses: dict[str, tuple[str, str]]  # name and shape of a status by its key
    bounds: tuple[tuple[float, str], ...]  # the status from a chance on, the best first
    low_bounds: tuple[tuple[float, str], ...]  # the status up to a chance, the worst first; between both it is uncertain
    months: list[tuple[int, str]]  # number and name of every month still to come
    lever: dict[str, Any]  # `low`, `high`, `start` of the slider; `shifts`: it moves the year-end value, not the amounts left
    positions: list[tuple[float, str]]  # from `low` on: the factor on what is left, or the shift, and what it means in words
    threshold: float  # the goal
    slack: float  # how far from the goal still counts as equal
    meeting: tuple[compare.Side, ...]  # the sides of the goal that meet it
    upwards: bool  # more is better
    exact: bool  # neither more nor less is better: no position needed
    decimals: int  # of the line
    stated: int  # the most decimals with which a goal is stated
    finest: int  # the most decimals that keep a number on its side of the goal
    chances: tuple[tuple[float, float], ...]  # the published chance by the raw share from which on it holds
    half: float  # the chance that the position needed is to reach
    limits: tuple[float | None, float | None]  # the least and the greatest value there can be; None for none
    achieved: float  # the amount so far; nought where figures do not add up
    unit: float  # what one of the whole numbers is worth
    whole: list[int]  # the simulated amounts left, or year-end values, sorted: the steps from each to the next
    base: dict[str, Any]  # the published figures, which stand at the starting position
    seen: list[Pair]  # the figures drawn
    before: list[Pair]  # last year's under them
    origin: Pair | None  # where the fan starts; None for nowhere
    ends: list[float]  # the days of the fan
    fan: list[list[float]]  # on each of them the seven quantiles of what is still to come, or of the value
    first: float  # where the time axis begins
    last: int  # where it ends
    ticks: list[tuple[float, str, bool]]  # place, words, and whether a phone has room for them
    eventless: dict[str, Any] | None = (
        None  # `unit`, `whole`, `base` and `fan` without the events that the office wrote down, where some entered
    )


def script_data(outlook: Outlook, lever: Lever, lang: str) -> ScriptData:
    """What the script needs of a line with a what-if."""
    projection, draws, comparator = outlook.projection, Draws(outlook), comparator_of(outlook)
    names = month_names(lang, projection.calendar)
    numbers = [projection.calendar.month_of(end)[1] for end in projection.ends]
    picture = _picture(projection, draws.achieved, lang)
    return ScriptData(
        lang=lang,
        name=outlook.indicator.short[lang],
        measure=projection.measure[lang],
        mark=projection.unit.mark[lang] if projection.unit.mark else "",
        words=script_words(outlook, lever, lang, below=bool(picture["before"])),
        statuses={key: (status.name[lang], status.symbol) for key, status in STATUSES.items()},
        bounds=BOUNDS,
        low_bounds=LOW_BOUNDS,
        months=[(number, names[number - 1].removeprefix("T")) for number in numbers],
        lever={"shifts": lever.mode == "shift", "low": lever.low, "high": lever.high, "start": lever.start},
        positions=[(lever.value(at), place_words(outlook, lever, at, lang)) for at in range(lever.low, lever.high + 1)],
        threshold=outlook.threshold,
        slack=compare.slack(outlook.threshold),
        meeting=compare.MEETING[comparator],
        upwards=compare.upwards(comparator),
        exact=hit_exactly(outlook),
        decimals=projection.decimals,
        stated=compare.STATED,
        finest=compare.FINEST,
        chances=compare.chance_steps(projection.evidence_years),
        half=HALF,
        limits=tuple(limit if np.isfinite(limit) else None for limit in (outlook.indicator.lower, outlook.indicator.upper)),  # type: ignore[arg-type]
        achieved=draws.achieved,
        **_years(outlook),
        **picture,
        eventless=_eventless(outlook, lang),
    )


def _years(outlook: Outlook) -> dict[str, Any]:
    """The simulated years of an outlook and its published figures."""
    draws, base = Draws(outlook), scenario(outlook)
    return {
        "unit": draws.unit,
        "whole": np.diff(draws.whole, prepend=0).astype(int).tolist(),
        "base": {name: getattr(base, name) for name in ("probability", "status", "median", "low80", "high80")},
    }


def _eventless(outlook: Outlook, lang: str) -> dict[str, Any] | None:
    """The same without the events written down; None where none entered."""
    without = without_events(outlook)
    fan = _picture(without.projection, Draws(without).achieved, lang)["fan"] if without else None
    return {**_years(without), "fan": fan} if without else None


def _picture(projection: Projection, achieved: float, lang: str) -> dict[str, Any]:
    """What stands still in the picture: figures so far, last year, where the fan starts, its quantiles, the time axis."""
    place, year, adds_up = projection.calendar.place, projection.year, projection.indicator.adds_up
    points = level_points(projection, years=1) if is_level(projection) else projection.seen
    seen = [[round(place(point.end, year), 3), point.value] for point in points]
    before = [[round(place(point.end, year - 1), 3), point.value] for point in last_year(projection)]
    rows = fan_rows(projection)
    start = rows[0] if len(rows) > len(projection.ends) else None
    nought = [[0.0, 0.0]] if adds_up else []
    first = float(MONTHS * math.floor(min([0.0, *(x for x, _ in seen)]) / MONTHS + 1e-9))
    return {
        "seen": nought + seen if seen else [],
        "before": nought + before if len(before) > 1 else [],  # one point is no line
        "origin": [round(start["x"], 3), start["y"]] if start else None,
        "ends": [round(place(end, year), 3) for end in projection.ends],
        "fan": [[float(f"{row[level] - achieved:.7g}") for level in _LEVELS] for row in rows[-len(projection.ends) :]],
        "first": first,
        "last": MONTHS,
        "ticks": _ticks(projection, first, lang),
    }


def _ticks(projection: Projection, first: float, lang: str) -> list[tuple[float, str, bool]]:
    """Month ends for amounts, spans for growth, month and year for levels."""
    if projection.indicator.kind.growth_to_date:
        names = Text("Q1"), in_context("tick", "6 mths"), in_context("tick", "9 mths"), in_context("tick", "Year")
        return [(float(QUARTER * k), name[lang], True) for k, name in enumerate(names, 1)]
    if projection.indicator.adds_up:
        return [(float(m), name, m % QUARTER == 0) for m, name in enumerate(month_names(lang, projection.calendar), 1)]
    step = QUARTER if first == 0 else 2 * QUARTER if first >= -MONTHS else MONTHS
    places = range(MONTHS, int(first) - 1, -step)[::-1]
    days = {x: projection.calendar.month_end(projection.year, x) for x in places}
    return [(float(x), f"{day.month}/{day.year}", x % (2 * step) == 0) for x, day in days.items()]
