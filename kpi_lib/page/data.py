"""Figures, targets and definitions with where they come from; what arrived, was revised or is set aside."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pandas as pd

from kpi_lib import words
from kpi_lib.definitions.indicators import Indicator, Unit, day
from kpi_lib.definitions.measures import measure_of, same_measure
from kpi_lib.definitions.targets import Target
from kpi_lib.definitions.targets import listed as registered
from kpi_lib.figures import boundaries
from kpi_lib.figures import observations as ob
from kpi_lib.narrative import choices
from kpi_lib.outlook.verdict import Outlook
from kpi_lib.page.markup import LINE, NUMBER, Columns, Heading, Html, answers_for, date_cell, folded, folded_table, table
from kpi_lib.page.tables import adopted_cell
from kpi_lib.periods import CALENDAR, Calendar
from kpi_lib.record.values import data
from kpi_lib.words.messages import Dated, Field, Named, Opening, Text, in_context, say
from kpi_lib.words.values import Values


def sources(obs: pd.DataFrame, item: Outlook, lang: str = "vi") -> Html:
    """Every figure of the judged year and the year before: value, status, day it became known, source, file and cell."""
    projection = item.projection
    known = ob.cut(obs[obs["indicator"] == item.indicator.id], projection.as_of)
    rows_of = known[known["end"] >= pd.Timestamp(projection.calendar.start(projection.year - 1))]
    rows_of = rows_of.sort_values(["end", "published"], ascending=False, kind="stable").head(60)
    columns: Columns = {
        Heading(Text("Period"), heads_row=True): lambda row: period_text(row.basis, row.period, lang, projection.calendar),
        Heading(Text("Series"), quotes=True): lambda row: _series(row, lang),
        Heading(Text("Value"), NUMBER): lambda row: _figure(row, item.indicator, lang),
        Heading(in_context("of a figure", "Status")): lambda row: (
            choices.STATUS_WORDS[row.status][lang] + PRECISION_WORDS[row.precision][lang]
        ),
        Heading(Text("Known from")): lambda row: date_cell(row.published.date(), lang, row.published_assumed),
        Heading(Text("Source"), quotes=True): lambda row: _source(row, lang),
        Heading(Text("File, cell"), quotes=True): data.place_of,
    }
    caption = Text("Figures of this year and the last, and where they come from")
    made = table(columns, zip(rows_of.itertuples()), caption=caption, lang=lang, kind="sources wide")
    return folded(f"{caption[lang]} ({len(rows_of)})", made) if len(rows_of) else made


def _series(row: Any, lang: str) -> str:
    """The series of a figure, and the territory it is of where that is another one."""
    of = f" – {row.perimeter}" if row.perimeter not in ("", boundaries.REBUILT) else ""
    return SERIES_WORDS.get(row.series, Named(row.series))[lang] + of


def _source(row: Any, lang: str) -> str:
    """Where a figure or a target was read, how sure that is, and the remark beside it."""
    return (row.source or LATER_SOURCE[lang]) + (GRADE_TWO[lang] if row.grade > 1 else "") + (f". {row.note}" if row.note else "")


def _figure(row: Any, ind: Indicator, lang: str) -> words.Shown:
    """A delivered figure, bound to the cell it stands in, in its own unit by the indicator's name for it."""
    own = (known for known in (ind.natural_measure, ind.measure) if same_measure(known, row.measure))
    measure = next(own, measure_of(row.measure))
    found = data.of_figure(row)
    return words.bound(found, next(iter(found)), lambda value: words.with_measure(words.trimmed(value, 0, lang), measure, lang))


FIRST_LINES = 6  # shown at once; the others open on demand (and are printed)
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
    "taxes_and_fees": Text("taxes and fees"),
    "customs_region_viii": Text("customs of region VIII"),
    "b63_unverified": Text("settled accounts, not verified"),
    "enterprises_and_dependent_units": Text("enterprises and dependent units"),
    "cooperatives": Text("cooperatives"),
    "treasury": Text("disbursed through the Treasury"),
    "rate_multidimensional": Text("multidimensional poverty rate"),
    "provincial_standard": Text("by the province's earlier standard"),
    "national_standard": Text("by the national standard"),
    "urban": Text("towns"),
    "rural_hygienic": Text("countryside, hygienic water"),
}
PRECISION_WORDS = {
    "exact": Named(""),
    "rounded": Text(", rounded"),
    "about": Text(", about"),
    "derived": Text(", derived"),
}
OF_PLAN = (Text(", set by the year's plan"), Text(", amended by the year's plan"))
LATER_SOURCE = Text("named by a page of a later day, which is not quoted here")
GRADE_TWO = Text(" [second-grade source: the page was not re-opened]")


