"""Figures, targets and definitions with where they come from; what arrived, was revised or is set aside."""

from __future__ import annotations

import datetime as dt

import pandas as pd

from kpi_lib import words
from kpi_lib.definitions.indicators import Indicator, Unit, day
from kpi_lib.definitions.targets import Target, listed
from kpi_lib.figures import boundaries
from kpi_lib.figures.histories import Figure
from kpi_lib.narrative import choices
from kpi_lib.outlook.verdict import Outlook
from kpi_lib.page.markup import NUMBER, Column, Html, date_cell, folded, table
from kpi_lib.periods import CALENDAR, Calendar
from kpi_lib.record.values import data
from kpi_lib.words.messages import Dated, Field, Named, Opening, Text, in_context, say


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
        Column(Text("Period"), heads_row=True),
        Column(Text("Series"), quotes=True),
        Column(Text("Value"), NUMBER),
        Column(in_context("of a figure", "Status")),
        Column(Text("Known from")),
        Column(Text("Source"), quotes=True),
        Column(Text("File, cell"), quotes=True),
    )
    rows = [
        (
            period_text(row.basis, row.period, lang, projection.calendar),
            SERIES_WORDS.get(row.series, Named(row.series))[lang]
            + (f" – {row.perimeter}" if row.perimeter not in ("", boundaries.REBUILT) else ""),
            _figure(row, lang),
            choices.STATUS_WORDS[row.status][lang] + PRECISION_WORDS[row.precision][lang],
            date_cell(row.published.date(), lang, row.published_assumed),
            row.source + (GRADE_TWO[lang] if row.grade > 1 else "") + (f". {row.note}" if row.note else ""),
            data.place_of(row),
        )
        for row in rows_of.itertuples()
    ]
    caption = say("Figures of this year and the last, and where they come from", lang)
    made = table(columns, rows, caption=caption, lang=lang, kind="sources wide")
    return folded(f"{caption} ({len(rows)})", made) if rows else made


def _figure(row: object, lang: str) -> words.Shown:
    """A delivered figure, bound to the cell it stands in."""
    measure = Named(row.measure)  # type: ignore[attr-defined]
    found = data.of_figure(row)
    return words.bound(found, next(iter(found)), lambda value: words.with_measure(words.trimmed(value, 0, lang), measure, lang))


BASIS_WORDS = {
    "month": Text("Month"),
    "quarter": Text("Quarter"),
    "cumulative": Text("Year to"),
    "year": in_context("kind of period", "Year"),
    "level": Text("As of"),
}


QUARTERS = (Text("Q1"), Text("Q2"), Text("Q3"), Text("Q4"))


def period_text(basis: str, period: str, lang: str = "vi", calendar: Calendar = CALENDAR) -> str:
    """A period as the reader writes it: 'Tháng 3/2025', 'Quý III/2025', 'Luỹ kế đến 30/09/2025'."""
    if basis == "month":
        year, month = period.split("-")
        return Opening(Dated(dt.date(int(year), int(month), 1), "MMMM y"))[lang]
    if basis == "quarter":
        year, quarter = period.split("-Q")
        fields: dict[str, Field] = {"quarter": QUARTERS[int(quarter) - 1], "year": calendar.name(int(year))}
        fiscal = in_context("of a year that does not begin in January", "{quarter} {year}", **fields)
        return (in_context("of a calendar year", "{quarter} {year}", **fields) if calendar.year_starts == 1 else fiscal)[lang]
    shown = calendar.name(int(period)) if basis == "year" else words.date_text(day(period), lang)
    return f"{BASIS_WORDS[basis][lang]} {shown}"


SERIES_WORDS = {
    "total": Text("total"),
    "domestic": Text("domestic"),
    "import_export": Text("import and export"),
    "land": Text("land-use fees"),
    "enterprises_and_dependent_units": Text("enterprises and dependent units"),
}
PRECISION_WORDS = {
    "exact": Named(""),
    "rounded": Text(", rounded"),
    "about": Text(", about"),
    "derived": Text(", derived"),
}
OF_PLAN = (Text(", set by the year's plan"), Text(", amended by the year's plan"))
GRADE_TWO = Text(" [second-grade source: the page was not re-opened]")


