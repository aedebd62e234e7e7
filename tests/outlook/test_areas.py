"""Splits by area: what is read, what is refused, and parts that add up to the last digit."""

from __future__ import annotations

import datetime as dt
import random
import runpy
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pandas as pd
import pytest
from conftest import row, target

import kpi_lib as kpi
from kpi_lib.definitions.frames import SPLITS
from kpi_lib.outlook import areas, milestones
from kpi_lib.words.messages import KpiError
from tests.made import share_rows

FOLDER = Path(__file__).resolve().parents[2] / "data" / "raw" / "uong-bi-minh-hoa"


def given(area: str, value: float, *, indicator: str = "new_enterprises", **more: object) -> dict[str, object]:
    fixed = {"indicator": indicator, "year": 2025, "area": area, "value": value, "measure": "dân số", "kind": "weight"}
    return {**fixed, "published": "2025-01-15", "source": "thử", "note": "", **more}


def written(root: Path, rows: list[dict[str, object]], unit: str = "thu") -> None:
    pd.DataFrame(rows).to_csv(root / "data" / "raw" / unit / "splits.csv", index=False)


def outlook(unit: str, indicator: str = "new_enterprises", as_of: str = "2025-10-15"):
    place = kpi.read_unit(unit)
    return kpi.outlook_for(kpi.read_observations(unit), place, place.indicators[indicator], 2025, as_of=as_of)


# ---- dividing ----------------------------------------------------------------------------------------------------------------


def test_parts_add_up_exactly_and_stay_within_one_step_of_their_quota():
    rng = random.Random(5)
    for _ in range(1000):
        decimals = rng.choice((0, 1, 2))
        step = Decimal(1).scaleb(-decimals)
        amount = Decimal(rng.randrange(0, 200_000)) * step
        weights = [Decimal(str(round(rng.random() * rng.choice((1, 50, 3000)), 2))) for _ in range(rng.randrange(1, 60))]
        weights[rng.randrange(len(weights))] += 1
        parts = areas.divide(amount, weights, decimals=decimals)
        assert sum(parts) == amount
        for part, weight in zip(parts, weights, strict=True):
            assert abs(Fraction(part) - Fraction(amount) * Fraction(weight) / Fraction(sum(weights))) < Fraction(step)
            assert part >= 0 and part % step == 0


def test_a_larger_weight_never_gets_a_smaller_part():
    rng = random.Random(6)
    for _ in range(300):
        weights = sorted(Decimal(rng.randrange(0, 90)) for _ in range(rng.randrange(2, 40)))
        weights[-1] += 1
        parts = areas.divide(Decimal(rng.randrange(0, 500)), weights)
        assert all(
            later - earlier >= (0 if heavy > light else -1)
            for earlier, later, light, heavy in zip(parts, parts[1:], weights, weights[1:], strict=False)
        )


def test_the_largest_remainders_get_what_rounding_down_leaves():
    assert [int(part) for part in areas.divide(Decimal(10), [Decimal(n) for n in (47, 16, 158, 21, 9)])] == [2, 1, 6, 1, 0]


@pytest.mark.parametrize(("amount", "weights"), [(-1, [1]), (1, [0, 0]), (1, [2, -1])])
def test_what_cannot_be_divided_is_refused(amount: int, weights: list[int]):
    with pytest.raises(KpiError, match="It cannot be divided"):
        areas.divide(Decimal(amount), [Decimal(weight) for weight in weights])


# ---- reading -----------------------------------------------------------------------------------------------------------------


def test_the_areas_with_the_most_to_do_come_first_and_equal_ones_keep_their_order(root, make_unit):
    unit = make_unit(share_rows(), targets=[target("new_enterprises", 2025, 100)])
    written(root, [given("Khu 10", 1), given("Khu 2", 5), given("Khu 3", 1), given("Khu 4", 0)])
    found = milestones.split(outlook(unit), kpi.read_unit(unit))
    assert found.amount == 25  # 100 less 75
    assert [(part.area, int(part.amount)) for part in found.parts] == [("Khu 2", 18), ("Khu 10", 4), ("Khu 3", 3), ("Khu 4", 0)]
    assert sum(part.amount for part in found.parts) == found.amount


