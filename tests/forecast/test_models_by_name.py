"""Every model by name on every kind of history: that model, or a refusal with its name and the way out; another model never."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest
from conftest import monthly, row

import kpi_lib as kpi
from kpi_lib.forecast import models
from kpi_lib.forecast.models import MODELS, RULES, CannotServeError
from kpi_lib.periods import month_end
from tests.made import SEASON, plan, share_rows, three_years

FIRMS = {"measure": "doanh nghiệp"}
EVERY = set(MODELS)
OF_SUMS = {"year_share", *RULES}
FITTED = {"ets", "sarimax", "theta"}


def by_quarter() -> list[dict[str, object]]:
    """Three years of quarters and two quarters of the fourth."""
    quarters = [(year, number) for year in range(2022, 2026) for number in range(1, 5)][:14]
    return [
        row("new_enterprises", "quarter", f"{y}-Q{q}", 20 + 3 * q + i % 3, str(month_end(y, 3 * q) + dt.timedelta(days=6)), **FIRMS)
        for i, (y, q) in enumerate(quarters)
    ]


def at_odd_days() -> list[dict[str, object]]:
    """Sums to date on other days every year."""
    days = {"2023-05-14": 30, "2023-09-03": 66, "2024-04-22": 31, "2024-10-30": 84, "2025-03-05": 17, "2025-09-08": 80}
    rows = [row("new_enterprises", "cumulative", day, value, f"{day[:8]}28", **FIRMS) for day, value in days.items()]
    return rows + [row("new_enterprises", "year", str(y), v, f"{y + 1}-01-06", **FIRMS) for y, v in ((2023, 100), (2024, 110))]


def months(years: dict[int, np.ndarray], indicator: str = "new_enterprises", measure: str = "doanh nghiệp") -> list[dict[str, object]]:
    return [one for year, values in years.items() for one in monthly(indicator, year, values, measure=measure)]


def refunded(indicator: str, measure: str) -> list[dict[str, object]]:
    """Months of which one, in a past year, is below zero, and its quarter is not; eight months of this year."""
    past = SEASON * 10
    past[3] = -4.0
    return months({2022: SEASON * 9, 2023: past, 2024: SEASON * 11, 2025: SEASON[:8] * 12}, indicator, measure)


def states(indicator: str, measure: str, values: tuple[float, ...]) -> list[dict[str, object]]:
    return [row(indicator, "level", f"{2025 - len(values) + i}-12-31", v, f"{2026 - len(values) + i}-01-06", measure=measure) for i, v in enumerate(values)]  # fmt: skip


def rates() -> list[dict[str, object]]:
    ends = [(year, end) for year in (2022, 2023, 2024, 2025) for end in ("06-30", "12-31")][:7]
    return [row("gross_product_growth", "cumulative", f"{y}-{e}", 7 + i / 10, f"{y + (e > '07')}-{'07' if e < '07' else '01'}-10", measure="%") for i, (y, e) in enumerate(ends)]  # fmt: skip


HISTORIES = {
    "months": ("new_enterprises", three_years(), EVERY),
    "months of money": ("budget_revenue_growth", three_years("budget_revenue_growth", "tỷ đồng"), EVERY),
    "months under a plan": ("public_investment_disbursement", three_years("public_investment_disbursement", "tỷ đồng"), EVERY),
    "quarters": ("new_enterprises", by_quarter(), EVERY),
    "months that never change": ("new_enterprises", months({y: np.full(12 if y < 2025 else 9, 5.0) for y in range(2022, 2026)}), EVERY - FITTED),
    "nothing by this month last year": ("new_jobs", months({2023: SEASON, 2024: np.where(np.arange(12) < 9, 0, SEASON), 2025: SEASON[:9]}, "new_jobs", "lượt lao động"), EVERY - {"same_period"}),
    "nothing of this year": ("new_enterprises", three_years()[:36], EVERY - OF_SUMS),
    "sums to date": ("new_enterprises", share_rows(), OF_SUMS),
    "sums on odd days": ("new_enterprises", at_odd_days(), OF_SUMS - {"same_period"}),
    "this year alone": ("new_enterprises", three_years()[36:], OF_SUMS - {"same_period"}),
    "refunds": ("budget_revenue_growth", refunded("budget_revenue_growth", "tỷ đồng"), OF_SUMS),
    "growth": ("gross_product_growth", rates(), set()),
    "share": ("health_insurance_coverage", states("health_insurance_coverage", "%", (90.0, 91.0, 92.5)), set()),
    "level": ("national_standard_schools", states("national_standard_schools", "%", (70.0, 80.0)), set()),
    "cases": ("poor_households", states("poor_households", "hộ", (9, 5, 2)), set()),
    "assessment": ("military_recruitment", [], set()),
}  # fmt: skip


@pytest.mark.parametrize("kind", HISTORIES)
def test_a_model_asked_for_by_name_answers_itself_or_is_refused_by_name(make_unit, monkeypatch: pytest.MonkeyPatch, kind: str):
    def stands_in(*_: object, **__: object) -> np.ndarray:
        raise AssertionError("another model answered")

    monkeypatch.setattr(models, "seasonal_naive", stands_in)
    line, rows, able = HISTORIES[kind]
    unit = make_unit(rows, plans=[plan("public_investment_disbursement", 120.0, "2024-12-10", measure="tỷ đồng")])
    place, obs = kpi.read_unit(unit), kpi.read_observations(unit)
    served, refused = set(), dict[str, str]()
    for name in MODELS:
        try:
            found = kpi.project(obs, kpi.INDICATORS[line], 2025, as_of="2025-10-15", model=name, unit=place, draws=40)
        except CannotServeError as refusal:
            refused[name] = str(refusal)
            continue
        served.add(name)
        assert found.known and found.model == name and np.isfinite(found.draws).all()
    assert served == able
    assert all(f"{line}: the model {name} (" in words and "eave model empty" in words for name, words in refused.items())
    chosen = kpi.project(obs, kpi.INDICATORS[line], 2025, as_of="2025-10-15", unit=place, draws=40)
    assert chosen.known or kind in ("assessment", "cases")


@pytest.mark.parametrize(("line", "measure"), [("budget_revenue_growth", "tỷ đồng"), ("new_jobs", "lượt lao động")])
def test_refunds_are_served_by_quarters_or_by_sums_and_never_as_nothing(make_unit, line: str, measure: str):
    unit, ind = make_unit(refunded(line, measure)), kpi.INDICATORS[line]
    obs = kpi.read_observations(unit)
    by_sums = kpi.project(obs, ind, 2025, as_of="2025-09-15", draws=400)
    assert by_sums.model == "sums" and by_sums.reason["en"].startswith(
        "A period's amount is below zero, so only the cumulative figures count:"
    )
    by_quarters = kpi.project(obs, ind, 2025, as_of="2025-07-15", draws=400)
    assert by_quarters.model == "structural" and by_quarters.reason["en"].startswith("All quarters of the 3 years before are known")
    for found in (by_sums, by_quarters):
        assert found.quantile(0.5) == pytest.approx(1200, rel=0.08)
    with pytest.raises(CannotServeError, match="below zero, so only the cumulative figures count"):
        kpi.project(obs, ind, 2025, as_of="2025-09-15", model="structural")
