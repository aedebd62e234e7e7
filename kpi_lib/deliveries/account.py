"""The account of a delivery: every cell of the book that looks like a number is taken, waits, is refused, or is left alone for a reason."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from kpi_lib.deliveries.delivery import Account, Fault, Item, Left, Reading
from kpi_lib.deliveries.files.book import Book, letter
from kpi_lib.words.messages import Text, Words, listed, plural

# Why a cell of numbers is left alone; the ids stand in records.
REASONS = {
    "hidden": Text("a hidden sheet"),
    "unseen": Text("a hidden row or column"),
    "sheet": Text("a sheet that no reader knows"),
    "table": Text("outside every table that is read"),
    "row": Text("a row of no indicator asked for"),
    "column": Text("a column that is not asked for"),
    "comparison": Text("a column that only compares"),
    "heading": Text("headings"),
    "ordinal": Text("numbering of rows"),
    "form": Text("what the form itself holds"),
    "known": Text("a plan already in force"),
    "again": Text("taken from this very file before"),
    "withdrawn": Text("withdrawn by name"),
}
_PLAIN = (
    "comparison",
    "heading",
    "ordinal",
    "form",
    "known",
    "again",
    "withdrawn",
)  # nothing anybody could miss: told by their number alone
_MOST_PLACES = 4


Place = tuple[str, str]


def account(book: Book, reading: Reading, taken: Iterable[Item], waiting: Iterable[Item], faults: Sequence[Fault]) -> Account:
    """What became of every cell of a book that looks like a number.

    Parameters
    ----------
    taken, waiting : figures and plans that were let in, and those held back; `faults`: those of the whole delivery.
    """
    let_in, held = ({(item.sheet, item.cell) for item in items} for items in (taken, waiting))
    refused = _Refused(faults)
    reasons = {(sheet, cell): reason for sheet, cell, reason in reading.aside}
    reasons |= {(item.sheet, item.cell): "comparison" for item in reading.claims}
    reasons |= {(item.sheet, item.cell): "again" for item in reading.figures if (item.sheet, item.cell) not in let_in | held}
    reasons |= {(item.sheet, item.cell): "known" for item in reading.plans if (item.sheet, item.cell) not in let_in | held}
    counted = dict.fromkeys(("taken", "waiting", "refused"), 0)
    left: dict[tuple[str, str], list[tuple[int, int]]] = {}
    for place, where, hidden, unseen in _cells(book):
        named = refused.one(place) or (place not in reasons and not hidden and refused.any(place))
        if place in let_in or place in held or named:
            ending = "taken" if place in let_in else "waiting" if place in held and not refused.any(place) else "refused"
            counted[ending] += 1
        else:
            reason = "hidden" if hidden else reasons.get(place) or ("table" if place[0] in reading.sheets else "sheet")
            reason = "unseen" if unseen and reason not in ("hidden", *_PLAIN) else reason
            left.setdefault((place[0], reason), []).append(where)
    alone = tuple(Left(sheet, reason, len(cells), _blocks(cells)) for (sheet, reason), cells in left.items())
    return Account(sum(counted.values()) + sum(item.count for item in alone), **counted, left=alone)


def _cells(book: Book) -> Iterator[tuple[Place, tuple[int, int], bool, bool]]:
    """Every cell that looks like a number: sheet and address, row and column, whether its sheet is hidden, and its row or column."""
    for sheets, hidden in ((book.sheets, False), (book.hidden, True)):
        for sheet in sheets:
            for c in sheet.cells.values():
                if c.number_like:
                    unseen = c.row in sheet.hidden_rows or c.column in sheet.hidden_columns
                    yield (sheet.name, c.address), (c.row, c.column), hidden, unseen


class _Refused:
    """The cells that faults refuse: by name, or as the whole of a sheet or file."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        refusing = [item for item in faults if item.severity == "refuse"]
        held = [(item.sheet, cell) for item in refusing for cell in item.holds or (item.cell,) if cell]
        self.places = {(cell.rpartition("!")[0] or sheet, cell.rpartition("!")[2]) for sheet, cell in held}  # some are of another sheet
        self.named = {(item.sheet, item.cell) for item in refusing if item.cell}
        self.sheets = {item.sheet for item in refusing if item.sheet and not (item.cell or item.holds)}
        self.whole = any(not (item.sheet or item.cell or item.holds) for item in refusing)

    def one(self, place: Place) -> bool:
        """Whether a fault holds the cell."""
        return place in self.places

    def any(self, place: Place) -> bool:
        """Whether a fault refuses the cell in any way: by name, or with the whole sheet or file."""
        return self.one(place) or place in self.named or self.whole or place[0] in self.sheets


