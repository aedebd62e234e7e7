"""The numbers of the record: past projections and what came of them, scores, stated chances, published outlooks."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from kpi_lib.definitions.indicators import Unit
from kpi_lib.outlook.verdict import BOUNDS, LOW_BOUNDS, Outlook
from kpi_lib.record import official, scores, settlement, verdicts
from kpi_lib.words.values import Share, Values

MANY = 40  # stated chances from which shares of a group say more than the single dots


# ---- past projections ------------------------------------------------------------------------------------------------------------


def of_replays(errors: pd.DataFrame) -> Values:
    """Of one indicator, day by day: the projection and its 80% interval, the straight line, the outturn, the chance stated."""
    ours, rule = chosen(errors), errors[errors["model"] == "straight_line"]
    found: dict[str, float] = {}
    for row in ours.itertuples():
        day, year = row.as_of.date(), row.year
        found |= {f"replayed@{day}": row.projected, f"replayed_low80@{day}": row.low80, f"replayed_high80@{day}": row.high80}
        found |= {
            f"outturn@{year}": row.outturn,
            f"replayed_probability@{day}": Share(_number(row.probability)),
            f"replayed_met@{day}": _number(row.met),
        }
    found |= {f"replayed_straight_line@{row.as_of.date()}": row.projected for row in rule.itertuples()}
    return Values(str(errors["indicator"].iloc[0]), found)


def chosen(errors: pd.DataFrame) -> pd.DataFrame:
    """The projections of our own model, in the order of their dates."""
    return errors[errors["model"] == "chosen"].sort_values(["year", "as_of"])


def _number(value: Any) -> float:
    return float(value) if value is not None else math.nan


def of_inside(errors: pd.DataFrame) -> Values:
    """Of one indicator: in how many of how many past projections the outturn lay inside the 80% interval."""
    ours = chosen(errors)
    inside = (ours["outturn"] >= ours["low80"]) & (ours["outturn"] <= ours["high80"])
    return Values(f"replays.{errors['indicator'].iloc[0]}", {"inside80": int(inside.sum()), "replays": len(ours)})


# ---- scores ----------------------------------------------------------------------------------------------------------------------


def of_score(row: Any) -> Values:
    """One row of `scores.accuracy` by indicator and model."""
    return Values(f"record.{row.indicator}.{row.model}", {**_scores(row), "bias": row.bias, "crps": row.crps})


def of_review(row: Any, scope: str) -> Values:
    """One row of `scores.calibration`: of one indicator, or of all."""
    return Values(f"record.{scope}.q{row.quarters_seen}", _scores(row))


def _scores(row: Any) -> dict[str, float]:
    inside = {f"in{level}": 100 * getattr(row, f"in{level}") for level in (50, 80, 95)}
    return {"n": row.n, "mae": row.mae, "brier": row.brier, "judged": row.judged, **inside}


def scope_of(errors: pd.DataFrame) -> str:
    """The one indicator a record speaks of, or all."""
    names = errors["indicator"].unique()
    return str(names[0]) if len(names) == 1 else "all"


def of_word(row: dict[str, Any]) -> Values:
    """One row of `scores.verdicts`: how often a status word was given, how often the target was then met."""
    counts = {label: row[label] for label in ("given", "targets", "met")}
    return Values(f"verdicts.{row['status']}", {**counts, "rate": Share(row["rate"]), "stated": Share(row["stated"])})


def few(row: dict[str, Any]) -> bool:
    """Whether a word was given too rarely to make a rate of."""
    return bool(row["given"] < verdicts.ENOUGH_CASES)


# ---- stated chances ----------------------------------------------------------------------------------------------------------------


def stated(errors: pd.DataFrame) -> pd.DataFrame:
    """The past projections that stated a chance and whose outcome is known."""
    return errors[(errors["model"] == "chosen") & errors["probability"].notna() & errors["met"].notna()]


def word_bounds() -> list[float]:
    """Where one status word ends and the next begins, in percent."""
    return sorted(100 * bound for bound, _ in (*BOUNDS, *LOW_BOUNDS))


def share_groups(judged: pd.DataFrame) -> list[dict[str, float]]:
    """Mean chance stated, share met and its 90% interval, how many, by the status words' ranges."""
    edges = [0.0, *(bound / 100 for bound in word_bounds()), 1.0]
    group = np.clip(np.searchsorted(edges, judged["probability"].to_numpy(dtype=float), side="right") - 1, 0, len(edges) - 2)
    rows: list[dict[str, float]] = []
    for _, part in judged.groupby(group):
        n, share = len(part), float(part["met"].mean())
        low, high = wilson(share, n)
        rows.append({"stated": float(part["probability"].mean()), "met": share, "met_low90": low, "met_high90": high, "chances": n})
    return rows


def wilson(share: float, n: int, z: float = 1.645) -> tuple[float, float]:
    """Interval of a share. Source: Wilson (1927).

    >>> [round(x, 3) for x in wilson(0.5, 10)]
    [0.269, 0.731]
    """
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return max(middle - half, 0.0), min(middle + half, 1.0)


