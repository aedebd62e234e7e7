"""Illustrative wards: the same bytes from the same seed, whole before they are seen, out of every list until asked for."""

from __future__ import annotations

import datetime as dt
import hashlib
import shutil
from pathlib import Path

import pytest
from conftest import PROJECT

from kpi_lib.cli import main
from kpi_lib.definitions import folders
from kpi_lib.definitions.demo import figures, wards
from kpi_lib.definitions.indicators import INDICATORS, read_unit
from kpi_lib.definitions.many.selection import children, chosen
from kpi_lib.figures.observations import read_observations
from kpi_lib.page.desk.start import Start
from kpi_lib.reports import door

SMALL = """
name = {vi = "Tỉnh nhỏ", en = "Small province"}
level = "province"
illustrative = true
illustrative_wards = { count = 6, seed = 7 }
publication_rule = {vi = "ngày 6 tháng sau", en = "day 6 of the next month"}
"""


def province(root: Path, text: str = SMALL, name: str = "small-province") -> str:
    folder = root / "data" / "raw" / name
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "unit.toml").write_text(text, encoding="utf-8")
    return name


def digest(folder: Path) -> str:
    told = "".join(f"{path.relative_to(folder)} {path.read_bytes()!r}\n" for path in sorted(folder.rglob("*")) if path.is_file())
    return hashlib.sha256(told.encode()).hexdigest()


def test_the_same_seed_makes_the_same_bytes_and_another_does_not(root: Path):
    unit, raw = province(root), root / "data" / "raw"
    first = wards.make(unit)
    made = {name: digest(raw / name) for name in first}
    assert first == [f"small-ward-0{n}" for n in range(1, 7)] and len(set(made.values())) == 6
    for name in first:
        shutil.rmtree(raw / name)
    wards.make(unit)
    assert {name: digest(raw / name) for name in first} == made
    shutil.rmtree(raw / "small-ward-02")
    province(root, SMALL.replace("seed = 7", "seed = 8"))
    assert wards.make(unit) == ["small-ward-02"]
    assert digest(raw / "small-ward-02") != made["small-ward-02"] and digest(raw / "small-ward-01") == made["small-ward-01"]


def test_the_numbers_behind_a_ward_are_the_same_on_every_machine():
    ward = figures.wards(20261126, 54)[6]
    assert (ward.number, ward.population, ward.pace, ward.event) == (7, 24516, 0.951, "2026-01-01")
    rows = figures.figures(20261126, ward)
    assert rows["economy"][0] == ("new_enterprises", "cumulative", "2023-01-31", 2, "actual", "2023-02-06")
    assert sum(len(each) for each in rows.values()) == 381


def test_a_ward_that_stands_is_never_written_over(root: Path):
    unit = province(root)
    wards.make(unit)
    target = root / "data" / "raw" / "small-ward-03" / "targets.csv"
    target.write_text("mine", encoding="utf-8")
    assert wards.make(unit) == [] and target.read_text(encoding="utf-8") == "mine"


def test_a_ward_stands_whole_or_not_at_all(root: Path, monkeypatch: pytest.MonkeyPatch):
    unit, write, made = province(root), wards.table, []

    def full(path: Path, rows: list[dict[str, object]]) -> None:
        made.append(path)
        if len(made) == 20:
            raise OSError(28, "No space left on device")
        write(path, rows)

    monkeypatch.setattr(wards, "table", full)
    with pytest.raises(OSError):
        wards.make(unit)
    stand = [name for name in folders.units(made=True) if name != unit]
    assert stand == ["small-ward-01"] and not list((root / "data").glob(".small*"))
    monkeypatch.undo()
    monkeypatch.setenv("KPI_ROOT", str(root))
    assert len(wards.make(unit)) == 5


def test_made_wards_are_in_no_list_until_they_are_asked_for(root: Path, capsys: pytest.CaptureFixture[str]):
    unit = province(root)
    assert children(unit) == [] and folders.units() == [unit]
    assert len(chosen(f"children-of:{unit}")) == 6 == len(children(unit))
    assert folders.units() == [unit] and len(folders.units(made=True)) == 7
    assert chosen("small-ward-0[12]") == ["small-ward-01", "small-ward-02"]
    assert main(["units", "--lang", "en"]) == 0
    said = capsys.readouterr().out
    assert "small-ward" not in said and "and 6 illustrative wards made from a seed" in said
    assert "small-ward" not in str(Start(unit, "2026-10-15", "vi").parts())
    assert main(["check", "--unit", "small-wrd", "--lang", "en"]) == 20
    assert "small-ward" not in capsys.readouterr().err


def test_the_wards_differ_and_lack_what_wards_lack():
    made = figures.wards(20261126, 54)
    assert min(ward.population for ward in made) < 6_000 and max(ward.population for ward in made) > 60_000
    assert sum(bool(ward.never) for ward in made) == 3 and sum(bool(ward.late) for ward in made) == 10
    assert sorted(ward.event for ward in made if ward.event) == ["2025-07-01", "2026-01-01", "2026-01-01"]
    assert sum(ward.own for ward in made) == 4


def test_every_ward_is_read_without_a_refusal_and_carries_the_mark(root: Path):
    unit = province(root)
    kinds = {ward.number: ward for ward in figures.wards(7, 6)}
    changed = [ward.number for ward in kinds.values() if ward.event and (ward.rebuilt or not ward.own)][:2]
    for name in wards.make(unit):
        made, ward = read_unit(name), kinds[int(name[-2:])]
        assert made.mark is not None and made.parent == unit and set(INDICATORS) <= set(made.indicators)
        assert ("green_space" in made.indicators) == ward.own
        assert [str(event.date) for event in made.boundary_events] == ([ward.event] if ward.event else [])
        assert int(name[-2:]) not in changed or door.faults(name, dt.date(2026, 11, 26))[0] == []
        assert read_observations(name, as_of=dt.date(2026, 10, 15))["note"].eq("SỐ LIỆU MINH HỌA").all()


def test_the_figures_of_the_demonstration_province_are_the_sums_of_its_wards(tmp_path: Path):
    import runpy

    made = runpy.run_path(str(PROJECT / "benchmarks" / "demo_province.py"))
    shutil.copytree(PROJECT / "data" / "raw" / "demo-province", tmp_path / "demo")
    made["main"](tmp_path / "demo")
    assert digest(tmp_path / "demo") == digest(PROJECT / "data" / "raw" / "demo-province")


@pytest.mark.parametrize(
    "asked", ["{ count = 0, seed = 7 }", "{ count = 6 }", "6", '{ count = 6, seed = "x" }', "{ count = 6, seed = 7, of = 1 }"]
)
def test_what_cannot_be_made_is_refused_with_an_example(root: Path, capsys: pytest.CaptureFixture[str], asked: str):
    unit = province(root, SMALL.replace("{ count = 6, seed = 7 }", asked))
    assert main(["make-wards", "--unit", unit, "--lang", "en"]) == 20
    assert "{ count = 54, seed = 20261126 }" in capsys.readouterr().err


def test_a_unit_that_asks_for_none_says_which_does(root: Path, capsys: pytest.CaptureFixture[str]):
    unit = province(root, SMALL.replace("illustrative_wards = { count = 6, seed = 7 }", ""))
    assert main(["make-wards", "--unit", unit, "--lang", "en"]) == 20
    assert "kpi make-wards --unit demo-province" in capsys.readouterr().err
    assert wards.make(unit) == []
