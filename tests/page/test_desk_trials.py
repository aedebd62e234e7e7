"""What an officer may suppose of a line, and the line beside that of other units: nothing of it is published or kept."""

from __future__ import annotations

import math
from collections.abc import Callable

import pandas as pd
import pytest

from kpi_lib.definitions import folders
from kpi_lib.definitions.indicators import read_unit
from kpi_lib.figures.observations import read_observations
from kpi_lib.outlook.trials import tried
from kpi_lib.outlook.verdict import Outlook, outlook_for
from kpi_lib.page.desk.compare import comparison
from kpi_lib.page.desk.line import planning_desk, trial
from kpi_lib.words.messages import KpiError
from kpi_lib.words.numbers import a_number
from tests.conftest import monthly, target

DAY = "2025-10-15"
MEASURES = {"new_enterprises": "doanh nghiệp", "new_jobs": "lượt lao động"}


@pytest.fixture(params=["new_enterprises", "new_jobs"])
def line(request: pytest.FixtureRequest, make_unit: Callable[..., str]) -> Outlook:
    rows = [
        row
        for year in (2022, 2023, 2024)
        for row in monthly(request.param, year, [10 + (year - 2022) * 20] * 12, measure=MEASURES[request.param])
    ]
    make_unit([*rows, *monthly(request.param, 2025, [60] * 9, measure=MEASURES[request.param])], targets=[target(request.param, 2025, 700)])
    unit = read_unit("thu")
    return outlook_for(read_observations("thu"), unit, unit.indicators[request.param], 2025, as_of=DAY)


def test_nothing_supposed_is_what_is_published(line: Outlook):
    same = tried(read_observations("thu"), line)
    assert (same.probability, same.projection.middle) == (line.probability, line.projection.middle)


def test_a_year_left_out_is_no_longer_in_the_past_and_the_published_outlook_stays(line: Outlook):
    found = tried(read_observations("thu"), line, without={2022})
    assert sorted(line.projection.past) == [2022, 2023, 2024] and sorted(found.projection.past) == [2023, 2024]
    assert found.projection.evidence_years < line.projection.evidence_years


@pytest.mark.parametrize(("threshold", "chance"), [(560.0, 0.9), (5000.0, 0.2)])
def test_another_target_is_answered_by_the_same_draws(line: Outlook, threshold: float, chance: float):
    found = tried(read_observations("thu"), line, threshold=threshold)
    assert found.threshold == threshold and found.projection.middle == line.projection.middle
    assert (found.probability > chance) if chance > 0.5 else (found.probability < chance)


def test_another_model_is_reckoned_and_one_that_is_none_is_refused(line: Outlook):
    obs = read_observations("thu")
    assert tried(obs, line, model="straight_line").projection.model == "straight_line"
    with pytest.raises(KpiError, match="There is no model 'oracle'"):
        tried(obs, line, model="oracle")


def test_the_desk_lays_what_was_supposed_beside_what_is_published(line: Outlook):
    unit = read_unit("thu")
    desk = planning_desk(read_observations("thu"), unit, indicator=line.indicator.id, year=2025, as_of=DAY, lang="en", items=[line])
    assert desk.item is line, "an outlook at hand is not reckoned again"
    found = desk.suppose(threshold=5000)
    shown = str(trial(line, found, "en"))
    assert "SUPPOSED" in shown and "5,000" in shown and "700" in shown
    assert not folders.processed("thu").joinpath("ledger").exists()


TYPED = {
    "what_1": "Cụm công nghiệp", "amount_1": "45", "from_1": "2025-10-20", "to_1": "2025-12-10", "probability_1": "70",
    "what_3": "Tạm dừng cấp phép", "amount_3": "-20", "from_3": "2025-11-01", "to_3": "2025-11-30", "probability_3": "40",
    "document": "Kế hoạch 12/KH-UBND", "who": "Lê Hà", "on": DAY,
}  # fmt: skip


