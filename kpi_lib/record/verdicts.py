"""How often the words given came true: on every past date replayed, and for one outlook."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from kpi_lib.forecast.projection import Projection
from kpi_lib.outlook.verdict import GREY, STATUSES, Outlook, verdict_word

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
    """How often such a verdict was right, in replays of past years of the same indicator.

    `n` verdicts of the same word at any review, on the targets of `years` different years, of which `met` came true; `within80_n` replays at this time of
    the year, of which `within80` ended inside the 80% interval; `off` is the mean distance of the median from the outturn, in the
    indicator's unit, and `off_percent` in percent of the outturn.
    """

    word: str
    n: int
    years: int
    met: int
    within80_n: int
    within80: int
    off: float
    off_percent: float

    @property
    def few_verdicts(self) -> bool:
        """Too few cases to make a rate of: three reviews of one year are one case."""
        return self.years < ENOUGH_CASES

    @property
    def few_replays(self) -> bool:
        """Too few replays to judge the interval by."""
        return self.within80_n < ENOUGH_CASES


def record_of_verdict(errors: pd.DataFrame, outlook: Outlook) -> VerdictRecord:
    """How often the verdict of this outlook was right in a backtest (columns of `frames.ERRORS`), years before its own only."""
    projection = outlook.projection
    own = errors[
        (errors["model"] == "chosen")
        & (errors["unit"] == projection.unit.id)
        & (errors["indicator"] == projection.indicator.id)
        & (errors["year"] < projection.year)
    ]
    said = words_given(own)
    same = own[said == outlook.status] if outlook.status not in (*GREY, "met", "missed") else own.iloc[:0]
    now = own[own["as_of"].dt.month == _review_month(projection)]
    distance = now["error"].abs()
    return VerdictRecord(
        outlook.status,
        len(same),
        int(same["year"].nunique()),
        int(same["met"].sum()),
        len(now),
        int(((now["outturn"] >= now["low80"]) & (now["outturn"] <= now["high80"])).sum()),
        float(distance.mean()),
        float(100 * (distance / now["scale"]).mean()),
    )


def _review_month(projection: Projection) -> int:
    """Month of the quarterly review that lies nearest to the outlook's day in the year."""
    day = projection.as_of
    reviews = projection.calendar.reviews(projection.calendar.year_of(day))
    return min(reviews, key=lambda review: abs((review - day).days)).month
