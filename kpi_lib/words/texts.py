"""The same words in both languages, until the last of them is a message."""

from __future__ import annotations

from kpi_lib.words.messages import Named


class Text(Named):
    """The same words in Vietnamese and English."""

    __slots__ = ()

    def __init__(self, vi: str, en: str) -> None:
        super().__init__(vi=vi, en=en)
