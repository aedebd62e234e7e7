"""The record of many units held together: so many outlooks that one can see whether stated chances came true and intervals held."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pandas as pd

from kpi_lib.definitions.indicators import Unit, read_unit
from kpi_lib.figures.observations import read_observations
from kpi_lib.record.ledger import read_ledger
from kpi_lib.record.scores import brier
from kpi_lib.record.settlement import settle
from kpi_lib.record.values.record import of_reliability, share_groups
from kpi_lib.words.messages import KpiError, Text, Words
from kpi_lib.words.values import Values


@dataclass(frozen=True, slots=True)
class Pooled:
    """The settled outlooks of many units: columns of `settlement.settle` and `unit`; and why some units could not be asked."""

    settled: pd.DataFrame
    faults: tuple[Words, ...] = ()

    @property
    def judged(self) -> pd.DataFrame:
        """Those that stated a chance and whose target can be held against the outturn."""
        return self.settled[self.settled["probability"].notna() & self.settled["met"].notna()]

    @property
    def targets(self) -> int:
        """How many different targets stand behind the chances: the reports of one year on one target are not independent."""
        return len(self.judged.drop_duplicates(["unit", "indicator", "target_year"]))

    @property
    def inside80(self) -> int:
        """How many ended inside their 80% interval."""
        return int(self.settled["inside80"].astype(bool).sum())

    @property
    def brier(self) -> float:
        """Mean squared distance of chance and outcome; NaN without a chance."""
        own = self.judged
        return brier(own["probability"].to_numpy(dtype=float), own["met"].to_numpy(dtype=float)) if len(own) else float("nan")

    @property
    def groups(self) -> list[dict[str, float]]:
        """By the ranges of the status words: mean chance stated, share met, its 90% interval, how many chances."""
        return share_groups(self.judged) if len(self.judged) else []


def of_pooled(found: Pooled) -> Iterator[Values]:
    """Every number that is told of it; of no settled outlook nothing is."""
    if not len(found.settled):
        return
    counts = {"settled": len(found.settled), "units": found.settled["unit"].nunique(), "inside80": found.inside80}
    yield Values("pooled", {**counts, "judged": len(found.judged), "targets": found.targets, "brier": found.brier})
    if len(found.judged):
        yield of_reliability(found.judged, "pooled.stated")


def pooled(units: Sequence[str], *, as_of: dt.date) -> Pooled:
    """Hold the published outlooks of these units, whose year has ended, against their outturns as known on a day.

    First versions count, as on each unit's own record; a unit whose files or ledger hold faults is named and the others are held together.
    """
    frames: list[pd.DataFrame] = []
    faults: list[Words] = []
    for name in units:
        try:
            frames.append(_settled(read_unit(name, as_of=as_of), as_of).assign(unit=name))
        except KpiError as error:
            faults.append(Text("{unit}: left out: {faults}", unit=name, faults=error.words))
    told = [frame for frame in frames if len(frame)]
    empty = pd.DataFrame(columns=["unit", "indicator", "target_year", "probability", "met", "inside80"])
    return Pooled(pd.concat(told, ignore_index=True) if told else empty, tuple(faults))


def _settled(unit: Unit, as_of: dt.date) -> pd.DataFrame:
    """A unit's settled outlooks; its figures are read only where a year of its rounds is over."""
    rounds = read_ledger(unit.id)
    over = [year for year in rounds["target_year"].unique() if unit.calendar.over(int(year), as_of)] if len(rounds) else []
    rounds = rounds[rounds["target_year"].isin(over)]
    obs = read_observations(unit.id, as_of=as_of) if len(rounds) else pd.DataFrame()
    return settle(rounds, obs, unit=unit, as_of=as_of)
