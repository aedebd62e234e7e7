"""The ledger is a chain: whatever is changed in it by hand is found and named, and what an earlier version left is taken into it."""

from __future__ import annotations

import datetime as dt
import json
import random
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from conftest import PROJECT, row, target

import kpi_lib as kpi
from kpi_lib.record import chain, ledger
from kpi_lib.reports import verify
from kpi_lib.words.messages import KpiError
from tests import once
from tests.made import three_years

DAYS = ("2025-07-15", "2025-10-15", "2025-11-15")
TARGETS = [target("new_enterprises", 2025, 110), target("gross_product_growth", 2025, 14)]
FIGURES = [*three_years(), row("gross_product_growth", "cumulative", "2025-09-30", 11.67, "2025-10-06", measure="%", status="estimate")]
EARLIER = PROJECT / "tests" / "reports" / "earlier" / "ledger.csv"
OUTPUT = "model-output/kpi-v1/{day}-kpi-v1.csv"


def _rounds(root: Path) -> None:
    from conftest import furnish, write_unit

    furnish(root)
    write_unit(root, FIGURES, targets=TARGETS)
    with once.project(root):
        for day in DAYS:
            ledger.record(_outlooks("thu", day), data_digest="a", code_version="1")
        shutil.copytree(ledger.folder("thu"), root / "ledger")


def _outlooks(unit: str, as_of: str):
    return kpi.outlooks(kpi.read_observations(unit, as_of=as_of), kpi.read_unit(unit), 2025, as_of=dt.date.fromisoformat(as_of))


@pytest.fixture
def book(make_unit: Callable[..., str]) -> Path:
    """The folder of a ledger with three rounds, of a unit in a project of its own."""
    unit = make_unit(FIGURES, targets=TARGETS)
    kept = once.once("sổ ghi ba kỳ", _rounds)
    shutil.copytree(kept / "ledger", ledger.folder(unit))
    return ledger.folder(unit)


def told() -> str:
    """The first thing that does not fit, in English."""
    found = verify.ledger_faults("thu")
    assert found, "nothing was found"
    return found[0]["en"]


