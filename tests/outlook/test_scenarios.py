"""What-if: at the start the published figures stand; moving better never harms; shifts stay within natural limits."""

from __future__ import annotations

import inspect
import json
import re
from dataclasses import asdict, fields
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from kpi_lib.definitions.indicators import read_unit
from kpi_lib.figures.observations import read_observations
from kpi_lib.outlook import scenarios
from kpi_lib.outlook.verdict import Outlook, outlooks
from kpi_lib.page import whatif
from kpi_lib.page.rules import rules
from kpi_lib.page.whatif_words import place_words
from tests.conftest import PROJECT
from tests.once import project

AMOUNTS = ("budget_revenue_growth", "new_enterprises", "new_jobs", "public_investment_disbursement", "party_admission_rate")
VALUES = (
    "gross_product_growth",
    "income_per_capita_growth",
    "poor_households",
    "near_poor_households",
    "national_standard_schools",
    "health_insurance_coverage",
    "child_malnutrition",
    "solid_waste_collection",
    "forest_cover",
)


@cache
def everything(unit_id: str = "uong-bi-minh-hoa", year: int = 2026, as_of: str = "2026-10-15") -> dict[str, Outlook]:
    with project(PROJECT):
        unit = read_unit(unit_id)
        return {item.indicator.id: item for item in outlooks(read_observations(unit.id), unit, year, as_of=as_of)}


def control(item: Outlook, lang: str = "vi") -> whatif.Control:
    found = whatif.what_if(item, lang)
    assert isinstance(found, whatif.Control)
    return found


def test_every_judged_line_that_is_not_certain_has_a_control():
    for item in everything().values():
        possible = item.judged and item.status not in ("met", "missed") and not item.indicator.kind.once_a_year
        assert isinstance(whatif.what_if(item), whatif.Control) == possible, item.indicator.id
    assert {*AMOUNTS, *VALUES} <= {key for key, item in everything().items() if scenarios.refusal(item) is None}


def test_a_line_without_a_control_says_why():
    items = everything()
    said = {key: whatif.what_if(items[key]).text for key in ("military_recruitment", "clean_water_coverage", "party_members_rated_good")}  # type: ignore[union-attr]
    assert "đã kết thúc hoặc đã có kết quả" in said["military_recruitment"]
    assert "198 ngày" in said["clean_water_coverage"]
    assert "một lần" in said["party_members_rated_good"]


@pytest.mark.parametrize("name", [*AMOUNTS, *VALUES])
def test_at_the_start_the_published_figures_stand(name: str):
    item = everything()[name]
    found = scenarios.scenario_at(item, scenarios.lever_of(item), scenarios.lever_of(item).start)
    assert (found.probability, found.status, found.median) == (item.probability, item.status, item.projection.quantile(0.5))
    assert (found.low80, found.high80) == item.projection.interval(0.8)


@pytest.mark.parametrize("name", [*AMOUNTS, *VALUES])
def test_moving_the_slider_towards_the_target_never_lowers_the_chance(name: str):
    item = everything()[name]
    lever = scenarios.lever_of(item)
    chances = [scenarios.scenario_at(item, lever, at).probability for at in range(lever.low, lever.high + 1)]
    steps = np.diff(chances if item.target.comparator in (">=", ">") else chances[::-1])  # type: ignore[union-attr]
    assert (steps >= -1e-9).all()
    assert chances[0] != chances[-1]


@pytest.mark.parametrize("name", [*AMOUNTS, *VALUES])
def test_the_position_needed_is_the_first_with_an_even_chance(name: str):
    item = everything()[name]
    lever = scenarios.lever_of(item)
    found = scenarios.needed(item, lever)
    assert found is not None and found.state == "at"
    worse = -1 if item.target.comparator in (">=", ">") else 1  # type: ignore[union-attr]
    assert scenarios.scenario_at(item, lever, found.position).probability >= 0.5
    assert scenarios.scenario_at(item, lever, found.position + worse).probability < 0.5


