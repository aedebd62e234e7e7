"""Report tables as HTML: every cell escaped, every figure with its status, every heading in the reader's language."""

from __future__ import annotations

import datetime as dt
import html
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from kpi_lib import narrative as nr
from kpi_lib import observations as ob
from kpi_lib.indicators import GROUPS, Text, Unit, day, read_targets
from kpi_lib.outlook import GREY, Outlook, worst_first

NUMBER, WORDS = "num", "words"
_NUM = ' class="num"'


@dataclass(frozen=True, slots=True)
class Html:
    """A piece of a page made by this library, already escaped; shown as it is in a notebook."""

    markup: str

    def _repr_html_(self) -> str:
        return self.markup


@dataclass(frozen=True, slots=True)
class Stack:
    """Several things shown one below the other by one notebook cell."""

    parts: tuple[object, ...]

    def _ipython_display_(self) -> None:
        from IPython.display import display

        for part in self.parts:
            if part is not None:
                display(part)


@dataclass(frozen=True, slots=True)
class Column:
    """A table column: heading, alignment, and whether it names the row."""

    name: Text
    align: str = WORDS
    heads_row: bool = False


def inner(value: object) -> str:
    """What stands in a cell: our own HTML and bound numbers as they are, several parts one after the other, anything else escaped."""
    if isinstance(value, tuple):
        return "".join(inner(part) for part in value)
    return value.markup if isinstance(value, Html | nr.Shown) else html.escape(str(value))


def _cell(value: object, column: Column, lang: str) -> str:
    content = inner(value)
    label = html.escape(column.name[lang], quote=True)
    if column.heads_row:
        return f'<th scope="row" data-label="{label}">{content}</th>'
    return f'<td{_NUM if column.align == NUMBER else ""} data-label="{label}">{content}</td>'


def table(columns: Sequence[Column], rows: Iterable[Sequence[object] | str], *, caption: str, lang: str, kind: str = "") -> Html:
    """A table; a row that is a string is a group heading across all columns."""
    head = "".join(f'<th scope="col"{_NUM if c.align == NUMBER else ""}>{html.escape(c.name[lang])}</th>' for c in columns)
    body = []
    for row in rows:
        if isinstance(row, str):
            body.append(f'<tr class="group"><th scope="rowgroup" colspan="{len(columns)}">{html.escape(row)}</th></tr>')
        else:
            body.append("<tr>" + "".join(_cell(value, column, lang) for value, column in zip(row, columns, strict=True)) + "</tr>")
    if not body:
        return Html(f'<p class="note">{html.escape(caption)}: {"none" if lang == "en" else "không có"}.</p>')
    return Html(
        f'<div class="table-wrap" role="region" aria-label="{html.escape(caption, quote=True)}" tabindex="0">'
        f'<table class="kpi {kind}"><caption>{html.escape(caption)}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{''.join(body)}</tbody></table></div>"
    )


def badge(outlook: Outlook, lang: str) -> Html:
    """Status by shape, word and colour."""
    word = outlook.word
    return Html(
        f'<span class="status status-{word.key}"><span class="symbol" aria-hidden="true">{word.symbol}</span> {html.escape(word.name[lang])}</span>'
    )


def probability_bar(outlook: Outlook, lang: str) -> Html:
    """The probability in figures and as a small bar; a dash where there is none."""
    p = outlook.probability
    if not np.isfinite(p) or not outlook.judged:
        return Html("–")
    return Html(f'{html.escape(nr.chance(p, lang))}<span class="bar" style="--p:{p:.3f}" aria-hidden="true"></span>')


def _value(value: float, outlook: Outlook, lang: str) -> str:
    return nr.with_measure(nr.number(value, outlook.projection.decimals, lang), outlook.projection.measure, lang)


def _expected(outlook: Outlook, lang: str) -> str:
    """Median and 80 % interval, or the outturn."""
    projection = outlook.projection
    if not projection.known:
        return "–"
    middle = _value(projection.quantile(0.5), outlook, lang)
    if projection.complete:
        return f"{middle} {nr.status_note(projection.seen[-1], lang)}"
    low, high = projection.interval(0.80)
    return f"{middle} ({nr.number(low, projection.decimals, lang)} – {nr.number(high, projection.decimals, lang)})"


def _gap(outlook: Outlook, lang: str) -> str:
    """Surplus or shortfall of the median, in natural units."""
    if not np.isfinite(outlook.surplus):
        return "–"
    measure = outlook.projection.measure
    unit = Text("điểm %", "points") if measure.vi == "%" else measure
    sign = "+" if outlook.surplus > 0 else "−" if outlook.surplus < 0 else ""
    return nr.with_measure(sign + nr.number(abs(outlook.surplus), outlook.projection.decimals, lang), unit, lang)


