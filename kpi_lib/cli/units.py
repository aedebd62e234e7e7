"""`kpi new-unit`, `kpi new-year`: from a sheet of targets to a unit's folder, and the next year's targets into it."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from kpi_lib.cli.console import PUBLISHED, language, tell
from kpi_lib.words.messages import KpiError, Text, Words, languages, listed, plural, say
from kpi_lib.words.numbers import Number

ASKED = ("name", "level", "year", "document", "adopted")  # without these no unit starts


def add_units(command: Callable[..., argparse.ArgumentParser], lang: str, date: str, file: str) -> None:
    """Add the commands to the parser."""
    made = command("new-unit", Text("start a unit: from a filled form, from a sheet of targets, or by questions"), unit=False)
    made.set_defaults(do=new_unit)
    made.add_argument("id", nargs="?", default="", metavar=say("UNIT", lang), help=say("folder in data/raw (default: from the name)", lang))
    made.add_argument("--year", type=int, default=None, help=say("year of the targets", lang))
    for name, words in _options().items():
        made.add_argument(f"--{name}", default="", metavar=date if name == "adopted" else say("TEXT", lang), help=words[lang])
    _add_sheets(made, lang, file)
    again = command("new-year", Text("the targets of the next year, and which lines have none any more"))
    again.set_defaults(do=new_year)
    again.add_argument("--year", type=int, required=True, help=say("year of the targets", lang))
    for name in ("document", "adopted"):
        again.add_argument(f"--{name}", default="", metavar=date if name == "adopted" else say("TEXT", lang), help=_options()[name][lang])
    _add_sheets(again, lang, file)


def _options() -> Mapping[str, Words]:
    from kpi_lib.deliveries.target_sheet import FACTS

    return {key: words for key, words in FACTS.items() if key not in ("id", "language", "year")}


def _add_sheets(command: argparse.ArgumentParser, lang: str, file: str) -> None:
    command.add_argument("--form", default="", metavar=file, help=say("only write the Excel form to fill in", lang))
    read = say("the filled form, or a table of targets as resolutions print one (xlsx, xls, ods, csv)", lang)
    command.add_argument("--from", dest="source", default="", metavar=file, help=read)


def new_unit(options: argparse.Namespace) -> int:
    """Write a unit's folder, whole or not at all; say what was understood and what is still missing.

    Raises
    ------
    KpiError : facts that are missing or will not do, targets that cannot be read, a unit of this name: all at once; nothing is written.
    """
    from kpi_lib.definitions import folders, starting
    from kpi_lib.definitions.indicators import INDICATORS
    from kpi_lib.deliveries import target_sheet

    if options.form:
        given = {key: str(getattr(options, key, None) or "") for key in target_sheet.FACTS} | {"language": language(options)}
        path = target_sheet.write_form(
            Path(options.form), language(options), facts=given, lines=[(ind, None) for ind in INDICATORS.values()]
        )
        tell(options, Text("Form: {path}. Fill in the yellow cells, then: kpi new-unit --from {path}", path=str(path)))
        return PUBLISHED
    folders.root()
    sheet = target_sheet.read_targets_of(Path(options.source)) if options.source else target_sheet.TargetSheet({}, ())
    facts = _facts(options, sheet.facts)
    unit = options.id or facts.get("id") or starting.slug(facts["name"])
    if not unit or starting.slug(unit) != unit:
        raise KpiError("{found} is no short name of a unit: small letters, digits and - are needed. Nothing was written.", found=repr(unit))
    if unit in folders.units() or (folders.root() / "data" / "raw" / unit).exists():
        raise KpiError(
            "data/raw/{unit} is there already: choose another short name, or write into its files. Nothing was written.", unit=unit
        )
    lang = facts.get("language") or language(options)
    own, rows = _rows(sheet.targets, facts, INDICATORS)
    lines = [row["indicator"] for row in rows] or list(INDICATORS)
    headline = [row["indicator"] for row, target in zip(rows, sheet.targets, strict=True) if target.headline] or lines[:4]
    told = {
        "id": unit, "name": facts["name"], "level": facts["level"], "parent": facts.get("parent", ""), "language": lang,
        "population": int(facts.get("population") or 0) or "", "reports_to": facts.get("reports_to", ""), "numbered": False,
        "headline": list(dict.fromkeys(headline)), "lines": list(dict.fromkeys(lines)), "publication_rule": starting.RULE[lang],
    }  # fmt: skip
    _store(unit, starting.unit_toml(told, own, lang), rows, sheet.faults)
    _understood(options, unit, sheet.targets, rows)
    return PUBLISHED


def _facts(options: argparse.Namespace, known: Mapping[str, str]) -> dict[str, str]:
    """What is known of the unit: as typed with the command, else from the sheet, else asked for where somebody sits at the console."""
    from kpi_lib.definitions.indicators import a_year, day
    from kpi_lib.definitions.settings import LEVELS
    from kpi_lib.deliveries.target_sheet import FACTS

    lang = language(options)
    facts = dict(known) | {key: str(value) for key in FACTS if (value := getattr(options, key, ""))}
    missing = [key for key in ASKED if not facts.get(key)]
    if missing and sys.stdin.isatty():
        facts |= {key: input(f"{FACTS[key][lang]}: ").strip() for key in missing}
        missing = [key for key in ASKED if not facts.get(key)]
    if missing:
        ways = listed([Text("{what} (--{key})", what=FACTS[key], key=key) for key in missing], "\n  - ")
        raise KpiError("Not stated:\n  - {missing}\nNothing was written.", missing=ways)
    if facts["level"] not in LEVELS:
        from kpi_lib.words.near import near

        hint = near(facts["level"], LEVELS)
        raise KpiError("level = {found}{hint}: one of {known}.", found=repr(facts["level"]), hint=hint, known=listed(LEVELS))
    for key in ("year", "population"):
        if facts.get(key) and not (facts[key].isascii() and facts[key].isdigit()):
            raise KpiError(
                "{key} = {found}: a whole number without separators is needed. Nothing was written.", key=key, found=repr(facts[key])
            )
    a_year(int(facts["year"]))
    day(facts["adopted"])
    if (spoken := facts.get("language", "")) and spoken not in languages():
        raise KpiError("{name} = {found}{hint}: only {known}.", name="language", found=repr(spoken), known=listed(languages()), hint="")
    return facts


def _rows(targets: Sequence[Any], facts: Mapping[str, str], known: Mapping[str, Any]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The unit's own lines, and the rows of `targets.csv`."""
    from kpi_lib.definitions.kinds import KINDS
    from kpi_lib.definitions.measures import PERCENT
    from kpi_lib.definitions.starting import slug
    from kpi_lib.deliveries import target_sheet

    own: list[dict[str, Any]] = []
    rows: list[dict[str, Any]] = []
    for target in targets:
        line = target.line or slug(target.name, "_")[:50]
        measure, times = (target_sheet.threshold_in(target.measure, known[line]) if line in known else None) or ("indicator", 1.0)
        if line not in known:
            entry = {"id": line, "name": target.name, "measure": target.measure, "kind": target.kind}
            entry |= {"direction": "lower"} if target.comparator in ("<", "<=") and not KINDS[target.kind].must_be_nil else {}
            if KINDS[target.kind].of_amounts:
                entry |= {"measure": PERCENT["en"], "flow_measure": target.measure}
            own.append(entry)
        rows.append({
            "indicator": line, "year": facts["year"], "threshold": f"{target.threshold * times:.12g}", "comparator": target.comparator, "measure": measure,
            "version": "adopted", "document": facts["document"], "clause": target.clause, "adopted": facts["adopted"], "source": facts["document"],
        })  # fmt: skip
    return own, rows