def targets(unit: Unit, year: int, *, as_of: dt.date | str, lang: str = "vi") -> Html:
    """Every target of a year known on a date, with document, clause, date and source."""
    columns = (
        Column(in_context("heading of the lines", "Target"), heads_row=True, quotes=True),
        Column(Text("Threshold"), NUMBER),
        Column(Text("Version")),
        Column(Text("Document, clause"), quotes=True),
        Column(Text("Date")),
        Column(Text("Source"), quotes=True),
    )
    rows = []
    for row in listed(unit, year, as_of=day(as_of)):
        shown = tuple(words.filled(choices.COMPARATOR_WORDS[row.comparator], lang, amount=_threshold(row, unit, lang)))
        date = date_cell(row.adopted, lang, row.adopted_assumed)
        source = row.source + (GRADE_TWO[lang] if row.grade > 1 else "") + (f". {row.note}" if row.note else "")
        ind = unit.indicators[row.indicator]
        rows.append(
            (
                f"({ind.number}) {ind.short[lang]}",
                shown,
                choices.VERSION_WORDS[row.version][lang] + (OF_PLAN[row.amends is not None][lang] if row.of_plan else ""),
                f"{row.document} {row.clause}".strip(),
                date,
                source,
            )
        )
    return table(columns, rows, caption=say("Targets and where they come from", lang), lang=lang)


def _threshold(row: Target, unit: Unit, lang: str) -> words.Shown:
    """The threshold of a row of the register, bound."""
    ind, found = unit.indicators[row.indicator], data.of_target(row)
    return words.bound(
        found, next(iter(found)), lambda value: words.with_measure(words.trimmed(value, ind.decimals, lang), row.measured_in(ind), lang)
    )


def duty(item: Outlook, lang: str = "vi") -> Html:
    """The six clarities: who, what, when, result, responsibility, product; and the definition."""
    ind = item.indicator
    wording = (
        (Text("Wording of the resolution"), ind.wording),
        (Text("Definition"), ind.definition[lang]),
        (Text("Denominator"), ind.denominator[lang]),
        (Text("Cut-off"), ind.cut_off[lang]),
        (Text("Who"), ind.duty.owner[lang]),
        (Text("Task"), ind.duty.task[lang]),
        (Text("When"), ind.duty.due[lang]),
        (Text("Result"), ind.duty.result[lang]),
        (Text("Responsibility"), ind.duty.responsibility[lang]),
        (Text("Product"), ind.duty.product[lang]),
        (in_context("of a definition", "Source"), ind.source),
    )
    columns = (Column(Text("Item"), heads_row=True), Column(Text("Content"), quotes=True))
    rows = [(name[lang], value) for name, value in wording if value]
    return table(columns, rows, caption=say("Definition and duty", lang), lang=lang, kind="duty")


# ---- data quality -------------------------------------------------------------------------------------------------------------


def arrived(obs: pd.DataFrame, unit: Unit, year: int, *, as_of: dt.date | str, lang: str = "vi") -> Html:
    """For each line: how many figures of the year arrived, the latest one, its status, how old it is."""
    moment = day(as_of)
    columns = (
        Column(in_context("heading of the lines", "Target"), heads_row=True, quotes=True),
        Column(Text("Figures"), NUMBER),
        Column(in_context("of all figures", "Estimates"), NUMBER),
        Column(Text("Latest")),
        Column(Text("Age (days)"), NUMBER),
        Column(Text("State")),
        Column(Text("Owner"), quotes=True),
    )
    rows = [
        _arrived_row(data.rows_of_year(obs, unit, ind, year, moment), ind, unit.calendar_of(ind), moment, lang)
        for ind in unit.indicators.values()
    ]
    name = unit.year_name(year)
    caption = say("What arrived for {name}", lang, name=name)
    return table(columns, rows, caption=caption, lang=lang)