def _pace(outlook: Outlook, lang: str) -> str:
    if not np.isfinite(outlook.pace_needed) or outlook.remaining == 0:
        return "–"
    best = (
        ""
        if not np.isfinite(outlook.best_pace)
        else f" ({'best' if lang == 'en' else 'cao nhất từng đạt'} {nr.number(outlook.best_pace, outlook.projection.decimals, lang)})"
    )
    return _value(outlook.pace_needed, outlook, lang) + ("/month" if lang == "en" else "/tháng") + best


def worst(items: Sequence[Outlook], lang: str = "vi") -> Html:
    """The lines that can be judged, the worst first: status, chance, where the year ends, gap, pace needed, who answers for it."""
    columns = (
        Column(Text("Chỉ tiêu, đầu mối", "Target, owner"), heads_row=True),
        Column(Text("Khả năng đạt", "Outlook")),
        Column(Text("Xác suất", "Chance"), NUMBER),
        Column(Text("Mục tiêu năm", "Target for the year"), NUMBER),
        Column(Text("Dự báo cả năm (khoảng 80 %)", "Projected year (80 % interval)"), NUMBER),
        Column(Text("So với mục tiêu", "Against the target"), NUMBER),
        Column(Text("Nhịp cần đạt", "Pace needed"), NUMBER),
    )
    rows = [
        (
            _named(item, lang),
            badge(item, lang),
            _chance(item, lang),
            nr.threshold_text(item, lang),
            _expected(item, lang),
            _gap(item, lang),
            _pace(item, lang),
        )
        for item in worst_first([item for item in items if item.judged])
    ]
    caption = (
        "Lines that can be judged, the worst first" if lang == "en" else "Các chỉ tiêu đã có căn cứ đánh giá, nơi đáng lo nhất xếp trước"
    )
    return table(columns, rows, caption=caption, lang=lang, kind="worst")


def _named(item: Outlook, lang: str) -> Html:
    """Number and short name of a line, its owner beneath."""
    ind = item.indicator
    return Html(f"({html.escape(ind.number)}) {html.escape(ind.short[lang])}<br><small>{html.escape(_owner(item, lang))}</small>")


def _owner(item: Outlook, lang: str) -> str:
    """The owner without the remark that it is a proposal; the remark stands in the definition."""
    return item.indicator.duty.owner[lang].split(" (", 1)[0]


def _chance(item: Outlook, lang: str) -> Html:
    """The chance with its bar; a dash once the year has ended."""
    return Html("–") if item.projection.complete else probability_bar(item, lang)


def decisions(items: Sequence[Outlook], lang: str = "vi") -> Stack:
    """Who must decide what by when: the lines in danger that cannot wait, the most urgent and least likely first."""
    due = [(when, item.probability, number, item) for number, item in enumerate(items) if (when := nr.decision_due(item)) is not None]
    columns = (
        Column(Text("Chỉ tiêu", "Target"), heads_row=True),
        Column(Text("Khả năng đạt", "Chance"), NUMBER),
        Column(Text("Thiếu so với mục tiêu", "Short of the target"), NUMBER),
        Column(Text("Nhịp cần đạt", "Pace needed"), NUMBER),
        Column(Text("Ai", "Who")),
        Column(Text("Trước ngày", "By")),
    )
    rows = [
        (
            f"({item.indicator.number}) {item.indicator.short[lang]}",
            nr.chance(item.probability, lang),
            _gap(item, lang),
            _pace(item, lang),
            item.indicator.duty.owner[lang].split(";")[0].split("(")[0].strip(),
            nr.date_text(when, lang),
        )
        for when, _, _, item in sorted(due, key=lambda row: row[:3])
    ]
    caption = "Decisions due" if lang == "en" else "Cần quyết định"
    return Stack((nr.decisions(list(items), lang), table(columns, rows, caption=caption, lang=lang) if rows else None))


def awaited(items: Sequence[Outlook], lang: str = "vi") -> Html:
    """The grey lines: what is awaited, and from whom."""
    columns = (
        Column(Text("Chỉ tiêu", "Target"), heads_row=True),
        Column(Text("Tình trạng", "State")),
        Column(Text("Mục tiêu năm", "Target for the year"), NUMBER),
        Column(Text("Vì sao, chờ gì", "Why, and what is awaited")),
        Column(Text("Đầu mối", "Owner")),
        Column(Text("Hạn", "Due")),
    )
    rows = [
        (
            f"({item.indicator.number}) {item.indicator.short[lang]}",
            badge(item, lang),
            nr.threshold_text(item, lang),
            item.reason[lang],
            _owner(item, lang),
            item.indicator.duty.due[lang],
        )
        for item in items
        if not item.judged
    ]
    return table(
        columns,
        rows,
        caption="What cannot be judged, and what is awaited" if lang == "en" else "Chưa đánh giá được và đang chờ số liệu",
        lang=lang,
    )


