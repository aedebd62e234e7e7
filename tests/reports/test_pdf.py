"""`kpi run --pdf`: every page as PDF within the same publication, by a real Chromium without a network; where there is none, the way out."""

from __future__ import annotations

import datetime as dt
import hashlib
import http.server
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import pypdf
import pytest
from conftest import PROJECT, furnish, monthly, target, write_unit
from once import once, project

from kpi_lib import cli, disk
from kpi_lib.reports.archive import reports
from kpi_lib.reports.publish import publish
from kpi_lib.reports.sending import paper
from kpi_lib.reports.sending.share import zip_report
from kpi_lib.words.messages import KpiError

UNIT, AS_OF = "rivertown", "2025-10-15"
CHROMIUM = next(filter(None, map(shutil.which, paper.NAMES)), "")
needs_chromium = pytest.mark.skipif(not CHROMIUM, reason="no Chromium, Chrome or Edge on this machine")
A4 = (595, 842)
HALF = 'for each; do case $each in --print-to-pdf=*) printf half > "${each#--print-to-pdf=}";; esac; done'


def _made(root: Path) -> None:
    furnish(root)
    figures = [each for year in (2022, 2023, 2024) for each in monthly("new_enterprises", year, range(5, 17), measure="doanh nghiệp")]
    figures += monthly("new_enterprises", 2025, range(5, 14), measure="doanh nghiệp")
    write_unit(root, figures, targets=[target("new_enterprises", 2025, 120)], unit=UNIT, toml='language = "en"\n')


def _printed(root: Path) -> None:
    _made(root)
    with project(root):
        publish(UNIT, AS_OF, month=True)  # the report of that day stands beside it, without PDF
        publish(UNIT, AS_OF, pdf=True)


@pytest.fixture
def printed(root: Path) -> Path:
    """A published report with its PDF files, in a project of this test's own."""
    shutil.copytree(once("in ra giấy", _printed) / "data", root / "data", dirs_exist_ok=True)
    return reports(UNIT) / AS_OF


@pytest.mark.skipif(sys.platform != "linux", reason="Linux alone ends what outlives its parent")
def test_a_browser_does_not_outlive_the_run_that_prints_and_the_next_run_takes_its_folder_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    (program := tmp_path / "browser").write_text('#!/bin/sh\necho $$ > "$0.pid"\nexec sleep 300\n', encoding="utf-8")
    program.chmod(0o755)
    (page := tmp_path / "index.html").write_text("<p>", encoding="utf-8")
    (temporary := tmp_path / "tmp").mkdir()
    code = "import datetime, pathlib, sys; from kpi_lib.reports.sending import paper; paper.print_page(sys.argv[1], pathlib.Path(sys.argv[2]), datetime.date.today())"
    environment = {**os.environ, "PYTHONPATH": str(PROJECT), "TMPDIR": str(temporary)}
    process = subprocess.Popen([sys.executable, "-c", code, str(program), str(page)], env=environment)
    told, deadline = tmp_path / "browser.pid", time.monotonic() + 120
    while not (told.exists() and told.read_text(encoding="utf-8").strip()) and time.monotonic() < deadline:
        time.sleep(0.05)
    browser = psutil.Process(int(told.read_text(encoding="utf-8")))
    process.kill()
    process.communicate()
    assert psutil.wait_procs([browser], timeout=30)[1] == [] and list(temporary.iterdir())
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    disk.sweep()
    assert list(temporary.iterdir()) == []


