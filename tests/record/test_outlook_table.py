"""The tidy table of published outlooks: a row an outlook, as the ledger holds it, with its dictionary."""

from __future__ import annotations

import importlib.util
import json
import sqlite3
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pandas as pd
import pytest
from conftest import PROJECT, monthly, target

from kpi_lib import cli
from kpi_lib.definitions.indicators import read_unit
from kpi_lib.figures.observations import read_observations
from kpi_lib.outlook.verdict import Outlook, outlooks
from kpi_lib.record import ledger
from kpi_lib.record.outlooks import OUTLOOKS, tidy
from tests.made import three_years


def published(unit: str, as_of: str, code: str = "1") -> list[Outlook]:
    items = outlooks(read_observations(unit, as_of=as_of), read_unit(unit), 2025, as_of=as_of)
    ledger.record(items, data_digest="d", code_version=code)
    return items


@pytest.fixture
def wards(make_unit: Callable[..., str]) -> list[Outlook]:
    make_unit([], unit="tinh")
    items = []
    for name, goal in (("a", 60), ("b", 140)):
        more = monthly("new_jobs", 2025, [50.0] * 9, measure="lượt lao động")
        make_unit([*three_years(), *more], unit=name, toml='parent = "tinh"', targets=[target("new_enterprises", 2025, goal)])
        items += published(name, "2025-10-15")
    make_unit([], unit="c", toml='parent = "tinh"')
    return items


def page() -> ModuleType:
    found = importlib.util.spec_from_file_location("outlooks_page", PROJECT / "benchmarks" / "outlooks_page.py")
    assert found and found.loader
    tool = importlib.util.module_from_spec(found)
    found.loader.exec_module(tool)
    return tool


def test_every_row_is_what_the_outlook_said(wards: list[Outlook]):
    rows = pd.concat([tidy("a"), tidy("b")]).set_index(["unit", "indicator"])
    assert len(rows) == len(wards)
    for item in wards:
        row, projection = rows.loc[(item.projection.unit.id, item.indicator.id)], item.projection
        assert (row["word"], row["parent"], row["measure"]) == (item.status, "tinh", projection.measure["vi"])
        assert row["chance"] == pytest.approx(item.probability, nan_ok=True)
        assert row["threshold"] == pytest.approx(item.threshold, nan_ok=True)
        assert row["p2_5"] == pytest.approx(projection.quantile(0.025) if projection.known else float("nan"), rel=1e-8, nan_ok=True)
        assert row["target"] == pytest.approx(item.target.threshold if item.target else float("nan"), nan_ok=True)


@pytest.mark.usefixtures("wards")
def test_the_newest_report_up_to_a_day_in_its_latest_version_or_all_of_them(make_unit: Callable[..., str]):
    published("a", "2025-07-15")
    more = monthly("new_enterprises", 2021, [8.0] * 12, measure="doanh nghiệp")
    make_unit([*more, *three_years()], unit="a", toml='parent = "tinh"', targets=[target("new_enterprises", 2025, 60)])
    published("a", "2025-10-15", code="2")
    days = [
        (str(day.date()), version) for day, version in tidy("a", every=True)[["as_of", "version"]].drop_duplicates().itertuples(index=False)
    ]
    assert days == [("2025-07-15", 1), ("2025-10-15", 1), ("2025-10-15", 2)]
    assert set(tidy("a")["version"]) == {2} and set(tidy("a", as_of=pd.Timestamp("2025-09-01").date())["as_of"].astype(str)) == {
        "2025-07-15"
    }


@pytest.mark.usefixtures("wards")
def test_the_files_say_the_same_and_their_dictionary_names_every_column(tmp_path: Path, capsys: pytest.CaptureFixture):
    code = cli.main(["outlooks", "--units", "children-of:tinh", "--to", str(tmp_path / "out"), "--lang", "en"])
    out = capsys.readouterr().out
    assert code == 10 and "of 2 units" in out and "c: no report was published" in out
    parquet, text = pd.read_parquet(tmp_path / "out" / "outlooks.parquet"), pd.read_csv(tmp_path / "out" / "outlooks.csv")
    assert list(parquet.columns) == list(text.columns) == OUTLOOKS.names
    assert parquet["chance"].tolist() == pytest.approx(text["chance"].tolist(), nan_ok=True)
    fields = json.loads((tmp_path / "out" / "datapackage.json").read_text(encoding="utf-8"))["resources"][0]["schema"]["fields"]
    assert [field["name"] for field in fields] == list(text.columns) and all(field["description"] for field in fields)


@pytest.mark.usefixtures("wards")
def test_a_ledger_that_was_changed_is_left_out_by_name(tmp_path: Path, root: Path, capsys: pytest.CaptureFixture):
    output = next((root / "data" / "processed" / "a" / "ledger").rglob("*-kpi-v1.csv"))
    output.write_text(output.read_text(encoding="utf-8").replace("2025", "2026", 1), encoding="utf-8")
    assert cli.main(["outlooks", "--units", "a,b", "--to", str(tmp_path), "--lang", "en"]) == 10
    assert "a: left out" in capsys.readouterr().out
    assert set(pd.read_parquet(tmp_path / "outlooks.parquet")["unit"]) == {"b"}
    assert cli.main(["outlooks", "--units", "c", "--to", str(tmp_path / "none"), "--lang", "en"]) == 30
    assert not (tmp_path / "none").exists()


def test_the_query_of_the_page_counts_what_it_says(wards: list[Outlook]):
    frame = pd.concat([tidy("a"), tidy("b")])
    with sqlite3.connect(":memory:") as base:  # the query is plain SQL: another engine runs it on the same rows
        frame.to_sql("outlooks", base)
        asked = page().SQL.replace("'out/outlooks.parquet'", "outlooks").replace("demo-province", "tinh")
        found = pd.read_sql(asked, base)
    judged = [item for item in wards if item.judged]
    assert {item.indicator.id for item in judged} == set(found["indicator"]) == {"new_enterprises"}
    assert found["judged"].tolist() == [2]
    assert found["likely"].tolist() == [sum(item.probability >= 0.66 for item in judged)]
    assert found["expected"].tolist() == [round(sum(item.probability for item in judged), 1)]


def test_the_dictionary_on_paper_is_the_one_of_the_code():
    written = (PROJECT / "docs" / "outlooks.md").read_text(encoding="utf-8")
    assert written == page().page(), "run: python benchmarks/outlooks_page.py"
