"""A new unit from a sheet of targets, in the commands an officer types: what was typed is what stands in its files, and nothing half-written stays."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import openpyxl
import pytest

from kpi_lib import cli
from kpi_lib.definitions import folders
from kpi_lib.definitions.indicators import INDICATORS, read_unit
from kpi_lib.definitions.starting import NOT_NAMED
from kpi_lib.definitions.targets import read_targets
from kpi_lib.reports import door

PRINTED = [
    ["PHỤ LỤC: CÁC CHỈ TIÊU CHỦ YẾU NĂM 2026"],
    [],
    ["TT", "Chỉ tiêu", "ĐVT", "Kế hoạch năm 2026"],
    ["I", "Về kinh tế"],
    [1, "Tốc độ tăng tổng giá trị sản phẩm trên địa bàn", "%", "11,8% trở lên"],
    [2, "Số doanh nghiệp thành lập mới", "DN", "trên 80"],
    [3, "Thu nhập bình quân đầu người", "triệu đồng", "105,5"],
    ["II", "Về xã hội"],
    [4, "Tỷ lệ hộ nghèo", "%", "không quá 0,35%"],
    [5, "Số lao động được tạo việc làm tăng thêm", "người", "1.600"],
    [6, "Số km đường bê tông", "km", 14.5],
]  # fmt: skip
FACTS = ["--name", "Phường B", "--level", "ward", "--year", "2026", "--document", "NQ 05", "--adopted", "2025-12-30", "--lang", "vi"]


def sheet(path: Path, rows: list[list[object]]) -> Path:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    book.save(path)
    return path


def filled(form: Path, unit: dict[str, object], targets: dict[str, float], own: list[tuple[object, ...]] = ()) -> Path:
    """The form, filled in as an officer does: facts by their row, thresholds by their line, own lines below."""
    book = openpyxl.load_workbook(form)
    keys = ["id", "name", "level", "parent", "population", "language", "reports_to", "year", "document", "adopted"]
    for key, value in unit.items():
        book.worksheets[0].cell(keys.index(key) + 1, 2).value = value
    table = book.worksheets[1]
    last = 1
    for row in table.iter_rows(min_row=2):
        if row[0].value:
            row[4].value, last = targets.get(row[0].value), row[0].row
    for number, (name, measure, kind, side, threshold) in enumerate(own, start=last + 1):
        for column, value in ((2, name), (3, measure), (7, kind), (4, side), (5, threshold)):
            table.cell(number, column).value = value
    book.save(form)
    return form


@pytest.mark.usefixtures("root")
def test_a_table_as_resolutions_print_it_becomes_a_unit(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    assert cli.main(["new-unit", "phuong-b", *FACTS, "--from", str(sheet(tmp_path / "nq.xlsx", PRINTED))]) == 0
    rows = {row["indicator"]: row for row in read_targets("phuong-b").to_dict("records")}
    assert {(key, row["comparator"], row["threshold"]) for key, row in rows.items()} == {
        ("gross_product_growth", ">=", 11.8), ("new_enterprises", ">", 80.0), ("thu_nhap_binh_quan_dau_nguoi", ">=", 105.5),
        ("ty_le_ho_ngheo", "<=", 0.35), ("so_lao_dong_duoc_tao_viec_lam_tang_them", ">=", 1600.0), ("so_km_duong_be_tong", ">=", 14.5),
    }  # fmt: skip
    unit = read_unit("phuong-b")
    assert {key: ind.kind.id for key, ind in unit.indicators.items() if key not in ("gross_product_growth", "new_enterprises")} == {
        "thu_nhap_binh_quan_dau_nguoi": "assessment", "ty_le_ho_ngheo": "population_share",
        "so_lao_dong_duoc_tao_viec_lam_tang_them": "flow", "so_km_duong_be_tong": "level",
    }  # fmt: skip
    assert unit.indicators["ty_le_ho_ngheo"].direction == "lower"
    assert unit.indicators["so_km_duong_be_tong"].duty.owner == NOT_NAMED
    assert door.faults("phuong-b", dt.date(2026, 2, 1)) == ([], [])
    told = capsys.readouterr().out
    assert "D9" in told and "<= 0,35 %" in told and "còn thiếu: dân số" in told


@pytest.mark.usefixtures("root")
def test_the_form_filled_in_becomes_a_unit_with_lines_of_its_own(tmp_path: Path):
    form = tmp_path / "form.xlsx"
    assert cli.main(["new-unit", "--form", str(form), "--lang", "en"]) == 0
    unit = {
        "name": "Rivertown",
        "level": "city",
        "population": 31245,
        "language": "en",
        "year": 2026,
        "document": "Council 7",
        "adopted": dt.date(2025, 12, 30),
    }
    own = [("Visitors", "visits", "amounts that add up over the year (visitors, houses built, money collected)", ">=", 120000),
           ("Growth of service revenue", "million dollars", "growth in % against last year, worked out from amounts that add up", ">=", 9),
           ("Open complaints", "cases", "a count of which none may be left at the year's end", "<=", 0)]  # fmt: skip
    assert cli.main(["new-unit", "--from", str(filled(form, unit, {"new_jobs": 900.0, "poor_households": 0.0}, own)), "--lang", "en"]) == 0
    made = read_unit("rivertown")
    assert (made.name["en"], made.level, made.population, made.lang) == ("Rivertown", "city", 31245, "en")
    assert list(made.indicators)[:2] == ["poor_households", "new_jobs"]
    growth = made.indicators["growth_of_service_revenue"]
    assert growth.kind.of_amounts and growth.measure.percent and growth.flow_measure["en"] == "million dollars"
    assert made.indicators["open_complaints"].kind.must_be_nil
    assert str(read_targets("rivertown")["adopted"].iloc[0].date()) == "2025-12-30"


@pytest.mark.parametrize(
    ("line", "measure", "stated", "stands"),
    [
        ("budget_revenue_growth", "tỷ đồng", 180, (180.0, "flow")),
        ("budget_revenue_growth", "triệu đồng", 180_000, (180.0, "flow")),
        ("budget_revenue_growth", "%", 12, (12.0, "indicator")),
        ("public_investment_disbursement", "triệu đồng", 9500, (9.5, "flow")),
        ("new_jobs", "người", 1600, (1600.0, "indicator")),
    ],
)
@pytest.mark.usefixtures("root")
def test_a_threshold_stands_in_the_unit_it_was_stated_in(line: str, measure: str, stated: float, stands: tuple[float, str], tmp_path: Path):
    rows = [["Chỉ tiêu", "ĐVT", "Mức"], [INDICATORS[line].name["vi"], measure, stated]]
    assert cli.main(["new-unit", "phuong-b", *FACTS, "--from", str(sheet(tmp_path / "nq.xlsx", rows))]) == 0
    found = read_targets("phuong-b").to_dict("records")
    assert [(row["indicator"], row["threshold"], row["measure"]) for row in found] == [(line, *stands)]


@pytest.mark.parametrize(
    ("arguments", "rows", "told"),
    [
        ([], PRINTED, "--name"),
        ([*FACTS, "--level", "word"], PRINTED, "did you mean 'ward'"),
        ([*FACTS, "--adopted", "30/12/2025"], PRINTED, "is no date"),
        ([*FACTS, "--year", "99999"], PRINTED, "is no year"),
        ([*FACTS, "--population", "31.245"], PRINTED, "without separators"),
        ([*FACTS, "--name", "a\x7fb"], PRINTED, "cannot be"),
        (FACTS, [["Chỉ tiêu", "ĐVT", "Mức"], ["Việc làm mới", "người", 5], ["Việc làm mới", "người", 6]], "targets.csv"),
        (FACTS, [["Chỉ tiêu", "ĐVT", "Mức"], ["Cây xanh", "cây", 5], ["cây xanh", "cây", 6]], "stands 2 times"),
        (FACTS, [["a", "b"], [1, 2]], "no table of targets"),
        (FACTS, [["Chỉ tiêu", "Mức"], ["Cây xanh", 5]], "has no unit of measure"),
        (FACTS, [["Chỉ tiêu", "ĐVT", "Mức"], ["Cây", "cây", "1,234.5"], ["Hoa", "cây", "1.234,5"]], "1.234,5"),
        (FACTS, [["Chỉ tiêu", "ĐVT", "Mức"], [None, "cây", 5]], "without the name"),
        (FACTS, [["Chỉ tiêu", "ĐVT", "Mức"], ["Tỷ lệ che phủ rừng", "ha", 1200]], "is needed"),
    ],
)
def test_what_will_not_do_is_refused_and_nothing_is_written(
    root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], rows: list[list[object]], told: str
):
    assert cli.main(["new-unit", "phuong-b", *arguments, "--from", str(sheet(tmp_path / "nq.xlsx", rows)), "--lang", "en"]) == 20
    assert told in capsys.readouterr().err
    assert folders.units() == [] and [path.name for path in (root / "data" / "raw").iterdir()] == []


@pytest.mark.parametrize("name", ["../evil", "a/b", ".hidden", "Phường", "/tmp/x", "a b"])
@pytest.mark.usefixtures("root")
def test_a_short_name_that_is_no_folder_of_ours_is_refused(tmp_path: Path, name: str):
    before = sorted(tmp_path.rglob("*"))
    assert cli.main(["new-unit", name, *FACTS]) == 20
    assert sorted(tmp_path.rglob("*")) == before and folders.units() == []


def test_a_unit_in_the_making_is_no_unit(root: Path):
    (root / "data" / ".new.1.tmp" / "thu").mkdir(parents=True)
    (root / "data" / ".new.1.tmp" / "thu" / "unit.toml").touch()
    assert folders.units() == []


def test_a_unit_that_is_there_is_not_written_over(root: Path, tmp_path: Path):
    source = str(sheet(tmp_path / "nq.xlsx", PRINTED))
    assert cli.main(["new-unit", "phuong-b", *FACTS, "--from", source]) == 0
    before = (root / "data" / "raw" / "phuong-b" / "unit.toml").read_bytes()
    assert cli.main(["new-unit", "phuong-b", *FACTS, "--from", source]) == 20
    assert (root / "data" / "raw" / "phuong-b" / "unit.toml").read_bytes() == before


@pytest.mark.usefixtures("root")
def test_the_next_year_is_added_and_lines_without_a_successor_are_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    cli.main(["new-unit", "phuong-b", *FACTS, "--from", str(sheet(tmp_path / "nq.xlsx", PRINTED))])
    form = tmp_path / "2027.xlsx"
    assert cli.main(["new-year", "--unit", "phuong-b", "--year", "2027", "--form", str(form)]) == 0
    assert [row[8].value for row in openpyxl.load_workbook(form).worksheets[1].iter_rows(min_row=2, max_row=3)] == [11.8, 80]
    capsys.readouterr()
    given = filled(form, {"document": "NQ 11", "adopted": "2026-12-29"}, {"gross_product_growth": 12.0, "ty_le_ho_ngheo": 0.3})
    assert cli.main(["new-year", "--unit", "phuong-b", "--year", "2027", "--from", str(given), "--lang", "en"]) == 0
    told = capsys.readouterr().out
    assert told.count("no target any more") == 4 and "Số doanh nghiệp thành lập mới" not in told
    rows = read_targets("phuong-b")
    assert dict(rows[rows["year"] == 2027][["indicator", "threshold"]].to_numpy().tolist()) == {
        "gross_product_growth": 12.0,
        "ty_le_ho_ngheo": 0.3,
    }
    assert len(rows[rows["year"] == 2026]) == 6


def test_a_second_time_the_same_year_is_refused_and_the_table_stays(root: Path, tmp_path: Path):
    cli.main(["new-unit", "phuong-b", *FACTS, "--from", str(sheet(tmp_path / "nq.xlsx", PRINTED))])
    path = root / "data" / "raw" / "phuong-b" / "targets.csv"
    before = path.read_bytes()
    again = [
        "new-year",
        "--unit",
        "phuong-b",
        "--year",
        "2026",
        "--document",
        "NQ 05",
        "--adopted",
        "2025-12-30",
        "--from",
        str(tmp_path / "nq.xlsx"),
    ]
    assert cli.main(again) == 20
    assert path.read_bytes() == before and not list(path.parent.glob(".*"))
