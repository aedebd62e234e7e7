"""`kpi upgrade-check` says of what an earlier, or a newer, version left what is read as it is, made anew or refused; it changes nothing."""

from __future__ import annotations

import csv
import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
import small_unit
from conftest import PROJECT

from kpi_lib import cli
from kpi_lib.definitions import folders
from kpi_lib.record import chain, ledger
from kpi_lib.reports import last_run, verify
from kpi_lib.reports.archive import reports
from kpi_lib.reports.publish import publish

report = small_unit.report
UNIT, AS_OF = small_unit.UNIT, small_unit.AS_OF
EARLIER = Path(__file__).with_name("earlier")
RECORD = PROJECT / "tests" / "deliveries" / "record_of_an_earlier_version.json"
pytestmark = pytest.mark.slow


@pytest.fixture
def check(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str]]:
    """The command: its exit code and what it says; what it leaves on the disk is what was there."""

    def checked(*more: str, lang: str = "en") -> tuple[int, str]:
        before = tree(folders.root() / "data")
        code = cli.main(["--lang", lang, "upgrade-check", *more])
        assert tree(folders.root() / "data") == before
        return code, capsys.readouterr().out

    return checked


def tree(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file() and path.suffix != ".parquet"}


def edit(path: Path, **more: object) -> None:
    told = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps(told | more, ensure_ascii=False), encoding="utf-8")


def resealed(report: Path, *new: bytes) -> None:
    """The chain with the manifest as it is now in its last link, and lines of another version behind it."""
    links = chain.links(UNIT)
    now = hashlib.sha256((report / "manifest.json").read_bytes()).hexdigest()
    last = msgspec.structs.replace(links[-1], manifest=now)
    (ledger.folder(UNIT) / chain.FILE).write_bytes(chain.file_of(chain.joined(links[:-1], [last])) + b"".join(new))


def newer_line(kind: str, **fields: object) -> bytes:
    """A line of the chain as a version that knows more would write it, with its own digest."""
    links = chain.links(UNIT)
    told: dict[str, object] = {"kind": kind, "number": len(links) + 1, "previous": chain.head_of(links), "digest": "", **fields}
    told["digest"] = hashlib.sha256(msgspec.json.encode(told)).hexdigest()
    return msgspec.json.encode(told) + b"\n"


def test_what_this_version_published_is_read_as_it_is(report: Path, check: Callable[..., tuple[int, str]]):  # noqa: ARG001
    code, said = check("--unit", UNIT)
    assert code == cli.PUBLISHED
    for line in ("Notebooks: as", "Settings, registers and figures.", "Ledger: 2 links.", "Reports as published: 1."):
        assert f"✔ {line}" in said
    code, said = check(lang="vi")
    assert code == cli.PUBLISHED and "Báo cáo còn nguyên như khi công bố: 1" in said


