"""One comparator, one published chance, one rounding: every door says the same of the same value."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from fractions import Fraction
from itertools import product

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import kpi_lib as kpi
from kpi_lib import charts, compare, words
from kpi_lib import narrative as nr
from kpi_lib.definitions.indicators import Unit
from kpi_lib.definitions.targets import Target
from kpi_lib.figures.histories import Point
from kpi_lib.forecast.projection import Base, Projection
from kpi_lib.outlook import scenarios
from kpi_lib.outlook.required import tally
from kpi_lib.outlook.verdict import BOUNDS, LOW_BOUNDS, Outlook, assess, status_word
from kpi_lib.page import draft, tables
from kpi_lib.page.conditions import condition_sentences
from kpi_lib.page.markup import plain
from kpi_lib.record import scores, settlement
from kpi_lib.words.messages import Named
from tests.conftest import PROJECT

REVENUE = kpi.INDICATORS["budget_revenue_growth"]
FIRMS = kpi.INDICATORS["new_enterprises"]
NOTHING = Named("")
WARD = Unit("uong-bi", Named(vi="Phường Thử", en="Test ward"), "ward", "", 60_000, "", False, (), {}, {}, (), NOTHING, NOTHING)
EQUAL = {">=": True, ">": False, "<=": True, "<": False, "=": True}
COMPARATORS = st.sampled_from(sorted(compare.MEETING))


def goal_of(threshold: float, comparator: str, ind=REVENUE, measure: str = "indicator") -> Target:
    return Target(ind.id, 2025, threshold, comparator, measure, "adopted", "NQ thử", "", dt.date(2024, 12, 31), False, 1, "exact", "thử")


def complete(value: float, base: float | None = None, ind=REVENUE) -> Projection:
    """A year that is over, with its outturn and the base of its growth."""
    bases = (Base(2024, base, "settled", dt.date(2025, 1, 10), "thử"),) if base is not None else ()
    point = Point(dt.date(2025, 12, 31), value, "actual", dt.date(2026, 1, 6), "thử")
    return Projection(
        WARD, ind, 2025, dt.date(2026, 2, 1), ind.flow_measure if base is not None else ind.measure, "outturn", NOTHING, np.full(10, value),
        seen=(point,), bases=bases, complete=True, year_figure=point,
    )  # fmt: skip


def running(draws: np.ndarray, years: int = 9, ind=FIRMS) -> Projection:
    """A year that is not over, of which nothing is known yet but its simulated ends."""
    return Projection(
        WARD, ind, 2025, dt.date(2025, 10, 15), ind.measure, "sums", NOTHING, draws, ends=(dt.date(2025, 12, 31),), paths=draws[:, None],
        evidence_years=years,
    )  # fmt: skip


def settled(projection: Projection, target: Target, monkeypatch: pytest.MonkeyPatch) -> float:
    """What the ledger's settling says of a published outlook whose year has ended like this projection."""
    monkeypatch.setattr(settlement, "target_for", lambda *_, **__: target)
    unit = replace(WARD, indicators={projection.indicator.id: projection.indicator})
    values = {("quantile", "0.5"): "1", ("quantile", "0.1"): "0", ("quantile", "0.9"): "2"}
    row = settlement._settled(projection.indicator.id, 2025, pd.Timestamp("2025-10-15"), "m", values, unit, projection)
    return float(row["met"])  # type: ignore[arg-type]


def replayed(projection: Projection, target: Target) -> float:
    """What the backtest says of a projection made in the year, on the base and outturn of this one."""
    earlier = replace(
        projection,
        complete=False,
        year_figure=None,
        evidence_years=9,
        as_of=dt.date(2025, 10, 15),
        draws=np.linspace(0.5, 1.5, 11) * projection.draws[0],
    )
    return float(scores._error(earlier, float(projection.draws[0]), target, None)["met"])  # type: ignore[arg-type]


