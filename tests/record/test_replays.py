"""A line's record is reckoned once, and whoever asks again reads the same; other figures, targets or code are reckoned anew."""

from __future__ import annotations

import dataclasses

import pandas as pd
import pytest
from conftest import target

import kpi_lib as kpi
from kpi_lib.definitions import folders
from kpi_lib.record import replays
from tests.made import share_rows

FIRMS = "new_enterprises"


@pytest.fixture
def place(make_unit):
    return kpi.read_unit(make_unit(share_rows(), targets=[target(FIRMS, 2024, 100)]))


def kept(unit):
    return sorted(path.name for path in (folders.processed(unit.id) / "replays").glob("*"))


def line(place, obs=None, year=2025, as_of="2025-10-15"):
    obs = kpi.read_observations(place.id) if obs is None else obs
    return replays.replay_line(obs, place.indicators[FIRMS], place, year, as_of=as_of)


def test_a_replay_read_again_is_the_replay_reckoned(place, monkeypatch):
    first = line(place)
    assert len(first)
    monkeypatch.setattr(replays, "backtest", None)  # whoever reckons now fails
    pd.testing.assert_frame_equal(line(place), first, check_exact=True)


def test_the_page_of_the_line_and_the_record_tell_one_replay(place):
    record = replays.replay(kpi.read_observations(place.id), place, 2025, as_of="2025-10-15")
    own = record[record["indicator"] == FIRMS].reset_index(drop=True)
    pd.testing.assert_frame_equal(own, line(place), check_exact=True)
    assert sum(FIRMS in name for name in kept(place)) == 1


def test_a_figure_changed_in_the_readers_frame_is_replayed_anew(place):
    obs = kpi.read_observations(place.id)
    first = line(place, obs)
    obs.loc[obs["end"].dt.year == 2024, "value"] *= 2
    assert not line(place, obs)["projected"].equals(first["projected"])


@pytest.mark.parametrize("changed", ["targets.csv", "unit.toml"])
def test_what_was_reckoned_from_another_folder_goes(place, changed):
    line(place)
    before = kept(place)
    path = folders.raw(place.id) / changed
    path.write_text(path.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    line(place)
    assert len(before) == len(kept(place)) == 1
    assert before != kept(place)


def test_other_code_reckons_anew(place, monkeypatch):
    line(place)
    before = kept(place)
    monkeypatch.setattr(replays, "code_digest", lambda: "other")
    line(place)
    assert kept(place) != before


def test_a_year_whose_total_is_only_expected_is_no_outturn_on_either_page(place):
    obs = kpi.read_observations(place.id)
    assert line(place, obs, year=2024, as_of="2024-12-20")["year"].lt(2024).all()


def outlook(place, obs, **changed):
    return replays.outlook_for(obs, place, place.indicators[FIRMS], **{"year": 2025, "as_of": "2025-10-15", **changed})


def test_outlooks_are_reckoned_once_and_each_line_is_the_very_one(place, monkeypatch):
    obs = kpi.read_observations(place.id)
    reckoned = replays.outlooks(obs, place, 2025, as_of="2025-10-15")
    monkeypatch.setattr(replays.verdict, "outlooks", None)  # whoever reckons now fails
    monkeypatch.setattr(replays.verdict, "outlook_for", None)
    again = replays.outlooks(kpi.read_observations(place.id), kpi.read_unit(place.id), 2025, as_of="2025-10-15")
    assert [id(item) for item in again] == [id(item) for item in reckoned]
    assert outlook(place, obs) is next(item for item in reckoned if item.indicator.id == FIRMS)


def test_an_outlook_of_other_figures_another_day_or_another_line_is_reckoned_anew(place):
    obs = kpi.read_observations(place.id)
    replays.outlooks(obs, place, 2025, as_of="2025-10-15")
    known = outlook(place, obs)
    other = obs.copy()
    other.loc[other["end"].dt.year == 2024, "value"] *= 2
    assert outlook(place, other).projection.past[2024][-1].value == 2 * known.projection.past[2024][-1].value
    assert outlook(place, obs, as_of="2025-07-15").projection.as_of != known.projection.as_of
    renamed = dataclasses.replace(place.indicators[FIRMS], number="99")
    assert replays.outlook_for(obs, place, renamed, 2025, as_of="2025-10-15").indicator == renamed
    path = folders.raw(place.id) / "targets.csv"
    path.write_text(path.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    assert outlook(place, obs) is not known


def test_what_is_made_ready_is_what_a_page_asks_for(place, monkeypatch):
    replays.ready(place.id, 2025, "2025-10-15")
    monkeypatch.setattr(replays.verdict, "outlook_for", None)  # whoever reckons now fails
    asked = kpi.read_unit(place.id, as_of="2025-10-15")
    assert outlook(asked, kpi.read_observations(place.id, as_of="2025-10-15")).indicator.id == FIRMS
