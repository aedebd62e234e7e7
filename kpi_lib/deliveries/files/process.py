"""The process that parses delivered files: on Linux a fork for each file, with its own limits of memory, time and file size."""

from __future__ import annotations

import gc
import json
import os
import select
import signal
import struct
import sys
import time
from collections import deque
from pathlib import Path

from kpi_lib.deliveries.delivery import checks, fault
from kpi_lib.deliveries.files.book import Book
from kpi_lib.deliveries.files.passing import book_to
from kpi_lib.deliveries.files.reading import MEMORY, SECONDS, WAIT, read_book
from kpi_lib.words.messages import Text

AT_ONCE = 2  # files read side by side


def serve() -> None:
    """Read [path, name] lines from standard input; answer each with the book as bytes, its length first, in the order asked."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _warm()
    if not hasattr(os, "fork"):
        for line in sys.stdin.buffer:
            _answer(_read(*json.loads(line)))
        return
    asked, forks, rest = deque[bytes](), deque[_Fork](), b""
    while True:
        while asked and len(forks) < AT_ONCE:
            forks.append(_Fork(*json.loads(asked.popleft())))
        ready = _ready(forks)
        if 0 in ready:
            given = os.read(0, 1 << 16)
            if not given:
                break  # nobody waits for what is still being read
            *lines, rest = (rest + given).split(b"\n")
            asked += lines
        for fork in forks:
            fork.go_on(ready)
        while forks and forks[0].answer:
            _answer(forks.popleft().answer)
    for fork in forks:
        os.kill(fork.child, signal.SIGKILL)


def _warm() -> None:
    """Have everything there that reading imports, looks up and compiles, before the forks: once for all files."""
    import defusedxml.ElementTree
    import openpyxl
    import xlrd

    from kpi_lib.deliveries.files import text_files, workbooks

    _ = defusedxml.ElementTree, xlrd, text_files, workbooks, checks()
    if hasattr(os, "memfd_create"):
        with os.fdopen(os.memfd_create("example"), "wb") as file:
            book = openpyxl.Workbook()
            book.worksheets[0].append(["x", 1.5])
            book.save(file)
            file.flush()
            read_book(Path(f"/proc/self/fd/{file.fileno()}"))
    gc.freeze()


def _answer(book: bytes) -> None:
    sys.stdout.buffer.write(struct.pack(">Q", len(book)) + book)
    sys.stdout.buffer.flush()


def _read(path: str, name: str) -> bytes:
    return book_to(read_book(Path(path), name=name))


def _ready(forks: deque[_Fork]) -> list[int]:
    """What there is to be read: from whoever asks (0), from the forks; waits until there is something, or a fork's time is over."""
    at_work = [fork for fork in forks if not fork.answer]
    left = max(0.0, min(fork.deadline for fork in at_work) - time.monotonic()) if at_work else None
    return select.select([0, *(fork.pipe for fork in at_work)], [], [], left)[0]


class _Fork:
    """A child that reads one file and cannot harm us: out of memory, out of time or aborted, its book is a named refusal."""

    def __init__(self, path: str, name: str) -> None:
        self.name, self.parts, self.answer, self.deadline = name, list[bytes](), b"", time.monotonic() + WAIT
        self.pipe, writing = os.pipe()
        self.child = os.fork()
        if self.child == 0:
            _be_the_child(path, name, writing)
        os.close(writing)

    def go_on(self, ready: list[int]) -> None:
        """Take what the child has written; its answer is there once it is done, or its time is over."""
        if self.answer:
            return
        if self.pipe in ready:
            part = os.read(self.pipe, 1 << 20)
            self.parts.append(part)
            if part:
                return
        elif time.monotonic() < self.deadline:
            return
        self.answer = self._end(in_time=self.pipe in ready)

    def _end(self, *, in_time: bool) -> bytes:
        os.close(self.pipe)
        if not in_time:
            os.kill(self.child, signal.SIGKILL)
        _, status = os.waitpid(self.child, 0)
        book = b"".join(self.parts)
        if in_time and status == 0 and book:
            return book
        beyond = Text("beyond the limits of memory or time, or it breaks the reading program")
        found = beyond if in_time else Text("more than {seconds} seconds", seconds=WAIT)
        return book_to(Book(self.name, faults=(fault("file_limits", file=self.name, found=found),)))


def _be_the_child(path: str, name: str, writing: int) -> None:
    code = 1
    try:
        os.dup2(2, 0)
        os.dup2(2, 1)  # what a parser prints is no answer
        _limit()
        data = memoryview(_read(path, name))
        while data:
            data = data[os.write(writing, data) :]
        code = 0
    finally:
        os._exit(code)


def _limit() -> None:
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
