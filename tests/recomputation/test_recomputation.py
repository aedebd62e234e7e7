"""The numbers of five reports, reckoned a second time without the library, equal those that its publisher writes into their manifests.

`sources` and `reckon` read the unit's folder with pandas alone and follow docs/figures.md, plans.md, needs.md and design.md in words of their
own. **Not reckoned** is what rests on simulated paths: medians and intervals of years that are not over, chances of what is not certain,
milestones' chances, futures, what-if, how many years a model has for evidence, replays and scores; nor plans and targets that amend one
another in amounts, nor years known in percent of their plan alone, of which the five reports have none (asked for, they are refused).
"""

from __future__ import annotations

import ast
import datetime as dt
import functools
import re
import sys
from pathlib import Path

import pandas as pd
import pytest

from kpi_lib.definitions.indicators import read_unit
from kpi_lib.figures.observations import read_observations
from kpi_lib.outlook.changes import Reported, changes
from kpi_lib.outlook.values.course import of_fan, of_pace
from kpi_lib.outlook.values.outlook import counts, of_outlook
from kpi_lib.outlook.values.together import of_changes
from kpi_lib.outlook.verdict import Outlook, outlooks
from kpi_lib.words.values import named
from tests.recomputation import reckon, successive

REPORTS = (
    ("quang-ninh", 2025, "2025-10-15"),
    ("quang-ninh", 2025, "2026-01-31"),
    ("viet-nam", 2024, "2024-10-15"),
    ("uong-bi-minh-hoa", 2026, "2026-07-15"),
    ("uong-bi-minh-hoa", 2026, "2026-10-15"),
)
SUCCESSIVE = (("quang-ninh", 2025, "2025-10-15", "2026-01-31"), ("uong-bi-minh-hoa", 2026, "2026-07-15", "2026-10-15"))
LABELS = frozenset(
    re.findall(
        r"\S+",
        """
        past@ seen@ share@ usual_share@ plan@ achieved outturn latest_period same_period_value percent_of_same_period
        percent_of_target base other_base_ target target_low target_high threshold median median_rate median_gap surplus
        surplus_side surplus_persons persons_missing difference difference_side straight_line straight_line_gap
        straight_line_meets same_period same_period_gap same_period_meets remaining months_left pace_needed pace_so_far
        best_pace pace_years status probability targets judged good passed reached estimated uncertain danger unlikely missed grey stale
        cannot_be_judged not_yet_assessed not_on_course median_before probability_before change_total change_method
        change_revisions change_new_figures change_plan_or_target points_method points_revisions points_new_figures
        points_plan_or_target
        """,
    )
)
VERSIONED = re.compile(
    r"(target|threshold)_(adopted|assigned|operating|ambition|draft|revision|reference)(_low|_high)?|new_(plan|target)_\w+_(before|after|step)"
)
FEWEST, FEWEST_LABELS = 3_000, 60  # numbers compared in all reports together, under so many labels


def label(name: str) -> str:
    """What a number of the manifest is, whatever its line, day and rank: `x.other_base_2` is `other_base_`, `x.past@2024-12-31` `past@`."""
    own = name.split(".", 1)[1]
    return re.sub(r"@.*|(?<=other_base_)\d+$", lambda found: found[0][:1] if found[0][0] == "@" else "", own)


def is_reckoned(name: str) -> bool:
    """Whether a number of the manifest is one of those that are reckoned again."""
    return label(name) in LABELS or bool(VERSIONED.fullmatch(label(name)))


@functools.cache
def items_of(unit: str, year: int, as_of: str) -> tuple[Outlook, ...]:
    place = read_unit(unit, as_of=dt.date.fromisoformat(as_of))
    return tuple(outlooks(read_observations(unit, as_of=as_of), place, year, as_of=as_of))


@functools.cache
def published(unit: str, year: int, as_of: str) -> dict[str, float]:
    """The publisher's numbers of a report, by their names in the manifest."""
    items = items_of(unit, year, as_of)
    return named([counts(items), *map(of_outlook, items), *map(of_fan, items), *map(of_pace, items)])


