"""Nothing changes what is projected without somebody saying so: the golden run, and the pages the oracle keeps."""

from __future__ import annotations

import pytest

from benchmarks import golden, oracle
from tests.browser.reports import published


def test_every_projection_is_the_one_on_record():
    told = golden.differences(list(golden.rows()), golden.kept())
    assert told == [], "if this is meant: python benchmarks/golden.py --keep, review the diff, and say so in the CHANGELOG\n" + "\n".join(
        told
    )


def test_a_change_of_one_per_cent_is_told():
    before = golden.kept()
    changed = [{**row, "median": f"{float(row['median']) * 1.01:.6g}"} if row["median"] and float(row["median"]) else row for row in before]
    moved = sum(bool(row["median"]) and float(row["median"]) != 0 for row in before)
    assert moved > 40
    assert len(golden.differences(changed, before)) == moved
    assert golden.differences(before[1:], before) == [f"{' '.join(before[0][key] for key in golden.KEYS)}: gone"]


@pytest.mark.slow
def test_whole_pages_say_what_is_on_record():
    known, held, otherwise = oracle.kept(), 0, []
    for page in published():
        unit, _, day, name = page.file.parts[-4:]
        if unit in ("quang-ninh", "viet-nam") and day in oracle.DATES[unit]:  # no report of theirs stands before it
            held += 1
            otherwise += [f"{unit}/{day}/{name}"] if oracle.digests(page.file)[0] != known[unit, day, page.lang, name]["words"] else []
    assert held >= 10
    assert otherwise == [], "if this is meant: python benchmarks/oracle.py --keep, review what changed, and say so in the CHANGELOG"
