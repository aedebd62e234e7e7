"""Published outlooks held against what came of them, by rules written into every round before its year ended (docs/record.md).

Rules 1: the first version of a round counts, withdrawn or not, unless the year was over when it was published. Of a year two figures are kept, the
first that an office printed of it and the final one (`scores.outturn_of`); scores are held against the final one. Beside it stand, from what was
known on the day of the round, the straight line, growth as in the same period of last year, and last year's own figure.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from kpi_lib.definitions.indicators import Indicator, Unit
from kpi_lib.definitions.targets import target_for
from kpi_lib.figures.histories import Figure, line
from kpi_lib.forecast.models import RULES, CannotServeError
from kpi_lib.forecast.project import project
from kpi_lib.forecast.projection import Projection
from kpi_lib.outlook.verdict import outcome
from kpi_lib.record.rounds import VALUE
from kpi_lib.record.scores import outturn_of

LAST_YEAR = "last_year"
BESIDE = (*RULES, LAST_YEAR)
_COLUMNS = [
    "indicator", "target_year", "round_id", "model", "projected", "low80", "high80", "probability", "status", "threshold", "first_print",
    "outturn", "error", "wis", "met", "inside80", *BESIDE,
]  # fmt: skip


def settle(ledger: pd.DataFrame, obs: pd.DataFrame, *, unit: Unit, as_of: dt.date) -> pd.DataFrame:
    """Published outlooks (first version of each round) held against the outturns known on `as_of`.

    Returns
    -------
    frame: indicator, target_year, round_id, model, projected, low80, high80, probability, status, threshold, first_print, outturn, error, wis,
    met, inside80, and what each rule of `BESIDE` said; amounts in the natural unit; `met` NaN where no target can be held against the outturn, a rule
    NaN where it could not serve. A year is judged by its last plan, so is the probability where the round told one by December's plan.
    """
    rows = []
    finals: dict[tuple[str, int], tuple[Projection | None, float]] = {}
    first = ledger[ledger["version"] == 1] if len(ledger) else ledger
    for (indicator, year, round_id), group in first.groupby(["indicator", "target_year", "round_id"]):
        values = {(row.output_type, row.output_type_id): row.value for row in group.itertuples()}
        if indicator not in unit.indicators or round_id.date() >= as_of or ("quantile", "0.5") not in values:
            continue
        if values.get(("status", "complete")) == "true":
            continue
        ind, figures, key = unit.indicators[indicator], line(obs, indicator), (indicator, int(year))
        if key not in finals:
            final = outturn_of(figures, ind, int(year), unit=unit, as_of=as_of)
            finals[key] = final, _first_print(figures, ind, final, unit, as_of) if final else np.nan
        final, printed = finals[key]
        if final is not None:
            beside = _beside(figures, ind, final, unit, round_id.date())
            rows.append(
                {**_settled(indicator, int(year), round_id, group["model"].iloc[0], values, unit, final), **beside, "first_print": printed}
            )
    return pd.DataFrame(rows, columns=_COLUMNS)


def _settled(
    indicator: str, year: int, round_id: Any, model: str, values: Mapping[Any, Any], unit: Unit, final: Projection
) -> dict[str, object]:
    number = {key: float(value) for key, value in values.items() if key[0] in ("quantile", "probability", "threshold") and value != ""}
    target = target_for(unit.id, unit.indicators[indicator], year, as_of=round_id.date())
    middle, low, high = (number[("quantile", p)] for p in ("0.5", "0.1", "0.9"))
    outturn = final.achieved
    return {
        "indicator": indicator,
        "target_year": year,
        "round_id": round_id,
        "model": model,
        "projected": middle,
        "low80": low,
        "high80": high,
        "probability": number.get(("probability", "met_in_december"), number.get(("probability", "met"), np.nan)),
        "status": values.get(("status", "word"), ""),
        "threshold": number.get(("threshold", "natural"), np.nan),
        "outturn": outturn,
        "error": middle - outturn,
        "wis": weighted_interval_score({float(p): q for (kind, p), q in number.items() if kind == "quantile"}, outturn),
        "met": outcome(final, target, outturn),
        "inside80": bool(low <= outturn <= high),
    }


def weighted_interval_score(quantiles: Mapping[float, float], outcome: float) -> float:
    """Twice the mean pinball loss of the published quantiles, in the outcome's unit: of a sure figure its distance.

    Source: Bracher and others (2021), equation 4, the median counted half.

    >>> weighted_interval_score({0.25: 1.0, 0.5: 1.0, 0.75: 1.0}, 3.0)
    2.0
    """
    losses = [(level - (outcome < value)) * (outcome - value) for level, value in quantiles.items()]
    return float(2 * np.mean(losses))


def _first_print(figures: tuple[Figure, ...], ind: Indicator, final: Projection, unit: Unit, as_of: dt.date) -> float:
    """The first figure of the whole year that an office printed, estimate or not; NaN where none can be told."""
    end = unit.calendar_of(ind).end(final.year)
    for day in sorted({max(figure.published, end) for figure in figures if figure.end == end and figure.published <= as_of}):
        found = project(figures, ind, final.year, as_of=day, unit=unit, draws=1)
        if found.known and found.seen and found.seen[-1].end == end and found.measure == final.measure:
            return found.achieved
    return np.nan


def _beside(figures: tuple[Figure, ...], ind: Indicator, final: Projection, unit: Unit, day: dt.date) -> dict[str, float]:
    """What the rules of thumb said on the day of the round, in the unit of the outturn."""
    found = dict.fromkeys(BESIDE, np.nan)
    for rule in RULES:
        try:
            projection = project(figures, ind, final.year, as_of=day, model=rule, unit=unit)
        except CannotServeError:
            continue
        if projection.known and projection.measure == final.measure:
            found[rule] = projection.quantile(0.5)
    before = outturn_of(figures, ind, final.year - 1, unit=unit, as_of=day)
    if before is not None and before.measure == final.measure:
        found[LAST_YEAR] = before.achieved
    return found


def nearer(frame: pd.DataFrame, rule: str) -> tuple[int, int]:
    """In how many settled outlooks the middle lay nearer to the outturn than a rule did, and in how many the rule could serve.

    >>> nearer(pd.DataFrame({"error": [1.0, -3.0, 2.0], "outturn": [10.0, 10.0, 10.0], "last_year": [12.0, 11.0, float("nan")]}), "last_year")
    (1, 2)
    """
    served = frame[frame[rule].notna()]
    return int((served["error"].abs() < (served[rule] - served["outturn"]).abs()).sum()), len(served)


def outturns(ledger: pd.DataFrame, obs: pd.DataFrame, *, unit: Unit, as_of: dt.date) -> pd.DataFrame:
    """The outturns of published outlooks as known on a day, one row a line and year: what a round keeps of them, however figures change later."""
    settled = settle(ledger, obs, unit=unit, as_of=as_of).drop_duplicates(["indicator", "target_year"])
    ends = [str(unit.calendar_of(unit.indicators[row.indicator]).end(row.target_year)) for row in settled.itertuples()]
    return pd.DataFrame(
        {
            "target_end_date": ends,
            "location": unit.id,
            "indicator": settled["indicator"],
            "target_year": settled["target_year"],
            "target": VALUE,
            "observation": [f"{value:.9g}" for value in settled["outturn"]],
        }
    ).reset_index(drop=True)
