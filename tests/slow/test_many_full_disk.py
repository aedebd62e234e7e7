"""The disk fills up in the middle of a run of many units: a real small disk, mounted for the test alone."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import furnish, write_unit

from tests.small_unit import FIGURES, TARGETS

PROJECT = Path(__file__).resolve().parents[2]
WARDS = ("xa-a", "xa-b", "xa-c")
ROOM = 5_300_000  # bytes left on the disk: room for one or two monthly reviews, not for three (a report asks for 5 MB before it begins)
SCRIPT = """
set -u
mount -t tmpfs -o size=200m tmpfs data/processed || exit 99
free=$(df --output=avail -B1 data/processed | tail -1)
head -c $((free - ROOM)) /dev/zero > data/processed/ballast
"$@" > first.txt 2>&1; echo $? > first.code
cp data/processed/runs/*/summary.json first.json
rm data/processed/ballast
"$@" --resume > again.txt 2>&1; echo $? > again.code
cp data/processed/runs/*/summary.json again.json
ls -a data/processed/*/ > left.txt
"""


def test_what_had_room_is_published_the_rest_is_said_and_made_once_there_is_room(tmp_path: Path):
    if shutil.which("unshare") is None or subprocess.run(["unshare", "-rm", "true"], check=False, capture_output=True).returncode:
        pytest.skip("no file system can be mounted here without rights (unshare -rm)")
    furnish(tmp_path)
    (tmp_path / "data" / "processed").mkdir()
    for ward in WARDS:
        write_unit(tmp_path, FIGURES, targets=TARGETS, unit=ward)
    command = [
        sys.executable,
        "-m",
        "kpi_lib.cli",
        "run",
        "--units",
        "xa-*",
        "--as-of",
        "2025-10-15",
        "--month",
        "--lang",
        "en",
        "--jobs",
        "1",
    ]
    environment = {**os.environ, "KPI_ROOT": str(tmp_path), "PYTHONPATH": str(PROJECT), "OPENBLAS_NUM_THREADS": "1"}
    script = SCRIPT.replace("ROOM", str(ROOM))
    done = subprocess.run(
        ["unshare", "-rm", "bash", "-c", script, "run", *command],
        env=environment,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    told = {name: (tmp_path / f"{name}.txt").read_text(encoding="utf-8") for name in ("first", "again", "left")}
    ends = {name: {each["order"]["unit"]: each["code"] for each in _summary(tmp_path, name)["results"]} for name in ("first", "again")}
    assert (tmp_path / "first.code").read_text().strip() == "50", told["first"]
    assert ends["first"]["xa-a"] == 10 and 50 in ends["first"].values() and set(ends["first"]) == set(WARDS), told["first"]
    assert "Make room and run again." in told["first"] and "Missing: " in told["first"]
    assert (tmp_path / "again.code").read_text().strip() == "10", told["again"]
    assert ends["again"] == dict.fromkeys(WARDS, 10) and _summary(tmp_path, "again")["kept"] >= 1
    assert ".staging" not in told["left"]


def _summary(root: Path, name: str) -> dict[str, object]:
    return dict(json.loads((root / f"{name}.json").read_text(encoding="utf-8")))
