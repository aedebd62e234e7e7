"""What may live in a notebook: parameters, one import, calls of public names, a bare last expression, prose."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path

import pytest

import kpi_lib
from kpi_lib.words.messages import in_context

FOLDER = Path(__file__).resolve().parents[1] / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
LONGER = {"explore"}
FORBIDDEN = (
    ast.FunctionDef,
    ast.ClassDef,
    ast.Lambda,
    ast.For,
    ast.While,
    ast.If,
    ast.IfExp,
    ast.Try,
    ast.With,
    ast.BinOp,
    ast.Compare,
    ast.ListComp,
    ast.DictComp,
    ast.SetComp,
    ast.GeneratorExp,
)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_the_prose_of_a_notebook_is_that_of_the_catalogue(path: Path):
    for cell in cells(path):
        if cell["cell_type"] == "markdown":
            assert in_context("notebook", cell["metadata"]["kpi"]["en"])["vi"] == "".join(cell["source"])


def cells(path: Path) -> list[dict]:
    return json.loads(path.read_text(encoding="utf-8"))["cells"]


def code_of(path: Path) -> list[str]:
    return ["".join(cell["source"]) for cell in cells(path) if cell["cell_type"] == "code"]


def test_there_are_notebooks():
    assert {path.stem for path in NOTEBOOKS} >= {"overview", "indicator", "data_quality", "track_record", "explore"}


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
class TestNotebook:
    def test_holds_no_outputs(self, path: Path):
        for cell in cells(path):
            assert not cell.get("outputs")
            assert not cell.get("execution_count")

    def test_every_cell_has_an_id_of_its_own(self, path: Path):
        names = [cell.get("id") for cell in cells(path)]
        assert None not in names and len(set(names)) == len(names)

    def test_starts_with_annotated_literal_parameters(self, path: Path):
        first = next(cell for cell in cells(path) if cell["cell_type"] == "code")
        assert "parameters" in first["metadata"].get("tags", [])
        for line in "".join(first["source"]).splitlines():
            assert re.fullmatch(r'[a-z_]+: (str|int|float|bool) = ("[^"]*"|[\d.]+|True|False)  # .+', line), line

    def test_holds_no_logic(self, path: Path):
        for source in code_of(path)[1:]:
            for node in ast.walk(ast.parse(source)):
                assert not isinstance(node, FORBIDDEN), f"{type(node).__name__} in {source!r}"
                assert not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print")

    def test_calls_public_names_only(self, path: Path):
        imports = [
            node for source in code_of(path) for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Import | ast.ImportFrom)
        ]
        assert [alias.name for node in imports for alias in node.names] == ["kpi_lib"]
        for source in code_of(path):
            for node in ast.walk(ast.parse(source)):
                if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "kpi":
                    assert node.attr in kpi_lib.__all__
                    assert hasattr(kpi_lib, node.attr)

    def test_is_short(self, path: Path):
        if path.stem in LONGER:
            return
        code = code_of(path)
        assert len(code) <= 12
        assert sum(len(source.splitlines()) for source in code) <= 60
        assert max(len(source.splitlines()) for source in code) <= 8

    def test_prose_stands_before_results_and_has_both_languages(self, path: Path):
        kinds = [cell["cell_type"] for cell in cells(path)]
        assert kinds[0] == "markdown"
        assert all("markdown" in kinds[max(0, i - 2) : i] for i, kind in enumerate(kinds) if kind == "code")
        for cell in cells(path):
            if cell["cell_type"] == "markdown":
                assert cell["metadata"]["kpi"]["en"]
                assert not re.search(r"\d{2,}", re.sub(r"50, 80, 95%", "", "".join(cell["source"]))), (
                    "a number in prose that data could change"
                )
