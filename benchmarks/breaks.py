"""How often a break is seen where there is none, and how often one is found in its month: `python benchmarks/breaks.py [--series 200]`.

Made-up months around a straight line in logarithms, 10% noise that lingers from month to month (0 to 0.7): without a break; with a lasting step
of 30% or 80% in the middle; with a pace that turns by 30 points a year. Printed: percent of series with a break seen though there is none, and
percent of those with one in which it is found within two months of its own.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from kpi_lib.outlook.breaks import breaks


def months(rng: np.random.Generator, n: int, linger: float, step: float = 0.0, turn: float = 0.0) -> np.ndarray:
    """A series with a break in its middle, or none."""
    shocks, off = rng.normal(size=n) * np.sqrt(1 - linger**2), np.zeros(n)
    for month in range(n):
        off[month] = linger * off[month - 1] + shocks[month]
    since = np.maximum(np.arange(n) - n // 2, 0)
    return np.exp(5 + 0.005 * np.arange(n) + 0.1 * off + np.log1p(step) * (np.arange(n) >= n // 2) + turn * since / 12)


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("--series", type=int, default=200)
    count = asked.parse_args().series
    rng = np.random.default_rng(1)
    print("months  lingers  seen though none  step 30%  step 80%  turn 30 points")
    for n in (36, 60, 120, 200):
        for linger in (0.0, 0.3, 0.5, 0.7):
            told = [100 * np.mean([bool(breaks(months(rng, n, linger))) for _ in range(count)])]
            for kind in ({"step": 0.3}, {"step": 0.8}, {"turn": 0.3}):
                found = [any(abs(each.month - n // 2) <= 2 for each in breaks(months(rng, n, linger, **kind))) for _ in range(count)]
                told.append(100 * np.mean(found))
            print(f"{n:6}  {linger:7.1f}  {told[0]:16.0f}  {told[1]:8.0f}  {told[2]:8.0f}  {told[3]:14.0f}", flush=True)


if __name__ == "__main__":
    main()
