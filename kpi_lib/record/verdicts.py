"""How often the words given came true: on every past date replayed, and for one outlook."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from kpi_lib.forecast.own_record import inside, same_time, too_narrow
from kpi_lib.outlook.verdict import STATUSES, Outlook, verdict_word

ENOUGH_CASES = 5  # below it a count of past verdicts is no rate


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
        return too_narrow({95: self.within95, 80: self.within80}, self.replays)


def record_of_verdict(errors: pd.DataFrame, outlook: Outlook) -> VerdictRecord:
    """How often the verdict of this outlook was right in a backtest (columns of `frames.ERRORS`), years before its own only."""
    now = same_time(errors, outlook.projection)
    same = now[words_given(now) == outlook.status] if outlook.judged else now.iloc[:0]
    distance = now["error"].abs()
    return VerdictRecord(
        outlook.status,
        len(same),
        int(same["met"].sum()),
        len(now),
        inside(now, 80),
        inside(now, 95),
        float(distance.mean()),
        float(100 * (distance / now["scale"]).mean()),
    )
