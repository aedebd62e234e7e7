"""Whether what is left of deliveries after a kill is whole."""

from __future__ import annotations

from pathlib import Path

from kpi_lib.deliveries import store
from kpi_lib.figures.observations import read_observations


def whole(unit: str, folder: Path) -> None:
    """Every figure has its record, every record its figures and its file, every number one record."""
    records, obs = store.records(unit), read_observations(unit)
    assert len({record.number for record in records}) == len(records)
    undone = {record.withdraws for record in records}
    handed_in = obs[obs["file"].str.startswith("received/")]
    for record in records:
        own = handed_in[(handed_in["file"] == record.stored) & handed_in["source"].str.contains(record.digest[:8])]
        same_file = [one for one in records if one.digest == record.digest and one.number not in undone]
        assert len(own) == sum(one.accepted for one in same_file), (record.number, record.name)
        assert store.digest_of(folder / record.stored) == record.digest
    assert set(handed_in["file"]) <= {record.stored for record in records}
