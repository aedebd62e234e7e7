"""The `kpi` command."""

from __future__ import annotations

import argparse
import datetime as dt
import os
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from kpi_lib.periods import MONTHS
from kpi_lib.words.messages import SOURCE, Text, Words, languages, plural, say
from kpi_lib.words.numbers import Number

if TYPE_CHECKING:
    from kpi_lib.deliveries.intake import Receipt

PUBLISHED, WITH_WARNINGS, REFUSED, NOTHING, ENVIRONMENT, INTERNAL, RUNNING = 0, 10, 20, 30, 50, 60, 75
DEFAULT_UNIT, DEFAULT_AS_OF = "quang-ninh", "2025-10-15"


def _parser(lang: str = SOURCE) -> argparse.ArgumentParser:
    question = say("Will we meet this year's targets, how sure is that, and what would it take?", lang)
    parser = argparse.ArgumentParser(prog="kpi", description=question)
    spoken = say("language of pages and of what is told here (default: the unit's)", lang)
    parser.add_argument("--lang", default=None, choices=languages(), help=spoken)
    commands = parser.add_subparsers(dest="command", required=True, metavar=say("command", lang))
    date, file = say("DATE", lang), say("FILE", lang)

    def command(name: str, help_: Text, *, unit: bool = True) -> argparse.ArgumentParser:
        made = commands.add_parser(name, help=help_[lang])
        made.add_argument("--lang", default=argparse.SUPPRESS, choices=languages(), help=argparse.SUPPRESS)
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
    override = say("publish in spite of numbers that do not agree; this name stands at the foot of every page", lang)
    run.add_argument("--override", default="", metavar=say("FULL_NAME", lang), help=override)
    command("units", Text("list the units"), unit=False)
    command("check", Text("only check what was delivered for a unit"))
    _add_deliveries(command, lang, date, file)
    share = command("share", Text("pack a report to send"))
    share.add_argument("--as-of", required=True, metavar=date, help=say("day of the published report", lang))
    share.add_argument("--one-file", action="store_true", help=say("one HTML file with every page", lang))
    share.add_argument("--out", default=None, metavar=file, help=say("the .zip to write (default: beside the reports)", lang))
    draft = command("draft", Text("a draft report for Word"))
    draft.add_argument("--as-of", required=True, metavar=date)
    draft.add_argument("--year", type=int, default=None)
    skin = say("form: state (People's Committee, Decree 30/2020), party (Party committee, Guidance 36) or plain", lang)
    draft.add_argument("--skin", default="state", choices=("state", "party", "plain"), help=skin)
    draft.add_argument("--out", default=None, metavar=file, help=say("the .docx to write (default: in this folder)", lang))
    command("certify", Text("reach the reference figures of R, Stata and closed forms again"), unit=False)
    lab = command("lab", Text("open JupyterLab at the notebooks"), unit=False)
    lab.add_argument("arguments", nargs=argparse.REMAINDER, help=say("handed on to jupyter lab", lang))
    return parser


