"""Units of measure are read in one place; money converts the right way round, and what does not convert is left out."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from pathlib import Path

import pytest

import kpi_lib
from kpi_lib.definitions.columns import check
from kpi_lib.definitions.frames import PLANS
from kpi_lib.definitions.indicators import read_unit
from kpi_lib.definitions.measures import MONEY, PERCENT, PLAN_PERCENT, factor, fits, measure_of, measured, same_measure
from kpi_lib.deliveries.checks.meaning import held_against
from kpi_lib.deliveries.delivery import Claim, Reading
from kpi_lib.figures.observations import read_observations
from kpi_lib.words.messages import Named

PACKAGE = Path(kpi_lib.__file__).parent


@pytest.mark.parametrize("words", ["tỷ đồng", "Tỉ đồng", " tỷ  đồng ", "billion đồng", "VND billion"])
def test_one_unit_of_money_has_many_spellings(words: str):
    assert measure_of(words) == measure_of("tỷ đồng")


def test_a_smaller_unit_gives_the_larger_number():
    assert factor("tỷ đồng", "triệu đồng") == 1000 and factor("nghìn đồng", "tỷ đồng") == pytest.approx(1e-6)
    sizes = [factor(one, "đồng") for one in MONEY]
    assert sizes == sorted(sizes)


def test_what_is_not_money_converts_into_nothing_else():
    assert math.isnan(factor("hộ", "người")) and math.isnan(factor("%", "tỷ đồng")) and math.isnan(factor("%", PLAN_PERCENT))


def test_words_nobody_knows_are_a_unit_of_their_own():
    assert same_measure("Lượt khách", "lượt  khách") and not same_measure("lượt khách", "lượt xe")
    assert measure_of("% diện tích").percent and measure_of("% diện tích") != PERCENT


def test_percent_of_two_plans_is_no_percentage():
    assert PERCENT.points and not PLAN_PERCENT.points and PLAN_PERCENT.percent


def test_the_english_name_of_a_unit_comes_from_its_record(make_unit: Callable[..., str]):
    unit = make_unit([], toml='[override.budget_revenue_growth]\nflow_measure = "triệu đồng"\n[override.new_jobs]\nmeasure = "lượt khách"')
    found = read_unit(unit).indicators
    assert found["budget_revenue_growth"].flow_measure["en"] == "million đồng"
    assert found["new_jobs"].measure["en"] == "lượt khách"


def test_last_years_figure_in_millions_is_held_against_what_is_known_in_billions(make_unit: Callable[..., str]):
    """The factor the wrong way round would call a true figure of last year wrong by a million."""
    from datetime import date

    known = [{"indicator": "budget_revenue_growth", "basis": "cumulative", "period": "2025-09-30", "value": 120.5, "measure": "tỷ đồng",
              "status": "actual", "published": "2025-10-06", "source": "thử"}]  # fmt: skip
    unit = make_unit(known)

    def told(value: float) -> list[str]:
        claim = Claim("same_period", "budget_revenue_growth", "total", "cumulative", "2026-09-30", value, "triệu đồng", "Trang", "C7")
        plans = check(read_observations(unit).iloc[:0].reindex(columns=PLANS.names), PLANS)
        reading = Reading("a.xlsx", "", "template", claims=(claim,))
        return [f.check for f in held_against(reading, read_observations(unit), read_unit(unit), plans=plans, received=date(2026, 10, 6))]

    assert told(120_500.0) == []
    assert told(120.5) == ["same_period_differs"]


def test_no_module_compares_a_unit_of_measure_by_its_words():
    by_words = re.compile(r"""measure\.vi\s*(==|!=|in\b|\.startswith)|measure"?\]?\s*(==|!=)\s*["'](?!flow|indicator)|== "%\"""")
    found = [
        path.name for path in PACKAGE.rglob("*.py") if path.name != "measures.py" and by_words.search(path.read_text(encoding="utf-8"))
    ]
    assert found == []


@pytest.mark.parametrize(("vi", "en"), [("triệu rand", "million rand"), ("lượt khách", "visits")])
def test_a_units_own_measure_is_the_same_in_each_of_its_languages(vi: str, en: str):
    own = measured(Named(vi=vi, en=en))
    assert all(fits(typed, own) for typed in (vi, en, en.upper()))
    assert not fits("km", own) and not fits("million dollars", own)
