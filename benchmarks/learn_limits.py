"""Learn how far figures are usually revised from every pair of vintages in data/raw; writes kpi_lib/deliveries/limits.json.

.venv/bin/python benchmarks/learn_limits.py
"""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import pandas as pd

from kpi_lib.deliveries.limits import learn, revisions
from kpi_lib.observations import read_observations

UNITS = ("quang-ninh", "viet-nam")
TARGET = Path(__file__).resolve().parents[1] / "kpi_lib" / "deliveries" / "limits.json"


def main() -> None:
    """Learn, print, write."""
    changes = pd.concat([revisions(read_observations(unit)) for unit in UNITS], ignore_index=True)
    changes = changes[changes["basis"] == "month"]
    learnt = {key: learn(rows["change"]) for key, rows in changes.groupby("indicator") if len(rows) >= 24}
    learnt["any"] = learn(changes["change"])
    for key, limits in learnt.items():
        print(f"{key:36} n {limits.count:4}  median {limits.usual:6.1%}  90% {limits.rare:6.1%}  99% {limits.hardly_ever:6.1%}")
    rounded = {
        key: {name: round(value, 4) if name != "count" else value for name, value in asdict(item).items()}
        for key, item in sorted(learnt.items())
    }
    TARGET.write_text(json.dumps(rounded, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
