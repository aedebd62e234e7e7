"""A line that a unit above defines once: taken over by those below that name it, its owner and remarks left above, an exception with its reason."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import row

from kpi_lib.definitions.indicators import day, read_unit
from kpi_lib.definitions.starting import NOT_NAMED
from kpi_lib.figures.observations import data_digest, read_observations
from kpi_lib.reports.manifest import inputs
from kpi_lib.words.messages import KpiError

LINE = """
[[indicator]]
id = "{line}"
number = "7"
name = "Đường được chiếu sáng"
measure = "{measure}"
kind = "flow"
decimals = 1
notes = [{{ known = 2025-03-01, text = "Tỉnh có 40 km." }}]
duty = {{ owner = "Sở Xây dựng", result_owner = "Giám đốc Sở" }}
"""
BELOW = 'parent = "{above}"\nlines = ["new_jobs", "{line}"]'
EXCEPTION = 'exception = { known = 2025-06-02, text = "Phường tính cả ngõ." }\n'
LINES = pytest.mark.parametrize(("line", "measure"), [("lit_roads", "km"), ("ponds_cleaned", "ao")])


@pytest.fixture
def made(make_unit: Callable[..., str], root: Path) -> Callable[..., str]:
    """A unit with lines of its own at the end of its file, where tables stand."""

    def make(unit: str, toml: str = "", own: str = "", rows: list[dict[str, object]] | None = None) -> str:
        make_unit(rows or [], unit=unit, toml=toml)
        file = root / "data" / "raw" / unit / "unit.toml"
        file.write_text(file.read_text(encoding="utf-8") + own, encoding="utf-8")
        return unit

    return make


@LINES
def test_a_line_is_defined_once_for_all_units_below_and_what_is_the_unit_aboves_own_affair_stays_there(
    made: Callable[..., str], line: str, measure: str
):
    made("nuoc")
    made("tinh", 'parent = "nuoc"', LINE.format(line=line, measure=measure))
    made("xa", BELOW.format(above="tinh", line=line))
    made("thon", BELOW.format(above="xa", line=line))
    for unit in ("xa", "thon"):
        found, above = read_unit(unit).indicators[line], read_unit("tinh").indicators[line]
        assert list(read_unit(unit).indicators)[:2] == ["new_jobs", line]
        assert (found.measure, found.kind, found.name, found.decimals) == (above.measure, above.kind, above.name, 1)
        assert (found.number, found.notes, found.duty.owner, found.duty.result_owner["vi"]) == ("", (), NOT_NAMED, "")
    assert above.duty.owner["vi"] == "Sở Xây dựng" and len(above.notes) == 1
    with pytest.raises(KpiError, match="wards_lit is not among the lines"):
        read_unit(made("xa-b", BELOW.format(above="tinh", line="wards_lit")))


@LINES
def test_a_figure_of_such_a_line_is_read_and_a_change_above_is_seen_below_at_once(
    made: Callable[..., str], root: Path, line: str, measure: str
):
    made("tinh", "", LINE.format(line=line, measure=measure))
    rows = [row(line, "cumulative", "2025-03-31", 3.5, "2025-04-06", measure=measure)]
    made("xa", BELOW.format(above="tinh", line=line), rows=rows)
    assert read_observations("xa")["value"].tolist() == [3.5]
    made("phuong", 'parent = "tinh"\nlines = ["new_jobs"]')
    before = data_digest("xa"), inputs("xa", []), data_digest("phuong")
    file = root / "data" / "raw" / "tinh" / "unit.toml"
    file.write_text(file.read_text(encoding="utf-8").replace("decimals = 1", "decimals = 2"), encoding="utf-8")
    os.utime(file, ns=(1, 1))
    assert read_unit("xa").indicators[line].decimals == 2
    assert data_digest("xa") != before[0] and inputs("xa", []) != before[1] and data_digest("phuong") == before[2]
    file.unlink()
    with pytest.raises(KpiError, match=f"{line} is not among the lines"):
        read_unit("xa")


@LINES
def test_an_exception_says_why_and_is_known_from_its_day_on(made: Callable[..., str], line: str, measure: str):
    made("tinh", "", LINE.format(line=line, measure=measure))
    own = LINE.format(line=line, measure="điểm").replace('number = "7"\n', "").replace("notes = ", "# ")
    made("xa", BELOW.format(above="tinh", line=line), own)
    with pytest.raises(KpiError, match=rf"{line}: tinh defines this line for all units below it"):
        read_unit("xa")
    made("xa", BELOW.format(above="tinh", line=line), own + EXCEPTION)
    assert read_unit("xa").indicators[line].measure["vi"] == "điểm"
    notes = [[note.text["vi"] for note in read_unit("xa", as_of=when).indicators[line].notes] for when in ("2025-06-01", "2025-06-02")]
    assert notes == [[], ["Phường tính cả ngõ."]] and read_unit("xa").indicators[line].notes[0].known == day("2025-06-02")
    with pytest.raises(KpiError, match="no unit above defines this line"):
        read_unit(made("xa-c", "", own + EXCEPTION))
    with pytest.raises(KpiError, match="notes"):
        read_unit(made("xa-d", BELOW.format(above="tinh", line=line), own + 'exception = "khác"\n'))


def test_a_circle_of_units_ends_and_a_unit_above_that_cannot_be_read_is_named_only_where_its_lines_are_asked_for(
    made: Callable[..., str], root: Path
):
    made("a", 'parent = "b"')
    made("b", BELOW.format(above="a", line="lit_roads"))
    with pytest.raises(KpiError, match="lit_roads is not among the lines"):
        read_unit("b")
    (root / "data" / "raw" / "a" / "unit.toml").write_text("name = ", encoding="utf-8")
    with pytest.raises(KpiError, match=r"a/unit\.toml: cannot be read"):
        read_unit("b")
    assert read_unit(made("c", 'parent = "a"\nlines = ["new_jobs"]')).parent == "a"


@LINES
def test_the_file_of_a_unit_above_is_no_link_out_of_its_folder(made: Callable[..., str], root: Path, line: str, measure: str):
    made("tinh", own=LINE.format(line=line, measure=measure))
    file = root / "data" / "raw" / "tinh" / "unit.toml"
    file.rename(outside := root / "elsewhere.toml")
    file.symlink_to(outside)
    made("xa", BELOW.format(above="tinh", line=line))
    with pytest.raises(KpiError, match="is a link out of the unit's folder"):
        read_unit("xa")
