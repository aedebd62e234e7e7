"""Words and places that the charts of an outlook share."""

from __future__ import annotations

from kpi_lib import words
from kpi_lib.narrative import outlooks as nr
from kpi_lib.outlook.verdict import Outlook


def one(lang: str, vi: str, en: str) -> str:
    """The words in the reader's language."""
    return en if lang == "en" else vi


def as_known(outlook: Outlook, lang: str) -> str:
    """Whose figures they are, and on which day they were known."""
    projection = outlook.projection
    known = one(lang, f"{projection.unit.name.vi}, số liệu biết đến ngày", f"{projection.unit.name.en}, as known on")
    return f"{known} {words.date_text(projection.as_of, lang)}"


def interval_words(outlook: Outlook, level: float, lang: str) -> str:
    """A central interval: '1.640 đến 1.773'."""
    low, high = outlook.projection.interval(level)
    return f"{nr.plain(low, outlook, lang)} {one(lang, 'đến', 'to')} {nr.plain(high, outlook, lang)}"


def version_word(version: str, lang: str) -> str:
    """A version of a target in one or two words."""
    wording = {
        "adopted": ("Thông qua", "Adopted"),
        "assigned": ("Trên giao", "Assigned"),
        "ambition": ("Phấn đấu", "Ambition"),
        "reference": ("So sánh", "Reference"),
    }
    return one(lang, *wording[version])
