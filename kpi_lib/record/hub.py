"""What makes the ledger a forecast hub that others' tools can read: its configuration and its outturns, worked out from the rounds themselves.

The layout is the one documented by the hubverse (schemas 6.0.0): `hub-config/`, `model-metadata/`, `model-output/`, `target-data/`, `auxiliary-data/`.
Nothing here is evidence: every file is made anew from what the chain holds.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pandas as pd

from kpi_lib.definitions.indicators import read_unit
from kpi_lib.record import chain, rounds
from kpi_lib.record.chain import Link, RoundLink, folder
from kpi_lib.words.messages import SOURCE

LEVELS = (0.01, 0.025, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 0.975, 0.99)
_SCHEMA = "https://raw.githubusercontent.com/hubverse-org/schemas/main/v6.0.0/{}-schema.json"


def files(unit: str, links: Sequence[Link]) -> dict[str, bytes]:
    """The files of the hub that follow from the rounds, by name; none where there is no round in this layout."""
    own = [link for link in links if isinstance(link, RoundLink)]
    if not own:
        return {}
    rows = pd.concat([part for link in own for part in rounds.rows_of_link(unit, link)])
    models = [f"kpi-v{version}" for version in sorted({link.version for link in own})]
    found = {
        "hub-config/admin.json": _json(_admin(unit)),
        "hub-config/tasks.json": _json(_tasks(unit, rows)),
        "hub-config/target-data.json": _json(_target_data()),
        "hub-config/model-metadata-schema.json": _json(_METADATA),
    }
    for model in models:
        number = model.removeprefix("kpi-v")
        told = "as first published, the version that is scored" if number == "1" else f"published again on other figures, version {number}"
        found[f"model-metadata/{model}.yml"] = f'team_abbr: "kpi"\nmodel_abbr: "v{number}"\nmodel_name: "{told}"\n'.encode()
    return found


def write(unit: str, links: Sequence[Link]) -> None:
    """Write those files that are not as the rounds say."""
    for name, content in files(unit, links).items():
        path = folder(unit) / name
        if not path.is_file() or path.read_bytes() != content:
            chain.replace(path, content)


def unlike(unit: str, links: Sequence[Link]) -> list[str]:
    """The names of those files that are not as the rounds say."""
    return [
        name for name, content in files(unit, links).items() if not (path := folder(unit) / name).is_file() or path.read_bytes() != content
    ]


def _json(told: dict[str, Any]) -> bytes:
    return (json.dumps(told, ensure_ascii=False, indent=1) + "\n").encode("utf-8")


def _admin(unit: str) -> dict[str, Any]:
    name = read_unit(unit).name[SOURCE]
    return {
        "schema_version": _SCHEMA.format("admin"),
        "name": f"Year-end outlooks of {name}",
        "maintainer": name,
        "contact": {"name": name, "email": "none@example.org"},
        "repository": {"host": "github", "owner": "none", "name": unit},
        "file_format": ["csv"],
        "timezone": "UTC",
    }


def _tasks(unit: str, rows: pd.DataFrame) -> dict[str, Any]:
    """What was projected: every line's value at the year's end, and whether its target is met."""
    days = sorted({f"{day:%Y-%m-%d}" for day in rows["round_id"]})
    lines, years = sorted(set(rows["indicator"])), sorted({int(year) for year in rows["target_year"]})

    def task(target: str, output: dict[str, Any], about: dict[str, Any]) -> dict[str, Any]:
        ids: dict[str, Any] = {
            "origin_date": {"required": None, "optional": days},
            "location": {"required": [unit], "optional": None},
            "indicator": {"required": None, "optional": lines},
            "target_year": {"required": None, "optional": years},
            "target": {"required": [target], "optional": None},
        }
        meta = {"target_id": target, "target_keys": {"target": target}, "is_step_ahead": False, **about}
        return {"task_ids": ids, "output_type": output, "target_metadata": [meta]}

    value = task(
        rounds.VALUE,
        {
            "mean": {"output_type_id": {"required": None}, "is_required": True, "value": {"type": "double"}},
            "quantile": {"output_type_id": {"required": list(LEVELS)}, "is_required": True, "value": {"type": "double"}},
        },
        {"target_name": "The line's value at the end of the year", "target_units": "natural unit of the line", "target_type": "continuous"},
    )
    met = task(
        rounds.MET,
        {
            "pmf": {
                "output_type_id": {"required": ["met", "missed"]},
                "is_required": False,
                "value": {"type": "double", "minimum": 0, "maximum": 1},
            }
        },
        {"target_name": "The line's target for the year is met", "target_units": "met or missed", "target_type": "binary"},
    )
    due = {"relative_to": "origin_date", "start": 0, "end": 366}
    one = {"round_id_from_variable": True, "round_id": "origin_date", "model_tasks": [value, met], "submissions_due": due}
    return {"schema_version": _SCHEMA.format("tasks"), "rounds": [one]}


def _target_data() -> dict[str, Any]:
    return {
        "schema_version": _SCHEMA.format("target-data"),
        "observable_unit": ["location", "indicator", "target_year", "target"],
        "date_col": "target_end_date",
        "versioned": True,
    }


_METADATA = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "Version of a round",
    "type": "object",
    "properties": {name: {"type": "string"} for name in ("team_abbr", "model_abbr", "model_name")},
    "required": ["team_abbr", "model_abbr"],
}
