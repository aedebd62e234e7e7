"""How far figures are usually revised, learnt from revisions that happened: a unit's own where it has enough, else those of its kind."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from kpi_lib.figures.histories import Figure, revisions

ENOUGH = 24  # own revisions before they count instead of the shipped limits


@dataclass(frozen=True, slots=True)
class Limits:
    """Relative sizes of a revision: the usual, nine in ten, ninety-nine in a hundred; and of how many it was learnt."""

    usual: float
    rare: float
    hardly_ever: float
    count: int


def sizes(figures: Iterable[Figure]) -> np.ndarray:
    """By what part every month that replaced an earlier one of its span differed from it; a change of plan is no revision."""
    pairs = (pair for versions in revisions(f for f in figures if f.basis == "month") for pair in itertools.pairwise(versions))
    return np.array([abs(after.value / before.value - 1.0) for before, after in pairs if before.value])


def learn(sizes: np.ndarray) -> Limits:
    """Limits from relative sizes; the far one at least twice the near one, since few revisions say little about the far tail."""
    usual, rare, far = (float(np.quantile(sizes, level)) for level in (0.5, 0.9, 0.99))
    return Limits(usual, max(rare, 0.02), max(far, 2 * rare, 0.05), len(sizes))


@lru_cache(maxsize=1)
def shipped() -> dict[str, Limits]:
    """Limits learnt from the published series of this project, by indicator (`benchmarks/learn_limits.py` makes the file)."""
    data = json.loads(Path(__file__).with_name("limits.json").read_text(encoding="utf-8"))
    return {key: Limits(**value) for key, value in data.items()}


def limits_of(own: np.ndarray, indicator: str) -> Limits:
    """The limits that hold for an indicator, given the sizes of its own revisions."""
    return learn(own) if len(own) >= ENOUGH else shipped().get(indicator, shipped()["any"])
