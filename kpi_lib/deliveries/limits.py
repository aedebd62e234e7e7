"""How far figures are usually revised, learnt from revisions that happened: a unit's own where it has enough, else those of its kind."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd

ENOUGH = 24  # own revisions before they count instead of the shipped limits


@dataclass(frozen=True, slots=True)
class Limits:
    """Relative sizes of a revision: the usual, nine in ten, ninety-nine in a hundred; and of how many it was learnt."""

    usual: float
    rare: float
    hardly_ever: float
    count: int


def revisions(obs: pd.DataFrame) -> pd.DataFrame:
    """Every figure that replaced an earlier one of the same span: columns indicator, series, basis, end, before, after, change (relative).

    Only consecutive vintages of one unit of measure count; a change of plan is none, since plans are not observations.
    """
    rows = obs[obs["basis"].isin(["month", "cumulative", "quarter"])].sort_values("published", kind="stable")
    keys = ["indicator", "series", "basis", "start", "end", "measure", "perimeter"]
    before = rows.groupby(keys, sort=False)["value"].shift()
    changed = rows.assign(before=before, after=rows["value"])[before.notna() & (before != 0)]
    frame = changed[["indicator", "series", "basis", "end", "before", "after"]]
    return frame.assign(change=frame["after"] / frame["before"] - 1.0).reset_index(drop=True)


def learn(changes: pd.Series) -> Limits:
    """Limits from relative changes; the far one at least twice the near one, since few revisions say little about the far tail."""
    sizes = changes.abs().to_numpy()
    usual, rare, far = (float(np.quantile(sizes, level)) for level in (0.5, 0.9, 0.99))
    return Limits(usual, max(rare, 0.02), max(far, 2 * rare, 0.05), len(sizes))


@lru_cache(maxsize=1)
def shipped() -> dict[str, Limits]:
    """Limits learnt from the published series of this project, by indicator (`benchmarks/learn_limits.py` makes the file)."""
    data = json.loads(Path(__file__).with_name("limits.json").read_text(encoding="utf-8"))
    return {key: Limits(**value) for key, value in data.items()}


def limits_for(obs: pd.DataFrame, indicator: str) -> Limits:
    """The limits that hold for an indicator, given what is known of it."""
    own = revisions(obs[obs["indicator"] == indicator])
    own = own[own["basis"] == "month"]
    if len(own) >= ENOUGH:
        return learn(own["change"])
    return shipped().get(indicator, shipped()["any"])
