"""Words and places that the charts of an outlook share."""

from __future__ import annotations

from kpi_lib import narrative as nr
from kpi_lib.outlook.verdict import Outlook
from kpi_lib.words.messages import Text, say


def as_known(outlook: Outlook, lang: str) -> str:
    """Whose figures they are, and on which day they were known."""
    projection = outlook.projection
    return say("{unit}, as known on {day}", lang, unit=projection.unit.name, day=projection.as_of)


def interval_words(outlook: Outlook, level: float, lang: str) -> str:
    """A central interval: '1.640 đến 1.773'."""
    low, high = outlook.projection.interval(level)
    return f"{nr.plain(low, outlook, lang)} {say('to', lang)} {nr.plain(high, outlook, lang)}"


def version_word(version: str, lang: str) -> str:
    """A version of a target in one or two words."""
    wording = {
        "adopted": Text("Adopted"),
        "assigned": Text("Assigned"),
        "ambition": Text("Ambition"),
        "reference": Text("Reference"),
    }
    return wording[version][lang]
