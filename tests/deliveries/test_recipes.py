"""Foreign tables by recipe: the layouts of the national monthly workbooks in miniature, and a department's own declared table."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import xlsxwriter

from kpi_lib.definitions import folders
from kpi_lib.definitions.indicators import read_unit
from kpi_lib.deliveries.files.reading import read_book
from kpi_lib.deliveries.tables.recipe_reading import read_with_recipes
from kpi_lib.deliveries.tables.recipes import load_recipes, read_recipe
from kpi_lib.deliveries.tables.tidy import read_tidy
from kpi_lib.words.messages import KpiError

Cells = dict[str, object]


def book(path: Path, cells: Cells, *, sheet: str = "VonDT", merged: tuple[str, ...] = ()) -> Path:
    with xlsxwriter.Workbook(str(path)) as made:
        ws = made.add_worksheet(sheet)
        for where, value in cells.items():
            ws.write(where, value)
        for block in merged:
            ws.merge_range(block, cells[block.split(":")[0]])
    return path


SEPTEMBER: Cells = {
    "A1": "18. Vốn đầu tư thực hiện từ nguồn ngân sách Nhà nước", "A2": "      tháng 9 và 9 tháng năm 2018", "G4": "Tỷ đồng; %",
    "C5": "Thực hiện", "C6": "tháng 8", "C7": "năm", "C8": 2018, "D5": "Ước tính ", "D6": "tháng 9", "D7": "năm", "D8": 2018,
    "E5": "Cộng dồn", "E6": "9 tháng", "E7": "năm", "E8": 2018, "F5": "9 tháng năm", "F6": "2018 so với", "F7": " kế hoạch", "F8": "năm 2018",
    "G5": "9 tháng năm", "G6": "2018 so với", "G7": "cùng kỳ", "G8": "năm trước",
    "A10": "TỔNG SỐ", "C10": 29794.187, "D10": 31473.537, "E10": 214493.706, "F10": 63.2, "G10": 111.8,
    "B12": "Trong đó:", "B31": "Quảng Ninh", "C31": 905.697, "D31": 1022.624, "E31": 6697.758, "F31": 51.593, "G31": 148.944,
}  # fmt: skip
JANUARY: Cells = {
    "A1": "11. Vốn đầu tư thực hiện từ nguồn ngân sách Nhà nước", "F3": "Tỷ đồng", "C4": "Kế hoạch", "C5": "năm 2025", "D4": "Ước tính ", "D5": "tháng 01",
    "D6": "năm 2025", "E4": "Tháng 01/2025", "E5": "so với kế hoạch", "E6": "năm 2025 (%)", "F4": "Tháng 01/2025", "F5": "so với cùng kỳ", "F6": "năm trước (%)",
    "A8": "TỔNG SỐ", "C8": 857525.6, "D8": 35417.8, "E8": 4.13, "F8": 109.55, "B34": "Quảng Ninh", "C34": 14089.277, "D34": 677.348, "E34": 4.8075, "F34": 81.4766,
}  # fmt: skip
ENTERPRISES: Cells = {
    "A1": "6. Một số chỉ tiêu về doanh nghiệp", "B4": "Tháng 5", "B5": "năm", "B6": 2020, "C4": "5 tháng", "C5": "năm", "C6": 2020, "D4": "Tháng 4", "D5": "năm",
    "D6": 2021, "E4": "Tháng 5", "E5": "năm", "E6": 2021, "F4": "5 tháng", "F5": "năm", "F6": 2021, "G4": "Tháng 5 năm 2021", "G5": "so với (%)", "G6": "Tháng 4",
    "G7": "năm", "G8": 2021, "H6": "Tháng 5", "H7": "năm", "H8": 2020, "I4": "5 tháng", "I5": "năm 2021", "I6": "so với", "I7": "cùng kỳ", "I8": "năm 2020 (%)",
    "A10": "Doanh nghiệp đăng ký thành lập mới (Doanh nghiệp)", "B10": 10728, "C10": 48323, "D10": 14866, "E10": 11601, "F10": 55767, "G10": 78.0, "H10": 108.1, "I10": 115.4,
}  # fmt: skip


@pytest.fixture
def province(make_unit: Callable[..., str]) -> str:
    return make_unit([], toml="", unit="thu")


def read(unit_id: str, path: Path):  # type: ignore[no-untyped-def]
    return read_with_recipes(read_book(path), read_unit(unit_id), load_recipes(unit_id), {})


def renamed(unit_id: str, name: str, level: str = "province") -> None:
    file = folders.raw(unit_id) / "unit.toml"
    file.write_text(
        file.read_text(encoding="utf-8").replace("Phường Thử", name).replace('level = "ward"', f'level = "{level}"'), encoding="utf-8"
    )


def test_the_monthly_investment_table_gives_month_before_sum_and_claims(province: str, tmp_path: Path):
    renamed(province, "Tỉnh Quảng Ninh")
    reading = read(province, book(tmp_path / "2018-09-28-Bieu-9.xlsx", SEPTEMBER))
    got = {(f.basis, f.period, f.status): (f.value, f.cell) for f in reading.figures}
    assert got == {
        ("month", "2018-08", "actual"): (905.697, "C31"),
        ("month", "2018-09", "estimate"): (1022.624, "D31"),
        ("cumulative", "2018-09-30", "estimate"): (6697.758, "E31"),
    }
    assert {c.kind: c.value for c in reading.claims} == {"percent_of_plan": 51.593, "percent_of_same_period": 148.944}
    assert not reading.faults and reading.months == ((2018, 9),) and {f.measure for f in reading.figures} == {"tỷ đồng"}
    assert {str(f.published) for f in reading.figures} == {"2018-09-28"}


def test_the_country_reads_its_total_row_of_the_same_table(province: str, tmp_path: Path):
    renamed(province, "Việt Nam", "country")
    reading = read(province, book(tmp_path / "a.xlsx", SEPTEMBER))
    assert {f.value for f in reading.figures} == {29794.187, 31473.537, 214493.706}


def test_januarys_layout_brings_the_plan(province: str, tmp_path: Path):
    renamed(province, "Tỉnh Quảng Ninh")
    reading = read(province, book(tmp_path / "a.xlsx", JANUARY))
    assert [(f.basis, f.period, f.value) for f in reading.figures] == [("month", "2025-01", 677.348)]
    assert [(p.value, p.year, p.cell) for p in reading.plans] == [(14089.277, 2025, "C34")]


def test_the_enterprise_table_keeps_last_years_columns_as_claims(province: str, tmp_path: Path):
    reading = read(province, book(tmp_path / "a.xlsx", ENTERPRISES, merged=("G4:H4", "G5:H5")))
    assert {(f.basis, f.period, f.value) for f in reading.figures} == {
        ("month", "2021-04", 14866.0),
        ("month", "2021-05", 11601.0),
        ("cumulative", "2021-05-31", 55767.0),
    }
    assert {c.kind: c.value for c in reading.claims} == {
        "month_last_year": 10728.0,
        "same_period": 48323.0,
        "percent_of_same_period": 115.4,
    }


def test_a_departments_own_table_is_declared_in_a_few_lines(province: str, tmp_path: Path):
    folder = folders.raw(province) / "recipes"
    folder.mkdir()
    (folder / "thue.toml").write_text(
        'name = "thue"\ntitle = ["tiến độ thu"]\nmeasure = "triệu đồng"\n'
        "[columns.cumulative]\nheadings = ['^lũy kế thực thu']\nstatus = \"actual\"\n"
        "[columns.plan]\nheadings = ['^dự toán năm']\n"
        '[[rows]]\nindicator = "budget_revenue_growth"\nlabels = ["{unit}"]\n',
        encoding="utf-8",
    )
    cells: Cells = {"A1": "TIẾN ĐỘ THU THÁNG 9 NĂM 2026", "A3": "STT", "B3": "Tên phường", "C3": "Dự toán năm", "D3": "Luỹ kế thực thu", "A4": 1, "B4": "Phường Khác", "C4": 1, "D4": 2, "A5": 2, "B5": "Phường Thử", "C5": 120000, "D5": 85000.5}  # fmt: skip
    reading = read(province, book(tmp_path / "thue.xlsx", cells))
    assert reading.reader == "thue"
    assert [(f.basis, f.period, f.value, f.measure, f.status) for f in reading.figures] == [
        ("cumulative", "2026-09-30", 85000.5, "triệu đồng", "actual")
    ]
    assert [p.value for p in reading.plans] == [120000.0]


def test_every_reader_takes_the_same_words_for_the_kind_of_a_figure(province: str, tmp_path: Path):
    path = tmp_path / "gon.csv"
    words = ("ước TH", "Chính thức", "QT", "actual")
    lines = [f"new_enterprises,2026-0{month},{month},doanh nghiệp,{word}" for month, word in enumerate(words, start=1)]
    path.write_text("\n".join(("chỉ tiêu,kỳ,giá trị,đvt,loại số", *lines)), encoding="utf-8")
    reading = read_tidy(read_book(path), read_unit(province), {})
    assert reading is not None and [f.status for f in reading.figures] == ["estimate", "actual", "settled", "actual"]


def test_a_unit_of_measure_of_another_kind_holds_the_row_and_a_strange_one_is_told_apart(province: str, tmp_path: Path):
    cells: Cells = {
        "A1": "BÁO CÁO THÁNG 9 NĂM 2026",
        "A3": "STT",
        "B3": "Chỉ tiêu",
        "C3": "ĐVT",
        "D3": "Ước tháng 9",
        "E3": "Luỹ kế 9 tháng",
    }
    for line, (name, measure) in enumerate((("Doanh nghiệp thành lập mới", "%"), ("Giải quyết việc làm", "xe")), start=4):
        cells |= {f"A{line}": line - 3, f"B{line}": name, f"C{line}": measure, f"D{line}": 12, f"E{line}": 90}
    told = {f.cell: f for f in read(province, book(tmp_path / "a.xlsx", cells)).faults}
    assert {cell: f.check for cell, f in told.items()} == {"C4": "measure_other", "C5": "measure_unknown"}
    assert {"D4", "E4"} <= set(told["C4"].holds) and {"D5", "E5"} <= set(told["C5"].holds)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('name = "x"', "cần name, title, columns"),
        ('name = "x"\ntitle = []\n[columns.mont]\nheadings = ["a"]', "vai trò lạ"),
        ('name = "x"\ntitle = []\n[columns.month]\nheadings = ["("]', "mẫu không hợp lệ"),
        ('name = "x"\ntitle = []\n[columns.plan]\nheadings = ["a"]', "ít nhất một trong"),
        ('name = "x"\ntitle = []\n[columns.month]\nheadings = ["a"]\nstatus = "maybe"', "status"),
        ("name = ", "không đọc được TOML"),
    ],
)
def test_a_faulty_recipe_is_told_by_file_and_key(tmp_path: Path, text: str, told: str):
    path = tmp_path / "sai.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(KpiError) as error:
        read_recipe(path)
    assert "sai.toml" in error.value["vi"] and told in error.value["vi"]


def test_a_recipe_tells_all_its_faults_at_once(tmp_path: Path):
    path = tmp_path / "sai.toml"
    path.write_text(
        'name = "x"\ntitle = []\n[columns.mont]\nheadings = ["a"]\n[columns.month]\nheadings = "a"\n[[rows]]\nlabels = []', encoding="utf-8"
    )
    with pytest.raises(KpiError) as error:
        read_recipe(path)
    assert all(part in str(error.value) for part in ("columns.mont:", "columns.month:", "[[rows]]"))


def test_an_assessment_in_a_table_is_read_as_the_result_of_the_year(province: str, tmp_path: Path):
    folder = folders.raw(province) / "recipes"
    folder.mkdir()
    (folder / "xep_loai.toml").write_text(
        'name = "xep_loai"\ntitle = ["xếp loại"]\n[columns.cumulative]\nheadings = ["^thực hiện"]\n'
        '[[rows]]\nindicator = "party_members_rated_good"\nlabels = ["{unit}"]\n',
        encoding="utf-8",
    )
    cells: Cells = {
        "A1": "XẾP LOẠI ĐẢNG VIÊN THÁNG 12 NĂM 2026",
        "A3": "STT",
        "B3": "Đơn vị",
        "C3": "Thực hiện",
        "A4": 1,
        "B4": "Phường Thử",
        "C4": 93.5,
    }
    reading = read(province, book(tmp_path / "a.xlsx", cells))
    assert [(f.basis, f.period, f.value) for f in reading.figures] == [("year", "2026", 93.5)]