def resolution(items: Sequence[Outlook], lang: str = "vi") -> Html:
    """The familiar table, in the order and numbering of the resolution."""
    columns = (
        Column(Text("STT", "No."), NUMBER),
        Column(Text("Chỉ tiêu", "Target"), heads_row=True),
        Column(Text("ĐVT", "Unit")),
        Column(Text("KH năm", "Year's target"), NUMBER),
        Column(Text("Luỹ kế", "To date"), NUMBER),
        Column(Text("Cùng kỳ", "Same period"), NUMBER),
        Column(Text("% KH", "% of target"), NUMBER),
        Column(Text("% cùng kỳ", "% of same period"), NUMBER),
        Column(Text("Dự báo cả năm", "Projected year"), NUMBER),
        Column(Text("Khả năng đạt", "Outlook")),
    )
    rows: list[Sequence[object] | str] = []
    group = ""
    for item in items:
        if item.indicator.group != group:
            group = item.indicator.group
            rows.append(GROUPS[group][lang] if group in GROUPS else group)
        rows.append(_resolution_row(item, lang))
    caption = "All lines, in the order of the resolution" if lang == "en" else "Tất cả chỉ tiêu theo thứ tự của nghị quyết"
    return table(columns, rows, caption=caption, lang=lang, kind="resolution")


def plain_resolution(items: Sequence[Outlook], lang: str = "vi") -> tuple[list[str], list[list[str] | str]]:
    """The same table as plain text: headings and rows, a group as one string; for documents."""
    headings = ["STT", "Chỉ tiêu", "ĐVT", "KH năm", "Luỹ kế", "Cùng kỳ", "% KH", "% cùng kỳ", "Dự báo cả năm", "Khả năng đạt"]
    rows: list[list[str] | str] = []
    group = ""
    for item in items:
        if item.indicator.group != group:
            group = item.indicator.group
            rows.append(GROUPS[group][lang] if group in GROUPS else group)
        chance = f" ({nr.chance(item.probability, lang)})" if item.judged and np.isfinite(item.probability) else ""
        rows.append([*(str(cell) for cell in _resolution_row(item, lang)[:-1]), f"{item.word.name[lang]}{chance}"])
    return headings, rows


def _resolution_row(item: Outlook, lang: str) -> tuple[object, ...]:
    projection = item.projection
    last = projection.seen[-1] if projection.seen else None
    before = same_period_point(item)
    decimals = projection.decimals
    to_date = (
        "–" if last is None else f"{nr.number(last.value, decimals, lang)} {nr.status_note(last, lang)}, {nr.span_text(last.end, lang)}"
    )
    adds_up = item.indicator.adds_up
    share = 100 * last.value / item.threshold if last and adds_up and np.isfinite(item.threshold) and item.threshold > 0 else float("nan")
    ratio = 100 * last.value / before.value if last and before and adds_up and before.value > 0 else float("nan")
    expected = "–" if not projection.known else nr.number(projection.quantile(0.5), decimals, lang)
    return (
        item.indicator.number,
        item.indicator.name[lang],
        projection.measure[lang],
        nr.threshold_text(item, lang),
        to_date,
        "–" if before is None else nr.number(before.value, decimals, lang),
        nr.number(share, 1, lang),
        nr.number(ratio, 1, lang),
        expected,
        badge(item, lang),
    )


def same_period_point(item: Outlook) -> ob.Point | None:
    """Last year's figure for the same part of the year, None where none lies near by."""
    projection = item.projection
    points = projection.past.get(projection.year - 1, ())
    if not projection.seen or not points:
        return None
    last = projection.seen[-1]
    near = [point for point in points if abs(point.share_of_year - last.share_of_year) <= 0.03]
    return near[-1] if near else None


def cards(items: Sequence[Outlook], unit: Unit, lang: str = "vi") -> Html:
    """The headline questions as cards: chance in large figures, status, where the year ends, the target."""
    by_id = {item.indicator.id: item for item in items}
    return Html('<div class="cards">' + "".join(_card(by_id[key], lang) for key in unit.headline if key in by_id) + "</div>")


def _card(item: Outlook, lang: str) -> str:
    projection = item.projection
    words = (
        (Text("Mục tiêu", "Target"), nr.threshold_text(item, lang)),
        (
            Text("Đã đạt", "To date"),
            "–" if not projection.seen else f"{_value(projection.achieved, item, lang)} {nr.status_note(projection.seen[-1], lang)}",
        ),
        (Text("Cả năm", "Year") if projection.complete else Text("Dự báo cả năm", "Projected year"), _expected(item, lang)),
        (Text("Chênh lệch", "Gap"), _gap(item, lang)),
    )
    lines = "".join(f"<dt>{html.escape(name[lang])}</dt><dd>{html.escape(value)}</dd>" for name, value in words)
    big = nr.chance(item.probability, lang) if item.judged and np.isfinite(item.probability) and not projection.complete else ""
    label = f'<p class="big">{html.escape(big)}</p>' if big else ""
    return f'<article class="card"><h3>{html.escape(item.indicator.short[lang])}</h3>{label}<p>{badge(item, lang).markup}</p><dl class="facts">{lines}</dl></article>'