@functools.cache
def published_changes(unit: str, year: int, previous: str, as_of: str) -> dict[str, float]:
    """The publisher's numbers of what changed since the previous report, had it been published by the present code."""
    shown = {
        item.indicator.id: Reported(item.projection.middle, item.probability, item.projection.measure["vi"])
        for item in items_of(unit, year, previous)
        if item.projection.known
    }
    obs, since = read_observations(unit, as_of=as_of), dt.date.fromisoformat(previous)
    return named(map(of_changes, changes(items_of(unit, year, as_of), obs, previous=since, published=shown)))


@functools.cache
def reckoned(unit: str, year: int, as_of: str) -> dict[str, float]:
    return reckon.report(unit, year, as_of, published(unit, year, as_of))


def reckoned_changes(unit: str, year: int, previous: str, as_of: str) -> dict[str, float]:
    before, after = (published(unit, year, day) for day in (previous, as_of))
    return successive.changed(unit, year, (previous, as_of), before, after | published_changes(unit, year, previous, as_of))


def differing(mine: dict[str, float], theirs: dict[str, float]) -> pd.DataFrame:
    """Numbers that are not the same to nine digits, or that only one side has."""
    table = pd.DataFrame({"reckoned": pd.Series(mine, dtype=float), "library": pd.Series(theirs, dtype=float)})
    table = table[[is_reckoned(name) for name in table.index]]
    close = (table["reckoned"] - table["library"]).abs() <= 1e-9 * table["library"].abs().clip(lower=1.0)
    return table[~close]


@pytest.mark.parametrize(("unit", "year", "as_of"), REPORTS)
def test_the_numbers_of_a_report_are_those_reckoned_without_the_library(unit: str, year: int, as_of: str) -> None:
    found = differing(reckoned(unit, year, as_of), published(unit, year, as_of))
    assert found.empty, f"{unit} {as_of}\n{found.to_string()}"


@pytest.mark.parametrize(("unit", "year", "previous", "as_of"), SUCCESSIVE)
def test_what_changed_adds_up_from_one_report_to_the_next_and_what_brought_nothing_new_is_nil(
    unit: str, year: int, previous: str, as_of: str
) -> None:
    found = differing(reckoned_changes(unit, year, previous, as_of), published_changes(unit, year, previous, as_of))
    assert found.empty, f"{unit} {previous} -> {as_of}\n{found.to_string()}"


def test_thousands_of_numbers_under_dozens_of_labels_are_compared_and_none_of_them_is_merely_the_one_given() -> None:
    names = [(unit, as_of, name) for unit, year, as_of in REPORTS for name in reckoned(unit, year, as_of)]
    names += [(unit, as_of, name) for unit, year, before, as_of in SUCCESSIVE for name in reckoned_changes(unit, year, before, as_of)]
    simulated = {"median", "probability", "median_before", "probability_before"}
    own = [name for *_, name in names if is_reckoned(name) and label(name) not in simulated]
    print(f"{len(own)} numbers under {len({*map(label, own)})} labels are reckoned a second time")
    assert len(own) > FEWEST and len({*map(label, own)}) > FEWEST_LABELS
    assert {*map(label, own)} >= LABELS - simulated - {"target_low", "target_high"}, "a label of which no report has a number"


def test_one_wrong_digit_one_number_too_few_and_one_too_many_are_seen() -> None:
    theirs = published(*REPORTS[4])
    right = "health_insurance_coverage.persons_missing"
    assert list(differing({**theirs, right: theirs[right] + 1}, theirs).index) == [right]
    assert list(differing({name: value for name, value in theirs.items() if name != right}, theirs).index) == [right]
    assert list(differing({**theirs, "forest_cover.straight_line": 1.0}, theirs).index) == ["forest_cover.straight_line"]


def test_the_second_reckoning_imports_nothing_of_the_library() -> None:
    for path in (Path(module.__file__ or "") for module in (reckon, successive, sys.modules["tests.recomputation.sources"])):
        tree = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        names = [name for node in tree for name in ([a.name for a in node.names] if isinstance(node, ast.Import) else [getattr(node, "module", "")])
                 if isinstance(node, ast.Import | ast.ImportFrom)]  # fmt: skip
        foreign = {name for name in names if name.split(".")[0] not in sys.stdlib_module_names | {"pandas"}}
        assert names and all(name.startswith("tests.recomputation") for name in foreign), f"{path.name} imports {foreign}"
