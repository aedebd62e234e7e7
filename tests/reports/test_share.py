"""A report packed to be sent, and the list of reports."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
import small_unit

from kpi_lib import cli
from kpi_lib.reports.archive import reports
from kpi_lib.reports.export import is_local
from kpi_lib.reports.sending.share import zip_report
from kpi_lib.words.messages import KpiError

report = small_unit.report


@pytest.fixture
def published(report: Path) -> str:  # noqa: ARG001
    return small_unit.UNIT


@pytest.mark.slow
def test_the_zip_holds_the_pages_the_list_and_a_readme_and_is_the_same_twice(published: str, tmp_path: Path):
    one, two = (
        zip_report(published, "2025-10-15", target=tmp_path / "a.zip"),
        zip_report(published, "2025-10-15", target=tmp_path / "b.zip"),
    )
    assert one.read_bytes() == two.read_bytes()
    with zipfile.ZipFile(one) as archive:
        names = archive.namelist()
        assert archive.testzip() is None
        assert {"index.html", "readme.txt", "2025-10-15/index.html", "2025-10-15/manifest.json"} <= set(names)
        assert all(name.isascii() for name in names)
        assert b'href="2025-10-15/index.html"' in archive.read("index.html")
        assert b'href="../index.html"' in archive.read("2025-10-15/index.html")
        assert "Giải nén".encode() in archive.read("readme.txt")


@pytest.mark.slow
def test_a_report_that_does_not_exist_is_told_with_those_that_do(published: str, capsys: pytest.CaptureFixture[str]):
    with pytest.raises(KpiError, match="2025-10-15"):
        zip_report(published, "2024-01-01")
    assert cli.main(["share", "--unit", published, "--as-of", "2025-10-15"]) == cli.PUBLISHED
    assert "index.html" in capsys.readouterr().out
    assert list(reports(published).parent.glob("bao-cao-*.zip"))


def test_only_the_list_of_reports_lies_above_a_page():
    assert is_local("../index.html")
    assert not any(map(is_local, ("../x.html", "../../index.html", "..", "../", "a/../index.html", "../index.html#x/../..")))
