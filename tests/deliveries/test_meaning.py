"""Every check of meaning trips on its own fixture and stays silent on the clean neighbour."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace

import pandas as pd
import pytest
from conftest import row

from kpi_lib.definitions.columns import check as checked
from kpi_lib.definitions.frames import PLANS
from kpi_lib.definitions.indicators import read_unit
from kpi_lib.deliveries.checks.meaning import held_against
from kpi_lib.deliveries.delivery import Claim, DeliveredFigure, Fault, PlanFigure, Reading, checks
from kpi_lib.figures.observations import read_observations
from kpi_lib.periods import month_end

DAY = dt.date(2024, 9, 25)
EVENT = '[[boundary_event]]\ndate = 2024-07-01\nvi = "Lập phường"\nen = "New ward"\n'


def value_of(year: int, month: int) -> float:
    """An uneven, growing monthly amount."""
    return round((100 + 12 * ((month * 5) % 7)) * 1.04 ** (year - 2021) * (1 + 0.02 * ((year * 7 + month * 3) % 5 - 2)), 1)


def history(**more: object) -> list[dict[str, object]]:
    rows = []
    for year in (2021, 2022, 2023, 2024):
        for month in range(1, 13 if year < 2024 else 9):
            known = f"{year + month // 12}-{month % 12 + 1:02d}-06"
            rows.append(
                row("budget_revenue_growth", "month", f"{year}-{month:02d}", value_of(year, month), known, measure="tỷ đồng", **more)
            )
    for quarter in range(12):
        year, q = 2021 + quarter // 4, quarter % 4 + 1
        end = month_end(year, 3 * q)
        rows.append(
            row(
                "gross_product_growth",
                "cumulative",
                f"{end}",
                9 + 0.3 * (quarter % 5),
                f"{end + dt.timedelta(days=6)}",
                measure="%",
                **more,
            )
        )
    return rows


def figure(
    basis: str,
    period: str,
    value: float,
    *,
    cell: str = "E6",
    indicator: str = "budget_revenue_growth",
    measure: str = "tỷ đồng",
    **more: object,
) -> DeliveredFigure:
    return DeliveredFigure(
        indicator, str(more.pop("series", "total")), basis, period, value, measure, str(more.pop("status", "estimate")), "S", cell, **more
    )  # type: ignore[arg-type]


MONTH = value_of(2024, 9)
SUM = round(sum(value_of(2024, m) for m in range(1, 9)) + MONTH, 1)
LAST = round(sum(value_of(2023, m) for m in range(1, 10)), 1)
CLEAN = (figure("month", "2024-09", MONTH), figure("cumulative", "2024-09-30", SUM, cell="F6"))
PLAN = {
    "indicator": "budget_revenue_growth",
    "year": 2024,
    "value": 1800,
    "measure": "tỷ đồng",
    "version": "assigned",
    "document": "QĐ 1",
    "adopted": "2023-12-20",
    "source": "thử",
}


@pytest.fixture
def hold(make_unit: Callable[..., str]) -> Callable[..., list[Fault]]:
    """Hold a delivery against the history and give its faults."""

    def hold(
        figures: tuple[DeliveredFigure, ...] = CLEAN,
        *,
        claims: tuple[Claim, ...] = (),
        plans: tuple[PlanFigure, ...] = (),
        received: dt.date = DAY,
        deadline: dt.date | None = None,
        rows: list | None = None,
        toml: str = "",
        prepared: str = "",
        sized: frozenset | None = None,
    ) -> list[Fault]:
        unit = make_unit(history() if rows is None else rows, toml=toml)
        made = DAY - dt.timedelta(days=1) if prepared else None
        reading = Reading("f.xlsx", "", "template", figures, plans, claims, months=((2024, 9),), prepared=made)
        known, days = checked(pd.DataFrame([PLAN]), PLANS), {"deliveries/so_lieu.csv": DAY}
        return held_against(
            reading, read_observations(unit), read_unit(unit), plans=known, received=received, deadline=deadline, prepared=days, sized=sized
        )

    return hold


def claim(kind: str, value: float, measure: str = "%") -> Claim:
    basis, period = ("month", "2024-09") if "month" in kind else ("cumulative", "2024-09-30")
    return Claim(kind, "budget_revenue_growth", "total", basis, period, value, measure, "S", "H6")  # type: ignore[arg-type]


def plan(value: float, document: str = "") -> PlanFigure:
    return PlanFigure("budget_revenue_growth", 2024, value, "tỷ đồng", "assigned", document, None, "S", "D6")


def test_a_clean_delivery_trips_nothing(hold: Callable[..., list[Fault]]):
    claims = (claim("percent_of_plan", SUM / 18), claim("percent_of_same_period", 100 * SUM / LAST), claim("same_period", LAST, "tỷ đồng"))
    assert hold(claims=claims, plans=(plan(1800.0),), deadline=DAY) == []


def with_month(value: float) -> tuple[DeliveredFigure, ...]:
    return (replace(CLEAN[0], value=value), CLEAN[1])


GROWTH = {"indicator": "gross_product_growth", "measure": "%"}
SAME = [value_of(2023, m) for m in (7, 8, 9)]
CASES: dict[str, dict[str, object]] = {
    "parts_against_total": {
        "figures": (
            *CLEAN,
            figure("month", "2024-09", 0.7 * MONTH, cell="E7", series="land"),
            figure("month", "2024-09", 0.5 * MONTH, cell="E8", series="taxes_and_fees"),
        )
    },
    "unit_slip": {"figures": with_month(MONTH * 1000)},
    "cumulative_as_month": {"figures": with_month(SUM)},
    "month_as_cumulative": {"figures": (CLEAN[0], replace(CLEAN[1], value=MONTH))},
    "cumulative_against_months": {"figures": (CLEAN[0], replace(CLEAN[1], value=SUM * 1.25))},
    "cumulative_falls": {"figures": (CLEAN[0], replace(CLEAN[1], value=SUM * 0.8))},
    "last_year_again": {"figures": (replace(CLEAN[0], value=value_of(2023, 9)), replace(CLEAN[1], value=LAST))},
    "revision_unusual": {"figures": (*CLEAN, figure("month", "2024-07", value_of(2024, 7) * 1.35, cell="V6", status="actual"))},
    "revision_beyond": {"figures": (*CLEAN, figure("month", "2024-07", value_of(2024, 7) * 2.6, cell="V6", status="actual"))},
    "future_figure": {"figures": (*CLEAN, figure("month", "2024-11", 120.0, cell="X6"))},
    "actual_too_early": {"figures": (replace(CLEAN[0], status="actual"), CLEAN[1])},
    "figure_twice": {"figures": (*CLEAN, figure("month", "2024-09", MONTH + 3, cell="E9"))},
    "outside_limits": {"figures": (figure("level", "2024-08-31", 104.0, indicator="health_insurance_coverage", measure="%"),)},
    "negative_month": {"figures": with_month(-MONTH)},
    "number_negative": {"figures": (CLEAN[0], replace(CLEAN[1], value=-SUM))},
    "fraction_of_whole": {"figures": (figure("month", "2024-09", 7.5, indicator="new_enterprises", measure="doanh nghiệp"),)},
    "growth_as_index": {"figures": (figure("cumulative", "2024-06-30", 109.4, **GROWTH),)},  # type: ignore[arg-type]
    "plan_percent_differs": {"claims": (claim("percent_of_plan", SUM / 18 * 0.7),)},
    "same_period_percent_differs": {
        "claims": (claim("percent_of_same_period", 100 * SUM / LAST + 60), claim("same_period", LAST, "tỷ đồng"))
    },
    "equal_or_increase": {"claims": (claim("percent_of_same_period", 100 * SUM / LAST - 100), claim("same_period", LAST, "tỷ đồng"))},
    "same_period_differs": {"claims": (claim("same_period", LAST * 1.6, "tỷ đồng"),)},
    "plan_changed": {"plans": (plan(2400.0),)},
    "plan_amended": {"plans": (plan(2400.0, "QĐ 45 ngày 12/09/2024"),)},
    "plan_unlikely": {"plans": (plan(1_800_000.0, "QĐ 45"),)},
    "estimate_not_replaced": {
        "rows": [*history(), row("budget_revenue_growth", "month", "2024-05", 130, "2024-06-20", measure="tỷ đồng", status="estimate")]
    },
    "estimate_after_actual": {"figures": (*CLEAN, figure("month", "2024-07", value_of(2024, 7) * 1.01, cell="V6"))},
    "boundary_crossed": {"figures": (figure("month", "2024-03", 110.0),), "toml": EVENT},
    "boundary_comparison": {
        "claims": (claim("same_period", LAST, "tỷ đồng"),),
        "figures": (CLEAN[0],),
        "toml": EVENT.replace("2024-07-01", "2023-12-01"),
    },
    "deadline_missed": {"deadline": dt.date(2024, 9, 20)},
    "months_skipped": {"rows": [r for r in history() if r["period"] not in ("2024-07", "2024-08")], "figures": (CLEAN[0],)},
    "zero_unusual": {"figures": with_month(0.0)},
    "constant_copy": {"figures": (*CLEAN, *(figure("month", f"2024-0{m}", 131.3, cell=f"Q{m}", status="actual") for m in (3, 4, 5, 6)))},
    "value_unusual": {"figures": with_month(MONTH * 6)},
    "month_above_sum": {
        "figures": (
            figure("month", "2024-09", 500.0, indicator="new_jobs", measure="lượt lao động"),
            figure("cumulative", "2024-09-30", 60.0, cell="F6", indicator="new_jobs", measure="lượt lao động"),
        )
    },
    "part_above_total": {"figures": (*CLEAN, figure("month", "2024-09", 1.2 * MONTH, cell="E7", series="land"))},
    "size_unlikely": {"figures": (figure("month", "2024-09", 90_000.0, indicator="new_jobs", measure="lượt lao động"),)},
    "size_first": {"figures": (figure("month", "2024-09", 90.0, indicator="new_jobs", measure="lượt lao động"),), "sized": frozenset()},
    "published_later": {"figures": (replace(CLEAN[0], published=dt.date(2026, 1, 6)), CLEAN[1])},
    "older_edition": {"figures": (replace(CLEAN[0], period="2024-08", value=value_of(2024, 8) + 1),), "prepared": "earlier"},
    "not_used": {"figures": (figure("month", "2024-09", 85.3, measure="% kế hoạch năm"),)},
    "superseded_again": {
        "rows": [*history(), row("budget_revenue_growth", "month", "2024-08", 99.9, "2024-09-05", measure="tỷ đồng")],
        "figures": (replace(CLEAN[0], period="2024-08", value=99.9),),
    },
}


@pytest.mark.parametrize("name", CASES)
def test_each_check_trips_on_its_fixture(name: str, hold: Callable[..., list[Fault]]):
    told = hold(**CASES[name])
    found = [fault for fault in told if fault.check == name]
    assert found, [(f.check, f.cell, f.found) for f in told]
    assert all(f.found and f.expected and f.action and f.file == "f.xlsx" for f in found)
    assert found[0].severity == checks()[name].severity


def test_every_check_of_meaning_has_a_fixture():
    assert {name for name, check in checks().items() if check.stage == "meaning"} <= set(CASES)


def test_what_waits_is_what_the_severity_says(hold: Callable[..., list[Fault]]):
    figures = with_month(MONTH * 6)
    held = [f for f in hold(figures) if f.keeps_back]
    assert any(f.concerns("S", "E6") for f in held) and not any(f.concerns("T", "E6") for f in held)


def test_one_cause_is_told_once_and_not_by_its_echoes(hold: Callable[..., list[Fault]]):
    told = [f.check for f in hold(with_month(MONTH * 1000)) if "E6" in (f.cell, *f.holds)]
    assert told == ["unit_slip"]


def test_figures_handed_in_after_the_month_may_be_actual(hold: Callable[..., list[Fault]]):
    actual = tuple(replace(item, status="actual") for item in CLEAN)
    assert not [f for f in hold(actual, received=dt.date(2024, 10, 3)) if f.check == "actual_too_early"]


def test_what_is_assessed_once_a_year_may_be_known_before_its_last_day(hold: Callable[..., list[Fault]]):
    assessed = figure("year", "2024", 91.0, indicator="party_members_rated_good", measure="%", status="actual")
    assert not [f for f in hold((assessed,)) if f.check == "actual_too_early"]


@pytest.mark.parametrize("quarter", [2, 3, 4])
@pytest.mark.parametrize(("line", "measure"), [("budget_revenue_growth", "tỷ đồng"), ("new_enterprises", "doanh nghiệp")])
def test_a_quarter_is_held_against_quarters_and_never_against_sums_to_date(
    hold: Callable[..., list[Fault]], line: str, measure: str, quarter: int
):
    past = [
        {**r, "indicator": line, "measure": measure, "value": round(float(str(r["value"])))} for r in history() if r["basis"] == "month"
    ]
    months = {str(r["period"]): int(str(r["value"])) for r in past}
    value, end = sum(months[f"2023-{3 * quarter - m:02d}"] for m in range(3)), month_end(2023, 3 * quarter)
    to_date = sum(months[f"2023-{m:02d}"] for m in range(1, 3 * quarter + 1))
    published = str(end + dt.timedelta(days=6))
    past.append(row(line, "cumulative", str(end), to_date, published, measure=measure))
    item = figure("quarter", f"2023-Q{quarter}", value, indicator=line, measure=measure, status="actual")
    assert hold((item,), rows=past) == []
    assert hold((item,), rows=[*past, row(line, "quarter", item.period, value, published, measure=measure)]) == []
    replaced = [row(line, "quarter", item.period, value, published, measure=measure),
                row(line, "quarter", item.period, value + 1, str(end + dt.timedelta(days=9)), measure=measure)]  # fmt: skip
    assert [f.check for f in hold((item,), rows=[*past, *replaced])] == ["superseded_again"]
    assert [f.check for f in hold((replace(item, value=6 * value),), rows=past)] == ["value_unusual"]
    assert [f.check for f in hold((replace(item, value=1000 * value),), rows=past)] == ["unit_slip"]


@pytest.mark.parametrize(("line", "measure"), [("budget_revenue_growth", "tỷ đồng"), ("new_enterprises", "doanh nghiệp")])
def test_figures_of_another_territory_are_held_against_its_own_past_and_not_against_the_units(
    hold: Callable[..., list[Fault]], line: str, measure: str
):
    past = [
        {**r, "indicator": line, "measure": measure, "value": round(float(str(r["value"])))} for r in history() if r["basis"] == "month"
    ]
    own = {"indicator": line, "measure": measure, "status": "actual"}
    own_month = figure("month", "2024-08", round(value_of(2024, 8)), **own)  # type: ignore[arg-type]
    own_sum = figure(  # type: ignore[arg-type]
        "cumulative", "2024-08-31", sum(round(value_of(2024, m)) for m in range(1, 9)), cell="F6", **own
    )  # fmt: skip
    other = [replace(item, value=item.value * 4, perimeter="tỉnh cũ", cell=f"{item.cell[0]}7") for item in (own_month, own_sum)]
    assert hold((own_month, own_sum), rows=past) == []
    assert {fault.check for fault in hold((own_month, own_sum, *other), rows=past)} <= {"not_used"}
    other[0] = replace(other[0], value=other[1].value + 40)
    told = [(fault.check, fault.cell) for fault in hold((own_month, own_sum, *other), rows=past)]
    assert told == [("month_above_sum", "E7")]
    other[0] = replace(other[0], value=1000 * own_month.value)
    assert "unit_slip" in {fault.check for fault in hold((own_month, other[0]), rows=past)}
    before = [{**r, "value": 40 * float(str(r["value"])), "perimeter": "tỉnh cũ"} for r in past]
    slow = replace(other[0], value=own_month.value)
    assert [(fault.check, fault.cell) for fault in hold((own_month, slow), rows=[*past, *before])] == [
        ("revision_beyond", "E7"),
        ("value_unusual", "E7"),
    ]
    part = replace(own_month, series="land", value=own_month.value + 40, perimeter="tỉnh cũ", cell="E8")
    assert hold((own_month, own_sum, part), rows=past) == []


@pytest.mark.parametrize(("line", "measure"), [("new_jobs", "lượt lao động"), ("new_enterprises", "doanh nghiệp")])
def test_a_month_and_the_sum_that_holds_it_are_held_against_each_other_in_whichever_delivery_they_come(
    hold: Callable[..., list[Fault]], line: str, measure: str
):
    month, total = (
        figure("month", "2024-01", 500, indicator=line, measure=measure, status="actual"),
        figure("cumulative", "2024-01-31", 60, cell="F6", indicator=line, measure=measure, status="actual"),
    )
    known = {f.basis: row(line, f.basis, f.period, f.value, "2024-02-06", measure=measure) for f in (month, total)}
    assert [(f.check, f.cell) for f in hold((month,), rows=[known["cumulative"]])] == [("month_above_sum", "E6")]
    assert [(f.check, f.cell) for f in hold((total,), rows=[known["month"]])] == [("month_above_sum", "F6")]
    assert "month_above_sum" not in {f.check for f in hold((replace(month, value=61),), rows=[known["cumulative"]])}  # a usual revision


@pytest.mark.parametrize(("basis", "periods", "said"), [
    ("month", ("2024-03", "2024-04", "2024-05", "2024-06"), "4 months are 131.3 alike"),
    ("quarter", ("2023-Q1", "2023-Q2", "2023-Q3", "2023-Q4"), "4 quarters are 131.3 alike"),
])  # fmt: skip
def test_one_number_copied_over_many_periods_is_told_by_the_periods_name(
    basis: str, periods: tuple[str, ...], said: str, hold: Callable[..., list[Fault]]
):
    copied = (figure(basis, period, 131.3, cell=f"Q{n}", status="actual") for n, period in enumerate(periods, 1))
    told = [fault for fault in hold(figures=(*CLEAN, *copied)) if fault.check == "constant_copy"]
    assert len(told) == len(periods) and all(fault.found["en"] == said for fault in told)


@pytest.mark.parametrize(("line", "typed", "value", "plan"), [
    ("public_investment_disbursement", "triệu đồng", 75_400, (120, "tỷ đồng")), ("budget_revenue_growth", "tỷ đồng", 4_000, (5_400_000, "triệu đồng")),
])  # fmt: skip
def test_a_plan_handed_in_with_a_figure_measures_it_in_whatever_unit_of_money_it_is_told(
    line: str, typed: str, value: float, plan: tuple[float, str], hold: Callable[..., list[Fault]]
):
    amount, measure = plan
    told = PlanFigure(line, 2024, amount, measure, "assigned", "QĐ 2", dt.date(2024, 1, 5), "S", "G6")
    for size, wrong in ((1, False), (0.001, True), (1000, True)):
        found = hold((figure("cumulative", "2024-09-30", size * value, indicator=line, measure=typed),), plans=(told,), rows=[])
        assert ("size_unlikely" in {fault.check for fault in found}) == wrong, size


@pytest.mark.parametrize(("above", "own", "value"), [("triệu đồng", "tỷ đồng", 75.4), ("tỷ đồng", "triệu đồng", 75_400)])
@pytest.mark.parametrize("line", ["public_investment_disbursement", "budget_revenue_growth"])
def test_the_unit_above_measures_a_figure_in_whatever_unit_of_money_it_keeps_its_own(
    line: str, above: str, own: str, value: float, hold: Callable[..., list[Fault]], make_unit: Callable[..., str]
):
    whole = 1_500 * (1000 if above == "triệu đồng" else 1)
    known = [row(line, "cumulative", "2023-09-30", whole, "2023-10-06", measure=above)]
    make_unit(known, unit="tinh")
    for size, wrong in ((1, False), (0.001, True), (1000, True)):
        item = figure("cumulative", "2024-09-30", size * value, indicator=line, measure=own)
        found = hold((item,), rows=[], toml='parent = "tinh"')
        assert ("size_unlikely" in {fault.check for fault in found}) == wrong, size
