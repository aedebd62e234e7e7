"""What a delivery is made of: figures, plans, what the sheet itself claims, and faults. Plain data, shared by every room of this package."""

from __future__ import annotations

import csv
import datetime as dt
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from kpi_lib.definitions.measures import measure_of
from kpi_lib.words.messages import SOURCE, UNFIT, Dated, Field, Listed, Named, Text, Words, languages
from kpi_lib.words.numbers import trimmed

if TYPE_CHECKING:
    Said = str | Words
else:  # read from disk and from the reading process as plain data, which a fault turns into words again
    Said = Any
Severity = Literal["refuse", "confirm", "warn", "note"]


@dataclass(frozen=True, slots=True)
class Amount(Words):
    """A number in a message, said to ten digits as the reader writes it.

    >>> Amount(1234.5)["en"], Amount(0.35, sign=True)["en"]
    ('1,234.5', '+0.35')
    """

    value: float
    sign: bool = False

    def __getitem__(self, lang: str, /) -> str:
        size = math.floor(math.log10(abs(self.value))) if self.value and math.isfinite(self.value) else 0
        return ("+" if self.sign and self.value > 0 else "") + trimmed(self.value, min(max(9 - size, 0), 6), lang)


@dataclass(frozen=True, slots=True)
class InMeasure(Words):
    """A unit of measure in a message, by the word figures are kept under."""

    measure: str

    def __getitem__(self, lang: str, /) -> str:
        return measure_of(self.measure)[lang]


