"""A run of many units in one table: which report came out how, why, and in what time; on the console and as a page."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from kpi_lib import disk
from kpi_lib.definitions.indicators import day, read_unit
from kpi_lib.definitions.many.plan import Order
from kpi_lib.page.markup import NUMBER, Heading, Html, piece, small, table
from kpi_lib.reports.archive import plain_page, write
from kpi_lib.reports.many.state import Batch, Ended, report_of
from kpi_lib.words.messages import KpiError, Named, Text, Words, in_context, listed, plural, say
from kpi_lib.words.numbers import date_text

RESULTS: dict[int, tuple[str, Words]] = {
    0: ("✔", in_context("a report", "published")),
    10: ("✔", in_context("a report", "published, with warnings")),
    20: ("✘", Text("input refused")),
    30: ("–", Text("nothing to report on")),
    50: ("✘", Text("machine at fault")),
    60: ("✘", Text("fault of the program")),
    75: ("✘", Text("another run was under way")),
    130: ("✘", Text("stopped")),
}
"""How a report ended, by the exit code of its run: a sign and a word."""

NOT_BEGUN = ("·", Text("not made"))
LONGEST = 200  # letters of a reason in the table of the console

Row = tuple[Order, Ended | None]


def rows(batch: Batch) -> list[Row]:
    """Every report asked for with how it ended: first what is missing, then what was published, each in the order asked for."""
    ended = {each.order.report: each for each in batch.results}
    found = [(order, ended.get(order.report)) for order in batch.orders]
    return sorted(found, key=lambda row: row[1] is not None and row[1].good)


def told(batch: Batch) -> Iterator[Words]:
    """The run in sentences: how many reports came out, which are missing, what it took."""
    good = sum(each.good for each in batch.results)
    yield Text("{good} of {all:report is|reports are} published.", good=good, all=len(batch.orders))
    if missing := [order for order, ended in rows(batch) if ended is None or not ended.good]:
        yield Text("Missing: {units}.", units=listed(dict.fromkeys(order.unit for order in missing)))
    if batch.kept:
        yield plural(
            "{n} stood as the last try had published it and was not made again.",
            "{n} stood as the last try had published them and were not made again.",
            n=batch.kept,
        )
    made = batch.results[batch.kept :]
    if made and batch.ended:
        took = round((batch.ended - batch.started).total_seconds() / 60)
        spent = round(sum(each.cpu for each in made) / len(made))
        yield Text("It took {minutes:minute|minutes}; {cpu:processor second|processor seconds} a report.", minutes=took, cpu=spent)


def why(ended: Ended | None) -> Words:
    """What is said beside a result: why there is no report, or what the report answers and warns of."""
    if ended is None:
        return Named("")
    if not ended.good:
        return Named(**ended.reason)
    return Named(ended.answer)


def lines(batch: Batch, lang: str) -> Iterator[str]:
    """The table for a console."""
    counted = Counter(order.unit for order in batch.orders)
    for order, ended in rows(batch):
        sign, word = RESULTS.get(ended.code, RESULTS[60]) if ended else NOT_BEGUN
        name = order.unit if counted[order.unit] == 1 else f"{order.unit} {order.as_of}"
        seconds = f"{ended.seconds:6.0f} s" if ended else " " * 8
        reason = textwrap.shorten(why(ended)[lang], LONGEST, placeholder=" …") if ended and not ended.good else ""
        yield f"{sign} {name:<24} {seconds}  {word[lang]}{': ' if reason else ''}{reason}"


def _result(order: Order, ended: Ended | None, lang: str) -> object:
    del order
    sign, word = RESULTS.get(ended.code, RESULTS[60]) if ended else NOT_BEGUN
    return f"{sign} {word[lang]}"


def _unit(order: Order, ended: Ended | None, lang: str) -> object:
    try:
        name = read_unit(order.unit).name[lang]
    except KpiError:  # its own file is what is at fault
        return order.unit
    if ended and ended.good:
        return piece("link", f"../../{order.unit}/reports/{report_of(order).name}/index.html", name), small(order.unit)
    return name, small(order.unit)


def _reason(order: Order, ended: Ended | None, lang: str) -> object:
    del order
    warned = small(plural("{n} warning", "{n} warnings", n=len(ended.warnings))[lang]) if ended and ended.warnings else None
    return (why(ended)[lang], warned) if warned else why(ended)[lang] or "–"


def _seconds(order: Order, ended: Ended | None, lang: str) -> object:
    del order, lang
    return str(round(ended.seconds)) if ended else "–"


def page(batch: Batch, lang: str) -> str:
    """The run as a page: sentences, then the table, what is missing first."""
    columns = {
        Heading(Text("Unit"), heads_row=True, quotes=True): _unit,
        Heading(Text("Day of the report")): lambda order, _, lang: date_text(day(order.as_of), lang),
        Heading(Text("Result")): _result,
        Heading(Text("What it says, or why it is missing"), quotes=True): _reason,
        Heading(Text("Seconds"), NUMBER): _seconds,
    }
    shown = {head: (lambda order, ended, says=says: says(order, ended, lang)) for head, says in columns.items()}
    sentences = Html("").join(piece("said", words[lang]) for words in told(batch))
    body = sentences + table(shown, rows(batch), caption=Text("Reports of this run"), lang=lang)
    return plain_page(str(body), say("A run of many units", lang), lang, batch.selection)


def write_page(batch: Batch, lang: str) -> Path:
    """Write the page beside what is kept of the run."""
    target = batch.folder / "index.html"
    with disk.whole(target, sure=True) as being_made:
        write(being_made, page(batch, lang))
    return target
