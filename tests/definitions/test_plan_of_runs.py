"""A plan of many runs: what its entries inherit, and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from kpi_lib.definitions.many.plan import Order, digest, orders
from kpi_lib.words.messages import KpiError

TODAY = Order("", "2026-01-05")


@pytest.fixture
def plan(make_unit: Callable[..., str], root: Path) -> Callable[[str], list[Order]]:
    for unit in ("tinh", "xa-a", "xa-b", "xa-c"):
        make_unit([], unit=unit, toml='parent = "tinh"' if unit != "tinh" else "")

    def read(text: str) -> list[Order]:
        (root / "plan.toml").write_text(text, encoding="utf-8")
        return orders(f"@{root / 'plan.toml'}", TODAY)

    return read


def test_an_entry_inherits_what_stands_above_it_and_says_itself_what_differs(plan: Callable[[str], list[Order]]):
    found = plan("""
dates = "2025-10-15"
language = "en"

[[runs]]
units = "children-of:tinh"
pictures_only = true

[[runs]]
units = ["tinh"]
dates = [2025-07-15, "2025-10-15"]
  [[runs.runs]]
  year = 2025
  [[runs.runs]]
  month = true
  language = "vi"
""")
    wards = [Order(unit, "2025-10-15", "en", 0, pictures_only=True) for unit in ("xa-a", "xa-b", "xa-c")]
    days = ("2025-07-15", "2025-10-15")
    assert found == [*wards, *(Order("tinh", day, "en", 2025) for day in days), *(Order("tinh", day, "vi", month=True) for day in days)]


def test_a_plan_without_entries_is_one_and_takes_the_day_of_the_command(plan: Callable[[str], list[Order]]):
    assert plan('units = "xa-[ab]"') == [Order("xa-a", TODAY.as_of), Order("xa-b", TODAY.as_of)]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('unit = "xa-a"', r"plan.toml: 1 fault:\n  - unit is no key \(did you mean 'units'\?\)"),
        ('[[runs]]\nunits = "xa-a"\ndate = "2025-10-15"', r"runs 1, date is no key \(did you mean 'dates'\?\)"),
        ('language = "eng"\nunits = "xa-a"', "language = 'eng', one of these is needed"),
        ('units = "xa-a"\nmonth = "yes"\nyear = 20250', "plan.toml: 2 faults"),
        ("[[runs]]\nmonth = true", "plan.toml: runs 1, units is missing"),
        ('[[runs]]\nunits = "xb-*"', "plan.toml: runs 1, No unit fits"),
        ('units = "xa-a"\ndates = ["soon"]', "'soon' is no date"),
        ('runs = "xa-a"', r"tables headed \[\[runs\]\] are needed"),
        ("runs = []", "no report is asked for"),
        ('[[runs]]\nunits = "xa-a"\n[[runs]]\nunits = "xa-*"\nlanguage = "en"', "xa-a of .* is asked for in two ways"),
        ("units = [", "cannot be read as TOML"),
    ],
)
def test_a_plan_that_will_not_do_is_refused_with_its_file_and_key(plan: Callable[[str], list[Order]], text: str, said: str):
    with pytest.raises(KpiError, match=said):
        plan(text)


def test_a_plan_that_is_not_there_is_named(root: Path):
    with pytest.raises(KpiError, match=r"nowhere\.toml: there is no such file"):
        orders(f"@{root / 'nowhere.toml'}", TODAY)


def test_other_reports_have_another_digest(plan: Callable[[str], list[Order]]):
    one, other = (plan(f'units = "xa-a"\nmonth = {month}') for month in ("true", "false"))
    assert digest(one) != digest(other) and digest(one) == digest(list(one))
