"""CPU seconds a series and peak memory of the structural engine, against statsforecast in the same run.

    python benchmarks/speed.py [--largest 100000] [--peer-series 30] [--draws 1000]

Series are simulated (seasonal, growing, noisy; five whole years and three months), so no data are needed. Set
OPENBLAS_NUM_THREADS=1 to count one core. Peers are fitted where statsforecast is installed (extra ``compare``).
"""

from __future__ import annotations

import argparse
import importlib.util
import resource
import time

import numpy as np
from accuracy import PEERS, peer

from kpi_lib.forecast.structural import structural


def made_up(series: int, seed: int = 1, years: int = 5, seen: int = 3) -> np.ndarray:
    """Monthly flows, shape (series, years * 12 + seen)."""
    rng = np.random.default_rng(seed)
    t = np.arange(years * 12 + seen)
    level = rng.lognormal(5, 2, (series, 1)) * (1 + 0.05 * rng.standard_normal((series, 1))) ** (t / 12)
    season = np.exp(0.3 * rng.standard_normal((series, 12)))[:, t % 12]
    return level * season * np.exp(0.15 * rng.standard_normal((series, len(t))))


def cost(model, history: np.ndarray, draws: int) -> tuple[float, float]:
    """CPU and wall-clock seconds; blocks of 5,000 series, so that the caller's own array of paths stays small."""
    cpu, wall = time.process_time(), time.perf_counter()
    for start in range(0, len(history), 5000):
        model(history[start : start + 5000], 9, season=12, draws=draws, seed=0)
    return time.process_time() - cpu, time.perf_counter() - wall


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--largest", type=int, default=100_000)
    parser.add_argument("--peer-series", type=int, default=30)
    parser.add_argument("--draws", type=int, default=1000)
    args = parser.parse_args()
    print(f"{'series':>8} {'CPU s':>9} {'wall s':>9} {'ms/series':>10} {'peak MB':>9}")
    for size in [n for n in (10, 100, 1000, 10_000, 66_000, 100_000) if n <= args.largest]:
        cpu, wall = cost(structural, made_up(size), args.draws)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(f"{size:8d} {cpu:9.2f} {wall:9.2f} {1000 * cpu / size:10.3f} {peak:9.0f}", flush=True)
    if importlib.util.find_spec("statsforecast"):
        ours = cost(structural, made_up(1000), args.draws)[0] / 1000
        for name in PEERS:
            cost(peer(name), made_up(1, seed=2), args.draws)  # compiled once, outside the clock
            theirs = cost(peer(name), made_up(args.peer_series), args.draws)[0] / args.peer_series
            print(f"{name}: {1000 * theirs:.1f} ms a series; structural {1000 * ours:.3f} ms, {theirs / ours:.0f} times less")


if __name__ == "__main__":
    main()
