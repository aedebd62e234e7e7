"""What was probably meant by a word that is none of those known."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from kpi_lib.words.messages import Text, Words


def near(word: str, known: Iterable[str]) -> Words | str:
    """The known word that is most like the one found, as a question to be put behind it; nothing where none is like it.

    >>> near("diretion", ["direction", "decimals"])["en"], near("zzz", ["direction"])
    (" (did you mean 'direction'?)", '')
    """
    like = difflib.get_close_matches(word, list(known), n=1, cutoff=0.5)
    return Text(" (did you mean '{near}'?)", near=like[0]) if like else ""