def test_the_first_slider_speaks_of_last_years_same_months():
    item = everything()["budget_revenue_growth"]
    lever = scenarios.lever_of(item)
    last = item.projection.past[2025]
    left = last[-1].value - next(point.value for point in last if (point.end.month, point.end.day) == (9, 30))
    assert lever.mode == "last_year" and lever.last_left == pytest.approx(left)
    assert lever.ratio == pytest.approx(100 * (item.projection.quantile(0.5) - item.projection.achieved) / left)
    assert place_words(item, lever, lever.start, "vi") == f"{lever.start}% cùng kỳ năm trước (như dự báo)"
    assert place_words(item, lever, 127, "vi") == "127% cùng kỳ năm trước (cao hơn dự báo 48%)"
    moved = scenarios.scenario_at(item, lever, 127)  # exactly 127% of last year's same months, at the median
    assert moved.median - item.projection.achieved == pytest.approx(1.27 * left, rel=1e-3)


def test_where_last_year_is_unknown_the_slider_speaks_of_the_projection():
    item = everything("quang-ninh", 2025, "2025-10-15")["budget_revenue_growth"]  # last year has no figure of nine months
    lever = scenarios.lever_of(item)
    assert (lever.mode, lever.start, lever.low, lever.high) == ("projection", 0, -50, 100)
    assert [place_words(item, lever, at, "vi") for at in (0, -20)] == ["như dự báo", "−20% so với dự báo"]


def test_a_share_of_the_population_is_said_in_persons():
    item = everything()["health_insurance_coverage"]
    lever = scenarios.lever_of(item)
    at = round(0.12 / lever.step)
    persons = round(0.12 * item.projection.unit.population / 100)
    assert place_words(item, lever, at, "vi") == f"+0,12 điểm phần trăm (thêm {persons} người)"
    assert place_words(item, lever, -at, "en") == f"−0.12 percentage points ({persons} fewer people)"


def test_households_move_in_whole_households_and_never_below_none():
    item = everything()["near_poor_households"]
    lever = scenarios.lever_of(item)
    assert (lever.step, scenarios.Draws(item).unit) == (1.0, 1.0)
    fewer = scenarios.scenario_at(item, lever, lever.low)
    assert fewer.low80 == 0.0 and fewer.probability > item.probability
    assert place_words(item, lever, -1, "vi") == "−1 hộ"


def test_a_shift_never_leaves_the_natural_limits():
    item = everything()["national_standard_schools"]
    for shift in (-500.0, 0.5, 500.0):
        found = scenarios.scenario(item, shift=shift)
        assert 0.0 <= found.low80 <= found.median <= found.high80 <= 100.0


def test_a_separate_sum_is_worth_the_more_the_surer_it_is():
    item = everything()["budget_revenue_growth"]
    chances = [scenarios.scenario(item, event=scenarios.Event(60, chance=chance)).probability for chance in (0.0, 0.3, 0.6, 1.0)]
    assert chances[0] == item.probability and chances == sorted(chances) and chances[-1] > 0.5


def test_few_years_keep_a_supposed_chance_within_their_range_too():
    item = everything()["health_insurance_coverage"]
    assert item.projection.evidence_years <= 3
    assert scenarios.scenario(item, shift=-50).probability == 0.05 and scenarios.scenario(item, shift=50).probability == 0.95


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_the_table_binds_every_number_and_has_a_row_as_projected(lang: str):
    for name in (*AMOUNTS, *VALUES):
        markup = control(everything()[name], lang).fallback
        assert markup.count(f'data-of="whatif.{name}.') >= 4 * 2
        assert ("như dự báo" if lang == "vi" else "as projected") in markup


def test_the_script_is_told_of_every_position_what_it_is_worth_and_what_it_means():
    for name in (*AMOUNTS, *VALUES):
        item, lever = everything()[name], scenarios.lever_of(everything()[name])
        told = control(item).data.positions
        assert len(told) == lever.high - lever.low + 1
        assert told[lever.start - lever.low][0] == (0.0 if lever.mode == "shift" else 1.0)
        assert "như dự báo" in told[lever.start - lever.low][1]
        assert len({words for _, words in told}) == len(told), "no two positions say the same"


