"""Spoilt deliveries end in a named refusal or do no harm; clean ones pass. No figure is ever wrong in silence."""

from __future__ import annotations

import collections
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from openpyxl.utils import range_boundaries

from kpi_lib.deliveries import account
from kpi_lib.deliveries.delivery import Left, Receipt
from kpi_lib.deliveries.intake import ingest
from kpi_lib.words.messages import said
from tests.deliveries import second_reader
from tests.deliveries.languages import ENGLISH, VIETNAMESE, own
from tests.deliveries.mutations.base import RECEIVED, UNIT, Base, clean_values, make_base
from tests.deliveries.mutations.case import Case
from tests.deliveries.mutations.cases import CASES
from tests.deliveries.mutations.judged import judged
from tests.deliveries.mutations.siblings import SIBLINGS

LEAST = {"encoding": 14, "container": 16, "layout": 20, "number": 25, "date": 20, "meaning": 25, "formula": 8, "name": 12, "attack": 10}
pytestmark = pytest.mark.xdist_group("mutations")


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Base]:
    before = os.environ.get("KPI_ROOT")
    yield make_base(tmp_path_factory.mktemp("mutations"))
    os.environ.pop("KPI_ROOT")
    if before:
        os.environ["KPI_ROOT"] = before


def take(case: Case, base: Base, tmp_path: Path) -> Receipt:
    """Build the files, hand them in to a unit that has its history only."""
    shutil.rmtree(base.folder.parent / "data" / "raw" / UNIT / "received", ignore_errors=True)
    receipts = ingest(case.build(tmp_path, base), UNIT, received=RECEIVED)
    assert len(receipts) == 1
    return receipts[0]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.group}: {case.name}")
def test_a_spoilt_delivery_never_passes_in_silence(case: Case, base: Base, tmp_path: Path):
    clean = clean_values()
    receipt = take(case, base, tmp_path)
    got = {(f.indicator, f.series, f.basis, f.period): f for f in receipt.accepted}
    told = {f.check for f in receipt.faults if f.severity != "note"} - {"row_missing", "value_missing"}
    wrong = {key: f.value for key, f in got.items() if key not in clean or f.value != pytest.approx(clean[key], rel=1e-9)}
    assert not wrong, f"silent error: {wrong}; told: {sorted(told)}"
    if case.outcome == "same":
        assert set(got) == set(clean), (set(clean) - set(got), [(f.check, f.cell, f.found) for f in receipt.faults])
        assert told <= set(case.checks), told
    elif case.outcome == "refused":
        assert not got and receipt.refused
    else:
        waiting = {(f.indicator, f.series, f.basis, f.period) for f in receipt.waiting}
        unread = set(clean) - set(got) - waiting
        assert set(clean) - set(got), "nothing was held"
        assert not {f.cell for f in receipt.accepted} & set(case.cells)
        assert len(unread) <= len(case.cells), unread
        assert len(got) >= 2 or len(case.cells) > 4, "one bad cell must not hold everything"
    in_one_language(receipt)
    adds_up(receipt, next(path for path in tmp_path.iterdir() if path.is_file()))
    every_fault_holds_what_it_is_about(receipt)
    if case.checks and case.outcome != "same":
        named = [f for f in receipt.faults if f.check in case.checks]
        assert named, [(f.check, f.cell, f.found) for f in receipt.faults]
        assert all(f.file and f.found and f.expected and f.action for f in named)
        if case.cell:
            assert case.cell in {f.cell for f in named}, [(f.check, f.cell) for f in named]


def adds_up(receipt: Receipt, path: Path) -> None:
    """The account of the cells adds up, and sees as many as a reader that knows nothing of it."""
    found = receipt.account
    assert found is not None and found.seen == found.taken + found.waiting + found.refused + found.alone
    if receipt.reader != "none":
        assert found.seen == second_reader.count(path), found
        assert found.taken == len({(item.sheet, item.cell) for item in (*receipt.accepted, *receipt.plans)})
        assert sum(map(len, map(cells_of, found.left))) == found.alone
    assert not VIETNAMESE.search(own(account.told(found)["en"])) and not ENGLISH.search(own(account.told(found)["vi"]))


def cells_of(left: Left) -> set[tuple[int, int]]:
    """The cells of the blocks by name."""
    bounds = [range_boundaries(place) for place in left.places]
    return {(row, column) for first, top, last, low in bounds for row in range(top, low + 1) for column in range(first, last + 1)}


def every_fault_holds_what_it_is_about(receipt: Receipt) -> None:
    """No figure is taken over from a cell, a row that is refused, a sheet or a file that a fault keeps back; nor is one that depends on it."""
    waiting = {(f.sheet, f.cell) for f in receipt.waiting}
    for fault in (fault for fault in receipt.faults if fault.keeps_back):
        taken = [f for f in receipt.accepted if fault.concerns(f.sheet, f.cell)]
        rows = {re.sub(r"\D", "", cell) for cell in (fault.cell, *fault.holds) if cell} if fault.severity == "refuse" else set()
        taken += [f for f in receipt.accepted if f.sheet == fault.sheet and re.sub(r"\D", "", f.cell) in rows]
        assert not taken, (fault.check, fault.cell, taken)
    spans = {(f.indicator, f.period[:7]) for f in receipt.waiting if (f.sheet, f.cell) in waiting}
    apart = [f for f in receipt.accepted if (f.indicator, f.period[:7]) in spans]
    assert not apart, apart


def in_one_language(receipt: Receipt) -> None:
    """Every fault is said in each language, and but for what the sender typed only in that one."""
    for item in receipt.faults:
        for words in (item.found, item.expected, item.action):
            assert not VIETNAMESE.search(own(said(words, "en"))), (item.check, said(words, "en"))
            assert not ENGLISH.search(own(said(words, "vi"))), (item.check, said(words, "vi"))


@pytest.fixture(scope="module")
def newborn(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Base]:
    """The same unit without any figure."""
    before = os.environ.get("KPI_ROOT")
    yield make_base(tmp_path_factory.mktemp("newborn"), past=False)
    os.environ.pop("KPI_ROOT")
    if before:
        os.environ["KPI_ROOT"] = before


@pytest.mark.parametrize("case", [*SIBLINGS[:-4:9], SIBLINGS[-1]], ids=lambda case: f"{case.group}: {case.name}")
def test_nor_does_the_same_slip_in_another_cell(case: Case, base: Base, tmp_path: Path):
    """A spread of them; all in `benchmarks/deliveries_spoilt.py`."""
    found = judged(case, base, tmp_path, past=True)
    assert not found["silent errors"] and not found["clean ones kept out"] and not found["accounts that do not add up"], found
    assert bool(found["spoilt"]) == (case.outcome != "same")


@pytest.mark.parametrize("case", [*SIBLINGS[61:-4:14], *SIBLINGS[-4:], *CASES[3::13]], ids=lambda case: f"{case.group}: {case.name}")
def test_nor_does_it_in_a_unit_without_any_figure(case: Case, newborn: Base, tmp_path: Path):
    """A spread of the cases; all of them in `benchmarks/deliveries_spoilt.py`."""
    found = judged(case, newborn, tmp_path, past=False)
    assert not found["silent errors"] and not found["clean ones kept out"] and not found["accounts that do not add up"], found


def test_there_are_enough_cases_of_every_kind():
    counted = collections.Counter(case.group for case in CASES)
    assert all(counted[group] >= least for group, least in LEAST.items()), counted
    every = [*CASES, *SIBLINGS]
    assert len(CASES) >= 260 and len({(case.group, case.name) for case in every}) == len(every)
    assert sum(case.outcome != "same" for case in every) >= 260
