"""Nothing changes what is projected without somebody saying so: the golden run, and the pages the oracle keeps."""

from __future__ import annotations

from benchmarks import golden


def test_every_projection_is_the_one_on_record():
    told = golden.differences(list(golden.rows()), golden.kept())
    assert told == [], "if this is meant: python benchmarks/golden.py --keep, review the diff, and say so in the CHANGELOG\n" + "\n".join(told)


def test_a_change_of_one_per_cent_is_told():
    before = golden.kept()
    changed = [{**row, "median": f"{float(row['median']) * 1.01:.6g}"} if row["median"] and float(row["median"]) else row for row in before]
    moved = sum(bool(row["median"]) and float(row["median"]) != 0 for row in before)
    assert moved > 40
    assert len(golden.differences(changed, before)) == moved
    assert golden.differences(before[1:], before) == [f"{' '.join(before[0][key] for key in golden.KEYS)}: gone"]
