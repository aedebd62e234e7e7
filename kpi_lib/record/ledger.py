"""The record of what leaders were shown: append-only, a round a report, in the layout of the forecast hubs, held together by a chain of digests."""

from __future__ import annotations

import datetime as dt
import functools
import os
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import msgspec
import numpy as np
import pandas as pd

from kpi_lib import disk
from kpi_lib.definitions.columns import UNFIT, check
from kpi_lib.definitions.frames import LEDGER
from kpi_lib.definitions.indicators import Unit
from kpi_lib.outlook.changes import Changes, Reported, changes
from kpi_lib.outlook.verdict import Outlook
from kpi_lib.record import chain, hub, rounds
from kpi_lib.record.chain import EarlierLink, Link, ReportLink, RoundLink, WithdrawnLink, folder
from kpi_lib.record.hub import LEVELS
from kpi_lib.words.messages import KpiError, Text

RULES_OF_SCORING = 1  # docs/record.md: written down in every round before its year has ended


def rows_of(outlook: Outlook, *, data_digest: str, code_version: str) -> list[dict[str, object]]:
    """One outlook as ledger rows: quantiles and mean in the natural unit, probability, status, threshold."""
    projection = outlook.projection
    common = {
        "round_id": projection.as_of,
        "unit": projection.unit.id,
        "indicator": outlook.indicator.id,
        "target_year": projection.year,
        "model": projection.model,
        "data_digest": data_digest,
        "code_version": code_version,
    }
    values = [
        ("status", "word", outlook.status),
        ("status", "complete", str(projection.complete).lower()),
        ("status", "measure", projection.measure["vi"]),
    ]
    if projection.known:
        values += [("quantile", f"{p:g}", _number(q)) for p, q in zip(LEVELS, np.quantile(projection.draws, LEVELS), strict=True)]
        values += [("mean", "", _number(projection.mean))]
    values += [("probability", "met", _number(outlook.probability)), ("threshold", "natural", _number(outlook.threshold))]
    if np.isfinite(outlook.december_probability):  # only where plans are raised late; rounds before November 2026 have none
        values += [("probability", "met_in_december", _number(outlook.december_probability))]
    if np.isfinite(outlook.eventless_probability):  # only where the office wrote events down that were counted
        values += [("probability", "met_without_events", _number(outlook.eventless_probability))]
    return [{**common, "output_type": kind, "output_type_id": key or "mean", "value": value} for kind, key, value in values if value != ""]


def _number(value: float) -> str:
    """Nine significant digits: enough to score, and the same on every machine."""
    return "" if not np.isfinite(value) else f"{value:.9g}"


def read_ledger(unit: str) -> pd.DataFrame:
    """Every round published for a unit; columns of `frames.LEDGER`.

    Raises
    ------
    KpiError : the chain or a table does not fit, or holds what no round can hold; with file and line.
    """
    parts = [rows for link in chain.links(unit) for rows in rounds.rows_of_link(unit, link)]
    return pd.concat(parts, ignore_index=True) if parts else check(pd.DataFrame(columns=LEDGER.names), LEDGER)


@dataclass(frozen=True, slots=True)
class Pages:
    """What is kept of a report's pages: their language, digest of the manifest, of what is written by hand about the unit, of every page."""

    lang: str
    manifest: str
    settings: str
    pages: Mapping[str, str]
    month: bool = False


def head(unit: str) -> str:
    """The head of a unit's ledger: the digest that every link before it stands behind; noughts where nothing was published yet."""
    return chain.head_of(chain.links(unit))


def head_before(items: Sequence[Outlook]) -> str:
    """The head before the round of these outlooks, which stands at the foot of its pages: of a round that stands there already, that of then.

    So the same report made again says the same.
    """
    unit, as_of = _round_of(items)
    links = chain.links(unit)
    latest = _latest(links, as_of)
    if latest is None or not _same(_stored(unit, links, as_of, latest), _rows(items)):
        return chain.head_of(links)
    found = next((link for link in links if isinstance(link, RoundLink) and (link.as_of, link.version) == (as_of, latest)), None)
    return found.previous if found else links[0].digest


