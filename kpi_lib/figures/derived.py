"""Numbers that no office published: how each was worked out, and by how much such numbers usually miss a published one (docs/figures.md)."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

import numpy as np

from kpi_lib.words.messages import Text, Words, plural

PRIOR_COUNT = 3.0  # how many own cases the usual miss of others is worth


@dataclass(frozen=True, slots=True)
class Derived:
    """How a number was worked out.

    `error` is by how much such numbers usually miss the published ones, in the unit of the number; `exact` where nothing but figures that
    are final was added up, so that it is as good as these.
    """

    how: Words
    error: float = 0.0
    exact: bool = False


def usual_miss(misses: Sequence[float] | np.ndarray, prior: float) -> float:
    """The root mean square of the line's own misses and `PRIOR_COUNT` of the size `prior`.

    >>> usual_miss([], 0.2), round(usual_miss([0.1] * 3, 0.2), 3)
    (0.2, 0.158)
    """
    own = np.asarray(misses, dtype=float)
    return float(np.sqrt((PRIOR_COUNT * prior**2 + (own**2).sum()) / (PRIOR_COUNT + len(own))))


def added_up(base: dt.date | None, count: int, *, months: bool, origins: Collection[str]) -> Words:
    """How a sum to date was made of a published sum (to `base`, None: of none) and so many months or quarters."""
    if base is None and months:
        how = plural("the only month published", "the {n} months published, added up", n=count)
    elif base is None:
        how = plural("the only quarter published", "the {n} quarters published, added up", n=count)
    elif months:
        how = plural(
            "the sum published to {day} and the month since", "the sum published to {day} and the {n} months since", n=count, day=base
        )
    else:
        how = plural(
            "the sum published to {day} and the quarter since", "the sum published to {day} and the {n} quarters since", n=count, day=base
        )
    return Text("{how}, from different sources", how=how) if len(set(origins)) > 1 else how


def origin(source: str) -> str:
    """Who published, as far as the words of a source tell: the site of an address, else the words before the first stop, without numbers.

    >>> origin("https://thanhnien.vn/a-1.html ; https://b.vn"), origin("GitHub owner/name, output/2021.csv")
    ('thanhnien.vn', 'github owner/name')
    """
    first = source.split(" ; ")[0].strip().lower()
    if first.startswith(("http://", "https://")):
        return urlsplit(first).netloc.removeprefix("www.")
    return re.sub(r"\d+", "", re.split(r"[,:;@\[(]", first)[0]).strip()
