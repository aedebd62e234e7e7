"""`kpi plan`: propose a phased plan as a workbook, and adopt the edited one with its document."""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable
from pathlib import Path

from kpi_lib.cli.console import PUBLISHED, WITH_WARNINGS, language, tell
from kpi_lib.words.messages import KpiError, Text, plural, say


def add_plan(command: Callable[..., argparse.ArgumentParser], lang: str) -> None:
    """The two steps of a phased plan."""
    plan = command("plan", Text("the plan by month and quarter: propose it as a workbook, adopt the edited one"))
    steps = plan.add_subparsers(dest="step", required=True, metavar=say("step", lang))
    propose = steps.add_parser("propose", help=say("write a workbook with the target spread as past years usually went", lang))
    adopt = steps.add_parser("adopt", help=say("read the edited workbook back and add it to plans.csv", lang))
    adopt.add_argument("file", metavar=say("FILE", lang))
    for one in (propose, adopt):
        one.add_argument("--unit", default=argparse.SUPPRESS, help=argparse.SUPPRESS)
        for name in ("--lang", "--root"):
            one.add_argument(name, default=argparse.SUPPRESS, help=argparse.SUPPRESS)
    propose.add_argument("--indicator", required=True, help=say("id of the line, like new_jobs", lang))
    propose.add_argument("--year", type=int, default=None, help=say("year of the plan (default: this year)", lang))
    propose.add_argument("--as-of", default=None, metavar=say("DATE", lang), help=say("as known on this day (default: today)", lang))
    propose.add_argument("--out", default=None, metavar=say("FILE", lang), help=say("the .xlsx to write (default: in this folder)", lang))
    adopt.add_argument("--document", required=True, help=say("the document that adopts it, with its number or day", lang))
    adopt.add_argument("--date", required=True, metavar=say("DATE", lang), help=say("day of the document", lang))
    adopt.add_argument("--by", required=True, help=say("who answers for it", lang))
    standing = say("standing: adopted, assigned or operating (what the year is run by)", lang)
    adopt.add_argument("--version", default="adopted", choices=("adopted", "assigned", "operating"), help=standing)
    plan.set_defaults(do=run)


def run(options: argparse.Namespace) -> int:
    return (_propose if options.step == "propose" else _adopt)(options)


def _outlook(options: argparse.Namespace, indicator: str, year: int, as_of: str):  # type: ignore[no-untyped-def]
    from kpi_lib import outlook_for
    from kpi_lib.definitions.indicators import day, read_unit
    from kpi_lib.figures.observations import read_observations

    unit = read_unit(options.unit, as_of=day(as_of))
    return outlook_for(read_observations(unit.id, as_of=as_of), unit, unit.indicators[indicator], year, as_of=as_of)


def _propose(options: argparse.Namespace) -> int:
    from kpi_lib.definitions.indicators import day
    from kpi_lib.deliveries.phased_plan import write_sheet
    from kpi_lib.narrative import threshold_text
    from kpi_lib.outlook.proposal import proposed
    from kpi_lib.words.messages import Named

    as_of = day(options.as_of) if options.as_of else options.today
    item = _outlook(options, options.indicator, options.year or as_of.year, str(as_of))
    if item.target is None:
        raise KpiError(
            "{line} has no target of {year} in force on {day}: enter it in targets.csv first.",
            line=item.indicator.id,
            year=item.projection.named(),
            day=as_of,
        )
    unit, rows = item.projection.unit, proposed(item)
    path = Path(options.out or f"ke-hoach-{unit.id}-{item.indicator.id}-{item.projection.year}.xlsx")
    write_sheet(path, unit, item.indicator, item.projection.year, rows, Named(threshold_text(item, unit.lang)))
    if any(math.isnan(value) for *_, value in rows):
        tell(options, Text("No past years of this line tell how a year goes: the periods are left empty, to be filled in."))
    made = Text(
        'Proposal made: {path}. Edit it; then: kpi plan adopt {path} --unit {unit} --document "..." --date ... --by "..."',
        path=str(path),
        unit=unit.id,
    )
    tell(options, made)
    return PUBLISHED


def _adopt(options: argparse.Namespace) -> int:
    from kpi_lib.definitions.indicators import day, read_unit
    from kpi_lib.deliveries.phased_plan import adopt, read_sheet, told_off
    from kpi_lib.reports.lock import only_run

    unit = read_unit(options.unit)
    with only_run(unit.id):
        plan = read_sheet(Path(options.file), unit)
        on = day(options.date)
        goal = _outlook(options, plan.ind.id, plan.year, str(max(on, options.today))).threshold
        off = told_off(plan, goal)
        added = adopt(plan, unit, document=options.document, version=options.version, adopted=on, by=options.by, on=options.today)
    count = plural("{n} period of {line} added to plans.csv.", "{n} periods of {line} added to plans.csv.", n=added, line=plan.ind.name)
    tell(options, count if added else Text("plans.csv holds this plan already: nothing was added."))
    if off is None:
        return PUBLISHED
    print(f"  ! {off[language(options)]}")
    return WITH_WARNINGS
