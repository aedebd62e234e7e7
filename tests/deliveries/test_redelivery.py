"""The whole Quảng Ninh investment run, 170 months, handed in again month by month in the template."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
from conftest import PROJECT

from kpi_lib.definitions.indicators import read_unit
from kpi_lib.definitions.targets import read_plans
from kpi_lib.deliveries.intake import Receipt, ingest
from kpi_lib.deliveries.tables.template import write_template
from kpi_lib.figures.observations import read_observations
from tests.deliveries.template_tools import fill

pytestmark = pytest.mark.xdist_group("redelivery")
KEY = ("public_investment_disbursement", "total")
SOURCE = PROJECT / "data" / "raw" / "quang-ninh"

UNIT = """
level = "province"
population = 1313000
deadline_day = 31
name = {vi = "Tỉnh Quảng Ninh", en = "Quảng Ninh province"}
publication_rule = {vi = "ngày ghi trong nguồn", en = "as dated in the source"}
reports_to = {vi = "Ban Thường vụ", en = "Standing Committee"}
headline = ["public_investment_disbursement"]
lines = ["public_investment_disbursement"]
"""
DOCUMENT = "QĐ giao bổ sung kế hoạch ngày 20/09/2018 (thử)"


@pytest.fixture(scope="module")
def redelivered(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[list[Receipt], pd.DataFrame]]:
    """Every month: a template with what is known so far, filled with that month's estimate, last month's actual, the sum and the plan."""
    root = tmp_path_factory.mktemp("redelivery")
    folder = root / "data" / "raw" / "quang-ninh"
    (folder / "deliveries").mkdir(parents=True)
    folder.joinpath("unit.toml").write_text(UNIT, encoding="utf-8")
    (root / "data" / "raw" / "reference").mkdir()
    before = os.environ.get("KPI_ROOT")
    os.environ["KPI_ROOT"] = str(root)
    try:
        truth = truth_of()
        receipts = [deliver(root, month, rows) for month, rows in truth.groupby("published", sort=True)]
        yield receipts, read_observations("quang-ninh")
    finally:
        os.environ.pop("KPI_ROOT")
        if before:
            os.environ["KPI_ROOT"] = before


def truth_of() -> pd.DataFrame:
    """The published vintages of the run, with the plan in force at each."""
    rows = pd.read_csv(SOURCE / "deliveries" / "von_dau_tu_cong.csv", dtype={"period": str})
    rows = rows[(rows["indicator"] == KEY[0]) & (rows["series"] == "total") & (rows["measure"] == "tỷ đồng")]
    first = rows.groupby("published")["basis"].transform(lambda b: "cumulative" in set(b))
    return rows[first].reset_index(drop=True)


def deliver(root: Path, published: str, rows: pd.DataFrame) -> Receipt:
    """One month's delivery, through a real workbook."""
    day = dt.date.fromisoformat(published)
    unit, plans = read_unit("quang-ninh"), pd.read_csv(SOURCE / "plans.csv")
    total = rows[rows["basis"] == "cumulative"].iloc[0]
    year, month = int(total["period"][:4]), int(total["period"][5:7])
    path = root / f"bieu-{year}-{month:02d}.xlsx"
    write_template(unit, year, path, month=month, obs=read_observations("quang-ninh"), plans=read_plans("quang-ninh"), as_of=day)
    values: dict[object, object] = {"cumulative": float(total["value"])}
    for row in rows[rows["basis"] == "month"].itertuples():
        number = int(row.period[5:7])
        if row.period[:4] == str(year):
            values["month" if number == month else number] = float(row.value)
    plan = plans[(plans["indicator"] == KEY[0]) & (plans["year"] == year) & (plans["adopted"] == published)]
    if len(plan):
        values["plan"] = float(plan["value"].iloc[0])
        if (year, month) == (2018, 9):
            values["document"] = DOCUMENT
    fill(path, {KEY: values}, prepared=day)  # type: ignore[dict-item]
    return ingest([path], "quang-ninh", received=day)[0]


def test_every_vintage_comes_back_as_it_was_published(redelivered: tuple[list[Receipt], pd.DataFrame]):
    receipts, obs = redelivered
    truth = truth_of()
    truth = truth[truth["period"].str[:4] == truth["published"].str[:4]]  # December's restatement stands in January's form of the next year
    waiting = {(r.file, f.period) for r in receipts for f in r.waiting}
    got = {
        (row.basis, row.period, str(row.published.date()), row.status if row.basis == "month" else ""): row.value
        for row in obs.itertuples()
    }
    same = missing = 0
    for row in truth.itertuples():
        key = (row.basis, row.period, row.published, row.status if row.basis == "month" else "")
        before = latest_known(truth, row)
        if key in got:
            assert got[key] == pytest.approx(row.value, abs=5e-4), key
            same += 1
        else:  # handed in unchanged, so it is no new vintage; or it waits for a confirmation
            assert before == pytest.approx(row.value) or any(period == row.period for _, period in waiting), key
            missing += 1
    assert same > 460 and len(receipts) == 170


def latest_known(truth: pd.DataFrame, row: object) -> float:
    earlier = truth[(truth["basis"] == row.basis) & (truth["period"] == row.period) & (truth["published"] < row.published)]  # type: ignore[attr-defined]
    return float(earlier["value"].iloc[-1]) if len(earlier) else float("nan")


def test_nothing_is_refused_and_only_the_two_extraordinary_revisions_wait(redelivered: tuple[list[Receipt], pd.DataFrame]):
    receipts, _ = redelivered
    assert not [f for r in receipts for f in r.faults if f.severity == "refuse"]
    held = [(r.file, f.check) for r in receipts for f in r.faults if f.severity == "confirm" and f.check != "plan_changed"]
    assert held == [("bieu-2014-05.xlsx", "revision_beyond"), ("bieu-2017-05.xlsx", "revision_beyond")]  # +66% and +141%


def test_plan_changes_are_caught(redelivered: tuple[list[Receipt], pd.DataFrame]):
    receipts, _ = redelivered
    by_file = {r.file: r for r in receipts}
    june, september = by_file["bieu-2018-06.xlsx"], by_file["bieu-2018-09.xlsx"]
    assert [f.check for f in june.faults if f.check.startswith("plan")] == ["plan_changed"] and june.waiting_plans
    assert [f.check for f in september.faults if f.check.startswith("plan")] == ["plan_amended"] and len(september.plans) == 1
    assert "12.981,9" in next(f.found["vi"] for f in september.faults if f.check == "plan_amended")


@pytest.mark.slow
def test_the_plan_change_of_september_2018_stands_on_that_months_page(redelivered: tuple[list[Receipt], pd.DataFrame], tmp_path: Path):
    import re

    from kpi_lib.reports.publish import publish

    del redelivered, tmp_path
    root = Path(os.environ["KPI_ROOT"])
    (root / "notebooks").symlink_to(PROJECT / "notebooks")
    pages = publish("quang-ninh", "2018-09-30", year=2018, interactive=False).pages
    page = next(path for path in pages if path.stem == "public-investment-disbursement")
    text = re.sub(r"<[^>]+>", " ", page.read_text(encoding="utf-8"))
    assert re.search("12[.]98[12]", text) and "20/09/2018" in text
