"""The targets of all units below one, from one workbook: every layout, all or nothing, nobody's own document overwritten."""

from __future__ import annotations

import errno
from collections.abc import Callable
from pathlib import Path

import pytest
import xlsxwriter
from conftest import target

from kpi_lib import cli, disk
from kpi_lib.definitions.indicators import read_unit
from kpi_lib.definitions.targets import in_force, read_targets

NAMES = {"w1": "Phường Quang Trung", "w2": "Xã Thanh Sơn", "w3": "Phường 3"}
LINES = ["new_enterprises", "budget_revenue_growth", "health_insurance_coverage"]


@pytest.fixture
def province(make_unit: Callable[..., str], root: Path) -> None:
    make_unit([], unit="tinh")
    for name, words in NAMES.items():
        make_unit([], unit=name, toml='parent = "tinh"', targets=[target("new_enterprises", 2025, 40)])
        path = root / "data" / "raw" / name / "unit.toml"
        path.write_text(path.read_text(encoding="utf-8").replace("Phường Thử", words).replace("Test ward", name), encoding="utf-8")


def book(path: Path, rows: list[list[object]]) -> Path:
    with xlsxwriter.Workbook(str(path)) as made:
        sheet = made.add_worksheet("Chỉ tiêu giao")
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
    return path


ACROSS = [
    ["Phụ lục: giao chỉ tiêu năm 2026"],
    ["STT", "Chỉ tiêu", "Đơn vị tính", "Quang Trung", "Xã Thanh Sơn", "w3", "Ghi chú"],
    [1, "Số doanh nghiệp thành lập mới", "doanh nghiệp", 60, 70, "không giao", ""],
    [2, "Tăng thu ngân sách", "triệu đồng", 12500, 8000, 9000, "dự toán"],
    [3, "Tỷ lệ người dân tham gia bảo hiểm y tế", "%", "từ 95 trở lên", 96.5, 97, ""],
]
DOWN = [
    ["Đơn vị", "Chỉ tiêu", "Đơn vị tính", "Kế hoạch năm 2026"],
    ["Phường Quang Trung", "Số doanh nghiệp thành lập mới", "doanh nghiệp", 60],
    ["", "Tăng thu ngân sách", "tỷ đồng", 12.5],
    ["Thanh Sơn", "Số doanh nghiệp thành lập mới", "doanh nghiệp", 70],
]


def taken(path: Path, *more: str) -> int:
    asked = ["--unit", "tinh", "--year", "2026", "--document", "Quyết định 12/QĐ-UBND", "--adopted", "2025-12-20", "--lang", "en"]
    return cli.main(["targets", "import", str(path), *asked, *more])


def on_record(unit: str) -> dict[str, tuple[float, str, str]]:
    rows = read_targets(unit)
    rows = rows[rows["year"] == 2026]
    return {row.indicator: (row.threshold, row.measure, row.version) for row in rows.itertuples()}


@pytest.mark.usefixtures("province")
def test_a_column_for_each_unit_becomes_the_targets_of_each(tmp_path: Path, capsys: pytest.CaptureFixture):
    assert taken(book(tmp_path / "a.xlsx", ACROSS)) == 0
    assert "8 targets of 3 units written" in capsys.readouterr().out
    assert on_record("w1")["new_enterprises"] == (60, "indicator", "assigned")
    assert on_record("w1")["budget_revenue_growth"] == (12.5, "flow", "assigned")  # million đồng into the billion of the line
    assert on_record("w1")["health_insurance_coverage"] == (95, "indicator", "assigned")
    assert "new_enterprises" not in on_record("w3") and on_record("w3")["budget_revenue_growth"][0] == 9.0
    judging, _ = in_force("w2", read_unit("w2").indicators["new_enterprises"], 2026, as_of="2026-01-15")
    assert judging.threshold == 70 and "a.xlsx Chỉ tiêu giao!E3" in judging.source
    assert in_force("w2", read_unit("w2").indicators["new_enterprises"], 2026, as_of="2025-12-19")[0] is None


