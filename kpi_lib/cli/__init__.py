"""The `kpi` command."""

from __future__ import annotations

import argparse
import datetime as dt
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from kpi_lib.cli import (
    deliveries,
    demo,
    due,
    lab,
    many,
    outlooks,
    plan,
    projects,
    record,
    schedule,
    sums,
    targets,
    unattended,
    units,
    upgrade,
)
from kpi_lib.cli.console import (
    DEFAULT_AS_OF,
    DEFAULT_UNIT,
    ENDS,
    ENVIRONMENT,
    INTERNAL,
    NOTHING,
    PUBLISHED,
    REFUSED,
    RUNNING,
    STOPPED,
    WITH_WARNINGS,
    language,
    progress,
    tell,
)
from kpi_lib.words.messages import SOURCE, KpiError, Text, Words, languages, listed, plural, say
from kpi_lib.words.numbers import Number
from kpi_lib.words.parser import Parser, speak
from kpi_lib.words.system import refused

if TYPE_CHECKING:
    from kpi_lib.reports.publish import Publication

MACHINE = Text("Fault of the environment (disk, memory, rights)")


def _parser(lang: str = SOURCE) -> argparse.ArgumentParser:
    speak(lang)
    question = say("Will we meet this year's targets, how sure is that, and what would it take?", lang)
    ends = listed((listed((str(code), told), "  ") for code, told in ENDS.items()), "\n  ")
    codes = say("exit codes:\n  {ends}", lang, ends=ends)
    shape = argparse.RawDescriptionHelpFormatter
    parser = Parser(prog="kpi", description=question, epilog=codes, formatter_class=shape)
    spoken = say("language of pages and of what is told here (default: the unit's)", lang)
    parser.add_argument("--lang", default=None, choices=languages(), help=spoken)
    where = say("folder of the project (default: KPI_ROOT, else the nearest folder upwards that is one)", lang)
    parser.add_argument("--root", default=None, metavar=say("FOLDER", lang), help=where)
    commands = parser.add_subparsers(dest="command", required=True, metavar=say("command", lang))
    date, file = say("DATE", lang), say("FILE", lang)

    def command(name: str, help_: Text, *, unit: bool = True) -> argparse.ArgumentParser:
        made = commands.add_parser(name, help=help_[lang])
        made.add_argument("--lang", default=argparse.SUPPRESS, choices=languages(), help=argparse.SUPPRESS)
        made.add_argument("--root", default=argparse.SUPPRESS, help=argparse.SUPPRESS)
        if unit:
            made.add_argument("--unit", default=DEFAULT_UNIT, help=say("folder in data/raw (default: {unit})", lang, unit=DEFAULT_UNIT))
        return made

    run = command("run", Text("read the figures, project, run the notebooks, write the pages and the ledger"))
    as_of = Text(
        "ignore what was published after this day, like 2025-10-15, or today (default: {day} for {unit}, today for other units)",
        day=DEFAULT_AS_OF,
        unit=DEFAULT_UNIT,
    )
    run.add_argument("--as-of", default=None, metavar=date, help=as_of[lang])
    year = say("the year judged (default: that of the day; in January the year before)", lang)
    run.add_argument("--year", type=int, default=None, help=year)
    engine = say("how notebooks run (default: the fastest of this machine)", lang)
    run.add_argument("--engine", default=None, choices=("fork", "kernel"), help=engine)
    run.add_argument("--pictures-only", action="store_true", help=say("pages with pictures alone (lighter, may be mailed)", lang))
    run.add_argument("--month", action="store_true", help=say("the monthly review: one page, beside the reports", lang))
    pdf = say("every page as PDF beside it too, printed by the Chromium, Chrome or Edge of this machine", lang)
    run.add_argument("--pdf", action="store_true", help=pdf)
    override = say("publish in spite of numbers that do not agree; this name stands at the foot of every page", lang)
    run.add_argument("--override", default="", metavar=say("FULL_NAME", lang), help=override)
    many.add_many(run, lang)
    command("units", Text("list the units"), unit=False)
    command("check", Text("only check what was delivered for a unit"))
    deliveries.add_deliveries(command, lang, date, file)
    projects.add_projects(command, lang)
    unattended.add_unattended(command, lang, date)
    schedule.add_schedule(command, lang, date)
    record.add_record(command, lang, date, file)
    plan.add_plan(command, lang)
    demo.add_demo(command)
    units.add_units(command, lang, date, file)
    due.add_due(command, lang, date)
    outlooks.add_outlooks(command, lang, date)
    targets.add_targets(command, lang, date, file)
    sums.add_sums(command, lang, date)
    upgrade.add_upgrade(command, lang)
    share = command("share", Text("pack a report to send"))
    share.add_argument("--as-of", required=True, metavar=date, help=say("day of the published report", lang))
    share.add_argument("--one-file", action="store_true", help=say("one HTML file with every page", lang))
    share.add_argument(
        "--units", action="store_true", help=say("with the reports of the units below it, as its page on them leads to them", lang)
    )
    share.add_argument("--public", action="store_true", help=say("its page on the units below as one HTML file without small counts", lang))
    share.add_argument("--out", default=None, metavar=file, help=say("the .zip to write (default: beside the reports)", lang))
    draft = command("draft", Text("a draft report for Word"))
    draft.add_argument("--as-of", required=True, metavar=date)
    draft.add_argument("--year", type=int, default=None)
    skin = say("form: state (People's Committee, Decree 30/2020), party (Party committee, Guidance 36) or plain", lang)
    draft.add_argument("--skin", default="state", choices=("state", "party", "plain"), help=skin)
    draft.add_argument("--out", default=None, metavar=file, help=say("the .docx to write (default: in this folder)", lang))
    command("certify", Text("reach the reference figures of R, Stata and closed forms again"), unit=False)
    lab.add_lab(command, lang)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; the exit code says which class of end it was (`console.ENDS`)."""
    for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(name, "1")
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")
    given = list(sys.argv[1:] if arguments is None else arguments)
    if given[:1] == ["lab"]:
        given = lab.arranged(given[1:])
    options = _parser(_language_of(given)).parse_args(given)
    options.today, options.clock = _today(), _now
    do = getattr(options, "do", None) or globals().get(f"_{options.command}") or getattr(deliveries, options.command)
    return _guarded(do, options)


def _guarded(command: Callable[[argparse.Namespace], int], options: argparse.Namespace) -> int:
    try:
        if (year := getattr(options, "year", None)) is not None:
            from kpi_lib.definitions.indicators import a_year

            a_year(year)
        return command(options)
    except (Exception, KeyboardInterrupt) as error:
        code, told = _ended(error)
        if code == INTERNAL and os.environ.get("KPI_DEBUG"):
            raise
        if options.command == "run":  # was to publish: what does a reader find now?
            told = listed((told, getattr(error, "reached", Text("Nothing was published."))), " ")
        print(f"\n{told[language(options)]}", file=sys.stderr)
        unattended.failed(options, code, told)
        return code


def _ended(error: BaseException) -> tuple[int, Words]:
    """The exit code and the words of an end that was not meant."""
    if isinstance(error, KpiError):
        code = {"Busy": RUNNING, "NothingToReport": NOTHING, "MachineFault": ENVIRONMENT}.get(type(error).__name__, REFUSED)
        opening = {NOTHING: Text("Nothing to report on"), RUNNING: Text("It cannot run"), REFUSED: Text("Refused"), ENVIRONMENT: MACHINE}
        return code, listed((opening[code], error.words), ": ")
    if isinstance(error, OSError | MemoryError):
        return ENVIRONMENT, Text("{opening}: {error}.", opening=MACHINE, error=refused(error))
    if isinstance(error, KeyboardInterrupt):
        return STOPPED, Text("Stopped as asked.")
    return INTERNAL, Text(
        "Internal fault: {kind}: {error}. Set KPI_DEBUG=1 and run again to see more.",
        kind=type(error).__name__,
        error=getattr(error, "words", str(error)),
    )


def _language_of(arguments: Sequence[str]) -> str:
    """The language of help and of refused options: before the arguments are read, from those that bear on it."""
    speak(SOURCE)
    known = argparse.ArgumentParser(add_help=False, exit_on_error=False)
    known.add_argument("--lang", default=None)
    known.add_argument("--unit", default=DEFAULT_UNIT)
    known.add_argument("--root", default=None)
    try:
        options, _ = known.parse_known_args(list(arguments))
        if options.root is not None:
            os.environ["KPI_ROOT"] = options.root
    except argparse.ArgumentError:
        options = argparse.Namespace(unit=DEFAULT_UNIT)
    lang = language(options)
    return lang if lang in languages() else language(argparse.Namespace(unit=DEFAULT_UNIT))


def _size(path: Path) -> Number:
    return Number(path.stat().st_size / 1e6, 1)


def _today() -> dt.date:
    """The one place that asks the clock."""
    return dt.date.today()


def _now() -> dt.datetime:
    """The moment, in the zone of the machine: when a run began and ended, and from which its day in the unit's zone is told."""
    return dt.datetime.now().astimezone()


