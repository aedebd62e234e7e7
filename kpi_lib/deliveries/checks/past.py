"""What is known of a unit's lines, kept through a round of deliveries: nothing is worked out again but the years that gained a figure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from statistics import median

import numpy as np
import pandas as pd

from kpi_lib.definitions.indicators import Unit
from kpi_lib.definitions.measures import measure_of
from kpi_lib.deliveries.checks.limits import Limits, limits_of, sizes
from kpi_lib.figures import histories as fg
from kpi_lib.figures.boundaries import own_territory, rebuilt_error
from kpi_lib.periods import QUARTER, Calendar, span

Series = tuple[str, str, str]  # indicator, series, territory ("": the unit's own)


@dataclass(frozen=True, slots=True)
class Known:
    """What was known of one series before the delivery, in one unit of measure: latest values by the end of their span.

    `months`, `quarters` and `sums` go by year and number of the last month in it, as the line's years are counted; `versions` of a span are
    all its figures, the one in force last.
    """

    months: dict[tuple[int, int], float] = field(default_factory=dict)
    quarters: dict[tuple[int, int], float] = field(default_factory=dict)
    sums: dict[tuple[int, int], float] = field(default_factory=dict)
    levels: dict[dt.date, float] = field(default_factory=dict)
    versions: dict[tuple[str, dt.date], tuple[fg.Figure, ...]] = field(default_factory=dict)

    def like(self, basis: str) -> dict[tuple[int, int], float]:
        """The amounts that one of this basis can be held against: a quarter against quarters, never against sums to date."""
        return {"month": self.months, "quarter": self.quarters}.get(basis, self.sums)

    def usual(self) -> float:
        """Size of an ordinary month: the median of the last 24 known ones."""
        recent = [abs(self.months[key]) for key in sorted(self.months)[-24:]]
        return float(median(recent)) if len(recent) >= 3 else float("nan")

    def update(self, later: Known) -> None:
        """Take over what is known of more spans."""
        for each in fields(self):
            getattr(self, each.name).update(getattr(later, each.name))


class Past:
    """The figures known of a unit, by series, territory and year, with what the checks ask of them."""

    def __init__(self, unit: Unit, figures: Iterable[fg.Figure] = ()) -> None:
        self.unit = unit
        self._years: dict[Series, dict[int, list[fg.Figure]]] = {}
        self._known: dict[tuple[str, str, str, str], Known] = {}
        self._stale: dict[tuple[str, str, str, str], set[int]] = {}
        self._sizes: dict[Series, dict[int, np.ndarray]] = {}
        self.add(figures)

    def add(self, figures: Iterable[fg.Figure]) -> None:
        """Know these figures from now on, too."""
        for figure in figures:
            own = own_territory(figure.perimeter, figure.start, self.unit)
            if figure.indicator not in self.unit.indicators or not (own or figure.perimeter):
                continue
            series = (figure.indicator, figure.series, "" if own else figure.perimeter)
            year = self._calendar(figure.indicator).year_of(figure.end)
            self._years.setdefault(series, {}).setdefault(year, []).append(figure)
            self._sizes.get(series, {}).pop(year, None)
            for key in self._known:
                if key[:3] == series:
                    self._stale.setdefault(key, set()).add(year)

    def add_rows(self, rows: Iterable[Mapping[str, str]]) -> None:
        """Know rows that were just taken over (in the words of `frames.ACCEPTED`) from now on, too."""
        self.add(self._figure(row) for row in rows)

    def series_of(self, indicator: str) -> list[str]:
        """The series of a line that have figures."""
        return list(dict.fromkeys(series for key, series, _ in self._years if key == indicator))

    def known(self, indicator: str, series: str, measure: str, territory: str = "") -> Known | None:
        """Figures and sums in force of a series of a territory in a unit of measure; None where nothing is known of it."""
        key, years = (indicator, series, territory, measure), self._years.get((indicator, series, territory))
        if not years:
            return None
        if key not in self._known:
            self._known[key], self._stale[key] = Known(), set(years)
        for year in self._stale.pop(key, ()):
            self._known[key].update(self._of_year(years[year], indicator, series, measure))
        return self._known[key]

    def limits(self, indicator: str) -> Limits:
        """How far figures of a line are usually revised."""
        found: list[np.ndarray] = []
        for series, years in self._years.items():
            if series[0] == indicator and not series[2]:
                own = self._sizes.setdefault(series, {})
                own.update({year: sizes(figures) for year, figures in years.items() if year not in own})
                found += own.values()
        return limits_of(np.concatenate(found) if found else np.empty(0), indicator)

    def _of_year(self, figures: list[fg.Figure], indicator: str, series: str, measure: str) -> Known:
        """What is known of a year: money is converted to the measure asked for."""
        state, calendar, ind, wanted = Known(), self._calendar(indicator), self.unit.indicators[indicator], measure_of(measure)
        for versions in fg.vintages(fg.in_measure(figures, wanted)):
            _add(state, versions, calendar)
        if ind.adds_up:
            history = fg.flow_history(figures, ind, series=series, measure=wanted, calendar=calendar)
            points = (point for flow in history.years.values() for point in flow.points)
            state.sums.update({calendar.month_of(point.end): round(point.value, 9) for point in points})
            for (year, number), total in state.sums.items():
                before = state.sums.get((year, number - QUARTER), 0.0 if number == QUARTER else None)
                if number % QUARTER == 0 and before is not None:
                    state.quarters.setdefault((year, number), total - before)
        return state

    def _calendar(self, indicator: str) -> Calendar:
        return self.unit.calendar_of(self.unit.indicators[indicator])

    def _figure(self, row: Mapping[str, str]) -> fg.Figure:
        start, end = span(row["basis"], row["period"], self._calendar(row["indicator"]))
        perimeter = row.get("perimeter", "")
        return fg.Figure(
            row["indicator"], row["series"], row["basis"], row["period"], start, end, float(row["value"]), row["measure"], row["status"],
            dt.date.fromisoformat(row["published"]), int(row["grade"]), perimeter, f"{row['file']}:{row['cell']}", row["source"],
            rebuilt_error(perimeter, row["precision"], row.get("note", "")),
        )  # fmt: skip


def past_of(obs: pd.DataFrame, unit: Unit) -> Past:
    """The past from observations, all vintages."""
    return Past(unit, fg.figures_of(obs) if len(obs) else ())


def _add(state: Known, versions: tuple[fg.Figure, ...], calendar: Calendar) -> None:
    known = versions[-1]
    end, basis = known.end, known.basis
    state.versions[basis, end] = versions
    if basis != "level":
        state.like(basis)[calendar.month_of(end)] = known.value
    state.levels[end] = known.value if basis in ("level", "cumulative", "year") else state.levels.get(end, known.value)