def _blocks(cells: list[tuple[int, int]]) -> tuple[str, ...]:
    """Cells as the blocks they fill: runs in a row, joined with the same run of the row above.

    >>> _blocks([(0, 0), (0, 1), (1, 0), (1, 1), (4, 2)])
    ('A1:B2', 'C5')
    """
    blocks: list[tuple[int, int, int, int]] = []
    open_: dict[tuple[int, int], int] = {}
    for row, first, last in _runs(sorted(cells)):
        at = open_.get((first, last))
        if at is not None and blocks[at][2] == row - 1:
            blocks[at] = (blocks[at][0], first, row, last)
        else:
            open_[first, last] = len(blocks)
            blocks.append((row, first, row, last))
    return tuple(
        f"{letter(first)}{top + 1}" + (f":{letter(last)}{low + 1}" if (top, first) != (low, last) else "")
        for top, first, low, last in blocks
    )


def _runs(cells: list[tuple[int, int]]) -> Iterator[tuple[int, int, int]]:
    """Row, first and last column of every run of neighbours."""
    start: tuple[int, int] | None = None
    end = (-1, -1)
    for row, column in cells:
        if start is not None and (row, column) != (end[0], end[1] + 1):
            yield start[0], start[1], end[1]
            start = None
        start, end = start or (row, column), (row, column)
    if start is not None:
        yield start[0], start[1], end[1]


def told(found: Account) -> Words:
    """The account in one line.

    >>> told(Account(5, 2, 1, 0, (Left("T9", "row", 1, ("C4",)), Left("T9", "ordinal", 1, ("A4",)))))["en"]
    'Cells of numbers: 5 seen = 2 taken + 1 waiting + 0 refused + 2 left alone (1: a row of no indicator asked for, “T9”!C4; 1: numbering of rows)'
    """
    parts = Text(
        "Cells of numbers: {seen} seen = {taken} taken + {waiting} waiting + {refused} refused + {alone} left alone",
        seen=found.seen, taken=found.taken, waiting=found.waiting, refused=found.refused, alone=found.alone,
    )  # fmt: skip
    if not found.left:
        return parts
    return Text("{account} ({reasons})", account=parts, reasons=listed([_reason(found, reason) for reason in _reasons(found)], "; "))


def _reasons(found: Account) -> list[str]:
    """The reasons that were met: first those by which somebody may miss a figure."""
    met = {item.reason for item in found.left}
    return [reason for plain in (False, True) for reason in REASONS if reason in met and (reason in _PLAIN) == plain]


def _reason(found: Account, reason: str) -> Words:
    of_it = [item for item in found.left if item.reason == reason]
    words = Text("{n}: {reason}", n=sum(item.count for item in of_it), reason=REASONS[reason])
    places = [f"“{item.sheet}”!{place}" if item.sheet else place for item in of_it for place in item.places]
    if reason in _PLAIN:
        return words
    more = [plural("{n} more block", "{n} more blocks", n=len(places) - _MOST_PLACES)] if len(places) > _MOST_PLACES else []
    return listed([words, *places[:_MOST_PLACES], *more], ", ")


def every(found: Account) -> list[Words]:
    """What was left alone, a line for each sheet and reason."""
    where = [(item, Text("sheet “{sheet}”", sheet=item.sheet) if item.sheet else Text("the table")) for item in found.left]
    return [
        Text("{sheet}: {n} cells left alone, {reason}: {places}", sheet=sheet, n=item.count, reason=REASONS[item.reason], places=", ".join(item.places))
        for item, sheet in where
    ]  # fmt: skip
