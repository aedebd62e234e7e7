"""A ledger and a report left by an earlier version are read as they are: `earlier/` holds those of a small unit, made before the rooms."""

from __future__ import annotations

import datetime as dt
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

import kpi_lib as kpi
from kpi_lib.record.ledger import folder, last_report, since_last
from kpi_lib.reports.archive import reports, write_index
from tests.small_unit import FIGURES, TARGETS

EARLIER = Path(__file__).with_name("earlier")
LATER = "2025-11-15"


@pytest.fixture
def unit(make_unit: Callable[..., str]) -> str:
    """The small unit with what an earlier version published of it."""
    made = make_unit(FIGURES, targets=TARGETS)
    for source, target in (
        ("ledger.csv", folder(made) / "2025-10-15.csv"),
        ("manifest.json", reports(made) / "2025-10-15" / "manifest.json"),
    ):
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(EARLIER / source, target)
    return made


def test_a_round_of_an_earlier_version_is_compared_with_and_scored(unit: str):
    place, obs = kpi.read_unit(unit), kpi.read_observations(unit, as_of=LATER)
    report = last_report(place, 2025, dt.date.fromisoformat(LATER))
    assert report is not None and report[0] == dt.date(2025, 10, 15)
    shown = report[1]["new_enterprises"]
    assert 100 < shown.median < 140 and 0 <= shown.probability <= 1 and shown.measure == "doanh nghiệp"
    compared = since_last(obs, place, kpi.outlooks(obs, place, 2025, as_of=LATER), as_of=dt.date.fromisoformat(LATER))
    assert compared is not None and "new_enterprises" in {line.outlook.indicator.id for line in compared[1]}
    assert len(kpi.settle(kpi.read_ledger(unit), obs, unit=place, as_of=dt.date(2025, 11, 15))) == 0  # the year is not over


def test_a_report_of_an_earlier_version_stands_in_the_list(unit: str):
    page = write_index(kpi.read_unit(unit), "vi").read_text(encoding="utf-8")
    answer = json.loads((EARLIER / "manifest.json").read_text(encoding="utf-8"))["answer"]
    assert "15/10/2025" in page and answer.split(":")[0] in page