def test_ledger_report_and_deliveries_of_an_earlier_version_are_read_and_the_chain_begins_with_them(
    report: Path, check: Callable[..., tuple[int, str]]
):
    shutil.rmtree(ledger.folder(UNIT))
    ledger.folder(UNIT).mkdir()
    shutil.copy(EARLIER / "ledger.csv", ledger.folder(UNIT) / f"{AS_OF}.csv")
    old, now = (json.loads((each / "manifest.json").read_text(encoding="utf-8")) for each in (EARLIER, report))
    told = {key: now[key] for key in old}  # the keys of then
    (report / "manifest.json").write_text(json.dumps(told, ensure_ascii=False), encoding="utf-8")
    received = folders.raw(UNIT) / "received"
    (received / "records").mkdir(parents=True)
    (received / "accepted").mkdir()
    shutil.copy(RECORD, received / "records" / "000001.json")
    edit(received / "records" / "000001.json", accepted=1, plans_accepted=0)
    code, said = check("--unit", UNIT)
    assert code == cli.REFUSED and "✘ thu: delivery 1 took over 1 row, 0 of them are there" in said
    row = {"indicator": "new_jobs", "series": "total", "basis": "month", "period": "2025-01", "value": 90, "measure": "lao động",
           "status": "actual", "published": "2025-02-06", "source": "cũ", "file": "received/files/000001-cu.csv", "cell": "F2"}  # fmt: skip
    with (received / "accepted" / "000001.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(row))
        writer.writeheader()
        writer.writerow(row)
    code, said = check("--unit", UNIT)
    assert code == cli.WITH_WARNINGS
    assert "↻ Ledger: 1 round of before the chain. The next run begins the chain with it." in said
    assert "✔ Deliveries: 1 record of an earlier form." in said and "✔ Reports as published: 1." in said


def test_the_pages_that_an_earlier_installation_has_lost_are_named_with_the_way_out(
    make_unit: Callable[..., str], check: Callable[..., tuple[int, str]]
):
    unit = make_unit(small_unit.FIGURES, targets=small_unit.TARGETS)
    for name, target in (("ledger.csv", ledger.folder(unit) / f"{AS_OF}.csv"), ("manifest.json", reports(unit) / AS_OF / "manifest.json")):
        target.parent.mkdir(parents=True)
        shutil.copy(EARLIER / name, target)
    code, said = check("--unit", unit)
    assert code == cli.REFUSED and "is gone. Run its day again (kpi run --as-of 2025-10-15)" in said


@pytest.mark.parametrize(
    "line",
    [
        lambda: newer_line("quarter", as_of="2026-01-15"),
        lambda: newer_line("withdrawn", as_of=AS_OF, version=1, by="A", reason="B", on=AS_OF, until=AS_OF),
    ],
)
def test_a_ledger_of_a_newer_version_is_refused_as_such_and_no_run_touches_it(
    report: Path, line: Callable[[], bytes], check: Callable[..., tuple[int, str]], capsys: pytest.CaptureFixture[str]
):
    resealed(report, line())
    code, said = check("--unit", UNIT)
    assert (
        code == cli.REFUSED and "chain.jsonl, line 3: a newer version of the library wrote it" in said and "Go back to that version" in said
    )
    before = tree(folders.processed(UNIT) / "reports")
    assert cli.main(["--lang", "en", "run", "--unit", UNIT, "--as-of", AS_OF]) == cli.REFUSED
    assert "a newer version" in capsys.readouterr().err
    assert {
        path: content for path, content in tree(folders.processed(UNIT) / "reports").items() if path in before and path.name != "index.html"
    } == {path: content for path, content in before.items() if path.name != "index.html"}
    path = ledger.folder(UNIT) / chain.FILE
    path.write_bytes(path.read_bytes().replace(b'"number":3', b'"number":4'))
    assert "it is no line of the ledger" in check("--unit", UNIT)[1]  # one that was changed since is not taken for another version's


def test_a_report_of_a_newer_version_is_read_and_said_to_be_one(report: Path, check: Callable[..., tuple[int, str]]):
    manifest = json.loads((report / "manifest.json").read_text(encoding="utf-8"))
    edit(report / "manifest.json", versions=manifest["versions"] | {"kpi-lib": "9.10.0"}, something="new")
    resealed(report)
    code, said = check("--unit", UNIT)
    assert code == cli.PUBLISHED and "✔ Report of 2025-10-15: version 9.10.0 made it, this one is" in said


@pytest.mark.parametrize(("lost", "code", "said"), [("facts", cli.WITH_WARNINGS, "↻ Report of 2025-10-15, made by version"), ("answer", cli.REFUSED, "✘ Report of 2025-10-15: its manifest lacks answer")])  # fmt: skip
def test_a_report_whose_manifest_says_too_little_is_named(
    report: Path, lost: str, code: int, said: str, check: Callable[..., tuple[int, str]]
):
    manifest = json.loads((report / "manifest.json").read_text(encoding="utf-8"))
    del manifest[lost]
    (report / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    resealed(report)
    found = check("--unit", UNIT)
    assert found[0] == code and said in found[1] and "Run its day again" in found[1]


def test_settings_of_a_newer_version_and_a_state_that_cannot_be_read_are_named(report: Path, check: Callable[..., tuple[int, str]]):  # noqa: ARG001
    last_run.place(UNIT).write_text("{", encoding="utf-8")
    code, said = check("--unit", UNIT)
    assert code == cli.WITH_WARNINGS and "↻ thu/last_run.json cannot be read" in said
    toml = folders.raw(UNIT) / "unit.toml"
    toml.write_text('council_of_elders = "yes"\n' + toml.read_text(encoding="utf-8"), encoding="utf-8")
    code, said = check()
    assert code == cli.REFUSED and "council_of_elders" in said and "Mend it in data/raw/thu" in said


def test_a_unit_that_gets_another_name_goes_on_publishing(report: Path, check: Callable[..., tuple[int, str]]):  # noqa: ARG001
    toml = folders.raw(UNIT) / "unit.toml"
    toml.write_text(toml.read_text(encoding="utf-8").replace("Test ward", "Ward of tests"), encoding="utf-8")
    code, said = check("--unit", UNIT)
    assert (
        code == cli.WITH_WARNINGS and "↻ thu/ledger/hub-config/admin.json: is not what the rounds say; the next run makes it anew" in said
    )
    publish(UNIT, AS_OF)
    assert verify.faults(UNIT) == []


def test_a_notebook_that_this_version_does_not_ship_is_named(report: Path, check: Callable[..., tuple[int, str]]):  # noqa: ARG001
    notebook = folders.notebooks() / "draft.ipynb"
    kept = json.loads(notebook.read_text(encoding="utf-8"))
    del kept["cells"][-1]
    notebook.write_text(json.dumps(kept), encoding="utf-8")
    code, said = check("--unit", UNIT)
    assert code == cli.REFUSED and "✘ notebooks/draft.ipynb is not the notebook that this version ships: cell" in said


def test_an_unknown_unit_is_refused(root: Path, capsys: pytest.CaptureFixture[str]):  # noqa: ARG001
    assert cli.main(["--lang", "en", "upgrade-check", "--unit", "nowhere"]) == cli.REFUSED
    assert cli.main(["--lang", "en", "upgrade-check"]) == cli.REFUSED
    assert "There is no unit in" in capsys.readouterr().err
