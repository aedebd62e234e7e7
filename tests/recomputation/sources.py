"""What a unit's folder said on a day, read with pandas alone: facts of its lines, figures in force, sums to date, targets and plans.

Nothing here is imported from the library: the rules of docs/figures.md, docs/plans.md and docs/design.md once more, in other words.
"""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

PROJECT = Path(__file__).resolve().parents[2]
RAW, CATALOGUE = PROJECT / "data" / "raw", PROJECT / "kpi_lib" / "definitions" / "catalogue.toml"
SUMS = ("flow", "flow_growth", "plan_share")  # kinds whose figures add up over the year
COLUMNS = ["indicator", "basis", "value", "measure", "status", "published"]
STATUS = {"estimate": 0, "actual": 1, "settled": 2}
MONEY = {"tỷ đồng": 1e9, "billion đồng": 1e9, "nghìn tỷ đồng": 1e12, "trillion đồng": 1e12}  # as the five reports write it
OF_PLAN = "% kế hoạch năm"
STANDING = ("adopted", "assigned", "operating", "ambition", "draft", "revision", "reference")
WEIGHTS = {1: 0.22, 2: 0.24, 3: 0.25, 4: 0.29}  # part of a year's product made in each quarter


class Point(NamedTuple):
    """What holds at the end of a day."""

    end: pd.Timestamp
    value: float
    status: str

    @property
    def final(self) -> bool:
        """Whether an office published it, and as no estimate."""
        return self.status in ("actual", "settled")


# ---- the unit and its registers ------------------------------------------------------------------------------------------------------


@functools.cache
def unit_of(name: str) -> dict[str, Any]:
    """`unit.toml`, with every line's facts under `facts`: the common catalogue, the unit's changes to it, the unit's own lines."""
    unit = tomllib.loads((RAW / name / "unit.toml").read_text(encoding="utf-8"))
    assert not unit.keys() & {"year_starts", "month_closes"}, "only calendar years are reckoned here"
    assert "deadline_document" not in unit, "a figure that is overdue makes its line grey, which is not reckoned here"
    shared = tomllib.loads(CATALOGUE.read_text(encoding="utf-8"))["indicator"]
    known = {line["id"]: line for line in [*shared, *unit.get("indicator", [])]}
    return unit | {"facts": {line: known[line] | unit.get("override", {}).get(line, {}) for line in unit["lines"]}}


@functools.cache
def register(unit: str, table: str, as_of: pd.Timestamp) -> pd.DataFrame:
    """Versions of targets or plans known on a day: adopted by then and, where worked out from a later page, that page published."""
    rows = pd.read_csv(RAW / unit / f"{table}.csv", parse_dates=["adopted"])
    if "period" in rows:
        rows = rows[rows["period"].isna()]  # a phased plan is held against its own periods, not against the year
    later = pd.to_datetime(rows.get("reconstructed", pd.Series(pd.NaT, index=rows.index)))
    known = rows.assign(reconstructed=later)[(rows["adopted"] <= as_of) & ~(later > as_of)]
    return known.reindex(columns=list(dict.fromkeys([*known.columns, "low", "high"])))


def in_force(rows: pd.DataFrame, line: str, year: int) -> list[dict[str, Any]]:
    """Of each standing the last version of a line's year, the highest standing first."""
    own = rows[(rows["indicator"] == line) & (rows["year"] == year)].sort_values(["adopted", "reconstructed"], kind="stable")
    last = own.drop_duplicates("version", keep="last").to_dict("records")
    return sorted(last, key=lambda row: STANDING.index(row["version"]))


def judging(versions: Iterable[dict[str, Any]]) -> dict[str, Any] | None:
    """The version that judges: what the unit adopted itself, else what was assigned to it."""
    return next((row for row in versions if row["version"] in ("adopted", "assigned")), None)


# ---- figures -------------------------------------------------------------------------------------------------------------------------


def _span(basis: str, period: str) -> tuple[pd.Timestamp, pd.Timestamp]:
    """First and last day of a period; a sum to date runs from New Year's Day.

    >>> [str(day.date()) for day in _span("quarter", "2025-Q3")]
    ['2025-07-01', '2025-09-30']
    """
    if basis in ("month", "quarter", "year"):
        whole = pd.Period(period.replace("-Q", "Q"), freq={"month": "M", "quarter": "Q", "year": "Y"}[basis])
        return whole.start_time, whole.end_time.normalize()
    day = pd.Timestamp(period)
    return (day.replace(month=1, day=1) if basis == "cumulative" else day), day


@functools.cache
def figures(unit: str, as_of: pd.Timestamp) -> pd.DataFrame:
    """Figures of whole lines published by a day, of the unit's present territory; `ahead` marks those of a period that ends after the day."""
    parts = [pd.read_csv(path, parse_dates=["published"]) for path in sorted((RAW / unit / "deliveries").glob("*.csv"))]
    rows = pd.concat(parts, ignore_index=True)
    rows = rows[(rows["series"] == "total") & (rows["published"] <= as_of)]
    spans = [_span(basis, str(period)) for basis, period in zip(rows["basis"], rows["period"], strict=True)]
    rows = rows.assign(start=[first for first, _ in spans], end=[last for _, last in spans], rank=rows["status"].map(STATUS))
    moved = max((pd.Timestamp(event["date"]) for event in unit_of(unit).get("boundary_event", [])), default=pd.Timestamp.min)
    ours = (rows["perimeter"] == "rebuilt") | (rows["perimeter"].isna() & (rows["start"] >= moved))
    rows = rows.assign(worse=-rows["grade"], share=rows["measure"] == OF_PLAN, ahead=rows["end"] > as_of)
    return rows.loc[ours, [*COLUMNS, "start", "end", "rank", "worse", "share", "ahead"]]


