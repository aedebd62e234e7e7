"""What came in, from whom, what waits, how estimates drift, who owes what since when, which old figures are blocked."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator

import pandas as pd

from kpi_lib import words
from kpi_lib.definitions.indicators import Indicator, Unit, day
from kpi_lib.deliveries import store
from kpi_lib.deliveries.delivery import Item, Severity, checks
from kpi_lib.deliveries.intake import still_waiting
from kpi_lib.figures import boundaries
from kpi_lib.figures import observations as ob
from kpi_lib.page.data import period_text
from kpi_lib.page.markup import NUMBER, Column, Html, Stack, table
from kpi_lib.periods import QUARTER, Calendar
from kpi_lib.record.values import data
from kpi_lib.words.texts import Text
from kpi_lib.words.values import Values

_SEVERITIES: dict[Severity, Text] = {
    "refuse": Text("từ chối", "refused"),
    "confirm": Text("chờ xác nhận", "to confirm"),
    "warn": Text("cảnh báo", "warnings"),
}
_NEVER = Text("chưa có lần nào", "never")


def received(unit: Unit, *, as_of: dt.date | str, lang: str = "vi") -> Stack:
    """The deliveries taken in by `kpi ingest`, the newest first, and what of them still waits."""
    moment = day(as_of)
    records = data.deliveries(unit, moment)
    if not records:
        vi = "Chưa có tệp nào được nhận qua kpi ingest; số liệu của đơn vị nằm trong các bảng CSV đã giao."
        return Stack(
            (
                words.Sentence(
                    ("No file was taken in by kpi ingest yet; the unit's figures are in delivered CSV tables." if lang == "en" else vi,),
                    style="note",
                ),
            )
        )
    columns = (
        Column(Text("Số", "No."), quotes=True),
        Column(Text("Tệp", "File"), heads_row=True, quotes=True),
        Column(Text("Ngày nhận", "Received")),
        Column(Text("Người gửi", "Sender"), quotes=True),
        Column(Text("Đã nhận", "Accepted"), NUMBER),
        Column(Text("Đang chờ", "Waiting"), NUMBER),
        Column(Text("Điều cần biết", "Findings"), quotes=True),
    )
    rows = [_record_row(record, unit, lang) for record in reversed(records)]
    caption = "Files received" if lang == "en" else "Các tệp đã nhận"
    return Stack((table(columns, rows, caption=caption, lang=lang), waiting(unit, records, lang)))


def _record_row(record: store.Record, unit: Unit, lang: str) -> tuple[object, ...]:
    found, counted = data.of_delivery(record, unit), Counter(item.severity for item in record.faults)
    told = ", ".join(f"{counted[key]} {word[lang]}" for key, word in _SEVERITIES.items() if counted[key])
    if record.kind == "confirmation":
        told = f"{'confirmation of no.' if lang == 'en' else 'xác nhận cho lần giao'} {record.confirms}: {record.reason}"
    elif record.refused:
        told = f"{'refused' if lang == 'en' else 'bị từ chối'}: {told}"
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
        Column(Text("Ở đâu", "Where"), heads_row=True, quotes=True),
        Column(Text("Giá trị", "Value"), NUMBER, quotes=True),
        Column(Text("Phải đúng điều gì", "What must hold"), quotes=True),
        Column(Text("Thấy gì", "Found"), quotes=True),
        Column(Text("Cách xử lý", "Way out"), quotes=True),
    )
    rows = [row for record in records for row in _waiting_rows(record, unit, lang)]
    return table(
        columns, rows, caption="Waiting to be mended or confirmed" if lang == "en" else "Đang chờ sửa hoặc chờ xác nhận", lang=lang
    )


def _waiting_rows(record: store.Record, unit: Unit, lang: str) -> Iterator[tuple[object, ...]]:
    figures, plans = still_waiting(unit.id, record)
    items: list[Item] = [*figures, *plans]
    for item in items:
        cause = next((f for f in record.faults if f.concerns(item.sheet, item.cell)), None)
        if cause is not None:
            rule = checks()[cause.check].rule_en if lang == "en" else cause.expected
            place = " › ".join(part for part in (record.name, item.sheet, item.cell) if part)
            yield place, item.typed or f"{item.value:g}", rule, cause.found, cause.action


def owed(obs: pd.DataFrame, unit: Unit, *, as_of: dt.date | str, lang: str = "vi") -> Html:
    """Who owes what since when: lines whose latest period due by now has no figure, the longest owed first."""
    moment = day(as_of)
    columns = (
        Column(Text("Chỉ tiêu", "Target"), heads_row=True, quotes=True),
        Column(Text("Đầu mối", "Owner"), quotes=True),
        Column(Text("Kỳ còn thiếu", "Period missing")),
        Column(Text("Hạn giao", "Due")),
        Column(Text("Quá hạn (ngày)", "Days overdue"), NUMBER),
        Column(Text("Số gần nhất", "Latest figure")),
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
    return table(columns, rows, caption="Owed" if lang == "en" else "Còn nợ số liệu", lang=lang)


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
        Column(Text("Chỉ tiêu", "Target"), heads_row=True, quotes=True),
        Column(Text("Số lần", "Pairs"), NUMBER),
        Column(Text("Đổi trung bình", "Mean change"), NUMBER),
        Column(Text("Thường lệch", "Typical size"), NUMBER),
        Column(Text("Lệch nhất", "Largest"), NUMBER),
        Column(Text("Dùng trong dự báo", "Used in projections")),
    )
    rows = [row for ind in unit.indicators.values() if (row := _drift_row(known, ind, lang)) is not None]
    return table(columns, rows, caption="How estimates end" if lang == "en" else "Số ước cuối cùng thành bao nhiêu", lang=lang)


def _drift_row(known: pd.DataFrame, ind: Indicator, lang: str) -> tuple[object, ...] | None:
    found = data.of_drift(known, ind)
    if not found:
        return None
    used: object = Text("chưa đủ số lần", "too few pairs")[lang]
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
        none = Text("Không khai địa bàn cũ nào thuộc đơn vị.", "No old territory is declared as part of the unit.")
        return Stack((words.Sentence((none[lang],), style="note"),))
    columns = (
        Column(Text("Địa bàn cũ", "Old unit"), heads_row=True, quotes=True),
        Column(Text("Chỉ tiêu", "Target"), quotes=True),
        Column(Text("Phần thuộc đơn vị", "Share"), NUMBER, quotes=True),
        Column(Text("Khoảng", "Band"), NUMBER, quotes=True),
        Column(Text("Theo", "Key"), quotes=True),
        Column(Text("Nguồn", "Source"), quotes=True),
    )
    every, unknown = Text("mọi chỉ tiêu", "every target")[lang], Text("chưa biết", "not known")[lang]
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
    shown = [(f"({unit.indicators[b.indicator].number}) {unit.indicators[b.indicator].short[lang]}", b.reason) for b in blocked]
    names = (
        Column(Text("Chỉ tiêu", "Target"), heads_row=True, quotes=True),
        Column(Text("Vì sao chưa so được với trước khi thay đổi địa giới", "Why it cannot be compared across the change"), quotes=True),
    )
    captions = (
        Text("Địa bàn cũ nào thuộc đơn vị hiện nay", "Which old territories belong to the unit today"),
        Text("So sánh bị chặn", "Comparisons blocked"),
    )
    return Stack((table(columns, rows, caption=captions[0][lang], lang=lang), table(names, shown, caption=captions[1][lang], lang=lang)))