@needs_chromium
@pytest.mark.slow
def test_every_page_is_printed_on_a4_and_belongs_to_the_report(printed: Path):
    pages, outputs = sorted(printed.glob("*.html")), json.loads((printed / "manifest.json").read_text(encoding="utf-8"))["outputs"]
    assert len(pages) == 5 and [page.with_suffix(".pdf") for page in pages] == sorted(printed.glob("*.pdf"))
    assert not list((printed.parent / f"{AS_OF}-month").glob("*.pdf"))
    for page in pages:
        file = page.with_suffix(".pdf")
        assert outputs[file.name] == hashlib.sha256(file.read_bytes()).hexdigest()
        pdf = pypdf.PdfReader(file)
        sizes = {tuple(sorted(round(float(edge)) for edge in sheet.mediabox[2:])) for sheet in pdf.pages}
        assert sizes == {A4} and pdf.metadata is not None and str(pdf.metadata.creation_date).startswith(AS_OF)
        links = [str(note.get_object().get("/A", {}).get("/URI", "")) for sheet in pdf.pages for note in sheet.get("/Annots", ())]
        assert not [link for link in links if link and not link.startswith("http")] and b"staging" not in file.read_bytes()
    said = " ".join(pypdf.PdfReader(printed / "index.pdf").pages[0].extract_text().split())
    assert "As known on 15 October 2025" in said
    assert cli.main(["verify", "--unit", UNIT]) == cli.PUBLISHED
    with zipfile.ZipFile(zip_report(UNIT, AS_OF)) as packed:
        assert f"{AS_OF}/index.pdf" in packed.namelist()


@needs_chromium
@pytest.mark.slow
def test_a_pdf_changed_afterwards_is_found(printed: Path, capsys: pytest.CaptureFixture[str]):
    with (printed / "draft.pdf").open("ab") as file:
        file.write(b"%")
    assert cli.main(["verify", "--unit", UNIT, "--lang", "en"]) == cli.REFUSED
    assert "draft.pdf" in capsys.readouterr().err


@pytest.fixture
def asked() -> Iterator[tuple[str, list[str]]]:
    """A server of this machine, and what was asked of it."""
    got: list[str] = []

    class Server(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            got.append(self.path)
            self.send_error(404)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}", got
        server.shutdown()


@needs_chromium
def test_the_browser_reaches_nothing_and_prints_the_same_bytes_wherever_the_page_lies(tmp_path: Path, asked: tuple[str, list[str]]):
    address, got = asked
    text = f'<!DOCTYPE html><title>x</title><img src="{address}/a.png"><script>fetch("{address}/b")</script><a href="next.html">next</a> tiếng Việt'
    made = []
    for place in ("one", "một nơi khác"):
        page = tmp_path / place / "page.html"
        page.parent.mkdir()
        page.write_text(text, encoding="utf-8")
        made.append(paper.print_page(CHROMIUM, page, dt.date(2025, 10, 15)).read_bytes())
        assert sorted(path.name for path in page.parent.iterdir()) == ["page.html", "page.pdf"]
    assert made[0] == made[1] and not got


@pytest.mark.parametrize("named", ["", "/nowhere/chromium"], ids=["none found", "none at the place named"])
def test_without_a_browser_nothing_is_begun_and_the_way_out_is_told(
    named: str, root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    shutil.rmtree(root)
    _made(root)
    monkeypatch.setenv("PATH", str(root))
    monkeypatch.setenv(paper.NAMED, named)
    assert cli.main(["run", "--unit", UNIT, "--as-of", AS_OF, "--pdf"]) == cli.ENVIRONMENT
    told = capsys.readouterr().err
    assert "apt install chromium" in told and paper.NAMED in told and named in told and "Nothing was published." in told
    assert not reports(UNIT).exists() and not list(reports(UNIT).parent.glob(".staging-*"))


@pytest.mark.skipif(os.name != "posix", reason="a program of two lines in sh")
@pytest.mark.parametrize("does", ["echo no display >&2; exit 1", "exit 0", HALF], ids=["fails", "prints nothing", "prints a half"])
def test_a_browser_that_fails_leaves_no_pdf_and_is_named(does: str, tmp_path: Path):
    program, page = tmp_path / "chromium", tmp_path / "index.html"
    program.write_text(f"#!/bin/sh\n{does}\n", encoding="utf-8")
    program.chmod(0o755)
    page.write_text("<p>x</p>", encoding="utf-8")
    with pytest.raises(KpiError, match="does not print"):
        paper.print_page(str(program), page, dt.date(2025, 10, 15))
    assert not list(tmp_path.glob("*.print.html"))