def facts(item: Outlook, lang: str = "vi") -> Html:
    """One indicator's outlook in figures: target, chance, interval, gap, pace, rules of thumb, base, evidence."""
    projection = item.projection
    pairs: list[tuple[str, object]] = [
        ("Status" if lang == "en" else "Khả năng", badge(item, lang)),
        ("Chance" if lang == "en" else "Xác suất đạt", nr.chance(item.probability, lang) if item.judged else "–"),
        ("Target" if lang == "en" else "Mục tiêu", nr.threshold_text(item, lang) + _version_note(item, lang)),
        ("Projected year (80 % interval)" if lang == "en" else "Dự báo cả năm (khoảng 80 %)", _expected(item, lang)),
    ]
    if projection.known and not projection.complete:
        low, high = projection.interval(0.95)
        pairs.append(
            (
                "95 % interval" if lang == "en" else "Khoảng 95 %",
                f"{nr.number(low, projection.decimals, lang)} – {_value(high, item, lang)}",
            )
        )
    pairs += [
        ("Median against target" if lang == "en" else "Trung vị so với mục tiêu", _gap(item, lang)),
        ("Pace needed" if lang == "en" else "Nhịp cần đạt", _pace(item, lang)),
        (
            "Straight line" if lang == "en" else "Chia đều theo thời gian",
            _rule(projection.straight_line, item, item.straight_line_meets, lang),
        ),
        ("Same-period growth" if lang == "en" else "Tăng như cùng kỳ", _rule(projection.same_period, item, item.same_period_meets, lang)),
        ("Past years behind it" if lang == "en" else "Số năm trước làm căn cứ", projection.evidence_years),
        ("Owner" if lang == "en" else "Đầu mối", item.indicator.duty.owner[lang]),
    ]
    rows = [(name, value) for name, value in pairs if value != "–"]
    columns = (Column(Text("Nội dung", "What"), heads_row=True), Column(Text("Số liệu", "Figure"), NUMBER))
    return table(columns, rows, caption="In figures" if lang == "en" else "Tóm tắt bằng số", lang=lang, kind="facts")


def _version_note(item: Outlook, lang: str) -> str:
    target = item.target
    if target is None:
        return ""
    derived = {"derived": Text(", suy ra từ số công bố", ", derived from published figures"), "about": Text(", khoảng", ", about")}.get(
        target.precision, Text("", "")
    )
    return f" ({nr.VERSION_WORDS[target.version][lang]}, {target.document}, {nr.date_text(target.adopted, lang)}{derived[lang]})"


def _rule(value: float, item: Outlook, meets: bool | None, lang: str) -> str:
    if not np.isfinite(value) or item.projection.complete:
        return "–"
    words = {True: Text("đạt", "would meet it"), False: Text("không đạt", "would miss it"), None: Text("", "")}[meets][lang]
    return f"{_value(value, item, lang)}{f' → {words}' if words else ''}"


def versions(item: Outlook, lang: str = "vi") -> Html | None:
    """Every version of the target in force, each with its own chance; None with fewer than two."""
    if item.target is None or not item.others:
        return None
    columns = (
        Column(Text("Phiên bản", "Version"), heads_row=True),
        Column(Text("Mức", "Threshold"), NUMBER),
        Column(Text("Xác suất", "Chance"), NUMBER),
        Column(Text("Văn bản", "Document")),
        Column(Text("Ngày", "Date")),
    )
    first = (item.target, item.probability)
    rows = [
        (
            nr.VERSION_WORDS[target.version][lang],
            nr.threshold_text(item, lang, target=target),
            nr.chance(p, lang),
            target.document,
            nr.date_text(target.adopted, lang) + _assumed(target.adopted_assumed, lang),
        )
        for target, p in (first, *((other.target, other.probability) for other in item.others))
    ]
    return table(columns, rows, caption="Versions of the target" if lang == "en" else "Các phiên bản của mục tiêu", lang=lang)


def _assumed(flag: bool, lang: str) -> str:
    return "" if not flag else (" (assumed)" if lang == "en" else " (giả định)")


