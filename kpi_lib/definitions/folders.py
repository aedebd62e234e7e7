"""Where things are: the project's root, a unit's raw and processed folders."""

from __future__ import annotations

import os
from pathlib import Path

from kpi_lib.words.messages import KpiError, Text, listed
from kpi_lib.words.near import near


def root() -> Path:
    """The project's folder: `KPI_ROOT` (`kpi --root`), else the nearest folder upwards whose `data/raw` is a project's, else this library's own.

    A notebook is run from another working folder by JupyterLab than by papermill, so no path is relative. A folder is a project where its
    `data/raw` holds a unit or the mark of a new project; any other `data/raw` on the way is somebody else's and is passed by.

    Raises
    ------
    KpiError : no project is found; the message names the folder looked from, and a `data/raw` in the way that is none of ours.
    """
    if given := os.environ.get("KPI_ROOT"):
        if not (Path(given) / "data" / "raw").is_dir():
            raise KpiError("KPI_ROOT (--root) = {folder}: it has no folder data/raw. {way}", folder=given, way=_WAY)
        return Path(given)
    here = Path.cwd().resolve()
    foreign = []
    for folder in (here, *here.parents, Path(__file__).resolve().parents[2]):
        if _is_project(folder):
            return folder
        if (folder / "data" / "raw").is_dir():
            foreign.append(_no_project(folder))
    raise KpiError(
        "No project in {here} or a folder above it{foreign}. {way}", here=str(here), foreign=listed(["", *foreign], "; "), way=_WAY
    )


MADE = ".made-from-a-seed"  # in the folder of an illustrative ward that was made, not written (`demo.wards`)
MARK = ".kpi-project"  # in data/raw of a project that has no unit yet
_WAY = Text("Start one with `kpi new-project FOLDER` and work in it, or name one with --root (KPI_ROOT).")


def _is_project(folder: Path) -> bool:
    kept = folder / "data" / "raw"
    return (kept / MARK).exists() or any(kept.glob("*/unit.toml"))


def _no_project(folder: Path) -> Text:
    return Text("{folder} holds no unit (a folder with a unit.toml)", folder=str(folder / "data" / "raw"))


def notebooks() -> Path:
    """Folder of the notebooks that are published: the project's own, else those that came with the library."""
    own = root() / "notebooks"
    return own if own.is_dir() else came_with("notebooks")


def came_with(folder: str) -> Path:
    """A folder that comes with the library: packed in it where it was installed, in a checkout beside it."""
    library = Path(__file__).resolve().parents[1]
    packed = library / Path(folder).name
    return packed if packed.is_dir() else library.parent / folder


def raw(unit: str) -> Path:
    """Folder with what was delivered for a unit; never written by the library.

    Raises
    ------
    KpiError : no such unit; the message lists the ones there are.
    """
    folder = root() / "data" / "raw" / unit
    if not is_unit(unit):
        known = units()
        raise KpiError(
            "There is no unit {unit}{hint}. The units in {root} are: {known}. To add one: `kpi new-unit`.",
            unit=repr(unit),
            hint=near(unit.lower(), known),
            root=str(root()),
            known=listed(known) or "–",
        )
    return folder


def is_unit(name: str) -> bool:
    """Whether a folder of `data/raw` is called exactly so and holds a `unit.toml`; what else lies there is not looked into, be it 3,321 units."""
    kept = root() / "data" / "raw"
    there = Path(name).name == name and name in os.listdir(kept)  # noqa: PTH208 - names alone, no paths; a name too long for the disk is none
    return there and (kept / name / "unit.toml").exists()


def units(*, made: bool = False) -> list[str]:
    """Ids of all units: the folders of `data/raw` that hold a `unit.toml`; illustrative wards made from a seed are not listed unless asked for."""
    kept = (root() / "data" / "raw").glob("*/unit.toml")
    return sorted(path.parent.name for path in kept if made or not (path.parent / MADE).exists())


def settings(unit: str) -> list[Path]:
    """What is written by hand about a unit: its `unit.toml`, its registers, its recipes, the scenarios kept."""
    return sorted(
        path for pattern in ("*.toml", "*.csv", "recipes/*.toml", "scenarios/*.toml") for path in raw(unit).glob(pattern) if path.is_file()
    )


def stands(path: Path) -> bool:
    """Whether a file stands in a unit's folder; what a link leads to elsewhere is not read.

    Raises
    ------
    KpiError : it is a link out of its folder, or to nothing.
    """
    if path.is_symlink() and (not path.is_file() or Path(os.path.realpath(path)).parent != Path(os.path.realpath(path.parent))):
        where = f"{path.parent.name}/{path.name}"
        raise KpiError("{file}: is a link out of the unit's folder, or to nothing. Put the file itself there and run again.", file=where)
    return path.exists()


def received(unit: str) -> Path:
    """Folder with what `kpi ingest` took in: a folder a delivery, with the file as received and its record (`received`)."""
    return raw(unit) / "received"


def processed(unit: str) -> Path:
    """Folder for what the library makes of a unit's figures: observations, ledger, reports."""
    return root() / "data" / "processed" / unit
