"""`kpi targets import`: the targets of all units below one, from one workbook; all of them are written, or none."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kpi_lib.cli.console import PUBLISHED, language, tell
from kpi_lib.words.messages import KpiError, Text, Words, listed, plural, say
from kpi_lib.words.numbers import Number

if TYPE_CHECKING:
    from kpi_lib.definitions.indicators import Unit
    from kpi_lib.deliveries.target_matrix import Goal


def add_targets(command: Callable[..., argparse.ArgumentParser], lang: str, date: str, file: str) -> None:
    """The command and its step."""
    targets = command("targets", Text("the targets of all units below one, from one workbook"))
    steps = targets.add_subparsers(dest="step", required=True, metavar=say("step", lang))
    took = steps.add_parser("import", help=say("read the workbook and write the targets of every unit in it, or none", lang))
    took.add_argument("file", metavar=file)
    took.add_argument("--unit", default=argparse.SUPPRESS, help=say("the unit above them, whose document assigns the targets", lang))
    for name in ("--lang", "--root"):
        took.add_argument(name, default=argparse.SUPPRESS, help=argparse.SUPPRESS)
    took.add_argument("--year", type=int, required=True, help=say("year of the targets", lang))
    took.add_argument("--document", required=True, help=say("the document that assigns them, with its number or day", lang))
    took.add_argument("--adopted", required=True, metavar=date, help=say("day of the document", lang))
    took.add_argument("--dry-run", action="store_true", help=say("say what would be written, and write nothing", lang))
    targets.set_defaults(do=import_)


def import_(options: argparse.Namespace) -> int:
    """Write the targets into the folder of each unit: assigned below, adopted of the unit's own; say what changed and who goes by a document of its own.

    Raises
    ------
    KpiError : a fault anywhere in the workbook, or another target on record under the same document's day: nothing is written.
    """
    from kpi_lib import disk
    from kpi_lib.definitions import folders
    from kpi_lib.definitions.columns import with_rows
    from kpi_lib.definitions.frames import TARGETS
    from kpi_lib.definitions.indicators import day, read_unit
    from kpi_lib.definitions.many.selection import children
    from kpi_lib.deliveries.target_matrix import read_goals

    day(options.adopted)
    _is_document(options.document)
    units = [read_unit(name) for name in (options.unit, *children(options.unit))]
    found = read_goals(Path(options.file), units)
    by_unit = {unit.id: [goal for goal in found.goals if goal.unit == unit.id] for unit in units}
    with ExitStack() as turns:
        for unit in sorted(units, key=lambda unit: unit.id):
            turns.enter_context(disk.alone(folders.raw(unit.id)))
        new = _checked(options, units, by_unit, found.faults)
        contents = {path: with_rows(path, TARGETS, new[name]) for name in new for path in (folders.raw(name) / "targets.csv",)}
        exceptions = [(unit, *each) for unit in units for each in _own_documents(options, unit, by_unit[unit.id])]
        if not options.dry_run:
            disk.together(contents)
    _tell(options, units, by_unit, new, exceptions)
    return PUBLISHED


def _checked(
    options: argparse.Namespace, units: Sequence[Unit], by_unit: Mapping[str, Sequence[Goal]], told: Sequence[Words]
) -> dict[str, list[dict[str, Any]]]:
    """The rows that the tables of the units lack."""
    found = {unit.id: _new_rows(options, unit, by_unit[unit.id]) for unit in units}
    if faults := [*told, *(fault for _, faults in found.values() for fault in faults)]:
        raise KpiError("{file}:\n  - {faults}\nNothing was written.", file=Path(options.file).name, faults=listed(faults, "\n  - "))
    return {name: rows for name, (rows, _) in found.items() if rows}


def _is_document(words: str) -> None:
    from kpi_lib.definitions.targets import has_document

    if not has_document(words):
        raise KpiError("{found} names no document: its number or its day is needed (--document). Nothing was written.", found=repr(words))


def _version(options: argparse.Namespace, unit: Unit) -> str:
    return "adopted" if unit.id == options.unit else "assigned"


def _new_rows(options: argparse.Namespace, unit: Unit, goals: Sequence[Goal]) -> tuple[list[dict[str, Any]], list[Words]]:
    """The rows that `targets.csv` lacks; and those that stand there otherwise under the same standing and day."""
    from kpi_lib.compare import meets
    from kpi_lib.definitions.targets import read_targets

    there = read_targets(unit.id)
    same = there[(there["year"] == options.year) & (there["version"] == _version(options, unit)) & (there["adopted"] == options.adopted)]
    on_record = {row["indicator"]: row for row in same.to_dict("records")}
    rows: list[dict[str, Any]] = []
    faults: list[Words] = []
    for goal in goals:
        old = on_record.get(goal.line)
        if old is None:
            rows.append({
                "indicator": goal.line, "year": options.year, "threshold": f"{goal.threshold:.12g}", "comparator": goal.comparator, "measure": goal.measure,
                "version": _version(options, unit), "document": options.document, "clause": goal.clause, "adopted": options.adopted,
                "source": f"{Path(options.file).name} {goal.place}",
            })  # fmt: skip
        elif not meets(goal.threshold, "=", old["threshold"]) or (old["comparator"], old["measure"]) != (goal.comparator, goal.measure):
            faults.append(Text(
                "{place}: {unit} has another target of this day on record for “{line}” ({found}); a document that amends it has a day of its own",
                place=goal.place, unit=unit.name, line=unit.indicators[goal.line].short, found=_written(old["threshold"]),
            ))  # fmt: skip
    return rows, faults


def _written(threshold: float) -> Number:
    """A threshold with as many decimals as it has."""
    return Number(threshold, len(f"{threshold:.12g}".partition(".")[2]))


def _own_documents(options: argparse.Namespace, unit: Unit, goals: Sequence[Goal]) -> list[tuple[Goal, Mapping[str, Any]]]:
    """The lines by which a unit goes by a document of its own: one its own council adopted, or a later one of the same standing."""
    import pandas as pd

    from kpi_lib.definitions.targets import read_targets

    there = read_targets(unit.id)
    there = there[there["year"] == options.year]
    version, moment = _version(options, unit), pd.Timestamp(options.adopted)
    own = there[((there["version"] == "adopted") & (version != "adopted")) | ((there["version"] == version) & (there["adopted"] > moment))]
    newest = {row["indicator"]: row for row in own.sort_values("adopted").to_dict("records")}
    return [(goal, newest[goal.line]) for goal in goals if goal.line in newest]


def _tell(
    options: argparse.Namespace,
    units: Sequence[Unit],
    by_unit: Mapping[str, Sequence[Goal]],
    new: Mapping[str, Sequence[Mapping[str, Any]]],
    exceptions: Sequence[tuple[Unit, Goal, Mapping[str, Any]]],
) -> None:
    lang = language(options)
    for unit in units:
        if by_unit[unit.id]:
            added, stood = len(new.get(unit.id, ())), len(by_unit[unit.id]) - len(new.get(unit.id, ()))
            kept = Text(", {stood} on record already", stood=stood) if stood else ""
            told = Text("{unit}: {count} added{kept}", unit=unit.name, count=plural("{n} target", "{n} targets", n=added), kept=kept)
            print(f"  {told[lang]}")
    for unit, goal, own in exceptions:
        stays = Text(
            "{unit}, {line}: its own document stays in force ({document} of {day}: {own}; assigned here: {given})",
            unit=unit.name, line=unit.indicators[goal.line].short, document=own["document"], day=own["adopted"].date(),
            own=_written(own["threshold"]), given=_written(goal.threshold),
        )  # fmt: skip
        print(f"  ! {stays[lang]}")
    if without := [unit.name for unit in units[1:] if not by_unit[unit.id]]:
        print(f"  ! {Text('no target in the workbook: {units}', units=listed(without))[lang]}")
    count = plural("{n} target", "{n} targets", n=sum(map(len, new.values())))
    of = plural("{n} unit", "{n} units", n=len(new))
    if options.dry_run:
        tell(options, Text("{count} of {units} would be written. Nothing was written.", count=count, units=of))
    else:
        tell(options, Text("{count} of {units} written into their targets.csv.", count=count, units=of))
