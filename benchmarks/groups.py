"""To which groups a series belongs, said from what is known before its year is judged: past years and the periods seen.

A series may belong to several groups. Written down before anything was learned by group, so that no boundary was drawn around a
result: whoever moves one has to measure everything again. `accuracy.py --tasks` prints one line a group.
"""

from __future__ import annotations

import numpy as np

from kpi_lib.forecast.kinds import are_counts, kinship, mean_step, profiles

STEP, KINSHIP = 0.06, 0.84  # smooth: mean step below this share of the mean, neighbouring figures more alike than this
ALIKE, SWING = 0.6, 0.1  # seasonal: correlation of the profiles of successive years; spread of the usual profile, relative to a period
ZEROS = 0.1  # intermittent: more than this share of the periods empty
TREND = 0.05  # counts: whole numbers below 1,000, the yearly total drifting by less than this share a year

GROUPS = ("smooth", "seasonal", "intermittent", "counts", "two years", "three years", "first quarter", "second quarter", "third quarter")


def groups(known: np.ndarray, season: int) -> dict[str, bool]:
    """Whether a series belongs to each of `GROUPS`.

    Parameters
    ----------
    known : ndarray, shape (periods,)
        Whole past years, then the periods seen of the year to be judged; nothing later.
    season : int
        Periods a year: 12 or 4.

    Examples
    --------
    >>> [name for name, member in groups(np.array([7, 0, 0, 5, 0, 6, 0, 4, 0.0]), 4).items() if member]
    ['intermittent', 'two years', 'first quarter']
    """
    years, seen = divmod(len(known), season)
    totals = known[: years * season].reshape(years, season).sum(axis=1)
    empty = (known <= 0).mean() > ZEROS
    drift = abs(np.log(totals[-1] / totals[0])) / (years - 1) if years > 1 and totals.min() > 0 else 0.0
    history = known[None]
    (alike,), (swing,) = profiles(history[:, : years * season], season)
    quarter = round(4 * seen / season)
    member = (
        mean_step(history)[0] < STEP and kinship(history)[0] > KINSHIP,
        alike > ALIKE and swing > SWING,
        empty,
        are_counts(history)[0] and not empty and drift < TREND,
        years == 2,
        years == 3,
        *(quarter == number for number in (1, 2, 3)),
    )
    return {name: bool(inside) for name, inside in zip(GROUPS, member, strict=True)}
