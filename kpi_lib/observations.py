"""Figures with their vintages: read what was delivered, cut it at a date, and undo cumulative reporting."""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import io
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from kpi_lib import places
from kpi_lib.frames import ACCEPTED, DELIVERY, OBSERVATIONS, KpiError, check
from kpi_lib.indicators import Indicator, Unit, day, read_unit
from kpi_lib.measures import Measure, factor, same_measure
from kpi_lib.periods import CALENDAR, MONTHS, QUARTER, QUARTERS, Calendar, span

REBUILT = "rebuilt"  # perimeter of figures of old areas recomputed for the unit's present boundary

# A later figure replaces an earlier one; on the same day a settled one replaces an actual, an actual an estimate.
_RANK = {"estimate": 0, "actual": 1, "settled": 2}


def _delivery_files(unit: str) -> list[Path]:
    return sorted((places.raw(unit) / "deliveries").glob("*.csv"))


def data_digest(unit: str) -> str:
    """SHA-256 over everything delivered for the unit and its definitions; the same figures give the same digest."""
    folder = places.raw(unit)
    sums = hashlib.sha256()
    stored = folder / "received" / "files"  # as received; what was taken from them stands in received/accepted
    files = (path for path in folder.rglob("*") if path.is_file() and path.suffix in (".csv", ".toml", ".json"))
    for path in sorted(path for path in files if stored not in path.parents):
        sums.update(path.relative_to(folder).as_posix().encode())
        sums.update(hashlib.sha256(path.read_bytes()).digest())
    return sums.hexdigest()


def _read_delivery(path: Path, unit: Unit) -> pd.DataFrame:
    """One delivered table as observations; every fault of the file in one message."""
    where = f"{unit.id}/deliveries/{path.name}"
    raw = pd.read_csv(io.BytesIO(path.read_bytes()), dtype=str, keep_default_na=False, encoding="utf-8-sig")
    rows = check(raw, DELIVERY, where=where)
    calendars = _calendars(unit)
    spans, faults = [], []
    for index, row in enumerate(rows.itertuples()):
        try:
            spans.append(span(row.basis, row.period, calendars.get(row.indicator, unit.calendar)))
        except KpiError as error:
            faults.append(f"dòng {index + 2}: {error}")
            spans.append((dt.date.min, dt.date.min))
        if row.indicator not in unit.indicators:
            faults.append(f"dòng {index + 2}: chỉ tiêu {row.indicator!r} không có trong danh mục của đơn vị")
    if faults:
        raise KpiError(f"{where} có {len(faults)} lỗi:\n  - " + "\n  - ".join(faults[:20]) + "\nSửa các ô trên rồi chạy lại.")
    value_column = _letter(list(raw.columns).index("value"))
    rows = rows.assign(
        unit=unit.id,
        start=pd.to_datetime([s for s, _ in spans]),
        end=pd.to_datetime([e for _, e in spans]),
        file=f"deliveries/{path.name}",
        sheet="",
        cell=[f"{value_column}{index + 2}" for index in range(len(rows))],
    )
    return rows[OBSERVATIONS.names]


def _read_accepted(unit: Unit) -> list[pd.DataFrame]:
    """The figures that `kpi ingest` took over, in the order of arrival, with the sheet and cell they came from."""
    rows: list[dict[str, str]] = []
    for path in places.committed(unit.id, "accepted"):
        with path.open(encoding="utf-8", newline="") as file:
            rows += csv.DictReader(file)
    return [observed(pd.DataFrame(rows), unit)] if rows else []


def observed(accepted: pd.DataFrame, unit: Unit) -> pd.DataFrame:
    """Accepted figures (columns of `frames.ACCEPTED`) as observations."""
    rows = check(accepted, ACCEPTED, where=f"{unit.id}/received/accepted")
    calendars = _calendars(unit)
    named = zip(rows["basis"], rows["period"], rows["indicator"], strict=True)
    spans = [span(basis, period, calendars.get(indicator, unit.calendar)) for basis, period, indicator in named]
    rows = rows.assign(unit=unit.id, start=pd.to_datetime([s for s, _ in spans]), end=pd.to_datetime([e for _, e in spans]))
    return rows[OBSERVATIONS.names]


