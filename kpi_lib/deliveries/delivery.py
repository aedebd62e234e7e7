"""What a delivery is made of: figures, plans, what the sheet itself claims, and faults. Plain data, shared by every room of this package."""

from __future__ import annotations

import csv
import datetime as dt
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal

from kpi_lib.definitions.frames import UNFIT

Severity = Literal["refuse", "confirm", "warn", "note"]


@dataclass(frozen=True, slots=True)
class Check:
    """One named rule a delivery is held against; a row of `checks.csv`, which is the documentation too."""

    name: str
    stage: str  # container | reading | layout | number | date | meaning | store
    severity: Severity
    echo: str  # "cause": weaker remarks on the same cell, the "echo" ones, are left out
    rule: str  # Vietnamese: what must hold
    way_out: str  # Vietnamese: what the sender does
    rule_en: str


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong or worth knowing: where, what was found, what is expected, what to do. `holds` are the cells whose figures wait.

    An empty `cell` concerns the whole sheet, an empty `sheet` the whole file. `refuse` and `confirm` keep figures back; `confirm` lets
    them in once somebody answers for them by name; `warn` and `note` let them pass.
    """

    check: str
    severity: Severity
    file: str
    sheet: str
    cell: str
    found: str
    expected: str
    action: str
    holds: tuple[str, ...] = ()

    @property
    def keeps_back(self) -> bool:
        """Whether figures wait because of it."""
        return self.severity in ("refuse", "confirm")

    def concerns(self, sheet: str, cell: str) -> bool:
        """Whether a figure from that cell waits because of this fault."""
        if not self.keeps_back:
            return False
        if not (self.sheet or self.cell or self.holds):
            return True
        return self.sheet == sheet and (cell in self.holds or cell == self.cell or not (self.cell or self.holds))


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure as delivered, in the words of `frames.DELIVERY`, with its cell. `typed` is what the cell showed."""

    indicator: str
    series: str
    basis: str
    period: str
    value: float
    measure: str
    status: str
    sheet: str
    cell: str
    typed: str = ""
    perimeter: str = ""
    precision: str = "exact"
    source: str = ""
    note: str = ""
    published: dt.date | None = None  # None: the day of the delivery
    published_assumed: bool = False
    grade: int = 1


@dataclass(frozen=True, slots=True)
class PlanFigure:
    """A year's plan as delivered. Without a document a plan other than the one in force waits."""

    indicator: str
    year: int
    value: float
    measure: str
    version: str
    document: str
    adopted: dt.date | None
    sheet: str
    cell: str
    typed: str = ""
    note: str = ""


Item = Figure | PlanFigure
ClaimKind = Literal["same_period", "month_last_year", "percent_of_plan", "percent_of_same_period", "percent_of_month_last_year", "before"]


@dataclass(frozen=True, slots=True)
class Claim:
    """A figure of the same row that is not taken over but must agree: last year's, a percentage, the previous month's cumulative."""

    kind: ClaimKind
    indicator: str
    series: str
    basis: str
    period: str  # of the figure it speaks about
    value: float
    measure: str
    sheet: str
    cell: str
    typed: str = ""
    wording: str = ""  # the verb, where one stands beside it: "tăng", "bằng", "đạt", "giảm"


@dataclass(frozen=True, slots=True)
class Reading:
    """What reading one file gave. `reader` is template, tidy or the recipe's name; `months` are the (year, month) reported on."""

    file: str
    digest: str
    reader: str
    figures: tuple[Figure, ...] = ()
    plans: tuple[PlanFigure, ...] = ()
    claims: tuple[Claim, ...] = ()
    faults: tuple[Fault, ...] = ()
    months: tuple[tuple[int, int], ...] = ()
    prepared: dt.date | None = None  # day the sender says it was made
    sender: str = ""
    unit: str = ""  # the unit the file says it is of


@lru_cache(maxsize=1)
def checks() -> dict[str, Check]:
    """All checks by name, from `checks.csv`."""
    path = Path(__file__).with_name("checks") / "checks.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return {row["name"]: Check(**row) for row in csv.DictReader(file)}  # type: ignore[arg-type]


def fault(
    name: str,
    *,
    file: str,
    sheet: str = "",
    cell: str = "",
    found: object = "",
    expected: str = "",
    action: str = "",
    holds: tuple[str, ...] = (),
    severity: Severity | None = None,
) -> Fault:
    """A fault of a named check; severity, expectation and way out come from the table unless given. What no page can show is left out.

    Raises
    ------
    KeyError : no check of that name.
    """
    check = checks()[name]
    file, sheet, cell, shown = (UNFIT.sub("", part) for part in (file, sheet, cell, str(found)))
    return Fault(check.name, severity or check.severity, file, sheet, cell, shown, expected or check.rule, action or check.way_out, holds)