def _add_deliveries(command: Callable[..., argparse.ArgumentParser], lang: str, date: str, file: str) -> None:
    """The commands for figures as departments send them."""
    template = command("template", Text("the workbook that departments fill in"))
    template.add_argument("--year", type=int, default=None, help=say("year of the form (default: this year)", lang))
    months, month = range(1, MONTHS + 1), say("month reported (default: this month)", lang)
    template.add_argument("--month", type=int, default=None, choices=months, metavar=say("MONTH", lang), help=month)
    template.add_argument("--as-of", default=None, metavar=date, help=say("fill in what is known on this day (default: today)", lang))
    template.add_argument("--out", default=None, metavar=file, help=say("the .xlsx to write (default: in this folder)", lang))
    ingest = command("ingest", Text("take delivered files in: forms, CSV, tables of departments"))
    ingest.add_argument("files", nargs="+", metavar=file)
    ingest.add_argument("--received", default=None, metavar=date, help=say("day of receipt, like 2025-10-15 (default: today)", lang))
    ingest.add_argument("--sender", default="", help=say("who sent it", lang))
    command("waiting", Text("figures that wait to be mended or confirmed"))
    confirm = command("confirm", Text("answer for figures that wait, with name and reason"))
    confirm.add_argument("number", type=int, metavar=say("DELIVERY", lang), help=say("number of the delivery (see: kpi waiting)", lang))
    cells = say("left out: every cell that only waits to be confirmed", lang)
    confirm.add_argument("cells", nargs="*", metavar=say("SHEET!CELL", lang), help=cells)
    confirm.add_argument("--name", required=True, help=say("who answers for it", lang))
    confirm.add_argument("--reason", required=True, help=say("the reason", lang))
    confirm.add_argument("--on", default=None, metavar=date, help=say("day of the confirmation (default: today)", lang))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; the exit code says which class of end it was.

    0 published, 10 published with warnings, 20 input refused, 30 nothing to report on, 50 environment (disk, memory, rights),
    60 internal fault, 75 already running.
    """
    for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(name, "1")
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")
    given = list(sys.argv[1:] if arguments is None else arguments)
    if given[:1] == ["lab"]:
        given.insert(1, "--")  # argparse would take Jupyter's options for its own
    options = _parser(_language_of(given)).parse_args(given)
    return _guarded(globals()[f"_{options.command}"], options)


def _guarded(command: Callable[[argparse.Namespace], int], options: argparse.Namespace) -> int:
    from kpi_lib.words.messages import KpiError

    try:
        return command(options)
    except KpiError as error:
        code = {"Busy": RUNNING, "NothingToReport": NOTHING}.get(type(error).__name__, REFUSED)
        opening = {NOTHING: Text("Nothing to report on"), RUNNING: Text("It cannot run"), REFUSED: Text("Refused")}[code]
        print(f"\n{opening[_language(options)]}: {error[_language(options)]}", file=sys.stderr)
        return code
    except (OSError, MemoryError) as error:
        told = Text("Fault of the environment (disk, memory, rights): {error}. Nothing was published.", error=str(error))
        print(f"\n{told[_language(options)]}", file=sys.stderr)
        return ENVIRONMENT
    except KeyboardInterrupt:
        print(f"\n{say('Stopped as asked. Nothing was published.', _language(options))}", file=sys.stderr)
        return 130
    except Exception as error:
        if os.environ.get("KPI_DEBUG"):
            raise
        told = Text(
            "Internal fault: {kind}: {error}. Nothing was published. Set KPI_DEBUG=1 and run again to see more.",
            kind=type(error).__name__,
            error=getattr(error, "words", str(error)),
        )
        print(f"\n{told[_language(options)]}", file=sys.stderr)
        return INTERNAL


def _language_of(arguments: Sequence[str]) -> str:
    """The language of help and of refused options: before the arguments are read, from those that bear on it."""
    known = argparse.ArgumentParser(add_help=False, exit_on_error=False)
    known.add_argument("--lang", default=None)
    known.add_argument("--unit", default=DEFAULT_UNIT)
    try:
        options, _ = known.parse_known_args(list(arguments))
    except argparse.ArgumentError:
        options = argparse.Namespace(unit=DEFAULT_UNIT)
    lang = _language(options)
    return lang if lang in languages() else _language(argparse.Namespace(unit=DEFAULT_UNIT))


def _language(options: argparse.Namespace) -> str:
    """The language asked for, else that of the unit's office, else that of the first unit."""
    from kpi_lib.definitions.indicators import read_unit

    if asked := getattr(options, "lang", None):
        return str(asked)
    for unit in (getattr(options, "unit", DEFAULT_UNIT), DEFAULT_UNIT):
        with suppress(Exception):  # an error is being told: a unit that cannot be read must not hide it
            return read_unit(unit).lang
    return languages()[0]


def _tell(options: argparse.Namespace, words: Words) -> None:
    """Print a line in the language of the command."""
    print(words[_language(options)])


def _size(path: Path) -> Number:
    return Number(path.stat().st_size / 1e6, 1)


def _today() -> dt.date:
    """The one place that asks the clock."""
    return dt.date.today()


def _run(options: argparse.Namespace) -> int:
    from kpi_lib.reports.publish import publish

    _take_dropped(options)
    given = str(_today()) if options.as_of == "today" else options.as_of
    as_of = given or (DEFAULT_AS_OF if options.unit == DEFAULT_UNIT else str(_today()))
    publication = publish(
        options.unit,
        as_of,
        year=options.year,
        lang=_language(options),
        engine=options.engine,
        interactive=not options.pictures_only,
        override=options.override.strip(),
        progress=_progress,
    )
    print(f"\n{publication.answer}")
    for warning in publication.warnings:
        print(f"  ! {warning}")
    pages, every = publication.pages, publication.folder.parent / "index.html"
    _tell(options, Text("{pages} pages published. Open: {first}", pages=len(pages), first=str(pages[0])))
    ledger = Text("a round added") if publication.new_round else Text("unchanged (this round stands in it)")
    _tell(options, Text("Ledger: {ledger}. All reports: {path}", ledger=ledger, path=str(every)))
    return WITH_WARNINGS if publication.warnings else PUBLISHED


