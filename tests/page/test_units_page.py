"""The page on the units below: from it alone a reader finds the worst units, the line most in danger, who owes what; every number proved."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import replace
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from conftest import PROJECT, row, target

import kpi_lib as kpi
from kpi_lib import compare
from kpi_lib.compare import rounded
from kpi_lib.definitions.indicators import INDICATORS, read_unit
from kpi_lib.outlook.values.sums import of_sum
from kpi_lib.outlook.verdict import GOOD
from kpi_lib.page.units import units_answer, units_below, units_compared, units_lines, units_owe, units_sums, units_table
from kpi_lib.record import chain, ledger
from kpi_lib.record.values.units import COLUMNS, PublishedBelow, _redness, below, of_units, read_published, sums_below
from kpi_lib.reports.manifest import inputs
from kpi_lib.reports.proof import prove
from kpi_lib.reports.safe_html import is_local
from kpi_lib.words.messages import Named
from kpi_lib.words.numbers import number
from kpi_lib.words.values import named
from tests.made import three_years

AS_OF, DAY = "2025-10-15", dt.date(2025, 10, 15)
LINES = 'parent = "tinh"\nlines = ["new_enterprises", "new_jobs", "poor_households"]\n'
OWES = 'deadline_day = 10\ndeadline_next_month = true\ndeadline_document = "Quy chế thử"\n'
HEAD = '<title>x</title><meta http-equiv="Content-Security-Policy" content="default-src \'none\'">'
NAMES = {"ward-a": "Phường An", "ward-b": "Phường Bình", "ward-c": "Phường Cát", "ward-d": "Phường Dương"}


def figures(scale: float) -> list[dict[str, object]]:
    rows = [{**one, "value": round(one["value"] * scale)} for one in three_years()]
    rows += [{**one, "value": round(one["value"])} for one in three_years("new_jobs", "lượt lao động", 20)]
    return rows + [row("poor_households", "level", f"{y}-06-30", 3, f"{y}-07-06", measure="hộ") for y in (2023, 2024, 2025)]


@pytest.fixture
def province(make_unit: Callable[..., str], root: Path) -> str:
    """Four wards: An far behind on enterprises, Bình near its mark, Cát well ahead, Dương without a report and behind with its figures."""
    unit = make_unit(figures(5), targets=[target("new_enterprises", 2025, 500)], unit="tinh")
    goals = {"ward-a": 400, "ward-b": 118, "ward-c": 40, "ward-d": 100}
    for name, goal in goals.items():
        late = OWES if name == "ward-d" else ""
        targets = [
            target("new_enterprises", 2025, goal),
            target("new_jobs", 2025, 1600),
            target("poor_households", 2025, 0, comparator="="),
        ]
        rows = [one for one in figures(1) if name != "ward-d" or str(one["period"]) < "2025-06"]
        make_unit(rows, targets=targets, unit=name, toml=LINES + late)
        file = root / "data" / "raw" / name / "unit.toml"
        named_so = file.read_text(encoding="utf-8").replace("Phường Thử", NAMES[name]).replace("Test ward", f"Ward {name[-1].upper()}")
        file.write_text(named_so, encoding="utf-8")
        if name != "ward-d":
            place = kpi.read_unit(name, as_of=AS_OF)
            items = kpi.outlooks(kpi.read_observations(name, as_of=AS_OF), place, 2025, as_of=AS_OF)
            ledger.record(items, data_digest="x", code_version="0")
    return unit


def own_outlooks(place: kpi.Unit) -> list[kpi.Outlook]:
    return kpi.outlooks(kpi.read_observations(place.id, as_of=AS_OF), place, 2025, as_of=AS_OF)


def text(*stacks: object) -> str:
    parts = [part for stack in stacks for part in stack.parts if part]  # type: ignore[attr-defined]
    return " ".join(re.sub(r"<[^>]+>", " ", part.__html__()) for part in parts)


def flat(told: str) -> str:
    return re.sub(r" ([.;,)])", r"\1", " ".join(told.split()).replace("( ", "("))


def test_in_a_minute_the_line_most_in_danger_the_worst_units_and_who_owes_what(province: str):
    place = kpi.read_unit(province, as_of=AS_OF)
    found = units_below(place, 2025, as_of=AS_OF)
    told = flat(text(units_answer(found)))
    worst = found.endangered[0]
    assert worst.id == "new_enterprises" and f"Chỉ tiêu đáng lo nhất: {worst.short['vi']}. Trong 3 đơn vị đánh giá được" in told
    furthest = told.partition("Xa mục tiêu này nhất: ")[2].partition(". ")[0]
    far = [NAMES[name] for name, word in found.on(worst)["word"].items() if word not in GOOD]
    assert re.findall(r"Phường \w+", furthest) == far and far[0] == "Phường An" and "Phường Cát" not in far, (
        "who is well ahead is not far from it"
    )
    most = told.partition("Nhiều chỉ tiêu khó đạt nhất: ")[2].partition(". ")[0]
    assert most.startswith("Phường An") and "Phường Cát" not in most, "who has no line in danger is not among those that have most"
    assert re.search(r"Trong 4 đơn vị cấp dưới, 3 đơn vị đã công bố báo cáo", told)
    assert re.search(r"Chưa có báo cáo nên chưa biết gì về: Phường Dương", told)
    owed = flat(text(units_owe(place, as_of=AS_OF)))
    assert (
        "(từ Tháng 6/2025)" in owed
        and "Phường Dương" in owed
        and "Phường An" not in owed
        and re.search(r"\d\d/\d\d/2025", owed)
        and worst.short["vi"] in owed
    )
    assert flat(text(units_lines(found))).index(worst.short["vi"]) < flat(text(units_lines(found))).index("Phường An")
    rows = flat(text(units_table(found)))
    assert rows.index("Phường An") < rows.index("Phường Bình") < rows.index("Phường Cát") and "Phường Dương" not in rows
    assert not re.search(r"[đĐạễứ]", flat(text(units_answer(found, "en"), units_lines(found, "en")))) and "Ward A" in text(
        units_answer(found, "en")
    )


def ranked(*rows: tuple[str, str, str, float, float, float]) -> PublishedBelow:
    """What units published, of (unit, line, word, chance, median, threshold)."""
    units = {name: replace(read_unit("quang-ninh"), id=name, name=Named(name)) for name, *_ in rows}
    frame = pd.DataFrame([(name, pd.Timestamp(DAY), *rest) for name, *rest in rows], columns=COLUMNS)
    lines = tuple(INDICATORS[line] for line in dict.fromkeys(row[1] for row in rows))
    return PublishedBelow(tuple(sorted(units.values(), key=lambda unit: _redness(frame, unit))), frame, (), lines)


def test_of_units_alike_in_chance_the_one_further_from_its_target_stands_first(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("KPI_ROOT", str(PROJECT))
    found = ranked(
        ("a", "new_jobs", "very_unlikely", 0.05, 95, 100), ("b", "new_jobs", "very_unlikely", 0.05, 60, 100), ("c", "new_jobs", "likely", 0.8, 120, 100),
        ("a", "poor_households", "very_unlikely", 0.05, 3, 0), ("b", "poor_households", "very_unlikely", 0.05, 1, 0),
    )  # fmt: skip
    assert list(found.on(INDICATORS["new_jobs"]).index) == ["b", "a", "c"]
    assert list(found.on(INDICATORS["poor_households"]).index) == ["a", "b"], "fewer is better"
    assert [ind.id for ind in found.endangered] == ["poor_households", "new_jobs"]


def test_the_order_of_units_is_that_of_the_counts_said_and_none_as_bad_as_the_last_is_left_out(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("KPI_ROOT", str(PROJECT))
    lines = list(INDICATORS)[:4]
    words = {"a": ["very_unlikely", "very_unlikely", "likely", "likely"], "b": ["unlikely"] * 3 + ["likely"]}
    words |= {name: ["very_unlikely", "unlikely", "likely", "likely"] for name in "cdefg"} | {
        "h": ["very_unlikely", "likely", "likely", "likely"]
    }
    found = ranked(*((name, line, word, 0.1, 1, 2) for name, own in words.items() for line, word in zip(lines, own, strict=True)))
    assert [unit.id for unit in found.units] == ["b", "a", *"cdefg", "h"]
    told = flat(text(units_answer(found))).partition("Nhiều chỉ tiêu khó đạt nhất: ")[2].partition(". ")[0]
    assert re.findall(r"(\w) \( ?(\d)", told) == [("b", "3"), ("a", "2"), *((name, "2") for name in "cdefg")]


def test_the_difference_of_a_sum_is_that_of_the_printed_numbers_and_its_parts_add_up(province: str):
    place = kpi.read_unit(province, as_of=AS_OF)
    for one in sums_below(place, own_outlooks(place)):
        told, decimals = of_sum(one), one.indicator.natural_decimals
        own, middle, *parts, whole = (rounded(told[name], decimals) for name in ("own", "middle", "outside", "pace", "difference"))
        assert whole == pytest.approx(own - middle, nan_ok=True)
        assert sum(parts) == pytest.approx(whole) or not np.isfinite(sum(parts))
    assert any(np.isfinite(of_sum(one)["pace"]) for one in sums_below(place, own_outlooks(place)))


def test_where_no_unit_is_unlikely_to_meet_a_line_none_is_called_in_danger(province: str):
    for ward in ("ward-a", "ward-b"):
        ledger.withdraw_report(ward, DAY, by="A", reason="thử", on=DAY)
    told = flat(text(units_answer(units_below(kpi.read_unit(province, as_of=AS_OF), 2025, as_of=AS_OF))))
    assert "Không đơn vị nào khó đạt một chỉ tiêu; ít chắc nhất: " in told and "đáng lo" not in told and "khó đạt nhất" not in told
    assert "Xa mục tiêu" not in told


def test_every_number_of_the_page_is_proved_and_a_wrong_one_is_refused(province: str):
    place = kpi.read_unit(province, as_of=AS_OF)
    found = read_published(place, 2025, DAY)
    values = named(of_units(found))
    parts = (units_answer(found), units_lines(found), units_table(found), units_compared(found), units_owe(place, as_of=AS_OF))
    body = "".join(part.__html__() for stack in parts for part in stack.parts if part)
    page = f"{HEAD}<main>{body}</main><footer></footer>"
    assert len(prove({"units": page}, "vi", values)) > 30
    with pytest.raises(RuntimeError, match="as the publisher reckons it"):
        prove({"units": page}, "vi", {**values, "units.lines.new_enterprises.judged": 2.0})


def test_the_units_together_stand_beside_the_own_target_and_projection_and_a_silent_one_with_what_it_may_add(province: str, root: Path):
    folder = root / "data" / "raw" / "ward-d" / "deliveries"
    for file in folder.glob("*.csv"):  # a ward that never sent a figure
        file.unlink()
    place = kpi.read_unit(province, as_of=AS_OF)
    found = {one.indicator.id: one for one in sums_below(place, own_outlooks(place))}
    one = found["new_enterprises"]
    assert (len(one.children), one.units) == (3, 4) and one.missing[0].unit.id == "ward-d"
    assert one.own.projection.middle - one.middle == pytest.approx(sum(one.explained))
    told = flat(text(units_sums(place, 2025, as_of=AS_OF)))
    for value in (one.middle, *one.interval(), one.goal, one.own.projection.middle, one.missing[0].low, one.missing[0].high):
        assert number(value, 0) in told
    assert "3/4" in told.replace(" ", "") and "Chưa có số dùng được: " + one.indicator.short["vi"] in told and "Phường Dương" in told
    body = "".join(part.__html__() for part in units_sums(place, 2025, as_of=AS_OF, lang="en").parts if part)
    assert not re.search(r"[đĐạễứ]", re.sub(r"Phường|Dương", "", body))
    page = f"{HEAD}<main>{body}</main><footer></footer>"
    values = named(of_sum(each) for each in found.values())
    assert len(prove({"units": page}, "en", values)) > 8
    with pytest.raises(RuntimeError, match="as the publisher reckons it"):
        prove({"units": page}, "en", {**values, "sum.new_enterprises.middle": 1.0})


def test_a_unit_that_is_the_only_one_below_makes_no_sum(make_unit: Callable[..., str]):
    tinh = make_unit(figures(5), targets=[target("new_enterprises", 2025, 500)], unit="tinh")
    make_unit(figures(1), targets=[target("new_enterprises", 2025, 100)], unit="ward-a", toml='parent = "tinh"')
    place = kpi.read_unit(tinh, as_of=AS_OF)
    assert sums_below(place, own_outlooks(place)) == [] and "Không cộng" in text(units_sums(place, 2025, as_of=AS_OF))


def test_what_a_page_on_units_below_is_made_of_counts_theirs_too(province: str, root: Path):
    before, other = inputs(province, ["units"]), inputs(province, ["overview"])
    assert {name for name in before if name.startswith("units/")} == {f"units/{ward}" for ward in NAMES}
    file = next((root / "data" / "raw" / "ward-b" / "deliveries").glob("*.csv"))
    file.write_text(file.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    after = inputs(province, ["units"])
    assert {name for name in after if after[name] != before[name]} == {"units/ward-b"} and inputs(province, ["overview"]) == other


def test_a_later_report_a_withdrawn_one_and_a_broken_ledger_count_for_nothing(province: str, root: Path):
    place = kpi.read_unit(province, as_of=AS_OF)
    assert len(read_published(place, 2025, dt.date(2025, 10, 14)).units) == 0
    ledger.withdraw_report("ward-a", DAY, by="A", reason="thử", on=DAY)
    (root / "data" / "processed" / "ward-b" / "ledger" / chain.FILE).write_text("{", encoding="utf-8")
    found = read_published(place, 2025, DAY)
    assert [unit.id for unit in found.units] == ["ward-c"] and len(found.without) == 3
    assert (
        named(of_units(found))["units.lines.new_enterprises.at_most"] >= 3
    )  # who has no report may still meet it; nobody says that it will


def test_how_many_units_meet_a_line_is_exact():
    chances = [0.05, 0.4, 0.9, 0.33, 0.77]
    by_hand = np.zeros(6)
    for met in product((0, 1), repeat=5):
        by_hand[sum(met)] += np.prod([p if one else 1 - p for p, one in zip(chances, met, strict=True)])
    assert np.allclose(compare.counts_met(chances), by_hand)


def test_made_up_units_count_below_a_made_up_unit_alone_and_one_unit_makes_no_page(make_unit: Callable[..., str]):
    tinh = make_unit([], unit="tinh")
    make_unit([], unit="ward-a", toml='parent = "tinh"')
    make_unit([], unit="ward-b", toml='parent = "tinh"\nillustrative = true')
    assert below(kpi.read_unit(tinh)) == []
    make_unit([], unit="ward-c", toml='parent = "tinh"')
    assert below(kpi.read_unit(tinh)) == ["ward-a", "ward-c"]
    make_unit([], unit="tinh", toml="illustrative = true")
    assert below(kpi.read_unit(tinh)) == ["ward-a", "ward-b", "ward-c"]


@pytest.mark.parametrize("address", ["../../../../etc/x.html", "../../../..x/reports/2025-10-15/index.html", "../../../a/reports/x/index.html",
                                     "../../../a/reports/2025-10-15/../x.html"])  # fmt: skip
def test_no_link_leads_further_than_to_another_units_report(address: str):
    assert not is_local(address) and is_local("../../../ward-a/reports/2025-10-15/index.html")
