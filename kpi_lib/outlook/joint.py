"""All lines together: how many will be met, the chance of all, which line binds. Shared shocks tie lines; each line keeps its own chance.

A Gaussian copula on the published probabilities. Correlations start from a stated table and move towards those of the lines' own past
years where both have some; they are shrunk hard, because few years say little (docs/joint.md).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kpi_lib.forecast.projection import Projection
from kpi_lib.outlook.lines import lines_of
from kpi_lib.outlook.verdict import Outlook

DRAWS = 20_000
PRIOR_YEARS = 15.0  # years that the stated table counts for against common years of the lines' own
FEWEST_YEARS = 5
# Stated correlations of yearly surprises, before any history speaks: within a group of the resolution, and between groups.
WITHIN = {"party": 0.2, "economy": 0.3, "society": 0.15, "environment": 0.15, "task": 0.1}
BETWEEN = {frozenset({"economy", "society"}): 0.1, frozenset({"economy", "task"}): 0.15}


@dataclass(frozen=True, slots=True)
class Joint:
    """How many of the judged lines and groups will be met.

    `lines` are the judged outlooks; `counts[k]` the probability that exactly k of them are met, `groups[k]` the same for the resolution's
    groups whose lines are all judged (`group_names`). `all_met` is the chance of all lines; `without[i]` the chance of all lines but i.
    """

    lines: tuple[Outlook, ...]
    unjudged: tuple[Outlook, ...]
    counts: np.ndarray
    group_names: tuple[str, ...]
    groups: np.ndarray
    all_met: float
    without: np.ndarray
    correlation: np.ndarray

    @property
    def expected(self) -> float:
        """Mean number of lines met."""
        return float(self.counts @ np.arange(len(self.counts)))

    def at_least(self, k: int) -> float:
        """Chance that k lines or more are met."""
        return float(self.counts[k:].sum())

    def interval(self, level: float = 0.8) -> tuple[int, int]:
        """The central interval of the number of lines met."""
        below = np.cumsum(self.counts)
        tail = (1 - level) / 2
        return int(np.searchsorted(below, tail - 1e-12)), int(np.searchsorted(below, 1 - tail - 1e-12))

    @property
    def binding(self) -> Outlook | None:
        """The line that fails most often, of equals the one without which all the others are met most often; None without lines."""
        chances = [(item.probability, -float(rest)) for item, rest in zip(self.lines, self.without, strict=True)]
        return self.lines[chances.index(min(chances))] if self.lines else None

    @property
    def chance_of_all(self) -> float:
        """`all_met`, kept from a false zero: the draws cannot tell less than one in their number."""
        possible = all(item.probability > 0 for item in self.lines)
        return max(self.all_met, 1 / DRAWS) if possible else 0.0


def joint(items: Sequence[Outlook], *, draws: int = DRAWS, seed: int = 0) -> Joint:
    """Hold the judged lines of a report together.

    Parameters
    ----------
    items : the outlooks of a unit's lines; targets without a probability are listed, not guessed; lines without a target are left out.
    draws : simulated years; every line is met in exactly its published share of them, to 1 / draws.
    """
    lines = lines_of(items)
    judged = tuple(item for item in lines.judged if np.isfinite(item.probability))
    unjudged = (*lines.waiting, *(item for item in lines.judged if not np.isfinite(item.probability)))
    correlation = correlations([item.projection for item in judged])
    met = _met(np.array([item.probability for item in judged]), correlation, draws, seed)
    names, grouped = _groups(judged, unjudged, met)
    without = np.array([np.delete(met, i, axis=1).all(axis=1).mean() for i in range(len(judged))])
    return Joint(
        judged,
        unjudged,
        _counts(met),
        names,
        _counts(grouped),
        float(met.all(axis=1).mean()) if judged else float("nan"),
        without,
        correlation,
    )


def _met(probability: np.ndarray, correlation: np.ndarray, draws: int, seed: int) -> np.ndarray:
    """Which lines are met in which simulated year, `(draws, lines)`: those where the line's shock is among its lowest share."""
    return shared_ranks(correlation, draws, seed) < np.round(probability * draws)