def targets(unit: Unit, year: int, *, as_of: dt.date | str, lang: str = "vi") -> Html:
    """Every target of a year known on a date, with document, clause, date and source."""
    columns: Columns = {
        LINE: lambda row, ind: ind.headed(ind.short, lang),
        Heading(Text("Threshold"), NUMBER): lambda row, ind: _threshold(row, ind, lang),
        Heading(Text("Version")): lambda row, ind: (
            choices.version_words(row.version, unit)[lang] + (OF_PLAN[row.amends is not None][lang] if row.of_plan else "")
        ),
        Heading(Text("Document, clause"), quotes=True): lambda row, ind: f"{row.document} {row.clause}".strip(),
        Heading(Text("Date")): lambda row, ind: adopted_cell(row, lang),
        Heading(Text("Source"), quotes=True): lambda row, ind: _source(row, lang),
    }
    things = [(row, unit.indicators[row.indicator]) for row in registered(unit, year, as_of=day(as_of))]
    return folded_table(columns, things, caption=Text("Targets and where they come from"), lang=lang)


def _threshold(row: Target, ind: Indicator, lang: str) -> tuple[object, ...]:
    """The threshold of a row of the register, bound."""
    found, measure = data.of_target(row), row.measured_in(ind)
    most, *least = [words.bound(found, label, lambda value: words.trimmed(value, ind.decimals, lang)) for label in found]
    end = words.bound(found, most.label, lambda value: words.with_measure(most.text, measure, lang))
    amount = [*(part for low in least for part in (low, " – ")), end]
    return tuple(words.filled(choices.COMPARATOR_WORDS[row.asks(ind)], lang, amount=amount))


def duty(item: Outlook, lang: str = "vi") -> Html:
    """The six clarities: who, what, when, result, responsibility, product; and the definition, with the remarks known by the report's day."""
    ind, as_of, deadline = item.indicator, item.projection.as_of, item.projection.unit.deadline_document
    noted = ((Text("Noted on {day}", day=note.known), note.text[lang]) for note in ind.notes if note.known <= as_of)
    wording = (
        (Text("Wording of the resolution"), ind.wording),
        (Text("Definition"), ind.definition[lang]),
        *noted,
        (Text("Denominator"), ind.denominator[lang]),
        (Text("Cut-off"), ind.cut_off[lang]),
        (in_context("of a duty", "Who hands in the figures"), ind.duty.owner[lang]),
        (in_context("of a duty", "Who answers for the result"), answers_for(item, lang)),
        (Text("Task"), ind.duty.task[lang]),
        (Text("When") if deadline else Text("When (proposed; no document sets a day)"), ind.duty.due[lang]),
        (Text("Result"), ind.duty.result[lang]),
        (Text("Responsibility"), ind.duty.responsibility[lang]),
        (Text("Product"), ind.duty.product[lang]),
        (in_context("of a definition", "Source"), ind.source),
    )
    columns: Columns = {
        Heading(Text("Item"), heads_row=True): lambda name, value: name[lang],
        Heading(Text("Content"), quotes=True): lambda name, value: value,
    }
    return table(columns, [each for each in wording if each[1]], caption=Text("Definition and duty"), lang=lang, kind="duty")


# ---- data quality -------------------------------------------------------------------------------------------------------------


def arrived(obs: pd.DataFrame, unit: Unit, year: int, *, as_of: dt.date | str, lang: str = "vi") -> Html:
    """For each line that is followed: how many figures of the year arrived, the latest one, its status, how old it is."""
    moment = day(as_of)

    def shown(last: Any, calendar: Calendar) -> str:
        return f"{period_text(last['basis'], last['period'], lang, calendar)} ({choices.STATUS_WORDS[last['status']][lang]})"

    def state(ind: Indicator, found: Values) -> str:
        return say("too old to judge by" if found["age"] > ind.stale_after_days else "recent enough to judge by", lang)

    columns: Columns = {
        LINE: lambda ind, rows, found: ind.headed(ind.short, lang),
        Heading(Text("Figures"), NUMBER): lambda ind, rows, found: words.counted(found, "figures", lang) if found else "–",
        Heading(in_context("of all figures", "Estimates"), NUMBER): lambda ind, rows, found: (
            words.counted(found, "estimates", lang) if found else "–"
        ),
        Heading(Text("Latest")): lambda ind, rows, found: shown(rows.iloc[-1], unit.calendar_of(ind)) if found else "–",
        Heading(Text("Age (days)"), NUMBER): lambda ind, rows, found: words.counted(found, "age", lang) if found else "–",
        Heading(Text("State")): lambda ind, rows, found: state(ind, found) if found else say("nothing yet", lang),
        Heading(Text("Who hands in the figures"), quotes=True): lambda ind, rows, found: ind.duty.owner[lang],
    }
    things = [
        (ind, rows, data.of_year_rows(ind, rows, moment) if len(rows) else None)
        for ind in unit.indicators.values()
        if data.followed(obs, unit, ind, year, moment)
        for rows in [data.rows_of_year(obs, unit, ind, year, moment)]
    ]
    return folded_table(columns, things, caption=Text("What arrived for {name}", name=unit.year_name(year)), lang=lang, first=FIRST_LINES)


