"""Edits by hand leave a trail: of each settings file its digest, the day on which a change was seen and, where git is there, who made it."""

from __future__ import annotations

import datetime as dt
import hashlib
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import msgspec

from kpi_lib import disk
from kpi_lib.definitions import folders


@dataclass(frozen=True, slots=True)
class Edit:
    """One version of a settings file: `day` is the first day on which it was seen; `digest` is empty where the file is gone.

    `first` marks what stood there when the trail began: no edit that anybody saw.
    """

    file: str
    day: dt.date
    digest: str
    author: str = ""
    first: bool = False


def edits(unit: str) -> list[Edit]:
    """Every version seen so far, the oldest first; empty where nobody has looked yet or the trail cannot be read."""
    try:
        return msgspec.json.decode(_place(unit).read_bytes(), type=list[Edit])
    except (FileNotFoundError, msgspec.DecodeError):
        return []


def note(unit: str, today: dt.date) -> list[Edit]:
    """Look at the settings files and keep what has changed since the last look.

    Returns
    -------
    the edits that were new; none on the first look, which is where the trail begins.
    """
    before, folder = edits(unit), folders.raw(unit)
    last = {edit.file: edit.digest for edit in before}
    by_hand = (*folders.settings(unit), *folder.glob("deliveries/*.csv"))
    files = {path.relative_to(folder).as_posix(): path for path in by_hand if path.is_file()}
    now = {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in files.items()} | dict.fromkeys(set(last) - set(files), "")
    changed = sorted(name for name, digest in now.items() if last.get(name) != digest)
    found = [Edit(name, today, now[name], _author(folder / name), first=not before) for name in changed]
    if found:
        _keep(unit, [*before, *found])
    return [edit for edit in found if not edit.first]


def since(unit: str, last: dt.date | None, as_of: dt.date) -> list[Edit]:
    """The edits seen after one report (None: since the trail began) and by the day of another, the newest first."""
    seen = [edit for edit in edits(unit) if not edit.first and edit.day <= as_of and (last is None or edit.day > last)]
    return sorted(seen, key=lambda edit: (edit.day, edit.file), reverse=True)


def _place(unit: str) -> Path:
    return folders.processed(unit) / "settings.json"


def _keep(unit: str, every: list[Edit]) -> None:
    place = _place(unit)
    place.parent.mkdir(parents=True, exist_ok=True)
    with disk.whole(place) as being_made:
        being_made.write_bytes(msgspec.json.format(msgspec.json.encode(every), indent=1))


def _author(path: Path) -> str:
    """Who last committed a file; empty without git, and for a version that nobody has committed yet."""
    if shutil.which("git") is None or not (folders.root() / ".git").exists():
        return ""
    asked = ("git", "-C", str(folders.root()))
    try:
        changed = subprocess.run([*asked, "status", "--porcelain", "--", str(path)], capture_output=True, text=True, timeout=10, check=True)
        told = subprocess.run(
            [*asked, "log", "-1", "--format=%an", "--", str(path)], capture_output=True, text=True, timeout=10, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return "" if changed.stdout.strip() else told.stdout.strip()