def _run(options: argparse.Namespace) -> int:
    if options.units:
        return many.run_units(options)
    from kpi_lib.definitions import trail
    from kpi_lib.definitions.indicators import day
    from kpi_lib.reports import door
    from kpi_lib.reports.publish import publish

    given = str(_today()) if options.as_of == "today" else options.as_of
    as_of = day(given or (DEFAULT_AS_OF if options.unit == DEFAULT_UNIT else str(_today())))
    unattended.began(options, str(as_of))
    deliveries.take_dropped(options)  # refuses a unit that is none; a day that is none was refused before: nothing is written of either
    trail.note(options.unit, _today())
    questions = door.guarded(options.unit, _today())
    publication = publish(
        options.unit,
        as_of,
        year=options.year,
        lang=language(options),
        engine=options.engine,
        interactive=not options.pictures_only,
        month=options.month,
        override=options.override.strip(),
        pdf=options.pdf,
        progress=unattended.kept(options, progress),
    )
    publication = replace(publication, warnings=(*publication.warnings, *(question[language(options)] for question in questions)))
    code = WITH_WARNINGS if publication.warnings else PUBLISHED
    with publication.telling():
        unattended.ended(options, code)
        _tell_published(options, publication)
    return code


def _tell_published(options: argparse.Namespace, publication: Publication) -> None:
    print(f"\n{publication.answer}")
    for warning in publication.warnings:
        print(f"  ! {warning}")
    pages, every = publication.pages, publication.folder.parent / "index.html"
    tell(options, Text("{pages:page|pages} published. Open: {first}", pages=len(pages), first=str(pages[0])))
    ledger = Text("a round added") if publication.new_round else Text("unchanged (this round stands in it)")
    tell(options, Text("Ledger: {ledger}. All reports: {path}", ledger=ledger, path=str(every)))
    sys.stdout.flush()  # a full disk behind it is told here, not at exit


