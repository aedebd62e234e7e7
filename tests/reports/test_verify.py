"""What was published is verified: pages, manifests and heads at the foot; a page kept elsewhere; nothing is packed that does not fit."""

from __future__ import annotations

import hashlib
import json
import random
import re
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import small_unit

from kpi_lib import cli
from kpi_lib.record import chain, ledger
from kpi_lib.reports import verify
from kpi_lib.reports.archive import reports
from kpi_lib.reports.sending.share import one_file, zip_report
from kpi_lib.words.messages import KpiError

report = small_unit.report
UNIT, AS_OF = small_unit.UNIT, small_unit.AS_OF
pytestmark = pytest.mark.slow


def told() -> str:
    found = verify.faults(UNIT)
    assert found, "nothing was found"
    return found[0]["en"]


def run(*arguments: str) -> int:
    return cli.main([*arguments, "--unit", UNIT, "--lang", "en"])


def test_a_report_whose_manifest_tells_of_no_pieces_is_verified_as_a_whole(report: Path):
    manifest = json.loads((report / "manifest.json").read_text(encoding="utf-8"))
    del manifest["pieces"]
    shutil.rmtree(ledger.folder(UNIT))
    (ledger.folder(UNIT)).mkdir()
    shutil.copy(Path(__file__).with_name("earlier") / "ledger.csv", ledger.folder(UNIT) / f"{AS_OF}.csv")
    (reports(UNIT) / "index.html").unlink()
    del manifest["ledger"]
    (report / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    assert verify.faults(UNIT) == []
    spoil(report / "index.html", "</main>", " </main>")
    assert told().endswith("bytes now)")


def spoil(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_what_was_just_published_verifies_and_its_pages_hold_the_head_of_before(report: Path, capsys: pytest.CaptureFixture[str]):
    assert verify.faults(UNIT) == []
    manifest = json.loads((report / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["ledger"] == chain.NOTHING_YET
    assert {verify.head_at_foot(page.read_text(encoding="utf-8")) for page in report.glob("*.html")} == {chain.NOTHING_YET[:12]}
    kept = chain.links(UNIT)[-1]
    assert isinstance(kept, chain.ReportLink)
    assert kept.manifest == hashlib.sha256((report / "manifest.json").read_bytes()).hexdigest()
    assert set(kept.pages) == {path.name for path in report.iterdir() if path.suffix in (".html", ".docx")}
    assert f"<code>{ledger.head(UNIT)[:12]}</code>" in (reports(UNIT) / "index.html").read_text(encoding="utf-8")
    assert run("verify") == cli.PUBLISHED
    assert ledger.head(UNIT)[:12] in capsys.readouterr().out


def _edited_together(report: Path) -> None:
    """A page and its digest in the manifest, as somebody would who knows of manifests."""
    page, manifest = report / "index.html", report / "manifest.json"
    told = json.loads(manifest.read_text(encoding="utf-8"))
    spoil(page, "</main>", " </main>")
    told["outputs"]["index.html"] = hashlib.sha256(page.read_bytes()).hexdigest()
    manifest.write_text(json.dumps(told, ensure_ascii=False, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def _rebuilt(report: Path) -> None:
    """Page, manifest and chain together: only the heads that others hold can tell."""
    import msgspec

    _edited_together(report)
    digest = hashlib.sha256((report / "manifest.json").read_bytes()).hexdigest()
    pages = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in report.iterdir() if path.suffix in (".html", ".docx")}
    links = [
        msgspec.structs.replace(link, manifest=digest, pages=pages) if isinstance(link, chain.ReportLink) else link
        for link in chain.links(UNIT)
    ]
    (ledger.folder(UNIT) / chain.FILE).write_bytes(chain.file_of(chain.joined([], links)))


def _without_last(report: Path, *, with_pages: bool) -> None:
    (ledger.folder(UNIT) / chain.FILE).write_bytes(chain.file_of(chain.links(UNIT)[:-1]))
    if with_pages:
        shutil.rmtree(report)


FORGERIES: dict[str, tuple[Callable[[Path], object], str]] = {
    "a page edited": (lambda r: spoil(r / "index.html", "</main>", " </main>"), "2025-10-15/index.html: is not as it was published"),
    "a page cut": (lambda r: (r / "draft.html").write_bytes((r / "draft.html").read_bytes()[:2000]), "draft.html: is not as it was published (2000 bytes now), the first byte that does not fit is one of 1025 to 2048"),
    "a page gone": (lambda r: (r / "new-jobs.html").unlink(), "2025-10-15/new-jobs.html is gone"),
    "a stray page": (lambda r: (r / "extra.html").write_text("x"), "2025-10-15/extra.html: was not published with this report"),
    "a notebook edited": (lambda r: spoil(r / "notebooks" / "index.ipynb", '"cells"', ' "cells"'), "notebooks/index.ipynb: is not as it was published"),
    "a document replaced": (lambda r: next(r.glob("*.docx")).write_bytes(b"x"), ".docx: is not as it was published (1 byte now), the first byte that does not fit is one of 1 to 1024"),
    "the manifest edited": (lambda r: spoil(r / "manifest.json", '"year": 2025', '"year": 2024'), "manifest.json: is not the one that was published"),
    "the manifest gone": (lambda r: (r / "manifest.json").unlink(), "2025-10-15/manifest.json is gone"),
    "page and manifest edited together": (_edited_together, "manifest.json: is not the one that was published"),
    "the whole report gone": (shutil.rmtree, "2025-10-15 is gone: the ledger says that it was published"),
    "a report put in": (lambda r: shutil.copytree(r, r.with_name("2025-11-15")), "2025-11-15: the ledger knows of no such report"),
    "a folder of another name": (lambda r: shutil.copytree(r, r.with_name("sao lưu")), "sao lưu: the ledger knows of no such report"),
    "the last link dropped": (lambda r: _without_last(r, with_pages=False), "2025-10-15: the ledger knows of no such report"),
    "the last link dropped with its pages": (lambda r: _without_last(r, with_pages=True), "reports/index.html: the ledger never had the head"),
    "page, manifest and chain together": (_rebuilt, "reports/index.html: the ledger never had the head"),
    "the whole ledger gone": (lambda _: shutil.rmtree(ledger.folder(UNIT)), "2025-10-15: the ledger knows of no such report"),
}  # fmt: skip


@pytest.mark.parametrize("forgery", FORGERIES)
def test_a_forgery_of_what_was_published_is_found_and_named(report: Path, forgery: str, capsys: pytest.CaptureFixture[str]):
    change, said = FORGERIES[forgery]
    change(report)
    assert said in told()
    assert run("verify") == cli.REFUSED
    assert said in capsys.readouterr().err


def test_of_fifty_bytes_changed_in_pages_and_manifest_none_is_missed(report: Path):
    dice = random.Random(2026)
    files = sorted(path for path in report.rglob("*") if path.is_file() and path.name != "run.json")
    for _ in range(50):
        path = dice.choice(files)
        content = path.read_bytes()
        at = dice.randrange(len(content))
        path.write_bytes(content[:at] + bytes([content[at] ^ dice.randrange(1, 256)]) + content[at + 1 :])
        said = told()
        assert path.name in said
        if path.name != "manifest.json":  # what it tells of the others is sealed in the chain, it itself as a whole
            first, last = map(int, re.findall(r"one of (\d+) to (\d+)", said)[0])
            assert first <= at + 1 <= last == first + 1023
        path.write_bytes(content)
    assert verify.faults(UNIT) == []


@pytest.mark.parametrize("change", ["a page edited", "a page cut", "a stray page", "page and manifest edited together"])
def test_nothing_is_packed_that_does_not_verify(report: Path, change: str, tmp_path: Path):
    FORGERIES[change][0](report)
    for pack in (zip_report, one_file):
        with pytest.raises(KpiError, match=r"2025-10-15/.*Nothing was packed"):
            pack(UNIT, AS_OF, target=tmp_path / "gửi")
    assert not list(tmp_path.glob("gửi*"))


def test_a_page_and_a_zip_kept_elsewhere_are_held_against_the_ledger(report: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    packed = zip_report(UNIT, AS_OF, target=tmp_path / "gói.zip")
    page = Path(shutil.copy(report / "index.html", tmp_path / "trang.html"))
    bound = one_file(UNIT, AS_OF, target=tmp_path / "một tệp.html")
    document = next(report.glob("*.docx"))
    for kept in (packed, page, bound, document):
        assert run("verify", "--against", str(kept)) == cli.PUBLISHED, capsys.readouterr().err
    assert "byte for byte" in capsys.readouterr().out
    spoil(page, "</main>", " </main>")
    assert run("verify", "--against", str(page)) == cli.REFUSED
    assert "the ledger knows of no such page" in capsys.readouterr().err
    for wrong, said in (("không có.html", "There is no file"), (__file__, "no page of a report")):
        assert run("verify", "--against", wrong) == cli.REFUSED
        assert said in capsys.readouterr().err


def test_a_page_kept_elsewhere_finds_the_chain_rebuilt_and_the_report_dropped(report: Path, tmp_path: Path):
    page = Path(shutil.copy(report / "index.html", tmp_path / "trang.html"))
    _rebuilt(report)
    assert [fault["en"] for fault in verify.against(UNIT, page)[0]] == [
        "trang.html: the ledger knows of no such page: it was changed since, or its report was taken out of the ledger"
    ]
    forged = tmp_path / "chân trang.html"
    forged.write_text(
        page.read_text(encoding="utf-8").replace(f"<dd>{chain.NOTHING_YET[:12]}</dd>", "<dd>0123456789ab</dd>"), encoding="utf-8"
    )
    assert "never had the head 0123456789ab" in verify.against(UNIT, forged)[0][0]["en"]


def test_a_withdrawn_report_says_so_on_the_list_and_is_not_packed(report: Path, capsys: pytest.CaptureFixture[str]):
    before = {path: path.read_bytes() for path in report.rglob("*") if path.is_file()}
    withdraw = ("withdraw-report", "--as-of", AS_OF, "--by", "Nguyễn <b>Văn</b> A", "--reason", "nhập sai số thu\ntháng 9")
    assert run(*withdraw) == cli.PUBLISHED
    listed = (reports(UNIT) / "index.html").read_text(encoding="utf-8")
    assert "was withdrawn on" in listed and "nhập sai số thu<br>tháng 9" in listed and "<b>Văn" not in listed
    assert {path: path.read_bytes() for path in report.rglob("*") if path.is_file()} == before
    assert verify.faults(UNIT) == []
    assert run("share", "--as-of", AS_OF) == cli.REFUSED
    assert "A withdrawn report is not packed" in capsys.readouterr().err
    assert run(*withdraw) == cli.REFUSED
    assert run("withdraw-report", "--as-of", "2024-01-01", "--by", "A", "--reason", "x") == cli.REFUSED
    assert run("verify") == cli.PUBLISHED


def test_a_run_on_a_ledger_that_does_not_verify_publishes_nothing(report: Path, capsys: pytest.CaptureFixture[str]):
    before = {path: path.read_bytes() for path in report.rglob("*") if path.is_file()}
    spoil(next(ledger.folder(UNIT).glob("model-output/*/*.csv")), ",quantile,0.5,", ",quantile,0.55,")
    assert run("run", "--as-of", "2025-11-15") == cli.REFUSED
    assert "does not verify" in capsys.readouterr().err
    assert {path: path.read_bytes() for path in report.rglob("*") if path.is_file()} == before
    assert not (reports(UNIT) / "2025-11-15").exists()


def test_a_zip_that_is_none_is_refused_by_name(tmp_path: Path, report: Path):  # noqa: ARG001
    broken = tmp_path / "hỏng.zip"
    with zipfile.ZipFile(broken, "w") as packed:
        packed.writestr("a.html", "x")
    with pytest.raises(KpiError, match=r"hỏng\.zip"):
        verify.against(UNIT, broken)
