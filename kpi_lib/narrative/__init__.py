"""Sentences about outlooks: facts in, bound sentences out."""

from kpi_lib.narrative.notes import base_note, caveats, demand, method, people_missing, plan_note, reach_sentence, rules_of_thumb
from kpi_lib.narrative.outlooks import answer, outlook_sentence
from kpi_lib.narrative.shown import (
    against,
    amount,
    bare,
    chance_of,
    goal,
    goal_in_amount,
    lacking,
    mark_of,
    plain,
    said,
    status_note,
    status_of,
    threshold_text,
)

__all__ = [
    "against",
    "amount",
    "answer",
    "bare",
    "base_note",
    "caveats",
    "chance_of",
    "demand",
    "goal",
    "goal_in_amount",
    "lacking",
    "mark_of",
    "method",
    "outlook_sentence",
    "people_missing",
    "plain",
    "plan_note",
    "reach_sentence",
    "rules_of_thumb",
    "said",
    "status_note",
    "status_of",
    "threshold_text",
]
