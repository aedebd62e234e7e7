"""A scenario at the desk: what is supposed of a line is tried beside what is published, and kept by name where somebody answers for it."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from kpi_lib.definitions.events import LONGEST, takes_events
from kpi_lib.definitions.indicators import Indicator
from kpi_lib.definitions.owners.assumptions import Assumption, KeptScenario, read_scenarios, save_scenario
from kpi_lib.definitions.starting import slug
from kpi_lib.figures.observations import read_observations
from kpi_lib.forecast.models import MODELS
from kpi_lib.outlook.supposed import under
from kpi_lib.outlook.verdict import Outlook
from kpi_lib.page.desk.forms import Field, Read
from kpi_lib.words.messages import KpiError, Text, in_context, say

SUMS = 3  # that one form takes


def scenario_fields(ind: Indicator, year: tuple[str, str], as_of: str, lang: str) -> Sequence[Field]:
    """What is asked: how the months left go or where the year ends, dated sums, another target, another model; who supposes it and why.

    Parameters
    ----------
    year : the first day still to come and the last of the year.
    """
    measure = ind.natural_measure[lang]
    rest = (
        Field("growth_of_rest", Text("Months left against the same months of last year"), "number", needed=False, after="%")
        if ind.adds_up
        else Field("shift", Text("Year-end value higher or lower by"), "number", needed=False, after=measure)
    )
    sums = itertools.chain.from_iterable(_sum_fields(number, measure, year) for number in range(1, SUMS + 1)) if takes_events(ind) else ()
    models = (("", say("as published", lang)), *((key, model.title[lang]) for key, model in MODELS.items()))
    return (
        Field("reason", Text("What is supposed, and why"), "long"),
        rest,
        Field("target", Text("Another target"), "number", needed=False),
        Field("model", Text("Reckoned by"), "choice", needed=False, choices=models),
        *sums,
        Field("author", Text("Who supposes it")),
        Field("date", Text("Written down on (reports of earlier days do not know it)"), "date", usual=as_of),
        Field("publish", Text("Show it on the published page, marked as an assumption"), "tick", needed=False),
    )


def _sum_fields(number: int, measure: str, year: tuple[str, str]) -> Sequence[Field]:
    return (
        Field(f"amount_{number}", Text("Sum {number}", number=number), "number", needed=False, after=measure),
        Field(f"from_{number}", Text("From"), "date", needed=False, usual=year[0]),
        Field(f"to_{number}", Text("Until"), "date", needed=False, usual=year[1]),
        Field(f"probability_{number}", in_context("of an event", "Chance"), "number", needed=False, usual="100", after="%"),
    )


def supposed_by(ind: Indicator, read: Read) -> dict[str, Any]:
    """What a form supposes of a line, in the keys of `Assumption`.

    Raises
    ------
    KpiError : a sum without its days or its chance.
    """
    given: dict[str, Any] = {"indicator": ind.id}
    for key in ("growth_of_rest" if ind.adds_up else "shift", "target"):
        value = read.number(key)
        given |= {} if value is None else {key: value}
    given |= {"model": model} if (model := read.text("model")) else {}
    sums = [_sum(number, ind, read) for number in range(1, SUMS + 1) if read.has(f"amount_{number}")]
    return given | ({"sums": sums} if sums else {})


def _sum(number: int, ind: Indicator, read: Read) -> dict[str, Any]:
    read.want(f"from_{number}", f"to_{number}", f"probability_{number}")
    days = {name: read.day(f"{name}_{number}") for name in ("from", "to")}
    return {
        "amount": read.number(f"amount_{number}"), "measure": ind.natural_measure["vi"], **days,
        "probability": (read.number(f"probability_{number}") or 0.0) / 100,
    }  # fmt: skip


def tried_out(item: Outlook, read: Read) -> Outlook:
    """The line under what a form supposes.

    Raises
    ------
    KpiError : nothing is supposed, or it cannot be reckoned.
    """
    projection, given = item.projection, supposed_by(item.indicator, read)
    if len(given) == 1:
        raise KpiError("Nothing is supposed yet: fill in at least one of the fields.")
    assumption = msgspec.convert(given, Assumption)
    on = read.day("date") or projection.as_of
    kept = KeptScenario("", read.text("author"), "", on, projection.year, False, (assumption,))
    found = under(item, read_observations(projection.unit.id), assumption, kept)
    if not found.judged and not math.isfinite(found.projection.middle):
        raise KpiError("{fault}", fault=found.reason)
    return found


def kept_scenario(item: Outlook, read: Read) -> Path:
    """Keep what a form supposes, once it can be reckoned; the file it stands in."""
    tried_out(item, read)
    unit, reason = item.projection.unit, read.text("reason")
    name, taken = slug(reason)[:LONGEST].strip("-"), {each.name for each in read_scenarios(unit.id)}
    if not name:
        raise KpiError("Say in words what is supposed.")
    free = next(each for number in itertools.count(1) if (each := name if number == 1 else f"{name}-{number}") not in taken)
    told = {"author": read.text("author"), "reason": reason, "date": read.needed("date"), "publish": read.ticked("publish")}
    return save_scenario(unit.id, free, [supposed_by(item.indicator, read)], year=item.projection.year, **told)
