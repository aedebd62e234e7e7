"""What an estimate usually becomes: learnt from the unit's own months first handed in as "ước" and later as "thực hiện"."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
import pandas as pd

from kpi_lib.indicators import Indicator

RECENT, FEWEST, PRIOR_COUNT, PRIOR_SPREAD = 36, 6, 12.0, 0.05
LARGEST = 0.5  # a revision beyond this is an event, not a habit: it counts as this


@dataclass(frozen=True, slots=True)
class Drift:
    """The usual relative change of a month's estimate when its actual arrives: centre, spread, how many pairs it was learnt from."""

    bias: float
    spread: float
    count: int


def pairs(obs: pd.DataFrame, ind: Indicator, series: str = "total") -> pd.DataFrame:
    """Months with a first estimate and the actual that replaced it, oldest first.

    Returns
    -------
    columns end, estimate, actual, handed_in (day of the estimate), replaced (day of the actual), change (relative).
    """
    months = obs[(obs["indicator"] == ind.id) & (obs["series"] == series) & (obs["basis"] == "month")].sort_values(
        "published", kind="stable"
    )
    first = months[months["status"] == "estimate"].drop_duplicates(["end", "measure"], keep="first")
    later = months[months["status"] != "estimate"].drop_duplicates(["end", "measure"], keep="first")
    both = first.merge(later, on=["end", "measure", "perimeter"], suffixes=("", "_later"))
    both = both[(both["published_later"] > both["published"]) & (both["value"] > 0)].sort_values("end")
    return pd.DataFrame(
        {
            "end": both["end"],
            "estimate": both["value"],
            "actual": both["value_later"],
            "handed_in": both["published"],
            "replaced": both["published_later"],
            "change": both["value_later"] / both["value"] - 1.0,
        }
    ).reset_index(drop=True)


def drift(obs: pd.DataFrame, ind: Indicator, series: str = "total") -> Drift | None:
    """How the unit's estimates of an indicator drift, shrunk towards none while there are few; None with fewer than six pairs."""
    changes = pairs(obs, ind, series)["change"].to_numpy()[-RECENT:].clip(-LARGEST, LARGEST)
    if len(changes) < FEWEST:
        return None
    count = len(changes)
    bias = float(changes.mean()) * count / (count + PRIOR_COUNT)
    spread = float(np.sqrt((PRIOR_COUNT * PRIOR_SPREAD**2 + ((changes - bias) ** 2).sum()) / (PRIOR_COUNT + count)))
    return Drift(bias, spread, count)


def corrected(paths: np.ndarray, obs: pd.DataFrame, ind: Indicator, last_month: dt.date, *, seed: int) -> tuple[np.ndarray, Drift | None]:
    """Paths whose next period carries the revision that the last month's estimate still has before it.

    Parameters
    ----------
    paths : (draws, periods left); last_month: end of the last month known.

    Returns
    -------
    the paths, changed only where that month is an estimate and the unit's habit is known; and the habit used.
    """
    rows = obs[
        (obs["indicator"] == ind.id) & (obs["series"] == "total") & (obs["basis"] == "month") & (obs["end"] == pd.Timestamp(last_month))
    ]
    if not len(rows) or not paths.shape[1] or (rows["status"] != "estimate").any():
        return paths, None
    habit = drift(obs, ind)
    if habit is None:
        return paths, None
    amount = float(rows.sort_values("published")["value"].iloc[-1])
    noise = np.random.default_rng([seed, 7]).standard_t(6, len(paths)) / np.sqrt(1.5)
    first = paths[:, :1] + (amount * (habit.bias + habit.spread * noise))[:, None]
    return np.concatenate([first, paths[:, 1:]], axis=1), habit
