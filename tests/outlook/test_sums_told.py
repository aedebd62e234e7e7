"""`kpi sums` says what was reckoned."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from conftest import monthly, target

from kpi_lib import cli
from tests.made import SEASON


def figures(scale: float, months: int = 9) -> list[dict[str, object]]:
    return [
        one
        for year in (2021, 2022, 2023, 2024, 2025)
        for one in monthly("new_enterprises", year, np.round(SEASON[: months if year == 2025 else 12] * scale), measure="doanh nghiệp")
    ]


def test_the_sum_the_goal_the_difference_and_who_has_no_figures(make_unit: Callable[..., str], capsys: pytest.CaptureFixture):
    make_unit(figures(8), targets=[target("new_enterprises", 2025, 650)], unit="tinh")
    for name, scale in (("w1", 2), ("w2", 5)):
        make_unit(figures(scale), unit=name, toml='parent = "tinh"')
    make_unit([], unit="w3", toml='parent = "tinh"')
    assert cli.main(["sums", "--unit", "tinh", "--as-of", "2025-10-15", "--lang", "en"]) == 0
    out = capsys.readouterr().out
    assert "2 of 3 units with figures come to 1,0" in out  # 200, 500 and, by its residents, 350 of the third
    assert "asked of them: 650" in out and "Counted at 2" in out and "to 5" in out and "difference -2" in out.replace("−", "-")
    assert cli.main(["sums", "--unit", "w1", "--as-of", "2025-10-15", "--lang", "en"]) == 30
