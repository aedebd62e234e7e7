"""What a fault quotes is what the sender typed, whole; nothing of a library's own language is left in it."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from kpi_lib.deliveries.files.book import Cell
from kpi_lib.deliveries.files.encodings import to_unicode
from kpi_lib.deliveries.files.reading import read_book
from kpi_lib.deliveries.tables.numbers import parse_numbers
from kpi_lib.words.messages import said
from kpi_lib.words.system import refused
from tests.deliveries.languages import ENGLISH


@pytest.mark.parametrize("typed", ["961½", "1¼", "12,5 ‰", "3²1", "khoảng 23.4", "12¹ tỷ"])
def test_a_bad_number_is_quoted_as_it_was_typed(typed: str):
    plain = to_unicode(typed)
    values, (fault,) = parse_numbers([Cell(4, 2, plain, typed=typed if plain != typed else "")], file="a.xlsx", sheet="S")
    assert not values and fault.found["vi"] == fault.found["en"] == f"“{typed}”"


def test_a_fraction_or_a_raised_one_in_a_number_is_no_old_encoding():
    assert [to_unicode(text) for text in ("1½", "98,4¹", "12,5 ¾")] == ["1½", "98,4¹", "12,5 ¾"]
    assert to_unicode("Tæng sè", ".VnTime") == "Tổng số"


def test_an_open_quotation_mark_is_told_by_its_line_in_the_readers_language(tmp_path: Path):
    path = tmp_path / "so.csv"
    path.write_text('chỉ tiêu,kỳ,giá trị\nnew_jobs,2026-09,"90"x\n', encoding="utf-8")
    (fault,) = read_book(path).faults
    assert "2" in said(fault.found, "vi") and not ENGLISH.search(said(fault.found, "vi")) and "expected" not in said(fault.found, "vi")


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EACCES, errno.EROFS])
def test_what_the_machine_refuses_is_said_in_the_readers_language(number: int):
    told = said(refused(OSError(number, "No space left on device", "so.csv")), "vi")
    assert told.endswith(": so.csv") and "Errno" not in told and not ENGLISH.search(told)