def test_a_split_published_later_changes_nothing_and_the_newest_known_counts(root, make_unit):
    unit = make_unit(share_rows(), targets=[target("new_enterprises", 2025, 100)])
    rows = [given("A", 1), given("B", 1), given("A", 3, published="2025-10-01")]
    written(root, rows)
    before = milestones.split(outlook(unit), kpi.read_unit(unit))
    assert {part.area: int(part.given) for part in before.parts} == {"A": 3, "B": 1}
    assert (before.published, before.oldest) == (dt.date(2025, 10, 1), dt.date(2025, 1, 15))
    written(root, [*rows, given("B", 900, published="2025-10-16"), given("C", 7, published="2025-11-01")])
    assert milestones.split(outlook(unit), kpi.read_unit(unit)) == before


def test_needs_that_do_not_add_up_to_the_gap_keep_both_sums(root, make_unit):
    rows = [row("health_insurance_coverage", "level", day, 98.0, day, measure="%") for day in ("2024-12-31", "2025-09-30")]
    unit = make_unit(rows, targets=[target("health_insurance_coverage", 2025, 98.5)])
    need = {"indicator": "health_insurance_coverage", "measure": "người", "kind": "need"}
    written(root, [given("A", 700, **need), given("B", 300, **need)])
    found = milestones.split(outlook(unit, "health_insurance_coverage"), kpi.read_unit(unit))
    assert (found.amount, found.given, found.comparable) == (300, 1000, True)  # 0.5% of 60,000 residents
    assert [int(part.amount) for part in found.parts] == [210, 90]


def test_without_rows_or_with_nothing_lacking_there_is_no_split(root, make_unit):
    unit = make_unit(share_rows(), targets=[target("new_enterprises", 2025, 100)])
    place = kpi.read_unit(unit)
    assert milestones.split(outlook(unit), place) is None
    written(root, [given("A", 0)])
    assert milestones.split(outlook(unit), place) is None
    written(root, [given("A", 4, year=2024)])
    assert milestones.split(outlook(unit), place) is None


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"indicator": "new_firms"}, r"line 3, column indicator: found 'new_firms', a line of the unit"),
        ({"value": -2}, "line 3, column value: found -2, no negative number"),
        ({"value": "12,5"}, "line 3, column value: found '12,5', a number is needed"),
        ({"value": ""}, "line 3, column value: an empty cell, a number is needed"),
        ({"kind": "share"}, "line 3, column kind: found 'share', one of these is needed: need, weight"),
        ({"kind": "need"}, "line 3, column measure: found 'dân số', one of these is needed: enterprises"),
        ({"measure": "hộ"}, "line 3, column measure: found 'hộ', 'dân số' is needed as in the other rows"),
        ({"published": "15/1/2025"}, "line 3, column published: found '15/1/2025', a date like 2025-09-30"),
        ({"area": "A"}, "line 3: the same key twice"),
        ({"people": 3}, "unknown columns: people"),
    ],
)
def test_a_bad_row_is_refused_with_file_line_found_and_expected(root, make_unit, change, said):
    unit = make_unit(share_rows())
    written(root, [given("A", 1), {**given("B", 1), **change}])
    with pytest.raises(KpiError, match=said) as refused:
        areas.read_splits(kpi.read_unit(unit))
    assert "thu/splits.csv" in str(refused.value)


@pytest.mark.parametrize("text", ["", "indicator,year\na,b,c,d\n"])
def test_a_file_that_is_no_table_is_refused(root, make_unit, text):
    unit = make_unit(share_rows())
    (root / "data" / "raw" / unit / "splits.csv").write_text(text, encoding="utf-8")
    with pytest.raises(KpiError, match=r"thu/splits\.csv"):
        areas.read_splits(kpi.read_unit(unit))


# ---- illustration ------------------------------------------------------------------------------------------------------------


def test_the_illustrative_split_is_what_the_generator_writes(tmp_path):
    generator = runpy.run_path(str(FOLDER / "generate.py"))
    generator["write"](tmp_path / "splits.csv", generator["SPLIT_COLUMNS"], generator["splits"]())
    assert (tmp_path / "splits.csv").read_bytes() == (FOLDER / "splits.csv").read_bytes()


def test_the_illustrative_split_has_33_made_up_areas_and_says_so():
    rows = areas.read_splits(kpi.read_unit("uong-bi-minh-hoa"))
    assert rows["area"].unique().tolist() == [f"Khu {number}" for number in range(1, 34)]
    assert (rows["note"] == "SỐ LIỆU MINH HỌA").all()
    assert set(rows["indicator"]) == {"health_insurance_coverage", "new_jobs", "new_enterprises"}
    people = rows[rows["indicator"] == "new_jobs"]["value"].sum()
    assert people == kpi.read_unit("uong-bi-minh-hoa").population
    assert list(rows.columns) == SPLITS.names
