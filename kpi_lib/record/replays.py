"""The record of a line, reckoned once: replays of past years, kept beside the observations for every page that tells of them.

A report asks for the same replay on the page of the line and on that of the record, in processes that know nothing of each other. Here
outlooks learn of their line's own record, too: `outlook` is below and looks nothing up.
"""

from __future__ import annotations

import datetime as dt
import functools
import hashlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from kpi_lib import disk
from kpi_lib.definitions import folders
from kpi_lib.definitions.frames import ERRORS
from kpi_lib.definitions.indicators import Indicator, Unit, day, read_unit
from kpi_lib.definitions.owners.judgements import read_judgements
from kpi_lib.figures.observations import data_digest, read_observations
from kpi_lib.outlook import verdict
from kpi_lib.outlook.areas import read_splits
from kpi_lib.outlook.verdict import Outlook
from kpi_lib.record.scores import backtest

YEARS = 8  # how many years a record looks back on
_TEXTS = [column.name for column in ERRORS.columns if column.kind == "text"]


def replay(obs: pd.DataFrame, unit: Unit, year: int, *, as_of: dt.date | str) -> pd.DataFrame:
    """Replay of every line the unit tracks, assessments left out, outturns known on `as_of`; columns of `frames.ERRORS`."""
    inputs = _inputs_digest(unit.id)
    lines = [ind for ind in unit.indicators.values() if not ind.kind.once_a_year]
    rows = _hashes(obs)
    parts = [part for ind in lines if len(part := _replayed(obs, ind, unit, year, day(as_of), inputs, rows))]
    return pd.concat(parts, ignore_index=True) if parts else backtest(obs, next(iter(unit.indicators.values())), unit=unit, years=())


def replay_line(obs: pd.DataFrame, ind: Indicator, unit: Unit, year: int, *, as_of: dt.date | str) -> pd.DataFrame:
    """Backtest of a line over the years before one and that year itself; read from disk where the same was asked before.

    Returns
    -------
    columns of `frames.ERRORS`; the same values whether reckoned or read.
    """
    return _replayed(obs, ind, unit, year, day(as_of), _inputs_digest(unit.id), _hashes(obs))


def outlooks(obs: pd.DataFrame, unit: Unit, year: int, *, as_of: dt.date | str, seed: int = 0) -> list[Outlook]:
    """The outlook of every line the unit tracks, its band as wide as the line's own record asks for; in the order of its resolution."""
    asked = _asked(obs, unit, year, day(as_of), seed)
    if _reckoned(asked, unit) is None:
        made = verdict.outlooks(obs, unit, year, as_of=as_of, seed=seed, errors=replay(obs, unit, year, as_of=as_of))
        _last[:] = [(asked, unit, tuple(made))]
    return list(_reckoned(asked, unit) or ())


def outlook_for(obs: pd.DataFrame, unit: Unit, ind: Indicator, year: int, *, as_of: dt.date | str, seed: int = 0) -> Outlook:
    """The outlook of one line, as `outlooks` gives it."""
    reckoned = _reckoned(_asked(obs, unit, year, day(as_of), seed), unit) or ()
    if found := next((item for item in reckoned if item.indicator == ind), None):
        return found
    errors = None if ind.kind.once_a_year else replay_line(obs, ind, unit, year, as_of=as_of)
    return verdict.outlook_for(obs, unit, ind, year, as_of=as_of, seed=seed, errors=errors)


def ready(unit: str, year: int, as_of: str) -> None:
    """Reckon the outlooks of a unit and read its tables once, before a process is forked for each page that asks for them."""
    place = read_unit(unit, as_of=as_of)
    read_judgements(unit), read_splits(place)
    outlooks(read_observations(unit, as_of=as_of), place, year, as_of=as_of)


_last: list[tuple[str, Unit, tuple[Outlook, ...]]] = []  # the outlooks reckoned last in this process, by all they depend on


def _asked(obs: pd.DataFrame, unit: Unit, year: int, as_of: dt.date, seed: int) -> str:
    """What outlooks depend on beside the unit as handed in: the figures, the unit's folder and all that a replay depends on."""
    return f"{unit.id} {year} {as_of} {seed} {_inputs_digest(unit.id)} {figures_digest(obs)}"


def _reckoned(asked: str, unit: Unit) -> tuple[Outlook, ...] | None:
    return next((made for key, place, made in _last if key == asked and place == unit), None)


def _replayed(obs: pd.DataFrame, ind: Indicator, unit: Unit, year: int, as_of: dt.date, inputs: str, rows: np.ndarray) -> pd.DataFrame:
    line = (obs["indicator"] == ind.id).to_numpy()
    own = obs[line]
    if not len(own):
        return backtest(own, ind, unit=unit, years=())
    errors = kept(
        unit.id,
        f"{ind.id}-{year}-{as_of}",
        _digest(rows[line]),
        lambda: backtest(own, ind, unit=unit, years=range(year - YEARS, year + 1), as_of=as_of),
        inputs=inputs,
    )
    return errors.astype(dict.fromkeys(_TEXTS, object))  # as `check` leaves them


def kept(unit: str, name: str, figures: str, reckon: Callable[[], pd.DataFrame], *, inputs: str = "") -> pd.DataFrame:
    """A table of past projections: read from disk where the same was asked of the same figures by the same code, else reckoned and kept.

    Parameters
    ----------
    figures : their digest (`figures_digest`).
    """
    inputs = inputs or _inputs_digest(unit)
    path = folders.processed(unit) / "replays" / f"{inputs}-{name}-{figures}.parquet"
    if (found := disk.kept_table(path)) is not None:
        return found
    made = reckon()
    disk.keep_table(made, path)
    for old in path.parent.glob("*.parquet"):
        if not old.name.startswith(inputs):
            old.unlink(missing_ok=True)
    return made


def figures_digest(obs: pd.DataFrame) -> str:
    """Digest of figures, so that a frame cut or changed by its reader is never taken for what was delivered."""
    return _digest(_hashes(obs))


def _hashes(obs: pd.DataFrame) -> np.ndarray:
    """A number for each row, made of all it holds."""
    return np.asarray(pd.util.hash_pandas_object(obs, index=False))


def _digest(rows: np.ndarray) -> str:
    return hashlib.sha256(rows.tobytes()).hexdigest()[:16]


def _inputs_digest(unit: str) -> str:
    """Digest of all that a replay depends on beside the figures: the unit's folder, reference areas, the code and what it reckons with."""
    return hashlib.sha256(f"{data_digest(unit)} {reckoned_with()}".encode()).hexdigest()[:16]


def reckoned_with() -> str:
    """Digest of what every unit's outlooks depend on: reference areas, the code and what it reckons with."""
    sums = hashlib.sha256(f"{code_digest()} numpy {np.__version__} pandas {pd.__version__}".encode())
    for path in sorted((folders.root() / "data" / "raw" / "reference").glob("*.csv")):
        sums.update(path.name.encode() + path.read_bytes())
    return sums.hexdigest()[:16]


@functools.cache
def code_digest() -> str:
    """Digest of this package: a version number does not change while somebody works on a model."""
    package = Path(__file__).resolve().parents[1]
    files = sorted(path for path in package.rglob("*") if path.suffix in (".py", ".json", ".toml"))
    return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()
