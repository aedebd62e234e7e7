"""Events written down: in the draws with their chance and day, never twice, known from their day on, told with and without, refused by name."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from conftest import PROJECT, row, target

from kpi_lib import cli
from kpi_lib import narrative as nr
from kpi_lib.definitions.events import DatedEvent, read_events, takes_events
from kpi_lib.definitions.frames import EVENTS
from kpi_lib.definitions.indicators import read_unit
from kpi_lib.figures.observations import read_observations
from kpi_lib.forecast.project import project as forecast
from kpi_lib.forecast.projection import Projection
from kpi_lib.outlook import scenarios
from kpi_lib.outlook.causes import causes
from kpi_lib.outlook.changes import Reported, changes
from kpi_lib.outlook.values.events import of_events
from kpi_lib.outlook.verdict import Outlook, outlook_for, without_events
from kpi_lib.page.ahead.events import events
from kpi_lib.page.together import amended_sentences
from kpi_lib.page.whatif_data import script_data
from kpi_lib.record import ledger
from kpi_lib.record.scores import backtest
from kpi_lib.words.messages import KpiError
from tests.made import share_rows, three_years
from tests.once import project

PLANT = {
    "id": "plant", "indicator": "new_enterprises", "what": "Cụm công nghiệp mở", "amount": 12, "measure": "doanh nghiệp", "from": "2025-11-01",
    "to": "2025-11-30", "probability": 1, "document": "Quyết định 9", "who": "Nguyễn An", "on": "2025-08-01",
}  # fmt: skip
LEVELS = [
    row("health_insurance_coverage", "level", f"{year}-{month}", 80 + 2 * (year - 2020) + extra, f"{year}-12-31", measure="%")
    for year in range(2020, 2025)
    for month, extra in (("06-30", 0), ("12-31", 1))
] + [row("health_insurance_coverage", "level", "2025-09-30", 91, "2025-10-05", measure="%")]


def write(unit: str, root: Path, *rows: dict[str, object]) -> None:
    pd.DataFrame(rows).reindex(columns=EVENTS.names).to_csv(root / "data" / "raw" / unit / "events.csv", index=False)


def judged(unit: str, line: str = "new_enterprises", as_of: str = "2025-10-15", year: int = 2025) -> Outlook:
    place = read_unit(unit, as_of=as_of)
    return outlook_for(read_observations(unit, as_of=as_of), place, place.indicators[line], year, as_of=as_of)


@pytest.fixture
def unit(make_unit: Callable[..., str]) -> str:
    return make_unit(three_years() + LEVELS, targets=[target("new_enterprises", 2025, 122), target("health_insurance_coverage", 2025, 95)])


def without(item: Outlook) -> Projection:
    assert item.projection.eventless is not None
    return item.projection.eventless


def test_a_certain_sum_stands_in_every_year_in_its_own_month(unit: str, root: Path):
    write(unit, root, PLANT)
    now = judged(unit).projection
    before = without(judged(unit))
    assert now.draws - before.draws == pytest.approx(12)
    assert [str(end) for end in now.ends] == ["2025-10-31", "2025-11-30", "2025-12-31"]
    assert (now.paths - before.paths).round(9).tolist() == [[0, 12, 0]] * 4000


def test_a_likely_sum_comes_as_often_as_its_chance_and_evenly_over_its_days(unit: str, root: Path):
    write(unit, root, {**PLANT, "from": "2025-10-01", "to": "2025-12-31", "probability": 0.6})
    added = (judged(unit).projection.paths - without(judged(unit)).paths).round(9)
    assert set(np.unique(added)) == {0, 12}
    assert (added > 0).mean(axis=0) == pytest.approx([0.2, 0.2, 0.2], abs=0.03)


def test_an_event_fades_as_figures_pass_through_its_days_and_is_never_counted_twice(unit: str, root: Path):
    """Figures stand to the end of September."""
    write(
        unit, root, {**PLANT, "from": "2025-09-01", "to": "2025-10-30"}, {**PLANT, "id": "past", "from": "2025-08-01", "to": "2025-09-30"}
    )
    item = judged(unit)
    assert [event.id for event in item.projection.events] == ["plant"]
    assert ((item.projection.draws - without(item).draws) > 1).mean() == pytest.approx(0.5, abs=0.03)
    assert of_events(item)["event.plant.open"] == pytest.approx(0.5) and of_events(item)["event.past.open"] == 0
    told = events(item, "en").striptags()
    assert "counted for the 50% of its days after the last figure" in told and "if it came, it is in the figures" in told


def test_a_year_whose_figure_is_known_takes_no_event(make_unit: Callable[..., str], root: Path):
    closed = [*share_rows(), row("new_enterprises", "year", "2025", 104, "2026-01-06", measure="doanh nghiệp")]
    unit = make_unit(closed, targets=[target("new_enterprises", 2025, 100)])
    write(unit, root, {**PLANT, "to": "2025-12-31"})
    assert judged(unit, as_of="2025-10-15").projection.events and not judged(unit, as_of="2026-02-01").projection.events


def test_it_is_known_from_the_day_it_was_written_down_to_the_day_it_was_withdrawn(unit: str, root: Path):
    write(unit, root, {**PLANT, "withdrawn": "2025-10-10"})
    assert [bool(judged(unit, as_of=day).projection.events) for day in ("2025-07-31", "2025-08-01", "2025-10-09", "2025-10-10")] == [
        False, True, True, False,
    ]  # fmt: skip


def test_a_share_takes_a_step_within_its_limits(unit: str, root: Path):
    cards = {**PLANT, "id": "cards", "indicator": "health_insurance_coverage", "amount": 30, "measure": "%", "from": "2025-10-01"}
    write(unit, root, {**cards, "to": "2025-10-31"})
    item = judged(unit, "health_insurance_coverage")
    october = item.projection.ends.index(dt.date(2025, 10, 31))
    assert (item.projection.paths[:, :october] == without(item).paths[:, :october]).all()
    assert (item.projection.draws == np.minimum(without(item).draws + 30, 100)).all() and item.projection.draws.max() == 100


def test_a_tax_holiday_takes_away_and_leaves_no_less_than_nothing(unit: str, root: Path):
    write(unit, root, {**PLANT, "amount": -300})
    item = judged(unit)
    assert item.projection.draws == pytest.approx(item.projection.achieved + without(item).paths[:, 0])  # November and December are gone
    assert (item.projection.paths[:, 1:] == 0).all() and item.probability < item.eventless_probability


def test_money_comes_in_any_of_its_units(make_unit: Callable[..., str], root: Path):
    unit = make_unit(three_years("budget_revenue_growth", "tỷ đồng"), targets=[target("budget_revenue_growth", 2025, 10)])
    write(unit, root, {**PLANT, "indicator": "budget_revenue_growth", "amount": 4500, "measure": "triệu đồng"})
    item = judged(unit, "budget_revenue_growth")
    assert item.projection.draws - without(item).draws == pytest.approx(4.5)


def test_the_page_says_both_chances_and_the_ledger_keeps_the_other_one(unit: str, root: Path):
    write(unit, root, PLANT)
    item = judged(unit)
    bare = without_events(item)
    assert bare is not None and item.probability > bare.probability == item.eventless_probability
    said = nr.events_note(item, "en")
    assert said is not None and "Cụm công nghiệp mở" in said.text and {n.label for n in said.numbers} == {
        "eventless_probability", "eventless_median_foreseen",
    }  # fmt: skip
    rows = {r["output_type_id"]: r["value"] for r in ledger.rows_of(item, data_digest="x", code_version="0")}
    assert float(str(rows["met_without_events"])) == item.eventless_probability and float(str(rows["met"])) == item.probability
    (root / "data" / "raw" / unit / "events.csv").unlink()
    plain = judged(unit)
    assert (plain.projection.draws == bare.projection.draws).all() and nr.events_note(plain) is None
    assert "met_without_events" not in {r["output_type_id"] for r in ledger.rows_of(plain, data_digest="x", code_version="0")}


def test_what_changed_tells_an_event_written_down_and_one_withdrawn_apart_from_new_figures(unit: str, root: Path):
    obs = read_observations(unit)
    for more, word in (({"on": "2025-08-01"}, "event written down"), ({"on": "2025-06-01", "withdrawn": "2025-08-01"}, "event withdrawn")):
        write(unit, root, {**PLANT, **more})
        then, now = judged(unit, as_of="2025-07-15"), judged(unit)
        shown = {"new_enterprises": Reported(then.projection.middle, then.probability, then.projection.measure["vi"])}
        line = changes([now], obs, previous=dt.date(2025, 7, 15), published=shown)[0]
        assert sum(line.median.values()) == pytest.approx(now.projection.middle - then.projection.middle)
        assert line.median["events"] == pytest.approx(12 if "withdrawn" not in more else -12)
        assert line.moved and [word in sentence.text for sentence in amended_sentences(line, "en")] == [True]


def test_why_the_projection_is_not_a_rule_of_thumb_counts_the_event_as_a_part(unit: str, root: Path):
    """The straight line ends at 112 in 2025, the goal lies above; with a sum of 40 the projection answers otherwise."""
    write(unit, root, {**PLANT, "amount": 40})
    item = judged(unit)
    found = causes(item)
    assert found is not None and found.parts["events"] == pytest.approx(40)
    assert sum(found.parts.values()) == pytest.approx(found.median - getattr(item.projection, found.rule))
    why = nr.why(item, "en")
    assert why is not None and "events written down by the office (adds 40" in why.text


def test_a_replay_knows_the_events_written_down_by_its_day_and_no_others(unit: str, root: Path):
    def projected() -> dict[pd.Timestamp, float]:
        place = read_unit(unit)
        errors = backtest(read_observations(unit), place.indicators["new_enterprises"], unit=place, years=(2024,), models=(None,))
        return dict(zip(errors["as_of"], errors["projected"], strict=True))

    plain = projected()
    write(unit, root, {**PLANT, "from": "2024-11-01", "to": "2024-11-30", "on": "2024-08-01"})
    told = projected()
    assert [told[moment] - plain[moment] for moment in sorted(plain) if moment.month != 1] == pytest.approx(
        [12.0 if moment >= pd.Timestamp("2024-08-01") else 0.0 for moment in sorted(plain) if moment.month != 1]
    )


def test_the_what_if_can_leave_the_events_out(unit: str, root: Path):
    write(unit, root, PLANT)
    item = judged(unit)
    given, bare = script_data(item, scenarios.lever_of(item), "en"), without_events(item)
    assert given.eventless is not None and bare is not None
    assert given.eventless["base"]["probability"] == item.eventless_probability
    plain = script_data(bare, scenarios.lever_of(item), "en")
    assert plain.eventless is None and {name: getattr(plain, name) for name in given.eventless} == given.eventless


FAULTS = {
    "did you mean 'new_enterprises'": {"indicator": "new_entreprises"},
    "from 0 to 1 is needed": {"probability": 60},
    "in the same year": {"to": "2026-01-31"},
    "not before it": {"from": "2025-12-01"},
    "takes no events": {"indicator": "gross_product_growth", "measure": "%"},
    "is in enterprises": {"measure": "tỷ đồng"},
    "more than 3 times the largest figure": {"amount": 12_000_000},
    "small letters": {"id": "Nhà máy"},
    "a date like": {"on": "20/09/2025"},
}


@pytest.mark.parametrize("told", FAULTS)
def test_a_faulty_event_is_refused_by_check_and_run_alike(unit: str, root: Path, told: str, capsys: pytest.CaptureFixture[str]):
    write(unit, root, {**PLANT, **FAULTS[told]})
    assert cli.main(["--lang", "en", "check", "--unit", unit]) == 20
    assert told in (said := capsys.readouterr().err) and "events.csv" in said
    assert cli.main(["--lang", "en", "run", "--unit", unit, "--as-of", "2025-10-15"]) == 20
    assert told in capsys.readouterr().err and not (root / "data" / "processed" / unit / "reports" / "2025-10-15").exists()


def test_one_id_stands_once(unit: str, root: Path):
    write(unit, root, PLANT, PLANT)
    with pytest.raises(KpiError, match="line 3: the same key twice"):
        read_events(read_unit(unit))


@pytest.mark.parametrize(("name", "as_of"), [("viet-nam", "2025-08-15"), ("uong-bi-minh-hoa", "2026-07-15")])
def test_lines_of_the_projects_own_units_take_events_each_in_its_own_measure(name: str, as_of: str):
    with project(PROJECT):
        unit, obs, year = read_unit(name, as_of=as_of), read_observations(name, as_of=as_of), int(as_of[:4])
        taken = 0
        for ind in unit.indicators.values():
            if not takes_events(ind):
                continue
            plain = forecast(obs, ind, year, as_of=as_of, unit=unit)
            if not plain.projected or plain.measure != ind.natural_measure:
                continue
            amount = float(np.ceil(abs(plain.achieved if plain.seen else plain.middle)))
            day = dt.date(year, 12, 1)
            event = DatedEvent("x", ind.id, "x", amount, plain.measure, day, day, 1.0, "x", "x", dt.date(year, 1, 2))
            told = forecast(obs, ind, year, as_of=as_of, unit=unit, events=(event,))
            assert told.draws == pytest.approx(np.clip(plain.draws + amount, ind.lower, ind.upper)), ind.id
            taken += 1
        assert taken >= 3
