"""What came in, from whom, what waits, how estimates drift, who owes what since when, which old figures are blocked."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator

import pandas as pd

from kpi_lib import words
from kpi_lib.definitions.indicators import Indicator, Unit, day
from kpi_lib.deliveries import store
from kpi_lib.deliveries.delivery import Item, Severity
from kpi_lib.deliveries.intake import still_waiting
from kpi_lib.figures import boundaries
from kpi_lib.figures import observations as ob
from kpi_lib.page.data import period_text
from kpi_lib.page.markup import NUMBER, Column, Html, Stack, table
from kpi_lib.periods import QUARTER, Calendar
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
    if not records:
        nothing = Text("No file was taken in by kpi ingest yet; the unit's figures are in delivered CSV tables.")
        return Stack((words.sentence(nothing, lang, "note"),))
    columns = (
        Column(in_context("of a delivery", "No."), quotes=True),
        Column(Text("File"), heads_row=True, quotes=True),
        Column(Text("Received")),
        Column(Text("Sender"), quotes=True),
        Column(Text("Accepted"), NUMBER),
        Column(Text("Waiting"), NUMBER),
        Column(Text("Findings"), quotes=True),
    )
    rows = [_record_row(record, unit, lang) for record in reversed(records)]
    caption = say("Files received", lang)
    return Stack((table(columns, rows, caption=caption, lang=lang), waiting(unit, records, lang)))


def _record_row(record: store.Record, unit: Unit, lang: str) -> tuple[object, ...]:
    found, counted = data.of_delivery(record, unit), Counter(item.severity for item in record.faults)
    told = ", ".join(f"{counted[key]} {word[lang]}" for key, word in _SEVERITIES.items() if counted[key])
    if record.kind == "confirmation":
        told = f"{say('confirmation of no.', lang)} {record.confirms}: {record.reason}"
    elif record.refused:
        told = f"{in_context('of a file', 'refused')[lang]}: {told}"
    return (
        record.number,
        record.name,
        words.date_text(record.received, lang),
        record.sender or "–",
        words.counted(found, "accepted", lang),
        words.counted(found, "waiting", lang),
        told or "–",
    )


def waiting(unit: Unit, records: list[store.Record], lang: str = "vi") -> Html:
    """Every cell that waits: where, what was found, what to do."""
    columns = (
        Column(Text("Where"), heads_row=True, quotes=True),
        Column(Text("Value"), NUMBER, quotes=True),
        Column(Text("What must hold"), quotes=True),
        Column(Text("Found"), quotes=True),
        Column(Text("Way out"), quotes=True),
    )
    rows = [row for record in records for row in _waiting_rows(record, unit, lang)]
    return table(columns, rows, caption=say("Waiting to be mended or confirmed", lang), lang=lang)


def _waiting_rows(record: store.Record, unit: Unit, lang: str) -> Iterator[tuple[object, ...]]:
    figures, plans = still_waiting(unit.id, record)
    items: list[Item] = [*figures, *plans]
    for item in items:
        cause = next((f for f in record.faults if f.concerns(item.sheet, item.cell)), None)
        if cause is not None:
            place = " › ".join(part for part in (record.name, item.sheet, item.cell) if part)
            yield place, item.typed or f"{item.value:g}", *(said(part, lang) for part in (cause.expected, cause.found, cause.action))


def owed(obs: pd.DataFrame, unit: Unit, *, as_of: dt.date | str, lang: str = "vi") -> Html:
    """Who owes what since when: lines whose latest period due by now has no figure, the longest owed first."""
    moment = day(as_of)
    columns = (
        Column(in_context("heading of the lines", "Target"), heads_row=True, quotes=True),
        Column(Text("Owner"), quotes=True),
        Column(Text("Period missing")),
        Column(Text("Due")),
        Column(Text("Days overdue"), NUMBER),
        Column(Text("Latest figure")),
    )
    found = [row for ind in unit.indicators.values() if (row := data.owed(obs, unit, ind, moment)) is not None]
    rows = [
        (
            f"({row.indicator.number}) {row.indicator.short[lang]}",
            row.indicator.duty.owner[lang],
            _period_of(row.indicator, row.end, unit.calendar_of(row.indicator), lang),
            words.date_text(row.due, lang),
            words.counted(data.of_owed(row, moment), "overdue", lang),
            words.date_text(row.last, lang) if row.last else _NEVER[lang],
        )
        for row in sorted(found, key=lambda row: row.due)
    ]
    return table(columns, rows, caption=say("Owed", lang), lang=lang)


def _period_of(ind: Indicator, end: dt.date, calendar: Calendar, lang: str) -> str:
    year, month = calendar.month_of(end)
    if ind.frequency == "year":
        return period_text("year", str(year), lang, calendar)
    if ind.frequency == "quarter":
        return period_text("quarter", f"{year}-Q{month // QUARTER}", lang, calendar)
    return period_text("month", f"{end.year}-{end.month:02d}", lang)


def drifts(obs: pd.DataFrame, unit: Unit, *, as_of: dt.date | str, lang: str = "vi") -> Html:
    """How the month estimates of every line drift when the actual arrives."""
    known = boundaries.usable(ob.cut(obs, day(as_of)), unit)
    columns = (
        Column(in_context("heading of the lines", "Target"), heads_row=True, quotes=True),
        Column(Text("Pairs"), NUMBER),
        Column(Text("Mean change"), NUMBER),
        Column(Text("Typical size"), NUMBER),
        Column(Text("Largest"), NUMBER),
        Column(Text("Used in projections")),
    )
    rows = [row for ind in unit.indicators.values() if (row := _drift_row(known, ind, lang)) is not None]
    return table(columns, rows, caption=say("How estimates end", lang), lang=lang)


def _drift_row(known: pd.DataFrame, ind: Indicator, lang: str) -> tuple[object, ...] | None:
    found = data.of_drift(known, ind)
    if not found:
        return None
    used: object = say("too few pairs", lang)
    if "bias" in found:
        used = _percent(found, "bias", lang), " ± ", words.plainly(found, "spread", 1, lang, " %")
    return (
        f"({ind.number}) {ind.short[lang]}",
        words.counted(found, "pairs", lang),
        _percent(found, "mean", lang),
        words.plainly(found, "typical", 1, lang, " %"),
        _percent(found, "largest", lang),
        used,
    )


def _percent(found: Values, label: str, lang: str) -> words.Shown:
    """A signed percentage, bound."""
    return words.bound(found, label, lambda value: f"{words.signed(value, 1, lang)} %")


def territory(obs: pd.DataFrame, unit: Unit, lang: str = "vi") -> Stack:
    """The perimeter ledger: what of which old unit belongs to the unit today, and which comparisons are blocked and why."""
    ledger = boundaries.read_perimeter(unit.id)
    if not len(ledger):
        return Stack((words.sentence("No old territory is declared as part of the unit.", lang, "note"),))
    columns = (
        Column(Text("Old unit"), heads_row=True, quotes=True),
        Column(in_context("heading of the lines", "Target"), quotes=True),
        Column(Text("Share"), NUMBER, quotes=True),
        Column(Text("Band"), NUMBER, quotes=True),
        Column(Text("Key"), quotes=True),
        Column(Text("Source"), quotes=True),
    )
    every, unknown = say("every target", lang), say("not known", lang)
    rows = [
        (
            r.old_unit,
            every if r.indicator == "*" else unit.indicators[r.indicator].short[lang],
            unknown if r.share != r.share else words.trimmed(r.share, 2, lang),
            "–" if r.low != r.low else f"{words.trimmed(r.low, 2, lang)}–{words.trimmed(r.high, 2, lang)}",
            r.key,
            r.source,
        )
        for r in ledger.itertuples()
    ]
    _, blocked = boundaries.rebuild(obs, unit)
    shown = [(f"({unit.indicators[b.indicator].number}) {unit.indicators[b.indicator].short[lang]}", b.reason[lang]) for b in blocked]
    names = (
        Column(in_context("heading of the lines", "Target"), heads_row=True, quotes=True),
        Column(Text("Why it cannot be compared across the change"), quotes=True),
    )
    captions = (
        Text("Which old territories belong to the unit today"),
        Text("Comparisons blocked"),
    )
    return Stack((table(columns, rows, caption=captions[0][lang], lang=lang), table(names, shown, caption=captions[1][lang], lang=lang)))
