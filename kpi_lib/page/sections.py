"""The parts of a page that put sentences, charts and tables of one indicator together; what notebooks call with one line a part."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import numpy as np
import pandas as pd

from kpi_lib import charts, words
from kpi_lib import narrative as nr
from kpi_lib.charts.base.frame import compact
from kpi_lib.definitions.indicators import Unit, day
from kpi_lib.outlook.verdict import GOOD, Outlook
from kpi_lib.page import data, record, tables
from kpi_lib.page.ahead.events import events
from kpi_lib.page.conditions import condition_sentences
from kpi_lib.page.markup import Html, Stack, linked, piece
from kpi_lib.page.owners.judgements import owners_part
from kpi_lib.page.owners.questions import questions_of
from kpi_lib.record import ledger, scores
from kpi_lib.record.settlement import settle
from kpi_lib.record.values.record import of_ledger, scope_of
from kpi_lib.words.messages import Text


def headline_text(item: Outlook, notes: Sequence[object], lang: str = "vi") -> Html:
    """What stands beside the fan of a headline indicator: name, chance in large figures, status, sentence, what it would take."""
    told = item.judged and np.isfinite(item.probability) and not item.projection.complete
    name = linked(item, item.indicator.headed(item.indicator.name, lang))
    later = nr.december_note(item, lang)
    said = tuple(note for note in (nr.course_sentence(item, lang), later, *notes) if note is not None)
    today = Text("Chance of meeting the target ({goal}) by the plan in force today")
    wording = Text("Chance of meeting the target ({goal})") if later is None else today
    noun = tuple(words.filled(wording, lang, goal=nr.goal(item, lang))) if told else ()
    return piece("headline", name, noun, nr.chance_of(item, lang) if told else None, tables.badge(item, lang), said)


def headline(items: Sequence[Outlook], unit: Unit, lang: str = "vi", *, errors: pd.DataFrame | None = None) -> Stack:
    """The headline indicators with a target, else those with figures: name, chance, verdict, how often such verdicts were right, what it would take.

    Each beside its fan chart; `errors` are past projections (`kpi.replay`).
    """
    by_id = {item.indicator.id: item for item in items if item.indicator.id in unit.headline and item.reportable}
    aimed = any(item.target for item in by_id.values())
    parts: list[object] = []
    for item in (by_id[key] for key in unit.headline if key in by_id and (by_id[key].target or not aimed)):
        condition = condition_sentences(item, lang)[:1] if item.status not in GOOD else ()
        notes = (
            nr.events_note(item, lang),
            _record(errors, item, lang),
            nr.why(item, lang),
            nr.demand(item, lang),
            nr.people_missing(item, unit, lang),
            *condition,
            nr.reach_sentence(item, lang),
        )
        parts += [headline_text(item, notes, lang), compact(charts.fan(item, lang))]
    return Stack(tuple(parts))


def verdict(item: Outlook, lang: str = "vi", *, errors: pd.DataFrame | None = None) -> Stack:
    """One indicator's verdict, the owner's word beside it, how often such verdicts were right, its fan chart, its pace beside that of past years, its events."""
    told = (
        nr.outlook_sentence(item, lang),
        nr.events_note(item, lang),
        *owners_part(item, lang),
        _record(errors, item, lang),
        nr.why(item, lang),
    )
    return Stack((*told, charts.fan(item, lang), charts.pace(item, lang), events(item, lang)))


def _record(errors: pd.DataFrame | None, item: Outlook, lang: str) -> words.Sentence | None:
    """How often such a verdict was right, beside it; None for a line without one, or where nobody asked."""
    told = errors is not None and item.judged and not item.projection.complete
    return record.verdict_record(errors, item, lang) if told else None


def chances(item: Outlook, lang: str = "vi") -> Stack:
    """The year-end value as equally likely futures, and the outlook in figures."""
    return Stack(
        (charts.distribution(item, lang) if item.projection.known and not item.projection.complete else None, tables.facts(item, lang))
    )


def base(item: Outlook, lang: str = "vi") -> Stack:
    """What the target is reckoned on: the base and whether the verdict flips on another, the versions of the target, the plan's weight."""
    return Stack((nr.base_note(item, lang), tables.versions(item, lang), nr.plan_note(item, lang), nr.rules_of_thumb(item, lang)))


