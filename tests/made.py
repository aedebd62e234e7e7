"""Figures and plans made up for tests, in a few rows."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from conftest import PROJECT, monthly, row

import kpi_lib as kpi
from kpi_lib.definitions.indicators import Unit
from kpi_lib.outlook.verdict import Outlook

AMENDED = "Nghị quyết 60-NQ/ĐU ngày 01/07/2025"
SEASON = np.array([8, 5, 9, 10, 8, 9, 9, 9, 8, 9, 9, 7], dtype=float)


def three_years(indicator: str = "new_enterprises", measure: str = "doanh nghiệp", scale: float = 1.0) -> list[dict[str, object]]:
    rng = np.random.default_rng(1)
    rows = []
    for year in (2022, 2023, 2024):
        rows += monthly(
            indicator, year, np.round(SEASON * scale * (1 + 0.05 * (year - 2022)) + rng.integers(-1, 2, 12) * scale, 3), measure=measure
        )
    return rows + monthly(indicator, 2025, np.round(SEASON[:9] * scale * 1.2, 3), measure=measure)


def shipped(unit: str, as_of: str) -> Iterator[tuple[Unit, list[Outlook]]]:
    """A unit of the project and its outlooks on a day, for a fixture."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KPI_ROOT", str(PROJECT))
        place = kpi.read_unit(unit)
        yield place, kpi.outlooks(kpi.read_observations(unit, as_of=as_of), place, int(as_of[:4]), as_of=as_of)


def share_rows() -> list[dict[str, object]]:
    """Four years known at nine months and at the year's end, and nine months of the fifth."""
    rows = [
        row("new_enterprises", "cumulative", f"{y}-09-30", 70 + y - 2020, f"{y}-10-06", measure="doanh nghiệp") for y in range(2020, 2026)
    ]
    return rows + [
        row("new_enterprises", "year", f"{y}", 100 + y - 2020, f"{y + 1}-01-06", measure="doanh nghiệp") for y in range(2020, 2025)
    ]


def plan(
    indicator: str, value: float, adopted: str, *, measure: str, version: str = "adopted", document: str = AMENDED
) -> dict[str, object]:
    return {"indicator": indicator, "year": 2025, "value": value, "measure": measure, "version": version, "document": document,
            "adopted": adopted, "source": "thử"}  # fmt: skip
