"""The record of many units held together tells a calibrated province from one that says too much."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from conftest import monthly, target

from kpi_lib import cli
from kpi_lib.definitions.indicators import read_unit
from kpi_lib.figures.observations import read_observations
from kpi_lib.outlook.verdict import outlooks
from kpi_lib.record import ledger
from kpi_lib.record.pooled import Pooled, pooled
from tests.made import SEASON, three_years


def simulated(truth: Callable[[np.ndarray], np.ndarray], *, inside: float = 0.8) -> Pooled:
    """54 units of 20 lines whose stated chances come true as `truth` says."""
    rng = np.random.default_rng(3)
    stated = rng.uniform(0.01, 0.99, 54 * 20)
    return Pooled(
        pd.DataFrame({
            "unit": np.repeat([f"w{n}" for n in range(54)], 20), "indicator": np.tile([f"line{n}" for n in range(20)], 54), "target_year": 2025,
            "probability": stated, "met": (rng.uniform(size=stated.size) < truth(stated)).astype(float),
            "inside80": rng.uniform(size=stated.size) < inside,
        })
    )  # fmt: skip


def covered(found: Pooled) -> list[bool]:
    return [group["met_low90"] <= group["stated"] <= group["met_high90"] for group in found.groups]


def test_chances_that_come_true_lie_in_every_group_within_what_chance_allows():
    found = simulated(lambda stated: stated)
    assert found.targets == len(found.judged) == 1080 and len(found.groups) == 5
    assert covered(found) == [True] * 5
    assert found.brier == pytest.approx(1 / 6, abs=0.01) and found.inside80 / 1080 == pytest.approx(0.8, abs=0.03)


def test_chances_that_say_too_much_are_seen_in_the_groups_at_both_ends_and_in_the_score():
    bold = simulated(lambda stated: 0.5 + (stated - 0.5) / 3, inside=0.5)
    groups = bold.groups
    assert not covered(bold)[0] and not covered(bold)[-1]
    assert groups[0]["met"] > groups[0]["stated"] + 0.2 and groups[-1]["met"] < groups[-1]["stated"] - 0.2
    assert bold.brier > simulated(lambda stated: stated).brier + 0.05 and bold.inside80 / 1080 < 0.55


def test_who_knows_nothing_and_says_so_scores_a_quarter():
    found = simulated(lambda stated: np.full_like(stated, 0.5))
    even = Pooled(found.settled.assign(probability=0.5))
    assert even.brier == 0.25


@pytest.fixture
def wards(make_unit: Callable[..., str]) -> None:
    make_unit([], unit="tinh")
    ends = monthly("new_enterprises", 2025, np.round(SEASON * 1.2), measure="doanh nghiệp")
    for name, goal in (("a", 60), ("b", 140)):
        make_unit([*three_years()[:-9], *ends], unit=name, toml='parent = "tinh"', targets=[target("new_enterprises", 2025, goal)])
        for as_of in ("2025-07-15", "2025-10-15"):
            items = outlooks(read_observations(name, as_of=as_of), read_unit(name), 2025, as_of=as_of)
            ledger.record(items, data_digest="d", code_version="1")


@pytest.mark.usefixtures("wards")
def test_the_settled_rounds_of_all_units_are_held_together_and_a_broken_ledger_is_named(root: Path, capsys: pytest.CaptureFixture):
    assert len(pooled(["a", "b"], as_of=dt.date(2025, 12, 30)).settled) == 0
    found = pooled(["a", "b"], as_of=dt.date(2026, 2, 1))
    assert len(found.settled) == len(found.judged) == 4 and found.targets == 2 and set(found.settled["unit"]) == {"a", "b"}
    assert found.brier == pytest.approx(float(((found.judged["probability"] - found.judged["met"]) ** 2).mean()))
    assert sorted(found.judged.groupby("unit")["met"].first().items()) == [("a", 1.0), ("b", 0.0)]
    output = next((root / "data" / "processed" / "a" / "ledger").rglob("*-kpi-v1.csv"))
    output.write_text(output.read_text(encoding="utf-8").replace("2025", "2026", 1), encoding="utf-8")
    assert cli.main(["record", "--units", "children-of:tinh", "--as-of", "2026-02-01", "--lang", "en"]) == 10
    out = capsys.readouterr().out
    assert "2 outlooks of 1 unit whose year has ended" in out and "a: left out" in out and "Brier" in out
