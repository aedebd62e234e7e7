"""Which units a selection means."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from kpi_lib.definitions import folders
from kpi_lib.definitions.many.selection import children, chosen
from kpi_lib.words.messages import KpiError


@pytest.fixture
def province(make_unit: Callable[..., str]) -> str:
    for ward in ("ward-b", "ward-a", "ward-c"):
        make_unit([], unit=ward, toml='parent = "tinh"')
    make_unit([], unit="hamlet", toml='parent = "ward-a"')
    return make_unit([], unit="tinh")


def test_children_are_the_units_that_name_their_parent_and_not_grandchildren(province: str):
    assert children(province) == ["ward-a", "ward-b", "ward-c"]
    assert children("ward-a") == ["hamlet"] and children("hamlet") == []


def test_a_child_whose_file_is_broken_stays_a_child(province: str, root: Path):
    file = root / "data" / "raw" / "ward-c" / "unit.toml"
    file.write_text(file.read_text(encoding="utf-8") + "\nbroken = [\n", encoding="utf-8")
    assert "ward-c" in children(province)


@pytest.mark.parametrize(
    ("selection", "units"),
    [
        ("ward-*", ["ward-a", "ward-b", "ward-c"]),
        ("ward-[ac]", ["ward-a", "ward-c"]),
        ("tinh, children-of:tinh", ["tinh", "ward-a", "ward-b", "ward-c"]),
        ("ward-b,ward-?,hamlet", ["hamlet", "ward-a", "ward-b", "ward-c"]),
    ],
)
@pytest.mark.usefixtures("province")
def test_a_selection_means_units_once_and_in_order(selection: str, units: list[str]):
    assert chosen(selection) == units


@pytest.mark.parametrize(
    ("selection", "said"),
    [
        ("ward-x", "did you mean 'ward-"),
        ("wrd-*", "No unit fits 'wrd-\\*'"),
        ("children-of:hamlet", "No unit names 'hamlet' as its parent"),
        ("children-of:", "There is no unit ''"),
        ("ward-a,children-of:nobody", "There is no unit 'nobody'"),
        ("../ward-a", "There is no unit"),
        (" , ", "No unit is named"),
    ],
)
@pytest.mark.usefixtures("province")
def test_a_selection_that_means_nothing_is_refused(selection: str, said: str):
    with pytest.raises(KpiError, match=said):
        chosen(selection)


def test_one_unit_is_found_without_looking_into_the_others(province: str, root: Path, monkeypatch: pytest.MonkeyPatch):
    def looked(*_: object, **__: object) -> list[str]:
        raise AssertionError("all units were looked into")

    monkeypatch.setattr(folders, "units", looked)
    assert folders.raw(province) == root / "data" / "raw" / province
    assert [folders.is_unit(name) for name in ("ward-a", "", ".", "..", "Ward-a", "ward-a/../ward-b", "nowhere")] == [True, *[False] * 6]
