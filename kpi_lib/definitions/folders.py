"""Where things are: the project's root, a unit's raw and processed folders."""

from __future__ import annotations

import os
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


def settings(unit: str) -> list[Path]:
    """What is written by hand about a unit: its `unit.toml`, its registers, its recipes."""
    return sorted(path for pattern in ("*.toml", "*.csv", "recipes/*.toml") for path in raw(unit).glob(pattern))


def received(unit: str) -> Path:
    """Folder with what `kpi ingest` took in: a folder a delivery, with the file as received and its record (`received`)."""
    return raw(unit) / "received"


def processed(unit: str) -> Path:
    """Folder for what the library makes of a unit's figures: observations, ledger, reports."""
    return root() / "data" / "processed" / unit
