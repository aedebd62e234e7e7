"""The numbers of all lines at once: how many will be met together, and what changed since the last report."""

from __future__ import annotations

import numpy as np

from kpi_lib import compare
from kpi_lib.outlook.changes import STEPS, Changes
from kpi_lib.outlook.joint import Joint
from kpi_lib.outlook.verdict import GOOD
from kpi_lib.words.values import Share, Values

SHOWN = 0.98  # central interval of counts that are told one by one


def most_likely(chances: np.ndarray) -> int:
    """The count with the greatest chance, of equals the lower."""
    return int(np.argmax(chances))


def counts_told(held: Joint) -> list[int]:
    """The counts of lines met that are told one by one."""
    (low, high), best = held.interval(SHOWN), most_likely(held.counts)
    return list(range(min(low, best), max(high, best) + 1))


def of_joint(held: Joint) -> Values:
    """How many lines and groups will be met, the chance of all, and how many groups."""
    low, high = held.interval()
    found: dict[str, float] = {
        "lines_judged": len(held.lines),
        "lines_good": sum(item.status in GOOD for item in held.lines),
        "lines_low": low,
        "lines_high": high,
        "lines_most_likely": most_likely(held.counts),
    }
    found |= {"groups_judged": len(held.group_names), "groups_most_likely": most_likely(held.groups), "all_met": Share(held.chance_of_all)}
    return Values("joint", found)


def of_counts(held: Joint) -> Values:
    """The chance that exactly so many lines are met, and that at least so many are; of none at least, which is no question, it is not told."""
    found = {f"lines_exactly_{k}": Share(held.counts[k]) for k in counts_told(held)}
    return Values("lines", found | {f"lines_at_least_{k}": Share(held.at_least(k)) for k in counts_told(held) if k})


def of_changes(line: Changes) -> Values:
    """Median and chance of the last report, what moved them (as printed: the parts add up), plans and targets that came between."""
    decimals, median, points = line.decimals, line.rounded_median(), line.rounded_probability()
    found: dict[str, float] = {"median_before": line.before.median, "probability_before": Share(line.before.probability)}
    found["change_total"] = compare.rounded(line.after.median, decimals) - compare.rounded(line.before.median, decimals)
    found |= {f"change_{step}": median[step] for step in STEPS} | {f"points_{step}": points[step] for step in STEPS}
    for entry in line.amended:
        found |= {
            f"{entry.label}_before": entry.before,
            f"{entry.label}_after": entry.after,
            f"{entry.label}_step": entry.after - entry.before,
        }
    return Values(line.outlook.indicator.id, found)
