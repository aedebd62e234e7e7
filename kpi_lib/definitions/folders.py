"""Where things are: the project's root, a unit's raw and processed folders."""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path

from kpi_lib.words.messages import KpiError, listed


def root() -> Path:
    """The project's folder: `KPI_ROOT`, else the nearest folder upwards that holds `data/raw`, else this library's own.

    A notebook is run from another working folder by JupyterLab than by papermill, so no path is relative.
    """
    given = os.environ.get("KPI_ROOT")
    if given:
        return Path(given)
    here = Path.cwd().resolve()
    for folder in (here, *here.parents):
        if (folder / "data" / "raw").is_dir():
            return folder
    return Path(__file__).resolve().parents[2]


def raw(unit: str) -> Path:
    """Folder with what was delivered for a unit; never written by the library.

    Raises
    ------
    KpiError : no such unit; the message lists the ones there are.
    """
    folder = root() / "data" / "raw" / unit
    known = units()
    if unit not in known:
        raise KpiError(
            "There is no unit {unit}. The units are: {known}. To add one, make a folder data/raw/<unit>/ with a unit.toml.",
            unit=repr(unit),
            known=listed(known),
        )
    return folder


def units() -> list[str]:
    """Ids of all units: the folders of `data/raw` that hold a `unit.toml`."""
    return sorted(path.parent.name for path in (root() / "data" / "raw").glob("*/unit.toml"))


def received(unit: str) -> Path:
    """Folder with what `kpi ingest` took in: files as received, accepted figures and plans, one record a delivery."""
    return raw(unit) / "received"


def committed(unit: str, kind: str) -> list[Path]:
    """Files `received/<kind>/NNNNNN.csv` whose delivery has a record, in the order of arrival; without one a delivery was cut off."""
    folder = received(unit)
    try:
        changed = (folder / "records").stat().st_mtime_ns
    except FileNotFoundError:
        return []
    return list(_committed(folder, kind, changed))


@lru_cache(maxsize=64)
def _committed(folder: Path, kind: str, changed: int) -> tuple[Path, ...]:
    """The listing, made again when a record was added: a backtest asks a thousand times."""
    del changed
    whole = {path.stem for path in (folder / "records").glob("*.json")}
    return tuple(sorted(path for path in (folder / kind).glob("*.csv") if path.stem in whole))


def processed(unit: str) -> Path:
    """Folder for what the library makes of a unit's figures: observations, ledger, reports."""
    return root() / "data" / "processed" / unit