def definition(item: Outlook, lang: str = "vi") -> Stack:
    """Definition and duty, the questions still open, then which model on how many years, and what the answer does not know."""
    return Stack((data.duty(item, lang), questions_of(item, lang), nr.method(item, lang), nr.caveats(item, lang)))


def record_of(errors: pd.DataFrame, unit: Unit, lang: str = "vi", *, official: pd.DataFrame | None = None) -> Stack:
    """Scores by indicator and method, whether stated chances came true, and how near offices' own estimates came (`kpi.beside_official`)."""
    if not len(errors):
        return Stack((words.sentence("No past year has enough figures to replay.", lang, "note"),))
    words_said = record.verdict_table(errors, lang) if errors["indicator"].nunique() > 1 else None
    beside = record.beside_official(official, unit, lang) if official is not None and len(official) else ()
    return Stack((words_said, *_scored(errors, unit, lang, measures=True), *beside))


def record_one(errors: pd.DataFrame, item: Outlook, unit: Unit, lang: str = "vi") -> Stack:
    """How far off the line's projections were, whether its intervals and stated chances held: in words that need no statistics."""
    if not len(errors):
        return record_of(errors, unit, lang)
    return Stack((record.usual_miss(errors, item, lang), *_scored(errors, unit, lang, measures=False)))


def _scored(errors: pd.DataFrame, unit: Unit, lang: str, *, measures: bool) -> tuple[object, ...]:
    """How far off projections were, whether intervals and stated chances held; with statisticians' measures where they are explained."""
    found = scores.accuracy(errors, by=("indicator", "model"))
    return (
        record.scores(found, unit, lang, measures=measures),
        record.explained(lang) if measures else None,
        record.calibration(scores.calibration(errors, unit), unit, lang, scope=scope_of(errors), measures=measures),
        charts.reliability(errors, lang, unit=unit),
    )


def record_charts(errors: pd.DataFrame, unit: Unit, lang: str = "vi") -> Stack:
    """For every indicator replayed: what was projected, and how the year ended."""
    parts: list[object] = []
    for key in unit.indicators:
        rows = errors[errors["indicator"] == key]
        if rows["year"].nunique() >= 2:
            parts.append(compact(charts.track_record(rows, lang, unit=unit), "tile"))
    return Stack(tuple(parts) or (words.sentence("Too few years to draw.", lang, "note"),))


def published(obs: pd.DataFrame, unit: Unit, *, as_of: dt.date | str, lang: str = "vi") -> Stack:
    """What was published before and how it ended; says so when nothing has been settled yet."""
    moment = day(as_of)
    rounds = ledger.read_ledger(unit.id)
    frame = settle(rounds, obs, unit=unit, as_of=moment)
    if len(frame):
        return Stack((record.settled_sentence(frame, lang), record.settled(frame, unit, lang)))
    rounds_held = words.counted(of_ledger(rounds, pd.Timestamp(moment)), "rounds", lang)
    wording = Text("The ledger holds {rounds:earlier report|earlier reports}; no target has ended its year yet, so none can be scored.")
    return Stack((words.sentence(wording, lang, "note", rounds=rounds_held),))


def revisions(obs: pd.DataFrame, unit: Unit, *, as_of: dt.date | str, lang: str = "vi") -> Stack:
    """The largest revisions, and for each monthly line what its first estimates were worth."""
    parts: list[object] = [data.revised(obs, unit, as_of=as_of, lang=lang)]
    for ind in unit.indicators.values():
        parts.append(compact(charts.revisions(obs, ind, lang, unit=unit), "tile"))
    return Stack(tuple(parts))
