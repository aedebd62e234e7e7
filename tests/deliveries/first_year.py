"""A ward without any past fills in its first twelve months by template, slips as people do, and sends the file again as it should be."""

from __future__ import annotations

import datetime as dt
import random
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from kpi_lib.definitions.indicators import read_unit
from kpi_lib.definitions.targets import read_plans
from kpi_lib.deliveries import store
from kpi_lib.deliveries.answers import confirm, confirm_sizes, still_waiting
from kpi_lib.deliveries.intake import ingest
from kpi_lib.deliveries.tables.template import write_template
from kpi_lib.figures.observations import read_observations
from kpi_lib.periods import month_end
from tests.deliveries.template_tools import fill

YEAR = 2026
MONTHLY = {
    "budget_revenue_growth": [25.2, 18.4, 21.7, 22.9, 20.3, 24.6, 23.8, 21.1, 22.5, 24.9, 26.3, 31.8],
    "new_jobs": [118, 95, 141, 160, 122, 150, 133, 128, 140, 139, 151, 123],
    "new_enterprises": [3, 2, 6, 7, 6, 9, 8, 5, 7, 8, 9, 4],
}
INSURANCE = "health_insurance_coverage"
Row = dict[str, object]


def _swapped(value: float) -> float:
    """The first two digits exchanged; a figure of one digit typed twice."""
    text = f"{value:g}"
    return float(text[1] + text[0] + text[2:]) if len(text) > 1 and text[1].isdigit() else float(text + text)


SLIPS: dict[str, Callable[[Row, Row], Row]] = {  # the row as it should be, last month's row -> the row as it was typed
    "ten times": lambda row, _: {**row, "month": row["month"] * 10},  # type: ignore[operator]
    "a tenth": lambda row, _: {**row, "month": row["month"] / 10},  # type: ignore[operator]
    "in thousands": lambda row, _: {key: value * 1000 if isinstance(value, int | float) else value for key, value in row.items()},
    "the sum in the month's column": lambda row, _: {**row, "month": row["cumulative"]},
    "the month in the sum's column": lambda row, _: {**row, "cumulative": row["month"]},
    "columns exchanged": lambda row, _: {**row, "month": row["cumulative"], "cumulative": row["month"]},
    "last month's sum": lambda row, last: {**row, "cumulative": last["cumulative"]},
    "last month's row": lambda row, last: {**row, "month": last["month"], "cumulative": last["cumulative"]},
    "digits exchanged": lambda row, _: {**row, "month": _swapped(row["month"])},  # type: ignore[arg-type]
    "a minus": lambda row, _: {**row, "month": -row["month"]},  # type: ignore[operator]
    "a word": lambda row, _: {**row, "month": f"khoảng {row['month']}"},
    "two numbers": lambda row, _: {**row, "month": f"{row['month']} ({row['cumulative']})"},
}


def year(unit: str, folder: Path, seed: int) -> Counter[str]:
    """Fill in a year; what counted wrongly, what was kept out for good, and how often somebody was asked."""
    chance, found = random.Random(seed), Counter[str]()
    last: dict[str, Row] = {}
    for month in range(1, 13):
        day = month_end(YEAR, month)
        right = _right(month)
        form = _form(unit, month, folder)
        if last and chance.random() < 0.6:
            line, slip = chance.choice(list(MONTHLY)), chance.choice(list(SLIPS))
            typed = SLIPS[slip](right[line], last[line])
            found["slips"] += 1
            (receipt,) = ingest([_filled(form, {**right, line: typed}, folder / f"{month}-slip.xlsx")], unit, received=day)
            wrong = [
                item for item in receipt.accepted if item.indicator == line and item.value != _value(right, item.indicator, item.basis)
            ]
            if wrong:
                found["wrong figures that counted"] += len(wrong)
                found[f"  {slip}, {line}: {right[line]['month']:g} / {right[line]['cumulative']:g}"] += 1
        (receipt,) = ingest([_filled(form, right, folder / f"{month}-right.xlsx")], unit, received=day + dt.timedelta(days=2))
        asked = _answered(unit, receipt.number, {fault.check for fault in receipt.faults if fault.keeps_back}, day + dt.timedelta(days=3))
        found["questions"] += asked
        found["most questions in a month"] = max(found["most questions in a month"], asked)
        last = right
    return found + _kept_out(unit)


def _right(month: int) -> dict[str, Row]:
    rows: dict[str, Row] = {
        key: {"month": values[month - 1], "cumulative": round(sum(values[:month]), 1), "status": "Thực hiện"}
        for key, values in MONTHLY.items()
    }
    return {**rows, INSURANCE: {"cumulative": round(97.1 + 0.1 * month, 1), "status": "Thực hiện"}}


def _value(rows: dict[str, Row], indicator: str, basis: str) -> object:
    return rows[indicator].get("month" if basis == "month" else "cumulative")


def _form(unit: str, month: int, folder: Path) -> Path:
    path, day = folder / f"form-{month}.xlsx", month_end(YEAR, month)
    write_template(read_unit(unit), YEAR, path, month=month, obs=read_observations(unit, as_of=day), plans=read_plans(unit), as_of=day)
    return path


def _filled(form: Path, rows: dict[str, Row], target: Path) -> Path:
    return fill(form, {(key, "total"): row for key, row in rows.items()}, target=target)


def _answered(unit: str, number: int, checks: set[str], on: dt.date) -> int:
    """Answer for what waits of a file that is right; how many answers it took."""
    answer, asked = {"by": "Trần B", "reason": "đúng", "on": on}, 0
    if "size_first" in checks:
        confirm_sizes(unit, **answer)  # type: ignore[arg-type]
        asked += 1
    record = next(item for item in store.records(unit) if item.number == number)
    if any(still_waiting(unit, record)):
        confirm(unit, number, **answer)  # type: ignore[arg-type]
        asked += 1
    return asked


def _kept_out(unit: str) -> Counter[str]:
    """The true figures of the year that are not in force at its end."""
    obs, missing = read_observations(unit), 0
    for key, values in MONTHLY.items():
        own = obs[(obs["indicator"] == key) & (obs["basis"] == "month")].sort_values("published", kind="stable")
        in_force = own.groupby("period")["value"].last().to_dict()
        missing += sum(in_force.get(f"{YEAR}-{number:02d}") != value for number, value in enumerate(values, start=1))
    return Counter({"true figures kept out": missing})