def sources(obs: pd.DataFrame, item: Outlook, lang: str = "vi") -> Html:
    """Every figure of the judged year and the year before: value, status, day it became known, source, file and cell."""
    projection = item.projection
    rows_of = obs[
        (obs["indicator"] == item.indicator.id)
        & (obs["end"].dt.year >= projection.year - 1)
        & (obs["published"] <= pd.Timestamp(projection.as_of))
    ]
    rows_of = rows_of.sort_values(["end", "published"], ascending=False, kind="stable").head(60)
    columns = (
        Column(Text("Kỳ", "Period"), heads_row=True),
        Column(Text("Chuỗi", "Series")),
        Column(Text("Giá trị", "Value"), NUMBER),
        Column(Text("Loại số", "Status")),
        Column(Text("Biết từ ngày", "Known from")),
        Column(Text("Nguồn", "Source")),
        Column(Text("Tệp, ô", "File, cell")),
    )
    rows = [
        (
            period_text(row.basis, row.period, lang),
            SERIES_WORDS.get(row.series, Text(row.series, row.series))[lang]
            + (f" – {row.perimeter}" if row.perimeter not in ("", ob.REBUILT) else ""),
            nr.with_measure(nr.trimmed(row.value, 0, lang), Text(row.measure, row.measure), lang),
            nr.STATUS_WORDS[row.status][lang] + PRECISION_WORDS[row.precision][lang],
            nr.date_text(row.published.date(), lang) + _assumed(row.published_assumed, lang),
            row.source + (GRADE_TWO[lang] if row.grade > 1 else "") + (f". {row.note}" if row.note else ""),
            f"{row.file.removeprefix('deliveries/')}:{row.cell}",
        )
        for row in rows_of.itertuples()
    ]
    caption = "Figures of this year and the last, and where they come from" if lang == "en" else "Số liệu năm nay, năm trước và nguồn gốc"
    return table(columns, rows, caption=caption, lang=lang, kind="sources")


BASIS_WORDS = {
    "month": Text("Tháng", "Month"),
    "quarter": Text("Quý", "Quarter"),
    "cumulative": Text("Luỹ kế đến", "Year to"),
    "year": Text("Năm", "Year"),
    "level": Text("Tại ngày", "As of"),
}


def period_text(basis: str, period: str, lang: str = "vi") -> str:
    """A period as the reader writes it: 'Tháng 3/2025', 'Quý III/2025', 'Luỹ kế đến 30/09/2025'."""
    if basis == "month":
        year, month = period.split("-")
        return f"{dt.date(int(year), int(month), 1):%B %Y}" if lang == "en" else f"Tháng {int(month)}/{year}"
    if basis == "quarter":
        year, quarter = period.split("-Q")
        return f"Q{quarter} {year}" if lang == "en" else f"Quý {('I', 'II', 'III', 'IV')[int(quarter) - 1]}/{year}"
    shown = period if basis == "year" else nr.date_text(day(period), lang)
    return f"{BASIS_WORDS[basis][lang]} {shown}"


SERIES_WORDS = {
    "total": Text("tổng", "total"),
    "domestic": Text("nội địa", "domestic"),
    "import_export": Text("xuất nhập khẩu", "import and export"),
    "land": Text("tiền sử dụng đất", "land-use fees"),
    "enterprises_and_dependent_units": Text("doanh nghiệp và đơn vị trực thuộc", "enterprises and dependent units"),
}
PRECISION_WORDS = {
    "exact": Text("", ""),
    "rounded": Text(", làm tròn", ", rounded"),
    "about": Text(", khoảng", ", about"),
    "derived": Text(", suy ra", ", derived"),
}
GRADE_TWO = Text(" [nguồn hạng hai: chưa mở lại trang gốc]", " [second-grade source: the page was not re-opened]")


def targets(unit: Unit, year: int, *, as_of: dt.date | str, lang: str = "vi") -> Html:
    """Every target of a year known on a date, with document, clause, date and source."""
    frame = read_targets(unit.id)
    frame = frame[(frame["year"] == year) & (frame["adopted"] <= pd.Timestamp(day(as_of)))]
    columns = (
        Column(Text("Chỉ tiêu", "Target"), heads_row=True),
        Column(Text("Mức", "Threshold"), NUMBER),
        Column(Text("Phiên bản", "Version")),
        Column(Text("Văn bản, mục", "Document, clause")),
        Column(Text("Ngày", "Date")),
        Column(Text("Nguồn", "Source")),
    )
    rows = []
    for row in frame.itertuples():
        ind = unit.indicators.get(row.indicator)
        if ind is None:
            continue
        measure = ind.flow_measure if row.measure == "flow" else ind.measure
        shown = nr.COMPARATOR_WORDS[row.comparator][lang].format(
            nr.with_measure(nr.trimmed(row.threshold, ind.decimals, lang), measure, lang)
        )
        date = nr.date_text(row.adopted.date(), lang) + _assumed(row.adopted_assumed, lang)
        source = row.source + (GRADE_TWO[lang] if row.grade > 1 else "") + (f". {row.note}" if row.note else "")
        rows.append(
            (
                f"({ind.number}) {ind.short[lang]}",
                shown,
                nr.VERSION_WORDS[row.version][lang],
                f"{row.document} {row.clause}".strip(),
                date,
                source,
            )
        )
    return table(columns, rows, caption="Targets and where they come from" if lang == "en" else "Mục tiêu và căn cứ", lang=lang)


