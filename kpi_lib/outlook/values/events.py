"""The numbers of the events written down for a line."""

from __future__ import annotations

from kpi_lib.definitions.events import DatedEvent, events_of
from kpi_lib.forecast.office.events import still_open
from kpi_lib.outlook.verdict import Outlook
from kpi_lib.words.values import Share, Values


def written_down(outlook: Outlook) -> tuple[DatedEvent, ...]:
    """The events of the line's year known on the day of the report, those that its figures have overtaken included."""
    projection = outlook.projection
    return events_of(projection.unit, projection.indicator, projection.year, as_of=projection.as_of)


def of_events(outlook: Outlook) -> Values:
    """Of every event its amount as written down, its chance, and the part of its days still to come."""
    found: dict[str, float] = {}
    for event in written_down(outlook):
        name = f"event.{event.id}"
        found |= {f"{name}.amount": event.amount, f"{name}.chance": Share(event.probability)}
        found[f"{name}.open"] = Share(still_open(event, outlook.projection))
    return Values(outlook.indicator.id, found)
