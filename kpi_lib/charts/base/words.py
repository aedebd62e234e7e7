"""Words and places that the charts of an outlook share."""

from __future__ import annotations

from kpi_lib import narrative as nr
from kpi_lib import words
from kpi_lib.outlook.values.outlook import HUNDREDS, of_outlook
from kpi_lib.outlook.verdict import Outlook
from kpi_lib.words.messages import Text, say


def as_known(outlook: Outlook, lang: str) -> str:
    """Whose figures they are, and on which day they were known."""
    projection = outlook.projection
    return say("{unit}, as known on {day}", lang, unit=projection.unit.name, day=projection.as_of)


def interval_words(outlook: Outlook, level: float, lang: str) -> str:
    """A central interval: '1.640 đến 1.773'."""
    low, high = (nr.plain_foreseen(end, outlook, lang) for end in outlook.projection.interval(level))
    return f"{low} {say('to', lang)} {high}"


def in_a_hundred(outlook: Outlook, lang: str) -> tuple[str, tuple[words.Shown, ...]]:
    """What the bands say, as so many of a hundred years like this one: the sentence, and its numbers in their order."""
    values = of_outlook(outlook)
    hundred, most, nearly, half = (words.counted(values, label, lang) for label in HUNDREDS)
    low, high = (nr.foreseen_bare(outlook, label, lang) for label in ("low80", "high80"))
    sentence = say(
        "Of {hundred} years like this one some {most} end at {low} to {high}; {nearly} in the paler band, {half} in the darker one.",
        lang, hundred=hundred.text, most=most.text, low=low.text, high=high.text, nearly=nearly.text, half=half.text,
    )  # fmt: skip
    return sentence, (hundred, most, low, high, nearly, half)


def version_word(version: str, lang: str) -> str:
    """A version of a target in one or two words."""
    wording = {
        "adopted": Text("Adopted"),
        "assigned": Text("Assigned"),
        "ambition": Text("Ambition"),
        "reference": Text("Reference"),
    }
    return wording[version][lang]