def duty(item: Outlook, lang: str = "vi") -> Html:
    """The six clarities: who, what, when, result, responsibility, product; and the definition."""
    ind = item.indicator
    words = (
        (Text("Lời văn nghị quyết", "Wording of the resolution"), ind.wording),
        (Text("Cách tính", "Definition"), ind.definition[lang]),
        (Text("Mẫu số", "Denominator"), ind.denominator[lang]),
        (Text("Khoá số", "Cut-off"), ind.cut_off[lang]),
        (Text("Rõ người", "Who"), ind.duty.owner[lang]),
        (Text("Rõ việc", "Task"), ind.duty.task[lang]),
        (Text("Rõ thời gian", "When"), ind.duty.due[lang]),
        (Text("Rõ kết quả", "Result"), ind.duty.result[lang]),
        (Text("Rõ trách nhiệm", "Responsibility"), ind.duty.responsibility[lang]),
        (Text("Rõ sản phẩm", "Product"), ind.duty.product[lang]),
        (Text("Căn cứ", "Source"), ind.source),
    )
    columns = (Column(Text("Mục", "Item"), heads_row=True), Column(Text("Nội dung", "Content")))
    rows = [(name[lang], value) for name, value in words if value]
    return table(columns, rows, caption="Definition and duty" if lang == "en" else "Định nghĩa và trách nhiệm", lang=lang, kind="duty")


# ---- data quality -------------------------------------------------------------------------------------------------------------


def arrived(obs: pd.DataFrame, unit: Unit, year: int, *, as_of: dt.date | str, lang: str = "vi") -> Html:
    """For each line: how many figures of the year arrived, the latest one, its status, how old it is."""
    moment = day(as_of)
    columns = (
        Column(Text("Chỉ tiêu", "Target"), heads_row=True),
        Column(Text("Số liệu đã có", "Figures"), NUMBER),
        Column(Text("Trong đó ước", "Estimates"), NUMBER),
        Column(Text("Mới nhất", "Latest")),
        Column(Text("Tuổi (ngày)", "Age (days)"), NUMBER),
        Column(Text("Tình trạng", "State")),
        Column(Text("Đầu mối", "Owner")),
    )
    known = obs[obs["published"] <= pd.Timestamp(moment)]
    rows = [_arrived_row(ob.usable(known[known["indicator"] == ind.id], unit), ind, year, moment, lang) for ind in unit.indicators.values()]
    caption = f"What arrived for {year}" if lang == "en" else f"Số liệu năm {year} đã nhận"
    return table(columns, rows, caption=caption, lang=lang)


def _arrived_row(rows: pd.DataFrame, ind: object, year: int, moment: dt.date, lang: str) -> tuple[object, ...]:
    this = rows[(rows["series"] == "total") & (rows["end"].dt.year == year) & (rows["end"] <= pd.Timestamp(moment))]
    name = f"({ind.number}) {ind.short[lang]}"  # type: ignore[attr-defined]
    owner = ind.duty.owner[lang]  # type: ignore[attr-defined]
    if not len(this):
        return (name, 0, 0, "–", "–", "nothing yet" if lang == "en" else "chưa có số", owner)
    last = this.sort_values(["end", "published"]).iloc[-1]
    age = (moment - last["end"].date()).days
    late = age > ind.stale_after_days  # type: ignore[attr-defined]
    state = ("stale" if late else "up to date") if lang == "en" else ("đã cũ" if late else "kịp thời")
    shown = f"{period_text(last['basis'], last['period'], lang)} ({nr.STATUS_WORDS[last['status']][lang]})"
    return (name, len(this), int((this["status"] == "estimate").sum()), shown, age, state, owner)


