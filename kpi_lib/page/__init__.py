"""The parts of a page: what notebooks call, one line a part. Each is imported when first asked for."""

from importlib import import_module
from typing import Any

_HOME = {
    "answer": "kpi_lib.narrative",
    "draft_report": "kpi_lib.page.draft",
    "planning_desk": "kpi_lib.page.desk.line",
    "keeping": "kpi_lib.page.desk.keep",
    "comparison": "kpi_lib.page.desk.compare",
    "start": "kpi_lib.page.desk.start",
    "what_if": "kpi_lib.page.whatif",
    "all_lines": "kpi_lib.page.together",
    "arrived": "kpi_lib.page.data",
    "attention": "kpi_lib.page.tables",
    "awaited": "kpi_lib.page.tables",
    "base": "kpi_lib.page.sections",
    "chances": "kpi_lib.page.sections",
    "changed": "kpi_lib.page.together",
    "changed_one": "kpi_lib.page.together",
    "definition": "kpi_lib.page.sections",
    "danger": "kpi_lib.page.month",
    "debts": "kpi_lib.page.month",
    "drifts": "kpi_lib.page.deliveries",
    "first_steps": "kpi_lib.page.owners.questions",
    "headline": "kpi_lib.page.sections",
    "news": "kpi_lib.page.month",
    "owed": "kpi_lib.page.deliveries",
    "provenance": "kpi_lib.page.data",
    "published": "kpi_lib.page.sections",
    "received": "kpi_lib.page.deliveries",
    "record_charts": "kpi_lib.page.sections",
    "record_of": "kpi_lib.page.sections",
    "record_one": "kpi_lib.page.sections",
    "resolution": "kpi_lib.page.tables",
    "revisions": "kpi_lib.page.sections",
    "set_aside": "kpi_lib.page.data",
    "sources": "kpi_lib.page.data",
    "supposed": "kpi_lib.page.ahead.scenarios",
    "targets": "kpi_lib.page.data",
    "territory": "kpi_lib.page.deliveries",
    "units_answer": "kpi_lib.page.units",
    "units_below": "kpi_lib.page.units",
    "units_compared": "kpi_lib.page.units",
    "units_lines": "kpi_lib.page.units",
    "units_owe": "kpi_lib.page.units",
    "units_record": "kpi_lib.page.units",
    "units_sums": "kpi_lib.page.units",
    "units_table": "kpi_lib.page.units",
    "verdict": "kpi_lib.page.sections",
    "what_it_takes": "kpi_lib.page.needs",
}

__all__ = [*_HOME]


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(import_module(_HOME[name]), name)
    raise AttributeError(f"a page has no part {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
