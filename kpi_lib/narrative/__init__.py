"""Sentences about outlooks: facts in, bound sentences out."""

from kpi_lib.narrative.causes import why
from kpi_lib.narrative.notes import base_note, caveats, demand, method, people_missing, plan_note, reach_sentence, rules_of_thumb
from kpi_lib.narrative.outlooks import answer, course_sentence, outlook_sentence
from kpi_lib.narrative.shown import (
    against,
    amount,
    bare,
    chance_of,
    foreseen,
    foreseen_bare,
    goal,
    goal_in_amount,
    lacking,
    mark_of,
    plain,
    plain_foreseen,
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
    "course_sentence",
    "demand",
    "foreseen",
    "foreseen_bare",
    "goal",
    "goal_in_amount",
    "lacking",
    "mark_of",
    "method",
    "outlook_sentence",
    "people_missing",
    "plain",
    "plain_foreseen",
    "plan_note",
    "reach_sentence",
    "rules_of_thumb",
    "said",
    "status_note",
    "status_of",
    "threshold_text",
    "why",
]
