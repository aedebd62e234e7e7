"""Learn how far figures are usually revised from every pair of vintages in data/raw; writes kpi_lib/deliveries/checks/limits.json.

.venv/bin/python benchmarks/learn_limits.py
"""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import numpy as np

from kpi_lib.deliveries.checks.limits import learn, sizes
from kpi_lib.figures.histories import figures_of
from kpi_lib.figures.observations import read_observations

UNITS = ("quang-ninh", "viet-nam")
TARGET = Path(__file__).resolve().parents[1] / "kpi_lib" / "deliveries" / "checks" / "limits.json"


def main() -> None:
    """Learn, print, write."""
    known = [figures_of(read_observations(unit)) for unit in UNITS]
    lines = sorted({figure.indicator for figures in known for figure in figures})
    found = {key: np.concatenate([sizes(f for f in figures if f.indicator == key) for figures in known]) for key in lines}
    learnt = {key: learn(changes) for key, changes in found.items() if len(changes) >= 24}
    learnt["any"] = learn(np.concatenate(list(found.values())))
    for key, limits in learnt.items():
        print(f"{key:36} n {limits.count:4}  median {limits.usual:6.1%}  90% {limits.rare:6.1%}  99% {limits.hardly_ever:6.1%}")
    rounded = {
        key: {name: round(value, 4) if name != "count" else value for name, value in asdict(item).items()}
        for key, item in sorted(learnt.items())
    }
    TARGET.write_text(json.dumps(rounded, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
