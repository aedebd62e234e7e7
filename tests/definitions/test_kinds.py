"""What a kind of indicator means stands in its record, and nobody else knows the kinds by name."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import kpi_lib
from kpi_lib.definitions.indicators import INDICATORS, read_unit
from kpi_lib.definitions.kinds import KINDS
from kpi_lib.words.messages import KpiError

PACKAGE = Path(kpi_lib.__file__).parent


def asked_by_name(source: str) -> Iterator[int]:
    """Lines that compare something called `kind` of an indicator with the name of a kind."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Compare) and ast.unparse(node.left).removesuffix(".id").endswith("kind"):
            words = {part.value for one in node.comparators for part in ast.walk(one) if isinstance(part, ast.Constant)}
            if words & set(KINDS):
                yield node.lineno


def test_no_module_asks_for_a_kind_by_its_name():
    found = {path.name: lines for path in PACKAGE.rglob("*.py") if (lines := list(asked_by_name(path.read_text(encoding="utf-8"))))}
    assert found == {}


def test_asking_by_name_would_be_seen():
    assert list(asked_by_name('ind.kind in ("flow", "level")\nind.kind.id == "zero"')) == [1, 2]


def test_only_amounts_that_add_up_can_be_behind_a_rate():
    assert [kind.id for kind in KINDS.values() if kind.of_amounts] == ["flow_growth", "plan_share"]
    assert [kind.id for kind in KINDS.values() if kind.adds_up] == ["flow", "flow_growth", "plan_share"]


def test_figures_of_a_line_are_kept_in_the_unit_of_its_amounts():
    revenue, enterprises = INDICATORS["budget_revenue_growth"], INDICATORS["new_enterprises"]
    assert (revenue.natural_measure["vi"], enterprises.natural_measure["vi"]) == ("tỷ đồng", "doanh nghiệp")


def test_an_override_to_an_unknown_kind_is_refused_by_name(make_unit: Callable[..., str]):
    unit = make_unit([], toml='[override.new_jobs]\nkind = "levle"')
    with pytest.raises(KpiError, match="kind = 'levle', one of these is needed: flow, flow_growth"):
        read_unit(unit)


def test_an_override_to_a_known_kind_is_taken(make_unit: Callable[..., str]):
    assert read_unit(make_unit([], toml='[override.new_jobs]\nkind = "level"')).indicators["new_jobs"].kind is KINDS["level"]
