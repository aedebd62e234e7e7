"""Whether a delivery is newer than what is known: the day it was made, values that were already replaced, days of publication to come."""

from __future__ import annotations

from collections.abc import Iterator

from kpi_lib.deliveries.checks.case import Case, check
from kpi_lib.deliveries.delivery import Fault, seen
from kpi_lib.figures.histories import RANK


@check
def published_later(case: Case) -> Iterator[Fault]:
    """A day of publication after the day of receipt."""
    for item in case.reading.figures:
        if item.published is not None and item.published > case.received:
            yield case.told(
                "published_later", item, seen("published on {day}, received on {received}", day=item.published, received=case.received)
            )


@check
def older_again(case: Case) -> Iterator[Fault]:
    """An older edition of a form over a newer correction, and a value that was already replaced."""
    for item in case.reading.figures:
        *before, now = case.versions(item) or (None,)
        if now is None or _same(item.value, now.value):
            continue
        made, newer = case.reading.prepared, case.prepared.get(now.source.rpartition(":")[0])
        if made is not None and newer is not None and made < newer:
            found = seen("made on {day}; {value} in force is of a file made on {newer}", day=made, value=now.value, newer=newer)
            yield case.told("older_edition", item, found)
        elif RANK[item.status] <= RANK[now.status] and any(_same(item.value, old.value) for old in before):
            found = seen("{value} was replaced by {now} before", value=item.value, now=now.value)
            yield case.told("superseded_again", item, found)


def _same(one: float, other: float) -> bool:
    return abs(one - other) <= 1e-9 * max(1.0, abs(other))
