"""What a sum within the month that runs does to a projection: `python benchmarks/weeks.py [--unit river-city] [--line potholes_repaired]`.

A line with sums to days within its months is projected as of twenty-four of these days, evenly spread over two ended years. Printed, in percent
of the outturn: the usual width of the 80% interval, how far the middle lay off, and how many outturns the intervals held. The same command in
another checkout says what that one does.
"""

from __future__ import annotations

import argparse
import datetime as dt

import numpy as np

import kpi_lib as kpi
from kpi_lib.figures.histories import line

COUNT = 24


def main() -> int:
    """Project and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--unit", default="river-city")
    parser.add_argument("--line", default="potholes_repaired")
    parser.add_argument("--years", default="2023,2024", help="ended years, with commas between them")
    options = parser.parse_args()
    unit, obs = kpi.read_unit(options.unit), kpi.read_observations(options.unit)
    ind = unit.indicators[options.line]
    calendar, figures = unit.calendar_of(ind), line(obs, options.line)
    widths, off, held = [], [], 0
    for year in map(int, options.years.split(",")):
        known = sorted({(f.end, f.published) for f in figures if f.basis == "cumulative" and calendar.year_of(f.end) == year})
        within = [published for end, published in known if not calendar.is_month_end(end)]
        chosen = np.linspace(0, len(within) - 1, COUNT // len(options.years.split(","))).round().astype(int)
        outturn = kpi.project(obs, ind, year, as_of=calendar.end(year) + dt.timedelta(days=60), unit=unit).achieved
        for moment in (within[number] for number in chosen):
            found = kpi.project(obs, ind, year, as_of=moment, unit=unit)
            low, high = found.interval(0.8)
            widths.append((high - low) / outturn)
            off.append(abs(found.quantile(0.5) / outturn - 1))
            held += low <= outturn <= high
    print(f"{options.unit} {options.line}: {len(widths)} days; 80% interval {100 * np.mean(widths):.1f}% of the outturn wide, ", end="")
    print(f"middle {100 * np.mean(off):.1f}% off, {held} of {len(widths)} held")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
