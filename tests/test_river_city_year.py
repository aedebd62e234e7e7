"""A city in English, dollars and a year from July, at four dates of it: every line is told, without a Vietnamese letter; weeks stay as sure as months."""

from __future__ import annotations

import pytest
from conftest import PROJECT

import kpi_lib as kpi
from benchmarks.messages import VIETNAMESE
from kpi_lib.narrative.outlooks import answer, outlook_sentence
from kpi_lib.outlook import verdict

GREY = {  # by the date of the report, what cannot be judged yet: pipes are counted each half-year, residents asked after the year
    "2025-10-15": {"lead_pipes", "residents_satisfied"},
    "2026-01-15": {"lead_pipes", "residents_satisfied"},
    "2026-04-15": {"residents_satisfied"},
    "2026-07-31": {"sales_tax_growth"},
}


@pytest.mark.parametrize("as_of", GREY)
def test_the_year_from_july_is_told_in_english_at_four_dates(as_of: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("KPI_ROOT", str(PROJECT))
    unit = kpi.read_unit("river-city", as_of=as_of)
    items = {
        item.indicator.id: item for item in verdict.outlooks(kpi.read_observations("river-city", as_of=as_of), unit, 2025, as_of=as_of)
    }
    assert len(items) == 14
    told = {key: outlook_sentence(item, "en").text for key, item in items.items()} | {"all": answer(list(items.values()), "en").text}
    assert not [text for text in told.values() if VIETNAMESE.search(text)]
    assert {key for key, item in items.items() if item.probability != item.probability} == GREY[as_of]
    assert "2025/26" in told["all"]
    holes = items["potholes_repaired"].projection
    low, high = holes.interval(0.80)
    assert holes.complete or (holes.model == "structural" and high - low < 0.13 * holes.quantile(0.5))
