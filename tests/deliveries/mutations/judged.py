"""What became of one spoilt delivery, in counts: silent errors, clean ones kept out, accounts that do not add up."""

from __future__ import annotations

import math
import shutil
from collections import Counter
from pathlib import Path

from kpi_lib.deliveries.answers import confirm_sizes
from kpi_lib.deliveries.delivery import Receipt
from kpi_lib.deliveries.intake import ingest
from tests.deliveries import second_reader
from tests.deliveries.mutations.base import RECEIVED, UNIT, Base, clean_values
from tests.deliveries.mutations.case import Case

AGAINST_THE_PAST = {"last_year_again", "value_unusual", "revision_beyond", "revision_unusual", "estimate_after_actual", "cumulative_falls"}
"""Checks that hold a figure against earlier figures of its line: where there are none, only its plan, target and place speak."""
Key = tuple[str, str, str, str]


def taken_in(case: Case, base: Base, folder: Path) -> tuple[Path, Receipt]:
    """Build the file and hand it in to a unit that has what it had before and nothing else."""
    shutil.rmtree(base.folder.parent / "data" / "raw" / UNIT / "received", ignore_errors=True)
    (path,) = case.build(folder, base)
    (receipt,) = ingest([path], UNIT, received=RECEIVED)
    return path, receipt


def judged(case: Case, base: Base, folder: Path, *, past: bool) -> Counter[str]:
    """Counts by what was found, all but "spoilt", "clean" and "asked about sizes" of what must not be."""
    path, receipt = taken_in(case, base, folder)
    found, clean = Counter({"clean" if case.outcome == "same" else "spoilt": 1}), clean_values()
    wrong = any(not math.isclose(value, clean.get(key, math.nan), rel_tol=1e-9) for key, value in _values(receipt).items())
    wrong |= case.outcome == "held" and bool({figure.cell for figure in receipt.accepted} & set(case.cells))
    past_alone = not past and bool(case.checks) and set(case.checks) <= AGAINST_THE_PAST
    found["silent errors"] += wrong and not past_alone
    found["only a past could tell"] += wrong and past_alone
    counted = receipt.account
    adds_up = counted is not None and counted.seen == counted.taken + counted.waiting + counted.refused + counted.alone
    found["accounts that do not add up"] += not (adds_up and (receipt.reader == "none" or counted.seen == second_reader.count(path)))  # type: ignore[union-attr]
    let_in = _values(receipt)
    if not past and any(fault.check == "size_first" for fault in receipt.faults):
        asked = {
            (f.sheet, f.cell) for f in receipt.waiting if {x.check for x in receipt.faults if x.concerns(f.sheet, f.cell)} == {"size_first"}
        }
        if asked:
            found["asked about sizes"] += 1
            for one in confirm_sizes(UNIT, by="A", reason="B", on=RECEIVED):
                let_in |= _values(one)
    odd = not past and any(fault.keeps_back and fault.check != "size_first" for fault in receipt.faults)  # asked about: an odd plan
    found["clean ones kept out"] += case.outcome == "same" and set(let_in) != set(clean) and not odd
    found["silent errors"] += case.outcome == "refused" and bool(let_in)
    return found


def _values(receipt: Receipt) -> dict[Key, float]:
    return {(f.indicator, f.series, f.basis, f.period): f.value for f in receipt.accepted}