def _store(unit: str, toml: str, rows: Sequence[Mapping[str, Any]], faults: Sequence[Words]) -> None:
    """Put the folder in its place once everything in it was read without a fault; until then it lies where no unit is looked for."""
    from kpi_lib import disk
    from kpi_lib.definitions import folders
    from kpi_lib.definitions.columns import add_rows
    from kpi_lib.definitions.frames import DELIVERY, PLANS, TARGETS
    from kpi_lib.definitions.indicators import hold

    if faults:
        raise KpiError("The targets cannot be read:\n  - {faults}\nNothing was written.", faults=listed(faults, "\n  - "))
    data = folders.root() / "data"
    disk.sweep(data)
    staging = data / f".new.{os.getpid()}.tmp"
    made = staging / unit
    try:
        (made / "deliveries").mkdir(parents=True)
        (made / "unit.toml").write_text(toml, encoding="utf-8")
        hold(made / "unit.toml")
        add_rows(made / "targets.csv", TARGETS, rows)
        add_rows(made / "plans.csv", PLANS, [])
        add_rows(made / "deliveries" / "figures.csv", DELIVERY, [])
        made.rename(data / "raw" / unit)
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def _understood(options: argparse.Namespace, unit: str, targets: Sequence[Any], rows: Sequence[Mapping[str, Any]]) -> None:
    """Say line by line what was taken for what, what is still missing, and the next commands."""
    from kpi_lib.definitions.indicators import read_unit
    from kpi_lib.definitions.starting import NOT_NAMED

    lang, made = language(options), read_unit(unit)
    for target, row in zip(targets, rows, strict=True):
        ind = made.indicators[row["indicator"]]
        what = Text("own line, {kind}", kind=ind.kind.told) if not target.line else Text("line {line} of the catalogue", line=ind.id)
        goal = Number(target.threshold, len(row["threshold"].partition(".")[2]))[lang]
        print(f"  {target.cell:<5} {target.name[:60]:<60} {target.comparator} {goal} {ind.measure[lang]}  ← {what[lang]}")
    missing: list[Words] = []
    if not rows:
        missing.append(Text("no target: write them into targets.csv, or start again with --form"))
    if unnamed := [ind.short for ind in made.indicators.values() if ind.duty.owner == NOT_NAMED]:
        missing.append(Text("who hands in the figures (duty.owner) of: {lines}", lines=listed(unnamed)))
    if planned := [ind.short for ind in made.indicators.values() if ind.kind.rate == "share" and ind.kind.of_amounts]:
        missing.append(Text("this year's plan in plans.csv, or in the form of departments, of: {lines}", lines=listed(planned)))
    if growing := [ind.short for ind in made.indicators.values() if ind.kind.rate == "growth" and ind.kind.of_amounts]:
        missing.append(Text("last year's amounts, the base of the growth, of: {lines}", lines=listed(growing)))
    if not made.population:
        missing.append(Text("the population"))
    tell(options, Text("Unit {unit}: data/raw/{unit}, {count}.", unit=unit, count=plural("{n} target", "{n} targets", n=len(rows))))
    for words in missing:
        tell(options, Text("- still missing: {what}", what=words))
    year = rows[0]["year"] if rows else "2026"
    tell(options, Text("Next:\n  kpi check --unit {unit}\n  kpi template --unit {unit} --year {year} --month 1\n  kpi run --unit {unit} --as-of today",
                       unit=unit, year=str(year)))  # fmt: skip