def revised(obs: pd.DataFrame, unit: Unit, *, as_of: dt.date | str, lang: str = "vi", most: int = 15) -> Html:
    """Figures that were replaced by a later one, the largest changes of the last three years first."""
    moment = day(as_of)
    known = obs[(obs["published"] <= pd.Timestamp(moment)) & (obs["end"].dt.year >= moment.year - 2)]
    known = known[known["perimeter"].isin(["", ob.REBUILT])].sort_values("published", kind="stable")
    keys = ["indicator", "series", "basis", "period", "measure"]
    pairs = (
        known.groupby(keys, sort=True)
        .agg(first=("value", "first"), last=("value", "last"), n=("value", "size"), known=("published", "last"))
        .reset_index()
    )
    pairs = pairs[(pairs["n"] > 1) & (pairs["first"] != pairs["last"]) & (pairs["first"] != 0)]
    pairs = pairs.assign(change=100 * (pairs["last"] / pairs["first"] - 1))
    pairs = pairs.reindex(pairs["change"].abs().sort_values(ascending=False, kind="stable").index).head(most)
    columns = (
        Column(Text("Chỉ tiêu", "Target"), heads_row=True),
        Column(Text("Kỳ", "Period")),
        Column(Text("Lần đầu", "First"), NUMBER),
        Column(Text("Mới nhất", "Latest"), NUMBER),
        Column(Text("Thay đổi", "Change"), NUMBER),
        Column(Text("Biết từ ngày", "Known from")),
    )
    rows = [
        (
            unit.indicators[row.indicator].short[lang] if row.indicator in unit.indicators else row.indicator,
            period_text(row.basis, row.period, lang),
            nr.trimmed(row.first, 0, lang),
            nr.trimmed(row.last, 0, lang),
            ("+" if row.change > 0 else "−") + nr.number(abs(row.change), 1, lang) + " %",
            nr.date_text(row.known.date(), lang),
        )
        for row in pairs.itertuples()
    ]
    return table(
        columns,
        rows,
        caption="Largest revisions of the last three years" if lang == "en" else "Các lần điều chỉnh lớn nhất trong ba năm gần đây",
        lang=lang,
    )


def provenance(obs: pd.DataFrame, lang: str = "vi") -> Html:
    """How the figures are known: by delivered file, how many rows, of second grade, with an assumed date, approximate."""
    columns = (
        Column(Text("Tệp", "File"), heads_row=True),
        Column(Text("Số dòng", "Rows"), NUMBER),
        Column(Text("Từ", "From")),
        Column(Text("Đến", "To")),
        Column(Text("Ước", "Estimates"), NUMBER),
        Column(Text("Nguồn hạng hai", "Second grade"), NUMBER),
        Column(Text("Ngày giả định", "Assumed date"), NUMBER),
        Column(Text("Không chính xác tuyệt đối", "Not exact"), NUMBER),
    )
    rows = [
        (
            str(file).removeprefix("deliveries/"),
            len(group),
            nr.date_text(group["start"].min().date(), lang),
            nr.date_text(group["end"].max().date(), lang),
            int((group["status"] == "estimate").sum()),
            int((group["grade"] > 1).sum()),
            int(group["published_assumed"].sum()),
            int((group["precision"] != "exact").sum()),
        )
        for file, group in obs.groupby("file", sort=True)
    ]
    return table(columns, rows, caption="Where the figures come from" if lang == "en" else "Nguồn gốc của bộ số liệu", lang=lang)


def set_aside(obs: pd.DataFrame, unit: Unit, lang: str = "vi") -> Html:
    """Figures on record that no projection uses: of another territory, or from before a boundary event."""
    kept = ob.usable(obs, unit).index
    rest = obs.loc[obs.index.difference(kept)]
    columns = (
        Column(Text("Chỉ tiêu", "Target"), heads_row=True),
        Column(Text("Địa bàn", "Territory")),
        Column(Text("Kỳ", "Period")),
        Column(Text("Giá trị", "Value"), NUMBER),
        Column(Text("Nguồn", "Source")),
    )
    rows = [
        (
            unit.indicators[row.indicator].short[lang],
            row.perimeter or ("before the boundary event" if lang == "en" else "trước khi thay đổi địa giới"),
            period_text(row.basis, row.period, lang),
            nr.with_measure(nr.trimmed(row.value, 0, lang), Text(row.measure, row.measure), lang),
            row.source,
        )
        for row in rest.itertuples()
    ]
    caption = "On record, not used: another territory" if lang == "en" else "Có lưu nhưng không dùng để dự báo: khác địa bàn"
    return table(columns, rows, caption=caption, lang=lang)


# ---- track record -------------------------------------------------------------------------------------------------------------

MODEL_WORDS = {
    "chosen": Text("mô hình của bộ sổ tay", "our model"),
    "straight_line": Text("chia đều theo thời gian", "straight line"),
    "same_period": Text("tăng như cùng kỳ", "same-period growth"),
}