@dataclass(frozen=True, slots=True)
class Check:
    """One named rule a delivery is held against; a row of `checks.csv`, which is the documentation too."""

    name: str
    stage: str  # container | reading | layout | number | date | meaning | store
    severity: Severity
    echo: str  # "cause": weaker remarks on the same cell, the "echo" ones, are left out
    rule: str  # what must hold
    way_out: str  # what the sender does


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong or worth knowing: where, what was found, what is expected, what to do. `holds` are the cells whose figures wait
    (`sheet!cell` on another sheet).

    An empty `cell` concerns the whole sheet, an empty `sheet` the whole file. `refuse` and `confirm` keep figures back; `confirm` lets
    them in once somebody answers for them by name; `warn` and `note` let them pass. Words are messages, said where they are shown.
    """

    check: str
    severity: Severity
    file: str
    sheet: str
    cell: str
    found: Said
    expected: Said
    action: Said
    holds: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name in ("found", "expected", "action"):
            object.__setattr__(self, name, _restored(getattr(self, name)))

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
        if f"{sheet}!{cell}" in self.holds:
            return True
        return self.sheet == sheet and (cell in self.holds or cell == self.cell or not (self.cell or self.holds))


def _restored(data: Any) -> Any:
    """Words from the plain data they were kept as. A message that this version no longer says stands in the words it was written in."""
    if not isinstance(data, dict):
        return data
    if "message" in data:
        fields = {name: _restored(value) for name, value in data["fields"]}
        text = Text.__new__(Text)._hold(data["message"], data["several"], data["context"], fields)
        return text if _still_said(data["message"], data["several"], data["context"]) else Named(text[SOURCE])
    if "parts" in data:
        return Listed(tuple(_restored(part) for part in data["parts"]), data["between"])
    if "names" in data:
        names = dict(data["names"])
        return Named(names.pop("", ""), **names)
    if "day" in data:
        return Dated(dt.date.fromisoformat(data["day"]), data["pattern"])
    return Amount(**data) if "value" in data else InMeasure(**data)


@lru_cache(maxsize=4096)
def _still_said(message: str, several: str, context: str) -> bool:
    """Whether every language's catalogue has a message: a unit's records are read over and over."""
    text = Text.__new__(Text)._hold(message, several, context, {"n": 1})
    try:
        return all(text.pattern(lang) for lang in languages())
    except LookupError:
        return False


@dataclass(frozen=True, slots=True)
class DeliveredFigure:
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


Item = DeliveredFigure | PlanFigure


def has_period(item: Item) -> bool:
    """Whether a figure's period, a plan's year, is stated; where it is not, both are empty."""
    return bool(item.period if isinstance(item, DeliveredFigure) else item.year)


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


@dataclass(frozen=True, slots=True)
class Reading:
    """What reading one file gave. `reader` is template, tidy or the recipe's name; `months` are the (year, month) reported on."""

    file: str
    digest: str
    reader: str
    figures: tuple[DeliveredFigure, ...] = ()
    plans: tuple[PlanFigure, ...] = ()
    claims: tuple[Claim, ...] = ()
    faults: tuple[Fault, ...] = ()
    undated: tuple[Item, ...] = ()  # figures and plans of a period that nobody states: they wait until somebody does
    months: tuple[tuple[int, int], ...] = ()
    prepared: dt.date | None = None  # day the sender says it was made
    sender: str = ""
    unit: str = ""  # the unit the file says it is of
    sheets: tuple[str, ...] = ()  # the sheets a reader knows
    aside: tuple[tuple[str, str, str], ...] = ()  # sheet, cell and reason of what looks like a number and is none that is asked for

    def joined(self, parts: Sequence[Reading]) -> Reading:
        """This reading with what its parts gave added to it; the day and the sender are the first that a part says."""
        lists = ("figures", "plans", "claims", "faults", "undated", "sheets", "aside")
        return replace(
            self, **{name: getattr(self, name) + tuple(x for part in parts for x in getattr(part, name)) for name in lists},
            months=tuple(dict.fromkeys([*self.months, *(x for part in parts for x in part.months)])),
            prepared=next((part.prepared for part in parts if part.prepared), self.prepared),
            sender=next((part.sender for part in parts if part.sender), self.sender),
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Left:
    """Cells of one sheet from which nothing was taken, for one reason; `places` are blocks as a spreadsheet names them."""

    sheet: str
    reason: str
    count: int
    places: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Account:
    """What became of the cells that look like numbers: seen = taken + waiting + refused + those left alone."""

    seen: int = 0
    taken: int = 0
    waiting: int = 0
    refused: int = 0
    left: tuple[Left, ...] = ()

    @property
    def alone(self) -> int:
        """How many cells were left alone."""
        return sum(item.count for item in self.left)


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of one file: taken over, waiting, and every fault. `repeated` marks a file that had been delivered before."""

    file: str
    digest: str
    reader: str
    number: int
    accepted: tuple[DeliveredFigure, ...] = ()
    plans: tuple[PlanFigure, ...] = ()
    waiting: tuple[DeliveredFigure, ...] = ()
    waiting_plans: tuple[PlanFigure, ...] = ()
    faults: tuple[Fault, ...] = ()
    refused: bool = False
    repeated: bool = False
    account: Account | None = None


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
    found: Said = "",
    expected: Said = "",
    action: Said = "",
    holds: tuple[str, ...] = (),
    severity: Severity | None = None,
) -> Fault:
    """A fault of a named check; severity, expectation and way out come from the table unless given. What no page can show is left out.

    Raises
    ------
    KeyError : no check of that name.
    """
    check = checks()[name]
    file, sheet, cell = (UNFIT.sub("", part) for part in (file, sheet, cell))
    wanted, way_out = expected or Text(check.rule), action or Text(check.way_out)
    return Fault(check.name, severity or check.severity, file, sheet, cell, _fit(found), _fit(wanted), way_out, holds)


def _fit(words: Field) -> Any:
    """Words without the characters that no page can show, and with days that can be told from text when they are read back."""
    if isinstance(words, Text):
        fields = {name: _fit(value) for name, value in words.fields}
        return Text.__new__(Text)._hold(words.message, words.several, words.context, fields)
    if isinstance(words, Listed):
        return Listed(tuple(_fit(part) for part in words.parts), words.between)
    if isinstance(words, dt.date):
        return Dated(words, "d MMMM y")
    return UNFIT.sub("", words) if isinstance(words, str) else words


def seen(message: str, /, **fields: Field | float) -> Text:
    """What was found, as a message; a number among its fields is said as an amount.

    >>> seen("{value} of {all}", value=1234.5, all=3)["en"]
    '1,234.5 of 3'
    """
    return Text(message, **{name: Amount(float(value)) if isinstance(value, float) else value for name, value in fields.items()})


def named(words: Words) -> Named:
    """A name that is data, in every language the library speaks."""
    return Named(**{lang: words[lang] for lang in languages()})
