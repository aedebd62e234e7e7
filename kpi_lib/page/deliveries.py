"""What came in, from whom, what waits, how estimates drift, who owes what since when, which old figures are blocked."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from typing import Any

import pandas as pd

from kpi_lib import words
from kpi_lib.definitions import trail
from kpi_lib.definitions.indicators import Indicator, Unit, day
from kpi_lib.deliveries import store
from kpi_lib.deliveries.answers import still_waiting
from kpi_lib.deliveries.delivery import Severity
from kpi_lib.figures import boundaries
from kpi_lib.figures import observations as ob
from kpi_lib.page.data import LATER_SOURCE, period_text, signed_percent
from kpi_lib.page.markup import LINE, NUMBER, Columns, Heading, Html, Stack, table
from kpi_lib.periods import QUARTER, Calendar
from kpi_lib.record.ledger import read_ledger
from kpi_lib.record.values import data
from kpi_lib.words.messages import Text, Words, in_context, said, say
from kpi_lib.words.values import Values

_SEVERITIES: dict[Severity, Words] = {
    "refuse": Text("refused"),
    "confirm": Text("to confirm"),
    "warn": Text("warnings"),
}
_NEVER = Text("never")


def received(unit: Unit, *, as_of: dt.date | str, lang: str = "vi") -> Stack:
    """The deliveries taken in by `kpi ingest`, the newest first, and what of them still waits."""
    moment = day(as_of)
    records = data.deliveries(unit, moment)
    edited = _edited(unit, moment, lang)
    if not records:
        return Stack(edited)
    columns: Columns = {
        Heading(in_context("of a delivery", "No."), quotes=True): lambda record, found: record.number,
        Heading(Text("File"), heads_row=True, quotes=True): lambda record, found: record.name,
        Heading(Text("Received")): lambda record, found: words.date_text(record.received, lang),
        Heading(Text("Sender"), quotes=True): lambda record, found: record.sender or "–",
        Heading(Text("Accepted"), NUMBER): lambda record, found: words.counted(found, "accepted", lang),
        Heading(Text("Waiting"), NUMBER): lambda record, found: words.counted(found, "waiting", lang),
        Heading(Text("Findings"), quotes=True): lambda record, found: _findings(record, lang) or "–",
    }
    things = [(record, data.of_delivery(record, unit, moment)) for record in reversed(records)]
    return Stack((table(columns, things, caption=Text("Files received"), lang=lang), waiting(unit, records, moment, lang), *edited))


def _edited(unit: Unit, moment: dt.date, lang: str) -> tuple[Html, ...]:
    """The settings and figures that were changed by hand since the last report: which file, seen on which day, by whom."""
    rounds = {when.date() for when in read_ledger(unit.id)["round_id"] if when.date() < moment}
    found = trail.since(unit.id, max(rounds, default=None), moment)
    columns: Columns = {
        Heading(Text("File"), heads_row=True, quotes=True): lambda edit: (
            edit.file if edit.digest else f"{edit.file} ({say('deleted', lang)})"
        ),
        Heading(Text("Change seen on")): lambda edit: words.date_text(edit.day, lang),
        Heading(Text("Changed by"), quotes=True): lambda edit: edit.author or "–",
    }
    caption = Text("Files changed by hand since the last report")
    return (table(columns, ((edit,) for edit in found), caption=caption, lang=lang),) if found else ()


def _findings(record: store.Record, lang: str) -> str:
    """How many faults of each kind; of a confirmation or withdrawal, what of and why."""
    if record.kind == "confirmation":
        return f"{say('confirmation of no.', lang)} {record.confirms}: {record.reason}"
    if record.kind == "withdrawal":
        what = " ".join((str(record.withdraws), *record.cells))
        return f"{say('withdrawal of no.', lang)} {what}: {record.reason}"
    if record.confirms:
        return f"{say('period stated for no.', lang)} {record.confirms}: {record.reason}"
    counted = Counter(item.severity for item in record.faults)
    told = ", ".join(f"{counted[key]} {word[lang]}" for key, word in _SEVERITIES.items() if counted[key])
    return f"{in_context('of a file', 'refused')[lang]}: {told}" if record.refused else told


def waiting(unit: Unit, records: list[store.Record], moment: dt.date, lang: str = "vi") -> Html:
    """Every cell that waits on a day: where, what was found, what to do."""
    columns: Columns = {
        Heading(Text("Where"), heads_row=True, quotes=True): lambda record, item, cause: " › ".join(
            part for part in (record.name, item.sheet, item.cell) if part
        ),
        Heading(Text("Value"), NUMBER, quotes=True): lambda record, item, cause: item.typed or f"{item.value:g}",
        Heading(Text("What must hold"), quotes=True): lambda record, item, cause: said(cause.expected, lang),
        Heading(Text("Found"), quotes=True): lambda record, item, cause: said(cause.found, lang),
        Heading(Text("Way out"), quotes=True): lambda record, item, cause: said(cause.action, lang),
    }
    things = [
        (record, item, cause)
        for record in records
        for items in still_waiting(unit.id, record, as_of=moment)
        for item in items
        if (cause := next((fault for fault in record.faults if fault.concerns(item.sheet, item.cell)), None)) is not None
    ]
    return table(columns, things, caption=Text("Waiting to be mended or confirmed"), lang=lang)


def owed(obs: pd.DataFrame, unit: Unit, *, as_of: dt.date | str, lang: str = "vi") -> Stack:
    """Who owes what since when, by the deadline a document sets: lines whose latest period due by now has no figure, the longest owed first.

    Where no document sets a day nobody owes anything, and one sentence says so.
    """
    moment = day(as_of)
    if not unit.deadline_document:
        unset = Text(
            "No document on record sets a day for handing in figures, so nobody is called late; the table of figures received says how old the latest figure of each line is."
        )
        return Stack((words.sentence(unset, lang, "note"),))
    columns: Columns = {
        LINE: lambda row, ind: ind.headed(ind.short, lang),
        Heading(Text("Who hands in the figures"), quotes=True): lambda row, ind: ind.duty.owner[lang],
        Heading(Text("Period missing")): lambda row, ind: period_of(ind, row.end, unit.calendar_of(ind), lang),
        Heading(Text("Due")): lambda row, ind: words.date_text(row.due, lang),
        Heading(Text("Days overdue"), NUMBER): lambda row, ind: words.counted(data.of_owed(row, moment), "overdue", lang),
        Heading(Text("Latest figure")): lambda row, ind: words.date_text(row.last, lang) if row.last else _NEVER[lang],
    }
    things = [(row, row.indicator) for row in owed_rows(obs, unit, moment)]
    by = words.sentence("Due by: {document}.", lang, "note", document=words.Quoted(unit.deadline_document))
    return Stack((table(columns, things, caption=Text("Owed"), lang=lang), by))


def owed_rows(obs: pd.DataFrame, unit: Unit, moment: dt.date) -> list[data.Owed]:
    """What is owed on a day, the longest owed first."""
    found = [row for ind in unit.indicators.values() if (row := data.owed(obs, unit, ind, moment)) is not None]
    return sorted(found, key=lambda row: row.due)


def period_of(ind: Indicator, end: dt.date, calendar: Calendar, lang: str) -> str:
    """The period of a line that ends on a day, as readers write it: a month, quarter, half or year."""
    year, month = calendar.month_of(end)
    if ind.frequency == "year":
        return period_text("year", str(year), lang, calendar)
    if ind.frequency == "quarter":
        return period_text("quarter", f"{year}-Q{month // QUARTER}", lang, calendar)
    return period_text("month", f"{end.year}-{end.month:02d}", lang)


def drifts(obs: pd.DataFrame, unit: Unit, *, as_of: dt.date | str, lang: str = "vi") -> Html:
    """How the month estimates of every line drift when the actual arrives."""
    known = boundaries.usable(ob.cut(obs, day(as_of)), unit)
    columns: Columns = {
        LINE: lambda ind, found: ind.headed(ind.short, lang),
        Heading(Text("Pairs"), NUMBER): lambda ind, found: words.counted(found, "pairs", lang),
        Heading(Text("Mean change"), NUMBER): lambda ind, found: signed_percent(found, "mean", lang),
        Heading(Text("Typical size"), NUMBER): lambda ind, found: words.plainly(found, "typical", 1, lang, words.PERCENT),
        Heading(Text("Largest"), NUMBER): lambda ind, found: signed_percent(found, "largest", lang),
        Heading(Text("Used in projections")): lambda ind, found: _used(found, lang),
    }
    things = [(ind, found) for ind in unit.indicators.values() if (found := data.of_drift(known, ind))]
    return table(columns, things, caption=Text("How estimates end"), lang=lang)


def _used(found: Values, lang: str) -> object:
    """What a projection takes from the pairs: their mean change and spread, if they are enough."""
    if "bias" not in found:
        return say("too few pairs", lang)
    return signed_percent(found, "bias", lang), " ± ", words.plainly(found, "spread", 1, lang, words.PERCENT)


def territory(obs: pd.DataFrame, unit: Unit, lang: str = "vi", *, as_of: dt.date | str) -> Stack:
    """The perimeter ledger: what of which old unit belongs to the unit today, and which comparisons are blocked and why."""
    ledger = boundaries.read_perimeter(unit.id, as_of=day(as_of))
    if not len(ledger):
        return Stack(())

    def of(key: str) -> str:
        return say("every target", lang) if key == "*" else unit.indicators[key].short[lang]

    def band(row: Any) -> str:
        return "–" if row.low != row.low else f"{words.trimmed(row.low, 2, lang)}–{words.trimmed(row.high, 2, lang)}"

    parts: Columns = {
        Heading(Text("Old unit"), heads_row=True, quotes=True): lambda row: row.old_unit,
        Heading(in_context("heading of the lines", "Target"), quotes=True): lambda row: of(row.indicator),
        Heading(Text("Share"), NUMBER, quotes=True): lambda row: (
            say("not known", lang) if row.share != row.share else words.trimmed(row.share, 2, lang)
        ),
        Heading(Text("Band"), NUMBER, quotes=True): band,
        Heading(Text("Key"), quotes=True): lambda row: row.key,
        Heading(Text("Source"), quotes=True): lambda row: row.source or LATER_SOURCE[lang],
    }
    barred: Columns = {
        LINE: lambda row: unit.indicators[row.indicator].headed(unit.indicators[row.indicator].short, lang),
        Heading(Text("Why it cannot be compared across the change"), quotes=True): lambda row: row.reason[lang],
    }
    _, blocked = boundaries.rebuild(obs, unit, as_of=day(as_of))
    today = table(parts, zip(ledger.itertuples()), caption=Text("Which old territories belong to the unit today"), lang=lang)
    return Stack((today, table(barred, zip(blocked), caption=Text("Comparisons blocked"), lang=lang)))
