"""The figures behind a chart: the table a page offers under it, its numbers bound like those of a sentence."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from kpi_lib import words
from kpi_lib.charts.base.words import version_word
from kpi_lib.figures.histories import Point
from kpi_lib.forecast.models import MODELS
from kpi_lib.narrative import choices
from kpi_lib.narrative import outlooks as nr
from kpi_lib.outlook.joint import Joint
from kpi_lib.outlook.values.course import BAND_LEVELS, drawn_points, is_level, last_year, of_fan, of_futures, other_versions
from kpi_lib.outlook.values.together import counts_told, of_counts
from kpi_lib.outlook.verdict import Outlook
from kpi_lib.words.messages import in_context, say
from kpi_lib.words.values import Values

Cell = str | words.Shown
NOTHING = "–"


@dataclass(frozen=True, slots=True)
class Figures:
    """Headings and rows; the first cell of a row names it."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]

    def packed(self) -> dict[str, Any]:
        """The table as it travels with a specification: words, and numbers with their value, name and owner."""
        return {"columns": list(self.columns), "rows": [[packed(cell) for cell in row] for row in self.rows]}


def packed(cell: Cell) -> str | dict[str, Any]:
    """A cell as it travels with a specification."""
    if isinstance(cell, words.Word):
        return {"text": str(cell), "of": cell.key, "case": cell.case, "choice": cell.choice}
    if isinstance(cell, str):
        return cell
    if not math.isfinite(cell.value):
        return cell.text
    return {"value": float(cell.value), "text": cell.text, "label": cell.label, "of": cell.of, "share": cell.share}


# ---- of one outlook ---------------------------------------------------------------------------------------------------------------


def fan_figures(outlook: Outlook, fan_rows: Sequence[Mapping[str, Any]], plan: Mapping[int, float], lang: str) -> Figures:
    """What the fan shows, day by day: published figures, projected quantiles, last year, the pace to the target; then the marks.

    `fan_rows` are the quantiles drawn (`end`, `y`, `a50` to `b95`), `plan` the target's profile by month.
    """
    projection, values, calendar = outlook.projection, of_fan(outlook), outlook.projection.calendar
    past = {calendar.months_gone(point.end): point for point in last_year(projection)}
    ahead = {row["x"]: row for row in fan_rows if row["end"]}
    seen = {calendar.place(point.end, projection.year): point for point in drawn_points(projection)}
    ahead = {x: row for x, row in ahead.items() if x > max(seen, default=-math.inf)}
    known = projection.measure[lang]
    what = say("Figure or median", lang)
    columns = [say("To", lang), f"{what}, {known}".rstrip(", "), say("Kind", lang)]
    columns += [in_context("heading", "{year}", year=projection.named(projection.year - 1))[lang]] if past else []
    columns += [say("Pace to the target", lang)] if plan else []
    if ahead:
        columns += [f"{100 * b:.0f} %: {side}" for b in BAND_LEVELS for side in (say("from", lang), say("to", lang))]
    rows: list[tuple[Cell, ...]] = []
    for x in sorted({*seen, *ahead, *past, *plan}):
        row: list[Cell] = [
            words.date_text(calendar.day_at(x, projection.year), lang),
            *_figure(outlook, values, seen.get(x), ahead.get(x), lang),
        ]
        row += [_point_cell(outlook, values, past.get(x), "past", lang)] if past else []
        row += [_plan_cell(outlook, values, x, plan, lang)] if plan else []
        row += _band_cells(outlook, values, ahead.get(x), lang) if ahead else []
        rows.append(tuple(row))
    rows += [(*mark, *[NOTHING] * (len(columns) - 3)) for mark in _marks(outlook, lang)]
    return Figures(tuple(columns), tuple(rows))


def _point_cell(outlook: Outlook, values: Values, point: Point | None, label: str, lang: str) -> Cell:
    return NOTHING if point is None else nr.bare(outlook, f"{label}@{point.end}", lang, values)


def _figure(outlook: Outlook, values: Values, point: Point | None, ahead: Mapping[str, Any] | None, lang: str) -> list[Cell]:
    """The published figure or the projected median, and which of the two it is."""
    if point is not None:
        label = "seen" if point in outlook.projection.seen else "past"
        return [_point_cell(outlook, values, point, label, lang), choices.STATUS_WORDS[point.status][lang]]
    if ahead is None:
        return [NOTHING, NOTHING]
    return [nr.bare(outlook, f"fan50@{ahead['end']}", lang, values), say("projected", lang)]


