"""What only a unit can answer about a line: a base, a denominator, who issues the figure; open until somebody answers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from kpi_lib.words.messages import Words


@dataclass(frozen=True, slots=True)
class Question:
    """A question to a unit about one of its lines. `answer` is None while it is open; `who` answered it, `on` which day."""

    id: str
    text: Words
    answer: Words | None = None
    who: str = ""
    on: dt.date | None = None


def answered(questions: tuple[Question, ...], answers: Mapping[str, Any], text: Callable[[Any], Words]) -> tuple[Question, ...]:
    """The questions with the answers of a unit's file, by their ids; `text` makes words of what the file says."""
    return tuple(
        replace(one, answer=text(told["answer"]), who=told["who"], on=told["on"]) if (told := answers.get(one.id)) else one
        for one in questions
    )


def told_on(questions: tuple[Question, ...], as_of: dt.date) -> tuple[Question, ...]:
    """The questions as they stood on a day: one answered later is open."""
    return tuple(replace(one, answer=None, who="", on=None) if one.on and one.on > as_of else one for one in questions)
