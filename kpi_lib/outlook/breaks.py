"""Where a line of months changed its level or its pace for good: as many straight lines as the figures ask for, and no more."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kpi_lib.periods import MONTHS

SHORTEST = 18  # months of a straight line: a dip of a year is a spell, and a pace needs more than a season
MOST = 4  # straight lines
EACH = 3  # numbers that one more line takes: its level, its pace, its first month


@dataclass(frozen=True, slots=True)
class Break:
    """From `month` on (the first is 0) another straight line holds: `jump` is how far it begins above the one before, carried on; `before`
    and `after` are what a year adds. Shares of what the line then brings (`shares`); amounts where some lie below nought.
    """

    month: int
    jump: float
    before: float
    after: float
    shares: bool


def breaks(amounts: np.ndarray) -> tuple[Break, ...]:
    """The months in which level or pace changed, in order; none of a series that one straight line tells.

    Parameters
    ----------
    amounts : by month without a gap, the season taken out, `(months,)`; taken by their logarithm where a line of
        equal shares tells them better than one of equal amounts.

    Notes
    -----
    Least squares over every division into at most `MOST` lines of at least `SHORTEST` months (Bai and Perron, 2003, *Journal of Applied
    Econometrics* 18, section 3); how many by the criterion of Liu, Wu and Zidek (1997, *Statistica Sinica* 7), which asks for more than others
    do and so is not led astray by months that follow one another.

    >>> level = np.r_[np.full(20, 100.0), np.full(20, 150.0)] + np.tile([1.0, -1.0], 20)
    >>> [(each.month, round(each.jump, 1), each.shares) for each in breaks(level)]
    [(20, 0.5, True)]
    """
    positive = bool((amounts > 0).all())
    by_shares = positive and _spread(np.log(amounts)) + float(np.log(amounts).mean()) < _spread(amounts)
    values = np.log(amounts) if by_shares else np.asarray(amounts, dtype=float)
    firsts = _firsts(_squares(values), values)
    ends = [*firsts[1:], len(values)]
    lines = [np.polyfit(np.arange(a, b), values[a:b], 1) for a, b in zip(firsts, ends, strict=True)]

    def size(change: float, of: float) -> float:
        """As a share of what the line brings then, where that means something."""
        return float(np.expm1(change) if by_shares else change / of if positive else change)

    paces = [size(MONTHS * line[0], float(values[a:b].mean())) for line, a, b in zip(lines, firsts, ends, strict=True)]
    jumps = [
        size(float(np.polyval(new - old, first)), float(np.polyval(old, first)))
        for first, old, new in zip(firsts[1:], lines[:-1], lines[1:], strict=True)
    ]
    return tuple(Break(*each, positive) for each in zip(firsts[1:], jumps, paces[:-1], paces[1:], strict=True))


def _spread(values: np.ndarray) -> float:
    """Logarithm of how far values lie from one straight line."""
    return float(np.log(max(float(np.std(values - _line(values))), 1e-12)))


def _squares(values: np.ndarray) -> np.ndarray:
    """What a straight line through months a to b - 1 leaves, squared and summed, `(months, months + 1)`; infinite where they are too few."""
    n = len(values)
    at, z = np.arange(n) - n / 2, values - values.mean()
    sums = [np.concatenate([[0.0], np.cumsum(each)]) for each in (at, at**2, z, z**2, at * z)]
    first, after = np.arange(n)[:, None], np.arange(n + 1)[None, :]
    size = np.maximum(after - first, 1)
    t, tt, y, yy, ty = (each[after] - each[first] for each in sums)
    spread = np.maximum(tt - t**2 / size, 1e-9)
    left = yy - y**2 / size - (ty - t * y / size) ** 2 / spread
    return np.where(after - first >= SHORTEST, np.maximum(left, 0.0), np.inf)


def _firsts(squares: np.ndarray, values: np.ndarray) -> list[int]:
    """The first months of the lines: for each number of them the division that leaves least, of these the one the criterion likes best."""
    n, best, found = len(values), squares[0], [[0]]
    ways: list[np.ndarray] = []
    left = [float(best[n])]
    for _ in range(2, min(MOST, n // SHORTEST) + 1):
        through = best[:n, None] + squares
        ways.append(through.argmin(axis=0))
        best = through.min(axis=0)
        firsts, end = [], n
        for way in reversed(ways):
            firsts.append(end := int(way[end]))
        found.append([0, *reversed(firsts)])
        left.append(float(best[n]))
    linger = _lingering(values, found[-1])
    floor = 1e-12 * max(left[0], 1e-12)  # figures that lie on lines leave nothing to take a logarithm of
    scores = [_criterion(max(each, floor), len(firsts), n, linger) for each, firsts in zip(left, found, strict=True)]
    return found[int(np.argmin(scores))]


def _lingering(values: np.ndarray, firsts: list[int]) -> float:
    """How much of what a month is off its line is left in the next, under the finest division: 0 to 0.9."""
    off = np.concatenate([part - _line(part) for part in np.split(values, firsts[1:])])
    squares = float((off**2).sum())
    return float(np.clip((off[1:] * off[:-1]).sum() / squares, 0.0, 0.9)) if squares > 0 else 0.0


def _line(values: np.ndarray) -> np.ndarray:
    at = np.arange(len(values))
    return np.polyval(np.polyfit(at, values, 1), at)


def _criterion(left: float, count: int, n: int, linger: float) -> float:
    """Months that follow one another say less than as many that do not: one more line has to explain that much more."""
    used = EACH * count - 1
    return float(np.log(left / max(n - used, 1)) + 0.299 * used * np.log(n) ** 2.1 / n * (1 + linger) / (1 - linger))
