"""`kpi outlooks`: the published outlooks of many units as one table for other systems."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

from kpi_lib.cli.console import NOTHING, PUBLISHED, WITH_WARNINGS, language, tell
from kpi_lib.words.messages import KpiError, Text, Words, plural, say


def add_outlooks(command: Callable[..., argparse.ArgumentParser], lang: str, date: str) -> None:
    """The command."""
    made = command(
        "outlooks", Text("the published outlooks of many units as one table (Parquet, CSV) with its data dictionary"), unit=False
    )
    chosen = say("ids of units, patterns, children-of:UNIT, with commas between them", lang)
    made.add_argument("--units", required=True, metavar=say("UNITS", lang), help=chosen)
    made.add_argument("--to", required=True, metavar=say("FOLDER", lang), help=say("folder to write into", lang))
    made.add_argument(
        "--as-of", default=None, metavar=date, help=say("each unit's newest report up to this day (default: its newest)", lang)
    )
    made.add_argument("--all", action="store_true", help=say("every report in every version, not the newest alone", lang))
    made.set_defaults(do=outlooks)


def outlooks(options: argparse.Namespace) -> int:
    """Write the table; name the units that have published nothing, and those whose ledger does not verify."""
    import pandas as pd

    from kpi_lib.definitions.indicators import day
    from kpi_lib.definitions.many.selection import chosen
    from kpi_lib.record.outlooks import tidy, write

    as_of = day(options.as_of) if options.as_of else None
    parts: list[pd.DataFrame] = []
    told: list[Words] = []
    for name in chosen(options.units):
        try:
            found = tidy(name, as_of=as_of, every=options.all)
        except KpiError as error:
            told.append(Text("{unit}: left out: {faults}", unit=name, faults=error.words))
            continue
        parts += [found] if len(found) else []
        told += [] if len(found) else [Text("{unit}: no report was published", unit=name)]
    if parts:
        frame = pd.concat(parts, ignore_index=True)
        paths = write(frame, Path(options.to))
        rows = plural("{n} outlook", "{n} outlooks", n=len(frame))
        units = plural("{n} unit", "{n} units", n=len(parts))
        tell(options, Text("{outlooks} of {units}: {path}", outlooks=rows, units=units, path=str(paths[0])))
    for words in told:
        print(f"  ! {words[language(options)]}")
    return NOTHING if not parts else WITH_WARNINGS if told else PUBLISHED
