"""The process that parses delivered files: on Linux a fork for each file, with its own limits of memory, time and file size."""

from __future__ import annotations

import json
import os
import select
import signal
import struct
import sys
import time
from pathlib import Path

from kpi_lib.deliveries.delivery import checks, fault
from kpi_lib.deliveries.files.book import Book
from kpi_lib.deliveries.files.passing import book_to
from kpi_lib.deliveries.files.reading import MEMORY, SECONDS, read_book
from kpi_lib.words.messages import Text


def serve() -> None:
    """Read [path, name] lines from standard input; answer each with the book as bytes, its length first."""
    import defusedxml.ElementTree
    import openpyxl
    import xlrd

    from kpi_lib.deliveries.files import text_files, workbooks

    _ = defusedxml.ElementTree, openpyxl, xlrd, text_files, workbooks, checks()  # imported and read before the forks, once for all files
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for line in sys.stdin.buffer:
        path, name = json.loads(line)
        answer = _in_a_fork(Path(path), name) if hasattr(os, "fork") else _read(Path(path), name)
        sys.stdout.buffer.write(struct.pack(">Q", len(answer)) + answer)
        sys.stdout.buffer.flush()


def _read(path: Path, name: str) -> bytes:
    return book_to(read_book(path, name=name))


def _refused(name: str, found: Text) -> bytes:
    return book_to(Book(name, faults=(fault("file_limits", file=name, found=found),)))


def _in_a_fork(path: Path, name: str) -> bytes:
    """The book of one file from a child that cannot harm us: out of memory, out of time or aborted, it is a named refusal."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        _be_the_child(path, name, reading, writing)
    os.close(writing)
    answer, in_time = _gather(reading, time.monotonic() + SECONDS)
    os.close(reading)
    if not in_time:
        os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    if not in_time:
        return _refused(name, Text("more than {seconds} seconds", seconds=SECONDS))
    if status != 0 or not answer:
        return _refused(name, Text("beyond the limits of memory or time, or it breaks the reading program"))
    return answer


def _be_the_child(path: Path, name: str, reading: int, writing: int) -> None:
    code = 1
    try:
        os.close(reading)
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


def _gather(reading: int, deadline: float) -> tuple[bytes, bool]:
    parts: list[bytes] = []
    while True:
        if not select.select([reading], [], [], max(0.0, deadline - time.monotonic()))[0]:
            return b"", False
        part = os.read(reading, 1 << 20)
        if not part:
            return b"".join(parts), True
        parts.append(part)
