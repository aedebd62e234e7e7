"""`kpi upgrade-check`: what this version does with what an earlier one left, before anything is run."""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Callable

from kpi_lib.cli.console import PUBLISHED, REFUSED, WITH_WARNINGS, language, tell
from kpi_lib.words.messages import KpiError, Text, say

_MARKS = {"read": "✔", "anew": "↻", "refused": "✘"}


def add_upgrade(command: Callable[..., argparse.ArgumentParser], lang: str) -> None:
    """Add the command to the parser."""
    made = command("upgrade-check", Text("what this version reads as it is, makes anew or refuses of what an earlier one left"), unit=False)
    made.add_argument("--unit", default=None, help=say("folder in data/raw (default: all of them)", lang))
    made.set_defaults(do=upgrade_check)


def upgrade_check(options: argparse.Namespace) -> int:
    """Say of every unit what becomes of it; nothing but working files is written.

    Raises
    ------
    KpiError : the project has no unit, or none of that name.
    """
    from kpi_lib.definitions import folders
    from kpi_lib.reports import upgrade

    if options.unit:
        folders.raw(options.unit)
    units = [options.unit] if options.unit else folders.units()
    if not units:
        raise KpiError("There is no unit in {root}. Add one: `kpi new-unit`.", root=str(folders.root()))
    lang, every = language(options), Counter[str]()
    for name, found in [("", upgrade.of_project()), *((unit, upgrade.of_unit(unit, options.today)) for unit in units)]:
        print(*[f"\n{name}"] if name else [], sep="", end="\n" if name else "")
        for each in found:
            print(f"  {_MARKS[each.fate]} {each.told[lang]}")
        every.update(each.fate for each in found)
    print()
    tell(
        options,
        Text(
            "✔ read as it is: {read}; ↻ made anew: {anew}; ✘ refused: {refused}.",
            read=every["read"],
            anew=every["anew"],
            refused=every["refused"],
        ),
    )
    return REFUSED if every["refused"] else WITH_WARNINGS if every["anew"] else PUBLISHED
