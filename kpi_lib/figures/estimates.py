"""What an estimate usually becomes: learnt from the unit's own months first handed in as "ước" and later as "thực hiện"."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from kpi_lib.definitions.measures import Measure
from kpi_lib.figures.histories import RANK, Figure, Point, in_force, in_measure, revisions
from kpi_lib.periods import CALENDAR, MONTHS, Calendar, same_day

RECENT, FEWEST, PRIOR_COUNT, PRIOR_SPREAD = 36, 6, 12.0, 0.05
LARGEST = 0.5  # a revision beyond this is an event, not a habit: it counts as this
# The usual change of a first estimate before the line's own pairs speak, with the weight of HABIT_PRIOR_COUNT of them: of a whole year as a
# share of an amount or in points of a growth rate, of growth to date in points, of a sum to date in months of it (0.1: a tenth of the mean
# month so far). Spread of the pairs of Quảng Ninh and Viet Nam to 2025 (docs/irregular.md).
YEAR_AMOUNT, YEAR_GROWTH, GROWTH_TO_DATE, SUM_TO_DATE, HABIT_PRIOR_COUNT = 0.015, 0.25, 0.2, 0.15, 4.0
FEWEST_SUMS = 3  # pairs of sums, or of growth to date, from which a bias is learnt
YEARS_OPEN = 2  # a figure that changes later than so many years after its period was re-evaluated, not corrected


@dataclass(frozen=True, slots=True)
class Drift:
    """The usual relative change of a month's estimate when its actual arrives: centre, spread, how many pairs it was learnt from."""

    bias: float
    spread: float
    count: int


def pairs(figures: Iterable[Figure], series: str = "total") -> list[tuple[Figure, Figure]]:
    """First estimate and the actual that replaced it, for every month of a line that has both, oldest first."""
    months = (figure for figure in figures if figure.series == series and figure.basis == "month")
    both = []
    for versions in revisions(months):
        first = next((figure for figure in versions if figure.status == "estimate"), None)
        actual = next((figure for figure in versions if figure.status != "estimate"), None)
        if first and actual and actual.published > first.published and first.value > 0:
            both.append((first, actual))
    return sorted(both, key=lambda pair: pair[0].end)


def changes(figures: Iterable[Figure], series: str = "total") -> np.ndarray:
    """Relative changes of those months, oldest first: 0.1 where the actual is a tenth above its estimate."""
    return np.array([actual.value / first.value - 1.0 for first, actual in pairs(figures, series)])


def drift(figures: Iterable[Figure], series: str = "total") -> Drift | None:
    """How the unit's estimates of a line drift, shrunk towards none while there are few; None with fewer than six pairs."""
    recent = changes(figures, series)[-RECENT:].clip(-LARGEST, LARGEST)
    count = len(recent)
    if count < FEWEST:
        return None
    bias = float(recent.mean()) * count / (count + PRIOR_COUNT)
    spread = float(np.sqrt((PRIOR_COUNT * PRIOR_SPREAD**2 + ((recent - bias) ** 2).sum()) / (PRIOR_COUNT + count)))
    return Drift(bias, spread, count)


def later_changes(figures: Iterable[Figure], measure: Measure, *, relative: bool, year: bool, calendar: Calendar = CALENDAR) -> np.ndarray:
    """What became of the first estimate of each whole year, or of each part of one longer than a month: relative changes, or those in `measure`.

    Of sums to date the relative changes are told in months of the sum: what is missing is mostly of the last month, however long the year is.
    A change counts until `YEARS_OPEN` years after the period: settlements belong to it, the re-evaluation of a whole series does not.
    """
    bases = ("year", "cumulative", "level") if year else ("cumulative", "quarter")
    own = (f for f in figures if f.series == "total" and f.basis in bases and calendar.is_year_end(f.end) == year)
    spans: dict[tuple[dt.date, dt.date], list[Figure]] = {}
    for figure in in_measure(sorted(own, key=lambda figure: (figure.published, RANK[figure.status], -figure.grade)), measure):
        if figure.published <= same_day(figure.end, YEARS_OPEN):
            spans.setdefault((figure.end, figure.start), []).append(figure)
    pairs = [
        (versions[0].value, versions[-1].value, _months(versions[0]))
        for _, versions in sorted(spans.items())
        if _corrected(versions, relative)
    ]
    if not relative:
        return np.array([last - first for first, last, _ in pairs])
    return np.array([(last / first - 1.0) * (1.0 if year else months) for first, last, months in pairs])


def _months(figure: Figure) -> float:
    return ((figure.end - figure.start).days + 1) / (365.25 / MONTHS)


def _corrected(versions: list[Figure], relative: bool) -> bool:
    """Whether an estimate was told anew: on a later day, be it unchanged, or otherwise (two figures that carry one assumed day)."""
    first, last = versions[0], versions[-1]
    anew = last.published > first.published or last.value != first.value
    return first.status == "estimate" and anew and (first.value > 0 or not relative)


def habit(changes: np.ndarray, prior: float, *, fewest: int = FEWEST) -> Drift:
    """How such an estimate usually changes: a spread from the line's own pairs and `prior`, a bias only from `fewest` of them on."""
    count = len(changes)
    bias = float(changes.mean()) * count / (count + HABIT_PRIOR_COUNT) if count >= fewest else 0.0
    return Drift(bias, float(np.sqrt((HABIT_PRIOR_COUNT * prior**2 + ((changes - bias) ** 2).sum()) / (HABIT_PRIOR_COUNT + count))), count)


def correction(
    figures: Sequence[Figure], point: Point, measure: Measure, *, draws: int, seed: int, calendar: Calendar = CALENDAR
) -> tuple[np.ndarray, Drift] | None:
    """What the sum to date still has before it, `(draws,)` in `measure`, with the habit that it comes from (told in shares of the sum).

    Where the last month is an estimate and the line's habit with months is known, by that; else an estimated sum by what became of such sums,
    and a sum that nobody published by its usual miss. None for a final one.
    """
    usual, size = _usual_change(figures, point, measure, calendar)
    error = float(np.nan_to_num(point.derived.error)) if point.derived else 0.0
    spread = float(np.hypot(usual.spread * size, error))
    if point.final or point.value <= 0 or not spread:
        return None
    noise = np.random.default_rng([seed, 7]).standard_t(6, draws) / np.sqrt(1.5)
    return usual.bias * size + spread * noise, Drift(usual.bias * size / point.value, spread / point.value, usual.count)


def _usual_change(figures: Sequence[Figure], point: Point, measure: Measure, calendar: Calendar) -> tuple[Drift, float]:
    """The habit of the last figure, and the amount that it is told in shares of: the last month, or the mean month so far."""
    own = [figure for figure in figures if figure.series == "total" and figure.basis == "month" and figure.end == point.end]
    by_month = drift(figures) if own and all(figure.status == "estimate" for figure in own) else None
    if by_month:
        return by_month, in_measure(in_force(own), measure)[-1].value
    if point.status != "estimate":
        return Drift(0.0, 0.0, 0), 0.0
    changes = later_changes(figures, measure, relative=True, year=False, calendar=calendar).clip(-LARGEST, LARGEST)
    return habit(changes, SUM_TO_DATE, fewest=FEWEST_SUMS), point.value / calendar.months_gone(point.end)
