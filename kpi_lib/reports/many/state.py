"""What became of each report of a run of many units: kept as each ends, so that a run that was broken off goes on where it stood."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from pathlib import Path

import msgspec

from kpi_lib import disk
from kpi_lib.definitions import folders
from kpi_lib.definitions.many.plan import Order, digest
from kpi_lib.record.chain import MONTH
from kpi_lib.record.replays import reckoned_with
from kpi_lib.reports.archive import reports
from kpi_lib.reports.last_run import GOOD
from kpi_lib.reports.lock import held
from kpi_lib.reports.manifest import inputs, sha256
from kpi_lib.words.messages import KpiError, listed

SUMMARY = "summary.json"


@dataclass(frozen=True, slots=True)
class Ended:
    """How one report ended: the exit code of its run, why (by language), the report's answer and warnings, what it cost.

    `seconds` on the clock, `cpu` of processors, `memory` in bytes of the process that made it; `manifest` and `made_with` are digests of
    the report's manifest and of the code and the series it was made with: they say whether it is still this very report.
    """

    order: Order
    code: int
    reason: dict[str, str] = field(default_factory=dict)
    answer: str = ""
    warnings: tuple[str, ...] = ()
    seconds: float = 0.0
    cpu: float = 0.0
    memory: int = 0
    manifest: str = ""
    made_with: str = ""

    @property
    def good(self) -> bool:
        """Whether the report was published."""
        return self.code in GOOD


@dataclass(frozen=True, slots=True)
class Batch:
    """A run of many units: what was selected, the reports asked for, those that have ended, when it began and ended.

    `kept` counts reports of an earlier try that were not made again.
    """

    selection: str
    orders: tuple[Order, ...]
    started: dt.datetime
    ended: dt.datetime | None = None
    results: tuple[Ended, ...] = ()
    kept: int = 0
    code: int | None = None

    @property
    def folder(self) -> Path:
        """Where it is kept; the same reports have the same folder."""
        return _runs() / f"{self.orders[0].as_of}-{digest(self.orders)}"

    @property
    def missing(self) -> tuple[Order, ...]:
        """The reports that no try has ended yet, in the order asked for."""
        done = {each.order.report for each in self.results}
        return tuple(order for order in self.orders if order.report not in done)

    def with_(self, ended: Ended) -> Batch:
        """This run with one more report ended."""
        return replace(self, results=(*self.results, ended))


def _runs() -> Path:
    return folders.root() / "data" / "processed" / "runs"


def only_batch(batch: Batch) -> AbstractContextManager[None]:
    """Hold a run for this process. Busy: another one makes the same reports."""
    return held(batch.folder, ", ".join((batch.selection, batch.orders[0].as_of)))


def keep(batch: Batch) -> None:
    """Keep a run in one step."""
    batch.folder.mkdir(parents=True, exist_ok=True)
    with disk.whole(batch.folder / SUMMARY, sure=True) as being_made:
        being_made.write_bytes(msgspec.json.format(msgspec.json.encode(batch), indent=1))


def read(folder: Path) -> Batch | None:
    """A run that was kept; None where there is none or it cannot be read."""
    try:
        return msgspec.json.decode((folder / SUMMARY).read_bytes(), type=Batch)
    except (OSError, msgspec.DecodeError):
        return None


def begin(selection: str, orders: Sequence[Order], now: dt.datetime, *, resume: bool) -> Batch:
    """A run that begins: anew, or where the last try of the same reports stood.

    What was published by that try, stands as it was published and would be made of the same figures, settings and code is not made again.

    Raises
    ------
    KpiError : there is nothing to resume.
    """
    batch = Batch(selection, tuple(orders), now)
    if not resume:
        return batch
    if (before := read(batch.folder)) is None:
        found = sorted(path.parent.name for path in _runs().glob(f"*/{SUMMARY}"))
        raise KpiError(
            "There is no run of exactly these reports to resume. Give the same --units and --as-of as before, or leave --resume out. Runs"
            " on record: {runs}.",
            runs=listed(found) or "–",
        )  # fmt: skip
    standing = tuple(each for each in before.results if each.good and stands(each))
    return replace(batch, results=standing, kept=len(standing))


def report_of(order: Order) -> Path:
    """The folder of the report that an order makes."""
    return reports(order.unit) / f"{order.as_of}{MONTH if order.month else ''}"


def stands(ended: Ended) -> bool:
    """Whether a report is still the one that was published, and would be made of the same."""
    file = report_of(ended.order) / "manifest.json"
    try:
        if sha256(file) != ended.manifest or reckoned_with() != ended.made_with:
            return False
        then = json.loads(file.read_text(encoding="utf-8"))["inputs"]
        return bool(then == inputs(ended.order.unit, [found[1] for name in then if (found := _NOTEBOOK.fullmatch(name))]))
    except (OSError, ValueError, KeyError, KpiError):
        return False


_NOTEBOOK = re.compile(r"notebooks/(\w+)\.ipynb")
