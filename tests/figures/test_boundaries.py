"""Figures from before a boundary change: rebuilt from a stated apportionment, or blocked with the reason."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable

import pytest
from conftest import PROJECT, row

from kpi_lib.definitions import folders
from kpi_lib.definitions.indicators import read_unit
from kpi_lib.figures.boundaries import read_perimeter, rebuild, usable
from kpi_lib.figures.histories import known_on, line
from kpi_lib.figures.observations import read_observations
from kpi_lib.words.messages import KpiError

EVENT = """
[[boundary_event]]
date = 2025-07-01
vi = "Lập phường mới"
en = "New ward"
"""
LEDGER = """event,old_unit,indicator,share,low,high,key,source
2025-07-01,phường A,*,1,1,1,toàn bộ,thử
2025-07-01,phường B,*,0.4,0.35,0.5,dân số,thử
"""


def figures(second: bool = True) -> list[dict[str, object]]:
    rows = [row("new_enterprises", "month", "2025-03", 10, "2025-04-06", measure="doanh nghiệp", perimeter="phường A")]
    return rows + [row("new_enterprises", "month", "2025-03", 20, "2025-04-09", measure="doanh nghiệp", perimeter="phường B")] * second


def with_ledger(make_unit: Callable[..., str], rows: list[dict[str, object]], ledger: str = LEDGER) -> str:
    unit = make_unit(rows, toml=EVENT)
    (folders.raw(unit) / "perimeter.csv").write_text(ledger, encoding="utf-8")
    return unit


def test_a_figure_is_rebuilt_with_its_band_when_every_old_unit_has_one(make_unit: Callable[..., str]):
    unit = with_ledger(make_unit, figures())
    obs = usable(read_observations(unit), read_unit(unit))
    assert obs["value"].tolist() == [18.0]
    made = obs.iloc[0]
    assert made["precision"] == "derived" and "17 đến 20" in made["note"] and "dân số" in made["note"]
    assert str(made["published"].date()) == "2025-04-09"  # known when the last part was


@pytest.mark.parametrize(("low", "high", "error"), [("0.35", "0.5", 1.5), ("0.4", "0.4", math.nan)])
def test_a_rebuilt_figure_says_that_no_office_published_it(make_unit: Callable[..., str], low: str, high: str, error: float):
    unit = with_ledger(make_unit, figures(), LEDGER.replace("0.35,0.5", f"{low},{high}"))
    point = known_on(line(read_observations(unit), "new_enterprises"), read_unit(unit), dt.date(2025, 8, 1))[0].point
    assert point.kind == "derived" and not point.final
    assert point.derived.error == pytest.approx(error, nan_ok=True)


def test_before_the_boundary_changes_nothing_of_it_is_known(make_unit: Callable[..., str]):
    unit = with_ledger(make_unit, figures())
    before, after = (read_unit(unit, as_of=f"2025-{day}") for day in ("06-30", "07-01"))
    assert (len(before.boundary_events), len(after.boundary_events)) == (0, 1)
    known = [set(read_observations(unit, as_of=f"2025-{day}")["perimeter"]) for day in ("06-30", "07-01")]
    assert known == [{"phường A", "phường B"}, {"phường A", "phường B", "rebuilt"}]
    assert [len(read_perimeter(unit, as_of=dt.date(2025, month, 1))) for month in (6, 7)] == [0, 2]


def test_nothing_is_rebuilt_from_part_of_the_old_units(make_unit: Callable[..., str]):
    unit = with_ledger(make_unit, figures(second=False))
    obs = read_observations(unit)
    assert not len(usable(obs, read_unit(unit)))
    _, blocked = rebuild(obs, read_unit(unit))
    assert "phường B" in next(item.reason["vi"] for item in blocked if item.indicator == "new_enterprises")


def test_an_unknown_share_blocks_with_the_reason(make_unit: Callable[..., str]):
    unit = with_ledger(make_unit, figures(), LEDGER.replace("0.4,0.35,0.5", ",,"))
    _, blocked = rebuild(read_observations(unit), read_unit(unit))
    assert "chưa biết phần của phường B" in next(item.reason["vi"] for item in blocked if item.indicator == "new_enterprises")


def test_a_share_of_a_population_is_not_added_up(make_unit: Callable[..., str]):
    rows = [
        row("health_insurance_coverage", "level", "2025-03-31", 90, "2025-04-06", measure="%", perimeter=f"phường {name}") for name in "AB"
    ]
    made, blocked = rebuild(read_observations(with_ledger(make_unit, rows)), read_unit("thu"))
    assert not len(made) and any("không cộng được" in item.reason["vi"] for item in blocked)


def test_an_indicators_own_key_goes_before_the_general_one(make_unit: Callable[..., str]):
    ledger = LEDGER + "2025-07-01,phường B,new_enterprises,0.25,0.2,0.3,địa chỉ đăng ký,thử\n"
    unit = with_ledger(make_unit, figures(), ledger)
    assert usable(read_observations(unit), read_unit(unit))["value"].tolist() == [15.0]


def test_shares_outside_their_band_are_refused_by_line(make_unit: Callable[..., str]):
    with pytest.raises(KpiError, match="lines 3"):
        read_observations(with_ledger(make_unit, figures(), LEDGER.replace("0.35", "0.45")))


def test_the_ward_blocks_its_old_figures_and_says_why(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("KPI_ROOT", str(PROJECT))
    _, blocked = rebuild(read_observations("uong-bi"), read_unit("uong-bi"))
    assert any("Trưng Vương" in item.reason["vi"] for item in blocked)
