"""The library as it is installed, without its checkout: packed with all it reads, it makes a project, finds it, and publishes."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
import small_unit
from conftest import PROJECT, write_unit
from once import once

PACKED = ("kpi_lib/", "notebooks/", "data/raw/reference/")
READ = {".toml", ".json", ".csv", ".po", ".j2", ".js", ".css", ".docx", ".ipynb", ".py"}


def _build(folder: Path) -> None:
    """Pack the wheel from the files of git alone, as they stand."""
    listed = subprocess.run(
        ["git", "-C", str(PROJECT), "ls-files", "-z", "--cached", "--others", "--exclude-standard"], capture_output=True, check=False
    ).stdout
    names = [name for name in listed.decode().split("\0") if name] or [
        str(path.relative_to(PROJECT)) for part in ("kpi_lib", "notebooks", "data/raw/reference") for path in (PROJECT / part).rglob("*")
    ] + ["pyproject.toml", "README.md", "LICENSE"]
    source = folder / "source"
    for name in names:
        if (name.startswith(PACKED) or "/" not in name) and (PROJECT / name).is_file():
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            (source / name).write_bytes((PROJECT / name).read_bytes())
    build = f"from setuptools import build_meta; build_meta.build_wheel({str(folder)!r})"
    subprocess.run([sys.executable, "-c", build], cwd=source, check=True, capture_output=True)
    with zipfile.ZipFile(next(folder.glob("*.whl"))) as packed:
        packed.extractall(folder / "site")


@pytest.fixture(scope="module")
def site() -> Path:
    """A folder of installed packages with our wheel in it."""
    return once("gói cài đặt", _build) / "site"


def kpi(site: Path, at: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name != "KPI_ROOT"} | {"PYTHONPATH": str(site)}
    return subprocess.run(
        [sys.executable, "-m", "kpi_lib.cli", *arguments], cwd=at, env=environment, capture_output=True, encoding="utf-8", check=False
    )


def test_every_file_that_the_library_reads_is_packed(site: Path):
    ours = {str(path.relative_to(PROJECT)) for path in (PROJECT / "kpi_lib").rglob("*") if path.suffix in READ and path.is_file()}
    assert {name for name in ours if not (site / name).is_file()} == set()
    assert {path.name for path in (site / "kpi_lib" / "notebooks").glob("*.ipynb")} == {
        path.name for path in (PROJECT / "notebooks").glob("*.ipynb")
    }


def test_every_package_is_named():
    told = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"]["packages"]
    there = {".".join(path.parent.relative_to(PROJECT).parts) for path in (PROJECT / "kpi_lib").rglob("*.py")}
    assert set(told) == there | {"kpi_lib.notebooks", "kpi_lib.reference"}


def test_a_folder_that_is_no_project_is_named_with_the_way_out(site: Path, tmp_path: Path):
    (tmp_path / "data" / "raw" / "orders").mkdir(parents=True)
    told = kpi(site, tmp_path, "units", "--lang", "en")
    assert told.returncode == 20
    assert f"{tmp_path / 'data' / 'raw'} holds no unit" in told.stderr
    assert "kpi new-project FOLDER" in told.stderr and "--root" in told.stderr


def test_a_project_starts_in_a_folder_of_its_own_only(site: Path, tmp_path: Path):
    (tmp_path / "letters.txt").write_text("mine", encoding="utf-8")
    told = kpi(site, tmp_path, "new-project", str(tmp_path), "--lang", "en")
    assert told.returncode == 20 and "not empty" in told.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["letters.txt"]


@pytest.mark.slow
def test_an_installed_library_makes_a_project_and_publishes_a_report(site: Path, tmp_path: Path):
    made = kpi(site, tmp_path, "new-project", "dự án", "--lang", "en")
    assert made.returncode == 0, made.stderr
    project = tmp_path / "dự án"
    assert list((project / "data" / "raw" / "reference").glob("*.csv"))
    write_unit(project, small_unit.FIGURES[-1:], targets=small_unit.TARGETS, unit=small_unit.UNIT)
    told = kpi(site, project, "run", "--unit", small_unit.UNIT, "--as-of", small_unit.AS_OF)
    assert told.returncode in (0, 10), told.stderr
    page = project / "data" / "processed" / small_unit.UNIT / "reports" / small_unit.AS_OF / "index.html"
    assert page.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    elsewhere = kpi(site, tmp_path, "units", "--root", str(project))
    assert elsewhere.returncode == 0 and small_unit.UNIT in elsewhere.stdout
