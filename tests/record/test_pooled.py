"""The record of many units held together tells a calibrated province from one that says too much."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from conftest import monthly, target

from kpi_lib import cli, words
from kpi_lib.definitions.indicators import read_unit
from kpi_lib.figures.observations import read_observations
from kpi_lib.outlook.verdict import outlooks
from kpi_lib.page.units import units_record
from kpi_lib.record import ledger
from kpi_lib.record.replays import replay
from kpi_lib.record.values.pooled import Pooled, pooled
from kpi_lib.record.values.report import of_report
from kpi_lib.reports.proof import prove
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
    assert "2 outlooks of 1 unit whose year has ended" in out and "a: left out" in out and "scores a quarter" in out


@pytest.mark.usefixtures("wards")
def test_the_page_of_the_unit_above_holds_the_record_of_those_below_together_and_its_publisher_reckons_it_anew(
    make_unit: Callable[..., str],
):
    make_unit(three_years(), unit="tinh", toml='lines = ["new_enterprises"]', targets=[target("new_enterprises", 2026, 300)])
    unit, later = read_unit("tinh"), dt.date(2026, 2, 1)
    assert units_record(unit, as_of="2025-12-30").parts == () and units_record(read_unit("a"), as_of=later).parts == ()
    body = "".join(part.__html__() for part in units_record(unit, as_of=later, lang="en").parts if part)
    assert "4 outlooks of 2 units whose year has ended" in re.sub("<[^>]+>", "", body)
    obs = read_observations("tinh", as_of=later)
    values = of_report(outlooks(obs, unit, 2026, as_of=later), obs, unit, replay(obs, unit, 2026, as_of=later))
    head = '<title>x</title><meta http-equiv="Content-Security-Policy" content="default-src \'none\'">'
    page = f"{head}<main>{body}</main><footer></footer>"
    assert len(prove({"track-record": page}, "en", values)) == 6
    with pytest.raises(RuntimeError, match="as the publisher reckons it"):
        prove({"track-record": page}, "en", {**values, "pooled.inside80": 9.0})


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_from_forty_chances_on_the_page_says_group_by_group_what_was_stated_and_what_came_true(monkeypatch: pytest.MonkeyPatch, lang: str, make_unit: Callable[..., str]):  # fmt: skip
    found = simulated(lambda stated: stated)
    monkeypatch.setattr("kpi_lib.page.units.pooled", lambda *_, **__: found)
    told = units_record(read_unit(make_unit([], unit="tinh")), as_of="2026-02-01", lang=lang).parts[2].__html__()
    shares = [words.chance(group[name], lang) for group in found.groups for name in ("stated", "met")]
    text = re.sub("<[^>]+>", " ", told)
    assert len(found.groups) == 5 and all(share in text for share in shares) and sum(group["chances"] for group in found.groups) == 1080
