"""Will we meet this year's targets, how sure is that, and what would it take?

The public names below are what notebooks use; each is imported when first asked for, so that `import kpi_lib` costs nothing.
"""

import sys

# jsonschema imports this module, which compiles grammars for over a second, to check a format nobody here uses; it copes without.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

_HOME = {
    "INDICATORS": "indicators",
    "read_unit": "indicators",
    "read_targets": "targets",
    "read_plans": "targets",
    "target_for": "targets",
    "read_observations": "observations",
    "project": "projection",
    "project_many": "projection",
    "Request": "projection",
    "assess": "outlook",
    "outlook_for": "outlook",
    "outlooks": "outlook",
    "answer": "narrative",
    "demand": "narrative",
    "people_missing": "narrative",
    "rules_of_thumb": "narrative",
    "base_note": "narrative",
    "method": "narrative",
    "backtest": "evaluation",
    "accuracy": "evaluation",
    "settle": "evaluation",
    "read_ledger": "ledger",
    "KpiError": "frames",
    "units": "places",
}
_MODULES = (
    "charts", "drafts", "lab_controls", "replays", "sections", "tables", "tables_data", "tables_deliveries", "tables_needs", "together", "whatif",
    "whatif_page",
)  # fmt: skip

__all__ = ["__version__", *_HOME, *_MODULES]


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(import_module(f"kpi_lib.{_HOME[name]}"), name)
    if name in _MODULES:
        return import_module(f"kpi_lib.{name}")
    raise AttributeError(f"kpi_lib has no public name {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