def _share(options: argparse.Namespace) -> int:
    from kpi_lib.reports.sending.share import one_file, public_page, zip_report, zip_with_units

    target = Path(options.out) if options.out else None
    if options.one_file + options.units + options.public > 1:
        raise KpiError("Name one of --one-file, --units and --public.")
    if options.one_file or options.public:
        made = (public_page if options.public else one_file)(options.unit, options.as_of, target=target)
        tell(options, Text("One file: {path} ({size} MB). Open it in any browser, no network is needed.", path=str(made), size=_size(made)))
        return PUBLISHED
    packed = (zip_with_units if options.units else zip_report)(options.unit, options.as_of, target=target)
    tell(options, Text("Packed: {path} ({size} MB). Who gets it unpacks it and opens index.html.", path=str(packed), size=_size(packed)))
    return PUBLISHED


def _draft(options: argparse.Namespace) -> int:
    from kpi_lib.definitions.indicators import day, read_unit
    from kpi_lib.definitions.targets import year_in_review
    from kpi_lib.figures.observations import read_observations
    from kpi_lib.page.draft import draft
    from kpi_lib.record.replays import outlooks
    from kpi_lib.reports import word

    as_of = day(options.as_of)
    unit = read_unit(options.unit, as_of=as_of)
    items = outlooks(read_observations(unit.id, as_of=as_of), unit, options.year or year_in_review(unit, as_of), as_of=as_of)
    report = draft(items, unit, skin=options.skin, lang=language(options))
    print(report.text)
    written = word.write(report, items, Path(options.out or report.form.file_name(unit, as_of, report.lang)))
    print()
    tell(options, Text("Draft: {path}", path=str(written)))
    return PUBLISHED


def _units(options: argparse.Namespace) -> int:
    from kpi_lib.definitions import folders
    from kpi_lib.definitions.indicators import read_unit

    for name in folders.units():
        unit = read_unit(name)
        lang = options.lang or unit.lang
        print(f"{name:<22} {unit.name[lang]}{unattended.marked(name)[lang]}")
    if made := len(folders.units(made=True)) - len(folders.units()):
        tell(options, plural("and {n} illustrative ward made from a seed", "and {n} illustrative wards made from a seed", n=made))
    return PUBLISHED


def _check(options: argparse.Namespace) -> int:
    from kpi_lib.definitions import trail
    from kpi_lib.definitions.targets import read_plans, read_targets
    from kpi_lib.figures.observations import read_observations
    from kpi_lib.reports import door
    from kpi_lib.reports.known import to_mend

    for edit in trail.note(options.unit, _today()):
        seen = Text("changed by hand since the last look: {file} ({by})", file=edit.file, by=edit.author or "–")
        print(f"  · {seen[language(options)]}")
    door.guarded(options.unit, _today(), strict=True)
    obs = read_observations(options.unit)
    read = Text(
        "{unit}: {figures:figure|figures}, {targets:target|targets}, {plans:plan|plans}: read, without faults.",
        unit=options.unit,
        figures=len(obs),
        targets=len(read_targets(options.unit)),
        plans=len(read_plans(options.unit)),
    )
    tell(options, read)
    for warning in to_mend(options.unit, _today()):
        print(f"  ! {warning[language(options)]}")
    return PUBLISHED


def _certify(options: argparse.Namespace) -> int:
    from kpi_lib.record.certification import certify

    checks = certify()
    for check in checks:
        print(f"{'✔' if check.held else '✘'} {check.name:<50} {check.reached:>16.8f} {check.expected:>16.8f}  ± {check.tolerance:g}")
    failed = sum(not check.held for check in checks)
    tell(options, Text("{held}/{all:figure|figures} reached.", held=len(checks) - failed, all=len(checks)))
    return INTERNAL if failed else PUBLISHED
