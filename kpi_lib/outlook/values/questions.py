"""How many of the questions that only the unit can answer are open, and how many are settled."""

from __future__ import annotations

from kpi_lib.definitions.indicators import Unit
from kpi_lib.words.values import Values


def of_questions(unit: Unit) -> Values:
    """Of all lines of a unit that keeps a list of them; nothing of one that keeps none."""
    every = [question for ind in unit.indicators.values() for question in ind.questions] if unit.asks else []
    settled = sum(question.answer is not None for question in every)
    return Values("questions", {"open": len(every) - settled, "settled": settled, "asked": len(every)} if every else {})
