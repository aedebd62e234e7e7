"""Any delivered file as a Book: looked at first, then parsed in a process of its own that may die without harm."""

from __future__ import annotations

import atexit
import json
import os
import struct
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from queue import Empty, SimpleQueue

import msgspec

from kpi_lib.deliveries.delivery import Fault, fault
from kpi_lib.deliveries.files.book import Book, Refused, Sheet
from kpi_lib.deliveries.files.container import look
from kpi_lib.deliveries.files.passing import book_from
from kpi_lib.words.messages import Text

SECONDS, MEMORY = 60, 1_000_000_000  # of computing, so that a busy machine refuses nothing that an idle one reads
WAIT = 10 * SECONDS  # by the clock, for one that hangs without computing
AT_MOST = WAIT + 15  # until a book is there: the last resort, the process minds its own limits
AHEAD = 4  # files the reader is asked for beyond the one the caller works on


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


def read_safely(paths: Sequence[Path], *, skip: Callable[[Path], bool] | None = None) -> Iterator[tuple[Path, Book | None]]:
    """Read files in child processes with limits of memory and time, in their order; one that kills its reader does not stop the next.

    The next files are read while the caller works on this one. Files to `skip` (asked a little ahead) come without a book.
    """
    ahead: deque[tuple[Path, bool]] = deque()  # and whether the reader was asked
    try:
        for path in paths:
            to_read = skip is None or not skip(path)
            if to_read:
                _reader(busy=any(asked for _, asked in ahead)).ask(path)
            ahead.append((path, to_read))
            if len(ahead) > AHEAD:
                yield _next_of(ahead)
        while ahead:
            yield _next_of(ahead)
    finally:
        if any(asked for _, asked in ahead):
            _close_reader()  # nobody will take its answers


def _next_of(ahead: deque[tuple[Path, bool]]) -> tuple[Path, Book | None]:
    """The book of the first file asked for. A reader that died over it is replaced, and asked for the others again."""
    path, asked = ahead.popleft()
    if not asked:
        return path, None
    child = _READER[0]
    book = child.answer(path)
    if not child.alive:
        for later in (later for later, asked in ahead if asked):
            _reader(busy=False).ask(later)
    return path, book


_READER: list[_Child] = []


def start_reading() -> None:
    """Have the reading process start while something else is done: it is needed soon."""
    _reader(busy=False)


def _reader(*, busy: bool) -> _Child:
    """The reading process of this process, started when first needed and again after a death; it ends with us.

    One that is `busy` is kept even if it died: whoever takes its answer finds out over which file.
    """
    if _READER and (busy or _READER[0].alive):
        return _READER[0]
    atexit.unregister(_close_reader)
    atexit.register(_close_reader)
    _close_reader()
    _READER.append(_Child())
    return _READER[0]


def _close_reader() -> None:
    while _READER:
        _READER.pop().close()


class _Child:
    """The reading process: paths go in a line each, books come back, length first. It needs no folder of its own, so none is left behind."""

    def __init__(self) -> None:
        home = Path(__file__).resolve().parents[3]
        command = [
            sys.executable,
            "-P",
            "-c",
            f"import sys; sys.path.insert(0, {str(home)!r}); from kpi_lib.deliveries.files.process import serve; serve()",
        ]
        quiet = {**os.environ, "PYTHONSAFEPATH": "1", "OPENBLAS_NUM_THREADS": "1"}
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=home.anchor, env=quiet
        )
        self.books: SimpleQueue[bytes] = SimpleQueue()
        self.ear = threading.Thread(target=self._listen, daemon=True)
        self.ear.start()

    @property
    def alive(self) -> bool:
        """Whether it can take another file."""
        return self.process.poll() is None

    def ask(self, path: Path) -> None:
        """Have a file read; its book is to be taken in the order asked."""
        assert self.process.stdin
        with suppress(OSError):  # a child that died is found out when its answer is taken
            self.process.stdin.write(json.dumps([str(path.resolve()), path.name]).encode() + b"\n")
            self.process.stdin.flush()

    def _listen(self) -> None:
        """Take books in as they come; empty bytes say that no more will come."""
        assert self.process.stdout
        with self.process.stdout as stream:
            while len(size := stream.read(8)) == 8:
                wanted = struct.unpack(">Q", size)[0]
                book = stream.read(wanted)
                if len(book) < wanted:
                    break
                self.books.put(book)
        self.books.put(b"")

    def answer(self, path: Path) -> Book:
        """The book of the first file asked for; a refusal when the process died or took too long over it."""
        with suppress(Empty, msgspec.DecodeError):
            if book := self.books.get(timeout=AT_MOST):
                return book_from(book)
        self.process.kill()
        self.process.wait()
        found = Text("it takes too long, or breaks the reading program")
        return Book(path.name, faults=(fault("file_limits", file=path.name, found=found),))

    def close(self) -> None:
        """End the process."""
        if self.process.stdin:
            with suppress(OSError):
                self.process.stdin.close()
        try:
            self.process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.ear.join(timeout=5)
