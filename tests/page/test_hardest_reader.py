"""What the hardest reader stops at: a large figure without its noun, digits that nothing warrants, asks below nought, words of the library."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from benchmarks.messages import read
from kpi_lib import charts, words
from kpi_lib import narrative as nr
from kpi_lib.definitions.indicators import read_unit
from kpi_lib.definitions.targets import in_force
from kpi_lib.figures.observations import read_observations
from kpi_lib.forecast.project import Request, project_many
from kpi_lib.outlook.scenarios import lever_of
from kpi_lib.outlook.verdict import Outlook, assess
from kpi_lib.page.markup import Html
from kpi_lib.page.sections import headline_text
from kpi_lib.page.tables import attention, resolution
from kpi_lib.page.whatif_words import table_of
from kpi_lib.words.numbers import a_number
from tests.conftest import PROJECT
from tests.once import project

LINES = {
    ("river-city", 2025, "2026-03-15"): ["property_tax", "sales_tax_growth", "unemployment_rate", "response_time", "residents_insured", "bus_trips_growth"],
    ("south-africa", 2024, "2024-12-15"): ["corporate_income_tax", "property", "value_added_tax"],
}  # fmt: skip
both_languages = pytest.mark.parametrize("lang", ["vi", "en"])


@cache
def judged() -> list[Outlook]:
    """Lines of two governments with a chance between met and missed."""
    found = []
    with project(PROJECT):
        for (name, year, as_of), lines in LINES.items():
            unit, obs = read_unit(name), read_observations(name)
            for projection in project_many([Request(obs, unit.indicators[line], year, unit) for line in lines], as_of=as_of, draws=400):
                target, others = in_force(name, projection.indicator, year, as_of=dt.date.fromisoformat(as_of))
                found.append(assess(projection, target, others=others))
    assert all(item.judged and np.isfinite(item.probability) and not item.projection.complete for item in found)
    return found


def text_of(shown: Html | words.Sentence) -> str:
    """What a reader reads of a part of a page."""
    return " ".join(re.sub(r"<[^>]+>", "", shown.__html__()).split())


@both_languages
def test_a_large_figure_of_a_chance_stands_behind_its_noun_and_its_goal(lang: str):
    noun = {"vi": "Khả năng đạt mục tiêu", "en": "Chance of meeting the target"}[lang]
    for item in judged():
        said, chance = text_of(headline_text(item, (), lang)), words.chance(item.probability, lang)
        goal = text_of(words.Sentence(tuple(nr.goal(item, lang))))
        assert re.search(rf"{noun} \({re.escape(goal)}\):? ?{re.escape(chance)}", said), said


@both_languages
def test_the_caption_of_a_fan_says_its_bands_in_years_of_a_hundred(lang: str):
    frequency = {"vi": "Trong 100 năm như năm nay, khoảng 80 năm", "en": "Of 100 years like this one some 80 end at"}[lang]
    for item in judged():
        assert frequency in charts.fan(item, lang).to_dict()["usermeta"]["kpi"]["caption"], item.indicator.id


@both_languages
def test_a_projected_value_is_said_in_no_more_digits_than_its_interval_warrants(lang: str):
    """The last digit said is worth at least a hundredth of the 80% interval, and the value said lies within it."""
    for item in judged():
        low, high = item.projection.interval(0.8)
        text = nr.foreseen_bare(item, "median", lang).text
        digits = re.sub(r"\D", "", text)
        decimals = len(text.rpartition("," if lang == "vi" else ".")[2]) if ("," if lang == "vi" else ".") in text else 0
        last = 10.0 ** (-decimals if decimals else len(digits) - len(digits.rstrip("0")))
        beside_the_goal = abs(item.projection.middle - item.threshold) < 10 * last  # where fewer digits would hide the side
        assert last >= (high - low) / 100 or beside_the_goal, (item.indicator.id, text, low, high)
        assert low - last <= (a_number(text.replace("−", "-"), lang) or 0.0) <= high + last, (text, low, high)


@both_languages
def test_nobody_is_asked_for_at_least_less_than_nothing(lang: str):
    asks = [text_of(table_of(item, lever_of(item), lang)) for item in judged()]
    assert not [ask for ask in asks if re.search("(ít nhất|không quá|at least|no more than) −", ask)]
    assert any(re.search("50%(?: chance)?: −.* (hoặc tốt hơn|or better)", ask) for ask in asks), asks


@pytest.mark.parametrize(("line", "goal", "said"), [
    ("residents_insured", 100.0, "exactly 100%"), ("residents_insured", 95.0, "95% or more"), ("property_tax", 100.0, "100 million dollars or more")])  # fmt: skip
def test_what_cannot_be_passed_is_to_be_reached(line: str, goal: float, said: str):
    item = next(item for item in judged() if item.indicator.id == line)
    assert item.target is not None
    asked = assess(item.projection, replace(item.target, threshold=goal, comparator=">="))
    assert nr.threshold_text(asked, "en") == said
    sign = text_of(resolution([asked], "en"))
    assert ("≥" in sign) == (said != "exactly 100%")


def test_of_a_year_that_is_over_no_line_that_is_still_open_stands_under_not_met():
    """An estimate above its goal that may still fall below it is open, and the head of the table says so."""
    for item in judged()[:2]:
        known = item.projection
        ended = replace(known, complete=True, as_of=known.calendar.end(known.year) + dt.timedelta(days=40))
        over = replace(item, projection=ended, probability=0.6, status="uncertain")
        assert "not met or are still open" in text_of(attention([over], "en").parts[0])


def test_one_thing_has_one_word_and_measures_of_statisticians_stay_on_the_record():
    said = {(message.string, place) for message in read("vi") if message.id for place, _ in message.locations}
    texts = [(string if isinstance(string, str) else " ".join(string), place) for string, place in said]
    others = re.compile(r"trung vị(?! các)|mức giữa|điểm %|vướng nhất|phải nhắm tới|[Kk]ho[áa] số")
    assert not [(text, place) for text, place in texts if others.search(text)]
    assert {place for text, place in texts if re.search("CRPS|Brier", text)} == {"kpi_lib/page/record.py"}