def _arrived_row(rows: pd.DataFrame, ind: Indicator, calendar: Calendar, moment: dt.date, lang: str) -> tuple[object, ...]:
    name, owner = f"({ind.number}) {ind.short[lang]}", ind.duty.owner[lang]
    if not len(rows):
        return (name, "–", "–", "–", "–", say("nothing yet", lang), owner)
    last, found = rows.iloc[-1], data.of_year_rows(ind, rows, moment)
    late = found["age"] > ind.stale_after_days
    state = say("stale" if late else "up to date", lang)
    shown = f"{period_text(last['basis'], last['period'], lang, calendar)} ({choices.STATUS_WORDS[last['status']][lang]})"
    figures, guesses, age = (words.counted(found, label, lang) for label in ("figures", "estimates", "age"))
    return (name, figures, guesses, shown, age, state, owner)


def revised(obs: pd.DataFrame, unit: Unit, *, as_of: dt.date | str, lang: str = "vi") -> Html:
    """Figures that were replaced by a later one, the largest changes of the last three years first."""
    columns = (
        Column(in_context("heading of the lines", "Target"), heads_row=True, quotes=True),
        Column(Text("Period")),
        Column(Text("First"), NUMBER),
        Column(Text("Latest"), NUMBER),
        Column(Text("Change"), NUMBER),
        Column(Text("Known from")),
    )
    rows = [
        (
            unit.indicators[last.indicator].short[lang],
            period_text(last.basis, last.period, lang, unit.calendar_of(unit.indicators[last.indicator])),
            *_revision(first, last, lang),
            date_cell(last.published, lang),
        )
        for first, last in data.revisions(obs, unit, day(as_of))
    ]
    return table(
        columns,
        rows,
        caption=say("Largest revisions of the last three years", lang),
        lang=lang,
    )


def _revision(before: Figure, after: Figure, lang: str) -> tuple[words.Shown, ...]:
    """First value, latest value and the change in percent, bound."""
    found = data.of_revision(before, after)
    first, latest = (words.bound(found, label, lambda value: words.trimmed(value, 0, lang)) for label in ("first", "latest"))
    return first, latest, words.bound(found, "change", lambda value: f"{words.signed(value, 1, lang)} %")


def provenance(obs: pd.DataFrame, lang: str = "vi") -> Html:
    """How the figures are known: by delivered file, how many rows, of second grade, with an assumed date, approximate."""
    columns = (
        Column(Text("File"), heads_row=True, quotes=True),
        Column(Text("Rows"), NUMBER),
        Column(Text("From")),
        Column(in_context("first and last", "To")),
        Column(Text("Estimates"), NUMBER),
        Column(Text("Second grade"), NUMBER),
        Column(Text("Assumed date"), NUMBER),
        Column(Text("Not exact"), NUMBER),
    )
    rows = [
        (
            str(file).removeprefix("deliveries/"),
            words.counted(found, "rows", lang),
            date_cell(group["start"].min().date(), lang),
            date_cell(group["end"].max().date(), lang),
            *(words.counted(found, label, lang) for label in ("estimates", "second_grade", "assumed_dates", "not_exact")),
        )
        for file, group in obs.groupby("file", sort=True)
        for found in [data.of_file(str(file), group)]
    ]
    return table(columns, rows, caption=say("Where the figures come from", lang), lang=lang)


def set_aside(obs: pd.DataFrame, unit: Unit, lang: str = "vi") -> Html:
    """Figures on record that no projection uses: of another territory, or from before a boundary event."""
    kept = boundaries.usable(obs, unit).index
    rest = obs.loc[obs.index.difference(kept)]
    columns = (
        Column(in_context("heading of the lines", "Target"), heads_row=True, quotes=True),
        Column(Text("Territory"), quotes=True),
        Column(Text("Period")),
        Column(Text("Value"), NUMBER),
        Column(Text("Source"), quotes=True),
    )
    rows = [
        (
            unit.indicators[row.indicator].short[lang],
            row.perimeter or (say("before the boundary event", lang)),
            period_text(row.basis, row.period, lang, unit.calendar_of(unit.indicators[row.indicator])),
            _figure(row, lang),
            row.source,
        )
        for row in rest.itertuples()
    ]
    caption = say("On record, not used: another territory", lang)
    return table(columns, rows, caption=caption, lang=lang)