def prepare(
    items: Sequence[Outlook],
    into: Path,
    *,
    data_digest: str,
    code_version: str,
    pages: Pages | None = None,
    outturns: pd.DataFrame | None = None,
) -> Path | None:
    """Write what a report adds to the ledger into a folder; `enter` lets it count.

    The same round with the same values and pages adds nothing. Other values under the same day become its next version; the first one stays
    and is the one that is scored. Other pages of the same values are a link of their own.

    Parameters
    ----------
    outturns : of earlier rounds, as known on the day (`settlement.outturns`); the first version of a round keeps them.

    Returns
    -------
    the table of a new round as it lies in the folder; None where the ledger says the same already.

    Raises
    ------
    KpiError : outlooks of several units or days; the ledger does not verify.
    """
    unit, as_of = _round_of(items)
    before = chain.links(unit)
    latest = _latest(before, as_of) or 0
    frame = _rows(items)
    new_round = not latest or not _same(_stored(unit, before, as_of, latest), frame)
    version = latest + new_round
    new: list[Link] = []
    files: dict[str, bytes] = {}
    if new_round:
        files = rounds.tables(frame.assign(version=version))
        if outturns is not None and len(outturns) and version == 1:
            files[f"target-data/time-series/as_of={as_of}/outturns.csv"] = rounds.as_csv(outturns)
        seals = {name: chain.seal(content) for name, content in files.items()}
        new.append(RoundLink(as_of=as_of, version=version, files=seals, inputs=data_digest, code=code_version, rules=RULES_OF_SCORING))
    if pages and (told := _link_of(pages, as_of, version)).manifest != _manifest_of(before, told.name, version):
        new.append(told)
    if new:
        files |= {chain.FILE: chain.file_of(chain.joined(before, new))}
    for name, content in files.items():
        chain.replace(into / name, content)
    return into / rounds.names(as_of, version)[0] if new_round else None


def enter(unit: str, ready: Path) -> None:
    """Move what was prepared into the ledger, the chain last: from then on it counts. May be done again after it was cut short.

    The caller holds the unit's lock; a folder without anything in it only has the hub's configuration made anew.

    Raises
    ------
    KpiError : another process has written to the ledger since it was prepared.
    """
    base, coming = folder(unit), ready / chain.FILE
    there = base / chain.FILE
    if coming.exists() and there.exists() and not coming.read_bytes().startswith(there.read_bytes()):
        raise KpiError("{unit}: another run has just written to the ledger. Run again.", unit=unit)
    for path in sorted((path for path in ready.rglob("*") if path.is_file()), key=lambda path: path == coming):
        target = base / path.relative_to(ready)
        if path != coming and target.exists() and target.read_bytes() != path.read_bytes():
            raise KpiError("{unit}: another run has just written to the ledger. Run again.", unit=unit)
        target.parent.mkdir(parents=True, exist_ok=True)
        disk.retried(functools.partial(path.replace, target))
        disk.sync_folder(target.parent)
    for emptied in sorted((path for path in ready.rglob("*") if path.is_dir()), reverse=True):
        emptied.rmdir()
    if there.exists():
        hub.write(unit, chain.links(unit))


def record(items: Sequence[Outlook], *, data_digest: str, code_version: str) -> Path | None:
    """Append a round without pages to the unit's ledger: `prepare` and `enter` at once; its table, None where it stood there already.

    Raises
    ------
    KpiError : as `prepare`.
    """
    unit, _ = _round_of(items)
    folder(unit).mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder(unit), prefix=f"kpi-{os.getpid()}-") as ready:
        made = prepare(items, Path(ready), data_digest=data_digest, code_version=code_version)
        name = made.relative_to(ready) if made else None
        enter(unit, Path(ready))
    return folder(unit) / name if name else None


def withdraw_report(unit: str, as_of: dt.date, *, by: str, reason: str, on: dt.date) -> WithdrawnLink:
    """Take a published report back by name: the ledger and the list of reports say so from now on; nothing is removed or edited.

    Its round is scored like any other: a record that one may take answers out of would be none.

    Raises
    ------
    KpiError : no name or reason, or characters that no page can show; no such report, or it was withdrawn before.
    """
    if not by.strip() or not reason.strip():
        raise KpiError("A withdrawal needs the name of who answers for it (--by) and the reason (--reason).")
    if UNFIT.search(by + reason):
        raise KpiError("Name and reason may not hold signs that no page can show.")
    links = chain.links(unit)
    version = _latest(links, as_of)
    if version is None:
        known = ", ".join(sorted({str(day) for day, _ in _published(links)})) or Text("none yet")
        raise KpiError("{unit}: there is no report of {day}. The reports are: {known}.", unit=unit, day=as_of, known=known)
    if told := withdrawn(links).get(as_of):
        raise KpiError(
            "The report of {day} was withdrawn before, on {on} by {name}: {reason}", day=as_of, on=told.on, name=told.by, reason=told.reason
        )
    made = chain.joined(links, [WithdrawnLink(as_of=as_of, version=version, by=by.strip(), reason=reason.strip(), on=on)])
    chain.replace(folder(unit) / chain.FILE, chain.file_of(made))
    last = made[-1]
    assert isinstance(last, WithdrawnLink)
    return last


