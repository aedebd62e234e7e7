"""Many reports in one run, by the real command: a unit with bad figures stops no other, what stands is not made again, all is told."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from conftest import furnish, write_unit

from tests.small_unit import FIGURES, TARGETS

PROJECT = Path(__file__).resolve().parents[1]
SELECTION, AS_OF = "children-of:tinh", "2025-10-15"


@dataclass(frozen=True, slots=True)
class Told:
    """What a run of many units left: its exit code, what it told, its summary, when each report's manifest was written."""

    code: int
    out: str
    progress: str
    summary: dict[str, Any]
    page: str
    written: dict[str, int]

    def ends(self) -> dict[str, int]:
        return {each["order"]["unit"]: each["code"] for each in self.summary["results"]}


def run(root: Path, *more: str, selection: str = SELECTION) -> Told:
    command = [sys.executable, "-m", "kpi_lib.cli", "run", "--units", selection, "--as-of", AS_OF, "--month", "--lang", "en", *more]
    environment = {**os.environ, "KPI_ROOT": str(root), "PYTHONPATH": str(PROJECT), "OPENBLAS_NUM_THREADS": "1"}
    done = subprocess.run(command, env=environment, cwd=root, capture_output=True, text=True, check=False)
    folder = max((root / "data" / "processed" / "runs").glob("*"), key=lambda path: path.stat().st_mtime_ns)
    written = {path.parts[-4]: path.stat().st_mtime_ns for path in root.glob("data/processed/*/reports/*/manifest.json")}
    summary = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    return Told(done.returncode, done.stdout, done.stderr, summary, (folder / "index.html").read_text(encoding="utf-8"), written)


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> tuple[Told, Told]:
    """A run of three wards, one with a spoilt file and one without figures; and, the file mended, the same run resumed."""
    root = tmp_path_factory.mktemp("tỉnh có xã")
    furnish(root)
    write_unit(root, [], unit="tinh")
    for ward, figures in (("xa-a", FIGURES), ("xa-b", FIGURES), ("xa-c", [])):
        write_unit(root, figures, targets=TARGETS if figures else (), unit=ward, toml='parent = "tinh"')
    file = root / "data" / "raw" / "xa-b" / "deliveries" / "so_lieu.csv"
    whole = file.read_text(encoding="utf-8")
    file.write_text(whole.replace("new_enterprises,month,2025-01", "new_enterprises,month,2025-13"), encoding="utf-8")
    first = run(root)
    file.write_text(whole, encoding="utf-8")
    return first, run(root, "--resume")


def test_a_ward_with_bad_figures_stops_no_other_and_the_exit_code_is_the_gravest(runs: tuple[Told, Told]):
    first, _ = runs
    assert first.ends() == {"xa-a": 10, "xa-b": 20, "xa-c": 30} and first.code == first.summary["code"] == 20
    assert set(first.written) == {"xa-a"}


def test_the_summary_says_what_is_missing_and_why(runs: tuple[Told, Told]):
    first, _ = runs
    assert "1 of 3 reports are published." in first.out and "Missing: xa-b, xa-c." in first.out
    assert "so_lieu.csv" in first.out and "--resume" in first.out
    reasons = {each["order"]["unit"]: each["reason"] for each in first.summary["results"]}
    assert "2025-13" in reasons["xa-b"]["en"] and reasons["xa-b"]["vi"] != reasons["xa-b"]["en"] and reasons["xa-a"] == {}
    assert 'href="../../xa-a/reports/2025-10-15-month/index.html"' in first.page and "Missing: xa-b, xa-c." in first.page
    assert first.page.index("input refused") < first.page.index("published, with warnings"), "what is missing stands first"
    assert "3/3" in first.progress


def test_a_resumed_run_makes_what_is_missing_and_leaves_what_stands(runs: tuple[Told, Told]):
    first, again = runs
    assert again.ends() == {"xa-a": 10, "xa-b": 10, "xa-c": 30} and again.code == 30
    assert again.summary["kept"] == 1 and again.written["xa-a"] == first.written["xa-a"] and "xa-b" in again.written
    assert "1 stood as the last try had published it" in again.out


def test_every_unit_keeps_its_own_last_run(runs: tuple[Told, Told]):
    _, again = runs
    root = Path(again.out.split("All of it as a page: ")[1].split("\n")[0]).parents[4]
    codes = {path.parent.name: json.loads(path.read_text())["code"] for path in root.glob("data/processed/*/last_run.json")}
    assert codes == {"xa-a": 10, "xa-b": 10, "xa-c": 30}


def test_nothing_is_begun_where_the_request_will_not_do(root: Path, capsys: pytest.CaptureFixture[str]):
    from kpi_lib import cli

    write_unit(root, FIGURES, unit="xa-a")
    for more, code, said in (
        (("--units", "xb-*"), 20, "No unit fits 'xb-*'"),
        (("--units", "xa-a", "--resume", "--as-of", AS_OF), 20, "no run of exactly these reports to resume"),
        (("--units", "xa-a", "--jobs", "0"), 20, "at least 1"),
        (("--units", "xa-a", "--override", "Nguyen An"), 20, "--override is for one report"),
    ):
        assert cli.main(["run", "--lang", "en", *more]) == code
        assert said in capsys.readouterr().err
    assert not list(root.glob("data/processed/*/reports"))
