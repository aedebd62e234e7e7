"""The numbers of the page on the units below a unit: what each of them published last, by the day of the report."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from kpi_lib import compare
from kpi_lib.definitions.indicators import Indicator, Unit, read_unit
from kpi_lib.definitions.many.selection import counted_below
from kpi_lib.outlook.hierarchy.reading import sums
from kpi_lib.outlook.hierarchy.sums import ChildrenSum
from kpi_lib.outlook.verdict import GOOD, STATUSES, UNLIKELY, Outlook
from kpi_lib.record import chain
from kpi_lib.record.ledger import read_ledger, withdrawn
from kpi_lib.words.messages import KpiError, Named, Words
from kpi_lib.words.values import Share, Values

FEWEST = 2  # units below from which on there is a page about them
DANGER = ("missed", *UNLIKELY)
PER = 1000  # residents
SAID = {"chance": ("probability", "met"), "median": ("quantile", "0.5"), "threshold": ("threshold", "natural")}
COLUMNS = ["unit", "as_of", "indicator", "word", *SAID]


@dataclass(frozen=True, slots=True)
class PublishedBelow:
    """What the units below a unit published last. `rows` has `COLUMNS`, a row a unit and line; `without` are those with no report to go by.

    `lines` are those that more than half of the units with a report track, in the order of the first; `units` stand the reddest first.
    """

    units: tuple[Unit, ...]
    rows: pd.DataFrame
    without: tuple[Words, ...]
    lines: tuple[Indicator, ...]

    def of(self, unit: Unit) -> pd.DataFrame:
        """The outlooks of one unit on the lines that are compared, by line."""
        own = self.rows[(self.rows["unit"] == unit.id) & self.rows["indicator"].isin([ind.id for ind in self.lines])]
        return own.set_index("indicator")

    def on(self, ind: Indicator) -> pd.DataFrame:
        """The outlooks on one line, by unit, the least likely first, of two as likely the one further from its target; those without a chance last."""
        own = self.rows[self.rows["indicator"] == ind.id].set_index("unit")
        own = own.loc[[unit.id for unit in self.units if unit.id in own.index]]
        ahead = (own["median"] - own["threshold"]) / own["threshold"].abs().where(own["threshold"] != 0, 1.0)
        own = own.assign(ahead=-ahead if ind.direction == "lower" else ahead)
        return own.sort_values(["chance", "ahead"], kind="stable", na_position="last").drop(columns="ahead")

    @property
    def endangered(self) -> tuple[Indicator, ...]:
        """The lines, the one that the smallest share of the units judged will most likely meet first; those that nobody can judge left out."""
        told = {ind: of_line_below(self, ind) for ind in self.lines}
        shares = {
            ind: (said["most_likely"] / said["judged"], said["expected"] / said["judged"]) for ind, said in told.items() if said["judged"]
        }
        return tuple(sorted(shares, key=lambda ind: shares[ind]))


def below(unit: Unit) -> list[str]:
    """The units below a unit that a page of it tells of: made-up ones below a made-up unit alone; none where there is but one."""
    found = counted_below(unit)
    return found if len(found) >= FEWEST else []


def read_published(unit: Unit, year: int, as_of: dt.date) -> PublishedBelow:
    """What the units below published last by a day on a year; withdrawn reports count for nothing, a ledger that does not verify neither."""
    units: list[Unit] = []
    without: list[Words] = []
    frames: list[pd.DataFrame] = []
    for name in below(unit):
        try:
            child = read_unit(name, as_of=as_of)
            rows = _newest(name, year, as_of)
        except KpiError:
            without.append(Named(name))
            continue
        if len(rows):
            units.append(child)
            frames.append(rows)
        else:
            without.append(child.name)
    frame = pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=COLUMNS)
    tracked = frame.groupby("indicator")["unit"].nunique()
    known = {key: ind for child in reversed(units) for key, ind in child.indicators.items()}
    lines = tuple(ind for key, ind in known.items() if tracked.get(key, 0) > len(units) / 2)
    return PublishedBelow(tuple(sorted(units, key=lambda child: _redness(frame, child))), frame, tuple(without), lines)


def _newest(unit: str, year: int, as_of: dt.date) -> pd.DataFrame:
    """The newest round of a unit on a year by a day, as its ledger holds it: a row a line."""
    rounds, taken = read_ledger(unit), withdrawn(chain.links(unit))
    rounds = rounds[(rounds["round_id"] <= pd.Timestamp(as_of)) & (rounds["target_year"] == year)]
    for day, link in taken.items():
        rounds = rounds[(rounds["round_id"] != pd.Timestamp(day)) | (rounds["version"] != link.version)]
    rounds = rounds[rounds["round_id"] == rounds["round_id"].max()]
    rounds = rounds[rounds["version"] == rounds["version"].max()]
    rows = []
    for line, group in rounds.groupby("indicator", sort=False):
        said = dict(zip(zip(group["output_type"], group["output_type_id"], strict=True), group["value"], strict=True))
        found = {name: float(said.get(key) or "nan") for name, key in SAID.items()}
        rows.append({"unit": unit, "as_of": group["round_id"].iloc[0], "indicator": line, "word": said[("status", "word")], **found})
    return pd.DataFrame(rows, columns=COLUMNS)


def _redness(frame: pd.DataFrame, unit: Unit) -> tuple[object, ...]:
    """More lines in danger first, of two alike the one with more that are missed or very unlikely, then fewer that will be met: counts, no score."""
    words = frame[frame["unit"] == unit.id]["word"].value_counts()
    count = {key: int(words.get(key, 0)) for key in STATUSES}
    danger = sum(count[key] for key in DANGER)
    return (-danger, count["unlikely"] - danger, -count["uncertain"], sum(count[key] for key in GOOD), unit.id)


def sums_below(unit: Unit, items: Sequence[Outlook]) -> list[ChildrenSum]:
    """The sums of the units below beside the unit's own outlooks, for a unit whose page tells of them."""
    return sums(items) if below(unit) else []


