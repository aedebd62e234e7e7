"""What every command of `kpi` shares: the classes of end as exit codes, the language it speaks, a line told in it."""

from __future__ import annotations

import argparse
from contextlib import suppress

from kpi_lib.words.messages import Words, languages

PUBLISHED, WITH_WARNINGS, REFUSED, NOTHING, ENVIRONMENT, INTERNAL, RUNNING, STOPPED = 0, 10, 20, 30, 50, 60, 75, 130
DEFAULT_UNIT, DEFAULT_AS_OF = "quang-ninh", "2025-10-15"


def language(options: argparse.Namespace) -> str:
    """The language asked for, else that of the unit's office, else that of the first unit."""
    from kpi_lib.definitions.indicators import read_unit

    if asked := getattr(options, "lang", None):
        return str(asked)
    for unit in (getattr(options, "unit", DEFAULT_UNIT), DEFAULT_UNIT):
        with suppress(Exception):  # an error is being told: a unit that cannot be read must not hide it
            return read_unit(unit).lang
    return languages()[0]


def tell(options: argparse.Namespace, words: Words) -> None:
    """Print a line in the language of the command."""
    print(words[language(options)])