def _take_dropped(options: argparse.Namespace) -> None:
    """First step of a run: workbooks somebody put into the unit's `deliveries` folder are taken in, as received today."""
    from kpi_lib.deliveries.intake import dropped, ingest
    from kpi_lib.reports.lock import only_run

    with only_run(options.unit):
        paths = dropped(options.unit)
        receipts = ingest(paths, options.unit, received=_today()) if paths else []
    if receipts:
        _told(receipts, options)


def _template(options: argparse.Namespace) -> int:
    from kpi_lib.definitions.indicators import day, read_unit
    from kpi_lib.definitions.targets import read_plans
    from kpi_lib.deliveries.tables.template import template_name, write_template
    from kpi_lib.figures.observations import read_observations

    as_of = day(options.as_of) if options.as_of else _today()
    unit, year, month = read_unit(options.unit), options.year or as_of.year, options.month or as_of.month
    path = Path(options.out or template_name(unit, year, month))
    obs = read_observations(unit.id, as_of=as_of)
    write_template(unit, year, path, month=month, obs=obs, plans=read_plans(unit.id), as_of=as_of)
    made = Text(
        "Form made: {path}. Send it to be filled in; take it back with: kpi ingest {path} --unit {unit}", path=str(path), unit=unit.id
    )
    _tell(options, made)
    return PUBLISHED


def _ingest(options: argparse.Namespace) -> int:
    from kpi_lib.definitions.indicators import day
    from kpi_lib.deliveries.intake import ingest
    from kpi_lib.reports.lock import only_run

    received = day(options.received) if options.received else _today()
    with only_run(options.unit):
        receipts = ingest([Path(name) for name in options.files], options.unit, received=received, sender=options.sender)
    return _told(receipts, options)


def _told(receipts: Sequence[Receipt], options: argparse.Namespace) -> int:
    """Print the report of all faults, keep it as a page, and say by the exit code how it went."""
    from kpi_lib.deliveries.report import as_text
    from kpi_lib.reports.archive import write_delivery_report

    print(as_text(receipts, _language(options)))
    page = write_delivery_report(receipts, options.unit)
    _tell(options, Text("Report of the delivery: {page}", page=str(page)))
    waiting = any(receipt.waiting or receipt.waiting_plans for receipt in receipts)
    if waiting:
        _tell(options, Text("Figures wait: kpi waiting --unit {unit}", unit=options.unit))
    if receipts and all(receipt.refused for receipt in receipts):
        return REFUSED
    faults = [item for receipt in receipts for item in receipt.faults if item.severity != "note"]
    return WITH_WARNINGS if faults else PUBLISHED


def _share(options: argparse.Namespace) -> int:
    from kpi_lib.reports.share import one_file, zip_report

    target = Path(options.out) if options.out else None
    if options.one_file:
        made = one_file(options.unit, options.as_of, target=target)
        _tell(
            options, Text("One file: {path} ({size} MB). Open it in any browser, no network is needed.", path=str(made), size=_size(made))
        )
        return PUBLISHED
    packed = zip_report(options.unit, options.as_of, target=target)
    _tell(options, Text("Packed: {path} ({size} MB). Who gets it unpacks it and opens index.html.", path=str(packed), size=_size(packed)))
    return PUBLISHED


def _draft(options: argparse.Namespace) -> int:
    from kpi_lib.definitions.indicators import day, read_unit
    from kpi_lib.figures.observations import read_observations
    from kpi_lib.outlook.verdict import outlooks
    from kpi_lib.page.draft import draft
    from kpi_lib.reports import word

    as_of = day(options.as_of)
    unit = read_unit(options.unit, as_of=as_of)
    items = outlooks(read_observations(unit.id, as_of=as_of), unit, options.year or unit.calendar.in_review(as_of), as_of=as_of)
    report = draft(items, unit, skin=options.skin, lang=_language(options))
    print(report.text)
    written = word.write(report, items, Path(options.out or report.form.file_name(unit, as_of, report.lang)))
    print()
    _tell(options, Text("Draft: {path}", path=str(written)))
    return PUBLISHED