def test_several_events_tried_at_once_are_answered_as_the_report_does_once_they_are_written_down(line: Outlook):
    desk = planning_desk(
        read_observations("thu"), read_unit("thu"), indicator=line.indicator.id, year=2025, as_of=DAY, lang="vi", items=[line]
    )
    events = desk.several.events(TYPED)
    assert [(each.id, each.amount, each.probability) for each in events] == [("cum-cong-nghiep", 45, 0.7), ("tam-dung-cap-phep", -20, 0.4)]
    found = desk.suppose(events=events)
    assert found.projection.middle != line.projection.middle
    assert not (folders.raw("thu") / "events.csv").exists(), "what is tried is kept nowhere"
    desk.several.keep(TYPED)
    unit = read_unit("thu")
    told = outlook_for(read_observations("thu"), unit, line.indicator, 2025, as_of=DAY)
    assert len(told.projection.events) == 2 and "events.csv" in desk.several.told
    assert (
        (found.probability, found.projection.middle)
        == (told.probability, told.projection.middle)
        == (desk.item.probability, desk.item.projection.middle)
    )


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"to_3": "2026-01-05"}, "Event 2: from and until lie in 2025"), ({"probability_1": "130"}, "Event 1: "), ({"from_1": ""}, "still empty"),
        ({"amount_3": "nhiều"}, "is no number"),
    ],
)  # fmt: skip
def test_an_event_that_will_not_do_is_named_and_none_of_them_is_written(line: Outlook, wrong: dict[str, str], told: str):
    desk = planning_desk(
        read_observations("thu"), read_unit("thu"), indicator=line.indicator.id, year=2025, as_of=DAY, lang="vi", items=[line]
    )
    with pytest.raises(KpiError, match=told):
        desk.several.events({**TYPED, **wrong})
    for each in (wrong, {"what_3": ""}, {"who": ""}, {"amount_3": "99000"}):
        with pytest.raises(KpiError):
            desk.several.keep({**TYPED, **each})
    assert not (folders.raw("thu") / "events.csv").exists()
    assert desk.several.events({}) == ()


def test_the_years_before_show_what_share_of_the_year_each_had_reached_and_how_estimates_were_revised(line: Outlook):
    obs = read_observations("thu")
    first = obs[obs["period"].isin(["2025-03", "2025-04", "2025-05", "2025-06"])].assign(status="estimate", value=50.0)
    later = first.assign(status="actual", value=60.0, published=first["published"] + pd.Timedelta(days=30))
    desk = planning_desk(
        pd.concat([obs[~obs.index.isin(first.index)], first, later]), read_unit("thu"), indicator=line.indicator.id, year=2025, as_of=DAY, lang="en",
        items=[line],
    )  # fmt: skip
    shown = [each.to_dict(validate=False)["description"] for each in desk.history.still() if hasattr(each, "to_dict")]
    assert [sum(words in each for each in shown) for words in ("Chart of the pace", "times upwards")] == [1, 1], shown


def test_a_number_is_typed_as_its_language_writes_it():
    assert (a_number("1.600", "vi"), a_number("11,8", "vi"), a_number("1,600", "en")) == (1600.0, 11.8, 1600.0)
    assert a_number("", "vi") is None
    for typed in ("11.8", "nhiều", "1,6,00", "NaN", "-Infinity", "1e999"):
        with pytest.raises(KpiError, match="is no number"):
            a_number(typed, "vi")


def test_units_stand_beside_one_another_with_their_amounts_a_head(line: Outlook, make_unit: Callable[..., str]):
    key = line.indicator.id
    make_unit(
        [*monthly(key, 2024, [30] * 12, measure=MEASURES[key]), *monthly(key, 2025, [45] * 9, measure=MEASURES[key])],
        targets=[target(key, 2025, 500)],
        unit="xa-ben",
    )
    shown = str(comparison(read_unit("thu"), key, as_of=DAY, lang="vi").parts()[1])
    assert "50,0%" in shown, "45 a month after 30"
    assert "9,0" in shown and "6,75" in shown, "540 and 405 among 60,000 people"
    assert math.isfinite(line.probability)


def test_a_unit_alone_says_so(line: Outlook):
    shown = "".join(map(str, comparison(read_unit("thu"), line.indicator.id, as_of=DAY, lang="en").parts()))
    assert "No other unit in this project tracks this line." in shown