@pytest.mark.usefixtures("province")
def test_a_row_for_each_unit_and_target_does_the_same_and_twice_is_once(tmp_path: Path, root: Path, capsys: pytest.CaptureFixture):
    path = book(tmp_path / "b.xlsx", DOWN)
    assert taken(path) == 0
    assert on_record("w1") == {"new_enterprises": (60, "indicator", "assigned"), "budget_revenue_growth": (12.5, "flow", "assigned")}
    before = {name: (root / "data" / "raw" / name / "targets.csv").read_bytes() for name in NAMES}
    assert taken(path) == 0 and before == {name: (root / "data" / "raw" / name / "targets.csv").read_bytes() for name in NAMES}
    out = capsys.readouterr().out
    assert "0 targets added, 2 on record already" in out and "no target in the workbook: w3" in out


@pytest.mark.usefixtures("province")
def test_a_unit_that_goes_by_a_document_of_its_own_keeps_it_and_is_named(tmp_path: Path, root: Path, capsys: pytest.CaptureFixture):
    path = root / "data" / "raw" / "w1" / "targets.csv"
    path.write_text(
        path.read_text(encoding="utf-8") + "new_enterprises,2026,75,>=,indicator,adopted,NQ 5/2025,2025-12-30,thử\n", encoding="utf-8"
    )
    assert taken(book(tmp_path / "a.xlsx", ACROSS)) == 0
    assert "its own document stays in force (NQ 5/2025 of 30 December 2025: 75; assigned here: 60)" in capsys.readouterr().out
    judging, others = in_force("w1", read_unit("w1").indicators["new_enterprises"], 2026, as_of="2026-01-15")
    assert (judging.threshold, [other.threshold for other in others]) == (75, [60])


def wrong(rows: list[list[object]], row: int, column: int, value: object) -> list[list[object]]:
    return [[value if (r, c) == (row, column) else cell for c, cell in enumerate(cells)] for r, cells in enumerate(rows)]


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        (wrong(ACROSS, 1, 3, "Quang Trugn"), "is none of the units (did you mean 'quang trung'?)"),
        (wrong(DOWN, 3, 0, "Thanh Sn"), "is none of the units"),
        (wrong(ACROSS, 2, 1, "Số cây trồng"), "does not track “Số cây trồng”"),
        (wrong(ACROSS, 3, 2, "tấn"), "is in 'tấn'"),
        ([*ACROSS, ACROSS[2]], "has this target already in Chỉ tiêu giao!D3"),
    ],
)
@pytest.mark.usefixtures("province")
def test_one_fault_anywhere_and_nothing_is_written(
    rows: list[list[object]], told: str, tmp_path: Path, root: Path, capsys: pytest.CaptureFixture
):
    before = {path: path.read_bytes() for path in (root / "data" / "raw").rglob("targets.csv")}
    assert taken(book(tmp_path / "a.xlsx", rows)) == 20
    error = capsys.readouterr().err
    assert told in error and "Nothing was written" in error
    assert before == {path: path.read_bytes() for path in (root / "data" / "raw").rglob("targets.csv")}


@pytest.mark.usefixtures("province")
def test_other_numbers_under_the_same_day_are_refused_and_a_trial_writes_nothing(tmp_path: Path, capsys: pytest.CaptureFixture):
    assert taken(book(tmp_path / "a.xlsx", ACROSS), "--dry-run") == 0 and on_record("w1") == {}
    assert taken(book(tmp_path / "a.xlsx", ACROSS)) == 0
    assert taken(book(tmp_path / "b.xlsx", wrong(ACROSS, 2, 4, 71))) == 20
    assert "another target of this day on record" in capsys.readouterr().err and on_record("w2")["new_enterprises"][0] == 70


def test_files_are_written_together_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    old, new, never = (tmp_path / name for name in ("old.csv", "new.csv", "never.csv"))
    old.write_bytes(b"1")
    replace = Path.replace

    def full(self: Path, to: Path) -> Path:
        if to == never:
            raise OSError(errno.ENOSPC, "full")
        return replace(self, to)

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(OSError, match="full"):
        disk.together({old: b"2", new: b"2", never: b"2"})
    assert [path.name for path in tmp_path.iterdir()] == ["old.csv"] and old.read_bytes() == b"1"
    monkeypatch.undo()
    disk.together({old: b"2", new: b"2", never: b"2"})
    assert {path.read_bytes() for path in tmp_path.iterdir()} == {b"2"} and len(list(tmp_path.iterdir())) == 3
