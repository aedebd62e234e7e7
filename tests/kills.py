"""Kill a process, or have the disk refuse it something, before any step it takes on the disk."""

from __future__ import annotations

import builtins
import errno
import io
import json
import os
import signal
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kpi_lib import disk

Look = Callable[[int, str, str], object]
KILL = 0
EVENTS = {
    "os.rename": "rename",
    "os.mkdir": "mkdir",
    "os.remove": "unlink",
    "os.rmdir": "rmdir",
    "os.link": "link",
    "shutil.copyfile": "copy",
}
TAKES_ROOM = {"open", "write", "mkdir", "copy", "fsync"}


@dataclass(frozen=True, slots=True)
class End:
    """How a process ended: the steps it took as (kind, path), whether it was killed, and what its work returned."""

    steps: list[tuple[str, str]]
    killed: bool
    told: Any = None


class _Steps:
    """Counts every step on the disk below some folders in this process; at step number `last` comes the end, or an error."""

    def __init__(self, below: Sequence[Path], last: int, error: int, tell: Callable[[str, str], object], look: Look | None) -> None:
        self.below, self.last, self.error, self.tell = tuple(map(str, below)), last, error, tell
        self.done, self.refused, self.look, self.looking = 0, ("", ""), look, False
        self.open, self.real_open = io.open, io.open

    def step(self, kind: str, path: object) -> None:
        if self.looking:
            return
        self.done += 1
        if self.look:
            self.looking = True
            self.look(self.done, kind, str(path))
            self.looking = False
        self.tell(kind, os.fsdecode(path) if isinstance(path, str | bytes | os.PathLike) else "")
        if self.done == self.last and self.error == KILL:
            os.kill(os.getpid(), signal.SIGKILL)
        if self.done == self.last:
            self.refused = (kind, str(path))
        stays = {errno.ENOSPC: kind in TAKES_ROOM, errno.EACCES: (kind, str(path)) == self.refused}.get(self.error, False)
        if self.error and self.last and (self.done == self.last or (self.done > self.last and stays)):
            raise OSError(self.error, os.strerror(self.error), path)

    def hear(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open" and isinstance(arguments[2], int) and arguments[2] & (os.O_WRONLY | os.O_RDWR):
            if self.ours(arguments[0]):
                self.step("open", arguments[0])
        elif event in EVENTS and (any(map(self.ours, arguments[:2])) or (event in ("os.remove", "os.rmdir") and arguments[1] != -1)):
            self.step(EVENTS[event], arguments[0])

    def ours(self, path: object) -> bool:
        return isinstance(path, str | bytes | os.PathLike) and os.fsdecode(path).startswith(self.below)

    def counted(self, call: Callable[..., Any], kind: str) -> Callable[..., Any]:
        def counting(first: Any, *more: Any) -> Any:
            path = first if isinstance(first, os.PathLike) else _name(first)
            if self.ours(path):
                self.step(kind, path)
            return call(first, *more)

        return counting

    def opened(self, file: Any, mode: str = "r", buffering: int = -1, encoding: Any = None, errors: Any = None, newline: Any = None, *more: Any, **named: Any) -> Any:  # fmt: skip
        """Open a file; what is written to one of ours is counted piece by piece."""
        if not set(mode) & set("wax+") or not self.ours(file) or more or named:
            return self.real_open(file, mode, buffering, encoding, errors, newline, *more, **named)
        steps = self

        class Counted(io.FileIO):
            def write(self, data: Any) -> Any:
                steps.step("write", file)
                return super().write(data)

        raw = Counted(file, mode.replace("b", "").replace("t", ""))
        binary = raw if buffering == 0 else io.BufferedRandom(raw) if "+" in mode else io.BufferedWriter(raw)
        return binary if "b" in mode else io.TextIOWrapper(binary, encoding, errors, newline)

    def begin(self) -> None:
        sys.addaudithook(self.hear)
        io.open = builtins.open = self.opened
        os.fsync, os.sendfile = self.counted(os.fsync, "fsync"), self.counted(os.sendfile, "write")
        disk._renameat2 = self.counted(disk._renameat2, "rename")


def _name(descriptor: int) -> str:
    return str(Path(f"/proc/self/fd/{descriptor}").readlink())


def in_a_process(work: Callable[[], object], *below: Path, last: int = 0, error: int = KILL, look: Look | None = None) -> End:
    """Do something in a process of its own that is killed before step number `last` below these folders, or is refused that step.

    A full disk stays full, a file that is held stays held; another error comes once. `look` is called in that process before every step.
    """
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        code = 1
        try:
            os.close(reading)
            say = lambda *line: os.write(writing, json.dumps(line, default=str).encode() + b"\n")  # noqa: E731
            _Steps(below, last, error, say, look).begin()
            say(work())
            code = 0
        finally:
            os._exit(code)
    os.close(writing)
    with os.fdopen(reading, encoding="utf-8") as pipe:
        lines = [json.loads(line) for line in pipe]
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) or status == 0, status
    steps = [(line[0], line[1]) for line in lines if len(line) == 2]
    return End(steps, os.WIFSIGNALED(status), next((line[0] for line in lines if len(line) == 1), None))
