"""HTML is written by templates alone; here is the one environment they are compiled in, once a process."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

from markupsafe import Markup

from kpi_lib.words.messages import Words

PACKAGE = Path(__file__).resolve().parents[1]


def written(value: object) -> Any:
    """What a template writes for a value: a tuple's parts one after the other; a percent sign that stands apart keeps to its number's line.

    >>> written("80 %"), written(("< 5%", Markup("<br>"), ("a", 1)))
    ('80\\xa0%', Markup('&lt; 5%<br>a1'))
    """
    if isinstance(value, tuple):
        return Markup("").join(written(part) for part in value)
    if isinstance(value, Words):
        raise TypeError(f"a message stands on a page in no language: {value!r}")
    return value if hasattr(value, "__html__") else str(value).replace(" %", "\u00a0%")


@functools.cache
def macros(template: str) -> Any:
    """The macros of a template by its path in the package. They escape all but what says by `__html__` that it is HTML."""
    return _environment().get_template(template).module


@functools.cache
def _environment() -> Any:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    loader = FileSystemLoader(PACKAGE)
    return Environment(loader=loader, autoescape=True, undefined=StrictUndefined, finalize=written, trim_blocks=True, lstrip_blocks=True)
