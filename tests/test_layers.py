"""Who may import whom: read from the code itself."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[1] / "kpi_lib"
LAYERS = {
    0: {"compare", "messages", "frames", "places", "locks", "periods", "kinds", "texts", "measures", "indicators", "targets"},
    1: {"observations", "figures", "structural", "structural_grid", "plan_effect", "irregular", "models", "deliveries", "estimates", "perimeters", "splits"},
    2: {"projected", "flows", "rates", "projection"},
    3: {"outlook", "evaluation", "replays", "certification", "changes", "joint", "conditions", "needs", "ledger", "values", "whatif"},
    4: {
        "narrative",
        "words",
        "markup",
        "charts",
        "charts_style",
        "charts_record",
        "charts_behind",
        "charts_futures",
        "charts_pace",
        "charts_together",
        "charts_words",
        "tables",
        "tables_record",
        "tables_data",
        "tables_deliveries",
        "tables_conditions",
        "tables_needs",
        "rendering",
        "sections",
        "whatif_page",
        "whatif_words",
        "whatif_picture",
        "history",
        "lab_controls",
        "together",
        "drafts",
    },
    5: {
        "engines",
        "parameters",
        "forked_shell",
        "notebook_job",
        "notebook_processes",
        "safe_html",
        "export",
        "publish",
        "proof",
        "one_file",
        "documents",
        "sharing",
        "cli",
    },
}
LAYER_OF = {module: layer for layer, modules in LAYERS.items() for module in modules}
OWNERS = {
    "statsmodels": {"models", "charts"},
    "altair": {"charts", "charts_futures", "charts_pace", "charts_record", "charts_style", "charts_together", "rendering"},
    "papermill": {"engines", "notebook_job", "notebook_processes"},
    "nbconvert": {"export"},
    "nbclient": {"engines", "notebook_job"},
    "openpyxl": {"deliveries"},
    "xlrd": {"deliveries"},
    "xlsxwriter": {"deliveries"},
    "docx": {"documents"},
    "ipywidgets": {"lab_controls"},
}


def imports(module: str) -> set[tuple[str, bool]]:
    """Imported names of a module, each with whether it is imported inside a function."""
    found: set[tuple[str, bool]] = set()
    for path in files(module):
        found |= imports_of(path)
    return found


def files(module: str) -> list[Path]:
    """The files of a module: one, or those of a package."""
    return sorted((PACKAGE / module).glob("*.py")) if (PACKAGE / module).is_dir() else [PACKAGE / f"{module}.py"]


def imports_of(path: Path) -> set[tuple[str, bool]]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    inside = {id(node) for function in ast.walk(tree) if isinstance(function, ast.FunctionDef) for node in ast.walk(function)}
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {(alias.name, id(node) in inside) for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level:
            found |= {(f"kpi_lib.{node.module or alias.name}", id(node) in inside) for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module == "kpi_lib":
            found |= {(f"kpi_lib.{alias.name}", id(node) in inside) for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add((node.module or "", id(node) in inside))
    return found


def modules() -> list[str]:
    packages = (path.parent.name for path in PACKAGE.glob("*/__init__.py"))
    return sorted([*(path.stem for path in PACKAGE.glob("*.py") if path.stem != "__init__"), *packages])


def test_every_module_has_a_layer():
    assert set(modules()) <= set(LAYER_OF), sorted(set(modules()) - set(LAYER_OF))


@pytest.mark.parametrize("module", modules())
def test_a_module_imports_from_its_own_layer_or_below(module: str):
    for name, _ in imports(module):
        if not name.startswith("kpi_lib."):
            continue
        other = name.split(".")[1]
        if other in LAYER_OF:
            assert LAYER_OF[other] <= LAYER_OF[module], f"{module} (layer {LAYER_OF[module]}) imports {other} (layer {LAYER_OF[other]})"


def test_what_a_number_is_depends_on_neither_words_nor_pages():
    seen, ahead = set(), {"values"}
    while ahead:
        seen |= {module := ahead.pop()}
        ahead |= {name.split(".")[1] for name, _ in imports(module) if name.startswith("kpi_lib.") and name.split(".")[1] in LAYER_OF} - seen
    assert {"outlook", "needs", "whatif", "observations"} < seen, "the walk went nowhere"
    assert not seen & (LAYERS[4] | LAYERS[5])


@pytest.mark.parametrize("module", modules())
def test_heavy_packages_have_one_owner(module: str):
    for name, _ in imports(module):
        package = name.split(".")[0]
        assert package not in OWNERS or module in OWNERS[package], f"{module} imports {package}"


def test_importing_the_library_imports_nothing_heavy():
    import subprocess
    import sys

    code = "import sys, kpi_lib; print(*(m for m in ('pandas', 'numpy', 'altair', 'statsmodels', 'papermill') if m in sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=PACKAGE.parent, check=True)
    assert done.stdout.strip() == ""


def test_only_the_command_line_asks_the_clock():
    for module in modules():
        text = "".join(path.read_text(encoding="utf-8") for path in files(module))
        for call in ("date.today(", "datetime.now(", "Timestamp.now(", "utcnow("):
            assert call not in text or module == "cli", f"{module} calls {call}"
