"""The rooms of the house: who may import whom (the contract in pyproject.toml), who owns a heavy package, how large a room may be."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[1]
PACKAGE = PROJECT / "kpi_lib"
OWNERS = {
    "statsmodels": {"outlook/season.py", "forecast/models.py", "record/certification.py"},
    "altair": {"charts"},
    "papermill": {"running"},
    "nbconvert": {"reports/export.py"},
    "nbclient": {"running"},
    "openpyxl": {"deliveries"},
    "xlrd": {"deliveries"},
    "xlsxwriter": {"deliveries"},
    "docx": {"reports/word.py"},
    "ipywidgets": {"page/desk/line.py"},
    "anywidget": {"page/live.py"},
    "babel": {"words"},
}
MOST_FILES = 18  # in one folder
MOST_LINES = 400  # in one module


def modules() -> list[str]:
    return sorted(path.relative_to(PACKAGE).as_posix() for path in PACKAGE.rglob("*.py"))


def contract(folder: Path) -> subprocess.CompletedProcess[str]:
    """What import-linter says of a checkout."""
    code = "import sys; from importlinter.cli import lint_imports; sys.path.insert(0, '.'); sys.exit(lint_imports(no_cache=True))"
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=folder)


def test_a_room_imports_only_rooms_below_it():
    done = contract(PROJECT)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("words/numbers.py", "from kpi_lib.outlook import verdict"),
        ("outlook/areas.py", "from kpi_lib.record import ledger"),
        ("charts/pace.py", "from kpi_lib.charts import overview"),
        ("page/data.py", "def late():\n    from kpi_lib.running import notebooks"),
        ("periods.py", "import kpi_lib.compare, kpi_lib.words.bound"),
        ("new_room/thing.py", "x = 1"),
    ],
)
def test_the_contract_refuses(tmp_path: Path, name: str, line: str):
    shutil.copytree(PACKAGE, tmp_path / "kpi_lib", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(PROJECT / "pyproject.toml", tmp_path)
    path = tmp_path / "kpi_lib" / name
    if not path.exists():
        path.parent.mkdir()
        (path.parent / "__init__.py").write_text("", encoding="utf-8")
    path.write_text((path.read_text(encoding="utf-8") if path.exists() else "") + f"\n{line}\n", encoding="utf-8")
    done = contract(tmp_path)
    assert done.returncode != 0 and "Traceback" not in done.stderr, done.stdout + done.stderr


def test_no_two_classes_share_a_name():
    found = Counter(name for path in PACKAGE.rglob("*.py") for name in re.findall(r"(?m)^class (\w+)", path.read_text(encoding="utf-8")))
    assert [name for name, count in found.items() if count > 1 and not name.startswith("_")] == []


def test_no_folder_is_crowded():
    for folder in {path.parent for path in PACKAGE.rglob("*.py")}:
        files = [path.name for path in folder.glob("*.py") if path.name != "__init__.py"]
        assert len(files) <= MOST_FILES, f"{folder.name}: {len(files)} files"


def test_no_two_test_files_share_a_name():
    """pytest knows the files of its tests by their names alone: of two, it reads one."""
    names = Counter(path.name for path in (PROJECT / "tests").rglob("*.py") if path.name not in ("conftest.py", "__init__.py"))
    assert [name for name, times in names.items() if times > 1] == []


@pytest.mark.parametrize("module", modules())
def test_a_file_is_read_in_one_sitting(module: str):
    assert (PACKAGE / module).read_text(encoding="utf-8").count("\n") <= MOST_LINES


@pytest.mark.parametrize("module", modules())
def test_heavy_packages_have_one_owner(module: str):
    for node in ast.walk(ast.parse((PACKAGE / module).read_text(encoding="utf-8"))):
        names = [node.module or ""] if isinstance(node, ast.ImportFrom) and not node.level else []
        names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        for package in (name.split(".")[0] for name in names):
            owners = OWNERS.get(package, {module})
            assert module in owners or module.split("/")[0] in owners, f"{module} imports {package}"


def test_importing_the_library_imports_nothing_heavy():
    code = "import sys, kpi_lib; print(*(m for m in ('pandas', 'numpy', 'altair', 'statsmodels', 'papermill') if m in sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=PROJECT, check=True)
    assert done.stdout.strip() == ""


@pytest.mark.parametrize("face", ["kpi_lib", "kpi_lib.page"])
def test_every_name_on_a_face_is_there(face: str):
    room = __import__(face, fromlist=["x"])
    missing = [name for name in room.__all__ if getattr(room, name, None) is None]
    assert not missing


def test_only_the_command_line_asks_the_clock():
    for module in modules():
        text = (PACKAGE / module).read_text(encoding="utf-8")
        for call in ("date.today(", "datetime.now(", "Timestamp.now(", "utcnow("):
            assert call not in text or module == "cli/__init__.py", f"{module} calls {call}"
