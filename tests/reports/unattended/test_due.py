"""What many units owe, in one list, and the reminders."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import monthly, target

from kpi_lib import cli
from kpi_lib.cli.due import owed_by
from kpi_lib.definitions.indicators import day

DAY = 'parent = "tinh"\ndeadline_day = 20\ndeadline_document = "CV 12/UBND"\n'


@pytest.fixture
def units(make_unit: Callable[..., str]) -> None:
    make_unit([], unit="tinh")
    for name, months, more in (("a", 9, DAY), ("b", 6, DAY + 'language = "en"\n'), ("c", 8, DAY), ("d", 5, 'parent = "tinh"')):
        rows = [
            one for year, upto in ((2024, 12), (2025, months)) for one in monthly("new_jobs", year, [50.0] * upto, measure="lượt lao động")
        ]
        make_unit(rows, unit=name, toml=more, targets=[target("new_jobs", 2025, 600)])


@pytest.mark.usefixtures("units")
def test_the_unit_longest_behind_comes_first_and_one_that_owes_nothing_is_not_in_it():
    found, told = owed_by(["a", "b", "c", "d"], day("2025-10-21"))
    assert [(each.unit.id, str(each.rows[0].due)) for each in found] == [("b", "2025-07-20"), ("c", "2025-09-20"), ("a", "2025-10-20")]
    assert ["no document" in words["en"] for words in told] == [True]
    assert owed_by(["a"], day("2025-10-20")) == ([], [])  # the day itself is not late


@pytest.mark.usefixtures("units")
def test_the_command_lists_all_and_speaks_to_each_unit_in_its_language(capsys: pytest.CaptureFixture, tmp_path: Path):
    code = cli.main(["due", "--units", "children-of:tinh", "--as-of", "2025-10-21", "--lang", "en", "--text", "--to", str(tmp_path / "r")])
    out = capsys.readouterr().out
    assert code == 10 and "Of 4 units, 3 owe 3 figures." in out
    rows = [line for line in out.split("Of 4 units")[0].splitlines() if line]
    assert ["93 days late" in rows[0], "31 days late" in rows[1], "1 day late" in rows[2]] == [True] * 3
    english, vietnamese = ((tmp_path / "r" / f"{name}.txt").read_text(encoding="utf-8") for name in "bc")
    assert "CV 12/UBND" in english and "Please send them" in english and english in out
    assert "chậm 31 ngày" in vietnamese and "Please" not in vietnamese
    assert sorted(path.name for path in (tmp_path / "r").iterdir()) == ["a.txt", "b.txt", "c.txt"]


@pytest.mark.usefixtures("units")
def test_a_unit_that_cannot_be_read_is_named_and_the_others_are_listed(root: Path, capsys: pytest.CaptureFixture):
    (root / "data" / "raw" / "c" / "unit.toml").write_text('parent = "tinh"\nlevel = [', encoding="utf-8")
    assert cli.main(["due", "--units", "a,b,c", "--as-of", "2025-10-21", "--lang", "en"]) == 10
    out = capsys.readouterr().out
    assert "Of 3 units, 2 owe 2 figures." in out and "c: what it owes is not known" in out