def spoil(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


@pytest.mark.usefixtures("book")
def test_an_untouched_ledger_verifies_and_gives_its_rounds_back():
    assert verify.ledger_faults("thu") == []
    rows = ledger.read_ledger("thu")
    assert sorted({f"{day:%Y-%m-%d}" for day in rows["round_id"]}) == list(DAYS)
    links = chain.links("thu")
    assert [link.number for link in links] == [1, 2, 3]
    assert [link.previous for link in links] == [chain.NOTHING_YET, *(link.digest for link in links[:-1])]
    assert ledger.head("thu") == links[-1].digest


@pytest.mark.usefixtures("book")
def test_what_is_read_back_is_what_was_said():
    items = _outlooks("thu", "2025-10-15")
    said = {
        (r["indicator"], r["output_type"], r["output_type_id"]): r["value"]
        for i in items
        for r in ledger.rows_of(i, data_digest="", code_version="")
    }
    rows = ledger.read_ledger("thu")
    rows = rows[rows["round_id"] == pd.Timestamp("2025-10-15")]
    assert {(r.indicator, r.output_type, r.output_type_id): r.value for r in rows.itertuples()} == said


def test_the_same_round_again_keeps_every_byte_and_the_head_of_then(book: Path):
    before = {path: path.read_bytes() for path in book.rglob("*") if path.is_file()}
    assert ledger.record(_outlooks("thu", "2025-10-15"), data_digest="b", code_version="2") is None
    assert {path: path.read_bytes() for path in book.rglob("*") if path.is_file()} == before
    assert ledger.head_before(_outlooks("thu", "2025-10-15")) == chain.links("thu")[0].digest
    assert ledger.head_before(_outlooks("thu", "2025-12-15")) == ledger.head("thu")


@pytest.mark.parametrize("day", DAYS)
@pytest.mark.parametrize(
    ("name", "old", "new", "said"),
    [
        (OUTPUT, ",quantile,0.5,", ",quantile,0.55,", "line 13: is not as it was published"),
        (OUTPUT, ",pmf,met,0.", ",pmf,met,1.", "is not as it was published"),
        ("auxiliary-data/{day}-kpi-v1.csv", ",word,", ",word,met", "is not as it was published"),
    ],
)
def test_a_table_changed_by_hand_is_refused_with_its_line(book: Path, day: str, name: str, old: str, new: str, said: str):
    spoil(book / name.format(day=day), old, new)
    assert said in told() and day in told()
    with pytest.raises(KpiError, match=f"{day}.*is not as it was published"):
        ledger.read_ledger("thu")


def _links(book: Path) -> list[dict]:
    return [json.loads(line) for line in (book / chain.FILE).read_text(encoding="utf-8").splitlines()]


def _again(book: Path, links: list[chain.Link]) -> None:
    """The chain rebuilt with all its digests, as somebody would who knows how it is made."""
    (book / chain.FILE).write_bytes(chain.file_of(chain.joined([], links)))


FORGERIES: dict[str, tuple[Callable[[Path], object], str]] = {
    "a line is cut off": (lambda b: (b / chain.FILE).write_bytes((b / chain.FILE).read_bytes()[:-40]), "chain.jsonl, line 3"),
    "the last end of line goes": (lambda b: (b / chain.FILE).write_bytes((b / chain.FILE).read_bytes()[:-1]), "line 3: is cut off"),
    "a line in the middle goes": (lambda b: _lines(b, lambda x: [x[0], x[2]]), "line 2: it is link 3 in the place of link 2"),
    "two lines change places": (lambda b: _lines(b, lambda x: [x[1], x[0], x[2]]), "line 1: it is link 2 in the place of link 1"),
    "a line stands twice": (lambda b: _lines(b, lambda x: [*x, x[2]]), "line 4: it is link 3 in the place of link 4"),
    "a blank is put in": (lambda b: spoil(b / chain.FILE, '"code":', '"code": '), "line 1: byte"),
    "a word is changed": (lambda b: spoil(b / chain.FILE, '"inputs":"a"', '"inputs":"b"'), "line 1: its words are not those"),
    "a line with new digests": (lambda b: _rewritten(b, 1), "line 3: it does not follow from the line before"),
    "another kind of line": (lambda b: spoil(b / chain.FILE, '"kind":"round"', '"kind":"sound"'), "line 1: it is no line of the ledger"),
    "an impossible day": (lambda b: spoil(b / chain.FILE, '"as_of":"2025-07-15"', '"as_of":"2025-07-32"'), "line 1: it is no line"),
    "a file of no round": (lambda b: _named(b, "../../../raw/thu/unit.toml"), "names a file that no round has"),
    "noise": (lambda b: (b / chain.FILE).write_bytes(b"\xff\xfe\x00\x01"), "line 1: it is no line of the ledger"),
    "deep nesting": (lambda b: (b / chain.FILE).write_text("[" * 9000 + "\n"), "line 1: it is no line of the ledger"),
    "an empty chain": (lambda b: (b / chain.FILE).write_bytes(b""), "the ledger knows of no such file"),
    "the chain is gone": (lambda b: (b / chain.FILE).unlink(), "is gone, but rounds are there"),
    "a table is gone": (lambda b: (b / OUTPUT.format(day=DAYS[1])).unlink(), f"{DAYS[1]}-kpi-v1.csv is gone"),
    "a table is empty": (lambda b: (b / OUTPUT.format(day=DAYS[1])).write_bytes(b""), f"{DAYS[1]}-kpi-v1.csv, line 1"),
    "a table more": (lambda b: shutil.copy(b / OUTPUT.format(day=DAYS[1]), b / OUTPUT.format(day="2025-12-15")), "2025-12-15-kpi-v1.csv: the ledger knows"),
    "a strange name": (lambda b: (b / "2025-10-15-vX.csv").write_text("x"), "2025-10-15-vX.csv: the ledger knows of no such file"),
    "two rounds change places": (lambda b: _swapped(b), "2025-07-15-kpi-v1.csv, line 2"),
    "the hub's tasks": (lambda b: spoil(b / "hub-config" / "tasks.json", "2025-10-15", "2025-10-16"), "tasks.json: is not what the rounds say"),
}  # fmt: skip


def _lines(book: Path, change: Callable[[list[str]], list[str]]) -> None:
    lines = (book / chain.FILE).read_text(encoding="utf-8").splitlines()
    (book / chain.FILE).write_text("".join(line + "\n" for line in change(lines)), encoding="utf-8")


def _rewritten(book: Path, at: int) -> None:
    import msgspec

    links = chain.links("thu")
    other = chain.joined(links[:at], [msgspec.structs.replace(links[at], code="9")])
    (book / chain.FILE).write_bytes(chain.file_of([*other, *links[at + 1 :]]))


def _named(book: Path, name: str) -> None:
    import msgspec

    first = chain.links("thu")[0]
    assert isinstance(first, chain.RoundLink)
    _again(book, [msgspec.structs.replace(first, files={name: chain.seal(b"")})])


def _swapped(book: Path) -> None:
    one, two = (book / OUTPUT.format(day=day) for day in DAYS[:2])
    first, second = one.read_bytes(), two.read_bytes()
    one.write_bytes(second)
    two.write_bytes(first)


@pytest.mark.parametrize("forgery", FORGERIES)
def test_a_forgery_is_found_and_named(book: Path, forgery: str):
    change, said = FORGERIES[forgery]
    change(book)
    assert said in told()


def test_of_fifty_bytes_changed_anywhere_in_the_ledger_none_is_missed(book: Path):
    dice = random.Random(17)
    files = sorted(path for path in book.rglob("*") if path.is_file())
    sizes = [path.stat().st_size for path in files]
    for _ in range(50):
        path = dice.choices(files, sizes)[0]
        content = path.read_bytes()
        at = dice.randrange(len(content))
        path.write_bytes(content[:at] + bytes([content[at] ^ dice.randrange(1, 256)]) + content[at + 1 :])
        named = re.split(r"[/ ,:]", path.name)[0]
        assert named in told(), f"byte {at} of {path.name}: {told()}"
        path.write_bytes(content)
    assert verify.ledger_faults("thu") == []


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (",pmf,met,0.", ",pmf,met,7.", "is no chance: from 0 to 1 is needed"),
        (",quantile,0.5,", ",quantile,0.5,-", "the quantiles are out of order"),
        (",quantile,0.5,", ",quantile,0.5,nan", "is no number"),
        (",quantile,0.5,", ",quantile,5,", "is no share of a distribution"),
        (",pmf,missed,0.", ",pmf,missed,0.0", "add up to one"),
        ("2025-10-15,thu,", "2025-13-15,thu,", "a date like"),
        ("2025-10-15,thu,", "2025-10-14,thu,", "is of thu 2025-10-14"),
        (",new_enterprises,2025,year_end,mean", ",new_enterprises,99999,year_end,mean", "2200 is needed"),
        (",pmf,met,", ',pmf,met,"', "quotation mark"),
    ],
)
def test_what_no_round_can_say_is_refused_with_its_line_even_where_every_digest_was_reckoned_anew(
    book: Path, old: str, new: str, said: str
):
    import msgspec

    name = OUTPUT.format(day="2025-10-15")
    spoil(book / name, old, new)
    links = chain.links("thu")
    at = next(i for i, link in enumerate(links) if isinstance(link, chain.RoundLink) and name in link.files)
    sealed = {**chain.files_of(links[at]), name: chain.seal((book / name).read_bytes())}
    _again(book, [*links[:at], msgspec.structs.replace(links[at], files=sealed), *links[at + 1 :]])
    with pytest.raises(KpiError, match=said) as refused:
        ledger.read_ledger("thu")
    assert "2025-10-15-kpi-v1.csv" in str(refused.value)


