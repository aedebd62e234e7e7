"""A unit that has no history: sense inside one delivery, the sizes confirmed once, a year of months as people fill them in."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import target

from kpi_lib import cli
from kpi_lib.definitions.indicators import read_unit
from kpi_lib.definitions.targets import has_document, read_plans
from kpi_lib.deliveries import store
from kpi_lib.deliveries.answers import confirm, confirm_sizes, still_waiting
from kpi_lib.deliveries.delivery import Receipt
from kpi_lib.deliveries.intake import ingest
from kpi_lib.deliveries.tables.template import write_template
from kpi_lib.figures.observations import read_observations
from kpi_lib.periods import month_end
from kpi_lib.words.messages import KpiError
from tests.deliveries.template_tools import fill

HEAD = "chỉ tiêu;phần;cách tính;kỳ;đvt;loại số;giá trị;ngày công bố"
RECEIVED = dt.date(2026, 10, 6)
JOBS, REVENUE, INVESTMENT = "new_jobs", "budget_revenue_growth", "public_investment_disbursement"
TARGETS = [
    target(JOBS, 2026, 1600), target("new_enterprises", 2026, 80), target("health_insurance_coverage", 2026, 98.5),
    target("gross_product_growth", 2026, 11.8),
]  # fmt: skip
PLANS = [{"indicator": INVESTMENT, "year": 2026, "value": 120, "measure": "tỷ đồng", "version": "adopted", "document": "NQ 5",
          "adopted": "2025-12-20", "source": "thử"}]  # fmt: skip
Take = Callable[..., Receipt]


@pytest.fixture
def ward(make_unit: Callable[..., str]) -> str:
    """A ward with targets and a plan, but without a figure."""
    return make_unit([], targets=TARGETS, plans=PLANS)


@pytest.fixture
def take(ward: str, tmp_path: Path) -> Take:
    """Hand in a tidy table; what waits only for a look at its size is let in at once."""
    numbers = itertools.count()

    def take(*rows: str, received: dt.date = RECEIVED, name: str = "") -> Receipt:
        path = tmp_path / (name or f"{next(numbers)}.csv")
        path.write_text("\n".join([HEAD, *rows]), encoding="utf-8")
        return ingest([path], ward, received=received)[0]

    return take


def asked(receipt: Receipt) -> set[str]:
    """What keeps figures back beside the question for the size."""
    return {fault.check for fault in receipt.faults if fault.keeps_back} - {"size_first"}


def line(indicator: str, basis: str, period: str, measure: str, value: str, *, part: str = "", published: str = "") -> str:
    return f"{indicator};{part};{basis};{period};{measure};thực hiện;{value};{published}"


def jobs(month: str, total: str) -> tuple[str, str]:
    return line(JOBS, "tháng", "2026-09", "lượt lao động", month), line(JOBS, "luỹ kế", "30/09/2026", "lượt lao động", total)


SENSELESS: dict[str, tuple[tuple[str, ...], str]] = {
    "a month above its sum": (jobs("500", "60"), "month_above_sum"),
    "a month above its sum, in money": (
        (line(INVESTMENT, "tháng", "2026-09", "tỷ đồng", "31"), line(INVESTMENT, "luỹ kế", "30/09/2026", "tỷ đồng", "20,5")),
        "month_above_sum",
    ),
    "a sum that is its month in September": (jobs("120", "120"), "cumulative_as_month"),
    "a part above its total": (
        (
            line(REVENUE, "tháng", "2026-09", "tỷ đồng", "25,5"),
            line(REVENUE, "tháng", "2026-09", "tỷ đồng", "40,5", part="land"),
        ),
        "part_above_total",
    ),
    "four times the plan": ((line(INVESTMENT, "luỹ kế", "30/09/2026", "tỷ đồng", "480,5"),), "size_unlikely"),
    "triệu for tỷ, against the plan": ((line(INVESTMENT, "luỹ kế", "30/09/2026", "tỷ đồng", "75.400,5"),), "size_unlikely"),
    "tỷ for triệu, against the plan": ((line(INVESTMENT, "luỹ kế", "30/09/2026", "triệu đồng", "75,4"),), "size_unlikely"),
    "a count a thousand times the target": (jobs("118.000", "1.180.000"), "size_unlikely"),
    "a percentage as a fraction": ((line("health_insurance_coverage", "mức", "30/09/2026", "%", "0,985"),), "size_unlikely"),
    "a share of the plan as a fraction": ((line(INVESTMENT, "luỹ kế", "30/09/2026", "% kế hoạch năm", "0,628"),), "size_unlikely"),
    "growth as a fraction": ((line("gross_product_growth", "luỹ kế", "30/09/2026", "%", "0,118"),), "size_unlikely"),
    "no placement by September": (jobs("0", "0"), "size_unlikely"),
    "no revenue by September": ((line(REVENUE, "luỹ kế", "30/09/2026", "tỷ đồng", "0"),), "size_unlikely"),
    "nobody insured": ((line("health_insurance_coverage", "mức", "30/09/2026", "%", "0"),), "size_unlikely"),
    "growth as an index": ((line("gross_product_growth", "luỹ kế", "30/09/2026", "%", "111,8"),), "growth_as_index"),
    "more households than people": ((line("poor_households", "mức", "30/09/2026", "hộ", "88000"),), "size_unlikely"),
    "revenue of a few hundred đồng a head": ((line(REVENUE, "tháng", "2026-09", "triệu đồng", "25,2"),), "size_unlikely"),
    "a share of the plan for a line of amounts": ((line(REVENUE, "luỹ kế", "30/09/2026", "% kế hoạch năm", "85,3"),), "not_used"),
    "a month of a level": ((line("forest_cover", "tháng", "2026-09", "%", "41,5"),), "not_used"),
    "a level of what adds up": ((line("new_enterprises", "mức", "30/09/2026", "doanh nghiệp", "61"),), "not_used"),
    "a part nobody knows": ((line(REVENUE, "tháng", "2026-09", "tỷ đồng", "3,2", part="đất"),), "not_used"),
    "a part misspelt": ((line(JOBS, "tháng", "2026-09", "lượt lao động", "90", part="totl"),), "not_used"),
    "published after it was received": (
        (line(JOBS, "tháng", "2026-08", "lượt lao động", "90", published="06/11/2026"),),
        "published_later",
    ),
    "published in years to come": ((line(JOBS, "tháng", "2027-12", "lượt lao động", "90", published="06/01/2028"),), "published_later"),
}


@pytest.mark.parametrize("name", SENSELESS)
def test_what_makes_no_sense_is_held_without_any_past(name: str, take: Take):
    rows, check = SENSELESS[name]
    receipt = take(*rows)
    assert check in asked(receipt), [(fault.check, fault.cell) for fault in receipt.faults]
    assert not receipt.accepted and len(receipt.waiting) == len(rows)


@pytest.mark.parametrize(("key", "measure"), [("new_enterprises", "doanh nghiệp"), (INVESTMENT, "tỷ đồng")])
def test_a_sum_that_stands_still_in_a_month_that_has_some_is_last_months_typed_again(key: str, measure: str, take: Take):
    def rows(month: int) -> tuple[str, str]:
        end = f"{dt.date(2026, month + 1, 1) - dt.timedelta(days=1):%d/%m/%Y}"
        return line(key, "tháng", f"2026-{month:02d}", measure, "2"), line(key, "luỹ kế", end, measure, "45")

    take(*rows(8))
    receipt = take(*rows(9))
    assert "cumulative_against_months" in asked(receipt) and not receipt.accepted


@pytest.mark.parametrize(("key", "before", "typed", "total"), [(REVENUE, "200,5", "42,9", "225,4"), (INVESTMENT, "66", "16", "75,4")])
def test_a_month_typed_too_large_does_not_widen_what_its_sum_allows(key: str, before: str, typed: str, total: str, take: Take):
    take(line(key, "luỹ kế", "31/08/2026", "tỷ đồng", before))
    receipt = take(line(key, "tháng", "2026-09", "tỷ đồng", typed), line(key, "luỹ kế", "30/09/2026", "tỷ đồng", total))
    assert "cumulative_against_months" in asked(receipt) and not receipt.accepted


NOUGHTS = {
    "an enterprise": line("new_enterprises", "tháng", "2026-09", "doanh nghiệp", "0"),
    "investment in January": line(INVESTMENT, "luỹ kế", "31/01/2026", "tỷ đồng", "0"),
    "investment in a month": line(INVESTMENT, "tháng", "2026-09", "tỷ đồng", "0"),
    "a poor household": line("poor_households", "mức", "30/09/2026", "hộ", "0"),
    "a child": line("child_malnutrition", "mức", "30/09/2026", "%", "0"),
}


@pytest.mark.parametrize("name", NOUGHTS)
def test_a_nought_that_may_well_be_one_is_not_held_for_its_size(name: str, take: Take):
    assert "size_unlikely" not in asked(take(NOUGHTS[name]))


MEASURED = {
    "jobs": jobs("118", "1180"),
    "the year's first month": (
        line(JOBS, "tháng", "2026-01", "lượt lao động", "90"), line(JOBS, "luỹ kế", "31/01/2026", "lượt lao động", "90"),
    ),
    "investment": (line(INVESTMENT, "tháng", "2026-09", "tỷ đồng", "9,4"), line(INVESTMENT, "luỹ kế", "30/09/2026", "tỷ đồng", "75,4")),
    "a share of the plan": (line(INVESTMENT, "luỹ kế", "30/09/2026", "% kế hoạch năm", "62,8"),),
    "a slow start": (line(INVESTMENT, "luỹ kế", "31/01/2026", "tỷ đồng", "0,8"),),
    "a level": (line("health_insurance_coverage", "mức", "30/09/2026", "%", "97,9"),),
    "growth": (line("gross_product_growth", "luỹ kế", "30/09/2026", "%", "9,4"),),
}  # fmt: skip


@pytest.mark.parametrize("name", MEASURED)
def test_what_is_of_the_size_of_its_plan_or_target_counts_at_once(name: str, take: Take):
    receipt = take(*MEASURED[name])
    assert len(receipt.accepted) == len(MEASURED[name]), [(fault.check, fault.cell, str(fault.found)) for fault in receipt.faults]


UNMEASURED = {
    "revenue, whose target is its growth": (
        line(REVENUE, "tháng", "2026-09", "tỷ đồng", "25,2"), line(REVENUE, "luỹ kế", "30/09/2026", "tỷ đồng", "227,5"),
        line(REVENUE, "tháng", "2026-09", "tỷ đồng", "4,2", part="land"),
    ),
    "households, of which none may be left": (line("poor_households", "mức", "30/09/2026", "hộ", "14"),),
    "a level without a target": (line("forest_cover", "mức", "30/09/2026", "%", "41,5"), line("trained_labour_rate", "mức", "30/09/2026", "%", "88,5")),
}  # fmt: skip


@pytest.mark.parametrize("name", UNMEASURED)
def test_what_nothing_measures_waits_for_one_look_at_its_size(name: str, take: Take, ward: str):
    receipt = take(*UNMEASURED[name])
    assert not asked(receipt), [(fault.check, fault.cell, str(fault.found)) for fault in receipt.faults]
    assert not receipt.accepted and len(receipt.waiting) == len(UNMEASURED[name])
    let_in = confirm_sizes(ward, by="Trần B", reason="đã đối chiếu", on=RECEIVED)
    assert [len(entry.accepted) for entry in let_in] == [len(UNMEASURED[name])]
    assert len(read_observations(ward)) == len(UNMEASURED[name])


def revenue(month: int, value: str, *, basis: str = "tháng") -> str:
    return line(REVENUE, basis, f"2026-{month:02d}" if basis == "tháng" else f"{month_end(2026, month):%d/%m/%Y}", "tỷ đồng", value)


def test_the_size_of_a_line_is_asked_once_and_a_second_delivery_is_held_against_the_first(take: Take, ward: str):
    take(revenue(9, "25,2"), revenue(9, "227,5", basis="luỹ kế"))
    second = take(revenue(9, "2275,5", basis="luỹ kế"))  # before anybody looked: the first is a past all the same
    assert "revision_beyond" in asked(second)
    confirm_sizes(ward, by="Trần B", reason="đúng", on=RECEIVED)
    third = take(revenue(10, "27,1"), received=dt.date(2026, 11, 2))
    assert [item.value for item in third.accepted] == [27.1]
    with pytest.raises(KpiError, match="no figure waits until somebody has looked at its size"):
        confirm_sizes(ward, by="Trần B", reason="đúng", on=RECEIVED)


def test_a_history_handed_in_at_once_is_its_own_past(take: Take):
    rows = [
        line(JOBS, "tháng", f"{year}-{month:02d}", "lượt lao động", f"{90 + 3 * month}") for year in (2024, 2025) for month in range(1, 13)
    ]
    assert len(take(*rows).accepted) == 24


def test_a_unit_with_figures_of_its_own_is_not_new(make_unit: Callable[..., str], tmp_path: Path):
    from conftest import row

    unit = make_unit([row("forest_cover", "level", "2025-12-31", 41.2, "2026-01-06", measure="%")], targets=TARGETS)
    path = tmp_path / "a.csv"
    path.write_text("\n".join([HEAD, revenue(9, "25,2")]), encoding="utf-8")
    assert len(ingest([path], unit, received=RECEIVED)[0].accepted) == 1


def test_the_sizes_are_confirmed_at_the_command_line(take: Take, ward: str, capsys: pytest.CaptureFixture[str]):
    take(revenue(9, "25,2"), revenue(9, "227,5", basis="luỹ kế"))
    answer = ["--unit", ward, "--name", "Trần B", "--reason", "đúng", "--lang", "en"]
    assert cli.main(["confirm", *answer]) == 20
    assert "which delivery" in capsys.readouterr().err
    assert cli.main(["confirm", "--sizes", *answer]) == 0
    assert "2 figures" in capsys.readouterr().out


# ---- order in time ----------------------------------------------------------------------------------------------------------------


def test_a_value_that_was_replaced_does_not_come_back_unasked(take: Take, ward: str):
    for value in ("118", "120"):
        assert take(line(JOBS, "tháng", "2026-09", "lượt lao động", value)).accepted
    again = take(line(JOBS, "tháng", "2026-09", "lượt lao động", "118"), "")
    assert "superseded_again" in asked(again) and not again.accepted
    assert [item.value for item in confirm(ward, again.number, by="A", reason="đúng", on=RECEIVED).accepted] == [118]


def test_an_older_edition_of_a_form_is_asked_about_and_a_newer_one_is_not(ward: str, tmp_path: Path):
    form = blank(ward, 9, tmp_path)
    editions = [(120, dt.date(2026, 10, 3)), (123, dt.date(2026, 10, 5)), (121, dt.date(2026, 10, 1))]
    receipts = []
    for number, (value, made) in enumerate(editions):
        path = fill(
            form, {(JOBS, "total"): {"month": value, "cumulative": 1180 + value}}, prepared=made, target=tmp_path / f"b{number}.xlsx"
        )
        receipts += ingest([path], ward, received=RECEIVED)
    assert [len(receipt.accepted) for receipt in receipts] == [2, 2, 0]
    assert asked(receipts[2]) == {"older_edition"}


@pytest.mark.parametrize("words", ["chưa có văn bản", "không", "x", "dự thảo NQ 45/NQ-HĐND", "đang trình", "none", "-", "theo chỉ đạo"])
def test_what_names_no_document_is_none(words: str):
    assert not has_document(words)


@pytest.mark.parametrize(
    "words", ["Quyết định 12/QĐ-UBND về chương trình không rác thải", "60-NQ/ĐU ngày 01/11/2026", "Resolution 7 on villages without water"]
)
def test_what_a_document_is_about_does_not_undo_it(words: str):
    assert has_document(words)


# ---- last year's figures -----------------------------------------------------------------------------------------------------------


def year_of_jobs(take: Take) -> None:
    rows = [line(JOBS, "tháng", f"2025-{month:02d}", "lượt lao động", f"{2 + month % 4}", published=f"06/{month % 12 + 1:02d}/{2025 + month // 12}")
            for month in range(1, 13)]  # fmt: skip
    assert len(take(*rows).accepted) == 12


def test_a_small_count_that_is_last_years_counts_with_the_chance_said(take: Take):
    year_of_jobs(take)
    receipt = take(
        line(JOBS, "tháng", "2026-01", "lượt lao động", "3"), line(JOBS, "luỹ kế", "31/01/2026", "lượt lao động", "3"),
        received=dt.date(2026, 2, 3),
    )  # fmt: skip
    told = [fault for fault in receipt.faults if fault.check == "last_year_again"]
    assert len(receipt.accepted) == 2 and {fault.severity for fault in told} == {"note"}
    assert all("about 22%" in fault.expected["en"] for fault in told)


def test_what_is_last_years_may_be_confirmed(take: Take, ward: str):
    year_of_jobs(take)
    rows = [line(JOBS, "tháng", f"2026-0{month}", "lượt lao động", f"{2 + month % 4}") for month in range(1, 6)]
    receipt = take(*rows, received=dt.date(2026, 6, 3))
    assert asked(receipt) <= {"last_year_again"}
    if receipt.waiting:
        assert len(confirm(ward, receipt.number, by="A", reason="đúng", on=RECEIVED).accepted) == len(receipt.waiting)


# ---- a year -------------------------------------------------------------------------------------------------------------------------


def blank(unit: str, month: int, folder: Path) -> Path:
    """The form of a month."""
    path, day = folder / f"form-{month}.xlsx", month_end(2026, month)
    obs = read_observations(unit, as_of=day)
    write_template(read_unit(unit), 2026, path, month=month, obs=obs, plans=read_plans(unit), as_of=day)
    return path


MONTHLY = {
    REVENUE: [25.2, 18.4, 21.7, 22.9, 20.3, 24.6, 23.8, 21.1, 22.5, 24.9, 26.3, 31.8],
    JOBS: [118, 95, 141, 160, 122, 150, 133, 128, 140, 139, 151, 123],
    "new_enterprises": [3, 2, 6, 7, 6, 9, 8, 5, 7, 8, 9, 4],
}
SLIPS = {1: 10, 2: 10, 5: 1000, 9: 0.1}  # in these months the jobs are mistyped by so much, and sent again as they should be


def test_a_ward_fills_in_its_first_year(ward: str, tmp_path: Path):
    wrong, questions = set(), dict.fromkeys(range(1, 13), 0)
    for month in range(1, 13):
        form, day = blank(ward, month, tmp_path), month_end(2026, month)
        right = {
            (key, "total"): {"month": values[month - 1], "cumulative": round(sum(values[:month]), 1), "status": "Thực hiện"}
            for key, values in MONTHLY.items()
        }
        right["health_insurance_coverage", "total"] = {"cumulative": round(97.1 + 0.1 * month, 1), "status": "Thực hiện"}
        if month in SLIPS:
            typed = {**right, (JOBS, "total"): {**right[JOBS, "total"], "month": round(MONTHLY[JOBS][month - 1] * SLIPS[month])}}
            slipped = ingest([fill(form, typed, target=tmp_path / f"wrong-{month}.xlsx")], ward, received=day)[0]
            wrong |= {item.value for item in slipped.accepted if item.indicator == JOBS}
        receipt = ingest([fill(form, right, target=tmp_path / f"right-{month}.xlsx")], ward, received=day + dt.timedelta(days=2))[0]
        assert not [fault for fault in receipt.faults if fault.severity == "refuse"], [
            (f.check, f.cell, str(f.found)) for f in receipt.faults
        ]
        if "size_first" in {fault.check for fault in receipt.faults}:
            confirm_sizes(ward, by="Trần B", reason="đúng", on=day + dt.timedelta(days=2))
            questions[month] += 1
        if asked(receipt):
            questions[month] += 1
            confirm(ward, receipt.number, by="Trần B", reason="đúng", on=day + dt.timedelta(days=2))
    assert not wrong and max(questions.values()) <= 2, questions
    obs = read_observations(ward)
    for key, values in MONTHLY.items():
        known = obs[(obs["indicator"] == key) & (obs["basis"] == "month")].sort_values("published").groupby("period")["value"].last()
        assert known.tolist() == values
    still = [item for record in store.records(ward) if record.kind == "delivery" for item in still_waiting(ward, record)[0]]
    assert not [item for item in still if item.indicator == JOBS], still