def strongest(rows: pd.DataFrame, *span: str) -> pd.DataFrame:
    """The figure in force of each span, in the order of their ends.

    The newest is; of one day a settled one before an actual, an actual before an estimate, then the source of the better grade.
    """
    ranked = rows.sort_values(["published", "rank", "worse"], kind="stable")
    return ranked.drop_duplicates(list(span), keep="last").sort_values("end", kind="stable")


def points(own: pd.DataFrame, facts: dict[str, Any]) -> dict[int, list[Point]]:
    """What a line's figures say at the end of each day, year by year: sums to date, rates of growth to date, or states."""
    own = strongest(in_unit(own, facts), "basis", "start", "end", "share")
    if facts["kind"] in SUMS:
        make = _sums
    elif facts["kind"] == "published_growth":
        make = _growth
    else:
        make = _states
    found = {int(year): make(rows) for year, rows in own.groupby(own["end"].dt.year)}
    return {year: sorted(made.values()) for year, made in found.items() if made}


def in_unit(own: pd.DataFrame, facts: dict[str, Any]) -> pd.DataFrame:
    """Figures in the unit of their line."""
    return own.assign(value=own["value"] * [_factor(measure, facts) for measure in own["measure"]])


def alone(own: pd.DataFrame, facts: dict[str, Any], year: int, last: list[Point]) -> float:
    """The shortest period published that ends with the year's last sum: a month, a quarter, or the year's first sum; else none."""
    own = strongest(in_unit(own, facts), "basis", "start", "end", "share")
    own = own[(own["end"].dt.year == year) & ~own["share"]]
    own = own[own["end"] == last[-1].end] if last else own[:0]
    own = own if len(last) == 1 else own[own["basis"].isin(["month", "quarter"])]
    return float(own.sort_values("start", kind="stable")["value"].iloc[-1]) if len(own) else float("nan")


def _factor(measure: str, facts: dict[str, Any]) -> float:
    """What turns a figure into the unit of its line."""
    wanted = facts.get("flow_measure", facts["measure"])
    wanted = wanted if isinstance(wanted, str) else wanted["vi"]
    return MONEY[measure] / MONEY[wanted] if measure in MONEY else 1.0


def _states(rows: pd.DataFrame) -> dict[pd.Timestamp, Point]:
    """The state in force on each day; what is published of one month alone is no state."""
    last = strongest(rows[rows["basis"] != "month"], "end")
    return {row.end: Point(row.end, row.value, row.status) for row in last.itertuples()}


def _growth(rows: pd.DataFrame) -> dict[pd.Timestamp, Point]:
    """Growth to date at the end of each quarter: as published, else the last one and the quarter since, by the quarters' usual weights."""
    found = _states(rows[rows["basis"].isin(["cumulative", "year"]) & (rows["end"].dt.month % 3 == 0)])
    to_date = {end.quarter: point.value for end, point in found.items()}
    for row in strongest(rows[rows["basis"] == "quarter"], "end").itertuples():
        number = row.end.quarter
        if number not in to_date and (number == 1 or number - 1 in to_date):
            before = sum(WEIGHTS[quarter] for quarter in range(1, number))
            weighted = before * to_date.get(number - 1, 0.0) + WEIGHTS[number] * row.value
            to_date[number] = weighted / (before + WEIGHTS[number])
            found[row.end] = Point(row.end, to_date[number], row.status if number == 1 else "derived")
    return found


# ---- sums to date --------------------------------------------------------------------------------------------------------------------


class _Sum(NamedTuple):
    """A sum to date, the day of its newest part, and the standing of its weakest."""

    value: float
    status: str
    newest: pd.Timestamp
    weakest: int

    def plus(self, part: Any) -> _Sum:
        rank = min(self.weakest, part.rank)
        status = next(word for word, standing in STATUS.items() if standing == rank)
        return _Sum(self.value + part.value, status, max(self.newest, part.published), rank)


_NOTHING = _Sum(0.0, "", pd.Timestamp.min, 2)


def _sums(rows: pd.DataFrame) -> dict[pd.Timestamp, Point]:
    """The sum in force at every day for which there is one; percentages of the plan are no amounts.

    The published sum holds, unless all parts of it are actuals and one of them is newer. Where none was published: the parts from the first
    on, or the last sum and the part since, whichever knows something newer.
    """
    rows = rows[~rows["share"]]
    published = strongest(rows[rows["basis"].isin(["cumulative", "year"])], "end")
    found = {row.end: _Sum(row.value, row.status, row.published, row.rank) for row in published.itertuples()}
    for basis in ("month", "quarter"):
        _add_up(found, {row.end: row for row in rows[rows["basis"] == basis].itertuples()}, basis)
    return {end: Point(end, total.value, total.status) for end, total in found.items()}


def _add_up(found: dict[pd.Timestamp, _Sum], parts: dict[pd.Timestamp, Any], basis: str) -> None:
    if not parts:
        return
    year = next(iter(parts)).year
    ends = pd.period_range(f"{year}-01", f"{year}-12", freq="M").to_timestamp(how="end").normalize()
    before, whole = _NOTHING, _NOTHING
    for end in ends if basis == "month" else ends[2::3]:
        part = parts.get(end)
        if part and end not in found and (before or whole):
            found[end] = max(filter(None, (before, whole)), key=lambda total: total.newest).plus(part)
        whole = whole.plus(part) if part and whole else None
        if whole and whole.weakest >= max(1, found[end].weakest) and whole.newest > found[end].newest:
            found[end] = whole
        before = found.get(end)