def revised(obs: pd.DataFrame, unit: Unit, *, as_of: dt.date | str, lang: str = "vi") -> Html:
    """Figures that were replaced by a later one, the largest changes of the last three years first."""
    columns: Columns = {
        LINE: lambda ind, last, found: ind.short[lang],
        Heading(Text("Period")): lambda ind, last, found: period_text(last.basis, last.period, lang, unit.calendar_of(ind)),
        Heading(Text("First"), NUMBER): lambda ind, last, found: words.bound(found, "first", lambda value: words.trimmed(value, 0, lang)),
        Heading(Text("Latest"), NUMBER): lambda ind, last, found: words.bound(found, "latest", lambda value: words.trimmed(value, 0, lang)),
        Heading(Text("Change"), NUMBER): lambda ind, last, found: signed_percent(found, "change", lang),
        Heading(Text("Known from")): lambda ind, last, found: date_cell(last.published, lang),
    }
    things = [
        (unit.indicators[last.indicator], last, data.of_revision(first, last)) for first, last in data.revisions(obs, unit, day(as_of))
    ]
    return folded_table(columns, things, caption=Text("Largest revisions of the last three years"), lang=lang)


def signed_percent(found: Values, label: str, lang: str) -> words.Shown:
    """A change in percent with its sign, bound."""
    return words.bound(found, label, lambda value: words.with_percent(words.signed(value, 1, lang), lang))


def provenance(obs: pd.DataFrame, lang: str = "vi") -> Html:
    """How the figures are known: by delivered file, how many rows, of second grade, with an assumed date, approximate."""
    columns: Columns = {
        Heading(Text("File"), heads_row=True, quotes=True): lambda file, rows, found: file.removeprefix("deliveries/"),
        Heading(Text("Rows"), NUMBER): lambda file, rows, found: words.counted(found, "rows", lang),
        Heading(Text("From")): lambda file, rows, found: date_cell(rows["start"].min().date(), lang),
        Heading(in_context("first and last", "To")): lambda file, rows, found: date_cell(rows["end"].max().date(), lang),
        Heading(Text("Estimates"), NUMBER): lambda file, rows, found: words.counted(found, "estimates", lang),
        Heading(Text("Second grade"), NUMBER): lambda file, rows, found: words.counted(found, "second_grade", lang),
        Heading(Text("Assumed date"), NUMBER): lambda file, rows, found: words.counted(found, "assumed_dates", lang),
        Heading(Text("Not exact"), NUMBER): lambda file, rows, found: words.counted(found, "not_exact", lang),
    }
    things = [(str(file), rows, data.of_file(str(file), rows)) for file, rows in obs.groupby("file", sort=True)]
    return folded_table(columns, things, caption=Text("Where the figures come from"), lang=lang)


def set_aside(obs: pd.DataFrame, unit: Unit, lang: str = "vi") -> Html:
    """Figures on record that no projection uses: of another territory, or from before a boundary event."""
    kept = boundaries.usable(obs, unit).index
    rest = obs.loc[obs.index.difference(kept)]
    columns: Columns = {
        LINE: lambda row, ind: ind.short[lang],
        Heading(Text("Territory"), quotes=True): lambda row, ind: row.perimeter or say("before the boundary event", lang),
        Heading(Text("Period")): lambda row, ind: period_text(row.basis, row.period, lang, unit.calendar_of(ind)),
        Heading(Text("Value"), NUMBER): lambda row, ind: _figure(row, ind, lang),
        Heading(Text("Source"), quotes=True): lambda row, ind: row.source or LATER_SOURCE[lang],
    }
    things = [(row, unit.indicators[row.indicator]) for row in rest.itertuples()]
    return table(columns, things, caption=Text("On record, not used: another territory"), lang=lang)
