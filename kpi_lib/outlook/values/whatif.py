"""The numbers of the table of scenarios: what a position of the slider means, and how the year would end there."""

from __future__ import annotations

from collections.abc import Iterator

from kpi_lib.outlook import scenarios
from kpi_lib.outlook.verdict import STATUSES, Outlook
from kpi_lib.words.values import Share, Values


def of_position(outlook: Outlook, lever: scenarios.Lever, position: int) -> Values:
    """What a position means: percent of last year's months, distance from the projection, or a shift and how many persons it is."""
    people = outlook.projection.unit.population if outlook.indicator.per_population else 0
    found: dict[str, float] = {}
    if lever.mode == "last_year":
        found = {"of_last_year": position, "against": 100 * (position / lever.ratio - 1)}
    elif lever.mode == "projection":
        found = {"against": position}
    else:
        shift = position * lever.step
        found = {"shift": shift} | ({"persons": abs(shift) * people / 100} if people else {})
    return Values(f"whatif.{outlook.indicator.id}.{position}", found)


def of_scenario(name: str, position: int, found: scenarios.Scenario) -> Values:
    """How the year would end at a position of the slider."""
    values = {"median": found.median, "low80": found.low80, "high80": found.high80}
    return Values(f"whatif.{name}.{position}", {**values, "probability": Share(found.probability), "status": STATUSES[found.status].rank})


def of_whatif(outlook: Outlook) -> Iterator[Values]:
    """Every number of the table of scenarios and of the sentence above it; nothing where there is no what-if."""
    if scenarios.refusal(outlook) is not None:
        return
    lever = scenarios.lever_of(outlook)
    needed = scenarios.needed(outlook, lever)
    for position in scenarios.positions(lever):
        yield of_scenario(outlook.indicator.id, position, scenarios.scenario_at(outlook, lever, position))
    for position in {*scenarios.positions(lever), *([needed.position] if needed else [])}:
        yield of_position(outlook, lever, position)