def test_a_chain_rebuilt_or_shortened_has_another_head(book: Path):
    head = ledger.head("thu")
    links = chain.links("thu")
    _again(book, links[:-1])
    assert ledger.head("thu") != head
    assert head not in {link.digest for link in chain.links("thu")}


def test_rounds_of_an_earlier_version_are_the_first_link_and_stay_readable(make_unit: Callable[..., str]):
    unit = make_unit(FIGURES, targets=TARGETS)
    ledger.folder(unit).mkdir(parents=True)
    shutil.copy(EARLIER, ledger.folder(unit) / "2025-10-15.csv")
    before = ledger.read_ledger(unit)
    head = ledger.head(unit)
    ledger.record(_outlooks(unit, "2025-11-15"), data_digest="a", code_version="1")
    first, second = chain.links(unit)
    assert isinstance(first, chain.EarlierLink) and list(first.files) == ["2025-10-15.csv"]
    assert second.previous == first.digest == head
    rows = ledger.read_ledger(unit)
    assert rows[rows["round_id"] == pd.Timestamp("2025-10-15")].reset_index(drop=True).equals(before)
    spoil(ledger.folder(unit) / "2025-10-15.csv", "probability,met,0", "probability,met,0.9")
    assert re.search(r"2025-10-15\.csv, line \d+: is not as it was published", told())


@pytest.mark.parametrize("name", ["2025-10-15-vX.csv", "2025-10-15-v0.csv", "bản sao.csv"])
def test_before_the_chain_a_strange_name_is_refused_by_name(make_unit: Callable[..., str], name: str):
    unit = make_unit(FIGURES, targets=TARGETS)
    ledger.folder(unit).mkdir(parents=True)
    shutil.copy(EARLIER, ledger.folder(unit) / name)
    with pytest.raises(KpiError, match=re.escape(name)):
        ledger.read_ledger(unit)


