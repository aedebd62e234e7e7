"""How often the words given came true: on every past date replayed, and for one outlook."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from kpi_lib.forecast.projection import Projection
from kpi_lib.outlook.verdict import STATUSES, Outlook, verdict_word

ENOUGH_CASES = 5  # below it a count of past verdicts is no rate
DOUBT = 0.1  # an interval is called too narrow where an honest one would have a record as bad less often than this


def words_given(errors: pd.DataFrame) -> pd.Series:
    """The status word that each row's probability stands for, empty where no target was judged; 1 and 0 are met and missed before the end."""
    words = [
        "" if np.isnan(p) or np.isnan(met) else verdict_word(p)
        for p, met in zip(errors["probability"].astype(float), errors["met"].astype(float), strict=True)
    ]
    return pd.Series(words, index=errors.index, dtype=object)


def verdicts(errors: pd.DataFrame) -> pd.DataFrame:
    """How often each status word was given by the chosen model, and how often the target was then met.

    Only rows with a target on record for their year count, each by its probability, even where old figures made the page grey. Verdicts
    of one year (three reviews) are not independent: `targets` says how many different ones (unit, indicator, year) stand behind a word.

    Returns
    -------
    frame: status (from the best word to the worst), given, targets, met (count), rate (met / given), stated (mean probability stated).
    """
    said = words_given(errors)
    ours = errors.assign(status=said)[(errors["model"] == "chosen") & (said != "")]
    rows = [
        {
            "status": status,
            "given": len(group),
            "targets": len(group.drop_duplicates(["unit", "indicator", "year"])),
            "met": int(group["met"].sum()),
            "rate": float(group["met"].mean()),
            "stated": float(group["probability"].mean()),
        }
        for status, group in ours.groupby("status")
    ]
    frame = pd.DataFrame(rows, columns=["status", "given", "targets", "met", "rate", "stated"])
    return frame.sort_values("status", key=lambda words: -words.map(lambda word: STATUSES[word].rank)).reset_index(drop=True)


@dataclass(frozen=True, slots=True)
class VerdictRecord:
    """How often such a verdict was right, in replays of past years of the same indicator at this time of the year: one case a year.

    Of `replays` years `within80` and `within95` ended inside those intervals; `said` of them got the same `word`, and `met` of these were
    met. `off` is the mean distance of the median from the outturn, in the indicator's unit, and `off_percent` in percent of the outturn.
    """

    word: str
    said: int
    met: int
    replays: int
    within80: int
    within95: int
    off: float
    off_percent: float

    @property
    def few(self) -> bool:
        """Too few years to judge the interval by."""
        return self.replays < ENOUGH_CASES

    @property
    def too_narrow(self) -> int:
        """The interval that the line's own record contradicts, 95 or 80 (percent), the widest first; 0 where neither, or where years are few."""
        held = {} if self.few else {95: self.within95, 80: self.within80}
        return next((level for level, inside in held.items() if contradicted(self.replays - inside, self.replays, level)), 0)


def contradicted(misses: int, n: int, level: int) -> bool:
    """Whether so many misses of n are more than an interval of that level allows: as many or more would come in less than a tenth of honest records.

    >>> contradicted(2, 8, 95), contradicted(1, 8, 95), contradicted(4, 8, 80), contradicted(3, 8, 80)
    (True, False, True, False)
    """
    miss = 1 - level / 100
    return sum(math.comb(n, k) * miss**k * (1 - miss) ** (n - k) for k in range(misses, n + 1)) < DOUBT


def record_of_verdict(errors: pd.DataFrame, outlook: Outlook) -> VerdictRecord:
    """How often the verdict of this outlook was right in a backtest (columns of `frames.ERRORS`), years before its own only."""
    projection = outlook.projection
    own = errors[
        (errors["model"] == "chosen")
        & (errors["unit"] == projection.unit.id)
        & (errors["indicator"] == projection.indicator.id)
        & (errors["year"] < projection.year)
    ]
    now = own[own["as_of"].dt.month == _review_month(projection)]
    same = now[words_given(now) == outlook.status] if outlook.judged else now.iloc[:0]
    distance = now["error"].abs()
    return VerdictRecord(
        outlook.status,
        len(same),
        int(same["met"].sum()),
        len(now),
        _inside(now, 80),
        _inside(now, 95),
        float(distance.mean()),
        float(100 * (distance / now["scale"]).mean()),
    )


def _inside(errors: pd.DataFrame, level: int) -> int:
    """How many outturns lay inside the interval of that level."""
    return int(((errors["outturn"] >= errors[f"low{level}"]) & (errors["outturn"] <= errors[f"high{level}"])).sum())


def _review_month(projection: Projection) -> int:
    """Month of the quarterly review that lies nearest to the outlook's day in the year."""
    day = projection.as_of
    reviews = projection.calendar.reviews(projection.calendar.year_of(day))
    return min(reviews, key=lambda review: abs((review - day).days)).month