def _band_cells(outlook: Outlook, values: Values, ahead: Mapping[str, Any] | None, lang: str) -> list[Cell]:
    if ahead is None:
        return [NOTHING] * (2 * len(BAND_LEVELS))
    names = [f"{side}{100 * level:.0f}@{ahead['end']}" for level in BAND_LEVELS for side in ("low", "high")]
    return [nr.bare(outlook, name, lang, values) for name in names]


def _plan_cell(outlook: Outlook, values: Values, x: float, plan: Mapping[int, float], lang: str) -> Cell:
    if x not in plan:
        return NOTHING
    return nr.bare(outlook, f"plan@{outlook.projection.calendar.month_end(outlook.projection.year, int(x))}", lang, values)


def _marks(outlook: Outlook, lang: str) -> list[tuple[Cell, Cell, Cell]]:
    """The lines across the chart: targets, and what the straight line says."""
    projection = outlook.projection
    rows: list[tuple[Cell, Cell, Cell]] = []
    goal = say("Target of", lang)
    if outlook.target is not None and math.isfinite(outlook.threshold):
        wording = version_word(outlook.target.version, lang)
        rows.append((f"{goal} {projection.named()}", nr.bare(outlook, "threshold", lang), wording.lower()))
    for verdict in other_versions(outlook):
        version = verdict.target.version
        shown = nr.bare(outlook, f"threshold_{version}", lang)
        rows.append((f"{goal} {projection.named()}", shown, version_word(version, lang).lower()))
    if projection.indicator.adds_up and not projection.complete and math.isfinite(projection.straight_line):
        rows.append((MODELS["straight_line"].title[lang], nr.bare(outlook, "straight_line", lang), NOTHING))
    return rows


def future_figures(outlook: Outlook, met: np.ndarray, lang: str) -> Figures:
    """The year's end in a few figures, then every equally likely future, and whether it meets the target, `(futures,)`."""
    projection, values = outlook.projection, of_futures(outlook)
    named = [(say("Median", lang), "median")]
    named += [(say("80 % interval, from", lang), "low80")]
    named += [(say("80 % interval, to", lang), "high80")]
    judged = outlook.target is not None and math.isfinite(outlook.threshold)
    named += [(say("Target", lang), "threshold")] if judged else []
    rows: list[tuple[Cell, ...]] = [(name, nr.bare(outlook, label, lang), "") for name, label in named]
    if judged and math.isfinite(outlook.probability):
        rows.append((say("Chance of meeting it", lang), nr.chance_of(outlook, lang), ""))
    for number in range(1, len(met) + 1):
        name = say("Future {number}", lang, number=number)
        rows.append(
            (
                name,
                nr.bare(outlook, f"future{number}", lang, values),
                choices.chosen(values, f"future{number}_met", "met", lang) if judged else "",
            )
        )
    when = say("end of", lang) if is_level(projection) else say("the whole of", lang)
    head = f"{when} {projection.named()}, {projection.measure[lang]}".rstrip(", ")
    return Figures(("", head[:1].upper() + head[1:], say("Against the target", lang)), tuple(rows))


# ---- of several lines --------------------------------------------------------------------------------------------------------------


def overview_figures(judged: Sequence[Outlook], lang: str) -> Figures:
    """Every judged line with its chance and word, in the order drawn."""
    columns = (
        in_context("heading of the lines", "Target")[lang],
        say("Chance of meeting it", lang),
        in_context("of a chance", "Status")[lang],
        say("Asked for", lang),
    )
    rows = [
        (
            f"({item.indicator.number}) {item.indicator.short[lang]}",
            nr.chance_of(item, lang),
            nr.status_of(item, lang),
            nr.threshold_text(item, lang),
        )
        for item in judged
    ]
    return Figures(columns, tuple(rows))


def together_figures(held: Joint, lang: str) -> Figures:
    """For every number of lines met: its chance, and that of at least so many."""
    columns = (say("Lines met", lang), in_context("of so many lines", "Chance")[lang], say("At least so many", lang))
    values = of_counts(held)
    rows: list[tuple[Cell, ...]] = [
        (str(k), *(words.likely(values, f"lines_{which}_{k}", lang) for which in ("exactly", "at_least")))
        for k in reversed(counts_told(held))
    ]
    return Figures(columns, tuple(rows))
