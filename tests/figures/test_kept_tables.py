"""Working tables on the disk: a damaged one is never read, it is made anew."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from conftest import target

import kpi_lib as kpi
from kpi_lib import disk
from kpi_lib.definitions import folders
from kpi_lib.record import replays
from tests.made import share_rows, three_years


@pytest.mark.parametrize("rows", [three_years(), share_rows()], ids=["months", "sums to date"])
def test_a_damaged_table_of_figures_is_read_anew_from_what_was_delivered(make_unit: Callable[..., str], rows: list[dict[str, object]]):
    unit = make_unit(rows, targets=[target("new_enterprises", 2025, 100)])
    whole = kpi.read_observations(unit)
    (path,) = folders.processed(unit).glob("observations-*.parquet")
    content, dice = path.read_bytes(), random.Random(43)
    spoilt = [b"", content[:-1], content[: len(content) // 2], b"PAR1", content + b"x"]
    for at in (dice.randrange(len(content)) for _ in range(30)):
        spoilt.append(content[:at] + bytes([content[at] ^ dice.randrange(1, 256)]) + content[at + 1 :])
    for each in spoilt:
        path.write_bytes(each)
        pd.testing.assert_frame_equal(kpi.read_observations(unit), whole)
        assert path.read_bytes() == content


def test_a_damaged_replay_is_reckoned_anew(make_unit: Callable[..., str]):
    unit = kpi.read_unit(make_unit(share_rows(), targets=[target("new_enterprises", 2024, 100)]))
    asked = (kpi.read_observations(unit.id), unit.indicators["new_enterprises"], unit, 2025)
    whole = replays.replay_line(*asked, as_of="2025-10-15")
    (path,) = (folders.processed(unit.id) / "replays").glob("*.parquet")
    content = path.read_bytes()
    path.write_bytes(content[:200] + b"\0" + content[201:])
    pd.testing.assert_frame_equal(replays.replay_line(*asked, as_of="2025-10-15"), whole)
    assert path.read_bytes() == content


def test_a_table_that_another_process_has_just_taken_away_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    disk.keep_table(pd.DataFrame({"a": [1.5]}), tmp_path / "x.parquet")
    assert disk.kept_table(tmp_path / "x.parquet").equals(pd.DataFrame({"a": [1.5]}))
    monkeypatch.setattr(Path, "read_bytes", lambda _: (tmp_path / "gone").open("rb"))
    assert disk.kept_table(tmp_path / "x.parquet") is None
