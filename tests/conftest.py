"""A small made-up unit in a folder of its own, so that tests say what they are about in a few rows."""

from __future__ import annotations

import functools
import json
import re
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from kpi_lib.definitions.frames import DELIVERY, PLANS, TARGETS
from kpi_lib.page.desk.notebooks import cells
from tests import once

PROJECT = Path(__file__).resolve().parents[1]
UNIT_TOML = """
level = "ward"
population = 60000
name = {{vi = "Phường Thử", en = "Test ward"}}
publication_rule = {{vi = "ngày 6 tháng sau", en = "day 6 of the next month"}}
reports_to = {{vi = "Ban Thường vụ", en = "Standing Committee"}}
headline = ["gross_product_growth", "budget_revenue_growth", "new_enterprises", "new_jobs"]
{more}
"""


def pytest_configure(config: pytest.Config) -> None:
    """What is made once a run has a place of its own."""
    once.begin(config)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Keep the tests of a group in one process, so that what they share is made once.

    `--dist loadgroup` of xdist 3.8 does not see the marks under pytest 9.2 and deals the tests out one by one (pytest-xdist issue 1386).
    """
    if config.getoption("dist") != "loadgroup":
        return None
    from xdist.scheduler import LoadGroupScheduling

    @functools.cache
    def group(file: str) -> str | None:
        found = re.search(r'xdist_group\("(\w+)"\)', (config.rootpath / file).read_text(encoding="utf-8"))
        return found and found[1]

    class Grouped(LoadGroupScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return group(nodeid.partition("::")[0]) or super()._split_scope(nodeid)

    return Grouped(config, log)


def monthly(
    indicator: str, year: int, values: Iterable[float], *, measure: str, day: int = 6, status: str = "actual", **more: object
) -> list[dict[str, object]]:
    """Monthly rows of a year, each published on a day of the next month."""
    rows = []
    for month, value in enumerate(values, start=1):
        published = f"{year + month // 12}-{month % 12 + 1:02d}-{day:02d}"
        rows.append(
            {
                "indicator": indicator,
                "basis": "month",
                "period": f"{year}-{month:02d}",
                "value": value,
                "measure": measure,
                "status": status,
                "published": published,
                "source": "thử",
                **more,
            }
        )
    return rows


def row(
    indicator: str, basis: str, period: str, value: float, published: str, *, measure: str, status: str = "actual", **more: object
) -> dict[str, object]:
    """One delivered figure."""
    return {
        "indicator": indicator,
        "basis": basis,
        "period": period,
        "value": value,
        "measure": measure,
        "status": status,
        "published": published,
        "source": "thử",
        **more,
    }


def target(
    indicator: str,
    year: int,
    threshold: float,
    *,
    comparator: str = ">=",
    measure: str = "indicator",
    version: str = "adopted",
    adopted: str | None = None,
    **more: object,
) -> dict[str, object]:
    """One target."""
    return {
        "indicator": indicator, "year": year, "threshold": threshold, "comparator": comparator, "measure": measure, "version": version,
        "document": "NQ thử", "adopted": adopted or f"{year - 1}-12-31", "source": "thử", **more,
    }  # fmt: skip


def furnish(folder: Path) -> None:
    """Make a folder a project without data: the real notebooks, and the drawing library, packed once."""
    (folder / "data" / "raw").mkdir(parents=True)
    shutil.copytree(PROJECT / "notebooks", folder / "notebooks", ignore=shutil.ignore_patterns(".ipynb_checkpoints"))
    kept = PROJECT / ".cache"
    kept.mkdir(exist_ok=True)
    (folder / ".cache").symlink_to(kept, target_is_directory=True)


def ship(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the notebooks of a project folder, as they are, be those that this version ships."""
    record = folder / "shipped.json"
    record.write_text(json.dumps({path.stem: cells(path) for path in (folder / "notebooks").glob("*.ipynb")}), encoding="utf-8")
    monkeypatch.setattr("kpi_lib.page.desk.notebooks.SHIPPED", record)


def write_unit(
    root: Path,
    rows: list[dict[str, object]],
    *,
    targets: Iterable[dict[str, object]] = (),
    plans: Iterable[dict[str, object]] = (),
    unit: str = "thu",
    toml: str = "",
) -> str:
    """Write a unit's folder into a project and return the unit's id."""
    folder = root / "data" / "raw" / unit
    (folder / "deliveries").mkdir(parents=True, exist_ok=True)
    (folder / "unit.toml").write_text(UNIT_TOML.format(more=toml), encoding="utf-8")
    pd.DataFrame(rows, columns=None if rows else DELIVERY.names).to_csv(folder / "deliveries" / "so_lieu.csv", index=False)
    for name, table, given in (("targets", TARGETS, list(targets)), ("plans", PLANS, list(plans))):
        if given:
            pd.DataFrame(given).reindex(columns=[c for c in table.names if any(c in r for r in given)]).to_csv(
                folder / f"{name}.csv", index=False
            )
    return unit


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project folder of its own, with the real notebooks."""
    furnish(tmp_path)
    monkeypatch.setenv("KPI_ROOT", str(tmp_path))
    return tmp_path


@pytest.fixture
def make_unit(root: Path) -> Callable[..., str]:
    """Write a unit's folder and return its id."""
    return functools.partial(write_unit, root)


@pytest.fixture
def lao(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A third language: one file, made from the template, with every message in quotation marks."""
    from benchmarks import messages as tool
    from kpi_lib.words import messages

    shutil.copytree(messages.LOCALE, tmp_path, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
    catalog = tool.read("lo", tmp_path)
    catalog.update(tool.template())
    for message in catalog:
        if message.id:
            words = message.id if isinstance(message.id, str) else message.id[1]
            words = re.sub(r"\{(\w+):[^{}|]*\|([^{}]*)\}", r"{\1} \2", words)  # a language of one form writes the noun behind its number
            said = words if message.context == "pattern of a date" else f"«{words}»"
            message.string = said if isinstance(message.id, str) else (said,) * catalog.num_plurals
    tool.write(catalog, "lo", tmp_path)
    monkeypatch.setattr(messages, "LOCALE", tmp_path)
    messages._dated.cache_clear()
    return tmp_path / "lo" / "LC_MESSAGES" / "kpi.po"