def test_what_the_script_is_given_is_plain_and_every_key_is_explained():
    data = control(everything()["budget_revenue_growth"]).data
    assert json.loads(json.dumps(asdict(data), allow_nan=False)) == json.loads(json.dumps(asdict(data)))
    told = inspect.getsource(whatif.ScriptData)
    assert all(re.search(rf"^    {field.name}: [^#]+  # [a-z`]", told, re.M) for field in fields(data)), told
    script = (Path(whatif.__file__).parent / "templates/page/whatif.js").read_text(encoding="utf-8")
    used = {*re.findall(r"\bdata\.(\w+)", script), *re.search(r"const \{ (.*?) \} = data", script)[1].split(", ")}
    used |= {*re.search(r"years = \(\{ (.*?) \}\)", script)[1].split(", ")}  # of the years as projected, and of those without the events
    assert used == {field.name for field in fields(data)}
    assert {*re.findall(r"\bwords\.(\w+)", script)} == data.words.keys()


def test_in_a_batch_run_and_without_a_kernel_nothing_live_is_shown(monkeypatch: pytest.MonkeyPatch):
    shown = control(everything()["new_jobs"])
    for batch in ("1", "0"):
        monkeypatch.setenv("KPI_BATCH", batch)
        assert set(shown._repr_mimebundle_()) == {whatif.WHATIF_MIME, "text/html", "text/plain"}


def test_the_rules_speak_for_every_line():
    for item in everything().values():
        assert all(rules(item, lang)._repr_html_() for lang in ("vi", "en"))
    revenue = everything()["budget_revenue_growth"]
    assert "422,1 tỷ đồng" in rules(revenue)._repr_html_() and "không đạt" in rules(revenue)._repr_html_()


@pytest.mark.parametrize(
    ("unit", "year", "as_of"),
    [("uong-bi-minh-hoa", 2026, "2026-10-15"), ("viet-nam", 2024, "2024-10-15"), ("quang-ninh", 2025, "2025-07-15")],
)
def test_no_table_of_scenarios_repeats_one_answer_row_after_row(unit: str, year: int, as_of: str):
    """Rows inside a run of the same chance are left out, and where every position says the same one sentence says so."""
    for name, item in everything(unit, year, as_of).items():
        if scenarios.refusal(item) is not None:
            continue
        lever, markup = scenarios.lever_of(item), str(control(item).fallback)
        chances = [scenarios.scenario_at(item, lever, at).probability for at in scenarios.positions(lever)]
        said = [float(found) for found in re.findall(r'<data value="([\d.]+)" data-of="whatif.[^"]+probability"', markup)]
        if len(set(chances)) == 1:
            assert "<table" not in markup and len(said) == 1 and "vẫn là" in markup, name
        else:
            repeated = sum(len(set(said[n - 1 : n + 2])) == 1 for n in range(1, len(said) - 1))
            assert "<table" in markup and repeated <= 1, name  # the row as projected stays


@pytest.mark.parametrize(("unit", "year", "as_of"), [("uong-bi-minh-hoa", 2026, "2026-10-15"), ("quang-ninh", 2025, "2025-10-15")])
def test_the_slider_reaches_as_far_as_the_lines_own_spread_and_its_target_ask_for(unit: str, year: int, as_of: str):
    for item in everything(unit, year, as_of).values():
        if scenarios.refusal(item) is None and item.indicator.adds_up:
            lever, projection = scenarios.lever_of(item), item.projection
            furthest = lever.value(lever.high), lever.value(lever.low)
            left = projection.quantile(0.5) - scenarios.Draws(item).achieved
            spread = (projection.interval(0.95)[1] - scenarios.Draws(item).achieved) / left - 1
            assert 1.19 <= furthest[0] <= 2.02 and furthest[0] >= min(1 + spread, 1.98), item.indicator.id
            assert furthest[1] == pytest.approx(1 / furthest[0], abs=0.02)


@pytest.mark.parametrize(("unit", "year", "as_of"), [("uong-bi-minh-hoa", 2026, "2026-10-15"), ("viet-nam", 2024, "2024-07-15")])
@pytest.mark.parametrize("lang", ["vi", "en"])
def test_no_percent_sign_of_the_table_of_scenarios_or_of_the_script_stands_apart_from_its_number(
    unit: str, year: int, as_of: str, lang: str
):
    shown = [control(item, lang) for item in everything(unit, year, as_of).values() if scenarios.refusal(item) is None]
    assert sum(one.data.measure == "%" for one in shown) >= 1
    for one in shown:
        assert " %" not in one.data.words["measured"].replace("\N{NO-BREAK SPACE}", " ")
        assert not re.search(r"\d[ \N{NO-BREAK SPACE}]%", re.sub(r"<[^>]+>", "", str(one.fallback))), one.data.name
