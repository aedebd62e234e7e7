"""One deliberately spoilt (or deliberately odd but clean) delivery, and what must become of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal


@dataclass(frozen=True)
class Case:
    """`build(folder, base)` writes the file(s) and returns them; `base` is the clean delivery they are made from.

    outcome : "same" (every figure as in the clean delivery), "held" (the figures of `cells` wait, all others as in the clean one),
        "refused" (no figure of the file is taken).
    checks : names of checks of which at least one must be reported (for "same": at most these may be reported).
    cell : the cell a message must name ("" where the fault is of the whole file or sheet).
    """

    group: Literal["encoding", "container", "layout", "number", "date", "meaning", "formula", "name", "attack", "clean"]
    name: str
    build: Callable[[Path, object], list[Path]]
    outcome: Literal["same", "held", "refused"]
    checks: tuple[str, ...] = ()
    cells: tuple[str, ...] = ()
    cell: str = ""
