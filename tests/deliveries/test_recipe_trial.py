"""A recipe that a newcomer writes: tried part by part, documented from the code, stopped where it does not come to an end."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from pathlib import Path

import msgspec
import openpyxl
import pytest
from conftest import PROJECT

from benchmarks import recipe_pictures
from kpi_lib import cli
from kpi_lib.definitions import folders
from kpi_lib.deliveries.files.book import Sheet
from kpi_lib.deliveries.intake import ingest
from kpi_lib.deliveries.tables import recipes
from kpi_lib.deliveries.tables.layout import TableFound, normal

HEAD = 'name = "thue"\ntitle = ["tiến độ thu"]\nmeasure = "triệu đồng"\n'
ROWS = '[[rows]]\nindicator = "budget_revenue_growth"\nlabels = ["{unit}"]\n'
TABLE = "TIẾN ĐỘ THU THÁNG 9 NĂM 2026\nSTT;Tên phường;Dự toán năm;Luỹ kế thực thu\n1;Phường Khác;90000;61000\n2;Phường Thử;120000;85000\n"


@pytest.fixture
def ward(make_unit: Callable[..., str]) -> str:
    unit = make_unit([], toml="", unit="cong-thuc")
    (folders.raw(unit) / "recipes").mkdir()
    return unit


def recipe(unit: str, columns: str, head: str = HEAD, rows: str = ROWS) -> None:
    (folders.raw(unit) / "recipes" / "thue.toml").write_text(head + columns + rows, encoding="utf-8")


def table(tmp_path: Path, text: str = TABLE) -> Path:
    path = tmp_path / "thue.csv"
    path.write_text(text, encoding="utf-8")
    return path


def tried(unit: str, path: Path, capsys: pytest.CaptureFixture[str]) -> str:
    assert cli.main(["recipe", "try", str(path), "--unit", unit, "--lang", "en"]) == 0
    assert not (folders.raw(unit) / "received").exists()
    return capsys.readouterr().out


def test_a_trial_says_what_fits_and_what_does_not(ward: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    recipe(ward, "[columns.cumulative]\nheadings = ['^thực thu']\n")
    told = tried(ward, table(tmp_path), capsys)
    assert "headings as joined: A “stt”; B “tên phường”; C “dự toán năm”; D “lũy kế thực thu”" in told
    assert "recipe “thue”: its title fits, but it does not read the table" in told and "columns: no rule fits a heading" in told
    assert "recipe “tong_muc_ban_le”: its title does not fit, these words stand nowhere: “bán lẻ”" in told
    recipe(ward, "[columns.cumulative]\nheadings = ['thực thu$']\n")
    told = tried(ward, table(tmp_path), capsys)
    assert "recipe “thue”: it reads the table\n    columns: D = cumulative" in told
    assert "rows read: “Phường Thử”\n    rows left alone: “Phường Khác”\n    month reported: 9/2026" in told


def test_a_pattern_without_end_is_broken_off_and_named(ward: str, tmp_path: Path):
    recipe(ward, "[columns.month]\nheadings = ['^tháng']\n[columns.cumulative-2]\nheadings = ['^(?:[a-z\\u0100-\\uffff ]+)+!$']\n")
    path = table(tmp_path, TABLE.replace("Luỹ kế thực thu", "luỹ kế thực thu từ đầu năm đến hết kỳ báo cáo"))
    (receipt,) = ingest([path], ward, received=dt.date(2026, 10, 6))
    assert not receipt.accepted and receipt.refused
    assert [(f.check, "columns.cumulative-2" in f.found["en"]) for f in receipt.faults] == [("recipe_slow", True)]


@pytest.mark.parametrize(
    ("heading", "columns", "expected"),
    [
        ("Năm 2024;Năm 2025", "[columns.year]\nheadings = ['^năm (?P<year>\\d{4})']\n", [("year", "2024"), ("year", "2025")]),
        (
            "Quý I/2026;Quý II/2026",
            "[columns.quarter]\nheadings = ['^quý (?P<quarter>iv|iii|ii|i)/(?P<year>\\d{4})']\n",
            [("quarter", "2026-Q1"), ("quarter", "2026-Q2")],
        ),
        (
            "Tháng 3/2024;Tháng 4/2024;Tháng 5/2024;Tháng 5/2025",
            "[columns.month]\nheadings = ['^tháng (?P<month>\\d+)/(?P<year>\\d{4})']\n",
            [("month", "2024-03"), ("month", "2024-04"), ("month", "2024-05"), ("month", "2025-05")],
        ),
    ],
)
def test_tables_of_years_quarters_and_many_months_are_read_whole(
    ward: str, tmp_path: Path, heading: str, columns: str, expected: list[tuple[str, str]]
):
    rows = '[[rows]]\nindicator = "new_jobs"\nlabels = ["Việc làm mới"]\n'
    recipe(ward, columns, head='name = "nhieu_ky"\ntitle = ["số liệu các kỳ"]\n', rows=rows)
    values = ";".join(str(100 + number) for number in range(len(expected)))
    (receipt,) = ingest(
        [table(tmp_path, f"SỐ LIỆU CÁC KỲ\nChỉ tiêu;{heading}\nViệc làm mới;{values}\n")], ward, received=dt.date(2026, 10, 6)
    )
    read = sorted((f.basis, f.period, f.value) for f in (*receipt.accepted, *receipt.waiting))
    assert read == [(*place, 100.0 + number) for number, place in enumerate(expected)]


def test_the_tutorial_reads_its_own_table_and_shows_its_pictures(make_unit: Callable[..., str], tmp_path: Path):
    unit = make_unit([], toml='lines = ["budget_revenue_growth"]')
    page, folder = (PROJECT / "docs" / "recipes.md").read_text(encoding="utf-8"), folders.raw(unit) / "recipes"
    folder.mkdir()
    (folder / "thue.toml").write_text(recipe_pictures.recipe(), encoding="utf-8")
    book = openpyxl.Workbook()
    for place, value in recipe_pictures.CELLS.items():
        book.worksheets[0][place] = value
    book.save(tmp_path / recipe_pictures.FILE)
    (receipt,) = ingest([tmp_path / recipe_pictures.FILE], unit, received=dt.date(2026, 10, 6), keep=False)
    assert receipt.reader == "thue" and receipt.account is not None and receipt.account.alone == 4
    assert {item.value for item in (*receipt.accepted, *receipt.waiting)} == {285400} and [
        plan.value for plan in receipt.waiting_plans
    ] == [420000]
    shown = re.findall(r"!\[.+?\]\((recipe-\d\.png)\)", page)
    assert shown == [f"recipe-{number}.png" for number in range(1, 6)]
    assert all((PROJECT / "docs" / name).stat().st_size < 150_000 for name in shown)


def test_a_heading_is_told_with_its_marks_where_they_are_written():
    table = TableFound(
        "", {0: normal("Dự toán năm"), 1: normal("Quý III"), 2: normal("Luỹ kế hoà"), 3: normal("kế hoạch")}, (), 0, Sheet("", {})
    )
    assert [table.heading(number) for number in range(4)] == ["dự toán năm", "quý iii", "lũy kế hòa", "kế hoạch"]


def test_the_page_of_recipes_lists_every_role_key_and_group_of_the_code():
    page = (PROJECT / "docs" / "recipes.md").read_text(encoding="utf-8")
    parts = re.split(r"^## ", page, flags=re.MULTILINE)
    listed = {part.splitlines()[0]: re.findall(r"^\| `([^`]+)` \|", part, flags=re.MULTILINE) for part in parts}
    keys = [field.name for kind in (recipes._File, recipes._Column, recipes.RowRule) for field in msgspec.structs.fields(kind)]
    assert sorted(listed["Các khoá của tệp"]) == sorted(keys)
    assert tuple(listed["Các vai trò của cột"]) == recipes.ROLES
    code = (PROJECT / "kpi_lib" / "deliveries" / "tables" / "recipe_columns.py").read_text(encoding="utf-8")
    groups = set(re.findall(r'groups\.get\("(\w+)"\)', code))
    assert {f"(?P<{name}>...)" for name in groups} == set(listed["Các nhóm trong mẫu"])
