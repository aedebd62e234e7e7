"""Words: how numbers, dates and chances are written, and what binds them to a value. Knows nothing of targets."""

from kpi_lib.words.bound import Quoted, Sentence, Shown, Word, bound, counted, filled, in_percent, likely, plainly, sentence, worded
from kpi_lib.words.numbers import (
    NO_MEASURE,
    PERCENT,
    chance,
    date_text,
    month_names,
    number,
    percent,
    signed,
    span,
    trimmed,
    with_measure,
    with_percent,
)
from kpi_lib.words.values import Share, Values

__all__ = [
    "NO_MEASURE", "PERCENT", "Quoted", "Sentence", "Share", "Shown", "Values", "Word", "bound", "chance", "counted", "date_text", "filled", "in_percent", "likely", "month_names", "number", "percent",
    "plainly", "sentence", "signed", "span", "trimmed", "with_measure", "with_percent", "worded",
]  # fmt: skip
