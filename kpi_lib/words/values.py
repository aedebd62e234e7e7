"""The form of the table: numbers by label, of one thing."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any


class Share(float):
    """A number between 0 and 1 that is read in percent."""

    __slots__ = ()


class Values(dict[str, float]):
    """Numbers of one thing by their label. `of` is its name; with the label it is the name of the number in the manifest.

    What `reckoned` knows (label -> function of `about`) is worked out when it is first asked for.

    >>> table = Values("x", {"median": 2.0, "probability": Share(0.25), "base": float("nan")})
    >>> table.named()
    {'x.median': 2.0, 'x.probability': 25.0}
    """

    def __init__(
        self,
        of: str,
        found: Mapping[str, float] | None = None,
        reckoned: Mapping[str, Callable[[Any], float]] | None = None,
        about: object = None,
    ) -> None:
        super().__init__(found or {})
        self.of, self.reckoned, self.about = of, reckoned or {}, about

    def __missing__(self, label: str) -> float:
        self[label] = found = self.reckoned[label](self.about)
        return found

    def named(self) -> dict[str, float]:
        """Every number there is by its name in the manifest, shares in percent."""
        found = {label: self[label] for label in {**self.reckoned, **self}}
        return {f"{self.of}.{label}": float(100 * x if isinstance(x, Share) else x) for label, x in found.items() if math.isfinite(x)}


def named(tables: Iterable[Values]) -> dict[str, float]:
    """The numbers of several tables by their names in the manifest."""
    return {name: value for table in tables for name, value in table.named().items()}
