"""The numbers of the sum of the units below, held against the unit's own target and its own projection."""

from __future__ import annotations

from kpi_lib.compare import rounded
from kpi_lib.outlook.hierarchy.sums import ChildrenSum
from kpi_lib.words.values import Share, Values


def of_sum(found: ChildrenSum) -> Values:
    """What the units come to together, what is asked of them and how likely that is, the own projection and why it differs; what each silent unit may add.

    The difference is that of the two printed numbers, and its parts add up to it as printed.
    """
    (low, high), (worst, best) = found.interval(), found.chances
    own = found.own.projection.middle if found.own.projection.known else float("nan")
    middle, printed, outside = (rounded(value, found.indicator.natural_decimals) for value in (found.middle, own, found.explained[0]))
    told: dict[str, float] = {
        "known": len(found.children), "units": found.units,
        "middle": found.middle, "low80": low, "high80": high,
        "goal": found.goal, "worst": Share(worst), "best": Share(best),
        "own": own, "difference": printed - middle, "outside": outside, "pace": printed - middle - outside,
    }  # fmt: skip
    for each in found.missing:
        told |= {f"{each.unit.id}_least": each.low, f"{each.unit.id}_most": each.high}
    return Values(f"sum.{found.indicator.id}", told)