def withdrawn(links: Sequence[Link]) -> dict[dt.date, WithdrawnLink]:
    """The reports that count as withdrawn, by day: those whose latest version somebody took back."""
    taken = {(link.as_of, link.version): link for link in links if isinstance(link, WithdrawnLink)}
    return {day: taken[day, version] for day, version in taken if _latest(links, day) == version}


def _round_of(items: Sequence[Outlook]) -> tuple[str, dt.date]:
    found = {(item.projection.unit.id, item.projection.as_of) for item in items}
    if len(found) != 1:
        raise KpiError("The ledger is written for one unit and one day at a time.")
    return found.pop()


def _rows(items: Sequence[Outlook]) -> pd.DataFrame:
    """The rows of a round as the ledger has them, whatever its version."""
    rows = [row for item in items for row in rows_of(item, data_digest="-", code_version="-")]
    return check(pd.DataFrame(rows).assign(version=1), LEDGER, where="ledger")


def _published(links: Sequence[Link]) -> list[tuple[dt.date, int]]:
    """Day and version of every round."""
    old = [name.removesuffix(".csv") for link in links if isinstance(link, EarlierLink) for name in link.files]
    earlier = [(dt.date.fromisoformat(stem[:10]), int(stem[12:] or 1)) for stem in old]
    return earlier + [(link.as_of, link.version) for link in links if isinstance(link, RoundLink)]


def _latest(links: Sequence[Link], as_of: dt.date) -> int | None:
    """The latest version of a day's round; None where it has none."""
    return max((version for day, version in _published(links) if day == as_of), default=None)


def _link_of(pages: Pages, as_of: dt.date, version: int) -> ReportLink:
    review: Literal["month"] | msgspec.UnsetType = "month" if pages.month else msgspec.UNSET
    return ReportLink(
        as_of=as_of, version=version, lang=pages.lang, manifest=pages.manifest, settings=pages.settings,
        pages=dict(sorted(pages.pages.items())), review=review,
    )  # fmt: skip


def _manifest_of(links: Sequence[Link], name: str, version: int) -> str:
    """Digest of the manifest last published of a round under the name of its folder; empty where none was."""
    found = [link.manifest for link in links if isinstance(link, ReportLink) and (link.name, link.version) == (name, version)]
    return found[-1] if found else ""


def _stored(unit: str, links: Sequence[Link], as_of: dt.date, version: int) -> pd.DataFrame:
    """The rows of a round that stands in the ledger."""
    own = [
        link
        for link in links
        if isinstance(link, EarlierLink) or (isinstance(link, RoundLink) and (link.as_of, link.version) == (as_of, version))
    ]
    rows = pd.concat([part for link in own for part in rounds.rows_of_link(unit, link)])
    return rows[(rows["round_id"] == pd.Timestamp(as_of)) & (rows["version"] == version)]


def _same(old: pd.DataFrame, new: pd.DataFrame) -> bool:
    """Whether a round says the same: everything but version, digest and code version."""
    keys = ["unit", "indicator", "target_year", "model", "output_type", "output_type_id", "value"]
    return sorted(old[keys].astype(str).values.tolist()) == sorted(new[keys].astype(str).values.tolist())


def since_last(obs: pd.DataFrame, unit: Unit, items: Sequence[Outlook], *, as_of: dt.date) -> tuple[dt.date, list[Changes]] | None:
    """Date of the last report and what changed for every line it showed; None where there was none."""
    report = last_report(unit, items[0].projection.year, as_of) if items else None
    return None if report is None else (report[0], changes(items, obs, previous=report[0], published=report[1]))


def last_report(unit: Unit, year: int, as_of: dt.date) -> tuple[dt.date, dict[str, Reported]] | None:
    """The last report of the year before a date, and what it showed of every line; None for the first."""
    rounds = read_ledger(unit.id)
    own = rounds[(rounds["round_id"] < pd.Timestamp(as_of)) & (rounds["target_year"] == year)] if len(rounds) else rounds
    if not len(own):
        return None
    previous = own["round_id"].max()
    last = own[own["round_id"] == previous]
    last = last[last["version"] == last["version"].max()]
    return previous.date(), {key: _told(rows) for key, rows in last.groupby("indicator", sort=False)}


def _told(rows: pd.DataFrame) -> Reported:
    cells = {(kind, name): value for kind, name, value in zip(rows["output_type"], rows["output_type_id"], rows["value"], strict=True)}
    median, chance = (float(cells.get(key) or "nan") for key in (("quantile", "0.5"), ("probability", "met")))
    return Reported(median, chance, cells.get(("status", "measure"), ""))
