"""Any delivered file as a Book: looked at first, then parsed in a process of its own that may die without harm."""

from __future__ import annotations

import atexit
import json
import os
import struct
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO

import msgspec

from kpi_lib.deliveries.delivery import Fault, fault
from kpi_lib.deliveries.files.book import Book, Refused, Sheet
from kpi_lib.deliveries.files.container import look
from kpi_lib.deliveries.files.passing import book_from
from kpi_lib.words.messages import Text

SECONDS, MEMORY = 60, 1_000_000_000


def read_book(path: Path, *, name: str = "") -> Book:
    """Read one file in this process.

    Never raises for what a file holds: a file that cannot be read is a Book without sheets whose fault says why.
    """
    name, macros = name or path.name, False
    hidden: tuple[Sheet, ...] = ()
    try:
        kind, macros = look(path, name)
        sheets, hidden, told = _parse(path, name, kind)
        if not any(sheet.cells for sheet in sheets):
            told += [fault("file_empty", file=name, found=Text("no cell on a visible sheet"))]
            sheets = ()
    except MemoryError:
        return Book(name, faults=(fault("file_limits", file=name, found=Text("no memory left to read it")),))
    except Exception as error:  # a library's parser may raise anything on a broken file
        refused = error if isinstance(error, Refused) else _broken(error)
        sheets, told = (), [fault(refused.check, file=name, found=refused.found, action=refused.action)]
    first = [fault("file_macro", file=name, found=Text("VBA macros"))] if macros else []
    return Book(name, sheets, (*first, *told), hidden)


def _parse(path: Path, name: str, kind: str) -> tuple[tuple[Sheet, ...], tuple[Sheet, ...], list[Fault]]:
    """The sheets of a file, its hidden ones, and what there is to tell of them."""
    from kpi_lib.deliveries.files import text_files, workbooks

    return {"xlsx": workbooks.read_xlsx, "xls": workbooks.read_xls, "ods": workbooks.read_ods, "csv": text_files.read_csv}[kind](path, name)


def _broken(error: Exception) -> Refused:
    if "assword" in str(error) or "ncrypt" in str(error):
        return Refused("file_encrypted", Text("a file that opens with a password"))
    return Refused("file_damaged", Text("it cannot be read ({error})", error=type(error).__name__))


def read_safely(paths: Sequence[Path]) -> Iterator[tuple[Path, Book]]:
    """Read files one after the other in a child process with limits of memory and time; one that kills it does not stop the next."""
    for path in paths:
        yield path, _reader().read(path)


_READERS: list[_Child] = []


def _reader() -> _Child:
    """The reading process of this process, started when first needed and again after a death; it ends with us."""
    if _READERS and _READERS[0].alive:
        return _READERS[0]
    if not _READERS:
        atexit.register(_close_readers)
    _close_readers()
    _READERS[:] = [_Child()]
    return _READERS[0]


def _close_readers() -> None:
    for child in _READERS:
        child.close()


class _Child:
    """The reading process: paths go in a line each, books come back, length first."""

    def __init__(self) -> None:
        self.folder = tempfile.TemporaryDirectory(prefix="kpi-read-")
        home = Path(__file__).resolve().parents[3]
        command = [
            sys.executable,
            "-P",
            "-c",
            f"import sys; sys.path.insert(0, {str(home)!r}); from kpi_lib.deliveries.files.process import serve; serve()",
        ]
        quiet = {**os.environ, "PYTHONSAFEPATH": "1", "OPENBLAS_NUM_THREADS": "1"}
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=self.folder.name, env=quiet
        )

    @property
    def alive(self) -> bool:
        """Whether it can take another file."""
        return self.process.poll() is None

    def read(self, path: Path) -> Book:
        """One file's book; a refusal when the process died or took too long over it."""
        guard = threading.Timer(SECONDS + 15, self.process.kill)  # the last resort: the process minds its own limits
        guard.start()
        try:
            assert self.process.stdin and self.process.stdout
            self.process.stdin.write(json.dumps([str(path.resolve()), path.name]).encode() + b"\n")
            self.process.stdin.flush()
            size = struct.unpack(">Q", _exactly(self.process.stdout, 8))[0]
            return book_from(_exactly(self.process.stdout, size))
        except (EOFError, OSError, msgspec.DecodeError):
            self.process.kill()
            self.process.wait()
            return Book(
                path.name, faults=(fault("file_limits", file=path.name, found=Text("it takes too long, or breaks the reading program")),)
            )
        finally:
            guard.cancel()

    def close(self) -> None:
        """End the process."""
        if self.process.stdin:
            self.process.stdin.close()
        try:
            self.process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        if self.process.stdout:
            self.process.stdout.close()
        self.folder.cleanup()


def _exactly(stream: IO[bytes], size: int) -> bytes:
    data = stream.read(size)
    if len(data) < size:
        raise EOFError
    return data
