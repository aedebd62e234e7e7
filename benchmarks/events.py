"""What events cost: CPU time of projecting every line of a unit with an event of its own, against without.

python benchmarks/events.py [unit] [as_of]
"""

from __future__ import annotations

import datetime as dt
import sys
import time

import numpy as np

import kpi_lib as kpi
from kpi_lib.definitions.events import DatedEvent, takes_events
from kpi_lib.forecast.project import Request, project_many

ROUNDS = 15


def main(name: str = "uong-bi-minh-hoa", as_of: str = "2026-10-15") -> None:
    """Print the two times and their ratio, the median over rounds in which the two take turns."""
    unit, obs, year = kpi.read_unit(name, as_of=as_of), kpi.read_observations(name, as_of=as_of), int(as_of[:4])
    days = dt.date(year, 11, 1), dt.date(year, 12, 20)
    lines = [ind for ind in unit.indicators.values() if takes_events(ind)]
    events = {
        ind.id: tuple(DatedEvent(f"e{n}", ind.id, "", 1.0, ind.natural_measure, *days, 0.5, "", "", days[0]) for n in range(3))
        for ind in lines
    }
    asked = [[Request(obs, ind, year, unit, events=given.get(ind.id, ())) for ind in lines] for given in ({}, events)]
    spent: tuple[list[float], list[float]] = ([], [])
    counted = 0
    for _ in range(ROUNDS + 1):
        for requests, times in zip(asked, spent, strict=True):
            begun = time.process_time()
            counted = sum(bool(projection.events) for projection in project_many(requests, as_of=as_of))
            times.append(time.process_time() - begun)
    plain, told = (float(np.median(times[1:])) for times in spent)  # the first round fills caches
    print(
        f"{name} {as_of}: {len(lines)} lines, {counted} with three events each: {1000 * plain:.0f} ms without, {1000 * told:.0f} ms with, ratio {told / plain:.2f}"
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