def test_a_withdrawal_needs_a_name_and_a_reason_stands_in_the_chain_and_is_not_done_twice(book: Path):
    day = dt.date(2025, 10, 15)
    told_by = {"by": "Nguyễn Văn A", "reason": "nhập sai số thu", "on": dt.date(2025, 10, 20)}
    for missing in ("by", "reason"):
        with pytest.raises(KpiError, match="needs the name"):
            ledger.withdraw_report("thu", day, **{**told_by, missing: " "})
    with pytest.raises(KpiError, match="signs that no page can show"):
        ledger.withdraw_report("thu", day, **{**told_by, "reason": "x\x00"})
    with pytest.raises(KpiError, match="The reports are: 2025-07-15, 2025-10-15, 2025-11-15"):
        ledger.withdraw_report("thu", dt.date(2024, 1, 1), **told_by)
    before = (book / chain.FILE).read_bytes()
    ledger.withdraw_report("thu", day, **told_by)
    assert (book / chain.FILE).read_bytes().startswith(before)
    assert verify.ledger_faults("thu") == []
    assert [fault["vi"] for fault in verify.notes("thu")] == [
        "Báo cáo ngày 15/10/2025 đã được thu hồi ngày 20/10/2025, người chịu trách nhiệm Nguyễn Văn A: nhập sai số thu"
    ]
    with pytest.raises(KpiError, match="was withdrawn before"):
        ledger.withdraw_report("thu", day, **told_by)
    assert len(ledger.read_ledger("thu")["round_id"].unique()) == 3  # it is scored all the same


@pytest.mark.usefixtures("book")
def test_a_round_prepared_twice_for_the_same_place_enters_once(tmp_path: Path):
    one, two = tmp_path / "một", tmp_path / "hai"
    assert ledger.prepare(_outlooks("thu", "2025-12-15"), one, data_digest="a", code_version="1")
    assert ledger.prepare(_outlooks("thu", "2025-08-15"), two, data_digest="a", code_version="1")
    ledger.enter("thu", one)
    ledger.enter("thu", one)  # cut short and done again
    with pytest.raises(KpiError, match="another run has just written"):
        ledger.enter("thu", two)
    assert verify.ledger_faults("thu") == []


def test_the_layout_is_that_of_a_forecast_hub(book: Path):
    """The documented layout: model-output/<model>/<round>-<model>.csv, its columns, hub-config with admin and tasks, metadata of each model."""
    links = [link for link in chain.links("thu") if isinstance(link, chain.RoundLink)]
    tasks = json.loads((book / "hub-config" / "tasks.json").read_text(encoding="utf-8"))
    admin = json.loads((book / "hub-config" / "admin.json").read_text(encoding="utf-8"))
    assert {"schema_version", "name", "maintainer", "contact", "repository", "file_format", "timezone"} <= set(admin)
    (one,) = tasks["rounds"]
    assert one["round_id_from_variable"] and one["round_id"] == "origin_date"
    allowed = {task["target_metadata"][0]["target_keys"]["target"]: task for task in one["model_tasks"]}
    ids = list(next(iter(allowed.values()))["task_ids"])
    for link in links:
        path = book / OUTPUT.format(day=link.as_of)
        rows = pd.read_csv(path, dtype=str, keep_default_na=False)
        assert list(rows.columns) == [*ids, "output_type", "output_type_id", "value"]
        for (target_name, kind), part in rows.groupby(["target", "output_type"]):
            task = allowed[target_name]
            for name in ids:
                values = {str(v) for v in [*(task["task_ids"][name]["required"] or ()), *(task["task_ids"][name]["optional"] or ())]}
                assert set(part[name]) <= values
            needed = task["output_type"][kind]["output_type_id"]["required"]
            for _, line in part.groupby(["indicator", "target_year"]):
                assert line["output_type_id"].tolist() == (
                    ["NA"] if needed is None else [f"{x:g}" if kind == "quantile" else x for x in needed]
                )
                assert line["value"].astype(float).notna().all()
                assert kind != "pmf" or line["value"].astype(float).sum() == pytest.approx(1, abs=1e-6)
        assert (book / "model-metadata" / "kpi-v1.yml").is_file()


def test_of_twenty_processes_at_once_one_writes_each_round(book: Path):
    from benchmarks.tampering import race

    days = ("2025-12-05", "2025-12-12", "2025-12-19")
    results = race([(day, _outlooks("thu", day)) for day in days], 20, "thu")
    assert [result["wrote"] for result in results] == [1, 1, 1], results
    assert all(set(result) <= {"wrote", "found it there", "told to wait"} for result in results), results
    assert verify.ledger_faults("thu") == []
    assert len(chain.links("thu")) == len(DAYS) + len(days)
    assert not [path for path in book.iterdir() if path.name.startswith((".", "kpi-"))]