def _waiting(options: argparse.Namespace) -> int:
    from kpi_lib.deliveries import store
    from kpi_lib.deliveries.delivery import Item
    from kpi_lib.deliveries.intake import still_waiting

    found = 0
    for record in store.records(options.unit):
        figures, plans = still_waiting(options.unit, record)
        items: list[Item] = [*figures, *plans]
        for item in items:
            checks = sorted({f.check for f in record.faults if f.concerns(item.sheet, item.cell)})
            place = Text("delivery {number} ({day}, {file})", number=record.number, day=record.received, file=record.name)
            print(f"{place[_language(options)]} {item.sheet}!{item.cell}: {item.typed or item.value} [{', '.join(checks)}]")
            found += 1
    _tell(options, plural("{unit}: {n} cell waits.", "{unit}: {n} cells wait.", n=found, unit=options.unit))
    return WITH_WARNINGS if found else PUBLISHED


def _confirm(options: argparse.Namespace) -> int:
    from kpi_lib.definitions.indicators import day
    from kpi_lib.deliveries.intake import confirm
    from kpi_lib.reports.lock import only_run

    on = day(options.on) if options.on else _today()
    with only_run(options.unit):
        receipt = confirm(options.unit, options.number, by=options.name, reason=options.reason, on=on, cells=options.cells)
    accepted = Text(
        "{figures} figures and {plans} plans accepted, as {name} answers for them (record no. {number}).",
        figures=len(receipt.accepted),
        plans=len(receipt.plans),
        name=options.name,
        number=receipt.number,
    )
    _tell(options, accepted)
    return PUBLISHED


def _progress(done: int, of: int, what: str) -> None:
    width = 24
    filled = width * done // of
    line = f"[{'█' * filled}{'·' * (width - filled)}] {done}/{of} {what}"
    if sys.stderr.isatty():
        print(f"\r{line:<70}", end="", file=sys.stderr, flush=True)
    elif what:
        print(line, file=sys.stderr, flush=True)


def _units(options: argparse.Namespace) -> int:
    from kpi_lib.definitions import folders
    from kpi_lib.definitions.indicators import read_unit

    for name in folders.units():
        unit = read_unit(name)
        print(f"{name:<22} {unit.name[options.lang or unit.lang]}")
    return PUBLISHED


def _check(options: argparse.Namespace) -> int:
    from kpi_lib.definitions.targets import read_plans, read_targets
    from kpi_lib.figures.observations import read_observations
    from kpi_lib.reports.known import to_mend

    obs = read_observations(options.unit)
    read = Text(
        "{unit}: {figures} figures, {targets} targets, {plans} plans: read, without faults.",
        unit=options.unit,
        figures=len(obs),
        targets=len(read_targets(options.unit)),
        plans=len(read_plans(options.unit)),
    )
    _tell(options, read)
    for warning in to_mend(options.unit, _today()):
        print(f"  ! {warning[_language(options)]}")
    return PUBLISHED


def _certify(options: argparse.Namespace) -> int:
    from kpi_lib.record.certification import certify

    checks = certify()
    for check in checks:
        print(f"{'✔' if check.held else '✘'} {check.name:<50} {check.reached:>16.8f} {check.expected:>16.8f}  ± {check.tolerance:g}")
    failed = sum(not check.held for check in checks)
    _tell(options, Text("{held}/{all} figures reached.", held=len(checks) - failed, all=len(checks)))
    return INTERNAL if failed else PUBLISHED


def _lab(options: argparse.Namespace) -> int:
    import subprocess

    from kpi_lib.definitions import folders

    os.environ["KPI_ROOT"] = str(folders.root())
    first = "--LabApp.default_url=/lab/tree/notebooks/overview.ipynb"
    start = ["--ServerApp.ip=127.0.0.1", f"--ServerApp.root_dir={folders.root()}", first]
    never = "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate"
    offline = ["--LabApp.news_url=None", never, "--LabApp.extension_manager=readonly"]
    more = [argument for argument in options.arguments if argument != "--"]
    return subprocess.call([sys.executable, "-m", "jupyter", "lab", *start, *offline, *more])


if __name__ == "__main__":
    sys.exit(main())
