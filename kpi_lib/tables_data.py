"""Figures, targets and definitions with where they come from; what arrived, was revised or is set aside."""

from __future__ import annotations

import datetime as dt

import pandas as pd

from kpi_lib import narrative as nr
from kpi_lib import observations as ob
from kpi_lib.indicators import Text, Unit, day
from kpi_lib.markup import NUMBER, Column, Html, counted, date_cell, folded, table
from kpi_lib.outlook import Outlook
from kpi_lib.periods import CALENDAR, Calendar
from kpi_lib.targets import listed


def sources(obs: pd.DataFrame, item: Outlook, lang: str = "vi") -> Html:
    """Every figure of the judged year and the year before: value, status, day it became known, source, file and cell."""
    projection = item.projection
    rows_of = obs[
        (obs["indicator"] == item.indicator.id)
        & (obs["end"] >= pd.Timestamp(projection.calendar.start(projection.year - 1)))
        & (obs["published"] <= pd.Timestamp(projection.as_of))
    ]
    rows_of = rows_of.sort_values(["end", "published"], ascending=False, kind="stable").head(60)
    columns = (
        Column(Text("Kỳ", "Period"), heads_row=True),
        Column(Text("Chuỗi", "Series"), quotes=True),
        Column(Text("Giá trị", "Value"), NUMBER),
        Column(Text("Loại số", "Status")),
        Column(Text("Biết từ ngày", "Known from")),
        Column(Text("Nguồn", "Source"), quotes=True),
        Column(Text("Tệp, ô", "File, cell"), quotes=True),
    )
    rows = [
        (
            period_text(row.basis, row.period, lang, projection.calendar),
            SERIES_WORDS.get(row.series, Text(row.series, row.series))[lang]
            + (f" – {row.perimeter}" if row.perimeter not in ("", ob.REBUILT) else ""),
            _figure(row.value, row, lang),
            nr.STATUS_WORDS[row.status][lang] + PRECISION_WORDS[row.precision][lang],
            date_cell(row.published.date(), lang, row.published_assumed),
            row.source + (GRADE_TWO[lang] if row.grade > 1 else "") + (f". {row.note}" if row.note else ""),
            place_of(row),
        )
        for row in rows_of.itertuples()
    ]
    caption = "Figures of this year and the last, and where they come from" if lang == "en" else "Số liệu năm nay, năm trước và nguồn gốc"
    made = table(columns, rows, caption=caption, lang=lang, kind="sources wide")
    return folded(f"{caption} ({len(rows)})", made) if rows else made


def _figure(value: float, row: object, lang: str, label: str = "") -> nr.Shown:
    """A delivered figure, bound to the cell it stands in."""
    text = nr.with_measure(nr.trimmed(value, 0, lang), Text(row.measure, row.measure), lang)  # type: ignore[attr-defined]
    return nr.Shown(label or place_of(row), value, text, of="figure")


def place_of(row: object) -> str:
    """Where a figure stands: file, sheet where there are sheets, and cell."""
    sheet = f"{row.sheet}!" if row.sheet else ""  # type: ignore[attr-defined]
    return f"{row.file.removeprefix('deliveries/')}:{sheet}{row.cell}"  # type: ignore[attr-defined]


BASIS_WORDS = {
    "month": Text("Tháng", "Month"),
    "quarter": Text("Quý", "Quarter"),
    "cumulative": Text("Luỹ kế đến", "Year to"),
    "year": Text("Năm", "Year"),
    "level": Text("Tại ngày", "As of"),
}


def period_text(basis: str, period: str, lang: str = "vi", calendar: Calendar = CALENDAR) -> str:
    """A period as the reader writes it: 'Tháng 3/2025', 'Quý III/2025', 'Luỹ kế đến 30/09/2025'."""
    if basis == "month":
        year, month = period.split("-")
        return f"{dt.date(int(year), int(month), 1):%B %Y}" if lang == "en" else f"Tháng {int(month)}/{year}"
    if basis == "quarter":
        year, quarter = period.split("-Q")
        name, between = calendar.name(int(year)), "/" if calendar.year_starts == 1 else " năm "
        return f"Q{quarter} {name}" if lang == "en" else f"Quý {('I', 'II', 'III', 'IV')[int(quarter) - 1]}{between}{name}"
    shown = calendar.name(int(period)) if basis == "year" else nr.date_text(day(period), lang)
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
OF_PLAN = (Text(", theo kế hoạch năm", ", set by the year's plan"), Text(", điều chỉnh theo kế hoạch năm", ", amended by the year's plan"))
GRADE_TWO = Text(" [nguồn hạng hai: chưa mở lại trang gốc]", " [second-grade source: the page was not re-opened]")


