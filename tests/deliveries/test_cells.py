"""What stands in a file as cells: merged blocks, separators, numbers as they are shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from kpi_lib.deliveries.files.book import Cell
from kpi_lib.deliveries.files.formats import as_shown
from kpi_lib.deliveries.files.text_files import read_csv
from kpi_lib.deliveries.files.workbooks import make_cell, make_sheet
from kpi_lib.deliveries.tables.layout import tables_of

HEADING = "Chỉ tiêu,ĐVT,Ước tháng 9,Luỹ kế,% KH"


def test_what_a_program_keeps_below_a_merged_block_is_not_read():
    sheet = make_sheet("S", [Cell(0, 0, 5.0), Cell(0, 1, 7.0), Cell(1, 0, 9.0), Cell(2, 0, 11.0)], [(0, 0, 1, 1)], [])
    assert [cell.value for cell in sheet.cells.values() if cell.number_like] == [5.0, 11.0]


@pytest.mark.parametrize("value", [float("inf"), float("-inf"), float("nan"), 10**400], ids=["inf", "-inf", "nan", "a long one"])
def test_a_number_beyond_all_numbers_is_the_fault_of_its_cell_alone(value: float):
    own = make_cell(1, 1, value)
    assert own is not None and own.error == "#NUM!" and own.value is None
    others = [Cell(0, 0, "Chỉ tiêu"), Cell(0, 1, "Luỹ kế"), Cell(1, 0, "Lao động"), Cell(2, 0, "Giải ngân"), Cell(2, 1, 7.0)]
    (table,) = tables_of(make_sheet("S", [*others, own], [], []))
    assert [row.label for row in table.rows] == ["lao động", "giải ngân"]


@pytest.mark.parametrize(
    ("lines", "held"),
    [
        (("Thu ngân sách,tỷ đồng,961,4,,", "Lao động,người,5,6,7"), ("C2", "D2")),
        (("Lao động,người,5,6,7", "Giải ngân,tỷ đồng,88,1,,"), ("C3", "D3")),
        (("Thu ngân sách,tỷ đồng,961,4,,,", "Lao động,người,5,6,7,,"), ()),
    ],
)
def test_a_line_with_a_separator_too_many_waits_even_where_its_last_cells_are_empty(tmp_path: Path, lines: tuple[str, ...], held: tuple):
    path = tmp_path / "so.csv"
    path.write_text("\n".join((HEADING, *lines)), encoding="utf-8")
    _, _, told = read_csv(path, path.name)
    assert {cell for item in told for cell in item.holds if cell[0] in "CD"} == set(held)


@pytest.mark.parametrize(
    ("value", "text", "scale", "odd"),
    [(-5.0, "5", 1.0, True), (-1234.0, "1.234", 1.0, True), (-1234.0, "(1.234)", 1.0, False), (5.0, "-5", 1.0, True), (-0.05, "-5 %", 100.0, False),
     (1e6, "1E+06", 1.0, False), (1.5e9, "1,50E+09", 1.0, False), (42.0, "31 hecta", 1.0, True), (31.0, "31 hecta", 1.0, False)],
)  # fmt: skip
def test_a_number_of_an_opendocument_is_read_as_it_is_shown(value: float, text: str, scale: float, odd: bool):
    look = as_shown(value, text)
    assert (look.odd, look.odd or look.scale) == (odd, odd or scale)
