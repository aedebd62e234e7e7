"""What every command of `kpi` shares: the classes of end as exit codes, the language it speaks, a line told in it."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from contextlib import suppress

from kpi_lib.words.messages import Text, Words, languages

PUBLISHED, WITH_WARNINGS, REFUSED, NOTHING, ENVIRONMENT, INTERNAL, RUNNING, STOPPED = 0, 10, 20, 30, 50, 60, 75, 130
MISTYPED, TERMINATED = 2, 143  # argparse's own, and the shell's word for a process that SIGTERM ended
ENDS: Mapping[int, Words] = {
    PUBLISHED: Text("published, or done"),
    MISTYPED: Text("the command or an option was mistyped; nothing was done"),
    WITH_WARNINGS: Text("published or done, with warnings"),
    REFUSED: Text("figures, settings or parameters were refused; nothing was published"),
    NOTHING: Text("nothing to report on"),
    ENVIRONMENT: Text("fault of the environment: disk full, memory, rights, a program that is not there"),
    INTERNAL: Text("internal fault"),
    RUNNING: Text("another run of the unit is under way"),
    STOPPED: Text("stopped with Ctrl-C"),
    TERMINATED: Text("stopped by the system (SIGTERM)"),
}
"""Every exit code of `kpi`, and the class of end it stands for."""
DEFAULT_UNIT, DEFAULT_AS_OF = "quang-ninh", "2025-10-15"


def language(options: argparse.Namespace) -> str:
    """The language asked for, else that of the office of the unit, or of the first of several, else that of the first unit."""
    from kpi_lib.definitions.indicators import read_unit
    from kpi_lib.definitions.many.selection import chosen

    if asked := getattr(options, "lang", None):
        return str(asked)
    many = getattr(options, "units", None)
    for unit in (lambda: chosen(many)[0] if many else options.unit, lambda: DEFAULT_UNIT):
        with suppress(Exception):  # an error is being told: a unit that cannot be read must not hide it
            return read_unit(unit()).lang
    return languages()[0]


def tell(options: argparse.Namespace, words: Words) -> None:
    """Print a line in the language of the command."""
    print(words[language(options)])


def progress(done: int, of: int, what: str) -> None:
    """Show how far a run is: a bar on a terminal, a line a step elsewhere."""
    width = 24
    filled = width * done // of
    line = f"[{'█' * filled}{'·' * (width - filled)}] {done}/{of} {what}"
    if sys.stderr.isatty():
        print(f"\r{line:<70}", end="", file=sys.stderr, flush=True)
    elif what:
        print(line, file=sys.stderr, flush=True)
