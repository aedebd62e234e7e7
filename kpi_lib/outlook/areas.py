"""What remains, shared out over the areas of a unit: read what each area lacks or weighs, divide so that the parts add up exactly."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

import pandas as pd

from kpi_lib import compare
from kpi_lib.definitions import folders
from kpi_lib.definitions.columns import cut, read_csv, refusal
from kpi_lib.definitions.frames import SPLITS
from kpi_lib.definitions.indicators import Indicator, Unit
from kpi_lib.definitions.measures import PEOPLE, Measure, same_measure
from kpi_lib.words.messages import KpiError, Text, Words, listed


@dataclass(frozen=True, slots=True)
class AreaShare:
    """One area's part of an amount: `given` is its need or weight as delivered, `amount` what falls to it."""

    area: str
    amount: Decimal
    given: Decimal


@dataclass(frozen=True, slots=True)
class Split:
    """An amount over the areas of a unit, those with the most to do first; `parts` add up to `amount` to the last digit.

    `given` is the sum of what the areas stated, in `given_measure`: for needs it may differ from `amount`, and both are to be said.
    `published` is the newest and `oldest` the oldest day of the figures used.
    """

    parts: tuple[AreaShare, ...]
    amount: Decimal
    measure: Measure
    kind: str
    given: Decimal
    given_measure: str
    published: dt.date
    oldest: dt.date
    sources: tuple[str, ...]
    decimals: int

    @property
    def comparable(self) -> bool:
        """Whether what the areas stated is in the unit of the amount, so that the two sums can stand side by side."""
        return self.kind == "need" and same_measure(self.given_measure, self.measure)


def read_splits(unit: Unit) -> pd.DataFrame:
    """Every split delivered for a unit, all vintages; columns of `frames.SPLITS`, empty where the unit has no `splits.csv`.

    Raises
    ------
    KpiError : bad rows, all of them in one message, each with file, line, what was found and what is expected.
    """
    path = folders.raw(unit.id) / "splits.csv"
    frame = read_csv(path, SPLITS)
    faults = [fault for number, row in enumerate(frame.to_dict("records"), start=2) for fault in _faults(number, row, unit)]
    faults += _mixed(frame)
    if faults:
        raise refusal(f"{unit.id}/{path.name}", faults, table=SPLITS.name)
    return frame


def _faults(line: int, row: dict, unit: Unit) -> list[Words]:
    found: list[Words] = []
    ind = unit.indicators.get(row["indicator"])
    if ind is None:
        found.append(
            Text("line {line}, column indicator: found {found}, a line of the unit is needed", line=line, found=repr(row["indicator"]))
        )
    if row["value"] < 0:
        found.append(
            Text("line {line}, column value: found {found}, no negative number may stand here", line=line, found=f"{row['value']:g}")
        )
    if ind is not None and row["kind"] == "need" and not any(same_measure(row["measure"], own) for own in _measures(ind)):
        found.append(
            Text(
                "line {line}, column measure: found {found}, one of these is needed: {measures}",
                line=line,
                found=repr(row["measure"]),
                measures=listed(_measures(ind)),
            )
        )
    return found


def _measures(ind: Indicator) -> list[Measure]:
    """Units of measure in which an area may state what it lacks."""
    own = [one for one in (ind.flow_measure, ind.measure) if one["vi"] and not one.points]
    return own + ([PEOPLE] if ind.per_population else [])


def _mixed(frame: pd.DataFrame) -> list[Words]:
    """Rows whose kind or measure is not that of the first row for the same indicator and year: they cannot be added up."""
    found: list[Words] = []
    for name in ("kind", "measure"):
        first = frame.groupby(["indicator", "year"])[name].transform("first") if len(frame) else frame[name]
        for index in frame.index[frame[name] != first]:
            found.append(
                Text(
                    "line {line}, column {column}: found {found}, {needed} is needed as in the other rows of the same line and year",
                    line=index + 2,
                    column=name,
                    found=repr(frame.at[index, name]),
                    needed=repr(first[index]),
                )
            )
    return found


def in_force(unit: Unit, ind: Indicator, year: int, *, as_of: dt.date) -> pd.DataFrame:
    """The newest figure of every area known on `as_of`, in the order in which the areas first appear; columns of `frames.SPLITS`."""
    frame = cut(read_splits(unit), SPLITS, as_of)
    known = frame[(frame["indicator"] == ind.id) & (frame["year"] == year)]
    newest = known.sort_values("published", kind="stable").groupby("area", sort=False).tail(1).set_index("area")
    return newest.reindex(known["area"].unique()).reset_index()[SPLITS.names]


def share_out(amount: float, rows: pd.DataFrame, *, measure: Measure, decimals: int) -> Split | None:
    """An amount divided over the areas of `rows` (as `in_force` gives them); None without rows or where all of them are nil."""
    if not len(rows) or not rows["value"].sum() > 0:
        return None
    given = [_exact(value) for value in rows["value"]]
    whole = compare.half_up(amount, decimals)
    amounts = divide(whole, given, decimals=decimals)
    parts = [AreaShare(area, part, value) for area, part, value in zip(rows["area"], amounts, given, strict=True)]
    parts.sort(key=lambda part: (-part.amount, -part.given))  # stable: equal areas keep the order of the file
    days = [day.date() for day in rows["published"]]
    return Split(
        parts=tuple(parts),
        amount=whole,
        measure=measure,
        kind=rows["kind"].iloc[0],
        given=sum(given, Decimal(0)),
        given_measure=rows["measure"].iloc[0],
        published=max(days),
        oldest=min(days),
        sources=tuple(dict.fromkeys(source for source in rows["source"] if source)),
        decimals=decimals,
    )


def _exact(value: float) -> Decimal:
    return Decimal(repr(float(value)))


def divide(amount: Decimal, weights: Sequence[Decimal], *, decimals: int = 0) -> list[Decimal]:
    """Parts of an amount in proportion to weights, in whole steps of the last decimal, that add up to it exactly.

    Method of the largest remainder (Hamilton): each part is its quota rounded down, and the steps left go to the largest remainders; of
    equal ones to the one that comes first. No part is further than one step from its quota.

    Raises
    ------
    KpiError : a negative amount or weight, or weights that are all nil.

    >>> [str(part) for part in divide(Decimal(10), [Decimal(1), Decimal(1), Decimal(1)])]
    ['4', '3', '3']
    """
    total = sum((Fraction(weight) for weight in weights), Fraction(0))
    if amount < 0 or total <= 0 or min(weights) < 0:
        raise KpiError("It cannot be divided: amount and weights must not be negative, and one weight at least must not be nought.")
    step = Decimal(1).scaleb(-decimals)
    units = int(amount / step)
    quotas = [units * Fraction(weight) / total for weight in weights]
    return [number * step for number in compare.share_out(units, quotas)]