def test_a_growth_target_met_to_the_last_digit_is_met_at_every_door(monkeypatch: pytest.MonkeyPatch):
    year, target = complete(279.5, base=250.0), goal_of(11.8, ">=")
    page = assess(year, target)
    assert (page.status, page.probability) == ("met", 1.0)
    assert year.rate(279.5) < 11.8  # reckoned in percent it falls short by a few units of the sixteenth digit
    assert settled(year, target, monkeypatch) == 1.0
    assert replayed(year, target) == 1.0


@pytest.mark.parametrize("comparator", EQUAL)
def test_equality_meets_what_includes_it_and_no_other_goal(comparator: str, monkeypatch: pytest.MonkeyPatch):
    for value, goal in ((90.0, 90.0), (0.1 + 0.2, 0.3), (-3.0, -3.0), (0.0, 0.0), (1e9, 1e9)):
        assert compare.meets(value, comparator, goal) is EQUAL[comparator]
        year, target = (
            complete(value, ind=kpi.INDICATORS["clean_water_coverage"]),
            goal_of(goal, comparator, kpi.INDICATORS["clean_water_coverage"]),
        )
        assert assess(year, target).status == ("met" if EQUAL[comparator] else "missed")
        assert settled(year, target, monkeypatch) == EQUAL[comparator]


@given(
    base=st.floats(0.5, 1e6),
    rate=st.floats(-50, 50).map(lambda number: round(number, 1)),
    off=st.sampled_from([0.0, 1e-12, -1e-12, 1e-6, -1e-6, 0.4, -0.4]),
    comparator=COMPARATORS,
)
def test_page_settling_backtest_and_what_if_agree_on_any_outturn(base: float, rate: float, off: float, comparator: str):
    year, target = complete(base * (100 + rate) / 100 * (1 + off), base=base), goal_of(rate, comparator)
    threshold = year.amount(rate)
    page = assess(year, target)
    met = compare.meets(float(year.draws[0]), comparator, threshold)
    with pytest.MonkeyPatch.context() as patch:
        assert [page.status == "met", settled(year, target, patch), replayed(year, target)] == [met, met, met]
    assert page.probability == year.prob(comparator, threshold) == met
    assert (
        scenarios.Draws(replace(page, projection=replace(year, complete=False, year_figure=None))).share(np.sort(year.draws), threshold)
        == met
    )


@given(values=st.lists(st.integers(0, 30), min_size=1, max_size=40), goal=st.integers(0, 30), comparator=COMPARATORS)
def test_of_simulated_years_every_reader_counts_the_same_as_met(values: list[int], goal: int, comparator: str):
    draws = np.array(values, dtype=float)
    one_by_one = np.mean([compare.meets(value, comparator, goal) for value in values])
    projection = running(draws)
    outlook = Outlook(projection, goal_of(goal, comparator, FIRMS), "uncertain", NOTHING, threshold=float(goal))
    assert projection.prob(comparator, goal) == one_by_one
    assert scenarios.Draws(outlook).share(np.sort(draws), goal) == pytest.approx(one_by_one, abs=1e-12)
    if comparator == ">=":
        assert tally(values, goal).met == round(one_by_one * len(values))


@given(value=st.floats(-1e6, 1e6), goal=st.floats(-1e6, 1e6))
def test_a_value_lies_on_one_side_and_meets_by_it(value: float, goal: float):
    where = compare.side(value, goal)
    assert [compare.meets(value, c, goal) for c in compare.MEETING] == [where in sides for sides in compare.MEETING.values()]
    assert compare.meets(np.array([value]), "=", goal).tolist() == [where == "equal"]


def test_a_raw_chance_of_an_eighth_is_thirteen_percent_everywhere():
    draws = np.array([1.0] * 125 + [0.0] * 875)
    outlook = assess(running(draws), goal_of(1, ">=", FIRMS))
    assert outlook.raw_probability == 0.125
    assert outlook.probability == compare.published(0.125, years=9) == 0.13
    assert scenarios.scenario(outlook, pace=1.0, event=scenarios.Event(0.0, 12, 1.0)).probability == 0.13
    assert scenarios.Draws(outlook).probability(1.0, None) == 0.13


