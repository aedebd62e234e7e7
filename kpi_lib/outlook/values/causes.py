"""The numbers of why the projection is not what a rule of thumb says."""

from __future__ import annotations

from kpi_lib.outlook.causes import causes
from kpi_lib.outlook.verdict import Outlook
from kpi_lib.words.values import Values


def of_causes(outlook: Outlook) -> Values:
    """What lies between the rule of thumb and the projection (`why`), its parts as printed (`why_pattern`, ...), and last year's unusual part."""
    found = causes(outlook)
    if found is None:
        return Values(outlook.indicator.id)
    rule = getattr(outlook.projection, found.rule)
    parts = found.printed(rule, max(outlook.decimals(found.median), outlook.decimals(rule)))
    values = {"why": found.median - rule} | {f"why_{name}": amount for name, amount in parts.items()}
    if found.unusual:
        values |= {"why_unusual": found.unusual.amount, "why_usual": found.unusual.usual}
    return Values(outlook.indicator.id, values)