def scores(accuracy: pd.DataFrame, unit: Unit, lang: str = "vi") -> Html:
    """Accuracy of the replayed projections, ours beside the two rules of thumb."""
    columns = (
        Column(Text("Chỉ tiêu", "Target"), heads_row=True),
        Column(Text("Cách dự báo", "Method")),
        Column(Text("Số lần", "Cases"), NUMBER),
        Column(Text("Lệch trung bình", "Bias"), NUMBER),
        Column(Text("Sai số tuyệt đối", "Absolute error"), NUMBER),
        Column(Text("CRPS", "CRPS"), NUMBER),
        Column(Text("Trong khoảng 80 %", "Inside 80 %"), NUMBER),
        Column(Text("Brier", "Brier"), NUMBER),
    )

    def percent(value: float, decimals: int = 1) -> str:
        return "–" if not np.isfinite(value) else f"{nr.number(value, decimals, lang)} %"

    rows = [
        (
            unit.indicators[row.indicator].short[lang],
            MODEL_WORDS.get(row.model, Text(row.model, row.model))[lang],
            row.n,
            percent(row.bias),
            percent(row.mae),
            percent(row.crps),
            "–" if row.model != "chosen" else percent(100 * row.in80, 0),
            "–" if not np.isfinite(row.brier) else nr.number(row.brier, 3, lang) + f" (n={row.judged})",
        )
        for row in accuracy.itertuples()
    ]
    caption = (
        "Replayed at 15 April, July and October of past years, in % of the outturn"
        if lang == "en"
        else "Dự báo lại tại ngày 15/4, 15/7 và 15/10 các năm trước, tính bằng % số thực hiện"
    )
    return table(columns, rows, caption=caption, lang=lang)


def calibration(frame: pd.DataFrame, lang: str = "vi") -> Html:
    """Whether intervals hold and chances come true, by the review of the year they were given at."""
    columns = (
        Column(Text("Thời điểm dự báo", "Given at"), heads_row=True),
        Column(Text("Số lần", "Cases"), NUMBER),
        Column(Text("Trong khoảng 50 %", "Inside 50 %"), NUMBER),
        Column(Text("Trong khoảng 80 %", "Inside 80 %"), NUMBER),
        Column(Text("Trong khoảng 95 %", "Inside 95 %"), NUMBER),
        Column(Text("Sai số tuyệt đối", "Absolute error"), NUMBER),
        Column(Text("Brier", "Brier"), NUMBER),
    )
    when = {
        1: Text("15/4, sau quý I", "15 April, after Q1"),
        2: Text("15/7, sau 6 tháng", "15 July, after 6 months"),
        3: Text("15/10, sau 9 tháng", "15 October, after 9 months"),
    }
    rows = [
        (
            when[row.quarters_seen][lang],
            row.n,
            *(f"{nr.number(100 * share, 0, lang)} %" for share in (row.in50, row.in80, row.in95)),
            f"{nr.number(row.mae, 1, lang)} %",
            "–" if not np.isfinite(row.brier) else f"{nr.number(row.brier, 3, lang)} (n={row.judged})",
        )
        for row in frame.itertuples()
    ]
    caption = (
        "Whether the intervals hold, by the time of the year"
        if lang == "en"
        else "Khoảng dự báo có đúng mức đã nêu không, theo thời điểm trong năm"
    )
    return table(columns, rows, caption=caption, lang=lang)


def settled(frame: pd.DataFrame, unit: Unit, lang: str = "vi") -> Html:
    """What was published, and how it ended."""
    columns = (
        Column(Text("Chỉ tiêu", "Target"), heads_row=True),
        Column(Text("Báo cáo ngày", "Report of")),
        Column(Text("Dự báo (khoảng 80 %)", "Projected (80 % interval)"), NUMBER),
        Column(Text("Xác suất", "Chance"), NUMBER),
        Column(Text("Kết quả", "Outturn"), NUMBER),
        Column(Text("Sai số", "Error"), NUMBER),
        Column(Text("Trong khoảng", "Inside")),
        Column(Text("Mục tiêu", "Target met")),
    )
    yes, no = ("yes", "no") if lang == "en" else ("có", "không")
    rows = []
    for row in frame.itertuples():
        ind = unit.indicators[row.indicator]
        decimals = ind.flow_decimals if ind.kind in ("flow_growth", "plan_share") else ind.decimals
        met = (
            "–" if not np.isfinite(row.met) else ({1.0: "met", 0.0: "missed"} if lang == "en" else {1.0: "đạt", 0.0: "không đạt"})[row.met]
        )
        rows.append(
            (
                f"{ind.short[lang]} {row.target_year}",
                nr.date_text(row.round_id.date(), lang),
                f"{nr.number(row.projected, decimals, lang)} ({nr.number(row.low80, decimals, lang)} – {nr.number(row.high80, decimals, lang)})",
                nr.chance(row.probability, lang),
                nr.number(row.outturn, decimals, lang),
                ("+" if row.error > 0 else "−" if row.error < 0 else "") + nr.number(abs(row.error), decimals, lang),
                yes if row.inside80 else no,
                met,
            )
        )
    caption = "Published outlooks held against the outturn" if lang == "en" else "Các dự báo đã công bố và kết quả thực tế"
    return table(columns, rows, caption=caption, lang=lang)


def grey_count(items: Sequence[Outlook]) -> int:
    """How many lines cannot be judged."""
    return sum(item.status in GREY for item in items)