def targets(unit: Unit, year: int, *, as_of: dt.date | str, lang: str = "vi") -> Html:
    """Every target of a year known on a date, with document, clause, date and source."""
    columns = (
        Column(Text("Chỉ tiêu", "Target"), heads_row=True, quotes=True),
        Column(Text("Mức", "Threshold"), NUMBER),
        Column(Text("Phiên bản", "Version")),
        Column(Text("Văn bản, mục", "Document, clause"), quotes=True),
        Column(Text("Ngày", "Date")),
        Column(Text("Nguồn", "Source"), quotes=True),
    )
    rows = []
    for row in listed(unit, year, as_of=day(as_of)):
        ind = unit.indicators[row.indicator]
        text = nr.with_measure(nr.trimmed(row.threshold, ind.decimals, lang), row.measured_in(ind), lang)
        label = f"target_{row.version}_{row.adopted}"
        before, after = nr.COMPARATOR_WORDS[row.comparator][lang].split("{}")
        shown = (before, nr.Shown(label, row.threshold, text, of=ind.id), after)
        date = date_cell(row.adopted, lang, row.adopted_assumed)
        source = row.source + (GRADE_TWO[lang] if row.grade > 1 else "") + (f". {row.note}" if row.note else "")
        rows.append(
            (
                f"({ind.number}) {ind.short[lang]}",
                shown,
                nr.VERSION_WORDS[row.version][lang] + (OF_PLAN[row.amends is not None][lang] if row.of_plan else ""),
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
    columns = (Column(Text("Mục", "Item"), heads_row=True), Column(Text("Nội dung", "Content"), quotes=True))
    rows = [(name[lang], value) for name, value in words if value]
    return table(columns, rows, caption="Definition and duty" if lang == "en" else "Định nghĩa và trách nhiệm", lang=lang, kind="duty")


# ---- data quality -------------------------------------------------------------------------------------------------------------


def arrived(obs: pd.DataFrame, unit: Unit, year: int, *, as_of: dt.date | str, lang: str = "vi") -> Html:
    """For each line: how many figures of the year arrived, the latest one, its status, how old it is."""
    moment = day(as_of)
    columns = (
        Column(Text("Chỉ tiêu", "Target"), heads_row=True, quotes=True),
        Column(Text("Số liệu đã có", "Figures"), NUMBER),
        Column(Text("Trong đó ước", "Estimates"), NUMBER),
        Column(Text("Mới nhất", "Latest")),
        Column(Text("Tuổi (ngày)", "Age (days)"), NUMBER),
        Column(Text("Tình trạng", "State")),
        Column(Text("Đầu mối", "Owner"), quotes=True),
    )
    known = obs[obs["published"] <= pd.Timestamp(moment)]
    rows = [_arrived_row(ob.usable(known[known["indicator"] == ind.id], unit), ind, unit.calendar_of(ind), year, moment, lang) for ind in unit.indicators.values()]
    name = unit.year_name(year)
    caption = f"What arrived for {name}" if lang == "en" else f"Số liệu năm {name} đã nhận"
    return table(columns, rows, caption=caption, lang=lang)


def _arrived_row(rows: pd.DataFrame, ind: object, calendar: Calendar, year: int, moment: dt.date, lang: str) -> tuple[object, ...]:
    ends = rows["end"].between(pd.Timestamp(calendar.start(year)), pd.Timestamp(min(calendar.end(year), moment)))
    this = rows[(rows["series"] == "total") & ends]
    name = f"({ind.number}) {ind.short[lang]}"  # type: ignore[attr-defined]
    owner = ind.duty.owner[lang]  # type: ignore[attr-defined]
    if not len(this):
        return (name, "–", "–", "–", "–", "nothing yet" if lang == "en" else "chưa có số", owner)
    last = this.sort_values(["end", "published"]).iloc[-1]
    age = (moment - last["end"].date()).days
    late = age > ind.stale_after_days  # type: ignore[attr-defined]
    state = ("stale" if late else "up to date") if lang == "en" else ("đã cũ" if late else "kịp thời")
    shown = f"{period_text(last['basis'], last['period'], lang, calendar)} ({nr.STATUS_WORDS[last['status']][lang]})"
    guesses = int((this["status"] == "estimate").sum())
    return (name, counted("figures", len(this), ind.id), counted("estimates", guesses, ind.id), shown, counted("age", age, ind.id), state, owner)  # type: ignore[attr-defined]


def revised(obs: pd.DataFrame, unit: Unit, *, as_of: dt.date | str, lang: str = "vi", most: int = 15) -> Html:
    """Figures that were replaced by a later one, the largest changes of the last three years first."""
    moment = day(as_of)
    since = pd.Timestamp(unit.calendar.start(unit.calendar.year_of(moment) - 2))
    known = obs[(obs["published"] <= pd.Timestamp(moment)) & (obs["end"] >= since)]
    known = known[known["perimeter"].isin(["", ob.REBUILT]) & (known["series"] == "total")].sort_values("published", kind="stable")
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
        Column(Text("Chỉ tiêu", "Target"), heads_row=True, quotes=True),
        Column(Text("Kỳ", "Period")),
        Column(Text("Lần đầu", "First"), NUMBER),
        Column(Text("Mới nhất", "Latest"), NUMBER),
        Column(Text("Thay đổi", "Change"), NUMBER),
        Column(Text("Biết từ ngày", "Known from")),
    )
    rows = [
        (
            unit.indicators[row.indicator].short[lang] if row.indicator in unit.indicators else row.indicator,
            period_text(row.basis, row.period, lang, unit.calendar_of(unit.indicators[row.indicator])),
            *_revision(row, lang),
            date_cell(row.known.date(), lang),
        )
        for row in pairs.itertuples()
    ]
    return table(
        columns,
        rows,
        caption="Largest revisions of the last three years" if lang == "en" else "Các lần điều chỉnh lớn nhất trong ba năm gần đây",
        lang=lang,
    )


def _revision(row: object, lang: str) -> tuple[nr.Shown, ...]:
    """First value, latest value and the change in percent, bound."""
    of = f"revision.{row.indicator}.{row.series}.{row.basis}.{row.period}"  # type: ignore[attr-defined]
    first, last, change = float(row.first), float(row.last), float(row.change)  # type: ignore[attr-defined]
    return (
        nr.Shown("first", first, nr.trimmed(first, 0, lang), of=of),
        nr.Shown("latest", last, nr.trimmed(last, 0, lang), of=of),
        nr.Shown("change", change, f"{nr.signed(change, 1, lang)} %", of=of),
    )


def provenance(obs: pd.DataFrame, lang: str = "vi") -> Html:
    """How the figures are known: by delivered file, how many rows, of second grade, with an assumed date, approximate."""
    columns = (
        Column(Text("Tệp", "File"), heads_row=True, quotes=True),
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
            counted("rows", len(group), f"file.{file}"),
            date_cell(group["start"].min().date(), lang),
            date_cell(group["end"].max().date(), lang),
            counted("estimates", int((group["status"] == "estimate").sum()), f"file.{file}"),
            counted("second_grade", int((group["grade"] > 1).sum()), f"file.{file}"),
            counted("assumed_dates", int(group["published_assumed"].sum()), f"file.{file}"),
            counted("not_exact", int((group["precision"] != "exact").sum()), f"file.{file}"),
        )
        for file, group in obs.groupby("file", sort=True)
    ]
    return table(columns, rows, caption="Where the figures come from" if lang == "en" else "Nguồn gốc của bộ số liệu", lang=lang)


def set_aside(obs: pd.DataFrame, unit: Unit, lang: str = "vi") -> Html:
    """Figures on record that no projection uses: of another territory, or from before a boundary event."""
    kept = ob.usable(obs, unit).index
    rest = obs.loc[obs.index.difference(kept)]
    columns = (
        Column(Text("Chỉ tiêu", "Target"), heads_row=True, quotes=True),
        Column(Text("Địa bàn", "Territory"), quotes=True),
        Column(Text("Kỳ", "Period")),
        Column(Text("Giá trị", "Value"), NUMBER),
        Column(Text("Nguồn", "Source"), quotes=True),
    )
    rows = [
        (
            unit.indicators[row.indicator].short[lang],
            row.perimeter or ("before the boundary event" if lang == "en" else "trước khi thay đổi địa giới"),
            period_text(row.basis, row.period, lang, unit.calendar_of(unit.indicators[row.indicator])),
            _figure(row.value, row, lang),
            row.source,
        )
        for row in rest.itertuples()
    ]
    caption = "On record, not used: another territory" if lang == "en" else "Có lưu nhưng không dùng để dự báo: khác địa bàn"
    return table(columns, rows, caption=caption, lang=lang)
