"""What was received, kept for good: the file byte for byte, and one record of what became of it with the figures taken from it.

`data/raw/<unit>/received/NNNNNN/` holds the file and `record.json`. The folder is made under another name, written to the disk and renamed
once, so a delivery is in whole or not at all, however the run ends; what a killed run left behind is not read and goes at the next start.
Nothing here is ever changed; a confirmation or a withdrawal is a record of its own.
"""

from __future__ import annotations

import datetime as dt
import errno
import hashlib
import os
import re
import shutil
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field, fields, replace
from pathlib import Path

import msgspec

from kpi_lib import __version__, disk
from kpi_lib.definitions import folders
from kpi_lib.definitions import received as taken
from kpi_lib.definitions.frames import ACCEPTED, PLANS
from kpi_lib.definitions.targets import NO_DOCUMENT
from kpi_lib.deliveries.delivery import Account, DeliveredFigure, Fault, Item, PlanFigure
from kpi_lib.words.messages import UNFIT, KpiError

FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
LARGEST_KEPT = 200_000_000  # bytes; of anything larger only name, size and digest are kept


@dataclass(frozen=True, slots=True)
class Record:
    """One delivery (or what was answered to one) and what became of it. `waiting` figures are held back by `faults` that keep back.

    `figures` and `plans` are the rows taken over, in the words of `frames.ACCEPTED` and `frames.PLANS`; a later version of the code does
    not change them. A delivery that `confirms` another is its file read again with the periods that somebody `stated`. `cells` of a withdrawal are what it withdraws; none: all of the record `withdraws`.
    """

    number: int
    kind: str  # delivery | confirmation | withdrawal
    received: dt.date
    name: str
    digest: str
    stored: str
    reader: str
    sender: str = ""
    prepared: dt.date | None = None
    months: tuple[tuple[int, int], ...] = ()
    accepted: int = 0
    plans_accepted: int = 0
    waiting: tuple[DeliveredFigure, ...] = ()
    waiting_plans: tuple[PlanFigure, ...] = ()
    faults: tuple[Fault, ...] = ()
    refused: bool = False
    confirms: int = 0  # number of the delivery a confirmation speaks of
    reason: str = ""
    account: Account | msgspec.UnsetType = msgspec.UNSET  # of a delivery: what became of every cell of numbers
    code_version: str = __version__
    withdraws: int = 0  # number of the delivery or confirmation a withdrawal speaks of
    cells: tuple[str, ...] = ()
    settings: str = ""  # digest of what the file was read by: the unit's settings, recipes, limits
    figures: taken.TakenOver = ()
    plans: taken.TakenOver = ()
    stated: dict[str, tuple[int, int]] = field(default_factory=dict)  # year and month somebody stated for cells of the file by name


def digest_of(path: Path) -> str:
    """SHA-256 of a file, read in pieces."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def records(unit_id: str) -> list[Record]:
    """Every record of a unit in the order of arrival."""
    return [taken.read(path, Record) for path in taken.record_files(folders.received(unit_id))]


def begin(unit_id: str) -> int:
    """The number the next record gets, above every number ever begun; what killed runs left behind goes. The caller holds the unit's lock."""
    folder = folders.received(unit_id)
    drawers = [path for drawer in ("records", "accepted", "plans", "files") for path in (folder / drawer).glob("*")]  # of earlier versions
    numbers = [int(found[1]) for path in (*folder.glob("*"), *drawers) if (found := re.match(r"\.?(\d{6,})\b", path.name))]
    for path in folder.glob(".[0-9]*"):
        shutil.rmtree(path, ignore_errors=True)
    for path in drawers:
        if path.name.startswith("."):
            path.unlink(missing_ok=True)
    return max(numbers, default=0) + 1


_RESERVED = {"con", "prn", "aux", "nul", *(f"com{i}" for i in range(1, 10)), *(f"lpt{i}" for i in range(1, 10))}


def shown(name: str) -> str:
    """A file's name as it may stand in a text: bytes that are no letters as �, nothing that cannot be seen.

    >>> shown("b\\udce1o c\\u202eo.csv")
    'b�o co.csv'
    """
    return UNFIT.sub("", re.sub("[\ud800-\udfff]", "\ufffd", name))


def safe_name(name: str) -> str:
    """A file name every system can hold, still readable: letters, digits, blank, point, dash and bracket; at most 80 characters.

    >>> safe_name("../Report\\u202e of month 9?.xlsx")
    'Report of month 9.xlsx'
    """
    last = re.split(r"[\\/]", unicodedata.normalize("NFC", name))[-1]
    kept = "".join(char for char in last if char.isalnum() or char in " .-_()[]").strip(" .")
    stem, dot, suffix = kept.rpartition(".")
    short = (f"{stem[: 79 - len(suffix)].rstrip()}.{suffix}" if dot and stem and len(suffix) < 10 else kept[:80]) or "tep"
    return f"_{short}" if short.split(".")[0].strip().lower() in _RESERVED else short


