"""One process at a time may change a unit."""

from __future__ import annotations

import contextlib
import errno
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from kpi_lib.definitions import folders
from kpi_lib.words.messages import KpiError
from kpi_lib.words.system import MachineFault

_TAKEN = {errno.EAGAIN, errno.EACCES, errno.EDEADLK}  # the last: Windows
_UNKNOWN = {errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP, errno.EINVAL, errno.ENOTTY}


class Busy(KpiError):
    """Another run holds the unit."""


@contextlib.contextmanager
def only_run(unit_id: str) -> Iterator[None]:
    """Hold the unit for this process; the lock goes with the process, however it ends.

    Raises
    ------
    Busy : another process holds it; the message names it. KpiError : no such unit; nothing was written for it.
    MachineFault : the disk knows no locks, so that two runs could not be told apart.
    """
    folders.raw(unit_id)
    with held(folders.processed(unit_id), unit_id):
        yield


@contextlib.contextmanager
def held(folder: Path, name: str) -> Iterator[None]:
    """Hold a folder for this process, as `only_run` does; a refusal calls it by this name."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("a+", encoding="utf-8") as file:
        if not _try_lock(file):
            file.seek(0)
            holder = file.read().strip() or "?"
            raise Busy("{unit}: another run is under way ({holder}). Wait until it is done and run again.", unit=name, holder=holder)
        file.seek(0)
        file.truncate()
        file.write(f"pid {os.getpid()}")
        file.flush()
        yield


def _try_lock(file: IO[str]) -> bool:
    """Whether this process holds the file now; False where another does."""
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in _UNKNOWN:
            raise MachineFault(
                "{file}: this disk knows no locks, and two runs at once would spoil each other. Keep data/processed on a disk of this machine.",
                file=file.name,
            ) from error
        if error.errno not in _TAKEN:
            raise
        return False
    return True
