"""To which groups a series belongs, said from what is known before its year is judged: past years and the periods seen.

A series may belong to several groups. Written down before anything was learned by group, so that no boundary was drawn around a
result: whoever moves one has to measure everything again. `accuracy.py --tasks` prints one line a group.
"""

from __future__ import annotations

import numpy as np

STEP, KINSHIP = 0.06, 0.84  # smooth: mean step below this share of the mean, neighbouring figures more alike than this
ALIKE, SWING = 0.6, 0.1  # seasonal: correlation of the profiles of successive years; spread of the usual profile, relative to a period
ZEROS = 0.1  # intermittent: more than this share of the periods empty
COUNT, TREND = 1000.0, 0.05  # counts: whole numbers below this, the yearly total drifting by less than this share a year

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
    alike, swing = profile(known[: years * season], season)
    quarter = round(4 * seen / season)
    member = (
        mean_step(known) < STEP and kinship(known) > KINSHIP,
        alike > ALIKE and swing > SWING,
        empty,
        bool((known == np.round(known)).all()) and known.max() < COUNT and not empty and drift < TREND,
        years == 2,
        years == 3,
        *(quarter == number for number in (1, 2, 3)),
    )
    return {name: bool(inside) for name, inside in zip(GROUPS, member, strict=True)}


def mean_step(values: np.ndarray) -> float:
    """Mean distance between neighbouring periods, relative to the mean period."""
    return float(np.abs(np.diff(values)).mean() / values.mean()) if values.mean() > 0 else 0.0


def kinship(values: np.ndarray) -> float:
    """Correlation of each period with the one before it, all measured from the mean of the whole."""
    away = values - values.mean()
    return float((away[1:] * away[:-1]).sum() / (away**2).sum()) if away.any() else 0.0


def profile(values: np.ndarray, season: int) -> tuple[float, float]:
    """How alike the profiles of successive years are, from -1 to 1, and the spread of their mean.

    The profile of a year is what is left of its periods, relative to its mean, once a straight line is taken away: a steady climb is
    no season.
    """
    years = values.reshape(-1, season)
    years = years[years.sum(axis=1) > 0]
    if len(years) < 2:
        return 0.0, 0.0
    relative = years / years.mean(axis=1, keepdims=True) - 1.0
    ramp = np.arange(season) - (season - 1) / 2.0
    left = relative - (relative @ ramp / (ramp @ ramp))[:, None] * ramp
    size = np.sqrt((left**2).sum(axis=1))
    both = (size[1:] * size[:-1]).sum()
    return float((left[1:] * left[:-1]).sum() / both) if both > 0 else 0.0, float(left.mean(axis=0).std())
