"""A finished report goes live, its round in the ledger with it: after a kill at any moment old and old stand there, or new and new.

The round lies ready in the report's own folder. Once everything is on the disk and has been read back, one step exchanges the old report for
the new one; then the round moves on into the ledger. A run that was killed in between is brought to its end by the next one (`heal`).
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from kpi_lib import disk
from kpi_lib.definitions import folders
from kpi_lib.definitions.indicators import day
from kpi_lib.record import ledger
from kpi_lib.record.chain import MONTH, READY
from kpi_lib.reports.archive import reports
from kpi_lib.words.messages import Text, Words, listed
from kpi_lib.words.numbers import Number
from kpi_lib.words.system import MachineFault

ROUND = READY
"""Folder within a report where its round lies until the ledger has it."""

UNSIGNED = {"manifest.json", "run.json"}
"""Files of a report whose digest its manifest does not hold."""

LEAST_ROOM = 5_000_000  # bytes: the smallest unit's report and what is made on the way
NOTHING = Text("Nothing was published.")


class Live:
    """A report on its way from the folder where it was made to the one where it is read."""

    def __init__(self, unit_id: str, staging: Path, final: Path) -> None:
        self.unit, self.staging, self.final = unit_id, staging, final
        self.list = final.parent / "index.html"
        self.made, self.listed = _number(staging), _number(self.list)

    def go(self, manifest: dict[str, Any]) -> None:
        """Put the report in its place and its round into the ledger.

        Raises
        ------
        MachineFault : the disk does not give back what was written. OSError : `how_far` says what stands now.
        """
        disk.sync_tree(self.staging)
        _read_back(self.staging, manifest)
        self.final.parent.mkdir(parents=True, exist_ok=True)
        _put(self.staging, self.final)
        disk.sync_folder(self.final.parent)
        _enter(self.unit, self.final)

    def how_far(self) -> Words:
        """What a reader finds now, read from the disk."""
        shown = day(self.final.name.removesuffix(MONTH))
        if not (self.final / "manifest.json").exists():
            aside = _aside(self.final)
            back = Text("The report of {day} lies in {folder}; the next run puts it back.", day=shown, folder=str(aside))
            return back if aside.exists() else NOTHING
        if _number(self.final) != self.made:
            return Text("Nothing was published; the report of {day} stands as it was.", day=shown)
        if (self.final / ROUND).exists():
            return Text("The report of {day} is published; its round is not in the ledger yet, the next run enters it.", day=shown)
        if _number(self.list) == self.listed:
            return Text("The report of {day} is published and in the ledger; the list of reports was not renewed: run again.", day=shown)
        return Text("The report of {day} is published, in the ledger and on the list of reports.", day=shown)

    @contextlib.contextmanager
    def telling(self) -> Iterator[None]:
        """Have whatever ends the run say how far it got: `reached` of the error."""
        try:
            yield
        except BaseException as error:
            error.reached = self.how_far()  # type: ignore[attr-defined]
            raise


def room_for(unit_id: str) -> None:
    """Ask before anything is made whether the disk has room for a report beside the one that stands.

    Raises
    ------
    MachineFault : it has not; how much is asked for, and how much there is.
    """
    own = folders.processed(unit_id)
    own.mkdir(parents=True, exist_ok=True)
    latest = max(reports(unit_id).glob("[0-9]*"), default=None)
    asked = LEAST_ROOM + (2 * sum(path.stat().st_size for path in latest.rglob("*") if path.is_file()) if latest else 0)
    free = shutil.disk_usage(own).free
    if free < asked:
        raise MachineFault(
            "The disk has {free} MB left and a report asks for {asked} MB. Make room and run again.",
            free=Number(free / 1e6, 1),
            asked=Number(asked / 1e6, 1),
        )


def heal(unit_id: str) -> None:
    """Bring a run that was killed to its end: a report set aside comes back, the round of a report that stands enters the ledger, all
    that was being made goes. The caller holds the unit's lock."""
    for aside in reports(unit_id).glob(".previous-*"):
        _settle(aside, aside.with_name(aside.name.removeprefix(".previous-")))
    for waiting in sorted(reports(unit_id).glob(f"[0-9]*/{ROUND}")):
        _enter(unit_id, waiting.parent)
    own = folders.processed(unit_id)
    for leftover in own.glob(".staging-*"):
        shutil.rmtree(leftover, ignore_errors=True)
    disk.sweep(own, own / "replays", ledger.folder(unit_id), reports(unit_id), folders.root() / ".cache")


def _read_back(staging: Path, manifest: dict[str, Any]) -> None:
    """Hold what the disk gives back against the digests of the manifest."""
    outputs = manifest["outputs"]
    found = {path.relative_to(staging).as_posix(): path for path in staging.rglob("*") if path.is_file() and ROUND not in path.parts}
    wrong = [name for name, digest in outputs.items() if name not in found or _digest(found[name]) != digest]
    if wrong := [*wrong, *sorted(set(found) - set(outputs) - UNSIGNED)]:
        raise MachineFault("The disk does not give back what was written: {files}. Check the disk and run again.", files=listed(wrong))


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        if hasattr(os, "posix_fadvise"):
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)  # from the disk, not from memory
        return hashlib.file_digest(file, "sha256").hexdigest()


def _put(staging: Path, final: Path) -> None:
    """The step from the old report to the new: one exchange where the system has it, else two renames, the first undone if the second fails."""
    if not final.exists():
        disk.retried(lambda: staging.rename(final))
    elif not disk.retried(lambda: disk.exchange(staging, final)):
        aside = _aside(final)
        try:
            _set_aside(final, aside)
            disk.retried(lambda: staging.rename(final))
        finally:
            _settle(aside, final)


def _set_aside(final: Path, aside: Path) -> None:
    """Free the name of a report. What lies in a container's image cannot be renamed: it is copied, then taken away, the manifest first."""
    try:
        disk.retried(lambda: final.rename(aside))
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        with disk.whole(aside) as copy:
            shutil.copytree(final, copy)
            disk.sync_tree(copy)
        (final / "manifest.json").unlink()
        shutil.rmtree(final)


def _settle(aside: Path, final: Path) -> None:
    """A report set aside goes where a whole one stands in its place (its manifest is there), else it comes back."""
    if (final / "manifest.json").exists():
        shutil.rmtree(aside, ignore_errors=True)
    elif aside.exists():
        if final.exists():
            shutil.rmtree(final)
        disk.retried(lambda: aside.rename(final))


def _aside(final: Path) -> Path:
    return final.with_name(f".previous-{final.name}")


def _enter(unit_id: str, final: Path) -> None:
    """The round that lies in a published report moves into the ledger."""
    if (waiting := final / ROUND).exists():
        ledger.enter(unit_id, waiting)
        waiting.rmdir()


def _number(path: Path) -> int:
    """The number the disk knows a file or folder by, whatever its name; 0 where there is none."""
    return path.stat().st_ino if path.exists() else 0