def commit(
    unit_id: str, record: Record, figures: Sequence[DeliveredFigure], plans: Sequence[PlanFigure], file: Path | None = None
) -> Record:
    """Keep a record with what it takes over, and the file it is of: all of it appears at once. Returns the record as kept.

    That it is there outlasts a power cut once `to_disk` was called, after the last of a round.

    Raises
    ------
    KpiError : the number is taken (another process has written meanwhile), or the file changed while it was being read.
    OSError : the disk; nothing is kept then.
    """
    folder = folders.received(unit_id)
    target, being_made = folder / f"{record.number:06d}", folder / f".{record.number:06d}-{os.getpid()}"
    being_made.mkdir(parents=True)
    try:
        kept = filled(record, figures, plans, _copied(file, being_made, record))
        written = msgspec.json.format(msgspec.json.encode(kept), indent=1)
        with (being_made / taken.RECORD).open("wb") as out:
            out.write(written + b"\n")
            os.fsync(out.fileno())
        disk.sync_folder(being_made)
        _appear(being_made, target)
    except BaseException:
        shutil.rmtree(being_made, ignore_errors=True)
        raise
    return kept


def to_disk(unit_id: str) -> None:
    """Have the disk hold every delivery that has appeared."""
    folder = folders.received(unit_id)
    if folder.exists():
        disk.sync_folder(folder)


def filled(record: Record, figures: Sequence[DeliveredFigure], plans: Sequence[PlanFigure], stored: str = "") -> Record:
    """The record with its rows and the place of its file."""
    placed = replace(record, stored=stored or record.stored)
    return replace(
        placed,
        figures=tuple(_words(_accepted_row(figure, placed)) for figure in figures),
        plans=tuple(_words(_plan_row(plan, placed)) for plan in plans),
    )


def _copied(file: Path | None, folder: Path, record: Record) -> str:
    """Copy a file as it came; its place relative to the unit's folder once the delivery has appeared, empty for one too large to keep."""
    if file is None or file.stat().st_size > LARGEST_KEPT:
        return ""
    name = f"{record.number:06d}-{safe_name(record.name)}"
    shutil.copyfile(file, folder / name)
    with (folder / name).open("rb+") as copy:
        if hashlib.file_digest(copy, "sha256").hexdigest() != record.digest:
            raise KpiError("{file}: the file changed while it was being read. Send it again.", file=record.name)
        os.fsync(copy.fileno())
    return f"received/{record.number:06d}/{name}"


def _appear(being_made: Path, target: Path) -> None:
    """The one rename that makes a delivery count."""
    try:
        if target.exists():
            raise FileExistsError(errno.EEXIST, str(target))
        being_made.rename(target)
    except OSError as error:
        if error.errno not in (errno.EEXIST, errno.ENOTEMPTY, errno.EACCES):
            raise
        raise KpiError("{file}: another run has just taken this number. Run again.", file=target.name) from error


def _source(record: Record) -> str:
    return f"{record.name} #{record.digest[:8]}"


def _accepted_row(figure: DeliveredFigure, record: Record) -> dict[str, object]:
    return {
        **_known(figure, ACCEPTED.names), "published": figure.published or record.received, "file": record.stored or record.name,
        "seen": record.received if figure.published and figure.published < record.received else "",
        "published_assumed": str(figure.published_assumed).lower(),
        "source": f"{figure.source}; {_source(record)}" if figure.source else _source(record),
    }  # fmt: skip


def _plan_row(plan: PlanFigure, record: Record) -> dict[str, object]:
    return {
        **_known(plan, PLANS.names), "adopted": plan.adopted or record.received, "document": plan.document or NO_DOCUMENT,
        "adopted_assumed": str(plan.adopted is None).lower(), "source": f"{_source(record)}, {plan.sheet}!{plan.cell}",
        "seen": record.received if plan.adopted and plan.adopted < record.received else "",
    }  # fmt: skip


def _known(item: Item, columns: list[str]) -> dict[str, object]:
    return {one.name: getattr(item, one.name) for one in fields(item) if one.name in columns} | {"value": repr(item.value)}


def _words(row: dict[str, object]) -> dict[str, str]:
    """A row as text, empty cells left out.

    Text that a spreadsheet would take for a formula gets an apostrophe before it, characters nobody can see go; figures are left alone.
    """
    return {name: words for name, value in row.items() if (words := _plain(value) if name != "value" else str(value))}


def _plain(value: object) -> str:
    text = UNFIT.sub("", str(value))
    return f"'{text}" if isinstance(value, str) and text[:1] in FORMULA_SIGNS else text
