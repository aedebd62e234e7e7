"""Will we meet this year's targets, how sure is that, and what would it take?

The planner's toolbox: figures, targets, projections, verdicts and their record, `charts` to look at them and `page` for the parts of a report.
Each name is imported when first asked for, so that `import kpi_lib` costs nothing.
"""

import sys

# jsonschema imports this module, which compiles grammars for over a second, to check a format nobody here uses; it copes without.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

_HOME = {
    "Event": "outlook.scenarios",
    "INDICATORS": "definitions.indicators",
    "KpiError": "words.messages",
    "accept_parameters": "running.parameters",
    "accuracy": "record.scores",
    "answer": "narrative",
    "backtest": "record.scores",
    "beside_official": "record.official",
    "outlook_for": "record.replays",
    "outlooks": "record.replays",
    "project": "forecast.project",
    "read_ledger": "record.ledger",
    "read_observations": "figures.observations",
    "read_plans": "definitions.targets",
    "read_scenarios": "definitions.owners.assumptions",
    "read_targets": "definitions.targets",
    "read_unit": "definitions.indicators",
    "replay": "record.replays",
    "replay_line": "record.replays",
    "save_scenario": "definitions.owners.assumptions",
    "scenario": "outlook.scenarios",
    "settle": "record.settlement",
    "units": "definitions.folders",
}
_ROOMS = ("charts", "page")

__all__ = ["__version__", *_HOME, *_ROOMS]


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(import_module(f"kpi_lib.{_HOME[name]}"), name)
    if name in _ROOMS:
        return import_module(f"kpi_lib.{name}")
    raise AttributeError(f"kpi_lib has no public name {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)


if "ipykernel" in sys.modules:
    import_module("kpi_lib.words.kernel").tell_in_one_sentence()
