"""A real git in a clone: what a day in JupyterLab leaves is nothing to commit, and the pull of the morning after works."""

from __future__ import annotations

import importlib.util
import json
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

PROJECT = Path(__file__).resolve().parents[1]
pytestmark = pytest.mark.skipif(not shutil.which("git"), reason="there is no git here")


def git(folder: Path, *arguments: str) -> str:
    me = ("-c", "user.name=A", "-c", "user.email=a@example.org")
    done = subprocess.run(["git", *me, *arguments], cwd=folder, capture_output=True, text=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def run_py(folder: Path) -> ModuleType:
    """The clone's own run.py, as a module."""
    found = importlib.util.spec_from_file_location("run_of_a_clone", folder / "run.py")
    assert found and found.loader
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    upstream = tmp_path / "upstream"
    shutil.copytree(PROJECT / "notebooks", upstream / "notebooks", ignore=shutil.ignore_patterns(".ipynb_checkpoints"))
    for name in ("run.py", ".gitattributes", ".gitignore"):
        shutil.copy(PROJECT / name, upstream / name)
    git(upstream, "init", "-q")
    git(upstream, "add", "-A")
    git(upstream, "commit", "-qm", "one")
    git(tmp_path, "clone", "-q", str(upstream), "bản sao")
    return tmp_path / "bản sao"


def a_day_of_work(notebook: Path) -> None:
    """Run and save, as JupyterLab does: outputs, counts, times, its own facts about the kernel."""
    content = json.loads(notebook.read_text(encoding="utf-8"))
    content["metadata"]["language_info"] = {"name": "python", "version": sys.version.split()[0], "pygments_lexer": "ipython3"}
    for cell in content["cells"]:
        cell["metadata"]["collapsed"] = False
        if cell["cell_type"] == "code":
            cell |= {"execution_count": 7, "outputs": [{"output_type": "stream", "name": "stdout", "text": ["số\n"]}]}
    notebook.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def update(upstream: Path, name: str) -> str:
    path = upstream / "notebooks" / f"{name}.ipynb"
    path.write_text(path.read_text(encoding="utf-8").replace("import kpi_lib as kpi", "import kpi_lib as kpi  # mới"), encoding="utf-8")
    git(upstream, "commit", "-qam", "two")
    return "# mới"


def test_notebooks_in_the_folder_have_the_form_in_which_git_keeps_them():
    for path in sorted((PROJECT / "notebooks").glob("*.ipynb")):
        assert run_py(PROJECT).without_outputs(path.read_bytes()) == path.read_bytes(), "python benchmarks/shipped.py"


@pytest.mark.parametrize("name", ["draft", "track_record"])
def test_a_day_of_work_leaves_nothing_to_commit_and_the_pull_works(clone: Path, name: str):
    run_py(clone).keep_outputs_from_git()
    (clone / "desk").mkdir()
    (clone / "desk" / "của tôi.ipynb").write_text("{}", encoding="utf-8")
    for path in (clone / "notebooks").glob("*.ipynb"):
        a_day_of_work(path)
    run_py(clone).keep_outputs_from_git()
    assert git(clone, "status", "--porcelain") == ""
    new = update(clone.parent / "upstream", name)
    git(clone, "pull", "-q")
    assert new in (clone / "notebooks" / f"{name}.ipynb").read_text(encoding="utf-8")
    assert git(clone, "status", "--porcelain") == "" and (clone / "desk" / "của tôi.ipynb").exists()


def test_the_pull_works_without_another_start_of_the_project_and_a_real_edit_is_kept(clone: Path):
    run_py(clone).keep_outputs_from_git()
    a_day_of_work(clone / "notebooks" / "explore.ipynb")
    changed = clone / "notebooks" / "indicator.ipynb"
    changed.write_text(
        changed.read_text(encoding="utf-8").replace("kpi.page.base(item, lang)", "kpi.page.base(item, 'en')"), encoding="utf-8"
    )
    new = update(clone.parent / "upstream", "explore")
    git(clone, "pull", "-q")
    assert new in (clone / "notebooks" / "explore.ipynb").read_text(encoding="utf-8")
    assert "kpi.page.base(item, 'en')" in changed.read_text(encoding="utf-8")
    assert git(clone, "status", "--porcelain").split() == ["M", "notebooks/indicator.ipynb"]


def test_without_git_or_without_rights_nothing_happens_and_nothing_is_said(
    clone: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    shutil.rmtree(clone / ".git")
    run_py(clone).keep_outputs_from_git()
    monkeypatch.setenv("PATH", "")
    (clone / ".git").mkdir()
    run_py(clone).keep_outputs_from_git()
    assert capfd.readouterr() == ("", "")


def test_what_is_no_notebook_passes_the_filter_as_it_is():
    for content in (b"", b"{", b"[1]", b'{"cells": 3}', b"\xff\xfe"):
        assert run_py(PROJECT).without_outputs(content) == content
