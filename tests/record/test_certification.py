"""The reference figures are reached, and a wrong one is noticed."""

from __future__ import annotations

import pytest

from kpi_lib.record.certification import ReferenceCheck, certify

CHECKS = certify()


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.name)
def test_the_figure_is_reached(check: ReferenceCheck):
    assert check.held, f"{check.reached} instead of {check.expected}"


def test_there_are_enough_figures():
    assert len(CHECKS) >= 40


def test_a_wrong_figure_is_noticed():
    assert not ReferenceCheck("x", 1.0, 1.1, 0.05).held
    assert not ReferenceCheck("x", float("nan"), 1.0, 0.05).held