def _calendars(unit: Unit) -> dict[str, Calendar]:
    """How the years of each line are counted."""
    return {key: unit.calendar_of(ind) for key, ind in unit.indicators.items()}


def _letter(position: int) -> str:
    """Spreadsheet letter of a column, the first being A."""
    return (chr(64 + position // 26) if position >= 26 else "") + chr(65 + position % 26)


def _store(unit: Unit) -> pd.DataFrame:
    """All observations of a unit, kept as Parquet under a name that carries the digest of what was delivered."""
    digest = data_digest(unit.id)
    path = places.processed(unit.id) / f"observations-{digest[:16]}.parquet"
    if path.exists():
        return pd.read_parquet(path)
    parts = [_read_delivery(file, unit) for file in _delivery_files(unit.id)]
    parts += _read_accepted(unit)
    if parts and unit.boundary_events:
        from kpi_lib.perimeters import rebuild

        parts.append(rebuild(pd.concat(parts, ignore_index=True), unit)[0])
    obs = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=OBSERVATIONS.names)
    obs = (
        check(obs, OBSERVATIONS, where=unit.id)
        .sort_values(["indicator", "series", "end", "published"], kind="stable")
        .reset_index(drop=True)
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_suffix(f".{os.getpid()}.tmp")
    obs.to_parquet(temporary, index=False)
    temporary.replace(path)
    for old in path.parent.glob("observations-*.parquet"):
        if old != path:
            old.unlink(missing_ok=True)
    return obs


def read_observations(unit: str, *, as_of: dt.date | str | None = None) -> pd.DataFrame:
    """All figures delivered for a unit, every vintage; with `as_of`, those published by then.

    Returns
    -------
    frame with the columns of `frames.OBSERVATIONS`; `attrs["unit"]` holds the unit's id.

    Raises
    ------
    KpiError : unknown unit, or faults in a delivered file (all of the file's in one message).
    """
    obs = _store(read_unit(unit)).copy()
    if as_of is not None:
        obs = cut(obs, day(as_of))
    obs.attrs["unit"] = unit
    return obs


def cut(obs: pd.DataFrame, as_of: dt.date) -> pd.DataFrame:
    """The figures known on `as_of`."""
    return obs[obs["published"] <= pd.Timestamp(as_of)].reset_index(drop=True)


def usable(obs: pd.DataFrame, unit: Unit) -> pd.DataFrame:
    """Figures of the unit's present territory: no other perimeter, nothing from before a boundary event unless rebuilt."""
    own = obs["perimeter"].isin(["", REBUILT])
    for event in unit.boundary_events:
        own &= (obs["perimeter"] == REBUILT) | (obs["start"] >= pd.Timestamp(event.date))
    return obs[own]


def latest(obs: pd.DataFrame) -> pd.DataFrame:
    """For every span the figure published last; on the same day settled before actual before estimate."""
    ranked = obs.assign(_rank=obs["status"].map(_RANK)).sort_values(
        ["published", "_rank", "grade"], ascending=[True, True, False], kind="stable"
    )
    newest = ranked.drop_duplicates(["indicator", "series", "basis", "start", "end"], keep="last")
    return newest.drop(columns="_rank").sort_values(["indicator", "series", "end", "start"], kind="stable")


@dataclass(frozen=True, slots=True)
class Point:
    """What the year had reached by a day: cumulative amount, its status and where it stands in the deliveries."""

    end: dt.date
    value: float
    status: str
    published: dt.date
    source: str


@dataclass(frozen=True, slots=True)
class FlowYear:
    """One year of a flow as known at a date: cumulative points, and the amounts of its months or quarters where all are known."""

    year: int
    points: tuple[Point, ...]
    months: np.ndarray
    quarters: np.ndarray
    calendar: Calendar = CALENDAR

    def amounts(self, season: int) -> np.ndarray:
        """Amounts of its months or of its quarters, by how many a year has."""
        return self.months if season == MONTHS else self.quarters

    @property
    def last(self) -> Point | None:
        """The point that reaches furthest into the year."""
        return self.points[-1] if self.points else None

    @property
    def outturn(self) -> Point | None:
        """The point that covers the whole year, if there is one."""
        last = self.last
        return last if last and self.calendar.is_year_end(last.end) else None


@dataclass(frozen=True, slots=True)
class FlowHistory:
    """All years of a flow in one unit of measure, as known at a date."""

    years: dict[int, FlowYear]
    measure: Measure

    def whole_years(self, before: int, season: int) -> np.ndarray:
        """Amounts of the unbroken run of complete years that ends just before a year, `(years * season,)`; empty if there is none."""
        rows: list[np.ndarray] = []
        year = before - 1
        while year in self.years:
            amounts = self.years[year].amounts(season)
            if len(amounts) < season:
                break
            rows.insert(0, amounts)
            year -= 1
        return np.concatenate(rows) if rows else np.empty(0)

    def outturns(self, before: int) -> dict[int, Point]:
        """Yearly totals of the years before one."""
        return {year: flow.outturn for year, flow in sorted(self.years.items()) if year < before and flow.outturn is not None}


def _converted(obs: pd.DataFrame, wanted: Measure) -> pd.DataFrame:
    """Rows in one unit of measure; those that cannot be told in it are left out."""
    factors = obs["measure"].map(lambda words: factor(words, wanted)).astype(float)
    return obs.assign(value=obs["value"] * factors)[factors.notna()]


def flow_history(
    obs: pd.DataFrame, ind: Indicator, *, series: str = "total", measure: Measure | None = None, calendar: Calendar = CALENDAR
) -> FlowHistory:
    """The years of a flow from the latest figures in `obs` (already cut at a date and of one territory).

    A cumulative figure is trusted above the sum of its months, whose first estimates are rarely corrected: the months or quarters
    of a year are scaled so that they add up to the furthest cumulative figure. A month that is missing is the difference of the two
    cumulative figures around it, or stays missing; nothing is interpolated.

    Parameters
    ----------
    measure : take the figures typed in this unit of measure instead of the flow's own (for instance percent of the plan).
    calendar : how its years are counted.
    """
    measure = measure or ind.natural_measure
    rows = _converted(latest(obs[(obs["indicator"] == ind.id) & (obs["series"] == series)]), measure)
    by_year: dict[int, list[_Figure]] = {}
    for figure in _figures(rows):
        by_year.setdefault(calendar.year_of(figure.end), []).append(figure)
    return FlowHistory({year: _flow_year(year, figures, calendar) for year, figures in sorted(by_year.items())}, measure)


@dataclass(frozen=True, slots=True)
class _Figure:
    """One row of the observations in plain Python: a history of hundreds of figures is walked through many times in a backtest."""

    basis: str
    end: dt.date
    value: float
    status: str
    published: dt.date
    source: str

    def as_point(self, value: float) -> Point:
        """A point of the year at this figure's end, with its status and source."""
        return Point(self.end, value, self.status, self.published, self.source)


def _figures(rows: pd.DataFrame) -> list[_Figure]:
    """Rows in order of publication."""
    rows = rows.sort_values("published", kind="stable")
    dates = (rows[name].dt.date.tolist() for name in ("end", "published"))
    sources = (rows["file"] + ":" + rows["cell"]).tolist()
    columns = zip(rows["basis"].tolist(), rows["value"].tolist(), rows["status"].tolist(), *dates, sources, strict=True)
    return [_Figure(basis, end, value, status, published, source) for basis, value, status, end, published, source in columns]


def _flow_year(year: int, figures: list[_Figure], calendar: Calendar) -> FlowYear:
    points: dict[dt.date, Point] = {}
    parts: dict[int, dict[int, _Figure]] = {MONTHS: {}, QUARTERS: {}}
    for figure in figures:
        if figure.basis in ("cumulative", "year"):
            points[figure.end] = figure.as_point(figure.value)
        elif figure.basis in ("month", "quarter"):
            month = calendar.month_of(figure.end)[1]
            if figure.basis == "month":
                parts[MONTHS][month] = figure
            else:
                parts[QUARTERS][-(-month // QUARTER)] = figure
    for season, known in parts.items():
        _add_running_sums(points, known, calendar.month_ends(year, MONTHS // season))
    ordered = tuple(points[end] for end in sorted(points))
    months = {month: figure.value for month, figure in parts[MONTHS].items()}
    quarters = _quarters(months) | {quarter: figure.value for quarter, figure in parts[QUARTERS].items()}
    by_month, by_quarter = (_amounts(ordered, known, calendar.month_ends(year, step)) for known, step in ((months, 1), (quarters, QUARTER)))
    return FlowYear(year, ordered, by_month, by_quarter, calendar)


def _add_running_sums(points: dict[dt.date, Point], known: dict[int, _Figure], ends: Sequence[dt.date]) -> None:
    """Cumulative points from the months or quarters that follow a known one, where no cumulative figure was published."""
    total: float | None = 0.0
    for number, end in enumerate(ends, start=1):
        if end in points:
            total = points[end].value
        elif number in known and total is not None:
            total += known[number].value
            points[end] = known[number].as_point(total)
        else:
            total = None


def _quarters(months: dict[int, float]) -> dict[int, float]:
    """Quarters as the sum of their three months, where all are known."""
    threes = {quarter: range(QUARTER * (quarter - 1) + 1, QUARTER * quarter + 1) for quarter in range(1, QUARTERS + 1)}
    return {quarter: sum(months[month] for month in three) for quarter, three in threes.items() if all(month in months for month in three)}


def _amounts(points: tuple[Point, ...], known: dict[int, float], ends: Sequence[dt.date]) -> np.ndarray:
    """Amounts of the periods from the year's first on, up to the first unknown one, scaled to the furthest cumulative figure among them."""
    at = {point.end: point.value for point in points}
    amounts: list[float] = []
    for number, end in enumerate(ends, start=1):
        before = at.get(ends[number - 2]) if number > 1 else 0.0
        if number in known:
            amounts.append(known[number])
        elif end in at and before is not None:
            amounts.append(at[end] - before)
        else:
            break
    for count in range(len(amounts), 0, -1):
        summed = sum(amounts[:count])
        if ends[count - 1] in at and summed > 0:
            scale = at[ends[count - 1]] / summed
            return np.array([amount * scale for amount in amounts[:count]] + amounts[count:])
    return np.array(amounts)


def levels(obs: pd.DataFrame, ind: Indicator) -> tuple[Point, ...]:
    """States on a day (a share, a count, a yearly assessment) in the indicator's unit, latest vintage of each, in time order."""
    own = (obs["indicator"] == ind.id) & (obs["series"] == "total") & obs["measure"].map(lambda words: same_measure(words, ind.measure)).astype(bool)
    points = {figure.end: figure.as_point(figure.value) for figure in _figures(latest(obs[own & (obs["basis"] != "month")]))}
    return tuple(points[end] for end in sorted(points))


def growth_points(
    obs: pd.DataFrame, ind: Indicator, calendar: Calendar = CALENDAR
) -> tuple[dict[int, dict[int, Point]], dict[int, dict[int, Point]]]:
    """Published growth rates: for the year to date and for single quarters, each as `{year: {quarters seen or quarter: Point}}`.

    The first quarter is both. A whole year's rate is the year to date at four quarters.
    """
    to_date: dict[int, dict[int, Point]] = {}
    single: dict[int, dict[int, Point]] = {}
    for figure in _figures(latest(obs[(obs["indicator"] == ind.id) & (obs["series"] == "total")])):
        year, month = calendar.month_of(figure.end)
        quarter = -(-month // QUARTER)
        point = figure.as_point(figure.value)
        if figure.basis in ("cumulative", "year") and month % QUARTER == 0:
            to_date.setdefault(year, {})[quarter] = point
        elif figure.basis == "quarter":
            single.setdefault(year, {})[quarter] = point
            if quarter == 1:
                to_date.setdefault(year, {}).setdefault(1, point)
    return to_date, single
