"""What is written: whole or not at all, and on the disk before it counts; and the end of what a dead process was writing.

A file in the making is `.NAME.PID.tmp` beside its place, a temporary folder `kpi-PID-…`: both say whose they are.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import functools
import hashlib
import io
import os
import re
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    import pandas as pd

T = TypeVar("T")

_HELD = {errno.EACCES, errno.EPERM, errno.EBUSY}  # Windows: another program (Excel, a browser, a virus scanner) has the file open
_TICK = 10**8  # nanoseconds; a file changed twice in less may bear one time for both
_WAITS = (0.05, 0.1, 0.2, 0.4, 0.8)  # seconds
_OWNER = re.compile(r"^kpi-(\d+)-|\.(\d+)\.tmp$|\.csv\.(\d+)$|^\.index-(\d+)\.html$")  # the last two: of earlier versions


@contextlib.contextmanager
def whole(path: Path, *, sure: bool = False) -> Iterator[Path]:
    """A name to write under; it becomes `path` in one step if all went well, else it is gone. `sure`: on the disk before it counts."""
    being_made = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        yield being_made
        if sure:
            sync(being_made)
        retried(lambda: being_made.replace(path))
    except BaseException:
        with contextlib.suppress(OSError):
            being_made.unlink(missing_ok=True)
        raise
    if sure:
        sync_folder(path.parent)


@contextlib.contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Wait until nobody else who asks changes a file of a folder; goes with the process. Windows, and disks without locks, know no such turn."""
    if not hasattr(os, "O_DIRECTORY"):
        yield
        return
    import fcntl

    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        with contextlib.suppress(OSError):
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def keep_table(frame: pd.DataFrame, path: Path) -> None:
    """Keep a table that may be made anew at any time, under a name that ends in the digest of its bytes."""
    content = io.BytesIO()
    frame.to_parquet(content, index=False)
    path.parent.mkdir(parents=True, exist_ok=True)
    with whole(path.with_stem(f"{path.stem}-{_digest(content.getvalue())}")) as being_made:  # other processes may read it at any time
        being_made.write_bytes(content.getvalue())


def kept_table(path: Path) -> pd.DataFrame | None:
    """The table kept under a name; None where there is none, or where its bytes are no longer those that were written."""
    for found in path.parent.glob(f"{path.stem}-*{path.suffix}"):
        with contextlib.suppress(FileNotFoundError):  # another process has just replaced it
            changed = found.stat().st_mtime_ns
            read = _table if time.time_ns() - changed > _TICK else _table.__wrapped__
            if (table := read(found, changed)) is not None:
                return table.copy()
    return None


@functools.lru_cache(maxsize=32)
def _table(path: Path, changed: int) -> pd.DataFrame | None:
    """The table in a file whose name ends in the digest of its bytes; None where these are others. A replay is asked for by page after page."""
    import pandas as pd

    del changed
    content = path.read_bytes()
    return pd.read_parquet(io.BytesIO(content)) if path.stem.endswith(_digest(content)) else None


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:16]


def together(files: Mapping[Path, bytes]) -> None:
    """Write several files: all of them, or, where one cannot be written, none. A kill between two leaves each whole, the earlier ones new.

    What each held is kept in memory until all stand.
    """
    before = {path: path.read_bytes() if path.exists() else None for path in files}
    done: list[Path] = []
    try:
        with contextlib.ExitStack() as stack:
            for path, content in files.items():  # every one is on the disk before the first counts
                being_made = path.with_name(f".{path.name}.{os.getpid()}.tmp")
                stack.callback(being_made.unlink, missing_ok=True)
                being_made.write_bytes(content)
                sync(being_made)
            for path in files:
                retried(functools.partial(path.with_name(f".{path.name}.{os.getpid()}.tmp").replace, path))
                done.append(path)
    except BaseException:
        for path in done:
            _put_back(path, before[path])
        raise
    for folder in {path.parent for path in files}:
        sync_folder(folder)


def _put_back(path: Path, content: bytes | None) -> None:
    if content is None:
        path.unlink(missing_ok=True)
        return
    with whole(path) as being_made:
        being_made.write_bytes(content)


def sync(path: Path) -> None:
    """Have the disk hold what was written to a file."""
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """Have the disk hold the names in a folder; Windows keeps them by itself."""
    if hasattr(os, "O_DIRECTORY"):
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def sync_tree(folder: Path) -> None:
    """Have the disk hold every file below a folder, and every name."""
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            sync(path)
        elif path.is_dir():
            sync_folder(path)
    sync_folder(folder)


def retried(step: Callable[[], T]) -> T:
    """Do a step of renaming again, after short waits, while another program holds the file."""
    for wait in _WAITS:
        try:
            return step()
        except OSError as error:
            if error.errno not in _HELD:
                raise
            time.sleep(wait)
    return step()


def exchange(one: Path, other: Path) -> bool:
    """Let two folders change places in one step; False, and nothing done, where the system or its disk cannot."""
    code = _renameat2(one, other)
    if code in (errno.ENOSYS, errno.EINVAL, errno.EXDEV):  # the last: a folder of a container's image
        return False
    if code:
        raise OSError(code, os.strerror(code), str(one), None, str(other))
    return True


def _renameat2(one: Path, other: Path) -> int:
    """Linux: exchange two names; the number of the error, 0 for none."""
    call = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None) if sys.platform == "linux" else None
    if call is None:
        return errno.ENOSYS
    here, exchanged = -100, 2  # AT_FDCWD, RENAME_EXCHANGE
    return ctypes.get_errno() if call(here, os.fsencode(one), here, os.fsencode(other), exchanged) else 0


def scratch() -> tempfile.TemporaryDirectory[str]:
    """A temporary folder that goes with its process, at the latest with the next run (`sweep`).

    Raises
    ------
    OSError : no folder for temporary files can be written to, for want of room or of rights.
    """
    try:
        return tempfile.TemporaryDirectory(prefix=f"kpi-{os.getpid()}-", ignore_cleanup_errors=True)
    except FileNotFoundError as error:  # what Python says when no candidate could be written to, whatever the reason
        folder = os.environ.get("TMPDIR") or "/tmp"
        full = not Path(folder).exists() or shutil.disk_usage(folder).free < 1_000_000
        code = errno.ENOSPC if full else errno.EACCES
        raise OSError(code, os.strerror(code), folder) from error


def sweep(*folders: Path) -> None:
    """Take away what dead processes were writing in these folders, and their temporary folders."""
    with contextlib.suppress(FileNotFoundError):
        folders = (*folders, Path(tempfile.gettempdir()))
    for folder in folders:
        for path in folder.glob("*") if folder.is_dir() else ():
            if (owner := _OWNER.search(path.name)) and _dead(int(next(filter(None, owner.groups()))), path):
                shutil.rmtree(path, ignore_errors=True) if path.is_dir() else _gone(path)


def _gone(path: Path) -> None:
    with contextlib.suppress(OSError):
        path.unlink(missing_ok=True)


def _dead(process: int, path: Path) -> bool:
    """Whether the process that was making this is no more: there is none of that number, or it began later."""
    import psutil

    try:
        return bool(psutil.Process(process).create_time() > path.lstat().st_mtime + 1)
    except psutil.NoSuchProcess:
        return True
    except (psutil.Error, OSError):
        return False
