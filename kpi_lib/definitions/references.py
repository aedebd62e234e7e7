"""Figures of other areas, from which the usual share of a year is learnt."""

from __future__ import annotations

import datetime as dt
from functools import lru_cache
from pathlib import Path

import pandas as pd

from kpi_lib.definitions import folders
from kpi_lib.definitions.columns import Row, known_from, read_csv
from kpi_lib.definitions.frames import REFERENCE
from kpi_lib.periods import month_end
from kpi_lib.words.messages import KpiError
from kpi_lib.words.near import near

DAYS_AFTER = 6  # days after the end of its span on which a figure without a day is taken to have become known


def read_reference(name: str, *, as_of: dt.date) -> list[Row]:
    """Cumulative figures of other areas known on a day, from which the usual share of the year is learnt; rows of `frames.REFERENCE`."""
    path = folders.root() / "data" / "raw" / "reference" / f"{name}.csv"
    if not path.exists():
        hint = near(name, (file.stem for file in path.parent.glob("*.csv")))
        raise KpiError("data/raw/reference/{name}.csv: there is no such series of reference{hint}.", name=name, hint=hint)
    state = path.stat()
    return [row for row in _dated_reference(path, state.st_mtime_ns, state.st_size) if known_from(row, REFERENCE) <= as_of]


@lru_cache(maxsize=8)
def _dated_reference(path: Path, changed: int, size: int) -> tuple[Row, ...]:
    """The rows of a file; one without a day is known six days after the end of its span."""
    del changed, size
    frame = read_csv(path, REFERENCE)
    ends = pd.to_datetime([month_end(year, month) for year, month in zip(frame["year"], frame["month"], strict=True)])
    return tuple(frame.assign(published=frame["published"].fillna(pd.Series(ends) + pd.Timedelta(days=DAYS_AFTER))).to_dict("records"))
