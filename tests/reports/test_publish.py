"""The whole way on a small made-up unit: real notebooks, real papermill, real files, a real second process."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import small_unit
from conftest import PROJECT, row, ship

import kpi_lib as kpi
from kpi_lib import cli
from kpi_lib.definitions import folders
from kpi_lib.outlook.lines import NothingToReport
from kpi_lib.page.desk import notebooks
from kpi_lib.record import ledger
from kpi_lib.reports.archive import reports
from kpi_lib.reports.lock import Busy, only_run
from kpi_lib.reports.publish import publish
from kpi_lib.words.messages import KpiError
from tests.small_unit import FIGURES, TARGETS

pytestmark = pytest.mark.slow
report = small_unit.report  # the unit "thu" with its report, where a test is about what comes after


@pytest.fixture
def unit(make_unit):
    return make_unit(FIGURES, targets=TARGETS)


def tree(folder: Path) -> dict[str, str]:
    """Digest of every published file; run.json holds times and is left out."""
    return {
        p.relative_to(folder).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest()
        for p in sorted(folder.rglob("*"))
        if p.is_file() and p.name != "run.json"
    }


def kpi_command(*arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(PROJECT), "PYTHONUTF8": "1"}
    command = [sys.executable, "-m", "kpi_lib.cli", *arguments]
    return subprocess.run(command, capture_output=True, encoding="utf-8", env=environment, check=False)


def test_a_report_is_published_whole_and_says_where_everything_comes_from(unit: str):
    publication = publish(unit, "2025-10-15")
    manifest = json.loads((publication.folder / "manifest.json").read_text(encoding="utf-8"))
    assert publication.folder == reports(unit) / "2025-10-15"
    assert [page.name for page in publication.pages] == [
        "index.html", "gross-product-growth.html", "new-enterprises.html", "new-jobs.html", "draft.html", "track-record.html", "data-quality.html",
    ]  # fmt: skip
    for name, digest in manifest["outputs"].items():
        assert hashlib.sha256((publication.folder / name).read_bytes()).hexdigest() == digest
    templates = {name for name in manifest["inputs"] if name.startswith("notebooks/")}
    assert templates == {f"notebooks/{name}.ipynb" for name in ("overview", "indicator", "draft", "track_record", "data_quality")}
    for name, digest in manifest["inputs"].items():
        if name in templates:
            assert notebooks.digest(folders.root() / name) == digest
        else:
            assert hashlib.sha256((folders.raw(unit) / name).read_bytes()).hexdigest() == digest
    documents = {name for name in manifest["outputs"] if name.endswith(".docx")}
    assert documents == {"bao-cao-thu-2025-10-15-ubnd.docx", "bao-cao-thu-2025-10-15-dang.docx"}
    assert len(manifest["outlooks"]) == 20
    assert publication.answer == manifest["answer"]
    assert publication.new_round


def test_the_page_says_what_the_outlook_says(report: Path):
    page = (report / "index.html").read_text(encoding="utf-8")
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", page))
    manifest = json.loads((report / "manifest.json").read_text(encoding="utf-8"))
    said = {item["indicator"]: item["sentence"] for item in manifest["outlooks"]}
    for indicator in ("new_enterprises", "gross_product_growth"):
        own = (report / f"{indicator.replace('_', '-')}.html").read_text(encoding="utf-8")
        assert said[indicator] in re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", own))
        course = said[indicator].split(": ", 1)[1].rsplit("; ", 1)[0]  # its card names the line and the chance already
        assert course[:1].upper() + course[1:] in text
    assert manifest["answer"] in text


def test_the_same_run_twice_gives_the_same_bytes_and_no_second_ledger_round(report: Path):
    before, rounds = tree(report), sorted(ledger.folder("thu").iterdir())
    second = publish("thu", "2025-10-15")
    assert tree(second.folder) == before
    assert sorted(ledger.folder("thu").iterdir()) == rounds
    assert not second.new_round


def test_figures_published_later_change_nothing_but_the_digest(report: Path, make_unit):
    first = json.loads((report / "manifest.json").read_text(encoding="utf-8"))
    unit = make_unit(
        [*FIGURES, row("new_enterprises", "cumulative", "2025-10-31", 500, "2025-11-06", measure="doanh nghiệp")], targets=TARGETS
    )
    again = publish(unit, "2025-10-15")
    second = json.loads((again.folder / "manifest.json").read_text(encoding="utf-8"))
    assert second["outlooks"] == first["outlooks"]
    assert not again.new_round
    assert second["data_digest"] != first["data_digest"]


def test_january_speaks_of_the_year_just_ended_and_scores_what_october_said(report: Path, make_unit):
    october = json.loads((report / "manifest.json").read_text(encoding="utf-8"))
    ended = [
        row("new_enterprises", "year", "2025", 112, "2026-01-06", measure="doanh nghiệp"),
        row("gross_product_growth", "year", "2025", 11.89, "2026-01-06", measure="%"),
    ]
    unit = make_unit([*FIGURES, *ended], targets=TARGETS)
    with (report / "draft.html").open("a", encoding="utf-8") as page:
        page.write(" ")
    january = publish(unit, "2026-01-31")
    assert [warning for warning in january.warnings if "2025-10-15/draft.html" in warning]  # changed by hand since it was published
    assert january.answer.startswith("Năm 2025: 0/3 mục tiêu đạt; 2 không đạt, 1 chưa có kết quả năm.")
    page = (january.folder / "track-record.html").read_text(encoding="utf-8")
    assert "15/10/2025" in page and "112" in page
    assert "không đạt" in (january.folder / "index.html").read_text(encoding="utf-8")
    archive = (reports(unit) / "index.html").read_text(encoding="utf-8")
    assert archive.index("2026-01-31/index.html") < archive.index("2025-10-15/index.html")
    assert october["answer"] in re.sub(r"<[^>]+>", "", archive)


def test_an_english_report_holds_no_vietnamese_prose(unit: str):
    publication = publish(unit, "2025-10-15", lang="en")
    assert [file.name for file in publication.folder.glob("*.docx")] == ["report-thu-2025-10-15.docx"]
    page = (publication.folder / "index.html").read_text(encoding="utf-8")
    body = re.sub(r"<[^>]+>", " ", re.sub(r"(?s)<(script|style|svg)\b.*?</\1>", "", page))
    for word in ("Đáng lo", "Mục tiêu", "chỉ tiêu", "Khả năng", "Đầu mối", "Dự báo", "tháng", "ước", "Chưa"):
        assert word not in body, f"{word!r} in {body[max(0, body.index(word) - 60) : body.index(word) + 60]!r}"


def test_a_unit_without_figures_shows_its_targets_and_what_is_awaited(make_unit):
    unit = make_unit([], targets=TARGETS)
    publication = publish(unit, "2025-10-15")
    page = (publication.folder / "index.html").read_text(encoding="utf-8")
    assert publication.warnings
    assert {found["indicator"] for found in TARGETS} == {"new_enterprises", "gross_product_growth", "new_jobs"}
    told = [part.count("status-cannot_be_judged") for part in re.findall(r"(?s)<table class=.*?</table>", page) if "status-" in part]
    assert told == [len(TARGETS), len(TARGETS)]  # the familiar table, and what is awaited
    assert not re.findall(r'class="status status-(?!cannot_be_judged)', page)


def test_a_unit_with_nothing_has_nothing_to_report(make_unit):
    with pytest.raises(NothingToReport):
        publish(make_unit([]), "2025-10-15")


def test_a_refused_delivery_publishes_nothing_and_leaves_the_old_report(report: Path, make_unit):
    before = tree(report)
    unit = make_unit([*FIGURES, row("new_enterprises", "month", "2025-10", "nhiều", "2025-11-06", measure="doanh nghiệp")], targets=TARGETS)  # type: ignore[arg-type]
    with pytest.raises(KpiError, match="'nhiều'"):
        publish(unit, "2025-11-15")
    assert tree(reports(unit) / "2025-10-15") == before
    assert not (reports(unit) / "2025-11-15").exists()
    assert not list(folders.processed(unit).glob(".staging*"))


def test_an_officers_edit_of_a_template_publishes_nothing_and_leaves_the_old_report(report: Path, root: Path):
    before, path = tree(report), root / "notebooks" / "draft.ipynb"
    path.write_text(path.read_text(encoding="utf-8").replace("import kpi_lib as kpi", "import kpi_lib as kpi  # hỏi lại"), encoding="utf-8")
    with pytest.raises(KpiError, match=r"notebooks/draft\.ipynb is not the notebook that this version ships: cell 5 "):
        publish("thu", "2025-10-15")
    assert tree(report) == before


def test_a_failing_notebook_publishes_nothing(unit: str, root: Path, monkeypatch: pytest.MonkeyPatch):
    path = root / "notebooks" / "overview.ipynb"
    path.write_text(
        path.read_text(encoding="utf-8").replace("kpi.page.answer(items, lang)", "kpi.page.answer(items, lang, 1, 2)"), encoding="utf-8"
    )
    ship(root, monkeypatch)
    with pytest.raises(KpiError, match="overview"):
        publish(unit, "2025-10-15")
    assert not (reports(unit) / "2025-10-15").exists()
    assert not ledger.folder(unit).exists()


def test_a_run_that_was_killed_is_healed_by_the_next(report: Path):
    before, unit = tree(report), "thu"
    report.rename(report.with_name(".previous-2025-10-15"))  # the moment between the two renames
    (folders.processed(unit) / ".staging-2025-11-15-1").mkdir()
    publish(unit, "2025-11-15")
    assert tree(report) == before
    assert not list(folders.processed(unit).glob(".staging*"))


def test_a_second_run_at_the_same_time_is_told_so(unit: str):
    with only_run(unit):
        done = kpi_command("run", "--unit", unit, "--as-of", "2025-10-15")
        assert done.returncode == cli.RUNNING, done.stderr
        assert f"pid {os.getpid()}" in done.stderr
        with pytest.raises(Busy), only_run(unit):
            pass


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["run", "--unit", "khong-co", "--as-of", "2025-10-15"], cli.REFUSED, "Các đơn vị trong"),
        (["run", "--unit", "../raw/thu", "--as-of", "2025-10-15"], cli.REFUSED, "Không có đơn vị"),
        (["run", "--unit", "thu", "--as-of", "15/10/2025"], cli.REFUSED, "2025-10-15"),
        (["run", "--unit", "thu", "--as-of", "2019-10-15"], cli.NOTHING, "chưa có chỉ tiêu"),
        (["run", "--unit", "thu;rm -rf x", "--as-of", "2025-10-15"], cli.REFUSED, "Không có đơn vị"),
    ],
)
def test_each_kind_of_end_has_its_exit_code_and_writes_nothing(unit: str, arguments: list[str], code: int, said: str):
    done = kpi_command(*arguments)
    assert done.returncode == code, done.stderr
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert not reports(unit).exists()


def test_the_command_publishes_and_says_where(unit: str):
    done = kpi_command("run", "--unit", unit, "--as-of", "2025-10-15")
    assert done.returncode == cli.WITH_WARNINGS, done.stderr
    assert re.search(r"\d/3 mục tiêu năm 2025 đánh giá được", done.stdout)
    assert str(reports(unit) / "2025-10-15" / "index.html") in done.stdout


def test_a_full_disk_is_an_environment_fault(unit: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    monkeypatch.setattr("kpi_lib.reports.publish.write", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    assert cli.main(["run", "--unit", unit, "--as-of", "2025-10-15"]) == cli.ENVIRONMENT
    assert "Không có gì được công bố" in capsys.readouterr().err
    assert not reports(unit).exists() or not (reports(unit) / "2025-10-15").exists()


def test_the_illustrative_mark_is_on_every_page(make_unit):
    unit = make_unit(FIGURES, targets=TARGETS, toml="illustrative = true\n")
    for page in publish(unit, "2025-10-15").pages:
        assert page.read_text(encoding="utf-8").count("SỐ LIỆU MINH HỌA") >= 2


def test_a_project_without_write_access_to_reports_says_so(unit: str):
    if os.geteuid() == 0:
        blocker = reports(unit)
        blocker.parent.mkdir(parents=True, exist_ok=True)
        blocker.write_text("một tệp chắn chỗ thư mục", encoding="utf-8")
        assert cli.main(["run", "--unit", unit, "--as-of", "2025-10-15"]) == cli.ENVIRONMENT
        blocker.unlink()
    shutil.rmtree(folders.processed(unit), ignore_errors=True)


def test_public_names_exist():
    for name in kpi.__all__:
        assert getattr(kpi, name) is not None
