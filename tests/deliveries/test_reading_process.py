"""The process that reads files: each in a fork of its own, two side by side, and what one of them does harms no other."""

from __future__ import annotations

import json
import os
import struct
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
from conftest import PROJECT

from kpi_lib.deliveries.files.book import Book
from kpi_lib.deliveries.files.passing import book_from

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="a file is read in a fork only where there are forks")
SERVER = """
import os, time
from kpi_lib.deliveries.files import process
whole, process.SECONDS, process.WAIT = process._read, 1, 6
kept = []
def read(path, name):
    kept.append(name)
    if name.startswith("sleeps"):
        time.sleep(60)
    if name.startswith("waits"):
        time.sleep(2)  # a busy machine: time goes by, nothing is computed
    while name.startswith("computes"):
        pass
    if name.startswith("aborts"):
        os.abort()
    if name.startswith("eats"):
        return b"x" * 3_000_000_000
    if name.startswith("prints"):
        print("x" * 100_000, flush=True)
        os.write(1, b"no book")
    if name.startswith("long"):
        name = "x" * 500_000
    return whole(path, f"{name} {len(kept)}")
process._read = read
process.serve()
"""


def books(names: list[str], folder: Path) -> list[Book]:
    """What the process answers when it is asked for all of these at once."""
    path = folder / "a.csv"
    path.write_text("a;b\n1;2\n", encoding="utf-8")
    asked = "".join(f"{json.dumps([str(path), name])}\n" for name in names)
    environment = {**os.environ, "PYTHONPATH": str(PROJECT)}
    with subprocess.Popen([sys.executable, "-c", SERVER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment) as server:  # fmt: skip
        assert server.stdin and server.stdout
        server.stdin.write(asked.encode())
        server.stdin.flush()
        found = [book_from(server.stdout.read(struct.unpack(">Q", server.stdout.read(8))[0])) for _ in names]
        server.stdin.close()
        assert server.stdout.read() == b"" and server.wait(timeout=20) == 0
    return found


def test_a_file_that_hangs_aborts_or_eats_memory_is_refused_and_the_others_are_read_in_the_order_asked(tmp_path: Path):
    names = ["one", "sleeps", "two", "aborts", "eats", "long", "prints", "sleeps too", "three", "waits", "computes"]
    found = books(names, tmp_path)
    refused = {name: [item.found["en"] for item in book.faults] for name, book in zip(names, found, strict=True) if not book.sheets}
    assert set(refused) == {"sleeps", "aborts", "eats", "sleeps too", "computes"}
    assert refused["sleeps"] == refused["sleeps too"] == ["more than 6 seconds"]
    assert {text for name in ("aborts", "eats") for text in refused[name]} == {
        "beyond the limits of memory or time, or it breaks the reading program"
    }
    assert [found[0].file, found[2].file, found[6].file, found[8].file] == ["one 1", "two 1", "prints 1", "three 1"]  # nothing is shared
    assert len(found[5].file) > 500_000


def test_who_goes_away_leaves_no_fork_at_work(tmp_path: Path):
    environment = {**os.environ, "PYTHONPATH": str(PROJECT)}
    with subprocess.Popen([sys.executable, "-c", SERVER.replace("1, 6", "50, 50")], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment) as server:  # fmt: skip
        assert server.stdin and server.stdout
        server.stdin.write(f"{json.dumps([str(tmp_path), 'quick'])}\n{json.dumps([str(tmp_path), 'sleeps'])}\n".encode())
        server.stdin.flush()
        assert server.stdout.read(struct.unpack(">Q", server.stdout.read(8))[0])
        forks = psutil.Process(server.pid).children()
        assert forks
        server.stdin.close()
        assert server.wait(timeout=20) == 0
    gone, left = psutil.wait_procs(forks, timeout=10)
    assert gone and not left
