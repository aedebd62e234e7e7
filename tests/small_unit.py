"""A small made-up unit and its report of 15 October 2025, which many tests read, spoil or publish again: published once a run."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from conftest import furnish, row, target, write_unit

from kpi_lib.reports.archive import reports
from kpi_lib.reports.publish import publish
from tests.made import three_years
from tests.once import once, project

UNIT, AS_OF = "thu", "2025-10-15"
TARGETS = [target("new_enterprises", 2025, 115), target("gross_product_growth", 2025, 14), target("new_jobs", 2025, 1600)]
FIGURES = [
    *({**one, "value": round(one["value"])} for one in three_years()),
    row("gross_product_growth", "cumulative", "2025-09-30", 11.67, "2025-10-06", measure="%", status="estimate"),
]


def _publish(root: Path) -> None:
    furnish(root)
    write_unit(root, FIGURES, targets=TARGETS, unit=UNIT)
    with project(root):
        publish(UNIT, AS_OF)


@pytest.fixture
def report(root: Path) -> Path:
    """The folder of the published report, in a project of this test's own."""
    shutil.copytree(once("đơn vị nhỏ", _publish) / "data", root / "data", dirs_exist_ok=True)
    return reports(UNIT) / AS_OF