def new_year(options: argparse.Namespace) -> int:
    """Add the targets of another year to `targets.csv`; say which lines had one the year before and have none now.

    Raises
    ------
    KpiError : targets that cannot be read, lines that the unit has not, a year that has targets of this document's day: nothing is written.
    """
    from kpi_lib.definitions import folders
    from kpi_lib.definitions.columns import add_rows
    from kpi_lib.definitions.frames import TARGETS
    from kpi_lib.definitions.indicators import day, read_unit
    from kpi_lib.definitions.targets import JUDGING, read_targets
    from kpi_lib.deliveries import target_sheet

    unit, every = read_unit(options.unit), read_targets(options.unit)
    last = every[(every["year"] == options.year - 1) & every["version"].isin(JUDGING)].drop_duplicates("indicator", keep="last")
    before = dict(zip(last["indicator"], last["threshold"], strict=True))
    if options.form:
        facts = {"id": unit.id, "name": unit.name[unit.lang], "level": unit.level, "language": unit.lang, "year": str(options.year)}
        lines = [(ind, before.get(key)) for key, ind in unit.indicators.items()]
        path = target_sheet.write_form(Path(options.form), unit.lang, facts=facts, lines=lines)
        tell(options, Text("Form: {path}. Fill in the yellow cells, then: kpi new-year --unit {unit} --year {year} --from {path}",
                           path=str(path), unit=unit.id, year=str(options.year)))  # fmt: skip
        return PUBLISHED
    if not options.source:
        raise KpiError("Name the sheet of the year's targets with --from, or have the form written with --form. Nothing was written.")
    sheet = target_sheet.read_targets_of(Path(options.source), known=unit.indicators)
    facts = {**sheet.facts, "year": str(options.year)} | {key: value for key in ("document", "adopted") if (value := getattr(options, key))}
    if missing := [key for key in ("document", "adopted") if not facts.get(key)]:
        raise KpiError("Not stated: {keys} (--document, --adopted). Nothing was written.", keys=listed(missing))
    day(facts["adopted"])
    strange = [Text("{cell}: {name}", cell=target.cell, name=target.name) for target in sheet.targets if not target.line]
    if faults := [*sheet.faults, *strange]:
        raise KpiError(
            "These rows are no lines of {unit}; give the line's id in the first column, or add an [[indicator]] to unit.toml:\n  - {faults}\n"
            "Nothing was written.",
            unit=unit.id, faults=listed(faults, "\n  - "),
        )  # fmt: skip
    _, rows = _rows(sheet.targets, facts, unit.indicators)
    path = folders.raw(unit.id) / "targets.csv"
    add_rows(path, TARGETS, rows)
    gone = [unit.indicators[key].short for key in before if key not in {row["indicator"] for row in rows} and key in unit.indicators]
    tell(
        options,
        Text(
            "{file}: {count} of {year} added.",
            file=str(path),
            count=plural("{n} target", "{n} targets", n=len(rows)),
            year=str(options.year),
        ),
    )
    for short in gone:
        tell(options, Text("- no target any more: {line}", line=short))
    return PUBLISHED