def shared_ranks(correlation: np.ndarray, draws: int, seed: int = 0) -> np.ndarray:
    """The rank of each column's shock among its simulated years, `(draws, columns)`: every column holds each rank once, tied as `correlation` says."""
    rng = np.random.default_rng([seed, 11])
    values, vectors = np.linalg.eigh(correlation) if len(correlation) else (np.empty(0), np.empty((0, 0)))
    shocks = rng.standard_normal((draws, len(correlation))) @ (vectors * np.sqrt(values.clip(0))).T
    return shocks.argsort(axis=0, kind="stable").argsort(axis=0, kind="stable")


def _counts(met: np.ndarray) -> np.ndarray:
    """Probability of each number of columns met, from none to all."""
    return np.bincount(met.sum(axis=1), minlength=met.shape[1] + 1) / len(met)


def _groups(judged: Sequence[Outlook], unjudged: Sequence[Outlook], met: np.ndarray) -> tuple[tuple[str, ...], np.ndarray]:
    """The resolution's numbered groups (8a and 8b are group 8) whose lines are all judged, and when all of a group's lines are met."""
    open_groups = {_group(item) for item in unjudged}
    numbered = [item for item in judged if item.indicator.number and item.indicator.group != "task"]
    names = tuple(dict.fromkeys(name for item in numbered if (name := _group(item)) not in open_groups))
    columns = [met[:, [i for i, item in enumerate(judged) if _group(item) == name]].all(axis=1) for name in names]
    return names, np.column_stack(columns) if columns else np.empty((len(met), 0), dtype=bool)


def _group(item: Outlook) -> str:
    found = re.match(r"\d+", item.indicator.number)
    return found[0] if found else item.indicator.number


def correlations(items: Sequence[Projection]) -> np.ndarray:
    """Correlation of the shocks of lines, or of one line in several units, positive semi-definite with ones on the diagonal: as stated, moved by what lines share of their past."""
    surprises = [_surprises(item) for item in items]
    matrix = np.eye(len(items))
    for i in range(len(items)):
        for j in range(i):
            value = _stated(items[i], items[j])
            common = sorted(set(surprises[i]) & set(surprises[j]))
            if len(common) >= FEWEST_YEARS:
                one, two = (np.array([s[year] for year in common]) for s in (surprises[i], surprises[j]))
                if one.std() > 0 and two.std() > 0:
                    own = float(np.corrcoef(one, two)[0, 1]) * _direction(items[i]) * _direction(items[j])
                    weight = len(common) / (len(common) + PRIOR_YEARS)
                    value = (1 - weight) * value + weight * own
            matrix[i, j] = matrix[j, i] = value
    return _nearest(matrix)


def _direction(item: Projection) -> int:
    """Good news is up for most lines, down for those that should fall."""
    return -1 if item.indicator.direction == "lower" else 1


def _stated(one: Projection, two: Projection) -> float:
    groups = frozenset({one.indicator.group, two.indicator.group})
    if len(groups) == 1:
        return WITHIN.get(one.indicator.group, 0.1)
    return BETWEEN.get(groups, 0.0)


def _surprises(item: Projection) -> dict[int, float]:
    """Each past year's change against the line's mean change: log growth of amounts, difference of rates and levels."""
    ends = {y: points[-1].value for y, points in item.past.items() if points and item.calendar.is_year_end(points[-1].end)}
    adds_up = item.indicator.adds_up
    change = {
        y: float(np.log(value / ends[y - 1])) if adds_up else value - ends[y - 1]
        for y, value in ends.items()
        if y - 1 in ends and (not adds_up or min(value, ends[y - 1]) > 0)
    }
    mean = float(np.mean(list(change.values()))) if change else 0.0
    return {y: value - mean for y, value in change.items()}


def _nearest(matrix: np.ndarray) -> np.ndarray:
    """The matrix with negative eigenvalues removed and the diagonal set back to one."""
    if not len(matrix):
        return matrix
    values, vectors = np.linalg.eigh(matrix)
    fixed = (vectors * values.clip(1e-9)) @ vectors.T
    scale = np.sqrt(np.diag(fixed))
    return fixed / scale / scale[:, None]