def of_units(found: PublishedBelow) -> Iterator[Values]:
    """Every number of the page."""
    if found.units or found.without:
        yield of_all(found)
        yield from (of_unit_below(found, unit) for unit in found.units)
        yield from (of_line_below(found, ind) for ind in found.lines)


def of_all(found: PublishedBelow) -> Values:
    """How many units there are, and how many have a report."""
    return Values("units", {"all": len(found.units) + len(found.without), "reported": len(found.units), "without": len(found.without)})


def of_unit_below(found: PublishedBelow, unit: Unit) -> Values:
    """One unit: on every line its word and chance, its projected year and target, those for so many residents; how many lines are in danger."""
    own = found.of(unit)
    told: dict[str, float] = {"danger": int(own["word"].isin(DANGER).sum()), "judged": int(own["chance"].notna().sum())}
    for line, row in own.iterrows():
        told |= {f"{line}_status": STATUSES[row["word"]].rank, f"{line}_chance": Share(row["chance"])}
        told |= {f"{line}_median": row["median"], f"{line}_target": row["threshold"]}
        told[f"{line}_per_head"] = PER * row["median"] / unit.population if unit.population else np.nan
        told[f"{line}_of_target"] = 100 * row["median"] / row["threshold"] if row["threshold"] else np.nan
    return Values(f"units.{unit.id}", told)


def of_line_below(found: PublishedBelow, ind: Indicator) -> Values:
    """One line: how many units are judged, how many of these may be expected to meet it, and how many all the others could add."""
    own = found.on(ind)
    chances = own["chance"].dropna().tolist()
    counts = compare.counts_met(chances)
    low, high = (int(np.searchsorted(np.cumsum(counts), tail - 1e-12)) for tail in (0.1, 0.9))
    silent = len(found.units) + len(found.without) - len(chances)
    told: dict[str, float] = {"judged": len(chances), "silent": silent, "most_likely": int(np.argmax(counts))}
    told |= {"low80": low, "high80": high, "at_most": high + silent, "expected": float(np.sum(chances))}
    told |= {"good": int(own["word"].isin(GOOD).sum()), "danger": int(own["word"].isin(DANGER).sum())}
    return Values(f"units.lines.{ind.id}", told)