def of_reliability(judged: pd.DataFrame, name: str = "reliability") -> Values:
    """What was stated and what came true, group by group."""
    found: dict[str, float] = {}
    for number, group in enumerate(share_groups(judged), 1):
        found |= {f"{name}_{number}": value if name == "chances" else Share(value) for name, value in group.items()}
    return Values(name, found)


# ---- all of it -------------------------------------------------------------------------------------------------------------------


def of_record(errors: pd.DataFrame, unit: Unit) -> Iterator[Values]:
    """Everything said of past projections, of each line and of all together."""
    if not len(errors):
        return
    for _, own in errors.groupby("indicator"):
        yield from (
            of_replays(own),
            of_inside(own),
            *(of_review(row, scope_of(own)) for row in scores.calibration(own, unit).itertuples()),
        )
    yield from (of_score(row) for row in scores.accuracy(errors, by=("indicator", "model")).itertuples())
    yield from (of_review(row, scope_of(errors)) for row in scores.calibration(errors, unit).itertuples())
    yield from (of_word(row) for row in verdicts.verdicts(errors).to_dict("records"))
    if len(judged := stated(errors)) >= MANY:
        yield of_reliability(judged)


# ---- published outlooks ------------------------------------------------------------------------------------------------------------


def of_settled(row: Any) -> Values:
    """One row of `settlement.settle`: what was published of a year, and how it ended."""
    round_day: dt.date = row.round_id.date()
    found = {label: float(getattr(row, label)) for label in ("projected", "low80", "high80", "first_print", "outturn", "error")}
    return Values(
        f"round.{round_day}.{row.indicator}.{row.target_year}",
        {**found, "probability": Share(row.probability), "met": float(row.met), "inside80": float(row.inside80)},
    )


def of_settlement(frame: pd.DataFrame) -> Values:
    """Of all settled outlooks: how many there are, how many ended inside their interval, how often the middle lay nearer than each rule."""
    found = {"settled": len(frame), "settled_inside80": int(frame["inside80"].astype(bool).sum()) if len(frame) else 0}
    for rule in settlement.BESIDE:
        found[f"nearer@{rule}"], found[f"served@{rule}"] = settlement.nearer(frame, rule)
    return Values("settlement", found)


def of_revision(row: Any) -> Values:
    """One row of `official.beside_official`: our middle value, the office's own estimate, and how the year ended; errors also in percent."""
    found = {label: float(getattr(row, label)) for label in ("projected", "revised", "outturn", "error", "revised_error")}
    shares = {f"{label}_percent": 100 * found[label] / row.scale for label in ("error", "revised_error")}
    return Values(f"official.{row.indicator}.{row.year}.{row.revised_on.date()}", found | shares)


def of_official(frame: pd.DataFrame, scope: str = "all") -> Values:
    """How near our middle values and an office's own estimates came, of one line or of all lines told in percent of the outturn."""
    shares = {who: 100 * frame[label].abs() / frame["scale"] for who, label in (("ours", "error"), ("office", "revised_error"))}
    found = {f"{how}_{who}": float(getattr(part, how)()) for who, part in shares.items() for how in ("mean", "median")}
    return Values(
        f"official.{scope}",
        {"cases": len(frame), "nearer": official.nearer(frame), "office_nearer": official.nearer(frame, office=True), **found},
    )


def all_of_official(frame: pd.DataFrame, unit: Unit) -> Iterator[Values]:
    """Everything said of official estimates: of each, of each line, of all together and of all lines of amounts."""
    if not len(frame):
        return
    yield from (of_revision(row) for row in frame.itertuples())
    yield from (of_official(own, str(key)) for key, own in frame.groupby("indicator"))
    yield of_official(frame)
    yield of_official(amounts_of(frame, unit), "amounts")


def amounts_of(frame: pd.DataFrame, unit: Unit) -> pd.DataFrame:
    """The rows of lines whose errors are told in percent of the outturn."""
    return frame[[unit.indicators[key].adds_up for key in frame["indicator"]]]


def of_verdict(errors: pd.DataFrame, outlook: Outlook) -> Values:
    """How often such a verdict was given and came true at this time of past years, how often the year ended outside the intervals, how far off."""
    found = verdicts.record_of_verdict(errors, outlook)
    values: dict[str, float] = {
        "verdicts": found.said,
        "verdicts_met": found.met,
        "verdicts_missed": found.said - found.met,
        "replays": found.replays,
    }
    values |= {"replays_inside80": found.within80}
    values |= {f"replays_outside{level}": found.replays - inside for level, inside in ((80, found.within80), (95, found.within95))}
    values |= {"record_wider": 100 * (outlook.projection.record_scale - 1)}
    return Values(outlook.indicator.id, values | {"off": found.off, "off_percent": found.off_percent})


def of_ledger(rounds: pd.DataFrame, as_of: pd.Timestamp) -> Values:
    """How many reports the ledger holds from before a day."""
    return Values("ledger", {"rounds": rounds.loc[rounds["round_id"] < as_of, "round_id"].nunique() if len(rounds) else 0})
