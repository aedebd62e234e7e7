"""Write down the notebooks that this version ships: `python benchmarks/shipped.py`, after every change of one on purpose.

Reports are made from these and from no others (`kpi_lib/page/desk/notebooks.py`). The notebooks are also brought into the one form in
which git keeps them, so that a run and a save in JupyterLab leave nothing to commit.
"""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

from kpi_lib.page.desk import notebooks

ROOT = Path(__file__).resolve().parents[1]


def main() -> None:
    """Bring the notebooks into form and write their digests."""
    found = importlib.util.spec_from_file_location("run", ROOT / "run.py")
    assert found and found.loader
    run = importlib.util.module_from_spec(found)
    found.loader.exec_module(run)
    files = sorted((ROOT / "notebooks").glob("*.ipynb"))
    for file in files:
        file.write_bytes(run.without_outputs(file.read_bytes()))
    shipped = {file.stem: notebooks.cells(file) for file in files}
    notebooks.SHIPPED.write_text(json.dumps(shipped, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
