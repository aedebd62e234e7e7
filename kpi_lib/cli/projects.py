"""`kpi new-project`: an empty project in a folder of one's own, for a library that was installed and not cloned."""

from __future__ import annotations

import argparse
import shutil
from collections.abc import Callable
from pathlib import Path

from kpi_lib.cli.console import PUBLISHED, tell
from kpi_lib.definitions import folders
from kpi_lib.words.messages import KpiError, Text, say

_IGNORED = ("data/processed/", "desk/", ".cache/", ".ipynb_checkpoints/")


def add_projects(command: Callable[..., argparse.ArgumentParser], lang: str) -> None:
    """Add the command to the parser."""
    made = command("new-project", Text("start an empty project in a folder of its own"), unit=False)
    made.set_defaults(do=new_project)
    made.add_argument("folder", metavar=say("FOLDER", lang), help=say("the folder to make", lang))


def new_project(options: argparse.Namespace) -> int:
    """Make the folders of a project, with the series of reference that came with the library.

    Raises
    ------
    KpiError : the folder holds something; nothing was written.
    """
    folder = Path(options.folder).resolve()
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise KpiError("{folder} is there and not empty: a project starts in a folder of its own. Nothing was written.", folder=str(folder))
    raw = folder / "data" / "raw"
    raw.mkdir(parents=True)
    (folder / "data" / "processed").mkdir()
    (folder / ".gitignore").write_text("".join(f"{line}\n" for line in _IGNORED), encoding="utf-8")
    shutil.copytree(folders.came_with("data/raw/reference"), raw / "reference", ignore=shutil.ignore_patterns("__pycache__", "*.py"))
    (raw / folders.MARK).touch()
    made = Text(
        "A project without a unit: {folder}. Next: go there and write `kpi new-unit`; every command works in that folder, or anywhere with"
        " --root {folder}.",
        folder=str(folder),
    )
    tell(options, made)
    return PUBLISHED
