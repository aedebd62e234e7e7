"""The events written down for a line: what is to come, when, how likely, who says so, and whether the projection counts it."""

from __future__ import annotations

from kpi_lib import words
from kpi_lib.definitions.events import DatedEvent
from kpi_lib.outlook.values.events import of_events, written_down
from kpi_lib.outlook.verdict import Outlook
from kpi_lib.page.markup import NUMBER, Columns, Heading, Html, small, table
from kpi_lib.words.messages import Text, in_context, say
from kpi_lib.words.numbers import date_text


def events(item: Outlook, lang: str = "vi") -> Html:
    """Every event of the line's year known on the day of the report; nothing where there is none."""
    found = of_events(item)

    def amount(event: DatedEvent) -> words.Shown:
        return words.bound(
            found, f"event.{event.id}.amount", lambda value: words.with_measure(words.trimmed(value, 2, lang), event.measure, lang)
        )

    def days(event: DatedEvent) -> str:
        return (
            say("{first} to {last}", lang, first=event.first, last=event.last) if event.first < event.last else date_text(event.first, lang)
        )

    columns: Columns = {
        Heading(in_context("of an event", "What"), heads_row=True, quotes=True): lambda event: (
            event.what,
            small(say("{document}; written down by {who}, {day}", lang, document=event.document, who=event.who, day=event.on)),
        ),
        Heading(Text("Adds"), NUMBER): amount,
        Heading(in_context("of an event", "When")): days,
        Heading(in_context("of an event", "Chance"), NUMBER): lambda event: words.likely(found, f"event.{event.id}.chance", lang),
        Heading(Text("In the projection")): lambda event: _state(item, event, lang),
    }
    caption = Text("Events to come, as written down by the office")
    return table(columns, zip(written_down(item)), caption=caption, lang=lang)


def _state(item: Outlook, event: DatedEvent, lang: str) -> tuple[object, ...] | str:
    """Whether and how far the projection counts an event."""
    projection, found, label = item.projection, of_events(item), f"event.{event.id}.open"
    if found[label] == 1:
        return say("counted", lang)
    if found[label] > 0:
        return tuple(words.filled("counted for the {part} of its days after the last figure", lang, part=words.likely(found, label, lang)))
    if projection.projected and event.measure != projection.measure and projection.measure.of_plan:
        return say("not counted: the figures are in percent of a plan that is not known", lang)
    if projection.projected or projection.complete or projection.year_figure:
        return say("its days are past: if it came, it is in the figures", lang)
    return say("not counted: nothing is projected", lang)