@given(thousandth=st.integers(0, 1000), years=st.integers(0, 12))
def test_a_chance_is_published_in_whole_percent_halves_up_within_what_the_years_allow(thousandth: int, years: int):
    found = compare.published(thousandth / 1000, years=years)
    low, high = (11, 89) if years <= 2 else (5, 95) if years <= 4 else (1, 99)
    assert found == min(max((thousandth + 5) // 10, low), high) / 100 if years else np.isnan(found)
    assert compare.published(thousandth / 1000, years=years, certain=True) in (0.0, 1.0)


def test_the_evidence_bounds_the_chance_and_with_it_the_word():
    """No past year: none; one or two: from unlikely to likely; three or four: near certainty, but not at its edge."""
    chances = [[compare.published(raw, years=years) for raw in (0.0, 1.0)] for years in (2, 3, 4, 5)]
    assert chances == [[0.11, 0.89], [0.05, 0.95], [0.05, 0.95], [0.01, 0.99]]
    assert [status_word(chance) for chance in chances[0]] == ["unlikely", "likely"]
    assert np.isnan(compare.published(0.5, years=0)) and compare.published(1.0, years=0, certain=True) == 1.0


@given(value=st.floats(-1000, 1000), goal=st.one_of(st.integers(-100, 100), st.floats(-1000, 1000)), decimals=st.integers(0, 2))
def test_rounding_never_moves_a_number_onto_or_over_its_goal(value: float, goal: float, decimals: int):
    shown = compare.decimals_for(value, goal, decimals)
    assert decimals <= shown <= compare.FINEST
    where, printed = compare.side(value, goal), compare.rounded(value, shown)
    if where == "equal":
        assert printed == compare.rounded(goal, shown)
    elif shown < compare.FINEST:
        assert compare.side(printed, goal) == compare.side(printed, compare.rounded(goal, shown)) == where


@given(total=st.integers(-50, 50), quotas=st.lists(st.floats(-20, 20), min_size=1, max_size=8))
def test_what_is_shared_out_adds_up_exactly(total: int, quotas: list[float]):
    assert sum(compare.share_out(total, quotas)) == total


def test_equal_remainders_go_to_the_first():
    assert compare.share_out(2, [Fraction(1, 2)] * 4) == [1, 1, 0, 0]


@pytest.mark.parametrize("comparator", sorted(compare.MEETING))
def test_the_chart_of_futures_fills_the_circles_that_meet_the_goal(comparator: str):
    draws = np.repeat(np.arange(20.0), 50)
    outlook = assess(running(draws), goal_of(10, comparator, FIRMS))
    spec = charts.distribution(outlook)
    assert spec is not None
    ends = [outlook.projection.quantile((i + 0.5) / 20) for i in range(20)]
    assert f", {sum(compare.meets(value, comparator, 10) for value in ends)} khả năng đạt mục tiêu" in str(spec.to_dict())


# ---- how it is said ---------------------------------------------------------------------------------------------------------------

WASTE = kpi.INDICATORS["solid_waste_collection"]
SICK = kpi.INDICATORS["child_malnutrition"]


def said(value: float, comparator: str, goal: float, ind=WASTE, lang: str = "vi") -> str:
    return nr.outlook_sentence(assess(complete(value, ind=ind), goal_of(goal, comparator, ind)), lang).text


def in_the_year(value: float, comparator: str, goal: float, ind=WASTE) -> Outlook:
    """A level known on 30 September, reported on 31 October."""
    point = Point(dt.date(2025, 9, 30), value, "actual", dt.date(2025, 10, 6), "thử")
    draws = np.linspace(value - 1, value + 1, 101)
    projection = replace(running(draws, ind=ind), as_of=dt.date(2025, 10, 31), seen=(point,))
    return assess(projection, goal_of(goal, comparator, ind))


def test_a_value_just_short_of_its_goal_is_printed_short_of_it():
    assert "đạt 99,96%, thiếu 0,04 điểm phần trăm so với mục tiêu (bằng 100%): không đạt." in said(99.96, ">=", 100)
    assert "ended at 99.96% (actual), short by 0.04 percentage points against the target (exactly 100%): missed." in said(
        99.96, ">=", 100, lang="en"
    )
    outlook = assess(complete(99.96, ind=WASTE), goal_of(100, ">=", WASTE))
    assert plain(tables.gap(outlook, "vi")).startswith("thiếu 0,04 điểm phần trăm")
    assert "99,96" in plain(tables.expected(outlook, "vi"))
    assert "100,0" not in draft.draft([outlook], WARD).text.split("2025: ")[-1]


def test_the_year_end_line_counts_what_is_just_short_neither_as_passed_nor_as_reached():
    items = [assess(complete(value, ind=WASTE), goal_of(100, ">=", WASTE)) for value in (99.96, 100.0, 100.04)]
    assert "2/3 mục tiêu đạt (1 vượt, 1 vừa đạt); 1 không đạt" in nr.answer(items).text


def test_in_mid_year_a_value_just_short_is_not_yet_met_and_says_what_is_missing():
    text = " ".join(sentence.text for sentence in condition_sentences(in_the_year(99.96, ">=", 100)))
    assert "chưa đạt mục tiêu, còn thiếu 0,04 điểm phần trăm" in text
    assert "đã đạt" not in text
    assert "đã đạt mục tiêu" in condition_sentences(in_the_year(100.0, ">=", 100))[0].text


@pytest.mark.parametrize(
    ("value", "comparator", "wording", "verdict"),
    [
        (90.0, ">=", "đúng bằng mục tiêu", "đạt"),
        (90.0, ">", "bằng mốc nhưng phải vượt mốc", "không đạt"),
        (90.0, "<=", "đúng bằng mục tiêu", "đạt"),
        (90.0, "<", "bằng mốc nhưng phải thấp hơn mốc", "không đạt"),
        (90.0, "=", "đúng bằng mục tiêu", "đạt"),
        (91.0, ">=", "vượt 1,0 điểm phần trăm", "đạt"),
        (89.0, ">", "thiếu 1,0 điểm phần trăm", "không đạt"),
        (91.0, "<=", "cao hơn 1,0 điểm phần trăm", "không đạt"),
        (89.0, "<", "thấp hơn 1,0 điểm phần trăm", "đạt"),
        (90.04, "=", "cao hơn 0,04 điểm phần trăm", "không đạt"),
    ],
)
def test_the_words_of_the_side_follow_the_comparator(value: float, comparator: str, wording: str, verdict: str):
    text = said(value, comparator, 90)
    assert f", {wording}" in text and text.endswith(f": {verdict}.")
    gap = plain(tables.gap(assess(complete(value, ind=WASTE), goal_of(90, comparator, WASTE)), "vi"))
    assert gap.startswith(wording)


def test_on_a_goal_that_must_be_passed_the_year_says_so_before_its_end():
    assert "Mức hiện nay bằng mốc nhưng phải vượt mốc" in condition_sentences(in_the_year(90.0, ">", 90))[0].text


def test_lower_is_better_where_the_goal_says_so():
    assert "ở mức 5,00%, đúng bằng mục tiêu (từ 5% trở xuống): đạt." in said(5.0, "<=", 5, SICK)
    assert "thấp hơn 1,00 điểm phần trăm" in said(4.0, "<=", 5, SICK) and said(4.0, "<=", 5, SICK).endswith(": đạt.")
    assert "cao hơn 0,004 điểm phần trăm" in said(5.004, "<=", 5, SICK)


@pytest.mark.parametrize(
    ("comparator", "goal", "vi", "en"),
    [
        (">=", -3, "giảm không quá 3%", "down by no more than 3%"),
        (">", -1.5, "giảm dưới 1,5%", "down by less than 1.5%"),
        ("<=", -1.5, "giảm từ 1,5% trở lên", "down by 1.5% or more"),
        ("<", -3, "giảm trên 3%", "down by more than 3%"),
        ("=", -3, "giảm đúng 3%", "down by exactly 3%"),
        (">=", 4, "tăng từ 4% trở lên", "growth of 4% or more"),
    ],
)
def test_a_growth_target_below_nought_is_said_of_the_fall(comparator: str, goal: float, vi: str, en: str):
    outlook = assess(complete(97.0, base=100.0), goal_of(goal, comparator))
    assert (nr.threshold_text(outlook), nr.threshold_text(outlook, "en")) == (vi, en)


def test_a_published_rate_below_nought_is_a_fall():
    growth = kpi.INDICATORS["gross_product_growth"]
    assert "giảm 2,00%, thiếu 1,00 điểm phần trăm so với mục tiêu (giảm không quá 1%)" in said(-2.0, ">=", -1, growth)
    assert words.number(-9.52, 2) == "−9,52"


@given(
    value=st.floats(0, 200).map(lambda number: round(number, 4)),
    goal=st.floats(0, 200).map(lambda number: round(number, 2)),
    comparator=COMPARATORS,
)
def test_what_is_printed_lies_on_the_side_that_the_words_say(value: float, goal: float, comparator: str):
    outlook = assess(complete(value, ind=WASTE), goal_of(goal, comparator, WASTE))
    printed = float(nr.bare(outlook, "outturn", "en").text.replace(",", ""))
    stated = float(nr.plain(goal, outlook, "en").replace(",", ""))
    assert compare.side(printed, stated) == compare.side(value, goal) == outlook.side
    assert compare.meets(printed, comparator, stated) == (outlook.status == "met")


def test_nothing_else_compares_with_a_goal():
    """No second comparator, no second rule of the published chance, in Python or in scripts."""
    for path in sorted([*(PROJECT / "kpi_lib").rglob("*.py"), *(PROJECT / "kpi_lib").rglob("*.js")]):
        if path.name == "compare.py":
            continue
        text = path.read_text(encoding="utf-8")
        for sign in ('in (">=", ">")', '">=": ', "tolerance = 1e-9", "1e-9 * Math.max", "Math.floor(100", "met_by", "ROUND_HALF_UP"):
            assert sign not in text or (sign == '">=": ' and path.name in ("choices.py", "tables.py")), f"{path.name}: {sign}"


def test_what_the_documents_say_of_chances_is_the_one_table():
    """docs/words.md repeats the bounds of the words and what the evidence allows, once."""
    very, likely, unlikely, never = (f"{100 * bound:.0f}" for bound, _ in (*BOUNDS, *reversed(LOW_BOUNDS)))
    words = (PROJECT / "docs" / "words.md").read_text(encoding="utf-8")
    wording = f"từ {very}% rất có khả năng đạt; từ {likely}% có khả năng đạt; {unlikely}–{likely}% chưa chắc; đến {unlikely}% khó đạt; đến {never}% rất khó đạt"
    assert wording in " ".join(words.split())
    (one, first), (three, second), (five, third) = compare.EVIDENCE
    assert f"{one}–{three - 1} năm: xác suất {first[0]}–{first[1]}%" in words
    assert f"{three}–{five - 1} năm: {second[0]}–{second[1]}%; từ {five} năm: {third[0]}–{third[1]}%" in words
    english = f"from {very}% very likely; from {likely}% likely; {unlikely}–{likely}% uncertain; to {unlikely}% unlikely; to {never}% very unlikely"
    assert english in " ".join(words.split())
    assert f"one or two, {first[0]}–{first[1]}%; three or four, {second[0]}–{second[1]}%; from five, {third[0]}–{third[1]}%" in words


# ---- what is settled before the year's end --------------------------------------------------------------------------------------------


@given(amount=st.integers(0, 12), more=st.integers(0, 12), goal=st.integers(0, 12), comparator=COMPARATORS)
def test_what_is_settled_is_not_changed_by_anything_still_added(amount: int, more: int, goal: int, comparator: str):
    if compare.settled(amount, comparator, goal):
        assert compare.meets(amount + more, comparator, goal) == compare.meets(amount, comparator, goal)
    else:
        assert {compare.meets(amount + extra, comparator, goal) for extra in range(26)} == {True, False}


@pytest.mark.parametrize(("comparator", "done", "status"), [
    ("<=", 90.0, "missed"), ("<", 80.0, "missed"), ("=", 81.0, "missed"), (">", 81.0, "met"), (">=", 80.0, "met"),
    ("<=", 80.0, "very_unlikely"), ("=", 80.0, "very_unlikely"), (">", 80.0, "very_likely"),
])  # fmt: skip
def test_an_amount_over_its_limit_has_missed_it_before_the_year_ends(comparator: str, done: float, status: str):
    seen = (Point(dt.date(2025, 9, 30), done, "actual", dt.date(2025, 10, 6), "thử"),)
    outlook = assess(replace(running(np.array([done + 1, done + 2])), seen=seen), goal_of(80, comparator, FIRMS))
    assert outlook.status == status


def test_an_estimate_that_may_be_revised_below_the_goal_has_not_met_it_for_certain():
    seen = (Point(dt.date(2025, 11, 30), 92.0, "estimate", dt.date(2025, 11, 28), "thử"),)
    outlook = assess(replace(running(np.array([91.0] * 6 + [93.0] * 4)), seen=seen), goal_of(92, ">=", FIRMS))
    assert (outlook.probability, outlook.status) == (0.4, "uncertain")
    assert nr.demand(outlook).text == "Theo số ước thì mức mục tiêu đã đạt."


def test_a_rate_is_printed_as_the_goal_where_its_amount_equals_the_goal():
    outlook = assess(complete(349202.46906902, base=312345.6789), goal_of(11.8, ">="))
    assert outlook.side == "equal" and "tăng 11,8% so với" in nr.outlook_sentence(outlook).text


@pytest.mark.parametrize(("comparator", "level", "persons"), [
    (">=", 99.96, 24), (">=", 100.0, 0), (">", 100.0, 1), ("=", 99.0, 600), ("<", 99.96, None), ("<=", 100.04, None),
])  # fmt: skip
def test_persons_are_missing_only_of_a_share_that_is_to_rise(comparator: str, level: float, persons: int | None):
    water = kpi.INDICATORS["clean_water_coverage"]
    outlook = assess(complete(level, ind=water), goal_of(100, comparator, water))
    said = nr.people_missing(outlook, WARD)
    assert (said is None) == (persons is None) and (said is None or said.numbers[0].value == persons)


@pytest.mark.parametrize(("units", "most"), [(1, 12), (2, 20), (3, 12), (4, 8)])
def test_whoever_knows_the_rule_the_total_and_all_that_is_shown_cannot_work_out_a_count_that_is_withheld(units: int, most: int):
    names, worlds = "abcd"[:units], {}
    for counts in product(range(most + 1), repeat=units):
        amounts = dict(zip(names, counts, strict=True))
        hidden = compare.withheld(amounts)
        assert {name for name, count in amounts.items() if 0 < count < compare.FEW} <= hidden
        told = hidden, tuple(pair for pair in amounts.items() if pair[0] not in hidden), None if compare.TOTAL in hidden else sum(counts)
        worlds.setdefault(told, []).append(amounts)
    alone = [told for told, alike in worlds.items() for name in told[0] - {compare.TOTAL} if len({world[name] for world in alike}) == 1]
    assert alone == []
